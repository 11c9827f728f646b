#include "ingest/columns.h"

#include "ingest/decimal.h"
#include "ingest/when.h"
#include "json/num.h"
#include "json/write.h"

enum type { TEXT, VALUE, DATA, TIME, MS, SECONDS, NUMBER, COUNT, LIST, VERDICT };

struct columns_field {
	const char *name;
	enum type type;
	bool required;
};

/* in the order of lbl-records(5) */
static const struct columns_field label[] = {
	{ "task", TEXT, true }, { "worker", TEXT, true }, { "value", VALUE, true }, { "at", TIME, false },
	{ "ms", MS, false }, { "seconds", SECONDS, false }, { "confidence", NUMBER, false },
	{ "nonce", TEXT, false }, { "sig", TEXT, false },
};
static const struct columns_field task[] = {
	{ "task", TEXT, true }, { "data", DATA, false }, { "type", TEXT, false }, { "choices", LIST, false },
	{ "skills", LIST, false }, { "group", TEXT, false }, { "reward", TEXT, false },
};
static const struct columns_field gold[] = {
	{ "task", TEXT, true }, { "value", VALUE, true },
};
static const struct columns_field worker[] = {
	{ "worker", TEXT, true }, { "identity", TEXT, false }, { "skills", LIST, false },
	{ "capacity", COUNT, false }, { "conflicts", LIST, false }, { "at", TIME, false },
};
static const struct columns_field review[] = {
	{ "task", TEXT, true }, { "worker", TEXT, true }, { "reviewer", TEXT, true },
	{ "verdict", VERDICT, true }, { "at", TIME, false }, { "sig", TEXT, false },
};

#define KIND(k) { #k, k, sizeof k / sizeof k[0] }
static const struct {
	const char *name;
	const struct columns_field *field;
	size_t n;
} kinds[] = { KIND(label), KIND(task), KIND(gold), KIND(worker), KIND(review) };

void columns_kind(struct columns *c, const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_is(str_of(kinds[i].name), kind)) {
			c->kind = kinds[i].name;
			c->field = kinds[i].field;
			c->n_fields = kinds[i].n;
		}
	BUG_ON(!c->kind || c->n_fields > COLUMNS_MAX);
}

/* ---- the map ------------------------------------------------------------- */

/* the column name at p, which ends at a comma; NULL when its quotes are wrong */
static const char *column_name(struct columns *c, const char *p, const char *end, struct str *out)
{
	if (p == end || *p != '"') {
		const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
		const char *stop = comma ? comma : end;
		*out = (struct str){ p, (size_t)(stop - p) };
		return stop;
	}
	char *to = arena_alloc(&c->maps, (size_t)(end - p), 1);
	for (out->p = to, p++; p < end; *to++ = *p++)
		if (*p == '"' && (++p == end || *p != '"')) {
			out->n = (size_t)(to - out->p);
			return p == end || *p == ',' ? p : NULL;
		}
	return NULL;
}

static bool no_field(const struct columns *c, struct str name, struct err *e)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < c->n_fields; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", c->field[i].name);
	(void)err_set(e, "%s records have no field \"%.*s\", but %s", c->kind, (int)(name.n < 40 ? name.n : 40), name.p, b.p);
	buf_release(&b);
	return false;
}

static bool add_map(struct columns *c, struct str name, struct str column, struct err *e)
{
	size_t i = 0;

	while (i < c->n_fields && !str_is(name, c->field[i].name))
		i++;
	if (i == c->n_fields)
		return no_field(c, name, e);
	if (column.n == 0)
		return err_set(e, "no column is named for field \"%s\"", c->field[i].name);
	if (c->want[i].n)
		return err_set(e, "field \"%s\" is mapped twice", c->field[i].name);
	c->want[i] = column;
	return true;
}

static bool both_durations(const struct columns *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_fields; i++)
		n += c->want[i].n && (c->field[i].type == MS || c->field[i].type == SECONDS);
	return n == 2;
}

