/* proxy - what the parts of the bad node share: see proxy.c. */
#ifndef T_PROXY_H
#define T_PROXY_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

/* What proxy_begin has begun. */
struct run {
	uint64_t seed, mine, depth;     /* as it was told */
	uint64_t requests;              /* so far; the one that is served is counted */
	uint64_t calm_from;             /* no faults from that request on; those of the chain alone before it; 0 = not yet */
	bool calm;
};
extern struct run run;                  /* proxy.c */

/* ---- which fault, and when (fault.c) ---- */

/* those that befall the chain from REORG on, before them those of a transaction from TWICE on */
enum fault {
	NONE, DROP, LOST, CUT, GARBLE, DELAY, LIMIT, BUSY, STALE, TWICE, LATE, GONE,
	REORG, ROLLBACK, FORGET, SPIKE, STALL, TIME, N_FAULTS
};
extern const char *const fault_names[N_FAULTS];

/* chance - a number below bound for this request and `what`: the same whenever the same is asked.  Each use has a
 * `what` of its own: 1 and 2 fault_of, 3 and 4 chain_befall, 5 and 6 answers, 10 and 11 fault_begin, 100 and above
 * chain_befall, one for each transaction. */
uint64_t chance(uint64_t what, uint64_t bound);

/* fault_begin - which faults the seed knows, and how often they come.  fault_of - that which befalls this request */
void fault_begin(void);
enum fault fault_of(const char *method);

/* ---- the node behind (node.c) ---- */

void node_open(const char *url);

/* node_forward - a request as it came; the answer is added to out.  False without one. */
bool node_forward(struct str request, struct buf *out);

/* ask - a request of our own; false when it has no result.  That is added to *text when it is a string; text may be
 * NULL.  Exits 69 without an answer.
 * ask_of - the same about one string.  ask_number - about one number; `behind` is what else its parameters are. */
bool ask(struct buf *text, const char *method, const char *params);
bool ask_of(struct buf *text, const char *method, const char *param);
bool ask_number(const char *method, uint64_t n, const char *behind);

void node_set_base_fee(uint64_t wei);
uint64_t node_height(void);
void node_mine(void);
bool node_deliver(const char *raw);     /* was it taken? */

/* ---- transactions (sent.c) ---- */

/* sent_add - one that was seen, as hex; each counts once.  sent_n, sent_at - those; what is returned is borrowed until
 * sent_forget, which also drops what is held back. */
void sent_add(const char *raw);
size_t sent_n(void);
const char *sent_at(uint32_t i);
void sent_forget(void);

/* sent_hold - deliver it before the request of that number.  sent_deliver - what is due, or all */
void sent_hold(const char *raw, uint64_t due);
void sent_deliver(bool all);

/* ---- the chain (chain.c) ---- */

/* chain_begin - as it was at the first one, a pool without anything, and then run.depth blocks; exits 70 when the node
 * cannot go back */
void chain_begin(void);

/* chain_befall - REORG or one behind it.  chain_grow - a block, unless a STALL is not over; chain_calm ends it */
void chain_befall(enum fault f);
void chain_grow(void);
void chain_calm(void);

/* ---- HTTP (http.c) ---- */

/* http_answer - whole, or the first `most` bytes of its body; false ends the connection.  http_answer_result - of
 * the request doc, as JSON */
bool http_answer(int fd, const char *status, struct str body, size_t most);
bool http_answer_result(int fd, const cJSON *doc, struct str result);

/* http_loop - listens anywhere, prints its URL, and gives each request to serve, one after the other; false from it
 * ends the connection */
_Noreturn void http_loop(bool (*serve)(int fd, struct str body));

#endif
