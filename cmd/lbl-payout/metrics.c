#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/cli.h"
#include "json/num.h"

enum { STATES = 4, UNSIGNED = 3 };      /* OPEN, PAID, FAILED, and without a transaction */

static struct {
	const char *path;               /* NULL: written, or never wanted */
	const struct input *in;
	const struct journal *j;
	struct timespec start;
	double n[STATES], tokens[STATES], queue;
	double run_gas, run_fees, run_receipts;
	double gas, tries, replaced;
	bool has_payments, has_queue, has_journal;
} m;

/* ---- figures --------------------------------------------------------------------------- */

/* Near enough for a curve on a screen; nothing is decided by it. */
static double about(struct u256 v)
{
	const double word = 18446744073709551616.0;

	return (((double)v.w[3] * word + (double)v.w[2]) * word + (double)v.w[1]) * word + (double)v.w[0];
}

static const double TOKEN = 1e18;       /* base units */

void metrics_payment(const enum outcome *o, struct u256 amount)
{
	int state = o ? (int)*o : UNSIGNED;

	m.has_payments = true;
	m.n[state]++;
	m.tokens[state] += about(amount) / TOKEN;
}

void metrics_queue(size_t n)
{
	m.has_queue = true;
	m.queue = (double)n;
}

void metrics_receipt(uint64_t gas, struct u256 price)
{
	m.run_receipts++;
	m.run_gas += (double)gas;
	m.run_fees += (double)gas * about(price);
}

void metrics_watch(const struct input *in, const struct journal *j)
{
	m.in = in;
	m.j = j;
}

/* One that was not planned anew: which part of its batch it is, nobody has read. */
static void count_known(const struct batch *b)
{
	if (!b)
		return;
	int state = b->state == BATCH_SETTLED ? PAID : OPEN;
	m.has_payments = true;
	m.n[state]++;
	m.tokens[state] += about(b->total) / (double)b->n_payments / TOKEN;
}

/* By a batch, or by a transfer of its own, or by nothing yet. */
static void count_payments(void)
{
	for (size_t i = 0; i < m.in->n_payments; i++) {
		const struct payment *p = &m.in->payment[i];
		const struct batch *b = journal_planned(m.j, p->id);
		const struct attempt *a = journal_of(m.j, p->id);
		enum outcome by_batch = b && b->state == BATCH_SETTLED ? PAID : OPEN;
		if (!u256_is_zero(p->amount))
			metrics_payment(b ? &by_batch : a ? &a->outcome : NULL, p->amount);
	}
	for (uint32_t i = 0; i < m.in->known.n; i++)
		count_known(journal_planned(m.j, intern_str(&m.in->known, i)));
}

static size_t queued(const struct batches *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->at[i].state == BATCH_QUEUED;
	return n;
}

void metrics_collect(void)
{
	size_t open = 0;

	if (!m.path || !m.j)
		return;
	m.has_journal = true;
	if (!m.has_payments)
		count_payments();
	for (size_t i = 0; i < m.j->n; i++) {
		open += m.j->attempt[i].outcome == OPEN;
		if (m.j->attempt[i].outcome != OPEN)
			m.gas += (double)m.j->attempt[i].gas;
	}
	m.tries = (double)m.j->n_tries;
	m.replaced = (double)(m.j->n_tries - m.j->n);
	if (!m.has_queue)
		metrics_queue(m.j->batches.n ? queued(&m.j->batches) : open);
	metrics_watch(NULL, NULL);
}

/* ---- the text -------------------------------------------------------------------------- */

static void put_family(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP lbl_payout_%s %s\n# TYPE lbl_payout_%s %s\n", name, help, name, type);
}

static void put_value(struct buf *b, const char *name, const char *labels, double v)
{
	char text[32];

	num_print(v, text);
	buf_addf(b, "lbl_payout_%s%s %s\n", name, labels, text);
}

static void put(struct buf *b, const char *name, const char *type, const char *help, double v)
{
	put_family(b, name, type, help);
	put_value(b, name, "", v);
}

static void put_states(struct buf *b, const char *name, const char *help, const double v[STATES])
{
	static const char *const label[STATES] = {
		[OPEN] = "{state=\"open\"}", [PAID] = "{state=\"paid\"}", [FAILED] = "{state=\"failed\"}",
		[UNSIGNED] = "{state=\"unsigned\"}",
	};

	put_family(b, name, "gauge", help);
	for (int i = 0; i < STATES; i++)
		put_value(b, name, label[i], v[i]);
}

