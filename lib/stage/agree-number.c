/* The type number: a number for each task, with an interval, by agree/number.h. */
#include "stage/agree-part.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

#include "agree/number-choose.h"
#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "math/explog.h"
#include "math/sum.h"
#include "rec/value.h"
#include "stage/report-list.h"

static const char alone[] = "no task has two answers", vast[] = "beyond the largest number";

enum { AUTO, FIRST };                   /* the list of names in agree.c: auto, then as enum number_method has them */

struct job {
	struct part *p;
	struct labels *l;               /* p->l; values become the numbers in ascending order */
	uint32_t *order;                /* by value: its id */
	double *x;                      /* by value */
	double *gold;                   /* by task, where has_gold; NULL = none */
	uint8_t *has_gold;
	bool chose;
	struct number_choice choice;    /* if it chose */
	enum number_method method;
	const char *name;               /* of method */
	bool known;                     /* some task has two answers: something is known of errors */
	struct number_opt opt;
	struct number fit;
	struct buf b;
};

/* ---- what the methods read ----------------------------------------------------------- */

/* A label that came before the record of its task may be anything. */
static bool read_numbers(const struct part *p, const bool *used, double *x, struct err *e)
{
	for (uint32_t v = 0; v < p->s->values.n; v++) {
		struct str key = part_key(p, v);
		if (used[v] && (key.p[0] != 'n' || !num_parse(value_name(key), &x[v])))
			return part_bad(p, v, "is no number", e);
	}
	return true;
}

struct value {
	double x;
	uint32_t id;
};

static int by_number(const void *a, const void *b)
{
	const struct value *v = a, *w = b;

	return (v->x > w->x) - (v->x < w->x);   /* two ids are two numbers: rec/value.h */
}

/* The numbers of labels, each once: replaced labels and gold are not among them. */
static void number_values(struct job *j, const double *x)
{
	size_t n_ids = j->p->s->values.n, n = 0;
	uint32_t *new = mem_alloc(n_ids, sizeof *new);
	struct value *v = mem_alloc(n_ids, sizeof *v);
	bool *said = mem_zalloc(n_ids, sizeof *said);

	for (size_t i = 0; i < j->l->n; i++)
		said[j->l->t_value[i]] = true;
	for (uint32_t id = 0; id < n_ids; id++)
		if (said[id])
			v[n++] = (struct value){ x[id], id };
	if (n)
		qsort(v, n, sizeof *v, by_number);
	j->x = mem_alloc(n, sizeof *j->x);
	j->order = mem_alloc(n, sizeof *j->order);
	for (size_t i = 0; i < n; i++) {
		j->x[i] = v[i].x;
		j->order[i] = v[i].id;
		new[v[i].id] = (uint32_t)i;
	}
	for (size_t i = 0; i < j->l->n; i++) {
		j->l->t_value[i] = new[j->l->t_value[i]];
		j->l->w_value[i] = new[j->l->w_value[i]];
	}
	j->l->n_classes = n;
	free(new);
	free(v);
	free(said);
}

static void take_gold(struct job *j, const double *x)
{
	size_t n = j->l->n_tasks;

	if (!j->p->gold)
		return;
	j->gold = mem_zalloc(n, sizeof *j->gold);
	j->has_gold = mem_zalloc(n, 1);
	for (size_t t = 0; t < n; t++)
		if (j->p->gold[t] != AGREE_NO_GOLD) {
			j->has_gold[t] = 1;
			j->gold[t] = x[j->p->gold[t]];
		}
}

static bool read_all(struct job *j, struct err *e)
{
	bool *used = part_used(j->p);
	double *x = mem_zalloc(j->p->s->values.n, sizeof *x);
	bool good = read_numbers(j->p, used, x, e);

	if (good) {
		take_gold(j, x);
		number_values(j, x);
	}
	free(used);
	free(x);
	return good;
}

/* ---- computing ------------------------------------------------------------------------- */

static uint8_t *folds(const struct ids *names, size_t n)
{
	uint8_t *fold = mem_alloc(n, 1);

	for (uint32_t i = 0; i < n; i++) {
		struct str id = ids_str(names, i);
		fold[i] = (uint8_t)(XXH3_64bits(id.p, id.n) % NUMBER_FOLDS);
	}
	return fold;
}

static void choose(struct job *j)
{
	uint8_t *task = folds(&j->p->tasks, j->l->n_tasks), *worker = folds(&j->p->workers, j->l->n_workers);

	number_choose(j->l, j->x, task, worker, &j->choice);
	j->chose = true;
	free(task);
	free(worker);
}

