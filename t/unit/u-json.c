/* u-json - the record reader and the writer on cases of our own; u-json-suite has the
 * public ones. */
#include "tap.h"

#include <time.h>

#include "json/num.h"
#include "json/record.h"
#include "json/text.h"
#include "json/write.h"

static struct json_record rec;

/* text is refused by json_read with this message at this byte, at the top and, if
 * it is a value, by json_check too */
static void refused_n(const char *text, size_t n, size_t byte, const char *msg)
{
	struct err e = { .msg = "", .byte = 0 };
	struct err e2 = { .msg = "", .byte = 0 };
	/* a copy of its own size: a sanitizer sees any byte read outside */
	char *exact = malloc(n + !n);

	memcpy(exact, text, n);
	struct str s = { exact, n };
	bool read = json_read(&rec, s, &e), checked = json_check(s, &e2);
	bool good = !read && rec.n == 0 && strcmp(e.msg, msg) == 0 && e.byte == byte &&
		(strncmp(msg, "expected an object", 18) == 0 ||
		 (!checked && strcmp(e2.msg, msg) == 0 && e2.byte == byte));
	if (!ok(good, "%zu: %s", byte, msg))
		printf("# text: %.60s\n#  got: %zu: %s\n# then: %zu: %s\n", text, e.byte, e.msg,
		       e2.byte, e2.msg);
	free(exact);
}

static void refused(const char *text, size_t byte, const char *msg)
{
	refused_n(text, strlen(text), byte, msg);
}

static bool reads(struct str text)
{
	struct err e = { .msg = "", .byte = 0 };
	char *exact = malloc(text.n + !text.n);

	memcpy(exact, text.p, text.n);
	struct str s = { exact, text.n };
	bool good = json_read(&rec, s, &e) && json_check(s, &e);
	if (!good)
		printf("# %zu: %s\n", e.byte, e.msg);
	free(exact);
	return good;
}

static void accepted(const char *text)
{
	char name[61];
	size_t n = 0;

	for (; text[n] && n < sizeof name - 1; n++)     /* one line of plain text for the report */
		name[n] = text_is_plain(text[n]) || text[n] == '"' || text[n] == '\\' ? text[n] : '?';
	name[n] = '\0';
	ok(reads(str_of(text)), "accepts %s", name);
}

static void syntax(void)
{
	accepted("{}");
	accepted(" \t\r\n{ \t\r\n} \t\r\n");
	accepted(" { \"a\" : 1 , \"b\" : [ 1 , { } , [ ] ] } ");
	accepted("{\"\":\"\"}");
	accepted("{\"a\":[[],{},\"\",0,-0,0.0,1e5,true,false,null,{\"a\":{\"a\":1}}]}");
	accepted("{\"a\":{\"b\":1},\"b\":{\"b\":1},\"c\":[{\"b\":1},{\"b\":1}]}");

	refused("", 1, "unexpected end");
	refused("  ", 3, "unexpected end");
	refused("{", 2, "unexpected end");
	refused("{\"a", 4, "unexpected end");
	refused("{\"a\"", 5, "unexpected end");
	refused("{\"a\":", 6, "unexpected end");
	refused("{\"a\":1", 7, "unexpected end");
	refused("{\"a\":1,", 8, "unexpected end");
	refused("{\"a\":[", 7, "unexpected end");
	refused("{\"a\":[1", 8, "unexpected end");
	refused("{\"a\":[1,", 9, "unexpected end");
	refused("{\"a\":{\"b\":[1],", 15, "unexpected end");
	refused("{\"a\":tru", 9, "unexpected end");
	refused("{\"a\":-", 7, "unexpected end");
	refused("{\"a\":1.", 8, "unexpected end");
	refused("{\"a\":1e", 8, "unexpected end");
	refused("{\"a\":\"\\", 8, "unexpected end");
	refused("{\"a\":\"\\u12", 11, "unexpected end");
	refused("{\"a\":\"\\ud800", 13, "unexpected end");

	refused("[1]", 1, "expected an object, got an array");
	refused(" 1", 2, "expected an object");
	refused("\"a\"", 1, "expected an object");
	refused("\xef\xbb\xbf{}", 1, "expected an object");
	refused("{1:2}", 2, "expected a key");
	refused("{a:2}", 2, "expected a key");
	refused("{,}", 2, "expected a key");
	refused("{\"a\":1,}", 8, "expected a key");
	refused("{\"a\":{\"b\":1,}}", 13, "expected a key");
	refused("{\"a\" 1}", 6, "expected ':'");
	refused("{\"a\"::1}", 6, "expected a value");
	refused("{\"a\":}", 6, "expected a value");
	refused("{\"a\":[1,]}", 9, "expected a value");
	refused("{\"a\":[,1]}", 7, "expected a value");
	refused("{\"a\":'x'}", 6, "expected a value");
	refused("{\"a\":True}", 6, "expected a value");
	refused("{\"a\":nulx}", 6, "expected a value");
	refused("{\"a\":NaN}", 6, "expected a value");
	refused("{\"a\":truex}", 10, "expected ',' or '}'");
	refused("{\"a\":1 \"b\":2}", 8, "expected ',' or '}'");
	refused("{\"a\":1]", 7, "expected ',' or '}'");
	refused("{\"a\":{\"b\":1]}", 12, "expected ',' or '}'");
	refused("{\"a\":[1}}", 8, "expected ',' or ']'");
	refused("{\"a\":[1 2]}", 9, "expected ',' or ']'");
	refused("{} {}", 4, "unexpected text after the value");
	refused("{}}", 3, "unexpected text after the value");
	refused("{\"a\":1}x", 8, "unexpected text after the value");
	refused("{\"a\":1/**/}", 7, "expected ',' or '}'");
	refused("{\"a\":\f1}", 6, "expected a value");
}

