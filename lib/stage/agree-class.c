/* The type class: one of a few classes for each task, by the methods of agree/methods.h. */
#include "stage/agree-part.h"

#include <stdlib.h>

#include "agree/mv.h"
#include "agree/onecoin.h"
#include "base/mem.h"
#include "json/write.h"
#include "math/explog.h"
#include "rec/value.h"
#include "stage/calibration.h"
#include "stage/consensus.h"
#include "stage/judgement.h"

/* One computation: what the stage holds, turned into what methods read, and what they found. */
struct job {
	struct part *p;
	struct agree *s;                /* p->s */
	struct labels *l;               /* p->l; values become classes, in bytewise order of their text */
	uint32_t *order;                /* by class: id of its value */
	struct str *value, *name;       /* by class: as JSON, as a member's name */
	struct str *text;               /* by class: its text alone */
	struct arena texts;
	uint32_t *gold;                 /* p->gold, likewise */
	double *counts;                 /* of earlier runs, or NULL */
	struct agree_fit fit;
	bool is_sparse;                 /* then what follows is there in place of counts and of fit's q and counts */
	struct sparse_fit sparse;
	struct sparse_cells before;     /* of earlier runs */
	struct calibration calibration;         /* with --calibrate */
	uint32_t *winner;
	uint8_t *tie;
};

/* ---- what methods read ------------------------------------------------------------------ */

/* The value that a class of earlier counts is.  A name that no label or gold of this run has is a
 * string: counts do not keep the type. */
static uint32_t earlier_value(struct agree *s, struct str name)
{
	uint32_t id = INTERN_NONE;

	for (const char *type = "nbs"; *type && id == INTERN_NONE; type++) {
		buf_reset(&s->key);
		buf_addc(&s->key, *type);
		buf_addstr(&s->key, name);
		id = intern_find(&s->values, buf_str(&s->key));
	}
	return id == INTERN_NONE ? intern(&s->values, buf_str(&s->key)) : id;
}

/* The values that labels still have, those of gold that is clamped, and those of earlier counts,
 * in bytewise order, become the classes 0, 1, ...  One that only replaced labels had is no
 * class: a corrected slip must leave no trace in the model.  Gold that only judges makes no
 * class either: one that nobody said is the number behind the last. */
static void number_classes(struct job *j)
{
	struct agree *s = j->s;
	bool clamp = part_clamps(j->p);

	for (uint32_t i = 0; i < s->earlier.names.n; i++)
		earlier_value(s, intern_str(&s->earlier.names, i));
	uint32_t *class_of = mem_alloc(s->values.n, sizeof *class_of);
	bool *used = mem_zalloc(s->values.n, sizeof *used);
	size_t n = 0;

	for (size_t i = 0; i < j->l->n; i++)
		used[j->l->t_value[i]] = true;
	for (size_t t = 0; clamp && t < j->l->n_tasks; t++)
		if (j->gold[t] != AGREE_NO_GOLD)
			used[j->gold[t]] = true;
	for (uint32_t i = 0; i < s->earlier.names.n; i++)
		used[earlier_value(s, intern_str(&s->earlier.names, i))] = true;
	j->order = mem_alloc(s->values.n, sizeof *j->order);
	intern_sort(&s->values, NULL, j->order);
	for (size_t i = 0; i < s->values.n; i++)
		if (used[j->order[i]]) {
			class_of[j->order[i]] = (uint32_t)n;
			j->order[n++] = j->order[i];
		}
	for (size_t i = 0; i < j->l->n; i++) {
		j->l->t_value[i] = class_of[j->l->t_value[i]];
		j->l->w_value[i] = class_of[j->l->w_value[i]];
	}
	for (size_t t = 0; j->gold && t < j->l->n_tasks; t++)
		if (j->gold[t] != AGREE_NO_GOLD)
			j->gold[t] = used[j->gold[t]] ? class_of[j->gold[t]] : (uint32_t)n;
	j->l->n_classes = n;
	free(class_of);
	free(used);
}

