#include "stage/score.h"

#include <stdlib.h>

#include "base/mem.h"
#include "data/labels.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/value.h"
#include "score/reward.h"
#include "stage/judge.h"
#include "stage/tasks.h"

enum verdict { PENDING, VERIFIED, REJECTED };

static const char *const verdict_name[] = { "pending", "verified", "rejected" };

struct score {
	struct intern tasks, workers, values;   /* values: keys of rec/value.h */
	struct labels labels;
	uint32_t *gold;                         /* value id by task id, INTERN_NONE = no gold */
	size_t n_gold, cap_gold;
	uint64_t gold_replaced;
	struct judge judge;
	struct task_table table;
	struct arena scratch;
	struct buf key;
	struct score_options options;
	struct score_totals totals;
};

/* What one worker's labels came to. */
struct tally {
	uint32_t count[3];                      /* by verdict */
	uint32_t gold_hits, gold_trials;
};

/* One label and what was decided about it. */
struct ruling {
	enum verdict verdict;
	bool by_gold;
	uint32_t against;                       /* the value it was judged by; INTERN_NONE while pending */
	double confidence;                      /* of the others, where they agree on one */
};

static void *create(void)
{
	struct score *s = mem_zalloc(1, sizeof *s);

	s->options = (struct score_options)SCORE_OPTIONS_DEFAULT;
	return s;
}

static void destroy(void *stage)
{
	struct score *s = stage;

	intern_release(&s->tasks);
	intern_release(&s->workers);
	intern_release(&s->values);
	labels_release(&s->labels);
	judge_release(&s->judge);
	tasks_release(&s->table);
	arena_release(&s->scratch);
	buf_release(&s->key);
	free(s->gold);
	free(s);
}

/* ---- taking ------------------------------------------------------------------ */

/* Answers that are right or wrong: to others there are no verdicts yet, they stay pending. */
static bool judges(const struct score *s, struct str task)
{
	const struct task_info *info = tasks_info(&s->table, task);

	return !info || info->type == TASK_CLASS || info->type == TASK_ORDINAL;
}

static bool value_id(struct score *s, struct str task, const struct json_field *value, uint32_t *id, struct err *e)
{
	buf_reset(&s->key);
	if (!(judges(s, task) ? value_key(value, &s->key, e) : value_key_any(value, &s->key, e)))
		return false;
	*id = intern(&s->values, buf_str(&s->key));
	return true;
}

static bool take_label(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_label l;
	uint32_t value;

	if (!rec_label(r, &s->scratch, &l, e) || !value_id(s, l.task, &l.value, &value, e))
		return false;
	if (!labels_add(&s->labels, intern(&s->tasks, l.task), intern(&s->workers, l.worker), value))
		return err_set(e, "too many labels");
	return true;
}

static bool take_gold(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_gold g;
	uint32_t value;

	if (!rec_gold(r, &s->scratch, &g, e) || !value_id(s, g.task, &g.value, &value, e))
		return false;
	uint32_t task = intern(&s->tasks, g.task);
	if (task >= s->cap_gold) {
		s->cap_gold = mem_grow(s->cap_gold, (size_t)task + 256);
		s->gold = mem_realloc(s->gold, s->cap_gold, sizeof *s->gold);
	}
	while (s->n_gold <= task)
		s->gold[s->n_gold++] = INTERN_NONE;
	s->gold_replaced += s->gold[task] != INTERN_NONE;
	s->gold[task] = value;
	return true;
}

static bool take_consensus(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_consensus c;

	return rec_consensus(r, &s->scratch, &c, e) && (!judges(s, c.task) || judge_consensus(&s->judge, intern(&s->tasks, c.task), &c, e));
}

static bool take_skill(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_skill k;

	return rec_skill(r, &s->scratch, &k, e) &&
	       (k.type.p || judge_skill(&s->judge, intern(&s->workers, k.worker), &k, e));
}

