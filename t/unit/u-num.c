/* u-num - numbers: parsing against strtod, printing against %.17g, the table against
 * exact integers.  An argument sets how many random doubles are tried. */
#include "tap.h"

#include <float.h>
#include <math.h>

#include "json/num.h"
#include "json/pow10.h"

static uint64_t state = 1;

static uint64_t rnd(void)      /* splitmix64 */
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double of_bits(uint64_t b)
{
	double x;

	memcpy(&x, &b, sizeof x);
	return x;
}

static uint64_t bits_of(double x)
{
	uint64_t b;

	memcpy(&b, &x, sizeof b);
	return b;
}

/* ---- known values -------------------------------------------------------- */

static void prints(double x, const char *want)
{
	char t[32];
	double back = 0;
	size_t n = num_print(x, t);

	ok(n == strlen(t) && strcmp(t, want) == 0 && num_parse(str_of(t), &back) &&
	   bits_of(back) == bits_of(x), "%s prints as %s", want, t);
}

static void known_prints(void)
{
	prints(0.0, "0");
	prints(-0.0, "-0");
	prints(1, "1");
	prints(-1, "-1");
	prints(100, "100");
	prints(4288, "4288");
	prints(0.5, "0.5");
	prints(-2.5, "-2.5");
	prints(4.35, "4.35");
	prints(0.1 + 0.2, "0.30000000000000004");
	prints(0.3, "0.3");
	prints(1.0 / 3, "0.3333333333333333");
	prints(2.0 / 3, "0.6666666666666666");
	prints(5e-324, "5e-324");
	prints(1e-323, "1e-323");
	prints(2.2250738585072011e-308, "2.225073858507201e-308");
	prints(2.2250738585072014e-308, "2.2250738585072014e-308");
	prints(1.7976931348623157e308, "1.7976931348623157e+308");
	prints(-1.7976931348623157e308, "-1.7976931348623157e+308");
	prints(9007199254740991, "9007199254740991");
	prints(9007199254740992, "9007199254740992");
	prints(9007199254740993.0, "9007199254740992");
	prints(9007199254740994, "9007199254740994");
	prints(123456789012345680000.0, "123456789012345680000");
	prints(1e20, "100000000000000000000");
	prints(999999999999999868928.0, "999999999999999900000");
	prints(1e21, "1e+21");
	prints(1e22, "1e+22");
	prints(1e23, "1e+23");
	prints(of_bits(UINT64_C(0x44b52d02c7e14af5)), "9.999999999999997e+22");
	prints(of_bits(UINT64_C(0x44b52d02c7e14af7)), "1.0000000000000001e+23");
	prints(0.000001, "0.000001");
	prints(0.0000012345678901234567, "0.0000012345678901234567");
	prints(-0.0000012345678901234567, "-0.0000012345678901234567");
	prints(1e-7, "1e-7");
	prints(1.5e-7, "1.5e-7");
	prints(123456.789, "123456.789");
	prints(1e100, "1e+100");
	prints(0x1p-44, "5.684341886080802e-14");      /* the gap below is half the gap above */
	prints(0x1p-20, "9.5367431640625e-7");
	prints(9.5e-3, "0.0095");
	prints(299792458, "299792458");
	/* RFC 8785, appendix B */
	prints(of_bits(UINT64_C(0x4340000000000001)), "9007199254740994");
	prints(of_bits(UINT64_C(0x444b1ae4d6e2ef4e)), "999999999999999700000");
	prints(of_bits(UINT64_C(0x444b1ae4d6e2ef4f)), "999999999999999900000");
	prints(of_bits(UINT64_C(0x444b1ae4d6e2ef50)), "1e+21");
	prints(of_bits(UINT64_C(0x3eb0c6f7a0b5ed8c)), "9.999999999999997e-7");
	prints(of_bits(UINT64_C(0x3eb0c6f7a0b5ed8d)), "0.000001");
	prints(of_bits(UINT64_C(0x41b3de4355555553)), "333333333.3333332");
	prints(of_bits(UINT64_C(0x41b3de4355555557)), "333333333.33333343");
	prints(of_bits(UINT64_C(0xbecbf647612f3696)), "-0.0000033333333333333333");
	prints(of_bits(UINT64_C(0x43143ff3c1cb0959)), "1424953923781206.2");
}

