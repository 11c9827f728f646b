/* JSON-RPC against a server of our own that misbehaves on request: the path says how. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chain/eth.h"
#include "tap.h"

/* ---- the server, in a process of its own ---- */

#define HASH "0x1111111111111111111111111111111111111111111111111111111111111111"
#define ADDR "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

/* results by method on the path /eth */
static const char *const results[][2] = {
	{ "eth_chainId", "\"0x7a69\"" },
	{ "eth_blockNumber", "\"0x10\"" },
	{ "eth_getTransactionCount", "\"0x7\"" },
	{ "eth_getBalance", "\"0xde0b6b3a7640000\"" },
	{ "eth_getBlockByNumber", "{\"number\":\"0x10\",\"hash\":\"" HASH "\",\"timestamp\":\"0x6921a000\","
		"\"gasLimit\":\"0x1c9c380\",\"baseFeePerGas\":\"0x3b9aca00\",\"extra\":[1,2]}" },
	{ "eth_maxPriorityFeePerGas", "\"0x77359400\"" },
	{ "eth_feeHistory", "{\"oldestBlock\":\"0xc\",\"baseFeePerGas\":[\"0x1\",\"0x2\",\"0x3\",\"0x4\",\"0x5\",\"0x6\"],"
		"\"gasUsedRatio\":[0.5,0,0.1,1,0.2],\"reward\":[[\"0x9\"],[\"0x0\"],[\"0x7\"],[\"0x64\"],[\"0x8\"]]}" },
	{ "eth_syncing", "{\"currentBlock\":\"0x1\"}" },
	{ "eth_estimateGas", "\"0x5208\"" },
	{ "eth_call", "\"0x0000000000000000000000000000000000000000000000000000000000000001\"" },
	{ "eth_getCode", "\"0x\"" },
	{ "eth_sendRawTransaction", "\"" HASH "\"" },
	{ "eth_getTransactionReceipt", "{\"transactionHash\":\"" HASH "\",\"status\":\"0x1\",\"blockNumber\":\"0x10\","
		"\"blockHash\":\"" HASH "\",\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x3b9aca01\","
		"\"contractAddress\":null,\"logs\":[]}" },
};

