#include "audit/journal.h"

#include <stdarg.h>
#include <stdlib.h>

#include "audit/subject.h"
#include "base/hex.h"
#include "base/mem.h"
#include "rec/rec.h"
#include "stage/plan.h"

/* A line that is being looked at. */
struct look {
	struct journal_audit *j;
	struct str kind;
	struct place at;
};

static void __attribute__((format(printf, 4, 5)))
find(const struct look *l, enum finding_rule rule, struct place other, const char *fmt, ...)
{
	struct buf s = BUF_INIT;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	subject_put(&s, l->kind, &l->j->rec);
	findings_add(&l->j->findings, rule, buf_str(&s), l->at, other, "%s", text);
	buf_release(&s);
}

/* ---- members ---------------------------------------------------------------------------- */

static bool get_number(const struct json_record *r, const char *name, uint64_t *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));
	struct u256 v;
	struct err ignored;

	return (f && f->type == JSON_NUMBER && u256_from_dec(f->raw, &v, &ignored) && u256_to_u64(v, out) && !(*out >> 53)) ||
		err_set(e, "field \"%s\": expected a whole number below 2^53", name);
}

static bool get_text(const struct json_record *r, const char *name, struct str *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));

	if (!f || f->type != JSON_STRING || f->escaped)
		return err_set(e, "field \"%s\": expected a string", name);
	*out = f->raw;
	return true;
}

static bool get_hash(const struct json_record *r, const char *name, uint8_t out[32], struct err *e)
{
	struct str s;

	return get_text(r, name, &s, e) && ((s.n == 66 && hex_get((struct str){ s.p + 2, 64 }, out, 32)) ||
	                                    err_set(e, "field \"%s\": expected 32 bytes", name));
}

/* ---- tries ------------------------------------------------------------------------------ */

static uint32_t *last_of(struct journal_audit *j, struct str id)
{
	uint32_t i = intern(&j->ids, id);

	if (i >= j->cap_last) {
		size_t cap = mem_grow(j->cap_last, (size_t)i + 64);
		j->last = mem_realloc(j->last, cap, sizeof *j->last);
		for (size_t k = j->cap_last; k < cap; k++)
			j->last[k] = INTERN_NONE;
		j->cap_last = cap;
	}
	return &j->last[i];
}

static bool eighth_more(struct u256 new, struct u256 old)
{
	struct u256 a, b;

	return u256_mul(&a, new, u256_of(8)) && u256_mul(&b, old, u256_of(9)) && u256_cmp(a, b) >= 0;
}

/* May it stand in for one with the same nonce?  NULL, or why not. */
static const char *no_replacement(const struct signed_tx *t, const struct signed_tx *before)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct tx new, old;
	const char *why = NULL;
	struct err e;

	BUG_ON(!hex_get_any(t->raw, &a) || !hex_get_any(before->raw, &b));      /* both were parsed before */
	if (!tx_parse(buf_str(&a), &new, NULL, NULL, &e) || !tx_parse(buf_str(&b), &old, NULL, NULL, &e) ||
	    !str_eq(t->first, before->first) || t->chain != before->chain || old.type != new.type || old.gas != new.gas ||
	    !address_eq(&old.to, &new.to) || u256_cmp(old.value, new.value) != 0 || !str_eq(old.data, new.data) ||
	    !str_eq(old.access_list, new.access_list))
		why = "a second transaction with its nonce, which does something else";
	else if (!eighth_more(new.max_fee, old.max_fee) || !eighth_more(new.tip, old.tip))
		why = "a second transaction with its nonce, and not both of its fees are an eighth higher";
	buf_release(&a);
	buf_release(&b);
	return why;
}

