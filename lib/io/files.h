/* files - the inputs of a command and its file of rejects: opened, read, complained about.
 *
 * The rules are the same for records and for raw data: no file on the command line is
 * stdin, "-" is stdin and may stand once, a folder is no file, and nothing is read
 * and written at once.
 */
#ifndef IO_FILES_H
#define IO_FILES_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

struct files {
	char **name;            /* as given; "-" is stdin */
	int *fd;
	size_t n;
	FILE *reject_file;      /* of --rejects, or NULL */
	uint64_t rejects;
};

enum {
	FILES_NO_REJECTS = 1,   /* leave --rejects alone: an auditor has no use for it */
	FILES_APPEND = 2,       /* the output may be an input: nothing is printed before all is read */
};

/* files_open - open every file, and that of --rejects; dies with 66 when one cannot be
 * read, 64 when "-" stands twice or a file would be read and written at once */
void files_open(struct files *f, char **names, int n, unsigned flags);

/* files_read - once from file i; 0 at its end; dies with 66 */
size_t files_read(const struct files *f, size_t i, char *p, size_t most);

/* files_append - append to *b what can be read at once; false at the end of the file */
bool files_append(const struct files *f, size_t i, struct buf *b);

/* files_die - "FILE:LINE: MESSAGE (byte N)TAIL", or "line N: ..." where stdin is all
 * there is, and exit with the status */
_Noreturn void files_die(const struct files *f, size_t i, uintmax_t line, const struct err *e, int status,
                         const char *tail);

/* files_bad - die with 65, or with --rejects write the text there, whole, and count it */
void files_bad(struct files *f, size_t i, uintmax_t line, const struct err *e, struct str raw);

/* files_input_that_is - the name of the input that is this file, or NULL */
struct stat;
const char *files_input_that_is(const struct files *f, const struct stat *st);

/* files_only_stdin - is stdin all there is?  Then a line needs no file to name its place. */
bool files_only_stdin(const struct files *f);

/* files_close - returns LBL_OK, or LBL_FOUND when there were rejects, which it tells; what a
 * reject is to the user (a line, a record) is for the caller to say */
int files_close(struct files *f, const char *what);

#endif
