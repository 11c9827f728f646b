/* the default score: against a slow reference on small random logs, and the laws that pay depends on */
#include "tap.h"

#include "math/rng.h"
#include "rule-ref.h"

enum { MANY = 1000, MOST = 600 };

/* a log and all that goes with it */
struct toy {
	struct rule_policy p;
	struct rule_log l;
	uint32_t task[MOST], worker[MOST], value[MOST], epoch[MOST], identity[2 * REF_WHO], gold[REF_TASKS];
	bool end;
};

static uint32_t below(struct rng *g, uint32_t n)
{
	return (uint32_t)rng_below(g, n);
}

/* bounds that small logs reach */
static void toy_policy(struct toy *o, struct rng *g)
{
	struct err e;

	o->p = (struct rule_policy)RULE_POLICY_DEFAULT;
	rule_policy_test(&o->p, 8500, 5000, 100 + below(g, 2000), 500 + below(g, 3000));
	o->p.drift = 1500000 + (int32_t)below(g, 2000000);
	o->p.flags_stop = 1 + below(g, 2);
	o->p.join_below = below(g, 12);
	o->p.ca_ref = (uint32_t)1 << (28 + below(g, 4));
	o->p.passes = below(g, 4);
	o->p.peers_least = below(g, 8);
	o->p.alarm_least = 1 + below(g, 4);
	o->p.alarm_labels = below(g, 5);
	o->p.alarm_bp = below(g, 10001);
	o->p.copy_least = below(g, 12);
	o->p.halt = below(g, 2);
	if (below(g, 4) == 0)
		o->p.median_least = 1;
	if (!rule_policy_check(&o->p, &e))
		printf("Bail out! %s\n", e.msg);
}

static void toy_init(struct toy *o, struct rng *g)
{
	uint32_t n_id = 2 + below(g, 11), n_w = n_id + below(g, n_id + 1), values = 1 + below(g, 5);
	uint32_t tasks = 4 + below(g, 40), epochs = 1 + below(g, 5), n = below(g, 8) ? 20 + below(g, 380) : below(g, 12);
	uint32_t truth[REF_TASKS], care[2 * REF_WHO];
	bool noisy = below(g, 3) == 0;          /* gold is easy, the rest hard, and identity 0 says what was said before */

	if (noisy) {
		values = REF_VALUES;
		epochs = 1 + epochs % 2;
		tasks = REF_TASKS;
		n = MOST - below(g, 100);
	}
	memset(o, 0, sizeof *o);
	toy_policy(o, g);
	o->p.copy_ppm = noisy ? 20000 + below(g, 279999) : 1 + below(g, 299999);
	for (uint32_t t = 0; t < tasks; t++) {
		truth[t] = below(g, values);
		o->gold[t] = below(g, 5) < 2 ? truth[t] : RULE_NO_GOLD;
	}
	for (uint32_t w = 0; w < n_w; w++) {
		o->identity[w] = w < n_id ? w : below(g, n_id);
		care[w] = below(g, 3) ? 95 : below(g, 101);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t t = below(g, tasks), w = below(g, n_w);
		o->task[i] = t;
		o->worker[i] = w;
		o->value[i] = below(g, 100) < care[w] && !(noisy && o->gold[t] == RULE_NO_GOLD) ? truth[t] : below(g, values);
		o->epoch[i] = below(g, 4) ? (uint32_t)((uint64_t)i * epochs / n) : below(g, epochs);
		for (uint32_t k = 0; noisy && o->identity[w] == 0 && k < i; k++)
			if (o->task[k] == t && o->epoch[k] == o->epoch[i] && o->gold[t] == RULE_NO_GOLD)
				o->value[i] = o->value[k];
	}
	o->l = (struct rule_log){
		.n = n, .task = o->task, .worker = o->worker, .value = o->value, .epoch = o->epoch, .n_tasks = tasks,
		.n_workers = n_w, .n_values = values, .n_epochs = epochs, .identity = o->identity, .n_identities = n_id,
		.gold = o->gold,
	};
	o->end = below(g, 3) > 0;
}

