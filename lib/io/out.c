#include "io/out.h"

#include <errno.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/hex.h"
#include "io/cli.h"
#include "io/progress.h"
#include "rec/mark.h"

enum { BLOCK = 256 << 10, DIRECT = 64 << 10 };  /* bytes that are worth a write; that are not worth a copy */

static struct buf pending;
static uint64_t pending_lines;
static struct mark mark;
static bool unbuffered;

static void write_all(const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(1, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			progress_end();
			cli_at_exit(NULL);
			cli_die(LBL_IOERR, "cannot write to standard output: %s", strerror(errno));
		}
		p += w;
		n -= (size_t)w;
	}
}

static void flush(void)
{
	mark_add(&mark, pending.p, pending.n, pending_lines);
	write_all(pending.p, pending.n);
	buf_reset(&pending);
	pending_lines = 0;
}

/* What is there goes out; without an end mark, so a reader knows. */
static void flush_at_exit(void)
{
	if (pending.n)
		flush();
}

void out_open(bool no_buffer)
{
	mark_init(&mark);
	unbuffered = no_buffer || isatty(1);
	cli_at_exit(flush_at_exit);
}

static uint64_t count_lines(struct str text)
{
	uint64_t n = 0;

	for (const char *p = text.p, *end = p + text.n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

void out_lines(struct str text)
{
	if (text.n >= DIRECT) {
		flush();
		mark_add(&mark, text.p, text.n, count_lines(text));
		write_all(text.p, text.n);
		return;
	}
	pending_lines += count_lines(text);
	buf_addstr(&pending, text);
	if (pending.n >= BLOCK || unbuffered)
		flush();
}

void out_line(struct str line)
{
	buf_addstr(&pending, line);
	buf_addc(&pending, '\n');
	pending_lines++;
	if (pending.n >= BLOCK || unbuffered)
		flush();
}

void out_close(void)
{
	struct buf end = BUF_INIT;

	flush();
	mark_put(&mark, cli_tool(), &end);
	buf_addc(&end, '\n');
	write_all(end.p, end.n);
	buf_release(&end);
	out_close_text();
}

void out_close_text(void)
{
	flush();
	buf_release(&pending);
	mark_release(&mark);
	cli_at_exit(NULL);
	if (close(1) != 0)
		cli_die(LBL_IOERR, "cannot close standard output: %s", strerror(errno));
}
