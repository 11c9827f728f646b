/* lbl-audit - does the log follow from its raw records?  See lbl-audit(1). */
#include "audit/onchain.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/stream.h"

static const char *rpc_url, *rpc_file;

static const struct opt replay_opts[] = {
	{ 'r', "rpc", OPT_STR, "URL", &rpc_url, "check every receipt and transfer on this JSON-RPC endpoint", 0, 0 },
	{ 0, "rpc-file", OPT_STR, "FILE", &rpc_file, "read its URL from FILE, for URLs that hold a secret", 0, 0 },
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

static struct replay_place place(const struct stream *s)
{
	return (struct replay_place){ s->n_files > 1 ? str_of(s->file) : STR(""), s->line_no };
}

static void bad(void *ctx, const struct stream *s, const struct err *e)
{
	bool is_mark = strncmp(e->msg, "end mark", 8) == 0;

	replay_bad(ctx, is_mark, e->msg, place(s));
}

static void read_log(struct stream *s, struct replay *r)
{
	while (stream_next(s)) {
		if (s->at_mark)
			replay_boundary(r);
		replay_record(r, s->kind, &s->rec, s->line, place(s));
	}
	replay_finish(r);
}

static struct rpc *open_rpc(void)
{
	struct buf url = BUF_INIT;
	struct err e;

	if (rpc_file) {
		char line[4096];
		FILE *f = fopen(rpc_file, "r");
		if (!f || !fgets(line, sizeof line, f))
			cli_die(LBL_NOINPUT, "%s: cannot be read", rpc_file);
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

static int replay(char **files, int n)
{
	struct replay r;
	struct stream in = { .on_bad = bad, .ctx = &r };
	struct sink out = { print, NULL };
	struct rpc *rpc = open_rpc();

	stream_open(&in, files, n);
	replay_init(&r);
	read_log(&in, &r);
	if (!in.sealed)
		cli_note("the log has no valid end mark");
	uint64_t on_chain = check_chain(&r, rpc);
	out_open(opt_common()->unbuffered);
	uint64_t found = findings_emit(&r.findings, &out);
	cli_note("%llu records, %llu recomputed and equal, %zu transactions, %llu of them on the chain: %llu findings",
	         (unsigned long long)r.records, (unsigned long long)r.recomputed, r.n_tx,
	         (unsigned long long)on_chain, (unsigned long long)found);
	replay_release(&r);
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
