/* spool - lines held back until it is decided that they may be printed.
 *
 * Commands that decide money print nothing before the whole input is read and
 * valid.  The first 64 MiB stay in memory, the rest goes to an unlinked
 * temporary file ($TMPDIR, else /tmp).  Dies with 74 when that cannot be written.
 */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include <stdio.h>

#include "base/buf.h"

struct spool {
	struct buf head;
	FILE *file;             /* NULL until the head is full */
};

/* spool_add - bytes of a line; a newline is added when they do not end with one */
void spool_add(struct spool *s, struct str line);

/* spool_print - everything to standard output (io/out.h), in order; the spool is empty after */
void spool_print(struct spool *s);

void spool_release(struct spool *s);

#endif
