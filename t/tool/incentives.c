/* incentives - simulated crowds with attackers in them, paid by the commands themselves.
 *
 *	incentives [-s SEEDS] [-f FIRST] [-j JOBS] [-g GOLD] [-r SEEDS] [-t] BIN [SCENARIO ...]
 *
 * BIN is the folder of lbl-score and lbl-payout, as an absolute path.  Each scenario is a campaign of four nights
 * (incentives/nights.h) of a crowd (incentives/crowd.h), with as many seeds as asked for; -r pays the same labels by every
 * other rule too, of so many seeds; -t tells what each type of account got.
 *
 * First table: the mean over the seeds of what bad workers got of all pay (leak, and by label: for answers without work
 * only), of honest pay over what perfect knowledge would pay, its 5th percentile, how many honest got less than half, and
 * the bounds beside them.  Where single people deviate, what each got follows: of no lie may it be more than of the truth,
 * and pay must rise with accuracy.  Last table, with -r: the leak by rule.
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
	{ "hard", BASE, .hard = .25, .leak = .005 },            /* what comes of not calibrating; and classes2 below */
	{ "hard_cal", BASE, .hard = .25, .calibrate = true, .leak = .005, .honest = .93, .p5 = .70, .half = .05 },
	{ "leak30", LEAK30, .leaked = 1, .alarm = true },
	{ "leak30coloc", LEAK30, .leaked = 1, .coloc = true, .alarm = true },
	/* attackers and crowds that the rule was not chosen with */
	/* right on .86 of all items, as honest people are, with less than half of the work: who sees only labels cannot tell */
	{ "rareonly15", WITH(RAREONLY), .leak = .21, .leak_label = .12, .honest = .95 },
	{ "rareonly15_65", WITH(RAREONLY), .glance = .65, .leak = .10, .leak_label = .06, .honest = .95 },
	/* dissents now and then, just enough to be taken for one of the best: the copy hold is set to spare those */
	{ "copynoise5", WITH(COPYNOISE), .copies = .95, .leak = .15, .honest = .95, .half = .015 },
	{ "copynoise30", WITH(COPYNOISE), .copies = .70, .leak = .08, .honest = .95, .half = .015 },
	{ "rotate20", { CROWD(.45, .20, .05, .05, .05), { ROTATE, .20 } }, FIRM },
	{ "natural", BASE, .natural = true, FIRM },
	{ "drift", BASE, .drift = true, .leak = .005, .honest = .83 },
	{ "endgame", WITH(ENDGAME), .leak = .17, .leak_label = .015, .honest = .95, .half = .015 },
	{ "poorcrowd", { CROWD(.30, .40, .05, .05, .05), { COPYCAT, .05 }, { RING, .10 } }, .leak = .005, .honest = .92 },
	{ "base_cal", BASE, .calibrate = true, FIRM },
	{ "leak100_cal", WITH(LEAKRING), .leaked = 1, .calibrate = true, .leak = .005, .honest = .95, .half = .015 },
	{ "classes2", BASE, .classes = 2, .leak = .02 },
	{ "classes2_cal", BASE, .classes = 2, .calibrate = true, .leak = .01, .honest = .92, .half = .07 },
	{ "copy2_cal", WITH(COPYCAT), .classes = 2, .calibrate = true, .leak = .03, .honest = .92 },
	{ "lazy2_cal", WITH(LAZYMIX), .classes = 2, .calibrate = true, .leak = .06, .honest = .92 },
	{ "crowd50", BASE, .workers = 50, .leak = .005, .honest = .94 },
	{ "leak50", WITH(LEAKRING), .leaked = 1, .workers = 50, .leak = .005, .honest = .93 },
	{ "copy50", WITH(COPYCAT), .workers = 50, .leak = .005, .honest = .94 },
	{ "crowd5000", BASE, .workers = 5000, .seeds = 1, FIRM },
	{ "seats3", BASE, .seats = 3, .leak = .005, .honest = .95 },
	{ "seats7", BASE, .seats = 7, FIRM },
	{ "copy3", WITH(COPYCAT), .seats = 3, .leak = .005, .honest = .95 },
	{ "leak3", WITH(LEAKRING), .leaked = 1, .seats = 3, .leak = .005, .honest = .95 },
	{ "leak7", WITH(LEAKRING), .leaked = 1, .seats = 7, .leak = .005, .honest = .95 },
	/* people who deviate alone */
	{ "lies", { CROWD(.44, .17, .045, .045, .045), { COPYCAT, .04 }, { RING, .085 }, { LIAR, .13 } }, .workers = 1000,
	  .probe = LIAR },
	{ "accuracy", { CROWD(.44, .17, .05, .045, .045), { COPYCAT, .045 }, { RING, .085 }, { LEVEL, .12 } }, .workers = 1000,
	  .probe = LEVEL },
	{ "split", BASE, .split = true, .seeds = 3, FIRM },
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

