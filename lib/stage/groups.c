#include "stage/groups.h"

#include <stdlib.h>

#include "base/mem.h"

void groups_take(struct groups *g, const struct rec_task *r)
{
	uint32_t id;

	if (!r->group.p) {
		id = g->tasks.n ? intern_find(&g->tasks, r->task) : INTERN_NONE;
		if (id != INTERN_NONE)
			g->of[id] = INTERN_NONE;
		return;
	}
	id = intern(&g->tasks, r->task);
	if (id >= g->cap) {
		g->cap = mem_grow(g->cap, (size_t)id + 64);
		g->of = mem_realloc(g->of, g->cap, sizeof *g->of);
	}
	g->of[id] = intern(&g->names, r->group);
}

uint32_t groups_find(const struct groups *g, struct str task)
{
	uint32_t id = g->tasks.n ? intern_find(&g->tasks, task) : INTERN_NONE;

	return id == INTERN_NONE ? INTERN_NONE : g->of[id];
}

void groups_release(struct groups *g)
{
	intern_release(&g->tasks);
	intern_release(&g->names);
	free(g->of);
	*g = (struct groups){ 0 };
}
