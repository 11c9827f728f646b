#include "rec/shape.h"

#include <stdint.h>

#include "json/text.h"
#include "rec/rec.h"

enum { DIGITS = 15, ADDRESS = 42, PATIENCE = 16 };

/* ---- learning ------------------------------------------------------------------- */

static enum shape_role role_of(struct str key)
{
	return str_is(key, "task") ? SHAPE_TASK : str_is(key, "worker") ? SHAPE_WORKER :
	       str_is(key, "value") ? SHAPE_VALUE : str_is(key, "at") ? SHAPE_TIME :
	       str_is(key, "ms") ? SHAPE_COUNT :
	       str_is(key, "confidence") ? SHAPE_SHARE : SHAPE_OTHER;
}

/* Members whose value stays part of what is compared: it is the same in every label, or it
 * has rules of its own. */
static bool is_fixed(const struct json_field *f)
{
	return str_is(f->key, "kind") || str_is(f->key, "sig") ||
	       (f->type != JSON_STRING && f->type != JSON_NUMBER);
}

/* Where the value's text begins: raw of a string may be anywhere when it is empty. */
static const char *value_at(const struct json_field *f, struct str line)
{
	return line.p + f->byte - 1 + (f->type == JSON_STRING);
}

static bool learn(struct shape *s, const struct json_record *r, struct str line)
{
	const char *at = line.p;
	unsigned seen = 0;

	if (line.n > SHAPE_TEXT)
		return false;
	memcpy(s->text, line.p, line.n);
	for (size_t i = 0; i < r->n; i++) {
		const struct json_field *f = &r->field[i];
		const char *p = value_at(f, line);
		if (is_fixed(f))
			continue;
		if (s->n == SHAPE_VALUES)
			return false;
		s->value[s->n].role = role_of(f->key);
		s->value[s->n].number = f->type == JSON_NUMBER;
		s->value[s->n].from = (size_t)(at - line.p);
		s->value[s->n].n = (size_t)(p - at);
		seen |= 1u << s->value[s->n].role;
		s->n++;
		at = p + f->raw.n;
	}
	s->last = (size_t)(at - line.p);
	s->n_last = line.n - s->last;
	return (seen & 7) == 7;         /* task, worker and value */
}

void shape_learn(struct shape *s, const struct json_record *r, struct str line)
{
	/* where no line is like the one before, learning is lost work */
	if (s->n && !s->fitted && ++s->tries % PATIENCE != 0)
		return;
	s->fitted = false;
	s->n = 0;
	if (!learn(s, r, line))
		s->n = 0;
}

/* ---- reading -------------------------------------------------------------------- */

static inline bool same(const char *a, const char *b, size_t n)
{
	uint64_t x, y;

	if (n < 8)
		return memcmp(a, b, n) == 0;
	for (size_t i = 0; i + 8 < n; i += 8) {
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			return false;
	}
	memcpy(&x, a + n - 8, 8);
	memcpy(&y, b + n - 8, 8);
	return x == y;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* a number of few digits: 0, 12, 0.25; NULL for any other */
static const char *plain_number(const char *p, const char *end, bool whole)
{
	const char *first = p;

	while (p < end && is_digit(*p))
		p++;
	if (p == first || p - first > DIGITS || (*first == '0' && p - first > 1))
		return NULL;
	if (whole || p == end || *p != '.')
		return p;
	first = ++p;
	while (p < end && is_digit(*p))
		p++;
	return p > first && p - first <= DIGITS ? p : NULL;
}

static inline bool take_id(struct str s, struct arena *a, struct str *out)
{
	struct err e;

	*out = s;
	return s.n == ADDRESS ? rec_check_id(s, a, out, &e) : s.n > 0 && s.n <= REC_ID_MAX;
}

static inline bool take(enum shape_role role, struct str raw, bool number, struct arena *a, struct shape_label *out)
{
	switch (role) {
	case SHAPE_TASK:
		return take_id(raw, a, &out->task);
	case SHAPE_WORKER:
		return take_id(raw, a, &out->worker);
	case SHAPE_VALUE:
		out->value.raw = raw;
		out->value.type = number ? JSON_NUMBER : JSON_STRING;
		out->value.escaped = false;
		return true;
	case SHAPE_TIME:
		return rec_check_time(raw);
	case SHAPE_SHARE:               /* 0.25, 0, 1; others are for the careful reader */
		return raw.p[0] == '0' || raw.n == 1 ? raw.p[0] <= '1' : false;
	default:
		return true;
	}
}

bool shape_read(struct shape *s, const char *lo, const char *p, const char *end, struct arena *a,
                struct shape_label *out)
{
	if (!s->n)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		size_t n = s->value[i].n;
		bool number = s->value[i].number;
		if ((size_t)(end - p) < n || !same(p, s->text + s->value[i].from, n))
			return false;
		const char *first = p += n;
		if (number)
			p = plain_number(p, end, s->value[i].role == SHAPE_COUNT);
		else
			p = text_skip(lo, p, end);
		if (!p || p == end || (!number && *p != '"'))
			return false;
		if (!take(s->value[i].role, (struct str){ first, (size_t)(p - first) }, number, a, out))
			return false;
	}
	if ((size_t)(end - p) < s->n_last || !same(p, s->text + s->last, s->n_last))
		return false;
	p += s->n_last;
	p += p < end && *p == '\r';
	if (p == end || *p != '\n')
		return false;
	out->end = p + 1;
	return s->fitted = true;
}
