/* The parts that the page is written with, and what the command cannot show: tables of other types, text that
 * is no UTF-8, skills that are no probabilities. */
#include <math.h>

#include "stage/report-keep.h"
#include "stage/report-part.h"
#include "stage/report.h"
#include "tap.h"

static struct buf out;

static void is(const char *want, const char *name)
{
	is_str(buf_str(&out), want, name);
	buf_reset(&out);
}

static void text(struct str s, size_t most, const char *want, const char *name)
{
	part_text(&out, s, most);
	is(want, name);
}

static void texts(void)
{
	text(STR(""), 10, "", "no text");
	text(STR("a<b>&\"'"), 40, "a&lt;b&gt;&amp;&quot;&#39;", "the five");
	text(STR("0123456789"), 10, "0123456789", "just fits");
	text(STR("0123456789a"), 10, "0123456\xe2\x80\xa6" "9a", "one too long: beginning and end");
	text(STR("<<<<<<<<<<<<"), 8, "&lt;&lt;&lt;&lt;&lt;\xe2\x80\xa6&lt;&lt;", "an escape counts as what it shows");
	text(STR("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"), 10,
	     "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe2\x80\xa6\xe6\xbc\xa2", "wide characters are two");
	text(STR("a\x80\xff" "b"), 10, "a\xef\xbf\xbd\xef\xbf\xbd" "b", "no UTF-8");
	text(STR("\xc0\xaf|\xe0\x80\xaf|\xed\xa0\x80|\xf4\x90\x80\x80"), 40,
	     "\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
	     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "overlong, surrogate, beyond the last");
	text(STR("\xe2\x82"), 10, "\xef\xbf\xbd\xef\xbf\xbd", "cut short");
	text(STR("\0\n\x7f"), 40, "\xe2\x9f\xa8U+0000\xe2\x9f\xa9\xe2\x9f\xa8U+000A\xe2\x9f\xa9\xe2\x9f\xa8U+007F\xe2\x9f\xa9",
	     "controls");
	text(STR("\xef\xbf\xbe\xf3\xa0\x81\x81\xf4\x8f\xbf\xbf"), 60,
	     "\xe2\x9f\xa8U+FFFE\xe2\x9f\xa9\xe2\x9f\xa8U+E0041\xe2\x9f\xa9\xe2\x9f\xa8U+10FFFF\xe2\x9f\xa9",
	     "what XML cannot hold, tags, the last plane");
}

/* Every byte sequence of three from a nasty set, at every width: always whole characters of plain text. */
static void any_bytes(void)
{
	static const unsigned char nasty[] = { 0, '<', '&', 'a', 0x80, 0xbf, 0xc2, 0xe2, 0x80, 0xae, 0xf0, 0xff };
	enum { N = sizeof nasty };
	bool good = true;

	for (size_t i = 0; i < N * N * N * N; i++) {
		char t[4] = { (char)nasty[i % N], (char)nasty[i / N % N], (char)nasty[i / N / N % N], (char)nasty[i / N / N / N] };
		for (size_t most = 1; most < 12; most += 5) {
			part_text(&out, (struct str){ t, 4 }, most);
			for (size_t k = 0; k < out.n; k++)
				good = good && (unsigned char)out.p[k] >= 0x20 && out.p[k] != '<' && out.p[k] != '>';
			buf_reset(&out);
		}
	}
	ok(good, "no four bytes make markup or a control");
}

static void fixed(double x, unsigned digits, const char *want)
{
	part_fixed(&out, x, digits);
	is(want, want);
}

static void numbers(void)
{
	fixed(0, 4, "0.0000");
	fixed(-0.00004, 4, "0.0000");
	fixed(-0.00005, 4, "\xe2\x88\x92" "0.0001");
	fixed(0.125, 2, "0.13");
	fixed(0.9999, 3, "1.000");
	fixed(1234.5, 0, "1235");
	fixed(12345.67, 1, "12\xe2\x80\xaf" "345.7");
	fixed(1e300, 2, "1e+300");
	fixed((double)NAN, 2, "undefined");
	fixed((double)INFINITY, 2, "infinite");
	part_count(&out, 9999);
	is("9999", "no groups up to 9999");
	part_count(&out, UINT64_C(18446744073709551615));
	is("18\xe2\x80\xaf" "446\xe2\x80\xaf" "744\xe2\x80\xaf" "073\xe2\x80\xaf" "709\xe2\x80\xaf" "551\xe2\x80\xaf" "615",
	   "the largest count");
	part_coord(&out, -0.04);
	is("0", "a coordinate that is nearly nothing");
	part_coord(&out, -12.34);
	is("-12.3", "a coordinate");
}

