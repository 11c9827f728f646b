#include "agree/pair.h"

#include <stdlib.h>
#include <string.h>

#include "agree/pair-em.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"
#include "math/sum.h"

/* ---- the model ----------------------------------------------------------------- */

void pair_chances(double a, double b, double nu, double p[3])
{
	double x = a - b, t = m_exp(x > 0 ? -x / 2 : x / 2), d = 1 + t * t + nu * t;

	p[PAIR_LEFT] = (x > 0 ? 1 : t * t) / d;
	p[PAIR_RIGHT] = (x > 0 ? t * t : 1) / d;
	p[PAIR_TIE] = nu * t / d;
}

double pair_logistic(double s)
{
	double t = m_exp(s > 0 ? -s : s);

	return s > 0 ? 1 / (1 + t) : t / (1 + t);
}

/* ln s(s) + ln s(-s) */
static double log_even(double s)
{
	double a = s > 0 ? s : -s;

	return -a - 2 * m_log1p(m_exp(-a));
}

double pair_log_priors(const struct pair_opt *o, bool workers, const struct pair_set *p)
{
	struct sum s = { 0 };

	for (size_t i = 0; o->prior > 0 && i < p->n_items; i++)
		sum_add(&s, o->prior * log_even(p->score[i]));
	if (p->nu > 0)
		sum_add(&s, m_log(p->nu) / 2 - m_log(2 + p->nu));
	for (size_t w = 0; workers && w < p->n_workers; w++) {
		sum_add(&s, PAIR_LOOKED * m_log(p->skill[w]) + PAIR_BLIND * m_log(1 - p->skill[w]));
		for (unsigned y = 0; y < (p->nu > 0 ? 3 : 2); y++)
			sum_add(&s, PAIR_CLICK * m_log(p->habit[w * 3 + y]));
	}
	return sum_value(&s);
}

/* ---- by the comparison, as the model is written: what the search is held against ----- */

static void chances_of(const struct pair_set *p, const struct comparison *c, double b[3])
{
	pair_chances(p->score[c->left], p->score[c->right], p->nu, b);
}

/* Pr(what was said) and the chance that it was said by looking */
static double mixed(const struct pair_set *p, const struct comparison *c, const struct pair_opt *o, const double b[3],
                    double *rho)
{
	if (!o->workers) {
		*rho = 1;
		return b[c->winner];
	}
	double by_look = p->skill[c->worker] * b[c->winner];
	double all = by_look + (1 - p->skill[c->worker]) * p->habit[(size_t)c->worker * 3 + c->winner];
	*rho = by_look / all;
	return all;
}

double pair_objective(const struct comparison *c, size_t n, const struct pair_opt *o, const struct pair_set *p)
{
	struct sum s = { 0 };
	double b[3], rho;

	for (size_t i = 0; i < n; i++) {
		if (c[i].left == c[i].right)
			continue;
		chances_of(p, c + i, b);
		sum_add(&s, m_log(mixed(p, c + i, o, b, &rho)));
	}
	return sum_value(&s) + pair_log_priors(o, o->workers, p);
}

void pair_gradient(const struct comparison *c, size_t n, const struct pair_opt *o, const struct pair_set *p, double *g)
{
	double *worker = g + p->n_items + 1, b[3], rho;
	unsigned n_out = p->nu > 0 ? 3 : 2;

	memset(g, 0, (p->n_items + 1 + 4 * p->n_workers) * sizeof *g);
	for (size_t i = 0; i < p->n_items; i++)
		g[i] = o->prior * (1 - 2 * pair_logistic(p->score[i]));
	if (p->nu > 0)
		g[p->n_items] = 0.5 - p->nu / (2 + p->nu);
	for (size_t w = 0; o->workers && w < p->n_workers; w++) {
		worker[w * 4] = PAIR_LOOKED - (PAIR_LOOKED + PAIR_BLIND) * p->skill[w];
		for (unsigned y = 0; y < n_out; y++)
			worker[w * 4 + 1 + y] = PAIR_CLICK - PAIR_CLICK * n_out * p->habit[w * 3 + y];
	}
	for (size_t i = 0; i < n; i++) {
		size_t w = c[i].worker;
		if (c[i].left == c[i].right)
			continue;
		chances_of(p, c + i, b);
		mixed(p, c + i, o, b, &rho);
		g[c[i].left] += rho * pair_slope(b, c[i].winner);
		g[c[i].right] -= rho * pair_slope(b, c[i].winner);
		if (p->nu > 0)
			g[p->n_items] += rho * ((c[i].winner == PAIR_TIE) - b[PAIR_TIE]);
		if (!o->workers)
			continue;
		worker[w * 4] += rho - p->skill[w];
		for (unsigned y = 0; y < n_out; y++)
			worker[w * 4 + 1 + y] += (1 - rho) * ((c[i].winner == y) - p->habit[w * 3 + y]);
	}
}

/* ---- edges ----------------------------------------------------------------------- */

static int by_all(const void *p, const void *q)
{
	const struct comparison *a = p, *b = q;

	if (a->left != b->left)
		return a->left < b->left ? -1 : 1;
	if (a->right != b->right)
		return a->right < b->right ? -1 : 1;
	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return (int)a->winner - (int)b->winner;
}

