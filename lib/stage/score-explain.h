/* score-explain - inside the explanation of a score: one worker, and how text is laid out.
 *
 * Paragraphs are composed in e->para and then wrapped at 78 columns by explain_para or explain_item.  Text from the
 * input goes through part_plain: a terminal must not obey it. */
#ifndef STAGE_SCORE_EXPLAIN_H
#define STAGE_SCORE_EXPLAIN_H

#include "stage/score-part.h"

struct explain {
	const struct score_book *b;
	const struct tell *t;
	const struct told *w;           /* the account */
	const struct rule_policy *p;
	const struct rule_state *x;     /* of the person, by rule hold; else NULL */
	uint32_t worker, who;
	struct buf para, *out;
	struct arena scratch;
};

/* explain_head - a heading with an empty line above; explain_para - write what is composed; explain_item - the same as
 * an item of a list */
void explain_head(struct explain *e, const char *title);
void explain_para(struct explain *e);
void explain_item(struct explain *e);

/* explain_bp - "7500 (75.00 %)"; explain_percent - "75.00 %"; explain_rates - ten thousandths as "3.85" */
void explain_bp(struct buf *b, uint64_t bp);
void explain_percent(struct buf *b, uint64_t bp);
void explain_rates(struct buf *b, uint64_t ten_thousandths);

/* explain_epoch - the name of an epoch of rule hold, or its number where it is not known */
void explain_epoch(struct explain *e, uint32_t epoch);

/* ---- score-explain-hold.c: the default rule; score-explain-other.c: the others -------------------- */

void explain_hold(struct explain *e);
void explain_hold_raise(struct explain *e);
void explain_other(struct explain *e);
void explain_other_raise(struct explain *e);

#endif
