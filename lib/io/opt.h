/* opt - one table says what a command takes: the parser, --help and the check
 * of the manual all read it, so they cannot drift apart.
 *
 * Long options are --name VALUE or --name=VALUE, never abbreviated; options stop
 * at the first operand or at "--"; "-" is an operand (stdin).  A usage error is
 * one line on stderr and exit status 64.
 */
#ifndef IO_OPT_H
#define IO_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_type {
	OPT_END,        /* ends a table */
	OPT_FLAG,       /* target: bool */
	OPT_STR,        /* target: const char *; borrowed from argv */
	OPT_UINT,       /* target: uint64_t, from min to max */
	OPT_NUM,        /* target: double, finite, from min to max */
	OPT_CHOICE,     /* target: const char *; one of the words in arg, separated by '|' */
	OPT_LIST,       /* target: struct opt_list; each use adds a text */
};

enum { OPT_LIST_MAX = 8 };

struct opt_list {
	const char *text[OPT_LIST_MAX];         /* borrowed from argv */
	size_t n;
};

struct opt {
	char letter;            /* short option, or 0 */
	const char *name;
	enum opt_type type;
	const char *arg;        /* what the manual calls the value: "N", "FILE", "mv|ds" */
	void *target;           /* holds the default before, the value after */
	const char *help;
	double min, max;        /* for OPT_UINT and OPT_NUM; both 0 = any */
};

struct opt_spec {
	const char *usage;      /* what follows the tool's name: "[options] [file ...]" */
	const char *about;      /* one or two sentences */
	const struct opt *opts; /* ends with OPT_END */
};

/* Options that every command has. */
struct opt_common {
	bool quiet;             /* -q, --quiet */
	bool only;              /* --only: no pass-through */
	bool unbuffered;        /* --unbuffered: flush after every record */
	const char *rejects;    /* --rejects FILE */
	uint64_t max_line;      /* --max-line BYTES */
};

/* opt_parse - read the options; returns the index of the first operand.
 * Answers --help and --version itself (stdout, exit 0).  Does not return on a
 * usage error. */
int opt_parse(int argc, char **argv, const struct opt_spec *spec);

/* The common options as parsed; defaults before opt_parse. */
const struct opt_common *opt_common(void);

/* opt_given - was this long option on the command line? */
bool opt_given(const char *name);

#endif
