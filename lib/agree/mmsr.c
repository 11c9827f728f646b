#include "agree/mmsr.h"

#include <stdlib.h>
#include <string.h>

#include "agree/vote.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"

enum { WORKERS = 64, SIGN_ROUNDS = 200 };

enum { ALL_MEET = 1024, MEETINGS = 1 << 20, LEAST_SIDE = 8 };    /* see meet_task */

static const double least_u = 1e-6;

/* the rows of a block of workers: co-workers, C, common tasks */
struct rows {
	size_t off[WORKERS + 1];
	size_t cap;
	uint32_t *other;
	double *c;
	uint32_t *common;
};

struct mmsr {
	const struct labels *l;
	const uint32_t *edge;
	struct rows *rows;
	size_t n_blocks, F;
	double *from, *to;    /* n_workers: one of u and v by the other */
};

static size_t block_end(const struct mmsr *p, size_t b)
{
	size_t end = (b + 1) * WORKERS;

	return end < p->l->n_workers ? end : p->l->n_workers;
}

static size_t degree(const struct mmsr *p, size_t w)
{
	const struct rows *r = &p->rows[w / WORKERS];

	return r->off[w % WORKERS + 1] - r->off[w % WORKERS];
}

/* ---- agreement --------------------------------------------------------------------- */

struct pairs {
	uint32_t *common, *equal;    /* n_workers; zero between rows */
	uint32_t *met;
	size_t n_met;
};

static void meet(struct pairs *s, uint32_t other, bool equal)
{
	if (!s->common[other]++)
		s->met[s->n_met++] = other;
	s->equal[other] += equal;
}

/* The others on the task of the task-major label e: all of them up to ALL_MEET labels; above,
 * in a ring, only so many to either side that the task costs no more than MEETINGS
 * (or LEAST_SIDE each). */
static void meet_task(const struct labels *l, size_t t, size_t e, struct pairs *s)
{
	size_t first = l->t_off[t], n = l->t_off[t + 1] - first, at = e - first;
	size_t side = n <= ALL_MEET ? n : MEETINGS / 2 / n > LEAST_SIDE ? MEETINGS / 2 / n : LEAST_SIDE;
	size_t last = n <= ALL_MEET ? n - 1 : 2 * side;

	for (size_t k = 1; k <= last; k++) {
		size_t j = first + (at + (k > side ? n - (k - side) : k)) % n;
		if (l->t_worker[j] == l->t_worker[e])
			continue;       /* where repeated labels count: one does not meet oneself */
		meet(s, l->t_worker[j], l->t_value[j] == l->t_value[e]);
	}
}

static void keep(struct rows *r, size_t at, const struct pairs *s, double K)
{
	size_t n = r->off[at];

	if (n + s->n_met > r->cap) {
		r->cap = mem_grow(r->cap, n + s->n_met);
		r->other = mem_realloc(r->other, r->cap, sizeof *r->other);
		r->c = mem_realloc(r->c, r->cap, sizeof *r->c);
		r->common = mem_realloc(r->common, r->cap, sizeof *r->common);
	}
	for (size_t i = 0; i < s->n_met; i++, n++) {
		uint32_t w = s->met[i];
		r->other[n] = w;
		r->common[n] = s->common[w];
		r->c[n] = K / (K - 1) * s->equal[w] / s->common[w] - 1 / (K - 1);
	}
	r->off[at + 1] = n;
}

static void pairs_job(void *ctx, size_t b)
{
	struct mmsr *p = ctx;
	const struct labels *l = p->l;
	struct pairs s = { .n_met = 0 };

	s.common = mem_zalloc(l->n_workers, sizeof *s.common);
	s.equal = mem_zalloc(l->n_workers, sizeof *s.equal);
	s.met = mem_alloc(l->n_workers, sizeof *s.met);
	for (size_t w = b * WORKERS; w < block_end(p, b); w++) {
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
			meet_task(l, l->w_task[i], p->edge[i], &s);
		keep(&p->rows[b], w % WORKERS, &s, (double)l->n_classes);
		for (; s.n_met > 0; s.n_met--)
			s.common[s.met[s.n_met - 1]] = s.equal[s.met[s.n_met - 1]] = 0;
	}
	free(s.common);
	free(s.equal);
	free(s.met);
}