bool columns_map(struct columns *c, struct str spec, struct err *e)
{
	const char *p = spec.p, *end = p + spec.n;

	c->mapped = true;
	for (;;) {
		const char *eq = p < end ? memchr(p, '=', (size_t)(end - p)) : NULL;
		struct str column = { 0 };
		if (!eq)
			return err_set(e, "expected FIELD=COLUMN, got \"%.*s\"", (int)(end - p < 40 ? end - p : 40), p);
		struct str name = { p, (size_t)(eq - p) };
		p = column_name(c, eq + 1, end, &column);
		if (!p)
			return err_set(e, "field \"%.*s\": expected \"COLUMN\" and a comma or the end",
			               (int)(name.n < 40 ? name.n : 40), name.p);
		if (!add_map(c, name, column, e))
			return false;
		if (p == end)
			break;
		p++;
	}
	if (both_durations(c))
		return err_set(e, "fields \"ms\" and \"seconds\" are one: map only one of them");
	return true;
}

/* ---- the header ---------------------------------------------------------- */

static enum columns_got find(const struct columns *c, struct str name, size_t *at, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_names; i++)
		if (str_eq(c->name[i], name) && !n++)
			*at = i + 1;
	if (n > 1)
		(void)err_set(e, "column \"%.*s\" is there %zu times", STR_FMT(name), n);
	if (n == 0)
		(void)err_set(e, "no column \"%.*s\"", STR_FMT(name));
	return n == 1 ? COLUMNS_OK : n ? COLUMNS_TWICE : COLUMNS_ABSENT;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* a task whose data is all columns has each column as a key */
static enum columns_got all_different(struct columns *c, struct err *e)
{
	struct str *sorted = arena_alloc(&c->names, c->n_names, sizeof *sorted);
	size_t at;

	memcpy(sorted, c->name, c->n_names * sizeof *sorted);
	qsort(sorted, c->n_names, sizeof *sorted, by_name);
	for (size_t i = 1; i < c->n_names; i++)
		if (str_eq(sorted[i - 1], sorted[i]))
			return find(c, sorted[i], &at, e);
	return COLUMNS_OK;
}

enum columns_got columns_header(struct columns *c, const struct str *cell, size_t n, struct err *e)
{
	enum columns_got got;

	arena_reset(&c->names);
	c->name = arena_alloc(&c->names, n, sizeof *c->name);
	c->n_names = n;
	for (size_t i = 0; i < n; i++)
		c->name[i] = arena_str(&c->names, cell[i]);
	memset(c->at, 0, sizeof c->at);
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct columns_field *f = &c->field[i];
		struct str name = c->mapped ? c->want[i] : str_of(f->name);
		if (name.n) {
			got = find(c, name, &c->at[i], e);
			if (got == COLUMNS_TWICE || (got == COLUMNS_ABSENT && c->mapped))
				return got;
		}
		if (f->required && !c->at[i]) {
			(void)err_set(e, "no column for field \"%s\": name it with --map %s=COLUMN", f->name, f->name);
			return COLUMNS_UNMAPPED;
		}
		if (f->type == DATA && !c->at[i] && (got = all_different(c, e)) != COLUMNS_OK)
			return got;
		if (f->type == SECONDS && c->at[i] && c->at[i - 1])
			c->at[i] = 0;           /* nobody asked for it, and ms is there */
	}
	return COLUMNS_OK;
}

void columns_list(const struct columns *c, struct buf *b)
{
	for (size_t i = 0; i < c->n_names; i++) {
		if (i)
			buf_adds(b, ", ");
		buf_addstr(b, c->name[i]);
	}
}

/* ---- a row --------------------------------------------------------------- */

