/* incentives - simulated crowds with attackers in them, paid by the default rule.
 *
 *	incentives [-s SEEDS] [-f FIRST] [-t THREADS] [-w WORKERS] [-k SEATS] [-g GOLD] [-v] [SCENARIO ...]
 *
 * One round: every working account answers one item, a hidden gold item (how often depends on its standing) or a seat
 * on a fresh task beside others drawn at random; 100 rounds an epoch, 4 epochs.  A line a scenario: the mean over the
 * seeds of what bad workers got of all pay (leak, and by label: for answers without work only), of honest pay over what
 * perfect knowledge would pay, its 5th percentile, how many honest got less than half, and the bounds beside them.
 * GOLD is the number of gold items a class (300).  Exit status 1 when a bound is missed.
 *
 * The generator is that of the study the rule was chosen with; only the random numbers differ.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/rng.h"
#include "score/reward.h"
#include "score/rule.h"

enum { C = 4, EPOCH = 100, EPOCHS = 4, GOLD = 300, MAX_SEATS = 16 };

enum type {
	HONEST, SLOPPY, RANDOM, PRIOR, MAJORITY, COPYCAT, RING, RARERING, SLEEPER, LAZYMIX, LEAKRING, COPYMAJ, COPYNOISE,
	COPYHALF, RAREONLY, ROTATE, TYPES
};

static const double prior[C] = { .60, .20, .15, .05 };
static const double lean[C] = { .5, .25, .15, .10 };

static bool is_bad(enum type t)
{
	return t != HONEST && t != SLOPPY;
}

/* bad in every answer, not in some */
static bool all_bad(enum type t)
{
	return is_bad(t) && t != SLEEPER && t != LAZYMIX && t != RAREONLY;
}

static bool is_copier(enum type t)
{
	return t == COPYCAT || t == COPYMAJ || t == COPYNOISE || t == COPYHALF;
}

static bool is_ring(enum type t)
{
	return t == RING || t == LEAKRING || t == RARERING || t == ROTATE;
}

/* can work honestly */
static bool is_able(enum type t)
{
	return t == HONEST || t == SLEEPER || t == LAZYMIX || t == COPYHALF || t == RAREONLY;
}

struct share {
	enum type type;
	double of;
};

struct scenario {
	const char *name;
	struct share mix[8];            /* up to a share of 0 */
	bool coloc;                     /* a ring takes 3 of 5 seats of its tasks */
	bool hidden;                    /* nobody sees the answers of others */
	double leaked;                  /* of the gold, known to the ring from the start */
	int quota;                      /* answers of an account; 0 = all rounds */
	double hard;                    /* of the items, deceptive; of gold too unless easy_gold */
	bool easy_gold;
	uint32_t p0, p1;                /* of the test, in basis points; 0 = the default */
	double leak, leak_label, honest, p5, half;      /* bounds; 0 = none */
	bool alarm;                     /* must go off */
};

#define CROWD(h, s, r, p, m) { HONEST, h }, { SLOPPY, s }, { RANDOM, r }, { PRIOR, p }, { MAJORITY, m }
#define BASE { CROWD(.5, .2, .05, .05, .05), { COPYCAT, .05 }, { RING, .10 } }
#define WITH(type) { CROWD(.5, .2, .05, .05, .05), { type, .15 } }
#define RING20 { CROWD(.45, .15, .05, .05, .05), { COPYCAT, .05 }, { RING, .20 } }
#define LEAK20 { CROWD(.45, .20, .05, .05, .05), { LEAKRING, .20 } }
#define LEAK30 { CROWD(.45, .15, .04, .03, .03), { LEAKRING, .30 } }
#define FIRM .leak = .005, .honest = .96, .p5 = .78, .half = .015

