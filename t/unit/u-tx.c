/* Transactions: the example of EIP-155, round trips, damage, gas, and ../shared. */
#include "chain/rlp.h"
#include "chain/tx.h"
#include "hash/keccak256.h"
#include "vec.h"

static struct signer *signer(const uint8_t secret[32])
{
	struct err e;
	struct signer *s = signer_new(secret, &e);

	if (!s) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return s;
}

static struct u256 dec(const char *s)
{
	struct u256 v = U256_ZERO;
	struct err e;

	if (!u256_from_dec(str_of(s), &v, &e)) {
		printf("Bail out! %s: %s\n", s, e.msg);
		exit(1);
	}
	return v;
}

static bool same(const struct tx *a, const struct tx *b)
{
	return a->type == b->type && a->chain_id == b->chain_id && a->nonce == b->nonce && a->gas == b->gas &&
		!u256_cmp(a->tip, b->tip) && !u256_cmp(a->max_fee, b->max_fee) && a->has_to == b->has_to &&
		(!a->has_to || address_eq(&a->to, &b->to)) && !u256_cmp(a->value, b->value) &&
		str_eq(a->data, b->data);
}

/* EIP-155's own example */
static void published(void)
{
	uint8_t secret[32], hash[32];
	struct tx tx = { .type = TX_LEGACY, .chain_id = 1, .nonce = 9, .gas = 21000, .has_to = true }, back;
	struct buf raw = BUF_INIT;
	struct address from;
	struct err e;

	memset(secret, 0x46, 32);
	memset(tx.to.b, 0x35, 20);
	tx.tip = tx.max_fee = dec("20000000000");
	tx.value = dec("1000000000000000000");
	struct signer *s = signer(secret);
	tx_signing_hash(&tx, hash);
	is_hex(hash, 32, "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53", "EIP-155 signing hash");
	ok(tx_sign(&tx, s, &raw, hash, &e), "sign");
	is_hex(raw.p, raw.n, "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
	       "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b"
	       "3800ccf555c9f3dc64214b297fb1966a3b6d83", "EIP-155 raw");
	ok(tx_parse(buf_str(&raw), &back, &from, NULL, &e) && same(&tx, &back) &&
	   address_eq(&from, signer_address(s)), "read back");
	signer_free(s);
	buf_release(&raw);
}

static void refused(struct tx tx, const char *why)
{
	uint8_t secret[32] = { 1 }, hash[32];
	struct buf raw = BUF_INIT;
	struct err e = { .msg = "" };
	struct signer *s = signer(secret);

	buf_adds(&raw, "x");
	ok(!tx_sign(&tx, s, &raw, hash, &e) && !strcmp(e.msg, why) && raw.n == 1, "%s", why);
	signer_free(s);
	buf_release(&raw);
}

static void refusals(void)
{
	const struct tx good = { .type = TX_1559, .chain_id = 1, .gas = 21000, .has_to = true };
	struct tx tx = good;
	char *big = calloc(1, TX_MAX_BYTES + 1);

	tx.chain_id = 0;
	refused(tx, "a transaction needs a chain id");
	tx = good;
	tx.nonce = UINT64_MAX;
	refused(tx, "nonce must be below 2^64 - 1 (EIP-2681)");
	tx = good;
	tx.tip = u256_of(1);
	refused(tx, "max priority fee per gas is higher than max fee per gas");
	tx = good;
	tx.type = (enum tx_type)1;
	refused(tx, "transaction type 1 is not supported");
	tx = good;
	tx.access_list = STR("\x80");
	refused(tx, "the access list is no list");
	tx.access_list = STR("\xc2\xc0\x80");
	refused(tx, "rlp: an item is missing");
	tx = good;
	tx.data = (struct str){ big, TX_MAX_BYTES + 1 };
	refused(tx, "transaction has more than 131072 bytes");
	tx.data.n = TX_MAX_BYTES - 10;
	refused(tx, "transaction has more than 131072 bytes");
	tx = good;
	tx.type = TX_LEGACY;
	tx.chain_id = UINT64_MAX / 2;
	refused(tx, "chain id too large for a legacy transaction");
	tx.chain_id = 1;
	tx.max_fee = u256_of(1);
	refused(tx, "a legacy transaction has one gas price and no access list");
	free(big);
}