static bool take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	struct score *s = stage;
	struct rec_task t;

	arena_reset(&s->scratch);
	if (str_is(kind, "task"))
		return rec_task(r, &s->scratch, &t, e) && tasks_take(&s->table, &t, e);
	if (str_is(kind, "label"))
		return take_label(s, r, e);
	if (str_is(kind, "gold"))
		return take_gold(s, r, e);
	if (str_is(kind, "consensus"))
		return take_consensus(s, r, e);
	if (str_is(kind, "skill"))
		return take_skill(s, r, e);
	return true;
}

/* ---- options ------------------------------------------------------------------ */

void score_set(void *stage, const struct score_options *o)
{
	((struct score *)stage)->options = *o;
}

static void put_options(struct buf *b, const struct score_options *o)
{
	buf_adds(b, "{\"rule\":\"gold\"");
	json_put_kstr(b, "epoch", str_of(o->epoch));
	json_put_knum(b, "min_confidence", o->min_confidence);
	json_put_kuint(b, "z2_micro", o->z2_micro);
	buf_addc(b, '}');
}

static bool configure(void *stage, const struct json_field *options, struct err *e)
{
	struct text { struct str rule, epoch; double min_confidence; uint64_t z2_micro; } o;
	static const struct rec_field fields[] = {
		REC_FIELD(text, rule, REC_STRING, true),
		REC_FIELD(text, epoch, REC_ID, true),
		REC_FIELD(text, min_confidence, REC_NUMBER, true),
		REC_FIELD(text, z2_micro, REC_COUNT, true),
	};
	struct score *s = stage;
	struct json_record r = { 0 };

	memset(&o, 0, sizeof o);
	arena_reset(&s->scratch);
	bool good = json_read(&r, options->raw, e) && rec_read(&r, fields, 4, &s->scratch, &o, e);
	json_record_release(&r);
	if (!good)
		return err_prefix(e, "options: ");
	if (!str_is(o.rule, "gold"))
		return err_set(e, "options: unknown rule \"%.*s\"", STR_FMT(o.rule));
	if (!(o.min_confidence >= 0 && o.min_confidence <= 1))
		return err_set(e, "options: field \"min_confidence\" is out of range");
	if (o.z2_micro == 0 || o.z2_micro >> 24)
		return err_set(e, "options: field \"z2_micro\" is out of range");
	s->options = (struct score_options){ "", o.min_confidence, (uint32_t)o.z2_micro };
	memcpy(s->options.epoch, o.epoch.p, o.epoch.n);
	return true;
}

/* ---- judging -------------------------------------------------------------------- */

/* The votes on one task: the winner, its count, and how close the next one is. */
struct poll {
	uint32_t best, second;          /* counts */
	uint32_t winner, runner_up;     /* values with these counts */
	uint32_t n_best;                /* values that share the best count */
	uint32_t total;
};

static struct poll count_votes(const struct labels *l, uint32_t task, uint32_t *votes)
{
	uint32_t from = l->t_off[task], to = l->t_off[task + 1];
	struct poll p = { 0, 0, 0, 0, 0, to - from };

	for (uint32_t i = from; i < to; i++)
		votes[l->t_value[i]]++;
	for (uint32_t i = from; i < to; i++) {
		uint32_t v = l->t_value[i], n = votes[v];
		votes[v] = 0;                   /* seen, and clean for the next task */
		if (n == 0)
			continue;
		p.n_best = n > p.best ? 1 : p.n_best + (n == p.best);
		if (n > p.best) {
			p.second = p.best;
			p.runner_up = p.winner;
			p.best = n;
			p.winner = v;
		} else if (n > p.second) {
			p.second = n;
			p.runner_up = v;
		}
	}
	return p;
}

/* The value that most of the others gave, and their share; false when there is no one such. */
static bool majority_of_others(const struct poll *p, uint32_t own, uint32_t *winner, double *confidence)
{
	uint32_t n = p->best;

	*winner = p->winner;
	if (p->n_best == 1 && own == p->winner) {
		n--;
		if (n == p->second)
			return false;
	} else if (p->n_best == 2 && (own == p->winner || own == p->runner_up)) {
		*winner = own == p->winner ? p->runner_up : p->winner;
	} else if (p->n_best > 1) {
		return false;
	}
	*confidence = (double)n / (double)(p->total - 1);
	return true;
}

