/* quantile - of the normal, Student's t and the F distribution.
 *
 * Newton's method on the upper tail, so small tail probabilities keep their
 * relative accuracy.  The results are reproducible: see math/explog.h.
 */
#ifndef MATH_QUANTILE_H
#define MATH_QUANTILE_H

/* normal_upper - Pr(Z > x), Z standard normal; relative error below 1e-14 for |x| < 30 */
double normal_upper(double x);

/* normal_quantile - x with Pr(Z <= x) = p, 0 < p < 1.  Relative error below 1e-13
 * against the exact quantile of the double p: for p > 1/2 the tail 1 - p is what p says. */
double normal_quantile(double p);

/* student_upper - Pr(T > t), T Student with df > 0 degrees of freedom (not only integers);
 * relative error below 1e-12 up to df = 10^4, 1e-10 up to 10^6; time O(sqrt(df)).
 * Incomplete beta function by its continued fraction: Abramowitz & Stegun (1964) 26.5.8, 26.7.1. */
double student_upper(double t, double df);

/* student_quantile - t with Pr(T <= t) = p, 0 < p < 1, df > 0; relative error below
 * 1e-12 for tails down to 1e-9 (absolute where |p - 1/2| < 0.001).  Above 10^4 degrees
 * of freedom by the expansion about the normal quantile, Abramowitz & Stegun 26.7.5. */
double student_quantile(double p, double df);

/* fisher_upper - Pr(F > f), F the ratio of two mean squares with df1 > 0 and df2 > 0 degrees of
 * freedom (not only integers); relative error below 1e-12 up to 10^4 degrees of freedom, 1e-9 up to
 * 10^7.  Incomplete beta function as above, A&S 26.6.2; the factor before the fraction by
 * Stirling's series with the leading powers kept apart.  Time O(sqrt(df1 + df2)). */
double fisher_upper(double f, double df1, double df2);

/* fisher_quantile - f with Pr(F <= f) = p, 0 < p < 1; relative error below 1e-12 up to 10^4 degrees
 * of freedom: Newton on the logarithm of f, inside a bracket */
double fisher_quantile(double p, double df1, double df2);

#endif
