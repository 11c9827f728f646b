/* once - has everybody what is owed, once?  Reads the chain and the scores, and shares no
 * code with what made the payments: libcurl and cJSON, nothing of lib/ and nothing of cmd/.
 *
 *	once URL TOKEN PAYER FIRST RATE JOURNAL SCORES...
 *	once URL POOL/REGISTRY PAYER FIRST RATE JOURNAL SCORES...
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
 * Prints {"payments":N,"wrong":N,"missing":N,"twice":N,"nonces":N,"tries":N,"failed":N} and
 * what is wrong in words on stderr.  Exits 0, 1 when something is wrong, 69 without a node.
 */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *url, *token, *payer, *journal;
static char pool[43], registry[43];     /* empty: transfers */
static uint64_t first, rate;
static unsigned long wrongs;

__attribute__((format(printf, 1, 2))) static void wrong(const char *form, ...)
{
	va_list ap;

	va_start(ap, form);
	fputs("once: ", stderr);
	vfprintf(stderr, form, ap);
	fputc('\n', stderr);
	va_end(ap);
	wrongs++;
}

static _Noreturn void cannot(const char *what)
{
	fprintf(stderr, "once: %s\n", what);
	exit(69);
}

static void *grown(void *p, size_t n, size_t size)
{
	p = realloc(p, (n + 1) * size);
	if (!p)
		cannot("no memory");
	return p;
}

/* ---- the chain --------------------------------------------------------------------------- */

struct text {
	char *p;
	size_t n;
};

static size_t keep(char *p, size_t size, size_t n, void *to)
{
	struct text *t = to;

	t->p = grown(t->p, t->n + size * n, 1);
	memcpy(t->p + t->n, p, size * n);
	t->n += size * n;
	t->p[t->n] = '\0';
	return size * n;
}

