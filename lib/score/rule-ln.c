#include "score/rule-ln.h"

#include "base/err.h"
#include "math/isqrt.h"

static const int64_t ln2_q62 = 3196577161300663915;
static const uint64_t sqrt2_q63 = 13043817825332782212u;

/* floor(a 2^-n) for either sign: a shift of a negative number is not defined everywhere */
static int64_t down(i128 a, unsigned n)
{
	i128 one = (i128)1 << n;
	i128 q = a / one;

	return (int64_t)(q - (a % one < 0));
}

int64_t rule_ln(uint64_t x)
{
	BUG_ON(x == 0);
	int zeros = __builtin_clzll(x), e = 63 - zeros;
	uint64_t u = x << zeros;        /* Q63, in [1, 2) */
	i128 num, den;

	if (u < sqrt2_q63) {
		num = (i128)u - ((i128)1 << 63);
		den = (i128)u + ((i128)1 << 63);
	} else {                        /* half of it, in units of 2^-64 */
		num = (i128)u - ((i128)1 << 64);
		den = (i128)u + ((i128)1 << 64);
		e++;
	}
	int64_t z = (int64_t)(num * ((i128)1 << 62) / den);
	int64_t z2 = down((i128)z * z, 62), power = z;
	i128 sum = 0;
	for (int k = 1; k <= 23; k += 2) {
		sum += power / k;
		power = down((i128)power * z2, 62);
	}
	return down(2 * sum + (i128)e * ln2_q62 + (1 << 13), 14);
}

int64_t rule_ln_micro(i128 q)
{
	return down(q * 1000000 + ((i128)1 << (RULE_LN_BITS - 1)), RULE_LN_BITS);
}

void rule_ln_factorials(i128 *fact, uint32_t n)
{
	fact[0] = 0;
	for (uint32_t x = 1; x <= n; x++)
		fact[x] = fact[x - 1] + rule_ln(x);
}

i128 rule_ln_poisson(uint64_t lambda, uint32_t k, const i128 *fact)
{
	const int64_t ln_two32 = rule_ln((uint64_t)1 << 32);
	u128 r = (u128)1 << 56, sum = r;

	if ((u128)k << 32 >= lambda)
		return 0;
	for (uint32_t x = k; x > 0 && r > 0; x--) {
		r = r * x * ((u128)1 << 32) / lambda;
		sum += r;
	}
	/* lambda 2^16 in place of lambda 2^-32, whose logarithm needs 2^48 */
	i128 mean = (i128)((u128)lambda << 16);
	i128 p = -mean + (i128)k * (rule_ln(lambda) - ln_two32) - fact[k];
	p += rule_ln((uint64_t)(sum >> 24)) - ln_two32;
	return p < 0 ? p : 0;
}

i128 rule_ln_binomial(uint32_t n, uint32_t share, uint32_t k, const i128 *fact)
{
	const uint64_t one = (uint64_t)1 << 32, rest = one - share;
	const int64_t ln_one = rule_ln(one);
	u128 r = (u128)1 << 56, sum = r;

	BUG_ON(share == 0 || k > n);
	if ((u128)k << 32 <= (u128)n * share)
		return 0;
	for (uint32_t x = k; x < n && r > 0; x++) {
		r = r * (n - x) * share / ((u128)(x + 1) * rest);
		sum += r;
	}
	i128 p = fact[n] - fact[k] - fact[n - k];
	p += (i128)k * (rule_ln(share) - ln_one) + (i128)(n - k) * (rule_ln(rest) - ln_one);
	p += rule_ln((uint64_t)(sum >> 24)) - ln_one;
	return p < 0 ? p : 0;
}
