#include "stage/report.h"

#include "stage/report-part.h"

/* ---- sections ----------------------------------------------------------------------------- */

/* Those that need classes, in their order on the page. */
static const struct section {
	const char *id, *title;
	void (*put)(struct buf *b, const struct report *r);
} of_classes[] = {
	{ "confusion", "Confusion between classes", section_confusion },
	{ "workers", "Workers", section_workers },
	{ "tasks", "Confidence, and the hardest tasks", section_tasks },
	{ "gold", "Calibration", section_gold },
	{ "balance", "Balance of classes", section_balance },
};

enum { N_OF_CLASSES = sizeof of_classes / sizeof of_classes[0] };

void section_begin(struct buf *b, const char *id, const char *title)
{
	buf_addf(b, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id, id, id, title);
}

void section_end(struct buf *b)
{
	buf_adds(b, "</section>\n");
}

void report_classes(const struct report *r, struct buf *b)
{
	for (size_t i = 0; i < N_OF_CLASSES; i++)
		of_classes[i].put(b, r);
}

static struct str extra_heading(const struct report_table *t)
{
	return t->section.n ? t->section : t->title;
}

/* Does table i begin a section? */
static bool extra_begins(const struct report *r, size_t i)
{
	return i == 0 || !r->extra[i].section.n || !str_eq(r->extra[i].section, r->extra[i - 1].section);
}

/* Text of the program's own may be in a table of another type beside text from the input: all is escaped. */
static void extra_table(struct buf *b, const struct report_table *t)
{
	size_t columns = strlen(t->align);

	if (t->note.n) {
		buf_adds(b, "<p>");
		part_text(b, t->note, 1000);
		buf_adds(b, "</p>\n");
	}
	if (!t->n_rows)
		return;
	buf_adds(b, "<div class=\"t\"><table>\n<caption>");
	part_text(b, t->title, 100);
	buf_adds(b, "</caption>\n<thead><tr>");
	for (size_t i = 0; i < columns; i++) {
		buf_addf(b, "<th scope=\"col\"%s>", t->align[i] == 'r' ? " class=\"n\"" : "");
		part_text(b, t->head[i], 60);
		buf_adds(b, "</th>");
	}
	buf_adds(b, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < t->n_rows; i++) {
		row_name(b, t->cell[i * columns]);
		for (size_t k = 1; k < columns; k++) {
			cell_begin(b, t->align[k] == 'r');
			part_name(b, t->cell[i * columns + k]);
			cell_end(b);
		}
		row_end(b);
	}
	part_table_end(b);
}

static void extra_tables(struct buf *b, const struct report *r)
{
	for (size_t i = 0; i < r->n_extra; i++) {
		size_t number = i + 1;
		if (extra_begins(r, i)) {
			buf_addf(b, "<section id=\"extra-%zu\" aria-labelledby=\"extra-%zu-h\">\n<h2 id=\"extra-%zu-h\">", number, number,
			         number);
			part_text(b, extra_heading(&r->extra[i]), 100);
			buf_adds(b, "</h2>\n");
		}
		extra_table(b, &r->extra[i]);
		if (number == r->n_extra || extra_begins(r, number))
			section_end(b);
	}
}

/* ---- the page ----------------------------------------------------------------------------- */

static bool has_classes(const struct report *r)
{
	return r->classes.n || r->consensus;
}

static void contents(struct buf *b, const struct report *r)
{
	buf_adds(b, "<nav aria-label=\"Contents\">\n<ul>\n<li><a href=\"#run\">What was run</a></li>\n"
	         "<li><a href=\"#agreement\">Agreement</a></li>\n");
	for (size_t i = 0; has_classes(r) && i < N_OF_CLASSES; i++)
		buf_addf(b, "<li><a href=\"#%s\">%s</a></li>\n", of_classes[i].id, of_classes[i].title);
	for (size_t i = 0; i < r->n_extra; i++) {
		if (!extra_begins(r, i))
			continue;
		buf_addf(b, "<li><a href=\"#extra-%zu\">", i + 1);
		part_text(b, extra_heading(&r->extra[i]), 100);
		buf_adds(b, "</a></li>\n");
	}
	buf_adds(b, "</ul>\n</nav>\n");
}

void page_begin(struct buf *b, const char *title, const char *tool)
{
	buf_addf(b, "<!DOCTYPE html>\n<html lang=\"en\" xml:lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	         "<title>%s</title>\n"
	         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
	         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	         "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	         "<meta name=\"generator\" content=\"%s " LBL_VERSION "\"/>\n<style>\n", title, tool);
	buf_adds(b, report_style);
	buf_adds(b, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the content</a>\n");
}

void report_html(const struct report *r, struct buf *b)
{
	page_begin(b, "Labels and their consensus", "lbl-agree");
	buf_adds(b, "<header>\n<h1>Labels and their consensus</h1>\n<p>");
	part_n(b, r->totals->labels, "label", "labels");
	buf_adds(b, " by ");
	part_n(b, r->totals->workers, "worker", "workers");
	buf_adds(b, " on ");
	part_n(b, r->totals->tasks, "task", "tasks");
	buf_adds(b, "</p>\n</header>\n");
	contents(b, r);
	buf_adds(b, "<main id=\"main\">\n");
	section_run(b, r);
	section_agreement(b, r);
	if (r->classes.n)
		buf_addstr(b, r->classes);
	else if (r->consensus)
		report_classes(r, b);
	extra_tables(b, r);
	buf_adds(b, "</main>\n<footer>\n<p>Made by lbl-agree " LBL_VERSION ". The numbers are rounded; the records that the "
	         "run wrote have all digits. The manual lbl-agree(1) has the formulas.</p>\n</footer>\n</body>\n</html>\n");
}
