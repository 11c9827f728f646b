/* score-report - inside the page about scores and pay: people, and what the sections are written with. */
#ifndef STAGE_SCORE_REPORT_H
#define STAGE_SCORE_REPORT_H

#include "stage/report-part.h"
#include "stage/score-part.h"

/* A person, with all his accounts. */
struct person {
	uint32_t first, accounts;       /* first: of those with a score, now or before, a worker */
	uint64_t labels, verified, rejected, pending;
	uint64_t units, due;            /* paid now, waiting */
	uint64_t pay, all;              /* now; all: with the earlier epochs of the stream */
	uint64_t hits, trials;          /* gold, by rule hold ever, else in this epoch */
	int32_t peers;                  /* agreement (rule hold) or score, basis points; -1: not known */
	uint8_t standing;               /* rule hold */
	bool held;
};

struct score_page {
	const struct score_book *b;
	const struct tell *t;
	struct person *of;              /* those who have a score, now or before, in the order of their first accounts */
	uint32_t n;
	bool hold;
	uint32_t *by_pay;               /* ascending by .all, equal ones by number */
};

/* rates_put, cell_rates - ten thousandths of a rate, two digits */
void rates_put(struct buf *b, uint64_t ten_thousandths);
void cell_rates(struct buf *b, uint64_t ten_thousandths);

/* cell_unknown - a number that there is none of */
void cell_unknown(struct buf *b);

/* row_person - the heading of a row: the first account, and how many more */
void row_person(struct buf *b, const struct score_page *p, uint32_t person);

/* ---- the sections -------------------------------------------------------------------------- */

void score_section_attention(struct buf *b, const struct score_page *p);
void score_section_run(struct buf *b, const struct score_page *p);
void score_section_standing(struct buf *b, const struct score_page *p);
void score_section_gold(struct buf *b, const struct score_page *p);
void score_section_pay(struct buf *b, const struct score_page *p);
void score_section_workers(struct buf *b, const struct score_page *p);

#endif
