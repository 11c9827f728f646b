/* journal - what was signed, on disk before it is on the wire.
 *
 * One file, one writer (flock), append-only NDJSON, synced before the action it
 * announces.  Two kinds of line, and those of batch.h:
 *
 *	{"kind":"try", ...}     the fields of a tx record: from now on this
 *	                        transaction, and no other, pays these payments
 *	{"kind":"mined", ...}   hash, status, block, gas: it is in a confirmed block
 *
 * Killed at any point, a rerun finds either no `try` (then nothing was sent) or a
 * `try` (then the same bytes are sent again, which the chain takes once).
 *
 * A transaction that hangs is replaced: a further `try` with the same sender, nonce and
 * payment, and both fees at least 12.5 % higher.  A chain takes one of those that share a
 * nonce, whichever; `mined` says which.
 *
 * In a journal no hash stands in two tries, no two tries have a nonce of a sender in
 * common but such replacements, and another try for a payment, with another nonce,
 * stands behind the failure of the first.  A file that says otherwise (two journals in
 * one, for instance) is refused: it would pay twice.
 */
#ifndef LBL_PAYOUT_JOURNAL_H
#define LBL_PAYOUT_JOURNAL_H

#include "batch.h"
#include "payout.h"

enum outcome { OPEN, PAID, FAILED };

/* All that shares a nonce of a sender. */
struct attempt {
	struct signed_tx tx;            /* the one that was mined; before that, the latest */
	uint32_t first_try, last_try;   /* in journal.tries */
	enum outcome outcome;
	bool was_mined;                 /* the journal has a `mined` of it, whatever became of that */
	uint64_t block, gas;            /* once mined */
};

struct tried {
	struct signed_tx tx;
	uint32_t attempt;
	uint32_t older;                 /* the try that this one replaces, or NO_TRY */
};

#define NO_TRY UINT32_MAX

struct journal {
	const char *path;
	int fd;
	struct arena text;
	struct attempt *attempt;        /* in the order of the file */
	size_t n, cap;
	struct tried *tries;            /* the id of the hash */
	size_t n_tries, cap_tries;
	struct intern hashes;           /* of the tries, in the order of the file */
	struct intern nonces;           /* sender and nonce: the same id as the attempt */
	struct intern payments;         /* payment id ... */
	uint32_t *last;                 /* ... to its latest attempt */
	size_t cap_last;
	struct batches batches;
	struct buf pending;             /* lines added and not yet synced */
	uint64_t size;                  /* bytes of the file that are on disk */
};

/* journal_open - open or create, lock, read, cut off a torn last line, sync.  Dies
 * with 75 when another process holds it, 65 when it is damaged, 74 when it cannot be
 * written. */
void journal_open(struct journal *j, const char *path);

/* journal_look - only read it, unlocked, whoever else uses it; dies with 66 when it is not
 * there, 65 when it is damaged */
void journal_look(struct journal *j, const char *path);

/* journal_of - the latest attempt to make a payment, or NULL */
struct attempt *journal_of(const struct journal *j, struct str payment);

/* journal_nonce - the attempt that uses this nonce of a sender, or NULL */
struct attempt *journal_nonce(const struct journal *j, const struct address *from, uint64_t nonce);

/* journal_tried - is this hash among the tries of the attempt? */
bool journal_tried(const struct journal *j, const struct attempt *a, struct str hash);

/* journal_is_open - is there an attempt that has not come to an end? */
bool journal_is_open(const struct journal *j);

/* journal_next_nonce - the lowest nonce above all that a sender has used here */
uint64_t journal_next_nonce(const struct journal *j, const struct address *from);

/* journal_try - a new attempt; in memory and pending until journal_sync.  It must
 * fit (see above): the caller has checked. */
void journal_try(struct journal *j, const struct signed_tx *t);

/* journal_mined - a try has its receipt; pending until journal_sync */
void journal_mined(struct journal *j, uint32_t tried, bool ok, uint64_t block, uint64_t gas);

/* journal_sync - pending lines to disk; dies with 74 when that cannot be made sure,
 * and takes back what was written of them */
void journal_sync(struct journal *j);

void journal_close(struct journal *j);

#endif
