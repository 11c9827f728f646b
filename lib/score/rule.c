#include "score/rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "score/rule-copy.h"
#include "score/rule-log.h"
#include "score/rule-peer.h"

/* A run at work. */
struct book {
	const struct rule_policy *p;
	const struct rule_log *log;
	struct rule_view v;
	struct rule_run *run;
	unsigned threads;
	uint32_t *open;                 /* by identity: its OPEN block, or RULE_NONE */
	uint32_t *live;                 /* blocks that are OPEN or PENDING, ascending */
	size_t n_live, cap_live, cap_blocks, cap_epochs;
	/* of the epoch being evaluated, by identity */
	uint32_t *units, *labels;
	int64_t *quality;               /* floor(10000 CA / ca_ref) */
};

/* ---- an epoch in the view ------------------------------------------------------------ */

struct slice {
	const uint32_t *group;
	size_t n_groups, n_gold;
	const struct rule_answer *gold;
};

static struct slice slice(const struct book *b, uint32_t epoch)
{
	const struct rule_view *v = &b->v;
	uint32_t e = epoch - v->first;

	return (struct slice){
		.group = v->group + v->epoch_group[e], .n_groups = v->epoch_group[e + 1] - v->epoch_group[e],
		.gold = v->gold + v->epoch_gold[e], .n_gold = v->epoch_gold[e + 1] - v->epoch_gold[e],
	};
}

static void count_units(const struct book *b, uint32_t epoch)
{
	struct slice s = slice(b, epoch);

	memset(b->units, 0, b->log->n_identities * sizeof *b->units);
	for (uint32_t k = s.group[0]; k < s.group[s.n_groups]; k++)
		b->units[b->v.answer[k].who]++;
	for (size_t k = 0; k < s.n_gold; k++)
		b->units[s.gold[k].who]++;
}

/* ---- agreement ----------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static uint32_t clamp(int64_t x, uint32_t most)
{
	return x < 0 ? 0 : x > most ? most : (uint32_t)x;
}

static struct rule_epoch *add_epoch(struct book *b, uint32_t epoch)
{
	struct rule_run *r = b->run;

	if (r->n_epochs == b->cap_epochs) {
		b->cap_epochs = mem_grow(b->cap_epochs, r->n_epochs + 1);
		r->epoch = mem_realloc(r->epoch, b->cap_epochs, sizeof *r->epoch);
	}
	r->epoch[r->n_epochs] = (struct rule_epoch){ .epoch = epoch, .median = RULE_ONE };
	return &r->epoch[r->n_epochs++];
}

static bool is_cleared(const struct book *b, const struct rule_peers *peers, uint32_t j)
{
	return peers->labels[j] && b->run->state[peers->who[j]].standing == RULE_CLEARED;
}

/* what people who were cleared say is worth, all of them heard alike: the scale of another campaign */
static int64_t scale(const struct book *b, const struct rule_peers *peers)
{
	uint32_t *w = mem_alloc(peers->n, sizeof *w), n = 0;
	int64_t *ca = mem_alloc(peers->n, sizeof *ca), at = 0;

	for (uint32_t j = 0; j < peers->n; j++)
		w[j] = is_cleared(b, peers, j) ? RULE_ONE : 0;
	rule_peers_ca(peers, w, ca);
	for (uint32_t j = 0; j < peers->n; j++)
		if (peers->labels[j])
			ca[n++] = ca[j];
	if (n) {
		qsort(ca, n, sizeof *ca, ascending);
		at = ca[(size_t)(n - 1) * 9 / 10];
	}
	free(w);
	free(ca);
	return at;
}

static void look_at_cleared(const struct book *b, const struct rule_peers *peers, struct rule_epoch *at)
{
	int64_t *x = mem_alloc(peers->n, sizeof *x);
	uint32_t n = 0;

	for (uint32_t j = 0; j < peers->n; j++)
		if (is_cleared(b, peers, j) && peers->labels[j] >= b->p->alarm_labels)
			x[n++] = clamp(b->quality[peers->who[j]], RULE_ONE);
	at->cleared = n;
	if (n) {
		qsort(x, n, sizeof *x, ascending);
		at->median = (uint32_t)x[(n - 1) / 2];
	}
	at->alarm = n >= b->p->alarm_least && at->median < b->p->alarm_bp;
	free(x);
}