/* path, status line and further headers, body; $ stands for the id */
static const struct { const char *path, *status, *body; } canned[] = {
	{ "/error", "200 OK", "{\"jsonrpc\":\"2.0\",\"id\":$,\"error\":{\"code\":3,\"message\":"
		"\"execution reverted: seq\",\"data\":\"0x08c379a0ff\"}}" },
	{ "/error400", "400 Bad Request", "{\"id\":$,\"error\":{\"code\":-32000,\"message\":\"nonce too low\"}}" },
	{ "/error500", "500 Oops", "{\"id\":$,\"error\":{\"code\":-32000,\"message\":\"nonce too low\"}}" },
	{ "/errornull", "200 OK", "{\"id\":$,\"error\":null,\"result\":\"0x1\"}" },
	{ "/errortext", "200 OK", "{\"id\":$,\"error\":\"no\"}" },
	{ "/noid", "200 OK", "{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse error\"}}" },
	{ "/wrongid", "200 OK", "{\"jsonrpc\":\"2.0\",\"id\":999999,\"result\":\"0x1\"}" },
	{ "/textid", "200 OK", "{\"jsonrpc\":\"2.0\",\"id\":\"$\",\"result\":\"0x1\"}" },
	{ "/neither", "200 OK", "{\"jsonrpc\":\"2.0\",\"id\":$}" },
	{ "/array", "200 OK", "[{\"jsonrpc\":\"2.0\",\"id\":$,\"result\":\"0x1\"}]" },
	{ "/html", "200 OK", "<html><body>welcome</body></html>" },
	{ "/empty", "200 OK", "" },
	{ "/twice", "200 OK", "{\"id\":$,\"result\":1}{\"id\":$,\"result\":2}" },
	{ "/502", "502 Bad Gateway", "<html>nginx</html>" },
	{ "/503", "503 Busy\r\nRetry-After: 9", "" },
	{ "/404", "404 Not Found", "no such thing" },
	{ "/redirect", "301 Moved\r\nLocation: /eth", "" },
	{ "/429", "429 Too Many Requests\r\nRetry-After: 7", "slow down" },
	{ "/429never", "429 Too Many Requests\r\nRetry-After: 99999999", "slow down" },
	{ "/limit", "200 OK", "{\"id\":$,\"error\":{\"code\":-32005,\"message\":\"project ID request rate exceeded\","
		"\"data\":{\"rate\":{\"backoff_seconds\":2.5}}}}" },
	{ "/limitnoid", "200 OK", "{\"id\":null,\"error\":{\"code\":429,\"message\":\"Too Many Requests\"}}" },
	{ "/gaslimit", "200 OK", "{\"id\":$,\"error\":{\"code\":-32005,\"message\":\"exceeds block gas limit\"}}" },
	{ "/v3/0123456789abcdefSECRET", "200 OK", "{\"id\":$,\"error\":{\"code\":1,\"message\":"
		"\"project 0123456789abcdefSECRET\\n\\u001b[31mis over\"}}" },
	{ "/pruned", "200 OK", "{\"id\":$,\"error\":{\"code\":4444,\"message\":\"pruned history unavailable\"}}" },
	{ "/429now", "429 Too Many Requests", "" },
	{ "/number", "200 OK", "{\"id\":$,\"result\":31337}" },
	{ "/null", "200 OK", "{\"id\":$,\"result\":null}" },
	{ "/padded", "200 OK", "{\"id\":$,\"result\":\"0x007a69\"}" },
	{ "/huge", "200 OK", "{\"id\":$,\"result\":\"0x10000000000000000000000000\"}" },
	{ "/otherhash", "200 OK", "{\"id\":$,\"result\":\"0x2222222222222222222222222222222222222222222222222222222222222222\"}" },
	{ "/known", "200 OK", "{\"id\":$,\"error\":{\"code\":-32000,\"message\":\"already known\"}}" },
	{ "/failed", "200 OK", "{\"id\":$,\"result\":{\"transactionHash\":\"" HASH "\",\"status\":\"0x0\",\"blockNumber\":\"0x10\","
		"\"blockHash\":\"" HASH "\",\"gasUsed\":\"0x5208\",\"contractAddress\":\"" ADDR "\"}}" },
	{ "/status2", "200 OK", "{\"id\":$,\"result\":{\"transactionHash\":\"" HASH "\",\"status\":\"0x2\",\"blockNumber\":\"0x10\","
		"\"blockHash\":\"" HASH "\",\"gasUsed\":\"0x5208\"}}" },
	{ "/object", "200 OK", "{\"id\":$,\"result\":{}}" },
};

static void send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k <= 0)
			return;
		p += k;
		n -= (size_t)k;
	}
}

static void answer(int fd, const char *status, const char *body, long id, const char *more)
{
	struct buf b = BUF_INIT, text = BUF_INIT;

	for (; *body; body++) {
		if (*body == '$')
			buf_addi(&text, id);
		else
			buf_addc(&text, *body);
	}
	buf_addf(&b, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status, text.n, more);
	buf_addstr(&b, buf_str(&text));
	send_all(fd, b.p, b.n);
	buf_release(&b);
	buf_release(&text);
}

static void repeat(int fd, const char *open, const char *piece, size_t n, long id)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "HTTP/1.1 200 OK\r\n\r\n{\"id\":%ld,\"result\":%s", id, open);
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, piece);
	send_all(fd, b.p, b.n);
	buf_release(&b);
}

/* a whole request, NUL-terminated; false when the client has gone */
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

static void by_method(int fd, const char *request, long id)
{
	struct buf b = BUF_INIT, name = BUF_INIT;

	for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
		buf_reset(&name);
		buf_addf(&name, "\"method\":\"%s\"", results[i][0]);
		if (!strstr(request, name.p))
			continue;
		buf_addf(&b, "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":$}\n", results[i][1]);
		answer(fd, "200 OK", b.p, id, "Connection: close\r\n");
	}
	buf_release(&b);
	buf_release(&name);
}

