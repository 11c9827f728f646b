#include "audit/replay.h"

#include <stdlib.h>

#include "audit/segment.h"
#include "audit/subject.h"
#include "base/mem.h"

static const struct stage_class *const classes[] = { &stage_agree, &stage_score, &stage_plan };
enum { N_STAGES = sizeof classes / sizeof classes[0] };

static void open_segment(struct replay *r)
{
	for (size_t i = 0; i < N_STAGES; i++)
		r->stage[i] = classes[i]->create();
	r->seg = segment_new();
}

static void close_segment(struct replay *r)
{
	for (size_t i = 0; i < N_STAGES; i++)
		classes[i]->destroy(r->stage[i]);
	segment_free(r->seg);
}

void replay_init(struct replay *r)
{
	*r = (struct replay){ 0 };
	open_segment(r);
}

static void complain(struct replay *r, const struct json_record *rec, struct str kind, struct replay_place at,
                     const struct err *e)
{
	struct buf s = BUF_INIT;

	subject_put(&s, kind, rec);
	findings_add(&r->findings, FIND_LINE, buf_str(&s), at.file, at.line, 0, "%s", e->msg);
	buf_release(&s);
}

/* ---- recomputing ------------------------------------------------------------------ */

static void expect(void *ctx, struct str line)
{
	segment_expect(((struct replay *)ctx)->seg, line);
}

/* A run record: from here on the log must hold what this stage computes. */
static void run_again(struct replay *r, const struct json_record *rec, struct replay_place at)
{
	struct sink out = { expect, r };
	struct rec_run run;
	struct err e;

	if (!rec_run(rec, &r->scratch, &run, &e)) {
		complain(r, rec, STR("run"), at, &e);
		return;
	}
	segment_missing(r->seg, &r->findings);
	for (size_t i = 0; i < N_STAGES; i++) {
		if (!str_is(run.tool, classes[i]->tool))
			continue;
		if (!classes[i]->configure(r->stage[i], &run.options, &e) ||
		    !classes[i]->run(r->stage[i], &out, &e)) {
			segment_forget(r->seg);
			complain(r, rec, STR("run"), at, &e);
		}
	}
}

static void feed_stages(struct replay *r, struct str kind, const struct json_record *rec, struct replay_place at)
{
	struct err e;

	for (size_t i = 0; i < N_STAGES; i++)
		if (!classes[i]->take(r->stage[i], kind, rec, &e)) {
			complain(r, rec, kind, at, &e);
			return;         /* the others would say the same */
		}
}

/* ---- money ------------------------------------------------------------------------- */

static void take_payment(struct replay *r, const struct json_record *rec, struct replay_place at)
{
	struct rec_payment p;
	struct err e;

	if (!rec_payment(rec, &r->scratch, &p, &e)) {
		complain(r, rec, STR("payment"), at, &e);
		return;
	}
	uint32_t i = intern(&r->payment_ids, p.id);
	if (i < r->n_payments)
		return;                 /* the same log twice; a different amount shows as a difference */
	if (i == r->cap_payments) {
		r->cap_payments = mem_grow(r->cap_payments, (size_t)i + 64);
		r->payment = mem_realloc(r->payment, r->cap_payments, sizeof *r->payment);
	}
	struct replay_payment *new = &r->payment[r->n_payments++];
	*new = (struct replay_payment){ .line = at.line };
	new->p.id = intern_str(&r->payment_ids, i);
	new->p.worker = arena_str(&r->keep, p.worker);
	if (!u256_from_dec(p.amount, &new->p.amount, &e))
		complain(r, rec, STR("payment"), at, &e);
}

static struct replay_payment *payment_of(struct replay *r, struct str id)
{
	uint32_t i = intern_find(&r->payment_ids, id);

	return i == INTERN_NONE || i >= r->n_payments ? NULL : &r->payment[i];
}

static void tx_finding(struct replay *r, const struct json_record *rec, struct replay_place at, uint64_t other,
                       const char *why)
{
	struct buf s = BUF_INIT;

	subject_put(&s, STR("tx"), rec);
	findings_add(&r->findings, FIND_TX, buf_str(&s), at.file, at.line, other, "%s", why);
	buf_release(&s);
}

static void take_tx(struct replay *r, const struct json_record *rec, struct replay_place at)
{
	struct signed_tx t;
	struct err e;

	if (!signed_tx_read(rec, &r->keep, &t, &e)) {
		tx_finding(r, rec, at, 0, e.msg);
		return;
	}
	struct replay_payment *p = payment_of(r, t.first);
	if (!p)
		tx_finding(r, rec, at, 0, "pays something that no payment record before it asks for");
	else if (!str_eq(t.id, t.first))
		tx_finding(r, rec, at, p->line, "field \"id\" is not the payment it carries");
	if (!signed_tx_check(&t, p ? &p->p : NULL, &e))
		tx_finding(r, rec, at, p ? p->line : 0, e.msg);
	uint32_t i = intern(&r->hashes, t.hash);
	if (i < r->n_tx)
		return;
	if (i == r->cap_tx) {
		r->cap_tx = mem_grow(r->cap_tx, (size_t)i + 64);
		r->tx = mem_realloc(r->tx, r->cap_tx, sizeof *r->tx);
	}
	r->tx[r->n_tx++] = (struct replay_tx){ t, at.line };
	if (p)
		p->n_tx++;
}

