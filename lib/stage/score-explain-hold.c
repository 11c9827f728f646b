/* The default rule in words: gold, agreement, what is held, and what would raise it. */
#include "stage/score-explain.h"

static long steps_to(int64_t way, int64_t step)
{
	return way <= 0 ? 0 : (long)((way + step - 1) / step);
}

/* right answers in a row that clear */
static long right_to_clear(const struct explain *e)
{
	return steps_to(e->x->llr - e->p->clear, -(int64_t)e->p->right);
}

/* wrong answers in a row that flag */
static long wrong_to_flag(const struct explain *e)
{
	return steps_to((e->x->standing == RULE_CLEARED ? e->p->drift : e->p->flag) - e->x->llr, e->p->wrong);
}

static void n_answers(struct buf *b, long n, const char *kind)
{
	buf_addf(b, "%ld %s answer%s to gold%s", n, kind, n == 1 ? "" : "s", n == 1 ? "" : " in a row");
}

/* This rule pays little for honest work of low accuracy, and must not sound as if it knew why. */
static void effort(struct explain *e)
{
	buf_adds(&e->para, "This rule buys accuracy, not effort. Who works honestly and is right on 55 to 68 of 100 "
	         "such questions earns next to nothing by it. That is what the rule is like; it says nothing about "
	         "care or honesty.");
	explain_para(e);
}

/* ---- gold ------------------------------------------------------------------------------------- */

static void new_or_retest(struct explain *e)
{
	struct buf *b = &e->para;

	if (e->x->standing == RULE_RETEST)
		buf_addf(b, "Standing: retest. So many answers to gold were wrong that the worker was flagged, for the "
		         "%s time; this is another chance. ", e->x->flags == 1 ? "first" : "latest");
	else
		buf_adds(b, "Standing: new. What is known from gold does not decide yet, in either way. ");
	buf_addf(b, "The evidence (llr) is at %lld: a right answer moves it by %ld, a wrong one by %ld. At %ld one is "
	         "cleared, from here after ", (long long)e->x->llr, (long)e->p->right, (long)e->p->wrong,
	         (long)e->p->clear);
	n_answers(b, right_to_clear(e), "right");
	buf_addf(b, "; at %ld flagged, after ", (long)e->p->flag);
	n_answers(b, wrong_to_flag(e), "wrong");
	buf_addf(b, ". Flag number %lu stops.", (unsigned long)e->p->flags_stop);
	explain_para(e);
}

static void cleared(struct explain *e)
{
	struct buf *b = &e->para;

	buf_addf(b, "Standing: cleared. The answers to gold are good enough, so what is finished is paid. They stay "
	         "watched: the evidence (llr) is at %lld, never below 0, and at %ld one is flagged, from here "
	         "after ", (long long)e->x->llr, (long)e->p->drift);
	n_answers(b, wrong_to_flag(e), "wrong");
	buf_addc(b, '.');
	explain_para(e);
}

static void stopped(struct explain *e)
{
	buf_addf(&e->para, "Standing: stopped. So many answers to gold were wrong that the worker was flagged %lu "
	         "times, and %lu flags stop: there is no more work, and what was not paid yet is given up. It rests on "
	         "the answers to gold alone; whoever thinks that gold is wrong should have it looked at.",
	         (unsigned long)e->x->flags, (unsigned long)e->p->flags_stop);
	explain_para(e);
}

static void gold(struct explain *e)
{
	const struct rule_state *x = e->x;
	struct buf *b = &e->para;
	uint64_t share = x->gold ? (uint64_t)x->right * 10000 / x->gold : 0;

	explain_head(e, "Gold: hidden questions whose answer is known");
	if (x->gold) {
		buf_addf(b, "%lu of %lu right so far", (unsigned long)x->right, (unsigned long)x->gold);
		buf_adds(b, ": ");
		explain_percent(b, share);
		buf_addc(b, '.');
	} else {
		buf_adds(b, "None was answered so far, so nothing is known of the work, good or bad.");
	}
	explain_para(e);
	if (x->standing == RULE_CLEARED)
		cleared(e);
	else if (x->standing == RULE_STOPPED)
		stopped(e);
	else
		new_or_retest(e);
	if (x->standing == RULE_STOPPED || x->standing == RULE_RETEST || (x->gold >= 8 && share < 7000))
		effort(e);
}

/* ---- agreement ---------------------------------------------------------------------------------- */

