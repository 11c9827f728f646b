/* hash - the numbers that decide: XXH3 (64 bits, seed 0) of texts kept apart by NUL.
 *
 *   score of a worker for a task   SEED NUL TASK NUL WORKER
 *   order of a task                SEED NUL TASK
 *   walk of a task                 SEED NUL TASK NUL
 *   place of a worker              SEED NUL NUL WORKER
 *
 * No part holds a NUL, and neither TASK nor WORKER is empty, so no two of these
 * texts are ever the same.  lbl-assign(1) states them to strangers: they are fixed.
 */
#ifndef ASSIGN_HASH_H
#define ASSIGN_HASH_H

#include <stdint.h>

#include "assign/assign.h"
#include "base/str.h"

enum { HASH_ID_MAX = 256 };     /* bytes of a task's or worker's id: REC_ID_MAX */

/* a text of which only the worker changes */
struct hash_text {
	size_t n;       /* bytes before the worker */
	char p[ASSIGN_SEED_MAX + 2 + 2 * HASH_ID_MAX];
};

/* hash_task - begin the text of this task; task "" begins that of places */
void hash_task(struct hash_text *h, struct str seed, struct str task);

/* hash_worker - the score of this worker for that task (or his place) */
uint64_t hash_worker(struct hash_text *h, struct str worker);

/* hash_order, hash_walk - the two numbers of the task itself */
uint64_t hash_order(const struct hash_text *h);
uint64_t hash_walk(const struct hash_text *h);

#endif
