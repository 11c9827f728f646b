/* What rpc.c, rpc-call.c and rpc-set.c share, and nobody else sees. */
#ifndef CHAIN_RPC_IN_H
#define CHAIN_RPC_IN_H

#include <curl/curl.h>

#include "chain/rpc.h"

struct rpc {
	CURL *curl;
	struct curl_slist *headers;
	char *url;                       /* with credentials: never printed */
	char *where;                     /* without */
	struct buf answer;
	size_t max_answer;
	uint64_t id;                     /* of the last request */
	bool sent;                       /* the connection stood and the request may have left */
	bool too_long;
	char detail[CURL_ERROR_SIZE];
	uint64_t rest_until_ms;          /* it asked for patience: not asked before that */

	unsigned patience_ms;            /* of a set, and of those in it */
	size_t batch;                    /* what was learned of how long an array may be; 0: nothing yet */

	/* of a set, which has nothing of what stands above that */
	struct rpc *end[RPC_MOST];
	size_t n, at;                    /* n is 0 for an endpoint */
};

/* What is sent as one: a request, or an array of them. */
struct rpc_request {
	const struct rpc_question *q;
	size_t n;
	bool array;
	cJSON **result;                  /* out: n; those of an array that were answered with an error stay NULL */
};

/* rpc_ask_one - to one endpoint, once.  RPC_OK with an array: the node took it, and each answer has the id of one
 * question, none of them twice. */
enum rpc_status rpc_ask_one(struct rpc *r, const struct rpc_request *q, struct rpc_error *e);

/* rpc_say - a message in our own words; rpc_quote - somebody else's, redacted before they are cut, lest half a
 * key stay */
void rpc_say(struct rpc_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void rpc_quote(const struct rpc *r, struct rpc_error *e, const char *words);

#endif
