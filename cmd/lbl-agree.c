/* lbl-agree - labels in, consensus out: see lbl-agree(1). */
#include "base/mem.h"
#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"
#include "stage/agree.h"

static const char *method = "ds";
static uint64_t iterations = 1000, threads;
static double tolerance = 1e-8;

static const struct opt opts[] = {
	{ 'm', "method", OPT_CHOICE, "mv|ds", &method, "mv: majority vote; ds: Dawid-Skene (default)", 0, 0 },
	{ 0, "iterations", OPT_UINT, "N", &iterations, "ds: at most N iterations (default 1000)", 1, AGREE_MAX_ITERATIONS },
	{ 0, "tolerance", OPT_NUM, "T", &tolerance,
	  "ds: stop when the log-likelihood rises by no more than T a label (default 1e-8); below 0: never", -1, 1 },
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
	struct agree_options o = { AGREE_DS, (uint32_t)iterations, tolerance, (unsigned)threads };

	agree_method_of(str_of(method), &o.method);
	return o;
}

static void summary(const struct agree_totals *t)
{
	if (t->replaced)
		cli_note("%llu label record%s replaced by a later one of the same worker and task",
		         (unsigned long long)t->replaced, t->replaced == 1 ? " was" : "s were");
	if (t->labels == 0)
		cli_note("no labels in the input");
	else if (!t->converged)
		cli_note("not converged after %u iterations: see --iterations and --tolerance", t->iterations);
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
	struct agree_totals t = agree_totals(stage);
	summary(&t);
	stage_agree.destroy(stage);
	out_close();
	return status;
}
