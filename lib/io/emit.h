/* emit - the loop of a command whose work is a stage (stage/stage.h). */
#ifndef IO_EMIT_H
#define IO_EMIT_H

#include "io/bulk.h"
#include "io/stream.h"
#include "stage/stage.h"

/* feed - every record of the input to the stage, and through to the output; bad
 * ones as stream_bad says */
void feed(struct stream *in, const struct stage_class *c, void *stage);

/* feed_bulk - the same with several threads, for a stage that takes most of what is there
 * as labels in bulk: take gets those, in order, and c->take every other record */
typedef bool bulk_take(void *stage, const struct quick_run *run, size_t n_runs, struct err *e);
void feed_bulk(struct stream *in, const struct stage_class *c, void *stage, bulk_take *take, unsigned threads);

/* emit - run the stage and print what it emits; dies with 65 when it cannot */
void emit(const struct stage_class *c, void *stage);

#endif
