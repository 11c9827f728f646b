/* signer - the payer's key is elsewhere: by JSON-RPC, or behind a command.
 *
 * Over JSON-RPC one method is asked, eth_signTransaction, and where that is not known
 * account_signTransaction, which is what Clef calls it.  The answer is the signed bytes as a
 * string (Web3Signer, Besu, development nodes), or an object that has them as `raw` (Geth,
 * Clef).
 *
 * A command is started anew for each signature, gets one line, and answers with one.
 */
#include "payout.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "hash/keccak256.h"
#include "io/cli.h"
#include "io/slurp.h"
#include "json/write.h"

struct outside {
	struct rpc *rpc;
	const char *method;             /* what it calls the signing of a transaction */
	const char *command;
	uint64_t timeout_s;
};

/* ---- opening --------------------------------------------------------------------------- */

enum { PATIENCE_MS = 10000 };

struct outside *outside_open(const struct key_args *a)
{
	struct outside *s = mem_zalloc(1, sizeof *s);
	struct rpc_options o = { .total_ms = (long)a->timeout_s * 1000 };
	struct buf text = BUF_INIT;
	const char *url = a->url;
	struct err e;

	s->method = "eth_signTransaction";
	s->command = a->command;
	s->timeout_s = a->timeout_s;
	if (a->command)
		return s;
	if (a->url_file) {              /* "URL" or "URL TOKEN" */
		text = slurp(a->url_file);
		buf_addc(&text, '\0');
		text.p[strcspn(text.p, "\r\n")] = '\0';
		char *token = text.p + strcspn(text.p, " \t");
		if (*token)
			*token++ = '\0';
		token += strspn(token, " \t");
		o.bearer = *token ? token : NULL;
		url = text.p;
	}
	struct rpc *end = rpc_open(url, &o, &e);
	if (!end)
		cli_die(LBL_CONFIG, "--signer: %s", e.msg);
	s->rpc = rpc_join(&end, 1, PATIENCE_MS);
	if (text.p)
		mem_wipe(text.p, text.n);
	buf_release(&text);
	return s;
}

void outside_close(struct outside *s)
{
	if (!s)
		return;
	rpc_close(s->rpc);
	free(s);
}

/* ---- by JSON-RPC ----------------------------------------------------------------------- */

static void put_hex(struct buf *b, const char *key, const void *p, size_t n)
{
	json_put_key(b, key);
	buf_adds(b, "\"0x");
	hex_put(b, p, n);
	buf_addc(b, '"');
}

static void put_quantity(struct buf *b, const char *key, struct u256 v)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	u256_put_quantity(b, v);
	buf_addc(b, '"');
}

/* A transaction object of the execution APIs. */
static void put_params(struct buf *b, const struct tx *tx, const struct address *from)
{
	buf_adds(b, "[{");
	put_hex(b, "from", from->b, sizeof from->b);
	if (tx->has_to)
		put_hex(b, "to", tx->to.b, sizeof tx->to.b);
	put_quantity(b, "chainId", u256_of(tx->chain_id));
	put_quantity(b, "nonce", u256_of(tx->nonce));
	put_quantity(b, "gas", u256_of(tx->gas));
	put_quantity(b, "value", tx->value);
	if (tx->type == TX_1559) {
		put_quantity(b, "maxFeePerGas", tx->max_fee);
		put_quantity(b, "maxPriorityFeePerGas", tx->tip);
	} else {
		put_quantity(b, "gasPrice", tx->max_fee);
	}
	put_hex(b, "data", tx->data.p, tx->data.n);
	buf_adds(b, "}]");
}

static bool is_unknown_method(enum rpc_status st, const struct rpc_error *re)
{
	return (st == RPC_ERROR || st == RPC_UNKNOWN) &&
		(re->code == -32601 || rpc_says(re->message, "method not found") ||
		 rpc_says(re->message, "does not exist/is not available"));
}

