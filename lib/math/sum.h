/* sum - compensated summation.
 *
 * The error of the total does not grow with the number of terms as long as that
 * stays below some 2^50: |error| <= u |sum| + 2 n^2 u^2 sum|x|, u = 2^-53.
 * The order of the terms may still decide the last bit: fix it.
 * Source: Neumaier (1974), "Rundungsfehleranalyse einiger Verfahren zur
 * Summation endlicher Summen", ZAMM 54, algorithm IV.
 */
#ifndef MATH_SUM_H
#define MATH_SUM_H

/* Zeroed memory is an empty sum. */
struct sum {
	double s;    /* rounded running total */
	double c;    /* what rounding has lost so far */
};

static inline void sum_add(struct sum *a, double x)
{
	double t = a->s + x;

	if (__builtin_fabs(a->s) >= __builtin_fabs(x))
		a->c += (a->s - t) + x;
	else
		a->c += (x - t) + a->s;
	a->s = t;
}

static inline double sum_value(const struct sum *a)
{
	return a->s + a->c;
}

#endif
