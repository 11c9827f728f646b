#include "audit/deed.h"

#include "base/hex.h"
#include "base/mem.h"
#include "chain/abi.h"
#include "hash/keccak256.h"

enum { SIG = 65, SIG_ROOM = 4 * ABI_WORD };     /* of a signature: its length and its bytes, padded */

/* ---- reading --------------------------------------------------------------------------- */

/* An array of words whose length is word i. */
static bool get_array(struct str args, size_t i, struct str *out)
{
	uint64_t n;
	struct err e;

	if (!abi_get_u64(args, i, &n, &e) || n > args.n / ABI_WORD)
		return false;
	size_t from = (i + 1) * ABI_WORD, size = (size_t)n * ABI_WORD;
	if (from + size > args.n)
		return false;
	*out = (struct str){ args.p + from, size };
	return true;
}

/* n signatures behind the words, owned by the caller; where each of them is follows from the one spelling. */
static bool get_sigs(struct str args, size_t i, uint8_t (**out)[65], uint64_t *n)
{
	struct err e;

	*out = NULL;
	if (!abi_get_u64(args, i, n, &e) || *n > args.n / SIG_ROOM)
		return false;
	size_t from = (i + 1 + (size_t)*n) * ABI_WORD;
	if (from + (size_t)*n * SIG_ROOM > args.n)
		return false;
	*out = mem_alloc((size_t)*n, sizeof **out);
	for (size_t k = 0; k < *n; k++)
		memcpy((*out)[k], args.p + from + k * SIG_ROOM + ABI_WORD, SIG);
	return true;
}

static bool read_post(struct str args, struct deed *d, struct buf *again)
{
	struct err e;

	if (!abi_get_u64(args, 0, &d->number, &e) || !abi_get_word(args, 1, d->log_root, &e) || !get_array(args, 3, &d->words))
		return false;
	pool_put_post(again, d->number, d->log_root, d->words);
	return true;
}

static bool read_settle(struct str data, struct str args, struct deed *d, struct buf *again)
{
	bool is_signed = abi_is(data, "settle(uint64,bytes32[],bytes[])");
	uint8_t (*sig)[65] = NULL;
	struct err e;

	if (!abi_get_u64(args, 0, &d->number, &e) || !get_array(args, is_signed ? 3 : 2, &d->words))
		return false;
	if (!is_signed) {
		pool_put_settle(again, d->number, d->words);
		return true;
	}
	bool good = get_sigs(args, 4 + d->words.n / ABI_WORD, &sig, &d->n_sigs);
	if (good)
		pool_put_settle_signed(again, d->number, d->words, (const uint8_t (*)[65])sig, (size_t)d->n_sigs);
	free(sig);
	return good;
}

static bool read_withdraw(struct str args, struct deed *d, struct buf *again)
{
	uint64_t index;
	struct err e;

	if (!get_array(args, 1, &d->worker))
		return false;
	size_t n = d->worker.n / ABI_WORD;
	uint32_t *list = mem_alloc(n, sizeof *list);
	bool good = true;
	for (size_t i = 0; i < n && good; i++) {
		good = abi_get_u64(d->worker, i, &index, &e) && index && !(index >> 32);
		list[i] = good ? (uint32_t)index : 0;
	}
	if (good)
		pool_put_withdraw(again, list, n);
	free(list);
	return good;
}

static bool read_commit(struct str data, struct str args, struct deed *d, struct buf *again)
{
	bool is_signed = abi_is(data, "commit(uint32,bytes32,bytes32[],bytes[])");
	uint8_t (*sig)[65] = NULL;
	uint64_t group;
	struct err e;

	if (!abi_get_u64(args, 0, &group, &e) || group >> 32 || !abi_get_word(args, 1, d->log_root, &e) ||
	    !get_array(args, is_signed ? 4 : 3, &d->words))
		return false;
	d->group = (uint32_t)group;
	if (!is_signed) {
		claims_put_commit(again, d->group, d->log_root, d->words);
		return true;
	}
	bool good = get_sigs(args, 5 + d->words.n / ABI_WORD, &sig, &d->n_sigs);
	if (good)
		claims_put_commit_signed(again, d->group, d->log_root, d->words, (const uint8_t (*)[65])sig, (size_t)d->n_sigs);
	free(sig);
	return good;
}

