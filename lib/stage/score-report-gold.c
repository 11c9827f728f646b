/* Who is new, cleared, under retest or stopped; gold and peers side by side. */
#include <stdlib.h>

#include "base/mem.h"
#include "math/explog.h"
#include "stage/score-report.h"

enum { STANDINGS = 4, MOST_MARKS = 2000, ACROSS = 50, DOWN = 40 };      /* ACROSS x DOWN = MOST_MARKS */
enum { WIDTH = 640, LEFT = 60, RIGHT = 620, TOP_EDGE = 14, BOTTOM = 330 };

/* ---- standing ------------------------------------------------------------------------------ */

static void standing_row(struct buf *b, const char *name, const struct person *sum, const struct score_page *p)
{
	row_said(b, name);
	cell_count(b, sum->accounts);
	cell_percent(b, p->n ? sum->accounts / (double)p->n : 0);
	cell_count(b, sum->labels);
	cell_count(b, sum->units);
	cell_rates(b, sum->pay);
	cell_count(b, sum->due);
	row_end(b);
}

void score_section_standing(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "Standing", "People", "Share", "Labels of this epoch", "Units released",
	                                    "Pay, in rates", "Units that wait" };
	static const uint8_t order[STANDINGS] = { RULE_CLEARED, RULE_NEW, RULE_RETEST, RULE_STOPPED };
	struct person sum[STANDINGS] = { { 0 }, { 0 }, { 0 }, { 0 } };

	for (uint32_t i = 0; i < p->n; i++) {
		const struct person *x = &p->of[i];
		struct person *s = &sum[x->standing];
		s->accounts++;
		s->labels += x->labels;
		s->units += x->units;
		s->pay += x->pay;
		s->due += x->due;
	}
	section_begin(b, "standing", "Standing");
	buf_adds(b, "<p>Who is cleared has shown by gold that the answers are good, and is paid; who is new has not "
	         "yet; under retest is who was flagged for wrong answers to gold, and has another chance; who is "
	         "stopped was flagged again. This rule buys accuracy, not effort: honest work of low accuracy stays "
	         "new or is stopped, too.</p>\n");
	part_table(b, "People by standing", head, "lrrrrrr");
	for (int k = 0; k < STANDINGS; k++)
		standing_row(b, standing_name(order[k]), &sum[order[k]], p);
	part_table_end(b);
	section_end(b);
}

/* ---- the figure ------------------------------------------------------------------------------- */

static bool is_drawn(const struct person *x)
{
	return x->trials && x->peers >= 0;
}

static double share_right(const struct person *x)
{
	return (double)x->hits / (double)x->trials;
}

/* a form for each standing: colour alone says nothing */
static void mark(struct buf *b, const struct score_page *p, uint8_t standing, double x, double y)
{
	if (!p->hold || standing == RULE_CLEARED) {
		part_dot(b, "dot", x, y, 3.5);
	} else if (standing == RULE_NEW) {
		part_dot(b, "ring", x, y, 3.5);
	} else {
		part_line(b, "stroke", x - 4, y - 4, x + 4, y + 4);
		if (standing == RULE_STOPPED)
			part_line(b, "stroke", x - 4, y + 4, x + 4, y - 4);
	}
}

static void legend(struct buf *b, const struct score_page *p)
{
	static const uint8_t order[STANDINGS] = { RULE_CLEARED, RULE_NEW, RULE_RETEST, RULE_STOPPED };

	for (int k = 0; k < STANDINGS; k++) {
		mark(b, p, order[k], LEFT + 14 + 110 * k, BOTTOM + 60);
		part_label(b, "start", LEFT + 26 + 110 * k, BOTTOM + 64);
		buf_addf(b, "%s</text>\n", standing_name(order[k]));
	}
}

/* Too many to draw: counted on a grid, each cell a dot in its middle whose area tells how many.  Returns the most. */
static uint32_t draw_grid(struct buf *b, const struct score_page *p)
{
	uint32_t *n = mem_zalloc(ACROSS * DOWN, sizeof *n), most = 1;
	double dx = (RIGHT - LEFT) / (double)ACROSS, dy = (BOTTOM - TOP_EDGE) / (double)DOWN;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct person *x = &p->of[i];
		if (!is_drawn(x))
			continue;
		unsigned across = (unsigned)(share_right(x) * ACROSS);
		unsigned down = (unsigned)((10000 - x->peers) * DOWN / 10000);
		n[(down < DOWN ? down : DOWN - 1) * ACROSS + (across < ACROSS ? across : ACROSS - 1)]++;
	}
	for (size_t i = 0; i < ACROSS * DOWN; i++)
		most = n[i] > most ? n[i] : most;
	for (size_t i = 0; i < ACROSS * DOWN; i++) {
		double x = LEFT + dx * ((double)(i % ACROSS) + 0.5), y = TOP_EDGE + dy * ((double)(i / ACROSS) + 0.5);
		if (n[i])
			part_dot(b, "dot", x, y, 0.8 + 5.2 * m_sqrt((double)n[i] / most));
	}
	free(n);
	return most;
}

