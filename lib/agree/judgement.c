#include "agree/judgement.h"

#include "agree/method.h"
#include "math/explog.h"

enum { BINS = 10 };

void judgement_of(const double *q, size_t n_tasks, size_t n_classes, const uint32_t *gold, const uint32_t *winner,
                  struct judgement *out)
{
	double hits[BINS] = { 0 }, sure[BINS] = { 0 }, right = 0, loss = 0, brier = 0, ece = 0;
	size_t K = n_classes, n = 0;

	for (size_t t = 0; t < n_tasks; t++) {
		if (gold[t] == AGREE_NO_GOLD)
			continue;
		const double *row = q + t * K, p = row[winner[t]];
		size_t bin = p >= 1 ? BINS - 1 : (size_t)(p * BINS);
		bool hit = winner[t] == gold[t];
		n++;
		right += hit;
		hits[bin] += hit;
		sure[bin] += p;
		double said = gold[t] < K ? row[gold[t]] : 0;
		loss -= m_log(said > 1e-6 ? said : 1e-6);
		brier += gold[t] >= K;
		for (size_t c = 0; c < K; c++)
			brier += (row[c] - (c == gold[t])) * (row[c] - (c == gold[t]));
	}
	for (size_t i = 0; i < BINS; i++)
		ece += sure[i] > hits[i] ? sure[i] - hits[i] : hits[i] - sure[i];
	double d = n ? (double)n : 1;
	*out = (struct judgement){ n, right / d, loss / d, brier / d, ece / d };
}

void judgement_of_sparse(const struct sparse_fit *f, const uint32_t *gold, const uint32_t *winner, struct judgement *out)
{
	double hits[BINS] = { 0 }, sure[BINS] = { 0 }, right = 0, loss = 0, brier = 0, ece = 0;
	size_t n = 0;

	for (size_t t = 0; t < f->n_tasks; t++) {
		double p = 0, said = 0, rest = 0;
		if (gold[t] == AGREE_NO_GOLD)
			continue;
		for (size_t k = f->off[t]; k < f->off[t + 1]; k++) {
			p = f->class[k] == winner[t] ? f->q[k] : p;
			if (f->class[k] == gold[t])
				said = f->q[k];
			else
				rest += f->q[k] * f->q[k];
		}
		size_t bin = p >= 1 ? BINS - 1 : (size_t)(p * BINS);
		bool hit = winner[t] == gold[t];
		n++;
		right += hit;
		hits[bin] += hit;
		sure[bin] += p;
		loss -= m_log(said > 1e-6 ? said : 1e-6);
		brier += rest + (1 - said) * (1 - said);
	}
	for (size_t i = 0; i < BINS; i++)
		ece += sure[i] > hits[i] ? sure[i] - hits[i] : hits[i] - sure[i];
	double d = n ? (double)n : 1;
	*out = (struct judgement){ n, right / d, loss / d, brier / d, ece / d };
}
