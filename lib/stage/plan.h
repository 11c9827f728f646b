/* plan - the stage that turns score records into payment records.
 *
 * Takes `score` (two for one worker and epoch are bad input: money is the
 * exception to "a later record replaces an earlier").  Emits one `payment` a
 * worker of the epoch, in the order of the scores, amount "0" included: an
 * unpaid worker sees why in the same place as a paid one.
 */
#ifndef STAGE_PLAN_H
#define STAGE_PLAN_H

#include "stage/policy.h"
#include "stage/stage.h"

struct plan_options {
	struct policy policy;
	char epoch[REC_ID_MAX + 1];     /* "" = the only one there is */
	bool has_budget, prorate;
	struct u256 budget;
};

/* plan_set - the options; plan_options_put - as the run record holds them */
void plan_set(void *stage, const struct plan_options *o);
void plan_options_put(struct buf *b, const struct plan_options *o);

/* plan_total - after a run: what the payments emitted come to, and how many are
 * above zero.  over: the sum was above the budget and nothing was emitted. */
struct plan_total {
	struct u256 sum;
	uint64_t payments, paid;
	bool over;
};
struct plan_total plan_total(const void *stage);

/* plan_conflict - did take refuse the last record because another one contradicts it?
 * Then leaving it out would be a choice between the two. */
bool plan_conflict(const void *stage);

/* plan_payment_id - "0x" and 64 digits: Keccak-256 over the lengths (4 bytes,
 * big-endian) and bytes of "lbl-payment", campaign, epoch and worker.  A pure function
 * of what is paid for, so that a rerun knows a payment again. */
void plan_payment_id(struct str campaign, struct str epoch, struct str worker, char out[67]);

#endif
