/* score - the stage that judges labels and sums the verdicts up by worker.
 *
 * Takes `label`, `gold`, `consensus` and `skill`.  Emits one `verdict` a label:
 *
 *	by gold        the task has gold: verified when the value equals it
 *	by consensus   else, when the others who labelled the task (the judged label
 *	               left out) agree on a value with at least min_confidence:
 *	               verified when it is this one
 *	pending        else
 *
 * and one `score` a worker, in integers: score_bp is the Wilson lower bound of the
 * worker's hits on gold (score/reward.h).
 *
 * The confidence of the others is their posterior under the model in the stream:
 * where a `skill` record has the worker's confusion matrix, the worker's own
 * factor is divided out of the task's posterior; else it is the share of votes.
 */
#ifndef STAGE_SCORE_H
#define STAGE_SCORE_H

#include "rec/rec.h"
#include "stage/stage.h"

struct score_options {
	char epoch[REC_ID_MAX + 1];
	double min_confidence;          /* 0 to 1 */
	uint32_t z2_micro;              /* floor(z^2 10^6) of the bound: 2705543 = one-sided 95 % */
};

#define SCORE_OPTIONS_DEFAULT { "1", 0.8, 2705543 }

void score_set(void *stage, const struct score_options *o);

/* score_totals - after a run, for the summary on stderr */
struct score_totals {
	uint64_t labels, verified, rejected, pending, workers;
	uint64_t replaced, gold_replaced, consensus_replaced, skills_replaced;  /* by later ones */
};
struct score_totals score_totals(const void *stage);

#endif
