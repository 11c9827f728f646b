/* Calibration: how often the consensus was right on gold that was held out, by how sure it was. */
#include "stage/report.h"

#include "math/explog.h"
#include "stage/report-part.h"

enum { BINS = 10 };     /* those of stage/judgement.h */
enum { SIZE = 520, LEFT = 60, RIGHT = 460, TOP_EDGE = 14, BOTTOM = 414 };

struct bin {
	uint64_t n, right;
	double sure;            /* sum of the confidence */
	double low, high;       /* of the share that is right: 95 % */
};

/* Wilson's interval for right of n: unlike others it is sound for few. */
static void interval(struct bin *b)
{
	const double z = 1.959963984540054, n = (double)b->n, p = (double)b->right / n;
	double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
	double half = z / (1 + z * z / n) * m_sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	b->low = middle - half < 0 ? 0 : middle - half;
	b->high = middle + half > 1 ? 1 : middle + half;
}

static void count(const struct report *r, struct bin *bin)
{
	const struct consensus *c = r->consensus;

	for (uint32_t t = 0; t < c->labels->n_tasks; t++) {
		if (r->gold[t] == AGREE_NO_GOLD)
			continue;
		double p = report_confidence(c, t);
		struct bin *b = &bin[p >= 1 ? BINS - 1 : p > 0 ? (size_t)(p * BINS) : 0];
		b->n++;
		b->right += c->winner[t] == r->gold[t];
		b->sure += p;
	}
	for (size_t i = 0; i < BINS; i++)
		if (bin[i].n)
			interval(&bin[i]);
}

static void draw(struct buf *b, const struct bin *bin)
{
	struct axis x = axis_of(0, 1, 5, LEFT, RIGHT), y = axis_of(0, 1, 5, BOTTOM, TOP_EDGE);

	part_figure(b, "fig-calibration", SIZE, BOTTOM + 46, "Calibration: share right against confidence",
	            "A dot for each tenth of confidence that has gold tasks: to the right surer, higher up more often right; "
	            "a line over its interval. On the broken diagonal confidence is what it says. The numbers are in the "
	            "table below.");
	axis_x(b, &x, TOP_EDGE, BOTTOM);
	axis_y(b, &y, LEFT, RIGHT);
	part_line(b, "zero", LEFT, BOTTOM, RIGHT, TOP_EDGE);
	for (size_t i = 0; i < BINS; i++) {
		const struct bin *v = &bin[i];
		if (!v->n)
			continue;
		double at = axis_at(&x, v->sure / (double)v->n), lo = axis_at(&y, v->low), hi = axis_at(&y, v->high);
		double middle = axis_at(&y, (double)v->right / (double)v->n);
		part_line(b, "stroke", at, lo, at, hi);
		part_line(b, "stroke", at - 5, lo, at + 5, lo);
		part_line(b, "stroke", at - 5, hi, at + 5, hi);
		part_dot(b, "fill", at, middle, 4.5);
		part_label(b, "start halo", at + 9, middle + 4);
		part_count(b, v->n);
		buf_adds(b, "</text>\n");
	}
	part_label(b, "mid", (LEFT + RIGHT) / 2.0, BOTTOM + 38);
	buf_adds(b, "confidence</text>\n");
	buf_addf(b, "<text class=\"mid\" transform=\"translate(16 %d) rotate(-90)\">"
	         "share right</text>\n", (TOP_EDGE + BOTTOM) / 2);
	part_figure_end(b, "Number of gold tasks beside each dot; lines are intervals of 95&#160;%. Below the diagonal the "
	                "consensus is too sure of itself, above it not sure enough.");
}

static void table(struct buf *b, const struct bin *bin)
{
	static const char *const head[] = { "Confidence", "Gold tasks", "Mean confidence", "Right", "Share right",
		"Low", "High" };

	part_table(b, "Share right by confidence, with Wilson\xe2\x80\x99s interval of 95&#160;%", head, "lrrrrrr");
	for (unsigned i = 0; i < BINS; i++) {
		const struct bin *v = &bin[i];
		if (!v->n)
			continue;
		row_begin(b, false);
		part_fixed(b, i / 10.0, 1);
		buf_adds(b, i == BINS - 1 ? " to " : " to below ");
		part_fixed(b, (i + 1) / 10.0, 1);
		row_headed(b);
		cell_count(b, v->n);
		cell_fixed(b, v->sure / (double)v->n, 4);
		cell_count(b, v->right);
		cell_fixed(b, (double)v->right / (double)v->n, 4);
		cell_fixed(b, v->low, 4);
		cell_fixed(b, v->high, 4);
		row_end(b);
	}
	part_table_end(b);
}

static void measure(struct buf *b, const char *name, double x, const char *means)
{
	row_said(b, name);
	cell_fixed(b, x, 4);
	cell_said(b, means);
	row_end(b);
}

static void measures(struct buf *b, const struct judgement *v)
{
	static const char *const head[] = { "Measure", "Value", "Meaning" };
	struct buf words = BUF_INIT;

	buf_adds(&words, "On ");
	part_n(&words, v->n, "gold task", "gold tasks");
	part_table(b, words.p, head, "lrl");
	measure(b, "Accuracy", v->accuracy, "share of tasks whose consensus is the gold");
	measure(b, "Log loss", v->log_loss, "mean of \xe2\x88\x92" "ln of the probability given to the gold; 0 is best, one "
	        "mistake made with certainty costs much");
	measure(b, "Brier score", v->brier, "mean squared distance of the probabilities from the gold, 0 to 2; 0 is best");
	measure(b, "Calibration error", v->ece, "mean distance of the dots from the diagonal, by tasks (ECE); with few tasks "
	        "it is above 0 by chance alone");
	part_table_end(b);
	buf_release(&words);
}

/* Why there is nothing to show, and how to get it. */
static void how(struct buf *b, const struct report *r)
{
	if (r->gold && r->options->gold == AGREE_GOLD_CLAMP)
		buf_adds(b, "<p>Gold was taken as known in this run, so nothing is left to check against. Run again with "
		         "<code>--gold judge</code>: gold is then held out, and what the consensus is worth on it is shown "
		         "here.</p>\n");
	else if (r->options->gold == AGREE_GOLD_IGNORE)
		buf_adds(b, "<p>Gold was ignored in this run. Run again with <code>--gold judge</code> to hold it against the "
		         "consensus.</p>\n");
	else
		buf_adds(b, "<p>No task with labels has gold. Find out the truth of some tasks drawn at random, add them as "
		         "<code>gold</code> records, and run again with <code>--gold judge</code>.</p>\n");
}

void section_gold(struct buf *b, const struct report *r)
{
	struct bin bin[BINS] = { { 0 } };

	section_begin(b, "gold", "Calibration");
	if (r->judgement && r->judgement->n && r->gold) {
		count(r, bin);
		buf_adds(b, "<p>Gold was held out: the consensus was made without it. It stands for all tasks only where it was "
		         "drawn at random.</p>\n");
		measures(b, r->judgement);
		draw(b, bin);
		table(b, bin);
	} else {
		how(b, r);
	}
	section_end(b);
}
