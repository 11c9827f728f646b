#include "chain/u256.h"

#include "base/hex.h"

/* Digits to the base 2^32, least significant first: a product of two fits into
 * a uint64_t, so no 128-bit type is needed. */
enum { DIGITS = 8 };

static void to_digits(uint32_t d[DIGITS], struct u256 a)
{
	for (size_t i = 0; i < DIGITS; i++)
		d[i] = (uint32_t)(a.w[i / 2] >> 32 * (i % 2));
}

static struct u256 of_digits(const uint32_t d[DIGITS])
{
	struct u256 a;

	for (size_t i = 0; i < 4; i++)
		a.w[i] = (uint64_t)d[2 * i] | (uint64_t)d[2 * i + 1] << 32;
	return a;
}

static size_t used_digits(const uint32_t *d, size_t n)
{
	while (n > 0 && d[n - 1] == 0)
		n--;
	return n;
}

bool u256_to_u64(struct u256 a, uint64_t *out)
{
	if (a.w[1] | a.w[2] | a.w[3])
		return false;
	*out = a.w[0];
	return true;
}

int u256_cmp(struct u256 a, struct u256 b)
{
	for (size_t i = 4; i-- > 0; )
		if (a.w[i] != b.w[i])
			return a.w[i] < b.w[i] ? -1 : 1;
	return 0;
}

bool u256_add(struct u256 *out, struct u256 a, struct u256 b)
{
	struct u256 s;
	uint64_t carry = 0;

	for (size_t i = 0; i < 4; i++) {
		uint64_t t = a.w[i] + carry;
		s.w[i] = t + b.w[i];
		carry = (uint64_t)(t < carry) | (uint64_t)(s.w[i] < t);
	}
	if (carry)
		return false;
	*out = s;
	return true;
}

bool u256_sub(struct u256 *out, struct u256 a, struct u256 b)
{
	struct u256 s;
	uint64_t borrow = 0;

	for (size_t i = 0; i < 4; i++) {
		uint64_t t = a.w[i] - b.w[i];
		s.w[i] = t - borrow;
		borrow = (uint64_t)(a.w[i] < b.w[i]) | (uint64_t)(t < borrow);
	}
	if (borrow)
		return false;
	*out = s;
	return true;
}

