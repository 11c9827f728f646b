#include "agree/ebcc.h"

#include <stdlib.h>
#include <string.h>

#include "agree/cells.h"
#include "agree/mv.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/gamma.h"
#include "math/rng.h"
#include "math/sum.h"

static const double a_eta = 0.1, diag = 4, off = 1;

/* R = K M states; state z*M + m.  Tables [worker][label][state]. */
struct fit {
	const struct labels *l;
	const struct agree_opt *o;
	struct cells cells;
	size_t K, M, R, n_blocks, n_wblocks;
	double *rho;         /* n_tasks x R */
	double *q;           /* n_tasks x K */
	double *count;       /* W x K x R */
	double *lv;          /* W x K x R: E ln v */
	double *size;        /* R: sum of rho over tasks with labels */
	double *lp;          /* R: E ln nu + E ln eta */
	double *nu0;         /* K: prior of nu */
	double *psum;        /* by block, R */
	double *moved, *ll;  /* by block of tasks */
	double *kl;          /* by block of workers */
	uint64_t seed;
};

static double prior_of(const struct fit *f, size_t w, size_t z, size_t l)
{
	return (l == z ? diag : off) + (f->o->counts ? f->o->counts[(w * f->K + z) * f->K + l] : 0);
}

/* ---- M step ------------------------------------------------------------------------ */

/* column sums of the Dirichlets of worker w into n */
static void worker_sizes(const struct fit *f, size_t w, double *n)
{
	memset(n, 0, f->R * sizeof *n);
	for (size_t l = 0; l < f->K; l++)
		for (size_t r = 0; r < f->R; r++)
			n[r] += f->count[(w * f->K + l) * f->R + r] + prior_of(f, w, r / f->M, l);
}

static void m_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t K = f->K, R = f->R, end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);
	double *n = mem_alloc(R, sizeof *n);

	for (size_t w = block * CELLS_WORKERS; w < end; w++) {
		worker_sizes(f, w, n);
		for (size_t r = 0; r < R; r++)
			n[r] = m_digamma(n[r]);
		for (size_t l = 0; l < K; l++)
			for (size_t r = 0; r < R; r++) {
				size_t at = (w * K + l) * R + r;
				f->lv[at] = m_digamma(f->count[at] + prior_of(f, w, r / f->M, l)) - n[r];
			}
	}
	free(n);
}

static void m_step(struct fit *f)
{
	size_t K = f->K, M = f->M;
	double all = 0;

	for (size_t r = 0; r < f->R; r++) {
		struct sum s = { 0 };
		for (size_t b = 0; b < f->n_blocks; b++)
			sum_add(&s, f->psum[b * f->R + r]);
		f->size[r] = sum_value(&s);
		all += f->size[r];
	}
	for (size_t z = 0; z < K; z++)
		all += f->nu0[z];
	for (size_t z = 0; z < K; z++) {
		double n = 0;
		for (size_t m = 0; m < M; m++)
			n += f->size[z * M + m];
		double lz = m_digamma(f->nu0[z] + n) - m_digamma(all) - m_digamma(a_eta + n);
		for (size_t m = 0; m < M; m++)
			f->lp[z * M + m] = lz + m_digamma(a_eta / (double)M + f->size[z * M + m]);
	}
	cells_count(&f->cells, f->rho, f->count);
	par_for(f->o->threads, f->n_wblocks, m_block, f);
}

/* ---- E step ------------------------------------------------------------------------ */

/* class posteriors of task t from rho; the block's sums */
static void task_done(struct fit *f, size_t t, double *psum, double *moved)
{
	const double *rho = f->rho + t * f->R;
	double *q = f->q + t * f->K;
	uint32_t gold = f->o->gold ? f->o->gold[t] : AGREE_NO_GOLD;

	for (size_t z = 0; z < f->K; z++) {
		double s = 0, d;
		for (size_t m = 0; m < f->M; m++)
			s += rho[z * f->M + m];
		s = gold == AGREE_NO_GOLD ? s : z == gold;
		d = s > q[z] ? s - q[z] : q[z] - s;
		*moved = d > *moved ? d : *moved;
		q[z] = s;
	}
	if (f->l->t_off[t] < f->l->t_off[t + 1])
		cells_add(psum, rho, f->R);
}

static void e_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t R = f->R, end = cells_least((block + 1) * CELLS_TASKS, f->l->n_tasks);
	double *psum = f->psum + block * R, moved = 0, ll = 0;

	memset(psum, 0, R * sizeof *psum);
	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		double *row = f->rho + t * R;
		uint32_t gold = f->o->gold ? f->o->gold[t] : AGREE_NO_GOLD;
		memcpy(row, f->lp, R * sizeof *row);
		cells_gather(f->l, t, f->lv, R, row);
		for (size_t r = 0; gold != AGREE_NO_GOLD && r < R; r++)
			if (r / f->M != gold)
				row[r] = -1e300;
		cells_softmax(row, 1, R, f->l->t_off[t] < f->l->t_off[t + 1] ? &ll : NULL);
		task_done(f, t, psum, &moved);
	}
	f->moved[block] = moved;
	f->ll[block] = ll;
}

