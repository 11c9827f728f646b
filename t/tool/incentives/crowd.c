#include "crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "people.h"

static const double prior4[CLASSES] = { .60, .20, .15, .05 }, prior2[CLASSES] = { .70, .30 };

static void shuffle(struct rng *g, uint32_t *x, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = (uint32_t)rng_below(g, i), t = x[i - 1];
		x[i - 1] = x[j];
		x[j] = t;
	}
}

static uint32_t common(uint32_t a, uint32_t b)
{
	return b ? common(b, a % b) : a;
}

/* piece k: of each type, four people with ten accounts each come to ten with one */
static enum type piece(struct account *a, uint32_t k, uint32_t part)
{
	bool whole = k / PIECES % 5 == 4;

	a->probe = 2 * (k % PIECES) + whole;
	a->quota = whole ? 10 * part : part;
	return piece_type[k % PIECES];
}

static void account_init(struct world *o, struct account *a, enum type t)
{
	a->type = t;
	a->quota = o->quota;
	a->probed = t == LIAR || t == LEVEL || t == PIECE;
	if (t == LIAR || t == LEVEL)
		a->probe = o->probes++ % (t == LIAR ? LIES : LEVELS);
	if (t == PIECE)
		a->type = piece(a, o->probes++, o->sc->part);
	if (t == HONEST && o->sc->targets)
		a->target = o->probes++ % o->sc->targets == 0;
	if (o->sc->schools > 0)
		a->school = rng_unit(&o->rng) < .4;
	for (uint32_t c = 0; c < o->classes; c++) {
		person_skill(o, a, c);
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
	uint32_t x = person_says(o, who, &it->is);

	a->at[c] = (a->at[c] + a->step[c]) % o->per_class;
	if (a->type == LEAKRING && it->known)
		x = it->is.y;
	if (it->n && person_copies(o, a->type))
		x = copies_most(a->type) ? most_said(o, it->votes) : a->type == COPYNEAR ? it->last : it->sample;
	it->known = it->known || a->type == LEAKRING;
	it->last = x;
	it->votes[x]++;
	if (rng_below(&o->rng, ++it->n) == 0)
		it->sample = x;
	rule_gold(o->p, &a->s, x == it->is.y);
	put(o, g, who, x);
}

/* Who gives the first answer, and so on: by chance, then who waits, then by place. */
static void line_up(struct world *o, uint32_t *seat, uint32_t n, uint32_t *order)
{
	bool late[MAX_SEATS];
	double place[MAX_SEATS];
	uint32_t at = 0;

	shuffle(&o->rng, seat, n);
	for (uint32_t k = 0; k < n; k++)
		late[k] = person_waits(o, o->w[seat[k]].type);
	for (int turn = 0; turn < 2; turn++)
		for (uint32_t k = 0; k < n; k++)
			if (late[k] == turn)
				order[at++] = seat[k];
	for (uint32_t k = 0; k < n; k++) {
		uint32_t who = order[k], i = k;
		double p = person_place(o, &o->w[who]);
		for (; i && place[i - 1] > p; i--) {
			place[i] = place[i - 1];
			order[i] = order[i - 1];
		}
		place[i] = p;
		order[i] = who;
	}
}

/* Who is last on a task makes it differ from the first answer where a target agreed with that. */
static uint32_t griefed(const struct world *o, const uint32_t *order, const uint32_t *said, uint32_t k, uint32_t x)
{
	for (uint32_t j = 1; j < k && x == said[0]; j++)
		if (o->w[order[j]].target && said[j] == said[0])
			x = (x + 1) % o->classes;
	return x;
}

static void answer_task(struct world *o, uint32_t *seat, uint32_t n)
{
	uint32_t order[MAX_SEATS], said[MAX_SEATS], votes[CLASSES] = { 0 }, task = o->log.n_tasks++;
	struct item it = new_item(o, draw(&o->rng, o->prior), o->sc->hard);

	it.two_ways = o->sc->schools > 0 && rng_unit(&o->rng) < o->sc->schools;
	line_up(o, seat, n, order);
	for (uint32_t k = 0; k < n; k++) {
		enum type t = o->w[order[k]].type;
		uint32_t x = person_says(o, order[k], &it);
		if (k && person_copies(o, t))
			x = copies_most(t) ? most_said(o, votes) : said[t == COPYNEAR ? k - 1 : rng_below(&o->rng, k)];
		if (t == GRIEFER && k + 1 == n)
			x = griefed(o, order, said, k, x);
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
		if (a->answers >= a->quota || (o->stops && a->s.standing == RULE_STOPPED))
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
