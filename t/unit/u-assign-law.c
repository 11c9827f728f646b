/* assign - laws: accounts stand in for each other, who leaves moves nobody else, no seat is short that room is there
 * for, numbers and threads do not matter; and the edges. */
#include "world.h"

static struct world a, b;

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
