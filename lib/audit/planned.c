#include "audit/planned.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "chain/words.h"
#include "json/write.h"
#include "rec/rec.h"

/* ---- one batch ------------------------------------------------------------------------- */

static bool get_hash(struct str hex, const char *name, uint8_t out[32], struct err *e)
{
	return (hex.n == 66 && hex_get((struct str){ hex.p + 2, 64 }, out, 32)) ||
		err_set(e, "field \"%s\": expected 32 bytes", name);
}

static bool count_ids(struct str list, size_t *n, struct err *e)
{
	struct json_field item;

	for (*n = 0; json_next(&list, &item); ++*n)
		if (item.type != JSON_STRING || item.escaped || item.raw.n != 66)
			return err_set(e, "field \"payments\": expected payment ids");
	return *n > 0 || err_set(e, "field \"payments\": is empty");
}

static bool check_words(const struct planned_batch *b, struct err *e)
{
	struct work *w = NULL;
	uint8_t hash[32];
	size_t n = 0;

	bool good = words_get(b->words, &w, &n, e) || err_prefix(e, "field \"words\": ");
	free(w);
	if (good && n != b->n)
		return err_set(e, "field \"words\": of %zu workers, and there are %zu payments", n, b->n);
	words_hash(b->words, hash);
	if (good && memcmp(hash, b->data_hash, 32) != 0)
		return err_set(e, "field \"data_hash\": is not the hash of \"words\"");
	return good;
}

bool planned_batch_read(const struct json_record *r, struct arena *scratch, struct arena *keep,
                        struct planned_batch *out, struct err *e)
{
	struct text { struct str id, data_hash, log_root, words, total; struct json_field payments; } t = { 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, id, REC_HEX, true),
		REC_FIELD(text, data_hash, REC_HEX, true),
		REC_FIELD(text, log_root, REC_HEX, true),
		REC_FIELD(text, words, REC_HEX, true),
		REC_FIELD(text, total, REC_MONEY, true),
		REC_FIELD(text, payments, REC_LIST, true),
	};
	struct planned_batch b = { .total = U256_ZERO };
	struct buf words = BUF_INIT;

	bool good = rec_read(r, fields, sizeof fields / sizeof *fields, scratch, &t, e) && get_hash(t.id, "id", b.about, e) &&
		get_hash(t.data_hash, "data_hash", b.data_hash, e) && get_hash(t.log_root, "log_root", b.log_root, e) &&
		(u256_from_dec(t.total, &b.total, e) || err_prefix(e, "field \"total\": ")) &&
		count_ids(t.payments.raw, &b.n, e) &&
		(hex_get_any(t.words, &words) || err_set(e, "field \"words\": expected digits"));
	b.words = buf_str(&words);
	good = good && check_words(&b, e);
	if (good) {
		b.id = arena_str(keep, t.id);
		b.payments = arena_str(keep, t.payments.raw);
		b.words = arena_str(keep, b.words);
		*out = b;
	}
	buf_release(&words);
	return good;
}

/* ---- keeping --------------------------------------------------------------------------- */

static void put_in(struct planned *p, struct str payment, uint32_t batch)
{
	uint32_t i = intern(&p->payments, payment);

	if (i >= p->cap_last) {
		size_t cap = mem_grow(p->cap_last, (size_t)i + 64);
		p->last_in = mem_realloc(p->last_in, cap, sizeof *p->last_in);
		for (size_t k = p->cap_last; k < cap; k++)
			p->last_in[k] = PLANNED_NONE;
		p->cap_last = cap;
	}
	if (p->n_in == p->cap_in) {
		p->cap_in = mem_grow(p->cap_in, p->n_in + 64);
		p->in = mem_realloc(p->in, p->cap_in, sizeof *p->in);
	}
	p->in[p->n_in] = (struct planned_in){ batch, p->last_in[i] };
	p->last_in[i] = (uint32_t)p->n_in++;
}

