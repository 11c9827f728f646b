/* lbl-payout - scores in, payments made: see lbl-payout(1). */
#include "base/mem.h"
#include "io/cli.h"
#include "io/out.h"
#include "lbl-payout/journal.h"

static const char *policy_file, *epoch = "", *budget, *over = "fail";
static struct sign_args sign_args;
static struct send_args send_args = { .wait_s = 600, .confirmations = 1, .poll_ms = 100 };
static bool unsealed;

#define PLAN_OPTS \
	{ 'p', "policy", OPT_STR, "FILE", &policy_file, "how quality becomes money: a JSON object", 0, 0 }, \
	{ 'e', "epoch", OPT_STR, "NAME", &epoch, "pay the scores of this epoch (default: the only one)", 0, 0 }, \
	{ 0, "budget", OPT_STR, "UNITS", &budget, "pay no more than this in all, in base units", 0, 0 }, \
	{ 0, "over", OPT_CHOICE, "fail|prorate", &over, "over the budget: pay nothing (default), or less to all", 0, 0 }
#define SIGN_OPTS \
	{ 'k', "key", OPT_STR, "KEYSTORE", &sign_args.keystore, "the payer's key, a version 3 keystore", 0, 0 }, \
	{ 0, "password-file", OPT_STR, "FILE", &sign_args.password_file, "its password: the first line of FILE", 0, 0 }, \
	{ 't', "token", OPT_STR, "ADDRESS", &sign_args.token_text, "the ERC-20 token to pay in", 0, 0 }, \
	{ 0, "chain-id", OPT_UINT, "N", &sign_args.chain_id, "sign for this chain; with --rpc: insist on it", 1, 9e15 }, \
	{ 0, "nonce", OPT_UINT, "N", &sign_args.nonce, "first nonce (default: the node's pending one)", 0, 9e15 }, \
	{ 0, "max-fee", OPT_STR, "WEI", &sign_args.max_fee_text, "most a unit of gas may cost (default: 2 base fees + tip)", 0, 0 }, \
	{ 0, "tip", OPT_STR, "WEI", &sign_args.tip_text, "priority fee for a unit of gas (default: the node's advice)", 0, 0 }, \
	{ 0, "gas", OPT_UINT, "N", &sign_args.gas, "gas limit (default: estimated + 25 %; offline 200000)", 21000, 16777216 }
#define RPC_OPTS \
	{ 'r', "rpc", OPT_STR, "URL", &send_args.rpc, "the JSON-RPC endpoint", 0, 0 }, \
	{ 0, "rpc-file", OPT_STR, "FILE", &send_args.rpc_file, "read its URL from FILE, for URLs that hold a secret", 0, 0 }
#define SEND_OPTS \
	{ 0, "journal", OPT_STR, "FILE", &send_args.journal, "what was signed and sent; keep it as you keep money", 0, 0 }, \
	{ 0, "confirmations", OPT_UINT, "N", &send_args.confirmations, "believe a receipt N blocks deep (default 1)", 1, 1e6 }, \
	{ 0, "wait", OPT_UINT, "SECONDS", &send_args.wait_s, "give up waiting after this time (default 600)", 0, 1e6 }
#define SEAL_OPT \
	{ 0, "unsealed", OPT_FLAG, NULL, &unsealed, "accept an input without end mark", 0, 0 }
#define END { 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 }

static const struct opt all_opts[] = { PLAN_OPTS, SIGN_OPTS, RPC_OPTS, SEND_OPTS, SEAL_OPT, END };
static const struct opt plan_opts[] = { PLAN_OPTS, SEAL_OPT, END };
static const struct opt sign_opts[] = { SIGN_OPTS, RPC_OPTS, SEAL_OPT, END };
static const struct opt send_opts[] = { RPC_OPTS, SEND_OPTS, SEAL_OPT, END };

enum { PLAN = 1, SIGN = 2, SEND = 4 };

static const struct verb {
	const char *name;
	int steps;
	struct opt_spec spec;
} verbs[] = {
	{ "plan", PLAN, { "plan --policy FILE [options] [file ...]",
	  "Read scores; write what each worker is owed.", plan_opts } },
	{ "sign", SIGN, { "sign --key KEYSTORE --password-file FILE --token ADDRESS [options] [file ...]",
	  "Read payments; write a signed transaction for each.", sign_opts } },
	{ "send", SEND, { "send --rpc URL --journal FILE [options] [file ...]",
	  "Read payments and transactions; send them, each exactly once, and write their receipts.", send_opts } },
	{ NULL, PLAN | SIGN | SEND, { "[plan|sign|send] [options] [file ...]",
	  "Read scores; plan, sign and send what each worker is owed, each payment exactly once.\n"
	  "A verb does one of the three steps (its options: lbl-payout VERB --help):\n\n"
	  "  plan    scores to payments\n"
	  "  sign    payments to signed transactions, without a network if need be\n"
	  "  send    transactions to receipts", all_opts } },
};

