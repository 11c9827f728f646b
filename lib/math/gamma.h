/* gamma - logarithm of the gamma function and its derivative, for x > 0.
 *
 * The same bits everywhere: see math/explog.h.
 */
#ifndef MATH_GAMMA_H
#define MATH_GAMMA_H

/* m_lgamma - ln Gamma(x).  Infinity for 0 and infinity, NaN for x < 0.  Relative error
 * below 1e-14, also beside the zeros at 1 and 2: t/unit/u-gamma.c.
 * Above 10 Stirling's series (Abramowitz & Stegun 6.1.41); below, the Taylor series about
 * 2 (6.1.33) after steps of one. */
double m_lgamma(double x);

/* m_digamma - psi(x) = d/dx ln Gamma(x).  -infinity for 0, NaN for x < 0.  Error below
 * 1e-14 of the larger of 1 and |psi(x)|.
 * Asymptotic series (A&S 6.3.18) above 10, steps of one below. */
double m_digamma(double x);

#endif
