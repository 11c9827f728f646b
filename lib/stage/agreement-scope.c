#include "stage/agreement-scope.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/value.h"

/* ---- the domain ------------------------------------------------------------------------ */

static struct str key_of(const struct scopes *s, uint32_t class)
{
	return s->known.n ? intern_str(&s->known, class) : ids_str(&s->in->classes, class);
}

/* Lists of choices that tasks with labels have. */
static void find_lists(struct scopes *s)
{
	const struct agreement_of *in = s->in;
	bool any = false;

	if (!in->table || !in->table->any_list)
		return;
	s->list_of = mem_alloc(in->l->n_tasks, sizeof *s->list_of);
	for (uint32_t t = 0; t < in->l->n_tasks; t++) {
		const struct task_info *info = tasks_info(in->table, ids_str(&in->tasks, t));
		s->list_of[t] = info ? info->list : TASK_NO_LIST;
		any = any || s->list_of[t] != TASK_NO_LIST;
	}
	if (any)
		return;
	free(s->list_of);
	s->list_of = NULL;
}

static void know_lists(struct scopes *s)
{
	const struct task_table *table = s->in->table;

	s->list = mem_zalloc(table->list_text.n, sizeof *s->list);
	for (size_t t = 0; t < s->in->l->n_tasks; t++) {
		uint32_t i = s->list_of[t];
		if (i == TASK_NO_LIST || s->list[i].class)
			continue;
		s->list[i] = (struct class_list){ mem_alloc(table->list[i].n, sizeof(uint32_t)), table->list[i].n };
		for (size_t k = 0; k < table->list[i].n; k++)
			s->list[i].class[k] = intern(&s->known, table->list[i].key[k]);
	}
}

static bool only_numbers(const struct scopes *s)
{
	for (uint32_t c = 0; c < s->known.n; c++)
		if (intern_str(&s->known, c).p[0] != 'n')
			return false;
	return s->known.n > 0;
}

/* On the command line a class is text alone: it is the class that has this text, or where all
 * classes are numbers the number, or a string. */
static uint32_t class_of_text(struct scopes *s, struct str text, bool numbers, struct buf *key)
{
	char digits[32];
	double x;

	for (const char *type = "nbs"; *type; type++) {
		buf_reset(key);
		buf_addc(key, *type);
		buf_addstr(key, text);
		uint32_t c = intern_find(&s->known, buf_str(key));
		if (c != INTERN_NONE)
			return c;
	}
	if (numbers && num_parse(text, &x)) {
		buf_reset(key);
		buf_addc(key, 'n');
		buf_add(key, digits, num_print(x == 0 ? 0 : x, digits));
	}
	return intern(&s->known, buf_str(key));
}

static void know_choices(struct scopes *s)
{
	const char *p = s->o->choices, *end = p + s->o->n_choices;
	bool numbers = only_numbers(s);
	struct buf key = BUF_INIT;
	size_t n = 1;

	for (const char *c = p; c < end; c++)
		n += *c == ',';
	s->choice.class = mem_alloc(n, sizeof *s->choice.class);
	while (s->choice.n < n) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t len = (size_t)((comma ? comma : end) - p);
		s->choice.class[s->choice.n++] = class_of_text(s, (struct str){ p, len }, numbers, &key);
		p += len + 1;
	}
	buf_release(&key);
}

static void rank_tasks(struct scopes *s)
{
	const struct ids *tasks = &s->in->tasks;
	uint32_t *rank = mem_alloc(tasks->in->n, sizeof *rank);

	intern_sort(tasks->in, rank, NULL);
	s->rank = mem_alloc(s->in->l->n_tasks, sizeof *s->rank);
	for (uint32_t t = 0; t < s->in->l->n_tasks; t++)
		s->rank[t] = rank[ids_id(tasks, t)];
	free(rank);
}

void scopes_init(struct scopes *s, const struct agreement_of *in, const struct agreement_options *o)
{
	*s = (struct scopes){ .in = in, .o = o, .n_classes = in->l->n_classes };
	find_lists(s);
	if (s->list_of || o->n_choices) {
		for (uint32_t c = 0; c < in->l->n_classes; c++)
			intern(&s->known, ids_str(&in->classes, c));
		if (s->list_of)
			know_lists(s);
		if (o->n_choices)
			know_choices(s);
		s->n_classes = s->known.n;
		s->order_first = s->list && in->order != TASK_NO_LIST;
		s->order = s->order_first ? &s->list[in->order] : o->n_choices ? &s->choice : NULL;
	}
	if (o->bootstrap)
		rank_tasks(s);
}

