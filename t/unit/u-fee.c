/* Fees: the formulas of chain/fee.h against small cases worked by hand, and their laws. */
#include "chain/fee.h"
#include "tap.h"

static const uint64_t GWEI = 1000000000;

static uint64_t low(struct u256 v)
{
	uint64_t u = UINT64_MAX;

	ok(u256_to_u64(v, &u), "fits");
	return u;
}

static void offers(void)
{
	struct fee f;

	ok(fee_offer(&f, u256_of(7), u256_of(3), u256_of(100)), "below the ceiling");
	ok(low(f.max_fee) == 17 && low(f.tip) == 3, "2 * base + tip");
	ok(fee_offer(&f, u256_of(7), u256_of(3), u256_of(16)), "cut");
	ok(low(f.max_fee) == 16 && low(f.tip) == 3, "to the ceiling");
	ok(fee_offer(&f, u256_of(7), u256_of(30), u256_of(8)), "a tip above the ceiling");
	ok(low(f.max_fee) == 8 && low(f.tip) == 8, "is cut too");
	ok(fee_offer(&f, u256_of(7), u256_of(0), u256_of(7)), "the base fee is just payable");
	ok(!fee_offer(&f, u256_of(8), u256_of(0), u256_of(7)), "the base fee is above");
	ok(!fee_offer(&f, U256_MAX, U256_MAX, u256_of(7)), "no overflow");
	ok(low(f.max_fee) == 7, "the ceiling holds all the same");
}

static void raises(void)
{
	struct fee none = { U256_ZERO, U256_ZERO }, old = { u256_of(800), u256_of(80) }, f, market;

	ok(fee_raise(&f, &old, &none, u256_of(1000)), "raised");
	ok(low(f.max_fee) == 901 && low(f.tip) == 91, "by an eighth and one");
	old = (struct fee){ u256_of(801), u256_of(1) };
	ok(fee_raise(&f, &old, &none, u256_of(1000)), "raised");
	ok(low(f.max_fee) == 801 + 101 + 1 && low(f.tip) == 3, "rounded up");
	market = (struct fee){ u256_of(950), u256_of(940) };
	ok(fee_raise(&f, &old, &market, u256_of(945)), "to the market");
	ok(low(f.max_fee) == 945 && low(f.tip) == 940, "cut to the ceiling");
	ok(fee_raise(&f, &old, &none, u256_of(903)) && low(f.max_fee) == 903, "just allowed");
	ok(!fee_raise(&f, &old, &none, u256_of(902)), "just not");
	old = (struct fee){ U256_MAX, U256_MAX };
	ok(!fee_raise(&f, &old, &none, u256_of(UINT64_MAX)), "no overflow");
}

/* Again and again: never above the ceiling, always 12.5 % and more, and it comes to an end. */
static void law(void)
{
	struct u256 ceiling = u256_of(10000 * GWEI);
	struct fee f = { u256_of(3), u256_of(1) }, next, none = { U256_ZERO, U256_ZERO };
	bool good = true;
	int n = 0;

	for (; n < 1000 && fee_raise(&next, &f, &none, ceiling); n++, f = next) {
		struct u256 a, b;
		u256_mul(&a, next.max_fee, u256_of(8));
		u256_mul(&b, f.max_fee, u256_of(9));
		good = good && u256_cmp(a, b) > 0 && u256_cmp(next.max_fee, ceiling) <= 0;
		u256_mul(&a, next.tip, u256_of(8));
		u256_mul(&b, f.tip, u256_of(9));
		good = good && u256_cmp(a, b) > 0 && u256_cmp(next.tip, next.max_fee) <= 0;
	}
	ok(good && n > 100 && n < 300, "a chain of raises");
}

static void texts(void)
{
	static const struct { const char *text; uint64_t wei; } good[] = {
		{ "0", 0 }, { "1500000000", 1500000000 }, { "1.5gwei", 1500000000 }, { "30gwei", 30000000000 },
		{ "0.000000001gwei", 1 }, { "0gwei", 0 }, { "0.5gwei", 500000000 }, { "007gwei", 7000000000 },
	};
	static const char *const bad[] = { "", "gwei", "1.5", ".5gwei", "1.gwei", "1.2.3gwei", "-1", "1 gwei", "1e9",
		"01", "0.0000000001gwei", "0x10", "1GWEI", "340282366920938463463374607431768211456" };
	struct u256 v;
	struct err e;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ok(fee_parse(str_of(good[i].text), &v, &e) && low(v) == good[i].wei, "%s", good[i].text);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!fee_parse(str_of(bad[i]), &v, &e), "refused: \"%s\"", bad[i]);
}

int main(void)
{
	offers();
	raises();
	law();
	texts();
	return done();
}
