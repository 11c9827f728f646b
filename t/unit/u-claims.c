/* claims: trees against the contract's roots, OpenZeppelin's vectors and a slow reference; the stage that counts */
#include "chain/abi.h"
#include "chain/claims.h"
#include "hash/keccak256.h"
#include "math/rng.h"
#include "stage/claim-plan.h"
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

/* the rule of examples/deploy/local.json */
static const struct claims_terms terms = {
	.rule = { .version = 1, .rate = 10000, .t = { 6000, 7500, 8500 }, .m = { 8000, 10000, 11500 }, .lo = 500, .hi = 8000,
	          .c0 = 2000, .c1 = 10000, .probation_bp = 10000, .floor_bp = 10000, .batch_budget = 10000000000,
	          .period_budget = 50000000000, .period = 604800, .window = 86400 },
	.unit = 1000000000000,
};

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

/* ---- the stage ------------------------------------------------------------------------------ */

static struct err last_error;

static bool give(void *stage, struct str line)
{
	struct json_record r = { 0 };

	bool good = json_read(&r, line, &last_error);
	good = good && stage_claim_plan.take(stage, json_get(&r, STR("kind"))->raw, &r, &last_error);
	if (good)
		stage_claim_plan.line(stage, json_get(&r, STR("kind"))->raw, line);
	json_record_release(&r);
	return good;
}

static void give_all(void *stage, const struct buf *lines)
{
	struct str rest = buf_str(lines);

	while (rest.n) {
		size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p);
		if (!give(stage, (struct str){ rest.p, n }))
			ok(false, "%.*s: %s", (int)(n < 300 ? n : 300), rest.p, last_error.msg);
		rest.p += n + 1;
		rest.n -= n + 1;
	}
}

static void put_score(struct buf *b, uint64_t worker, const char *epoch, uint64_t verified, unsigned score, unsigned bonus)
{
	buf_addf(b, "{\"kind\":\"score\",\"worker\":\"0x%040llx\",\"epoch\":\"%s\",\"labels\":%llu,\"verified\":%llu,\"rejected\":0,"
	         "\"pending\":0,\"score_bp\":%u,\"bonus_bp\":%u}\n", (unsigned long long)worker, epoch, (unsigned long long)verified,
	         (unsigned long long)verified, score, bonus);
}

static void put_lane(struct buf *b, uint64_t worker, uint64_t index, bool banned)
{
	buf_addf(b, "{\"kind\":\"lane\",\"worker\":\"0x%040llx\",\"index\":%llu,\"banned\":%s,\"credit\":\"0\",\"batches\":0,"
	         "\"reputation_bp\":5000}\n", (unsigned long long)worker, (unsigned long long)index, banned ? "true" : "false");
}

static void put_facts(struct buf *b)
{
	struct claims_facts f = { .chain = 31337, .block = 9, .terms = terms };

	f.claims.b[19] = 0x77;
	claims_facts_put(b, &f);
	buf_addc(b, '\n');
}

static void collect(void *ctx, struct str line)
{
	buf_addstr(ctx, line);
	buf_addc(ctx, '\n');
}

/* what a stage makes of these lines */
static struct buf plan(const struct buf *in, const char *epoch, unsigned threads, struct claim_total *total)
{
	void *stage = stage_claim_plan.create();
	struct claim_options o = { .threads = threads };
	struct buf out = BUF_INIT;
	struct sink sink = { .line = collect, .ctx = &out };
	struct err e;

	memcpy(o.epoch, epoch, strlen(epoch));
	claim_plan_set(stage, &o);
	give_all(stage, in);
	if (!stage_claim_plan.run(stage, &sink, &e)) {
		buf_reset(&out);
		buf_addf(&out, "error: %s", e.msg);
	}
	if (total)
		*total = claim_plan_total(stage);
	stage_claim_plan.destroy(stage);
	return out;
}

static bool has(const struct buf *b, const char *text)
{
	return b->n && strstr(b->p, text) != NULL;
}

enum { CROWD = 40000 };

