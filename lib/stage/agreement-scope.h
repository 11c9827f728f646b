/* agreement-scope - what a set of agreement records is about: all labels, or those of one group.
 *
 * Here labels get their domain: the classes that occur and those that are declared, in one
 * numbering; and the numbers that classes are worth.
 */
#ifndef STAGE_AGREEMENT_SCOPE_H
#define STAGE_AGREEMENT_SCOPE_H

#include "stage/agreement.h"

struct class_list {
	uint32_t *class;
	size_t n;
};

/* what all scopes share */
struct scopes {
	const struct agreement_of *in;
	const struct agreement_options *o;
	struct intern known;            /* where something is declared: keys of all classes, those of in->l first */
	size_t n_classes;               /* in->l's and the declared ones */
	uint32_t *list_of;              /* by task: its choices; NULL = none has */
	struct class_list *list;        /* by list of in->table */
	struct class_list choice;       /* of the option choices */
	const struct class_list *order; /* where a class has its place, or NULL */
	bool order_first;               /* it goes before the numbers that classes are */
	uint32_t *rank;                 /* by task: place in bytewise order; only for the bootstrap */
};

struct scope {
	const struct scopes *of;
	struct labels l;                /* n_classes is the domain */
	uint32_t *task, *worker, *class;    /* owned: numbers in of->in->l and of->known; NULL = the same */
	double *x;                      /* by class, or NULL: */
	enum coef_status no_x;          /* why there are none */
	uint32_t *rank;
	bool has_group;
	struct str group;
};

void scopes_init(struct scopes *s, const struct agreement_of *in, const struct agreement_options *o);
void scopes_release(struct scopes *s);

/* scopes_whole - all labels; O(classes), and O(tasks) where something is declared or resampled */
void scopes_whole(const struct scopes *s, struct scope *out);

/* scopes_each_group - fn for each group, in the order of the first tasks with labels; the scope is
 * released behind it.  O(labels + tasks + classes), a group with n labels and declared classes n log n. */
void scopes_each_group(const struct scopes *s, void (*fn)(void *ctx, const struct scope *g), void *ctx);

void scope_release(struct scope *g);

/* the key of a class, the id of a worker */
struct str scope_class(const struct scope *g, uint32_t class);
struct str scope_worker(const struct scope *g, uint32_t worker);

#endif
