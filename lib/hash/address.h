/* address - the 20 bytes that name an account or a contract.
 *
 * Text form: "0x" and 40 hex digits.  Mixed case carries a checksum (EIP-55);
 * all-lower and all-upper digits carry none and are accepted.
 * Vectors: t/unit/u-address.c.
 */
#ifndef HASH_ADDRESS_H
#define HASH_ADDRESS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct address {
	uint8_t b[20];
};

enum { ADDRESS_CHARS = 42 };

/* address_looks_like - "0x" and 40 more characters of any kind: meant as an
 * address, so that a typing error is told as one and not taken for a name */
bool address_looks_like(struct str s);

/* address_parse - text to bytes; mixed case must satisfy EIP-55, else the error
 * is "address has a wrong checksum (EIP-55)" */
bool address_parse(struct str s, struct address *out, struct err *e);

/* address_put - append the EIP-55 form; address_put_lower without checksum */
void address_put(struct buf *b, const struct address *a);
void address_put_lower(struct buf *b, const struct address *a);

bool address_eq(const struct address *a, const struct address *b);
bool address_is_zero(const struct address *a);

/* address_of_pubkey - last 20 bytes of the hash of x || y (64 bytes) */
struct address address_of_pubkey(const uint8_t xy[64]);

#endif
