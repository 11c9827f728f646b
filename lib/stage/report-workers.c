/* Skill of workers against the number of their labels. */
#include "stage/report.h"

#include <stdlib.h>

#include "base/mem.h"
#include "math/explog.h"
#include "stage/report-part.h"

enum { MOST_DOTS = 2000, ACROSS = 50, DOWN = 40 };      /* ACROSS x DOWN = MOST_DOTS */
enum { WIDTH = 640, LEFT = 60, RIGHT = 620, TOP_EDGE = 14, BOTTOM = 330 };

/* What a worker did, beside the skill that the method gave. */
struct worker {
	uint32_t labels, agrees;        /* agrees: labels that are the consensus of their task */
	uint32_t most, most_class;      /* the class said most often, the first of equal ones, and how often */
};

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static struct worker look_at(const struct consensus *c, uint32_t w)
{
	const struct labels *l = c->labels;
	uint32_t from = l->w_off[w], n = l->w_off[w + 1] - from;
	uint32_t *said = mem_alloc(n, sizeof *said);
	struct worker out = { .labels = n };

	for (uint32_t i = 0; i < n; i++) {
		said[i] = l->w_value[from + i];
		out.agrees += c->winner[l->w_task[from + i]] == said[i];
	}
	qsort(said, n, sizeof *said, by_value);
	for (uint32_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && said[i + same] == said[i]; )
			same++;
		if (same > out.most) {
			out.most = same;
			out.most_class = said[i];
		}
	}
	free(said);
	return out;
}

static uint32_t n_labels(const struct consensus *c, uint32_t w)
{
	return c->labels->w_off[w + 1] - c->labels->w_off[w];
}

static bool busier(const void *ctx, uint32_t a, uint32_t b)
{
	uint32_t x = n_labels(ctx, a), y = n_labels(ctx, b);

	return x != y ? x > y : a < b;
}

static bool worse(const void *ctx, uint32_t a, uint32_t b)
{
	const struct consensus *c = ctx;
	double x = c->skill[a], y = c->skill[b];

	if (x < y || x > y)
		return x < y;
	return busier(ctx, a, b);
}

/* ---- the figure ---------------------------------------------------------------------------- */

struct plot {
	struct axis x, y;       /* x: of the logarithm of the number of labels */
	double least, most;     /* labels at the ends of x: 1, 2 or 5 times a power of ten */
};

/* 1, 2, 5, 10, 20, 50, ...: number i is followed by i + 1 */
static double next_tick(double n, unsigned i)
{
	return n * (i % 3 == 1 ? 2.5 : 2);
}

/* i modulo 3 of the tick n */
static unsigned first_tick(double n)
{
	while (n >= 10)
		n /= 10;
	return n < 2 ? 0 : n < 5 ? 1 : 2;
}

static struct plot plot_of(const struct consensus *c)
{
	struct plot p = { .least = 1, .most = 1 };
	double lo = 0, hi = 1;
	uint32_t few = UINT32_MAX, many = 1;

	for (uint32_t w = 0; w < c->labels->n_workers; w++) {
		uint32_t n = n_labels(c, w);
		many = n > many ? n : many;
		few = n < few ? n : few;
		lo = c->skill[w] < lo ? c->skill[w] : lo;
		hi = c->skill[w] > hi ? c->skill[w] : hi;
	}
	p.y = axis_of(lo, hi, 6, BOTTOM, TOP_EDGE);
	for (unsigned i = 0; next_tick(p.least, i) <= few; i++)
		p.least = next_tick(p.least, i);
	p.most = p.least;
	for (unsigned i = first_tick(p.least); p.most < many || p.most <= p.least; i++)
		p.most = next_tick(p.most, i);
	p.x = (struct axis){ .lo = m_log(p.least), .hi = m_log(p.most), .from = LEFT + 8, .to = RIGHT - 8 };
	return p;
}

static double x_of(const struct plot *p, uint32_t n)
{
	return axis_at(&p->x, m_log(n ? n : 1));
}

