#include "roster.h"

#include <stdlib.h>

#include "base/mem.h"

/* ---- names to numbers ---------------------------------------------------- */

static uint32_t task_id(struct roster *r, struct str name)
{
	uint32_t id = intern(&r->tasks, name);

	BUG_ON(id == INTERN_NONE);
	if (id >= r->cap_tasks) {
		size_t cap = mem_grow(r->cap_tasks, id + (size_t)64);
		r->task = mem_realloc(r->task, cap, sizeof *r->task);
		memset(r->task + r->cap_tasks, 0, (cap - r->cap_tasks) * sizeof *r->task);
		r->cap_tasks = cap;
	}
	return id;
}

/* the caller fills in a worker who is new */
static uint32_t worker_id(struct roster *r, struct str name)
{
	uint32_t id = intern(&r->workers, name);

	BUG_ON(id == INTERN_NONE);
	if (id >= r->cap_workers) {
		size_t cap = mem_grow(r->cap_workers, id + (size_t)64);
		r->worker = mem_realloc(r->worker, cap, sizeof *r->worker);
		r->score = mem_realloc(r->score, cap, sizeof *r->score);
		memset(r->score + r->cap_workers, 0, (cap - r->cap_workers) * sizeof *r->score);
		r->cap_workers = cap;
	}
	return id;
}