static void put_all(struct buf *b, int status, double now, double success)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	put(b, "last_run_timestamp_seconds", "gauge", "When the last run ended, in seconds since 1970.", now);
	put(b, "last_success_timestamp_seconds", "gauge", "When a run last ended with exit status 0; 0 is never.", success);
	put(b, "exit_status", "gauge", "Exit status of the last run; see lbl-payout(1).", status);
	put(b, "run_seconds", "gauge", "How long the last run took.",
	    (double)(t.tv_sec - m.start.tv_sec) + 1e-9 * (double)(t.tv_nsec - m.start.tv_nsec));
	put(b, "run_receipts", "gauge", "Transactions that the last run came to believe mined.", m.run_receipts);
	put(b, "run_gas", "gauge", "Gas that those used.", m.run_gas);
	put(b, "run_fees_wei", "gauge", "What was paid for that gas, in wei.", m.run_fees);
	if (!m.has_journal)
		return;
	put_states(b, "payments", "Payments above 0 in the input of the last run, by what became of them.", m.n);
	put_states(b, "tokens", "What they come to, in tokens of 10^18 base units.", m.tokens);
	put(b, "queue_length", "gauge", "What waits to be final: batches, or transactions where there are none.", m.queue);
	put(b, "gas_total", "counter", "Gas used by all transactions of the journal.", m.gas);
	put(b, "tries_total", "counter", "Transactions signed and journalled, replacements among them.", m.tries);
	put(b, "replaced_total", "counter", "Replacements with higher fees among those.", m.replaced);
}

/* ---- the file -------------------------------------------------------------------------- */

/* When the file that is there says a run last succeeded. */
static double former_success(const char *path)
{
	static const char name[] = "\nlbl_payout_last_success_timestamp_seconds ";
	char text[4096];
	double when = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	const char *at = strstr(text, name);
	if (at) {
		at += sizeof name - 1;
		if (!num_parse((struct str){ at, strcspn(at, "\n") }, &when) || when < 0)
			when = 0;
	}
	return when;
}

/* The file beside it, which no other run is writing: held by its lock, and still of that name. */
static int open_beside(const char *path)
{
	struct stat held, named;

	for (;;) {
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
		if (fd < 0 || flock(fd, LOCK_EX) != 0 || fstat(fd, &held) != 0)
			return fd;
		if (stat(path, &named) == 0 && held.st_ino == named.st_ino && held.st_dev == named.st_dev)
			return fd;
		close(fd);
	}
}

/* The standard output is closed by now; what some library prints at the end has no business here. */
static int above_std(int fd)
{
	int high = fd >= 0 && fd <= 2 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : fd;

	if (high != fd)
		close(fd);
	return high;
}

static bool write_whole(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = (struct str){ s.p + n, s.n - (size_t)n };
	}
	return true;
}

static void replace(const char *path, struct str text)
{
	struct buf beside = BUF_INIT;

	buf_addf(&beside, "%s.new", path);
	int fd = above_std(open_beside(beside.p));
	bool good = fd >= 0 && ftruncate(fd, 0) == 0 && write_whole(fd, text) && fchmod(fd, 0644) == 0 &&
		fdatasync(fd) == 0 && rename(beside.p, path) == 0;
	if (!good) {
		cli_warn("%s: cannot write the metrics: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(beside.p);
	}
	if (fd >= 0)
		close(fd);
	buf_release(&beside);
}

void metrics_end(int status)
{
	const char *path = m.path;
	struct buf b = BUF_INIT;

	metrics_collect();
	m.path = NULL;
	if (!path)
		return;
	double now = (double)time(NULL);
	put_all(&b, status, now, status == LBL_OK ? now : former_success(path));
	replace(path, buf_str(&b));
	buf_release(&b);
}

static void at_exit(void)
{
	int status = cli_leaving();

	metrics_end(status < 0 ? LBL_OSERR : status);
}

void metrics_start(const char *path)
{
	m.path = path;
	clock_gettime(CLOCK_MONOTONIC, &m.start);
	if (path)
		atexit(at_exit);
}