void scopes_release(struct scopes *s)
{
	for (size_t i = 0; s->list && i < s->in->table->list_text.n; i++)
		free(s->list[i].class);
	free(s->list);
	free(s->list_of);
	free(s->choice.class);
	free(s->rank);
	intern_release(&s->known);
}

/* ---- what classes are worth ---------------------------------------------------------------- */

struct str scope_class(const struct scope *g, uint32_t class)
{
	return key_of(g->of, g->class ? g->class[class] : class);
}

struct str scope_worker(const struct scope *g, uint32_t worker)
{
	return ids_str(&g->of->in->workers, g->worker ? g->worker[worker] : worker);
}

static bool find_numbers(struct scope *g)
{
	for (uint32_t c = 0; c < g->l.n_classes; c++) {
		struct str key = scope_class(g, c);
		if (key.p[0] != 'n' || !num_parse(value_name(key), &g->x[c]))
			return false;
	}
	return true;
}

/* places from 1; a class of the domain without one leaves all without */
static bool find_places(struct scope *g)
{
	const struct class_list *order = g->of->order;
	double *place = mem_zalloc(g->of->n_classes, sizeof *place);
	bool all = true;

	for (size_t i = 0; i < order->n; i++)
		place[order->class[i]] = (double)i + 1;
	for (uint32_t c = 0; c < g->l.n_classes; c++) {
		g->x[c] = place[g->class ? g->class[c] : c];
		all = all && g->x[c] > 0;
	}
	free(place);
	return all;
}

static void find_values(struct scope *g)
{
	const struct scopes *s = g->of;

	g->x = mem_alloc(g->l.n_classes, sizeof *g->x);
	if (s->order_first ? find_places(g) : find_numbers(g) || (s->order && find_places(g)))
		return;
	g->no_x = s->order ? COEF_NO_PLACE : COEF_NO_VALUES;
	free(g->x);
	g->x = NULL;
}

/* ---- scopes ----------------------------------------------------------------------------------- */

void scopes_whole(const struct scopes *s, struct scope *out)
{
	*out = (struct scope){ .of = s, .l = *s->in->l, .rank = s->rank };
	out->l.n_classes = s->n_classes;
	find_values(out);
}

void scope_release(struct scope *g)
{
	free(g->x);
	if (!g->has_group)
		return;         /* the labels and ranks of the whole are borrowed */
	labels_release(&g->l);
	free(g->task);
	free(g->worker);
	free(g->class);
	free(g->rank);
}

/* old numbers, each once, in ascending order, and the new ones by the old */
struct renumber {
	uint32_t *new;          /* INTERN_NONE for those that are not in */
	uint32_t *old;
	size_t n;
};

static void renumber_init(struct renumber *r, size_t n)
{
	*r = (struct renumber){ .new = mem_alloc(n, sizeof *r->new), .old = mem_alloc(n, sizeof *r->old) };
	memset(r->new, 0xff, n * sizeof *r->new);
}

static void renumber_add(struct renumber *r, uint32_t old)
{
	if (r->new[old] != INTERN_NONE)
		return;
	r->new[old] = 0;
	r->old[r->n++] = old;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t *renumber_finish(struct renumber *r)
{
	uint32_t *old = mem_alloc(r->n, sizeof *old);

	qsort(r->old, r->n, sizeof *r->old, ascending);
	for (size_t i = 0; i < r->n; i++)
		r->new[r->old[i]] = (uint32_t)i;
	memcpy(old, r->old, r->n * sizeof *old);
	return old;
}

static void renumber_clear(struct renumber *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->new[r->old[i]] = INTERN_NONE;
	r->n = 0;
}

static void renumber_release(struct renumber *r)
{
	free(r->new);
	free(r->old);
}

/* workspace for one group after another */
struct cutter {
	const struct scopes *s;
	struct renumber class, worker, list;
};

static void gather(struct cutter *k, const uint32_t *task, size_t n)
{
	const struct scopes *s = k->s;
	const struct labels *l = s->in->l;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = l->t_off[task[i]]; j < l->t_off[task[i] + 1]; j++) {
			renumber_add(&k->class, l->t_value[j]);
			renumber_add(&k->worker, l->t_worker[j]);
		}
		if (s->list_of && s->list_of[task[i]] != TASK_NO_LIST)
			renumber_add(&k->list, s->list_of[task[i]]);
	}
	for (size_t i = 0; i < k->list.n; i++)
		for (size_t c = 0; c < s->list[k->list.old[i]].n; c++)
			renumber_add(&k->class, s->list[k->list.old[i]].class[c]);
	for (size_t c = 0; c < s->choice.n; c++)
		renumber_add(&k->class, s->choice.class[c]);
}

