#include "json/num.h"

#include <float.h>
#include <stdlib.h>

#include "base/err.h"
#include "json/pow10.h"

enum {
	MAX_DIGITS = 19,        /* of a decimal that fits in 64 bits whatever the digits */
	MAX_EXACT = 770,        /* a midpoint of two doubles has at most 768 digits */
};

static const int64_t FAR = INT64_C(1) << 50;    /* an exponent beyond any text's length */

/* ---- arithmetic ---------------------------------------------------------- */

/* a * b; returns the high half */
static inline uint64_t mul(uint64_t a, uint64_t b, uint64_t *lo)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 u128;
	u128 p = (u128)a * b;

	*lo = (uint64_t)p;
	return (uint64_t)(p >> 64);
#else
	uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
	uint64_t ll = al * bl, lh = al * bh, hl = ah * bl;
	uint64_t mid = (ll >> 32) + (uint32_t)lh + (uint32_t)hl;

	*lo = mid << 32 | (uint32_t)ll;
	return ah * bh + (lh >> 32) + (hl >> 32) + (mid >> 32);
#endif
}

/* floor(q * log2(10)) for |q| <= 400 */
static inline int floor_log2_pow10(int q)
{
	return (q * 1741647) >> 19;
}

static inline double from_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* ---- parsing ------------------------------------------------------------- */

/* w * 10^e, and a bit more when cut: digits that are not in w, not all of them 0 */
struct decimal {
	uint64_t w;
	int64_t e;
	bool negative, cut;
};

static inline bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static inline const char *digits(const char *p, const char *end, uint64_t *w)
{
	for (; is_digit(p, end); p++)
		*w = *w * 10 + (uint64_t)(*p - '0');
	return p;
}

/* the same decimal for a text with so many digits that d->w may have overflowed: the
 * first 19 from the first that is not 0.  d->e is the exponent in the text. */
static void long_decimal(const char *p, const char *end, struct decimal *d)
{
	bool fraction = false;
	size_t n = 0;

	for (d->w = 0; p < end && (*p == '.' || is_digit(p, end)); p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		unsigned v = (unsigned)(*p - '0');
		n += n || v;
		if (n <= MAX_DIGITS)
			d->w = d->w * 10 + v;
		else
			d->cut |= v != 0;
		/* a digit of the fraction that went in, or one of the integer that did not */
		d->e += fraction ? -(n <= MAX_DIGITS) : n > MAX_DIGITS;
	}
}

static bool decimal(struct str s, struct decimal *d)
{
	const char *p = s.n ? s.p : "", *end = p + s.n, *first, *was;

	*d = (struct decimal){ 0 };
	d->negative = s.n && *p == '-';
	p += d->negative;
	first = p;
	p = digits(p, end, &d->w);
	if (p == first || (*first == '0' && p - first > 1))
		return false;
	int64_t shift = 0;
	if (p < end && *p == '.') {
		was = ++p;
		p = digits(p, end, &d->w);
		if (p == was)
			return false;
		shift = p - was;
	}
	bool many = p - first > MAX_DIGITS;
	if (p < end && (*p == 'e' || *p == 'E')) {
		int64_t x = 0;
		p++;
		bool minus = p < end && *p == '-';
		p += p < end && (*p == '-' || *p == '+');
		for (was = p; is_digit(p, end); p++)
			x = x < FAR ? x * 10 + (*p - '0') : x;
		if (p == was)
			return false;
		d->e = minus ? -x : x;
	}
	if (p != end)
		return false;
	if (many)
		long_decimal(first, end, d);
	else
		d->e -= shift;
	return true;
}

enum verdict { SURE, UNSURE, INFINITE };

/* The bits of the double nearest to w * 10^q, w > 0, from the 128 bits of w * g whose
 * error is known to be too small to matter, but in the case that gives UNSURE. */
static enum verdict nearest(uint64_t w, int64_t q10, uint64_t *bits)
{
	if (q10 < POW10_MIN) {              /* w < 10^20, so below half of the least denormal */
		*bits = 0;
		return SURE;
	}
	if (q10 > 308)
		return INFINITE;

	int q = (int)q10, lz = __builtin_clzll(w);
	const uint64_t *g = pow10_table[q - POW10_MIN];
	uint64_t lo, low2, hi;

	w <<= lz;
	hi = mul(w, g[0], &lo);
	if ((hi & 0x1ff) == 0x1ff) {
		uint64_t add = mul(w, g[1], &low2);
		lo += add;
		hi += lo < add;
	}
	if (lo == UINT64_MAX && (q < -27 || q > 55))
		return UNSURE;

