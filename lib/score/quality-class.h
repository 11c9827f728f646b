/* quality-class - one class out of several, against gold.
 *
 * n answers to tasks with gold; of class c g_c are in the gold, s_c are said, b_c both.
 *
 *	accuracy            sum b / n
 *	precision, recall   b_c / s_c, b_c / g_c; F1 = 2 b_c / (s_c + g_c)
 *	balanced accuracy   B = mean recall of the C classes that gold has; adjusted (C B - 1) / (C - 1),
 *	                    0 for whoever always says one class
 *	MCC                 (n sum b - sum s g) / sqrt((n^2 - sum s^2)(n^2 - sum g^2)); Gorodkin (2004),
 *	                    "Comparing two K-category assignments by a K-category correlation
 *	                    coefficient", Computational Biology and Chemistry 28:367
 *	kappa               (n sum b - sum s g) / (n^2 - sum s g); Cohen (1960), EPM 20:37
 *
 * Means of a class figure: macro over the classes that are said or in the gold, weighted with
 * g_c, micro from the sums (with one answer a task all three are the accuracy).  In the means a class
 * that gold has and nobody said has precision 0 and one that gold has not has recall 0, though
 * as figures of the class they are undefined: so do others compute them, and leaving them
 * out would reward who never names a hard class.
 *
 * The sums are integers: exact, and no order matters.  n < 2^32.
 */
#ifndef SCORE_QUALITY_CLASS_H
#define SCORE_QUALITY_CLASS_H

#include <stddef.h>

#include "score/quality.h"

struct class_row {
	uint64_t gold, said, both;
};

struct means {
	struct measure precision, recall, f1;
};

struct class_quality {
	uint64_t n, correct;
	size_t n_gold_classes;       /* C */
	struct measure accuracy;
	struct means macro, micro, weighted;
	struct measure balanced, balanced_adjusted;
	struct measure mcc, kappa;
};

/* class_count - add n answers to the rows.
 *
 *   gold, said  n classes, below n_classes
 *   row         n_classes, zeroed by the caller before the first call
 * Rows of several calls may be summed, and rows of zeros left out: nothing depends on them. */
void class_count(struct class_row *row, size_t n_classes, const uint32_t *gold, const uint32_t *said, size_t n);

/* class_quality - all of the above; O(n_classes) */
struct class_quality class_quality(const struct class_row *row, size_t n_classes);

/* class_prf - of one class; F1 is undefined when it is neither said nor in the gold */
struct prf class_prf(const struct class_row *row);

/* class_confusion - n_classes x n_classes counts, gold down, said across; added to */
void class_confusion(uint64_t *count, size_t n_classes, const uint32_t *gold, const uint32_t *said, size_t n);

#endif