/* ---- comparing --------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct rule_block *x = a, *y = b;

	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static bool same_state(const struct rule_state *a, const struct rule_state *b)
{
	return a->llr == b->llr && a->standing == b->standing && a->flags == b->flags && a->held == b->held &&
		a->gold == b->gold && a->right == b->right && a->answers == b->answers && a->fresh == b->fresh &&
		!memcmp(a->seen, b->seen, sizeof a->seen) && !memcmp(a->lone, b->lone, sizeof a->lone) &&
		!memcmp(a->met, b->met, sizeof a->met) && !memcmp(a->apart, b->apart, sizeof a->apart) && a->between == b->between && a->early == b->early;
}

static bool same_block(const struct rule_block *a, const struct rule_block *b)
{
	return a->who == b->who && a->from == b->from && a->to == b->to && a->units == b->units &&
		a->labels == b->labels && a->sum == b->sum && a->agreement == b->agreement && a->bonus == b->bonus &&
		a->score == b->score && a->at == b->at && a->status == b->status;
}

static bool same_blocks(struct rule_block *a, size_t n, struct rule_block *b, size_t m)
{
	bool same = n == m;

	if (n)
		qsort(a, n, sizeof *a, by_place);
	if (m)
		qsort(b, m, sizeof *b, by_place);
	for (size_t k = 0; same && k < n; k++)
		same = same_block(&a[k], &b[k]);
	return same;
}

static bool same_states(const struct rule_state *a, const struct rule_state *b, size_t n)
{
	bool same = true;

	for (size_t i = 0; i < n; i++)
		same = same && same_state(&a[i], &b[i]);
	return same;
}

static bool same_run(struct rule_run *a, struct rule_run *b, size_t n)
{
	return same_states(a->state, b->state, n) && same_blocks(a->block, a->n_blocks, b->block, b->n_blocks) &&
		a->alarm == b->alarm && a->n_held == b->n_held;
}

static struct rule_run fast(const struct toy *o, unsigned threads)
{
	struct rule_run r = { .state = mem_zalloc(o->l.n_identities, sizeof *r.state) };
	struct err e;

	if (!rule_run(&o->p, &o->l, o->end, threads, &r, &e))
		printf("Bail out! %s\n", e.msg);
	return r;
}

/* ---- against the reference ------------------------------------------------------------------- */

/* how often each thing occurred, so that a test of nothing is seen */
struct seen {
	int status[4], settled, held, alarms, joined, replaced, standing[4], lagged;
};

static void look(struct seen *s, const struct rule_run *r, size_t n)
{
	for (size_t k = 0; k < r->n_blocks; k++) {
		s->status[r->block[k].status]++;
		s->settled += r->block[k].status == RULE_PAID && r->block[k].score < RULE_ONE && r->block[k].score > 0;
		s->joined += r->block[k].to > r->block[k].from;
		s->lagged += r->block[k].status == RULE_PAID && r->block[k].at > r->block[k].to + 1;
	}
	for (size_t i = 0; i < n; i++) {
		s->standing[r->state[i].standing]++;
		s->held += r->state[i].held;
	}
	s->alarms += r->alarm;
	s->replaced += r->n_replaced > 0;
}

static void test_reference(struct rng *g)
{
	struct seen s = { { 0 }, 0, 0, 0, 0, 0, { 0 }, 0 };
	int bad_state = 0, bad_block = 0, bad_alarm = 0, first = -1;

	for (int k = 0; k < MANY; k++) {
		struct toy o;
		toy_init(&o, g);
		struct ref *want = ref_run(&o.p, &o.l, o.end);
		struct rule_run got = fast(&o, 1 + (unsigned)k % 3);
		uint32_t E = (uint32_t)o.l.n_epochs;
		bool states = same_states(got.state, want->end[E - 1], o.l.n_identities);
		bool blocks = same_blocks(got.block, got.n_blocks, want->block, want->n_blocks);
		bad_state += !states;
		bad_block += !blocks;
		bad_alarm += got.alarm != want->alarm[o.end ? E : E - 1];
		first = first < 0 && (!states || !blocks) ? k : first;
		look(&s, &got, o.l.n_identities);
		rule_run_release(&got);
		ref_free(want);
	}
	ok(bad_state == 0, "%d random logs: each identity's state is the reference's (%d differ, first %d)",
		MANY, bad_state, first);
	ok(bad_block == 0, "and every integer of each block (%d differ)", bad_block);
	ok(bad_alarm == 0, "and the alarm (%d differ)", bad_alarm);
	ok(s.status[RULE_OPEN] > 50 && s.status[RULE_PENDING] > 50 && s.status[RULE_PAID] > 50 && s.status[RULE_VOID] > 50,
		"with blocks open %d, pending %d, paid %d, given up %d", s.status[0], s.status[1], s.status[2], s.status[3]);
	ok(s.settled > 20 && s.joined > 50 && s.lagged > 50 && s.held > 50 && s.alarms > 20 && s.replaced > 50,
		"%d settled, %d joined, %d paid late, %d held, %d alarms, %d logs with replaced labels", s.settled, s.joined,
		s.lagged, s.held, s.alarms, s.replaced);
	ok(s.standing[RULE_NEW] > 50 && s.standing[RULE_CLEARED] > 50 && s.standing[RULE_RETEST] > 50 &&
		s.standing[RULE_STOPPED] > 50, "identities new %d, cleared %d, retest %d, stopped %d", s.standing[0], s.standing[1],
		s.standing[2], s.standing[3]);
}