/* every single byte changed, dropped or doubled: never the same transaction from the same signer */
static void damage(void)
{
	uint8_t secret[32] = { 2 }, hash[32];
	struct tx tx = { .type = TX_1559, .chain_id = 31337, .nonce = 5, .gas = 90000, .has_to = true,
			 .tip = u256_of(3), .max_fee = u256_of(70000000000), .value = u256_of(12345),
			 .data = STR("\xa9\x05\x9c\xbb and more") };
	struct buf raw = BUF_INIT, t = BUF_INIT, list = BUF_INIT;
	struct signer *s = signer(secret);
	struct err e;
	int bad = 0, read = 0;

	size_t all = rlp_open(&list), one = rlp_open(&list);
	rlp_put_bytes(&list, secret, 20);
	size_t keys = rlp_open(&list);
	rlp_put_bytes(&list, secret, 32);
	rlp_put_bytes(&list, secret, 32);
	rlp_close(&list, keys);
	rlp_close(&list, one);
	rlp_close(&list, all);
	tx.access_list = buf_str(&list);
	ok(tx_sign(&tx, s, &raw, hash, &e), "sign with an access list");
	for (size_t i = 0; i < raw.n; i++)
		for (int how = 0; how < 10; how++) {
			struct tx back;
			struct address from;
			buf_reset(&t);
			buf_add(&t, raw.p, i);
			if (how < 8)
				buf_addc(&t, (char)(raw.p[i] ^ 1 << how));
			else if (how == 9)
				buf_add(&t, raw.p + i, 1), buf_add(&t, raw.p + i, 1);
			buf_add(&t, raw.p + i + 1, raw.n - i - 1);
			if (!tx_parse(buf_str(&t), &back, &from, NULL, &e))
				continue;
			read++;
			bad += address_eq(&from, signer_address(s));
		}
	ok(bad == 0 && read > 0, "damage never passes for the signer's (%d readable)", read);
	for (size_t n = 0; n < raw.n; n++) {
		struct tx back;
		bad += tx_parse((struct str){ raw.p, n }, &back, NULL, NULL, &e);
	}
	ok(bad == 0, "no prefix is a transaction");
	signer_free(s);
	buf_release(&list);
	buf_release(&raw);
	buf_release(&t);
}

static void unread(const char *hex, const char *why)
{
	struct buf b = vec_hex(str_of(hex));
	struct tx tx;
	struct err e = { .msg = "" };

	if (!ok(!tx_parse(buf_str(&b), &tx, NULL, NULL, &e) && !strcmp(e.msg, why), "%s", why))
		printf("#  got: %s\n", e.msg);
	buf_release(&b);
}

#define RS "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276" \
	"a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"

static void unreadable(void)
{
	unread("0x", "empty transaction");
	unread("0x01c0", "transaction type 0x01 is not supported");
	unread("0x03c0", "transaction type 0x03 is not supported");
	unread("0x80", "transaction type 0x80 is not supported");
	unread("0x02", "rlp: an item is missing");
	unread("0xc0", "nonce: rlp: an item is missing");
	/* the EIP-155 example with v = 27: replayable on any chain */
	unread("0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000801b" RS,
	       "transaction without a chain id (EIP-155)");
	unread("0xf86d098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025" RS "80",
	       "transaction has too many fields");
	unread("0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025" RS "80",
	       "1 bytes behind the transaction");
	unread("0xf86d098504a817c80083005208943535353535353535353535353535353535353535880de0b6b3a76400008025" RS,
	       "gas limit: rlp: an integer must not start with a zero byte");
	unread("0xf86b098504a817c8008252089335353535353535353535353535353535353535880de0b6b3a76400008025" RS,
	       "recipient has 19 bytes");
}

