/* lbl-agree - labels in, consensus out: see lbl-agree(1). */
#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"
#include "stage/agree.h"

static const char *method = "auto", *gold = "clamp", *repeats = "last";
static uint64_t iterations, threads, seed;
static double tolerance, half_life, circumference;
static const char *agreement = "alpha", *weights = "identity", *metric = "nominal";

static const struct opt opts[] = {
	{ 'm', "method", OPT_STR, "LIST", &method, "how labels become consensus: NAME, or TYPE=NAME for another type of tasks (default auto)", 0, 0 },
	{ 0, "iterations", OPT_UINT, "N", &iterations, "at most N iterations (default 0: the method's own)", 0, AGREE_MAX_ITERATIONS },
	{ 0, "tolerance", OPT_NUM, "T", &tolerance, "when to stop (default 0: the method's own); below 0: never", -1, 1 },
	{ 0, "seed", OPT_UINT, "N", &seed, "for methods that draw numbers (default 0)", 0, 9e15 },
	{ 'g', "gold", OPT_CHOICE, "clamp|judge|ignore", &gold, "gold is known (default), is held out to judge, or is no matter", 0, 0 },
	{ 0, "repeats", OPT_CHOICE, "last|error", &repeats, "of a worker's labels on a task the last counts (default), or none may", 0, 0 },
	{ 0, "half-life", OPT_NUM, "RUNS", &half_life, "counts in skill records weigh half after RUNS runs (default 0: for ever)", 0, 1e6 },
	{ 'a', "agreement", OPT_STR, "LIST", &agreement, "coefficients, separated by commas, or none (default alpha)", 0, 0 },
	{ 0, "weights", OPT_CHOICE, "identity|linear|quadratic|radical|ordinal|ratio|circular|bipolar", &weights,
	  "how far two classes agree, for all but ac1 and alpha (default identity)", 0, 0 },
	{ 0, "metric", OPT_CHOICE, "nominal|ordinal|interval|ratio|circular", &metric, "how far two classes differ, for alpha (default nominal)", 0, 0 },
	{ 0, "circumference", OPT_NUM, "U", &circumference, "of the circular metric", 0, 0 },
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
	o.repeats = repeats[0] == 'l' ? AGREE_REPEATS_LAST : AGREE_REPEATS_ERROR;
	o.half_life = half_life;
	o.threads = (unsigned)threads;
	if (!agreement_parse(str_of(agreement), &o.agreement, &e))
		cli_usage("--agreement: %s", e.msg);
	weights_by_name(str_of(weights), &o.agreement.weights);
	metric_by_name(str_of(metric), &o.agreement.metric);
	o.agreement.circumference = circumference;
	if (o.agreement.metric == METRIC_CIRCULAR && circumference <= 0)
		cli_usage("--metric circular wants --circumference U, above 0");
	return o;
}

static void tell_choice(const struct agree_auto_why *w)
{
	if (w->too_big)
		cli_note("auto: one-coin, for confusion matrices of so many workers and classes would not fit");
	else
		cli_note("auto: %.2f hds + %.2f one-coin: classes matter %.3f nats a label by worker, %.3f by the crowd",
		         1 - w->weight, w->weight, w->effect, w->shared);
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
	if (t->labels == 0) {
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
	if (t->judged)
		cli_note("on %llu gold task%s: accuracy %.4f, log loss %.4f, Brier %.4f, calibration error %.4f",
		         (unsigned long long)t->gold, t->gold == 1 ? "" : "s", t->accuracy, t->log_loss, t->brier, t->ece);
	if (!t->converged && !m->fixed)
		cli_note("not converged after %u iteration%s: see --iterations and --tolerance", t->iterations,
		         t->iterations == 1 ? "" : "s");
}

int main(int argc, char **argv)
{
	struct stream in = { 0 };
	void *stage = stage_agree.create();

	cli_start("lbl-agree");
	int i = opt_parse(argc, argv, &spec);
	struct agree_options o = options();
	agree_set(stage, &o);
	stream_open(&in, argv + i, argc - i);
	cli_lockdown();
	out_open(opt_common()->unbuffered);
	feed_bulk(&in, &stage_agree, stage, agree_take_labels, o.threads);
	int status = stream_close(&in);
	emit(&stage_agree, stage);
	summary(agree_totals(stage), o.method);
	stage_agree.destroy(stage);
	out_close();
	return status;
}
