/* chain - the node's chain, and what befalls it. */
#include "proxy.h"

static const uint64_t GWEI = 1000000000;

static char snapshot[32];
static uint64_t base, peak;             /* number of the block at the snapshot; of the highest before a fall */
static uint64_t quiet_until;            /* no block before that request */

void chain_begin(void)
{
	struct buf b = BUF_INIT;

	if (*snapshot && (!ask_of(NULL, "evm_revert", snapshot) || node_height() != base)) {
		fputs("proxy: the node cannot go back\n", stderr);
		exit(70);
	}
	base = peak = node_height();
	ask(&b, "evm_snapshot", "[]");
	snprintf(snapshot, sizeof snapshot, "%s", b.p);
	buf_release(&b);
	ask(NULL, "anvil_dropAllTransactions", "[]");
	node_set_base_fee(GWEI);
	ask_number("anvil_setBlockTimestampInterval", 1, "");   /* a second a block: what waits for time waits for blocks */
	for (uint64_t i = 0; i < run.depth; i++)
		node_mine();
	quiet_until = 0;
}

/* In all but a third of cases the node still knows what it had mined. */
static void know_again(void)
{
	if (chance(4, 3) == 0)
		return;
	for (uint32_t i = 0; i < sent_n(); i++)
		if (chance(100 + i, 4))
			node_deliver(sent_at(i));
}

/* How deep?  A block that once had so many blocks behind it stays, however short the chain
 * has become since; and so does where it all began, for the node could not go back there. */
static uint64_t some_depth(void)
{
	uint64_t now = node_height(), depth = 1 + chance(3, run.depth), stays = base;

	if (peak < now)
		peak = now;
	if (stays + run.depth < peak)
		stays = peak - run.depth;
	return depth < now - stays ? depth : now - stays;
}

void chain_befall(enum fault f)
{
	uint64_t depth = f == REORG || f == ROLLBACK ? some_depth() : 0;

	switch ((int)f) {
	case REORG:
		if (depth)
			ask_number("anvil_reorg", depth, ",[]");
		know_again();
		break;
	case ROLLBACK:
		if (depth)
			ask_number("anvil_rollback", depth, "");
		know_again();
		break;
	case FORGET:
		ask(NULL, "anvil_dropAllTransactions", "[]");
		break;
	case SPIKE:
		node_set_base_fee(GWEI << (1 + chance(3, 7)));
		node_mine();
		break;
	case STALL:
		quiet_until = run.requests + 1 + chance(3, 60);
		break;
	case TIME:
		ask_number("evm_increaseTime", 1 + chance(3, UINT64_C(1) << chance(4, 18)), "");
		break;
	}
}

void chain_grow(void)
{
	if (run.requests >= quiet_until)
		node_mine();
}

void chain_calm(void)
{
	quiet_until = 0;
}
