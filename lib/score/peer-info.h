/* peer-info - peer prediction from the joint counts of two workers, from forecasts, and by surrogates.
 *
 * For reports, as score/peer.h.  C classes; a matrix is C x C, row-major.
 */
#ifndef SCORE_PEER_INFO_H
#define SCORE_PEER_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "data/labels.h"
#include "score/quality.h"

/* peer_dmi - determinant based mutual information: det(m1) det(m2) / (ff(n1) ff(n2)), ff(n) = n (n-1) .. (n-C+1).
 *
 *   m1, m2  how often the worker said a and the peer b, on two halves of the tasks they share; each
 *           sums to n1, n2.  Fractions are fine: a virtual peer, the mean of several
 * Unbiased for the square of the determinant of the joint distribution; undefined when a half has fewer
 * than C tasks.  Exact up to 3 classes and 2^17 tasks.  Source: Kong (2020), SODA. */
struct measure peer_dmi(const double *m1, const double *m2, size_t C);

/* peer_dmi_all - of every worker against the mean of his peers on each task.
 *
 *   half  n_tasks: 0 or 1, drawn after the labels were given
 *   out   n_workers
 * O(labels x labels of a task + W C^3); C <= PEER_DMI_CLASSES */
enum { PEER_DMI_CLASSES = 64 };
void peer_dmi_all(const struct labels *l, const uint8_t *half, struct measure *out);

enum peer_f { PEER_TVD, PEER_KL, PEER_CHI2, PEER_HELLINGER };

/* peer_fmi - f-mutual information of the joint distribution U = joint / sum, margins u and v:
 * TVD 1/2 sum |U - uv|, KL sum U log(U/uv) in nats, chi2 sum (U - uv)^2 / uv, Hellinger
 * sum (sqrt U - sqrt uv)^2.  The plug-in is biased upwards, by some (C-1)^2 / 2n (KL).
 * joint: >= 0; undefined when all is 0.  Source: Kong, Schoenebeck (2019), ACM TEAC 7(1). */
struct measure peer_fmi(const double *joint, size_t C, enum peer_f f);

struct bts {
	double information, prediction, score;    /* score = information + alpha prediction; alpha in it only */
};

#define BTS_FLOOR 1e-6

/* peer_bts - Bayesian truth serum on one question: x_k = share of the n who said k, y_k = geometric mean
 * of their forecasts; information log(x_k / y_k) for the own k, prediction
 * sum_k x_k log(y_ik / x_k).  At alpha = 1 the scores sum to 0.
 *
 *   said      n, below K
 *   forecast  n x K, each row what one expects others to say, sums to 1; less than BTS_FLOOR counts as it
 * n > 0.  Everyone is counted himself too.  Source: Prelec (2004), Science 306:462. */
void peer_bts(const uint32_t *said, const double *forecast, size_t n, size_t K, double alpha, struct bts *out);

/* peer_ssr_table - scores s(a,z) whose mean over z ~ T(y,.) is [a = y]: s = inverse of T, transposed.
 *
 *   T  T(y,z) = chance that a peer says z where y is true; rows sum to 1
 *   s  out, C x C
 * False when T cannot be inverted.  Source: Liu, Wang, Chen (2020), EC. */
bool peer_ssr_table(const double *T, size_t C, double *s);

/* peer_ssr - mean over the worker's tasks with a peer of the mean of s(x_it, x_jt) over the peers j: an unbiased
 * estimate of the accuracy where peers err independently; may be below 0 or above 1.
 * O(labels x labels of a task) */
void peer_ssr(const struct labels *l, const double *s, struct measure *out);

#endif