static void numbers(void)
{
	static const char *const bad[] = { "-a", "01", "-01", "1.a", "1ea", "1e+a", "-.5" };
	static const size_t at[] = { 7, 7, 8, 8, 8, 9, 7 };
	char t[64];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(t, sizeof t, "{\"a\":%s}", bad[i]);
		refused(t, at[i], "invalid number");
	}
	refused("{\"a\":+1}", 6, "expected a value");
	refused("{\"a\":.5}", 6, "expected a value");
	refused("{\"a\":1e400}", 6, "number out of range");
	refused("{\"a\":[0, -1e309]}", 10, "number out of range");
	refused("{\"a\":1.7976931348623159e308}", 6, "number out of range");
	accepted("{\"a\":1.7976931348623158e308}");
	accepted("{\"a\":0e999999999999999999999}");
	accepted("{\"a\":1e-999999999999999999999}");
	accepted("{\"a\":123456789012345678901234567890}");

	struct buf b = BUF_INIT;
	buf_adds(&b, "{\"a\":1");
	for (int i = 0; i < 308; i++)
		buf_addc(&b, '0');
	buf_addc(&b, '}');
	ok(reads(buf_str(&b)), "an integer of 309 digits");
	b.p[5] = '9';
	refused(b.p, 6, "number out of range");
	b.p[5] = '1';
	b.n--;
	buf_adds(&b, "0}");
	refused(b.p, 6, "number out of range");
	buf_release(&b);
}

static void strings(void)
{
	refused_n("{\"a\":\"x\0y\"}", 11, 8, "NUL byte");
	refused_n("{\"a\0\":1}", 8, 4, "NUL byte");
	refused_n("\0{}", 3, 1, "NUL byte");
	refused_n("{}\0", 3, 3, "NUL byte");
	refused_n("{\0}", 3, 2, "NUL byte");
	refused_n("{\"a\":\0}", 7, 6, "NUL byte");
	refused_n("{\"a\":[1\0]}", 10, 8, "NUL byte");
	refused_n("{\"a\":1\0}", 8, 7, "NUL byte");
	refused("{\"a\":\"x\\u0000\"}", 8, "NUL escape");
	refused("{\"\\u0000\":1}", 3, "NUL escape");
	refused("{\"a\":\"x\ny\"}", 8, "control character in a string");
	refused("{\"a\":\"\x1f\"}", 7, "control character in a string");
	refused("{\"a\t\":1}", 4, "control character in a string");
	accepted("{\"a\":\"\x7f\"}");

	refused("{\"a\":\"\\x41\"}", 7, "invalid escape");
	refused("{\"a\":\"\\'\"}", 7, "invalid escape");
	refused("{\"a\":\"\\U0041\"}", 7, "invalid escape");
	refused("{\"a\":\"\\u004g\"}", 7, "invalid escape");
	refused("{\"a\":\"\\u 041\"}", 7, "invalid escape");
	refused("{\"a\":\"a\\u\"}", 8, "invalid escape");
	refused_n("{\"a\":\"\\\0\"}", 10, 7, "invalid escape");

	refused("{\"a\":\"\\ud800\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\udc00\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\uDFFFx\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\ud800\\ud800\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\ud800\\n\\udc00\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\ud800\\u0041\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\ud800\\udbff\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\ud800\\ue000\"}", 7, "unpaired surrogate");
	refused("{\"a\":\"\\ud83d\\ude00\\ude00\"}", 19, "unpaired surrogate");
	refused("{\"\\ud800\":1}", 3, "unpaired surrogate");
	accepted("{\"a\":\"\\ud800\\udc00\\uDBFF\\uDFFF\\ud7ff\\ue000\\uffff\"}");
}

