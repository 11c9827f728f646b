/* rpc - JSON-RPC 2.0 over HTTP, told apart by what may have happened.
 *
 * For money the question after a failure is not "what went wrong" but "can the
 * node have acted": so every call ends in one of five states.  One endpoint is asked
 * once: no retry, no sleep, no redirect.  A set of endpoints (rpc_join) asks the next
 * one when one does not answer, which is right for questions, and for a signed
 * transaction too, whose bytes may be handed out as often as one likes.
 *
 * The URL may hold credentials.  They appear in no message: rpc_where gives
 * scheme://host:port, and a node that quotes a piece of the URL back has that
 * piece blanked.  The environment's proxy settings, .netrc and cookies are not
 * used.  One struct rpc serves one thread.
 * Sources: JSON-RPC 2.0 specification; EIP-1474 (error codes); RFC 9110 (Retry-After).
 * Tests: t/unit/u-rpc.c, against a server that misbehaves.
 */
#ifndef CHAIN_RPC_H
#define CHAIN_RPC_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct rpc;

enum rpc_status {
	RPC_OK,             /* a result with our id */
	RPC_ERROR,          /* the node answered with an error object */
	RPC_UNREACHABLE,    /* surely nothing was sent: no such host, refused, no TLS */
	RPC_LIMITED,        /* turned away for asking too often; see retry_after_s */
	RPC_UNKNOWN,        /* timeout, reset, 5xx, redirect, garbage: it may or may not have acted */
};

struct rpc_error {
	long http;              /* HTTP status, 0 when none came */
	int64_t code;           /* of the error object, else 0 */
	unsigned retry_after_s; /* from Retry-After or the provider's backoff_seconds, else 0; at most 3600 */
	char message[256];      /* the node's words or ours; control bytes are '?' */
	uint8_t data[1024];     /* the first bytes of the error's hex data: revert data */
	size_t n_data;
};

struct rpc_options {
	long connect_ms;        /* 0 = 10 s */
	long total_ms;          /* 0 = 60 s */
	size_t max_answer;      /* bytes after decompression; 0 = 8 MiB (a parsed answer can take 40 times that) */
	const char *bearer;     /* sent as "Authorization: Bearer ..."; NULL = none; copied */
};

/* rpc_open - nothing is sent yet.  url: http or https, copied.  opt NULL = all
 * defaults.  Owned, NULL on error; the error does not quote the URL. */
struct rpc *rpc_open(const char *url, const struct rpc_options *opt, struct err *e);
void rpc_close(struct rpc *r);                  /* NULL is fine; wipes the credentials */

/* rpc_join - several endpoints as one, at most RPC_MOST; owns them.  The one that answered
 * last is asked first.  The next is asked when one cannot be reached, asks for patience,
 * answers nonsense, or says in an error that another node may know more.  Who asks for
 * patience is left alone for the time he names (Retry-After, backoff_seconds), at least
 * 200 ms; when all do, the set waits, 200, 400, 800, 1600 ms or as long as the first of them
 * asks for, patience_ms in all for each call, and then returns RPC_LIMITED.  The same goes
 * for each of them asked alone. */
enum { RPC_MOST = 8 };
struct rpc *rpc_join(struct rpc *const *ends, size_t n, unsigned patience_ms);

/* rpc_count, rpc_end - the endpoints of a set, one by one (borrowed); one that was not
 * joined is its own only end.  rpc_drop - never ask this one again; not the last. */
size_t rpc_count(const struct rpc *r);
struct rpc *rpc_end(struct rpc *r, size_t i);
void rpc_drop(struct rpc *r, size_t i);

/* rpc_where - "https://host:port" of the one that was asked last; borrowed until rpc_close */
const char *rpc_where(const struct rpc *r);

/* rpc_call - one request, one answer
 *
 *   method  name of a method, plain ASCII
 *   params  JSON text of an array, "[]" for none
 *   result  out, owned, cJSON_Delete it; set only with RPC_OK (JSON null is a cJSON null)
 *   e       out, filled unless RPC_OK
 */
enum rpc_status rpc_call(struct rpc *r, const char *method, const char *params,
			 cJSON **result, struct rpc_error *e);

/* One of many questions: see rpc_call. */
struct rpc_question {
	const char *method, *params;
};

/* rpc_batch - many questions in few requests: JSON-RPC arrays of up to RPC_BATCH.
 *
 *   result  out: n, owned; all of them set with RPC_OK, else none
 *   e       out, filled unless RPC_OK: of a question that nobody answered
 *
 * Answers are matched by their ids.  An array that a node refuses, answers with one object or answers less than half
 * of is halved, down to single calls, and what has worked is remembered; a question that an array has left open is
 * asked once more by rpc_call.  For questions only: BUG with eth_sendRawTransaction, of which one must know whether
 * the node has acted. */
enum { RPC_BATCH = 100 };
enum rpc_status rpc_batch(struct rpc *r, const struct rpc_question *q, size_t n, cJSON **result, struct rpc_error *e);

/* rpc_bad - fill e with "method: what" and return RPC_UNKNOWN: for a result of an unexpected form */
enum rpc_status rpc_bad(struct rpc_error *e, const char *method, const char *what);

/* rpc_says - message holds words (given in lower case), in any case */
bool rpc_says(const char *message, const char *words);

#endif
