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
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "data/intern.h"

enum fault {
	NONE, DROP, LOST, CUT, GARBLE, DELAY, LIMIT, BUSY, STALE, TWICE, LATE, GONE,
	REORG, ROLLBACK, FORGET, SPIKE, STALL, TIME, N_FAULTS
};

static const char *const names[] = {
	"none", "drop", "lost", "cut", "garble", "delay", "limit", "busy", "stale", "twice", "late", "gone",
	"reorg", "rollback", "forget", "spike", "stall", "time"
};

enum { MOST_CLIENTS = 64 };
static const uint64_t GWEI = 1000000000;

struct held {
	char *raw;                      /* owned */
	uint64_t due;                   /* the number of the request before which it is delivered */
};

static struct {
	CURL *curl;
	char snapshot[32];
	uint64_t seed, mine, depth;
	uint64_t base, peak;            /* number of the block at the snapshot; of the highest before a fall */
	uint64_t requests, quiet_until; /* no block before that request */
	uint64_t count[N_FAULTS];
	unsigned known;                 /* the faults of this seed, a bit each */
	unsigned rate;                  /* of a thousand requests, so many have one */
	bool calm;
	uint64_t calm_from;             /* no faults from that request on; those of the chain alone before it; 0 = not yet */
	struct intern raw;              /* every transaction that was seen, as hex */
	struct held *held;
	size_t n_held, cap_held;
} w;

/* ---- the node behind ------------------------------------------------------------------- */

static size_t keep(char *p, size_t size, size_t n, void *to)
{
	buf_add(to, p, size * n);
	return size * n;
}

/* one request to the node; its answer is added to out */
static bool forward(struct str request, struct buf *out)
{
	curl_easy_setopt(w.curl, CURLOPT_POSTFIELDS, request.p);
	curl_easy_setopt(w.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.n);
	curl_easy_setopt(w.curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(w.curl, CURLOPT_WRITEDATA, out);
	return curl_easy_perform(w.curl) == CURLE_OK;
}

/* a request of our own; its result is left in *text when that is a string */
static bool ask(struct buf *text, const char *method, const char *params)
{
	struct buf request = BUF_INIT, answer = BUF_INIT;

	buf_addf(&request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method, params);
	if (!forward(buf_str(&request), &answer)) {
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

/* the same about one string, or one number */
static bool ask_of(struct buf *text, const char *method, const char *param)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "[\"%s\"]", param);
	bool good = ask(text, method, b.p);
	buf_release(&b);
	return good;
}

static bool ask_number(const char *method, uint64_t n, const char *behind)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "[%llu%s]", (unsigned long long)n, behind);
	bool good = ask(NULL, method, b.p);
	buf_release(&b);
	return good;
}

static void set_base_fee(uint64_t wei)
{
	char text[32];

	snprintf(text, sizeof text, "0x%llx", (unsigned long long)wei);
	ask_of(NULL, "anvil_setNextBlockBaseFeePerGas", text);
}

static uint64_t height(void)
{
	struct buf b = BUF_INIT;

	ask(&b, "eth_blockNumber", "[]");
	uint64_t n = b.n ? strtoull(b.p, NULL, 16) : 0;
	buf_release(&b);
	return n;
}

static void mine(void)
{
	ask(NULL, "evm_mine", "[]");
}

static bool deliver(const char *raw)
{
	return ask_of(NULL, "eth_sendRawTransaction", raw);
}

/* ---- chance ---------------------------------------------------------------------------- */

/* A number below bound for this request: the same whenever the same is asked. */
static uint64_t chance(uint64_t what, uint64_t bound)
{
	uint64_t z = w.seed * 0x9e3779b97f4a7c15 + w.requests * 0xd1342543de82ef95 + what * 0xda942042e4dd58b5;

	for (int i = 0; i < 2; i++) {
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		z ^= z >> 31;
	}
	return z % bound;
}

static bool can_be_stale(const char *method)
{
	static const char *const late[] = {
		"eth_getTransactionReceipt", "eth_getTransactionCount", "eth_blockNumber", "eth_getBlockByNumber"
	};
	for (size_t i = 0; i < sizeof late / sizeof *late; i++)
		if (strcmp(method, late[i]) == 0)
			return true;
	return false;
}

