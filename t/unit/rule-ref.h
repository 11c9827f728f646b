/* rule-ref - the default score once more, slowly and from its description: for each identity, block and pair all labels
 * are gone through anew.  Shares no code with lib/score. */
#ifndef T_RULE_REF_H
#define T_RULE_REF_H

#include "base/mem.h"
#include "math/explog.h"
#include "score/rule.h"

__extension__ typedef __int128 wide;

enum { REF_WHO = 24, REF_EPOCHS = 8, REF_VALUES = 8, REF_TASKS = 64, REF_BLOCKS = REF_WHO * REF_EPOCHS };

struct ref {
	const struct rule_policy *p;
	const struct rule_log *l;
	bool *kept;                                     /* by label */
	size_t label[REF_EPOCHS][REF_WHO][REF_TASKS];   /* kept, of a task without gold: its number + 1 */
	struct rule_state end[REF_EPOCHS][REF_WHO];     /* at the end of each epoch */
	int64_t quality[REF_EPOCHS][REF_WHO];
	bool alarm[REF_EPOCHS + 1];                     /* at the end of each epoch, and last when all is settled */
	struct rule_block block[REF_BLOCKS];
	size_t n_blocks;
};

static wide ref_floor(wide a, wide b)
{
	wide q = a / b;

	return q * b > a ? q - 1 : q;
}

static uint32_t ref_who(const struct rule_log *l, size_t i)
{
	return l->identity ? l->identity[l->worker[i]] : l->worker[i];
}

static bool ref_is_gold(const struct rule_log *l, size_t i)
{
	return l->gold && l->gold[l->task[i]] != RULE_NO_GOLD;
}

/* of an identity's labels for a task the earliest epoch's, of these the last */
static bool ref_keeps(const struct rule_log *l, size_t i)
{
	for (size_t k = 0; k < l->n; k++)
		if (k != i && ref_who(l, k) == ref_who(l, i) && l->task[k] == l->task[i] &&
		    (l->epoch[k] < l->epoch[i] || (l->epoch[k] == l->epoch[i] && k > i)))
			return false;
	return true;
}

/* the label of who for task in an epoch, among those without gold: n when there is none */
static size_t ref_find(const struct ref *r, uint32_t who, uint32_t task, uint32_t epoch)
{
	size_t i = r->label[epoch][who][task];

	return i ? i - 1 : r->l->n;
}

/* ---- gold ---------------------------------------------------------------------------- */

static void ref_gold(const struct rule_policy *p, struct rule_state *s, bool right)
{
	int64_t step = right ? p->right : p->wrong;
	bool flag = false;

	s->gold++;
	s->right += right;
	switch (s->standing) {
	case RULE_NEW:
	case RULE_RETEST:
		s->llr += step;
		if (s->llr >= p->flag) {
			flag = true;
		} else if (s->llr <= p->clear) {
			s->standing = RULE_CLEARED;
			s->llr = 0;
		}
		break;
	case RULE_CLEARED:
		s->llr = s->llr + step > 0 ? s->llr + step : 0;
		flag = s->llr >= p->drift;
		break;
	default:
		break;
	}
	if (flag) {
		s->flags++;
		s->llr = 0;
		s->standing = s->flags >= p->flags_stop ? RULE_STOPPED : RULE_RETEST;
	}
}

/* ---- agreement ----------------------------------------------------------------------- */

static void ref_pair(const struct ref *r, uint32_t e, uint32_t i, uint32_t j, int64_t *d, bool *meet)
{
	wide s = 0, b = 0, ci[REF_VALUES] = { 0 }, cj[REF_VALUES] = { 0 }, mi = 0, mj = 0, dot = 0;

	for (uint32_t t = 0; t < r->l->n_tasks; t++) {
		size_t x = ref_find(r, i, t, e), y = ref_find(r, j, t, e);
		if (x < r->l->n) {
			ci[r->l->value[x]]++;
			mi++;
		}
		if (y < r->l->n) {
			cj[r->l->value[y]]++;
			mj++;
		}
		if (x < r->l->n && y < r->l->n) {
			s++;
			b += r->l->value[x] == r->l->value[y];
		}
	}
	*meet = s > 0;
	for (int v = 0; v < REF_VALUES; v++)
		dot += ci[v] * cj[v];
	if (s)
		*d = (int64_t)(ref_floor(b * ((wide)1 << 32), s) - ref_floor(dot * ((wide)1 << 32), mi * mj));
}

