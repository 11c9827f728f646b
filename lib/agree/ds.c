#include "agree/ds.h"

#include <stdlib.h>
#include <string.h>

#include "agree/mv.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/sum.h"

/* Blocks of tasks and parts decide the order of summation, so they are part of the
 * answer: they may depend on the data, never on the threads. */
enum {
	TASKS = 1024,      /* a block of tasks */
	PARTS = 16,        /* tables of counts at most */
	WORKERS = 64,      /* workers a job */
	TILE = 512,        /* posteriors between two passes of exp: they stay in the first cache */
	SMALL = 8,         /* classes, up to which a row is kept in registers */
	AHEAD = 16         /* labels to prefetch ahead */
};

static const double floor_p = 1e-10;

struct fit {
	const struct labels *l;
	size_t K;
	double *q;        /* n_tasks x K */
	double *prior;    /* K */
	double *lp;       /* K: log prior */
	double *e;        /* n_workers x K x K, [w][l][c] while fitting: what a label reads is one row */
	double *le;       /* log of e */
	double *psum;     /* blocks x K: sum of the posteriors */
	double *ll;       /* blocks: log-likelihood */
	double n_used;    /* tasks with labels */
	size_t n_blocks;
	/* While a block's posteriors are in cache they are counted, into the table of
	 * the part that the block belongs to.  n_parts = 0: the tables would be too big for
	 * that (many workers with few labels); then each worker collects his own. */
	double *parts;    /* n_parts x n_workers x K x K, [w][l][c] */
	size_t n_parts;
	void (*block)(struct fit *f, size_t b);    /* what makes the posteriors of a block */
	unsigned threads;
};

static size_t blocks_of(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- E step ------------------------------------------------------------------ */

/* Rows [t, end) of q become log posteriors less their maximum; returns the sum of the maxima.
 * Inlined with a constant K, acc lives in registers. */
static inline __attribute__((always_inline))
double log_rows_small(const struct fit *f, size_t t, size_t end, const size_t K)
{
	const struct labels *l = f->l;
	struct sum total = { 0 };

	for (; t < end; t++) {
		double acc[SMALL];
		for (size_t c = 0; c < K; c++)
			acc[c] = f->lp[c];
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			const double *row = f->le + ((size_t)l->t_worker[i] * K + l->t_value[i]) * K;
			for (size_t c = 0; c < K; c++)
				acc[c] += row[c];
		}
		double most = acc[0];
		for (size_t c = 1; c < K; c++)
			most = acc[c] > most ? acc[c] : most;
		for (size_t c = 0; c < K; c++)
			f->q[t * K + c] = acc[c] - most;
		if (l->t_off[t] < l->t_off[t + 1])
			sum_add(&total, most);
	}
	return sum_value(&total);
}

static double log_rows_any(const struct fit *f, size_t t, size_t end, size_t K)
{
	const struct labels *l = f->l;
	struct sum total = { 0 };

	for (; t < end; t++) {
		double *restrict acc = f->q + t * K;
		memcpy(acc, f->lp, K * sizeof *acc);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			const double *restrict row = f->le + ((size_t)l->t_worker[i] * K + l->t_value[i]) * K;
			for (size_t c = 0; c < K; c++)
				acc[c] += row[c];
		}
		double most = acc[0];
		for (size_t c = 1; c < K; c++)
			most = acc[c] > most ? acc[c] : most;
		for (size_t c = 0; c < K; c++)
			acc[c] -= most;
		if (l->t_off[t] < l->t_off[t + 1])
			sum_add(&total, most);
	}
	return sum_value(&total);
}

static double log_rows(const struct fit *f, size_t t, size_t end)
{
	switch (f->K) {
	case 2: return log_rows_small(f, t, end, 2);
	case 3: return log_rows_small(f, t, end, 3);
	case 4: return log_rows_small(f, t, end, 4);
	case 5: return log_rows_small(f, t, end, 5);
	case 6: return log_rows_small(f, t, end, 6);
	default: return log_rows_any(f, t, end, f->K);
	}
}

