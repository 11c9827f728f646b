/* lbl-payout - scores in, payments made: see lbl-payout(1). */
#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/cli.h"
#include "io/out.h"
#include "io/slurp.h"
#include "lbl-payout/claims.h"
#include "lbl-payout/journal.h"
#include "lbl-payout/metrics.h"
#include "lbl-payout/pool.h"

static const char *policy_file, *epoch = "", *budget, *over = "fail", *max_per_worker;
static uint64_t max_change;
static struct key_args key_args = { .timeout_s = 60 };
static struct fee_args fee_args;
static struct rpc_args rpc_args;
static struct sign_args sign_args = { .key = &key_args, .fee = &fee_args };
static struct send_args send_args = { .key = &key_args, .fee = &fee_args, .wait_s = 1800, .poll_ms = 100, .bump_s = 120 };
static struct facts_args facts_args;
static struct pool_args pool_args;
static const char *mode_text, *state_dir;
static bool unsealed;
static const char *metrics_file;

#define PLAN_OPTS \
	{ 'p', "policy", OPT_STR, "FILE", &policy_file, "how quality becomes money: a JSON object", 0, 0 }, \
	{ 'e', "epoch", OPT_STR, "NAME", &epoch, "pay the scores of this epoch (default: the only one)", 0, 0 }, \
	{ 0, "budget", OPT_STR, "UNITS", &budget, "pay no more than this in all, in base units", 0, 0 }, \
	{ 0, "over", OPT_CHOICE, "fail|prorate", &over, "over the budget: pay nothing (default), or less to all", 0, 0 }, \
	{ 0, "max-per-worker", OPT_STR, "UNITS", &max_per_worker, "pay nothing when one would get more, in base units", 0, 0 }, \
	{ 0, "max-change", OPT_UINT, "N", &max_change, "pay nothing when N % more or less than last epoch", 0, 1e6 }
#define KEY_OPTS \
	{ 'k', "key", OPT_STR, "KEYSTORE", &key_args.keystore, "the payer's key, a version 3 keystore", 0, 0 }, \
	{ 0, "password-file", OPT_STR, "FILE", &key_args.password_file, "its password: the first line of FILE", 0, 0 }, \
	{ 0, "password-fd", OPT_UINT, "N", &key_args.password_fd, "its password: the first line from descriptor N", 3, 65535 }, \
	{ 0, "key-file", OPT_STR, "FILE", &key_args.key_file, "or a bare key in hexadecimal digits; mode 0600", 0, 0 }
#define SIGNER_OPTS \
	{ 0, "signer", OPT_STR, "URL", &key_args.url, "or one who is asked to sign, by JSON-RPC", 0, 0 }, \
	{ 0, "signer-file", OPT_STR, "FILE", &key_args.url_file, "the same, its URL read from FILE", 0, 0 }, \
	{ 0, "signer-command", OPT_STR, "COMMAND", &key_args.command, "or a shell command that signs, a line each", 0, 0 }, \
	{ 0, "signer-timeout", OPT_UINT, "SECONDS", &key_args.timeout_s, "wait so long for one answer (default 60)", 1, 86400 }, \
	{ 0, "from", OPT_STR, "ADDRESS", &key_args.from_text, "the payer's account, for an external signer", 0, 0 }
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
#define METRICS_OPT \
	{ 0, "metrics", OPT_STR, "FILE", &metrics_file, "write what was done to FILE, for Prometheus", 0, 0 }
#define MODE_OPTS \
	{ 'd', "deployment", OPT_STR, "FILE", &pool_args.deployment, "which contracts there are, as make deploy wrote it", 0, 0 }, \
	{ 0, "mode", OPT_CHOICE, "transfer|pool|claims", &mode_text, "how workers are paid (default: pool with --deployment)", 0, 0 }
#define STATE_OPT \
	{ 0, "state", OPT_STR, "DIR", &state_dir, "keep the journal in DIR, which is made if it is not there", 0, 0 }
