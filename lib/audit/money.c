#include "audit/money-in.h"

#include <stdlib.h>

#include "audit/subject.h"
#include "base/mem.h"
#include "json/write.h"

struct money_payment *money_find(const struct money *m, struct str id)
{
	uint32_t i = intern_find(&m->payment_ids, id);

	return i == INTERN_NONE ? NULL : &m->payment[i];
}

const struct money_payment *money_payment_of(const struct money *m, const struct signed_tx *t)
{
	return t->action.n ? NULL : money_find(m, t->first);
}

/* ---- payments ------------------------------------------------------------------------ */

/* "pool:VERSION" */
static bool pool_version(struct str policy, uint64_t *version)
{
	struct u256 v;
	struct err e;

	return policy.n > 5 && memcmp(policy.p, "pool:", 5) == 0 &&
		u256_from_dec((struct str){ policy.p + 5, policy.n - 5 }, &v, &e) && u256_to_u64(v, version);
}

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
	uint64_t version = 0;
	bool pooled = pool_version(p.policy, &version);
	uint32_t i = intern(&m->payment_ids, p.id);
	if (i < m->n_payments) {
		struct money_payment *old = &m->payment[i];
		if (pooled && old->pooled && str_eq(old->p.worker, p.worker)) {
			old->p.amount = amount;         /* its batch was void, and it was planned again by other facts */
			old->version = version;
		} else if (!str_eq(old->p.worker, p.worker) || u256_cmp(old->p.amount, amount) != 0)
			findings_add(f, FIND_TWICE, subject, at, old->at, "stands with another worker or amount elsewhere");
		return;
	}
	if (i == m->cap_payments) {
		m->cap_payments = mem_grow(m->cap_payments, (size_t)i + 64);
		m->payment = mem_realloc(m->payment, m->cap_payments, sizeof *m->payment);
	}
	struct money_payment *new = &m->payment[m->n_payments++];
	*new = (struct money_payment){ .at = at, .last_tx = INTERN_NONE, .pooled = pooled, .version = version };
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
	if (!t->action.n)               /* else the list is that of a record */
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
	if (want->has_deployment && (!address_eq(&want->d.token.address, &t->to) || want->d.chain_id != t->chain))
		return err_set(e, "is for another token or chain than --deployment says");
	if (want->has_token && !address_eq(&want->token, &t->to))
		return err_set(e, "is for another token than --token says");
	if (want->has_payer && !address_eq(&want->payer, &t->from))
		return err_set(e, "is from another account than --payer says");
	if (want->has_chain && want->chain != t->chain)
		return err_set(e, "is for chain %llu, and --chain-id says %llu", (unsigned long long)t->chain,
		               (unsigned long long)want->chain);
	return true;
}

/* Everything about one transaction that its record and its payment can tell. */
static bool check_tx(struct money *m, const struct signed_tx *t, const struct money_payment *p, struct str line,
                     uint32_t *batch, struct err *e)
{
	*batch = PLANNED_NONE;
	if (t->action.n)
		return money_check_action(m, t, batch, e) &&
			(is_canonical(t, line) || err_set(e, "has fields or bytes that its tool does not write"));
	if (!p)
		err_set(e, "pays something that no payment record before it asks for");
	else if (!str_eq(t->id, t->first))
		err_set(e, "field \"id\" is not the payment it carries");
	else if (signed_tx_check(t, &p->p, e) && on_terms(&m->terms, t, e))
		return is_canonical(t, line) || err_set(e, "has fields or bytes that its tool does not write");
	return false;
}

/* The nonce of a transaction; a new one belongs to transaction i. */
static uint32_t nonce_of(struct money *m, const struct signed_tx *t, uint32_t i)
{
	char key[36];

	memcpy(key, t->from.b, 20);
	memcpy(key + 20, &t->nonce, 8);
	memcpy(key + 28, &t->chain, 8);
	uint32_t n = intern(&m->nonces, (struct str){ key, sizeof key });
	if (n >= m->n_nonces) {
		if (n >= m->cap_nonces) {
			m->cap_nonces = mem_grow(m->cap_nonces, (size_t)n + 64);
			m->nonce = mem_realloc(m->nonce, m->cap_nonces, sizeof *m->nonce);
		}
		m->nonce[m->n_nonces++] = (struct money_nonce){ i, false };
	}
	return n;
}

