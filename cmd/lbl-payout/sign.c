/* sign - payments to signed transactions: one ERC-20 transfer each. */
#include "payout.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hex.h"
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

/* The first line of the file, without its end.  The path is not told: a password given
 * in its place by mistake must not end up in a log. */
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
	if (!nl && n == PASSWORD_MAX)
		cli_die(LBL_NOINPUT, "password file: its first line is longer than %d bytes", PASSWORD_MAX - 1);
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

void sign_args_check(struct sign_args *a, bool has_rpc)
{
	struct err e;

	if (!a->keystore || !a->password_file)
		cli_usage("signing wants --key KEYSTORE and --password-file FILE");
	if (!a->token_text)
		cli_usage("signing wants --token ADDRESS");
	if (!address_parse(str_of(a->token_text), &a->token, &e))
		cli_usage("--token: %s", e.msg);
	if (address_is_zero(&a->token))
		cli_usage("--token: is the zero address");
	if (!has_rpc && (!a->has_chain_id || !a->has_nonce || !a->max_fee_text || !a->tip_text))
		cli_usage("without --rpc, signing wants --chain-id, --nonce, --max-fee and --tip");
	if (a->max_fee_text)
		a->max_fee = wei("max-fee", a->max_fee_text);
	if (a->tip_text)
		a->tip = wei("tip", a->tip_text);
	if (a->max_fee_text && a->tip_text && u256_cmp(a->tip, a->max_fee) > 0)
		cli_usage("--tip is above --max-fee");
}

enum { NUMBER_BITS = 53 };              /* what a record holds of nonces and chain ids */
static const uint64_t MAX_ADVICE = 10000000000000;      /* wei: 10000 gwei */

/* A node that lies about fees could have the payer burn all it has; so much is paid
 * only to those who asked for it by name. */
static void fees(const struct sign_args *a, struct rpc *rpc, struct terms *t)
{
	struct eth_fees now = { 0 };
	struct rpc_error re;
	struct u256 twice;

	if (!a->max_fee_text || !a->tip_text) {
		enum rpc_status st = eth_fees(rpc, &now, &re);
		if (st != RPC_OK)
			rpc_die(rpc, st, "fees", &re);
	}
	t->tip = a->tip_text ? a->tip : now.tip;
	if (a->max_fee_text) {
		t->max_fee = a->max_fee;
	} else {                        /* twice the base fee: enough for five full blocks in a row */
		if (!u256_add(&twice, now.base_fee, now.base_fee) || !u256_add(&t->max_fee, twice, t->tip) ||
		    u256_cmp(twice, u256_of(MAX_ADVICE)) > 0)
			cli_die(LBL_UNAVAILABLE, "%s: the node's base fee is beyond belief: give --max-fee",
			        rpc_where(rpc));
	}
	if (!a->tip_text && u256_cmp(t->tip, u256_of(MAX_ADVICE)) > 0)
		cli_die(LBL_UNAVAILABLE, "%s: the node's priority fee is beyond belief: give --tip", rpc_where(rpc));
	if (u256_cmp(t->tip, t->max_fee) > 0)
		t->tip = t->max_fee;
}

/* No nonce that the journal has used is used again, whatever the node forgot. */
static uint64_t next_nonce(const struct sign_args *a, struct rpc *rpc, const struct address *from,
                           const struct journal *j, uint64_t todo)
{
	uint64_t nonce = a->nonce, ours = j ? journal_next_nonce(j, from) : 0;
	struct rpc_error re;

	if (!a->has_nonce) {
		enum rpc_status st = eth_nonce(rpc, from, "pending", &nonce, &re);
		if (st != RPC_OK)
			rpc_die(rpc, st, "nonce", &re);
	}
	if (nonce < ours)
		nonce = ours;
	if (nonce >> NUMBER_BITS || (nonce + todo) >> NUMBER_BITS)
		cli_die(a->has_nonce ? LBL_USAGE : LBL_UNAVAILABLE, "nonce %llu is out of range",
		        (unsigned long long)nonce);
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
	if (id == 0 || id >> NUMBER_BITS)
		cli_die(LBL_UNAVAILABLE, "%s: chain id %llu is out of range", rpc_where(rpc), (unsigned long long)id);
	return id;
}

/* ---- will it go through? ------------------------------------------------------------- */

static _Noreturn void too_little(struct u256 has, struct u256 sum)
{
	struct buf text = BUF_INIT;
	struct err e;

	u256_put_dec(&text, sum);
	buf_adds(&text, " base units are to be paid, and the payer holds ");
	u256_put_dec(&text, has);
	err_set(&e, "%s", text.p);
	buf_release(&text);
	cli_die(LBL_FOUND, "%s: nothing was signed", e.msg);
}

/* Each transfer alone may be affordable and all of them not. */
static void check_balance(const struct sign_args *a, struct rpc *rpc, const struct address *from, struct u256 sum)
{
	struct buf data = BUF_INIT, out = BUF_INIT;
	struct u256 has = U256_ZERO;
	struct rpc_error re;
	struct err e;

	abi_put_selector(&data, "balanceOf(address)");
	abi_put_address(&data, from);
	enum rpc_status st = eth_call(rpc, NULL, &a->token, buf_str(&data), "latest", &out, &re);
	bool good = abi_get_u256(buf_str(&out), 0, &has, &e);
	buf_release(&data);
	buf_release(&out);
	if (st == RPC_OK ? !good : st == RPC_ERROR)
		cli_die(LBL_CONFIG, "--token: the contract tells no balance: it is no ERC-20 token");
	if (st != RPC_OK)
		rpc_die(rpc, st, "balance of the payer", &re);
	if (u256_cmp(has, sum) < 0)
		too_little(has, sum);
}