static void fit(struct job *j)
{
	const struct agree_options *o = &j->p->s->options;
	const struct agree_method *none;
	int own = part_method(j->p, &none);

	if (own == AUTO)
		choose(j);
	j->method = own == AUTO ? j->choice.chosen : (enum number_method)(own - FIRST);
	j->name = part_class_of[TASK_NUMBER].methods[j->method + FIRST];
	j->opt = (struct number_opt)NUMBER_OPT_INIT;
	j->opt.bias = true;
	if (o->iterations)
		j->opt.max_iter = o->iterations;
	if (o->tolerance < 0 || o->tolerance > 0)
		j->opt.tol = o->tolerance;
	if (part_clamps(j->p)) {
		j->opt.gold = j->gold;
		j->opt.has_gold = j->has_gold;
	}
	for (size_t t = 0; t < j->l->n_tasks; t++)
		j->known = j->known || j->l->t_off[t + 1] - j->l->t_off[t] > 1;
	number_fit(j->l, j->x, j->method, &j->opt, &j->fit);
}

/* ---- emitting ------------------------------------------------------------------------------ */

/* a number, or null where it is none that JSON can say; returns whether it is one */
static bool put_real(struct buf *b, const char *key, double x)
{
	bool real = isfinite(x);

	if (real)
		json_put_knum(b, key, x);
	else
		json_put_knull(b, key);
	return real;
}

static void emit_agreement(struct job *j, struct sink *out)
{
	struct agree *s = j->p->s;
	struct agreement_options o = s->options.agreement;
	struct agreement_of in = {
		.type = "number", .l = j->l, .classes = { &s->values, j->order }, .tasks = j->p->tasks,
		.workers = j->p->workers, .order = TASK_NO_LIST, .groups = &s->groups,
		.repeats = s->options.repeats == AGREE_REPEATS_KEEP,
		.seed = s->options.seed,
		.threads = s->options.threads,
	};

	o.n_choices = 0;                /* those are of type class */
	if (o.metric == METRIC_NOMINAL)
		o.metric = METRIC_INTERVAL;     /* numbers are not names */
	agreement_emit(&in, &o, out);
}

static void emit_choice(struct job *j, struct sink *out)
{
	const struct number_choice *c = &j->choice;
	bool lfc = c->chosen == NUMBER_LFC;

	buf_adds(&j->b, "{\"kind\":\"choice\",\"type\":\"number\",\"method\":\"auto\"");
	json_put_kstr(&j->b, "chosen", str_of(j->name));
	json_put_kuint(&j->b, "answers", c->n);
	if (c->n) {
		json_put_knum(&j->b, "lfc_n", c->lfc);
		json_put_knum(&j->b, "median", c->median);
		json_put_knum(&j->b, "se", c->se);
	}
	json_put_kstr(&j->b, "why", str_of(!c->n ? "no task has two answers that differ" : lfc
		? "answers held out are not clearly closer to the median" : "answers held out are closer to the median"));
	part_put(&j->b, out);
	if (c->n)
		agree_note(j->p->s, "number: auto: %s, for the squared error of answers held out is %.3f by lfc-n, %.3f by the median",
		           j->name, c->lfc, c->median);
	else
		agree_note(j->p->s, "number: auto: %s, for no task has two answers that differ", j->name);
}

static void judge(struct job *j, struct sink *out)
{
	struct sum abs = { 0 }, square = { 0 };
	size_t n = 0, inside = 0;

	for (size_t t = 0; t < j->l->n_tasks; t++)
		if (j->has_gold[t]) {
			double d = fabs(j->fit.value[t] - j->gold[t]);
			sum_add(&abs, d);
			sum_add(&square, d * d);
			inside += j->fit.low[t] <= j->gold[t] && j->gold[t] <= j->fit.high[t];
			n++;
		}
	buf_adds(&j->b, "{\"kind\":\"judgement\",\"type\":\"number\"");
	json_put_kstr(&j->b, "method", str_of(j->name));
	json_put_kuint(&j->b, "tasks", n);
	if (n) {
		double mae = sum_value(&abs) / (double)n, mse = sum_value(&square) / (double)n;
		bool real = put_real(&j->b, "mae", mae);
		real = put_real(&j->b, "rmse", isfinite(mse) ? m_sqrt(mse) : mse) && real;
		if (!real)
			json_put_kstr(&j->b, "why", str_of(vast));
		json_put_knum(&j->b, "inside", (double)inside / (double)n);
		json_put_knum(&j->b, "level", j->opt.level);
		agree_note(j->p->s, "number: on %zu gold task%s: mean absolute error %.4g, root mean square %.4g, %zu inside the interval",
		           n, n == 1 ? "" : "s", mae, isfinite(mse) ? m_sqrt(mse) : mse, inside);
	}
	part_put(&j->b, out);
}

static void put_consensus(struct job *j, uint32_t t)
{
	struct buf *b = &j->b;
	double low = j->fit.low[t], high = j->fit.high[t];

	buf_adds(b, "{\"kind\":\"consensus\"");
	json_put_kstr(b, "task", ids_str(&j->p->tasks, t));
	bool real = put_real(b, "value", j->fit.value[t]);
	json_put_knull(b, "confidence");
	real = put_real(b, "low", low) && real;
	real = put_real(b, "high", high) && real;
	json_put_knum(b, "level", j->opt.level);
	if (!real)
		json_put_kstr(b, "why", str_of(!j->known ? alone : vast));
	json_put_kuint(b, "labels", j->l->t_off[t + 1] - j->l->t_off[t]);
	json_put_kstr(b, "method", str_of(j->name));
	json_put_kstr(b, "type", STR("number"));
}

