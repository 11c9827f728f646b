#include "math/quantile.h"

#include <stdbool.h>

#include "base/err.h"
#include "math/explog.h"

static const double sqrt_2pi = 0x1.40d931ff62706p+1;   /* 2.5066282746310002 */
static const double sqrt_pi = 0x1.c5bf891b4ef6bp+0;    /* 1.7724538509055161 */

static double absolute(double x)
{
	return x < 0 ? -x : x;
}

/* ---- normal ---------------------------------------------------------------- */

static double normal_density(double x)
{
	return m_exp(-0.5 * x * x) / sqrt_2pi;
}

/* Pr(0 < Z < x) by x + x^3/3 + x^5/15 + ...: all terms positive.  A&S 26.2.11 */
static double normal_centre(double x)
{
	double term = x, s = x;

	for (int k = 3; term > s * 0x1p-60; k += 2) {
		term *= x * x / k;
		s += term;
	}
	return s * normal_density(x);
}

/* Pr(Z > x) for x > 0 by the continued fraction of A&S 26.2.14, bottom up */
static double normal_tail(double x)
{
	double f = x;

	for (int k = (int)(20 + 600 / (x * x)); k > 0; k--)
		f = x + k / f;
	return normal_density(x) / f;
}

double normal_upper(double x)
{
	if (x < 0)
		return 1.0 - normal_upper(-x);
	return x < 2.0 ? 0.5 - normal_centre(x) : normal_tail(x);
}

/* x > 0 with tail probability q < 1/2; first a guess good to 4.5e-4, A&S 26.2.23 */
static double normal_solve(double q, double centre)
{
	double t = m_sqrt(-2.0 * m_log(q));
	double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
	               (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));

	for (int i = 0; i < 4; i++) {
		/* near the middle the centre is known better than the tail */
		double miss = centre < 0.4 ? centre - normal_centre(x) : normal_tail(x) - q;
		double step = miss / normal_density(x);
		x += step / (1.0 - 0.5 * x * step);    /* Halley */
		if (x < 0)
			x = 0;
	}
	return x;
}

double normal_quantile(double p)
{
	BUG_ON(!(p > 0 && p < 1));
	if (p == 0.5)
		return 0;
	return p < 0.5 ? -normal_solve(p, 0.5 - p) : normal_solve(1.0 - p, p - 0.5);
}

/* ---- Student --------------------------------------------------------------- */

/* Gamma(a + 1/2) / Gamma(a): the asymptotic series, after stepping a up to where it holds */
static double gamma_ratio(double a)
{
	double down = 1.0;

	for (; a < 64; a += 1)
		down *= a / (a + 0.5);
	double y = 1.0 / a;
	double s = 1.0 + y * (-1.0 / 8 + y * (1.0 / 128 + y * (5.0 / 1024 + y * (-21.0 / 32768 +
	           y * (-399.0 / 262144 + y * (869.0 / 4194304))))));
	return down * m_sqrt(a) * s;
}

/* the continued fraction of the incomplete beta function, modified Lentz; A&S 26.5.8 */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 0x1p-900;
	double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);

	d = 1.0 / (absolute(d) < tiny ? tiny : d);
	double h = d;
	for (int m = 1; m < 100000; m++) {
		double m2 = 2.0 * m;
		double t = m * (b - m) * x / ((a + m2 - 1.0) * (a + m2));
		d = 1.0 + t * d;
		c = 1.0 + t / c;
		d = 1.0 / (absolute(d) < tiny ? tiny : d);
		c = absolute(c) < tiny ? tiny : c;
		h *= d * c;
		t = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1.0));
		d = 1.0 + t * d;
		c = 1.0 + t / c;
		d = 1.0 / (absolute(d) < tiny ? tiny : d);
		c = absolute(c) < tiny ? tiny : c;
		h *= d * c;
		if (absolute(d * c - 1.0) < 0x1p-52)
			break;
	}
	return h;
}

/* x^(df/2) with x = df/(df + t^2); log1p, because x is near 1 for many degrees of freedom */
static double student_power(double t, double df)
{
	return m_exp(-0.5 * df * m_log1p(t * t / df));
}

static double student_density(double t, double df)
{
	double x = df / (df + t * t);

	return gamma_ratio(df / 2) / (m_sqrt(df) * sqrt_pi) * student_power(t, df) * m_sqrt(x);
}

double student_upper(double t, double df)
{
	BUG_ON(!(df > 0));
	if (t < 0)
		return 1.0 - student_upper(-t, df);
	double a = df / 2, x = df / (df + t * t), y = t * t / (df + t * t);
	double front = student_power(t, df) * m_sqrt(y) * gamma_ratio(a) / sqrt_pi;

	if (x < (a + 1.0) / (a + 2.5))
		return 0.5 * front * beta_fraction(a, 0.5, x) / a;
	return 0.5 - front * beta_fraction(0.5, a, y);
}

