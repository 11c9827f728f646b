#include "crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

const char *const type_name[TYPES] = {
	"honest", "sloppy", "random", "prior", "majority", "copycat", "ring", "rare ring", "sleeper", "lazy", "leak ring",
	"copies most", "copies, noisy", "copies half", "rare only", "rotating ring", "idle at the end", "liar", "level",
};

enum lie {
	TRUTH, RARE15, NOISE10, NOISE20, NOISE50, NEVER_RARE, COMMON10, COMMON30, SWAP, MERGE, SHADE, COMMON_UNSURE, RARE_UNSURE
};

const char *const lie_name[LIES] = {
	"the truth", "15 % of the commonest as the rarest", "10 % noise", "20 % noise", "50 % noise", "never the rarest",
	"10 % the commonest", "30 % the commonest", "two classes swapped", "two classes merged", "the likeliest by Bayes",
	"half of the rarest as the commonest", "5 % of the commonest as the rarest",
};

static const double prior4[CLASSES] = { .60, .20, .15, .05 }, prior2[CLASSES] = { .70, .30 };
static const double lean[CLASSES] = { .5, .25, .15, .10 };

bool type_is_bad(enum type t)
{
	return t != HONEST && t != SLOPPY && t != LIAR && t != LEVEL;
}

/* bad in every answer, not in some */
static bool all_bad(enum type t)
{
	return type_is_bad(t) && t != SLEEPER && t != LAZYMIX && t != RAREONLY && t != ENDGAME;
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
	return t == HONEST || t == SLEEPER || t == LAZYMIX || t == COPYHALF || t == RAREONLY || t == ENDGAME || t == LIAR ||
		t == LEVEL;
}

static uint32_t draw(struct rng *g, const double *p)
{
	double u = rng_unit(g);
	uint32_t c = 0;

	while (c + 1 < CLASSES && u >= p[c])
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

static uint32_t common(uint32_t a, uint32_t b)
{
	return b ? common(b, a % b) : a;
}

static double diagonal(struct world *o, const struct account *a)
{
	return a->type == LEVEL ? .40 + .05 * a->probe : a->type == SLOPPY ? between(&o->rng, .50, .68) : between(&o->rng, .78, .95);
}

static void account_init(struct world *o, struct account *a, enum type t)
{
	a->type = t;
	if (t == LIAR || t == LEVEL)
		a->probe = o->probes++ % (t == LIAR ? LIES : LEVELS);
	for (uint32_t c = 0; c < o->classes; c++) {
		if (is_able(t) || t == SLOPPY)
			skill(&o->rng, o->classes, a->says[c], c, diagonal(o, a));
		for (uint32_t v = 0; v < o->classes && !is_able(t) && t != SLOPPY; v++)
			a->says[c][v] = t == PRIOR || t == COPYCAT || t == COPYMAJ ? o->prior[v] : t == MAJORITY ? v == 0 :
				t == RARERING ? v == o->classes - 1 : 1. / o->classes;
		a->at[c] = (uint32_t)rng_below(&o->rng, o->per_class);
		do
			a->step[c] = 1 + (uint32_t)rng_below(&o->rng, o->per_class - 1);
		while (common(a->step[c], o->per_class) > 1);
	}
}

static struct item new_item(struct world *o, uint32_t y, double hard)
{
	struct item it = { .y = y, .hash = draw(&o->rng, o->prior), .hard = rng_unit(&o->rng) < hard };

	it.trap = (y + 1 + (uint32_t)rng_below(&o->rng, o->classes - 1)) % o->classes;
	return it;
}

/* half the gold as the tasks are: the classes' shares of it are between balanced and natural */
static uint32_t gold_class(struct world *o)
{
	if (o->sc->natural && rng_below(&o->rng, 2))
		return draw(&o->rng, o->prior);
	return (uint32_t)rng_below(&o->rng, o->classes);
}

static void make_gold(struct world *o)
{
	o->gold = mem_alloc((size_t)o->classes * o->per_class, sizeof *o->gold);
	for (uint32_t g = 0; g < o->classes * o->per_class; g++) {
		o->gold[g] = (struct gold_item){ .is = new_item(o, g / o->per_class, o->sc->easy_gold ? 0 : o->sc->hard) };
		o->gold[g].known = rng_unit(&o->rng) < o->sc->leaked;
	}
	o->log.n_tasks = o->classes * o->per_class;
}

void world_init(struct world *o, const struct scenario *sc, const struct rule_policy *p, uint32_t gold, uint64_t seed)
{
	uint32_t n = sc->workers ? sc->workers : 200;

	*o = (struct world){ .sc = sc, .p = p, .n = n, .seats = sc->seats ? sc->seats : 5, .per_class = gold,
	                     .classes = sc->classes ? sc->classes : CLASSES, .stops = true };
	rng_seed(&o->rng, seed);
	o->prior = o->classes == 2 ? prior2 : prior4;
	o->quota = sc->quota ? sc->quota : EPOCH * EPOCHS;
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
	make_gold(o);
}

bool world_is_gold(const struct world *o, uint32_t task, uint32_t *class)
{
	if (task >= o->classes * o->per_class)
		return false;
	*class = o->gold[task].is.y;
	return true;
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
	}
	l->task[l->n] = task;
	l->worker[l->n] = who;
	l->value[l->n++] = value;
	o->w[who].units[epoch_of(o)]++;
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
	return draw(&o->rng, a->says[it->y]);
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
static uint32_t answer(struct world *o, uint32_t who, const struct item *it)
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
	if (it->hard && (is_able(a->type) || a->type == SLOPPY))
		return deceived(o, a->says[it->y], it);
	uint32_t x = worked(o, a, it);
	return a->type == LIAR ? lie(o, a, x) : x;
}

static bool copies(struct world *o, enum type t)
{
	double often = t == COPYNOISE ? o->sc->copies > 0 ? o->sc->copies : .85 : t == COPYHALF ? .5 : 1;

	return is_copier(t) && !o->sc->hidden && rng_unit(&o->rng) < often;
}

/* the value most often given; of several, one at random */
static uint32_t most_said(struct world *o, const uint32_t *votes)
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

static bool asks_gold(struct world *o, uint32_t answers, const struct account *a)
{
	static const double rate[] = { [RULE_NEW] = .10, [RULE_CLEARED] = .05, [RULE_RETEST] = .20, [RULE_STOPPED] = 0 };

	return rng_unit(&o->rng) < (o->pilot || answers < 20 ? .30 : rate[a->s.standing]);
}

static void answer_gold(struct world *o, uint32_t who)
{
	struct account *a = &o->w[who];
	uint32_t c = gold_class(o), g = c * o->per_class + a->at[c];
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
	uint32_t order[MAX_SEATS], at = 0, said[MAX_SEATS], votes[CLASSES] = { 0 }, task = o->log.n_tasks++;
	bool late[MAX_SEATS];
	struct item it = new_item(o, draw(&o->rng, o->prior), o->sc->hard);

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

static void round_of(struct world *o, uint32_t *who)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < o->n; i++) {
		struct account *a = &o->w[i];
		if (a->answers >= o->quota || (o->stops && a->s.standing == RULE_STOPPED))
			continue;
		if (asks_gold(o, a->answers++, a))
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

void world_epoch(struct world *o)
{
	uint32_t *who = mem_alloc(o->n, sizeof *who);

	for (uint32_t i = 0; i < EPOCH; i++, o->round++)
		round_of(o, who);
	free(who);
}

void world_release(struct world *o)
{
	free(o->w);
	free(o->gold);
	free(o->log.task);
	free(o->log.worker);
	free(o->log.value);
}
