#include "chain/keystore.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/hex.h"
#include "base/mem.h"
#include "chain/key.h"
#include "hash/keccak256.h"

enum { MAX_SALT = 1024, MAX_DOCUMENT = 1 << 20 };

/* what the document says, checked but not yet believed */
struct keystore {
	uint8_t iv[16], ciphertext[32], mac[32];
	uint8_t salt[MAX_SALT];
	size_t n_salt;
	bool is_scrypt;
	uint64_t n, r, p, c;
	bool has_address;
	struct address address;
};

static const cJSON *object_at(const cJSON *o, const char *key, struct err *e)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!cJSON_IsObject(v)) {
		err_set(e, "field \"%s\": expected an object", key);
		return NULL;
	}
	return v;
}

static bool string_at(const cJSON *o, const char *key, struct str *out, struct err *e)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!cJSON_IsString(v))
		return err_set(e, "field \"%s\": expected a string", key);
	*out = str_of(v->valuestring);
	return true;
}

static struct str without_0x(struct str s)
{
	if (s.n >= 2 && s.p[0] == '0' && s.p[1] == 'x')
		return (struct str){ s.p + 2, s.n - 2 };
	return s;
}

static bool hex_at(const cJSON *o, const char *key, uint8_t *out, size_t n, struct err *e)
{
	struct str s = { 0 };

	if (!string_at(o, key, &s, e))
		return false;
	if (!hex_get(without_0x(s), out, n))
		return err_set(e, "field \"%s\": expected %zu bytes of hex", key, n);
	return true;
}

static bool count_at(const cJSON *o, const char *key, uint64_t *out, struct err *e)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!cJSON_IsNumber(v) || !(v->valuedouble >= 1 && v->valuedouble <= 9e15) ||
	    (double)(uint64_t)v->valuedouble != v->valuedouble)
		return err_set(e, "field \"%s\": expected a positive integer", key);
	*out = (uint64_t)v->valuedouble;
	return true;
}

static bool is_at(const cJSON *o, const char *key, const char *want, struct err *e)
{
	struct str s = { 0 };

	if (!string_at(o, key, &s, e))
		return false;
	if (!str_is(s, want))
		return err_set(e, "field \"%s\": only \"%s\" is supported, got \"%.40s\"", key, want, s.p);
	return true;
}

static bool read_kdf(const cJSON *crypto, struct keystore *k, struct err *e)
{
	const cJSON *par = object_at(crypto, "kdfparams", e);
	struct str kdf = { 0 }, salt = { 0 };
	uint64_t dklen = 0;

	if (!par || !string_at(crypto, "kdf", &kdf, e) || !string_at(par, "salt", &salt, e) ||
	    !count_at(par, "dklen", &dklen, e))
		return false;
	if (dklen != 32)
		return err_set(e, "field \"dklen\": only 32 is supported");
	salt = without_0x(salt);
	k->n_salt = salt.n / 2;
	if (k->n_salt > MAX_SALT || !hex_get(salt, k->salt, k->n_salt))
		return err_set(e, "field \"salt\": expected at most %d bytes of hex", MAX_SALT);
	k->is_scrypt = str_is(kdf, "scrypt");
	if (k->is_scrypt)
		return count_at(par, "n", &k->n, e) && count_at(par, "r", &k->r, e) &&
			count_at(par, "p", &k->p, e);
	if (!str_is(kdf, "pbkdf2"))
		return err_set(e, "field \"kdf\": expected scrypt or pbkdf2, got \"%.40s\"", kdf.p);
	if (!is_at(par, "prf", "hmac-sha256", e) || !count_at(par, "c", &k->c, e))
		return false;
	if (k->c > KEYSTORE_MAX_ROUNDS)
		return err_set(e, "pbkdf2: c = %llu would take too long", (unsigned long long)k->c);
	return true;
}

static bool read_address(const cJSON *doc, struct keystore *k, struct err *e)
{
	const cJSON *a = cJSON_GetObjectItemCaseSensitive(doc, "address");

	k->has_address = a && !cJSON_IsNull(a) && !(cJSON_IsString(a) && !a->valuestring[0]);
	return !k->has_address || hex_at(doc, "address", k->address.b, sizeof k->address.b, e);
}

static bool read_document(const cJSON *doc, struct keystore *k, struct err *e)
{
	uint64_t version = 0;

	if (!cJSON_IsObject(doc))
		return err_set(e, "a keystore is a JSON object");
	if (!count_at(doc, "version", &version, e))
		return false;
	if (version != 3)
		return err_set(e, "field \"version\": only 3 is supported");
	/* early geth wrote a capital */
	bool capital = !cJSON_GetObjectItemCaseSensitive(doc, "crypto") &&
		cJSON_GetObjectItemCaseSensitive(doc, "Crypto");
	const cJSON *crypto = object_at(doc, capital ? "Crypto" : "crypto", e);
	if (!crypto || !is_at(crypto, "cipher", "aes-128-ctr", e))
		return false;
	const cJSON *par = object_at(crypto, "cipherparams", e);
	return par && hex_at(par, "iv", k->iv, sizeof k->iv, e) &&
		hex_at(crypto, "ciphertext", k->ciphertext, sizeof k->ciphertext, e) &&
		hex_at(crypto, "mac", k->mac, sizeof k->mac, e) &&
		read_address(doc, k, e) && read_kdf(crypto, k, e);
}

