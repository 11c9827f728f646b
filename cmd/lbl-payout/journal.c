#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
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
	struct buf copy = BUF_INIT;

	buf_adds(&copy, j->path);
	int fd = open(dirname(copy.p), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		cannot(j, "sync the folder of");
	close(fd);
	buf_release(&copy);
}

/* ---- what an attempt is --------------------------------------------------------- */

struct nonce_key {
	char b[28];
};

static struct str nonce_key(struct nonce_key *k, const struct address *from, uint64_t nonce)
{
	memcpy(k->b, from->b, 20);
	memcpy(k->b + 20, &nonce, 8);
	return (struct str){ k->b, sizeof k->b };
}

struct attempt *journal_of(const struct journal *j, struct str payment)
{
	uint32_t p = intern_find(&j->payments, payment);

	return p == INTERN_NONE ? NULL : &j->attempt[j->last[p]];
}

struct attempt *journal_nonce(const struct journal *j, const struct address *from, uint64_t nonce)
{
	struct nonce_key k;
	uint32_t i = intern_find(&j->nonces, nonce_key(&k, from, nonce));

	return i == INTERN_NONE ? NULL : &j->attempt[i];
}

uint64_t journal_next_nonce(const struct journal *j, const struct address *from)
{
	uint64_t next = 0;

	for (size_t i = 0; i < j->n; i++)
		if (address_eq(&j->attempt[i].tx.from, from) && j->attempt[i].tx.nonce >= next)
			next = j->attempt[i].tx.nonce + 1;
	return next;
}

bool journal_is_open(const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->attempt[i].outcome == OPEN)
			return true;
	return false;
}

bool journal_tried(const struct journal *j, const struct attempt *a, struct str hash)
{
	uint32_t i = intern_find(&j->hashes, hash);

	return i != INTERN_NONE && &j->attempt[j->tries[i].attempt] == a;
}

static bool eighth_more(struct u256 new, struct u256 old)
{
	struct u256 a, b;

	return u256_mul(&a, new, u256_of(8)) && u256_mul(&b, old, u256_of(9)) && u256_cmp(a, b) >= 0;
}

/* May t stand in for the last try of an open attempt?  It must do the same, for more. */
static bool replaces(const struct attempt *a, const struct signed_tx *t, struct err *e)
{
	struct buf old_raw = BUF_INIT, new_raw = BUF_INIT;
	struct tx old, new;
	struct err ignored;

	bool good = a->outcome == OPEN && str_eq(a->tx.first, t->first) && a->tx.chain == t->chain &&
		hex_get_any(a->tx.raw, &old_raw) && hex_get_any(t->raw, &new_raw) &&
		tx_parse(buf_str(&old_raw), &old, NULL, NULL, &ignored) &&
		tx_parse(buf_str(&new_raw), &new, NULL, NULL, &ignored) &&
		old.type == new.type && old.gas == new.gas && address_eq(&old.to, &new.to) &&
		u256_cmp(old.value, new.value) == 0 && str_eq(old.data, new.data) &&
		str_eq(old.access_list, new.access_list) &&
		eighth_more(new.max_fee, old.max_fee) && eighth_more(new.tip, old.tip);
	buf_release(&old_raw);
	buf_release(&new_raw);
	return good || err_set(e, "a second transaction with nonce %llu", (unsigned long long)t->nonce);
}

/* Does one more try fit behind those there are? */
static bool fits(const struct journal *j, const struct signed_tx *t, struct err *e)
{
	const struct attempt *before = journal_of(j, t->first), *same = journal_nonce(j, &t->from, t->nonce);

	if (intern_find(&j->hashes, t->hash) != INTERN_NONE)
		return err_set(e, "a transaction that was tried before");
	if (same)
		return replaces(same, t, e);
	if (before && before->outcome != FAILED)
		return err_set(e, "a second transaction for a payment whose first has not failed");
	return true;
}

static uint32_t new_attempt(struct journal *j, const struct signed_tx *t)
{
	struct nonce_key k;

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
	BUG_ON(intern(&j->nonces, nonce_key(&k, &t->from, t->nonce)) != j->n);
	j->attempt[j->n] = (struct attempt){ .first_try = (uint32_t)j->n_tries, .last_try = NO_TRY };
	return (uint32_t)j->n++;
}

static void add(struct journal *j, const struct signed_tx *t)
{
	struct attempt *a = journal_nonce(j, &t->from, t->nonce);
	uint32_t i = a ? (uint32_t)(a - j->attempt) : new_attempt(j, t);

	if (j->n_tries == j->cap_tries) {
		j->cap_tries = mem_grow(j->cap_tries, j->n_tries + 64);
		j->tries = mem_realloc(j->tries, j->cap_tries, sizeof *j->tries);
	}
	BUG_ON(intern(&j->hashes, t->hash) != j->n_tries);
	j->tries[j->n_tries] = (struct tried){ *t, i, j->attempt[i].last_try };
	j->attempt[i].last_try = (uint32_t)j->n_tries++;
	j->attempt[i].tx = *t;
}

