/* What was said where the consensus is a class: a table of shares for a few classes, for many the pairs
 * that are most often taken for each other. */
#include "stage/report.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stage/report-part.h"

enum {
	FEW = 12,               /* classes that a table shows whole */
	DENSE = 1024,           /* classes up to which all pairs are counted in a matrix */
};
static const double MOST_WORK = 1 << 28;        /* labels x classes up to which posteriors weigh */

/* labels of class `said` on tasks of class `is` */
struct pair {
	uint32_t is, said;
	double n;
};

struct confusion {
	bool weighed;           /* by the posterior; otherwise the winner alone counts */
	double *m;              /* K x K, or NULL */
	double *of;             /* K: labels on tasks of a class */
	double total, diagonal;
	struct top worst;       /* indices of pair[] */
	struct pair *pair;      /* off the diagonal, above 0 */
	size_t n_pairs;
};

static void count_dense(const struct consensus *c, struct confusion *x)
{
	const struct labels *l = c->labels;
	size_t K = l->n_classes;

	for (uint32_t t = 0; t < l->n_tasks; t++) {
		struct posterior p = report_posterior(c, t);
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			uint32_t said = l->t_value[i];
			for (size_t k = 0; x->weighed && k < p.n; k++)
				x->m[(p.class ? p.class[k] : k) * K + said] += p.q[k];
			if (!x->weighed)
				x->m[c->winner[t] * K + said]++;
		}
	}
}

static void list_dense(const struct consensus *c, struct confusion *x)
{
	size_t K = c->labels->n_classes;

	x->pair = mem_alloc(K * K, sizeof *x->pair);
	for (uint32_t is = 0; is < K; is++)
		for (uint32_t said = 0; said < K; said++) {
			double n = x->m[is * K + said];
			x->of[is] += n;
			x->total += n;
			if (is == said)
				x->diagonal += n;
			else if (n > 0)
				x->pair[x->n_pairs++] = (struct pair){ is, said, n };
		}
}

static int by_pair(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	if (p->is != q->is)
		return p->is < q->is ? -1 : 1;
	return (p->said > q->said) - (p->said < q->said);
}

/* Open answers may have as many classes as labels: only pairs that occur. */
static void list_sparse(const struct consensus *c, struct confusion *x)
{
	const struct labels *l = c->labels;
	size_t n = 0;

	x->pair = mem_alloc(l->n, sizeof *x->pair);
	for (size_t t = 0; t < l->n_tasks; t++)
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			uint32_t is = c->winner[t], said = l->t_value[i];
			x->of[is]++;
			x->total++;
			if (is == said)
				x->diagonal++;
			else
				x->pair[n++] = (struct pair){ is, said, 1 };
		}
	qsort(x->pair, n, sizeof *x->pair, by_pair);
	for (size_t i = 0; i < n; i++)
		if (x->n_pairs && by_pair(&x->pair[x->n_pairs - 1], &x->pair[i]) == 0)
			x->pair[x->n_pairs - 1].n++;
		else
			x->pair[x->n_pairs++] = x->pair[i];
}

static bool more_labels(const void *ctx, uint32_t a, uint32_t b)
{
	const struct pair *p = ctx;

	if (p[a].n < p[b].n || p[a].n > p[b].n)
		return p[a].n > p[b].n;
	return a < b;
}

static void count(const struct consensus *c, struct confusion *x)
{
	size_t K = c->labels->n_classes;

	*x = (struct confusion){ .of = mem_zalloc(K, sizeof *x->of) };
	x->weighed = report_has_posteriors(c) && K <= DENSE && (double)c->labels->n * (double)K <= MOST_WORK;
	if (K <= DENSE) {
		x->m = mem_zalloc(K * K, sizeof *x->m);
		count_dense(c, x);
		list_dense(c, x);
	} else {
		list_sparse(c, x);
	}
	for (size_t i = 0; i < x->n_pairs; i++)
		top_add(&x->worst, (uint32_t)i, more_labels, x->pair);
}

/* ---- writing ---------------------------------------------------------------------------- */

/* A class of the style sheet by tenths of the share: shade says again what the number says. */
static void share_cell(struct buf *b, double n, double of, bool own)
{
	double share = of > 0 ? n / of : 0;
	unsigned shade = (unsigned)(share * 10);

	buf_addf(b, "<td class=\"n h%u%s\">", shade > 9 ? 9 : shade, own ? " own" : "");
	part_percent(b, share);
	cell_end(b);
}

static void matrix(struct buf *b, const struct report *r, const struct confusion *x)
{
	size_t K = r->consensus->labels->n_classes;

	buf_addf(b, "<div class=\"t\" role=\"region\" tabindex=\"0\" aria-label=\"Confusion of classes\"><table "
	         "class=\"heat\">\n"
	         "<caption>Of the labels on tasks of a class (row), the share that says each class (column)</caption>\n"
	         "<thead><tr><th scope=\"col\">Consensus</th><th scope=\"col\" class=\"n\">Labels</th>");
	for (size_t k = 0; k < K; k++) {
		buf_adds(b, "<th scope=\"col\" class=\"n\">said ");
		part_name(b, r->text[k]);
		buf_adds(b, "</th>");
	}
	buf_adds(b, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < K; i++) {
		row_name(b, r->text[i]);
		cell_fixed(b, x->of[i], x->weighed ? 1 : 0);
		for (size_t k = 0; k < K; k++)
			share_cell(b, x->m[i * K + k], x->of[i], i == k);
		row_end(b);
	}
	part_table_end(b);
}

static void worst(struct buf *b, const struct report *r, const struct confusion *x)
{
	static const char *const head[] = { "Consensus", "Said", "Labels", "Share of labels on that consensus" };

	if (!x->worst.n) {
		buf_adds(b, "<p>No label differs from the consensus.</p>\n");
		return;
	}
	part_table(b, x->n_pairs > TOP ? "The 20 most frequent confusions" : "All confusions, the most frequent first", head,
	           "llrr");
	for (size_t i = 0; i < x->worst.n; i++) {
		const struct pair *p = &x->pair[x->worst.id[i]];
		row_name(b, r->text[p->is]);
		cell_name(b, r->text[p->said]);
		cell_fixed(b, p->n, x->weighed ? 1 : 0);
		cell_percent(b, p->n / x->of[p->is]);
		row_end(b);
	}
	part_table_end(b);
}

void section_confusion(struct buf *b, const struct report *r)
{
	struct confusion x;
	size_t K = r->consensus->labels->n_classes;

	count(r->consensus, &x);
	section_begin(b, "confusion", "Confusion between classes");
	buf_adds(b, "<p>All workers together: ");
	part_percent(b, x.diagonal / x.total);
	buf_addf(b, " of the labels are the consensus of their task. A task counts %s. Errors that most workers make "
	         "together are in the consensus, and cannot be seen here.</p>\n",
	         x.weighed ? "for each class with the probability of that class" : "for its consensus alone");
	if (K <= FEW)
		matrix(b, r, &x);
	else
		buf_adds(b, "<p>There are too many classes for a table of all pairs.</p>\n");
	worst(b, r, &x);
	section_end(b);
	free(x.m);
	free(x.of);
	free(x.pair);
}
