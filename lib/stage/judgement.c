#include "stage/judgement.h"

#include "json/write.h"
#include "math/explog.h"

enum { BINS = 10 };

void judgement_of(const struct labels *l, const uint32_t *gold, const double *q, const uint32_t *winner,
                  struct judgement *out)
{
	double hits[BINS] = { 0 }, sure[BINS] = { 0 }, right = 0, loss = 0, brier = 0, ece = 0;
	size_t K = l->n_classes, n = 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
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

void judgement_put(struct buf *b, const struct judgement *v)
{
	buf_adds(b, "{\"kind\":\"judgement\"");
	json_put_kuint(b, "tasks", v->n);
	if (v->n) {
		json_put_knum(b, "accuracy", v->accuracy);
		json_put_knum(b, "log_loss", v->log_loss);
		json_put_knum(b, "brier", v->brier);
		json_put_knum(b, "ece", v->ece);
	}
	buf_addc(b, '}');
}