static const char *const rules[] = { "flat", "threshold", "consensus", "gold", "gate-ca", "ca", "dg", "pts", "dmi" };
enum { N_RULES = sizeof rules / sizeof *rules };

/* ---- one campaign ------------------------------------------------------------------------ */

struct outcome {
	double leak, leak_label, honest, p5, half, held;
	double by_type[TYPES], by_rule[N_RULES], by_probe[PROBES], square[PROBES];
	int split;                      /* people whose pay is another one through ten accounts */
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
	size_t n = 0, of[TYPES] = { 0 }, probe[PROBES] = { 0 };

	r.leak = leak_of(o, p, &r.leak_label);
	for (uint32_t i = 0; i < o->n; i++) {
		enum type t = o->w[i].type;
		double share = p->all[i] / o->quota;
		r.by_type[t] += share;
		of[t]++;
		if (t == LIAR || t == LEVEL) {
			r.by_probe[o->w[i].probe] += share;
			probe[o->w[i].probe]++;
		}
		if (t != HONEST)
			continue;
		good[n++] = share;
		r.half += share < .5;
	}
	for (int t = 0; t < TYPES; t++)
		r.by_type[t] /= of[t] ? (double)of[t] : 1;
	for (int k = 0; k < PROBES; k++)
		r.by_probe[k] /= probe[k] ? (double)probe[k] : 1;
	qsort(good, n, sizeof *good, ascending);
	r.p5 = quantile(good, n, .05);
	r.honest = r.by_type[HONEST];
	r.half /= (double)n;
	r.held = p->held / (double)n;
	free(good);
	return r;
}

struct options {
	uint32_t seeds, gold, jobs, rule_seeds;
	uint64_t first;
	bool by_type;
	const char *bin;
};

/* people one would ask to try: none is out for money */
static void calibrate(const struct options *opt, const struct nights *n, const struct scenario *sc, uint64_t seed,
                      struct rule_policy *p)
{
	struct scenario of = *sc;
	struct world pilot;

	memset(of.mix, 0, sizeof of.mix);
	of.mix[0] = (struct share){ HONEST, .7 };
	of.mix[1] = (struct share){ SLOPPY, .3 };
	of.workers = sc->workers < 200 ? sc->workers : 200;
	world_init(&pilot, &of, p, opt->gold, seed + 1000000);
	nights_calibrate(n, &pilot, p);
	world_release(&pilot);
}

static void split(const struct options *opt, const struct nights *n, const struct scenario *sc, const struct rule_policy *p,
                  uint64_t seed, const struct payout *whole, struct outcome *r)
{
	struct payout pay;
	struct world o;

	world_init(&o, sc, p, opt->gold, seed);
	nights_run(n, &o, 10, &pay);
	for (uint32_t i = 0; i < o.n; i++)
		r->split += pay.base[i] != whole->base[i];
	payout_release(&pay);
	world_release(&o);
}

static struct outcome campaign(const struct options *opt, const struct scenario *sc, uint64_t seed)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	struct nights n;
	struct payout pay;
	struct world o;

	nights_open(&n, opt->bin);
	if (sc->calibrate)
		calibrate(opt, &n, sc, seed, &p);
	p.halt = false;                 /* what the alarm would save is told apart */
	world_init(&o, sc, &p, opt->gold, seed);
	nights_run(&n, &o, 1, &pay);
	struct outcome r = judge(&o, &pay);
	if (sc->split)
		split(opt, &n, sc, &p, seed, &pay, &r);
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
		if (seed < opt->rule_seeds && sc->probe == HONEST && !sc->split)
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
	m->split += r->split;
	for (int i = 0; i < PROBES; i++) {
		m->by_probe[i] += r->by_probe[i] / k;
		m->square[i] += r->by_probe[i] * r->by_probe[i] / k;
	}
}

static bool missed(bool is, const char *what, double got, double bound)
{
	if (is)
		printf("    MISSED %s: %.4f, bound %.4f\n", what, got, bound);
	return is;
}

static double root(double x)
{
	double r = x > 1 ? x : 1;

	for (int i = 0; i < 60; i++)
		r = (r + x / r) / 2;
	return x > 0 ? r : 0;
}

/* the standard error of what a probe got, from the spread over the seeds */
static double error_of(const struct outcome *m, int probe, uint32_t seeds)
{
	return seeds > 1 ? root((m->square[probe] - m->by_probe[probe] * m->by_probe[probe]) / (seeds - 1)) : 0;
}

