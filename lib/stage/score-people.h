/* score-people - which accounts belong to one person.
 *
 * A worker's identity is the field of that name in his last `worker` record, or his own name; an identity and the name of a
 * worker that are the same text mean the same person.  Where a worker has no such record, an earlier score of his says it.
 */
#ifndef STAGE_SCORE_PEOPLE_H
#define STAGE_SCORE_PEOPLE_H

#include <stdbool.h>

#include "data/intern.h"

struct people {
	struct intern names;
	uint32_t *said, *hint;          /* by worker: a name, or INTERN_NONE; of his record, of an earlier score */
	bool *known;                    /* he has a worker record */
	size_t n, cap;
};

/* people_say - his worker record; identity empty: it names none.  people_hint - what an earlier score says */
void people_say(struct people *p, uint32_t worker, struct str identity);
void people_hint(struct people *p, uint32_t worker, struct str identity);

/* people_name - the identity that a worker declares; empty: none but his own name */
struct str people_name(const struct people *p, uint32_t worker);

/* people_number - a number for each worker's person, in the order in which they first appear; owned, workers->n of them */
uint32_t *people_number(const struct people *p, const struct intern *workers, size_t *n_people);

void people_release(struct people *p);

#endif
