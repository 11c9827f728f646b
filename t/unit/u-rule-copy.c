/* the copy hold, night after night: who is found, and above all who is not */
#include "tap.h"

#include "base/mem.h"
#include "math/rng.h"
#include "rule-ref.h"
#include "score/rule-copy.h"
#include "score/rule.h"

enum { WHO = 100, NIGHTS = 20, TASKS = 1600, SEATS = 5, CLASSES = 4 };        /* a night: 80 answers each */

/* A crowd: each is right with chance skill; the first n_odd of them are the odd ones. */
struct crowd {
	const char *name;
	double skill_lo, skill_hi;
	uint32_t n_odd;
	double odd_skill;
	bool copy;              /* the odd ones copy what was said first; with chance noise they make something up */
	double noise;
	bool odd_last;          /* and answer last */
	bool by_skill;          /* the best come first */
	bool schools;           /* every fourth task is seen otherwise by four people in ten */
	uint32_t held;          /* so many may be, in all nights of all seeds */
};

static uint32_t any_but(struct rng *g, uint32_t x)
{
	return (x + 1 + (uint32_t)rng_below(g, CLASSES - 1)) % CLASSES;
}

struct night {
	uint32_t task[TASKS * SEATS + WHO], worker[TASKS * SEATS + WHO], value[TASKS * SEATS + WHO], gold[TASKS + 1];
	size_t n;
};

static void seats(struct rng *g, const struct crowd *c, const double *skill, uint32_t *seat)
{
	for (uint32_t k = 0; k < SEATS; k++) {
		bool again = true;
		while (again) {
			seat[k] = (uint32_t)rng_below(g, WHO);
			again = false;
			for (uint32_t j = 0; j < k; j++)
				again = again || seat[j] == seat[k];
		}
	}
	for (uint32_t k = 1; k < SEATS; k++)
		for (uint32_t j = k; j > 0; j--) {
			bool after = (c->odd_last && seat[j - 1] < c->n_odd && seat[j] >= c->n_odd) ||
				(c->by_skill && skill[seat[j - 1]] < skill[seat[j]]);
			uint32_t s = seat[j];
			if (!after)
				break;
			seat[j] = seat[j - 1];
			seat[j - 1] = s;
		}
}

static uint32_t says(struct rng *g, uint32_t who, double skill, uint32_t truth, bool disputed)
{
	if (disputed && who * 10 % WHO < 4 * WHO / 10)
		truth = (truth + 1) % CLASSES;
	return rng_unit(g) < skill ? truth : any_but(g, truth);
}

static void night_init(struct night *t, struct rng *g, const struct crowd *c, const double *skill)
{
	t->n = 0;
	for (uint32_t w = 0; w < WHO; w++) {            /* everybody is right on gold, which clears him */
		t->task[t->n] = TASKS;
		t->worker[t->n] = w;
		t->value[t->n++] = 0;
	}
	for (uint32_t k = 0; k < TASKS; k++) {
		uint32_t seat[SEATS], truth = (uint32_t)rng_below(g, CLASSES), first = 0;
		bool disputed = c->schools && rng_below(g, 4) == 0;
		seats(g, c, skill, seat);
		for (uint32_t s = 0; s < SEATS; s++) {
			uint32_t x = says(g, seat[s], skill[seat[s]], truth, disputed);
			if (c->copy && s && seat[s] < c->n_odd)
				x = rng_unit(g) < c->noise ? (uint32_t)rng_below(g, CLASSES) : first;
			first = s ? first : x;
			t->task[t->n] = k;
			t->worker[t->n] = seat[s];
			t->value[t->n++] = x;
		}
		t->gold[k] = RULE_NO_GOLD;
	}
	t->gold[TASKS] = 0;
}

struct found {
	uint32_t odd[NIGHTS], others[NIGHTS];           /* held, at the end of each night */
};

/* each night is a run of its own: tasks are new, and what is carried on is the state */
static void watch(const struct crowd *c, uint64_t seed, struct found *f)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct rule_state state[WHO] = { { 0 } };
	struct night *t = mem_alloc(1, sizeof *t);
	double skill[WHO];
	struct rng g;
	struct err e;

	rng_seed(&g, seed);
	p.clear = -1;
	for (uint32_t w = 0; w < WHO; w++)
		skill[w] = w < c->n_odd ? c->odd_skill : c->skill_lo + (c->skill_hi - c->skill_lo) * rng_unit(&g);
	for (uint32_t k = 0; k < NIGHTS; k++) {
		night_init(t, &g, c, skill);
		struct rule_log log = { .n = t->n, .task = t->task, .worker = t->worker, .value = t->value,
			.n_tasks = TASKS + 1, .n_workers = WHO, .n_values = CLASSES, .n_epochs = 1, .n_identities = WHO,
			.gold = t->gold };
		struct rule_run run = { .state = mem_alloc(WHO, sizeof *run.state) };
		memcpy(run.state, state, sizeof state);
		BUG_ON(!rule_run(&p, &log, false, 1, &run, &e));
		memcpy(state, run.state, sizeof state);
		rule_run_release(&run);
		f->odd[k] = f->others[k] = 0;
		for (uint32_t w = 0; w < WHO; w++)
			*(w < c->n_odd ? &f->odd[k] : &f->others[k]) += state[w].held;
	}
	free(t);
}

