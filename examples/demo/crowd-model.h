/* crowd-model - the invented crowd: who they are, what they read, how they answer.
 *
 * Every value is a pure function of the seed and of the indices it belongs to,
 * never of what was drawn before it.  So a worker gives the same answer to a task
 * at the same moment whatever else was assigned, in whatever order, and in
 * however many rounds.  Integers only: the bytes are the same on any machine.
 *
 * A header, because the Makefile makes a program of every .c file below examples/.
 */
#ifndef DEMO_CROWD_MODEL_H
#define DEMO_CROWD_MODEL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/mem.h"

enum { NEGATIVE, NEUTRAL, POSITIVE, N_CLASS };
enum role { HONEST, CARELESS, RANDOM, COLLUDING, MAJORITY, N_ROLE };

static const char *const class_name[N_CLASS] = { "negative", "neutral", "positive" };
static const char *const role_name[N_ROLE] = { "honest", "careless", "random", "colluding", "majority" };

enum {
	BP = 10000,
	NEGATIVE_BP = 3000, NEUTRAL_BP = 2000,   /* the prior; the rest is positive */
	RING_RIGHT_BP = 2000,                    /* tasks on which the ring tells the truth */
	SAMPLE_W = 60,                           /* the shares below are of so many workers */
	DAY_MS = 8 * 3600 * 1000, DAYS = 5,      /* the working week, after one day of preparation */
};

/* of SAMPLE_W workers; who is left over is honest */
static const uint32_t share[N_ROLE] = { [CARELESS] = 8, [RANDOM] = 6, [COLLUDING] = 5, [MAJORITY] = 3 };

/* skill in basis points and time for an answer in ms: lowest, and how much above it */
static const uint32_t skill_low[N_ROLE] = { [HONEST] = 8500, [CARELESS] = 6000 };
static const uint32_t skill_span[N_ROLE] = { [HONEST] = 1201, [CARELESS] = 1201 };
static const uint32_t ms_low[N_ROLE] = { 4000, 2500, 900, 1800, 700 };
static const uint32_t ms_span[N_ROLE] = { 22000, 6500, 2300, 3200, 1500 };

struct person {
	enum role role;
	bool other_tool;         /* does not work in Label Studio */
	uint32_t skill_bp;       /* how often the answer is right in the long run */
	uint32_t identity;
	uint32_t stride, first;  /* the order in which the tasks are met */
	char address[43];
};

struct crowd {
	uint64_t seed;
	uint32_t n_tasks, n_workers;
	uint8_t *truth;          /* class of each task */
	bool *gold;              /* is the answer in gold.csv */
	struct person *who;
	uint8_t majority;        /* the commonest class */
};

/* ---- chance ---------------------------------------------------------------- */

/* what a draw is for; a topic keeps draws with the same indices apart */
enum topic {
	ON_TRUTH, ON_TEXT, ON_GOLD, ON_ROLE, ON_TOOL, ON_SKILL, ON_ADDRESS, ON_IDENTITY, ON_JOIN, ON_ORDER,
	ON_RIGHT, ON_WRONG, ON_RING_RIGHT, ON_RING_WRONG, ON_PACE, ON_PAUSE, ON_CANCEL, ON_MODEL, ON_PLAN,
};

/* the step and the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) */
static uint64_t mix(uint64_t z)
{
	z += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t draw(const struct crowd *c, enum topic topic, uint64_t a, uint64_t b)
{
	return mix(mix(mix(c->seed ^ mix((uint64_t)topic)) + a) + b);
}

/* below - a draw as a number in 0 .. n-1; the bias is below n / 2^32 */
static uint32_t below(uint64_t h, uint32_t n)
{
	return (uint32_t)(((h >> 32) * n) >> 32);
}

/* shuffle - an owned random order of 0 .. n-1 */
static uint32_t *shuffle(const struct crowd *c, enum topic topic, uint32_t n)
{
	uint32_t *p = mem_alloc(n, sizeof *p);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = below(draw(c, topic, i, 0), i + 1);
		p[i] = p[j];
		p[j] = i;
	}
	return p;
}

/* coprime - a step that, taken n times modulo n, meets every number once */
static uint32_t coprime(uint64_t h, uint32_t n)
{
	for (uint32_t a = 1 + below(h, n); ; a++) {
		uint32_t x = a, y = n;
		while (y) {
			uint32_t r = x % y;
			x = y;
			y = r;
		}
		if (x == 1)
			return a;
	}
}

/* ---- people ---------------------------------------------------------------- */

static void cast_roles(struct crowd *c)
{
	uint32_t *order = shuffle(c, ON_ROLE, c->n_workers);
	uint32_t at = 0, careless = 0;

	for (int r = CARELESS; r < N_ROLE; r++)
		for (uint32_t n = c->n_workers * share[r] / SAMPLE_W; n > 0; n--)
			c->who[order[at++]].role = (enum role)r;
	free(order);

	/* one person with two wallets: the first two careless workers */
	for (uint32_t w = 0, first = 0; w < c->n_workers; w++) {
		if (c->who[w].role == CARELESS && ++careless == 1)
			first = w;
		c->who[w].identity = careless == 2 && c->who[w].role == CARELESS ? first : w;
	}

	order = shuffle(c, ON_TOOL, c->n_workers);
	for (uint32_t i = 0; i < c->n_workers * 3 / 10; i++)
		c->who[order[i]].other_tool = true;
	free(order);
}

