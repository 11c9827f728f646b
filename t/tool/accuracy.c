/* accuracy - how good a consensus is on gold.
 *
 *	accuracy CONSENSUS GOLD [SEEN]    one JSON line; SEEN holds the gold that was in the stream
 *	accuracy --draw N SEED GOLD       N gold lines by lot, for a stream
 *
 * Winners within 1e-9 share the point.  Log loss is mean -ln q[gold], q at least 1e-6, the
 * calibration error that of the winner's q in 10 bins.  "unseen" is without the tasks of
 * SEEN; "missing" are gold tasks without a consensus, which count nowhere else. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "data/intern.h"
#include "json/num.h"
#include "json/record.h"
#include "math/explog.h"
#include "math/rng.h"

enum { BINS = 10 };
static const double TIE = 1e-9, SMALLEST = 1e-6;

struct sum {
	double n, right, loss, in[BINS], claimed[BINS], was[BINS];
};

static struct json_record r;
static struct arena text;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "accuracy: %s: %s\n", which, what);
	exit(1);
}

static struct str slurp(const char *name)
{
	FILE *f = fopen(name, "rb");
	size_t n = 0, cap = 1 << 16, got;
	char *p = mem_alloc(cap, 1);

	if (!f)
		die("cannot be read", name);
	while ((got = fread(p + n, 1, cap - n, f)) > 0)
		if ((n += got) == cap)
			p = mem_realloc(p, cap *= 2, 1);
	fclose(f);
	return (struct str){ p, n };
}

/* the next line of *rest that is a record of this kind, read into r */
static bool next(struct str *rest, const char *kind, struct str *line, const char *name)
{
	const char *nl;

	while (rest->n > 0 && (nl = memchr(rest->p, '\n', rest->n))) {
		struct err e;
		*line = (struct str){ rest->p, (size_t)(nl - rest->p) };
		rest->n -= line->n + 1;
		rest->p = nl + 1;
		if (!json_read(&r, *line, &e))
			die(e.msg, name);
		const struct json_field *f = json_get(&r, str_of("kind"));
		if (f && f->type == JSON_STRING && str_eq(f->raw, str_of(kind)))
			return true;
	}
	return false;
}

static struct str member(const char *key, const char *name)
{
	const struct json_field *f = json_get(&r, str_of(key));

	if (!f)
		die("a record lacks a member", name);
	return f->type == JSON_STRING ? json_text(f, &text) : f->raw;
}

/* what a consensus gives the gold: its q, the winner's, the winners within TIE and whether it is one */
static bool look(struct str gold, double *q, double *top, double *right)
{
	static struct json_record posterior;
	const struct json_field *f = json_get(&r, str_of("posterior"));
	struct err e;
	double ties = 0, x;

	*q = *top = *right = 0;
	if (!f || f->type != JSON_OBJECT || !json_read(&posterior, f->raw, &e))
		return false;
	for (size_t i = 0; i < posterior.n; i++) {
		if (!num_parse(posterior.field[i].raw, &x))
			return false;
		*top = x > *top ? x : *top;
		if (str_eq(posterior.field[i].key, gold))
			*q = x;
	}
	for (size_t i = 0; i < posterior.n; i++)
		if (num_parse(posterior.field[i].raw, &x) && x >= *top - TIE)
			ties++;
	if (ties > 0 && *q >= *top - TIE)
		*right = 1 / ties;
	return true;
}

static void add(struct sum *s, double q, double top, double right)
{
	int bin = top >= 1 ? BINS - 1 : (int)(top * BINS);

	s->n++;
	s->right += right;
	s->loss -= m_log(q > SMALLEST ? q : SMALLEST);
	s->in[bin]++;
	s->claimed[bin] += top;
	s->was[bin] += right;
}

static void put(const struct sum *s)
{
	double ece = 0, n = s->n > 0 ? s->n : 1;

	for (int i = 0; i < BINS; i++)
		ece += fabs(s->claimed[i] - s->was[i]);
	printf("\"tasks\":%.0f,\"accuracy\":%.6f,\"log_loss\":%.6f,\"ece\":%.6f", s->n, s->right / n, s->loss / n, ece / n);
}

static int draw(char **arg)
{
	struct str rest = slurp(arg[2]), line, *all = NULL;
	size_t n = 0, want = strtoul(arg[0], NULL, 10);
	struct rng lot;

	rng_seed(&lot, strtoull(arg[1], NULL, 10));
	while (next(&rest, "gold", &line, arg[2])) {
		all = mem_realloc(all, n + 1, sizeof *all);
		all[n++] = line;
	}
	for (size_t i = 0; i < n && i < want; i++) {
		size_t j = i + rng_below(&lot, n - i);
		line = all[j];
		all[j] = all[i];
		printf("%.*s\n", (int)line.n, line.p);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct intern task = { 0 };
	struct str rest, line, *gold = NULL;
	unsigned char *state = NULL;             /* 1: seen, 2: has a consensus */
	struct sum all = { 0 }, unseen = { 0 };
	size_t missing = 0;

	if (argc == 5 && strcmp(argv[1], "--draw") == 0)
		return draw(argv + 2);
	if (argc < 3 || argc > 4) {
		fputs("usage: accuracy CONSENSUS GOLD [SEEN]\n       accuracy --draw N SEED GOLD\n", stderr);
		return 64;
	}
	for (rest = slurp(argv[2]); next(&rest, "gold", &line, argv[2]); ) {
		uint32_t id = intern(&task, member("task", argv[2]));
		gold = mem_realloc(gold, task.n, sizeof *gold);
		gold[id] = member("value", argv[2]);
	}
	state = mem_zalloc(task.n + 1, 1);
	if (argc == 4)
		for (rest = slurp(argv[3]); next(&rest, "gold", &line, argv[3]); ) {
			uint32_t id = intern_find(&task, member("task", argv[3]));
			if (id != INTERN_NONE)
				state[id] |= 1;
		}
	for (rest = slurp(argv[1]); next(&rest, "consensus", &line, argv[1]); ) {
		uint32_t id = intern_find(&task, member("task", argv[1]));
		double q, top, right;
		if (id == INTERN_NONE || (state[id] & 2))
			continue;
		if (!look(gold[id], &q, &top, &right))
			die("a consensus has no posterior", argv[1]);
		state[id] |= 2;
		add(&all, q, top, right);
		if (!(state[id] & 1))
			add(&unseen, q, top, right);
	}
	for (size_t i = 0; i < task.n; i++)
		missing += !(state[i] & 2);
	if (all.n == 0)
		die("no consensus on a gold task", argv[1]);
	fputs("{", stdout);
	put(&all);
	printf(",\"missing\":%zu", missing);
	if (argc == 4) {
		fputs(",\"unseen\":{", stdout);
		put(&unseen);
		fputs("}", stdout);
	}
	puts("}");
	return 0;
}
