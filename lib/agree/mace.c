#include "agree/mace.h"

#include <stdlib.h>
#include <string.h>

#include "agree/cells.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/gamma.h"
#include "math/rng.h"
#include "math/sum.h"

struct fit {
	const struct labels *l;
	const struct agree_opt *o;
	bool em;
	size_t K, n_blocks;
	double *q;
	double *know;         /* n_workers x 2: spams, knows */
	double *theta;        /* n_workers x K */
	double *ls, *lk;      /* n_workers x K, where used: ln s, ln((s + know) / s) */
	double *ll;           /* by block of tasks */
};

/* ---- E step ------------------------------------------------------------------------ */

/* what a label of worker w says, as logs; only of the labels he has used when those are fewer */
static void worker_logs(struct fit *f, size_t w)
{
	const struct labels *l = f->l;
	size_t K = f->K, n = l->w_off[w + 1] - l->w_off[w];

	for (size_t i = 0; i < cells_least(n, K); i++) {
		size_t at = w * K + (n < K ? l->w_value[l->w_off[w] + i] : i);
		double s = f->know[2 * w] * f->theta[at];
		f->ls[at] = m_log(s);
		f->lk[at] = m_log((s + f->know[2 * w + 1]) / s);
	}
}

static void e_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	const struct labels *l = f->l;
	size_t K = f->K, end = cells_least((block + 1) * CELLS_TASKS, l->n_tasks);
	struct sum ll = { 0 };

	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		double *q = f->q + t * K, base = -m_log((double)K), total = 0;
		uint32_t gold = f->o->gold ? f->o->gold[t] : AGREE_NO_GOLD;
		memset(q, 0, K * sizeof *q);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			size_t at = l->t_worker[i] * K + l->t_value[i];
			base += f->ls[at];
			q[l->t_value[i]] += f->lk[at];
		}
		if (gold == AGREE_NO_GOLD) {
			cells_softmax(q, 1, K, &total);
		} else {
			total = q[gold];
			for (size_t c = 0; c < K; c++)
				q[c] = c == gold;
		}
		if (l->t_off[t] < l->t_off[t + 1])
			sum_add(&ll, base + total);
	}
	f->ll[block] = sum_value(&ll);
}

/* ---- M step ------------------------------------------------------------------------ */

/* counts become parameters, n of them */
static void normalise(const struct fit *f, double *p, size_t n, double prior)
{
	double sum = 0;

	for (size_t c = 0; c < n; c++) {
		p[c] += f->em ? 0.01 / (double)f->K : prior;
		sum += p[c];
	}
	double psi = f->em ? 0 : m_digamma(sum);
	for (size_t c = 0; c < n; c++)
		p[c] = f->em ? p[c] / sum : m_exp(m_digamma(p[c]) - psi);
}

static void worker_step(struct fit *f, size_t w)
{
	const struct labels *l = f->l;
	size_t K = f->K;
	double *theta = f->theta + w * K, *know = f->know + 2 * w, n[2] = { 0, 0 };

	/* lk holds know / (s + know) of the old parameters: worker_chances */
	memset(theta, 0, K * sizeof *theta);
	for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
		size_t v = l->w_value[i];
		double knew = f->q[(size_t)l->w_task[i] * K + v] * f->lk[w * K + v];
		n[0] += 1 - knew;
		n[1] += knew;
		theta[v] += 1 - knew;
	}
	memcpy(know, n, sizeof n);
	normalise(f, know, 2, 0.5);
	normalise(f, theta, K, 10);
}

/* lk becomes know / (s + know) */
static void worker_chances(struct fit *f, size_t w)
{
	const struct labels *l = f->l;
	size_t K = f->K, n = l->w_off[w + 1] - l->w_off[w];

	for (size_t i = 0; i < cells_least(n, K); i++) {
		size_t at = w * K + (n < K ? l->w_value[l->w_off[w] + i] : i);
		double s = f->know[2 * w] * f->theta[at];
		f->lk[at] = f->know[2 * w + 1] / (s + f->know[2 * w + 1]);
	}
}

static void m_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);

	for (size_t w = block * CELLS_WORKERS; w < end; w++) {
		worker_chances(f, w);
		worker_step(f, w);
		worker_logs(f, w);
	}
}

static void logs_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);

	for (size_t w = block * CELLS_WORKERS; w < end; w++)
		worker_logs(f, w);
}

/* ---- the whole --------------------------------------------------------------------- */

