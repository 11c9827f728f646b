#include "io/emit.h"

#include "io/cli.h"
#include "io/out.h"

void feed(struct stream *in, const struct stage_class *c, void *stage)
{
	struct err e;

	while (stream_next(in)) {
		if (c->take(stage, in->kind, &in->rec, &e))
			stream_pass(in);
		else
			stream_bad(in, &e);
	}
}

void feed_bulk(struct stream *in, const struct stage_class *c, void *stage, bulk_take *take, unsigned threads)
{
	struct bulk b = { 0 };
	struct err e;

	in->fill = true;
	do {
		while (bulk_next(&b, in, threads))
			if (!take(stage, b.run, b.n_runs, &e))
				stream_die(in, &e);
		if (!stream_next(in))
			break;
		if (c->take(stage, in->kind, &in->rec, &e))
			stream_pass(in);
		else
			stream_bad(in, &e);
	} while (true);
	bulk_release(&b);
}

static void print(void *ctx, struct str line)
{
	(void)ctx;
	out_line(line);
}

static void print_lines(void *ctx, struct str lines)
{
	(void)ctx;
	out_lines(lines);
}

void emit(const struct stage_class *c, void *stage)
{
	struct sink out = { print, NULL, print_lines };
	struct err e;

	if (!c->run(stage, &out, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
}