static const struct scenario scenarios[] = {
	{ "base", BASE, FIRM },
	{ "coloc", BASE, .coloc = true, FIRM },
	{ "ring20", RING20, FIRM },
	{ "ring20_coloc", RING20, .coloc = true, FIRM },
	{ "ring30", { CROWD(.45, .15, .04, .03, .03), { RING, .30 } }, FIRM },
	{ "ring40_coloc", { CROWD(.40, .10, .04, .03, .03), { RING, .40 } }, .coloc = true, FIRM },
	{ "rarering", { CROWD(.5, .2, .05, .05, .05), { COPYCAT, .05 }, { RARERING, .10 } }, .coloc = true, FIRM },
	{ "majority40", { CROWD(.4, .1, .02, .02, .40), { COPYCAT, .02 }, { RING, .04 } }, FIRM },
	{ "copy15", WITH(COPYCAT), .leak = .005, .honest = .96, .half = .015 },
	{ "copymaj15", WITH(COPYMAJ), .leak = .005, .honest = .96, .half = .015 },
	{ "copy15_hidden", WITH(COPYCAT), .hidden = true, .leak = .005, .honest = .96, .half = .015 },
	{ "base_hidden", BASE, .hidden = true, .leak = .005, .honest = .96, .half = .015 },
	{ "goldleak0", WITH(LEAKRING), .leak = .005, .honest = .95, .half = .015 },
	{ "goldleak60", WITH(LEAKRING), .leaked = .6, .leak = .005, .honest = .95, .half = .015 },
	{ "goldleak100", WITH(LEAKRING), .leaked = 1, .leak = .005, .honest = .95, .half = .015 },
	{ "leak100coloc", WITH(LEAKRING), .leaked = 1, .coloc = true, .leak = .005, .honest = .95, .half = .015 },
	{ "leak20", LEAK20, .leaked = 1, .leak = .01, .honest = .94, .half = .015 },
	{ "leak20coloc", LEAK20, .leaked = 1, .coloc = true, .leak = .04, .honest = .82 },
	{ "sleeper", WITH(SLEEPER), .leak = .06, .leak_label = .01, .honest = .95, .half = .015 },
	{ "lazymix", WITH(LAZYMIX), .leak = .025, .honest = .95, .half = .015 },
	{ "copynoise15", WITH(COPYNOISE), .leak = .08, .honest = .95, .half = .015 },
	{ "sparse", BASE, .quota = 15, .leak = .03, .honest = .40 },
	{ "hard_easygold", BASE, .hard = .25, .easy_gold = true, .leak = .005, .honest = .80 },
	{ "hard_cal", BASE, .hard = .25, .p0 = 7700, .p1 = 4500, .leak = .005, .honest = .78 },
	{ "leak30", LEAK30, .leaked = 1, .alarm = true },
	{ "leak30coloc", LEAK30, .leaked = 1, .coloc = true, .alarm = true },
	{ "rareonly15", WITH(RAREONLY), .leak = 0 },
	{ "rotate20", { CROWD(.45, .20, .05, .05, .05), { ROTATE, .20 } }, .leak = 0 },
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* ---- a crowd at work ------------------------------------------------------------------ */

struct column {
	uint32_t *task, *worker, *value, *epoch;
	size_t n, cap;
	uint32_t n_tasks;
};

struct item {
	uint32_t y, hash, trap;
	bool hard;
};

struct gold_item {
	struct item is;
	bool known;                     /* to the ring */
	uint32_t votes[C], n, sample;   /* answers so far, and one of them drawn at random */
};

struct account {
	enum type type;
	double says[C][C];              /* by true class */
	uint32_t at[C], step[C];        /* the gold of a class it gets next, and how far to the one after that */
	uint32_t units[EPOCHS], idle[EPOCHS];   /* answers; those given without work */
	struct rule_state s;
};

struct world {
	const struct scenario *sc;
	const struct rule_policy *p;
	struct rng rng;
	uint32_t n, seats, quota, round;
	struct account *w;
	uint32_t per_class;             /* of gold */
	struct gold_item *gold;
	struct column log;
};

static uint32_t draw(struct rng *g, const double *p)
{
	double u = rng_unit(g);
	uint32_t c = 0;

	while (c + 1 < C && u >= p[c])
		u -= p[c++];
	return c;
}

static void shuffle(struct rng *g, uint32_t *x, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = (uint32_t)rng_below(g, i), t = x[i - 1];
		x[i - 1] = x[j];
		x[j] = t;
	}
}

static double between(struct rng *g, double lo, double hi)
{
	return lo + (hi - lo) * rng_unit(g);
}

