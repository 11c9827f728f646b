/* raise - higher fees for what hangs. */
#include "engine-in.h"

#include "base/hex.h"
#include "io/cli.h"

enum { IN_LINE = 16, MOST_RAISES = 12 };

/* The same transaction with other fees. */
static bool sign_again(struct engine *s, const struct attempt *a, const struct fee *offer, struct signed_tx *out)
{
	struct payer *key = payer(s->args->key);
	struct buf old = BUF_INIT, raw = BUF_INIT;
	struct fee now, fee;
	uint8_t hash[32];
	struct tx tx;
	struct err e;

	BUG_ON(!hex_get_any(a->tx.raw, &old) || !tx_parse(buf_str(&old), &tx, NULL, NULL, &e));
	now = (struct fee){ tx.max_fee, tx.tip };
	bool good = tx.type == TX_1559 && address_eq(payer_address(key), &a->tx.from) &&
		fee_raise(&fee, &now, offer, s->args->fee->max_fee);
	if (good) {
		tx.max_fee = fee.max_fee;
		tx.tip = fee.tip;
		s->no_signer = payer_sign(key, &tx, &raw, hash, &e) != 0;
		if (s->no_signer)
			cli_warn("%s waits, and is not replaced: %s", tx_what(&a->tx), e.msg);
	}
	good = good && !s->no_signer;
	if (good) {
		*out = a->tx;
		signed_tx_text(&s->j->text, buf_str(&raw), hash, out);
	}
	buf_release(&old);
	buf_release(&raw);
	return good;
}

/* Into the journal with a replacement, which is sent in the next round.  An attempt that
 * the journal has seen mined is not replaced: it is only looked at again. */
static void raise_one(struct engine *s, struct watch *w, const struct fee *offer)
{
	struct signed_tx t;

	if (w->a->was_mined || w->raised >= MOST_RAISES || s->no_signer)
		return;
	if (!sign_again(s, w->a, offer, &t)) {
		if (!s->told_ceiling && !s->no_signer)
			cli_warn("%s waits, and --max-fee or the key allows no higher fees", tx_what(&w->a->tx));
		s->told_ceiling = true;
		return;
	}
	journal_try(s->j, &t);
	w->raised++;
	w->sent = w->low = false;
	w->next_send_ms = 0;
	s->moved_ms = now_ms();
}

/* Is the most that it offers less than what a block asks for at the least? */
static bool below_base(const struct attempt *a, struct u256 base)
{
	struct buf raw = BUF_INIT;
	struct tx tx;
	struct err e;

	BUG_ON(!hex_get_any(a->tx.raw, &raw) || !tx_parse(buf_str(&raw), &tx, NULL, NULL, &e));
	buf_release(&raw);
	return u256_cmp(tx.max_fee, base) < 0;
}

/* What would be offered now; nothing when the node is not to be believed, so that fees
 * grow by an eighth and no more. */
static void offer_of(const struct fee_args *a, const struct eth_fees *market, struct fee *offer)
{
	bool base = a->max_fee_text || u256_cmp(market->base_fee, u256_of(BELIEVABLE / 2)) <= 0;
	bool tip = a->tip_text || u256_cmp(market->tip, u256_of(BELIEVABLE)) <= 0;

	*offer = (struct fee){ U256_ZERO, U256_ZERO };
	if (base && tip)
		fee_offer(offer, market->base_fee, a->tip_text ? a->tip : market->tip, a->max_fee);
}

/* Those that are next in line and hang: the node wants more, or nothing was mined for
 * --bump-after, or the base fee has outgrown them. */
void raise_stuck(struct engine *s, bool at_start)
{
	bool late = now_ms() - s->moved_ms >= s->args->bump_s * 1000, low = false;
	struct eth_fees market;
	struct rpc_error re;
	struct fee offer;
	size_t in_line = 0;

	for (size_t i = 0; i < s->n; i++)
		low = low || (s->w[i].low && s->w[i].a->outcome == OPEN);
	if (!can_sign(s->args->key) || !(late || low || at_start))
		return;
	if (eth_fees(s->rpc, &market, &re) != RPC_OK)
		return;
	offer_of(s->args->fee, &market, &offer);
	for (size_t i = 0; i < s->n && in_line < IN_LINE; i++) {
		struct watch *w = &s->w[i];
		if (w->a->outcome != OPEN || w->seen || w->dead)
			continue;
		in_line++;
		if (w->low || (late && w->sent) || below_base(w->a, market.base_fee))
			raise_one(s, w, &offer);
	}
	journal_sync(s->j);
}
