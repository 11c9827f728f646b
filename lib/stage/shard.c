#include "stage/shard.h"

#include <stdlib.h>
#include <xxhash.h>

#include "agree/mv.h"
#include "base/mem.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/agree-part.h"
#include "stage/consensus.h"
#include "stage/shard-merge.h"

enum { MAX_POSTERIORS = 1 << 27 };

static const double default_tolerance = 1e-8;

struct shard {
	struct shard_options options;
	struct agree *labels;           /* takes and holds them */
	struct model model;
	struct merge merge;
	struct arena scratch;
	struct shard_totals totals;
};

static void *create(void)
{
	struct shard *s = mem_zalloc(1, sizeof *s);

	s->labels = stage_agree.create();
	return s;
}

static void destroy(void *stage)
{
	struct shard *s = stage;

	stage_agree.destroy(s->labels);
	model_release(&s->model);
	merge_release(&s->merge);
	arena_release(&s->scratch);
	free(s);
}

/* ---- options ----------------------------------------------------------------------------- */

static const char *const step_name[N_SHARD_STEPS] = { "", "estep", "mstep", "apply" };

const char *shard_step_name(enum shard_step s)
{
	return step_name[s];
}

void shard_set(void *stage, const struct shard_options *o)
{
	struct shard *s = stage;

	s->options = *o;
	s->labels->options.gold = o->gold;
	s->labels->options.repeats = o->repeats;
	s->labels->options.threads = o->threads;
}

/* one string of the options, empty when it is not there */
static struct str option(const struct json_record *r, struct str name)
{
	const struct json_field *f = json_get(r, name);

	return f && f->type == JSON_STRING ? f->raw : STR("");
}

static enum shard_step step_by_name(struct str s)
{
	int i = N_SHARD_STEPS - 1;

	while (i > 0 && !str_is(s, step_name[i]))
		i--;
	return (enum shard_step)i;
}

enum shard_step shard_step_of(const struct json_field *options)
{
	struct json_record r = { 0 };
	struct err e;
	enum shard_step step = SHARD_NO_STEP;

	if (options->type == JSON_OBJECT && json_read(&r, options->raw, &e))
		step = step_by_name(option(&r, STR("step")));
	json_record_release(&r);
	return step;
}

/* Only what an auditor can compute again: an M step and an E step leave their input elsewhere. */
static bool configure(void *stage, const struct json_field *options, struct err *e)
{
	struct shard_options o = { .step = SHARD_APPLY };
	struct json_record r = { 0 };
	bool good = json_read(&r, options->raw, e);

	if (good) {
		struct str gold = option(&r, STR("gold")), repeats = option(&r, STR("repeats"));
		o.gold = str_is(gold, "clamp") ? AGREE_GOLD_CLAMP : AGREE_GOLD_IGNORE;
		o.repeats = str_is(repeats, "last") ? AGREE_REPEATS_LAST : AGREE_REPEATS_ERROR;
		good = step_by_name(option(&r, STR("step"))) == SHARD_APPLY &&
		       (str_is(gold, "clamp") || str_is(gold, "ignore")) &&
		       (str_is(repeats, "last") || str_is(repeats, "error"));
		if (good)
			shard_set(stage, &o);
		else
			err_set(e, "options: expected step apply, gold clamp or ignore, repeats last or error");
	}
	json_record_release(&r);
	return good;
}

static void emit_run(const struct shard *s, struct buf *b, struct sink *out)
{
	const struct shard_options *o = &s->options;

	buf_reset(b);
	stage_put_run(b, stage_shard.tool);
	buf_addc(b, '{');
	json_put_kstr(b, "step", str_of(step_name[o->step]));
	if (o->step == SHARD_MSTEP) {
		json_put_knum(b, "tolerance", o->tolerance);
	} else {
		if (o->fresh)
			json_put_kstr(b, "method", str_of(shard_method_name(o->method)));
		json_put_kstr(b, "gold", o->gold == AGREE_GOLD_CLAMP ? STR("clamp") : STR("ignore"));
		json_put_kstr(b, "repeats", o->repeats == AGREE_REPEATS_LAST ? STR("last") : STR("error"));
	}
	buf_adds(b, "}}");
	out->line(out->ctx, buf_str(b));
}

/* ---- taking -------------------------------------------------------------------------------- */

/* In a log without a model (or before it) labels are kept by others, not here. */
static bool wants_labels(const struct shard *s)
{
	return s->options.step != SHARD_MSTEP && (s->options.fresh || s->model.there);
}

