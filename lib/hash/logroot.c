#include "hash/logroot.h"

#include <openssl/evp.h>

#include "base/err.h"

enum { HASH = 32 };

/* The context is made once a thread, and keeps its digest: either costs more than a leaf does. */
static void sha256(const uint8_t *prefix, const void *p, size_t n, uint8_t out[HASH])
{
	static _Thread_local EVP_MD_CTX *c;
	bool first = !c;

	if (first)
		c = EVP_MD_CTX_new();
	BUG_ON(!c || !EVP_DigestInit_ex(c, first ? EVP_sha256() : NULL, NULL) ||
	       (prefix && !EVP_DigestUpdate(c, prefix, 1)) || (n && !EVP_DigestUpdate(c, p, n)) ||
	       !EVP_DigestFinal_ex(c, out, NULL));
}

static void hash_leaf(struct str line, uint8_t out[HASH])
{
	static const uint8_t prefix = 0;

	sha256(&prefix, line.p, line.n, out);
}

static void hash_node(const uint8_t left[HASH], const uint8_t right[HASH], uint8_t out[HASH])
{
	static const uint8_t prefix = 1;
	uint8_t both[2 * HASH];

	memcpy(both, left, HASH);
	memcpy(both + HASH, right, HASH);
	sha256(&prefix, both, sizeof both, out);
}

/* n leaves are full subtrees of the sizes of the bits of n: as many as n has ones */
static size_t depth(uint64_t n)
{
	size_t k = 0;

	for (; n; n &= n - 1)
		k++;
	return k;
}

void logroot_add(struct logroot *l, struct str line)
{
	uint8_t h[HASH];
	size_t k = depth(l->n);

	hash_leaf(line, h);
	/* as a carry runs: each one at the end of n is a subtree as large as what is added */
	for (uint64_t n = l->n; n & 1; n >>= 1)
		hash_node(l->node[--k], h, h);
	memcpy(l->node[k], h, HASH);
	l->n++;
}

void logroot_get(const struct logroot *l, uint8_t out[32])
{
	size_t k = depth(l->n);

	if (k == 0) {
		sha256(NULL, NULL, 0, out);
		return;
	}
	memcpy(out, l->node[--k], HASH);
	while (k > 0)
		hash_node(l->node[--k], out, out);
}
