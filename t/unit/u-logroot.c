/* Roots of logs: the published vectors of RFC 6962, and its recursive definition on random logs. */
#include <openssl/sha.h>

#include "base/err.h"
#include "hash/logroot.h"
#include "math/rng.h"
#include "tap.h"

/* The leaves and roots that the reference implementation of RFC 6962 is tested with. */
static const char *const leaves[] = {
	"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
};
static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void published(void)
{
	struct logroot l = { 0 };
	uint8_t leaf[16], root[32];

	for (size_t n = 0; ; n++) {
		char name[64];
		snprintf(name, sizeof name, "RFC 6962: %zu leaves", n);
		logroot_get(&l, root);
		is_hex(root, sizeof root, roots[n], name);
		if (n == sizeof leaves / sizeof *leaves)
			break;
		size_t size = strlen(leaves[n]) / 2;
		BUG_ON(!hex_get(str_of(leaves[n]), leaf, size));
		logroot_add(&l, (struct str){ (const char *)leaf, size });
	}
}

/* MTH of section 2.1, word by word */
static void slow(const struct str *d, size_t n, uint8_t out[32])
{
	uint8_t text[300] = { 1 };
	size_t k = 1;

	if (n == 0) {
		SHA256(text, 0, out);
	} else if (n == 1) {
		text[0] = 0;
		memcpy(text + 1, d[0].p, d[0].n);
		SHA256(text, d[0].n + 1, out);
	} else {
		while (2 * k < n)
			k *= 2;
		slow(d, k, text + 1);
		slow(d + k, n - k, text + 33);
		SHA256(text, 65, out);
	}
}

static void random_logs(void)
{
	enum { MOST = 300, LINE = 200 };
	struct rng rng;
	static char text[MOST][LINE];
	struct str line[MOST];
	struct logroot l = { 0 };
	uint8_t got[32], want[32];
	size_t wrong = 0;

	rng_seed(&rng, 6962);
	for (size_t n = 0; n < MOST; n++) {
		logroot_get(&l, got);
		slow(line, n, want);
		wrong += memcmp(got, want, sizeof got) != 0;
		line[n] = (struct str){ text[n], (size_t)rng_below(&rng, LINE) };
		for (size_t i = 0; i < line[n].n; i++)
			text[n][i] = (char)rng_next(&rng);
		logroot_add(&l, line[n]);
	}
	ok(wrong == 0, "random logs of 0 to %d lines: the recursive definition (%zu differ)", MOST - 1, wrong);
	ok(l.n == MOST, "lines are counted");
}

int main(void)
{
	published();
	random_logs();
	return done();
}
