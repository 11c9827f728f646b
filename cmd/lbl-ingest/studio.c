/* Label Studio's JSON export. */
#include "ingest.h"

#include "base/mem.h"
#include "ingest/studio.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/progress.h"

/* The whole export is in memory: what its fields are is known only at its end. */
static const uint64_t MOST = UINT64_C(4) << 30;

struct export {
	struct files in;
	struct studio s;
	struct buf *text;               /* one a file */
	size_t file;
	const char *start;              /* of the line that was last asked for, */
	uintmax_t start_line;           /* its number, */
	size_t start_file;              /* and its file */
	const char *as;                 /* NULL: labels and gold */
	struct buf line;
	uint64_t got[STUDIO_GOTS];
	uint64_t unwanted;              /* gold that --as label leaves out, or labels that --as gold does */
};

static struct str body(const struct export *x, size_t file)
{
	struct str s = buf_str(&x->text[file]);

	if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s = (struct str){ s.p + 3, s.n - 3 };
	return s;
}

/* The line that at is in, and in *byte its place in that line, from 1.  Many rejects come
 * in the order of the text, so the search goes on where the last one ended. */
static uintmax_t line_of(struct export *x, const char *at, size_t *byte)
{
	const char *text = body(x, x->file).p, *lf;

	if (x->start_file != x->file || !x->start || at < x->start) {
		x->start_file = x->file;
		x->start = text;
		x->start_line = 1;
	}
	while ((lf = memchr(x->start, '\n', (size_t)(at - x->start)))) {
		x->start = lf + 1;
		x->start_line++;
	}
	*byte = (size_t)(at - x->start) + 1;
	return x->start_line;
}

static void load(struct export *x)
{
	struct buf *b = &x->text[x->file];
	struct err e = { 0 };

	while (files_append(&x->in, x->file, b))
		if (b->n > MOST)
			cli_die(LBL_DATAERR, "%s: is larger than 4 GiB: export it in parts", x->in.name[x->file]);
	struct str text = body(x, x->file);
	if (studio_check(text, &e))
		return;
	const char *at = text.p + (e.byte ? e.byte - 1 : 0);
	files_die(&x->in, x->file, line_of(x, at, &e.byte), &e, LBL_DATAERR, "");
}

static void bad(struct export *x, const struct json_field *whole, struct err *e)
{
	struct str raw = whole->raw;

	if (whole->type == JSON_STRING)
		raw = (struct str){ raw.p - 1, raw.n + 2 };
	uintmax_t line = line_of(x, x->s.at, &e->byte);
	files_bad(&x->in, x->file, line, e, raw);
}

static void emit(struct export *x, const struct json_field *whole)
{
	struct err e = { 0 };

	if (check_line(buf_str(&x->line), &e))
		out_line(buf_str(&x->line));
	else
		bad(x, whole, &e);
}

static void annotation(struct export *x)
{
	struct err e = { 0 };

	buf_reset(&x->line);
	enum studio_got got = studio_put(&x->s, &x->line, &e);
	x->got[got]++;
	if (got == STUDIO_BAD)
		bad(x, &x->s.annotation, &e);
	if (got != STUDIO_LABEL && got != STUDIO_GOLD)
		return;
	if (x->as && str_is(str_of(x->as), "gold") != (got == STUDIO_GOLD))
		x->unwanted++;
	else
		emit(x, &x->s.annotation);
}

static void task_record(struct export *x, const struct json_field *item)
{
	struct err e = { 0 };

	buf_reset(&x->line);
	if (studio_put_task(&x->s, &x->line, &e))
		emit(x, item);
	else
		bad(x, item, &e);
}

/* Tasks of type class need no record: nothing is declared of them. */
static void task(struct export *x, const struct json_field *item)
{
	struct err e = { 0 };

	if (!studio_task(&x->s, item, &e)) {
		bad(x, item, &e);
		return;
	}
	bool only = x->as && str_is(str_of(x->as), "task");
	if (only || (!x->as && x->s.type != STUDIO_CLASS))
		task_record(x, item);
	if (only)
		return;
	while (studio_next(&x->s))
		annotation(x);
}

static void note(uint64_t n, const char *one, const char *many)
{
	if (n)
		cli_note("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static void notes(const struct export *x)
{
	const struct studio *s = &x->s;

	note(x->got[STUDIO_CANCELLED], "annotation was cancelled: no label", "annotations were cancelled: no labels");
	note(x->got[STUDIO_EMPTY], "annotation holds no answer", "annotations hold no answer");
	note(x->got[STUDIO_OTHER], "annotation does not answer the field", "annotations do not answer the field");
	if (x->as && x->as[0] == 'g')
		note(x->unwanted, "label left out", "labels left out");
	else
		note(x->unwanted, "ground truth left out", "ground truths left out");
	note(s->nothing, "annotation marks nothing: its label is an empty list",
	     "annotations mark nothing: their labels are empty lists");
	note(s->no_items, "task does not tell the two items that are compared: it is no pair",
	     "tasks do not tell the two items that are compared: they are no pairs");
	note(s->predictions, "prediction of a model left out", "predictions of a model left out");
	note(s->relations, "relation between regions left out", "relations between regions left out");
	for (size_t i = 0; i < s->unknown.n; i++)
		cli_note("results of type \"%.*s\" were passed as they are", STR_FMT(s->unknown.name[i]));
}

static void each_task(struct export *x, bool scan)
{
	struct json_field item;
	uint64_t n = 0;

	for (x->file = 0; x->file < x->in.n; x->file++)
		for (struct str rest = body(x, x->file); json_next(&rest, &item); ) {
			if (scan)
				studio_scan(&x->s, &item);
			else
				task(x, &item);
			if ((++n & 0xfff) == 0)
				progress(scan ? "tasks looked at" : "tasks read", n, 0);
		}
	progress_end();
}

static void choose(struct studio *s)
{
	struct err e;

	if (!studio_choose(s, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
}

int ingest_studio(const struct ingest_options *o, char **names, int n)
{
	struct export x = { .as = o->as };

	x.s.field = str_of(o->field ? o->field : "");
	x.s.worker_key = str_of(o->worker_key);
	x.s.task_key = str_of(o->task_key ? o->task_key : "");
	x.s.list = o->list;
	files_open(&x.in, names, n, 0);
	cli_lockdown();
	x.text = mem_zalloc(x.in.n, sizeof *x.text);
	for (x.file = 0; x.file < x.in.n; x.file++)
		load(&x);
	each_task(&x, true);
	if (o->as && str_is(str_of(o->as), "task")) {
		x.s.predictions = x.s.relations = 0;    /* are no tasks */
		if (o->field || x.s.n_fields == 1)      /* of several fields that nobody chose no type is declared */
			choose(&x.s);
	} else {
		choose(&x.s);
	}
	each_task(&x, false);
	notes(&x);
	for (size_t i = 0; i < x.in.n; i++)
		buf_release(&x.text[i]);
	free(x.text);
	buf_release(&x.line);
	studio_release(&x.s);
	return files_close(&x.in, "record");
}