static const struct verb *verb_of(int argc, char **argv)
{
	const struct verb *v = verbs;

	while (v->name && (argc < 2 || !str_is(str_of(argv[1]), v->name)))
		v++;
	return v;
}

static struct plan_args plan_args(void)
{
	struct plan_args a = { 0 };
	struct err e;

	if (!policy_file)
		cli_usage("planning wants --policy FILE");
	struct buf text = read_file(policy_file);
	if (!policy_read(buf_str(&text), &a.options.policy, &e))
		cli_die(LBL_CONFIG, "%s: %s", policy_file, e.msg);
	buf_release(&text);
	if (strlen(epoch) > REC_ID_MAX)
		cli_usage("--epoch is longer than %d bytes", REC_ID_MAX);
	memcpy(a.options.epoch, epoch, strlen(epoch));
	a.options.has_budget = budget != NULL;
	if (opt_given("over") && !budget)
		cli_usage("--over goes with --budget");
	if (budget && !u256_from_dec(str_of(budget), &a.options.budget, &e))
		cli_usage("--budget: want an amount in base units, got \"%.40s\"", budget);
	a.options.prorate = str_is(str_of(over), "prorate");
	return a;
}

struct rpc *open_rpc(const char *url, const char *url_file)
{
	struct buf text = BUF_INIT;
	struct err e;

	if (url && url_file)
		cli_usage("want one of --rpc and --rpc-file");
	if (url_file) {
		text = read_file(url_file);
		buf_addc(&text, '\n');
		text.p[strcspn(text.p, "\r\n")] = '\0';
		url = text.p;
	}
	if (!url)
		return NULL;
	struct rpc *rpc = rpc_open(url, NULL, &e);
	if (!rpc)
		cli_die(LBL_CONFIG, "--rpc%s: %s", url_file ? "-file" : "", e.msg);
	if (text.p)
		mem_wipe(text.p, text.n);
	buf_release(&text);
	return rpc;
}

_Noreturn void rpc_die(struct rpc *rpc, enum rpc_status status, const char *what, const struct rpc_error *err)
{
	cli_die(status == RPC_LIMITED ? LBL_TEMPFAIL : LBL_UNAVAILABLE, "%s: %s: %s", rpc_where(rpc), what,
	        err->message);
}

static int act(struct input *in, int steps, const struct plan_args *plan, struct rpc *rpc, struct journal *j)
{
	int status = LBL_OK;

	if ((steps & PLAN) && !do_plan(in, plan))
		return LBL_FOUND;
	if (steps & SEND)
		do_check(in, &send_args, rpc, j);
	if (steps & SIGN)
		do_sign(in, &sign_args, rpc, j);
	if (steps & SEND)
		status = do_send(in, &send_args, rpc, j);
	return status ? status : in->status;
}

/* Everything the command line has wrong is told before a file is touched. */
static struct rpc *check_usage(int steps)
{
	bool has_rpc = send_args.rpc || send_args.rpc_file;

	sign_args.has_chain_id = opt_given("chain-id");
	sign_args.has_nonce = opt_given("nonce");
	if ((steps & SEND) && (!has_rpc || !send_args.journal))
		cli_usage("sending wants --rpc URL and --journal FILE");
	if (steps & SIGN)
		sign_args_check(&sign_args, has_rpc);
	return open_rpc(send_args.rpc, send_args.rpc_file);
}

int main(int argc, char **argv)
{
	const struct verb *v = verb_of(argc, argv);
	struct plan_args plan = { 0 };
	struct input in = { 0 };
	struct journal journal;

	cli_start("lbl-payout");
	int skip = v->name ? 1 : 0;
	int i = skip + opt_parse(argc - skip, argv + skip, &v->spec);
	struct rpc *rpc = check_usage(v->steps);
	if (v->steps & PLAN) {
		plan = plan_args();
		in.plan = stage_plan.create();
	}
	if (v->steps & SEND)
		journal_open(&journal, send_args.journal);
	input_read(&in, argv + i, argc - i, unsealed);
	out_open(opt_common()->unbuffered);
	int status = act(&in, v->steps, &plan, rpc, v->steps & SEND ? &journal : NULL);
	spool_print(&in.lines);
	if (v->steps & SEND)
		journal_close(&journal);
	rpc_close(rpc);
	input_release(&in);
	out_close();
	return status;
}
