#include "ingest/studio.h"

#include "base/mem.h"
#include "ingest/decimal.h"
#include "ingest/studio-value.h"
#include "ingest/when.h"
#include "json/num.h"
#include "json/write.h"

bool studio_check(struct str text, struct err *e)
{
	size_t i = 0;

	if (!json_check(text, e))
		return false;
	while (strchr(" \t\r\n", text.p[i]))
		i++;
	if (text.p[i] != '[')
		return err_at(e, i + 1, "expected an array of tasks, as Label Studio's JSON export is");
	return true;
}

/* ---- names --------------------------------------------------------------- */

void studio_add(struct studio *s, struct studio_names *to, struct str name)
{
	for (size_t i = 0; i < to->n; i++)
		if (str_eq(to->name[i], name))
			return;
	if (to->n == to->cap) {
		to->cap = mem_grow(to->cap, to->n + 8);
		to->name = mem_realloc(to->name, to->cap, sizeof *to->name);
	}
	to->name[to->n++] = arena_str(&s->keep, name);
}

static void put_fields(const struct studio *s, struct buf *b)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		buf_adds(b, i ? ", " : "");
		buf_addstr(b, s->fields[i].name);
	}
}

static void put_keys(const struct json_record *r, struct buf *b)
{
	for (size_t i = 0; i < r->n; i++) {
		buf_adds(b, i ? ", " : "");
		buf_addstr(b, r->field[i].key);
	}
}

static bool is_true(const struct json_record *r, const char *name)
{
	const struct json_field *f = json_get(r, str_of(name));

	return f && f->type == JSON_TRUE;
}

/* an array member, or NULL */
static const struct json_field *array(const struct json_record *r, const char *name)
{
	const struct json_field *f = json_get(r, str_of(name));

	return f && f->type == JSON_ARRAY ? f : NULL;
}

/* ---- first pass: what is there? ------------------------------------------ */

static struct studio_field *field_of(struct studio *s, struct str name)
{
	for (size_t i = 0; i < s->n_fields; i++)
		if (str_eq(s->fields[i].name, name))
			return &s->fields[i];
	if (s->n_fields == s->cap_fields) {
		s->cap_fields = mem_grow(s->cap_fields, s->n_fields + 8);
		s->fields = mem_realloc(s->fields, s->cap_fields, sizeof *s->fields);
	}
	s->fields[s->n_fields] = (struct studio_field){ .name = arena_str(&s->keep, name) };
	return &s->fields[s->n_fields++];
}

/* a result by itself; its record is in s->res */
static void scan_result(struct studio *s, struct studio_field *f)
{
	const struct json_field *type = json_get(&s->res, STR("type")), *value = json_get(&s->res, STR("value"));
	const struct json_field *to = json_get(&s->res, STR("to_name"));
	struct err ignored;

	if (!type || type->type != JSON_STRING || !value || value->type != JSON_OBJECT ||
	    !json_read(&s->val, value->raw, &ignored))
		return;                 /* an error when it is read */
	struct str name = json_text(type, &s->scratch);
	enum studio_type t = studio_type(s, name, f);
	f->types |= 1u << t;
	if (t == STUDIO_ELSE && !f->other.p)
		f->other = arena_str(&s->keep, name);
	if (t == STUDIO_PAIR && !f->to_name.p && to && to->type == JSON_STRING)
		f->to_name = arena_str(&s->keep, json_text(to, &s->scratch));
}

static void scan_results(struct studio *s, const struct json_field *results)
{
	struct str rest = results->raw;
	struct json_field item;
	struct err ignored;
	uint64_t met = 0;               /* fields, of the first 64 */

	while (json_next(&rest, &item)) {
		if (item.type != JSON_OBJECT || !json_read(&s->res, item.raw, &ignored))
			continue;
		const struct json_field *name = json_get(&s->res, STR("from_name"));
		if (!name || name->type != JSON_STRING) {
			s->relations++;         /* between regions: no field asked for it */
			continue;
		}
		struct studio_field *f = field_of(s, json_text(name, &s->scratch));
		size_t i = (size_t)(f - s->fields);
		f->several |= i < 64 && met >> i & 1;
		met |= i < 64 ? UINT64_C(1) << i : 0;
		scan_result(s, f);
	}
}

