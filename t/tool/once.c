/* once - has everybody what is owed, once?  Reads the chain and the scores, and shares no
 * code with what made the payments: libcurl and cJSON, nothing of lib/ and nothing of cmd/.
 *
 *	once URL TOKEN PAYER FIRST RATE JOURNAL SCORES...
 *	once URL POOL/REGISTRY PAYER FIRST RATE JOURNAL SCORES...
 *	once URL CLAIMS/REGISTRY/TOKEN PAYER FIRST RATE JOURNAL SCORES... CLAIMS...
 *
 * Owed is RATE base units for each verified label, once for each score record with another
 * worker and epoch.  FIRST is the payer's nonce before all of it.  JOURNAL may be "-": then
 * it is not looked at.  Asked is
 *
 *	balances   what each worker holds is the sum of what is owed; in a pool, its credit, and
 *	           the pool owes no more than that
 *	transfers  the token's Transfer events from the payer are the payments, one each; a
 *	           pool's Settled events have the numbers from one on, and the sum
 *	nonces     the payer made as many transactions as the journal has nonces, all of them
 *	           known to it, each with one receipt among its tries; more than there are
 *	           payments (in a pool: twice the batches) only for those that the journal says
 *	           have failed
 *	mined      each `mined` of the journal is as the chain has it: hash, status, block
 *
 * Of claims, the epochs being in the order of their scores, and CLAIMS being what was printed:
 *
 *	commits    each is what the scores of its group come to after an epoch, a later one than
 *	           that of the commit before it; all are numbered, in force, and the payer's;
 *	           after the last one nothing is missing
 *	proofs     each claim is to what the scores come to, and somebody makes them all, epoch
 *	           for epoch: each pays that is under a root of the chain and of which something
 *	           is left; then all of them once more: none pays, and each holds what is owed
 *	nonces     as above, one transaction for each commit, and each claim that the payer made
 *
 * Prints {"payments":N,"wrong":N,"missing":N,"twice":N,"nonces":N,"tries":N,"failed":N} and
 * what is wrong in words on stderr.  Exits 0, 1 when something is wrong, 69 without a node.
 */
#include "once/once.h"

#include <ctype.h>

static const char *token, *payer, *journal;
static char pool[43], registry[43];     /* empty: transfers */
static struct claims_place claims;      /* likewise */
static uint64_t first, rate, n_made;    /* n_made: transactions of the claims mode */

/* ---- what is owed --------------------------------------------------------------------------- */

struct owed *owed;
size_t n_owed;

void lower(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; from[n] && n + 1 < size; n++)
		to[n] = (char)tolower((unsigned char)from[n]);
	to[n] = '\0';
}

static void owe(const cJSON *r)
{
	const cJSON *verified = cJSON_GetObjectItemCaseSensitive(r, "verified");
	struct owed o = { .amount = rate * (uint64_t)(verified ? verified->valuedouble : 0) };

	if (strcmp(member(r, "kind"), "score") != 0 || !o.amount)
		return;
	lower(o.worker, sizeof o.worker, member(r, "worker"));
	snprintf(o.epoch, sizeof o.epoch, "%s", member(r, "epoch"));
	for (size_t i = 0; i < n_owed; i++)
		if (strcmp(owed[i].worker, o.worker) == 0 && strcmp(owed[i].epoch, o.epoch) == 0)
			return;
	owed = grown(owed, n_owed, sizeof *owed);
	owed[n_owed++] = o;
}

/* every record of a file to a function */
static void each_line(const char *path, void (*take)(const cJSON *))
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		cannot(path);
	while (getline(&line, &size, f) > 0) {
		cJSON *r = cJSON_Parse(line);
		if (r)
			take(r);
		cJSON_Delete(r);
	}
	free(line);
	fclose(f);
}

/* ---- balances ------------------------------------------------------------------------------- */

static uint64_t sum_of(const char *worker)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n_owed; i++)
		sum += strcmp(owed[i].worker, worker) == 0 ? owed[i].amount : 0;
	return sum;
}

