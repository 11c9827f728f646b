/* groups - which group each task is in, as the `group` of `task` records says.
 *
 * A group is what the user makes it: a batch, a source, a field of a form with several questions.
 * A later record of a task replaces an earlier one, its group too.  Tasks without a group cost
 * nothing.  Zeroed memory is an empty table.
 */
#ifndef STAGE_GROUPS_H
#define STAGE_GROUPS_H

#include "data/intern.h"
#include "rec/rec.h"

struct groups {
	struct intern tasks;            /* that have, or had, a group */
	struct intern names;
	uint32_t *of;                   /* by id in tasks: id in names, or INTERN_NONE */
	size_t cap;
};

void groups_take(struct groups *g, const struct rec_task *r);

/* groups_find - the id of a task's group in g->names, or INTERN_NONE */
uint32_t groups_find(const struct groups *g, struct str task);

void groups_release(struct groups *g);

#endif
