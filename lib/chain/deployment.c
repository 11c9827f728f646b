#include "chain/deployment.h"

#include "base/hex.h"
#include "json/num.h"
#include "json/record.h"

static const struct json_field *member(const struct json_record *r, const char *name, enum json_type type,
				       const char *what, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));

	if (!f)
		err_set(e, "field \"%s\" is missing", name);
	else if (f->type != type)
		err_set(e, "field \"%s\": expected %s, got %s", name, what, json_type_name(f->type));
	else
		return f;
	return NULL;
}

static bool get_count(const struct json_record *r, const char *name, uint64_t *out, struct err *e)
{
	const struct json_field *f = member(r, name, JSON_NUMBER, "a number", e);
	int64_t v;

	if (!f)
		return false;
	if (!num_parse_i64(f->raw, &v) || v < 0 || v >> 53)
		return err_set(e, "field \"%s\": expected a whole number below 2^53", name);
	*out = (uint64_t)v;
	return true;
}

static bool get_hash(const struct json_record *r, const char *name, uint8_t out[32], struct err *e)
{
	const struct json_field *f = member(r, name, JSON_STRING, "a string", e);

	if (!f)
		return false;
	struct str s = f->raw;
	return (s.n == 66 && s.p[0] == '0' && s.p[1] == 'x' && hex_get((struct str){ s.p + 2, 64 }, out, 32)) ||
		err_set(e, "field \"%s\": expected 0x and 64 hexadecimal digits", name);
}

static bool get_address(const struct json_record *r, const char *name, struct address *out, struct err *e)
{
	const struct json_field *f = member(r, name, JSON_STRING, "a string", e);

	if (!f)
		return false;
	if (!address_parse(f->raw, out, e))
		return err_prefix(e, "field \"%s\": ", name);
	return !address_is_zero(out) || err_set(e, "field \"%s\": is the zero address", name);
}

static bool get_contract(const struct json_record *all, const char *name, struct deployed *out, struct err *e)
{
	const struct json_field *f = member(all, name, JSON_OBJECT, "an object", e);
	struct json_record r = { 0 };
	bool good = f && json_read(&r, f->raw, e);

	if (good)
		good = (get_address(&r, "address", &out->address, e) && get_hash(&r, "code_hash", out->code_hash, e)) ||
			err_prefix(e, "%s: ", name);
	json_record_release(&r);
	return good;
}

static bool get_contracts(const struct json_record *r, struct deployment *d, struct err *e)
{
	const struct json_field *f = member(r, "contracts", JSON_OBJECT, "an object", e);
	struct json_record all = { 0 };
	bool good = f && json_read(&all, f->raw, e);

	if (good)
		good = (get_contract(&all, "token", &d->token, e) && get_contract(&all, "registry", &d->registry, e) &&
			get_contract(&all, "pool", &d->pool, e) && get_contract(&all, "claims", &d->claims, e)) ||
			err_prefix(e, "contracts: ");
	json_record_release(&all);
	return good;
}

bool deployment_read(struct str json, struct deployment *d, struct err *e)
{
	struct json_record r = { 0 };
	struct deployment out = { 0 };
	bool good = json_read(&r, json, e) && get_count(&r, "chain_id", &out.chain_id, e) &&
		(out.chain_id || err_set(e, "field \"chain_id\": is 0")) && get_count(&r, "block", &out.block, e) &&
		get_hash(&r, "genesis", out.genesis, e) && get_contracts(&r, &out, e);

	json_record_release(&r);
	if (good)
		*d = out;
	return good;
}
