/* From persons to records: trees and proofs of many groups at a time. */
#include "stage/claim-part.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "base/par.h"
#include "json/write.h"

enum { HEX = 64, GROUPS_A_THREAD = 2 };

/* The text of one group, which one thread makes. */
struct job {
	size_t from, to;                /* persons */
	struct buf text;
	bool good, has_tree;
	struct err e;
};

/* Groups that are worked on at the same time. */
struct jobs {
	const struct claim_plan *p;
	const struct counting *c;
	struct job *job;
	size_t n;
	uint8_t log_root[32];
};

void claim_emit_run(const struct claim_plan *p, struct sink *out)
{
	struct buf b = BUF_INIT;

	stage_put_run(&b, stage_claim_plan.tool);
	claim_put_options(&b, p);
	buf_addc(&b, '}');
	out->line(out->ctx, buf_str(&b));
	buf_release(&b);
}

static void emit_counted(const struct claim_plan *p, const struct counting *c, struct sink *out)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"counted\",\"epochs\":[");
	for (size_t i = 0; c->base && i < c->base->n; i++) {
		json_put_string(&b, intern_str(&p->epochs, c->base->epoch[i]));
		buf_addc(&b, ',');
	}
	json_put_string(&b, intern_str(&p->epochs, c->epoch));
	buf_addc(&b, ']');
	json_put_kuint(&b, "claims", c->n);
	buf_addc(&b, '}');
	out->line(out->ctx, buf_str(&b));
	buf_release(&b);
}

/* ---- one claim ---------------------------------------------------------------------- */

static const char *why_not(const struct person *who)
{
	return who->index == 0 ? "not registered" : who->banned ? "banned" : "no verified work";
}

static void put_count(struct buf *b, const struct claim_plan *p, const struct counting *c, const struct person *who)
{
	uint32_t units = who->units ? who->units : 1;

	json_put_kstr(b, "epoch", intern_str(&p->epochs, c->epoch));
	json_put_kstr(b, "worker", intern_str(&p->workers, who->worker));
	json_put_kuint(b, "index", who->index);
	json_put_kuint(b, "units", who->units);
	json_put_kuint(b, "score_bp", who->score_sum / units);
	json_put_kuint(b, "bonus_bp", who->bonus_sum / units);
	json_put_kuint(b, "score_sum", who->score_sum);
	json_put_kuint(b, "bonus_sum", who->bonus_sum);
}

static void put_mult(struct buf *b, const struct claim_plan *p, const struct work *w)
{
	static const struct pool_lane known = { .batches = 15, .reputation = 10000 };
	uint32_t mult[4];

	pool_mult(&p->facts.terms.rule, w->score, w->bonus, &known, mult);
	json_put_kuint(b, "mult_score_bp", mult[0]);
	json_put_kuint(b, "mult_bonus_bp", mult[1]);
}

static void put_id(struct buf *b, const struct claim_plan *p, const struct person *who)
{
	uint8_t id[32];

	claims_claim_id(p->facts.chain, &p->facts.claims, who->index, who->total, id);
	put_khash(b, "id", id);
}

/* hex: of each node of the tree its digits */
static void put_proof(struct buf *b, const struct claims_tree *t, const char *hex, size_t leaf)
{
	size_t path[64], n = merkle_path(t->n, leaf, path);

	buf_adds(b, ",\"root\":\"0x");
	buf_add(b, hex + HEX * (merkle_size(t->n) - 1), HEX);
	buf_adds(b, "\",\"proof\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? ",\"0x" : "\"0x");
		buf_add(b, hex + HEX * path[i], HEX);
		buf_addc(b, '"');
	}
	buf_addc(b, ']');
}

static void put_claim(struct buf *b, const struct claim_plan *p, const struct counting *c, const struct person *who,
                      const struct claims_tree *t, const char *hex, size_t leaf)
{
	struct work w;
	bool works = claim_work(who, &w);

	buf_adds(b, "{\"kind\":\"claim\"");
	if (works)
		put_id(b, p, who);
	put_count(b, p, c, who);
	if (works)
		put_mult(b, p, &w);
	put_kmoney(b, "total", who->total);
	put_kmoney(b, "added", claim_added(who));
	if (works)
		put_proof(b, t, hex, leaf);
	else
		json_put_kstr(b, "why", str_of(why_not(who)));
	buf_adds(b, "}\n");
}

/* ---- one group ------------------------------------------------------------------------ */

