/* Several endpoints as one, and many questions at once. */
#include "chain/rpc-in.h"

#include <time.h>

#include "base/mem.h"

/* ---- several endpoints ---- */

struct rpc *rpc_join(struct rpc *const *ends, size_t n, unsigned patience_ms)
{
	struct rpc *r = mem_zalloc(1, sizeof *r);

	BUG_ON(n < 1 || n > RPC_MOST);
	memcpy(r->end, ends, n * sizeof *ends);
	r->n = n;
	r->patience_ms = patience_ms;
	for (size_t i = 0; i < n; i++)
		r->end[i]->patience_ms = patience_ms;
	return r;
}

size_t rpc_count(const struct rpc *r)
{
	return r->n ? r->n : 1;
}

struct rpc *rpc_end(struct rpc *r, size_t i)
{
	BUG_ON(i >= rpc_count(r));
	return r->n ? r->end[i] : r;
}

void rpc_drop(struct rpc *r, size_t i)
{
	BUG_ON(r->n < 2 || i >= r->n);
	rpc_close(r->end[i]);
	r->n--;
	memmove(r->end + i, r->end + i + 1, (r->n - i) * sizeof *r->end);
	r->at = 0;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* An error that says something of this node alone.  Absence is not evidence: a node that
 * is pruned, behind, or still indexing does not know what another one may. */
static bool elsewhere(const struct rpc_error *e)
{
	static const char *const words[] = {
		"pruned", "missing trie node", "header not found", "indexing is in progress", "request timed out",
		"method not found", "does not exist/is not available", "exceeds the configured cap",
		"service unavailable", "internal error",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (rpc_says(e->message, words[i]))
			return true;
	return false;
}

enum { REST_MS = 200, ROUNDS = 4 };

/* What several endpoints come to when none has answered: one that may have acted outweighs
 * those that surely have not. */
static int weight(enum rpc_status st)
{
	return st == RPC_UNKNOWN ? 3 : st == RPC_ERROR ? 2 : st == RPC_LIMITED ? 1 : 0;
}

/* One round: each endpoint that does not rest is asked, until one answers. */
static enum rpc_status ask_round(struct rpc *r, const struct rpc_request *q, unsigned rest_ms, struct rpc_error *e)
{
	enum rpc_status st, last = RPC_UNREACHABLE;
	uint64_t now = now_ms(), soonest = UINT64_MAX;
	size_t first = r->at, n = rpc_count(r);
	struct rpc_error its;

	memset(e, 0, sizeof *e);
	for (size_t k = 0; k < q->n; k++)
		q->result[k] = NULL;
	for (size_t k = 0; k < n; k++) {
		size_t i = (first + k) % n;
		struct rpc *end = rpc_end(r, i);
		if (end->rest_until_ms <= now) {
			r->at = i;
			st = rpc_ask_one(end, q, &its);
			if (st == RPC_OK || (st == RPC_ERROR && !elsewhere(&its))) {
				*e = its;
				return st;
			}
			if (weight(st) > weight(last) || !e->message[0]) {
				*e = its;
				last = st;
			}
			if (st == RPC_LIMITED) {
				uint64_t rest = its.retry_after_s * (uint64_t)1000;
				end->rest_until_ms = now + (rest > rest_ms ? rest : rest_ms);
			}
		}
		if (end->rest_until_ms > now && end->rest_until_ms < soonest)
			soonest = end->rest_until_ms;
	}
	if (!e->message[0]) {
		rpc_say(e, "has asked for patience");
		last = RPC_LIMITED;
	}
	if (last == RPC_LIMITED && soonest != UINT64_MAX)
		e->retry_after_s = (unsigned)((soonest - now + 999) / 1000);
	return last;
}

/* when the first of them may be asked again */
static uint64_t awake_ms(struct rpc *r)
{
	uint64_t soonest = UINT64_MAX;

	for (size_t i = 0; i < rpc_count(r); i++)
		if (rpc_end(r, i)->rest_until_ms < soonest)
			soonest = rpc_end(r, i)->rest_until_ms;
	return soonest;
}

static enum rpc_status ask_set(struct rpc *r, const struct rpc_request *q, struct rpc_error *e)
{
	uint64_t start = now_ms();

	for (unsigned round = 0; ; round++) {
		enum rpc_status st = ask_round(r, q, (unsigned)REST_MS << round, e);
		uint64_t now = now_ms(), until = awake_ms(r);
		if (st != RPC_LIMITED || round == ROUNDS || until > start + r->patience_ms)
			return st;
		uint64_t ms = until > now ? until - now : 0;
		struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
		nanosleep(&t, NULL);
	}
}

static enum rpc_status ask(struct rpc *r, const struct rpc_request *q, struct rpc_error *e)
{
	return r->n || r->patience_ms ? ask_set(r, q, e) : rpc_ask_one(r, q, e);
}

enum rpc_status rpc_call(struct rpc *r, const char *method, const char *params,
			 cJSON **result, struct rpc_error *e)
{
	struct rpc_question q = { method, params };

	return ask(r, &(struct rpc_request){ &q, 1, false, result }, e);
}

/* ---- many questions ---- */

static void clear(cJSON **result, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cJSON_Delete(result[i]);
		result[i] = NULL;
	}
}

static size_t missing(cJSON *const *result, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += result[i] == NULL;
	return k;
}

/* One by one what an array has left open: another endpoint may know it, and if none does there is one error to tell. */
static enum rpc_status fill(struct rpc *r, const struct rpc_question *q, size_t n, cJSON **result, struct rpc_error *e)
{
	enum rpc_status st = RPC_OK;

	for (size_t i = 0; i < n && st == RPC_OK; i++)
		if (!result[i])
			st = rpc_call(r, q[i].method, q[i].params, &result[i], e);
	return st;
}

/* The node has refused the array for what it is; where it has not answered at all, a smaller one would fare no
 * better. */
static bool refused(enum rpc_status st, const struct rpc_error *e)
{
	return st == RPC_ERROR || (st == RPC_UNKNOWN && e->http);
}

enum rpc_status rpc_batch(struct rpc *r, const struct rpc_question *q, size_t n, cJSON **result, struct rpc_error *e)
{
	size_t most = r->batch ? r->batch : RPC_BATCH;
	enum rpc_status st = RPC_OK;

	for (size_t i = 0; i < n; i++) {
		BUG_ON(strcmp(q[i].method, "eth_sendRawTransaction") == 0);
		result[i] = NULL;
	}
	for (size_t i = 0, k; i < n && st == RPC_OK; i += k) {
		k = n - i < most ? n - i : most;
		if (k > 1) {
			st = ask(r, &(struct rpc_request){ q + i, k, true, result + i }, e);
			if (refused(st, e) || (st == RPC_OK && missing(result + i, k) > k / 2)) {
				clear(result + i, k);
				most = k / 2;
				k = 0;
				st = RPC_OK;
				continue;
			}
		}
		if (st == RPC_OK)
			st = fill(r, q + i, k, result + i, e);
		if (st == RPC_OK)
			r->batch = most;
	}
	if (st != RPC_OK)
		clear(result, n);
	return st;
}
