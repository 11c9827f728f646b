#include "stage/report-part.h"

#include "json/num.h"

/* ---- text ------------------------------------------------------------------------------- */

enum { REPLACEMENT = 0xfffd };

/* The character at p < end; *n: its bytes, 1 where there is none.  RFC 3629. */
static uint32_t decode(const unsigned char *p, const unsigned char *end, size_t *n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
	uint32_t c = len > 1 ? *p & (0x7fu >> len) : *p;

	*n = 1;
	if (len == 0 || (size_t)(end - p) < len)
		return REPLACEMENT;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return REPLACEMENT;
	*n = len;
	return c;
}

/* Characters that show nothing, move what stands around them, or that XML cannot hold. */
static bool is_hidden(uint32_t c)
{
	static const struct { uint32_t from, to; } hidden[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	if ((c & 0xfffe) == 0xfffe)     /* non-characters at the end of each plane */
		return true;
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (c >= hidden[i].from && c <= hidden[i].to)
			return true;
	return false;
}

static void put_code(struct buf *b, uint32_t c)
{
	static const char hex[] = "0123456789ABCDEF";

	buf_adds(b, "\xe2\x9f\xa8U+");          /* U+27E8: the text itself can hold no such mark unescaped */
	for (int shift = c > 0xfffff ? 20 : c > 0xffff ? 16 : 12; shift >= 0; shift -= 4)
		buf_addc(b, hex[c >> shift & 15]);
	buf_adds(b, "\xe2\x9f\xa9");
}

/* Columns of a character; those of U+27E8 and U+27E9, which would forge put_code's marks, are its own. */
static size_t width(uint32_t c)
{
	if (is_hidden(c) || c == 0x27e8 || c == 0x27e9)
		return c > 0xffff ? 9 : 8;
	return c >= 0x1100 ? 2 : 1;
}

typedef void putter(struct buf *b, uint32_t c, const unsigned char *p, size_t n);

static void put_plain(struct buf *b, uint32_t c, const unsigned char *p, size_t n)
{
	if (is_hidden(c) || c == 0x27e8 || c == 0x27e9)
		put_code(b, c);
	else if (c == REPLACEMENT)
		buf_adds(b, "\xef\xbf\xbd");
	else
		buf_add(b, p, n);
}

static void put_char(struct buf *b, uint32_t c, const unsigned char *p, size_t n)
{
	if (is_hidden(c) || c == 0x27e8 || c == 0x27e9)
		put_code(b, c);
	else if (c == '&')
		buf_adds(b, "&amp;");
	else if (c == '<')
		buf_adds(b, "&lt;");
	else if (c == '>')
		buf_adds(b, "&gt;");
	else if (c == '"')
		buf_adds(b, "&quot;");
	else if (c == '\'')
		buf_adds(b, "&#39;");
	else if (c == REPLACEMENT)
		buf_adds(b, "\xef\xbf\xbd");
	else
		buf_add(b, p, n);
}

/* From p, characters of at most `most` columns in all; returns where it stopped. */
static const unsigned char *put_some(struct buf *b, putter *put, const unsigned char *p, const unsigned char *end,
                                     size_t most)
{
	size_t n, used = 0;

	while (p < end) {
		uint32_t c = decode(p, end, &n);
		used += width(c);
		if (used > most)
			break;
		if (b)
			put(b, c, p, n);
		p += n;
	}
	return p;
}

/* Where the last `most` columns of the text begin, not before p. */
static const unsigned char *tail(const unsigned char *p, const unsigned char *end, size_t most)
{
	const unsigned char *q = end;

	/* one step back at a time over a few characters only */
	while (q > p) {
		const unsigned char *was = q;
		do
			q--;
		while (q > p && (*q & 0xc0) == 0x80 && was - q < 4);
		if (put_some(NULL, NULL, q, end, most) < end)
			return was;
	}
	return q;
}

static void put_cut(struct buf *b, putter *put, struct str s, size_t most)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
	size_t behind = most / 4;

	if (s.n == 0)
		return;
	if (put_some(NULL, NULL, p, end, most) == end) {
		put_some(b, put, p, end, most);
		return;
	}
	p = put_some(b, put, p, end, most - behind - 1);
	buf_adds(b, "\xe2\x80\xa6");
	put_some(b, put, tail(p, end, behind), end, behind);
}

void part_text(struct buf *b, struct str s, size_t most)
{
	put_cut(b, put_char, s, most);
}

void part_plain(struct buf *b, struct str s, size_t most)
{
	put_cut(b, put_plain, s, most);
}

void part_name(struct buf *b, struct str s)
{
	enum { COLUMNS = 48 };

	if (s.n == 0) {
		buf_adds(b, "<i>empty text</i>");
		return;
	}
	buf_adds(b, "<bdi>");
	part_text(b, s, COLUMNS);
	buf_adds(b, "</bdi>");
}

/* ---- numbers ------------------------------------------------------------------------------ */