void studio_scan(struct studio *s, const struct json_field *task)
{
	const struct json_field *list;
	struct json_field item;
	struct err ignored;
	struct str rest;

	arena_reset(&s->scratch);
	if (task->type != JSON_OBJECT || !json_read(&s->task, task->raw, &ignored))
		return;
	list = array(&s->task, "predictions");
	for (rest = list ? list->raw : STR(""); json_next(&rest, &item); )
		s->predictions++;
	list = array(&s->task, "annotations");
	for (rest = list ? list->raw : STR(""); json_next(&rest, &item); ) {
		if (item.type != JSON_OBJECT || !json_read(&s->ann, item.raw, &ignored))
			continue;
		const struct json_field *results = array(&s->ann, "result");
		if (results && !is_true(&s->ann, "was_cancelled"))
			scan_results(s, results);
	}
}

static enum studio_type lowest(unsigned types)
{
	int t = 0;

	while (!(types >> t & 1))
		t++;
	return (enum studio_type)t;
}

/* Several choices are an array; several answers of another kind, or answers of two kinds, are nothing that could be
 * aggregated. */
static enum studio_type type_of(struct studio *s, struct studio_field *f)
{
	const unsigned stars = 1u << STUDIO_ORDINAL | 1u << STUDIO_NUMBER, spans = 1u << STUDIO_SPAN | 1u << STUDIO_ELSE;

	if (!f->types)
		return STUDIO_CLASS;
	if (f->types == spans)
		return STUDIO_ELSE;             /* seconds, some of them whole */
	enum studio_type t = f->types == stars ? STUDIO_NUMBER : lowest(f->types);
	if (f->types != stars && f->types != 1u << t) {
		f->other = STR("mixed");
		return STUDIO_ELSE;
	}
	if (t == STUDIO_CLASS)
		return f->several || s->list ? STUDIO_MULTI : STUDIO_CLASS;
	bool one = t == STUDIO_ORDINAL || t == STUDIO_NUMBER || t == STUDIO_TEXT || t == STUDIO_PAIR;
	if (one && (f->several || (t == STUDIO_TEXT && s->list))) {
		f->other = STR("list");
		return STUDIO_ELSE;
	}
	return t;
}

static void choose(struct studio *s, struct studio_field *f)
{
	s->field = f->name;
	s->chosen = f;
	s->type = type_of(s, f);
	s->list |= s->type == STUDIO_MULTI;
}

bool studio_choose(struct studio *s, struct err *e)
{
	struct buf b = BUF_INIT;
	bool good = true;

	put_fields(s, &b);
	buf_addc(&b, '\0');
	if (s->field.n) {
		for (size_t i = 0; i < s->n_fields; i++)
			if (str_eq(s->fields[i].name, s->field))
				choose(s, &s->fields[i]);
		if (!s->chosen && s->n_fields)          /* nothing was answered: nothing to choose from */
			good = err_set(e, "the export holds no field \"%.*s\"; there are: %s", STR_FMT(s->field), b.p);
	} else if (s->n_fields > 1) {
		good = err_set(e, "the export holds several fields: %.180s; choose one with --field", b.p);
	} else if (s->n_fields == 1) {
		choose(s, &s->fields[0]);
	}
	buf_release(&b);
	return good;
}

/* ---- identifiers --------------------------------------------------------- */

/* a string, or a whole number with its digits */
static bool put_id(struct studio *s, const struct json_field *f, const char *name, struct str *out, struct err *e)
{
	int64_t v;

	studio_point(s, f);
	if (f->type == JSON_STRING) {
		*out = json_text(f, &s->scratch);
		return out->n > 0 || err_set(e, "field \"%s\": is empty", name);
	}
	*out = f->raw;
	if (f->type == JSON_NUMBER && num_parse_i64(f->raw, &v))
		return true;
	return err_set(e, "field \"%s\": expected a string or a whole number, got %s", name,
	               f->type == JSON_NUMBER ? "another number" : json_type_name(f->type));
}

