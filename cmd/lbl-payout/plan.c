/* plan - scores to payments: the stage does it, here is what is said about it. */
#include "payout.h"

#include "io/cli.h"
#include "io/out.h"

struct plan_ctx {
	struct input *in;
	bool print_only;                /* no next step, and nothing in the input that it could contradict */
	struct json_record rec;
};

/* What is printed is also what the next step works on. */
static void keep(void *ctx, struct str line)
{
	struct plan_ctx *c = ctx;
	struct err e;

	spool_add(&c->in->lines, line);
	if (c->print_only)
		return;
	if (!json_read(&c->rec, line, &e))
		BUG_ON(true);
	const struct json_field *kind = json_get(&c->rec, STR("kind"));
	if ((str_is(kind->raw, "payment") && !input_add_payment(c->in, &c->rec, &e)) ||
	    (str_is(kind->raw, "batch") && !input_add_batch(c->in, &c->rec, &e)))
		cli_die(LBL_DATAERR, "%s", e.msg);
}

static void put_units(struct buf *b, const char *before, struct u256 v)
{
	buf_adds(b, before);
	u256_put_dec(b, v);
}

static void tell_over(const struct plan_args *a, const struct plan_total *t)
{
	struct buf b = BUF_INIT;

	if (t->limit == PLAN_BATCH) {
		put_units(&b, "", t->pay);
		put_units(&b, " base units, and a batch of this pool pays no more than ", t->most);
		cli_warn("%.*s would be paid %s: nothing is paid", STR_FMT(t->worker), b.p);
	} else if (t->limit == PLAN_PERIOD) {
		put_units(&b, "", t->sum);
		put_units(&b, " base units would be paid, and until its period ends this pool pays no more than ", t->most);
		cli_warn("%s: nothing is paid", b.p);
	} else {
		put_units(&b, "", t->sum);
		put_units(&b, " base units would be paid, and the budget is ", a->options.budget);
		cli_warn("%s: nothing is paid%s", b.p, a->options.pool ? "" : " (--over prorate scales the payments down)");
	}
	buf_release(&b);
}

static void tell_left_out(const struct plan_total *t)
{
	if (t->banned)
		cli_note("%llu workers are banned: they are paid nothing", (unsigned long long)t->banned);
	if (t->full)
		cli_warn("%llu workers have more credit than the pool can add to: they are paid nothing until it is withdrawn",
		         (unsigned long long)t->full);
	if (t->strangers)
		cli_warn("%llu workers are not registered: they are paid nothing until they are", (unsigned long long)t->strangers);
}

static void tell(const struct plan_total *t)
{
	struct buf b = BUF_INIT;

	u256_put_dec(&b, t->sum);
	cli_note("%llu of %llu workers are paid %s base units in all", (unsigned long long)t->paid,
	         (unsigned long long)t->payments, b.p);
	buf_release(&b);
	tell_left_out(t);
}

/* ---- limits -------------------------------------------------------------------------- */

/* What a plan comes to, before any of it is kept. */
struct measure {
	struct json_record rec;
	struct arena text;
	struct u256 sum, most;
	struct str worker, epoch;       /* who gets the most; for when */
};

static void measure(void *ctx, struct str line)
{
	struct measure *m = ctx;
	struct arena scratch = { 0 };
	struct rec_payment p;
	struct u256 amount;
	struct err e;

	BUG_ON(!json_read(&m->rec, line, &e));
	if (str_is(json_get(&m->rec, STR("kind"))->raw, "payment")) {
		BUG_ON(!rec_payment(&m->rec, &scratch, &p, &e) || !u256_from_dec(p.amount, &amount, &e) ||
		       !u256_add(&m->sum, m->sum, amount));
		if (!m->epoch.n)
			m->epoch = arena_str(&m->text, p.epoch);
		if (u256_cmp(amount, m->most) > 0) {
			m->most = amount;
			m->worker = arena_str(&m->text, p.worker);
		}
	}
	arena_release(&scratch);
}

static bool within_most(const struct measure *m, struct u256 most)
{
	struct buf b = BUF_INIT;

	if (u256_cmp(m->most, most) <= 0)
		return true;
	u256_put_dec(&b, m->most);
	buf_adds(&b, " base units, and --max-per-worker is ");
	u256_put_dec(&b, most);
	cli_warn("%.*s would be paid %s: nothing is paid", STR_FMT(m->worker), b.p);
	buf_release(&b);
	return false;
}

/* The payments of the last other epoch that the input holds. */
static bool last_epoch(const struct input *in, struct str epoch, struct str *last, struct u256 *sum)
{
	*last = (struct str){ "", 0 };
	*sum = U256_ZERO;
	for (size_t i = in->n_payments; i-- > 0; ) {
		const struct payment *p = &in->payment[i];
		if (str_eq(p->epoch, epoch))
			continue;
		if (!last->n)
			*last = p->epoch;
		if (str_eq(p->epoch, *last) && !u256_add(sum, *sum, p->amount))
			cli_die(LBL_DATAERR, "the sum of the payments is out of range");
	}
	return last->n != 0;
}

static bool within_change(const struct input *in, const struct measure *m, uint64_t percent)
{
	struct buf b = BUF_INIT;
	struct u256 before, change, allowed;
	struct str last;

	if (!last_epoch(in, m->epoch, &last, &before)) {
		cli_warn("--max-change: the input holds no payments of another epoch to compare with");
		return true;
	}
	if (u256_cmp(m->sum, before) > 0)
		u256_sub(&change, m->sum, before);
	else
		u256_sub(&change, before, m->sum);
	/* change > before * percent / 100, without a rounding */
	bool good = u256_mul(&change, change, u256_of(100)) && u256_mul(&allowed, before, u256_of(percent)) &&
		u256_cmp(change, allowed) <= 0;
	if (!good) {
		u256_put_dec(&b, m->sum);
		buf_adds(&b, " base units would be paid, after ");
		u256_put_dec(&b, before);
		cli_warn("%s for epoch \"%.*s\": more of a change than %llu %%: nothing is paid", b.p, STR_FMT(last),
		         (unsigned long long)percent);
	}
	buf_release(&b);
	return good;
}

static bool within_limits(const struct input *in, const struct plan_args *a)
{
	struct measure m = { .sum = U256_ZERO };
	struct sink out = { .line = measure, .ctx = &m };
	bool good = true;
	struct err e;

	if (!a->has_most && !a->has_change)
		return true;
	if (!stage_plan.run(in->plan, &out, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
	if (!plan_total(in->plan).over) {
		good = !a->has_most || within_most(&m, a->most);
		good = (!a->has_change || within_change(in, &m, a->change)) && good;
	}
	json_record_release(&m.rec);
	arena_release(&m.text);
	return good;
}

bool do_plan(struct input *in, const struct plan_args *a)
{
	struct plan_ctx c = { .in = in, .print_only = a->alone && in->n_payments == 0 };
	struct sink out = { .line = keep, .ctx = &c };
	struct err e;

	plan_set(in->plan, &a->options);
	if (!within_limits(in, a))
		return false;
	if (!stage_plan.run(in->plan, &out, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
	json_record_release(&c.rec);
	struct plan_total t = plan_total(in->plan);
	if (t.over)
		tell_over(a, &t);
	else
		tell(&t);
	if (t.strangers || t.full)
		in->status = LBL_FOUND;
	return !t.over;
}