static void draw(struct rng *g, double *p, size_t rows, size_t K)
{
	for (size_t r = 0; r < rows; r++) {
		double sum = 0;
		for (size_t c = 0; c < K; c++)
			sum += p[r * K + c] = 1 + 1.5 * rng_unit(g);
		for (size_t c = 0; c < K; c++)
			p[r * K + c] /= sum;
	}
}

static double e_step(struct fit *f)
{
	struct sum s = { 0 };

	par_for(f->o->threads, f->n_blocks, e_block, f);
	for (size_t b = 0; b < f->n_blocks; b++)
		sum_add(&s, f->ll[b]);
	return sum_value(&s);
}

/* one start to its end; returns the log-likelihood */
static double run(struct fit *f, unsigned *n_iter, bool *settled)
{
	unsigned most = f->o->max_iter ? f->o->max_iter : 50;
	size_t w_blocks = cells_blocks(f->l->n_workers, CELLS_WORKERS);
	double tol = f->o->tol > 0 ? f->o->tol * (double)f->l->n : -1;

	par_for(f->o->threads, w_blocks, logs_block, f);
	double ll = e_step(f);
	*settled = false;
	for (*n_iter = 0; *n_iter < most && !*settled; ++*n_iter) {
		agree_tick(f->o, *n_iter, most);
		par_for(f->o->threads, w_blocks, m_block, f);
		double now = e_step(f);
		*settled = now - ll <= tol && ll - now <= tol;
		ll = now;
	}
	return ll;
}

static void keep(const struct fit *f, double ll, struct agree_fit *out, double *theta)
{
	size_t W = f->l->n_workers;

	out->objective = ll;
	memcpy(out->q, f->q, f->l->n_tasks * f->K * sizeof *f->q);
	for (size_t w = 0; w < W; w++)
		out->skill[w] = f->know[2 * w + 1] / (f->know[2 * w] + f->know[2 * w + 1]);
	if (theta)
		memcpy(theta, f->theta, W * f->K * sizeof *theta);
}

static void one_class(const struct labels *l, struct agree_fit *out, double *theta)
{
	for (size_t t = 0; t < l->n_tasks; t++)
		out->q[t] = 1;
	for (size_t w = 0; w < l->n_workers; w++) {
		out->skill[w] = 1;
		if (theta)
			theta[w] = 1;
	}
	out->converged = true;
}

static void starts(struct fit *f, const struct mace_opt *m, struct agree_fit *out, double *theta)
{
	unsigned n = m->know && m->theta ? 1 : m->restarts ? m->restarts : 10;
	size_t W = f->l->n_workers;
	uint64_t seed = f->o->seed;

	for (unsigned i = 0; i < n; i++) {
		struct rng g;
		unsigned n_iter;
		bool settled;
		rng_seed(&g, splitmix64(&seed));
		draw(&g, f->know, W, 2);
		draw(&g, f->theta, W, f->K);
		if (m->know)
			memcpy(f->know, m->know, 2 * W * sizeof *f->know);
		if (m->theta)
			memcpy(f->theta, m->theta, W * f->K * sizeof *f->theta);
		double ll = run(f, &n_iter, &settled);
		if (i == 0 || ll > out->objective) {
			keep(f, ll, out, theta);
			out->n_iter = n_iter;
			out->converged = settled;
		}
	}
}

void agree_mace_with(const struct labels *l, const struct agree_opt *o, const struct mace_opt *m,
                     struct agree_fit *out, double *theta)
{
	size_t K = l->n_classes, W = l->n_workers;

	agree_fit_init(l, out);
	if (K < 2) {
		one_class(l, out, theta);
		return;
	}
	struct fit f = { .l = l, .o = o, .em = m->em, .K = K, .n_blocks = cells_blocks(l->n_tasks, CELLS_TASKS) };
	f.q = mem_alloc(l->n_tasks * K, sizeof *f.q);
	f.know = mem_alloc(2 * W, sizeof *f.know);
	f.theta = mem_alloc(W * K, sizeof *f.theta);
	f.ls = mem_alloc(W * K, sizeof *f.ls);
	f.lk = mem_alloc(W * K, sizeof *f.lk);
	f.ll = mem_alloc(f.n_blocks, sizeof *f.ll);
	starts(&f, m, out, theta);
	free(f.q);
	free(f.know);
	free(f.theta);
	free(f.ls);
	free(f.lk);
	free(f.ll);
}

void agree_mace(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	agree_mace_with(l, o, &(struct mace_opt){ .em = false }, out, NULL);
}

void agree_mace_em(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	agree_mace_with(l, o, &(struct mace_opt){ .em = true }, out, NULL);
}