static void name_classes(struct job *j)
{
	size_t n = j->l->n_classes;
	struct buf b = BUF_INIT;

	j->value = mem_alloc(n, sizeof *j->value);
	j->name = mem_alloc(n, sizeof *j->name);
	j->text = mem_alloc(n, sizeof *j->text);
	for (size_t i = 0; i < n; i++) {
		struct str key = intern_str(&j->s->values, j->order[i]);
		j->text[i] = value_name(key);
		buf_reset(&b);
		value_put(&b, key);
		j->value[i] = arena_str(&j->texts, buf_str(&b));
		buf_reset(&b);
		json_put_string(&b, j->text[i]);
		buf_addc(&b, ':');
		j->name[i] = arena_str(&j->texts, buf_str(&b));
	}
	buf_release(&b);
}

/* A posterior names its classes by their text alone: two that differ only in type
 * (1 and "1") cannot be told apart there. */
static bool distinct_names(const struct job *j, struct err *e)
{
	struct intern names = { 0 };
	bool good = true;

	for (size_t i = 0; good && i < j->l->n_classes; i++)
		if (intern(&names, j->text[i]) < i)
			good = err_set(e, "labels mix types: both the string \"%.*s\" and %.*s occur",
			               STR_FMT(j->text[i]), STR_FMT(j->text[i]));
	intern_release(&names);
	return good;
}

static void job_release(struct job *j)
{
	agree_fit_release(&j->fit);
	sparse_release(&j->sparse);
	sparse_cells_release(&j->before);
	calibration_release(&j->calibration);
	arena_release(&j->texts);
	free(j->order);
	free(j->value);
	free(j->name);
	free(j->text);
	free(j->counts);
	free(j->winner);
	free(j->tie);
}

/* ---- computing ----------------------------------------------------------------------------- */

enum { MAX_MODEL = 1 << 27 };   /* doubles in the confusion matrices: 1 GiB */

/* Majority vote needs no posteriors, but for a judge or to calibrate them. */
static bool is_mv(const struct agree_options *o)
{
	return o->method->fit == agree_mv && o->gold != AGREE_GOLD_JUDGE && !o->calibrate;
}

/* The share of a worker's labels that name the winner, counted in the order of the memory; skill is zero. */
static void count_hits(const struct labels *l, const uint32_t *winner, double *skill)
{
	for (size_t t = 0; t < l->n_tasks; t++)
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			skill[l->t_worker[i]] += l->t_value[i] == winner[t];
	for (size_t w = 0; w < l->n_workers; w++)
		if (skill[w] > 0)
			skill[w] /= (double)(l->w_off[w + 1] - l->w_off[w]);
}

/* Majority vote without tasks x classes numbers: open answers may have as many classes as labels. */
static void vote(struct job *j)
{
	const struct labels *l = j->l;
	bool clamp = j->gold && j->s->options.gold == AGREE_GOLD_CLAMP;

	agree_fit_init(&(struct labels){ .n_workers = l->n_workers }, &j->fit);
	j->fit.converged = true;
	mv_winners(l, j->s->options.threads, j->winner, NULL, j->tie);
	for (size_t t = 0; clamp && t < l->n_tasks; t++)
		if (j->gold[t] != AGREE_NO_GOLD) {
			j->winner[t] = j->gold[t];
			j->tie[t] = 0;
		}
	count_hits(l, j->winner, j->fit.skill);
}

/* what a count of an earlier run weighs: half after half_life runs */
static double fading(const struct job *j)
{
	double h = j->s->options.half_life;

	return h > 0 ? m_exp(-0.6931471805599453 / h) : 1;
}

/* Counts of earlier runs, faded. */
static double *earlier_counts(const struct job *j)
{
	if (!j->s->earlier.n || j->s->options.method->fit == agree_mv)
		return NULL;
	if ((double)j->l->n_workers * (double)j->l->n_classes * (double)j->l->n_classes > MAX_MODEL)
		return NULL;
	return earlier_table(&j->s->earlier, &j->p->workers, j->l->n_workers, j->text, j->l->n_classes, fading(j));
}

static void calibrate_fit(struct job *j, const struct agree_opt *opt)
{
	const struct agree_options *o = &j->s->options;
	struct calibration_totals *t = &j->s->totals.calibration;
	const struct calibration *c = &j->calibration;
	uint8_t *fold = calibration_folds(&j->p->tasks, j->l->n_tasks);

	calibrate(j->l, o->method->fit, opt, j->gold, fold, o->gold == AGREE_GOLD_CLAMP, &j->fit, &j->calibration);
	*t = (struct calibration_totals){ c->before.n, c->map.power, c->before.log_loss, c->after.log_loss,
	                                  c->before.ece, c->after.ece };
	free(fold);
}

