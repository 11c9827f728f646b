/* Keccak-256 against published digests, its own pieces, and ../shared. */
#include "hash/keccak256.h"
#include "vec.h"

static void is_hash(const void *p, size_t n, const char *want, const char *name)
{
	uint8_t out[32];

	keccak256(p, n, out);
	is_hex(out, sizeof out, want, name);
}

static void published(void)
{
	static uint8_t as[200];
	uint8_t out[32];
	struct keccak256 k;

	is_hash("", 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", "empty (yellow paper)");
	is_hash(NULL, 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", "NULL and 0");
	is_hash("abc", 3, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", "abc");
	is_hash("testing", 7, "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02", "testing");
	is_hash("Transfer(address,address,uint256)", 33,
		"ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", "the topic of Transfer (ERC-20)");
	is_hash("\x80", 1, "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", "empty trie root");
	is_hash("\xc0", 1, "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347", "no uncles (rlp of an empty list)");

	/* a million a's, in pieces of changing size, against one shot */
	memset(as, 'a', sizeof as);
	uint8_t *all = malloc(1000000);
	memset(all, 'a', 1000000);
	keccak256_init(&k);
	for (size_t at = 0, n = 1; at < 1000000; at += n, n = n % 199 + 1) {
		if (n > 1000000 - at)
			n = 1000000 - at;
		keccak256_update(&k, as, n);
	}
	keccak256_final(&k, out);
	is_hash(all, 1000000, "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96", "a million a's");
	is_hex(out, 32, "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96", "a million a's in pieces");
	free(all);
}

/* every split of every length around the block size gives the one-shot digest */
static void splits(void)
{
	uint8_t in[300], one[32], two[32];
	int bad = 0;

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 7 + 3);
	for (size_t n = 130; n <= 280; n += n > 140 && n < 265 ? 25 : 1) {
		keccak256(in, n, one);
		for (size_t cut = 0; cut <= n; cut++) {
			struct keccak256 k;
			keccak256_init(&k);
			keccak256_update(&k, in, cut);
			keccak256_update(&k, in + cut, 0);
			keccak256_update(&k, in + cut, n - cut);
			keccak256_final(&k, two);
			bad += memcmp(one, two, 32) != 0;
		}
	}
	ok(bad == 0, "splits around the rate");
	memcpy(one, in, 32);
	keccak256(in, 32, two);
	keccak256(one, 32, one);
	ok(memcmp(one, two, 32) == 0, "output over input");
}

static void cases(void)
{
	cJSON *doc = vec_shared("cases/chain/keccak256.json");
	const cJSON *c;
	int i = 0;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		char name[32];
		struct buf in = vec_bytes(c, "in");
		snprintf(name, sizeof name, "shared %d", i++);
		is_hash(in.p, in.n, vec_str(c, "out").p, name);
		buf_release(&in);
	}
	cJSON_Delete(doc);
}

int main(void)
{
	published();
	splits();
	cases();
	return done();
}