/* The labels of some tasks, with numbers of their own in the order of the old ones. */
static void cut(struct cutter *k, const uint32_t *task, size_t n, struct scope *g)
{
	const struct labels *l = k->s->in->l;

	gather(k, task, n);
	g->class = renumber_finish(&k->class);
	g->worker = renumber_finish(&k->worker);
	g->task = mem_alloc(n, sizeof *g->task);
	g->rank = k->s->rank ? mem_alloc(n, sizeof *g->rank) : NULL;
	for (uint32_t i = 0; i < n; i++) {
		g->task[i] = task[i];
		if (g->rank)
			g->rank[i] = k->s->rank[task[i]];
		for (size_t j = l->t_off[task[i]]; j < l->t_off[task[i] + 1]; j++)
			labels_add(&g->l, i, k->worker.new[l->t_worker[j]], k->class.new[l->t_value[j]]);
	}
	g->l.n_classes = k->class.n;
	labels_group(&g->l, false);
	renumber_clear(&k->class);
	renumber_clear(&k->worker);
	renumber_clear(&k->list);
}

/* The tasks with labels by group: those of the i-th group are off[i] .. off[i+1]-1 of task, and name
 * is its name in groups. */
struct sorted {
	size_t n;
	uint32_t *name, *off, *task;
};

static void sort_tasks(const struct scopes *s, struct sorted *by)
{
	const struct groups *groups = s->in->groups;
	const struct labels *l = s->in->l;
	uint32_t *of = mem_alloc(l->n_tasks, sizeof *of);
	struct renumber seen;

	renumber_init(&seen, groups->names.n);
	for (uint32_t t = 0; t < l->n_tasks; t++) {
		bool any = l->t_off[t + 1] > l->t_off[t];
		uint32_t name = any ? groups_find(groups, ids_str(&s->in->tasks, t)) : INTERN_NONE;
		if (name != INTERN_NONE && seen.new[name] == INTERN_NONE) {
			seen.new[name] = (uint32_t)seen.n;
			seen.old[seen.n++] = name;
		}
		of[t] = name == INTERN_NONE ? INTERN_NONE : seen.new[name];
	}
	by->n = seen.n;
	by->name = seen.old;
	by->off = mem_zalloc(seen.n + 2, sizeof *by->off);
	by->task = mem_alloc(l->n_tasks, sizeof *by->task);
	for (size_t t = 0; t < l->n_tasks; t++)
		if (of[t] != INTERN_NONE)
			by->off[of[t] + 2]++;
	for (size_t i = 2; i < seen.n + 2; i++)
		by->off[i] += by->off[i - 1];
	for (uint32_t t = 0; t < l->n_tasks; t++)
		if (of[t] != INTERN_NONE)
			by->task[by->off[of[t] + 1]++] = t;
	free(seen.new);
	free(of);
}

void scopes_each_group(const struct scopes *s, void (*fn)(void *ctx, const struct scope *g), void *ctx)
{
	struct sorted by = { 0 };
	struct cutter k = { .s = s };

	if (!s->in->groups || !s->in->groups->names.n)
		return;
	sort_tasks(s, &by);
	renumber_init(&k.class, s->n_classes);
	renumber_init(&k.worker, s->in->l->n_workers);
	renumber_init(&k.list, s->list_of ? s->in->table->list_text.n : 0);
	for (size_t i = 0; i < by.n; i++) {
		struct scope g = { .of = s, .has_group = true, .group = intern_str(&s->in->groups->names, by.name[i]) };
		cut(&k, by.task + by.off[i], by.off[i + 1] - by.off[i], &g);
		find_values(&g);
		fn(ctx, &g);
		scope_release(&g);
	}
	renumber_release(&k.class);
	renumber_release(&k.worker);
	renumber_release(&k.list);
	free(by.name);
	free(by.off);
	free(by.task);
}
