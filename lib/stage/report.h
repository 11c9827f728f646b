/* report - a page for people about one run of lbl-agree: an HTML file that needs nothing else.
 *
 * No script, no network, no font, no date: the same run gives the same bytes, for any
 * number of threads.  The page is well-formed XML as well as HTML, reads on paper and aloud, and each
 * figure's numbers stand in a table beside it.  Its size does not grow with the input: at most some
 * 2000 marks in a figure and 20 rows in a list (of a list in extra as many as it has).
 *
 * All text from the input is hostile.  It is escaped and cut, and what would be invisible or turn the
 * text around (controls, bidi overrides, zero widths) is shown by its number: part_text.
 */
#ifndef STAGE_REPORT_H
#define STAGE_REPORT_H

#include "stage/agree.h"
#include "stage/consensus.h"
#include "stage/judgement.h"

/* A table that some kind of task adds, behind the other sections.  Everything is text and is escaped here; numbers
 * come formatted. */
struct report_table {
	struct str section;             /* heading of the section, which those that follow with the same share.  Empty: one
	                                 * of its own with the title as heading */
	struct str title, note;         /* note: a sentence above the table; may be empty */
	const char *align;              /* a letter a column: 'l' text, 'r' numbers; their number is that of the columns */
	const struct str *head;         /* by column */
	const struct str *cell;         /* n_rows x columns, row-major; the first of a row names the row */
	size_t n_rows;                  /* 0: just the note is told */
};

/* Everything borrowed.  K is the number of classes. */
struct report {
	const struct agree_options *options;
	const struct agree_totals *totals;
	const struct str *agreement;            /* the agreement records, a line each */
	size_t n_agreement;

	/* of classes; NULL when there are no labels, or the values are no classes */
	const struct consensus *consensus;
	const struct str *text;                 /* K: the text of a class, as people write it */
	const uint32_t *gold;                   /* by task, AGREE_NO_GOLD = none (K and above: nobody said it);
	                                         * NULL = none at all */
	const struct judgement *judgement;      /* NULL unless gold has judged */

	/* instead of the block above: what report_classes has written, when the page comes after all of that is gone */
	struct str classes;

	const struct report_table *extra;
	size_t n_extra;
};

/* report_classes - append the sections that need r->consensus, for r->classes of a later report_html; wants of r
 * just options and the block of classes */
void report_classes(const struct report *r, struct buf *out);

/* report_html - append the page.  O(labels + tasks + workers log workers + K^2), and labels x K where that
 * is no more than 2^28: above, and where there are no posteriors, a confusion counts the winner alone. */
void report_html(const struct report *r, struct buf *out);

#endif
