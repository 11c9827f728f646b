/* the label set: both orders against a slow reference; the last of a repeated pair counts */
#include "base/mem.h"
#include "data/labels.h"
#include "math/rng.h"
#include "tap.h"

enum { TASKS = 40, WORKERS = 15, MOST = 2000 };

/* The slow way: a full matrix of the last value, and when the pair was first seen. */
static bool agrees(const struct labels *l, const uint32_t (*in)[3], size_t n)
{
	static uint32_t value[TASKS][WORKERS], first[TASKS][WORKERS];
	size_t pairs = 0;

	memset(first, 0, sizeof first);
	for (size_t i = 0; i < n; i++) {
		uint32_t t = in[i][0], w = in[i][1];
		if (!first[t][w]) {
			first[t][w] = (uint32_t)i + 1;
			pairs++;
		}
		value[t][w] = in[i][2];
	}
	if (l->n != pairs || l->n_replaced != n - pairs)
		return false;
	for (size_t t = 0, i = 0; t < l->n_tasks; t++) {
		uint32_t before = 0;
		if (l->t_off[t] != i)
			return false;
		for (; i < l->t_off[t + 1]; i++) {
			uint32_t w = l->t_worker[i];
			if (first[t][w] <= before || l->t_value[i] != value[t][w])
				return false;
			before = first[t][w];
		}
	}
	for (size_t w = 0, i = 0; w < l->n_workers; w++) {
		if (l->w_off[w] != i)
			return false;
		for (; i < l->w_off[w + 1]; i++) {
			uint32_t t = l->w_task[i];
			if (!first[t][w] || l->w_value[i] != value[t][w] ||
			    (i > l->w_off[w] && l->w_task[i - 1] >= t))
				return false;
		}
	}
	return l->t_off[l->n_tasks] == pairs && l->w_off[l->n_workers] == pairs;
}

static void test_random(void)
{
	static uint32_t in[MOST][3];
	struct rng r;
	bool right = true;

	rng_seed(&r, 3);
	for (int k = 0; k < 300; k++) {
		size_t n = (size_t)rng_below(&r, k < 100 ? 12 : MOST);
		struct labels l = { 0 };
		for (size_t i = 0; i < n; i++) {
			in[i][0] = (uint32_t)rng_below(&r, TASKS);
			in[i][1] = (uint32_t)rng_below(&r, WORKERS);
			in[i][2] = (uint32_t)rng_below(&r, 5);
			right = right && labels_add(&l, in[i][0], in[i][1], in[i][2]);
		}
		labels_group(&l, k & 1);
		right = right && agrees(&l, (const uint32_t (*)[3])in, n);
		for (size_t i = 0; k & 1 && i < n; i++)
			right = right && l.task[i] == in[i][0] && l.worker[i] == in[i][1] && l.value[i] == in[i][2];
		right = right && (k & 1 || !l.task);
		labels_release(&l);
	}
	ok(right, "300 random sets, grouped");
}

/* every label, in the order of the stream within a task, and within a worker in that of the tasks */
static bool has_all(const struct labels *l, const uint32_t (*in)[3], size_t n)
{
	size_t at = 0;

	for (uint32_t t = 0; t < l->n_tasks; t++) {
		if (l->t_off[t] != at)
			return false;
		for (size_t i = 0; i < n; i++)
			if (in[i][0] == t && (l->t_worker[at] != in[i][1] || l->t_value[at++] != in[i][2]))
				return false;
	}
	if (at != n || l->t_off[l->n_tasks] != n || l->n != n || l->n_replaced)
		return false;
	at = 0;
	for (uint32_t w = 0; w < l->n_workers; w++) {
		if (l->w_off[w] != at)
			return false;
		for (uint32_t t = 0; t < l->n_tasks; t++)
			for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
				if (l->t_worker[i] == w && (l->w_task[at] != t || l->w_value[at++] != l->t_value[i]))
					return false;
	}
	return at == n && l->w_off[l->n_workers] == n;
}

