/* bulk - the labels of a stream in thousands, read by several threads.
 *
 *	while (more) {
 *		while (bulk_next(&b, &in, threads))
 *			take(b.run, b.n_runs);          // counted and passed through already
 *		more = stream_next(&in);                // the one line that was no plain label
 *		...
 *	}
 *
 * A line is seen once, in the order of the input, either here or by stream_next,
 * and the rules of lines are those of stream.h: here only what can go wrong in no
 * way is taken.
 */
#ifndef IO_BULK_H
#define IO_BULK_H

#include "io/stream.h"
#include "rec/quick.h"

struct bulk {
	struct quick_run *run;                  /* valid until the next bulk_next */
	size_t n_runs;

	/* private */
	struct quick_part *part;
	size_t n_parts, at_part, at_label;
	uint64_t fills;                         /* the stream's, when the parts were read */
	const char *at;                         /* where the next line of the parts begins */
};

/* bulk_next - the next plain labels, as many as are there; false when the next line is none, or the
 * block of the stream holds no whole line more: then stream_next goes on. */
bool bulk_next(struct bulk *b, struct stream *s, unsigned threads);

void bulk_release(struct bulk *b);

#endif