/* an account that answers right with chance d in class c, and errs towards the common classes */
static void skill(struct rng *g, double *row, uint32_t c, double d)
{
	double sum = 0;

	for (uint32_t v = 0; v < C; v++) {
		row[v] = v == c ? 0 : lean[v] * between(g, .7, 1.3);
		sum += row[v];
	}
	for (uint32_t v = 0; v < C; v++)
		row[v] = v == c ? d : (1 - d) * row[v] / sum;
}

static uint32_t common(uint32_t a, uint32_t b)
{
	return b ? common(b, a % b) : a;
}

static void account_init(struct world *o, struct account *a, enum type t)
{
	a->type = t;
	for (uint32_t c = 0; c < C; c++) {
		if (is_able(t) || t == SLOPPY)
			skill(&o->rng, a->says[c], c, t == SLOPPY ? between(&o->rng, .50, .68) : between(&o->rng, .78, .95));
		for (uint32_t v = 0; v < C && !is_able(t) && t != SLOPPY; v++)
			a->says[c][v] = t == PRIOR || t == COPYCAT || t == COPYMAJ ? prior[v] : t == MAJORITY ? v == 0 :
				t == RARERING ? v == C - 1 : 1. / C;
		a->at[c] = (uint32_t)rng_below(&o->rng, o->per_class);
		do
			a->step[c] = 1 + (uint32_t)rng_below(&o->rng, o->per_class - 1);
		while (common(a->step[c], o->per_class) > 1);
	}
}

static struct item new_item(struct world *o, uint32_t y, double hard)
{
	struct item it = { .y = y, .hash = draw(&o->rng, prior), .hard = rng_unit(&o->rng) < hard };

	it.trap = (y + 1 + (uint32_t)rng_below(&o->rng, C - 1)) % C;
	return it;
}

static void world_init(struct world *o, const struct scenario *sc, const struct rule_policy *p, uint32_t n,
	uint32_t seats, uint32_t gold, uint64_t seed)
{
	*o = (struct world){ .sc = sc, .p = p, .n = n, .seats = seats, .per_class = gold };
	rng_seed(&o->rng, seed);
	o->quota = sc->quota ? (uint32_t)sc->quota : EPOCH * EPOCHS;
	o->w = mem_zalloc(n, sizeof *o->w);
	uint32_t *place = mem_alloc(n, sizeof *place), at = 0;
	for (uint32_t i = 0; i < n; i++)
		place[i] = i;
	shuffle(&o->rng, place, n);
	for (const struct share *m = sc->mix; m < sc->mix + 8 && m->of > 0; m++)
		for (uint32_t k = (uint32_t)(m->of * n + .5); k > 0 && at < n; k--)
			account_init(o, &o->w[place[at++]], m->type);
	while (at < n)
		account_init(o, &o->w[place[at++]], HONEST);
	free(place);
	o->gold = mem_alloc((size_t)C * gold, sizeof *o->gold);
	for (uint32_t g = 0; g < C * gold; g++) {
		o->gold[g] = (struct gold_item){ .is = new_item(o, g / gold, sc->easy_gold ? 0 : sc->hard) };
		o->gold[g].known = rng_unit(&o->rng) < sc->leaked;
	}
	o->log.n_tasks = C * gold;
}

static uint32_t epoch_of(const struct world *o)
{
	return o->round / EPOCH;
}

static void put(struct world *o, uint32_t task, uint32_t who, uint32_t value)
{
	struct column *l = &o->log;

	if (l->n == l->cap) {
		l->cap = mem_grow(l->cap, l->n + 1);
		l->task = mem_realloc(l->task, l->cap, sizeof *l->task);
		l->worker = mem_realloc(l->worker, l->cap, sizeof *l->worker);
		l->value = mem_realloc(l->value, l->cap, sizeof *l->value);
		l->epoch = mem_realloc(l->epoch, l->cap, sizeof *l->epoch);
	}
	l->task[l->n] = task;
	l->worker[l->n] = who;
	l->value[l->n] = value;
	l->epoch[l->n++] = epoch_of(o);
	o->w[who].units[epoch_of(o)]++;
}

