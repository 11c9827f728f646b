/* lbl-ingest - raw data and the exports of platforms made records, or records checked.
 * The parts are in the folder beside this file: table.c (csv, tsv), studio.c (Label
 * Studio), input.c (files and errors), check.c (the fields of each kind). */
#include "lbl-ingest/ingest.h"

#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/stream.h"

static struct ingest_options o = { .from = "lbl", .worker_key = "id" };

static const struct opt opts[] = {
	{ 0, "from", OPT_CHOICE, "lbl|csv|tsv|label-studio", &o.from, "what the input is (default lbl: records)", 0, 0 },
	{ 0, "as", OPT_CHOICE, "label|task|gold|worker|review", &o.as,
	  "kind of records to make (default label; label-studio: label and gold)", 0, 0 },
	{ 0, "map", OPT_STR, "FIELD=COLUMN,...", &o.map, "csv, tsv: which column a field comes from", 0, 0 },
	{ 0, "number", OPT_FLAG, NULL, &o.number, "csv, tsv: values are numbers", 0, 0 },
	{ 0, "list", OPT_FLAG, NULL, &o.list, "values are lists (csv, tsv: separated by ';')", 0, 0 },
	{ 0, "field", OPT_STR, "NAME", &o.field, "label-studio: take the answers to this from_name", 0, 0 },
	{ 0, "worker-key", OPT_STR, "KEY", &o.worker_key,
	  "label-studio: member of completed_by that names the worker (default id)", 0, 0 },
	{ 0, "task-key", OPT_STR, "KEY", &o.task_key, "label-studio: member of data that names the task", 0, 0 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec spec = {
	"[--from FORMAT] [--as KIND] [options] [file ...]",
	"Turn raw data or a platform's export into task, label, gold, worker and review records,\n"
	"or check records that are there already.",
	opts,
};

/* An option that would change nothing is a misunderstanding: say so. */
static void only_with(const char *name, bool fits, const char *formats)
{
	if (opt_given(name) && !fits)
		cli_usage("--%s goes with --from %s, not with %s", name, formats, o.from);
}

static void check_options(bool table, bool studio)
{
	only_with("as", table || studio, "csv, tsv or label-studio");
	only_with("list", table || studio, "csv, tsv or label-studio");
	only_with("map", table, "csv or tsv");
	only_with("number", table, "csv or tsv");
	only_with("field", studio, "label-studio");
	only_with("worker-key", studio, "label-studio");
	only_with("task-key", studio, "label-studio");
	if (studio && o.as && (o.as[0] == 'w' || o.as[0] == 'r'))
		cli_usage("--from label-studio makes label, gold and task records, not %s", o.as);
}

static int ingest_records(char **names, int n)
{
	struct stream in = { .raw = true };
	struct arena scratch = { 0 };
	struct err e = { 0 };

	stream_open(&in, names, n);
	cli_lockdown();
	while (stream_next(&in)) {
		arena_reset(&scratch);
		if (check_kind(in.kind, &in.rec, &scratch, &e))
			stream_pass(&in);
		else
			stream_bad(&in, &e);
	}
	arena_release(&scratch);
	return stream_close(&in);
}

int main(int argc, char **argv)
{
	cli_start("lbl-ingest");
	int i = opt_parse(argc, argv, &spec), status;
	bool table = str_is(str_of(o.from), "csv") || str_is(str_of(o.from), "tsv");
	bool studio = str_is(str_of(o.from), "label-studio");

	check_options(table, studio);
	out_open(opt_common()->unbuffered);
	if (table)
		status = ingest_table(&o, argv + i, argc - i);
	else if (studio)
		status = ingest_studio(&o, argv + i, argc - i);
	else
		status = ingest_records(argv + i, argc - i);
	check_release();
	out_close();
	return status;
}