static void serve_one(int fd, const char *request)
{
	const char *path = strchr(request, ' ') + 1, *at = strstr(request, "\"id\":");
	size_t n = strcspn(path, " ");
	long id = at ? strtol(at + 5, NULL, 10) : -1;
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	if (n == 4 && !memcmp(path, "/eth", 4))
		by_method(fd, request, id);
	else if (n == 5 && !memcmp(path, "/slow", 5))
		poll(&gone, 1, 5000);
	else if (n == 6 && !memcmp(path, "/trunc", 6))
		send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":1,", 49);
	else if (n == 5 && !memcmp(path, "/deep", 5))
		repeat(fd, "", "[", 200000, id);
	else if (n == 5 && !memcmp(path, "/wide", 5))
		repeat(fd, "\"", "x", 3 << 20, id);
	else if (n == 7 && !memcmp(path, "/binary", 7))
		send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}\0\1", 42);
	else if (n == 5 && !memcmp(path, "/auth", 5))
		answer(fd, strstr(request, "Authorization: Bearer token-7\r\n") ? "200 OK" : "401 No",
		       "{\"id\":$,\"result\":\"0x1\"}", id, "Connection: close\r\n");
	for (size_t i = 0; i < sizeof canned / sizeof *canned; i++)
		if (n == strlen(canned[i].path) && !memcmp(path, canned[i].path, n))
			answer(fd, canned[i].status, canned[i].body, id, "Connection: close\r\n");
	/* /reset and everything else: no answer at all */
}

static int listener(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&a, &n))
		skip_all("no loopback socket here");
	*port = ntohs(a.sin_port);
	return fd;
}

/* serve until killed; with_dying_connection: answer once and keep the connection, take
 * a second request on it, then close everything without a word */