/* a deceptive item: less often right, and mostly one and the same wrong answer */
static uint32_t deceived(struct world *o, const double *says, const struct item *it)
{
	double d = says[it->y] * .55, row[C], sum = 0;

	for (uint32_t v = 0; v < C; v++) {
		row[v] = v == it->y ? d : (1 - d) * .3 / (C - 1) + (v == it->trap ? (1 - d) * .7 : 0);
		sum += row[v];
	}
	for (uint32_t v = 0; v < C; v++)
		row[v] /= sum;
	return draw(&o->rng, row);
}

/* what an account says of an item, left alone with it; RAREONLY works when a glance, right in 8 of 10, says
 * that it is not the common class */
static uint32_t answer(struct world *o, uint32_t who, const struct item *it)
{
	struct account *a = &o->w[who];
	bool idle = all_bad(a->type) || (a->type == LAZYMIX && rng_unit(&o->rng) < .5) ||
		(a->type == SLEEPER && a->s.standing == RULE_CLEARED) ||
		(a->type == RAREONLY && (rng_unit(&o->rng) < .2) == (it->y > 0));

	a->idle[epoch_of(o)] += idle;
	if (a->type == RING || a->type == LEAKRING)
		return it->hash;
	if (a->type == ROTATE)          /* a new convention each epoch, by halves of the ring */
		return (it->hash + (who + epoch_of(o)) % 2) % C;
	if (a->type == RAREONLY && idle)
		return 0;
	if (idle && !all_bad(a->type))
		return (uint32_t)rng_below(&o->rng, C);
	if (it->hard && (is_able(a->type) || a->type == SLOPPY))
		return deceived(o, a->says[it->y], it);
	return draw(&o->rng, a->says[it->y]);
}

static bool copies(struct world *o, enum type t)
{
	double often = t == COPYNOISE ? .85 : t == COPYHALF ? .5 : 1;

	return is_copier(t) && !o->sc->hidden && rng_unit(&o->rng) < often;
}

/* the value most often given; of several, one at random */
static uint32_t most_said(struct world *o, const uint32_t *votes)
{
	uint32_t best = 0, ties = 0;

	for (uint32_t v = 0; v < C; v++)
		if (votes[v] > votes[best] || ties == 0) {
			best = v;
			ties = 1;
		} else if (votes[v] == votes[best] && rng_below(&o->rng, ++ties) == 0) {
			best = v;
		}
	return best;
}

static bool asks_gold(struct world *o, uint32_t answers, const struct account *a)
{
	static const double rate[] = { [RULE_NEW] = .10, [RULE_CLEARED] = .05, [RULE_RETEST] = .20, [RULE_STOPPED] = 0 };

	return rng_unit(&o->rng) < (answers < 20 ? .30 : rate[a->s.standing]);
}

static void answer_gold(struct world *o, uint32_t who)
{
	struct account *a = &o->w[who];
	uint32_t c = (uint32_t)rng_below(&o->rng, C), g = c * o->per_class + a->at[c];
	struct gold_item *it = &o->gold[g];
	uint32_t x = answer(o, who, &it->is);

	a->at[c] = (a->at[c] + a->step[c]) % o->per_class;
	if (a->type == LEAKRING && it->known)
		x = it->is.y;
	if (it->n && copies(o, a->type))
		x = a->type == COPYMAJ || a->type == COPYNOISE ? most_said(o, it->votes) : it->sample;
	it->known = it->known || a->type == LEAKRING;
	it->votes[x]++;
	if (rng_below(&o->rng, ++it->n) == 0)
		it->sample = x;
	rule_gold(o->p, &a->s, x == it->is.y);
	put(o, g, who, x);
}

/* a task's seats are answered in order; half the time a copier waits until others have spoken */
static void answer_task(struct world *o, uint32_t *seat, uint32_t n)
{
	uint32_t order[MAX_SEATS], at = 0, said[MAX_SEATS], votes[C] = { 0 }, task = o->log.n_tasks++;
	bool late[MAX_SEATS];
	struct item it = new_item(o, draw(&o->rng, prior), o->sc->hard);

	shuffle(&o->rng, seat, n);
	for (uint32_t k = 0; k < n; k++)
		late[k] = is_copier(o->w[seat[k]].type) && rng_below(&o->rng, 2);
	for (int turn = 0; turn < 2; turn++)
		for (uint32_t k = 0; k < n; k++)
			if (late[k] == turn)
				order[at++] = seat[k];
	for (uint32_t k = 0; k < n; k++) {
		enum type t = o->w[order[k]].type;
		uint32_t x = answer(o, order[k], &it);
		if (k && copies(o, t))
			x = t == COPYMAJ || t == COPYNOISE ? most_said(o, votes) : said[rng_below(&o->rng, k)];
		said[k] = x;
		votes[x]++;
		put(o, task, order[k], x);
	}
}

