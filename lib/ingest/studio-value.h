/* studio-value - the value of an annotation; part of studio, for nobody else. */
#ifndef INGEST_STUDIO_VALUE_H
#define INGEST_STUDIO_VALUE_H

#include "ingest/studio.h"

/* studio_value - the value that an annotation's results give for s->field: appended to *b,
 * an array when there are several.
 *
 *   asked     out: results of this field
 *   answered  out: those of them that hold an answer
 * Returns false and fills *e for a result that is not as its type wants. */
bool studio_value(struct studio *s, const struct json_field *results, struct buf *b,
                  size_t *asked, size_t *answered, struct err *e);

/* studio_type - what a result in s->val is, whose type the export calls name; notes in *f what the field as a whole
 * must know of it */
enum studio_type studio_type(struct studio *s, struct str name, struct studio_field *f);

/* studio_put_json - append a value as it is written, without white space between its
 * tokens, so that it stays on one line */
void studio_put_json(struct buf *b, const struct json_field *f);

/* studio_point - remember where in the text the value stands that an error is about */
static inline void studio_point(struct studio *s, const struct json_field *f)
{
	s->at = f->raw.p - (f->type == JSON_STRING);
}

/* studio_add - keep a name unless it is there already */
void studio_add(struct studio *s, struct studio_names *to, struct str name);

#endif
