/* proxy URL - stands before a development node, and makes a bad one of it.  Prints its own
 * URL, then serves until killed.
 *
 * It mines (the node must not, by itself), loses, delays, repeats and reorders what passes
 * through, and has the chain behave as chains do.  All of it is chosen by a seed and by the
 * number of the request, never by the clock.  It is told what to do by requests like any
 * others:
 *
 *	proxy_begin [{...}]  the chain is again what it was at the first proxy_begin, and what
 *	                     was seen is forgotten.  "seed": of the faults; 0 = none.  "mine": a
 *	                     block after every so many requests; 0 = after each transaction that
 *	                     is sent.  "depth": of the deepest
 *	                     reorganisation, and so many blocks are there before it goes on.
 *	proxy_soon [N]       the network is well, and so is the chain after N more requests
 *	proxy_calm []        no more faults from here on; what was held back is delivered
 *	proxy_replay []      every transaction ever seen is sent again, and mined if the node likes it
 *	proxy_tell []        {"requests":N,"seen":N, and how often each fault came to pass}
 *
 * The faults, at most one a request; a seed knows about half of them:
 *
 *	drop     the request is lost                       lost    the answer is
 *	cut      half of the answer                        garble  the answer, but half of the JSON
 *	delay    it takes a while                          limit   429, to be patient
 *	busy     503, though it was done                   stale   the answer of a node that lags
 *	twice    a transaction arrives twice               late    much later, after others
 *	gone     it is taken, and never mined
 *	reorg    the last blocks are replaced by others    rollback  or are gone; in both cases the node
 *	         may know their transactions still, or not
 *	forget   the node loses its pool                   spike   the base fee leaps
 *	stall    no block for a while                      time    the clock of the chain leaps
 */
#include "proxy/proxy.h"

#include <signal.h>
#include <time.h>

struct run run;
static uint64_t count[N_FAULTS];

/* ---- answers --------------------------------------------------------------------------- */

/* What a node would say that is some blocks behind. */
static bool answer_stale(int fd, const cJSON *doc, struct str truth)
{
	struct buf b = BUF_INIT;
	cJSON *said = cJSON_ParseWithLength(truth.p, truth.n);
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(said, "result"));
	uint64_t n = text ? strtoull(text, NULL, 16) : 0, less = 1 + chance(5, 4);

	if (text)
		buf_addf(&b, "\"0x%llx\"", (unsigned long long)(n > less ? n - less : 0));
	else
		buf_adds(&b, "null");
	bool good = http_answer_result(fd, doc, buf_str(&b));
	cJSON_Delete(said);
	buf_release(&b);
	return good;
}

/* A transaction that is taken, says the node. */
static bool answer_taken(int fd, const cJSON *doc, const char *raw)
{
	struct buf hash = BUF_INIT, quoted = BUF_INIT;

	ask_of(&hash, "web3_sha3", raw);
	buf_addf(&quoted, "\"%s\"", hash.p);
	bool good = http_answer_result(fd, doc, buf_str(&quoted));
	buf_release(&hash);
	buf_release(&quoted);
	return good;
}

/* Forward, and answer as the fault has it. */
static bool pass(int fd, const cJSON *doc, struct str request, enum fault f)
{
	struct buf b = BUF_INIT;
	bool good = false;

	if (node_forward(request, &b) && (f != TWICE || node_forward(request, &b))) {
		struct str body = buf_str(&b);
		if (f == CUT)
			good = http_answer(fd, "200 OK", body, body.n / 2);
		else if (f == GARBLE)
			good = http_answer(fd, "200 OK", (struct str){ body.p, body.n / 2 }, SIZE_MAX);
		else if (f == BUSY)
			good = http_answer(fd, "503 Service Unavailable", STR(""), SIZE_MAX);
		else if (f == STALE)
			good = answer_stale(fd, doc, body);
		else if (f != LOST)
			good = http_answer(fd, "200 OK", body, SIZE_MAX);
	}
	buf_release(&b);
	return good;
}

