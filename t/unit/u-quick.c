/* labels in bulk: what the quick reader takes, the careful one takes, and it is the same */
#include "math/rng.h"
#include "rec/quick.h"
#include "rec/rec.h"
#include "rec/value.h"
#include "tap.h"

/* Lines that differ in a place each, alike in others, so that shapes fit often and not always. */
static const char *const piece[][8] = {
	{ "{\"kind\":\"label\"", "{\"kind\":\"label\"", "{ \"kind\": \"label\"", "{\"kind\":\"gold\"", "{\"kind\":\"l\\u0061bel\"",
	  "{\"x\":1", " {\"kind\":\"label\"", "{\"kind\":\"label\",\"sig\":\"0xab\"" },
	{ ",\"task\":\"t1\"", ",\"task\":\"a rather long name of a task\"", ",\"task\":\"\"", ",\"task\":\"\\u0041\"", ",\"task\":5",
	  ",\"task\":\"t\xc3\xa9\"", ",\"task\":\"0x1234567890123456789012345678901234567890\"", ",\"t\\u0061sk\":\"k\"" },
	{ ",\"worker\":\"w1\"", ",\"worker\":\"w22\"", ",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"",
	  ",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD\"", ",\"worker\":null", "", ",\"worker\":\"w\t\"",
	  ",\"worker\":\"w1\",\"worker\":\"w1\"" },
	{ ",\"value\":\"yes\"", ",\"value\":\"no\"", ",\"value\":\"\"", ",\"value\":12", ",\"value\":1.50", ",\"value\":01",
	  ",\"value\":true", ",\"value\":-3e2" },
	{ "", ",\"ms\":120", ",\"ms\":1.5", ",\"ms\":9999999999999999", ",\"sig\":\"0xabcd\"", ",\"ms\":\"7\"", ",\"ms\":-1",
	  ",\"sig\":\"0xabc\"" },
	{ "", ",\"at\":\"2026-11-22T09:51:00Z\"", ",\"at\":\"2026-02-29T09:51:00Z\"", ",\"at\":\"2026-11-22T09:51:00.25Z\"",
	  ",\"at\":3", ",\"confidence\":0.25", ",\"confidence\":\"x\"", ",\"confidence\":0." },
	{ "}\n", "}\r\n", " }\n", "}}\n", "}\n", ",\"other\":[1,{\"a\":\"b\"}]}\n", ",\"note\":\"text\"}\n", ",\"note\":7}\n" },
};

enum { PIECES = sizeof piece / sizeof piece[0], LINES = 40000 };

/* mostly the first choices, in runs, with some of the others between */
static size_t make(struct rng *r, char *to)
{
	size_t n = 0;
	uint64_t usual = rng_below(r, 2);

	for (size_t i = 0; i < PIECES; i++) {
		uint64_t k = rng_below(r, 12) ? usual : rng_below(r, 8);
		size_t len = strlen(piece[i][k]);
		memcpy(to + n, piece[i][k], len);
		n += len;
	}
	if (rng_below(r, 30) == 0) {
		/* any byte in any place but the end */
		size_t at = (size_t)rng_below(r, n - 1);
		to[at] = (char)rng_below(r, 256);
		if (to[at] == '\n')
			to[at] = ' ';
	}
	return n;
}

/* what quick.h promises, the slow way */
static bool reference(struct str line, struct arena *a, struct rec_label *l, struct buf *key)
{
	static struct json_record rec;
	const struct json_field *kind;
	struct err e;

	buf_reset(key);
	if (!json_read(&rec, line, &e) || !(kind = json_get(&rec, STR("kind"))) || kind->type != JSON_STRING ||
	    kind->escaped || !str_is(kind->raw, "label"))
		return false;
	return rec_label(&rec, a, l, &e) && value_key(&l->value, key, &e);
}

static void check(struct str text, size_t n, bool *same, size_t *n_plain, size_t *n_fitted)
{
	static struct quick_part p;             /* used again, as in a run: shapes outlive the text */
	struct arena a = { 0 };
	struct buf key = BUF_INIT;
	const char *at = text.p;

	p.text = text;
	quick_read(&p);
	*same = *same && p.n == n;
	for (size_t i = 0; *same && i < n; i++) {
		const struct quick_label *q = &p.label[i];
		struct rec_label l;
		struct str line = { at, (size_t)(q->end - at) - 1 };
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		bool good = reference(line, &a, &l, &key);
		*same = q->plain == good && q->end[-1] == '\n' && !memchr(at, '\n', (size_t)(q->end - at) - 1) &&
		        (!good || (str_eq(q->task, l.task) && str_eq(q->worker, l.worker) && str_eq(q->key, buf_str(&key))));
		*n_plain += good;
		struct shape_label fit;
		*n_fitted += shape_read(&p.shape, text.p, at, text.p + text.n, &a, &fit);
		at = q->end;
	}
	arena_release(&a);
	buf_release(&key);
	if (n == 0)
		quick_release(&p);
}

