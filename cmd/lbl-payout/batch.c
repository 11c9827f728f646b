#include "batch.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "journal.h"
#include "json/write.h"

/* ---- the record ------------------------------------------------------------------------ */

static bool get_text(const struct json_record *r, const char *name, enum json_type type, struct str *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));

	if (!f || f->type != type || f->escaped)
		return err_set(e, "field \"%s\": expected %s", name, json_type_name(type));
	*out = f->raw;
	return true;
}

/* "0x" and lower-case digits: ids are compared as text */
static bool is_hex(struct str s)
{
	if (s.n < 2 || s.n % 2 || s.p[0] != '0' || s.p[1] != 'x')
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return true;
}

static bool get_hash(const struct json_record *r, const char *name, uint8_t out[32], struct err *e)
{
	struct str s;

	if (!get_text(r, name, JSON_STRING, &s, e))
		return false;
	return (s.n == 66 && is_hex(s) && hex_get((struct str){ s.p + 2, 64 }, out, 32)) ||
		err_set(e, "field \"%s\": expected 0x and 64 digits in lower case", name);
}

static bool get_units(const struct json_record *r, const char *name, struct u256 *out, struct err *e)
{
	struct str s;

	return get_text(r, name, JSON_STRING, &s, e) &&
		(u256_from_dec(s, out, e) || err_prefix(e, "field \"%s\": ", name));
}

static bool get_number(const struct json_record *r, const char *name, uint64_t *out, struct err *e)
{
	struct str s;
	struct u256 v;
	struct err ignored;

	if (!get_text(r, name, JSON_NUMBER, &s, e))
		return false;
	return (u256_from_dec(s, &v, &ignored) && u256_to_u64(v, out) && !(*out >> 53)) ||
		err_set(e, "field \"%s\": expected a whole number below 2^53", name);
}

static bool count_ids(struct str list, size_t *n, struct err *e)
{
	struct json_field item;

	for (*n = 0; json_next(&list, &item); ++*n)
		if (item.type != JSON_STRING || item.raw.n != 66 || !is_hex(item.raw))
			return err_set(e, "field \"payments\": expected payment ids");
	return true;
}

static bool check_words(const struct batch *b, struct err *e)
{
	struct work *w = NULL;
	uint8_t hash[32];
	size_t n = 0;

	bool good = words_get(b->words, &w, &n, e) || err_prefix(e, "field \"words\": ");
	free(w);
	if (good && n != b->n_payments)
		return err_set(e, "field \"words\": %zu works and %zu payments", n, b->n_payments);
	words_hash(b->words, hash);
	if (good && memcmp(hash, b->data_hash, 32) != 0)
		return err_set(e, "field \"data_hash\": is not the hash of \"words\"");
	return good;
}

bool batch_read(const struct json_record *r, struct arena *keep, struct batch *b, struct err *e)
{
	struct str id, words, payments;
	struct buf bytes = BUF_INIT;

	*b = (struct batch){ 0 };
	if (!get_hash(r, "id", b->about, e) || !get_text(r, "id", JSON_STRING, &id, e) ||
	    !get_hash(r, "data_hash", b->data_hash, e) || !get_hash(r, "log_root", b->log_root, e) ||
	    !get_text(r, "words", JSON_STRING, &words, e) || !get_units(r, "total", &b->total, e) ||
	    !get_text(r, "payments", JSON_ARRAY, &payments, e) || !count_ids(payments, &b->n_payments, e))
		return false;
	bool good = (is_hex(words) && hex_get_any(words, &bytes)) ||
		err_set(e, "field \"words\": expected 0x and digits in lower case");
	if (good) {
		b->words = arena_str(keep, buf_str(&bytes));
		good = check_words(b, e);
	}
	buf_release(&bytes);
	if (good) {
		b->id = arena_str(keep, id);
		b->payments = arena_str(keep, payments);
	}
	return good;
}

struct work *batch_works(const struct batch *b)
{
	struct work *w = NULL;
	size_t n = 0;
	struct err e;

