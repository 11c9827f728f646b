/* quality-number - numbers of a worker against gold.
 *
 * x_i is said, y_i the gold, e_i = x_i - y_i, i = 1 .. n; all finite.
 *
 *	MAE, RMSE, bias    mean |e|, root of mean e^2, mean e; units of the numbers
 *	median AE          median |e|, of an even number the mean of the two in the middle
 *	MAPE               mean |e / y|; undefined when a gold is 0
 *	within             share with |e| <= abs, or |e| <= rel |y|; a tie counts, also one that
 *	                   only the decimal notation knows: 1.1 is within 0.1 of 1, though in binary its
 *	                   distance is 2^-53 more.  So up to 2^-52 (|x| + |y|) is forgiven
 *	R^2                1 - sum e^2 / sum (y - mean y)^2
 *	CCC                2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2), population moments: 1 only when
 *	                   all are equal to the gold; Lin (1989), Biometrics 45:255
 *	Pearson            s_xy / (s_x s_y); blind to bias and scale
 *	Spearman           Pearson of the midranks
 *	Kendall            tau-b; Kendall (1945), Biometrika 33:239, counted as Knight (1966), JASA 61:436
 *	limits             bias -/+ 1.96 standard deviations of e (n - 1); Bland, Altman (1986),
 *	                   Lancet 327:307
 *
 * Sums are exact, so no bit depends on the order.  Numbers are scaled by a power of two where they
 * are large or small; a result beyond the largest double is undefined.
 */
#ifndef SCORE_QUALITY_NUMBER_H
#define SCORE_QUALITY_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "score/quality.h"

struct number_tolerance {
	double abs, rel;    /* each >= 0, or < 0: not asked for */
};

struct number_quality {
	uint64_t n;
	struct measure mae, rmse, bias, median_ae, mape;
	struct measure within_abs, within_rel;
	struct measure r2, ccc, pearson, spearman, kendall;
	struct measure limit_low, limit_high;
	uint64_t n_within_abs, n_within_rel;    /* counts, for bounds.h */
};

/* number_quality - all of the above; said, gold: n each, n < 2^31.  O(n log n), 48 bytes a number. */
struct number_quality number_quality(const double *said, const double *gold, size_t n, struct number_tolerance tol);

/* number_within - whether x is within an absolute (relative: of |y|) tolerance of y, as above */
bool number_within(double x, double y, double abs);
bool number_within_rel(double x, double y, double rel);

/* ---- parts, also for two workers ------------------------------------------------- */

struct measure number_pearson(const double *x, const double *y, size_t n);
struct measure number_spearman(const double *x, const double *y, size_t n);
struct measure number_kendall(const double *x, const double *y, size_t n);

#endif
