#include "ingest.h"

#include "rec/rec.h"

/* one reader for each kind, all called alike */
#define CHECK(kind) \
	static bool check_##kind(const struct json_record *r, struct arena *a, struct err *e) \
	{ \
		struct rec_##kind ignored; \
		return rec_##kind(r, a, &ignored, e); \
	}

CHECK(task)
CHECK(worker)
CHECK(gold)
CHECK(label)
CHECK(assignment)
CHECK(consensus)
CHECK(skill)
CHECK(score)
CHECK(payment)
CHECK(tx)
CHECK(receipt)
CHECK(run)

static bool check_review(const struct json_record *r, struct arena *a, struct err *e)
{
	struct rec_review v;

	if (!rec_review(r, a, &v, e))
		return false;
	if (str_is(v.verdict, "accept") || str_is(v.verdict, "reject"))
		return true;
	return err_at(e, json_get(r, STR("verdict"))->byte, "field \"verdict\": expected accept or reject, got \"%.*s\"",
	              (int)(v.verdict.n < 40 ? v.verdict.n : 40), v.verdict.p);
}

#define KIND(kind) { #kind, check_##kind }
static const struct {
	const char *name;
	bool (*check)(const struct json_record *r, struct arena *a, struct err *e);
} kinds[] = {
	KIND(label), KIND(task), KIND(gold), KIND(worker), KIND(review), KIND(assignment), KIND(consensus),
	KIND(skill), KIND(score), KIND(payment), KIND(tx), KIND(receipt), KIND(run),
};

bool check_kind(struct str kind, const struct json_record *r, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_is(kind, kinds[i].name))
			return kinds[i].check(r, a, e);
	return true;
}

static struct json_record made;
static struct arena scratch;

bool check_line(struct str line, struct err *e)
{
	arena_reset(&scratch);
	if (!json_read(&made, line, e))
		return false;
	if (check_kind(made.field[0].raw, &made, &scratch, e))
		return true;
	e->byte = 0;                    /* a place in this line means nothing to who wrote the input */
	return false;
}

void check_release(void)
{
	json_record_release(&made);
	arena_release(&scratch);
}