static bool take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	struct shard *s = stage;

	arena_reset(&s->scratch);
	if (str_is(kind, "model") || str_is(kind, "param"))
		return s->options.fresh || model_take(&s->model, kind, r, &s->scratch, e);
	if (s->options.step == SHARD_MSTEP)
		return merge_take(&s->merge, kind, r, &s->scratch, e);
	if (wants_labels(s) && (str_is(kind, "label") || str_is(kind, "gold") || str_is(kind, "task")))
		return agree_take(s->labels, kind, r, e);
	return true;
}

bool shard_take_labels(void *stage, const struct quick_run *run, size_t n_runs, struct err *e)
{
	struct shard *s = stage;

	return !wants_labels(s) || agree_take_labels(s->labels, run, n_runs, e);
}

/* ---- the labels of a shard, in the classes and workers of the model --------------------------- */

struct job {
	struct shard *s;
	struct part p;
	enum shard_method method;
	struct shard_classes own;               /* of a fresh step */
	const struct shard_classes *classes;
	const uint32_t *gold;                   /* by task, class; NULL = none */
	double *param;                          /* by worker of the part; NULL when fresh */
	double *q;
	struct shard_counts counts;
};

static bool only_classes(const struct job *j, struct err *e)
{
	const struct agree *a = j->s->labels;

	for (uint32_t t = 0; t < a->tasks.n; t++) {
		const struct task_info *info = tasks_info(&a->table, intern_str(&a->tasks, t));
		if (info && info->type != TASK_CLASS)
			return err_set(e, "task \"%.*s\" is not of type class: only those can be aggregated in shards",
			               STR_FMT(intern_str(&a->tasks, t)));
	}
	return true;
}

/* the classes of a first round: all values that count */
static bool own_classes(struct job *j, const bool *used, struct err *e)
{
	const struct intern *values = &j->s->labels->values;
	uint32_t *order = mem_alloc(values->n, sizeof *order);
	bool good = true;

	intern_sort(values, NULL, order);
	for (size_t i = 0; good && i < values->n; i++)
		if (used[order[i]])
			good = shard_classes_add(&j->own, intern_str(values, order[i]), e);
	free(order);
	j->classes = &j->own;
	return good;
}

static bool number_classes(struct job *j, struct err *e)
{
	size_t n = j->s->labels->values.n;
	uint32_t *class_of = mem_alloc(n, sizeof *class_of);
	bool *used = part_used(&j->p), good = !j->s->options.fresh || own_classes(j, used, e);
	struct labels *l = &j->p.l;

	if (!j->s->options.fresh)
		j->classes = &j->s->model.classes;
	for (uint32_t v = 0; good && v < n; v++) {
		class_of[v] = intern_find(&j->classes->key, intern_str(&j->s->labels->values, v));
		if (used[v] && class_of[v] == INTERN_NONE)
			good = part_bad(&j->p, v, "is no class of the model: it was made from other labels", e);
	}
	for (size_t i = 0; good && i < l->n; i++) {
		l->t_value[i] = class_of[l->t_value[i]];
		l->w_value[i] = class_of[l->w_value[i]];
	}
	for (size_t t = 0; good && j->p.gold && t < l->n_tasks; t++)
		if (j->p.gold[t] != AGREE_NO_GOLD)
			j->p.gold[t] = class_of[j->p.gold[t]];
	l->n_classes = j->classes->key.n;
	j->gold = j->p.gold;
	free(class_of);
	free(used);
	return good;
}

