/* chain - the judge's own way to ask a node. */
#include "once.h"

#include <curl/curl.h>
#include <stdarg.h>

const char *url;
unsigned long wrongs;

void wrong(const char *form, ...)
{
	va_list ap;

	va_start(ap, form);
	fputs("once: ", stderr);
	vfprintf(stderr, form, ap);
	fputc('\n', stderr);
	va_end(ap);
	wrongs++;
}

void cannot(const char *what)
{
	fprintf(stderr, "once: %s\n", what);
	exit(69);
}

void *grown(void *p, size_t n, size_t size)
{
	p = realloc(p, (n + 1) * size);
	if (!p)
		cannot("no memory");
	return p;
}

static size_t keep(char *p, size_t size, size_t n, void *to)
{
	struct text *t = to;

	t->p = grown(t->p, t->n + size * n, 1);
	memcpy(t->p + t->n, p, size * n);
	t->n += size * n;
	t->p[t->n] = '\0';
	return size * n;
}

void text_add(struct text *t, const char *s)
{
	char *p = grown(NULL, strlen(s), 1);

	memcpy(p, s, strlen(s));
	keep(p, 1, strlen(s), t);
	free(p);
}

cJSON *post(const char *body)
{
	static CURL *curl;
	static struct curl_slist *header;
	struct text answer = { NULL, 0 };

	if (!curl) {
		curl = curl_easy_init();
		header = curl_slist_append(NULL, "Content-Type: application/json");
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	if (curl_easy_perform(curl) != CURLE_OK || !answer.p)
		cannot("the node does not answer");
	cJSON *doc = cJSON_Parse(answer.p);
	free(answer.p);
	if (!doc)
		cannot("the node answers nonsense");
	return doc;
}

const cJSON *result_of(const cJSON *answer)
{
	const cJSON *r = cJSON_GetObjectItemCaseSensitive(answer, "result");

	if (!r)
		cannot("the node answers with an error");
	return r;
}

static void put_request(struct text *t, size_t id, const char *method, const char *params)
{
	char start[96];

	snprintf(start, sizeof start, "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\",\"params\":", id, method);
	text_add(t, start);
	text_add(t, params);
	text_add(t, "}");
}

cJSON *ask(const char *method, const char *params)
{
	struct text t = { NULL, 0 };

	put_request(&t, 1, method, params);
	cJSON *answer = post(t.p);
	free(t.p);
	return answer;
}

void ask_all(const char *method, char **params, size_t n, const cJSON **answer, cJSON **whole)
{
	struct text t = { NULL, 0 };
	const cJSON *one;

	*whole = NULL;
	if (!n)
		return;
	for (size_t i = 0; i < n; i++) {
		text_add(&t, i ? "," : "[");
		put_request(&t, i, method, params[i]);
		answer[i] = NULL;
	}
	text_add(&t, "]");
	*whole = post(t.p);
	free(t.p);
	cJSON_ArrayForEach(one, *whole) {
		double id = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(one, "id"));
		if (id >= 0 && id < (double)n)
			answer[(size_t)id] = one;
	}
	for (size_t i = 0; i < n; i++)
		if (!answer[i])
			cannot("the node does not answer all of it");
}

const char *member(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s ? s : "";
}

uint64_t number(const char *hex)
{
	const char *p = hex + 2;

	if (!hex || strncmp(hex, "0x", 2) != 0)
		cannot("the node answers without a number");
	while (*p == '0')
		p++;
	return strlen(p) > 16 ? UINT64_MAX : strtoull(*p ? p : "0", NULL, 16);
}

uint64_t word_of(const char *hex, size_t word)
{
	char one[67];

	if (!hex || strlen(hex) < 2 + 64 * (word + 1))
		cannot("the node answers too little");
	snprintf(one, sizeof one, "0x%.64s", hex + 2 + 64 * word);
	return number(one);
}