/* what an epoch's labels are worth, now that it is known who of the peers stands */
static void evaluate(struct book *b, uint32_t epoch)
{
	struct slice s = slice(b, epoch);
	struct rule_epoch *at = add_epoch(b, epoch);
	struct rule_peers peers;

	count_units(b, epoch);
	memset(b->labels, 0, b->log->n_identities * sizeof *b->labels);
	memset(b->quality, 0, b->log->n_identities * sizeof *b->quality);
	rule_peers_init(&peers, s.group, s.n_groups, b->v.answer, b->log->n_identities, b->log->n_values, b->threads);
	bool *among = mem_alloc(peers.n, sizeof *among);
	int64_t *ca = mem_alloc(peers.n, sizeof *ca);
	for (uint32_t j = 0; j < peers.n; j++) {
		uint8_t standing = b->run->state[peers.who[j]].standing;
		among[j] = standing == RULE_NEW || standing == RULE_CLEARED;
		at->peers += among[j] && peers.labels[j];
	}
	rule_peers_weigh(&peers, b->p, among, ca);
	for (uint32_t j = 0; j < peers.n; j++) {
		b->labels[peers.who[j]] = peers.labels[j];
		b->quality[peers.who[j]] = floor_div(ca[j] * RULE_ONE, b->p->ca_ref);
	}
	at->ca_90 = scale(b, &peers);
	look_at_cleared(b, &peers, at);
	b->run->alarm = at->alarm;
	free(among);
	free(ca);
	rule_peers_release(&peers);
}

/* ---- blocks -------------------------------------------------------------------------- */

static uint32_t open_block(struct book *b, uint32_t who, uint32_t epoch)
{
	struct rule_run *r = b->run;

	if (r->n_blocks == b->cap_blocks) {
		b->cap_blocks = mem_grow(b->cap_blocks, r->n_blocks + 1);
		r->block = mem_realloc(r->block, b->cap_blocks, sizeof *r->block);
	}
	if (b->n_live == b->cap_live) {
		b->cap_live = mem_grow(b->cap_live, b->n_live + 1);
		b->live = mem_realloc(b->live, b->cap_live, sizeof *b->live);
	}
	r->block[r->n_blocks] = (struct rule_block){ .who = who, .from = epoch, .status = RULE_OPEN };
	b->live[b->n_live++] = (uint32_t)r->n_blocks;
	return (uint32_t)r->n_blocks++;
}

static void close_block(struct book *b, struct rule_block *k)
{
	uint64_t pad = (uint64_t)b->p->shrink_n * b->p->shrink_bp;

	k->agreement = k->labels ? clamp(floor_div(k->sum, (int64_t)k->labels), RULE_ONE) : 0;
	if (k->labels)
		k->bonus = (uint32_t)((k->labels * k->agreement + pad) / (k->labels + b->p->shrink_n));
	k->status = RULE_PENDING;
	b->open[k->who] = RULE_NONE;
}

/* the evaluated epoch's work goes to the blocks */
static void book_epoch(struct book *b, uint32_t epoch)
{
	for (uint32_t i = 0; i < b->log->n_identities; i++) {
		if (!b->units[i])
			continue;
		if (b->open[i] == RULE_NONE)
			b->open[i] = open_block(b, i, epoch);
		struct rule_block *k = &b->run->block[b->open[i]];
		k->to = epoch;
		k->units += b->units[i];
		k->labels += b->labels[i];
		k->sum += (int64_t)b->labels[i] * b->quality[i];
		if (k->labels >= b->p->join_below)
			close_block(b, k);
	}
}

static uint32_t settled(const struct rule_policy *p, const struct rule_state *s)
{
	int64_t left = p->flag - s->llr, all = (int64_t)p->flag - p->clear;

	return clamp(floor_div(left * RULE_ONE, all), RULE_ONE - 1);
}

/* what becomes of a block at the end of epoch at; true when that is final */
static bool resolve(const struct book *b, struct rule_block *k, uint32_t at, bool end)
{
	const struct rule_state *s = &b->run->state[k->who];
	bool held = s->held || (b->run->alarm && b->p->halt);

	if (s->standing == RULE_STOPPED || (end && s->standing == RULE_RETEST)) {
		k->status = RULE_VOID;
	} else if (k->status == RULE_PENDING && !held && (s->standing == RULE_CLEARED || end)) {
		k->status = RULE_PAID;
		k->score = s->standing == RULE_CLEARED ? RULE_ONE : s->flags ? 0 : settled(b->p, s);
	} else {
		return false;
	}
	k->at = at;
	return true;
}

static void resolve_all(struct book *b, uint32_t at, bool end)
{
	size_t n = 0;

	for (size_t x = 0; x < b->n_live; x++) {
		struct rule_block *k = &b->run->block[b->live[x]];
		bool was_open = k->status == RULE_OPEN;
		if (!resolve(b, k, at, end))
			b->live[n++] = b->live[x];
		else if (was_open)
			b->open[k->who] = RULE_NONE;
	}
	b->n_live = n;
}

