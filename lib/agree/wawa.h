/* wawa - worker agreement with aggregate: one round of a weighted vote.
 *
 * The weight of a worker is the share of his labels that agree with the majority vote; a
 * class gets the share of the weight of those who voted for it.  Source: documentation of
 * Appen (Figure Eight); no paper.
 *
 * Against crowd-kit: where the majority ties, its classes share the agreement (there the
 * first in order takes it; wawa_fit can do that, to compare); a worker who never agrees
 * weighs 1e-12 instead of 0, so that a task with only such workers has its vote shares
 * and not 0/0.
 */
#ifndef AGREE_WAWA_H
#define AGREE_WAWA_H

#include "agree/vote.h"

/* agree_wawa - o: threads, gold (agreement is then with the gold there).
 * out: q, skill = agreement with the majority; 0 for a worker without labels.
 * O(labels + tasks K). */
void agree_wawa(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

void wawa_fit(const struct labels *l, const struct agree_opt *o, enum vote_tie tie, struct agree_fit *out);

#endif
