/* killat - die at the Nth system call that matters.  Preloaded by t/5300-payout-kill.t.
 *
 *	KILLAT=N        kill -9 right before the Nth call of those below
 *	KILLAT=N+       right after it
 *	KILLAT=N/       a write does half of its bytes first
 *	KILLAT_POWER=1  and the power fails: of the journal, what was not synced is lost
 *	KILLAT_LOG=F    append the name of each call to F, one a line
 *	KILLAT_STATE=F  how much of the journal is synced, from run to run
 *
 * The journal is the file that is opened for appending.  Counted are the calls by
 * which the world can learn something: open, write, fsync, fdatasync, ftruncate,
 * flock, connect, send and recv.
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
static long calls;

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
static int now(int when)
{
	const char *at = getenv("KILLAT");
	char *end;

	return at && strtol(at, &end, 10) == calls && *end == when;
}

static void before(const char *name)
{
	const char *log = getenv("KILLAT_LOG");
	char line[32];

	calls++;
	if (log) {
		long fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
		int n = snprintf(line, sizeof line, "%s\n", name);
		if (fd >= 0) {
			syscall(SYS_write, (int)fd, line, n);
			syscall(SYS_close, (int)fd);
		}
	}
	if (now(0))
		die();
}

static void after(void)
{
	int e = errno;

	if (now('+'))
		die();
	errno = e;
}

#define REAL(ret, name, ...) \
	static ret (*real)(__VA_ARGS__); \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, name)

static int opened(int fd, int flags)
{
	if (fd >= 0 && (flags & O_APPEND))
		journal = fd;
	after();
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
	before("open");
	return opened(real(path, flags, mode), flags);
}

int open64(const char *path, int flags, ...)
{
	REAL(int, "open64", const char *, int, ...);
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	before("open");
	return opened(real(path, flags, mode), flags);
}

ssize_t write(int fd, const void *p, size_t n)
{
	REAL(ssize_t, "write", int, const void *, size_t);

	before(fd == journal ? "write-journal" : fd == 1 ? "write-stdout" : "write");
	if (now('/')) {
		real(fd, p, n / 2);
		die();
	}
	ssize_t done = real(fd, p, n);
	after();
	return done;
}

#define WRAP(ret, name, log, params, args, then) \
	ret name params \
	{ \
		static ret (*real) params; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		before(log); \
		ret r = real args; \
		then; \
		after(); \
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
