/* input - read everything and check it, before anything is decided. */
#include "payout.h"

#include <errno.h>

#include "base/hex.h"
#include "base/mem.h"
#include "batch.h"
#include "claims.h"
#include "io/cli.h"
#include "io/stream.h"

/* Ids and hashes are compared as text, so there must be one way to write them. */
static bool one_spelling(const char *field, struct str hex, struct err *e)
{
	for (size_t i = 0; i < hex.n; i++)
		if (hex.p[i] >= 'A' && hex.p[i] <= 'F')
			return err_set(e, "field \"%s\": expected digits in lower case", field);
	return true;
}

static bool get_count(const struct json_record *r, const char *name, uint64_t *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));
	struct u256 v;
	struct err ignored;

	return (f && f->type == JSON_NUMBER && u256_from_dec(f->raw, &v, &ignored) && u256_to_u64(v, out) &&
	        !(*out >> 53)) || err_set(e, "field \"%s\": expected a whole number below 2^53", name);
}

/* ---- payments ---------------------------------------------------------------------- */

static bool same_payment(const struct payment *p, const struct rec_payment *r, struct u256 amount)
{
	return str_eq(p->worker, r->worker) && str_eq(p->epoch, r->epoch) && u256_cmp(p->amount, amount) == 0;
}

static bool read_payment(const struct json_record *r, struct arena *scratch, struct rec_payment *p,
                         struct u256 *amount, struct err *e)
{
	return rec_payment(r, scratch, p, e) && one_spelling("id", p->id, e) &&
	       u256_from_dec(p->amount, amount, e);
}

/* What a payment by a pool says of the worker's number and work. */
static bool read_work(const struct json_record *r, const struct rec_payment *p, struct work *w, struct err *e)
{
	uint64_t index = 0, units = p->verified;

	memset(w, 0, sizeof *w);
	if (!json_get(r, STR("index")))
		return true;
	if (!get_count(r, "index", &index, e) || (json_get(r, STR("units")) && !get_count(r, "units", &units, e)))
		return false;
	if (index >> 32 || units >> 24)
		return err_set(e, "field \"%s\": is out of range", index >> 32 ? "index" : "units");
	w->index = (uint32_t)index;
	w->units = (uint32_t)units;
	w->score = (uint16_t)p->score_bp;
	w->bonus = (uint16_t)p->bonus_bp;
	return true;
}

bool input_add_payment(struct input *in, const struct json_record *r, struct err *e)
{
	struct arena scratch = { 0 };
	struct work work = { 0 };
	struct rec_payment p;
	struct u256 amount;

	bool good = read_payment(r, &scratch, &p, &amount, e) && read_work(r, &p, &work, e);
	if (!good)
		goto out;
	uint32_t i = intern(&in->payment_ids, p.id);
	if (i < in->n_payments) {
		good = same_payment(&in->payment[i], &p, amount) && memcmp(&in->payment[i].work, &work, sizeof work) == 0;
		in->conflict = !good;
		if (!good)
			err_set(e, "payment %.*s stands here with other content than before", STR_FMT(p.id));
		goto out;
	}
	if (i == in->cap_payments) {
		in->cap_payments = mem_grow(in->cap_payments, (size_t)i + 64);
		in->payment = mem_realloc(in->payment, in->cap_payments, sizeof *in->payment);
	}
	in->payment[i] = (struct payment){ .id = intern_str(&in->payment_ids, i), .amount = amount,
	                                   .worker = arena_str(&in->text, p.worker),
	                                   .epoch = arena_str(&in->text, p.epoch), .work = work };
	in->n_payments = (size_t)i + 1;
out:
	arena_release(&scratch);
	return good;
}

const struct payment *input_payment(const struct input *in, struct str id)
{
	uint32_t i = intern_find(&in->payment_ids, id);

	return i == INTERN_NONE ? NULL : &in->payment[i];
}

/* ---- transactions ------------------------------------------------------------------ */

