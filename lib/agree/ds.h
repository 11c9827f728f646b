/* ds - Dawid and Skene's model: every worker has a confusion matrix.
 *
 *	Pr(class of task t is c) = prior[c]
 *	Pr(worker w says l | class c) = e[w][c][l]
 *
 * Fitted by maximum likelihood with EM, run until the log-likelihood of the
 * observed labels stops rising.  Source: A. P. Dawid, A. M. Skene (1979), "Maximum
 * likelihood estimation of observer error-rates using the EM algorithm", JRSS C
 * 28(1):20-28, section 3.
 *
 * Choices the paper leaves open, made as crowd-kit makes them, so that its
 * posteriors are reproduced to 1e-9 (t/unit/u-ds.c):
 * - start from vote shares, ties left soft;
 * - a pair (w, l) that never occurs has e = 0; the other counts are at least
 *   1e-10, and e[w][c][.] sums to 1 over the labels that w has used;
 * - the prior enters the E step as at least 1e-10.
 * Not as crowd-kit: it stops on a quantity that is not the likelihood.
 *
 * Tasks without labels have the prior as posterior and do not count in it.
 *
 * Everything is the same to the last bit for any number of threads: sums over
 * tasks are made in blocks that depend on the data only and combined in their order.
 */
#ifndef AGREE_DS_H
#define AGREE_DS_H

#include "agree/em.h"

struct ds_opt {
	unsigned max_iter;    /* iterations (an E and an M step) at most */
	double tol;           /* stop when the log-likelihood rose by no more than tol a label; < 0 = never stop */
	bool final_e;         /* at max_iter: one more E step, so that q belongs to prior and e.
	                       * false: q is of the E step before the last M step, as crowd-kit returns it */
	unsigned threads;     /* 0 = all cores */
};

#define DS_OPT_INIT { .max_iter = 1000, .tol = 1e-8, .final_e = true, .threads = 0 }

/* K = n_classes.  All arrays owned: ds_release. */
struct ds {
	size_t n_tasks, n_workers, n_classes;
	double *q;            /* n_tasks x K posteriors */
	double *prior;        /* K; mean of the posteriors */
	double *e;            /* n_workers x K x K: e[(w*K + c)*K + l]; all 0 for a worker without labels */
	unsigned n_iter;      /* iterations made */
	bool converged;       /* stopped by tol */
	double loglik;        /* natural log-likelihood of all labels, at the parameters q was made with */
};

/* ds_fit - fit the model.
 *
 *   l    grouped; at least one label
 *   o    options
 *   out  overwritten
 * With final_e, or when converged, q is exactly the E step under the returned
 * prior and e, which ds_without relies on.
 * Time O(labels * K + tasks * K exp + workers * K^2 log) an iteration.  Memory
 * 8 K bytes a task, 16 K^2 a worker and at most 8 a label while fitting: the caller
 * checks that this is sane (thousands of classes are not for this model). */
void ds_fit(const struct labels *l, const struct ds_opt *o, struct ds *out);

void ds_release(struct ds *d);

/* ds_worker - the M step of the model, for agree/em.h */
em_worker ds_worker;

/* ds_without - posterior of a task as it would be without one worker's label,
 * at the same parameters: out[c] is proportional to q[c] / e_w[c][label].
 *
 *   q      K: the task's posterior, label included
 *   e_w    K x K: that worker's confusion, row = class
 *   label  what the worker said; a label that the worker has used (e_w[.][label] > 0)
 *   out    K; may be q
 * The relative error of each entry is a few ulp, except that a class whose q has
 * underflowed to zero stays at zero: that takes evidence of 10^308 to 1, of which
 * one label is at most 10^10 or so. */
void ds_without(const double *q, const double *e_w, uint32_t label, size_t n_classes, double *out);

/* ds_counts - expected confusion counts under posteriors: the sufficient statistic.
 *
 *   q      n_tasks x K
 *   count  out, n_workers x K x K: count[(w*K + c)*K + l] = sum of q[t,c] over
 *          the tasks that w labelled l */
void ds_counts(const struct labels *l, const double *q, unsigned threads, double *count);

#endif
