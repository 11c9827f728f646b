/* the bootstrap over tasks, for coefficients that are a ratio of two sums */
#include "agree/coef.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/rng.h"
#include "math/sum.h"

/* The tasks in the order of task_rank (alpha: the pairable ones), n of them.  Resample b draws n
 * times: index = ((next >> 32) * n) >> 32, next from SplitMix64, one stream for all resamples.
 * The state of SplitMix64 is a counter, so any resample can start at once. */

struct boot {
	const struct units *u;
	const struct weights *w;
	enum coef_id id;
	double total_v;          /* ac, bp */
	const uint32_t *order;   /* n units */
	size_t n;
	const double *form;      /* by unit: disagreement of its pairs; not for midranks */
	uint64_t seed;
	double *value;           /* by resample */
	bool *has;
};

struct draw {
	uint32_t *times;         /* by place in order */
	uint64_t *n_of;          /* q: labels, each as often as its task was drawn */
	double *share;           /* q */
};

static void draw_tasks(const struct boot *b, size_t k, struct draw *d)
{
	uint64_t state = b->seed + (uint64_t)k * b->n * 0x9e3779b97f4a7c15;
	const struct units *u = b->u;

	for (size_t i = 0; i < b->n; i++)
		d->times[(splitmix64(&state) >> 32) * b->n >> 32]++;
	for (size_t i = 0; i < b->n; i++) {
		size_t t = b->order[i];
		double each = (double)d->times[i] / u->size[t];
		for (size_t c = u->off[t]; d->times[i] && c < u->off[t + 1]; c++) {
			d->n_of[u->pos[c]] += (uint64_t)u->count[c] * d->times[i];
			d->share[u->pos[c]] += u->count[c] * each;
		}
	}
}

static void resampled_marginal(const struct boot *b, const struct draw *d, struct marginal *m)
{
	size_t q = b->u->n_classes;
	bool alpha = b->id == COEF_ALPHA;
	struct sum all = { 0 };

	for (size_t p = 0; p < q; p++)
		m->n += d->n_of[p] > 0;
	m->pos = mem_alloc(m->n, sizeof *m->pos);
	m->mass = mem_alloc(m->n, sizeof *m->mass);
	m->v = mem_zalloc(m->n, sizeof *m->v);
	m->n = 0;
	for (size_t p = 0; p < q; p++) {
		if (!d->n_of[p])
			continue;
		m->pos[m->n] = (uint32_t)p;
		m->mass[m->n] = alpha ? (double)d->n_of[p] : d->share[p];
		sum_add(&all, m->mass[m->n++]);
	}
	for (size_t i = 0; i < m->n; i++)
		m->mass[i] /= sum_value(&all);
}

static bool resampled_value(const struct boot *b, const struct weights *w, const struct draw *d,
                            struct marginal *m, double *value)
{
	const struct units *u = b->u;
	bool alpha = b->id == COEF_ALPHA;
	struct sum disagree = { 0 };
	double n = 0;

	for (size_t i = 0; i < b->n; i++) {
		size_t t = b->order[i];
		double r = u->size[t], times = d->times[i];
		if (!d->times[i] || u->size[t] < 2)
			continue;
		double form = w->midranks ? weights_form(w, units_counts(u, t)) : b->form[t];
		n += times * (alpha ? r : 1);
		sum_add(&disagree, times * (form / (alpha ? r - 1 : r * (r - 1))));
	}
	bool chance = b->id == COEF_PERCENT || b->id == COEF_BP || (b->id == COEF_AC1 || b->id == COEF_AC2) || m->n > 1;
	if (!(n > 0) || !chance || !coef_chance(w, b->id, b->total_v, m))
		return false;
	*value = 1 - (alpha ? (n - 1) / n : 1) * (sum_value(&disagree) / n / m->de);
	return true;
}

static void one_resample(void *ctx, size_t k)
{
	struct boot *b = ctx;
	size_t q = b->u->n_classes;
	struct weights w = *b->w;
	struct marginal m = { 0 };
	struct draw d = {
		.times = mem_zalloc(b->n, sizeof *d.times), .n_of = mem_zalloc(q, sizeof *d.n_of),
		.share = mem_zalloc(q, sizeof *d.share),
	};

	draw_tasks(b, k, &d);
	if (w.midranks) {
		w.y = mem_alloc(q, sizeof *w.y);
		weights_midranks(&w, d.n_of);
	}
	resampled_marginal(b, &d, &m);
	b->has[k] = resampled_value(b, &w, &d, &m, &b->value[k]);
	marginal_release(&m);
	if (w.midranks)
		free(w.y);
	free(d.times);
	free(d.n_of);
	free(d.share);
}

struct ranked {
	uint32_t rank, unit;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

static uint32_t *order_of(const struct units *u, const uint32_t *rank, size_t least, size_t *n)
{
	struct ranked *r = mem_alloc(u->n, sizeof *r);
	uint32_t *order = mem_alloc(u->n, sizeof *order);

	*n = 0;
	for (size_t i = 0; i < u->n; i++)
		if (u->size[i] >= least)
			r[(*n)++] = (struct ranked){ rank ? rank[u->task[i]] : u->task[i], (uint32_t)i };
	qsort(r, *n, sizeof *r, by_rank);
	for (size_t i = 0; i < *n; i++)
		order[i] = r[i].unit;
	free(r);
	return order;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* type 7: linear between order statistics */
static double quantile_of(const double *v, size_t n, double p)
{
	double h = (double)(n - 1) * p;
	size_t i = (size_t)h;

	return i + 1 < n ? v[i] + (h - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}

static void summarise(double *v, size_t n, double level, struct coef *out)
{
	struct sum s = { 0 }, sq = { 0 };

	for (size_t i = 0; i < n; i++)
		sum_add(&s, v[i]);
	out->centre = sum_value(&s) / (double)n;
	for (size_t i = 0; i < n; i++)
		sum_add(&sq, (v[i] - out->centre) * (v[i] - out->centre));
	out->se = m_sqrt(sum_value(&sq) / ((double)n - 1));
	qsort(v, n, sizeof *v, by_size);
	out->low = quantile_of(v, n, (1 - level) / 2);
	out->high = quantile_of(v, n, (1 + level) / 2);
}

void coef_bootstrap(const struct units *u, const struct weights *w, enum coef_id id,
                    const struct coef_opt *o, struct coef *out)
{
	size_t n_values = 0, n;
	double *form = mem_zalloc(u->n, sizeof *form);
	uint32_t *order = order_of(u, o->task_rank, id == COEF_ALPHA ? 2 : 1, &n);
	struct boot b = {
		.u = u, .w = w, .id = id, .order = order, .n = n, .form = form, .seed = o->seed,
		.total_v = id == COEF_AC1 || id == COEF_AC2 || id == COEF_BP ? weights_total(w) : 0,
		.value = mem_alloc(o->n_resamples, sizeof *b.value), .has = mem_zalloc(o->n_resamples, sizeof *b.has),
	};

	for (size_t i = 0; !w->midranks && i < u->n; i++)
		form[i] = weights_form(w, units_counts(u, i));
	par_for(o->threads, o->n_resamples, one_resample, &b);
	for (size_t k = 0; k < o->n_resamples; k++)
		if (b.has[k])
			b.value[n_values++] = b.value[k];
	out->n_dropped = o->n_resamples - n_values;
	if (n_values > 1)
		summarise(b.value, n_values, o->level, out);
	else
		coef_fail_error(out, COEF_FEW_RESAMPLES);
	free(form);
	free(order);
	free(b.value);
	free(b.has);
}
