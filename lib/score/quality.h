/* quality - what the measures of a worker against gold have in common.
 *
 * One header a data type: quality-class.h, quality-confidence.h, quality-number.h, quality-box.h,
 * quality-span.h, quality-set.h, quality-text.h; confidence bounds of a share are in bounds.h.
 * All are doubles for reports: what pays is integers, score/reward.h.
 *
 * A measure is either a finite number or it is not defined, and then it says why.  It is
 * never NaN or infinite, and it is never a number made up for the case (0/0 is not 0).
 *
 * Sums are exact (math/exact.h) or of integers, so no bit depends on the order of the tasks.
 */
#ifndef SCORE_QUALITY_H
#define SCORE_QUALITY_H

#include <stdint.h>

struct measure {
	double value;       /* 0 where not defined */
	const char *why;    /* NULL: defined.  Else the reason in a few words; static */
};

static inline struct measure measure_of(double v)
{
	return (struct measure){ v, 0 };
}

static inline struct measure measure_none(const char *why)
{
	return (struct measure){ 0, why };
}

/* measure_share - part / whole, not defined when whole is 0 */
static inline struct measure measure_share(uint64_t part, uint64_t whole, const char *why)
{
	return whole ? measure_of((double)part / (double)whole) : measure_none(why);
}

/* what was found, what was found and is not there, what is there and was not found */
struct hits {
	uint64_t tp, fp, fn;
};

static inline void hits_add(struct hits *a, struct hits b)
{
	a->tp += b.tp;
	a->fp += b.fp;
	a->fn += b.fn;
}

struct prf {
	struct measure precision, recall, f1;
};

/* quality_prf - precision tp/(tp+fp), recall tp/(tp+fn), F1 = 2tp/(2tp+fp+fn), their harmonic mean.
 * Each is undefined only where its own denominator is 0: F1 of somebody who marked
 * nothing where there is something is 0. */
struct prf quality_prf(struct hits h);

#endif
