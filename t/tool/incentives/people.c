#include "people.h"

const char *const type_name[TYPES] = {
	"honest", "sloppy", "random", "prior", "majority", "copycat", "ring", "rare ring", "sleeper", "lazy", "leak ring",
	"copies most", "copies, noisy", "copies half", "rare only", "rotating ring", "idle at the end", "liar", "level",
	"copies the last", "griefer", "piece",
};

enum lie {
	TRUTH, RARE15, NOISE10, NOISE20, NOISE50, NEVER_RARE, COMMON10, COMMON30, SWAP, MERGE, SHADE, COMMON_UNSURE, RARE_UNSURE
};

const char *const lie_name[LIES] = {
	"the truth", "15 % of the commonest as the rarest", "10 % noise", "20 % noise", "50 % noise", "never the rarest",
	"10 % the commonest", "30 % the commonest", "two classes swapped", "two classes merged", "the likeliest by Bayes",
	"half of the rarest as the commonest", "5 % of the commonest as the rarest",
};

const enum type piece_type[PIECES] = { HONEST, RANDOM, MAJORITY, LAZYMIX };

static const double lean[CLASSES] = { .5, .25, .15, .10 };

bool type_is_bad(enum type t)
{
	return t != HONEST && t != SLOPPY && t != LIAR && t != LEVEL;
}

/* bad in every answer, not in some */
static bool all_bad(enum type t)
{
	return type_is_bad(t) && t != SLEEPER && t != LAZYMIX && t != RAREONLY && t != ENDGAME && t != GRIEFER;
}

static bool is_copier(enum type t)
{
	return t == COPYCAT || t == COPYMAJ || t == COPYNOISE || t == COPYHALF || t == COPYNEAR;
}

bool is_ring(enum type t)
{
	return t == RING || t == LEAKRING || t == RARERING || t == ROTATE;
}

/* can work honestly */
static bool is_able(enum type t)
{
	return t == HONEST || t == SLEEPER || t == LAZYMIX || t == COPYHALF || t == RAREONLY || t == ENDGAME || t == LIAR ||
		t == LEVEL || t == GRIEFER;
}

bool is_looking(enum type t)
{
	return is_able(t) || t == SLOPPY;
}

uint32_t draw(struct rng *g, const double *p)
{
	double u = rng_unit(g);
	uint32_t c = 0;

	while (c + 1 < CLASSES && u >= p[c])
		u -= p[c++];
	return c;
}

static double between(struct rng *g, double lo, double hi)
{
	return lo + (hi - lo) * rng_unit(g);
}

/* an account that answers right with chance d in class c, and errs towards the common classes */
static void skill(struct rng *g, uint32_t classes, double *row, uint32_t c, double d)
{
	double sum = 0;

	for (uint32_t v = 0; v < classes; v++) {
		row[v] = v == c ? 0 : lean[v] * between(g, .7, 1.3);
		sum += row[v];
	}
	for (uint32_t v = 0; v < classes; v++)
		row[v] = v == c ? d : (1 - d) * row[v] / sum;
}

static double diagonal(struct world *o, const struct account *a)
{
	return a->type == LEVEL ? .40 + .05 * a->probe : a->type == SLOPPY ? between(&o->rng, .50, .68) : between(&o->rng, .78, .95);
}

void person_skill(struct world *o, struct account *a, uint32_t c)
{
	enum type t = a->type;
	double d = is_looking(t) ? diagonal(o, a) : 0;

	a->skill += d / o->classes;
	if (is_looking(t))
		skill(&o->rng, o->classes, a->says[c], c, d);
	for (uint32_t v = 0; v < o->classes && !is_looking(t); v++)
		a->says[c][v] = t == PRIOR || t == COPYCAT || t == COPYMAJ ? o->prior[v] : t == MAJORITY ? v == 0 :
			t == RARERING ? v == o->classes - 1 : 1. / o->classes;
}

uint32_t epoch_of(const struct world *o)
{
	return o->round / EPOCH;
}

/* a deceptive item: less often right, and mostly one and the same wrong answer */
static uint32_t deceived(struct world *o, const double *says, const struct item *it)
{
	double d = says[it->y] * .55, row[CLASSES] = { 0 }, sum = 0;

	for (uint32_t v = 0; v < o->classes; v++) {
		row[v] = v == it->y ? d : (1 - d) * .3 / (o->classes - 1) + (v == it->trap ? (1 - d) * .7 : 0);
		sum += row[v];
	}
	for (uint32_t v = 0; v < o->classes; v++)
		row[v] /= sum;
	return draw(&o->rng, row);
}

