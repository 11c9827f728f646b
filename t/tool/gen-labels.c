/* gen-labels - labels of a crowd that does not exist.
 *
 *	gen-labels N [SEED]             N labels, as records
 *	gen-labels --binary N [SEED]    the same in the same order: task, worker, class, 32 bits each
 *	gen-labels --gold N [SEED]      the gold of all tasks
 *
 * Dawid and Skene's model: 5 labels a task, 4 classes with shares .4 .3 .2 .1, a worker for
 * each 500 labels.  A worker is right with Beta(4, 2) give or take .1 by class, and wrong
 * with Dirichlet(1); one of ten answers at random.  A task's workers are all different.  The
 * order is shuffled.  Same N and SEED, same bytes. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "math/rng.h"

enum { CLASSES = 4, PER_TASK = 5, PER_WORKER = 500 };

struct label {
	uint32_t task, worker, value;
};

typedef double confusion[CLASSES][CLASSES];     /* [truth][label], summed along the row */

static void sort(double *x, int n)
{
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && x[j] < x[j - 1]; j--) {
			double y = x[j];
			x[j] = x[j - 1];
			x[j - 1] = y;
		}
}

/* the fourth of five uniform numbers is Beta(4, 2) */
static double beta42(struct rng *r)
{
	double u[5];

	for (int i = 0; i < 5; i++)
		u[i] = rng_unit(r);
	sort(u, 5);
	return u[3];
}

static double normal(struct rng *r)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += rng_unit(r);
	return sum;
}

static void make_worker(struct rng *r, confusion e)
{
	bool spammer = rng_unit(r) < .1;
	double skill = beta42(r);

	for (int c = 0; c < CLASSES; c++) {
		/* the gaps between uniform numbers are Dirichlet(1) */
		double cut[CLASSES] = { 0 }, right = skill + .1 * normal(r), sum = 0;
		for (int i = 1; i < CLASSES - 1; i++)
			cut[i] = rng_unit(r);
		sort(cut, CLASSES - 1);
		cut[CLASSES - 1] = 1;
		right = right < .05 ? .05 : right > .99 ? .99 : right;
		for (int v = 0, gap = 0; v < CLASSES; v++) {
			double p = right;
			if (v != c) {
				p = (1 - right) * (cut[gap + 1] - cut[gap]);
				gap++;
			}
			e[c][v] = sum += spammer ? 1. / CLASSES : p;
		}
	}
}

static uint32_t draw(struct rng *r, const double sum[CLASSES])
{
	double u = rng_unit(r);
	uint32_t v = 0;

	while (v < CLASSES - 1 && u >= sum[v])
		v++;
	return v;
}

static char *put(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

static char *put_number(char *p, uint32_t v)
{
	char digit[10];
	size_t n = 0;

	do
		digit[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	while (n > 0)
		*p++ = digit[--n];
	return p;
}

static void put_label(struct label l)
{
	char line[100], *p = put(line, "{\"kind\":\"label\",\"task\":\"t");

	p = put_number(p, l.task);
	p = put_number(put(p, "\",\"worker\":\"w"), l.worker);
	p = put(put_number(put(p, "\",\"value\":\"c"), l.value), "\"}\n");
	fwrite(line, 1, (size_t)(p - line), stdout);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 && argv[1][0] == '-' ? *++argv : "";
	char *end = NULL;
	unsigned long wanted = argv[0] && argv[1] ? strtoul(argv[1], &end, 10) : 0;
	uint64_t seed = end && argv[2] ? strtoull(argv[2], NULL, 10) : 1;

	if (wanted < PER_TASK || wanted > 1000000000 || *end != '\0' ||
	    (*what && strcmp(what, "--binary") != 0 && strcmp(what, "--gold") != 0)) {
		fputs("usage: gen-labels [--binary|--gold] N [SEED]\n", stderr);
		return 64;
	}
	static const double share[CLASSES] = { .4, .7, .9, 1 };
	uint32_t tasks = (uint32_t)(wanted / PER_TASK), n = tasks * PER_TASK, workers = n / PER_WORKER;
	struct rng r;
	rng_seed(&r, seed);
	workers = workers > PER_TASK ? workers : PER_TASK + 1;
	confusion *e = mem_alloc(workers, sizeof *e);
	struct label *label = mem_big(n, sizeof *label);

	for (uint32_t w = 0; w < workers; w++)
		make_worker(&r, e[w]);
	for (uint32_t t = 0; t < tasks; t++) {
		uint32_t truth = draw(&r, share), w = (uint32_t)rng_below(&r, workers);
		uint32_t step = 1 + (uint32_t)rng_below(&r, (workers - 1) / (PER_TASK - 1));
		for (uint32_t i = 0; i < PER_TASK; i++, w = (w + step) % workers)
			label[t * PER_TASK + i] = (struct label){ t, w, draw(&r, e[w][truth]) };
		if (strcmp(what, "--gold") == 0)
			printf("{\"kind\":\"gold\",\"task\":\"t%u\",\"value\":\"c%u\"}\n", t, truth);
	}
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = (uint32_t)rng_below(&r, i);
		struct label l = label[i - 1];
		label[i - 1] = label[j];
		label[j] = l;
	}
	if (strcmp(what, "--binary") == 0)
		fwrite(label, sizeof *label, n, stdout);
	else if (!*what)
		for (uint32_t i = 0; i < n; i++)
			put_label(label[i]);
	free(label);
	free(e);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
