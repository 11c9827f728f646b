/* The labels of one type of tasks, out of all that the stage holds. */
#include "stage/agree-part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rec/value.h"

_Static_assert(AGREE_NO_GOLD == INTERN_NONE, "a task without gold is the same in both");

/* ---- gold ------------------------------------------------------------------------- */

static void find_gold(struct part *p)
{
	const struct agree *s = p->s;

	if (!s->n_gold || s->options.gold == AGREE_GOLD_IGNORE)
		return;
	p->gold = mem_alloc(p->l.n_tasks, sizeof *p->gold);
	for (uint32_t t = 0; t < p->l.n_tasks; t++) {
		uint32_t i = intern_find(&s->gold_tasks, ids_str(&p->tasks, t));
		p->gold[t] = i == INTERN_NONE ? AGREE_NO_GOLD : s->gold[i];
	}
}

/* ---- labels ------------------------------------------------------------------------- */

static void group(struct part *p, unsigned how)
{
	struct agree *s = p->s;

	/* two answers of one worker to the whole task are not two workers */
	if (s->options.repeats == AGREE_REPEATS_KEEP && p->type != TASK_BOX && p->type != TASK_SPAN)
		how |= LABELS_REPEATS;
	labels_group_threads(&p->l, how, s->options.threads);
	s->totals.labels += p->l.n;
	s->totals.tasks += p->l.n_tasks;
	s->totals.replaced += p->l.n_replaced;
}

void part_init_all(struct part *p, struct agree *s)
{
	*p = (struct part){ .s = s, .type = TASK_CLASS, .list = TASK_NO_LIST, .l = s->labels,
	                    .tasks = { .in = &s->tasks }, .workers = { .in = &s->workers } };
	group(p, s->last ? 0 : LABELS_COLUMNS);
	if (s->last)
		s->labels = (struct labels){ 0 };
	p->l.task = p->l.worker = p->l.value = NULL;    /* they belong to s->labels, or are gone */
	p->l.cap = 0;
	find_gold(p);
}

/* Numbers in order of first appearance, as the part alone would have given them. */
static uint32_t number(uint32_t id, uint32_t *new, uint32_t *old, size_t *n)
{
	if (new[id] == INTERN_NONE) {
		new[id] = (uint32_t)*n;
		old[(*n)++] = id;
	}
	return new[id];
}

static uint32_t *none(size_t n)
{
	uint32_t *a = mem_alloc(n, sizeof *a);

	memset(a, 0xff, n * sizeof *a);
	return a;
}

void part_init(struct part *p, struct agree *s, enum task_type type, uint32_t list, const uint8_t *type_of_task,
               const uint32_t *list_of_task)
{
	uint32_t *task = none(s->tasks.n), *worker = none(s->workers.n);
	size_t n_tasks = 0, n_workers = 0;

	*p = (struct part){ .s = s, .type = type, .list = list };
	p->task_of = mem_alloc(s->tasks.n, sizeof *p->task_of);
	p->worker_of = mem_alloc(s->workers.n, sizeof *p->worker_of);
	for (size_t i = 0; i < s->labels.n; i++) {
		uint32_t t = s->labels.task[i], w = s->labels.worker[i];
		if (type_of_task[t] != type || (type == TASK_ORDINAL && list_of_task[t] != list))
			continue;
		bool fits = labels_add(&p->l, number(t, task, p->task_of, &n_tasks),
		                       number(w, worker, p->worker_of, &n_workers), s->labels.value[i]);
		BUG_ON(!fits);          /* they are some of those that fitted */
	}
	p->tasks = (struct ids){ &s->tasks, p->task_of };
	p->workers = (struct ids){ &s->workers, p->worker_of };
	p->l.n_classes = s->values.n;
	group(p, 0);
	find_gold(p);
	free(task);
	free(worker);
}

void part_release(struct part *p)
{
	labels_release(&p->l);
	free(p->task_of);
	free(p->worker_of);
	free(p->gold);
}

/* ---- values --------------------------------------------------------------------------- */

bool *part_used(const struct part *p)
{
	bool *used = mem_zalloc(p->s->values.n, sizeof *used);

	for (size_t i = 0; i < p->l.n; i++)
		used[p->l.t_value[i]] = true;
	for (size_t t = 0; p->gold && t < p->l.n_tasks; t++)
		if (p->gold[t] != AGREE_NO_GOLD)
			used[p->gold[t]] = true;
	return used;
}

