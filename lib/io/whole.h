/* whole - a file that appears whole or not at all: written beside its place, synced, and renamed.
 *
 *	whole_open(&page, "--report", name, &in.files);         // after the inputs, before the lockdown
 *	cli_lockdown_but_rename(page.dir);
 *	...
 *	whole_close(&page, text);                               // now it is there
 *
 * Until then the old file of that name stays as it is.  The temporary one, NAME.tmp-PID, goes when the command
 * ends by itself or by SIGHUP, SIGINT, SIGPIPE or SIGTERM.  A device or a pipe is written to directly.  One per
 * process. */
#ifndef IO_WHOLE_H
#define IO_WHOLE_H

#include "io/files.h"

struct whole {
	int dir;                /* where the name is; -1: a device or a pipe */
	/* private */
	const char *name;       /* as given, for messages */
	char *path, *temp;      /* owned; temp is NULL when there is none (any more) */
	const char *base, *temp_base;   /* their last parts */
	int fd;
};

/* whole_open - make the temporary file.  option: what named it, for messages.  Dies with 64 when it is an input,
 * the standard output or the file of --rejects, 74 when it cannot be made. */
void whole_open(struct whole *w, const char *option, const char *name, const struct files *in);

/* whole_close - write all of it and put it in its place; dies with 74 when any of that fails */
void whole_close(struct whole *w, struct str text);

#endif
