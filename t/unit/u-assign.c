/* assign - its parts, and its answers against slow and obvious versions on thousands of small random instances.
 * What must hold of larger ones: u-assign-law.c. */
#include <xxhash.h>

#include "assign/hash.h"
#include "assign/pool.h"
#include "base/mem.h"
#include "world.h"

static struct world a;

/* ---- the slow versions --------------------------------------------------- */

static uint64_t hash_of(const char *x, const char *y, const char *z)
{
	char text[64];
	size_t n = 0;

	for (const char *p = x; *p; )
		text[n++] = *p++;
	text[n++] = '\0';
	for (const char *p = y; *p; )
		text[n++] = *p++;
	if (z) {
		text[n++] = '\0';
		for (const char *p = z; *p; )
			text[n++] = *p++;
	}
	return XXH3_64bits(text, n);
}

/* the sample of a task, of all workers of a plain world: picked[] */
static void sample(const struct world *w, size_t t, const uint32_t *room, bool *picked)
{
	size_t n_start = 0, n = 0, want = w->task[t].need * 8 < 64 ? 64 : w->task[t].need * 8;
	unsigned bits = 0;

	for (size_t i = 0; i < w->in.n_workers; i++)
		n_start += w->worker[i].room > 0;
	while ((size_t)2 << bits <= n_start)
		bits++;
	uint64_t walk = hash_of("seed", w->task[t].id.p, ""), range = walk >> (64 - bits);
	for (uint64_t i = 0; i < UINT64_C(1) << bits && n < want; i++) {
		for (size_t x = 0; x < w->in.n_workers; x++)
			if (hash_of("seed", "", w->worker[x].id.p) >> (64 - bits) == range && room[x]) {
				picked[x] = true;
				n++;
			}
		range = (range + (walk | 1)) % (UINT64_C(1) << bits);
	}
}

/* fill the empty seats of a task with the best, of the picked or of all */
static void choose(const struct world *w, struct assign_out *o, size_t t, uint32_t *room, const bool *picked)
{
	for (size_t s = o->first[t]; s < o->first[t + 1]; s++) {
		uint32_t best = ASSIGN_NONE;
		uint64_t most = 0;
		if (o->worker[s] != ASSIGN_NONE)
			continue;
		for (uint32_t i = 0; i < w->in.n_workers; i++) {
			if (!room[i] || (picked && !picked[i]) || !may_sit(w, o, t, i, s))
				continue;
			uint64_t h = hash_of("seed", w->task[t].id.p, w->worker[i].id.p);
			if (h >= most) {
				best = i;
				most = h;
			}
		}
		o->worker[s] = best;
		if (best != ASSIGN_NONE && room[best] != UINT32_MAX)
			room[best]--;
	}
}

static int by_number(const void *x, const void *y)
{
	uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;

	return (i > j) - (i < j);
}

/* steps 1 to 3 of assign.h, straight from the manual; the seats that stay empty */
static uint64_t greedy(const struct world *w, struct assign_out *o)
{
	static uint32_t room[MAX_WORKERS];
	static bool had[MAX_TASKS], picked[MAX_WORKERS];
	uint64_t empty = 0;

	for (size_t i = 0; i < w->in.n_workers; i++)
		room[i] = w->worker[i].room;
	memset(had, 0, sizeof had);
	for (size_t turn = 0; turn < w->in.n_tasks; turn++) {
		size_t t = SIZE_MAX, n_open = 0;
		for (size_t i = 0; i < w->in.n_tasks; i++)
			if (!had[i] && (t == SIZE_MAX || hash_of("seed", w->task[i].id.p, NULL) <
			                                 hash_of("seed", w->task[t].id.p, NULL)))
				t = i;
		had[t] = true;
		for (size_t i = 0; i < w->in.n_workers; i++)
			n_open += room[i] > 0;
		if (n_open > 1000) {
			memset(picked, 0, sizeof picked);
			sample(w, t, room, picked);
			choose(w, o, t, room, picked);
		}
		choose(w, o, t, room, NULL);
		for (size_t s = o->first[t]; s < o->first[t + 1]; s++)
			empty += o->worker[s] == ASSIGN_NONE;
	}
	for (size_t t = 0; t < w->in.n_tasks; t++)
		qsort(o->worker + o->first[t], w->task[t].need, sizeof *o->worker, by_number);
	return empty;
}

/* the most seats that can be filled from seat s on, by trying everything; *best is the
 * most found so far, done the seats filled before s */
