#include "agree/hds.h"

#include <stdlib.h>
#include <string.h>

#include "agree/cells.h"
#include "agree/mv.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/gamma.h"
#include "math/sum.h"

enum { N_KAPPA = 5, TILE = 512 };

static const double kappas[N_KAPPA] = { 2, 8, 32, 128, 1000 };
static const double alpha = 50, guess = 0.9;
static const double never = -1e300;    /* log weight of a class that gold rules out */

/* Tables by [worker][label][class]; those with 2K numbers a row have easy, then hard. */
struct fit {
	const struct labels *l;
	const struct agree_opt *o;
	struct cells cells;
	size_t K, n_blocks;
	double n_used;       /* tasks with labels */
	double *S;           /* n_tasks x 2K: posterior of class and level */
	double *q;           /* n_tasks x K */
	double *raw;         /* counts of S; 2K a row */
	double *le;          /* log e; 2K a row */
	double *e, *c;       /* K a row */
	double *u;           /* K: what a guesser says */
	double *lp;          /* 2K: log prior of class and level */
	double *O;           /* K x K: shape of errors, [l][z], 0 on the diagonal */
	double mu;
	double mix[N_KAPPA], log_mix[N_KAPPA], lg_kappa[N_KAPPA];
	/* by block, combined in their order */
	double *psum;        /* K: sum of undamped posteriors */
	double *hard;        /* sum of Q(., hard) */
	double *moved;       /* largest change of q */
	double *pool;        /* by block of workers, K x K: sum of c */
	double *rsum;        /* by block of workers, N_KAPPA */
	size_t n_wblocks;
};

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* ---- M step ------------------------------------------------------------------------ */

/* c of step 5 from the counts of both levels and the e they were made with */
static void count_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t K = f->K, KK = K * K, end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);
	double *pool = f->pool + block * KK;

	memset(pool, 0, KK * sizeof *pool);
	for (size_t w = block * CELLS_WORKERS; w < end; w++)
		for (size_t l = 0; l < K; l++) {
			const double *row = f->raw + (w * K + l) * 2 * K, *e = f->e + (w * K + l) * K;
			double *c = f->c + (w * K + l) * K;
			for (size_t z = 0; z < K; z++) {
				double knows = (1 - guess) * e[z] / ((1 - guess) * e[z] + guess * f->u[l]);
				c[z] = row[z] + row[K + z] * knows;
				if (f->o->counts)
					c[z] += f->o->counts[w * KK + z * K + l];
				pool[l * K + z] += c[z];
			}
		}
}

/* mu and O of step 1 */
static void pool_shape(struct fit *f)
{
	size_t K = f->K;
	double total = 0, trace = 0, *P = f->O;

	for (size_t i = 0; i < K * K; i++) {
		struct sum s = { 0 };
		for (size_t b = 0; b < f->n_wblocks; b++)
			sum_add(&s, f->pool[b * K * K + i]);
		P[i] = sum_value(&s);
		total += P[i];
		trace += i / K == i % K ? P[i] : 0;
	}
	f->mu = total > 0 ? trace / total : 0.5;
	for (size_t z = 0; z < K; z++) {
		double s = 0;
		for (size_t l = 0; l < K; l++)
			s += l == z ? 0 : P[l * K + z] + 10.0 / (double)(K + 3);
		for (size_t l = 0; l < K; l++)
			P[l * K + z] = l == z ? 0 : (P[l * K + z] + 10.0 / (double)(K + 3)) / s;
	}
}

/* the prior mean of a worker's confusion, into m; n[z] = his counts by class */
static void worker_mean(const struct fit *f, const double *c, double *m, double *n)
{
	size_t K = f->K;
	double all = 0, right = 0;

	memset(n, 0, K * sizeof *n);
	for (size_t l = 0; l < K; l++) {
		cells_add(n, c + l * K, K);
		right += c[l * K + l];
	}
	for (size_t z = 0; z < K; z++)
		all += n[z];
	double s = (right + 5 * f->mu) / (all + 5);
	s = s < 1e-6 ? 1e-6 : s > 1 - 1e-6 ? 1 - 1e-6 : s;
	for (size_t l = 0; l < K; l++)
		for (size_t z = 0; z < K; z++)
			m[l * K + z] = l == z ? s : (1 - s) * f->O[l * K + z];
}

