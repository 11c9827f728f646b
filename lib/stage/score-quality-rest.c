/* Quality of numbers, texts, sets, boxes and spans. */
#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/value.h"
#include "score/quality-box.h"
#include "score/quality-number.h"
#include "score/quality-set.h"
#include "score/quality-span.h"
#include "score/quality-text.h"
#include "stage/score-quality.h"

static void put_count(struct quality_work *q, const char *name, uint64_t n)
{
	json_put_kuint(&q->line, name, n);
}

/* ---- numbers ------------------------------------------------------------------------------ */

static bool number(const struct quality_work *q, uint32_t value, double *x)
{
	struct str key = quality_key(q, value);

	return key.p[0] == 'n' && num_parse(value_name(key), x);
}

void quality_numbers(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	const struct score_quality_options *o = &q->book->s->options.of_quality;
	double *said = mem_alloc(n, sizeof *said), *gold = mem_alloc(n, sizeof *gold);
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		m += number(q, p[i].said, &said[m]) && number(q, p[i].gold, &gold[m]);
	struct number_quality k = number_quality(said, gold, m, (struct number_tolerance){ o->tolerance, o->relative });
	put_count(q, "n", m);
	put_count(q, "unfit", n - m);
	quality_put(q, "mae", k.mae);
	quality_put(q, "rmse", k.rmse);
	quality_put(q, "bias", k.bias);
	quality_put(q, "median_ae", k.median_ae);
	quality_put(q, "mape", k.mape);
	if (o->tolerance >= 0)
		quality_put(q, "within", k.within_abs);
	if (o->relative >= 0)
		quality_put(q, "within_relative", k.within_rel);
	quality_put(q, "ccc", k.ccc);
	quality_put(q, "pearson", k.pearson);
	quality_put(q, "spearman", k.spearman);
	quality_put(q, "kendall", k.kendall);
	quality_put(q, "r2", k.r2);
	free(said);
	free(gold);
}

/* ---- texts --------------------------------------------------------------------------------- */

void quality_texts(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	struct text_tally t = { .n_texts = 0 };
	uint64_t unfit = 0, too_long = 0;

	for (size_t i = 0; i < n; i++) {
		struct str a = quality_key(q, p[i].said), b = quality_key(q, p[i].gold);
		if (a.p[0] != 's' || b.p[0] != 's')
			unfit++;
		else if (!text_tally_add(&t, value_name(a), value_name(b)))
			too_long++;
	}
	struct text_quality k = text_quality(&t);
	put_count(q, "n", t.n_texts);
	put_count(q, "unfit", unfit);
	if (too_long)
		put_count(q, "too_long", too_long);
	quality_put(q, "exact", k.exact);
	quality_put(q, "cer", k.cer);
	quality_put(q, "wer", k.wer);
	quality_put(q, "likeness", k.likeness);
	quality_put(q, "chrf", k.chrf);
}

/* ---- sets ------------------------------------------------------------------------------------ */

struct members {
	uint32_t *of;
	size_t n, cap;
};

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* the members of a set, ascending, each once; false when the value is none */
static bool set(struct quality_work *q, uint32_t value, struct members *m)
{
	struct str key = quality_key(q, value), rest = value_name(key);
	struct json_field item;
	struct arena a = { 0 };
	bool good = key.p[0] == 'j' && rest.p[0] == '[';
	size_t n = 0;

	m->n = 0;
	while (good && json_next(&rest, &item)) {
		good = item.type == JSON_STRING;
		if (!good)
			break;
		if (m->n == m->cap) {
			m->cap = mem_grow(m->cap, m->n + 16);
			m->of = mem_realloc(m->of, m->cap, sizeof *m->of);
		}
		m->of[m->n++] = intern(&q->names, json_text(&item, &a));
	}
	arena_release(&a);
	if (m->n > 1)
		qsort(m->of, m->n, sizeof *m->of, ascending);
	for (size_t i = 0; i < m->n; i++)
		if (!n || m->of[i] != m->of[n - 1])
			m->of[n++] = m->of[i];
	m->n = n;
	return good;
}

