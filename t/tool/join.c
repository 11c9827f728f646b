/* join REGISTRY FIRST LAST - as JSON-RPC requests for a development node: workers FIRST to LAST stand in the registry.
 *
 * The account of worker I is 0xabc000 + I, as that of t/tool/payout.sh, and its number is I.  The storage is written
 * directly: ten thousand people would take a node half a minute to join.  Layout: contracts/src/WorkerRegistry.sol
 * (slot 1: pending owner, and the count above it; 3: indexOf; 7: _workers).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash/keccak256.h"

static void be(uint64_t v, uint8_t out[32])
{
	memset(out, 0, 32);
	for (int i = 0; i < 8; i++)
		out[31 - i] = (uint8_t)(v >> (8 * i));
}

static void word(const uint8_t w[32])
{
	printf("\"0x");
	for (int i = 0; i < 32; i++)
		printf("%02x", w[i]);
	printf("\"");
}

static void set(const char *registry, const uint8_t slot[32], const uint8_t value[32], int more)
{
	printf("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"anvil_setStorageAt\",\"params\":[\"%s\",", registry);
	word(slot);
	printf(",");
	word(value);
	printf("]}%s\n", more ? "," : "");
}

static void entry(uint64_t key, uint64_t mapping, uint8_t slot[32])
{
	uint8_t pair[64];

	be(key, pair);
	be(mapping, pair + 32);
	keccak256(pair, sizeof pair, slot);
}

int main(int argc, char **argv)
{
	uint8_t slot[32], value[32];

	if (argc != 4)
		return 64;
	uint64_t first = strtoull(argv[2], NULL, 10), last = strtoull(argv[3], NULL, 10);
	printf("[");
	for (uint64_t i = first; i <= last; i++) {
		entry(0xabc000 + i, 3, slot);
		be(i, value);
		set(argv[1], slot, value, 1);
		entry(i, 7, slot);
		be(0xabc000 + i, value);
		value[11] = 1;                  /* since */
		set(argv[1], slot, value, 1);
	}
	be(1, slot);
	be(0, value);
	for (int i = 0; i < 4; i++)             /* above the 20 bytes of an address */
		value[11 - i] = (uint8_t)(last >> (8 * i));
	set(argv[1], slot, value, 0);
	printf("]\n");
	return 0;
}
