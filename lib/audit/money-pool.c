/* What a pool and a claims contract are told, and what came of it. */
#include "audit/money-in.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "json/write.h"
#include "stage/plan.h"

/* ---- one action ------------------------------------------------------------------------ */

static bool named_so(const struct signed_tx *t, const uint8_t about[32], struct err *e)
{
	return deed_id_is(t->id, t->action, about, t->batch) ||
		err_set(e, "field \"id\" is not that of this %.*s", STR_FMT(t->action));
}

/* A batch is named after its chain and pool, too: so an id tells where it may go. */
static bool to_its_pool(const struct planned_batch *b, const struct signed_tx *t, struct err *e)
{
	uint8_t (*id)[32] = mem_alloc(b->n, sizeof *id), hash[32];
	struct str list = b->payments;
	struct json_field item;
	bool good = true;

	for (size_t i = 0; good && i < b->n && json_next(&list, &item); i++)
		good = item.raw.n == 66 && hex_get((struct str){ item.raw.p + 2, 64 }, id[i], 32);
	if (good)
		plan_batch_id(t->chain, &t->to, b->words, (const uint8_t (*)[32])id, b->n, hash);
	free(id);
	return (good && memcmp(hash, b->about, 32) == 0) ||
		err_set(e, "goes to another pool or chain than batch %.*s was planned for", STR_FMT(b->id));
}

static bool check_batch(const struct money *m, const struct signed_tx *t, const struct deed *d, uint32_t *batch,
                        struct err *e)
{
	*batch = planned_of(&m->planned, t->payments, d->log_root);
	if (*batch == PLANNED_NONE)
		return err_set(e, "field \"payments\": is not that of a batch before it");
	const struct planned_batch *b = &m->planned.batch[*batch];
	if (!str_eq(d->words, b->words))
		return err_set(e, "field \"raw\": has other words than batch %.*s", STR_FMT(b->id));
	if (d->kind == DEED_POST && memcmp(d->log_root, b->log_root, 32) != 0)
		return err_set(e, "field \"raw\": has another log root than batch %.*s", STR_FMT(b->id));
	if (d->number != t->batch || d->number == 0)
		return err_set(e, "field \"batch\": is not the number in \"raw\"");
	return to_its_pool(b, t, e) && named_so(t, b->about, e);
}

static bool is_list_of(struct str list, struct str id)
{
	struct json_field item, more;

	return json_next(&list, &item) && item.type == JSON_STRING && str_eq(item.raw, id) && !json_next(&list, &more);
}

static bool only_one(struct str list, struct str *id, struct err *e)
{
	struct json_field item;
	struct str rest = list;

	if (!json_next(&rest, &item) || item.type != JSON_STRING || !is_list_of(list, item.raw))
		return err_set(e, "field \"payments\": expected one id");
	*id = item.raw;
	return true;
}

static bool check_withdraw(const struct signed_tx *t, const uint8_t about[32], struct err *e)
{
	struct str list = t->payments;
	struct json_field item;

	if (json_next(&list, &item))
		return err_set(e, "field \"payments\": a withdrawal makes none");
	return named_so(t, about, e);
}

static bool check_commit(const struct money *m, const struct signed_tx *t, const struct deed *d, struct err *e)
{
	struct str id;

	if (!only_one(t->payments, &id, e))
		return false;
	const struct planned_commit *c = planned_commit_of(&m->planned, id, d->log_root);
	if (!c)
		return err_set(e, "field \"payments\": is not that of a commit before it");
	if (!address_eq(&t->to, &c->c.claims) || t->chain != c->c.chain)
		return err_set(e, "goes to another contract or chain than commit %.*s is for", STR_FMT(id));
	if (d->group != c->c.group || !str_eq(d->words, c->c.words))
		return err_set(e, "field \"raw\": has another group or other words than commit %.*s", STR_FMT(id));
	if (memcmp(d->log_root, c->c.log_root, 32) != 0)
		return err_set(e, "field \"raw\": has another log root than commit %.*s", STR_FMT(id));
	return named_so(t, c->about, e);
}

