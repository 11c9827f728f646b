/* pool-look - what the chain says of batches, and what of it is sure. */
#include "pool.h"

#include <stdlib.h>

#include "base/mem.h"
#include "chain/pool-events.h"
#include "io/cli.h"

/* ---- one look ------------------------------------------------------------------------ */

static enum rpc_status ask(const struct pool_run *r, uint64_t block, struct pool_account *account,
                           struct pool_batch *flight, struct rpc_error *e)
{
	struct buf tag = BUF_INIT;

	u64_put_quantity(&tag, block);
	enum rpc_status st = pool_get_account(r->act.rpc, &r->d->pool.address, tag.p, account, e);
	if (st == RPC_OK)
		st = pool_get_batch(r->act.rpc, &r->d->pool.address, tag.p, flight, e);
	buf_release(&tag);
	return st;
}

/* Both questions of a pair are about the same block, by its number: else a batch could be settled between them. */
static enum rpc_status look(const struct pool_run *r, struct pool_view *v, struct rpc_error *e)
{
	struct rpc *rpc = r->act.rpc;
	struct eth_block latest = { 0 };
	uint64_t below = 0;

	*v = (struct pool_view){ 0 };
	enum rpc_status st = believed(rpc, r->act.send->confirmations, &below, e);
	if (st == RPC_OK)
		st = eth_block(rpc, "latest", &latest, e);
	if (st == RPC_OK && !latest.found)
		st = rpc_bad(e, "eth_getBlockByNumber", "there is no latest block");
	if (st != RPC_OK)
		return st;
	v->block = latest.number;
	v->time = latest.time;
	v->sure_block = below ? below - 1 : 0;
	st = ask(r, v->block, &v->now, &v->flight, e);
	if (v->sure_block >= v->block) {
		v->sure = v->now;
		v->sure_flight = v->flight;
		v->sure_block = v->block;
	} else if (st == RPC_OK && v->sure_block >= r->d->block) {
		st = ask(r, v->sure_block, &v->sure, &v->sure_flight, e);
	}                               /* else: there was no pool yet */
	return st;
}

enum { LOOKS = 5, PAUSE_MS = 400 };

/* A block may leave the chain while it is asked about, and the node then says that there is none such. */
struct pool_view pool_look(const struct pool_run *r)
{
	struct pool_view v;
	struct rpc_error re;
	enum rpc_status st;

	for (int i = 1; (st = look(r, &v, &re)) == RPC_ERROR && i < LOOKS; i++)
		sleep_ms(PAUSE_MS);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "the pool", &re);
	return v;
}

/* ---- settled ------------------------------------------------------------------------- */

/* Who of a settled batch was banned when it was settled, and so was not paid. */
static struct str unpaid(const struct pool_run *r, const struct batch *b, uint64_t block)
{
	struct work *w = batch_works(b);
	uint32_t *index = mem_alloc(b->n_payments, sizeof *index);
	struct pool_lane *lane = mem_alloc(b->n_payments, sizeof *lane);
	bool *banned = mem_zalloc(b->n_payments, sizeof *banned);
	struct buf tag = BUF_INIT, list = BUF_INIT;
	struct str rest = b->payments, out = { "", 0 };
	struct json_field item;
	struct rpc_error re;

	for (size_t i = 0; i < b->n_payments; i++)
		index[i] = w[i].index;
	u64_put_quantity(&tag, block);
	enum rpc_status st = pool_lanes(r->act.rpc, &r->d->pool.address, &r->d->registry.address, index, b->n_payments, tag.p,
	                                lane, banned, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "bans", &re);
	for (size_t i = 0; json_next(&rest, &item); i++)
		if (banned[i])
			buf_addf(&list, "%c\"%.*s\"", list.n ? ',' : '[', STR_FMT(item.raw));
	if (list.n) {
		buf_addc(&list, ']');
		out = arena_str(&r->act.j->text, buf_str(&list));
	}
	buf_release(&tag);
	buf_release(&list);
	free(banned);
	free(lane);
	free(index);
	free(w);
	return out;
}

static void put_total(struct buf *b, const struct settled *s, const struct batch *x)
{
	u256_put_dec(b, s->total);
	buf_adds(b, " base units, and ");
	u256_put_dec(b, x->total);
	buf_adds(b, " were planned");
}

void pool_settled_now(struct pool_run *r, struct settled *s)
{
	struct batch *b = journal_same(r->act.j, s->data_hash, s->log_root);
	struct buf text = BUF_INIT;

	if (b && u256_cmp(b->total, s->total) != 0) {
		s->unpaid = unpaid(r, b, s->block);
		put_total(&text, s, b);
		cli_warn("batch %llu was settled with %s%s", (unsigned long long)s->number, text.p,
		         s->unpaid.n ? ": workers were banned meanwhile" : "");
		r->look_at_it = true;
	}
	journal_settled(r->act.j, s);
	buf_release(&text);
}

static void note_gas(const struct pool_run *r, struct settled *s)
{
	struct eth_receipt rc = { 0 };
	struct rpc_error re;

	enum rpc_status st = eth_receipt(r->act.rpc, s->hash, &rc, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "receipt", &re);
	s->gas = rc.gas_used;
}

