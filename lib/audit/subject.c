#include "audit/subject.h"

#include "json/write.h"
#include "rec/rec.h"

static void put_name(struct buf *b, const char *name, const struct json_field *f)
{
	struct arena a = { 0 };
	struct str text = json_text(f, &a), id;
	struct err e;

	if (text.n <= REC_ID_MAX)
		json_put_kstr(b, name, rec_check_id(text, &a, &id, &e) ? id : text);
	arena_release(&a);
}

/* what a record of one run is about besides its names: a type, its choices, a group, a class, two workers */
static void put_about(struct buf *b, const struct json_record *r)
{
	static const char *const about[] = { "type", "choices", "group", "class", "other" };

	for (size_t i = 0; i < sizeof about / sizeof about[0]; i++) {
		const struct json_field *f = json_get(r, str_of(about[i]));
		if (f && f->type == JSON_STRING)
			put_name(b, about[i], f);
		else if (f && f->raw.n <= REC_ID_MAX && f->type != JSON_OBJECT)
			json_put_kraw(b, about[i], f->raw);
	}
}

void subject_put(struct buf *b, struct str kind, const struct json_record *r)
{
	static const char *const naming[] = { "task", "worker", "epoch", "metric", "item", "id", "hash", "tool" };

	bool by_content = str_is(kind, "claim") || str_is(kind, "commit");      /* their ids change with what they say */

	buf_addc(b, '{');
	json_put_kstr(b, "kind", (struct str){ kind.p, kind.n < REC_ID_MAX ? kind.n : REC_ID_MAX });
	for (size_t i = 0; i < sizeof naming / sizeof naming[0]; i++) {
		const struct json_field *f = json_get(r, str_of(naming[i]));
		if (f && f->type == JSON_STRING && !(by_content && str_is(f->key, "id")))
			put_name(b, naming[i], f);
	}
	if (str_is(kind, "agreement") || str_is(kind, "skill") || str_is(kind, "choice") || str_is(kind, "judgement") ||
	    str_is(kind, "commit"))
		put_about(b, r);
	buf_addc(b, '}');
}

void subject_put_payment(struct buf *b, struct str id, struct str worker)
{
	buf_adds(b, "{\"kind\":\"payment\"");
	json_put_kstr(b, "worker", worker);
	json_put_kstr(b, "id", id);
	buf_addc(b, '}');
}

void subject_put_label(struct buf *b, struct str kind, struct str task, struct str worker)
{
	buf_addc(b, '{');
	json_put_kstr(b, "kind", kind);
	json_put_kstr(b, "task", task);
	if (worker.n)
		json_put_kstr(b, "worker", worker);
	buf_addc(b, '}');
}
