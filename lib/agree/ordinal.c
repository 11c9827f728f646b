#include "agree/ordinal.h"

#include <stdlib.h>
#include <string.h>

#include "agree/ds.h"
#include "agree/mv.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/sum.h"

enum { TASKS = 1024, WORKERS = 64, MAX_ITER = 500 };

static const double tol_default = 1e-6, tie_width = 1e-9;
static const double rho = 0.25;             /* damping: n labels count as n / (1 + rho (n - 1)) */
static const double prior_count = 50;       /* tasks of each class before any is seen */
static const double base_right = 80;        /* labels that are right before any is seen: R(d) */

struct work {
	const struct labels *l;
	const struct agree_opt *o;
	struct agree_fit *f;
	size_t K;
	double *le;       /* log e */
	double *lp;       /* K: log prior */
	double *pool;     /* K: R(d) */
	double *moved;    /* a block of tasks */
};

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

/* cells of a K x K matrix at distance d */
static double cells(size_t K, size_t d)
{
	return (double)(d ? 2 * (K - d) : K);
}

static const double *past(const struct work *k, size_t w)
{
	return k->o->counts ? k->o->counts + w * k->K * k->K : NULL;
}

static uint32_t gold(const struct work *k, size_t t)
{
	return k->o->gold ? k->o->gold[t] : AGREE_NO_GOLD;
}

/* ---- error curves -------------------------------------------------------------- */

/* r[d] and its weight, made non-increasing by pooling adjacent violators; start is scratch */
static void unimodal(double *r, const double *weight, size_t n, size_t *start)
{
	size_t n_pools = 0;

	for (size_t d = 0; d < n; d++) {
		size_t first = d;
		double sum = r[d] * weight[d], sw = weight[d];
		while (n_pools && r[start[n_pools - 1]] < sum / sw) {
			first = start[--n_pools];
			sum = sw = 0;
			for (size_t i = first; i <= d; i++) {
				sum += r[i] * weight[i];
				sw += weight[i];
			}
		}
		for (size_t i = first; i <= d; i++)
			r[i] = sum / sw;
		start[n_pools++] = first;
	}
}

/* n[d] += counts at distance d */
static void by_distance(const double *count, size_t K, double *n)
{
	for (size_t c = 0; count && c < K; c++)
		for (size_t v = 0; v < K; v++)
			n[distance(c, v)] += count[c * K + v];
}

static void pool_workers(struct work *k)
{
	size_t K = k->K;
	double *weight = mem_alloc(K * 2, sizeof *weight), *n = weight + K, base = 1;
	size_t *start = mem_alloc(K, sizeof *start);

	memset(k->pool, 0, K * sizeof *k->pool);
	for (size_t w = 0; w < k->l->n_workers; w++) {
		memset(n, 0, K * sizeof *n);
		by_distance(k->f->counts + w * K * K, K, n);
		by_distance(past(k, w), K, n);
		for (size_t d = 0; d < K; d++)
			k->pool[d] += n[d];
	}
	for (size_t d = 0; d < K; d++) {
		base /= 2;
		weight[d] = cells(K, d);
		k->pool[d] = (k->pool[d] + base_right * (d ? base : 1)) / weight[d];
	}
	unimodal(k->pool, weight, K, start);
	double total = 0;
	for (size_t d = 0; d < K; d++)
		total += k->pool[d] * weight[d];
	for (size_t d = 0; d < K; d++)
		k->pool[d] /= total;
	free(weight);
	free(start);
}

/* ---- M step ---------------------------------------------------------------------- */

/* scratch: 2 K doubles, K indices */
static void m_worker(struct work *k, size_t w, double *r, size_t *start)
{
	size_t K = k->K;
	double *weight = r + K, A = (double)K + 3;
	const double *now = k->f->counts + w * K * K, *then = past(k, w);

	memset(r, 0, K * sizeof *r);
	by_distance(now, K, r);
	by_distance(then, K, r);
	for (size_t d = 0; d < K; d++) {
		weight[d] = cells(K, d);
		r[d] = r[d] / weight[d] + 2 * A * k->pool[d];
	}
	unimodal(r, weight, K, start);
	k->f->skill[w] = 0;
	for (size_t c = 0; c < K; c++) {
		double *e = k->f->e + (w * K + c) * K, total = 0, n = 0;
		for (size_t v = 0; v < K; v++)
			total += r[distance(c, v)];
		for (size_t v = 0; v < K; v++) {
			e[v] = now[c * K + v] + (then ? then[c * K + v] : 0);
			n += e[v];
		}
		for (size_t v = 0; v < K; v++)
			e[v] = (e[v] + A * (r[distance(c, v)] / total)) / (n + A);
		k->f->skill[w] += k->f->prior[c] * e[c];
	}
	m_log_n(k->f->e + w * K * K, k->le + w * K * K, K * K);
}

static void m_block(void *ctx, size_t b)
{
	struct work *k = ctx;
	double *r = mem_alloc(k->K * 2, sizeof *r);
	size_t *start = mem_alloc(k->K, sizeof *start);

	for (size_t w = b * WORKERS; w < (b + 1) * WORKERS && w < k->l->n_workers; w++)
		m_worker(k, w, r, start);
	free(r);
	free(start);
}