/* F, from the least degree of those who have any */
static size_t trim_of(const struct mmsr *p)
{
	size_t least = SIZE_MAX;

	for (size_t w = 0; w < p->l->n_workers; w++) {
		size_t d = degree(p, w);
		least = d > 0 && d < least ? d : least;
	}
	return least == SIZE_MAX || least < 4 ? 0 : least / 2 - 1;
}

/* ---- sizes ------------------------------------------------------------------------- */

static double size_of(double x)
{
	return x < 0 ? -x : x;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* mean without up to F values below a and up to F above it; a when none is left */
static double trimmed(double *x, size_t n, size_t F, double a)
{
	size_t below = 0, above = 0;
	double s = 0;

	if (F > 0)
		qsort(x, n, sizeof *x, by_size);
	for (size_t i = 0; F > 0 && i < n; i++) {
		below += x[i] < a;
		above += x[i] > a;
	}
	below = below < F ? below : F;
	above = above < F ? above : F;
	for (size_t i = below; i < n - above; i++)
		s += x[i];
	return n > below + above ? s / (double)(n - below - above) : a;
}

static void sizes_job(void *ctx, size_t b)
{
	struct mmsr *p = ctx;
	const struct rows *r = &p->rows[b];
	size_t most = 0;

	for (size_t w = b * WORKERS; w < block_end(p, b); w++)
		most = degree(p, w) > most ? degree(p, w) : most;
	double *x = mem_alloc(most, sizeof *x);
	for (size_t w = b * WORKERS; w < block_end(p, b); w++) {
		size_t first = r->off[w % WORKERS], n = degree(p, w);
		for (size_t i = 0; i < n; i++)
			x[i] = size_of(r->c[first + i]) / p->from[r->other[first + i]];
		double y = n ? trimmed(x, n, p->F, p->to[w]) : p->to[w];
		p->to[w] = y > least_u ? y : least_u;
	}
	free(x);
}

/* new to[] by from[]; returns the largest change, relative */
static double step(struct mmsr *p, double *from, double *to, double *old, unsigned threads)
{
	size_t W = p->l->n_workers;
	double most = 0, largest = 0;

	memcpy(old, to, W * sizeof *old);
	p->from = from;
	p->to = to;
	par_for(threads, p->n_blocks, sizes_job, p);
	for (size_t w = 0; w < W; w++) {
		double d = size_of(to[w] - old[w]);
		most = d > most ? d : most;
		largest = to[w] > largest ? to[w] : largest;
	}
	return largest > 0 ? most / largest : 0;
}

static void start(const struct mmsr *p, double *u)
{
	for (size_t w = 0; w < p->l->n_workers; w++) {
		const struct rows *r = &p->rows[w / WORKERS];
		size_t first = r->off[w % WORKERS], n = degree(p, w);
		double s = 0;
		for (size_t i = 0; i < n; i++)
			s += size_of(r->c[first + i]);
		u[w] = n && s > 0 ? m_sqrt(s / (double)n) : least_u;
	}
}

/* x = sqrt(u v) in the mean: u scaled to the size that both would have */
static void balance(double *u, const double *v, size_t n)
{
	double uu = 0, vv = 0;

	for (size_t w = 0; w < n; w++) {
		uu += u[w] * u[w];
		vv += v[w] * v[w];
	}
	double by = uu > 0 ? m_sqrt(m_sqrt(vv / uu)) : 0;
	for (size_t w = 0; w < n; w++)
		u[w] *= by;
}

/* ---- signs ------------------------------------------------------------------------- */

static void signs_job(void *ctx, size_t b)
{
	struct mmsr *p = ctx;
	const struct rows *r = &p->rows[b];

	for (size_t w = b * WORKERS; w < block_end(p, b); w++) {
		double s = 0, size = 0;
		for (size_t i = r->off[w % WORKERS]; i < r->off[w % WORKERS + 1]; i++) {
			double link = r->c[i] * r->common[i];
			s += link * p->from[r->other[i]];
			size += size_of(link);
		}
		p->to[w] = (p->from[w] + (size > 0 ? s / size : 0)) / 2;
	}
}

/* Half a step of the walk that turns round on an edge of disagreement, again and again from
 * all ones: what is left is its leading vector, on the side that has more agreement.  An
 * edge weighs |C| x common tasks, so what is known well decides. */
static void signs(struct mmsr *p, double *x, double *next, unsigned threads)
{
	size_t W = p->l->n_workers;

	for (size_t w = 0; w < W; w++)
		x[w] = 1;
	for (int k = 0; k < SIGN_ROUNDS; k++) {
		double largest = 0;
		p->from = x;
		p->to = next;
		par_for(threads, p->n_blocks, signs_job, p);
		for (size_t w = 0; w < W; w++)
			largest = size_of(next[w]) > largest ? size_of(next[w]) : largest;
		for (size_t w = 0; w < W; w++)
			x[w] = largest > 0 ? next[w] / largest : 0;
	}
	for (size_t w = 0; w < W; w++)
		x[w] = x[w] < 0 ? -1 : 1;
}

/* ---- the whole --------------------------------------------------------------------- */

/* x to skills and weights */
static void weigh(const struct mmsr *p, double *x, double *skill, double *weight)
{
	double K = (double)p->l->n_classes, mean = 0, n = 0, T = 0;

	for (size_t t = 0; t < p->l->n_tasks; t++)
		T += p->l->t_off[t] < p->l->t_off[t + 1];
	double edge = T > 0 ? 1 / m_sqrt(T) : 1, low = edge - 1 / (K - 1), high = 1 - edge;
	low = low < 0 ? low : 0;
	high = high > 0.5 ? high : 0.5;
	for (size_t w = 0; w < p->l->n_workers; w++) {
		x[w] = x[w] < low ? low : x[w] > high ? high : x[w];
		mean += degree(p, w) ? x[w] : 0;
		n += degree(p, w) > 0;
	}
	for (size_t w = 0; w < p->l->n_workers; w++) {
		double v = degree(p, w) ? x[w] : n > 0 ? mean / n : 0.5;
		skill[w] = v * (K - 1) / K + 1 / K;
		weight[w] = m_log(skill[w] * (K - 1) / (1 - skill[w]));
	}
}

static void solve(struct mmsr *p, const struct agree_opt *o, struct agree_fit *out)
{
	size_t W = p->l->n_workers;
	double *u = mem_alloc(W, sizeof *u), *v = mem_alloc(W, sizeof *v), *old = mem_alloc(W, sizeof *old);
	double tol = o->tol != 0 ? o->tol : 1e-10;
	unsigned max_iter = o->max_iter ? o->max_iter : 1000;

	start(p, u);
	memcpy(v, u, W * sizeof *v);
	while (!out->converged && out->n_iter < max_iter) {
		double dv = step(p, u, v, old, o->threads), du = step(p, v, u, old, o->threads);
		out->converged = dv <= tol && du <= tol;
		out->n_iter++;
	}
	balance(u, v, W);
	signs(p, v, old, o->threads);
	for (size_t w = 0; w < W; w++)
		u[w] *= v[w];
	weigh(p, u, out->skill, v);
	vote_scores(p->l, v, o->threads, out->q);
	vote_finish(p->l, 1, o->gold, o->threads, out->q);
	free(u);
	free(v);
	free(old);
}

void agree_mmsr(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct mmsr p = { .l = l, .n_blocks = (l->n_workers + WORKERS - 1) / WORKERS };
	uint32_t *edge;

	BUG_ON(!l->t_off);
	agree_fit_init(l, out);
	if (l->n_classes < 2) {
		vote_scores(l, NULL, o->threads, out->q);
		vote_finish(l, 0, o->gold, o->threads, out->q);
		for (size_t w = 0; w < l->n_workers; w++)
			out->skill[w] = 1;
		out->converged = true;
		return;
	}
	p.edge = edge = vote_edges(l);
	p.rows = mem_zalloc(p.n_blocks, sizeof *p.rows);
	par_for(o->threads, p.n_blocks, pairs_job, &p);
	p.F = trim_of(&p);
	solve(&p, o, out);
	for (size_t b = 0; b < p.n_blocks; b++) {
		free(p.rows[b].other);
		free(p.rows[b].c);
		free(p.rows[b].common);
	}
	free(p.rows);
	free(edge);
}