/* where a bad value stands */
struct place {
	uint32_t task, worker;          /* worker INTERN_NONE: the gold */
};

static bool say(const struct part *p, struct place at, uint32_t value, const char *why, struct err *e)
{
	struct buf b = BUF_INIT;

	value_put(&b, part_key(p, value));
	struct str task = ids_str(&p->tasks, at.task), v = { b.p, b.n > 60 ? 60 : b.n };
	if (at.worker == INTERN_NONE)
		err_set(e, "task \"%.*s\": the gold %.*s %s", STR_FMT(task), STR_FMT(v), why);
	else
		err_set(e, "task \"%.*s\": the label %.*s of worker \"%.*s\" %s", STR_FMT(task), STR_FMT(v),
		        STR_FMT(ids_str(&p->workers, at.worker)), why);
	buf_release(&b);
	return false;
}

bool part_bad_at(const struct part *p, uint32_t task, uint32_t worker, uint32_t value, const char *why, struct err *e)
{
	return say(p, (struct place){ task, worker }, value, why, e);
}

bool part_bad(const struct part *p, uint32_t value, const char *why, struct err *e)
{
	const struct labels *l = &p->l;

	for (uint32_t t = 0; t < l->n_tasks; t++) {
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			if (l->t_value[i] == value)
				return say(p, (struct place){ t, l->t_worker[i] }, value, why, e);
		if (p->gold && p->gold[t] == value)
			return say(p, (struct place){ t, INTERN_NONE }, value, why, e);
	}
	BUG_ON(true);                   /* a value that nothing has */
	return false;
}

/* ---- choices ---------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* the choices of each list as ids in s->values, ascending; those that nobody said are left out */
struct allowed {
	uint32_t **id;
	size_t *n;
};

static void allow(struct allowed *a, const struct agree *s)
{
	size_t lists = s->table.list_text.n;

	a->id = mem_alloc(lists, sizeof *a->id);
	a->n = mem_zalloc(lists, sizeof *a->n);
	for (size_t i = 0; i < lists; i++) {
		const struct task_list *c = &s->table.list[i];
		a->id[i] = mem_alloc(c->n, sizeof *a->id[i]);
		for (size_t k = 0; k < c->n; k++) {
			uint32_t v = intern_find(&s->values, c->key[k]);
			if (v != INTERN_NONE)
				a->id[i][a->n[i]++] = v;
		}
		qsort(a->id[i], a->n[i], sizeof *a->id[i], by_number);
	}
}

static void disallow(struct allowed *a, size_t lists)
{
	for (size_t i = 0; i < lists; i++)
		free(a->id[i]);
	free(a->id);
	free(a->n);
}

static bool is_allowed(const struct allowed *a, uint32_t list, uint32_t value)
{
	return a->n[list] && bsearch(&value, a->id[list], a->n[list], sizeof value, by_number);
}

static bool check_task(const struct part *p, uint32_t t, const struct allowed *a, uint32_t list, struct err *e)
{
	const struct labels *l = &p->l;
	const char *why = "is not among the choices";

	for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		if (!is_allowed(a, list, l->t_value[i]))
			return say(p, (struct place){ t, l->t_worker[i] }, l->t_value[i], why, e);
	if (p->gold && p->gold[t] != AGREE_NO_GOLD && !is_allowed(a, list, p->gold[t]))
		return say(p, (struct place){ t, INTERN_NONE }, p->gold[t], why, e);
	return true;
}

bool part_check_choices(const struct part *p, struct err *e)
{
	const struct agree *s = p->s;
	struct allowed a;
	bool good = true;

	if (!s->table.any_list)
		return true;
	allow(&a, s);
	for (uint32_t t = 0; good && t < p->l.n_tasks; t++) {
		const struct task_info *info = tasks_info(&s->table, ids_str(&p->tasks, t));
		if (info && info->list != TASK_NO_LIST)
			good = check_task(p, t, &a, info->list, e);
	}
	disallow(&a, s->table.list_text.n);
	return good;
}

/* ---- records ---------------------------------------------------------------------------- */

void part_put(struct buf *b, struct sink *out)
{
	enum { PAGE = 1 << 16 };

	buf_adds(b, "}\n");
	if (b->n > PAGE) {
		sink_lines(out, buf_str(b));
		buf_reset(b);
	}
}

/* ---- words ------------------------------------------------------------------------------ */

void agree_note(struct agree *s, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	BUG_ON(n < 0);
	buf_adds(&s->notes, line);
	buf_addc(&s->notes, '\n');
}
