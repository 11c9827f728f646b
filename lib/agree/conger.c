/* Conger's kappa: each worker has a distribution of its own.
 *
 * With p_g the shares of classes among the n_g labels of worker g, p their mean over the R
 * workers, and v_g = R p - p_g:
 *
 *	1 - p_e = sum_g v_g' V p_g / (R)
 *	e_i - p_e = sum over the labels (g, c) of task i of
 *	            n/n_g (v_g' V p_g - (v_g' V)_c) / (R)
 */
#include "agree/coef.h"

#include <stdlib.h>

#include "base/mem.h"
#include "math/exact.h"
#include "math/isqrt.h"

__extension__ typedef __int128 i128;

struct conger {
	const struct units *u;
	const struct weights *w;
	struct counter count;
	size_t n_workers;        /* R: with a label */
	uint32_t *pos;           /* the classes that occur */
	double *mass, *v;        /* p and V p on them */
	double *v_of;            /* q: V p by class position */
	size_t n_classes;
	double de;
	double *own;             /* scratch: p_g and V p_g on the classes of a worker */
	size_t cap;
	i128 *e;                 /* by task: e_i - p_e in units of 2^-60 */
};

static size_t labels_of(const struct labels *l, size_t g)
{
	return l->w_off[g + 1] - l->w_off[g];
}

static struct counts cells_of(struct conger *c, size_t g)
{
	const struct labels *l = c->u->l;

	for (size_t i = l->w_off[g]; i < l->w_off[g + 1]; i++)
		counter_add(&c->count, c->u->place[l->w_value[i]]);
	return counter_counts(&c->count);
}

static void mean_worker(struct conger *c)
{
	const struct labels *l = c->u->l;
	size_t q = c->u->n_classes;
	u128 *share = mem_zalloc(q, sizeof *share), all = 0;

	for (size_t g = 0; g < l->n_workers; g++) {
		if (!labels_of(l, g))
			continue;
		c->n_workers++;
		u128 each = ((u128)1 << 94) / labels_of(l, g);
		for (size_t i = l->w_off[g]; i < l->w_off[g + 1]; i++)
			share[c->u->place[l->w_value[i]]] += each;
	}
	for (size_t p = 0; p < q; p++)
		all += share[p];
	c->pos = mem_alloc(q, sizeof *c->pos);
	c->mass = mem_alloc(q, sizeof *c->mass);
	c->v = mem_zalloc(q, sizeof *c->v);
	c->v_of = mem_zalloc(q, sizeof *c->v_of);
	for (size_t p = 0; p < q; p++) {
		if (!share[p])
			continue;
		c->pos[c->n_classes] = (uint32_t)p;
		c->mass[c->n_classes++] = (double)share[p] / (double)all;
	}
	free(share);
	weights_apply(c->w, c->pos, c->mass, c->n_classes, c->v);
	for (size_t k = 0; k < c->n_classes; k++)
		c->v_of[c->pos[k]] = c->v[k];
}

static void chance(struct conger *c)
{
	const struct labels *l = c->u->l;
	double r = (double)c->n_workers;
	struct exact own = { 0 }, both = { 0 };

	for (size_t g = 0; g < l->n_workers; g++) {
		double n = (double)labels_of(l, g);
		if (n > 0)
			exact_add(&own, weights_form(c->w, cells_of(c, g)) / (n * n));
	}
	for (size_t k = 0; k < c->n_classes; k++)
		exact_add(&both, c->mass[k] * c->v[k]);
	c->de = (r * r * exact_value(&both) - exact_value(&own)) / (r * (r - 1));
}

/* the labels of one worker, each to its task */
static void influence_of(struct conger *c, size_t g)
{
	const struct labels *l = c->u->l;
	struct counts k = cells_of(c, g);
	double n = (double)k.total, r = (double)c->n_workers;
	double mean = 0, up = (double)c->u->n / n / (r * (r - 1));

	if (k.n > c->cap) {
		c->cap = mem_grow(c->cap, k.n);
		c->own = mem_realloc(c->own, 2 * c->cap, sizeof *c->own);
	}
	double *p = c->own, *v = c->own + k.n;
	for (size_t i = 0; i < k.n; i++)
		p[i] = k.count[i] / n;
	weights_apply(c->w, k.pos, p, k.n, v);
	for (size_t i = 0; i < k.n; i++) {
		v[i] = r * c->v_of[k.pos[i]] - v[i];     /* (v_g' V) at this class */
		mean += p[i] * v[i];
	}
	/* tally is zero between calls: lend it to look a class up, then clear it again */
	for (size_t i = 0; i < k.n; i++)
		c->count.tally[k.pos[i]] = (uint32_t)i;
	for (size_t i = l->w_off[g]; i < l->w_off[g + 1]; i++) {
		double e = (mean - v[c->count.tally[c->u->place[l->w_value[i]]]]) * up;
		c->e[l->w_task[i]] += (i128)(e * 0x1p60);
	}
	for (size_t i = 0; i < k.n; i++)
		c->count.tally[k.pos[i]] = 0;
}

static void linear_error(struct conger *c, const struct coef_opt *o, double da, struct coef *out)
{
	const struct units *u = c->u;
	double n = (double)u->n, a = n / (double)u->n_pair;
	double f = o->population > 0 ? n / o->population : 0;
	struct exact sq = { 0 };

	c->e = mem_zalloc(u->l->n_tasks, sizeof *c->e);
	for (size_t g = 0; g < u->l->n_workers; g++)
		if (labels_of(u->l, g))
			influence_of(c, g);
	for (size_t i = 0; i < u->n; i++) {
		double r = u->size[i], x = 0, e = (double)c->e[u->task[i]] * 0x1p-60;
		if (u->size[i] > 1)
			x = a * (1 - weights_form(c->w, units_counts(u, i)) / (r * (r - 1)) / c->de);
		x += -2 * (da / c->de) * (e / c->de) - out->value;
		exact_add(&sq, x * x);
	}
	coef_interval(out, (f < 1 ? 1 - f : 0) * (exact_value(&sq) / (n * (n - 1))), n - 1, o->level);
	free(c->e);
}

void coef_conger(const struct units *u, const struct weights *w, const struct coef_opt *o, double da, struct coef *out)
{
	struct conger c = { .u = u, .w = w };

	counter_init(&c.count, u->n_classes);
	mean_worker(&c);
	if (c.n_workers > 1) {
		chance(&c);
		out->has_pe = true;
		out->pe = 1 - c.de;
	}
	if (c.n_workers < 2) {
		coef_fail(out, COEF_ONE_WORKER);
	} else if (!(c.de > 0) || c.n_classes < 2) {
		coef_fail(out, u->n_classes < 2 ? COEF_ONE_CLASS_DECLARED : COEF_ONE_CLASS);
	} else {
		out->value = 1 - da / c.de;
		out->df = (double)u->n - 1;
		if (u->n < 2)
			coef_fail_error(out, COEF_ONE_TASK);
		else if (o->error == ERROR_LINEAR)
			linear_error(&c, o, da, out);
		else
			coef_fail_error(out, COEF_NO_ERROR);
	}
	counter_release(&c.count);
	free(c.pos);
	free(c.mass);
	free(c.v);
	free(c.v_of);
	free(c.own);
}
