/* rpc-ends - endpoints as they are given on a command line and in a file, one after another, until they are one set. */
#ifndef CHAIN_RPC_ENDS_H
#define CHAIN_RPC_ENDS_H

#include "chain/rpc.h"

/* Zeroed memory is none. */
struct rpc_ends {
	struct rpc *end[RPC_MOST];
	size_t n;
};

/* rpc_ends_add - one more.  bearer: a token, or NULL.  False and *e: no URL, or there are RPC_MOST; the error does not
 * quote it. */
bool rpc_ends_add(struct rpc_ends *s, const char *url, const char *bearer, struct err *e);

/* rpc_ends_read - "URL" or "URL TOKEN" a line, empty ones left out.  text: of a file that may hold secrets; it is taken
 * apart and wiped.  False and *e: as rpc_ends_add, or there is none in it. */
bool rpc_ends_read(struct rpc_ends *s, struct buf *text, struct err *e);

/* rpc_ends_join - the set, owned, with rpc_join's patience; NULL: there are none.  Empties s. */
struct rpc *rpc_ends_join(struct rpc_ends *s, unsigned patience_ms);

#endif
