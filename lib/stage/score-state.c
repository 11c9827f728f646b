#include "stage/score-state.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"

static const char *const standings[] = { "new", "cleared", "retest", "stopped" };
static const char *const statuses[] = { "open", "pending", "paid", "void" };
enum { STANDINGS = 4 };

const char *standing_name(uint8_t standing)
{
	return standings[standing];
}

const char *status_name(uint8_t status)
{
	return statuses[status];
}

/* ---- reading -------------------------------------------------------------------------- */

/* What stands in a record. */
struct text {
	struct str worker, epoch, rule, policy, standing, identity;
	uint64_t labels, counted, flags, gold_hits, gold_trials;
	struct json_field llr, held, ended, due, state;
};

struct state_text {
	uint64_t answers, between, early;
	struct json_field seen, lone, met, apart, blocks;
};

struct block_text {
	uint64_t from, to, units, labels, agreement, bonus;
	struct json_field sum;
	struct str status;
};

static bool read_int(const struct json_field *f, const char *name, int64_t least, int64_t most, int64_t *out,
                     struct err *e)
{
	if (f->type != JSON_NUMBER || !num_parse_i64(f->raw, out) || *out < least || *out > most)
		return err_set(e, "field \"%s\": expected a whole number from %lld to %lld", name, (long long)least,
		               (long long)most);
	return true;
}

static bool read_bool(const struct json_field *f, const char *name, bool *out, struct err *e)
{
	*out = rec_has(f) && f->type == JSON_TRUE;
	if (rec_has(f) && f->type != JSON_TRUE && f->type != JSON_FALSE)
		return err_set(e, "field \"%s\": expected true or false", name);
	return true;
}

/* an array of n counts */
static bool read_counts(const struct json_field *list, const char *name, uint32_t *out, size_t n, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;
	size_t i = 0;
	int64_t v;

	for (; list->type == JSON_ARRAY && json_next(&rest, &item); i++) {
		if (i == n || !read_int(&item, name, 0, UINT32_MAX, &v, e))
			return err_set(e, "field \"%s\": expected %zu counts", name, n);
		out[i] = (uint32_t)v;
	}
	return i == n || err_set(e, "field \"%s\": expected %zu counts", name, n);
}

static bool read_due(struct carried *c, const struct json_field *list, struct account *x, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;
	uint32_t pair[2];

	x->due = (uint32_t)c->n_due;
	while (json_next(&rest, &item)) {
		if (!read_counts(&item, "due", pair, 2, e))
			return false;
		if (pair[0] >= c->counted || (c->n_due > x->due && pair[0] <= c->due[c->n_due - 1].epoch))
			return err_set(e, "field \"due\": epochs must rise, below \"counted\"");
		if (c->n_due == c->cap_due) {
			c->cap_due = mem_grow(c->cap_due, c->n_due + 64);
			c->due = mem_realloc(c->due, c->cap_due, sizeof *c->due);
		}
		c->due[c->n_due++] = (struct due){ pair[0], pair[1] };
	}
	x->n_due = (uint32_t)c->n_due - x->due;
	return true;
}

/* one of a list; those that are over are passed by */
static bool read_block(struct carried *c, const struct json_field *item, struct account *x, struct arena *a,
                       struct err *e)
{
	static const struct rec_field fields[] = {
		REC_FIELD(block_text, from, REC_COUNT, true), REC_FIELD(block_text, to, REC_COUNT, true),
		REC_FIELD(block_text, units, REC_COUNT, true), REC_FIELD(block_text, labels, REC_COUNT, true),
		REC_FIELD(block_text, sum, REC_VALUE, true), REC_FIELD(block_text, agreement, REC_BP, true),
		REC_FIELD(block_text, bonus, REC_BP, true), REC_FIELD(block_text, status, REC_STRING, true),
	};
	enum { N = sizeof fields / sizeof fields[0] };
	struct json_record r = { 0 };
	struct block_text t;
	int64_t sum;