static uint32_t nonce_of(struct journal_audit *j, const struct signed_tx *t)
{
	char key[28];

	memcpy(key, t->from.b, 20);
	memcpy(key + 20, &t->nonce, 8);
	uint32_t i = intern(&j->nonces, (struct str){ key, sizeof key });
	if (i == j->n_nonces) {
		if (i == j->cap_nonces) {
			j->cap_nonces = mem_grow(j->cap_nonces, (size_t)i + 64);
			j->nonce = mem_realloc(j->nonce, j->cap_nonces, sizeof *j->nonce);
		}
		j->nonce[j->n_nonces++] = (struct journal_nonce){ INTERN_NONE, INTERN_NONE, INTERN_NONE, JOURNAL_OPEN };
	}
	return i;
}

/* ---- actions ---------------------------------------------------------------------------- */

/* A batch is in the journal before it is on the wire, as it is on the wire. */
static const char *not_planned(const struct journal_audit *j, const struct deed *d, const uint8_t about[32])
{
	const struct planned *p = &j->planned;
	const char *why = "is about a batch that was not planned";

	for (size_t i = p->n_batches; i-- > 0; ) {
		const struct planned_batch *b = &p->batch[i];
		if (memcmp(b->about, about, 32) != 0)
			continue;
		if (!str_eq(b->words, d->words))
			return "its words are not those of the plan";
		if (d->kind == DEED_SETTLE || memcmp(b->log_root, d->log_root, 32) == 0)
			return NULL;
		why = "its log root is not that of the plan";
	}
	return why;
}

static const char *bad_action(const struct journal_audit *j, const struct signed_tx *t, const struct tx *tx,
                              struct err *e)
{
	uint8_t about[32], said[32];
	struct str list = t->payments;
	struct json_field item, more;
	struct deed d;

	if (!deed_read(t->action, tx->data, &d, e))
		return e->msg;
	if (!json_next(&list, &item) || item.type != JSON_STRING || item.raw.n != 66 ||
	    !hex_get((struct str){ item.raw.p + 2, 64 }, said, 32) || json_next(&list, &more))
		return "field \"payments\": expected what it is about";
	if (!deed_id_is(t->id, t->action, said, t->batch))
		return "field \"id\" is not that of this action";
	if (deed_about(&d, tx, about) && memcmp(about, said, 32) != 0)
		return "field \"payments\": is not what the bytes are about";
	if (d.kind != DEED_POST && d.kind != DEED_SETTLE)
		return t->batch ? "field \"batch\": it is about none" : NULL;
	if (d.number != t->batch)
		return "field \"batch\": is not the number in \"raw\"";
	if (j->has_pool && (!address_eq(&t->to, &j->pool) || t->chain != j->chain))
		return "goes to another pool or chain than its plan";
	return not_planned(j, &d, said);
}

static bool check_action(const struct look *l, const struct signed_tx *t)
{
	struct buf raw = BUF_INIT;
	const char *why = NULL;
	struct tx tx;
	struct err e;

	BUG_ON(!hex_get_any(t->raw, &raw) || !tx_parse(buf_str(&raw), &tx, NULL, NULL, &e));
	why = bad_action(l->j, t, &tx, &e);
	if (why)
		find(l, FIND_TX, NOWHERE, "%s", why);
	buf_release(&raw);
	return !why;
}

