#include "stage/shard-model.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/value.h"

enum { MAX_MODEL = 1 << 27 };   /* numbers in all matrices: 1 GiB, as for a run on all labels */

static const double nearly = 1e-6;      /* how far from 1 a distribution may sum */

/* ---- classes ------------------------------------------------------------------------- */

bool shard_classes_add(struct shard_classes *c, struct str key, struct err *e)
{
	struct str name = value_name(key);

	if (c->key.n && str_cmp(intern_str(&c->key, (uint32_t)c->key.n - 1), key) >= 0)
		return err_set(e, "field \"classes\": not in bytewise order, or \"%.*s\" twice", STR_FMT(name));
	if (intern(&c->name, name) < c->key.n)
		return err_set(e, "labels mix types: both the string \"%.*s\" and %.*s occur", STR_FMT(name), STR_FMT(name));
	intern(&c->key, key);
	return true;
}

bool shard_classes_read(struct shard_classes *c, const struct json_field *list, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;
	struct buf key = BUF_INIT;
	bool good = true;

	while (good && json_next(&rest, &item)) {
		buf_reset(&key);
		good = value_key(&item, &key, e) && shard_classes_add(c, buf_str(&key), e);
	}
	buf_release(&key);
	return good;
}

void shard_classes_put(struct buf *b, const struct shard_classes *c)
{
	json_put_key(b, "classes");
	buf_addc(b, '[');
	for (uint32_t i = 0; i < c->key.n; i++) {
		json_put_sep(b);
		value_put(b, intern_str(&c->key, i));
	}
	buf_addc(b, ']');
}

bool shard_classes_same(const struct shard_classes *a, const struct shard_classes *b)
{
	if (a->key.n != b->key.n)
		return false;
	for (uint32_t i = 0; i < a->key.n; i++)
		if (!str_eq(intern_str(&a->key, i), intern_str(&b->key, i)))
			return false;
	return true;
}

void shard_classes_release(struct shard_classes *c)
{
	intern_release(&c->key);
	intern_release(&c->name);
}

/* ---- numbers --------------------------------------------------------------------------- */

bool shard_numbers(const struct json_field *list, const char *field, size_t n, double min, double *out, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;
	size_t i = 0;

	for (; json_next(&rest, &item); i++)
		if (i == n || item.type != JSON_NUMBER || !num_parse(item.raw, &out[i]) || !(out[i] >= min))
			return err_set(e, "field \"%s\": expected a number from %g up for each of the %zu classes", field, min, n);
	return i == n || err_set(e, "field \"%s\": expected %zu numbers, one a class, got %zu", field, n, i);
}

void shard_put_numbers(struct buf *b, const char *field, const double *x, size_t n)
{
	json_put_key(b, field);
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++) {
		json_put_sep(b);
		json_put_number(b, x[i]);
	}
	buf_addc(b, ']');
}

static bool read_row(const struct json_field *row, const char *field, struct json_record *r, shard_cell_fn *fn,
                     void *ctx, struct err *e)
{
	double x;

	if (row->type != JSON_OBJECT)
		return err_set(e, "field \"%s\": expected an object for each class", field);
	if (!json_read(r, row->raw, e))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		if (r->field[i].type != JSON_NUMBER || !num_parse(r->field[i].raw, &x) || !(x >= 0))
			return err_set(e, "field \"%s\": expected numbers from 0 up", field);
		if (!fn(ctx, row->key, r->field[i].key, x, e))
			return false;
	}
	return true;
}

bool shard_cells_read(const struct json_field *object, const char *field, shard_cell_fn *fn, void *ctx, struct err *e)
{
	struct json_record rows = { 0 }, row = { 0 };
	bool good = json_read(&rows, object->raw, e);

	for (size_t i = 0; good && i < rows.n; i++)
		good = read_row(&rows.field[i], field, &row, fn, ctx, e);
	json_record_release(&rows);
	json_record_release(&row);
	return good;
}

static void put_name(struct buf *b, const struct shard_classes *c, size_t k)
{
	json_put_sep(b);
	json_put_string(b, intern_str(&c->name, (uint32_t)k));
	buf_addc(b, ':');
}

