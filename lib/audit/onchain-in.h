/* What onchain.c and onchain-pool.c share, and nobody else sees. */
#ifndef AUDIT_ONCHAIN_IN_H
#define AUDIT_ONCHAIN_IN_H

#include "audit/onchain.h"

/* text_of - a member that is a string; "" for none */
const char *text_of(const cJSON *o, const char *name);

/* has_transfer - does the receipt show an ERC-20 transfer of any token, from, to, of this amount? */
bool has_transfer(const cJSON *rc, const struct address *from, const struct address *to, struct u256 amount);

/* onchain_action - what is wrong with the receipt of an action that succeeded (static words), or NULL */
const char *onchain_action(const struct replay *r, const struct money_tx *t, const cJSON *rc);

/* onchain_settled - the same of a batch that somebody else's transaction settled */
const char *onchain_settled(const struct replay *r, const struct money_settled *s, const cJSON *rc);

/* onchain_find_post - did anybody post this batch, under this number (0: any), up to this block? */
enum rpc_status onchain_find_post(const struct replay *r, struct rpc *rpc, uint32_t batch, uint64_t number, uint64_t to,
                                  bool *found, struct rpc_error *e);

#endif