/* ---- laws -------------------------------------------------------------------------------------- */

/* every label of an identity through any of its accounts, known or fresh */
static void test_accounts(struct rng *g)
{
	int bad = 0;

	for (int k = 0; k < 200; k++) {
		struct toy o, p;
		toy_init(&o, g);
		p = o;
		uint32_t n = (uint32_t)o.l.n_identities;
		for (uint32_t w = 0; w < 2 * n; w++)
			p.identity[w] = w % n;
		for (size_t i = 0; i < o.l.n; i++)
			p.worker[i] = o.identity[o.worker[i]] + (below(g, 2) ? n : 0);
		p.l.task = p.task, p.l.worker = p.worker, p.l.value = p.value, p.l.epoch = p.epoch;
		p.l.identity = p.identity, p.l.gold = p.gold, p.l.n_workers = 2 * n;
		struct rule_run a = fast(&o, 1), b = fast(&p, 1);
		bad += !same_run(&a, &b, n);
		rule_run_release(&a);
		rule_run_release(&b);
	}
	ok(bad == 0, "labels of an identity given through other accounts of it change nothing (%d of 200 differ)", bad);
}

static void permutation(struct rng *g, uint32_t *to, size_t n)
{
	for (uint32_t i = 0; i < n; i++)
		to[i] = i;
	for (uint32_t i = (uint32_t)n; i > 1; i--) {
		uint32_t j = below(g, i), t = to[i - 1];
		to[i - 1] = to[j];
		to[j] = t;
	}
}

/* other numbers for everything, and neighbours in the log swapped where neither identity nor task is the same */
static void renumber(struct toy *p, const struct toy *o, struct rng *g, uint32_t *who)
{
	uint32_t task[REF_TASKS], worker[2 * REF_WHO], value[REF_VALUES];
	*p = *o;
	permutation(g, who, o->l.n_identities);
	permutation(g, task, o->l.n_tasks);
	permutation(g, worker, o->l.n_workers);
	permutation(g, value, o->l.n_values);
	for (size_t t = 0; t < o->l.n_tasks; t++)
		p->gold[task[t]] = o->gold[t] == RULE_NO_GOLD ? RULE_NO_GOLD : value[o->gold[t]];
	for (size_t w = 0; w < o->l.n_workers; w++)
		p->identity[worker[w]] = who[o->identity[w]];
	for (size_t i = 0; i < o->l.n; i++) {
		p->task[i] = task[o->task[i]];
		p->worker[i] = worker[o->worker[i]];
		p->value[i] = value[o->value[i]];
	}
	p->l.task = p->task, p->l.worker = p->worker, p->l.value = p->value, p->l.epoch = p->epoch;
	p->l.identity = p->identity, p->l.gold = p->gold;
	for (int s = 0; s < 2000 && o->l.n > 1; s++) {
		size_t i = below(g, (uint32_t)o->l.n - 1);
		uint32_t *column[] = { p->task, p->worker, p->value, p->epoch };
		if (p->task[i] == p->task[i + 1] || p->identity[p->worker[i]] == p->identity[p->worker[i + 1]])
			continue;
		for (int c = 0; c < 4; c++) {
			uint32_t t = column[c][i];
			column[c][i] = column[c][i + 1];
			column[c][i + 1] = t;
		}
	}
}