static void put_commit(struct buf *b, const struct jobs *all, const struct claims_tree *t, const struct work *w, size_t n)
{
	const struct claim_plan *p = all->p;
	struct buf words = BUF_INIT, hex = BUF_INIT, id = BUF_INIT;
	uint8_t hash[32];
	struct commit commit = { .epoch = intern_str(&p->epochs, all->c->epoch), .chain = p->facts.chain, .group = t->group,
	                         .version = p->facts.terms.rule.version, .claims = p->facts.claims, .total = t->sum };

	words_put(&words, w, n);
	words_hash(buf_str(&words), commit.data_hash);
	memcpy(commit.root, claims_tree_root(t)->b, 32);
	memcpy(commit.log_root, all->log_root, 32);
	claims_id(p->facts.chain, &p->facts.claims, commit.root, hash);
	buf_adds(&id, "0x");
	hex_put(&id, hash, 32);
	buf_adds(&hex, "0x");
	hex_put(&hex, (const uint8_t *)words.p, words.n);
	commit.id = buf_str(&id);
	commit.words = buf_str(&hex);
	commit_put(b, &commit);
	buf_addc(b, '\n');
	buf_release(&words);
	buf_release(&hex);
	buf_release(&id);
}

static char *hex_of(const struct claims_tree *t)
{
	struct buf b = BUF_INIT;

	hex_put(&b, t->node[0].b, merkle_size(t->n) * sizeof *t->node);
	return buf_detach(&b);
}

static void do_job(void *ctx, size_t i)
{
	struct jobs *all = ctx;
	struct job *j = &all->job[i];
	const struct person *person = all->c->person;
	struct work *w = mem_alloc(j->to - j->from, sizeof *w);
	struct claims_tree t = { 0 };
	char *hex = NULL;
	size_t n = 0, k = 0;

	for (size_t q = j->from; q < j->to; q++)
		n += claim_work(&person[q], &w[n]);
	j->has_tree = n > 0;
	j->good = n == 0 || claims_tree_make(&t, &all->p->facts.terms, w, n, &j->e);
	if (j->good) {
		hex = n ? hex_of(&t) : NULL;
		for (size_t q = j->from; q < j->to; q++) {
			struct work ignored;
			bool works = claim_work(&person[q], &ignored);
			put_claim(&j->text, all->p, all->c, &person[q], &t, hex, works ? t.leaf[k++] : 0);
		}
		if (n)
			put_commit(&j->text, all, &t, w, n);
	}
	claims_tree_release(&t);
	free(hex);
	free(w);
}

/* ---- all -------------------------------------------------------------------------------- */

/* The persons of the next groups, as many as are worked on at a time; returns how many groups. */
static size_t next_jobs(const struct counting *c, size_t at, struct job *job, size_t most)
{
	size_t n = 0;

	while (n < most && at < c->n_numbered) {
		uint32_t group = c->person[at].index / CLAIMS_GROUP;
		size_t to = at;
		while (to < c->n_numbered && c->person[to].index / CLAIMS_GROUP == group)
			to++;
		job[n++] = (struct job){ .from = at, .to = to };
		at = to;
	}
	return n;
}

static bool emit_groups(struct claim_plan *p, const struct counting *c, struct sink *out, struct err *e)
{
	unsigned threads = p->options.threads ? p->options.threads : par_cores();
	size_t most = (size_t)threads * GROUPS_A_THREAD;
	struct job *job = mem_alloc(most, sizeof *job);
	struct jobs all = { .p = p, .c = c, .job = job };
	bool good = true;

	logroot_get(&p->log, all.log_root);
	for (size_t at = 0; good && at < c->n_numbered; at = job[all.n - 1].to) {
		all.n = next_jobs(c, at, job, most);
		par_for(threads, all.n, do_job, &all);
		for (size_t i = 0; i < all.n; i++) {
			if (good && !job[i].good)
				*e = job[i].e;
			good = good && job[i].good;
			if (good)
				sink_lines(out, buf_str(&job[i].text));
			p->total.groups += job[i].has_tree;
			buf_release(&job[i].text);
		}
	}
	free(job);
	return good;
}

bool claim_emit(struct claim_plan *p, const struct counting *c, struct sink *out, struct err *e)
{
	struct buf b = BUF_INIT;

	claim_emit_run(p, out);
	emit_counted(p, c, out);
	if (!emit_groups(p, c, out, e))
		return false;
	for (size_t i = c->n_numbered; i < c->n; i++)
		put_claim(&b, p, c, &c->person[i], NULL, NULL, 0);
	if (b.n)
		sink_lines(out, buf_str(&b));
	buf_release(&b);
	return true;
}