/* a label that the model says nobody gives */
static bool check_labels(const struct job *j, uint32_t w, const double *e_w, struct err *e)
{
	const struct labels *l = &j->p.l;
	size_t K = l->n_classes;

	for (uint32_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
		for (size_t c = 0; c < K; c++)
			if (!(e_w[c * K + l->w_value[i]] > 0))
				return err_set(e, "worker \"%.*s\": the model rules out the label \"%.*s\": it was made from other labels",
				               STR_FMT(ids_str(&j->p.workers, w)),
				               STR_FMT(intern_str(&j->classes->name, l->w_value[i])));
	return true;
}

static bool find_workers(struct job *j, struct err *e)
{
	const struct model *m = &j->s->model;

	j->param = mem_alloc(j->p.l.n_workers, m->cells * sizeof *j->param);
	for (uint32_t w = 0; w < j->p.l.n_workers; w++) {
		struct str name = ids_str(&j->p.workers, w);
		uint32_t i = intern_find(&m->workers, name);
		if (i == INTERN_NONE)
			return err_set(e, "worker \"%.*s\" is not in the model: it was made from other labels", STR_FMT(name));
		memcpy(j->param + w * m->cells, m->param + i * m->cells, m->cells * sizeof *j->param);
		if (shard_has_matrix(m->method) && !check_labels(j, w, j->param + w * m->cells, e))
			return false;
	}
	return true;
}

static bool repeats_fit(const struct job *j, struct err *e)
{
	size_t n = j->p.l.n_replaced;

	return j->s->options.repeats != AGREE_REPEATS_ERROR || !n ||
	       err_set(e, "%zu label%s a worker and task (see --repeats)", n, n == 1 ? " repeats" : "s repeat");
}

static bool sizes_fit(const struct job *j, struct err *e)
{
	double K = (double)j->p.l.n_classes, cells = (double)shard_cells(j->method, j->p.l.n_classes);

	return ((double)j->p.l.n_tasks * K <= MAX_POSTERIORS && (double)j->p.l.n_workers * cells <= MAX_POSTERIORS) ||
	       err_set(e, "%zu classes and %zu workers are too many for method %s", j->p.l.n_classes, j->p.l.n_workers,
	               shard_method_name(j->method));
}

static bool method_fits(const struct job *j, struct err *e)
{
	const struct shard_options *o = &j->s->options;

	return !o->only_method || j->method == o->method ||
	       err_set(e, "the model is of method %s, not %s", shard_method_name(j->method), shard_method_name(o->method));
}

/* The E step, which apply makes too. */
static bool job_run(struct job *j, struct shard *s, struct err *e)
{
	const struct shard_options *o = &s->options;

	*j = (struct job){ .s = s, .method = o->fresh ? o->method : s->model.method };
	part_init_all(&j->p, s->labels);
	struct labels *l = &j->p.l;
	s->totals.labels = l->n;
	s->totals.workers = l->n_workers;
	s->totals.replaced = l->n_replaced;
	s->totals.iteration = s->model.iteration;
	bool good = (o->fresh || model_check(&s->model, e)) && method_fits(j, e) && only_classes(j, e) && repeats_fit(j, e) &&
	            part_check_choices(&j->p, e) && number_classes(j, e) && sizes_fit(j, e) &&
	            (o->fresh || find_workers(j, e));
	if (!good)
		return false;
	struct shard_model m = { j->method, s->model.prior, j->param };
	j->q = mem_alloc(l->n_tasks * l->n_classes, sizeof *j->q);
	shard_e_step(l, j->method, o->fresh ? NULL : &m, j->gold, o->threads, j->q, &j->counts);
	s->totals.tasks = j->counts.n_tasks;
	return true;
}

static void job_release(struct job *j)
{
	part_release(&j->p);
	shard_classes_release(&j->own);
	free(j->param);
	free(j->q);
	shard_counts_release(&j->counts);
}

/* ---- the E step's records ----------------------------------------------------------------------- */

/* a number for the tasks of the shard, whatever their order */
static uint64_t tasks_id(const struct job *j)
{
	uint64_t id = 0;

	for (uint32_t t = 0; t < j->p.l.n_tasks; t++) {
		struct str name = ids_str(&j->p.tasks, t);
		id += XXH3_64bits(name.p, name.n);
	}
	return id;
}

static void emit_shard(const struct job *j, struct buf *b, struct sink *out)
{
	const struct model *m = &j->s->model;
	char id[SHARD_ID];

	buf_reset(b);
	buf_adds(b, "{\"kind\":\"shard\"");
	json_put_kstr(b, "method", str_of(shard_method_name(j->method)));
	json_put_kuint(b, "iteration", m->iteration);
	if (m->there) {
		shard_id_text(m->id, id);
		json_put_kstr(b, "model", str_of(id));
	}
	shard_id_text(tasks_id(j), id);
	json_put_kstr(b, "id", str_of(id));
	json_put_kuint(b, "tasks", j->counts.n_tasks);
	json_put_kuint(b, "labels", j->p.l.n);
	json_put_kuint(b, "workers", j->p.l.n_workers);
	shard_classes_put(b, j->classes);
	shard_put_numbers(b, "totals", j->counts.total, j->p.l.n_classes);
	json_put_knum(b, "loglik", j->counts.loglik);
	json_put_knum(b, "penalty", m->penalty);
	if (m->known)
		json_put_knum(b, "objective", m->objective);
	else
		json_put_knull(b, "objective");
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static void emit_count(const struct job *j, uint32_t w, struct buf *b, struct sink *out)
{
	const double *x = j->counts.count + w * shard_cells(j->method, j->p.l.n_classes);

	buf_reset(b);
	buf_adds(b, "{\"kind\":\"count\"");
	json_put_kstr(b, "worker", ids_str(&j->p.workers, w));
	json_put_kuint(b, "labels", j->p.l.w_off[w + 1] - j->p.l.w_off[w]);
	if (shard_has_matrix(j->method))
		shard_put_cells(b, "counts", j->classes, x);
	else
		json_put_knum(b, "right", *x);
	if (j->counts.rest)
		json_put_knum(b, "rest", j->counts.rest[w]);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static void emit_counts(const struct job *j, struct buf *b, struct sink *out)
{
	emit_run(j->s, b, out);
	emit_shard(j, b, out);
	for (uint32_t w = 0; w < j->p.l.n_workers; w++)
		emit_count(j, w, b, out);
}

/* ---- consensus ------------------------------------------------------------------------------------ */

/* as JSON, and as a member's name, which consensus.h wants */
static struct str text_of(struct arena *a, struct str key, bool as_name)
{
	struct buf b = BUF_INIT;

	if (as_name) {
		json_put_string(&b, value_name(key));
		buf_addc(&b, ':');
	} else {
		value_put(&b, key);
	}
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

static void emit_consensus(const struct job *j, struct buf *b, struct sink *out)
{
	const struct labels *l = &j->p.l;
	size_t K = l->n_classes, cells = shard_cells(j->method, K);
	struct arena texts = { 0 };
	struct str *value = mem_alloc(K, sizeof *value), *name = mem_alloc(K, sizeof *name);
	double *skill = mem_alloc(l->n_workers, sizeof *skill);
	uint32_t *winner = mem_alloc(l->n_tasks, sizeof *winner);
	uint8_t *tie = mem_zalloc(l->n_tasks, 1);

	emit_run(j->s, b, out);
	for (uint32_t k = 0; k < K; k++) {
		value[k] = text_of(&texts, intern_str(&j->classes->key, k), false);
		name[k] = text_of(&texts, intern_str(&j->classes->key, k), true);
	}
	for (size_t w = 0; w < l->n_workers; w++)
		skill[w] = shard_skill(j->method, K, j->s->model.prior, j->param + w * cells);
	mv_argmax(j->q, l->n_tasks, K, winner, tie);
	struct consensus c = {
		.labels = l, .tasks = j->p.tasks, .workers = j->p.workers, .value = value, .name = name,
		.method = shard_method_name(j->method), .winner = winner, .tie = tie, .q = j->q, .gold = j->gold,
		.skill = skill, .e = shard_has_matrix(j->method) ? j->param : NULL, .threads = j->s->options.threads,
	};
	consensus_emit(&c, out);
	consensus_emit_skills(&c, out);
	arena_release(&texts);
	free(value);
	free(name);
	free(skill);
	free(winner);
	free(tie);
}

/* ---- running ---------------------------------------------------------------------------------------- */

/* Once converged the model that the counts were made with is the answer, when it is at hand: a run on
 * all labels ends with the parameters of its last E step, and the M step behind it is never made. */
static bool merge(struct shard *s, struct buf *b, struct sink *out, struct err *e)
{
	double tolerance = s->options.tolerance == 0 ? default_tolerance : s->options.tolerance;
	struct model next = { 0 }, *m = &next;
	bool good = (!s->model.there && !s->model.lost) || model_check(&s->model, e);

	good = good && merge_model(&s->merge, &s->model, tolerance, &next, e);
	if (good) {
		struct shard_totals *t = &s->totals;
		if (next.converged && s->model.there) {
			m = &s->model;
			m->converged = true;
			m->known = true;
			m->objective = next.objective;
		}
		*t = (struct shard_totals){
			.labels = next.n_labels, .tasks = next.n_tasks, .workers = next.n_workers, .shards = s->merge.n_shards,
			.iteration = m->iteration, .known = next.known, .rose = s->merge.known, .converged = next.converged,
			.objective = next.objective, .rise = next.objective - s->merge.objective,
		};
		emit_run(s, b, out);
		model_emit(m, out);
	}
	model_release(&next);
	return good;
}

static bool run_labels(struct shard *s, struct buf *b, struct sink *out, struct err *e)
{
	struct job j;
	bool good = job_run(&j, s, e);

	if (good && s->options.step == SHARD_ESTEP)
		emit_counts(&j, b, out);
	else if (good)
		emit_consensus(&j, b, out);
	job_release(&j);
	return good;
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct shard *s = stage;
	struct buf b = BUF_INIT;

	s->totals = (struct shard_totals){ 0 };
	bool good = s->options.step == SHARD_MSTEP ? merge(s, &b, out, e) : run_labels(s, &b, out, e);
	buf_release(&b);
	return good;
}

const struct shard_totals *shard_totals(const void *stage)
{
	return &((const struct shard *)stage)->totals;
}

const struct stage_class stage_shard = {
	.tool = "lbl-agree",
	.create = create,
	.destroy = destroy,
	.take = take,
	.configure = configure,
	.run = run,
};
