#include "score/rule-calibrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "math/isqrt.h"
#include "score/rule-ln.h"

/* What one identity said to gold. */
struct person {
	uint32_t gold, right, labels;
};

struct class {
	uint64_t used, right;           /* that p0 comes from */
	uint64_t answers;               /* to gold of it, by all who count */
	uint64_t labels;                /* that say it, on tasks of the better half */
	uint64_t pairs, same;           /* of the better half, on its gold */
};

struct pilot {
	const struct rule_log *l;
	uint32_t *off, *ord;            /* label numbers by task, in the order of the log */
	uint8_t *keep;                  /* by label: it counts */
	struct person *who;             /* by identity */
	struct person median;           /* of those who count: T */
	struct class *class;            /* by value */
	struct rule_pilot *out;
};

static uint32_t who_of(const struct rule_log *l, size_t i)
{
	return l->identity ? l->identity[l->worker[i]] : l->worker[i];
}

static uint32_t gold_of(const struct rule_log *l, size_t task)
{
	return l->gold ? l->gold[task] : RULE_NO_GOLD;
}

/* ---- the labels that count ---------------------------------------------------------------- */

static void by_task(struct pilot *b)
{
	const struct rule_log *l = b->l;

	b->off = mem_zbig(l->n_tasks + 2, sizeof *b->off);
	b->ord = mem_big(l->n, sizeof *b->ord);
	for (size_t i = 0; i < l->n; i++)
		b->off[l->task[i] + 2]++;
	for (size_t t = 0; t < l->n_tasks; t++)
		b->off[t + 2] += b->off[t + 1];
	for (size_t i = 0; i < l->n; i++)
		b->ord[b->off[l->task[i] + 1]++] = (uint32_t)i;
}

/* the last label of each identity and task */
static void choose(struct pilot *b)
{
	const struct rule_log *l = b->l;
	uint32_t *seen = mem_zalloc(l->n_identities, sizeof *seen);     /* task + 1 */

	b->keep = mem_zbig(l->n, 1);
	for (uint32_t t = 0; t < l->n_tasks; t++)
		for (uint32_t k = b->off[t + 1]; k-- > b->off[t]; ) {
			uint32_t who = who_of(l, b->ord[k]);

			b->keep[b->ord[k]] = seen[who] != t + 1;
			seen[who] = t + 1;
		}
	free(seen);
}

static void count_people(struct pilot *b)
{
	const struct rule_log *l = b->l;

	b->who = mem_zalloc(l->n_identities, sizeof *b->who);
	for (size_t i = 0; i < l->n; i++) {
		struct person *p = &b->who[who_of(l, i)];
		uint32_t gold = gold_of(l, l->task[i]);

		p->labels += b->keep[i];
		p->gold += b->keep[i] && gold != RULE_NO_GOLD;
		p->right += b->keep[i] && gold == l->value[i];
	}
}

/* ---- p0 and p1 ------------------------------------------------------------------------------ */

static bool counts(const struct person *p)
{
	return p->gold >= RULE_PILOT_GOLD;
}

static int by_share(const void *a, const void *b)
{
	const struct person *x = a, *y = b;
	uint64_t l = (uint64_t)x->right * y->gold, r = (uint64_t)y->right * x->gold;

	return (l > r) - (l < r);
}

static uint32_t share(uint64_t part, uint64_t all)
{
	return all ? (uint32_t)((u128)part * RULE_ONE / all) : 0;
}

static bool rank(struct pilot *b, struct err *e)
{
	struct person *p = mem_alloc(b->l->n_identities, sizeof *p);
	uint32_t n = 0;

	for (size_t i = 0; i < b->l->n_identities; i++) {
		if (counts(&b->who[i]))
			p[n++] = b->who[i];
		else
			b->out->others += b->who[i].labels > 0;
	}
	b->out->people = n;
	if (n >= RULE_PILOT_PEOPLE) {
		qsort(p, n, sizeof *p, by_share);
		b->median = p[(n - 1) / 2];
		for (uint32_t q = 0; q < 3; q++) {
			const struct person *x = &p[(size_t)(n - 1) * (q + 1) / 4];
			b->out->quarter[q] = share(x->right, x->gold);
		}
	}
	free(p);
	return n >= RULE_PILOT_PEOPLE || err_set(e, "%lu people have %d answers to gold: at least %d are needed",
		(unsigned long)n, RULE_PILOT_GOLD, RULE_PILOT_PEOPLE);
}

