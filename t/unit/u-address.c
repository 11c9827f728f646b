/* Addresses: the examples of EIP-55 and EIP-1014, refusals, and ../shared. */
#include "chain/create.h"
#include "hash/address.h"
#include "hash/keccak256.h"
#include "vec.h"

static struct address parse(const char *s)
{
	struct address a = { { 0 } };
	struct err e;

	if (!address_parse(str_of(s), &a, &e))
		printf("# %s: %s\n", s, e.msg);
	return a;
}

static void is_address(const struct address *a, const char *want, const char *name)
{
	struct buf b = BUF_INIT;

	address_put(&b, a);
	is_str(buf_str(&b), want, name);
	buf_release(&b);
}

static void eip55(void)
{
	static const char *const good[] = {
		"0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
		"0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
		"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct address a = parse(good[i]), b;
		struct err e;
		char t[43];
		is_address(&a, good[i], "EIP-55 example");
		for (size_t k = 0; k < 42; k++)
			t[k] = (char)(k > 1 && good[i][k] >= 'A' && good[i][k] <= 'F' ? good[i][k] + 32 : good[i][k]);
		ok(address_parse((struct str){ t, 42 }, &b, &e) && address_eq(&a, &b), "all lower");
		for (size_t k = 2; k < 42; k++)
			t[k] = (char)(t[k] >= 'a' ? t[k] - 32 : t[k]);
		ok(address_parse((struct str){ t, 42 }, &b, &e) && address_eq(&a, &b), "all upper");
	}
}

static void refused(const char *s, const char *why)
{
	struct address a;
	struct err e;

	ok(!address_parse(str_of(s), &a, &e) && !strcmp(e.msg, why), "\"%s\": %s", s, why);
}

static void refusals(void)
{
	static const char form[] = "expected an address (0x and 40 hex digits)";
	static const struct address zero;

	refused("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", "address has a wrong checksum (EIP-55)");
	refused("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "address has a wrong checksum (EIP-55)");
	refused("", form);
	refused("0x", form);
	refused("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", form);
	refused("0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", form);
	refused("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", form);
	refused("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", form);
	refused("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", form);
	ok(address_looks_like(STR("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg")), "meant as an address");
	ok(!address_looks_like(STR("worker-17")), "not meant as one");
	ok(address_is_zero(&zero), "zero");
}

static void made(void)
{
	/* EIP-1014, examples 1 and 3; the first contract of a well-known account */
	struct address a = { { 0 } }, b;
	uint8_t salt[32] = { 0 }, hash[32];

	keccak256("\0", 1, hash);
	b = address_create2(&a, salt, hash);
	is_address(&b, "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38", "CREATE2 1");
	a = parse("0xdeadbeef00000000000000000000000000000000");
	memcpy(salt + 12, "\xfe\xed", 2);
	b = address_create2(&a, salt, hash);
	is_address(&b, "0xD04116cDd17beBE565EB2422F2497E06cC1C9833", "CREATE2 3");
	a = parse("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
	b = address_create(&a, 0);
	is_address(&b, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d", "CREATE nonce 0");
	b = address_create(&a, 1);
	is_address(&b, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8", "CREATE nonce 1");
}

static void cases(void)
{
	cJSON *doc = vec_shared("cases/chain/address.json");
	const cJSON *c;
	int i = 0;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		struct address a;
		struct err e;
		struct str s = vec_str(c, "address");
		ok(address_parse(s, &a, &e) == cJSON_IsTrue(vec_at(c, "valid")), "shared %d %s", i++, s.p);
	}
	cJSON_ArrayForEach(c, vec_at(doc, "create")) {
		struct address a = parse(vec_str(c, "from").p);
		const cJSON *n = vec_at(c, "nonce");
		uint64_t nonce = cJSON_IsString(n) ? strtoull(n->valuestring, NULL, 10) : (uint64_t)n->valuedouble;
		a = address_create(&a, nonce);
		is_address(&a, vec_str(c, "address").p, "shared create");
	}
	cJSON_ArrayForEach(c, vec_at(doc, "create2")) {
		struct address a = parse(vec_str(c, "from").p);
		struct buf code = vec_bytes(c, "bytecode");
		uint8_t salt[32], hash[32];
		vec_32(c, "salt", salt);
		keccak256(code.p, code.n, hash);
		a = address_create2(&a, salt, hash);
		is_address(&a, vec_str(c, "address").p, "shared create2");
		buf_release(&code);
	}
	cJSON_Delete(doc);
}

int main(void)
{
	eip55();
	refusals();
	made();
	cases();
	return done();
}
