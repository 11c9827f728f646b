#include "score/quality-confidence.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/explog.h"

static const char no_answers[] = "no answer with a confidence to a task with gold";

struct said {
	double c;
	bool right;
};

/* those that are equal in it are the same in all that matters */
static int by_confidence(const void *p, const void *q)
{
	const struct said *a = p, *b = q;

	if (a->c < b->c || a->c > b->c)
		return a->c < b->c ? -1 : 1;
	return a->right - b->right;
}

/* Mann and Whitney (1947): pairs won count 2, ties 1, in integers */
static struct measure auroc(const double *c, const bool *right, size_t n)
{
	struct said *s = mem_alloc(n, sizeof *s);
	uint64_t won = 0, wrong = 0, rights = 0;

	for (size_t i = 0; i < n; i++)
		s[i] = (struct said){ c[i], right[i] };
	if (n > 1)
		qsort(s, n, sizeof *s, by_confidence);
	for (size_t i = 0, j; i < n; i = j) {
		uint64_t good = 0;
		for (j = i; j < n && s[j].c <= s[i].c; j++)
			good += s[j].right;
		uint64_t bad = j - i - good;
		won += good * (2 * wrong + bad);
		wrong += bad;
		rights += good;
	}
	free(s);
	if (!wrong || !rights)
		return measure_none(rights ? "all answers are right" : "all answers are wrong");
	return measure_of((double)won / (2 * (double)wrong * (double)rights));
}

static void calibration(struct confidence_quality *q, const struct exact *sum)
{
	struct exact gaps = { 0 };
	double worst = 0;

	for (unsigned b = 0; b < CONFIDENCE_BINS; b++) {
		struct confidence_bin *bin = q->bin + b;
		if (!bin->n)
			continue;
		double total = exact_value(sum + b), gap = __builtin_fabs(total - (double)bin->right);
		bin->mean = total / (double)bin->n;
		exact_add(&gaps, gap);
		if (gap / (double)bin->n > worst)
			worst = gap / (double)bin->n;
	}
	q->ece = measure_of(exact_value(&gaps) / (double)q->n);
	q->mce = measure_of(worst);
}

/* the chance given to what was the case: both ends cost the same */
static double clamped(double p)
{
	return p < CONFIDENCE_CLAMP ? CONFIDENCE_CLAMP : p > 1 - CONFIDENCE_CLAMP ? 1 - CONFIDENCE_CLAMP : p;
}

struct confidence_quality confidence_quality(const double *c, const bool *right, size_t n)
{
	struct confidence_quality q = { .n = n };
	struct exact square = { 0 }, loss = { 0 }, bin[CONFIDENCE_BINS] = { 0 };

	if (!n) {
		q.brier = q.log_loss = q.ece = q.mce = q.auroc = measure_none(no_answers);
		return q;
	}
	for (size_t i = 0; i < n; i++) {
		BUG_ON(!(c[i] >= 0 && c[i] <= 1));
		double miss = c[i] - right[i];
		unsigned b = c[i] < 1 ? (unsigned)(c[i] * CONFIDENCE_BINS) : CONFIDENCE_BINS - 1;
		exact_add(&square, miss * miss);
		exact_add(&loss, -m_log(clamped(right[i] ? c[i] : 1 - c[i])));
		exact_add(bin + b, c[i]);
		q.bin[b].n++;
		q.bin[b].right += right[i];
		q.right += right[i];
	}
	q.brier = measure_of(exact_value(&square) / (double)n);
	q.log_loss = measure_of(exact_value(&loss) / (double)n);
	calibration(&q, bin);
	q.auroc = auroc(c, right, n);
	return q;
}