static struct str trim(struct str s)
{
	for (; s.n && s.p[0] == ' '; s.n--)
		s.p++;
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static bool put_one(const struct columns *c, enum type type, struct str s, struct buf *b, struct err *e)
{
	double x;

	if (!(type == NUMBER || (type == VALUE && c->number))) {
		json_put_string(b, s);
		return true;
	}
	if (!num_parse(s, &x))
		return err_set(e, "expected a number, got \"%.*s\"", (int)(s.n < 40 ? s.n : 40), s.p);
	json_put_number(b, x);
	return true;
}

/* items between semicolons, without the spaces around them; empty ones are none */
static bool put_list(const struct columns *c, enum type type, struct str s, struct buf *b, struct err *e)
{
	const char *p = s.p, *end = p + s.n;

	buf_addc(b, '[');
	while (p < end) {
		const char *semicolon = memchr(p, ';', (size_t)(end - p));
		const char *stop = semicolon ? semicolon : end;
		struct str item = trim((struct str){ p, (size_t)(stop - p) });
		if (item.n) {
			json_put_sep(b);
			if (!put_one(c, type, item, b, e))
				return false;
		}
		p = semicolon ? stop + 1 : end;
	}
	buf_addc(b, ']');
	return true;
}

static void put_all(const struct columns *c, const struct str *cell, struct buf *b)
{
	buf_addc(b, '{');
	for (size_t i = 0; i < c->n_names; i++) {
		json_put_sep(b);
		json_put_string(b, c->name[i]);
		buf_addc(b, ':');
		json_put_string(b, cell[i]);
	}
	buf_addc(b, '}');
}

static bool put_whole(struct str s, int e10, struct buf *b, struct err *e)
{
	uint64_t v;

	if (!decimal_round(s, e10, UINT64_C(1) << 53, &v))
		return err_set(e, "expected a number from 0, got \"%.*s\"", (int)(s.n < 40 ? s.n : 40), s.p);
	buf_addu(b, v);
	return true;
}

static bool put_count(struct str s, struct buf *b, struct err *e)
{
	uint64_t v;

	if (!num_parse_u64(s, &v))
		return err_set(e, "expected a whole number from 0, got \"%.*s\"", (int)(s.n < 40 ? s.n : 40), s.p);
	buf_addu(b, v);
	return true;
}

static bool put_time(struct str s, struct buf *b, struct err *e)
{
	buf_addc(b, '"');
	if (!when_put(b, s, e))
		return false;
	buf_addc(b, '"');
	return true;
}

static bool put_cell(const struct columns *c, enum type type, struct str s, struct buf *b, struct err *e)
{
	switch (type) {
	case TIME:
		return put_time(s, b, e);
	case MS:
	case SECONDS:
		return put_whole(s, type == MS ? 0 : 3, b, e);
	case COUNT:
		return put_count(s, b, e);
	case LIST:
		return put_list(c, type, s, b, e);
	case VERDICT:
		if (!str_is(s, "accept") && !str_is(s, "reject"))
			return err_set(e, "expected accept or reject, got \"%.*s\"", (int)(s.n < 40 ? s.n : 40), s.p);
		break;
	case VALUE:
		if (c->list)
			return put_list(c, type, s, b, e);
		break;
	default:
		break;
	}
	return put_one(c, type, s, b, e);
}

static bool in_field(const struct columns *c, size_t i, struct err *e)
{
	const char *field = c->field[i].name;
	struct str column = c->name[c->at[i] - 1];

	if (str_is(column, field))
		return err_prefix(e, "field \"%s\": ", field);
	return err_prefix(e, "field \"%s\" (column \"%.*s\"): ", field, (int)(column.n < 60 ? column.n : 60), column.p);
}

bool columns_none(const struct columns *c, const struct str *cell)
{
	return c->field == gold && cell[c->at[1] - 1].n == 0;
}

bool columns_put(const struct columns *c, const struct str *cell, struct buf *b, struct err *e)
{
	buf_addc(b, '{');
	json_put_kstr(b, "kind", str_of(c->kind));
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct columns_field *f = &c->field[i];
		struct str s = c->at[i] ? cell[c->at[i] - 1] : (struct str){ 0 };
		if (f->type == DATA && !c->at[i]) {
			json_put_key(b, f->name);
			put_all(c, cell, b);
			continue;
		}
		if (s.n == 0 && f->type != DATA) {
			if (!f->required)
				continue;
			(void)err_set(e, "is empty");
			return in_field(c, i, e);
		}
		json_put_key(b, f->type == SECONDS ? "ms" : f->name);
		if (!put_cell(c, f->type, s, b, e))
			return in_field(c, i, e);
	}
	buf_addc(b, '}');
	return true;
}

void columns_release(struct columns *c)
{
	arena_release(&c->names);
	arena_release(&c->maps);
}
