/* plan - an assignment in the making: who sits where, and who may sit.
 *
 * The state that the steps of assign_run share; for lib/assign only.
 */
#ifndef ASSIGN_PLAN_H
#define ASSIGN_PLAN_H

#include "assign/assign.h"
#include "assign/pool.h"

struct plan {
	const struct assign_in *in;
	struct assign_out *out;
	uint32_t *room;         /* of each worker, now */
	uint32_t *order;        /* tasks, in the order in which they choose */
	struct pools pools;
};

/* plan_init - nobody sits yet; plan_release leaves *out */
void plan_init(struct plan *p, const struct assign_in *in, struct assign_out *out);
void plan_release(struct plan *p);

static inline struct pool *plan_pool(const struct plan *p, uint32_t task)
{
	return &p->pools.pool[p->pools.of_skills[p->in->task[task].skills]];
}

/* plan_empty - the first empty seat of the task, or SIZE_MAX; seats fill in order */
size_t plan_empty(const struct plan *p, uint32_t task);

/* plan_may_sit - may this worker of the task's pool take a seat there, the one who
 * sits on `but` having left?  (but = SIZE_MAX: nobody leaves.)  Looks at identities and
 * conflicts, not at room. */
bool plan_may_sit(const struct plan *p, uint32_t task, uint32_t worker, size_t but);

/* plan_use - one empty seat less, and one room less for this worker */
void plan_use(struct plan *p, uint32_t worker);

/* plan_sit - the worker takes the empty seat */
void plan_sit(struct plan *p, size_t seat, uint32_t worker);

#endif
