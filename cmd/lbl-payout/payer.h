/* payer - who signs: a key held here, or somebody who is asked for every signature.
 *
 * Whoever it is, a signed transaction is believed only when it has been read back: each
 * field as asked for, and the signature that of the payer's account (chain/tx.h, tx_is).
 *
 * A key, and the password that opens it, live on pages that are locked into memory and
 * wiped when they are done with; the process makes no core dumps and cannot be looked into
 * by others of the same user.  Neither ever stands in an argument, a message or a file.
 * Tests: t/5280-payout-key.t.
 */
#ifndef LBL_PAYOUT_PAYER_H
#define LBL_PAYOUT_PAYER_H

#include "chain/tx.h"

struct payer;

/* What the options say of it.  At most one of keystore, key_file, url or url_file, and command. */
struct key_args {
	const char *keystore, *key_file;        /* encrypted, or hexadecimal digits */
	const char *password_file;              /* of the keystore: by a file, */
	uint64_t password_fd;                   /* or by a descriptor */
	bool has_password_fd;
	const char *url, *url_file, *command;   /* of an external signer */
	uint64_t timeout_s;                     /* to wait for one answer of it */
	const char *from_text;
	struct address from;                    /* read from the text */
	struct payer *payer;                    /* NULL until the first signature is wanted */
};

/* key_args_check - all that can be said of them without touching a file; dies with 64.
 * what: "signing" or the like, which needs a payer; NULL where one is only an extra. */
void key_args_check(struct key_args *a, const char *what);

/* can_sign - is there a payer? */
bool can_sign(const struct key_args *a);

/* payer - open it, or what was opened before; dies with 65, 66, 71, 77 or 78 */
struct payer *payer(struct key_args *a);
void payer_release(struct key_args *a);

/* payer_address - whose money it is */
const struct address *payer_address(const struct payer *p);

/* payer_sign - append the signed bytes, proved; hash gets the transaction's hash.  Returns 0, or
 * the exit status that fits, with e filled and raw as it was: 65 for a transaction that nobody
 * may sign, 69 when the signer does not answer or not with this transaction, 75 when it asks
 * for patience, 77 when it refuses. */
int payer_sign(struct payer *p, const struct tx *tx, struct buf *raw, uint8_t hash[32], struct err *e);

/* payer_sign_all - n of them; a key held here signs on all processors, the bytes are the same.
 * Returns 0, or the status of the first that failed, whose place is left in *bad. */
struct to_sign {
	struct tx tx;                   /* in */
	struct buf raw;                 /* out, owned */
	uint8_t hash[32];
	int status;
	struct err e;
};
int payer_sign_all(struct payer *p, struct to_sign *t, size_t n, size_t *bad);

/* ---- between key.c and signer.c ---- */

struct outside;                         /* an external signer */

/* outside_open - nothing is asked yet; dies with 66 or 78 */
struct outside *outside_open(const struct key_args *a);
void outside_close(struct outside *s);  /* NULL is fine */

/* outside_sign - ask for one signature; returns as payer_sign, and has proved nothing.
 * A signature without the bytes around it is completed to them. */
int outside_sign(struct outside *s, const struct tx *tx, const struct address *from, struct buf *raw, struct err *e);

#endif