static int why_not(const struct outside *s, enum rpc_status st, const struct rpc_error *re, struct err *e)
{
	err_set(e, "the signer %s %s: %s", rpc_where(s->rpc), st == RPC_ERROR ? "refuses" : "does not answer", re->message);
	return st == RPC_ERROR ? LBL_NOPERM : st == RPC_LIMITED ? LBL_TEMPFAIL : LBL_UNAVAILABLE;
}

static int ask_rpc(struct outside *s, const struct tx *tx, const struct address *from, struct buf *raw, struct err *e)
{
	static const char clef[] = "account_signTransaction";
	struct buf params = BUF_INIT;
	struct rpc_error re;
	cJSON *result;
	int status = 0;

	put_params(&params, tx, from);
	enum rpc_status st = rpc_call(s->rpc, s->method, params.p, &result, &re);
	if (is_unknown_method(st, &re) && s->method != clef) {
		struct rpc_error again;
		enum rpc_status other = rpc_call(s->rpc, clef, params.p, &result, &again);
		if (other == RPC_OK)
			s->method = clef;
		if (!is_unknown_method(other, &again)) {
			st = other;
			re = again;
		}
	}
	buf_release(&params);
	if (st != RPC_OK)
		return why_not(s, st, &re, e);
	const cJSON *text = cJSON_IsObject(result) ? cJSON_GetObjectItemCaseSensitive(result, "raw") : result;
	if (!cJSON_IsString(text) || !hex_get_any(str_of(text->valuestring), raw)) {
		err_set(e, "the signer %s answers without a signed transaction", rpc_where(s->rpc));
		status = LBL_UNAVAILABLE;
	}
	cJSON_Delete(result);
	return status;
}

/* ---- by a command ---------------------------------------------------------------------- */

/* One line; documented in lbl-payout(1). */
static void put_request(struct buf *b, const struct tx *tx, const struct address *from)
{
	struct buf bytes = BUF_INIT, wei = BUF_INIT;
	uint8_t hash[32];

	tx_put_unsigned(&bytes, tx);
	keccak256(bytes.p, bytes.n, hash);
	buf_adds(b, "{\"kind\":\"sign\"");
	put_hex(b, "hash", hash, sizeof hash);
	put_hex(b, "from", from->b, sizeof from->b);
	json_put_kuint(b, "type", (uint64_t)tx->type);
	json_put_kuint(b, "chain", tx->chain_id);
	json_put_kuint(b, "nonce", tx->nonce);
	json_put_kuint(b, "gas", tx->gas);
	u256_put_dec(&wei, tx->max_fee);
	json_put_kstr(b, "max_fee", buf_str(&wei));
	buf_reset(&wei);
	u256_put_dec(&wei, tx->tip);
	json_put_kstr(b, "tip", buf_str(&wei));
	if (tx->has_to)
		put_hex(b, "to", tx->to.b, sizeof tx->to.b);
	buf_reset(&wei);
	u256_put_dec(&wei, tx->value);
	json_put_kstr(b, "value", buf_str(&wei));
	put_hex(b, "data", tx->data.p, tx->data.n);
	put_hex(b, "unsigned", bytes.p, bytes.n);
	buf_adds(b, "}\n");
	buf_release(&bytes);
	buf_release(&wei);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A command under way. */
struct child {
	pid_t pid;
	int in, out;                    /* to its standard input, from its standard output; -1 once closed */
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A command has no business with the journal, nor with a connection to a node. */
static void close_all_from(int fd)
{
	long most = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)fd, ~0U, 0U) == 0)
		return;
#endif
	for (; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
		close(fd);
}

