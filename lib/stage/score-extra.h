/* score-extra - what a few labels say besides their value: how sure the worker is, what others will say.
 *
 * Fields of label records: `confidence`, 0 to 1, that the answer is right; `predict`, an object with what share of
 * the others is expected to give each value, by name: {"yes":0.7,"no":0.3}.  The shares are 0 to 1 and
 * sum to 1, to a millionth.
 *
 * Labels are known by their number, in the order of the stream.  Those that say neither cost nothing; the first
 * with a confidence costs 8 bytes for each label.  Zeroed memory is empty.
 */
#ifndef STAGE_SCORE_EXTRA_H
#define STAGE_SCORE_EXTRA_H

#include "data/intern.h"
#include "data/labels.h"
#include "json/record.h"
#include "score/rule-other.h"

struct score_extra {
	double *confidence;             /* by label; < 0: none */
	size_t n, cap;
	struct intern names;            /* of predicted values */
	uint32_t *label, *from;         /* those with a prediction, ascending; their cells end where the next begin */
	size_t n_predict, cap_predict;
	struct other_forecast *cell;    /* class is a name */
	size_t n_cells, cap_cells;
};

/* score_extra_take - look at the record of a label; false and *e, and nothing kept, when it is bad input */
bool score_extra_take(struct score_extra *x, uint32_t label, const struct json_record *r, struct err *e);

/* score_extra_confidence - of a label; < 0: none */
double score_extra_confidence(const struct score_extra *x, uint32_t label);

/* score_extra_predict - the cells of a label, NULL when it predicts nothing; O(log n) */
const struct other_forecast *score_extra_predict(const struct score_extra *x, uint32_t label, size_t *n);

void score_extra_release(struct score_extra *x);

/* score_last - for each place in a grouped order, which of the labels that came is the one that counts there: the last
 * with this major and minor.
 *
 *   off, minor     the order: off[major] .. off[major+1]-1 of minor[]; each minor once in a range
 *   n_major, n_minor
 *   n, major_of, minor_of   the labels as they came; those without a place are passed over
 * Owned, off[n_major] entries; INTERN_NONE where none came.  O(n + majors + minors) */
uint32_t *score_last(const uint32_t *off, const uint32_t *minor, size_t n_major, size_t n_minor, size_t n,
                     const uint32_t *major_of, const uint32_t *minor_of);

#endif
