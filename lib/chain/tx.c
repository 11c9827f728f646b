#include "chain/tx.h"

#include "chain/rlp.h"
#include "hash/keccak256.h"

/* v = 2 * chain id + 35 + parity must fit into 64 bits (EIP-155) */
static const uint64_t MAX_LEGACY_CHAIN = (UINT64_MAX - 36) / 2;

/* ---- gas ---- */

static uint64_t zero_bytes(struct str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == 0;
	return n;
}

uint64_t tx_intrinsic_gas(struct str data, bool creates, uint64_t n_addresses, uint64_t n_keys)
{
	uint64_t zeros = zero_bytes(data);
	uint64_t gas = 21000 + 4 * zeros + 16 * (data.n - zeros);

	if (creates)
		gas += 32000 + 2 * (((uint64_t)data.n + 31) / 32);
	return gas + 2400 * n_addresses + 1900 * n_keys;
}

uint64_t tx_floor_gas(struct str data)
{
	uint64_t zeros = zero_bytes(data);

	return 21000 + 10 * (zeros + 4 * (data.n - zeros));
}

/* ---- checks ---- */

bool tx_access_count(struct str access_list, uint64_t *n_addresses, uint64_t *n_keys, struct err *e)
{
	struct rlp_item all = { 0 };
	uint64_t n = 0, m = 0;

	if (access_list.n && !rlp_one(access_list, &all, e))
		return false;
	if (access_list.n && !all.is_list)
		return err_set(e, "the access list is no list");
	for (struct str rest = all.body; rest.n; n++) {
		struct str entry = { 0 }, keys = { 0 };
		uint8_t t[32];
		if (!rlp_get_list(&rest, &entry, e) || !rlp_get_fixed(&entry, t, 20, e) ||
		    !rlp_get_list(&entry, &keys, e))
			return false;
		if (entry.n)
			return err_set(e, "an access list entry has more than two fields");
		for (; keys.n; m++)
			if (!rlp_get_fixed(&keys, t, 32, e))
				return false;
	}
	*n_addresses = n;
	*n_keys = m;
	return true;
}

bool tx_check(const struct tx *tx, struct err *e)
{
	uint64_t n, m;

	if (tx->type != TX_1559 && tx->type != TX_LEGACY)
		return err_set(e, "transaction type %d is not supported", (int)tx->type);
	if (tx->chain_id == 0)
		return err_set(e, "a transaction needs a chain id");
	if (tx->nonce == UINT64_MAX)
		return err_set(e, "nonce must be below 2^64 - 1 (EIP-2681)");
	if (tx->data.n > TX_MAX_BYTES)
		return err_set(e, "transaction has more than %d bytes", TX_MAX_BYTES);
	if (u256_cmp(tx->tip, tx->max_fee) > 0)
		return err_set(e, "max priority fee per gas is higher than max fee per gas");
	if (tx->type == TX_1559)
		return tx_access_count(tx->access_list, &n, &m, e);
	if (tx->chain_id > MAX_LEGACY_CHAIN)
		return err_set(e, "chain id too large for a legacy transaction");
	if (tx->access_list.n || u256_cmp(tx->tip, tx->max_fee) != 0)
		return err_set(e, "a legacy transaction has one gas price and no access list");
	return true;
}

bool tx_check_gas(const struct tx *tx, struct err *e)
{
	uint64_t n, m;

	if (!tx_access_count(tx->access_list, &n, &m, e))
		return false;
	uint64_t least = tx_intrinsic_gas(tx->data, !tx->has_to, n, m);
	uint64_t lowest = tx_floor_gas(tx->data);
	if (least < lowest)
		least = lowest;
	if (tx->gas < least)
		return err_set(e, "gas limit %llu is below the %llu that this transaction costs at least",
			       (unsigned long long)tx->gas, (unsigned long long)least);
	if (tx->gas > TX_MAX_GAS)
		return err_set(e, "gas limit %llu is above %d (EIP-7825)",
			       (unsigned long long)tx->gas, TX_MAX_GAS);
	return true;
}

/* ---- writing ---- */

static void put_to(struct buf *b, const struct tx *tx)
{
	rlp_put_bytes(b, tx->to.b, tx->has_to ? sizeof tx->to.b : 0);
}

