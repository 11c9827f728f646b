/* Quality of classes: what was right, by class, and whether the worker knew. */
#include "stage/score-quality.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"
#include "rec/value.h"
#include "score/bounds.h"
#include "score/quality-class.h"
#include "score/quality-confidence.h"

/* the classes that n pairs know of, in the order of their text */
struct classes {
	struct class_row *row;
	uint32_t *value;
	size_t n;
};

struct by_text {
	uint32_t rank, value;
};

static int text_order(const void *a, const void *b)
{
	uint32_t x = ((const struct by_text *)a)->rank, y = ((const struct by_text *)b)->rank;

	return (x > y) - (x < y);
}

static void meet(struct quality_work *q, struct by_text *of, size_t *n, uint32_t value)
{
	if (q->place[value])
		return;
	q->place[value] = 1;
	of[(*n)++] = (struct by_text){ q->rank[value], value };
}

static void classes_init(struct classes *c, struct quality_work *q, const struct quality_pair *p, size_t n)
{
	struct by_text *of = mem_alloc(2 * n, sizeof *of);

	c->n = 0;
	for (size_t i = 0; i < n; i++) {
		meet(q, of, &c->n, p[i].said);
		meet(q, of, &c->n, p[i].gold);
	}
	qsort(of, c->n, sizeof *of, text_order);
	c->row = mem_zalloc(c->n, sizeof *c->row);
	c->value = mem_alloc(c->n, sizeof *c->value);
	for (size_t k = 0; k < c->n; k++) {
		c->value[k] = of[k].value;
		q->place[of[k].value] = (uint32_t)k + 1;
	}
	for (size_t i = 0; i < n; i++) {
		c->row[q->place[p[i].gold] - 1].gold++;
		c->row[q->place[p[i].said] - 1].said++;
		c->row[q->place[p[i].said] - 1].both += p[i].said == p[i].gold;
	}
	for (size_t k = 0; k < c->n; k++)
		q->place[c->value[k]] = 0;
	free(of);
}

static void classes_release(struct classes *c)
{
	free(c->row);
	free(c->value);
}

static void put_accuracy(struct quality_work *q, const struct class_quality *c)
{
	struct interval w = bounds_wilson(c->correct, c->n, q->level);
	struct interval b = bounds_beta(c->correct, c->n, 1, 1, q->level);

	quality_put(q, "accuracy", c->accuracy);
	json_put_knum(&q->line, "wilson_low", w.low);
	json_put_knum(&q->line, "wilson_high", w.high);
	json_put_knum(&q->line, "beta_mean", bounds_beta_mean(c->correct, c->n, 1, 1));
	json_put_knum(&q->line, "beta_low", b.low);
	json_put_knum(&q->line, "beta_high", b.high);
}

static void put_means(struct quality_work *q, const char *name, struct means m)
{
	quality_prf_put(q, name, (struct prf){ m.precision, m.recall, m.f1 });
}

static void put_class(struct quality_work *q, uint32_t value, const struct class_row *row)
{
	struct prf p = class_prf(row);
	struct buf *b = &q->line;

	json_put_sep(b);
	buf_adds(b, "{\"value\":");
	value_put(b, quality_key(q, value));
	json_put_kuint(b, "gold", row->gold);
	json_put_kuint(b, "said", row->said);
	json_put_kuint(b, "both", row->both);
	quality_put(q, "precision", p.precision);
	quality_put(q, "recall", p.recall);
	quality_put(q, "f1", p.f1);
	quality_whys(q);
	buf_addc(b, '}');
}

/* ---- confidence -------------------------------------------------------------------------- */

static void put_confidence(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	double *c = mem_alloc(n, sizeof *c);
	bool *right = mem_alloc(n, sizeof *right);
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i].confidence >= 0) {
			c[m] = p[i].confidence;
			right[m++] = p[i].said == p[i].gold;
		}
	if (m) {
		struct confidence_quality k = confidence_quality(c, right, m);
		json_put_key(&q->line, "confidence");
		buf_addc(&q->line, '{');
		json_put_kuint(&q->line, "n", m);
		quality_put(q, "brier", k.brier);
		quality_put(q, "log_loss", k.log_loss);
		quality_put(q, "ece", k.ece);
		quality_put(q, "mce", k.mce);
		quality_put(q, "auroc", k.auroc);
		quality_whys(q);
		buf_addc(&q->line, '}');
	}
	free(c);
	free(right);
}

/* ---- order ---------------------------------------------------------------------------------- */

static bool place_in(const struct task_list *l, struct str key, int64_t *at)
{
	size_t i = 0;

	while (i < l->n && !str_eq(l->key[i], key))
		i++;
	*at = (int64_t)i;
	return i < l->n;
}

/* how far off, in choices; of answers and gold that are among those of the task */
static void put_distance(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	const struct score *s = q->book->s;
	uint64_t sum = 0, within = 0, m = 0;

	for (size_t i = 0; i < n; i++) {
		const struct task_info *info = tasks_info(&s->table, intern_str(&s->tasks, p[i].task));
		const struct task_list *l = &s->table.list[info->list];
		int64_t a, b;
		if (!place_in(l, quality_key(q, p[i].said), &a) || !place_in(l, quality_key(q, p[i].gold), &b))
			continue;
		m++;
		sum += (uint64_t)(a < b ? b - a : a - b);
		within += a - b <= 1 && b - a <= 1;
	}
	json_put_kuint(&q->line, "placed", m);
	quality_put(q, "distance", measure_share(sum, m, "no answer and its gold are among the choices"));
	quality_put(q, "within_one", measure_share(within, m, "no answer and its gold are among the choices"));
}

/* ---- all ------------------------------------------------------------------------------------ */

void quality_classes(struct quality_work *q, const struct quality_pair *p, size_t n, bool ordinal)
{
	struct classes c;

	classes_init(&c, q, p, n);
	struct class_quality k = class_quality(c.row, c.n);
	json_put_kuint(&q->line, "n", k.n);
	json_put_kuint(&q->line, "correct", k.correct);
	put_accuracy(q, &k);
	quality_put(q, "balanced", k.balanced);
	quality_put(q, "balanced_adjusted", k.balanced_adjusted);
	quality_put(q, "mcc", k.mcc);
	quality_put(q, "kappa", k.kappa);
	if (ordinal)
		put_distance(q, p, n);
	quality_whys(q);
	put_means(q, "macro", k.macro);
	put_means(q, "micro", k.micro);
	put_means(q, "weighted", k.weighted);
	json_put_key(&q->line, "classes");
	buf_addc(&q->line, '[');
	for (size_t i = 0; i < c.n; i++)
		put_class(q, c.value[i], &c.row[i]);
	buf_addc(&q->line, ']');
	put_confidence(q, p, n);
	classes_release(&c);
}
