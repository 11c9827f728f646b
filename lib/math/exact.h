/* exact - a sum of doubles without any rounding until it is read.
 *
 * The order of the terms changes no bit of the result, so a total over tasks or
 * workers depends neither on how they are numbered nor on how a loop was split.
 * 67 integers of 32 significant bits each span the whole range of a double; an
 * addition costs some 3 ns, reading the value some 50.
 * Source: Neal (2015), "Fast exact summation using small and large
 * superaccumulators", arXiv:1505.05571 (the small one, with narrower parts).
 */
#ifndef MATH_EXACT_H
#define MATH_EXACT_H

#include <stdint.h>
#include <string.h>

enum { EXACT_PARTS = 67 };

/* Zeroed memory is an empty sum. */
struct exact {
	int64_t part[EXACT_PARTS];    /* part[i] counts units of 2^(32 i - 1075) */
	uint32_t n;                   /* additions since the last carry */
};

/* exact_carry - bring every part but the last into 0 .. 2^32-1 */
void exact_carry(struct exact *a);

/* exact_value - the sum, rounded once to the nearest double */
double exact_value(const struct exact *a);

/* exact_join - add the sum b to a */
void exact_join(struct exact *a, const struct exact *b);

/* exact_add - add x, which is finite (an infinity or NaN would be counted as a number) */
static inline void exact_add(struct exact *a, double x)
{
	uint64_t u;

	memcpy(&u, &x, sizeof u);
	unsigned e = (unsigned)(u >> 52) & 0x7ff;
	uint64_t m = (u & 0xfffffffffffff) | (uint64_t)(e != 0) << 52;
	e += !e;
	unsigned i = e >> 5, s = e & 31;
	uint64_t high = m >> 1 >> (31 - s);
	int64_t sign = u >> 63 ? -1 : 1;

	a->part[i] += sign * (int64_t)((m << s) & 0xffffffff);
	a->part[i + 1] += sign * (int64_t)(high & 0xffffffff);
	a->part[i + 2] += sign * (int64_t)(high >> 32);
	if (++a->n == 1u << 30)
		exact_carry(a);
}

#endif
