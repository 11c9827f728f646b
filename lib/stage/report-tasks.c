/* How sure the consensus is, and the tasks on which it is least so. */
#include "stage/report.h"

#include <stdlib.h>

#include "agree/sparse.h"
#include "base/mem.h"
#include "math/explog.h"
#include "stage/report-part.h"

/* a class and its labels on one task */
struct vote {
	uint32_t class, n;
};

static int by_class(const void *a, const void *b)
{
	const struct vote *p = a, *q = b;

	return (p->class > q->class) - (p->class < q->class);
}

static int by_number(const void *a, const void *b)
{
	const struct vote *p = a, *q = b;

	return p->n != q->n ? (p->n < q->n) - (p->n > q->n) : by_class(a, b);
}

/* The votes on a task, most first; owned. */
static struct vote *votes_on(const struct labels *l, uint32_t t, size_t *n)
{
	size_t labels = l->t_off[t + 1] - l->t_off[t];
	struct vote *v = mem_alloc(labels, sizeof *v);

	for (size_t i = 0; i < labels; i++)
		v[i] = (struct vote){ l->t_value[l->t_off[t] + i], 1 };
	qsort(v, labels, sizeof *v, by_class);
	*n = 0;
	for (size_t i = 0; i < labels; i++)
		if (*n && v[*n - 1].class == v[i].class)
			v[*n - 1].n++;
		else
			v[(*n)++] = v[i];
	qsort(v, *n, sizeof *v, by_number);
	return v;
}

static bool known(const struct consensus *c, uint32_t t)
{
	return c->gold && c->gold[t] != AGREE_NO_GOLD;
}

bool report_has_posteriors(const struct consensus *c)
{
	return c->q || c->sparse;
}

struct posterior report_posterior(const struct consensus *c, uint32_t t)
{
	const struct sparse_fit *s = c->sparse;
	size_t K = c->labels->n_classes;

	if (s)
		return (struct posterior){ s->q + s->off[t], s->class + s->off[t], s->off[t + 1] - s->off[t] };
	return c->q ? (struct posterior){ c->q + t * K, NULL, K } : (struct posterior){ NULL, NULL, 0 };
}

static double probability(struct posterior p, uint32_t class)
{
	if (!p.class)
		return p.q[class];
	for (size_t i = 0; i < p.n; i++)
		if (p.class[i] == class)
			return p.q[i];
	return 0;
}

double report_confidence(const struct consensus *c, uint32_t t)
{
	const struct labels *l = c->labels;
	uint32_t from = l->t_off[t], to = l->t_off[t + 1], hits = 0;

	if (report_has_posteriors(c))
		return probability(report_posterior(c, t), c->winner[t]);
	if (known(c, t))
		return 1;
	for (uint32_t i = from; i < to; i++)
		hits += l->t_value[i] == c->winner[t];
	return to > from ? (double)hits / (double)(to - from) : 0;
}

static double bits(double p)
{
	return p > 0 ? -p * m_log(p) / 0.6931471805599453 : 0;
}

/* of the posterior, or of the shares of the votes */
static double entropy(const struct consensus *c, uint32_t t)
{
	struct posterior p = report_posterior(c, t);
	double sum = 0;
	size_t n;

	for (size_t i = 0; i < p.n; i++)
		sum += bits(p.q[i]);
	if (report_has_posteriors(c))
		return sum;
	if (known(c, t))
		return 0;
	struct vote *v = votes_on(c->labels, t, &n);
	for (size_t i = 0; i < n; i++)
		sum += bits((double)v[i].n / (c->labels->t_off[t + 1] - c->labels->t_off[t]));
	free(v);
	return sum;
}

static bool harder(const void *ctx, uint32_t a, uint32_t b)
{
	const struct consensus *c = ctx;
	double x = report_confidence(c, a), y = report_confidence(c, b);

	if (x < y || x > y)
		return x < y;
	x = entropy(c, a);
	y = entropy(c, b);
	if (x < y || x > y)
		return x > y;
	return a < b;
}

/* ---- how sure, over all tasks -------------------------------------------------------------- */

enum { BINS = 10 };
enum { WIDTH = 640, LEFT = 60, RIGHT = 620, TOP_EDGE = 20, BOTTOM = 200 };

