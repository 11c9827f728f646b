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

int main(void)
{
	static const uint32_t map[] = { 2, 0, 1 };
	struct labels l = { 0 };

	test_random();
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
