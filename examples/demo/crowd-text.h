/* crowd-text - the short product reviews that the invented crowd reads, and how they are written down.
 *
 * In a sentence $p is a product, $a a quality of it, $n a small number.  Commas,
 * quotation marks, line ends and letters beyond ASCII are there on purpose: what
 * reads the files has to cope with them.
 */
#ifndef DEMO_CROWD_TEXT_H
#define DEMO_CROWD_TEXT_H

#include "crowd-model.h"

/* ---- reviews --------------------------------------------------------------- */

#define PICK(list, h) ((list)[below((h), (uint32_t)(sizeof (list) / sizeof *(list)))])

static const char *const products[] = {
	"kettle", "backpack", "desk lamp", "blender", "keyboard", "phone case", "water bottle", "coffee grinder",
	"tent", "charger", "travel mug", "toaster", "bike light", "monitor", "router", "rice cooker",
	"office chair", "alarm clock", "hair dryer", "crème brûlée torch",
};

static const char *const qualities[] = {
	"build quality", "finish", "packaging", "manual", "price", "colour", "design", "delivery", "size", "weight",
};

static const char *const openings[] = {
	"", "", "", "Bought this $p in a sale.", "Ordered on Monday, came on Wednesday.", "A gift from my brother.",
	"For the office, mostly.", "My third $p in $n years.", "We run a small café.", "Picked it for the $a.",
};

static const char *const closings[] = {
	"", "", "", "", "The $a is as shown in the pictures.", "I paid €$n.", "Ask me again in $n months.", "— Zoë",
};

static const char *const verdicts[N_CLASS][10] = {
	{
		"The $p broke after $n days.",
		"Very disappointed with the $a, and support never wrote back.",
		"\"Premium\", they said. The $a says otherwise.",
		"I sent the $p back, twice.",
		"Do not buy this $p.",
		"It stopped working, then it started to smell.",
		"Worse than the old $p it replaced.",
		"Of all things, the $a is what ruins it.",
		"One star, and only because zero is not allowed.",
		"Save your money.",
	}, {
		"It is a $p, nothing more and nothing less.",
		"The $a is fine, the rest is average.",
		"Does the job.",
		"Good $a, but I expected a little more.",
		"Three stars: the $a is acceptable.",
		"My partner calls it \"okay\", and I agree.",
		"Neither better nor worse than my last $p.",
		"Arrived after $n days, works as described.",
		"Some days I like it, some days I do not.",
		"You get what you pay for.",
	}, {
		"Best $p I have owned.",
		"The $a is excellent, and it still looks new after $n weeks.",
		"My neighbour asked, \"where did you get that $p?\"",
		"Worth every cent.",
		"Exactly what I hoped for: great $a, fair price.",
		"I bought a second $p for my sister.",
		"Five stars, would buy again.",
		"After $n months of daily use, still going strong.",
		"So glad I chose this one.",
		"Love the $a.",
	},
};

/* put_sentence - expand s; product and quality stay the same all through a review */
static void put_sentence(struct buf *b, const char *s, uint64_t h, const char *gap)
{
	if (*s && b->n)
		buf_adds(b, gap);
	for (; *s; s++) {
		if (*s != '$')
			buf_addc(b, *s);
		else if (*++s == 'p')
			buf_adds(b, PICK(products, mix(h)));
		else if (*s == 'a')
			buf_adds(b, PICK(qualities, mix(h + 1)));
		else
			buf_addu(b, 2 + below(mix(h + 2), 17));
	}
}

/* crowd_text - the review of task t, in place of what b holds */
static void crowd_text(struct buf *b, const struct crowd *c, uint32_t t)
{
	uint64_t h = draw(c, ON_TEXT, t, 0);
	uint32_t one = below(draw(c, ON_TEXT, t, 1), 10);
	uint32_t two = (one + 1 + below(draw(c, ON_TEXT, t, 2), 9)) % 10;
	uint32_t lines = below(draw(c, ON_TEXT, t, 3), 100);
	const char *gap = lines < 6 ? "\n" : lines < 8 ? "\n\n" : " ";

	buf_reset(b);
	put_sentence(b, PICK(openings, draw(c, ON_TEXT, t, 4)), h, gap);
	put_sentence(b, verdicts[c->truth[t]][one], h, gap);
	if (below(draw(c, ON_TEXT, t, 5), 3))
		put_sentence(b, verdicts[c->truth[t]][two], h, gap);
	put_sentence(b, PICK(closings, draw(c, ON_TEXT, t, 6)), h, gap);
}

/* ---- small formats --------------------------------------------------------- */

static void put_task(struct buf *b, uint32_t t)
{
	buf_addf(b, "r%05u", t + 1);
}

/* put_csv - a field of RFC 4180, quoted only where it must be */
static void put_csv(struct buf *b, struct str s)
{
	bool quote = false;

	for (size_t i = 0; i < s.n; i++)
		quote |= s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
	if (quote)
		buf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_addc(b, '"');
		buf_addc(b, s.p[i]);
	}
	if (quote)
		buf_addc(b, '"');
}

/* put_json - a JSON string; our texts have no control byte but the line feed */
static void put_json(struct buf *b, struct str s)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n') {
			buf_adds(b, "\\n");
			continue;
		}
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}

/* put_bp - basis points as a fraction of one, without zeros at the end */
static void put_bp(struct buf *b, uint32_t bp)
{
	buf_addf(b, "%u.%04u", bp / BP, bp % BP);
	while (b->p[b->n - 1] == '0' && b->p[b->n - 2] != '.')
		b->p[--b->n] = '\0';
}

/* put_time - working time as UTC: days from 9 to 17 h, a Friday and the week from Monday to 2026-11-20 */
static void put_time(struct buf *b, uint32_t ms, const char *fraction)
{
	static const unsigned date[1 + DAYS] = { 13, 16, 17, 18, 19, 20 };
	uint32_t s = ms % DAY_MS / 1000 + 9 * 3600;

	buf_addf(b, "2026-11-%02uT%02u:%02u:%02u", date[ms / DAY_MS], s / 3600, s / 60 % 60, s % 60);
	if (fraction)
		buf_addf(b, ".%03u%s", ms % 1000, fraction);
	buf_addc(b, 'Z');
}

#endif