void call_all(const char *to, const char *selector, char (*args)[65], size_t word, uint64_t *out)
{
	char **params = grown(NULL, n_owed, sizeof *params);
	const cJSON **answer = grown(NULL, n_owed, sizeof *answer);
	cJSON *whole;

	for (size_t i = 0; i < n_owed; i++) {
		params[i] = grown(NULL, 200, 1);
		snprintf(params[i], 200, "[{\"to\":\"%s\",\"data\":\"%s%s\"},\"latest\"]", to, selector, args[i]);
	}
	ask_all("eth_call", params, n_owed, answer, &whole);
	for (size_t i = 0; i < n_owed; i++) {
		out[i] = word_of(cJSON_GetStringValue(result_of(answer[i])), word);
		free(params[i]);
	}
	cJSON_Delete(whole);
	free(params);
	free(answer);
}

static void ask_workers(const char *to, const char *selector, uint64_t *out)
{
	char (*args)[65] = grown(NULL, n_owed, sizeof *args);

	for (size_t i = 0; i < n_owed; i++)
		snprintf(args[i], sizeof *args, "000000000000000000000000%s", owed[i].worker + 2);
	call_all(to, selector, args, 0, out);
	free(args);
}

void ask_numbers(const char *of, uint64_t *out)
{
	ask_workers(of, "0xfd6aad25", out);                     /* indexOf(address) */
}

void ask_tokens(const char *of, uint64_t *out)
{
	ask_workers(of, "0x70a08231", out);                     /* balanceOf(address) */
}

enum { CREDIT = 0, BATCHES = 2 };

/* What a pool says of the lane of each worker. */
static void ask_lanes(size_t word, uint64_t *out)
{
	char (*args)[65] = grown(NULL, n_owed, sizeof *args);

	ask_numbers(registry, out);
	for (size_t i = 0; i < n_owed; i++)
		snprintf(args[i], sizeof *args, "%064llx", (unsigned long long)out[i]);
	call_all(pool, "0xaf0428c8", args, word, out);          /* lane(uint32) */
	free(args);
}

static unsigned long check_balances(void)
{
	uint64_t *has = grown(NULL, n_owed, sizeof *has);
	unsigned long bad = 0;

	if (*pool)
		ask_lanes(CREDIT, has);
	else
		ask_tokens(*claims.token ? claims.token : token, has);
	for (size_t i = 0; i < n_owed; i++) {
		uint64_t due = sum_of(owed[i].worker);
		if (has[i] == due)
			continue;
		wrong("%s has %llu, and is owed %llu", owed[i].worker, (unsigned long long)has[i], (unsigned long long)due);
		bad++;
	}
	free(has);
	return bad;
}

/* ---- transfers ------------------------------------------------------------------------------ */

static void see(const char *worker, uint64_t amount, unsigned long *twice)
{
	struct owed *again = NULL;

	for (size_t i = 0; i < n_owed; i++) {
		if (strcmp(owed[i].worker, worker) != 0 || owed[i].amount != amount)
			continue;
		if (!owed[i].seen) {
			owed[i].seen = 1;
			return;
		}
		again = &owed[i];
	}
	wrong("%s was sent %llu %s", worker, (unsigned long long)amount, again ? "once more" : "for nothing");
	++*twice;
}

static void check_transfers(unsigned long *missing, unsigned long *twice)
{
	char params[512], worker[43];
	const cJSON *log;

	snprintf(params, sizeof params, "[{\"address\":\"%s\",\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":"
	         "[\"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef\","
	         "\"0x000000000000000000000000%s\"]}]", token, payer + 2);
	cJSON *answer = ask("eth_getLogs", params);
	cJSON_ArrayForEach(log, result_of(answer)) {
		const char *to = cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(log, "topics"), 2));
		if (!to || strlen(to) != 66)
			cannot("a transfer to nobody");
		snprintf(worker, sizeof worker, "0x%s", to + 26);
		lower(worker, sizeof worker, worker);
		see(worker, number(member(log, "data")), twice);
	}
	cJSON_Delete(answer);
	for (size_t i = 0; i < n_owed; i++) {
		if (owed[i].seen)
			continue;
		wrong("%s was never sent the %llu of epoch %s", owed[i].worker, (unsigned long long)owed[i].amount,
		      owed[i].epoch);
		++*missing;
	}
}

/* ---- settlements ---------------------------------------------------------------------------- */

static uint64_t n_settled;

