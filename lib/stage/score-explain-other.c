/* The other rules in words, and the integers that their scores are made of. */
#include "stage/report-part.h"
#include "stage/score-explain.h"

static const struct words {
	const char *rule, *how, *raise;
} words[] = {
	{ "flat", "Every verified label is paid the same; there is no score.", "More labels that are verified." },
	{ "threshold", "All verified labels are paid in full when their share of the verified and rejected ones "
	  "reaches threshold_bp, and none else.", "Fewer rejected labels." },
	{ "gold", "The score is what the share of right answers to gold, hidden questions whose answer is known, is at "
	  "least, with the certainty that the option --bound says: a lower bound, which is far below the share itself "
	  "while there are few answers. This rule buys accuracy, not "
	  "effort.", "Right answers to gold; also more of them, for then less is subtracted for chance." },
	{ "gate-ca", "The score is what the share of right answers to gold, hidden questions whose answer is known, is "
	  "at least: a lower bound. The bonus is how often the labels agree with those of others, beyond chance. This "
	  "rule buys accuracy, not effort.",
	  "Right answers to gold, and more of them; agreement with others where there is no gold." },
	{ "consensus", "The score is the share of labels that are what most of the others say, of those where most say "
	  "one thing.",
	  "Labels that are like those of most others." },
	{ "pts", "The score is how much more often others agree with the labels than the labels\xe2\x80\x99 own "
	  "frequency would give.", "Agreement with others, most of all on answers that are rare." },
	{ "dg", "The score is how much more often the labels agree with others on one task than on different ones.",
	  "Agreement with others on the same task." },
	{ "ca", "The score is how far the labels agree with those of others, beyond what chance gives.",
	  "Agreement with others on the same task." },
	{ "dmi", "The score is how much the labels tell of those of others, in two halves of the tasks.",
	  "Labels that tell the classes apart as others do, in both halves." },
	{ "bts", "The score is for answers that are more common than people predict, and for good predictions.",
	  "Honest answers, and predictions near what the others say." },
};

static const struct words *words_of(const struct explain *e)
{
	size_t i = 0;

	while (i + 1 < sizeof words / sizeof words[0] && strcmp(words[i].rule, e->b->s->options.rule->name) != 0)
		i++;
	return &words[i];
}

/* every member that is not told elsewhere, as it stands in the record */
static void integers(struct explain *e)
{
	static const char *const told[] = {
		"kind", "worker", "epoch", "labels", "verified", "rejected", "pending", "score_bp", "bonus_bp",
		"rule", "identity", "why",
	};
	struct json_record r = { 0 };
	struct err err;
	bool first = true;

	if (!json_read(&r, buf_str(&e->t->score), &err))
		return;
	for (size_t i = 0; i < r.n; i++) {
		const struct json_field *f = &r.field[i];
		size_t k = 0;
		while (k < sizeof told / sizeof told[0] && !str_is(f->key, told[k]))
			k++;
		if (k < sizeof told / sizeof told[0])
			continue;
		buf_adds(&e->para, first ? "It is made of these integers of the record: " : ", ");
		part_plain(&e->para, f->key, 60);
		buf_addc(&e->para, '\001');
		part_plain(&e->para, f->raw, 60);
		first = false;
	}
	if (!first)
		buf_addc(&e->para, '.');
	explain_para(e);
	const struct json_field *why = json_get(&r, STR("why"));
	if (why) {
		buf_adds(&e->para, "It is 0 because there is nothing to measure: ");
		part_plain(&e->para, json_text(why, &e->scratch), 200);
		buf_addc(&e->para, '.');
		explain_para(e);
	}
	json_record_release(&r);
}

void explain_other(struct explain *e)
{
	explain_head(e, "How the score is made");
	buf_adds(&e->para, words_of(e)->how);
	explain_para(e);
	integers(e);
}

void explain_other_raise(struct explain *e)
{
	buf_adds(&e->para, words_of(e)->raise);
	explain_item(e);
}
