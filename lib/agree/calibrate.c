#include "agree/calibrate.h"

#include <stdlib.h>
#include <string.h>

#include "agree/mv.h"
#include "base/mem.h"

/* The gold tasks, as rows: posteriors that have not seen their gold. */
struct held {
	const struct labels *l;
	size_t n, K;
	uint32_t *task;                 /* by row */
	uint32_t *gold;
	const uint8_t *fold;            /* by task */
	double *q;                      /* n x K */
};

static void held_init(struct held *h, const struct labels *l, const uint32_t *gold, const uint8_t *fold)
{
	*h = (struct held){ .l = l, .K = l->n_classes, .fold = fold };
	h->task = mem_alloc(l->n_tasks, sizeof *h->task);
	h->gold = mem_alloc(l->n_tasks, sizeof *h->gold);
	for (uint32_t t = 0; t < l->n_tasks; t++)
		if (gold[t] != AGREE_NO_GOLD && gold[t] < h->K && l->t_off[t + 1] > l->t_off[t]) {
			h->task[h->n] = t;
			h->gold[h->n++] = gold[t];
		}
	h->q = mem_alloc(h->n, h->K * sizeof *h->q);
}

static void held_release(struct held *h)
{
	free(h->task);
	free(h->gold);
	free(h->q);
}

/* the rows of a fold (CALIBRATE_FOLDS: all) from posteriors by task */
static void take_rows(struct held *h, unsigned fold, const double *q)
{
	for (size_t i = 0; i < h->n; i++)
		if (fold == CALIBRATE_FOLDS || h->fold[h->task[i]] == fold)
			memcpy(h->q + i * h->K, q + (size_t)h->task[i] * h->K, h->K * sizeof *q);
}

/* With the gold of the other folds, the posteriors of each. */
static void hold_out(struct held *h, agree_fn *fit, const struct agree_opt *o, const uint32_t *gold)
{
	uint32_t *others = mem_alloc(h->l->n_tasks, sizeof *others);
	struct agree_opt opt = *o;

	opt.gold = others;
	for (unsigned f = 0; f < CALIBRATE_FOLDS; f++) {
		struct agree_fit one = { 0 };
		bool any = false;
		memcpy(others, gold, h->l->n_tasks * sizeof *others);
		for (size_t i = 0; i < h->n; i++)
			if (h->fold[h->task[i]] == f) {
				others[h->task[i]] = AGREE_NO_GOLD;
				any = true;
			}
		if (!any)
			continue;
		fit(h->l, &opt, &one);
		take_rows(h, f, one.q);
		agree_fit_release(&one);
	}
	free(others);
}

/* Correct the rows of each fold by what the other folds say. */
static void cross_fit(struct held *h)
{
	uint32_t *others = mem_alloc(h->n, sizeof *others);
	double *q = mem_alloc(h->n, h->K * sizeof *q);

	memcpy(q, h->q, h->n * h->K * sizeof *q);
	for (unsigned f = 0; f < CALIBRATE_FOLDS; f++) {
		struct recal map;
		for (size_t i = 0; i < h->n; i++)
			others[i] = h->fold[h->task[i]] == f ? AGREE_NO_GOLD : h->gold[i];
		recal_fit(&map, h->q, h->n, h->K, others);
		for (size_t i = 0; i < h->n; i++)
			if (h->fold[h->task[i]] == f)
				recal_apply(&map, q + i * h->K);
		recal_release(&map);
	}
	memcpy(h->q, q, h->n * h->K * sizeof *q);
	free(others);
	free(q);
}

static void judge(const struct held *h, struct judgement *out)
{
	uint32_t *winner = mem_alloc(h->n, sizeof *winner);

	mv_argmax(h->q, h->n, h->K, winner, NULL);
	judgement_of(h->q, h->n, h->K, h->gold, winner, out);
	free(winner);
}

/* Rows that have no positive number (a method may have nothing to say) stay as they are. */
static bool says_something(const double *row, size_t K)
{
	for (size_t c = 0; c < K; c++)
		if (row[c] > 0)
			return true;
	return false;
}

static void correct(const struct labels *l, const struct recal *map, const uint32_t *gold, double *q)
{
	for (size_t t = 0; t < l->n_tasks; t++)
		if (gold[t] == AGREE_NO_GOLD && says_something(q + t * l->n_classes, l->n_classes))
			recal_apply(map, q + t * l->n_classes);
}

/* Held-out gold keeps the posteriors that the other folds have corrected. */
static void put_rows(const struct held *h, double *q)
{
	for (size_t i = 0; i < h->n; i++)
		memcpy(q + (size_t)h->task[i] * h->K, h->q + i * h->K, h->K * sizeof *q);
}

void calibrate(const struct labels *l, agree_fn *fit, const struct agree_opt *o, const uint32_t *gold,
               const uint8_t *fold, bool clamp, struct agree_fit *out, struct calibration *c)
{
	struct agree_opt opt = *o;
	struct held h;

	held_init(&h, l, gold, fold);
	opt.gold = clamp ? gold : NULL;
	if (clamp && h.n)
		hold_out(&h, fit, o, gold);
	fit(l, &opt, out);
	if (!clamp)
		take_rows(&h, CALIBRATE_FOLDS, out->q);
	recal_fit(&c->map, h.q, h.n, h.K, h.gold);
	judge(&h, &c->before);
	cross_fit(&h);
	judge(&h, &c->after);
	if (h.n)
		correct(l, &c->map, gold, out->q);
	if (!clamp)
		put_rows(&h, out->q);
	held_release(&h);
}

void calibration_release(struct calibration *c)
{
	recal_release(&c->map);
}