static pid_t start(unsigned *port, bool dying)
{
	int fd = listener(port);

	fflush(stdout);
	pid_t pid = fork();
	if (pid != 0) {
		close(fd);
		return pid;
	}
	struct buf b = BUF_INIT;
	signal(SIGPIPE, SIG_IGN);
	alarm(120);                   /* should the test itself die */
	for (;;) {
		int c = accept(fd, NULL, NULL);
		if (c < 0)
			_exit(1);
		if (!dying) {
			if (read_request(c, &b))
				serve_one(c, b.p);
		} else if (read_request(c, &b)) {
			answer(c, "200 OK", "{\"id\":$,\"result\":\"0x1\"}", 1, "");
			read_request(c, &b);
			close(fd);
			_exit(0);
		}
		shutdown(c, SHUT_WR);
		close(c);
	}
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- the tests ---- */

static unsigned port;

static struct rpc *at_path(const char *path, const struct rpc_options *opt)
{
	struct rpc_options quick = { .total_ms = 20000 };
	struct buf url = BUF_INIT;
	struct err e;

	buf_addf(&url, "http://user:passw0rdpassw0rd@127.0.0.1:%u%s", port, path);
	struct rpc *r = rpc_open(url.p, opt ? opt : &quick, &e);
	buf_release(&url);
	if (!r) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return r;
}

/* call /path once; want is the message, NULL = any */
static struct rpc_error call_with(const char *path, const struct rpc_options *opt, enum rpc_status want_st,
				  const char *want)
{
	struct rpc *r = at_path(path, opt);
	struct rpc_error e;
	cJSON *v;
	enum rpc_status st = rpc_call(r, "eth_chainId", "[]", &v, &e);

	if (!ok(st == want_st && (!want || !strcmp(e.message, want)) && (st == RPC_OK) == (v != NULL),
		"%s: %s", path, want ? want : "as expected"))
		printf("#  got: %d %s\n", (int)st, e.message);
	cJSON_Delete(v);
	rpc_close(r);
	return e;
}

static struct rpc_error call(const char *path, enum rpc_status st, const char *want)
{
	return call_with(path, NULL, st, want);
}

static void answers(void)
{
	struct rpc_error e;

	call("/eth", RPC_OK, NULL);
	call("/errornull", RPC_OK, NULL);
	call("/null", RPC_OK, NULL);
	e = call("/error", RPC_ERROR, "execution reverted: seq");
	ok(e.code == 3 && e.http == 200 && e.n_data == 5 && e.data[0] == 8 && e.data[4] == 0xff, "code and data");
	call("/error400", RPC_ERROR, "nonce too low");
	call("/error500", RPC_UNKNOWN, "HTTP status 500");
	call("/errortext", RPC_UNKNOWN, "the answer's error is no object");
	call("/noid", RPC_UNKNOWN, "parse error");
	call("/wrongid", RPC_UNKNOWN, "the answer has another id than the request");
	call("/textid", RPC_UNKNOWN, "the answer has another id than the request");
	call("/neither", RPC_UNKNOWN, "the answer has neither result nor error");
	call("/array", RPC_UNKNOWN, "the answer is no JSON-RPC object");
	call("/html", RPC_UNKNOWN, "the answer is no JSON-RPC object");
	call("/empty", RPC_UNKNOWN, "the answer is no JSON-RPC object");
	call("/twice", RPC_UNKNOWN, "the answer is no JSON-RPC object");
	call("/binary", RPC_UNKNOWN, "the answer is no JSON-RPC object");
	call("/deep", RPC_UNKNOWN, "the answer is no JSON-RPC object");
	call("/502", RPC_UNKNOWN, "HTTP status 502");
	e = call("/503", RPC_UNKNOWN, "HTTP status 503");
	ok(e.retry_after_s == 9, "Retry-After of a 503");
	call("/404", RPC_UNKNOWN, "HTTP status 404");
	call("/redirect", RPC_UNKNOWN, "HTTP status 301: redirects are not followed");
	e = call("/429", RPC_LIMITED, "HTTP status 429: too many requests");
	ok(e.retry_after_s == 7, "Retry-After");
	e = call("/429never", RPC_LIMITED, NULL);
	ok(e.retry_after_s == 3600, "a wait is bounded");
	e = call("/limit", RPC_LIMITED, "project ID request rate exceeded");
	ok(e.retry_after_s == 3, "backoff_seconds, rounded up");
	call("/limitnoid", RPC_LIMITED, "Too Many Requests");
	call("/gaslimit", RPC_ERROR, "exceeds block gas limit");
}

static void failures(void)
{
	struct rpc_options small = { .max_answer = 1 << 20 }, hasty = { .total_ms = 300 };
	struct rpc_options token = { .bearer = "token-7" }, forged = { .bearer = "a\r\nX: y" };
	struct rpc_error e;
	struct err err;

	call("/trunc", RPC_UNKNOWN, NULL);
	call("/reset", RPC_UNKNOWN, NULL);
	call_with("/wide", &small, RPC_UNKNOWN, "the answer is longer than 1048576 bytes");
	call_with("/slow", &hasty, RPC_UNKNOWN, NULL);
	call_with("/auth", &token, RPC_OK, NULL);
	call("/auth", RPC_UNKNOWN, NULL);
	ok(!rpc_open("http://127.0.0.1", &forged, &err) && strstr(err.msg, "bearer"), "%s", err.msg);

	e = call("/v3/0123456789abcdefSECRET", RPC_ERROR, NULL);
	ok(!strcmp(e.message, "project **********************??[31mis over"), "no key in a message: %s", e.message);

	unsigned here = port;
	close(listener(&port));        /* a port where nobody listens */
	e = call("/v3/0123456789abcdefSECRET", RPC_UNREACHABLE, NULL);
	ok(!strstr(e.message, "SECRET") && !strstr(e.message, "passw0rd"), "%s", e.message);
	port = here;
}

static void urls(void)
{
	static const char *const bad[] = {
		"", "127.0.0.1:8545", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://",
		"http://a b/", "http://a\n/", "unix:///tmp/geth.ipc", "http://127.0.0.1:99999/",
	};
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		e.msg[0] = '\0';
		struct rpc *r = rpc_open(bad[i], NULL, &e);
		ok(!r && e.msg[0], "not opened: %s", e.msg);
		rpc_close(r);
	}
	struct rpc *r = rpc_open("https://me:secret@node.example/v3/key?k=1", NULL, &e);
	is_str(str_of(r ? rpc_where(r) : ""), "https://node.example:443", "where, without credentials");
	rpc_close(r);
}

