#include "io/stream.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/progress.h"
#include "io/spool.h"

enum { BLOCK = 4 << 20 };

void stream_open(struct stream *s, char **names, int n)
{
	unsigned flags = s->on_bad ? FILES_NO_REJECTS | FILES_APPEND : opt_common()->only ? FILES_APPEND : 0;

	/* with --only nothing is printed before the input has ended, so a log may be added to in that way */
	files_open(&s->files, names, n, flags);
	mark_init(&s->mark);
	s->cap = BLOCK;
	s->block = mem_alloc(s->cap, 1);
	s->sealed = true;
	s->file = files_only_stdin(&s->files) ? NULL : s->files.name[0];
}

/* ---- what is wrong, and what happens then ------------------------------- */

void stream_die(const struct stream *s, const struct err *e)
{
	files_die(&s->files, s->at, s->line_no, e, LBL_DATAERR, "");
}

void stream_bad(struct stream *s, const struct err *e)
{
	if (s->on_bad)
		s->on_bad(s->ctx, s, e);
	else
		files_bad(&s->files, s->at, s->line_no, e, s->line);
}

/* ---- lines --------------------------------------------------------------- */

static void next_file(struct stream *s)
{
	s->sealed = s->sealed && s->marked;
	close(s->files.fd[s->at]);
	s->files.fd[s->at] = -1;
	s->at++;
	s->eof = s->marked = false;
	s->from = s->to = 0;
	s->line_no = 0;
	mark_reset(&s->mark);
	if (s->at < s->files.n)
		s->file = s->files.name[s->at];
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
		size_t n = files_read(&s->files, s->at, s->block + s->to, s->cap - s->to);
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
	while (s->at < s->files.n) {
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
	if (opt_common()->only || s->on_bad || s->no_pass)
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
	if (!s->sealed && !s->raw && !s->on_bad)
		cli_note("the input has no end mark: it may have been cut short");
	int status = files_close(&s->files, "line");
	json_record_release(&s->rec);
	arena_release(&s->scratch);
	mark_release(&s->mark);
	free(s->block);
	return status;
}