static void test_random(void)
{
	static char text[LINES * 512];
	struct rng r;
	bool same = true;
	size_t plain = 0, fitted = 0, lines = 0;

	rng_seed(&r, 11);
	for (int k = 0; k < 60 && same; k++) {
		size_t n = 0, used = 0, most = (size_t)rng_below(&r, LINES / 60);
		for (; n < most; n++)
			used += make(&r, text + used);
		/* a copy of the right size: to read behind it is an error that a sanitizer tells */
		char *own = malloc(used ? used : 1);
		memcpy(own, text, used);
		check((struct str){ own, used }, n, &same, &plain, &fitted);
		lines += n;
		free(own);
	}
	check((struct str){ text, 0 }, 0, &same, &plain, &fitted);
	ok(same, "%zu lines: taken and refused as the careful reader does", lines);
	ok(plain > lines / 10 && plain < lines && fitted > lines / 100, "%zu are plain labels, %zu fit a shape", plain,
	   fitted);
}

/* the lines of one source: all but the first fit */
static void test_fit(void)
{
	static const char first[] = "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w1\",\"value\":\"c\",\"ms\":12}\n";
	static const char next[] = "{\"kind\":\"label\",\"task\":\"t234\",\"worker\":\"w\",\"value\":\"dd\",\"ms\":7}\n";
	static const char *const bad[] = {
		"{\"kind\":\"label\",\"task\":\"t234\",\"worker\":\"w\",\"value\":\"dd\",\"ms\":07}\n",
		"{\"kind\":\"label\",\"task\":\"t234\",\"worker\":\"w\",\"value\":\"d\\\"\",\"ms\":7}\n",
		"{\"kind\":\"label\",\"task\":\"\",\"worker\":\"w\",\"value\":\"dd\",\"ms\":7}\n",
		"{\"kind\":\"lapel\",\"task\":\"t234\",\"worker\":\"w\",\"value\":\"dd\",\"ms\":7}\n",
		"{\"kind\":\"label\",\"task\":\"t234\",\"worker\":\"w\",\"value\":\"dd\",\"ms\":7}]\n",
		"{\"kind\":\"label\",\"task\":\"t234\",\"worker\":\"w\",\"value\":\"dd\",\"ms\":7",
	};
	struct json_record rec = { 0 };
	struct shape s = { 0 };
	struct arena a = { 0 };
	struct shape_label l;
	struct err e;

	ok(!shape_read(&s, first, first, first + strlen(first), &a, &l), "an empty shape fits nothing");
	json_read(&rec, (struct str){ first, strlen(first) - 1 }, &e);
	shape_learn(&s, &rec, (struct str){ first, strlen(first) - 1 });
	ok(shape_read(&s, next, next, next + strlen(next), &a, &l) && str_is(l.task, "t234") && str_is(l.worker, "w") &&
	   str_is(l.value.raw, "dd") && l.end == next + strlen(next), "the next line fits");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!shape_read(&s, bad[i], bad[i], bad[i] + strlen(bad[i]), &a, &l), "does not fit: %zu", i);
	json_record_release(&rec);
	arena_release(&a);
}

/* who wants more of a label gets it whole */
static void test_whole(void)
{
	static const char text[] = "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"c\"}\n"
		"{\"kind\":\"label\",\"task\":\"t2\",\"worker\":\"w\",\"value\":\"c\",\"confidence\":0.5}\n"
		"{\"kind\":\"label\",\"task\":\"t3\",\"worker\":\"w\",\"value\":\"c\",\"confidence\":0.5}\n"
		"{\"kind\":\"label\",\"task\":\"t4\",\"worker\":\"w\",\"value\":\"c\"}\n"
		"{\"kind\":\"label\",\"task\":\"t5\",\"worker\":\"w\",\"value\":\"c\",\"predict\":{\"c\":1}}\n";
	static const bool want[] = { true, false, false, true, false };
	struct quick_part p = { .text = { text, sizeof text - 1 } };
	bool all = true, whole = true;

	quick_read(&p);
	for (size_t i = 0; i < p.n; i++)
		all = all && p.label[i].plain;
	quick_release(&p);
	ok(all, "a confidence is passed over where nobody asks for it");
	p = (struct quick_part){ .text = { text, sizeof text - 1 }, .whole = true };
	quick_read(&p);
	for (size_t i = 0; i < p.n; i++)
		whole = whole && p.label[i].plain == want[i];
	ok(whole && p.n == 5, "and left to the careful reader where somebody does");
	quick_release(&p);
}

int main(void)
{
	test_fit();
	test_whole();
	test_random();
	return done();
}
