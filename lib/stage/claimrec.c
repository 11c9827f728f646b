#include "stage/claimrec.h"

#include "base/hex.h"
#include "json/write.h"

/* ---- writing members --------------------------------------------------------------- */

void put_khash(struct buf *b, const char *key, const uint8_t hash[32])
{
	json_put_key(b, key);
	buf_adds(b, "\"0x");
	hex_put(b, hash, 32);
	buf_addc(b, '"');
}

void put_kmoney(struct buf *b, const char *key, struct u256 v)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	u256_put_dec(b, v);
	buf_addc(b, '"');
}

static void put_kaddress(struct buf *b, const char *key, const struct address *a)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	address_put_lower(b, a);
	buf_addc(b, '"');
}

/* ---- reading members --------------------------------------------------------------- */

static bool get_hash(struct str hex, const char *name, uint8_t out[32], struct err *e)
{
	return (hex.n == 66 && hex_get((struct str){ hex.p + 2, 64 }, out, 32)) ||
		err_set(e, "field \"%s\": expected 32 bytes", name);
}

static bool get_address(struct str text, const char *name, struct address *out, struct err *e)
{
	struct err why;

	return address_parse(text, out, &why) || err_set(e, "field \"%s\": expected an address", name);
}

static bool get_money(struct str text, const char *name, struct u256 *out, struct err *e)
{
	return u256_from_dec(text, out, e) || err_prefix(e, "field \"%s\": ", name);
}

/* ---- claims: the contract ------------------------------------------------------------ */

struct params_text {
	uint64_t version, rate, t0, t1, t2, m0, m1, m2, lo, hi, c0, c1, period, window;
	struct str commit_budget, period_budget;
};

static const struct rec_field params_fields[] = {
	REC_FIELD(params_text, version, REC_COUNT, true),
	REC_FIELD(params_text, rate, REC_COUNT, true),
	REC_FIELD(params_text, t0, REC_BP, true),
	REC_FIELD(params_text, t1, REC_BP, true),
	REC_FIELD(params_text, t2, REC_BP, true),
	REC_FIELD(params_text, m0, REC_COUNT, true),
	REC_FIELD(params_text, m1, REC_COUNT, true),
	REC_FIELD(params_text, m2, REC_COUNT, true),
	REC_FIELD(params_text, lo, REC_COUNT, true),
	REC_FIELD(params_text, hi, REC_COUNT, true),
	REC_FIELD(params_text, c0, REC_COUNT, true),
	REC_FIELD(params_text, c1, REC_COUNT, true),
	REC_FIELD(params_text, commit_budget, REC_MONEY, true),
	REC_FIELD(params_text, period_budget, REC_MONEY, true),
	REC_FIELD(params_text, period, REC_COUNT, true),
	REC_FIELD(params_text, window, REC_COUNT, true),
};

static bool small(uint64_t v, unsigned bits, const char *name, struct err *e)
{
	return v >> bits == 0 || err_set(e, "field \"%s\" is out of range", name);
}

static bool budget(struct str text, const char *name, uint64_t *out, struct err *e)
{
	struct u256 v;

	return get_money(text, name, &v, e) && (u256_to_u64(v, out) || err_set(e, "field \"%s\" is out of range", name));
}

static bool read_params(struct str json, struct arena *a, struct pool_params *p, struct err *e)
{
	struct json_record r = { 0 };
	struct params_text t = { 0 };

	bool good = json_read(&r, json, e) &&
		rec_read(&r, params_fields, sizeof params_fields / sizeof *params_fields, a, &t, e) &&
		small(t.m2, 16, "m2", e) && small(t.m1, 16, "m1", e) && small(t.m0, 16, "m0", e) && small(t.lo, 16, "lo", e) &&
		small(t.hi, 16, "hi", e) && small(t.c0, 16, "c0", e) && small(t.c1, 16, "c1", e) &&
		small(t.period, 32, "period", e) && small(t.window, 32, "window", e);
	*p = (struct pool_params){
		.version = t.version, .rate = t.rate, .t = { (uint16_t)t.t0, (uint16_t)t.t1, (uint16_t)t.t2 },
		.m = { (uint16_t)t.m0, (uint16_t)t.m1, (uint16_t)t.m2 }, .lo = (uint16_t)t.lo, .hi = (uint16_t)t.hi,
		.c0 = (uint16_t)t.c0, .c1 = (uint16_t)t.c1, .probation_bp = 10000, .floor_bp = 10000,
		.period = (uint32_t)t.period, .window = (uint32_t)t.window,
	};
	good = good && budget(t.commit_budget, "commit_budget", &p->batch_budget, e) &&
		budget(t.period_budget, "period_budget", &p->period_budget, e);
	json_record_release(&r);
	return good;
}

