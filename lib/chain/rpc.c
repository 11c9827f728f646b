#include "chain/rpc.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <time.h>

#include "base/hex.h"
#include "base/mem.h"

enum { CONNECT_MS = 10000, TOTAL_MS = 60000, MOST_WAIT_S = 3600, SECRET_CHARS = 8 };
static const size_t MAX_ANSWER = 8 << 20;

struct rpc {
	CURL *curl;
	struct curl_slist *headers;
	char *url;                       /* with credentials: never printed */
	char *where;                     /* without */
	struct buf answer;
	size_t max_answer;
	uint64_t id;                     /* of the last request */
	bool sent;                       /* the connection stood and the request may have left */
	bool too_long;
	char detail[CURL_ERROR_SIZE];
	uint64_t rest_until_ms;          /* it asked for patience: not asked before that */

	unsigned patience_ms;            /* of a set, and of those in it */

	/* of a set, which has nothing of what stands above that */
	struct rpc *end[RPC_MOST];
	size_t n, at;                    /* n is 0 for an endpoint */
};

/* ---- messages ---- */

static void blank(char *text, const char *secret, size_t n)
{
	for (char *p = text; *p; p++)
		if (strncmp(p, secret, n) == 0)
			memset(p, '*', n);
}

static bool key_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '_' || c == '-';
}

static bool contains(const char *text, const char *p, size_t n)
{
	for (; *text; text++)
		if (strncmp(text, p, n) == 0)
			return true;
	return false;
}

/* blank every long word of the URL but the host's: providers put keys into the path, and quote them */
static void redact(const struct rpc *r, char *text)
{
	for (const char *p = r->url; *p; ) {
		size_t n = 0;
		while (key_char(p[n]))
			n++;
		if (n >= SECRET_CHARS && !contains(r->where, p, n))
			blank(text, p, n);
		p += n ? n : 1;
	}
}

/* our own words */
__attribute__((format(printf, 2, 3)))
static void say(struct rpc_error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
}

/* somebody else's: redacted before it is cut, lest half a key stay */
static void quote(const struct rpc *r, struct rpc_error *e, const char *words)
{
	struct buf b = BUF_INIT;
	struct err tame;

	buf_adds(&b, words);
	redact(r, b.p);
	err_set(&tame, "%s", b.p);
	_Static_assert(sizeof tame.msg == sizeof e->message, "both hold one message");
	memcpy(e->message, tame.msg, sizeof tame.msg);
	buf_release(&b);
}

enum rpc_status rpc_bad(struct rpc_error *e, const char *method, const char *what)
{
	memset(e, 0, sizeof *e);
	snprintf(e->message, sizeof e->message, "%s: %s", method, what);
	return RPC_UNKNOWN;
}

/* ---- opening ---- */

static bool has_scheme(CURLU *u, const char *want)
{
	char *scheme = NULL;

	curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	bool same = scheme && strcmp(scheme, want) == 0;
	curl_free(scheme);
	return same;
}

/* scheme://host:port, owned; NULL when the URL is not one of ours */
static char *where_of(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	struct buf b = BUF_INIT;
	char *host = NULL, *port = NULL;

	for (const char *p = url; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f) {
			err_set(e, "the URL has a blank or a byte outside ASCII");
			goto out;
		}
	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		err_set(e, "not a URL");
	} else if (!has_scheme(u, "http") && !has_scheme(u, "https")) {
		err_set(e, "the URL must begin with http:// or https://");
	} else if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !host[0] ||
		   curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
		err_set(e, "the URL has no host");
	} else {
		buf_adds(&b, has_scheme(u, "https") ? "https://" : "http://");
		buf_adds(&b, host);
		buf_addc(&b, ':');
		buf_adds(&b, port);
	}
out:
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return b.n ? buf_detach(&b) : NULL;
}

static size_t on_body(char *p, size_t one, size_t n, void *user)
{
	struct rpc *r = user;

	n *= one;
	if (n > r->max_answer - r->answer.n) {
		r->too_long = true;
		return 0;
	}
	buf_add(&r->answer, p, n);
	return n;
}

/* called between the connection and the request, once for each attempt that
 * curl makes: on a connection kept alive it silently makes a second one, so a
 * "refused" at the end does not prove that nothing was sent before */
static int on_connected(void *user, char *ip, char *local_ip, int port, int local_port)
{
	struct rpc *r = user;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	r->sent = true;
	return CURL_PREREQFUNC_OK;
}

static void add_header(struct rpc *r, const char *text)
{
	struct curl_slist *l = curl_slist_append(r->headers, text);

	BUG_ON(!l);
	r->headers = l;
}

