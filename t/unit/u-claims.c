/* claims: trees against the contract's roots, OpenZeppelin's vectors and a slow reference; the data of calls */
#include "chain/abi.h"
#include "chain/claims.h"
#include "hash/keccak256.h"
#include "math/rng.h"
#include "terms.h"
#include "vec.h"

/* ---- trees ---------------------------------------------------------------------------- */

static struct hash32 random_hash(struct rng *g)
{
	struct hash32 h;

	for (int i = 0; i < 32; i++)
		h.b[i] = (uint8_t)rng_next(g);
	return h;
}

/* the root of leaf[0 .. n), by its definition */
static struct hash32 slow_root(const struct hash32 *leaf, size_t n)
{
	struct hash32 *level = malloc(n * sizeof *level);

	memcpy(level, leaf, n * sizeof *level);
	while (n > 1) {
		size_t m = 0;
		for (size_t i = 0; i < n; i += 2) {
			if (i + 1 < n)
				merkle_node(&level[i], &level[i + 1], &level[m++]);
			else
				level[m++] = level[i];
		}
		n = m;
	}
	struct hash32 root = level[0];
	free(level);
	return root;
}

static void levels(void)
{
	int bad = 0, wrong = 0, open = 0;
	struct rng g;

	rng_seed(&g, 1);
	for (size_t n = 1; n <= 130; n++) {
		struct hash32 *node = malloc(merkle_size(n) * sizeof *node), proof[64], top, other = random_hash(&g);
		for (size_t i = 0; i < n; i++)
			node[i] = random_hash(&g);
		struct hash32 want = slow_root(node, n);
		merkle_levels(node, n);
		const struct hash32 *root = &node[merkle_size(n) - 1];
		bad += memcmp(root, &want, 32) != 0;
		for (size_t k = 0; k < n; k++) {
			size_t path[64], len = merkle_path(n, k, path);
			for (size_t i = 0; i < len; i++)
				proof[i] = node[path[i]];
			merkle_climb(&node[k], proof, len, &top);
			wrong += memcmp(&top, root, 32) != 0;
			merkle_climb(&other, proof, len, &top);
			open += memcmp(&top, root, 32) == 0;
		}
		free(node);
	}
	ok(!bad, "roots of 1 to 130 leaves are those of the definition");
	ok(!wrong && !open, "every leaf is proved, and no other one");
	ok(merkle_size(0) == 0 && merkle_size(1) == 1 && merkle_size(5) == 5 + 3 + 2 + 1, "how many nodes");
	ok(merkle_path(8192, 8191, (size_t[64]){ 0 }) == CLAIMS_DEPTH, "a full group is 13 deep");
}

static struct hash32 leaf_of(const cJSON *value, const cJSON *types)
{
	struct buf b = BUF_INIT;
	struct hash32 h;

	for (int i = 0; i < cJSON_GetArraySize(types); i++) {
		struct str type = str_of(cJSON_GetArrayItem(types, i)->valuestring), text = str_of(cJSON_GetArrayItem(value, i)->valuestring);
		struct address a;
		struct u256 v;
		struct err e;
		if (str_is(type, "address") && address_parse(text, &a, &e))
			abi_put_address(&b, &a);
		else if (u256_from_dec(text, &v, &e))
			abi_put_u256(&b, v);
	}
	keccak256(b.p, b.n, h.b);
	keccak256(h.b, 32, h.b);
	buf_release(&b);
	return h;
}

static bool hash_is(const struct hash32 *h, const cJSON *want)
{
	struct buf b = vec_hex(str_of(want->valuestring));
	bool same = b.n == 32 && memcmp(b.p, h->b, 32) == 0;

	buf_release(&b);
	return same;
}

static size_t place(const struct hash32 *tree, size_t n, const struct hash32 *leaf)
{
	size_t i = n - 1;

	while (i < 2 * n - 1 && memcmp(&tree[i], leaf, 32) != 0)
		i++;
	return i;
}

