/* stream - the records that a command reads: files in order, one object a line.
 *
 * The rules of lines (lbl-records(5)) are applied here, once for every command:
 * LF ends a line, a CR before it is dropped, a BOM at the start of a file is
 * skipped, the last line may lack its LF, blank lines are skipped but counted,
 * a line over --max-line is refused before memory grows.  End marks are checked
 * and dropped.  A bad line ends the command with status 65, or goes to --rejects.
 *
 *	stream_open(&in, argv + i, argc - i);
 *	while (stream_next(&in)) {
 *		if (!take(&in.rec, &e))
 *			stream_bad(&in, &e);    // does not return without --rejects
 *		else
 *			stream_pass(&in);
 *	}
 *	status = stream_close(&in);
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "base/arena.h"
#include "io/files.h"
#include "json/record.h"
#include "rec/mark.h"

struct spool;

struct stream {
	/* the current record: borrowed until the next stream_next */
	struct json_record rec;
	struct str kind;        /* its "kind"; empty when it has none */
	struct str line;        /* its text, without newline */
	const char *file;       /* NULL when stdin is the only input */
	uintmax_t line_no;

	/* true when stream_next has returned false */
	uint64_t records;
	bool sealed;            /* every file ended with a matching end mark */
	bool at_mark;           /* an end mark, or the start of a file, stood right before the current record */

	bool fill;              /* set by a command that reads in bulk: wait until a whole block is there */
	bool whole;             /* set by a command that reads in bulk and wants more of labels than task, worker and value */
	bool no_pass;           /* set by a command whose output is small beside its input, and no log: nothing passes */
	bool raw;               /* set by a command whose input has no end mark by nature: no note about it */
	struct spool *hold;     /* set by a command that prints nothing before it has read all: where
	                         * stream_pass and blank lines go instead of the output */

	/* lenient reading, for an auditor: called for a bad line or mark instead of dying
	 * (a line over --max-line still ends the command) */
	void (*on_bad)(void *ctx, const struct stream *s, const struct err *e);
	void *ctx;

	/* private */
	struct files files;
	size_t at;              /* the file being read */
	char *block;
	size_t cap, from, to;   /* unread bytes are block[from .. to-1] */
	uint64_t fills;         /* how often bytes were read or moved: slices into block are good until then */
	struct str bytes;       /* the current line as it stood, newline included */
	struct mark mark;
	struct arena scratch;   /* for the current record */
	bool eof, marked;
};

/* stream_open - open every file (none = stdin, "-" = stdin once) and the file of --rejects;
 * dies with 66 when one cannot be read, 64 when "-" stands twice or when a file would be
 * read and written at once. */
void stream_open(struct stream *s, char **names, int n);

/* stream_next - read the next record into s->rec; false at the end of the input.
 * End marks and blank lines never show here. */
bool stream_next(struct stream *s);

/* stream_bad - the current record is bad input for the reason *e: die with 65, or
 * with --rejects write it there, count it and go on. */
void stream_bad(struct stream *s, const struct err *e);

/* stream_die - what stream_bad does without --rejects: for errors that leave no
 * way to go on, such as two scores for one worker. */
_Noreturn void stream_die(const struct stream *s, const struct err *e);

/* stream_pass - copy the current line to the output (or to s->hold), byte for byte, unless --only */
void stream_pass(struct stream *s);

/* stream_close - close the files; warn when the input was not sealed, tell the
 * rejects; returns LBL_OK, or LBL_FOUND when there were rejects. */
int stream_close(struct stream *s);

#endif