static bool set_headers(struct rpc *r, const char *bearer, struct err *e)
{
	add_header(r, "Content-Type: application/json");
	add_header(r, "Accept: application/json");
	add_header(r, "Expect:");
	if (!bearer)
		return true;
	for (const char *p = bearer; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			return err_set(e, "the bearer token has a byte that no header may hold");
	struct buf b = BUF_INIT;
	buf_addf(&b, "Authorization: Bearer %s", bearer);
	add_header(r, b.p);
	mem_wipe(b.p, b.n);
	buf_release(&b);
	return true;
}

static bool set_options(struct rpc *r, const struct rpc_options *o)
{
	CURL *c = r->curl;
	CURLcode bad = CURLE_OK;

#define SET(option, value) bad = bad ? bad : curl_easy_setopt(c, option, value)
	SET(CURLOPT_URL, r->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, o->connect_ms > 0 ? o->connect_ms : (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, o->total_ms > 0 ? o->total_ms : (long)TOTAL_MS);
	SET(CURLOPT_ACCEPT_ENCODING, "");
	SET(CURLOPT_HTTPHEADER, r->headers);
	SET(CURLOPT_USERAGENT, "lbl/" LBL_VERSION);
	SET(CURLOPT_ERRORBUFFER, r->detail);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, r);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_PREREQDATA, r);
#undef SET
	return bad == CURLE_OK;
}

struct rpc *rpc_open(const char *url, const struct rpc_options *opt, struct err *e)
{
	struct rpc_options o = opt ? *opt : (struct rpc_options){ 0 };
	struct rpc *r = mem_zalloc(1, sizeof *r);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, "libcurl does not start");
		free(r);
		return NULL;
	}
	r->max_answer = o.max_answer ? o.max_answer : MAX_ANSWER;
	r->where = where_of(url, e);
	if (!r->where)
		goto fail;
	struct buf copy = BUF_INIT;
	buf_adds(&copy, url);
	r->url = buf_detach(&copy);
	r->curl = curl_easy_init();
	if (!set_headers(r, o.bearer, e))
		goto fail;
	if (!r->curl || !set_options(r, &o)) {
		err_set(e, "libcurl refuses an option: it is too old or built without HTTP");
		goto fail;
	}
	return r;
fail:
	rpc_close(r);
	return NULL;
}

void rpc_close(struct rpc *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		rpc_close(r->end[i]);
	if (r->n) {
		free(r);
		return;
	}
	curl_easy_cleanup(r->curl);
	for (struct curl_slist *l = r->headers; l; l = l->next)
		mem_wipe(l->data, strlen(l->data));
	curl_slist_free_all(r->headers);
	if (r->url)
		mem_wipe(r->url, strlen(r->url));
	free(r->url);
	free(r->where);
	buf_release(&r->answer);
	free(r);
	curl_global_cleanup();
}

const char *rpc_where(const struct rpc *r)
{
	return r->n ? r->end[r->at]->where : r->where;
}

/* ---- one call ---- */

