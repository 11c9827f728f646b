/* text - one text for a task from the texts its workers gave.
 *
 *	medoid  the answer nearest to the others: least weighted sum of edit distances, counted
 *	        in characters (code points)
 *	rover   word by word: the answers are aligned into a row of slots, and in each slot the
 *	        word with the greatest weight wins, no word among them: Fiscus (1997), "A
 *	        post-processing system to yield reduced word error rates: recognizer output voting
 *	        error reduction (ROVER)", IEEE ASRU, 347-354
 *
 * Words are what stands between white space (space, tab, newline, carriage return); in the
 * result one space stands between words.  Case and marks count: who wants them ignored
 * normalises the texts first.
 *
 * Alignment.  Answers enter in the order of nearness: least weighted sum of word edit
 * distances to the others, then greater weight, then bytewise.  So the order in which they are
 * passed does not matter, and a wild answer does not shape the slots.  An answer is aligned to the
 * slots at least cost, summed over the answers that have entered: word beside the same word or
 * none beside none 0, word beside another 4, word beside none 3 (NIST's SCTK; with 1 and 1 a missing word
 * shifts its neighbours).  Fiscus asks only whether any answer has the word in the slot; then a
 * slot that once took a wrong word goes on to attract it.  Of equally cheap ways the one that,
 * from the end of the text, puts a word into a slot, else leaves a slot empty, else makes a new
 * slot.
 * Ties of a slot go to the word that the nearest answer with one of the tied words has there: two
 * answers that differ everywhere give the nearer one whole, not a mixture.
 *
 * Weights are those of the workers, >= 0 and not all 0; NULL = all 1.
 */
#ifndef AGREE_TEXT_H
#define AGREE_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "data/labels.h"

/* Bounds on what one comparison may cost.  Texts whose differing parts are longer than TEXT_CHARS
 * code points are taken to have nothing in common (their distance is the longer length);
 * TEXT_CELLS bounds slots x words of one alignment, and with it memory to a byte each. */
#define TEXT_CHARS 8192
#define TEXT_CELLS (1u << 26)

/* And on what one task may cost: steps of some nanoseconds.  A pair of answers of m and n bytes counts
 * (m + 16) (n + 16), none of them as longer than TEXT_CHARS; likewise in words.  Of more answers only as many are
 * candidates for the medoid, the weightiest first, then bytewise; ROVER refuses. */
#define TEXT_WORK (1ull << 31)

/* text_distance - Levenshtein distance in code points; insertion, deletion, substitution cost 1.
 *
 *   a, b   valid UTF-8
 *   n_max  out, may be NULL: code points of the longer one
 * What they share at both ends is taken off first.  Time O(product of what is left), memory 16
 * bytes a code point: one row. */
size_t text_distance(struct str a, struct str b, size_t *n_max);

/* text_similarity - 1 - distance / length of the longer; 1 for two empty texts */
double text_similarity(struct str a, struct str b);

struct text_choice {
	size_t best;          /* index of the answer; of equal texts the first; SIZE_MAX when there are none */
	double confidence;    /* weighted mean similarity of the answers, itself included, to it */
	bool tie;             /* another text is as near; taken is the one with more weight, then the bytewise first */
};

/* text_medoid - the answer nearest to the others.
 * Equal texts are compared once: O(distinct^2) distances within TEXT_WORK, 24 bytes an answer. */
struct text_choice text_medoid(const struct str *text, const double *weight, size_t n);

struct text_vote {
	size_t slots;         /* of the network */
	size_t tied;          /* slots decided by the tie rule */
	double confidence;    /* mean over the slots of the winner's share in the weight; 1 without slots */
};

/* text_single - whether no answer has more than one word: then ROVER is a vote on whole answers */
bool text_single(const struct str *text, size_t n);

/* text_rover - the voted text, appended to out.
 * False, and out as it was, when an alignment would need more than TEXT_CELLS, or the task more than
 * TEXT_WORK; take the medoid then.
 * O(n^2 words^2 + n^2 slots words) time. */
bool text_rover(const struct str *text, const double *weight, size_t n, struct buf *out, struct text_vote *vote);

/* text_skills - how near every worker is to the results.
 *
 *   l      grouped
 *   like   by label, in the order of l->t_worker: its similarity to the result of its task, 0 to 1
 *   sum    out, n_workers: the similarities of his labels
 *   skill  out, n_workers: (sum + 1) / (labels + 2)
 * Weights of the next round, when there is to be one: better without what the task itself says,
 * (sum - like + 1) / (labels + 1), lest a tie confirms itself.  The order of tasks and workers changes no bit.
 * O(n log n), 8 bytes a label. */
void text_skills(const struct labels *l, const double *like, double *sum, double *skill);

#endif