	BUG_ON(!words_get(b->words, &w, &n, &e) || n != b->n_payments);
	return w;
}

static void put_hash(struct buf *b, const char *key, const uint8_t hash[32])
{
	json_put_key(b, key);
	buf_adds(b, "\"0x");
	hex_put(b, hash, 32);
	buf_addc(b, '"');
}

static void put_units(struct buf *b, const char *key, struct u256 v)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	u256_put_dec(b, v);
	buf_addc(b, '"');
}

void put_batch_fields(struct buf *b, const struct batch *x)
{
	json_put_kstr(b, "id", x->id);
	put_hash(b, "data_hash", x->data_hash);
	put_hash(b, "log_root", x->log_root);
	json_put_key(b, "words");
	buf_adds(b, "\"0x");
	hex_put(b, (const uint8_t *)x->words.p, x->words.n);
	buf_addc(b, '"');
	put_units(b, "total", x->total);
	json_put_kraw(b, "payments", x->payments);
}

/* ---- looking up ------------------------------------------------------------------------ */

struct batch *journal_batch(const struct journal *j, struct str id)
{
	const struct batches *s = &j->batches;
	uint32_t i = intern_find(&s->ids, id);

	return i == INTERN_NONE ? NULL : &s->at[s->by_id[i]];
}

struct batch *journal_planned(const struct journal *j, struct str payment)
{
	const struct batches *s = &j->batches;
	uint32_t i = intern_find(&s->payments, payment);

	if (i == INTERN_NONE || s->at[s->by_payment[i]].state == BATCH_VOID)
		return NULL;
	return &s->at[s->by_payment[i]];
}

static bool is_same(const uint8_t a_hash[32], const uint8_t a_root[32], const uint8_t b_hash[32],
                    const uint8_t b_root[32])
{
	return memcmp(a_hash, b_hash, 32) == 0 && memcmp(a_root, b_root, 32) == 0;
}

struct batch *journal_same(const struct journal *j, const uint8_t data_hash[32], const uint8_t log_root[32])
{
	const struct batches *s = &j->batches;

	for (size_t i = s->n; i-- > 0; )
		if (is_same(s->at[i].data_hash, s->at[i].log_root, data_hash, log_root))
			return &s->at[i];
	return NULL;
}

static const struct settled *find_number(const struct batches *s, uint64_t number)
{
	for (size_t i = s->n_settled; i-- > 0; )
		if (s->settled[i].number == number)
			return &s->settled[i];
	return NULL;
}

const struct settled *journal_number(const struct journal *j, uint64_t number)
{
	return find_number(&j->batches, number);
}

uint64_t journal_known(const struct journal *j)
{
	return j->batches.known;
}

/* ---- what fits ------------------------------------------------------------------------- */

bool journal_may_plan(const struct journal *j, const struct batch *b, struct err *e)
{
	const struct batch *old = journal_batch(j, b->id);
	struct str list = b->payments;
	struct json_field item;

	if (old && old->state != BATCH_VOID)
		return err_set(e, "batch %.*s is planned already", STR_FMT(b->id));
	if (old && old->upheld)
		return err_set(e, "batch %.*s was judged to be wrong: its scores have to change before it is posted again",
		               STR_FMT(b->id));
	while (json_next(&list, &item)) {
		const struct batch *other = journal_planned(j, item.raw);
		const struct attempt *transfer = journal_of(j, item.raw);
		if (other)
			return err_set(e, "payment %.*s is made by batch %.*s already", STR_FMT(item.raw), STR_FMT(other->id));
		if (transfer && transfer->outcome != FAILED)
			return err_set(e, "payment %.*s is made by a transfer already", STR_FMT(item.raw));
	}
	return true;
}

static bool right_pool(struct batches *s, uint64_t chain, const struct address *pool)
{
	if (!s->chain) {
		s->chain = chain;
		s->pool = *pool;
	}
	return s->chain == chain && address_eq(&s->pool, pool);
}

void journal_pool(struct journal *j, uint64_t chain, const struct address *pool)
{
	if (!right_pool(&j->batches, chain, pool))
		cli_die(LBL_CONFIG, "%s: the journal is about another pool or chain", j->path);
}