/* A batch is what was last posted under its number. */
static const struct pool_event *posting_of(const struct pool_event *ev, size_t i)
{
	for (size_t k = i; k-- > 0; )
		if (ev[k].kind == POOL_EVENT_POSTED && ev[k].batch == ev[i].batch)
			return &ev[k];
	return NULL;
}

static void learn_settled(struct pool_run *r, const struct pool_event *ev, size_t n)
{
	struct journal *j = r->act.j;

	for (size_t i = 0; i < n; i++) {
		const struct pool_event *post = posting_of(ev, i);
		if (ev[i].kind != POOL_EVENT_SETTLED || journal_number(j, ev[i].batch))
			continue;
		if (!post)
			cli_die(LBL_UNAVAILABLE, "%s: batch %llu was settled and never posted, by its logs", rpc_where(r->act.rpc),
			        (unsigned long long)ev[i].batch);
		struct settled s = { .number = ev[i].batch, .block = ev[i].block, .total = ev[i].total };
		memcpy(s.data_hash, post->data_hash, 32);
		memcpy(s.log_root, post->log_root, 32);
		memcpy(s.hash, ev[i].tx, 32);
		const struct batch *b = journal_same(j, s.data_hash, s.log_root);
		note_gas(r, &s);
		if (b && !pool_posted_here(j, b))
			cli_note("batch %llu was posted by another run, and is settled", (unsigned long long)s.number);
		pool_settled_now(r, &s);
	}
}

/* All numbers up to the last one that is surely settled: which of them are ours, by whomever they were
 * posted?  Numbers that the journal has are not asked for again. */
static void learn_numbers(struct pool_run *r, const struct pool_view *v)
{
	struct journal *j = r->act.j;
	uint64_t known = journal_known(j), from = r->d->block;
	struct pool_event *ev = NULL;
	struct rpc_error re;
	size_t n = 0;

	if (known >= v->sure.settled)
		return;
	if (known)
		from = journal_number(j, known)->block;
	else if (!j->n_tries)
		cli_note("%llu batches of this pool are settled, and the journal knows none of them: looking for ours",
		         (unsigned long long)v->sure.settled);
	enum rpc_status st = pool_events(r->act.rpc, &r->d->pool.address, from, v->sure_block, &ev, &n, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "logs of the pool", &re);
	learn_settled(r, ev, n);
	free(ev);
	if (journal_known(j) < v->sure.settled)
		cli_die(LBL_UNAVAILABLE, "%s: %llu batches are settled, and there are no logs of batch %llu", rpc_where(r->act.rpc),
		        (unsigned long long)v->sure.settled, (unsigned long long)(journal_known(j) + 1));
}

/* ---- void ---------------------------------------------------------------------------- */

const struct attempt *pool_posted_here(const struct journal *j, const struct batch *b)
{
	struct buf about = BUF_INIT;
	const struct attempt *found = NULL;

	buf_addf(&about, "[\"%.*s\"]", STR_FMT(b->id));
	for (size_t i = j->n; i-- > b->since && !found; )
		if (str_is(j->attempt[i].tx.action, "post") && str_eq(j->attempt[i].tx.payments, buf_str(&about)))
			found = &j->attempt[i];
	buf_release(&about);
	return found;
}

/* How did it end?  Where no log tells, it counts as judged to be wrong: that one is not posted again by itself. */
static bool was_upheld(const struct pool_run *r, const struct pool_view *v, uint64_t number, uint64_t from)
{
	struct pool_event *ev = NULL;
	struct rpc_error re;
	bool upheld = true;
	size_t n = 0;

	enum rpc_status st = pool_events(r->act.rpc, &r->d->pool.address, from, v->sure_block, &ev, &n, &re);
	if (st != RPC_OK && st != RPC_ERROR)
		rpc_die(r->act.rpc, st, "logs of the pool", &re);
	for (size_t i = 0; i < n; i++) {
		if (ev[i].batch == number && ev[i].kind == POOL_EVENT_VOIDED)
			upheld = false;
		if (ev[i].batch == number && ev[i].kind == POOL_EVENT_RESOLVED && ev[i].upheld)
			upheld = true;
	}
	free(ev);
	return upheld;
}

static bool is_flight(const struct pool_batch *f, const struct batch *b)
{
	return f->state != POOL_NONE && memcmp(f->data_hash, b->data_hash, 32) == 0 &&
		memcmp(f->log_root, b->log_root, 32) == 0;
}

/* We posted it, surely, and it is surely not there any more; what is settled was noted before. */
static void learn_void(struct pool_run *r, const struct pool_view *v, struct batch *b)
{
	const struct attempt *post = pool_posted_here(r->act.j, b);

	if (!post || post->outcome != PAID || post->block > v->sure_block || is_flight(&v->sure_flight, b))
		return;
	bool upheld = was_upheld(r, v, post->tx.batch, post->block);
	cli_warn(upheld ? "batch %llu is void: it was challenged, and judged to be wrong; its scores have to change" :
	         "batch %llu is void, without a judgement: its payments can be planned again",
	         (unsigned long long)post->tx.batch);
	r->look_at_it = true;
	journal_void(r->act.j, b, post->tx.batch, upheld);
}

void pool_learn(struct pool_run *r, const struct pool_view *v)
{
	struct batches *s = &r->act.j->batches;

	learn_numbers(r, v);
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].state == BATCH_QUEUED)
			learn_void(r, v, &s->at[i]);
	journal_sync(r->act.j);
}
