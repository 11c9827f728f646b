/* hds - hierarchical Dawid-Skene, calibrated.
 *
 * A worker's confusion rows shrink to (his accuracy) x (the shape of the whole crowd's
 * errors), with a strength that is learned; a task is easy or hard (on a hard one a label
 * is mostly a guess); and n labels on a task count as n/(1 + rho(n-1)), because their errors
 * are not independent.  Source: this project, from the partial pooling of Paun et al.
 * (2018), "Comparing Bayesian models of annotation", TACL 6, and the class prior of
 * Dawid & Skene (1979).
 *
 * With K classes, N labels, T tasks that have labels, W workers, n_t labels on task t,
 * c_w[l,z] expected counts (label l, class z), kappa = 2, 8, 32, 128, 1000:
 * 1. P = sum_w c_w, mu = tr P / sum P, s_w = (tr c_w + 5 mu)/(sum c_w + 5) within
 *    [1e-6, 1 - 1e-6]; O[.,z] = off-diagonal of P/col + pseudo counts (10/(K+3), 40/(K+3) on
 *    the diagonal), scaled to 1; m_w[z,z] = s_w, m_w[l,z] = (1 - s_w) O[l,z].
 * 2. r_wj = softmax over j of ln mix_j + ln Dirichlet-multinomial(c_w | kappa_j m_w);
 *    mix_j = (sum_w r_wj + 1)/(W + 5); e_w = sum_j r_wj (c_w + kappa_j m_w)/(n_wz + kappa_j);
 *    e on a hard task = .1 e + .9 u_l, u_l = .5 n_l/N + .5/K.
 * 3. p_z = (sum_t qp_t(z) + 50)/(T + 50 K).
 * 4. Q_t(z,d) = softmax of b_t sum_i ln e_d + ln p_z + ln h_d, b_t = 1/(1 + rho(n_t - 1)), rho = .05;
 *    q_t = sum over d; qp is the same with b_t = 1.
 * 5. h_d = (sum_t Q(.,d) + 10)/(T + 20); c = counts(Q_easy) + counts(Q_hard) .1 e / e_hard.
 * Until max |change of q| < tol (1e-4) or max_iter (60).
 *
 * Gold: Q is 0 off the true class.  Counts of earlier days are added to c, class counts to
 * the sum in 3.  One class: q, prior, e and skill are 1.  A task without labels has the class
 * prior as posterior and does not count in it.
 */
#ifndef AGREE_HDS_H
#define AGREE_HDS_H

#include "agree/method.h"

#define HDS_RHO 0.05        /* damping inside the model */
#define HDS_RHO_OUT 0.25    /* damping of what is reported */

/* agree_hds - fit and report: agree_hds_raw, then agree_damp(HDS_RHO, HDS_RHO_OUT).
 *
 * Fills q, skill (sum_z p_z e[z,z]: chance to be right on an easy task), prior, e (of easy
 * tasks), counts (c of step 5, before earlier days).  objective is 0: with the damping the
 * steps climb no common function.
 * An iteration takes O(labels K + tasks K exp + workers K^2 lgamma).  Memory: 24 K bytes a task,
 * 64 K^2 a worker, at most 8 a label. */
void agree_hds(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

/* agree_hds_raw - the same with q as the model has it, before the output damping */
void agree_hds_raw(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

/* agree_damp - posteriors that claim no more than correlated labels can know.
 *
 *   q  n_tasks x K, in and out: row t becomes proportional to q^g with
 *      g = (1 + rho(n_t - 1)) / (1 + rho_out(n_t - 1))
 *   rho      what the model has damped already (0 for most); rho_out what to damp to
 *   gold     as in agree_opt; such rows stay; NULL = none
 * The order of the classes does not change, so the winner stays (0 counts as 1e-300).
 * O(tasks K). */
void agree_damp(const struct labels *l, const uint32_t *gold, double rho, double rho_out, unsigned threads, double *q);

#endif
