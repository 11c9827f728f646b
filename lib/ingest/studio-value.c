/* The value of an annotation: what each type of result becomes. */
#include "ingest/studio-value.h"

#include "ingest/decimal.h"
#include "json/num.h"
#include "json/write.h"

static void put_compact(struct buf *b, struct str json)
{
	const char *p = json.p, *end = p + json.n;
	bool inside = false;

	for (; p < end; p++) {
		if (inside && *p == '\\' && p + 1 < end) {
			buf_addc(b, *p++);
		} else if (*p == '"') {
			inside = !inside;
		} else if (!inside && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) {
			continue;
		}
		buf_addc(b, *p);
	}
}

void studio_put_json(struct buf *b, const struct json_field *f)
{
	if (f->type == JSON_STRING) {
		buf_addc(b, '"');
		buf_addstr(b, f->raw);          /* validated, and escaped as it was */
		buf_addc(b, '"');
	} else {
		put_compact(b, f->raw);
	}
}

static bool wrong(struct studio *s, const char *name, const char *what, const struct json_field *got, struct err *e)
{
	if (got)
		studio_point(s, got);
	return err_set(e, "field \"%s\": expected %s, got %s", name, what, got ? json_type_name(got->type) : "nothing");
}

static bool want(struct studio *s, const char *name, enum json_type type, const char *what,
                 const struct json_field **out, struct err *e)
{
	*out = json_get(&s->val, str_of(name));
	return (*out && (*out)->type == type) || wrong(s, name, what, *out, e);
}

static size_t count_items(const struct json_field *array, struct json_field *first)
{
	struct str rest = array->raw;
	struct json_field item;
	size_t n = 0;

	while (json_next(&rest, &item))
		if (!n++)
			*first = item;
	return n;
}

/* ---- answers ------------------------------------------------------------- */

/* several are an array, one is itself; bare, without brackets, they are part of an array that is there */
static bool put_items(const struct json_field *f, bool bare, struct buf *b)
{
	struct json_field first;
	size_t n = f->type == JSON_ARRAY ? count_items(f, &first) : 0;

	if (f->type == JSON_ARRAY && n == 0)
		return false;
	size_t was = b->n;
	studio_put_json(b, n == 1 ? &first : f);
	if (bare && n > 1) {
		memmove(b->p + was, b->p + was + 1, b->n - was - 2);
		b->n -= 2;
		b->p[b->n] = '\0';
	}
	return true;
}

static bool put_choices(struct studio *s, struct buf *b, bool *empty, struct err *e)
{
	const struct json_field *f;

	if (!want(s, "choices", JSON_ARRAY, "an array", &f, e))
		return false;
	*empty = !put_items(f, s->list, b);
	return true;
}

static bool put_text(struct studio *s, struct buf *b, bool *empty, struct err *e)
{
	const struct json_field *f = json_get(&s->val, STR("text"));

	if (!f || (f->type != JSON_ARRAY && f->type != JSON_STRING))
		return wrong(s, "text", "a string or an array", f, e);
	*empty = !put_items(f, s->list, b);
	return true;
}

static bool put_taxonomy(struct studio *s, struct buf *b, bool *empty, struct err *e)
{
	const struct json_field *f;
	struct json_field first;

	if (!want(s, "taxonomy", JSON_ARRAY, "an array", &f, e))
		return false;
	*empty = count_items(f, &first) == 0;
	studio_put_json(b, f);
	return true;
}

static bool put_number(struct studio *s, const char *name, struct buf *b, struct err *e)
{
	const struct json_field *f;
	double x;

	if (!want(s, name, JSON_NUMBER, "a number", &f, e))
		return false;
	num_parse(f->raw, &x);
	json_put_number(b, x);
	return true;
}

static bool put_string(struct studio *s, const char *name, struct buf *b, struct err *e)
{
	const struct json_field *f;

	if (!want(s, name, JSON_STRING, "a string", &f, e))
		return false;
	studio_put_json(b, f);
	return true;
}

/* an order of items; under the name of its list when there is but one list */
static bool put_ranker(struct studio *s, struct buf *b, struct err *e)
{
	const struct json_field *f = json_get(&s->val, STR("ranker"));
	struct json_record lists = { 0 };

	if (!f || (f->type != JSON_ARRAY && f->type != JSON_OBJECT))
		return wrong(s, "ranker", "an array or an object", f, e);
	if (f->type == JSON_OBJECT && json_read(&lists, f->raw, e) && lists.n == 1 &&
	    lists.field[0].type == JSON_ARRAY)
		studio_put_json(b, &lists.field[0]);
	else
		studio_put_json(b, f);
	json_record_release(&lists);
	return true;
}

