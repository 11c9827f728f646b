#include "ingest/csv.h"

#include "base/mem.h"
#include "json/write.h"

struct scan {
	struct csv *c;
	const char *row, *p, *end;
	bool last;
	struct err *e;
};

static uintmax_t count_lf(const char *p, const char *end)
{
	uintmax_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

/* ---- what is wrong ------------------------------------------------------- */

__attribute__((cold))
static enum csv_got bad(struct scan *s, const char *at, const char *msg)
{
	const char *start = at;

	while (start > s->row && start[-1] != '\n')
		start--;
	s->c->bad_line = s->c->line + count_lf(s->row, at);
	(void)err_at(s->e, (size_t)(at - start) + 1, "%s", msg);
	return CSV_BAD;
}

__attribute__((cold))
static enum csv_got bad_and_lost(struct scan *s, const char *at, const char *msg)
{
	s->c->lost = true;
	s->p = s->end;
	return bad(s, at, msg);
}

/* the row cannot be told apart any more: the line that at is in goes with it */
__attribute__((cold))
static enum csv_got bad_line(struct scan *s, const char *at, const char *msg)
{
	const char *lf = memchr(at, '\n', (size_t)(s->end - at));

	if (!lf && !s->last)
		return CSV_MORE;
	s->p = lf ? lf : s->end;
	return bad(s, at, msg);
}

/* text is known not to be UTF-8 without NUL: where? */
__attribute__((cold))
static enum csv_got bad_text(struct scan *s, struct str text)
{
	const char *p = text.p, *end = p + text.n;

	while (p < end && *p) {
		size_t n = 1;
		while (n <= 4 && !(p + n <= end && json_utf8((struct str){ p, n })))
			n++;
		if (n > 4)
			break;
		p += n;
	}
	return bad(s, p, p < end && !*p ? "NUL byte" : "invalid UTF-8");
}

/* ---- fields -------------------------------------------------------------- */

static void add_cell(struct csv *c, const char *p, const char *end)
{
	if (c->n == c->cap) {
		c->cap = mem_grow(c->cap, c->n + 16);
		c->cell = mem_realloc(c->cell, c->cap, sizeof *c->cell);
	}
	c->cell[c->n++] = (struct str){ p, (size_t)(end - p) };
}

/* the same with each doubled quote made one */
static void add_unquoted(struct csv *c, const char *p, const char *end)
{
	char *to = arena_alloc(&c->scratch, (size_t)(end - p), 1), *first = to;

	while (p < end) {
		if (*p == '"')
			p++;
		*to++ = *p++;
	}
	add_cell(c, first, to);
}

/* s->p is behind what may be the end of a field: is it one? */
static bool at_field_end(const struct scan *s, enum csv_got *got)
{
	const char *p = s->p;

	*got = CSV_ROW;
	if (p == s->end) {
		if (!s->last)
			*got = CSV_MORE;
		return s->last;
	}
	if (*p == s->c->sep || *p == '\n')
		return true;
	if (*p != '\r')
		return false;
	if (p + 1 == s->end && !s->last)
		*got = CSV_MORE;
	return p + 1 == s->end ? s->last : p[1] == '\n';
}

static enum csv_got quoted(struct scan *s)
{
	const char *open = s->p, *first = open + 1, *q;
	enum csv_got got;
	bool doubled = false;

	for (s->p = first; ; s->p = q + 2) {
		q = s->p < s->end ? memchr(s->p, '"', (size_t)(s->end - s->p)) : NULL;
		if (!q && s->last)
			return bad_and_lost(s, open, "quote is never closed");
		if (!q) {
			s->c->open = true;
			s->c->open_line = s->c->line + count_lf(s->row, open);
			return CSV_MORE;
		}
		if (q + 1 == s->end || q[1] != '"')
			break;
		doubled = true;
	}
	s->p = q + 1;
	if (!at_field_end(s, &got))
		return got == CSV_MORE ? got : bad_line(s, s->p, "text behind a closing quote");
	if (doubled)
		add_unquoted(s->c, first, q);
	else
		add_cell(s->c, first, q);
	return CSV_ROW;
}

static enum csv_got bare(struct scan *s)
{
	const char *first = s->p, *p = first, *end = s->end;
	enum csv_got got;
	char sep = s->c->sep;

	while (p < end && *p != sep && *p != '\n' && *p != '\r')
		p++;
	s->p = p;
	if (!at_field_end(s, &got))
		return got == CSV_MORE ? got : bad_line(s, p, "carriage return without a line feed");
	add_cell(s->c, first, p);
	return CSV_ROW;
}

/* ---- rows ---------------------------------------------------------------- */

/* leaves s->p at the line end of the row */
static enum csv_got row(struct scan *s)
{
	for (;;) {
		enum csv_got got = s->p < s->end && *s->p == '"' ? quoted(s) : bare(s);
		if (got != CSV_ROW)
			return got;
		if (s->p == s->end || *s->p != s->c->sep)
			break;
		s->p++;
	}
	struct str raw = { s->row, (size_t)(s->p - s->row) };
	return json_utf8(raw) ? CSV_ROW : bad_text(s, raw);
}

static void skip_blank(struct scan *s)
{
	for (;;) {
		const char *p = s->row;
		while (p < s->end && (*p == ' ' || *p == '\t'))
			p++;
		if (p + 1 < s->end && *p == '\r' && p[1] == '\n')
			p++;
		else if (s->last && p + 1 == s->end && *p == '\r')
			p++;
		if (p == s->end && s->last)
			s->row = s->end;
		if (p == s->end || *p != '\n')
			return;
		s->c->lines++;
		s->row = p + 1;
	}
}

/* What stands at the start of a file that is not text; false when more bytes could tell. */
static bool start(struct scan *s, enum csv_got *got)
{
	size_t n = (size_t)(s->end - s->row);

	*got = CSV_ROW;
	if (s->c->started)
		return true;
	if (n < 3 && !s->last)
		return false;
	s->c->started = true;
	if (n >= 3 && memcmp(s->row, "\xef\xbb\xbf", 3) == 0)
		s->row += 3;
	else if (n >= 2 && (memcmp(s->row, "\xff\xfe", 2) == 0 || memcmp(s->row, "\xfe\xff", 2) == 0))
		*got = bad_and_lost(s, s->row, "text is UTF-16: convert it with iconv -f UTF-16 -t UTF-8");
	return true;
}

enum csv_got csv_next(struct csv *c, struct str text, bool last, size_t *used, struct err *e)
{
	const char *first = text.n ? text.p : "";
	struct scan s = { c, first, first, first + text.n, last, e };
	enum csv_got got;

	c->n = 0;
	c->open = false;
	c->line = c->lines + 1;
	arena_reset(&c->scratch);
	*used = 0;
	if (!start(&s, &got))
		return CSV_MORE;
	if (got == CSV_ROW) {
		skip_blank(&s);
		c->line = c->lines + 1;
		*used = (size_t)(s.row - first);
		if (s.row == s.end)
			return last ? CSV_END : CSV_MORE;
		s.p = s.row;
		got = row(&s);
		if (got == CSV_MORE)
			return got;
	}
	c->raw = (struct str){ s.row, (size_t)(s.p - s.row) };
	if (s.p < s.end)
		s.p += *s.p == '\r' ? 1 + (s.p + 1 < s.end && s.p[1] == '\n') : 1;
	if (c->raw.n && s.row[c->raw.n - 1] == '\r')
		c->raw.n--;             /* a bad line is cut at its LF */
	c->lines += count_lf(s.row, s.p);
	*used = (size_t)(s.p - first);
	return got;
}

void csv_release(struct csv *c)
{
	free(c->cell);
	arena_release(&c->scratch);
	*c = (struct csv){ .sep = c->sep };
}