void shard_put_cells(struct buf *b, const char *field, const struct shard_classes *c, const double *x)
{
	size_t K = c->key.n;

	json_put_key(b, field);
	buf_addc(b, '{');
	for (size_t truth = 0; truth < K; truth++) {
		put_name(b, c, truth);
		buf_addc(b, '{');
		for (size_t l = 0; l < K; l++)
			if (x[truth * K + l] > 0) {
				put_name(b, c, l);
				json_put_number(b, x[truth * K + l]);
			}
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
}

bool shard_objective_read(const struct json_field *f, bool *known, double *out, struct err *e)
{
	*known = f->type == JSON_NUMBER;
	*out = 0;
	return f->type == JSON_NULL || (*known && num_parse(f->raw, out)) ||
	       err_set(e, "field \"objective\": expected a number or null, got %s", json_type_name(f->type));
}

void shard_id_text(uint64_t id, char text[SHARD_ID])
{
	snprintf(text, SHARD_ID, "%016llx", (unsigned long long)id);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* one number for what the record says */
static uint64_t digest(const struct json_record *r)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < r->n; i++) {
		buf_addstr(&b, r->field[i].key);
		buf_addc(&b, '\n');
		buf_addstr(&b, r->field[i].raw);
		buf_addc(&b, '\n');
	}
	uint64_t h = XXH3_64bits(b.p, b.n);
	buf_release(&b);
	return h;
}

static bool sums_to_one(const double *p, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += p[i];
	return s > 1 - nearly && s < 1 + nearly;
}

static bool take_head(struct model *m, const struct json_record *r, struct arena *a, struct err *e)
{
	struct rec_model h;

	if (m->there || m->lost)
		return err_set(e, "a second model: there may be only one");
	if (!rec_model(r, a, &h, e))
		return false;
	if (!shard_method_find(h.method, &m->method))
		return err_set(e, "model of method \"%.*s\": expected ds, ds-map or onecoin", STR_FMT(h.method));
	if (h.converged.type != JSON_TRUE && h.converged.type != JSON_FALSE)
		return err_set(e, "field \"converged\": expected true or false, got %s", json_type_name(h.converged.type));
	if (!shard_classes_read(&m->classes, &h.classes, e) ||
	    !shard_objective_read(&h.objective, &m->known, &m->objective, e))
		return false;
	m->K = m->classes.key.n;
	m->cells = shard_cells(m->method, m->K);
	if (m->K == 0)
		return err_set(e, "field \"classes\": is empty");
	m->prior = mem_alloc(m->K, sizeof *m->prior);
	if (!shard_numbers(&h.prior, "prior", m->K, 0, m->prior, e))
		return false;
	if (!sums_to_one(m->prior, m->K))
		return err_set(e, "field \"prior\": does not sum to 1");
	m->converged = h.converged.type == JSON_TRUE;
	m->iteration = h.iteration;
	m->penalty = h.penalty;
	m->n_tasks = h.tasks;
	m->n_labels = h.labels;
	m->n_workers = h.workers;
	m->there = true;
	m->id += digest(r);
	return true;
}

uint32_t model_worker(struct model *m, struct str worker)
{
	uint32_t w = intern(&m->workers, worker);

	if (w >= m->cap) {
		m->cap = mem_grow(m->cap, (size_t)w + 16);
		m->param = mem_realloc(m->param, m->cap, m->cells * sizeof *m->param);
		m->labels = mem_realloc(m->labels, m->cap, sizeof *m->labels);
	}
	memset(m->param + w * m->cells, 0, m->cells * sizeof *m->param);
	return w;
}

struct filling {
	const struct model *m;
	double *to;
};

static bool fill(void *ctx, struct str truth, struct str label, double x, struct err *e)
{
	const struct filling *f = ctx;
	uint32_t c = intern_find(&f->m->classes.name, truth), l = intern_find(&f->m->classes.name, label);

	if (c == INTERN_NONE || l == INTERN_NONE)
		return err_set(e, "field \"confusion\": \"%.*s\" is no class of the model",
		               STR_FMT(c == INTERN_NONE ? truth : label));
	f->to[c * f->m->K + l] = x;
	return true;
}

