/* flip - logs with one lie in them, for the tests of lbl-audit.
 *
 *	flip LOG SEED I               the I-th changed log to stdout, what was changed to stderr
 *	flip LOG SEED FROM-TO AUDIT   these logs to `AUDIT replay` each: it must end with status 1
 *	                              and a finding must name the line
 *	flip --wild LOG SEED ...      lines lost, doubled, moved and mangled: AUDIT must live
 *
 * One byte is changed in a label's or gold's value, a number of a score, the amount of a
 * payment, or any field but its kind of a transaction, batch, claim or commit, or of a receipt, but for block
 * and gas, which only a chain can tell.  A label or gold that a later one replaces is left
 * alone: nothing follows from it, so nothing can tell.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "data/intern.h"
#include "math/rng.h"
#include "rec/rec.h"

enum kind { LABEL, GOLD, SCORE, PAYMENT, TX, BATCH, CLAIM, COMMIT, RECEIPT, KINDS };

static const char *const kind_name[KINDS] = { "label", "gold", "score", "payment", "tx", "batch", "claim", "commit",
                                              "receipt" };

/* A stretch of bytes that may be changed. */
struct spot {
	uint64_t line;
	size_t from, n;
};

struct list {
	struct spot *spot;
	size_t n, cap;
};

struct job {
	struct str log;
	struct list of[KINDS];
	struct list line;               /* every line, its newline included */
	uint64_t seed;
	bool wild;
	const char *audit;
};

static _Noreturn void die(const char *what, const char *name)
{
	fprintf(stderr, "flip: %s: %s\n", what, name);
	exit(70);
}

static void add(struct list *l, size_t at, uint64_t line, size_t from, size_t n)
{
	if (at == l->cap) {
		l->cap = mem_grow(l->cap, at + 64);
		l->spot = mem_realloc(l->spot, l->cap, sizeof *l->spot);
	}
	l->spot[at] = (struct spot){ line, from, n };
	l->n = at >= l->n ? at + 1 : l->n;
}

/* ---- reading -------------------------------------------------------------------------- */

static struct str read_file(const char *name)
{
	struct buf b = BUF_INIT;
	FILE *f = fopen(name, "rb");
	char part[65536];
	size_t n;

	if (!f)
		die("cannot open", name);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	return (struct str){ b.p, b.n };
}

static void add_value(struct job *j, enum kind k, struct intern *names, struct str name, const struct json_field *v,
                      uint64_t line)
{
	add(&j->of[k], intern(names, name), line, (size_t)(v->raw.p - j->log.p), v->raw.n);
}

static void add_field(struct job *j, enum kind k, const struct json_field *f, uint64_t line)
{
	add(&j->of[k], j->of[k].n, line, (size_t)(f->raw.p - j->log.p), f->raw.n);
}

static void add_fields(struct job *j, enum kind k, const struct json_record *r, struct str kind, uint64_t line)
{
	for (size_t i = 0; str_is(kind, kind_name[k]) && i < r->n; i++)
		if (!str_is(r->field[i].key, "kind") && !str_is(r->field[i].key, "block") && !str_is(r->field[i].key, "gas") &&
		    r->field[i].raw.n)
			add_field(j, k, &r->field[i], line);
}

static void take(struct job *j, const struct json_record *r, struct intern *labels, struct intern *golds, uint64_t line)
{
	struct str kind = json_get(r, STR("kind"))->raw;
	struct arena a = { 0 };
	struct buf name = BUF_INIT;
	struct rec_label l;
	struct rec_gold g;
	struct err e;

	if (str_is(kind, "label") && rec_label(r, &a, &l, &e)) {
		buf_addstr(&name, l.task);
		buf_addc(&name, '\0');
		buf_addstr(&name, l.worker);
		add_value(j, LABEL, labels, buf_str(&name), &l.value, line);
	} else if (str_is(kind, "gold") && rec_gold(r, &a, &g, &e)) {
		add_value(j, GOLD, golds, g.task, &g.value, line);
	} else if (str_is(kind, "payment")) {
		add_field(j, PAYMENT, json_get(r, STR("amount")), line);
	}
	for (enum kind k = TX; k < KINDS; k++)
		add_fields(j, k, r, kind, line);
	for (size_t i = 0; str_is(kind, "score") && i < r->n; i++)
		if (r->field[i].type == JSON_NUMBER)
			add_field(j, SCORE, &r->field[i], line);
	buf_release(&name);
	arena_release(&a);
}

