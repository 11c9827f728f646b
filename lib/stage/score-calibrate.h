/* score-calibrate - what the score stage has taken as a pilot for score/rule-calibrate.h.
 *
 * Labels of tasks of the types class, ordinal and pair count; gold of them, and the identities of workers.  Reviews, consensus and what
 * earlier runs wrote are not looked at.
 */
#ifndef STAGE_SCORE_CALIBRATE_H
#define STAGE_SCORE_CALIBRATE_H

#include "score/rule-calibrate.h"

/* score_calibrate - of a stage_score that has taken the pilot; as rule_calibrate.
 * *n_other: labels of other types, which are left out */
bool score_calibrate(const void *stage, uint32_t block, unsigned threads, struct rule_policy *p, struct rule_pilot *out,
                     uint64_t *n_other, struct err *e);

#endif
