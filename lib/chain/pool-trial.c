#include "chain/pool-trial.h"

#include "chain/abi.h"

enum {
	GAS = 0x5a, CALL = 0xf1, STATICCALL = 0xfa, CODECOPY = 0x39, MLOAD = 0x51, MSTORE = 0x52, SUB = 0x03, ISZERO = 0x15,
	JUMPI = 0x57, JUMPDEST = 0x5b, RETURN = 0xf3, REVERT = 0xfd, RETURNDATASIZE = 0x3d, RETURNDATACOPY = 0x3e,
	PUSH1 = 0x60, PUSH2 = 0x61, PUSH4 = 0x63, PUSH20 = 0x73,
};

/* where things are in memory: the selector ends at 32, the answer of account() follows, then the call */
enum { SELECTOR = 28, ANSWER = 32, OWED = ANSWER + 32, CALL_AT = 160 };

enum { CODE_SIZE = 151, FAIL = 140 };   /* of the code below: bytes, and where its JUMPDEST is */

static void op(struct buf *b, int code)
{
	buf_addc(b, (char)code);
}

static void push1(struct buf *b, unsigned v)
{
	op(b, PUSH1);
	op(b, (int)v);
}

static void push2(struct buf *b, size_t v)
{
	op(b, PUSH2);
	op(b, (int)(v >> 8 & 0xff));
	op(b, (int)(v & 0xff));
}

static void push_pool(struct buf *b, const struct address *pool)
{
	op(b, PUSH20);
	buf_add(b, pool->b, sizeof pool->b);
}

/* The call that was set up, and away when it fails. */
static void call(struct buf *b, const struct address *pool, int how)
{
	push_pool(b, pool);
	op(b, GAS);
	op(b, how);
	op(b, ISZERO);
	push1(b, FAIL);
	op(b, JUMPI);
}

/* What it owes, on the stack. */
static void owed(struct buf *b, const struct address *pool)
{
	push1(b, 4 * ABI_WORD);
	push1(b, ANSWER);
	push1(b, 4);
	push1(b, SELECTOR);
	call(b, pool, STATICCALL);
	push1(b, OWED);
	op(b, MLOAD);
}

static void put_code(struct buf *b, const struct address *pool, size_t n)
{
	uint8_t selector[4];

	abi_selector("account()", selector);
	op(b, PUSH4);
	buf_add(b, selector, sizeof selector);
	push1(b, 0);
	op(b, MSTORE);
	owed(b, pool);
	push2(b, n);
	push2(b, CODE_SIZE);
	push1(b, CALL_AT);
	op(b, CODECOPY);
	push1(b, 0);
	push1(b, 0);
	push2(b, n);
	push1(b, CALL_AT);
	push1(b, 0);
	call(b, pool, CALL);
	owed(b, pool);
	op(b, SUB);
	push1(b, 0);
	op(b, MSTORE);
	push1(b, ABI_WORD);
	push1(b, 0);
	op(b, RETURN);
	BUG_ON(b->n != FAIL);
	op(b, JUMPDEST);
	op(b, RETURNDATASIZE);
	push1(b, 0);
	push1(b, 0);
	op(b, RETURNDATACOPY);
	op(b, RETURNDATASIZE);
	push1(b, 0);
	op(b, REVERT);
	BUG_ON(b->n != CODE_SIZE);
}

enum rpc_status pool_try_settle(struct rpc *r, const struct address *from, const struct address *pool, struct str data,
				uint64_t *paid, struct rpc_error *e)
{
	struct buf code = BUF_INIT, out = BUF_INIT;
	struct err ignored;

	BUG_ON(data.n >> 16);
	put_code(&code, pool, data.n);
	buf_addstr(&code, data);
	enum rpc_status st = eth_call(r, from, NULL, buf_str(&code), "latest", &out, e);
	if (st == RPC_OK && (out.n != ABI_WORD || !abi_get_u64(buf_str(&out), 0, paid, &ignored)))
		st = rpc_bad(e, "eth_call", "a settlement that was tried gave no sum");
	buf_release(&code);
	buf_release(&out);
	return st;
}
