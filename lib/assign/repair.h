/* repair - fill the seats that stayed empty because the wrong workers are full.
 *
 * For an empty seat the shortest chain is looked for in which each worker moves to the
 * seat before him and the last one, who has room, sits down anew: an augmenting path,
 * breadth first.  Only seats given in this run move.  Workers met by a search
 * that failed stay out of later ones: from them no room can be reached any more.
 *
 * Without conflicts this is maximum flow from tasks over (task, identity) to workers,
 * and no assignment fills more.  With conflicts that question is as hard as finding
 * independent sets, and the search is a good try that never breaks a rule.
 * Source: Ford, Fulkerson (1956), "Maximal flow through a network", Canadian Journal
 * of Mathematics 8; the forest that is left alone: Kuhn (1955), "The Hungarian method".
 */
#ifndef ASSIGN_REPAIR_H
#define ASSIGN_REPAIR_H

#include "assign/plan.h"

/* repair - fill what can be filled of p's empty seats; sets moved and gave_up */
void repair(struct plan *p);

#endif
