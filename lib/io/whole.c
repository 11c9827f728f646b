#include "io/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/cli.h"

/* ---- cleaning up ------------------------------------------------------------------------- */

static struct whole *pending;   /* one that has a temporary file */

static void remove_temp(void)
{
	if (pending && pending->temp)
		unlinkat(pending->dir, pending->temp_base, 0);
	pending = NULL;
}

/* unlinkat and raise may be called here; the default action follows when this returns */
static void on_signal(int sig)
{
	int was = errno;

	remove_temp();
	raise(sig);
	errno = was;
}

static void watch(struct whole *w)
{
	static const int deadly[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
	static bool registered;
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND }, was;

	pending = w;
	if (!registered && atexit(remove_temp) != 0)
		cli_die(LBL_OSERR, "atexit: %s", strerror(errno));
	registered = true;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
		if (sigaction(deadly[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
			sigaction(deadly[i], &act, NULL);
}

/* ---- opening ----------------------------------------------------------------------------- */

static _Noreturn void die(const struct whole *w)
{
	cli_die(LBL_IOERR, "%s: %s", w->name, strerror(errno));
}

static char *path_of(const char *text)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, text);
	return buf_detach(&b);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int open_folder(const char *path)
{
	const char *base = last_part(path);
	struct buf b = BUF_INIT;

	buf_add(&b, path, (size_t)(base - path));
	if (!b.n)
		buf_addc(&b, '.');
	int fd = open(b.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_release(&b);
	return fd;
}

static void refuse_clash(const struct files *in, const struct stat *st, const char *option, const char *name)
{
	struct stat other;

	if (files_input_that_is(in, st))
		cli_usage("%s %s: is the input", option, name);
	if (fstat(1, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino && !S_ISCHR(st->st_mode))
		cli_usage("%s %s: is the output", option, name);
	if (in->reject_file && fstat(fileno(in->reject_file), &other) == 0 && other.st_dev == st->st_dev &&
	    other.st_ino == st->st_ino && !S_ISCHR(st->st_mode))
		cli_usage("%s %s: is the file of --rejects", option, name);
}

/* Beside the file itself, not beside a link to it: the link stays one. */
static void make_temp(struct whole *w, const struct stat *old)
{
	struct buf b = BUF_INIT;

	w->path = old ? realpath(w->name, NULL) : path_of(w->name);
	if (!w->path)
		die(w);
	w->base = last_part(w->path);
	w->dir = open_folder(w->path);
	if (w->dir < 0)
		die(w);
	buf_addf(&b, "%s.tmp-%ld", w->base, (long)getpid());
	w->temp = buf_detach(&b);
	w->temp_base = w->temp;
	w->fd = openat(w->dir, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (w->fd < 0) {
		cli_die(LBL_IOERR, "%s: cannot make %s beside it: %s", w->name, w->temp, strerror(errno));
	}
	watch(w);
	if (old && fchmod(w->fd, old->st_mode & 0777) != 0)
		die(w);
}

void whole_open(struct whole *w, const char *option, const char *name, const struct files *in)
{
	struct stat st;
	bool there = stat(name, &st) == 0;

	*w = (struct whole){ .dir = -1, .name = name, .fd = -1 };
	if (str_is(str_of(name), "-") || !*name)
		cli_usage("%s wants the name of a file", option);
	if (there) {
		refuse_clash(in, &st, option, name);
		if (S_ISDIR(st.st_mode))
			cli_die(LBL_IOERR, "%s: is a directory", name);
	} else if (errno != ENOENT) {
		die(w);
	}
	if (!there || S_ISREG(st.st_mode)) {
		make_temp(w, there ? &st : NULL);
		return;
	}
	w->fd = open(name, O_WRONLY | O_CLOEXEC);
	if (w->fd < 0)
		die(w);
}

/* ---- closing ----------------------------------------------------------------------------- */

static bool write_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text.p += n;
		text.n -= (size_t)n;
	}
	return true;
}

void whole_close(struct whole *w, struct str text)
{
	if (!write_all(w->fd, text))
		die(w);
	if (w->temp && fsync(w->fd) != 0)
		die(w);
	if (close(w->fd) != 0)
		die(w);
	if (w->temp && renameat(w->dir, w->temp_base, w->dir, w->base) != 0)
		die(w);
	pending = NULL;
	if (w->temp) {
		fsync(w->dir);          /* the name too, where the system can */
		close(w->dir);
	}
	free(w->temp);
	free(w->path);
	*w = (struct whole){ .dir = -1, .fd = -1 };
}