#define WITHDRAW_OPTS \
	{ 0, "min-credit", OPT_STR, "UNITS", &pool_args.min_credit_text, "leave out who has less, in base units", 0, 0 }, \
	{ 0, "all", OPT_FLAG, NULL, &pool_args.all, "all that are registered; read no records", 0, 0 }
#define SEAL_OPT \
	{ 0, "unsealed", OPT_FLAG, NULL, &unsealed, "accept an input without end mark", 0, 0 }
#define END { 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 }

static const struct opt all_opts[] = { MODE_OPTS, STATE_OPT, PLAN_OPTS, KEY_OPTS, SIGNER_OPTS, SIGN_OPTS, FEE_OPTS, RPC_OPTS, SEND_OPTS, METRICS_OPT, SEAL_OPT, END };
static const struct opt plan_opts[] = { MODE_OPTS, PLAN_OPTS, SEAL_OPT, END };
static const struct opt sign_opts[] = { KEY_OPTS, SIGNER_OPTS, SIGN_OPTS, FEE_OPTS, RPC_OPTS, SEAL_OPT, END };
static const struct opt send_opts[] = { MODE_OPTS, STATE_OPT, RPC_OPTS, SEND_OPTS, KEY_OPTS, SIGNER_OPTS, FEE_OPTS, METRICS_OPT, SEAL_OPT, END };
static const struct opt status_opts[] = { STATE_OPT, JOURNAL_OPT, END };
static const struct opt facts_opts[] = { MODE_OPTS, RPC_OPTS, FROM_OPT, TOKEN_OPT(&facts_args.token_text), SEAL_OPT, END };
static const struct opt withdraw_opts[] = { MODE_OPTS, STATE_OPT, WITHDRAW_OPTS, RPC_OPTS, SEND_OPTS, KEY_OPTS, SIGNER_OPTS, FEE_OPTS, METRICS_OPT,
	SEAL_OPT, END };
static const struct opt address_opts[] = { KEY_OPTS, END };

enum { PLAN = 1, SIGN = 2, SEND = 4, STATUS = 8, FACTS = 16, ADDRESS = 32, WITHDRAW = 64, NO_INPUT = STATUS | FACTS | ADDRESS };

static const struct verb {
	const char *name;
	int steps;
	struct opt_spec spec;
} verbs[] = {
	{ "plan", PLAN, { "plan --policy FILE|--deployment FILE [options] [file ...]",
	  "Read scores; write what each worker is owed.", plan_opts } },
	{ "sign", SIGN, { "sign --key KEYSTORE --password-file FILE --token ADDRESS [options] [file ...]",
	  "Read payments; write a signed transaction for each.", sign_opts } },
	{ "send", SEND, { "send --rpc URL --journal FILE [options] [file ...]",
	  "Read payments and transactions; send them, each exactly once, and write their receipts.", send_opts } },
	{ "status", STATUS, { "status --journal FILE [options]",
	  "Write what the journal says of each transaction, and in words what is open.", status_opts } },
	{ "facts", FACTS, { "facts --rpc URL [--deployment FILE] [--from ADDRESS] [--token ADDRESS] [options] [file ...]",
	  "Ask a node what an offline signer has to know; write it as a chain record.\n"
	  "With --deployment: read scores, and ask what a plan for them has to know.", facts_opts } },
	{ "withdraw", WITHDRAW, { "withdraw --deployment FILE --rpc URL --state DIR [options] [file ...]",
	  "Read records of workers; pay the credit that they have in the pool to them.", withdraw_opts } },
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
	  "  withdraw credit in the pool to its workers\n"
	  "  address whose key it is", all_opts } },
};

static const struct verb *verb_of(int argc, char **argv)
{
	const struct verb *v = verbs;

	while (v->name && (argc < 2 || !str_is(str_of(argv[1]), v->name)))
		v++;
	return v;
}

static enum { TRANSFER, POOL, CLAIMS } mode;

