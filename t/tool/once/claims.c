/* claims - the judge of the claims mode: every commit against the books, and every proof shown to the contract. */
#include "once.h"

/* anybody: an account of a development node that is not the payer */
static const char anybody[] = "0xa0ee7a142d267c1f36714e4a8f75612f20a79720";

static const char COMMITTED[] = "0xdf976e46bcb8c2d71dacf3d487a0a50742ef443bb19f1856edd2e91d1b6eb4b7";
static const char CANCELLED[] = "0x90b5fa8bd06830725647fc71cee41a39fdc38366cf1379aa90bf8dd6c9a06bc2";
static const char CLAIMED[] = "0xc83b5086ce94ec8d5a88a9f5fea4b18a522bb238ed0d2d8abd959549a80c16b8";
static const char NOTHING_TO_CLAIM[] = "0x77f87bd2", UNKNOWN_ROOT[] = "0x8730d7c8";
enum { GROUP = 8192 };

/* A claim that was printed. */
struct proof {
	char worker[43], epoch[64], root[67];
	uint64_t index, total;
	char *call;                     /* parameters of eth_call, owned */
};
static struct proof *proof;
static size_t n_proofs;

/* A commit of the chain. */
struct commit {
	char root[67];
	uint64_t group;
	size_t after;                   /* how many epochs it counts; 0: it is of no book */
};
static struct commit *commit;
static size_t n_commits;

static const char **epoch;              /* in the order of the scores, borrowed */
static size_t n_epochs;
static uint64_t *at;                    /* of each that is owed, the worker's number */
static const struct claims_place *place;

/* ---- the books ---------------------------------------------------------------------------- */

static size_t epoch_of(const char *name)
{
	size_t k = 0;

	while (k < n_epochs && strcmp(epoch[k], name) != 0)
		k++;
	return k;
}

static void open_books(void)
{
	for (size_t i = 0; i < n_owed; i++) {
		if (epoch_of(owed[i].epoch) < n_epochs)
			continue;
		epoch = grown(epoch, n_epochs, sizeof *epoch);
		epoch[n_epochs++] = owed[i].epoch;
	}
	at = grown(NULL, n_owed, sizeof *at);
	ask_numbers(place->registry, at);
}

/* What a worker has earned in the first so many epochs; what a group has. */
static uint64_t earned(uint64_t index, size_t epochs)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n_owed; i++)
		sum += at[i] == index && epoch_of(owed[i].epoch) < epochs ? owed[i].amount : 0;
	return sum;
}

static uint64_t group_earned(uint64_t group, size_t epochs)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n_owed; i++)
		sum += at[i] / GROUP == group && epoch_of(owed[i].epoch) < epochs ? owed[i].amount : 0;
	return sum;
}

/* ---- commits ------------------------------------------------------------------------------ */

static cJSON *logs_of(const char *event)
{
	char params[256];

	snprintf(params, sizeof params, "[{\"address\":\"%s\",\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":[\"%s\"]}]",
	         place->claims, event);
	return ask("eth_getLogs", params);
}

static const char *topic(const cJSON *log, int i)
{
	const char *t = cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(log, "topics"), i));

	return t ? t : "";
}

/* digits of a text, as a number */
static uint64_t digits(const char *hex, size_t n)
{
	char text[17];

	snprintf(text, sizeof text, "%.*s", (int)n, hex);
	return strtoull(text, NULL, 16);
}

/* Do the words say of everybody what was earned in so many epochs?  (Whom they leave out is seen in the sum.) */
static bool says(const char *words, size_t n, size_t epochs, uint64_t *sum)
{
	*sum = 0;
	for (size_t i = 0; i < n; i++) {
		const char *w = words + 64 * i;
		for (unsigned k = 0; k < 4; k++) {
			uint64_t paid = digits(w + 8 + 14 * k, 6) * place->rate;
			if (paid != earned(4 * digits(w, 8) + k, epochs))
				return false;
			*sum += paid;
		}
	}
	return true;
}

/* After how many epochs are the books of a group what this call says?  0: never. */
static size_t after_which(const char *input, uint64_t group, uint64_t total)
{
	const char *word = strlen(input) > 10 ? input + 8 : NULL;       /* as if it were a result */
	size_t from = word_of(word, 2) / 32, n = word_of(word, from);
	uint64_t sum;

	word_of(word, from + n);        /* they are all there */
	for (size_t k = 1; k <= n_epochs; k++)
		if (says(word + 2 + 64 * (from + 1), n, k, &sum) && sum == group_earned(group, k) && sum == total)
			return k;
	return 0;
}

