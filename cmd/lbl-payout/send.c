/* send - transactions of the input into the journal, and receipts out of it; what is between: engine.c. */
#include "payout.h"

#include "base/mem.h"
#include "engine.h"
#include "io/cli.h"
#include "json/write.h"

/* ---- into the journal --------------------------------------------------------------- */

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
	bool idle = !journal_is_open(j);

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
		check_new(new, n, in->tx + in->n_given_tx, rpc, j);
	for (size_t i = 0; i < n; i++)
		journal_try(j, new[i]);
	free(new);
	if (kept)
		cli_note("%zu payments were signed before: the first transaction is used, not the later ones", kept);
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
	if (journal_is_open(j))
		status = engine_run(j, rpc, a, now_ms() + a->wait_s * 1000);
	int printed = print_receipts(in, j);
	return status ? status : printed;
}