static bool applies(enum fault f, const char *method)
{
	if (!(w.known >> f & 1) || (w.calm_from && f < LATE))
		return false;
	if (f >= TWICE && f <= GONE)
		return strcmp(method, "eth_sendRawTransaction") == 0;
	return f != STALE || can_be_stale(method);
}

/* Which fault befalls this request?  One of those that can, all alike. */
static enum fault choose(const char *method)
{
	enum fault can[N_FAULTS];
	size_t n = 0;

	if (w.calm || chance(1, 1000) >= w.rate * (w.calm_from || strcmp(method, "eth_sendRawTransaction") == 0 ? 2 : 1))
		return NONE;
	for (enum fault f = NONE + 1; f < N_FAULTS; f++)
		if (applies(f, method))
			can[n++] = f;
	return n ? can[chance(2, n)] : NONE;
}

/* ---- the chain ------------------------------------------------------------------------- */

/* In all but a third of cases the node still knows what it had mined. */
static void know_again(void)
{
	if (chance(4, 3) == 0)
		return;
	for (uint32_t i = 0; i < w.raw.n; i++)
		if (chance(100 + i, 4))
			deliver(intern_str(&w.raw, i).p);
}

/* How deep?  A block that once had so many blocks behind it stays, however short the chain
 * has become since; and so does where it all began, for the node could not go back there. */
static uint64_t some_depth(void)
{
	uint64_t now = height(), depth = 1 + chance(3, w.depth), stays = w.base;

	if (w.peak < now)
		w.peak = now;
	if (stays + w.depth < w.peak)
		stays = w.peak - w.depth;
	return depth < now - stays ? depth : now - stays;
}

static void befall(enum fault f)
{
	uint64_t depth = f == REORG || f == ROLLBACK ? some_depth() : 0;

	switch ((int)f) {
	case REORG:
		if (depth)
			ask_number("anvil_reorg", depth, ",[]");
		know_again();
		break;
	case ROLLBACK:
		if (depth)
			ask_number("anvil_rollback", depth, "");
		know_again();
		break;
	case FORGET:
		ask(NULL, "anvil_dropAllTransactions", "[]");
		break;
	case SPIKE:
		set_base_fee(GWEI << (1 + chance(3, 7)));
		mine();
		break;
	case STALL:
		w.quiet_until = w.requests + 1 + chance(3, 60);
		break;
	case TIME:
		ask_number("evm_increaseTime", 1 + chance(3, UINT64_C(1) << chance(4, 18)), "");
		break;
	}
}

/* ---- transactions ---------------------------------------------------------------------- */

static void hold(const char *raw, uint64_t due)
{
	if (w.n_held == w.cap_held) {
		w.cap_held = mem_grow(w.cap_held, w.n_held + 16);
		w.held = mem_realloc(w.held, w.cap_held, sizeof *w.held);
	}
	size_t n = strlen(raw) + 1;
	char *copy = mem_alloc(n, 1);
	memcpy(copy, raw, n);
	w.held[w.n_held++] = (struct held){ copy, due };
}

/* What is due, the last that came first. */
static void deliver_held(bool all)
{
	for (size_t i = w.n_held; i-- > 0; ) {
		if (!all && w.held[i].due > w.requests)
			continue;
		deliver(w.held[i].raw);
		free(w.held[i].raw);
		w.held[i] = w.held[--w.n_held];
	}
}

/* No more faults. */
static void calm(void)
{
	w.calm_from = 0;
	w.calm = true;
	w.quiet_until = 0;
	deliver_held(true);
}

/* ---- HTTP ------------------------------------------------------------------------------ */

struct client {
	int fd;
	struct buf in;
};

static struct client client[MOST_CLIENTS];
static size_t n_clients;

static bool put(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* an answer, whole or the first `most` bytes of its body; false ends the connection */
static bool answer(int fd, const char *status, struct str body, size_t most)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", status, body.n);
	buf_add(&b, body.p, most < body.n ? most : body.n);
	bool good = put(fd, b.p, b.n) && most >= body.n;
	buf_release(&b);
	return good;
}

