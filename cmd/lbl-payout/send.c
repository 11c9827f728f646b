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

/* One transaction that is not yet known to be mined. */
struct watch {
	struct attempt *a;
	uint8_t hash[32];
	bool sent;                      /* a node has taken it, in this run */
	bool dead;                      /* it can never be mined: its nonce is used, or no node wants it */
	uint64_t next_send_ms;
};

/* ---- checking --------------------------------------------------------------------- */

static const struct payment *payment_of(const struct input *in, struct str id)
{
	uint32_t i = intern_find(&in->payment_ids, id);

	return i == INTERN_NONE || i >= in->n_payments ? NULL : &in->payment[i];
}

static void check_tx(const struct input *in, const struct signed_tx *t)
{
	const struct payment *p = payment_of(in, t->first);
	struct err e;

	if (!p)
		cli_die(LBL_DATAERR, "tx %.*s pays %.*s, which is no payment of this input", STR_FMT(t->hash),
		        STR_FMT(t->first));
	if (!signed_tx_check(t, p, &e))
		cli_die(LBL_DATAERR, "tx %.*s: %s", STR_FMT(t->hash), e.msg);
}

/* A payment that the journal knows must be the same payment still. */
static void check_attempt(const struct input *in, const struct attempt *a)
{
	const struct payment *p = payment_of(in, a->tx.first);
	struct err e;

	if (p && !signed_tx_check(&a->tx, p, &e))
		cli_die(LBL_DATAERR, "payment %.*s was signed before with other content (journal): %s",
		        STR_FMT(p->id), e.msg);
}

/* Two transactions of one nonce: only one of them can ever be mined. */
static void check_nonce(const struct journal *j, const struct signed_tx *t)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct signed_tx *old = &j->attempt[i].tx;
		if (old->nonce == t->nonce && address_eq(&old->from, &t->from))
			cli_die(LBL_DATAERR, "tx %.*s has nonce %llu, which the journal has used for %.*s: sign again",
			        STR_FMT(t->hash), (unsigned long long)t->nonce, STR_FMT(old->hash));
	}
}

static void check_chain(const struct journal *j, struct rpc *rpc)
{
	struct rpc_error re;
	uint64_t id;
	enum rpc_status st = eth_chain_id(rpc, &id, &re);

	if (st != RPC_OK)
		rpc_die(rpc, st, "chain id", &re);
	for (size_t i = 0; i < j->n; i++)
		if (j->attempt[i].tx.chain != id)
			cli_die(LBL_CONFIG, "%s is chain %llu, but transaction %.*s is for chain %llu", rpc_where(rpc),
			        (unsigned long long)id, STR_FMT(j->attempt[i].tx.hash),
			        (unsigned long long)j->attempt[i].tx.chain);
}

/* Into the journal with what is new; what it has already stays as it is. */
static void journal_input(const struct input *in, struct journal *j)
{
	size_t kept = 0;

	for (size_t i = 0; i < in->n_tx; i++) {
		const struct signed_tx *t = &in->tx[i];
		struct attempt *old = journal_of(j, t->first);
		check_tx(in, t);
		if (old)
			check_attempt(in, old);
		if (old && (old->outcome != FAILED || str_eq(old->tx.hash, t->hash))) {
			kept += !str_eq(old->tx.hash, t->hash);
			continue;
		}
		check_nonce(j, t);
		journal_try(j, t);
	}
	if (kept)
		cli_note("%zu payments were signed in an earlier run: its transactions are used, not the new ones", kept);
}

/* ---- waiting ---------------------------------------------------------------------- */

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

/* Its nonce is used and its own receipt is nowhere: somebody else's transaction took
 * its place.  Asked twice before it is believed, for a node may lag behind itself. */
static bool nonce_taken(struct rpc *rpc, const struct watch *w)
{
	struct eth_receipt rc;
	struct rpc_error re;
	uint64_t nonce;

	if (eth_receipt(rpc, w->hash, &rc, &re) != RPC_OK || rc.found)
		return false;
	if (eth_nonce(rpc, &w->a->tx.from, "latest", &nonce, &re) != RPC_OK)
		return false;
	return nonce > w->a->tx.nonce;
}

enum { RESEND_MS = 15000, LIMITED_MS = 1000 };

/* Hand the bytes to the node.  false: stop sending for now (no funds, unreachable). */
static bool send_one(struct rpc *rpc, struct watch *w)
{
	struct buf raw = BUF_INIT;
	struct rpc_error re;

	BUG_ON(!hex_get_any(w->a->tx.raw, &raw));
	enum eth_sent sent = eth_send_raw(rpc, buf_str(&raw), w->hash, &re);
	buf_release(&raw);
	w->next_send_ms = now_ms() + RESEND_MS;
	switch (sent) {
	case ETH_SENT:
	case ETH_KNOWN:
		w->sent = true;
		return true;
	case ETH_NONCE_LOW:
		if (!w->sent && nonce_taken(rpc, w)) {
			sleep_ms(500);
			w->dead = nonce_taken(rpc, w);
		}
		if (w->dead)
			cli_warn("payment %.*s: nonce %llu was used by a transaction that this journal does not know",
			         STR_FMT(w->a->tx.first), (unsigned long long)w->a->tx.nonce);
		return true;
	case ETH_FUNDS:
		cli_warn("the payer cannot pay for gas: %s", re.message);
		return false;
	case ETH_FATAL:
		cli_warn("payment %.*s: %s refuses the transaction: %s", STR_FMT(w->a->tx.first), rpc_where(rpc),
		         re.message);
		w->dead = true;
		return true;
	case ETH_UNDERPRICED:
		cli_note("payment %.*s: the node wants higher fees: %s", STR_FMT(w->a->tx.first), re.message);
		return true;
	case ETH_RETRY:
	case ETH_UNKNOWN:
		w->next_send_ms = now_ms() + (re.retry_after_s ? re.retry_after_s * 1000u : LIMITED_MS);
		return sent == ETH_UNKNOWN;
	}
	return true;
}