static void fill_tasks(struct world *o, uint32_t *who, uint32_t n)
{
	for (uint32_t k = 0; k < n; k += o->seats)
		answer_task(o, who + k, n - k < o->seats ? n - k : o->seats);
}

/* the ring sits together, three and two others a task, as far as both last */
static void fill_together(struct world *o, const uint32_t *who, uint32_t n)
{
	uint32_t *ring = mem_alloc(n, sizeof *ring), *rest = mem_alloc(n, sizeof *rest), r = 0, s = 0, k = 0;

	for (uint32_t i = 0; i < n; i++)
		if (is_ring(o->w[who[i]].type))
			ring[r++] = who[i];
		else
			rest[s++] = who[i];
	for (; 3 * (k + 1) <= r && 2 * (k + 1) <= s; k++) {
		uint32_t seat[5] = { ring[3 * k], ring[3 * k + 1], ring[3 * k + 2], rest[2 * k], rest[2 * k + 1] };
		answer_task(o, seat, 5);
	}
	memmove(rest, rest + 2 * k, (s - 2 * k) * sizeof *rest);
	s -= 2 * k;
	memcpy(rest + s, ring + 3 * k, (r - 3 * k) * sizeof *rest);
	s += r - 3 * k;
	shuffle(&o->rng, rest, s);
	fill_tasks(o, rest, s);
	free(ring);
	free(rest);
}

static void simulate(struct world *o)
{
	uint32_t *who = mem_alloc(o->n, sizeof *who), *answers = mem_zalloc(o->n, sizeof *answers);

	for (o->round = 0; o->round < EPOCH * EPOCHS; o->round++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < o->n; i++) {
			struct account *a = &o->w[i];
			if (answers[i] >= o->quota || a->s.standing == RULE_STOPPED)
				continue;
			if (asks_gold(o, answers[i]++, a))
				answer_gold(o, i);
			else
				who[n++] = i;
		}
		shuffle(&o->rng, who, n);
		if (o->sc->coloc && o->seats == 5)
			fill_together(o, who, n);
		else
			fill_tasks(o, who, n);
	}
	free(who);
	free(answers);
}

/* ---- what they are paid ---------------------------------------------------------------- */

struct outcome {
	double leak, leak_label, honest, p5, half, sloppy, held, median;
	int alarms;
	double by_type[TYPES];
};

static void world_release(struct world *o)
{
	free(o->w);
	free(o->gold);
	free(o->log.task);
	free(o->log.worker);
	free(o->log.value);
	free(o->log.epoch);
}

