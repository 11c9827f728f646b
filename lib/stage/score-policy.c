#include "stage/score-policy.h"

#include "base/hex.h"
#include "hash/keccak256.h"
#include "json/num.h"
#include "json/record.h"
#include "json/write.h"

struct field {
	const char *name;
	size_t offset;
	bool is_signed;
};

#define SIGNED(name)   { #name, offsetof(struct rule_policy, name), true }
#define UNSIGNED(name) { #name, offsetof(struct rule_policy, name), false }

static const struct field fields[] = {
	SIGNED(right), SIGNED(wrong), SIGNED(clear), SIGNED(flag), SIGNED(drift), UNSIGNED(flags_stop),
	UNSIGNED(join_below), UNSIGNED(shrink_n), UNSIGNED(shrink_bp), UNSIGNED(ca_ref), UNSIGNED(passes),
	UNSIGNED(weight_lo), UNSIGNED(weight_hi), UNSIGNED(median_least), UNSIGNED(peers_least),
	UNSIGNED(alarm_bp), UNSIGNED(alarm_least), UNSIGNED(alarm_labels), UNSIGNED(copy_least), UNSIGNED(copy_ppm),
};
enum { N_FIELDS = sizeof fields / sizeof fields[0], STEPS = 4 };

/* what the first four follow from */
static const char *const shares[] = { "p0_bp", "p1_bp", "alpha_bp", "beta_bp" };

/* What was there. */
struct reading {
	struct rule_policy *p;
	uint32_t share[4];
	unsigned n_shares, n_steps;
};

static bool read_whole(const struct json_field *f, int64_t least, int64_t most, int64_t *out, struct err *e)
{
	if (f->type != JSON_NUMBER || !num_parse_i64(f->raw, out) || *out < least || *out > most)
		return err_at(e, f->byte, "field \"%.*s\": expected a whole number from %lld to %lld", STR_FMT(f->key),
		              (long long)least, (long long)most);
	return true;
}

static bool read_field(struct reading *r, const struct json_field *f, struct err *e)
{
	int64_t v;

	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!str_is(f->key, fields[i].name))
			continue;
		char *at = (char *)r->p + fields[i].offset;
		if (!read_whole(f, fields[i].is_signed ? -2000000000 : 0, fields[i].is_signed ? 2000000000 : UINT32_MAX, &v, e))
			return false;
		r->n_steps += i < STEPS;
		if (fields[i].is_signed)
			*(int32_t *)(void *)at = (int32_t)v;
		else
			*(uint32_t *)(void *)at = (uint32_t)v;
		return true;
	}
	for (size_t i = 0; i < 4; i++) {
		if (!str_is(f->key, shares[i]))
			continue;
		if (!read_whole(f, 1, RULE_ONE - 1, &v, e))
			return false;
		r->share[i] = (uint32_t)v;
		r->n_shares++;
		return true;
	}
	if (!str_is(f->key, "halt"))
		return err_at(e, f->key_byte, "unknown field \"%.*s\"", STR_FMT(f->key));
	r->p->halt = f->type == JSON_TRUE;
	return f->type == JSON_TRUE || f->type == JSON_FALSE ||
	       err_at(e, f->byte, "field \"halt\": expected true or false");
}

bool score_policy_read(struct str json, struct rule_policy *p, struct err *e)
{
	struct reading r = { .p = p };
	struct json_record rec = { 0 };

	*p = (struct rule_policy)RULE_POLICY_DEFAULT;
	bool good = json_read(&rec, json, e);
	for (size_t i = 0; good && i < rec.n; i++)
		good = read_field(&r, &rec.field[i], e);
	json_record_release(&rec);
	if (!good)
		return false;
	if (r.n_shares && (r.n_shares < 4 || r.n_steps))
		return err_set(e, r.n_steps ? "either right, wrong, clear and flag, or what they follow from"
		                            : "p0_bp, p1_bp, alpha_bp and beta_bp go together");
	if (r.n_shares && !rule_policy_test(p, r.share[0], r.share[1], r.share[2], r.share[3]))
		return err_set(e, "p1_bp must be below p0_bp, and alpha_bp and beta_bp less than 10000 together");
	return rule_policy_check(p, e);
}

void score_policy_put(struct buf *b, const struct rule_policy *p)
{
	buf_addc(b, '{');
	for (size_t i = 0; i < N_FIELDS; i++) {
		const char *at = (const char *)p + fields[i].offset;
		if (fields[i].is_signed)
			json_put_kint(b, fields[i].name, *(const int32_t *)(const void *)at);
		else
			json_put_kuint(b, fields[i].name, *(const uint32_t *)(const void *)at);
	}
	json_put_kbool(b, "halt", p->halt);
	buf_addc(b, '}');
}

void score_policy_id(const struct rule_policy *p, char out[17])
{
	struct buf text = BUF_INIT, hex = BUF_INIT;
	uint8_t hash[32];

	score_policy_put(&text, p);
	keccak256(text.p, text.n, hash);
	hex_put(&hex, hash, 8);
	memcpy(out, hex.p, 17);
	buf_release(&text);
	buf_release(&hex);
}
