/* check - what must hold before anything is signed or sent. */
#include "payout.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "journal.h"

/* ---- the input against itself and the journal -------------------------------------- */

static void check_tx(const struct input *in, const struct signed_tx *t)
{
	const struct payment *p = input_payment(in, t->first);
	struct err e;

	if (!p)
		cli_die(LBL_DATAERR, "tx %.*s pays %.*s, which is no payment of this input", STR_FMT(t->hash),
		        STR_FMT(t->first));
	if (!signed_tx_check(t, p, &e))
		cli_die(LBL_DATAERR, "tx %.*s: %s", STR_FMT(t->hash), e.msg);
}

/* A payment that the journal knows must be the same payment still. */
static void check_attempt(const struct payment *p, const struct attempt *a)
{
	struct err e;

	if (!signed_tx_check(&a->tx, p, &e))
		cli_die(LBL_DATAERR, "payment %.*s was signed before with other content (journal): %s",
		        STR_FMT(p->id), e.msg);
}

/* A payment is paid once, in one token: which of two is meant is not for us to guess. */
static void check_token_kept(const struct journal *j, const struct signed_tx *t)
{
	const struct attempt *a = journal_of(j, t->first);

	if (a && a->outcome != FAILED && !address_eq(&a->tx.to, &t->to))
		cli_die(LBL_DATAERR, "payment %.*s was signed before in another token (journal)", STR_FMT(t->first));
}

/* Its transaction was mined and failed, says the journal.  Before another one is made:
 * is that still so?  A block may have left the chain, and the transaction may be mined
 * again, this time with success. */
static void look_again(struct rpc *rpc, struct journal *j, struct attempt *a, uint64_t confirmations)
{
	struct eth_receipt rc = { 0 };
	struct rpc_error re;
	uint64_t below, used;
	uint8_t hash[32];
	bool good = false;

	BUG_ON(!hex_get((struct str){ a->tx.hash.p + 2, 64 }, hash, 32));
	check_nodes(rpc);
	enum rpc_status st = believed(rpc, confirmations, &below, &re);
	if (st == RPC_OK)
		st = eth_nonce(rpc, &a->tx.from, "latest", &used, &re);
	if (st == RPC_OK)
		st = eth_receipt(rpc, hash, &rc, &re);
	if (st == RPC_OK && rc.found)
		st = canonical(rpc, &rc, &good, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "receipt", &re);
	bool deep = rc.found && good && rc.block < below;
	if (deep && rc.ok)
		journal_mined(j, intern_find(&j->hashes, a->tx.hash), true, rc.block, rc.gas_used);
	else if (rc.found ? !deep : used <= a->tx.nonce)
		a->outcome = OPEN;      /* it can be mined yet: so it is waited for, and not replaced */
}

static bool has_other_tx(const struct input *in, const struct journal *j, const struct attempt *a)
{
	for (size_t i = 0; i < in->n_tx; i++)
		if (str_eq(in->tx[i].first, a->tx.first) && !journal_tried(j, a, in->tx[i].hash))
			return true;
	return false;
}

void do_check(const struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j)
{
	for (size_t i = 0; i < in->n_payments; i++) {
		struct attempt *old = journal_of(j, in->payment[i].id);
		const struct batch *b = journal_planned(j, in->payment[i].id);
		if (b)
			cli_die(LBL_DATAERR, "payment %.*s is made by batch %.*s already (journal)", STR_FMT(in->payment[i].id),
			        STR_FMT(b->id));
		if (!old)
			continue;
		check_attempt(&in->payment[i], old);
		if (old->outcome == FAILED && (in->plan || has_other_tx(in, j, old)))
			look_again(rpc, j, old, a->confirmations);
	}
	for (size_t i = 0; i < in->n_tx; i++) {
		check_tx(in, &in->tx[i]);
		check_token_kept(j, &in->tx[i]);
	}
}

/* ---- new transactions against the chain ------------------------------------------- */

static int by_sender(const void *a, const void *b)
{
	const struct signed_tx *const *x = a, *const *y = b;
	int c = memcmp((*x)->from.b, (*y)->from.b, 20);

	return c ? c : ((*x)->nonce > (*y)->nonce) - ((*x)->nonce < (*y)->nonce);
}

static bool is_mined(struct rpc *rpc, const struct signed_tx *t)
{
	struct eth_receipt rc;
	struct rpc_error re;
	uint8_t hash[32];

	BUG_ON(!hex_get((struct str){ t->hash.p + 2, 64 }, hash, 32));
	enum rpc_status st = eth_receipt(rpc, hash, &rc, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "receipt", &re);
	return rc.found;
}

static void ask_nonce(struct rpc *rpc, const struct address *from, const char *tag, uint64_t *nonce)
{
	struct rpc_error re;
	enum rpc_status st = eth_nonce(rpc, from, tag, nonce, &re);

	if (st != RPC_OK)
		rpc_die(rpc, st, "nonce", &re);
}

/* A nonce below `used` is gone; one above `next` would wait for transactions that nobody
 * has made.  Once in the journal, either would block its payment.  One that this run has
 * got from the node itself is the node's fault: it lags behind itself, and not for ever. */
static void check_nonce(const struct signed_tx *t, bool ours, uint64_t used, uint64_t *next, struct rpc *rpc,
                        const struct journal *j)
{
	const struct attempt *same = journal_nonce(j, &t->from, t->nonce);

	if (ours && ((t->nonce < used && !is_mined(rpc, t)) || t->nonce > *next))
		cli_die(LBL_TEMPFAIL, "%s: the node has said two things of the payer's next nonce, %llu and %llu: run it again",
		        rpc_where(rpc), (unsigned long long)t->nonce, (unsigned long long)*next);
	if (same)
		cli_die(LBL_DATAERR, "tx %.*s has nonce %llu, which the journal has used for %.*s: sign again",
		        STR_FMT(t->hash), (unsigned long long)t->nonce, STR_FMT(same->tx.hash));
	if (t->nonce < used && !is_mined(rpc, t))
		cli_die(LBL_DATAERR, "tx %.*s has nonce %llu, which another transaction has used: sign again",
		        STR_FMT(t->hash), (unsigned long long)t->nonce);
	if (t->nonce > *next)
		cli_die(LBL_DATAERR, "tx %.*s has nonce %llu, but no transaction has nonce %llu: sign again, "
		        "or send those before it first", STR_FMT(t->hash), (unsigned long long)t->nonce,
		        (unsigned long long)*next);
	if (t->nonce == *next)
		++*next;
}

void check_new(const struct signed_tx **t, size_t n, const struct signed_tx *ours, struct rpc *rpc, const struct journal *j)
{
	uint64_t used = 0, next = 0;

	qsort(t, n, sizeof *t, by_sender);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !address_eq(&t[i]->to, &t[i - 1]->to))
			check_token(rpc, &t[i]->to);
		if (i == 0 || !address_eq(&t[i]->from, &t[i - 1]->from)) {
			ask_nonce(rpc, &t[i]->from, "latest", &used);
			ask_nonce(rpc, &t[i]->from, "pending", &next);
			uint64_t known = journal_next_nonce(j, &t[i]->from);
			if (next < known)
				next = known;
			if (next < used)
				next = used;
		} else if (t[i]->nonce == t[i - 1]->nonce) {
			cli_die(LBL_DATAERR, "tx %.*s and %.*s have the same nonce: only one of them can be mined",
			        STR_FMT(t[i - 1]->hash), STR_FMT(t[i]->hash));
		}
		check_nonce(t[i], t[i] >= ours, used, &next, rpc, j);
	}
}
