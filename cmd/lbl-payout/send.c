/* send - journal, broadcast, wait for the receipts; safe to be killed anywhere. */
#include "payout.h"

#include <time.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/out.h"
#include "io/progress.h"
#include "journal.h"
#include "json/write.h"

/* ---- into the journal --------------------------------------------------------------- */

static bool any_open(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->attempt[i].outcome == OPEN)
			return true;
	return false;
}

/* Is this transaction to be tried?  What the journal has for a payment already stays
 * what it is paid with, unless it failed. */
static bool is_new(const struct journal *j, const struct signed_tx *t)
{
	const struct attempt *old = journal_of(j, t->first);

	return !old || (old->outcome == FAILED && !journal_tried(j, old, t->hash));
}

static _Noreturn void wrong_chain(struct rpc *rpc, uint64_t id, const struct signed_tx *t)
{
	cli_die(LBL_CONFIG, "%s is chain %llu, but transaction %.*s is for chain %llu", rpc_where(rpc),
	        (unsigned long long)id, STR_FMT(t->hash), (unsigned long long)t->chain);
}

/* One journal, one chain.  Not asked when there is nothing to do there. */
static void check_chain(const struct input *in, const struct journal *j, struct rpc *rpc, uint64_t confirmations)
{
	struct rpc_error re;
	uint64_t id, below;
	bool idle = !any_open(j);

	for (size_t i = 0; idle && i < in->n_tx; i++)
		idle = !is_new(j, &in->tx[i]);
	if (idle)
		return;
	check_nodes(rpc);
	enum rpc_status st = eth_chain_id(rpc, &id, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "chain id", &re);
	st = believed(rpc, confirmations, &below, &re);         /* can it say at all what is final? */
	if (st != RPC_OK)
		rpc_die(rpc, st, "finality", &re);
	for (size_t i = 0; i < j->n; i++)
		if (j->attempt[i].tx.chain != id)
			wrong_chain(rpc, id, &j->attempt[i].tx);
	for (size_t i = 0; i < in->n_tx; i++)
		if (in->tx[i].chain != id)
			wrong_chain(rpc, id, &in->tx[i]);
}

/* Into the journal with what is new: in memory, for now. */
static void journal_input(const struct input *in, struct rpc *rpc, struct journal *j)
{
	const struct signed_tx **new = mem_alloc(in->n_tx, sizeof *new);
	struct intern seen = { 0 };
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < in->n_tx; i++) {
		const struct signed_tx *t = &in->tx[i];
		if (is_new(j, t)) {
			uint32_t id = intern(&seen, t->first);
			if (id == n)
				new[n++] = t;
			kept += !str_eq(new[id]->hash, t->hash);
		} else {
			kept += !journal_tried(j, journal_of(j, t->first), t->hash);
		}
	}
	intern_release(&seen);
	if (n)
		check_new(new, n, rpc, j);
	for (size_t i = 0; i < n; i++)
		journal_try(j, new[i]);
	free(new);
	if (kept)
		cli_note("%zu payments were signed before: the first transaction is used, not the later ones", kept);
}

/* ---- sending ----------------------------------------------------------------------- */

/* One nonce that is not yet known to be used by us for good. */
struct watch {
	struct attempt *a;
	bool sent;                      /* a node has taken the latest try, in this run */
	bool seen;                      /* a block held one of its tries when we last looked */
	bool dead;                      /* it can never be mined: its nonce is used, or no node wants it */
	bool low;                       /* the node wants higher fees */
	enum eth_sent said;             /* what the node last said of it */
	uint64_t next_send_ms;
	unsigned raised;                /* so often, in this run */
};