/* ---- regions ------------------------------------------------------------- */

/* "label": one string, or several; none when the region was drawn without */
static void put_region_label(struct studio *s, const char *type, struct buf *b)
{
	const struct json_field *f = json_get(&s->val, str_of(type));
	size_t was = b->n;

	if (!f || f->type != JSON_ARRAY)
		return;
	json_put_key(b, "label");
	if (!put_items(f, false, b)) {
		b->n = was;
		b->p[was] = '\0';
	}
}

static bool put_span(struct studio *s, const char *type, struct buf *b, struct err *e)
{
	static const char *const side[] = { "start", "end" };
	const struct json_field *f;

	buf_addc(b, '{');
	put_region_label(s, type, b);
	for (size_t i = 0; i < 2; i++) {
		if (!want(s, side[i], JSON_NUMBER, "a number", &f, e))
			return false;
		json_put_key(b, side[i]);
		double x;
		num_parse(f->raw, &x);
		json_put_number(b, x);
	}
	buf_addc(b, '}');
	return true;
}

/* a size in pixels, 0 when the export does not tell it */
static uint64_t pixels(struct studio *s, const char *name)
{
	const struct json_field *f = json_get(&s->res, str_of(name));
	uint64_t v;

	if (!f || f->type != JSON_NUMBER || !num_parse_u64(f->raw, &v) || v >> 31)
		return 0;
	return v;
}

/* Per cent of the image to pixels: the double nearest to the exact product. */
static bool put_box(struct studio *s, const char *type, struct buf *b, struct err *e)
{
	static const struct { const char *from, *to; } side[] = {
		{ "x", "x" }, { "y", "y" }, { "width", "w" }, { "height", "h" },
	};
	uint64_t size[2] = { pixels(s, "original_width"), pixels(s, "original_height") };
	bool known = size[0] && size[1];
	const struct json_field *f;
	double x;

	buf_addc(b, '{');
	put_region_label(s, type, b);
	for (size_t i = 0; i < 4; i++) {
		if (!want(s, side[i].from, JSON_NUMBER, "a number", &f, e))
			return false;
		if (!decimal_scale(f->raw, known ? size[i % 2] : 1, known ? -2 : 0, &x))
			return wrong(s, side[i].from, "a number in range", f, e);
		json_put_knum(b, side[i].to, x);
	}
	f = json_get(&s->val, STR("rotation"));
	if (f && f->type == JSON_NUMBER && num_parse(f->raw, &x) && x != 0)
		json_put_knum(b, "rotation", x);
	if (!known)
		json_put_kstr(b, "unit", STR("percent"));
	buf_addc(b, '}');
	return true;
}

/* ---- a result ------------------------------------------------------------ */

static bool has_number(const struct studio *s, const char *name)
{
	const struct json_field *f = json_get(&s->val, str_of(name));

	return f && f->type == JSON_NUMBER;
}

static bool is_span(struct studio *s, struct str type)
{
	return str_is(type, "labels") && has_number(s, "start") && has_number(s, "end");
}

/* <Labels> on an image gives boxes of the type "labels", <Rectangle> such without a label */
static bool is_box(struct studio *s, struct str type)
{
	return str_is(type, "rectanglelabels") || str_is(type, "rectangle") ||
	       (str_is(type, "labels") && has_number(s, "width") && has_number(s, "height"));
}

/* a whole number that stars can be */
static bool is_rating(const struct studio *s, uint64_t *stars)
{
	const struct json_field *f = json_get(&s->val, STR("rating"));
	double x;

	if (!f || f->type != JSON_NUMBER || !num_parse(f->raw, &x) || x < 1 || x > 100 || x != (double)(uint64_t)x)
		return false;
	*stars = (uint64_t)x;
	return true;
}

static bool is_position(const struct studio *s, const char *name)
{
	const struct json_field *f = json_get(&s->val, str_of(name));
	double x;

	return f && f->type == JSON_NUMBER && num_parse(f->raw, &x) && x >= 0 && x < 0x1p53 && x == (double)(uint64_t)x;
}

static void note_several(const struct studio *s, const char *name, struct studio_field *f)
{
	const struct json_field *list = json_get(&s->val, str_of(name));
	struct json_field first;

	f->several |= list && list->type == JSON_ARRAY && count_items(list, &first) > 1;
}

