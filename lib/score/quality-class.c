#include "score/quality-class.h"

#include "base/err.h"
#include "math/exact.h"
#include "math/explog.h"

void class_count(struct class_row *row, size_t n_classes, const uint32_t *gold, const uint32_t *said, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		BUG_ON(gold[i] >= n_classes || said[i] >= n_classes);
		row[gold[i]].gold++;
		row[said[i]].said++;
		row[said[i]].both += gold[i] == said[i];
	}
}

void class_confusion(uint64_t *count, size_t n_classes, const uint32_t *gold, const uint32_t *said, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		BUG_ON(gold[i] >= n_classes || said[i] >= n_classes);
		count[gold[i] * n_classes + said[i]]++;
	}
}

struct prf class_prf(const struct class_row *r)
{
	return (struct prf){
		.precision = measure_share(r->both, r->said, "the class was never said"),
		.recall = measure_share(r->both, r->gold, "gold never has the class"),
		.f1 = measure_share(2 * r->both, r->said + r->gold, "the class is neither said nor in the gold"),
	};
}

static const char no_gold[] = "no answer to a task with gold";

/* a correlation: difference of two integers below 2^64 over something > 0 */
static double over(uint64_t more, uint64_t less, double whole)
{
	return more >= less ? (double)(more - less) / whole : -((double)(less - more) / whole);
}

static void chance_corrected(const struct class_row *row, size_t K, struct class_quality *q)
{
	uint64_t n2 = q->n * q->n, ss = 0, gg = 0, sg = 0, hits = q->n * q->correct;

	for (size_t c = 0; c < K; c++) {
		ss += row[c].said * row[c].said;
		gg += row[c].gold * row[c].gold;
		sg += row[c].said * row[c].gold;
	}
	if (n2 == sg)
		q->kappa = measure_none("gold and answers are all of one class");
	else
		q->kappa = measure_of(over(hits, sg, (double)(n2 - sg)));
	if (n2 == gg)
		q->mcc = measure_none("gold is all of one class");
	else if (n2 == ss)
		q->mcc = measure_none("the answers are all of one class");
	else if (ss == gg)
		q->mcc = measure_of(over(hits, sg, (double)(n2 - gg)));    /* so that all right is 1 */
	else
		q->mcc = measure_of(over(hits, sg, m_sqrt((double)(n2 - ss)) * m_sqrt((double)(n2 - gg))));
}

static void mean_classes(const struct class_row *row, size_t K, struct class_quality *q)
{
	struct exact macro[3] = { 0 }, weighted[2] = { 0 };
	struct exact recall = { 0 };
	size_t many = 0;

	for (size_t c = 0; c < K; c++) {
		if (!row[c].gold && !row[c].said)
			continue;
		struct prf p = class_prf(row + c);
		many++;
		exact_add(&macro[0], p.precision.value);
		exact_add(&macro[1], p.recall.value);
		exact_add(&macro[2], p.f1.value);
		exact_add(&weighted[0], p.precision.value * (double)row[c].gold);
		exact_add(&weighted[1], p.f1.value * (double)row[c].gold);
		q->n_gold_classes += row[c].gold > 0;
		if (row[c].gold)
			exact_add(&recall, p.recall.value);
	}
	double n = (double)q->n, C = (double)q->n_gold_classes;
	q->macro = (struct means){ measure_of(exact_value(&macro[0]) / (double)many),
	                           measure_of(exact_value(&macro[1]) / (double)many),
	                           measure_of(exact_value(&macro[2]) / (double)many) };
	q->weighted = (struct means){ measure_of(exact_value(&weighted[0]) / n), q->accuracy,
	                              measure_of(exact_value(&weighted[1]) / n) };
	double B = exact_value(&recall) / C;
	q->balanced = measure_of(B);
	q->balanced_adjusted = q->n_gold_classes > 1 ? measure_of((C * B - 1) / (C - 1)) :
	                       measure_none("gold is all of one class");
}

struct class_quality class_quality(const struct class_row *row, size_t n_classes)
{
	struct class_quality q = { 0 };
	uint64_t said = 0;

	for (size_t c = 0; c < n_classes; c++) {
		q.n += row[c].gold;
		said += row[c].said;
		q.correct += row[c].both;
	}
	BUG_ON(said != q.n || q.n >> 32);
	q.accuracy = measure_share(q.correct, q.n, no_gold);
	q.micro = (struct means){ q.accuracy, q.accuracy, q.accuracy };
	if (!q.n) {
		struct measure none = measure_none(no_gold);
		q.macro = q.weighted = q.micro;
		q.balanced = q.balanced_adjusted = q.mcc = q.kappa = none;
		return q;
	}
	mean_classes(row, n_classes, &q);
	chance_corrected(row, n_classes, &q);
	return q;
}
