/* killat - die at the Nth system call that matters, and what else can befall a process.
 * Preloaded by t/5300-payout-kill.t, t/5310-payout-every-kill.t and t/torture.
 *
 *	KILLAT=NAME:N     kill -9 right before the Nth call of that name; of any, when it is "any"
 *	KILLAT=NAME:N+    right after it
 *	KILLAT=NAME:N/    a write does half of its bytes first
 *	KILLAT_POWER=1    and the power fails: of the journal, what was not synced is lost, and
 *	                  all of it while its folder was not
 *	KILLAT_FULL=N:M   the disk is full for M writes to the journal, from the Nth on; half of
 *	                  the first one fits
 *	KILLAT_SYNC=N     the Nth fsync or fdatasync says that the disk is broken
 *	KILLAT_STUCK=1    and what a disk refused can then not be cut off either
 *	KILLAT_CLOCK=N:S  the clocks leap S seconds ahead when one is read for the Nth time
 *	KILLAT_WARP=K     sleep takes a Kth of its time, and the clocks do not tell
 *	KILLAT_SEED=S     choose all of the above but KILLAT_WARP by this number
 *	KILLAT_LOG=F      append "NAME:N" of each call to F, one a line
 *	KILLAT_STATE=F    how much of the journal is synced, from run to run
 *	KILLAT_DONE=F     append the name of each fault that came to pass to F, one a line
 *
 * The journal is the file that is opened for appending.  Counted are the calls by
 * which the world can learn something: open, write, fsync, fdatasync, ftruncate,
 * flock, rename, connect, send and recv; write-journal, write-stdout and write apart.
 * Between two of them the world learns nothing: dead after one is dead before the next.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAL(ret, name, ...) \
	static ret (*real)(__VA_ARGS__); \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, name)

/* ---- what is to happen ----------------------------------------------------------------- */

static struct {
	char name[32], when;            /* when: 0 before, '+' after, '/' in the middle */
	long nth;
	bool power, stuck;
	long full, full_many, sync, clock, leap_s, warp;
} plan;

static uint64_t state;

/* splitmix64, below a bound */
static long chance(uint64_t bound)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (long)((z ^ z >> 31) % bound);
}

static void kill_at(const char *name, long nth, char when)
{
	snprintf(plan.name, sizeof plan.name, "%s", name);
	plan.nth = nth;
	plan.when = when;
}

/* Most runs are killed: early as often as late, and often in the middle of a write. */
static void choose(const char *seed)
{
	static const long leaps[] = { 20, 150, 4000, 90000 };

	state = strtoull(seed, NULL, 10) * 0x2545f4914f6cdd1d;
	if (chance(8) < 6)
		kill_at("any", 1 + chance(UINT64_C(8) << chance(9)), 0);
	else if (chance(2))
		kill_at("write-journal", 1 + chance(6), chance(2) ? '/' : '+');
	plan.power = chance(2);
	plan.stuck = chance(2);
	if (chance(6) == 0) {
		plan.full = 1 + chance(4);
		plan.full_many = 1 + chance(100);
	}
	if (chance(12) == 0)
		plan.sync = 1 + chance(6);
	if (chance(3) == 0) {
		plan.clock = 1 + chance(2000);
		plan.leap_s = leaps[chance(4)];
	}
}

/* "N" or "N:M" */
static void numbers(const char *text, long *n, long *m)
{
	char *end;

	if (!text)
		return;
	*n = strtol(text, &end, 10);
	if (m && *end == ':')
		*m = strtol(end + 1, NULL, 10);
}

__attribute__((constructor)) static void read_plan(void)
{
	const char *at = getenv("KILLAT"), *colon = at ? strchr(at, ':') : NULL;
	char *end;

	if (getenv("KILLAT_SEED"))
		choose(getenv("KILLAT_SEED"));
	if (colon) {
		long nth = strtol(colon + 1, &end, 10);
		kill_at(at, nth, *end);
		plan.name[colon - at] = '\0';
	}
	plan.power |= getenv("KILLAT_POWER") != NULL;
	plan.stuck |= getenv("KILLAT_STUCK") != NULL;
	numbers(getenv("KILLAT_FULL"), &plan.full, &plan.full_many);
	numbers(getenv("KILLAT_SYNC"), &plan.sync, NULL);
	numbers(getenv("KILLAT_CLOCK"), &plan.clock, &plan.leap_s);
	numbers(getenv("KILLAT_WARP"), &plan.warp, NULL);
}

/* ---- what has happened ----------------------------------------------------------------- */

static int journal = -1;
static struct {
	const char *name;
	long n;
} count[20] = { { "any", 0 } };

static void tell(const char *variable, const char *line)
{
	const char *path = getenv(variable);
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;

	if (fd < 0)
		return;
	syscall(SYS_write, (int)fd, line, strlen(line));
	syscall(SYS_close, (int)fd);
}

static void die(void)
{
	const char *path = getenv("KILLAT_STATE");
	long synced = 0;

	if (plan.power && journal >= 0) {
		FILE *f = path ? fopen(path, "r") : NULL;
		if (f && fscanf(f, "%ld", &synced) != 1)
			synced = 0;
		syscall(SYS_ftruncate, journal, synced);
	}
	tell("KILLAT_DONE", plan.power ? "power\n" : "kill\n");
	kill(getpid(), SIGKILL);
}