static int check_multi(const cJSON *multi, const cJSON *types, const struct hash32 *tree, size_t n)
{
	const cJSON *leaves = vec_at(multi, "leaves"), *want = vec_at(multi, "proof"), *flags = vec_at(multi, "proofFlags");
	size_t m = (size_t)cJSON_GetArraySize(leaves), at[64], path[64], n_proof, n_flags;
	struct hash32 leaf[64], proof[64], top;
	bool flag[64];
	int bad = 0;

	/* the vector's leaves are in the verifier's order; asked for in another */
	for (size_t i = 0; i < m; i++)
		at[m - 1 - i] = place(tree, n, (leaf[i] = leaf_of(cJSON_GetArrayItem(leaves, (int)i), types), &leaf[i]));
	bad += !merkle_heap_multi(n, at, m, path, &n_proof, flag, &n_flags);
	bad += n_proof != (size_t)cJSON_GetArraySize(want) || n_flags != (size_t)cJSON_GetArraySize(flags);
	for (size_t i = 0; !bad && i < n_proof; i++) {
		proof[i] = tree[path[i]];
		bad += !hash_is(&proof[i], cJSON_GetArrayItem(want, (int)i));
	}
	for (size_t i = 0; !bad && i < n_flags; i++)
		bad += flag[i] != cJSON_IsTrue(cJSON_GetArrayItem(flags, (int)i));
	for (size_t i = 0; !bad && i < m; i++)
		bad += memcmp(&tree[at[i]], &leaf[i], 32) != 0;
	bad += !merkle_climb_multi(leaf, m, proof, n_proof, flag, n_flags, &top) || memcmp(&top, &tree[0], 32) != 0;
	bad += merkle_climb_multi(leaf, m - 1, proof, n_proof, flag, n_flags, &top);
	return bad;
}

static int check_tree(const cJSON *c, size_t *n_proofs)
{
	const cJSON *values = vec_at(c, "values"), *types = vec_at(c, "types"), *p, *tree_want = cJSON_GetObjectItem(c, "tree");
	size_t n = (size_t)cJSON_GetArraySize(values);
	struct hash32 *leaf = malloc(n * sizeof *leaf), *sorted = malloc(n * sizeof *sorted), *tree = malloc(2 * n * sizeof *tree), top;
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		leaf[i] = leaf_of(cJSON_GetArrayItem(values, (int)i), types);
	memcpy(sorted, leaf, n * sizeof *leaf);
	merkle_heap(sorted, n, tree);
	bad += !hash_is(&tree[0], vec_at(c, "root"));
	for (int i = 0; tree_want && i < cJSON_GetArraySize(tree_want); i++)
		bad += !hash_is(&tree[i], cJSON_GetArrayItem(tree_want, i));
	cJSON_ArrayForEach(p, vec_at(c, "proofs")) {
		const cJSON *want = vec_at(p, "proof");
		const struct hash32 *its = &leaf[vec_at(p, "i")->valueint];
		size_t path[64], len = merkle_heap_path(place(tree, n, its), path);
		struct hash32 proof[64];
		bad += len != (size_t)cJSON_GetArraySize(want);
		for (size_t i = 0; !bad && i < len; i++) {
			proof[i] = tree[path[i]];
			bad += !hash_is(&proof[i], cJSON_GetArrayItem(want, (int)i));
		}
		merkle_climb(its, proof, len, &top);
		bad += memcmp(&top, &tree[0], 32) != 0;
		++*n_proofs;
	}
	const cJSON *multi = cJSON_GetObjectItem(c, "multi");
	if (multi)
		bad += check_multi(multi, types, tree, n);
	free(leaf);
	free(sorted);
	free(tree);
	return bad;
}

static void shared_trees(void)
{
	cJSON *doc = vec_shared("cases/chain/merkle.json");
	const cJSON *c;
	size_t trees = 0, proofs = 0;
	int bad = 0, multi = 0;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		bad += check_tree(c, &proofs);
		multi += cJSON_GetObjectItem(c, "multi") != NULL;
		trees++;
	}
	ok(!bad && trees >= 11 && proofs > 70 && multi > 0, "%zu trees of the standard library, %zu proofs, %d for many leaves", trees,
	   proofs, multi);
	cJSON_Delete(doc);
}

