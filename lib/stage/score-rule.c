/* From verdicts to scores: what every rule writes, and which rules there are. */
#include "json/write.h"
#include "stage/score-more.h"

void score_open(const struct score_book *b, uint32_t worker, uint32_t score_bp, uint32_t bonus_bp, struct buf *line)
{
	const struct tally *t = &b->tally[worker];
	const struct score *s = b->s;

	score_bp = reputation_fined(&s->reputations, &s->options.reputation, worker, score_bp);
	b->worth[worker] = score_bp * bonus_bp / 10000;
	buf_reset(line);
	buf_adds(line, "{\"kind\":\"score\"");
	json_put_kstr(line, "worker", intern_str(&s->workers, worker));
	json_put_kstr(line, "epoch", str_of(s->options.epoch));
	json_put_kuint(line, "labels", (uint64_t)t->count[PENDING] + t->count[VERIFIED] + t->count[REJECTED]);
	json_put_kuint(line, "verified", t->count[VERIFIED]);
	json_put_kuint(line, "rejected", t->count[REJECTED]);
	json_put_kuint(line, "pending", t->count[PENDING]);
	json_put_kuint(line, "score_bp", score_bp);
	json_put_kuint(line, "bonus_bp", bonus_bp);
	json_put_kstr(line, "rule", str_of(s->options.rule->name));
}

void score_put_reputation(const struct score_book *b, uint32_t worker, uint32_t score_bp, uint64_t units,
                          struct buf *line)
{
	const struct reputation_options *o = &b->s->options.reputation;
	const struct tally *t = &b->tally[worker];

	if (o->on)
		reputation_put(line, &b->s->reputations, o, worker, reputation_fined(&b->s->reputations, o, worker, score_bp), units,
		               t->count[VERIFIED], t->count[REJECTED]);
}

void score_close(struct score_book *b, struct buf *line, struct sink *out)
{
	buf_addc(line, '}');
	out->line(out->ctx, buf_str(line));
	b->s->totals.workers++;
}

const struct score_rule score_rules[] = {
	{ "hold", true, score_hold },
	{ "gold", false, score_other_gold },
	{ "flat", false, score_other_flat },
	{ "threshold", false, score_other_threshold },
	{ "gate-ca", false, score_other_gate_ca },
	{ "consensus", false, score_other_consensus },
	{ "pts", false, score_other_pts },
	{ "dg", false, score_other_dg },
	{ "ca", false, score_other_ca },
	{ "dmi", false, score_other_dmi },
	{ "bts", false, score_other_bts },
	{ NULL, false, NULL },
};

const struct score_rule *score_rule_find(struct str name)
{
	const struct score_rule *r = score_rules;

	while (r->name && !str_is(name, r->name))
		r++;
	return r->name ? r : NULL;
}