static void keep_tx(struct money *m, struct findings *f, const struct signed_tx *t, struct money_payment *p,
                    bool sound, uint32_t batch, struct str subject, struct place at)
{
	uint32_t i = intern(&m->hashes, t->hash);

	if (i < m->n_tx) {
		const struct money_tx *old = &m->tx[i];
		if (!str_eq(old->tx.first, t->first))
			findings_add(f, FIND_TX, subject, at, old->at, "carries another payment elsewhere");
		return;
	}
	if (i == m->cap_tx) {
		m->cap_tx = mem_grow(m->cap_tx, (size_t)i + 64);
		m->tx = mem_realloc(m->tx, m->cap_tx, sizeof *m->tx);
	}
	uint32_t n = nonce_of(m, t, i);
	m->tx[m->n_tx++] = (struct money_tx){ *t, at, sound, n, INTERN_NONE, t->action.n != 0, batch };
	m->n_transfers += t->action.n == 0;
	money_note_action(m, &m->tx[i]);
	const struct money_tx *rival = &m->tx[m->nonce[n].tx];
	if (!str_eq(rival->tx.first, t->first))
		findings_add(f, FIND_TX, subject, at, rival->at, "has the nonce of a transaction for another payment");
	if (p)
		p->last_tx = i;
}

static void take_tx(struct money *m, struct findings *f, const struct json_record *rec, struct str line,
                    struct str subject, struct place at)
{
	struct signed_tx t;
	struct err e;

	if (!signed_tx_read(rec, &m->keep, &t, &e)) {
		findings_add(f, FIND_TX, subject, at, NOWHERE, "%s", e.msg);
		return;
	}
	struct money_payment *p = t.action.n ? NULL : money_find(m, t.first);
	uint32_t batch;
	bool sound = check_tx(m, &t, p, line, &batch, &e);
	if (!sound)
		findings_add(f, FIND_TX, subject, at, p ? p->at : batch != PLANNED_NONE ? m->planned.batch[batch].at : NOWHERE,
		             "%s", e.msg);
	keep_tx(m, f, &t, p, sound, batch, subject, at);
}

/* ---- receipts ------------------------------------------------------------------------------ */

static bool is_canonical_receipt(const struct rec_receipt *x, struct str line)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"receipt\"");
	json_put_kstr(&b, "hash", x->hash);
	json_put_kuint(&b, "status", x->status);
	json_put_kuint(&b, "block", x->block);
	json_put_kuint(&b, "gas", x->gas);
	json_put_kraw(&b, "payments", x->payments.raw);
	buf_addc(&b, '}');
	bool same = str_eq(buf_str(&b), line);
	buf_release(&b);
	return same;
}

/* A receipt that stands twice is one; with other content it is a lie. */
static bool same_receipt(const struct money_receipt *a, const struct money_receipt *b)
{
	return a->status == b->status && a->block == b->block && a->gas == b->gas;
}

/* A batch may be settled by anybody: its receipt is of whatever transaction did it, and leaves out who was banned. */
static uint32_t settled_batch(const struct money *m, const struct money_receipt *new, const struct rec_receipt *x)
{
	if (new->tx == INTERN_NONE)
		return money_releases(m, x->payments.raw, PLANNED_NONE);
	const struct money_tx *t = &m->tx[new->tx];
	if (!str_is(t->tx.action, "settle") || t->batch == PLANNED_NONE)
		return PLANNED_NONE;
	return money_releases(m, x->payments.raw, t->batch);
}

static void note_settled(struct money *m, const struct money_receipt *new, const struct rec_receipt *x, uint32_t batch)
{
	struct money_settled s = { .hash = x->hash, .payments = x->payments.raw, .tx = new->tx, .batch = batch,
	                           .block = x->block, .gas = x->gas, .at = new->at };

	if (x->status == 1 && batch != PLANNED_NONE)
		money_settle(m, &s);
}

static void check_receipt(struct money *m, struct findings *f, const struct money_receipt *new,
                          const struct rec_receipt *x, uint32_t batch, struct str line, struct str subject)
{
	if (new->tx == INTERN_NONE && batch != PLANNED_NONE) {
		if (!is_canonical_receipt(x, line))
			findings_add(f, FIND_RECEIPT, subject, new->at, NOWHERE, "has fields or bytes that its tool does not write");
		return;
	}
	if (new->tx == INTERN_NONE) {
		findings_add(f, FIND_RECEIPT, subject, new->at, NOWHERE,
		             "a receipt for a transaction that is not in the log before it");
		return;
	}
	const struct money_tx *t = &m->tx[new->tx];
	if (batch == PLANNED_NONE && !str_eq(t->tx.payments, x->payments.raw))
		findings_add(f, FIND_RECEIPT, subject, new->at, t->at, "names other payments than its transaction");
	else if (!is_canonical_receipt(x, line))
		findings_add(f, FIND_RECEIPT, subject, new->at, t->at, "has fields or bytes that its tool does not write");
	if (t->receipt != INTERN_NONE && !same_receipt(&m->receipt[t->receipt], new))
		findings_add(f, FIND_RECEIPT, subject, new->at, m->receipt[t->receipt].at,
		             "says something else than another receipt of this transaction");
}

