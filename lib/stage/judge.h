/* judge - what the other workers on a task say, the judged label left out.
 *
 * Holds the consensus model as it stands in the stream: the posterior of each
 * task and the confusion matrix of each worker.  Later records of the same
 * task or worker replace earlier ones.  Classes here are the names that posteriors
 * use (rec/value.h, value_name).
 */
#ifndef STAGE_JUDGE_H
#define STAGE_JUDGE_H

#include "data/intern.h"
#include "rec/rec.h"

struct judge_cell {
	uint32_t truth, label;          /* names; truth of a posterior, label 0 */
	double p;
};

/* cells [from, from + n) belong to one task or worker; n = 0: none */
struct judge_span {
	size_t from;
	uint32_t n;
	bool known;                     /* there was a record, if only one without cells */
};

struct judge {
	struct intern names;
	struct judge_cell *cell;
	size_t n_cells, cap_cells;
	struct judge_span *posterior;   /* by task id of the caller */
	size_t n_posteriors, cap_posteriors;
	struct judge_span *confusion;   /* by worker id of the caller */
	size_t n_confusions, cap_confusions;
	uint64_t consensus_replaced, skills_replaced;
};

/* judge_consensus, judge_skill - keep the model of a task or worker; false and *e when it
 * is bad input: then what was there before stays */
bool judge_consensus(struct judge *j, uint32_t task, const struct rec_consensus *c, struct err *e);
bool judge_skill(struct judge *j, uint32_t worker, const struct rec_skill *s, struct err *e);

/* what an account of the person who is left out said of the task: INTERN_NONE, a value that no posterior names */
struct judge_said {
	uint32_t worker, name;
};

/* judge_others - the value that the others on the task agree on, by dividing the
 * factors of a person's labels out of the posterior.
 *
 *   said        one for each of his accounts that labelled the task, n >= 1
 *   winner      out: the name with the largest probability
 *   confidence  out: that probability
 * Each must have judge_has.  Returns false when two names share the largest probability: then there is no answer.
 * O(classes in the posterior * log of the cells of the worker's matrix). */
bool judge_others(const struct judge *j, uint32_t task, const struct judge_said *said, size_t n, uint32_t *winner,
                  double *confidence);

/* judge_has - is there a posterior for the task and a matrix for the worker?  judge_knows - a matrix? */
bool judge_has(const struct judge *j, uint32_t task, uint32_t worker);
bool judge_knows(const struct judge *j, uint32_t worker);

/* The model's posterior of a task made again, from some of its labels: prior times factors.  For tasks with gold, whose own
 * posterior may have seen it. */

/* judge_prior - the classes that posteriors name, each with the sum of its probabilities over the tasks: the model's prior,
 * up to a factor (agree/ds.h).  Owned by the caller, *n of them; n = 0, and NULL, when there are none, or more than
 * JUDGE_CLASSES, which no model with matrices has.  O(cells of all posteriors). */
enum { JUDGE_CLASSES = 1024 };
struct judge_cell *judge_prior(const struct judge *j, size_t *n);

/* judge_multiply - a label's factors into a posterior of n classes, which need not sum to 1; judge_divide - as judge_others,
 * of this posterior.  The workers must be ones of judge_knows. */
void judge_multiply(const struct judge *j, struct judge_cell *posterior, size_t n, struct judge_said said);
bool judge_divide(const struct judge *j, const struct judge_cell *posterior, size_t n, const struct judge_said *said,
                  size_t n_said, uint32_t *winner, double *confidence);

void judge_release(struct judge *j);

#endif