static cJSON *transaction(const cJSON *log)
{
	char params[80];

	snprintf(params, sizeof params, "[\"%.66s\"]", member(log, "transactionHash"));
	return ask("eth_getTransactionByHash", params);
}

static bool by_payer(const cJSON *answer)
{
	char from[43];

	lower(from, sizeof from, member(result_of(answer), "from"));
	return strcmp(from, place->payer) == 0;
}

static void check_in_force(const struct commit *c, uint64_t now)
{
	char params[256];

	snprintf(params, sizeof params, "[{\"to\":\"%s\",\"data\":\"0xae6dead7%s\"},\"latest\"]", place->claims, c->root + 2);
	cJSON *answer = ask("eth_call", params);        /* roots(bytes32) */
	const char *known = cJSON_GetStringValue(result_of(answer));
	uint64_t from = word_of(known, 0);
	if (!from || from > now || word_of(known, 1) != c->group)
		wrong("root %s of group %llu is not in force", c->root, (unsigned long long)c->group);
	cJSON_Delete(answer);
}

/* Not a root that was there, nor one of books that were older than those of the root before it. */
static void check_new(const struct commit *c, unsigned long *twice)
{
	for (size_t i = 0; i < n_commits; i++) {
		bool same = strcmp(commit[i].root, c->root) == 0;
		if (!same && (commit[i].group != c->group || commit[i].after < c->after))
			continue;
		wrong("root %s of group %llu was committed %s", c->root, (unsigned long long)c->group,
		      same ? "twice" : "after one of later books");
		++*twice;
		return;
	}
}

static uint64_t block_time(void)
{
	cJSON *answer = ask("eth_getBlockByNumber", "[\"latest\",false]");
	uint64_t now = number(member(result_of(answer), "timestamp"));

	cJSON_Delete(answer);
	return now;
}

/* Each is numbered, ours, and the books of its group after an epoch; and the books of no epoch are missing. */
static uint64_t check_commits(unsigned long *missing, unsigned long *twice)
{
	cJSON *answer = logs_of(COMMITTED), *undone = logs_of(CANCELLED);
	uint64_t now = block_time(), ours = 0, next = 1;
	const cJSON *log;

	if (cJSON_GetArraySize(result_of(undone)))
		wrong("a root was cancelled");
	cJSON_ArrayForEach(log, result_of(answer)) {
		struct commit c = { .group = number(topic(log, 2)) };
		cJSON *tx = transaction(log);
		snprintf(c.root, sizeof c.root, "%.66s", topic(log, 3));
		c.after = after_which(member(result_of(tx), "input"), c.group, word_of(member(log, "data"), 0));
		if (number(topic(log, 1)) != next++)
			wrong("commit %llu is out of turn", (unsigned long long)number(topic(log, 1)));
		if (!by_payer(tx))
			wrong("commit %llu was made by another", (unsigned long long)number(topic(log, 1)));
		if (!c.after)
			wrong("root %s of group %llu is of no book", c.root, (unsigned long long)c.group);
		check_new(&c, twice);
		check_in_force(&c, now);
		ours += by_payer(tx);
		commit = grown(commit, n_commits, sizeof *commit);
		commit[n_commits++] = c;
		cJSON_Delete(tx);
	}
	cJSON_Delete(answer);
	cJSON_Delete(undone);
	for (size_t i = 0; i < n_owed; i++) {
		size_t last = 0;
		for (size_t k = 0; k < n_commits; k++)
			last = commit[k].group == at[i] / GROUP ? commit[k].after : last;
		if (epoch_of(owed[i].epoch) < last)
			continue;
		wrong("the work of %s in epoch %s is in no root", owed[i].worker, owed[i].epoch);
		++*missing;
	}
	return ours;
}

/* ---- proofs ------------------------------------------------------------------------------- */

static bool had(const struct proof *p)
{
	for (size_t i = 0; i < n_proofs; i++)
		if (strcmp(proof[i].worker, p->worker) == 0 && strcmp(proof[i].epoch, p->epoch) == 0) {
			if (strcmp(proof[i].root, p->root) != 0 || proof[i].total != p->total)
				wrong("two claims of %s for epoch %s", p->worker, p->epoch);
			return true;
		}
	return false;
}

