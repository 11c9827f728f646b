#include "json/record.h"
#include "json/text.h"

const struct json_field *json_get(const struct json_record *r, struct str k)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->field[i].key, k))
			return &r->field[i];
	return NULL;
}

struct str json_text(const struct json_field *f, struct arena *a)
{
	BUG_ON(f->type != JSON_STRING);
	if (!f->escaped)
		return f->raw;
	char *to = arena_alloc(a, f->raw.n, 1);
	return (struct str){ to, text_unescape(f->raw, to) };
}

const char *json_type_name(enum json_type t)
{
	static const char *const name[] = {
		"null", "false", "true", "a number", "a string", "an array", "an object"
	};

	return name[t];
}

/* ---- items of an array already validated --------------------------------- */

static const char *space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* p is behind the opening quote; returns the closing one, or end */
static const char *string(const char *p, const char *end, bool *escaped)
{
	const char *lo = p;

	for (*escaped = false; (p = text_skip(lo, p, end)) < end && *p != '"'; p++)
		if (*p == '\\') {
			*escaped = true;
			if (++p == end)
				break;
		}
	return p;
}

/* p is at the opening bracket; returns what is behind the closing one, or end */
static const char *container(const char *p, const char *end)
{
	size_t depth = 0;
	bool escaped;

	for (; p < end; p++) {
		if (*p == '"') {
			p = string(p + 1, end, &escaped);
			if (p == end)
				break;
		} else if (*p == '[' || *p == '{') {
			depth++;
		} else if ((*p == ']' || *p == '}') && --depth == 0) {
			return p + 1;
		}
	}
	return end;
}

static enum json_type type_at(char c)
{
	switch (c) {
	case '"': return JSON_STRING;
	case '[': return JSON_ARRAY;
	case '{': return JSON_OBJECT;
	case 't': return JSON_TRUE;
	case 'f': return JSON_FALSE;
	case 'n': return JSON_NULL;
	}
	return JSON_NUMBER;
}

bool json_next(struct str *rest, struct json_field *item)
{
	const char *p = rest->p, *end = p + rest->n, *first;

	p = space(p, end);
	if (p < end && (*p == '[' || *p == ','))
		p = space(p + 1, end);
	if (p == end || *p == ']') {
		*rest = (struct str){ p, (size_t)(end - p) };
		return false;
	}
	first = p;
	*item = (struct json_field){ .type = type_at(*p) };
	if (item->type == JSON_STRING) {
		p = string(p + 1, end, &item->escaped);
		item->raw = (struct str){ first + 1, (size_t)(p - first) - 1 };
		p += p < end;
	} else {
		if (item->type == JSON_ARRAY || item->type == JSON_OBJECT)
			p = container(p, end);
		else
			while (p < end && *p != ',' && *p != ']' && space(p, end) == p)
				p++;
		item->raw = (struct str){ first, (size_t)(p - first) };
	}
	*rest = (struct str){ p, (size_t)(end - p) };
	return true;
}

size_t json_item_byte(const struct json_field *array, size_t byte, const struct json_field *item)
{
	return byte + (size_t)(item->raw.p - array->raw.p) - (item->type == JSON_STRING);
}