static void test_order(struct rng *g)
{
	int bad = 0, threads = 0;

	for (int k = 0; k < 200; k++) {
		struct toy o, p;
		uint32_t who[REF_WHO];
		struct rule_state moved[REF_WHO];
		toy_init(&o, g);
		renumber(&p, &o, g, who);
		struct rule_run a = fast(&o, 1), b = fast(&p, 1), c = fast(&o, 7);
		threads += !same_run(&a, &c, o.l.n_identities);
		for (size_t i = 0; i < o.l.n_identities; i++)
			moved[who[i]] = a.state[i];
		memcpy(a.state, moved, o.l.n_identities * sizeof *moved);
		for (size_t x = 0; x < a.n_blocks; x++)
			a.block[x].who = who[a.block[x].who];
		bad += !same_run(&a, &b, o.l.n_identities);
		rule_run_release(&a);
		rule_run_release(&b);
		rule_run_release(&c);
	}
	ok(bad == 0, "the numbers of workers, tasks, values and identities, and the order of what is unrelated, do not matter "
		"(%d of 200 differ)", bad);
	ok(threads == 0, "nor does the number of threads (%d differ)", threads);
}

/* labels of epochs from .. to - 1 of o */
static void part(struct toy *p, const struct toy *o, uint32_t from, uint32_t to)
{
	size_t n = 0;

	*p = *o;
	for (size_t i = 0; i < o->l.n; i++)
		if (o->epoch[i] >= from && o->epoch[i] < to) {
			p->task[n] = o->task[i];
			p->worker[n] = o->worker[i];
			p->value[n] = o->value[i];
			p->epoch[n++] = o->epoch[i];
		}
	p->l = o->l;
	p->l.task = p->task, p->l.worker = p->worker, p->l.value = p->value, p->l.epoch = p->epoch;
	p->l.n = n;
	p->l.n_epochs = to;
}

/* nobody answers a task again in a later epoch */
static void once_a_task(struct toy *o)
{
	for (size_t i = 0; i < o->l.n; i++)
		for (size_t k = 0; k < i; k++)
			if (o->task[k] == o->task[i] && o->identity[o->worker[k]] == o->identity[o->worker[i]])
				o->epoch[i] = o->epoch[k];
}

/* one run an epoch, which sees all labels so far or those of the last epoch and its own; blocks that were
 * resolved are collected */
static bool chain(const struct toy *o, bool all, bool end_apart, struct rule_run *run,
	struct rule_block *kept, size_t *n)
{
	uint32_t E = (uint32_t)o->l.n_epochs;
	struct err e;

	*n = 0;
	*run = (struct rule_run){ .state = mem_zalloc(o->l.n_identities, sizeof *run->state) };
	for (uint32_t t = 1; t <= E + (end_apart && o->end); t++) {
		struct toy p;
		uint32_t to = t < E ? t : E, from = all || run->counted < 1 ? 0 : run->counted - 1;
		part(&p, o, from, to);
		if (!rule_run(&o->p, &p.l, o->end && t == E + end_apart, 1, run, &e))
			return false;
		for (size_t k = 0; k < run->n_blocks; k++)
			if (run->block[k].status == RULE_PAID || run->block[k].status == RULE_VOID)
				kept[(*n)++] = run->block[k];
	}
	for (size_t k = 0; k < run->n_blocks; k++)
		if (run->block[k].status != RULE_PAID && run->block[k].status != RULE_VOID)
			kept[(*n)++] = run->block[k];
	return true;
}

static void test_carried(struct rng *g)
{
	int bad[3] = { 0 };

	for (int k = 0; k < 300; k++) {
		struct toy o;
		struct rule_block *kept = mem_alloc(REF_BLOCKS, sizeof *kept);
		size_t n;
		toy_init(&o, g);
		if (k % 3)
			once_a_task(&o);
		struct rule_run a = fast(&o, 1), b;
		bad[k % 3] += !chain(&o, k % 3 < 2, k % 2, &b, kept, &n) || !same_states(a.state, b.state, o.l.n_identities) ||
			!same_blocks(a.block, a.n_blocks, kept, n) || a.n_held != b.n_held;
		rule_run_release(&a);
		rule_run_release(&b);
		free(kept);
	}
	ok(bad[0] == 0, "a run an epoch that is given all labels so far is one long run (%d of 100 differ)", bad[0]);
	ok(bad[1] == 0, "also where the campaign is ended by a run of its own (%d differ)", bad[1]);
	ok(bad[2] == 0, "and the labels of the last epoch are enough where nobody answers twice (%d differ)", bad[2]);
}