/* The proof must lead to a root that a commit has, and the claim be one of those that were planned. */
static bool check_claim(const struct money *m, const struct signed_tx *t, const struct deed *d, const uint8_t about[32],
                        struct err *e)
{
	struct hash32 at, sibling;
	uint8_t said[32];
	struct str id;

	if (!only_one(t->payments, &id, e))
		return false;
	if (id.n != 66 || !hex_get((struct str){ id.p + 2, 64 }, said, 32) || memcmp(said, about, 32) != 0)
		return err_set(e, "field \"payments\": is not the claim in \"raw\"");
	if (!planned_claim(&m->planned, about))
		return err_set(e, "field \"payments\": is not that of a claim before it");
	claims_leaf(d->index, d->total, &at);
	for (size_t i = 0; i < d->proof.n; i += sizeof sibling) {
		memcpy(&sibling, d->proof.p + i, sizeof sibling);
		merkle_node(&at, &sibling, &at);
	}
	if (!planned_root(&m->planned, at.b))
		return err_set(e, "field \"raw\": its proof leads to no root that a commit before it has");
	return named_so(t, about, e);
}

static bool on_terms(const struct money_terms *want, const struct signed_tx *t, const struct deed *d, struct err *e)
{
	bool pool = d->kind == DEED_POST || d->kind == DEED_SETTLE || d->kind == DEED_WITHDRAW;

	if (want->has_deployment && !address_eq(&t->to, pool ? &want->d.pool.address : &want->d.claims.address))
		return err_set(e, "goes to another contract than the %s of --deployment", pool ? "pool" : "claims");
	if (want->has_deployment && want->d.chain_id != t->chain)
		return err_set(e, "is for another chain than --deployment says");
	if (want->has_payer && !address_eq(&want->payer, &t->from))
		return err_set(e, "is from another account than --payer says");
	if (want->has_chain && want->chain != t->chain)
		return err_set(e, "is for chain %llu, and --chain-id says %llu", (unsigned long long)t->chain,
		               (unsigned long long)want->chain);
	return true;
}

static bool check_deed(const struct money *m, const struct signed_tx *t, const struct tx *tx, uint32_t *batch,
                       struct err *e)
{
	uint8_t about[32] = { 0 };
	struct deed d;

	if (!deed_read(t->action, tx->data, &d, e))
		return false;
	if (!u256_is_zero(tx->value))
		return err_set(e, "field \"raw\": sends ether along");
	if ((d.kind == DEED_POST || d.kind == DEED_SETTLE) && !check_batch(m, t, &d, batch, e))
		return false;
	if (d.kind > DEED_SETTLE && t->batch)
		return err_set(e, "field \"batch\": a %.*s is about none", STR_FMT(t->action));
	deed_about(&d, tx, about);
	if ((d.kind == DEED_WITHDRAW && !check_withdraw(t, about, e)) ||
	    (d.kind == DEED_COMMIT && !check_commit(m, t, &d, e)) ||
	    (d.kind == DEED_CLAIM && !check_claim(m, t, &d, about, e)))
		return false;
	return on_terms(&m->terms, t, &d, e);
}

bool money_check_action(struct money *m, const struct signed_tx *t, uint32_t *batch, struct err *e)
{
	struct buf raw = BUF_INIT;
	uint8_t hash[32];
	struct address from;
	struct tx tx;

	*batch = PLANNED_NONE;
	bool good = signed_tx_check(t, NULL, e) && hex_get_any(t->raw, &raw) &&
		tx_parse(buf_str(&raw), &tx, &from, hash, e) && check_deed(m, t, &tx, batch, e);
	buf_release(&raw);
	return good;
}

/* ---- what was posted and settled -------------------------------------------------------- */

struct key {
	char b[28];
};

static struct str number_key(struct key *k, const struct address *pool, uint64_t number)
{
	memcpy(k->b, pool->b, 20);
	memcpy(k->b + 20, &number, 8);
	return (struct str){ k->b, sizeof k->b };
}