	int top = (int)(hi >> 63), shift = top + 9;
	uint64_t m = hi >> shift;           /* 53 bits, and one to round by */
	int e = floor_log2_pow10(q) + 63 + top - lz + 1023;
	if (e <= 0) {                       /* denormal; no ties among them at 19 digits */
		m = 1 - e < 64 ? m >> (1 - e) : 0;
		*bits = (m + (m & 1)) >> 1;     /* and 2^52 is the least normal number */
		return SURE;
	}
	/* exactly between two doubles: only possible for these q; to the even one */
	if (lo <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << shift == hi)
		m &= ~UINT64_C(1);
	m = (m + (m & 1)) >> 1;
	if (m >> 53) {
		m >>= 1;
		e++;
	}
	if (e >= 0x7ff)
		return INFINITE;
	*bits = (uint64_t)e << 52 | (m & ((UINT64_C(1) << 52) - 1));
	return SURE;
}

/* Correct but slow: the C library on a copy that says the same in few enough digits. */
static bool slow(struct str s, const struct decimal *d, double *out)
{
	char t[MAX_EXACT + 32];
	size_t n = 0;
	int64_t e = d->e;
	bool more = false;

	for (const char *p = s.p, *end = s.p + s.n; p < end && *p != 'e' && *p != 'E'; p++) {
		if (!is_digit(p, end) || (!n && *p == '0'))
			continue;
		if (n < MAX_EXACT)
			t[n++] = *p;
		else
			more |= *p != '0';
	}
	/* d->e is the exponent behind digit 19, or behind all of them if there are fewer */
	e -= (int64_t)(n < MAX_DIGITS ? 0 : n - MAX_DIGITS);
	if (more) {
		t[n++] = '1';
		e--;
	}
	snprintf(t + n, sizeof t - n, "e%lld", (long long)e);
	*out = strtod(t, NULL);
	return *out <= DBL_MAX;
}

bool num_parse(struct str s, double *out)
{
	/* powers of ten that are doubles */
	static const double ten[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	struct decimal d;
	uint64_t bits = 0, above = 0;
	double x;

	if (!decimal(s, &d))
		return false;
	/* two exact operands, one rounding; not where the CPU computes in more precision */
	if (FLT_EVAL_METHOD == 0 && !d.cut && d.w <= UINT64_C(1) << 53 && d.e >= -22 && d.e <= 22) {
		x = (double)d.w;
		x = d.e < 0 ? x / ten[-d.e] : x * ten[d.e];
	} else if (d.w == 0) {
		x = 0;
	} else {
		enum verdict v = nearest(d.w, d.e, &bits);
		if (v != UNSURE && d.cut && (nearest(d.w + 1, d.e, &above) != v || above != bits))
			v = UNSURE;
		if (v == INFINITE)
			return false;
		x = from_bits(bits);
		if (v == UNSURE && !slow(s, &d, &x))
			return false;
	}
	*out = d.negative ? -x : x;
	return true;
}

bool num_parse_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || (s.p[0] == '0' && s.n > 1))
		return false;
	for (const char *p = s.p; p < s.p + s.n; p++)
		if (!is_digit(p, s.p + s.n) || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	*out = v;
	return true;
}

bool num_parse_i64(struct str s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	uint64_t v, most = (uint64_t)INT64_MAX + negative;

	if (negative)
		s = (struct str){ s.p + 1, s.n - 1 };
	if (!num_parse_u64(s, &v) || v > most)
		return false;
	*out = !negative ? (int64_t)v : v ? -(int64_t)(v - 1) - 1 : 0;
	return true;
}

/* ---- printing ------------------------------------------------------------ */

/* floor(g * cp / 2^128) with its last bit set when anything was cut off */
static inline uint64_t round_to_odd(uint64_t hi, uint64_t lo, uint64_t cp)
{
	uint64_t x0, y0, x1, y1;

	x1 = mul(lo, cp, &x0);
	y1 = mul(hi, cp, &y0);
	y0 += x1;
	y1 += y0 < x1;
	return y1 | (y0 > 1);
}

/* The shortest decimal *e10 in the rounding interval of the finite double > 0 with these
 * bits.  Names as in the paper: the value is c * 2^q, s and t = s + 1 are its neighbours at
 * 10^k, all values times 4; sp and tp are the same at 10^(k+1). */
