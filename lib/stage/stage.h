/* stage - what a command computes, apart from how it is called.
 *
 * A stage takes records one by one, and at any moment can be run: it then
 * emits a `run` record and the records that follow from what it has taken.
 * The command feeds it from its input and prints what it emits; lbl-audit
 * feeds it from a log and compares what it emits with what the log says.  So
 * one piece of code decides, and the other only checks.
 *
 * A stage keeps all it has taken: running it does not change it, and it may take
 * more and be run again.
 */
#ifndef STAGE_STAGE_H
#define STAGE_STAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "json/record.h"

/* Where emitted records go, borrowed for the call. */
struct sink {
	void (*line)(void *ctx, struct str line);       /* one line, without newline */
	void *ctx;
	void (*lines)(void *ctx, struct str lines);     /* whole lines, each with its newline; may be NULL */
};

/* sink_lines - many lines at once, by out->lines or one by one */
void sink_lines(struct sink *out, struct str lines);

struct stage_class {
	const char *tool;                       /* as in the run record */
	void *(*create)(void);
	void (*destroy)(void *stage);

	/* take - look at a record; kinds that do not matter are ignored.  Slices are
	 * copied.  false and *e when the record is bad input. */
	bool (*take)(void *stage, struct str kind, const struct json_record *r, struct err *e);

	/* line - NULL, or wants to hear of each record that stays in the log its kind and the text of
	 * the line, without its end: for a stage that commits to what it has seen */
	void (*line)(void *stage, struct str kind, struct str line);

	/* configure - options as a run record holds them */
	bool (*configure)(void *stage, const struct json_field *options, struct err *e);

	/* run - emit the run record and what follows from it; false and *e when the
	 * records taken cannot be computed with (the input is bad as a whole) */
	bool (*run)(void *stage, struct sink *out, struct err *e);
};

extern const struct stage_class stage_agree, stage_shard, stage_score, stage_plan;

/* stage_put_run - begin a run record: everything up to and including `"options":`;
 * the caller writes the object and the closing brace */
void stage_put_run(struct buf *b, const char *tool);

#endif