/* In a group of its own, so that what it has started ends with it. */
static bool start(struct child *c, const char *command)
{
	int to[2], back[2];

	if (pipe(to) != 0)
		return false;
	if (pipe(back) != 0) {
		close(to[0]);
		close(to[1]);
		return false;
	}
	c->pid = fork();
	if (c->pid == 0) {
		setpgid(0, 0);
		signal(SIGPIPE, SIG_DFL);
		dup2(to[0], 0);
		dup2(back[1], 1);
		close_all_from(3);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(back[1]);
	*c = (struct child){ c->pid, to[1], back[0] };
	fcntl(c->in, F_SETFD, FD_CLOEXEC);
	fcntl(c->out, F_SETFD, FD_CLOEXEC);
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	if (c->pid > 0)
		setpgid(c->pid, c->pid);
	return c->pid > 0;
}

enum { ANSWER_MOST = 1 << 20 };

/* Write the request and read until the end of the answer; false when the time is up, or the
 * answer has no end. */
static bool talk(struct child *c, struct str request, struct buf *answer, uint64_t until_ms)
{
	while (c->out >= 0) {
		struct pollfd p[2] = { { c->out, POLLIN, 0 }, { c->in, POLLOUT, 0 } };
		uint64_t now = now_ms();
		if (now >= until_ms || answer->n > ANSWER_MOST)
			return false;
		int n = poll(p, c->in >= 0 ? 2 : 1, (int)(until_ms - now < 1000 ? until_ms - now : 1000));
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0 && c->in >= 0 && p[1].revents) {
			ssize_t w = write(c->in, request.p, request.n);
			if (w < 0 && errno != EINTR && errno != EAGAIN)
				close_one(&c->in);      /* it does not want to read on: the answer will tell */
			if (w > 0)
				request = (struct str){ request.p + w, request.n - (size_t)w };
			if (!request.n)
				close_one(&c->in);
		}
		if (n > 0 && p[0].revents) {
			buf_need(answer, 4096);
			ssize_t r = read(c->out, answer->p + answer->n, 4096);
			if (r == 0 || (r < 0 && errno != EINTR))
				close_one(&c->out);
			if (r > 0)
				answer->n += (size_t)r;
		}
	}
	return true;
}

/* The exit status once it is known, or -1 when the time is up: closing its output is not yet
 * the end of a process. */
static int reap(const struct child *c, uint64_t until_ms)
{
	const struct timespec moment = { 0, 5000000 };
	int status;

	for (;;) {
		pid_t got = waitpid(c->pid, &status, WNOHANG);
		if (got == c->pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if ((got < 0 && errno != EINTR) || now_ms() >= until_ms)
			return -1;
		nanosleep(&moment, NULL);
	}
}

static void end(const struct child *c)
{
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Run it, and leave its answer; returns as payer_sign. */
static int run(const struct outside *s, struct str request, struct buf *answer, struct err *e)
{
	uint64_t until = now_ms() + s->timeout_s * 1000;
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	struct child c = { 0 };
	int code = -1;

	if (!start(&c, s->command)) {
		err_set(e, "the signer command cannot be started: %s", strerror(errno));
		return LBL_OSERR;
	}
	sigaction(SIGPIPE, &ignore, &was);
	bool whole = talk(&c, request, answer, until);
	sigaction(SIGPIPE, &was, NULL);
	close_one(&c.in);
	close_one(&c.out);
	if (whole)
		code = reap(&c, until);
	if (code < 0) {
		end(&c);
		err_set(e, answer->n > ANSWER_MOST ? "the signer command answers without an end" :
		        "the signer command has not answered within %llu s", (unsigned long long)s->timeout_s);
		return LBL_UNAVAILABLE;
	}
	if (code > 0) {
		err_set(e, "the signer command refuses: its exit status is %d", code);
		return LBL_NOPERM;
	}
	return 0;
}

/* ---- its answer ------------------------------------------------------------------------ */

/* The order of the group, which s of a signature stays below the half of (EIP-2): who signs
 * with s signs with order - s too, and the other parity. */
static const uint8_t order[32] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
	0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
};

static bool lower_s(struct ecdsa *sig)
{
	struct u256 n = u256_from_be(order), s = u256_from_be(sig->s), mirrored;

	if (!u256_sub(&mirrored, n, s) || u256_cmp(s, mirrored) <= 0)
		return false;
	u256_to_be(mirrored, sig->s);
	return true;
}

/* Hardware often tells no parity: the one that gives the payer's address is it.  -1 = not told. */
static bool find_parity(const struct tx *tx, const struct address *from, struct ecdsa *sig, int told)
{
	bool turned = lower_s(sig);
	struct address who;
	uint8_t hash[32];

	tx_signing_hash(tx, hash);
	for (sig->parity = 0; sig->parity < 2; sig->parity++)
		if ((told < 0 || sig->parity == (turned ? 1 - told : told)) &&
		    ecdsa_recover(hash, sig->r, sig->s, sig->parity, &who) && address_eq(&who, from))
			return true;
	return false;
}

static bool get_32(const cJSON *o, const char *key, uint8_t out[32])
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!cJSON_IsString(v))
		return false;
	struct str s = str_of(v->valuestring);
	return s.n == 66 && s.p[0] == '0' && s.p[1] == 'x' && hex_get((struct str){ s.p + 2, 64 }, out, 32);
}

