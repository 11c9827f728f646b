/* coefs - what the tests of agreement coefficients share: one call for a coefficient, random sets. */
#ifndef T_COEFS_H
#define T_COEFS_H

#include "agree/coef.h"
#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

#define N_OF(a) (sizeof(a) / sizeof *(a))

enum { K = 6 };

__attribute__((unused))
static const enum coef_id every[] = {
	COEF_PERCENT, COEF_FLEISS, COEF_AC1, COEF_AC2, COEF_BP, COEF_ALPHA, COEF_CONGER, COEF_LIGHT, COEF_COHEN, COEF_SCOTT,
};

enum { N_MEANS = 6 };    /* the first of them can be resampled */

__attribute__((unused))
static double magnitude(double x)
{
	return x < 0 ? -x : x;
}

/* rows[w][t] is the label or '.' */
__attribute__((unused))
static void load_rows(struct labels *l, const char *const *rows, uint32_t n_workers)
{
	*l = (struct labels){ 0 };
	for (uint32_t w = 0; w < n_workers; w++)
		for (uint32_t t = 0; rows[w][t]; t++)
			if (rows[w][t] != '.')
				labels_add(l, t, w, (uint32_t)(rows[w][t] - '0'));
	labels_group(l, false);
}

__attribute__((unused))
static struct coef estimate(const struct labels *l, const double *x, enum weights_kind kind, enum coef_id id,
                            struct coef_opt o)
{
	struct units u;
	struct weights w;
	struct coef c = { .status = COEF_NO_ERROR, .se_status = COEF_NO_ERROR };

	o.level = o.level > 0 ? o.level : 0.95;
	units_init(&u, l, x);
	if (weights_init(&w, kind, &u) == COEF_OK)
		coef_estimate(&u, &w, id, &o, &c);
	weights_release(&w);
	units_release(&u);
	return c;
}

__attribute__((unused))
static struct coef estimate_alpha(const struct labels *l, const double *x, enum metric m, double turn, struct coef_opt o)
{
	struct units u;
	struct weights w;
	struct coef c = { 0 };

	o.level = o.level > 0 ? o.level : 0.95;
	units_init(&u, l, x);
	c.status = c.se_status = weights_init_metric(&w, m, &u, turn);
	if (c.status == COEF_OK)
		coef_estimate(&u, &w, COEF_ALPHA, &o, &c);
	weights_release(&w);
	units_release(&u);
	return c;
}

__attribute__((unused))
static const struct coef_opt linear = { .error = ERROR_LINEAR };

struct row {
	uint32_t t, w, v;
};

__attribute__((unused))
static void fill(struct labels *l, const struct row *r, size_t n, const uint32_t *map)
{
	*l = (struct labels){ 0 };
	for (size_t i = 0; i < n; i++)
		labels_add(l, r[i].t, r[i].w, map ? map[r[i].v] : r[i].v);
	l->n_classes = K;
	labels_group(l, false);
}

/* a set of labels around a true class; no pair of task and worker twice */
__attribute__((unused))
static size_t random_rows(struct rng *g, struct row *r, uint32_t tasks, uint32_t workers, unsigned chance)
{
	size_t n = 0;

	for (uint32_t t = 0; t < tasks; t++)
		for (uint32_t w = 0; w < workers; w++)
			if (rng_below(g, 100) < chance)
				r[n++] = (struct row){ t, w, rng_below(g, 2) ? t % K : (uint32_t)rng_below(g, K) };
	return n;
}

__attribute__((unused))
static const double values[K] = { 1, 2, 4, 5, 7.5, 9 };

/* Krippendorff (2011), section C; Gwet (2014) has the same table: 4 raters, 12 units */
__attribute__((unused))
static const char *const krip2011[4] = { "123321412...", "1233224125.3", ".3332342251.", "12332441251." };

#endif
