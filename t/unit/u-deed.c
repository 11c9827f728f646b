/* deed: what the writers of chain/pool.h and chain/claims.h make is read back, and nothing else is. */
#include "audit/deed.h"


#include "hash/keccak256.h"
#include "tap.h"

static const struct work works[] = { { 1, 10, 9000, 100 }, { 6, 3, 10000, 0 }, { 7, 1, 0, 10000 } };
static uint8_t root[32], sig[2][65];

static struct buf call_of(int which)
{
	static const uint32_t who[] = { 3, 70000, 4294967295u };
	struct hash32 proof[2] = { { { 1 } }, { { 2 } } };
	struct buf words = BUF_INIT, b = BUF_INIT;

	words_put(&words, works, 3);
	switch (which) {
	case 0:
		pool_put_post(&b, 7, root, buf_str(&words));
		break;
	case 1:
		pool_put_settle(&b, 7, buf_str(&words));
		break;
	case 2:
		pool_put_settle_signed(&b, 7, buf_str(&words), (const uint8_t (*)[65])sig, 2);
		break;
	case 3:
		pool_put_withdraw(&b, who, 3);
		break;
	case 4:
		claims_put_commit(&b, 5, root, buf_str(&words));
		break;
	case 5:
		claims_put_commit_signed(&b, 5, root, buf_str(&words), (const uint8_t (*)[65])sig, 2);
		break;
	default:
		claims_put_claim(&b, 9, u256_of(1234), proof, 2);
	}
	buf_release(&words);
	return b;
}

enum { CALLS = 7 };
static const char *const name[CALLS] = { "post", "settle", "settle", "withdraw", "commit", "commit", "claim" };

static void test_read(void)
{
	struct buf words = BUF_INIT, b;
	struct deed d;
	struct err e;

	words_put(&words, works, 3);
	for (int i = 0; i < CALLS; i++) {
		b = call_of(i);
		ok(deed_read(str_of(name[i]), buf_str(&b), &d, &e), "%s %d is read", name[i], i);
		if (i < 3)
			ok(d.number == 7 && str_eq(d.words, buf_str(&words)), "number and words");
		if (i == 0 || i == 4 || i == 5)
			ok(memcmp(d.log_root, root, 32) == 0, "log root");
		if (i == 4 || i == 5)
			ok(d.group == 5 && str_eq(d.words, buf_str(&words)), "group and words");
		ok(d.n_sigs == (i == 2 || i == 5 ? 2u : 0u), "signatures");
		if (i == 3)
			ok(d.worker.n == 96 && deed_worker(&d, 0) == 3 && deed_worker(&d, 2) == 4294967295u, "workers");
		if (i == 6)
			ok(d.index == 9 && u256_cmp(d.total, u256_of(1234)) == 0 && d.proof.n == 64 && d.proof.p[32] == 2, "claim");
		buf_release(&b);
	}
	buf_release(&words);
}

static bool same(const struct deed *a, const struct deed *b)
{
	return a->kind == b->kind && a->number == b->number && a->group == b->group &&
		memcmp(a->log_root, b->log_root, 32) == 0 && str_eq(a->words, b->words) && str_eq(a->worker, b->worker) &&
		a->index == b->index && u256_cmp(a->total, b->total) == 0 && str_eq(a->proof, b->proof);
}

/* One spelling: a byte that is changed is refused or is another deed; signatures are not looked into. */
static void test_one_spelling(void)
{
	struct deed d, other;
	struct err e;

	for (int i = 0; i < CALLS; i++) {
		struct buf b = call_of(i), c = BUF_INIT;
		size_t silent = 0, sigs = (i == 2 || i == 5) ? 2 * 65 : 0, longer = 0;
		BUG_ON(!deed_read(str_of(name[i]), buf_str(&b), &d, &e));
		for (size_t k = 0; k < b.n; k++) {
			buf_reset(&c);
			buf_addstr(&c, buf_str(&b));
			c.p[k] = (char)(c.p[k] ^ 1);
			silent += deed_read(str_of(name[i]), buf_str(&c), &other, &e) && same(&d, &other);
		}
		ok(silent == sigs, "%s %d: %zu changed bytes tell nothing, want %zu", name[i], i, silent, sigs);
		for (size_t n = 0; n < b.n; n++)
			longer += deed_read(str_of(name[i]), (struct str){ b.p, n }, &other, &e);
		buf_addc(&b, 0);
		longer += deed_read(str_of(name[i]), buf_str(&b), &other, &e);
		ok(longer == 0, "%s %d: cut short or longer it is none", name[i], i);
		for (int k = 0; k < CALLS; k++)
			if (!str_is(str_of(name[k]), name[i]))
				longer += deed_read(str_of(name[k]), (struct str){ b.p, b.n - 1 }, &other, &e);
		ok(longer == 0 && !deed_read(STR("transfer"), buf_str(&b), &other, &e), "%s %d: nor under another name", name[i], i);
		buf_release(&b);
		buf_release(&c);
	}
}

/* The id by hand: lengths and bytes of "lbl-post", what it is about, number 7 and counter 2. */
static void test_id(void)
{
	static const uint8_t head[] = { 0, 0, 0, 8, 'l', 'b', 'l', '-', 'p', 'o', 's', 't', 0, 0, 0, 32 };
	static const uint8_t tail[] = { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2 };
	uint8_t about[32] = { 4, 5, 6 }, hash[32];
	struct buf b = BUF_INIT, id = BUF_INIT;

	buf_add(&b, head, sizeof head);
	buf_add(&b, about, sizeof about);
	buf_add(&b, tail, sizeof tail);
	keccak256(b.p, b.n, hash);
	buf_adds(&id, "0x");
	hex_put(&id, hash, 32);
	ok(deed_id_is(buf_str(&id), STR("post"), about, 7), "the id of the third try");
	ok(!deed_id_is(buf_str(&id), STR("settle"), about, 7), "of another action");
	ok(!deed_id_is(buf_str(&id), STR("post"), about, 8), "of another number");
	about[31] = 1;
	ok(!deed_id_is(buf_str(&id), STR("post"), about, 7), "about something else");
	buf_release(&b);
	buf_release(&id);
}

int main(void)
{
	for (size_t i = 0; i < sizeof root; i++)
		root[i] = (uint8_t)(i + 1);
	for (size_t i = 0; i < 65; i++)
		sig[0][i] = sig[1][i] = (uint8_t)(0x80 + i);
	test_read();
	test_one_spelling();
	test_id();
	return done();
}
