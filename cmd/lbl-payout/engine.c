/* engine - broadcast, and wait for the receipts; safe to be killed anywhere. */
#include "engine-in.h"

#include <time.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/progress.h"
#include "metrics.h"

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void sleep_ms(uint64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

const char *tx_what(const struct signed_tx *t)
{
	static char text[128];

	if (t->action.n && !t->batch)
		snprintf(text, sizeof text, "%.*s %.*s", (int)(t->action.n < 20 ? t->action.n : 20), t->action.p,
		         (int)(t->first.n < 100 ? t->first.n : 100), t->first.p);
	else if (t->action.n)
		snprintf(text, sizeof text, "%.*s of batch %llu", (int)(t->action.n < 20 ? t->action.n : 20), t->action.p,
		         (unsigned long long)t->batch);
	else
		snprintf(text, sizeof text, "payment %.*s", (int)(t->first.n < 100 ? t->first.n : 100), t->first.p);
	return text;
}

static void hash_of(const struct signed_tx *t, uint8_t out[32])
{
	BUG_ON(!hex_get((struct str){ t->hash.p + 2, 64 }, out, 32));
}

/* Is there a receipt of any of the tries of a nonce?  The latest first.  The try is left
 * in *tried, NO_TRY when there is none. */
static enum rpc_status find_receipt(const struct engine *s, struct rpc *rpc, const struct watch *w, uint32_t *tried,
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
static enum rpc_status believed_nonce(const struct engine *s, const struct address *from, uint64_t *nonce)
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
static bool nonce_taken(const struct engine *s, const struct watch *w)
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

enum { RESEND_MS = 15000, LIMITED_MS = 1000, UNKNOWN_IN_A_ROW = 3 };

static void on_nonce_low(struct engine *s, struct watch *w)
{
	if (!nonce_taken(s, w))
		return;
	sleep_ms(500);
	w->dead = nonce_taken(s, w);
	if (w->dead)
		cli_warn("%s: nonce %llu was used by a transaction that this journal does not know",
		         tx_what(&w->a->tx), (unsigned long long)w->a->tx.nonce);
}

/* ---- sending ------------------------------------------------------------------------- */

/* Hand the bytes to the node. */
static enum eth_sent send_one(struct engine *s, struct watch *w)
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
		cli_warn("%s: %s refuses the transaction: %s", tx_what(&w->a->tx),
		         rpc_where(s->rpc), re.message);
		w->dead = true;
		break;
	case ETH_UNDERPRICED:
		if (!s->told_fees)
			cli_warn("%s: the node wants higher fees: %s", tx_what(&w->a->tx), re.message);
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
static void send_due(struct engine *s)
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

static void on_receipt(struct engine *s, struct watch *w, uint32_t tried, const struct eth_receipt *rc)
{
	journal_mined(s->j, tried, rc->ok, rc->block, rc->gas_used);
	metrics_receipt(rc->gas_used, rc->gas_price);
	if (!rc->ok)
		cli_warn("%s: the transaction was mined and failed: no money has moved",
		         tx_what(&w->a->tx));
}

/* A block that held it has left the chain: the journal's bytes once more. */
static void on_lost(struct engine *s, struct watch *w)
{
	if (!s->told_reorg)
		cli_note("%s: its block has left the chain: sent again", tx_what(&w->a->tx));
	s->told_reorg = true;
	w->seen = w->sent = false;
	w->next_send_ms = 0;
}

/* One nonce that the chain has used; returns whether its receipt is believed. */
static bool look(struct engine *s, struct watch *w, uint64_t below, enum rpc_status *st)
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
static size_t poll(struct engine *s)
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

static size_t count(const struct engine *s, bool dead)
{
	size_t c = 0;

	for (size_t i = 0; i < s->n; i++)
		c += s->w[i].a->outcome == OPEN && s->w[i].dead == dead;
	return c;
}

/* Is anything with a node, so that waiting can help? */
static bool under_way(const struct engine *s)
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

static void watch_open(struct engine *s)
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
static void tell_open(const struct engine *s, size_t open)
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
	const char *are = open == 1 ? " is" : "s are", *what = w->a->tx.action.n ? "transaction" : "payment";
	if (seen == open)
		cli_warn("%zu %s%s in a block that is not final yet: run it again", open, what, are);
	else
		cli_warn("%zu %s%s not confirmed yet (the node on the first of them: %s): run it again", open, what, are,
		         eth_sent_name(w->said));
}

static uint64_t longest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int engine_run(struct journal *j, struct rpc *rpc, const struct send_args *a, uint64_t until_ms)
{
	struct engine s = { .rpc = rpc, .j = j, .args = a, .moved_ms = now_ms() };
	uint64_t pause = a->poll_ms;
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
		uint64_t now = now_ms();
		if (open == 0 || (s.no_funds && !under_way(&s)) || now >= until_ms)
			break;
		pause = found || pause > 2000 ? a->poll_ms : pause + pause / 2;
		uint64_t left = until_ms - now, rest = longest(pause, s.wait_ms);
		sleep_ms(rest < left ? rest : left);
	}
	progress_end();
	size_t dead = count(&s, true);
	if (open)
		tell_open(&s, open);
	free(s.w);
	return open ? LBL_TEMPFAIL : dead ? LBL_FOUND : LBL_OK;
}