static bool read_matrix(struct model *m, const struct rec_param *p, double *to, struct err *e)
{
	struct filling f = { m, to };

	if (!rec_has(&p->confusion))
		return err_set(e, "field \"confusion\" is missing");
	if (!shard_cells_read(&p->confusion, "confusion", fill, &f, e))
		return false;
	for (size_t c = 0; c < m->K; c++)
		if (!sums_to_one(to + c * m->K, m->K))
			return err_set(e, "worker \"%.*s\": the row of class \"%.*s\" does not sum to 1", STR_FMT(p->worker),
			               STR_FMT(intern_str(&m->classes.name, (uint32_t)c)));
	return true;
}

static bool take_param(struct model *m, const struct json_record *r, struct arena *a, struct err *e)
{
	struct rec_param p;

	if (!rec_param(r, a, &p, e))
		return false;
	if (!m->there)
		return err_set(e, "no model record before this one");
	if (intern_find(&m->workers, p.worker) != INTERN_NONE)
		return err_set(e, "worker \"%.*s\" twice in one model", STR_FMT(p.worker));
	if ((double)(m->workers.n + 1) * (double)m->cells > MAX_MODEL)
		return err_set(e, "too many workers and classes");
	uint32_t w = model_worker(m, p.worker);
	m->labels[w] = p.labels;
	m->id += digest(r);
	if (shard_has_matrix(m->method))
		return read_matrix(m, &p, m->param + w * m->cells, e);
	m->param[w] = p.skill;
	return (p.skill > 0 && p.skill <= 1) ||
	       err_set(e, "worker \"%.*s\": field \"skill\": expected a number above 0, at most 1", STR_FMT(p.worker));
}

bool model_take(struct model *m, struct str kind, const struct json_record *r, struct arena *a, struct err *e)
{
	bool good = str_is(kind, "model") ? take_head(m, r, a, e) : !str_is(kind, "param") || take_param(m, r, a, e);

	m->lost = m->lost || !good;
	return good;
}

bool model_check(const struct model *m, struct err *e)
{
	if (m->lost)
		return err_set(e, "a record of the model was bad");
	if (!m->there)
		return err_set(e, "no model record in the model");
	return m->workers.n == m->n_workers ||
	       err_set(e, "the model was cut short: %zu param records, and it has %llu workers", m->workers.n,
	               (unsigned long long)m->n_workers);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void put_head(struct buf *b, const struct model *m)
{
	buf_adds(b, "{\"kind\":\"model\"");
	json_put_kstr(b, "method", str_of(shard_method_name(m->method)));
	json_put_kuint(b, "iteration", m->iteration);
	json_put_kbool(b, "converged", m->converged);
	if (m->known)
		json_put_knum(b, "objective", m->objective);
	else
		json_put_knull(b, "objective");
	json_put_knum(b, "penalty", m->penalty);
	json_put_kuint(b, "tasks", m->n_tasks);
	json_put_kuint(b, "labels", m->n_labels);
	json_put_kuint(b, "workers", m->workers.n);
	shard_classes_put(b, &m->classes);
	shard_put_numbers(b, "prior", m->prior, m->K);
	buf_addc(b, '}');
}

static void put_param(struct buf *b, const struct model *m, uint32_t w)
{
	buf_adds(b, "{\"kind\":\"param\"");
	json_put_kstr(b, "worker", intern_str(&m->workers, w));
	json_put_kuint(b, "labels", m->labels[w]);
	if (shard_has_matrix(m->method))
		shard_put_cells(b, "confusion", &m->classes, m->param + w * m->cells);
	else
		json_put_knum(b, "skill", m->param[w]);
	buf_addc(b, '}');
}

void model_emit(const struct model *m, struct sink *out)
{
	uint32_t *order = mem_alloc(m->workers.n, sizeof *order);
	struct buf b = BUF_INIT;

	intern_sort(&m->workers, NULL, order);
	put_head(&b, m);
	out->line(out->ctx, buf_str(&b));
	for (size_t i = 0; i < m->workers.n; i++) {
		buf_reset(&b);
		put_param(&b, m, order[i]);
		out->line(out->ctx, buf_str(&b));
	}
	buf_release(&b);
	free(order);
}

void model_release(struct model *m)
{
	shard_classes_release(&m->classes);
	intern_release(&m->workers);
	free(m->prior);
	free(m->param);
	free(m->labels);
	*m = (struct model){ 0 };
}