/* Its numbers are one, two, ...; the sum is what is owed, and what the pool says it owes. */
static void check_settled(void)
{
	uint64_t sum = 0, due = 0, next = 1;
	const cJSON *log;
	char params[512];

	snprintf(params, sizeof params, "[{\"address\":\"%s\",\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":"
	         "[\"0x0e9292237038265b6d6135fb5d3b77ddc5c71cabe72285b6321f8742d51df10b\"]}]", pool);
	cJSON *answer = ask("eth_getLogs", params);
	cJSON_ArrayForEach(log, result_of(answer)) {
		const char *n = cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(log, "topics"), 1));
		if (word_of(n, 0) != next++)
			wrong("batch %llu was settled out of turn", (unsigned long long)word_of(n, 0));
		sum += word_of(member(log, "data"), 0);
	}
	cJSON_Delete(answer);
	for (size_t i = 0; i < n_owed; i++)
		due += owed[i].amount;
	if (sum != due)
		wrong("the pool has settled %llu, and %llu are owed", (unsigned long long)sum, (unsigned long long)due);
	snprintf(params, sizeof params, "[{\"to\":\"%s\",\"data\":\"0x5dab2420\"},\"latest\"]", pool);
	answer = ask("eth_call", params);                       /* account() */
	const char *account = cJSON_GetStringValue(result_of(answer));
	n_settled = word_of(account, 0);
	if (n_settled != next - 1 || word_of(account, 1) != due / 1000000000000)
		wrong("the pool has settled %llu batches of %llu and owes %llu millionths", (unsigned long long)n_settled,
		      (unsigned long long)(next - 1), (unsigned long long)word_of(account, 1));
	cJSON_Delete(answer);
}

/* Each worker was in a batch for each of his scores. */
static void check_lanes(unsigned long *missing, unsigned long *twice)
{
	uint64_t *batches = grown(NULL, n_owed, sizeof *batches);

	ask_lanes(BATCHES, batches);
	for (size_t i = 0; i < n_owed; i++) {
		uint64_t scores = 0;
		for (size_t k = 0; k < n_owed; k++)
			scores += strcmp(owed[i].worker, owed[k].worker) == 0;
		if (batches[i] == scores)
			continue;
		wrong("%s was in %llu batches, and has %llu scores", owed[i].worker, (unsigned long long)batches[i],
		      (unsigned long long)scores);
		*(batches[i] < scores ? missing : twice) += 1;
	}
	free(batches);
}

/* ---- the journal ------------------------------------------------------------------------------ */

struct tried {
	char hash[67];
	uint64_t nonce;
	int status, mined;              /* of the receipt, and as the journal has it; -1 = none */
	uint64_t block, mined_block;
};

static struct tried *tried;
static size_t n_tried;

static void read_journal(const cJSON *r)
{
	const char *kind = member(r, "kind"), *hash = member(r, "hash");

	if (strcmp(kind, "try") == 0) {
		tried = grown(tried, n_tried, sizeof *tried);
		tried[n_tried] = (struct tried){ .status = -1, .mined = -1,
			.nonce = (uint64_t)cJSON_GetNumberValue(cJSON_GetObjectItem(r, "nonce")) };
		snprintf(tried[n_tried++].hash, sizeof tried->hash, "%s", hash);
	}
	for (size_t i = 0; strcmp(kind, "mined") == 0 && i < n_tried; i++) {
		if (strcmp(tried[i].hash, hash) != 0)
			continue;
		tried[i].mined = (int)cJSON_GetNumberValue(cJSON_GetObjectItem(r, "status"));
		tried[i].mined_block = (uint64_t)cJSON_GetNumberValue(cJSON_GetObjectItem(r, "block"));
	}
}

static void ask_receipt(struct tried *t)
{
	char params[80];

	snprintf(params, sizeof params, "[\"%s\"]", t->hash);
	cJSON *answer = ask("eth_getTransactionReceipt", params);
	const cJSON *r = result_of(answer);
	if (!cJSON_IsNull(r)) {
		t->status = (int)number(member(r, "status"));
		t->block = number(member(r, "blockNumber"));
	}
	if (t->mined != -1 && (t->mined != t->status || t->mined_block != t->block))
		wrong("the journal has %s in block %llu with status %d, the chain in %llu with %d", t->hash,
		      (unsigned long long)t->mined_block, t->mined, (unsigned long long)t->block, t->status);
	if (t->status != -1 && t->mined == -1)
		wrong("%s is on the chain, and the journal does not say so", t->hash);
	cJSON_Delete(answer);
}

