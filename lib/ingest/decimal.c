#include "ingest/decimal.h"

#include "base/buf.h"
#include "base/err.h"
#include "json/num.h"

/* A number taken apart: its digits (one string, the point taken out) times 10^e. */
struct decimal {
	const char *p, *end;            /* digits, and perhaps a point among them */
	int64_t e;
	size_t whole, n;                /* digits before the point, and all of them */
	bool negative, zero;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64_t exponent(const char *p, const char *end)
{
	bool minus = p < end && *p == '-';
	int64_t x = 0;

	p += p < end && !is_digit(*p);
	for (; p < end; p++)
		x = x < INT32_MAX ? x * 10 + (*p - '0') : x;
	return minus ? -x : x;
}

static bool take_apart(struct str s, struct decimal *d)
{
	const char *end = s.p + s.n, *p;
	double x;
	bool point = false;

	if (!num_parse(s, &x))
		return false;
	*d = (struct decimal){ .p = s.p + (*s.p == '-'), .negative = *s.p == '-', .zero = true };
	for (p = d->p; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		d->n++;
		d->whole += !point;
		d->zero = d->zero && *p == '0';
	}
	d->end = p;
	if (p < end)
		d->e = exponent(p + 1, end);
	return true;
}

bool decimal_round(struct str s, int e10, uint64_t most, uint64_t *out)
{
	struct decimal d;
	uint64_t v = 0;

	if (!take_apart(s, &d) || (d.negative && !d.zero))
		return false;
	/* so many digits are before the point once the number is scaled */
	int64_t left = (int64_t)d.whole + d.e + e10;
	for (const char *p = d.p; p < d.end && left >= 0; p++) {
		if (*p == '.')
			continue;
		unsigned digit = (unsigned)(*p - '0');
		if (left-- == 0)
			v += digit >= 5;
		else if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v))
			return false;
	}
	for (; v && left > 0; left--)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	if (v > most)
		return false;
	*out = v;
	return true;
}

bool decimal_scale(struct str s, uint64_t by, int e10, double *out)
{
	struct decimal d;
	struct buf b = BUF_INIT;
	uint64_t carry = 0;
	size_t i;

	BUG_ON(by >> 32);
	if (!take_apart(s, &d))
		return false;
	/* sign, room for the carry, then the digits: long multiplication from the right */
	buf_adds(&b, "-000000000000");
	for (const char *p = d.p; p < d.end; p++)
		if (*p != '.')
			buf_addc(&b, *p);
	for (i = b.n; i-- > 1; carry /= 10) {
		carry += (uint64_t)(b.p[i] - '0') * by;
		b.p[i] = (char)('0' + carry % 10);
	}
	for (i = 1; i + 1 < b.n && b.p[i] == '0'; i++)
		;
	if (d.negative)
		b.p[--i] = '-';
	buf_addc(&b, 'e');
	buf_addi(&b, d.e - (int64_t)(d.n - d.whole) + e10);
	bool good = num_parse((struct str){ b.p + i, b.n - i }, out);
	buf_release(&b);
	return good;
}