static bool is_better(const struct pilot *b, uint32_t right, uint32_t gold)
{
	return (uint64_t)right * b->median.gold >= (uint64_t)b->median.right * gold;
}

static void count_gold(struct pilot *b)
{
	const struct rule_log *l = b->l;

	for (size_t i = 0; i < l->n; i++) {
		uint32_t gold = gold_of(l, l->task[i]);
		const struct person *p = &b->who[who_of(l, i)];
		if (!b->keep[i] || gold == RULE_NO_GOLD || !counts(p))
			continue;
		struct class *c = &b->class[gold];
		bool right = gold == l->value[i], used = is_better(b, p->right - right, p->gold - 1);
		c->answers++;
		c->used += used;
		c->right += used && right;
	}
}

/* shares of classes in 2^-32, so that p0 is off by less than a hundred-thousandth of a basis point */
static bool set_p0(struct pilot *b, struct err *e)
{
	struct rule_pilot *out = b->out;
	uint64_t most = 0, sum = 0;
	u128 var = 0;

	for (size_t v = 0; v < b->l->n_values; v++) {
		const struct class *c = &b->class[v];
		if (!c->answers)
			continue;
		out->classes++;
		out->gold += c->answers;
		out->used += c->used;
		most = c->answers > most ? c->answers : most;
		if (c->used < RULE_PILOT_CLASS)
			return err_set(e, "a class of gold has %llu answers by good people: at least %d are needed",
				(unsigned long long)c->used, RULE_PILOT_CLASS);
		sum += (c->right << 32) / c->used;
		var += ((u128)c->right * (c->used - c->right) << 32) / ((u128)c->used * c->used * c->used);
	}
	out->blind = share(most, out->gold);
	if (out->classes < 2)
		return err_set(e, "gold is of one class: who always says it is always right");
	out->p0 = (uint32_t)((u128)sum * RULE_ONE / ((u128)out->classes << 32));
	out->p0_error = (uint32_t)isqrt((var * RULE_ONE * RULE_ONE) >> 32) / out->classes;
	return true;
}

/* 10000/k + (p0 - 10000/k) 5 (k-1) / 9k */
static bool set_p1(struct pilot *b, struct err *e)
{
	struct rule_pilot *out = b->out;
	uint64_t k = out->classes, chance = RULE_ONE / k;

	if (out->p0 < chance + RULE_PILOT_APART)
		return err_set(e, "good people are right on %lu.%02lu %% of gold, by chance it is %llu.%02llu %%: "
			"that tells nobody apart",
			(unsigned long)out->p0 / 100, (unsigned long)out->p0 % 100, (unsigned long long)chance / 100,
			(unsigned long long)chance % 100);
	out->p0 = out->p0 < RULE_ONE ? out->p0 : RULE_ONE - 1;
	out->p1 = (uint32_t)((9 * k * RULE_ONE + 5 * (k - 1) * (k * out->p0 - RULE_ONE)) / (9 * k * k));
	for (size_t i = 0; i < b->l->n_identities; i++)
		out->below += counts(&b->who[i]) && share(b->who[i].right, b->who[i].gold) <= out->p1;
	return true;
}

/* Wald's mean number of answers until one of p0 is cleared, but for the overshoot */
static uint32_t to_clear(const struct rule_policy *p, uint32_t p0)
{
	int64_t step = -((int64_t)p->right * p0 + (int64_t)p->wrong * (RULE_ONE - p0));

	return step > 0 ? (uint32_t)(((int64_t)-p->clear * RULE_ONE + step - 1) / step) : 0;
}

