#include "score/quality-set.h"

#include "base/err.h"

/* how many are in both; hits of each class on the way */
static size_t in_both(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, struct hits *by_class)
{
	size_t i = 0, j = 0, both = 0;

	while (i < na || j < nb) {
		bool mine = j == nb || (i < na && a[i] <= b[j]), gold = i == na || (j < nb && b[j] <= a[i]);
		BUG_ON(mine && i && a[i] <= a[i - 1]);
		BUG_ON(gold && j && b[j] <= b[j - 1]);
		if (by_class) {
			struct hits *h = by_class + (mine ? a[i] : b[j]);
			*(mine && gold ? &h->tp : mine ? &h->fp : &h->fn) += 1;
		}
		both += mine && gold;
		i += mine;
		j += gold;
	}
	return both;
}

static double jaccard(size_t both, size_t na, size_t nb)
{
	return na + nb ? (double)both / (double)(na + nb - both) : 1;
}

/* m in thirds, so that nothing is rounded before the one division */
static double masi(size_t both, size_t na, size_t nb)
{
	unsigned thirds = both == na && both == nb ? 3 : both == na || both == nb ? 2 : both ? 1 : 0;

	if (thirds == 3)
		return 0;
	return (double)(3 * (na + nb - both) - thirds * both) / (double)(3 * (na + nb - both));
}

double set_jaccard(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	return jaccard(in_both(a, na, b, nb, NULL), na, nb);
}

double set_masi(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	return masi(in_both(a, na, b, nb, NULL), na, nb);
}

void set_tally_add(struct set_tally *t, const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t n_classes,
                   struct hits *by_class)
{
	BUG_ON(!n_classes || (na && a[na - 1] >= n_classes) || (nb && b[nb - 1] >= n_classes));
	size_t both = in_both(a, na, b, nb, by_class);
	exact_add(&t->jaccard, jaccard(both, na, nb));
	exact_add(&t->hamming, (double)(na + nb - 2 * both) / (double)n_classes);
	exact_add(&t->masi, masi(both, na, nb));
	t->n_exact += both == na && both == nb;
	hits_add(&t->micro, (struct hits){ both, na - both, nb - both });
	t->n_tasks++;
}

void set_tally_join(struct set_tally *t, const struct set_tally *o)
{
	exact_join(&t->jaccard, &o->jaccard);
	exact_join(&t->hamming, &o->hamming);
	exact_join(&t->masi, &o->masi);
	hits_add(&t->micro, o->micro);
	t->n_tasks += o->n_tasks;
	t->n_exact += o->n_exact;
}

static struct measure mean(const struct exact *sum, uint64_t n)
{
	return n ? measure_of(exact_value(sum) / (double)n) : measure_none("no set for a task with gold");
}

struct set_quality set_quality(const struct set_tally *t)
{
	return (struct set_quality){
		.jaccard = mean(&t->jaccard, t->n_tasks),
		.hamming = mean(&t->hamming, t->n_tasks),
		.exact = measure_share(t->n_exact, t->n_tasks, "no set for a task with gold"),
		.masi = mean(&t->masi, t->n_tasks),
		.micro = quality_prf(t->micro),
	};
}