static bool answer_result(int fd, const cJSON *doc, struct str result)
{
	struct buf b = BUF_INIT;
	char *id = cJSON_PrintUnformatted(cJSON_GetObjectItem(doc, "id"));

	buf_addf(&b, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%.*s}", id ? id : "null", STR_FMT(result));
	bool good = answer(fd, "200 OK", buf_str(&b), SIZE_MAX);
	free(id);
	buf_release(&b);
	return good;
}

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
	bool good = answer_result(fd, doc, buf_str(&b));
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
	bool good = answer_result(fd, doc, buf_str(&quoted));
	buf_release(&hash);
	buf_release(&quoted);
	return good;
}

/* Forward, and answer as the fault has it. */
static bool pass(int fd, const cJSON *doc, struct str request, enum fault f)
{
	struct buf b = BUF_INIT;
	bool good = false;

	if (forward(request, &b) && (f != TWICE || forward(request, &b))) {
		struct str body = buf_str(&b);
		if (f == CUT)
			good = answer(fd, "200 OK", body, body.n / 2);
		else if (f == GARBLE)
			good = answer(fd, "200 OK", (struct str){ body.p, body.n / 2 }, SIZE_MAX);
		else if (f == BUSY)
			good = answer(fd, "503 Service Unavailable", STR(""), SIZE_MAX);
		else if (f == STALE)
			good = answer_stale(fd, doc, body);
		else if (f != LOST)
			good = answer(fd, "200 OK", body, SIZE_MAX);
	}
	buf_release(&b);
	return good;
}

static bool serve_fault(int fd, const cJSON *doc, struct str request, const char *raw, enum fault f)
{
	if (f == DROP)
		return false;
	if (f == LIMIT)
		return answer(fd, chance(6, 2) ? "429 Too Many Requests\r\nRetry-After: 1" : "429 Too Many Requests",
		              STR(""), SIZE_MAX);
	if (raw && (f == LATE || f == GONE)) {
		if (f == LATE)
			hold(raw, w.requests + 1 + chance(6, 80));
		return answer_taken(fd, doc, raw);
	}
	if (f == DELAY)
		nanosleep(&(struct timespec){ 0, (long)(1 + chance(6, 20)) * 1000000 }, NULL);
	if (f >= REORG)
		befall(f);
	return pass(fd, doc, request, f);
}

static bool serve_rpc(int fd, const cJSON *doc, struct str request, const char *method)
{
	const char *raw = strcmp(method, "eth_sendRawTransaction") == 0 ?
		cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "params"), 0)) : NULL;

	w.requests++;
	if (w.calm_from && w.requests >= w.calm_from)
		calm();
	if (raw)
		intern(&w.raw, str_of(raw));
	deliver_held(false);
	enum fault f = choose(method);
	w.count[f]++;
	bool good = serve_fault(fd, doc, request, raw, f);
	if ((w.mine ? w.requests % w.mine == 0 : raw != NULL) && w.requests >= w.quiet_until)
		mine();
	return good;
}

/* ---- being told ------------------------------------------------------------------------ */

static uint64_t member(const cJSON *o, const char *name, uint64_t otherwise)
{
	const cJSON *v = cJSON_GetObjectItem(o, name);

	return cJSON_IsNumber(v) ? (uint64_t)v->valuedouble : otherwise;
}

/* The chain as it was, and a pool without anything. */
static void begin_chain(void)
{
	struct buf b = BUF_INIT;

	if (*w.snapshot && (!ask_of(NULL, "evm_revert", w.snapshot) || height() != w.base)) {
		fputs("proxy: the node cannot go back\n", stderr);
		exit(70);
	}
	w.base = w.peak = height();
	ask(&b, "evm_snapshot", "[]");
	snprintf(w.snapshot, sizeof w.snapshot, "%s", b.p);
	buf_release(&b);
	ask(NULL, "anvil_dropAllTransactions", "[]");
	set_base_fee(GWEI);
	ask_number("anvil_setBlockTimestampInterval", 1, "");   /* a second a block: what waits for time waits for blocks */
	for (uint64_t i = 0; i < w.depth; i++)
		mine();
}

