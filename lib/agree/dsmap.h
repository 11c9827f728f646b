/* dsmap - Dawid-Skene with Dirichlet priors on the rows of the confusion matrices.
 *
 *	Pr(worker w says l | class c) = e[w][c][l],  e[w][c][.] ~ Dirichlet(off + (diag - off) [l = c])
 *
 * at the maximum of the posterior density: e = (n[w][c][l] + diag - 1 or off - 1) / sum,
 * with diag = 4, off = 1; the class prior by maximum likelihood.  A worker who has said
 * little is taken to be right more often than not, which is what plain Dawid-Skene lacks.
 * Source: V. C. Raykar et al. (2010), "Learning from crowds", JMLR 11:1297-1322, section 2.6
 * (there for two classes); EM as in agree/ds.h.
 *
 * Probabilities are at least 1e-10 before normalisation; unlike in agree/ds.h a label that
 * the worker has not used is not impossible, only that unlikely.
 */
#ifndef AGREE_DSMAP_H
#define AGREE_DSMAP_H

#include "agree/em.h"

#define DSMAP_DIAG 4.0
#define DSMAP_OFF 1.0

/* agree_dsmap - fit the model.
 *
 *   o->tol       the objective rises by no more than that a label; default 1e-8
 *   o->max_iter  E steps; default 1000
 *   out          q, prior, e, skill (chance of being right under prior and e), counts;
 *                objective = log-likelihood of labels, gold and earlier counts + log density of
 *                the e, without its constant: EM never lowers it
 * A worker without labels has the mode of the prior: the identity.
 * Time O(labels K + tasks K exp + workers K^2 log) an iteration; memory: agree/em.h. */
void agree_dsmap(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

/* dsmap_worker - the M step under em->diag and em->off (each >= 1) */
em_worker dsmap_worker;

#endif
