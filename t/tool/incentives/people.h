/* people - who is in a crowd: what each type says of an item, alone or beside others.
 *
 * Private to the crowd (crowd.h).
 */
#ifndef T_PEOPLE_H
#define T_PEOPLE_H

#include "crowd.h"

/* draw - a class, by these chances */
uint32_t draw(struct rng *g, const double *p);

uint32_t epoch_of(const struct world *o);

bool is_ring(enum type t);

/* looks at items, well or not, at least now and then */
bool is_looking(enum type t);

/* person_skill - the chances of what it says where class c is true */
void person_skill(struct world *o, struct account *a, uint32_t c);

/* person_says - what an account says of an item, left alone with it */
uint32_t person_says(struct world *o, uint32_t who, const struct item *it);

/* person_copies - does it copy this time, where there is something to copy? */
bool person_copies(struct world *o, enum type t);

/* copies_most - not just one of the others.  most_said - the value most often given; of several, one at random */
bool copies_most(enum type t);
uint32_t most_said(struct world *o, const uint32_t *votes);

/* person_place - a task's seats are answered from the smallest to the largest, by chance where they are equal */
double person_place(struct world *o, const struct account *a);

/* person_waits - whether it lets others go first, by chance */
bool person_waits(struct world *o, enum type t);

#endif
