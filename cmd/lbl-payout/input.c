/* input - read everything and check it, before anything is decided. */
#include "payout.h"

#include <errno.h>

#include "base/mem.h"
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

bool input_add_payment(struct input *in, const struct json_record *r, struct err *e)
{
	struct arena scratch = { 0 };
	struct rec_payment p;
	struct u256 amount;

	bool good = read_payment(r, &scratch, &p, &amount, e);
	if (!good)
		goto out;
	uint32_t i = intern(&in->payment_ids, p.id);
	if (i < in->n_payments) {
		good = same_payment(&in->payment[i], &p, amount);
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
	                                   .epoch = arena_str(&in->text, p.epoch) };
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

/* ---- what is known of the chain ---------------------------------------------------- */

static bool get_count(const struct json_record *r, const char *name, uint64_t *out, struct err *e)
{
	const struct json_field *f = json_get(r, str_of(name));
	struct u256 v;
	struct err ignored;

	return (f && f->type == JSON_NUMBER && u256_from_dec(f->raw, &v, &ignored) && u256_to_u64(v, out) &&
	        !(*out >> 53)) || err_set(e, "field \"%s\": expected a whole number below 2^53", name);
}

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

static bool take(struct input *in, const struct stream *s, struct err *e)
{
	struct signed_tx t;

	if (str_is(s->kind, "payment"))
		return input_add_payment(in, &s->rec, e);
	if (str_is(s->kind, "tx")) {
		if (!tx_read(&s->rec, &in->text, &t, e))
			return false;
		input_add_tx(in, &t);
		return true;
	}
	if (str_is(s->kind, "chain"))
		return read_facts(&s->rec, &in->facts, e);
	if (!in->plan || stage_plan.take(in->plan, s->kind, &s->rec, e))
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
		if (take(in, &s, &e))
			stream_pass(&s);
		else if (in->conflict)
			stream_die(&s, &e);
		else
			stream_bad(&s, &e);
	}
	bool sealed = s.sealed;
	in->status = stream_close(&s);
	if (!sealed && !unsealed)
		cli_die(LBL_DATAERR, "the input has no end mark: a command before this one may have died; "
		        "--unsealed pays all the same");
}

void input_release(struct input *in)
{
	if (in->plan)
		stage_plan.destroy(in->plan);
	spool_release(&in->lines);
	arena_release(&in->text);
	intern_release(&in->payment_ids);
	free(in->payment);
	free(in->tx);
}

enum { FILE_MAX = 16 << 20 };

struct buf read_file(const char *path)
{
	struct buf b = BUF_INIT;
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f)
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof part, f)) > 0 && b.n < FILE_MAX)
		buf_add(&b, part, n);
	if (ferror(f))
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	if (n > 0)
		cli_die(LBL_NOINPUT, "%s: is longer than %d bytes", path, FILE_MAX);
	fclose(f);
	mem_wipe(part, sizeof part);
	return b;
}
