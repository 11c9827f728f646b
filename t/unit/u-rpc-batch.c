/* Many questions at once, and logs in pieces: against nodes that take arrays, and nodes that do not. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/mem.h"
#include "chain/abi.h"
#include "chain/pool.h"
#include "hash/keccak256.h"
#include "tap.h"

/* ---- the server, in a process of its own ---- */

/* What it was asked, and how it is to behave: shared with the test. */
static struct {
	char mode[32];
	unsigned requests, longest, logs;
	uint64_t widest;                /* range of blocks */
} *seen;

static bool is(const char *mode)
{
	return strcmp(seen->mode, mode) == 0;
}

static double number(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsNumber(v) ? v->valuedouble : -1;
}

static cJSON *refusal(double id, const char *words)
{
	cJSON *a = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(a, "error");

	if (id < 0)
		cJSON_AddNullToObject(a, "id");
	else
		cJSON_AddNumberToObject(a, "id", id);
	cJSON_AddNumberToObject(error, "code", -32000);
	cJSON_AddStringToObject(error, "message", words);
	return a;
}

/* ---- logs: three postings and what became of them; see posted() ---- */

static const struct {
	unsigned block, batch;
	char poster, what;              /* A or B; P posted, S settled */
	unsigned char data;             /* hash */
} history[] = {
	{ 11, 1, 'A', 'P', 0x11 }, { 20, 1, 'A', 'S', 0x11 },
	{ 30, 2, 'A', 'P', 0x22 },                              /* void; its number is taken by another */
	{ 40, 2, 'B', 'P', 0x33 }, { 50, 2, 'B', 'S', 0x33 },
	{ 60, 3, 'A', 'P', 0x44 },                              /* in flight */
	{ 70, 3, 'A', 'P', 0x55 },                              /* and voided, and another one */
	{ 80, 3, 'A', 'P', 0x44 },
};

static void put_word(struct buf *b, uint64_t v)
{
	buf_addf(b, "0x%064llx", (unsigned long long)v);
}

static void put_repeated(struct buf *b, unsigned char byte)
{
	for (int i = 0; i < 32; i++)
		buf_addf(b, "%02x", byte);
}

static void put_topic(struct buf *b, char what)
{
	const char *text = what == 'P' ? "Posted(uint64,address,bytes32,bytes32,uint32)" : "Settled(uint64,uint256,bytes32)";
	uint8_t h[32];

	keccak256(text, strlen(text), h);
	buf_adds(b, "0x");
	hex_put(b, h, 32);
}

static bool topic_is(const cJSON *topics, int i, const char *text)
{
	const cJSON *t = cJSON_GetArrayItem(topics, i);

	return !cJSON_IsString(t) || strcmp(t->valuestring, text) == 0;
}

static cJSON *logs(const cJSON *filter)
{
	const cJSON *topics = cJSON_GetObjectItem(filter, "topics");
	uint64_t from = strtoull(cJSON_GetObjectItem(filter, "fromBlock")->valuestring, NULL, 16);
	uint64_t to = strtoull(cJSON_GetObjectItem(filter, "toBlock")->valuestring, NULL, 16);
	cJSON *all = cJSON_CreateArray();

	seen->logs++;
	if (to - from > seen->widest)
		return cJSON_Delete(all), NULL;
	for (size_t i = 0; i < sizeof history / sizeof *history; i++) {
		struct buf event = BUF_INIT, batch = BUF_INIT, who = BUF_INIT, text = BUF_INIT;
		put_topic(&event, history[i].what);
		put_word(&batch, history[i].batch);
		put_word(&who, (uint64_t)history[i].poster);
		if (history[i].block >= from && history[i].block <= to && topic_is(topics, 0, event.p) &&
		    topic_is(topics, 1, batch.p) && topic_is(topics, 2, who.p)) {
			buf_addf(&text, "{\"address\":\"0x%040x\",\"blockNumber\":\"0x%x\",\"logIndex\":\"0x0\",\"topics\":[\"%s\",\"%s\",\"%s\"],"
				 "\"data\":\"0x", 0x99, history[i].block, event.p, batch.p, who.p);
			put_repeated(&text, history[i].data);
			put_repeated(&text, 0xee);
			buf_adds(&text, "\"}");
			cJSON *log = cJSON_Parse(text.p);
			/* out of order, as nobody promises one */
			cJSON_InsertItemInArray(all, 0, log);
		}
		buf_release(&event);
		buf_release(&batch);
		buf_release(&who);
		buf_release(&text);
	}
	return all;
}