/* a request that went out on a kept connection may have been acted on, even
 * though libcurl's own second attempt was refused */
static void dying_connection(void)
{
	unsigned old = port;
	pid_t pid = start(&port, true);
	struct rpc *r = at_path("/", NULL);
	struct rpc_error e;
	cJSON *v;

	ok(rpc_call(r, "x", "[]", &v, &e) == RPC_OK, "first call on a kept connection");
	cJSON_Delete(v);
	ok(rpc_call(r, "x", "[]", &v, &e) == RPC_UNKNOWN, "second one may have arrived: %s", e.message);
	waitpid(pid, NULL, 0);
	ok(rpc_call(r, "x", "[]", &v, &e) == RPC_UNREACHABLE, "third one cannot have: %s", e.message);
	rpc_close(r);
	port = old;
}

static void typed(void)
{
	struct rpc *r = at_path("/eth", NULL);
	struct address who;
	struct rpc_error e;
	struct err err;
	struct eth_block b;
	struct eth_fees f;
	struct eth_receipt c;
	struct buf out = BUF_INIT;
	struct u256 wei;
	uint8_t hash[32];
	uint64_t n;

	address_parse(STR(ADDR), &who, &err);
	memset(hash, 0x11, 32);
	ok(eth_chain_id(r, &n, &e) == RPC_OK && n == 31337, "chain id");
	ok(eth_block_number(r, &n, &e) == RPC_OK && n == 16, "block number");
	ok(eth_nonce(r, &who, "pending", &n, &e) == RPC_OK && n == 7, "nonce");
	ok(eth_balance(r, &who, "latest", &wei, &e) == RPC_OK && wei.w[0] == 1000000000000000000, "balance");
	ok(eth_block(r, "finalized", &b, &e) == RPC_OK && b.found && b.number == 16 && b.time == 0x6921a000 &&
	   b.gas_limit == 30000000 && b.has_base_fee && b.base_fee.w[0] == 1000000000 &&
	   !memcmp(b.hash, hash, 32), "block");
	ok(eth_fees(r, &f, &e) == RPC_OK && f.base_fee.w[0] == 6 && f.tip.w[0] == 8,
	   "fees: the next block's base fee, and the lower median of 7 8 9 100, the empty block left out");
	bool syncing = false;
	ok(eth_syncing(r, &syncing, &e) == RPC_OK && syncing, "syncing");
	ok(eth_estimate_gas(r, &who, &who, STR("\1\2"), &n, &e) == RPC_OK && n == 21000, "gas");
	ok(eth_call(r, NULL, &who, STR(""), "latest", &out, &e) == RPC_OK && out.n == 32 && out.p[31] == 1, "call");
	buf_reset(&out);
	ok(eth_code(r, &who, "latest", &out, &e) == RPC_OK && out.n == 0, "no code");
	ok(eth_receipt(r, hash, &c, &e) == RPC_OK && c.found && c.ok && c.block == 16 && c.gas_used == 21000 &&
	   c.gas_price.w[0] == 1000000001 && !c.has_contract && !memcmp(c.block_hash, hash, 32), "receipt");
	ok(eth_send_raw(r, STR("\2"), hash, &e) == ETH_SENT, "sent");
	hash[0] = 0;
	ok(eth_receipt(r, hash, &c, &e) == RPC_UNKNOWN, "a receipt of another transaction: %s", e.message);
	ok(eth_send_raw(r, STR("\2"), hash, &e) == ETH_UNKNOWN, "another hash: %s", e.message);
	buf_release(&out);
	rpc_close(r);
}

