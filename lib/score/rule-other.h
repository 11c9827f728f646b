/* rule-other - the rules of pay beside the default one: simple ones, and those of the literature, in integers.
 *
 * None holds pay back or remembers anything: the labels at hand make a score and a bonus, both in basis points.
 * They are there to compare with (make incentives), and for who has a reason of his own.
 *
 *	rule        score_bp                                                        bonus_bp
 *	flat        10000
 *	threshold   10000 when floor(10000 verified / (verified + rejected)) is at
 *	            least threshold_bp, else 0
 *	gold        Wilson's lower bound of the hits on gold
 *	gate-ca     the same                                                        bp(CA1)
 *	consensus   floor(10000 hits / trials): labels of which the others have a
 *	            majority, and those equal to it
 *	pts         bp(RPTS)
 *	dg, ca      bp(DG), bp(CA with S of the labels of all other workers)
 *	dmi         bp(DMI of the two halves of the tasks)
 *	bts         floor(10000 (BTS + ref) / (2 ref)), within 0 .. 10000: who is
 *	            like the crowd has 5000, for the sum over a task is 0
 *
 * bonus_bp is 10000 where nothing is said.  bp(x) = floor(10000 x / ref) within 0 .. 10000; ref is what gives
 * 10000: a constant that is public before the campaign, from an earlier one, and never from the labels at hand,
 * or the workers would be paid for each other's loss.  Measures are in Q32, units of 2^-32 (DMI, which is small,
 * in Q52), and rounded down.  CA1 is that of rule-peer.h, all peers weighing the same, on tasks without gold.
 *
 * A measure that is not defined (nobody to compare with) gives 0, with the reason.
 *
 * The same input gives the same result with any number of threads; how tasks, workers and classes are
 * numbered changes nobody's result, but for dmi, whose classes must be in an order of their own (by text).
 * Sources: score/peer.h, score/peer-info.h; Wilson's bound, score/reward.h.
 */
#ifndef SCORE_RULE_OTHER_H
#define SCORE_RULE_OTHER_H

#include <stdbool.h>

#include "data/labels.h"

enum other_rule {
	OTHER_FLAT, OTHER_THRESHOLD, OTHER_GOLD, OTHER_GATE_CA, OTHER_CONSENSUS, OTHER_PTS, OTHER_DG, OTHER_CA,
	OTHER_DMI, OTHER_BTS, N_OTHER
};

enum { OTHER_DMI_CLASSES = 16 };

/* other_name, other_find - N_OTHER when there is no such rule; n bytes */
const char *other_name(enum other_rule r);
enum other_rule other_find(const char *name, size_t n);

/* other_ref - the reference where none is given, Q32; 0: the rule has none.
 * gate-ca, dg, ca: as in the default rule; pts: 1, twice the agreement that chance would give; dmi: 1/16,
 * which two who never err have of two classes that are as frequent; bts: 1 nat. */
uint64_t other_ref(enum other_rule r);

struct other_policy {
	enum other_rule rule;
	uint32_t threshold_bp;          /* 0 .. 10000 */
	uint32_t z2_micro;              /* of Wilson's bound: score/reward.h */
	uint64_t ref;                   /* Q32, 1 .. 2^40; 0: other_ref */
};

#define OTHER_POLICY_DEFAULT { .rule = OTHER_FLAT, .threshold_bp = 6000, .z2_micro = 2705543 }

/* What workers expect the others to say: that of label i (in task-major order) is cells off[i] .. off[i+1]-1,
 * none where nothing was expected.  A class that has no cell is expected with probability 0. */
struct other_forecasts {
	uint32_t *off;                  /* l->n + 1 */
	struct other_forecast {
		uint32_t class;         /* below l->n_classes */
		double p;               /* 0 .. 1 */
	} *cell;
};

struct other_input {
	const struct labels *l;         /* grouped; identities are its workers, none twice on a task */
	/* by worker */
	const struct other_counts {
		uint64_t verified, rejected;            /* each below 2^32 */
		uint64_t gold_hits, gold_trials;
	} *counts;
	const bool *gold;               /* by task: has gold, for gate-ca */
	const uint8_t *half;            /* by task: 0 or 1, drawn after the labels were given, for dmi */
	const struct other_forecasts *forecasts;        /* for bts */
};

struct other_score {
	uint32_t score_bp, bonus_bp;
	const char *why;                /* NULL, or why a measure is not defined; static */
	int64_t measure;                /* Q32 or Q52: see above; of consensus the hits */
	uint64_t n;                     /* what it is of: consensus trials; gate-ca labels with a peer; pts, dmi, bts
	                                 * tasks; dg, ca pairs of task and peer */
};

/* other_scores - out: one a worker.
 * flat, threshold, gold O(workers); consensus O(labels); gate-ca as rule_peers_init; pts, dg, ca as
 * score/peer.h; dmi O(labels x labels of a task + W C^3); bts O(labels x classes of a task) */
void other_scores(const struct other_policy *p, const struct other_input *in, unsigned threads,
                  struct other_score *out);

#endif