/* the fields that both the signed and the unsigned form begin with */
static void put_fields(struct buf *b, const struct tx *tx)
{
	if (tx->type == TX_1559)
		rlp_put_u64(b, tx->chain_id);
	rlp_put_u64(b, tx->nonce);
	if (tx->type == TX_1559)
		rlp_put_u256(b, tx->tip);
	rlp_put_u256(b, tx->max_fee);
	rlp_put_u64(b, tx->gas);
	put_to(b, tx);
	rlp_put_u256(b, tx->value);
	rlp_put_bytes(b, tx->data.p, tx->data.n);
	if (tx->type == TX_1559) {
		if (tx->access_list.n)
			buf_addstr(b, tx->access_list);
		else
			rlp_close(b, rlp_open(b));
	}
}

static size_t begin(struct buf *b, const struct tx *tx)
{
	if (tx->type == TX_1559)
		buf_addc(b, TX_1559);
	return rlp_open(b);
}

void tx_put_unsigned(struct buf *b, const struct tx *tx)
{
	size_t mark = begin(b, tx);

	put_fields(b, tx);
	if (tx->type == TX_LEGACY) {
		rlp_put_u64(b, tx->chain_id);
		rlp_put_u64(b, 0);
		rlp_put_u64(b, 0);
	}
	rlp_close(b, mark);
}

void tx_signing_hash(const struct tx *tx, uint8_t out[32])
{
	struct buf b = BUF_INIT;

	tx_put_unsigned(&b, tx);
	keccak256(b.p, b.n, out);
	buf_release(&b);
}

bool tx_put_signed(const struct tx *tx, const struct ecdsa *sig, struct buf *raw, struct err *e)
{
	size_t start = raw->n, mark = begin(raw, tx);

	put_fields(raw, tx);
	rlp_put_u64(raw, tx->type == TX_1559 ? (uint64_t)sig->parity :
		    2 * tx->chain_id + 35 + (uint64_t)sig->parity);
	rlp_put_u256(raw, u256_from_be(sig->r));
	rlp_put_u256(raw, u256_from_be(sig->s));
	rlp_close(raw, mark);
	if (raw->n - start > TX_MAX_BYTES) {
		raw->n = start;
		raw->p[start] = '\0';
		return err_set(e, "transaction has more than %d bytes", TX_MAX_BYTES);
	}
	return true;
}

bool tx_sign_unproved(const struct tx *tx, const struct signer *signer, struct buf *raw, struct err *e)
{
	uint8_t digest[32];
	struct ecdsa sig;

	if (!tx_check(tx, e))
		return false;
	tx_signing_hash(tx, digest);
	return signer_sign_unproved(signer, digest, &sig, e) && tx_put_signed(tx, &sig, raw, e);
}

bool tx_sign(const struct tx *tx, const struct signer *signer, struct buf *raw,
	     uint8_t hash[32], struct err *e)
{
	uint8_t digest[32];
	struct ecdsa sig;
	size_t start = raw->n;

	if (!tx_check(tx, e))
		return false;
	tx_signing_hash(tx, digest);
	if (!signer_sign(signer, digest, &sig, e) || !tx_put_signed(tx, &sig, raw, e))
		return false;
	keccak256(raw->p + start, raw->n - start, hash);
	return true;
}

/* ---- reading ---- */

static bool get_to(struct str *f, struct tx *tx, struct err *e)
{
	struct str to = { 0 };

	if (!rlp_get_bytes(f, &to, e))
		return false;
	tx->has_to = to.n != 0;
	if (to.n != 0 && to.n != sizeof tx->to.b)
		return err_set(e, "recipient has %zu bytes", to.n);
	if (to.n)
		memcpy(tx->to.b, to.p, to.n);
	return true;
}

static bool get_list_whole(struct str *f, struct str *out, struct err *e)
{
	struct rlp_item it;

	if (!rlp_next(f, &it, e))
		return false;
	*out = it.whole;
	return true;
}

static bool get_fields(struct str *f, struct tx *tx, struct err *e)
{
	bool typed = tx->type == TX_1559;

	if (typed && !rlp_get_u64(f, &tx->chain_id, e))
		return err_prefix(e, "chain id: ");
	if (!rlp_get_u64(f, &tx->nonce, e))
		return err_prefix(e, "nonce: ");
	if (typed && !rlp_get_u256(f, &tx->tip, e))
		return err_prefix(e, "max priority fee: ");
	if (!rlp_get_u256(f, &tx->max_fee, e))
		return err_prefix(e, typed ? "max fee: " : "gas price: ");
	if (!typed)
		tx->tip = tx->max_fee;
	if (!rlp_get_u64(f, &tx->gas, e))
		return err_prefix(e, "gas limit: ");
	if (!get_to(f, tx, e))
		return false;
	if (!rlp_get_u256(f, &tx->value, e))
		return err_prefix(e, "value: ");
	if (!rlp_get_bytes(f, &tx->data, e))
		return err_prefix(e, "data: ");
	if (typed && !get_list_whole(f, &tx->access_list, e))
		return err_prefix(e, "access list: ");
	return true;
}

