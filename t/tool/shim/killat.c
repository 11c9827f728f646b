/* killat - die at the Nth system call that matters.  Preloaded by t/5300-payout-kill.t.
 *
 *	KILLAT=NAME:N   kill -9 right before the Nth call of that name
 *	KILLAT=NAME:N+  right after it
 *	KILLAT=NAME:N/  a write does half of its bytes first
 *	KILLAT_POWER=1  and the power fails: of the journal, what was not synced is lost
 *	KILLAT_LOG=F    append "NAME:N" of each call to F, one a line
 *	KILLAT_STATE=F  how much of the journal is synced, from run to run
 *
 * The journal is the file that is opened for appending.  Counted are the calls by
 * which the world can learn something: open, write, fsync, fdatasync, ftruncate,
 * flock, connect, send and recv; write-journal, write-stdout and write apart.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int journal = -1;
static struct {
	const char *name;
	long n;
} count[16];

static void die(void)
{
	const char *state = getenv("KILLAT_STATE");
	long synced = 0;

	if (getenv("KILLAT_POWER") && journal >= 0) {
		FILE *f = state ? fopen(state, "r") : NULL;
		if (f && fscanf(f, "%ld", &synced) != 1)
			synced = 0;
		syscall(SYS_ftruncate, journal, synced);
	}
	kill(getpid(), SIGKILL);
}

static void note_synced(int fd)
{
	const char *state = getenv("KILLAT_STATE");
	struct stat st;

	if (fd != journal || !state || fstat(fd, &st) != 0)
		return;
	FILE *f = fopen(state, "w");
	if (f) {
		fprintf(f, "%ld\n", (long)st.st_size);
		fclose(f);
	}
}

/* when: 0 before, '+' after, '/' in the middle */
static int now(const char *name, long n, int when)
{
	const char *at = getenv("KILLAT");
	size_t len = strlen(name);
	char *end;

	return at && strncmp(at, name, len) == 0 && at[len] == ':' && strtol(at + len + 1, &end, 10) == n &&
	       *end == when;
}

static long before(const char *name)
{
	const char *log = getenv("KILLAT_LOG");
	char line[64];
	int i = 0;

	while (count[i].name && strcmp(count[i].name, name) != 0)
		i++;
	count[i].name = name;
	count[i].n++;
	if (log) {
		long fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
		int n = snprintf(line, sizeof line, "%s:%ld\n", name, count[i].n);
		if (fd >= 0) {
			syscall(SYS_write, (int)fd, line, n);
			syscall(SYS_close, (int)fd);
		}
	}
	if (now(name, count[i].n, 0))
		die();
	return count[i].n;
}

static void after(const char *name, long n)
{
	int e = errno;

	if (now(name, n, '+'))
		die();
	errno = e;
}

#define REAL(ret, name, ...) \
	static ret (*real)(__VA_ARGS__); \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, name)

static int opened(int fd, int flags, long n)
{
	if (fd >= 0 && (flags & O_APPEND))
		journal = fd;
	after("open", n);
	return fd;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & O_CREAT ? va_arg(ap, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	REAL(int, "open", const char *, int, ...);
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	long n = before("open");
	return opened(real(path, flags, mode), flags, n);
}

int open64(const char *path, int flags, ...)
{
	REAL(int, "open64", const char *, int, ...);
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	long n = before("open");
	return opened(real(path, flags, mode), flags, n);
}

ssize_t write(int fd, const void *p, size_t n)
{
	REAL(ssize_t, "write", int, const void *, size_t);

	const char *name = fd == journal ? "write-journal" : fd == 1 ? "write-stdout" : "write";
	long nth = before(name);
	if (now(name, nth, '/')) {
		real(fd, p, n / 2);
		die();
	}
	ssize_t done = real(fd, p, n);
	after(name, nth);
	return done;
}

#define WRAP(ret, name, log, params, args, then) \
	ret name params \
	{ \
		static ret (*real) params; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		long nth = before(log); \
		ret r = real args; \
		then; \
		after(log, nth); \
		return r; \
	}

WRAP(int, fsync, "fsync", (int fd), (fd), if (r == 0) note_synced(fd))
WRAP(int, fdatasync, "fdatasync", (int fd), (fd), if (r == 0) note_synced(fd))
WRAP(int, ftruncate, "ftruncate", (int fd, off_t n), (fd, n), (void)0)
WRAP(int, ftruncate64, "ftruncate", (int fd, off64_t n), (fd, n), (void)0)
WRAP(int, flock, "flock", (int fd, int op), (fd, op), (void)0)
WRAP(int, connect, "connect", (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), (void)0)
WRAP(ssize_t, send, "send", (int fd, const void *p, size_t n, int f), (fd, p, n, f), (void)0)
WRAP(ssize_t, recv, "recv", (int fd, void *p, size_t n, int f), (fd, p, n, f), (void)0)