/* a byte sequence as a string, as a key, and where the vector code meets it late */
static void utf8_case(const char *seq, bool valid)
{
	static const char pad[] = "0123456789abcdef0123456789abcdef";
	struct buf b = BUF_INIT;
	struct err e;
	bool good = true;

	for (int before = 0; before <= 20; before++)
		for (int after = 0; after <= 20; after += 5) {
			buf_reset(&b);
			buf_adds(&b, "{\"k\":\"");
			buf_add(&b, pad, (size_t)before);
			size_t at = b.n + 1;
			buf_adds(&b, seq);
			buf_add(&b, pad, (size_t)after);
			buf_adds(&b, "\"}");
			e = (struct err){ .msg = "", .byte = 0 };
			if (json_read(&rec, buf_str(&b), &e) != valid)
				good = false;
			if (!valid && (strcmp(e.msg, "invalid UTF-8") != 0 || e.byte != at))
				good = false;
		}
	good &= json_utf8(str_of(seq)) == valid;
	ok(good, "UTF-8: %02x.. (%zu bytes) is %s", (unsigned)(unsigned char)seq[0], strlen(seq),
	   valid ? "accepted" : "refused");
	buf_release(&b);
}

static void utf8(void)
{
	static const char *const valid[] = {
		"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xef\xbf\xbf", "\xef\xbb\xbf", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
		"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80"
	};
	static const char *const invalid[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xc2\xc2", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xe0\xa0", "\xe1\x80\x41", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf1\x80\x80\x41", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff"
	};

	for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
		utf8_case(valid[i], true);
	for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
		utf8_case(invalid[i], false);
	refused("{\"a\":\"\xe2\x82", 7, "invalid UTF-8");
	refused("{\"\xff\":1}", 3, "invalid UTF-8");
}

/* ---- keys ---------------------------------------------------------------- */

/* {"k0":0,...} with n keys, then these members */
static void wide(struct buf *b, long n, const char *more)
{
	buf_reset(b);
	buf_addc(b, '{');
	for (long i = 0; i < n; i++)
		buf_addf(b, "%s\"k%ld\":%ld", i ? "," : "", i, i);
	buf_adds(b, more);
	buf_addc(b, '}');
}