static void put_crowd(struct buf *b, const char *epoch, uint64_t seed, bool lanes)
{
	struct rng g;

	rng_seed(&g, seed);
	for (uint64_t w = 1; w <= CROWD; w++) {
		uint64_t v = rng_below(&g, 300);
		unsigned s = (unsigned)rng_below(&g, 10001), c = (unsigned)rng_below(&g, 10001);
		if (lanes)
			put_lane(b, w, w % 1000 == 999 ? 0 : w * 2, w % 777 == 5);
		if (rng_below(&g, 3))
			put_score(b, w, epoch, v, s, c);
	}
}

/* A log that has grown has another root; everything else of a rerun is as it was. */
static void hide_log_roots(struct buf *b)
{
	static const char name[] = "\"log_root\":\"0x";

	for (char *p = b->p; (p = strstr(p, name)) != NULL; p += sizeof name)
		memset(p + sizeof name - 1, '.', 64);
}

/* The same bytes with any number of threads; and what is planned in two nights is what one night would plan of
 * the sums: the means are exact. */
static void crowd(void)
{
	struct buf first = BUF_INIT, second = BUF_INIT, again = BUF_INIT;
	struct claim_total t1, t2;

	put_facts(&first);
	put_crowd(&first, "d1", 1, true);
	struct buf one = plan(&first, "", 1, &t1), three = plan(&first, "", 3, &t2);
	ok(one.n > 1000000 && one.n == three.n && memcmp(one.p, three.p, one.n) == 0, "one thread and three write the same %zu bytes", one.n);
	ok(t1.groups == 10 && t1.strangers > 10 && t1.banned > 10 && t1.raised > 1000 && !t1.over && !t1.fell, "what is said of it");

	/* the records of the first night and the scores of the second are all that the second night needs */
	put_facts(&second);
	put_crowd(&second, "d2", 2, true);
	buf_addstr(&second, buf_str(&one));
	struct buf two = plan(&second, "", 0, &t2);
	ok(has(&two, "{\"kind\":\"counted\",\"epochs\":[\"d1\",\"d2\"],\"claims\":"), "two epochs are counted");
	ok(!t2.fell || t2.fell < t2.workers, "totals may fall with the mean, which is told: %llu", (unsigned long long)t2.fell);

	/* its own output as input: the same once more */
	buf_addstr(&again, buf_str(&second));
	buf_addstr(&again, buf_str(&two));
	struct buf rerun = plan(&again, "", 0, NULL);
	hide_log_roots(&two);
	hide_log_roots(&rerun);
	ok(rerun.n == two.n && memcmp(rerun.p, two.p, two.n) == 0, "planned again it is the same");
	struct buf bufs[] = { first, second, again, one, three, two, rerun };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_release(&bufs[i]);
}

