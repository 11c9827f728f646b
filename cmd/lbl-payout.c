/* lbl-payout - scores in, payments made: see lbl-payout(1). */
#include "base/mem.h"
#include "io/cli.h"
#include "io/out.h"
#include "lbl-payout/journal.h"

static const char *policy_file, *epoch = "", *budget, *over = "fail", *max_per_worker;
static uint64_t max_change;
static struct key_args key_args;
static struct fee_args fee_args;
static struct rpc_args rpc_args;
static struct sign_args sign_args = { .key = &key_args, .fee = &fee_args };
static struct send_args send_args = { .key = &key_args, .fee = &fee_args, .wait_s = 1800, .poll_ms = 100, .bump_s = 120 };
static struct facts_args facts_args;
static bool unsealed;

#define PLAN_OPTS \
	{ 'p', "policy", OPT_STR, "FILE", &policy_file, "how quality becomes money: a JSON object", 0, 0 }, \
	{ 'e', "epoch", OPT_STR, "NAME", &epoch, "pay the scores of this epoch (default: the only one)", 0, 0 }, \
	{ 0, "budget", OPT_STR, "UNITS", &budget, "pay no more than this in all, in base units", 0, 0 }, \
	{ 0, "over", OPT_CHOICE, "fail|prorate", &over, "over the budget: pay nothing (default), or less to all", 0, 0 }, \
	{ 0, "max-per-worker", OPT_STR, "UNITS", &max_per_worker, "pay nothing when one would get more, in base units", 0, 0 }, \
	{ 0, "max-change", OPT_UINT, "N", &max_change, "pay nothing when N % more or less than last epoch", 0, 1e6 }
#define KEY_OPTS \
	{ 'k', "key", OPT_STR, "KEYSTORE", &key_args.keystore, "the payer's key, a version 3 keystore", 0, 0 }, \
	{ 0, "password-file", OPT_STR, "FILE", &key_args.password_file, "its password: the first line of FILE", 0, 0 }
#define TOKEN_OPT(target) \
	{ 't', "token", OPT_STR, "ADDRESS", target, "the ERC-20 token to pay in", 0, 0 }
#define SIGN_OPTS \
	TOKEN_OPT(&sign_args.token_text), \
	{ 0, "chain-id", OPT_UINT, "N", &sign_args.chain_id, "sign for this chain; with --rpc: insist on it", 1, 9e15 }, \
	{ 0, "nonce", OPT_UINT, "N", &sign_args.nonce, "first nonce (default: the node's pending one)", 0, 9e15 }, \
	{ 0, "gas", OPT_UINT, "N", &sign_args.gas, "gas limit (default: estimated + 25 %; offline 200000)", 21000, 16777216 }
#define FEE_OPTS \
	{ 0, "max-fee", OPT_STR, "WEI", &fee_args.max_fee_text, "never pay more for a unit of gas; or 30gwei", 0, 0 }, \
	{ 0, "tip", OPT_STR, "WEI", &fee_args.tip_text, "priority fee for a unit of gas (default: what others pay)", 0, 0 }
#define RPC_OPTS \
	{ 'r', "rpc", OPT_LIST, "URL", &rpc_args.url, "a JSON-RPC endpoint; may be given up to 8 times", 0, 0 }, \
	{ 0, "rpc-file", OPT_STR, "FILE", &rpc_args.file, "read URLs from FILE, for URLs that hold a secret", 0, 0 }
#define JOURNAL_OPT \
	{ 0, "journal", OPT_STR, "FILE", &send_args.journal, "what was signed and sent; keep it as you keep money", 0, 0 }
#define SEND_OPTS \
	JOURNAL_OPT, \
	{ 0, "confirmations", OPT_UINT, "N", &send_args.confirmations, "believe a receipt N blocks deep (default: finalized)", 1, 1e6 }, \
	{ 0, "bump-after", OPT_UINT, "SECONDS", &send_args.bump_s, "raise the fees when nothing moves (default 120)", 1, 1e6 }, \
	{ 0, "wait", OPT_UINT, "SECONDS", &send_args.wait_s, "give up waiting after this time (default 1800)", 0, 1e6 }
#define FROM_OPT \
	{ 0, "from", OPT_STR, "ADDRESS", &facts_args.from_text, "the payer, whose nonce is wanted", 0, 0 }
#define SEAL_OPT \
	{ 0, "unsealed", OPT_FLAG, NULL, &unsealed, "accept an input without end mark", 0, 0 }
#define END { 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 }

static const struct opt all_opts[] = { PLAN_OPTS, KEY_OPTS, SIGN_OPTS, FEE_OPTS, RPC_OPTS, SEND_OPTS, SEAL_OPT, END };
static const struct opt plan_opts[] = { PLAN_OPTS, SEAL_OPT, END };
static const struct opt sign_opts[] = { KEY_OPTS, SIGN_OPTS, FEE_OPTS, RPC_OPTS, SEAL_OPT, END };
static const struct opt send_opts[] = { RPC_OPTS, SEND_OPTS, KEY_OPTS, FEE_OPTS, SEAL_OPT, END };
static const struct opt status_opts[] = { JOURNAL_OPT, END };
static const struct opt facts_opts[] = { RPC_OPTS, FROM_OPT, TOKEN_OPT(&facts_args.token_text), END };
static const struct opt address_opts[] = { KEY_OPTS, END };