static uint32_t ref_labels(const struct ref *r, uint32_t e, uint32_t i)
{
	uint32_t n = 0;

	for (uint32_t t = 0; t < r->l->n_tasks; t++) {
		bool met = false;
		if (ref_find(r, i, t, e) == r->l->n)
			continue;
		for (uint32_t j = 0; j < r->l->n_identities; j++)
			met |= j != i && ref_find(r, j, t, e) < r->l->n;
		n += met;
	}
	return n;
}

struct ref_pairs {
	int64_t d[REF_WHO][REF_WHO];
	bool meet[REF_WHO][REF_WHO];
};

static void ref_ca(const struct ref *r, const struct ref_pairs *p, const wide *w, int64_t *ca)
{
	for (uint32_t i = 0; i < r->l->n_identities; i++) {
		wide num = 0, den = 0;
		for (uint32_t j = 0; j < r->l->n_identities; j++)
			if (j != i && p->meet[i][j]) {
				num += w[j] * p->d[i][j];
				den += w[j];
			}
		ca[i] = den ? (int64_t)ref_floor(num, den) : 0;
	}
}

/* the lower median of x over those with keep; false when there are none */
static bool ref_median(const int64_t *x, const bool *keep, size_t n, int64_t *out)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		m += keep[i];
	for (size_t i = 0; i < n; i++) {
		size_t below = 0, equal = 0;
		for (size_t j = 0; j < n; j++) {
			below += keep[j] && x[j] < x[i];
			equal += keep[j] && x[j] == x[i];
		}
		if (keep[i] && below <= (m - 1) / 2 && (m - 1) / 2 < below + equal) {
			*out = x[i];
			return true;
		}
	}
	return false;
}

static int64_t ref_within(wide x, int64_t most)
{
	return x < 0 ? 0 : x > most ? most : (int64_t)x;
}

/* agreement in epoch e as seen at the end of epoch t; true when that sets off the alarm */
static bool ref_evaluate(struct ref *r, uint32_t e, uint32_t t, int64_t *quality)
{
	size_t n = r->l->n_identities;
	struct ref_pairs *p = mem_zalloc(1, sizeof *p);
	wide w[REF_WHO] = { 0 };
	int64_t ca[REF_WHO], med, clamped[REF_WHO];
	bool in_j[REF_WHO], heard[REF_WHO], cleared[REF_WHO];
	uint32_t n_cleared = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++)
			if (i != j)
				ref_pair(r, e, i, j, &p->d[i][j], &p->meet[i][j]);
		uint8_t st = r->end[t][i].standing;
		in_j[i] = (st == RULE_NEW || st == RULE_CLEARED) && ref_labels(r, e, i) > 0;
		w[i] = in_j[i] ? 10000 : 0;
	}
	ref_ca(r, p, w, ca);
	for (uint32_t pass = 0; pass < r->p->passes; pass++) {
		uint32_t positive = 0;
		for (size_t i = 0; i < n; i++)
			heard[i] = w[i] > 0;
		if (!ref_median(ca, heard, n, &med) || med < r->p->median_least)
			med = r->p->median_least;
		for (size_t i = 0; i < n; i++) {
			wide top = (wide)10000 * (100 * (wide)ca[i] - (wide)r->p->weight_lo * med);
			w[i] = in_j[i] ? ref_within(ref_floor(top, (wide)(r->p->weight_hi - r->p->weight_lo) * med), 10000) : 0;
			positive += w[i] > 0;
		}
		if (positive < r->p->peers_least)
			for (size_t i = 0; i < n; i++)
				w[i] = in_j[i] ? 10000 : 0;
		ref_ca(r, p, w, ca);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t labels = ref_labels(r, e, i);
		quality[i] = (int64_t)ref_floor((wide)10000 * ca[i], r->p->ca_ref);
		clamped[i] = ref_within(quality[i], 10000);
		cleared[i] = r->end[t][i].standing == RULE_CLEARED && labels > 0 && labels >= r->p->alarm_labels;
		n_cleared += cleared[i];
	}
	free(p);
	return n_cleared >= r->p->alarm_least && ref_median(clamped, cleared, n, &med) && med < r->p->alarm_bp;
}