static void set_mined(struct journal *j, uint32_t tried, bool ok, uint64_t block, uint64_t gas)
{
	struct attempt *a = &j->attempt[j->tries[tried].attempt];

	a->tx = j->tries[tried].tx;
	a->outcome = ok ? PAID : FAILED;
	a->was_mined = true;
	a->block = block;
	a->gas = gas;
}

/* ---- reading ---------------------------------------------------------------------- */

static bool read_mined(struct journal *j, const struct json_record *r, struct err *e)
{
	struct rec_receipt m;
	struct arena scratch = { 0 };

	bool good = rec_receipt(r, &scratch, &m, e);
	uint32_t i = good ? intern_find(&j->hashes, m.hash) : INTERN_NONE;
	if (good && i == INTERN_NONE)
		good = err_set(e, "mined before it was tried");
	if (good && m.status > 1)
		good = err_set(e, "field \"status\": expected 0 or 1");
	if (good)
		set_mined(j, i, m.status, m.block, m.gas);
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
		return journal_read_batch(j, kind->raw, r, e);
	if (!tx_read(r, &j->text, &t, e) || !signed_tx_check(&t, NULL, e) || !fits(j, &t, e))
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
	if (ftruncate(j->fd, (off_t)n) != 0)
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

static void open_locked(struct journal *j)
{
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);       /* over a file size limit: an error like a full disk, not a death */
	j->fd = open(j->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644);
	if (j->fd < 0)
		cannot(j, "open");
	if (fstat(j->fd, &st) != 0 || !S_ISREG(st.st_mode))
		cli_die(LBL_CONFIG, "%s: the journal is not a regular file", j->path);
	if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			cli_die(LBL_TEMPFAIL, "%s: another lbl-payout is using this journal", j->path);
		cannot(j, "lock");
	}
}

void journal_open(struct journal *j, const char *path)
{
	struct buf b = BUF_INIT;

	*j = (struct journal){ .path = path };
	open_locked(j);
	slurp(j, &b);
	size_t n = whole_lines(j, &b);
	read_all(j, (struct str){ b.p, n });
	/* What a killed run wrote may not be on disk yet, and this run is about to act on it. */
	if (fdatasync(j->fd) != 0)
		cannot(j, "sync");
	sync_folder(j);
	j->size = n;
	if (!n)
		cli_note("%s: an empty journal: no payment counts as made so far", path);
	buf_release(&b);
}

void journal_look(struct journal *j, const char *path)
{
	struct buf b = BUF_INIT;
	size_t n;

	*j = (struct journal){ .path = path };
	j->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (j->fd < 0)
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	slurp(j, &b);
	for (n = b.n; n && b.p[n - 1] != '\n'; n--)
		;                       /* a line that is being written, or torn */
	read_all(j, (struct str){ b.p, n });
	buf_release(&b);
}

/* ---- writing ------------------------------------------------------------------------ */

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
	struct err e;

	BUG_ON(!fits(j, t, &e));
	buf_adds(&j->pending, "{\"kind\":\"try\"");
	put_tx_fields(&j->pending, t);
	buf_addc(&j->pending, '\n');
	add(j, t);
}

void journal_mined(struct journal *j, uint32_t tried, bool ok, uint64_t block, uint64_t gas)
{
	set_mined(j, tried, ok, block, gas);
	buf_adds(&j->pending, "{\"kind\":\"mined\"");
	put_receipt_fields(&j->pending, &j->attempt[j->tries[tried].attempt]);
	buf_addc(&j->pending, '\n');
}

/* Nothing was acted upon yet, so the file may forget it: else the whole lines of half a
 * write would bind a rerun to transactions that were never sent.  When even that fails,
 * they stay, and are sent by the rerun. */
static _Noreturn void take_back(struct journal *j, const char *what)
{
	int why = errno;

	if (ftruncate(j->fd, (off_t)j->size) == 0)
		fdatasync(j->fd);
	errno = why;
	cannot(j, what);
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
			take_back(j, "write");
		done += (size_t)n;
	}
	if (fdatasync(j->fd) != 0)      /* never tried again: the kernel may have dropped the pages */
		take_back(j, "sync");
	j->size += j->pending.n;
	buf_reset(&j->pending);
}

void journal_close(struct journal *j)
{
	close(j->fd);
	arena_release(&j->text);
	intern_release(&j->payments);
	intern_release(&j->hashes);
	intern_release(&j->nonces);
	batches_release(&j->batches);
	buf_release(&j->pending);
	free(j->attempt);
	free(j->tries);
	free(j->last);
}