static void duplicates(void)
{
	struct buf b = BUF_INIT, c = BUF_INIT;

	refused("{\"task\":1,\"task\":2}", 11, "duplicate key \"task\"");
	refused("{\"task\":1,\"x\":0, \"t\\u0061sk\":2}", 18, "duplicate key \"task\"");
	refused("{\"\\u0061\":1,\"\\u0061\":2}", 13, "duplicate key \"a\"");
	refused("{\"\":1,\"\":2}", 7, "duplicate key \"\"");
	refused("{\"v\":{\"a\":1,\"b\":2,\"a\":3}}", 19, "duplicate key \"a\"");
	refused("{\"v\":[0,[{\"b\":{\"c\":1}},{\"a\":{\"a\":{}},\"a\":3}]]}", 38, "duplicate key \"a\"");
	refused("{\"\\u001b[2J\":1,\"\\u001b[2J\":1}", 16, "duplicate key \"?[2J\"");
	refused("{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1,"
		"\"0123456789012345678901234567890123456789012345678901234567890123456789\":2}", 77,
		"duplicate key \"0123456789012345678901234567890123456789012345678901234567890123...\"");
	refused("{\"012345678901234567890123456789012345678901234567890123456789012\xc3\xa9z\":1,"
		"\"012345678901234567890123456789012345678901234567890123456789012\xc3\xa9z\":2}", 73,
		"duplicate key \"012345678901234567890123456789012345678901234567890123456789012...\"");
	accepted("{\"a\":1,\"A\":2,\"aa\":3,\"\":4,\"a \":5}");

	for (long n = 1; n < 40; n += n < 14 || n > 19 ? 6 : 1) {
		char more[64], msg[64];
		wide(&b, n, ",\"z\":0");
		bool good = reads(buf_str(&b)) && rec.n == (size_t)n + 1;
		snprintf(more, sizeof more, ",\"z\":0,\"k%ld\":0,\"z\":0", n - 1);
		snprintf(msg, sizeof msg, "duplicate key \"k%ld\"", n - 1);
		wide(&b, n, "");
		size_t at = b.n + 7;
		ok(good, "%ld keys and one more", n);
		wide(&b, n, more);
		refused(b.p, at, msg);
		buf_reset(&c);
		buf_addf(&c, "{\"v\":[%s]}", b.p);
		refused(c.p, at + 6, msg);
	}
	buf_release(&b);
	buf_release(&c);
}

static void million(void)
{
	struct buf b = BUF_INIT, c = BUF_INIT;
	struct err e = { .msg = "", .byte = 0 };
	clock_t start = clock();

	wide(&b, 1000000, "");
	ok(json_read(&rec, buf_str(&b), &e) && rec.n == 1000000, "a million keys");
	wide(&b, 1000000, ",\"k7\":0");
	ok(!json_read(&rec, buf_str(&b), &e) && strcmp(e.msg, "duplicate key \"k7\"") == 0,
	   "and one of them twice");
	buf_adds(&c, "{\"v\":");
	buf_addstr(&c, buf_str(&b));
	buf_addc(&c, '}');
	ok(!json_read(&rec, buf_str(&c), &e) && strcmp(e.msg, "duplicate key \"k7\"") == 0 &&
	   e.byte == b.n - 6 + 5, "the same inside");
	/* ten thousand objects of twenty keys */
	wide(&b, 20, "");
	buf_reset(&c);
	buf_adds(&c, "{\"v\":[{}");
	for (int i = 0; i < 10000; i++) {
		buf_addc(&c, ',');
		buf_addstr(&c, buf_str(&b));
	}
	buf_adds(&c, "]}");
	ok(json_read(&rec, buf_str(&c), &e) && rec.n == 1, "many wide objects");
	double s = (double)(clock() - start) / CLOCKS_PER_SEC;
	ok(s < 60, "in %.1f s of CPU time", s);
	buf_release(&b);
	buf_release(&c);
}

/* ---- depth --------------------------------------------------------------- */

static void deep(struct buf *b, size_t n, const char *open, const char *inner, char close)
{
	buf_reset(b);
	for (size_t i = 0; i < n; i++)
		buf_adds(b, open);
	buf_adds(b, inner);
	for (size_t i = 0; i < n; i++)
		buf_addc(b, close);
}

static void depth(void)
{
	struct buf b = BUF_INIT, c = BUF_INIT;
	struct err e = { .msg = "", .byte = 0 };
	const char *msg = "nested too deeply (more than 64)";

	deep(&b, 64, "{\"a\":", "1", '}');
	accepted(b.p);
	deep(&b, 65, "{\"a\":", "1", '}');
	refused(b.p, 64 * 5 + 1, msg);
	deep(&b, 64, "[", "", ']');
	ok(json_check(buf_str(&b), &e), "64 arrays are a value");
	buf_addf(&c, "{\"a\":%s}", b.p);
	refused(c.p, 5 + 63 + 1, msg);
	deep(&b, 63, "[", "", ']');
	buf_reset(&c);
	buf_addf(&c, "{\"a\":%s,\"b\":%s}", b.p, b.p);
	accepted(c.p);
	deep(&b, 100000, "[", "", ']');
	ok(!json_check(buf_str(&b), &e) && strcmp(e.msg, msg) == 0 && e.byte == 65, "100 000 arrays");
	deep(&b, 100000, "[{\"\":", "1", ']');
	ok(!json_check(buf_str(&b), &e) && strcmp(e.msg, msg) == 0, "100 000 pairs");
	buf_release(&b);
	buf_release(&c);
}