/* ---- ca_ref ---------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* gold in the first part, so that it is known who is cleared; the other tasks as they first came */
static uint32_t *cut(struct pilot *b, uint32_t block)
{
	const struct rule_log *l = b->l;
	uint32_t *epoch = mem_big(l->n, sizeof *epoch), *part = mem_zbig(l->n_tasks, sizeof *part);
	uint64_t people = 0, labels = 0, tasks = 0, at = 0;

	for (size_t i = 0; i < l->n_identities; i++) {
		people += b->who[i].labels > 0;
		labels += b->who[i].labels;
	}
	for (size_t t = 0; t < l->n_tasks; t++)
		tasks += b->off[t + 1] > b->off[t] && gold_of(l, t) == RULE_NO_GOLD;
	uint64_t parts = (labels + people * block / 2) / (people * block);
	b->out->parts = parts ? (uint32_t)parts : 1;
	b->out->answers = (uint32_t)(labels / (people * b->out->parts));
	for (size_t i = 0; i < l->n; i++) {
		uint32_t t = l->task[i];
		if (b->ord[b->off[t]] == i && gold_of(l, t) == RULE_NO_GOLD)
			part[t] = (uint32_t)(at++ * b->out->parts / tasks);
	}
	for (size_t i = 0; i < l->n; i++)
		epoch[i] = part[l->task[i]];
	free(part);
	return epoch;
}

static int64_t middle_ca_90(const struct rule_run *run)
{
	int64_t *ca = mem_alloc(run->n_epochs, sizeof *ca), at;

	for (size_t k = 0; k < run->n_epochs; k++)
		ca[k] = run->epoch[k].ca_90;
	qsort(ca, run->n_epochs, sizeof *ca, ascending);
	at = ca[(run->n_epochs - 1) / 2];
	free(ca);
	return at;
}

static int64_t floor_div(i128 a, i128 b)
{
	return (int64_t)(a / b - (a % b != 0 && (a < 0) != (b < 0)));
}

/* a block's bonus with another ca_ref than the one it was made with */
static uint32_t bonus(const struct rule_policy *p, const struct rule_block *k, uint32_t ca_ref)
{
	int64_t c = k->labels ? floor_div((i128)k->sum * p->ca_ref, (i128)k->labels * ca_ref) : 0;
	uint64_t pad = (uint64_t)p->shrink_n * p->shrink_bp;

	c = c < 0 ? 0 : c > RULE_ONE ? RULE_ONE : c;
	return k->labels ? (uint32_t)((k->labels * (uint64_t)c + pad) / (k->labels + p->shrink_n)) : 0;
}

/* what the units of the better half are paid on average, in basis points */
static uint32_t paid(const struct pilot *b, const struct rule_policy *p, const struct rule_run *run, uint32_t ca_ref)
{
	uint64_t units = 0, sum = 0;

	for (size_t i = 0; i < run->n_blocks; i++) {
		const struct rule_block *k = &run->block[i];
		const struct person *x = &b->who[k->who];
		if (!counts(x) || !is_better(b, x->right, x->gold))
			continue;
		units += k->units;
		sum += (uint64_t)k->units * rule_mult_bonus(bonus(p, k, ca_ref));
	}
	return units ? (uint32_t)(sum / units) : 0;
}

