/* columns - which column of a table becomes which field of a record. */
#ifndef INGEST_COLUMNS_H
#define INGEST_COLUMNS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum { COLUMNS_MAX = 12 };              /* fields of a kind */

struct columns_field;

struct columns {
	bool number;                    /* values are numbers: set by the caller */
	bool list;                      /* values are lists, separated by ';': set by the caller */

	/* private */
	const char *kind;
	const struct columns_field *field;
	size_t n_fields;
	struct str want[COLUMNS_MAX];   /* column names, from --map */
	bool mapped;
	size_t at[COLUMNS_MAX];         /* 1 + index of the column, 0 = none */
	struct str *name;               /* the header */
	size_t n_names;
	struct arena names, maps;
};

/* columns_kind - start for records of a kind: label, task, gold, worker or review.
 * *c is zeroed, but for what the caller sets. */
void columns_kind(struct columns *c, const char *kind);

/* columns_map - FIELD=COLUMN, separated by commas.  A column name may hold anything; one
 * with a comma is put in quotes, and a quote in it doubled then.  Once mapped, no column
 * is taken only because of its name.  What is wrong is a usage error. */
bool columns_map(struct columns *c, struct str spec, struct err *e);

enum columns_got {
	COLUMNS_OK,
	COLUMNS_ABSENT,         /* a column that was asked for is not there, */
	COLUMNS_TWICE,          /* or there twice */
	COLUMNS_UNMAPPED,       /* no column for a required field */
};

/* columns_header - the first row.  Unless COLUMNS_OK, *e says what is wrong and
 * columns_list says what there is. */
enum columns_got columns_header(struct columns *c, const struct str *cell, size_t n, struct err *e);
void columns_list(const struct columns *c, struct buf *b);

/* columns_none - a row that is no record: one without a gold answer, when gold is made.
 * Tables of labels have a gold column that is filled in here and there. */
bool columns_none(const struct columns *c, const struct str *cell);

/* columns_put - append the record of a row, without a newline.  The row must have as
 * many cells as the header.  false and *e when a cell is not what its field wants; what
 * the kind's own reader checks (identifiers, amounts) is left to it. */
bool columns_put(const struct columns *c, const struct str *cell, struct buf *b, struct err *e);

void columns_release(struct columns *c);

#endif
