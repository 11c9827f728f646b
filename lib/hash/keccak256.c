#include "hash/keccak256.h"

#include <string.h>

#define ROL(v, n) ((v) << (n) | (v) >> (64 - (n)))

/* Column parities c and what theta adds to each column, d. */
#define THETA(a) \
	c0 = a##0 ^ a##5 ^ a##10 ^ a##15 ^ a##20; \
	c1 = a##1 ^ a##6 ^ a##11 ^ a##16 ^ a##21; \
	c2 = a##2 ^ a##7 ^ a##12 ^ a##17 ^ a##22; \
	c3 = a##3 ^ a##8 ^ a##13 ^ a##18 ^ a##23; \
	c4 = a##4 ^ a##9 ^ a##14 ^ a##19 ^ a##24; \
	d0 = c4 ^ ROL(c1, 1); \
	d1 = c0 ^ ROL(c2, 1); \
	d2 = c1 ^ ROL(c3, 1); \
	d3 = c2 ^ ROL(c4, 1); \
	d4 = c3 ^ ROL(c0, 1);

/* Chi on the five lanes that rho and pi brought into one row. */
#define CHI(e0, e1, e2, e3, e4) \
	e0 = b0 ^ (~b1 & b2); \
	e1 = b1 ^ (~b2 & b3); \
	e2 = b2 ^ (~b3 & b4); \
	e3 = b3 ^ (~b4 & b0); \
	e4 = b4 ^ (~b0 & b1);

/* One round from lanes a into lanes e.  Output row y takes its lane x from
 * input lane (x + 3y mod 5, x), turned left by that lane's rho offset. */
#define ROUND(a, e, rc) \
	THETA(a) \
	b0 = a##0 ^ d0; \
	b1 = ROL(a##6 ^ d1, 44); \
	b2 = ROL(a##12 ^ d2, 43); \
	b3 = ROL(a##18 ^ d3, 21); \
	b4 = ROL(a##24 ^ d4, 14); \
	CHI(e##0, e##1, e##2, e##3, e##4) \
	e##0 ^= (rc); \
	b0 = ROL(a##3 ^ d3, 28); \
	b1 = ROL(a##9 ^ d4, 20); \
	b2 = ROL(a##10 ^ d0, 3); \
	b3 = ROL(a##16 ^ d1, 45); \
	b4 = ROL(a##22 ^ d2, 61); \
	CHI(e##5, e##6, e##7, e##8, e##9) \
	b0 = ROL(a##1 ^ d1, 1); \
	b1 = ROL(a##7 ^ d2, 6); \
	b2 = ROL(a##13 ^ d3, 25); \
	b3 = ROL(a##19 ^ d4, 8); \
	b4 = ROL(a##20 ^ d0, 18); \
	CHI(e##10, e##11, e##12, e##13, e##14) \
	b0 = ROL(a##4 ^ d4, 27); \
	b1 = ROL(a##5 ^ d0, 36); \
	b2 = ROL(a##11 ^ d1, 10); \
	b3 = ROL(a##17 ^ d2, 15); \
	b4 = ROL(a##23 ^ d3, 56); \
	CHI(e##15, e##16, e##17, e##18, e##19) \
	b0 = ROL(a##2 ^ d2, 62); \
	b1 = ROL(a##8 ^ d3, 55); \
	b2 = ROL(a##14 ^ d4, 39); \
	b3 = ROL(a##15 ^ d0, 41); \
	b4 = ROL(a##21 ^ d1, 2); \
	CHI(e##20, e##21, e##22, e##23, e##24)

#define LANES(X, a) \
	X(a, 0) X(a, 1) X(a, 2) X(a, 3) X(a, 4) X(a, 5) X(a, 6) X(a, 7) X(a, 8) \
	X(a, 9) X(a, 10) X(a, 11) X(a, 12) X(a, 13) X(a, 14) X(a, 15) X(a, 16) \
	X(a, 17) X(a, 18) X(a, 19) X(a, 20) X(a, 21) X(a, 22) X(a, 23) X(a, 24)
#define LOAD(a, i) uint64_t a##i = s[i];
#define DECLARE(e, i) uint64_t e##i;
#define STORE(a, i) s[i] = a##i;

static const uint64_t round_constant[24] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* Named lanes instead of an array: with the array in memory and the rounds as
 * a loop over tables the same work takes six times as long. */
static void permute(uint64_t s[25])
{
	uint64_t b0, b1, b2, b3, b4, c0, c1, c2, c3, c4, d0, d1, d2, d3, d4;
	LANES(LOAD, a)
	LANES(DECLARE, e)

	for (int i = 0; i < 24; i += 2) {
		ROUND(a, e, round_constant[i])
		ROUND(e, a, round_constant[i + 1])
	}
	LANES(STORE, a)
}

static uint64_t load64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
		(uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static void absorb(uint64_t a[25], const uint8_t *p)
{
	for (size_t i = 0; i < KECCAK256_RATE / 8; i++)
		a[i] ^= load64(p + 8 * i);
	permute(a);
}

void keccak256_init(struct keccak256 *k)
{
	memset(k, 0, sizeof *k);
}

void keccak256_update(struct keccak256 *k, const void *data, size_t n)
{
	const uint8_t *p = data;

	if (k->n) {
		size_t m = KECCAK256_RATE - k->n;
		if (m > n)
			m = n;
		if (m)
			memcpy(k->part + k->n, p, m);
		k->n += m;
		if (k->n < KECCAK256_RATE)
			return;
		absorb(k->a, k->part);
		k->n = 0;
		p += m;
		n -= m;
	}
	for (; n >= KECCAK256_RATE; p += KECCAK256_RATE, n -= KECCAK256_RATE)
		absorb(k->a, p);
	if (n)
		memcpy(k->part, p, n);
	k->n = n;
}

void keccak256_final(struct keccak256 *k, uint8_t out[32])
{
	memset(k->part + k->n, 0, KECCAK256_RATE - k->n);
	k->part[k->n] = 0x01;
	k->part[KECCAK256_RATE - 1] |= 0x80;
	absorb(k->a, k->part);
	for (size_t i = 0; i < 32; i++)
		out[i] = (uint8_t)(k->a[i / 8] >> 8 * (i % 8));
}

void keccak256(const void *p, size_t n, uint8_t out[32])
{
	struct keccak256 k;

	keccak256_init(&k);
	keccak256_update(&k, p, n);
	keccak256_final(&k, out);
}
