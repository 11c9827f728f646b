#include "stage/shard-merge.h"

#include <stdlib.h>

#include "base/mem.h"
#include "rec/value.h"

enum { MAX_MODEL = 1 << 27 };

/* ---- shard records ---------------------------------------------------------------------- */

static uint32_t name_id(struct merge *g, struct str name)
{
	uint32_t i = intern(&g->names, name);

	if (i >= g->cap_total) {
		size_t old = g->cap_total;
		g->cap_total = mem_grow(old, (size_t)i + 16);
		g->total = mem_realloc(g->total, g->cap_total, sizeof *g->total);
		memset(g->total + old, 0, (g->cap_total - old) * sizeof *g->total);
	}
	return i;
}

static bool add_totals(struct merge *g, const struct rec_shard *s, const struct shard_classes *c, struct err *e)
{
	size_t K = c->key.n;
	double *x = mem_alloc(K, sizeof *x), sum = 0, tasks = (double)s->tasks;
	bool good = shard_numbers(&s->totals, "totals", K, 0, x, e);

	for (size_t k = 0; good && k < K; k++)
		sum += x[k];
	if (good && (sum < tasks - 1e-6 * (tasks + 1) || sum > tasks + 1e-6 * (tasks + 1)))
		good = err_set(e, "field \"totals\": does not sum to the number of tasks");
	for (uint32_t k = 0; good && k < K; k++) {
		intern(&g->keys, intern_str(&c->key, k));
		uint32_t i = name_id(g, intern_str(&c->name, k));       /* which may move the totals */
		exact_add(&g->total[i], x[k]);
	}
	free(x);
	return good;
}

static bool is_first(struct merge *g, const struct rec_shard *s, struct err *e)
{
	enum shard_method m;

	if (!shard_method_find(s->method, &m))
		return err_set(e, "shard of method \"%.*s\": expected ds, ds-map or onecoin", STR_FMT(s->method));
	if ((s->iteration > 0) != (s->model.p != NULL))
		return err_set(e, "field \"model\" goes with an iteration above 0");
	if (!shard_objective_read(&s->objective, &g->known, &g->objective, e))
		return false;
	g->first = *s;
	g->first.method = arena_str(&g->arena, s->method);
	g->first.model = s->model.p ? arena_str(&g->arena, s->model) : s->model;
	return true;
}

/* what was made in one round with one model */
static bool fits_first(const struct merge *g, const struct rec_shard *s, struct err *e)
{
	const struct rec_shard *f = &g->first;
	bool known;
	double objective;

	if (!shard_objective_read(&s->objective, &known, &objective, e))
		return false;
	if (!str_eq(s->method, f->method))
		return err_set(e, "shards of different methods: %.*s and %.*s", STR_FMT(f->method), STR_FMT(s->method));
	if (s->iteration != f->iteration)
		return err_set(e, "shards of different rounds: made with the model of iteration %llu and of %llu",
		               (unsigned long long)f->iteration, (unsigned long long)s->iteration);
	return (str_eq(s->model, f->model) && s->penalty == f->penalty && known == g->known && objective == g->objective) ||
	       err_set(e, "shards made with different models");
}

static bool take_shard(struct merge *g, const struct json_record *r, struct arena *a, struct err *e)
{
	struct shard_classes c = { 0 };
	struct rec_shard s;

	if (!rec_shard(r, a, &s, e) || !(g->n_shards ? fits_first(g, &s, e) : is_first(g, &s, e)))
		return false;
	if (s.tasks && intern(&g->ids, s.id) < g->ids.n - 1)
		return err_set(e, "two shards of the same tasks");
	if (g->n_labels + s.labels >= (uint64_t)1 << TALLY_MOST || s.tasks > s.labels)
		return err_set(e, "too many labels, or fewer of them than tasks");
	bool good = shard_classes_read(&c, &s.classes, e);
	/* every round but the first speaks of the classes of the model */
	if (good && g->n_shards && s.iteration && !shard_classes_same(&c, &g->classes))
		good = err_set(e, "shards of different classes");
	good = good && add_totals(g, &s, &c, e);
	if (good && !g->n_shards)
		g->classes = c;
	else
		shard_classes_release(&c);
	if (!good)
		return false;
	g->n_shards++;
	g->n_tasks += s.tasks;
	g->n_labels += s.labels;
	g->n_counts += s.workers;
	exact_add(&g->loglik, s.loglik);
	return true;
}

/* ---- count records ------------------------------------------------------------------------- */

