#include "chain/key.h"

#include <errno.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"

#ifdef __linux__
/* declared by the system only outside strict POSIX */
int madvise(void *addr, size_t n, int advice);
enum { ADVISE_NO_DUMP = 16, ADVISE_DUMP = 17 };
#endif

struct signer {
	uint8_t secret[32];
	struct address address;
	secp256k1_context *ctx;
};

static size_t whole_pages(size_t n)
{
	long got = sysconf(_SC_PAGESIZE);
	size_t page = got > 0 ? (size_t)got : 4096;

	BUG_ON(n > SIZE_MAX - page);
	return n ? (n + page - 1) / page * page : page;
}

void *secret_alloc(size_t n)
{
	void *p = NULL;
	size_t all = whole_pages(n);
	long page = sysconf(_SC_PAGESIZE);

	if (posix_memalign(&p, page > 0 ? (size_t)page : 4096, all) != 0)
		return mem_zalloc(1, all);      /* tells and exits, or had better luck */
	memset(p, 0, all);
	/* both may be refused (limits, other systems): better unlocked than unpaid */
	if (mlock(p, all) != 0)
		errno = 0;
#ifdef __linux__
	madvise(p, all, ADVISE_NO_DUMP);
#endif
	return p;
}

void secret_free(void *p, size_t n)
{
	size_t all = whole_pages(n);

	if (!p)
		return;
	mem_wipe(p, all);
#ifdef __linux__
	madvise(p, all, ADVISE_DUMP);
#endif
	munlock(p, all);
	free(p);
}

static bool randomize(secp256k1_context *ctx)
{
	uint8_t seed[32];
	size_t n = 0;

	while (n < sizeof seed) {
		ssize_t got = getrandom(seed + n, sizeof seed - n, 0);
		if (got < 0 && errno != EINTR)
			return false;
		n += got > 0 ? (size_t)got : 0;
	}
	bool fine = secp256k1_context_randomize(ctx, seed);
	mem_wipe(seed, sizeof seed);
	return fine;
}

static struct address address_of(const secp256k1_context *ctx, const secp256k1_pubkey *pub)
{
	uint8_t point[65];
	size_t n = sizeof point;

	secp256k1_ec_pubkey_serialize(ctx, point, &n, pub, SECP256K1_EC_UNCOMPRESSED);
	return address_of_pubkey(point + 1);
}

struct signer *signer_new(const uint8_t secret[32], struct err *e)
{
	struct signer *s = secret_alloc(sizeof *s);
	secp256k1_pubkey pub;

	s->ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
	if (!randomize(s->ctx)) {
		err_set(e, "the system gives no random bytes");
		goto fail;
	}
	if (!secp256k1_ec_pubkey_create(s->ctx, &pub, secret)) {
		err_set(e, "not a private key: it must be from 1 to the group order less 1");
		goto fail;
	}
	memcpy(s->secret, secret, sizeof s->secret);
	s->address = address_of(s->ctx, &pub);
	return s;
fail:
	signer_free(s);
	return NULL;
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	secp256k1_context_destroy(s->ctx);
	secret_free(s, sizeof *s);
}

const struct address *signer_address(const struct signer *s)
{
	return &s->address;
}

bool signer_sign_unproved(const struct signer *s, const uint8_t digest[32], struct ecdsa *out, struct err *e)
{
	secp256k1_ecdsa_recoverable_signature sig;
	uint8_t rs[64];

	if (!secp256k1_ecdsa_sign_recoverable(s->ctx, &sig, digest, s->secret,
					      secp256k1_nonce_function_rfc6979, NULL))
		return err_set(e, "cannot sign this digest");
	secp256k1_ecdsa_recoverable_signature_serialize_compact(s->ctx, rs, &out->parity, &sig);
	memcpy(out->r, rs, 32);
	memcpy(out->s, rs + 32, 32);
	return true;
}

bool signer_sign(const struct signer *s, const uint8_t digest[32], struct ecdsa *out, struct err *e)
{
	struct ecdsa made;
	struct address back;

	if (!signer_sign_unproved(s, digest, &made, e))
		return false;
	if (!ecdsa_recover(digest, made.r, made.s, made.parity, &back) ||
	    !address_eq(&back, &s->address))
		return err_set(e, "a signature made just now does not verify: faulty machine");
	*out = made;
	return true;
}

bool ecdsa_recover(const uint8_t digest[32], const uint8_t r[32], const uint8_t s[32],
		   int parity, struct address *out)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	static const uint8_t zero[32];
	secp256k1_ecdsa_recoverable_signature sig;
	secp256k1_ecdsa_signature plain;
	secp256k1_pubkey pub;
	uint8_t rs[64];

	if (parity != 0 && parity != 1)
		return false;
	if (memcmp(r, zero, 32) == 0 || memcmp(s, zero, 32) == 0)
		return false;
	memcpy(rs, r, 32);
	memcpy(rs + 32, s, 32);
	/* the parser refuses r and s from the group order on; normalize says whether s was high */
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &sig, rs, parity))
		return false;
	secp256k1_ecdsa_recoverable_signature_convert(ctx, &plain, &sig);
	if (secp256k1_ecdsa_signature_normalize(ctx, NULL, &plain))
		return false;
	if (!secp256k1_ecdsa_recover(ctx, &pub, &sig, digest))
		return false;
	*out = address_of(ctx, &pub);
	return true;
}
