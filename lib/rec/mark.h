/* mark - the end mark: how a reader knows that a stream is whole.
 *
 *   {"kind":"end","tool":"lbl-score","records":N,"xxh3":"<32 hex digits>"}
 *
 * N counts the lines since the previous end mark (or the start of the stream),
 * and xxh3 is XXH3-128 of their bytes, newlines included, in the canonical
 * (big-endian) order that xxhsum prints.  It guards against pipelines cut short
 * and careless edits, not against an adversary: that is what lbl-audit seals for.
 */
#ifndef REC_MARK_H
#define REC_MARK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "json/record.h"

struct mark {
	void *state;            /* XXH3 state, owned */
	uint64_t lines;
};

void mark_init(struct mark *m);
void mark_reset(struct mark *m);
void mark_release(struct mark *m);

/* mark_add - n bytes that hold whole lines, so many of them */
void mark_add(struct mark *m, const char *p, size_t n, uint64_t lines);

/* mark_put - append the end record, without its newline */
void mark_put(struct mark *m, const char *tool, struct buf *b);

/* mark_check - does this end record tell what was added?  false and *e when not,
 * or when a field is missing or of the wrong type. */
bool mark_check(struct mark *m, const struct json_record *end, struct err *e);

#endif
