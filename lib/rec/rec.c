#include "rec/rec.h"

#include "hash/address.h"
#include "json/num.h"

/* ---- single values -------------------------------------------------------- */

static bool want(const struct rec_field *f, const char *what, const struct json_field *got, struct err *e)
{
	return err_set(e, "field \"%s\": expected %s, got %s", f->name.p, what, json_type_name(got->type));
}

/* Most labels of a run come from few workers: an address that was found good is
 * remembered, so that Keccak runs once a worker and not once a label. */
static bool known_address(struct str s, bool add)
{
	enum { SLOTS = 4096 };
	static _Thread_local char seen[SLOTS][40];
	uint32_t h = 2166136261u;

	for (size_t i = 2; i < 42; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	char *slot = seen[h % SLOTS];
	if (add)
		memcpy(slot, s.p + 2, 40);
	return memcmp(slot, s.p + 2, 40) == 0;
}

static bool has_upper(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return true;
	return false;
}

static struct str lower(struct str s, struct arena *a)
{
	char *p = arena_alloc(a, s.n, 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
	return (struct str){ p, s.n };
}

bool rec_check_id(struct str s, struct arena *a, struct str *out, struct err *e)
{
	struct address addr;

	if (s.n == 0)
		return err_set(e, "is empty");
	if (s.n > REC_ID_MAX)
		return err_set(e, "is longer than %d bytes", REC_ID_MAX);
	*out = s;
	if (!address_looks_like(s) || !has_upper(s))
		return true;
	if (!known_address(s, false)) {
		if (!address_parse(s, &addr, e))
			return false;
		known_address(s, true);
	}
	*out = lower(s, a);
	return true;
}

static bool digits(struct str s, size_t from, size_t n, int *v)
{
	*v = 0;
	for (size_t i = from; i < from + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v = *v * 10 + (s.p[i] - '0');
	}
	return true;
}

static int month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m == 2 && leap ? 29 : days[m - 1];
}

bool rec_check_time(struct str s)
{
	int y, mo, d, h, mi, sec, frac;

	if (s.n < 20 || s.n > 64 || s.p[s.n - 1] != 'Z' || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != 'T' ||
	    s.p[13] != ':' || s.p[16] != ':')
		return false;
	if (!digits(s, 0, 4, &y) || !digits(s, 5, 2, &mo) || !digits(s, 8, 2, &d) || !digits(s, 11, 2, &h) ||
	    !digits(s, 14, 2, &mi) || !digits(s, 17, 2, &sec))
		return false;
	if (mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo) || h > 23 || mi > 59 || sec > 60)
		return false;
	if (s.n == 20)
		return true;
	if (s.p[19] != '.' || s.n == 21)
		return false;
	for (size_t i = 20; i + 1 < s.n; i++)
		if (!digits(s, i, 1, &frac))
			return false;
	return true;
}

static bool is_money(struct str s)
{
	static const char max[] = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

	if (s.n == 0 || s.n > 78 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n < 78 || memcmp(s.p, max, 78) <= 0;
}

static bool is_hex(struct str s)
{
	if (s.n < 2 || s.n % 2 || s.p[0] != '0' || s.p[1] != 'x')
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f') ||
		      (s.p[i] >= 'A' && s.p[i] <= 'F')))
			return false;
	return true;
}

/* ---- one field ------------------------------------------------------------ */

static bool read_string(const struct rec_field *f, const struct json_field *j, struct arena *a, struct str *out,
                        struct err *e)
{
	if (j->type != JSON_STRING)
		return want(f, "a string", j, e);
	struct str s = json_text(j, a);
	switch (f->type) {
	case REC_ID:
		if (!rec_check_id(s, a, out, e))
			return err_prefix(e, "field \"%s\": ", f->name.p);
		return true;
	case REC_TIME:
		if (!rec_check_time(s))
			return err_set(e, "field \"%s\": expected a time such as 2026-11-22T09:51:00Z, got \"%.40s\"",
			               f->name.p, arena_str(a, s).p);
		break;
	case REC_MONEY:
		if (!is_money(s))
			return err_set(e, "field \"%s\": expected an amount in base units, got \"%.40s\"", f->name.p,
			               arena_str(a, s).p);
		break;
	case REC_HEX:
		if (!is_hex(s))
			return err_set(e, "field \"%s\": expected 0x and hexadecimal digits", f->name.p);
		break;
	default:
		break;
	}
	*out = s;
	return true;
}

static bool read_count(const struct rec_field *f, const struct json_field *j, uint64_t *out, struct err *e)
{
	int64_t v, most = f->type == REC_BP ? 10000 : (int64_t)1 << 53;

	if (j->type != JSON_NUMBER)
		return want(f, "a number", j, e);
	if (!num_parse_i64(j->raw, &v) || v < 0 || v > most)
		return err_set(e, "field \"%s\": expected a whole number from 0 to %lld, got %.*s", f->name.p,
		               (long long)most, (int)(j->raw.n > 40 ? 40 : j->raw.n), j->raw.p);
	*out = (uint64_t)v;
	return true;
}

static bool read_field(const struct rec_field *f, const struct json_field *j, struct arena *a, void *out,
                       struct err *e)
{
	void *at = (char *)out + f->offset;

	switch (f->type) {
	case REC_VALUE:
		break;
	case REC_LIST:
		if (j->type != JSON_ARRAY)
			return want(f, "an array", j, e);
		break;
	case REC_OBJECT:
		if (j->type != JSON_OBJECT)
			return want(f, "an object", j, e);
		break;
	case REC_COUNT:
	case REC_BP:
		return read_count(f, j, at, e);
	case REC_NUMBER:
		if (j->type != JSON_NUMBER || !num_parse(j->raw, at))
			return want(f, "a number", j, e);
		return true;
	case REC_SHARE:
		if (j->type != JSON_NUMBER || !num_parse(j->raw, at))
			return want(f, "a number", j, e);
		if (!(*(double *)at >= 0 && *(double *)at <= 1))
			return err_set(e, "field \"%s\": expected a number from 0 to 1, got %.*s", f->name.p,
			               (int)(j->raw.n > 40 ? 40 : j->raw.n), j->raw.p);
		return true;
	default:
		return read_string(f, j, a, at, e);
	}
	*(struct json_field *)at = *j;
	return true;
}

/* The field of this name: most records have theirs in the order of the table, so the
 * one behind the last is the first guess. */
static const struct json_field *find(const struct json_record *r, struct str name, size_t *guess)
{
	if (*guess < r->n && str_eq(r->field[*guess].key, name))
		return &r->field[(*guess)++];
	const struct json_field *j = json_get(r, name);
	if (j)
		*guess = (size_t)(j - r->field) + 1;
	return j;
}

bool rec_read(const struct json_record *r, const struct rec_field *fields, size_t n_fields, struct arena *a, void *out,
              struct err *e)
{
	size_t guess = r->n && str_eq(r->field[0].key, STR("kind")), seen = guess;

	for (size_t i = 0; i < n_fields; i++) {
		const struct rec_field *f = &fields[i];
		/* when all that is there has been seen, what is left of the table is not there */
		const struct json_field *j = seen < r->n ? find(r, f->name, &guess) : NULL;
		if (!j) {
			if (f->required)
				return err_set(e, "field \"%s\" is missing", f->name.p);
			continue;
		}
		seen++;
		if (!read_field(f, j, a, out, e)) {
			e->byte = j->byte;
			return false;
		}
	}
	return true;
}
