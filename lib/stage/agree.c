#include "stage/agree.h"

#include <stdlib.h>

#include "agree/alpha.h"
#include "agree/ds.h"
#include "agree/mv.h"
#include "base/mem.h"
#include "base/par.h"
#include "data/intern.h"
#include "json/write.h"
#include "rec/rec.h"
#include "rec/value.h"
#include "stage/consensus.h"

struct agree {
	struct intern tasks, workers, values;   /* values: keys of rec/value.h */
	struct labels labels;
	struct arena scratch;
	struct buf key;
	struct agree_options options;
	struct agree_totals totals;
};

/* What a method found, in the class order of the label text. */
struct model {
	double *q;              /* ds: tasks x classes, in ds */
	uint32_t *winner;       /* class by task; MV_NONE for a task without labels */
	uint8_t *tie;
	double *skill;          /* by worker */
	struct ds ds;           /* with method ds */
};

static const char *const method_name[] = { "mv", "ds" };

static void *create(void)
{
	struct agree *s = mem_zalloc(1, sizeof *s);

	s->options = (struct agree_options)AGREE_OPTIONS_DEFAULT;
	return s;
}

static void destroy(void *stage)
{
	struct agree *s = stage;

	intern_release(&s->tasks);
	intern_release(&s->workers);
	intern_release(&s->values);
	labels_release(&s->labels);
	arena_release(&s->scratch);
	buf_release(&s->key);
	free(s);
}

static bool take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	struct agree *s = stage;
	struct rec_label l;

	if (!str_is(kind, "label"))
		return true;
	arena_reset(&s->scratch);
	buf_reset(&s->key);
	if (!rec_label(r, &s->scratch, &l, e) || !value_key(&l.value, &s->key, e))
		return false;
	if (!labels_add(&s->labels, intern(&s->tasks, l.task), intern(&s->workers, l.worker),
	                intern(&s->values, buf_str(&s->key))))
		return err_set(e, "too many labels");
	return true;
}

/* n labels, to be put behind the first `from` */
struct batch {
	struct agree *s;
	const struct quick_label *label;
	size_t n, from;
};

static void intern_tasks(const struct batch *b)
{
	intern_many(&b->s->tasks, &b->label->task, sizeof *b->label, b->n, b->s->labels.task + b->from);
}

static void intern_others(const struct batch *b)
{
	intern_many(&b->s->workers, &b->label->worker, sizeof *b->label, b->n, b->s->labels.worker + b->from);
	intern_many(&b->s->values, &b->label->key, sizeof *b->label, b->n, b->s->labels.value + b->from);
}

static void intern_job(void *ctx, size_t job)
{
	if (job == 0)
		intern_tasks(ctx);
	else
		intern_others(ctx);
}

bool agree_take_labels(void *stage, const struct quick_label *label, size_t n, struct err *e)
{
	struct agree *s = stage;
	struct batch b = { s, label, n, s->labels.n };
	enum { WORTH_A_THREAD = 2048 };

	if (!labels_extend(&s->labels, n))
		return err_set(e, "too many labels");
	par_for(n < WORTH_A_THREAD ? 1 : s->options.threads, 2, intern_job, &b);
	s->labels.n_tasks = s->tasks.n;
	s->labels.n_workers = s->workers.n;
	s->labels.n_classes = s->values.n;
	return true;
}

/* ---- options -------------------------------------------------------------------- */

void agree_set(void *stage, const struct agree_options *o)
{
	((struct agree *)stage)->options = *o;
}

bool agree_method_of(struct str name, enum agree_method *m)
{
	for (size_t i = 0; i < sizeof method_name / sizeof method_name[0]; i++)
		if (str_is(name, method_name[i])) {
			*m = (enum agree_method)i;
			return true;
		}
	return false;
}

static void put_options(struct buf *b, const struct agree_options *o)
{
	buf_addc(b, '{');
	json_put_kstr(b, "method", str_of(method_name[o->method]));
	if (o->method == AGREE_DS) {
		json_put_kuint(b, "iterations", o->iterations);
		json_put_knum(b, "tolerance", o->tolerance);
	}
	buf_addc(b, '}');
}

