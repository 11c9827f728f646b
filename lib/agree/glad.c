#include "agree/glad.h"

#include <stdlib.h>
#include <string.h>

#include "agree/cells.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/sum.h"

struct fit {
	const struct labels *l;
	const uint32_t *gold;
	size_t K;
	const double *alpha;
	const double *b;
	double *new_alpha, *new_b;     /* the same arrays, where they may change */
	double *eb;                    /* exp(b), n_tasks */
	double *q;                     /* NULL = objective only */
	double *sum;                   /* by block of tasks, then by block of workers */
	size_t n_blocks;
};

static double absolute(double x)
{
	return x < 0 ? -x : x;
}

/* ln(1 + e^-|x|) */
static double soft(double x)
{
	return m_log1p(m_exp(-absolute(x)));
}

/* ln of the density of N(1,1) */
static double log_prior(double x)
{
	return -0.5 * (x - 1) * (x - 1) - 0.9189385332046727;
}

/* ---- E step ------------------------------------------------------------------------ */

/* the task's log weights by class into row, which is K long; returns what all classes share */
static double task_logs(const struct fit *f, size_t t, double *row)
{
	const struct labels *l = f->l;
	double others = m_log((double)(f->K - 1)), base = -m_log((double)f->K);

	memset(row, 0, f->K * sizeof *row);
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		double x = f->alpha[l->t_worker[i]] * f->eb[t];
		base += (x > 0 ? -x : 0) - soft(x) - others;    /* ln((1 - a) / (K - 1)) */
		row[l->t_value[i]] += x + others;
	}
	return base;
}

static void e_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t K = f->K, end = cells_least((block + 1) * CELLS_TASKS, f->l->n_tasks);
	double *row = mem_alloc(K, sizeof *row);
	struct sum all = { 0 };

	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		uint32_t gold = f->gold ? f->gold[t] : AGREE_NO_GOLD;
		double total = task_logs(f, t, row);
		if (gold != AGREE_NO_GOLD) {
			total += row[gold];
			for (size_t c = 0; c < K; c++)
				row[c] = c == gold;
		} else {
			cells_softmax(row, 1, K, &total);
		}
		if (f->l->t_off[t] < f->l->t_off[t + 1])
			sum_add(&all, total);
		sum_add(&all, log_prior(f->b[t]));
		if (f->q)
			memcpy(f->q + t * K, row, K * sizeof *row);
	}
	f->sum[block] = sum_value(&all);
	free(row);
}

static void worker_priors(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);
	struct sum all = { 0 };

	for (size_t w = block * CELLS_WORKERS; w < end; w++)
		sum_add(&all, log_prior(f->alpha[w]));
	f->sum[f->n_blocks + block] = sum_value(&all);
}

static void exp_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t t = block * CELLS_TASKS;

	m_exp_n(f->b + t, f->eb + t, cells_least(CELLS_TASKS, f->l->n_tasks - t));
}

/* posteriors, and the objective */
static double e_step(struct fit *f, unsigned threads)
{
	size_t w_blocks = cells_blocks(f->l->n_workers, CELLS_WORKERS);
	struct sum all = { 0 };

	par_for(threads, f->n_blocks, exp_block, f);
	par_for(threads, f->n_blocks, e_block, f);
	par_for(threads, w_blocks, worker_priors, f);
	for (size_t i = 0; i < f->n_blocks + w_blocks; i++)
		sum_add(&all, f->sum[i]);
	return sum_value(&all);
}

/* ---- M step ------------------------------------------------------------------------ */

/* One parameter's view: of label i the chance g to be right and the other factor h of its
 * logit: x = p h (p an ability) or x = h e^p (p a log inverse difficulty). */
struct view {
	const double *g, *h;
	size_t n;
	bool log_scale;
};

/* expected log-likelihood with the prior; first and second derivative */
static double climb_value(const struct view *v, double p, double *d1, double *d2)
{
	double s = log_prior(p), scale = v->log_scale ? m_exp(p) : 1;

	*d1 = 1 - p;
	*d2 = -1;
	for (size_t i = 0; i < v->n; i++) {
		double h = v->h[i] * scale, x = v->log_scale ? h : h * p;
		double z = m_exp(-absolute(x)), a = 1 / (1 + z);
		a = x < 0 ? 1 - a : a;
		/* g ln a + (1 - g) ln(1 - a) */
		s += (x > 0 ? (v->g[i] - 1) * x : v->g[i] * x) - m_log1p(z);
		*d1 += (v->g[i] - a) * h;
		*d2 -= h * h * z / ((1 + z) * (1 + z));
		if (v->log_scale)
			*d2 += (v->g[i] - a) * h;
	}
	return s;
}

/* from p uphill; at most a few steps, because the E step changes the hill anyway */
static double climb(const struct view *v, double p)
{
	double d1, d2, now = climb_value(v, p, &d1, &d2);

	for (int i = 0; i < 3 && absolute(d1) > 1e-9; i++) {
		double step = d1 / (d2 < -0.1 ? -d2 : 1), n1, n2, value = now;
		step = step > 2 ? 2 : step < -2 ? -2 : step;
		int half = 0;
		for (; half < 20; half++, step /= 2) {
			value = climb_value(v, p + step, &n1, &n2);
			if (value >= now)
				break;
		}
		if (half == 20)
			break;
		p += step;
		now = value;
		d1 = n1;
		d2 = n2;
	}
	return p;
}

