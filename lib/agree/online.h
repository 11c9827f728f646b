/* online - Bayesian Dawid-Skene in one pass, with bounded state.
 *
 * The state is a table of counts a worker (Dirichlet, 4 on the diagonal and 1 off it to
 * begin with) and of the classes (1 each).  A task is decided once, from the counts
 * so far, and then counted:
 *
 *	q[c]        = softmax(ln prior[c] + sum of ln e[w][c][l])
 *	e[w][c][l]  = n[w][c][l] / sum over l,  n[w][c][l] += q[c];  prior likewise
 *
 * In the manner of Y. Yang et al. (2024), "A lightweight, effective and efficient model for
 * label aggregation in crowdsourcing", ACM TKDD (arXiv:2212.00007), there with one number a
 * worker.  State 8 (K^2 + K) bytes a worker, nothing a task or label.
 *
 * The order of tasks matters: early ones are decided when little is known.  The
 * labels of a task must come together.  A stream that interleaves tasks is to be grouped
 * first, in windows if it has no end.
 */
#ifndef AGREE_ONLINE_H
#define AGREE_ONLINE_H

#include "agree/method.h"

struct online {
	size_t K, n_workers, cap;
	double *n, *row;        /* n_workers x K x K, [w][l][c], and its sums over l, n_workers x K; owned */
	double *classes;        /* K; owned */
	double n_decided;       /* sum of classes */
};

/* online_init - nothing known yet; n_classes > 0 */
void online_init(struct online *o, size_t n_classes);

/* online_earlier - add counts of earlier days: counts n_workers x K x K [w][c][l], class_counts K; either
 * may be NULL */
void online_earlier(struct online *o, size_t n_workers, const double *counts, const double *class_counts);

/* online_decide - the posterior of a task with n labels under the counts so far.
 *
 *   worker  n ids, any: those not met yet have the prior
 *   value   n classes, < K
 *   gold    the class, or AGREE_NO_GOLD
 *   q       out, K
 * O(n K). */
void online_decide(struct online *o, const uint32_t *worker, const uint32_t *value, size_t n, uint32_t gold, double *q);

/* online_learn - count the task under q.  O(n K). */
void online_learn(struct online *o, const uint32_t *worker, const uint32_t *value, size_t n, const double *q);

void online_release(struct online *o);

/* agree_online - decide and learn, task by task.
 *
 * Grouped labels have lost the order of the stream: the tasks are taken in the order of
 * their number, which is that of their first label when ids were given as they came.
 *   o->max_iter  passes; default 1.  Each later one decides all tasks by the counts of the pass
 *                before, which is an EM step
 *   o->tol, o->threads  not used
 *   o->counts, class_counts  of earlier days: in the state to begin with
 * out: q (a task without labels: the prior at that moment), e and prior at the end,
 * skill = sum of prior[c] e[w][c][c], counts of today's labels. */
void agree_online(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