/* step 2: the weights of the strengths */
static void worker_strength(const struct fit *f, const double *c, const double *m, const double *n, double *r)
{
	size_t K = f->K;

	for (size_t j = 0; j < N_KAPPA; j++) {
		double ev = f->log_mix[j], k = kappas[j];
		for (size_t i = 0; i < K * K; i++)
			if (c[i] > 0)
				ev += m_lgamma(c[i] + k * m[i]) - m_lgamma(k * m[i]);
		for (size_t z = 0; z < K; z++)
			if (n[z] > 0)
				ev += f->lg_kappa[j] - m_lgamma(n[z] + k);
		r[j] = ev;
	}
	cells_softmax(r, 1, N_KAPPA, NULL);
}

static void skill_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t K = f->K, KK = K * K, end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);
	double *m = mem_alloc(KK + K, sizeof *m), *n = m + KK, r[N_KAPPA], *rsum = f->rsum + block * N_KAPPA;

	memset(rsum, 0, N_KAPPA * sizeof *rsum);
	for (size_t w = block * CELLS_WORKERS; w < end; w++) {
		const double *c = f->c + w * KK;
		double *e = f->e + w * KK, *le = f->le + w * 2 * KK;
		worker_mean(f, c, m, n);
		worker_strength(f, c, m, n, r);
		memset(e, 0, KK * sizeof *e);
		for (size_t j = 0; j < N_KAPPA; j++) {
			rsum[j] += r[j];
			for (size_t l = 0; l < K; l++)
				for (size_t z = 0; z < K; z++)
					e[l * K + z] += r[j] * (c[l * K + z] + kappas[j] * m[l * K + z]) / (n[z] + kappas[j]);
		}
		for (size_t l = 0; l < K; l++)
			for (size_t z = 0; z < K; z++) {
				le[l * 2 * K + z] = e[l * K + z];
				le[l * 2 * K + K + z] = (1 - guess) * e[l * K + z] + guess * f->u[l];
			}
		m_log_n(le, le, 2 * KK);
	}
	free(m);
}

static void m_step(struct fit *f)
{
	cells_count(&f->cells, f->S, f->raw);
	par_for(f->o->threads, f->n_wblocks, count_block, f);
	pool_shape(f);
	for (size_t j = 0; j < N_KAPPA; j++)
		f->log_mix[j] = m_log(f->mix[j]);
	par_for(f->o->threads, f->n_wblocks, skill_block, f);
	for (size_t j = 0; j < N_KAPPA; j++) {
		struct sum s = { 0 };
		for (size_t b = 0; b < f->n_wblocks; b++)
			sum_add(&s, f->rsum[b * N_KAPPA + j]);
		f->mix[j] = (sum_value(&s) + 1) / ((double)f->l->n_workers + N_KAPPA);
	}
}

/* steps 3 and 5: class prior and share of hard tasks, from what the blocks have left */
static void priors(struct fit *f, bool levels)
{
	size_t K = f->K;
	double n = f->n_used + alpha * (double)K, h[2] = { 0.8, 0.2 };

	if (levels) {
		struct sum s = { 0 };
		for (size_t b = 0; b < f->n_blocks; b++)
			sum_add(&s, f->hard[b]);
		h[1] = (sum_value(&s) + 10) / (f->n_used + 20);
		h[0] = 1 - h[1];
	}
	for (size_t z = 0; f->o->class_counts && z < K; z++)
		n += f->o->class_counts[z];
	for (size_t z = 0; z < K; z++) {
		struct sum s = { 0 };
		for (size_t b = 0; b < f->n_blocks; b++)
			sum_add(&s, f->psum[b * K + z]);
		double p = (sum_value(&s) + alpha + (f->o->class_counts ? f->o->class_counts[z] : 0)) / n;
		f->lp[z] = m_log(p) + m_log(h[0]);
		f->lp[K + z] = m_log(p) + m_log(h[1]);
	}
}

/* ---- E step ------------------------------------------------------------------------ */

static uint32_t gold_of(const struct fit *f, size_t t)
{
	return f->o->gold ? f->o->gold[t] : AGREE_NO_GOLD;
}

/* damped log weights of task t into row, undamped ones into plain */
static void task_logs(const struct fit *f, size_t t, double *row, double *plain)
{
	const struct labels *l = f->l;
	size_t K = f->K, n = l->t_off[t + 1] - l->t_off[t];
	double b = n > 1 ? 1.0 / (1.0 + HDS_RHO * (double)(n - 1)) : 1.0;
	uint32_t gold = gold_of(f, t);

	memset(plain, 0, 2 * K * sizeof *plain);
	cells_gather(l, t, f->le, 2 * K, plain);
	for (size_t r = 0; r < 2 * K; r++) {
		row[r] = plain[r] * b + f->lp[r];
		plain[r] += f->lp[r];
	}
	for (size_t r = 0; gold != AGREE_NO_GOLD && r < 2 * K; r++)
		if (r % K != gold)
			row[r] = plain[r] = never;
}

