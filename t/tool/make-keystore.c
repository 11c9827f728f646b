/* make-keystore SECRET PASSWORD - a keystore for tests: light, and with a salt that everybody knows. */
#include "base/hex.h"
#include "chain/keystore.h"

int main(int argc, char **argv)
{
	static const uint8_t salt[32] = "not random", iv[16] = "neither";
	struct buf secret = BUF_INIT, out = BUF_INIT;
	struct err e;

	if (argc != 3 || !hex_get_any(str_of(argv[1]), &secret) || secret.n != 32) {
		fputs("usage: make-keystore 0xSECRET PASSWORD\n", stderr);
		return 64;
	}
	if (!keystore_make((uint8_t *)secret.p, str_of(argv[2]), salt, iv, 4096, 8, 1, &out, &e)) {
		fprintf(stderr, "make-keystore: %s\n", e.msg);
		return 70;
	}
	puts(out.p);
	buf_release(&secret);
	buf_release(&out);
	return 0;
}
