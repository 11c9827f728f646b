/* pool-run - the loop: what is new into the journal, then one step after the other. */
#include "pool.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/slurp.h"
#include "json/write.h"

void pool_args_check(struct pool_args *a)
{
	struct err e;

	if (!a->deployment)
		cli_usage("paying by the pool wants --deployment FILE (or say --mode transfer)");
	struct buf text = slurp(a->deployment);
	if (!deployment_read(buf_str(&text), &a->d, &e))
		cli_die(LBL_CONFIG, "%s: %s", a->deployment, e.msg);
	buf_release(&text);
	a->min_credit = U256_ZERO;
	if (a->min_credit_text && !u256_from_dec(str_of(a->min_credit_text), &a->min_credit, &e))
		cli_usage("--min-credit: want an amount in base units, got \"%.40s\"", a->min_credit_text);
}

/* ---- into the journal ---------------------------------------------------------------- */

/* Does the batch say of its workers what their payments say, and come to the same? */
static void check_batch(const struct input *in, const struct batch *b)
{
	struct work *w = batch_works(b);
	struct str list = b->payments;
	struct u256 sum = U256_ZERO;
	struct json_field item;

	for (size_t i = 0; json_next(&list, &item); i++) {
		const struct payment *p = input_payment(in, item.raw);
		if (!p)
			cli_die(LBL_DATAERR, "batch %.*s makes payment %.*s, which is no payment of this input", STR_FMT(b->id),
			        STR_FMT(item.raw));
		if (p->work.index != w[i].index || p->work.units != w[i].units || p->work.score != w[i].score ||
		    p->work.bonus != w[i].bonus)
			cli_die(LBL_DATAERR, "batch %.*s: its words say something else than payment %.*s", STR_FMT(b->id),
			        STR_FMT(p->id));
		if (!u256_add(&sum, sum, p->amount))
			cli_die(LBL_DATAERR, "batch %.*s: its sum is out of range", STR_FMT(b->id));
	}
	if (u256_cmp(sum, b->total) != 0)
		cli_die(LBL_DATAERR, "batch %.*s: its payments do not come to its total", STR_FMT(b->id));
	free(w);
}

static void check_same(const struct batch *b, const struct batch *old)
{
	if (memcmp(b->data_hash, old->data_hash, 32) != 0 || memcmp(b->log_root, old->log_root, 32) != 0 ||
	    u256_cmp(b->total, old->total) != 0 || !str_eq(b->payments, old->payments))
		cli_die(LBL_DATAERR, "batch %.*s was planned before with other content (journal)", STR_FMT(b->id));
}

/* What is new first; then what was void before, unless something new has taken its payments. */
static size_t plan_new(struct pool_run *r, bool again)
{
	struct journal *j = r->act.j;
	size_t n = 0;
	struct err e;

	for (size_t i = 0; i < r->in->n_batches; i++) {
		const struct batch *b = &r->in->batch[i], *old = journal_batch(j, b->id);
		if (old && old->state != BATCH_VOID) {
			check_same(b, old);
			continue;
		}
		if (again != (old != NULL))
			continue;
		if (!journal_may_plan(j, b, &e)) {
			if (!old)
				cli_die(LBL_DATAERR, "batch %.*s: %s", STR_FMT(b->id), e.msg);
			if (old->upheld) {
				cli_warn("%s", e.msg);
				r->look_at_it = true;
			}
			continue;
		}
		check_batch(r->in, b);
		journal_plan(j, b);
		old = journal_batch(j, b->id);
		if (old->state == BATCH_SETTLED)
			cli_note("batch %llu was posted by another run, and is settled", (unsigned long long)old->number);
		else
			n++;
	}
	return n;
}

static void plan_input(struct pool_run *r)
{
	size_t n = plan_new(r, false);

	n += plan_new(r, true);
	journal_sync(r->act.j);
	if (n)
		cli_note("%zu new batch%s", n, n == 1 ? "" : "es");
}

/* Payments by transfers have no place here, and the other way round. */
static void check_input(const struct input *in, const struct journal *j)
{
	for (size_t i = 0; i < in->n_payments; i++) {
		const struct attempt *a = journal_of(j, in->payment[i].id);
		if (a && a->outcome != FAILED)
			cli_die(LBL_DATAERR, "payment %.*s is made by a transfer already (journal)", STR_FMT(in->payment[i].id));
	}
	if (in->n_tx)
		cli_die(LBL_DATAERR, "tx %.*s is a transfer, and this run pays by the pool", STR_FMT(in->tx[0].hash));
}

/* ---- the loop ------------------------------------------------------------------------ */

static struct batch *first_queued(const struct journal *j)
{
	for (size_t i = 0; i < j->batches.n; i++)
		if (j->batches.at[i].state == BATCH_QUEUED)
			return &j->batches.at[i];
	return NULL;
}

