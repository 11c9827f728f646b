/* shape - the next line is most likely built like the last one.
 *
 * The labels of one source have the same members in the same order and spacing; what
 * differs is the values.  So what stands between the values is learned from a line that
 * the careful reader has accepted and then only compared, and of the values those are
 * taken whose form needs no second look: strings of plain ASCII without an escape, short
 * numbers.  Any other line does not fit: that says nothing about it, and the careful
 * reader decides.  A line that fits is one that json_read and rec_label accept, with the
 * same task, worker and value.
 */
#ifndef REC_SHAPE_H
#define REC_SHAPE_H

#include "base/arena.h"
#include "json/record.h"

enum { SHAPE_TEXT = 512, SHAPE_VALUES = 12 };

enum shape_role { SHAPE_TASK, SHAPE_WORKER, SHAPE_VALUE, SHAPE_TIME, SHAPE_COUNT, SHAPE_SHARE, SHAPE_OTHER };

/* Zeroed memory fits nothing. */
struct shape {
	struct {
		enum shape_role role;
		bool number;            /* else a string */
		size_t from, n;         /* in text: what stands before the value, its quote included */
	} value[SHAPE_VALUES];
	size_t n, last, n_last;         /* values; in text: what stands behind the last one */
	char text[SHAPE_TEXT];
	bool fitted;                    /* some line since it was learned */
	unsigned tries;                 /* to learn another one while this one fits nothing */
};

/* What a line says. */
struct shape_label {
	struct str task, worker;        /* the address of a worker or task: in lower case, from the arena */
	struct json_field value;        /* type, raw; borrowed from the line */
	const char *end;                /* behind the line and its newline */
};

/* shape_learn - the shape of a label record that rec_label has accepted; r is of json_read(line).
 * What has no simple shape fits nothing afterwards. */
void shape_learn(struct shape *s, const struct json_record *r, struct str line);

/* shape_read - read the line that begins at p
 *
 *   lo   the lowest address that may be read
 *   end  of the text, p < end
 * false (*out undefined) when it does not fit. */
bool shape_read(struct shape *s, const char *lo, const char *p, const char *end, struct arena *a,
                struct shape_label *out);

#endif
