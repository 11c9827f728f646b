#include "shards.h"

#include <stdlib.h>

#include "base/mem.h"
#include "io/cli.h"
#include "io/emit.h"
#include "io/opt.h"
#include "io/out.h"

bool shards_asked(const struct shard_args *a)
{
	return a->estep || a->apply || a->mstep;
}

/* ---- options --------------------------------------------------------------------- */

/* Which of the command's options a step knows: all others would change nothing, and so are refused. */
static bool knows(enum shard_step step, const char *name)
{
	static const struct {
		const char *name;
		enum shard_step one, other;
	} known[] = {
		{ "estep", SHARD_ESTEP, SHARD_ESTEP }, { "mstep", SHARD_MSTEP, SHARD_MSTEP },
		{ "apply", SHARD_APPLY, SHARD_APPLY }, { "tolerance", SHARD_MSTEP, SHARD_MSTEP },
		{ "method", SHARD_ESTEP, SHARD_APPLY }, { "gold", SHARD_ESTEP, SHARD_APPLY },
		{ "repeats", SHARD_ESTEP, SHARD_APPLY },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_is(str_of(name), known[i].name))
			return step == known[i].one || step == known[i].other;
	return str_is(str_of(name), "threads");
}

static void check_options(enum shard_step step, const struct opt *opts)
{
	for (; opts->type != OPT_END; opts++)
		if (opt_given(opts->name) && !knows(step, opts->name))
			cli_usage("--%s does not go with --%s", opts->name, shard_step_name(step));
}

static struct shard_options options(const struct shard_args *a, const struct agree_options *o, const struct opt *opts)
{
	int steps = a->mstep + (a->estep != NULL) + (a->apply != NULL);
	struct shard_options s = {
		.step = a->mstep ? SHARD_MSTEP : a->estep ? SHARD_ESTEP : SHARD_APPLY, .tolerance = o->tolerance,
		.gold = o->gold, .repeats = o->repeats, .threads = o->threads,
	};

	if (steps > 1)
		cli_usage("--estep, --mstep and --apply are three steps: one at a time");
	check_options(s.step, opts);
	s.fresh = a->estep && str_is(str_of(a->estep), "none");
	s.only_method = opt_given("method");
	if ((s.fresh || s.only_method) && !shard_method_find(str_of(o->method->name), &s.method))
		cli_usage("--%s: --method ds, ds-map or onecoin", shard_step_name(s.step));
	if (o->gold == AGREE_GOLD_JUDGE)
		cli_usage("--gold judge does not go with --%s", shard_step_name(s.step));
	return s;
}

/* ---- running ----------------------------------------------------------------------- */

/* The files to read: the model comes first, as if it stood at the head of the input. */
struct names {
	char **name, *model;
	int n;
};

static struct names names(const char *model, char **files, int n)
{
	static char standard_input[] = "-";
	struct names s = { .name = mem_alloc((size_t)n + 2, sizeof *s.name) };

	if (model) {
		s.model = mem_alloc(strlen(model) + 1, 1);
		memcpy(s.model, model, strlen(model) + 1);
		s.name[s.n++] = s.model;
	}
	for (int i = 0; i < n; i++)
		s.name[s.n++] = files[i];
	if (n == 0)
		s.name[s.n++] = standard_input;
	return s;
}

static void summary(const struct shard_options *o, const struct shard_totals *t)
{
	if (t->replaced)
		cli_note("%llu label record%s replaced by a later one of the same worker and task",
		         (unsigned long long)t->replaced, t->replaced == 1 ? " was" : "s were");
	if (o->step != SHARD_MSTEP) {
		if (!t->labels)
			cli_note("no labels in the shard");
		return;
	}
	char text[100] = "from vote shares";
	if (t->rose)
		snprintf(text, sizeof text, "objective %.10g, up by %.3g%s", t->objective, t->rise,
		         t->converged ? ": converged" : "");
	else if (t->known)
		snprintf(text, sizeof text, "objective %.10g", t->objective);
	cli_note("iteration %llu, %llu shard%s: %s", (unsigned long long)t->iteration, (unsigned long long)t->shards,
	         t->shards == 1 ? "" : "s", text);
}

int shards_main(const struct shard_args *a, const struct agree_options *agree, const struct opt *opts, char **files,
                int n)
{
	struct shard_options o = options(a, agree, opts);
	struct names of = names(o.step == SHARD_MSTEP || o.fresh ? NULL : a->apply ? a->apply : a->estep, files, n);
	struct stream in = { .no_pass = o.step != SHARD_APPLY };
	void *stage = stage_shard.create();

	shard_set(stage, &o);
	stream_open(&in, of.name, of.n);
	cli_lockdown();
	out_open(opt_common()->unbuffered);
	feed_bulk(&in, &stage_shard, stage, shard_take_labels, o.threads);
	int status = stream_close(&in);
	emit(&stage_shard, stage);
	summary(&o, shard_totals(stage));
	stage_shard.destroy(stage);
	out_close();
	free(of.name);
	free(of.model);
	return status;
}
