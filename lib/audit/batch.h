/* batch - the records that one run must have written, and where the log has them.
 *
 * A tool writes its run record and then all that follows from it in one piece.  So
 * every expected record is looked for by what it is about, wherever the log has it
 * up to the next run: one that says something else differs, one that never comes is
 * missing, one in another place is out of order, and what stands between them was
 * put there by another hand.
 */
#ifndef AUDIT_BATCH_H
#define AUDIT_BATCH_H

#include "audit/findings.h"
#include "audit/said.h"

struct batch *batch_new(void);
void batch_free(struct batch *b);

/* batch_begin - expect the work of the run record on this line */
void batch_begin(struct batch *b, struct place run);

/* batch_expect - a line that must follow, after those expected already */
void batch_expect(struct batch *b, struct str line);

/* batch_size - how many lines are expected, found or not */
size_t batch_size(const struct batch *b);

/* batch_explains - is this kind made by runs, so that one must explain the record? */
bool batch_explains(struct str kind);

/* batch_compare - the next record of the log.  Adds FIND_DIFFERS, FIND_ORDER or
 * FIND_UNEXPLAINED; other kinds than a run makes are let through.  So is a batch that no run of this stream computes: a
 * run of lbl-payout that goes on with what an earlier one planned writes it again (audit/planned.h). */
enum batch_match { BATCH_SAME, BATCH_OTHER, BATCH_UNEXPLAINED, BATCH_FREE };
enum batch_match batch_compare(struct batch *b, struct findings *f, struct str kind, const struct json_record *r,
                               struct str line, struct place at);

/* batch_end - say what is missing and what is out of order, and expect nothing more;
 * said finds the label that a missing verdict is about.  Returns how many lines
 * were missing. */
size_t batch_end(struct batch *b, struct findings *f, struct said *said, struct arena *scratch);

#endif