/* the member `key` of the object that `name` is */
static bool member(struct studio *s, const struct json_record *r, struct str key, const char *name,
                   const struct json_field **out, struct err *e)
{
	struct buf b = BUF_INIT;

	*out = json_get(r, key);
	if (*out)
		return true;
	put_keys(r, &b);
	buf_addc(&b, '\0');
	(void)err_set(e, "field \"%s\": has no \"%s\"; there are: %s", name, arena_str(&s->scratch, key).p, b.p);
	buf_release(&b);
	return false;
}

static bool task_id(struct studio *s, struct err *e)
{
	const struct json_field *f, *data = json_get(&s->task, STR("data"));

	if (!s->task_key.n)
		return member(s, &s->task, STR("id"), "task", &f, e) && put_id(s, f, "id", &s->id, e);
	if (!data || data->type != JSON_OBJECT)
		return err_set(e, "field \"data\": expected an object, got %s",
		               data ? json_type_name(data->type) : "nothing");
	studio_point(s, data);
	return json_read(&s->data, data->raw, e) && member(s, &s->data, s->task_key, "data", &f, e) &&
	       put_id(s, f, arena_str(&s->scratch, s->task_key).p, &s->id, e);
}

/* completed_by is a number in one export and an object in the next */
static bool worker_id(struct studio *s, struct str *out, struct err *e)
{
	const struct json_field *f = json_get(&s->ann, STR("completed_by"));

	if (!f || f->type == JSON_NULL)
		return err_set(e, "field \"completed_by\": is %s: nobody to credit the label to", f ? "null" : "missing");
	studio_point(s, f);
	if (f->type == JSON_OBJECT)
		return json_read(&s->by, f->raw, e) && member(s, &s->by, s->worker_key, "completed_by", &f, e) &&
		       put_id(s, f, arena_str(&s->scratch, s->worker_key).p, out, e);
	if (!str_is(s->worker_key, "id"))
		return err_set(e, "field \"completed_by\": expected an object with \"%s\", got %s: export with "
		               "the annotators' details, or use --worker-key id",
		               arena_str(&s->scratch, s->worker_key).p, json_type_name(f->type));
	return put_id(s, f, "completed_by", out, e);
}

/* ---- tasks --------------------------------------------------------------- */

bool studio_task(struct studio *s, const struct json_field *task, struct err *e)
{
	arena_reset(&s->scratch);
	s->rest = STR("");
	studio_point(s, task);
	if (task->type != JSON_OBJECT)
		return err_set(e, "expected a task, got %s", json_type_name(task->type));
	if (!json_read(&s->task, task->raw, e) || !task_id(s, e))
		return false;
	const struct json_field *list = array(&s->task, "annotations");
	if (!list) {
		studio_point(s, task);
		return err_set(e, "task %.*s: has no array \"annotations\": take the export called JSON, not JSON_MIN",
		               STR_FMT(s->id));
	}
	s->rest = list->raw;
	return true;
}

static const struct json_field *string_at(const struct json_record *r, struct str key)
{
	const struct json_field *f = json_get(r, key);

	return f && f->type == JSON_STRING ? f : NULL;
}

