/* zbs - zero-based skill: agreement with a vote that is weighted by it.
 *
 * All start alike; in round i = 0, 1, ... the step is 2^-(1 + floor(i / 20)) and
 * skill[w] += step (agree[w] - skill[w]).  A class gets the share of the skill of those
 * who voted for it.  Source: documentation of Toloka; no paper.
 *
 * Against crowd-kit: ties are shared (zbs_fit can give them to the first class, to
 * compare), a skill is at least 1e-12 in the vote, and tol is what it says.
 */
#ifndef AGREE_ZBS_H
#define AGREE_ZBS_H

#include "agree/vote.h"

/* agree_zbs - o: threads, gold, max_iter (default 100), tol (largest change of a skill against
 * the largest skill; default < 0: always max_iter rounds, as the step shrinks anyway).
 * out: q, skill as above.  O(labels + tasks K) a round. */
void agree_zbs(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

void zbs_fit(const struct labels *l, const struct agree_opt *o, enum vote_tie tie, struct agree_fit *out);

#endif
