/* lbl-audit - does the log follow from its raw records?  See lbl-audit(1). */
#include <errno.h>
#include <stdlib.h>

#include "audit/journal.h"
#include "audit/onchain.h"
#include "base/mem.h"
#include "chain/rpc-ends.h"
#include "io/cli.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/slurp.h"
#include "io/stream.h"

static struct opt_list rpc_url;
static const char *rpc_file, *token, *payer, *deployment;
static uint64_t chain_id;

static const struct opt replay_opts[] = {
	{ 'r', "rpc", OPT_LIST, "URL", &rpc_url, "check receipts and events on this JSON-RPC endpoint; up to 8 times", 0, 0 },
	{ 0, "rpc-file", OPT_STR, "FILE", &rpc_file, "read URLs from FILE, for URLs that hold a secret", 0, 0 },
	{ 0, "deployment", OPT_STR, "FILE", &deployment, "pool, claims, token and chain must be those of FILE", 0, 0 },
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

static const struct opt journal_opts[] = {
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

static const struct opt_spec journal_spec = {
	"journal [options] file ...",
	"Check journals of lbl-payout against their own laws, and tell what is open; write a\n"
	"finding for each line that breaks one.  Exit status 0 when none does, 1 when one does.",
	journal_opts,
};

static const struct opt_spec spec = {
	"replay|journal [options] [file ...]",
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
	t.asks_chain = rpc_url.n || rpc_file;
	if (deployment) {
		struct buf text = slurp(deployment);
		t.has_deployment = true;
		if (!deployment_read(buf_str(&text), &t.d, &e))
			cli_die(LBL_CONFIG, "%s: %s", deployment, e.msg);
		buf_release(&text);
	}
	return t;
}

enum { PATIENCE_MS = 10000 };

static struct rpc *open_rpc(void)
{
	struct rpc_ends s = { .n = 0 };
	struct err e;

	for (size_t i = 0; i < rpc_url.n; i++)
		if (!rpc_ends_add(&s, rpc_url.text[i], NULL, &e))
			cli_die(LBL_CONFIG, "--rpc: %s", e.msg);
	if (rpc_file) {
		struct buf text = slurp(rpc_file);
		if (!rpc_ends_read(&s, &text, &e))
			cli_die(LBL_CONFIG, "--rpc-file: %s", e.msg);
		buf_release(&text);
	}
	return rpc_ends_join(&s, PATIENCE_MS);
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

/* ---- journals -------------------------------------------------------------------------- */

/* Whole lines of the text go to the audit; what is left is moved to the front. */
static void take_lines(struct journal_audit *j, struct buf *b, struct place *at)
{
	size_t from = 0;

	for (const char *nl; (nl = memchr(b->p + from, '\n', b->n - from)); from = (size_t)(nl - b->p) + 1) {
		at->line++;
		journal_line(j, (struct str){ b->p + from, (size_t)(nl - b->p) - from }, *at);
	}
	memmove(b->p, b->p + from, b->n - from);
	b->n -= from;
	if (b->n > opt_common()->max_line)
		cli_die(LBL_DATAERR, "line %llu is longer than --max-line", (unsigned long long)at->line + 1);
}

static void read_journal(struct journal_audit *j, FILE *f, const char *name, struct place at)
{
	struct buf b = BUF_INIT;
	char part[65536];
	size_t n;

	while ((n = fread(part, 1, sizeof part, f)) > 0) {
		buf_add(&b, part, n);
		take_lines(j, &b, &at);
	}
	if (ferror(f))
		cli_die(LBL_NOINPUT, "%s: %s", name, strerror(errno));
	if (b.n)                        /* nothing was acted upon before it was whole: lbl-payout cuts it off */
		cli_note("%s: %zu bytes of a torn last line", name, b.n);
	buf_release(&b);
}

static void tell_open(const struct journal_audit *j, const struct journal_nonce *n)
{
	const struct signed_tx *t = &j->tries[n->last].tx;

	if (t->action.n && t->batch)
		cli_note("open: %.*s of batch %llu, nonce %llu, %.*s", STR_FMT(t->action), (unsigned long long)t->batch,
		         (unsigned long long)t->nonce, STR_FMT(t->hash));
	else
		cli_note("open: %.*s, nonce %llu, %.*s", STR_FMT(t->action.n ? t->action : STR("transfer")),
		         (unsigned long long)t->nonce, STR_FMT(t->hash));
}

static void sum_up(const struct journal_audit *j, const char *name, uint64_t found)
{
	enum { SHOWN = 10 };
	size_t n[3] = { 0 }, b[3] = { 0 };

	for (size_t i = 0; i < j->n_nonces; i++) {
		n[j->nonce[i].fate]++;
		if (j->nonce[i].fate == JOURNAL_OPEN && n[JOURNAL_OPEN] <= SHOWN)
			tell_open(j, &j->nonce[i]);
	}
	for (size_t i = 0; i < j->planned.n_names; i++) {
		b[j->batch[i].state]++;
		if (j->batch[i].state == JOURNAL_QUEUED && b[JOURNAL_QUEUED] <= SHOWN)
			cli_note("open: batch %.*s is planned, and neither settled nor void",
			         STR_FMT(j->planned.batch[j->planned.name[i].batch].id));
	}
	cli_note("%s: %llu lines, %zu transactions, %zu replacements: %zu done, %zu failed, %zu open; "
	         "%zu batches: %zu settled, %zu void, %zu under way: %llu findings", name, (unsigned long long)j->lines,
	         j->n_nonces, j->n_tries - j->n_nonces, n[JOURNAL_DONE], n[JOURNAL_FAILED], n[JOURNAL_OPEN],
	         j->planned.n_names, b[JOURNAL_SETTLED], b[JOURNAL_VOID], b[JOURNAL_QUEUED], (unsigned long long)found);
}

/* Each is a journal by itself. */
static int journals(char **files, int n)
{
	struct sink out = { .line = print };
	FILE **f = mem_alloc((size_t)n, sizeof *f);
	uint64_t found = 0;

	for (int i = 0; i < n; i++) {
		f[i] = str_is(str_of(files[i]), "-") ? stdin : fopen(files[i], "rb");
		if (!f[i])
			cli_die(LBL_NOINPUT, "%s: %s", files[i], strerror(errno));
	}
	cli_lockdown();
	struct journal_audit *all = mem_zalloc((size_t)n, sizeof *all);
	for (int i = 0; i < n; i++) {
		read_journal(&all[i], f[i], files[i], (struct place){ n > 1 ? str_of(files[i]) : STR(""), 0 });
		fclose(f[i]);
	}
	out_open(opt_common()->unbuffered);
	for (int i = 0; i < n; i++) {
		uint64_t here = findings_emit(&all[i].findings, &out);
		sum_up(&all[i], files[i], here);
		found += here;
		journal_release(&all[i]);
	}
	free(all);
	free(f);
	out_close();
	return found ? LBL_FOUND : LBL_OK;
}

int main(int argc, char **argv)
{
	cli_start("lbl-audit");
	if (argc < 2 || argv[1][0] == '-') {
		int i = opt_parse(argc, argv, &spec);
		cli_usage(i < argc ? "unknown verb \"%.40s\"" : "want a verb: replay or journal%s", i < argc ? argv[i] : "");
	}
	bool journal = str_is(str_of(argv[1]), "journal");
	if (!journal && !str_is(str_of(argv[1]), "replay"))
		cli_usage("unknown verb \"%.40s\": want replay or journal", argv[1]);
	int i = 1 + opt_parse(argc - 1, argv + 1, journal ? &journal_spec : &replay_spec);
	if (opt_common()->rejects)
		cli_usage("--rejects: a bad line is a finding");
	if (journal && i == argc)
		cli_usage("journal wants a file");
	return journal ? journals(argv + i, argc - i) : replay(argv + i, argc - i);
}