/* Divide rows [t, end) by their sums and add them to psum; returns the log of the
 * product of the sums.  A sum lies in [1, K], so the log of a product of eight is
 * as good as eight logs and cheaper. */
static double normalise_rows(const struct fit *f, size_t t, size_t end, double *psum)
{
	const struct labels *l = f->l;
	size_t K = f->K, n = 0;
	double product = 1.0, logs = 0;

	for (; t < end; t++) {
		double *row = f->q + t * K, s = 0;
		for (size_t c = 0; c < K; c++)
			s += row[c];
		double by = 1.0 / s;
		for (size_t c = 0; c < K; c++)
			row[c] *= by;
		if (l->t_off[t] == l->t_off[t + 1])
			continue;
		for (size_t c = 0; c < K; c++)
			psum[c] += row[c];
		product *= s;
		if (++n % 8 == 0) {
			logs += m_log(product);
			product = 1.0;
		}
	}
	return logs + m_log(product);
}

static void e_block(struct fit *f, size_t block)
{
	size_t K = f->K, end = least((block + 1) * TASKS, f->l->n_tasks);
	size_t tile = K < TILE ? TILE / K : 1;
	double *psum = f->psum + block * K;
	struct sum ll = { 0 };

	memset(psum, 0, K * sizeof *psum);
	for (size_t t = block * TASKS; t < end; t += tile) {
		size_t stop = least(t + tile, end);
		sum_add(&ll, log_rows(f, t, stop));
		m_exp_n(f->q + t * K, f->q + t * K, (stop - t) * K);
		sum_add(&ll, normalise_rows(f, t, stop, psum));
	}
	f->ll[block] = sum_value(&ll);
}

/* the posteriors to start from are there already: the vote shares */
static void start_block(struct fit *f, size_t block)
{
	double *psum = f->psum + block * f->K;
	size_t end = least((block + 1) * TASKS, f->l->n_tasks);

	memset(psum, 0, f->K * sizeof *psum);
	for (size_t t = block * TASKS; t < end; t++)
		for (size_t c = 0; c < f->K; c++)
			psum[c] += f->q[t * f->K + c];
	f->ll[block] = 0;
}

static inline __attribute__((always_inline))
void add_tasks(const struct labels *l, const double *restrict q, size_t t, size_t end,
               double *restrict count, const size_t K)
{
	for (; t < end; t++) {
		const double *row = q + t * K;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			double *to = count + ((size_t)l->t_worker[i] * K + l->t_value[i]) * K;
			for (size_t c = 0; c < K; c++)
				to[c] += row[c];
		}
	}
}

static void part_job(void *ctx, size_t part)
{
	struct fit *f = ctx;
	size_t K = f->K, size = f->l->n_workers * K * K;
	size_t b = part * f->n_blocks / f->n_parts, last = (part + 1) * f->n_blocks / f->n_parts;
	double *count = f->parts + part * size;

	memset(count, 0, size * sizeof *count);
	for (; b < last; b++) {
		size_t t = b * TASKS, end = least(t + TASKS, f->l->n_tasks);
		f->block(f, b);
		switch (K) {
		case 2: add_tasks(f->l, f->q, t, end, count, 2); break;
		case 3: add_tasks(f->l, f->q, t, end, count, 3); break;
		case 4: add_tasks(f->l, f->q, t, end, count, 4); break;
		case 5: add_tasks(f->l, f->q, t, end, count, 5); break;
		case 6: add_tasks(f->l, f->q, t, end, count, 6); break;
		default: add_tasks(f->l, f->q, t, end, count, K);
		}
	}
}

static void block_job(void *ctx, size_t b)
{
	struct fit *f = ctx;

	f->block(f, b);
}