bool tx_read(const struct json_record *r, struct arena *keep, struct signed_tx *t, struct err *e)
{
	if (!signed_tx_read(r, keep, t, e) || !one_spelling("hash", t->hash, e) || !one_spelling("id", t->id, e))
		return false;
	if (!str_eq(t->id, t->first))
		return err_set(e, "field \"id\": is not the payment in \"payments\"");
	return true;
}

void input_add_tx(struct input *in, const struct signed_tx *t)
{
	if (in->n_tx == in->cap_tx) {
		in->cap_tx = mem_grow(in->cap_tx, in->n_tx + 64);
		in->tx = mem_realloc(in->tx, in->cap_tx, sizeof *in->tx);
	}
	in->tx[in->n_tx++] = *t;
}

/* ---- batches ---------------------------------------------------------------------- */

bool input_add_batch(struct input *in, const struct json_record *r, struct err *e)
{
	struct batch b;

	if (!batch_read(r, &in->text, &b, e))
		return false;
	uint32_t i = intern(&in->batch_ids, b.id);
	if (i < in->n_batches) {
		const struct batch *old = &in->batch[i];
		in->conflict = memcmp(old->data_hash, b.data_hash, 32) != 0 || memcmp(old->log_root, b.log_root, 32) != 0 ||
			u256_cmp(old->total, b.total) != 0 || !str_eq(old->payments, b.payments);
		return !in->conflict || err_set(e, "batch %.*s stands here with other content than before", STR_FMT(b.id));
	}
	if (i == in->cap_batches) {
		in->cap_batches = mem_grow(in->cap_batches, (size_t)i + 16);
		in->batch = mem_realloc(in->batch, in->cap_batches, sizeof *in->batch);
	}
	in->batch[in->n_batches++] = b;
	return true;
}

static bool get_bytes(const struct json_record *r, const char *name, uint8_t *out, size_t n, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));

	return (f && f->type == JSON_STRING && f->raw.n == 2 * n + 2 && f->raw.p[0] == '0' && f->raw.p[1] == 'x' &&
	        hex_get((struct str){ f->raw.p + 2, 2 * n }, out, n)) ||
		err_set(e, "field \"%s\": expected 0x and %zu digits", name, 2 * n);
}

/* Whose signature it really is, is for the chain's own digest to tell.  One that is about an epoch, and no batch,
 * is for others. */
static bool add_attestation(struct input *in, const struct json_record *r, struct err *e)
{
	const struct json_field *auditor = json_get(r, STR("auditor"));
	struct attestation a;

	if (!json_get(r, STR("batch")))
		return true;
	if (!get_count(r, "batch", &a.batch, e) || !get_bytes(r, "digest", a.digest, sizeof a.digest, e) ||
	    !get_bytes(r, "sig", a.sig, sizeof a.sig, e))
		return false;
	if (!auditor || auditor->type != JSON_STRING || !address_parse(auditor->raw, &a.auditor, e))
		return err_set(e, "field \"auditor\": expected an address");
	if (in->n_attests == in->cap_attests) {
		in->cap_attests = mem_grow(in->cap_attests, in->n_attests + 16);
		in->attest = mem_realloc(in->attest, in->cap_attests, sizeof *in->attest);
	}
	in->attest[in->n_attests++] = a;
	return true;
}

/* Who is not an address is told by those who need one. */
static void add_worker(struct input *in, const struct stream *s)
{
	const struct json_field *w = json_get(&s->rec, STR("worker"));
	struct buf lower = BUF_INIT;
	struct address a;
	struct err e;

	if (!str_is(s->kind, "score") && !str_is(s->kind, "payment") && !str_is(s->kind, "lane"))
		return;
	if (!w || w->type != JSON_STRING || !address_parse(w->raw, &a, &e))
		return;
	address_put_lower(&lower, &a);
	intern(&in->workers, buf_str(&lower));
	buf_release(&lower);
}

/* ---- what is known of the chain ---------------------------------------------------- */

static bool get_wei(const struct json_record *r, const char *name, struct u256 *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));
	struct err ignored;

	return (f && f->type == JSON_STRING && u256_from_dec(f->raw, out, &ignored)) ||
		err_set(e, "field \"%s\": expected an amount as a string of digits", name);
}