/* ---- in memory ------------------------------------------------------------------------- */

static void point(struct intern *in, uint32_t **to, size_t *cap, struct str name, uint32_t where)
{
	uint32_t i = intern(in, name);

	if (i >= *cap) {
		*cap = mem_grow(*cap, (size_t)i + 64);
		*to = mem_realloc(*to, *cap, sizeof **to);
	}
	(*to)[i] = where;
}

static void add_plan(struct batches *s, const struct batch *b, const struct batch *old)
{
	struct str list = b->payments;
	struct json_field item;
	uint32_t where = (uint32_t)s->n;
	unsigned voids = old ? old->voids : 0;
	size_t since = old ? old->since : 0;

	if (s->n == s->cap) {
		s->cap = mem_grow(s->cap, s->n + 16);
		s->at = mem_realloc(s->at, s->cap, sizeof *s->at);
	}
	s->at[s->n] = *b;
	s->at[s->n].state = BATCH_QUEUED;
	s->at[s->n].voids = voids;
	s->at[s->n].since = since;
	s->at[s->n].fresh = false;
	for (size_t i = 0; i < s->n_settled; i++)
		if (is_same(b->data_hash, b->log_root, s->settled[i].data_hash, s->settled[i].log_root)) {
			s->at[s->n].state = BATCH_SETTLED;
			s->at[s->n].number = s->settled[i].number;
		}
	s->n++;
	point(&s->ids, &s->by_id, &s->cap_by_id, b->id, where);
	while (json_next(&list, &item))
		point(&s->payments, &s->by_payment, &s->cap_by_payment, item.raw, where);
}

static void add_settled(struct batches *s, const struct settled *x, bool fresh)
{
	if (s->n_settled == s->cap_settled) {
		s->cap_settled = mem_grow(s->cap_settled, s->n_settled + 16);
		s->settled = mem_realloc(s->settled, s->cap_settled, sizeof *s->settled);
	}
	s->settled[s->n_settled++] = *x;
	while (find_number(s, s->known + 1))
		s->known++;
	for (size_t i = 0; i < s->n; i++) {
		struct batch *b = &s->at[i];
		if (b->state == BATCH_QUEUED && is_same(b->data_hash, b->log_root, x->data_hash, x->log_root)) {
			b->state = BATCH_SETTLED;
			b->number = x->number;
			b->fresh = fresh;
		}
	}
}

static void set_void(const struct journal *j, struct batch *b, uint64_t number, bool upheld)
{
	b->state = BATCH_VOID;
	b->number = number;
	b->upheld = upheld;
	b->voids++;
	b->since = j->n;
}

void batches_release(struct batches *b)
{
	intern_release(&b->ids);
	intern_release(&b->payments);
	free(b->at);
	free(b->by_id);
	free(b->by_payment);
	free(b->settled);
}

/* ---- reading lines --------------------------------------------------------------------- */

static bool read_pool(struct journal *j, const struct json_record *r, struct err *e)
{
	struct address pool;
	struct str text;
	uint64_t chain;

	return get_number(r, "chain", &chain, e) && get_text(r, "pool", JSON_STRING, &text, e) &&
		address_parse(text, &pool, e) &&
		(right_pool(&j->batches, chain, &pool) || err_set(e, "a second pool"));
}

static bool read_plan(struct journal *j, const struct json_record *r, struct err *e)
{
	struct batch b;

	if (!batch_read(r, &j->text, &b, e) || !read_pool(j, r, e) || !journal_may_plan(j, &b, e))
		return false;
	add_plan(&j->batches, &b, journal_batch(j, b.id));
	return true;
}