/* the largest that pays the rate: the more it is, the less is paid */
static uint32_t ref_that_pays(const struct pilot *b, const struct rule_policy *p, const struct rule_run *run)
{
	uint32_t lo = 0, hi = UINT32_MAX;       /* lo pays, or is 0; what is above hi does not */

	while (lo < hi) {
		uint32_t mid = hi - (hi - lo) / 2;
		if (paid(b, p, run, mid) >= RULE_ONE)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static bool set_ca_ref(struct pilot *b, uint32_t block, unsigned threads, struct rule_policy *p, struct err *e)
{
	struct rule_policy def = RULE_POLICY_DEFAULT;
	struct rule_run run = { .state = mem_zalloc(b->l->n_identities, sizeof *run.state) };
	struct rule_log log = *b->l;
	uint32_t *epoch = cut(b, block);

	log.epoch = epoch;
	log.n_epochs = b->out->parts;
	p->ca_ref = (uint32_t)1 << 24;  /* small, so that little is lost where agreement is rounded */
	BUG_ON(!rule_run(p, &log, true, threads, &run, e));
	for (size_t i = 0; i < log.n_identities; i++)
		b->out->cleared += run.state[i].standing == RULE_CLEARED;
	b->out->ca_90 = middle_ca_90(&run);
	b->out->paid_default = paid(b, p, &run, def.ca_ref);
	uint32_t ref = ref_that_pays(b, p, &run);
	p->ca_ref = ref;
	free(epoch);
	rule_run_release(&run);
	if (!b->out->cleared)
		return err_set(e, "nobody has enough right answers to gold to be cleared");
	return ref >= 1 << 20 || err_set(e, "good people cannot be paid the rate: they agree with others no more than by "
		"chance, or %lu answers a person are too few", (unsigned long)b->out->answers);
}

/* ---- is gold like the tasks? -------------------------------------------------------------------- */

/* by all his answers to gold, or by the others when it is one of them */
static bool is_good(const struct pilot *b, uint32_t i)
{
	const struct person *p = &b->who[who_of(b->l, i)];
	uint32_t gold = gold_of(b->l, b->l->task[i]);

	if (!b->keep[i] || !counts(p))
		return false;
	if (gold == RULE_NO_GOLD)
		return is_better(b, p->right, p->gold);
	return is_better(b, p->right - (gold == b->l->value[i]), p->gold - 1);
}

/* pairs of a task's answers by the better half, and those of them that are equal */
static void pairs_of(struct pilot *b, uint32_t task, uint32_t *votes, uint64_t *pairs, uint64_t *same)
{
	uint64_t n = 0;

	for (uint32_t k = b->off[task]; k < b->off[task + 1]; k++)
		if (is_good(b, b->ord[k])) {
			*same += votes[b->l->value[b->ord[k]]]++;
			*pairs += n++;
		}
	for (uint32_t k = b->off[task]; k < b->off[task + 1]; k++) {
		uint32_t *v = &votes[b->l->value[b->ord[k]]];
		b->class[b->l->value[b->ord[k]]].labels += gold_of(b->l, task) == RULE_NO_GOLD ? *v : 0;
		*v = 0;
	}
}

static void compare(struct pilot *b)
{
	uint32_t *votes = mem_zalloc(b->l->n_values, sizeof *votes);
	uint64_t same = 0, weight = 0, sum = 0;

	for (uint32_t t = 0; t < b->l->n_tasks; t++) {
		uint32_t gold = gold_of(b->l, t);
		if (gold == RULE_NO_GOLD)
			pairs_of(b, t, votes, &b->out->pairs_tasks, &same);
		else
			pairs_of(b, t, votes, &b->class[gold].pairs, &b->class[gold].same);
	}
	b->out->same_tasks = share(same, b->out->pairs_tasks);
	for (size_t v = 0; v < b->l->n_values; v++) {
		const struct class *c = &b->class[v];
		if (!c->pairs)
			continue;
		b->out->pairs_gold += c->pairs;
		weight += c->labels;
		sum += c->labels * share(c->same, c->pairs);
	}
	b->out->same_gold = weight ? (uint32_t)(sum / weight) : 0;
	free(votes);
}

bool rule_calibrate(const struct rule_log *log, uint32_t block, unsigned threads, struct rule_policy *p,
	struct rule_pilot *out, struct err *e)
{
	struct pilot b = { .l = log, .out = out };
	struct rule_policy def = RULE_POLICY_DEFAULT, q = *p;

	BUG_ON(block == 0);
	*out = (struct rule_pilot){ 0 };
	b.class = mem_zalloc(log->n_values, sizeof *b.class);
	by_task(&b);
	choose(&b);
	count_people(&b);
	bool good = rank(&b, e);
	if (good) {
		count_gold(&b);
		good = set_p0(&b, e) && set_p1(&b, e);
	}
	if (good) {
		BUG_ON(!rule_policy_test(&q, out->p0, out->p1, RULE_PILOT_ALPHA, RULE_PILOT_BETA));
		out->to_clear = to_clear(&q, out->p0);
		out->to_clear_default = to_clear(&def, out->p0);
		compare(&b);
		good = set_ca_ref(&b, block, threads, &q, e);
	}
	if (good)
		*p = q;
	free(b.off);
	free(b.ord);
	free(b.keep);
	free(b.who);
	free(b.class);
	return good;
}