static cJSON *post(const char *body)
{
	static CURL *curl;
	static struct curl_slist *header;
	struct text answer = { NULL, 0 };

	if (!curl) {
		curl = curl_easy_init();
		header = curl_slist_append(NULL, "Content-Type: application/json");
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	if (curl_easy_perform(curl) != CURLE_OK || !answer.p)
		cannot("the node does not answer");
	cJSON *doc = cJSON_Parse(answer.p);
	free(answer.p);
	if (!doc)
		cannot("the node answers nonsense");
	return doc;
}

static const cJSON *result_of(const cJSON *answer)
{
	const cJSON *r = cJSON_GetObjectItemCaseSensitive(answer, "result");

	if (!r)
		cannot("the node answers with an error");
	return r;
}

static const char *member(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s ? s : "";
}

/* a quantity, or 32 bytes, that fits */
static uint64_t number(const char *hex)
{
	const char *p = hex + 2;

	if (strncmp(hex, "0x", 2) != 0)
		cannot("the node answers without a number");
	while (*p == '0')
		p++;
	return strlen(p) > 16 ? UINT64_MAX : strtoull(*p ? p : "0", NULL, 16);
}

/* ---- what is owed --------------------------------------------------------------------------- */

struct owed {
	char worker[43], epoch[64];     /* lower case */
	uint64_t amount;
	unsigned seen;
};

static struct owed *owed;
static size_t n_owed;

static void lower(char *to, size_t size, const char *from)
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

/* word of a result, as if it were alone */
static uint64_t word_of(const char *hex, size_t word)
{
	char one[67];

	if (!hex || strlen(hex) < 2 + 64 * (word + 1))
		cannot("the node answers too little");
	snprintf(one, sizeof one, "0x%.64s", hex + 2 + 64 * word);
	return number(one);
}

/* for all that is owed, a word of what a call of a contract returns; in one request */
static void call_all(const char *to, const char *selector, char (*args)[65], size_t word, uint64_t *out)
{
	struct text ask = { NULL, 0 };
	const cJSON *one;
	char part[512];

	for (size_t i = 0; i < n_owed; i++) {
		snprintf(part, sizeof part, "%c{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"eth_call\",\"params\":[{\"to\":\"%s\","
		         "\"data\":\"%s%s\"},\"latest\"]}", i ? ',' : '[', i, to, selector, args[i]);
		keep(part, 1, strlen(part), &ask);
	}
	keep("]", 1, n_owed != 0, &ask);
	cJSON *answers = n_owed ? post(ask.p) : cJSON_CreateArray();
	if ((size_t)cJSON_GetArraySize(answers) != n_owed)
		cannot("the node does not answer all of it");
	cJSON_ArrayForEach(one, answers) {
		size_t i = (size_t)cJSON_GetObjectItemCaseSensitive(one, "id")->valuedouble;
		out[i] = word_of(cJSON_GetStringValue(result_of(one)), word);
	}
	cJSON_Delete(answers);
	free(ask.p);
}

enum { CREDIT = 0, BATCHES = 2 };

/* What a pool says of the lane of each worker. */
static void ask_lanes(size_t word, uint64_t *out)
{
	char (*args)[65] = grown(NULL, n_owed, sizeof *args);

	for (size_t i = 0; i < n_owed; i++)
		snprintf(args[i], sizeof *args, "000000000000000000000000%s", owed[i].worker + 2);
	call_all(registry, "0xfd6aad25", args, 0, out);         /* indexOf(address) */
	for (size_t i = 0; i < n_owed; i++)
		snprintf(args[i], sizeof *args, "%064llx", (unsigned long long)out[i]);
	call_all(pool, "0xaf0428c8", args, word, out);          /* lane(uint32) */
	free(args);
}

static void ask_tokens(uint64_t *out)
{
	char (*args)[65] = grown(NULL, n_owed, sizeof *args);

	for (size_t i = 0; i < n_owed; i++)
		snprintf(args[i], sizeof *args, "000000000000000000000000%s", owed[i].worker + 2);
	call_all(token, "0x70a08231", args, 0, out);            /* balanceOf(address) */
	free(args);
}

static unsigned long check_balances(void)
{
	uint64_t *has = grown(NULL, n_owed, sizeof *has);
	unsigned long bad = 0;

	if (*pool)
		ask_lanes(CREDIT, has);
	else
		ask_tokens(has);
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
	char ask[512], worker[43];
	const cJSON *log;

	snprintf(ask, sizeof ask, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getLogs\",\"params\":[{\"address\":\"%s\","
	         "\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":"
	         "[\"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef\","
	         "\"0x000000000000000000000000%s\"]}]}", token, payer + 2);
	cJSON *answer = post(ask);
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
	char ask[512];

	snprintf(ask, sizeof ask, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getLogs\",\"params\":[{\"address\":\"%s\","
	         "\"fromBlock\":\"0x0\",\"toBlock\":\"latest\",\"topics\":"
	         "[\"0x0e9292237038265b6d6135fb5d3b77ddc5c71cabe72285b6321f8742d51df10b\"]}]}", pool);
	cJSON *answer = post(ask);
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
	snprintf(ask, sizeof ask, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[{\"to\":\"%s\","
	         "\"data\":\"0x5dab2420\"},\"latest\"]}", pool);  /* account() */
	answer = post(ask);
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
	char ask[256];

	snprintf(ask, sizeof ask, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getTransactionReceipt\","
	         "\"params\":[\"%s\"]}", t->hash);
	cJSON *answer = post(ask);
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
	char ask[256];

	snprintf(ask, sizeof ask, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getTransactionCount\",\"params\":[\"%s\","
	         "\"latest\"]}", payer);
	cJSON *answer = post(ask);
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
	uint64_t due = *pool ? 2 * n_settled : n_owed;
	if (used - first != due + *failed)
		wrong("%llu transactions where %llu are due, and %lu failed", (unsigned long long)(used - first),
		      (unsigned long long)due, *failed);
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
	token = argv[2];
	if (strlen(token) == 85 && token[42] == '/') {
		snprintf(pool, sizeof pool, "%.42s", token);
		snprintf(registry, sizeof registry, "%s", token + 43);
	}
	payer = argv[3];
	first = strtoull(argv[4], NULL, 10);
	rate = strtoull(argv[5], NULL, 10);
	journal = argv[6];
	for (int i = 7; i < argc; i++)
		each_line(argv[i], owe);
	unsigned long bad = check_balances();
	if (*pool) {
		check_settled();
		check_lanes(&missing, &twice);
	} else {
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
