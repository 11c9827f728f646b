/* One exchange with one endpoint. */
#include "chain/rpc-in.h"

#include "base/hex.h"
#include "base/mem.h"

enum { MOST_WAIT_S = 3600 };

/* ---- one call ---- */

static void put_one(struct buf *b, uint64_t id, const struct rpc_question *q)
{
	buf_adds(b, "{\"jsonrpc\":\"2.0\",\"id\":");
	buf_addu(b, id);
	buf_adds(b, ",\"method\":\"");
	buf_adds(b, q->method);
	buf_adds(b, "\",\"params\":");
	buf_adds(b, q->params);
	buf_addc(b, '}');
}

/* question i has the id first + i */
static void put_request(struct buf *b, uint64_t first, const struct rpc_request *q)
{
	if (q->array)
		buf_addc(b, '[');
	for (size_t i = 0; i < q->n; i++) {
		if (i)
			buf_addc(b, ',');
		put_one(b, first + i, &q->q[i]);
	}
	if (q->array)
		buf_addc(b, ']');
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
	rpc_quote(r, e, cJSON_IsString(message) ? message->valuestring : "error without a message");
	take_data(data, e);
	if (!is_limit(e->code, e->message))
		return RPC_ERROR;
	if (cJSON_IsNumber(backoff))
		e->retry_after_s = wait_s(backoff->valuedouble);
	return RPC_LIMITED;
}

/* A gateway may answer before it has parsed the request, and then has no id to
 * give back: such an error counts as ours only when it is a rate limit. */
static enum rpc_status take_answer(const struct rpc *r, cJSON *doc, cJSON **result, struct rpc_error *e)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(doc, "id");
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(doc, "error");
	bool ours = cJSON_IsNumber(id) && id->valuedouble == (double)r->id;

	if (cJSON_IsObject(error) && (ours || !id || cJSON_IsNull(id))) {
		enum rpc_status st = take_error(r, error, e);
		return ours || st == RPC_LIMITED ? st : RPC_UNKNOWN;
	}
	if (!ours) {
		rpc_say(e, "the answer has another id than the request");
		return RPC_UNKNOWN;
	}
	if (error && !cJSON_IsNull(error)) {
		rpc_say(e, "the answer's error is no object");
		return RPC_UNKNOWN;
	}
	if (e->http != 200) {
		rpc_say(e, "HTTP status %ld", e->http);
		return RPC_UNKNOWN;
	}
	*result = cJSON_DetachItemFromObjectCaseSensitive(doc, "result");
	if (!*result) {
		rpc_say(e, "the answer has neither result nor error");
		return RPC_UNKNOWN;
	}
	return RPC_OK;
}

/* Where an answer belongs is said by its id; by its place nothing is. */
static bool take_item(const struct rpc *r, cJSON *item, const struct rpc_request *q, bool *seen)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(item, "error");
	double i = cJSON_IsNumber(id) ? id->valuedouble - (double)(r->id - q->n + 1) : -1;

	if (!(i >= 0 && i < (double)q->n) || i != (double)(size_t)i || seen[(size_t)i])
		return false;
	seen[(size_t)i] = true;
	if (!error || cJSON_IsNull(error))
		q->result[(size_t)i] = cJSON_DetachItemFromObjectCaseSensitive(item, "result");
	return true;
}

static enum rpc_status take_items(const struct rpc *r, cJSON *doc, const struct rpc_request *q, struct rpc_error *e)
{
	bool *seen = mem_zalloc(q->n, sizeof *seen), good = true;
	cJSON *item;

	cJSON_ArrayForEach(item, doc)
		good = good && take_item(r, item, q, seen);
	free(seen);
	if (good && e->http == 200)
		return RPC_OK;
	if (good)
		rpc_say(e, "HTTP status %ld", e->http);
	else
		rpc_say(e, "an answer has an id that no request has, or one that another answer has");
	for (size_t i = 0; i < q->n; i++) {
		cJSON_Delete(q->result[i]);
		q->result[i] = NULL;
	}
	return RPC_UNKNOWN;
}

/* One object for all of an array: a refusal, and nobody need have given it an id. */
static enum rpc_status take_refusal(const struct rpc *r, const cJSON *doc, struct rpc_error *e)
{
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(doc, "error");

	if (cJSON_IsObject(error))
		return take_error(r, error, e);
	rpc_say(e, "one object answers a whole array");
	return RPC_UNKNOWN;
}

static enum rpc_status no_answer(const struct rpc *r, CURLcode why, struct rpc_error *e)
{
	const char *detail = r->detail[0] ? r->detail : curl_easy_strerror(why);

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &e->http);
	if (r->too_long)
		rpc_say(e, "the answer is longer than %zu bytes", r->max_answer);
	else
		rpc_quote(r, e, detail);
	return r->sent ? RPC_UNKNOWN : RPC_UNREACHABLE;
}

static enum rpc_status read_answer(struct rpc *r, const struct rpc_request *q, struct rpc_error *e)
{
	struct str text = buf_str(&r->answer);
	curl_off_t after = 0;
	enum rpc_status st = RPC_UNKNOWN;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &e->http);
	curl_easy_getinfo(r->curl, CURLINFO_RETRY_AFTER, &after);
	e->retry_after_s = wait_s((double)after);
	if (e->http == 429) {
		rpc_say(e, "HTTP status 429: too many requests");
		return RPC_LIMITED;
	}
	if (e->http == 401 || e->http == 403) {
		rpc_say(e, "HTTP status %ld: the endpoint does not let us in", e->http);
		return RPC_UNKNOWN;
	}
	/* what a proxy says in place of a dead node tells nothing about the node */
	cJSON *doc = e->http >= 200 && e->http < 500 && memchr(text.p, 0, text.n) == NULL ?
		cJSON_ParseWithLengthOpts(text.p, text.n + 1, NULL, 1) : NULL;
	if (q->array && cJSON_IsArray(doc))
		st = take_items(r, doc, q, e);
	else if (q->array && cJSON_IsObject(doc))
		st = take_refusal(r, doc, e);
	else if (cJSON_IsObject(doc))
		st = take_answer(r, doc, q->result, e);
	else if (e->http == 200)
		rpc_say(e, "the answer is no JSON-RPC object");
	else
		rpc_say(e, "HTTP status %ld%s", e->http, e->http / 100 == 3 ? ": redirects are not followed" : "");
	cJSON_Delete(doc);
	return st;
}

enum rpc_status rpc_ask_one(struct rpc *r, const struct rpc_request *q, struct rpc_error *e)
{
	struct buf request = BUF_INIT;

	memset(e, 0, sizeof *e);
	for (size_t i = 0; i < q->n; i++)
		q->result[i] = NULL;
	buf_reset(&r->answer);
	r->detail[0] = '\0';
	r->sent = r->too_long = false;
	put_request(&request, r->id + 1, q);
	r->id += q->n;
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.n);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, request.p);
	CURLcode why = curl_easy_perform(r->curl);
	enum rpc_status st = why == CURLE_OK ? read_answer(r, q, e) : no_answer(r, why, e);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, NULL);
	buf_release(&request);
	return st;
}
