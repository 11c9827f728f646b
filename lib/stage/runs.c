#include "stage/runs.h"

#include "base/par.h"

enum { COLUMNS = 3, WORTH_A_THREAD = 2048 };

/* The columns: the largest table first. */
struct job {
	const struct quick_run *run;
	size_t n_runs;
	struct intern *table[COLUMNS];
	uint32_t *id[COLUMNS];
};

static void intern_column(void *ctx, size_t k)
{
	static const size_t member[COLUMNS] = {
		offsetof(struct quick_label, task), offsetof(struct quick_label, worker), offsetof(struct quick_label, key)
	};
	const struct job *j = ctx;
	uint32_t *id = j->id[k];

	for (size_t i = 0; i < j->n_runs; i++) {
		const char *first = (const char *)j->run[i].label + member[k];
		intern_many(j->table[k], (const struct str *)(const void *)first, sizeof *j->run->label, j->run[i].n, id);
		id += j->run[i].n;
	}
}

bool runs_take(struct labels *l, struct intern *tasks, struct intern *workers, struct intern *values,
               const struct quick_run *run, size_t n_runs, unsigned threads, struct err *e)
{
	size_t from = l->n, n = 0;

	for (size_t i = 0; i < n_runs; i++)
		n += run[i].n;
	if (!labels_extend(l, n))
		return err_set(e, "too many labels");
	struct job j = { run, n_runs, { tasks, workers, values }, { l->task + from, l->worker + from, l->value + from } };
	par_for(n < WORTH_A_THREAD ? 1 : threads, COLUMNS, intern_column, &j);
	return true;
}