	memset(&t, 0, sizeof t);
	bool good = item->type == JSON_OBJECT && json_read(&r, item->raw, e) && rec_read(&r, fields, N, a, &t, e);
	if (item->type != JSON_OBJECT)
		err_set(e, "expected an object");
	good = good && read_int(&t.sum, "sum", -((int64_t)1 << 53), (int64_t)1 << 53, &sum, e);
	json_record_release(&r);
	if (!good)
		return err_prefix(e, "field \"blocks\": ");
	const struct rule_block *last = c->n_blocks > x->block ? &c->block[c->n_blocks - 1] : NULL;
	bool open = str_is(t.status, "open");
	if (!open && !str_is(t.status, "pending"))
		return true;
	if (t.from > t.to || t.to >= c->counted || t.units > UINT32_MAX || t.labels > t.units ||
	    (last && (t.from <= last->to || last->status == RULE_OPEN)))
		return err_set(e, "field \"blocks\": they overlap or make no sense");
	if (c->n_blocks == c->cap_blocks) {
		c->cap_blocks = mem_grow(c->cap_blocks, c->n_blocks + 64);
		c->block = mem_realloc(c->block, c->cap_blocks, sizeof *c->block);
	}
	c->block[c->n_blocks++] = (struct rule_block){
		.from = (uint32_t)t.from, .to = (uint32_t)t.to, .units = (uint32_t)t.units, .labels = t.labels, .sum = sum,
		.agreement = (uint32_t)t.agreement, .bonus = (uint32_t)t.bonus, .status = open ? RULE_OPEN : RULE_PENDING,
	};
	return true;
}

static bool read_blocks(struct carried *c, const struct json_field *list, struct account *x, struct arena *a,
                        struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;

	x->block = (uint32_t)c->n_blocks;
	while (json_next(&rest, &item))
		if (!read_block(c, &item, x, a, e))
			return false;
	x->n_blocks = (uint32_t)c->n_blocks - x->block;
	return true;
}

static bool read_standing(struct str name, uint8_t *out, struct err *e)
{
	for (uint8_t i = 0; i < STANDINGS; i++)
		if (str_is(name, standings[i])) {
			*out = i;
			return true;
		}
	return err_set(e, "field \"standing\": expected new, cleared, retest or stopped");
}

/* None is more than what it is a part of: what comes of a count is taken to be a count of answers. */
static bool read_seen(const struct state_text *t, struct rule_state *s)
{
	uint64_t seen = 0;
	bool parts = t->answers <= UINT32_MAX && t->early <= t->between;

	for (int b = 0; b < RULE_SEATS; b++) {
		seen += s->seen[b];
		parts = parts && s->lone[b] <= s->seen[b] && s->apart[b] <= s->met[b] && s->met[b] <= t->answers;
	}
	s->answers = (uint32_t)t->answers;
	s->between = (uint32_t)t->between;
	s->early = (uint32_t)t->early;
	return parts && t->between <= seen && seen <= t->answers;
}

static bool read_state(struct carried *c, const struct text *t, struct account *x, struct arena *a, struct err *e)
{
	static const struct rec_field fields[] = {
		REC_FIELD(state_text, answers, REC_COUNT, true), REC_FIELD(state_text, seen, REC_LIST, true),
		REC_FIELD(state_text, lone, REC_LIST, true), REC_FIELD(state_text, between, REC_COUNT, true),
		REC_FIELD(state_text, early, REC_COUNT, true), REC_FIELD(state_text, met, REC_LIST, true),
		REC_FIELD(state_text, apart, REC_LIST, true), REC_FIELD(state_text, blocks, REC_LIST, true),
	};
	struct rule_state s = { .flags = (uint8_t)t->flags, .gold = (uint32_t)t->gold_trials, .right = (uint32_t)t->gold_hits };
	struct json_record r = { 0 };
	struct state_text st;

	memset(&st, 0, sizeof st);
	bool good = json_read(&r, t->state.raw, e) && rec_read(&r, fields, sizeof fields / sizeof *fields, a, &st, e) &&
	            read_int(&t->llr, "llr", INT32_MIN, INT32_MAX, &s.llr, e) && read_standing(t->standing, &s.standing, e) &&
	            read_bool(&t->held, "held", &s.held, e) && read_counts(&st.seen, "seen", s.seen, RULE_SEATS, e) &&
	            read_counts(&st.lone, "lone", s.lone, RULE_SEATS, e) &&
	            read_counts(&st.met, "met", s.met, RULE_SEATS, e) && read_counts(&st.apart, "apart", s.apart, RULE_SEATS, e) &&
	            read_blocks(c, &st.blocks, x, a, e);
	json_record_release(&r);
	if (!good)
		return false;
	if (!read_seen(&st, &s) || t->flags > UINT8_MAX || t->gold_trials > UINT32_MAX || t->gold_hits > t->gold_trials)
		return err_set(e, "field \"state\": counts are out of range");
	if (c->n_states == c->cap_states) {
		c->cap_states = mem_grow(c->cap_states, c->n_states + 64);
		c->state = mem_realloc(c->state, c->cap_states, sizeof *c->state);
	}
	x->state = (uint32_t)c->n_states;
	c->state[c->n_states++] = s;
	return true;
}

