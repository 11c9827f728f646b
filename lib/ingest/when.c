#include "ingest/when.h"

struct when {
	const char *p, *end;
	int year, month, day, hour, minute, second;
	int offset;                     /* minutes east of UTC */
	struct str fraction;            /* digits; may be none */
};

/* ---- the calendar -------------------------------------------------------- */

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int month_days(int64_t y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* days from the start of the year 1 to the start of the year y >= 1 */
static int64_t year_start(int64_t y)
{
	return (y - 1) * 365 + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400;
}

enum { EPOCH = 719162 };                /* year_start(1970) */

static int64_t day_number(int y, int m, int d)
{
	int64_t n = year_start(y) + d - 1;

	for (int i = 1; i < m; i++)
		n += month_days(y, i);
	return n;
}

/* the inverse; false before the year 1 and after 9999 */
static bool set_day(struct when *w, int64_t n)
{
	if (n < 0 || n >= year_start(10000))
		return false;
	int64_t y = n / 366 + 1;
	while (year_start(y + 1) <= n)
		y++;
	int64_t left = n - year_start(y);
	int m = 1;
	for (; left >= month_days(y, m); m++)
		left -= month_days(y, m);
	w->year = (int)y;
	w->month = m;
	w->day = (int)left + 1;
	return true;
}

static bool exists(const struct when *w)
{
	return w->year >= 1 && w->year <= 9999 && w->month >= 1 && w->month <= 12 && w->day >= 1 &&
	       w->day <= month_days(w->year, w->month) && w->hour <= 23 && w->minute <= 59 && w->second <= 60;
}

static bool to_utc(struct when *w)
{
	int64_t t = day_number(w->year, w->month, w->day) * 1440 + w->hour * 60 + w->minute - w->offset;

	if (w->offset == 0)
		return true;
	if (t < 0 || !set_day(w, t / 1440))
		return false;
	w->hour = (int)(t % 1440 / 60);
	w->minute = (int)(t % 60);
	return true;
}

/* ---- pieces of text: each moves w->p only when it matches ----------------- */

static size_t digits(const struct when *w)
{
	size_t n = 0;

	while (w->p + n < w->end && w->p[n] >= '0' && w->p[n] <= '9')
		n++;
	return n;
}

/* exactly from least to most digits */
static bool number(struct when *w, size_t least, size_t most, int *v)
{
	size_t n = digits(w);

	if (n < least || n > most)
		return false;
	for (*v = 0; n; n--)
		*v = *v * 10 + (*w->p++ - '0');
	return true;
}

static bool is(struct when *w, const char *any)
{
	if (w->p == w->end || !*w->p || !strchr(any, *w->p))
		return false;
	w->p++;
	return true;
}

static bool fraction(struct when *w)
{
	if (!is(w, "."))
		return true;
	w->fraction = (struct str){ w->p, digits(w) };
	w->p += w->fraction.n;
	return w->fraction.n > 0;
}

static bool clock(struct when *w, size_t hour_digits)
{
	return number(w, hour_digits, 2, &w->hour) && is(w, ":") && number(w, 2, 2, &w->minute) && is(w, ":") &&
	       number(w, 2, 2, &w->second);
}

static bool named_zone(struct when *w)
{
	static const struct { const char *name; int hours; } zone[] = {
		{ "UTC", 0 }, { "GMT", 0 }, { "PST", -8 }, { "PDT", -7 }, { "EST", -5 }, { "EDT", -4 },
	};

	for (size_t i = 0; i < sizeof zone / sizeof zone[0]; i++)
		if (w->end - w->p >= 3 && memcmp(w->p, zone[i].name, 3) == 0) {
			w->offset = zone[i].hours * 60;
			w->p += 3;
			return true;
		}
	return false;
}

/* Z, an offset, " UTC", or nothing */
static bool zone(struct when *w)
{
	int hours = 0, minutes = 0;

	if (w->p == w->end || is(w, "Zz"))
		return true;
	if (is(w, " "))
		return named_zone(w) && w->offset == 0;
	if (!is(w, "+-"))
		return false;
	bool west = w->p[-1] == '-';
	size_t n = digits(w);
	if (n == 4) {
		number(w, 4, 4, &hours);
		minutes = hours % 100;
		hours /= 100;
	} else if (!number(w, 2, 2, &hours) || (is(w, ":") && !number(w, 2, 2, &minutes))) {
		return false;
	}
	w->offset = (hours * 60 + minutes) * (west ? -1 : 1);
	return hours <= 23 && minutes <= 59;
}

/* ---- the forms ----------------------------------------------------------- */

static bool iso(struct when *w)
{
	return number(w, 4, 4, &w->year) && is(w, "-") && number(w, 2, 2, &w->month) && is(w, "-") &&
	       number(w, 2, 2, &w->day) && is(w, "Tt ") && clock(w, 2) && fraction(w) && zone(w);
}

static bool slashes(struct when *w)
{
	return number(w, 1, 2, &w->month) && is(w, "/") && number(w, 1, 2, &w->day) && is(w, "/") &&
	       number(w, 4, 4, &w->year) && is(w, " ") && clock(w, 1);
}

static bool word(struct when *w, const char *list, int *v)
{
	for (const char *p = list; w->end - w->p >= 3 && *p; p += 3)
		if (memcmp(w->p, p, 3) == 0) {
			*v = (int)(p - list) / 3 + 1;
			w->p += 3;
			return true;
		}
	return false;
}

static bool mturk(struct when *w)
{
	int weekday;

	return word(w, "MonTueWedThuFriSatSun", &weekday) && is(w, " ") &&
	       word(w, "JanFebMarAprMayJunJulAugSepOctNovDec", &w->month) && is(w, " ") &&
	       number(w, 1, 2, &w->day) && is(w, " ") && clock(w, 2) && is(w, " ") && named_zone(w) && is(w, " ") &&
	       number(w, 4, 4, &w->year);
}

static bool since_1970(struct when *w)
{
	size_t n = digits(w);
	int64_t t = 0;

	if (n < 9 || n > 14)
		return false;
	size_t whole = n > 11 ? n - 3 : n;
	for (size_t i = 0; i < whole; i++)
		t = t * 10 + (w->p[i] - '0');
	w->p += whole;
	if (n > 11) {
		w->fraction = (struct str){ w->p, 3 };
		w->p += 3;
	} else if (!fraction(w)) {
		return false;
	}
	w->second = (int)(t % 60);
	w->minute = (int)(t / 60 % 60);
	w->hour = (int)(t / 3600 % 24);
	return set_day(w, t / 86400 + EPOCH);
}

/* so many digits of v, and what stands behind them */
static void put_digits(struct buf *b, int v, int n, char then)
{
	char t[5];

	t[n] = then;
	for (int i = n; i-- > 0; v /= 10)
		t[i] = (char)('0' + v % 10);
	buf_add(b, t, (size_t)n + 1);
}

bool when_put(struct buf *b, struct str s, struct err *e)
{
	static bool (*const form[])(struct when *) = { iso, slashes, mturk, since_1970 };

	for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
		struct when w = { .p = s.p, .end = s.p + s.n };
		if (!form[i](&w) || w.p != w.end)
			continue;
		if (!exists(&w) || !to_utc(&w))
			return err_set(e, "there is no such time: \"%.*s\"", STR_FMT(s));
		put_digits(b, w.year, 4, '-');
		put_digits(b, w.month, 2, '-');
		put_digits(b, w.day, 2, 'T');
		put_digits(b, w.hour, 2, ':');
		put_digits(b, w.minute, 2, ':');
		put_digits(b, w.second, 2, '\0');
		b->n--;
		if (w.fraction.n) {
			buf_addc(b, '.');
			buf_addstr(b, w.fraction);
		}
		buf_addc(b, 'Z');
		return true;
	}
	return err_set(e, "expected a time such as 2026-11-22T09:51:00Z, got \"%.*s\"", (int)(s.n < 40 ? s.n : 40), s.p);
}
