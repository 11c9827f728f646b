/* rank - the candidates of a task, best first. */
#ifndef ASSIGN_RANK_H
#define ASSIGN_RANK_H

#include "assign/assign.h"
#include "assign/hash.h"

struct ranked {
	uint64_t score;
	uint32_t worker;
};

/* rank - the best of the candidates who have room, by falling score, of equal
 * scores the smaller worker first.
 *
 *   top   out; has room for max
 *   text  begun with the task
 * Returns how many of the n candidates had room; min(that, max) are in top.
 * O(n + max^2 log(n / max)) while max is small against n. */
size_t rank(struct ranked *top, size_t max, struct hash_text *text, const struct assign_worker *worker,
            const uint32_t *room, const uint32_t *candidate, size_t n);

#endif