static void put_request(struct buf *b, uint64_t id, const char *method, const char *params)
{
	buf_adds(b, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_addu(b, id);
	buf_adds(b, ",\"method\":\"");
	buf_adds(b, method);
	buf_adds(b, "\",\"params\":");
	buf_adds(b, params);
	buf_addc(b, '}');
}

static unsigned wait_s(double s)
{
	return s > 0 ? s < MOST_WAIT_S ? (unsigned)(s + 0.999) : MOST_WAIT_S : 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool rpc_says(const char *message, const char *words)
{
	for (; *message; message++) {
		size_t i = 0;
		while (words[i] && lower(message[i]) == words[i])
			i++;
		if (!words[i])
			return true;
	}
	return false;
}

/* Codes alone mean nothing here: -32005 is a rate limit at one provider and a
 * block's gas limit at another. */
static bool is_limit(int64_t code, const char *message)
{
	static const char *const words[] = {
		"rate limit", "rate-limit", "ratelimit", "too many requests", "request rate exceeded",
		"request limit", "daily limit", "throughput limit", "compute units per second",
		"requests per second", "over capacity", "call rate limit",
	};

	if (code == 429)
		return true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (rpc_says(message, words[i]))
			return true;
	return false;
}

/* the start of "0x.." as bytes; some nodes wrap it once more: {"data":"0x.."} */
static void take_data(const cJSON *data, struct rpc_error *e)
{
	if (cJSON_IsObject(data))
		data = cJSON_GetObjectItemCaseSensitive(data, "data");
	if (!cJSON_IsString(data))
		return;
	struct str s = str_of(data->valuestring);
	if (s.n % 2 || s.n < 2 || s.p[0] != '0' || s.p[1] != 'x')
		return;
	size_t n = s.n / 2 - 1;
	if (n > sizeof e->data)
		n = sizeof e->data;
	if (hex_get((struct str){ s.p + 2, 2 * n }, e->data, n))
		e->n_data = n;
}

static enum rpc_status take_error(const struct rpc *r, const cJSON *error, struct rpc_error *e)
{
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(error, "code");
	const cJSON *message = cJSON_GetObjectItemCaseSensitive(error, "message");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(error, "data");
	const cJSON *rate = cJSON_GetObjectItemCaseSensitive(data, "rate");
	const cJSON *backoff = cJSON_GetObjectItemCaseSensitive(rate, "backoff_seconds");

	if (cJSON_IsNumber(code) && code->valuedouble > -9e15 && code->valuedouble < 9e15)
		e->code = (int64_t)code->valuedouble;
	quote(r, e, cJSON_IsString(message) ? message->valuestring : "error without a message");
	take_data(data, e);
	if (!is_limit(e->code, e->message))
		return RPC_ERROR;
	if (cJSON_IsNumber(backoff))
		e->retry_after_s = wait_s(backoff->valuedouble);
	return RPC_LIMITED;
}

/* A gateway may answer before it has parsed the request, and then has no id to
 * give back: such an error counts as ours only when it is a rate limit. */
static enum rpc_status take_answer(struct rpc *r, cJSON *doc, cJSON **result, struct rpc_error *e)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(doc, "id");
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(doc, "error");
	bool ours = cJSON_IsNumber(id) && id->valuedouble == (double)r->id;

	if (cJSON_IsObject(error) && (ours || !id || cJSON_IsNull(id))) {
		enum rpc_status st = take_error(r, error, e);
		return ours || st == RPC_LIMITED ? st : RPC_UNKNOWN;
	}
	if (!ours) {
		say(e, "the answer has another id than the request");
		return RPC_UNKNOWN;
	}
	if (error && !cJSON_IsNull(error)) {
		say(e, "the answer's error is no object");
		return RPC_UNKNOWN;
	}
	if (e->http != 200) {
		say(e, "HTTP status %ld", e->http);
		return RPC_UNKNOWN;
	}
	*result = cJSON_DetachItemFromObjectCaseSensitive(doc, "result");
	if (!*result) {
		say(e, "the answer has neither result nor error");
		return RPC_UNKNOWN;
	}
	return RPC_OK;
}

static enum rpc_status no_answer(const struct rpc *r, CURLcode why, struct rpc_error *e)
{
	const char *detail = r->detail[0] ? r->detail : curl_easy_strerror(why);

	if (r->too_long)
		say(e, "the answer is longer than %zu bytes", r->max_answer);
	else
		quote(r, e, detail);
	return r->sent ? RPC_UNKNOWN : RPC_UNREACHABLE;
}

static enum rpc_status read_answer(struct rpc *r, cJSON **result, struct rpc_error *e)
{
	struct str text = buf_str(&r->answer);
	curl_off_t after = 0;
	enum rpc_status st = RPC_UNKNOWN;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &e->http);
	curl_easy_getinfo(r->curl, CURLINFO_RETRY_AFTER, &after);
	e->retry_after_s = wait_s((double)after);
	if (e->http == 429) {
		say(e, "HTTP status 429: too many requests");
		return RPC_LIMITED;
	}
	if (e->http == 401 || e->http == 403) {
		say(e, "HTTP status %ld: the endpoint does not let us in", e->http);
		return RPC_UNKNOWN;
	}
	/* what a proxy says in place of a dead node tells nothing about the node */
	cJSON *doc = e->http >= 200 && e->http < 500 && memchr(text.p, 0, text.n) == NULL ?
		cJSON_ParseWithLengthOpts(text.p, text.n + 1, NULL, 1) : NULL;
	if (cJSON_IsObject(doc))
		st = take_answer(r, doc, result, e);
	else if (e->http == 200)
		say(e, "the answer is no JSON-RPC object");
	else
		say(e, "HTTP status %ld%s", e->http, e->http / 100 == 3 ? ": redirects are not followed" : "");
	cJSON_Delete(doc);
	return st;
}

static enum rpc_status call_one(struct rpc *r, const char *method, const char *params,
				cJSON **result, struct rpc_error *e)
{
	struct buf request = BUF_INIT;

	memset(e, 0, sizeof *e);
	*result = NULL;
	buf_reset(&r->answer);
	r->detail[0] = '\0';
	r->sent = r->too_long = false;
	put_request(&request, ++r->id, method, params);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.n);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, request.p);
	CURLcode why = curl_easy_perform(r->curl);
	enum rpc_status st = why == CURLE_OK ? read_answer(r, result, e) : no_answer(r, why, e);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, NULL);
	buf_release(&request);
	return st;
}

