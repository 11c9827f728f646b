/* trig - sine and cosine of multiples of pi, the same bits everywhere.
 *
 * See math/explog.h for why not libm.  The argument is in half turns, so its
 * reduction is exact.
 */
#ifndef MATH_TRIG_H
#define MATH_TRIG_H

/* m_sincospi - *s = sin(pi x), *c = cos(pi x), |x| < 2^51.  Error below 1.5 ulp of
 * the larger of the two; exact zeros and ones at multiples of 1/2.
 * Taylor polynomials on |pi r| <= pi/4, truncation below 1e-18. */
void m_sincospi(double x, double *s, double *c);

#endif
