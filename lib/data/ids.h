/* ids - what dense numbers stand for: the strings of a table, or of a selection from it. */
#ifndef DATA_IDS_H
#define DATA_IDS_H

#include "data/intern.h"

struct ids {
	const struct intern *in;
	const uint32_t *of;             /* number -> id in the table; NULL: they are the same */
};

static inline uint32_t ids_id(const struct ids *s, uint32_t i)
{
	return s->of ? s->of[i] : i;
}

/* ids_str - borrowed until the table is released */
static inline struct str ids_str(const struct ids *s, uint32_t i)
{
	return intern_str(s->in, ids_id(s, i));
}

#endif
