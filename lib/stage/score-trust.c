#include "stage/score-trust.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"

/* ---- how many labels a panel has ----------------------------------------------------------- */

enum { MOST = 4096 };           /* more labels than this on most tasks are as good as all */

/* The lower median of the labels of a task without gold that has others to ask; 0: there is none. */
static size_t panel_size(const struct ballot *a)
{
	uint64_t *tasks = mem_zalloc(MOST + 1, sizeof *tasks), many = 0, below = 0;
	size_t size = 0;

	for (size_t t = 0; t < a->b->n_tasks; t++) {
		size_t n = a->off[t + 1] - a->off[t];
		if (n < 2 || a->b->gold[t] != INTERN_NONE)
			continue;
		tasks[n < MOST ? n : MOST]++;
		many++;
	}
	while (many && below < (many + 1) / 2)
		below += tasks[++size];
	free(tasks);
	return size;
}

/* ---- one panel -------------------------------------------------------------------------------- */

/* Some of the tasks with gold, asked by one thread. */
struct bench {
	size_t from, to;                /* of court.task */
	struct booth booth;
	uint64_t *claim[N_TRUSTS];      /* of the task at hand: twice the bin, and 1 for right */
	size_t n_claims[N_TRUSTS], cap;
	struct judge_cell *posterior;
	struct isotonic_bin *bin[N_TRUSTS];
	uint64_t tasks[N_TRUSTS];
};

enum { BENCHES = 16 };

/* All of them. */
struct court {
	const struct ballot *a;
	size_t panel;
	uint32_t *task;                 /* with gold that can judge the others */
	size_t n;
	struct judge_cell *prior;       /* of the model */
	size_t n_classes;               /* 0: there is no model */
	struct bench bench[BENCHES];
};

static void claim(struct bench *d, enum score_trust_by by, double confidence, bool right)
{
	d->claim[by][d->n_claims[by]++] = (uint64_t)isotonic_bin(confidence) << 1 | right;
}

static void ask_votes(struct bench *d, const struct vote *v, size_t n, uint32_t gold)
{
	struct poll p = booth_poll(&d->booth, v, n);
	uint32_t winner;
	double confidence;

	for (size_t k = 0; k < n; k++)
		if (poll_of_others(&p, v[k].value, &winner, &confidence))
			claim(d, TRUST_VOTES, confidence, winner == gold);
}

static void ask_model(struct bench *d, const struct court *c, const struct vote *v, size_t n, uint32_t gold)
{
	const struct judge *j = &c->a->b->s->judge;
	struct judge_said *said = d->booth.divide;
	uint32_t winner;
	double confidence;

	for (size_t k = 0; k < n; k++) {
		if (!judge_knows(j, v[k].worker))
			return;
		said[k] = (struct judge_said){ v[k].worker, c->a->name_of[v[k].value] };
	}
	memcpy(d->posterior, c->prior, c->n_classes * sizeof *c->prior);
	for (size_t k = 0; k < n; k++)
		judge_multiply(j, d->posterior, c->n_classes, said[k]);
	for (size_t k = 0; k < n; k++)
		if (judge_divide(j, d->posterior, c->n_classes, &said[k], 1, &winner, &confidence))
			claim(d, TRUST_MODEL, confidence, c->a->value_of[winner] == gold);
}

/* ---- one task ----------------------------------------------------------------------------------- */

/* Those that count to the front; returns how many. */
static size_t keep_counted(struct booth *b, size_t n)
{
	size_t many = 0;

	for (size_t k = 0; k < n; k++)
		if (b->vote[k].counts)
			b->vote[many++] = b->vote[k];
	return many;
}

/* A task weighs 1, whatever it has of claims. */
static void weigh(struct bench *d, enum score_trust_by by)
{
	size_t n = d->n_claims[by];

	for (size_t i = 0; i < n; i++) {
		struct isotonic_bin *b = &d->bin[by][d->claim[by][i] >> 1];
		b->n += ISOTONIC_ONE / n;
		b->right += d->claim[by][i] & 1 ? ISOTONIC_ONE / n : 0;
	}
	d->tasks[by] += n > 0;
	d->n_claims[by] = 0;
}

