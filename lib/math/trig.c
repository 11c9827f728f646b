#include "math/trig.h"

#include <stdint.h>

static const double pi = 0x1.921fb54442d18p+1;

/* pi = pi + 1.22e-16: what the double leaves out still counts in the last bit */
static const double pi_low = 0x1.1a62633145c07p-53;

static double sine(double y)
{
	double z = y * y;
	double p = 1.0 / 6227020800 + z * (-1.0 / 1307674368000 + z * (1.0 / 355687428096000));

	p = -1.0 / 39916800 + z * p;
	p = 1.0 / 362880 + z * p;
	p = -1.0 / 5040 + z * p;
	p = 1.0 / 120 + z * p;
	p = -1.0 / 6 + z * p;
	return y + y * z * p;
}

static double cosine(double y)
{
	double z = y * y;
	double p = 1.0 / 479001600 + z * (-1.0 / 87178291200 + z * (1.0 / 20922789888000));

	p = -1.0 / 3628800 + z * p;
	p = 1.0 / 40320 + z * p;
	p = -1.0 / 720 + z * p;
	p = 1.0 / 24 + z * p;
	return 1.0 - (0.5 * z - z * z * p);
}

void m_sincospi(double x, double *s, double *c)
{
	double k = 2.0 * x + 0x1.8p52 - 0x1.8p52;      /* nearest integer to 2x */
	double r = x - 0.5 * k;                        /* exact, |r| <= 1/4 */
	double y = r * pi + r * pi_low;
	double sr = sine(y), cr = cosine(y);

	switch ((unsigned)(int64_t)k & 3) {
	case 0:
		*s = sr;
		*c = cr;
		break;
	case 1:
		*s = cr;
		*c = -sr;
		break;
	case 2:
		*s = -sr;
		*c = -cr;
		break;
	default:
		*s = -cr;
		*c = sr;
	}
}
