#include "json/record.h"

#include <stdint.h>
#include <xxhash.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/text.h"

/* up to so many keys are compared with each other as they come, more are sorted */
enum { WIDE = 16 };

struct json_slot {
	uint64_t hash;
	size_t i;
};

struct reader {
	const char *text, *end;
	struct json_record *r;
	struct err *e;
};

struct level {
	size_t first;       /* of this object's keys in r->open */
	uint64_t seen;
	bool object;
};

static size_t byte_of(const struct reader *c, const char *p)
{
	return (size_t)(p - c->text) + 1;
}

__attribute__((cold, noinline))
static const char *fail(struct reader *c, const char *at, const char *msg)
{
	err_at(c->e, byte_of(c, at), "%s", msg);
	return NULL;
}

/* something else was due at p, which may be the end */
__attribute__((cold, noinline))
static const char *expected(struct reader *c, const char *p, const char *msg)
{
	if (p == c->end)
		return fail(c, p, "unexpected end");
	return fail(c, p, *p ? msg : "NUL byte");
}

static inline const char *space(const struct reader *c, const char *p)
{
	while (p < c->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* ---- strings and scalars: each takes the start and returns the end, or NULL ---- */

__attribute__((noinline))
static const char *escape(struct reader *c, const char *p)
{
	size_t len = 0;

	switch (text_escape(p, c->end, &len)) {
	case TEXT_CUT:
		return fail(c, c->end, "unexpected end");
	case TEXT_BAD_ESCAPE:
		return fail(c, p, "invalid escape");
	case TEXT_UNPAIRED:
		return fail(c, p, "unpaired surrogate");
	case 0:
		return fail(c, p, "NUL escape");
	}
	return p + len;
}

__attribute__((noinline))
static const char *beyond_ascii(struct reader *c, const char *p)
{
	do {
		size_t n = text_utf8(p, c->end);
		if (!n)
			return fail(c, p, "invalid UTF-8");
		p += n;
	} while (p < c->end && (unsigned char)*p >= 0x80);
	return p;
}

/* p is behind the opening quote; returns the closing one */
static inline const char *string(struct reader *c, const char *p, bool *escaped)
{
	for (*escaped = false; ; ) {
		p = text_skip(c->text, p, c->end);
		if (p == c->end)
			return fail(c, p, "unexpected end");
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = true;
			p = escape(c, p);
		} else if ((unsigned char)*p >= 0x80) {
			p = beyond_ascii(c, p);
		} else {
			return expected(c, p, "control character in a string");
		}
		if (!p)
			return NULL;
	}
}

static inline bool is_digit(const struct reader *c, const char *p)
{
	return p < c->end && *p >= '0' && *p <= '9';
}

static inline const char *digits(const struct reader *c, const char *p)
{
	while (is_digit(c, p))
		p++;
	return p;
}

/* [first, p) is well-formed and its value may be too large for a double */
__attribute__((noinline))
static const char *in_range(struct reader *c, const char *first, const char *p)
{
	double x;

	if (!num_parse((struct str){ first, (size_t)(p - first) }, &x))
		return fail(c, first, "number out of range");
	return p;
}

static inline const char *number(struct reader *c, const char *p)
{
	const char *first = p, *was;

	p += *p == '-';
	if (!is_digit(c, p))
		return expected(c, p, "invalid number");
	was = p;
	p = *p == '0' ? p + 1 : digits(c, p);
	if (is_digit(c, p))
		return fail(c, p, "invalid number");     /* a leading zero */
	bool large = p - was > 308;
	if (p < c->end && *p == '.') {
		was = ++p;
		p = digits(c, p);
		if (p == was)
			return expected(c, p, "invalid number");
	}
	if (p < c->end && (*p == 'e' || *p == 'E')) {
		large = true;
		p++;
		p += p < c->end && (*p == '+' || *p == '-');
		was = p;
		p = digits(c, p);
		if (p == was)
			return expected(c, p, "invalid number");
	}
	return large ? in_range(c, first, p) : p;
}

static const char *literal(struct reader *c, const char *p, struct str want)
{
	size_t n = (size_t)(c->end - p) < want.n ? (size_t)(c->end - p) : want.n;

	if (memcmp(p, want.p, n) != 0)
		return fail(c, p, "expected a value");
	return n < want.n ? fail(c, c->end, "unexpected end") : p + n;
}

/* a value that holds no others; *f gets raw, type and escaped */
static inline const char *scalar(struct reader *c, const char *p, struct json_field *f)
{
	const char *first = p;

	f->escaped = false;
	switch (*p) {
	case '"':
		f->type = JSON_STRING;
		p = string(c, p + 1, &f->escaped);
		if (!p)
			return NULL;
		f->raw = (struct str){ first + 1, (size_t)(p - first) - 1 };
		return p + 1;
	case 't':
		f->type = JSON_TRUE;
		p = literal(c, p, STR("true"));
		break;
	case 'f':
		f->type = JSON_FALSE;
		p = literal(c, p, STR("false"));
		break;
	case 'n':
		f->type = JSON_NULL;
		p = literal(c, p, STR("null"));
		break;
	default:
		if (*p != '-' && !is_digit(c, p))
			return expected(c, p, "expected a value");
		f->type = JSON_NUMBER;
		p = number(c, p);
	}
	if (p)
		f->raw = (struct str){ first, (size_t)(p - first) };
	return p;
}

/* ---- keys ---------------------------------------------------------------- */

/* the next of a growing list of fields */
static inline struct json_field *room(struct json_field **list, size_t n, size_t *cap)
{
	if (n == *cap) {
		*cap = mem_grow(*cap, n + WIDE);
		*list = mem_realloc(*list, *cap, sizeof **list);
	}
	return &(*list)[n];
}

/* p is where a key should start; returns the start of its value */
static inline const char *key(struct reader *c, const char *p, struct json_field *f)
{
	bool escaped;

	if (p == c->end || *p != '"')
		return expected(c, p, "expected a key");
	f->key_byte = byte_of(c, p);
	f->key.p = ++p;
	p = string(c, p, &escaped);
	if (!p)
		return NULL;
	f->key.n = (size_t)(p - f->key.p);
	if (escaped) {
		char *to = arena_alloc(&c->r->scratch, f->key.n, 1);
		f->key = (struct str){ to, text_unescape(f->key, to) };
	}
	p = space(c, p + 1);
	if (p == c->end || *p != ':')
		return expected(c, p, "expected ':'");
	p = space(c, p + 1);
	return p == c->end ? expected(c, p, "") : p;
}

__attribute__((cold, noinline))
static bool duplicate(struct reader *c, const struct json_field *f)
{
	size_t n = f->key.n, most = 64;

	/* cut a long key short, but not inside a character */
	if (n > most)
		for (n = most; ((unsigned char)f->key.p[n] & 0xc0) == 0x80; )
			n--;
	return err_at(c->e, f->key_byte, "duplicate key \"%.*s%s\"", (int)n, f->key.p,
		      n < f->key.n ? "..." : "");
}

/* Whether key n is none of the n before it, as far as that is cheap to know: seen has
 * a bit for every key so far, so most keys are compared with no other. */
static inline bool fresh(struct reader *c, const struct json_field *f, size_t n, uint64_t *seen)
{
	struct str k = f[n].key;
	unsigned mix = (unsigned)k.n;

	if (k.n)
		mix += (unsigned char)k.p[0] * 5U + (unsigned char)k.p[k.n - 1] * 11U;
	uint64_t bit = UINT64_C(1) << (mix & 63);
	if ((*seen & bit) && n < WIDE)
		for (size_t i = 0; i < n; i++)
			if (str_eq(f[i].key, k))
				return duplicate(c, &f[n]);
	*seen |= bit;
	return true;
}

/* Order by hash, then by key, then by place.  Keys made to collide only cost the
 * comparison of their bytes: the sort stays O(n log n). */
static bool before(const struct json_field *f, const struct json_slot *a, const struct json_slot *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash;
	int order = str_cmp(f[a->i].key, f[b->i].key);
	return order ? order < 0 : a->i < b->i;
}

static void sift(const struct json_field *f, struct json_slot *s, size_t i, size_t n)
{
	struct json_slot x = s[i];

	for (size_t kid; (kid = 2 * i + 1) < n; i = kid) {
		kid += kid + 1 < n && before(f, &s[kid], &s[kid + 1]);
		if (!before(f, &x, &s[kid]))
			break;
		s[i] = s[kid];
	}
	s[i] = x;
}

/* The same for a wide object, all keys at once.  Heapsort, since it needs no memory
 * and has no bad case. */
__attribute__((noinline))
static bool all_fresh(struct reader *c, const struct json_field *f, size_t n)
{
	struct json_record *r = c->r;
	size_t second = n;

	if (r->cap_slot < n) {
		r->cap_slot = mem_grow(r->cap_slot, n);
		r->slot = mem_realloc(r->slot, r->cap_slot, sizeof *r->slot);
	}
	struct json_slot *s = r->slot;
	for (size_t i = 0; i < n; i++)
		s[i] = (struct json_slot){ XXH3_64bits(f[i].key.p, f[i].key.n), i };
	for (size_t i = n / 2; i-- > 0; )
		sift(f, s, i, n);
	for (size_t i = n - 1; i > 0; i--) {
		struct json_slot most = s[0];
		s[0] = s[i];
		s[i] = most;
		sift(f, s, 0, i);
	}
	for (size_t i = 1; i < n; i++)
		if (s[i].hash == s[i - 1].hash && s[i].i < second &&
		    str_eq(f[s[i].i].key, f[s[i - 1].i].key))
			second = s[i].i;
	return second == n || duplicate(c, &f[second]);
}

/* ---- nested values ------------------------------------------------------- */

static const char *item(struct reader *c, const char *p, struct level *l)
{
	struct json_record *r = c->r;

	if (!l->object)
		return p == c->end ? expected(c, p, "") : p;
	p = key(c, p, room(&r->open, r->n_open, &r->cap_open));
	if (!p || !fresh(c, r->open + l->first, r->n_open - l->first, &l->seen))
		return NULL;
	r->n_open++;
	return p;
}

static bool leave(struct reader *c, const struct level *l)
{
	struct json_record *r = c->r;
	size_t n = r->n_open - l->first;

	r->n_open = l->first;
	return n <= WIDE || all_fresh(c, r->open + l->first, n);
}

/* the array or object at p, inside of depth others */
static const char *nested(struct reader *c, const char *p, size_t depth)
{
	struct level stack[JSON_MAX_DEPTH], *l;
	struct json_field none;
	size_t n = 0;

	for (;;) {
		bool opened = *p == '{' || *p == '[';
		if (opened) {
			if (depth + n == JSON_MAX_DEPTH) {
				err_at(c->e, byte_of(c, p), "nested too deeply (more than %d)",
				       JSON_MAX_DEPTH);
				return NULL;
			}
			stack[n++] = (struct level){ c->r->n_open, 0, *p == '{' };
			p++;
		} else {
			p = scalar(c, p, &none);
			if (!p)
				return NULL;
		}
		for (;;) {
			l = &stack[n - 1];
			p = space(c, p);
			if (p < c->end && *p == (l->object ? '}' : ']')) {
				if (!leave(c, l))
					return NULL;
				p++;
				if (--n == 0)
					return p;
				opened = false;
				continue;
			}
			if (opened)
				break;
			if (p == c->end || *p != ',')
				return expected(c, p, l->object ? "expected ',' or '}'" :
						"expected ',' or ']'");
			p = space(c, p + 1);
			break;
		}
		p = item(c, p, l);
		if (!p)
			return NULL;
	}
}

/* any value */
static inline const char *value(struct reader *c, const char *p, struct json_field *f, size_t depth)
{
	const char *first = p;

	f->byte = byte_of(c, p);
	if (*p != '{' && *p != '[')
		return scalar(c, p, f);
	f->type = *p == '{' ? JSON_OBJECT : JSON_ARRAY;
	f->escaped = false;
	p = nested(c, p, depth);
	if (p)
		f->raw = (struct str){ first, (size_t)(p - first) };
	return p;
}

/* ---- what callers see ---------------------------------------------------- */

static struct reader begin(struct json_record *r, struct str text, struct err *e)
{
	const char *p = text.n ? text.p : "";

	r->n = r->n_open = 0;
	arena_reset(&r->scratch);
	return (struct reader){ p, p + text.n, r, e };
}

static bool ended(struct reader *c, const char *p)
{
	p = space(c, p);
	return p == c->end || expected(c, p, "unexpected text after the value");
}

static const char *not_object(struct reader *c, const char *p)
{
	if (p < c->end && *p == '[')
		return fail(c, p, "expected an object, got an array");
	return expected(c, p, "expected an object");
}

/* p is behind the opening brace */
static inline const char *members(struct reader *c, const char *p)
{
	struct json_record *r = c->r;
	uint64_t seen = 0;

	p = space(c, p);
	if (p < c->end && *p == '}')
		return p + 1;
	for (;;) {
		struct json_field *f = room(&r->field, r->n, &r->cap);

		p = key(c, p, f);
		if (!p || !fresh(c, r->field, r->n, &seen))
			return NULL;
		p = value(c, p, f, 1);
		if (!p)
			return NULL;
		r->n++;
		p = space(c, p);
		if (p == c->end || (*p != ',' && *p != '}'))
			return expected(c, p, "expected ',' or '}'");
		if (*p == '}')
			break;
		p = space(c, p + 1);
	}
	return r->n <= WIDE || all_fresh(c, r->field, r->n) ? p + 1 : NULL;
}

bool json_read(struct json_record *r, struct str text, struct err *e)
{
	struct reader c = begin(r, text, e);
	const char *p = space(&c, c.text);

	p = p < c.end && *p == '{' ? members(&c, p + 1) : not_object(&c, p);
	if (p && ended(&c, p))
		return true;
	r->n = 0;
	return false;
}

bool json_check(struct str text, struct err *e)
{
	struct json_record r = { 0 };
	struct reader c = begin(&r, text, e);
	const char *p = space(&c, c.text);
	struct json_field f;

	p = p < c.end ? value(&c, p, &f, 0) : expected(&c, p, "");
	bool good = p && ended(&c, p);
	json_record_release(&r);
	return good;
}

void json_record_release(struct json_record *r)
{
	free(r->field);
	free(r->open);
	free(r->slot);
	arena_release(&r->scratch);
	*r = (struct json_record){ 0 };
}