static void put_grouped(struct buf *b, uint64_t v)
{
	char t[20];
	size_t n = 0;

	do
		t[n++] = (char)('0' + v % 10);
	while (v /= 10);
	for (size_t i = n; i-- > 0; ) {
		buf_addc(b, t[i]);
		if (n > 4 && i && i % 3 == 0)
			buf_adds(b, "\xe2\x80\xaf");            /* narrow no-break space */
	}
}

/* |x| 10^digits, rounded; 0 when that is too much for 53 bits */
static bool scaled(double x, unsigned digits, uint64_t *out, uint64_t *unit)
{
	*unit = 1;
	for (unsigned i = 0; i < digits; i++)
		*unit *= 10;
	x = (x < 0 ? -x : x) * (double)*unit + 0.5;
	if (!(x < 9e15))
		return false;
	*out = (uint64_t)x;
	return true;
}

void part_fixed(struct buf *b, double x, unsigned digits)
{
	uint64_t v, unit;

	if (x - x != 0) {
		buf_adds(b, x > 0 ? "infinite" : x < 0 ? "minus infinite" : "undefined");
		return;
	}
	if (!scaled(x, digits, &v, &unit)) {
		char t[32];
		buf_add(b, t, num_print(x, t));
		return;
	}
	if (x < 0 && v)
		buf_adds(b, "\xe2\x88\x92");
	put_grouped(b, v / unit);
	if (digits)
		buf_addc(b, '.');
	for (v %= unit; unit > 1; v %= unit) {
		unit /= 10;
		buf_addc(b, (char)('0' + v / unit));
	}
}

void part_percent(struct buf *b, double share)
{
	part_fixed(b, 100 * share, 1);
	buf_adds(b, "\xc2\xa0%");
}

void part_count(struct buf *b, uint64_t n)
{
	put_grouped(b, n);
}

void part_n(struct buf *b, uint64_t n, const char *one, const char *many)
{
	part_count(b, n);
	buf_addf(b, "\xc2\xa0%s", n == 1 ? one : many);
}

void part_coord(struct buf *b, double x)
{
	uint64_t v, unit;

	if (!scaled(x, 1, &v, &unit))
		v = 0;
	if (x < 0 && v)
		buf_addc(b, '-');
	buf_addu(b, v / 10);
	if (v % 10) {
		buf_addc(b, '.');
		buf_addc(b, (char)('0' + v % 10));
	}
}

/* ---- tables -------------------------------------------------------------------------------- */

void part_table(struct buf *b, const char *caption, const char *const *head, const char *align)
{
	buf_addf(b, "<div class=\"t\"><table>\n<caption>%s</caption>\n<thead><tr>", caption);
	for (size_t i = 0; align[i]; i++)
		buf_addf(b, "<th scope=\"col\"%s>%s</th>", align[i] == 'r' ? " class=\"n\"" : "", head[i]);
	buf_adds(b, "</tr></thead>\n<tbody>\n");
}

void part_table_end(struct buf *b)
{
	buf_adds(b, "</tbody>\n</table></div>\n");
}

void row_begin(struct buf *b, bool number)
{
	buf_addf(b, "<tr><th scope=\"row\"%s>", number ? " class=\"n\"" : "");
}

void row_headed(struct buf *b)
{
	buf_adds(b, "</th>");
}

void row_name(struct buf *b, struct str s)
{
	row_begin(b, false);
	part_name(b, s);
	row_headed(b);
}

void row_said(struct buf *b, const char *html)
{
	row_begin(b, false);
	buf_adds(b, html);
	row_headed(b);
}

void row_end(struct buf *b)
{
	buf_adds(b, "</tr>\n");
}

void cell_begin(struct buf *b, bool number)
{
	buf_adds(b, number ? "<td class=\"n\">" : "<td>");
}

void cell_end(struct buf *b)
{
	buf_adds(b, "</td>");
}

void cell_name(struct buf *b, struct str s)
{
	cell_begin(b, false);
	part_name(b, s);
	cell_end(b);
}

void cell_said(struct buf *b, const char *html)
{
	buf_adds(b, "<td class=\"w\">");
	buf_adds(b, html);
	cell_end(b);
}

void cell_count(struct buf *b, uint64_t n)
{
	cell_begin(b, true);
	part_count(b, n);
	cell_end(b);
}

void cell_fixed(struct buf *b, double x, unsigned digits)
{
	cell_begin(b, true);
	part_fixed(b, x, digits);
	cell_end(b);
}

void cell_percent(struct buf *b, double share)
{
	cell_begin(b, true);
	part_percent(b, share);
	cell_end(b);
}

/* ---- the few best of many --------------------------------------------------------------------- */

void top_add(struct top *t, uint32_t id, bool (*before)(const void *ctx, uint32_t a, uint32_t b), const void *ctx)
{
	size_t i = t->n;

	if (i == TOP && !before(ctx, id, t->id[TOP - 1]))
		return;
	if (i == TOP)
		i--;
	else
		t->n++;
	for (; i > 0 && before(ctx, id, t->id[i - 1]); i--)
		t->id[i] = t->id[i - 1];
	t->id[i] = id;
}
