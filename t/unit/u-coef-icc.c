/* intraclass correlations, and what they need: the F distribution, angles, exact sums */
#include "agree/icc.h"

#include "math/exact.h"
#include "math/explog.h"
#include "math/quantile.h"
#include "math/rng.h"
#include "math/trig.h"
#include "sets.h"

#define N_OF(a) (sizeof(a) / sizeof *(a))

/* within tol of want, relative to want */
static bool close_to(double got, double want, double tol)
{
	double d = got - want, scale = want < 0 ? -want : want;

	return (d < 0 ? -d : d) <= tol * scale;
}

/* 20 digits by the hypergeometric series in 40-digit arithmetic, for the double nearest to p or f */
static void test_fisher(void)
{
	static const struct { double p, df1, df2, f; } quantile[] = {
		{ 0.975, 11, 29, 2.4751841360757897082 },
		{ 0.975, 29, 11, 3.1252691933813667083 },
		{ 0.025, 5, 18, 0.15718616136624451064 },
		{ 0.95, 1, 1, 161.44763879758820773 },
		{ 0.975, 5, 15, 3.5764153492790610765 },
		{ 0.975, 14, 43, 2.1874773646762969802 },
		{ 0.5, 3, 7, 0.87094425318728475576 },
		{ 0.975, 2, 500, 3.716229473024962162 },
		{ 0.995, 0.5, 3.25, 54.482842152446450709 },
		{ 0.975, 1000, 20, 2.094071596104043624 },
		{ 0.975, 5000, 4000, 1.0606733149567607189 },
		{ 0.9, 7.3, 2.9, 5.471258452390390262 },
		{ 0.999, 1, 4, 74.137293322302411096 },
		{ 0.975, 1, 2, 38.506329113924015111 },
		{ 0.001, 4, 9, 0.020629398259095427186 },
	};
	static const struct { double f, df1, df2, q; } upper[] = {
		{ 1, 3, 7, 0.44707961346848355948 },
		{ 10, 3, 7, 0.0063316035066240422129 },
		{ 100, 5, 15, 5.6768039044558790317e-11 },
		{ 0.1, 5, 15, 0.99061938527620580096 },
		{ 1.05, 1000, 2000, 0.18430154863827191143 },
		{ 10000, 1, 1, 0.0063659855298165102982 },
		{ 3, 0.5, 40, 0.10461910751931986005 },
	};
	bool right = true;

	for (size_t i = 0; i < N_OF(quantile); i++) {
		double f = fisher_quantile(quantile[i].p, quantile[i].df1, quantile[i].df2);
		if (!close_to(f, quantile[i].f, 1e-12)) {
			printf("# quantile %zu: %.17g, want %.17g\n", i, f, quantile[i].f);
			right = false;
		}
	}
	ok(right, "F quantiles to 1e-12");
	right = true;
	for (size_t i = 0; i < N_OF(upper); i++)
		right = right && close_to(fisher_upper(upper[i].f, upper[i].df1, upper[i].df2), upper[i].q, 1e-12);
	ok(right && fisher_upper(0, 3, 4) == 1, "F tail probabilities to 1e-12");

	double t = student_quantile(0.975, 17);
	ok(close_to(fisher_quantile(0.95, 1, 17), t * t, 1e-12), "F with 1 degree of freedom is t squared");
	/* Pr(F > f) = (1 + 2 f / d)^(-d/2) for 2 degrees of freedom above */
	ok(close_to(fisher_upper(1.5, 2, 2e6), m_exp(-1e6 * m_log1p(1.5e-6)), 1e-9), "two million degrees of freedom");
	right = true;
	for (double d = 1; d < 3000; d *= 3)
		for (double e = 1; e < 3000; e *= 3)
			for (double p = 0.001; p < 1; p += 0.0831)
				right = right && close_to(fisher_upper(fisher_quantile(p, d, e), d, e), 1 - p, 1e-11);
	ok(right, "F: there and back");
}