static void gas(void)
{
	struct tx tx = { .type = TX_1559, .chain_id = 1, .gas = 21000, .has_to = true };
	struct err e;

	ok(tx_intrinsic_gas(STR(""), false, 0, 0) == 21000, "a plain transfer");
	ok(tx_intrinsic_gas(STR("\0\1\2"), false, 0, 0) == 21036, "4 a zero byte, 16 another");
	ok(tx_intrinsic_gas(STR("\0\1\2"), true, 0, 0) == 53038, "a creation: 32000, and 2 a word");
	ok(tx_intrinsic_gas(STR(""), false, 1, 2) == 27200, "an access list");
	ok(tx_floor_gas(STR("")) == 21000 && tx_floor_gas(STR("\0\1\2")) == 21090, "the floor (EIP-7623)");
	ok(tx_check_gas(&tx, &e), "enough");
	tx.data = STR("\1");
	tx.gas = 21039;
	ok(!tx_check_gas(&tx, &e) && !strcmp(e.msg,
	   "gas limit 21039 is below the 21040 that this transaction costs at least"), "below the floor");
	tx.gas = 21040;
	ok(tx_check_gas(&tx, &e), "at the floor");
	tx.gas = TX_MAX_GAS;
	ok(tx_check_gas(&tx, &e), "at the cap");
	tx.gas++;
	ok(!tx_check_gas(&tx, &e) && !strcmp(e.msg, "gas limit 16777217 is above 16777216 (EIP-7825)"), "above it");
}

static uint64_t u64_of(const cJSON *c, const char *key)
{
	const cJSON *v = vec_at(c, key);

	return cJSON_IsString(v) ? dec(v->valuestring).w[0] : (uint64_t)v->valuedouble;
}

static struct buf access_list(const cJSON *c)
{
	const cJSON *entry, *key;
	struct buf b = BUF_INIT;
	size_t all = rlp_open(&b);

	cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(c, "accessList")) {
		struct buf t = vec_bytes(entry, "address");
		size_t one = rlp_open(&b);
		rlp_put_bytes(&b, t.p, t.n);
		buf_release(&t);
		size_t keys = rlp_open(&b);
		cJSON_ArrayForEach(key, vec_at(entry, "storageKeys")) {
			t = vec_hex(str_of(key->valuestring));
			rlp_put_bytes(&b, t.p, t.n);
			buf_release(&t);
		}
		rlp_close(&b, keys);
		rlp_close(&b, one);
	}
	rlp_close(&b, all);
	return b;
}

static void one_case(const cJSON *c, enum tx_type type)
{
	bool typed = type == TX_1559;
	struct tx tx = { .type = type }, back;
	struct buf data = vec_bytes(c, "data"), want = vec_bytes(c, "raw"), raw = BUF_INIT;
	struct buf list = typed ? access_list(c) : (struct buf)BUF_INIT;
	const cJSON *to = vec_at(c, "to");
	uint8_t secret[32], hash[32];
	struct address from, its;
	struct err e = { .msg = "" };
	const char *name = vec_str(c, "name").p;

	tx.chain_id = u64_of(c, "chainId");
	tx.nonce = u64_of(c, "nonce");
	tx.gas = u64_of(c, typed ? "gasLimit" : "gas");
	tx.max_fee = dec(vec_str(c, typed ? "maxFeePerGas" : "gasPrice").p);
	tx.tip = typed ? dec(vec_str(c, "maxPriorityFeePerGas").p) : tx.max_fee;
	tx.value = dec(vec_str(c, "value").p);
	tx.data = buf_str(&data);
	tx.access_list = buf_str(&list);
	tx.has_to = cJSON_IsString(to) && strlen(to->valuestring) == 42 &&
		address_parse(str_of(to->valuestring), &tx.to, &e);
	vec_32(c, typed ? "privateKey" : "key", secret);
	struct signer *s = signer(secret);

	tx_signing_hash(&tx, hash);
	is_hex(hash, 32, vec_str(c, "signingHash").p, "shared signing hash");
	ok(tx_sign(&tx, s, &raw, hash, &e) && str_eq(buf_str(&raw), buf_str(&want)), "shared %s: %s", name, e.msg);
	is_hex(hash, 32, vec_str(c, "hash").p, "its hash");
	ok(tx_parse(buf_str(&want), &back, &from, hash, &e) && same(&tx, &back) &&
	   str_eq(tx.access_list, back.access_list), "read back %s", e.msg);
	is_hex(hash, 32, vec_str(c, "hash").p, "its hash again");
	ok(address_parse(vec_str(c, "from"), &its, &e) && address_eq(&its, &from), "its signer");
	signer_free(s);
	buf_release(&list);
	buf_release(&data);
	buf_release(&want);
	buf_release(&raw);
}