static uint64_t shortest(uint64_t bits, int *e10)
{
	uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
	int exponent = (int)(bits >> 52);
	uint64_t c = exponent ? fraction | UINT64_C(1) << 52 : fraction;
	int q = (exponent ? exponent : 1) - 1075;
	bool odd = c & 1;
	bool closer = fraction == 0 && exponent > 1;    /* the double below is nearer */

	/* k = floor(log10(2^q)), or of 3/4 2^q */
	int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
	int h = q + floor_log2_pow10(-k) + 1;
	const uint64_t *g = pow10_table[-k - POW10_MIN];
	uint64_t lo = g[1] + (-k > 55);                 /* this algorithm rounds them all up */
	uint64_t lower = round_to_odd(g[0], lo, (4 * c - 2 + closer) << h) + odd;
	uint64_t v = round_to_odd(g[0], lo, 4 * c << h);
	uint64_t upper = round_to_odd(g[0], lo, (4 * c + 2) << h) - odd;

	*e10 = k + 1;
	uint64_t s = v / 4, sp = s / 10;
	if (s >= 10) {
		bool down = lower <= 40 * sp, up = 40 * sp + 40 <= upper;
		if (down != up)
			return sp + up;
	}
	*e10 = k;
	bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
	if (down != up)
		return s + up;
	uint64_t mid = 4 * s + 2;
	return s + (v > mid || (v == mid && (s & 1)));
}

/* remove the zeros at the end of d > 0 */
static uint64_t strip(uint64_t d, int *e10)
{
	static const struct { uint64_t by; int n; } step[] = {
		{ 100000000, 8 }, { 10000, 4 }, { 100, 2 }, { 10, 1 }
	};

	if (d % 10 != 0)
		return d;                       /* most have none */
	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++)
		while (d % step[i].by == 0) {
			d /= step[i].by;
			*e10 += step[i].n;
		}
	return d;
}

/* decimal digits of v, right-aligned before end; returns the first */
static char *put_digits(char *end, uint64_t v)
{
	static const char pair[201] =
		"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
		"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
		"8081828384858687888990919293949596979899";

	/* eight at a time, by arithmetic of 32 bits whose four pairs do not wait for each other */
	for (; v >= 100000000; v /= 100000000) {
		uint32_t low = (uint32_t)(v % 100000000), hi4 = low / 10000, lo4 = low % 10000;
		end -= 8;
		memcpy(end, pair + 2 * (hi4 / 100), 2);
		memcpy(end + 2, pair + 2 * (hi4 % 100), 2);
		memcpy(end + 4, pair + 2 * (lo4 / 100), 2);
		memcpy(end + 6, pair + 2 * (lo4 % 100), 2);
	}
	for (; v >= 100; v /= 100)
		memcpy(end -= 2, pair + 2 * (v % 100), 2);
	if (v >= 10)
		memcpy(end -= 2, pair + 2 * v, 2);
	else
		*--end = (char)('0' + v);
	return end;
}

/* digits[0 .. n) times 10^(point - n) in ECMAScript's notation; returns the end */
static char *layout(char *p, const char *digits, int n, int point)
{
	if (point > 0 && point <= 21) {
		int whole = n < point ? n : point;
		memcpy(p, digits, (size_t)whole);
		p += whole;
		memset(p, '0', (size_t)(point - whole));
		p += point - whole;
		if (n > point) {
			*p++ = '.';
			memcpy(p, digits + point, (size_t)(n - point));
			p += n - point;
		}
		return p;
	}
	if (point > -6 && point <= 0) {
		memcpy(p, "0.00000", 7);
		p += 2 - point;
		memcpy(p, digits, (size_t)n);
		return p + n;
	}
	*p++ = digits[0];
	if (n > 1) {
		*p++ = '.';
		memcpy(p, digits + 1, (size_t)(n - 1));
		p += n - 1;
	}
	*p++ = 'e';
	*p++ = point > 0 ? '+' : '-';
	char t[4], *end = t + sizeof t;
	char *from = put_digits(end, (uint64_t)(point > 0 ? point - 1 : 1 - point));
	memcpy(p, from, (size_t)(end - from));
	return p + (end - from);
}

size_t num_print(double x, char out[32])
{
	char t[20], *end = t + sizeof t, *p = out, *from;
	uint64_t bits;
	int e10 = 0;

	memcpy(&bits, &x, sizeof bits);
	if (bits >> 63)
		*p++ = '-';
	bits &= ~(UINT64_C(1) << 63);
	x = from_bits(bits);
	BUG_ON(bits >> 52 == 0x7ff);
	if (x < 0x1p53 && x == (double)(uint64_t)x) {
		from = put_digits(end, (uint64_t)x);
		memcpy(p, from, (size_t)(end - from));
		p += end - from;
	} else {
		uint64_t d = strip(shortest(bits, &e10), &e10);
		from = put_digits(end, d);
		p = layout(p, from, (int)(end - from), (int)(end - from) + e10);
	}
	*p = '\0';
	return (size_t)(p - out);
}