static size_t send_due(struct rpc *rpc, struct watch *w, size_t n)
{
	uint64_t now = now_ms();
	size_t sent = 0;

	for (size_t i = 0; i < n; i++) {
		if (w[i].dead || w[i].a->outcome != OPEN || w[i].next_send_ms > now)
			continue;
		if (!send_one(rpc, &w[i]))
			break;
		progress("sent", ++sent, n);
	}
	return sent;
}

/* Receipts for what is open; returns how many were found deep enough. */
static size_t poll(struct rpc *rpc, struct journal *j, struct watch *w, size_t n, uint64_t confirmations)
{
	struct rpc_error re;
	uint64_t head = 0;
	size_t found = 0;

	if (eth_block_number(rpc, &head, &re) != RPC_OK)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct eth_receipt rc;
		if (w[i].dead || w[i].a->outcome != OPEN)
			continue;
		if (eth_receipt(rpc, w[i].hash, &rc, &re) != RPC_OK)
			break;
		if (!rc.found || head < rc.block || head - rc.block + 1 < confirmations)
			continue;
		journal_mined(j, w[i].a, rc.ok, rc.block, rc.gas_used);
		if (!rc.ok)
			cli_warn("payment %.*s: the transaction was mined and failed: no money has moved",
			         STR_FMT(w[i].a->tx.first));
		found++;
	}
	journal_sync(j);
	return found;
}

static size_t count(const struct watch *w, size_t n, bool dead)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += w[i].a->outcome == OPEN && w[i].dead == dead;
	return c;
}

static int by_nonce(const void *a, const void *b)
{
	const struct watch *x = a, *y = b;

	return (x->a->tx.nonce > y->a->tx.nonce) - (x->a->tx.nonce < y->a->tx.nonce);
}

static struct watch *watch_list(struct journal *j, size_t *n)
{
	struct watch *w = mem_zalloc(j->n, sizeof *w);

	*n = 0;
	for (size_t i = 0; i < j->n; i++) {
		if (j->attempt[i].outcome != OPEN)
			continue;
		w[*n].a = &j->attempt[i];
		struct str hash = { j->attempt[i].tx.hash.p + 2, 64 };
		BUG_ON(!hex_get(hash, w[(*n)++].hash, 32));
	}
	qsort(w, *n, sizeof *w, by_nonce);
	return w;
}

/* Send and poll until nothing is open or the time is up. */
static int settle(struct journal *j, struct rpc *rpc, const struct send_args *a)
{
	uint64_t start = now_ms(), pause = a->poll_ms;
	size_t n, open;
	struct watch *w = watch_list(j, &n);

	while ((open = count(w, n, false)) > 0) {
		send_due(rpc, w, n);
		size_t found = poll(rpc, j, w, n, a->confirmations);
		progress("confirmed", n - open + found, n);
		if (found == open)
			continue;
		if (now_ms() - start > a->wait_s * 1000)
			break;
		sleep_ms(pause);
		pause = found || pause > 2000 ? a->poll_ms : pause + pause / 2;
	}
	progress_end();
	size_t dead = count(w, n, true);
	if (open)
		cli_warn("%zu payments are not confirmed yet: run it again", open);
	free(w);
	return open ? LBL_TEMPFAIL : dead ? LBL_FOUND : LBL_OK;
}

/* ---- printing ---------------------------------------------------------------------- */

/* A receipt for each payment of the input that is mined; and the transaction itself
 * where the input holds another one, or none. */
static int print_receipts(struct input *in, struct journal *j)
{
	size_t paid = 0, failed = 0;
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < in->n_tx; i++) {
		struct attempt *a = journal_of(j, in->tx[i].first);
		if (a->outcome == OPEN)
			continue;
		paid += a->outcome == PAID;
		failed += a->outcome == FAILED;
		buf_reset(&b);
		if (!str_eq(a->tx.hash, in->tx[i].hash)) {
			buf_adds(&b, "{\"kind\":\"tx\"");
			put_tx_fields(&b, &a->tx);
			spool_add(&in->lines, buf_str(&b));
			buf_reset(&b);
		}
		buf_adds(&b, "{\"kind\":\"receipt\"");
		put_receipt_fields(&b, a);
		spool_add(&in->lines, buf_str(&b));
	}
	buf_release(&b);
	cli_note("%zu payments are confirmed, %zu failed, %zu are open", paid, failed, in->n_tx - paid - failed);
	return failed ? LBL_FOUND : LBL_OK;
}

int do_send(struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j)
{
	bool open = false;

	journal_input(in, j);
	if (j->pending.n || j->n)
		for (size_t i = 0; i < j->n; i++)
			open = open || j->attempt[i].outcome == OPEN;
	int status = LBL_OK;
	if (open) {
		check_chain(j, rpc);
		journal_sync(j);
		status = settle(j, rpc, a);
	}
	int printed = print_receipts(in, j);
	return status ? status : printed;
}