static void cases(const char *rel, enum tx_type type)
{
	cJSON *doc = vec_shared(rel);
	const cJSON *c;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases"))
		one_case(c, type);
	cJSON_Delete(doc);
}

/* Is `tx` told from what was signed, and by which word? */
static void told(const struct tx *tx, const struct buf *raw, const struct address *from, const char *why)
{
	uint8_t hash[32];
	struct err e = { .msg = "" };

	if (!ok(!tx_is(buf_str(raw), tx, from, hash, &e) && !strcmp(e.msg, why), "%s", why))
		printf("#  got: %s\n", e.msg);
}

/* Asked for one thing, signed another */
static void answers(enum tx_type type)
{
	uint8_t secret[32] = { 3 }, hash[32], proved[32], digest[32];
	struct tx tx = { .type = type, .chain_id = 5, .nonce = 6, .gas = 70000, .has_to = true, .data = STR("abc") };
	struct buf raw = BUF_INIT, again = BUF_INIT, bytes = BUF_INIT;
	struct signer *s = signer(secret);
	struct address other = { { 9 } };
	struct ecdsa sig;
	struct err e;

	tx.max_fee = u256_of(100);
	tx.tip = u256_of(type == TX_1559 ? 10 : 100);
	tx.to.b[0] = 7;
	const struct address *from = signer_address(s);
	ok(tx_sign(&tx, s, &raw, hash, &e) && tx_sign_unproved(&tx, s, &again, &e) &&
	   str_eq(buf_str(&raw), buf_str(&again)), "proved or not: the same bytes");
	ok(tx_is(buf_str(&raw), &tx, from, proved, &e) && !memcmp(hash, proved, 32), "what was asked for");
	tx_put_unsigned(&bytes, &tx);
	keccak256(bytes.p, bytes.n, digest);
	tx_signing_hash(&tx, proved);
	ok(!memcmp(digest, proved, 32), "the unsigned bytes are what is hashed");
	buf_reset(&again);
	ok(signer_sign_unproved(s, digest, &sig, &e) && tx_put_signed(&tx, &sig, &again, &e) &&
	   str_eq(buf_str(&raw), buf_str(&again)), "a signature completed to a transaction");

	struct tx t = tx;
#define TOLD(change, why) (t = tx, change, told(&t, &raw, from, why " is not what was asked for"))
	TOLD(t.type = type == TX_1559 ? TX_LEGACY : TX_1559, "the type of the transaction");
	TOLD(t.chain_id++, "its chain id");
	TOLD(t.nonce++, "its nonce");
	TOLD(t.to.b[19]++, "its receiver");
	TOLD(t.has_to = false, "its receiver");
	TOLD(t.value = u256_of(1), "its value");
	TOLD(t.data = STR("abd"), "its data");
	TOLD(t.data = STR(""), "its data");
	TOLD(t.gas--, "its gas limit");
	TOLD(t.max_fee = u256_of(101), "its fee");
	TOLD(t.tip = u256_of(11), "its fee");
	TOLD(t.access_list = STR("\xc1\xc0"), "its access list");
#undef TOLD
	told(&tx, &raw, &other, "it is signed by another key");
	raw.p[raw.n - 1] ^= 1;
	ok(!tx_is(buf_str(&raw), &tx, from, hash, &e), "a damaged signature");
	signer_free(s);
	buf_release(&raw);
	buf_release(&again);
	buf_release(&bytes);
}

int main(void)
{
	published();
	answers(TX_1559);
	answers(TX_LEGACY);
	refusals();
	damage();
	unreadable();
	gas();
	cases("cases/chain/tx1559.json", TX_1559);
	cases("cases/chain/tx155.json", TX_LEGACY);
	return done();
}
