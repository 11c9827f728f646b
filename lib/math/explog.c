#include "math/explog.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "math/isqrt.h"

_Static_assert(FLT_EVAL_METHOD == 0, "double arithmetic must round to double: on i386 add -msse2 -mfpmath=sse");

/* ln 2 = LN2_HI + LN2_LO; LN2_HI has 32 bits, so that k * LN2_HI is exact */
#define LN2_HI 0x1.62e42feep-1
#define LN2_LO 0x1.a39ef35793c76p-33
#define LOG2_E 0x1.71547652b82fep+0
#define SHIFT  0x1.8p52            /* adding it rounds to an integer, in the low bits */

enum { STEP = 8 };                 /* a loop of constant length is what compilers vectorise at -O2 */

static inline uint64_t bits_of(double x)
{
	uint64_t u;

	memcpy(&u, &x, sizeof u);
	return u;
}

static inline double of_bits(uint64_t u)
{
	double x;

	memcpy(&x, &u, sizeof x);
	return x;
}

/* (e^r - 1 - r) / r^2; Estrin's scheme, for the pipeline */
static inline double exp_tail(double r)
{
	double r2 = r * r, r4 = r2 * r2;
	double a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
	double b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
	double c = (1.0 / 3628800 + r * (1.0 / 39916800)) +
	           r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));

	return a + r4 * (b + r4 * c);
}

static inline double exp_one(double x)
{
	x = x > 710.0 ? 710.0 : x;         /* written so that NaN stays */
	x = x < -746.0 ? -746.0 : x;
	double t = x * LOG2_E + SHIFT;
	double k = t - SHIFT;
	double hi = x - k * LN2_HI, lo = k * LN2_LO;   /* hi is exact */
	double r = hi - lo;
	double y = 1.0 + (hi + (r * r * exp_tail(r) - lo));

	/* 2^k in two factors, because k runs from -1077 to 1025 */
	uint64_t e = bits_of(t) - bits_of(SHIFT) + 2046;
	uint64_t half = e >> 1;
	return y * of_bits(half << 52) * of_bits((e - half) << 52);
}

static inline double log_one(double x)
{
	const uint64_t root_half = 0x3fe6a09e667f3bcd;
	double small = x < DBL_MIN ? 0x1p54 : 1.0;
	uint64_t u = bits_of(x * small) - root_half + ((uint64_t)1024 << 52);
	double k = (double)((int)(u >> 52 & 0xfff) - 1024) - (x < DBL_MIN ? 54.0 : 0.0);
	double f = of_bits((u & 0xfffffffffffff) + root_half) - 1.0;
	double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
	double p = 2.0 / 19 + z * (2.0 / 21);

	p = 2.0 / 17 + z * p;
	p = 2.0 / 15 + z * p;
	p = 2.0 / 13 + z * p;
	p = 2.0 / 11 + z * p;
	p = 2.0 / 9 + z * p;
	p = 2.0 / 7 + z * p;
	p = 2.0 / 5 + z * p;
	p = 2.0 / 3 + z * p;
	double y = k * LN2_HI - ((half - (s * (half + z * p) + k * LN2_LO)) - f);
	y = x > 0 ? y : x == 0 ? -INFINITY : NAN;
	return x < INFINITY ? y : x;
}

double m_exp(double x)
{
	return exp_one(x);
}

double m_log(double x)
{
	return log_one(x);
}

double m_log1p(double x)
{
	double u = 1.0 + x;

	if (!(u > 0) || u == INFINITY)
		return m_log(u);
	return m_log(u) + (x - (u - 1.0)) / u;     /* the second term is what 1 + x lost */
}

double m_sqrt(double x)
{
	if (!(x > 0) || x == INFINITY)
		return x < 0 ? NAN : x;
	double down = 1.0;
	if (x < DBL_MIN) {
		x *= 0x1p108;
		down = 0x1p-54;
	}
	uint64_t u = bits_of(x);
	int e = (int)(u >> 52);                    /* x = m 2^(e-1075) */
	u128 m = (u & 0xfffffffffffff) | (uint64_t)1 << 52;
	/* an even power of two left over; the root has 54 bits and no double's root is a tie */
	m <<= e & 1 ? 54 : 55;
	uint64_t root = (uint64_t)isqrt(m);
	root = (root >> 1) + (root & 1);
	int half = (e - (e & 1 ? 1127 : 1128)) / 2;
	return (double)root * of_bits((uint64_t)(half + 1023) << 52) * down;
}

void m_exp_n(const double *in, double *out, size_t n)
{
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		double t[STEP];
		for (int j = 0; j < STEP; j++)
			t[j] = exp_one(in[i + (size_t)j]);
		memcpy(out + i, t, sizeof t);
	}
	for (; i < n; i++)
		out[i] = exp_one(in[i]);
}

void m_log_n(const double *in, double *out, size_t n)
{
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		double t[STEP];
		for (int j = 0; j < STEP; j++)
			t[j] = log_one(in[i + (size_t)j]);
		memcpy(out + i, t, sizeof t);
	}
	for (; i < n; i++)
		out[i] = log_one(in[i]);
}
