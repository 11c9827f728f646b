#include "score/rule-copy.h"

#include <stdlib.h>

#include "base/mem.h"
#include "math/isqrt.h"
#include "score/rule-ln.h"

void rule_copy_count(const uint32_t *group, size_t n_groups, const struct rule_answer *answer, struct rule_state *state)
{
	for (size_t g = 0; g < n_groups; g++)
		for (uint32_t k = group[g] + 1; k < group[g + 1]; k++) {
			struct rule_state *s = &state[answer[k].who];
			uint32_t before = k - group[g], b = before < RULE_SEATS ? before - 1 : RULE_SEATS - 1;
			uint32_t a = group[g];

			while (a < k && answer[a].value != answer[k].value)
				a++;
			s->seen[b]++;
			s->lone[b] += a == k;
		}
}

struct suspect {
	uint32_t who, lone;
	uint64_t lambda;        /* Q32 */
	i128 ln_p;              /* Q48 */
};

struct rates {
	uint64_t seen[RULE_SEATS], lone[RULE_SEATS];
};

static struct rates rates_of_cleared(const struct rule_state *state, size_t n)
{
	struct rates r = { { 0 }, { 0 } };

	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < RULE_SEATS && state[i].standing == RULE_CLEARED; b++) {
			r.seen[b] += state[i].seen[b];
			r.lone[b] += state[i].lone[b];
		}
	return r;
}

static uint64_t total(const uint32_t *by_seat)
{
	uint64_t t = 0;

	for (int b = 0; b < RULE_SEATS; b++)
		t += by_seat[b];
	return t;
}

/* at most half of 8 2^32 answers, 2^66: cut to what fits, which nobody reaches */
static uint64_t expected(const struct rates *r, const struct rule_state *s)
{
	u128 t = 0;

	for (int b = 0; b < RULE_SEATS; b++)
		if (r->seen[b])
			t += ((u128)s->seen[b] * r->lone[b] << 32) / r->seen[b];
	t /= 2;
	return t > UINT64_MAX ? UINT64_MAX : (uint64_t)t;
}

static int likelier(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;

	if (x->ln_p != y->ln_p)
		return x->ln_p < y->ln_p ? -1 : 1;
	return x->who < y->who ? -1 : x->who > y->who;
}

static void probabilities(struct suspect *s, size_t n)
{
	uint32_t most = 0;

	for (size_t k = 0; k < n; k++)
		most = s[k].lone > most ? s[k].lone : most;
	i128 *fact = mem_alloc((size_t)most + 1, sizeof *fact);
	rule_ln_factorials(fact, most);
	for (size_t k = 0; k < n; k++)
		s[k].ln_p = rule_ln_poisson(s[k].lambda, s[k].lone, fact);
	free(fact);
}

void rule_copy_hold(const struct rule_policy *p, struct rule_state *state, size_t n)
{
	struct rates rates = rates_of_cleared(state, n);
	struct suspect *s = mem_alloc(n, sizeof *s);
	size_t found = 0, tested = 0, held = 0;

	for (size_t i = 0; i < n; i++) {
		if (total(state[i].seen) < p->copy_least)
			continue;
		uint64_t lambda = expected(&rates, &state[i]), lone = total(state[i].lone);
		tested++;
		/* who is above the mean has p > 1/3 and is never held; below it, lone fits 32 bits */
		if (lone < lambda >> 32 || (lone == lambda >> 32 && (uint32_t)lambda))
			s[found++] = (struct suspect){ (uint32_t)i, (uint32_t)lone, lambda, 0 };
	}
	probabilities(s, found);
	qsort(s, found, sizeof *s, likelier);
	for (size_t k = 0; k < found; k++)
		if (s[k].ln_p <= (i128)rule_ln((uint64_t)p->copy_ppm * (k + 1)) - rule_ln((uint64_t)1000000 * tested))
			held = k + 1;
	for (size_t k = 0; k < held; k++)
		state[s[k].who].held = true;
	free(s);
}