/* sums of small nights, by a pocket calculator */
static void carried(void)
{
	struct buf in = BUF_INIT, out, next;
	struct claim_total t;

	put_facts(&in);
	put_lane(&in, 1, 17, false);
	put_lane(&in, 2, 0, false);
	put_lane(&in, 3, 20, true);
	put_score(&in, 1, "d1", 10, 9000, 9000);
	put_score(&in, 2, "d1", 5, 9000, 9000);
	put_score(&in, 3, "d1", 7, 9000, 9000);
	out = plan(&in, "", 0, &t);
	ok(has(&out, "\"index\":17,\"units\":10,\"score_bp\":9000,\"bonus_bp\":9000,\"score_sum\":90000,\"bonus_sum\":90000,"
	       "\"mult_score_bp\":11500,\"mult_bonus_bp\":10000,\"total\":\"115000000000000000\",\"added\":\"115000000000000000\",\"root\":\"0x"),
	   "one worker's claim");
	ok(has(&out, "\"index\":0,\"units\":5,") && has(&out, "\"total\":\"0\",\"added\":\"0\",\"why\":\"not registered\"}"), "who has no number");
	ok(has(&out, "\"index\":20,\"units\":7,") && has(&out, "\"total\":\"0\",\"added\":\"0\",\"why\":\"banned\"}"), "who is banned");
	ok(t.workers == 3 && t.strangers == 1 && t.banned == 1 && t.groups == 1, "and how many");

	/* the next night: 1 worked badly, and has moved to account 9; 2 has a number now; 3 is banned no more */
	struct buf in2 = BUF_INIT;
	put_facts(&in2);
	buf_addstr(&in2, buf_str(&out));
	put_lane(&in2, 9, 17, false);
	put_lane(&in2, 1, 0, false);
	put_lane(&in2, 2, 21, false);
	put_lane(&in2, 3, 20, false);
	put_score(&in2, 9, "d2", 3, 2001, 9000);
	next = plan(&in2, "", 0, &t);
	/* (90000 + 6003) / 13 = 7384.8; 13 * 0.8 of a hundredth = 104000 millionths: less than before */
	ok(has(&next, "\"worker\":\"0x0000000000000000000000000000000000000009\",\"index\":17,\"units\":13,\"score_bp\":7384,\"bonus_bp\":9000,"
	       "\"score_sum\":96003,\"bonus_sum\":117000,\"mult_score_bp\":8000,\"mult_bonus_bp\":10000,\"total\":\"104000000000000000\",\"added\":\"0\""),
	   "work is carried with the number, and the mean is over all of it");
	ok(t.fell == 1, "a total that fell is told");
	ok(has(&next, "\"index\":21,\"units\":5,\"score_bp\":9000,\"bonus_bp\":9000,\"score_sum\":45000,\"bonus_sum\":45000,\"mult_score_bp\":11500,"
	       "\"mult_bonus_bp\":10000,\"total\":\"57500000000000000\",\"added\":\"57500000000000000\""), "work from before the number is paid");
	ok(has(&next, "\"index\":20,\"units\":7,\"score_bp\":9000,\"bonus_bp\":9000,\"score_sum\":63000,\"bonus_sum\":63000,\"mult_score_bp\":11500,"
	       "\"mult_bonus_bp\":10000,\"total\":\"80500000000000000\",\"added\":\"80500000000000000\""), "and from before the ban was lifted");
	ok(t.strangers == 0 && t.banned == 0 && t.workers == 3, "nobody is left over");
	buf_release(&in);
	buf_release(&in2);
	buf_release(&out);
	buf_release(&next);
}

static void is_refused(const struct buf *in, const char *epoch, const char *want)
{
	struct buf out = plan(in, epoch, 0, NULL), text = BUF_INIT;

	buf_addf(&text, "error: %s", want);
	is_str(buf_str(&out), text.p, want);
	buf_release(&out);
	buf_release(&text);
}

static void refusals(void)
{
	struct buf a = BUF_INIT, d1, d2, b = BUF_INIT;

	put_score(&a, 1, "d1", 10, 9000, 9000);
	is_refused(&a, "", "no claims record: \"lbl-payout facts\" makes one");
	put_facts(&a);
	is_refused(&a, "", "worker \"0x0000000000000000000000000000000000000001\" has no lane record: \"lbl-payout facts\" makes them");
	is_refused(&a, "d7", "no score of epoch \"d7\"");
	put_lane(&a, 1, 1, false);
	put_score(&a, 1, "d2", 10, 9000, 9000);
	is_refused(&a, "", "scores of several epochs that are not counted yet: choose one with --epoch");
	d1 = plan(&a, "d1", 0, NULL);
	buf_addstr(&b, buf_str(&a));
	buf_addstr(&b, buf_str(&d1));
	d2 = plan(&b, "", 0, NULL);
	ok(has(&d2, "[\"d1\",\"d2\"]") && has(&d2, "\"units\":20,"), "the only one that is left is chosen");
	buf_addstr(&b, buf_str(&d2));
	is_refused(&b, "d1", "epoch \"d1\" was counted before, and others after it");

	/* only the second night's records */
	buf_reset(&b);
	buf_addstr(&b, buf_str(&a));
	buf_addstr(&b, buf_str(&d2));
	is_refused(&b, "d2", "epoch \"d2\" was counted before, and what it was counted on top of is not here");

	/* a claim is missing; a claim is of other work; another score than was counted */
	buf_reset(&b);
	buf_addstr(&b, buf_str(&a));
	const char *cut = strstr(d1.p, "{\"kind\":\"claim\"");
	buf_add(&b, d1.p, (size_t)(cut - d1.p));
	is_refused(&b, "d2", "epoch \"d1\" had 1 claims, and 0 are here");
	void *stage = stage_claim_plan.create();
	struct buf one = BUF_INIT;
	give_all(stage, &d1);
	buf_add(&one, cut, (size_t)(strchr(cut, '\n') - cut));
	ok(give(stage, buf_str(&one)), "the same claim twice is one");
	*strstr(one.p, "\"units\":10") = '\0';
	buf_addf(&one, "%s", "");
	struct buf other = BUF_INIT;
	buf_addf(&other, "%s\"units\":11%s", one.p, strstr(cut, ",\"score_bp\""));
	*strchr(other.p, '\n') = '\0';
	ok(!give(stage, str_of(other.p)) && claim_plan_conflict(stage), "of other work it is a conflict");
	stage_claim_plan.destroy(stage);

	struct buf changed = BUF_INIT;
	put_facts(&changed);
	put_lane(&changed, 1, 1, false);
	put_score(&changed, 1, "d1", 11, 9000, 9000);
	buf_addstr(&changed, buf_str(&d1));
	is_refused(&changed, "d1", "epoch \"d1\" was counted before, and worker \"0x0000000000000000000000000000000000000001\" had done other work then");
	struct buf bufs[] = { a, b, d1, d2, one, other, changed };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_release(&bufs[i]);
}