/* two crowds that share no task are two crowds, as long as nothing is asked of the crowd as a whole */
static void test_merged(struct rng *g)
{
	int bad = 0;

	for (int k = 0; k < 200; k++) {
		struct toy a, b, m;
		do {
			toy_init(&a, g);
			toy_init(&b, g);
		} while (a.l.n + b.l.n > MOST || a.l.n_tasks + b.l.n_tasks > REF_TASKS ||
		    a.l.n_identities + b.l.n_identities > REF_WHO);
		a.p.passes = 0;
		a.p.copy_least = UINT32_MAX;
		a.p.halt = false;
		a.p.alarm_least = UINT32_MAX;
		b.p = a.p;
		b.end = a.end;
		a.l.n_epochs = b.l.n_epochs = a.l.n_epochs > b.l.n_epochs ? a.l.n_epochs : b.l.n_epochs;
		m = a;
		uint32_t x = 0, y = 0, n_w = (uint32_t)a.l.n_workers, n_id = (uint32_t)a.l.n_identities, n = 0;
		while (x < a.l.n || y < b.l.n) {
			bool first = y == b.l.n || (x < a.l.n && below(g, 2));
			const struct toy *o = first ? &a : &b;
			uint32_t i = first ? x++ : y++;
			m.task[n] = o->task[i] + (first ? 0 : (uint32_t)a.l.n_tasks);
			m.worker[n] = o->worker[i] + (first ? 0 : n_w);
			m.value[n] = o->value[i];
			m.epoch[n++] = o->epoch[i];
		}
		for (uint32_t w = 0; w < b.l.n_workers; w++)
			m.identity[n_w + w] = n_id + b.identity[w];
		for (uint32_t t = 0; t < b.l.n_tasks; t++)
			m.gold[a.l.n_tasks + t] = b.gold[t];
		m.l = (struct rule_log){ .n = n, .task = m.task, .worker = m.worker, .value = m.value, .epoch = m.epoch,
			.n_tasks = a.l.n_tasks + b.l.n_tasks, .n_workers = n_w + b.l.n_workers, .n_values = REF_VALUES,
			.n_epochs = a.l.n_epochs, .identity = m.identity, .n_identities = n_id + b.l.n_identities, .gold = m.gold };
		struct rule_run ra = fast(&a, 1), rb = fast(&b, 1), rm = fast(&m, 1);
		ra.block = mem_realloc(ra.block, ra.n_blocks + rb.n_blocks, sizeof *ra.block);
		for (size_t q = 0; q < rb.n_blocks; q++) {
			ra.block[ra.n_blocks] = rb.block[q];
			ra.block[ra.n_blocks++].who += n_id;
		}
		bad += !same_states(ra.state, rm.state, n_id) || !same_states(rb.state, rm.state + n_id, b.l.n_identities) ||
			!same_blocks(ra.block, ra.n_blocks, rm.block, rm.n_blocks);
		rule_run_release(&ra);
		rule_run_release(&rb);
		rule_run_release(&rm);
	}
	ok(bad == 0, "logs of two crowds merged, in any order of their labels, give what each gives alone (%d of 200 differ)",
		bad);
}

/* ---- what is refused, and edges ------------------------------------------------------------------ */

static void test_missing(struct rng *g)
{
	struct toy o, p;
	struct err e = { .msg = "" };
	struct rule_state before[REF_WHO];

	do {
		toy_init(&o, g);
		once_a_task(&o);
	} while (o.l.n_epochs < 2 || o.l.n < 50);
	o.end = false;
	part(&p, &o, 0, 1);
	struct rule_run r = fast(&p, 1);
	memcpy(before, r.state, o.l.n_identities * sizeof *before);
	size_t blocks = r.n_blocks;
	part(&p, &o, 1, 2);
	bool refused = !rule_run(&o.p, &p.l, false, 1, &r, &e);
	ok(refused && strstr(e.msg, "labels in the last epoch counted"), "labels of the epoch before must be there again: %s",
		e.msg);
	ok(r.counted == 1 && r.n_blocks == blocks && same_states(before, r.state, o.l.n_identities),
		"and the run is as it was");
	part(&p, &o, 0, 2);
	ok(rule_run(&o.p, &p.l, false, 1, &r, &e) && r.counted == 2, "with them it goes on");
	rule_run_release(&r);
}

static void test_empty(void)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct rule_run r = { 0 };
	struct rule_log l = { .n = 0 };
	struct err e;

	ok(rule_run(&p, &l, true, 0, &r, &e) && r.n_blocks == 0, "an empty log has no blocks");
	rule_run_release(&r);
	uint32_t zero[1] = { 0 };
	l = (struct rule_log){ .n = 1, .task = zero, .worker = zero, .value = zero, .epoch = zero, .n_tasks = 1,
		.n_workers = 1, .n_values = 1, .n_epochs = 1, .n_identities = 1 };
	r.state = mem_zalloc(1, sizeof *r.state);
	bool good = rule_run(&p, &l, true, 0, &r, &e);
	ok(good && r.n_blocks == 1 && r.block[0].units == 1 && r.block[0].bonus == 0 &&
		r.block[0].score == 6039 && rule_mult_score(r.block[0].score) == 0, "one label, no gold, no peer: no pay");
	rule_run_release(&r);
}

