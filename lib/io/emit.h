/* emit - the loop of a command whose work is a stage (stage/stage.h). */
#ifndef IO_EMIT_H
#define IO_EMIT_H

#include "io/stream.h"
#include "stage/stage.h"

/* feed - every record of the input to the stage, and through to the output; bad
 * ones as stream_bad says */
void feed(struct stream *in, const struct stage_class *c, void *stage);

/* emit - run the stage and print what it emits; dies with 65 when it cannot */
void emit(const struct stage_class *c, void *stage);

#endif
