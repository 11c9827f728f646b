/* deployment - which contracts there are, as `make deploy` wrote it down.
 *
 * One JSON object: chain_id, genesis, config (a hash), block, params_version, and contracts: by name
 * (token, registry, adapter, pool, claims, timelock, governor) address and code_hash.
 * Tests: t/unit/u-pool.c.
 */
#ifndef CHAIN_DEPLOYMENT_H
#define CHAIN_DEPLOYMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "hash/address.h"

struct deployed {
	struct address address;
	uint8_t code_hash[32];          /* Keccak-256 of the code */
};

struct deployment {
	uint64_t chain_id, block;
	uint8_t genesis[32];
	struct deployed token, registry, pool, claims;
};

/* deployment_read - parse and check; false, with what is wrong, when a field is missing or of another form.
 * Unknown fields and other contracts are passed over. */
bool deployment_read(struct str json, struct deployment *d, struct err *e);

#endif