static uint32_t name_of(struct planned *p, struct str id)
{
	uint32_t i = intern(&p->batch_names, id);

	if (i == p->n_names) {
		if (i == p->cap_names) {
			p->cap_names = mem_grow(p->cap_names, (size_t)i + 16);
			p->name = mem_realloc(p->name, p->cap_names, sizeof *p->name);
		}
		p->name[p->n_names++] = (struct planned_name){ .settles = NOWHERE };
	}
	return i;
}

uint32_t planned_add(struct planned *p, const struct planned_batch *b)
{
	struct buf key = BUF_INIT;
	struct str list = b->payments;
	struct json_field item;

	buf_addstr(&key, b->id);
	buf_add(&key, b->data_hash, 32);
	buf_add(&key, b->log_root, 32);
	buf_add(&key, &b->total, sizeof b->total);
	buf_addstr(&key, b->payments);
	uint32_t i = intern(&p->batch_keys, buf_str(&key));
	buf_release(&key);
	if (i < p->n_batches) {
		p->batch[i].explained = p->batch[i].explained || b->explained;
		return i;
	}
	if (i == p->cap_batches) {
		p->cap_batches = mem_grow(p->cap_batches, (size_t)i + 16);
		p->batch = mem_realloc(p->batch, p->cap_batches, sizeof *p->batch);
	}
	p->batch[i] = *b;
	p->batch[i].name = name_of(p, b->id);
	p->name[p->batch[i].name].batch = i;
	p->n_batches++;
	while (json_next(&list, &item))
		put_in(p, item.raw, i);
	return i;
}

static bool take_batch(struct planned *p, const struct json_record *r, bool explained, struct place at, struct err *e)
{
	struct planned_batch b;

	if (!planned_batch_read(r, &p->scratch, &p->keep, &b, e))
		return false;
	b.at = at;
	b.explained = explained;
	planned_add(p, &b);
	return true;
}

static void add_commit(struct planned *p, const struct planned_commit *new)
{
	struct buf key = BUF_INIT;

	buf_add(&key, new->about, 32);
	uint32_t name = intern(&p->commit_names, buf_str(&key));
	buf_add(&key, new->c.log_root, 32);
	uint32_t i = intern(&p->commit_keys, buf_str(&key));
	buf_release(&key);
	if (name >= p->cap_last_commit) {
		p->cap_last_commit = mem_grow(p->cap_last_commit, (size_t)name + 16);
		p->last_commit = mem_realloc(p->last_commit, p->cap_last_commit, sizeof *p->last_commit);
	}
	p->last_commit[name] = i;
	if (i < p->n_commits)
		return;
	if (i == p->cap_commits) {
		p->cap_commits = mem_grow(p->cap_commits, (size_t)i + 16);
		p->commit = mem_realloc(p->commit, p->cap_commits, sizeof *p->commit);
	}
	p->commit[p->n_commits++] = *new;
}

static bool take_commit(struct planned *p, const struct json_record *r, struct place at, struct err *e)
{
	struct planned_commit new = { .at = at };
	struct buf words = BUF_INIT;

	bool good = commit_read(r, &p->scratch, &new.c, e) && get_hash(new.c.id, "id", new.about, e) &&
		(hex_get_any(new.c.words, &words) || err_set(e, "field \"words\": expected digits"));
	if (good) {
		new.c.id = arena_str(&p->keep, new.c.id);
		new.c.epoch = arena_str(&p->keep, new.c.epoch);
		new.c.words = arena_str(&p->keep, buf_str(&words));
		intern(&p->roots, (struct str){ (const char *)new.c.root, 32 });
		add_commit(p, &new);
	}
	buf_release(&words);
	return good;
}

/* Of claims, which are many, only what they are called. */
static bool take_claim(struct planned *p, const struct json_record *r, struct err *e)
{
	struct claim c;
	uint8_t id[32];

	if (!claim_read(r, &p->scratch, &c, e))
		return false;
	if (c.proved && get_hash(c.id, "id", id, e))
		intern(&p->claims, (struct str){ (const char *)id, sizeof id });
	return true;
}

