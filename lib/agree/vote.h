/* vote - what the weighted majority votes share.
 *
 * They go round: score the classes of each task by the weights of those who voted for
 * them, decide, see how often each worker agrees with the decisions, weigh anew.
 *
 *	score[t,c] = sum of weight[w] over the labels of t with class c
 *	decision   = the class with the highest score; gold tasks: the gold
 *	agree[w]   = mean over the labels of w of [label = decision]
 *
 * All sums run over one task or one worker in a fixed order: same bits for any number
 * of threads.  A task without labels has a row of zeros (or its gold) at the end.
 */
#ifndef AGREE_VOTE_H
#define AGREE_VOTE_H

#include "agree/method.h"

/* What a decision is when classes tie (scores within 1e-10 of the largest magnitude):
 * each of m classes gets 1/m, so that no class is favoured; or, as crowd-kit does it,
 * the first class (exactly equal scores).  The methods share; the other is for comparison. */
enum vote_tie { VOTE_SHARE, VOTE_FIRST };

/* vote_weigh - the method: new weights from agreement.
 *
 *   agree   n_workers: 0 for a worker without labels
 *   weight  n_workers: in the old ones, out the new
 *   iter    1, 2, ... */
typedef void vote_weigh(const struct labels *l, const double *agree, double *weight, unsigned iter);

struct vote_model {
	vote_weigh *weigh;
	double softness;        /* 0: q = shares of the score; weights must be >= 0.  Else q = softmax(softness * score) */
	unsigned max_iter;      /* defaults */
	double tol;             /* stop when no weight moved by more than tol x the largest weight */
	enum vote_tie tie;
};

/* vote_run - rounds from equal weights, then q from the last weights.
 * out: q, skill = agreement in the last round; n_iter rounds; weight (may be NULL) gets the weights. */
void vote_run(const struct vote_model *m, const struct labels *l, const struct agree_opt *o,
              struct agree_fit *out, double *weight);

/* The weight of a worker in a vote by shares is at least this: where nobody has any, the
 * votes count alike, and nothing divides by zero. */
static const double vote_least = 1e-12;

/* The steps.  weight NULL = 1. */
void vote_scores(const struct labels *l, const double *weight, unsigned threads, double *q);
void vote_decide(const struct labels *l, enum vote_tie tie, const uint32_t *gold, unsigned threads, double *q);
void vote_agreement(const struct labels *l, const double *decision, unsigned threads, double *agree);

/* vote_finish - scores to posteriors, softness as above; gold clamped */
void vote_finish(const struct labels *l, double softness, const uint32_t *gold, unsigned threads, double *q);

/* vote_edges - the worker-major label i (of w_task, w_value) is the task-major label edge[i];
 * n numbers, owned.  O(labels). */
uint32_t *vote_edges(const struct labels *l);

#endif