void quality_members(struct quality_work *q, uint32_t value)
{
	struct members m = { NULL, 0, 0 };

	set(q, value, &m);
	q->n_members = q->names.n;
	free(m.of);
}

/* classes that the task offers; more when its choices do not say all */
static size_t offered(const struct quality_work *q, uint32_t task, const struct members *a, const struct members *b)
{
	const struct score *s = q->book->s;
	const struct task_info *info = tasks_info(&s->table, intern_str(&s->tasks, task));
	size_t n = info->list == TASK_NO_LIST ? q->n_members : s->table.list[info->list].n, i = 0, j = 0, either = 0;

	for (; i < a->n || j < b->n; either++) {
		uint32_t x = i < a->n ? a->of[i] : UINT32_MAX, y = j < b->n ? b->of[j] : UINT32_MAX;
		i += x <= y;
		j += y <= x;
	}
	n = n > either ? n : either;
	return n ? n : 1;
}

void quality_sets(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	struct members a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	struct set_tally t = { .n_tasks = 0 };

	for (size_t i = 0; i < n; i++)
		if (set(q, p[i].said, &a) && set(q, p[i].gold, &b))
			set_tally_add(&t, a.of, a.n, b.of, b.n, offered(q, p[i].task, &a, &b), NULL);
	struct set_quality k = set_quality(&t);
	put_count(q, "n", t.n_tasks);
	put_count(q, "unfit", n - t.n_tasks);
	quality_put(q, "exact", k.exact);
	quality_put(q, "jaccard", k.jaccard);
	quality_put(q, "hamming", k.hamming);
	quality_put(q, "masi", k.masi);
	quality_prf_put(q, "micro", k.micro);
	free(a.of);
	free(b.of);
}

/* ---- regions ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* several labels in one, in whatever order they stand */
static bool join_labels(struct str array, struct arena *a, struct buf *key)
{
	struct json_field item;
	struct str *part, rest = array;
	struct err ignored;
	size_t n = 0;

	while (json_next(&rest, &item))
		n++;
	part = arena_alloc(a, n, sizeof *part);
	n = 0;
	while (json_next(&array, &item)) {
		buf_reset(key);
		if (!value_key(&item, key, &ignored))
			return false;
		part[n++] = arena_str(a, buf_str(key));
	}
	if (n > 1)
		qsort(part, n, sizeof *part, by_text);
	buf_reset(key);
	for (size_t i = 0; i < n; i++) {
		if (i && str_eq(part[i], part[i - 1]))
			continue;
		buf_addc(key, i ? ',' : '[');
		value_put(key, part[i]);
	}
	return true;
}

static bool label_of(struct quality_work *q, const struct json_record *r, struct arena *a, uint32_t *label)
{
	const struct json_field *f = json_get(r, STR("label"));
	struct buf key = BUF_INIT;
	struct err ignored;
	bool good = true;

	if (f && f->type == JSON_ARRAY)
		good = join_labels(f->raw, a, &key);
	else if (f && f->type != JSON_NULL)
		good = value_key(f, &key, &ignored);
	*label = good ? intern(&q->names, buf_str(&key)) : 0;
	buf_release(&key);
	return good;
}

static bool member(const struct json_record *r, const char *name, double least, double most, double *x)
{
	const struct json_field *f = json_get(r, str_of(name));

	if (!f || f->type != JSON_NUMBER || !num_parse(f->raw, x) || !(*x >= least && *x <= most))
		return false;
	*x = *x == 0 ? 0 : *x;          /* -0 is 0 */
	return true;
}

/* one object as a region, of whatever kind; false: it is none */
typedef bool region_fn(struct quality_work *q, const struct json_record *r, struct arena *a, void *region);

static bool to_box(struct quality_work *q, const struct json_record *r, struct arena *a, void *region)
{
	struct box *b = region;
	const double far = 1e149;

	return label_of(q, r, a, &b->label) && member(r, "x", -far, far, &b->x) && member(r, "y", -far, far, &b->y) &&
	       member(r, "w", 0, far, &b->w) && member(r, "h", 0, far, &b->h);
}