/* ---- several endpoints ---- */

struct rpc *rpc_join(struct rpc *const *ends, size_t n, unsigned patience_ms)
{
	struct rpc *r = mem_zalloc(1, sizeof *r);

	BUG_ON(n < 1 || n > RPC_MOST);
	memcpy(r->end, ends, n * sizeof *ends);
	r->n = n;
	r->patience_ms = patience_ms;
	for (size_t i = 0; i < n; i++)
		r->end[i]->patience_ms = patience_ms;
	return r;
}

size_t rpc_count(const struct rpc *r)
{
	return r->n ? r->n : 1;
}

struct rpc *rpc_end(struct rpc *r, size_t i)
{
	BUG_ON(i >= rpc_count(r));
	return r->n ? r->end[i] : r;
}

void rpc_drop(struct rpc *r, size_t i)
{
	BUG_ON(r->n < 2 || i >= r->n);
	rpc_close(r->end[i]);
	r->n--;
	memmove(r->end + i, r->end + i + 1, (r->n - i) * sizeof *r->end);
	r->at = 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* An error that says something of this node alone.  Absence is not evidence: a node that
 * is pruned, behind, or still indexing does not know what another one may. */
static bool elsewhere(const struct rpc_error *e)
{
	static const char *const words[] = {
		"pruned", "missing trie node", "header not found", "indexing is in progress", "request timed out",
		"method not found", "does not exist/is not available", "exceeds the configured cap",
		"service unavailable", "internal error",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (rpc_says(e->message, words[i]))
			return true;
	return false;
}

enum { REST_MS = 200, ROUNDS = 4 };

/* What several endpoints come to when none has answered: one that may have acted outweighs
 * those that surely have not. */
static int weight(enum rpc_status st)
{
	return st == RPC_UNKNOWN ? 3 : st == RPC_ERROR ? 2 : st == RPC_LIMITED ? 1 : 0;
}

/* One round: each endpoint that does not rest is asked, until one answers. */
static enum rpc_status ask_round(struct rpc *r, const char *method, const char *params, unsigned rest_ms,
				 cJSON **result, struct rpc_error *e)
{
	enum rpc_status st, last = RPC_UNREACHABLE;
	uint64_t now = now_ms(), soonest = UINT64_MAX;
	size_t first = r->at, n = rpc_count(r);
	struct rpc_error its;

	memset(e, 0, sizeof *e);
	*result = NULL;
	for (size_t k = 0; k < n; k++) {
		size_t i = (first + k) % n;
		struct rpc *end = rpc_end(r, i);
		if (end->rest_until_ms <= now) {
			r->at = i;
			st = call_one(end, method, params, result, &its);
			if (st == RPC_OK || (st == RPC_ERROR && !elsewhere(&its))) {
				*e = its;
				return st;
			}
			if (weight(st) > weight(last) || !e->message[0]) {
				*e = its;
				last = st;
			}
			if (st == RPC_LIMITED) {
				uint64_t rest = its.retry_after_s * (uint64_t)1000;
				end->rest_until_ms = now + (rest > rest_ms ? rest : rest_ms);
			}
		}
		if (end->rest_until_ms > now && end->rest_until_ms < soonest)
			soonest = end->rest_until_ms;
	}
	if (!e->message[0]) {
		say(e, "has asked for patience");
		last = RPC_LIMITED;
	}
	if (last == RPC_LIMITED && soonest != UINT64_MAX)
		e->retry_after_s = (unsigned)((soonest - now + 999) / 1000);
	return last;
}

/* when the first of them may be asked again */
static uint64_t awake_ms(struct rpc *r)
{
	uint64_t soonest = UINT64_MAX;

	for (size_t i = 0; i < rpc_count(r); i++)
		if (rpc_end(r, i)->rest_until_ms < soonest)
			soonest = rpc_end(r, i)->rest_until_ms;
	return soonest;
}

static enum rpc_status call_set(struct rpc *r, const char *method, const char *params,
				cJSON **result, struct rpc_error *e)
{
	uint64_t start = now_ms();

	for (unsigned round = 0; ; round++) {
		enum rpc_status st = ask_round(r, method, params, (unsigned)REST_MS << round, result, e);
		uint64_t now = now_ms(), until = awake_ms(r);
		if (st != RPC_LIMITED || round == ROUNDS || until > start + r->patience_ms)
			return st;
		uint64_t ms = until > now ? until - now : 0;
		struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
		nanosleep(&t, NULL);
	}
}

enum rpc_status rpc_call(struct rpc *r, const char *method, const char *params,
			 cJSON **result, struct rpc_error *e)
{
	return r->n || r->patience_ms ? call_set(r, method, params, result, e) :
		call_one(r, method, params, result, e);
}
