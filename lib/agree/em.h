/* em - what the methods with posteriors share: the E step over all tasks, the counts
 * that an M step needs, and the loop.
 *
 * The E step of task t is a softmax of
 *
 *	lp[c] + sum of le[w][l][c] over the labels (w, l) of t
 *
 * where le is the logarithm of the confusion (or its expectation), stored with the
 * class last so that a label reads one row.  A method with fewer parameters puts a
 * function of its own in place of that sum (rows).
 *
 * Everything is the same to the last bit for any number of threads: sums over tasks
 * are made in blocks that depend on the data only and combined in their order.
 * Memory: 8 K bytes a task, 16 K^2 a worker (none with rows) and at most 12 a label (none with rows).
 */
#ifndef AGREE_EM_H
#define AGREE_EM_H

#include "agree/method.h"

struct em;

/* em_rows - write the unnormalised log posteriors of tasks t .. end-1 into q, each row less
 * its maximum; returns the sum of these maxima over the tasks with labels */
typedef double em_rows(const struct em *em, size_t t, size_t end);

/* em_worker - the M step of one worker.
 *
 *   e   counts in, [l][c], those of earlier days included; parameters out (NULL with rows)
 *   le  out, [l][c]: what a label adds to the log posterior (NULL with rows)
 * Returns the log prior density of the new parameters without its constant (em_log_counts
 * of the earlier counts belongs to it), or minus their divergence from the prior for a
 * variational method; 0 without a prior. */
typedef double em_worker(struct em *em, size_t w, double *e, double *le);

/* em_prior - the M step of the class prior: lp (and prior, where there is one) from the
 * posteriors summed over the tasks with labels, class_counts of earlier days included.
 * Returns as em_worker does. */
typedef double em_prior(struct em *em, const double *sum, double total);

struct em {
	const struct labels *l;
	size_t K;
	unsigned threads;
	const uint32_t *gold;          /* as in struct agree_opt */
	const double *counts, *class_counts;
	double *q, *prior;             /* n_tasks x K, K; borrowed until em_release */
	double *lp;                    /* K */
	double *e, *le;                /* n_workers x K x K each, [w][l][c]; owned; e may be detached */
	double *param;                 /* 3 n_workers for the use of a method with rows, zeroed; else NULL */
	double n_used;                 /* tasks with labels */
	const struct agree_opt *watch; /* em_run ticks it; NULL = nobody watches */
	em_rows *rows;                 /* NULL = the sum of le */
	em_worker *worker;
	em_prior *class_prior;
	double diag, off;              /* Dirichlet prior of a confusion row, for the methods that have one */
	bool hard;                     /* E step: 1 on the most probable class, shared when classes tie */
	bool by_change;                /* em_run stops when no posterior moved by more than tol */
	/* the rest is em.c's own */
	uint32_t *cell;
	double *psum, *ll, *penalty;
	double *parts;
	size_t n_blocks, n_parts;
	void (*block)(struct em *em, size_t b);
};

static const double em_floor = 1e-10;    /* the least that a probability may be */

/* em_init - buffers for l.  With rows, nothing of size K^2 is allocated.
 *   q, prior  where the posteriors and the class prior go; borrowed */
void em_init(struct em *em, const struct labels *l, unsigned threads, em_rows *rows, double *q, double *prior);
void em_release(struct em *em);

/* em_start - posteriors = vote shares (1 on the gold), counted for an M step */
void em_start(struct em *em);

/* em_e_step - posteriors of all tasks under lp and le; returns the log-likelihood of all
 * labels (with gold: of labels and gold).  Tasks without labels get softmax(lp).
 *   count  an M step is to follow */
double em_e_step(struct em *em, bool count);

/* em_m_step - class prior and workers from the posteriors of the last step; returns the sum
 * of the penalties */
double em_m_step(struct em *em);

/* em_ml_prior - class_prior by maximum likelihood: the mean posterior, at least em_floor in lp */
double em_ml_prior(struct em *em, const double *sum, double total);

/* em_log_counts - sum of the earlier counts of w x le: their share of the objective; 0 without */
double em_log_counts(const struct em *em, size_t w, const double *le);

/* em_run - steps until the objective (log-likelihood + penalty) rises by no more than
 * tol a label, or (by_change) no posterior moves by more than tol, or max_iter E steps.
 * The posteriors are those of the last E step and belong to the parameters.
 *   o        tol and max_iter as given: defaults are resolved by the caller; tol < 0 = never stop
 *   f        n_iter, converged and objective are set */
void em_run(struct em *em, unsigned max_iter, double tol, struct agree_fit *f);

/* em_fit - the whole of a method: fit, em_init, em_run, and the results into f.
 * What differs is in the model: rows, worker, class_prior, diag, off, hard, by_change,
 * and the defaults for max_iter and tol.
 *   e is filled from em->e, transposed; skill = sum of prior[c] e[w][c][c].
 * With rows, e and counts are filled by the caller (em_dense says whether). */
struct em_model {
	em_rows *rows;
	em_worker *worker;
	em_prior *class_prior;
	double diag, off;
	bool hard, by_change;
	unsigned max_iter;
	double tol;
	/* last: what only this method knows, while em is there */
	void (*finish)(struct em *em, struct agree_fit *f);
};

void em_fit(const struct em_model *m, const struct labels *l, const struct agree_opt *o, struct agree_fit *f);

/* em_dense - a table of workers x K x K is reasonable: at most 2^27 numbers (1 GiB) */
bool em_dense(const struct labels *l);

/* em_count_workers - expected confusion counts under posteriors, out[(w*K + c)*K + l] */
void em_count_workers(const struct labels *l, const double *q, unsigned threads, double *out);

/* em_transpose - K x K in place */
void em_transpose(double *m, size_t K);

#endif