static bool to_span(struct quality_work *q, const struct json_record *r, struct arena *a, void *region)
{
	struct span *s = region;
	double from, to;

	if (!label_of(q, r, a, &s->label) || !member(r, "start", 0, UINT32_MAX - 1, &from) ||
	    !member(r, "end", from, UINT32_MAX - 1, &to))
		return false;
	s->start = (uint32_t)from;
	s->end = (uint32_t)to;
	return from == (double)s->start && to == (double)s->end;
}

struct regions {
	char *of;
	size_t n, cap;
};

static bool add(struct quality_work *q, struct regions *g, size_t size, region_fn *to, struct json_record *r,
                struct str object, struct arena *a)
{
	struct err ignored;

	if (g->n == g->cap) {
		g->cap = mem_grow(g->cap, g->n + 16);
		g->of = mem_realloc(g->of, g->cap, size);
	}
	return json_read(r, object, &ignored) && to(q, r, a, g->of + g->n++ * size);
}

/* all regions of a value: an object, or an array of objects */
static bool regions(struct quality_work *q, uint32_t value, size_t size, region_fn *to, struct regions *g)
{
	struct str key = quality_key(q, value), rest = value_name(key);
	struct json_record r = { 0 };
	struct json_field item;
	struct arena a = { 0 };
	bool good = key.p[0] == 'j';

	g->n = 0;
	if (good && rest.p[0] == '{')
		good = add(q, g, size, to, &r, rest, &a);
	else
		for (good = good && rest.p[0] == '['; good && json_next(&rest, &item); )
			good = item.type == JSON_OBJECT && add(q, g, size, to, &r, item.raw, &a);
	json_record_release(&r);
	arena_release(&a);
	return good;
}

void quality_boxes(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	struct box_rule rule = { .match = q->book->s->options.of_quality.iou, .labels = true };
	struct regions a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	struct box_tally t = { .n_images = 0 };
	uint64_t unfit = 0, crowded = 0;

	for (size_t i = 0; i < n; i++) {
		if (!regions(q, p[i].said, sizeof(struct box), to_box, &a) ||
		    !regions(q, p[i].gold, sizeof(struct box), to_box, &b)) {
			unfit++;
			continue;
		}
		const struct box *said = (const void *)a.of, *gold = (const void *)b.of;
		crowded += !box_tally_add(&t, said, a.n, gold, b.n, &rule);
	}
	struct box_quality k = box_quality(&t);
	put_count(q, "n", t.n_images);
	put_count(q, "unfit", unfit);
	if (crowded)
		put_count(q, "too_crowded", crowded);
	put_count(q, "tp", t.hits.tp);
	put_count(q, "fp", t.hits.fp);
	put_count(q, "fn", t.hits.fn);
	quality_put(q, "precision", k.prf.precision);
	quality_put(q, "recall", k.prf.recall);
	quality_put(q, "f1", k.prf.f1);
	quality_put(q, "mean_iou", k.mean_iou);
	quality_put(q, "pq", k.pq);
	free(a.of);
	free(b.of);
}

void quality_spans(struct quality_work *q, const struct quality_pair *p, size_t n)
{
	struct regions a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	struct span_tally t = { .n_texts = 0 };

	for (size_t i = 0; i < n; i++) {
		if (!regions(q, p[i].said, sizeof(struct span), to_span, &a) ||
		    !regions(q, p[i].gold, sizeof(struct span), to_span, &b))
			continue;
		const struct span *said = (const void *)a.of, *gold = (const void *)b.of;
		span_tally_add(&t, said, a.n, gold, b.n);
	}
	put_count(q, "n", t.n_texts);
	put_count(q, "unfit", n - t.n_texts);
	quality_put(q, "same", measure_share(t.n_same, t.n_texts, "no text"));
	quality_prf_put(q, "strict", quality_prf(t.strict));
	quality_prf_put(q, "bounds", quality_prf(t.bounds));
	quality_prf_put(q, "chars", quality_prf(t.chars));
	quality_prf_put(q, "points", quality_prf(t.points));
	free(a.of);
	free(b.of);
}
