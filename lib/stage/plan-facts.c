#include "stage/plan-facts.h"

#include "base/hex.h"
#include "json/num.h"
#include "json/write.h"
#include "rec/rec.h"

/* ---- fields ---- */

static void put_address(struct buf *b, const char *key, const struct address *a)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	address_put(b, a);
	buf_addc(b, '"');
}

static void put_hash(struct buf *b, const char *key, const uint8_t hash[32])
{
	json_put_key(b, key);
	buf_adds(b, "\"0x");
	hex_put(b, hash, 32);
	buf_addc(b, '"');
}

static bool get_count(const struct json_record *r, const char *name, uint64_t most, uint64_t *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));
	int64_t v;

	if (!f || f->type != JSON_NUMBER || !num_parse_i64(f->raw, &v) || v < 0 || (uint64_t)v > most)
		return err_set(e, "field \"%s\": expected a whole number from 0 to %llu", name, (unsigned long long)most);
	*out = (uint64_t)v;
	return true;
}

static bool get_address(const struct json_record *r, const char *name, struct address *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));

	return (f && f->type == JSON_STRING && address_parse(f->raw, out, e)) ||
		err_set(e, "field \"%s\": expected an address", name);
}

static bool get_hash(const struct json_record *r, const char *name, uint8_t out[32], struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));

	return (f && f->type == JSON_STRING && f->raw.n == 66 && f->raw.p[0] == '0' && f->raw.p[1] == 'x' &&
		hex_get((struct str){ f->raw.p + 2, 64 }, out, 32)) ||
		err_set(e, "field \"%s\": expected 0x and 64 hexadecimal digits", name);
}

/* A number that JSON would carry, but other readers not: credit and budgets go to 2^64. */
static void put_big(struct buf *b, const char *key, uint64_t v, uint64_t unit)
{
	struct u256 x;

	u256_mul(&x, u256_of(v), u256_of(unit));
	json_put_key(b, key);
	buf_addc(b, '"');
	u256_put_dec(b, x);
	buf_addc(b, '"');
}

static bool get_big(const struct json_record *r, const char *name, uint64_t unit, uint64_t *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));
	struct u256 v;
	uint64_t rest;
	struct err ignored;

	return (f && f->type == JSON_STRING && u256_from_dec(f->raw, &v, &ignored) &&
		u256_divmod_u64(&v, &rest, v, unit) && rest == 0 && u256_to_u64(v, out)) ||
		err_set(e, "field \"%s\": expected %s as a string of digits", name,
			unit == 1 ? "a number" : "an amount in base units, of whole millionths of a token,");
}

/* ---- the pool ---- */

struct pool_place pool_place_of(const struct deployment *d)
{
	struct pool_place p = { .chain = d->chain_id, .pool = d->pool.address, .registry = d->registry.address,
				.token = d->token.address };

	memcpy(p.genesis, d->genesis, sizeof p.genesis);
	return p;
}

bool pool_place_is(const struct pool_place *a, const struct pool_place *b, struct err *e)
{
	const char *differs = a->chain != b->chain ? "chain" : memcmp(a->genesis, b->genesis, 32) != 0 ? "genesis" :
		!address_eq(&a->pool, &b->pool) ? "pool" : !address_eq(&a->registry, &b->registry) ? "registry" :
		!address_eq(&a->token, &b->token) ? "token" : NULL;

	return !differs || err_set(e, "field \"%s\" is another than that of the deployment", differs);
}

static void put_contracts(struct buf *b, const struct pool_place *p)
{
	put_address(b, "pool", &p->pool);
	put_address(b, "registry", &p->registry);
	put_address(b, "token", &p->token);
}

void pool_place_put(struct buf *b, const struct pool_place *p)
{
	buf_addc(b, '{');
	json_put_kuint(b, "chain", p->chain);
	put_hash(b, "genesis", p->genesis);
	put_contracts(b, p);
	buf_addc(b, '}');
}

static const uint64_t COUNT = (uint64_t)1 << 53;

static bool get_place(const struct json_record *r, struct pool_place *p, struct err *e)
{
	return get_count(r, "chain", COUNT, &p->chain, e) && get_hash(r, "genesis", p->genesis, e) &&
		get_address(r, "pool", &p->pool, e) && get_address(r, "registry", &p->registry, e) &&
		get_address(r, "token", &p->token, e);
}

bool pool_place_read(const struct json_field *f, struct pool_place *p, struct err *e)
{
	struct json_record r = { 0 };
	bool good = (f->type == JSON_OBJECT || err_set(e, "expected an object, got %s", json_type_name(f->type))) &&
		json_read(&r, f->raw, e) && get_place(&r, p, e);

	json_record_release(&r);
	return good;
}

/* The parameters that are small numbers, by name. */
#define SMALL(X) \
	X(t0, t[0], 65535) X(t1, t[1], 65535) X(t2, t[2], 65535) X(m0, m[0], 65535) X(m1, m[1], 65535) X(m2, m[2], 65535) \
	X(lo, lo, 65535) X(hi, hi, 65535) X(c0, c0, 65535) X(c1, c1, 65535) X(probation, probation, 255) \
	X(probation_bp, probation_bp, 65535) X(floor_at, floor_at, 65535) X(floor_bp, floor_bp, 65535) \
	X(start_reputation, start_reputation, 65535)