static void most_seats(const struct world *w, struct assign_out *o, uint32_t *room, size_t t, size_t s, uint64_t done,
                       uint64_t *best)
{
	while (t < w->in.n_tasks && s == o->first[t + 1])
		t++;
	if (done > *best)
		*best = done;
	if (t == w->in.n_tasks || done + (o->first[w->in.n_tasks] - s) <= *best)
		return;
	for (uint32_t i = 0; i < w->in.n_workers; i++) {
		if (!room[i] || !may_sit(w, o, t, i, s))
			continue;
		o->worker[s] = i;
		room[i]--;
		most_seats(w, o, room, t, s + 1, done + 1, best);
		room[i]++;
		o->worker[s] = ASSIGN_NONE;
	}
	most_seats(w, o, room, t, s + 1, done, best);
}

/* an empty assignment of the same shape */
static struct assign_out blank(const struct world *w)
{
	struct assign_out o = { 0 };
	size_t n = 0;

	o.first = mem_alloc(w->in.n_tasks + 1, sizeof *o.first);
	for (size_t t = 0; t < w->in.n_tasks; t++) {
		o.first[t] = n;
		n += w->task[t].need;
	}
	o.first[w->in.n_tasks] = n;
	o.worker = mem_alloc(n, sizeof *o.worker);
	for (size_t s = 0; s < n; s++)
		o.worker[s] = ASSIGN_NONE;
	return o;
}

static uint64_t brute_force(const struct world *w)
{
	struct assign_out o = blank(w);
	uint32_t room[16];
	uint64_t best = 0;

	for (size_t i = 0; i < w->in.n_workers; i++)
		room[i] = w->worker[i].room;
	most_seats(w, &o, room, 0, 0, 0, &best);
	assign_out_release(&o);
	return best;
}

/* ---- the parts ------------------------------------------------------------- */

static void test_hash(void)
{
	struct hash_text h;
	char big[HASH_ID_MAX];

	hash_task(&h, STR("seed"), STR("t1"));
	ok(hash_worker(&h, STR("w1")) == hash_of("seed", "t1", "w1"), "a score is XXH3 of seed, task, worker");
	ok(hash_order(&h) == hash_of("seed", "t1", NULL), "the order of a task");
	ok(hash_walk(&h) == hash_of("seed", "t1", ""), "the walk of a task");
	hash_task(&h, STR("seed"), STR(""));
	ok(hash_worker(&h, STR("w1")) == hash_of("seed", "", "w1"), "the place of a worker");
	hash_task(&h, STR(""), STR("a"));
	uint64_t x = hash_worker(&h, STR("bc"));
	hash_task(&h, STR(""), STR("ab"));
	ok(hash_worker(&h, STR("c")) != x, "parts are kept apart");
	hash_task(&h, STR("s"), STR("t"));
	ok(hash_worker(&h, STR("w")) == UINT64_C(0x4ffc7f4b63191711), "a fixed vector");
	memset(big, 'x', sizeof big);
	struct str most = { big, sizeof big };
	hash_task(&h, most, most);
	ok(hash_worker(&h, most) != 0, "the longest ids fit");
}

static void test_lists(void)
{
	uint64_t pair[] = { lists_pair(2, 9), lists_pair(0, 5), lists_pair(2, 1), lists_pair(2, 9), lists_pair(3, 1) };
	struct lists l, none = { 0 };

	lists_make(&l, 4, pair, 5);
	ok(lists_size(&l, 0) == 1 && lists_size(&l, 1) == 0 && lists_size(&l, 2) == 2 && lists_size(&l, 4) == 0,
	   "sizes, and a pair that repeats counts once");
	ok(lists_has(&l, 2, 1) && lists_has(&l, 2, 9) && !lists_has(&l, 2, 5) && !lists_has(&l, 1, 1), "members");
	ok(lists_within(&l, 3, 2) && !lists_within(&l, 2, 3) && lists_within(&l, 1, 3) && !lists_within(&l, 0, 1) &&
	   lists_within(&l, 2, 2), "subsets");
	ok(!lists_has(&none, 0, 0) && lists_size(&none, 0) == 0, "no lists at all");
	lists_release(&l);
}