static void take_receipt(struct replay *r, const struct json_record *rec, struct replay_place at)
{
	struct rec_receipt x;
	struct err e;

	if (!rec_receipt(rec, &r->scratch, &x, &e)) {
		complain(r, rec, STR("receipt"), at, &e);
		return;
	}
	uint32_t i = intern_find(&r->hashes, x.hash);
	struct buf s = BUF_INIT;
	subject_put(&s, STR("receipt"), rec);
	if (i == INTERN_NONE)
		findings_add(&r->findings, FIND_RECEIPT, buf_str(&s), at.file, at.line, 0,
		             "a receipt for a transaction that is not in the log");
	else if (!str_eq(r->tx[i].tx.payments, x.payments.raw))
		findings_add(&r->findings, FIND_RECEIPT, buf_str(&s), at.file, at.line, r->tx[i].line,
		             "names other payments than its transaction");
	else if (x.status != 1)
		findings_add(&r->findings, FIND_RECEIPT, buf_str(&s), at.file, at.line, r->tx[i].line,
		             "the transaction failed: no money has moved");
	buf_release(&s);
	if (r->n_receipts == r->cap_receipts) {
		r->cap_receipts = mem_grow(r->cap_receipts, r->n_receipts + 64);
		r->receipt = mem_realloc(r->receipt, r->cap_receipts, sizeof *r->receipt);
	}
	r->receipt[r->n_receipts++] =
		(struct replay_receipt){ i, x.status, x.block, x.gas, at.line, at.file };
}

/* ---- the log ------------------------------------------------------------------------ */

void replay_record(struct replay *r, struct str kind, const struct json_record *rec, struct str line,
                   struct replay_place at)
{
	r->records++;
	arena_reset(&r->scratch);
	if (str_is(kind, "run"))
		run_again(r, rec, at);
	r->recomputed += segment_compare(r->seg, &r->findings, kind, rec, line, at);
	segment_note(r->seg, &r->findings, &r->scratch, kind, rec, at);
	feed_stages(r, kind, rec, at);
	if (str_is(kind, "payment"))
		take_payment(r, rec, at);
	else if (str_is(kind, "tx"))
		take_tx(r, rec, at);
	else if (str_is(kind, "receipt"))
		take_receipt(r, rec, at);
}

void replay_bad(struct replay *r, bool is_mark, const char *why, struct replay_place at)
{
	findings_add(&r->findings, is_mark ? FIND_MARK : FIND_LINE, STR("{}"), at.file, at.line, 0, "%s", why);
}

void replay_boundary(struct replay *r)
{
	segment_missing(r->seg, &r->findings);
	close_segment(r);
	open_segment(r);
}

/* One payment, one successful receipt: counted over distinct transactions. */
static void count_receipts(struct replay *r)
{
	uint8_t *seen = mem_zalloc(r->n_tx, 1);

	for (size_t i = 0; i < r->n_receipts; i++) {
		const struct replay_receipt *x = &r->receipt[i];
		if (x->tx == INTERN_NONE || x->status != 1 || seen[x->tx])
			continue;
		seen[x->tx] = 1;
		struct replay_payment *p = payment_of(r, r->tx[x->tx].tx.first);
		if (p)
			p->n_paid++;
	}
	free(seen);
}

void replay_finish(struct replay *r)
{
	struct buf s = BUF_INIT;

	replay_boundary(r);
	count_receipts(r);
	for (size_t i = 0; i < r->n_payments; i++) {
		const struct replay_payment *p = &r->payment[i];
		buf_reset(&s);
		subject_put_payment(&s, p->p.id, p->p.worker);
		if (p->n_paid > 1)
			findings_add(&r->findings, FIND_TWICE, buf_str(&s), STR(""), p->line, 0,
			             "paid %u times", p->n_paid);
		else if (p->n_paid == 0 && r->n_receipts && !u256_is_zero(p->p.amount))
			findings_add(&r->findings, FIND_UNPAID, buf_str(&s), STR(""), p->line, 0,
			             "owed, and no receipt says that it was paid");
	}
	buf_release(&s);
}

void replay_release(struct replay *r)
{
	close_segment(r);
	findings_release(&r->findings);
	intern_release(&r->payment_ids);
	intern_release(&r->hashes);
	arena_release(&r->keep);
	arena_release(&r->scratch);
	free(r->payment);
	free(r->tx);
	free(r->receipt);
}
