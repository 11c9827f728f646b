#include "stage/score-people.h"

#include <stdlib.h>

#include "base/mem.h"

static void reach(struct people *p, uint32_t worker)
{
	if (worker >= p->cap) {
		p->cap = mem_grow(p->cap, (size_t)worker + 256);
		p->said = mem_realloc(p->said, p->cap, sizeof *p->said);
		p->hint = mem_realloc(p->hint, p->cap, sizeof *p->hint);
		p->known = mem_realloc(p->known, p->cap, sizeof *p->known);
	}
	for (; p->n <= worker; p->n++) {
		p->said[p->n] = p->hint[p->n] = INTERN_NONE;
		p->known[p->n] = false;
	}
}

void people_say(struct people *p, uint32_t worker, struct str identity)
{
	reach(p, worker);
	p->known[worker] = true;
	p->said[worker] = identity.n ? intern(&p->names, identity) : INTERN_NONE;
}

void people_hint(struct people *p, uint32_t worker, struct str identity)
{
	reach(p, worker);
	p->hint[worker] = intern(&p->names, identity);
}

struct str people_name(const struct people *p, uint32_t worker)
{
	uint32_t name = INTERN_NONE;

	if (worker < p->n)
		name = p->known[worker] ? p->said[worker] : p->hint[worker];
	return name == INTERN_NONE ? STR("") : intern_str(&p->names, name);
}

uint32_t *people_number(const struct people *p, const struct intern *workers, size_t *n_people)
{
	uint32_t *number = mem_alloc(workers->n, sizeof *number);
	struct intern persons = { 0 };

	for (uint32_t w = 0; w < workers->n; w++) {
		struct str name = people_name(p, w);
		number[w] = intern(&persons, name.n ? name : intern_str(workers, w));
	}
	*n_people = persons.n;
	intern_release(&persons);
	return number;
}

void people_release(struct people *p)
{
	intern_release(&p->names);
	free(p->said);
	free(p->hint);
	free(p->known);
	*p = (struct people){ 0 };
}