/* an item of a list that must be a string */
static bool read_item(struct roster *r, const char *field, const struct json_field *list, size_t i,
                      const struct json_field *item, struct str *out, struct err *e)
{
	if (item->type != JSON_STRING)
		return err_at(e, json_item_byte(list, list->byte, item), "field \"%s[%zu]\": expected a string, got %s",
		              field, i, json_type_name(item->type));
	*out = json_text(item, &r->arena);
	return true;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* the number of a set of skills: equal sets, equal numbers; no field is the empty set */
static bool read_skills(struct roster *r, const struct json_field *list, uint32_t *set, struct err *e)
{
	struct str rest = list->raw, name;
	struct json_field item;
	size_t n = 0, kept = 0;

	*set = intern(&r->sets, STR(""));
	if (!rec_has(list))
		return true;
	for (size_t i = 0; json_next(&rest, &item); i++) {
		if (!read_item(r, "skills", list, i, &item, &name, e))
			return false;
		if (n == r->cap_scratch) {
			r->cap_scratch = mem_grow(n, n + 64);
			r->scratch = mem_realloc(r->scratch, r->cap_scratch, sizeof *r->scratch);
		}
		r->scratch[n++] = intern(&r->skills, name);
	}
	if (n == 0)
		return true;
	qsort(r->scratch, n, sizeof *r->scratch, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || r->scratch[i] != r->scratch[i - 1])
			r->scratch[kept++] = r->scratch[i];
	*set = intern(&r->sets, (struct str){ (const char *)r->scratch, kept * sizeof *r->scratch });
	return true;
}

static bool read_conflicts(struct roster *r, const struct json_field *list, struct roster_worker *w, struct err *e)
{
	struct str rest = list->raw, name;
	struct json_field item;

	w->conflict = r->n_conflicts;
	if (!rec_has(list))
		return true;
	for (size_t i = 0; json_next(&rest, &item); i++) {
		if (!read_item(r, "conflicts", list, i, &item, &name, e))
			return false;
		if (!rec_check_id(name, &r->arena, &name, e)) {
			e->byte = json_item_byte(list, list->byte, &item);
			return err_prefix(e, "field \"conflicts[%zu]\": ", i);
		}
		if (r->n_conflicts == r->cap_conflicts) {
			r->cap_conflicts = mem_grow(r->cap_conflicts, r->n_conflicts + 64);
			r->conflict = mem_realloc(r->conflict, r->cap_conflicts, sizeof *r->conflict);
		}
		r->conflict[r->n_conflicts++] = intern(&r->persons, name);
		w->n_conflicts++;
	}
	return true;
}

/* ---- records ------------------------------------------------------------- */

static bool take_task(struct roster *r, const struct json_record *rec, struct err *e)
{
	struct rec_task t;
	uint32_t set;

	if (!rec_task(rec, &r->arena, &t, e) || !read_skills(r, &t.skills, &set, e))
		return false;
	uint32_t id = task_id(r, t.task);
	r->tasks_replaced += r->task[id].known;
	r->task[id].known = true;
	r->task[id].skills = set;
	return true;
}

static bool take_worker(struct roster *r, const struct json_record *rec, struct err *e)
{
	struct roster_worker w = { .known = true, .capacity = UINT32_MAX };
	struct rec_worker t;

	if (!rec_worker(rec, &r->arena, &t, e) || !read_skills(r, &t.skills, &w.skills, e) ||
	    !read_conflicts(r, &t.conflicts, &w, e))
		return false;
	if (json_get(rec, STR("capacity")) && t.capacity < UINT32_MAX)
		w.capacity = (uint32_t)t.capacity;
	w.identity = intern(&r->persons, t.identity.n ? t.identity : t.worker);
	size_t before = r->workers.n;
	uint32_t id = worker_id(r, t.worker);
	r->workers_replaced += id < before && r->worker[id].known;
	r->worker[id] = w;
	return true;
}

/* who has no record is a person of his own name */
static uint32_t named(struct roster *r, struct str worker)
{
	size_t before = r->workers.n;
	uint32_t w = worker_id(r, worker);

	if (w == before)
		r->worker[w] = (struct roster_worker){ .identity = intern(&r->persons, worker) };
	return w;
}

static void take_seat(struct roster *r, struct str task, struct str worker, bool review)
{
	uint32_t w = named(r, worker);

	if (r->n_seats == r->cap_seats) {
		r->cap_seats = mem_grow(r->cap_seats, r->n_seats + 64);
		r->seat = mem_realloc(r->seat, r->cap_seats, sizeof *r->seat);
	}
	r->seat[r->n_seats++] = (struct roster_seat){ task_id(r, task), w, review };
}

struct roster_task *roster_task(struct roster *r, struct str name)
{
	return &r->task[task_id(r, name)];
}

struct roster_score *roster_score(struct roster *r, struct str worker)
{
	return &r->score[named(r, worker)];
}

bool roster_take(struct roster *r, struct str kind, const struct json_record *rec, struct err *e)
{
	struct rec_label label;
	struct rec_assignment a;

	arena_reset(&r->arena);
	if (str_is(kind, "task"))
		return take_task(r, rec, e);
	if (str_is(kind, "worker"))
		return take_worker(r, rec, e);
	if (str_is(kind, "label")) {
		if (!rec_label(rec, &r->arena, &label, e))
			return false;
		take_seat(r, label.task, label.worker, false);
	} else if (str_is(kind, "assignment")) {
		if (!rec_assignment(rec, &r->arena, &a, e))
			return false;
		take_seat(r, a.task, a.worker, str_is(a.reason, "review"));
	}
	return true;
}

/* ---- the question --------------------------------------------------------- */

static void list_sets(struct roster *r)
{
	uint64_t *pair;
	size_t n = 0;

	for (uint32_t s = 0; s < r->sets.n; s++)
		n += intern_str(&r->sets, s).n / sizeof(uint32_t);
	pair = mem_alloc(n, sizeof *pair);
	n = 0;
	for (uint32_t s = 0; s < r->sets.n; s++) {
		struct str set = intern_str(&r->sets, s);
		for (size_t i = 0; i < set.n; i += sizeof(uint32_t)) {
			uint32_t skill;
			memcpy(&skill, set.p + i, sizeof skill);
			pair[n++] = lists_pair(s, skill);
		}
	}
	lists_make(&r->set_list, r->sets.n, pair, n);
	free(pair);
}

/* A conflict is between persons: whoever is named, by identity or by worker, all accounts
 * of either side stay apart. */
static void list_conflicts(struct roster *r)
{
	uint64_t *pair = mem_alloc(r->n_conflicts, 4 * sizeof *pair);
	size_t n = 0;

	for (size_t w = 0; w < r->workers.n; w++) {
		const struct roster_worker *who = &r->worker[w];
		for (size_t i = who->conflict; i < who->conflict + who->n_conflicts; i++) {
			uint32_t named = r->conflict[i];
			uint32_t other = intern_find(&r->workers, intern_str(&r->persons, named));
			pair[n++] = lists_pair(who->identity, named);
			pair[n++] = lists_pair(named, who->identity);
			if (other == INTERN_NONE)
				continue;
			pair[n++] = lists_pair(who->identity, r->worker[other].identity);
			pair[n++] = lists_pair(r->worker[other].identity, who->identity);
		}
	}
	lists_make(&r->conflict_list, r->persons.n, pair, n);
	free(pair);
}

struct roster_score *roster_persons(const struct roster *r)
{
	struct roster_score *person = mem_zalloc(r->persons.n, sizeof *person);

	for (size_t w = 0; w < r->workers.n; w++) {
		struct roster_score *p = &person[r->worker[w].identity];
		bool stopped = p->standing == GOLD_STOPPED || r->score[w].standing == GOLD_STOPPED;
		if (r->score[w].answers > p->answers)
			*p = r->score[w];
		if (stopped)
			p->standing = GOLD_STOPPED;
	}
	return person;
}

/* tasks that have a record, by name, but those that are gold; at[] tells where each went */
static size_t list_tasks(struct roster *r, uint32_t *at)
{
	uint32_t *order = mem_alloc(r->tasks.n, sizeof *order);
	size_t n = 0;

	intern_sort(&r->tasks, NULL, order);
	r->in_task = mem_alloc(r->tasks.n, sizeof *r->in_task);
	for (size_t i = 0; i < r->tasks.n; i++) {
		uint32_t t = order[i];
		bool open = r->task[t].known && !r->task[t].gold;
		at[t] = open ? (uint32_t)n : ASSIGN_NONE;
		if (open)
			r->in_task[n++] = (struct assign_task){ intern_str(&r->tasks, t), r->task[t].skills, 0 };
	}
	free(order);
	return n;
}

/* how many tasks each worker has to do with: load[] */
static void count_loads(const struct roster *r, uint64_t *pair, uint32_t *load)
{
	struct lists tasks;

	for (size_t i = 0; i < r->n_seats; i++)
		pair[i] = lists_pair(r->seat[i].worker, r->seat[i].task);
	lists_make(&tasks, r->workers.n, pair, r->n_seats);
	for (size_t w = 0; w < r->workers.n; w++)
		load[w] = (uint32_t)lists_size(&tasks, w);
	lists_release(&tasks);
}

static size_t list_workers(struct roster *r, uint32_t cap, uint64_t *pair)
{
	uint32_t *order = mem_alloc(r->workers.n, sizeof *order), *load = mem_alloc(r->workers.n, sizeof *load);
	struct roster_score *person = roster_persons(r);
	size_t n = 0;

	count_loads(r, pair, load);
	intern_sort(&r->workers, NULL, order);
	r->in_worker = mem_alloc(r->workers.n, sizeof *r->in_worker);
	for (size_t i = 0; i < r->workers.n; i++) {
		const struct roster_worker *w = &r->worker[order[i]];
		uint32_t most = w->capacity < cap ? w->capacity : cap, used = load[order[i]];
		if (!w->known || person[w->identity].standing == GOLD_STOPPED)
			continue;
		if (most != UINT32_MAX)
			most = most > used ? most - used : 0;
		r->in_worker[n++] = (struct assign_worker){ intern_str(&r->workers, order[i]), w->skills, w->identity, most };
	}
	free(person);
	free(load);
	free(order);
	return n;
}

/* who has to do with each task already, or only who fills a seat of it */
static void list_seats(const struct roster *r, const uint32_t *at, size_t n_tasks, bool reviews, uint64_t *pair,
                       struct lists *l)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_seats; i++) {
		const struct roster_seat *s = &r->seat[i];
		if (at[s->task] != ASSIGN_NONE && (reviews || !s->review))
			pair[n++] = lists_pair(at[s->task], r->worker[s->worker].identity);
	}
	lists_make(l, n_tasks, pair, n);
}

