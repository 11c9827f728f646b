/* iwmv - iterative weighted majority voting.
 *
 *	weight[w] = K agree[w] - 1
 *
 * which may be negative: who is right less often than chance votes against.  Source: H. Li,
 * B. Yu (2014), "Error rate bounds and iterative weighted majority voting for
 * crowdsourcing", arXiv:1411.4086, algorithm 1.
 *
 * The weight is, to first order about agree = 1/K, (K-1)/K of the log odds that a vote is
 * worth in the one-coin model, so q = softmax(K/(K-1) score): a posterior, and of the same
 * winner.  (peerannot weighs by agree, which is another method.)  A class without a vote
 * has score 0 and beats one that only bad workers vote for, as in that model.
 */
#ifndef AGREE_IWMV_H
#define AGREE_IWMV_H

#include "agree/method.h"

/* agree_iwmv - o: threads, gold, max_iter (default 100), tol (largest change of a weight
 * against the largest weight; default 1e-9: decisions have settled).
 * out: q, skill = agreement with the decisions (0 without labels).  One class: q = 1.
 * O(labels + tasks K) a round. */
void agree_iwmv(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