static struct str post_key(struct key *k, uint32_t name, uint64_t number)
{
	memcpy(k->b, &name, 4);
	memcpy(k->b + 4, &number, 8);
	return (struct str){ k->b, 12 };
}

bool money_is_posted(const struct money *m, uint32_t batch, uint64_t number)
{
	struct key k;

	return intern_find(&m->posts, post_key(&k, m->planned.batch[batch].name, number)) != INTERN_NONE;
}

void money_note_action(struct money *m, const struct money_tx *t)
{
	struct key k;

	if (!t->sound || t->batch == PLANNED_NONE)
		return;
	uint32_t name = m->planned.batch[t->batch].name;
	struct planned_name *n = &m->planned.name[name];
	if (str_is(t->tx.action, "settle")) {
		n->settles = t->at;
		return;
	}
	intern(&m->posts, post_key(&k, name, t->tx.batch));
	n->number = t->tx.batch;
	n->pool = t->tx.to;
}

static bool is_part(struct str part, struct str whole)
{
	struct json_field a, b;

	while (json_next(&part, &a)) {
		do
			if (!json_next(&whole, &b))
				return false;
		while (a.type != b.type || !str_eq(a.raw, b.raw));
	}
	return true;
}

uint32_t money_releases(const struct money *m, struct str payments, uint32_t wanted)
{
	const struct planned *p = &m->planned;
	struct str list = payments;
	struct json_field first;

	if (wanted != PLANNED_NONE)
		return is_part(payments, p->batch[wanted].payments) ? wanted : PLANNED_NONE;
	if (!json_next(&list, &first) || first.type != JSON_STRING)
		return PLANNED_NONE;
	for (uint32_t k = planned_with(p, first.raw); k != PLANNED_NONE; k = p->in[k].older)
		if (is_part(payments, p->batch[p->in[k].batch].payments))
			return p->in[k].batch;
	return PLANNED_NONE;
}

void money_settle(struct money *m, const struct money_settled *s)
{
	uint32_t i = intern(&m->settled_ids, s->hash);

	if (i < m->n_settled)
		return;
	if (i == m->cap_settled) {
		m->cap_settled = mem_grow(m->cap_settled, (size_t)i + 16);
		m->settled = mem_realloc(m->settled, m->cap_settled, sizeof *m->settled);
	}
	m->settled[m->n_settled] = *s;
	m->settled[m->n_settled].hash = intern_str(&m->settled_ids, i);
	m->settled[m->n_settled++].payments = arena_str(&m->keep, s->payments);
}

void money_count_settled(struct money *m)
{
	struct key k;

	for (size_t i = 0; i < m->n_settled; i++) {
		const struct money_settled *s = &m->settled[i];
		struct planned_name *n = &m->planned.name[m->planned.batch[s->batch].name];
		struct str list = s->payments;
		struct json_field item;
		uint64_t number = s->tx == INTERN_NONE ? n->number : m->tx[s->tx].tx.batch;
		n->settled = true;
		if (!m->last_settled || n > m->last_settled)
			m->last_settled = n;
		if (number)
			intern(&m->numbers, number_key(&k, s->tx == INTERN_NONE ? &n->pool : &m->tx[s->tx].tx.to, number));
		while (json_next(&list, &item)) {
			struct money_payment *p = money_find(m, item.raw);
			if (p)
				p->n_paid++;
		}
	}
}

/* Its number went to another one: it was void. */
static bool is_dead(const struct money *m, const struct planned_name *n)
{
	struct key k;

	return !n->settled && n->number && intern_find(&m->numbers, number_key(&k, &n->pool, n->number)) != INTERN_NONE;
}

uint32_t money_alive(struct money *m, struct str payment, uint32_t mark, const struct planned_name **name)
{
	struct planned *p = &m->planned;
	uint32_t n = 0;

	*name = NULL;
	for (uint32_t k = planned_with(p, payment); k != PLANNED_NONE; k = p->in[k].older) {
		struct planned_name *x = &p->name[p->batch[p->in[k].batch].name];
		if (x->mark == mark || is_dead(m, x))
			continue;
		x->mark = mark;
		n++;
		*name = *name ? *name : x;
	}
	return n;
}

