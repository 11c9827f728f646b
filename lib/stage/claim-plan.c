/* Taking, and what was counted when.  What comes of it: claim-emit.c. */
#include "stage/claim-part.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"
#include "stage/plan-facts.h"

static void *create(void)
{
	return mem_zalloc(1, sizeof(struct claim_plan));
}

static void destroy(void *stage)
{
	struct claim_plan *p = stage;

	intern_release(&p->workers);
	intern_release(&p->epochs);
	intern_release(&p->score_pairs);
	intern_release(&p->claim_pairs);
	arena_release(&p->scratch);
	for (size_t i = 0; i < p->n_counted; i++)
		free(p->counted[i].epoch);
	free(p->counted);
	free(p->scored);
	free(p->carried);
	free(p->lane);
	free(p);
}

/* ---- taking -------------------------------------------------------------------------- */

static uint32_t pair_id(struct intern *pairs, uint32_t worker, uint32_t epoch)
{
	uint32_t pair[2] = { worker, epoch };

	return intern(pairs, (struct str){ (const char *)pair, sizeof pair });
}

static bool take_score(struct claim_plan *p, const struct json_record *r, struct err *e)
{
	struct rec_score s;

	if (!rec_score(r, &p->scratch, &s, e))
		return false;
	if (s.units >> UNIT_BITS)
		return err_set(e, "field \"units\": is not below 2^%d", UNIT_BITS);
	uint32_t worker = intern(&p->workers, s.worker), epoch = intern(&p->epochs, s.epoch);
	p->conflict = pair_id(&p->score_pairs, worker, epoch) < p->n_scored;
	if (p->conflict)
		return err_set(e, "a second score for worker \"%.*s\" in epoch \"%.*s\"", STR_FMT(s.worker), STR_FMT(s.epoch));
	if (p->n_scored == p->cap_scored) {
		p->cap_scored = mem_grow(p->cap_scored, p->n_scored + 64);
		p->scored = mem_realloc(p->scored, p->cap_scored, sizeof *p->scored);
	}
	p->scored[p->n_scored++] = (struct scored){ worker, epoch, (uint32_t)s.units, (uint16_t)s.score_bp,
	                                            (uint16_t)s.bonus_bp };
	return true;
}

static bool same_count(const struct carried *a, const struct carried *b)
{
	return a->index == b->index && a->units == b->units && a->score_sum == b->score_sum && a->bonus_sum == b->bonus_sum;
}

static bool take_claim(struct claim_plan *p, const struct json_record *r, struct err *e)
{
	struct claim c;

	if (!claim_read(r, &p->scratch, &c, e))
		return false;
	struct carried new = { .worker = intern(&p->workers, c.worker), .epoch = intern(&p->epochs, c.epoch),
	                       .index = (uint32_t)c.index, .units = (uint32_t)c.units, .score_sum = c.score_sum,
	                       .bonus_sum = c.bonus_sum, .total = c.total, .added = c.added };
	uint32_t i = pair_id(&p->claim_pairs, new.worker, new.epoch);
	if (i < p->n_carried) {
		p->conflict = !same_count(&p->carried[i], &new);
		if (p->conflict)
			return err_set(e, "a second claim for worker \"%.*s\" in epoch \"%.*s\", of other work",
			               STR_FMT(c.worker), STR_FMT(c.epoch));
		p->carried[i] = new;
		return true;
	}
	if (p->n_carried == p->cap_carried) {
		p->cap_carried = mem_grow(p->cap_carried, p->n_carried + 64);
		p->carried = mem_realloc(p->carried, p->cap_carried, sizeof *p->carried);
	}
	p->carried[p->n_carried++] = new;
	return true;
}

static bool take_lane(struct claim_plan *p, const struct json_record *r, struct err *e)
{
	struct lane_facts l;
	struct str worker;

	if (!lane_read(r, &p->scratch, &worker, &l, e))
		return false;
	uint32_t w = intern(&p->workers, worker);
	if (w >= p->n_lanes) {
		size_t n = mem_grow(p->n_lanes, (size_t)w + 64);
		p->lane = mem_realloc(p->lane, n, sizeof *p->lane);
		memset(p->lane + p->n_lanes, 0, (n - p->n_lanes) * sizeof *p->lane);
		p->n_lanes = n;
	}
	p->lane[w] = (struct claim_lane){ true, l.banned, l.index };
	return true;
}

static bool same_counted(const struct counted *a, const struct counted *b)
{
	return a->n == b->n && a->claims == b->claims && memcmp(a->epoch, b->epoch, a->n * sizeof *a->epoch) == 0;
}

static bool read_epochs(struct claim_plan *p, const struct json_field *list, struct counted *c, struct err *e)
{
	struct str rest = list->raw, name;
	struct json_field item;
	size_t cap = 0;

	while (json_next(&rest, &item)) {
		if (item.type != JSON_STRING || !rec_check_id(json_text(&item, &p->scratch), &p->scratch, &name, e))
			return err_set(e, "field \"epochs\": expected identifiers");
		if (c->n == cap) {
			cap = mem_grow(cap, c->n + 8);
			c->epoch = mem_realloc(c->epoch, cap, sizeof *c->epoch);
		}
		c->epoch[c->n++] = intern(&p->epochs, name);
	}
	return c->n > 0 || err_set(e, "field \"epochs\": is empty");
}

