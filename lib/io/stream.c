#include "io/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/progress.h"
#include "io/spool.h"
#include "json/write.h"

enum { BLOCK = 4 << 20 };

/* ---- opening ----------------------------------------------------------- */

static int open_input(const char *name)
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

/* `lbl-agree log >>log` would read its own output for ever.  With --only nothing
 * is printed before the input has ended, and a log may be added to in that way. */
static void refuse_own_output(const struct stream *s)
{
	struct stat out;

	if (opt_common()->only || s->on_bad || fstat(1, &out) != 0 || !S_ISREG(out.st_mode))
		return;
	for (size_t i = 0; i < s->n_files; i++)
		if (same_file(s->files[i].fd, &out))
			cli_usage("%s: is the input and the output", s->files[i].name);
}

/* Opening for writing empties the file, so it must be none that is read, nor the
 * output: a reject is no part of the stream. */
static void open_rejects(struct stream *s)
{
	const char *name = opt_common()->rejects;
	struct stat st;
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0 || fstat(fd, &st) != 0)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
	for (size_t i = 0; !S_ISCHR(st.st_mode) && i < s->n_files; i++)
		if (same_file(s->files[i].fd, &st))
			cli_usage("--rejects %s: is the input", name);
	if (!S_ISCHR(st.st_mode) && same_file(1, &st))
		cli_usage("--rejects %s: is the output", name);
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
	s->reject_file = fdopen(fd, "w");
	if (!s->reject_file)
		cli_die(LBL_IOERR, "%s: %s", name, strerror(errno));
}

void stream_open(struct stream *s, char **names, int n)
{
	static char stdin_name[] = "-", *stdin_only[] = { stdin_name };
	bool have_stdin = false;

	if (n == 0) {
		names = stdin_only;
		n = 1;
	}
	s->n_files = (size_t)n;
	s->files = mem_zalloc(s->n_files, sizeof *s->files);
	for (size_t i = 0; i < s->n_files; i++) {
		if (str_is(str_of(names[i]), "-")) {
			if (have_stdin)
				cli_usage("\"-\" stands twice: standard input can be read once");
			have_stdin = true;
		}
		s->files[i] = (struct stream_file){ names[i], open_input(names[i]) };
	}
	refuse_own_output(s);
	if (opt_common()->rejects && !s->on_bad)
		open_rejects(s);
	mark_init(&s->mark);
	s->cap = BLOCK;
	s->block = mem_alloc(s->cap, 1);
	s->sealed = true;
	s->file = s->n_files == 1 && have_stdin ? NULL : s->files[0].name;
}

/* ---- what is wrong, and what happens then ------------------------------- */

/* FILE:LINE: MESSAGE, or "line N: MESSAGE" where stdin is all there is */
static void describe(const struct stream *s, const struct err *e, char out[640])
{
	char col[40] = "";

	if (e->byte)
		snprintf(col, sizeof col, " (byte %zu)", e->byte);
	if (s->file)
		snprintf(out, 640, "%.250s:%ju: %s%s", s->file, s->line_no, e->msg, col);
	else
		snprintf(out, 640, "line %ju: %s%s", s->line_no, e->msg, col);
}

void stream_die(const struct stream *s, const struct err *e)
{
	char text[640];

	progress_end();
	describe(s, e, text);
	cli_die(LBL_DATAERR, "%s", text);
}

static void write_reject(struct stream *s, const struct err *e)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"reject\"");
	json_put_kstr(&b, "file", str_of(s->file ? s->file : "-"));
	json_put_kuint(&b, "line", s->line_no);
	json_put_kstr(&b, "error", str_of(e->msg));
	if (json_utf8(s->line)) {
		json_put_kstr(&b, "raw", s->line);
	} else {                        /* not UTF-8: no JSON string can hold it */
		buf_adds(&b, ",\"raw_hex\":\"");
		hex_put(&b, (const uint8_t *)s->line.p, s->line.n);
		buf_addc(&b, '"');
	}
	buf_adds(&b, "}\n");
	if (fwrite(b.p, 1, b.n, s->reject_file) != b.n)
		cli_die(LBL_IOERR, "%s: %s", opt_common()->rejects, strerror(errno));
	buf_release(&b);
}

void stream_bad(struct stream *s, const struct err *e)
{
	if (s->on_bad) {
		s->on_bad(s->ctx, s, e);
		return;
	}
	if (!s->reject_file)
		stream_die(s, e);
	write_reject(s, e);
	s->rejects++;
}

/* ---- lines --------------------------------------------------------------- */

static void next_file(struct stream *s)
{
	s->sealed = s->sealed && s->marked;
	close(s->files[s->at].fd);
	s->at++;
	s->eof = s->marked = false;
	s->from = s->to = 0;
	s->line_no = 0;
	mark_reset(&s->mark);
	if (s->at < s->n_files)
		s->file = s->files[s->at].name;
}

static size_t read_some(struct stream *s)
{
	for (;;) {
		ssize_t n = read(s->files[s->at].fd, s->block + s->to, s->cap - s->to);
		if (n >= 0)
			return (size_t)n;
		if (errno != EINTR) {
			progress_end();
			cli_die(LBL_NOINPUT, "%s: %s", s->files[s->at].name, strerror(errno));
		}
	}
}

