#include "rec/value.h"

#include "base/arena.h"
#include "json/num.h"
#include "json/write.h"

static void put_unescaped(const struct json_field *f, struct buf *key)
{
	struct arena a = { 0 };

	buf_addstr(key, json_text(f, &a));
	arena_release(&a);
}

bool value_key(const struct json_field *f, struct buf *key, struct err *e)
{
	double x;
	char text[32];

	switch (f->type) {
	case JSON_STRING:
		buf_addc(key, 's');
		if (f->escaped)
			put_unescaped(f, key);
		else
			buf_addstr(key, f->raw);
		return true;
	case JSON_NUMBER:
		if (!num_parse(f->raw, &x))
			return err_at(e, f->byte, "field \"value\": number out of range");
		buf_addc(key, 'n');
		buf_add(key, text, num_print(x == 0 ? 0 : x, text));   /* -0 is 0 */
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_addc(key, 'b');
		buf_addstr(key, f->raw);
		return true;
	default:
		return err_at(e, f->byte, "field \"value\": expected a string, a number or a boolean, got %s",
		              json_type_name(f->type));
	}
}

bool value_key_any(const struct json_field *f, struct buf *key, struct err *e)
{
	if (f->type != JSON_ARRAY && f->type != JSON_OBJECT && f->type != JSON_NULL)
		return value_key(f, key, e);
	buf_addc(key, 'j');
	buf_addstr(key, f->raw);
	return true;
}

void value_put(struct buf *b, struct str key)
{
	if (key.p[0] == 's')
		json_put_string(b, value_name(key));
	else
		buf_addstr(b, value_name(key));
}
