#include "stage/agree-region.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/report-list.h"

/* ---- labels ------------------------------------------------------------------------- */

static int by_text(const void *p, const void *q)
{
	const struct str *a = p, *b = q;
	int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

	return c ? c : (a->n > b->n) - (a->n < b->n);
}

/* one is itself; several become an array in the order of their keys, each once */
static void join_names(struct str *part, size_t n, struct buf *key)
{
	if (n > 1)
		qsort(part, n, sizeof *part, by_text);
	if (n)
		buf_addstr(key, part[0]);
	if (n < 2)
		return;
	buf_reset(key);
	buf_adds(key, "j[");
	for (size_t i = 0; i < n; i++) {
		if (i && str_eq(part[i], part[i - 1]))
			continue;
		json_put_sep(key);
		value_put(key, part[i]);
	}
	buf_addc(key, ']');
}

static bool read_names(struct str array, struct arena *a, struct buf *key, struct buf *why)
{
	struct json_field item;
	struct err ignored;
	struct str *part, rest = array;
	size_t n = 0;

	while (json_next(&rest, &item))
		n++;
	part = arena_alloc(a, n, sizeof *part);
	n = 0;
	while (json_next(&array, &item)) {
		buf_reset(key);
		if (!value_key(&item, key, &ignored)) {
			buf_addf(why, "a \"label\" is %s", json_type_name(item.type));
			return false;
		}
		part[n++] = arena_str(a, buf_str(key));
	}
	buf_reset(key);
	join_names(part, n, key);
	return true;
}

static bool read_label(const struct json_record *r, struct arena *a, struct buf *key, struct buf *why)
{
	const struct json_field *f = json_get(r, STR("label"));
	struct err ignored;

	buf_reset(key);
	if (!f || f->type == JSON_NULL)
		return true;
	if (f->type == JSON_ARRAY)
		return read_names(f->raw, a, key, why);
	if (value_key(f, key, &ignored))
		return true;
	buf_addf(why, "its \"label\" is %s", json_type_name(f->type));
	return false;
}

void region_put_label(struct buf *b, const struct regions *g, uint32_t place)
{
	struct str key = intern_str(&g->names, g->order[place]);

	if (!key.n)
		return;
	json_put_key(b, "label");
	value_put(b, key);
}

/* ---- values --------------------------------------------------------------------------- */

bool region_number(const struct json_record *r, const char *name, double *x, struct buf *why)
{
	const struct json_field *f = json_get(r, str_of(name));

	if (f && f->type == JSON_NUMBER && num_parse(f->raw, x))
		return true;
	buf_addf(why, "its \"%s\" is %s", name, f ? json_type_name(f->type) : "missing");
	return false;
}

struct reader {
	struct regions *g;
	region_add *add;
	void *ctx;
	struct json_record r;
	struct arena scratch;
	struct buf key, why;
	uint32_t n;
};

static bool read_one(struct reader *k, struct str object)
{
	struct err ignored;

	arena_reset(&k->scratch);
	if (!json_read(&k->r, object, &ignored) || !read_label(&k->r, &k->scratch, &k->key, &k->why))
		return false;
	BUG_ON(k->n == UINT32_MAX);
	k->n++;
	return k->add(k->ctx, &k->r, intern(&k->g->names, buf_str(&k->key)), &k->why);
}

static bool read_array(struct reader *k, struct str array)
{
	struct json_field item;
	bool good = true;
	size_t i = 0;

	for (; good && json_next(&array, &item); i++) {
		good = item.type == JSON_OBJECT;
		if (good)
			good = read_one(k, item.raw);
		else
			buf_addf(&k->why, "it is %s", json_type_name(item.type));
	}
	if (!good) {
		struct str said = arena_str(&k->scratch, buf_str(&k->why));
		buf_reset(&k->why);
		buf_addf(&k->why, "is no array of %s%s: number %zu: %.*s", k->g->what,
		         str_is(str_of(k->g->what), "box") ? "es" : "s", i, STR_FMT(said));
	}
	return good;
}

