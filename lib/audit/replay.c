#include "audit/replay.h"

#include "audit/batch.h"
#include "audit/subject.h"
#include "stage/claim-plan.h"
#include "stage/plan.h"
#include "stage/shard.h"

static const struct stage_class *const classes[REPLAY_STAGES] = { &stage_agree, &stage_shard, &stage_score, &stage_plan,
                                                         &stage_claim_plan };

static void open_stream(struct replay *r)
{
	for (size_t i = 0; i < REPLAY_STAGES; i++)
		r->stage[i] = classes[i]->create();
	r->batch = batch_new();
	r->said = said_new();
	r->strange_run = r->carried_at = NOWHERE;
	r->begun = false;
}

static void close_stream(struct replay *r)
{
	for (size_t i = 0; i < REPLAY_STAGES; i++)
		classes[i]->destroy(r->stage[i]);
	batch_free(r->batch);
	said_free(r->said);
}

void replay_init(struct replay *r, const struct money_terms *terms)
{
	*r = (struct replay){ .money.terms = *terms };
	open_stream(r);
}

static void complain(struct replay *r, enum finding_rule rule, struct str kind, const struct json_record *rec,
                     struct place at, const char *why)
{
	struct buf s = BUF_INIT;

	subject_put(&s, kind, rec);
	findings_add(&r->findings, rule, buf_str(&s), at, NOWHERE, "%s", why);
	buf_release(&s);
}

/* ---- runs ------------------------------------------------------------------------- */

static void end_batch(struct replay *r)
{
	r->missing += batch_end(r->batch, &r->findings, r->said, &r->scratch);
}

static void expect(void *ctx, struct str line)
{
	batch_expect(((struct replay *)ctx)->batch, line);
}

/* A log that asks for much and holds little of it would cost without end.  What is computed
 * and is in the log is paid for by its size; what is not, and what fails, is counted. */
static bool too_much(const struct replay *r)
{
	enum { MUCH = 1000000 };

	return r->missing > 4 * r->records + MUCH;
}

/* lbl-payout with its journal plans nothing again that stands in a batch. */
static bool is_planned(void *ctx, struct str payment)
{
	return planned_with(&((struct replay *)ctx)->money.planned, payment) != PLANNED_NONE;
}

static void compute(struct replay *r, size_t stage, const struct json_record *rec, const struct rec_run *run,
                    struct place at)
{
	struct sink out = { .line = expect, .ctx = r };
	struct err e;

	if (classes[stage] == &stage_plan)
		plan_leave_out(r->stage[stage], is_planned, r);
	if (too_much(r)) {
		complain(r, FIND_RUN, STR("run"), rec, at, "not replayed: far more is missing than the log holds");
		return;
	}
	if (!classes[stage]->configure(r->stage[stage], &run->options, &e) ||
	    !classes[stage]->run(r->stage[stage], &out, &e)) {
		batch_begin(r->batch, at);
		r->missing += r->records;
		complain(r, FIND_RUN, STR("run"), rec, at, e.msg);
	} else if (batch_size(r->batch) == 0) {
		r->missing += r->records;
		complain(r, FIND_RUN, STR("run"), rec, at, "with these options and records its tool writes nothing");
	}
	if (classes[stage] == &stage_score)
		said_judged(r->said);
}

/* A tool that is not replayed is no lie, until records that only replayed ones make follow it. */
static void note_other(struct replay *r, struct str tool, struct place at)
{
	size_t i = 0, most = sizeof r->other / sizeof r->other[0];
	char name[sizeof r->other[0].tool];

	snprintf(name, sizeof name, "%.*s", STR_FMT(tool));
	r->strange_run = at;
	while (i < r->n_other && !str_is(str_of(r->other[i].tool), name))
		i++;
	if (i == most)
		return;
	if (i == r->n_other)
		memcpy(r->other[r->n_other++].tool, name, sizeof name);
	r->other[i].runs++;
}

/* Two are lbl-agree, and a step over shards says so in its options; two are lbl-payout, and claims say so. */
static bool is_of(const struct stage_class *c, const struct rec_run *run)
{
	if (c == &stage_agree || c == &stage_shard)
		return str_is(run->tool, c->tool) && (c == &stage_shard) == (shard_step_of(&run->options) != SHARD_NO_STEP);
	if (c == &stage_plan || c == &stage_claim_plan)
		return str_is(run->tool, c->tool) && (c == &stage_claim_plan) == claim_plan_is(&run->options);
	return str_is(run->tool, c->tool);
}

/* E and M steps leave their input elsewhere, so nothing can be recomputed from the log alone.
 * They make no consensus: as with any strange tool, what only others make may not follow them. */
static bool leaves_no_input(const struct rec_run *run, struct arena *a, struct str *name)
{
	enum shard_step step = shard_step_of(&run->options);
	struct buf b = BUF_INIT;

	if (!str_is(run->tool, stage_shard.tool) || (step != SHARD_ESTEP && step != SHARD_MSTEP))
		return false;
	buf_addf(&b, "%s --%s", stage_shard.tool, shard_step_name(step));
	*name = arena_str(a, buf_str(&b));
	buf_release(&b);
	return true;
}

