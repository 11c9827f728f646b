#include "json/text.h"

#include "base/hex.h"

static bool more(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t text_utf8(const char *p, const char *end)
{
	unsigned char a = (unsigned char)p[0];
	size_t left = (size_t)(end - p);

	if (a < 0x80)
		return 1;
	if (a < 0xc2 || a > 0xf4 || left < 2 || !more(p[1]))
		return 0;
	if (a < 0xe0)
		return 2;
	unsigned char b = (unsigned char)p[1];
	if (left < 3 || !more(p[2]))
		return 0;
	if (a < 0xf0)
		return (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) ? 0 : 3;
	if (left < 4 || !more(p[3]))
		return 0;
	return (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f) ? 0 : 4;
}

/* the unit of "\uXXXX" at p; p may stand at anything */
static int32_t unit(const char *p, const char *end)
{
	static const char head[] = "\\u";
	int32_t v = 0;

	for (int i = 0; i < 6; i++, p++) {
		if (p == end)
			return TEXT_CUT;
		if (i < 2 ? *p != head[i] : hex_digit(*p) < 0)
			return TEXT_BAD_ESCAPE;
		if (i >= 2)
			v = v << 4 | hex_digit(*p);
	}
	return v;
}

int32_t text_escape(const char *p, const char *end, size_t *len)
{
	static const char name[] = "\"\\/bfnrt", value[] = "\"\\/\b\f\n\r\t";

	if (end - p < 2)
		return TEXT_CUT;
	if (p[1] != 'u') {
		const char *at = memchr(name, p[1], sizeof name - 1);
		if (!at)
			return TEXT_BAD_ESCAPE;
		*len = 2;
		return value[at - name];
	}
	int32_t hi = unit(p, end);
	if (hi < 0xd800 || hi > 0xdfff) {
		if (hi >= 0)
			*len = 6;
		return hi;
	}
	if (hi > 0xdbff)
		return TEXT_UNPAIRED;
	int32_t lo = unit(p + 6, end);
	if (lo == TEXT_CUT)
		return lo;
	if (lo < 0xdc00 || lo > 0xdfff)
		return TEXT_UNPAIRED;
	*len = 12;
	return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

static size_t encode(int32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

size_t text_unescape(struct str raw, char *out)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	char *to = out;

	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));
		size_t n = (size_t)((slash ? slash : end) - p), len = 0;

		memcpy(to, p, n);
		to += n;
		p += n;
		if (!slash)
			break;
		int32_t c = text_escape(p, end, &len);
		if (c < 0)
			break;              /* not validated: stop rather than loop */
		to += encode(c, to);
		p += len;
	}
	return (size_t)(to - out);
}
