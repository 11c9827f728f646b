/* once - what the parts of the judge share: see once.c.  Nothing of lib/ is used, and nothing of cmd/. */
#ifndef T_ONCE_H
#define T_ONCE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is wrong ---- */

extern unsigned long wrongs;
__attribute__((format(printf, 1, 2))) void wrong(const char *form, ...);
_Noreturn void cannot(const char *what);        /* exits 69 */
void *grown(void *p, size_t n, size_t size);    /* room for n + 1 */

/* ---- the chain (chain.c) ---- */

extern const char *url;

struct text {
	char *p;
	size_t n;
};
void text_add(struct text *t, const char *s);

/* post - the answer to a request, or to several, owned.  result_of - of one; exits when it is an error. */
cJSON *post(const char *body);
const cJSON *result_of(const cJSON *answer);

/* ask - the answer to one, owned */
cJSON *ask(const char *method, const char *params);

/* ask_all - n requests in one, the parameters of each given: the answers in the order of the requests, owned by *whole */
void ask_all(const char *method, char **params, size_t n, const cJSON **answer, cJSON **whole);

/* member - a string, "" when there is none.  number - a quantity, or 32 bytes, that fits; UINT64_MAX when it does not.
 * word_of - a word of a result, as if it were alone. */
const char *member(const cJSON *o, const char *name);
uint64_t number(const char *hex);
uint64_t word_of(const char *hex, size_t word);

/* ---- what is owed (once.c) ---- */

struct owed {
	char worker[43], epoch[64];     /* lower case */
	uint64_t amount;
	unsigned seen;
};
extern struct owed *owed;
extern size_t n_owed;

void lower(char *to, size_t size, const char *from);

/* call_all - for each that is owed, a word of what a call of a contract returns.  ask_numbers - those of the workers in
 * a registry; ask_tokens - what they hold */
void call_all(const char *to, const char *selector, char (*args)[65], size_t word, uint64_t *out);
void ask_numbers(const char *registry, uint64_t *out);
void ask_tokens(const char *token, uint64_t *out);

/* ---- claims (claims.c) ---- */

struct claims_place {
	char claims[43], registry[43], token[43];
	const char *payer;              /* lower case */
	uint64_t rate;
};

/* claims_take - a record that may be a claim.  claims_judge - all that is asked; the commits and claims that the payer
 * made, failed ones left out */
void claims_take(const cJSON *r);
uint64_t claims_judge(const struct claims_place *p, unsigned long *missing, unsigned long *twice);

#endif