bool claims_facts_read(const struct json_record *r, struct arena *a, struct claims_facts *out, struct err *e)
{
	struct text { uint64_t chain, block, commits; struct str claims, unit; struct json_field params; } t = { 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, chain, REC_COUNT, true),
		REC_FIELD(text, block, REC_COUNT, true),
		REC_FIELD(text, commits, REC_COUNT, true),
		REC_FIELD(text, claims, REC_ID, true),
		REC_FIELD(text, unit, REC_MONEY, true),
		REC_FIELD(text, params, REC_OBJECT, true),
	};
	struct claims_facts f = { 0 };

	if (!rec_read(r, fields, sizeof fields / sizeof *fields, a, &t, e) || !get_address(t.claims, "claims", &f.claims, e) ||
	    !budget(t.unit, "unit", &f.terms.unit, e))
		return false;
	if (!read_params(t.params.raw, a, &f.terms.rule, e) || !claims_terms_check(&f.terms, e))
		return err_prefix(e, "field \"params\": ");
	if (t.chain == 0)
		return err_set(e, "field \"chain\": is 0");
	f.chain = t.chain;
	f.block = t.block;
	f.commits = t.commits;
	*out = f;
	return true;
}

void claims_facts_put(struct buf *b, const struct claims_facts *f)
{
	const struct pool_params *p = &f->terms.rule;

	buf_adds(b, "{\"kind\":\"claims\"");
	json_put_kuint(b, "chain", f->chain);
	json_put_kuint(b, "block", f->block);
	put_kaddress(b, "claims", &f->claims);
	put_kmoney(b, "unit", u256_of(f->terms.unit));
	json_put_kuint(b, "commits", f->commits);
	buf_adds(b, ",\"params\":{");
	json_put_kuint(b, "version", p->version);
	json_put_kuint(b, "rate", p->rate);
	buf_addf(b, ",\"t0\":%u,\"t1\":%u,\"t2\":%u,\"m0\":%u,\"m1\":%u,\"m2\":%u", p->t[0], p->t[1], p->t[2], p->m[0],
	         p->m[1], p->m[2]);
	buf_addf(b, ",\"lo\":%u,\"hi\":%u,\"c0\":%u,\"c1\":%u", p->lo, p->hi, p->c0, p->c1);
	put_kmoney(b, "commit_budget", u256_of(p->batch_budget));
	put_kmoney(b, "period_budget", u256_of(p->period_budget));
	json_put_kuint(b, "period", p->period);
	json_put_kuint(b, "window", p->window);
	buf_adds(b, "}}");
}

/* ---- claim ----------------------------------------------------------------------------- */

static bool read_proof(const struct json_field *list, struct claim *c, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;

	while (json_next(&rest, &item)) {
		if (c->n_proof == CLAIMS_DEPTH)
			return err_set(e, "field \"proof\": is longer than %d", CLAIMS_DEPTH);
		if (item.type != JSON_STRING || item.escaped || !get_hash(item.raw, "proof", c->proof[c->n_proof++].b, e))
			return err_set(e, "field \"proof\": expected strings of 32 bytes");
	}
	return true;
}