/* ---- answers ---- */

/* A question is answered with its own first parameter. */
static cJSON *one(const cJSON *q, bool in_array)
{
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(q, "params");
	const char *method = cJSON_GetObjectItemCaseSensitive(q, "method")->valuestring;
	cJSON *a = cJSON_CreateObject(), *result;
	double id = number(q, "id");

	if (strcmp(method, "fails") == 0 || (in_array && is("items"))) {
		cJSON_Delete(a);
		return refusal(id, strcmp(method, "fails") == 0 ? "execution reverted" : "no arrays");
	}
	if (strcmp(method, "eth_blockNumber") == 0)
		result = cJSON_CreateString("0x64");
	else if (strcmp(method, "eth_getLogs") == 0)
		result = logs(cJSON_GetArrayItem(params, 0));
	else
		result = cJSON_Duplicate(cJSON_GetArrayItem(params, 0), 1);
	if (!result) {
		cJSON_Delete(a);
		return refusal(id, "query returned more than 10000 results");
	}
	cJSON_AddNumberToObject(a, "id", in_array && is("alien") ? id + 1000 : id);
	cJSON_AddItemToObject(a, "result", result);
	return a;
}

static cJSON *many(const cJSON *doc, const char **status)
{
	cJSON *all = cJSON_CreateArray();
	const cJSON *q;
	int n = cJSON_GetArraySize(doc), i = 0;
	unsigned most = is("at most 7") || is("413") ? 7 : is("object") ? 1 : 1000;

	if ((unsigned)n > seen->longest)
		seen->longest = (unsigned)n;
	if ((unsigned)n > most) {
		*status = is("413") ? "413 Too Large" : "200 OK";
		cJSON_Delete(all);
		return is("413") ? cJSON_CreateString("too large") : refusal(-1, "batch too large");
	}
	cJSON_ArrayForEach(q, doc) {
		i++;
		if (is("holes") && i % 3 == 0)
			continue;
		if (is("shuffled"))
			cJSON_InsertItemInArray(all, 0, one(q, true));
		else
			cJSON_AddItemToArray(all, one(q, true));
		if (is("twice") && i == 1)
			cJSON_AddItemToArray(all, one(q, true));
	}
	return all;
}

static void serve(int fd, const char *body)
{
	cJSON *doc = cJSON_Parse(body), *answer;
	const char *status = "200 OK";
	struct buf b = BUF_INIT;

	seen->requests++;
	answer = cJSON_IsArray(doc) ? many(doc, &status) : one(doc, false);
	char *text = cJSON_PrintUnformatted(answer);
	buf_addf(&b, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, strlen(text), text);
	for (size_t at = 0; at < b.n; ) {
		ssize_t k = write(fd, b.p + at, b.n - at);
		if (k <= 0)
			break;
		at += (size_t)k;
	}
	free(text);
	cJSON_Delete(doc);
	cJSON_Delete(answer);
	buf_release(&b);
}

static bool read_request(int fd, struct buf *b)
{
	size_t want = 0;
	char t[4096];

	buf_reset(b);
	while (want == 0 || b->n < want) {
		ssize_t k = read(fd, t, sizeof t);
		if (k <= 0)
			return false;
		buf_add(b, t, (size_t)k);
		const char *end = strstr(b->p, "\r\n\r\n"), *len = strstr(b->p, "Content-Length: ");
		if (end && len)
			want = (size_t)(end + 4 - b->p) + strtoul(len + 16, NULL, 10);
	}
	return true;
}

