/* incentives - simulated crowds with attackers in them, paid by the commands themselves.
 *
 *	incentives [-s SEEDS] [-f FIRST] [-j JOBS] [-g GOLD] [-r] BIN [SCENARIO ...]
 *
 * BIN is the folder of lbl-score and lbl-payout.  Each scenario is a campaign of four nights (incentives/nights.h) of a
 * crowd (incentives/crowd.h), with as many seeds as asked for; -r pays the same labels by every other rule too.
 * First table: the mean over the seeds of what bad workers got of all pay (leak, and by label: for answers without work
 * only), of honest pay over what perfect knowledge would pay, its 5th percentile, how many honest got less than half, and
 * the bounds beside them.  Second table, with -r: the leak by rule.
 * Exit status 1 when a bound is missed, 70 when a command does not work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "incentives/crowd.h"
#include "incentives/nights.h"

#define CROWD(h, s, r, p, m) { HONEST, h }, { SLOPPY, s }, { RANDOM, r }, { PRIOR, p }, { MAJORITY, m }
#define BASE { CROWD(.5, .2, .05, .05, .05), { COPYCAT, .05 }, { RING, .10 } }
#define WITH(type) { CROWD(.5, .2, .05, .05, .05), { type, .15 } }
#define RING20 { CROWD(.45, .15, .05, .05, .05), { COPYCAT, .05 }, { RING, .20 } }
#define LEAK20 { CROWD(.45, .20, .05, .05, .05), { LEAKRING, .20 } }
#define LEAK30 { CROWD(.45, .15, .04, .03, .03), { LEAKRING, .30 } }
#define FIRM .leak = .005, .honest = .96, .p5 = .78, .half = .015

static const struct scenario scenarios[] = {
	{ "base", BASE, FIRM },
	{ "coloc", BASE, .coloc = true, FIRM },
	{ "ring20", RING20, FIRM },
	{ "ring20_coloc", RING20, .coloc = true, FIRM },
	{ "ring30", { CROWD(.45, .15, .04, .03, .03), { RING, .30 } }, FIRM },
	{ "ring40_coloc", { CROWD(.40, .10, .04, .03, .03), { RING, .40 } }, .coloc = true, FIRM },
	{ "rarering", { CROWD(.5, .2, .05, .05, .05), { COPYCAT, .05 }, { RARERING, .10 } }, .coloc = true, FIRM },
	{ "majority40", { CROWD(.4, .1, .02, .02, .40), { COPYCAT, .02 }, { RING, .04 } }, FIRM },
	{ "copy15", WITH(COPYCAT), .leak = .005, .honest = .96, .half = .015 },
	{ "copymaj15", WITH(COPYMAJ), .leak = .005, .honest = .96, .half = .015 },
	{ "copy15_hidden", WITH(COPYCAT), .hidden = true, .leak = .005, .honest = .96, .half = .015 },
	{ "base_hidden", BASE, .hidden = true, .leak = .005, .honest = .96, .half = .015 },
	{ "goldleak0", WITH(LEAKRING), .leak = .005, .honest = .95, .half = .015 },
	{ "goldleak60", WITH(LEAKRING), .leaked = .6, .leak = .005, .honest = .95, .half = .015 },
	{ "goldleak100", WITH(LEAKRING), .leaked = 1, .leak = .005, .honest = .95, .half = .015 },
	{ "leak100coloc", WITH(LEAKRING), .leaked = 1, .coloc = true, .leak = .005, .honest = .95, .half = .015 },
	{ "leak20", LEAK20, .leaked = 1, .leak = .01, .honest = .94, .half = .015 },
	{ "leak20coloc", LEAK20, .leaked = 1, .coloc = true, .leak = .04, .honest = .82 },
	{ "sleeper", WITH(SLEEPER), .leak = .06, .leak_label = .01, .honest = .95, .half = .015 },
	{ "lazymix", WITH(LAZYMIX), .leak = .025, .honest = .95, .half = .015 },
	{ "copynoise15", WITH(COPYNOISE), .leak = .08, .honest = .95, .half = .015 },
	{ "sparse", BASE, .quota = 15, .leak = .03, .honest = .40 },
	{ "hard_easygold", BASE, .hard = .25, .easy_gold = true, .leak = .005, .honest = .80 },
	{ "hard_cal", BASE, .hard = .25, .p0 = 7700, .p1 = 4500, .leak = .005, .honest = .78 },
	{ "leak30", LEAK30, .leaked = 1, .alarm = true },
	{ "leak30coloc", LEAK30, .leaked = 1, .coloc = true, .alarm = true },
	/* attackers and crowds that the rule was not chosen with */
	{ "rareonly15", WITH(RAREONLY), .honest = .95 },
	{ "rotate20", { CROWD(.45, .20, .05, .05, .05), { ROTATE, .20 } }, FIRM },
	{ "natural", BASE, .natural = true, FIRM },
	{ "drift", BASE, .drift = true, .leak = .005, .honest = .90 },
	{ "classes2", BASE, .classes = 2, .leak = .02, .honest = .88 },
	{ "classes2_cal", BASE, .classes = 2, .p0 = 9000, .p1 = 6000, .leak = .005, .honest = .90 },
	{ "crowd50", BASE, .workers = 50, .leak = .005, .honest = .94 },
	{ "crowd5000", BASE, .workers = 5000, .seeds = 1, FIRM },
	{ "seats3", BASE, .seats = 3, .leak = .005, .honest = .95 },
	{ "seats7", BASE, .seats = 7, FIRM },
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

