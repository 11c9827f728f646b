/* labels - the label set in columns: who said what about which task.
 *
 * Filled with labels_add in the order of the stream, then turned by labels_group
 * into two compressed orders:
 *
 *	task-major    the labels of task t are t_off[t] .. t_off[t+1]-1 of
 *	              t_worker and t_value, in order of first appearance
 *	worker-major  the labels of worker w are w_off[w] .. w_off[w+1]-1 of
 *	              w_task and w_value, in order of the task number
 *
 * A worker counts once a task: of several labels of one pair the last in the
 * stream counts, in the place of the first (but see LABELS_REPEATS).  All numbers are dense ids, as
 * data/intern.h gives them; a task or worker without labels has an empty range.
 *
 * Memory: 12 bytes a label while filling (18 just after growing), 20 at the most
 * while grouping, 16 afterwards (8 without the worker-major order); 4 a task and 8 a worker
 * more, and while grouping up to 4 a label for several threads.  Zeroed memory is an empty set.
 */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct labels {
	size_t n;                            /* labels; once grouped, those that count */
	size_t cap;
	uint32_t *task, *worker, *value;     /* by label, in stream order; NULL once grouped (but see LABELS_COLUMNS) */
	size_t n_tasks, n_workers, n_classes;    /* one more than the largest id; the caller may raise them */
	size_t n_replaced;                   /* labels that a later one of the same pair replaced */
	uint32_t *t_off, *t_worker, *t_value;    /* n_tasks + 1, n, n */
	uint32_t *w_off, *w_task, *w_value;      /* n_workers + 1, n, n */
};

/* labels_add - append one label; false when 2^32 - 1 are held.  Amortised O(1). */
bool labels_add(struct labels *l, uint32_t task, uint32_t worker, uint32_t value);

/* labels_extend - room for n more labels, which count at once; the caller fills
 * task, worker and value from the old n on and raises n_tasks, n_workers and
 * n_classes.  false when that would be more than 2^32 - 1. */
bool labels_extend(struct labels *l, size_t n);

/* labels_map_values - value v becomes map[v], for all labels; before labels_group.
 * With the ranks of intern_sort, class order becomes bytewise order of the text. */
void labels_map_values(struct labels *l, const uint32_t *map);

/* How labels_group goes about it. */
enum {
	LABELS_COLUMNS = 1,     /* leave task[], worker[], value[] in place (n + n_replaced long, stream order) */
	LABELS_REPEATS = 2,     /* several labels of a task and worker all count, in the order of the stream */
	LABELS_BY_TASK = 4      /* no worker-major order: of it only w_off; labels_by_worker may follow */
};

/* labels_group - build both orders, once, after the last labels_add.
 *
 *   how      0, or some of the above
 *   threads  at most; 0 = all cores.  The result does not depend on it
 * Counting sorts: O(labels + tasks + workers) time, and as much for each thread in tasks and workers. */
void labels_group(struct labels *l, unsigned how);
void labels_group_threads(struct labels *l, unsigned how, unsigned threads);

/* labels_by_worker - the worker-major order that LABELS_BY_TASK has left out, from t_off,
 * t_worker and t_value as they are now; nothing when it is there */
void labels_by_worker(struct labels *l, unsigned threads);

void labels_release(struct labels *l);

#endif
