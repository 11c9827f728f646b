#include "base/hex.h"

void hex_put(struct buf *b, const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	buf_need(b, 2 * n);
	for (size_t i = 0; i < n; i++) {
		b->p[b->n++] = digit[p[i] >> 4];
		b->p[b->n++] = digit[p[i] & 15];
	}
	b->p[b->n] = '\0';
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_get(struct str s, uint8_t *out, size_t n)
{
	if (s.n / 2 != n || s.n % 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(s.p[2 * i]), lo = hex_digit(s.p[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

bool hex_get_any(struct str s, struct buf *out)
{
	if (s.n < 2 || s.n % 2 || s.p[0] != '0' || s.p[1] != 'x')
		return false;
	size_t n = s.n / 2 - 1;
	buf_need(out, n);
	if (!hex_get((struct str){ s.p + 2, s.n - 2 }, (uint8_t *)out->p + out->n, n))
		return false;
	out->n += n;
	out->p[out->n] = '\0';
	return true;
}