enum studio_type studio_type(struct studio *s, struct str name, struct studio_field *f)
{
	uint64_t stars;

	if (str_is(name, "choices") || str_is(name, "textarea")) {
		bool text = str_is(name, "textarea");
		note_several(s, text ? "text" : "choices", f);
		return text ? STUDIO_TEXT : STUDIO_CLASS;
	}
	if (str_is(name, "rating") && is_rating(s, &stars)) {
		f->most = stars > f->most ? stars : f->most;
		return STUDIO_ORDINAL;
	}
	if (str_is(name, "datetime"))
		return STUDIO_CLASS;
	if (str_is(name, "number") || str_is(name, "rating"))
		return STUDIO_NUMBER;
	if (str_is(name, "pairwise"))
		return STUDIO_PAIR;
	/* in a recording start and end are seconds */
	if (is_span(s, name))
		return is_position(s, "start") && is_position(s, "end") ? STUDIO_SPAN : STUDIO_ELSE;
	return is_box(s, name) ? STUDIO_BOX : STUDIO_ELSE;
}

static bool put_result(struct studio *s, struct str type, const struct json_field *value, struct buf *b,
                       bool *region, bool *empty, struct err *e)
{
	*region = *empty = false;
	if (str_is(type, "choices")) {
		*region = s->list;              /* the brackets around all stay */
		return put_choices(s, b, empty, e);
	}
	if (str_is(type, "rating"))
		return put_number(s, "rating", b, e);
	if (str_is(type, "number"))
		return put_number(s, "number", b, e);
	if (str_is(type, "textarea")) {
		*region = s->list;
		return put_text(s, b, empty, e);
	}
	if (str_is(type, "taxonomy"))
		return put_taxonomy(s, b, empty, e);
	if (str_is(type, "ranker"))
		return put_ranker(s, b, e);
	if (str_is(type, "pairwise"))
		return put_string(s, "selected", b, e);
	if (str_is(type, "datetime")) {
		*region = s->list;
		return put_string(s, "datetime", b, e);
	}
	*region = true;
	if (is_span(s, type))
		return put_span(s, "labels", b, e);
	if (is_box(s, type))
		return put_box(s, str_is(type, "labels") ? "labels" : "rectanglelabels", b, e);
	studio_add(s, &s->unknown, type);
	studio_put_json(b, value);
	return true;
}

/* is it a result of the field? */
static bool answers(struct studio *s, const struct json_field *result)
{
	struct err ignored;

	if (result->type != JSON_OBJECT || !json_read(&s->res, result->raw, &ignored))
		return false;
	const struct json_field *name = json_get(&s->res, STR("from_name"));
	return name && name->type == JSON_STRING && str_eq(json_text(name, &s->scratch), s->field);
}

static bool read_result(struct studio *s, const struct json_field *result, struct str *type,
                        const struct json_field **value, struct err *e)
{
	const struct json_field *f = json_get(&s->res, STR("type"));

	s->at = result->raw.p;
	if (!f || f->type != JSON_STRING)
		return wrong(s, "type", "a string", f, e);
	*type = json_text(f, &s->scratch);
	*value = json_get(&s->res, STR("value"));
	if (!*value || (*value)->type != JSON_OBJECT)
		return wrong(s, "value", "an object", *value, e);
	return json_read(&s->val, (*value)->raw, e);
}

bool studio_value(struct studio *s, const struct json_field *results, struct buf *b,
                  size_t *asked, size_t *answered, struct err *e)
{
	struct str rest = results->raw, type = { 0 };
	struct json_field result;
	const struct json_field *value = NULL;
	bool region, any_region = false, empty;
	size_t open = b->n;

	*asked = *answered = 0;
	buf_addc(b, '[');
	while (json_next(&rest, &result)) {
		if (!answers(s, &result))
			continue;
		size_t was = b->n;
		if (!read_result(s, &result, &type, &value, e))
			return false;
		json_put_sep(b);
		if (!put_result(s, type, value, b, &region, &empty, e))
			return false;
		any_region |= region;
		++*asked;
		*answered += !empty;
		if (empty)
			b->n = was;
	}
	buf_addc(b, ']');
	if (*answered == 1 && !any_region) {    /* the only answer needs no array around it */
		memmove(b->p + open, b->p + open + 1, b->n - open - 2);
		b->n -= 2;
		b->p[b->n] = '\0';
	}
	return true;
}