static struct merge_worker *worker_of(struct merge *g, struct str name)
{
	uint32_t w = intern(&g->workers, name);

	if (w >= g->cap_of) {
		size_t old = g->cap_of;
		g->cap_of = mem_grow(old, (size_t)w + 64);
		g->of = mem_realloc(g->of, g->cap_of, sizeof *g->of);
		memset(g->of + old, 0, (g->cap_of - old) * sizeof *g->of);
	}
	return &g->of[w];
}

/* Room for all names known by now.  They are few and mostly known from the first record on. */
static void widen(struct merge_worker *w, size_t side)
{
	struct tally *cell = mem_zalloc(side * side, sizeof *cell);

	for (size_t i = 0; i < w->side; i++)
		memcpy(cell + i * side, w->cell + i * w->side, w->side * sizeof *cell);
	free(w->cell);
	w->cell = cell;
	w->side = side;
}

struct adding {
	struct merge *g;
	struct merge_worker *w;
	double sum, most;
};

static bool add_cell(void *ctx, struct str truth, struct str label, double x, struct err *e)
{
	struct adding *a = ctx;
	uint32_t c = name_id(a->g, truth), l = name_id(a->g, label);
	size_t side = a->g->names.n;

	if (x > a->most)
		return err_set(e, "field \"counts\": above the number of labels");
	if ((double)side * (double)side > MAX_MODEL)
		return err_set(e, "too many classes");
	if (c >= a->w->side || l >= a->w->side)
		widen(a->w, side);
	tally_add(&a->w->cell[c * a->w->side + l], x);
	a->sum += x;
	return true;
}

static bool take_count(struct merge *g, const struct json_record *r, struct arena *arena, struct err *e)
{
	struct rec_count c;

	if (!rec_count(r, arena, &c, e))
		return false;
	if (c.labels == 0 || c.labels > UINT32_MAX)
		return err_set(e, "field \"labels\": expected 1 to %llu", (unsigned long long)UINT32_MAX);
	double n = (double)c.labels;
	struct adding a = { g, worker_of(g, c.worker), 0, n * (1 + 1e-6) };
	if (!(c.right >= 0 && c.right <= a.most && c.rest >= 0 && c.rest <= 1e-6))
		return err_set(e, "field \"right\" or \"rest\": expected a number from 0 to the number of labels, to 1e-6");
	if (rec_has(&c.counts) && !shard_cells_read(&c.counts, "counts", add_cell, &a, e))
		return false;
	if (rec_has(&c.counts) && (a.sum < n * (1 - 1e-6) || a.sum > a.most))
		return err_set(e, "field \"counts\": does not sum to the number of labels");
	tally_add(&a.w->right, c.right);
	tally_add(&a.w->right, c.rest);
	a.w->labels += c.labels;
	g->got_labels += c.labels;
	g->got_counts++;
	return true;
}

bool merge_take(struct merge *g, struct str kind, const struct json_record *r, struct arena *a, struct err *e)
{
	bool good = true;

	if (str_is(kind, "shard"))
		good = take_shard(g, r, a, e);
	else if (str_is(kind, "count"))
		good = take_count(g, r, a, e);
	g->lost = g->lost || !good;
	return good;
}

/* ---- the M step ------------------------------------------------------------------------------ */

static bool check(const struct merge *g, const struct model *made_with, struct err *e)
{
	char id[SHARD_ID];

	if (g->lost)
		return err_set(e, "a record of a shard was bad");
	if (!g->n_shards)
		return err_set(e, "no shard record in the input");
	if (g->got_counts != g->n_counts || g->got_labels != g->n_labels)
		return err_set(e, "the shards have %llu labels of workers in %llu count records, here are %llu in %llu",
		               (unsigned long long)g->n_labels, (unsigned long long)g->n_counts,
		               (unsigned long long)g->got_labels, (unsigned long long)g->got_counts);
	if (!g->n_labels)
		return err_set(e, "no labels in any shard");
	if (!made_with->there)
		return true;
	shard_id_text(made_with->id, id);
	return str_is(g->first.model, id) ||
	       err_set(e, "the counts were made with another model than the one in the input");
}

