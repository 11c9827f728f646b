#include "math/exact.h"

#include <stdbool.h>

#include "math/isqrt.h"

void exact_carry(struct exact *a)
{
	for (int i = 0; i + 1 < EXACT_PARTS; i++) {
		int64_t low = (int64_t)((uint64_t)a->part[i] & 0xffffffff);
		/* the difference is a multiple of 2^32: the division is exact */
		a->part[i + 1] += (a->part[i] - low) / ((int64_t)1 << 32);
		a->part[i] = low;
	}
	a->n = 1;
}

void exact_join(struct exact *a, const struct exact *b)
{
	struct exact c = *b;

	exact_carry(a);
	exact_carry(&c);
	for (int i = 0; i < EXACT_PARTS; i++)
		a->part[i] += c.part[i];
	a->n = 2;
}

static double of_exponent(int e)
{
	uint64_t u = (uint64_t)(e + 1023) << 52;
	double x;

	memcpy(&x, &u, sizeof x);
	return x;
}

/* v 2^e, in steps that stay in range on the way */
static double scaled(double v, int e)
{
	for (; e > 1000; e -= 1000)
		v *= of_exponent(1000);
	for (; e < -1000; e += 1000)
		v *= of_exponent(-1000);
	return v * of_exponent(e);
}

double exact_value(const struct exact *a)
{
	struct exact t = *a;
	int top = EXACT_PARTS - 1;

	exact_carry(&t);
	bool minus = t.part[top] < 0;
	if (minus) {
		for (int i = 0; i < EXACT_PARTS; i++)
			t.part[i] = -t.part[i];
		exact_carry(&t);
	}
	while (top > 0 && !t.part[top])
		top--;
	/* four parts from the first that is not zero hold 97 bits or more; what is below only breaks ties */
	u128 v = 0;
	for (int i = top; i > top - 4; i--)
		v = v << 32 | (i >= 0 ? (uint64_t)t.part[i] : 0);
	for (int i = top - 4; i >= 0; i--)
		v |= t.part[i] != 0;
	double x = scaled((double)v, 32 * (top - 3) - 1075);
	return minus ? -x : x;
}
