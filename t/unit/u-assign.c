/* assign - against slow and obvious versions on thousands of small random instances,
 * and the laws of rendezvous hashing on larger ones. */
#include "tap.h"

#include <xxhash.h>

#include "assign/assign.h"
#include "assign/hash.h"
#include "assign/pool.h"
#include "base/mem.h"
#include "math/rng.h"

enum { MAX_WORKERS = 6000, MAX_TASKS = 3000, MAX_SETS = 8, MAX_PERSONS = MAX_WORKERS };

/* an instance with its own memory */
struct world {
	struct assign_in in;
	struct assign_task task[MAX_TASKS];
	struct assign_worker worker[MAX_WORKERS];
	struct lists skills, conflicts, taken;
	char name[MAX_TASKS + MAX_WORKERS][12];
};

static struct world a, b;

static void set_lists(struct lists *l, size_t n, uint64_t *pair, size_t n_pairs)
{
	lists_release(l);
	lists_make(l, n, pair, n_pairs);
}

/* tasks and workers with names that sort as they are numbered, no skills, no conflicts */
static void plain(struct world *w, size_t n_tasks, size_t n_workers, uint32_t need, uint32_t room)
{
	set_lists(&w->skills, 1, NULL, 0);
	set_lists(&w->conflicts, n_workers, NULL, 0);
	set_lists(&w->taken, n_tasks, NULL, 0);
	for (size_t i = 0; i < n_tasks + n_workers; i++)
		snprintf(w->name[i], sizeof w->name[i], "%c%06zu", i < n_tasks ? 't' : 'w',
		         i < n_tasks ? i : i - n_tasks);
	for (size_t t = 0; t < n_tasks; t++)
		w->task[t] = (struct assign_task){ str_of(w->name[t]), 0, need };
	for (size_t i = 0; i < n_workers; i++)
		w->worker[i] = (struct assign_worker){ str_of(w->name[n_tasks + i]), 0, (uint32_t)i, room };
	w->in = (struct assign_in){ .seed = STR("seed"), .task = w->task, .worker = w->worker, .n_tasks = n_tasks,
	                            .n_workers = n_workers, .skills = &w->skills, .conflicts = &w->conflicts,
	                            .taken = &w->taken, .threads = 1 };
}

static void drop(struct world *w)
{
	lists_release(&w->skills);
	lists_release(&w->conflicts);
	lists_release(&w->taken);
}

/* ---- what must hold of every assignment --------------------------------- */

static bool clash(const struct world *w, uint32_t x, uint32_t y)
{
	return x == y || lists_has(&w->conflicts, x, y);
}

static bool may_sit(const struct world *w, const struct assign_out *o, size_t t, uint32_t who, size_t seat)
{
	const struct assign_worker *x = &w->worker[who];

	if (!lists_within(&w->skills, w->task[t].skills, x->skills))
		return false;
	for (size_t i = w->taken.first[t]; i < w->taken.first[t + 1]; i++)
		if (clash(w, x->identity, w->taken.item[i]))
			return false;
	for (size_t s = o->first[t]; s < o->first[t + 1]; s++)
		if (s != seat && o->worker[s] != ASSIGN_NONE && clash(w, x->identity, w->worker[o->worker[s]].identity))
			return false;
	return true;
}

static bool rules_hold(const struct world *w, const struct assign_out *o)
{
	static uint32_t load[MAX_WORKERS];
	uint64_t empty = 0;

	memset(load, 0, sizeof load);
	for (size_t t = 0; t < w->in.n_tasks; t++) {
		if (o->first[t + 1] - o->first[t] != w->task[t].need)
			return false;
		for (size_t s = o->first[t]; s < o->first[t + 1]; s++) {
			uint32_t who = o->worker[s];
			empty += who == ASSIGN_NONE;
			if (who == ASSIGN_NONE)
				continue;
			if (++load[who] > w->worker[who].room || !may_sit(w, o, t, who, s))
				return false;
			if (s > o->first[t] && o->worker[s - 1] >= who)
				return false;
		}
	}
	return empty == o->empty;
}

static bool equal(const struct world *w, const struct assign_out *x, const struct assign_out *y)
{
	size_t n = x->first[w->in.n_tasks];

	return n == y->first[w->in.n_tasks] && memcmp(x->worker, y->worker, n * sizeof *x->worker) == 0;
}

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

/* ---- random instances ---------------------------------------------------- */

static uint32_t below(struct rng *r, uint32_t n)
{
	return (uint32_t)rng_below(r, n);
}