/* A run record: from here on the log must hold what this stage computes. */
static void run_again(struct replay *r, const struct json_record *rec, struct place at)
{
	struct rec_run run;
	struct err e;

	end_batch(r);
	batch_begin(r->batch, at);
	r->strange_run = NOWHERE;
	if (!rec_run(rec, &r->scratch, &run, &e)) {
		complain(r, FIND_LINE, STR("run"), rec, at, e.msg);
		return;
	}
	if (leaves_no_input(&run, &r->scratch, &run.tool)) {
		note_other(r, run.tool, at);
		return;
	}
	for (size_t i = 0; i < REPLAY_STAGES; i++)
		if (is_of(classes[i], &run)) {
			compute(r, i, rec, &run, at);
			return;
		}
	note_other(r, run.tool, at);
}

/* ---- the log ------------------------------------------------------------------------ */

static void feed_stages(struct replay *r, struct str kind, const struct json_record *rec, struct str line,
                        struct place at)
{
	struct err e;

	for (size_t i = 0; i < REPLAY_STAGES; i++)
		if (classes[i]->line)
			classes[i]->line(r->stage[i], kind, line);
	for (size_t i = 0; i < REPLAY_STAGES; i++)
		if (!classes[i]->take(r->stage[i], kind, rec, &e)) {
			complain(r, FIND_LINE, kind, rec, at, e.msg);
			return;         /* the others would say the same */
		}
}

/* What a run goes on from and an earlier log explains: where nothing of this one stands before it.  A run of lbl-score without
 * any label left its own elsewhere, and what it wrote is carried on. */
static bool is_carried(struct replay *r, struct str kind, const struct json_record *rec)
{
	struct rec_run run;
	struct err e;

	if (str_is(kind, "run"))
		return rec_run(rec, &r->scratch, &run, &e) && str_is(run.tool, stage_score.tool) && said_nothing(r->said);
	return str_is(kind, "skill") || str_is(kind, "verdict") || str_is(kind, "score");
}

/* Nobody is paid for a score that is only carried on. */
static void feed_carried(struct replay *r, struct str kind, const struct json_record *rec, struct str line,
                         struct place at)
{
	struct err e;

	if (str_is(kind, "skill")) {
		feed_stages(r, kind, rec, line, at);
		return;
	}
	if (!r->carried_at.line)
		r->carried_at = at;
	for (size_t i = 0; i < REPLAY_STAGES; i++)
		if (classes[i]->line)
			classes[i]->line(r->stage[i], kind, line);
	for (size_t i = 0; i < REPLAY_STAGES; i++)
		if (classes[i] == &stage_score && !classes[i]->take(r->stage[i], kind, rec, &e))
			complain(r, FIND_LINE, kind, rec, at, e.msg);
}

void replay_record(struct replay *r, struct str kind, const struct json_record *rec, struct str line,
                   struct place at)
{
	r->records++;
	arena_reset(&r->scratch);
	if (!r->begun && is_carried(r, kind, rec)) {
		r->carried++;
		feed_carried(r, kind, rec, line, at);
		return;
	}
	if (str_is(kind, "run"))
		run_again(r, rec, at);
	r->models += str_is(kind, "model");
	r->begun = r->begun || str_is(kind, "run") || str_is(kind, "label");
	enum batch_match m = batch_compare(r->batch, &r->findings, kind, rec, line, at);
	r->recomputed += m == BATCH_SAME;
	if (m == BATCH_UNEXPLAINED && r->strange_run.line) {
		findings_add(&r->findings, FIND_RUN, STR("{\"kind\":\"run\"}"), r->strange_run, at,
		             "of a tool that is not replayed, and what follows it is nobody else's");
		r->strange_run = NOWHERE;
	}
	if (m != BATCH_SAME && str_is(kind, "verdict"))
		said_verdict(r->said, &r->findings, rec, &r->scratch, at);
	said_note(r->said, kind, rec, &r->scratch, at);
	feed_stages(r, kind, rec, line, at);
	money_take(&r->money, &r->findings, kind, rec, line, m != BATCH_FREE, at);
}

void replay_bad(struct replay *r, enum finding_rule rule, const char *why, struct place at)
{
	findings_add(&r->findings, rule, STR("{}"), at, NOWHERE, "%s", why);
}

void replay_boundary(struct replay *r)
{
	if (!r->begun && r->carried_at.line)
		findings_add(&r->findings, FIND_UNEXPLAINED, STR("{\"kind\":\"verdict\"}"), r->carried_at, NOWHERE,
		             "verdicts and scores of an earlier log, and nothing goes on from them");
	end_batch(r);
	said_unjudged(r->said, &r->findings);
	close_stream(r);
	open_stream(r);
}

void replay_finish(struct replay *r)
{
	replay_boundary(r);
	money_finish(&r->money, &r->findings);
}

void replay_release(struct replay *r)
{
	close_stream(r);
	findings_release(&r->findings);
	money_release(&r->money);
	arena_release(&r->scratch);
}
