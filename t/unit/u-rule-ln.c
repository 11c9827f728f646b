/* logarithms in integers: against exact ones, against series in long form, and the law of Poisson */
#include "tap.h"

#include "math/explog.h"
#include "math/rng.h"
#include "score/rule-ln.h"

static double as_double(i128 q)
{
	return (double)q / 281474976710656.;    /* 2^48 */
}

/* floor(2^48 ln x + 1/2), from 60 digits */
static void test_exact(void)
{
	static const struct {
		uint64_t x;
		int64_t q48;
	} v[] = {
		{ 2ULL, 195103586505167 }, { 3ULL, 309231868366897 }, { 5ULL, 453016498919635 },
		{ 7ULL, 547725013886373 }, { 10ULL, 648120085424803 }, { 17ULL, 797478660034543 },
		{ 99ULL, 1293411252799307 }, { 10000ULL, 2592480341699211 }, { 2147483648ULL, 6048211181660192 },
		{ 4294967295ULL, 6243314768099823 }, { 4294967296ULL, 6243314768165359 },
		{ 9223372036854775807ULL, 12291525949825551 },
		{ 9223372036854775808ULL, 12291525949825551 }, { 13043817825332782211ULL, 12389077743078135 },
		{ 13043817825332782213ULL, 12389077743078135 },
		{ 18446744073709551615ULL, 12486629536330718 }, { 583ULL, 1792485339967103 },
		{ 55035761621286449ULL, 10849948255092146 },
		{ 17ULL, 797478660034543 }, { 254ULL, 1558621033848160 }, { 531701701925028ULL, 9544001234795245 },
		{ 6938002618007ULL, 8322661974775925 }, { 3076ULL, 2260633998892127 }, { 4416718761ULL, 6251182871309420 },
		{ 15592077283459726ULL, 10494946309971740 }, { 845087558022ULL, 7730064553687497 }, { 3ULL, 309231868366897 },
		{ 285970257ULL, 5480711401839376 }, { 64393593519670ULL, 8949788285589475 }, { 59894481571ULL, 6985040860044795 },
		{ 17633925899948436ULL, 10529585109173344 }, { 1ULL, 0 },
	};
	int64_t worst = 0;

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		int64_t d = rule_ln(v[i].x) - v[i].q48;
		d = d < 0 ? -d : d;
		worst = d > worst ? d : worst;
	}
	/* none of them is so near to halfway that 0.505 could go the other way */
	ok(worst == 0, "logarithms of %zu numbers, rounded to the nearest unit of 2^-48 (off by %ld at most)",
		sizeof v / sizeof *v, (long)worst);
	ok(rule_ln(1) == 0, "ln 1 is 0");
}

/* ln(ab) = ln a + ln b, and the double agrees to its own precision */
static void test_laws(void)
{
	struct rng g;
	int64_t worst = 0;
	double off = 0;
	bool rising = true;

	rng_seed(&g, 5);
	for (int i = 0; i < 200000; i++) {
		uint64_t a = 1 + (rng_next(&g) >> 33 >> rng_below(&g, 31)), b = 1 + (rng_next(&g) >> 33 >> rng_below(&g, 31));
		int64_t d = rule_ln(a * b) - rule_ln(a) - rule_ln(b);
		d = d < 0 ? -d : d;
		worst = d > worst ? d : worst;
		double e = as_double(rule_ln(a)) - m_log((double)a);
		e = e < 0 ? -e : e;
		off = e > off ? e : off;
		rising = rising && rule_ln(a + 1) > rule_ln(a);
	}
	ok(worst <= 1, "ln ab is ln a + ln b to 1 unit (worst %ld): three roundings of 0.505 and an integer", (long)worst);
	ok(off < 1e-14, "within 1e-14 of the double's (%.1e)", off);
	ok(rising, "and it rises");
}

static void test_micro(void)
{
	ok(rule_ln_micro((i128)rule_ln(10) - rule_ln(17)) == -530628 &&
		rule_ln_micro((i128)rule_ln(10) - rule_ln(3)) == 1203973 &&
		rule_ln_micro((i128)rule_ln(95)) == 4553877 && rule_ln_micro((i128)rule_ln(5) - rule_ln(99)) == -2985682,
		"in millionths: the steps and bounds of the default test");
}

static void test_poisson(void)
{
	enum { MOST = 1000 };
	static i128 fact[MOST + 1];
	double worst = 0, sum = 0, term;
	bool zero = true;

	rule_ln_factorials(fact, MOST);
	for (int n = 1; n < 400; n++) {         /* lambda = n/2 and a bit, P(X <= k) summed from the other end */
		double lambda = n / 2. + 1. / 3;
		uint64_t q32 = (uint64_t)(lambda * 4294967296.);
		term = m_exp(-lambda);
		sum = 0;
		for (uint32_t k = 0; k < lambda; k++) {
			sum += term;
			term *= lambda / (k + 1);
			double d = as_double(rule_ln_poisson(q32, k, fact)) - m_log(sum);
			d = d < 0 ? -d : d;
			worst = d > worst ? d : worst;
		}
		zero = zero && rule_ln_poisson(q32, (uint32_t)lambda + 1, fact) == 0;
	}
	ok(worst < 1e-9, "ln P(X <= k) of Poisson's law for means to 200 (worst %.1e)", worst);
	ok(zero, "and 0 from the mean on");
	double far = as_double(rule_ln_poisson((uint64_t)5000 << 32, 0, fact));
	ok(far == -5000, "far below what a double can say: %.1f", far);
}

/* against the sum from the small end, and laws: half of the fair coin's odd counts, all heads */
static void test_binomial(void)
{
	enum { MOST = 300 };
	static i128 fact[MOST + 1];
	static const uint32_t shares[] = { 2147483648u, 2362232012u, 3865470566u, 429496729u };
	double worst = 0;
	bool zero = true;

	rule_ln_factorials(fact, MOST);
	for (uint32_t n = 1; n <= MOST; n += 7)
		for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
			double q = shares[i] / 4294967296., term = m_exp(n * m_log(q)), sum = 0;
			for (uint32_t k = n; k > n * q; k--) {
				sum += term;
				term *= k * (1 - q) / ((n - k + 1) * q);
				double d = as_double(rule_ln_binomial(n, shares[i], k, fact)) - m_log(sum);
				d = d < 0 ? -d : d;
				worst = d > worst ? d : worst;
			}
			zero = zero && rule_ln_binomial(n, shares[i], (uint32_t)(n * q), fact) == 0;
		}
	ok(worst < 1e-9, "ln P(X >= k) of the binomial law for up to %d draws (worst %.1e)", MOST, worst);
	ok(zero, "and 0 down from the mean");
	double half = as_double(rule_ln_binomial(299, 2147483648u, 150, fact)) - m_log(.5);
	ok(half < 1e-9 && half > -1e-9, "of 299 fair coins, 150 or more are heads every other time");
	double all = as_double(rule_ln_binomial(MOST, 2147483648u, MOST, fact)) + MOST * m_log(2);
	ok(all < 1e-9 && all > -1e-9, "%d of %d are with 2^-%d", MOST, MOST, MOST);
}

int main(void)
{
	test_exact();
	test_laws();
	test_micro();
	test_poisson();
	test_binomial();
	return done();
}