static void tell_challenged(const struct pool_view *v)
{
	struct buf who = BUF_INIT;

	address_put(&who, &v->flight.challenger);
	cli_warn("batch %llu is challenged by %s: the arbiter decides", (unsigned long long)v->now.settled + 1, who.p);
	buf_release(&who);
}

static void tell_foreign(struct pool_run *r, const struct pool_view *v)
{
	struct buf who = BUF_INIT;

	if (r->told_number == v->now.settled + 1)
		return;
	r->told_number = v->now.settled + 1;
	address_put(&who, &v->flight.poster);
	cli_warn("batch %llu, which is not of this journal, is in flight, posted by %s",
	         (unsigned long long)v->now.settled + 1, who.p);
	buf_release(&who);
}

static enum pool_step step(struct pool_run *r, const struct pool_view *v, struct batch *next, uint64_t *until_s)
{
	struct journal *j = r->act.j;

	*until_s = 0;
	if (v->flight.state != POOL_NONE) {
		struct batch *b = journal_same(j, v->flight.data_hash, v->flight.log_root);
		if (!b || b->state == BATCH_VOID) {
			tell_foreign(r, v);
			return STEP_LATER;
		}
		if (v->flight.state == POOL_CHALLENGED) {
			tell_challenged(v);
			return STEP_STOP;
		}
		/* settled, says the journal: a node that is behind itself */
		return b->state == BATCH_QUEUED ? pool_settle(r, v, b, until_s) : STEP_LATER;
	}
	/* What was settled in a block that is not final yet may be this very batch. */
	return journal_known(j) < v->now.settled ? STEP_LATER : pool_post(r, v, next, until_s);
}

static const char *time_text(uint64_t t)
{
	static char text[32];
	struct buf b = BUF_INIT;

	pool_put_time(&b, t);
	snprintf(text, sizeof text, "%s", b.p);
	buf_release(&b);
	return text;
}

/* Wait, but not for what is further off than --wait allows. */
static bool wait_for(const struct pool_run *r, const struct pool_view *v, uint64_t until_s, uint64_t *pause_ms)
{
	uint64_t now = now_ms(), left = r->act.until_ms > now ? r->act.until_ms - now : 0;
	uint64_t off = until_s > v->time ? (until_s - v->time) * 1000 : 0;

	if (left == 0 || off > left) {
		if (until_s)
			cli_warn("batch %llu can be %s from %s on: run it again", (unsigned long long)v->now.settled + 1,
			         v->flight.state == POOL_NONE ? "posted" : "settled", time_text(until_s));
		else
			cli_warn("batch %llu is not settled yet: run it again", (unsigned long long)v->now.settled + 1);
		return false;
	}
	*pause_ms = *pause_ms < 4000 ? *pause_ms + *pause_ms / 2 : 4000;
	uint64_t rest = off > *pause_ms ? off / 2 : *pause_ms;
	rest = rest > 15000 ? 15000 : rest;
	sleep_ms(rest < left ? rest : left);
	return true;
}

static int loop(struct pool_run *r)
{
	const struct journal *j = r->act.j;
	uint64_t first_pause = r->act.send->poll_ms, pause = first_pause, until_s;
	struct batch *next;

	for (;;) {
		struct pool_view v = pool_look(r);
		pool_learn(r, &v);
		next = first_queued(j);
		if (!next)
			return LBL_OK;
		switch (step(r, &v, next, &until_s)) {
		case STEP_AGAIN:
			pause = first_pause;
			break;
		case STEP_STOP:
			return LBL_FOUND;
		case STEP_LATER:
			if (!wait_for(r, &v, until_s, &pause))
				return LBL_TEMPFAIL;
			break;
		}
	}
}

/* ---- what is printed ----------------------------------------------------------------- */

static void put_tx(struct input *in, const struct attempt *a, const struct batch *b, struct buf *text)
{
	struct signed_tx t = a->tx;

	if (intern_find(&in->acted, t.hash) != INTERN_NONE)
		return;
	t.payments = b->payments;
	buf_reset(text);
	buf_adds(text, "{\"kind\":\"tx\"");
	put_tx_fields(text, &t);
	spool_add(&in->lines, buf_str(text));
}

static void put_paid(struct buf *text, const struct batch *b, struct str unpaid)
{
	struct str list = b->payments, not;
	struct json_field item, other;
	bool first = true;

	json_put_key(text, "payments");
	buf_addc(text, '[');
	while (json_next(&list, &item)) {
		bool paid = true;
		for (not = unpaid; not.n && json_next(&not, &other); )
			paid = paid && !str_eq(item.raw, other.raw);
		if (!paid)
			continue;
		buf_addf(text, "%s\"%.*s\"", first ? "" : ",", STR_FMT(item.raw));
		first = false;
	}
	buf_addc(text, ']');
}

