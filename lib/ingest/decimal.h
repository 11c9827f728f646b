/* decimal - a little arithmetic on numbers as text, so that nothing is rounded twice.
 *
 * Numbers are as RFC 8259 writes them (4.288, 1e-05), of any length.
 */
#ifndef INGEST_DECIMAL_H
#define INGEST_DECIMAL_H

#include <stdint.h>

#include "base/str.h"

/* decimal_round - s * 10^e10 as a whole number from 0 to most, exact halves up.
 * Returns false (*out untouched) for other text, below 0 and above most. */
bool decimal_round(struct str s, int e10, uint64_t most, uint64_t *out);

/* decimal_scale - the double nearest to the exact product s * by * 10^e10, by < 2^32.
 * Returns false (*out untouched) for text that is no number, or when it is infinite. */
bool decimal_scale(struct str s, uint64_t by, int e10, double *out);

#endif
