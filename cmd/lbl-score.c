/* lbl-score - labels and consensus in, verdicts and scores out: see lbl-score(1). */
#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"
#include "json/write.h"
#include "score/reward.h"
#include "stage/score.h"

static const char *rule = "gold", *epoch = "1", *bound = "95";
static double min_confidence = 0.8;

static const struct opt opts[] = {
	{ 0, "rule", OPT_CHOICE, "gold", &rule, "how score_bp is made: Wilson lower bound of the hits on gold", 0, 0 },
	{ 'e', "epoch", OPT_STR, "NAME", &epoch, "the epoch that the scores are of (default 1)", 0, 0 },
	{ 'c', "min-confidence", OPT_NUM, "P", &min_confidence,
	  "the others decide a label when they are at least this sure (default 0.8)", 0, 1 },
	{ 0, "bound", OPT_CHOICE, "90|95", &bound, "one-sided confidence of the lower bound in per cent (default 95)", 0, 0 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec spec = {
	"[options] [file ...]",
	"Read labels, gold and consensus; write a verdict for each label and a score in\n"
	"integers for each worker.  Input lines pass through unchanged.",
	opts,
};

static struct score_options options(void)
{
	struct score_options o = SCORE_OPTIONS_DEFAULT;
	struct arena a = { 0 };
	struct str checked;
	struct err e;

	if (!rec_check_id(str_of(epoch), &a, &checked, &e))
		cli_usage("--epoch %s", e.msg);
	if (!json_utf8(checked))
		cli_usage("--epoch is not UTF-8");
	memset(o.epoch, 0, sizeof o.epoch);
	memcpy(o.epoch, checked.p, checked.n);
	arena_release(&a);
	o.min_confidence = min_confidence;
	o.z2_micro = str_is(str_of(bound), "90") ? REWARD_Z2_90 : REWARD_Z2_95;
	return o;
}

static void tell_replaced(uint64_t n, const char *what, const char *of_the_same)
{
	if (n)
		cli_note("%llu %s record%s replaced by a later one of the same %s", (unsigned long long)n, what,
		         n == 1 ? " was" : "s were", of_the_same);
}

static void summary(const struct score_totals *t)
{
	tell_replaced(t->replaced, "label", "worker and task");
	tell_replaced(t->gold_replaced, "gold", "task");
	tell_replaced(t->consensus_replaced, "consensus", "task");
	tell_replaced(t->skills_replaced, "skill", "worker");
	cli_note("%llu labels by %llu workers: %llu verified, %llu rejected, %llu pending",
	         (unsigned long long)t->labels, (unsigned long long)t->workers, (unsigned long long)t->verified,
	         (unsigned long long)t->rejected, (unsigned long long)t->pending);
}

int main(int argc, char **argv)
{
	struct stream in = { 0 };
	void *stage = stage_score.create();

	cli_start("lbl-score");
	int i = opt_parse(argc, argv, &spec);
	struct score_options o = options();
	score_set(stage, &o);
	stream_open(&in, argv + i, argc - i);
	cli_lockdown();
	out_open(opt_common()->unbuffered);
	feed(&in, &stage_score, stage);
	int status = stream_close(&in);
	emit(&stage_score, stage);
	struct score_totals t = score_totals(stage);
	summary(&t);
	stage_score.destroy(stage);
	out_close();
	return status;
}