static void ask_task(struct bench *d, const struct court *c, uint32_t task)
{
	const struct score_book *b = c->a->b;
	uint32_t gold = score_class(b, b->gold[task]);
	size_t n = keep_counted(&d->booth, booth_take(&d->booth, c->a, task)), size = n < c->panel ? n : c->panel;

	if (n < 2)
		return;
	if (d->cap < n) {
		d->cap = mem_grow(d->cap, n);
		for (int by = 0; by < N_TRUSTS; by++)
			d->claim[by] = mem_realloc(d->claim[by], d->cap, sizeof *d->claim[by]);
	}
	for (size_t from = 0; from + size <= n; from += size) {
		ask_votes(d, d->booth.vote + from, size, gold);
		if (c->n_classes)
			ask_model(d, c, d->booth.vote + from, size, gold);
	}
	for (int by = 0; by < N_TRUSTS; by++)
		weigh(d, (enum score_trust_by)by);
}

static void ask_job(void *ctx, size_t i)
{
	struct court *c = ctx;
	struct bench *d = &c->bench[i];

	for (int by = 0; by < N_TRUSTS; by++)
		d->bin[by] = mem_zalloc(ISOTONIC_BINS, sizeof *d->bin[by]);
	d->posterior = mem_alloc(c->n_classes, sizeof *d->posterior);
	for (size_t t = d->from; t < d->to; t++)
		ask_task(d, c, c->task[t]);
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static void find_tasks(struct court *c)
{
	const struct score_book *b = c->a->b;

	c->task = mem_alloc(b->n_tasks, sizeof *c->task);
	for (uint32_t t = 0; t < b->n_tasks; t++)
		if (b->gold[t] != INTERN_NONE && c->a->off[t + 1] - c->a->off[t] >= 2 &&
		    score_judges(b->s, intern_str(&b->s->tasks, t)))
			c->task[c->n++] = t;
}

/* as many labels for each as for the others, about */
static void share_out(struct court *c)
{
	const uint32_t *off = c->a->off;
	uint64_t all = 0, sum = 0;
	size_t t = 0;

	for (size_t i = 0; i < c->n; i++)
		all += off[c->task[i] + 1] - off[c->task[i]];
	for (size_t i = 0; i < BENCHES; i++) {
		c->bench[i].from = t;
		for (; t < c->n && sum < all * (i + 1) / BENCHES; t++)
			sum += off[c->task[t] + 1] - off[c->task[t]];
		c->bench[i].to = t;
	}
}

/* What all benches found into the first, and what comes of it. */
static void settle(struct court *c, enum score_trust_by by)
{
	struct score_trust *trust = &c->a->b->s->trust[by];
	struct isotonic_bin *sum = c->bench[0].bin[by];

	trust->tasks = c->bench[0].tasks[by];
	for (size_t i = 1; i < BENCHES; i++) {
		trust->tasks += c->bench[i].tasks[by];
		for (size_t k = 0; k < ISOTONIC_BINS; k++) {
			sum[k].n += c->bench[i].bin[by][k].n;
			sum[k].right += c->bench[i].bin[by][k].right;
		}
	}
	if (trust->tasks < c->a->b->s->options.calibrate)
		return;
	isotonic_doubt(sum);
	trust->block = mem_alloc(ISOTONIC_BINS, sizeof *trust->block);
	trust->n_blocks = isotonic_fit(sum, ISOTONIC_BINS, trust->block);
	trust->block = mem_realloc(trust->block, trust->n_blocks, sizeof *trust->block);
}

static void court_release(struct court *c)
{
	for (size_t i = 0; i < BENCHES; i++) {
		struct bench *d = &c->bench[i];
		booth_release(&d->booth);
		free(d->posterior);
		for (int by = 0; by < N_TRUSTS; by++) {
			free(d->claim[by]);
			free(d->bin[by]);
		}
	}
	free(c->prior);
	free(c->task);
}

void score_trust_all(const struct ballot *a)
{
	struct score *s = a->b->s;
	struct court c = { .a = a };

	for (int by = 0; by < N_TRUSTS; by++) {
		free(s->trust[by].block);
		s->trust[by] = (struct score_trust){ 0 };
	}
	c.panel = s->options.calibrate ? panel_size(a) : 0;
	if (!c.panel)
		return;
	find_tasks(&c);
	if (c.n) {
		if (s->judge.n_confusions)
			c.prior = judge_prior(&s->judge, &c.n_classes);
		share_out(&c);
		par_for(a->b->threads, BENCHES, ask_job, &c);
		for (int by = 0; by < N_TRUSTS; by++)
			settle(&c, (enum score_trust_by)by);
	}
	court_release(&c);
}

double score_trust_of(const struct score *s, enum score_trust_by by, double claim)
{
	const struct score_trust *t = &s->trust[by];

	return t->n_blocks ? isotonic_at(t->block, t->n_blocks, claim) : claim;
}
