/* Keys and signatures: published RFC 6979 vectors for this curve, refusals, and ../shared. */
#include "chain/key.h"
#include "vec.h"

static const uint8_t order[32] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
	0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
};

static void is_address(const struct address *a, const char *want, const char *name)
{
	struct buf b = BUF_INIT;

	address_put(&b, a);
	is_str(buf_str(&b), want, name);
	buf_release(&b);
}

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

static void published(void)
{
	/* the digest is SHA-256 of "Satoshi Nakamoto"; the key is 1: a vector that
	 * several Bitcoin libraries publish */
	uint8_t secret[32] = { 0 }, digest[32];
	struct ecdsa sig;
	struct address a;
	struct err e;

	secret[31] = 1;
	hex_get(STR("a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e"), digest, 32);
	struct signer *s = signer(secret);
	is_address(signer_address(s), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", "address of key 1");
	ok(signer_sign(s, digest, &sig, &e), "sign");
	is_hex(sig.r, 32, "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8", "r (RFC 6979)");
	is_hex(sig.s, 32, "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5", "s");
	ok(ecdsa_recover(digest, sig.r, sig.s, sig.parity, &a) && address_eq(&a, signer_address(s)), "recovered");
	ok(ecdsa_recover(digest, sig.r, sig.s, !sig.parity, &a) && !address_eq(&a, signer_address(s)),
	   "the other parity is somebody else");
	signer_free(s);

	memcpy(secret, order, 32);
	secret[31]--;
	s = signer(secret);
	is_address(signer_address(s), "0x80C0dbf239224071c59dD8970ab9d542E3414aB2", "address of key n - 1");
	signer_free(s);
	signer_free(NULL);
}

static void refusals(void)
{
	uint8_t secret[32] = { 0 }, digest[32] = { 1 }, bad[32];
	struct ecdsa sig;
	struct address a;
	struct err e;

	ok(!signer_new(secret, &e) && strstr(e.msg, "not a private key"), "key 0");
	ok(!signer_new(order, &e), "key n");
	memset(bad, 0xff, 32);
	ok(!signer_new(bad, &e), "key 2^256 - 1");

	secret[0] = 5;
	struct signer *s = signer(secret);
	ok(signer_sign(s, digest, &sig, &e), "sign");
	ok(!ecdsa_recover(digest, sig.r, sig.s, 2, &a), "parity 2");
	ok(!ecdsa_recover(digest, sig.r, sig.s, -1, &a), "parity -1");
	memset(bad, 0, 32);
	ok(!ecdsa_recover(digest, bad, sig.s, 0, &a), "r = 0");
	ok(!ecdsa_recover(digest, sig.r, bad, 0, &a), "s = 0");
	ok(!ecdsa_recover(digest, order, sig.s, 0, &a), "r = n");
	ok(!ecdsa_recover(digest, sig.r, order, 0, &a), "s = n");
	/* n - s with the other parity is the same signer's, and refused (EIP-2) */
	for (int i = 31, borrow = 0; i >= 0; i--) {
		int t = order[i] - sig.s[i] - borrow;
		borrow = t < 0;
		bad[i] = (uint8_t)(t + 256 * borrow);
	}
	ok(!ecdsa_recover(digest, sig.r, bad, !sig.parity, &a), "high s");
	/* n/2 is the highest s allowed, one more is not */
	hex_get(STR("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"), bad, 32);
	ok(ecdsa_recover(digest, sig.r, bad, 0, &a), "s = n/2");
	bad[31]++;
	ok(!ecdsa_recover(digest, sig.r, bad, 0, &a), "s = n/2 + 1");
	/* 5 is the x of no point */
	memset(bad, 0, 32);
	bad[31] = 5;
	ok(!ecdsa_recover(digest, bad, sig.s, 0, &a), "r on no point");
	signer_free(s);

	char *p = secret_alloc(5000);
	ok(p[0] == 0 && p[4999] == 0, "secret memory begins empty");
	secret_free(p, 5000);
	secret_free(NULL, 1);
}

static void signatures(void)
{
	cJSON *doc = vec_shared("cases/chain/ecdsa.json");
	const cJSON *c;
	int i = 0;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		uint8_t secret[32], digest[32], r[32], s[32];
		struct ecdsa sig;
		struct address a;
		struct err e;
		vec_32(c, "privateKey", secret);
		vec_32(c, "hash", digest);
		vec_32(c, "r", r);
		vec_32(c, "s", s);
		int parity = vec_at(c, "yParity")->valueint;
		struct signer *who = signer(secret);
		is_address(signer_address(who), vec_str(c, "address").p, "shared address");
		ok(signer_sign(who, digest, &sig, &e) && !memcmp(sig.r, r, 32) && !memcmp(sig.s, s, 32) &&
		   sig.parity == parity, "shared signature %d", i++);
		ok(ecdsa_recover(digest, r, s, parity, &a) && address_eq(&a, signer_address(who)), "recovered");
		signer_free(who);
	}
	cJSON_Delete(doc);
}

static void recoveries(void)
{
	cJSON *doc = vec_shared("cases/chain/recover.json");
	const cJSON *c;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		uint8_t digest[32], r[32], s[32];
		struct address a, want;
		struct err e;
		bool good = cJSON_IsTrue(vec_at(c, "ok"));
		vec_32(c, "hash", digest);
		vec_32(c, "r", r);
		vec_32(c, "s", s);
		bool got = ecdsa_recover(digest, r, s, vec_at(c, "v")->valueint - 27, &a);
		ok(got == good, "shared recovery: %s", good ? "valid" : vec_str(c, "why").p);
		if (good)
			ok(address_parse(vec_str(c, "signer"), &want, &e) && address_eq(&a, &want), "its signer");
	}
	cJSON_Delete(doc);
}

int main(void)
{
	published();
	refusals();
	signatures();
	recoveries();
	return done();
}
