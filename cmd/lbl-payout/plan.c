/* plan - scores to payments: the stage does it, here is what is said about it. */
#include "payout.h"

#include "io/cli.h"
#include "io/out.h"

struct plan_ctx {
	struct input *in;
	struct json_record rec;
};

/* What is printed is also what the next step works on. */
static void keep(void *ctx, struct str line)
{
	struct plan_ctx *c = ctx;
	struct err e;

	spool_add(&c->in->lines, line);
	if (!json_read(&c->rec, line, &e))
		BUG_ON(true);
	const struct json_field *kind = json_get(&c->rec, STR("kind"));
	if (str_is(kind->raw, "payment") && !input_add_payment(c->in, &c->rec, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
}

static void tell_over(const struct plan_args *a, const struct plan_total *t)
{
	struct buf b = BUF_INIT;

	u256_put_dec(&b, t->sum);
	buf_adds(&b, " base units would be paid, and the budget is ");
	u256_put_dec(&b, a->options.budget);
	cli_warn("%s: nothing is paid (--over prorate scales the payments down)", b.p);
	buf_release(&b);
}

static void tell(const struct plan_total *t)
{
	struct buf b = BUF_INIT;

	u256_put_dec(&b, t->sum);
	cli_note("%llu of %llu workers are paid %s base units in all", (unsigned long long)t->paid,
	         (unsigned long long)t->payments, b.p);
	buf_release(&b);
}

bool do_plan(struct input *in, const struct plan_args *a)
{
	struct plan_ctx c = { in, { 0 } };
	struct sink out = { .line = keep, .ctx = &c };
	struct err e;

	plan_set(in->plan, &a->options);
	if (!stage_plan.run(in->plan, &out, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
	json_record_release(&c.rec);
	struct plan_total t = plan_total(in->plan);
	if (t.over)
		tell_over(a, &t);
	else
		tell(&t);
	return !t.over;
}
