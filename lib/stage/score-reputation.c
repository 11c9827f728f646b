#include "stage/score-reputation.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/rec.h"

enum { MICRO = 1000000 };

static const uint64_t most = ((uint64_t)1 << 52) - 1;    /* evidence */

/* ---- what is known ------------------------------------------------------------------- */

static struct reputation *at(struct reputations *r, uint32_t worker)
{
	if (worker >= r->cap) {
		r->cap = mem_grow(r->cap, (size_t)worker + 64);
		r->of = mem_realloc(r->of, r->cap, sizeof *r->of);
	}
	while (r->n <= worker)
		r->of[r->n++] = (struct reputation){ .known = false };
	return &r->of[worker];
}

static struct reputation of(const struct reputations *r, uint32_t worker)
{
	return worker < r->n ? r->of[worker] : (struct reputation){ .known = false };
}

static void name(struct reputations *r, uint32_t worker, uint64_t finding, bool past)
{
	if (r->n_named == r->cap_named) {
		r->cap_named = mem_grow(r->cap_named, r->n_named + 16);
		r->named = mem_realloc(r->named, r->cap_named, sizeof *r->named);
	}
	r->named[r->n_named++] = (struct named){ worker, finding, past };
}

/* [for, against] */
static bool read_beta(const struct json_field *f, struct reward_rep *beta, struct err *e)
{
	uint64_t v[2] = { 0, 0 };
	struct str rest = f->raw;
	struct json_field item;
	size_t n = 0;
	bool good = f->type == JSON_ARRAY;

	while (good && json_next(&rest, &item)) {
		good = n < 2 && item.type == JSON_NUMBER && num_parse_u64(item.raw, &v[n]) && v[n] <= most;
		n++;
	}
	if (!good || n != 2)
		return err_at(e, f->byte, "field \"beta\": expected two whole numbers below 2^52");
	*beta = (struct reward_rep){ v[0], v[1] };
	return true;
}

static bool read_id(const struct json_field *f, uint64_t *id)
{
	*id = 0;
	if (f->type != JSON_STRING || f->raw.n != 16)
		return false;
	for (size_t i = 0; i < 16; i++) {
		const char *digits = "0123456789abcdef", *d = memchr(digits, f->raw.p[i], 16);
		if (!d)
			return false;
		*id = *id << 4 | (uint64_t)(d - digits);
	}
	return true;
}

static bool read_findings(struct reputations *r, uint32_t worker, const struct json_field *f, struct err *e)
{
	struct str rest = f->raw;
	struct json_field item;
	uint64_t id;
	size_t before = r->n_named;
	bool good = f->type == JSON_ARRAY;

	while (good && json_next(&rest, &item)) {
		good = read_id(&item, &id);
		if (good)
			name(r, worker, id, true);
	}
	r->n_named = good ? r->n_named : before;
	return good || err_at(e, f->byte, "field \"findings\": expected an array of ids, 16 hex digits each");
}

bool reputation_score(struct reputations *r, uint32_t worker, const struct json_record *score, struct err *e)
{
	const struct json_field *bp = json_get(score, STR("reputation_bp")), *beta = json_get(score, STR("beta"));
	const struct json_field *findings = json_get(score, STR("findings"));
	struct reputation now = { .known = true };
	uint64_t v = 0;

	if (!bp)
		return true;
	if (bp->type != JSON_NUMBER || !num_parse_u64(bp->raw, &v) || v > REWARD_ONE)
		return err_at(e, bp->byte, "field \"reputation_bp\": expected a whole number from 0 to 10000");
	if (!beta)
		return err_set(e, "field \"beta\" is missing");
	if (!read_beta(beta, &now.beta, e) || (findings && !read_findings(r, worker, findings, e)))
		return false;
	now.bp = (uint32_t)v;
	*at(r, worker) = now;
	return true;
}

/* ---- findings --------------------------------------------------------------------------- */

static bool text_is(const struct json_field *f, const char *want)
{
	return f && f->type == JSON_STRING && !f->escaped && str_is(f->raw, want);
}

struct str reputation_names(const struct json_record *finding, struct arena *a)
{
	const struct json_field *subject = json_get(finding, STR("subject")), *rule = json_get(finding, STR("rule"));
	struct str who = STR("");
	struct json_record r = { 0 };
	struct err ignored;

	if (!subject || subject->type != JSON_OBJECT || text_is(rule, "alarm") || text_is(rule, "copy"))
		return who;
	if (json_read(&r, subject->raw, &ignored) && text_is(json_get(&r, STR("kind")), "worker")) {
		const struct json_field *w = json_get(&r, STR("worker"));
		struct arena scratch = { 0 };
		if (w && w->type == JSON_STRING && !rec_check_id(json_text(w, &scratch), a, &who, &ignored))
			who = STR("");
		who = arena_str(a, who);
		arena_release(&scratch);
	}
	json_record_release(&r);
	return who;
}

void reputation_finding(struct reputations *r, uint32_t worker, const struct json_record *finding)
{
	static const char *const told[] = { "rule", "subject", "evidence", "text" };
	struct buf all = BUF_INIT;

	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
		const struct json_field *f = json_get(finding, str_of(told[i]));
		if (f)
			buf_addstr(&all, f->raw);
		buf_addc(&all, '\0');
	}
	name(r, worker, XXH3_64bits(all.p, all.n), false);
	buf_release(&all);
}