/* All that is under way. */
struct settle {
	struct rpc *rpc;
	struct journal *j;
	const struct send_args *args;
	struct watch *w;                /* by sender and nonce */
	size_t n;
	uint64_t wait_ms;               /* asked for by the node */
	uint64_t moved_ms;              /* when something was last mined, or replaced */
	struct rpc_error error;         /* the last one */
	bool told_funds, told_fees, told_ceiling, told_reorg, no_funds;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void sleep_ms(uint64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void hash_of(const struct signed_tx *t, uint8_t out[32])
{
	BUG_ON(!hex_get((struct str){ t->hash.p + 2, 64 }, out, 32));
}

/* Is there a receipt of any of the tries of a nonce?  The latest first.  The try is left
 * in *tried, NO_TRY when there is none. */
static enum rpc_status find_receipt(const struct settle *s, struct rpc *rpc, const struct watch *w, uint32_t *tried,
                                    struct eth_receipt *rc, struct rpc_error *e)
{
	enum rpc_status st = RPC_OK;
	uint8_t hash[32];

	for (*tried = w->a->last_try; *tried != NO_TRY; *tried = s->j->tries[*tried].older) {
		hash_of(&s->j->tries[*tried].tx, hash);
		st = eth_receipt(rpc, hash, rc, e);
		if (st != RPC_OK || rc->found)
			break;
	}
	return st;
}

/* The nonce of the sender at the last block that is believed. */
static enum rpc_status believed_nonce(const struct settle *s, const struct address *from, uint64_t *nonce)
{
	struct buf tag = BUF_INIT;
	struct rpc_error re;
	uint64_t below;

	enum rpc_status st = believed(s->rpc, s->args->confirmations, &below, &re);
	*nonce = 0;
	if (st == RPC_OK && below) {
		u64_put_quantity(&tag, below - 1);
		st = eth_nonce(s->rpc, from, tag.p, nonce, &re);
	}
	buf_release(&tag);
	return st;
}

/* Its nonce is used for good, and no endpoint has a receipt of any of its tries: somebody
 * else's transaction took its place.  Asked twice before it is believed, for a node may
 * lag behind itself. */
static bool nonce_taken(const struct settle *s, const struct watch *w)
{
	struct eth_receipt rc;
	struct rpc_error re;
	uint64_t nonce;
	uint32_t tried;

	if (believed_nonce(s, &w->a->tx.from, &nonce) != RPC_OK || nonce <= w->a->tx.nonce)
		return false;
	for (size_t i = 0; i < rpc_count(s->rpc); i++)
		if (find_receipt(s, rpc_end(s->rpc, i), w, &tried, &rc, &re) != RPC_OK || tried != NO_TRY)
			return false;
	return true;
}

enum { RESEND_MS = 15000, LIMITED_MS = 1000, UNKNOWN_IN_A_ROW = 3, IN_LINE = 16, MOST_RAISES = 12 };

static void on_nonce_low(struct settle *s, struct watch *w)
{
	if (!nonce_taken(s, w))
		return;
	sleep_ms(500);
	w->dead = nonce_taken(s, w);
	if (w->dead)
		cli_warn("payment %.*s: nonce %llu was used by a transaction that this journal does not know",
		         STR_FMT(w->a->tx.first), (unsigned long long)w->a->tx.nonce);
}

/* ---- higher fees --------------------------------------------------------------------- */

/* The same transaction with other fees. */
static bool sign_again(struct settle *s, const struct attempt *a, const struct fee *offer, struct signed_tx *out)
{
	const struct signer *key = payer(s->args->key);
	struct buf old = BUF_INIT, raw = BUF_INIT;
	struct fee now, fee;
	uint8_t hash[32];
	struct tx tx;
	struct err e;

	BUG_ON(!hex_get_any(a->tx.raw, &old) || !tx_parse(buf_str(&old), &tx, NULL, NULL, &e));
	now = (struct fee){ tx.max_fee, tx.tip };
	bool good = tx.type == TX_1559 && address_eq(signer_address(key), &a->tx.from) &&
		fee_raise(&fee, &now, offer, s->args->fee->max_fee);
	if (good) {
		tx.max_fee = fee.max_fee;
		tx.tip = fee.tip;
		BUG_ON(!tx_sign(&tx, key, &raw, hash, &e));
		*out = a->tx;
		signed_tx_text(&s->j->text, buf_str(&raw), hash, out);
	}
	buf_release(&old);
	buf_release(&raw);
	return good;
}

/* Into the journal with a replacement, which is sent in the next round.  An attempt that
 * the journal has seen mined is not replaced: it is only looked at again. */
static void raise_one(struct settle *s, struct watch *w, const struct fee *offer)
{
	struct signed_tx t;

	if (w->a->was_mined || w->raised >= MOST_RAISES)
		return;
	if (!sign_again(s, w->a, offer, &t)) {
		if (!s->told_ceiling)
			cli_warn("payment %.*s waits, and --max-fee or the key allows no higher fees", STR_FMT(w->a->tx.first));
		s->told_ceiling = true;
		return;
	}
	journal_try(s->j, &t);
	w->raised++;
	w->sent = w->low = false;
	w->next_send_ms = 0;
	s->moved_ms = now_ms();
}

/* Is the most that it offers less than what a block asks for at the least? */
static bool below_base(const struct attempt *a, struct u256 base)
{
	struct buf raw = BUF_INIT;
	struct tx tx;
	struct err e;

	BUG_ON(!hex_get_any(a->tx.raw, &raw) || !tx_parse(buf_str(&raw), &tx, NULL, NULL, &e));
	buf_release(&raw);
	return u256_cmp(tx.max_fee, base) < 0;
}

/* What would be offered now; nothing when the node is not to be believed, so that fees
 * grow by an eighth and no more. */
static void offer_of(const struct fee_args *a, const struct eth_fees *market, struct fee *offer)
{
	bool base = a->max_fee_text || u256_cmp(market->base_fee, u256_of(BELIEVABLE / 2)) <= 0;
	bool tip = a->tip_text || u256_cmp(market->tip, u256_of(BELIEVABLE)) <= 0;

	*offer = (struct fee){ U256_ZERO, U256_ZERO };
	if (base && tip)
		fee_offer(offer, market->base_fee, a->tip_text ? a->tip : market->tip, a->max_fee);
}

/* Those that are next in line and hang: the node wants more, or nothing was mined for
 * --bump-after, or the base fee has outgrown them.  In the journal before the wire. */
static void raise_stuck(struct settle *s, bool at_start)
{
	bool late = now_ms() - s->moved_ms >= s->args->bump_s * 1000, low = false;
	struct eth_fees market;
	struct rpc_error re;
	struct fee offer;
	size_t in_line = 0;

	for (size_t i = 0; i < s->n; i++)
		low = low || (s->w[i].low && s->w[i].a->outcome == OPEN);
	if (!s->args->key->keystore || !(late || low || at_start))
		return;
	if (eth_fees(s->rpc, &market, &re) != RPC_OK)
		return;
	offer_of(s->args->fee, &market, &offer);
	for (size_t i = 0; i < s->n && in_line < IN_LINE; i++) {
		struct watch *w = &s->w[i];
		if (w->a->outcome != OPEN || w->seen || w->dead)
			continue;
		in_line++;
		if (w->low || (late && w->sent) || below_base(w->a, market.base_fee))
			raise_one(s, w, &offer);
	}
	journal_sync(s->j);
}

/* ---- sending ------------------------------------------------------------------------- */

/* Hand the bytes to the node. */
static enum eth_sent send_one(struct settle *s, struct watch *w)
{
	struct buf raw = BUF_INIT;
	struct rpc_error re;
	uint8_t hash[32];

	BUG_ON(!hex_get_any(w->a->tx.raw, &raw));
	hash_of(&w->a->tx, hash);
	enum eth_sent sent = eth_send_raw(s->rpc, buf_str(&raw), hash, &re);
	buf_release(&raw);
	w->next_send_ms = now_ms() + RESEND_MS;
	w->said = sent;
	switch (sent) {
	case ETH_SENT:
	case ETH_KNOWN:
		w->sent = true;
		break;
	case ETH_NONCE_LOW:
		on_nonce_low(s, w);
		break;
	case ETH_FUNDS:
		if (!s->told_funds)
			cli_warn("the payer cannot pay for gas: %s", re.message);
		s->told_funds = s->no_funds = true;
		break;
	case ETH_FATAL:
		cli_warn("payment %.*s: %s refuses the transaction: %s", STR_FMT(w->a->tx.first),
		         rpc_where(s->rpc), re.message);
		w->dead = true;
		break;
	case ETH_UNDERPRICED:
		if (!s->told_fees)
			cli_warn("payment %.*s: the node wants higher fees: %s", STR_FMT(w->a->tx.first), re.message);
		s->told_fees = w->low = true;
		break;
	case ETH_RETRY:
	case ETH_UNKNOWN:
		w->next_send_ms = now_ms() + (re.retry_after_s ? re.retry_after_s * 1000u : LIMITED_MS);
		break;
	}
	return sent;
}

/* Send what is due, in the order of the nonces: one that waits for its turn holds back
 * those behind it, which no node would mine before it. */
static void send_due(struct settle *s)
{
	uint64_t now = now_ms();
	size_t sent = 0, unknown = 0;

	s->no_funds = false;
	for (size_t i = 0; i < s->n && unknown < UNKNOWN_IN_A_ROW; i++) {
		struct watch *w = &s->w[i];
		if (w->dead || w->seen || w->a->outcome != OPEN || (w->sent && w->next_send_ms > now))
			continue;
		if (w->next_send_ms > now)
			return;
		enum eth_sent how = send_one(s, w);
		if (how == ETH_FUNDS || how == ETH_RETRY)
			return;
		unknown = how == ETH_UNKNOWN ? unknown + 1 : 0;
		progress("sent", ++sent, s->n);
	}
}

/* ---- waiting ----------------------------------------------------------------------- */

static void on_receipt(struct settle *s, struct watch *w, uint32_t tried, const struct eth_receipt *rc)
{
	journal_mined(s->j, tried, rc->ok, rc->block, rc->gas_used);
	if (!rc->ok)
		cli_warn("payment %.*s: the transaction was mined and failed: no money has moved",
		         STR_FMT(w->a->tx.first));
}

/* A block that held it has left the chain: the journal's bytes once more. */
static void on_lost(struct settle *s, struct watch *w)
{
	if (!s->told_reorg)
		cli_note("payment %.*s: its block has left the chain: sent again", STR_FMT(w->a->tx.first));
	s->told_reorg = true;
	w->seen = w->sent = false;
	w->next_send_ms = 0;
}

/* One nonce that the chain has used; returns whether its receipt is believed. */
static bool look(struct settle *s, struct watch *w, uint64_t below, enum rpc_status *st)
{
	struct eth_receipt rc = { 0 };
	uint32_t tried;
	bool good;

	*st = find_receipt(s, s->rpc, w, &tried, &rc, &s->error);
	if (*st != RPC_OK)
		return false;
	if (tried == NO_TRY) {
		if (w->seen)
			on_lost(s, w);
		return false;
	}
	if (!w->seen)
		s->moved_ms = now_ms();
	w->seen = true;
	if (rc.block >= below)
		return false;
	*st = canonical(s->rpc, &rc, &good, &s->error);
	if (*st != RPC_OK || !good)
		return false;
	on_receipt(s, w, tried, &rc);
	return true;
}

/* Receipts for what is open; returns how many were found deep enough.  Only nonces that
 * the chain has used can have one. */
static size_t poll(struct settle *s)
{
	const struct address *from = NULL;
	uint64_t below = 0, used = 0;
	size_t found = 0;

	memset(&s->error, 0, sizeof s->error);
	enum rpc_status st = believed(s->rpc, s->args->confirmations, &below, &s->error);
	for (size_t i = 0; st == RPC_OK && i < s->n; i++) {
		struct watch *w = &s->w[i];
		if (w->dead || w->a->outcome != OPEN)
			continue;
		if (!from || !address_eq(from, &w->a->tx.from)) {
			from = &w->a->tx.from;
			st = eth_nonce(s->rpc, from, "latest", &used, &s->error);
		}
		if (st == RPC_OK && w->a->tx.nonce < used)
			found += look(s, w, below, &st);
		else if (st == RPC_OK && w->seen)
			on_lost(s, w);
	}
	s->wait_ms = s->error.retry_after_s * 1000u;
	journal_sync(s->j);
	return found;
}

static size_t count(const struct settle *s, bool dead)
{
	size_t c = 0;

	for (size_t i = 0; i < s->n; i++)
		c += s->w[i].a->outcome == OPEN && s->w[i].dead == dead;
	return c;
}

/* Is anything with a node, so that waiting can help? */
static bool under_way(const struct settle *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->w[i].a->outcome == OPEN && (s->w[i].sent || s->w[i].seen))
			return true;
	return false;
}

static int by_nonce(const void *a, const void *b)
{
	const struct watch *x = a, *y = b;
	int c = memcmp(x->a->tx.from.b, y->a->tx.from.b, 20);

	return c ? c : (x->a->tx.nonce > y->a->tx.nonce) - (x->a->tx.nonce < y->a->tx.nonce);
}

static void watch_open(struct settle *s)
{
	struct journal *j = s->j;

	s->w = mem_zalloc(j->n, sizeof *s->w);
	for (size_t i = 0; i < j->n; i++)
		if (j->attempt[i].outcome == OPEN)
			s->w[s->n++].a = &j->attempt[i];
	qsort(s->w, s->n, sizeof *s->w, by_nonce);
}

/* What is to be done about those that wait?  A missing nonce is the one thing that
 * patience does not mend. */
static void tell_open(const struct settle *s, size_t open)
{
	const struct watch *w = s->w;
	struct rpc_error re;
	uint64_t next;
	size_t seen = 0;

	for (size_t i = 0; i < s->n; i++)
		seen += s->w[i].seen && s->w[i].a->outcome == OPEN;
	while (w->dead || w->a->outcome != OPEN)
		w++;
	if (eth_nonce(s->rpc, &w->a->tx.from, "pending", &next, &re) == RPC_OK && next < w->a->tx.nonce)
		cli_warn("the first of them has nonce %llu, and the payer's next one is %llu: what is between is missing",
		         (unsigned long long)w->a->tx.nonce, (unsigned long long)next);
	if (seen == open)
		cli_warn("%zu payment%s in a block that is not final yet: run it again", open, open == 1 ? " is" : "s are");
	else
		cli_warn("%zu payment%s not confirmed yet (the node on the first of them: %s): run it again", open,
		         open == 1 ? " is" : "s are", eth_sent_name(w->said));
}

static uint64_t longest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Send and poll until nothing is open or the time is up. */
static int settle(struct journal *j, struct rpc *rpc, const struct send_args *a)
{
	struct settle s = { .rpc = rpc, .j = j, .args = a, .moved_ms = now_ms() };
	uint64_t start = now_ms(), pause = a->poll_ms;
	bool first = true;
	size_t open;

	watch_open(&s);
	poll(&s);                       /* some may be in a block since the last run */
	while ((open = count(&s, false)) > 0) {
		raise_stuck(&s, first);
		first = false;
		send_due(&s);
		size_t found = poll(&s);
		open = count(&s, false);
		progress("confirmed", s.n - open, s.n);
		if (open == 0 || (s.no_funds && !under_way(&s)) || now_ms() - start >= a->wait_s * 1000)
			break;
		pause = found || pause > 2000 ? a->poll_ms : pause + pause / 2;
		uint64_t left = start + a->wait_s * 1000 - now_ms(), rest = longest(pause, s.wait_ms);
		sleep_ms(rest < left ? rest : left);
	}
	progress_end();
	size_t dead = count(&s, true);
	if (open)
		tell_open(&s, open);
	free(s.w);
	return open ? LBL_TEMPFAIL : dead ? LBL_FOUND : LBL_OK;
}

/* ---- printing ---------------------------------------------------------------------- */

static bool has_hash(const struct intern *hashes, struct str hash)
{
	return intern_find(hashes, hash) != INTERN_NONE;
}

static void print_one(struct input *in, const struct intern *hashes, const struct attempt *a, struct buf *b)
{
	if (!has_hash(hashes, a->tx.hash)) {
		buf_reset(b);
		buf_adds(b, "{\"kind\":\"tx\"");
		put_tx_fields(b, &a->tx);
		spool_add(&in->lines, buf_str(b));
	}
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"receipt\"");
	put_receipt_fields(b, a);
	spool_add(&in->lines, buf_str(b));
}

