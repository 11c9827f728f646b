/* edit - the least number of insertions, deletions and substitutions that turn one row of symbols
 * into another: Levenshtein distance of code points, or of words by number.
 *
 * Exact, 64 cells of the table a step: Myers (1999), "A fast bit-vector algorithm for approximate
 * string matching based on dynamic programming", JACM 46:395, in the form of Hyyro (2003),
 * "A bit-vector algorithm for computing Levenshtein and Damerau edit distances".
 */
#ifndef SCORE_EDIT_H
#define SCORE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* cells, once what is the same at both ends is off: some 2 s */
#define EDIT_CELLS ((uint64_t)1 << 34)

/* edit_distance - *out = distance of the m symbols a and the n symbols b.
 * False, *out untouched, when they would need more than EDIT_CELLS.
 * O(m n / 64 + (m + n) log m), 13 bytes a symbol. */
bool edit_distance(const uint32_t *a, size_t m, const uint32_t *b, size_t n, size_t *out);

#endif
