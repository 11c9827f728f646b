/* judgement - the record of it. */
#ifndef STAGE_JUDGEMENT_H
#define STAGE_JUDGEMENT_H

#include "agree/judgement.h"
#include "base/buf.h"

/* judgement_put - as a record */
void judgement_put(struct buf *b, const struct judgement *v);

#endif
