/* icc - intraclass correlations: how much of the variance of numbers is between tasks.
 *
 * One way (workers differ from task to task; n tasks, N labels, r_i of task i):
 *
 *	MSB, MSW  mean squares between and within tasks, n-1 and N-n degrees of freedom
 *	k0 = (N - sum r_i^2 / N) / (n-1): r when all r_i = r
 *	(1,1) = (MSB - MSW) / (MSB + (k0-1) MSW)        (1,k) = (MSB - MSW) / MSB
 *
 * Two ways (every one of k workers labelled every one of n tasks): MSR tasks, MSC
 * workers, MSE the rest, (n-1)(k-1) degrees of freedom:
 *
 *	(2,1) = (MSR - MSE) / (MSR + (k-1) MSE + k (MSC - MSE) / n)
 *	(3,1) = (MSR - MSE) / (MSR + (k-1) MSE)
 *	(2,k) = (MSR - MSE) / (MSR + (MSC - MSE) / n)   (3,k) = (MSR - MSE) / MSR
 *
 * Intervals from the F distribution; those of (1,.) are exact only when all r_i are equal.
 * Sources: Shrout & Fleiss (1979), Psychological Bulletin 86:420; McGraw & Wong (1996),
 * Psychological Methods 1:30, Satterthwaite's degrees of freedom for (2,.).
 */
#ifndef AGREE_ICC_H
#define AGREE_ICC_H

#include "agree/weights.h"

enum icc_kind { ICC_1_1, ICC_1_K, ICC_2_1, ICC_2_K, ICC_3_1, ICC_3_K };

enum { N_ICCS = ICC_3_K + 1 };

struct icc {
	enum coef_status status;
	enum coef_status interval_status;   /* never OK when status is not */
	const char *why, *interval_why;     /* static */
	double value, low, high;
	double k;                           /* k0 or k */
	bool has_f;                         /* false: no variance within, F would be infinite */
	double f, df1, df2;                 /* MSB/MSW or MSR/MSE and its degrees of freedom */
	bool exact;                         /* the interval is */
};

/* icc_by_name - icc_1_1, icc_1_k, icc_2_1, icc_2_k, icc_3_1, icc_3_k; false for any other */
bool icc_by_name(struct str name, enum icc_kind *out);
const char *icc_name(enum icc_kind k);

/* icc_estimate - all six.  u has numeric values (else COEF_NO_VALUES); level of the intervals.
 * O(labels + q).  Error below 1e-12 of values and 1e-9 of limits: t/unit/u-coef-icc.c. */
void icc_estimate(const struct units *u, double level, struct icc out[N_ICCS]);

#endif
