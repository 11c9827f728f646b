/* subject - the few fields of a record that say which one it is. */
#ifndef AUDIT_SUBJECT_H
#define AUDIT_SUBJECT_H

#include "base/buf.h"
#include "json/record.h"

/* subject_put - append {"kind":...,"task":...,"worker":...}: those of the naming
 * fields (task, worker, epoch, metric, id, hash, tool; of an agreement also type, choices,
 * group, class, other; of a claim or commit no id, but the group) that the record has.  Two
 * spellings of one text, and of one address, give one subject.  What is too long
 * for an identifier is left out. */
void subject_put(struct buf *b, struct str kind, const struct json_record *r);

void subject_put_payment(struct buf *b, struct str id, struct str worker);

/* subject_put_label - of a label, or of a gold when there is no worker */
void subject_put_label(struct buf *b, struct str kind, struct str task, struct str worker);

#endif