/* What the model or the votes say of one label, the worker left out.  Where nobody else
 * labelled the task, what is left of a posterior is the prior, and to name the class that
 * is most frequent anyway is no work. */
static bool ask_others(const struct score *s, const struct poll *p, const uint32_t *value_of_name, uint32_t task,
                       uint32_t worker, uint32_t own, uint32_t *winner, double *confidence)
{
	uint32_t name;

	if (p->total < 2)
		return false;
	if (!judge_has(&s->judge, task, worker))
		return majority_of_others(p, own, winner, confidence);
	name = intern_find(&s->judge.names, value_name(intern_str(&s->values, own)));
	if (!judge_others(&s->judge, task, worker, name, &name, confidence))
		return false;
	*winner = value_of_name[name];
	return true;
}

static struct ruling rule(const struct score *s, const struct poll *p, const uint32_t *value_of_name, uint32_t task,
                          uint32_t worker, uint32_t own)
{
	struct ruling r = { PENDING, false, INTERN_NONE, 0 };

	if (!judges(s, intern_str(&s->tasks, task)))
		return r;
	uint32_t gold = task < s->n_gold ? s->gold[task] : INTERN_NONE;

	if (gold != INTERN_NONE) {
		r.by_gold = true;
		r.against = gold;
	} else if (ask_others(s, p, value_of_name, task, worker, own, &r.against, &r.confidence)) {
		if (r.confidence < s->options.min_confidence)
			return (struct ruling){ PENDING, false, INTERN_NONE, r.confidence };
	} else {
		r.against = INTERN_NONE;
		return r;
	}
	r.verdict = own == r.against ? VERIFIED : REJECTED;
	return r;
}

/* The keys of posteriors have no type: the value that each of them means is the one that
 * labels have.  Not gold's: the number 1 as gold somewhere must not turn all labels "1"
 * into errors. */
static uint32_t *values_of_names(struct score *s, const struct labels *l)
{
	uint32_t *map = mem_alloc(s->judge.names.n, sizeof *map);

	for (size_t i = 0; i < s->judge.names.n; i++)
		map[i] = INTERN_NONE;
	for (size_t i = 0; i < l->n; i++) {
		uint32_t value = l->t_value[i];
		uint32_t name = intern_find(&s->judge.names, value_name(intern_str(&s->values, value)));
		if (name != INTERN_NONE && map[name] > value)
			map[name] = value;
	}
	for (uint32_t i = 0; i < s->judge.names.n; i++) {
		if (map[i] != INTERN_NONE)
			continue;
		buf_reset(&s->key);
		buf_addc(&s->key, 's');         /* no label has it: any that equals none will do */
		buf_addstr(&s->key, intern_str(&s->judge.names, i));
		map[i] = intern(&s->values, buf_str(&s->key));
	}
	return map;
}

/* ---- emitting -------------------------------------------------------------------- */

