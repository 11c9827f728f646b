#include "agree/kos.h"

#include <stdlib.h>

#include "agree/mv.h"
#include "agree/vote.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/rng.h"
#include "math/sum.h"

enum { TASKS = 1024, WORKERS = 64 };    /* a job */

struct kos {
	const struct labels *l;
	const uint32_t *edge;
	uint64_t seed;
	uint32_t k;          /* the class that is +1 */
	double scale;        /* of the messages from workers, to be applied when read */
	double *m;           /* n: messages, in task-major order */
	double *sum, *size;  /* n_workers: sum of A x, of |x| */
	double *square;      /* sum of squares of the new y, by job */
	double *q;
};

static size_t jobs(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

static size_t stop(size_t job, size_t size, size_t n)
{
	return (job + 1) * size < n ? (job + 1) * size : n;
}

/* mean 1, variance 1: the sum of four uniform numbers, from the four quarters of a hash */
static double draw(uint64_t seed, uint64_t t, uint64_t w)
{
	uint64_t state = seed ^ (t << 32 | w), bits;
	double s = 0;

	splitmix64(&state);
	bits = splitmix64(&state);
	for (int i = 0; i < 4; i++)
		s += (double)(bits >> 16 * i & 0xffff) / 65536.0 - 0.5 + 0x1p-17;
	return 1 + s * 0x1.bb67ae8584caap+0;    /* square root of 3 */
}

static double sign(const struct kos *p, uint32_t value)
{
	return value == p->k ? 1 : -1;
}

static void start_job(void *ctx, size_t job)
{
	struct kos *p = ctx;
	const struct labels *l = p->l;

	for (size_t t = job * TASKS; t < stop(job, TASKS, l->n_tasks); t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			p->m[i] = draw(p->seed, t, l->t_worker[i]);
}

static void task_job(void *ctx, size_t job)
{
	struct kos *p = ctx;
	const struct labels *l = p->l;

	for (size_t t = job * TASKS; t < stop(job, TASKS, l->n_tasks); t++) {
		double s = 0;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			s += sign(p, l->t_value[i]) * (p->m[i] *= p->scale);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			p->m[i] = s - sign(p, l->t_value[i]) * p->m[i];
	}
}

static void worker_job(void *ctx, size_t job)
{
	struct kos *p = ctx;
	const struct labels *l = p->l;
	struct sum square = { 0 };

	for (size_t w = job * WORKERS; w < stop(job, WORKERS, l->n_workers); w++) {
		double s = 0, size = 0, squares = 0;
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
			double x = p->m[p->edge[i]];
			s += sign(p, l->w_value[i]) * x;
			size += x < 0 ? -x : x;
		}
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
			double *m = &p->m[p->edge[i]];
			*m = s - sign(p, l->w_value[i]) * *m;
			squares += *m * *m;
		}
		p->sum[w] = s;
		p->size[w] = size;
		sum_add(&square, squares);
	}
	p->square[job] = sum_value(&square);
}

/* one round; returns the largest change of a worker's scaled sum, relative to the largest sum */
static double pass(struct kos *p, unsigned threads, double *old)
{
	const struct labels *l = p->l;
	struct sum square = { 0 };
	double most = 0, largest = 0;

	par_for(threads, jobs(l->n_tasks, TASKS), task_job, p);
	par_for(threads, jobs(l->n_workers, WORKERS), worker_job, p);
	for (size_t j = 0; j < jobs(l->n_workers, WORKERS); j++)
		sum_add(&square, p->square[j]);
	double mean = l->n ? sum_value(&square) / (double)l->n : 0;
	p->scale = mean > 0 ? 1 / m_sqrt(mean) : 0;
	for (size_t w = 0; w < l->n_workers; w++) {
		double now = p->sum[w] * p->scale, d = now > old[w] ? now - old[w] : old[w] - now;
		double size = now < 0 ? -now : now;
		most = d > most ? d : most;
		largest = size > largest ? size : largest;
		old[w] = now;
	}
	return largest > 0 ? most / largest : 0;
}

/* q[t,k] = share of the weight for k; left as it is, a vote share, where there is no weight */
static void answer_job(void *ctx, size_t job)
{
	struct kos *p = ctx;
	const struct labels *l = p->l;
	size_t K = l->n_classes;

	for (size_t t = job * TASKS; t < stop(job, TASKS, l->n_tasks); t++) {
		double s = 0, size = 0;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			double y = p->m[i] * p->scale;
			s += sign(p, l->t_value[i]) * y;
			size += y < 0 ? -y : y;
		}
		if (!(size > 0))
			continue;
		double share = (1 + s / size) / 2;
		if (K == 2)
			p->q[t * K + 1 - p->k] = 1 - share;
		else if (share < vote_least)
			share = vote_least;    /* all classes may have none: then they tie */
		p->q[t * K + p->k] = share;
	}
}

static void solve(struct kos *p, unsigned max_iter, double tol, unsigned threads, double *old, struct agree_fit *out)
{
	const struct labels *l = p->l;
	unsigned iter = 0;
	bool settled = false;

	p->scale = 1;
	par_for(threads, jobs(l->n_tasks, TASKS), start_job, p);
	for (size_t w = 0; w < l->n_workers; w++)
		old[w] = 0;
	while (!settled && iter < max_iter && p->scale > 0) {
		settled = pass(p, threads, old) <= tol;
		iter++;
	}
	par_for(threads, jobs(l->n_tasks, TASKS), answer_job, p);
	for (size_t w = 0; w < l->n_workers; w++)
		out->skill[w] += p->size[w] > 0 ? (1 + p->sum[w] / p->size[w]) / 2 : 0.5;
	out->n_iter = iter > out->n_iter ? iter : out->n_iter;
	out->converged = out->converged && (settled || p->scale == 0);
}

void agree_kos(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	uint32_t n_runs = l->n_classes == 2 ? 1 : (uint32_t)l->n_classes;
	struct kos p = { .l = l, .seed = o->seed };
	double *old = mem_alloc(l->n_workers, sizeof *old);
	uint32_t *edge;

	BUG_ON(!l->t_off);
	agree_fit_init(l, out);
	p.edge = edge = vote_edges(l);
	p.m = mem_alloc(l->n, sizeof *p.m);
	p.sum = mem_alloc(l->n_workers, sizeof *p.sum);
	p.size = mem_alloc(l->n_workers, sizeof *p.size);
	p.square = mem_alloc(jobs(l->n_workers, WORKERS), sizeof *p.square);
	p.q = out->q;
	mv_shares(l, o->threads, out->q);
	out->converged = true;
	for (p.k = 0; p.k < n_runs; p.k++)
		solve(&p, o->max_iter ? o->max_iter : 100, o->tol != 0 ? o->tol : 1e-9, o->threads, old, out);
	for (size_t w = 0; w < l->n_workers; w++)
		out->skill[w] /= n_runs ? n_runs : 1;
	vote_finish(l, 0, o->gold, o->threads, out->q);
	free(edge);
	free(p.m);
	free(p.sum);
	free(p.size);
	free(p.square);
	free(old);
}
