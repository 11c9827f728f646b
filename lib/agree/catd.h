/* catd - confidence-aware truth discovery, for classes.
 *
 *	weight[w] = chi2(n_w; alpha/2) / errors_w
 *
 * n_w labels, of which errors_w are not the decision; chi2(n; p) is the p-quantile of the
 * chi-squared distribution with n degrees of freedom, alpha = .05: the reciprocal of an
 * upper bound of the worker's error, so that few labels earn little weight.  Source:
 * Q. Li et al. (2014), "A confidence-aware approach for truth discovery on long-tail data",
 * PVLDB 8(4):425-436, equation 7, with the 0/1 loss as in the survey of Y. Zheng et al.
 * (PVLDB 10(5), 2017), whose floor of 1e-9 errors it has.
 */
#ifndef AGREE_CATD_H
#define AGREE_CATD_H

#include "agree/method.h"

/* agree_catd - o: threads, gold, max_iter (default 100), tol (largest change of a weight
 * against the largest; default 1e-9).
 * out: q = shares of the weight, skill = agreement with the decisions (0 without labels).
 * O(labels + tasks K) a round. */
void agree_catd(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

/* catd_chi2 - x with Pr(X <= x) = p, X chi-squared with n >= 1 degrees of freedom, 0 < p < 1;
 * relative error below 1e-10 for n up to 10^6.  Newton's method on the logarithm of the
 * incomplete gamma function (series, Abramowitz & Stegun 6.5.29), O(n) at most */
double catd_chi2(double n, double p);

#endif