/* classes of all shards, and which of them each name is */
static bool number_classes(const struct merge *g, struct model *m, uint32_t *class_of, struct err *e)
{
	uint32_t *order = mem_alloc(g->keys.n, sizeof *order);
	bool good = true;

	intern_sort(&g->keys, NULL, order);
	for (size_t i = 0; good && i < g->keys.n; i++)
		good = shard_classes_add(&m->classes, intern_str(&g->keys, order[i]), e);
	free(order);
	for (uint32_t i = 0; good && i < g->names.n; i++) {
		class_of[i] = intern_find(&m->classes.name, intern_str(&g->names, i));
		if (class_of[i] == INTERN_NONE)
			good = err_set(e, "counts of \"%.*s\", which is no class of a shard", STR_FMT(intern_str(&g->names, i)));
	}
	m->K = m->classes.key.n;
	m->cells = shard_cells(m->method, m->K);
	return good && ((double)g->workers.n * (double)m->cells <= MAX_MODEL ||
	                err_set(e, "%zu classes and %zu workers are too many", m->K, g->workers.n));
}

static void set_prior(const struct merge *g, struct model *m, const uint32_t *class_of)
{
	double *sum = mem_zalloc(m->K, sizeof *sum);

	for (size_t i = 0; i < g->names.n; i++)
		sum[class_of[i]] = exact_value(&g->total[i]);
	m->prior = mem_alloc(m->K, sizeof *m->prior);
	shard_prior(m->K, sum, (double)g->n_tasks, m->prior);
	free(sum);
}

/* false when not all of it is of this method */
static bool counts_of(const struct merge_worker *w, const struct model *m, const uint32_t *class_of, double *count)
{
	double n = (double)w->labels, sum = 0;

	if (!shard_has_matrix(m->method)) {
		*count = tally_value(&w->right);
		return !w->side;
	}
	memset(count, 0, m->cells * sizeof *count);
	for (size_t c = 0; c < w->side; c++)
		for (size_t l = 0; l < w->side; l++)
			sum += count[class_of[c] * m->K + class_of[l]] = tally_value(&w->cell[c * w->side + l]);
	return sum > n * (1 - 1e-5);
}

/* the parameters of all workers, in bytewise order of their names, and the penalty */
static bool set_workers(const struct merge *g, struct model *m, const uint32_t *class_of, struct err *e)
{
	uint32_t *order = mem_alloc(g->workers.n, sizeof *order);
	double *count = mem_alloc(m->cells, sizeof *count), *work = mem_alloc(2 * m->K * m->K, sizeof *work);
	struct exact penalty = { 0 };
	bool good = true;

	intern_sort(&g->workers, NULL, order);
	for (size_t i = 0; good && i < g->workers.n; i++) {
		struct str name = intern_str(&g->workers, order[i]);
		const struct merge_worker *s = &g->of[order[i]];
		uint32_t w = model_worker(m, name);
		if (!counts_of(s, m, class_of, count))
			good = err_set(e, "worker \"%.*s\": counts of another method than %s", STR_FMT(name),
			               shard_method_name(m->method));
		m->labels[w] = s->labels;
		if (good)
			exact_add(&penalty, shard_worker(m->method, m->K, count, (double)s->labels, m->param + w * m->cells,
			                                 work));
	}
	m->penalty = exact_value(&penalty);
	free(order);
	free(count);
	free(work);
	return good;
}

static double objective(const struct merge *g)
{
	struct exact s = g->loglik;

	exact_add(&s, g->first.penalty);
	return exact_value(&s);
}

static bool has_converged(const struct merge *g, double tolerance)
{
	return tolerance >= 0 && g->known && objective(g) - g->objective <= tolerance * (double)g->n_labels;
}

bool merge_model(struct merge *g, const struct model *made_with, double tolerance, struct model *out, struct err *e)
{
	if (!check(g, made_with, e))
		return false;
	shard_method_find(g->first.method, &out->method);
	uint32_t *class_of = mem_alloc(g->names.n, sizeof *class_of);
	bool good = number_classes(g, out, class_of, e);
	if (good)
		set_prior(g, out, class_of);
	good = good && set_workers(g, out, class_of, e);
	free(class_of);
	out->there = true;
	out->iteration = g->first.iteration + 1;
	out->n_tasks = g->n_tasks;
	out->n_labels = g->n_labels;
	out->n_workers = g->workers.n;
	out->known = g->first.iteration > 0;
	out->objective = out->known ? objective(g) : 0;
	out->converged = out->known && has_converged(g, tolerance);
	return good;
}

void merge_release(struct merge *g)
{
	for (size_t i = 0; i < g->workers.n; i++)
		free(g->of[i].cell);
	free(g->of);
	free(g->total);
	shard_classes_release(&g->classes);
	intern_release(&g->ids);
	intern_release(&g->keys);
	intern_release(&g->names);
	intern_release(&g->workers);
	arena_release(&g->arena);
	*g = (struct merge){ 0 };
}