static void put_receipt(struct input *in, const struct batch *b, const struct settled *s, struct buf *text)
{
	struct buf hash = BUF_INIT;

	buf_reset(text);
	buf_adds(text, "{\"kind\":\"receipt\"");
	buf_adds(&hash, "0x");
	hex_put(&hash, s->hash, 32);
	json_put_kstr(text, "hash", buf_str(&hash));
	json_put_kuint(text, "status", 1);
	json_put_kuint(text, "block", s->block);
	json_put_kuint(text, "gas", s->gas);
	put_paid(text, b, s->unpaid);
	buf_addc(text, '}');
	spool_add(&in->lines, buf_str(text));
	buf_release(&hash);
}

static void print_one(struct input *in, const struct journal *j, const struct batch *b, struct buf *text)
{
	struct buf about = BUF_INIT;

	if (intern_find(&in->batch_ids, b->id) == INTERN_NONE) {
		buf_reset(text);
		buf_adds(text, "{\"kind\":\"batch\"");
		put_batch_fields(text, b);
		buf_addc(text, '}');
		spool_add(&in->lines, buf_str(text));
	}
	buf_addf(&about, "[\"%.*s\"]", STR_FMT(b->id));
	for (size_t i = b->since; i < j->n; i++) {
		const struct attempt *a = &j->attempt[i];
		if (a->tx.action.n && a->outcome == PAID && str_eq(a->tx.payments, buf_str(&about)))
			put_tx(in, a, b, text);
	}
	if (b->state == BATCH_SETTLED)
		put_receipt(in, b, journal_number(j, b->number), text);
	buf_release(&about);
}

static bool *wanted(const struct input *in, const struct journal *j)
{
	bool *want = mem_zalloc(j->batches.n, sizeof *want);

	for (size_t i = 0; i < in->n_payments; i++) {
		const struct batch *b = journal_planned(j, in->payment[i].id);
		if (b)
			want[b - j->batches.at] = true;
	}
	for (uint32_t i = 0; i < in->known.n; i++) {
		const struct batch *b = journal_planned(j, intern_str(&in->known, i));
		if (b)
			want[b - j->batches.at] = true;
	}
	for (size_t i = 0; i < j->batches.n; i++)
		want[i] = want[i] || j->batches.at[i].fresh;
	return want;
}

int pool_print(struct input *in, const struct journal *j)
{
	size_t settled = 0, open = 0, left_out = 0;
	bool *want = wanted(in, j);
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < j->batches.n; i++) {
		const struct batch *b = &j->batches.at[i];
		if (!want[i] || b->state == BATCH_VOID)
			continue;
		print_one(in, j, b, &text);
		*(b->state == BATCH_SETTLED ? &settled : &open) += b->n_payments;
	}
	for (size_t i = 0; i < in->n_payments; i++)
		left_out += !journal_planned(j, in->payment[i].id) && !u256_is_zero(in->payment[i].amount);
	cli_note("%zu payments in settled batches, %zu in batches under way", settled, open);
	if (left_out)
		cli_warn("%zu payments are in no batch: they are not paid", left_out);
	buf_release(&text);
	free(want);
	return left_out ? LBL_FOUND : LBL_OK;
}

/* ---- all of it ----------------------------------------------------------------------- */

static bool is_idle(const struct input *in, const struct journal *j)
{
	for (size_t i = 0; i < in->n_batches; i++) {
		const struct batch *old = journal_batch(j, in->batch[i].id);
		if (!old || old->state == BATCH_VOID)
			return false;
	}
	return !journal_is_open(j) && !first_queued(j);
}

int do_pool(struct input *in, const struct pool_args *a, const struct send_args *send, bool look, struct rpc *rpc,
            struct journal *j)
{
	struct pool_run r = { .in = in, .d = &a->d, .act = { .j = j, .rpc = rpc, .key = send->key, .fee = send->fee,
	                                                    .send = send,
	                      .chain = a->d.chain_id, .until_ms = a->until_ms } };
	bool idle = is_idle(in, j) && !look;
	int status = LBL_OK;

	check_input(in, j);
	journal_pool(j, a->d.chain_id, &a->d.pool.address);
	if (!idle) {
		check_deployment(rpc, &a->d);
		if (journal_is_open(j))
			status = engine_run(j, rpc, send, r.act.until_ms);
	}
	plan_input(&r);                 /* nothing new: but is what is there the same? */
	if (!idle && status != LBL_TEMPFAIL)
		status = loop(&r);
	return status ? status : r.look_at_it ? LBL_FOUND : LBL_OK;
}
