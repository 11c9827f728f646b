#include "data/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"

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

/* ---- grouping -------------------------------------------------------------------
 *
 * Two counting sorts.  The labels are cut into chunks, each chunk counts its keys by itself,
 * and from these counts follows where each chunk puts its labels: in the order of the chunks
 * within a key, so that the result is the same for any number of them. */

enum { CHUNKS = 8, WORTH = 1 << 16, AHEAD = 24 };       /* WORTH: labels, below which one thread is faster */

struct grouping {
	struct labels *l;
	unsigned threads;
	size_t n_chunks;
	uint32_t *next;                 /* n_chunks x keys: counts, then where the next label goes */
	size_t task[CHUNKS + 1];        /* chunk c holds the tasks task[c] .. task[c+1]-1 ... */
	uint32_t from[CHUNKS + 1];      /* ... whose labels begin here */
	uint32_t n[CHUNKS];             /* and so many of them count */
};

static void cut(struct grouping *g, size_t n_keys)
{
	size_t n = g->l->n, most = g->threads ? g->threads : par_cores();

	if (n < WORTH || most < 1)
		most = 1;
	if (most > CHUNKS)
		most = CHUNKS;
	/* the counts take no more than 4 bytes a label */
	while (most > 1 && most > n / (n_keys + 1))
		most--;
	g->n_chunks = most;
	g->next = mem_big(most * n_keys, sizeof *g->next);
}

/* counts to places; off has n_keys + 1 */
static void place(struct grouping *g, size_t n_keys, uint32_t *off)
{
	uint32_t at = 0;

	for (size_t k = 0; k < n_keys; k++) {
		off[k] = at;
		for (size_t c = 0; c < g->n_chunks; c++) {
			uint32_t n = g->next[c * n_keys + k];
			g->next[c * n_keys + k] = at;
			at += n;
		}
	}
	off[n_keys] = at;
}

static size_t chunk_start(const struct grouping *g, size_t c)
{
	return g->l->n / g->n_chunks * c + (c == g->n_chunks ? g->l->n % g->n_chunks : 0);
}

static void count_tasks(void *ctx, size_t c)
{
	const struct grouping *g = ctx;
	const uint32_t *task = g->l->task;
	uint32_t *next = g->next + c * g->l->n_tasks;
	size_t end = chunk_start(g, c + 1);

	memset(next, 0, g->l->n_tasks * sizeof *next);
	for (size_t i = chunk_start(g, c); i < end; i++) {
		__builtin_prefetch(&next[task[i + AHEAD < end ? i + AHEAD : i]], 1);
		next[task[i]]++;
	}
}

static void place_tasks(void *ctx, size_t c)
{
	const struct grouping *g = ctx;
	const struct labels *l = g->l;
	uint32_t *next = g->next + c * l->n_tasks;
	size_t end = chunk_start(g, c + 1);

	for (size_t i = chunk_start(g, c); i < end; i++) {
		if (i + 2 * AHEAD < end) {
			__builtin_prefetch(&next[l->task[i + 2 * AHEAD]], 1);
			uint32_t soon = next[l->task[i + AHEAD]];
			__builtin_prefetch(&l->t_worker[soon], 1);
			__builtin_prefetch(&l->t_value[soon], 1);
		}
		uint32_t at = next[l->task[i]]++;
		l->t_worker[at] = l->worker[i];
		l->t_value[at] = l->value[i];
	}
}

static void sort_by_task(struct grouping *g)
{
	struct labels *l = g->l;

	cut(g, l->n_tasks);
	l->t_off = mem_big(l->n_tasks + 1, sizeof *l->t_off);
	par_for(g->threads, g->n_chunks, count_tasks, g);
	place(g, l->n_tasks, l->t_off);
	l->t_worker = mem_big(l->n, sizeof *l->t_worker);
	l->t_value = mem_big(l->n, sizeof *l->t_value);
	par_for(g->threads, g->n_chunks, place_tasks, g);
	free(g->next);
}

/* Chunks of whole tasks, with about as many labels in each. */
static void cut_tasks(struct grouping *g)
{
	const struct labels *l = g->l;

	for (size_t c = 0; c <= g->n_chunks; c++) {
		size_t lo = 0, hi = l->n_tasks, want = chunk_start(g, c);
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;
			if (l->t_off[mid] < want)
				lo = mid + 1;
			else
				hi = mid;
		}
		g->task[c] = c == g->n_chunks ? l->n_tasks : lo;
		g->from[c] = l->t_off[g->task[c]];
	}
}

/* Keep one label of a task and worker, closing the gaps within the chunk.  seen[w] is where the latest label
 * of worker w was put; it belongs to this task if it is not before the task's start. */
