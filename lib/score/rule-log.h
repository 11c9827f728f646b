/* rule-log - the log sorted for the default score: by epoch, then task, then as it came.
 *
 * Private to the rule (rule.h).
 */
#ifndef SCORE_RULE_LOG_H
#define SCORE_RULE_LOG_H

#include "score/rule.h"

struct rule_answer {
	uint32_t who, value;    /* to gold: value is 1 when right */
};

/* the labels of a task in an epoch are answer[group[g]] .. answer[group[g+1]-1] */
struct rule_view {
	size_t n_groups, n_gold;
	uint32_t *group;                /* n_groups + 1 */
	struct rule_answer *answer;     /* to tasks without gold */
	struct rule_answer *gold;       /* in the order of the log */
	uint32_t first;                 /* epochs first .. first + n_epochs - 1 */
	size_t n_epochs;
	uint32_t *epoch_group, *epoch_gold;     /* n_epochs + 1: where an epoch's begin */
	size_t n_replaced;
};

/* rule_view_init - labels of epochs before first are dropped, after they have had their say on what was
 * answered before.  BUG when a number is out of range.  O(labels + tasks + epochs + identities). */
void rule_view_init(struct rule_view *v, const struct rule_log *log, uint32_t first);
void rule_view_release(struct rule_view *v);

#endif