static void test_trig(void)
{
	static const struct { double x, s, c; } want[] = {
		{ 0, 0, 1 }, { 0.5, 1, 0 }, { 1, 0, -1 }, { -1.5, 1, 0 }, { 1e6, 0, 1 }, { 0.25, 0.70710678118654752440, 0.70710678118654752440 },
		{ 1.0 / 8, 0.38268343236508977173, 0.92387953251128675613 }, { 3.0 / 8, 0.92387953251128675613, 0.38268343236508977173 },
		{ -1.0 / 8, -0.38268343236508977173, 0.92387953251128675613 }, { 1.125, -0.38268343236508977173, -0.92387953251128675613 },
	};
	bool right = true;
	struct rng g;

	for (size_t i = 0; i < N_OF(want); i++) {
		double s, c;
		m_sincospi(want[i].x, &s, &c);
		right = right && near(s, want[i].s, 2.3e-16) && near(c, want[i].c, 2.3e-16);
	}
	rng_seed(&g, 1);
	for (int i = 0; i < 10000; i++) {
		double x = rng_unit(&g) * 8 - 4, y = rng_unit(&g) * 8 - 4, s, c, t, d, a, b;
		m_sincospi(x, &s, &c);
		m_sincospi(y, &t, &d);
		m_sincospi(x + y, &a, &b);
		right = right && near(s * s + c * c, 1, 1e-15) && near(a, s * d + c * t, 4e-15) && near(b, c * d - s * t, 4e-15);
	}
	ok(right, "sine and cosine");
}

static void test_exact(void)
{
	enum { N = 1000 };
	static double v[N];
	struct exact a = { 0 }, b = { 0 }, c = { 0 };
	struct rng g;

	exact_add(&a, 1e308);
	exact_add(&a, 1);
	exact_add(&a, -1e308);
	exact_add(&a, 0x1p-1074);
	exact_add(&a, -1);
	ok(exact_value(&a) == 0x1p-1074, "exact: nothing is lost between 1e308 and the smallest number");
	rng_seed(&g, 2);
	for (int i = 0; i < N; i++)
		v[i] = (rng_unit(&g) - 0.5) * m_exp((double)rng_below(&g, 200) - 100);
	a = (struct exact){ 0 };
	for (int i = 0; i < N; i++)
		exact_add(&a, v[i]);
	for (int i = N; i-- > 0; )
		exact_add(i % 3 ? &b : &c, v[i]);
	exact_join(&b, &c);
	ok(exact_value(&a) == exact_value(&b), "exact: any order, any parts");
	for (int i = 0; i < N; i++)
		exact_add(&a, -v[i]);
	ok(exact_value(&a) == 0, "exact: all taken away again");
	a = (struct exact){ 0 };
	exact_add(&a, 1);
	exact_add(&a, 0x1p-53);
	bool even = exact_value(&a) == 1;
	exact_add(&a, 0x1p-900);
	ok(even && exact_value(&a) == 1 + 0x1p-52, "exact: ties to even, and any rest breaks a tie");
	exact_add(&a, -3);
	ok(exact_value(&a) == -2 + 0x1p-52, "exact: negative");
}

/* Shrout & Fleiss (1979), table 2: 6 targets, 4 judges; their coefficients to two digits, limits as
 * R's psych prints them to three */
static const int targets[6][4] = { { 9, 2, 5, 8 }, { 6, 1, 3, 2 }, { 8, 4, 6, 8 }, { 7, 1, 2, 6 }, { 10, 5, 6, 9 }, { 6, 2, 4, 7 } };

static void load_targets(struct labels *l, double *x, double a, double b)
{
	*l = (struct labels){ 0 };
	for (uint32_t t = 0; t < 6; t++)
		for (uint32_t w = 0; w < 4; w++)
			labels_add(l, t, w, (uint32_t)targets[t][w]);
	for (size_t c = 0; c < l->n_classes; c++)
		x[c] = a + b * (double)c;
	labels_group(l, false);
}

