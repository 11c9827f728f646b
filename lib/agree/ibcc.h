/* ibcc - independent Bayesian classifier combination, by variational inference.
 *
 *	prior ~ Dirichlet(1, ..., 1);  e[w][c][.] ~ Dirichlet(off + (diag - off) [l = c]), 4 and 1
 *
 * with a factorised posterior over classes, prior and e:
 *
 *	E ln e[w][c][l] = psi(n[w][c][l] + alpha[c][l]) - psi(sum over l of the same)
 *	E ln prior[c]   = psi(sum of q[.,c] + 1) - psi(tasks + K)
 *	q[t,.]          = softmax(E ln prior + sum of E ln e over the labels)
 *
 * Source: H.-C. Kim, Z. Ghahramani (2012), "Bayesian classifier combination", AISTATS; the
 * variational form of E. Simpson, S. Roberts, I. Psorakis, A. Smith (2013), "Dynamic Bayesian
 * combination of multiple imperfect classifiers", section 3.  With tol = 1e-3 the posteriors
 * are those of the code of Li, Rubinstein and Cohn (ICML 2019) to 1e-9.
 */
#ifndef AGREE_IBCC_H
#define AGREE_IBCC_H

#include "agree/method.h"

/* agree_ibcc - fit the model.
 *
 *   o->tol       stop when no posterior moved by more; default 1e-5
 *   o->max_iter  iterations; default 500
 *   o->counts, class_counts  of earlier days: they add to the Dirichlet parameters
 *   out          q; prior and e = means of their posteriors; skill = sum of prior[c] e[w][c][c];
 *                counts; objective = the evidence lower bound of today's labels given the
 *                earlier counts, which no iteration lowers (without gold; with gold, of both)
 * Time O(labels K + tasks K exp + workers K^2 psi) an iteration; memory: agree/em.h. */
void agree_ibcc(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
