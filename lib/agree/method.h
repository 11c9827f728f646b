/* method - what every categorical method takes and gives.
 *
 * A method reads a grouped label set and fills a fit: a posterior for each task and
 * a skill for each worker.  It computes the same bits for any number of threads and
 * nothing but its arguments decides the result.
 *
 * Layouts: q[t*K + c]; e[(w*K + c)*K + l] is the chance that worker w says l when
 * the class is c.  K is the number of classes; class order is the bytewise order of
 * the label text.
 */
#ifndef AGREE_METHOD_H
#define AGREE_METHOD_H

#include "data/labels.h"

#define AGREE_NO_GOLD UINT32_MAX

struct agree_opt {
	unsigned max_iter;      /* iterations at most; 0 = the method's own default */
	double tol;             /* stop when nothing moves by more (each method says what); < 0 = never stop,
	                         * 0 = the method's own default */
	unsigned threads;       /* at most; 0 = all cores */
	uint64_t seed;          /* for methods that draw numbers */
	const uint32_t *gold;   /* n_tasks: the true class, or AGREE_NO_GOLD; NULL = no gold.  A task with gold
	                         * keeps the posterior 1 on it in every step (but for methods that say otherwise) */
	const double *counts;   /* n_workers x K x K: confusion counts of earlier days, added to those of
	                         * today in every M step; NULL = none */
	const double *class_counts; /* K: likewise for the class prior; NULL = none */
	struct agree_auto_why *why;     /* filled by agree_auto (agree/hedge.h); NULL = nobody asks */
	void (*tick)(unsigned done, unsigned most);     /* called before each iteration, by the caller's thread: of
	                         * at most so many so many are done; NULL = nobody watches.  It changes no result */
};

static inline void agree_tick(const struct agree_opt *o, unsigned done, unsigned most)
{
	if (o && o->tick)
		o->tick(done, most);
}

/* All arrays owned, agree_fit_release frees them; NULL where a method has no such thing. */
struct agree_fit {
	size_t n_tasks, n_workers, n_classes;
	double *q;              /* n_tasks x K; rows sum to 1 (a task without labels: see the method) */
	double *skill;          /* n_workers: chance of being right, or the method's own measure (it says which) */
	double *prior;          /* K: class prior, or NULL */
	double *e;              /* n_workers x K x K, or NULL */
	double *counts;         /* n_workers x K x K expected counts of today's labels only, or NULL */
	unsigned n_iter;
	bool converged;
	double objective;       /* what the method maximises, when it has one (log-likelihood, bound), else 0 */
	unsigned why;           /* 0, or a method's own reason why it has no answer */
};

typedef void agree_fn(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

/* agree_fit_init - sizes from l, q, skill zeroed, everything else NULL */
void agree_fit_init(const struct labels *l, struct agree_fit *out);
void agree_fit_release(struct agree_fit *f);

#endif