static void test_walk(void)
{
	static uint32_t room[MAX_WORKERS], out[MAX_WORKERS], times[MAX_WORKERS];
	struct pools ps;
	struct rng r;
	uint64_t seen = 0, twice = 0;

	plain(&a, 1, 5000, 3, 1);
	for (size_t w = 0; w < 5000; w++)
		room[w] = w % 5 != 0;
	pools_make(&ps, &a.in, room);
	struct pool *p = &ps.pool[0];
	ok(ps.n == 1 && p->n == 4000 && p->n_open == 4000 && p->bits == 11, "a pool holds those with room");
	size_t n = pool_walk(p, 12345, room, SIZE_MAX, out);
	for (size_t i = 0; i < n; i++)
		twice += times[out[i]]++ > 0;
	ok(n == 4000 && twice == 0, "a walk to the end meets every member once");
	memset(times, 0, sizeof times);
	rng_seed(&r, 7);
	for (int i = 0; i < 20000; i++) {
		n = pool_walk(p, rng_next(&r), room, 64, out);
		seen += n;
		for (size_t m = 0; m < n; m++)
			times[out[m]]++;
		twice += n < 64 || n > 80;
	}
	double mean = (double)seen / 4000, chi = 0;
	for (size_t w = 0; w < 5000; w++)
		if (room[w])
			chi += ((double)times[w] - mean) * ((double)times[w] - mean) / mean;
	ok(twice == 0, "a walk stops when it has enough");
	ok(chi > 3500 && chi < 4600, "everybody is as likely to be met (chi square %.0f of 3999)", chi);
	pools_release(&ps);
}

/* ---- answers --------------------------------------------------------------- */

static void test_small(bool conflicts)
{
	struct rng r;
	uint64_t bad = 0, not_greedy = 0, fewer = 0, not_most = 0, seats = 0, most = 0, repaired = 0;

	rng_seed(&r, 1);
	for (int i = 0; i < 4000; i++) {
		small_world(&a, &r, conflicts);
		struct assign_out got, slow = blank(&a);
		assign_run(&a.in, &got);
		uint64_t filled = got.first[a.in.n_tasks] - got.empty, empty = greedy(&a, &slow);
		uint64_t best = brute_force(&a);
		bad += !rules_hold(&a, &got);
		not_greedy += got.moved == 0 && !equal(&a, &got, &slow);
		fewer += got.empty != empty - got.moved;
		not_most += filled != best;
		repaired += got.moved > 0;
		seats += filled;
		most += best;
		assign_out_release(&got);
		assign_out_release(&slow);
	}
	const char *what = conflicts ? "with conflicts" : "without conflicts";
	ok(bad == 0, "4000 small instances %s: every rule holds", what);
	ok(not_greedy == 0, "%s: where no seat had to move, it is the slow version's answer", what);
	ok(fewer == 0, "%s: repair fills what it says it fills", what);
	ok(repaired > 50, "%s: %d instances needed repair", what, (int)repaired);
	if (!conflicts)
		ok(not_most == 0, "%s: no assignment fills more seats", what);
	else
		ok(seats >= most * 999 / 1000, "%s: %d of at most %d seats", what, (int)seats, (int)most);
}

/* larger ones, of which the slow version knows the answer while no seat has to move */
static void is_greedy(const char *name)
{
	struct assign_out got, slow = blank(&a);

	assign_run(&a.in, &got);
	uint64_t empty = greedy(&a, &slow);
	ok(rules_hold(&a, &got) && got.moved == 0 && got.empty == empty && equal(&a, &got, &slow), "%s", name);
	assign_out_release(&got);
	assign_out_release(&slow);
}

static void test_greedy(void)
{
	plain(&a, 400, 1300, 3, UINT32_MAX);
	is_greedy("a sample is the one that the manual describes");
	plain(&a, 700, 1100, 3, 2);
	is_greedy("sampled while more than 1000 have room, ranked all afterwards");
	plain(&a, 60, 1200, 12, UINT32_MAX);
	is_greedy("many seats, a larger sample");
	plain(&a, 100, 300, 3, UINT32_MAX);
	for (size_t w = 0; w < 280; w++)
		a.worker[w].identity = 0;
	is_greedy("one person with most of the accounts: ranked beyond the best few");
	plain(&a, 50, 1500, 3, UINT32_MAX);
	for (size_t w = 0; w < 1490; w++)
		a.worker[w].identity = 0;
	is_greedy("the same where the sample leaves seats empty");
}

int main(void)
{
	test_hash();
	test_lists();
	test_walk();
	test_small(false);
	test_small(true);
	test_greedy();
	drop(&a);
	return done();
}
