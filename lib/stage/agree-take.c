/* What the stage keeps of each record. */
#include "stage/agree-part.h"

#include "base/mem.h"
#include "rec/value.h"
#include "stage/runs.h"

/* A value that is no scalar needs a task record before it, which says that it may be. */
static bool take_value(struct agree *s, struct str task, const struct json_field *value, struct err *e)
{
	const struct task_info *info = tasks_info(&s->table, task);

	return task_value_fits(info ? info->type : TASK_CLASS, value, e) && value_key_any(value, &s->key, e);
}

static bool take_label(struct agree *s, const struct json_record *r, struct err *e)
{
	struct rec_label l;

	if (!rec_label(r, &s->scratch, &l, e) || !take_value(s, l.task, &l.value, e))
		return false;
	if (!labels_add(&s->labels, intern(&s->tasks, l.task), intern(&s->workers, l.worker),
	                intern(&s->values, buf_str(&s->key))))
		return err_set(e, "too many labels");
	return true;
}

/* Gold of a task that nobody labels is kept apart: it makes no task of its own. */
static bool take_gold(struct agree *s, const struct json_record *r, struct err *e)
{
	struct rec_gold g;

	if (!rec_gold(r, &s->scratch, &g, e) || !take_value(s, g.task, &g.value, e))
		return false;
	uint32_t i = intern(&s->gold_tasks, g.task);
	if (i >= s->cap_gold) {
		s->cap_gold = mem_grow(s->cap_gold, (size_t)i + 256);
		s->gold = mem_realloc(s->gold, s->cap_gold, sizeof *s->gold);
	}
	if (i >= s->n_gold)
		s->n_gold = (size_t)i + 1;
	s->gold[i] = intern(&s->values, buf_str(&s->key));
	return true;
}

bool agree_take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	struct agree *s = stage;
	struct rec_skill k;
	struct rec_task t;

	arena_reset(&s->scratch);
	buf_reset(&s->key);
	if (str_is(kind, "label"))
		return take_label(s, r, e);
	if (str_is(kind, "gold"))
		return take_gold(s, r, e);
	if (str_is(kind, "task")) {
		if (!rec_task(r, &s->scratch, &t, e) || !tasks_take(&s->table, &t, e))
			return false;
		groups_take(&s->groups, &t);
		return true;
	}
	/* behind labels, a skill was made from them, and its counts would count them twice */
	if (str_is(kind, "skill") && s->labels.n == 0)
		return rec_skill(r, &s->scratch, &k, e) && (k.type.p || earlier_take(&s->earlier, &k, e));
	return true;
}

/* ---- many at once ------------------------------------------------------------------ */

bool agree_take_labels(void *stage, const struct quick_run *run, size_t n_runs, struct err *e)
{
	struct agree *s = stage;

	if (!runs_take(&s->labels, &s->tasks, &s->workers, &s->values, run, n_runs, s->options.threads, e))
		return false;
	s->labels.n_tasks = s->tasks.n;
	s->labels.n_workers = s->workers.n;
	s->labels.n_classes = s->values.n;
	return true;
}
