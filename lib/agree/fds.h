/* fds - fast Dawid-Skene: EM with hard assignments.
 *
 * The model of agree/ds.h, but the E step gives a task wholly to its most probable class
 * (classes that tie within 1e-9 in the log share it), so the M step counts votes against
 * decisions and a few iterations do.  Source: V. B. Sinha, S. Rao, V. N. Balasubramanian
 * (2018), "Fast Dawid-Skene", arXiv:1803.02781, algorithm 1.
 *
 * The paper leaves open what a confusion cell without a count is; here rows are smoothed
 * as (count + 0.01) / sum, see FDS_SMOOTH.
 */
#ifndef AGREE_FDS_H
#define AGREE_FDS_H

#include "agree/method.h"

#define FDS_SMOOTH 0.01

/* agree_fds - fit the model.
 *
 *   o->tol       not used, but for < 0 = never stop; otherwise it stops when no decision changes
 *   o->max_iter  E steps; default 100 (hard EM may cycle between tied decisions)
 *   out          q: the soft posteriors under the last parameters, so that they say how sure
 *                it is; prior, e, skill, counts as agree_dsmap; objective = log-likelihood
 *                of labels and decisions
 * Cost as agree_dsmap, but few iterations. */
void agree_fds(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