static void axes(void)
{
	static const double span[][2] = { { 0, 1 }, { -1, 1 }, { -0.26, 1 }, { 0, 0 }, { 0, 17 }, { 3, 3.001 }, { -5e6, 7 },
	                                  { 0, 47.6 }, { 0, 0.5 }, { -1e300, 1e300 } };
	bool good = true;

	for (size_t i = 0; i < sizeof span / sizeof span[0]; i++) {
		struct axis a = axis_of(span[i][0], span[i][1], 6, 0, 100);
		double steps = (a.hi - a.lo) / a.step;
		good = good && steps > 0.5 && steps < 9 && axis_at(&a, -INFINITY) >= 0 && axis_at(&a, INFINITY) <= 100;
		if (span[i][1] < 1e200)
			good = good && a.lo <= span[i][0] && a.hi >= span[i][1];
	}
	ok(good, "an axis holds its values and has a handful of ticks");
	struct axis a = axis_of(0, 0.5, 6, 0, 100);
	ok(a.digits == 1 && a.step > 0.0999 && a.step < 0.1001, "0 to 0.5 by 0.1, one digit");
}

static bool has(const char *what)
{
	return out.n && strstr(out.p, what);
}

static bool smaller(const void *ctx, uint32_t a, uint32_t b)
{
	const uint32_t *x = ctx;

	return x[a] != x[b] ? x[a] < x[b] : a < b;
}

static void tops(void)
{
	uint32_t x[1000];
	struct top t = { .n = 0 };
	bool good = true;

	for (uint32_t i = 0; i < 1000; i++)
		x[i] = i * 7919 % 500;
	for (uint32_t i = 0; i < 1000; i++)
		top_add(&t, i, smaller, x);
	good = t.n == TOP;
	for (size_t i = 0; good && i < TOP; i++)
		good = x[t.id[i]] == i / 2 && (i % 2 == 0 || t.id[i] > t.id[i - 1]);
	ok(good, "the first 20 of 1000, in order");
}

static void nothing(void *ctx, struct str line)
{
	(void)ctx;
	(void)line;
}

/* A stage with no classes at all: agreement that came in bulk, and a table. */
static void other_types(void)
{
	struct report_keep k = { .out = &out };
	struct sink sink = { .line = nothing };
	struct agree_options o;
	struct agree_totals t = { .labels = 3, .tasks = 2, .workers = 2 };
	struct str head[] = { STR("Task"), STR("Mean <x>") }, cell[] = { STR("a&b"), STR("1.5"), STR("\xe2\x80\xae" "c"), STR("") };

	agree_options_init(&o);
	struct sink *tee = report_keep_begin(&k, &sink);
	sink_lines(tee, STR("{\"kind\":\"agreement\",\"metric\":\"icc_1_1\",\"type\":\"number\",\"value\":0.25,\"low\":-3,"
	                    "\"high\":0.5,\"tasks\":2,\"workers\":2,\"labels\":3}\n{\"kind\":\"consensus\"}\n"
	                    "{\"kind\":\"agreement\",\"metric\":\"new<\",\"value\":null,\"why\":\"so & so\"}\n"));
	for (int i = 0; i < 2; i++)
		report_keep_table(&k, &(struct report_table){ .title = STR("Numbers & such"), .note = STR("Means."), .align = "lr",
		                                              .head = head, .cell = cell, .n_rows = 2 });
	report_keep_end(&k, &o, &t);
	ok(has("Intraclass correlation (1,1), number"), "agreement of another type");
	ok(has("<td class=\"n\">0.2500</td><td class=\"n\">none</td><td class=\"n\">\xe2\x88\x92" "3.0000</td>"), "its numbers");
	ok(has("new&lt;") && has("so &amp; so"), "a metric without words for it, and its reason");
	ok(has("<section id=\"extra-1\"") && has("<section id=\"extra-2\"") && has("<a href=\"#extra-2\">Numbers &amp; such</a>"),
	   "a section a table");
	ok(has("<th scope=\"row\"><bdi>a&amp;b</bdi></th><td class=\"n\"><bdi>1.5</bdi></td></tr>") &&
	   has("<bdi>\xe2\x9f\xa8U+202E\xe2\x9f\xa9" "c</bdi></th><td class=\"n\"><i>empty text</i>") && has("Mean &lt;x&gt;"),
	   "cells are escaped");
	ok(!has("id=\"confusion\"") && !has("#confusion"), "nothing of classes");
	report_keep_begin(&k, &sink);
	report_keep_end(&k, &o, &t);
	ok(!has("extra-1") && has("No coefficient"), "run again, it has forgotten");
	report_keep_release(&k);
}

int main(void)
{
	texts();
	any_bytes();
	numbers();
	axes();
	tops();
	other_types();
	buf_release(&out);
	return done();
}
