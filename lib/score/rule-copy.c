#include "score/rule-copy.h"

#include <stdlib.h>

#include "base/mem.h"
#include "math/isqrt.h"
#include "score/rule-ln.h"

static const uint64_t ONE = (uint64_t)1 << 32, TWENTIETH = 214748364;  /* Q32; the last is floor */

static bool is_peer(const struct rule_state *s)
{
	return s->standing == RULE_NEW || s->standing == RULE_CLEARED;
}

static void meet(struct rule_state *s, uint32_t b, bool apart)
{
	s->met[b]++;
	s->apart[b] += apart;
}

/* The answers of one task: each beside those before it, and, of the first RULE_SEATS, all that are there then
 * beside each other. */
static void count_lone(const struct rule_answer *a, uint32_t n, struct rule_state *state)
{
	bool apart[RULE_SEATS] = { true };

	for (uint32_t k = 1; k < n; k++) {
		uint32_t b = k < RULE_SEATS ? k - 1 : RULE_SEATS - 1;
		bool lone = true;

		for (uint32_t x = 0; x < k && (lone || k < RULE_SEATS); x++)
			if (a[x].value == a[k].value) {
				lone = false;
				if (k < RULE_SEATS)
					apart[x] = false;
			}
		state[a[k].who].seen[b]++;
		state[a[k].who].lone[b] += lone;
		meet(&state[a[k].who], b, lone);
		if (k < RULE_SEATS)
			apart[k] = lone;
		for (uint32_t x = 0; x < k && k < RULE_SEATS; x++)
			meet(&state[a[x].who], b, apart[x]);
	}
}

/* and each between the first of them and the last */
static void count_between(const struct rule_answer *a, uint32_t n, struct rule_state *state)
{
	const struct rule_answer *first = &a[0], *last = &a[n - 1];

	if (n < 3 || first->value == last->value || !is_peer(&state[first->who]) || !is_peer(&state[last->who]))
		return;
	for (uint32_t k = 1; k < n - 1; k++) {
		struct rule_state *s = &state[a[k].who];
		bool early = a[k].value == first->value;

		s->between += early || a[k].value == last->value;
		s->early += early;
	}
}

void rule_copy_count(const uint32_t *group, size_t n_groups, const struct rule_answer *answer, struct rule_state *state)
{
	for (size_t g = 0; g < n_groups; g++) {
		count_lone(&answer[group[g]], group[g + 1] - group[g], state);
		count_between(&answer[group[g]], group[g + 1] - group[g], state);
	}
}

/* What those who are CLEARED do. */
struct crowd {
	uint64_t met[RULE_SEATS], apart[RULE_SEATS];
	uint64_t share;         /* how often such an answer is like the first, Q32, 1/2 or more: the median; 1 when nobody tells */
};

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct crowd crowd_of(const struct rule_state *state, size_t n)
{
	struct crowd c = { .share = ONE };
	uint64_t *share = mem_alloc(n, sizeof *share);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (state[i].standing != RULE_CLEARED)
			continue;
		for (int b = 0; b < RULE_SEATS; b++) {
			c.met[b] += state[i].met[b];
			c.apart[b] += state[i].apart[b];
		}
		if (state[i].between)
			share[m++] = ((uint64_t)state[i].early << 32) / state[i].between;
	}
	qsort(share, m, sizeof *share, ascending);
	if (m)
		c.share = share[(m - 1) / 2] > ONE / 2 ? share[(m - 1) / 2] : ONE / 2;
	free(share);
	return c;
}

static uint64_t total(const uint32_t *by_seat)
{
	uint64_t t = 0;

	for (int b = 0; b < RULE_SEATS; b++)
		t += by_seat[b];
	return t;
}

/* at most half of 8 2^32 answers, 2^66: cut to what fits, which nobody reaches */
static uint64_t expected(const struct crowd *c, const struct rule_state *s)
{
	u128 t = 0;

	for (int b = 0; b < RULE_SEATS; b++)
		if (c->met[b])
			t += ((u128)s->seen[b] * c->apart[b] << 32) / c->met[b];
	t /= 2;
	return t > UINT64_MAX ? UINT64_MAX : (uint64_t)t;
}

/* ---- the tests ------------------------------------------------------------------------- */