static bool read_facts(const struct json_record *r, struct facts *out, struct err *e)
{
	const struct json_field *from = json_get(r, STR("from"));
	struct facts f = { .known = true, .has_from = from != NULL };

	if (!get_count(r, "chain", &f.chain, e) || !get_wei(r, "base_fee", &f.market.base_fee, e) ||
	    !get_wei(r, "tip", &f.market.tip, e))
		return false;
	if (f.chain == 0)
		return err_set(e, "field \"chain\": is 0");
	if (from && (from->type != JSON_STRING || !address_parse(from->raw, &f.from, e)))
		return err_set(e, "field \"from\": expected an address");
	if (from && !get_count(r, "nonce", &f.nonce, e))
		return false;
	*out = f;
	return true;
}

/* ---- the stream -------------------------------------------------------------------- */

/* One that is bad is for the plan to refuse. */
static bool is_new_score(struct input *in, const struct json_record *r)
{
	struct arena scratch = { 0 };
	struct rec_score s;
	struct err ignored;
	char id[67];

	bool known = in->journal && rec_score(r, &scratch, &s, &ignored);
	if (known) {
		plan_payment_id(STR(""), s.epoch, s.worker, id);
		known = journal_planned(in->journal, str_of(id)) != NULL;
	}
	if (known)
		intern(&in->known, str_of(id));
	in->done = in->done || (known && str_is(s.epoch, in->epoch));
	in->left = in->left || (!known && !(in->journal && rec_score(r, &scratch, &s, &ignored) && !str_is(s.epoch, in->epoch)));
	arena_release(&scratch);
	in->n_scores += !known;
	return !known;
}

static bool take(struct input *in, const struct stream *s, struct err *e)
{
	struct signed_tx t;

	if (in->wants_workers)
		add_worker(in, s);
	if (str_is(s->kind, "payment"))
		return input_add_payment(in, &s->rec, e);
	if (str_is(s->kind, "tx")) {
		if (!tx_read(&s->rec, &in->text, &t, e))
			return false;
		if (t.action.n)         /* an action is made by the journal, never by a record */
			intern(&in->acted, t.hash);
		else
			input_add_tx(in, &t);
		return true;
	}
	if (str_is(s->kind, "batch"))
		return input_add_batch(in, &s->rec, e);
	if (str_is(s->kind, "attestation"))
		return add_attestation(in, &s->rec, e);
	if (str_is(s->kind, "chain") && !read_facts(&s->rec, &in->facts, e))
		return false;
	if (in->claims)
		return claims_take(in, s->kind, &s->rec, e);
	if (!in->plan || (str_is(s->kind, "score") && !is_new_score(in, &s->rec)) || stage_plan.take(in->plan, s->kind, &s->rec, e))
		return true;
	in->conflict = plan_conflict(in->plan);
	return false;
}

void input_read(struct input *in, char **files, int n, bool unsealed)
{
	struct stream s = { .raw = true, .hold = &in->lines };
	struct err e;

	stream_open(&s, files, n);
	while (stream_next(&s)) {
		if (take(in, &s, &e)) {
			if (in->plan)
				stage_plan.line(in->plan, s.kind, s.line);
			if (in->claims)
				claims_line(in, s.kind, s.line);
			stream_pass(&s);
		} else if (in->conflict) {
			stream_die(&s, &e);
		} else {
			stream_bad(&s, &e);
		}
	}
	bool sealed = s.sealed || (in->may_be_empty && !s.records);
	in->status = stream_close(&s);
	in->n_given_tx = in->n_tx;
	if (!sealed && !unsealed)
		cli_die(LBL_DATAERR, "the input has no end mark: a command before this one may have died; "
		        "--unsealed pays all the same");
}

void input_release(struct input *in)
{
	if (in->plan)
		stage_plan.destroy(in->plan);
	claims_free(in->claims);
	spool_release(&in->lines);
	arena_release(&in->text);
	intern_release(&in->payment_ids);
	intern_release(&in->batch_ids);
	intern_release(&in->acted);
	intern_release(&in->workers);
	intern_release(&in->known);
	free(in->payment);
	free(in->batch);
	free(in->attest);
	free(in->tx);
}