static bool get_signature(struct str *f, struct tx *tx, struct ecdsa *sig, struct err *e)
{
	struct u256 r, s;
	uint64_t v;

	if (!rlp_get_u64(f, &v, e) || !rlp_get_u256(f, &r, e) || !rlp_get_u256(f, &s, e))
		return err_prefix(e, "signature: ");
	if (tx->type == TX_1559) {
		if (v > 1)
			return err_set(e, "signature: parity must be 0 or 1");
	} else {
		if (v < 37)
			return err_set(e, "transaction without a chain id (EIP-155)");
		tx->chain_id = (v - 35) / 2;
		v = (v - 35) % 2;
	}
	sig->parity = (int)v;
	u256_to_be(r, sig->r);
	u256_to_be(s, sig->s);
	return true;
}

bool tx_parse(struct str raw, struct tx *out, struct address *from, uint8_t hash[32], struct err *e)
{
	struct tx tx = { 0 };
	struct str body = raw, f = { 0 };
	struct address who;
	struct ecdsa sig = { 0 };
	uint8_t digest[32];

	if (raw.n == 0)
		return err_set(e, "empty transaction");
	if (raw.n > TX_MAX_BYTES)
		return err_set(e, "transaction has more than %d bytes", TX_MAX_BYTES);
	if ((unsigned char)raw.p[0] < 0xc0) {
		if (raw.p[0] != TX_1559)
			return err_set(e, "transaction type 0x%02x is not supported", (unsigned char)raw.p[0]);
		tx.type = TX_1559;
		body = (struct str){ raw.p + 1, raw.n - 1 };
	}
	if (!rlp_get_list(&body, &f, e))
		return false;
	if (body.n)
		return err_set(e, "%zu bytes behind the transaction", body.n);
	if (!get_fields(&f, &tx, e) || !get_signature(&f, &tx, &sig, e))
		return false;
	if (f.n)
		return err_set(e, "transaction has too many fields");
	if (!tx_check(&tx, e))
		return false;
	tx_signing_hash(&tx, digest);
	if (!ecdsa_recover(digest, sig.r, sig.s, sig.parity, &who))
		return err_set(e, "signature is not valid");
	*out = tx;
	if (from)
		*from = who;
	if (hash)
		keccak256(raw.p, raw.n, hash);
	return true;
}

static bool other(const char *field, struct err *e)
{
	return err_set(e, "%s is not what was asked for", field);
}

/* An empty access list has two forms here: none, and the RLP of an empty list. */
static struct str list_of(const struct tx *tx)
{
	static const char none[] = "\xc0";

	return tx->access_list.n || tx->type == TX_LEGACY ? tx->access_list : (struct str){ none, 1 };
}

bool tx_is(struct str raw, const struct tx *asked, const struct address *from, uint8_t hash[32], struct err *e)
{
	struct address who;
	struct tx tx;

	if (!tx_parse(raw, &tx, &who, hash, e))
		return false;
	if (tx.type != asked->type)
		return other("the type of the transaction", e);
	if (tx.chain_id != asked->chain_id)
		return other("its chain id", e);
	if (tx.nonce != asked->nonce)
		return other("its nonce", e);
	if (tx.has_to != asked->has_to || (tx.has_to && !address_eq(&tx.to, &asked->to)))
		return other("its receiver", e);
	if (u256_cmp(tx.value, asked->value) != 0)
		return other("its value", e);
	if (!str_eq(tx.data, asked->data))
		return other("its data", e);
	if (tx.gas != asked->gas)
		return other("its gas limit", e);
	if (u256_cmp(tx.max_fee, asked->max_fee) != 0 || u256_cmp(tx.tip, asked->tip) != 0)
		return other("its fee", e);
	if (!str_eq(list_of(&tx), list_of(asked)))
		return other("its access list", e);
	if (!address_eq(&who, from))
		return err_set(e, "it is signed by another key");
	return true;
}