/* 1, 10, 100, ... labels, and 2 and 5 times that where there is room */
static void draw_axes(struct buf *b, const struct plot *p)
{
	unsigned i = first_tick(p->least);

	axis_y(b, &p->y, LEFT, RIGHT);
	for (double n = p->least; n <= p->most; n = next_tick(n, i++)) {
		double at = axis_at(&p->x, m_log(n));
		if (i % 3 && p->most > 2000 * p->least)
			continue;
		part_line(b, "grid", at, TOP_EDGE, at, BOTTOM);
		part_label(b, "mid", at, BOTTOM + 16);
		part_count(b, (uint64_t)n);
		buf_adds(b, "</text>\n");
	}
	part_label(b, "mid", (LEFT + RIGHT) / 2.0, BOTTOM + 38);
	buf_adds(b, "labels of the worker (logarithmic)</text>\n");
	buf_addf(b, "<text class=\"mid\" transform=\"translate(16 %d) rotate(-90)\">skill</text>\n", (TOP_EDGE + BOTTOM) / 2);
}

static void draw_each(struct buf *b, const struct consensus *c, const struct plot *p)
{
	for (uint32_t w = 0; w < c->labels->n_workers; w++)
		part_dot(b, "dot", x_of(p, n_labels(c, w)), axis_at(&p->y, c->skill[w]), 3.5);
}

/* Too many to draw: counted on a grid, each cell a dot in its middle whose area tells how many.  Returns the most. */
static uint32_t draw_grid(struct buf *b, const struct consensus *c, const struct plot *p)
{
	uint32_t *n = mem_zalloc(ACROSS * DOWN, sizeof *n), most = 1;
	double dx = (RIGHT - LEFT) / (double)ACROSS, dy = (BOTTOM - TOP_EDGE) / (double)DOWN;

	for (uint32_t w = 0; w < c->labels->n_workers; w++) {
		unsigned x = (unsigned)((x_of(p, n_labels(c, w)) - LEFT) / dx);
		unsigned y = (unsigned)((axis_at(&p->y, c->skill[w]) - TOP_EDGE) / dy);
		n[(y < DOWN ? y : DOWN - 1) * ACROSS + (x < ACROSS ? x : ACROSS - 1)]++;
	}
	for (size_t i = 0; i < ACROSS * DOWN; i++)
		most = n[i] > most ? n[i] : most;
	for (size_t i = 0; i < ACROSS * DOWN; i++)
		if (n[i])
			part_dot(b, "dot", LEFT + dx * ((double)(i % ACROSS) + 0.5), TOP_EDGE + dy * ((double)(i / ACROSS) + 0.5),
			         0.8 + 5.2 * m_sqrt((double)n[i] / most));
	free(n);
	return most;
}

static void draw(struct buf *b, const struct consensus *c)
{
	struct plot p = plot_of(c);
	struct buf words = BUF_INIT;

	part_figure(b, "fig-workers", WIDTH, BOTTOM + 46, "Skill of workers against the number of their labels",
	            "Dots: to the right workers with more labels, higher up workers with more skill. The table below says the "
	            "same by number of labels.");
	draw_axes(b, &p);
	if (c->labels->n_workers <= MOST_DOTS) {
		draw_each(b, c, &p);
		buf_adds(&words, "Each dot is a worker.");
	} else {
		uint32_t most = draw_grid(b, c, &p);
		part_count(&words, c->labels->n_workers);
		buf_adds(&words, " workers are too many for a dot each: a dot stands for all workers about its place, by its area, "
		         "the largest for ");
		part_count(&words, most);
		buf_addc(&words, '.');
	}
	part_figure_end(b, words.p);
	buf_release(&words);
}

/* ---- the tables ------------------------------------------------------------------------------ */

struct ranked {
	double skill;
	uint32_t worker, bin;   /* bin: floor of the base-2 logarithm of the number of labels */
};

static int by_bin(const void *a, const void *b)
{
	const struct ranked *p = a, *q = b;

	if (p->bin != q->bin)
		return p->bin < q->bin ? -1 : 1;
	if (p->skill < q->skill || p->skill > q->skill)
		return p->skill < q->skill ? -1 : 1;
	return (p->worker > q->worker) - (p->worker < q->worker);
}

