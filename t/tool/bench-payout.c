/* bench-payout [N] - how fast transfers are signed, beside libsecp256k1 itself.
 *
 * Prints {"library":a,"sign":b,"library_proved":c,"proved":d,"two":e}: signatures a second of
 * secp256k1_ecdsa_sign_recoverable; transactions a second made and signed here (encoding and hashing
 * of two forms included); the library's signing and recovering; transactions signed, read back and proved
 * as lbl-payout does with each; and how much faster two threads do that than one.
 *
 * One core: seconds of the thread, in turns of a few hundred, so that whatever else the machine does meets both;
 * of each the median turn.  Two: seconds of the wall, the best of the turns. */
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/par.h"
#include "chain/abi.h"
#include "chain/tx.h"

enum { TURN = 250, TURNS_MOST = 1000 };

static const uint8_t secret[32] = { 0xac, 9, 7, 0x4b, 1 };

struct bench {
	secp256k1_context *ctx;
	struct signer *signer;
	struct buf data[TURN];
	struct tx tx[TURN];
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void setup(struct bench *b)
{
	struct address to = { { 1, 2, 3 } };
	struct err e;

	b->ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
	b->signer = signer_new(secret, &e);
	BUG_ON(!b->signer);
	for (uint64_t i = 0; i < TURN; i++) {
		abi_put_selector(&b->data[i], "transfer(address,uint256)");
		abi_put_address(&b->data[i], &to);
		abi_put_u256(&b->data[i], u256_of(375000000000000000 + i));
		b->tx[i] = (struct tx){ .type = TX_1559, .chain_id = 31337, .nonce = i, .gas = 60000, .tip = u256_of(1000000000),
		                        .max_fee = u256_of(30000000000), .has_to = true, .to = to, .data = buf_str(&b->data[i]) };
	}
}

static void by_library(const struct bench *b, bool prove)
{
	secp256k1_ecdsa_recoverable_signature sig;
	secp256k1_pubkey pub;
	uint8_t digest[32] = { 0 };

	for (int i = 0; i < TURN; i++) {
		digest[0] = (uint8_t)i;
		BUG_ON(!secp256k1_ecdsa_sign_recoverable(b->ctx, &sig, digest, secret, secp256k1_nonce_function_rfc6979, NULL));
		BUG_ON(prove && !secp256k1_ecdsa_recover(b->ctx, &pub, &sig, digest));
	}
}

static void sign_one(const struct bench *b, size_t i, bool prove, struct buf *raw)
{
	uint8_t hash[32];
	struct err e;

	buf_reset(raw);
	BUG_ON(!tx_sign_unproved(&b->tx[i], b->signer, raw, &e));
	BUG_ON(prove && !tx_is(buf_str(raw), &b->tx[i], signer_address(b->signer), hash, &e));
}

static void by_us(const struct bench *b, bool prove)
{
	struct buf raw = BUF_INIT;

	for (size_t i = 0; i < TURN; i++)
		sign_one(b, i, prove, &raw);
	buf_release(&raw);
}

static void job(void *ctx, size_t i)
{
	struct buf raw = BUF_INIT;

	for (size_t k = 0; k < 10; k++)
		sign_one(ctx, i * 10 + k, true, &raw);
	buf_release(&raw);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double rate(double *turn, size_t n)
{
	qsort(turn, n, sizeof *turn, by_size);
	return TURN / turn[n / 2];
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 5000;
	size_t turns = n < 2 * TURN ? 2 : n > TURN * (long)TURNS_MOST ? TURNS_MOST : (size_t)n / TURN;
	double *took[4], one = 1e9, two = 1e9;
	struct bench *b = mem_zalloc(1, sizeof *b);

	setup(b);
	for (int k = 0; k < 4; k++)
		took[k] = mem_alloc(turns, sizeof *took[k]);
	for (size_t i = 0; i < turns; i++) {
		for (int k = 0; k < 4; k++) {
			double from = seconds(CLOCK_THREAD_CPUTIME_ID);
			if (k % 2)
				by_us(b, k / 2);
			else
				by_library(b, k / 2);
			took[k][i] = seconds(CLOCK_THREAD_CPUTIME_ID) - from;
		}
		for (unsigned threads = 1; threads <= 2; threads++) {
			double from = seconds(CLOCK_MONOTONIC), *best = threads == 1 ? &one : &two;
			par_for(threads, TURN / 10, job, b);
			double to = seconds(CLOCK_MONOTONIC) - from;
			*best = to < *best ? to : *best;
		}
	}
	printf("{\"library\":%.0f,\"sign\":%.0f,\"library_proved\":%.0f,\"proved\":%.0f,\"two\":%.3f}\n", rate(took[0], turns),
	       rate(took[1], turns), rate(took[2], turns), rate(took[3], turns), one / two);
	for (int k = 0; k < 4; k++)
		free(took[k]);
	for (int i = 0; i < TURN; i++)
		buf_release(&b->data[i]);
	signer_free(b->signer);
	secp256k1_context_destroy(b->ctx);
	free(b);
	return 0;
}
