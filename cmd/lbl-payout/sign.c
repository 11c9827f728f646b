/* sign - payments to signed transactions: one ERC-20 transfer each. */
#include "payout.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "chain/keystore.h"
#include "io/cli.h"
#include "io/progress.h"
#include "journal.h"
#include "json/write.h"

/* Everything a transfer needs but the payment itself. */
struct terms {
	uint64_t chain, nonce, gas;
	struct u256 max_fee, tip;
	struct address token;
};

/* ---- the key ---------------------------------------------------------------------- */

static void no_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum { PASSWORD_MAX = 1024 };

/* The first line of the file, without its end. */
static size_t read_password(const char *path, char *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		cli_die(LBL_NOINPUT, "password file: cannot be opened");
	while (n < PASSWORD_MAX && (got = read(fd, out + n, PASSWORD_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (got < 0)
		cli_die(LBL_NOINPUT, "password file: cannot be read");
	char *nl = memchr(out, '\n', n);
	if (nl)
		n = (size_t)(nl - out);
	if (n && out[n - 1] == '\r')
		n--;
	return n;
}

static struct signer *open_key(const struct sign_args *a)
{
	struct buf json = read_file(a->keystore);
	char *password = secret_alloc(PASSWORD_MAX);
	uint8_t *secret = secret_alloc(32);
	struct signer *key;
	struct err e;

	no_core_dumps();
	struct str pw = { password, read_password(a->password_file, password) };
	progress("opening the keystore", 0, 0);
	bool good = keystore_open(buf_str(&json), pw, secret, NULL, &e);
	progress_end();
	secret_free(password, PASSWORD_MAX);
	if (!good)
		cli_die(str_is(str_of(e.msg), "wrong password") ? LBL_NOPERM : LBL_DATAERR, "%s: %s", a->keystore, e.msg);
	key = signer_new(secret, &e);
	secret_free(secret, 32);
	buf_release(&json);
	if (!key)
		cli_die(LBL_OSERR, "%s: %s", a->keystore, e.msg);
	return key;
}

/* ---- terms: from the options, and what they leave open from the node ---------------- */

static struct u256 wei(const char *option, const char *text)
{
	struct u256 v;
	struct err e;

	if (!u256_from_dec(str_of(text), &v, &e) || v.w[2] || v.w[3])
		cli_usage("--%s: want an amount in wei, got \"%.40s\"", option, text);
	return v;
}

static void fees(const struct sign_args *a, struct rpc *rpc, struct terms *t)
{
	struct eth_fees now = { 0 };
	struct rpc_error re;
	struct u256 want;

	if (!a->max_fee || !a->tip) {
		enum rpc_status st = eth_fees(rpc, &now, &re);
		if (st != RPC_OK)
			rpc_die(rpc, st, "fees", &re);
	}
	t->tip = a->tip ? wei("tip", a->tip) : now.tip;
	if (a->max_fee) {
		t->max_fee = wei("max-fee", a->max_fee);
	} else {                        /* twice the base fee: enough for five full blocks in a row */
		if (!u256_add(&want, now.base_fee, now.base_fee) || !u256_add(&t->max_fee, want, t->tip))
			cli_die(LBL_UNAVAILABLE, "%s: the node's fees are out of range", rpc_where(rpc));
	}
	if (u256_cmp(t->tip, t->max_fee) > 0)
		t->tip = t->max_fee;
}

/* No nonce that the journal has used is used again, whatever the node forgot. */
static uint64_t next_nonce(const struct sign_args *a, struct rpc *rpc, const struct address *from,
                           const struct journal *j)
{
	uint64_t nonce = a->nonce;
	struct rpc_error re;

	if (!a->has_nonce) {
		enum rpc_status st = eth_nonce(rpc, from, "pending", &nonce, &re);
		if (st != RPC_OK)
			rpc_die(rpc, st, "nonce", &re);
	}
	for (size_t i = 0; j && i < j->n; i++)
		if (address_eq(&j->attempt[i].tx.from, from) && j->attempt[i].tx.nonce >= nonce)
			nonce = j->attempt[i].tx.nonce + 1;
	return nonce;
}

static uint64_t chain_of(const struct sign_args *a, struct rpc *rpc)
{
	uint64_t id = a->chain_id;
	struct rpc_error re;

	if (!rpc)
		return id;
	enum rpc_status st = eth_chain_id(rpc, &id, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "chain id", &re);
	if (a->has_chain_id && id != a->chain_id)
		cli_die(LBL_CONFIG, "%s is chain %llu, not %llu", rpc_where(rpc), (unsigned long long)id,
		        (unsigned long long)a->chain_id);
	return id;
}

static struct terms terms_of(const struct sign_args *a, struct rpc *rpc, const struct address *from,
                             const struct journal *j)
{
	struct terms t = { .gas = a->gas };
	struct err e;

	if (!rpc && (!a->has_chain_id || !a->has_nonce || !a->max_fee || !a->tip))
		cli_usage("without --rpc, signing wants --chain-id, --nonce, --max-fee and --tip");
	if (!a->token)
		cli_usage("signing wants --token ADDRESS");
	if (!address_parse(str_of(a->token), &t.token, &e))
		cli_usage("--token: %s", e.msg);
	t.chain = chain_of(a, rpc);
	fees(a, rpc, &t);
	t.nonce = next_nonce(a, rpc, from, j);
	return t;
}

/* A sum is worth asking for before it is sent: would it go through, and for how much gas? */
static uint64_t gas_for(const struct terms *t, struct rpc *rpc, const struct address *from, struct str data,
                        const struct payment *p)
{
	struct buf why = BUF_INIT;
	struct rpc_error re;
	uint64_t gas;

	if (t->gas || !rpc)
		return t->gas ? t->gas : DEFAULT_GAS;
	enum rpc_status st = eth_estimate_gas(rpc, from, &t->token, data, &gas, &re);
	if (st == RPC_ERROR) {
		if (re.n_data)
			abi_put_revert(&why, (struct str){ (char *)re.data, re.n_data });
		cli_die(LBL_FOUND, "payment to %.*s would fail: %s%s%s; nothing was signed", STR_FMT(p->worker),
		        re.message, why.n ? ": " : "", why.n ? why.p : "");
	}
	if (st != RPC_OK)
		rpc_die(rpc, st, "gas estimate", &re);
	return gas + gas / 4;
}

/* ---- signing ------------------------------------------------------------------------- */

static void text_of(struct arena *a, const char *prefix, const uint8_t *p, size_t n, struct str *out)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, prefix);
	hex_put(&b, p, n);
	*out = arena_str(a, buf_str(&b));
	buf_release(&b);
}

static struct signed_tx sign_one(struct input *in, const struct payment *p, const struct terms *t, struct rpc *rpc,
                                 const struct signer *key)
{
	struct signed_tx s = { .id = p->id, .from = *signer_address(key), .to = t->token, .nonce = t->nonce,
	                       .chain = t->chain, .first = p->id };
	struct buf data = BUF_INIT, raw = BUF_INIT, list = BUF_INIT;
	struct address worker;
	uint8_t hash[32];
	struct err e;

	if (!address_parse(p->worker, &worker, &e))
		cli_die(LBL_DATAERR, "payment %.*s: worker: %s", STR_FMT(p->id), e.msg);
	abi_put_selector(&data, "transfer(address,uint256)");
	abi_put_address(&data, &worker);
	abi_put_u256(&data, p->amount);
	struct tx tx = { .type = TX_1559, .chain_id = t->chain, .nonce = t->nonce, .tip = t->tip,
	                 .max_fee = t->max_fee, .has_to = true, .to = t->token, .data = buf_str(&data) };
	tx.gas = gas_for(t, rpc, &s.from, tx.data, p);
	if (!tx_check_gas(&tx, &e) || !tx_sign(&tx, key, &raw, hash, &e))
		cli_die(LBL_DATAERR, "payment %.*s: %s", STR_FMT(p->id), e.msg);
	text_of(&in->text, "0x", (const uint8_t *)raw.p, raw.n, &s.raw);
	text_of(&in->text, "0x", hash, 32, &s.hash);
	buf_addf(&list, "[\"%.*s\"]", STR_FMT(p->id));
	s.payments = arena_str(&in->text, buf_str(&list));
	buf_release(&data);
	buf_release(&raw);
	buf_release(&list);
	return s;
}

static void keep_tx(struct input *in, const struct signed_tx *s)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"tx\"");
	put_tx_fields(&b, s);
	spool_add(&in->lines, buf_str(&b));
	buf_release(&b);
	if (in->n_tx == in->cap_tx) {
		in->cap_tx = mem_grow(in->cap_tx, in->n_tx + 64);
		in->tx = mem_realloc(in->tx, in->cap_tx, sizeof *in->tx);
	}
	in->tx[in->n_tx++] = *s;
}

