/* report-keep - what a page needs of a run, kept while the stage computes and lets go again.
 *
 * A stage whose `out` is set does
 *
 *	out = report_keep_begin(&s->report, out);       // and emits to that from now on
 *	...     report_keep_classes, report_keep_table
 *	report_keep_end(&s->report, &options, &totals); // the page is in s->report.out
 *
 * All copied.  Zeroed memory is empty, and wants no page. */
#ifndef STAGE_REPORT_KEEP_H
#define STAGE_REPORT_KEEP_H

#include "base/arena.h"
#include "base/buf.h"
#include "stage/stage.h"

struct agree_options;
struct agree_totals;
struct consensus;
struct report_table;

struct report_keep {
	struct buf *out;                /* borrowed; NULL: no page is wanted */
	/* private */
	struct buf agreement;           /* the records, each with its newline */
	struct buf classes;
	struct report_table *table;
	size_t n_tables;
	struct arena texts;
	struct sink tee, *to;
};

/* report_keep_begin - forget an earlier run; returns a sink that passes everything on to `to` and keeps the
 * agreement records */
struct sink *report_keep_begin(struct report_keep *k, struct sink *to);

/* report_keep_classes - text by class, gold by task as in struct report; of t what gold judged */
void report_keep_classes(struct report_keep *k, const struct agree_options *o, const struct agree_totals *t,
                         const struct consensus *c, const struct str *text, const uint32_t *gold);

/* report_keep_table - behind those there are */
void report_keep_table(struct report_keep *k, const struct report_table *t);

void report_keep_end(struct report_keep *k, const struct agree_options *o, const struct agree_totals *t);
void report_keep_release(struct report_keep *k);

#endif