static void alpha_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	const struct labels *l = f->l;
	size_t end = cells_least((block + 1) * CELLS_WORKERS, l->n_workers), most = 0;

	for (size_t w = block * CELLS_WORKERS; w < end; w++)
		most = l->w_off[w + 1] - l->w_off[w] > most ? l->w_off[w + 1] - l->w_off[w] : most;
	double *g = mem_alloc(most, 2 * sizeof *g), *h = g + most;
	for (size_t w = block * CELLS_WORKERS; w < end; w++) {
		size_t from = l->w_off[w], n = l->w_off[w + 1] - from;
		for (size_t i = 0; i < n; i++) {
			size_t t = l->w_task[from + i];
			g[i] = f->q[t * f->K + l->w_value[from + i]];
			h[i] = f->eb[t];
		}
		f->new_alpha[w] = climb(&(struct view){ g, h, n, false }, f->alpha[w]);
	}
	free(g);
}

static void b_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	const struct labels *l = f->l;
	size_t end = cells_least((block + 1) * CELLS_TASKS, l->n_tasks), most = 0;

	for (size_t t = block * CELLS_TASKS; t < end; t++)
		most = l->t_off[t + 1] - l->t_off[t] > most ? l->t_off[t + 1] - l->t_off[t] : most;
	double *g = mem_alloc(most, 2 * sizeof *g), *h = g + most;
	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		size_t from = l->t_off[t], n = l->t_off[t + 1] - from;
		for (size_t i = 0; i < n; i++) {
			g[i] = f->q[t * f->K + l->t_value[from + i]];
			h[i] = f->alpha[l->t_worker[from + i]];
		}
		f->new_b[t] = climb(&(struct view){ g, h, n, true }, f->b[t]);
	}
	free(g);
}

/* ---- the whole --------------------------------------------------------------------- */

static void run(struct fit *f, const struct agree_opt *o, struct agree_fit *out)
{
	unsigned most = o->max_iter ? o->max_iter : 500;
	double tol = (o->tol == 0 ? 1e-8 : o->tol) * (double)f->l->n;

	out->objective = e_step(f, o->threads);
	while (out->n_iter < most && !out->converged) {
		agree_tick(o, out->n_iter, most);
		par_for(o->threads, cells_blocks(f->l->n_workers, CELLS_WORKERS), alpha_block, f);
		par_for(o->threads, f->n_blocks, b_block, f);
		double now = e_step(f, o->threads);
		out->n_iter++;
		out->converged = o->tol >= 0 && now - out->objective <= tol;
		out->objective = now;
	}
}

static void one_class(const struct labels *l, struct agree_fit *out)
{
	for (size_t t = 0; t < l->n_tasks; t++)
		out->q[t] = 1;
	for (size_t w = 0; w < l->n_workers; w++)
		out->skill[w] = 1;
	out->converged = true;
}

void agree_glad_with(const struct labels *l, const struct agree_opt *o, struct agree_fit *out, double *b)
{
	size_t T = l->n_tasks, W = l->n_workers;
	double *own = mem_alloc(T, sizeof *own);

	agree_fit_init(l, out);
	b = b ? b : own;
	for (size_t t = 0; t < T; t++)
		b[t] = 1;
	for (size_t w = 0; w < W; w++)
		out->skill[w] = 1;
	if (l->n_classes < 2) {
		one_class(l, out);
	} else {
		struct fit f = { .l = l, .gold = o->gold, .K = l->n_classes, .alpha = out->skill, .b = b,
		                 .new_alpha = out->skill, .new_b = b, .q = out->q,
		                 .n_blocks = cells_blocks(T, CELLS_TASKS) };
		f.eb = mem_alloc(T, sizeof *f.eb);
		f.sum = mem_alloc(f.n_blocks + cells_blocks(W, CELLS_WORKERS), sizeof *f.sum);
		run(&f, o, out);
		free(f.eb);
		free(f.sum);
	}
	free(own);
}

void agree_glad(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	agree_glad_with(l, o, out, NULL);
}

double glad_objective(const struct labels *l, const uint32_t *gold, const double *alpha, const double *b)
{
	struct fit f = { .l = l, .gold = gold, .K = l->n_classes, .alpha = alpha, .b = b,
	                 .n_blocks = cells_blocks(l->n_tasks, CELLS_TASKS) };

	if (l->n_classes < 2)
		return 0;
	f.eb = mem_alloc(l->n_tasks, sizeof *f.eb);
	f.sum = mem_alloc(f.n_blocks + cells_blocks(l->n_workers, CELLS_WORKERS), sizeof *f.sum);
	double s = e_step(&f, 1);
	free(f.eb);
	free(f.sum);
	return s;
}
