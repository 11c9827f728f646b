/* pool - the workers who have what a set of skills asks for, and a fair sample of them.
 *
 * A pool holds the workers with those skills who had room at the start, in the
 * order of their places (assign/hash.h), which is as good as random and the same
 * for everybody.  The 64-bit places are cut into 2^bits equal ranges, the most
 * that are not more than the members.  A task walks the ranges: the first is the top
 * bits of its walk hash, the step the low bits of it made odd, modulo 2^bits; an
 * odd step meets every range once.  All members in a range come along, so each is
 * as likely to be met as any other, however unevenly the places fell, and one
 * who leaves changes only the walks that met him (while 2^bits stays the same).
 */
#ifndef ASSIGN_POOL_H
#define ASSIGN_POOL_H

#include "assign/assign.h"

struct pool {
	uint32_t skills;        /* the set of skills it is for */
	uint32_t *member;       /* by place */
	size_t n;
	uint32_t *open;         /* those with room, by place, and some who lost it since pools_tidy */
	size_t n_listed;
	size_t n_open;          /* how many have room now */
	uint32_t *start;        /* range r is member[start[r] .. start[r+1]-1]; NULL in a small pool */
	unsigned bits;
};

struct pools {
	struct pool *pool;      /* one for each set of skills that a task asks for */
	size_t n;
	uint32_t *of_skills;    /* set of skills -> pool, or ASSIGN_NONE */
};

/* pools_make - the pools that in->task need; room[] is that of the workers */
void pools_make(struct pools *ps, const struct assign_in *in, const uint32_t *room);

void pools_release(struct pools *ps);

/* pools_full - this worker has lost his last room */
void pools_full(struct pools *ps, const struct assign_in *in, uint32_t worker);

/* pools_tidy - drop those without room from the lists of the open, where that saves work */
void pools_tidy(struct pools *ps, const uint32_t *room);

/* pool_is_big - must a task walk, because too many have room? */
static inline bool pool_is_big(const struct pool *p)
{
	return p->n_open > ASSIGN_ALL;
}

/* pool_walk - walk until at least `want` members with room are found, whole ranges
 * at a time, or all; returns how many are in out[], which has room for p->n.
 * Only for a pool that has ranges: one of more than ASSIGN_ALL members. */
size_t pool_walk(const struct pool *p, uint64_t walk, const uint32_t *room, size_t want, uint32_t *out);

#endif
