/* How far the workers agree: every agreement record, drawn and explained. */
#include "stage/report.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/record.h"
#include "stage/report-part.h"

/* What a coefficient means, and where it misleads. */
static const struct meaning {
	const char *metric, *name, *means;
} meanings[] = {
	{ "percent", "Percent agreement", "How often two labels of a task are the same. It knows no chance: where one "
	  "class is frequent it is high whatever people do." },
	{ "cohen", "Cohen\xe2\x80\x99s kappa", "Agreement of two workers beyond what their own habits would give by chance. "
	  "It is low where one class is rare, though the two hardly ever differ." },
	{ "scott", "Scott\xe2\x80\x99s pi", "As Cohen\xe2\x80\x99s kappa, with one habit for both workers: two who differ in "
	  "their habits score lower. Low where one class is rare." },
	{ "fleiss", "Fleiss\xe2\x80\x99 kappa", "Agreement of many workers beyond chance, where chance is to draw each label "
	  "from the shares of the classes. Low where one class is rare, however careful people are." },
	{ "conger", "Conger\xe2\x80\x99s kappa", "Cohen\xe2\x80\x99s kappa for many workers: chance knows the habit of each. "
	  "Habits of workers with few labels are guesses." },
	{ "ac1", "Gwet\xe2\x80\x99s AC1", "Agreement beyond chance, where chance is small when one class is frequent. So it "
	  "stays high there, and may flatter people who always say that class." },
	{ "ac2", "Gwet\xe2\x80\x99s AC2", "AC1 with weights for classes that nearly agree. The weights are a choice, and they "
	  "move the number." },
	{ "bp", "Brennan and Prediger\xe2\x80\x99s kappa", "Agreement beyond chance, where chance is one in the number of "
	  "classes. A class that almost nobody uses makes it higher." },
	{ "light", "Light\xe2\x80\x99s kappa", "The mean of Cohen\xe2\x80\x99s kappa over all pairs of workers with tasks in "
	  "common. A pair with few such tasks weighs as much as one with many." },
	{ "alpha", "Krippendorff\xe2\x80\x99s alpha", "1 is full agreement, 0 is chance, below 0 is worse. It is about "
	  "single labels: with many on a task the consensus can be good though alpha is low; and it hides one bad worker "
	  "among good ones." },
	{ "icc_1_1", "Intraclass correlation (1,1)", "How far one value of a worker drawn anew for each task can be relied "
	  "on. It falls when the tasks are much alike." },
	{ "icc_1_k", "Intraclass correlation (1,k)", "How far the mean of k values of a task can be relied on, workers being "
	  "drawn anew for each. It says nothing of a single value." },
	{ "icc_2_1", "Intraclass correlation (2,1)", "How far one value can be relied on, workers being a sample; that some "
	  "are stricter counts against it." },
	{ "icc_2_k", "Intraclass correlation (2,k)", "How far the mean of k workers can be relied on, workers being a "
	  "sample. It says nothing of a single value." },
	{ "icc_3_1", "Intraclass correlation (3,1)", "How far one value of just these workers can be relied on; that some "
	  "are stricter does not count, so it is no agreement of values." },
	{ "icc_3_k", "Intraclass correlation (3,k)", "How far the mean of just these k workers can be relied on; that some "
	  "are stricter does not count. It says nothing of a single value." },
};

struct coefficient {
	const struct meaning *known;    /* NULL: a metric this page knows no words for */
	struct str metric, scale, why;
	struct str type;                /* of the tasks; empty where it is class */
	struct str about;               /* a class, a group, two workers; empty: all labels */
	double value, se, low, high;
	bool has_value, has_se, has_interval;
	uint64_t tasks, workers, labels;
};

/* ---- reading ---------------------------------------------------------------------------- */

static bool number(const struct json_record *r, struct str key, double *out)
{
	const struct json_field *f = json_get(r, key);

	return f && f->type == JSON_NUMBER && num_parse(f->raw, out);
}

static uint64_t count(const struct json_record *r, struct str key)
{
	const struct json_field *f = json_get(r, key);
	uint64_t n = 0;

	return f && f->type == JSON_NUMBER && num_parse_u64(f->raw, &n) ? n : 0;
}