/* skills, identities, room, what is taken; conflicts on request */
static void small_world(struct world *w, struct rng *r, bool conflicts)
{
	size_t n_tasks = 1 + below(r, 4), n_workers = 1 + below(r, 5), n = 0;
	uint64_t pair[64];

	plain(w, n_tasks, n_workers, 0, 0);
	for (uint32_t set = 0; set < 4; set++)
		for (uint32_t skill = 0; skill < 2; skill++)
			if (set >> skill & 1)
				pair[n++] = lists_pair(set, skill);
	set_lists(&w->skills, 4, pair, n);
	for (size_t t = 0; t < n_tasks; t++) {
		w->task[t].need = below(r, 3);
		w->task[t].skills = below(r, 3) ? 0 : below(r, 4);
	}
	for (size_t i = 0; i < n_workers; i++)
		w->worker[i] = (struct assign_worker){ w->worker[i].id, below(r, 2) ? 3 : below(r, 4), below(r, 5),
		                                       below(r, 4) };
	n = 0;
	for (uint32_t t = 0; t < n_tasks; t++)
		if (below(r, 3) == 0)
			pair[n++] = lists_pair(t, below(r, 5));
	set_lists(&w->taken, n_tasks, pair, n);
	n = 0;
	for (int i = 0; conflicts && i < 2; i++) {
		uint32_t x = below(r, 5), y = below(r, 5);
		pair[n++] = lists_pair(x, y);
		pair[n++] = lists_pair(y, x);
	}
	set_lists(&w->conflicts, 5, pair, n);
}

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

/* T takes two of b, c and d, where c and d are one person; t takes b or c.  When T took b
 * and c, the only way out is that d takes over from c, on a task that the search has
 * opened for b already. */
static void test_accounts(void)
{
	int short_of = 0, moved = 0;

	for (int i = 0; i < 300; i++) {
		char text[8];
		struct assign_out o;
		uint64_t pair[] = { lists_pair(1, 0) };
		plain(&a, 2, 3, 1, 1);
		set_lists(&a.skills, 2, pair, 1);
		snprintf(text, sizeof text, "%d", i);
		a.in.seed = str_of(text);
		a.task[0].need = 2;
		a.task[1].skills = 1;
		a.worker[0].skills = a.worker[1].skills = 1;
		a.worker[2].identity = 1;
		assign_run(&a.in, &o);
		short_of += o.empty != 0 || !rules_hold(&a, &o);
		moved += o.moved > 0;
		assign_out_release(&o);
	}
	ok(short_of == 0 && moved > 30, "accounts of one person stand in for each other (%d of 300 had to move)", moved);
}

/* ---- laws ------------------------------------------------------------------ */

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

/* seats that are not the same in x (of world a) and y (of world b, which lacks worker `gone`) */
static uint64_t changed(const struct assign_out *x, const struct assign_out *y, uint32_t gone, uint64_t *his)
{
	uint64_t n = 0;

	*his = 0;
	for (size_t t = 0; t < a.in.n_tasks; t++)
		for (size_t s = x->first[t]; s < x->first[t + 1]; s++) {
			uint32_t who = x->worker[s];
			bool stays = false;
			*his += who == gone;
			for (size_t i = y->first[t]; i < y->first[t + 1]; i++)
				stays = stays || (who != gone && y->worker[i] + (y->worker[i] >= gone) == who);
			n += !stays;
		}
	return n;
}

static void test_removal(size_t n_workers, uint64_t at_most, const char *name)
{
	struct assign_out x, y;
	uint64_t his;

	plain(&a, 3000, n_workers, 3, UINT32_MAX);
	assign_run(&a.in, &x);
	ok(rules_hold(&a, &x) && x.empty == 0, "%s: everybody has a seat", name);
	plain(&b, 3000, n_workers, 3, UINT32_MAX);
	memmove(&b.worker[17], &b.worker[18], (n_workers - 18) * sizeof b.worker[0]);
	b.in.n_workers--;
	assign_run(&b.in, &y);
	uint64_t n = changed(&x, &y, 17, &his);
	ok(his > 0 && n >= his && n <= his + at_most, "%s: a worker with %d seats leaves, %d move", name, (int)his, (int)n);
	assign_out_release(&x);
	assign_out_release(&y);
}