static const char *const rules[] = { "flat", "threshold", "consensus", "gold", "gate-ca", "ca", "dg", "pts", "dmi" };
enum { N_RULES = sizeof rules / sizeof *rules };

/* ---- one campaign ------------------------------------------------------------------------ */

struct outcome {
	double leak, leak_label, honest, p5, half, held;
	double by_type[TYPES], by_rule[N_RULES];
	int alarm;
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* the quantile between the two nearest */
static double quantile(const double *x, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t k = (size_t)at;

	return k + 1 < n ? x[k] + (at - (double)k) * (x[k + 1] - x[k]) : x[k];
}

static double leak_of(const struct world *o, const struct payout *p, double *by_label)
{
	double sum = 0, bad = 0, idle = 0;

	for (uint32_t i = 0; i < o->n; i++) {
		sum += p->all[i];
		bad += type_is_bad(o->w[i].type) ? p->all[i] : 0;
		idle += p->idle[i];
	}
	if (by_label)
		*by_label = sum > 0 ? idle / sum : 0;
	return sum > 0 ? bad / sum : -1;        /* nobody is paid anything */
}

static struct outcome judge(const struct world *o, const struct payout *p)
{
	struct outcome r = { .alarm = p->alarm };
	double *good = mem_alloc(o->n, sizeof *good);
	size_t n = 0, of[TYPES] = { 0 };

	r.leak = leak_of(o, p, &r.leak_label);
	for (uint32_t i = 0; i < o->n; i++) {
		enum type t = o->w[i].type;
		double share = p->all[i] / o->quota;
		r.by_type[t] += share;
		of[t]++;
		if (t != HONEST)
			continue;
		good[n++] = share;
		r.half += share < .5;
	}
	for (int t = 0; t < TYPES; t++)
		r.by_type[t] /= of[t] ? (double)of[t] : 1;
	qsort(good, n, sizeof *good, ascending);
	r.p5 = quantile(good, n, .05);
	r.honest = r.by_type[HONEST];
	r.half /= (double)n;
	r.held = p->held / (double)n;
	free(good);
	return r;
}

struct options {
	uint32_t seeds, gold, jobs;
	uint64_t first;
	bool by_rule;
	const char *bin;
};

static struct outcome campaign(const struct options *opt, const struct scenario *sc, uint64_t seed)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct nights n;
	struct payout pay;
	struct world o;

