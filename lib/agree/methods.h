/* methods - the categorical methods by name. */
#ifndef AGREE_METHODS_H
#define AGREE_METHODS_H

#include "agree/method.h"
#include "base/str.h"

struct agree_method {
	const char *name;       /* as --method says it */
	agree_fn *fit;
	bool has_matrix;        /* makes a confusion matrix a worker: classes^2 x workers must stay sane */
	bool divides;           /* q is the product of prior and e: one label can be divided out of it again */
	bool fixed;             /* makes a fixed number of iterations: "not converged" means nothing */
	const char *about;      /* a few words */
};

enum { N_AGREE_METHODS = 22 };
extern const struct agree_method agree_methods[N_AGREE_METHODS];

/* agree_method_find - by name, or NULL */
const struct agree_method *agree_method_find(struct str name);

/* agree_mv, agree_ds - majority vote and Dawid-Skene in the shape of the others; see mv.h, ds.h.
 * mv: q = shares of the votes, skill = share of labels that equal the winner; gold clamps. */
agree_fn agree_mv, agree_ds;

#endif
