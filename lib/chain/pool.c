/* The rule, and call data.  What is asked: pool-ask.c; what was logged: pool-log.c; errors: pool-error.c. */
#include "chain/pool.h"

#include "chain/abi.h"
#include "chain/typed.h"
#include "score/reward.h"

enum { MULT_BITS = 15, RATE_BITS = 40, MOST_PROBATION = 15, CREDIT_BITS = 39 };

/* ---- the rule ---- */

static bool check_rule(const struct pool_params *p, struct err *e)
{
	for (int i = 1; i < 3; i++)
		if (p->t[i - 1] > p->t[i] || p->m[i - 1] > p->m[i])
			return err_set(e, "the tiers are out of order");
	if (p->t[2] > REWARD_ONE)
		return err_set(e, "no score reaches the last tier");
	if (p->lo > p->hi || p->c0 > p->c1)
		return err_set(e, "the line of the bonus is out of order");
	if (p->m[2] >> MULT_BITS || p->c1 >> MULT_BITS)
		return err_set(e, "a factor is not below 2^15");
	if (p->probation_bp > REWARD_ONE || p->floor_bp > REWARD_ONE)
		return err_set(e, "newcomers or the doubted are paid more than others");
	if (p->floor_at > REWARD_ONE)
		return err_set(e, "no reputation reaches the floor");
	return p->probation <= MOST_PROBATION || err_set(e, "probation is longer than %d batches", MOST_PROBATION);
}

bool pool_params_check(const struct pool_params *p, struct err *e)
{
	if (p->version == 0 || p->version >> 32)
		return err_set(e, "the version of the parameters is out of range");
	if (p->rate >> RATE_BITS)
		return err_set(e, "the rate is not below 2^40");
	if (!check_rule(p, e))
		return false;
	if (p->start_reputation == 0 || p->start_reputation > REWARD_ONE)
		return err_set(e, "the first reputation is not 1 to %d", REWARD_ONE);
	if (p->batch_budget >> CREDIT_BITS)
		return err_set(e, "the budget of a batch is not below 2^39");
	return (p->period && p->window && p->patience) || err_set(e, "a time is zero");
}

bool pool_lane_is_new(const struct pool_lane *lane)
{
	return lane->batches == 0 && lane->reputation == 0;
}

void pool_mult(const struct pool_params *p, uint32_t score, uint32_t bonus, const struct pool_lane *lane,
	       uint32_t mult[4])
{
	uint32_t reputation = pool_lane_is_new(lane) ? p->start_reputation : lane->reputation;

	mult[0] = 0;
	for (int i = 0; i < 3; i++)
		if (score >= p->t[i])
			mult[0] = p->m[i];
	BUG_ON(!reward_linear_bp(bonus, p->lo, p->hi, p->c0, p->c1, &mult[1]));
	mult[2] = lane->batches < p->probation ? p->probation_bp : REWARD_ONE;
	mult[3] = reputation < p->floor_at ? p->floor_bp : REWARD_ONE;
}

bool pool_pay(const struct pool_params *p, const struct work *w, const struct pool_lane *lane, uint64_t *out,
	      struct err *e)
{
	uint32_t mult[4];
	u128 pay;

	if (w->score > REWARD_ONE || w->bonus > REWARD_ONE)
		return err_set(e, "a score is above %d", REWARD_ONE);
	pool_mult(p, w->score, w->bonus, lane, mult);
	if (!reward_pay4(p->rate, w->units, mult, &pay))
		return err_set(e, "units must be below 2^24");
	/* 40 + 24 + 4 * 15 bits less the 53 of 10^16: fits, but no lane holds so much */
	if (pay >> 64)
		return err_set(e, "the pay is out of range");
	*out = (uint64_t)pay;
	return true;
}

/* ---- call data ---- */

static void put_words(struct buf *b, struct str words)
{
	BUG_ON(words.n % ABI_WORD);
	abi_put_u64(b, words.n / ABI_WORD);
	buf_addstr(b, words);
}

void pool_put_post(struct buf *b, uint64_t batch, const uint8_t log_root[32], struct str words)
{
	abi_put_selector(b, "post(uint64,bytes32,bytes32[])");
	abi_put_u64(b, batch);
	abi_put_word(b, log_root);
	abi_put_u64(b, 3 * ABI_WORD);
	put_words(b, words);
}

void pool_put_settle(struct buf *b, uint64_t batch, struct str words)
{
	abi_put_selector(b, "settle(uint64,bytes32[])");
	abi_put_u64(b, batch);
	abi_put_u64(b, 2 * ABI_WORD);
	put_words(b, words);
}

void pool_put_settle_signed(struct buf *b, uint64_t batch, struct str words, const uint8_t (*sig)[65], size_t n)
{
	enum { SIG = 65, PADDED = 4 * ABI_WORD };       /* a length and 65 bytes, padded */

	abi_put_selector(b, "settle(uint64,bytes32[],bytes[])");
	abi_put_u64(b, batch);
	abi_put_u64(b, 3 * ABI_WORD);
	abi_put_u64(b, 4 * ABI_WORD + words.n);
	put_words(b, words);
	abi_put_u64(b, n);
	for (size_t i = 0; i < n; i++)
		abi_put_u64(b, n * ABI_WORD + i * PADDED);
	for (size_t i = 0; i < n; i++)
		abi_put_bytes(b, (struct str){ (const char *)sig[i], SIG });
}

void pool_put_withdraw(struct buf *b, const uint32_t *index, size_t n)
{
	abi_put_selector(b, "withdrawMany(uint32[])");
	abi_put_u64(b, ABI_WORD);
	abi_put_u64(b, n);
	for (size_t i = 0; i < n; i++)
		abi_put_u64(b, index[i]);
}

/* ---- what auditors sign (EIP-712) ---- */

void pool_digest(uint64_t chain_id, const struct address *pool, uint64_t batch, const uint8_t data_hash[32],
		 struct u256 total, const uint8_t log_root[32], uint8_t out[32])
{
	struct buf b = BUF_INIT;
	uint8_t domain[32], settlement[32];

	typed_domain(STR("lbl"), STR("1"), chain_id, pool, domain);
	typed_put_text(&b, STR("Settlement(uint64 seq,bytes32 dataHash,uint128 total,bytes32 logRoot)"));
	abi_put_u64(&b, batch);
	abi_put_word(&b, data_hash);
	abi_put_u256(&b, total);
	abi_put_word(&b, log_root);
	typed_hash(&b, settlement);
	typed_digest(domain, settlement, out);
	buf_release(&b);
}