/* posteriors of all tasks, counted if an M step is to come; returns the log-likelihood */
static double sweep(struct fit *f, void (*block)(struct fit *f, size_t b), bool count)
{
	struct sum ll = { 0 };

	f->block = block;
	if (count && f->n_parts)
		par_for(f->threads, f->n_parts, part_job, f);
	else
		par_for(f->threads, f->n_blocks, block_job, f);
	for (size_t b = 0; b < f->n_blocks; b++)
		sum_add(&ll, f->ll[b]);
	return sum_value(&ll);
}

/* ---- M step ------------------------------------------------------------------ */

static inline __attribute__((always_inline))
void add_rows(const struct labels *l, const double *restrict q, size_t w, double *restrict count, const size_t K)
{
	size_t end = l->w_off[w + 1];

	for (size_t i = l->w_off[w]; i < end; i++) {
		const double *row = q + (size_t)l->w_task[i] * K;
		double *to = count + (size_t)l->w_value[i] * K;
		if (i + AHEAD < end)
			__builtin_prefetch(q + (size_t)l->w_task[i + AHEAD] * K);
		for (size_t c = 0; c < K; c++)
			to[c] += row[c];
	}
}

/* count[l][c] of one worker */
static void count_worker(const struct labels *l, const double *q, size_t w, double *count, size_t K)
{
	memset(count, 0, K * K * sizeof *count);
	switch (K) {
	case 2: add_rows(l, q, w, count, 2); break;
	case 3: add_rows(l, q, w, count, 3); break;
	case 4: add_rows(l, q, w, count, 4); break;
	case 5: add_rows(l, q, w, count, 5); break;
	case 6: add_rows(l, q, w, count, 6); break;
	default: add_rows(l, q, w, count, K);
	}
}

/* Counts to probabilities.  The row of a label that the worker has used sums to at
 * least 1 or so, that of another is all zero: that tells them apart. */
static void normalise_worker(double *e, size_t K)
{
	for (size_t v = 0; v < K; v++) {
		double *row = e + v * K, s = 0;
		for (size_t c = 0; c < K; c++)
			s += row[c];
		for (size_t c = 0; s > 0 && c < K; c++)
			row[c] = row[c] > floor_p ? row[c] : floor_p;
	}
	for (size_t c = 0; c < K; c++) {
		double s = 0;
		for (size_t v = 0; v < K; v++)
			s += e[v * K + c];
		for (size_t v = 0; s > 0 && v < K; v++)
			e[v * K + c] /= s;
	}
}

/* add up what the parts have counted for one worker */
static void gather_worker(const struct fit *f, size_t w, double *count)
{
	size_t KK = f->K * f->K, size = f->l->n_workers * KK;

	memcpy(count, f->parts + w * KK, KK * sizeof *count);
	for (size_t p = 1; p < f->n_parts; p++)
		for (size_t i = 0; i < KK; i++)
			count[i] += f->parts[p * size + w * KK + i];
}

static void m_block(void *ctx, size_t block)
{
	struct fit *f = ctx;
	size_t KK = f->K * f->K, w = block * WORKERS;
	size_t end = least(w + WORKERS, f->l->n_workers);

	for (; w < end; w++) {
		if (f->n_parts)
			gather_worker(f, w, f->e + w * KK);
		else
			count_worker(f->l, f->q, w, f->e + w * KK, f->K);
		normalise_worker(f->e + w * KK, f->K);
		m_log_n(f->e + w * KK, f->le + w * KK, KK);
	}
}

/* parameters from what the last sweep has left */
static void m_step(struct fit *f)
{
	for (size_t c = 0; c < f->K; c++) {
		struct sum s = { 0 };
		for (size_t b = 0; b < f->n_blocks; b++)
			sum_add(&s, f->psum[b * f->K + c]);
		f->prior[c] = sum_value(&s) / f->n_used;
		f->lp[c] = m_log(f->prior[c] > floor_p ? f->prior[c] : floor_p);
	}
	par_for(f->threads, blocks_of(f->l->n_workers, WORKERS), m_block, f);
}