static int by_worker(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	if (x->finding != y->finding)
		return x->finding < y->finding ? -1 : 1;
	return y->past - x->past;       /* what is known stands first, and the others fall away */
}

void reputation_sort(struct reputations *r)
{
	size_t n = 0;

	if (r->n_named > 1)
		qsort(r->named, r->n_named, sizeof *r->named, by_worker);
	for (size_t i = 0; i < r->n_named; i++)
		if (!n || r->named[n - 1].worker != r->named[i].worker ||
		    r->named[n - 1].finding != r->named[i].finding)
			r->named[n++] = r->named[i];
	r->n_named = n;
}

/* the findings of a worker: [*from, *to) */
static void range(const struct reputations *r, uint32_t worker, size_t *from, size_t *to)
{
	size_t lo = 0, hi = r->n_named;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (r->named[mid].worker < worker)
			lo = mid + 1;
		else
			hi = mid;
	}
	*from = *to = lo;
	while (*to < r->n_named && r->named[*to].worker == worker)
		++*to;
}

uint32_t reputation_fined(const struct reputations *r, const struct reputation_options *o, uint32_t worker,
                          uint32_t score_bp)
{
	size_t from, to;
	uint64_t taken = 0;

	range(r, worker, &from, &to);
	for (size_t i = from; i < to; i++)
		taken += r->named[i].past ? 0 : o->penalty_bp;
	taken = taken < REWARD_ONE ? taken : REWARD_ONE;
	return (uint32_t)(score_bp * (REWARD_ONE - taken) / REWARD_ONE);
}

/* ---- an epoch ------------------------------------------------------------------------------ */

struct reputation reputation_step(struct reputation before, const struct reputation_options *o, uint32_t score_bp,
                                  uint64_t units, uint64_t verified, uint64_t rejected)
{
	struct reputation now = before;

	now.bp = now.known ? now.bp : o->start_bp;
	now.known = true;
	if (units)                      /* as contracts/src/Reward.sol has it */
		now.bp = (15 * (now.bp + (score_bp > now.bp)) + score_bp) >> 4;
	/* at most 0.9 2^52 and 2^32 10^6 */
	BUG_ON(!reward_rep_add(&now.beta, verified * MICRO, rejected * MICRO, REPUTATION_FADE));
	now.beta.pos = now.beta.pos < most ? now.beta.pos : most;
	now.beta.neg = now.beta.neg < most ? now.beta.neg : most;
	return now;
}

void reputation_put(struct buf *b, const struct reputations *r, const struct reputation_options *o, uint32_t worker,
                    uint32_t score_bp, uint64_t units, uint64_t verified, uint64_t rejected)
{
	struct reputation now = reputation_step(of(r, worker), o, score_bp, units, verified, rejected);
	uint32_t bp;
	size_t from, to;

	BUG_ON(!reward_rep_bp(&now.beta, &bp));
	range(r, worker, &from, &to);
	json_put_kuint(b, "reputation_bp", now.bp);
	json_put_key(b, "beta");
	buf_addc(b, '[');
	buf_addu(b, now.beta.pos);
	buf_addc(b, ',');
	buf_addu(b, now.beta.neg);
	buf_addc(b, ']');
	json_put_kuint(b, "beta_bp", bp);
	if (from == to)
		return;
	json_put_key(b, "findings");
	for (size_t i = from; i < to; i++)
		buf_addf(b, "%s\"%016llx\"", i == from ? "[" : ",", (unsigned long long)r->named[i].finding);
	buf_addc(b, ']');
}

/* ---- options --------------------------------------------------------------------------------- */

void reputation_put_options(struct buf *b, const struct reputation_options *o)
{
	if (!o->on)
		return;
	json_put_key(b, "reputation");
	buf_addc(b, '{');
	json_put_kuint(b, "start_bp", o->start_bp);
	json_put_kuint(b, "penalty_bp", o->penalty_bp);
	buf_addc(b, '}');
}

bool reputation_configure(struct reputation_options *o, const struct json_field *reputation, struct err *e)
{
	struct text { uint64_t start_bp, penalty_bp; } t = { 0, 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, start_bp, REC_BP, true),
		REC_FIELD(text, penalty_bp, REC_BP, true),
	};
	struct json_record r = { 0 };
	struct arena a = { 0 };

	*o = (struct reputation_options){ rec_has(reputation), REPUTATION_START, 0 };
	if (!o->on)
		return true;
	bool good = json_read(&r, reputation->raw, e) && rec_read(&r, fields, 2, &a, &t, e);
	if (good && !t.start_bp)
		good = err_set(e, "field \"start_bp\" is out of range");
	o->start_bp = (uint32_t)t.start_bp;
	o->penalty_bp = (uint32_t)t.penalty_bp;
	json_record_release(&r);
	arena_release(&a);
	return good || err_prefix(e, "field \"reputation\": ");
}

void reputations_release(struct reputations *r)
{
	free(r->of);
	free(r->named);
	*r = (struct reputations){ 0 };
}