static void emit_verdict(const struct score *s, uint32_t task, uint32_t worker, uint32_t own, const struct ruling *r,
                         struct buf *b, struct sink *out)
{
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"verdict\"");
	json_put_kstr(b, "task", intern_str(&s->tasks, task));
	json_put_kstr(b, "worker", intern_str(&s->workers, worker));
	json_put_kstr(b, "verdict", str_of(verdict_name[r->verdict]));
	json_put_kstr(b, "by", str_of(r->by_gold ? "gold" : "consensus"));
	json_put_key(b, "value");
	value_put(b, intern_str(&s->values, own));
	if (r->against != INTERN_NONE) {
		json_put_key(b, "against");
		value_put(b, intern_str(&s->values, r->against));
	}
	if (r->confidence > 0)
		json_put_knum(b, "confidence", r->confidence);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static void emit_score(const struct score *s, uint32_t worker, const struct tally *t, struct buf *b, struct sink *out)
{
	uint32_t bound;

	BUG_ON(!reward_wilson_lb_bp(t->gold_hits, t->gold_trials, s->options.z2_micro, &bound));
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"score\"");
	json_put_kstr(b, "worker", intern_str(&s->workers, worker));
	json_put_kstr(b, "epoch", str_of(s->options.epoch));
	json_put_kuint(b, "labels", (uint64_t)t->count[PENDING] + t->count[VERIFIED] + t->count[REJECTED]);
	json_put_kuint(b, "verified", t->count[VERIFIED]);
	json_put_kuint(b, "rejected", t->count[REJECTED]);
	json_put_kuint(b, "pending", t->count[PENDING]);
	json_put_kuint(b, "score_bp", bound);
	json_put_kuint(b, "bonus_bp", 10000);   /* rule gold knows no bonus: all of it */
	json_put_kstr(b, "rule", STR("gold"));
	json_put_kuint(b, "gold_hits", t->gold_hits);
	json_put_kuint(b, "gold_trials", t->gold_trials);
	json_put_kuint(b, "z2_micro", s->options.z2_micro);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static void judge_task(struct score *s, const struct labels *l, uint32_t task, const uint32_t *value_of_name,
                       uint32_t *votes, struct tally *tally, struct buf *b, struct sink *out)
{
	struct poll p = count_votes(l, task, votes);

	for (uint32_t i = l->t_off[task]; i < l->t_off[task + 1]; i++) {
		uint32_t worker = l->t_worker[i], own = l->t_value[i];
		struct ruling r = rule(s, &p, value_of_name, task, worker, own);
		tally[worker].count[r.verdict]++;
		tally[worker].gold_trials += r.by_gold;
		tally[worker].gold_hits += r.by_gold && r.verdict == VERIFIED;
		s->totals.verified += r.verdict == VERIFIED;
		s->totals.rejected += r.verdict == REJECTED;
		s->totals.pending += r.verdict == PENDING;
		emit_verdict(s, task, worker, own, &r, b, out);
	}
}

static void judge_all(struct score *s, const struct labels *l, struct buf *b, struct sink *out)
{
	uint32_t *value_of_name = values_of_names(s, l);
	uint32_t *votes = mem_zalloc(s->values.n, sizeof *votes);
	struct tally *tally = mem_zalloc(l->n_workers, sizeof *tally);

	for (uint32_t t = 0; t < l->n_tasks; t++)
		judge_task(s, l, t, value_of_name, votes, tally, b, out);
	for (uint32_t w = 0; w < l->n_workers; w++) {
		if (l->w_off[w] == l->w_off[w + 1])
			continue;               /* a skill record alone is no work */
		s->totals.workers++;
		emit_score(s, w, &tally[w], b, out);
	}
	free(value_of_name);
	free(votes);
	free(tally);
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct score *s = stage;
	struct labels l = s->labels;            /* grouped apart: the stage may take more */
	struct buf b = BUF_INIT;

	(void)e;
	labels_group(&l, true);
	s->totals = (struct score_totals){ .labels = l.n, .replaced = l.n_replaced, .gold_replaced = s->gold_replaced,
	                                   .consensus_replaced = s->judge.consensus_replaced,
	                                   .skills_replaced = s->judge.skills_replaced };
	stage_put_run(&b, stage_score.tool);
	put_options(&b, &s->options);
	buf_addc(&b, '}');
	out->line(out->ctx, buf_str(&b));
	judge_all(s, &l, &b, out);
	l.task = l.worker = l.value = NULL;     /* they belong to s->labels */
	labels_release(&l);
	buf_release(&b);
	return true;
}

struct score_totals score_totals(const void *stage)
{
	return ((const struct score *)stage)->totals;
}

const struct stage_class stage_score = {
	.tool = "lbl-score",
	.create = create,
	.destroy = destroy,
	.take = take,
	.configure = configure,
	.run = run,
};
