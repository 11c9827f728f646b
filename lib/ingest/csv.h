/* csv - rows of comma or tab separated text.
 *
 * RFC 4180, and what real exports need beyond it:
 *
 *   a row ends with CR LF or LF; the last one may lack it
 *   a field that starts with a quote goes on to the closing quote: separators and line
 *     ends inside are data, a doubled quote is a quote; a quote further on in a field
 *     that does not start with one is data
 *   lines with nothing but spaces and tabs are skipped, but counted
 *   a byte order mark at the start of the file is skipped
 *
 * Refused: text behind a closing quote, a quote that is never closed, a CR without LF
 * outside of quotes, NUL, and what is no UTF-8.  No input or output here: the caller
 * hands in what it has read, and reads more when told so.  Rows of unequal length are
 * the caller's affair.
 */
#ifndef INGEST_CSV_H
#define INGEST_CSV_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum csv_got {
	CSV_ROW,
	CSV_MORE,               /* the text ends inside a row */
	CSV_END,
	CSV_BAD,
};

struct csv {
	char sep;               /* ',' or '\t': set by the caller; all else zeroed at the start of a file */

	/* the row, after CSV_ROW: borrowed from the text, or valid until the next call */
	struct str *cell;
	size_t n;
	struct str raw;         /* its text without the line end; after CSV_BAD too */
	uintmax_t line;         /* its first line in the file, from 1 */

	uintmax_t bad_line;     /* after CSV_BAD: where; err.byte counts from the start of that line */
	bool lost;              /* after CSV_BAD: there is no telling where the next row starts */
	bool open;              /* after CSV_MORE: inside of quotes, */
	uintmax_t open_line;    /* which opened here */

	/* private */
	size_t cap;
	uintmax_t lines;        /* read so far */
	bool started;
	struct arena scratch;   /* fields that had doubled quotes */
};

/* csv_next - the first row of text.
 *
 *   text  what was read and not yet used; starts where the last *used ended
 *   last  nothing follows the text
 *   used  out: bytes to drop from text before the next call, set whatever is returned
 *   e     filled when CSV_BAD
 * After CSV_MORE call again with more text (or last).  A row is scanned again from its
 * start then, so the caller should at least double a text that was not enough.  After
 * CSV_BAD the next call goes on behind the bad row, unless c->lost.  O(*used) */
enum csv_got csv_next(struct csv *c, struct str text, bool last, size_t *used, struct err *e);

/* csv_release - give the memory back; c is as before the first call, but for sep */
void csv_release(struct csv *c);

#endif
