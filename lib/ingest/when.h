/* when - times as platforms write them, made RFC 3339 in UTC.
 *
 *   2026-03-09T22:16:08.728353Z   RFC 3339; also with an offset (+01:00, +0100, +01), with
 *                                 a space for the T, with " UTC" behind it, or without a
 *                                 zone, which then is UTC
 *   Tue Mar 09 13:05:40 PST 2026  MTurk; UTC, GMT, PST, PDT, EST and EDT are known, the day
 *                                 of the week may be wrong
 *   1/28/2026 19:02:18            Appen: month, day; UTC
 *   1662030885, 1662030885.25     seconds since 1970, 9 to 11 digits before the point
 *   1662030885456                 milliseconds since 1970, 12 to 14 digits
 */
#ifndef INGEST_WHEN_H
#define INGEST_WHEN_H

#include "base/buf.h"
#include "base/err.h"

/* when_put - append the time as 2026-03-09T22:16:08.728353Z, with the digits of its
 * fraction that are there.  Returns false and fills *e for other text, and for days
 * and hours that do not exist. */
bool when_put(struct buf *b, struct str s, struct err *e);

#endif
