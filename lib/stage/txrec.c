#include "stage/txrec.h"

#include "base/hex.h"
#include "chain/abi.h"
#include "json/write.h"

/* Does the call data pay exactly what the payment says?  Without this a tx record
 * could carry any amount past the plan. */
static bool pays(const struct tx *tx, const struct payment *p, struct err *e)
{
	struct address to, worker;
	struct u256 amount;

	if (tx->data.n != 68 || !abi_is(tx->data, "transfer(address,uint256)") || !u256_is_zero(tx->value))
		return err_set(e, "field \"raw\": is no plain transfer(address,uint256)");
	struct str args = { tx->data.p + 4, tx->data.n - 4 };
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

	if (!rec_tx(r, keep, &x, e))
		return false;
	if (!x.action.n && !only_payment(x.payments.raw, &t->first, e))
		return false;
	if (!address_parse(x.from, &t->from, e) || !address_parse(x.to, &t->to, e))
		return false;
	t->id = arena_str(keep, x.id);
	t->hash = arena_str(keep, x.hash);
	t->raw = arena_str(keep, x.raw);
	t->payments = arena_str(keep, x.payments.raw);
	t->first = x.action.n ? t->id : arena_str(keep, t->first);
	t->action = arena_str(keep, x.action);
	t->batch = x.batch;
	t->nonce = x.nonce;
	t->chain = x.chain;
	return true;
}

void put_tx_fields(struct buf *b, const struct signed_tx *t)
{
	json_put_kstr(b, "id", t->id);
	json_put_kstr(b, "hash", t->hash);
	json_put_kstr(b, "raw", t->raw);
	json_put_key(b, "from");
	buf_addc(b, '"');
	address_put_lower(b, &t->from);
	buf_adds(b, "\",\"to\":\"");
	address_put_lower(b, &t->to);
	buf_addc(b, '"');
	json_put_kuint(b, "nonce", t->nonce);
	json_put_kuint(b, "chain", t->chain);
	if (t->action.n) {
		json_put_kstr(b, "action", t->action);
		json_put_kuint(b, "batch", t->batch);
	}
	json_put_kraw(b, "payments", t->payments);
	buf_addc(b, '}');
}