static bool read_value(struct reader *k, struct str key)
{
	struct str raw = value_name(key);

	buf_reset(&k->why);
	if (key.p[0] == 'j' && raw.p[0] == '[')
		return read_array(k, raw);
	if (key.p[0] == 'j' && raw.p[0] == '{') {
		if (read_one(k, raw))
			return true;
		struct str said = arena_str(&k->scratch, buf_str(&k->why));
		buf_reset(&k->why);
		buf_addf(&k->why, "is no %s: %.*s", k->g->what, STR_FMT(said));
		return false;
	}
	buf_addf(&k->why, "is no %s", k->g->what);
	return false;
}

static bool read_values(struct regions *g, region_add *add, void *ctx, struct err *e)
{
	const struct part *p = g->p;
	struct reader k = { .g = g, .add = add, .ctx = ctx };
	bool *used = part_used(p), good = true;
	uint32_t n = (uint32_t)p->s->values.n;

	g->off = mem_zalloc((size_t)n + 1, sizeof *g->off);
	for (uint32_t v = 0; good && v < n; v++) {
		good = !used[v] || read_value(&k, part_key(p, v));
		g->off[v + 1] = k.n;
		if (!good) {
			buf_addc(&k.why, '\0');
			part_bad(p, v, k.why.p, e);
		}
	}
	free(used);
	json_record_release(&k.r);
	arena_release(&k.scratch);
	buf_release(&k.key);
	buf_release(&k.why);
	return good;
}

/* ---- choices ---------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* the choices of a task that are labels of some region */
struct allowed {
	uint32_t *id;
	size_t n;
};

static void allow(struct allowed *a, const struct regions *g, const struct task_list *c)
{
	a->id = mem_alloc(c->n, sizeof *a->id);
	a->n = 0;
	for (size_t i = 0; i < c->n; i++) {
		uint32_t id = intern_find(&g->names, c->key[i]);
		if (id != INTERN_NONE)
			a->id[a->n++] = id;
	}
	if (a->n > 1)
		qsort(a->id, a->n, sizeof *a->id, by_number);
}

/* Is a label one of the choices?  Of several in an array each must be.  What has none chooses nothing. */
static bool is_allowed(const struct regions *g, const struct task_list *c, const struct allowed *a, uint32_t label)
{
	struct str key = intern_str(&g->names, label), rest = { key.p + 1, key.n - 1 };
	struct json_field item;
	struct err ignored;
	struct buf b = BUF_INIT;
	bool good = true;

	if (!key.n || (a->n && bsearch(&label, a->id, a->n, sizeof label, by_number)))
		return true;
	if (key.p[0] != 'j')
		return false;
	while (good && json_next(&rest, &item)) {
		buf_reset(&b);
		good = value_key(&item, &b, &ignored);
		size_t i = 0;
		while (good && i < c->n && !str_eq(c->key[i], buf_str(&b)))
			i++;
		good = good && i < c->n;
	}
	buf_release(&b);
	return good;
}

struct check {
	const struct regions *g;
	const uint32_t *label;          /* of all regions, in the order of off */
	struct allowed *a;              /* by list; id NULL: not made yet */
};

static bool check_value(const struct check *k, uint32_t t, uint32_t worker, uint32_t value, uint32_t list,
                        struct err *e)
{
	const struct regions *g = k->g;
	const struct task_list *c = &g->p->s->table.list[list];

	for (uint32_t i = g->off[value]; i < g->off[value + 1]; i++)
		if (!is_allowed(g, c, &k->a[list], k->label[i]))
			return part_bad_at(g->p, t, worker, value, "has a label that is not among the choices", e);
	return true;
}

static bool check_task(const struct check *k, uint32_t t, uint32_t list, struct err *e)
{
	const struct part *p = k->g->p;

	if (!k->a[list].id)
		allow(&k->a[list], k->g, &p->s->table.list[list]);
	for (uint32_t i = p->l.t_off[t]; i < p->l.t_off[t + 1]; i++)
		if (!check_value(k, t, p->l.t_worker[i], p->l.t_value[i], list, e))
			return false;
	return !p->gold || p->gold[t] == AGREE_NO_GOLD || check_value(k, t, INTERN_NONE, p->gold[t], list, e);
}