static void take_try(const struct look *l)
{
	struct journal_audit *j = l->j;
	struct signed_tx t;
	struct err e;

	if (!signed_tx_read(&j->rec, &j->keep, &t, &e) || !signed_tx_check(&t, NULL, &e)) {
		find(l, FIND_TX, NOWHERE, "%s", e.msg);
		return;
	}
	uint32_t same = intern_find(&j->hashes, t.hash);
	if (same != INTERN_NONE) {
		find(l, FIND_TWICE, j->tries[same].at, "a transaction that was tried before");
		return;
	}
	if (t.action.n)
		check_action(l, &t);
	uint32_t n = nonce_of(j, &t), *before = last_of(j, t.first);
	struct journal_nonce *x = &j->nonce[n];
	if (x->last != INTERN_NONE) {
		const struct journal_try *old = &j->tries[x->last];
		const char *why = x->fate != JOURNAL_OPEN ? "a second transaction with a nonce that is used up" :
			no_replacement(&t, &old->tx);
		if (why)
			find(l, FIND_TX, old->at, "%s", why);
	} else if (*before != INTERN_NONE && j->nonce[*before].fate != JOURNAL_FAILED) {
		find(l, FIND_TWICE, j->tries[j->nonce[*before].last].at,
		     "a second transaction for what the first has not failed to do");
	}
	if (j->n_tries == j->cap_tries) {
		j->cap_tries = mem_grow(j->cap_tries, j->n_tries + 64);
		j->tries = mem_realloc(j->tries, j->cap_tries, sizeof *j->tries);
	}
	uint32_t i = intern(&j->hashes, t.hash);
	j->tries[i] = (struct journal_try){ t, l->at, n };
	j->n_tries++;
	x->first = x->first == INTERN_NONE ? i : x->first;
	x->last = i;
	*before = n;
}

static void take_mined(const struct look *l)
{
	struct journal_audit *j = l->j;
	struct rec_receipt x;
	struct err e;

	if (!rec_receipt(&j->rec, &j->scratch, &x, &e)) {
		find(l, FIND_LINE, NOWHERE, "%s", e.msg);
		return;
	}
	uint32_t i = intern_find(&j->hashes, x.hash);
	if (i == INTERN_NONE) {
		find(l, FIND_RECEIPT, NOWHERE, "mined, and was not tried before");
		return;
	}
	const struct journal_try *t = &j->tries[i];
	struct journal_nonce *n = &j->nonce[t->nonce];
	if (x.status > 1)
		find(l, FIND_RECEIPT, t->at, "field \"status\": expected 0 or 1");
	if (!str_eq(x.payments.raw, t->tx.payments))
		find(l, FIND_RECEIPT, t->at, "names other payments than its transaction");
	if (n->mined != INTERN_NONE && n->mined != i && x.block)
		find(l, FIND_RECEIPT, j->tries[n->mined].at, "mined, and so was another one with its nonce");
	n->mined = i;
	n->fate = x.status == 1 ? JOURNAL_DONE : JOURNAL_FAILED;
}

/* ---- batches ---------------------------------------------------------------------------- */

static bool right_pool(const struct look *l, uint64_t *chain, struct address *pool)
{
	struct journal_audit *j = l->j;
	struct str text;
	struct err e;

	if (!get_number(&j->rec, "chain", chain, &e) || !get_text(&j->rec, "pool", &text, &e) ||
	    !address_parse(text, pool, &e)) {
		find(l, FIND_LINE, NOWHERE, "%s", e.msg);
		return false;
	}
	if (!j->has_pool) {
		j->has_pool = true;
		j->chain = *chain;
		j->pool = *pool;
	} else if (j->chain != *chain || !address_eq(&j->pool, pool)) {
		find(l, FIND_DIFFERS, NOWHERE, "is about another pool or chain than the lines before it");
	}
	return true;
}

static bool named_after(const struct planned_batch *b, uint64_t chain, const struct address *pool)
{
	uint8_t (*id)[32] = mem_alloc(b->n, sizeof *id), hash[32];
	struct str list = b->payments;
	struct json_field item;
	bool good = true;

	for (size_t i = 0; good && json_next(&list, &item); i++)
		good = hex_get((struct str){ item.raw.p + 2, 64 }, id[i], 32);
	if (good)
		plan_batch_id(chain, pool, b->words, (const uint8_t (*)[32])id, b->n, hash);
	free(id);
	return good && memcmp(hash, b->about, 32) == 0;
}