static bool has_tx(const struct input *in, struct str payment)
{
	for (size_t i = 0; i < in->n_tx; i++)
		if (str_eq(in->tx[i].first, payment))
			return true;
	return false;
}

/* What the journal already has for a payment is what it is paid with; only a
 * transaction that failed for good may be followed by another. */
static const struct signed_tx *journalled(const struct journal *j, struct str payment)
{
	struct attempt *a = j ? journal_of(j, payment) : NULL;

	return a && a->outcome != FAILED ? &a->tx : NULL;
}

static size_t count_open(const struct input *in, const struct journal *j)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_payments; i++)
		n += !u256_is_zero(in->payment[i].amount) && !journalled(j, in->payment[i].id);
	return n;
}

void do_sign(struct input *in, const struct sign_args *a, struct rpc *rpc, struct journal *j)
{
	size_t from_input = in->n_tx, todo = count_open(in, j), done = 0;
	struct signer *key = NULL;
	struct terms t;

	if (todo > 0) {
		if (!a->keystore || !a->password_file)
			cli_usage("signing wants --key KEYSTORE and --password-file FILE");
		key = open_key(a);
		t = terms_of(a, rpc, signer_address(key), j);
	}
	for (size_t i = 0; i < in->n_payments; i++) {
		const struct payment *p = &in->payment[i];
		const struct signed_tx *old = journalled(j, p->id);
		if (u256_is_zero(p->amount) || (from_input && has_tx(in, p->id)))
			continue;
		if (old) {
			keep_tx(in, old);
			continue;
		}
		struct signed_tx s = sign_one(in, p, &t, rpc, key);
		keep_tx(in, &s);
		t.nonce++;
		progress("signed", ++done, todo);
	}
	progress_end();
	signer_free(key);
}