static void mul_digits(uint32_t out[2 * DIGITS], struct u256 a, struct u256 b)
{
	uint32_t x[DIGITS], y[DIGITS];

	to_digits(x, a);
	to_digits(y, b);
	memset(out, 0, 2 * DIGITS * sizeof *out);
	for (size_t i = 0; i < DIGITS; i++) {
		uint64_t carry = 0;
		for (size_t j = 0; j < DIGITS; j++) {
			carry += (uint64_t)x[i] * y[j] + out[i + j];
			out[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		out[i + DIGITS] = (uint32_t)carry;
	}
}

bool u256_mul(struct u256 *out, struct u256 a, struct u256 b)
{
	uint32_t p[2 * DIGITS];

	mul_digits(p, a, b);
	if (used_digits(p, 2 * DIGITS) > DIGITS)
		return false;
	*out = of_digits(p);
	return true;
}

/* u[0..n) becomes the quotient; returns the remainder */
static uint32_t div_short(uint32_t *u, size_t n, uint32_t d)
{
	uint64_t r = 0;

	while (n-- > 0) {
		r = r << 32 | u[n];
		u[n] = (uint32_t)(r / d);
		r %= d;
	}
	return (uint32_t)r;
}

/* u[j..j+n] -= q * v[0..n); true when the result went below 0 */
static bool sub_mul(uint32_t *u, const uint32_t *v, size_t n, uint64_t q)
{
	uint64_t carry = 0, borrow = 0;

	for (size_t i = 0; i <= n; i++) {
		carry += i < n ? q * v[i] : 0;
		uint64_t t = (uint64_t)u[i] - (uint32_t)carry - borrow;
		u[i] = (uint32_t)t;
		borrow = t >> 63;
		carry >>= 32;
	}
	return borrow;
}

static void add_back(uint32_t *u, const uint32_t *v, size_t n)
{
	uint64_t carry = 0;

	for (size_t i = 0; i <= n; i++) {
		carry += (uint64_t)u[i] + (i < n ? v[i] : 0);
		u[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static void shift_left(uint32_t *d, size_t n, unsigned by)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < n; i++) {
		carry |= (uint64_t)d[i] << by;
		d[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static void shift_right(uint32_t *d, size_t n, unsigned by)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t two = d[i] | (i + 1 < n ? (uint64_t)d[i + 1] << 32 : 0);
		d[i] = (uint32_t)(two >> by);
	}
}

/* div_long - Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D
 *
 *   q  out, 2 * DIGITS digits
 *   u  the dividend, nu digits and room for one more; becomes the remainder
 *   v  the divisor, nv digits, the first not 0; destroyed
 */
static void div_long(uint32_t *q, uint32_t *u, size_t nu, uint32_t *v, size_t nv)
{
	memset(q, 0, 2 * DIGITS * sizeof *q);
	if (nu < nv)
		return;
	if (nv == 1) {
		uint32_t r = div_short(u, nu, v[0]);
		memcpy(q, u, nu * sizeof *q);
		memset(u, 0, nu * sizeof *u);
		u[0] = r;
		return;
	}

	unsigned by = (unsigned)__builtin_clz(v[nv - 1]);
	u[nu] = 0;
	shift_left(v, nv, by);
	shift_left(u, nu + 1, by);
	for (size_t j = nu - nv + 1; j-- > 0; ) {
		uint64_t top = (uint64_t)u[j + nv] << 32 | u[j + nv - 1];
		uint64_t guess = top / v[nv - 1], rest = top % v[nv - 1];
		while (guess >> 32 || guess * v[nv - 2] > (rest << 32 | u[j + nv - 2])) {
			guess--;
			rest += v[nv - 1];
			if (rest >> 32)
				break;
		}
		if (sub_mul(u + j, v, nv, guess)) {
			guess--;
			add_back(u + j, v, nv);
		}
		q[j] = (uint32_t)guess;
	}
	shift_right(u, nu + 1, by);
}

bool u256_divmod(struct u256 *q, struct u256 *r, struct u256 a, struct u256 d)
{
	uint32_t u[DIGITS + 1] = { 0 }, v[DIGITS], quot[2 * DIGITS];

	if (u256_is_zero(d))
		return false;
	to_digits(u, a);
	to_digits(v, d);
	div_long(quot, u, used_digits(u, DIGITS), v, used_digits(v, DIGITS));
	if (q)
		*q = of_digits(quot);
	if (r)
		*r = of_digits(u);
	return true;
}

bool u256_divmod_u64(struct u256 *q, uint64_t *r, struct u256 a, uint64_t d)
{
	struct u256 rest;

	if (!u256_divmod(q, &rest, a, u256_of(d)))
		return false;
	if (r)
		*r = rest.w[0];
	return true;
}

bool u256_mul_div(struct u256 *out, struct u256 a, struct u256 b, struct u256 d)
{
	uint32_t u[2 * DIGITS + 1] = { 0 }, v[DIGITS], quot[2 * DIGITS];

	if (u256_is_zero(d))
		return false;
	mul_digits(u, a, b);
	to_digits(v, d);
	div_long(quot, u, used_digits(u, 2 * DIGITS), v, used_digits(v, DIGITS));
	if (used_digits(quot, 2 * DIGITS) > DIGITS)
		return false;
	*out = of_digits(quot);
	return true;
}

struct u256 u256_from_be(const uint8_t in[32])
{
	struct u256 a = U256_ZERO;

	for (size_t i = 0; i < 32; i++)
		a.w[3 - i / 8] = a.w[3 - i / 8] << 8 | in[i];
	return a;
}

void u256_to_be(struct u256 a, uint8_t out[32])
{
	for (size_t i = 0; i < 32; i++)
		out[i] = (uint8_t)(a.w[3 - i / 8] >> 8 * (7 - i % 8));
}

bool u256_from_dec(struct str s, struct u256 *out, struct err *e)
{
	uint32_t d[DIGITS] = { 0 };

	if (s.n == 0)
		return err_set(e, "expected a decimal integer, got an empty string");
	if (s.n > 1 && s.p[0] == '0')
		return err_at(e, 1, "an integer must not start with 0");
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return err_at(e, i + 1, "expected a decimal digit");
		uint64_t carry = (uint64_t)(s.p[i] - '0');
		for (size_t j = 0; j < DIGITS; j++) {
			carry += (uint64_t)d[j] * 10;
			d[j] = (uint32_t)carry;
			carry >>= 32;
		}
		if (carry)
			return err_set(e, "integer does not fit into 256 bits");
	}
	*out = of_digits(d);
	return true;
}

void u256_put_dec(struct buf *b, struct u256 a)
{
	uint32_t d[DIGITS];
	char t[81];
	size_t i = sizeof t, n;

	to_digits(d, a);
	while ((n = used_digits(d, DIGITS)) > 0) {
		uint32_t nine = div_short(d, n, 1000000000);
		for (int k = 0; k < 9; k++, nine /= 10)
			t[--i] = (char)('0' + nine % 10);
	}
	while (i < sizeof t && t[i] == '0')
		i++;
	if (i == sizeof t)
		t[--i] = '0';
	buf_add(b, t + i, sizeof t - i);
}

bool u256_from_quantity(struct str s, struct u256 *out, struct err *e)
{
	struct u256 a = U256_ZERO;

	if (s.n < 3 || s.p[0] != '0' || s.p[1] != 'x')
		return err_set(e, "expected a hex quantity (0x and digits)");
	if (s.n > 3 && s.p[2] == '0')
		return err_at(e, 3, "a hex quantity must not start with 0");
	for (size_t i = 2; i < s.n; i++) {
		int v = hex_digit(s.p[i]);
		if (v < 0)
			return err_at(e, i + 1, "expected a hex digit");
		if (a.w[3] >> 60)
			return err_set(e, "quantity does not fit into 256 bits");
		for (size_t j = 3; j > 0; j--)
			a.w[j] = a.w[j] << 4 | a.w[j - 1] >> 60;
		a.w[0] = a.w[0] << 4 | (uint64_t)v;
	}
	*out = a;
	return true;
}

bool u64_from_quantity(struct str s, uint64_t *out, struct err *e)
{
	struct u256 a;

	if (!u256_from_quantity(s, &a, e))
		return false;
	if (!u256_to_u64(a, out))
		return err_set(e, "quantity does not fit into 64 bits");
	return true;
}

void u256_put_quantity(struct buf *b, struct u256 a)
{
	bool begun = false;

	buf_adds(b, "0x");
	for (int i = 63; i >= 0; i--) {
		unsigned v = (unsigned)(a.w[i / 16] >> 4 * (i % 16)) & 15;
		begun = begun || v || i == 0;
		if (begun)
			buf_addc(b, "0123456789abcdef"[v]);
	}
}

void u64_put_quantity(struct buf *b, uint64_t v)
{
	u256_put_quantity(b, u256_of(v));
}
