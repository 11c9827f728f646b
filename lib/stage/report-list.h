/* report-list - the few of many that deserve a look, as a table of the page: the least certain tasks, the worst
 * workers.  Usage
 *
 *	static void row(const void *ctx, uint32_t i, struct report_row *r)
 *	{
 *		row_text(r, name of i);
 *		row_fixed(r, skill of i, 4);
 *	}
 *
 *	report_keep_list(&s->report, &(struct report_list){ .title = "...", .head = "Worker|Skill", .align = "lr",
 *	                 .key = skill, .n = n, .most = 20, .row = row, .ctx = ctx });
 */
#ifndef STAGE_REPORT_LIST_H
#define STAGE_REPORT_LIST_H

#include "stage/report-keep.h"

enum { REPORT_FEW = 20 };       /* rows, mostly */

struct report_row;              /* the cells of one, written from left to right, as many as there are columns */

struct report_list {
	struct str section;     /* as in struct report_table */
	const char *title, *note;       /* note: NULL = none; what is left out is said behind it */
	const char *method;             /* told before the note; NULL = not told */
	const char *head;       /* a heading a column, with | between them */
	const char *align;      /* as in struct report_table */
	const double *key;      /* n: the lowest come first, equal ones by their number; NaN: not in the list.  NULL = 0 .. */
	size_t n, most;         /* rows there could be, rows there are at most */
	void (*row)(const void *ctx, uint32_t i, struct report_row *r);
	const void *ctx;
};

/* report_keep_list - O(n most) at worst, O(n) where keys have no order.  Nothing where no page is wanted. */
void report_keep_list(struct report_keep *k, const struct report_list *l);

void row_text(struct report_row *r, struct str s);                      /* copied; escaped and cut later */
void row_number(struct report_row *r, uint64_t n);
void row_fixed(struct report_row *r, double x, unsigned digits);        /* NaN: "none" */
void row_real(struct report_row *r, double x, double unit);             /* to three digits of unit, a typical size */
void row_share(struct report_row *r, double share);                     /* percent */

#endif
