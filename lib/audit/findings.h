/* findings - what an audit found, kept until the end and told causes first.
 *
 * One changed label moves every posterior a little: the records that a mistake
 * started from must not drown in those that follow from it.  So findings are
 * ordered by rule, in the order of enum finding_rule, and of each rule only the
 * first FINDINGS_SHOWN are told one by one.
 */
#ifndef AUDIT_FINDINGS_H
#define AUDIT_FINDINGS_H

#include "base/arena.h"
#include "stage/stage.h"

enum finding_rule {
	FIND_LINE,              /* a line that is no record */
	FIND_MARK,              /* an end mark that does not match, or none */
	FIND_RUN,               /* a run record whose work is not there, or cannot be done again */
	FIND_LABEL,             /* a label or gold that is not what its verdict judged */
	FIND_TX,                /* a transaction that is not what it says, or not what was owed */
	FIND_TWICE,             /* a payment made twice */
	FIND_CHAIN,             /* the chain says something else */
	FIND_RECEIPT,           /* a receipt of nothing, or of a failure */
	FIND_UNPAID,            /* a payment that nothing pays */
	FIND_DIFFERS,           /* a record that is not what follows from the records before it */
	FIND_ORDER,             /* a record in a place where no tool writes it */
	FIND_MISSING,           /* a record that should be there */
	FIND_UNEXPLAINED,       /* a record that nothing explains */
	FIND_RULES
};

enum { FINDINGS_SHOWN = 100 };

/* A place in the log. */
struct place {
	struct str file;        /* borrowed; empty when there is one input */
	uint64_t line;          /* 0 = nowhere */
};

#define NOWHERE ((struct place){ { "", 0 }, 0 })

struct finding {
	struct str subject;     /* JSON object that names the record */
	struct str text;        /* one sentence */
	struct place at, other;
};

struct findings {
	struct arena text;
	struct finding *of[FIND_RULES];
	size_t n[FIND_RULES];
};

/* findings_add - subject and text are copied, the file names are borrowed until the release */
void findings_add(struct findings *f, enum finding_rule rule, struct str subject, struct place at, struct place other,
                  const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* findings_full - one more of this rule would only be counted */
static inline bool findings_full(const struct findings *f, enum finding_rule rule)
{
	return f->n[rule] >= FINDINGS_SHOWN;
}

/* findings_move - append all of one rule to another's, and leave `from` without it */
void findings_move(struct findings *f, struct findings *from, enum finding_rule rule);

/* findings_emit - the finding records; returns how many things were found in all */
uint64_t findings_emit(const struct findings *f, struct sink *out);

void findings_release(struct findings *f);

#endif