static void test_shrout(void)
{
	static const struct { enum icc_kind k; double value, low, high; } want[] = {
		{ ICC_1_1, 0.17, -0.133, 0.723 }, { ICC_2_1, 0.29, 0.019, 0.761 }, { ICC_3_1, 0.71, 0.342, 0.946 },
		{ ICC_1_K, 0.44, -0.884, 0.912 }, { ICC_2_K, 0.62, 0.071, 0.927 }, { ICC_3_K, 0.91, 0.676, 0.986 },
	};
	struct icc c[N_ICCS], d[N_ICCS];
	struct labels l;
	struct units u;
	double x[16];
	bool same = true;

	load_targets(&l, x, 0, 1);
	units_init(&u, &l, x);
	icc_estimate(&u, 0.95, c);
	for (size_t i = 0; i < N_OF(want); i++) {
		const struct icc *g = &c[want[i].k];
		ok(near(g->value, want[i].value, 0.005) && near(g->low, want[i].low, 0.001) && near(g->high, want[i].high, 0.001),
		   "Shrout & Fleiss: %s = %.3f (%.3f to %.3f)", icc_name(want[i].k), g->value, g->low, g->high);
	}
	ok(near(c[ICC_1_1].f, 1.79, 0.01) && near(c[ICC_3_1].f, 11.03, 0.01) && c[ICC_1_1].df2 == 18 && c[ICC_3_1].df2 == 15 &&
	   c[ICC_1_1].k == 4 && c[ICC_1_1].exact && c[ICC_3_K].exact && !c[ICC_2_1].exact, "their F");
	units_release(&u);
	for (size_t i = 0; i < l.n_classes; i++)
		x[i] = 1e6 - 0.125 * (double)i;
	units_init(&u, &l, x);
	icc_estimate(&u, 0.95, d);
	for (int i = 0; i < N_ICCS; i++)
		same = same && near(d[i].value, c[i].value, 1e-12) && near(d[i].low, c[i].low, 1e-10);
	ok(same, "a + b x changes nothing");
	units_release(&u);
	labels_release(&l);
}

static bool none(const struct icc *c, int from, enum coef_status s)
{
	bool right = true;

	for (int i = from; i < N_ICCS; i++)
		right = right && c[i].status == s && c[i].interval_status == s && c[i].value == 0 && *c[i].why && *c[i].interval_why;
	return right;
}

static void test_degenerate(void)
{
	static const double x[] = { 1, 2, 3, 4 };
	struct icc c[N_ICCS];
	struct labels l = { 0 };
	struct units u;

	for (uint32_t t = 0; t < 3; t++)
		for (uint32_t w = 0; w < 2; w++)
			labels_add(&l, t, w, t);
	labels_group(&l, false);
	units_init(&u, &l, x);
	icc_estimate(&u, 0.95, c);
	bool right = true;
	for (int i = 0; i < N_ICCS; i++)
		right = right && c[i].status == COEF_OK && c[i].value == 1 && c[i].low == 1 && c[i].high == 1 && !c[i].has_f;
	ok(right, "perfect agreement: 1, and no F");
	units_release(&u);
	units_init(&u, &l, NULL);
	icc_estimate(&u, 0.95, c);
	ok(none(c, 0, COEF_NO_VALUES), "no values");
	units_release(&u);
	labels_release(&l);

	l = (struct labels){ 0 };
	for (uint32_t t = 0; t < 3; t++)
		for (uint32_t w = 0; w < 2; w++)
			labels_add(&l, t, w, w);
	labels_group(&l, false);
	units_init(&u, &l, x);
	icc_estimate(&u, 0.95, c);
	ok(c[ICC_1_1].value == -1 && c[ICC_1_K].status == COEF_NO_SPREAD && c[ICC_1_1].interval_status == COEF_NO_SPREAD,
	   "tasks do not differ: (1,1) = -1 without an interval, (1,k) undefined");
	right = true;
	for (int i = 0; i < N_ICCS; i++)
		right = right && c[i].value - c[i].value == 0 && c[i].low - c[i].low == 0 && c[i].high - c[i].high == 0;
	ok(right, "nor is anything a NaN");
	units_release(&u);
	labels_release(&l);

	l = (struct labels){ 0 };
	labels_add(&l, 0, 0, 1);
	labels_add(&l, 0, 1, 2);
	labels_add(&l, 1, 0, 1);
	labels_add(&l, 1, 2, 3);
	labels_group(&l, false);
	units_init(&u, &l, x);
	icc_estimate(&u, 0.95, c);
	ok(c[ICC_1_1].status == COEF_OK && none(c, ICC_2_1, COEF_NOT_COMPLETE), "a block with holes has no (2,.) and (3,.)");
	units_release(&u);
	labels_release(&l);

	l = (struct labels){ 0 };
	labels_add(&l, 0, 0, 1);
	labels_add(&l, 1, 0, 2);
	labels_group(&l, false);
	units_init(&u, &l, x);
	icc_estimate(&u, 0.95, c);
	ok(none(c, 0, COEF_NO_PAIRS), "no task has two labels");
	units_release(&u);
	labels_release(&l);
}

int main(void)
{
	enum icc_kind k;

	test_fisher();
	test_trig();
	test_exact();
	test_shrout();
	test_degenerate();
	ok(icc_by_name(STR("icc_2_k"), &k) && k == ICC_2_K && !icc_by_name(STR("icc"), &k), "names");
	return done();
}