static bool configure(void *stage, const struct json_field *options, struct err *e)
{
	struct text { struct str method; uint64_t iterations; double tolerance; } o;
	static const struct rec_field fields[] = {
		REC_FIELD(text, method, REC_STRING, true),
		REC_FIELD(text, iterations, REC_COUNT, false),
		REC_FIELD(text, tolerance, REC_NUMBER, false),
	};
	struct agree *s = stage;
	struct json_record r = { 0 };

	memset(&o, 0, sizeof o);
	arena_reset(&s->scratch);
	bool good = json_read(&r, options->raw, e) && rec_read(&r, fields, 3, &s->scratch, &o, e);
	json_record_release(&r);
	if (!good)
		return err_prefix(e, "options: ");
	if (!agree_method_of(o.method, &s->options.method))
		return err_set(e, "options: unknown method \"%.*s\"", STR_FMT(o.method));
	/* what the command line allows: a forged log must not make an auditor compute for ever */
	if (s->options.method == AGREE_DS && (o.iterations < 1 || o.iterations > AGREE_MAX_ITERATIONS))
		return err_set(e, "options: field \"iterations\" is not from 1 to %d", AGREE_MAX_ITERATIONS);
	if (o.tolerance < -1 || o.tolerance > 1)
		return err_set(e, "options: field \"tolerance\" is not from -1 to 1");
	s->options.iterations = (uint32_t)o.iterations;
	s->options.tolerance = o.tolerance;
	return true;
}

/* ---- computing --------------------------------------------------------------------- */

/* The values that labels still have, in bytewise order, become the classes 0, 1, ...
 * One that only replaced labels had is no class: a corrected slip must leave no trace
 * in the model. */
static void number_classes(const struct agree *s, struct labels *l, uint32_t *order)
{
	uint32_t *class_of = mem_alloc(s->values.n, sizeof *class_of);
	uint8_t *used = mem_zalloc(s->values.n, 1);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		used[l->t_value[i]] = 1;
	intern_sort(&s->values, NULL, order);
	for (size_t i = 0; i < s->values.n; i++)
		if (used[order[i]]) {
			class_of[order[i]] = (uint32_t)n;
			order[n++] = order[i];
		}
	for (size_t i = 0; i < l->n; i++) {
		l->t_value[i] = class_of[l->t_value[i]];
		l->w_value[i] = class_of[l->w_value[i]];
	}
	l->n_classes = n;
	free(class_of);
	free(used);
}

/* The labels that count, grouped; the stage's own columns stay as they are.
 * order[class] is the id of its value. */
static struct labels grouped(const struct agree *s, uint32_t *order)
{
	struct labels l = s->labels;

	labels_group(&l, true);
	l.task = l.worker = l.value = NULL;     /* they belong to s->labels */
	l.cap = 0;
	number_classes(s, &l, order);
	return l;
}

/* A posterior names its classes by their text alone: two that differ only in type
 * (1 and "1") cannot be told apart there. */
static bool distinct_names(const struct agree *s, const uint32_t *order, size_t n, struct err *e)
{
	struct intern names = { 0 };
	bool good = true;

	for (size_t i = 0; good && i < n; i++) {
		struct str name = value_name(intern_str(&s->values, order[i]));
		if (intern(&names, name) < i)
			good = err_set(e, "labels mix types: both the string \"%.*s\" and %.*s occur",
			               STR_FMT(name), STR_FMT(name));
	}
	intern_release(&names);
	return good;
}

/* Share of a worker's labels that equal the consensus. */
static void skills_of_votes(const struct labels *l, struct model *m)
{
	for (size_t w = 0; w < l->n_workers; w++) {
		uint32_t from = l->w_off[w], to = l->w_off[w + 1], hits = 0;
		for (uint32_t i = from; i < to; i++)
			hits += m->winner[l->w_task[i]] == l->w_value[i];
		m->skill[w] = to > from ? (double)hits / (double)(to - from) : 0;
	}
}

/* Chance that a worker is right on a task whose class is drawn from the prior. */
static void skills_of_ds(struct model *m)
{
	size_t K = m->ds.n_classes;

	for (size_t w = 0; w < m->ds.n_workers; w++) {
		double sum = 0;
		for (size_t c = 0; c < K; c++)
			sum += m->ds.prior[c] * m->ds.e[(w * K + c) * K + c];
		m->skill[w] = sum < 1 ? sum : 1;
	}
}

enum { MAX_MODEL = 1 << 27 };   /* doubles in the confusion matrices of ds: 1 GiB */

