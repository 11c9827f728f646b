/* explog - exp, log and square root that give the same bits everywhere.
 *
 * A libm may differ from the next one in the last bit, and from version to
 * version; results that are published and replayed may not.  These use only
 * IEEE 754 double + - * / and integer operations in a fixed order (compile with
 * -ffp-contract=off, round to nearest), so every conforming machine agrees.
 * Measured error, t/unit/u-explog.c: exp below 0.92 ulp, log below 0.85
 * ulp; sqrt correctly rounded.
 */
#ifndef MATH_EXPLOG_H
#define MATH_EXPLOG_H

#include <stddef.h>

/* m_exp - e to the x.  Above 709.78 infinity, below -745.13 zero, NaN for NaN.
 * Reduction x = k ln 2 + r, |r| <= 0.347, then the Taylor polynomial of degree
 * 13 (truncation below 0.04 ulp).  No branches, so that loops vectorise. */
double m_exp(double x);

/* m_log - natural logarithm.  -infinity for 0, NaN for x < 0.
 * x = 2^k (1+f), sqrt(1/2) <= 1+f < sqrt(2); series of 2 atanh(f/(2+f)) with the
 * leading term f - f^2/2 kept apart, as in K. C. Ng's fdlibm (1993). */
double m_log(double x);

/* m_log1p - log(1 + x) without the loss of small x; 2 ulp */
double m_log1p(double x);

/* m_sqrt - correctly rounded, -0 for -0, NaN for x < 0; slow (integer steps) */
double m_sqrt(double x);

/* m_exp_n, m_log_n - out[i] = f(in[i]), the same bits as the scalar functions;
 * in and out are the same array or do not overlap */
void m_exp_n(const double *in, double *out, size_t n);
void m_log_n(const double *in, double *out, size_t n);

#endif