static void read_log(struct job *j)
{
	struct json_record r = { 0 };
	struct intern labels = { 0 }, golds = { 0 };
	struct err e;
	uint64_t line = 0;

	for (size_t at = 0, n; at < j->log.n; at += n + 1) {
		const char *p = j->log.p + at, *nl = memchr(p, '\n', j->log.n - at);
		if (!nl)
			die("the log's last line has no end", "line");
		n = (size_t)(nl - p);
		add(&j->line, line, line + 1, at, n + 1);
		line++;
		if (!json_read(&r, (struct str){ p, n }, &e))
			die("bad line", e.msg);
		take(j, &r, &labels, &golds, line);
	}
	intern_release(&labels);
	intern_release(&golds);
	json_record_release(&r);
}

/* ---- changing ---------------------------------------------------------------------------- */

/* The log with one byte changed; where, in *s and *k. */
static void flip(const struct job *j, struct rng *g, struct buf *out, struct spot *s, enum kind *k)
{
	do
		*k = (enum kind)rng_below(g, KINDS);
	while (j->of[*k].n == 0);
	*s = j->of[*k].spot[rng_below(g, j->of[*k].n)];
	size_t at = s->from + rng_below(g, s->n);
	buf_addstr(out, j->log);
	out->p[at] = (char)(unsigned char)((unsigned char)out->p[at] + 1 + rng_below(g, 255));
}

static void mangle(const struct job *j, struct rng *g, struct str line, struct buf *out)
{
	size_t at = out->n;

	buf_addstr(out, line);
	size_t i = at + rng_below(g, line.n);
	switch (rng_below(g, 4)) {
	case 0:                         /* a byte */
		out->p[i] = (char)(unsigned char)rng_below(g, 256);
		break;
	case 1: {                       /* the tail of another line */
		const struct spot *s = &j->line.spot[rng_below(g, j->line.n)];
		size_t cut = rng_below(g, s->n);
		out->n = i;
		buf_add(out, j->log.p + s->from + cut, s->n - cut);
		break;
	}
	case 2:                         /* a digit, if there is one: the line stays a record */
		while (i < out->n && !(out->p[i] >= '0' && out->p[i] <= '9'))
			i++;
		if (i < out->n)
			out->p[i] = (char)('0' + rng_below(g, 10));
		break;
	default:                        /* cut short */
		out->n = i;
		buf_addc(out, '\n');
	}
}

/* One to four lines lost, doubled, swapped, or no longer what they were; or the end lost. */
static void go_wild(const struct job *j, struct rng *g, struct buf *out)
{
	size_t n = j->line.n, hit[4];
	unsigned what[4], hits = 1 + (unsigned)rng_below(g, 4);
	size_t end = rng_below(g, 10) ? n : rng_below(g, n);

	for (unsigned h = 0; h < hits; h++) {
		hit[h] = rng_below(g, n);
		what[h] = (unsigned)rng_below(g, 6);
	}
	for (size_t i = 0; i < end; i++) {
		struct spot s = j->line.spot[i];
		unsigned h = 0;
		while (h < hits && hit[h] != i)
			h++;
		if (h == hits) {
			buf_add(out, j->log.p + s.from, s.n);
			continue;
		}
		const struct spot *other = &j->line.spot[rng_below(g, n)];
		if (what[h] == 1 || what[h] == 2)
			buf_add(out, j->log.p + other->from, other->n);
		if (what[h] == 1 || what[h] == 3)
			buf_add(out, j->log.p + s.from, s.n);
		if (what[h] == 3)
			buf_add(out, j->log.p + s.from, s.n);
		if (what[h] > 3)
			mangle(j, g, (struct str){ j->log.p + s.from, s.n }, out);
	}
}