static void draw(struct buf *b, const struct score_page *p, uint32_t drawn)
{
	struct axis x = axis_of(0, 1, 10, LEFT + 6, RIGHT - 6), y = axis_of(0, 1, 6, BOTTOM - 6, TOP_EDGE + 6);
	struct buf words = BUF_INIT;
	bool each = drawn <= MOST_MARKS;

	part_figure(b, "fig-gold", WIDTH, BOTTOM + (each && p->hold ? 76 : 46), p->hold ? "Agreement with peers "
	            "against gold" :
	            "Score against gold", p->hold ? "Marks are people: to the right those with more answers to gold "
	            "right, higher up those who agree more with their peers. The table below says the same by share "
	            "right." : "Dots are people: to the right those with more answers to gold right, higher up those "
	            "with a higher score. The table below says the same by share right.");
	axis_y(b, &y, LEFT, RIGHT);
	axis_x(b, &x, TOP_EDGE, BOTTOM);
	part_label(b, "mid", (LEFT + RIGHT) / 2.0, BOTTOM + 38);
	buf_adds(b, "share of answers to gold that are right</text>\n");
	buf_addf(b, "<text class=\"mid\" transform=\"translate(16 %d) rotate(-90)\">%s</text>\n", (TOP_EDGE + BOTTOM) / 2,
	         p->hold ? "agreement with peers" : "score");
	if (each) {
		for (uint32_t i = 0; i < p->n; i++)
			if (is_drawn(&p->of[i]))
				mark(b, p, p->of[i].standing, axis_at(&x, share_right(&p->of[i])),
				     axis_at(&y, p->of[i].peers / 10000.0));
		if (p->hold)
			legend(b, p);
		buf_adds(&words, "Each mark is a person. ");
	} else {
		uint32_t most = draw_grid(b, p);
		part_count(&words, drawn);
		buf_adds(&words, " people are too many for a mark each: a dot stands for all about its place, by its "
		         "area, the largest for ");
		part_count(&words, most);
		buf_adds(&words, ". ");
	}
	if (drawn < p->n) {
		part_count(&words, p->n - drawn);
		buf_adds(&words, " of whom nothing is known on one side are not drawn. ");
	}
	buf_adds(&words, p->hold ? "Who is far right and far down answers gold well and agrees with nobody: gold may "
	         "be known to them." : "");
	part_figure_end(b, words.n ? words.p : "");
	buf_release(&words);
}

/* ---- the same in numbers -------------------------------------------------------------------------- */

enum { BINS = 7 };                      /* below 50 %, then in tens; 100 % with those above 90 %; last: no gold */

static unsigned bin_of(const struct person *x)
{
	if (!x->trials)
		return BINS - 1;
	uint64_t ten = x->hits * 10 / x->trials;
	return ten < 5 ? 0 : ten > 9 ? 5 : (unsigned)ten - 4;
}

static int ascending(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static void bin_row(struct buf *b, const struct score_page *p, unsigned bin, int32_t *peers)
{
	static const char *const name[BINS] = { "below 50 %", "50 to below 60 %", "60 to below 70 %", "70 to below 80 %",
	                                        "80 to below 90 %", "90 % and more", "none answered" };
	uint64_t n = 0, standing[STANDINGS] = { 0 }, units = 0, pay = 0;
	size_t known = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct person *x = &p->of[i];
		if (bin_of(x) != bin)
			continue;
		n++;
		standing[x->standing]++;
		units += x->units;
		pay += x->pay;
		if (x->peers >= 0)
			peers[known++] = x->peers;
	}
	if (known)
		qsort(peers, known, sizeof *peers, ascending);
	row_said(b, name[bin]);
	cell_count(b, n);
	for (int k = 0; k < STANDINGS && p->hold; k++)
		cell_count(b, standing[k == 0 ? RULE_CLEARED : k == 1 ? RULE_NEW : k]);
	if (known)
		cell_percent(b, peers[(known - 1) / 2] / 10000.0);
	else
		cell_unknown(b);
	cell_count(b, units);
	cell_rates(b, pay);
	row_end(b);
}

static void in_numbers(struct buf *b, const struct score_page *p)
{
	static const char *const hold[] = { "Answers to gold right", "People", "Cleared", "New", "Retest", "Stopped",
	                                    "Median agreement", "Units released", "Pay, in rates" };
	static const char *const other[] = { "Answers to gold right", "People", "Median score", "Units paid",
	                                     "Pay, in rates" };
	int32_t *peers = mem_alloc(p->n, sizeof *peers);

	part_table(b, "By answers to gold", p->hold ? hold : other, p->hold ? "lrrrrrrrr" : "lrrrr");
	for (unsigned k = 0; k < BINS; k++)
		bin_row(b, p, k, peers);
	part_table_end(b);
	free(peers);
}

void score_section_gold(struct buf *b, const struct score_page *p)
{
	uint32_t drawn = 0;

	_Static_assert(RULE_RETEST == 2 && RULE_STOPPED == 3, "columns of bin_row");
	for (uint32_t i = 0; i < p->n; i++)
		drawn += is_drawn(&p->of[i]);
	section_begin(b, "gold", "Gold and peers");
	buf_adds(b, p->hold ? "<p>Answers to gold are counted since a worker began; agreement is that of the newest "
	         "work that could be compared, beyond chance, in parts of what the policy calls "
	         "full.</p>\n" : "<p>Answers to gold of this epoch, and the score by this rule.</p>\n");
	if (drawn)
		draw(b, p, drawn);
	else
		buf_adds(b, "<p>Of nobody both sides are known, so there is no figure.</p>\n");
	in_numbers(b, p);
	section_end(b);
}