static bool read_settled(struct journal *j, const struct json_record *r, struct err *e)
{
	const struct json_field *unpaid = json_get(r, STR("unpaid"));
	struct settled s = { 0 };

	if (!get_number(r, "number", &s.number, e) || !get_number(r, "block", &s.block, e) || !get_number(r, "gas",
	                                                                                                  &s.gas, e) ||
	    !get_hash(r, "data_hash", s.data_hash, e) || !get_hash(r, "log_root", s.log_root, e) ||
	    !get_hash(r, "hash", s.hash, e) || !get_units(r, "total", &s.total, e) || !read_pool(j, r, e))
		return false;
	if (journal_number(j, s.number))
		return err_set(e, "batch %llu is settled a second time", (unsigned long long)s.number);
	if (unpaid && unpaid->type == JSON_ARRAY)
		s.unpaid = arena_str(&j->text, unpaid->raw);
	add_settled(&j->batches, &s, false);
	return true;
}

static bool read_void(struct journal *j, const struct json_record *r, struct err *e)
{
	const struct json_field *upheld = json_get(r, STR("upheld"));
	uint64_t number;
	struct str id;

	if (!get_text(r, "id", JSON_STRING, &id, e) || !get_number(r, "number", &number, e))
		return false;
	if (!upheld || (upheld->type != JSON_TRUE && upheld->type != JSON_FALSE))
		return err_set(e, "field \"upheld\": expected true or false");
	struct batch *b = journal_batch(j, id);
	if (!b || b->state != BATCH_QUEUED)
		return err_set(e, "void, and was not planned");
	set_void(j, b, number, upheld->type == JSON_TRUE);
	return true;
}

bool journal_read_batch(struct journal *j, struct str kind, const struct json_record *r, struct err *e)
{
	if (str_is(kind, "plan"))
		return read_plan(j, r, e);
	if (str_is(kind, "settled"))
		return read_settled(j, r, e);
	if (str_is(kind, "void"))
		return read_void(j, r, e);
	return err_set(e, "unknown kind");
}

/* ---- writing lines --------------------------------------------------------------------- */

static void put_pool(struct buf *b, const struct batches *s)
{
	json_put_kuint(b, "chain", s->chain);
	json_put_key(b, "pool");
	buf_addc(b, '"');
	address_put_lower(b, &s->pool);
	buf_adds(b, "\"}\n");
}

void journal_plan(struct journal *j, const struct batch *b)
{
	struct err e;

	BUG_ON(!j->batches.chain || !journal_may_plan(j, b, &e));
	buf_adds(&j->pending, "{\"kind\":\"plan\"");
	put_batch_fields(&j->pending, b);
	put_pool(&j->pending, &j->batches);
	struct batch kept = *b;
	kept.id = arena_str(&j->text, b->id);
	kept.payments = arena_str(&j->text, b->payments);
	kept.words = arena_str(&j->text, b->words);
	add_plan(&j->batches, &kept, journal_batch(j, b->id));
}

void journal_settled(struct journal *j, const struct settled *s)
{
	struct settled kept = *s;
	struct buf *b = &j->pending;

	BUG_ON(!j->batches.chain || journal_number(j, s->number));
	buf_adds(b, "{\"kind\":\"settled\"");
	json_put_kuint(b, "number", s->number);
	put_hash(b, "data_hash", s->data_hash);
	put_hash(b, "log_root", s->log_root);
	put_units(b, "total", s->total);
	put_hash(b, "hash", s->hash);
	json_put_kuint(b, "block", s->block);
	json_put_kuint(b, "gas", s->gas);
	if (s->unpaid.n)
		json_put_kraw(b, "unpaid", s->unpaid);
	put_pool(b, &j->batches);
	kept.unpaid = arena_str(&j->text, s->unpaid);
	add_settled(&j->batches, &kept, true);
}

void journal_void(struct journal *j, struct batch *b, uint64_t number, bool upheld)
{
	BUG_ON(b->state != BATCH_QUEUED);
	buf_adds(&j->pending, "{\"kind\":\"void\"");
	json_put_kstr(&j->pending, "id", b->id);
	json_put_kuint(&j->pending, "number", number);
	json_put_kbool(&j->pending, "upheld", upheld);
	buf_adds(&j->pending, "}\n");
	set_void(j, b, number, upheld);
	b->fresh = true;
}
