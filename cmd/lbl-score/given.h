/* given - what lbl-score takes from files besides its input: the policy, the list of reviewers. */
#ifndef LBL_SCORE_GIVEN_H
#define LBL_SCORE_GIVEN_H

#include "io/opt.h"
#include "stage/score.h"

/* given_policy - read a policy file; dies with 66, or with 78 when it is none */
void given_policy(const char *path, struct rule_policy *p);

/* given_reviewers - those named one by one, and those of a file (NULL: none), one a line; dies with 64, 66 or 78 */
void given_reviewers(void *stage, const struct opt_list *names, const char *path);

/* given_unhold - dies with 64 */
void given_unhold(void *stage, const struct opt_list *names);

/* given_explain - the worker whose score is explained, into *text; dies with 64 */
void given_explain(void *stage, const char *worker, struct buf *text);

#endif