static void why_waiting(struct explain *e, const struct rule_block *k)
{
	struct buf *b = &e->para;

	if (k->status == RULE_OPEN)
		buf_addf(b, "Too few labels have a peer, fewer than %lu: joined to the next epoch.",
		         (unsigned long)e->p->join_below);
	else if (e->x->held)
		buf_adds(b, "Held: see below.");
	else if (e->t->run.alarm && e->p->halt)
		buf_adds(b, "Waits: the alarm is on, see below.");
	else
		buf_adds(b, "Waits until the worker is cleared.");
}

static void compared(struct explain *e, const struct rule_block *k)
{
	const struct rule_epoch *of = tell_evaluated(e->t, k->to);

	if (!of || !of->cleared)
		return;
	buf_addf(&e->para, " (the median of %lu cleared %s is %lu)", (unsigned long)of->cleared,
	         of->cleared == 1 ? "person" : "people", (unsigned long)of->median);
}

static void block(struct explain *e, const struct rule_block *k)
{
	struct buf *b = &e->para;

	explain_epoch(e, k->from);
	if (k->to > k->from) {
		buf_adds(b, " to ");
		explain_epoch(e, k->to);
	}
	buf_addf(b, ": %lu %s, %llu on tasks that a peer answered "
	         "too. ", (unsigned long)k->units, k->units == 1 ? "unit" : "units",
	         (unsigned long long)k->labels);
	if (k->status != RULE_OPEN && k->labels) {
		buf_adds(b, "Agreement beyond chance ");
		explain_bp(b, k->agreement);
		compared(e, k);
		buf_addf(b, "; with %lu labels of %lu to begin with the bonus is ", (unsigned long)e->p->shrink_n,
		         (unsigned long)e->p->shrink_bp);
		explain_bp(b, k->bonus);
		buf_adds(b, ", which multiplies pay by ");
		explain_percent(b, rule_mult_bonus(k->bonus));
		buf_adds(b, ". ");
	} else if (k->status != RULE_OPEN) {
		buf_adds(b, "Without a peer the bonus is 0. ");
	}
	if (k->status == RULE_PAID) {
		buf_adds(b, "Released now, with score ");
		explain_bp(b, k->score);
		buf_addc(b, '.');
	} else if (k->status == RULE_VOID) {
		buf_adds(b, e->x->standing == RULE_STOPPED ? "Given up: the worker is stopped." :
		         "Given up: the campaign is over, and the worker was not cleared.");
	} else {
		why_waiting(e, k);
	}
	explain_item(e);
}

/* units of this epoch, which are no block yet */
static uint64_t units_now(const struct explain *e)
{
	const struct score *s = e->b->s;
	uint64_t n = 0;

	for (size_t i = 0; i < s->labels.n; i++) {
		uint8_t f = e->b->fate[s->n_past + i];
		n += (f & FATE_COUNTS) && (f & FATE_CLASS) && e->b->identity[s->labels.worker[i]] == e->who;
	}
	return n;
}

static bool is_now(const struct explain *e, const struct rule_block *k)
{
	return k->from <= e->t->now && e->t->now <= k->to;
}

static void agreement(struct explain *e)
{
	struct buf *b = &e->para;
	uint64_t now = units_now(e);
	size_t n = 0;

	explain_head(e, "Agreement with others, which decides how much");
	for (size_t i = 0; i < e->t->run.n_blocks; i++) {
		const struct rule_block *k = &e->t->run.block[i];
		if (k->who != e->who)
			continue;
		block(e, k);
		n++;
		if (is_now(e, k))
			now = 0;
	}
	if (now) {
		explain_epoch(e, e->t->now);
		buf_addf(b, ": %llu %s. How far they agree with others is counted when the next epoch "
		         "ends%s", (unsigned long long)now,
		         now == 1 ? "unit" : "units",
		         e->x->standing == RULE_STOPPED ? "; who is stopped then is not paid." :
		         ", and they are paid then if the worker is cleared.");
		explain_item(e);
	} else if (!n) {
		buf_adds(b, "There is no work to compare.");
		explain_para(e);
	}
}

/* ---- what is held --------------------------------------------------------------------------------- */

static void tenth(struct buf *b, double x)
{
	uint64_t v = (uint64_t)(x * 10 + 0.5);

	buf_addf(b, "%llu.%llu", (unsigned long long)(v / 10), (unsigned long long)(v % 10));
}

