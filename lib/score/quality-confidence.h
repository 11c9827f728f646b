/* quality-confidence - whether a worker who says "90 % sure" is right nine times of ten.
 *
 * c_i in [0, 1] is the confidence given with answer i, h_i = 1 if it was right.
 *
 *	Brier      mean (c - h)^2; strictly proper and bounded, so the one to pay by
 *	log loss   mean -log(h c' + (1-h) (1-c')), c' = c kept within [1e-6, 1 - 1e-6]; strictly proper but
 *	           for the ends
 *	ECE, MCE   10 bins, floor(10 c), c = 1 in the last: |mean of c - mean of h| averaged with the
 *	           number of answers in each bin, and the largest; Naeini, Cooper, Hauskrecht (2015), AAAI
 *	AUROC      chance that a right answer has more confidence than a wrong one, ties half;
 *	           undefined when all are right or all wrong
 *
 * 10 c is rounded to a double before its floor: 0.3 as it is written is in bin 3.
 */
#ifndef SCORE_QUALITY_CONFIDENCE_H
#define SCORE_QUALITY_CONFIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "score/quality.h"

enum { CONFIDENCE_BINS = 10 };

#define CONFIDENCE_CLAMP 1e-6

struct confidence_bin {
	uint64_t n, right;
	double mean;    /* of c; 0 for n = 0 */
};

struct confidence_quality {
	uint64_t n, right;
	struct measure brier, log_loss, ece, mce, auroc;
	struct confidence_bin bin[CONFIDENCE_BINS];
};

/* confidence_quality - of n answers; c in [0, 1].  O(n log n) for the AUROC, 16 bytes an answer. */
struct confidence_quality confidence_quality(const double *c, const bool *right, size_t n);

#endif