bool planned_take(struct planned *p, struct str kind, const struct json_record *r, bool explained, struct place at,
                  struct err *e)
{
	arena_reset(&p->scratch);
	if (str_is(kind, "batch"))
		return take_batch(p, r, explained, at, e);
	if (str_is(kind, "commit"))
		return take_commit(p, r, at, e);
	return !str_is(kind, "claim") || take_claim(p, r, e);
}

/* ---- finding --------------------------------------------------------------------------- */

uint32_t planned_with(const struct planned *p, struct str payment)
{
	uint32_t i = intern_find(&p->payments, payment);

	return i == INTERN_NONE ? PLANNED_NONE : p->last_in[i];
}

uint32_t planned_of(const struct planned *p, struct str payments, const uint8_t log_root[32])
{
	struct str list = payments;
	struct json_field first;
	uint32_t other = PLANNED_NONE;

	if (!json_next(&list, &first) || first.type != JSON_STRING)
		return PLANNED_NONE;
	for (uint32_t k = planned_with(p, first.raw); k != PLANNED_NONE; k = p->in[k].older) {
		const struct planned_batch *b = &p->batch[p->in[k].batch];
		if (!str_eq(b->payments, payments))
			continue;
		if (memcmp(b->log_root, log_root, 32) == 0)
			return p->in[k].batch;
		other = other == PLANNED_NONE ? p->in[k].batch : other;
	}
	return other;
}

const struct planned_commit *planned_commit_of(const struct planned *p, struct str id, const uint8_t log_root[32])
{
	char key[64];

	if (id.n != 66 || !hex_get((struct str){ id.p + 2, 64 }, (uint8_t *)key, 32))
		return NULL;
	memcpy(key + 32, log_root, 32);
	uint32_t i = intern_find(&p->commit_keys, (struct str){ key, 64 });
	uint32_t name = intern_find(&p->commit_names, (struct str){ key, 32 });
	if (name == INTERN_NONE)
		return NULL;
	return &p->commit[i != INTERN_NONE ? i : p->last_commit[name]];
}

bool planned_claim(const struct planned *p, const uint8_t id[32])
{
	return intern_find(&p->claims, (struct str){ (const char *)id, 32 }) != INTERN_NONE;
}

bool planned_root(const struct planned *p, const uint8_t root[32])
{
	return intern_find(&p->roots, (struct str){ (const char *)root, 32 }) != INTERN_NONE;
}

/* ---- the end --------------------------------------------------------------------------- */

void planned_finish(const struct planned *p, struct findings *f)
{
	struct buf s = BUF_INIT;

	for (size_t i = 0; i < p->n_batches; i++) {
		const struct planned_batch *b = &p->batch[i];
		if (b->explained)
			continue;
		buf_reset(&s);
		planned_put_subject(&s, b);
		findings_add(f, FIND_UNEXPLAINED, buf_str(&s), b->at, NOWHERE, "does not follow from the records of any log");
	}
	buf_release(&s);
}

void planned_put_subject(struct buf *b, const struct planned_batch *x)
{
	buf_adds(b, "{\"kind\":\"batch\"");
	json_put_kstr(b, "id", x->id);
	buf_addc(b, '}');
}

void planned_release(struct planned *p)
{
	intern_release(&p->batch_keys);
	intern_release(&p->batch_names);
	intern_release(&p->commit_keys);
	intern_release(&p->commit_names);
	intern_release(&p->payments);
	intern_release(&p->claims);
	intern_release(&p->roots);
	arena_release(&p->keep);
	arena_release(&p->scratch);
	free(p->batch);
	free(p->name);
	free(p->commit);
	free(p->last_commit);
	free(p->in);
	free(p->last_in);
}