bool claim_read(const struct json_record *r, struct arena *a, struct claim *out, struct err *e)
{
	struct text {
		struct str id, epoch, worker, why, total, added, root;
		uint64_t index, units, score_bp, bonus_bp, score_sum, bonus_sum;
		struct json_field proof;
	} t = { 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, id, REC_HEX, false),
		REC_FIELD(text, epoch, REC_ID, true),
		REC_FIELD(text, worker, REC_ID, true),
		REC_FIELD(text, index, REC_COUNT, true),
		REC_FIELD(text, units, REC_COUNT, true),
		REC_FIELD(text, score_bp, REC_BP, true),
		REC_FIELD(text, bonus_bp, REC_BP, true),
		REC_FIELD(text, score_sum, REC_COUNT, true),
		REC_FIELD(text, bonus_sum, REC_COUNT, true),
		REC_FIELD(text, total, REC_MONEY, true),
		REC_FIELD(text, added, REC_MONEY, true),
		REC_FIELD(text, why, REC_STRING, false),
		REC_FIELD(text, root, REC_HEX, false),
		REC_FIELD(text, proof, REC_LIST, false),
	};

	if (!rec_read(r, fields, sizeof fields / sizeof *fields, a, &t, e))
		return false;
	struct claim c = { .id = t.id, .epoch = t.epoch, .worker = t.worker, .why = t.why, .index = t.index, .units = t.units,
	                   .score_bp = t.score_bp, .bonus_bp = t.bonus_bp, .score_sum = t.score_sum,
	                   .bonus_sum = t.bonus_sum, .proved = t.root.n != 0 };
	if (c.index >> 32)
		return err_set(e, "field \"index\" is out of range");
	if (c.units >> 24)
		return err_set(e, "field \"units\": is not below 2^24");
	if (c.score_sum > c.units * 10000 || c.bonus_sum > c.units * 10000)
		return err_set(e, "fields \"score_sum\" and \"bonus_sum\": are above 10000 a unit");
	if (!get_money(t.total, "total", &c.total, e) || !get_money(t.added, "added", &c.added, e))
		return false;
	if (c.proved && (!rec_has(&t.proof) || t.id.n != 66 || c.index == 0))
		return err_set(e, "a root without index, id or proof");
	if (c.proved && (!get_hash(t.root, "root", c.root.b, e) || !read_proof(&t.proof, &c, e)))
		return false;
	*out = c;
	return true;
}

/* ---- commit ---------------------------------------------------------------------------- */

bool commit_read(const struct json_record *r, struct arena *a, struct commit *out, struct err *e)
{
	struct text {
		struct str id, epoch, words, claims, root, data_hash, log_root, total;
		uint64_t chain, group, version;
	} t = { 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, id, REC_HEX, true),
		REC_FIELD(text, epoch, REC_ID, true),
		REC_FIELD(text, chain, REC_COUNT, true),
		REC_FIELD(text, claims, REC_ID, true),
		REC_FIELD(text, group, REC_COUNT, true),
		REC_FIELD(text, version, REC_COUNT, true),
		REC_FIELD(text, root, REC_HEX, true),
		REC_FIELD(text, data_hash, REC_HEX, true),
		REC_FIELD(text, log_root, REC_HEX, true),
		REC_FIELD(text, total, REC_MONEY, true),
		REC_FIELD(text, words, REC_HEX, true),
	};

	if (!rec_read(r, fields, sizeof fields / sizeof *fields, a, &t, e))
		return false;
	struct commit c = { .id = t.id, .epoch = t.epoch, .words = t.words, .chain = t.chain, .group = t.group,
	                    .version = t.version };
	if (!get_address(t.claims, "claims", &c.claims, e) || !get_hash(t.root, "root", c.root, e) ||
	    !get_hash(t.data_hash, "data_hash", c.data_hash, e) || !get_hash(t.log_root, "log_root", c.log_root, e) ||
	    !get_money(t.total, "total", &c.total, e))
		return false;
	if (c.group >> 19)
		return err_set(e, "field \"group\" is out of range");
	if (c.words.n < 66 || (c.words.n - 2) % 64 || (c.words.n - 2) / 64 > CLAIMS_WORDS)
		return err_set(e, "field \"words\": expected 1 to %d words of 32 bytes", CLAIMS_WORDS);
	*out = c;
	return true;
}

void commit_put(struct buf *b, const struct commit *c)
{
	buf_adds(b, "{\"kind\":\"commit\"");
	json_put_kstr(b, "id", c->id);
	json_put_kstr(b, "epoch", c->epoch);
	json_put_kuint(b, "chain", c->chain);
	put_kaddress(b, "claims", &c->claims);
	json_put_kuint(b, "group", c->group);
	json_put_kuint(b, "version", c->version);
	put_khash(b, "root", c->root);
	put_khash(b, "data_hash", c->data_hash);
	put_khash(b, "log_root", c->log_root);
	put_kmoney(b, "total", c->total);
	json_put_kstr(b, "words", c->words);
	buf_addc(b, '}');
}
