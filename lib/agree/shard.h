/* shard - expectation maximisation over tasks that lie in several places.
 *
 * The E step of a task needs the model and the labels of that task alone, and the M
 * step needs sums over tasks.  So tasks may be dealt out to shards, in any way that
 * keeps the labels of a task together: each shard makes the E step of its tasks and
 * leaves its sums (shard_e_step), which are added up (struct tally, math/exact.h) and
 * become the next model (shard_prior, shard_worker).  Round by round that is what
 * em_run of agree/em.h does on all the labels, from vote shares on:
 *
 *	the model after n rounds = that of the method with max_iter n and tol < 0,
 *	the posteriors of one more E step under it = the posteriors that this returns
 *
 * but for the rounding of sums; t/unit/u-shard.c finds them within 1e-9.  The same
 * counts, split and ordered in any way, give the same bits.
 *
 * Methods: those whose M step is a function of these sums and whose objective is one.
 * hds is not among them: it wants the counts of easy and hard tasks apart, and stops
 * by the change of each posterior, which nobody has kept.
 */
#ifndef AGREE_SHARD_H
#define AGREE_SHARD_H

#include "agree/method.h"
#include "base/str.h"

enum shard_method { SHARD_DS, SHARD_DSMAP, SHARD_ONECOIN, N_SHARD_METHODS };

/* shard_method_find - by its name in agree/methods.h; false when it is none of the above */
bool shard_method_find(struct str name, enum shard_method *out);
const char *shard_method_name(enum shard_method m);

/* shard_has_matrix - a confusion matrix a worker; else one number */
bool shard_has_matrix(enum shard_method m);

/* shard_cells - numbers a worker: K x K, or 1 */
size_t shard_cells(enum shard_method m, size_t K);

/* A model for the workers of a label set.  Everything borrowed.
 *   prior  K
 *   param  n_workers x cells: with a matrix e[(w*K + c)*K + l], else the chance s of being right.
 *          A matrix has e > 0 for every class and each label that the worker gave here. */
struct shard_model {
	enum shard_method method;
	const double *prior, *param;
};

/* The sums that an E step leaves.  Owned: shard_counts_release.
 *   count  n_workers x cells: with a matrix count[(w*K + c)*K + l] = sum of q[t,c] over the tasks
 *          that w labelled l, else the sum of q[t,l] over his labels, rounded down
 *   rest   n_workers, NULL with a matrix: what that leaves out.  The chance of an error of somebody who
 *          makes none is 1e-10 or so: half an ulp of the sum is a millionth of it
 *   total  K: the posteriors summed over the tasks with labels, correctly rounded */
struct shard_counts {
	double *count, *rest, *total;
	double loglik;          /* of the labels (and gold) under the model; 0 for vote shares */
	uint64_t n_tasks;       /* with labels */
};

/* shard_e_step - posteriors under the model, and their sums.
 *
 *   l      grouped; n_classes = K of the model
 *   m      NULL: q are the vote shares, where every method starts
 *   gold   as in struct agree_opt; NULL = none
 *   q      out, n_tasks x K
 * The same bits for any number of threads.  Time and memory of one E step: agree/em.h. */
void shard_e_step(const struct labels *l, enum shard_method method, const struct shard_model *m,
                  const uint32_t *gold, unsigned threads, double *q, struct shard_counts *out);
void shard_counts_release(struct shard_counts *c);

/* ---- the merge -------------------------------------------------------------------- */

/* A sum of counts in units of 2^-80: whatever the order, the same bits.  A term loses less
 * than 1e-24, and nothing that is told from 0 by a method is below 1e-10.  Zeroed memory is 0. */
struct tally {
	uint64_t high, low;
};

enum { TALLY_MOST = 47 };       /* a sum stays below 2^47 */

/* tally_add - add x, 0 <= x <= 2^40 */
void tally_add(struct tally *t, double x);

/* tally_value - the sum, rounded once */
double tally_value(const struct tally *t);

/* tally_down - the sum, rounded down; *rest: what is missing, rounded once */
double tally_down(const struct tally *t, double *rest);

/* shard_prior - class prior from the merged totals: sum[c] / n, n being the tasks with
 * labels; 1/K when there are none */
void shard_prior(size_t K, const double *sum, double n, double *prior);

/* shard_worker - the parameters of one worker from his merged counts.
 *
 *   count   cells, laid out as in struct shard_counts
 *   labels  the number of his labels, above 0
 *   param   out, cells
 *   work    2 K x K
 * Returns the log density of the parameters under their prior, without its constant: what
 * the objective is above the log-likelihood; 0 but for ds-map. */
double shard_worker(enum shard_method m, size_t K, const double *count, double labels, double *param, double *work);

/* shard_skill - the chance to be right on a task drawn by the prior */
double shard_skill(enum shard_method m, size_t K, const double *prior, const double *param);

#endif