/* the records of an epoch later than all so far: what was there is over */
static bool begin(struct carried *c, const struct text *t, uint32_t epoch, bool ended, struct err *e)
{
	if (t->counted == 0 || t->counted >= UINT32_MAX || t->policy.n != 16)
		return err_set(e, "field \"%s\" makes no sense", t->policy.n != 16 ? "policy" : "counted");
	if (t->counted == c->counted) {
		if (epoch != c->epoch || ended != c->ended || !str_is(t->policy, c->policy))
			return err_set(e, "two scores are of epoch number %lu, and differ in its name, its policy or whether it was "
			               "the last", (unsigned long)t->counted - 1);
		return true;
	}
	c->n = c->n_states = c->n_blocks = c->n_due = 0;
	c->counted = (uint32_t)t->counted;
	c->epoch = epoch;
	c->ended = ended;
	memcpy(c->policy, t->policy.p, 16);
	return true;
}

static void note_epoch(struct carried *c, uint32_t epoch)
{
	if (epoch >= c->cap_scored) {
		c->cap_scored = mem_grow(c->cap_scored, (size_t)epoch + 16);
		c->scored = mem_realloc(c->scored, c->cap_scored, sizeof *c->scored);
	}
	for (; c->n_scored <= epoch; c->n_scored++)
		c->scored[c->n_scored] = false;
	c->scored[epoch] = true;
}

static bool keep(struct carried *c, const struct text *t, uint32_t worker, uint32_t epoch, struct arena *a, struct err *e)
{
	struct account x = { .worker = worker, .state = RULE_NONE };
	bool ended;

	if (!read_bool(&t->ended, "ended", &ended, e))
		return false;
	if (t->counted < c->counted)
		return true;
	if (!begin(c, t, epoch, ended, e) || !read_due(c, &t->due, &x, e))
		return false;
	if (t->labels > UINT32_MAX)
		return err_set(e, "field \"labels\" is out of range");
	x.labels = (uint32_t)t->labels;
	if (rec_has(&t->state) && !read_state(c, t, &x, a, e))
		return false;
	if (c->n == c->cap) {
		c->cap = mem_grow(c->cap, c->n + 64);
		c->account = mem_realloc(c->account, c->cap, sizeof *c->account);
	}
	c->account[c->n++] = x;
	return true;
}

bool carried_take(struct carried *c, const struct json_record *r, uint32_t worker, uint32_t epoch, struct arena *a,
                  struct str *identity, struct err *e)
{
	static const struct rec_field rule[] = { REC_FIELD(text, rule, REC_STRING, false) };
	static const struct rec_field fields[] = {
		REC_FIELD(text, labels, REC_COUNT, true), REC_FIELD(text, policy, REC_STRING, true),
		REC_FIELD(text, identity, REC_ID, false), REC_FIELD(text, standing, REC_STRING, true),
		REC_FIELD(text, held, REC_VALUE, true), REC_FIELD(text, gold_hits, REC_COUNT, true),
		REC_FIELD(text, gold_trials, REC_COUNT, true), REC_FIELD(text, flags, REC_COUNT, true),
		REC_FIELD(text, llr, REC_VALUE, true), REC_FIELD(text, due, REC_LIST, true),
		REC_FIELD(text, state, REC_OBJECT, false), REC_FIELD(text, counted, REC_COUNT, true),
		REC_FIELD(text, ended, REC_VALUE, false),
	};
	struct text t;

	memset(&t, 0, sizeof t);
	*identity = STR("");
	if (!rec_read(r, rule, 1, a, &t, e))
		return false;
	if (str_is(t.rule, "hold")) {
		if (!rec_read(r, fields, sizeof fields / sizeof fields[0], a, &t, e) || !keep(c, &t, worker, epoch, a, e))
			return false;
		*identity = t.identity.p ? t.identity : STR("");
	}
	note_epoch(c, epoch);
	return true;
}

bool carried_has_scores(const struct carried *c, uint32_t epoch)
{
	return epoch < c->n_scored && c->scored[epoch];
}

/* ---- joining ------------------------------------------------------------------------------ */

static void join_state(struct rule_state *to, const struct rule_state *s, bool first)
{
	static const uint8_t worse[] = { [RULE_CLEARED] = 0, [RULE_NEW] = 1, [RULE_RETEST] = 2, [RULE_STOPPED] = 3 };

	if (first) {
		*to = *s;
		return;
	}
	if (worse[s->standing] > worse[to->standing])
		to->standing = s->standing;
	to->llr = s->llr > to->llr ? s->llr : to->llr;
	to->flags = s->flags > to->flags ? s->flags : to->flags;
	to->held = to->held || s->held;
	to->gold += s->gold;
	to->right += s->right;
	to->answers += s->answers;
	for (int i = 0; i < RULE_SEATS; i++) {
		to->seen[i] += s->seen[i];
		to->lone[i] += s->lone[i];
		to->met[i] += s->met[i];
		to->apart[i] += s->apart[i];
	}
	to->between += s->between;
	to->early += s->early;
}