static void m_step(struct work *k)
{
	const struct labels *l = k->l;
	size_t K = k->K;
	double n = 0;

	ds_counts(l, k->f->q, k->o->threads, k->f->counts);
	pool_workers(k);
	for (size_t c = 0; c < K; c++) {
		struct sum s = { 0 };
		for (size_t t = 0; t < l->n_tasks; t++)
			if (l->t_off[t] < l->t_off[t + 1])
				sum_add(&s, k->f->q[t * K + c]);
		k->f->prior[c] = sum_value(&s) + prior_count + (k->o->class_counts ? k->o->class_counts[c] : 0);
		n += k->f->prior[c];
	}
	for (size_t c = 0; c < K; c++)
		k->f->prior[c] /= n;
	m_log_n(k->f->prior, k->lp, K);
	par_for(k->o->threads, (l->n_workers + WORKERS - 1) / WORKERS, m_block, k);
}

/* ---- E step ---------------------------------------------------------------------- */

static void put_gold(double *q, size_t K, uint32_t c)
{
	memset(q, 0, K * sizeof *q);
	q[c] = 1;
}

/* log posteriors of a task, less their greatest */
static void log_row(const struct work *k, size_t t, double *row)
{
	const struct labels *l = k->l;
	size_t K = k->K, n = l->t_off[t + 1] - l->t_off[t];
	double most, damp = n > 1 ? 1 / (1 + rho * (double)(n - 1)) : 1;

	memcpy(row, k->lp, K * sizeof *row);
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		for (size_t c = 0; c < K; c++)
			row[c] += damp * k->le[((size_t)l->t_worker[i] * K + c) * K + l->t_value[i]];
	most = row[0];
	for (size_t c = 1; c < K; c++)
		most = row[c] > most ? row[c] : most;
	for (size_t c = 0; c < K; c++)
		row[c] -= most;
}

static void e_block(void *ctx, size_t b)
{
	struct work *k = ctx;
	size_t K = k->K;
	double *row = mem_alloc(K, sizeof *row), moved = 0;

	for (size_t t = b * TASKS; t < (b + 1) * TASKS && t < k->l->n_tasks; t++) {
		double *q = k->f->q + t * K, total = 0;
		if (gold(k, t) != AGREE_NO_GOLD) {
			put_gold(q, K, gold(k, t));
			continue;
		}
		log_row(k, t, row);
		m_exp_n(row, row, K);
		for (size_t c = 0; c < K; c++)
			total += row[c];
		for (size_t c = 0; c < K; c++) {
			double p = row[c] / total, d = p > q[c] ? p - q[c] : q[c] - p;
			moved = d > moved ? d : moved;
			q[c] = p;
		}
	}
	k->moved[b] = moved;
	free(row);
}

static double e_step(struct work *k)
{
	size_t n = (k->l->n_tasks + TASKS - 1) / TASKS;
	double moved = 0;

	memset(k->moved, 0, n * sizeof *k->moved);
	par_for(k->o->threads, n, e_block, k);
	for (size_t b = 0; b < n; b++)
		moved = k->moved[b] > moved ? k->moved[b] : moved;
	return moved;
}

/* ---- the whole ------------------------------------------------------------------- */

void ordinal_fit(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	size_t K = l->n_classes, W = l->n_workers, size;
	double tol = o->tol == 0 ? tol_default : o->tol;

	BUG_ON(!l->t_off);
	BUG_ON(__builtin_mul_overflow(W * K, K, &size));
	agree_fit_init(l, out);
	out->prior = mem_zalloc(K, sizeof *out->prior);
	out->e = mem_zalloc(size, sizeof *out->e);
	out->counts = mem_zalloc(size, sizeof *out->counts);
	if (K == 0)
		return;
	struct work k = { .l = l, .o = o, .f = out, .K = K };
	k.le = mem_alloc(size, sizeof *k.le);
	k.lp = mem_alloc(K * 2, sizeof *k.lp);
	k.pool = k.lp + K;
	k.moved = mem_alloc((l->n_tasks + TASKS - 1) / TASKS, sizeof *k.moved);
	mv_shares(l, o->threads, out->q);
	for (size_t t = 0; t < l->n_tasks; t++)
		if (gold(&k, t) != AGREE_NO_GOLD)
			put_gold(out->q + t * K, K, gold(&k, t));
	while (out->n_iter < (o->max_iter ? o->max_iter : MAX_ITER) && !out->converged) {
		m_step(&k);
		out->converged = e_step(&k) < tol;
		out->n_iter++;
	}
	ds_counts(l, out->q, o->threads, out->counts);
	free(k.le);
	free(k.lp);
	free(k.moved);
}

void ordinal_medians(const double *q, size_t n_tasks, size_t n_classes, uint32_t *value, uint8_t *tie)
{
	for (size_t t = 0; t < n_tasks; t++) {
		const double *row = q + t * n_classes;
		double total = 0, upto = 0;
		size_t c = 0;
		for (size_t i = 0; i < n_classes; i++)
			total += row[i];
		for (; c < n_classes; c++) {
			upto += row[c];
			if (total > 0 && upto >= total * (0.5 - tie_width))
				break;
		}
		value[t] = c < n_classes ? (uint32_t)c : ORDINAL_NONE;
		if (tie)
			tie[t] = c < n_classes && upto <= total * (0.5 + tie_width);
	}
}

void ordinal_steps(const struct labels *l, const double *q, double *out)
{
	size_t K = l->n_classes;

	for (size_t w = 0; w < l->n_workers; w++) {
		struct sum s = { 0 };
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
			for (size_t c = 0; c < K; c++)
				sum_add(&s, q[(size_t)l->w_task[i] * K + c] * (double)distance(c, l->w_value[i]));
		out[w] = l->w_off[w] < l->w_off[w + 1] ? sum_value(&s) / (double)(l->w_off[w + 1] - l->w_off[w]) : 0;
	}
}
