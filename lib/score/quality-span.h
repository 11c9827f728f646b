/* quality-span - stretches of text that a worker marked against those of gold.
 *
 * A span is [start, end) in code points and a label; one with start >= end says nothing, one said twice
 * counts once.  Four views, from the strictest to the one that forgives most; each is a
 * comparison of two sets, summed over the texts:
 *
 *	strict      spans: start, end and label are all the same
 *	bounds      stretches: start and end are, labels do not matter
 *	chars       pairs (character, label) that are marked; chars_any: characters, whatever the label
 *	points      places in the text where a span begins or ends, whatever the label
 *
 * strict is what CoNLL evaluations count: Tjong Kim Sang, De Meulder (2003), CoNLL.
 */
#ifndef SCORE_QUALITY_SPAN_H
#define SCORE_QUALITY_SPAN_H

#include <stddef.h>

#include "data/span.h"
#include "score/quality.h"

/* Zeroed memory is no text. */
struct span_tally {
	struct hits strict, bounds, chars, chars_any, points;
	uint64_t n_texts, n_same;    /* those on which the marks are the same, none and none too */
};

/* span_tally_add - one text: the na spans of a worker against the nb of gold, both in any order.
 * O(n log n), 48 bytes a span. */
void span_tally_add(struct span_tally *t, const struct span *a, size_t na, const struct span *b, size_t nb);

void span_tally_join(struct span_tally *t, const struct span_tally *other);

/* precision, recall and F1 of each view: quality_prf(t->strict) and so on */

#endif
