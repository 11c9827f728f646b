/* alpha - Krippendorff's alpha for nominal labels, with an interval.
 *
 * A task counts if at least two workers labelled it ("pairable").  With m_i labels
 * on task i, m_ic of them of class c, n_c = sum_i m_ic and n = sum_c n_c:
 *
 *	Do = 1/n sum_i (m_i^2 - sum_c m_ic^2) / (m_i - 1)     observed disagreement
 *	De = (n^2 - sum_c n_c^2) / (n (n - 1))                expected by chance
 *	alpha = 1 - Do/De: 1 perfect, 0 chance, negative worse
 *
 * Sources: Krippendorff (2011), "Computing Krippendorff's alpha-reliability",
 * section C; the delete-one-task jackknife for its error: Hughes (2022),
 * "krippendorffsalpha", arXiv:2210.13265.
 */
#ifndef AGREE_ALPHA_H
#define AGREE_ALPHA_H

#include "data/labels.h"

enum alpha_status {
	ALPHA_OK,
	ALPHA_NO_PAIRS,         /* no task has two labels */
	ALPHA_ONE_CLASS,        /* only one class occurs on the pairable tasks: De = 0 */
	ALPHA_ONE_TASK,         /* (of the error only) a single pairable task */
	ALPHA_CLASS_ON_ONE_TASK /* (of the error only) without some task one class is left */
};

struct alpha {
	enum alpha_status status;       /* of value and De: not OK = they are undefined, left 0 */
	enum alpha_status se_status;    /* of the fields below Do, De; never OK when status is not */
	size_t n_pairable;              /* tasks with two labels or more */
	size_t n_labels;                /* labels on them */
	double value;
	double observed, expected;      /* Do, De; Do is defined whenever there are pairs */
	double se;                      /* jackknife standard error */
	double unbiased;                /* jackknife estimate: value less its estimated bias */
	double low, high;               /* value -/+ t quantile (n_pairable - 1 df) * se; high at most 1 */
};

/* alpha_nominal - value, error and interval.
 *
 *   l      grouped
 *   level  of the interval, 0 < level < 1, e.g. 0.95
 *   out    overwritten
 * O(labels + classes) time, 8 bytes a class and 8 a label of the largest task of
 * scratch.  Value, Do and De come from integer counts: the same bits for any order
 * of the labels.  Error against exact values below 1e-15 (se: 1e-13): t/unit/u-alpha.c. */
void alpha_nominal(const struct labels *l, double level, struct alpha *out);

/* alpha_why - the reason a status stands for, for a "why" field; "" for ALPHA_OK */
const char *alpha_why(enum alpha_status s);

#endif