/* A token is for transfers, a deployment for its pool; claims have to be asked for. */
static void choose_mode(int steps)
{
	if (mode_text)
		mode = mode_text[0] == 't' ? TRANSFER : mode_text[0] == 'p' ? POOL : CLAIMS;
	else if (pool_args.deployment || (steps & WITHDRAW))
		mode = POOL;
	if (mode == TRANSFER && pool_args.deployment)
		cli_usage("--deployment goes with --mode pool or claims");
	if (mode != TRANSFER && (sign_args.token_text || facts_args.token_text))
		cli_usage("--token goes with --mode transfer: a deployment has a token of its own");
	if (mode != TRANSFER)
		pool_args_check(&pool_args);
}

static void read_policy(struct plan_options *o)
{
	struct err e;

	if (mode != TRANSFER) {
		if (policy_file)
			cli_usage("--policy goes with --mode transfer: a deployment has a rule of its own");
		if (opt_given("over"))
			cli_usage("--over goes with --mode transfer: a deployment pays by its rule, or not at all");
		o->pool = mode == POOL;
		o->place = pool_place_of(&pool_args.d);
		return;
	}
	if (!policy_file)
		cli_usage("planning wants --policy FILE");
	struct buf text = slurp(policy_file);
	if (!policy_read(buf_str(&text), &o->policy, &e))
		cli_die(LBL_CONFIG, "%s: %s", policy_file, e.msg);
	buf_release(&text);
}

static struct plan_args plan_args(void)
{
	struct plan_args a = { 0 };
	struct err e;

