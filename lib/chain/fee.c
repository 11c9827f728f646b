#include "chain/fee.h"

enum { GWEI_DIGITS = 9 };

static struct u256 least(struct u256 a, struct u256 b)
{
	return u256_cmp(a, b) < 0 ? a : b;
}

static struct u256 most(struct u256 a, struct u256 b)
{
	return u256_cmp(a, b) > 0 ? a : b;
}

/* a sum that does not fit is above every ceiling all the same */
static struct u256 sum(struct u256 a, struct u256 b)
{
	struct u256 s;

	return u256_add(&s, a, b) ? s : U256_MAX;
}

bool fee_offer(struct fee *out, struct u256 base, struct u256 tip, struct u256 ceiling)
{
	out->max_fee = least(sum(sum(base, base), tip), ceiling);
	out->tip = least(tip, out->max_fee);
	return u256_cmp(base, ceiling) <= 0;
}

/* f + ceil(f / 8) + 1 */
static struct u256 eighth_more(struct u256 f)
{
	struct u256 q;
	uint64_t r;

	u256_divmod_u64(&q, &r, f, 8);
	return sum(sum(f, q), u256_of(r ? 2 : 1));
}

bool fee_raise(struct fee *out, const struct fee *old, const struct fee *offer, struct u256 ceiling)
{
	struct u256 max_fee = eighth_more(old->max_fee), tip = eighth_more(old->tip);

	if (u256_cmp(max_fee, ceiling) > 0)
		return false;
	out->max_fee = least(most(max_fee, offer->max_fee), ceiling);
	out->tip = least(most(tip, offer->tip), out->max_fee);
	return true;
}

bool fee_parse(struct str text, struct u256 *wei, struct err *e)
{
	struct buf digits = BUF_INIT;
	struct str s = text;
	size_t behind = 0;
	bool point = false, good = true;

	bool gwei = s.n > 4 && memcmp(s.p + s.n - 4, "gwei", 4) == 0;
	if (gwei)
		s.n -= 4;
	for (size_t i = 0; i < s.n && good; i++) {
		if (gwei && !point && s.p[i] == '.' && i > 0 && i + 1 < s.n) {
			point = true;
			continue;
		}
		good = s.p[i] >= '0' && s.p[i] <= '9' && (!point || ++behind <= GWEI_DIGITS);
		if (digits.n || s.p[i] != '0')
			buf_addc(&digits, s.p[i]);
	}
	for (; gwei && digits.n && behind < GWEI_DIGITS; behind++)
		buf_addc(&digits, '0');
	if (!digits.n)
		buf_addc(&digits, '0');
	/* without a unit the one spelling of records: no leading zero */
	good = good && s.n && u256_from_dec(gwei ? buf_str(&digits) : s, wei, e) && !wei->w[2] && !wei->w[3];
	buf_release(&digits);
	return good || err_set(e, "want an amount in wei, or in gwei like 1.5gwei, got \"%.40s\"", text.p);
}
