/* Keystores: RFC 7914, the definition's own two files, hostile ones, and ../shared. */
#include "chain/keystore.h"
#include "vec.h"

static void is_scrypt(const char *pass, const char *salt, uint64_t n, uint64_t r, uint64_t p, const char *want)
{
	uint8_t out[64];
	struct err e = { .msg = "" };

	ok(keystore_scrypt(str_of(pass), str_of(salt), n, r, p, out, sizeof out, &e), "scrypt n = %d %s",
	   (int)n, e.msg);
	is_hex(out, sizeof out, want, "RFC 7914, section 12");
}

static void not_scrypt(uint64_t n, uint64_t r, uint64_t p, const char *why)
{
	uint8_t out[64];
	struct err e = { .msg = "" };

	ok(!keystore_scrypt(STR("x"), STR("y"), n, r, p, out, sizeof out, &e) && strstr(e.msg, why),
	   "scrypt refuses: %s", e.msg);
}

static void scrypt(void)
{
	is_scrypt("", "", 16, 1, 1,
		  "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
		  "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
	is_scrypt("password", "NaCl", 1024, 8, 16,
		  "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
		  "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
	is_scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1,
		  "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
		  "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
	not_scrypt(0, 8, 1, "power of two");
	not_scrypt(1, 8, 1, "power of two");
	not_scrypt(12345, 8, 1, "power of two");
	not_scrypt(1 << 20, 0, 1, "r and p");
	not_scrypt(1ULL << 62, 1, 1, "at most 2^30");
	not_scrypt(1 << 21, 8, 1, "1 GiB");
	not_scrypt(16, 1 << 20, 1 << 10, "1 GiB");
	not_scrypt(1 << 20, 8, 5, "too long");
}

static const char light[] =
	"{\"version\":3,\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
	"\"6087dab2f9fdbbfaddc31a909735c1e6\"},\"ciphertext\":"
	"\"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46\",\"kdf\":\"pbkdf2\",\"kdfparams\":"
	"{\"c\":262144,\"dklen\":32,\"prf\":\"hmac-sha256\",\"salt\":"
	"\"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd\"},\"mac\":"
	"\"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2\"},"
	"\"id\":\"3198bc9c-6672-5ab3-d995-4942343ae5b6\"}";

static const char old[] =
	"{\"version\":3,\"Crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
	"\"83dbcc02d8ccb40e466191a123791e0e\"},\"ciphertext\":"
	"\"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c\",\"kdf\":\"scrypt\",\"kdfparams\":"
	"{\"dklen\":32,\"n\":262144,\"r\":1,\"p\":8,\"salt\":"
	"\"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19\"},\"mac\":"
	"\"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097\"}}";

static void opens(const char *json, const char *pass, const char *key, const char *name)
{
	uint8_t secret[32] = { 0 };
	struct address a;
	struct err e = { .msg = "" };

	if (ok(keystore_open(str_of(json), str_of(pass), secret, &a, &e), "%s %s", name, e.msg))
		is_hex(secret, 32, key, "its key");
}

/* change one piece of the light file */
static void refused(const char *piece, const char *by, const char *why)
{
	const char *at = strstr(light, piece);
	struct buf b = BUF_INIT;
	uint8_t secret[32] = { 7 };
	struct err e = { .msg = "" };

	if (!at) {
		ok(false, "no %s in the file", piece);
		return;
	}
	buf_add(&b, light, (size_t)(at - light));
	buf_adds(&b, by);
	buf_adds(&b, at + strlen(piece));
	bool opened = keystore_open(buf_str(&b), STR("testpassword"), secret, NULL, &e);
	if (!ok(!opened && !strcmp(e.msg, why) && secret[0] == 7, "%s", why))
		printf("#  got: %s\n", e.msg);
	buf_release(&b);
}

static void files(void)
{
	static const char key[] = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
	uint8_t secret[32];
	struct err e;

	opens(light, "testpassword", key, "the definition's pbkdf2 file");
	opens(old, "testpassword", key, "the definition's scrypt file, which libcrypto refuses");
	ok(!keystore_open(str_of(light), STR("testpasswore"), secret, NULL, &e) &&
	   !strcmp(e.msg, "wrong password"), "wrong password");
	ok(!keystore_open(STR("{"), STR(""), secret, NULL, &e) && !strcmp(e.msg, "not a JSON document"), "no JSON");
	ok(!keystore_open(STR(""), STR(""), secret, NULL, &e), "nothing");
	ok(!keystore_open(STR("[]"), STR(""), secret, NULL, &e), "an array");
	refused("\"version\":3", "\"version\":1", "field \"version\": only 3 is supported");
	refused("\"version\":3,", "", "field \"version\": expected a positive integer");
	refused("\"crypto\"", "\"krypto\"", "field \"crypto\": expected an object");
	refused("aes-128-ctr", "aes-128-cbc",
		"field \"cipher\": only \"aes-128-ctr\" is supported, got \"aes-128-cbc\"");
	refused("6087dab2", "6087dab", "field \"iv\": expected 16 bytes of hex");
	refused("5318b4d5", "5318b4dg", "field \"ciphertext\": expected 32 bytes of hex");
	refused("\"517ead92", "\"", "field \"mac\": expected 32 bytes of hex");
	refused("517ead92", "517ead93", "wrong password");
	refused("\"pbkdf2\"", "\"bcrypt\"", "field \"kdf\": expected scrypt or pbkdf2, got \"bcrypt\"");
	refused("hmac-sha256", "hmac-sha512", "field \"prf\": only \"hmac-sha256\" is supported, got \"hmac-sha512\"");
	refused("262144", "0", "field \"c\": expected a positive integer");
	refused("262144", "1.5", "field \"c\": expected a positive integer");
	refused("262144", "-1", "field \"c\": expected a positive integer");
	refused("262144", "1e15", "pbkdf2: c = 1000000000000000 would take too long");
	refused("262144", "1e400", "field \"c\": expected a positive integer");
	refused("\"dklen\":32", "\"dklen\":16", "field \"dklen\": only 32 is supported");
	refused("ae3cd4e7", "ae3cd4e", "field \"salt\": expected at most 1024 bytes of hex");
	refused("\"id\":", "\"address\":\"0000000000000000000000000000000000000000\",\"id\":",
		"field \"address\": it is not the address of the key in the file");
	refused("\"id\":", "\"address\":\"zz\",\"id\":", "field \"address\": expected 20 bytes of hex");
}

static void made(void)
{
	uint8_t secret[32] = { 1, 2, 3 }, salt[32] = { 4 }, iv[16] = { 5 }, zero[32] = { 0 }, back[32];
	struct buf b = BUF_INIT;
	struct address a;
	struct err e;

	ok(keystore_make(secret, STR("p\xc3\xa4ss"), salt, iv, 4096, 8, 6, &b, &e), "make");
	ok(keystore_open(buf_str(&b), STR("p\xc3\xa4ss"), back, &a, &e) && !memcmp(back, secret, 32), "and open");
	ok(!keystore_open(buf_str(&b), STR("pass"), back, &a, &e), "not with another password");
	ok(!keystore_make(zero, STR(""), salt, iv, 4096, 8, 6, &b, &e), "key 0 is none");
	buf_release(&b);
}

static void cases(void)
{
	cJSON *doc = vec_shared("cases/chain/keystore.json");
	const cJSON *c;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		uint8_t secret[32], want[32];
		struct address a, its;
		struct err e = { .msg = "" };
		char *json = cJSON_PrintUnformatted(vec_at(c, "json"));
		bool valid = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(c, "valid"));
		bool opened = keystore_open(str_of(json), vec_str(c, "password"), secret, &a, &e);
		vec_32(c, "privateKey", want);
		ok(opened == valid && (!valid || !memcmp(secret, want, 32)), "shared %s %s", vec_str(c, "name").p, e.msg);
		if (valid)
			ok(address_parse(vec_str(c, "address"), &its, &e) && address_eq(&a, &its), "its address");
		else
			ok(!strcmp(e.msg, "wrong password"), "says wrong password");
		cJSON_free(json);
	}
	cJSON_Delete(doc);
}

int main(void)
{
	scrypt();
	files();
	made();
	cases();
	return done();
}
