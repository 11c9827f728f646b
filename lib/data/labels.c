#include "data/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static void grow(struct labels *l, size_t need)
{
	l->cap = mem_grow(l->cap < 256 ? 256 : l->cap, need);
	l->task = mem_realloc(l->task, l->cap, sizeof *l->task);
	l->worker = mem_realloc(l->worker, l->cap, sizeof *l->worker);
	l->value = mem_realloc(l->value, l->cap, sizeof *l->value);
}

static void raise_to(size_t *n, uint32_t id)
{
	if (*n <= id)
		*n = (size_t)id + 1;
}

bool labels_add(struct labels *l, uint32_t task, uint32_t worker, uint32_t value)
{
	if (l->n >= UINT32_MAX)
		return false;
	if (l->n == l->cap)
		grow(l, l->n + 1);
	l->task[l->n] = task;
	l->worker[l->n] = worker;
	l->value[l->n] = value;
	l->n++;
	raise_to(&l->n_tasks, task);
	raise_to(&l->n_workers, worker);
	raise_to(&l->n_classes, value);
	return true;
}

bool labels_extend(struct labels *l, size_t n)
{
	if (n > UINT32_MAX - l->n)
		return false;
	if (l->cap - l->n < n)
		grow(l, l->n + n);
	l->n += n;
	return true;
}

void labels_map_values(struct labels *l, const uint32_t *map)
{
	size_t n_classes = 0;

	for (size_t i = 0; i < l->n; i++) {
		l->value[i] = map[l->value[i]];
		raise_to(&n_classes, l->value[i]);
	}
	if (l->n_classes < n_classes)
		l->n_classes = n_classes;
}

/* off[k+1] = where key k starts; a pass that places by off[k+1]++ leaves off right */
static uint32_t *starts(const uint32_t *key, size_t n, size_t n_keys)
{
	uint32_t *off = mem_zalloc(n_keys + 2, sizeof *off);

	for (size_t i = 0; i < n; i++)
		off[(size_t)key[i] + 2]++;
	for (size_t k = 2; k < n_keys + 2; k++)
		off[k] += off[k - 1];
	return off;
}

static void sort_by_task(struct labels *l)
{
	l->t_off = starts(l->task, l->n, l->n_tasks);
	l->t_worker = mem_alloc(l->n, sizeof *l->t_worker);
	l->t_value = mem_alloc(l->n, sizeof *l->t_value);
	for (size_t i = 0; i < l->n; i++) {
		uint32_t at = l->t_off[(size_t)l->task[i] + 1]++;
		l->t_worker[at] = l->worker[i];
		l->t_value[at] = l->value[i];
	}
}

/* Keep one label a pair, closing the gaps.  seen[w] is where the latest label of
 * worker w was put; it belongs to this task if it is not before the task's start. */
static void drop_replaced(struct labels *l)
{
	uint32_t *seen = mem_zalloc(l->n_workers, sizeof *seen);
	uint32_t out = 0, i = 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
		uint32_t start = out;
		for (; i < l->t_off[t + 1]; i++) {
			uint32_t w = l->t_worker[i];
			if (seen[w] >= start && seen[w] < out && l->t_worker[seen[w]] == w) {
				l->t_value[seen[w]] = l->t_value[i];
				continue;
			}
			seen[w] = out;
			l->t_worker[out] = w;
			l->t_value[out++] = l->t_value[i];
		}
		l->t_off[t] = start;    /* t_off[t + 1] still says where this task's input ends */
	}
	l->n_replaced = l->n - out;
	l->n = out;
	l->t_off[l->n_tasks] = out;
	free(seen);
}

static void sort_by_worker(struct labels *l)
{
	l->w_off = starts(l->t_worker, l->n, l->n_workers);
	l->w_task = mem_alloc(l->n, sizeof *l->w_task);
	l->w_value = mem_alloc(l->n, sizeof *l->w_value);
	for (size_t t = 0; t < l->n_tasks; t++)
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			uint32_t at = l->w_off[(size_t)l->t_worker[i] + 1]++;
			l->w_task[at] = (uint32_t)t;
			l->w_value[at] = l->t_value[i];
		}
}

static void free_columns(struct labels *l)
{
	free(l->task);
	free(l->worker);
	free(l->value);
	l->task = l->worker = l->value = NULL;
	l->cap = 0;
}

void labels_group(struct labels *l, bool keep)
{
	BUG_ON(l->t_off);
	sort_by_task(l);
	if (!keep)
		free_columns(l);
	drop_replaced(l);
	sort_by_worker(l);
}

void labels_release(struct labels *l)
{
	free_columns(l);
	free(l->t_off);
	free(l->t_worker);
	free(l->t_value);
	free(l->w_off);
	free(l->w_task);
	free(l->w_value);
	*l = (struct labels){ 0 };
}
