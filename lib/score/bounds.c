#include "score/bounds.h"

#include "base/err.h"
#include "math/explog.h"
#include "math/quantile.h"

/* The smaller root of x^2 (1 + z2/n) - x (2k/n + z2/n) + (k/n)^2, from the product of the
 * two, so that nothing cancels: with a = 2k + z2 and r = sqrt(z2 (z2 + 4 k (n-k)/n)) the
 * larger one is (a + r) / (2 (n + z2)). */
static double wilson_low(double k, double n, double z)
{
	double z2 = z * z, r = z * m_sqrt(z2 + 4 * k * (n - k) / n);

	return 2 * k * k / (n * (2 * k + z2 + r));
}

struct interval bounds_wilson(uint64_t k, uint64_t n, double p)
{
	BUG_ON(k > n || !(p > 0.5 && p < 1));
	if (n == 0)
		return (struct interval){ 0, 1 };
	double z = normal_quantile(p);
	return (struct interval){ wilson_low((double)k, (double)n, z), 1 - wilson_low((double)(n - k), (double)n, z) };
}

/* F with 2a and 2b degrees of freedom is (X/a) / ((1-X)/b) */
double bounds_beta_quantile(double p, double a, double b)
{
	double f = fisher_quantile(p, 2 * a, 2 * b);

	return a * f / (a * f + b);
}

struct interval bounds_beta(uint64_t k, uint64_t n, double a, double b, double p)
{
	BUG_ON(k > n || !(a > 0 && b > 0));
	double hits = (double)k + a, misses = (double)(n - k) + b;
	/* the upper bound is the lower one of the misses: 1 - p is then as exact as it can be */
	return (struct interval){ bounds_beta_quantile(1 - p, hits, misses),
	                          1 - bounds_beta_quantile(1 - p, misses, hits) };
}

double bounds_beta_mean(uint64_t k, uint64_t n, double a, double b)
{
	return ((double)k + a) / ((double)n + a + b);
}

static double clopper_low(uint64_t k, uint64_t n, double p)
{
	return k ? bounds_beta_quantile(1 - p, (double)k, (double)(n - k) + 1) : 0;
}

struct interval bounds_clopper_pearson(uint64_t k, uint64_t n, double p)
{
	BUG_ON(k > n || !(p > 0 && p < 1));
	return (struct interval){ clopper_low(k, n, p), 1 - clopper_low(n - k, n, p) };
}
