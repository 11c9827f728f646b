/* segment - one stream of a log, from its start to its end mark: the records that
 * must come next, and the labels and gold that its verdicts must agree with.
 */
#ifndef AUDIT_SEGMENT_H
#define AUDIT_SEGMENT_H

#include "audit/replay.h"

struct replay_segment *segment_new(void);
void segment_free(struct replay_segment *s);

/* segment_expect - a line that must follow, after those expected already */
void segment_expect(struct replay_segment *s, struct str line);

/* segment_forget - expect nothing more */
void segment_forget(struct replay_segment *s);

/* segment_missing - what is still expected is missing: say so, and forget it */
void segment_missing(struct replay_segment *s, struct findings *f);

/* segment_compare - the next line of the log with the next expected one.  A line
 * about the same record that says something else differs; one about another
 * record is looked for further on, and those between are missing.  Kinds that
 * no tool computes (labels, tx, unknown ones) are let through.
 * Returns 1 when the line was compared and is the same, else 0. */
unsigned segment_compare(struct replay_segment *s, struct findings *f, struct str kind, const struct json_record *r,
                         struct str line, struct replay_place at);

/* segment_note - remember labels and gold; check a verdict against them */
void segment_note(struct replay_segment *s, struct findings *f, struct arena *scratch, struct str kind,
                  const struct json_record *r, struct replay_place at);

#endif
