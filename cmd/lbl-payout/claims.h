/* claims - the claims mode: one root for thousands of workers, and each is paid by proof.
 *
 * What makes it safe to be run twice, by two hosts or without its journal is the contract: a root is
 * committed once, and a claim pays what of a total was not paid yet.  The journal keeps the nonces.
 */
#ifndef LBL_PAYOUT_CLAIMS_H
#define LBL_PAYOUT_CLAIMS_H

#include "action.h"
#include "chain/deployment.h"
#include "stage/claim-plan.h"

/* A claim that is proved, and what it takes to push it. */
struct held_claim {
	uint32_t index;
	uint8_t id[32];
	struct u256 total;
	struct hash32 root;
	const struct hash32 *proof;     /* in the arena of the input, like the texts of commits */
	size_t n_proof;
};

/* What the claims mode keeps of the input. */
struct claims_in {
	void *stage;                    /* stage_claim_plan, fed with every record */
	struct commit *commit;          /* the last one of each group, by group */
	size_t n_commits, cap_commits;
	struct held_claim *held;
	size_t n_held, cap_held;
	bool keeps_claims;              /* set by who wants to push them */
};

struct claims_in *claims_new(void);
void claims_free(struct claims_in *c);          /* NULL is fine */

/* claims_take - a record of the input; claims_line - its line, once it is accepted */
bool claims_take(struct input *in, struct str kind, const struct json_record *r, struct err *e);
void claims_line(struct input *in, struct str kind, struct str line);

/* do_claims_facts - what plan has to know: a lane of every worker of the input, and a claims record */
void do_claims_facts(struct input *in, const struct deployment *d, struct rpc *rpc);

/* do_claims_plan - counted, claim and commit records; false when a limit forbids it (it has said so) */
bool do_claims_plan(struct input *in, const struct plan_args *a);

/* do_commit - commit the roots of the input that the chain does not have; returns the exit status */
int do_commit(struct input *in, const struct deployment *d, const struct send_args *a, struct rpc *rpc,
              struct journal *j);

/* do_push_claims - make the claims of the input whose roots are in force, where at least least base units are not paid
 * yet; returns the exit status */
int do_push_claims(struct input *in, const struct deployment *d, struct u256 least, const struct send_args *a,
                   struct rpc *rpc, struct journal *j);

/* ---- between the files of the mode ---- */

/* claims_run - what all actions have in common, once the endpoints are the right ones and what earlier runs left
 * open is done with; false when that is not so yet (it was told): exit 75 */
bool claims_run(struct action_run *run, const struct deployment *d, const struct send_args *a, struct rpc *rpc,
                struct journal *j);

/* claims_print - tx and receipt of an attempt that this run has made or carried on */
void claims_print(struct input *in, const struct attempt *t);

/* claims_now - the time of the latest block */
uint64_t claims_now(struct rpc *rpc);

/* amount_text - in base units; good until the fourth call from here */
const char *amount_text(struct u256 v);
const char *moment_text(uint64_t seconds);

#endif
