#include "action.h"

#include "base/hex.h"
#include "chain/pool.h"
#include "hash/keccak256.h"
#include "io/cli.h"

/* ---- what an action is called -------------------------------------------------------- */

static void put_part(struct buf *b, const void *p, size_t n)
{
	uint8_t len[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	buf_add(b, len, 4);
	buf_add(b, p, n);
}

static void put_number(struct buf *b, uint64_t v)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	put_part(b, be, sizeof be);
}

enum { ID_CHARS = 66 };

static void action_id(const struct action *a, uint64_t k, char out[ID_CHARS + 1])
{
	struct buf b = BUF_INIT, kind = BUF_INIT;
	uint8_t hash[32];

	buf_adds(&kind, "lbl-");
	buf_addstr(&kind, a->kind);
	put_part(&b, kind.p, kind.n);
	put_part(&b, a->about, sizeof a->about);
	put_number(&b, a->number);
	put_number(&b, k);
	keccak256(b.p, b.n, hash);
	buf_reset(&b);
	buf_adds(&b, "0x");
	hex_put(&b, hash, 32);
	memcpy(out, b.p, ID_CHARS + 1);
	buf_release(&kind);
	buf_release(&b);
}

/* The last attempt; *next is the id of the one behind it. */
static struct attempt *last_of(const struct journal *j, const struct action *a, char next[ID_CHARS + 1])
{
	struct attempt *last = NULL, *t;

	for (uint64_t k = 0; ; k++) {
		action_id(a, k, next);
		t = journal_of(j, (struct str){ next, ID_CHARS });
		if (!t)
			return last;
		last = t;
	}
}

const struct attempt *action_last(const struct journal *j, const struct action *a)
{
	char next[ID_CHARS + 1];

	return last_of(j, a, next);
}

/* ---- will it go through? ------------------------------------------------------------- */

static void reverts(struct acted *out, const struct rpc_error *re)
{
	struct buf why = BUF_INIT;

	*out = (struct acted){ .how = ACT_REVERTS, .n_data = re->n_data };
	memcpy(out->data, re->data, re->n_data);
	if (re->n_data)
		pool_put_error(&why, (struct str){ (const char *)re->data, re->n_data });
	else
		buf_adds(&why, re->message);
	snprintf(out->why, sizeof out->why, "%s", why.p);
	buf_release(&why);
}

bool action_gas(const struct action_run *run, const struct action *a, uint64_t *gas, struct acted *out)
{
	uint64_t least = tx_intrinsic_gas(a->data, false, 0, 0), floor = tx_floor_gas(a->data);
	struct rpc_error re;

	if (least < floor)
		least = floor;
	enum rpc_status st = eth_estimate_gas(run->rpc, payer_address(payer(run->key)), &a->to, a->data, gas, &re);
	if (st == RPC_ERROR) {
		reverts(out, &re);
		return false;
	}
	if (st != RPC_OK)
		rpc_die(run->rpc, st, "gas estimate", &re);
	if (run->gas)
		*gas = run->gas;
	if (least > TX_MAX_GAS || *gas > TX_MAX_GAS) {
		*out = (struct acted){ .how = ACT_REVERTS, .too_large = true };
		snprintf(out->why, sizeof out->why, "it would take %llu gas, more than a transaction may",
		         (unsigned long long)(*gas > least ? *gas : least));
		return false;
	}
	if (!run->gas)
		*gas += *gas / 4;
	*gas = *gas < least ? least : *gas > TX_MAX_GAS ? TX_MAX_GAS : *gas;
	return true;
}

/* ---- signing ------------------------------------------------------------------------- */

static struct fee fee_of(const struct action_run *run)
{
	struct buf b = BUF_INIT;
	struct eth_fees market;
	struct rpc_error re;
	struct fee f;

	enum rpc_status st = eth_fees(run->rpc, &market, &re);
	if (st != RPC_OK)
		rpc_die(run->rpc, st, "fees", &re);
	if (!fee_now(run->fee, &market, rpc_where(run->rpc), &f)) {
		u256_put_dec(&b, market.base_fee);
		buf_adds(&b, " wei, above --max-fee ");
		u256_put_dec(&b, run->fee->max_fee);
		cli_die(LBL_TEMPFAIL, "the base fee of the next block is %.100s: nothing more is signed", b.p);
	}
	return f;
}

/* No nonce that the journal has used is used again, whatever the node forgot; nor one that it remembers when it is
 * asked once more, of which the journal does not know. */
static uint64_t nonce_of(const struct action_run *run)
{
	const struct address *from = payer_address(payer(run->key));
	uint64_t nonce, used = 0, ours = journal_next_nonce(run->j, from);
	struct rpc_error re;

	enum rpc_status st = eth_nonce(run->rpc, from, "pending", &nonce, &re);
	if (st == RPC_OK && nonce >= ours)
		st = eth_nonce(run->rpc, from, "latest", &used, &re);
	if (st != RPC_OK)
		rpc_die(run->rpc, st, "nonce", &re);
	if (nonce < used)
		cli_die(LBL_TEMPFAIL, "the node has said two things of the payer's next nonce, %llu and %llu: run it again",
		        (unsigned long long)nonce, (unsigned long long)used);
	if (nonce < ours)
		nonce = ours;
	if (nonce >> 53)
		cli_die(LBL_UNAVAILABLE, "nonce %llu is out of range", (unsigned long long)nonce);
	return nonce;
}