	read_policy(&a.options);
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

/* Time alone is needed, or a person: the person is told first. */
static int worse(int a, int b)
{
	return a == LBL_FOUND || b == LBL_FOUND ? LBL_FOUND : a ? a : b;
}

/* What is open is carried on even when nothing new may be planned; and first, so that the plan finds
 * the lanes as it leaves them. */
static int act_pool(struct input *in, int steps, const struct plan_args *plan, struct rpc *rpc, struct journal *j)
{
	bool plans = (steps & PLAN) && in->n_scores && !(in->done && !in->left), planned = true;
	int status = do_pool(in, &pool_args, &send_args, plans, rpc, j);

	if (plans) {
		facts_args.d = &pool_args.d;
		do_facts(in, &facts_args, rpc);
		planned = do_plan(in, plan);
		if (planned)
			status = worse(status, do_pool(in, &pool_args, &send_args, false, rpc, j));
	}
	status = worse(status, pool_print(in, j));
	return planned ? worse(status, in->status) : LBL_FOUND;
}

/* Roots are committed by a run that plans, or by send; claims are pushed by withdraw. */
static int act_claims(struct input *in, int steps, const struct plan_args *plan, struct rpc *rpc, struct journal *j)
{
	if (steps & WITHDRAW)
		return do_push_claims(in, &pool_args.d, pool_args.min_credit, &send_args, rpc, j);
	if ((steps & PLAN) && (steps & SEND))
		do_claims_facts(in, &pool_args.d, rpc);
	if ((steps & PLAN) && !do_claims_plan(in, plan))
		return LBL_FOUND;
	int status = steps & SEND ? do_commit(in, &pool_args.d, &send_args, rpc, j) : LBL_OK;
	return status ? status : in->status;
}

static int act(struct input *in, int steps, const struct plan_args *plan, struct rpc *rpc, struct journal *j)
{
	int status = LBL_OK;

	pool_args.until_ms = now_ms() + send_args.wait_s * 1000;

	if (mode == CLAIMS)
		return act_claims(in, steps, plan, rpc, j);
	if (steps & WITHDRAW)
		return do_withdraw(in, &pool_args, &send_args, rpc, j);
	if (mode == POOL && (steps & SEND))
		return act_pool(in, steps, plan, rpc, j);
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

/* --state DIR is --journal DIR/journal.ndjson */
static void check_state(void)
{
	static struct buf path;

	if (!state_dir)
		return;
	if (send_args.journal)
		cli_usage("--state and --journal say the same thing twice");
	buf_addf(&path, "%s/journal.ndjson", state_dir);
	send_args.journal = path.p;
}

/* Only its owner looks into it: a journal holds signed transactions. */
static void make_state(void)
{
	if (state_dir && mkdir(state_dir, 0700) != 0 && errno != EEXIST)
		cli_die(LBL_IOERR, "%s: cannot make the folder: %s", state_dir, strerror(errno));
}

/* Everything the command line has wrong is told before a file is touched. */
static struct rpc *check_usage(int steps)
{
	bool has_rpc = rpc_args.url.n || rpc_args.file;

	check_state();
	key_args.has_password_fd = opt_given("password-fd");
	sign_args.has_chain_id = opt_given("chain-id");
	sign_args.has_nonce = opt_given("nonce");
	if ((steps & (SEND | WITHDRAW)) && (!has_rpc || !send_args.journal))
		cli_usage("sending wants --rpc URL and --journal FILE");
	if ((steps & FACTS) && !has_rpc)
		cli_usage("facts wants --rpc URL");
	if ((steps & STATUS) && !send_args.journal)
		cli_usage("status wants --journal FILE");
	if (steps & ADDRESS)
		key_args_check(&key_args, "address");
	if (steps & ~(STATUS | ADDRESS))
		choose_mode(steps);
	if (mode == CLAIMS && pool_args.all)
		cli_usage("--all goes with --mode pool: a claim is pushed by its record");
	if (steps == SIGN && mode != TRANSFER)
		cli_usage("sign is for transfers: a batch is signed when its turn comes, by send");
	if ((steps & SIGN) && mode == TRANSFER)
		sign_args_check(&sign_args);
	else if (steps & (SEND | WITHDRAW))
		key_args_check(&key_args, mode == TRANSFER ? NULL : "signing");
	if (steps & (SIGN | SEND | WITHDRAW))
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

/* The one that reads records and asks about them. */
static int tell_pool(struct input *in, struct rpc *rpc, char **files, int n)
{
	facts_args.d = &pool_args.d;
	if (mode == CLAIMS)
		in->claims = claims_new();
	else
		in->plan = stage_plan.create();
	input_read(in, files, n, unsealed);
	out_open(opt_common()->unbuffered);
	if (mode == CLAIMS)
		do_claims_facts(in, &pool_args.d, rpc);
	else
		do_facts(in, &facts_args, rpc);
	return in->status;
}

static int run(struct input *in, const struct verb *v, struct rpc *rpc, char **files, int n)
{
	struct plan_args plan = { 0 };
	struct journal journal;

	if (v->steps & PLAN) {
		plan = plan_args();
		plan.alone = v->steps == PLAN;
		if (mode != CLAIMS)
			in->plan = stage_plan.create();
	}
	if (mode == CLAIMS)
		in->claims = claims_new();
	bool sends = v->steps & (SEND | WITHDRAW);
	if (sends) {
		make_state();
		journal_open(&journal, send_args.journal);
		metrics_watch(in, &journal);
		summary_start();
	}
	in->journal = sends && mode == POOL ? &journal : NULL;
	in->wants_workers = v->steps & WITHDRAW;
	in->epoch = epoch;
	if (in->claims)
		in->claims->keeps_claims = v->steps & WITHDRAW;
	in->may_be_empty = state_dir != NULL;
	if (!pool_args.all)
		input_read(in, files, n, unsealed);
	out_open(opt_common()->unbuffered);
	int status = act(in, v->steps, &plan, rpc, sends ? &journal : NULL);
	metrics_collect();
	if (sends)
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
	metrics_start(metrics_file);
	struct rpc *rpc = check_usage(v->steps);
	bool asks = v->steps == FACTS && pool_args.deployment;
	if ((v->steps & NO_INPUT) && !asks && i < argc)
		cli_usage("%s reads no files%s", v->name, v->steps == FACTS ? " without --deployment" : "");
	int status = asks ? tell_pool(&in, rpc, argv + i, argc - i) : v->steps & NO_INPUT ? tell(&in, v->steps, rpc) : run(&in, v, rpc, argv + i, argc - i);
	spool_print(&in.lines);
	payer_release(&key_args);
	rpc_close(rpc);
	input_release(&in);
	out_close();
	summary_end(status);
	metrics_end(status);
	return status;
}
