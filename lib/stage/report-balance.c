/* How often each class is said, and how often it is the consensus. */
#include "stage/report.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stage/report-part.h"

enum { WIDTH = 640, LEFT = 190, RIGHT = 620, TOP_EDGE = 12, ROW = 26 };

struct balance {
	size_t K, n_gold;
	double tasks, labels;
	double *said, *won, *weight, *gold;     /* by class: labels, tasks; weight: sum of posteriors, or NULL */
};

static void count(const struct report *r, struct balance *x)
{
	const struct consensus *c = r->consensus;
	const struct labels *l = c->labels;
	size_t K = l->n_classes;

	*x = (struct balance){ .K = K, .tasks = (double)l->n_tasks, .labels = (double)l->n,
	                       .said = mem_zalloc(K, sizeof(double)), .won = mem_zalloc(K, sizeof(double)),
	                       .gold = mem_zalloc(K, sizeof(double)),
	                       .weight = report_has_posteriors(c) ? mem_zalloc(K, sizeof(double)) : NULL };
	for (size_t i = 0; i < l->n; i++)
		x->said[l->t_value[i]]++;
	for (uint32_t t = 0; t < l->n_tasks; t++) {
		x->won[c->winner[t]]++;
		struct posterior p = report_posterior(c, t);
		for (size_t k = 0; k < p.n; k++)
			x->weight[p.class ? p.class[k] : k] += p.q[k];
		if (!r->gold || r->gold[t] == AGREE_NO_GOLD)
			continue;
		x->n_gold++;
		if (r->gold[t] < K)
			x->gold[r->gold[t]]++;
	}
}

static bool more_said(const void *ctx, uint32_t a, uint32_t b)
{
	const struct balance *x = ctx;

	if (x->said[a] < x->said[b] || x->said[a] > x->said[b])
		return x->said[a] > x->said[b];
	return a < b;
}

static void draw(struct buf *b, const struct report *r, const struct balance *x, const struct top *top)
{
	double bottom = TOP_EDGE + ROW * (double)top->n, most = 0;

	for (size_t i = 0; i < top->n; i++) {
		double s = x->said[top->id[i]] / x->labels, w = x->won[top->id[i]] / x->tasks;
		most = s > most ? s : most;
		most = w > most ? w : most;
	}
	struct axis at = axis_of(0, 100 * most, 6, LEFT, RIGHT);
	part_figure(b, "fig-balance", WIDTH, (unsigned)bottom + 64, "Classes: share of labels and share of consensus",
	            "A row for each class: a ring at its share of the labels and a dot at its share of the tasks. The "
	            "numbers are in the table below.");
	axis_x(b, &at, TOP_EDGE, bottom);
	for (size_t i = 0; i < top->n; i++) {
		uint32_t k = top->id[i];
		double y = TOP_EDGE + ROW * ((double)i + 0.5);
		double said = axis_at(&at, 100 * x->said[k] / x->labels), won = axis_at(&at, 100 * x->won[k] / x->tasks);
		part_label(b, "end", LEFT - 10, y + 4);
		part_text(b, r->text[k].n ? r->text[k] : STR("(empty text)"), 22);
		buf_adds(b, "</text>\n");
		part_line(b, "stroke", said, y, won, y);
		part_dot(b, "fill", won, y, 4);
		part_dot(b, "ring", said, y, 6);
	}
	part_label(b, "mid", (LEFT + RIGHT) / 2.0, bottom + 36);
	buf_adds(b, "per cent</text>\n");
	part_dot(b, "ring", LEFT + 6, bottom + 54, 6);
	part_label(b, "start", LEFT + 18, bottom + 58);
	buf_adds(b, "of all labels</text>\n");
	part_dot(b, "fill", LEFT + 136, bottom + 54, 4);
	part_label(b, "start", LEFT + 146, bottom + 58);
	buf_adds(b, "of the tasks, as their consensus</text>\n");
	part_figure_end(b, "Share of the labels (ring) and of the tasks (dot) by class.");
}

/* the cells of a row: n of those are said, ... */
static void cells(struct buf *b, const struct balance *x, double said, double won, double weight, double gold)
{
	cell_count(b, (uint64_t)said);
	cell_percent(b, said / x->labels);
	cell_count(b, (uint64_t)won);
	cell_percent(b, won / x->tasks);
	if (x->weight)
		cell_percent(b, weight / x->tasks);
	if (x->n_gold)
		cell_percent(b, gold / (double)x->n_gold);
	row_end(b);
}

static void table(struct buf *b, const struct report *r, const struct balance *x, const struct top *top)
{
	const char *head[7] = { "Class", "Labels", "Share of labels", "Consensus of tasks", "Share of tasks" };
	double said = x->labels, won = x->tasks, weight = x->tasks, gold = 0;
	char align[8] = "lrrrr";
	size_t n = 5;

	if (x->weight)
		head[n++] = "Mean probability";
	if (x->n_gold)
		head[n++] = "Share of gold";
	memset(align + 1, 'r', n - 1);
	for (size_t k = 0; k < x->K; k++)
		gold += x->gold[k];
	part_table(b, x->K > TOP ? "The 20 classes said most often, and the others together" : "All classes, those said most "
	           "often first",
	           head, align);
	for (size_t i = 0; i < top->n; i++) {
		uint32_t k = top->id[i];
		double w = x->weight ? x->weight[k] : 0;
		row_name(b, r->text[k]);
		cells(b, x, x->said[k], x->won[k], w, x->gold[k]);
		said -= x->said[k];
		won -= x->won[k];
		weight -= w;
		gold -= x->gold[k];
	}
	if (x->K > TOP) {
		row_begin(b, false);
		part_n(b, x->K - TOP, "other class", "other classes");
		row_headed(b);
		cells(b, x, said, won, weight > 0 ? weight : 0, gold);
	}
	part_table_end(b);
}

void section_balance(struct buf *b, const struct report *r)
{
	struct top top = { .n = 0 };
	struct balance x;

	count(r, &x);
	for (uint32_t k = 0; k < x.K; k++)
		top_add(&top, k, more_said, &x);
	section_begin(b, "balance", "Balance of classes");
	buf_adds(b, "<p>Where a class is the consensus more often than it is said, the method takes it to be missed; where "
	         "less often, to be said too often. Tasks with many labels weigh more among the labels than among the tasks, "
	         "and that alone moves the two apart.");
	if (x.n_gold)
		buf_adds(b, " Share of gold is of the tasks that have gold, which may be other tasks.");
	buf_adds(b, "</p>\n");
	draw(b, r, &x, &top);
	table(b, r, &x, &top);
	section_end(b);
	free(x.said);
	free(x.won);
	free(x.gold);
	free(x.weight);
}