static struct str text(const struct json_record *r, struct str key, struct arena *a)
{
	const struct json_field *f = json_get(r, key);

	return f && f->type == JSON_STRING ? arena_str(a, json_text(f, a)) : STR("");
}

/* A value that is no number of ours: as text; of an array its items. */
static void put_value(struct buf *b, const struct json_field *f, struct arena *a)
{
	struct str rest = f->raw;
	struct json_field item;
	bool any = false;

	if (f->type == JSON_STRING)
		buf_addstr(b, json_text(f, a));
	else if (f->type != JSON_ARRAY)
		buf_addstr(b, f->raw);
	for (; f->type == JSON_ARRAY && json_next(&rest, &item); any = true) {
		buf_adds(b, any ? " and " : "");
		buf_addstr(b, item.type == JSON_STRING ? json_text(&item, a) : item.raw);
	}
}

/* What the record is about: every text or list in it that is none of a coefficient's own. */
static struct str about(const struct json_record *r, struct arena *a)
{
	static const char *const own[] = { "kind", "metric", "value", "se", "low", "high", "why", "observed", "chance",
	                                   "tasks", "labels", "scale", "weights", "exact", "type", "choices" };
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < r->n; i++) {
		const struct json_field *f = &r->field[i];
		bool skip = f->type == JSON_NUMBER && !str_is(f->key, "class");
		for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
			skip = skip || str_is(f->key, own[k]);
		if (skip || f->type == JSON_NULL || f->type == JSON_OBJECT)
			continue;
		buf_adds(&b, b.n ? ", " : "");
		buf_addstr(&b, f->key);
		buf_addc(&b, ' ');
		put_value(&b, f, a);
	}
	struct str s = arena_str(a, buf_str(&b));
	buf_release(&b);
	return s;
}

/* The type of the tasks; with choices each list of them is one. */
static struct str type(const struct json_record *r, struct arena *a)
{
	const struct json_field *choices = json_get(r, STR("choices"));
	struct str name = text(r, STR("type"), a);
	struct buf b = BUF_INIT;

	if (!choices)
		return name;
	buf_addstr(&b, name);
	buf_adds(&b, " of ");
	put_value(&b, choices, a);
	name = arena_str(a, buf_str(&b));
	buf_release(&b);
	return name;
}

static bool read_one(struct str line, struct arena *a, struct json_record *r, struct coefficient *c)
{
	struct err e;

	if (!json_read(r, line, &e))
		return false;
	*c = (struct coefficient){
		.metric = text(r, STR("metric"), a), .type = type(r, a), .scale = text(r, STR("scale"), a),
		.about = about(r, a), .why = text(r, STR("why"), a),
		.tasks = count(r, STR("tasks")), .workers = count(r, STR("workers")), .labels = count(r, STR("labels")),
	};
	if (!c->scale.n)
		c->scale = text(r, STR("weights"), a);
	c->has_value = number(r, STR("value"), &c->value);
	c->has_se = number(r, STR("se"), &c->se);
	c->has_interval = c->has_value && number(r, STR("low"), &c->low) && number(r, STR("high"), &c->high);
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (str_is(c->metric, meanings[i].metric))
			c->known = &meanings[i];
	return true;
}

/* ---- writing ---------------------------------------------------------------------------- */

/* The name of a coefficient with the type of the tasks, and if `all` its scale or weights, cut to `most` columns. */
static void put_name(struct buf *b, const struct coefficient *c, bool all, size_t most)
{
	const struct str more[] = { c->type, all ? c->scale : STR("") };
	struct buf name = BUF_INIT;

	if (c->known)
		buf_adds(&name, c->known->name);
	else
		buf_addstr(&name, c->metric);
	for (size_t i = 0; i < 2; i++)
		if (more[i].n && !(i && str_eq(more[0], more[1]))) {
			buf_adds(&name, ", ");
			buf_addstr(&name, more[i]);
		}
	part_text(b, buf_str(&name), most);
	buf_release(&name);
}

enum { MOST_ROWS = 40 };        /* of the figure; the table has them all */
enum { WIDTH = 640, LEFT = 230, RIGHT = 620, TOP_EDGE = 12, ROW = 30 };

