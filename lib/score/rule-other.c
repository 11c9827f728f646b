#include "score/rule-other.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "score/peer-info.h"
#include "score/peer.h"
#include "score/reward.h"
#include "score/rule-peer.h"

static const char no_peer[] = "nobody else labelled a task of the worker";
static const char many_classes[] = "there are too many classes";

static const struct { const char *name; uint64_t ref; } rules[N_OTHER] = {
	[OTHER_FLAT] = { "flat", 0 },
	[OTHER_THRESHOLD] = { "threshold", 0 },
	[OTHER_GOLD] = { "gold", 0 },
	[OTHER_GATE_CA] = { "gate-ca", 1735722879 },
	[OTHER_CONSENSUS] = { "consensus", 0 },
	[OTHER_PTS] = { "pts", (uint64_t)1 << 32 },
	[OTHER_DG] = { "dg", 1735722879 },
	[OTHER_CA] = { "ca", 1735722879 },
	[OTHER_DMI] = { "dmi", (uint64_t)1 << 28 },
	[OTHER_BTS] = { "bts", (uint64_t)1 << 32 },
};

const char *other_name(enum other_rule r)
{
	return rules[r].name;
}

enum other_rule other_find(const char *name, size_t n)
{
	int r = 0;

	while (r < N_OTHER && !(strlen(rules[r].name) == n && !memcmp(rules[r].name, name, n)))
		r++;
	return (enum other_rule)r;
}

uint64_t other_ref(enum other_rule r)
{
	return rules[r].ref;
}

/* floor(10000 x / ref) within 0 .. 10000; x in units of 2^-bits, ref of 2^-32; x < 2^54 */
static uint32_t bp(int64_t x, unsigned bits, uint64_t ref)
{
	if (x <= 0)
		return 0;
	u128 q = (u128)REWARD_ONE * (u128)x / ((u128)ref << (bits - 32));
	return q < REWARD_ONE ? (uint32_t)q : REWARD_ONE;
}

/* floor(2^bits x), x of -2^10 .. 2^10: exact, as only the exponent changes */
static int64_t fixed(double x, unsigned bits)
{
	double scaled = x * (double)((uint64_t)1 << bits);
	int64_t down = (int64_t)scaled;

	return down - ((double)down > scaled);
}

/* ---- from counts --------------------------------------------------------------------- */

static void threshold(const struct other_policy *p, const struct other_counts *c, struct other_score *s)
{
	uint64_t judged = c->verified + c->rejected;

	if (!judged)
		s->why = "no label of the worker has been decided";
	else if (c->verified * REWARD_ONE / judged >= p->threshold_bp)
		s->score_bp = REWARD_ONE;
}

static void wilson(const struct other_policy *p, const struct other_counts *c, struct other_score *s)
{
	BUG_ON(!reward_wilson_lb_bp(c->gold_hits, c->gold_trials, p->z2_micro, &s->score_bp));
	if (!c->gold_trials)
		s->why = "no label of the worker is on gold";
}

/* ---- consensus ----------------------------------------------------------------------- */

/* The votes on a task: how often the value occurs that does most often, how many do, and how often the next. */
struct votes {
	uint32_t best, second, n_best;
};

static struct votes count_task(const struct labels *l, size_t t, uint32_t *count)
{
	struct votes v = { 0, 0, 0 };

	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		count[l->t_value[i]]++;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		uint32_t n = count[l->t_value[i]];
		/* a value is met n times: the first will do, but its count is still needed */
		if (n > v.best) {
			v.second = v.best;
			v.best = n;
		} else if (n < v.best && n > v.second) {
			v.second = n;
		}
	}
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		v.n_best += count[l->t_value[i]] == v.best;
	v.n_best /= v.best ? v.best : 1;
	return v;
}

/* without one vote for a value that has n: whether the rest have a majority, and whether it is that value */
static bool majority(struct votes v, uint32_t n, bool *own)
{
	if (n == v.best && v.n_best == 1) {
		*own = true;
		return n - 1 > v.second;
	}
	*own = false;
	return n == v.best ? v.n_best == 2 : v.n_best == 1;
}

static void consensus(const struct labels *l, struct other_score *out)
{
	uint32_t *count = mem_zalloc(l->n_classes, sizeof *count);

	for (size_t t = 0; t < l->n_tasks; t++) {
		struct votes v = count_task(l, t, count);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			struct other_score *s = &out[l->t_worker[i]];
			bool own;
			if (!majority(v, count[l->t_value[i]], &own))
				continue;
			s->n++;
			s->measure += own;
		}
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			count[l->t_value[i]] = 0;
	}
	free(count);
	for (size_t w = 0; w < l->n_workers; w++) {
		if (out[w].n)
			out[w].score_bp = (uint32_t)((uint64_t)out[w].measure * REWARD_ONE / out[w].n);
		else
			out[w].why = "the others have no majority on any task of the worker";
	}
}