/* q, and what the block adds to the sums, from the finished rows of task t */
static void task_done(struct fit *f, size_t t, const double *plain, double *psum, double *hard, double *moved)
{
	size_t K = f->K;
	const double *row = f->S + t * 2 * K;
	double *q = f->q + t * K;
	uint32_t gold = gold_of(f, t);

	for (size_t z = 0; z < K; z++) {
		double x = gold == AGREE_NO_GOLD ? row[z] + row[K + z] : z == gold, d = x - q[z];
		*moved = larger(*moved, d < 0 ? -d : d);
		q[z] = x;
	}
	if (f->l->t_off[t] == f->l->t_off[t + 1])
		return;
	for (size_t z = 0; z < K; z++) {
		*hard += row[K + z];
		psum[z] += plain[z] + plain[K + z];
	}
}

static void e_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t K = f->K, end = cells_least((block + 1) * CELLS_TASKS, f->l->n_tasks);
	size_t tile = 2 * K < TILE ? TILE / (2 * K) : 1;
	double *plain = mem_alloc(tile * 2 * K, sizeof *plain), *psum = f->psum + block * K;
	double hard = 0, moved = 0;

	memset(psum, 0, K * sizeof *psum);
	for (size_t t = block * CELLS_TASKS; t < end; t += tile) {
		size_t n = cells_least(tile, end - t);
		for (size_t i = 0; i < n; i++)
			task_logs(f, t + i, f->S + (t + i) * 2 * K, plain + i * 2 * K);
		cells_softmax(f->S + t * 2 * K, n, 2 * K, NULL);
		cells_softmax(plain, n, 2 * K, NULL);
		for (size_t i = 0; i < n; i++)
			task_done(f, t + i, plain + i * 2 * K, psum, &hard, &moved);
	}
	f->hard[block] = hard;
	f->moved[block] = moved;
	free(plain);
}

/* ---- the whole --------------------------------------------------------------------- */

/* vote shares (or gold) as the easy posteriors to start from */
static void start(struct fit *f)
{
	const struct labels *l = f->l;
	size_t K = f->K;

	mv_shares(l, f->o->threads, f->q);
	memset(f->psum, 0, f->n_blocks * K * sizeof *f->psum);
	for (size_t t = 0; t < l->n_tasks; t++) {
		double *q = f->q + t * K, *psum = f->psum + t / CELLS_TASKS * K;
		uint32_t gold = gold_of(f, t);
		for (size_t z = 0; gold != AGREE_NO_GOLD && z < K; z++)
			q[z] = z == gold;
		memcpy(f->S + t * 2 * K, q, K * sizeof *q);
		memset(f->S + t * 2 * K + K, 0, K * sizeof *q);
		if (l->t_off[t] < l->t_off[t + 1])
			cells_add(psum, q, K);
		f->n_used += l->t_off[t] < l->t_off[t + 1];
	}
	for (size_t i = 0; i < l->n; i++)
		f->u[l->t_value[i]] += 1;
	for (size_t z = 0; z < K; z++)
		f->u[z] = 0.5 * f->u[z] / (l->n ? (double)l->n : 1.0) + 0.5 / (double)K;
	for (size_t j = 0; j < N_KAPPA; j++) {
		f->mix[j] = 1.0 / N_KAPPA;
		f->lg_kappa[j] = m_lgamma(kappas[j]);
	}
}

static void run(struct fit *f, struct agree_fit *out)
{
	unsigned most = f->o->max_iter ? f->o->max_iter : 60;
	double tol = f->o->tol == 0 ? 1e-4 : f->o->tol, moved = 0;

	start(f);
	while (out->n_iter < most && !out->converged) {
		agree_tick(f->o, out->n_iter, most);
		m_step(f);
		priors(f, out->n_iter > 0);
		par_for(f->o->threads, f->n_blocks, e_block, f);
		moved = 0;
		for (size_t b = 0; b < f->n_blocks; b++)
			moved = larger(moved, f->moved[b]);
		out->n_iter++;
		out->converged = moved < tol;
	}
}

