/* quality-set - sets of classes (several may be right at once) against gold.
 *
 * For a task with the set A said and G gold:
 *
 *	Jaccard     |A and G| / |A or G|; two empty sets are the same: 1
 *	Hamming     loss: classes in one of the two / classes there are
 *	exact       1 if A = G
 *	MASI        distance 1 - Jaccard x m, m = 1 if A = G, 2/3 if one holds the other, 1/3 if they overlap,
 *	            0 if not; two empty sets 0, as an empty one is in every other its distance is
 *	            1 all the same; Passonneau (2006), LREC
 *
 * and over the tasks the means of these, and precision, recall and F1 of all (task, class) pairs
 * (micro), and of each class (hits[], if wanted; class figures by quality_prf).
 */
#ifndef SCORE_QUALITY_SET_H
#define SCORE_QUALITY_SET_H

#include <stddef.h>

#include "math/exact.h"
#include "score/quality.h"

/* Zeroed memory is no task. */
struct set_tally {
	struct exact jaccard, hamming, masi;
	uint64_t n_tasks, n_exact;
	struct hits micro;
};

struct set_quality {
	struct measure jaccard, hamming, exact, masi;
	struct prf micro;
};

/* set_tally_add - one task.
 *
 *   a, b       sets of the worker and of gold: na and nb classes, ascending, none twice
 *   n_classes  there are for the task, > 0: those of both sets are among them
 *   by_class   hits of every class, added to; NULL = not wanted
 * O(na + nb). */
void set_tally_add(struct set_tally *t, const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t n_classes,
                   struct hits *by_class);

void set_tally_join(struct set_tally *t, const struct set_tally *other);

struct set_quality set_quality(const struct set_tally *t);

/* set_jaccard, set_masi - of two sets as above */
double set_jaccard(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);
double set_masi(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);

#endif
