/* assign - who labels what: rendezvous hashing under caps, skills and conflicts.
 *
 * Every task wants so many seats filled by workers who have its skills and room
 * left, no two of them one identity or in conflict.  Of those it takes the ones
 * with the largest scores; a score is a hash of seed, task and worker
 * (assign/hash.h), so a worker who leaves takes nobody else's seats along.
 * Source: Thaler, Ravishankar (1998), "Using name-based mappings to increase hit
 * rates", IEEE/ACM Transactions on Networking 6(1); caps and repair are added here.
 *
 * The steps:
 *   1  tasks in the order of their own hash, so that who comes first when room
 *      runs short is nobody's choice;
 *   2  each looks at its candidates: all workers who may serve it when those with
 *      room are at most ASSIGN_ALL, else a sample (assign/pool.h), and all of them
 *      after all when the sample leaves a seat empty;
 *   3  it seats them by falling score;
 *   4  for a seat still empty, the shortest chain of moves is looked for that ends
 *      at a worker with room (assign/repair.h).
 *
 * What holds: no two seats of a task for one identity or for two in conflict; no
 * worker beyond his room; the same answer for any numbering of identities and
 * skill sets and any number of threads.  Without conflicts no other assignment fills
 * more seats (unless gave_up); with them it fills no fewer than steps 1 to 3.
 */
#ifndef ASSIGN_ASSIGN_H
#define ASSIGN_ASSIGN_H

#include "assign/lists.h"
#include "base/str.h"

enum {
	ASSIGN_ALL = 1000,      /* most workers with room who are all ranked for a task */
	ASSIGN_SAMPLE = 64,     /* workers ranked when there are more, at least */
};

#define ASSIGN_NONE UINT32_MAX

struct assign_task {
	struct str id;
	uint32_t skills;        /* the list of lists it needs all of, in assign_in.skills */
	uint32_t need;          /* seats to fill */
};

struct assign_worker {
	struct str id;
	uint32_t skills;        /* what he has, likewise */
	uint32_t identity;
	uint32_t room;          /* seats he may take; 0: none, UINT32_MAX: any number */
};

/* Borrowed throughout. */
struct assign_in {
	struct str seed;        /* without NUL; at most ASSIGN_SEED_MAX bytes */
	const struct assign_task *task;         /* ascending by id: str_cmp */
	const struct assign_worker *worker;     /* ascending by id */
	size_t n_tasks, n_workers;
	const struct lists *skills;     /* list = a set of skills, items = their numbers */
	const struct lists *conflicts;  /* list = identity, items = whom it must not meet; symmetric */
	const struct lists *taken;      /* list = task, items = identities that have to do with it already */
	unsigned threads;       /* at most; 0 = all cores */
	uint64_t max_steps;     /* effort of step 4, in workers looked at; 0 = ASSIGN_STEPS */
};

enum { ASSIGN_SEED_MAX = 256 };
#define ASSIGN_STEPS (UINT64_C(2) << 30)

struct assign_out {
	size_t *first;          /* n_tasks + 1, owned */
	uint32_t *worker;       /* the seats of task t: worker[first[t] .. first[t+1]-1], ascending, owned;
	                         * ASSIGN_NONE, at the end, for one that stays empty */
	uint64_t empty;         /* seats that stay empty */
	uint64_t moved;         /* seats that step 4 filled */
	bool gave_up;           /* step 4 ran into max_steps */
};

/* assign_run - fill *out.  Time O(tasks x min(workers, ASSIGN_ALL)) hashes and, when
 * room is short, step 4; memory 8 bytes for each pair of a set of skills that
 * tasks need and a worker who has it, 16 a seat, 12 a task, 40 a worker. */
void assign_run(const struct assign_in *in, struct assign_out *out);

void assign_out_release(struct assign_out *out);

#endif