void claims_take(const cJSON *r)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(r, "proof"), *hash;
	struct proof p = { .index = (uint64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(r, "index")) };
	struct text t = { NULL, 0 };
	char words[300];

	if (strcmp(member(r, "kind"), "claim") != 0)
		return;
	lower(p.worker, sizeof p.worker, member(r, "worker"));
	snprintf(p.epoch, sizeof p.epoch, "%s", member(r, "epoch"));
	snprintf(p.root, sizeof p.root, "%s", member(r, "root"));
	p.total = strtoull(member(r, "total"), NULL, 10);
	if (had(&p))
		return;
	snprintf(words, sizeof words, "0xae0b51df%064llx%064llx%064x%064x", (unsigned long long)p.index,
	         (unsigned long long)p.total, 0x60u, (unsigned)cJSON_GetArraySize(path));      /* claim(...) */
	text_add(&t, words);
	cJSON_ArrayForEach(hash, path)
		text_add(&t, cJSON_GetStringValue(hash) ? cJSON_GetStringValue(hash) + 2 : "");
	p.call = t.p;
	proof = grown(proof, n_proofs, sizeof *proof);
	proof[n_proofs++] = p;
}

static bool is_committed(const char *root)
{
	for (size_t i = 0; i < n_commits; i++)
		if (strcmp(commit[i].root, root) == 0)
			return true;
	return false;
}

/* for each proof, the parameters of a request; owned */
static char **requests(size_t of_epoch, uint64_t nonce)
{
	char **params = grown(NULL, n_proofs, sizeof *params);
	size_t n = 0;

	for (size_t i = 0; i < n_proofs; i++) {
		struct text t = { NULL, 0 };
		char start[256];
		if (of_epoch < n_epochs && epoch_of(proof[i].epoch) != of_epoch)
			continue;
		snprintf(start, sizeof start, "[{\"from\":\"%s\",\"to\":\"%s\",\"gas\":\"0x40000\",\"nonce\":\"0x%llx\",\"data\":\"",
		         anybody, place->claims, (unsigned long long)nonce + n);
		text_add(&t, start);
		text_add(&t, proof[i].call);
		text_add(&t, of_epoch < n_epochs ? "\"}]" : "\"},\"latest\"]");
		params[n++] = t.p;
	}
	return params;
}

static void release(char **params, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(params[i]);
	free(params);
}

static uint64_t nonce_of(const char *who)
{
	char params[80];

	snprintf(params, sizeof params, "[\"%s\",\"latest\"]", who);
	cJSON *answer = ask("eth_getTransactionCount", params);
	uint64_t n = number(cJSON_GetStringValue(result_of(answer)));
	cJSON_Delete(answer);
	return n;
}

/* Are all of these in a block?  Did each succeed? */
static bool look_up(const cJSON **sent, size_t n, bool *good)
{
	char **hash = grown(NULL, n, sizeof *hash);
	const cJSON **receipt = grown(NULL, n, sizeof *receipt);
	cJSON *whole;
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		hash[i] = grown(NULL, 80, 1);
		snprintf(hash[i], 80, "[\"%.66s\"]", cJSON_GetStringValue(result_of(sent[i])));
	}
	ask_all("eth_getTransactionReceipt", hash, n, receipt, &whole);
	for (size_t i = 0; i < n; i++) {
		const cJSON *r = result_of(receipt[i]);
		all = all && !cJSON_IsNull(r);
		good[i] = !cJSON_IsNull(r) && number(member(r, "status")) == 1;
	}
	cJSON_Delete(whole);
	free(receipt);
	release(hash, n);
	return all;
}

/* The claims of one epoch, made by somebody: those pay whose root is in force and of which something is left. */
static void make_claims(size_t of_epoch, uint64_t *paid)
{
	char **params = requests(of_epoch, nonce_of(anybody));
	const cJSON **sent = grown(NULL, n_proofs, sizeof *sent);
	bool *good = grown(NULL, n_proofs, sizeof *good);
	cJSON *whole;
	size_t n = 0;

	for (size_t i = 0; i < n_proofs; i++)
		n += epoch_of(proof[i].epoch) == of_epoch;
	ask_all("eth_sendTransaction", params, n, sent, &whole);
	for (int i = 0; i < 10 && n && !look_up(sent, n, good); i++)
		cJSON_Delete(ask("evm_mine", "[]"));
	n = 0;
	for (size_t i = 0; i < n_proofs; i++) {
		const struct proof *p = &proof[i];
		if (epoch_of(p->epoch) != of_epoch)
			continue;
		bool pays = is_committed(p->root) && p->total > paid[i];
		if (good[n++] != pays)
			wrong("the claim of %s for epoch %s %s", p->worker, p->epoch, pays ? "is refused" : "pays once more");
		for (size_t k = 0; pays && k < n_proofs; k++)
			if (proof[k].index == p->index)
				paid[k] = p->total;
	}
	cJSON_Delete(whole);
	free(good);
	free(sent);
	release(params, n);
}

