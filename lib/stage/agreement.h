/* agreement - how far workers agree, as `agreement` records: one for each coefficient asked for.
 *
 * Definitions are in agree/coef.h, agree/icc.h and, for the nominal alpha, agree/alpha.h.
 * What is undefined is null with a reason, never a number.
 */
#ifndef STAGE_AGREEMENT_H
#define STAGE_AGREEMENT_H

#include "agree/coef.h"
#include "agree/icc.h"
#include "stage/stage.h"

enum { AGREEMENT_MOST = 16 };

struct agreement_options {
	size_t n;                                       /* how many coefficients, in the order asked for */
	struct { bool is_icc; unsigned id; } of[AGREEMENT_MOST];     /* enum icc_kind or coef_id */
	enum weights_kind weights;                      /* for all but ac1 and alpha */
	enum metric metric;                             /* for alpha */
	double circumference;                           /* for the circular metric */
};

/* agreement_init - alpha, nominal; identity weights */
void agreement_init(struct agreement_options *o);

/* agreement_parse - a comma-separated list of names, or "none"; false and *e for another word, one
 * that stands twice, or too many */
bool agreement_parse(struct str list, struct agreement_options *o, struct err *e);

/* agreement_put_options - as members of the options of a run record */
void agreement_put_options(struct buf *b, const struct agreement_options *o);

/* agreement_emit - the records.  x: the value of each class, NULL when they are no numbers */
void agreement_emit(const struct labels *l, const double *x, const struct agreement_options *o, struct sink *out);

#endif