struct assign_in roster_in(struct roster *r, uint32_t k, uint32_t cap)
{
	uint32_t *at = mem_alloc(r->tasks.n, sizeof *at);
	uint64_t *pair = mem_alloc(r->n_seats, sizeof *pair);
	struct lists filled;

	list_sets(r);
	list_conflicts(r);
	size_t n_workers = list_workers(r, cap, pair), n_tasks = list_tasks(r, at);
	list_seats(r, at, n_tasks, true, pair, &r->taken);
	list_seats(r, at, n_tasks, false, pair, &filled);
	for (size_t t = 0; t < n_tasks; t++) {
		size_t n = lists_size(&filled, t);
		r->in_task[t].need = n < k ? k - (uint32_t)n : 0;
	}
	lists_release(&filled);
	free(pair);
	free(at);
	return (struct assign_in){ .task = r->in_task, .worker = r->in_worker, .n_tasks = n_tasks,
	                           .n_workers = n_workers, .skills = &r->set_list, .conflicts = &r->conflict_list,
	                           .taken = &r->taken };
}

void roster_release(struct roster *r)
{
	intern_release(&r->tasks);
	intern_release(&r->workers);
	intern_release(&r->persons);
	intern_release(&r->skills);
	intern_release(&r->sets);
	lists_release(&r->set_list);
	lists_release(&r->conflict_list);
	lists_release(&r->taken);
	arena_release(&r->arena);
	free(r->task);
	free(r->worker);
	free(r->score);
	free(r->seat);
	free(r->conflict);
	free(r->scratch);
	free(r->in_task);
	free(r->in_worker);
}