/* one path at a time against the typed questions */
static void badly_typed(void)
{
	static const char *const paths[] = { "/number", "/padded", "/huge", "/object", "/otherhash", "/null" };
	struct address who = { { 1 } };
	struct eth_block b;
	struct eth_receipt c;
	struct rpc_error e;
	uint8_t hash[32];
	uint64_t n = 42;

	memset(hash, 0x11, 32);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct rpc *r = at_path(paths[i], NULL);
		bool null = !strcmp(paths[i], "/null");
		struct buf out = BUF_INIT;
		b.found = c.found = true;
		ok(eth_chain_id(r, &n, &e) == RPC_UNKNOWN && n == 42, "%s: %s", paths[i], e.message);
		ok(eth_block(r, "latest", &b, &e) == (null ? RPC_OK : RPC_UNKNOWN) && b.found == !null, "block");
		ok(eth_receipt(r, hash, &c, &e) == (null ? RPC_OK : RPC_UNKNOWN) && c.found == !null, "receipt");
		ok(eth_send_raw(r, STR("\2"), hash, &e) == ETH_UNKNOWN, "send: %s", e.message);
		if (strcmp(paths[i], "/otherhash") && strcmp(paths[i], "/huge") && strcmp(paths[i], "/padded"))
			ok(eth_code(r, &who, "latest", &out, &e) == RPC_UNKNOWN && out.n == 0, "code: %s", e.message);
		buf_release(&out);
		rpc_close(r);
	}
	struct rpc *r = at_path("/failed", NULL);
	ok(eth_receipt(r, hash, &c, &e) == RPC_OK && c.found && !c.ok && c.has_contract &&
	   c.contract.b[0] == 0x5a, "a failed transaction");
	rpc_close(r);
	r = at_path("/status2", NULL);
	ok(eth_receipt(r, hash, &c, &e) == RPC_UNKNOWN, "status 2");
	rpc_close(r);
	r = at_path("/known", NULL);
	ok(eth_send_raw(r, STR("\2"), hash, &e) == ETH_KNOWN, "known");
	rpc_close(r);
	r = at_path("/429", NULL);
	ok(eth_send_raw(r, STR("\2"), hash, &e) == ETH_RETRY && e.retry_after_s == 7, "limited");
	rpc_close(r);
	r = at_path("/502", NULL);
	ok(eth_send_raw(r, STR("\2"), hash, &e) == ETH_UNKNOWN, "a gateway's 502 tells nothing");
	rpc_close(r);
}

