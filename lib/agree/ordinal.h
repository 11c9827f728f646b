/* ordinal - classes that have an order: 0 < 1 < ... < K-1, the order of the choices.
 *
 * Dawid and Skene's model (agree/ds.h) whose confusion rows lean on distance.  Worker w,
 * who says l when the class is c with chance e[w][c][l], has
 *
 *	e[w][c][l] = (n_w[c][l] + A m_w[c][l]) / (n_w[c] + A),    A = K + 3
 *	m_w[c][l]  = r_w(|c - l|) / sum of r_w(|c - .|)
 *
 * n_w are the expected counts, and r_w(d) >= r_w(d+1) is how often w is d steps off: first for
 * all workers, R(d) = (N(d) + base(d)) / cells at distance d, base = 80, 20, 10, 5, ...
 * (4 right for 1 that is one step off, halving with every step further),
 * scaled to sum to 1 over a matrix; then r_w(d) = N_w(d) / cells + 2 (K + 3) R(d).  Both are
 * made unimodal by pooling adjacent violators, weighted by cells.  So a worker with few labels is taken for a typical one, one
 * who errs by one step is not suspected of erring by four, and with many labels his own
 * matrix, whatever its shape, wins: n_w needs no order.
 * Class prior: (sum of posteriors + 50) / (tasks with labels + 50 K).  The posterior of a task with
 * n labels is the prior times e of each label to the power of 1 / (1 + (n - 1)/4): errors on one
 * task are not independent (as agree/hds.h has it).
 *
 * These three keep EM from what it does alone on labels that are mostly a step off: it merges
 * neighbours, moves the prior, and is sure of it.  In simulated crowds (3 to 20 classes, 1 to 10
 * labels a task, spammers, workers who lean up or down, few labels a worker) the mean number of steps
 * off was 1.05 to 2.5 times as high with base = 4, 1, 1/2, ..., 1 for 50, and no damping; with them it is
 * below that of the median answer, of Dawid-Skene with a prior (agree/dsmap.h), and nearly always
 * of agree/hedge.h.
 *
 * The model is EM on Dawid, Skene (1979), JRSS C 28(1), with the prior of Raykar et al.
 * (2010), JMLR 11, section 4, as pseudo-counts re-estimated in each M step; unimodal error
 * curves: Barlow et al. (1972), "Statistical inference under order restrictions", ch. 1.
 *
 * The value of a task is the median of its posterior: it minimises the expected number of
 * steps off, where the most probable class minimises the chance of any error.
 */
#ifndef AGREE_ORDINAL_H
#define AGREE_ORDINAL_H

#include "agree/method.h"

#define ORDINAL_NONE UINT32_MAX    /* the value of a task without a posterior */

/* ordinal_fit - an agree_fn.
 *
 *   l    grouped; n_classes raised to the number of choices
 *   o    tol: largest change of a posterior, 1e-6 by default; at most 500 iterations by default;
 *        gold, counts, class_counts as there
 *   out  all arrays; skill[w] = chance to name the class, under the prior; the posterior of a task
 *        without labels is the prior; objective = 0: the prior of the model moves with the data
 * Same bits for any number of threads.  O(labels K + workers K^2) an iteration, 8 K^2 bytes a
 * worker three times. */
agree_fn ordinal_fit;

/* ordinal_medians - the least class whose cumulated posterior is at least 1/2.
 *
 *   value  out, n_tasks; ORDINAL_NONE for a row of zeros
 *   tie    out, n_tasks, or NULL: 1 when it is 1/2 (to 1e-9), so that the next class with a
 *          posterior would do as well; the lower one is taken */
void ordinal_medians(const double *q, size_t n_tasks, size_t n_classes, uint32_t *value, uint8_t *tie);

/* ordinal_steps - out[w]: mean number of steps between the labels of w and the classes, under the
 * posteriors; 0 for a worker without labels */
void ordinal_steps(const struct labels *l, const double *q, double *out);

#endif