/* rho to start from: q (vote shares or gold) spread over the subtypes */
static void start_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t R = f->R, M = f->M, end = cells_least((block + 1) * CELLS_TASKS, f->l->n_tasks);
	double *psum = f->psum + block * R, moved = 0;
	uint64_t seed = f->seed ^ (block * 0x9e3779b97f4a7c15);
	struct rng g;

	rng_seed(&g, splitmix64(&seed));
	memset(psum, 0, R * sizeof *psum);
	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		for (size_t z = 0; z < f->K; z++) {
			double *row = f->rho + t * R + z * M, s = 0;
			for (size_t m = 0; m < M; m++)
				s += row[m] = -m_log(1 - rng_unit(&g)) + 1e-300;
			for (size_t m = 0; m < M; m++)
				row[m] *= f->q[t * f->K + z] / s;
		}
		task_done(f, t, psum, &moved);
	}
}

/* ---- bound ------------------------------------------------------------------------- */

/* One entry of KL(Dirichlet(p) || Dirichlet(p0)), with psi = its E ln; the terms of the
 * totals are dirichlet_total's. */
static double dirichlet_entry(double p, double p0, double elog)
{
	return m_lgamma(p0) - m_lgamma(p) + (p - p0) * elog;
}

static double dirichlet_total(double n, double n0)
{
	return m_lgamma(n) - m_lgamma(n0);
}

static void kl_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t K = f->K, R = f->R, end = cells_least((block + 1) * CELLS_WORKERS, f->l->n_workers);
	double *n = mem_alloc(R, sizeof *n);
	struct sum s = { 0 };

	for (size_t w = block * CELLS_WORKERS; w < end; w++) {
		worker_sizes(f, w, n);
		for (size_t r = 0; r < R; r++) {
			double n0 = 0;
			for (size_t l = 0; l < K; l++) {
				size_t at = (w * K + l) * R + r;
				double p0 = prior_of(f, w, r / f->M, l);
				n0 += p0;
				if (f->count[at] > 0)
					sum_add(&s, dirichlet_entry(p0 + f->count[at], p0, f->lv[at]));
			}
			sum_add(&s, dirichlet_total(n[r], n0));
		}
	}
	f->kl[block] = sum_value(&s);
	free(n);
}

/* after an E step: sum_t ln sum_r exp(L) less the divergences of the parameters from
 * their priors */
static double bound(struct fit *f)
{
	size_t M = f->M;
	struct sum s = { 0 };
	double all = 0, all0 = 0;

	for (size_t b = 0; b < f->n_blocks; b++)
		sum_add(&s, f->ll[b]);
	par_for(f->o->threads, f->n_wblocks, kl_block, f);
	for (size_t b = 0; b < f->n_wblocks; b++)
		sum_add(&s, -f->kl[b]);
	for (size_t z = 0; z < f->K; z++) {
		double n = 0, a = a_eta / (double)M;
		for (size_t m = 0; m < M; m++)
			n += f->size[z * M + m];
		all += f->nu0[z] + n;
		all0 += f->nu0[z];
		double psi = m_digamma(a_eta + n);
		for (size_t m = 0; m < M; m++) {
			double p = a + f->size[z * M + m];
			sum_add(&s, -dirichlet_entry(p, a, m_digamma(p) - psi));
		}
		sum_add(&s, -dirichlet_total(a_eta + n, a_eta));
	}
	double psi = m_digamma(all);
	for (size_t z = 0; z < f->K; z++) {
		double p = f->nu0[z];
		for (size_t m = 0; m < M; m++)
			p += f->size[z * M + m];
		sum_add(&s, -dirichlet_entry(p, f->nu0[z], m_digamma(p) - psi));
	}
	sum_add(&s, -dirichlet_total(all, all0));
	return sum_value(&s);
}

/* ---- the whole --------------------------------------------------------------------- */

static double run(struct fit *f, const double *q0, unsigned *n_iter, bool *settled)
{
	unsigned most = f->o->max_iter ? f->o->max_iter : 500;
	double tol = f->o->tol == 0 ? 1e-4 : f->o->tol;

	memcpy(f->q, q0, f->l->n_tasks * f->K * sizeof *f->q);
	par_for(f->o->threads, f->n_blocks, start_block, f);
	*settled = false;
	for (*n_iter = 0; *n_iter < most && !*settled; ++*n_iter) {
		double moved = 0;
		agree_tick(f->o, *n_iter, most);
		m_step(f);
		par_for(f->o->threads, f->n_blocks, e_block, f);
		for (size_t b = 0; b < f->n_blocks; b++)
			moved = f->moved[b] > moved ? f->moved[b] : moved;
		*settled = moved <= tol;
	}
	return bound(f);
}

