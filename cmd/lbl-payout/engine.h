/* engine - from the journal to the chain: what is open there is sent, watched, replaced when it
 * hangs, and noted as mined when it is believed.
 *
 * The engine knows nothing of payments, batches or claims: it carries what journal_try has
 * put into the journal, in the order of the nonces, and may be killed anywhere.  How to put
 * something else than a transfer there: action.h.
 */
#ifndef LBL_PAYOUT_ENGINE_H
#define LBL_PAYOUT_ENGINE_H

#include "payout.h"
#include "journal.h"

/* engine_run - work on all that is open in the journal, whoever it is for, until nothing is
 * or now_ms() has reached until_ms; looks at everything once in any case.  The journal must
 * be synced.  Returns LBL_OK: nothing is open; LBL_TEMPFAIL: something is (it was told);
 * LBL_FOUND: something can never be mined, and the rest is.  Outcomes are in the journal. */
int engine_run(struct journal *j, struct rpc *rpc, const struct send_args *a, uint64_t until_ms);

/* tx_what - "payment 0x..." or "post of batch 7", for messages; good until the next call */
const char *tx_what(const struct signed_tx *t);

/* now_ms - a clock that never goes back.  sleep_ms - wait. */
uint64_t now_ms(void);
void sleep_ms(uint64_t ms);

#endif
