/* measures - what the tests of lib/score share: figures against numbers. */
#ifndef T_MEASURES_H
#define T_MEASURES_H

#include "math/rng.h"
#include "score/quality.h"
#include "sets.h"
#include "vec.h"

#define N_OF(a) (sizeof(a) / sizeof *(a))

/* a measure that is defined, to 1e-12 */
__attribute__((unused))
static bool is(struct measure m, double want)
{
	bool same = !m.why && near(m.value, want, 1e-12);

	if (!same)
		printf("# got %.17g (%s), want %.17g\n", m.value, m.why ? m.why : "defined", want);
	return same;
}

/* one that is not, with a reason and no number */
__attribute__((unused))
static bool none(struct measure m)
{
	return m.why && *m.why && m.value == 0;
}

__attribute__((unused))
static bool same_measure(struct measure a, struct measure b)
{
	return a.why == b.why && !memcmp(&a.value, &b.value, sizeof a.value);
}

__attribute__((unused))
static bool is_prf(struct prf p, double precision, double recall, double f1)
{
	bool a = is(p.precision, precision), b = is(p.recall, recall), c = is(p.f1, f1);

	return a && b && c;
}

/* the figure `key` of a case, to 1e-12 of the larger of 1 and itself */
__attribute__((unused))
static bool as_said(const cJSON *o, const char *key, struct measure m)
{
	bool same = is(m, vec_at(o, key)->valuedouble);

	if (!same)
		printf("# at %s\n", key);
	return same;
}

/* shuffle the same way: size bytes an element */
__attribute__((unused))
static void shuffle(struct rng *g, void *p, size_t n, size_t size)
{
	char *c = p, hold[64];

	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(g, i);
		memcpy(hold, c + (i - 1) * size, size);
		memcpy(c + (i - 1) * size, c + j * size, size);
		memcpy(c + j * size, hold, size);
	}
}

#endif
