#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/cli.h"
#include "json/num.h"
#include "json/write.h"

static _Noreturn void cannot(const struct journal *j, const char *what)
{
	cli_die(LBL_IOERR, "%s: cannot %s the journal: %s", j->path, what, strerror(errno));
}

/* A new name in a folder is on disk only when the folder is. */
static void sync_folder(struct journal *j)
{
	struct str path = str_of(j->path);
	struct buf copy = BUF_INIT;

	buf_addstr(&copy, path);
	int fd = open(dirname(copy.p), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		cannot(j, "sync the folder of");
	close(fd);
	buf_release(&copy);
}

/* ---- what an attempt is --------------------------------------------------------- */

static struct attempt *add(struct journal *j, const struct signed_tx *t)
{
	if (j->n == j->cap) {
		j->cap = mem_grow(j->cap, j->n + 64);
		j->attempt = mem_realloc(j->attempt, j->cap, sizeof *j->attempt);
	}
	uint32_t p = intern(&j->payments, t->first);
	if (p >= j->cap_last) {
		j->cap_last = mem_grow(j->cap_last, (size_t)p + 64);
		j->last = mem_realloc(j->last, j->cap_last, sizeof *j->last);
	}
	j->last[p] = (uint32_t)j->n;
	j->attempt[j->n] = (struct attempt){ *t, OPEN, 0, 0 };
	return &j->attempt[j->n++];
}

struct attempt *journal_of(const struct journal *j, struct str payment)
{
	uint32_t p = intern_find(&j->payments, payment);

	return p == INTERN_NONE ? NULL : &j->attempt[j->last[p]];
}

/* ---- reading ---------------------------------------------------------------------- */

static bool read_mined(struct journal *j, const struct json_record *r, struct err *e)
{
	struct rec_receipt m;
	struct arena scratch = { 0 };
	bool good = rec_receipt(r, &scratch, &m, e);

	for (size_t i = j->n; good && i-- > 0; )
		if (str_eq(j->attempt[i].tx.hash, m.hash)) {
			j->attempt[i].outcome = m.status ? PAID : FAILED;
			j->attempt[i].block = m.block;
			j->attempt[i].gas = m.gas;
			arena_release(&scratch);
			return true;
		}
	if (good)
		good = err_set(e, "mined before it was tried");
	arena_release(&scratch);
	return good;
}

static bool read_line(struct journal *j, struct json_record *r, struct str line, struct err *e)
{
	struct signed_tx t;

	if (!json_read(r, line, e))
		return false;
	const struct json_field *kind = json_get(r, STR("kind"));
	if (!kind || kind->type != JSON_STRING)
		return err_set(e, "field \"kind\" is missing");
	if (str_is(kind->raw, "mined"))
		return read_mined(j, r, e);
	if (!str_is(kind->raw, "try"))
		return err_set(e, "unknown kind");
	if (!signed_tx_read(r, &j->text, &t, e) || !signed_tx_check(&t, NULL, e))
		return false;
	add(j, &t);
	return true;
}

static void read_all(struct journal *j, struct str text)
{
	struct json_record r = { 0 };
	struct err e;
	size_t line = 0;

	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n;
		line++;
		if (!read_line(j, &r, (struct str){ text.p, n }, &e))
			cli_die(LBL_DATAERR, "%s:%zu: the journal is damaged: %s", j->path, line, e.msg);
		text.p += n + 1;
		text.n -= n + 1;
	}
	json_record_release(&r);
}

/* What was not synced was not acted upon: a torn last line announces nothing. */
static size_t whole_lines(struct journal *j, const struct buf *b)
{
	size_t n = b->n;

	while (n && b->p[n - 1] != '\n')
		n--;
	if (n == b->n)
		return n;
	cli_warn("%s: %zu bytes of a torn last line are cut off", j->path, b->n - n);
	if (ftruncate(j->fd, (off_t)n) != 0 || fsync(j->fd) != 0)
		cannot(j, "mend");
	return n;
}

static void slurp(struct journal *j, struct buf *b)
{
	for (;;) {
		buf_need(b, 1 << 16);
		ssize_t n = read(j->fd, b->p + b->n, 1 << 16);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			cannot(j, "read");
		if (n == 0)
			return;
		b->n += (size_t)n;
	}
}

void journal_open(struct journal *j, const char *path)
{
	struct buf b = BUF_INIT;
	struct stat st;

	*j = (struct journal){ .path = path };
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (j->fd < 0)
		cannot(j, "open");
	if (fstat(j->fd, &st) != 0 || !S_ISREG(st.st_mode))
		cli_die(LBL_CONFIG, "%s: the journal is not a regular file", path);
	if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			cli_die(LBL_TEMPFAIL, "%s: another lbl-payout is using this journal", path);
		cannot(j, "lock");
	}
	sync_folder(j);
	slurp(j, &b);
	size_t n = whole_lines(j, &b);
	read_all(j, (struct str){ b.p, n });
	buf_release(&b);
}

/* ---- writing ------------------------------------------------------------------------ */

void put_tx_fields(struct buf *b, const struct signed_tx *t)
{
	json_put_kstr(b, "id", t->id);
	json_put_kstr(b, "hash", t->hash);
	json_put_kstr(b, "raw", t->raw);
	json_put_key(b, "from");
	buf_addc(b, '"');
	address_put_lower(b, &t->from);
	buf_adds(b, "\",\"to\":\"");
	address_put_lower(b, &t->to);
	buf_addc(b, '"');
	json_put_kuint(b, "nonce", t->nonce);
	json_put_kuint(b, "chain", t->chain);
	json_put_kraw(b, "payments", t->payments);
	buf_addc(b, '}');
}

void put_receipt_fields(struct buf *b, const struct attempt *a)
{
	json_put_kstr(b, "hash", a->tx.hash);
	json_put_kuint(b, "status", a->outcome == PAID);
	json_put_kuint(b, "block", a->block);
	json_put_kuint(b, "gas", a->gas);
	json_put_kraw(b, "payments", a->tx.payments);
	buf_addc(b, '}');
}

void journal_try(struct journal *j, const struct signed_tx *t)
{
	buf_adds(&j->pending, "{\"kind\":\"try\"");
	put_tx_fields(&j->pending, t);
	buf_addc(&j->pending, '\n');
	add(j, t);
}

void journal_mined(struct journal *j, struct attempt *a, bool ok, uint64_t block, uint64_t gas)
{
	a->outcome = ok ? PAID : FAILED;
	a->block = block;
	a->gas = gas;
	buf_adds(&j->pending, "{\"kind\":\"mined\"");
	put_receipt_fields(&j->pending, a);
	buf_addc(&j->pending, '\n');
}

void journal_sync(struct journal *j)
{
	if (!j->pending.n)
		return;
	for (size_t done = 0; done < j->pending.n; ) {
		ssize_t n = write(j->fd, j->pending.p + done, j->pending.n - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			cannot(j, "write");
		done += (size_t)n;
	}
	if (fdatasync(j->fd) != 0)      /* never tried again: the kernel may have dropped the pages */
		cannot(j, "sync");
	buf_reset(&j->pending);
}

void journal_close(struct journal *j)
{
	close(j->fd);
	arena_release(&j->text);
	intern_release(&j->payments);
	buf_release(&j->pending);
	free(j->attempt);
	free(j->last);
}