/* what the clients say */
static void classify(void)
{
	static const struct { const char *text; enum eth_sent want; } said[] = {
		{ "already known", ETH_KNOWN },
		{ "transaction already imported", ETH_KNOWN },
		{ "AlreadyKnown", ETH_KNOWN },
		{ "INTERNAL_ERROR: existing tx with same hash", ETH_KNOWN },
		{ "Known transaction", ETH_KNOWN },
		{ "nonce too low: next nonce 7, tx nonce 5", ETH_NONCE_LOW },
		{ "OldNonce", ETH_NONCE_LOW },
		{ "Nonce too low", ETH_NONCE_LOW },
		{ "replacement transaction underpriced", ETH_UNDERPRICED },
		{ "ReplacementNotAllowed", ETH_UNDERPRICED },
		{ "FeeTooLowToCompete", ETH_UNDERPRICED },
		{ "FeeTooLow", ETH_UNDERPRICED },
		{ "could not replace existing tx", ETH_UNDERPRICED },
		{ "transaction underpriced", ETH_UNDERPRICED },
		{ "transaction gas price below minimum: gas tip cap 1, minimum needed 2", ETH_UNDERPRICED },
		{ "max fee per gas less than block base fee", ETH_UNDERPRICED },
		{ "insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1", ETH_FUNDS },
		{ "Insufficient funds for gas * price + value", ETH_FUNDS },
		{ "InsufficientFunds, Account balance: 0", ETH_FUNDS },
		{ "Upfront cost exceeds account balance", ETH_FUNDS },
		{ "txpool is full", ETH_RETRY },
		{ "account limit exceeded: pooled 64 txs", ETH_RETRY },
		{ "intrinsic gas too low: gas 1, minimum needed 21000", ETH_FATAL },
		{ "insufficient gas for floor data gas cost: gas 1, minimum needed 2", ETH_FATAL },
		{ "transaction gas limit too high (cap: 16777216, tx: 20000000)", ETH_FATAL },
		{ "exceeds block gas limit", ETH_FATAL },
		{ "max priority fee per gas higher than max fee per gas", ETH_FATAL },
		{ "tx fee (2.00 ether) exceeds the configured cap (1.00 ether)", ETH_FATAL },
		{ "invalid chain id for signer: have 1 want 2", ETH_FATAL },
		{ "only replay-protected (EIP-155) transactions allowed over RPC", ETH_FATAL },
		{ "request timed out", ETH_UNKNOWN },
		{ "Internal error", ETH_UNKNOWN },
		{ "", ETH_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		ok(eth_classify(said[i].text) == said[i].want, "%s: %s", eth_sent_name(said[i].want), said[i].text);
}

/* ---- sets ---- */

/* ask a set of the paths, up to the first empty one */
static enum rpc_status ask(const char *const *paths, size_t n, unsigned patience_ms, struct rpc_error *e, uint64_t *id)
{
	struct rpc *end[RPC_MOST];

	for (size_t i = 0; i < n; i++)
		end[i] = at_path(paths[i], NULL);
	struct rpc *set = rpc_join(end, n, patience_ms);
	ok(rpc_count(set) == n && rpc_end(set, n - 1) == end[n - 1], "a set of %zu", n);
	enum rpc_status st = eth_chain_id(set, id, e);
	rpc_close(set);
	return st;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void sets(void)
{
	static const char *const bad[] = { "/502", "/html", "/429", "/reset", "/pruned", "/auth", "/limit" };
	struct rpc_error e;
	uint64_t id = 0;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		id = 0;
		ok(ask((const char *[]){ bad[i], "/eth" }, 2, 0, &e, &id) == RPC_OK && id == 31337, "%s: the next one answers", bad[i]);
	}
	ok(ask((const char *[]){ "/error", "/eth" }, 2, 0, &e, &id) == RPC_ERROR, "a revert is an answer");
	ok(ask((const char *[]){ "/502", "/pruned", "/429" }, 3, 0, &e, &id) == RPC_UNKNOWN && e.http == 502,
	   "one that may have acted outweighs the others");
	ok(ask((const char *[]){ "/pruned", "/429" }, 2, 0, &e, &id) == RPC_ERROR, "then an error");

	double start = seconds();
	ok(ask((const char *[]){ "/429", "/limit" }, 2, 2000, &e, &id) == RPC_LIMITED && e.retry_after_s == 3,
	   "all want patience: the first of them again in 3 s");
	ok(seconds() - start < 1, "which is too long to wait");
	start = seconds();
	ok(ask((const char *[]){ "/429now" }, 1, 10000, &e, &id) == RPC_LIMITED, "one that never relents");
	ok(seconds() - start > 2.9 && seconds() - start < 8, "200 + 400 + 800 + 1600 ms");

	struct rpc *end[2] = { at_path("/429", NULL), at_path("/eth", NULL) };
	struct rpc *set = rpc_join(end, 2, 0);
	ok(eth_chain_id(set, &id, &e) == RPC_OK, "the second");
	rpc_drop(set, 1);
	ok(rpc_count(set) == 1 && eth_chain_id(set, &id, &e) == RPC_LIMITED && e.http == 0, "the first rests: not asked");
	rpc_close(set);
}

int main(void)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);      /* must be ignored */
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	pid_t pid = start(&port, false);
	answers();
	failures();
	urls();
	typed();
	badly_typed();
	sets();
	stop(pid);
	dying_connection();
	classify();
	return done();
}