static int by_person(const void *a, const void *b)
{
	const struct rule_block *x = a, *y = b;

	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->units != y->units)
		return x->units < y->units ? -1 : 1;
	return (x->sum > y->sum) - (x->sum < y->sum);
}

/* blocks of one person that overlap, or come behind an open one, become one */
static size_t join_blocks(struct rule_block *x, size_t n)
{
	size_t m = 0;

	if (n)
		qsort(x, n, sizeof *x, by_person);
	for (size_t i = 0; i < n; i++) {
		struct rule_block *last = m ? &x[m - 1] : NULL;
		if (!last || last->who != x[i].who || (last->status != RULE_OPEN && x[i].from > last->to)) {
			x[m++] = x[i];
			continue;
		}
		last->to = last->to > x[i].to ? last->to : x[i].to;
		last->units += x[i].units;
		last->labels += x[i].labels;
		last->sum += x[i].sum;
		last->agreement = last->bonus = 0;
		last->status = RULE_OPEN;
	}
	return m;
}

void carried_join(const struct carried *c, const uint32_t *identity, size_t n_identities, struct rule_run *run)
{
	bool *has = mem_zalloc(n_identities, sizeof *has);

	run->counted = c->counted;
	run->state = mem_zalloc(n_identities, sizeof *run->state);
	run->block = mem_alloc(c->n_blocks, sizeof *run->block);
	run->n_blocks = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct account *x = &c->account[i];
		uint32_t who = identity[x->worker];
		if (x->state == RULE_NONE)
			continue;
		join_state(&run->state[who], &c->state[x->state], !has[who]);
		has[who] = true;
		for (uint32_t k = 0; k < x->n_blocks; k++) {
			run->block[run->n_blocks] = c->block[x->block + k];
			run->block[run->n_blocks++].who = who;
		}
	}
	run->n_blocks = join_blocks(run->block, run->n_blocks);
	free(has);
}

/* ---- writing ------------------------------------------------------------------------------- */

void due_put(struct buf *b, const struct due *due, size_t n)
{
	json_put_key(b, "due");
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++) {
		json_put_sep(b);
		buf_addf(b, "[%lu,%lu]", (unsigned long)due[i].epoch, (unsigned long)due[i].units);
	}
	buf_addc(b, ']');
}

static void put_counts(struct buf *b, const char *name, const uint32_t *v, size_t n)
{
	json_put_key(b, name);
	for (size_t i = 0; i < n; i++) {
		buf_addc(b, i ? ',' : '[');
		buf_addu(b, v[i]);
	}
	buf_addc(b, ']');
}

static void put_block(struct buf *b, const struct rule_block *k)
{
	json_put_sep(b);
	buf_addc(b, '{');
	json_put_kuint(b, "from", k->from);
	json_put_kuint(b, "to", k->to);
	json_put_kuint(b, "units", k->units);
	json_put_kuint(b, "labels", k->labels);
	json_put_kint(b, "sum", k->sum);
	json_put_kuint(b, "agreement", k->agreement);
	json_put_kuint(b, "bonus", k->bonus);
	json_put_kstr(b, "status", str_of(statuses[k->status]));
	if (k->status == RULE_PAID)
		json_put_kuint(b, "score", k->score);
	buf_addc(b, '}');
}

void state_put(struct buf *b, const struct rule_state *s, const struct rule_block *block, const uint32_t *order, size_t n)
{
	json_put_key(b, "state");
	buf_addc(b, '{');
	json_put_kuint(b, "answers", s->answers);
	put_counts(b, "seen", s->seen, RULE_SEATS);
	put_counts(b, "lone", s->lone, RULE_SEATS);
	put_counts(b, "met", s->met, RULE_SEATS);
	put_counts(b, "apart", s->apart, RULE_SEATS);
	json_put_kuint(b, "between", s->between);
	json_put_kuint(b, "early", s->early);
	json_put_key(b, "blocks");
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++)
		put_block(b, &block[order[i]]);
	buf_adds(b, "]}");
}

void carried_release(struct carried *c)
{
	free(c->account);
	free(c->state);
	free(c->block);
	free(c->due);
	free(c->scored);
	*c = (struct carried){ 0 };
}
