/* bounds - what k hits in n say about the chance of a hit.
 *
 * A lower bound pays for what is shown, not for what may be luck: 1 of 1 and 100 of 100 have the
 * same mean.  Level p is one-sided: the true chance is below the lower bound with probability
 * about 1 - p; an interval of level L has both ends at p = (1 + L) / 2.
 *
 * The same bits everywhere (math/explog.h).  For pay there is reward_wilson_lb_bp, which is
 * the floor of the same bound in integers.
 */
#ifndef SCORE_BOUNDS_H
#define SCORE_BOUNDS_H

#include <stdint.h>

struct interval {
	double low, high;
};

/* bounds_wilson - Wilson's lower and upper bound, each at level p, 1/2 < p < 1; k <= n < 2^32.
 * [0, 1] when n = 0; exactly 0 for k = 0 and 1 for k = n.
 * Relative error of low below 1e-12.  Source: Wilson (1927), JASA 22:209. */
struct interval bounds_wilson(uint64_t k, uint64_t n, double p);

/* bounds_beta - lower and upper bound, each at level p, of the posterior Beta(k + a, n - k + b); a, b > 0.
 * a = b = 1 is the uniform prior, 1/2 that of Jeffreys.  Error below 1e-12 up to n = 10^6.
 * O(sqrt(n)): fisher_quantile. */
struct interval bounds_beta(uint64_t k, uint64_t n, double a, double b, double p);

/* bounds_beta_mean - (k + a) / (n + a + b) */
double bounds_beta_mean(uint64_t k, uint64_t n, double a, double b);

/* bounds_clopper_pearson - each at level p; never below it in coverage, and wide.  [0, 1] when n = 0.
 * Source: Clopper, Pearson (1934), Biometrika 26:404. */
struct interval bounds_clopper_pearson(uint64_t k, uint64_t n, double p);

/* bounds_beta_quantile - x with Pr(X <= x) = p, X of Beta(a, b); a, b > 0, 0 < p < 1 */
double bounds_beta_quantile(double p, double a, double b);

#endif