/* A file that is new is on disk only when its folder is. */
static void note_synced(int fd)
{
	static bool folder;
	static long synced;
	const char *path = getenv("KILLAT_STATE");
	struct stat st;

	if (!path || fstat(fd, &st) != 0 || (fd != journal && !S_ISDIR(st.st_mode)))
		return;
	if (S_ISDIR(st.st_mode))
		folder = true;
	else
		synced = (long)st.st_size;
	FILE *f = folder || access(path, F_OK) == 0 ? fopen(path, "w") : NULL;
	if (f) {
		fprintf(f, "%ld\n", synced);
		fclose(f);
	}
}

static bool now(const char *name, long n, char when)
{
	if (when != plan.when || !plan.nth)
		return false;
	return (strcmp(plan.name, name) == 0 && n == plan.nth) ||
	       (strcmp(plan.name, "any") == 0 && count[0].n == plan.nth);
}

static long before(const char *name)
{
	char line[64];
	int i = 1;

	while (count[i].name && strcmp(count[i].name, name) != 0)
		i++;
	count[i].name = name;
	count[i].n++;
	count[0].n++;
	snprintf(line, sizeof line, "%s:%ld\n", name, count[i].n);
	tell("KILLAT_LOG", line);
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

/* ---- files ----------------------------------------------------------------------------- */

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

#define OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		REAL(int, #name, const char *, int, ...); \
		va_list ap; \
		va_start(ap, flags); \
		mode_t mode = mode_of(flags, ap); \
		va_end(ap); \
		long n = before("open"); \
		return opened(real(path, flags, mode), flags, n); \
	}

OPEN(open)
OPEN(open64)

static ssize_t real_write(int fd, const void *p, size_t n)
{
	REAL(ssize_t, "write", int, const void *, size_t);

	return real(fd, p, n);
}

static bool refused;    /* the disk has refused something, and nothing was cut off since */

static ssize_t write_or_full(int fd, const void *p, size_t n, long nth)
{
	if (fd != journal || !plan.full || nth < plan.full || nth >= plan.full + plan.full_many)
		return real_write(fd, p, n);
	tell("KILLAT_DONE", "full\n");
	refused = true;
	if (nth == plan.full && n > 1)
		return real_write(fd, p, n / 2);
	errno = ENOSPC;
	return -1;
}

ssize_t write(int fd, const void *p, size_t n)
{
	const char *name = fd == journal ? "write-journal" : fd == 1 ? "write-stdout" : "write";
	long nth = before(name);

	if (now(name, nth, '/')) {
		real_write(fd, p, n / 2);
		die();
	}
	ssize_t done = write_or_full(fd, p, n, nth);
	after(name, nth);
	return done;
}

static int sync_fd(const char *name, int (*real)(int), int fd)
{
	static long syncs;
	long nth = before(name);
	int r = -1;

	if (++syncs == plan.sync) {
		tell("KILLAT_DONE", "sync\n");
		refused = true;
		errno = EIO;
	} else {
		r = real(fd);
		if (r == 0)
			note_synced(fd);
	}
	after(name, nth);
	return r;
}

static int cut(int (*real)(int, off64_t), int fd, off64_t n)
{
	long nth = before("ftruncate");
	int r = -1;

	if (refused && plan.stuck) {
		tell("KILLAT_DONE", "stuck\n");
		errno = EIO;
	} else {
		r = real(fd, n);
	}
	refused = false;
	after("ftruncate", nth);
	return r;
}

int fsync(int fd)
{
	REAL(int, "fsync", int);
	return sync_fd("fsync", real, fd);
}

int fdatasync(int fd)
{
	REAL(int, "fdatasync", int);
	return sync_fd("fdatasync", real, fd);
}

int ftruncate(int fd, off_t n)
{
	REAL(int, "ftruncate64", int, off64_t);
	return cut(real, fd, n);
}

int ftruncate64(int fd, off64_t n)
{
	REAL(int, "ftruncate64", int, off64_t);
	return cut(real, fd, n);
}

/* ---- the rest -------------------------------------------------------------------------- */

#define WRAP(ret, name, params, args) \
	ret name params \
	{ \
		static ret (*real) params; \
		if (!real) \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		long nth = before(#name); \
		ret r = real args; \
		after(#name, nth); \
		return r; \
	}

WRAP(int, flock, (int fd, int op), (fd, op))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(ssize_t, send, (int fd, const void *p, size_t n, int f), (fd, p, n, f))
WRAP(ssize_t, recv, (int fd, void *p, size_t n, int f), (fd, p, n, f))

/* ---- time ------------------------------------------------------------------------------ */

static int64_t ahead_ns;

static struct timespec plus(struct timespec t, int64_t ns)
{
	ns += t.tv_nsec;
	return (struct timespec){ t.tv_sec + ns / 1000000000, ns % 1000000000 };
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	static long n;
	REAL(int, "clock_gettime", clockid_t, struct timespec *);
	int r = real(id, t);

	if (++n == plan.clock) {
		tell("KILLAT_DONE", "clock\n");
		ahead_ns += (int64_t)plan.leap_s * 1000000000;
	}
	*t = plus(*t, ahead_ns);
	return r;
}

int nanosleep(const struct timespec *t, struct timespec *left)
{
	REAL(int, "nanosleep", const struct timespec *, struct timespec *);
	int64_t ns = (int64_t)t->tv_sec * 1000000000 + t->tv_nsec, real_ns = plan.warp > 1 ? ns / plan.warp : ns;
	struct timespec short_time = plus((struct timespec){ 0, 0 }, real_ns);

	ahead_ns += ns - real_ns;
	return real(&short_time, left);
}