/* ---- the copy hold --------------------------------------------------------------------- */

static void ref_seen(struct ref *r, uint32_t e)
{
	for (size_t i = 0; i < r->l->n; i++) {
		uint32_t before = 0, same = 0;
		if (!r->kept[i] || r->l->epoch[i] != e || ref_is_gold(r->l, i))
			continue;
		for (size_t k = 0; k < i; k++)
			if (r->kept[k] && r->l->epoch[k] == e && r->l->task[k] == r->l->task[i]) {
				before++;
				same += r->l->value[k] == r->l->value[i];
			}
		if (before) {
			struct rule_state *s = &r->end[e][ref_who(r->l, i)];
			s->seen[before > 8 ? 7 : before - 1]++;
			s->lone[before > 8 ? 7 : before - 1] += !same;
		}
	}
}

/* every label among the first 2, 3, .. 8 of its task: is it unlike all others there?  Of those behind more, as seen */
static void ref_met(struct ref *r, uint32_t e)
{
	const struct rule_log *l = r->l;

	for (uint32_t t = 0; t < l->n_tasks; t++) {
		size_t at[REF_WHO], n = 0;
		for (size_t i = 0; i < l->n; i++)
			if (r->kept[i] && l->epoch[i] == e && l->task[i] == t && !ref_is_gold(l, i))
				at[n++] = i;
		for (size_t m = 2; m <= n; m++)
			for (size_t x = m <= 8 ? 0 : m - 1; x < m; x++) {
				struct rule_state *s = &r->end[e][ref_who(l, at[x])];
				bool like = false;
				for (size_t y = 0; y < m; y++)
					like |= y != x && l->value[at[y]] == l->value[at[x]];
				s->met[m <= 8 ? m - 2 : 7]++;
				s->apart[m <= 8 ? m - 2 : 7] += !like;
			}
	}
}

static bool ref_peer(const struct ref *r, uint32_t e, size_t i)
{
	uint8_t standing = r->end[e][ref_who(r->l, i)].standing;

	return standing == RULE_NEW || standing == RULE_CLEARED;
}

/* each label beside the first and the last of its task; gold of the epoch has been counted for all */
static void ref_between(struct ref *r, uint32_t e)
{
	const struct rule_log *l = r->l;

	for (size_t i = 0; i < l->n; i++) {
		size_t first = l->n, last = l->n;
		for (size_t k = 0; k < l->n; k++)
			if (r->kept[k] && l->epoch[k] == e && l->task[k] == l->task[i]) {
				first = first == l->n ? k : first;
				last = k;
			}
		if (!r->kept[i] || l->epoch[i] != e || ref_is_gold(l, i) || i == first || i == last ||
		    l->value[first] == l->value[last] || !ref_peer(r, e, first) || !ref_peer(r, e, last))
			continue;
		r->end[e][ref_who(l, i)].between += l->value[i] == l->value[first] || l->value[i] == l->value[last];
		r->end[e][ref_who(l, i)].early += l->value[i] == l->value[first];
	}
}

/* P(X >= k) of n draws */
static double ref_binomial(uint32_t n, double q, uint32_t k)
{
	double p = 0, term = 1;

	for (uint32_t x = 0; x < n; x++)
		term *= 1 - q;
	for (uint32_t x = 0; x <= n; x++) {
		p += x >= k ? term : 0;
		term *= (n - x) * q / ((x + 1) * (1 - q));
	}
	return p;
}

