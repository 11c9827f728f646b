/* incentives - simulated crowds with attackers in them, paid by the commands themselves.
 *
 *	incentives [-s SEEDS] [-f FIRST] [-j JOBS] [-g GOLD] [-r SEEDS] [-t] BIN [SCENARIO ...]
 *
 * BIN is the folder of lbl-score and lbl-payout, as an absolute path.  Each scenario is a campaign of four nights
 * (incentives/nights.h) of a crowd (incentives/crowd.h), with as many seeds as asked for; -r pays the same labels by every
 * other rule too, of so many seeds; -t tells what each type of account got.
 *
 * First table: the mean over the seeds of what bad workers got of all pay (leak, and by label: for answers without work
 * only), of honest pay over what perfect knowledge would pay, its 5th percentile, how many honest got less than half, how
 * many of them are held as copiers at the end, and the bounds beside them.  Where single people deviate, what each got
 * follows: of no lie may it be more than of the truth, pay must rise with accuracy, and nobody honest gain by splitting
 * his work among accounts.  Last table, with -r: the leak by rule.
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
#include "incentives/scenarios.h"

#define HELD .005       /* of the honest, but where a scenario says otherwise: the copy hold is wrong about no more */

static const char *const rules[] = { "flat", "threshold", "consensus", "gold", "gate-ca", "ca", "dg", "pts", "dmi" };
enum { N_RULES = sizeof rules / sizeof *rules };

/* ---- one campaign ------------------------------------------------------------------------ */

struct outcome {
	double leak, leak_label, honest, p5, half, held;
	double by_type[TYPES], held_of[TYPES], by_rule[N_RULES], by_probe[PROBES], square[PROBES];
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

/* what those who are looked at got, of the price of all that they would have answered */
static void judge_probes(const struct world *o, const struct payout *p, double *by_probe)
{
	double work[PROBES] = { 0 };

	for (uint32_t i = 0; i < o->n; i++)
		if (o->w[i].probed) {
			by_probe[o->w[i].probe] += p->all[i];
			work[o->w[i].probe] += o->w[i].quota;
		}
	for (int k = 0; k < PROBES; k++)
		by_probe[k] /= work[k] > 0 ? work[k] : 1;
}

static struct outcome judge(const struct world *o, const struct payout *p)
{
	struct outcome r = { .alarm = p->alarm };
	double *good = mem_alloc(o->n, sizeof *good);
	size_t n = 0, of[TYPES] = { 0 };

	r.leak = leak_of(o, p, &r.leak_label);
	judge_probes(o, p, r.by_probe);
	for (uint32_t i = 0; i < o->n; i++) {
		enum type t = o->w[i].type;
		double share = p->all[i] / o->quota;
		if (o->w[i].probed)
			continue;
		r.by_type[t] += share;
		of[t]++;
		if (t != HONEST)
			continue;
		good[n++] = share;
		r.half += share < .5;
	}
	for (int t = 0; t < TYPES; t++) {
		r.by_type[t] /= of[t] ? (double)of[t] : 1;
		r.held_of[t] = of[t] ? p->held[t] / (double)of[t] : 0;
	}
	qsort(good, n, sizeof *good, ascending);
	r.p5 = quantile(good, n, .05);
	r.honest = r.by_type[HONEST];
	r.half /= (double)n;
	r.held = r.held_of[HONEST];
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
	for (int t = 0; t < TYPES; t++) {
		m->by_type[t] += r->by_type[t] / k;
		m->held_of[t] += r->held_of[t] / k;
	}
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

/* One person's work through ten accounts that nobody knows to be his, and through one: who is honest gains nothing by it,
 * and who is not gets next to nothing either way, or little when half of his work is honest. */
static bool tell_pieces(const struct scenario *sc, const struct outcome *m, uint32_t seeds)
{
	bool bad = false;

	for (int i = 0; i < PIECES; i++) {
		double ten = m->by_probe[2 * i], one = m->by_probe[2 * i + 1];
		enum type t = piece_type[i];
		double bound = t == HONEST ? one : t == LAZYMIX ? sc->pieces : .02;
		printf("    %-10s by ten accounts %.3f  se %.3f, by one %.3f  se %.3f\n", type_name[t], ten,
		       error_of(m, 2 * i, seeds), one, error_of(m, 2 * i + 1, seeds));
		bad |= missed(ten > bound, "pay by ten accounts", ten, bound);
	}
	return bad;
}

static bool tell_rest(const struct options *opt, const struct scenario *sc, const struct outcome *m, uint32_t seeds)
{
	bool bad = false;

	for (int t = 0; t < TYPES && opt->by_type; t++)
		if (m->by_type[t] > 0 || m->held_of[t] > 0)
			printf("    %-16s %.4f, %5.1f %% held\n", type_name[t], m->by_type[t], 100 * m->held_of[t]);
	if (sc->probe == LIAR)
		bad |= tell_lies(m, seeds);
	if (sc->probe == LEVEL)
		bad |= tell_levels(m, seeds);
	if (sc->probe == PIECE)
		bad |= tell_pieces(sc, m, seeds);
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
	double held = sc->held > 0 ? sc->held : HELD;
	bad |= missed(m->held > held, "honest held", m->held, held);
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
	for (size_t s = 0; s < n_scenarios; s++) {
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
	struct outcome *mean = mem_zalloc(n_scenarios, sizeof *mean);
	bool bad = false, *wanted = mem_zalloc(n_scenarios, sizeof *wanted);
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
	for (size_t s = 0; s < n_scenarios; s++) {
		wanted[s] = optind + 1 == argc;
		for (int a = optind + 1; a < argc; a++)
			wanted[s] |= strcmp(argv[a], scenarios[s].name) == 0;
		if (wanted[s])
			bad |= report(&opt, &scenarios[s], &mean[s]);
	}
	if (opt.rule_seeds)
		rule_table(mean, wanted);
	free(mean);
	free(wanted);
	return bad;
}
