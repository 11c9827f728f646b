/* sign - payments to signed transactions: one ERC-20 transfer each. */
#include "payout.h"

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/progress.h"
#include "journal.h"
#include "json/write.h"

/* Everything a transfer needs but the payment itself. */
struct terms {
	uint64_t chain, nonce, gas;
	struct fee fee;
	struct address token;
};

/* ---- terms: from the options, and what they leave open from the node ---------------- */

static struct u256 wei(const char *option, const char *text)
{
	struct u256 v;
	struct err e;

	if (!fee_parse(str_of(text), &v, &e))
		cli_usage("--%s: %s", option, e.msg);
	return v;
}

void fee_args_check(struct fee_args *a)
{
	a->max_fee = a->max_fee_text ? wei("max-fee", a->max_fee_text) : u256_of(BELIEVABLE);
	a->tip = a->tip_text ? wei("tip", a->tip_text) : U256_ZERO;
	if (a->max_fee_text && a->tip_text && u256_cmp(a->tip, a->max_fee) > 0)
		cli_usage("--tip is above --max-fee");
}

void sign_args_check(struct sign_args *a)
{
	struct err e;

	key_args_check(a->key, "signing");
	if (!a->token_text)
		cli_usage("signing wants --token ADDRESS");
	if (!address_parse(str_of(a->token_text), &a->token, &e))
		cli_usage("--token: %s", e.msg);
	if (address_is_zero(&a->token))
		cli_usage("--token: is the zero address");
}

enum { NUMBER_BITS = 53 };              /* what a record holds of nonces and chain ids */

/* A node that lies about fees could have the payer burn all it has; so much is paid
 * only to those who asked for it by name. */
bool fee_now(const struct fee_args *a, const struct eth_fees *market, const char *who, struct fee *out)
{
	if (!a->max_fee_text && u256_cmp(market->base_fee, u256_of(BELIEVABLE / 2)) > 0)
		cli_die(LBL_UNAVAILABLE, "%s: the node's base fee is beyond belief: give --max-fee", who);
	if (!a->tip_text && u256_cmp(market->tip, u256_of(BELIEVABLE)) > 0)
		cli_die(LBL_UNAVAILABLE, "%s: the node's priority fee is beyond belief: give --tip", who);
	return fee_offer(out, market->base_fee, a->tip_text ? a->tip : market->tip, a->max_fee);
}

/* Without a market there is nothing to work out: the options are what is signed. */
static struct fee fees(const struct fee_args *a, struct rpc *rpc, const struct facts *facts)
{
	struct eth_fees market = facts->market;
	struct buf b = BUF_INIT;
	struct rpc_error re;
	struct fee f = { a->max_fee, a->tip };

	if (!rpc && (!facts->known || (a->max_fee_text && a->tip_text)))
		return f;
	if (rpc) {
		enum rpc_status st = eth_fees(rpc, &market, &re);
		if (st != RPC_OK)
			rpc_die(rpc, st, "fees", &re);
	}
	if (fee_now(a, &market, rpc ? rpc_where(rpc) : "the chain record", &f))
		return f;
	u256_put_dec(&b, market.base_fee);
	buf_adds(&b, " wei, above --max-fee ");
	u256_put_dec(&b, a->max_fee);
	cli_die(LBL_TEMPFAIL, "the base fee of the next block is %.100s: nothing was signed", b.p);
}