/* two leaves of the JavaScript library, also in contracts/test/RewardClaims.t.sol */
static void heap_small(void)
{
	struct hash32 two[2], tree[3], top;
	struct u256 v;
	struct buf b = BUF_INIT;
	struct address who;
	struct err e;
	static const char *const text[2][2] = {
		{ "0xE5402527D97d31B3F6692A67153dceb52544Dee0", "447173514045120101071304" },
		{ "0xB22d5Fdc1B75f70beDdde83a84ab8265ebEc4C1d", "293546399663269006673356" } };

	for (int i = 0; i < 2; i++) {
		ok(address_parse(str_of(text[i][0]), &who, &e) && u256_from_dec(str_of(text[i][1]), &v, &e), "reads");
		buf_reset(&b);
		abi_put_address(&b, &who);
		abi_put_u256(&b, v);
		keccak256(b.p, b.n, two[i].b);
		keccak256(two[i].b, 32, two[i].b);
	}
	merkle_heap(two, 2, tree);
	is_hex(tree[2].b, 32, "0x6be6c5448fd0de1a861082a8341db8fa4021768f4a987b396f5f8add779b83aa", "the smaller leaf is the last node");
	is_hex(tree[0].b, 32, "0xd371c0d9e6cb8d284cb280ffe203bc4ddd5a6b30b462f0d73c95fc759c8749de", "the root over two");
	size_t at[2] = { 1, 1 }, proof[4], n_proof, n_flags;
	bool flags[4];
	ok(!merkle_heap_multi(2, at, 2, proof, &n_proof, flags, &n_flags), "no leaf twice");
	ok(!merkle_heap_multi(2, (size_t[]){ 0 }, 1, proof, &n_proof, flags, &n_flags), "the root is no leaf");
	ok(merkle_heap_multi(2, at, 0, proof, &n_proof, flags, &n_flags) && n_proof == 1 && n_flags == 0 &&
	   merkle_climb_multi(NULL, 0, &tree[proof[0]], 1, flags, 0, &top) && memcmp(&top, &tree[0], 32) == 0,
	   "nothing at all is proved by the root");
	buf_release(&b);
}

/* ---- the contract's roots ------------------------------------------------------------------ */

static void is_tree(const struct work *w, size_t n, const char *root, const char *sum, const char *name)
{
	struct claims_tree t;
	struct buf b = BUF_INIT;
	struct err e;

	if (!ok(claims_tree_make(&t, &terms, w, n, &e), "%s", name))
		return;
	is_hex(claims_tree_root(&t)->b, 32, root, name);
	u256_put_dec(&b, t.sum);
	is_str(buf_str(&b), sum, name);
	int bad = 0;
	for (size_t i = 0; i < n; i++) {
		struct hash32 leaf, proof[64];
		size_t path[64], len = merkle_path(t.n, t.leaf[i], path);
		claims_leaf(w[i].index, claims_total(&terms, t.pay[i]), &leaf);
		for (size_t k = 0; k < len; k++)
			proof[k] = t.node[path[k]];
		merkle_climb(&leaf, proof, len, &leaf);
		bad += len > CLAIMS_DEPTH || memcmp(&leaf, claims_tree_root(&t), 32) != 0;
	}
	ok(!bad, "%s: every work is proved", name);
	claims_tree_release(&t);
	buf_release(&b);
}