/* tables of tasks x classes, or of workers x classes^2, are too big */
static bool too_big(const struct job *j, bool matrix)
{
	double T = (double)j->l->n_tasks, W = (double)j->l->n_workers, K = (double)j->l->n_classes;

	return T * K > MAX_MODEL || (matrix && W * K * K > MAX_MODEL);
}

/* Is the sparse variant of the method to be taken?  onecoin needs no matrices but for its counts, and auto
 * is content with less.  What is calibrated is dense. */
static bool wants_sparse(const struct job *j)
{
	const struct agree_options *o = &j->s->options;

	if (!sparse_of(o->method->fit) || (o->calibrate && j->gold))
		return false;
	return too_big(j, true) || (o->method->fit == agree_auto && agree_auto_big(j->l));
}

static void fit_sparse(struct job *j, const struct agree_opt *o)
{
	struct agree *s = j->s;

	j->is_sparse = true;
	if (s->earlier.n)
		j->before = earlier_cells(&s->earlier, &j->p->workers, j->l->n_workers, j->text, j->l->n_classes, fading(j));
	sparse_of(s->options.method->fit)(j->l, o, s->earlier.n ? &j->before : NULL, &j->sparse);
	agree_fit_init(&(struct labels){ .n_workers = 0 }, &j->fit);
	j->fit.n_iter = j->sparse.n_iter;
	j->fit.converged = j->sparse.converged;
	s->totals.why = (struct agree_auto_why){ .too_big = true, .weight = 1, .weight_prior = 1, .power = 1 };
	sparse_argmax(&j->sparse, j->winner, j->tie);
}

static bool fit(struct job *j, struct err *e)
{
	struct agree *s = j->s;
	const struct agree_options *o = &s->options;
	size_t K = j->l->n_classes;

	j->winner = mem_alloc(j->l->n_tasks, sizeof *j->winner);
	j->tie = mem_zalloc(j->l->n_tasks, 1);
	if (is_mv(o)) {
		vote(j);
		return true;
	}
	bool sparse = wants_sparse(j), calibrated = o->calibrate && j->gold;
	if (!sparse && too_big(j, o->method->has_matrix))
		return err_set(e, "%zu classes and %zu workers are too many for method %s%s: use auto, onecoin, ds-map, ds or mv%s",
		               K, j->l->n_workers, o->method->name, calibrated ? " with --calibrate" : "",
		               calibrated ? " without it" : "");
	j->counts = sparse ? NULL : earlier_counts(j);
	struct agree_opt opt = { .max_iter = o->iterations, .tol = o->tolerance, .threads = o->threads,
	                         .seed = o->seed, .counts = j->counts, .tick = s->tick, .why = &s->totals.why,
	                         .gold = o->gold == AGREE_GOLD_CLAMP ? j->gold : NULL };
	if (sparse) {
		fit_sparse(j, &opt);
		return true;
	}
	if (calibrated)
		calibrate_fit(j, &opt);
	else
		o->method->fit(j->l, &opt, &j->fit);
	mv_argmax(j->fit.q, j->l->n_tasks, K, j->winner, j->tie);
	return true;
}

/* What a later run continues from: the counts of today on top of the faded earlier ones. */
static void add_earlier(struct job *j)
{
	size_t n = j->l->n_workers * j->l->n_classes * j->l->n_classes;

	for (size_t i = 0; j->counts && j->fit.counts && i < n; i++)
		j->fit.counts[i] += j->counts[i];
	if (j->is_sparse && j->s->earlier.n)
		sparse_cells_add(&j->sparse.counts, &j->before, j->l->n_workers);
}

/* ---- emitting ------------------------------------------------------------------------------ */

static void emit_agreement(const struct job *j, struct sink *out)
{
	struct agree *s = j->s;
	struct agreement_of in = {
		.l = j->l, .classes = { &s->values, j->order }, .tasks = j->p->tasks, .workers = j->p->workers,
		.table = &s->table, .order = TASK_NO_LIST, .groups = &s->groups,
		.repeats = s->options.repeats == AGREE_REPEATS_KEEP,
		.seed = s->options.seed,
		.threads = s->options.threads,
	};

	agreement_emit(&in, &s->options.agreement, out);
}