/* More bytes behind those not yet read; false when the file has no more. */
static bool refill(struct stream *s)
{
	if (s->eof)
		return false;
	s->fills++;
	if (s->from) {
		memmove(s->block, s->block + s->from, s->to - s->from);
		s->to -= s->from;
		s->from = 0;
	}
	if (s->to == s->cap) {
		s->cap = mem_grow(s->cap, s->cap * 2);
		s->block = mem_realloc(s->block, s->cap, 1);
	}
	size_t before = s->to;
	do {
		size_t n = read_some(s);
		s->to += n;
		s->eof = n == 0;
	} while (s->fill && !s->eof && s->to < s->cap);
	return s->to > before;
}

static void too_long(struct stream *s)
{
	struct err e;

	s->line_no++;
	err_set(&e, "line is longer than %llu bytes (see --max-line)", (unsigned long long)opt_common()->max_line);
	stream_die(s, &e);
}

/* One line into s->bytes (as it stands) and s->line (its text); false at the end of the file. */
static bool next_line(struct stream *s)
{
	size_t seen = 0;
	char *nl;

	while (!(nl = memchr(s->block + s->from + seen, '\n', s->to - s->from - seen))) {
		seen = s->to - s->from;
		if (seen > opt_common()->max_line)
			too_long(s);
		if (!refill(s))
			break;
	}
	size_t n = nl ? (size_t)(nl - (s->block + s->from)) + 1 : s->to - s->from;
	if (n == 0)
		return false;
	if (n > opt_common()->max_line + 1)
		too_long(s);
	const char *p = s->block + s->from;
	s->from += n;
	if (s->line_no == 0 && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
		if (n == 0)
			return false;           /* nothing else in the file */
	}
	s->bytes = s->line = (struct str){ p, n };
	if (nl)
		s->line.n--;
	if (s->line.n && s->line.p[s->line.n - 1] == '\r')
		s->line.n--;
	s->line_no++;
	return true;
}

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t')
			return false;
	return true;
}

/* ---- records ------------------------------------------------------------- */

static void check_mark(struct stream *s)
{
	struct err e;

	s->marked = mark_check(&s->mark, &s->rec, &e);
	if (!s->marked && s->on_bad)
		s->on_bad(s->ctx, s, &e);
	else if (!s->marked)
		stream_die(s, &e);              /* no rejecting: what is wrong is the stream, not the line */
	s->at_mark = true;
	mark_reset(&s->mark);
}

static bool parse(struct stream *s)
{
	struct err e;

	if (!json_read(&s->rec, s->line, &e)) {
		stream_bad(s, &e);
		return false;
	}
	const struct json_field *kind = json_get(&s->rec, STR("kind"));
	if (kind && kind->type != JSON_STRING) {
		err_at(&e, kind->byte, "field \"kind\": expected a string, got %s", json_type_name(kind->type));
		stream_bad(s, &e);
		return false;
	}
	arena_reset(&s->scratch);
	s->kind = kind ? json_text(kind, &s->scratch) : STR("");
	return true;
}

bool stream_next(struct stream *s)
{
	s->at_mark = false;
	while (s->at < s->n_files) {
		if (!next_line(s)) {
			next_file(s);
			s->at_mark = true;
			continue;
		}
		if (is_blank(s->line)) {
			stream_pass(s);
			mark_add(&s->mark, s->bytes.p, s->bytes.n, 1);
			continue;
		}
		bool good = parse(s);
		if (good && str_is(s->kind, "end")) {
			check_mark(s);
			continue;
		}
		mark_add(&s->mark, s->bytes.p, s->bytes.n, 1);
		s->marked = false;
		if (!good)
			continue;
		s->records++;
		if ((s->records & 0xffff) == 0)
			progress("records read", s->records, 0);
		return true;
	}
	progress_end();
	return false;
}

void stream_pass(struct stream *s)
{
	if (opt_common()->only || s->on_bad)
		return;
	if (s->hold)
		spool_add(s->hold, s->bytes);
	else if (s->bytes.n && s->bytes.p[s->bytes.n - 1] == '\n')
		out_lines(s->bytes);
	else
		out_line(s->bytes);             /* the last line lacked its newline */
}

int stream_close(struct stream *s)
{
	for (; s->at < s->n_files; s->at++)
		close(s->files[s->at].fd);
	if (!s->sealed && !s->raw && !s->on_bad)
		cli_note("the input has no end mark: it may have been cut short");
	if (s->reject_file) {
		bool good = !ferror(s->reject_file);
		if (fclose(s->reject_file) != 0 || !good)
			cli_die(LBL_IOERR, "%s: %s", opt_common()->rejects, strerror(errno));
		if (s->rejects)
			cli_warn("%llu bad line%s written to %s", (unsigned long long)s->rejects,
			         s->rejects == 1 ? "" : "s", opt_common()->rejects);
	}
	json_record_release(&s->rec);
	arena_release(&s->scratch);
	mark_release(&s->mark);
	free(s->block);
	free(s->files);
	return s->rejects ? LBL_FOUND : LBL_OK;
}
