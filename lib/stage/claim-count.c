/* From records to persons: what each has done in all, and what that is worth. */
#include "stage/claim-part.h"

#include <stdlib.h>

#include "base/mem.h"

/* One record's share in a person. */
struct share {
	uint32_t index, worker, at;
	bool is_score;
};

static int by_person(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	uint32_t ix = x->index - 1, iy = y->index - 1;          /* who has no number comes last */

	if (ix != iy)
		return ix < iy ? -1 : 1;
	if (x->index == 0 && x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	if (x->is_score != y->is_score)
		return x->is_score ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

static const struct claim_lane *lane_of(const struct claim_plan *p, uint32_t worker)
{
	return worker < p->n_lanes && p->lane[worker].known ? &p->lane[worker] : NULL;
}

/* The base's claim of each worker; UINT32_MAX for none. */
static uint32_t *carried_by(const struct claim_plan *p, const struct counted *base)
{
	uint32_t *of = mem_alloc(p->workers.n, sizeof *of);

	memset(of, 0xff, p->workers.n * sizeof *of);
	for (size_t i = 0; base && i < p->n_carried; i++)
		if (p->carried[i].epoch == base->epoch[base->n - 1])
			of[p->carried[i].worker] = (uint32_t)i;
	return of;
}

/* The number of who has scored.  An account that was left by its worker has none any more. */
static bool number_of(const struct claim_plan *p, uint32_t worker, const uint32_t *carried, uint32_t *index,
                      struct err *e)
{
	const struct claim_lane *lane = lane_of(p, worker);

	if (lane)
		*index = lane->index;
	else if (carried[worker] != UINT32_MAX && p->carried[carried[worker]].index)
		*index = p->carried[carried[worker]].index;
	else
		return err_set(e, "worker \"%.*s\" has no lane record: \"lbl-payout facts\" makes them",
		               STR_FMT(intern_str(&p->workers, worker)));
	return true;
}

static bool list_shares(const struct claim_plan *p, const struct counting *c, const uint32_t *carried, struct share *s,
                        size_t *n, struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < p->n_carried; i++) {
		const struct carried *old = &p->carried[i];
		const struct claim_lane *lane = lane_of(p, old->worker);
		if (c->base && old->epoch == c->base->epoch[c->base->n - 1])
			s[(*n)++] = (struct share){ old->index ? old->index : lane ? lane->index : 0, old->worker,
			                            (uint32_t)i, false };
	}
	for (size_t i = 0; i < p->n_scored; i++) {
		struct share new = { .worker = p->scored[i].worker, .at = (uint32_t)i, .is_score = true };
		if (p->scored[i].epoch != c->epoch)
			continue;
		if (!number_of(p, new.worker, carried, &new.index, e))
			return false;
		s[(*n)++] = new;
	}
	qsort(s, *n, sizeof *s, by_person);
	return true;
}

/* ---- adding up ------------------------------------------------------------------------ */

static bool add_share(const struct claim_plan *p, struct person *who, const struct share *s, struct err *e)
{
	const struct claim_lane *lane = lane_of(p, s->worker);

	who->banned = who->banned || (lane && lane->index == s->index && s->index && lane->banned);
	who->worker = s->worker;
	if (s->is_score) {
		const struct scored *new = &p->scored[s->at];
		who->units += new->units;            /* both were below 2^24 */
		who->score_sum += (uint64_t)new->units * new->score;
		who->bonus_sum += (uint64_t)new->units * new->bonus;
	} else {
		const struct carried *old = &p->carried[s->at];
		who->units += old->units;
		who->score_sum += old->score_sum;
		who->bonus_sum += old->bonus_sum;
		if (!u256_add(&who->before, who->before, old->total))
			return err_set(e, "the totals of worker \"%.*s\" are out of range", STR_FMT(intern_str(&p->workers, s->worker)));
	}
	return who->units >> UNIT_BITS == 0 ||
		err_set(e, "worker \"%.*s\" has 2^%d units or more", STR_FMT(intern_str(&p->workers, s->worker)), UNIT_BITS);
}

static bool add_up(const struct claim_plan *p, struct counting *c, const struct share *s, size_t n, struct err *e)
{
	c->person = mem_alloc(n, sizeof *c->person);
	for (size_t i = 0; i < n; i++) {
		bool same = i && s[i].index == s[i - 1].index && (s[i].index || s[i].worker == s[i - 1].worker);
		if (!same)
			c->person[c->n++] = (struct person){ .index = s[i].index, .before = U256_ZERO, .total = U256_ZERO };
		if (!add_share(p, &c->person[c->n - 1], &s[i], e))
			return false;
		c->n_numbered = s[i].index ? c->n : c->n_numbered;
	}
	return true;
}

bool claim_work(const struct person *who, struct work *w)
{
	if (who->index == 0 || who->banned || who->units == 0)
		return false;
	/* no sum is above 10000 a unit */
	*w = (struct work){ who->index, who->units, (uint16_t)(who->score_sum / who->units),
	                    (uint16_t)(who->bonus_sum / who->units) };
	return true;
}

struct u256 claim_added(const struct person *who)
{
	struct u256 added = U256_ZERO;

	u256_sub(&added, who->total, who->before);      /* left at 0 where it fell */
	return added;
}

static bool value(struct claim_plan *p, struct counting *c, struct err *e)
{
	struct claim_total *t = &p->total;
	struct work w;
	uint64_t pay;

	for (size_t i = 0; i < c->n; i++) {
		struct person *who = &c->person[i];
		if (claim_work(who, &w)) {
			if (!claims_pay(&p->facts.terms, &w, &pay, e))
				return err_prefix(e, "worker \"%.*s\": ", STR_FMT(intern_str(&p->workers, who->worker)));
			who->total = claims_total(&p->facts.terms, pay);
		}
		if (!u256_add(&t->sum, t->sum, who->total) || !u256_add(&t->added, t->added, claim_added(who)))
			return err_set(e, "the sum of the totals is out of range");
		t->raised += u256_cmp(who->total, who->before) > 0;
		t->fell += !who->banned && u256_cmp(who->total, who->before) < 0;
		t->banned += who->banned;
		t->strangers += who->index == 0;
	}
	t->workers = c->n;
	return true;
}

/* ---- limits --------------------------------------------------------------------------- */

static void forbid(struct claim_plan *p, const char *before, struct u256 a, const char *between, struct u256 b,
                   const char *after)
{
	struct buf text = BUF_INIT;

	if (p->total.over)
		return;
	buf_adds(&text, before);
	u256_put_dec(&text, a);
	buf_adds(&text, between);
	u256_put_dec(&text, b);
	buf_adds(&text, after);
	p->total.over = true;
	snprintf(p->total.why, sizeof p->total.why, "%s", text.p);
	buf_release(&text);
}

static void check_most(struct claim_plan *p, const struct counting *c)
{
	const struct person *most = NULL;
	char who[400];

	for (size_t i = 0; i < c->n; i++)
		if (!most || u256_cmp(claim_added(&c->person[i]), claim_added(most)) > 0)
			most = &c->person[i];
	if (!most || u256_cmp(claim_added(most), p->options.most) <= 0)
		return;
	snprintf(who, sizeof who, "worker \"%.60s\" would get ", intern_str(&p->workers, most->worker).p);
	forbid(p, who, claim_added(most), " base units more, and --max-per-worker is ", p->options.most, "");
}

static void check_change(struct claim_plan *p)
{
	struct u256 change, allowed, a = p->total.added, b = p->total.before;

	if (!u256_sub(&change, a, b))
		BUG_ON(!u256_sub(&change, b, a));
	bool good = u256_mul(&change, change, u256_of(100)) && u256_mul(&allowed, b, u256_of(p->options.change)) &&
		u256_cmp(change, allowed) <= 0;
	if (!good)
		forbid(p, "", a, " base units would be added, after ", b, " in the last epoch: more of a change than --max-change");
}

static bool check_limits(struct claim_plan *p, const struct counting *c, struct err *e)
{
	for (size_t i = 0; c->base && i < p->n_carried; i++)
		if (p->carried[i].epoch == c->base->epoch[c->base->n - 1] &&
		    !u256_add(&p->total.before, p->total.before, p->carried[i].added))
			return err_set(e, "the sum of what was added is out of range");
	if (p->options.has_budget && u256_cmp(p->total.added, p->options.budget) > 0)
		forbid(p, "", p->total.added, " base units would be added, and the budget is ", p->options.budget, "");
	if (p->options.has_most)
		check_most(p, c);
	if (p->options.has_change && c->base)
		check_change(p);
	return true;
}

/* Of an epoch that was counted before, the same must come out again. */
static bool as_before(const struct claim_plan *p, const struct counting *c, struct err *e)
{
	const struct person **of = mem_zalloc(p->workers.n, sizeof *of);
	bool good = true;

	for (size_t i = 0; i < c->n; i++)
		of[c->person[i].worker] = &c->person[i];
	for (size_t i = 0; good && i < p->n_carried; i++) {
		const struct carried *old = &p->carried[i];
		const struct person *new = of[old->worker];
		if (old->epoch != c->epoch)
			continue;
		good = (new && new->units == old->units && new->score_sum == old->score_sum && new->bonus_sum == old->bonus_sum) ||
			err_set(e, "epoch \"%.*s\" was counted before, and worker \"%.*s\" had done other work then",
			        STR_FMT(intern_str(&p->epochs, c->epoch)), STR_FMT(intern_str(&p->workers, old->worker)));
	}
	free(of);
	return good;
}

bool claim_count(struct claim_plan *p, struct counting *c, struct err *e)
{
	struct share *s = mem_alloc(p->n_carried + p->n_scored, sizeof *s);
	uint32_t *carried = carried_by(p, c->base);
	size_t n;

	bool good = list_shares(p, c, carried, s, &n, e) && add_up(p, c, s, n, e) && as_before(p, c, e) &&
		value(p, c, e) && check_limits(p, c, e);
	free(carried);
	free(s);
	return good;
}