bool money_sum(const struct money *m, struct str payments, struct u256 *sum)
{
	struct json_field item;

	*sum = U256_ZERO;
	while (json_next(&payments, &item)) {
		const struct money_payment *p = money_find(m, item.raw);
		if (!p || !u256_add(sum, *sum, p->p.amount))
			return false;
	}
	return true;
}

/* ---- whom a run is for ------------------------------------------------------------------ */

static void check_place(struct money *m, struct findings *f, const struct json_field *place, struct str subject,
                        struct place at)
{
	struct pool_place p, want;
	struct err e;

	if (!pool_place_read(place, &p, &e))
		return;                 /* the run says so itself */
	m->pool = p.pool;
	if (!m->terms.has_deployment)
		return;
	want = pool_place_of(&m->terms.d);
	if (!pool_place_is(&p, &want, &e))
		findings_add(f, FIND_RUN, subject, at, NOWHERE, "planned for another pool than --deployment: %s", e.msg);
}

void money_take_run(struct money *m, struct findings *f, struct str kind, const struct json_record *r,
                    struct str subject, struct place at)
{
	const struct json_field *options = json_get(r, STR("options"));
	struct json_record in = { 0 };
	struct claims_facts facts;
	struct err e;

	if (str_is(kind, "claims")) {
		if (m->terms.has_deployment && claims_facts_read(r, &m->scratch, &facts, &e) &&
		    (facts.chain != m->terms.d.chain_id || !address_eq(&facts.claims, &m->terms.d.claims.address)))
			findings_add(f, FIND_RUN, subject, at, NOWHERE, "of another contract or chain than --deployment says");
		return;
	}
	if (options && options->type == JSON_OBJECT && json_read(&in, options->raw, &e)) {
		const struct json_field *place = json_get(&in, STR("deployment"));
		if (place && place->type == JSON_OBJECT)
			check_place(m, f, place, subject, at);
	}
	json_record_release(&in);
}

/* ---- the end ---------------------------------------------------------------------------- */

void money_unposted(const struct money *m, struct findings *f, const struct money_tx *t)
{
	struct buf s = BUF_INIT;

	buf_addf(&s, "{\"kind\":\"tx\",\"id\":\"%.*s\",\"hash\":\"%.*s\"}", STR_FMT(t->tx.id), STR_FMT(t->tx.hash));
	findings_add(f, FIND_TX, buf_str(&s), t->at, m->planned.batch[t->batch].at,
	             "settles as number %llu a batch that was not posted under it", (unsigned long long)t->tx.batch);
	buf_release(&s);
}

/* Of those that were tried, the log has the one that settled a batch: then its receipt is no other one's. */
static void check_own(const struct money *m, struct findings *f, const struct money_settled *s)
{
	struct place own = m->planned.name[m->planned.batch[s->batch].name].settles;
	struct buf b = BUF_INIT;

	if (s->tx != INTERN_NONE || !own.line)
		return;
	buf_addf(&b, "{\"kind\":\"receipt\",\"hash\":\"%.*s\"}", STR_FMT(s->hash));
	findings_add(f, FIND_RECEIPT, buf_str(&b), s->at, own,
	             "is of another transaction than the one that settles its batch");
	buf_release(&b);
}

void money_finish_pool(const struct money *m, struct findings *f)
{
	for (size_t i = 0; i < m->n_tx && !m->terms.asks_chain; i++) {
		const struct money_tx *t = &m->tx[i];
		if (t->sound && t->acts && str_is(t->tx.action, "settle") && !money_is_posted(m, t->batch, t->tx.batch))
			money_unposted(m, f, t);
	}
	for (size_t i = 0; i < m->n_settled; i++)
		check_own(m, f, &m->settled[i]);
	planned_finish(&m->planned, f);
}
