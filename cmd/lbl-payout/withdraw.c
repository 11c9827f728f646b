/* withdraw - credit pushed to the workers who earned it, many in a transaction. */
#include "pool.h"

#include <stdlib.h>

#include "base/mem.h"
#include "hash/keccak256.h"
#include "io/cli.h"
#include "io/progress.h"

enum { CHUNK = 350 };   /* so many transfers to who never held the token, 36000 gas each,
	fit into 2^24 with their margin */

struct list {
	uint32_t *index;
	size_t n;
};

static uint32_t count_workers(const struct pool_run *r)
{
	struct buf data = BUF_INIT, out = BUF_INIT;
	struct rpc_error re;
	uint64_t n = 0;
	struct err e;

	abi_put_selector(&data, "count()");
	enum rpc_status st = eth_call(r->act.rpc, NULL, &r->d->registry.address, buf_str(&data), "latest", &out, &re);
	if (st == RPC_OK && (!abi_get_u64(buf_str(&out), 0, &n, &e) || n >> 32))
		st = rpc_bad(&re, "eth_call", "the number of workers is out of range");
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "number of workers", &re);
	buf_release(&data);
	buf_release(&out);
	return (uint32_t)n;
}

static int by_index(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static struct list all_workers(const struct pool_run *r)
{
	struct list l = { .n = count_workers(r) };

	l.index = mem_alloc(l.n, sizeof *l.index);
	for (size_t i = 0; i < l.n; i++)
		l.index[i] = (uint32_t)i + 1;
	return l;
}

static struct list workers_of_input(const struct pool_run *r)
{
	const struct intern *who = &r->in->workers;
	struct address *a = mem_alloc(who->n, sizeof *a);
	struct list l = { .index = mem_alloc(who->n, sizeof *l.index) };
	struct rpc_error re;
	struct err e;
	size_t n = 0;

	for (uint32_t i = 0; i < who->n; i++)
		BUG_ON(!address_parse(intern_str(who, i), &a[i], &e));
	enum rpc_status st = registry_find(r->act.rpc, &r->d->registry.address, a, who->n, "latest", l.index, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "registry", &re);
	for (size_t i = 0; i < who->n; i++)
		if (l.index[i])
			l.index[n++] = l.index[i];
	l.n = n;
	qsort(l.index, l.n, sizeof *l.index, by_index);
	free(a);
	return l;
}

/* Who has something to draw, and enough of it; the sum is in millionths. */
static void keep_rich(const struct pool_run *r, struct list *l, struct u256 least, uint64_t *sum)
{
	struct pool_lane *lane = mem_alloc(l->n, sizeof *lane);
	bool *banned = mem_alloc(l->n, sizeof *banned);
	struct rpc_error re;
	struct u256 credit;
	size_t n = 0;

	*sum = 0;
	enum rpc_status st = pool_lanes(r->act.rpc, &r->d->pool.address, &r->d->registry.address, l->index, l->n,
	                                "latest", lane, banned,
	                                &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "lanes", &re);
	for (size_t i = 0; i < l->n; i++) {
		BUG_ON(!u256_mul(&credit, u256_of(lane[i].credit), u256_of(POOL_UNIT)));
		if (!lane[i].credit || u256_cmp(credit, least) < 0)
			continue;
		*sum += lane[i].credit;
		l->index[n++] = l->index[i];
	}
	l->n = n;
	free(lane);
	free(banned);
}

static void print(struct input *in, const struct attempt *a)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"tx\"");
	struct signed_tx t = a->tx;
	t.payments = STR("[]");
	put_tx_fields(&b, &t);
	spool_add(&in->lines, buf_str(&b));
	buf_reset(&b);
	buf_adds(&b, "{\"kind\":\"receipt\"");
	struct attempt copy = *a;
	copy.tx.payments = STR("[]");
	put_receipt_fields(&b, &copy);
	spool_add(&in->lines, buf_str(&b));
	buf_release(&b);
}

/* Who had credit when we looked, and has none now, was paid by somebody else: nothing of the chunk is done
 * then, and the next run looks again. */
static int push(struct pool_run *r, const uint32_t *index, size_t n)
{
	struct action a = { .kind = STR("withdraw"), .to = r->d->pool.address, .undone = true };
	struct buf data = BUF_INIT;
	struct acted out;

	pool_put_withdraw(&data, index, n);
	a.data = buf_str(&data);
	keccak256(data.p, data.n, a.about);
	action_do(&r->act, &a, &out);
	buf_release(&data);
	if (out.how == ACT_REVERTS && out.too_large && n > 1) {
		int status = push(r, index, n / 2);
		return status ? status : push(r, index + n / 2, n - n / 2);
	}
	switch (out.how) {
	case ACTED:
		print(r->in, out.attempt);
		return LBL_OK;
	case ACT_WAITS:
		return LBL_TEMPFAIL;
	case ACT_FAILED:
		cli_warn("a withdrawal for %zu workers failed: run it again", n);
		return LBL_FOUND;
	case ACT_REVERTS:
		cli_warn("a withdrawal for %zu workers would fail: %s; nothing was signed", n, out.why);
		return LBL_FOUND;
	}
	BUG_ON(true);
}

int do_withdraw(struct input *in, const struct pool_args *a, const struct send_args *send, struct rpc *rpc,
                struct journal *j)
{
	struct pool_run r = { .in = in, .d = &a->d, .act = { .j = j, .rpc = rpc, .key = send->key, .fee = send->fee,
	                                                    .send = send,
	                      .chain = a->d.chain_id, .until_ms = a->until_ms } };
	struct buf text = BUF_INIT;
	struct u256 units;
	uint64_t sum;
	int status = LBL_OK;

	journal_pool(j, a->d.chain_id, &a->d.pool.address);
	check_deployment(rpc, &a->d);
	if (journal_is_open(j))                /* a withdrawal of an earlier run among them, whose credit is gone then */
		status = engine_run(j, rpc, send, r.act.until_ms);
	if (status == LBL_TEMPFAIL)
		return status;
	struct list l = a->all ? all_workers(&r) : workers_of_input(&r);
	keep_rich(&r, &l, a->min_credit, &sum);
	BUG_ON(!u256_mul(&units, u256_of(sum), u256_of(POOL_UNIT)));
	u256_put_dec(&text, units);
	cli_note("%zu workers have %s base units to draw", l.n, text.p);
	buf_release(&text);
	for (size_t i = 0; i < l.n && status == LBL_OK; i += CHUNK) {
		status = push(&r, l.index + i, l.n - i < CHUNK ? l.n - i : CHUNK);
		progress("withdrawn", i, l.n);
	}
	progress_end();
	free(l.index);
	return status;
}