/* ---- peers ----------------------------------------------------------------------------- */

/* CA1 on the tasks without gold, as bonus */
static void peer_once(const struct other_input *in, uint64_t ref, unsigned threads, struct other_score *out)
{
	const struct labels *l = in->l;
	uint32_t *group = mem_alloc(l->n_tasks + 1, sizeof *group);
	struct rule_answer *answer = mem_alloc(l->n, sizeof *answer);
	size_t n_groups = 0, n = 0;
	struct rule_peers peers;

	for (size_t t = 0; t < l->n_tasks; t++) {
		if (in->gold[t])
			continue;
		group[n_groups++] = (uint32_t)n;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			answer[n++] = (struct rule_answer){ l->t_worker[i], l->t_value[i] };
	}
	group[n_groups] = (uint32_t)n;
	rule_peers_init(&peers, group, n_groups, answer, l->n_workers, l->n_classes, threads);
	uint32_t *w = mem_alloc(peers.n, sizeof *w);
	int64_t *ca = mem_alloc(peers.n, sizeof *ca);
	for (uint32_t i = 0; i < peers.n; i++)
		w[i] = 1;
	rule_peers_ca(&peers, w, ca);
	for (size_t i = 0; i < l->n_workers; i++)
		out[i].bonus_bp = 0;
	for (uint32_t i = 0; i < peers.n; i++) {
		struct other_score *s = &out[peers.who[i]];
		s->measure = ca[i];
		s->n = peers.labels[i];
		s->bonus_bp = bp(ca[i], 32, ref);
	}
	for (size_t i = 0; i < l->n_workers; i++)
		if (!out[i].n && !out[i].why)
			out[i].why = no_peer;
	free(group);
	free(answer);
	free(w);
	free(ca);
	rule_peers_release(&peers);
}

static void all_undefined(const struct labels *l, const char *why, struct other_score *out)
{
	for (size_t w = 0; w < l->n_workers; w++)
		out[w].why = why;
}

static void q32(const struct other_policy *p, const struct labels *l, uint64_t ref, struct other_score *out)
{
	if (p->rule != OTHER_PTS && l->n_classes > PEER_CLASSES) {
		all_undefined(l, many_classes, out);
		return;
	}
	struct peer_q32 *q = mem_alloc(l->n_workers, sizeof *q);
	if (p->rule == OTHER_PTS)
		peer_pts_q32(l, q);
	else
		peer_ca_q32(l, p->rule == OTHER_DG ? PEER_SAME : PEER_DELTA_REST, q);
	for (size_t w = 0; w < l->n_workers; w++) {
		out[w].measure = q[w].mean;
		out[w].n = q[w].n;
		out[w].score_bp = bp(q[w].mean, 32, ref);
		if (!q[w].n)
			out[w].why = p->rule == OTHER_PTS ? no_peer : "no peer has tasks apart from those shared";
	}
	free(q);
}

/* ---- DMI and BTS ----------------------------------------------------------------------- */

static void dmi(const struct other_input *in, uint64_t ref, struct other_score *out)
{
	const struct labels *l = in->l;

	if (l->n_classes > OTHER_DMI_CLASSES) {
		all_undefined(l, many_classes, out);
		return;
	}
	if (l->n_classes < 2) {
		all_undefined(l, "there is one class only", out);
		return;
	}
	struct measure *m = mem_alloc(l->n_workers, sizeof *m);
	peer_dmi_all(l, in->half, m);
	for (size_t w = 0; w < l->n_workers; w++) {
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
			out[w].n += l->t_off[l->w_task[i] + 1] - l->t_off[l->w_task[i]] > 1;
		out[w].why = m[w].why;
		out[w].measure = m[w].why ? 0 : fixed(m[w].value, 52);
		out[w].score_bp = bp(out[w].measure, 52, ref);
	}
	free(m);
}

struct truth {
	const struct other_input *in;
	struct exact *sum;              /* by worker */
	uint32_t *place;                /* by class: 1 + its number within the task */
	uint32_t *said, *who;
	double *forecast;
	struct bts *bts;
	size_t cap, cap_cells;
};

static uint32_t place(struct truth *b, uint32_t class, uint32_t *K)
{
	if (!b->place[class])
		b->place[class] = ++*K;
	return b->place[class] - 1;
}