/* What auto chose, and on what evidence (agree/hedge.h). */
static void emit_choice(const struct agree *s, struct buf *b, struct sink *out)
{
	const struct agree_auto_why *w = &s->totals.why;

	buf_reset(b);
	buf_adds(b, "{\"kind\":\"choice\",\"method\":\"auto\"");
	json_put_knum(b, "hds", 1 - w->weight);
	json_put_knum(b, "onecoin", w->weight);
	json_put_knum(b, "effect", w->effect);
	json_put_knum(b, "shared", w->shared);
	json_put_kuint(b, "gold", w->n_gold);
	if (w->too_big)
		json_put_kstr(b, "why", STR("too many classes, workers or tasks for confusion matrices: sparse one-coin models"));
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

/* Can a worker's label be divided out of the posterior again?  Not from one that was corrected, and not where
 * the worker has several in it: then no matrix is printed that would invite it. */
static bool divides(const struct agree_options *o)
{
	return o->method->divides && !o->calibrate && o->repeats != AGREE_REPEATS_KEEP;
}

static void emit_model(const struct job *j, struct sink *out)
{
	const struct agree_options *o = &j->s->options;
	struct consensus c = {
		.labels = j->l, .tasks = j->p->tasks, .workers = j->p->workers, .value = j->value, .name = j->name,
		.method = o->method->name, .winner = j->winner, .tie = j->tie, .q = is_mv(o) ? NULL : j->fit.q,
		.gold = o->gold == AGREE_GOLD_CLAMP ? j->gold : NULL, .skill = j->fit.skill,
		.e = divides(o) ? j->fit.e : NULL, .counts = j->fit.counts, .threads = o->threads,
	};

	if (j->is_sparse) {
		c.q = NULL;
		c.sparse = &j->sparse;
		c.cells = &j->sparse.counts;
		c.skill = j->sparse.skill;
	}

	consensus_emit(&c, out);
	consensus_emit_skills(&c, out);
	if (j->s->report.out)
		report_keep_classes(&j->s->report, o, &j->s->totals, &c, j->text, j->gold);
}

/* Gold that was held out says what the consensus is worth. */
static void judge(struct job *j, struct buf *b, struct sink *out)
{
	struct agree_totals *t = &j->s->totals;
	struct judgement v;

	if (j->is_sparse)
		judgement_of_sparse(&j->sparse, j->gold, j->winner, &v);
	else
		judgement_of(j->fit.q, j->l->n_tasks, j->l->n_classes, j->gold, j->winner, &v);
	t->judged = v.n > 0;
	t->accuracy = v.accuracy;
	t->log_loss = v.log_loss;
	t->brier = v.brier;
	t->ece = v.ece;
	buf_reset(b);
	judgement_put(b, &v);
	out->line(out->ctx, buf_str(b));
}

static void emit_all(struct job *j, struct sink *out)
{
	struct agree *s = j->s;
	struct buf b = BUF_INIT;

	agree_emit_run(s, out);
	emit_agreement(j, out);
	if (s->options.method->fit == agree_auto && j->l->n)
		emit_choice(s, &b, out);
	if (s->options.calibrate && j->gold && j->l->n) {
		buf_reset(&b);
		calibration_put(&b, &j->calibration, s->options.method->name, j->name);
		out->line(out->ctx, buf_str(&b));
	}
	if (s->options.gold == AGREE_GOLD_JUDGE && j->gold && j->l->n)
		judge(j, &b, out);
	if (j->l->n) {
		add_earlier(j);
		emit_model(j, out);
	}
	buf_release(&b);
}

static void count_up(struct job *j)
{
	struct agree_totals *t = &j->s->totals;

	t->iterations = j->fit.n_iter;
	t->classes = j->l->n_classes;
	t->converged = j->fit.converged || j->l->n == 0;
	for (size_t i = 0; i < j->l->n_tasks; i++) {
		t->ties += j->l->n && j->tie[i];
		t->gold += j->gold && j->gold[i] != AGREE_NO_GOLD;
	}
}

bool agree_class(struct part *p, struct sink *out, struct err *e)
{
	struct job j = { .p = p, .s = p->s, .l = &p->l, .gold = p->gold };

	if (!part_check_choices(p, e))
		return false;
	number_classes(&j);
	name_classes(&j);
	bool good = !j.l->n || (distinct_names(&j, e) && fit(&j, e));
	if (good) {
		count_up(&j);
		emit_all(&j, out);
	}
	job_release(&j);
	return good;
}
