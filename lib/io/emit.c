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

static void print(void *ctx, struct str line)
{
	(void)ctx;
	out_line(line);
}

void emit(const struct stage_class *c, void *stage)
{
	struct sink out = { print, NULL };
	struct err e;

	if (!c->run(stage, &out, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
}
