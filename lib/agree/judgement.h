/* judgement - what posteriors are worth on gold that they have not seen. */
#ifndef AGREE_JUDGEMENT_H
#define AGREE_JUDGEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "agree/sparse.h"

struct judgement {
	size_t n;               /* gold tasks with labels */
	double accuracy;        /* share whose winner is the gold; a tie counts as its first class */
	double log_loss;        /* mean of -ln q[gold], q at least 1e-6 */
	double brier;           /* mean over tasks of the sum over classes of (q - [gold])^2 */
	double ece;             /* calibration error: 10 bins of the winner's q, by the floor of 10 q */
};

/* judgement_of - over the tasks that have gold; all 0 when there are none.
 *
 *   q       n_tasks x K
 *   gold    n_tasks: a class, or AGREE_NO_GOLD; a number from K on is a class that nobody said: always wrong
 *   winner  n_tasks
 * O(tasks K). */
void judgement_of(const double *q, size_t n_tasks, size_t n_classes, const uint32_t *gold, const uint32_t *winner,
                  struct judgement *out);

/* judgement_of_sparse - the same of sparse posteriors; O(candidates) */
void judgement_of_sparse(const struct sparse_fit *f, const uint32_t *gold, const uint32_t *winner, struct judgement *out);

#endif
