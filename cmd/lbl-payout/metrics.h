/* metrics - what a run has done, for Prometheus: a file for the textfile collector of its node exporter.
 *
 * Written when the process ends, well or not (but not when it is killed): whole in a file
 * beside it, then renamed.  A run that ends before it has read its journal leaves the figures
 * that come from there out; the time of the last success is carried over from the file that
 * is there.  Names, units and what they count: lbl-payout(1).
 * Source: Prometheus, "Exposition formats", text format 0.0.4.  Tests: t/5285-payout-metrics.t.
 */
#ifndef LBL_PAYOUT_METRICS_H
#define LBL_PAYOUT_METRICS_H

#include "journal.h"

/* metrics_start - from here on the end of the process writes the file; path NULL: nothing will be written.
 * metrics_end - write it now: the status is that of the process.  Nothing when it was written. */
void metrics_start(const char *path);
void metrics_end(int status);

/* metrics_watch - input and journal of the run, read when the file is written, or by
 * metrics_collect when they are about to go */
void metrics_watch(const struct input *in, const struct journal *j);
void metrics_collect(void);

/* metrics_payment - a payment above 0, or a root or claim, and what became of it; NULL: nobody has signed it.  Where it is never
 * called, payments are looked up in the journal by their ids, in its batches and its transfers.
 * metrics_queue - what waits.  The default are the queued batches of the journal, or its open nonces where there
 * are no batches.
 * metrics_receipt - a receipt that this run has come to believe. */
void metrics_payment(const enum outcome *o, struct u256 amount);
void metrics_queue(size_t n);
void metrics_receipt(uint64_t gas, struct u256 price);

#endif
