#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/progress.h"
#include "json/write.h"

/* ---- opening ----------------------------------------------------------------- */

static int open_one(const char *name)
{
	struct stat st;

	if (str_is(str_of(name), "-"))
		return 0;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cli_die(LBL_NOINPUT, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		cli_die(LBL_NOINPUT, "%s: is a directory", name);
	return fd;
}

static bool same_file(int fd, const struct stat *st)
{
	struct stat other;

	return fstat(fd, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* a terminal may be both */
const char *files_input_that_is(const struct files *f, const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return NULL;
	for (size_t i = 0; i < f->n; i++)
		if (same_file(f->fd[i], st))
			return f->name[i];
	return NULL;
}

/* `lbl-agree log >>log` would read its own output for ever. */
static void refuse_own_output(const struct files *f)
{
	struct stat out;

	if (fstat(1, &out) == 0 && S_ISREG(out.st_mode) && files_input_that_is(f, &out))
		cli_usage("%s: is the input and the output", files_input_that_is(f, &out));
}

/* Opening for writing empties the file, so it must be none that is read, nor the
 * output: a reject is no part of the stream. */
static void open_rejects(struct files *f, const char *name)
{
	struct stat st;
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || fstat(fd, &st) != 0)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
	if (files_input_that_is(f, &st))
		cli_usage("--rejects %s: is the input", name);
	if (!S_ISCHR(st.st_mode) && same_file(1, &st))
		cli_usage("--rejects %s: is the output", name);
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
	f->reject_file = fdopen(fd, "w");
	if (!f->reject_file)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
}

void files_open(struct files *f, char **names, int n, unsigned flags)
{
	static char stdin_name[] = "-", *stdin_only[] = { stdin_name };
	bool have_stdin = false;

	f->name = n ? names : stdin_only;
	f->n = n ? (size_t)n : 1;
	f->fd = mem_alloc(f->n, sizeof *f->fd);
	for (size_t i = 0; i < f->n; i++) {
		if (str_is(str_of(f->name[i]), "-")) {
			if (have_stdin)
				cli_usage("\"-\" stands twice: standard input can be read once");
			have_stdin = true;
		}
		f->fd[i] = open_one(f->name[i]);
	}
	if (!(flags & FILES_APPEND))
		refuse_own_output(f);
	if (opt_common()->rejects && !(flags & FILES_NO_REJECTS))
		open_rejects(f, opt_common()->rejects);
}

bool files_only_stdin(const struct files *f)
{
	return f->n == 1 && str_is(str_of(f->name[0]), "-");
}

size_t files_read(const struct files *f, size_t i, char *p, size_t most)
{
	for (;;) {
		ssize_t n = read(f->fd[i], p, most);
		if (n >= 0)
			return (size_t)n;
		if (errno != EINTR) {
			progress_end();
			cli_die(LBL_NOINPUT, "%s: %s", f->name[i], strerror(errno));
		}
	}
}

bool files_append(const struct files *f, size_t i, struct buf *b)
{
	enum { BLOCK = 1 << 20 };

	buf_need(b, BLOCK);
	size_t n = files_read(f, i, b->p + b->n, b->cap - b->n - 1);
	b->n += n;
	b->p[b->n] = '\0';
	return n > 0;
}

/* ---- what is wrong, and what happens then --------------------------------------- */

void files_die(const struct files *f, size_t i, uintmax_t line, const struct err *e, int status, const char *tail)
{
	char place[300], byte[40] = "";

	progress_end();
	if (files_only_stdin(f))
		snprintf(place, sizeof place, "line %ju", line);
	else
		snprintf(place, sizeof place, "%.250s:%ju", f->name[i], line);
	if (e->byte)
		snprintf(byte, sizeof byte, " (byte %zu)", e->byte);
	cli_die(status, "%s: %s%s%s", place, e->msg, byte, tail);
}

static void write_reject(struct files *f, size_t i, uintmax_t line, const struct err *e, struct str raw)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"reject\"");
	json_put_kstr(&b, "file", str_of(f->name[i]));
	json_put_kuint(&b, "line", line);
	json_put_kstr(&b, "error", str_of(e->msg));
	if (json_utf8(raw)) {
		json_put_kstr(&b, "raw", raw);
	} else {                        /* not UTF-8: no JSON string can hold it */
		buf_adds(&b, ",\"raw_hex\":\"");
		hex_put(&b, (const uint8_t *)raw.p, raw.n);
		buf_addc(&b, '"');
	}
	buf_adds(&b, "}\n");
	if (fwrite(b.p, 1, b.n, f->reject_file) != b.n)
		cli_die(LBL_IOERR, "%s: %s", opt_common()->rejects, strerror(errno));
	buf_release(&b);
}

void files_bad(struct files *f, size_t i, uintmax_t line, const struct err *e, struct str raw)
{
	if (!f->reject_file)
		files_die(f, i, line, e, LBL_DATAERR, "");
	write_reject(f, i, line, e, raw);
	f->rejects++;
}

int files_close(struct files *f, const char *what)
{
	int status = f->rejects ? LBL_FOUND : LBL_OK;

	for (size_t i = 0; i < f->n; i++)
		if (f->fd[i] >= 0)
			close(f->fd[i]);
	free(f->fd);
	if (f->reject_file) {
		bool good = !ferror(f->reject_file);
		if (fclose(f->reject_file) != 0 || !good)
			cli_die(LBL_IOERR, "%s: %s", opt_common()->rejects, strerror(errno));
		if (f->rejects)
			cli_warn("%llu bad %s%s written to %s", (unsigned long long)f->rejects, what,
			         f->rejects == 1 ? "" : "s", opt_common()->rejects);
	}
	return status;
}
