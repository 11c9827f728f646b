/* sparse-em - what the models of agree/sparse.h share: candidates, cells, the loop.  As agree/em.h,
 * with rows of candidates in place of rows of K.
 *
 * em->at[i] is where label i (task-major) stands among the candidates of its task, SPARSE_NOT when its
 * class is none; w_at likewise worker-major, so that q[off[w_task[j]] + w_at[j]] is the posterior of
 * what label j says.
 */
#ifndef AGREE_SPARSE_EM_H
#define AGREE_SPARSE_EM_H

#include "agree/sparse.h"

#define SPARSE_NOT UINT32_MAX

struct sparse_em;

/* log weights of the candidates of task t into row, but for a term that they share, which is returned */
typedef double sparse_row(const struct sparse_em *em, size_t t, double *row);
/* the M step of a worker; returns the log prior density of what it has set, without its constant */
typedef double sparse_worker(struct sparse_em *em, size_t w);
/* once in each M step, before the workers: class prior and what all share; returns as above */
typedef double sparse_shared(struct sparse_em *em);

struct sparse_model {
	sparse_row *row;
	sparse_worker *worker;
	sparse_shared *shared;
	double diag, off;               /* Dirichlet prior of a confusion row; 0 = maximum likelihood */
	size_t most;                    /* candidates of a task, 0 = any number */
	bool by_change;                 /* stop when no more than tol of a task's probability moved, on average */
	unsigned max_iter;
	double tol;
};

/* confusion cells of the workers, each sorted as sparse_cells are */
struct sparse_matrix {
	size_t *off;                    /* n_workers + 1 */
	uint32_t *truth, *label;
	double *before, *n, *le;        /* of earlier days (NULL = none), expected, log chance */
	uint32_t *used;                 /* by worker: labels that he has used */
	size_t *pair_off;               /* by task: its labels x candidates in pair */
	uint32_t *pair;                 /* a cell, counted from the first of the worker */
};

struct sparse_em {
	const struct labels *l;
	const struct agree_opt *o;
	const struct sparse_cells *earlier;
	const struct sparse_model *model;
	struct sparse_fit *f;
	size_t K;
	uint32_t *at, *w_at;
	double *lp;                     /* K: log class prior */
	double *x;                      /* n_workers: what a label adds to its own class over the others */
	double *other;                  /* n_workers: what it adds to the others */
	void *mine;                     /* what only the model knows; borrowed */
	struct sparse_matrix m;
	uint32_t *w_rank;               /* with a matrix: the place of label j in its task */
	double n_used;                  /* tasks with labels */
	double *ll, *moved, *penalty;   /* by block */
};

enum { SPARSE_TASKS = 1024, SPARSE_WORKERS = 64 };      /* a block */

/* sparse_open - candidates, cells and room for a fit; out has no posteriors yet.
 * sparse_iterate - start from the shares of the votes and iterate; may be called again, with another mine.
 * sparse_close - counts of the posteriors that are in out->q, and release. */
void sparse_open(struct sparse_em *em, const struct sparse_model *m, const struct labels *l, const struct agree_opt *o,
                 const struct sparse_cells *earlier, struct sparse_fit *out);
void sparse_iterate(struct sparse_em *em);
void sparse_close(struct sparse_em *em);

/* sparse_class_sums - sum[c] = sum of q[t,c] over the tasks with labels; owned */
double *sparse_class_sums(const struct sparse_em *em);

/* sparse_ml_prior - a sparse_shared: the mean posterior */
sparse_shared sparse_ml_prior;

/* sparse_right - labels of w that are right, in expectation, and all, with earlier days; *before of those
 * (NULL = not wanted) gets the right and all of earlier days */
void sparse_right(const struct sparse_em *em, size_t w, double *right, double *n, double *before);

/* sparse_matrix_init - the cells that labels and earlier counts need */
void sparse_matrix_init(struct sparse_em *em);
void sparse_matrix_release(struct sparse_matrix *m);

/* sparse_count - f->counts from f->q */
void sparse_count(struct sparse_em *em);

#endif
