/* scrypt of RFC 7914; the header is keystore.h, its only user. */
#include <limits.h>
#include <openssl/evp.h>
#include <stdint.h>

#include "base/mem.h"
#include "chain/keystore.h"

#define ROL(v, n) ((v) << (n) | (v) >> (32 - (n)))
#define QUARTER(a, b, c, d) \
	b ^= ROL(a + d, 7); \
	c ^= ROL(b + a, 9); \
	d ^= ROL(c + b, 13); \
	a ^= ROL(d + c, 18);

/* Salsa20/8 core (section 3): x += doubled rounds of x */
static void salsa(uint32_t x[16])
{
	uint32_t a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7];
	uint32_t i = x[8], j = x[9], k = x[10], l = x[11], m = x[12], n = x[13], o = x[14], p = x[15];

	for (int round = 0; round < 8; round += 2) {
		QUARTER(a, e, i, m)
		QUARTER(f, j, n, b)
		QUARTER(k, o, c, g)
		QUARTER(p, d, h, l)
		QUARTER(a, b, c, d)
		QUARTER(f, g, h, e)
		QUARTER(k, l, i, j)
		QUARTER(p, m, n, o)
	}
	x[0] += a; x[1] += b; x[2] += c; x[3] += d;
	x[4] += e; x[5] += f; x[6] += g; x[7] += h;
	x[8] += i; x[9] += j; x[10] += k; x[11] += l;
	x[12] += m; x[13] += n; x[14] += o; x[15] += p;
}

/* scryptBlockMix (section 4): out gets the even blocks first, then the odd ones */
static void block_mix(uint32_t *out, const uint32_t *in, size_t r)
{
	uint32_t x[16];

	memcpy(x, in + (2 * r - 1) * 16, sizeof x);
	for (size_t i = 0; i < 2 * r; i++) {
		for (size_t k = 0; k < 16; k++)
			x[k] ^= in[i * 16 + k];
		salsa(x);
		memcpy(out + (i / 2 + (i % 2) * r) * 16, x, sizeof x);
	}
	mem_wipe(x, sizeof x);
}

/* scryptROMix (section 5): x has 32r words, y as many of scratch, v n times as many */
static void rom_mix(uint32_t *x, uint32_t *y, uint32_t *v, size_t n, size_t r)
{
	size_t words = 32 * r;

	for (size_t i = 0; i < n; i++) {
		uint32_t *vi = v + i * words;
		memcpy(vi, x, words * sizeof *x);
		block_mix(x, vi, r);
	}
	for (size_t i = 0; i < n; i++) {
		const uint32_t *last = x + words - 16;
		uint64_t j = ((uint64_t)last[1] << 32 | last[0]) & (n - 1);
		const uint32_t *vj = v + (size_t)j * words;
		for (size_t k = 0; k < words; k++)
			y[k] = x[k] ^ vj[k];
		block_mix(x, y, r);
	}
}

static void words_of(uint32_t *w, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++, b += 4)
		w[i] = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void bytes_of(uint8_t *b, const uint32_t *w, size_t n)
{
	for (size_t i = 0; i < 4 * n; i++)
		b[i] = (uint8_t)(w[i / 4] >> 8 * (i % 4));
}

static bool pbkdf2_once(struct str password, const void *salt, size_t n_salt, uint8_t *out, size_t n)
{
	return PKCS5_PBKDF2_HMAC(password.p, (int)password.n, salt, (int)n_salt, 1, EVP_sha256(),
				 (int)n, out) == 1;
}

static bool fits(uint64_t n, uint64_t r, uint64_t p, struct err *e)
{
	if (n < 2 || (n & (n - 1)))
		return err_set(e, "scrypt: n must be a power of two above 1");
	if (r < 1 || p < 1 || r > 1 << 20 || p > 1 << 20 || n > KEYSTORE_MAX_MEMORY)
		return err_set(e, "scrypt: r and p must be from 1 to 1048576, n at most 2^30");
	if (n > KEYSTORE_MAX_MEMORY / (128 * r) || p > KEYSTORE_MAX_MEMORY / (128 * r))
		return err_set(e, "scrypt: n = %llu, r = %llu, p = %llu needs more than 1 GiB of memory",
			       (unsigned long long)n, (unsigned long long)r, (unsigned long long)p);
	if (n * p > KEYSTORE_MAX_WORK / (128 * r))
		return err_set(e, "scrypt: n = %llu, r = %llu, p = %llu would take too long",
			       (unsigned long long)n, (unsigned long long)r, (unsigned long long)p);
	return true;
}

bool keystore_scrypt(struct str password, struct str salt, uint64_t n, uint64_t r, uint64_t p,
		     uint8_t *out, size_t n_out, struct err *e)
{
	if (!fits(n, r, p, e))
		return false;
	if (password.n > INT_MAX || salt.n > INT_MAX || n_out > INT_MAX)
		return err_set(e, "scrypt: password or salt too long");

	/* not mem_alloc: a gibibyte that is not there is the file's fault, not ours */
	size_t words = 32 * (size_t)r, n_v = (size_t)n * words * 4, n_b = (size_t)p * words * 4;
	uint32_t *v = malloc(n_v), *x = malloc(2 * words * sizeof *x);
	uint8_t *b = malloc(n_b);
	bool done = false;

	if (!v || !x || !b) {
		err_set(e, "scrypt: not enough memory for n = %llu, r = %llu",
			(unsigned long long)n, (unsigned long long)r);
		goto out;
	}
	if (pbkdf2_once(password, salt.p, salt.n, b, n_b)) {
		for (size_t i = 0; i < (size_t)p; i++) {
			words_of(x, b + i * words * 4, words);
			rom_mix(x, x + words, v, (size_t)n, (size_t)r);
			bytes_of(b + i * words * 4, x, words);
		}
		done = pbkdf2_once(password, b, n_b, out, n_out);
	}
	if (!done)
		err_set(e, "scrypt: libcrypto refused to derive a key");
out:
	if (v)
		mem_wipe(v, n_v);
	if (x)
		mem_wipe(x, 2 * words * sizeof *x);
	if (b)
		mem_wipe(b, n_b);
	free(v);
	free(x);
	free(b);
	return done;
}