/* ---- the whole ----------------------------------------------------------------- */

static void transpose(double *m, size_t K)
{
	for (size_t i = 1; i < K; i++)
		for (size_t j = 0; j < i; j++) {
			double t = m[i * K + j];
			m[i * K + j] = m[j * K + i];
			m[j * K + i] = t;
		}
}

static void run(struct fit *f, const struct ds_opt *o, struct ds *out)
{
	double enough = o->tol * (double)f->l->n;

	mv_shares(f->l, o->threads, f->q);
	sweep(f, start_block, true);
	m_step(f);
	while (out->n_iter < o->max_iter) {
		double before = out->loglik;
		out->loglik = sweep(f, e_block, true);
		if (o->tol >= 0 && out->n_iter > 0 && out->loglik - before <= enough) {
			out->converged = true;
			return;
		}
		m_step(f);
		out->n_iter++;
	}
	if (o->final_e || o->max_iter == 0)
		out->loglik = sweep(f, e_block, false);
}

void ds_fit(const struct labels *l, const struct ds_opt *o, struct ds *out)
{
	size_t K = l->n_classes, W = l->n_workers, n = blocks_of(l->n_tasks, TASKS), size;

	BUG_ON(!l->t_off || l->n == 0);
	BUG_ON(__builtin_mul_overflow(W * K, K, &size) || size > SIZE_MAX / sizeof(double));
	*out = (struct ds){ .n_tasks = l->n_tasks, .n_workers = W, .n_classes = K };
	out->q = mem_alloc(l->n_tasks * K, sizeof *out->q);
	out->prior = mem_alloc(K, sizeof *out->prior);
	out->e = mem_alloc(size, sizeof *out->e);
	struct fit f = { .l = l, .K = K, .q = out->q, .prior = out->prior, .e = out->e, .n_blocks = n,
	                 .threads = o->threads };
	f.lp = mem_alloc(K, sizeof *f.lp);
	f.le = mem_alloc(size, sizeof *f.le);
	f.psum = mem_alloc(n * K, sizeof *f.psum);
	f.ll = mem_alloc(n, sizeof *f.ll);
	/* the tables take no more than 8 bytes a label, so adding them up is cheap */
	f.n_parts = least(PARTS, l->n / size);
	if (f.n_parts < 2)
		f.n_parts = 0;
	f.parts = mem_alloc(f.n_parts * size, sizeof *f.parts);
	for (size_t t = 0; t < l->n_tasks; t++)
		f.n_used += l->t_off[t] < l->t_off[t + 1];
	run(&f, o, out);
	for (size_t w = 0; w < W; w++)
		transpose(out->e + w * K * K, K);
	free(f.lp);
	free(f.le);
	free(f.psum);
	free(f.ll);
	free(f.parts);
}

void ds_release(struct ds *d)
{
	free(d->q);
	free(d->prior);
	free(d->e);
	*d = (struct ds){ 0 };
}

void ds_without(const double *q, const double *e_w, uint32_t label, size_t n_classes, double *out)
{
	double s = 0;

	for (size_t c = 0; c < n_classes; c++) {
		out[c] = q[c] / e_w[c * n_classes + label];
		s += out[c];
	}
	for (size_t c = 0; c < n_classes; c++)
		out[c] /= s;
}

struct counting {
	const struct labels *l;
	const double *q;
	double *count;
};

static void counts_block(void *ctx, size_t block)
{
	struct counting *k = ctx;
	size_t K = k->l->n_classes, end = least((block + 1) * WORKERS, k->l->n_workers);

	for (size_t w = block * WORKERS; w < end; w++) {
		count_worker(k->l, k->q, w, k->count + w * K * K, K);
		transpose(k->count + w * K * K, K);
	}
}

void ds_counts(const struct labels *l, const double *q, unsigned threads, double *count)
{
	struct counting k = { l, q, count };

	par_for(threads, blocks_of(l->n_workers, WORKERS), counts_block, &k);
}