/* e and counts of the kept start, subtypes merged */
static void keep(struct fit *f, struct agree_fit *out)
{
	size_t K = f->K, M = f->M, R = f->R;
	double all = 0, *n = mem_alloc(R, sizeof *n);

	memcpy(out->q, f->q, f->l->n_tasks * K * sizeof *f->q);
	for (size_t z = 0; z < K; z++) {
		out->prior[z] = f->nu0[z];
		for (size_t m = 0; m < M; m++)
			out->prior[z] += f->size[z * M + m];
		all += out->prior[z];
	}
	for (size_t z = 0; z < K; z++)
		out->prior[z] /= all;
	for (size_t w = 0; w < f->l->n_workers; w++) {
		worker_sizes(f, w, n);
		out->skill[w] = 0;
		for (size_t z = 0; z < K; z++) {
			double share = a_eta;
			for (size_t m = 0; m < M; m++)
				share += f->size[z * M + m];
			for (size_t l = 0; l < K; l++) {
				double e = 0, c = 0;
				for (size_t m = 0; m < M; m++) {
					size_t r = z * M + m;
					double x = f->count[(w * K + l) * R + r];
					e += (a_eta / (double)M + f->size[r]) / share * (x + prior_of(f, w, z, l)) / n[r];
					c += x;
				}
				out->e[(w * K + z) * K + l] = e;
				out->counts[(w * K + z) * K + l] = c;
				out->skill[w] += l == z ? out->prior[z] * e : 0;
			}
		}
	}
	free(n);
}

static void prepare(struct fit *f, double *q0)
{
	const struct labels *l = f->l;
	size_t K = f->K;

	mv_shares(l, f->o->threads, q0);
	for (size_t t = 0; t < l->n_tasks; t++) {
		uint32_t gold = f->o->gold ? f->o->gold[t] : AGREE_NO_GOLD;
		for (size_t z = 0; gold != AGREE_NO_GOLD && z < K; z++)
			q0[t * K + z] = z == gold;
		if (l->t_off[t] < l->t_off[t + 1])
			cells_add(f->nu0, q0 + t * K, K);
	}
	/* a class that no vote and no gold has stays possible */
	for (size_t z = 0; z < K; z++)
		f->nu0[z] += (f->o->class_counts ? f->o->class_counts[z] : 0) + (f->nu0[z] > 0 ? 0 : 1e-3);
}

static void one_class(const struct labels *l, struct agree_fit *out)
{
	out->prior[0] = 1;
	for (size_t t = 0; t < l->n_tasks; t++)
		out->q[t] = 1;
	for (size_t w = 0; w < l->n_workers; w++) {
		out->e[w] = out->skill[w] = 1;
		out->counts[w] = (double)(l->w_off[w + 1] - l->w_off[w]);
	}
	out->converged = true;
}

static void starts(struct fit *f, unsigned n, struct agree_fit *out)
{
	double *q0 = mem_alloc(f->l->n_tasks * f->K, sizeof *q0);
	uint64_t seed = f->o->seed;

	prepare(f, q0);
	for (unsigned i = 0; i < n; i++) {
		unsigned n_iter;
		bool settled;
		f->seed = splitmix64(&seed);
		double b = run(f, q0, &n_iter, &settled);
		if (i == 0 || b > out->objective) {
			keep(f, out);
			out->objective = b;
			out->n_iter = n_iter;
			out->converged = settled;
		}
	}
	free(q0);
}

void agree_ebcc_with(const struct labels *l, const struct agree_opt *o, unsigned subtypes, unsigned n_starts,
                     struct agree_fit *out)
{
	size_t K = l->n_classes, W = l->n_workers, T = l->n_tasks, R = K * subtypes;

	agree_fit_init(l, out);
	out->prior = mem_alloc(K, sizeof *out->prior);
	out->e = mem_alloc(W * K, K * sizeof *out->e);
	out->counts = mem_alloc(W * K, K * sizeof *out->counts);
	if (K < 2) {
		if (K)
			one_class(l, out);
		return;
	}
	struct fit f = { .l = l, .o = o, .K = K, .M = subtypes, .R = R, .n_blocks = cells_blocks(T, CELLS_TASKS),
	                 .n_wblocks = cells_blocks(W, CELLS_WORKERS) };
	cells_init(&f.cells, l, R, o->threads);
	f.rho = mem_alloc(T * R, sizeof *f.rho);
	f.q = mem_alloc(T * K, sizeof *f.q);
	f.count = mem_alloc(W * K, R * sizeof *f.count);
	f.lv = mem_alloc(W * K, R * sizeof *f.lv);
	f.size = mem_alloc(R, sizeof *f.size);
	f.lp = mem_alloc(R, sizeof *f.lp);
	f.nu0 = mem_zalloc(K, sizeof *f.nu0);
	f.psum = mem_alloc(f.n_blocks * R, sizeof *f.psum);
	f.moved = mem_alloc(f.n_blocks, sizeof *f.moved);
	f.ll = mem_alloc(f.n_blocks, sizeof *f.ll);
	f.kl = mem_alloc(f.n_wblocks, sizeof *f.kl);
	starts(&f, n_starts, out);
	double *const own[] = { f.rho, f.q, f.count, f.lv, f.size, f.lp, f.nu0, f.psum, f.moved, f.ll, f.kl };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		free(own[i]);
	cells_release(&f.cells);
}

void agree_ebcc(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	agree_ebcc_with(l, o, 10, 4, out);
}
