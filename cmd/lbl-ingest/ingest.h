/* ingest - what the parts of lbl-ingest share. */
#ifndef LBL_INGEST_H
#define LBL_INGEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "io/files.h"
#include "json/record.h"

struct ingest_options {
	const char *from, *as, *map, *field, *worker_key, *task_key;
	bool number, list;
};

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
