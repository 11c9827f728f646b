/* csv: rows, their lines, and what is refused and where; whatever the pieces they come in.
 * Also what is found in cells: times (when) and numbers (decimal). */
#include "tap.h"

#include "ingest/csv.h"
#include "ingest/decimal.h"
#include "ingest/when.h"

/* The file in words: a row is LINE[cell|cell], an error LINE:BYTE message. */
static void transcript(struct buf *out, const char *text, size_t n, char sep, size_t step)
{
	struct csv c = { .sep = sep };
	size_t from = 0, to = 0, used;
	struct err e = { 0 };

	for (bool go = true; go; ) {
		switch (csv_next(&c, (struct str){ text + from, to - from }, to == n, &used, &e)) {
		case CSV_ROW:
			buf_addf(out, "%ju[", c.line);
			for (size_t i = 0; i < c.n; i++) {
				buf_adds(out, i ? "|" : "");
				buf_addstr(out, c.cell[i]);
			}
			buf_adds(out, "] ");
			break;
		case CSV_BAD:
			buf_addf(out, "%ju:%zu %s%s ", c.bad_line, e.byte, e.msg, c.lost ? ", lost" : "");
			go = !c.lost;
			break;
		case CSV_MORE:
			to = to + step < n ? to + step : n;
			break;
		case CSV_END:
			go = false;
		}
		from += used;
	}
	csv_release(&c);
}

static void rows_n(const char *text, size_t n, char sep, const char *want, const char *name)
{
	struct buf whole = BUF_INIT, part = BUF_INIT;
	bool same = true;

	transcript(&whole, text, n, sep, n);
	is_str(buf_str(&whole), want, name);
	for (size_t step = 1; step < n; step++) {
		buf_reset(&part);
		transcript(&part, text, n, sep, step);
		same = same && str_eq(buf_str(&whole), buf_str(&part));
	}
	ok(same, "%s, in pieces", name);
	buf_release(&whole);
	buf_release(&part);
}

static void rows(const char *text, const char *want, const char *name)
{
	rows_n(text, strlen(text), ',', want, name);
}

static void good(void)
{
	rows("", "", "nothing");
	rows("a,b\n1,2\n", "1[a|b] 2[1|2] ", "LF");
	rows("a,b\r\n1,2\r\n", "1[a|b] 2[1|2] ", "CR LF");
	rows("a,b\n1,2", "1[a|b] 2[1|2] ", "no line end at the end");
	rows("a,b\r\n1,2\r", "1[a|b] 2[1|2] ", "half a line end at the end");
	rows("\xef\xbb\xbf" "a,b\n", "1[a|b] ", "a byte order mark");
	rows("\xef\xbb\xbf\"a\",b\n", "1[a|b] ", "a byte order mark before a quote");
	rows("a\n\xef\xbb\xbf" "b\n", "1[a] 2[\xef\xbb\xbf" "b] ", "a byte order mark later is data");
	rows("a,,\n,,\n", "1[a||] 2[||] ", "empty fields");
	rows("\"\",\"\"\n", "1[|] ", "empty quotes");
	rows("\"a,b\",\"c\"\"d\",\"\"\"\"\n", "1[a,b|c\"d|\"] ", "a comma and quotes inside of quotes");
	rows("\"a\nb\r\nc\",d\ne,f\n", "1[a\nb\r\nc|d] 4[e|f] ", "line ends inside of quotes");
	rows("a\"b,c\"\"\n", "1[a\"b|c\"\"] ", "a quote later in a field is data");
	rows(" \"a\",b\n", "1[ \"a\"|b] ", "a quote behind a space is data");
	rows("\n\na,b\n\r\n \t\n1,2\n\n", "3[a|b] 6[1|2] ", "blank lines are counted");
	rows("\n \r\n\t", "", "only blank lines");
	rows("a, b \n", "1[a| b ] ", "spaces stay");
	rows("\xc3\xa9,\xf0\x9f\x98\x80\n", "1[\xc3\xa9|\xf0\x9f\x98\x80] ", "UTF-8");
	rows_n("a\tb,c\n\"d\te\"\tf\n", 14, '\t', "1[a|b,c] 2[d\te|f] ", "tabs");
}

