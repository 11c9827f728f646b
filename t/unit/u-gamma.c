/* the gamma function's logarithm and derivative against 50-digit values, and their laws */
#include "math/gamma.h"

#include <math.h>

#include "math/explog.h"
#include "math/rng.h"
#include "tap.h"

static double apart(double got, double want, double least)
{
	double scale = fabs(want) > least ? fabs(want) : least, d = fabs(got - want) / scale;

	return d == d ? d : 1e300;
}

/* Stirling with ten terms after 60 steps, in 60 decimal digits */
static void test_values(void)
{
	static const double v[][3] = {
	{ 0x1.56e1fc2f8f359p-997, 690.7755278982137, -9.999999999999999e+299 },
	{ 0x1.79ca10c924223p-67, 46.051701859880914, -1e+20 },
	{ 0x1.12e0be826d695p-30, 20.723265836369194, -1000000000.5772156 },
	{ 0x1.0000000000000p-10, 6.9309089024194614, -1024.5756104293407 },
	{ 0x1.999999999999ap-4, 2.252712651734206, -10.423754940411076 },
	{ 0x1.0000000000000p-2, 1.2880225246980774, -4.2274535333762655 },
	{ 0x1.fffd60e94ee39p-2, 0.5723845782717032, -1.963559374884885 },
	{ 0x1.0000000000000p-1, 0.5723649429247001, -1.9635100260214235 },
	{ 0x1.8000000000000p-1, 0.20328095143129538, -1.0858608797864722 },
	{ 0x1.ffffe00000000p-1, 5.504765026737053e-07, -0.5772172336339979 },
	{ 0x1.0000000000000p+0, 0, -0.5772156649015329 },
	{ 0x1.0000000400000p+0, -5.375739784311044e-10, -0.5772156633695686 },
	{ 0x1.4000000000000p+0, -0.09827183642181316, -0.22745353337626542 },
	{ 0x1.762d86356be3fp+0, -0.12148629053584961, -9.241265521729427e-17 },
	{ 0x1.7ffffe5280d65p+0, -0.12078224128423795, 0.036489880498352265 },
	{ 0x1.8000000000000p+0, -0.12078223763524522, 0.03648997397857652 },
	{ 0x1.c000000000000p+0, -0.08440112102048555, 0.24747245354686118 },
	{ 0x1.ffffff0000000p+0, -2.5199908964510793e-08, 0.42278429665740047 },
	{ 0x1.0000000000000p+1, 0, 0.42278433509846713 },
	{ 0x1.0000000000800p+1, 3.8452011276491285e-13, 0.4227843350990537 },
	{ 0x1.2000000000000p+1, 0.1248717148923966, 0.5725464666237345 },
	{ 0x1.4000000000000p+1, 0.2846828704729192, 0.7031566406452432 },
	{ 0x1.8000000000000p+1, 0.6931471805599453, 0.9227843350984671 },
	{ 0x1.d99999999999ap+1, 1.428072326665388, 1.1671535393615113 },
	{ 0x1.4000000000000p+2, 3.1780538303479458, 1.5061176684318005 },
	{ 0x1.e000000000000p+2, 7.534364236758733, 1.9467574842460869 },
	{ 0x1.3fae147ae147bp+3, 12.779315214350193, 2.250700372831201 },
	{ 0x1.4000000000000p+3, 12.801827480081469, 2.251752589066721 },
	{ 0x1.7000000000000p+3, 16.292000476567242, 2.3982391295357814 },
	{ 0x1.0800000000000p+5, 81.55795945611504, 3.4812795305349873 },
	{ 0x1.9100000000000p+6, 360.28455963776423, 4.602671243274712 },
	{ 0x1.34a0000000000p+10, 7550.550901077895, 7.118016231827998 },
	{ 0x1.e848000000000p+19, 12815504.569147611, 13.815510057964191 },
	{ 0x1.2a05f20000000p+33, 220258509288.81058, 23.025850929890456 },
	{ 0x1.bc16d674ec800p+59, 4.044653167389282e+19, 41.44653167389282 },
	};
	double most_l = 0, most_d = 0;

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		double l = apart(m_lgamma(v[i][0]), v[i][1], 1e-30), d = apart(m_digamma(v[i][0]), v[i][2], 1);
		if (l > 1e-14 || d > 1e-14)
			printf("# x = %a: lgamma off by %.2g, digamma by %.2g\n", v[i][0], l, d);
		most_l = l > most_l ? l : most_l;
		most_d = d > most_d ? d : most_d;
	}
	ok(most_l <= 1e-14, "lgamma to %.2g", most_l);
	ok(most_d <= 1e-14, "digamma to %.2g", most_d);
}

static void test_laws(void)
{
	struct rng r;
	double step = 0, slope = 0, twice = 0;

	rng_seed(&r, 1);
	for (int i = 0; i < 100000; i++) {
		double x = m_exp(16 * rng_unit(&r) - 6), d;
		d = apart(m_lgamma(x + 1) - m_lgamma(x), m_log(x), fabs(m_lgamma(x)) + 1);
		step = d > step ? d : step;
		d = apart(m_digamma(x + 1) - m_digamma(x), 1 / x, fabs(m_digamma(x)) + 1);
		slope = d > slope ? d : slope;
		/* duplication: Gamma(x) Gamma(x+1/2) = 2^(1-2x) sqrt(pi) Gamma(2x) */
		d = apart(m_lgamma(x) + m_lgamma(x + 0.5),
		          m_lgamma(2 * x) + (1 - 2 * x) * 0.6931471805599453 + 0.5723649429247001,
		          fabs(m_lgamma(2 * x)) + 2 * x + 1);
		twice = d > twice ? d : twice;
	}
	ok(step < 2e-14, "ln Gamma(x+1) - ln Gamma(x) = ln x: %.2g", step);
	ok(slope < 2e-14, "psi(x+1) - psi(x) = 1/x: %.2g", slope);
	ok(twice < 2e-14, "duplication: %.2g", twice);
}

static void test_edges(void)
{
	ok(m_lgamma(1) == 0 && m_lgamma(2) == 0, "zeros are exact");
	ok(m_lgamma(0) == INFINITY && isnan(m_lgamma(-1)) && m_lgamma(INFINITY) == INFINITY && isnan(m_lgamma(NAN)),
	   "lgamma outside");
	ok(m_digamma(0) == -INFINITY && isnan(m_digamma(-1)) && m_digamma(INFINITY) == INFINITY && isnan(m_digamma(NAN)),
	   "digamma outside");
	ok(apart(m_lgamma(5e-324), 744.4400719213812, 1) < 1e-14 && m_digamma(5e-324) == -INFINITY, "smallest double");
}

int main(void)
{
	test_values();
	test_laws();
	test_edges();
	return done();
}