static bool take_counted(struct claim_plan *p, const struct json_record *r, struct err *e)
{
	struct text { struct json_field epochs; uint64_t claims; } t = { 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, epochs, REC_LIST, true),
		REC_FIELD(text, claims, REC_COUNT, true),
	};
	struct counted c = { 0 };

	if (!rec_read(r, fields, 2, &p->scratch, &t, e))
		return false;
	c.claims = t.claims;
	if (!read_epochs(p, &t.epochs, &c, e)) {
		free(c.epoch);
		return false;
	}
	for (size_t i = 0; i < p->n_counted; i++) {
		if (p->counted[i].epoch[p->counted[i].n - 1] != c.epoch[c.n - 1])
			continue;
		p->conflict = !same_counted(&p->counted[i], &c);
		free(c.epoch);
		return !p->conflict || err_set(e, "the same epoch was counted twice, and not in the same way");
	}
	if (p->n_counted == p->cap_counted) {
		p->cap_counted = mem_grow(p->cap_counted, p->n_counted + 8);
		p->counted = mem_realloc(p->counted, p->cap_counted, sizeof *p->counted);
	}
	p->counted[p->n_counted++] = c;
	return true;
}

static bool take_facts(struct claim_plan *p, const struct json_record *r, struct err *e)
{
	struct claims_facts f;

	if (!claims_facts_read(r, &p->scratch, &f, e))
		return false;
	p->conflict = p->has_facts && (f.chain != p->facts.chain || !address_eq(&f.claims, &p->facts.claims));
	if (p->conflict)
		return err_set(e, "a claims record of another contract than the one before");
	p->facts = f;
	p->has_facts = true;
	return true;
}

static bool take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	struct claim_plan *p = stage;

	arena_reset(&p->scratch);
	p->conflict = false;
	if (str_is(kind, "score"))
		return take_score(p, r, e);
	if (str_is(kind, "claim"))
		return take_claim(p, r, e);
	if (str_is(kind, "lane"))
		return take_lane(p, r, e);
	if (str_is(kind, "counted"))
		return take_counted(p, r, e);
	if (str_is(kind, "claims"))
		return take_facts(p, r, e);
	return true;
}

/* Facts are of a moment: the same work has the same root, whoever plans it, and whenever. */
static void line(void *stage, struct str kind, struct str text)
{
	if (!str_is(kind, "chain") && !str_is(kind, "lane") && !str_is(kind, "claims"))
		logroot_add(&((struct claim_plan *)stage)->log, text);
}

/* ---- options -------------------------------------------------------------------------- */

void claim_plan_set(void *stage, const struct claim_options *o)
{
	((struct claim_plan *)stage)->options = *o;
}

void claim_put_options(struct buf *b, const struct claim_plan *p)
{
	buf_adds(b, "{\"mode\":\"claims\"");
	if (p->options.epoch[0])
		json_put_kstr(b, "epoch", str_of(p->options.epoch));
	else
		json_put_knull(b, "epoch");
	buf_addc(b, '}');
}

bool claim_plan_is(const struct json_field *options)
{
	struct json_record r = { 0 };
	struct err ignored;

	bool is = options->type == JSON_OBJECT && json_read(&r, options->raw, &ignored);
	const struct json_field *mode = is ? json_get(&r, STR("mode")) : NULL;
	is = mode && mode->type == JSON_STRING && str_is(mode->raw, "claims");
	json_record_release(&r);
	return is;
}

static bool read_options(struct claim_plan *p, const struct json_record *r, struct err *e)
{
	const struct json_field *epoch = json_get(r, STR("epoch"));

	if (epoch && epoch->type == JSON_STRING) {
		struct str s = json_text(epoch, &p->scratch);
		if (s.n > REC_ID_MAX)
			return err_set(e, "options: field \"epoch\" is too long");
		memcpy(p->options.epoch, s.p, s.n);
	} else if (epoch && epoch->type != JSON_NULL) {
		return err_set(e, "options: field \"epoch\": expected a string or null");
	}
	return true;
}

static bool configure(void *stage, const struct json_field *options, struct err *e)
{
	struct claim_plan *p = stage;
	struct json_record r = { 0 };

	p->options = (struct claim_options){ .threads = p->options.threads };
	arena_reset(&p->scratch);
	bool good = claim_plan_is(options) || err_set(e, "options: field \"mode\": expected claims");
	good = good && json_read(&r, options->raw, e) && read_options(p, &r, e);
	json_record_release(&r);
	return good;
}

/* ---- which epoch, and what it is counted on top of -------------------------------------- */

