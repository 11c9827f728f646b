/* Tables: comma or tab separated text. */
#include "ingest.h"

#include "ingest/columns.h"
#include "ingest/csv.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/progress.h"

struct table {
	struct files in;
	struct columns columns;
	struct csv csv;
	struct buf text;                /* read, and from `from` on not yet used */
	size_t from;
	size_t file;
	size_t width;                   /* columns of the header; 0 before it */
	struct buf line;
	uint64_t rows, none;
};

static void header(struct table *t)
{
	struct buf tail = BUF_INIT;
	struct err e;

	t->width = t->csv.n;
	enum columns_got got = columns_header(&t->columns, t->csv.cell, t->csv.n, &e);
	if (got == COLUMNS_OK)
		return;
	if (got != COLUMNS_TWICE) {
		buf_adds(&tail, "; there are: ");
		columns_list(&t->columns, &tail);
	}
	/* without --map it is the command line that lacks something; a column that is not there is the file's fault */
	e.byte = 0;
	files_die(&t->in, t->file, t->csv.line, &e, got == COLUMNS_UNMAPPED ? LBL_USAGE : LBL_DATAERR,
	          tail.p ? tail.p : "");
}

static void row(struct table *t)
{
	struct err e = { 0 };

	if (!t->width) {
		header(t);
		return;
	}
	bool good = t->csv.n == t->width ||
	            err_set(&e, "%zu columns, but the header has %zu", t->csv.n, t->width);
	if (good && columns_none(&t->columns, t->csv.cell)) {
		t->none++;
		return;
	}
	buf_reset(&t->line);
	good = good && columns_put(&t->columns, t->csv.cell, &t->line, &e) && check_line(buf_str(&t->line), &e);
	if (good)
		out_line(buf_str(&t->line));
	else
		files_bad(&t->in, t->file, t->csv.line, &e, t->csv.raw);
	if ((++t->rows & 0xffff) == 0)
		progress("rows read", t->rows, 0);
}

static void bad(struct table *t, const struct err *e)
{
	if (t->csv.lost || !t->width)
		files_die(&t->in, t->file, t->csv.bad_line, e, LBL_DATAERR, "");
	files_bad(&t->in, t->file, t->csv.bad_line, e, t->csv.raw);
}

static void check_length(struct table *t, size_t n)
{
	unsigned long long most = opt_common()->max_line;
	struct err e;

	if (n <= most)
		return;
	(void)err_set(&e, "row is longer than %llu bytes (see --max-line)", most);
	if (t->csv.open)
		(void)err_set(&e, "row is longer than %llu bytes (see --max-line): is the quote of line %ju never closed?",
		        most, t->csv.open_line);
	files_die(&t->in, t->file, t->csv.line, &e, LBL_DATAERR, "");
}

static void more(struct table *t, bool *last)
{
	size_t left = t->text.n - t->from;

	check_length(t, left);
	memmove(t->text.p, t->text.p + t->from, left);
	t->text.n = left;
	t->from = 0;
	/* a long row is scanned again with twice the text, not with each block */
	do
		*last = !files_append(&t->in, t->file, &t->text);
	while (!*last && t->text.n < 2 * left);
}

static void read_file(struct table *t)
{
	struct err e = { 0 };
	bool last = false;
	size_t used;

	csv_release(&t->csv);
	buf_reset(&t->text);
	buf_need(&t->text, 0);
	t->from = t->width = 0;
	for (;;) {
		struct str rest = { t->text.p + t->from, t->text.n - t->from };
		enum csv_got got = csv_next(&t->csv, rest, last, &used, &e);
		t->from += used;
		if (got == CSV_END)
			break;
		if (got == CSV_MORE) {
			more(t, &last);
			continue;
		}
		check_length(t, t->csv.lost ? 0 : t->csv.raw.n);
		if (got == CSV_BAD)
			bad(t, &e);
		else
			row(t);
	}
	if (!t->width) {
		(void)err_set(&e, "no header: the file has no rows");
		files_die(&t->in, t->file, 1, &e, LBL_DATAERR, "");
	}
}

int ingest_table(const struct ingest_options *o, char **names, int n)
{
	struct table t = { .csv.sep = o->from[0] == 't' ? '\t' : ',' };
	struct err e;

	t.columns.number = o->number;
	t.columns.list = o->list;
	columns_kind(&t.columns, o->as ? o->as : "label");
	if (o->map && !columns_map(&t.columns, str_of(o->map), &e))
		cli_usage("--map: %s", e.msg);
	files_open(&t.in, names, n, 0);
	cli_lockdown();
	for (t.file = 0; t.file < t.in.n; t.file++)
		read_file(&t);
	progress_end();
	if (t.none)
		cli_note("%llu row%s without a gold value left out", (unsigned long long)t.none, t.none == 1 ? "" : "s");
	csv_release(&t.csv);
	columns_release(&t.columns);
	buf_release(&t.text);
	buf_release(&t.line);
	return files_close(&t.in, "record");
}
