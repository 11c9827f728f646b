/* Components of the comparison graph, and the standard errors of their scores. */
#include "agree/pair-em.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "math/explog.h"

enum { LANES = 8 };     /* contrasts solved at once */

/* ---- components -------------------------------------------------------------------- */

static uint32_t root(uint32_t *up, uint32_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

/* the least item of a component is its root, so numbers follow in one pass */
static void components(const struct pair_work *k)
{
	struct pair_set *p = k->p;
	uint32_t *up = p->component;

	for (size_t i = 0; i < p->n_items; i++)
		up[i] = (uint32_t)i;
	for (size_t e = 0; e < k->n_edges; e++) {
		uint32_t a = root(up, k->edge[e].a), b = root(up, k->edge[e].b);
		up[a > b ? a : b] = a > b ? b : a;
	}
	for (size_t i = 0; i < p->n_items; i++)
		up[i] = root(up, (uint32_t)i);
	for (size_t i = 0; i < p->n_items; i++)
		up[i] = up[i] == i ? (uint32_t)p->n_components++ : up[up[i]];
}

/* what belongs to each component, one behind the other */
struct sorted {
	size_t *item_off, *edge_off;    /* n_components + 1 */
	uint32_t *item, *at;            /* items; place of an item in its component */
	size_t *edge;
};

static void shift(size_t *off, size_t n)
{
	memmove(off + 1, off, n * sizeof *off);
	off[0] = 0;
}

static void sort(const struct pair_work *k, struct sorted *s)
{
	const struct pair_set *p = k->p;
	size_t n = p->n_components;

	s->item_off = mem_zalloc(n + 1, sizeof *s->item_off);
	s->edge_off = mem_zalloc(n + 1, sizeof *s->edge_off);
	s->item = mem_alloc(p->n_items, sizeof *s->item);
	s->at = mem_alloc(p->n_items, sizeof *s->at);
	s->edge = mem_alloc(k->n_edges, sizeof *s->edge);
	for (size_t i = 0; i < p->n_items; i++)
		s->at[i] = (uint32_t)s->item_off[p->component[i] + 1]++;
	for (size_t e = 0; e < k->n_edges; e++)
		s->edge_off[p->component[k->edge[e].a] + 1]++;
	for (size_t c = 0; c < n; c++) {
		s->item_off[c + 1] += s->item_off[c];
		s->edge_off[c + 1] += s->edge_off[c];
	}
	for (size_t i = 0; i < p->n_items; i++)
		s->item[s->item_off[p->component[i]]++] = (uint32_t)i;
	for (size_t e = 0; e < k->n_edges; e++)
		s->edge[s->edge_off[p->component[k->edge[e].a]]++] = e;
	shift(s->item_off, n);
	shift(s->edge_off, n);
}

static void sorted_release(struct sorted *s)
{
	free(s->item_off);
	free(s->edge_off);
	free(s->item);
	free(s->at);
	free(s->edge);
}

/* ---- standard errors ------------------------------------------------------------------ */

/* observed information of each pair about the difference of its scores */
static void curvatures(struct pair_work *k)
{
	const struct pair_set *p = k->p;
	double b[3];

	pair_halves(k);
	for (size_t e = 0; e < k->n_edges; e++) {
		pair_at(k, e, b);
		double var = pair_variance(b);
		k->curve[e] = 0;
		for (size_t i = k->edge[e].from; i < k->edge[e + 1].from; i++) {
			struct pair_vote v = k->vote[i];
			double g = pair_slope(b, v.won), by_look = p->skill[v.worker] * b[v.won];
			double rho = by_look / (by_look + (1 - p->skill[v.worker]) * p->habit[(size_t)v.worker * 3 + v.shown]);
			k->curve[e] += rho * (var - (1 - rho) * g * g);
		}
	}
}

/* observed information of the scores of one component, n x n */
static void information(const struct pair_work *k, const struct sorted *s, size_t comp, double *m, size_t n)
{
	const double prior = k->o->prior;

	for (size_t i = 0; i < n * n; i++)
		m[i] = prior > 0 ? 0 : 1 / (double)n;
	for (size_t i = 0; i < n; i++) {
		double f = pair_logistic(k->p->score[s->item[s->item_off[comp] + i]]);
		m[i * n + i] += 2 * prior * f * (1 - f);
	}
	for (size_t i = s->edge_off[comp]; i < s->edge_off[comp + 1]; i++) {
		size_t e = s->edge[i], a = s->at[k->edge[e].a], b = s->at[k->edge[e].b];
		m[a * n + a] += k->curve[e];
		m[b * n + b] += k->curve[e];
		m[a * n + b] -= k->curve[e];
		m[b * n + a] -= k->curve[e];
	}
}

/* m = L L' in the lower triangle; false when m is not positive definite */
static bool cholesky(double *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++) {
			double s = m[i * n + j];
			for (size_t h = 0; h < j; h++)
				s -= m[i * n + h] * m[j * n + h];
			if (i == j && !(s > 0))
				return false;
			m[i * n + j] = i == j ? m_sqrt(s) : s / m[j * n + j];
		}
	return true;
}

/* Variance of score[i] - mean for i from `first` on, from the factor: solve L y = e_i - 1/n; it is |y|^2. */
static void contrasts(const double *m, size_t n, size_t first, double (*y)[LANES], double var[LANES])
{
	memset(var, 0, LANES * sizeof *var);
	for (size_t j = 0; j < n; j++) {
		double s[LANES];
		for (size_t i = 0; i < LANES; i++)
			s[i] = (j == first + i) - 1 / (double)n;
		for (size_t h = 0; h < j; h++)
			for (size_t i = 0; i < LANES; i++)
				s[i] -= m[j * n + h] * y[h][i];
		for (size_t i = 0; i < LANES; i++) {
			y[j][i] = s[i] / m[j * n + j];
			var[i] += y[j][i] * y[j][i];
		}
	}
}

static void component_errors(const struct pair_work *k, const struct sorted *s, size_t comp, size_t n)
{
	double *m = mem_alloc(n * n, sizeof *m), var[LANES], (*y)[LANES] = mem_alloc(n, sizeof *y);
	const uint32_t *item = s->item + s->item_off[comp];

	information(k, s, comp, m, n);
	bool good = cholesky(m, n);
	for (size_t i = 0; good && i < n; i++) {
		if (i % LANES == 0)
			contrasts(m, n, i, y, var);
		k->p->se[item[i]] = m_sqrt(var[i % LANES]);
	}
	free(m);
	free(y);
}

void pair_errors(struct pair_work *k)
{
	struct pair_set *p = k->p;
	struct sorted s;

	components(k);
	curvatures(k);
	sort(k, &s);
	for (size_t i = 0; i < p->n_items; i++)
		p->se[i] = -1;
	for (size_t comp = 0; comp < p->n_components; comp++) {
		size_t n = s.item_off[comp + 1] - s.item_off[comp];
		if (n > 1 && n <= PAIR_SE_ITEMS)
			component_errors(k, &s, comp, n);
	}
	sorted_release(&s);
}
