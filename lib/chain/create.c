#include "chain/create.h"

#include "chain/rlp.h"
#include "hash/keccak256.h"

static struct address last20(const void *p, size_t n)
{
	uint8_t hash[32];
	struct address a;

	keccak256(p, n, hash);
	memcpy(a.b, hash + 12, sizeof a.b);
	return a;
}

struct address address_create(const struct address *sender, uint64_t nonce)
{
	struct buf b = BUF_INIT;
	size_t mark = rlp_open(&b);

	rlp_put_bytes(&b, sender->b, sizeof sender->b);
	rlp_put_u64(&b, nonce);
	rlp_close(&b, mark);
	struct address a = last20(b.p, b.n);
	buf_release(&b);
	return a;
}

struct address address_create2(const struct address *sender, const uint8_t salt[32],
			       const uint8_t code_hash[32])
{
	uint8_t t[1 + 20 + 32 + 32] = { 0xff };

	memcpy(t + 1, sender->b, 20);
	memcpy(t + 21, salt, 32);
	memcpy(t + 53, code_hash, 32);
	return last20(t, sizeof t);
}