/* the answers to task t that come with a forecast: said, who; *K = classes that any of them knows of */
static size_t respondents(struct truth *b, size_t t, uint32_t *K)
{
	const struct labels *l = b->in->l;
	const struct other_forecasts *f = b->in->forecasts;
	size_t n = 0, most = l->t_off[t + 1] - l->t_off[t];

	if (most > b->cap) {
		b->cap = mem_grow(b->cap, most);
		b->said = mem_realloc(b->said, b->cap, sizeof *b->said);
		b->who = mem_realloc(b->who, b->cap, sizeof *b->who);
		b->bts = mem_realloc(b->bts, b->cap, sizeof *b->bts);
	}
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		if (f->off[i] == f->off[i + 1])
			continue;
		b->who[n] = (uint32_t)i;
		b->said[n++] = place(b, l->t_value[i], K);
		for (size_t c = f->off[i]; c < f->off[i + 1]; c++)
			place(b, f->cell[c].class, K);
	}
	return n;
}

static void bts_task(struct truth *b, size_t t, struct other_score *out)
{
	const struct labels *l = b->in->l;
	const struct other_forecasts *f = b->in->forecasts;
	uint32_t K = 0;
	size_t n = respondents(b, t, &K);

	if (n * K > b->cap_cells) {
		b->cap_cells = mem_grow(b->cap_cells, n * K);
		b->forecast = mem_realloc(b->forecast, b->cap_cells, sizeof *b->forecast);
	}
	for (size_t i = 0; i < n * K; i++)
		b->forecast[i] = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t c = f->off[b->who[i]]; c < f->off[b->who[i] + 1]; c++)
			b->forecast[i * K + b->place[f->cell[c].class] - 1] = f->cell[c].p;
	for (size_t i = 0; i < n; i++) {
		b->place[l->t_value[b->who[i]]] = 0;
		for (size_t c = f->off[b->who[i]]; c < f->off[b->who[i] + 1]; c++)
			b->place[f->cell[c].class] = 0;
	}
	if (n < 2)
		return;
	peer_bts(b->said, b->forecast, n, K, 1, b->bts);
	for (size_t i = 0; i < n; i++) {
		exact_add(&b->sum[l->t_worker[b->who[i]]], b->bts[i].score);
		out[l->t_worker[b->who[i]]].n++;
	}
}

static void bts(const struct other_input *in, uint64_t ref, struct other_score *out)
{
	const struct labels *l = in->l;
	struct truth b = { .in = in };

	b.sum = mem_zalloc(l->n_workers, sizeof *b.sum);
	b.place = mem_zalloc(l->n_classes, sizeof *b.place);
	for (size_t t = 0; t < l->n_tasks; t++)
		bts_task(&b, t, out);
	for (size_t w = 0; w < l->n_workers; w++) {
		if (out[w].n) {
			out[w].measure = fixed(exact_value(&b.sum[w]) / (double)out[w].n, 32);
			out[w].score_bp = bp(out[w].measure + (int64_t)ref, 32, 2 * ref);
		} else {
			out[w].why = "no task where the worker and another one said what they expect";
		}
	}
	free(b.sum);
	free(b.place);
	free(b.said);
	free(b.who);
	free(b.forecast);
	free(b.bts);
}

/* ---- all ----------------------------------------------------------------------------- */

void other_scores(const struct other_policy *p, const struct other_input *in, unsigned threads,
                  struct other_score *out)
{
	const struct labels *l = in->l;
	uint64_t ref = p->ref ? p->ref : other_ref(p->rule);

	BUG_ON(!l->t_off || !l->w_off || p->rule >= N_OTHER || p->threshold_bp > REWARD_ONE || ref >> 40 > 1);
	for (size_t w = 0; w < l->n_workers; w++) {
		out[w] = (struct other_score){ .bonus_bp = REWARD_ONE };
		if (p->rule == OTHER_FLAT)
			out[w].score_bp = REWARD_ONE;
		else if (p->rule == OTHER_THRESHOLD)
			threshold(p, &in->counts[w], &out[w]);
		else if (p->rule == OTHER_GOLD || p->rule == OTHER_GATE_CA)
			wilson(p, &in->counts[w], &out[w]);
	}
	if (p->rule == OTHER_GATE_CA)
		peer_once(in, ref, threads, out);
	else if (p->rule == OTHER_CONSENSUS)
		consensus(l, out);
	else if (p->rule == OTHER_PTS || p->rule == OTHER_DG || p->rule == OTHER_CA)
		q32(p, l, ref, out);
	else if (p->rule == OTHER_DMI)
		dmi(in, ref, out);
	else if (p->rule == OTHER_BTS)
		bts(in, ref, out);
}