static void bin_row(struct buf *b, const struct ranked *r, size_t n)
{
	uint64_t from = UINT64_C(1) << r->bin;

	row_begin(b, false);
	part_count(b, from);
	if (from > 1) {
		buf_adds(b, " to ");
		part_count(b, 2 * from - 1);
	}
	row_headed(b);
	cell_count(b, n);
	cell_fixed(b, r[0].skill, 4);
	cell_fixed(b, n % 2 ? r[n / 2].skill : (r[n / 2 - 1].skill + r[n / 2].skill) / 2, 4);
	cell_fixed(b, r[n - 1].skill, 4);
	row_end(b);
}

/* The figure in numbers. */
static void by_volume(struct buf *b, const struct consensus *c)
{
	static const char *const head[] = { "Labels of a worker", "Workers", "Lowest skill", "Median skill", "Highest skill" };
	struct ranked *r = mem_alloc(c->labels->n_workers, sizeof *r);
	size_t n = 0;

	for (uint32_t w = 0; w < c->labels->n_workers; w++) {
		uint32_t labels = n_labels(c, w), bin = 0;
		while (labels >> bin > 1)
			bin++;
		if (labels)
			r[n++] = (struct ranked){ c->skill[w], w, bin };
	}
	qsort(r, n, sizeof *r, by_bin);
	part_table(b, "Skill by number of labels", head, "lrrrr");
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && r[i + same].bin == r[i].bin; )
			same++;
		bin_row(b, r + i, same);
	}
	part_table_end(b);
	free(r);
}

static void list(struct buf *b, const struct report *r, const struct top *t, const char *caption)
{
	static const char *const head[] = { "Worker", "Labels", "Share of all", "Skill", "Agrees with consensus",
	                                    "Most said", "Share of own" };
	const struct consensus *c = r->consensus;

	part_table(b, caption, head, "lrrrrlr");
	for (size_t i = 0; i < t->n; i++) {
		struct worker w = look_at(c, t->id[i]);
		double n = w.labels ? w.labels : 1;
		row_name(b, ids_str(&c->workers, t->id[i]));
		cell_count(b, w.labels);
		cell_percent(b, w.labels / (double)c->labels->n);
		cell_fixed(b, c->skill[t->id[i]], 4);
		cell_percent(b, w.agrees / n);
		cell_name(b, r->text[w.most_class]);
		cell_percent(b, w.most / n);
		row_end(b);
	}
	part_table_end(b);
}

/* Labels that are enough for a place among the lowest: 20, or the mean where that is less. */
static uint32_t enough(const struct labels *l)
{
	size_t mean = l->n / l->n_workers;

	return mean < 20 ? (uint32_t)mean : 20;
}

static void lists(struct buf *b, const struct report *r)
{
	const struct consensus *c = r->consensus;
	size_t workers = c->labels->n_workers, n_enough = 0;
	uint32_t least = enough(c->labels);
	struct top busy = { .n = 0 }, low = { .n = 0 };
	struct buf words = BUF_INIT;

	for (uint32_t w = 0; w < workers; w++) {
		top_add(&busy, w, busier, c);
		if (n_labels(c, w) >= least) {
			top_add(&low, w, worse, c);
			n_enough++;
		}
	}
	list(b, r, &busy, workers > TOP ? "The 20 workers with most labels" : "All workers, those with most labels first");
	if (workers <= TOP)
		return;
	buf_adds(&words, n_enough > TOP ? "The 20 lowest skills of the " : "The lowest skills first, of the ");
	part_n(&words, n_enough, "worker", "workers");
	buf_adds(&words, " with ");
	part_n(&words, least, "label", "labels");
	buf_adds(&words, " or more");
	list(b, r, &low, words.p);
	buf_release(&words);
}

void section_workers(struct buf *b, const struct report *r)
{
	section_begin(b, "workers", "Workers");
	buf_adds(b, "<p>Skill is the measure of the method: for most the chance that a label of the worker is right, for "
	         "votes the share of labels that are the consensus. With few labels it is mostly the method\xe2\x80\x99s "
	         "assumption. It is taken against a consensus that the worker had a part in, so people who copy from each "
	         "other look skilled.</p>\n");
	draw(b, r->consensus);
	by_volume(b, r->consensus);
	lists(b, r);
	section_end(b);
}
