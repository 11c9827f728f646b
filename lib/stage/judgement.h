/* judgement - what a consensus is worth on gold that it has not seen. */
#ifndef STAGE_JUDGEMENT_H
#define STAGE_JUDGEMENT_H

#include "agree/method.h"
#include "base/buf.h"

struct judgement {
	size_t n;               /* gold tasks with labels */
	double accuracy;        /* share whose winner is the gold; a tie counts as its first class */
	double log_loss;        /* mean of -ln q[gold], q at least 1e-6 */
	double brier;           /* mean over tasks of the sum over classes of (q - [gold])^2 */
	double ece;             /* calibration error: 10 bins of the winner's q, by the floor of 10 q */
};

/* judgement_of - over the tasks that have gold; all 0 when there are none.
 * gold by task (a number from K on is a class that nobody said: always wrong), q tasks x K, winner by task.  O(tasks K). */
void judgement_of(const struct labels *l, const uint32_t *gold, const double *q, const uint32_t *winner,
                  struct judgement *out);

/* judgement_put - as a record */
void judgement_put(struct buf *b, const struct judgement *v);

#endif