static pid_t start(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 16) || getsockname(fd, (struct sockaddr *)&a, &n))
		skip_all("no loopback socket here");
	*port = ntohs(a.sin_port);
	fflush(stdout);
	pid_t pid = fork();
	if (pid != 0) {
		close(fd);
		return pid;
	}
	struct buf b = BUF_INIT;
	signal(SIGPIPE, SIG_IGN);
	alarm(120);
	for (;;) {
		int c = accept(fd, NULL, NULL);
		if (c < 0)
			_exit(1);
		if (read_request(c, &b))
			serve(c, strstr(b.p, "\r\n\r\n") + 4);
		shutdown(c, SHUT_WR);
		close(c);
	}
}

/* ---- the tests ---- */

static struct rpc *rpc;
static unsigned port;

static void behave(const char *mode)
{
	struct buf url = BUF_INIT;
	struct err e;

	rpc_close(rpc);
	buf_addf(&url, "http://127.0.0.1:%u/", port);
	rpc = rpc_open(url.p, NULL, &e);
	buf_release(&url);
	memset(seen, 0, sizeof *seen);
	snprintf(seen->mode, sizeof seen->mode, "%s", mode);
	seen->widest = UINT64_MAX;
}

/* n questions, of which each is answered with its number; bad: the number of one that fails */
static enum rpc_status ask(size_t n, size_t bad, struct rpc_error *e, size_t *wrong)
{
	struct rpc_question *q = mem_alloc(n, sizeof *q);
	cJSON **v = mem_alloc(n, sizeof(cJSON *));
	char (*text)[24] = mem_alloc(n, sizeof *text);

	for (size_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof *text, "[%zu]", i);
		q[i] = (struct rpc_question){ i == bad ? "fails" : "echo", text[i] };
		v[i] = (cJSON *)(void *)text;       /* has to be cleared */
	}
	enum rpc_status st = rpc_batch(rpc, q, n, v, e);
	*wrong = 0;
	for (size_t i = 0; i < n; i++) {
		*wrong += st == RPC_OK ? !cJSON_IsNumber(v[i]) || v[i]->valuedouble != (double)i : v[i] != NULL;
		if (st == RPC_OK)
			cJSON_Delete(v[i]);
	}
	free(q);
	free(v);
	free(text);
	return st;
}

static void answered(const char *mode, size_t n, unsigned requests, unsigned longest)
{
	struct rpc_error e;
	size_t wrong;

	behave(mode);
	enum rpc_status st = ask(n, SIZE_MAX, &e, &wrong);
	ok(st == RPC_OK && wrong == 0, "%s: %zu questions, each with its answer", mode, n);
	ok(seen->requests == requests && seen->longest == longest, "%s: in %u requests of up to %u, want %u of up to %u", mode,
	   seen->requests, seen->longest, requests, longest);
}

static void batches(void)
{
	struct rpc_error e;
	size_t wrong;

	answered("well", 0, 0, 0);
	answered("well", 1, 1, 0);
	answered("well", 250, 3, 100);
	answered("shuffled", 250, 3, 100);
	/* 60, 30 and 15 are refused; seven are taken, and from then on no more is tried */
	answered("at most 7", 60, 3 + 9, 60);
	answered("413", 60, 3 + 9, 60);
	ok(ask(60, SIZE_MAX, &e, &wrong) == RPC_OK && wrong == 0 && seen->requests == 12 + 9, "what has worked is remembered");
	/* 60, 30, 15, 7, 3 and none */
	answered("object", 60, 5 + 60, 60);
	answered("alien", 60, 5 + 60, 60);
	answered("items", 60, 5 + 60, 60);
	answered("twice", 4, 2 + 4, 4);
	answered("holes", 60, 1 + 20, 60);
}

