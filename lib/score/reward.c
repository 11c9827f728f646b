#include "score/reward.h"

enum { MICRO = 1000000 };

static const uint64_t two32 = (uint64_t)1 << 32;
static const uint64_t two53 = (uint64_t)1 << 53;

static bool below(u128 x, unsigned bits)
{
	return x >> bits == 0;
}

static u128 ceil_sqrt(u128 v)
{
	u128 r = isqrt(v);

	return r + (r * r < v);
}

/* The lower root of (n S + z2) p^2 - (2 k S + z2) p + k^2 S/n = 0, S = 10^6.  The
 * discriminant is rounded up twice, so the bound down.  False on overflow. */
static bool wilson(u128 k, u128 n, u128 z2, uint32_t *out)
{
	u128 d, r;

	if (n == 0) {
		*out = 0;
		return true;
	}
	if (__builtin_mul_overflow(4 * (u128)MICRO * k, n - k, &d) ||
	    __builtin_add_overflow(d, z2 * n, &d) || __builtin_mul_overflow(d, z2, &d))
		return false;
	u128 root = ceil_sqrt(d / n + (d % n != 0));
	u128 a = 2 * k * MICRO + z2;
	if (a <= root)
		r = 0;
	else
		r = (a - root) * REWARD_ONE / (2 * (n * MICRO + z2));
	*out = (uint32_t)r;
	return true;
}

bool reward_wilson_lb_bp(uint64_t k, uint64_t n, uint32_t z2, uint32_t *out)
{
	if (k > n || n >= two32 || z2 == 0 || z2 >> 24)
		return false;
	return wilson(k, n, z2, out);
}

bool reward_wilson_credit_lb_bp(uint64_t credit_bp, uint64_t n, uint32_t z2, uint32_t *out)
{
	if (n >> 23 || credit_bp > n * REWARD_ONE || z2 == 0 || z2 >> 24)
		return false;
	return wilson(credit_bp, n * REWARD_ONE, (u128)z2 * REWARD_ONE, out);
}

bool reward_beta_mean_bp(uint64_t k, uint64_t n, uint64_t a, uint64_t b, uint32_t *out)
{
	if (k > n || n >= two32 || a >= two32 || b >= two32 || n + a + b == 0)
		return false;
	*out = (uint32_t)((k + a) * REWARD_ONE / (n + a + b));
	return true;
}

bool reward_linear_bp(uint32_t q, uint32_t lo, uint32_t hi, uint32_t m0, uint32_t m1, uint32_t *out)
{
	if (lo > hi || m0 > m1)
		return false;
	if (q < lo)
		*out = 0;
	else if (q >= hi)
		*out = m1;
	else
		*out = m0 + (uint32_t)((uint64_t)(m1 - m0) * (q - lo) / (hi - lo));
	return true;
}

bool reward_step_bp(uint32_t q, const struct reward_step *step, size_t n_steps, uint32_t *out)
{
	uint32_t mult = 0;

	for (size_t i = 1; i < n_steps; i++)
		if (step[i - 1].at >= step[i].at)
			return false;
	for (size_t i = 0; i < n_steps && step[i].at <= q; i++)
		mult = step[i].mult;
	*out = mult;
	return true;
}

bool reward_pay(u128 price, uint32_t units, uint32_t mult_bp, u128 *out)
{
	if (!below(price, 88) || !below(units, 24) || !below(mult_bp, 15))
		return false;
	*out = price * units * mult_bp / REWARD_ONE;
	return true;
}

bool reward_pay2(u128 price, uint32_t units, uint32_t m1_bp, uint32_t m2_bp, u128 *out)
{
	if (!below(price, 72) || !below(units, 24) || !below(m1_bp, 15) || !below(m2_bp, 15))
		return false;
	*out = price * units * m1_bp * m2_bp / ((u128)REWARD_ONE * REWARD_ONE);
	return true;
}

bool reward_pay4(uint64_t rate, uint32_t units, const uint32_t mult_bp[4], u128 *out)
{
	if (!below(rate, 40) || !below(units, 24))
		return false;
	u128 r = (u128)rate * units;
	for (int i = 0; i < 4; i++) {
		if (!below(mult_bp[i], 15))
			return false;
		r *= mult_bp[i];
	}
	*out = r / ((u128)REWARD_ONE * REWARD_ONE * REWARD_ONE * REWARD_ONE);
	return true;
}

bool reward_prop(u128 budget, const uint32_t *w, size_t n, u128 *out, u128 *dust)
{
	u128 total = 0, left = budget;

	for (size_t i = 0; i < n; i++)
		total += w[i];
	if (!below(budget, 96) || total == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		out[i] = budget * w[i] / total;
		left -= out[i];
	}
	*dust = left;
	return true;
}

bool reward_ema(uint64_t state, uint64_t s, uint32_t lambda_bp, uint64_t *out)
{
	if (state > two32 || s > two32 || lambda_bp > REWARD_ONE)
		return false;
	*out = (state * (REWARD_ONE - lambda_bp) + s * lambda_bp) / REWARD_ONE;
	return true;
}

static bool fade(uint64_t old, uint64_t more, uint32_t forget_bp, uint64_t *out)
{
	if (old >= two53 || more >= two53)
		return false;
	*out = (uint64_t)((u128)old * forget_bp / REWARD_ONE) + more;
	return *out < two53;
}

bool reward_rep_add(struct reward_rep *r, uint64_t pos_new, uint64_t neg_new, uint32_t forget_bp)
{
	struct reward_rep next;

	if (forget_bp > REWARD_ONE || !fade(r->pos, pos_new, forget_bp, &next.pos) ||
	    !fade(r->neg, neg_new, forget_bp, &next.neg))
		return false;
	*r = next;
	return true;
}

bool reward_rep_bp(const struct reward_rep *r, uint32_t *out)
{
	if (r->pos >= two53 || r->neg >= two53)
		return false;
	*out = (uint32_t)((u128)(r->pos + MICRO) * REWARD_ONE / ((u128)r->pos + r->neg + 2 * MICRO));
	return true;
}

bool reward_slash(u128 stake, uint32_t severity_bp, uint32_t rate_bp, u128 *out)
{
	if (!below(stake, 96) || severity_bp > REWARD_ONE || rate_bp > REWARD_ONE)
		return false;
	*out = stake * severity_bp * rate_bp / ((u128)REWARD_ONE * REWARD_ONE);
	return true;
}