/* rootOf of RewardClaims, deployed from examples/deploy/local.json, asked with cast */
static void contract_roots(void)
{
	static struct work many[1638];
	struct claims_tree t;
	struct err e;
	uint64_t pay;

	is_tree((struct work[]){ { 1, 10, 9000, 9000 } }, 1, "0x7480fb556e6cbfea0cc091947ce6c52489c50c757921e4106f3a4125d75b03f3",
	        "115000000000000000", "one worker");
	is_tree((struct work[]){ { 1, 10, 6000, 500 }, { 2, 16777215, 10000, 10000 }, { 7, 3, 7499, 7999 }, { 8, 5, 8500, 8000 } }, 4,
	        "0x63710fcd3f519b104f72642c375be6d6c5a8c7dd42d9f8df0a14bc5655361baa", "192938069995000000000000", "on the edges of the rule");
	is_tree((struct work[]){ { 1, 10, 6000, 500 }, { 6, 20, 5999, 10000 }, { 9, 7, 7500, 4000 }, { 17, 99, 8499, 8001 },
	        { 8191, 1, 8500, 499 } }, 5, "0x57ab1c6e2599b23793c3dfce703c22088de0722bb0cbfab0287326b2cc19ee19", "1046131000000000000",
	        "an odd number of words");
	for (uint32_t k = 0; k < 1638; k++)
		many[k] = (struct work){ 8192 + 5 * k, 100 + k, (uint16_t)(5900 + k % 4000), (uint16_t)(300 + 7 * k % 9000) };
	is_tree(many, 1638, "0x86d68af4df3ee152b07d066d650b671e7d8df953a2b436096b462c942c100beb", "7304069633000000000000", "1638 workers of group 1");
	ok(claims_pay(&terms, &(struct work){ 1, 99, 8499, 8001 }, &pay, &e) && pay == 990000, "quote");
	ok(!claims_tree_make(&t, &terms, &(struct work){ 1, 1, 10001, 0 }, 1, &e) && !t.node, "a score above 10000 makes no tree");
	struct claims_terms bad = terms;
	bad.rule.probation = 1;
	ok(claims_terms_check(&terms, &e) && !claims_terms_check(&bad, &e), "no probation");
	bad = terms;
	bad.unit = 0;
	ok(!claims_terms_check(&bad, &e), "no unit of nothing");
}

static void hash_of_data(struct buf *b, const char *want, const char *name)
{
	uint8_t h[32];

	keccak256(b->p, b->n, h);
	is_hex(h, 32, want, name);
	buf_reset(b);
}

/* hashes of what cast makes of the same arguments */
static void call_data(void)
{
	uint8_t log_root[32] = { 0 }, words[64] = { 0 }, sig[2][65] = { { 0 } }, id[32];
	struct hash32 proof[3] = { 0 };
	struct buf b = BUF_INIT;
	struct str w = { (const char *)words, sizeof words };
	struct address claims = { 0 };

	log_root[31] = 5;
	words[31] = 1;
	words[63] = 2;
	sig[0][64] = 3;
	sig[1][64] = 4;
	for (int i = 0; i < 3; i++)
		proof[i].b[31] = (uint8_t)(i + 1);
	claims_put_commit_signed(&b, 7, log_root, w, (const uint8_t (*)[65])sig, 2);
	hash_of_data(&b, "0xfd05122cfe2cf6e82083a6cd88e9f633fa28844f56e075f26e912ce7b95a4583", "commit with signatures");
	claims_put_commit(&b, 7, log_root, w);
	hash_of_data(&b, "0xad95618ed15c5f7ff2bdf51f61d79028c429d3faddaea207e1728eebf7740f38", "commit");
	claims_put_claim(&b, 17, (struct u256){ { 0x35c9adc5dea00000, 0x36, 0, 0 } }, proof, 3);
	hash_of_data(&b, "0xfb58371954ec05142300532f2d483c07de28cd845f12eb0f5756c68fbe4d9506", "claim");
	claims.b[18] = 0x12;
	claims.b[19] = 0x34;
	claims_id(31337, &claims, log_root, id);
	is_hex(id, 32, "0xcae710315c356b07ce418ade48c75075e2bda68b8364928aa6c9d476a677c177", "id of a commit");
	claims_claim_id(31337, &claims, 17, u256_of(1000000), id);
	is_hex(id, 32, "0xa476e8c314769475a4ab428633d2ae6eff2f31b2d76501bec04021455f69855c", "id of a claim");
	buf_release(&b);
}

int main(void)
{
	levels();
	heap_small();
	shared_trees();
	contract_roots();
	call_data();
	return done();
}
