/* num - numbers as JSON text.  No locale, no allocation, thread-safe. */
#ifndef JSON_NUM_H
#define JSON_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* num_parse - the double nearest to a number, ties to even: exact for any text.
 *
 *   s    the whole of a number as RFC 8259, section 6 writes it; nothing around it
 *   out  the value; -0 for "-0", a denormal or zero where the text is too small
 * Returns false (*out untouched) when s is malformed or its nearest double is infinite.
 * About 40 ns for 17 digits; O(s.n) for any text.
 * Source: Clinger (1990), "How to read floating point numbers accurately"; Lemire (2021),
 * "Number Parsing at a Gigabyte per Second", algorithm 1; the few texts that neither can
 * decide go to strtod, cut to 770 digits, which are always enough. */
bool num_parse(struct str s, double *out);

/* num_parse_i64, num_parse_u64 - an integer without fraction or exponent, RFC 8259 syntax.
 * "-0" is 0.  Returns false (*out untouched) for other text and outside of the range. */
bool num_parse_i64(struct str s, int64_t *out);
bool num_parse_u64(struct str s, uint64_t *out);

/* num_print - the shortest digits that read back as the same double, and of the
 * shortest those closest to it.
 *
 *   out  the text and a NUL behind it
 * Returns its length, at most 25.  The notation is that of ECMAScript (ECMA-262, section
 * 6.1.6.1.20, Number::toString; RFC 8785, section 3.2.2.3): 100, 0.000001, 1e-7,
 * 123456789012345680000, 1e+21; but -0 gives "-0", which reads back.
 * BUG_ON(x is not finite).  About 50 ns for 17 digits.
 * Source: Giulietti (2021), "The Schubfach way to render doubles". */
size_t num_print(double x, char out[32]);

#endif