static void refused(void)
{
	rows("a,b\n\"x\"y,1\n2,3\n", "1[a|b] 2:4 text behind a closing quote 3[2|3] ", "text behind a closing quote");
	rows("a\n\"x\ny\" z\n2\n", "1[a] 3:3 text behind a closing quote 4[2] ", "the same on a later line of the row");
	rows("a\n\"x\"\ry\n2\n", "1[a] 2:4 text behind a closing quote 3[2] ", "a CR behind a closing quote");
	rows("a,b\n1,2\n3,\"x\n4,5\n", "1[a|b] 2[1|2] 3:3 quote is never closed, lost ", "an open quote");
	rows("a\n\"x\n\"\"", "1[a] 2:1 quote is never closed, lost ", "an open quote that ends in a quote");
	rows("a,b\rc,d\n1,2\n", "1:4 carriage return without a line feed 2[1|2] ", "a lone CR");
	rows("a\nb\xff" "c\nd\n", "1[a] 2:2 invalid UTF-8 3[d] ", "a byte that is no UTF-8");
	rows("a\n\"\n\xc3\"\nd\n", "1[a] 3:1 invalid UTF-8 4[d] ", "half a character");
	rows("\xed\xa0\x80\n", "1:1 invalid UTF-8 ", "a surrogate");
	rows_n("a\nb\0c\n", 6, ',', "1[a] 2:2 NUL byte ", "NUL");
	rows_n("\xff\xfe" "a\0\n\0", 6, ',', "1:1 text is UTF-16: convert it with iconv -f UTF-16 -t UTF-8, lost ", "UTF-16");
	rows_n("\xfe\xff", 2, ',', "1:1 text is UTF-16: convert it with iconv -f UTF-16 -t UTF-8, lost ", "the other UTF-16");
}

static void time_is(const char *text, const char *want)
{
	struct buf b = BUF_INIT;
	struct err e;

	if (!when_put(&b, str_of(text), &e)) {
		buf_reset(&b);
		buf_adds(&b, strncmp(e.msg, "there is no such time", 21) == 0 ? "none" : "bad");
	}
	is_str(buf_str(&b), want, text);
	buf_release(&b);
}

static void times(void)
{
	time_is("2026-03-09T22:16:08.728353Z", "2026-03-09T22:16:08.728353Z");
	time_is("2026-03-09T22:16:08.700", "2026-03-09T22:16:08.700Z");
	time_is("2026-03-09 22:16:08", "2026-03-09T22:16:08Z");
	time_is("2026-03-09 22:16:08 UTC", "2026-03-09T22:16:08Z");
	time_is("2026-03-09t22:16:08z", "2026-03-09T22:16:08Z");
	time_is("2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00Z");
	time_is("2024-02-28T23:30:00.5-0130", "2024-02-29T01:00:00.5Z");
	time_is("2026-12-31T20:00:00-05", "2027-01-01T01:00:00Z");
	time_is("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00Z");
	time_is("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z");
	time_is("0001-01-01T00:00:00+00:01", "none");
	time_is("9999-12-31T23:59:59-00:01", "none");
	time_is("2026-02-29T00:00:00Z", "none");
	time_is("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z");
	time_is("1900-02-29T00:00:00Z", "none");
	time_is("2026-13-01T00:00:00Z", "none");
	time_is("2026-01-01T24:00:00Z", "none");
	time_is("2026-01-01T00:00:00+24:00", "bad");
	time_is("2026-01-01T00:00:00.Z", "bad");
	time_is("2026-01-01T00:00:00 PST", "bad");
	time_is("2026-01-01", "bad");
	time_is("2026-01-01T00:00Z", "bad");
	time_is("2026-01-01T00:00:00Z ", "bad");
	time_is("Tue Mar 09 13:05:40 PST 2026", "2026-03-09T21:05:40Z");
	time_is("Tue Mar 31 17:05:40 PDT 2026", "2026-04-01T00:05:40Z");
	time_is("Thu Dec 31 19:00:00 EST 2026", "2027-01-01T00:00:00Z");
	time_is("Sat Jul 4 19:00:00 EDT 2026", "2026-07-04T23:00:00Z");
	time_is("Sat Jul 04 19:00:00 UTC 2026", "2026-07-04T19:00:00Z");
	time_is("Sat Jul 04 19:00:00 GMT 2026", "2026-07-04T19:00:00Z");
	time_is("Sat Jul 04 19:00:00 CST 2026", "bad");
	time_is("Sat Feb 30 19:00:00 UTC 2026", "none");
	time_is("1/28/2026 19:02:18", "2026-01-28T19:02:18Z");
	time_is("11/2/2026 9:02:18", "2026-11-02T09:02:18Z");
	time_is("28/1/2026 19:02:18", "none");
	time_is("1662030885", "2022-09-01T11:14:45Z");
	time_is("1662030885.250", "2022-09-01T11:14:45.250Z");
	time_is("1662030885456", "2022-09-01T11:14:45.456Z");
	time_is("951782400", "2000-02-29T00:00:00Z");
	time_is("99999999999", "5138-11-16T09:46:39Z");
	time_is("99999999999999", "5138-11-16T09:46:39.999Z");
	time_is("100000000000", "1973-03-03T09:46:40.000Z");
	time_is("12345678", "bad");
	time_is("1662030885456789", "bad");
	time_is("1662030885.", "bad");
	time_is("1.66e9", "bad");
	time_is("", "bad");
	time_is("yesterday", "bad");
}

