/* lbl-agree - labels in, consensus out: see lbl-agree(1). */
#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/progress.h"
#include "io/whole.h"
#include "lbl-agree/shards.h"
#include "stage/agree.h"

static const char *method = "auto", *gold = "clamp", *repeats = "last";
static uint64_t iterations, threads, seed;
static double tolerance, half_life, circumference, overlap = 0.5;
static const char *agreement = "alpha", *weights = "identity", *metric = "nominal", *by = "all", *choices = "";
static const char *report;
static bool per_class, calibrated;
static uint64_t pairs, bootstrap;
static struct shard_args shards;

static const struct opt opts[] = {
	{ 'm', "method", OPT_STR, "LIST", &method, "how labels become consensus: NAME, or TYPE=NAME for another type of tasks (default auto)", 0, 0 },
	{ 0, "iterations", OPT_UINT, "N", &iterations, "at most N iterations (default 0: the method's own)", 0, AGREE_MAX_ITERATIONS },
	{ 0, "tolerance", OPT_NUM, "T", &tolerance, "when to stop (default 0: the method's own); below 0: never", -1, 1 },
	{ 0, "seed", OPT_UINT, "N", &seed, "for methods that draw numbers (default 0)", 0, 9e15 },
	{ 'g', "gold", OPT_CHOICE, "clamp|judge|ignore", &gold, "gold is known (default), is held out to judge, or is no matter", 0, 0 },
	{ 0, "calibrate", OPT_FLAG, NULL, &calibrated, "correct confidence by what gold says it is worth", 0, 0 },
	{ 0, "repeats", OPT_CHOICE, "last|keep|error", &repeats, "of a worker's labels on a task the last counts (default), all do, or there may be one", 0, 0 },
	{ 0, "half-life", OPT_NUM, "RUNS", &half_life, "counts in skill records weigh half after RUNS runs (default 0: for ever)", 0, 1e6 },
	{ 0, "overlap", OPT_NUM, "T", &overlap, "boxes that overlap by T are of the same thing (default 0.5)", 0, 1 },
	{ 'a', "agreement", OPT_STR, "LIST", &agreement, "coefficients, separated by commas, or none (default alpha)", 0, 0 },
	{ 0, "weights", OPT_CHOICE, "identity|linear|quadratic|radical|ordinal|ratio|circular|bipolar", &weights,
	  "how far two classes agree, for all but ac1 and alpha (default identity)", 0, 0 },
	{ 0, "metric", OPT_CHOICE, "nominal|ordinal|interval|ratio|circular", &metric, "how far two classes differ, for alpha (default nominal)", 0, 0 },
	{ 0, "circumference", OPT_NUM, "U", &circumference, "of the circular metric", 0, 0 },
	{ 0, "per-class", OPT_FLAG, NULL, &per_class, "agreement on each class against the others too", 0, 0 },
	{ 0, "pairs", OPT_UINT, "N", &pairs, "agreement of each two workers with N tasks in common too (default 0: of none)", 0, UINT32_MAX },
	{ 0, "by", OPT_CHOICE, "all|group", &by, "agreement once (default), or for each group of tasks too", 0, 0 },
	{ 0, "bootstrap", OPT_UINT, "B", &bootstrap, "error of agreement from B resamples of the tasks (default 0: others)", 0, AGREEMENT_MOST_RESAMPLES },
	{ 0, "choices", OPT_STR, "LIST", &choices, "all classes in their order, separated by commas, for agreement", 0, 0 },
	{ 0, "estep", OPT_STR, "MODEL", &shards.estep, "E step over a shard of tasks under a model, or none: its counts", 0, 0 },
	{ 0, "mstep", OPT_FLAG, NULL, &shards.mstep, "M step: the counts of all shards make a model", 0, 0 },
	{ 0, "apply", OPT_STR, "MODEL", &shards.apply, "the consensus of a shard under a model", 0, 0 },
	{ 0, "report", OPT_STR, "FILE", &report, "write a page for people to FILE, in HTML", 0, 0 },
	{ 'j', "threads", OPT_UINT, "N", &threads, "use N threads; changes no result (default 0: all cores)", 0, 1024 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec spec = {
	"[options] [file ...]",
	"Read labels; write the consensus of each task, the skill of each worker, and\n"
	"Krippendorff's alpha with its interval.  Input lines pass through unchanged.",
	opts,
};

static struct agree_options options(void)
{
	struct agree_options o;
	struct err e;

	agree_options_init(&o);
	if (!agree_methods_parse(str_of(method), &o, &e))
		cli_usage("--method: %s", e.msg);
	o.iterations = (uint32_t)iterations;
	o.tolerance = tolerance;
	o.seed = seed;
	o.gold = gold[0] == 'c' ? AGREE_GOLD_CLAMP : gold[0] == 'j' ? AGREE_GOLD_JUDGE : AGREE_GOLD_IGNORE;
	o.repeats = repeats[0] == 'l' ? AGREE_REPEATS_LAST : repeats[0] == 'k' ? AGREE_REPEATS_KEEP : AGREE_REPEATS_ERROR;
	o.half_life = half_life;
	o.overlap = overlap;
	if (overlap <= 0)
		cli_usage("--overlap wants a number above 0");
	o.calibrate = calibrated;
	if (o.calibrate && o.gold == AGREE_GOLD_IGNORE)
		cli_usage("--calibrate wants gold: --gold clamp or judge");
	o.threads = (unsigned)threads;
	if (!agreement_parse(str_of(agreement), &o.agreement, &e))
		cli_usage("--agreement: %s", e.msg);
	weights_by_name(str_of(weights), &o.agreement.weights);
	metric_by_name(str_of(metric), &o.agreement.metric);
	o.agreement.circumference = circumference;
	o.agreement.per_class = per_class;
	o.agreement.pairs = (uint32_t)pairs;
	o.agreement.by_group = by[0] == 'g';
	o.agreement.bootstrap = (uint32_t)bootstrap;
	if (opt_given("choices") && !agreement_choices(str_of(choices), &o.agreement, &e))
		cli_usage("--choices: %s", e.msg);
	if (!agreement_check(&o.agreement, &e))
		cli_usage("%s", e.msg);
	if (o.agreement.metric == METRIC_CIRCULAR && circumference <= 0)
		cli_usage("--metric circular wants --circumference U, above 0");
	return o;
}

static void tell_choice(const struct agree_auto_why *w)
{
	if (w->too_big)
		cli_note("auto: sparse one-coin models, for confusion matrices of so many classes, workers or tasks would not fit");
	else
		cli_note("auto: %.2f hds + %.2f one-coin: classes matter %.3f nats a label by worker, %.3f by the crowd",
		         1 - w->weight, w->weight, w->effect, w->shared);
}

static void tell_calibration(const struct calibration_totals *c)
{
	if (calibrated && !c->gold)
		cli_note("there is no gold with labels: nothing to calibrate by");
	else if (calibrated)
		cli_note("calibrated on %llu gold task%s: power %.2f, log loss %.4f to %.4f, calibration error %.4f to %.4f",
		         (unsigned long long)c->gold, c->gold == 1 ? "" : "s", c->power, c->loss_before, c->loss_after,
		         c->ece_before, c->ece_after);
}

/* a line each, of the other types */
static void tell_notes(struct str notes)
{
	while (notes.n) {
		const char *nl = memchr(notes.p, '\n', notes.n);
		struct str line = { notes.p, (size_t)(nl - notes.p) };
		cli_note("%.*s", STR_FMT(line));
		notes.p += line.n + 1;
		notes.n -= line.n + 1;
	}
}

static void summary(const struct agree_totals *t, const struct agree_method *m)
{
	if (t->replaced)
		cli_note("%llu label record%s replaced by a later one of the same worker and task",
		         (unsigned long long)t->replaced, t->replaced == 1 ? " was" : "s were");
	if (t->labels == 0 && !t->other) {
		cli_note("no labels in the input");
		return;
	}
	if (t->other)
		cli_note("%llu task%s of a type that has no methods here: no consensus", (unsigned long long)t->other,
		         t->other == 1 ? " is" : "s are");
	tell_notes(t->notes);
	if (!t->classes_there)
		return;
	if (m->fit == agree_auto)
		tell_choice(&t->why);
	tell_calibration(&t->calibration);
	if (t->judged)
		cli_note("on %llu gold task%s: accuracy %.4f, log loss %.4f, Brier %.4f, calibration error %.4f",
		         (unsigned long long)t->gold, t->gold == 1 ? "" : "s", t->accuracy, t->log_loss, t->brier, t->ece);
	if (!t->converged && !m->fixed)
		cli_note("not converged after %u iteration%s: see --iterations and --tolerance", t->iterations,
		         t->iterations == 1 ? "" : "s");
}

static void tick(unsigned done, unsigned most)
{
	progress("iterations", done, most);
}

int main(int argc, char **argv)
{
	struct stream in = { 0 };
	struct buf html = BUF_INIT;
	struct whole page;

	cli_start("lbl-agree");
	int i = opt_parse(argc, argv, &spec);
	struct agree_options o = options();
	if (shards_asked(&shards))
		return shards_main(&shards, &o, opts, argv + i, argc - i);
	void *stage = stage_agree.create();
	agree_set(stage, &o);
	agree_watch(stage, tick);
	agree_last(stage);
	stream_open(&in, argv + i, argc - i);
	if (report) {
		whole_open(&page, "--report", report, &in.files);
		agree_set_report(stage, &html);
	}
	cli_lockdown_but_rename(report ? page.dir : -1);
	out_open(opt_common()->unbuffered);
	feed_bulk(&in, &stage_agree, stage, agree_take_labels, o.threads);
	int status = stream_close(&in);
	emit(&stage_agree, stage);
	if (report)
		whole_close(&page, buf_str(&html));
	summary(agree_totals(stage), o.method);
	stage_agree.destroy(stage);
	buf_release(&html);
	out_close();
	return status;
}