/* No nonce that the journal has used is used again, whatever the node forgot. */
static uint64_t next_nonce(const struct sign_args *a, struct rpc *rpc, const struct facts *facts,
                           const struct address *from, const struct journal *j, uint64_t todo)
{
	uint64_t nonce = a->has_nonce ? a->nonce : facts->nonce, ours = j ? journal_next_nonce(j, from) : 0;
	struct rpc_error re;

	if (!a->has_nonce && rpc) {
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

static uint64_t chain_of(const struct sign_args *a, struct rpc *rpc, const struct facts *facts)
{
	uint64_t id = a->chain_id;
	struct rpc_error re;

	if (!rpc && facts->known && a->has_chain_id && facts->chain != id)
		cli_die(LBL_CONFIG, "the chain record is of chain %llu, not %llu", (unsigned long long)facts->chain,
		        (unsigned long long)id);
	if (!rpc)
		return a->has_chain_id ? id : facts->chain;
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

/* Is there enough to sign with? */
static void check_terms(const struct sign_args *a, const struct rpc *rpc, const struct facts *f)
{
	bool chain = a->has_chain_id || f->known, fee = (a->fee->max_fee_text && a->fee->tip_text) || f->known;
	bool nonce = a->has_nonce || (f->known && f->has_from);

	if (!rpc && !(chain && fee && nonce))
		cli_usage("without --rpc, signing wants --chain-id, --nonce, --max-fee and --tip, or a chain record");
}

static struct terms terms_of(const struct sign_args *a, struct rpc *rpc, const struct facts *facts,
                             const struct address *from, const struct journal *j, size_t todo, struct u256 sum)
{
	struct terms t = { .gas = a->gas, .token = a->token };

	if (!rpc && !a->has_nonce && !address_eq(&facts->from, from))
		cli_die(LBL_CONFIG, "the chain record has the nonce of another account: make one with --from, or give --nonce");
	if (rpc)
		check_nodes(rpc);
	t.chain = chain_of(a, rpc, facts);
	t.fee = fees(a->fee, rpc, facts);
	t.nonce = next_nonce(a, rpc, facts, from, j, todo);
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

static struct str hex_text(struct arena *a, const uint8_t *p, size_t n)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "0x");
	hex_put(&b, p, n);
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

void signed_tx_text(struct arena *a, struct str raw, const uint8_t hash[32], struct signed_tx *t)
{
	t->raw = hex_text(a, (const uint8_t *)raw.p, raw.n);
	t->hash = hex_text(a, hash, 32);
}

/* Payments on their way into the output, in order; those that no journal has signed before
 * are signed together. */
enum { AT_ONCE = 1024 };

struct drafts {
	const struct terms *terms;
	struct payer *key;
	const struct payment *p[AT_ONCE];       /* of t */
	struct buf data[AT_ONCE];               /* of t */
	struct to_sign t[AT_ONCE];
	size_t n_t;
	const struct signed_tx *item[AT_ONCE];  /* NULL: the next one of t */
	size_t n;
};

/* The transfer that makes a payment, but for the signature. */
static void draft(struct drafts *d, const struct payment *p, uint64_t nonce, struct rpc *rpc)
{
	const struct terms *t = d->terms;
	struct buf *data = &d->data[d->n_t];
	struct address worker;
	struct err e;

	if (!address_parse(p->worker, &worker, &e))
		cli_die(LBL_DATAERR, "payment %.*s: worker: %s", STR_FMT(p->id), e.msg);
	if (address_is_zero(&worker))
		cli_die(LBL_DATAERR, "payment %.*s: worker: is the zero address", STR_FMT(p->id));
	buf_reset(data);
	abi_put_selector(data, "transfer(address,uint256)");
	abi_put_address(data, &worker);
	abi_put_u256(data, p->amount);
	struct tx tx = { .type = TX_1559, .chain_id = t->chain, .nonce = nonce, .tip = t->fee.tip,
	                 .max_fee = t->fee.max_fee, .has_to = true, .to = t->token, .data = buf_str(data) };
	tx.gas = gas_for(t, rpc, payer_address(d->key), tx.data, p);
	if (!tx_check_gas(&tx, &e))
		cli_die(LBL_DATAERR, "payment %.*s: %s", STR_FMT(p->id), e.msg);
	buf_reset(&d->t[d->n_t].raw);
	d->t[d->n_t].tx = tx;
	d->p[d->n_t++] = p;
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

static void keep_signed(struct input *in, struct drafts *d, size_t i)
{
	const struct payment *p = d->p[i];
	struct to_sign *t = &d->t[i];
	struct signed_tx s = { .id = p->id, .from = *payer_address(d->key), .to = t->tx.to, .nonce = t->tx.nonce,
	                       .chain = t->tx.chain_id, .first = p->id };
	struct buf list = BUF_INIT;

	signed_tx_text(&in->text, buf_str(&t->raw), t->hash, &s);
	buf_addf(&list, "[\"%.*s\"]", STR_FMT(p->id));
	s.payments = arena_str(&in->text, buf_str(&list));
	buf_release(&list);
	keep_tx(in, &s);
}

/* Sign what there is, and put all of it into the output. */
static void sign_drafts(struct input *in, struct drafts *d)
{
	size_t bad, next = 0;
	int status = d->n_t ? payer_sign_all(d->key, d->t, d->n_t, &bad) : 0;

	if (status)
		cli_die(status, "payment %.*s: %s", STR_FMT(d->p[bad]->id), d->t[bad].e.msg);
	for (size_t i = 0; i < d->n; i++)
		if (d->item[i])
			keep_tx(in, d->item[i]);
		else
			keep_signed(in, d, next++);
	d->n = d->n_t = 0;
}

static struct drafts *drafts_new(const struct terms *t, struct payer *key)
{
	struct drafts *d = mem_zalloc(1, sizeof *d);

	d->terms = t;
	d->key = key;
	return d;
}

static void drafts_free(struct drafts *d)
{
	for (size_t i = 0; i < AT_ONCE; i++) {
		buf_release(&d->data[i]);
		buf_release(&d->t[i].raw);
	}
	free(d);
}

/* What the journal already has for a payment is what it is paid with; only a
 * transaction that failed for good may be followed by another. */
static const struct signed_tx *journalled(const struct journal *j, struct str payment)
{
	struct attempt *a = j ? journal_of(j, payment) : NULL;

	/* the first of those with one nonce, as the run printed that signed it */
	return a && a->outcome != FAILED ? &j->tries[a->first_try].tx : NULL;
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

void do_sign(struct input *in, struct sign_args *a, struct rpc *rpc, struct journal *j)
{
	bool *has_tx = with_tx(in, j);
	struct payer *key = NULL;
	struct terms t = { 0 };
	struct u256 sum;
	size_t todo = count_todo(in, j, has_tx, &sum), done = 0;

	if (todo > 0) {
		check_terms(a, rpc, &in->facts);
		key = payer(a->key);
		t = terms_of(a, rpc, &in->facts, payer_address(key), j, todo, sum);
	}
	struct drafts *d = drafts_new(&t, key);
	for (size_t i = 0; i < in->n_payments; i++) {
		const struct payment *p = &in->payment[i];
		const struct signed_tx *old = journalled(j, p->id);
		if (u256_is_zero(p->amount) || has_tx[i])
			continue;
		if (old)
			check_kept(old, a);
		else
			draft(d, p, t.nonce++, rpc);
		d->item[d->n++] = old;
		if (d->n == AT_ONCE)
			sign_drafts(in, d);
		progress("signed", done += !old, todo);
	}
	sign_drafts(in, d);
	drafts_free(d);
	if (a->has_nonce)               /* then its nonces are not the node's word */
		in->n_given_tx = in->n_tx;
	progress_end();
}
