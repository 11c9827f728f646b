/* typed - EIP-191 and EIP-712 against published and shared vectors; the structures are put together here, from the
 * types that a vector names. */
#include "base/err.h"
#include "chain/abi.h"
#include "chain/key.h"
#include "chain/typed.h"
#include "chain/u256.h"
#include "vec.h"

static bool is(const uint8_t got[32], struct str want)
{
	struct buf b = vec_hex(want);
	bool same = b.n == 32 && memcmp(got, b.p, 32) == 0;

	buf_release(&b);
	return same;
}

/* r, s and v = 27 + parity are what we sign with the key */
static bool signs(const uint8_t digest[32], struct str secret, struct str signature, struct str address)
{
	struct buf key = vec_hex(secret), want = vec_hex(signature);
	struct address who;
	struct ecdsa sig;
	struct err e;
	struct signer *s = signer_new((const uint8_t *)key.p, &e);

	bool good = s && signer_sign(s, digest, &sig, &e) && want.n == 65 && memcmp(sig.r, want.p, 32) == 0 &&
		memcmp(sig.s, want.p + 32, 32) == 0 && 27 + sig.parity == want.p[64] && address_parse(address, &who, &e) &&
		address_eq(&who, signer_address(s));
	signer_free(s);
	buf_release(&key);
	buf_release(&want);
	return good;
}

static void messages(void)
{
	uint8_t d[32];

	/* geth and ethers give this for "hello" */
	typed_message(STR("hello"), d);
	is_hex(d, 32, "0x50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750", "the message hello");
	cJSON *doc = vec_shared("cases/chain/eip191.json");
	const cJSON *c;
	int n = 0;
	bool good = true;
	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		typed_message(vec_str(c, "message"), d);
		good = good && is(d, vec_str(c, "hash")) &&
			signs(d, vec_str(c, "privateKey"), vec_str(c, "signature"), vec_str(c, "address"));
		n++;
	}
	ok(good && n == 5, "%d messages of eip191.json, signed", n);
	cJSON_Delete(doc);
}

/* ---- structures ------------------------------------------------------------------------- */

static void hash_of(const cJSON *types, const char *type, const cJSON *value, uint8_t out[32]);

static bool ends(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

/* one member, as a word */
static void put(const cJSON *types, const char *type, const cJSON *v, struct buf *b)
{
	uint8_t h[32];
	struct err e;

	if (ends(type, "[]")) {
		struct buf items = BUF_INIT;
		char of[64] = "";
		const cJSON *x;
		memcpy(of, type, strlen(type) - 2);
		buf_need(&items, 1);
		cJSON_ArrayForEach(x, v)
			put(types, of, x, &items);
		typed_hash(&items, h);
		abi_put_word(b, h);
		buf_release(&items);
	} else if (cJSON_GetObjectItemCaseSensitive(types, type)) {
		hash_of(types, type, v, h);
		abi_put_word(b, h);
	} else if (strcmp(type, "string") == 0) {
		typed_put_text(b, str_of(v->valuestring));
	} else if (strcmp(type, "address") == 0) {
		struct address a;
		BUG_ON(!address_parse(str_of(v->valuestring), &a, &e));
		abi_put_address(b, &a);
	} else if (strcmp(type, "bytes32") == 0) {
		struct buf w = vec_hex(str_of(v->valuestring));
		BUG_ON(w.n != 32);
		abi_put_word(b, (const uint8_t *)w.p);
		buf_release(&w);
	} else {
		struct u256 n;
		BUG_ON(strncmp(type, "uint", 4) != 0);
		if (cJSON_IsNumber(v))
			n = u256_of((uint64_t)v->valuedouble);
		else
			BUG_ON(!u256_from_dec(str_of(v->valuestring), &n, &e));
		abi_put_u256(b, n);
	}
}

static void put_type(const cJSON *types, const char *type, struct buf *b)
{
	const cJSON *m;

	buf_addf(b, "%s(", type);
	cJSON_ArrayForEach(m, vec_at(types, type))
		buf_addf(b, "%s%s %s", b->p[b->n - 1] == '(' ? "" : ",", vec_str(m, "type").p, vec_str(m, "name").p);
	buf_addc(b, ')');
}

/* the type, and those that it names: at most one in these vectors */
static void encode_type(const cJSON *types, const char *type, struct buf *b)
{
	const cJSON *t, *m;

	put_type(types, type, b);
	cJSON_ArrayForEach(t, types) {
		bool named = false;
		cJSON_ArrayForEach(m, vec_at(types, type))
			named = named || strncmp(vec_str(m, "type").p, t->string, strlen(t->string)) == 0;
		if (named && strcmp(t->string, type) != 0)
			put_type(types, t->string, b);
	}
}

static void hash_of(const cJSON *types, const char *type, const cJSON *value, uint8_t out[32])
{
	struct buf b = BUF_INIT, text = BUF_INIT;
	const cJSON *m;

	encode_type(types, type, &text);
	typed_put_text(&b, buf_str(&text));
	cJSON_ArrayForEach(m, vec_at(types, type))
		put(types, vec_str(m, "type").p, vec_at(value, vec_str(m, "name").p), &b);
	typed_hash(&b, out);
	buf_release(&b);
	buf_release(&text);
}

static void domain_of(const cJSON *d, uint8_t out[32])
{
	struct address a;
	struct err e;

	BUG_ON(!address_parse(vec_str(d, "verifyingContract"), &a, &e));
	typed_domain(vec_str(d, "name"), vec_str(d, "version"), strtoull(vec_str(d, "chainId").p, NULL, 10), &a, out);
}

static void structures(void)
{
	cJSON *doc = vec_shared("cases/chain/eip712.json");
	uint8_t domain[32], structure[32], digest[32];
	bool domains = true, structs = true, digests = true, signed_ = true;
	const cJSON *c;
	int n = 0;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		domain_of(vec_at(c, "domain"), domain);
		hash_of(vec_at(c, "types"), vec_str(c, "primaryType").p, vec_at(c, "message"), structure);
		typed_digest(domain, structure, digest);
		domains = domains && is(domain, vec_str(c, "domainSeparator"));
		structs = structs && is(structure, vec_str(c, "structHash"));
		digests = digests && is(digest, vec_str(c, "digest"));
		signed_ = signed_ && signs(digest, vec_str(c, "privateKey"), vec_str(c, "signature"), vec_str(c, "address"));
		n++;
	}
	ok(n == 21 && domains, "domains of %d structures of eip712.json", n);
	ok(structs, "their hashes");
	ok(digests, "their digests");
	ok(signed_, "their signatures");
	cJSON_Delete(doc);
}

/* the example of EIP-712 itself, its hashStruct taken from there */
static void official(void)
{
	uint8_t domain[32], digest[32], structure[32];
	struct address a;
	struct err e;

	BUG_ON(!address_parse(STR("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"), &a, &e));
	typed_domain(STR("Ether Mail"), STR("1"), 1, &a, domain);
	is_hex(domain, 32, "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f", "the domain of Ether Mail");
	BUG_ON(!hex_get(STR("c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"), structure, 32));
	typed_digest(domain, structure, digest);
	is_hex(digest, 32, "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2", "and the digest of its mail");
}

int main(void)
{
	messages();
	official();
	structures();
	return done();
}