/* A receipt for each payment of the input that is mined; and the transaction itself
 * where the input holds another one, or none. */
static int print_receipts(struct input *in, const struct journal *j)
{
	size_t paid = 0, failed = 0, open = 0, unsigned_ = 0;
	struct intern hashes = { 0 };
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < in->n_tx; i++)
		intern(&hashes, in->tx[i].hash);
	for (size_t i = 0; i < in->n_payments; i++) {
		const struct attempt *a = journal_of(j, in->payment[i].id);
		if (!a) {
			unsigned_ += !u256_is_zero(in->payment[i].amount);
			continue;
		}
		paid += a->outcome == PAID;
		failed += a->outcome == FAILED;
		open += a->outcome == OPEN;
		if (a->outcome != OPEN)
			print_one(in, &hashes, a, &b);
	}
	intern_release(&hashes);
	buf_release(&b);
	cli_note("%zu payments are confirmed, %zu failed, %zu are open", paid, failed, open);
	if (unsigned_)
		cli_warn("%zu payments have no transaction: they are not paid", unsigned_);
	return failed || unsigned_ ? LBL_FOUND : LBL_OK;
}

int do_send(struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j)
{
	int status = LBL_OK;

	check_chain(in, j, rpc, a->confirmations);
	journal_input(in, rpc, j);
	journal_sync(j);                /* from here on it may be on the wire */
	if (any_open(j))
		status = settle(j, rpc, a);
	int printed = print_receipts(in, j);
	return status ? status : printed;
}
