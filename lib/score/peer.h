/* peer - how well a worker's answers predict those of the others, when nobody knows the truth.
 *
 * For reports and comparison, in doubles; what pays is in integers elsewhere.  None of these is
 * safe from people who agree beforehand: see the manual of lbl-score.
 *
 * l is a grouped label set (data/labels.h) whose values are the classes 0 .. K-1, K = l->n_classes; x_it is
 * what worker i said of task t, a peer is another worker who labelled it too.  out[] has a measure for each
 * worker.  All sums are exact: the order of tasks, workers and labels changes no bit.
 *
 *	agreement    mean over the worker's tasks with a peer of the share of peers who said the
 *	             same: von Ahn, Dabbish (2004), CHI.  Pays whoever says what most say
 *	PTS          mean over the same tasks of share / R(x_it) - 1, R a prior that is public, or (RPTS) the
 *	             classes of all labels of the other workers; where R is 0 nobody agrees and
 *	             share / R is 0.  Radanovic, Faltings, Jurca (2016), ACM TIST 7(4)
 *	CA           agreement on a task less agreement where there is no task in common, agreement of a
 *	             and b being S(a,b) = [Delta(a,b) > 0], Delta(a,b) = P(a,b) - P(a) P(b): Shnayder, Agarwal,
 *	             Frongillo, Parkes (2016), EC.  Of its three estimators
 *	               pairs   mean over (task b, peer j) of S(x_ib, x_jb) less the mean of S(x_ip, x_jq) over all tasks
 *	                       p of i and q of j, p != q, neither b; a peer without such tasks is passed over
 *	               pooled  B/n - c'S C / (m M): B = sum of S over the n pairs (task, peer), c the histogram of
 *	                       the worker's m labels, C that of the M labels of all others
 *	               once    mean over distinct peers j of (mean of S over the tasks they share
 *	                       - c_i'S c_j / (m_i m_j)): an identity weighs 1 however many tasks it shares
 *	DG           CA, pairs, with S(a,b) = [a = b]: Dasgupta, Ghosh (2013), WWW
 *
 * P(a,b) is over ordered pairs of labels of one task, every task with two labels or more weighing the same; P(a)
 * its margin.  S asks for Delta > 1e-12, so that what is independent does not count for rounding.
 */
#ifndef SCORE_PEER_H
#define SCORE_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/labels.h"
#include "score/quality.h"

/* most classes where something of their square is kept */
enum { PEER_CLASSES = 1024 };

/* peer_agreement - O(labels x labels of a task) */
void peer_agreement(const struct labels *l, struct measure *out);

/* peer_pts - prior: K chances, or NULL for RPTS; O(labels x labels of a task) */
void peer_pts(const struct labels *l, const double *prior, struct measure *out);

/* peer_delta - K x K, symmetric; false when no task has two labels; K <= PEER_CLASSES.
 * O(labels x labels of a task + K^2) */
bool peer_delta(const struct labels *l, double *delta);

enum peer_estimator { PEER_PAIRS, PEER_POOLED, PEER_ONCE };

enum peer_kernel {
	PEER_SAME,         /* S(a,b) = [a = b] */
	PEER_DELTA,        /* by Delta of all labels */
	PEER_DELTA_REST    /* by Delta of the labels of all other workers, so that nobody shapes his own S: to be
	                    * preferred where anything depends on it */
};

/* peer_ca - K <= PEER_CLASSES unless the kernel is PEER_SAME.  Memory 4 W K bytes and 17 K^2.
 * O(K x pairs (label, peer) + W K^2), for PEER_SAME without the last */
void peer_ca(const struct labels *l, enum peer_kernel kernel, enum peer_estimator estimator, struct measure *out);

/* ---- in integers, for what pays ---------------------------------------------------
 *
 * Q32: units of 2^-32.  Each term of the mean is cut to such a unit, downwards, and so is the mean: it is below
 * the measure above, by less than two units.  No number of classes, tasks or workers changes a bit. */

struct peer_q32 {
	int64_t mean;        /* 0 without terms; never above 2^53 */
	uint64_t n;          /* terms */
};

/* peer_pts_q32 - RPTS; terms are the worker's tasks with a peer */
void peer_pts_q32(const struct labels *l, struct peer_q32 *out);

/* peer_ca_q32 - the estimator "pairs"; terms are pairs (task, peer) */
void peer_ca_q32(const struct labels *l, enum peer_kernel kernel, struct peer_q32 *out);

#endif