static void rounds(const char *text, int e10, const char *want)
{
	char got[32] = "bad";
	uint64_t v;

	if (decimal_round(str_of(text), e10, UINT64_C(1) << 53, &v))
		snprintf(got, sizeof got, "%ju", (uintmax_t)v);
	if (!ok(strcmp(got, want) == 0, "%s by 10^%d, rounded", text, e10))
		printf("#  got: %s\n# want: %s\n", got, want);
}

static void scales(const char *text, uint64_t by, int e10, double want)
{
	double x = -1;

	if (!ok(decimal_scale(str_of(text), by, e10, &x) && x == want, "%s times %ju by 10^%d", text, (uintmax_t)by, e10))
		printf("#  got: %.17g\n# want: %.17g\n", x, want);
}

static void numbers(void)
{
	rounds("4.288", 3, "4288");
	rounds("9.1", 3, "9100");
	rounds("0.0005", 3, "1");
	rounds("0.00049999999999999999999999999", 3, "0");
	rounds("1.0005", 3, "1001");        /* 1000.4999... once it is a double */
	rounds("8.0415", 3, "8042");
	rounds("30", 3, "30000");
	rounds("1e-05", 3, "0");
	rounds("1.5e2", 3, "150000");
	rounds("123.45E-2", 3, "1235");
	rounds("-0.0", 3, "0");
	rounds("-1", 3, "bad");
	rounds("-0.0001", 3, "bad");
	rounds("9007199254740.992", 3, "9007199254740992");
	rounds("9007199254740.993", 3, "bad");
	rounds("1e300", 3, "bad");
	rounds("0e300", 3, "0");
	rounds("1e-300", 3, "0");
	rounds("12.0", 0, "12");
	rounds("", 3, "bad");
	rounds("1,5", 3, "bad");
	rounds(" 1", 3, "bad");

	scales("50.8", 640, -2, 325.12);
	scales("5.86", 480, -2, 28.128);
	scales("12.4", 640, -2, 79.36);
	scales("5.869797225186766", 480, -2, 28.1750266808964768);
	scales("-0.5", 1000, -2, -5);
	scales("1e-7", 3, 0, 3e-7);
	scales("0.1", 3, 0, 0.3);           /* 3 * 0.1 is 0.30000000000000004 */
	scales("0", 4294967295u, -2, 0);
	scales("99999999999999999999", 4294967295u, 0, 4.2949672949999999999957e29);
}

int main(void)
{
	good();
	refused();
	times();
	numbers();
	return done();
}
