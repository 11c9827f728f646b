#include "agree/cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"

enum { PARTS = 16, AHEAD = 16 };

void cells_init(struct cells *x, const struct labels *l, size_t R, unsigned threads)
{
	size_t size;

	BUG_ON(!l->t_off);
	BUG_ON(__builtin_mul_overflow(l->n_workers * l->n_classes, R, &size) || size > SIZE_MAX / sizeof(double));
	*x = (struct cells){ .l = l, .R = R, .threads = threads };
	x->n_parts = size ? cells_least(PARTS, l->n / size) : 0;
	if (x->n_parts < 2)
		x->n_parts = 0;
	x->parts = mem_alloc(x->n_parts * size, sizeof *x->parts);
}

void cells_release(struct cells *x)
{
	free(x->parts);
	*x = (struct cells){ 0 };
}

struct count {
	const struct cells *x;
	const double *rows;
	double *table;
};

/* tasks in order into the table of their part */
static void part_job(void *ctx, size_t part)
{
	struct count *k = ctx;
	const struct labels *l = k->x->l;
	size_t K = l->n_classes, R = k->x->R, size = l->n_workers * K * R;
	double *table = k->x->parts + part * size;
	size_t t = part * l->n_tasks / k->x->n_parts, end = (part + 1) * l->n_tasks / k->x->n_parts;

	memset(table, 0, size * sizeof *table);
	for (; t < end; t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			cells_add(table + ((size_t)l->t_worker[i] * K + l->t_value[i]) * R, k->rows + t * R, R);
}

static void worker_tasks(const struct count *k, size_t w)
{
	const struct labels *l = k->x->l;
	size_t K = l->n_classes, R = k->x->R;
	double *table = k->table + w * K * R;

	memset(table, 0, K * R * sizeof *table);
	for (size_t i = l->w_off[w], end = l->w_off[w + 1]; i < end; i++) {
		if (i + AHEAD < end)
			__builtin_prefetch(k->rows + (size_t)l->w_task[i + AHEAD] * R);
		cells_add(table + l->w_value[i] * R, k->rows + (size_t)l->w_task[i] * R, R);
	}
}

static void worker_parts(const struct count *k, size_t w)
{
	const struct cells *x = k->x;
	size_t n = x->l->n_classes * x->R, size = x->l->n_workers * n;

	memcpy(k->table + w * n, x->parts + w * n, n * sizeof *k->table);
	for (size_t p = 1; p < x->n_parts; p++)
		cells_add(k->table + w * n, x->parts + p * size + w * n, n);
}

static void workers_job(void *ctx, size_t block)
{
	struct count *k = ctx;
	size_t end = cells_least((block + 1) * CELLS_WORKERS, k->x->l->n_workers);

	for (size_t w = block * CELLS_WORKERS; w < end; w++)
		if (k->x->n_parts)
			worker_parts(k, w);
		else
			worker_tasks(k, w);
}

void cells_count(struct cells *x, const double *rows, double *table)
{
	struct count k = { x, rows, table };

	par_for(x->threads, x->n_parts, part_job, &k);
	par_for(x->threads, cells_blocks(x->l->n_workers, CELLS_WORKERS), workers_job, &k);
}

void cells_softmax(double *rows, size_t n, size_t R, double *log_sum)
{
	double most_sum = 0;

	for (size_t t = 0; t < n; t++) {
		double *row = rows + t * R, most = row[0];
		for (size_t r = 1; r < R; r++)
			most = row[r] > most ? row[r] : most;
		for (size_t r = 0; r < R; r++)
			row[r] -= most;
		most_sum += most;
	}
	m_exp_n(rows, rows, n * R);
	for (size_t t = 0; t < n; t++) {
		double *row = rows + t * R, s = 0;
		for (size_t r = 0; r < R; r++)
			s += row[r];
		double by = 1.0 / s;
		for (size_t r = 0; r < R; r++)
			row[r] *= by;
		if (log_sum)
			most_sum += m_log(s);
	}
	if (log_sum)
		*log_sum += most_sum;
}