static bool read_claim(struct str args, struct deed *d, struct buf *again)
{
	struct hash32 proof[CLAIMS_DEPTH];
	uint64_t index;
	struct err e;

	if (!abi_get_u64(args, 0, &index, &e) || index >> 32 || !abi_get_u256(args, 1, &d->total, &e) ||
	    !get_array(args, 3, &d->proof) || d->proof.n > sizeof proof)
		return false;
	d->index = (uint32_t)index;
	memcpy(proof, d->proof.p, d->proof.n);
	claims_put_claim(again, d->index, d->total, proof, d->proof.n / sizeof *proof);
	return true;
}

static bool find_kind(struct str action, enum deed_kind *kind)
{
	static const char *const name[] = { [DEED_POST] = "post", [DEED_SETTLE] = "settle", [DEED_WITHDRAW] = "withdraw",
	                                    [DEED_COMMIT] = "commit", [DEED_CLAIM] = "claim" };

	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
		if (str_is(action, name[i])) {
			*kind = (enum deed_kind)i;
			return true;
		}
	return false;
}

static bool read_as(struct str data, struct str args, struct deed *d, struct buf *again)
{
	switch (d->kind) {
	case DEED_POST:
		return read_post(args, d, again);
	case DEED_SETTLE:
		return read_settle(data, args, d, again);
	case DEED_WITHDRAW:
		return read_withdraw(args, d, again);
	case DEED_COMMIT:
		return read_commit(data, args, d, again);
	case DEED_CLAIM:
		return read_claim(args, d, again);
	}
	return false;
}

bool deed_read(struct str action, struct str data, struct deed *out, struct err *e)
{
	struct buf again = BUF_INIT;
	struct deed d = { .total = U256_ZERO };

	if (!find_kind(action, &d.kind))
		return err_set(e, "field \"action\": \"%.*s\" is nothing that lbl-payout does",
		               (int)(action.n < 40 ? action.n : 40), action.p);
	/* the selector is compared with the rest: what is written again has the right one */
	bool good = data.n > 4 && read_as(data, (struct str){ data.p + 4, data.n - 4 }, &d, &again) &&
		str_eq(buf_str(&again), data);
	buf_release(&again);
	if (!good)
		return err_set(e, "field \"raw\": is no %.*s as lbl-payout writes it", STR_FMT(action));
	*out = d;
	return true;
}

uint32_t deed_worker(const struct deed *d, size_t i)
{
	uint64_t index = 0;
	struct err e;

	BUG_ON(!abi_get_u64(d->worker, i, &index, &e));
	return (uint32_t)index;
}

/* ---- names ------------------------------------------------------------------------------ */

static void put_part(struct buf *b, const void *p, size_t n)
{
	uint8_t len[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	buf_add(b, len, sizeof len);
	buf_add(b, p, n);
}

static void put_number(struct buf *b, uint64_t v)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	put_part(b, be, sizeof be);
}

bool deed_id_is(struct str id, struct str action, const uint8_t about[32], uint64_t number)
{
	struct buf b = BUF_INIT, kind = BUF_INIT;
	uint8_t said[32], hash[32];
	bool found = false;

	if (id.n != 66 || !hex_get((struct str){ id.p + 2, 64 }, said, 32))
		return false;
	buf_adds(&kind, "lbl-");
	buf_addstr(&kind, action);
	put_part(&b, kind.p, kind.n);
	put_part(&b, about, 32);
	put_number(&b, number);
	size_t before = b.n;
	for (uint64_t k = 0; k < DEED_TRIES && !found; k++) {
		b.n = before;
		put_number(&b, k);
		keccak256(b.p, b.n, hash);
		found = memcmp(hash, said, 32) == 0;
	}
	buf_release(&kind);
	buf_release(&b);
	return found;
}

bool deed_about(const struct deed *d, const struct tx *tx, uint8_t about[32])
{
	if (d->kind == DEED_WITHDRAW)
		keccak256(tx->data.p, tx->data.n, about);
	else if (d->kind == DEED_CLAIM)
		claims_claim_id(tx->chain_id, &tx->to, d->index, d->total, about);
	else
		return false;
	return true;
}