static void errors(void)
{
	struct rpc_error e;
	size_t wrong;

	behave("well");
	ok(ask(20, 7, &e, &wrong) == RPC_ERROR && wrong == 0 && strcmp(e.message, "execution reverted") == 0,
	   "one that fails, and nothing is answered: %s", e.message);
	ok(seen->requests == 2, "it alone was asked again");
	behave("well");
	ok(ask(1, 0, &e, &wrong) == RPC_ERROR && wrong == 0, "a single one that fails");
	port++;         /* nobody is there */
	behave("well");
	ok(ask(20, SIZE_MAX, &e, &wrong) == RPC_UNREACHABLE && wrong == 0, "nobody answers: %s", e.message);
	port--;
}

static void calls(void)
{
	/* the answer to eth_call is its first parameter, which is an object: not a word */
	struct address to = { { 0 } };
	uint8_t out[2][32];
	struct rpc_error e;

	behave("well");
	ok(eth_call_words(rpc, &to, STR("aabb"), 2, "latest", out, &e) == RPC_UNKNOWN, "no word: %s", e.message);
}

static void posted(unsigned char data, char who, uint64_t from, uint64_t number, bool settled)
{
	struct address pool = { { 0 } }, poster = { { 0 } };
	uint8_t hash[32], root[32];
	struct rpc_error e = { .message = "" };
	uint64_t got = 99;
	bool is_settled = !settled;

	pool.b[19] = 0x99;
	poster.b[19] = (uint8_t)who;
	memset(hash, data, sizeof hash);
	memset(root, 0xee, sizeof root);
	enum rpc_status st = pool_posted(rpc, &pool, &poster, hash, root, from, &got, &is_settled, &e);
	ok(st == RPC_OK && got == number && is_settled == settled, "%02x by %c from %llu on: %llu, %s %s", data, who,
	   (unsigned long long)from, (unsigned long long)got, is_settled ? "settled" : "not settled", e.message);
}

static void lost_journals(uint64_t widest)
{
	struct address a = { { 0 } };
	uint8_t hash[32] = { 0 }, other[32];
	struct rpc_error e;
	uint64_t got;
	bool settled;

	behave("well");
	seen->widest = widest;
	printf("# at most %llu blocks at once\n", (unsigned long long)widest);
	posted(0x11, 'A', 0, 1, true);
	posted(0x11, 'A', 11, 1, true);
	posted(0x11, 'A', 12, 0, false);
	posted(0x11, 'A', 101, 0, false);
	posted(0x11, 'B', 0, 0, false);
	posted(0x22, 'A', 0, 0, false);
	posted(0x33, 'B', 0, 2, true);
	posted(0x33, 'A', 0, 0, false);
	posted(0x44, 'A', 0, 3, false);
	posted(0x55, 'A', 0, 0, false);
	memset(hash, 0x11, sizeof hash);
	memset(other, 0xef, sizeof other);
	a.b[19] = 0x99;
	struct address poster = { { 0 } };
	poster.b[19] = 'A';
	ok(pool_posted(rpc, &a, &poster, hash, other, 0, &got, &settled, &e) == RPC_OK && got == 0, "another log root is another batch");
}

int main(void)
{
	struct rpc_error e;
	uint64_t n;
	bool is_settled;

	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = start(&port);
	batches();
	errors();
	calls();
	lost_journals(UINT64_MAX);
	lost_journals(9);
	lost_journals(0);
	struct address a = { { 0 } };
	behave("well");
	ok(pool_posted(rpc, &a, &a, (const uint8_t[32]){ 0 }, (const uint8_t[32]){ 0 }, 0, &n, &is_settled, &e) == RPC_OK && n == 0,
	   "of another poster there is nothing");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	rpc_close(rpc);
	return done();
}