static void put_params(struct buf *b, const struct pool_params *p)
{
	buf_addc(b, '{');
	json_put_kuint(b, "version", p->version);
	json_put_kuint(b, "rate", p->rate);
#define PUT(name, member, most) json_put_kuint(b, #name, p->member);
	SMALL(PUT)
#undef PUT
	put_big(b, "batch_budget", p->batch_budget, POOL_UNIT);
	put_big(b, "period_budget", p->period_budget, POOL_UNIT);
	json_put_kuint(b, "period", p->period);
	json_put_kuint(b, "window", p->window);
	json_put_kuint(b, "patience", p->patience);
	buf_addc(b, '}');
}

static bool get_small(const struct json_record *r, struct pool_params *p, struct err *e)
{
	uint64_t v;

#define GET(name, member, most) \
	if (!get_count(r, #name, most, &v, e)) \
		return false; \
	p->member = (__typeof__(p->member))v;
	SMALL(GET)
	GET(period, period, UINT32_MAX)
	GET(window, window, UINT32_MAX)
	GET(patience, patience, UINT32_MAX)
#undef GET
	return true;
}

static bool get_params(const struct json_record *r, struct pool_params *p, struct err *e)
{
	const struct json_field *f = json_get(r, STR("params"));
	struct json_record in = { 0 };
	bool good = (f && f->type == JSON_OBJECT) || err_set(e, "field \"params\": expected an object");

	if (good)
		good = (json_read(&in, f->raw, e) && get_count(&in, "version", COUNT, &p->version, e) &&
			get_count(&in, "rate", COUNT, &p->rate, e) && get_small(&in, p, e) &&
			get_big(&in, "batch_budget", POOL_UNIT, &p->batch_budget, e) &&
			get_big(&in, "period_budget", POOL_UNIT, &p->period_budget, e) && pool_params_check(p, e)) ||
			err_prefix(e, "field \"params\": ");
	json_record_release(&in);
	return good;
}

bool pool_facts_here(const struct json_record *r)
{
	return json_get(r, STR("pool")) != NULL;
}

void pool_facts_put(struct buf *b, const struct pool_facts *f)
{
	json_put_kuint(b, "time", f->time);
	put_contracts(b, &f->at);
	json_put_key(b, "params");
	put_params(b, &f->params);
	json_put_kuint(b, "settled", f->account.settled);
	put_big(b, "owed", f->account.owed, POOL_UNIT);
	put_big(b, "spent", f->account.spent, POOL_UNIT);
	json_put_kuint(b, "ends", f->account.ends);
	put_hash(b, "head", f->head);
}

bool pool_facts_read(const struct json_record *r, struct pool_facts *f, struct err *e)
{
	struct pool_facts out = { 0 };

	if (!(get_place(r, &out.at, e) && get_count(r, "block", COUNT, &out.block, e) &&
	      get_count(r, "time", COUNT, &out.time, e) && get_params(r, &out.params, e) &&
	      get_count(r, "settled", COUNT, &out.account.settled, e) && get_big(r, "owed", POOL_UNIT, &out.account.owed, e) &&
	      get_big(r, "spent", POOL_UNIT, &out.account.spent, e) && get_count(r, "ends", COUNT, &out.account.ends, e) &&
	      get_hash(r, "head", out.head, e)))
		return false;
	*f = out;
	return true;
}

/* ---- a worker ---- */

void lane_put(struct buf *b, struct str worker, const struct lane_facts *l)
{
	buf_adds(b, "{\"kind\":\"lane\"");
	json_put_kstr(b, "worker", worker);
	json_put_kuint(b, "index", l->index);
	json_put_kbool(b, "banned", l->banned);
	put_big(b, "credit", l->lane.credit, POOL_UNIT);
	json_put_kuint(b, "batches", l->lane.batches);
	json_put_kuint(b, "reputation_bp", l->lane.reputation);
	buf_addc(b, '}');
}

bool lane_read(const struct json_record *r, struct arena *a, struct str *worker, struct lane_facts *l, struct err *e)
{
	const struct json_field *who = json_get(r, STR("worker")), *banned = json_get(r, STR("banned"));
	uint64_t index, batches, reputation, credit;

	if (!who || who->type != JSON_STRING)
		return err_set(e, "field \"worker\": expected a string");
	if (!rec_check_id(json_text(who, a), a, worker, e))
		return err_prefix(e, "field \"worker\": ");
	if (!banned || (banned->type != JSON_TRUE && banned->type != JSON_FALSE))
		return err_set(e, "field \"banned\": expected true or false");
	if (!get_count(r, "index", UINT32_MAX, &index, e) || !get_big(r, "credit", POOL_UNIT, &credit, e) ||
	    !get_count(r, "batches", 15, &batches, e) || !get_count(r, "reputation_bp", 10000, &reputation, e))
		return false;
	*l = (struct lane_facts){ (uint32_t)index, banned->type == JSON_TRUE,
				  { credit, (uint16_t)reputation, (uint8_t)batches, 0 } };
	return true;
}
