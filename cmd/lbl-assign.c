/* lbl-assign - tasks and workers in, assignments out: see lbl-assign(1). */
#include <openssl/evp.h>

#include "base/hex.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/stream.h"
#include "json/write.h"
#include "lbl-assign/schedule.h"

static uint64_t k = 3, cap, threads, gold_uses;
static const char *seed = "", *gold_key;

static const struct opt opts[] = {
	{ 'k', "k", OPT_UINT, "N", &k, "labels that each task gets, from N identities (default 3)", 1, 1000 },
	{ 'c', "cap", OPT_UINT, "N", &cap, "at most N tasks for each worker (default: any number)", 1, 4e9 },
	{ 's', "seed", OPT_STR, "TEXT", &seed, "another text, another assignment (default: empty)", 0, 0 },
	{ 0, "gold-key-file", OPT_STR, "FILE", &gold_key, "mix in hidden gold, by the secret in FILE", 0, 0 },
	{ 0, "gold-uses", OPT_UINT, "N", &gold_uses, "give a gold task to at most N identities (default: any number)", 1, 4e9 },
	{ 'j', "threads", OPT_UINT, "N", &threads, "use N threads; changes no result (default 0: all cores)", 0, 1024 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec spec = {
	"[options] [file ...]",
	"Read tasks and workers, and the assignments and labels there are; write the\n"
	"assignments that are missing.  Input lines pass through unchanged.",
	opts,
};

static void check_seed(void)
{
	struct str s = str_of(seed);

	if (s.n > ASSIGN_SEED_MAX)
		cli_usage("--seed: longer than %d bytes", ASSIGN_SEED_MAX);
	if (!json_utf8(s))
		cli_usage("--seed: not UTF-8");
}

static void read_roster(struct roster *r, struct schedule *gold, struct stream *in)
{
	struct err e;

	while (stream_next(in)) {
		if (roster_take(r, in->kind, &in->rec, &e) && schedule_take(gold, r, in->kind, &in->rec, &e))
			stream_pass(in);
		else
			stream_bad(in, &e);
	}
}

static void tell_replaced(uint64_t n, const char *kind)
{
	if (n)
		cli_note("%llu %s record%s replaced by a later one of the same %s", (unsigned long long)n, kind,
		         n == 1 ? " was" : "s were", kind);
}

static void ask(struct roster *r, struct assign_in *in, struct assign_out *out)
{
	*in = roster_in(r, (uint32_t)k, cap ? (uint32_t)cap : UINT32_MAX);
	in->seed = str_of(seed);
	in->threads = (unsigned)threads;
	assign_run(in, out);
}

/* The key is not shown; its hash is, so that nobody can take another one afterwards. */
static void put_gold(struct buf *b, const struct schedule *gold)
{
	uint8_t hash[32];
	unsigned n = sizeof hash;

	BUG_ON(!EVP_Digest(gold->key.p, gold->key.n, hash, &n, EVP_sha256(), NULL));
	json_put_key(b, "gold_key_sha256");
	buf_addc(b, '"');
	hex_put(b, hash, sizeof hash);
	buf_addc(b, '"');
	if (gold_uses)
		json_put_kuint(b, "gold_uses", gold_uses);
	else
		json_put_knull(b, "gold_uses");
}

static void print_run(const struct schedule *gold)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"run\"");
	json_put_kstr(&b, "tool", str_of(cli_tool()));
	json_put_kstr(&b, "version", STR(LBL_VERSION));
	buf_adds(&b, ",\"options\":{");
	json_put_kuint(&b, "k", k);
	if (cap)
		json_put_kuint(&b, "cap", cap);
	else
		json_put_knull(&b, "cap");
	if (gold->key.n)
		put_gold(&b, gold);
	buf_addc(&b, '}');
	json_put_kstr(&b, "seed", str_of(seed));
	buf_addc(&b, '}');
	out_line(buf_str(&b));
	buf_release(&b);
}

static void print_one(struct buf *b, struct str task, struct str worker, const char *reason, uint64_t turn)
{
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"assignment\"");
	json_put_kstr(b, "task", task);
	json_put_kstr(b, "worker", worker);
	json_put_kstr(b, "reason", str_of(reason));
	if (turn)
		json_put_kuint(b, "turn", turn);
	buf_addc(b, '}');
	out_line(buf_str(b));
}

static void print_assignments(const struct assign_in *in, const struct assign_out *out, const struct schedule *gold)
{
	struct buf b = BUF_INIT;

	for (size_t t = 0; t < in->n_tasks; t++)
		for (size_t s = out->first[t]; s < out->first[t + 1] && out->worker[s] != ASSIGN_NONE; s++)
			print_one(&b, in->task[t].id, in->worker[out->worker[s]].id, "base", gold->turn ? gold->turn[s] : 0);
	for (size_t i = 0; i < gold->out.n; i++) {
		const struct gold_seat *g = &gold->out.seat[i];
		print_one(&b, intern_str(&gold->items, g->item), in->worker[gold->order[g->worker]].id, "gold", g->turn);
	}
	buf_release(&b);
}

/* say what could not be given; the status to end with */
static int tell_empty(const struct assign_in *in, const struct assign_out *out)
{
	uint64_t n = 0;
	size_t first = 0;

	for (size_t t = in->n_tasks; t-- > 0; )
		if (out->first[t] < out->first[t + 1] && out->worker[out->first[t + 1] - 1] == ASSIGN_NONE) {
			n++;
			first = t;
		}
	if (n == 0)
		return LBL_OK;
	cli_warn("%llu task%s short of workers, %llu seat%s empty; the first task is \"%.*s\"%s", (unsigned long long)n,
	         n == 1 ? " is" : "s are", (unsigned long long)out->empty, out->empty == 1 ? " stays" : "s stay",
	         STR_FMT(in->task[first].id), out->gave_up ? " (the search for room was cut short)" : "");
	return LBL_FOUND;
}

static int tell_missed(const struct schedule *gold)
{
	if (!gold->out.missed)
		return LBL_OK;
	cli_warn("%llu turn%s of hidden gold went to other tasks: there is no gold left that the worker has not had",
	         (unsigned long long)gold->out.missed, gold->out.missed == 1 ? "" : "s");
	return LBL_FOUND;
}

int main(int argc, char **argv)
{
	struct stream input = { 0 };
	struct roster roster = { 0 };
	struct schedule gold = { 0 };
	struct assign_in in;
	struct assign_out out;

	cli_start("lbl-assign");
	int i = opt_parse(argc, argv, &spec);
	check_seed();
	if (opt_given("gold-uses") && !gold_key)
		cli_usage("--gold-uses goes with --gold-key-file");
	if (gold_key)
		schedule_open(&gold, gold_key, gold_uses);
	stream_open(&input, argv + i, argc - i);
	cli_lockdown();
	out_open(opt_common()->unbuffered);
	read_roster(&roster, &gold, &input);
	int status = stream_close(&input);
	tell_replaced(roster.tasks_replaced, "task");
	tell_replaced(roster.workers_replaced, "worker");
	tell_replaced(gold.replaced, "gold");
	ask(&roster, &in, &out);
	if (gold_key)
		schedule_run(&gold, &roster, &in, &out);
	print_run(&gold);
	print_assignments(&in, &out, &gold);
	if (tell_empty(&in, &out) != LBL_OK || tell_missed(&gold) != LBL_OK)
		status = LBL_FOUND;
	schedule_release(&gold);
	assign_out_release(&out);
	roster_release(&roster);
	out_close();
	return status;
}