/* Is one of its payments made by something else that may still come to be?  Told once a batch. */
static void check_payments(const struct look *l, const struct planned_batch *b)
{
	struct journal_audit *j = l->j;
	uint32_t own = intern_find(&j->planned.batch_names, b->id);
	struct str list = b->payments;
	struct json_field item;

	while (json_next(&list, &item)) {
		for (uint32_t k = planned_with(&j->planned, item.raw); k != PLANNED_NONE; k = j->planned.in[k].older) {
			uint32_t name = j->planned.batch[j->planned.in[k].batch].name;
			if (name == own || j->batch[name].state == JOURNAL_VOID)
				continue;
			find(l, FIND_TWICE, j->batch[name].at, "payment %.*s is made by another batch", STR_FMT(item.raw));
			return;
		}
		uint32_t i = intern_find(&j->ids, item.raw);
		if (i == INTERN_NONE || j->nonce[j->last[i]].fate == JOURNAL_FAILED)
			continue;
		find(l, FIND_TWICE, j->tries[j->nonce[j->last[i]].last].at, "payment %.*s is made by a transfer", STR_FMT(item.raw));
		return;
	}
}

static void take_plan(const struct look *l)
{
	struct journal_audit *j = l->j;
	struct planned_batch b;
	struct address pool;
	uint64_t chain;
	struct err e;

	if (!planned_batch_read(&j->rec, &j->scratch, &j->keep, &b, &e)) {
		find(l, FIND_DIFFERS, NOWHERE, "%s", e.msg);
		return;
	}
	if (!right_pool(l, &chain, &pool))
		return;
	if (!named_after(&b, chain, &pool))
		find(l, FIND_DIFFERS, NOWHERE, "field \"id\" is not that of these words and payments");
	uint32_t had = intern_find(&j->planned.batch_names, b.id);
	if (had != INTERN_NONE && j->batch[had].state != JOURNAL_VOID)
		find(l, FIND_TWICE, j->batch[had].at, "was planned before");
	else if (had != INTERN_NONE && j->batch[had].upheld)
		find(l, FIND_TWICE, j->batch[had].at, "was judged to be wrong, and is planned again");
	check_payments(l, &b);
	b.at = l->at;
	b.explained = true;             /* by whom, the log tells */
	uint32_t i = planned_add(&j->planned, &b), name = j->planned.batch[i].name;
	if (name >= j->cap_batches) {
		j->cap_batches = mem_grow(j->cap_batches, (size_t)name + 16);
		j->batch = mem_realloc(j->batch, j->cap_batches, sizeof *j->batch);
	}
	j->batch[name] = (struct journal_batch){ JOURNAL_QUEUED, false, l->at };
}

/* The plan with this hash and root, the last one. */
static const struct planned_batch *same_batch(const struct journal_audit *j, const uint8_t data_hash[32],
                                              const uint8_t log_root[32])
{
	for (size_t i = j->planned.n_batches; i-- > 0; ) {
		const struct planned_batch *b = &j->planned.batch[i];
		if (memcmp(b->data_hash, data_hash, 32) == 0 && memcmp(b->log_root, log_root, 32) == 0)
			return b;
	}
	return NULL;
}

static void match_settled(const struct look *l, const struct planned_batch *b, struct u256 total)
{
	struct journal_audit *j = l->j;
	struct journal_batch *x = &j->batch[b->name];

	if (x->state == JOURNAL_SETTLED)
		find(l, FIND_TWICE, x->at, "its batch was settled before, under another number");
	if (u256_cmp(total, b->total) != 0 && !json_get(&j->rec, STR("unpaid")))
		find(l, FIND_DIFFERS, b->at, "field \"total\": is not what was planned, and nobody is left out");
	if (x->state == JOURNAL_QUEUED)
		x->state = JOURNAL_SETTLED;
}