/* Counts of a crowd in which some copy and some are never wrong, drawn as such crowds would give them. */
static void draw_counts(struct rng *g, struct rule_state *s)
{
	double lone = .02 + .3 * rng_unit(g) * rng_unit(g), early = rng_below(g, 3) ? .5 : .3 + .7 * rng_unit(g);
	uint32_t many = 20 + (uint32_t)rng_below(g, 200);

	memset(s, 0, sizeof *s);
	s->standing = rng_below(g, 5) ? RULE_CLEARED : (uint8_t)rng_below(g, 4);
	for (uint32_t b = 0; b < RULE_SEATS; b++) {
		s->seen[b] = (uint32_t)rng_below(g, many) >> b;
		s->met[b] = s->seen[b] + (uint32_t)rng_below(g, many);
		for (uint32_t k = 0; k < s->met[b]; k++) {
			bool alone = rng_unit(g) < lone + .1 * rng_unit(g);
			s->apart[b] += alone;
			s->lone[b] += alone && k < s->seen[b];
		}
	}
	s->between = (uint32_t)rng_below(g, many);
	for (uint32_t k = 0; k < s->between; k++)
		s->early += rng_unit(g) < early;
}

/* who is held, by these counts, is who the reference holds */
static void test_reference(struct rng *g)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct rule_log l = { .n_identities = REF_WHO };
	struct ref *r = mem_zalloc(1, sizeof *r);
	int bad = 0, held = 0;

	r->p = &p;
	r->l = &l;
	for (int k = 0; k < 3000; k++) {
		struct rule_state state[REF_WHO];
		bool none = rng_below(g, 10) == 0;
		p.copy_least = (uint32_t)rng_below(g, 100);
		p.copy_ppm = 1 + (uint32_t)rng_below(g, 200000);
		for (uint32_t i = 0; i < REF_WHO; i++)
			draw_counts(g, &state[i]);
		for (uint32_t i = 0; i < REF_WHO && none; i++)
			state[i].standing = RULE_NEW;
		memcpy(r->end[0], state, sizeof state);
		ref_hold(r, 0);
		rule_copy_hold(&p, state, REF_WHO);
		for (uint32_t i = 0; i < REF_WHO; i++) {
			bad += state[i].held != r->end[0][i].held;
			held += state[i].held;
		}
	}
	ok(bad == 0, "3000 crowds by their counts: %d of %d people are held, whom the reference holds (%d differ)", held,
		3000 * REF_WHO, bad);
	free(r);
}

int main(void)
{
	struct rng g;

	rng_seed(&g, 11);
	test_reference(&g);
	static const struct crowd fair[] = {
		{ "honest people", .78, .95, 0, 0, false, 0, false, false, false, 0 },
		{ "people who are nearly always right among others who are not", .78, .95, 15, .99, false, 0, false, false, false, 2 },
		{ "the same, who come last", .78, .95, 15, .95, false, 0, true, false, false, 0 },
		{ "two schools, one of four in ten", .78, .95, 0, 0, false, 0, false, false, true, 0 },
		{ "a crowd where the best come first", .70, .97, 0, 0, false, 0, false, true, false, 0 },
		{ "a crowd where who guesses comes last", .78, .95, 25, .25, false, 0, true, false, false, 0 },
		{ "poor work", .50, .70, 0, 0, false, 0, false, false, false, 0 },
	};
	static const struct {
		struct crowd c;
		uint32_t by;            /* the night from which on three quarters are held */
	} foul[] = {
		{ { "who copies", .78, .95, 15, .25, true, 0, false, false, false, 0 }, 2 },
		{ { "who copies all but one of twenty", .78, .95, 15, .25, true, .05, false, false, false, 0 }, 4 },
		{ { "who copies all but one of seven", .78, .95, 15, .25, true, .15, false, false, false, 0 }, 4 },
		{ { "who copies, and comes last", .78, .95, 15, .25, true, 0, true, false, false, 0 }, 3 },
	};
	struct found f;

	for (size_t i = 0; i < sizeof fair / sizeof *fair; i++) {
		uint32_t held = 0;
		for (uint64_t seed = 1; seed <= 10; seed++) {
			watch(&fair[i], seed, &f);
			held += f.odd[NIGHTS - 1] + f.others[NIGHTS - 1];
		}
		ok(held <= fair[i].held, "%s: %d nights of 80 answers each, and of %d people %lu are held", fair[i].name, NIGHTS, 10 * WHO,
			(unsigned long)held);
	}
	for (size_t i = 0; i < sizeof foul / sizeof *foul; i++) {
		watch(&foul[i].c, 1, &f);
		ok(4 * f.odd[foul[i].by - 1] >= 3 * foul[i].c.n_odd && f.others[NIGHTS - 1] == 0,
			"%s: held are %lu of %lu after night %lu, and %lu others ever", foul[i].c.name,
			(unsigned long)f.odd[foul[i].by - 1], (unsigned long)foul[i].c.n_odd, (unsigned long)foul[i].by,
			(unsigned long)f.others[NIGHTS - 1]);
	}
	return done();
}
