/* record - reads one JSON object a line, quickly and strictly.
 *
 * What is accepted is RFC 8259, less what a ledger must not carry.  Everything is
 * validated, nested values too.  Refused beyond the grammar, at every depth:
 *
 *   duplicate keys     compared after unescaping: "a" and "\u0061" are one key
 *   invalid UTF-8      overlong forms, encoded surrogates, above U+10FFFF (section 8.1)
 *   lone surrogates    \ud800 without its partner (section 8.2)
 *   NUL                the raw byte, and the escape \u0000 too, because identifiers and
 *                      texts reach C interfaces and terminals
 *   infinite numbers   those whose nearest double is not finite, such as 1e400 (section
 *                      6); a number too small to tell from zero is read as zero
 *   depth              more than JSON_MAX_DEPTH arrays and objects in each other, the
 *                      outermost one counted (section 9)
 *
 * A number may have any number of digits: its text is kept.  There is no recursion,
 * time is O(n log n) for any text of n bytes (O(n) unless an object has more than
 * sixteen keys), and a record that is used again allocates only when a line needs more
 * room than any line before it.
 *
 * Errors: false and a filled struct err, whose byte is the position in the text,
 * counted from 1 (one past the text for "unexpected end"):
 *   unexpected end, NUL byte, NUL escape, invalid UTF-8, invalid escape, unpaired
 *   surrogate, control character in a string, invalid number, number out of range,
 *   expected a value, expected a key, expected ':', expected ',' or '}', expected ','
 *   or ']', expected an object, duplicate key "task", nested too deeply (more than 64),
 *   unexpected text after the value
 *
 * Not thread-safe for one record; any number of records may be used at the same time.
 */
#ifndef JSON_RECORD_H
#define JSON_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum json_type {
	JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
};

enum { JSON_MAX_DEPTH = 64 };

/* a member of an object, or an item of an array */
struct json_field {
	struct str key;        /* unescaped; borrowed from the line, or from the record when it had escapes */
	struct str raw;        /* the value's text, borrowed from the line: a string without its
	                        * quotes and still escaped, anything else whole */
	enum json_type type;
	bool escaped;          /* a string that holds a backslash */
	size_t byte;           /* position of the value in the line, from 1 (a string: of its quote) */
	size_t key_byte;       /* position of the key's opening quote, from 1 */
};

/* Reused from line to line; zeroed memory is an empty record. */
struct json_record {
	struct json_field *field;      /* the members in the order of the text */
	size_t n, cap;
	/* private */
	struct json_field *open;       /* the keys of the nested objects that are open */
	size_t n_open, cap_open;
	struct json_slot *slot;        /* workspace for the keys of a wide object */
	size_t cap_slot;
	struct arena scratch;          /* the keys that had escapes */
};

/* json_read - read text, which is one whole object with nothing but white space
 * (section 2) around it.
 *
 *   r     out: r->field[0 .. r->n), valid until the next call with r or its release, and
 *         as long as the bytes of text stay where they are
 *   text  borrowed; need not be NUL-terminated, no byte outside is read
 * Returns false and fills *e at the first error met (a duplicate key among more than
 * sixteen is only met at the end of its object); r->n is then 0.
 *
 * For a nested object call json_read with another record on the field's raw text;
 * it costs the same again, and positions then count from the field's own byte. */
bool json_read(struct json_record *r, struct str text, struct err *e);

/* json_check - whether text is one JSON value of any type, by the same rules.
 * Nothing is kept: a call allocates when the text has nested keys, and frees again. */
bool json_check(struct str text, struct err *e);

/* json_get - the member with this key, or NULL.  O(r->n); borrowed from r. */
const struct json_field *json_get(const struct json_record *r, struct str key);

/* json_text - the content of a JSON_STRING: borrowed from the line when it has no
 * escapes, else unescaped into *a.  BUG_ON another type. */
struct str json_text(const struct json_field *f, struct arena *a);

/* json_next - step through the items of an array that json_read or json_check has
 * accepted.
 *
 *   rest  before the first call the array's raw text, brackets included; moves on
 *   item  out: one item; key is empty, byte and key_byte are 0, raw is borrowed from the text
 * Returns false at the end (*item untouched).  O(length of the item).
 *
 *	struct str rest = f->raw;
 *	while (json_next(&rest, &item))
 *		...
 */
bool json_next(struct str *rest, struct json_field *item);

/* json_item_byte - position in the line of an item that json_next took from the member
 * or item `array`, whose own position is known to be byte */
size_t json_item_byte(const struct json_field *array, size_t byte, const struct json_field *item);

/* json_type_name - "a string", "an array", "true", ...: for "expected a string, got %s" */
const char *json_type_name(enum json_type t);

/* json_record_release - give the memory back; r is empty afterwards */
void json_record_release(struct json_record *r);

#endif
