/* fuzz-json - the JSON reader against a slow, obvious one and against cJSON, and the
 * writers against the reader.
 *
 *	clang -fsanitize=fuzzer,address,undefined ... && ./fuzz-json -max_len=4096 t/fuzz/corpus/json
 */
#include <cjson/cJSON.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/mem.h"
#include "json/num.h"
#include "json/record.h"
#include "json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the obvious reader: one function a rule of RFC 8259, code points, no speed --- */

struct slow {
	const unsigned char *p, *end;
	int depth;
	bool long_number;        /* longer than cJSON can read */
};

static bool take(struct slow *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static void blank(struct slow *s)
{
	while (take(s, " ") || take(s, "\t") || take(s, "\n") || take(s, "\r"))
		;
}

static bool hex4(struct slow *s, uint32_t *c)
{
	*c = 0;
	for (int i = 0; i < 4; i++, s->p++) {
		if (s->p == s->end || hex_digit((char)*s->p) < 0)
			return false;
		*c = *c * 16 + (uint32_t)hex_digit((char)*s->p);
	}
	return true;
}

static bool escape(struct slow *s, uint32_t *c)
{
	static const char *const name[] = { "\"", "\\", "/", "b", "f", "n", "r", "t" };
	uint32_t low;

	for (size_t i = 0; i < 8; i++)
		if (take(s, name[i])) {
			*c = (uint32_t)"\"\\/\b\f\n\r\t"[i];
			return true;
		}
	if (!take(s, "u") || !hex4(s, c))
		return false;
	if (*c < 0xd800 || *c > 0xdfff)
		return *c != 0;
	if (*c > 0xdbff || !take(s, "\\u") || !hex4(s, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*c = 0x10000 + (*c - 0xd800) * 1024 + (low - 0xdc00);
	return true;
}

/* decode by the bit pattern, then ask whether that many bytes were right for the result */
static bool character(struct slow *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char first = *s->p++;
	int more = first < 0x80 ? 0 : first < 0xc0 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 :
		first < 0xf8 ? 3 : -1;

	if (more < 0)
		return false;
	*c = more ? first & (0x3fU >> more) : first;
	for (int i = 0; i < more; i++, s->p++) {
		if (s->p == s->end || (*s->p & 0xc0) != 0x80)
			return false;
		*c = *c * 64 + (*s->p & 0x3f);
	}
	return *c >= least[more] && *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff);
}

/* appends the code points, four bytes each, when out is given */
static bool text(struct slow *s, struct buf *out)
{
	uint32_t c;

	if (!take(s, "\""))
		return false;
	while (s->p < s->end) {
		if (take(s, "\""))
			return true;
		if (take(s, "\\")) {
			if (!escape(s, &c))
				return false;
		} else if (*s->p < 0x20 || !character(s, &c)) {
			return false;
		}
		if (out)
			buf_add(out, &c, sizeof c);
	}
	return false;
}

static bool digits(struct slow *s)
{
	const unsigned char *first = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > first;
}

static bool number(struct slow *s)
{
	const unsigned char *first = s->p;
	struct buf copy = BUF_INIT;

	take(s, "-");
	if (!take(s, "0") && !digits(s))
		return false;
	if (take(s, ".") && !digits(s))
		return false;
	if (take(s, "e") || take(s, "E")) {
		if (!take(s, "+"))
			take(s, "-");
		if (!digits(s))
			return false;
	}
	buf_add(&copy, first, (size_t)(s->p - first));
	s->long_number |= copy.n > 62;
	double x = strtod(copy.p, NULL), y = 0;
	bool finite = x - x == 0;
	BUG_ON(num_parse(buf_str(&copy), &y) != finite);
	BUG_ON(finite && memcmp(&x, &y, sizeof x) != 0);
	buf_release(&copy);
	return finite;
}

static bool value(struct slow *s);

static bool members(struct slow *s)
{
	struct buf key[512] = { BUF_INIT };
	size_t n = 0;
	bool good = false;

	blank(s);
	if (take(s, "}"))
		return true;
	for (;;) {
		blank(s);
		BUG_ON(n == sizeof key / sizeof *key);
		if (!text(s, &key[n]))
			break;
		n++;
		for (size_t i = 0; i + 1 < n; i++)
			if (str_eq(buf_str(&key[i]), buf_str(&key[n - 1])))
				goto out;
		blank(s);
		if (!take(s, ":") || !value(s))
			break;
		blank(s);
		if (take(s, "}")) {
			good = true;
			break;
		}
		if (!take(s, ","))
			break;
	}
out:
	for (size_t i = 0; i < sizeof key / sizeof *key; i++)
		buf_release(&key[i]);
	return good;
}

static bool items(struct slow *s)
{
	blank(s);
	if (take(s, "]"))
		return true;
	for (;;) {
		if (!value(s))
			return false;
		blank(s);
		if (take(s, "]"))
			return true;
		if (!take(s, ","))
			return false;
	}
}

static bool value(struct slow *s)
{
	bool good;

	blank(s);
	if (s->p == s->end)
		return false;
	if (*s->p == '"')
		return text(s, NULL);
	if (take(s, "true") || take(s, "false") || take(s, "null"))
		return true;
	bool object = *s->p == '{';
	if (!object && *s->p != '[')
		return number(s);
	if (++s->depth > JSON_MAX_DEPTH)
		return false;
	s->p++;
	good = object ? members(s) : items(s);
	s->depth--;
	return good;
}

/* ---- comparisons --------------------------------------------------------- */

static void same_value(const struct json_field *f, const cJSON *c, struct arena *a)
{
	struct json_field item;
	double x;

	switch (f->type) {
	case JSON_NULL:
		BUG_ON(!cJSON_IsNull(c));
		break;
	case JSON_FALSE:
		BUG_ON(!cJSON_IsFalse(c));
		break;
	case JSON_TRUE:
		BUG_ON(!cJSON_IsTrue(c));
		break;
	case JSON_NUMBER:
		BUG_ON(!cJSON_IsNumber(c) || !num_parse(f->raw, &x));
		BUG_ON(memcmp(&x, &c->valuedouble, sizeof x) != 0);
		break;
	case JSON_STRING:
		BUG_ON(!cJSON_IsString(c) || !str_is(json_text(f, a), c->valuestring));
		break;
	case JSON_ARRAY:
		BUG_ON(!cJSON_IsArray(c));
		c = c->child;
		for (struct str rest = f->raw; json_next(&rest, &item); c = c->next) {
			BUG_ON(!c);
			same_value(&item, c, a);
		}
		BUG_ON(c);
		break;
	case JSON_OBJECT:
		BUG_ON(!cJSON_IsObject(c));
		break;
	}
}

/* what is written from a field is read back as the same field */
static void round_trip(const struct json_field *f, struct arena *a)
{
	struct json_record r = { 0 };
	struct buf b = BUF_INIT;
	struct err e;
	double x = 0, y = 0;

	buf_addc(&b, '{');
	json_put_string(&b, f->key);
	buf_addc(&b, ':');
	if (f->type == JSON_STRING) {
		json_put_string(&b, json_text(f, a));
	} else if (f->type == JSON_NUMBER) {
		BUG_ON(!num_parse(f->raw, &x));
		json_put_number(&b, x);
	} else {
		buf_addstr(&b, f->raw);
	}
	buf_addc(&b, '}');
	BUG_ON(!json_read(&r, buf_str(&b), &e) || r.n != 1);
	BUG_ON(!str_eq(r.field[0].key, f->key) || r.field[0].type != f->type);
	if (f->type == JSON_STRING)
		BUG_ON(!str_eq(json_text(r.field, a), json_text(f, a)));
	if (f->type == JSON_NUMBER)
		BUG_ON(!num_parse(r.field[0].raw, &y) || memcmp(&x, &y, sizeof x) != 0);
	buf_release(&b);
	json_record_release(&r);
}

static void check_fields(const struct json_record *r, const cJSON *tree, struct str s)
{
	struct arena a = { 0 };
	const cJSON *c = tree ? tree->child : NULL;

	for (size_t i = 0; i < r->n; i++, c = c ? c->next : NULL) {
		const struct json_field *f = &r->field[i];
		BUG_ON(s.p[f->key_byte - 1] != '"');
		BUG_ON(s.p + f->byte - 1 + (f->type == JSON_STRING) != f->raw.p);
		BUG_ON(json_get(r, f->key) != f);
		round_trip(f, &a);
		if (tree) {
			BUG_ON(!c || !str_is(f->key, c->string));
			same_value(f, c, &a);
		}
	}
	BUG_ON(c);
	arena_release(&a);
}

/* any bytes become a string that can be read, and UTF-8 stays as it is */
static void check_writer(struct str s)
{
	struct json_record r = { 0 };
	struct arena a = { 0 };
	struct buf b = BUF_INIT;
	struct err e;

	buf_addc(&b, '{');
	json_put_kstr(&b, "k", s);
	buf_addc(&b, '}');
	BUG_ON(!json_read(&r, buf_str(&b), &e) || r.n != 1);
	BUG_ON(json_utf8(s) != str_eq(json_text(r.field, &a), s));
	buf_release(&b);
	arena_release(&a);
	json_record_release(&r);
}

/* eight bytes as a double */
static void check_print(const uint8_t *data, size_t size)
{
	char t[32];
	double x, y;

	if (size < sizeof x)
		return;
	memcpy(&x, data, sizeof x);
	if (x - x != 0)
		return;
	size_t n = num_print(x, t);
	BUG_ON(!num_parse((struct str){ t, n }, &y) || memcmp(&x, &y, sizeof x) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_record r;    /* reused, as a command does */
	struct str s = { (const char *)data, size };
	struct slow slow = { data, data + size, 0, false };
	struct err e = { .msg = "", .byte = 0 }, e2 = e;
	cJSON *tree = NULL;

	if (size > 2000)        /* members() is quadratic and has 512 keys */
		return 0;
	bool want = value(&slow);
	if (want) {
		blank(&slow);
		want = slow.p == slow.end;
	}
	bool checked = json_check(s, &e);
	BUG_ON(checked != want);
	BUG_ON(!checked && (!e.msg[0] || e.byte < 1 || e.byte > size + 1));
	if (checked && !slow.long_number) {
		struct buf copy = BUF_INIT;
		buf_add(&copy, data, size);
		tree = cJSON_ParseWithLengthOpts(copy.p, copy.n + 1, NULL, 1);
		BUG_ON(!tree);
		buf_release(&copy);
	}
	bool read = json_read(&r, s, &e2);
	BUG_ON(read && !checked);
	if (read)
		check_fields(&r, tree, s);
	else if (checked)
		BUG_ON(strncmp(e2.msg, "expected an object", 18) != 0);
	cJSON_Delete(tree);
	check_writer(s);
	check_print(data, size);
	return 0;
}
