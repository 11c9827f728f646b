/* ingest - what the parts of lbl-ingest share. */
#ifndef LBL_INGEST_H
#define LBL_INGEST_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/record.h"

struct ingest_options {
	const char *from, *as, *map, *field, *worker_key, *task_key;
	bool number, list;
};

/* ---- input.c: files that are not records --------------------------------- */

struct input {
	char **names;
	int *fds;
	size_t n;
	FILE *reject_file;
	uint64_t rejects;
};

/* input_open - every file, as stream_open does it */
void input_open(struct input *in, char **names, int n);

/* input_read - append what can be read at once; false at the end of the file */
bool input_read(struct input *in, size_t file, struct buf *b);

/* input_die - FILE:LINE: MESSAGE, and exit with the status; tail may be empty */
_Noreturn void input_die(const struct input *in, size_t file, uintmax_t line, const struct err *e, int status,
                         const char *tail);

/* input_bad - exit with 65, or with --rejects write the text there and go on */
void input_bad(struct input *in, size_t file, uintmax_t line, const struct err *e, struct str raw);

/* input_close - returns LBL_OK, or LBL_FOUND when there were rejects */
int input_close(struct input *in);

/* ---- check.c -------------------------------------------------------------- */

/* check_kind - a record of a known kind must hold what lbl-records(5) says; others pass */
bool check_kind(struct str kind, const struct json_record *r, struct arena *a, struct err *e);

/* check_line - the same for a line that was just made */
bool check_line(struct str line, struct err *e);
void check_release(void);

/* ---- the sources: each reads all files and returns the exit status -------- */

int ingest_table(const struct ingest_options *o, char **names, int n);
int ingest_studio(const struct ingest_options *o, char **names, int n);

#endif