static bool holds(const struct counted *c, uint32_t epoch)
{
	for (size_t i = 0; c && i < c->n; i++)
		if (c->epoch[i] == epoch)
			return true;
	return false;
}

/* The counting that all others led to. */
static bool last_counted(const struct claim_plan *p, const struct counted **last, struct err *e)
{
	const struct counted *l = NULL;

	for (size_t i = 0; i < p->n_counted; i++)
		if (!l || p->counted[i].n > l->n)
			l = &p->counted[i];
	for (size_t i = 0; i < p->n_counted; i++) {
		const struct counted *c = &p->counted[i];
		if (memcmp(c->epoch, l->epoch, c->n * sizeof *c->epoch) != 0)
			return err_set(e, "epoch \"%.*s\" was not counted on top of \"%.*s\", nor the other way round",
			               STR_FMT(intern_str(&p->epochs, l->epoch[l->n - 1])),
			               STR_FMT(intern_str(&p->epochs, c->epoch[c->n - 1])));
	}
	*last = l;
	return true;
}

/* The one asked for; else the only one that has scores and is not counted yet; else the last. */
static bool choose_epoch(const struct claim_plan *p, const struct counted *last, uint32_t *epoch, struct err *e)
{
	bool many = false;

	if (p->options.epoch[0]) {
		*epoch = intern_find(&p->epochs, str_of(p->options.epoch));
		for (size_t i = 0; i < p->n_scored; i++)
			if (p->scored[i].epoch == *epoch)
				return true;
		return err_set(e, "no score of epoch \"%s\"", p->options.epoch);
	}
	*epoch = INTERN_NONE;
	for (size_t i = 0; i < p->n_scored; i++) {
		uint32_t its = p->scored[i].epoch;
		if (holds(last, its))
			continue;
		many = many || (*epoch != INTERN_NONE && *epoch != its);
		*epoch = its;
	}
	if (many)
		return err_set(e, "scores of several epochs that are not counted yet: choose one with --epoch");
	if (*epoch == INTERN_NONE && last && p->n_scored)
		*epoch = last->epoch[last->n - 1];
	return true;
}

static bool find_base(const struct claim_plan *p, const struct counted *last, uint32_t epoch,
                      const struct counted **base, struct err *e)
{
	struct str name = intern_str(&p->epochs, epoch);

	*base = last;
	if (!holds(last, epoch))
		return true;
	if (last->epoch[last->n - 1] != epoch)
		return err_set(e, "epoch \"%.*s\" was counted before, and others after it", STR_FMT(name));
	*base = NULL;
	for (size_t i = 0; i < p->n_counted; i++)
		if (p->counted[i].n + 1 == last->n)
			*base = &p->counted[i];
	return *base || last->n == 1 ||
		err_set(e, "epoch \"%.*s\" was counted before, and what it was counted on top of is not here", STR_FMT(name));
}

static bool all_carried(const struct claim_plan *p, const struct counted *base, struct err *e)
{
	uint32_t epoch = base->epoch[base->n - 1];
	uint64_t n = 0;

	for (size_t i = 0; i < p->n_carried; i++)
		n += p->carried[i].epoch == epoch;
	return n == base->claims ||
		err_set(e, "epoch \"%.*s\" had %llu claims, and %llu are here", STR_FMT(intern_str(&p->epochs, epoch)),
		        (unsigned long long)base->claims, (unsigned long long)n);
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct claim_plan *p = stage;
	struct counting c = { .epoch = INTERN_NONE };
	const struct counted *last;

	p->total = (struct claim_total){ .sum = U256_ZERO, .added = U256_ZERO, .before = U256_ZERO };
	if (!last_counted(p, &last, e) || !choose_epoch(p, last, &c.epoch, e))
		return false;
	if (c.epoch == INTERN_NONE) {
		claim_emit_run(p, out);
		return true;
	}
	if (!p->has_facts)
		return err_set(e, "no claims record: \"lbl-payout facts\" makes one");
	if (!find_base(p, last, c.epoch, &c.base, e) || (c.base && !all_carried(p, c.base, e)))
		return false;
	bool good = claim_count(p, &c, e);
	if (good && !p->total.over)
		good = claim_emit(p, &c, out, e);
	free(c.person);
	return good;
}

/* ---- what is said about it --------------------------------------------------------------- */

struct claim_total claim_plan_total(const void *stage)
{
	return ((const struct claim_plan *)stage)->total;
}

bool claim_plan_conflict(const void *stage)
{
	return ((const struct claim_plan *)stage)->conflict;
}

const struct intern *claim_plan_workers(const void *stage)
{
	return &((const struct claim_plan *)stage)->workers;
}

const struct claims_facts *claim_plan_facts(const void *stage)
{
	const struct claim_plan *p = stage;

	return p->has_facts ? &p->facts : NULL;
}

const struct stage_class stage_claim_plan = {
	.tool = "lbl-payout",
	.create = create,
	.destroy = destroy,
	.take = take,
	.line = line,
	.configure = configure,
	.run = run,
};
