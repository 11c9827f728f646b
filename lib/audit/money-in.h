/* What money.c and money-pool.c share, and nobody else sees. */
#ifndef AUDIT_MONEY_IN_H
#define AUDIT_MONEY_IN_H

#include "audit/money.h"

/* money_find - a payment, or NULL */
struct money_payment *money_find(const struct money *m, struct str id);

/* money_check_action - is a transaction that is no transfer what it says, and does it do what the records before it
 * ask for?  batch: see money_tx. */
bool money_check_action(struct money *m, const struct signed_tx *t, uint32_t *batch, struct err *e);

/* money_note_action - after money_check_action: a batch was posted or settled */
void money_note_action(struct money *m, const struct money_tx *t);

/* money_releases - of which batch does a receipt with these payments release them, all or some in their order?
 * PLANNED_NONE: of none.  wanted: of this one only, unless PLANNED_NONE. */
uint32_t money_releases(const struct money *m, struct str payments, uint32_t wanted);

/* money_settle - a receipt of a batch: what it released */
void money_settle(struct money *m, const struct money_settled *s);

/* money_count_settled - after the last record: what was released, and which batches can still be settled */
void money_count_settled(struct money *m);

/* money_alive - how many batches hold the payment and were settled, or may be; *name is the latest of them */
uint32_t money_alive(struct money *m, struct str payment, uint32_t mark, const struct planned_name **name);

/* money_take_run - the options of a run, or a claims record: are they for the deployment? */
void money_take_run(struct money *m, struct findings *f, struct str kind, const struct json_record *r,
                    struct str subject, struct place at);

/* money_finish_pool - settlements without a post, batches that nothing computes */
void money_finish_pool(const struct money *m, struct findings *f);

#endif
