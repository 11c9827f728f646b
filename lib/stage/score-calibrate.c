#include "stage/score-calibrate.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stage/score-part.h"

static bool has_one_value(enum task_type t)
{
	return t == TASK_CLASS || t == TASK_ORDINAL || t == TASK_PAIR;
}

bool score_calibrate(const void *stage, uint32_t block, unsigned threads, struct rule_policy *p, struct rule_pilot *out,
                     uint64_t *n_other, struct err *e)
{
	const struct score *s = stage;
	size_t n_people, n = 0;
	uint32_t *identity = people_number(&s->people, &s->workers, &n_people);
	uint32_t *task = mem_big(s->labels.n, sizeof *task), *worker = mem_big(s->labels.n, sizeof *worker);
	uint32_t *value = mem_big(s->labels.n, sizeof *value), *gold = mem_alloc(s->tasks.n, sizeof *gold);

	for (size_t t = 0; t < s->tasks.n; t++)
		gold[t] = t < s->n_gold ? s->gold[t] : RULE_NO_GOLD;
	for (size_t i = 0; i < s->labels.n; i++) {
		if (!has_one_value(score_type(s, intern_str(&s->tasks, s->labels.task[i]))))
			continue;
		task[n] = s->labels.task[i];
		worker[n] = s->labels.worker[i];
		value[n++] = s->labels.value[i];
	}
	*n_other = s->labels.n - n;
	struct rule_log log = {
		.n = n, .task = task, .worker = worker, .value = value, .n_tasks = s->tasks.n, .n_workers = s->workers.n,
		.n_values = s->values.n, .identity = identity, .n_identities = n_people, .gold = gold,
	};
	_Static_assert(RULE_NO_GOLD == INTERN_NONE, "gold is handed on as it is");
	bool good = rule_calibrate(&log, block, threads, p, out, e);
	free(identity);
	free(task);
	free(worker);
	free(value);
	free(gold);
	return good;
}
