/* quality-text - what a worker wrote against the text of gold.
 *
 *	CER, WER   edit distance in code points (words) / code points (words) of gold; of several texts the
 *	           sum over the sum.  It can exceed 1.  Undefined when gold is empty throughout
 *	likeness   1 - edits / code points of the longer one, in 0 .. 1: this to pay by; two empty texts 1
 *	chrF       F of character n-grams, n = 1 .. 6, with recall counted beta = 2 times: precision
 *	           and recall are each averaged over those n of which both sides have n-grams, then
 *	           F = (1 + b^2) P R / (b^2 P + R).  White space is taken out first; n-grams of several texts are
 *	           summed before.  0 to 1.  Popovic (2015), "chrF: character n-gram F-score for
 *	           automatic MT evaluation", WMT.  A text that is empty on one side only is an F of 0
 *	exact      share of texts that are the same bytes
 *
 * Words stand between white space (space, tab, newline, carriage return).  Nothing is normalised: case,
 * marks and composition count; who wants them ignored normalises both texts first.
 */
#ifndef SCORE_QUALITY_TEXT_H
#define SCORE_QUALITY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "math/exact.h"
#include "score/quality.h"

enum { CHRF_ORDER = 6, CHRF_BETA = 2 };

/* Zeroed memory is no text. */
struct text_tally {
	uint64_t n_texts, n_exact;
	uint64_t char_edits, chars;    /* code points of gold */
	uint64_t word_edits, words;    /* words of gold */
	struct exact likeness;
	struct hits gram[CHRF_ORDER];  /* n-grams in both, of the worker only, of gold only */
};

struct text_quality {
	struct measure cer, wer, likeness, chrf, exact;
};

/* text_tally_add - one text of the worker against that of gold, both valid UTF-8.
 * False and nothing added when they are too long and too different: EDIT_CELLS (score/edit.h).
 * O(chars^2 / 64 + chars log chars), 100 bytes a code point. */
bool text_tally_add(struct text_tally *t, struct str said, struct str gold);

void text_tally_join(struct text_tally *t, const struct text_tally *other);

struct text_quality text_quality(const struct text_tally *t);

#endif