/* 0 or 1, or 27 or 28; left out: -1 */
static bool get_v(const cJSON *o, int *parity)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, "v");
	double x = cJSON_IsNumber(v) ? v->valuedouble : -1;

	*parity = x >= 27 ? (int)(x > 28 ? 9 : x) - 27 : (int)(x < -1 ? 9 : x);
	return !v || ((x == 0 || x == 1 || x == 27 || x == 28) && *parity <= 1);
}

static bool read_json(const cJSON *o, const struct tx *tx, const struct address *from, struct buf *raw, struct err *e)
{
	const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(o, "raw");
	struct ecdsa sig = { .parity = 0 };
	int parity;

	if (bytes)
		return (cJSON_IsString(bytes) && hex_get_any(str_of(bytes->valuestring), raw)) ||
			err_set(e, "the signer command's \"raw\" is no hexadecimal text");
	if (!get_32(o, "r", sig.r) || !get_32(o, "s", sig.s) || !get_v(o, &parity))
		return err_set(e, "the signer command answers with neither \"raw\" nor \"r\", \"s\" and \"v\"");
	if (!find_parity(tx, from, &sig, parity))
		return err_set(e, "the signer command's signature is not that of --from for this transaction");
	return tx_put_signed(tx, &sig, raw, e);
}

/* One line: {"raw":"0x.."}, {"r":"0x..","s":"0x..","v":0}, or 0x.. */
static bool read_answer(struct buf *answer, const struct tx *tx, const struct address *from, struct buf *raw, struct err *e)
{
	size_t n = answer->n;

	while (n && (answer->p[n - 1] == '\n' || answer->p[n - 1] == '\r'))
		n--;
	struct str line = { answer->p ? answer->p : "", n };
	if (!n)
		return err_set(e, "the signer command answers nothing");
	if (memchr(line.p, '\n', n) || memchr(line.p, '\0', n))
		return err_set(e, "the signer command answers with more than one line");
	if (line.p[0] != '{')
		return hex_get_any(line, raw) || err_set(e, "the signer command answers neither JSON nor hexadecimal text");
	cJSON *doc = cJSON_ParseWithLength(line.p, line.n);
	bool good = doc ? read_json(doc, tx, from, raw, e) : err_set(e, "the signer command's answer is no JSON object");
	cJSON_Delete(doc);
	return good;
}

static int ask_command(const struct outside *s, const struct tx *tx, const struct address *from, struct buf *raw,
                       struct err *e)
{
	struct buf request = BUF_INIT, answer = BUF_INIT;

	put_request(&request, tx, from);
	int status = run(s, buf_str(&request), &answer, e);
	if (status == 0 && !read_answer(&answer, tx, from, raw, e))
		status = LBL_UNAVAILABLE;
	buf_release(&request);
	buf_release(&answer);
	return status;
}

int outside_sign(struct outside *s, const struct tx *tx, const struct address *from, struct buf *raw, struct err *e)
{
	return s->command ? ask_command(s, tx, from, raw, e) : ask_rpc(s, tx, from, raw, e);
}
