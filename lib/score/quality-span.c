#include "score/quality-span.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_label(const void *p, const void *q)
{
	const struct span *a = p, *b = q;

	if (a->label != b->label)
		return a->label < b->label ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

static int by_number(const void *p, const void *q)
{
	uint32_t a = *(const uint32_t *)p, b = *(const uint32_t *)q;

	return (a > b) - (a < b);
}

/* sorted, without those that say nothing or the same again; returns how many */
static size_t tidy(struct span *m, size_t n)
{
	size_t out = 0;

	if (n > 1)
		qsort(m, n, sizeof *m, by_label);
	for (size_t i = 0; i < n; i++)
		if (m[i].start < m[i].end && !(out && !by_label(m + out - 1, m + i)))
			m[out++] = m[i];
	return out;
}

static struct hits counts(size_t same, size_t na, size_t nb)
{
	return (struct hits){ same, na - same, nb - same };
}

/* both tidy */
static struct hits same_spans(const struct span *a, size_t na, const struct span *b, size_t nb)
{
	size_t same = 0;

	for (size_t i = 0, j = 0; i < na && j < nb; ) {
		int c = by_label(a + i, b + j);
		same += c == 0;
		i += c <= 0;
		j += c >= 0;
	}
	return counts(same, na, nb);
}

/* spans that overlap or touch become one; tidy before and after */
static size_t unite(struct span *m, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		if (!out || m[out - 1].label != m[i].label || m[out - 1].end < m[i].start)
			m[out++] = m[i];
		else if (m[out - 1].end < m[i].end)
			m[out - 1].end = m[i].end;
	}
	return out;
}

static uint64_t characters(const struct span *m, size_t n)
{
	uint64_t many = 0;

	for (size_t i = 0; i < n; i++)
		many += m[i].end - m[i].start;
	return many;
}

/* both united */
static struct hits same_characters(const struct span *a, size_t na, const struct span *b, size_t nb)
{
	uint64_t both = 0;

	for (size_t i = 0, j = 0; i < na && j < nb; ) {
		if (a[i].label != b[j].label) {
			*(a[i].label < b[j].label ? &i : &j) += 1;
			continue;
		}
		uint32_t start = a[i].start > b[j].start ? a[i].start : b[j].start;
		uint32_t end = a[i].end < b[j].end ? a[i].end : b[j].end;
		both += end > start ? end - start : 0;
		*(a[i].end < b[j].end ? &i : &j) += 1;
	}
	return (struct hits){ both, characters(a, na) - both, characters(b, nb) - both };
}

static size_t points(const struct span *m, size_t n, uint32_t *at)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		at[2 * i] = m[i].start;
		at[2 * i + 1] = m[i].end;
	}
	if (n)
		qsort(at, 2 * n, sizeof *at, by_number);
	for (size_t i = 0; i < 2 * n; i++)
		if (!out || at[out - 1] != at[i])
			at[out++] = at[i];
	return out;
}

static struct hits same_points(const struct span *a, size_t na, const struct span *b, size_t nb)
{
	uint32_t *p = mem_alloc(2 * (na + nb), sizeof *p), *q = p + 2 * na;
	size_t np = points(a, na, p), nq = points(b, nb, q), same = 0;

	for (size_t i = 0, j = 0; i < np && j < nq; ) {
		uint32_t x = p[i], y = q[j];
		same += x == y;
		i += x <= y;
		j += y <= x;
	}
	free(p);
	return counts(same, np, nq);
}

static void drop_labels(struct span *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		m[i].label = 0;
}

void span_tally_add(struct span_tally *t, const struct span *a, size_t na, const struct span *b, size_t nb)
{
	struct span *p = mem_alloc(2 * (na + nb), sizeof *p), *q = p + na, *pu = q + nb, *qu = pu + na;

	if (na)
		memcpy(p, a, na * sizeof *p);
	if (nb)
		memcpy(q, b, nb * sizeof *q);
	na = tidy(p, na);
	nb = tidy(q, nb);
	struct hits strict = same_spans(p, na, q, nb);
	hits_add(&t->strict, strict);
	memcpy(pu, p, na * sizeof *p);
	memcpy(qu, q, nb * sizeof *q);
	hits_add(&t->chars, same_characters(pu, unite(pu, na), qu, unite(qu, nb)));
	drop_labels(p, na);
	drop_labels(q, nb);
	na = tidy(p, na);
	nb = tidy(q, nb);
	hits_add(&t->bounds, same_spans(p, na, q, nb));
	hits_add(&t->points, same_points(p, na, q, nb));
	na = unite(p, na);
	nb = unite(q, nb);
	hits_add(&t->chars_any, same_characters(p, na, q, nb));
	free(p);
	t->n_texts++;
	t->n_same += !strict.fp && !strict.fn;
}

void span_tally_join(struct span_tally *t, const struct span_tally *o)
{
	hits_add(&t->strict, o->strict);
	hits_add(&t->bounds, o->bounds);
	hits_add(&t->chars, o->chars);
	hits_add(&t->chars_any, o->chars_any);
	hits_add(&t->points, o->points);
	t->n_texts += o->n_texts;
	t->n_same += o->n_same;
}