static void test_balance(void)
{
	struct assign_out o;

	plain(&a, 2000, 60, 3, 105);    /* 1.05 times the mean of 100 */
	for (uint32_t w = 0; w < 5; w++)
		a.worker[w].identity = 0;
	assign_run(&a.in, &o);
	ok(rules_hold(&a, &o) && o.empty == 0, "2000 x 60, room for 1.05 of the mean, one person with 5 accounts: none short");
	assign_out_release(&o);
	plain(&a, 2000, 60, 3, 100);    /* not one seat to spare */
	assign_run(&a.in, &o);
	ok(rules_hold(&a, &o) && o.empty == 0, "the same with not one seat to spare (%d moved)", (int)o.moved);
	assign_out_release(&o);
	plain(&a, 3000, 5000, 5, 3);    /* sampled, full to the last */
	assign_run(&a.in, &o);
	ok(rules_hold(&a, &o) && o.empty == 0, "3000 x 5000 with not one seat to spare (%d moved)", (int)o.moved);
	assign_out_release(&o);
}

static void test_invariance(void)
{
	struct assign_out x, y;
	struct rng r;
	int differ = 0, bad = 0;

	rng_seed(&r, 3);
	for (int i = 0; i < 200; i++) {
		small_world(&a, &r, true);
		b.in = a.in;
		memcpy(b.worker, a.worker, sizeof b.worker);
		memcpy(b.task, a.task, sizeof b.task);
		b.in.worker = b.worker;
		b.in.task = b.task;
		/* other numbers for identities: x -> 4 - x */
		struct lists conflicts = { 0 }, taken = { 0 };
		uint64_t pair[64];
		size_t n = 0;
		for (uint32_t p = 0; p < 5; p++)
			for (size_t c = a.conflicts.first[p]; c < a.conflicts.first[p + 1]; c++)
				pair[n++] = lists_pair(4 - p, 4 - a.conflicts.item[c]);
		lists_make(&conflicts, 5, pair, n);
		n = 0;
		for (uint32_t t = 0; t < a.in.n_tasks; t++)
			for (size_t c = a.taken.first[t]; c < a.taken.first[t + 1]; c++)
				pair[n++] = lists_pair(t, 4 - a.taken.item[c]);
		lists_make(&taken, a.in.n_tasks, pair, n);
		for (size_t w = 0; w < a.in.n_workers; w++)
			b.worker[w].identity = 4 - a.worker[w].identity;
		b.in.conflicts = &conflicts;
		b.in.taken = &taken;
		b.in.threads = 3;
		assign_run(&a.in, &x);
		assign_run(&b.in, &y);
		differ += !equal(&a, &x, &y);
		bad += !rules_hold(&a, &y);
		assign_out_release(&x);
		assign_out_release(&y);
		lists_release(&conflicts);
		lists_release(&taken);
	}
	ok(differ == 0 && bad == 0, "other numbers for identities, same answer");
	plain(&a, 3000, 400, 4, 31);
	assign_run(&a.in, &x);
	a.in.threads = 4;
	assign_run(&a.in, &y);
	ok(equal(&a, &x, &y), "the number of threads does not matter");
	assign_out_release(&y);
	a.in.seed = STR("another");
	assign_run(&a.in, &y);
	ok(!equal(&a, &x, &y), "the seed does");
	assign_out_release(&x);
	assign_out_release(&y);
}

static void test_edges(void)
{
	struct assign_out o;

	plain(&a, 0, 0, 0, 0);
	assign_run(&a.in, &o);
	ok(o.empty == 0, "nothing to do");
	assign_out_release(&o);
	plain(&a, 3, 0, 2, 0);
	assign_run(&a.in, &o);
	ok(o.empty == 6 && o.worker[0] == ASSIGN_NONE, "nobody there");
	assign_out_release(&o);
	plain(&a, 2, 300, 300, 1);      /* deeper than what is ranked ahead */
	assign_run(&a.in, &o);
	ok(rules_hold(&a, &o) && o.empty == 300, "as many seats as workers");
	assign_out_release(&o);
	plain(&a, 2000, 60, 3, 100);
	a.in.max_steps = 1;
	assign_run(&a.in, &o);
	ok(rules_hold(&a, &o) && o.gave_up && o.empty > 0, "the search for room can be cut short, and says so");
	assign_out_release(&o);
	plain(&a, 10, 2000, 3, 5);      /* one person holds all room: sampling alone cannot fill */
	for (size_t w = 0; w < 1998; w++)
		a.worker[w].identity = 0;
	assign_run(&a.in, &o);
	ok(rules_hold(&a, &o) && o.empty == 10, "the rare strangers are found beyond the sample");
	assign_out_release(&o);
}

int main(void)
{
	test_hash();
	test_lists();
	test_walk();
	test_small(false);
	test_small(true);
	test_greedy();
	test_accounts();
	test_removal(60, 0, "60 workers");
	test_removal(1000, 0, "1000 workers");
	test_removal(1500, 30, "1500 workers, sampled");
	test_balance();
	test_invariance();
	test_edges();
	drop(&a);
	drop(&b);
	return done();
}
