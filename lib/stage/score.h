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
 * Where there is enough gold it is calibrated: what such a claim turned out to be worth
 * there (score-trust.h).
 */
#ifndef STAGE_SCORE_H
#define STAGE_SCORE_H

#include "rec/quick.h"
#include "rec/rec.h"
#include "score/isotonic.h"
#include "score/rule.h"
#include "stage/score-reputation.h"
#include "stage/stage.h"

struct score_rule;

enum { SCORE_CALIBRATE_MOST = 1000000000 };

struct score_options {
	char epoch[REC_ID_MAX + 1];
	double min_confidence;          /* 0 to 1 */
	uint32_t calibrate;             /* tasks with gold from which on the confidence is calibrated; 0: never */
	uint32_t z2_micro;              /* floor(z^2 10^6) of the bound: 2705543 = one-sided 95 % */
	const struct score_rule *rule;  /* one of score_rules */
	uint32_t threshold_bp;          /* of rule threshold */
	uint64_t ca_ref;                /* Q32: the measure that gives 10000, where the rule has one; 0: its own */
	unsigned threads;               /* 0 = all cores; changes no result */
	uint64_t half_seed;             /* of rule dmi: which half a task is in */
	struct rule_policy policy;      /* of rule hold */
	bool end;                       /* this is the campaign's last epoch: settle */
	bool reset;                     /* forget what earlier scores know of the workers */
	bool queue;                     /* queue records: what people should look at */
	bool quality;                   /* quality records too */
	struct score_quality_options {
		double tolerance, relative;     /* of numbers: score/quality-number.h; < 0: not asked for */
		double iou;                     /* of boxes: score/quality-box.h */
		double bound;                   /* one-sided confidence of bounds, 1/2 to 1 */
	} of_quality;
	struct reputation_options reputation;
};

/* score_rule_find - how scores are made of verdicts, by name; NULL: there is none such */
const struct score_rule *score_rule_find(struct str name);

void score_options_init(struct score_options *o);
void score_set(void *stage, const struct score_options *o);

/* score_add_reviewer - somebody whose reviews count; score_unhold - a worker whose copy hold somebody has looked at, and it
 * is over: identifiers as rec_check_id gives them */
void score_add_reviewer(void *stage, struct str reviewer);
void score_unhold(void *stage, struct str worker);

/* score_set_report - a run also writes a page for people into *html.  score_set_explain - it emits nothing, and writes into *text
 * how the score of this worker came about (an identifier as rec_check_id gives them); it is bad input when there is none.
 * Both borrowed; set before the first record is taken. */
void score_set_report(void *stage, struct buf *html);
void score_set_explain(void *stage, struct str worker, struct buf *text);

/* score_is_default - is it rule hold?  score_reads_all - do the options want more of label records than task, worker and value? */
bool score_is_default(const struct score_options *o);
bool score_reads_all(const struct score_options *o);

/* score_take_labels - many label records at once; nothing but task, worker and value is kept of them */
bool score_take_labels(void *stage, const struct quick_run *run, size_t n_runs, struct err *e);

/* What says what the others say, and what that is worth: no blocks where it is taken at its word. */
enum score_trust_by { TRUST_VOTES, TRUST_MODEL, N_TRUSTS };
struct score_trust {
	uint64_t tasks;                         /* with gold, and claims to hold against it */
	struct isotonic_block *block;
	size_t n_blocks;
};

/* score_trusted - after a run, for the summary on stderr: N_TRUSTS of them */
const struct score_trust *score_trusted(const void *stage);

/* score_totals - after a run, for the summary on stderr */
struct score_totals {
	uint64_t labels, verified, rejected, pending, workers;
	uint64_t replaced, gold_replaced, consensus_replaced, skills_replaced;  /* by later ones */
	uint64_t late;                          /* labels that came after their task's epoch was closed for this person */
	uint64_t strange_reviews, own_reviews;  /* left out: by people not on the list, of one's own labels */
	/* rule hold */
	uint64_t cleared, stopped, held;        /* persons */
	uint64_t released, paid;                /* units, accounts */
	bool alarm;
	uint64_t queued;                        /* queue records */
	uint64_t gold_labels;                   /* of this epoch, on tasks with gold */
	uint64_t claims[N_TRUSTS];              /* labels on which the others agree on a value, by what says so */
};
struct score_totals score_totals(const void *stage);

#endif