/* what is malformed, and what is out of range */
static void refusals(void)
{
	static const char *const bad[] = {
		"", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1e", "1e+", "1E-", "1.e1",
		"0x10", "1 ", " 1", "1a", "1e5.", "1e5e5", "inf", "nan", "Infinity", "1_0", "--1",
		"1,5", "1e400", "-1e400", "1e309", "1.7976931348623159e308",
		"17976931348623158079372897140530341507993413271003782693617377898044496829276475"
		"09466490179775872070963302864166928879109465555478519404026306574886715058206819"
		"08902000708383676273854845817711531764475730270069855571366959622842914819860834"
		"936475292719074168444365510704342711559699508093042880177904174497792",
		"1e99999999999999999999999999", "9999999999999999999999e9999999999999999999999"
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		double x = 42;
		ok(!num_parse(str_of(bad[i]), &x) && x == 42, "refuses \"%.40s\"", bad[i]);
	}
}

static void reads(const char *text, double want)
{
	double x = 42;
	bool good = num_parse(str_of(text), &x);

	if (!ok(good && bits_of(x) == bits_of(want), "reads \"%.60s\"", text))
		printf("# got %a, want %a\n", x, want);
}

static void known_reads(void)
{
	reads("0", 0.0);
	reads("-0", -0.0);
	reads("-0.000e-400", -0.0);
	reads("0e99999999999999999999", 0);
	reads("1e-99999999999999999999", 0);
	reads("-1e-400", -0.0);
	reads("4.9406564584124654e-324", 0x1p-1074);
	reads("2.4703282292062327e-324", 0);
	reads("2.4703282292062328e-324", 0x1p-1074);
	reads("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
	reads("2.2250738585072012e-308", 0x1p-1022);
	reads("2.2250738585072014e-308", 0x1p-1022);
	reads("1.7976931348623157e308", 0x1.fffffffffffffp1023);
	reads("1.7976931348623158e308", 0x1.fffffffffffffp1023);
	reads("179769313486231580793728971405303415e273", 0x1.fffffffffffffp1023);
	reads("9007199254740993", 0x1p53);
	reads("9007199254740993.0000000000000000000000000000000000001", 0x1p53 + 2);
	reads("9007199254740995", 0x1p53 + 4);
	reads("9007199254740992999999999999999999999e-21", 0x1p53);
	reads("1e23", 1e23);
	reads("8.988465674311582e307", 0x1.0000000000001p1023);
	reads("7.2057594037927933e16", 0x1p56);
	reads("123456789012345680000", 123456789012345680000.0);
	reads("6929495644600919.5", 6929495644600920.0);
	reads("3.2378839133029012895883524125015321748630094e-10", 3.2378839133029012895883524125015321748630094e-10);
}

/* ---- against the C library ----------------------------------------------- */

/* the shortest %.*e that reads back */
static int reference(double x, char t[40])
{
	int n = 0;

	do
		snprintf(t, 40, "%.*e", n, x);
	while (strtod(t, NULL) != x && ++n < 17);
	return n + 1;
}

/* the significant digits of a number text, zeros at the ends dropped; returns how many */
static size_t significant(const char *text, char *out)
{
	size_t n = 0;

	for (; *text && *text != 'e'; text++)
		if (*text >= '1' || (*text == '0' && n))
			out[n++] = *text;
	while (n && out[n - 1] == '0')
		n--;
	out[n] = '\0';
	return n;
}

static bool good_print(double x)
{
	char t[32], want[40], a[40], b[40];
	double back = 0;
	size_t n = num_print(x, t);

	if (n != strlen(t) || n > 25 || bits_of(strtod(t, NULL)) != bits_of(x) ||
	    !num_parse(str_of(t), &back) || bits_of(back) != bits_of(x)) {
		printf("# %.17g printed as %s, read back as %.17g\n", x, t, back);
		return false;
	}
	/* the interval of a power of two is lopsided: its shortest need not be the nearest of
	 * its length, which is all the reference can find; known_prints has some of them */
	if (x == 0 || (bits_of(x) << 12) == 0)
		return true;
	reference(x, want);
	significant(t, a);
	significant(want, b);
	if (strcmp(a, b) != 0)
		printf("# %.17g printed as %s, shortest is %s\n", x, t, want);
	return strcmp(a, b) == 0;
}

static void random_prints(long count)
{
	long bad = 0;

	for (long i = 0; i < count; i++) {
		double x = of_bits(rnd());
		if (isfinite(x))
			bad += !good_print(x);
		bad += !good_print((double)(rnd() >> 11) * 0x1p-53);           /* probabilities */
		bad += !good_print((double)(rnd() % 1000000) / 1000);          /* short decimals */
		bad += !good_print((double)(rnd() >> (rnd() % 64)));           /* integers */
		x = of_bits(rnd() >> 12 >> (rnd() % 52));                      /* denormals */
		bad += !good_print(x);
	}
	ok(bad == 0, "%ld random doubles of each of 5 sorts print shortest and nearest", count);
}

static void edges_print(void)
{
	long bad = 0;

	for (uint64_t e = 0; e < 2047; e++)
		for (uint64_t m = 0; m < 8; m++) {
			bad += !good_print(of_bits(e << 52 | m));
			bad += !good_print(of_bits(e << 52 | ((UINT64_C(1) << 52) - 1 - m)));
		}
	ok(bad == 0, "the doubles at both ends of every binade");
}

static bool same_read(const char *t)
{
	double want = strtod(t, NULL), x = 42;
	bool good = num_parse(str_of(t), &x);

	if (isinf(want) ? !good : good && bits_of(want) == bits_of(x))
		return true;
	printf("# %s: got %d %a, want %a\n", t, good, x, want);
	return false;
}

static void random_reads(long count)
{
	long bad = 0;
	char t[1300];

	for (long i = 0; i < count; i++) {
		double x = of_bits(rnd() & ~(UINT64_C(1) << 63));
		if (!isfinite(x))
			continue;
		snprintf(t, sizeof t, "%.*e", (int)(rnd() % 25), x);
		bad += !same_read(t);
		snprintf(t, sizeof t, "%llue%d", (unsigned long long)(rnd() >> (rnd() % 63)),
			 (int)(rnd() % 700) - 370);
		bad += !same_read(t);
	}
	ok(bad == 0, "%ld random texts of each of 2 sorts read as strtod reads them", count);

	if (LDBL_MANT_DIG < 64)
		return;
	/* exactly between two doubles, and a hair on either side: all digits matter */
	bad = 0;
	for (long i = 0; i < count / 100; i++) {
		uint64_t b = rnd() & ~(UINT64_C(1) << 63);
		if (b >> 52 >= 1000 + 300)
			b = (b & ~(UINT64_C(0x7ff) << 52)) | (rnd() % 1300) << 52;
		/* the midpoint as a long double has 64 bits and is exact */
		long double mid = ((long double)of_bits(b) + (long double)of_bits(b + 1)) / 2;
		int n = snprintf(t, sizeof t, "%.1100Le", mid);
		char *e = strchr(t, 'e');
		if (n < 0 || n >= (int)sizeof t - 1 || !e)
			continue;
		bad += !same_read(t);
		e[-1] = '1';
		bad += !same_read(t);
		char *last = e - 1;             /* the midpoint less a little */
		*last = '0';
		while (*--last == '0' || *last == '.')
			;
		--*last;
		bad += !same_read(t);
	}
	ok(bad == 0, "midpoints and their neighbours in 1100 digits");
}

/* ---- the table ----------------------------------------------------------- */

/* natural numbers, least limb first */
struct big {
	uint32_t d[80];
	int n;
};

static void big_mul(struct big *b, uint32_t by)
{
	uint64_t carry = 0;

	for (int i = 0; i < b->n; i++) {
		carry += (uint64_t)b->d[i] * by;
		b->d[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		b->d[b->n++] = (uint32_t)carry;
}

static bool big_bit(const struct big *b, int i)
{
	return i >= 0 && i / 32 < b->n && (b->d[i / 32] >> (i % 32) & 1);
}

static int big_cmp(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (int i = a->n; i-- > 0; )
		if (a->d[i] != b->d[i])
			return a->d[i] < b->d[i] ? -1 : 1;
	return 0;
}

static void big_sub(struct big *a, const struct big *b)
{
	int64_t borrow = 0;

	for (int i = 0; i < a->n; i++) {
		borrow += (int64_t)a->d[i] - (i < b->n ? b->d[i] : 0);
		a->d[i] = (uint32_t)borrow;
		borrow >>= 32;
	}
	while (a->n && !a->d[a->n - 1])
		a->n--;
}

static int big_len(const struct big *b)
{
	int n = b->n * 32;

	while (n && !big_bit(b, n - 1))
		n--;
	return n;
}

static void the_table(void)
{
	struct big p = { { 1 }, 1 };
	bool good = true;

	for (int q = 0; q <= -POW10_MIN; q++) {
		int len = big_len(&p);
		uint64_t hi = 0, lo = 0;

		/* 5^q: its top 128 bits */
		for (int i = 0; i < 128; i++) {
			hi = hi << 1 | lo >> 63;
			lo = lo << 1 | big_bit(&p, len - 1 - i);
		}
		if (q <= POW10_MAX)
			good &= hi == pow10_table[q - POW10_MIN][0] && lo == pow10_table[q - POW10_MIN][1];
		/* 1/5^q: long division, the first quotient bit being that of 2^len / 5^q */
		struct big rest = { { 0 }, 0 };
		rest.n = (len - 1) / 32 + 1;
		rest.d[(len - 1) / 32] = UINT32_C(1) << ((len - 1) % 32);
		hi = lo = 0;
		for (int i = 0; i < 128 && q > 0; i++) {
			big_mul(&rest, 2);
			bool one = big_cmp(&rest, &p) >= 0;
			if (one)
				big_sub(&rest, &p);
			hi = hi << 1 | lo >> 63;
			lo = lo << 1 | one;
		}
		if (q > 0)              /* never exact, so rounded up */
			good &= hi == pow10_table[-q - POW10_MIN][0] &&
				lo + 1 == pow10_table[-q - POW10_MIN][1];
		big_mul(&p, 5);
	}
	for (int i = 0; i <= POW10_MAX - POW10_MIN; i++)
		good &= pow10_table[i][0] >> 63 && pow10_table[i][1] != UINT64_MAX;
	ok(good, "the table of powers of ten");
}

/* ---- integers ------------------------------------------------------------ */

static void i64(const char *text, bool good, int64_t want)
{
	int64_t v = 42;
	bool got = num_parse_i64(str_of(text), &v);

	ok(got == good && v == (good ? want : 42), "i64 of \"%s\"", text);
}

static void u64(const char *text, bool good, uint64_t want)
{
	uint64_t v = 42;
	bool got = num_parse_u64(str_of(text), &v);

	ok(got == good && v == (good ? want : 42), "u64 of \"%s\"", text);
}

static void integers(void)
{
	i64("0", true, 0);
	i64("-0", true, 0);
	i64("-1", true, -1);
	i64("9223372036854775807", true, INT64_MAX);
	i64("-9223372036854775808", true, INT64_MIN);
	i64("9223372036854775808", false, 0);
	i64("-9223372036854775809", false, 0);
	i64("99999999999999999999999", false, 0);
	i64("", false, 0);
	i64("-", false, 0);
	i64("--1", false, 0);
	i64("1.0", false, 0);
	i64("1e3", false, 0);
	i64("01", false, 0);
	i64("+1", false, 0);
	i64(" 1", false, 0);
	u64("18446744073709551615", true, UINT64_MAX);
	u64("18446744073709551616", false, 0);
	u64("99999999999999999999", false, 0);
	u64("-0", false, 0);
	u64("0", true, 0);
}

static void long_texts(void)
{
	struct buf b = BUF_INIT;
	double x = 0;

	buf_adds(&b, "0.");
	for (int i = 0; i < 1000000; i++)
		buf_addc(&b, '0');
	buf_adds(&b, "125e1000002");
	ok(num_parse(buf_str(&b), &x) && x == 12.5, "a million zeros and the exponent that undoes them");
	buf_reset(&b);
	buf_addc(&b, '1');
	for (int i = 0; i < 1000000; i++)
		buf_addc(&b, '0');
	ok(!num_parse(buf_str(&b), &x), "ten to the million is out of range");
	buf_adds(&b, "e-1000000");
	ok(num_parse(buf_str(&b), &x) && x == 1, "unless its exponent brings it back");
	buf_release(&b);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 40000;

	known_prints();
	known_reads();
	refusals();
	integers();
	long_texts();
	the_table();
	edges_print();
	random_prints(count);
	random_reads(count);
	return done();
}