static void run_rule(const struct world *o, struct rule_run *run, unsigned threads)
{
	uint32_t *gold = mem_alloc(o->log.n_tasks, sizeof *gold);
	struct err e;

	for (uint32_t t = 0; t < o->log.n_tasks; t++)
		gold[t] = t < C * o->per_class ? o->gold[t].is.y : RULE_NO_GOLD;
	*run = (struct rule_run){ .state = mem_zalloc(o->n, sizeof *run->state) };
	struct rule_log log = {
		.n = o->log.n, .task = o->log.task, .worker = o->log.worker, .value = o->log.value, .epoch = o->log.epoch,
		.n_tasks = o->log.n_tasks, .n_workers = o->n, .n_values = C, .n_epochs = EPOCHS, .n_identities = o->n,
		.gold = gold,
	};
	BUG_ON(!rule_run(o->p, &log, true, threads, run, &e));
	/* the log holds all that the machine saw as it went */
	for (uint32_t i = 0; i < o->n; i++)
		BUG_ON(run->state[i].standing != o->w[i].s.standing || run->state[i].llr != o->w[i].s.llr);
	free(gold);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* the quantile between the two nearest */
static double quantile(const double *x, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t k = (size_t)at;

	return k + 1 < n ? x[k] + (at - (double)k) * (x[k + 1] - x[k]) : x[k];
}

/* pay of an account, and for[idle]: of the answers without work, in answers at full price */
static void pay(const struct world *o, const struct rule_run *run, double *all, double *idle)
{
	enum { PRICE = 1000000 };

	for (size_t k = 0; k < run->n_blocks; k++) {
		const struct rule_block *b = &run->block[k];
		u128 sum;
		uint32_t bad = 0;

		if (b->status != RULE_PAID)
			continue;
		BUG_ON(!reward_pay2(PRICE, b->units, rule_mult_score(b->score), rule_mult_bonus(b->bonus), &sum));
		for (uint32_t e = b->from; e <= b->to; e++)
			bad += o->w[b->who].idle[e];
		all[b->who] += (double)(uint64_t)sum / PRICE;
		idle[b->who] += (double)(uint64_t)sum / PRICE * bad / b->units;
	}
}

static struct outcome judge(const struct world *o, const struct rule_run *run)
{
	double *all = mem_zalloc(o->n, sizeof *all), *idle = mem_zalloc(o->n, sizeof *idle);
	double *good = mem_alloc(o->n, sizeof *good), sum = 0, bad = 0, without = 0;
	struct outcome r = { .median = RULE_ONE };
	size_t n = 0, of[TYPES] = { 0 };

	pay(o, run, all, idle);
	for (uint32_t i = 0; i < o->n; i++) {
		enum type t = o->w[i].type;
		sum += all[i];
		bad += is_bad(t) ? all[i] : 0;
		without += idle[i];
		r.by_type[t] += all[i] / o->quota;
		of[t]++;
		if (t != HONEST)
			continue;
		good[n++] = all[i] / o->quota;
		r.honest += all[i] / o->quota;
		r.half += all[i] / o->quota < .5;
		r.held += run->state[i].held;
	}
	for (int t = 0; t < TYPES; t++)
		r.by_type[t] /= of[t] ? (double)of[t] : 1;
	qsort(good, n, sizeof *good, ascending);
	r.p5 = quantile(good, n, .05);
	r.leak = sum > 0 ? bad / sum : 0;
	r.leak_label = sum > 0 ? without / sum : 0;
	r.honest /= (double)n;
	r.half /= (double)n;
	r.held /= (double)n;
	for (size_t e = 0; e < run->n_epochs; e++) {
		r.median = run->epoch[e].cleared && run->epoch[e].median < r.median ? run->epoch[e].median : r.median;
		r.alarms |= run->epoch[e].alarm;
	}
	free(all);
	free(idle);
	free(good);
	return r;
}

struct options {
	uint32_t seeds, workers, seats, gold;
	uint64_t first;
	unsigned threads;
	bool verbose;
	struct rule_policy policy;
};

static struct outcome once(const struct options *opt, const struct scenario *sc, uint64_t seed, int64_t *ca_90)
{
	struct rule_policy p = opt->policy;
	struct world o;
	struct rule_run run;

	if (sc->p0)
		BUG_ON(!rule_policy_test(&p, sc->p0, sc->p1, 100, 500));
	world_init(&o, sc, &p, opt->workers, opt->seats, opt->gold, seed);
	simulate(&o);
	run_rule(&o, &run, opt->threads);
	struct outcome r = judge(&o, &run);
	for (size_t e = 1; ca_90 && e < run.n_epochs; e++)
		*ca_90 += run.epoch[e].ca_90 / (int64_t)(run.n_epochs - 1);
	rule_run_release(&run);
	world_release(&o);
	return r;
}

/* ca_ref, from a campaign before, four seeds of base; not its first epoch, in which few are cleared */
static uint32_t calibrate(const struct options *opt)
{
	int64_t sum = 0;

	for (uint64_t s = 0; s < 4; s++)
		once(opt, &scenarios[0], 9000 + s, &sum);
	return (uint32_t)(sum / 4);
}

static bool missed(bool is, const char *what, double got, double bound)
{
	if (is)
		printf("    MISSED %s: %.4f, bound %.4f\n", what, got, bound);
	return is;
}

static bool report(const struct options *opt, const struct scenario *sc)
{
	struct outcome m = { .median = 0 };
	double worst = 0, least = 2, k = opt->seeds;
	bool bad = false;

	for (uint32_t s = 0; s < opt->seeds; s++) {
		struct outcome r = once(opt, sc, opt->first + s, NULL);
		m.leak += r.leak / k;
		m.leak_label += r.leak_label / k;
		m.honest += r.honest / k;
		m.p5 += r.p5 / k;
		m.half += r.half / k;
		m.held += r.held / k;
		m.median += r.median / k;
		m.alarms += r.alarms;
		for (int t = 0; t < TYPES; t++)
			m.by_type[t] += r.by_type[t] / k;
		worst = r.leak > worst ? r.leak : worst;
		least = r.honest < least ? r.honest : least;
	}
	printf("%-14s %6.2f %6.2f %6.2f %7.2f %7.3f %6.3f %6.3f %6.2f %6.2f %7.0f %5d   %6.1f %9.2f\n", sc->name,
		100 * m.leak, 100 * worst, 100 * m.leak_label, 100 * m.by_type[SLOPPY], m.honest, least, m.p5, 100 * m.half,
		100 * m.held, m.median, m.alarms, 100 * sc->leak, sc->honest);
	for (int t = 0; t < TYPES && opt->verbose; t++)
		if (m.by_type[t] > 0)
			printf("    type %d: %.4f of full pay\n", t, m.by_type[t]);
	bad |= missed(sc->leak > 0 && m.leak > sc->leak, "leak", m.leak, sc->leak);
	bad |= missed(sc->leak_label > 0 && m.leak_label > sc->leak_label, "leak by label", m.leak_label, sc->leak_label);
	bad |= missed(m.honest < sc->honest, "honest pay", m.honest, sc->honest);
	bad |= missed(m.p5 < sc->p5, "honest 5th percentile", m.p5, sc->p5);
	bad |= missed(sc->half > 0 && m.half > sc->half, "honest below half", m.half, sc->half);
	bad |= missed(sc->alarm && m.alarms < (int)opt->seeds, "alarms", m.alarms, k);
	fflush(stdout);
	return bad;
}

int main(int argc, char **argv)
{
	struct options opt = { .seeds = 10, .first = 1000, .workers = 200, .seats = 5, .gold = GOLD,
		.policy = RULE_POLICY_DEFAULT };
	bool bad = false;
	struct err e;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		const char *v = i + 1 < argc ? argv[i + 1] : "";
		switch (argv[i][1]) {
		case 'v': opt.verbose = true; continue;
		case 's': opt.seeds = (uint32_t)strtoul(v, NULL, 10); break;
		case 'f': opt.first = strtoul(v, NULL, 10); break;
		case 't': opt.threads = (unsigned)strtoul(v, NULL, 10); break;
		case 'w': opt.workers = (uint32_t)strtoul(v, NULL, 10); break;
		case 'g': opt.gold = (uint32_t)strtoul(v, NULL, 10); break;
		case 'k': opt.seats = (uint32_t)strtoul(v, NULL, 10); break;
		default: fprintf(stderr, "incentives: unknown option %s\n", argv[i]); return 64;
		}
		i++;
	}
	if (!opt.seeds || opt.workers < 20 || opt.gold < 2 || opt.seats < 2 || opt.seats > MAX_SEATS) {
		fputs("incentives: at least one seed, 20 workers, 2 gold items a class, 2 to 16 seats\n", stderr);
		return 64;
	}
	opt.policy.halt = false;        /* what the alarm would save is told apart */
	BUG_ON(!rule_policy_check(&opt.policy, &e));
	opt.policy.ca_ref = calibrate(&opt);
	printf("ca_ref %lu, %lu seeds from %llu\n", (unsigned long)opt.policy.ca_ref, (unsigned long)opt.seeds,
		(unsigned long long)opt.first);
	puts("scenario        leak%  worst  label sloppy%  honest  least     p5 <half%  held%  "
		"median alarm   leak<= honest>=");
	for (int s = 0; s < N_SCENARIOS; s++) {
		bool wanted = i == argc;
		for (int a = i; a < argc; a++)
			wanted |= strcmp(argv[a], scenarios[s].name) == 0;
		if (wanted)
			bad |= report(&opt, &scenarios[s]);
	}
	return bad;
}