static void take_receipt(struct money *m, struct findings *f, const struct json_record *rec, struct str line,
                         struct str subject, struct place at)
{
	struct rec_receipt x;
	struct err e;

	if (!rec_receipt(rec, &m->scratch, &x, &e)) {
		findings_add(f, FIND_LINE, subject, at, NOWHERE, "%s", e.msg);
		return;
	}
	if (m->n_receipts == m->cap_receipts) {
		m->cap_receipts = mem_grow(m->cap_receipts, m->n_receipts + 64);
		m->receipt = mem_realloc(m->receipt, m->cap_receipts, sizeof *m->receipt);
	}
	struct money_receipt new = { intern_find(&m->hashes, x.hash), x.status, x.block, x.gas, at };
	uint32_t batch = settled_batch(m, &new, &x);
	check_receipt(m, f, &new, &x, batch, line, subject);
	note_settled(m, &new, &x, batch);
	m->n_transfer_receipts += batch == PLANNED_NONE && (new.tx == INTERN_NONE || !m->tx[new.tx].acts);
	if (new.tx != INTERN_NONE && m->tx[new.tx].receipt == INTERN_NONE)
		m->tx[new.tx].receipt = (uint32_t)m->n_receipts;
	m->receipt[m->n_receipts++] = new;
}

static void take_planned(struct money *m, struct findings *f, struct str kind, const struct json_record *r,
                         bool explained, struct str subject, struct place at)
{
	struct err e;

	if (!planned_take(&m->planned, kind, r, explained, at, &e))
		findings_add(f, FIND_LINE, subject, at, NOWHERE, "%s", e.msg);
}