static void copies(struct explain *e)
{
	struct tell_lone all = tell_lone(e->t, e->b->n_identities);
	uint64_t seen, lone;
	double expected = tell_expected(&all, e->x, &seen, &lone);
	struct buf *b = &e->para;

	if (!e->x->held)
		return;
	explain_head(e, "Held: a person has to look");
	buf_addf(b, "%llu answers came after those of others to the same task, and %llu of them %s unlike all of "
	         "those. Cleared people in the same places "
	         "dissent ", (unsigned long long)seen, (unsigned long long)lone, lone == 1 ? "was" : "were");
	tenth(b, expected);
	buf_adds(b, " times. Who copies never does.");
	explain_para(e);
	buf_addf(b, "%lu answers agreed with either the first or the last of their task, where these two differ, and "
	         "%lu of them with the first.", (unsigned long)e->x->between, (unsigned long)e->x->early);
	if (all.between) {
		buf_adds(b, " With cleared people it is ");
		tenth(b, 100. * (double)all.early / (double)all.between);
		buf_adds(b, " of 100. Who does not look at what others say agrees with the one about as often as with the "
		         "other; who copies, with the first.");
	}
	explain_para(e);
	buf_adds(b, "None of this is proof. Nothing is taken: what is due waits until somebody has looked.");
	explain_para(e);
}

static void alarm(struct explain *e)
{
	const struct rule_epoch *of = e->t->run.n_epochs ? &e->t->run.epoch[e->t->run.n_epochs - 1] : NULL;

	if (!e->t->run.alarm || !of)
		return;
	explain_head(e, "The alarm is on, for everybody");
	buf_addf(&e->para, "The median agreement of %lu cleared %s is %lu, below %lu: gold may be known to a ring, and "
	         "nobody can tell who is right before there is new gold.%s This says nothing about one "
	         "worker.", (unsigned long)of->cleared,
	         of->cleared == 1 ? "person" : "people", (unsigned long)of->median, (unsigned long)e->p->alarm_bp,
	         e->p->halt ? " Until then nothing is paid to anybody." : "");
	explain_para(e);
}

void explain_hold(struct explain *e)
{
	gold(e);
	agreement(e);
	copies(e);
	alarm(e);
}

/* ---- what would raise it ------------------------------------------------------------------------------ */

/* the newest block whose agreement is known */
static const struct rule_block *newest(const struct explain *e)
{
	const struct rule_block *best = NULL;

	for (size_t i = 0; i < e->t->run.n_blocks; i++) {
		const struct rule_block *k = &e->t->run.block[i];
		if (k->who == e->who && k->status != RULE_OPEN && (!best || k->to > best->to))
			best = k;
	}
	return best;
}

void explain_hold_raise(struct explain *e)
{
	const struct rule_block *k = newest(e);
	struct buf *b = &e->para;
	size_t before = e->out->n;

	if (e->x->standing == RULE_STOPPED) {
		buf_adds(b, "Nothing that the worker can do: stopped is for good.");
		explain_item(e);
		return;
	}
	if (e->x->held) {
		buf_adds(b, "Somebody looks, and finds that nothing was copied: then all that waits is paid as its "
		         "time comes.");
		explain_item(e);
	}
	if (e->t->run.alarm && e->p->halt) {
		buf_adds(b, "New gold, which ends the alarm.");
		explain_item(e);
	}
	if (e->x->standing != RULE_CLEARED) {
		n_answers(b, right_to_clear(e), "right");
		buf_adds(b, e->b->s->options.end ? ": then work of a next campaign is paid." : ": then all that waits "
		         "is paid as its time comes.");
		explain_item(e);
	}
	if (k && k->labels < e->p->join_below) {
		buf_addf(b, "More answers to tasks that others answer too: %llu had a peer, and with few of them the "
		         "bonus stays near %lu.",
		         (unsigned long long)k->labels, (unsigned long)e->p->shrink_bp);
		explain_item(e);
	}
	if (k && k->bonus < 9000) {
		buf_adds(b, "More agreement with those who answer well: pay is 0 at a bonus of 4000 and grows by 2.20");
		buf_adds(b, "\001% of the rate with each 100 more, to 110.00\001% at 9000.");
		explain_item(e);
	}
	if (e->out->n == before) {
		buf_adds(b, k ? "Nothing: this is the most that the rule pays." : "Nothing but going on like this.");
		explain_item(e);
	}
}