static void draw_one(struct buf *b, const struct coefficient *c, const struct axis *x, double y)
{
	part_label(b, "end", LEFT - 14, y + 4);
	put_name(b, c, false, 30);
	buf_adds(b, "</text>\n");
	if (!c->has_value) {
		part_label(b, "start", LEFT + 8, y + 4);
		buf_adds(b, "undefined</text>\n");
		return;
	}
	double at = axis_at(x, c->value);
	if (c->has_interval) {
		double lo = axis_at(x, c->low), hi = axis_at(x, c->high);
		part_line(b, "stroke", lo, y, hi, y);
		if (c->low < x->lo) {           /* it goes on: an arrow */
			part_line(b, "stroke", lo, y, lo + 7, y - 5);
			part_line(b, "stroke", lo, y, lo + 7, y + 5);
		} else {
			part_line(b, "stroke", lo, y - 5, lo, y + 5);
		}
		part_line(b, "stroke", hi, y - 5, hi, y + 5);
	}
	part_dot(b, "fill", at, y, 4.5);
}

/* The lowest end that is drawn: a little below 0 at least, -1 at most. */
static double lowest(const struct coefficient *c, size_t n)
{
	double lo = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].has_value && c[i].value < lo)
			lo = c[i].value;
		if (c[i].has_interval && c[i].low < lo)
			lo = c[i].low;
	}
	return lo < -1 ? -1 : lo;
}

static void draw(struct buf *b, const struct coefficient *c, size_t n)
{
	if (n > MOST_ROWS)
		n = MOST_ROWS;
	double bottom = TOP_EDGE + ROW * (double)n;
	struct axis x = axis_of(lowest(c, n), 1, 6, LEFT, RIGHT);

	part_figure(b, "fig-agreement", WIDTH, (unsigned)bottom + 44, "Agreement and its intervals of 95&#160;%",
	            "A row for each coefficient: a dot at its value and a line over its interval. The numbers are in the "
	            "table below.");
	axis_x(b, &x, TOP_EDGE, bottom);
	part_line(b, "zero", axis_at(&x, 0), TOP_EDGE, axis_at(&x, 0), bottom);
	for (size_t i = 0; i < n; i++)
		draw_one(b, &c[i], &x, TOP_EDGE + ROW * ((double)i + 0.5));
	part_label(b, "mid", (LEFT + RIGHT) / 2.0, bottom + 36);
	buf_adds(b, "agreement</text>\n");
	part_figure_end(b, "Dots are values, lines are intervals of 95&#160;%; an arrow says that the interval goes on. "
	                "The broken line at 0 is chance, for all but percent agreement.");
}

static void cell_or(struct buf *b, bool there, double x, const char *otherwise)
{
	cell_begin(b, true);
	if (there)
		part_fixed(b, x, 4);
	else
		buf_adds(b, otherwise);
	cell_end(b);
}

static void table_row(struct buf *b, const struct coefficient *c, bool parts, bool why)
{
	row_begin(b, false);
	if (parts) {
		buf_adds(b, "<bdi>");
		part_text(b, c->about, 80);
		buf_adds(b, "</bdi>");
		row_headed(b);
		cell_begin(b, false);
	}
	buf_adds(b, "<bdi>");
	put_name(b, c, true, 100);
	buf_adds(b, parts ? "</bdi></td>" : "</bdi></th>");
	cell_or(b, c->has_value, c->value, "undefined");
	cell_or(b, c->has_se, c->se, "none");
	cell_or(b, c->has_interval, c->low, "none");
	cell_or(b, c->has_interval, c->high, "none");
	cell_count(b, c->tasks);
	cell_count(b, c->workers);
	cell_count(b, c->labels);
	if (why) {
		buf_adds(b, "<td class=\"w\">");
		part_text(b, c->why, 200);
		cell_end(b);
	}
	row_end(b);
}

/* A table of the coefficients of[0 .. n): all labels, or parts of them. */
static void table(struct buf *b, const char *caption, const struct coefficient *c, const uint32_t *of, size_t n,
                  bool parts)
{
	static const char *const head[] = { "Coefficient", "Value", "Error", "Low", "High", "Tasks", "Workers", "Labels",
	                                    "Why not" };
	static const char *const head_parts[] = { "About", "Coefficient", "Value", "Error", "Low", "High", "Tasks",
	                                          "Workers", "Labels", "Why not" };
	bool any_why = false;
	char align[16] = "";

	for (size_t i = 0; i < n; i++)
		any_why = any_why || c[of[i]].why.n;
	memcpy(align, parts ? "llrrrrrrr" : "lrrrrrrr", parts ? 9 : 8);
	align[parts ? 9 : 8] = any_why ? 'l' : '\0';
	part_table(b, caption, parts ? head_parts : head, align);
	for (size_t i = 0; i < n; i++)
		table_row(b, &c[of[i]], parts, any_why);
	part_table_end(b);
}

