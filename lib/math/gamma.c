#include "math/gamma.h"

#include <math.h>
#include <stddef.h>

#include "math/explog.h"

static const double half_log_2pi = 0x1.d67f1c864beb5p-1;
static const double one_less_euler = 0x1.b0ee6072093cep-2;    /* 1 - 0.5772... */

/* ln Gamma(2 + z), |z| <= 1/2: (1 - euler) z + sum over k >= 2 of (-1)^k (zeta(k) - 1) z^k / k */
static double near_two(double z)
{
	static const double a[] = {
		0x1.4a34cc4a60fa6p-2, -0x1.13e001a557607p-4, 0x1.51322ac7d8483p-6, -0x1.e404fc218f5f2p-8,
		0x1.7add6eadb6c30p-9, -0x1.38ac5c2bf8e08p-10, 0x1.0b36af86396e9p-11, -0x1.d3fd4c76d2fc8p-13,
		0x1.a127b0f17d65ap-14, -0x1.78de5bd7c81efp-15, 0x1.580dcee66eb02p-16, -0x1.3cbc963ce2243p-17,
		0x1.2597a39f34aacp-18, -0x1.11b2eb7679541p-19, 0x1.0064cdeb22f0fp-20, -0x1.e2600d93cfd2fp-22,
		0x1.c76bbb3f07a4dp-23, -0x1.af5a6cbbf8a97p-24, 0x1.99b93c2070b0fp-25, -0x1.862c734df3eacp-26,
		0x1.7469daccfadcdp-27, -0x1.6434a8447aeadp-28, 0x1.555a877ffd2c3p-29, -0x1.47b1679258d0ep-30
	};
	/* even and odd powers apart: two short chains instead of a long one */
	double z2 = z * z, even = a[22], odd = a[23];

	for (size_t k = 22; k > 0; k -= 2) {
		even = a[k - 2] + z2 * even;
		odd = a[k - 1] + z2 * odd;
	}
	return z * (one_less_euler + z * (even + z * odd));
}

/* ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi)/2), x >= 10; the next term is below 4e-17 */
static double stirling_tail(double x)
{
	double y = 1.0 / x, y2 = y * y;

	return y * (1.0 / 12 + y2 * (-1.0 / 360 + y2 * (1.0 / 1260 + y2 * (-1.0 / 1680 +
	       y2 * (1.0 / 1188 + y2 * (-691.0 / 360360 + y2 * (1.0 / 156)))))));
}

double m_lgamma(double x)
{
	double product = 1.0;

	if (!(x > 0))
		return x == 0 ? INFINITY : NAN;
	if (x >= 1e300)
		return x == INFINITY ? x : x * (m_log(x) - 1.0);
	if (x >= 10)
		return (x - 0.5) * m_log(x) - x + half_log_2pi + stirling_tail(x);
	if (x < 0.5)
		return near_two(x) - m_log1p(x) - m_log(x);
	if (x < 1.5)
		return near_two(x - 1.0) - m_log1p(x - 1.0);
	if (x < 2.5)
		return near_two(x - 2.0);
	while (x >= 2.5) {
		x -= 1.0;
		product *= x;
	}
	return near_two(x - 2.0) + m_log(product);
}

double m_digamma(double x)
{
	double num = 0.0, den = 1.0;    /* sum of 1/(x+k) = num/den */

	if (!(x > 0))
		return x == 0 ? -INFINITY : NAN;
	if (x < 1e-20)
		return -1.0 / x;
	for (; x < 10; x += 1.0) {
		num = num * x + den;
		den *= x;
	}
	double y = 1.0 / x, y2 = y * y;
	double s = y2 * (1.0 / 12 + y2 * (-1.0 / 120 + y2 * (1.0 / 252 + y2 * (-1.0 / 240 +
	           y2 * (1.0 / 132 + y2 * (-691.0 / 32760 + y2 * (1.0 / 12)))))));
	return m_log(x) - 0.5 * y - s - num / den;
}