static bool serve_fault(int fd, const cJSON *doc, struct str request, const char *raw, enum fault f)
{
	if (f == DROP)
		return false;
	if (f == LIMIT)
		return http_answer(fd, chance(6, 2) ? "429 Too Many Requests\r\nRetry-After: 1" : "429 Too Many Requests",
		              STR(""), SIZE_MAX);
	if (raw && (f == LATE || f == GONE)) {
		if (f == LATE)
			sent_hold(raw, run.requests + 1 + chance(6, 80));
		return answer_taken(fd, doc, raw);
	}
	if (f == DELAY)
		nanosleep(&(struct timespec){ 0, (long)(1 + chance(6, 20)) * 1000000 }, NULL);
	if (f >= REORG)
		chain_befall(f);
	return pass(fd, doc, request, f);
}

/* No more faults. */
static void calm(void)
{
	run.calm_from = 0;
	run.calm = true;
	chain_calm();
	sent_deliver(true);
}

static bool serve_rpc(int fd, const cJSON *doc, struct str request, const char *method)
{
	const char *raw = strcmp(method, "eth_sendRawTransaction") == 0 ?
		cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "params"), 0)) : NULL;

	run.requests++;
	if (run.calm_from && run.requests >= run.calm_from)
		calm();
	if (raw)
		sent_add(raw);
	sent_deliver(false);
	enum fault f = fault_of(method);
	count[f]++;
	bool good = serve_fault(fd, doc, request, raw, f);
	if (run.mine ? run.requests % run.mine == 0 : raw != NULL)
		chain_grow();
	return good;
}

/* ---- being told ------------------------------------------------------------------------ */

static uint64_t member(const cJSON *o, const char *name, uint64_t otherwise)
{
	const cJSON *v = cJSON_GetObjectItem(o, name);

	return cJSON_IsNumber(v) ? (uint64_t)v->valuedouble : otherwise;
}

static void begin(const cJSON *o)
{
	run = (struct run){ .depth = member(o, "depth", 0) };
	chain_begin();
	sent_forget();
	memset(count, 0, sizeof count);
	run.seed = member(o, "seed", 0);
	run.mine = member(o, "mine", 0);
	run.calm = run.seed == 0;
	fault_begin();
}

static size_t replay(void)
{
	size_t taken = 0;

	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < sent_n(); i++)
			taken += node_deliver(sent_at(i));
	for (int i = 0; i < 3; i++)
		node_mine();
	return taken;
}

static bool serve_told(int fd, const cJSON *doc, const char *method)
{
	struct buf b = BUF_INIT;

	if (strcmp(method, "proxy_begin") == 0)
		begin(cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "params"), 0));
	else if (strcmp(method, "proxy_calm") == 0)
		calm();
	else if (strcmp(method, "proxy_soon") == 0)
		run.calm_from = run.requests +
			(uint64_t)cJSON_GetNumberValue(cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "params"), 0));
	if (strcmp(method, "proxy_replay") == 0) {
		buf_addf(&b, "%zu", replay());
	} else {
		buf_addf(&b, "{\"requests\":%llu,\"seen\":%zu,\"height\":%llu", (unsigned long long)run.requests, sent_n(),
		         (unsigned long long)node_height());
		for (int f = 1; f < N_FAULTS; f++)
			buf_addf(&b, ",\"%s\":%llu", fault_names[f], (unsigned long long)count[f]);
		buf_addc(&b, '}');
	}
	bool good = http_answer_result(fd, doc, buf_str(&b));
	buf_release(&b);
	return good;
}

/* ---- requests -------------------------------------------------------------------------- */

static bool serve(int fd, struct str body)
{
	cJSON *doc = cJSON_ParseWithLength(body.p, body.n);
	const char *method = cJSON_GetStringValue(cJSON_GetObjectItem(doc, "method"));
	bool good;

	if (!method)
		good = pass(fd, doc, body, NONE);
	else if (strncmp(method, "proxy_", 6) == 0)
		good = serve_told(fd, doc, method);
	else
		good = serve_rpc(fd, doc, body, method);
	cJSON_Delete(doc);
	return good;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: proxy URL\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	node_open(argv[1]);
	ask(NULL, "evm_setAutomine", "[false]");
	http_loop(serve);
}
