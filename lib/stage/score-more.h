/* score-more - what the score stage does beside the default rule: other rules, quality, reputation. */
#ifndef STAGE_SCORE_MORE_H
#define STAGE_SCORE_MORE_H

#include "score/rule-other.h"
#include "stage/score-part.h"

/* ---- score-other.c: the rules of score/rule-other.h -------------------------------------- */

/* score_other_RULE - write the scores by one of them: what a struct score_rule wants.  A score is that of the
 * identity, and so are the integers it comes from; verified, rejected and pending are the account's own. */
bool score_other_flat(struct score_book *b, struct sink *out, struct err *e);
bool score_other_threshold(struct score_book *b, struct sink *out, struct err *e);
bool score_other_gold(struct score_book *b, struct sink *out, struct err *e);
bool score_other_gate_ca(struct score_book *b, struct sink *out, struct err *e);
bool score_other_consensus(struct score_book *b, struct sink *out, struct err *e);
bool score_other_pts(struct score_book *b, struct sink *out, struct err *e);
bool score_other_dg(struct score_book *b, struct sink *out, struct err *e);
bool score_other_ca(struct score_book *b, struct sink *out, struct err *e);
bool score_other_dmi(struct score_book *b, struct sink *out, struct err *e);
bool score_other_bts(struct score_book *b, struct sink *out, struct err *e);

/* score_other_put - the options of a rule, as members of the object in the run record: those that it has.
 * A rule that is not of score/rule-other.h has none. */
void score_other_put(struct buf *b, const struct score_options *o);

/* ---- score-quality.c ------------------------------------------------------------------------ */

/* score_quality - one `quality` record a worker and type of task, in the order of the workers */
void score_quality(struct score_book *b, struct sink *out);

/* score_quality_put - the options of quality records as member "quality" of the object in the run record, when they are
 * asked for; score_quality_configure sets them from that member, which may be absent */
void score_quality_put(struct buf *b, const struct score_options *o);
bool score_quality_configure(struct score_options *o, const struct json_field *quality, struct err *e);

#endif
