/* zencrowd - the one-coin model without a class prior.
 *
 * As agree/onecoin.h with prior[c] = 1/K for all c, always.  It is the inference of
 * G. Demartini, D. E. Difallah, P. Cudre-Mauroux (2012), "ZenCrowd", WWW 2012, section 4,
 * without the constraints between tasks that are particular to entity linking, and by EM
 * (soft posteriors) where they pass messages.
 */
#ifndef AGREE_ZENCROWD_H
#define AGREE_ZENCROWD_H

#include "agree/method.h"

/* agree_zencrowd - options, results and cost as agree_onecoin; o->class_counts is not used */
void agree_zencrowd(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