static struct str trim(struct str s)
{
	while (s.n && s.p[0] == ' ')
		s.p++, s.n--;
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

struct items {
	const struct json_field *left, *right;
};

/* the members that to_name, "text1,text2", names */
static bool named_items(const struct json_record *data, struct str to_name, struct items *out)
{
	const char *comma = to_name.n ? memchr(to_name.p, ',', to_name.n) : NULL;

	if (!comma)
		return false;
	struct str left = { to_name.p, (size_t)(comma - to_name.p) }, right = { comma + 1, to_name.n - left.n - 1 };
	out->left = string_at(data, trim(left));
	out->right = string_at(data, trim(right));
	return out->left && out->right && out->left != out->right;
}

static bool alike(struct str a, struct str b)
{
	return a.n > 1 && a.n == b.n && memcmp(a.p, b.p, a.n - 1) == 0;
}

/* the only two members that are text1 and text2, or answer_a and answer_b */
static bool numbered_items(const struct json_record *data, struct items *out)
{
	size_t n = 0;

	for (size_t i = 0; i < data->n && data->n <= 256; i++)
		for (size_t j = 0; j < data->n; j++) {
			const struct json_field *a = &data->field[i], *b = &data->field[j];
			if (a->type != JSON_STRING || b->type != JSON_STRING || !alike(a->key, b->key) ||
			    (unsigned char)a->key.p[a->key.n - 1] >= (unsigned char)b->key.p[b->key.n - 1])
				continue;
			*out = (struct items){ a, b };
			n++;
		}
	return n == 1;
}

/* The data of a pair; false when it does not tell the items: nothing is appended then. */
static bool put_pair(struct studio *s, const struct json_field *data, struct buf *b)
{
	struct err ignored;
	struct items it;

	if (data->type != JSON_OBJECT || !json_read(&s->data, data->raw, &ignored))
		return false;
	const struct json_field *left = json_get(&s->data, STR("left")), *right = json_get(&s->data, STR("right"));
	if (left && right && left->type == JSON_STRING && right->type == JSON_STRING) {
		studio_put_json(b, data);
		return true;
	}
	if (left || right || (!named_items(&s->data, s->chosen->to_name, &it) && !numbered_items(&s->data, &it)))
		return false;
	buf_adds(b, "{\"left\":");
	studio_put_json(b, it.left);
	buf_adds(b, ",\"right\":");
	studio_put_json(b, it.right);
	for (size_t i = 0; i < s->data.n; i++) {
		buf_addc(b, ',');
		json_put_string(b, s->data.field[i].key);
		buf_addc(b, ':');
		studio_put_json(b, &s->data.field[i]);
	}
	buf_addc(b, '}');
	return true;
}

static void put_type(const struct studio *s, enum studio_type type, struct buf *b)
{
	static const char *const name[] = { "class", "multi", "ordinal", "number", "text", "pair", "box", "span" };

	if (type == STUDIO_CLASS)
		return;
	json_put_kstr(b, "type", type == STUDIO_ELSE ? s->chosen->other : str_of(name[type]));
	if (type != STUDIO_ORDINAL)
		return;
	json_put_key(b, "choices");
	for (uint64_t i = 1; i <= (s->chosen->most > 5 ? s->chosen->most : 5); i++)
		buf_addf(b, "%c%llu", i == 1 ? '[' : ',', (unsigned long long)i);
	buf_addc(b, ']');
}

bool studio_put_task(struct studio *s, struct buf *b, struct err *e)
{
	const struct json_field *data = json_get(&s->task, STR("data"));
	enum studio_type type = s->type;

	if (!data)
		return err_set(e, "task %.*s: field \"data\" is missing", STR_FMT(s->id));
	buf_adds(b, "{\"kind\":\"task\"");
	json_put_kstr(b, "task", s->id);
	json_put_key(b, "data");
	if (type == STUDIO_PAIR && !put_pair(s, data, b)) {
		type = STUDIO_CLASS;
		s->no_items++;
	}
	if (type != STUDIO_PAIR)
		studio_put_json(b, data);
	put_type(s, type, b);
	buf_addc(b, '}');
	return true;
}

bool studio_next(struct studio *s)
{
	return json_next(&s->rest, &s->annotation);
}

/* ---- annotations --------------------------------------------------------- */

static bool put_at(struct studio *s, struct buf *b, struct err *e)
{
	const struct json_field *f = json_get(&s->ann, STR("created_at"));

	if (!f || f->type == JSON_NULL)
		return true;
	studio_point(s, f);
	if (f->type != JSON_STRING)
		return err_set(e, "field \"created_at\": expected a string, got %s", json_type_name(f->type));
	json_put_key(b, "at");
	buf_addc(b, '"');
	if (!when_put(b, json_text(f, &s->scratch), e))
		return err_prefix(e, "field \"created_at\": ");
	buf_addc(b, '"');
	return true;
}

static bool put_ms(struct studio *s, struct buf *b, struct err *e)
{
	const struct json_field *f = json_get(&s->ann, STR("lead_time"));
	uint64_t ms;

	if (!f || f->type == JSON_NULL)
		return true;
	studio_point(s, f);
	if (f->type != JSON_NUMBER || !decimal_round(f->raw, 3, UINT64_C(1) << 53, &ms))
		return err_set(e, "field \"lead_time\": expected seconds from 0, got %s",
		               f->type == JSON_NUMBER ? arena_str(&s->scratch, f->raw).p : json_type_name(f->type));
	json_put_kuint(b, "ms", ms);
	return true;
}

static bool is_empty(const struct json_field *array)
{
	struct str rest = array->raw;
	struct json_field item;

	return !json_next(&rest, &item);
}

static bool put_record(struct studio *s, bool gold, struct buf *b, struct err *e)
{
	struct str worker = { 0 };

	if (!gold && !worker_id(s, &worker, e))
		return false;
	buf_addf(b, "{\"kind\":\"%s\"", gold ? "gold" : "label");
	json_put_kstr(b, "task", s->id);
	if (!gold)
		json_put_kstr(b, "worker", worker);
	json_put_kraw(b, "value", buf_str(&s->value));
	if (!gold && (!put_at(s, b, e) || !put_ms(s, b, e)))
		return false;
	buf_addc(b, '}');
	return true;
}

/* a task and an annotation by name: a whole export often stands on one line */
static enum studio_got bad(struct studio *s, struct err *e)
{
	const struct json_field *id = json_get(&s->ann, STR("id"));
	struct str name = id ? id->raw : STR("?");

