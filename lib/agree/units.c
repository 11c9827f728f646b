#include "agree/units.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { SMALL = 32 };

/* ---- lists of classes to cells ----------------------------------------------- */

void counter_init(struct counter *c, size_t n_classes)
{
	*c = (struct counter){ .tally = mem_zalloc(n_classes, sizeof *c->tally) };
}

void counter_release(struct counter *c)
{
	free(c->tally);
	free(c->pos);
	free(c->count);
	*c = (struct counter){ 0 };
}

void counter_add(struct counter *c, uint32_t pos)
{
	if (c->tally[pos]++)
		return;
	if (c->n == c->cap) {
		c->cap = mem_grow(c->cap < 64 ? 64 : c->cap, c->n + 1);
		c->pos = mem_realloc(c->pos, c->cap, sizeof *c->pos);
		c->count = mem_realloc(c->count, c->cap, sizeof *c->count);
	}
	c->pos[c->n++] = pos;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort_small(uint32_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t x = v[i];
		size_t j = i;
		for (; j > 0 && v[j - 1] > x; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
}

struct counts counter_counts(struct counter *c)
{
	struct counts out = { c->pos, c->count, c->n, 0 };

	if (c->n <= SMALL)
		sort_small(c->pos, c->n);
	else
		qsort(c->pos, c->n, sizeof *c->pos, ascending);
	for (size_t k = 0; k < c->n; k++) {
		c->count[k] = c->tally[c->pos[k]];
		out.total += c->count[k];
		c->tally[c->pos[k]] = 0;
	}
	c->n = 0;
	return out;
}

/* ---- the table ----------------------------------------------------------------- */

struct valued {
	double x;
	uint32_t class;
};

static int by_value(const void *a, const void *b)
{
	const struct valued *v = a, *w = b;

	if (v->x != w->x)
		return v->x < w->x ? -1 : 1;
	return (v->class > w->class) - (v->class < w->class);
}

static void place_classes(struct units *u, const double *x)
{
	size_t q = u->n_classes;

	u->place = mem_alloc(q, sizeof *u->place);
	u->class = mem_alloc(q, sizeof *u->class);
	for (size_t c = 0; c < q; c++)
		u->place[c] = u->class[c] = (uint32_t)c;
	if (!x)
		return;
	struct valued *v = mem_alloc(q, sizeof *v);
	for (size_t c = 0; c < q; c++) {
		BUG_ON(!(x[c] - x[c] == 0));
		v[c] = (struct valued){ x[c], (uint32_t)c };
	}
	qsort(v, q, sizeof *v, by_value);
	u->x = mem_alloc(q, sizeof *u->x);
	for (size_t p = 0; p < q; p++) {
		u->x[p] = v[p].x;
		u->class[p] = v[p].class;
		u->place[v[p].class] = (uint32_t)p;
	}
	free(v);
}

/* the positions of a small task, sorted and counted in place of a counter: no scattered memory */
static size_t small_cells(struct units *u, size_t at, const uint32_t *value, size_t r)
{
	uint32_t v[SMALL];
	size_t n = 0;

	for (size_t i = 0; i < r; i++)
		v[i] = u->place[value[i]];
	sort_small(v, r);
	for (size_t i = 0; i < r; i++) {
		if (n && u->pos[at + n - 1] == v[i]) {
			u->count[at + n - 1]++;
			continue;
		}
		u->pos[at + n] = v[i];
		u->count[at + n++] = 1;
	}
	return n;
}

static size_t large_cells(struct units *u, struct counter *c, size_t at, const uint32_t *value, size_t r)
{
	for (size_t i = 0; i < r; i++)
		counter_add(c, u->place[value[i]]);
	struct counts k = counter_counts(c);
	memcpy(u->pos + at, k.pos, k.n * sizeof *k.pos);
	memcpy(u->count + at, k.count, k.n * sizeof *k.count);
	return k.n;
}

static void count_tasks(struct units *u, struct counter *c)
{
	const struct labels *l = u->l;
	size_t at = 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
		size_t r = l->t_off[t + 1] - l->t_off[t];
		const uint32_t *value = l->t_value + l->t_off[t];
		if (!r)
			continue;
		u->task[u->n] = (uint32_t)t;
		u->size[u->n] = (uint32_t)r;
		u->off[u->n++] = (uint32_t)at;
		at += r <= SMALL ? small_cells(u, at, value, r) : large_cells(u, c, at, value, r);
		u->n_pair += r > 1;
		u->n_pair_labels += r > 1 ? r : 0;
		u->most = r > u->most ? r : u->most;
	}
	u->off[u->n] = (uint32_t)at;
	u->pos = mem_realloc(u->pos, at, sizeof *u->pos);
	u->count = mem_realloc(u->count, at, sizeof *u->count);
}

void units_init(struct units *u, const struct labels *l, const double *x)
{
	struct counter c;

	BUG_ON(!l->t_off);
	*u = (struct units){ .l = l, .n_classes = l->n_classes };
	place_classes(u, x);
	u->task = mem_alloc(l->n_tasks, sizeof *u->task);
	u->size = mem_alloc(l->n_tasks, sizeof *u->size);
	u->off = mem_alloc(l->n_tasks + 1, sizeof *u->off);
	u->pos = mem_alloc(l->n, sizeof *u->pos);
	u->count = mem_alloc(l->n, sizeof *u->count);
	counter_init(&c, u->n_classes);
	count_tasks(u, &c);
	counter_release(&c);
}

void units_release(struct units *u)
{
	free(u->task);
	free(u->size);
	free(u->off);
	free(u->pos);
	free(u->count);
	free(u->place);
	free(u->class);
	free(u->x);
	*u = (struct units){ 0 };
}
