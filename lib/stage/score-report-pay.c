/* Who gets how much, and how unequal it is. */
#include "stage/score-report.h"

enum { SIDE = 320, LEFT = 60, TOP_EDGE = 14, POINTS = 100 };

/* ---- concentration ---------------------------------------------------------------------------- */

/* pay of those from place `from` on in p->by_pay */
static double sum_from(const struct score_page *p, uint32_t from)
{
	double sum = 0;

	for (uint32_t i = from; i < p->n; i++)
		sum += (double)p->of[p->by_pay[i]].all;
	return sum;
}

/* Gini's coefficient: 0 when all get the same, near 1 when one gets all.
 * G = (2 sum of i x_i) / (n sum of x_i) - (n + 1) / n, x ascending, i from 1. */
static double gini(const struct score_page *p, double all)
{
	double sum = 0, n = p->n;

	for (uint32_t i = 0; i < p->n; i++)
		sum += (i + 1.0) * (double)p->of[p->by_pay[i]].all;
	return 2 * sum / (n * all) - (n + 1) / n;
}

/* ceil(n percent / 100), at least 1 */
static uint32_t part_of(uint32_t n, unsigned percent)
{
	uint32_t m = (uint32_t)(((uint64_t)n * percent + 99) / 100);

	return m ? m : 1;
}

static void share_row(struct buf *b, const struct score_page *p, unsigned percent, double all)
{
	uint32_t n = part_of(p->n, percent);

	row_begin(b, false);
	buf_addf(b, "the best paid %u\xc2\xa0%%", percent);
	row_headed(b);
	cell_count(b, n);
	cell_percent(b, sum_from(p, p->n - n) / all);
	row_end(b);
}

/* ---- the figure ---------------------------------------------------------------------------------- */

static void draw(struct buf *b, const struct score_page *p, double all)
{
	struct axis x = axis_of(0, 1, 5, LEFT, LEFT + SIDE), y = axis_of(0, 1, 5, TOP_EDGE + SIDE, TOP_EDGE);
	double sum = 0;
	uint32_t at = 0, steps = p->n < POINTS ? p->n : POINTS;

	part_figure(b, "fig-pay", LEFT + SIDE + 20, TOP_EDGE + SIDE + 46, "Share of pay against share of people",
	            "A curve from the corner below left to the corner above right. The more it sags below the straight "
	            "line, the more unequal pay is. The table has points of it.");
	axis_y(b, &y, LEFT, LEFT + SIDE);
	axis_x(b, &x, TOP_EDGE, TOP_EDGE + SIDE);
	part_line(b, "zero", LEFT, TOP_EDGE + SIDE, LEFT + SIDE, TOP_EDGE);
	buf_adds(b, "<path class=\"stroke\" d=\"M");
	for (uint32_t i = 0; i <= steps; i++) {
		uint32_t to = (uint32_t)((uint64_t)p->n * i / steps);
		for (; at < to; at++)
			sum += (double)p->of[p->by_pay[at]].all;
		if (i)
			buf_addc(b, 'L');
		part_coord(b, axis_at(&x, (double)to / p->n));
		buf_addc(b, ' ');
		part_coord(b, axis_at(&y, sum / all));
	}
	buf_adds(b, "\"/>\n");
	part_label(b, "mid", LEFT + SIDE / 2.0, TOP_EDGE + SIDE + 38);
	buf_adds(b, "share of people, least paid first</text>\n");
	buf_addf(b, "<text class=\"mid\" transform=\"translate(16 %d) rotate(-90)\">share of "
	         "pay</text>\n", TOP_EDGE + SIDE / 2);
	part_figure_end(b, "The straight line would be the same pay for everybody.");
}

/* ---- the section ------------------------------------------------------------------------------------ */

static void deciles(struct buf *b, const struct score_page *p, double all)
{
	static const char *const head[] = { "Least paid", "People", "Share of pay" };
	double sum = 0;
	uint32_t at = 0;

	part_table(b, "Points of the curve", head, "lrr");
	for (unsigned k = 1; k <= 10; k++) {
		uint32_t to = (uint32_t)((uint64_t)p->n * k / 10);
		for (; at < to; at++)
			sum += (double)p->of[p->by_pay[at]].all;
		row_begin(b, false);
		buf_addf(b, "%u\xc2\xa0%%", 10 * k);
		row_headed(b);
		cell_count(b, to);
		cell_percent(b, sum / all);
		row_end(b);
	}
	part_table_end(b);
}