void money_take(struct money *m, struct findings *f, struct str kind, const struct json_record *r, struct str line,
                bool explained, struct place at)
{
	static const char *const kinds[] = { "payment", "tx", "receipt", "batch", "commit", "claim", "run", "claims" };
	enum { PAYMENT, TX, RECEIPT, BATCH, COMMIT, CLAIM, KINDS = sizeof kinds / sizeof kinds[0] };
	struct buf subject = BUF_INIT;
	int k = 0;

	while (k < KINDS && !str_is(kind, kinds[k]))
		k++;
	if (k == KINDS)
		return;
	arena_reset(&m->scratch);
	subject_put(&subject, kind, r);
	if (k == PAYMENT)
		take_payment(m, f, r, buf_str(&subject), at);
	else if (k == TX)
		take_tx(m, f, r, line, buf_str(&subject), at);
	else if (k == RECEIPT)
		take_receipt(m, f, r, line, buf_str(&subject), at);
	else if (k <= CLAIM)
		take_planned(m, f, kind, r, explained, buf_str(&subject), at);
	else
		money_take_run(m, f, kind, r, buf_str(&subject), at);
	buf_release(&subject);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static const struct money_receipt *receipt_of(const struct money *m, const struct money_tx *t)
{
	return t->receipt == INTERN_NONE ? NULL : &m->receipt[t->receipt];
}

/* What was done to what; until the next call. */
static struct str action_key(struct money *m, const struct money_tx *t)
{
	struct buf b = BUF_INIT;

	arena_reset(&m->scratch);
	buf_addstr(&b, t->tx.action);
	buf_addc(&b, ' ');
	buf_addstr(&b, t->tx.payments.n > 2 ? t->tx.payments : t->tx.id);
	struct str key = arena_str(&m->scratch, buf_str(&b));
	buf_release(&b);
	return key;
}

/* How often each payment was made, and how often it may yet be. */
static void count(struct money *m)
{
	for (size_t i = 0; i < m->n_tx; i++) {
		const struct money_receipt *x = receipt_of(m, &m->tx[i]);
		struct money_payment *p = m->tx[i].acts ? NULL : money_find(m, m->tx[i].tx.first);
		if (x && x->status != 1)
			m->nonce[m->tx[i].nonce].failed = true;
		else if (x && p)
			p->n_paid++;
		else if (x && m->tx[i].acts)
			intern(&m->done, action_key(m, &m->tx[i]));
	}
	money_count_settled(m);
	for (size_t i = 0; i < m->n_nonces; i++) {
		struct money_payment *p = m->tx[m->nonce[i].tx].acts ? NULL : money_find(m, m->tx[m->nonce[i].tx].tx.first);
		if (p && !m->nonce[i].failed)
			p->n_open++;
	}
}

/* By a pool: what waits its turn, or for its window to pass, is no finding; who was left out, or passed over, is. */
static const char *pool_owes(const struct money *m, const struct planned_name *n)
{
	if (!n)
		return NULL;                    /* it should be in a batch, and that is missing */
	if (n->settled)
		return "the receipt of its batch leaves it out";
	if (n->settles.line)
		return "owed, and its batch was settled without a receipt";
	return n < m->last_settled ? "owed, and its batch was passed over: a later one is settled" : NULL;
}

static void judge_payment(struct money *m, struct findings *f, struct money_payment *p)
{
	const struct planned_name *name;
	struct buf s = BUF_INIT;
	struct place tx = p->last_tx == INTERN_NONE ? NOWHERE : m->tx[p->last_tx].at;
	bool owed = !u256_is_zero(p->p.amount);
	const char *why = NULL;

	subject_put_payment(&s, p->p.id, p->p.worker);
	p->n_open += money_alive(m, p->p.id, (uint32_t)(p - m->payment) + 1, &name);
	if (name && !tx.line)
		tx = m->planned.batch[name->batch].at;
	if (p->n_paid == 0 && p->pooled && (owed || (name && name->settled)))
		why = pool_owes(m, name);
	if (p->n_paid > 1)
		findings_add(f, FIND_TWICE, buf_str(&s), p->at, tx, "paid %u times", p->n_paid);
	else if (p->n_open > 1)
		findings_add(f, FIND_TWICE, buf_str(&s), p->at, tx, "%u %s carry it, and each may be %s", p->n_open,
		             p->pooled ? "batches" : "transactions", p->pooled ? "settled" : "mined");
	else if (why)
		findings_add(f, FIND_UNPAID, buf_str(&s), p->at, tx, "%s", why);
	else if (owed && !p->pooled && m->n_transfer_receipts && p->n_paid == 0)
		findings_add(f, FIND_UNPAID, buf_str(&s), p->at, tx, "owed, and no receipt says that it was paid");
	else if (owed && !p->pooled && m->n_transfers && p->last_tx == INTERN_NONE && !name)
		findings_add(f, FIND_UNPAID, buf_str(&s), p->at, NOWHERE, "owed, and no transaction pays it");
	buf_release(&s);
}

/* A failure matters until another transaction has paid. */
static void judge_failure(struct money *m, struct findings *f, const struct money_tx *t)
{
	const struct money_receipt *x = receipt_of(m, t);
	const struct money_payment *p = money_payment_of(m, &t->tx);
	struct buf s = BUF_INIT;

	if (!x || x->status == 1 || (p && p->n_paid) ||
	    (t->acts && intern_find(&m->done, action_key(m, t)) != INTERN_NONE))
		return;
	buf_addf(&s, "{\"kind\":\"receipt\",\"hash\":\"%.*s\"}", STR_FMT(t->tx.hash));
	findings_add(f, FIND_RECEIPT, buf_str(&s), x->at, t->at, t->acts ? "the transaction failed: nothing was done" :
	             "the transaction failed: no money has moved");
	buf_release(&s);
}

void money_finish(struct money *m, struct findings *f)
{
	count(m);
	for (size_t i = 0; i < m->n_tx; i++)
		judge_failure(m, f, &m->tx[i]);
	for (size_t i = 0; i < m->n_payments; i++)
		judge_payment(m, f, &m->payment[i]);
	money_finish_pool(m, f);
}

void money_release(struct money *m)
{
	intern_release(&m->payment_ids);
	intern_release(&m->hashes);
	intern_release(&m->nonces);
	planned_release(&m->planned);
	intern_release(&m->settled_ids);
	intern_release(&m->posts);
	intern_release(&m->numbers);
	intern_release(&m->done);
	free(m->settled);
	arena_release(&m->keep);
	arena_release(&m->scratch);
	free(m->payment);
	free(m->tx);
	free(m->nonce);
	free(m->receipt);
}