static void test_repeats(void)
{
	static uint32_t in[MOST][3];
	struct rng r;
	bool right = true;

	rng_seed(&r, 5);
	for (int k = 0; k < 60; k++) {
		size_t n = (size_t)rng_below(&r, k < 30 ? 12 : MOST);
		struct labels l = { 0 };
		for (size_t i = 0; i < n; i++) {
			for (int c = 0; c < 3; c++)
				in[i][c] = (uint32_t)rng_below(&r, c == 0 ? TASKS : c == 1 ? 4 : 5);
			right = right && labels_add(&l, in[i][0], in[i][1], in[i][2]);
		}
		labels_group(&l, LABELS_REPEATS);
		right = right && has_all(&l, (const uint32_t (*)[3])in, n);
		labels_release(&l);
	}
	ok(right, "LABELS_REPEATS: 60 random sets with all their labels");
}

static bool equal(const struct labels *a, const struct labels *b)
{
	return a->n == b->n && a->n_replaced == b->n_replaced &&
	       !memcmp(a->t_off, b->t_off, (a->n_tasks + 1) * sizeof *a->t_off) &&
	       !memcmp(a->t_worker, b->t_worker, a->n * sizeof *a->t_worker) &&
	       !memcmp(a->t_value, b->t_value, a->n * sizeof *a->t_value) &&
	       !memcmp(a->w_off, b->w_off, (a->n_workers + 1) * sizeof *a->w_off) &&
	       !memcmp(a->w_task, b->w_task, a->n * sizeof *a->w_task) &&
	       !memcmp(a->w_value, b->w_value, a->n * sizeof *a->w_value);
}

static void fill(struct labels *l, uint64_t tasks, uint64_t workers)
{
	struct rng r;

	rng_seed(&r, tasks);
	for (int i = 0; i < 200003; i++)
		labels_add(l, (uint32_t)rng_below(&r, tasks), (uint32_t)rng_below(&r, workers), (uint32_t)rng_below(&r, 7));
	l->n_tasks += 3;
	l->n_workers += 2;
}

/* few tasks: nearly all repeat; many: hardly a task has two labels, and one thread it is */
static void test_threads(void)
{
	static const struct { uint32_t tasks, workers; } shape[] = { { 3, 2000 }, { 20000, 5 }, { 30000, 400 }, { 900000, 70 } };
	bool same = true, few = true, dropped = false;

	for (size_t k = 0; k < sizeof shape / sizeof shape[0]; k++)
		for (unsigned how = 0; how <= LABELS_REPEATS; how += LABELS_REPEATS) {
			struct labels one = { 0 };
			fill(&one, shape[k].tasks, shape[k].workers);
			labels_group(&one, how);
			dropped = dropped || one.n_replaced > 1000;
			for (unsigned threads = 2; threads < 12; threads += 3) {
				struct labels many = { 0 };
				fill(&many, shape[k].tasks, shape[k].workers);
				labels_group_threads(&many, how | LABELS_BY_TASK, threads);
				few = few && !many.w_task && !many.w_value &&
				      !memcmp(one.w_off, many.w_off, (one.n_workers + 1) * sizeof *one.w_off);
				labels_by_worker(&many, threads);
				same = same && equal(&one, &many);
				labels_release(&many);
			}
			labels_release(&one);
		}
	ok(same && dropped, "200003 labels: the same for any number of threads");
	ok(few, "LABELS_BY_TASK: of the other order only how many");
}

int main(void)
{
	static const uint32_t map[] = { 2, 0, 1 };
	struct labels l = { 0 };

	test_random();
	test_repeats();
	test_threads();
	labels_add(&l, 0, 1, 0);
	labels_add(&l, 0, 0, 1);
	labels_add(&l, 0, 1, 2);
	l.n_tasks = 3;                         /* two tasks that nobody labelled */
	labels_map_values(&l, map);
	labels_group(&l, false);
	ok(l.n == 2 && l.n_replaced == 1 && l.t_worker[0] == 1 && l.t_value[0] == 1 && l.t_value[1] == 0,
	   "the last label counts, in the place of the first; values mapped");
	ok(l.t_off[1] == 2 && l.t_off[2] == 2 && l.t_off[3] == 2 && l.n_classes == 3, "tasks without labels");
	labels_release(&l);
	labels_group(&l, false);
	ok(l.n == 0 && l.t_off[0] == 0 && l.w_off[0] == 0, "no labels at all");
	labels_release(&l);
	return done();
}
