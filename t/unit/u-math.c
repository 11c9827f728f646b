/* sums, random numbers, integer roots and quantiles against published or exact values */
#include "math/isqrt.h"
#include "math/quantile.h"
#include "math/rng.h"
#include "math/sum.h"
#include "sets.h"

static void test_sum(void)
{
	struct sum s = { 0 }, t = { 0 };

	sum_add(&s, 1);
	sum_add(&s, 1e100);
	sum_add(&s, 1);
	sum_add(&s, -1e100);
	ok(sum_value(&s) == 2, "1 + 1e100 + 1 - 1e100 = 2");
	for (int i = 0; i < 10000000; i++)
		sum_add(&t, 0.1);
	ok(sum_value(&t) == 1000000.0, "ten million times 0.1");
}

static void test_rng(void)
{
	/* the first numbers of the authors' C programs */
	static const uint64_t split[] = { 6457827717110365317u, 3203168211198807973u,
		9817491932198370423u, 4593380528125082431u, 16408922859458223821u };
	static const uint64_t xo[] = { 11520, 0, 1509978240, 1215971899390074240, 1216172134540287360,
		607988272756665600, 16172922978634559625u, 8476171486693032832, 10595114339597558777u,
		2904607092377533576 };
	uint64_t seed = 1234567, zero = 0;
	struct rng r = { { 1, 2, 3, 4 } };
	bool right = true;

	for (int i = 0; i < 5; i++)
		right = right && splitmix64(&seed) == split[i];
	ok(right && splitmix64(&zero) == 0xe220a8397b1dcdaf, "splitmix64");
	right = true;
	for (int i = 0; i < 10; i++)
		right = right && rng_next(&r) == xo[i];
	ok(right, "xoshiro256**");

	int count[7] = { 0 };
	double low = 1, high = 0;
	rng_seed(&r, 1);
	for (int i = 0; i < 70000; i++) {
		double u = rng_unit(&r);
		count[rng_below(&r, 7)]++;
		low = u < low ? u : low;
		high = u > high ? u : high;
	}
	right = true;
	for (int i = 0; i < 7; i++)
		right = right && count[i] > 9600 && count[i] < 10400;
	ok(right && rng_below(&r, 1) == 0, "rng_below is even");
	ok(low >= 0 && low < 1e-3 && high < 1 && high > 0.999, "rng_unit");
}

static void test_isqrt(void)
{
	struct rng r;
	bool right = isqrt(0) == 0 && isqrt(1) == 1 && isqrt(3) == 1 && isqrt(4) == 2 &&
	             isqrt(~(u128)0) == UINT64_MAX;

	rng_seed(&r, 2);
	for (int i = 0; i < 100000; i++) {
		u128 a = rng_next(&r) >> rng_below(&r, 64);
		right = right && isqrt(a * a) == a && (a == 0 || isqrt(a * a - 1) == a - 1) &&
		        isqrt(a * a + 2 * a) == a;
	}
	ok(right, "isqrt: squares and their neighbours");
}

/* 50-digit arithmetic, rounded to 19; df 0 = normal */
static const struct {
	double p, df, want;
} quantile[] = {
	{ 0.6, 1, 0.324919696232906249 }, { 0.9, 1, 3.077683537175254133 },
	{ 0.975, 1, 12.70620473617469331 }, { 0.9995, 1, 636.6192487687897298 },
	{ 0.6, 2, 0.2886751345948128155 }, { 0.9, 2, 1.885618083164127022 },
	{ 0.975, 2, 4.302652729749461789 }, { 0.9995, 2, 31.59905457644536341 },
	{ 0.6, 3, 0.276670662332689847 }, { 0.9, 3, 1.637744353696210322 },
	{ 0.975, 3, 3.182446305283708436 }, { 0.9995, 3, 12.92397863668796432 },
	{ 0.6, 5, 0.2671808657041450657 }, { 0.9, 5, 1.475884048824481252 },
	{ 0.975, 5, 2.570581835636314783 }, { 0.9995, 5, 6.868826625881275132 },
	{ 0.6, 10, 0.2601848294920801761 }, { 0.9, 10, 1.372183641110335775 },
	{ 0.975, 10, 2.228138851986274225 }, { 0.9995, 10, 4.586893858702707738 },
	{ 0.6, 29, 0.2556836345712560846 }, { 0.9, 29, 1.311433647301551199 },
	{ 0.975, 29, 2.045229642132703875 }, { 0.9995, 29, 3.659405019466374247 },
	{ 0.6, 222, 0.2536509317900219428 }, { 0.9, 222, 1.285376617783304144 },
	{ 0.975, 222, 1.970707395320392232 }, { 0.9995, 222, 3.334889493127655613 },
	{ 0.6, 9999, 0.2533538441198358786 }, { 0.9, 9999, 1.281636238198314041 },
	{ 0.975, 9999, 1.9602012636213573 }, { 0.9995, 9999, 3.291500063300962867 },
	{ 0.975, 100000, 1.959987707534609259 }, { 0.975, 2000000, 1.95996517067637463 },
	{ 0.5001, 0, 0.0002506628300880074924 }, { 0.6, 0, 0.2533471031357997413 },
	{ 0.9, 0, 1.281551565544600593 }, { 0.975, 0, 1.959963984540053856 },
	{ 0.999, 0, 3.090232306167813278 }, { 1e-10, 0, -6.361340902404056199 },
	{ 1e-100, 0, -21.27345356096532429 },
};

static void test_quantile(void)
{
	double most = 0;

	for (size_t i = 0; i < sizeof quantile / sizeof *quantile; i++) {
		double p = quantile[i].p, df = quantile[i].df, want = quantile[i].want;
		double got = df > 0 ? student_quantile(p, df) : normal_quantile(p);
		double d = got / want - 1;
		d = d < 0 ? -d : d;
		if (d > 5e-13)
			printf("# p %g df %g: got %.17g want %.17g\n", p, df, got, want);
		most = d > most ? d : most;
	}
	ok(most <= 5e-13, "quantiles: largest relative error %.2g", most);
	ok(normal_quantile(0.5) == 0 && student_quantile(0.5, 3) == 0, "the median is 0");
	ok(student_quantile(0.25, 7) == -student_quantile(0.75, 7), "symmetric");
	bool back = true;
	for (double df = 0.5; df < 3000; df *= 1.7)
		for (double p = 0.02; p < 1; p += 0.03)
			back = back && near(1 - student_upper(student_quantile(p, df), df), p, 1e-13) &&
			       near(1 - normal_upper(normal_quantile(p)), p, 1e-14);
	ok(back, "quantile and tail are inverse");
}

int main(void)
{
	test_sum();
	test_rng();
	test_isqrt();
	test_quantile();
	return done();
}