static struct rule_state after(const struct rule_policy *p, uint32_t n_right, uint32_t n_wrong)
{
	struct rule_state s = { 0 };

	while (n_right--)
		rule_gold(p, &s, true);
	while (n_wrong--)
		rule_gold(p, &s, false);
	return s;
}

static void test_bounds(void)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct rule_run r = { .state = mem_zalloc(1, sizeof *r.state) };
	uint32_t zero[1] = { 0 };
	struct rule_log l = { .n = 1, .task = zero, .worker = zero, .value = zero, .epoch = zero, .n_tasks = 1, .n_workers = 1,
		.n_values = 1, .n_epochs = 1, .n_identities = 1, .gold = zero };
	struct err e;
	struct rule_state s = after(&p, 5, 0);

	ok(s.standing == RULE_NEW && s.llr == 5 * p.right, "five right answers leave one NEW");
	s = after(&p, 6, 0);
	ok(s.standing == RULE_CLEARED && s.llr == 0 && s.gold == 6 && s.right == 6, "six clear");
	s = after(&p, 6, 4);
	ok(s.standing == RULE_CLEARED && s.llr == 4 * p.wrong, "four wrong ones in a row are borne by who is CLEARED");
	s = after(&p, 6, 5);
	ok(s.standing == RULE_RETEST && s.flags == 1, "a fifth is a flag");
	s = after(&p, 0, 4);
	ok(s.standing == RULE_RETEST, "as a fourth is to who is NEW");
	s = after(&p, 0, 9);
	ok(s.standing == RULE_STOPPED && s.flags == 2 && s.llr == 0 && s.gold == 9,
		"the second flag stops; later answers are counted only");
	p.right = p.clear;
	p.wrong = p.flag;
	ok(after(&p, 1, 0).standing == RULE_CLEARED && after(&p, 0, 1).standing == RULE_RETEST, "the bounds themselves count");
	p.right = p.clear + 1;
	ok(rule_run(&p, &l, true, 1, &r, &e) && r.state[0].standing == RULE_NEW && r.block[0].score == 9999,
		"who is a millionth short of being cleared is settled at 9999");
	rule_run_release(&r);
}

static void test_policy(void)
{
	struct rule_policy p = RULE_POLICY_DEFAULT, q = p;
	struct err e;

	q.right = q.wrong = q.clear = q.flag = 0;
	ok(rule_policy_test(&q, 8500, 5000, 100, 500) && q.right == p.right && q.wrong == p.wrong && q.clear == p.clear &&
		q.flag == p.flag, "the default test is the one of .85, .50, .01, .05");
	ok(!rule_policy_test(&q, 5000, 5000, 100, 500) && !rule_policy_test(&q, 10000, 5000, 100, 500) &&
		!rule_policy_test(&q, 8500, 0, 100, 500) && !rule_policy_test(&q, 8500, 5000, 0, 500) && q.right == p.right,
		"chances that make no test are refused");
	ok(rule_policy_check(&p, &e), "the default policy is one");
	q.ca_ref = 0;
	ok(!rule_policy_check(&q, &e) && strstr(e.msg, "ca_ref"), "ca_ref 0 is none: %s", e.msg);
	q = p;
	q.weight_lo = q.weight_hi;
	ok(!rule_policy_check(&q, &e), "nor are weights without room between");
	ok(rule_mult_score(6499) == 0 && rule_mult_score(6500) == 5000 && rule_mult_score(9999) == 7500 &&
		rule_mult_score(10000) == 10000, "the steps of m_g");
	ok(rule_mult_bonus(3999) == 0 && rule_mult_bonus(6500) == 5500 && rule_mult_bonus(9000) == 11000, "the line of m_c");
}

int main(void)
{
	struct rng g;

	rng_seed(&g, 6);
	test_policy();
	test_bounds();
	test_empty();
	test_reference(&g);
	test_accounts(&g);
	test_order(&g);
	test_carried(&g);
	test_merged(&g);
	test_missing(&g);
	return done();
}
