/* exp, log, sqrt against long double series written here, and the same bits everywhere */
#include "math/explog.h"

#include <float.h>
#include <math.h>

#include "math/isqrt.h"
#include "math/rng.h"
#include "tap.h"

/* ln 2 in two parts: the first has 37 bits, so that k times it is exact in long double */
static const long double ln2_hi = 0x1.62e42fefap-1L, ln2_lo = 0x1.cf79abc9e3b39803f2f7p-40L;

enum { POINTS = 4000000 };

static long double power2(long double x, int k)
{
	for (; k > 0; k--)
		x *= 2;
	for (; k < 0; k++)
		x /= 2;
	return x;
}

static long double slow_exp(double x)
{
	int k = (int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
	long double r = (x - k * ln2_hi) - k * ln2_lo, term = 1, s = 0;

	for (int i = 1; i < 30; i++) {
		s += term;
		term *= r / i;
	}
	return power2(s, k);
}

static long double slow_log(double x)
{
	int k = 0;
	long double m = x;

	for (; m > 1.5L; k++)
		m /= 2;
	for (; m < 0.75L; k--)
		m *= 2;
	long double s = (m - 1) / (m + 1), z = s * s, term = s, sum = 0;
	for (int i = 1; i < 80; i += 2) {
		sum += term / i;
		term *= z;
	}
	return k * ln2_hi + (k * ln2_lo + 2 * sum);
}

/* the distance of doubles where y lies */
static double ulp_of(long double y)
{
	double d = (double)(y < 0 ? -y : y);
	uint64_t u;

	memcpy(&u, &d, sizeof u);
	int e = (int)(u >> 52);
	return (double)power2(1, (e ? e : 1) - 1075);
}

static double ulps(double got, long double want)
{
	long double d = (got - want) / ulp_of(want);

	return (double)(d < 0 ? -d : d);
}

/* points that try every range: wide, near 0, and what EM asks for */
static double exp_point(struct rng *r, int i)
{
	switch (i % 4) {
	case 0: return -745 + rng_unit(r) * 1454;
	case 1: return rng_unit(r) * 4 - 2;
	case 2: return (rng_unit(r) - 0.5) * 1e-3;
	default: return -50 * rng_unit(r);
	}
}

static double log_point(struct rng *r, int i)
{
	double x;

	if (i % 4 == 0)
		return 0.5 + 1.5 * rng_unit(r);
	if (i % 4 == 1)
		return 1 + (rng_unit(r) - 0.5) * 1e-3;
	if (i % 4 == 2)
		return rng_unit(r) + 0x1p-60;
	uint64_t u = rng_below(r, 0x7ff0000000000000);    /* every exponent, subnormals too */
	memcpy(&x, &u, sizeof x);
	return x > 0 ? x : 1;
}

static void test_ulp(void)
{
	struct rng r;
	double e_most = 0, l_most = 0, p_most = 0;

	rng_seed(&r, 7);
	for (int i = 0; i < POINTS; i++) {
		double x = exp_point(&r, i), d = ulps(m_exp(x), slow_exp(x));
		e_most = d > e_most ? d : e_most;
	}
	ok(e_most <= 0.92, "exp: largest error %.4f ulp in %d points", e_most, POINTS);
	for (int i = 0; i < POINTS; i++) {
		double x = log_point(&r, i);
		long double want = slow_log(x);
		double d = x == 1 ? 0 : ulps(m_log(x), want);
		l_most = d > l_most ? d : l_most;
	}
	ok(l_most <= 0.85, "log: largest error %.4f ulp in %d points", l_most, POINTS);
	for (int i = 0; i < 100000; i++) {
		double x = (double)power2(1 + rng_unit(&r), -(int)rng_below(&r, 60));
		long double s = x / (2.0L + x), z = s * s, term = s, want = 0;
		for (int k = 1; k < 120; k += 2, term *= z)
			want += 2 * term / k;
		double d = ulps(m_log1p(x), want);
		p_most = d > p_most ? d : p_most;
	}
	ok(p_most <= 2, "log1p: largest error %.4f ulp", p_most);
}

/* root is right when x lies between the squares of the two midpoints around it, in
 * integers: the unit is half an ulp of the root, squared */
static bool right_root(double x, double root)
{
	u128 m, a;
	uint64_t ux, ur;
	memcpy(&ux, &x, sizeof ux);
	memcpy(&ur, &root, sizeof ur);
	int ex = (int)(ux >> 52) - 1075, er = (int)(ur >> 52) - 1075;
	m = (ux & 0xfffffffffffff) | (uint64_t)1 << 52;
	a = (ur & 0xfffffffffffff) | (uint64_t)1 << 52;
	m <<= ex - 2 * er + 2;
	return (2 * a - 1) * (2 * a - 1) < m && m < (2 * a + 1) * (2 * a + 1);
}

static void test_sqrt(void)
{
	struct rng r;
	bool right = true;

	rng_seed(&r, 8);
	for (int i = 0; i < 100000; i++) {
		uint64_t u = 0x0010000000000000 + rng_below(&r, 0x7fe0000000000000);
		double x;
		memcpy(&x, &u, sizeof x);
		right = right && right_root(x, m_sqrt(x));
	}
	ok(right, "sqrt: correctly rounded");
	ok(m_sqrt(4) == 2 && m_sqrt(0x1p-1074) == 0x1p-537 && m_sqrt(0x1p-1060) == 0x1p-530 &&
	   m_sqrt(0) == 0 && m_sqrt(INFINITY) == INFINITY && isnan(m_sqrt(-1)) && isnan(m_sqrt(NAN)),
	   "sqrt: special values");
}

static void test_special(void)
{
	ok(m_exp(0) == 1 && m_exp(-0.0) == 1 && m_exp(INFINITY) == INFINITY && m_exp(-INFINITY) == 0 &&
	   isnan(m_exp(NAN)), "exp: 0, infinities, NaN");
	ok(m_exp(709.782712893384) < INFINITY && m_exp(709.7827128933841) == INFINITY &&
	   m_exp(1e300) == INFINITY, "exp: overflow where it should be");
	ok(m_exp(-745.1332191019411) == 0x1p-1074 && m_exp(-745.1332191019412) == 0 && m_exp(-1e300) == 0,
	   "exp: underflow where it should be");
	ok(m_log(1) == 0 && m_log(0) == -INFINITY && m_log(-0.0) == -INFINITY && m_log(INFINITY) == INFINITY &&
	   isnan(m_log(-1)) && isnan(m_log(-INFINITY)) && isnan(m_log(NAN)), "log: 1, 0, infinity, NaN");
	ok(m_log(0x1p-1074) == -0x1.74385446d71c3p+9 && m_log(DBL_MAX) == 0x1.62e42fefa39efp+9,
	   "log: the smallest and the largest");
	ok(m_log1p(0) == 0 && m_log1p(-1) == -INFINITY && isnan(m_log1p(-2)) && m_log1p(INFINITY) == INFINITY &&
	   m_log1p(1e-300) == 1e-300, "log1p: special values");
}

/* FNV-1a over the bits of many results: a compiler or machine that differs anywhere shows */
static uint64_t fold(uint64_t h, double x)
{
	uint64_t u;

	memcpy(&u, &x, sizeof u);
	for (int i = 0; i < 64; i += 8)
		h = (h ^ (u >> i & 0xff)) * 0x100000001b3;
	return h;
}

static void test_bits(void)
{
	enum { N = 200003 };
	double *in = malloc(N * sizeof *in), *out = malloc(N * sizeof *out);
	uint64_t h = 0xcbf29ce484222325;
	bool same = true;
	struct rng r;

	rng_seed(&r, 9);
	for (int i = 0; i < N; i++)
		in[i] = i % 1000 == 999 ? -2000 : exp_point(&r, i);
	m_exp_n(in, out, N);
	for (int i = 0; i < N; i++) {
		double one = m_exp(in[i]);
		same = same && memcmp(&one, &out[i], sizeof one) == 0;
		h = fold(h, one);
		in[i] = log_point(&r, i);
	}
	memcpy(out, in, N * sizeof *in);
	m_log_n(out, out, N);                  /* in place */
	for (int i = 0; i < N; i++) {
		double one = m_log(in[i]);
		same = same && memcmp(&one, &out[i], sizeof one) == 0;
		h = fold(h, one);
	}
	ok(same, "array forms give the bits of the scalar ones");
	if (!ok(h == 0x06d3e47b3657d576, "the same bits as everywhere"))
		printf("# hash %llx\n", (unsigned long long)h);
	free(in);
	free(out);
}

int main(void)
{
	if (LDBL_MANT_DIG >= 64)
		test_ulp();
	test_sqrt();
	test_special();
	test_bits();
	return done();
}