static void keep_latest(void *ctx, size_t c)
{
	struct grouping *g = ctx;
	struct labels *l = g->l;
	uint32_t *seen = mem_zalloc(l->n_workers, sizeof *seen);
	uint32_t out = g->from[c], i = out;

	for (size_t t = g->task[c]; t < g->task[c + 1]; t++) {
		uint32_t start = out, end = t + 1 < g->task[c + 1] ? l->t_off[t + 1] : g->from[c + 1];
		for (; i < end; i++) {
			uint32_t w = l->t_worker[i], at = seen[w];
			if (at >= start && at < out && l->t_worker[at] == w) {
				l->t_value[at] = l->t_value[i];
				continue;
			}
			seen[w] = out;
			l->t_worker[out] = w;
			l->t_value[out++] = l->t_value[i];
		}
		l->t_off[t] = start;    /* t_off[t + 1] still says where this task's input ends */
	}
	g->n[c] = out - g->from[c];
	free(seen);
}

/* Close the gaps that dropped labels have left between the chunks. */
static void join(struct grouping *g)
{
	struct labels *l = g->l;
	uint32_t out = g->n[0];

	for (size_t c = 1; c < g->n_chunks; c++) {
		uint32_t from = g->from[c], gap = from - out;
		if (gap) {
			memmove(l->t_worker + out, l->t_worker + from, g->n[c] * sizeof *l->t_worker);
			memmove(l->t_value + out, l->t_value + from, g->n[c] * sizeof *l->t_value);
			for (size_t t = g->task[c]; t < g->task[c + 1]; t++)
				l->t_off[t] -= gap;
		}
		out += g->n[c];
	}
	l->n_replaced = l->n - out;
	l->n = out;
	l->t_off[l->n_tasks] = out;
}

static void drop_replaced(struct grouping *g)
{
	cut_tasks(g);
	par_for(g->threads, g->n_chunks, keep_latest, g);
	join(g);
}

static void count_workers(void *ctx, size_t c)
{
	const struct grouping *g = ctx;
	uint32_t *next = g->next + c * g->l->n_workers;

	memset(next, 0, g->l->n_workers * sizeof *next);
	for (size_t i = g->from[c]; i < g->from[c + 1]; i++)
		next[g->l->t_worker[i]]++;
}

static void place_workers(void *ctx, size_t c)
{
	const struct grouping *g = ctx;
	const struct labels *l = g->l;
	uint32_t *next = g->next + c * l->n_workers;

	for (size_t t = g->task[c]; t < g->task[c + 1]; t++)
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			uint32_t at = next[l->t_worker[i]]++;
			l->w_task[at] = (uint32_t)t;
			l->w_value[at] = l->t_value[i];
		}
}

static void sort_by_worker(struct labels *l, unsigned threads, bool place_them)
{
	struct grouping g = { .l = l, .threads = threads };

	cut(&g, l->n_workers);
	cut_tasks(&g);
	par_for(threads, g.n_chunks, count_workers, &g);
	if (!l->w_off)
		l->w_off = mem_alloc(l->n_workers + 1, sizeof *l->w_off);
	place(&g, l->n_workers, l->w_off);
	if (place_them) {
		if (!l->w_task) {
			l->w_task = mem_big(l->n, sizeof *l->w_task);
			l->w_value = mem_big(l->n, sizeof *l->w_value);
		}
		par_for(threads, g.n_chunks, place_workers, &g);
	}
	free(g.next);
}

static void free_columns(struct labels *l)
{
	free(l->task);
	free(l->worker);
	free(l->value);
	l->task = l->worker = l->value = NULL;
	l->cap = 0;
}

/* The worker-major order goes where columns were: memory that is there costs less than new. */
static void reuse_columns(struct labels *l)
{
	l->w_task = mem_realloc(l->task, l->n, sizeof *l->w_task);
	l->w_value = mem_realloc(l->worker, l->n, sizeof *l->w_value);
	l->task = l->worker = NULL;
}

void labels_group_threads(struct labels *l, unsigned how, unsigned threads)
{
	struct grouping g = { .l = l, .threads = threads };

	BUG_ON(l->t_off);
	sort_by_task(&g);
	if (!(how & (LABELS_COLUMNS | LABELS_BY_TASK)))
		reuse_columns(l);
	if (!(how & LABELS_COLUMNS))
		free_columns(l);
	if (!(how & LABELS_REPEATS))
		drop_replaced(&g);
	sort_by_worker(l, threads, !(how & LABELS_BY_TASK));
}

void labels_group(struct labels *l, unsigned how)
{
	labels_group_threads(l, how, 1);
}

void labels_by_worker(struct labels *l, unsigned threads)
{
	BUG_ON(!l->t_off);
	if (!l->w_task)
		sort_by_worker(l, threads, true);
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
