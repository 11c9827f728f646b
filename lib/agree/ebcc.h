/* ebcc - enhanced Bayesian classifier combination: correlated workers through subtypes.
 *
 *	class z_t ~ nu; subtype m_t of M given the class ~ eta_z; Pr(w says l | z, m) = v_w[z,m,l]
 *
 * Tasks of one class that mislead everybody form a subtype of their own, so the errors of the
 * crowd need not be independent given the class.  Source: Y. Li, B. Rubinstein, T. Cohn
 * (2019), "Exploiting worker correlation for label aggregation in crowdsourcing", ICML,
 * section 4: mean field, with rho[t,z,m] the posterior and psi the digamma function
 *
 *	rho ~ exp( E ln nu_z + E ln eta_zm + sum over labels of E ln v_w[z,m,l] )
 *	nu: Dirichlet(vote shares summed over tasks + sum rho)
 *	eta_z: Dirichlet(a/M + sum_t rho[t,z,.]), a = 0.1
 *	v_w[z,m,.]: Dirichlet(4 on l = z, 1 off it, + sum rho over the tasks that w labelled l)
 *
 * Start: vote shares, spread over the subtypes by Dirichlet(1) draws; several starts, the
 * one with the largest bound (objective; ELBO with all constants) is kept.
 * Gold: rho is 0 off the true class.  Counts of earlier days are added to the prior of v
 * in every subtype (they do not know subtypes), class counts to that of nu.
 * Tasks without labels: the class prior.  One class: q = 1.
 */
#ifndef AGREE_EBCC_H
#define AGREE_EBCC_H

#include "agree/method.h"

/* agree_ebcc - M = 10, four starts; agree_ebcc_with - as said.
 *
 *   o->tol       stop when no q moved by more, default 1e-4; o->max_iter a start, default 500
 *   o->seed      of the starts
 *   out          q = sum_m rho; prior = mean of nu; e[w,z,l] = mean of v, subtypes weighted by
 *                their share; counts; skill = sum_z prior e[z,z]; objective
 * A step takes O(labels K M + tasks K M exp + workers K^2 M digamma); memory 8 K M bytes a
 * task, 16 K^2 M a worker, at most 8 a label. */
void agree_ebcc(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);
void agree_ebcc_with(const struct labels *l, const struct agree_opt *o, unsigned subtypes, unsigned starts,
                     struct agree_fit *out);

#endif
