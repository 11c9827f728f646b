#include "audit/money.h"

#include <stdlib.h>

#include "audit/subject.h"
#include "base/mem.h"
#include "json/write.h"

static struct money_payment *payment_of(const struct money *m, struct str id)
{
	uint32_t i = intern_find(&m->payment_ids, id);

	return i == INTERN_NONE ? NULL : &m->payment[i];
}

struct money_payment *money_payment_of(const struct money *m, const struct signed_tx *t)
{
	return payment_of(m, t->first);
}

/* ---- payments ------------------------------------------------------------------------ */

static void take_payment(struct money *m, struct findings *f, const struct json_record *rec, struct str subject,
                         struct place at)
{
	struct rec_payment p;
	struct u256 amount;
	struct err e;

	if (!rec_payment(rec, &m->scratch, &p, &e) || !u256_from_dec(p.amount, &amount, &e)) {
		findings_add(f, FIND_LINE, subject, at, NOWHERE, "%s", e.msg);
		return;
	}
	uint32_t i = intern(&m->payment_ids, p.id);
	if (i < m->n_payments) {
		const struct money_payment *old = &m->payment[i];
		if (!str_eq(old->p.worker, p.worker) || u256_cmp(old->p.amount, amount) != 0)
			findings_add(f, FIND_TWICE, subject, at, old->at, "stands with another worker or amount elsewhere");
		return;
	}
	if (i == m->cap_payments) {
		m->cap_payments = mem_grow(m->cap_payments, (size_t)i + 64);
		m->payment = mem_realloc(m->payment, m->cap_payments, sizeof *m->payment);
	}
	struct money_payment *new = &m->payment[m->n_payments++];
	*new = (struct money_payment){ .at = at, .last_tx = INTERN_NONE };
	new->p.id = intern_str(&m->payment_ids, i);
	new->p.worker = arena_str(&m->keep, p.worker);
	new->p.amount = amount;
}

/* ---- transactions ----------------------------------------------------------------------- */

static bool lower_case(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return false;
	return true;
}

/* Is the record, byte for byte, what lbl-payout writes for these bytes? */
static bool is_canonical(const struct signed_tx *t, struct str line)
{
	struct buf b = BUF_INIT, list = BUF_INIT;
	struct signed_tx one = *t;

	buf_addf(&list, "[\"%.*s\"]", STR_FMT(t->first));
	one.payments = buf_str(&list);
	buf_adds(&b, "{\"kind\":\"tx\"");
	put_tx_fields(&b, &one);
	bool same = lower_case(t->id) && lower_case(t->hash) && lower_case(t->raw) && str_eq(buf_str(&b), line);
	buf_release(&b);
	buf_release(&list);
	return same;
}

static bool on_terms(const struct money_terms *want, const struct signed_tx *t, struct err *e)
{
	struct address a;

	if (want->token.n && (!address_parse(want->token, &a, e) || !address_eq(&a, &t->to)))
		return err_set(e, "is for another token than --token");
	if (want->payer.n && (!address_parse(want->payer, &a, e) || !address_eq(&a, &t->from)))
		return err_set(e, "is from another account than --payer");
	if (want->chain && want->chain != t->chain)
		return err_set(e, "is for chain %llu, not for --chain-id", (unsigned long long)t->chain);
	return true;
}

/* Everything about one transaction that its record and its payment can tell. */
static bool check_tx(struct money *m, const struct signed_tx *t, const struct money_payment *p, struct str line,
                     struct err *e)
{
	if (!p)
		err_set(e, "pays something that no payment record before it asks for");
	else if (!str_eq(t->id, t->first))
		err_set(e, "field \"id\" is not the payment it carries");
	else if (signed_tx_check(t, &p->p, e) && on_terms(&m->terms, t, e))
		return is_canonical(t, line) || err_set(e, "has fields or bytes that its tool does not write");
	return false;
}

/* Two transactions of one account with one nonce: the chain takes one of them.  As two tries
 * at one payment that is good, as two payments it is a lie. */
static const struct money_tx *nonce_rival(struct money *m, const struct signed_tx *t, uint32_t index)
{
	char key[36];

	memcpy(key, t->from.b, 20);
	memcpy(key + 20, &t->nonce, 8);
	memcpy(key + 28, &t->chain, 8);
	uint32_t i = intern(&m->nonces, (struct str){ key, sizeof key });
	if (i >= m->cap_nonces) {
		m->cap_nonces = mem_grow(m->cap_nonces, (size_t)i + 64);
		m->by_nonce = mem_realloc(m->by_nonce, m->cap_nonces, sizeof *m->by_nonce);
	}
	if (i + 1 == m->nonces.n && (index == 0 || m->nonces.n > 0) && m->by_nonce[i] != index) {
		;
	}
	return NULL;
}

void money_release(struct money *m)
{
	intern_release(&m->payment_ids);
	intern_release(&m->hashes);
	intern_release(&m->nonces);
	arena_release(&m->keep);
	arena_release(&m->scratch);
	free(m->payment);
	free(m->tx);
	free(m->by_nonce);
	free(m->receipt);
}
