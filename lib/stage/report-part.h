/* report-part - what pages for people are written with.  For lib/stage/report*.c and lib/stage/score-*.c. */
#ifndef STAGE_REPORT_PART_H
#define STAGE_REPORT_PART_H

#include "base/buf.h"

/* ---- text ------------------------------------------------------------------------------- */

/* part_text - text from the input, escaped for content and for attributes.
 *
 *   most  columns at most, a wide character being two: of longer text the beginning and the end, with
 *         an ellipsis between
 * Controls, bidi controls, zero widths, line separators, tags and non-characters become <U+202E> in angle
 * quotes; bytes that are no UTF-8 become U+FFFD. */
void part_text(struct buf *b, struct str s, size_t most);

/* part_name - the same in HTML, kept apart from its surroundings in direction: <bdi> */
void part_name(struct buf *b, struct str s);

/* part_plain - the same for a terminal: nothing is escaped for HTML, what is hidden is shown by its number all the same */
void part_plain(struct buf *b, struct str s, size_t most);

/* ---- numbers ------------------------------------------------------------------------------ */

/* part_fixed - x with so many digits behind the point (at most 9), halves away from zero; a real minus sign,
 * none before a zero.  Beyond 1e15, and not finite: in words. */
void part_fixed(struct buf *b, double x, unsigned digits);
void part_percent(struct buf *b, double share);         /* 0.1234: "12.3 %" */
void part_count(struct buf *b, uint64_t n);             /* groups of three from 10000 on */
void part_coord(struct buf *b, double x);               /* for SVG: one digit, ASCII */

/* part_n - "1 label", "2 labels" */
void part_n(struct buf *b, uint64_t n, const char *one, const char *many);

/* ---- tables -------------------------------------------------------------------------------- */

/* part_table - begin a table.
 *
 *   caption  HTML
 *   head     n headings, HTML; align: 'l' or 'r' a column
 * A row is row_count or row_name, or row_begin, the heading's HTML and row_headed; then its cells; then row_end.
 * After the last one part_table_end. */
void part_table(struct buf *b, const char *caption, const char *const *head, const char *align);
void part_table_end(struct buf *b);

void row_begin(struct buf *b, bool number);
void row_headed(struct buf *b);
void row_name(struct buf *b, struct str s);
void row_said(struct buf *b, const char *html);
void row_end(struct buf *b);

void cell_begin(struct buf *b, bool number);
void cell_end(struct buf *b);
void cell_name(struct buf *b, struct str s);
void cell_said(struct buf *b, const char *html);
void cell_count(struct buf *b, uint64_t n);
void cell_fixed(struct buf *b, double x, unsigned digits);
void cell_percent(struct buf *b, double share);

/* ---- figures -------------------------------------------------------------------------------- */

/* part_figure - begin a figure: what lies inside is SVG in a box of width x height.
 *
 *   id     of the figure, unique in the page
 *   title  what it shows, HTML; desc: what can be seen in it, in words */
void part_figure(struct buf *b, const char *id, unsigned width, unsigned height, const char *title,
                 const char *desc);
void part_figure_end(struct buf *b, const char *caption);

/* An axis: values lo .. hi are drawn from .. to. */
struct axis {
	double lo, hi, from, to;
	double step;            /* between ticks */
	unsigned digits;        /* of the numbers at the ticks */
};

/* axis_of - an axis that holds lo .. hi, its ends on ticks, with about `ticks` of them */
struct axis axis_of(double lo, double hi, unsigned ticks, double from, double to);

double axis_at(const struct axis *a, double x);         /* beyond the ends: the end */

/* axis_x, axis_y - ticks, their numbers, and lines across from a to b */
void axis_x(struct buf *b, const struct axis *a, double top, double bottom);
void axis_y(struct buf *b, const struct axis *a, double left, double right);

void part_line(struct buf *b, const char *class, double x1, double y1, double x2, double y2);
void part_dot(struct buf *b, const char *class, double x, double y, double radius);

/* part_label - open a text; the caller writes it and closes it with </text> */
void part_label(struct buf *b, const char *class, double x, double y);

/* ---- the few best of many --------------------------------------------------------------------- */

enum { TOP = 20 };

struct top {
	uint32_t id[TOP];
	size_t n;
};

/* top_add - keep id when it is among the first TOP by the total order `before` */
void top_add(struct top *t, uint32_t id, bool (*before)(const void *ctx, uint32_t a, uint32_t b), const void *ctx);

/* ---- the sections ------------------------------------------------------------------------------- */

struct report;
struct consensus;

/* page_begin - everything up to <body>, and a link that jumps to the element with id "main".  The page may fetch and run
 * nothing, whatever it holds. */
void page_begin(struct buf *b, const char *title, const char *tool);

/* section_begin - a part of <main> with a heading of its own */
void section_begin(struct buf *b, const char *id, const char *title);
void section_end(struct buf *b);

void section_run(struct buf *b, const struct report *r);
void section_agreement(struct buf *b, const struct report *r);
void section_confusion(struct buf *b, const struct report *r);
void section_workers(struct buf *b, const struct report *r);
void section_tasks(struct buf *b, const struct report *r);
void section_gold(struct buf *b, const struct report *r);
void section_balance(struct buf *b, const struct report *r);

/* The probabilities of a task: of class[i], or where class is NULL of i; n = 0 where the method has none. */
struct posterior {
	const double *q;
	const uint32_t *class;
	size_t n;
};
struct posterior report_posterior(const struct consensus *c, uint32_t task);
bool report_has_posteriors(const struct consensus *c);

/* report_confidence - of the consensus on a task, as its record has it */
double report_confidence(const struct consensus *c, uint32_t task);

/* report_style - the style sheet */
extern const char report_style[];

#endif