enum { PLAN = 1, SIGN = 2, SEND = 4, STATUS = 8, FACTS = 16, ADDRESS = 32, NO_INPUT = STATUS | FACTS | ADDRESS };

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
	{ "status", STATUS, { "status --journal FILE [options]",
	  "Write what the journal says of each transaction, and in words what is open.", status_opts } },
	{ "facts", FACTS, { "facts --rpc URL [--from ADDRESS] [--token ADDRESS] [options]",
	  "Ask a node what an offline signer has to know; write it as a chain record.", facts_opts } },
	{ "address", ADDRESS, { "address --key KEYSTORE --password-file FILE [options]",
	  "Write the address that a key belongs to.", address_opts } },
	{ NULL, PLAN | SIGN | SEND, { "[VERB] [options] [file ...]",
	  "Read scores; plan, sign and send what each worker is owed, each payment exactly once.\n"
	  "A verb does one of the three steps, or tells something (its options: lbl-payout VERB --help):\n\n"
	  "  plan    scores to payments\n"
	  "  sign    payments to signed transactions, without a network if need be\n"
	  "  send    transactions to receipts\n"
	  "  status  what the journal holds\n"
	  "  facts   what a signer without a network has to know\n"
	  "  address whose key it is", all_opts } },
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
	a.has_most = max_per_worker != NULL;
	if (max_per_worker && !u256_from_dec(str_of(max_per_worker), &a.most, &e))
		cli_usage("--max-per-worker: want an amount in base units, got \"%.40s\"", max_per_worker);
	a.has_change = opt_given("max-change");
	a.change = max_change;
	a.options.prorate = str_is(str_of(over), "prorate");
	return a;
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
	bool has_rpc = rpc_args.url.n || rpc_args.file;

	sign_args.has_chain_id = opt_given("chain-id");
	sign_args.has_nonce = opt_given("nonce");
	if ((steps & SEND) && (!has_rpc || !send_args.journal))
		cli_usage("sending wants --rpc URL and --journal FILE");
	if ((steps & FACTS) && !has_rpc)
		cli_usage("facts wants --rpc URL");
	if ((steps & STATUS) && !send_args.journal)
		cli_usage("status wants --journal FILE");
	if ((steps & ADDRESS) && (!key_args.keystore || !key_args.password_file))
		cli_usage("address wants --key KEYSTORE and --password-file FILE");
	if (steps & SIGN)
		sign_args_check(&sign_args);
	if ((steps & SEND) && !key_args.keystore != !key_args.password_file)
		cli_usage("--key and --password-file go together");
	if (steps & (SIGN | SEND))
		fee_args_check(&fee_args);
	return open_rpc(&rpc_args);
}

/* The verbs that read no records. */
static int tell(struct input *in, int steps, struct rpc *rpc)
{
	struct journal j;

	if (steps & STATUS)
		journal_look(&j, send_args.journal);
	out_open(opt_common()->unbuffered);
	if (steps & STATUS) {
		do_status(in, &j);
		journal_close(&j);
	}
	if (steps & FACTS)
		do_facts(in, &facts_args, rpc);
	if (steps & ADDRESS)
		do_address(in, &key_args);
	return LBL_OK;
}

static int run(struct input *in, const struct verb *v, struct rpc *rpc, char **files, int n)
{
	struct plan_args plan = { 0 };
	struct journal journal;

	if (v->steps & PLAN) {
		plan = plan_args();
		in->plan = stage_plan.create();
	}
	if (v->steps & SEND)
		journal_open(&journal, send_args.journal);
	input_read(in, files, n, unsealed);
	out_open(opt_common()->unbuffered);
	int status = act(in, v->steps, &plan, rpc, v->steps & SEND ? &journal : NULL);
	if (v->steps & SEND)
		journal_close(&journal);
	return status;
}

int main(int argc, char **argv)
{
	const struct verb *v = verb_of(argc, argv);
	struct input in = { 0 };

	cli_start("lbl-payout");
	int skip = v->name ? 1 : 0;
	int i = skip + opt_parse(argc - skip, argv + skip, &v->spec);
	struct rpc *rpc = check_usage(v->steps);
	if ((v->steps & NO_INPUT) && i < argc)
		cli_usage("%s reads no files", v->name);
	int status = v->steps & NO_INPUT ? tell(&in, v->steps, rpc) : run(&in, v, rpc, argv + i, argc - i);
	spool_print(&in.lines);
	payer_release(&key_args);
	rpc_close(rpc);
	input_release(&in);
	out_close();
	return status;
}