static bool tell_lies(const struct outcome *m, uint32_t seeds)
{
	bool bad = false;

	for (int i = 0; i < LIES; i++) {
		printf("    %-38s %.3f  se %.3f\n", lie_name[i], m->by_probe[i], error_of(m, i, seeds));
		/* who goes by Bayes says what he saw, nearly always: no lie, and chance may favour it */
		bool is_lie = i > 0 && strcmp(lie_name[i], "the likeliest by Bayes") != 0;
		bad |= missed(is_lie && m->by_probe[i] >= m->honest, lie_name[i], m->by_probe[i], m->honest);
		bad |= missed(!is_lie && m->by_probe[i] > m->honest + .03, lie_name[i], m->by_probe[i], m->honest + .03);
	}
	return bad;
}

static bool tell_levels(const struct outcome *m, uint32_t seeds)
{
	bool bad = false;

	for (int i = 0; i < LEVELS; i++) {
		printf("    right on %2d %% %25s %.3f  se %.3f\n", 40 + 5 * i, "", m->by_probe[i], error_of(m, i, seeds));
		bad |= missed(i < 4 && m->by_probe[i] > .03, "pay for little skill", m->by_probe[i], .03);
		bad |= missed(i > 3 && m->by_probe[i] <= m->by_probe[i - 1], "pay rises with accuracy", m->by_probe[i],
		              m->by_probe[i - 1]);
	}
	return bad;
}

static bool tell_rest(const struct options *opt, const struct scenario *sc, const struct outcome *m, uint32_t seeds)
{
	bool bad = false;

	for (int t = 0; t < TYPES && opt->by_type; t++)
		if (m->by_type[t] > 0)
			printf("    %-14s %.4f\n", type_name[t], m->by_type[t]);
	if (sc->probe == LIAR)
		bad |= tell_lies(m, seeds);
	if (sc->probe == LEVEL)
		bad |= tell_levels(m, seeds);
	bad |= missed(m->split > 0, "people who are paid otherwise when split", m->split, 0);
	return bad;
}

static bool report(const struct options *opt, const struct scenario *sc, struct outcome *m)
{
	uint32_t seeds = sc->seeds && sc->seeds < opt->seeds ? sc->seeds : opt->seeds;
	uint32_t ruled = opt->rule_seeds < seeds ? opt->rule_seeds : seeds;
	struct outcome *r = mem_alloc(seeds, sizeof *r);
	double worst = 0, least = 2;
	bool bad = false;

	run_all(opt, sc, seeds, r);
	*m = (struct outcome){ 0 };
	for (uint32_t s = 0; s < seeds; s++) {
		add(m, &r[s], seeds);
		worst = r[s].leak > worst ? r[s].leak : worst;
		least = r[s].honest < least ? r[s].honest : least;
		for (size_t i = 0; i < N_RULES && s < ruled; i++)
			m->by_rule[i] += r[s].by_rule[i] / ruled;
	}
	free(r);
	printf("%-14s %5lu %6.2f %6.2f %6.2f %7.2f %7.3f %6.3f %6.3f %6.2f %6.2f %5d   ", sc->name,
	       (unsigned long)seeds, 100 * m->leak, 100 * worst, 100 * m->leak_label, 100 * m->by_type[SLOPPY], m->honest, least,
	       m->p5, 100 * m->half, 100 * m->held, m->alarm);
	if (sc->leak > 0)
		printf("%6.1f", 100 * sc->leak);
	else
		printf("%6s", "none");
	printf(" %9.2f\n", sc->honest);
	bad |= missed(sc->leak > 0 && m->leak > sc->leak, "leak", m->leak, sc->leak);
	bad |= missed(sc->leak_label > 0 && m->leak_label > sc->leak_label, "leak by label", m->leak_label, sc->leak_label);
	bad |= missed(m->honest < sc->honest, "honest pay", m->honest, sc->honest);
	bad |= missed(m->p5 < sc->p5, "honest 5th percentile", m->p5, sc->p5);
	bad |= missed(sc->half > 0 && m->half > sc->half, "honest below half", m->half, sc->half);
	bad |= missed(sc->alarm && m->alarm < (int)seeds, "alarms", m->alarm, seeds);
	bad |= tell_rest(opt, sc, m, seeds);
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
		if (!wanted[s] || scenarios[s].probe != HONEST || scenarios[s].split)
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

	while ((c = getopt(argc, argv, "s:f:j:g:r:t")) != -1)
		switch (c) {
		case 's': opt.seeds = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'f': opt.first = strtoull(optarg, NULL, 10); break;
		case 'j': opt.jobs = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'g': opt.gold = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 'r': opt.rule_seeds = (uint32_t)strtoul(optarg, NULL, 10); break;
		case 't': opt.by_type = true; break;
		default: return 64;
		}
	if (optind == argc || !opt.seeds || !opt.jobs || opt.jobs > 64 || opt.gold < 2) {
		fputs("usage: incentives [-s SEEDS] [-f FIRST] [-j JOBS] [-g GOLD] [-r SEEDS] [-t] BIN [SCENARIO ...]\n", stderr);
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
	if (opt.rule_seeds)
		rule_table(mean, wanted);
	return bad;
}
