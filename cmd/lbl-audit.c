/* lbl-audit - does the log follow from its raw records?  See lbl-audit(1). */
#include <errno.h>

#include "audit/onchain.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/stream.h"

static const char *rpc_url, *rpc_file, *token, *payer;
static uint64_t chain_id;

static const struct opt replay_opts[] = {
	{ 'r', "rpc", OPT_STR, "URL", &rpc_url, "check every receipt and transfer on this JSON-RPC endpoint", 0, 0 },
	{ 0, "rpc-file", OPT_STR, "FILE", &rpc_file, "read its URL from FILE, for URLs that hold a secret", 0, 0 },
	{ 't', "token", OPT_STR, "ADDRESS", &token, "every payment must be in this ERC-20 token", 0, 0 },
	{ 0, "payer", OPT_STR, "ADDRESS", &payer, "and from this account", 0, 0 },
	{ 0, "chain-id", OPT_UINT, "N", &chain_id, "and on this chain", 1, 9e15 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec replay_spec = {
	"replay [options] [file ...]",
	"Recompute a log: consensus, verdicts, scores and amounts from its raw labels,\n"
	"transactions from their signed bytes; write a finding for each thing that does\n"
	"not agree.  Exit status 0 when all agrees, 1 when not.",
	replay_opts,
};

static const struct opt_spec spec = {
	"replay [options] [file ...]",
	"Audit a log; the verb says how.  See lbl-audit replay --help.",
	replay_opts,
};

/* ---- reading -------------------------------------------------------------------------- */

/* What is known while a log is read. */
struct reading {
	struct replay replay;
	struct place last;              /* the line before this one */
	bool bad_mark;                  /* it is an end mark, and a finding already */
};

static struct place place(const struct stream *s)
{
	return (struct place){ s->files.n > 1 ? str_of(s->file) : STR(""), s->line_no };
}

static void bad(void *ctx, const struct stream *s, const struct err *e)
{
	struct reading *r = ctx;
	bool is_mark = strncmp(e->msg, "end mark", 8) == 0;

	replay_bad(&r->replay, is_mark ? FIND_MARK : FIND_LINE, e->msg, place(s));
	r->last = place(s);
	r->bad_mark = is_mark;
}

/* A file has ended, or the last one: without a mark nobody knows what was cut off. */
static void check_sealed(struct stream *s, struct reading *r)
{
	if (!s->sealed && !r->bad_mark)
		replay_bad(&r->replay, FIND_MARK, "no end mark after this line: the log was cut short or added to", r->last);
	s->sealed = true;
	r->bad_mark = false;
}

static void read_log(struct stream *s, struct reading *r)
{
	while (stream_next(s)) {
		if (s->at_mark) {
			check_sealed(s, r);
			replay_boundary(&r->replay);
		}
		r->last = place(s);
		r->bad_mark = false;
		replay_record(&r->replay, s->kind, &s->rec, s->line, r->last);
	}
	check_sealed(s, r);
	replay_finish(&r->replay);
}

/* ---- options --------------------------------------------------------------------------- */

static struct money_terms terms(void)
{
	struct money_terms t = { .has_token = token, .has_payer = payer, .has_chain = chain_id, .chain = chain_id };
	struct err e;

	if (token && !address_parse(str_of(token), &t.token, &e))
		cli_usage("--token: %s", e.msg);
	if (payer && !address_parse(str_of(payer), &t.payer, &e))
		cli_usage("--payer: %s", e.msg);
	if (opt_common()->rejects)
		cli_usage("--rejects: a bad line of a log is a finding");
	return t;
}

static struct rpc *open_rpc(void)
{
	struct buf url = BUF_INIT;
	struct err e;

	if (rpc_file) {
		char line[4096];
		FILE *f = fopen(rpc_file, "r");
		if (!f || !fgets(line, sizeof line, f))
			cli_die(LBL_NOINPUT, "%s: %s", rpc_file, f ? "is empty" : strerror(errno));
		fclose(f);
		buf_add(&url, line, strcspn(line, "\r\n"));
	} else if (rpc_url) {
		buf_adds(&url, rpc_url);
	} else {
		return NULL;
	}
	struct rpc *rpc = rpc_open(url.p, NULL, &e);
	if (!rpc)
		cli_die(LBL_CONFIG, "--rpc: %s", e.msg);
	buf_release(&url);
	return rpc;
}

static uint64_t check_chain(struct replay *r, struct rpc *rpc)
{
	struct rpc_error e;
	uint64_t checked = 0;

	if (rpc && onchain_check(r, rpc, &checked, &e) != RPC_OK)
		cli_die(LBL_UNAVAILABLE, "%s: %s", rpc_where(rpc), e.message);
	return checked;
}

static void print(void *ctx, struct str line)
{
	(void)ctx;
	out_line(line);
}

static void summary(const struct replay *r, uint64_t on_chain, uint64_t found)
{
	cli_note("%llu records, %llu recomputed and equal, %zu transactions, %llu of them on the chain: %llu findings",
	         (unsigned long long)r->records, (unsigned long long)r->recomputed, r->money.n_tx,
	         (unsigned long long)on_chain, (unsigned long long)found);
	if (r->carried)
		cli_note("taken as they are: %llu record%s of an earlier log", (unsigned long long)r->carried,
		         r->carried == 1 ? "" : "s");
	if (r->models)
		cli_note("taken as %s: %llu model%s of lbl-agree --mstep", r->models == 1 ? "it is" : "they are",
		         (unsigned long long)r->models, r->models == 1 ? "" : "s");
	for (size_t i = 0; i < r->n_other; i++)
		cli_note("not replayed: %llu run%s of \"%s\"", (unsigned long long)r->other[i].runs,
		         r->other[i].runs == 1 ? "" : "s", r->other[i].tool);
}

static int replay(char **files, int n)
{
	struct money_terms want = terms();
	struct reading r = { .last = NOWHERE };
	struct stream in = { .on_bad = bad, .ctx = &r };
	struct sink out = { .line = print };
	struct rpc *rpc = open_rpc();

	stream_open(&in, files, n);
	if (!rpc)
		cli_lockdown();
	replay_init(&r.replay, &want);
	read_log(&in, &r);
	uint64_t on_chain = check_chain(&r.replay, rpc);
	out_open(opt_common()->unbuffered);
	uint64_t found = findings_emit(&r.replay.findings, &out);
	summary(&r.replay, on_chain, found);
	replay_release(&r.replay);
	rpc_close(rpc);
	stream_close(&in);
	out_close();
	return found ? LBL_FOUND : LBL_OK;
}

int main(int argc, char **argv)
{
	cli_start("lbl-audit");
	if (argc < 2 || argv[1][0] == '-') {
		int i = opt_parse(argc, argv, &spec);
		cli_usage(i < argc ? "unknown verb \"%.40s\"" : "want a verb: replay%s", i < argc ? argv[i] : "");
	}
	if (!str_is(str_of(argv[1]), "replay"))
		cli_usage("unknown verb \"%.40s\": want replay", argv[1]);
	int i = 1 + opt_parse(argc - 1, argv + 1, &replay_spec);
	return replay(argv + i, argc - i);
}