static uint64_t payer_nonce(void)
{
	char params[80];

	snprintf(params, sizeof params, "[\"%.42s\",\"latest\"]", payer);
	cJSON *answer = ask("eth_getTransactionCount", params);
	uint64_t n = number(cJSON_GetStringValue(result_of(answer)));
	cJSON_Delete(answer);
	return n;
}

/* Every nonce from `first` on is one of ours, and one of its tries is on the chain. */
static void check_nonces(uint64_t used, uint64_t *nonces, unsigned long *failed)
{
	for (size_t i = 0; i < n_tried; i++)
		ask_receipt(&tried[i]);
	for (size_t i = 0; i < n_tried; i++) {
		bool new = true;
		for (size_t k = 0; k < i; k++)
			new = new && tried[k].nonce != tried[i].nonce;
		*nonces += new;
		*failed += tried[i].status == 0;
		if (tried[i].nonce < first || tried[i].nonce >= used)
			wrong("nonce %llu of the journal is not used", (unsigned long long)tried[i].nonce);
	}
	for (uint64_t nonce = first; nonce < used; nonce++) {
		unsigned on_chain = 0;
		for (size_t i = 0; i < n_tried; i++)
			on_chain += tried[i].nonce == nonce && tried[i].status != -1;
		if (on_chain != 1)
			wrong("nonce %llu: %u of its tries are on the chain", (unsigned long long)nonce, on_chain);
	}
	uint64_t due = *pool ? 2 * n_settled : *claims.claims ? n_made : n_owed;
	if (used - first != due + *failed)
		wrong("%llu transactions where %llu are due, and %lu failed", (unsigned long long)(used - first),
		      (unsigned long long)due, *failed);
}

/* "POOL/REGISTRY", "CLAIMS/REGISTRY/TOKEN", or a token */
static void read_place(const char *place)
{
	token = place;
	if (strlen(place) == 85 && place[42] == '/') {
		snprintf(pool, sizeof pool, "%.42s", place);
		snprintf(registry, sizeof registry, "%s", place + 43);
	} else if (strlen(place) == 128 && place[42] == '/' && place[85] == '/') {
		snprintf(claims.claims, sizeof claims.claims, "%.42s", place);
		snprintf(claims.registry, sizeof claims.registry, "%.42s", place + 43);
		snprintf(claims.token, sizeof claims.token, "%s", place + 86);
	}
}

static void take(const cJSON *r)
{
	owe(r);
	claims_take(r);
}

int main(int argc, char **argv)
{
	unsigned long missing = 0, twice = 0, failed = 0;
	uint64_t nonces = 0;

	if (argc < 8) {
		fputs("usage: once URL TOKEN PAYER FIRST RATE JOURNAL SCORES...\n", stderr);
		return 64;
	}
	url = argv[1];
	read_place(argv[2]);
	payer = claims.payer = argv[3];
	first = strtoull(argv[4], NULL, 10);
	rate = claims.rate = strtoull(argv[5], NULL, 10);
	journal = argv[6];
	for (int i = 7; i < argc; i++)
		each_line(argv[i], take);
	if (*claims.claims)
		n_made = claims_judge(&claims, &missing, &twice);
	unsigned long bad = check_balances();
	if (*pool) {
		check_settled();
		check_lanes(&missing, &twice);
	} else if (!*claims.claims) {
		check_transfers(&missing, &twice);
	}
	if (strcmp(journal, "-") != 0) {
		each_line(journal, read_journal);
		check_nonces(payer_nonce(), &nonces, &failed);
	}
	printf("{\"payments\":%zu,\"wrong\":%lu,\"missing\":%lu,\"twice\":%lu,\"nonces\":%llu,\"tries\":%zu,\"failed\":%lu}\n",
	       n_owed, bad, missing, twice, (unsigned long long)nonces, n_tried, failed);
	return wrongs ? 1 : 0;
}
