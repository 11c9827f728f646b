#include "ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/progress.h"
#include "json/write.h"

enum { BLOCK = 1 << 20 };

/* ---- files ---------------------------------------------------------------- */

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

/* the name of the input that is this open file, or NULL; a terminal may be both */
static const char *input_that_is(const struct input *in, int fd)
{
	struct stat a, b;

	if (fstat(fd, &a) != 0 || S_ISCHR(a.st_mode))
		return NULL;
	for (size_t i = 0; i < in->n; i++)
		if (fstat(in->fds[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return in->names[i];
	return NULL;
}

/* What is opened for rejects is emptied, so it must be none that is read, nor the output. */
static void open_rejects(struct input *in, const char *name)
{
	struct stat st, out;
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || fstat(fd, &st) != 0)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
	if (input_that_is(in, fd))
		cli_usage("--rejects %s: is the input", name);
	if (!S_ISCHR(st.st_mode) && fstat(1, &out) == 0 && st.st_dev == out.st_dev && st.st_ino == out.st_ino)
		cli_usage("--rejects %s: is the output", name);
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
	in->reject_file = fdopen(fd, "w");
	if (!in->reject_file)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
}

/* a file that grows by what is read from it would never end */
static void refuse_own_output(const struct input *in)
{
	struct stat out;

	if (fstat(1, &out) == 0 && S_ISREG(out.st_mode) && input_that_is(in, 1))
		cli_usage("%s: is the input and the output", input_that_is(in, 1));
}

void input_open(struct input *in, char **names, int n)
{
	static char stdin_name[] = "-", *stdin_only[] = { stdin_name };
	bool have_stdin = false;

	in->names = n ? names : stdin_only;
	in->n = n ? (size_t)n : 1;
	in->fds = mem_alloc(in->n, sizeof *in->fds);
	for (size_t i = 0; i < in->n; i++) {
		if (str_is(str_of(in->names[i]), "-")) {
			if (have_stdin)
				cli_usage("\"-\" stands twice: standard input can be read once");
			have_stdin = true;
		}
		in->fds[i] = open_one(in->names[i]);
	}
	refuse_own_output(in);
	if (opt_common()->rejects)
		open_rejects(in, opt_common()->rejects);
}

bool input_read(struct input *in, size_t file, struct buf *b)
{
	buf_need(b, BLOCK);
	for (;;) {
		ssize_t n = read(in->fds[file], b->p + b->n, b->cap - b->n - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			cli_die(LBL_NOINPUT, "%s: %s", in->names[file], strerror(errno));
		b->n += (size_t)n;
		b->p[b->n] = '\0';
		return n > 0;
	}
}

int input_close(struct input *in)
{
	for (size_t i = 0; i < in->n; i++)
		close(in->fds[i]);
	free(in->fds);
	if (in->reject_file) {
		bool good = !ferror(in->reject_file);
		if (fclose(in->reject_file) != 0 || !good)
			cli_die(LBL_IOERR, "%s: %s", opt_common()->rejects, strerror(errno));
		if (in->rejects)
			cli_warn("%llu bad record%s written to %s", (unsigned long long)in->rejects,
			         in->rejects == 1 ? "" : "s", opt_common()->rejects);
	}
	return in->rejects ? LBL_FOUND : LBL_OK;
}

/* ---- what is wrong -------------------------------------------------------- */

void input_die(const struct input *in, size_t file, uintmax_t line, const struct err *e, int status, const char *tail)
{
	const char *name = in->names[file];
	char place[300], byte[40] = "";

	progress_end();
	if (in->n == 1 && str_is(str_of(name), "-"))
		snprintf(place, sizeof place, "line %ju", line);
	else
		snprintf(place, sizeof place, "%.250s:%ju", name, line);
	if (e->byte)
		snprintf(byte, sizeof byte, " (byte %zu)", e->byte);
	cli_die(status, "%s: %s%s%s", place, e->msg, byte, tail);
}

static void write_reject(struct input *in, const char *name, uintmax_t line, const struct err *e, struct str raw)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"reject\"");
	json_put_kstr(&b, "file", str_of(name));
	json_put_kuint(&b, "line", line);
	json_put_kstr(&b, "error", str_of(e->msg));
	if (json_utf8(raw)) {
		json_put_kstr(&b, "raw", raw);
	} else {
		buf_adds(&b, ",\"raw_hex\":\"");
		hex_put(&b, (const uint8_t *)raw.p, raw.n);
		buf_addc(&b, '"');
	}
	buf_adds(&b, "}\n");
	if (fwrite(b.p, 1, b.n, in->reject_file) != b.n)
		cli_die(LBL_IOERR, "%s: %s", opt_common()->rejects, strerror(errno));
	buf_release(&b);
}

void input_bad(struct input *in, size_t file, uintmax_t line, const struct err *e, struct str raw)
{
	if (!in->reject_file)
		input_die(in, file, line, e, LBL_DATAERR, "");
	write_reject(in, in->names[file], line, e, raw);
	in->rejects++;
}
