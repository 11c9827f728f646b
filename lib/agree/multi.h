/* multi - sets of classes: each class is a question of its own, is it there or not.
 *
 * Binary relevance: for every class the answers become present (1) or absent (0), and any
 * categorical method aggregates them.  The result of a task is the classes with a posterior
 * above 1/2; at exactly 1/2 (to 1e-9) a class is left out and told as a tie.
 * Classes are independent in this model: what goes together in the data is not used.
 * Source: Zhang, Li, Liu, Geng (2018), "Binary relevance for multi-label learning: an
 * overview", Frontiers of Computer Science 12(2):191-202.
 */
#ifndef AGREE_MULTI_H
#define AGREE_MULTI_H

#include "agree/method.h"

/* What a worker said about a task: the classes off[v] .. off[v+1]-1, maybe none; one said twice counts once. */
struct class_sets {
	const uint32_t *off;      /* answers + 1 */
	const uint32_t *class;
};

#define MULTI_ANY UINT32_MAX

struct multi_opt {
	agree_fn *fn;             /* NULL = vote shares (mv) */
	struct agree_opt agree;   /* for fn; its gold, counts and class_counts are ignored */
	const uint32_t *gold;     /* n_tasks: the answer that is right, or AGREE_NO_GOLD; NULL = none */
	const uint32_t *list_of;  /* n_tasks: what may be in its set, one of allowed, or MULTI_ANY; NULL = any class
	                           * on all.  Where a class may not be, its q is 0 and nothing is learned of it */
	struct class_sets allowed;    /* n_lists sets */
	size_t n_lists;
	const double *counts;     /* n_classes x n_workers x 2 x 2, of earlier days, as multi.counts; NULL = none */
	const double *class_counts;    /* n_classes x 2 */
};

/* All arrays owned: multi_release.  K = n_classes. */
struct multi {
	size_t n_tasks, n_workers, n_classes;
	double *q;                /* n_tasks x K: chance that the class is there; 0 for a task without labels when
	                           * the method has nothing to say */
	double *skill;            /* n_workers: mean of the method's skill over the classes that somebody named */
	double *counts;           /* K x n_workers x 2 x 2, or NULL when the method has none */
	size_t *off;              /* n_tasks + 1 */
	uint32_t *class;          /* result: classes off[t] .. off[t+1]-1, ascending */
	uint32_t *ties;           /* n_tasks: classes at 1/2 */
	double *confidence;       /* n_tasks: product of max(q, 1 - q) over the classes: chance that the whole set is
	                           * right if classes are independent; 0 for a task without labels or gold */
	unsigned n_iter;          /* the most that a class took */
	bool converged;           /* all did */
};

/* multi_fit - aggregate sets.
 *
 *   l          grouped; label value v is the answer v of s
 *   n_classes  one more than the largest class
 *   out        overwritten
 * O(n_classes x what the method takes for labels of two classes + classes in all sets), one class at a time. */
void multi_fit(const struct labels *l, const struct class_sets *s, size_t n_classes, const struct multi_opt *o,
               struct multi *out);
void multi_release(struct multi *m);

/* multi_labels - the label set of one class: the same tasks and workers, value 1 = present, 0 = absent.
 * out is grouped and owned: labels_release. */
void multi_labels(const struct labels *l, const struct class_sets *s, uint32_t class, struct labels *out);

#endif