static double ref_poisson(double lambda, uint32_t k)
{
	double p = 0, term = m_exp(-lambda);

	for (uint32_t x = 0; x <= k; x++) {
		p += term;
		term *= lambda / (x + 1);
	}
	return p;
}

/* hold those of the smallest pv; -1: not tested */
static void ref_smallest(struct ref *r, uint32_t e, const double *pv, size_t m)
{
	size_t n = r->l->n_identities, best = 0;
	double cut = -1;

	for (size_t i = 0; i < n; i++) {        /* how many are as small: the largest rank that pv[i] has */
		size_t rank = 0;
		for (size_t j = 0; j < n; j++)
			rank += pv[j] >= 0 && pv[j] <= pv[i];
		if (pv[i] >= 0 && pv[i] <= r->p->copy_ppm * 1e-6 * (double)rank / (double)m && rank > best) {
			best = rank;
			cut = pv[i];
		}
	}
	for (size_t i = 0; i < n; i++)
		r->end[e][i].held |= pv[i] >= 0 && pv[i] <= cut;
}

static void ref_hold(struct ref *r, uint32_t e)
{
	size_t n = r->l->n_identities, m = 0;
	int64_t like[REF_WHO], mid;
	bool has[REF_WHO];
	double alone[REF_WHO], first[REF_WHO], q;

	for (size_t j = 0; j < n; j++) {
		const struct rule_state *s = &r->end[e][j];
		like[j] = s->between ? (int64_t)(((wide)s->early << 32) / s->between) : 0;
		has[j] = s->standing == RULE_CLEARED && s->between;
	}
	q = !ref_median(like, has, n, &mid) ? 1 : mid > 1ll << 31 ? (double)mid / 4294967296. : .5;
	for (size_t i = 0; i < n; i++) {
		const struct rule_state *s = &r->end[e][i];
		uint64_t half = 0, mine = 0, lone = 0;
		for (int b = 0; b < 8; b++) {
			uint64_t seen = 0, unlike = 0;
			for (size_t j = 0; j < n; j++)
				if (r->end[e][j].standing == RULE_CLEARED) {
					seen += r->end[e][j].met[b];
					unlike += r->end[e][j].apart[b];
				}
			half += seen ? ((uint64_t)s->seen[b] * unlike << 32) / seen : 0;
			mine += s->seen[b];
			lone += s->lone[b];
		}
		alone[i] = first[i] = -1;
		if (mine >= r->p->copy_least) {
			bool clear = q < 1 && ref_binomial(s->between, .5 - q / 2, s->between - s->early) <= .01;
			alone[i] = clear ? 1 : ref_poisson((double)(half / 2) / 4294967296., (uint32_t)lone);
			first[i] = q + .05 < 1 ? ref_binomial(s->between, q + .05, s->early) : 1;
			m++;
		}
	}
	ref_smallest(r, e, alone, m);
	ref_smallest(r, e, first, m);
}

/* ---- blocks ---------------------------------------------------------------------------- */

static uint32_t ref_units(const struct ref *r, uint32_t e, uint32_t who)
{
	uint32_t n = 0;

	for (size_t i = 0; i < r->l->n; i++)
		n += r->kept[i] && r->l->epoch[i] == e && ref_who(r->l, i) == who;
	return n;
}

static void ref_close(const struct ref *r, struct rule_block *k)
{
	if (k->labels) {
		k->agreement = (uint32_t)ref_within(ref_floor(k->sum, (wide)k->labels), 10000);
		k->bonus = (uint32_t)ref_floor((wide)k->labels * k->agreement + (wide)r->p->shrink_n * r->p->shrink_bp,
			(wide)k->labels + r->p->shrink_n);
	}
	k->status = RULE_PENDING;
}

