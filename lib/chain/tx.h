/* tx - transactions: made, signed, and read back by an auditor.
 *
 * Two kinds: EIP-1559 (type 2), and legacy with a chain id (EIP-155).  Anything
 * else is refused, replayable transactions without a chain id included.
 * Sources: EIP-2718, EIP-1559, EIP-155, EIP-2930 (access lists), EIP-2681
 * (nonce below 2^64 - 1), EIP-2 (s in the lower half).
 * Vectors: t/unit/u-tx.c.
 */
#ifndef CHAIN_TX_H
#define CHAIN_TX_H

#include "hash/address.h"
#include "chain/key.h"
#include "chain/u256.h"

enum tx_type { TX_LEGACY = 0, TX_1559 = 2 };

enum {
	TX_MAX_GAS = 1 << 24,          /* a transaction may not ask for more (EIP-7825) */
	TX_MAX_BYTES = 128 << 10,      /* nodes keep no larger one in their pool */
};

struct tx {
	enum tx_type type;
	uint64_t chain_id, nonce, gas;
	struct u256 tip;           /* type 2: max priority fee per gas; legacy: same as max_fee */
	struct u256 max_fee;       /* type 2: max fee per gas; legacy: gas price */
	bool has_to;               /* false: creates a contract */
	struct address to;
	struct u256 value;
	struct str data;           /* borrowed */
	struct str access_list;    /* borrowed; RLP of the whole list, or empty for none; not for legacy */
};

/* tx_signing_hash - the digest that is signed; the fields must have passed tx_check */
void tx_signing_hash(const struct tx *tx, uint8_t out[32]);

/* tx_check - fields that no chain accepts or that nobody wants signed: chain id 0 or too
 * large, nonce 2^64 - 1, tip above max fee, a malformed access list, over TX_MAX_BYTES.
 * tx_check_gas - a gas limit below what inclusion costs, or above TX_MAX_GAS. */
bool tx_check(const struct tx *tx, struct err *e);
bool tx_check_gas(const struct tx *tx, struct err *e);

/* tx_sign - check, sign, and append the bytes that eth_sendRawTransaction takes;
 * hash gets the transaction's hash.  The same input gives the same bytes. */
bool tx_sign(const struct tx *tx, const struct signer *signer, struct buf *raw,
	     uint8_t hash[32], struct err *e);

/* tx_put_unsigned - append the bytes whose Keccak-256 is the signing hash
 *
 * tx_put_signed - append what tx_sign does, for a signature from elsewhere, which is not
 * looked at; false over TX_MAX_BYTES.
 *
 * tx_sign_unproved - tx_sign without its look at the signature (chain/key.h) and without the
 * hash: the bytes must pass tx_is before anybody sees them. */
void tx_put_unsigned(struct buf *b, const struct tx *tx);
bool tx_put_signed(const struct tx *tx, const struct ecdsa *sig, struct buf *raw, struct err *e);
bool tx_sign_unproved(const struct tx *tx, const struct signer *signer, struct buf *raw, struct err *e);

/* tx_is - are these signed bytes that transaction and no other, signed by from?  Every field
 * is compared, and the error names the first that differs.  hash gets the transaction's hash. */
bool tx_is(struct str raw, const struct tx *asked, const struct address *from, uint8_t hash[32], struct err *e);

/* tx_parse - read signed bytes strictly (one transaction, canonical RLP, tx_check)
 * and find who signed; tx borrows from raw.  from and hash may be NULL. */
bool tx_parse(struct str raw, struct tx *tx, struct address *from, uint8_t hash[32], struct err *e);

/* tx_access_count - entries and storage keys of an access list; false when malformed */
bool tx_access_count(struct str access_list, uint64_t *n_addresses, uint64_t *n_keys, struct err *e);

/* tx_intrinsic_gas - what a transaction costs before any code runs: 21000, the
 * bytes of data (4 a zero, 16 another), 2400 an address and 1900 a key in the
 * access list (EIP-2930), 32000 and 2 a word for a creation (EIP-3860)
 *
 * tx_floor_gas - the least it pays whatever runs: 21000 + 10 a token, a zero
 * byte being one token and another byte four (EIP-7623).
 *
 * The gas limit must reach both.  Prices of Prague and Osaka. */
uint64_t tx_intrinsic_gas(struct str data, bool creates, uint64_t n_addresses, uint64_t n_keys);
uint64_t tx_floor_gas(struct str data);

#endif