static bool check_choices(const struct regions *g, const uint32_t *label, struct err *e)
{
	const struct agree *s = g->p->s;
	struct check k = { g, label, NULL };
	size_t lists = s->table.list_text.n;
	bool good = true;

	if (!s->table.any_list)
		return true;
	k.a = mem_zalloc(lists, sizeof *k.a);
	for (uint32_t t = 0; good && t < g->p->l.n_tasks; t++) {
		const struct task_info *info = tasks_info(&s->table, ids_str(&g->p->tasks, t));
		if (info && info->list != TASK_NO_LIST)
			good = check_task(&k, t, info->list, e);
	}
	for (size_t i = 0; i < lists; i++)
		free(k.a[i].id);
	free(k.a);
	return good;
}

/* ---- order ------------------------------------------------------------------------------- */

/* place of each of n numbers in the bytewise order of their names */
static uint32_t *places(const struct ids *ids, size_t n)
{
	uint32_t *rank = mem_alloc(ids->in->n, sizeof *rank), *at = mem_alloc(ids->in->n, sizeof *at);
	uint32_t *out = mem_alloc(n, sizeof *out), next = 0;

	intern_sort(ids->in, rank, NULL);
	memset(at, 0xff, ids->in->n * sizeof *at);
	for (uint32_t i = 0; i < n; i++)
		at[rank[ids_id(ids, i)]] = i;
	for (size_t i = 0; i < ids->in->n; i++)
		if (at[i] != INTERN_NONE)
			out[at[i]] = next++;
	free(rank);
	free(at);
	return out;
}