	p.halt = false;                 /* what the alarm would save is told apart */
	if (sc->p0)
		BUG_ON(!rule_policy_test(&p, sc->p0, sc->p1, 100, 500));
	nights_open(&n, opt->bin);
	world_init(&o, sc, &p, opt->gold, seed);
	nights_run(&n, &o, &pay);
	struct outcome r = judge(&o, &pay);
	payout_release(&pay);
	world_release(&o);
	nights_close(&n);
	return r;
}

/* The same people under a rule that stops nobody, paid by each of the others. */
static void others(const struct options *opt, const struct scenario *sc, uint64_t seed, struct outcome *r)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct nights n;
	struct payout pay;
	struct world o;

	nights_open(&n, opt->bin);
	world_init(&o, sc, &p, opt->gold, seed);
	o.stops = false;
	nights_work(&n, &o);
	for (size_t k = 0; k < N_RULES; k++) {
		nights_rule(&n, &o, rules[k], &pay);
		r->by_rule[k] = leak_of(&o, &pay, NULL);
		payout_release(&pay);
	}
	world_release(&o);
	nights_close(&n);
}

/* ---- all of them, a few at a time ----------------------------------------------------------- */

struct job {
	pid_t pid;
	int fd;
	uint32_t seed;
};

static struct job start(const struct options *opt, const struct scenario *sc, uint32_t seed)
{
	struct job j = { .seed = seed };
	int fd[2];

	BUG_ON(pipe(fd) != 0);
	fflush(stdout);
	j.pid = fork();
	BUG_ON(j.pid < 0);
	if (j.pid == 0) {
		struct outcome r = campaign(opt, sc, opt->first + seed);
		if (opt->by_rule)
			others(opt, sc, opt->first + seed, &r);
		_exit(write(fd[1], &r, sizeof r) == sizeof r ? 0 : 70);
	}
	close(fd[1]);
	j.fd = fd[0];
	return j;
}

static void finish(struct job *j, struct outcome *out)
{
	int status;

	bool good = read(j->fd, out, sizeof *out) == sizeof *out;
	close(j->fd);
	BUG_ON(waitpid(j->pid, &status, 0) != j->pid);
	if (!good || status != 0) {
		fputs("incentives: a campaign broke off\n", stderr);
		exit(70);
	}
}

/* outcomes in the order of the seeds, whichever was ready first */
static void run_all(const struct options *opt, const struct scenario *sc, uint32_t seeds, struct outcome *out)
{
	struct job job[64];

	for (uint32_t s = 0; s < seeds + opt->jobs; s++) {
		if (s >= opt->jobs && s - opt->jobs < seeds)
			finish(&job[s % opt->jobs], &out[s - opt->jobs]);
		if (s < seeds)
			job[s % opt->jobs] = start(opt, sc, s);
	}
}

/* ---- tables ----------------------------------------------------------------------------------- */

static void add(struct outcome *m, const struct outcome *r, double k)
{
	m->leak += r->leak / k;
	m->leak_label += r->leak_label / k;
	m->honest += r->honest / k;
	m->p5 += r->p5 / k;
	m->half += r->half / k;
	m->held += r->held / k;
	m->alarm += r->alarm;
	for (int t = 0; t < TYPES; t++)
		m->by_type[t] += r->by_type[t] / k;
	for (size_t i = 0; i < N_RULES; i++)
		m->by_rule[i] += r->by_rule[i] / k;
}

static bool missed(bool is, const char *what, double got, double bound)
{
	if (is)
		printf("    MISSED %s: %.4f, bound %.4f\n", what, got, bound);
	return is;
}

