/* crh - conflict resolution on heterogeneous data, for classes (PM).
 *
 *	weight[w] = -ln(errors_w / largest number of errors)
 *
 * where an error is a label that is not the decision.  Source: Q. Li et al. (2014),
 * "Resolving conflicts in heterogeneous data by truth discovery and source reliability
 * estimation", SIGMOD, section 2.3 with the 0/1 loss and the maximum as the normaliser;
 * B. I. Aydin et al. (2014), "Crowdsourcing for multiple-choice question answering", AAAI.
 * The floors are those of the survey of Y. Zheng et al. (PVLDB 10(5), 2017): 1e-8 errors at
 * least, 1e-7 within the logarithm and on the weight.
 *
 * Errors are counted, not averaged: a worker who answers much is trusted less, which is
 * the method's, not ours.
 */
#ifndef AGREE_CRH_H
#define AGREE_CRH_H

#include "agree/method.h"

/* agree_crh - o: threads, gold, max_iter (default 10, as in the survey), tol (largest change
 * of a weight against the largest; default 1e-9).
 * out: q = shares of the weight, skill = agreement with the decisions (0 without labels).
 * O(labels + tasks K) a round. */
void agree_crh(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
