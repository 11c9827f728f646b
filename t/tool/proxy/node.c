/* node - the real one, asked over libcurl. */
#include "proxy.h"

#include <curl/curl.h>

static CURL *curl;

void node_open(const char *url)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	curl = curl_easy_init();
	struct curl_slist *header = curl_slist_append(NULL, "Content-Type: application/json");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static size_t keep(char *p, size_t size, size_t n, void *to)
{
	buf_add(to, p, size * n);
	return size * n;
}

bool node_forward(struct str request, struct buf *out)
{
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.p);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.n);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	return curl_easy_perform(curl) == CURLE_OK;
}

bool ask(struct buf *text, const char *method, const char *params)
{
	struct buf request = BUF_INIT, answer = BUF_INIT;

	buf_addf(&request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
	if (!node_forward(buf_str(&request), &answer)) {
		fputs("proxy: the node is gone\n", stderr);
		exit(69);
	}
	cJSON *doc = cJSON_ParseWithLength(answer.p, answer.n);
	const cJSON *result = cJSON_GetObjectItem(doc, "result");
	bool good = result != NULL;
	if (text && cJSON_IsString(result))
		buf_adds(text, result->valuestring);
	cJSON_Delete(doc);
	buf_release(&request);
	buf_release(&answer);
	return good;
}

bool ask_of(struct buf *text, const char *method, const char *param)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "[\"%s\"]", param);
	bool good = ask(text, method, b.p);
	buf_release(&b);
	return good;
}

bool ask_number(const char *method, uint64_t n, const char *behind)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "[%llu%s]", (unsigned long long)n, behind);
	bool good = ask(NULL, method, b.p);
	buf_release(&b);
	return good;
}

void node_set_base_fee(uint64_t wei)
{
	char text[32];

	snprintf(text, sizeof text, "0x%llx", (unsigned long long)wei);
	ask_of(NULL, "anvil_setNextBlockBaseFeePerGas", text);
}

uint64_t node_height(void)
{
	struct buf b = BUF_INIT;

	ask(&b, "eth_blockNumber", "[]");
	uint64_t n = b.n ? strtoull(b.p, NULL, 16) : 0;
	buf_release(&b);
	return n;
}

void node_mine(void)
{
	ask(NULL, "evm_mine", "[]");
}

bool node_deliver(const char *raw)
{
	return ask_of(NULL, "eth_sendRawTransaction", raw);
}
