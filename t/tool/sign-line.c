/* sign-line [WHAT] - an external signer for tests: libsecp256k1 and nothing of ours.
 *
 * Reads a request of lbl-payout, signs its "hash" with the key in LBL_TEST_KEY, and answers with r, s and v.
 * WHAT: v (as is, the default), 27 (v is 27 or 28), no-v, high (s in the upper half), other-v (the
 * wrong one). */
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unhex(const char *text, unsigned char out[32])
{
	for (int i = 0; i < 32; i++) {
		unsigned byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			exit(65);
		out[i] = (unsigned char)byte;
	}
}

static void put(const char *name, const unsigned char *p)
{
	printf("\"%s\":\"0x", name);
	for (int i = 0; i < 32; i++)
		printf("%02x", p[i]);
	printf("\"");
}

int main(int argc, char **argv)
{
	static char line[1 << 20];
	const char *what = argc > 1 ? argv[1] : "v", *key = getenv("LBL_TEST_KEY"), *at;
	secp256k1_context *c = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	secp256k1_ecdsa_recoverable_signature sig;
	unsigned char secret[32], hash[32], rs[64];
	int v;

	if (!key || !fgets(line, sizeof line, stdin) || !(at = strstr(line, "\"hash\":\"0x")))
		return 65;
	unhex(key + 2, secret);
	unhex(at + 10, hash);
	if (!secp256k1_ecdsa_sign_recoverable(c, &sig, hash, secret, NULL, NULL))
		return 70;
	secp256k1_ecdsa_recoverable_signature_serialize_compact(c, rs, &v, &sig);
	if (strcmp(what, "high") == 0) {
		if (!secp256k1_ec_seckey_negate(c, rs + 32))
			return 70;
		v = !v;
	}
	if (strcmp(what, "27") == 0)
		v += 27;
	if (strcmp(what, "other-v") == 0)
		v = !v;
	printf("{");
	put("r", rs);
	printf(",");
	put("s", rs + 32);
	if (strcmp(what, "no-v") != 0)
		printf(",\"v\":%d", v);
	printf("}\n");
	secp256k1_context_destroy(c);
	return 0;
}
