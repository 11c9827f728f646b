/* cells - expected counts for models whose posterior row of a task has R entries.
 *
 * A model with R hidden states a task (classes times difficulty levels, or classes
 * times subtypes) keeps one row of R numbers for each cell (worker, label):
 * table[(w*K + l)*R + r].  What a label reads or adds to is then one row.
 *
 * The sums are made in an order that depends on the data only.
 */
#ifndef AGREE_CELLS_H
#define AGREE_CELLS_H

#include "data/labels.h"

enum { CELLS_TASKS = 1024, CELLS_WORKERS = 64 };    /* tasks and workers a job */

struct cells {
	const struct labels *l;
	size_t R;
	unsigned threads;
	size_t n_parts;      /* 0: each worker collects his own */
	double *parts;       /* owned */
};

/* cells_init - for grouped labels l; the workspace takes at most 8 bytes a label */
void cells_init(struct cells *x, const struct labels *l, size_t R, unsigned threads);
void cells_release(struct cells *x);

/* cells_count - table[(w*K + l)*R + r] = sum of rows[t*R + r] over the tasks that w labelled l.
 *
 *   rows   n_tasks x R
 *   table  out, n_workers x K x R
 * O(labels * R). */
void cells_count(struct cells *x, const double *rows, double *table);

/* cells_blocks - jobs needed for n things of size each */
static inline size_t cells_blocks(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

static inline size_t cells_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* cells_add - acc[r] += row[r]; fours, which compilers turn into vectors */
static inline void cells_add(double *restrict acc, const double *restrict row, size_t R)
{
	size_t r = 0;

	for (; r + 4 <= R; r += 4)
		for (size_t j = 0; j < 4; j++)
			acc[r + j] += row[r + j];
	for (; r < R; r++)
		acc[r] += row[r];
}

/* cells_gather - acc[r] += the rows of a task's labels: the E step's sum */
static inline void cells_gather(const struct labels *l, size_t t, const double *table, size_t R, double *acc)
{
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		cells_add(acc, table + ((size_t)l->t_worker[i] * l->n_classes + l->t_value[i]) * R, R);
}

/* cells_softmax - rows of R log weights, n of them, become probabilities; *log_sum, when not
 * NULL, grows by the logs of what the rows summed to.
 * Nothing may be NaN and each row needs one finite entry. */
void cells_softmax(double *rows, size_t n, size_t R, double *log_sum);

#endif