static void limits(void)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct sink sink = { .line = collect, .ctx = &out };
	struct claim_options o = { .has_budget = true, .budget = u256_of(114999999999999999) };
	void *stage = stage_claim_plan.create();
	struct err e;

	put_facts(&in);
	put_lane(&in, 1, 1, false);
	put_score(&in, 1, "d1", 10, 9000, 9000);
	give_all(stage, &in);
	claim_plan_set(stage, &o);
	ok(stage_claim_plan.run(stage, &sink, &e) && out.n == 0 && claim_plan_total(stage).over, "over the budget nothing is said");
	is_str(str_of(claim_plan_total(stage).why), "115000000000000000 base units would be added, and the budget is 114999999999999999", "but why");
	o = (struct claim_options){ .has_budget = true, .budget = u256_of(115000000000000000), .has_most = true,
	                            .most = u256_of(114999999999999999) };
	claim_plan_set(stage, &o);
	ok(stage_claim_plan.run(stage, &sink, &e) && out.n == 0 && claim_plan_total(stage).over, "over what one may get");
	o.most = u256_of(115000000000000000);
	claim_plan_set(stage, &o);
	ok(stage_claim_plan.run(stage, &sink, &e) && out.n > 0 && !claim_plan_total(stage).over, "just as much is within both");
	stage_claim_plan.destroy(stage);
	buf_release(&in);
	buf_release(&out);
}

/* a replay: what the run record says configures another stage to the same bytes */
static void replay(void)
{
	struct buf in = BUF_INIT, again = BUF_INIT;
	struct json_record r = { 0 };
	struct sink sink = { .line = collect, .ctx = &again };
	void *auditor = stage_claim_plan.create();
	struct err e;

	put_facts(&in);
	put_lane(&in, 1, 1, false);
	put_score(&in, 1, "d1", 10, 9000, 9000);
	struct buf out = plan(&in, "d1", 0, NULL);
	give_all(auditor, &in);
	ok(json_read(&r, (struct str){ out.p, strcspn(out.p, "\n") }, &e) &&
	   stage_claim_plan.configure(auditor, json_get(&r, STR("options")), &e) && stage_claim_plan.run(auditor, &sink, &e), "it runs");
	is_str(buf_str(&again), out.p, "an auditor's stage says the same");
	stage_claim_plan.destroy(auditor);
	json_record_release(&r);
	buf_release(&in);
	buf_release(&out);
	buf_release(&again);
}

int main(void)
{
	levels();
	heap_small();
	shared_trees();
	contract_roots();
	call_data();
	carried();
	refusals();
	limits();
	replay();
	crowd();
	return done();
}