/* the expansion in 1/df about the normal quantile z; A&S 26.7.5 */
static double student_expand(double z, double df)
{
	double z2 = z * z;
	double g1 = z * (z2 + 1) / 4;
	double g2 = z * (3 + z2 * (16 + z2 * 5)) / 96;
	double g3 = z * (-15 + z2 * (17 + z2 * (19 + z2 * 3))) / 384;
	double g4 = z * (-945 + z2 * (-1920 + z2 * (1482 + z2 * (776 + z2 * 79)))) / 92160;

	return z + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df;
}

/* t > 0 with tail probability q < 1/2: Newton kept inside a bracket */
static double student_solve(double q, double df)
{
	double z = -normal_quantile(q);
	double t = student_expand(z, df), lo = 0, hi = t > 1 ? t : 1;

	if (df > 1e4 && z < 8)
		return t;    /* the next term is below 1e-14, and the fraction has rounding errors */
	while (student_upper(hi, df) > q && hi < 1e300) {
		lo = hi;
		hi *= 2;
	}
	for (int i = 0; i < 200; i++) {
		if (!(t > lo && t < hi))
			t = 0.5 * (lo + hi);
		double miss = student_upper(t, df) - q;
		*(miss > 0 ? &lo : &hi) = t;
		double next = t + miss / student_density(t, df);
		bool there = absolute(next - t) <= 0x1p-51 * t;
		t = next;
		if (there || hi - lo <= 0x1p-52 * hi)
			break;
	}
	return t;
}

double student_quantile(double p, double df)
{
	BUG_ON(!(p > 0 && p < 1 && df > 0));
	if (p == 0.5)
		return 0;
	return p < 0.5 ? -student_solve(p, df) : student_solve(1.0 - p, df);
}

/* ---- F --------------------------------------------------------------------- */

/* log Gamma(z) less its leading part (z - 1/2) log z - z + log(2 pi)/2; A&S 6.1.41 */
static double stirling_rest(double z)
{
	double down = 0;

	for (; z < 20; z += 1)
		down += (z + 0.5) * m_log1p(1.0 / z) - 1.0;
	double y = 1.0 / (z * z);
	return down + (1.0 / 12 + y * (-1.0 / 360 + y * (1.0 / 1260 + y * (-1.0 / 1680 + y * (1.0 / 1188))))) / z;
}

/* x^a (1-x)^b / B(a, b) at x = a f / (a f + b).  The powers are taken of the ratio to
 * the mode, 1 + d/a and 1 - d/b, where the large exponents nearly cancel. */
static double beta_front(double f, double a, double b)
{
	double n = a + b, d = a * b * (f - 1.0) / (a * f + b);
	double power = a * m_log1p(d / a) + b * m_log1p(-d / b);

	return m_sqrt(a / n * b) / sqrt_2pi * m_exp(power + stirling_rest(n) - stirling_rest(a) - stirling_rest(b));
}

double fisher_upper(double f, double df1, double df2)
{
	BUG_ON(!(df1 > 0 && df2 > 0));
	if (!(f > 0))
		return 1.0;
	double a = df1 / 2, b = df2 / 2, x = a * f / (a * f + b), y = b / (a * f + b);
	double front = beta_front(f, a, b);

	if (y < (b + 1.0) / (a + b + 2.0))
		return front * beta_fraction(b, a, y) / b;
	return 1.0 - front * beta_fraction(a, b, x) / a;
}

/* f with Pr(F > f) = q, q <= 1/2 */
static double fisher_solve(double q, double df1, double df2)
{
	double f = 1, lo = 0, hi = 1;

	while (fisher_upper(hi, df1, df2) > q && hi < 1e300) {
		lo = hi;
		hi *= 2;
	}
	f = lo > 0 ? 0.5 * (lo + hi) : 0.5;
	for (int i = 0; i < 400; i++) {
		double miss = fisher_upper(f, df1, df2) - q;
		*(miss > 0 ? &lo : &hi) = f;
		/* the derivative by log f is -front */
		double next = f * m_exp(miss / beta_front(f, df1 / 2, df2 / 2));
		if (!(next > lo && next < hi))
			next = lo > 0 && hi > 4 * lo ? m_sqrt(lo) * m_sqrt(hi) : 0.5 * (lo + hi);
		bool there = absolute(next - f) <= 0x1p-51 * f;
		f = next;
		if (there || hi - lo <= 0x1p-52 * hi)
			break;
	}
	return f;
}

double fisher_quantile(double p, double df1, double df2)
{
	BUG_ON(!(p > 0 && p < 1 && df1 > 0 && df2 > 0));
	/* 1/F has the degrees of freedom exchanged */
	return p < 0.5 ? 1.0 / fisher_solve(p, df2, df1) : fisher_solve(1.0 - p, df1, df2);
}
