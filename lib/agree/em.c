#include "agree/em.h"

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
	AHEAD = 24,        /* labels to prefetch ahead */
	LABELS = 1 << 18   /* a job that goes through all labels */
};

static const double log_zero = -1e4;    /* exp of it is exactly 0 */

static size_t blocks_of(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool has_labels(const struct labels *l, size_t t)
{
	return l->t_off[t] < l->t_off[t + 1];
}

/* ---- E step ------------------------------------------------------------------ */

/* Rows [t, end) of q become log posteriors less their maximum; returns the sum of the maxima.
 * Inlined with a constant K, acc lives in registers. */
static inline __attribute__((always_inline))
double log_rows_small(const struct em *em, size_t t, size_t end, const size_t K)
{
	const uint32_t *t_off = em->l->t_off, *cell = em->cell;
	struct sum total = { 0 };

	for (; t < end; t++) {
		double acc[SMALL];
		for (size_t c = 0; c < K; c++)
			acc[c] = em->lp[c];
		for (size_t i = t_off[t]; i < t_off[t + 1]; i++) {
			const double *row = em->le + cell[i] * K;
			__builtin_prefetch(em->le + cell[i + AHEAD] * K);
			for (size_t c = 0; c < K; c++)
				acc[c] += row[c];
		}
		double most = acc[0];
		for (size_t c = 1; c < K; c++)
			most = acc[c] > most ? acc[c] : most;
		for (size_t c = 0; c < K; c++)
			em->q[t * K + c] = acc[c] - most;
		if (t_off[t] < t_off[t + 1])
			sum_add(&total, most);
	}
	return sum_value(&total);
}

static double log_rows_any(const struct em *em, size_t t, size_t end, size_t K)
{
	const uint32_t *t_off = em->l->t_off;
	struct sum total = { 0 };

	for (; t < end; t++) {
		double *restrict acc = em->q + t * K;
		memcpy(acc, em->lp, K * sizeof *acc);
		for (size_t i = t_off[t]; i < t_off[t + 1]; i++) {
			const double *restrict row = em->le + em->cell[i] * K;
			for (size_t c = 0; c < K; c++)
				acc[c] += row[c];
		}
		double most = acc[0];
		for (size_t c = 1; c < K; c++)
			most = acc[c] > most ? acc[c] : most;
		for (size_t c = 0; c < K; c++)
			acc[c] -= most;
		if (t_off[t] < t_off[t + 1])
			sum_add(&total, most);
	}
	return sum_value(&total);
}

static double log_rows(const struct em *em, size_t t, size_t end)
{
	if (em->rows)
		return em->rows(em, t, end);
	switch (em->K) {
	case 2: return log_rows_small(em, t, end, 2);
	case 3: return log_rows_small(em, t, end, 3);
	case 4: return log_rows_small(em, t, end, 4);
	case 5: return log_rows_small(em, t, end, 5);
	case 6: return log_rows_small(em, t, end, 6);
	default: return log_rows_any(em, t, end, em->K);
	}
}

/* Divide rows [t, end) by their sums and add them to psum; returns the log of the
 * product of the sums.  A sum lies in [1, K], so the log of a product of eight is
 * as good as eight logs and cheaper. */
static double normalise_rows(const struct em *em, size_t t, size_t end, double *psum)
{
	const struct labels *l = em->l;
	size_t K = em->K, n = 0;
	double product = 1.0, logs = 0;

	for (; t < end; t++) {
		double *row = em->q + t * K, s = 0;
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

/* rows of gold tasks get all the weight on the gold; returns what that takes from the maxima */
static double clamp_rows(const struct em *em, size_t t, size_t end)
{
	size_t K = em->K;
	double lost = 0;

	for (; t < end; t++) {
		double *row = em->q + t * K;
		uint32_t g = em->gold[t];
		if (g == AGREE_NO_GOLD)
			continue;
		if (has_labels(em->l, t))
			lost += row[g];
		for (size_t c = 0; c < K; c++)
			row[c] = c == g ? 0 : log_zero;
	}
	return lost;
}

/* the most probable class gets everything; classes within rounding of it share */
static void harden_rows(const struct em *em, size_t t, size_t end)
{
	for (double *x = em->q + t * em->K; x < em->q + end * em->K; x++)
		*x = *x > -1e-9 ? 0 : log_zero;
}

static void e_block(struct em *em, size_t block)
{
	size_t K = em->K, end = least((block + 1) * TASKS, em->l->n_tasks);
	size_t tile = K < TILE ? TILE / K : 1;
	double *psum = em->psum + block * K;
	struct sum ll = { 0 };

	memset(psum, 0, K * sizeof *psum);
	for (size_t t = block * TASKS; t < end; t += tile) {
		size_t stop = least(t + tile, end);
		sum_add(&ll, log_rows(em, t, stop));
		if (em->gold)
			sum_add(&ll, clamp_rows(em, t, stop));
		if (em->hard)
			harden_rows(em, t, stop);
		m_exp_n(em->q + t * K, em->q + t * K, (stop - t) * K);
		sum_add(&ll, normalise_rows(em, t, stop, psum));
	}
	em->ll[block] = sum_value(&ll);
}

/* the posteriors to start from: vote shares, which are there already, and the gold */
static void start_block(struct em *em, size_t block)
{
	size_t K = em->K, end = least((block + 1) * TASKS, em->l->n_tasks);
	double *psum = em->psum + block * K;

	memset(psum, 0, K * sizeof *psum);
	for (size_t t = block * TASKS; t < end; t++) {
		double *row = em->q + t * K;
		if (em->gold && em->gold[t] != AGREE_NO_GOLD) {
			memset(row, 0, K * sizeof *row);
			row[em->gold[t]] = 1;
		}
		for (size_t c = 0; has_labels(em->l, t) && c < K; c++)
			psum[c] += row[c];
	}
	em->ll[block] = 0;
}

/* ---- counts ------------------------------------------------------------------ */

static inline __attribute__((always_inline))
void add_tasks(const struct em *em, size_t t, size_t end, double *restrict count, const size_t K)
{
	const uint32_t *t_off = em->l->t_off, *cell = em->cell;

	for (; t < end; t++) {
		const double *restrict row = em->q + t * K;
		for (size_t i = t_off[t]; i < t_off[t + 1]; i++) {
			double *to = count + cell[i] * K;
			__builtin_prefetch(count + cell[i + AHEAD] * K, 1);
			for (size_t c = 0; c < K; c++)
				to[c] += row[c];
		}
	}
}

static void part_job(void *ctx, size_t part)
{
	struct em *em = ctx;
	size_t K = em->K, size = em->l->n_workers * K * K;
	size_t b = part * em->n_blocks / em->n_parts, last = (part + 1) * em->n_blocks / em->n_parts;
	double *count = em->parts + part * size;

	memset(count, 0, size * sizeof *count);
	for (; b < last; b++) {
		size_t t = b * TASKS, end = least(t + TASKS, em->l->n_tasks);
		em->block(em, b);
		switch (K) {
		case 2: add_tasks(em, t, end, count, 2); break;
		case 3: add_tasks(em, t, end, count, 3); break;
		case 4: add_tasks(em, t, end, count, 4); break;
		case 5: add_tasks(em, t, end, count, 5); break;
		case 6: add_tasks(em, t, end, count, 6); break;
		default: add_tasks(em, t, end, count, K);
		}
	}
}

static void block_job(void *ctx, size_t b)
{
	struct em *em = ctx;

	em->block(em, b);
}

/* posteriors of all tasks, counted if an M step is to come; returns the log-likelihood */
static double sweep(struct em *em, void (*block)(struct em *em, size_t b), bool count)
{
	struct sum ll = { 0 };

	em->block = block;
	if (count && em->n_parts)
		par_for(em->threads, em->n_parts, part_job, em);
	else
		par_for(em->threads, em->n_blocks, block_job, em);
	for (size_t b = 0; b < em->n_blocks; b++)
		sum_add(&ll, em->ll[b]);
	return sum_value(&ll);
}

void em_start(struct em *em)
{
	mv_shares(em->l, em->threads, em->q);
	sweep(em, start_block, true);
}

double em_e_step(struct em *em, bool count)
{
	return sweep(em, e_block, count);
}

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

/* add up what the parts have counted for one worker */
static void gather_worker(const struct em *em, size_t w, double *count)
{
	size_t KK = em->K * em->K, size = em->l->n_workers * KK;

	memcpy(count, em->parts + w * KK, KK * sizeof *count);
	for (size_t p = 1; p < em->n_parts; p++)
		for (size_t i = 0; i < KK; i++)
			count[i] += em->parts[p * size + w * KK + i];
}

void em_transpose(double *m, size_t K)
{
	for (size_t i = 1; i < K; i++)
		for (size_t j = 0; j < i; j++) {
			double t = m[i * K + j];
			m[i * K + j] = m[j * K + i];
			m[j * K + i] = t;
		}
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
		em_transpose(k->count + w * K * K, K);
	}
}

void em_count_workers(const struct labels *l, const double *q, unsigned threads, double *out)
{
	struct counting k = { l, q, out };

	par_for(threads, blocks_of(l->n_workers, WORKERS), counts_block, &k);
}

/* ---- M step ------------------------------------------------------------------ */

static void add_earlier(const struct em *em, size_t w, double *count)
{
	size_t K = em->K;
	const double *before = em->counts + w * K * K;

	for (size_t c = 0; c < K; c++)
		for (size_t v = 0; v < K; v++)
			count[v * K + c] += before[c * K + v];
}

static void m_block(void *ctx, size_t block)
{
	struct em *em = ctx;
	size_t KK = em->K * em->K, w = block * WORKERS;
	size_t end = least(w + WORKERS, em->l->n_workers);
	struct sum penalty = { 0 };

	for (; w < end; w++) {
		double *e = em->e ? em->e + w * KK : NULL, *le = em->le ? em->le + w * KK : NULL;
		if (e && em->n_parts)
			gather_worker(em, w, e);
		else if (e)
			count_worker(em->l, em->q, w, e, em->K);
		if (e && em->counts)
			add_earlier(em, w, e);
		sum_add(&penalty, em->worker(em, w, e, le));
	}
	em->penalty[block] = sum_value(&penalty);
}

double em_m_step(struct em *em)
{
	size_t K = em->K, n = blocks_of(em->l->n_workers, WORKERS);
	double *sum = mem_alloc(K, sizeof *sum), total = em->n_used;
	struct sum penalty = { 0 };

	for (size_t c = 0; c < K; c++) {
		struct sum s = { 0 };
		for (size_t b = 0; b < em->n_blocks; b++)
			sum_add(&s, em->psum[b * K + c]);
		if (em->class_counts) {
			sum_add(&s, em->class_counts[c]);
			total += em->class_counts[c];
		}
		sum[c] = sum_value(&s);
	}
	sum_add(&penalty, em->class_prior(em, sum, total));
	free(sum);
	par_for(em->threads, n, m_block, em);
	for (size_t b = 0; b < n; b++)
		sum_add(&penalty, em->penalty[b]);
	return sum_value(&penalty);
}

double em_ml_prior(struct em *em, const double *sum, double total)
{
	struct sum penalty = { 0 };

	for (size_t c = 0; c < em->K; c++) {
		em->prior[c] = total > 0 ? sum[c] / total : 1.0 / (double)em->K;
		em->lp[c] = m_log(em->prior[c] > em_floor ? em->prior[c] : em_floor);
		if (em->class_counts)
			sum_add(&penalty, em->class_counts[c] * em->lp[c]);
	}
	return sum_value(&penalty);
}

double em_log_counts(const struct em *em, size_t w, const double *le)
{
	size_t K = em->K;
	const double *before = em->counts + w * K * K;
	double s = 0;

	for (size_t c = 0; em->counts && c < K; c++)
		for (size_t v = 0; v < K; v++)
			s += before[c * K + v] > 0 ? before[c * K + v] * le[v * K + c] : 0;
	return s;
}

/* ---- the life of it ------------------------------------------------------------ */

/* The row of a label in le, e and the tables of counts; behind the last one some more to prefetch. */
static void cells_job(void *ctx, size_t job)
{
	struct em *em = ctx;
	const struct labels *l = em->l;
	size_t end = least((job + 1) * LABELS, l->n);

	for (size_t i = job * LABELS; i < end; i++)
		em->cell[i] = (uint32_t)(l->t_worker[i] * em->K + l->t_value[i]);
}

static void cells_init(struct em *em)
{
	size_t n = em->l->n;

	BUG_ON(em->l->n_workers * em->K > UINT32_MAX);
	em->cell = mem_big(n + AHEAD, sizeof *em->cell);
	par_for(em->threads, blocks_of(n, LABELS), cells_job, em);
	memset(em->cell + n, 0, AHEAD * sizeof *em->cell);
}

void em_init(struct em *em, const struct labels *l, unsigned threads, em_rows *rows, double *q, double *prior)
{
	size_t K = l->n_classes, W = l->n_workers, n = blocks_of(l->n_tasks, TASKS), size;

	BUG_ON(!l->t_off);
	*em = (struct em){ .l = l, .K = K, .threads = threads, .rows = rows, .q = q, .prior = prior, .n_blocks = n };
	em->lp = mem_alloc(K, sizeof *em->lp);
	em->psum = mem_alloc(n * K, sizeof *em->psum);
	em->ll = mem_alloc(n, sizeof *em->ll);
	em->penalty = mem_alloc(blocks_of(W, WORKERS), sizeof *em->penalty);
	for (size_t t = 0; t < l->n_tasks; t++)
		em->n_used += has_labels(l, t);
	if (rows) {
		em->param = mem_zalloc(3 * W, sizeof *em->param);
		return;
	}
	BUG_ON(__builtin_mul_overflow(W * K, K, &size) || size > SIZE_MAX / sizeof(double));
	cells_init(em);
	em->e = mem_big(size, sizeof *em->e);
	em->le = mem_big(size, sizeof *em->le);
	/* the tables take no more than 8 bytes a label, so adding them up is cheap */
	em->n_parts = size ? least(PARTS, l->n / size) : 0;
	if (em->n_parts < 2)
		em->n_parts = 0;
	em->parts = mem_big(em->n_parts * size, sizeof *em->parts);
}

void em_release(struct em *em)
{
	free(em->lp);
	free(em->cell);
	free(em->e);
	free(em->le);
	free(em->param);
	free(em->psum);
	free(em->ll);
	free(em->penalty);
	free(em->parts);
	*em = (struct em){ 0 };
}
