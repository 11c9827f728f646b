/* kos - Karger, Oh and Shah's message passing.
 *
 * For two classes, A = +1 where the label is the class and -1 elsewhere; messages run over
 * the labels (t, w), always without what came from the receiver:
 *
 *	x[t->w] = sum over the other labels (t, w') of A y[w'->t]
 *	y[w->t] = sum over the other labels (t', w) of A x[t'->w],  scaled to mean square 1
 *
 * from y about N(1, 1), drawn for each label from (seed, t, w) alone, so no order of lines
 * matters.  Source: D. R. Karger, S. Oh, D. Shah (2014), "Budget-optimal task allocation
 * for reliable crowdsourcing systems", Operations Research 62(1):1-24, algorithm 1.
 *
 * The paper gives a sign, no probability.  Here
 *
 *	p[t] = (1 + sum of A y / sum of |y|) / 2
 *
 * the share of the message weight that speaks for the class.  It is a share, not
 * a calibrated chance.  More than two classes: each against the rest, p normalised over them;
 * there most A are -1 and the messages also follow volume: expect little of it.
 *
 * Against crowd-kit: scaling (its messages grow until they overflow, and it stops with what
 * is there), an exact 0 is a tie with p = 1/2 (there a KeyError), more than two classes.
 * Where no message is left (every worker has one label) the vote shares stand.
 */
#ifndef AGREE_KOS_H
#define AGREE_KOS_H

#include "agree/method.h"

/* agree_kos - o: threads, seed, gold (in the answer only), max_iter (default 100), tol (largest
 * change of a worker's sum against the largest sum; default 1e-9).
 * out: q; skill = (1 + sum of A x / sum of |x|) / 2 over the labels of w, mean over the
 * classes taken (1/2 when nothing is known); n_iter = of the class that took longest.
 * Time O(labels) an iteration and class, memory 12 bytes a label. */
void agree_kos(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