static enum pair_winner mirrored(enum pair_winner y)
{
	return y == PAIR_TIE ? PAIR_TIE : y == PAIR_LEFT ? PAIR_RIGHT : PAIR_LEFT;
}

/* Turned so that the lesser item is left; 4 is added to the winner of those that had to be turned. */
static size_t turn(const struct comparison *c, size_t n, const struct pair_set *p, struct comparison *out)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		BUG_ON(c[i].left >= p->n_items || c[i].right >= p->n_items || c[i].worker >= p->n_workers);
		if (c[i].left == c[i].right)
			continue;
		out[m] = c[i];
		if (c[i].left > c[i].right)
			out[m] = (struct comparison){ c[i].right, c[i].left, c[i].worker,
			                              (enum pair_winner)(mirrored(c[i].winner) + 4) };
		m++;
	}
	if (m)
		qsort(out, m, sizeof *out, by_all);
	return m;
}

static void take(struct pair_work *k, const struct comparison *c, size_t n)
{
	struct comparison *t = mem_alloc(n, sizeof *t);

	k->n = turn(c, n, k->p, t);
	for (size_t i = 0; i < k->n; i++)
		k->n_edges += !i || t[i].left != t[i - 1].left || t[i].right != t[i - 1].right;
	k->edge = mem_alloc(k->n_edges + 1, sizeof *k->edge);
	k->vote = mem_alloc(k->n, sizeof *k->vote);
	k->n_edges = 0;
	for (size_t i = 0; i < k->n; i++) {
		enum pair_winner won = (enum pair_winner)(t[i].winner & 3);
		if (!i || t[i].left != t[i - 1].left || t[i].right != t[i - 1].right)
			k->edge[k->n_edges++] = (struct pair_edge){ t[i].left, t[i].right, i };
		k->vote[i] = (struct pair_vote){ t[i].worker, (uint8_t)(t[i].winner & 4 ? mirrored(won) : won), (uint8_t)won };
		if (won == PAIR_TIE)
			k->p->nu = 1;
	}
	k->edge[k->n_edges] = (struct pair_edge){ 0, 0, k->n };
	free(t);
}

/* ---- the whole ----------------------------------------------------------------------- */

static void work_init(struct pair_work *k)
{
	size_t n = k->p->n_items, w = k->p->n_workers;

	k->made = mem_alloc(k->n_edges, sizeof *k->made);
	k->curve = mem_alloc(k->n_edges * 2, sizeof *k->curve);
	k->half = k->curve + k->n_edges;
	k->table = mem_alloc(w * 2, sizeof *k->table);
	k->count = k->table + w;
	k->grad = mem_alloc(n * 7, sizeof *k->grad);
	k->step = k->grad + n;
	k->res = k->step + n;
	k->dir = k->res + n;
	k->hdir = k->dir + n;
	k->diag = k->hdir + n;
	k->save = k->diag + n;
}

static void work_release(struct pair_work *k)
{
	free(k->edge);
	free(k->vote);
	free(k->made);
	free(k->curve);
	free(k->table);
	free(k->grad);
}

static void centre(struct pair_set *p)
{
	struct sum *s = mem_zalloc(p->n_components, sizeof *s);
	size_t *n = mem_zalloc(p->n_components, sizeof *n);

	for (size_t i = 0; i < p->n_items; i++) {
		sum_add(&s[p->component[i]], p->score[i]);
		n[p->component[i]]++;
	}
	for (size_t i = 0; i < p->n_items; i++)
		p->score[i] -= sum_value(&s[p->component[i]]) / (double)n[p->component[i]];
	free(s);
	free(n);
}

static void search(struct pair_work *k)
{
	struct pair_set *p = k->p;

	for (size_t w = 0; w < p->n_workers; w++) {
		p->skill[w] = k->o->workers ? PAIR_LOOKED / (PAIR_LOOKED + PAIR_BLIND) : 1;
		for (unsigned y = 0; y < 3; y++)
			p->habit[w * 3 + y] = p->nu > 0 ? 1 / 3.0 : y < 2 ? 0.5 : 0;
	}
	pair_iterate(k);
	k->workers = k->o->workers;
	if (k->workers)
		pair_iterate(k);
	for (size_t w = 0; w < p->n_workers; w++)
		p->bias[w] = p->habit[w * 3] / (p->habit[w * 3] + p->habit[w * 3 + 1]);
}

void pair_fit(const struct comparison *c, size_t n, size_t n_items, size_t n_workers, const struct pair_opt *o,
              struct pair_set *out)
{
	BUG_ON(!(o->prior >= 0));
	*out = (struct pair_set){ .n_items = n_items, .n_workers = n_workers };
	out->score = mem_zalloc(n_items * 2, sizeof *out->score);
	out->se = out->score + n_items;
	out->component = mem_alloc(n_items, sizeof *out->component);
	out->skill = mem_alloc(n_workers * 5, sizeof *out->skill);
	out->bias = out->skill + n_workers;
	out->habit = out->bias + n_workers;
	struct pair_work k = { .o = o, .p = out };
	take(&k, c, n);
	work_init(&k);
	search(&k);
	pair_errors(&k);
	if (o->prior == 0)
		centre(out);
	work_release(&k);
}

void pair_release(struct pair_set *p)
{
	free(p->score);
	free(p->component);
	free(p->skill);
	*p = (struct pair_set){ 0 };
}