static void make(const struct job *j, uint64_t i, struct buf *out, struct spot *s, enum kind *k)
{
	struct rng g;

	buf_reset(out);
	rng_seed(&g, j->seed * 1000003 + i);
	if (j->wild)
		go_wild(j, &g, out);
	else
		flip(j, &g, out, s, k);
}

/* ---- asking lbl-audit ----------------------------------------------------------------------- */

static void write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno != EINTR)
			die("write", strerror(errno));
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

/* The exit status of `audit replay` on the text (128 and the signal when it was killed); what
 * it printed in *said. */
static int ask(const char *audit, const struct buf *text, FILE *in, FILE *out, struct buf *said)
{
	char part[65536];
	int status;
	ssize_t n;

	if (ftruncate(fileno(in), 0) || ftruncate(fileno(out), 0) || lseek(fileno(in), 0, SEEK_SET) ||
	    lseek(fileno(out), 0, SEEK_SET))
		die("temporary file", strerror(errno));
	write_all(fileno(in), text->p, text->n);
	lseek(fileno(in), 0, SEEK_SET);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fileno(in), 0);
		dup2(fileno(out), 1);
		execl(audit, audit, "replay", "-q", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork", strerror(errno));
	lseek(fileno(out), 0, SEEK_SET);
	buf_reset(said);
	while ((n = read(fileno(out), part, sizeof part)) > 0)
		buf_add(said, part, (size_t)n);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool names_line(const struct buf *said, uint64_t line)
{
	char want[40];

	snprintf(want, sizeof want, "{\"line\":%llu}", (unsigned long long)line);
	return said->n && strstr(said->p, want);
}

static int run(const struct job *j, uint64_t from, uint64_t to)
{
	struct buf text = BUF_INIT, said = BUF_INIT;
	FILE *in = tmpfile(), *out = tmpfile();
	int bad = 0;

	if (!in || !out)
		die("temporary file", strerror(errno));
	for (uint64_t i = from; i <= to && bad < 5; i++) {
		struct spot s = { 0, 0, 0 };
		enum kind k = TX;
		make(j, i, &text, &s, &k);
		int status = ask(j->audit, &text, in, out, &said);
		bool good = j->wild ? status == 0 || status == 1 : status == 1 && names_line(&said, s.line);
		if (good)
			continue;
		bad++;
		printf("seed %llu, log %llu: status %d, the %s on line %llu is not named\n", (unsigned long long)j->seed,
		       (unsigned long long)i, status, kind_name[k], (unsigned long long)s.line);
		fflush(stdout);
	}
	fclose(in);
	fclose(out);
	buf_release(&text);
	buf_release(&said);
	return bad ? 1 : 0;
}

static int print_one(const struct job *j, uint64_t i)
{
	struct buf text = BUF_INIT;
	struct spot s = { 0, 0, 0 };
	enum kind k = TX;

	make(j, i, &text, &s, &k);
	fflush(stdout);
	write_all(1, text.p, text.n);
	if (!j->wild)
		fprintf(stderr, "{\"kind\":\"%s\",\"line\":%llu}\n", kind_name[k], (unsigned long long)s.line);
	buf_release(&text);
	return 0;
}

int main(int argc, char **argv)
{
	struct job j = { .wild = argc > 1 && str_is(str_of(argv[1]), "--wild") };
	char **arg = argv + 1 + j.wild;
	int n = argc - 1 - j.wild, status;

	if (n != 3 && n != 4)
		die("usage", "flip [--wild] LOG SEED I | flip [--wild] LOG SEED FROM-TO AUDIT");
	j.log = read_file(arg[0]);
	j.seed = strtoull(arg[1], NULL, 10);
	j.audit = n == 4 ? arg[3] : NULL;
	read_log(&j);
	char *dash;
	uint64_t from = strtoull(arg[2], &dash, 10);
	status = n == 3 ? print_one(&j, from) : run(&j, from, *dash == '-' ? strtoull(dash + 1, NULL, 10) : from);
	for (int k = 0; k < KINDS; k++)
		free(j.of[k].spot);
	free(j.line.spot);
	free((void *)(uintptr_t)j.log.p);
	return status;
}