/* with drift, every tenth answer of the last epoch is a guess, and fewer before */
static uint32_t worked(struct world *o, const struct account *a, const struct item *it)
{
	if (o->sc->drift && rng_below(&o->rng, 10 * EPOCH * EPOCHS) < o->round)
		return (uint32_t)rng_below(&o->rng, o->classes);
	return draw(&o->rng, a->says[it->two_ways && a->school ? it->trap : it->y]);
}

static bool one_in(struct world *o, double often)
{
	return rng_unit(&o->rng) < often;
}

/* who knows how he errs, and how common the classes are */
static uint32_t likeliest(const struct world *o, const struct account *a, uint32_t x)
{
	uint32_t best = 0;

	for (uint32_t y = 1; y < o->classes; y++)
		if (o->prior[y] * a->says[y][x] > o->prior[best] * a->says[best][x])
			best = y;
	return best;
}

static uint32_t lie(struct world *o, const struct account *a, uint32_t x)
{
	uint32_t rare = o->classes - 1;

	switch ((enum lie)a->probe) {
	case TRUTH: break;
	case RARE15: return x == 0 && one_in(o, .15) ? rare : x;
	case RARE_UNSURE: return x == 0 && one_in(o, .05) ? rare : x;
	case NOISE10: case NOISE20: case NOISE50:
		return one_in(o, a->probe == NOISE10 ? .1 : a->probe == NOISE20 ? .2 : .5) ? (uint32_t)rng_below(&o->rng, o->classes) : x;
	case NEVER_RARE: return x == rare ? 0 : x;
	case COMMON_UNSURE: return x == rare && one_in(o, .5) ? 0 : x;
	case COMMON10: return one_in(o, .1) ? 0 : x;
	case COMMON30: return one_in(o, .3) ? 0 : x;
	case SWAP: return x < 2 ? 1 - x : x;
	case MERGE: return x == 2 ? 1 : x;
	case SHADE: return likeliest(o, a, x);
	}
	return x;
}

/* what an account says of an item, left alone with it; RAREONLY works when a glance says that it is not the common class */
uint32_t person_says(struct world *o, uint32_t who, const struct item *it)
{
	struct account *a = &o->w[who];
	bool idle = all_bad(a->type) || (a->type == LAZYMIX && rng_unit(&o->rng) < .5) ||
		(a->type == SLEEPER && a->s.standing == RULE_CLEARED) ||
		(a->type == ENDGAME && epoch_of(o) == EPOCHS - 1) ||
		(a->type == RAREONLY && one_in(o, o->sc->glance > 0 ? 1 - o->sc->glance : .2) == (it->y > 0));

	a->idle[epoch_of(o)] += idle;
	if (a->type == RING || a->type == LEAKRING)
		return it->hash;
	if (a->type == ROTATE)          /* a new convention each epoch, by halves of the ring */
		return (it->hash + (who + epoch_of(o)) % 2) % o->classes;
	if (a->type == RAREONLY && idle)
		return 0;
	if (idle && !all_bad(a->type))
		return (uint32_t)rng_below(&o->rng, o->classes);
	if (it->hard && is_looking(a->type))
		return deceived(o, a->says[it->y], it);
	uint32_t x = worked(o, a, it);
	return a->type == LIAR ? lie(o, a, x) : x;
}

bool person_copies(struct world *o, enum type t)
{
	double set = o->sc->copies, often = t == COPYNOISE ? set > 0 ? set : .85 : t == COPYNEAR ? set > 0 ? set : .95 :
		t == COPYHALF ? .5 : 1;

	return is_copier(t) && !o->sc->hidden && rng_unit(&o->rng) < often;
}

bool copies_most(enum type t)
{
	return t == COPYMAJ || t == COPYNOISE;
}

uint32_t most_said(struct world *o, const uint32_t *votes)
{
	uint32_t best = 0, ties = 0;

	for (uint32_t v = 0; v < o->classes; v++)
		if (votes[v] > votes[best] || ties == 0) {
			best = v;
			ties = 1;
		} else if (votes[v] == votes[best] && rng_below(&o->rng, ++ties) == 0) {
			best = v;
		}
	return best;
}

bool person_waits(struct world *o, enum type t)
{
	return is_copier(t) && rng_below(&o->rng, 2);
}

double person_place(struct world *o, const struct account *a)
{
	switch (o->sc->order) {
	case BY_CHANCE: break;
	case COPIERS_LAST: return is_copier(a->type);
	case BAD_LAST: return type_is_bad(a->type);
	case BAD_FIRST: return !type_is_bad(a->type);
	case BEST_FIRST: return 1 - (is_looking(a->type) ? a->skill : between(&o->rng, .5, .95));
	}
	return 0;
}
