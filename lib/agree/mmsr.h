/* mmsr - matrix mean-subsequence-reduced: robust rank-one completion of agreement.
 *
 * For two workers with common tasks, C[i,j] = K/(K-1) (share of equal answers) - 1/(K-1)
 * has the expectation x_i x_j in the one-coin model, x = (K s - 1)/(K - 1).  Then
 *
 *	v_j = trimmed mean over i of |C[i,j]| / u_i,  u_i likewise by v,  until both rest
 *
 * where the mean leaves out up to F values below the present v_j, the smallest first, and up
 * to F above it, the largest first.  F = max(0, floor(d/2) - 1), d the least
 * number of co-workers of a worker who has any.  |x| = u sqrt(|v|/|u|); the signs are those of
 * the leading vector of the walk on the graph of workers whose edges are C[i,j] x (common tasks),
 * reached from all ones, so the side with most agreement is the good one.  x is clipped to
 * [-1/(K-1) + 1/sqrt(T), 1 - 1/sqrt(T)], s = x (K-1)/K + 1/K, the vote weighs ln(s (K-1)/(1-s)).
 * Source: Q. Ma, A. Olshevsky (2020), "Adversarial crowdsourcing through robust rank-one
 * matrix completion", NeurIPS, algorithm 1 and appendix.
 *
 * q = softmax of the score: the posterior of the one-coin model with equal class
 * prior.  A class that nobody voted for has score 0 and rightly beats one for
 * which only adversaries voted.
 *
 * Against crowd-kit: F = -1 (its value when d < 2; the mean is then the largest value alone)
 * cannot be; for the signs pairs without common tasks are no edges (there they count as
 * disagreement); a negative sum of scores turns no winner round; the start is the scale of the
 * row, not a draw; the matrix is sparse.  A worker without co-workers gets the mean x of the others (1/2 if there are
 * none) instead of no weight at all; the upper clip is at least 1/2, so that few tasks still
 * have an answer.
 */
#ifndef AGREE_MMSR_H
#define AGREE_MMSR_H

#include "agree/method.h"

/* agree_mmsr - o: threads, gold (in the answer only), max_iter (default 1000), tol (largest change
 * of u and v against their largest; default 1e-10).
 * out: q, skill = s; one class: q = 1, s = 1.
 * Time O(pairs) to build and O(pairs log(co-workers)) an iteration, memory 16 bytes a
 * pair of workers with a common task, both ways.  On a task with n > 1024 labels only those
 * near each other (2^19 / n apart or 8, in a ring) count as common, so that a huge task
 * costs no square. */
void agree_mmsr(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
