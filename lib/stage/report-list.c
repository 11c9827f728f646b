#include "stage/report-list.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "stage/report-part.h"
#include "stage/report.h"

struct report_row {
	struct arena *texts;
	struct str *cell;               /* of the table; n are written */
	size_t n;
	struct buf b;
};

/* ---- cells ------------------------------------------------------------------------------ */

void row_text(struct report_row *r, struct str s)
{
	r->cell[r->n++] = arena_str(r->texts, s);
}

static void end_cell(struct report_row *r)
{
	row_text(r, buf_str(&r->b));
	buf_reset(&r->b);
}

void row_number(struct report_row *r, uint64_t n)
{
	part_count(&r->b, n);
	end_cell(r);
}

void row_fixed(struct report_row *r, double x, unsigned digits)
{
	if (isnan(x))
		buf_adds(&r->b, "none");
	else
		part_fixed(&r->b, x, digits);
	end_cell(r);
}

void row_real(struct report_row *r, double x, double unit)
{
	enum { MOST = 9 };
	unsigned digits = 0;

	while (unit < 100 && digits < MOST) {
		unit *= 10;
		digits++;
	}
	if (!isfinite(x) || unit >= 100) {
		row_fixed(r, x, digits);
		return;
	}
	if (x < 0)
		buf_adds(&r->b, "\xe2\x88\x92");        /* a real minus sign */
	buf_addf(&r->b, "%.5g", fabs(x));
	end_cell(r);
}

void row_share(struct report_row *r, double share)
{
	part_percent(&r->b, share);
	end_cell(r);
}

/* ---- rows --------------------------------------------------------------------------------- */

/* Which rows, in their order; at has room for l->most.  Returns how many; *all: how many there could have been. */
static size_t choose(const struct report_list *l, uint32_t *at, size_t *all)
{
	size_t n = 0, i;

	*all = 0;
	for (uint32_t id = 0; id < l->n; id++) {
		if (l->key && isnan(l->key[id]))
			continue;
		++*all;
		if (n == l->most && !(l->key && l->key[id] < l->key[at[n - 1]]))
			continue;
		n += n < l->most;
		for (i = n - 1; i > 0 && l->key && l->key[id] < l->key[at[i - 1]]; i--)
			at[i] = at[i - 1];
		at[i] = id;
	}
	return n;
}

static void split_head(const char *head, size_t columns, struct str *out)
{
	for (size_t i = 0; i < columns; i++) {
		out[i] = (struct str){ head, strcspn(head, "|") };
		head += out[i].n + (head[out[i].n] == '|');
	}
}

static void put_note(struct buf *b, const struct report_list *l, size_t n, size_t all)
{
	if (l->method)
		buf_addf(b, "Method %s.", l->method);
	if (l->note)
		buf_addf(b, "%s%s", b->n ? " " : "", l->note);
	if (n == all)
		return;
	buf_addf(b, "%sHere are the first ", b->n ? " " : "");
	part_count(b, n);
	buf_adds(b, " of ");
	part_count(b, all);
	buf_adds(b, "; the records have them all.");
}

void report_keep_list(struct report_keep *k, const struct report_list *l)
{
	size_t columns = strlen(l->align), n, all;
	struct arena texts = { 0 };
	struct buf note = BUF_INIT;
	uint32_t *at;

	if (!k->out)
		return;
	at = mem_alloc(l->most, sizeof *at);
	n = choose(l, at, &all);
	struct str *head = arena_alloc(&texts, columns, sizeof *head);
	struct report_row r = { .texts = &texts, .cell = arena_alloc(&texts, columns * n, sizeof *r.cell) };
	split_head(l->head, columns, head);
	for (size_t i = 0; i < n; i++) {
		l->row(l->ctx, at[i], &r);
		BUG_ON(r.n != (i + 1) * columns);
	}
	put_note(&note, l, n, all);
	report_keep_table(k, &(struct report_table){ .section = l->section, .title = str_of(l->title), .note = buf_str(&note),
	                                             .align = l->align, .head = head, .cell = r.cell, .n_rows = n });
	buf_release(&note);
	buf_release(&r.b);
	arena_release(&texts);
	free(at);
}
