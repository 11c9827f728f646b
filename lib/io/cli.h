/* cli - how every command starts, speaks and ends.
 *
 * Only lib/io and cmd/ print or exit.  stdout is data; all words for people go
 * to stderr, one message a write(2), with control bytes made harmless.
 */
#ifndef IO_CLI_H
#define IO_CLI_H

#include <stdbool.h>

#include "base/err.h"

/* The exit statuses of every command: lbl-records(5), rule 11. */
enum {
	LBL_OK = 0,
	LBL_FOUND = 1,          /* done, and there is something to look at */
	LBL_USAGE = 64,
	LBL_DATAERR = 65,       /* bad input */
	LBL_NOINPUT = 66,       /* a file cannot be read */
	LBL_UNAVAILABLE = 69,   /* a service (RPC) cannot be reached */
	LBL_SOFTWARE = 70,
	LBL_OSERR = 71,
	LBL_IOERR = 74,         /* disk full included */
	LBL_TEMPFAIL = 75,      /* try again later */
	LBL_NOPERM = 77,
	LBL_CONFIG = 78,
};

/* cli_start - first call of main: descriptors 0 to 2 exist (a closed one is filled
 * so that using it fails, never swallows), SIGPIPE ends the process quietly, the
 * tool has a name for its messages. */
void cli_start(const char *tool);

const char *cli_tool(void);

/* cli_quiet - drop cli_note from now on; cli_warn and cli_die stay */
void cli_quiet(bool on);

/* cli_note - information for a person; silent with -q */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* cli_warn - something is odd; always said */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* cli_die - say it and exit with the status.  Output written so far is flushed
 * without an end mark, so that a reader sees that it was cut short. */
_Noreturn void cli_die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* cli_usage - cli_die with status 64 and a hint to --help */
_Noreturn void cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* cli_leaving - the status that cli_die is exiting with, for what runs then; -1 before */
int cli_leaving(void);

/* cli_at_exit - called by cli_die before it exits; lib/io/out.c flushes here */
void cli_at_exit(void (*fn)(void));

/* cli_lockdown - from here on no file can be opened (Landlock where the kernel
 * has it, nothing elsewhere).  Call it when every input is open. */
void cli_lockdown(void);

/* cli_lockdown_but_rename - the same, but names below the folder that descriptor dir is may still be
 * given and taken away (io/whole.h); no file can be opened there either.  dir -1: no folder. */
void cli_lockdown_but_rename(int dir);

#endif
