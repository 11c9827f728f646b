#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io/cli.h"
#include "io/out.h"

enum { IN_MEMORY = 64 << 20, BLOCK = 1 << 16 };

static _Noreturn void cannot(const char *what)
{
	cli_die(LBL_IOERR, "temporary file: cannot %s: %s", what, strerror(errno));
}

static FILE *open_file(void)
{
	const char *dir = getenv("TMPDIR");
	struct buf name = BUF_INIT;

	buf_addf(&name, "%s/lbl.XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkstemp(name.p);
	if (fd < 0)
		cannot("create");
	unlink(name.p);
	buf_release(&name);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	FILE *f = fdopen(fd, "w+");
	if (!f)
		cannot("open");
	return f;
}

static void add_bytes(struct spool *s, const char *p, size_t n)
{
	if (!s->file && s->head.n + n <= IN_MEMORY) {
		buf_add(&s->head, p, n);
		return;
	}
	if (!s->file)
		s->file = open_file();
	if (fwrite(p, 1, n, s->file) != n)
		cannot("write");
}

void spool_add(struct spool *s, struct str line)
{
	add_bytes(s, line.p, line.n);
	if (line.n == 0 || line.p[line.n - 1] != '\n')
		add_bytes(s, "\n", 1);
}

void spool_print(struct spool *s)
{
	char block[BLOCK];
	size_t n;

	out_lines(buf_str(&s->head));
	if (s->file) {
		if (fflush(s->file) != 0 || fseeko(s->file, 0, SEEK_SET) != 0)
			cannot("read");
		while ((n = fread(block, 1, sizeof block, s->file)) > 0)
			out_lines((struct str){ block, n });
		if (ferror(s->file))
			cannot("read");
	}
	spool_release(s);
}

void spool_release(struct spool *s)
{
	buf_release(&s->head);
	if (s->file)
		fclose(s->file);
	s->file = NULL;
}
