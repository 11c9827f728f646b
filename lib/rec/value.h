/* value - a label's value as a class: one canonical text for equal values.
 *
 * A string stands for itself; a number for its value, so 1, 1.0 and 1e0 are one
 * class; true and false for themselves.  Classes of different types never
 * meet: "1" and 1 are two classes, and value_put writes back what was meant.
 */
#ifndef REC_VALUE_H
#define REC_VALUE_H

#include "base/buf.h"
#include "base/err.h"
#include "json/record.h"

/* value_key - the canonical text, appended to *key: 's' and the string, 'n' and the
 * number, 'b' and "true" or "false".  Arrays, objects and null are refused. */
bool value_key(const struct json_field *f, struct buf *key, struct err *e);

/* value_key_any - the same, and 'j' and the text of an array, an object or null as it stands: two texts of one
 * value are two keys.  False only for a number out of range. */
bool value_key_any(const struct json_field *f, struct buf *key, struct err *e);

/* value_put - the JSON value of a key */
void value_put(struct buf *b, struct str key);

/* value_name - the value as the name of an object's field: its text, without the type */
static inline struct str value_name(struct str key)
{
	return (struct str){ key.p + 1, key.n - 1 };
}

#endif