static bool report(const struct options *opt, const struct scenario *sc, struct outcome *m)
{
	uint32_t seeds = sc->seeds && sc->seeds < opt->seeds ? sc->seeds : opt->seeds;
	struct outcome *r = mem_alloc(seeds, sizeof *r);
	double worst = 0, least = 2;
	bool bad = false;

	run_all(opt, sc, seeds, r);
	*m = (struct outcome){ 0 };
	for (uint32_t s = 0; s < seeds; s++) {
		add(m, &r[s], seeds);
		worst = r[s].leak > worst ? r[s].leak : worst;
		least = r[s].honest < least ? r[s].honest : least;
	}
	free(r);
	printf("%-14s %5lu %6.2f %6.2f %6.2f %7.2f %7.3f %6.3f %6.3f %6.2f %6.2f %5d   %6.1f %9.2f\n", sc->name,
	       (unsigned long)seeds, 100 * m->leak, 100 * worst, 100 * m->leak_label, 100 * m->by_type[SLOPPY], m->honest, least,
	       m->p5, 100 * m->half, 100 * m->held, m->alarm, 100 * sc->leak, sc->honest);
	bad |= missed(sc->leak > 0 && m->leak > sc->leak, "leak", m->leak, sc->leak);
	bad |= missed(sc->leak_label > 0 && m->leak_label > sc->leak_label, "leak by label", m->leak_label, sc->leak_label);
	bad |= missed(m->honest < sc->honest, "honest pay", m->honest, sc->honest);
	bad |= missed(m->p5 < sc->p5, "honest 5th percentile", m->p5, sc->p5);
	bad |= missed(sc->half > 0 && m->half > sc->half, "honest below half", m->half, sc->half);
	bad |= missed(sc->alarm && m->alarm < (int)seeds, "alarms", m->alarm, seeds);
	fflush(stdout);
	return bad;
}

static void rule_table(const struct outcome *m, const bool *wanted)
{
	printf("\nleak %% by rule%*s", 1, "");
	for (size_t k = 0; k < N_RULES; k++)
		printf("%10s", rules[k]);
	printf("%10s\n", "hold");
	for (size_t s = 0; s < N_SCENARIOS; s++) {
		if (!wanted[s])
			continue;
		printf("%-14s ", scenarios[s].name);
		for (size_t k = 0; k < N_RULES; k++)
			if (m[s].by_rule[k] < 0)
				printf("%10s", "none paid");
			else
				printf("%10.2f", 100 * m[s].by_rule[k]);
		printf("%10.2f\n", 100 * m[s].leak);
	}
}

int main(int argc, char **argv)
{
	struct options opt = { .seeds = 10, .first = 1000, .gold = GOLD, .jobs = 2 };
	static struct outcome mean[N_SCENARIOS];
	bool bad = false, wanted[N_SCENARIOS] = { false };
	int c;

	while ((c = getopt(argc, argv, "s:f:j:g:r")) != -1)
		switch (c) {
		case 's': opt.seeds = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'f': opt.first = strtoull(optarg, NULL, 10); break;
		case 'j': opt.jobs = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'g': opt.gold = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'r': opt.by_rule = true; break;
		default: return 64;
		}
	if (optind == argc || !opt.seeds || !opt.jobs || opt.jobs > 64 || opt.gold < 2) {
		fputs("usage: incentives [-s SEEDS] [-f FIRST] [-j JOBS] [-g GOLD] [-r] BIN [SCENARIO ...]\n", stderr);
		return 64;
	}
	opt.bin = argv[optind];
	printf("%lu seeds from %llu, %lu gold items a class\n", (unsigned long)opt.seeds, (unsigned long long)opt.first,
	       (unsigned long)opt.gold);
	puts("scenario       seeds  leak%  worst  label sloppy%  honest  least     p5 <half%  held% alarm   leak<= honest>=");
	for (size_t s = 0; s < N_SCENARIOS; s++) {
		wanted[s] = optind + 1 == argc;
		for (int a = optind + 1; a < argc; a++)
			wanted[s] |= strcmp(argv[a], scenarios[s].name) == 0;
		if (wanted[s])
			bad |= report(&opt, &scenarios[s], &mean[s]);
	}
	if (opt.by_rule)
		rule_table(mean, wanted);
	return bad;
}