static void put_skill(struct job *j, uint32_t w)
{
	struct buf *b = &j->b;

	buf_adds(b, "{\"kind\":\"skill\"");
	json_put_kstr(b, "worker", ids_str(&j->p->workers, w));
	json_put_kuint(b, "labels", j->l->w_off[w + 1] - j->l->w_off[w]);
	if (!put_real(b, "skill", j->known ? j->fit.skill[w] : INFINITY))
		json_put_kstr(b, "why", str_of(j->known ? "no error was seen" : alone));
	json_put_kstr(b, "method", str_of(j->name));
	json_put_kstr(b, "type", STR("number"));
	if (!j->known)
		return;
	put_real(b, "sigma", j->fit.sigma[w]);
	if (j->method == NUMBER_LFC)
		put_real(b, "bias", j->fit.bias[w]);
	if (j->method == NUMBER_CRH || j->method == NUMBER_CATD)
		put_real(b, "weight", j->fit.weight[w]);
}

static void emit_all(struct job *j, struct sink *out)
{
	emit_agreement(j, out);
	if (j->chose)
		emit_choice(j, out);
	if (j->gold && !part_clamps(j->p))
		judge(j, out);
	for (uint32_t t = 0; t < j->l->n_tasks; t++) {
		put_consensus(j, t);
		part_put(&j->b, out);
	}
	for (uint32_t w = 0; w < j->l->n_workers; w++) {
		put_skill(j, w);
		part_put(&j->b, out);
	}
	sink_lines(out, buf_str(&j->b));
	if (!j->fit.converged)
		agree_note(j->p->s, "number: %s has not converged after %u iteration%s", j->name, j->fit.n_iter,
		           j->fit.n_iter == 1 ? "" : "s");
}

/* ---- the page ----------------------------------------------------------------------------------- */

static double width(const struct job *j, uint32_t t)
{
	return j->fit.high[t] - j->fit.low[t];
}

static void task_row(const void *ctx, uint32_t t, struct report_row *r)
{
	const struct job *j = ctx;

	row_text(r, ids_str(&j->p->tasks, t));
	row_real(r, j->fit.value[t], j->fit.s0);
	row_real(r, j->fit.low[t], j->fit.s0);
	row_real(r, j->fit.high[t], j->fit.s0);
	row_fixed(r, j->fit.s0 > 0 ? width(j, t) / j->fit.s0 : NAN, 2);
	row_number(r, j->l->t_off[t + 1] - j->l->t_off[t]);
}

static void worker_row(const void *ctx, uint32_t w, struct report_row *r)
{
	const struct job *j = ctx;

	row_text(r, ids_str(&j->p->workers, w));
	row_number(r, j->l->w_off[w + 1] - j->l->w_off[w]);
	row_real(r, j->fit.sigma[w], j->fit.s0);
	if (j->method == NUMBER_LFC)
		row_real(r, j->fit.bias[w], j->fit.s0);
}

static void report(const struct job *j)
{
	struct report_keep *k = &j->p->s->report;
	size_t tasks = j->l->n_tasks, workers = j->l->n_workers;
	double *key = mem_alloc(tasks > workers ? tasks : workers, sizeof *key);

	for (uint32_t t = 0; t < tasks; t++)
		key[t] = -width(j, t);
	report_keep_list(k, &(struct report_list){
		.section = STR("Numbers"), .title = "Tasks, the widest interval first", .method = j->name,
		.note = j->known ? "The truth is within the interval with the probability 95 %. Widths are counted in "
			"typical errors of an answer." : "No task has two answers, so nothing is known of errors.",
		.head = "Task|Consensus|From|To|Width|Labels", .align = "lrrrrr", .key = key, .n = j->known ? tasks : 0,
		.most = REPORT_FEW, .row = task_row, .ctx = j,
	});
	for (size_t w = 0; w < workers; w++)
		key[w] = -j->fit.sigma[w];
	report_keep_list(k, &(struct report_list){
		.section = STR("Numbers"), .title = "Workers, the greatest error first",
		.note = j->method == NUMBER_LFC ? "Error is the typical distance of an answer from the truth, once the bias is taken "
			"off: by how much the worker is too high." : "Error is the typical distance of an answer from the truth.",
		.head = "Worker|Labels|Error|Bias", .align = j->method == NUMBER_LFC ? "lrrr" : "lrr", .key = key,
		.n = j->known ? workers : 0, .most = REPORT_FEW, .row = worker_row, .ctx = j,
	});
	free(key);
}

bool agree_number(struct part *p, struct sink *out, struct err *e)
{
	struct job j = { .p = p, .l = &p->l };
	bool good = read_all(&j, e);

	if (good) {
		fit(&j);
		emit_all(&j, out);
		report(&j);
		number_release(&j.fit);
	}
	free(j.x);
	free(j.order);
	free(j.gold);
	free(j.has_gold);
	buf_release(&j.b);
	return good;
}