/* the fitted model in the layout of agree_fit: e and counts by [class][label] */
static void hand_over(struct fit *f, struct agree_fit *out)
{
	size_t K = f->K, KK = K * K, W = f->l->n_workers;

	out->prior = mem_alloc(K, sizeof *out->prior);
	out->e = mem_alloc(W * KK, sizeof *out->e);
	out->counts = mem_alloc(W * KK, sizeof *out->counts);
	double h = 0;
	for (size_t z = 0; z < K; z++)
		h += out->prior[z] = m_exp(f->lp[z]);
	for (size_t z = 0; z < K; z++)
		out->prior[z] /= h;
	cells_count(&f->cells, f->S, f->raw);
	par_for(f->o->threads, f->n_wblocks, count_block, f);
	for (size_t w = 0; w < W; w++)
		for (size_t l = 0; l < K; l++)
			for (size_t z = 0; z < K; z++) {
				size_t from = w * KK + l * K + z, to = w * KK + z * K + l;
				out->e[to] = f->e[from];
				out->counts[to] = f->c[from] - (f->o->counts ? f->o->counts[to] : 0);
				out->skill[w] += l == z ? out->prior[z] * f->e[from] : 0;
			}
}

/* one class: nothing to learn */
static void one_class(const struct labels *l, struct agree_fit *out)
{
	out->prior = mem_alloc(1, sizeof *out->prior);
	out->e = mem_alloc(l->n_workers, sizeof *out->e);
	out->counts = mem_alloc(l->n_workers, sizeof *out->counts);
	out->prior[0] = 1;
	for (size_t t = 0; t < l->n_tasks; t++)
		out->q[t] = 1;
	for (size_t w = 0; w < l->n_workers; w++) {
		out->e[w] = out->skill[w] = 1;
		out->counts[w] = (double)(l->w_off[w + 1] - l->w_off[w]);
	}
	out->converged = true;
}

void agree_hds_raw(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	size_t K = l->n_classes, size = l->n_workers * K * K;

	agree_fit_init(l, out);
	if (K < 2) {
		one_class(l, out);
		return;
	}
	struct fit f = { .l = l, .o = o, .K = K, .q = out->q, .n_blocks = cells_blocks(l->n_tasks, CELLS_TASKS),
	                 .n_wblocks = cells_blocks(l->n_workers, CELLS_WORKERS) };
	cells_init(&f.cells, l, 2 * K, o->threads);
	f.S = mem_alloc(l->n_tasks * 2 * K, sizeof *f.S);
	f.raw = mem_alloc(2 * size, sizeof *f.raw);
	f.le = mem_alloc(2 * size, sizeof *f.le);
	f.e = mem_zalloc(size, sizeof *f.e);
	f.c = mem_alloc(size, sizeof *f.c);
	f.u = mem_zalloc(K, sizeof *f.u);
	f.lp = mem_alloc(2 * K, sizeof *f.lp);
	f.O = mem_alloc(K * K, sizeof *f.O);
	f.psum = mem_alloc(f.n_blocks * K, sizeof *f.psum);
	f.hard = mem_zalloc(f.n_blocks, sizeof *f.hard);
	f.moved = mem_zalloc(f.n_blocks, sizeof *f.moved);
	f.pool = mem_alloc(f.n_wblocks * K * K, sizeof *f.pool);
	f.rsum = mem_alloc(f.n_wblocks * N_KAPPA, sizeof *f.rsum);
	run(&f, out);
	hand_over(&f, out);
	double *const own[] = { f.S, f.raw, f.le, f.e, f.c, f.u, f.lp, f.O, f.psum, f.hard, f.moved, f.pool, f.rsum };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		free(own[i]);
	cells_release(&f.cells);
}

void agree_hds(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	agree_hds_raw(l, o, out);
	agree_damp(l, o->gold, HDS_RHO, HDS_RHO_OUT, o->threads, out->q);
}

/* ---- output damping ---------------------------------------------------------------- */

struct damp {
	const struct labels *l;
	const uint32_t *gold;
	double rho, rho_out;
	double *q;
};

static void damp_block(void *ctx, size_t block)
{
	struct damp *d = ctx;
	size_t K = d->l->n_classes, end = cells_least((block + 1) * CELLS_TASKS, d->l->n_tasks);

	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		size_t n = d->l->t_off[t + 1] - d->l->t_off[t];
		double *q = d->q + t * K;
		if (n < 2 || (d->gold && d->gold[t] != AGREE_NO_GOLD))
			continue;
		double g = (1 + d->rho * (double)(n - 1)) / (1 + d->rho_out * (double)(n - 1));
		for (size_t c = 0; c < K; c++)
			q[c] = m_log(q[c] + 1e-300) * g;
		cells_softmax(q, 1, K, NULL);
	}
}

void agree_damp(const struct labels *l, const uint32_t *gold, double rho, double rho_out, unsigned threads, double *q)
{
	struct damp d = { l, gold, rho, rho_out, q };

	par_for(threads, cells_blocks(l->n_tasks, CELLS_TASKS), damp_block, &d);
}
