#include "stage/tasks.h"

#include <stdlib.h>

#include "base/mem.h"
#include "rec/value.h"

static const char *const names[N_TASK_TYPES] = {
	"class", "ordinal", "number", "multi", "pair", "text", "box", "span", "other",
};

const char *task_type_name(enum task_type t)
{
	return names[t];
}

enum task_type task_type_find(struct str name)
{
	int t = 0;

	while (t < TASK_OTHER && !str_is(name, names[t]))
		t++;
	return (enum task_type)t;
}

/* ---- choices -------------------------------------------------------------------- */

static size_t count_items(struct str array)
{
	struct json_field item;
	size_t n = 0;

	while (json_next(&array, &item))
		n++;
	return n;
}

static bool read_list(struct task_table *t, struct str array, struct task_list *out, struct err *e)
{
	struct intern once = { 0 };
	struct json_field item;
	struct buf key = BUF_INIT;
	bool good = true;

	out->key = arena_alloc(&t->arena, count_items(array), sizeof *out->key);
	out->n = 0;
	while (good && json_next(&array, &item)) {
		buf_reset(&key);
		good = value_key(&item, &key, e);
		if (!good)
			err_set(e, "field \"choices\": expected strings, numbers or booleans, got %s",
			        json_type_name(item.type));
		else if (intern(&once, buf_str(&key)) < out->n)
			good = err_set(e, "field \"choices\": the same choice stands twice");
		else
			out->key[out->n++] = arena_str(&t->arena, buf_str(&key));
	}
	buf_release(&key);
	intern_release(&once);
	return good;
}

/* Thousands of tasks have the same choices: one text is read once. */
static bool take_choices(struct task_table *t, const struct json_field *choices, uint32_t *id, struct err *e)
{
	struct task_list list;

	*id = intern_find(&t->list_text, choices->raw);
	if (*id != INTERN_NONE)
		return true;
	if (!read_list(t, choices->raw, &list, e))
		return false;
	*id = intern(&t->list_text, choices->raw);
	if (*id >= t->cap_list) {
		t->cap_list = mem_grow(t->cap_list, (size_t)*id + 16);
		t->list = mem_realloc(t->list, t->cap_list, sizeof *t->list);
	}
	t->list[*id] = list;
	t->any_list = true;
	return true;
}

/* ---- items of a pair -------------------------------------------------------------- */

static bool take_item(struct task_table *t, const struct json_record *data, const char *side, uint32_t *id,
                      struct err *e)
{
	const struct json_field *f = json_get(data, str_of(side));
	struct arena a = { 0 };

	if (!f || f->type != JSON_STRING)
		return err_set(e, "field \"data\": a pair has an item \"%s\", a string, got %s", side,
		               f ? json_type_name(f->type) : "nothing");
	*id = intern(&t->item, json_text(f, &a));
	arena_release(&a);
	return true;
}

static bool take_items(struct task_table *t, const struct json_field *data, struct task_info *info, struct err *e)
{
	struct json_record r = { 0 };
	bool good = data->type == JSON_OBJECT ||
	            err_set(e, "field \"data\": a pair is an object with the items \"left\" and \"right\", got %s",
	                    json_type_name(data->type));

	good = good && json_read(&r, data->raw, e) && take_item(t, &r, "left", &info->left, e) &&
	       take_item(t, &r, "right", &info->right, e);
	json_record_release(&r);
	return good;
}

/* ---- text of spans ------------------------------------------------------------------ */

static uint32_t code_points(const struct json_field *f)
{
	struct arena a = { 0 };
	struct str s = json_text(f, &a);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	arena_release(&a);
	return n < TASK_NO_LENGTH ? (uint32_t)n : TASK_NO_LENGTH;
}

static uint32_t text_length(const struct json_field *data)
{
	struct json_record r = { 0 };
	const struct json_field *f = data;
	struct err ignored;

	if (data->type == JSON_OBJECT && json_read(&r, data->raw, &ignored))
		f = json_get(&r, STR("text"));
	uint32_t n = f && f->type == JSON_STRING ? code_points(f) : TASK_NO_LENGTH;
	json_record_release(&r);
	return n;
}

/* ---- tasks --------------------------------------------------------------------------- */

static void put(struct task_table *t, struct str task, const struct task_info *info)
{
	uint32_t id = intern(&t->names, task);

	if (id >= t->cap) {
		t->cap = mem_grow(t->cap, (size_t)id + 64);
		t->of = mem_realloc(t->of, t->cap, sizeof *t->of);
	}
	t->of[id] = *info;
}

bool tasks_take(struct task_table *t, const struct rec_task *r, struct err *e)
{
	struct task_info info = { .type = r->type.p ? task_type_find(r->type) : TASK_CLASS, .list = TASK_NO_LIST };

	if (rec_has(&r->choices) && !take_choices(t, &r->choices, &info.list, e))
		return false;
	if (info.type == TASK_ORDINAL && (info.list == TASK_NO_LIST || t->list[info.list].n == 0))
		return err_set(e, "field \"choices\": a task of type ordinal needs them, in their order");
	if (info.type == TASK_PAIR && !take_items(t, &r->data, &info, e))
		return false;
	info.length = info.type == TASK_SPAN ? text_length(&r->data) : TASK_NO_LENGTH;
	bool plain = info.type == TASK_CLASS && info.list == TASK_NO_LIST;
	if (!plain || intern_find(&t->names, r->task) != INTERN_NONE)
		put(t, r->task, &info);
	return true;
}

const struct task_info *tasks_info(const struct task_table *t, struct str task)
{
	uint32_t id = t->names.n ? intern_find(&t->names, task) : INTERN_NONE;

	return id == INTERN_NONE ? NULL : &t->of[id];
}

/* ---- values ---------------------------------------------------------------------------- */

bool task_value_fits(enum task_type type, const struct json_field *v, struct err *e)
{
	static const struct { unsigned types; const char *what; } want[N_TASK_TYPES] = {
#define IS(t) (1u << JSON_##t)
		[TASK_CLASS] = { IS(STRING) | IS(NUMBER) | IS(TRUE) | IS(FALSE), "a string, a number or a boolean" },
		[TASK_ORDINAL] = { IS(STRING) | IS(NUMBER) | IS(TRUE) | IS(FALSE), "one of the choices" },
		[TASK_NUMBER] = { IS(NUMBER), "a number" },
		[TASK_MULTI] = { IS(ARRAY), "an array of strings" },
		[TASK_PAIR] = { IS(STRING), "\"left\", \"right\" or \"tie\"" },
		[TASK_TEXT] = { IS(STRING), "a string" },
		[TASK_BOX] = { IS(ARRAY) | IS(OBJECT), "a box or an array of boxes" },
		[TASK_SPAN] = { IS(ARRAY) | IS(OBJECT), "a span or an array of spans" },
		[TASK_OTHER] = { ~0u, "" },
#undef IS
	};

	if (want[type].types & 1u << v->type)
		return true;
	return err_at(e, v->byte, "field \"value\": expected %s, got %s", want[type].what, json_type_name(v->type));
}

void tasks_release(struct task_table *t)
{
	intern_release(&t->names);
	intern_release(&t->list_text);
	intern_release(&t->item);
	arena_release(&t->arena);
	free(t->of);
	free(t->list);
	*t = (struct task_table){ 0 };
}