static bool derive(const struct keystore *k, struct str password, uint8_t dk[32], struct err *e)
{
	struct str salt = { (const char *)k->salt, k->n_salt };

	if (password.n > MAX_DOCUMENT)
		return err_set(e, "password too long");
	if (k->is_scrypt)
		return keystore_scrypt(password, salt, k->n, k->r, k->p, dk, 32, e);
	if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n, k->salt, (int)k->n_salt, (int)k->c,
			      EVP_sha256(), 32, dk) != 1)
		return err_set(e, "pbkdf2: libcrypto refused to derive a key");
	return true;
}

static void mac_of(const uint8_t dk[32], const uint8_t ciphertext[32], uint8_t mac[32])
{
	uint8_t t[48];

	memcpy(t, dk + 16, 16);
	memcpy(t + 16, ciphertext, 32);
	keccak256(t, sizeof t, mac);
	mem_wipe(t, sizeof t);
}

/* AES-128-CTR is its own inverse */
static bool crypt32(const uint8_t key[16], const uint8_t iv[16], const uint8_t in[32],
		    uint8_t out[32], struct err *e)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0;
	bool fine = c && EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
		EVP_EncryptUpdate(c, out, &n, in, 32) == 1 && n == 32;

	EVP_CIPHER_CTX_free(c);
	return fine || err_set(e, "libcrypto refused AES-128-CTR");
}

static bool address_of_secret(const uint8_t secret[32], struct address *out, struct err *e)
{
	struct signer *s = signer_new(secret, e);

	if (!s)
		return false;
	*out = *signer_address(s);
	signer_free(s);
	return true;
}

static bool unlock(const struct keystore *k, struct str password, uint8_t secret[32],
		   struct address *addr, struct err *e)
{
	uint8_t *key = secret_alloc(64), mac[32];        /* derived key, then the secret */
	bool fine = false;

	if (!derive(k, password, key, e))
		goto out;
	mac_of(key, k->ciphertext, mac);
	if (CRYPTO_memcmp(mac, k->mac, sizeof mac) != 0) {
		err_set(e, "wrong password");
		goto out;
	}
	if (!crypt32(key, k->iv, k->ciphertext, key + 32, e) || !address_of_secret(key + 32, addr, e))
		goto out;
	if (k->has_address && !address_eq(addr, &k->address)) {
		err_set(e, "field \"address\": it is not the address of the key in the file");
		goto out;
	}
	memcpy(secret, key + 32, 32);
	fine = true;
out:
	secret_free(key, 64);
	return fine;
}

bool keystore_open(struct str json, struct str password, uint8_t secret[32],
		   struct address *addr, struct err *e)
{
	struct keystore k = { 0 };
	struct address found;

	if (json.n > MAX_DOCUMENT)
		return err_set(e, "too large for a keystore");
	cJSON *doc = cJSON_ParseWithLength(json.p, json.n);
	if (!doc)
		return err_set(e, "not a JSON document");
	bool fine = read_document(doc, &k, e);
	cJSON_Delete(doc);
	if (!fine || !unlock(&k, password, secret, &found, e))
		return false;
	if (addr)
		*addr = found;
	return true;
}

static void put_document(struct buf *b, const struct keystore *k)
{
	buf_adds(b, "{\"address\":\"");
	hex_put(b, k->address.b, sizeof k->address.b);
	buf_adds(b, "\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"");
	hex_put(b, k->iv, sizeof k->iv);
	buf_adds(b, "\"},\"ciphertext\":\"");
	hex_put(b, k->ciphertext, sizeof k->ciphertext);
	buf_adds(b, "\",\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":");
	buf_addu(b, k->n);
	buf_adds(b, ",\"p\":");
	buf_addu(b, k->p);
	buf_adds(b, ",\"r\":");
	buf_addu(b, k->r);
	buf_adds(b, ",\"salt\":\"");
	hex_put(b, k->salt, k->n_salt);
	buf_adds(b, "\"},\"mac\":\"");
	hex_put(b, k->mac, sizeof k->mac);
	buf_adds(b, "\"},\"version\":3}");
}

bool keystore_make(const uint8_t secret[32], struct str password, const uint8_t salt[32],
		   const uint8_t iv[16], uint64_t n, uint64_t r, uint64_t p,
		   struct buf *out, struct err *e)
{
	struct keystore k = { .is_scrypt = true, .n = n, .r = r, .p = p, .n_salt = 32 };
	uint8_t *dk = secret_alloc(32);

	memcpy(k.salt, salt, 32);
	memcpy(k.iv, iv, sizeof k.iv);
	bool fine = address_of_secret(secret, &k.address, e) && derive(&k, password, dk, e) &&
		crypt32(dk, k.iv, secret, k.ciphertext, e);
	if (fine) {
		mac_of(dk, k.ciphertext, k.mac);
		put_document(out, &k);
	}
	secret_free(dk, 32);
	return fine;
}
