/* sparse - categorical models for very many classes, in the size of the labels.
 *
 * The dense methods (agree/method.h) hold tasks x K posteriors and workers x K x K
 * confusion tables.  Here a task has candidates, and a worker has cells, for what occurred:
 *
 *	a class that nobody named for a task is no candidate for it: posterior 0
 *
 * (and its gold is one, where gold is clamped).  That is part of the model, not an
 * approximation to be refined.  It differs from the dense method where that gives weight to a class
 * without a vote: a confusion matrix can say "whoever answers `wolf` means `dog`" on
 * a task that nobody called a dog, and a class that is nearly all of the prior can beat one poor vote.
 * With many classes and few labels a cell such evidence is hardly ever there.  Where the truth is none of
 * the answers, posteriors still sum to 1 over the answers, so confidence is given that it is among them.
 * Where all K classes are named on each task, sparse and dense are the same model and agree to 1e-9
 * (t/unit/u-sparse.c).
 *
 * Models with a matrix (ds, ds-map) cost a cell for each label and candidate of its task, so there a
 * task has at most SPARSE_MOST candidates besides its gold: those with most votes, of equal ones
 * the first classes.  Votes for others count as wrong under each candidate.  The other
 * models take any number, a million answers to one task included.
 *
 * Time O(labels log(labels of a task)) to begin and O(labels + K), or O(labels x candidates + K)
 * with a matrix, an iteration.  Memory some 50 bytes a label and 24 a class without a matrix; with one,
 * 4 more for each label and candidate and 32 for each cell.
 * The same bits for any number of threads.
 */
#ifndef AGREE_SPARSE_H
#define AGREE_SPARSE_H

#include "agree/method.h"

enum { SPARSE_MOST = 16 };

/* how often a worker said label when truth was the class */
struct sparse_cell {
	uint32_t truth, label;
	double n;
};

/* by worker, each in the order of truth, then label: cell[off[w]] .. cell[off[w + 1] - 1] */
struct sparse_cells {
	size_t *off;            /* n_workers + 1 */
	struct sparse_cell *cell;
};

void sparse_cells_release(struct sparse_cells *c);

/* sparse_cells_add - to gets the sum of both, of n_workers workers */
void sparse_cells_add(struct sparse_cells *to, const struct sparse_cells *more, size_t n_workers);

/* All arrays owned: sparse_release. */
struct sparse_fit {
	size_t n_tasks, n_workers, n_classes;
	size_t *off;            /* n_tasks + 1: the candidates of task t are off[t] .. off[t+1]-1 of class and q */
	uint32_t *class;        /* ascending within a task */
	double *q;              /* sums to 1 over a task; a task without labels and gold has no candidates */
	double *skill;          /* n_workers; 0 without labels and earlier counts */
	double *prior;          /* K */
	struct sparse_cells counts;     /* expected counts of today's labels */
	unsigned n_iter;
	bool converged;
	double objective;       /* as in struct agree_fit */
};

void sparse_release(struct sparse_fit *f);

/* sparse_fn - fit a model.
 *
 *   l        grouped
 *   o        as for the dense method of that name; counts and class_counts must be NULL
 *   earlier  counts of earlier days, added in each M step; NULL = none.  Those that are not above 0
 *            are ignored
 *   out      overwritten
 * counts: those below 1e-12 are left out; of a task with more than SPARSE_MOST candidates only those
 * of posterior 1/SPARSE_MOST or more, and the label's own class, are counted.  What
 * is left out there is a label that says next to nothing about its worker. */
typedef void sparse_fn(const struct labels *l, const struct agree_opt *o, const struct sparse_cells *earlier,
                       struct sparse_fit *out);

/* sparse_onecoin - agree/onecoin.h.  sparse_ds, sparse_dsmap - agree/ds.h, agree/dsmap.h: what is not
 * stored has the value that floor or prior give it, over all K classes.
 * The skill of the latter two is the chance of being right on classes as the worker met them,
 *
 *	sum_c n_wc e_w[c][c] / sum_c n_wc	n_wc = expected labels of w on class c
 *
 * and not as in the dense methods under the class prior, where most weight would fall
 * on classes that he never met. */
sparse_fn sparse_onecoin, sparse_ds, sparse_dsmap;

/* sparse_auto - what `auto` takes when confusion tables would be too big: the mean of the posteriors of two
 * models with one number s_w a worker,
 *
 *	log q_t(c) = log p_c + b_t sum over labels (w,l) of [ln s_w if l = c, else ln (1 - s_w) + ln u_l - ln (1 - u_c)]
 *
 * of which one is blind to the classes, p_c = u_c = 1/K, and one is not: p_c = (n_c + 1)/(N + K), n_c of N labels
 * say c; u_c, where wrong answers fall, = (expected wrong labels that say c + (1 + K n_c/(N+1))/2) / (all wrong + K).
 * Two who agree on a rare class then know more than two who agree on one that everybody says.  s_w is the posterior
 * mean over 24 accuracies from .005 to .995, whose shares among the workers are learned (one pseudo worker each): a
 * worker with few labels is taken for one of the crowd, and spammers are a part of it.
 * b_t = 1/(1 + rho (n_t - 1)) and the output damping are those of agree/hds.h.  p_c is not learned from q: with few
 * labels the popular classes then take more and more.
 *
 *   o->tol       stop when that share of a task's probability has moved, on average; default 2e-4
 *   o->max_iter  default 100, of each model
 *   out          prior of the second model; skill the mean of both; objective 0; n_iter the larger
 * The source is this project.  Simulated: 20000 tasks of 1000 classes (Zipf), 5 labels a task, 5 to 20 a worker,
 * skills .7 +- .2, 15 % spammers; wrong answers uniform, as frequent as the class, mostly on three neighbours, or half
 * of them on one class that the task resembles; in the lower rows a fifth of the tasks is hard.  Accuracy / log loss:
 *
 *	              uniform     frequent    neighbours  resembling
 *	majority     .914/ .74   .912/ .69   .888/ .71   .875/ .72
 *	onecoin      .941/ .38   .914/ .60   .911/ .65   .896/ .75
 *	ds           .726/1.73   .564/3.30   .555/3.06   .614/2.77
 *	ds-map       .907/1.29   .867/1.84   .862/1.90   .852/2.05
 *	sparse_auto  .962/ .25   .942/ .26   .920/ .35   .906/ .42
 *	hard tasks: majority     .813/1.57   .790/1.64   .770/1.59   .751/1.58
 *	            onecoin      .859/1.29   .782/1.92   .784/1.93   .764/2.14
 *	            ds-map       .840/2.21   .745/3.52   .747/3.49   .735/3.66
 *	            sparse_auto  .879/1.12   .821/1.27   .796/1.37   .775/1.48
 *
 * It has no confusions: with few classes and systematic errors (duck, rel, trec) hds is far better. */
sparse_fn sparse_auto;

/* sparse_of - the sparse variant of a dense method, or NULL */
sparse_fn *sparse_of(agree_fn *dense);

/* sparse_argmax - mv_argmax (agree/mv.h) for sparse rows; tie may be NULL */
void sparse_argmax(const struct sparse_fit *f, uint32_t *winner, uint8_t *tie);

#endif
