/* scenarios - all crowds that the rule is tried on, and what is demanded of it.
 *
 * A bound is what was seen to hold, with a margin.
 */
#ifndef T_SCENARIOS_H
#define T_SCENARIOS_H

#include "crowd.h"

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

#endif