static void make_address(const struct crowd *c, uint32_t w, char out[43])
{
	struct buf b = BUF_INIT;
	uint8_t bytes[24];

	for (uint32_t i = 0; i < 24; i++)
		bytes[i] = (uint8_t)(draw(c, ON_ADDRESS, w, i / 8) >> (i % 8 * 8));
	buf_adds(&b, "0x");
	hex_put(&b, bytes, 20);
	memcpy(out, b.p, 43);
	buf_release(&b);
}

static void make_people(struct crowd *c)
{
	uint32_t majority_bp = 0;

	for (uint32_t t = 0; t < c->n_tasks; t++)
		majority_bp += c->truth[t] == c->majority;
	majority_bp = majority_bp * BP / c->n_tasks;
	cast_roles(c);
	for (uint32_t w = 0; w < c->n_workers; w++) {
		struct person *p = &c->who[w];
		/* the ring goes through its tasks side by side, all others in an order of their own */
		uint64_t order = p->role == COLLUDING ? c->n_workers : w;
		const uint32_t fixed[N_ROLE] = {
			[RANDOM] = BP / N_CLASS, [COLLUDING] = RING_RIGHT_BP, [MAJORITY] = majority_bp,
		};

		make_address(c, w, p->address);
		p->skill_bp = fixed[p->role] + skill_low[p->role]
			+ below(draw(c, ON_SKILL, w, 0), skill_span[p->role]);
		p->stride = coprime(draw(c, ON_ORDER, order, 0), c->n_tasks);
		p->first = below(draw(c, ON_ORDER, order, 1), c->n_tasks);
	}
}

static void make_tasks(struct crowd *c)
{
	uint32_t count[N_CLASS] = { 0 };
	uint32_t *order = shuffle(c, ON_GOLD, c->n_tasks);

	for (uint32_t t = 0; t < c->n_tasks; t++) {
		uint32_t u = below(draw(c, ON_TRUTH, t, 0), BP);
		c->truth[t] = u < NEGATIVE_BP ? NEGATIVE : u < NEGATIVE_BP + NEUTRAL_BP ? NEUTRAL : POSITIVE;
		count[c->truth[t]]++;
	}
	for (uint8_t k = 0; k < N_CLASS; k++)
		if (count[k] > count[c->majority])
			c->majority = k;
	for (uint32_t i = 0; i < c->n_tasks / 5; i++)
		c->gold[order[i]] = true;
	free(order);
}

static void crowd_init(struct crowd *c)
{
	c->truth = mem_zalloc(c->n_tasks, sizeof *c->truth);
	c->gold = mem_zalloc(c->n_tasks, sizeof *c->gold);
	c->who = mem_zalloc(c->n_workers, sizeof *c->who);
	make_tasks(c);
	make_people(c);
}

static void crowd_release(struct crowd *c)
{
	free(c->truth);
	free(c->gold);
	free(c->who);
}

/* ---- answers --------------------------------------------------------------- */

/* wrong - another class than truth; good and bad are mistaken for neutral more than for each other */
static uint32_t wrong(uint32_t truth, uint64_t h)
{
	if (truth == NEUTRAL)
		return below(h, 2) ? POSITIVE : NEGATIVE;
	return below(h, 4) ? NEUTRAL : NEGATIVE + POSITIVE - truth;
}

static uint32_t crowd_answer(const struct crowd *c, uint32_t w, uint32_t t)
{
	const struct person *p = &c->who[w];
	uint64_t right = draw(c, ON_RIGHT, w, t), other = draw(c, ON_WRONG, w, t);

	if (p->role == MAJORITY)
		return c->majority;
	if (p->role == RANDOM)
		return below(right, N_CLASS);
	if (p->role == COLLUDING) {
		/* agreed beforehand: the worker plays no part in it */
		right = draw(c, ON_RING_RIGHT, t, 0);
		other = draw(c, ON_RING_WRONG, t, 0);
	}
	return below(right, BP) < p->skill_bp ? c->truth[t] : wrong(c->truth[t], other);
}

/* when - working time in ms since the day of preparation began, and what the answer took */
struct when {
	uint32_t slot, end_ms, took_ms;
};

/* crowd_when - the week has one slot for each task, and every worker an order of the tasks.  So the
 * answers of a worker never overlap, and an answer's time does not move when others are added. */
static struct when crowd_when(const struct crowd *c, uint32_t w, uint32_t t)
{
	const struct person *p = &c->who[w];
	uint32_t len = (uint32_t)DAY_MS * DAYS / c->n_tasks;
	struct when at = { .slot = (uint32_t)(((uint64_t)p->stride * t + p->first) % c->n_tasks) };

	at.took_ms = ms_low[p->role] + below(draw(c, ON_PACE, w, t), ms_span[p->role]);
	if (at.took_ms >= len)
		at.took_ms = len - 1;
	at.end_ms = DAY_MS + at.slot * len + at.took_ms + below(draw(c, ON_PAUSE, w, t), len - at.took_ms);
	return at;
}

#endif