static void take_settled(const struct look *l)
{
	struct journal_audit *j = l->j;
	uint8_t data_hash[32], log_root[32], hash[32];
	uint64_t number, block, gas, chain;
	struct address pool;
	struct u256 total;
	struct str text;
	struct err e;

	if (!get_number(&j->rec, "number", &number, &e) || !get_number(&j->rec, "block", &block, &e) ||
	    !get_number(&j->rec, "gas", &gas, &e) || !get_hash(&j->rec, "data_hash", data_hash, &e) ||
	    !get_hash(&j->rec, "log_root", log_root, &e) || !get_hash(&j->rec, "hash", hash, &e) ||
	    !get_text(&j->rec, "total", &text, &e) || !u256_from_dec(text, &total, &e)) {
		find(l, FIND_LINE, NOWHERE, "%s", e.msg);
		return;
	}
	if (!right_pool(l, &chain, &pool))
		return;
	size_t had = j->numbers.n;
	if (intern(&j->numbers, (struct str){ (const char *)&number, sizeof number }) < had) {
		find(l, FIND_TWICE, NOWHERE, "batch %llu is settled a second time", (unsigned long long)number);
		return;
	}
	get_text(&j->rec, "hash", &text, &e);
	uint32_t i = intern_find(&j->hashes, text);
	if (i != INTERN_NONE && j->tries[i].tx.batch != number)
		find(l, FIND_DIFFERS, j->tries[i].at, "field \"number\": is not that of its transaction");
	if (i != INTERN_NONE && j->nonce[j->tries[i].nonce].fate == JOURNAL_FAILED)
		find(l, FIND_RECEIPT, j->tries[i].at, "settled by a transaction that failed");
	const struct planned_batch *b = same_batch(j, data_hash, log_root);
	if (b)
		match_settled(l, b, total);
}

static void take_void(const struct look *l)
{
	struct journal_audit *j = l->j;
	const struct json_field *upheld = json_get(&j->rec, STR("upheld"));
	uint64_t number;
	struct str id;
	struct err e;

	if (!get_text(&j->rec, "id", &id, &e) || !get_number(&j->rec, "number", &number, &e) ||
	    !((upheld && (upheld->type == JSON_TRUE || upheld->type == JSON_FALSE)) ||
	      err_set(&e, "field \"upheld\": expected true or false"))) {
		find(l, FIND_LINE, NOWHERE, "%s", e.msg);
		return;
	}
	uint32_t name = intern_find(&j->planned.batch_names, id);
	if (name == INTERN_NONE || j->batch[name].state != JOURNAL_QUEUED) {
		find(l, FIND_ORDER, name == INTERN_NONE ? NOWHERE : j->batch[name].at, "void, and was not under way");
		return;
	}
	j->batch[name].state = JOURNAL_VOID;
	j->batch[name].upheld = upheld->type == JSON_TRUE;
}

/* ---- lines ------------------------------------------------------------------------------ */

void journal_line(struct journal_audit *j, struct str line, struct place at)
{
	static const struct { const char *kind; void (*take)(const struct look *l); } of[] = {
		{ "try", take_try }, { "mined", take_mined }, { "plan", take_plan }, { "settled", take_settled },
		{ "void", take_void },
	};
	struct look l = { .j = j, .at = at };
	struct err e;

	j->lines++;
	arena_reset(&j->scratch);
	bool good = json_read(&j->rec, line, &e);
	const struct json_field *kind = good ? json_get(&j->rec, STR("kind")) : NULL;
	if (!good || !kind || kind->type != JSON_STRING) {
		findings_add(&j->findings, FIND_LINE, STR("{}"), at, NOWHERE, "%s", good ? "field \"kind\" is missing" : e.msg);
		return;
	}
	l.kind = kind->raw;
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (str_is(kind->raw, of[i].kind)) {
			of[i].take(&l);
			return;
		}
	find(&l, FIND_LINE, NOWHERE, "a kind that no journal has");
}

void journal_release(struct journal_audit *j)
{
	findings_release(&j->findings);
	planned_release(&j->planned);
	intern_release(&j->hashes);
	intern_release(&j->nonces);
	intern_release(&j->ids);
	intern_release(&j->numbers);
	arena_release(&j->keep);
	arena_release(&j->scratch);
	json_record_release(&j->rec);
	free(j->tries);
	free(j->nonce);
	free(j->batch);
	free(j->last);
}