static void draw_bars(struct buf *b, const uint64_t *n)
{
	uint64_t most = 1;

	for (size_t i = 0; i < BINS; i++)
		most = n[i] > most ? n[i] : most;
	struct axis y = axis_of(0, (double)most, 4, BOTTOM, TOP_EDGE), x = axis_of(0, 1, 10, LEFT, RIGHT);
	part_figure(b, "fig-confidence", WIDTH, BOTTOM + 46, "Tasks by confidence of their consensus",
	            "A bar for each tenth of confidence, as high as the number of tasks. The numbers are in the table below.");
	if (y.digits == 0)
		axis_y(b, &y, LEFT, RIGHT);
	for (size_t i = 0; i < BINS; i++) {
		double at = axis_at(&x, (double)i / BINS), top = axis_at(&y, (double)n[i]);
		buf_adds(b, "<rect class=\"fill\" x=\"");
		part_coord(b, at + 3);
		buf_adds(b, "\" y=\"");
		part_coord(b, top);
		buf_adds(b, "\" width=\"50\" height=\"");
		part_coord(b, BOTTOM - top);
		buf_adds(b, "\"/>\n");
		if (n[i]) {
			part_label(b, "mid", at + 28, top - 5);
			part_count(b, n[i]);
			buf_adds(b, "</text>\n");
		}
	}
	part_line(b, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
	for (unsigned i = 0; i <= BINS; i++) {
		part_label(b, "mid", axis_at(&x, i / 10.0), BOTTOM + 16);
		part_fixed(b, i / 10.0, 1);
		buf_adds(b, "</text>\n");
	}
	part_label(b, "mid", (LEFT + RIGHT) / 2.0, BOTTOM + 38);
	buf_adds(b, "confidence</text>\n");
	part_figure_end(b, "Number of tasks by confidence of their consensus.");
}

static void how_sure(struct buf *b, const struct consensus *c)
{
	static const char *const head[] = { "Confidence", "Tasks", "Share" };
	size_t tasks = c->labels->n_tasks;
	uint64_t n[BINS] = { 0 };

	for (uint32_t t = 0; t < tasks; t++) {
		double p = report_confidence(c, t);
		n[p >= 1 ? BINS - 1 : p > 0 ? (size_t)(p * BINS) : 0]++;
	}
	draw_bars(b, n);
	part_table(b, "Tasks by confidence", head, "lrr");
	for (unsigned i = 0; i < BINS; i++) {
		row_begin(b, false);
		part_fixed(b, i / 10.0, 1);
		buf_adds(b, i == BINS - 1 ? " to " : " to below ");
		part_fixed(b, (i + 1) / 10.0, 1);
		row_headed(b);
		cell_count(b, n[i]);
		cell_percent(b, (double)n[i] / (double)tasks);
		row_end(b);
	}
	part_table_end(b);
}

/* ---- the hardest ------------------------------------------------------------------------------ */

enum { VOTES = 6 };     /* classes told a task */

static void put_votes(struct buf *b, const struct report *r, uint32_t t)
{
	size_t n;
	struct vote *v = votes_on(r->consensus->labels, t, &n);

	for (size_t i = 0; i < n && i < VOTES; i++) {
		buf_adds(b, i ? ", " : "");
		part_name(b, r->text[v[i].class]);
		buf_adds(b, ":\xc2\xa0");
		part_count(b, v[i].n);
	}
	if (n > VOTES) {
		buf_adds(b, ", and ");
		part_n(b, n - VOTES, "other class", "other classes");
	}
	free(v);
}

static void put_gold(struct buf *b, const struct report *r, uint32_t t)
{
	uint32_t g = r->gold[t];

	cell_begin(b, false);
	if (g == AGREE_NO_GOLD)
		buf_adds(b, "none");
	else if (g >= r->consensus->labels->n_classes)
		buf_adds(b, "<i>a class nobody said</i>");
	else
		part_name(b, r->text[g]);
	cell_end(b);
}

static void put_task(struct buf *b, const struct report *r, uint32_t t)
{
	const struct consensus *c = r->consensus;

	row_name(b, ids_str(&c->tasks, t));
	cell_begin(b, false);
	part_name(b, r->text[c->winner[t]]);
	if (c->tie[t])
		buf_adds(b, " (tie)");
	cell_end(b);
	cell_fixed(b, report_confidence(c, t), 4);
	cell_fixed(b, entropy(c, t), 3);
	cell_begin(b, false);
	put_votes(b, r, t);
	cell_end(b);
	if (r->gold)
		put_gold(b, r, t);
	row_end(b);
}

void section_tasks(struct buf *b, const struct report *r)
{
	static const char *const head[] = { "Task", "Consensus", "Confidence", "Entropy, bits", "Labels by class", "Gold" };
	const struct consensus *c = r->consensus;
	struct top hardest = { .n = 0 };

	for (uint32_t t = 0; t < c->labels->n_tasks; t++)
		top_add(&hardest, t, harder, c);
	section_begin(b, "tasks", "Confidence, and the hardest tasks");
	buf_addf(b, "<p>Confidence is %s. ", report_has_posteriors(c)
	         ? "the probability that the method gives to the consensus" : "the share of the votes for the consensus");
	buf_adds(b, r->judgement && r->judgement->n
	         ? "Whether it can be believed is told under <a href=\"#gold\">calibration</a>.</p>\n"
	         : "It has not been checked here; gold that is held out can check it.</p>\n");
	how_sure(b, c);
	part_table(b, c->labels->n_tasks > TOP ? "The 20 tasks with the lowest confidence; of equal ones those with more "
	           "entropy first"
	                                       : "All tasks, the lowest confidence first", head, r->gold ? "llrrll" : "llrrl");
	for (size_t i = 0; i < hardest.n; i++)
		put_task(b, r, hardest.id[i]);
	part_table_end(b);
	section_end(b);
}