static bool ref_final(const struct ref *r, struct rule_block *k, uint32_t t, bool end)
{
	const struct rule_state *s = &r->end[t][k->who];
	uint32_t E = (uint32_t)r->l->n_epochs;

	k->at = t;
	if (s->standing == RULE_STOPPED || (end && s->standing == RULE_RETEST)) {
		k->status = RULE_VOID;
		return true;
	}
	k->at = 0;
	if (k->status == RULE_OPEN || s->held || (r->p->halt && r->alarm[end ? E : t]))
		return false;
	if (s->standing == RULE_CLEARED) {
		k->score = 10000;
	} else if (end && s->standing == RULE_NEW) {
		k->score = (uint32_t)ref_within(ref_floor((wide)10000 * (r->p->flag - s->llr), (wide)r->p->flag - r->p->clear),
			9999);
	} else {
		return false;
	}
	k->status = RULE_PAID;
	k->at = t;
	return true;
}

/* the life of an identity's blocks; epoch e is booked at the end of e + 1, or of the campaign */
static void ref_blocks(struct ref *r, uint32_t who, bool end)
{
	struct rule_block *mine = r->block + r->n_blocks;
	uint32_t E = (uint32_t)r->l->n_epochs;
	bool done[REF_EPOCHS] = { false };
	size_t n = 0;

	for (uint32_t t = 1; t <= E; t++) {
		bool last = t == E;
		uint32_t at = last ? E - 1 : t, e = t - 1, units = ref_units(r, e, who);
		if (last && !end)
			break;
		if (units) {
			if (!n || mine[n - 1].status != RULE_OPEN)
				mine[n++] = (struct rule_block){ .who = who, .from = e, .status = RULE_OPEN };
			mine[n - 1].to = e;
			mine[n - 1].units += units;
			mine[n - 1].labels += ref_labels(r, e, who);
			mine[n - 1].sum += (int64_t)ref_labels(r, e, who) * r->quality[e][who];
			if (mine[n - 1].labels >= r->p->join_below)
				ref_close(r, &mine[n - 1]);
		}
		if (last && n && mine[n - 1].status == RULE_OPEN)
			ref_close(r, &mine[n - 1]);
		for (size_t k = 0; k < n; k++)
			done[k] = done[k] || ref_final(r, &mine[k], at, last);
	}
	r->n_blocks += n;
}

__attribute__((unused)) static struct ref *ref_run(const struct rule_policy *p, const struct rule_log *l, bool end)
{
	struct ref *r = mem_zalloc(1, sizeof *r);
	uint32_t E = (uint32_t)l->n_epochs;

	r->p = p;
	r->l = l;
	r->kept = mem_alloc(l->n, sizeof *r->kept);
	for (size_t i = 0; i < l->n; i++) {
		r->kept[i] = ref_keeps(l, i);
		if (r->kept[i] && !ref_is_gold(l, i))
			r->label[l->epoch[i]][ref_who(l, i)][l->task[i]] = i + 1;
	}
	for (uint32_t e = 0; e < E; e++) {
		if (e)
			memcpy(r->end[e], r->end[e - 1], sizeof r->end[e]);
		for (size_t i = 0; i < l->n; i++)
			if (r->kept[i] && l->epoch[i] == e && ref_is_gold(l, i))
				ref_gold(p, &r->end[e][ref_who(l, i)], l->value[i] == l->gold[l->task[i]]);
		ref_seen(r, e);
		ref_met(r, e);
		ref_between(r, e);
		ref_hold(r, e);
		for (uint32_t i = 0; i < l->n_identities; i++) {
			r->end[e][i].fresh = ref_units(r, e, i);
			r->end[e][i].answers += r->end[e][i].fresh;
		}
		if (e)
			r->alarm[e] = ref_evaluate(r, e - 1, e, r->quality[e - 1]);
	}
	if (end)
		r->alarm[E] = ref_evaluate(r, E - 1, E - 1, r->quality[E - 1]);
	for (uint32_t i = 0; i < l->n_identities; i++)
		ref_blocks(r, i, end);
	return r;
}

__attribute__((unused)) static void ref_free(struct ref *r)
{
	free(r->kept);
	free(r);
}

#endif