static void number_anew(struct regions *g)
{
	const struct part *p = g->p;
	size_t T = p->l.n_tasks;
	uint32_t *old = mem_alloc(T, sizeof *old);

	g->task = places(&p->tasks, T);
	g->worker = places(&p->workers, p->l.n_workers);
	for (uint32_t t = 0; t < T; t++)
		old[g->task[t]] = t;
	if (p->gold)
		g->gold = mem_alloc(T, sizeof *g->gold);
	for (uint32_t t = 0; t < T; t++) {
		for (uint32_t i = p->l.t_off[old[t]]; i < p->l.t_off[old[t] + 1]; i++)
			BUG_ON(!labels_add(&g->l, t, g->worker[p->l.t_worker[i]], p->l.t_value[i]));
		if (g->gold)
			g->gold[t] = p->gold[old[t]];
	}
	g->l.n_tasks = T;
	g->l.n_workers = p->l.n_workers;
	labels_group(&g->l, false);
	free(old);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* the labels in the order of off, kept beside what add keeps */
struct tee {
	region_add *add;
	void *ctx;
	uint32_t *label;
	size_t n, cap;
};

static bool add_both(void *ctx, const struct json_record *r, uint32_t label, struct buf *why)
{
	struct tee *k = ctx;

	if (k->n == k->cap) {
		k->cap = mem_grow(k->cap < 64 ? 64 : k->cap, k->n + 1);
		k->label = mem_realloc(k->label, k->cap, sizeof *k->label);
	}
	k->label[k->n++] = label;
	return k->add(k->ctx, r, label, why);
}

bool regions_read(struct regions *g, const struct part *p, const char *what, region_add *add, void *ctx, struct err *e)
{
	struct tee k = { .add = add, .ctx = ctx };

	*g = (struct regions){ .p = p, .what = what };
	bool good = read_values(g, add_both, &k, e) && check_choices(g, k.label, e);
	free(k.label);
	if (!good)
		return false;
	g->rank = mem_alloc(g->names.n, sizeof *g->rank);
	g->order = mem_alloc(g->names.n, sizeof *g->order);
	intern_sort(&g->names, g->rank, g->order);
	number_anew(g);
	return true;
}

void regions_release(struct regions *g)
{
	intern_release(&g->names);
	labels_release(&g->l);
	free(g->off);
	free(g->rank);
	free(g->order);
	free(g->task);
	free(g->worker);
	free(g->gold);
}

/* ---- what was found ------------------------------------------------------------------------ */

/* how many the worker marked in all */
static uint64_t marked_by(const struct regions *g, uint32_t w)
{
	const struct labels *l = &g->p->l;
	uint64_t n = 0;

	for (uint32_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
		n += g->off[l->w_value[i] + 1] - g->off[l->w_value[i]];
	return n;
}

static void put_skill(struct buf *b, const struct regions *g, const struct regions_found *f, uint32_t w)
{
	const struct labels *l = &g->p->l;

	buf_adds(b, "{\"kind\":\"skill\"");
	json_put_kstr(b, "worker", ids_str(&g->p->workers, w));
	json_put_kuint(b, "labels", l->w_off[w + 1] - l->w_off[w]);
	json_put_knum(b, "skill", f->skill[g->worker[w]]);
	json_put_kstr(b, "method", str_of(f->method));
	json_put_kstr(b, "type", str_of(g->what));
	json_put_kuint(b, f->plural, marked_by(g, w));
}

void region_emit(const struct regions *g, const struct regions_found *f, const void *job,
                 void (*task)(struct buf *b, const void *job, uint32_t t), struct buf *b, struct sink *out)
{
	for (uint32_t t = 0; t < g->p->l.n_tasks; t++) {
		task(b, job, t);
		part_put(b, out);
	}
	for (uint32_t w = 0; w < g->p->l.n_workers; w++) {
		put_skill(b, g, f, w);
		part_put(b, out);
	}
	sink_lines(out, buf_str(b));
}

struct rows {
	const struct regions *g;
	const struct regions_found *f;
};

static void task_row(const void *ctx, uint32_t t, struct report_row *r)
{
	const struct rows *x = ctx;
	uint32_t at = x->g->task[t];

	row_text(r, ids_str(&x->g->p->tasks, t));
	row_number(r, x->f->off[at + 1] - x->f->off[at]);
	row_fixed(r, x->f->confidence[at], 4);
	row_number(r, x->g->p->l.t_off[t + 1] - x->g->p->l.t_off[t]);
}

static void worker_row(const void *ctx, uint32_t w, struct report_row *r)
{
	const struct rows *x = ctx;

	row_text(r, ids_str(&x->g->p->workers, w));
	row_number(r, x->g->p->l.w_off[w + 1] - x->g->p->l.w_off[w]);
	row_number(r, marked_by(x->g, w));
	row_fixed(r, x->f->skill[x->g->worker[w]], 4);
}

void region_report(const struct regions *g, const struct regions_found *f, struct str section, const char *confidence,
                   const char *skill)
{
	struct report_keep *k = &g->p->s->report;
	struct rows rows = { g, f };
	size_t tasks = g->p->l.n_tasks, workers = g->p->l.n_workers;
	double *key = mem_alloc(tasks > workers ? tasks : workers, sizeof *key);

	for (size_t t = 0; t < tasks; t++)
		key[t] = f->confidence[g->task[t]];
	report_keep_list(k, &(struct report_list){
		.section = section, .title = "Tasks, the least certain first", .method = f->chosen, .note = confidence,
		.head = "Task|Found|Confidence|Labels", .align = "lrrr", .key = key, .n = tasks, .most = REPORT_FEW,
		.row = task_row, .ctx = &rows,
	});
	for (size_t w = 0; w < workers; w++)
		key[w] = f->skill[g->worker[w]];
	report_keep_list(k, &(struct report_list){
		.section = section, .title = "Workers, the lowest skill first", .note = skill,
		.head = "Worker|Labels|Marked|Skill", .align = "lrrr", .key = key, .n = workers, .most = REPORT_FEW,
		.row = worker_row, .ctx = &rows,
	});
	free(key);
}