static struct terms terms_of(const struct sign_args *a, struct rpc *rpc, const struct address *from,
                             const struct journal *j, size_t todo, struct u256 sum)
{
	struct terms t = { .gas = a->gas, .token = a->token };

	t.chain = chain_of(a, rpc);
	fees(a, rpc, &t);
	t.nonce = next_nonce(a, rpc, from, j, todo);
	if (rpc) {
		check_token(rpc, &t.token);
		check_balance(a, rpc, from, sum);
	}
	return t;
}

static _Noreturn void would_fail(const struct payment *p, const struct rpc_error *re)
{
	struct buf why = BUF_INIT;
	struct err e;

	if (re->n_data) {
		buf_adds(&why, ": ");
		abi_put_revert(&why, (struct str){ (const char *)re->data, re->n_data });
	}
	err_set(&e, "payment to %.*s would fail: %s%s", STR_FMT(p->worker), re->message, why.n ? why.p : "");
	buf_release(&why);
	cli_die(LBL_FOUND, "%s; nothing was signed", e.msg);
}

/* How much gas?  The node runs the transfer to tell, and refuses one that would fail. */
static uint64_t gas_for(const struct terms *t, struct rpc *rpc, const struct address *from, struct str data,
                        const struct payment *p)
{
	struct rpc_error re;
	uint64_t gas;

	if (t->gas || !rpc)
		return t->gas ? t->gas : DEFAULT_GAS;
	enum rpc_status st = eth_estimate_gas(rpc, from, &t->token, data, &gas, &re);
	if (st == RPC_ERROR)
		would_fail(p, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "gas estimate", &re);
	if (gas > TX_MAX_GAS)
		cli_die(LBL_UNAVAILABLE, "%s: a transfer would take %llu gas, more than a transaction may", rpc_where(rpc),
		        (unsigned long long)gas);
	gas += gas / 4;
	return gas < TX_MAX_GAS ? gas : TX_MAX_GAS;
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
	if (address_is_zero(&worker))
		cli_die(LBL_DATAERR, "payment %.*s: worker: is the zero address", STR_FMT(p->id));
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
	input_add_tx(in, s);
}

/* What the journal already has for a payment is what it is paid with; only a
 * transaction that failed for good may be followed by another. */
static const struct signed_tx *journalled(const struct journal *j, struct str payment)
{
	struct attempt *a = j ? journal_of(j, payment) : NULL;

	return a && a->outcome != FAILED ? &a->tx : NULL;
}

/* Which payments have a transaction in the input?  One that is known to have failed is
 * none. */
static bool *with_tx(struct input *in, const struct journal *j)
{
	bool *has = arena_alloc(&in->text, in->n_payments + 1, sizeof *has);

	memset(has, 0, in->n_payments);
	for (size_t i = 0; i < in->n_tx; i++) {
		const struct payment *p = input_payment(in, in->tx[i].first);
		const struct attempt *a = j ? journal_of(j, in->tx[i].first) : NULL;
		if (p && !(a && a->outcome == FAILED))
			has[p - in->payment] = true;
	}
	return has;
}

/* What is left to sign: how many, and how much in all. */
static size_t count_todo(const struct input *in, const struct journal *j, const bool *has_tx, struct u256 *sum)
{
	size_t n = 0;

	*sum = U256_ZERO;
	for (size_t i = 0; i < in->n_payments; i++) {
		const struct payment *p = &in->payment[i];
		if (u256_is_zero(p->amount) || has_tx[i] || journalled(j, p->id))
			continue;
		if (!u256_add(sum, *sum, p->amount))
			cli_die(LBL_DATAERR, "the sum of the payments is out of range");
		n++;
	}
	return n;
}

/* The journal's transaction stands in for the one that would be signed now: it must be
 * in the same token, on the same chain. */
static void check_kept(const struct signed_tx *t, const struct sign_args *a)
{
	if (!address_eq(&t->to, &a->token))
		cli_die(LBL_DATAERR, "payment %.*s was signed before in another token (journal)", STR_FMT(t->first));
	if (a->has_chain_id && t->chain != a->chain_id)
		cli_die(LBL_CONFIG, "payment %.*s was signed before for chain %llu (journal)", STR_FMT(t->first),
		        (unsigned long long)t->chain);
}

void do_sign(struct input *in, const struct sign_args *a, struct rpc *rpc, struct journal *j)
{
	bool *has_tx = with_tx(in, j);
	struct signer *key = NULL;
	struct terms t = { 0 };
	struct u256 sum;
	size_t todo = count_todo(in, j, has_tx, &sum), done = 0;

	if (todo > 0) {
		key = open_key(a);
		t = terms_of(a, rpc, signer_address(key), j, todo, sum);
	}
	for (size_t i = 0; i < in->n_payments; i++) {
		const struct payment *p = &in->payment[i];
		const struct signed_tx *old = journalled(j, p->id);
		if (u256_is_zero(p->amount) || has_tx[i])
			continue;
		if (old) {
			check_kept(old, a);
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