static void whole(struct buf *b, const struct coefficient *c, size_t n)
{
	uint32_t *of = mem_alloc(n, sizeof *of);

	for (size_t i = 0; i < n; i++)
		of[i] = (uint32_t)i;
	draw(b, c, n);
	table(b, "Coefficients with their intervals of 95&#160;%", c, of, n, false);
	free(of);
}

static bool lower(const void *ctx, uint32_t a, uint32_t b)
{
	const struct coefficient *c = ctx;

	if (c[a].value < c[b].value || c[a].value > c[b].value)
		return c[a].value < c[b].value;
	return a < b;
}

/* Classes, groups, pairs of workers: all of a few, of many the lowest. */
static void parts(struct buf *b, const struct coefficient *c, size_t n)
{
	enum { FEW = 40 };
	uint32_t all[FEW];
	struct top low = { .n = 0 };

	if (!n)
		return;
	buf_adds(b, "<h3>By class, by group, by pair of workers</h3>\n");
	if (n <= FEW) {
		for (uint32_t i = 0; i < n; i++)
			all[i] = i;
		table(b, "Coefficients of parts of the labels", c, all, n, true);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		if (c[i].has_value)
			top_add(&low, i, lower, c);
	buf_adds(b, "<p>There are ");
	part_n(b, n, "coefficient", "coefficients");
	buf_adds(b, " of parts of the labels, all of them in the output of the run. With so many, some are low by "
	         "chance.</p>\n");
	table(b, "The 20 lowest that are defined", c, low.id, low.n, true);
}

/* One sentence or two on each, once. */
static void explain(struct buf *b, const struct coefficient *c, size_t n)
{
	bool any = false;

	for (size_t m = 0; m < sizeof meanings / sizeof meanings[0]; m++) {
		bool used = false;
		for (size_t i = 0; i < n; i++)
			used = used || c[i].known == &meanings[m];
		if (!used)
			continue;
		buf_addf(b, "%s<dt>%s</dt><dd>%s</dd>\n", any ? "" : "<dl>\n", meanings[m].name, meanings[m].means);
		any = true;
	}
	if (any)
		buf_adds(b, "</dl>\n");
}

/* Coefficients of all labels first, in their order, then those of parts. */
static size_t sort_out(struct coefficient *c, size_t n)
{
	struct coefficient *copy = mem_alloc(n, sizeof *copy);
	size_t n_whole = 0, at = 0;

	memcpy(copy, c, n * sizeof *c);
	for (size_t i = 0; i < n; i++)
		if (!copy[i].about.n)
			c[at++] = copy[i];
	n_whole = at;
	for (size_t i = 0; i < n; i++)
		if (copy[i].about.n)
			c[at++] = copy[i];
	free(copy);
	return n_whole;
}

void section_agreement(struct buf *b, const struct report *r)
{
	struct coefficient *c = mem_alloc(r->n_agreement, sizeof *c);
	struct json_record rec = { 0 };
	struct arena a = { 0 };
	size_t n = 0, n_whole;

	for (size_t i = 0; i < r->n_agreement; i++)
		n += read_one(r->agreement[i], &a, &rec, &c[n]);
	n_whole = sort_out(c, n);
	section_begin(b, "agreement", "Agreement");
	if (n_whole)
		whole(b, c, n_whole);
	else
		buf_adds(b, "<p>No coefficient was asked for: <code>--agreement</code> names them.</p>\n");
	explain(b, c, n);
	parts(b, c + n_whole, n - n_whole);
	if (n)
		buf_adds(b, "<p>Errors and intervals take the tasks as a sample of many such tasks, and the workers as they "
		         "are.</p>\n");
	section_end(b);
	json_record_release(&rec);
	arena_release(&a);
	free(c);
}
