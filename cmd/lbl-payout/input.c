/* input - read everything and check it, before anything is decided. */
#include "payout.h"

#include <errno.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/stream.h"

#include <xxhash.h>

static void digest_of(struct str line, uint8_t out[16])
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits(line.p, line.n));
	memcpy(out, c.digest, 16);
}

/* The part of a payment that must not differ between two records of one id. */
static void payment_digest(const struct rec_payment *p, uint8_t out[16])
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%.*s %.*s %.*s", STR_FMT(p->epoch), STR_FMT(p->worker), STR_FMT(p->amount));
	digest_of(buf_str(&b), out);
	buf_release(&b);
}

bool input_add_payment(struct input *in, const struct json_record *r, struct err *e)
{
	struct arena scratch = { 0 };
	struct rec_payment p;
	struct payment new;

	if (!rec_payment(r, &scratch, &p, e)) {
		arena_release(&scratch);
		return false;
	}
	payment_digest(&p, new.digest);
	uint32_t i = intern(&in->payment_ids, p.id);
	bool good = u256_from_dec(p.amount, &new.amount, e);
	if (good && i < in->n_payments) {
		if (memcmp(in->payment[i].digest, new.digest, sizeof new.digest) != 0)
			good = err_set(e, "payment %.*s stands here with other content than before", STR_FMT(p.id));
		arena_release(&scratch);
		return good;
	}
	if (i == in->cap_payments) {
		in->cap_payments = mem_grow(in->cap_payments, (size_t)i + 64);
		in->payment = mem_realloc(in->payment, in->cap_payments, sizeof *in->payment);
	}
	new.id = intern_str(&in->payment_ids, i);
	new.worker = arena_str(&in->text, p.worker);
	new.epoch = arena_str(&in->text, p.epoch);
	in->payment[i] = new;
	in->n_payments = (size_t)i + 1;
	arena_release(&scratch);
	return good;
}

/* Does the call data pay exactly what the payment says?  Without this a tx record
 * could carry any amount past the plan. */
static bool pays(const struct tx *tx, const struct payment *p, struct err *e)
{
	struct str args = { tx->data.p + 4, tx->data.n - 4 };
	struct address to, worker;
	struct u256 amount;

	if (tx->data.n != 68 || !abi_is(tx->data, "transfer(address,uint256)") || !u256_is_zero(tx->value))
		return err_set(e, "field \"raw\": is no plain transfer(address,uint256)");
	if (!abi_get_address(args, 0, &to, e) || !abi_get_u256(args, 1, &amount, e))
		return err_prefix(e, "field \"raw\": ");
	if (!address_parse(p->worker, &worker, e))
		return err_prefix(e, "worker of payment %.*s: ", STR_FMT(p->id));
	if (!address_eq(&to, &worker) || u256_cmp(amount, p->amount) != 0)
		return err_set(e, "field \"raw\": pays another worker or amount than payment %.*s", STR_FMT(p->id));
	return true;
}

/* The one payment id in the array of a transfer. */
static bool only_payment(struct str list, struct str *id, struct err *e)
{
	struct json_field item, more;

	if (!json_next(&list, &item) || item.type != JSON_STRING || item.escaped || json_next(&list, &more))
		return err_set(e, "field \"payments\": expected one payment id");
	*id = item.raw;
	return true;
}

bool signed_tx_check(const struct signed_tx *t, const struct payment *p, struct err *e)
{
	struct buf raw = BUF_INIT;
	uint8_t hash[32], said[32];
	struct address from;
	struct tx tx;
	bool good = hex_get_any(t->raw, &raw) || err_set(e, "field \"raw\": not hexadecimal");

	good = good && (tx_parse(buf_str(&raw), &tx, &from, hash, e) || err_prefix(e, "field \"raw\": "));
	if (good && (t->hash.n != 66 || !hex_get((struct str){ t->hash.p + 2, 64 }, said, 32) ||
	             memcmp(said, hash, 32) != 0))
		good = err_set(e, "field \"hash\": is not the hash of \"raw\"");
	if (good && (tx.nonce != t->nonce || tx.chain_id != t->chain || !address_eq(&from, &t->from) ||
	             !tx.has_to || !address_eq(&tx.to, &t->to)))
		good = err_set(e, "fields from, to, nonce and chain do not say what \"raw\" says");
	if (good && p)
		good = pays(&tx, p, e);
	buf_release(&raw);
	return good;
}

bool signed_tx_read(const struct json_record *r, struct arena *keep, struct signed_tx *t, struct err *e)
{
	struct rec_tx x;

	if (!rec_tx(r, keep, &x, e) || !only_payment(x.payments.raw, &t->first, e))
		return false;
	if (!address_parse(x.from, &t->from, e) || !address_parse(x.to, &t->to, e))
		return false;
	t->id = arena_str(keep, x.id);
	t->hash = arena_str(keep, x.hash);
	t->raw = arena_str(keep, x.raw);
	t->payments = arena_str(keep, x.payments.raw);
	t->first = arena_str(keep, t->first);
	t->nonce = x.nonce;
	t->chain = x.chain;
	return true;
}

bool input_add_tx(struct input *in, const struct json_record *r, struct err *e)
{
	struct signed_tx t;

	if (!signed_tx_read(r, &in->text, &t, e))
		return false;
	if (in->n_tx == in->cap_tx) {
		in->cap_tx = mem_grow(in->cap_tx, in->n_tx + 64);
		in->tx = mem_realloc(in->tx, in->cap_tx, sizeof *in->tx);
	}
	in->tx[in->n_tx++] = t;
	return true;
}

static bool take(struct input *in, const struct stream *s, struct err *e)
{
	if (str_is(s->kind, "payment"))
		return input_add_payment(in, &s->rec, e);
	if (str_is(s->kind, "tx"))
		return input_add_tx(in, &s->rec, e);
	return !in->plan || stage_plan.take(in->plan, s->kind, &s->rec, e);
}

void input_read(struct input *in, char **files, int n, bool unsealed)
{
	struct stream s = { .raw = true };
	struct err e;

	stream_open(&s, files, n);
	while (stream_next(&s)) {
		if (!take(in, &s, &e))
			stream_bad(&s, &e);
		else if (!opt_common()->only)
			spool_add(&in->lines, s.line);
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

struct buf read_file(const char *path)
{
	struct buf b = BUF_INIT;
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f)
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof part, f)) > 0 && b.n < 16u << 20)
		buf_add(&b, part, n);
	if (ferror(f))
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	fclose(f);
	mem_wipe(part, sizeof part);
	return b;
}