/* ---- what a record holds ------------------------------------------------- */

static void fields(void)
{
	static const char line[] =
		" {\"s\":\"plain\", \"e\":\"a\\n\\u00e9\\ud83d\\ude00\\/\" ,\"n\":-1.5e3,\"a\":[1, 2],"
		"\"o\":{\"x\":\"}\"},\"t\":true,\"f\":false,\"z\":null,\"k\\u0065y\":\"\"} ";
	struct arena a = { 0 };
	struct err e;
	const struct json_field *f;

	ok(json_read(&rec, str_of(line), &e) && rec.n == 9, "nine members");
	f = json_get(&rec, STR("s"));
	ok(f && f->type == JSON_STRING && !f->escaped && f->byte == 7 && f->key_byte == 3, "a plain string");
	is_str(f->raw, "plain", "its raw text");
	ok(json_text(f, &a).p == f->raw.p && a.total == 0, "its content is borrowed");
	f = json_get(&rec, STR("e"));
	ok(f && f->escaped, "a string with escapes");
	is_str(f->raw, "a\\n\\u00e9\\ud83d\\ude00\\/", "its raw text");
	is_str(json_text(f, &a), "a\n\xc3\xa9\xf0\x9f\x98\x80/", "its content");
	f = json_get(&rec, STR("n"));
	ok(f && f->type == JSON_NUMBER && str_is(f->raw, "-1.5e3"), "a number");
	f = json_get(&rec, STR("a"));
	ok(f && f->type == JSON_ARRAY && str_is(f->raw, "[1, 2]"), "an array");
	f = json_get(&rec, STR("o"));
	ok(f && f->type == JSON_OBJECT && str_is(f->raw, "{\"x\":\"}\"}"), "an object");
	ok(json_get(&rec, STR("t"))->type == JSON_TRUE && json_get(&rec, STR("f"))->type == JSON_FALSE &&
	   json_get(&rec, STR("z"))->type == JSON_NULL, "the literals");
	f = json_get(&rec, STR("key"));
	ok(f && f->type == JSON_STRING && f->raw.n == 0, "a key with an escape");
	ok(!json_get(&rec, STR("nope")) && !json_get(&rec, STR("")), "no such member");
	ok(strcmp(json_type_name(JSON_ARRAY), "an array") == 0 &&
	   strcmp(json_type_name(JSON_NULL), "null") == 0, "names of types");
	arena_release(&a);
}

static void items(void)
{
	static const char line[] =
		"{\"v\":[ 1 ,\"a,]\\\"\",[[],\"]\"] , {\"k\":\"}\\\\\"},true,null , \"\xc3\xa9\"\t], \"e\":[ ], \"f\":[[]]}";
	static const char *const want[] = { "1", "a,]\\\"", "[[],\"]\"]", "{\"k\":\"}\\\\\"}", "true", "null", "\xc3\xa9" };
	static const enum json_type type[] = {
		JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT, JSON_TRUE, JSON_NULL, JSON_STRING
	};
	struct json_field item = { .byte = 0 };
	struct err e;
	size_t n = 0;
	bool good = json_read(&rec, str_of(line), &e);
	const struct json_field *f = json_get(&rec, STR("v"));

	for (struct str rest = f->raw; json_next(&rest, &item); n++) {
		good &= n < 7 && str_is(item.raw, want[n]) && item.type == type[n] &&
			item.escaped == (n == 1);
		good &= json_item_byte(f, f->byte, &item) ==
			(size_t)(item.raw.p - line) + (item.type != JSON_STRING);
	}
	ok(good && n == 7, "seven items");
	struct str rest = json_get(&rec, STR("e"))->raw;
	ok(!json_next(&rest, &item) && !json_next(&rest, &item), "an empty array has none");
	rest = json_get(&rec, STR("f"))->raw;
	ok(json_next(&rest, &item) && str_is(item.raw, "[]") && !json_next(&rest, &item) &&
	   !json_next(&rest, &item), "an array in an array, and the end stays the end");
}