static bool fit(struct agree *s, const struct labels *l, struct model *m, struct err *e)
{
	size_t K = l->n_classes;

	m->winner = mem_alloc(l->n_tasks, sizeof *m->winner);
	m->tie = mem_zalloc(l->n_tasks, 1);
	m->skill = mem_alloc(l->n_workers, sizeof *m->skill);
	if (s->options.method == AGREE_MV) {
		mv_winners(l, s->options.threads, m->winner, NULL, m->tie);
		skills_of_votes(l, m);
		return true;
	}
	if ((double)l->n_workers * (double)K * (double)K > MAX_MODEL)
		return err_set(e, "%zu classes and %zu workers are too many for method ds: use mv", K, l->n_workers);
	struct ds_opt o = { s->options.iterations, s->options.tolerance, true, s->options.threads };
	ds_fit(l, &o, &m->ds);
	m->q = m->ds.q;
	mv_argmax(m->q, l->n_tasks, K, m->winner, m->tie);
	skills_of_ds(m);
	s->totals.iterations = m->ds.n_iter;
	s->totals.converged = m->ds.converged;
	return true;
}

static void model_release(struct model *m, enum agree_method method)
{
	if (method == AGREE_DS)
		ds_release(&m->ds);
	free(m->winner);
	free(m->tie);
	free(m->skill);
}

/* ---- emitting ------------------------------------------------------------------------ */

/* Each class as JSON text, as a value or as a member's name. */
static struct str *class_texts(const struct agree *s, const uint32_t *order, size_t n, bool as_name, struct arena *a)
{
	struct str *text = mem_alloc(n, sizeof *text);
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		struct str key = intern_str(&s->values, order[i]);
		buf_reset(&b);
		if (as_name) {
			json_put_string(&b, value_name(key));
			buf_addc(&b, ':');
		} else {
			value_put(&b, key);
		}
		text[i] = arena_str(a, buf_str(&b));
	}
	buf_release(&b);
	return text;
}

static void emit_model(const struct agree *s, const struct labels *l, const struct model *m, const uint32_t *order,
                       struct sink *out)
{
	struct arena a = { 0 };
	struct str *value = class_texts(s, order, l->n_classes, false, &a);
	struct str *name = class_texts(s, order, l->n_classes, true, &a);
	struct consensus c = { l, &s->tasks, &s->workers, value, name, method_name[s->options.method], m->winner,
	                       m->tie, m->q, m->skill, m->ds.e, s->options.threads };

	consensus_emit(&c, out);
	consensus_emit_skills(&c, out);
	arena_release(&a);
	free(value);
	free(name);
}

static void emit_run(const struct agree *s, struct buf *b, struct sink *out)
{
	buf_reset(b);
	stage_put_run(b, stage_agree.tool);
	put_options(b, &s->options);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

/* Krippendorff's alpha; undefined is null with a reason, never a number */
static void emit_agreement(const struct labels *l, struct buf *b, struct sink *out)
{
	struct alpha a;

	alpha_nominal(l, 0.95, &a);
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"agreement\",\"metric\":\"alpha\"");
	if (a.status == ALPHA_OK) {
		json_put_knum(b, "value", a.value);
	} else {
		json_put_knull(b, "value");
		json_put_kstr(b, "why", str_of(alpha_why(a.status)));
	}
	if (a.status == ALPHA_OK && a.se_status == ALPHA_OK) {
		json_put_knum(b, "se", a.se);
		json_put_knum(b, "low", a.low);
		json_put_knum(b, "high", a.high);
	} else if (a.status == ALPHA_OK) {
		json_put_knull(b, "se");
		json_put_kstr(b, "why", str_of(alpha_why(a.se_status)));
	}
	json_put_kuint(b, "tasks", a.n_pairable);
	json_put_kuint(b, "workers", l->n_workers);
	json_put_kuint(b, "labels", a.n_labels);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct agree *s = stage;
	uint32_t *order = mem_alloc(s->values.n, sizeof *order);
	struct labels l = grouped(s, order);
	struct model m = { 0 };
	struct buf b = BUF_INIT;
	bool good = true;

	s->totals = (struct agree_totals){ l.n, l.n_tasks, l.n_workers, l.n_classes, l.n_replaced, 0, 0, true };
	if (l.n)
		good = distinct_names(s, order, l.n_classes, e) && fit(s, &l, &m, e);
	if (good) {
		emit_run(s, &b, out);
		emit_agreement(&l, &b, out);
	}
	if (good && l.n)
		emit_model(s, &l, &m, order, out);
	for (size_t t = 0; good && t < l.n_tasks; t++)
		s->totals.ties += m.tie[t];
	if (l.n)
		model_release(&m, s->options.method);
	labels_release(&l);
	free(order);
	buf_release(&b);
	return good;
}

struct agree_totals agree_totals(const void *stage)
{
	return ((const struct agree *)stage)->totals;
}

const struct stage_class stage_agree = {
	.tool = "lbl-agree",
	.create = create,
	.destroy = destroy,
	.take = take,
	.configure = configure,
	.run = run,
};
