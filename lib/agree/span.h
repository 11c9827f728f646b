/* span - labelled stretches of a text from those its workers marked.
 *
 * Every character has a class: a label, or none.  Stretches of a text over which each worker says one thing
 * are one item, so that any categorical method can vote over them: what is said of a
 * thousand characters at once is one observation, not a thousand.  (For a plain vote that is the
 * same; for a model of workers it keeps long spans from drowning the short.)
 *
 * Item classes are 0 = none and 1 + label.  Where two spans of one worker overlap the shorter one
 * holds, of equal ones the lower label.  A tie between classes goes to none, then to the lower
 * label.  The result is maximal runs of one label: two spans of it that touch become one.
 *
 * Positions are code points, half-open [start, end).
 */
#ifndef AGREE_SPAN_H
#define AGREE_SPAN_H

#include "agree/method.h"
#include "data/span.h"

/* What a worker said about a text: the spans off[v] .. off[v+1]-1, maybe none. */
struct spans {
	const uint32_t *off;    /* answers + 1 */
	const struct span *span;
};

struct span_opt {
	agree_fn *fn;              /* the method; NULL = vote by weight */
	struct agree_opt agree;    /* for fn; its gold is ignored, its classes are those of the items */
	const double *weight;      /* n_workers, >= 0, for the vote; NULL = all 1 */
	const uint32_t *length;    /* n_tasks: code points of the text; NULL = it ends with the last span */
	const uint32_t *gold;      /* n_tasks: the answer that is right, or AGREE_NO_GOLD; NULL = none */
};

struct span_found {
	struct span span;
	double confidence;    /* mean posterior of the label over its characters */
	bool tie;             /* somewhere in it another class was as good */
};

/* All arrays owned: span_release. */
struct span_set {
	size_t n_tasks, n_workers, n_items;
	size_t *off;                 /* n_tasks + 1 */
	struct span_found *found;    /* of task t: off[t] .. off[t+1]-1, in order of the text */
	double *confidence;          /* n_tasks: mean posterior over all characters; 1 without any */
	double *skill;               /* n_workers: of the method; for the vote (a + 1) / (n + 2), n = characters that
	                              * the worker or the result marks, a = those where they agree */
	unsigned n_iter;
	bool converged;
	size_t crowded;              /* the task for which span_fit returned false */
};

/* votes on all items: 20 bytes each; items x classes: 8 bytes each */
enum { SPAN_VOTES = 1 << 26, SPAN_CELLS = 1 << 27 };

/* span_fit - vote on the spans of all texts.
 *
 *   l         grouped; label value v is the answer v of s
 *   n_labels  one more than the largest label
 *   out       overwritten, and to be released in any case
 * Items of a text <= 2 x spans + 1; each is a vote for each worker of the text.  Returns false when there
 * are more than SPAN_VOTES votes, or more than SPAN_CELLS items x classes.  O(spans log spans + votes) and what
 * the method takes. */
bool span_fit(const struct labels *l, const struct spans *s, size_t n_labels, const struct span_opt *o,
              struct span_set *out);
void span_release(struct span_set *s);

/* span_runs - what answer v says: runs of one label that do not overlap or touch, in order; owned, free().
 * O(k log k) for k spans. */
struct span *span_runs(const struct spans *s, uint32_t v, size_t *n);

/* span_class - what answer v says of the character at pos: 0, or 1 + label */
uint32_t span_class(const struct spans *s, uint32_t v, uint32_t pos);

#endif