static void reuse(void)
{
	struct err e;
	static const char line[] = "{\"a\":1,\"b\\n\":{\"c\":[{\"d\":1}]},\"e\":\"x\\ty\"}";
	bool good = json_read(&rec, str_of(line), &e);
	const void *field = rec.field, *open = rec.open;
	size_t total = rec.scratch.total;

	for (int i = 0; i < 100000; i++)
		good &= json_read(&rec, str_of(line), &e) && rec.n == 3;
	ok(good && rec.field == field && rec.open == open && rec.scratch.total == total,
	   "the same memory from line to line");
	ok(json_read(&rec, (struct str){ "{}x", 2 }, &e) && rec.n == 0, "an empty object; no byte behind it counts");
	ok(!json_read(&rec, (struct str){ NULL, 0 }, &e), "no text at all");
}

/* ---- the scan for special bytes ------------------------------------------ */

static void scans(void)
{
	bool good = true;
	char *t = malloc(70);

	for (int c = 0; c < 256; c++)
		for (int at = 0; at < 40; at++) {
			memset(t, 'x', 70);
			for (int k = 0; k < 3; k++) {           /* what follows must not matter */
				t[at] = (char)c;
				t[at + 1] = "x\"\xff"[k];
				for (int lo = 0; lo <= at; lo += 3)
					for (int end = at + 1; end < 60; end += 7) {
						const char *want = text_skip_bytes(t + lo, t + end);
						good &= want == text_skip_words(t + lo, t + end) &&
							want == text_skip(t, t + lo, t + end) &&
							want == text_skip(t + lo, t + lo, t + end);
					}
			}
		}
	free(t);
	ok(good, "three scans, one answer");
}

/* ---- writing ------------------------------------------------------------- */

static void puts_as(struct str s, const char *want)
{
	struct buf b = BUF_INIT;

	json_put_string(&b, s);
	is_str(buf_str(&b), want, want);
	buf_release(&b);
}

static void writing(void)
{
	struct buf b = BUF_INIT;
	struct arena a = { 0 };
	struct err e;

	puts_as(STR(""), "\"\"");
	puts_as((struct str){ NULL, 0 }, "\"\"");
	puts_as(STR("plain / text \x7f"), "\"plain / text \x7f\"");
	puts_as(STR("\"\\\b\f\n\r\t\x01\x1f"), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"");
	puts_as(STR("\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\"");
	puts_as(STR("a\xff" "b\xc3"), "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"");
	puts_as(STR("a\0b"), "\"a\xef\xbf\xbd" "b\"");
	puts_as(STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");

	for (int i = 0; i < 2; i++) {
		buf_addc(&b, '{');
		json_put_kstr(&b, "s", STR("x\"y"));
		json_put_knum(&b, "x", 0.1);
		json_put_kuint(&b, "u", UINT64_MAX);
		json_put_kint(&b, "i", INT64_MIN);
		json_put_kbool(&b, "t", true);
		json_put_kbool(&b, "f", false);
		json_put_knull(&b, "z");
		json_put_kraw(&b, "r", STR("[1]"));
		json_put_key(&b, "a");
		buf_addc(&b, '[');
		json_put_sep(&b);
		json_put_number(&b, -0.0);
		json_put_sep(&b);
		buf_addc(&b, '{');
		json_put_kuint(&b, "k", 0);
		buf_adds(&b, "}]}");
		if (!i) {
			static const char want[] =
				"{\"s\":\"x\\\"y\",\"x\":0.1,\"u\":18446744073709551615,\"i\":-9223372036854775808,"
				"\"t\":true,\"f\":false,\"z\":null,\"r\":[1],\"a\":[-0,{\"k\":0}]}";
			is_str(buf_str(&b), want, "a record");
			ok(json_read(&rec, buf_str(&b), &e), "which can be read");
			is_str(json_text(json_get(&rec, STR("s")), &a), "x\"y", "with the same text");
			buf_reset(&b);
		}
	}
	buf_release(&b);
	arena_release(&a);
}

int main(void)
{
	scans();
	syntax();
	numbers();
	strings();
	utf8();
	duplicates();
	depth();
	fields();
	items();
	reuse();
	million();
	writing();
	json_record_release(&rec);
	ok(rec.n == 0 && !rec.field, "released");
	return done();
}