/* ---- the run ------------------------------------------------------------------------- */

/* what an epoch's own end brings: gold, the copy hold, what there was to answer */
static void count_epoch(struct book *b, uint32_t epoch)
{
	struct slice s = slice(b, epoch);
	struct rule_state *state = b->run->state;

	for (size_t k = 0; k < s.n_gold; k++)
		rule_gold(b->p, &state[s.gold[k].who], s.gold[k].value);
	rule_copy_count(s.group, s.n_groups, b->v.answer, state);
	count_units(b, epoch);
	for (size_t i = 0; i < b->log->n_identities; i++) {
		state[i].fresh = b->units[i];
		state[i].answers += b->units[i];
	}
	rule_copy_hold(b->p, state, b->log->n_identities);
}

static bool same_labels_again(const struct book *b, struct err *e)
{
	if (!b->run->counted)
		return true;
	count_units(b, b->run->counted - 1);
	for (size_t i = 0; i < b->log->n_identities; i++)
		if (b->units[i] != b->run->state[i].fresh)
			return err_set(e, "identity %zu has %lu labels in the last epoch counted, and had %lu then", i,
				(unsigned long)b->units[i], (unsigned long)b->run->state[i].fresh);
	return true;
}

static void book_init(struct book *b)
{
	size_t n = b->log->n_identities;

	b->units = mem_alloc(n, sizeof *b->units);
	b->labels = mem_alloc(n, sizeof *b->labels);
	b->quality = mem_alloc(n, sizeof *b->quality);
	b->open = mem_alloc(n, sizeof *b->open);
	for (size_t i = 0; i < n; i++)
		b->open[i] = RULE_NONE;
}

/* carry on with the blocks of the run before */
static void take_blocks(struct book *b)
{
	struct rule_run *r = b->run;
	size_t n = 0;

	b->live = mem_alloc(r->n_blocks, sizeof *b->live);
	b->cap_live = b->cap_blocks = r->n_blocks;
	for (size_t k = 0; k < r->n_blocks; k++) {
		struct rule_block *x = &r->block[k];
		if (x->status != RULE_OPEN && x->status != RULE_PENDING)
			continue;
		BUG_ON(x->who >= b->log->n_identities || (x->status == RULE_OPEN && b->open[x->who] != RULE_NONE));
		if (x->status == RULE_OPEN)
			b->open[x->who] = (uint32_t)n;
		b->live[n] = (uint32_t)n;
		r->block[n++] = *x;
	}
	r->n_blocks = b->n_live = n;
	free(r->epoch);
	r->epoch = NULL;
	r->n_epochs = 0;
	r->alarm = false;
}

static void close_all(struct book *b, uint32_t last)
{
	evaluate(b, last);
	book_epoch(b, last);
	for (size_t x = 0; x < b->n_live; x++)
		if (b->run->block[b->live[x]].status == RULE_OPEN)
			close_block(b, &b->run->block[b->live[x]]);
	resolve_all(b, last, true);
}

static void work(struct book *b, bool end)
{
	struct rule_run *r = b->run;
	uint32_t last = (uint32_t)b->log->n_epochs;

	take_blocks(b);
	for (; r->counted < last; r->counted++) {
		count_epoch(b, r->counted);
		if (r->counted) {
			evaluate(b, r->counted - 1);
			book_epoch(b, r->counted - 1);
		}
		resolve_all(b, r->counted, false);
	}
	if (end && last)
		close_all(b, last - 1);
	r->n_held = 0;
	for (size_t i = 0; i < b->log->n_identities; i++)
		r->n_held += r->state[i].held;
	r->n_replaced = b->v.n_replaced;
}

bool rule_run(const struct rule_policy *p, const struct rule_log *log, bool end, unsigned threads,
	struct rule_run *run, struct err *e)
{
	struct book b = { .p = p, .log = log, .run = run, .threads = threads };

	BUG_ON(run->counted > log->n_epochs);
	rule_view_init(&b.v, log, run->counted ? run->counted - 1 : 0);
	book_init(&b);
	bool good = same_labels_again(&b, e);
	if (good)
		work(&b, end);
	rule_view_release(&b.v);
	free(b.open);
	free(b.live);
	free(b.units);
	free(b.labels);
	free(b.quality);
	return good;
}

void rule_run_release(struct rule_run *run)
{
	free(run->state);
	free(run->block);
	free(run->epoch);
	*run = (struct rule_run){ 0 };
}
