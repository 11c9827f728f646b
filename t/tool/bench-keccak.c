/* bench-keccak - speed of Keccak-256 on one core, beside libcrypto's SHA3-256 in the same run.
 *
 * One line of NDJSON; exit 0 when the bound is met, else 1.  Both are the same
 * permutation at the same rate, so the ratio says how good our C is.  CPU time,
 * best of 5: on a busy machine the best run is the one least disturbed.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "hash/keccak256.h"

enum { BYTES = 32 << 20, RUNS = 5 };
static const double BOUND = 250e6;

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double ours(const uint8_t *p, uint8_t out[32])
{
	double t = cpu_s();

	keccak256(p, BYTES, out);
	return BYTES / (cpu_s() - t);
}

static double theirs(const uint8_t *p, uint8_t out[32])
{
	unsigned n = 32;
	double t = cpu_s();

	if (EVP_Digest(p, BYTES, out, &n, EVP_sha3_256(), NULL) != 1)
		return 0;
	return BYTES / (cpu_s() - t);
}

int main(void)
{
	uint8_t *p = mem_zalloc(BYTES, 1), out[32];
	double best = 0, peer = 0;

	for (size_t i = 0; i < BYTES; i++)
		p[i] = (uint8_t)(i * 31 >> 3);
	for (int i = 0; i < RUNS; i++) {
		double a = ours(p, out), b = theirs(p, out);
		best = a > best ? a : best;
		peer = b > peer ? b : peer;
	}
	free(p);
	printf("{\"figure\":\"keccak256.bytes_per_s\",\"value\":%.0f,\"unit\":\"B/s\",\"bound\":%.0f,\"ok\":%s,"
	       "\"peer\":\"openssl sha3-256\",\"ratio\":%.3f}\n",
	       best, BOUND, best >= BOUND ? "true" : "false", peer > 0 ? best / peer : 0);
	return best >= BOUND ? 0 : 1;
}
