/* said - what labels and gold say, as far as the log was read, and whether the
 * verdicts speak of the same.
 */
#ifndef AUDIT_SAID_H
#define AUDIT_SAID_H

#include "audit/findings.h"

struct said *said_new(void);
void said_free(struct said *s);

/* said_nothing - no label and no gold so far */
bool said_nothing(const struct said *s);

/* said_note - remember a label or gold (or, to find the place again, a record of a
 * kind that nobody knows and that names a task and a worker) */
void said_note(struct said *s, struct str kind, const struct json_record *r, struct arena *scratch, struct place at);

/* said_verdict - a verdict that is not what was recomputed: add a FIND_LABEL when
 * what it judged is not what the label, or the gold, says */
void said_verdict(struct said *s, struct findings *f, const struct json_record *r, struct arena *scratch,
                  struct place at);

/* said_where - the label that a verdict (a computed one) is about; NOWHERE when none */
struct place said_where(struct said *s, const struct json_record *verdict, struct arena *scratch);

/* said_judged - all labels and gold so far were there when they were judged */
void said_judged(struct said *s);

/* said_unjudged - those that came later, when anything was judged at all */
void said_unjudged(const struct said *s, struct findings *f);

#endif
