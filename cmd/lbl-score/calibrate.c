#include "calibrate.h"

#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"
#include "json/write.h"
#include "stage/score-calibrate.h"
#include "stage/score.h"

static uint64_t block = 100, threads;

static const struct opt opts[] = {
	{ 'b', "block", OPT_UINT, "N", &block, "answers of a person in an epoch to come (default 100)", 1, 1000000 },
	{ 'j', "threads", OPT_UINT, "N", &threads, "use N threads; changes no result (default 0: all cores)", 0, 1024 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec spec = {
	"calibrate [options] [file ...]",
	"Read the labels and the gold of a pilot; write a policy for rule hold.  Why each\n"
	"number is what it is goes to standard error.",
	opts,
};

/* basis points as a percentage with two places */
#define PC "%lu.%02lu %%"
#define BP(x) (unsigned long)(x) / 100, (unsigned long)(x) % 100

static void say_where_from(const struct rule_pilot *r, const struct rule_policy *p)
{
	cli_note("p0_bp %lu: the better half of %lu people is right on " PC " of gold, class by class, by %llu of %llu answers "
	         "(standard error " PC ")", (unsigned long)r->p0, (unsigned long)r->people, BP(r->p0), (unsigned long long)r->used,
	         (unsigned long long)r->gold, BP(r->p0_error));
	cli_note("p1_bp %lu: 5/9 (1 - 1/k) of the way from chance, " PC " with k = %lu classes, to p0", (unsigned long)r->p1,
	         BP(10000 / r->classes), (unsigned long)r->classes);
	cli_note("ca_ref %lu: with it the better half is paid the rate on average; %lu people are cleared, %lu answers a person in %lu part%s",
	         (unsigned long)p->ca_ref, (unsigned long)r->cleared, (unsigned long)r->answers, (unsigned long)r->parts,
	         r->parts == 1 ? "" : "s");
	cli_note("one in ten agrees with cleared people by more than %lld", (long long)r->ca_90);
	cli_note("who is right on " PC " of gold is cleared after about %lu answers to it", BP(r->p0), (unsigned long)r->to_clear);
	if (r->others)
		cli_note("%lu %s fewer than %d answers to gold: not looked at for p0", (unsigned long)r->others,
		         r->others == 1 ? "person has" : "people have", RULE_PILOT_GOLD);
}

/* Is there enough to go by? */
static void warn_of_little(const struct rule_pilot *r)
{
	if (r->p0_error > 200)
		cli_warn("little gold: p0 is known to " PC " only, by %llu answers; four times as many halve that", BP(r->p0_error),
		         (unsigned long long)r->used);
	if (r->people < 20 || r->cleared < 20)
		cli_warn("few people: p0 is from %lu, ca_ref from %lu who are cleared; take 20 at least", (unsigned long)r->people,
		         (unsigned long)r->cleared);
	if (r->answers < 50)
		cli_warn("few answers: %lu a person, which says little of how people agree; take 50 at least", (unsigned long)r->answers);
	if (r->blind > 15000 / r->classes)
		cli_warn("gold is not drawn class by class: who always says the same is right on " PC " of it, and p1 is " PC,
		         BP(r->blind), BP(r->p1));
}

/* What would go wrong with the defaults, or goes wrong with any numbers? */
static void warn_of_kind(const struct rule_pilot *r)
{
	bool enough = r->pairs_gold >= 400 && r->pairs_tasks >= 400;    /* 7 % is above three standard errors */

	if (r->classes == 2)
		cli_warn("two classes: guessing is right half of the time, which the default p1 would take for work");
	if (r->p0 < 8000)
		cli_warn("hard items: good people are right on " PC " of gold; the default p0 of 85 %% would stop some of them", BP(r->p0));
	if (r->to_clear > 20)
		cli_warn("p0 and p1 are near each other: about %lu answers to gold until somebody is cleared; plan for more gold",
		         (unsigned long)r->to_clear);
	if (r->quarter[2] - r->quarter[0] > 2500)
		cli_warn("wide spread: a quarter of the people is right on " PC " of gold or less, a quarter on " PC " or more",
		         BP(r->quarter[0]), BP(r->quarter[2]));
	if (r->below * 4 > r->people)
		cli_warn("%lu of %lu people are not above p1: they will not be paid", (unsigned long)r->below, (unsigned long)r->people);
	if (enough && r->same_gold > r->same_tasks + 700)
		cli_warn("gold is easier than the tasks: two of the better half agree on " PC " of gold and " PC " of tasks",
		         BP(r->same_gold), BP(r->same_tasks));
	if (enough && r->same_gold + 700 < r->same_tasks)
		cli_warn("gold is harder than the tasks: two of the better half agree on " PC " of gold and " PC " of tasks",
		         BP(r->same_gold), BP(r->same_tasks));
	if (r->paid_default < 9000 || r->paid_default > 10700)
		cli_warn("with the default ca_ref the better half would be paid " PC " of the rate", BP(r->paid_default));
}

static void put(const struct rule_pilot *r, const struct rule_policy *p)
{
	struct buf b = BUF_INIT;

	buf_addc(&b, '{');
	json_put_kuint(&b, "p0_bp", r->p0);
	json_put_kuint(&b, "p1_bp", r->p1);
	json_put_kuint(&b, "alpha_bp", RULE_PILOT_ALPHA);
	json_put_kuint(&b, "beta_bp", RULE_PILOT_BETA);
	json_put_kuint(&b, "ca_ref", p->ca_ref);
	buf_addc(&b, '}');
	out_line(buf_str(&b));
	buf_release(&b);
}

int calibrate(int argc, char **argv)
{
	struct rule_policy p = RULE_POLICY_DEFAULT;
	void *stage = stage_score.create();
	struct rule_pilot pilot;
	struct stream in = { 0 };
	uint64_t n_other;
	struct err e;

	int i = opt_parse(argc, argv, &spec);
	stream_open(&in, argv + i, argc - i);
	in.no_pass = true;
	cli_lockdown();
	out_open(opt_common()->unbuffered);
	feed_bulk(&in, &stage_score, stage, score_take_labels, (unsigned)threads);
	int status = stream_close(&in);
	if (!score_calibrate(stage, (uint32_t)block, (unsigned)threads, &p, &pilot, &n_other, &e))
		cli_die(LBL_DATAERR, "the pilot is not enough: %s", e.msg);
	if (n_other)
		cli_note("%llu label%s of other types than class, ordinal and pair: left out", (unsigned long long)n_other,
		         n_other == 1 ? " is" : "s are");
	say_where_from(&pilot, &p);
	warn_of_little(&pilot);
	warn_of_kind(&pilot);
	put(&pilot, &p);
	stage_score.destroy(stage);
	out_close_text();
	return status;
}
