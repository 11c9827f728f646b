#include "json/write.h"

#include "json/num.h"
#include "json/text.h"

/* one character that is not plain ASCII; returns what is behind it */
static const char *put_special(struct buf *b, const char *p, const char *end)
{
	static const char byte[] = "\"\\\b\f\n\r\t", name[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)*p;
	size_t n = c ? text_utf8(p, end) : 0;

	if (n == 0) {
		buf_adds(b, "\xef\xbf\xbd");
		return p + 1;
	}
	if (n > 1) {
		buf_add(b, p, n);
		return p + n;
	}
	const char *at = memchr(byte, c, sizeof byte - 1);
	if (at) {
		char t[2] = { '\\', name[at - byte] };
		buf_add(b, t, sizeof t);
	} else {
		char t[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
		buf_add(b, t, sizeof t);
	}
	return p + 1;
}

void json_put_string(struct buf *b, struct str s)
{
	const char *lo = s.n ? s.p : "", *p = lo, *end = p + s.n;

	buf_need(b, s.n + 2);
	buf_addc(b, '"');
	while (p < end) {
		const char *plain = p;
		p = text_skip(lo, p, end);
		if (p > plain)
			buf_add(b, plain, (size_t)(p - plain));
		if (p < end)
			p = put_special(b, p, end);
	}
	buf_addc(b, '"');
}

bool json_utf8(struct str s)
{
	const char *lo = s.n ? s.p : "", *p = lo, *end = p + s.n;

	while ((p = text_skip(lo, p, end)) < end) {
		size_t n = *p ? text_utf8(p, end) : 0;
		if (!n)
			return false;
		p += n;
	}
	return true;
}

void json_put_number(struct buf *b, double x)
{
	buf_need(b, 32);
	b->n += num_print(x, b->p + b->n);
}

void json_put_sep(struct buf *b)
{
	char last = b->n ? b->p[b->n - 1] : '\n';

	if (last != '{' && last != '[' && last != ':' && last != '\n')
		buf_addc(b, ',');
}

void json_put_key(struct buf *b, const char *key)
{
	json_put_sep(b);
	buf_addc(b, '"');
	buf_adds(b, key);
	buf_add(b, "\":", 2);
}

void json_put_kstr(struct buf *b, const char *key, struct str s)
{
	json_put_key(b, key);
	json_put_string(b, s);
}

void json_put_knum(struct buf *b, const char *key, double x)
{
	json_put_key(b, key);
	json_put_number(b, x);
}

void json_put_kuint(struct buf *b, const char *key, uint64_t v)
{
	json_put_key(b, key);
	buf_addu(b, v);
}

void json_put_kint(struct buf *b, const char *key, int64_t v)
{
	json_put_key(b, key);
	buf_addi(b, v);
}

void json_put_kbool(struct buf *b, const char *key, bool v)
{
	json_put_key(b, key);
	buf_adds(b, v ? "true" : "false");
}

void json_put_knull(struct buf *b, const char *key)
{
	json_put_key(b, key);
	buf_adds(b, "null");
}

void json_put_kraw(struct buf *b, const char *key, struct str json)
{
	json_put_key(b, key);
	buf_addstr(b, json);
}