static struct signed_tx sign(const struct action_run *run, const struct action *a, const char *id, uint64_t gas)
{
	struct payer *key = payer(run->key);
	struct arena *text = &run->j->text;
	struct fee fee = fee_of(run);
	struct tx tx = { .type = TX_1559, .chain_id = run->chain, .nonce = nonce_of(run), .tip = fee.tip,
	                 .max_fee = fee.max_fee, .gas = gas, .has_to = true, .to = a->to, .data = a->data };
	struct signed_tx s = { .from = *payer_address(key), .to = a->to, .nonce = tx.nonce, .chain = tx.chain_id,
	                       .batch = a->number };
	struct buf raw = BUF_INIT, about = BUF_INIT;
	uint8_t hash[32];
	struct err e;

	int status = tx_check_gas(&tx, &e) ? payer_sign(key, &tx, &raw, hash, &e) : LBL_DATAERR;
	if (status)
		cli_die(status, "%.*s: %s", STR_FMT(a->kind), e.msg);
	s.id = s.first = arena_str(text, str_of(id));
	s.action = arena_str(text, a->kind);
	signed_tx_text(text, buf_str(&raw), hash, &s);
	buf_adds(&about, "[\"0x");
	hex_put(&about, a->about, 32);
	buf_adds(&about, "\"]");
	s.payments = arena_str(text, buf_str(&about));
	buf_release(&raw);
	buf_release(&about);
	return s;
}

/* ---- doing it ------------------------------------------------------------------------ */

static void outcome(const struct attempt *t, struct acted *out)
{
	static const enum act_how how[] = { [OPEN] = ACT_WAITS, [PAID] = ACTED, [FAILED] = ACT_FAILED };

	*out = (struct acted){ .how = how[t->outcome], .attempt = t };
}

/* It can never be mined, says the engine.  When its nonce went to somebody else's transaction: a
 * transfer is left for a person to look at; an action may be done again, since the contract takes
 * it once, and so it counts as failed.  When a node refuses it, the nonce is free, and nothing
 * with a later one would be mined. */
static void give_up(const struct action_run *run, const struct attempt *t)
{
	struct rpc_error re;
	uint64_t used;

	enum rpc_status st = eth_nonce(run->rpc, &t->tx.from, "latest", &used, &re);
	if (st != RPC_OK)
		rpc_die(run->rpc, st, "nonce", &re);
	if (used <= t->tx.nonce)
		cli_die(LBL_FOUND, "%s: its nonce is %llu: use that one up, or run it again with another node", tx_what(&t->tx),
		        (unsigned long long)t->tx.nonce);
	journal_mined(run->j, t->last_try, false, 0, 0);
	journal_sync(run->j);
}

void action_bury(const struct action_run *run)
{
	struct rpc_error re;
	uint64_t used;

	for (size_t i = 0; i < run->j->n; i++) {
		const struct attempt *t = &run->j->attempt[i];
		if (t->outcome != OPEN || !t->tx.action.n)
			continue;
		enum rpc_status st = eth_nonce(run->rpc, &t->tx.from, "latest", &used, &re);
		if (st != RPC_OK)
			rpc_die(run->rpc, st, "nonce", &re);
		if (used > t->tx.nonce)
			journal_mined(run->j, t->last_try, false, 0, 0);
	}
	journal_sync(run->j);
}

static void carry(const struct action_run *run, struct attempt *t, struct acted *out)
{
	size_t i = (size_t)(t - run->j->attempt);

	int status = engine_run(run->j, run->rpc, run->send, run->until_ms);
	t = &run->j->attempt[i];
	if (status == LBL_FOUND && t->outcome == OPEN)
		give_up(run, t);
	outcome(t, out);
}

bool action_begin(const struct action_run *run, const struct action *a, struct acted *out)
{
	char next[ID_CHARS + 1];
	struct attempt *last = last_of(run->j, a, next);
	uint64_t gas;

	if (last && (last->outcome == OPEN || (last->outcome == PAID && !a->undone))) {
		outcome(last, out);
		return true;
	}
	if (!action_gas(run, a, &gas, out))
		return false;
	struct signed_tx t = sign(run, a, next, gas);
	journal_try(run->j, &t);
	journal_sync(run->j);           /* from here on it may be on the wire */
	outcome(journal_of(run->j, t.first), out);
	return true;
}

void action_end(const struct action_run *run, const struct action *a, struct acted *out)
{
	char next[ID_CHARS + 1];
	struct attempt *last = last_of(run->j, a, next);

	BUG_ON(!last);
	if (last->outcome == OPEN)
		carry(run, last, out);
	else
		outcome(last, out);
}

void action_do(const struct action_run *run, const struct action *a, struct acted *out)
{
	if (action_begin(run, a, out))
		action_end(run, a, out);
}
