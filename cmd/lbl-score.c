/* lbl-score - labels and consensus in, verdicts and scores out: see lbl-score(1). */
#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/whole.h"
#include "json/write.h"
#include "lbl-score/calibrate.h"
#include "lbl-score/given.h"
#include "score/reward.h"
#include "stage/score.h"

static const char *rule = "hold", *epoch = "1", *bound = "95", *policy, *reviewers, *explain, *report;
static struct opt_list reviewer, unheld;
static double min_confidence = 0.8, tolerance = -1, relative = -1, iou = 0.5;
static uint64_t calibrate_from = 50, threshold = 6000, ca_ref, half_seed, threads, reputation = REPUTATION_START, penalty;
static bool end, reset, queue, quality;

static const struct opt opts[] = {
	{ 0, "rule", OPT_CHOICE, "hold|gold|flat|threshold|gate-ca|consensus|pts|dg|ca|dmi|bts", &rule,
	  "how scores are made (default hold: gold decides who is paid, peers how much)", 0, 0 },
	{ 'e', "epoch", OPT_STR, "NAME", &epoch, "the epoch that the scores are of (default 1)", 0, 0 },
	{ 'c', "min-confidence", OPT_NUM, "P", &min_confidence,
	  "the others decide a label when they are at least this sure (default 0.8)", 0, 1 },
	{ 0, "calibrate", OPT_UINT, "N", &calibrate_from,
	  "how sure they are is what N tasks with gold say of it (default 50; 0: what they claim)", 0, SCORE_CALIBRATE_MOST },
	{ 'p', "policy", OPT_STR, "FILE", &policy, "of rule hold: its parameters, a JSON object", 0, 0 },
	{ 0, "end", OPT_FLAG, NULL, &end, "of rule hold: the campaign ends with this epoch; settle", 0, 0 },
	{ 0, "reset", OPT_FLAG, NULL, &reset, "of rule hold: forget what earlier scores know of the workers", 0, 0 },
	{ 0, "unhold", OPT_LIST, "WORKER", &unheld, "of rule hold: he did not copy; may be given up to 8 times", 0, 0 },
	{ 0, "reviewer", OPT_LIST, "NAME", &reviewer, "count his reviews; may be given up to 8 times", 0, 0 },
	{ 0, "reviewers", OPT_STR, "FILE", &reviewers, "count the reviews of those in FILE, one a line", 0, 0 },
	{ 0, "review-queue", OPT_FLAG, NULL, &queue, "write what people should look at, by what is at stake", 0, 0 },
	{ 0, "bound", OPT_CHOICE, "90|95", &bound, "one-sided confidence of the lower bound in per cent (default 95)", 0, 0 },
	{ 0, "threshold", OPT_UINT, "BP", &threshold, "of rule threshold: verified share that is paid (default 6000)", 0, 10000 },
	{ 0, "ca-ref", OPT_UINT, "N", &ca_ref, "the measure, in 2^-32, that gives 10000 (default: the rule's)", 1, 1099511627775 },
	{ 0, "half-seed", OPT_UINT, "N", &half_seed, "of rule dmi: divides the tasks into halves (default 0)", 0, 9007199254740992 },
	{ 0, "quality", OPT_FLAG, NULL, &quality, "write what the labels of each worker say against gold, too", 0, 0 },
	{ 0, "tolerance", OPT_NUM, "X", &tolerance, "with --quality: numbers this far from gold are within", 0, 1e300 },
	{ 0, "relative", OPT_NUM, "X", &relative, "with --quality: and those this far in parts of gold", 0, 1e300 },
	{ 0, "iou", OPT_NUM, "P", &iou, "with --quality: overlap that makes two boxes one (default 0.5)", 1e-9, 1 },
	{ 0, "reputation", OPT_UINT, "BP", &reputation, "keep reputations from epoch to epoch; who is new begins with BP", 1, 10000 },
	{ 0, "penalty", OPT_UINT, "BP", &penalty, "part of the score that a finding about a worker takes (default 0)", 0, 10000 },
	{ 0, "explain", OPT_STR, "WORKER", &explain, "say in words how this worker's score came about, instead of records", 0, 0 },
	{ 0, "report", OPT_STR, "FILE", &report, "write a page for people to FILE, in HTML", 0, 0 },
	{ 'j', "threads", OPT_UINT, "N", &threads, "use N threads; changes no result (default 0: all cores)", 0, 1024 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec spec = {
	"[options] [file ...]",
	"Read labels, gold and consensus; write a verdict for each label and a score in\n"
	"integers for each worker.  Input lines pass through unchanged.  A verb does\n"
	"something else (its options: lbl-score VERB --help):\n\n"
	"  calibrate  make a policy for rule hold from a pilot",
	opts,
};

static struct score_options options(void)
{
	struct score_options o;
	struct arena a = { 0 };
	struct str checked;
	struct err e;

	if (penalty && !opt_given("reputation"))
		cli_usage("--penalty goes with --reputation, which remembers what was taken");
	score_options_init(&o);
	if (!rec_check_id(str_of(epoch), &a, &checked, &e))
		cli_usage("--epoch %s", e.msg);
	if (!json_utf8(checked))
		cli_usage("--epoch is not UTF-8");
	memset(o.epoch, 0, sizeof o.epoch);
	memcpy(o.epoch, checked.p, checked.n);
	arena_release(&a);
	o.min_confidence = min_confidence;
	o.calibrate = (uint32_t)calibrate_from;
	o.z2_micro = str_is(str_of(bound), "90") ? REWARD_Z2_90 : REWARD_Z2_95;
	o.rule = score_rule_find(str_of(rule));
	o.end = end;
	o.reset = reset;
	o.queue = queue;
	o.threads = (unsigned)threads;
	if (policy)
		given_policy(policy, &o.policy);
	o.threshold_bp = (uint32_t)threshold;
	o.ca_ref = ca_ref;
	o.half_seed = half_seed;
	o.quality = quality;
	o.of_quality = (struct score_quality_options){ tolerance, relative, iou, str_is(str_of(bound), "90") ? 0.9 : 0.95 };
	o.reputation = (struct reputation_options){ opt_given("reputation"), (uint32_t)reputation, (uint32_t)penalty };
	return o;
}

static void tell_replaced(uint64_t n, const char *what, const char *of_the_same)
{
	if (n)
		cli_note("%llu %s record%s replaced by a later one of the same %s", (unsigned long long)n, what,
		         n == 1 ? " was" : "s were", of_the_same);
}

static void tell_left_out(const struct score_totals *t)
{
	if (t->late)
		cli_note("%llu label%s came when an earlier one of the same person and task had been counted: left out",
		         (unsigned long long)t->late, t->late == 1 ? "" : "s");
	if (t->strange_reviews)
		cli_note("%llu review%s by people that neither --reviewer nor --reviewers names: left out",
		         (unsigned long long)t->strange_reviews, t->strange_reviews == 1 ? " is" : "s are");
	if (t->own_reviews)
		cli_note("%llu review%s of the reviewer's own labels: left out", (unsigned long long)t->own_reviews,
		         t->own_reviews == 1 ? " is" : "s are");
}

static void summary_of_hold(const struct score_totals *t)
{
	cli_note("%llu units released to %llu workers; %llu are cleared, %llu stopped", (unsigned long long)t->released,
	         (unsigned long long)t->paid, (unsigned long long)t->cleared, (unsigned long long)t->stopped);
	if (t->labels && !t->gold_labels && !t->cleared)
		cli_note("none of these labels is on a task with gold: without gold nobody is cleared");
	if (t->held)
		cli_warn("%llu worker%s seem%s to copy: held until somebody has looked, see the finding records",
		         (unsigned long long)t->held, t->held == 1 ? "" : "s", t->held == 1 ? "s" : "");
	if (t->alarm)
		cli_warn("ALARM: those who are cleared no longer agree with each other; nothing is released.  Gold may have leaked: "
		         "replace it");
}

/* In units of tasks: each with gold is 1, shared out among the claims on it.  Of many blocks, neighbours together. */
static void tell_blocks(const struct score_trust *trust)
{
	enum { FEW = 10 };
	struct isotonic_block sum = { 0 };
	const double one = (double)ISOTONIC_ONE, few = (double)(trust->tasks + 1) / FEW;

	for (size_t i = 0; i < trust->n_blocks; i++) {
		const struct isotonic_block *b = &trust->block[i];
		sum = (struct isotonic_block){ sum.n ? sum.from : b->from, b->to, sum.n + b->n, sum.right + b->right };
		double n = (double)sum.n / one, right = (double)sum.right / one;
		if (trust->n_blocks > FEW && n < few && i + 1 < trust->n_blocks)
			continue;
		cli_note("  claimed %.4f to %.4f: %.1f of %.1f right, %.4f", sum.from / 1e4, sum.to / 1e4, right, n, right / n);
		sum.n = sum.right = 0;
	}
}

static void tell_trust(const struct score_totals *t, const struct score_trust *trust)
{
	static const char *const by[] = { "votes", "the model" };

	for (int i = 0; i < N_TRUSTS; i++) {
		unsigned long long n = trust[i].tasks;
		if (!t->claims[i] || !calibrate_from)
			continue;
		if (trust[i].n_blocks)
			cli_note("confidence by %s is what %llu tasks with gold say of it, and one more that was wrong:", by[i], n);
		else
			cli_note("confidence by %s is not calibrated: %llu task%s with gold can say what it is worth, --calibrate "
			         "asks for %llu", by[i], n, n == 1 ? "" : "s", (unsigned long long)calibrate_from);
		tell_blocks(&trust[i]);
	}
}

static void summary(const struct score_totals *t, const struct score_trust *trust)
{
	tell_replaced(t->replaced, "label", "worker and task");
	tell_left_out(t);
	tell_replaced(t->gold_replaced, "gold", "task");
	tell_replaced(t->consensus_replaced, "consensus", "task");
	tell_replaced(t->skills_replaced, "skill", "worker");
	cli_note("%llu labels by %llu workers: %llu verified, %llu rejected, %llu pending",
	         (unsigned long long)t->labels, (unsigned long long)t->workers, (unsigned long long)t->verified,
	         (unsigned long long)t->rejected, (unsigned long long)t->pending);
	tell_trust(t, trust);
}

int main(int argc, char **argv)
{
	struct stream in = { 0 };
	struct buf text = BUF_INIT, html = BUF_INIT;
	struct whole page;

	cli_start("lbl-score");
	if (argc > 1 && str_is(str_of(argv[1]), "calibrate"))
		return calibrate(argc - 1, argv + 1);
	void *stage = stage_score.create();
	int i = opt_parse(argc, argv, &spec);
	struct score_options o = options();
	score_set(stage, &o);
	given_reviewers(stage, &reviewer, reviewers);
	given_unhold(stage, &unheld);
	if (explain)
		given_explain(stage, explain, &text);
	in.no_pass = explain != NULL;
	stream_open(&in, argv + i, argc - i);
	if (report) {
		whole_open(&page, "--report", report, &in.files);
		score_set_report(stage, &html);
	}
	cli_lockdown_but_rename(report ? page.dir : -1);
	out_open(opt_common()->unbuffered);
	in.whole = score_reads_all(&o);
	feed_bulk(&in, &stage_score, stage, score_take_labels, o.threads);
	int status = stream_close(&in);
	emit(&stage_score, stage);
	if (report)
		whole_close(&page, buf_str(&html));
	struct score_totals t = score_totals(stage);
	summary(&t, score_trusted(stage));
	if (score_is_default(&o))
		summary_of_hold(&t);
	if ((t.alarm || t.held) && !explain)
		status = LBL_FOUND;
	stage_score.destroy(stage);
	if (explain)
		out_lines(buf_str(&text));
	(explain ? out_close_text : out_close)();
	buf_release(&text);
	buf_release(&html);
	return status;
}