struct suspect {
	uint32_t who;
	uint32_t n, k;          /* of n between k are early; in the other test k are lone, and n is of the first */
	uint64_t lambda;        /* Q32, of lone */
	i128 ln_p;              /* Q48 */
};

/* One test of everybody with enough answers: those who are on the side of it where copiers are, and how many all are. */
struct trial {
	struct suspect *of;
	size_t n, tested;
};

static int likelier(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;

	if (x->ln_p != y->ln_p)
		return x->ln_p < y->ln_p ? -1 : 1;
	return x->who < y->who ? -1 : x->who > y->who;
}

/* ln x! as far as this test needs them */
static i128 *factorials(const struct trial *t)
{
	uint32_t most = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct suspect *s = &t->of[i];
		uint32_t need = s->n > s->k ? s->n : s->k;
		most = need > most ? need : most;
	}
	i128 *fact = mem_alloc((size_t)most + 1, sizeof *fact);
	rule_ln_factorials(fact, most);
	return fact;
}

/* hold those of the smallest p that Benjamini and Hochberg let pass */
static void hold(struct trial *t, const struct rule_policy *p, struct rule_state *state)
{
	size_t held = 0;

	qsort(t->of, t->n, sizeof *t->of, likelier);
	for (size_t k = 0; k < t->n; k++)
		if (t->of[k].ln_p <= (i128)rule_ln((uint64_t)p->copy_ppm * (k + 1)) - rule_ln((uint64_t)1000000 * t->tested))
			held = k + 1;
	for (size_t k = 0; k < held; k++)
		state[t->of[k].who].held = true;
}

/* Does he agree with the last more often than a copier would? */
static bool is_clear_of_it(const struct rule_state *s, uint64_t share, const i128 *fact)
{
	uint64_t copier = (ONE + share) / 2;

	return copier < ONE && rule_ln_binomial(s->between, (uint32_t)(ONE - copier), s->between - s->early, fact) <=
		-(i128)rule_ln(100);
}

/* who is above the mean has p > 1/3 and is never held; below it, lone fits 32 bits */
static void find_lone(struct trial *t, const struct rule_policy *p, const struct rule_state *state, size_t n,
	const struct crowd *crowd)
{
	for (size_t i = 0; i < n; i++) {
		if (total(state[i].seen) < p->copy_least)
			continue;
		uint64_t lambda = expected(crowd, &state[i]), lone = total(state[i].lone);
		t->tested++;
		if (lone < lambda >> 32 || (lone == lambda >> 32 && (uint32_t)lambda))
			t->of[t->n++] = (struct suspect){ .who = (uint32_t)i, .n = state[i].between, .k = (uint32_t)lone,
				.lambda = lambda };
	}
	i128 *fact = factorials(t);
	for (size_t k = 0; k < t->n; k++)
		t->of[k].ln_p = is_clear_of_it(&state[t->of[k].who], crowd->share, fact) ? 0 :
			rule_ln_poisson(t->of[k].lambda, t->of[k].k, fact);
	free(fact);
}

static void find_early(struct trial *t, const struct rule_policy *p, const struct rule_state *state, size_t n,
	const struct crowd *crowd)
{
	uint64_t share = crowd->share + TWENTIETH;

	for (size_t i = 0; i < n; i++) {
		const struct rule_state *s = &state[i];
		if (total(s->seen) < p->copy_least)
			continue;
		t->tested++;
		if (share < ONE && (u128)s->early << 32 > (u128)s->between * share)
			t->of[t->n++] = (struct suspect){ .who = (uint32_t)i, .n = s->between, .k = s->early };
	}
	i128 *fact = factorials(t);
	for (size_t k = 0; k < t->n; k++)
		t->of[k].ln_p = rule_ln_binomial(t->of[k].n, (uint32_t)share, t->of[k].k, fact);
	free(fact);
}

void rule_copy_hold(const struct rule_policy *p, struct rule_state *state, size_t n)
{
	struct crowd crowd = crowd_of(state, n);
	struct trial t = { .of = mem_alloc(n, sizeof *t.of) };

	find_lone(&t, p, state, n, &crowd);
	hold(&t, p, state);
	t.n = t.tested = 0;
	find_early(&t, p, state, n, &crowd);
	hold(&t, p, state);
	free(t.of);
}