/* Each one says what the books say. */
static void check_proofs(void)
{
	for (size_t i = 0; i < n_proofs; i++) {
		size_t k = epoch_of(proof[i].epoch);
		if (k == n_epochs || proof[i].total != earned(proof[i].index, k + 1))
			wrong("the claim of %s for epoch %s is to %llu", proof[i].worker, proof[i].epoch,
			      (unsigned long long)proof[i].total);
	}
	for (size_t i = 0; i < n_owed; i++) {
		bool proved = false;
		for (size_t k = 0; k < n_proofs && !proved; k++)
			proved = proof[k].index == at[i] && is_committed(proof[k].root) &&
				epoch_of(proof[k].epoch) >= epoch_of(owed[i].epoch);
		if (!proved)
			wrong("%s cannot prove the work of epoch %s", owed[i].worker, owed[i].epoch);
	}
}

/* of each proof, what its worker was paid */
static void ask_claimed(uint64_t *paid)
{
	char **params = grown(NULL, n_proofs, sizeof *params);
	const cJSON **answer = grown(NULL, n_proofs, sizeof *answer);
	cJSON *whole;

	for (size_t i = 0; i < n_proofs; i++) {
		params[i] = grown(NULL, 200, 1);
		snprintf(params[i], 200, "[{\"to\":\"%s\",\"data\":\"0xdbe7e3bd%064llx\"},\"latest\"]", place->claims,
		         (unsigned long long)proof[i].index);           /* claimed(uint256) */
	}
	ask_all("eth_call", params, n_proofs, answer, &whole);
	for (size_t i = 0; i < n_proofs; i++)
		paid[i] = word_of(cJSON_GetStringValue(result_of(answer[i])), 0);
	cJSON_Delete(whole);
	free(answer);
	release(params, n_proofs);
}

/* Now all is paid: not one of them pays again. */
static void check_refused(unsigned long *twice)
{
	char **params = requests(n_epochs, nonce_of(anybody));
	const cJSON **answer = grown(NULL, n_proofs, sizeof *answer);
	cJSON *whole;

	ask_all("eth_call", params, n_proofs, answer, &whole);
	for (size_t i = 0; i < n_proofs; i++) {
		const char *why = member(cJSON_GetObjectItemCaseSensitive(answer[i], "error"), "data");
		if (strncmp(why, is_committed(proof[i].root) ? NOTHING_TO_CLAIM : UNKNOWN_ROOT, 10) == 0)
			continue;
		wrong("a second claim of %s for epoch %s is not refused: %.40s", proof[i].worker, proof[i].epoch, why);
		++*twice;
	}
	cJSON_Delete(whole);
	free(answer);
	release(params, n_proofs);
}

/* Claims that the payer has pushed. */
static uint64_t count_pushed(void)
{
	cJSON *answer = logs_of(CLAIMED);
	const cJSON *log;
	uint64_t n = 0;

	cJSON_ArrayForEach(log, result_of(answer)) {
		cJSON *tx = transaction(log);
		n += by_payer(tx);
		cJSON_Delete(tx);
	}
	cJSON_Delete(answer);
	return n;
}

uint64_t claims_judge(const struct claims_place *p, unsigned long *missing, unsigned long *twice)
{
	uint64_t *paid = grown(NULL, n_proofs, sizeof *paid);

	place = p;
	cJSON_Delete(ask("evm_mine", "[]"));    /* the window of the last root */
	open_books();
	uint64_t made = check_commits(missing, twice) + count_pushed();
	check_proofs();
	ask_claimed(paid);
	for (size_t k = 0; k < n_epochs; k++)
		make_claims(k, paid);
	check_refused(twice);
	free(paid);
	return made;
}