	(void)err_prefix(e, "task %.*s, annotation %.*s: ", (int)(s->id.n < 60 ? s->id.n : 60), s->id.p,
	           (int)(name.n < 60 ? name.n : 60), name.p);
	return STUDIO_BAD;
}

enum studio_got studio_put(struct studio *s, struct buf *b, struct err *e)
{
	size_t asked, answered;

	s->ann.n = 0;
	studio_point(s, &s->annotation);
	if (s->annotation.type != JSON_OBJECT) {
		(void)err_set(e, "expected an object, got %s", json_type_name(s->annotation.type));
		return bad(s, e);
	}
	if (!json_read(&s->ann, s->annotation.raw, e))
		return bad(s, e);
	if (is_true(&s->ann, "was_cancelled"))
		return STUDIO_CANCELLED;
	const struct json_field *results = array(&s->ann, "result");
	if (!results) {
		(void)err_set(e, "has no array \"result\"");
		return bad(s, e);
	}
	buf_reset(&s->value);
	if (!studio_value(s, results, &s->value, &asked, &answered, e))
		return bad(s, e);
	bool nothing = asked == 0 && (s->type == STUDIO_BOX || s->type == STUDIO_SPAN);
	if (asked == 0 && !nothing)
		return is_empty(results) || !s->field.n ? STUDIO_EMPTY : STUDIO_OTHER;
	if (answered == 0 && !nothing)
		return STUDIO_EMPTY;
	studio_point(s, &s->annotation);
	bool gold = is_true(&s->ann, "ground_truth");
	if (!put_record(s, gold, b, e))
		return bad(s, e);
	studio_point(s, &s->annotation);
	s->nothing += nothing;
	return gold ? STUDIO_GOLD : STUDIO_LABEL;
}

void studio_release(struct studio *s)
{
	struct json_record *const all[] = { &s->task, &s->data, &s->ann, &s->by, &s->res, &s->val };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		json_record_release(all[i]);
	free(s->fields);
	free(s->unknown.name);
	buf_release(&s->value);
	arena_release(&s->keep);
	arena_release(&s->scratch);
	*s = (struct studio){ 0 };
}
