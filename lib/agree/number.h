/* number - one number for a task from the numbers its workers gave.
 *
 * The answers are a label set whose values stand for numbers: label value v is the
 * number x[v], so repeated labels are dropped as they are for classes.  Numbers are
 * finite: whoever reads them refuses NaN and infinity.
 *
 *	mean      arithmetic mean
 *	median    middle answer; mean of the two middle ones
 *	trimmed   mean without the floor(trim * n) least and as many greatest answers
 *	lfc-n     answer = truth + bias of the worker + normal error with a variance of the
 *	          worker, by EM: Raykar et al. (2010), "Learning from crowds", JMLR
 *	          11:1297-1322, section 5
 *	crh       weighted mean, weight = -log of the worker's share in the loss: Li et
 *	          al. (2014), "Resolving conflicts in heterogeneous data by truth
 *	          discovery and source reliability estimation", SIGMOD
 *	catd      weighted mean, weight = lower chi-square quantile / loss: Li et al. (2014), "A
 *	          confidence-aware approach for truth discovery on long-tail data", PVLDB 8(4)
 *
 * Scale.  s0 is the typical error in all the data: 1.4826 x the median distance of an answer
 * from the median of its task, over tasks with two answers or more (the median answer
 * itself left out); when that is 0, 1.2533 x the mean distance.  It counts as NUMBER_PRIOR
 * answers wherever a variance is estimated, so that one answer, or equal ones, claim no
 * certainty, and one wild answer does not blur everything else.
 *
 * Interval.  value +- t * s / sqrt(n), s^2 = (P s0^2 + SS) / (P + n - 1) with P = NUMBER_PRIOR,
 * Student's t with P + n - 1 degrees of freedom (Smyth 2004, "Linear models and
 * empirical Bayes methods", SAGMB 3(1), section 4).  SS and n are
 *	mean      sum of squares about the mean; number of answers
 *	trimmed   of the winsorised answers; number of answers kept (Tukey, McLaughlin 1963)
 *	median    as mean, with n 2/pi for n; from 6 answers on the narrowest symmetric pair of
 *	          order statistics that covers the median with the level, exactly
 *	crh, catd weighted mean square times n, n = (sum w)^2 / sum w^2
 * and lfc-n has value +- t / sqrt(sum of the precisions), Welch-Satterthwaite degrees of freedom.
 * Where no task has two answers nothing is known about errors: -infinity .. infinity.
 *
 * Laws: order of the answers does not matter, to the last bit, for one numbering of tasks
 * and workers; value(a x + b) = a value(x) + b up to rounding.  Numbers up to the largest
 * double are fine; an end of an interval may then be infinite.  For lfc-n, crh and catd an answer
 * more than 2^480 s0 off the median is one that far off.  No threads: O(answers) an
 * iteration, O(n log n) sorting, 16 bytes an answer and 48 a task or worker.
 */
#ifndef AGREE_NUMBER_H
#define AGREE_NUMBER_H

#include "data/labels.h"

#define NUMBER_PRIOR 3.0

enum number_method { NUMBER_MEAN, NUMBER_MEDIAN, NUMBER_TRIMMED, NUMBER_LFC, NUMBER_CRH, NUMBER_CATD };

/* what earlier days know about a worker, and what today adds; for lfc-n */
struct number_count {
	double n;      /* answers */
	double ss;     /* sum of their squared errors, units of the answers squared */
};

struct number_opt {
	unsigned max_iter;
	double tol;              /* stop when no value moved by more than tol * s0; < 0 = never */
	double trim;             /* 0 <= trim < 1/2 */
	double level;            /* of the interval, 0 < level < 1 */
	bool bias;               /* lfc-n: workers may have one; prior: normal, mean 0, variance = error variance / 4 */
	const double *gold;      /* n_tasks, or NULL: known values, where has_gold; they stay as they are */
	const uint8_t *has_gold;
	const struct number_count *past;    /* n_workers, or NULL; lfc-n only */
};

#define NUMBER_OPT_INIT { .max_iter = 500, .tol = 1e-9, .trim = 0.2, .level = 0.95 }

/* All arrays owned: number_release. */
struct number {
	size_t n_tasks, n_workers;
	double *value, *low, *high;    /* n_tasks; a task without answers: 0, -infinity, infinity */
	double *sigma;                 /* n_workers: typical error, units of the answers: sqrt of (P s0^2 + squares) / (P + n) */
	double *skill;                 /* n_workers: precision, 1 / sigma^2; infinity where sigma is 0 */
	double *bias;                  /* n_workers: 0 but for lfc-n with bias */
	double *weight;                /* n_workers: what the value was made with; 1 for mean, median, trimmed */
	struct number_count *count;    /* n_workers: of today only */
	double s0;
	unsigned n_iter;
	bool converged;
};

/* number_fit - values, intervals and skills.
 *
 *   l    grouped
 *   x    l->n_classes numbers
 *   out  overwritten */
void number_fit(const struct labels *l, const double *x, enum number_method m, const struct number_opt *o,
                struct number *out);

void number_release(struct number *f);

#endif
