#include "io/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__linux__) && __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#endif

static const char *tool = "lbl";
static bool quiet;
static void (*at_exit)(void);
static int leaving = -1;

/* A closed standard descriptor would be taken by the next open(), and a record
 * would end up in somebody's file.  It is filled in the contrary mode, so that
 * reading a closed stdin or writing a closed stdout fails instead of vanishing. */
static void fill_std_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
				_exit(LBL_OSERR);
}

void cli_start(const char *name)
{
	fill_std_fds();
	signal(SIGPIPE, SIG_DFL);       /* cron and Python ignore it, and we would inherit that */
	tool = name;
}

const char *cli_tool(void)
{
	return tool;
}

void cli_quiet(bool on)
{
	quiet = on;
}

void cli_at_exit(void (*fn)(void))
{
	at_exit = fn;
}

/* Quoted input may hold terminal escapes: the control bytes of ASCII, and those from
 * U+0080 to U+009F, one of which starts an escape sequence too. */
static void tame(char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i], next = i + 1 < n ? (unsigned char)s[i + 1] : 0;
		if (c < 0x20 || c == 0x7f)
			s[i] = '?';
		else if (c == 0xc2 && next >= 0x80 && next <= 0x9f)
			s[i] = s[i + 1] = '?';
	}
}

static void speak(const char *fmt, va_list ap)
{
	char line[1024];
	int n = snprintf(line, sizeof line, "%s: ", tool);
	size_t used = (size_t)n;

	n = vsnprintf(line + used, sizeof line - used - 1, fmt, ap);
	if (n < 0)
		n = 0;
	used += (size_t)n;
	if (used > sizeof line - 2)
		used = sizeof line - 2;
	tame(line, used);
	line[used++] = '\n';
	for (size_t done = 0; done < used; ) {
		ssize_t w = write(2, line + done, used - done);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return;         /* nobody listens; there is no one left to tell */
		done += (size_t)w;
	}
}

void cli_note(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
}

void cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
}

int cli_leaving(void)
{
	return leaving;
}

static _Noreturn void leave(int status)
{
	void (*fn)(void) = at_exit;

	at_exit = NULL;                 /* fn may die itself */
	leaving = status;
	if (fn)
		fn();
	exit(status);
}

void cli_die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(fmt, ap);
	va_end(ap);
	leave(status);
}

void cli_usage(const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	cli_die(LBL_USAGE, "%s (see %s --help)", msg, tool);
}

#if defined(HAVE_LANDLOCK) && !defined(LBL_SANITIZE)
void cli_lockdown_but_rename(int dir)
{
	static const uint64_t by_abi[] = { 0, 0x1fff, 0x3fff, 0x7fff };   /* file rights of ABI 1, 2, 3 */
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* LANDLOCK_CREATE_RULESET_VERSION */);

	if (abi < 1)
		return;
	struct landlock_ruleset_attr all = { .handled_access_fs = by_abi[abi > 3 ? 3 : abi] };
	long fd = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0u);
	if (fd < 0)
		return;
	struct landlock_path_beneath_attr names = {
		.allowed_access = LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG, .parent_fd = dir,
	};
	if (dir >= 0 && syscall(SYS_landlock_add_rule, (int)fd, LANDLOCK_RULE_PATH_BENEATH, &names, 0u) != 0) {
		close((int)fd);
		return;         /* with no such rule the rename would fail at the very end */
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		syscall(SYS_landlock_restrict_self, (int)fd, 0u);
	close((int)fd);
}
#else
void cli_lockdown_but_rename(int dir)
{
	/* the sanitizers' symbolizer opens files, and other systems have no Landlock */
	(void)dir;
}
#endif

void cli_lockdown(void)
{
	cli_lockdown_but_rename(-1);
}
