/* goldmv - majority vote weighted by what workers are worth on gold.
 *
 *	weight[w] = (right_w + GOLDMV_PRIOR p) / (n_w + GOLDMV_PRIOR)
 *	p         = (right + 1) / (n + 2) over all workers
 *
 * right_w of the n_w labels of w on gold tasks equal the gold.  A worker without gold has
 * the weight p of the pool; without any gold all weigh alike and it is the plain vote.
 * crowd-kit's GoldMajorityVote has no prior, and fails when one worker has no gold.
 */
#ifndef AGREE_GOLDMV_H
#define AGREE_GOLDMV_H

#include "agree/method.h"

#define GOLDMV_PRIOR 2.0    /* labels' worth of the pool's accuracy */

/* agree_goldmv - o: threads, gold; counts of earlier days count as answered gold.
 * out: q = shares of the weight, skill = weight.  O(labels + tasks K). */
void agree_goldmv(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