static void begin(const cJSON *o)
{
	static const unsigned rates[] = { 20, 50, 100, 200 };

	w.depth = member(o, "depth", 0);
	begin_chain();
	intern_release(&w.raw);
	w.raw = (struct intern){ 0 };
	for (size_t i = 0; i < w.n_held; i++)
		free(w.held[i].raw);
	w.n_held = 0;
	memset(w.count, 0, sizeof w.count);
	w.requests = w.quiet_until = w.calm_from = 0;
	w.seed = member(o, "seed", 0);
	w.mine = member(o, "mine", 0);
	w.calm = w.seed == 0;
	w.known = (unsigned)chance(10, 1u << N_FAULTS);
	w.rate = rates[chance(11, 4)];
}

static size_t replay(void)
{
	size_t taken = 0;

	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < w.raw.n; i++)
			taken += deliver(intern_str(&w.raw, i).p);
	for (int i = 0; i < 3; i++)
		mine();
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
		w.calm_from = w.requests + (uint64_t)cJSON_GetNumberValue(cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "params"), 0));
	if (strcmp(method, "proxy_replay") == 0) {
		buf_addf(&b, "%zu", replay());
	} else {
		buf_addf(&b, "{\"requests\":%llu,\"seen\":%zu,\"height\":%llu", (unsigned long long)w.requests, w.raw.n,
		         (unsigned long long)height());
		for (int f = 1; f < N_FAULTS; f++)
			buf_addf(&b, ",\"%s\":%llu", names[f], (unsigned long long)w.count[f]);
		buf_addc(&b, '}');
	}
	bool good = answer_result(fd, doc, buf_str(&b));
	buf_release(&b);
	return good;
}

/* ---- clients --------------------------------------------------------------------------- */

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

/* What has come so far; false when the client is done with, or we are with it. */
static bool feed(struct client *c)
{
	buf_need(&c->in, 1 << 16);
	ssize_t n = recv(c->fd, c->in.p + c->in.n, 1 << 16, 0);
	if (n <= 0)
		return false;
	c->in.n += (size_t)n;
	c->in.p[c->in.n] = '\0';
	const char *end = strstr(c->in.p, "\r\n\r\n"), *length = strstr(c->in.p, "Content-Length: ");
	if (!end || !length)
		return true;
	size_t want = strtoul(length + 16, NULL, 10), head = (size_t)(end + 4 - c->in.p);
	if (c->in.n - head < want)
		return true;
	bool good = serve(c->fd, (struct str){ end + 4, want });
	buf_reset(&c->in);
	return good;
}

static int listen_anywhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, MOST_CLIENTS) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		exit(71);
	printf("http://127.0.0.1:%d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

static void hang_up(size_t i)
{
	close(client[i].fd);
	buf_release(&client[i].in);
	client[i] = client[--n_clients];
}

static void loop(int listener)
{
	struct pollfd p[MOST_CLIENTS + 1];

	for (;;) {
		for (size_t i = 0; i < n_clients; i++)
			p[i] = (struct pollfd){ .fd = client[i].fd, .events = POLLIN };
		p[n_clients] = (struct pollfd){ .fd = n_clients < MOST_CLIENTS ? listener : -1, .events = POLLIN };
		if (poll(p, n_clients + 1, -1) < 0)
			continue;
		bool new = p[n_clients].revents;
		for (size_t i = n_clients; i-- > 0; )
			if (p[i].revents && !feed(&client[i]))
				hang_up(i);
		if (new)
			client[n_clients++] = (struct client){ .fd = accept(listener, NULL, NULL), .in = BUF_INIT };
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: proxy URL\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	w.curl = curl_easy_init();
	struct curl_slist *header = curl_slist_append(NULL, "Content-Type: application/json");
	curl_easy_setopt(w.curl, CURLOPT_URL, argv[1]);
	curl_easy_setopt(w.curl, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(w.curl, CURLOPT_PROXY, "");
	ask(NULL, "evm_setAutomine", "[false]");
	loop(listen_anywhere());
}