void score_section_pay(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "Who", "People", "Share of pay" };
	double all = sum_from(p, 0);
	uint32_t paid = 0;

	for (uint32_t i = 0; i < p->n; i++)
		paid += p->of[i].all > 0;
	section_begin(b, "pay", "Who gets how much");
	if (!(all > 0)) {
		buf_adds(b, "<p>Nothing is paid to anybody so far.</p>\n");
		section_end(b);
		return;
	}
	buf_adds(b, "<p>Of this epoch and the earlier ones whose scores are at hand: ");
	part_n(b, paid, "person", "people");
	buf_adds(b, " of ");
	part_count(b, p->n);
	buf_adds(b, " are paid something. Gini\xe2\x80\x99s coefficient, over all, is ");
	part_fixed(b, gini(p, all), 3);
	buf_adds(b, ": 0 would be the same for everybody, near 1 all for one. Pay follows work as well as quality, so "
	         "it is high where some work much.</p>\n");
	part_table(b, "Concentration of pay", head, "lrr");
	share_row(b, p, 1, all);
	share_row(b, p, 10, all);
	share_row(b, p, 50, all);
	part_table_end(b);
	draw(b, p, all);
	deciles(b, p, all);
	section_end(b);
}

/* ---- workers ------------------------------------------------------------------------------------------- */

static bool better_paid(const void *ctx, uint32_t x, uint32_t y)
{
	const struct person *of = ctx;

	return of[x].all != of[y].all ? of[x].all > of[y].all : x < y;
}

static bool busier(const void *ctx, uint32_t x, uint32_t y)
{
	const struct person *of = ctx;

	return of[x].labels != of[y].labels ? of[x].labels > of[y].labels : x < y;
}

static void list(struct buf *b, const struct score_page *p, const struct top *t, const char *caption)
{
	static const char *const hold[] = { "Worker", "Labels", "Standing", "Gold right", "Of", "Agreement",
	                                    "Units released", "Pay, in rates", "With earlier epochs", "Units that wait" };
	static const char *const other[] = { "Worker", "Labels", "Verified", "Gold right", "Of", "Score",
	                                     "Units paid", "Pay, in rates", "With earlier epochs" };

	part_table(b, caption, p->hold ? hold : other, p->hold ? "lrlrrrrrrr" : "lrrrrrrrr");
	for (size_t i = 0; i < t->n; i++) {
		const struct person *x = &p->of[t->id[i]];
		row_person(b, p, t->id[i]);
		cell_count(b, x->labels);
		if (p->hold) {
			cell_begin(b, false);
			buf_addf(b, "%s%s", standing_name(x->standing), x->held ? ", held" : "");
			cell_end(b);
		} else {
			cell_count(b, x->verified);
		}
		cell_count(b, x->hits);
		cell_count(b, x->trials);
		if (x->peers >= 0)
			cell_percent(b, x->peers / 10000.0);
		else
			cell_unknown(b);
		cell_count(b, x->units);
		cell_rates(b, x->pay);
		cell_rates(b, x->all);
		if (p->hold)
			cell_count(b, x->due);
		row_end(b);
	}
	part_table_end(b);
}

static bool is_unpaid(const struct person *x)
{
	return !x->all && x->labels;
}

static bool is_stopped(const struct person *x)
{
	return x->standing == RULE_STOPPED;
}

static bool is_retested(const struct person *x)
{
	return x->standing == RULE_RETEST;
}

static void list_of(struct buf *b, const struct score_page *p, const char *what, bool (*is)(const struct person *x))
{
	struct top t = { .n = 0 };
	struct buf words = BUF_INIT;
	uint64_t n = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		if (!is(&p->of[i]))
			continue;
		top_add(&t, i, busier, p->of);
		n++;
	}
	if (!n)
		return;
	buf_addf(&words, "%s: ", what);
	part_count(&words, n);
	buf_adds(&words, n > TOP ? ", the 20 with most labels of this epoch" : ", most labels of this epoch first");
	list(b, p, &t, words.p);
	buf_release(&words);
}

void score_section_workers(struct buf *b, const struct score_page *p)
{
	struct top paid = { .n = 0 };

	section_begin(b, "workers", "Workers");
	for (uint32_t i = 0; i < p->n; i++)
		top_add(&paid, i, better_paid, p->of);
	if (paid.n)
		list(b, p, &paid, p->n > TOP ? "The 20 who are paid most" : "Everybody, the best paid first");
	else
		buf_adds(b, "<p>Nobody has a score.</p>\n");
	if (p->n > TOP)
		list_of(b, p, "Paid nothing so far", is_unpaid);
	if (p->hold) {
		list_of(b, p, "Under retest", is_retested);
		list_of(b, p, "Stopped", is_stopped);
	}
	section_end(b);
}
