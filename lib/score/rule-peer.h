/* rule-peer - peer-once correlated agreement of an epoch, with weighted peers, in integers.
 *
 *	D_ij = floor(2^32 b_ij / s_ij) - floor(2^32 c_i.c_j / (m_i m_j))
 *
 * for identities i and j that share s_ij > 0 tasks of the epoch and give the same value in
 * b_ij of them; c_i counts i's labels by value, m_i all of them.  That is the agreement
 * seen less that of two people who answer at random with their own habits.  Each peer counts once however
 * many tasks are shared, so that a ring must be the majority of one's peers, not of the seats:
 *
 *	CA_i(w) = floor(sum_j w_j D_ij / sum_j w_j), 0 where that sum is 0
 *
 * The weights come from CA itself, in a few passes: a peer who agrees with nobody loses
 * its voice.  That is what stands against a ring with leaked gold.
 *
 * Private to the rule (rule.h).  Source of CA: Shnayder, Agarwal, Frongillo, Parkes (2016),
 * "Informed truthfulness in multi-task peer prediction", EC '16.
 */
#ifndef SCORE_RULE_PEER_H
#define SCORE_RULE_PEER_H

#include "score/rule-log.h"

/* the pairs of one epoch */
struct rule_peers {
	uint32_t n;                     /* identities with labels; peers below are numbers 0 .. n-1 in ascending identity */
	uint32_t *who;                  /* n: identity */
	uint32_t *labels;               /* n: of them, those whose task another one labelled too */
	size_t n_parts;
	struct rule_part *part;
	unsigned threads;
};

/* rule_peers_init - count the pairs of n_groups tasks, as rule_view has them.
 * O(co-labels + distinct pairs times the values of a worker), 8 bytes a distinct pair */
void rule_peers_init(struct rule_peers *p, const uint32_t *group, size_t n_groups, const struct rule_answer *answer,
	size_t n_identities, size_t n_values, unsigned threads);
void rule_peers_release(struct rule_peers *p);

/* rule_peers_ca - CA of all, by peer; w at most 10000 each */
void rule_peers_ca(const struct rule_peers *p, const uint32_t *w, int64_t *ca);

/* rule_peers_weigh - CA under iterated weights, by peer.
 *
 *   among  by peer: may weigh (J); it needs a label with a peer too
 *   ca     out, under the weights of the last pass
 * Starts from 10000 each.  A pass takes the lower median of CA over those with weight, at least median_least, and
 * w_j = floor(10000 (100 CA_j - lo med) / ((hi - lo) med)) within 0 .. 10000; when fewer than peers_least
 * are left with weight, all weigh 10000 again. */
void rule_peers_weigh(const struct rule_peers *p, const struct rule_policy *policy, const bool *among, int64_t *ca);

#endif
