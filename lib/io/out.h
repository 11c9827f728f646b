/* out - standard output: every byte of it, sealed with an end mark, or a loud failure.
 *
 * One per process.  Counts and hashes what it writes, because the last record
 * of a stream says how many lines came before it and what they were
 * (lbl-records(5), rule 9).
 */
#ifndef IO_OUT_H
#define IO_OUT_H

#include "base/buf.h"

/* out_open - start writing; unbuffered: each line goes out at once */
void out_open(bool unbuffered);

/* out_line - one line; the newline is added here */
void out_line(struct str line);

/* out_lines - text that already consists of whole lines, each with its newline */
void out_lines(struct str text);

/* out_close - write the end mark, flush, close, check.  Dies with 74 when any of it fails. */
void out_close(void);

/* out_close_text - the same without a mark, for text that is no stream of records */
void out_close_text(void);

#endif
