/* mv - majority vote.
 *
 * Posteriors everywhere in lib/agree are q[n_tasks * n_classes], row-major: row t
 * is the distribution over the classes of task t.  Class order is the bytewise
 * order of the label text (the caller numbers them so), and a tie goes to the
 * first class in it: the rule crowd-kit has, here with a flag that says so.
 */
#ifndef AGREE_MV_H
#define AGREE_MV_H

#include "data/labels.h"

#define MV_NONE UINT32_MAX    /* the winner of a task without labels */

/* mv_shares - vote shares: q[t,c] = (labels of t with class c) / (labels of t).
 *
 *   l        grouped
 *   threads  at most; 0 = all cores
 *   q        out, n_tasks x n_classes; a task without labels gets a row of zeros
 * O(labels + tasks * classes). */
void mv_shares(const struct labels *l, unsigned threads, double *q);

/* mv_winners - the class with most votes, from the counts: exact.
 *
 *   winner  out, n_tasks; MV_NONE for a task without labels
 *   votes   out, n_tasks: labels for the winner; may be NULL
 *   tie     out, n_tasks: 1 when another class has as many; may be NULL
 * O(labels), whatever the number of classes, and n_classes words of scratch a thread. */
void mv_winners(const struct labels *l, unsigned threads, uint32_t *winner, uint32_t *votes, uint8_t *tie);

/* mv_argmax - the same from posteriors: the largest of each row, ties as above
 * (equal doubles); MV_NONE for a row without a positive number.  tie may be NULL. */
void mv_argmax(const double *q, size_t n_tasks, size_t n_classes, uint32_t *winner, uint8_t *tie);

#endif
