#include "chain/eth.h"

#include "base/hex.h"
#include "base/mem.h"

/* ---- requests ---- */

static void put_data(struct buf *b, struct str data)
{
	buf_adds(b, "\"0x");
	hex_put(b, (const uint8_t *)data.p, data.n);
	buf_addc(b, '"');
}

static void put_who(struct buf *b, const struct address *a)
{
	buf_addc(b, '"');
	address_put_lower(b, a);
	buf_addc(b, '"');
}

/* [address, tag] */
static void put_who_tag(struct buf *b, const struct address *who, const char *tag)
{
	buf_addc(b, '[');
	put_who(b, who);
	buf_addf(b, ",\"%s\"]", tag);
}

static void put_call(struct buf *b, const struct address *from, const struct address *to, struct str data)
{
	buf_adds(b, "[{");
	if (from) {
		buf_adds(b, "\"from\":");
		put_who(b, from);
		buf_addc(b, ',');
	}
	if (to) {
		buf_adds(b, "\"to\":");
		put_who(b, to);
		buf_addc(b, ',');
	}
	/* both names: older nodes know only "data", the specification says "input" */
	buf_adds(b, "\"data\":");
	put_data(b, data);
	buf_addc(b, '}');
}

/* ---- results ---- */

static bool is_quantity(const cJSON *v, struct u256 *out)
{
	struct err e;

	return cJSON_IsString(v) && u256_from_quantity(str_of(v->valuestring), out, &e);
}

static bool is_u64(const cJSON *v, uint64_t *out)
{
	struct err e;

	return cJSON_IsString(v) && u64_from_quantity(str_of(v->valuestring), out, &e);
}

static bool is_hash(const cJSON *v, uint8_t out[32])
{
	if (!cJSON_IsString(v))
		return false;
	struct str s = str_of(v->valuestring);
	return s.n == 66 && s.p[0] == '0' && s.p[1] == 'x' &&
		hex_get((struct str){ s.p + 2, 64 }, out, 32);
}

static const cJSON *at(const cJSON *o, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(o, key);
}

static enum rpc_status ask_u256(struct rpc *r, const char *method, const char *params,
				struct u256 *out, struct rpc_error *e)
{
	cJSON *v;
	enum rpc_status st = rpc_call(r, method, params, &v, e);

	if (st == RPC_OK && !is_quantity(v, out))
		st = rpc_bad(e, method, "the result is no hex quantity");
	cJSON_Delete(v);
	return st;
}

static enum rpc_status ask_u64(struct rpc *r, const char *method, const char *params,
			       uint64_t *out, struct rpc_error *e)
{
	struct u256 v = U256_ZERO;
	enum rpc_status st = ask_u256(r, method, params, &v, e);

	if (st == RPC_OK && !u256_to_u64(v, out))
		st = rpc_bad(e, method, "the result does not fit into 64 bits");
	return st;
}

static enum rpc_status ask_bytes(struct rpc *r, const char *method, const char *params,
				 struct buf *out, struct rpc_error *e)
{
	cJSON *v;
	enum rpc_status st = rpc_call(r, method, params, &v, e);

	if (st == RPC_OK && !(cJSON_IsString(v) && hex_get_any(str_of(v->valuestring), out)))
		st = rpc_bad(e, method, "the result is no hex data");
	cJSON_Delete(v);
	return st;
}

enum rpc_status eth_chain_id(struct rpc *r, uint64_t *id, struct rpc_error *e)
{
	return ask_u64(r, "eth_chainId", "[]", id, e);
}

enum rpc_status eth_block_number(struct rpc *r, uint64_t *number, struct rpc_error *e)
{
	return ask_u64(r, "eth_blockNumber", "[]", number, e);
}

enum rpc_status eth_nonce(struct rpc *r, const struct address *who, const char *tag,
			  uint64_t *nonce, struct rpc_error *e)
{
	struct buf b = BUF_INIT;

	put_who_tag(&b, who, tag);
	enum rpc_status st = ask_u64(r, "eth_getTransactionCount", b.p, nonce, e);
	buf_release(&b);
	return st;
}

enum rpc_status eth_balance(struct rpc *r, const struct address *who, const char *tag,
			    struct u256 *wei, struct rpc_error *e)
{
	struct buf b = BUF_INIT;

	put_who_tag(&b, who, tag);
	enum rpc_status st = ask_u256(r, "eth_getBalance", b.p, wei, e);
	buf_release(&b);
	return st;
}

enum rpc_status eth_code(struct rpc *r, const struct address *who, const char *tag,
			 struct buf *out, struct rpc_error *e)
{
	struct buf b = BUF_INIT;

	put_who_tag(&b, who, tag);
	enum rpc_status st = ask_bytes(r, "eth_getCode", b.p, out, e);
	buf_release(&b);
	return st;
}

enum rpc_status eth_call(struct rpc *r, const struct address *from, const struct address *to,
			 struct str data, const char *tag, struct buf *out, struct rpc_error *e)
{
	struct buf b = BUF_INIT;

	put_call(&b, from, to, data);
	buf_addf(&b, ",\"%s\"]", tag);
	enum rpc_status st = ask_bytes(r, "eth_call", b.p, out, e);
	buf_release(&b);
	return st;
}

enum { AT_ONCE = 1000 };        /* questions held in memory */

static enum rpc_status call_words(struct rpc *r, const struct address *to, struct str data, size_t size,
				  const char *tag, size_t n, uint8_t (*out)[32], struct rpc_error *e)
{
	struct rpc_question *q = mem_alloc(n, sizeof *q);
	cJSON **v = mem_alloc(n, sizeof(cJSON *));
	size_t *at = mem_alloc(n, sizeof *at);
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		at[i] = b.n;
		put_call(&b, NULL, to, (struct str){ data.p + i * size, size });
		buf_addf(&b, ",\"%s\"]%c", tag, 0);
	}
	for (size_t i = 0; i < n; i++)
		q[i] = (struct rpc_question){ "eth_call", b.p + at[i] };
	enum rpc_status st = rpc_batch(r, q, n, v, e);
	for (size_t i = 0; i < n; i++) {
		if (st == RPC_OK && !is_hash(v[i], out[i]))
			st = rpc_bad(e, "eth_call", "the result is not one word");
		cJSON_Delete(v[i]);
	}
	buf_release(&b);
	free(q);
	free(v);
	free(at);
	return st;
}

enum rpc_status eth_call_words(struct rpc *r, const struct address *to, struct str data, size_t size, const char *tag,
			       uint8_t (*out)[32], struct rpc_error *e)
{
	enum rpc_status st = RPC_OK;

	for (size_t n = data.n / size, i = 0; i < n && st == RPC_OK; i += AT_ONCE)
		st = call_words(r, to, (struct str){ data.p + i * size, data.n - i * size }, size, tag,
				n - i < AT_ONCE ? n - i : AT_ONCE, out + i, e);
	return st;
}

enum rpc_status eth_estimate_gas(struct rpc *r, const struct address *from, const struct address *to,
				 struct str data, uint64_t *gas, struct rpc_error *e)
{
	struct buf b = BUF_INIT;

	put_call(&b, from, to, data);
	buf_addc(&b, ']');
	enum rpc_status st = ask_u64(r, "eth_estimateGas", b.p, gas, e);
	buf_release(&b);
	return st;
}

static bool read_block(const cJSON *v, struct eth_block *b)
{
	const cJSON *hash = at(v, "hash"), *fee = at(v, "baseFeePerGas"), *number = at(v, "number");

	*b = (struct eth_block){ .found = !cJSON_IsNull(v) };
	if (!b->found)
		return true;
	b->has_base_fee = fee && !cJSON_IsNull(fee);
	if (b->has_base_fee && !is_quantity(fee, &b->base_fee))
		return false;
	/* a pending block has no hash, and with some nodes no number */
	if (hash && !cJSON_IsNull(hash) && !is_hash(hash, b->hash))
		return false;
	if (number && !cJSON_IsNull(number) && !is_u64(number, &b->number))
		return false;
	return cJSON_IsObject(v) && is_u64(at(v, "timestamp"), &b->time) &&
		is_u64(at(v, "gasLimit"), &b->gas_limit);
}

enum rpc_status eth_block(struct rpc *r, const char *tag, struct eth_block *out, struct rpc_error *e)
{
	static const char method[] = "eth_getBlockByNumber";
	struct buf b = BUF_INIT;
	struct eth_block block;
	cJSON *v;

	buf_addf(&b, "[\"%s\",false]", tag);
	enum rpc_status st = rpc_call(r, method, b.p, &v, e);
	if (st == RPC_OK) {
		if (read_block(v, &block))
			*out = block;
		else
			st = rpc_bad(e, method, "the result is no block");
	}
	cJSON_Delete(v);
	buf_release(&b);
	return st;
}

enum { HISTORY = 20 };

static int by_value(const void *a, const void *b)
{
	return u256_cmp(*(const struct u256 *)a, *(const struct u256 *)b);
}

/* base fees: one a block and one for the next; rewards: the tip asked for, a block */
static bool read_history(const cJSON *v, struct eth_fees *f)
{
	const cJSON *base = at(v, "baseFeePerGas"), *reward = at(v, "reward"), *used = at(v, "gasUsedRatio");
	struct u256 tip[HISTORY];
	size_t n = 0;

	int n_base = cJSON_IsArray(base) ? cJSON_GetArraySize(base) : 0;
	if (n_base < 1 || n_base > HISTORY + 1 || !is_quantity(cJSON_GetArrayItem(base, n_base - 1), &f->base_fee))
		return false;
	if (!reward || cJSON_IsNull(reward))
		return true;
	if (!cJSON_IsArray(reward) || cJSON_GetArraySize(reward) > HISTORY)
		return false;
	for (int i = 0; i < cJSON_GetArraySize(reward); i++) {
		const cJSON *ratio = cJSON_GetArrayItem(used, i);
		if (!is_quantity(cJSON_GetArrayItem(cJSON_GetArrayItem(reward, i), 0), &tip[n]))
			return false;
		n += cJSON_IsNumber(ratio) && ratio->valuedouble > 0;
	}
	qsort(tip, n, sizeof *tip, by_value);
	if (n)
		f->tip = tip[(n - 1) / 2];
	return true;
}

/* What there is without a history. */
static enum rpc_status latest_fees(struct rpc *r, struct eth_fees *f, struct rpc_error *e)
{
	struct eth_block latest = { 0 };
	struct u256 eighth;
	enum rpc_status st = eth_block(r, "latest", &latest, e);

	if (st != RPC_OK)
		return st;
	if (!latest.found || !latest.has_base_fee)
		return rpc_bad(e, "eth_getBlockByNumber", "the latest block has no base fee");
	u256_divmod_u64(&eighth, NULL, latest.base_fee, 8);
	if (!u256_add(&f->base_fee, latest.base_fee, eighth) || !u256_add(&f->base_fee, f->base_fee, u256_of(1)))
		f->base_fee = U256_MAX;
	return RPC_OK;
}

enum rpc_status eth_fees(struct rpc *r, struct eth_fees *out, struct rpc_error *e)
{
	struct eth_fees f = { 0 };
	cJSON *v;
	enum rpc_status st = rpc_call(r, "eth_feeHistory", "[\"0x14\",\"latest\",[50]]", &v, e);

	if (st == RPC_OK && !read_history(v, &f))
		st = rpc_bad(e, "eth_feeHistory", "the result is no fee history");
	cJSON_Delete(v);
	if (st == RPC_ERROR)
		st = latest_fees(r, &f, e);
	if (st != RPC_OK)
		return st;
	if (u256_is_zero(f.tip)) {
		st = ask_u256(r, "eth_maxPriorityFeePerGas", "[]", &f.tip, e);
		if (st != RPC_OK && st != RPC_ERROR)
			return st;
	}
	if (u256_is_zero(f.tip))
		f.tip = u256_of(1);
	*out = f;
	return RPC_OK;
}

enum rpc_status eth_syncing(struct rpc *r, bool *syncing, struct rpc_error *e)
{
	cJSON *v;
	enum rpc_status st = rpc_call(r, "eth_syncing", "[]", &v, e);

	if (st == RPC_OK && !cJSON_IsBool(v) && !cJSON_IsObject(v))
		st = rpc_bad(e, "eth_syncing", "the result is neither false nor an object");
	if (st == RPC_OK)
		*syncing = !cJSON_IsFalse(v);
	cJSON_Delete(v);
	return st;
}

static bool read_receipt(const cJSON *v, const uint8_t hash[32], struct eth_receipt *c)
{
	const cJSON *created = at(v, "contractAddress"), *price = at(v, "effectiveGasPrice");
	uint8_t its[32];
	uint64_t status;
	struct err e;

	*c = (struct eth_receipt){ .found = !cJSON_IsNull(v) };
	if (!c->found)
		return true;
	if (!is_hash(at(v, "transactionHash"), its) || memcmp(its, hash, sizeof its) != 0)
		return false;
	if (!is_u64(at(v, "status"), &status) || status > 1)
		return false;
	c->ok = status == 1;
	c->has_contract = cJSON_IsString(created);
	if (c->has_contract && !address_parse(str_of(created->valuestring), &c->contract, &e))
		return false;
	if (price && !cJSON_IsNull(price) && !is_quantity(price, &c->gas_price))
		return false;
	return is_u64(at(v, "blockNumber"), &c->block) && is_hash(at(v, "blockHash"), c->block_hash) &&
		is_u64(at(v, "gasUsed"), &c->gas_used);
}

enum rpc_status eth_receipt(struct rpc *r, const uint8_t hash[32], struct eth_receipt *out,
			    struct rpc_error *e)
{
	static const char method[] = "eth_getTransactionReceipt";
	struct buf b = BUF_INIT;
	struct eth_receipt receipt;
	cJSON *v;

	buf_addc(&b, '[');
	put_data(&b, (struct str){ (const char *)hash, 32 });
	buf_addc(&b, ']');
	enum rpc_status st = rpc_call(r, method, b.p, &v, e);
	if (st == RPC_OK) {
		if (read_receipt(v, hash, &receipt))
			*out = receipt;
		else
			st = rpc_bad(e, method, "the result is no receipt of this transaction");
	}
	cJSON_Delete(v);
	buf_release(&b);
	return st;
}

/* ---- sending ---- */

const char *eth_sent_name(enum eth_sent s)
{
	switch (s) {
	case ETH_SENT: return "sent";
	case ETH_KNOWN: return "known";
	case ETH_NONCE_LOW: return "nonce too low";
	case ETH_UNDERPRICED: return "underpriced";
	case ETH_FUNDS: return "insufficient funds";
	case ETH_FATAL: return "refused";
	case ETH_RETRY: return "try again";
	case ETH_UNKNOWN: break;
	}
	return "unknown";
}

/* First match wins, so what is narrow stands above what is wide. */
static const struct { const char *words; enum eth_sent means; } said[] = {
	{ "already known", ETH_KNOWN },                          /* geth, Nethermind */
	{ "alreadyknown", ETH_KNOWN },                           /* Nethermind */
	{ "already imported", ETH_KNOWN },                       /* anvil, reth */
	{ "already exists", ETH_KNOWN },
	{ "existing tx with same hash", ETH_KNOWN },             /* Erigon */
	{ "known transaction", ETH_KNOWN },                      /* Besu, old geth */
	{ "nonce too low", ETH_NONCE_LOW },                      /* geth, anvil, Nethermind, Erigon */
	{ "nonce is too low", ETH_NONCE_LOW },
	{ "nonce below", ETH_NONCE_LOW },                        /* Besu */
	{ "nonce_too_low", ETH_NONCE_LOW },
	{ "oldnonce", ETH_NONCE_LOW },                           /* Nethermind */
	{ "priority fee per gas higher than max fee", ETH_FATAL },   /* before "max fee per gas" */
	{ "tip higher than fee cap", ETH_FATAL },
	{ "exceeds the configured cap", ETH_FATAL },             /* geth's --rpc.txfeecap */
	{ "replacement transaction underpriced", ETH_UNDERPRICED },
	{ "replacementnotallowed", ETH_UNDERPRICED },            /* Nethermind */
	{ "feetoolow", ETH_UNDERPRICED },                        /* Nethermind: FeeTooLow, FeeTooLowToCompete */
	{ "fee too low", ETH_UNDERPRICED },
	{ "could not replace existing tx", ETH_UNDERPRICED },    /* Erigon */
	{ "underpriced", ETH_UNDERPRICED },                      /* all */
	{ "gas price below minimum", ETH_UNDERPRICED },          /* geth */
	{ "gas price below configured minimum", ETH_UNDERPRICED },   /* Besu */
	{ "gas price too low", ETH_UNDERPRICED },
	{ "less than block base fee", ETH_UNDERPRICED },         /* geth, anvil */
	{ "insufficient funds", ETH_FUNDS },                     /* geth, anvil, Erigon */
	{ "insufficientfunds", ETH_FUNDS },                      /* Nethermind */
	{ "upfront cost exceeds", ETH_FUNDS },                   /* Besu */
	{ "txpool is full", ETH_RETRY },                         /* geth */
	{ "pool is full", ETH_RETRY },
	{ "account limit exceeded", ETH_RETRY },                 /* geth */
	{ "header not found", ETH_RETRY },
	{ "indexing is in progress", ETH_RETRY },
	{ "intrinsic gas", ETH_FATAL },                          /* all */
	{ "floor data gas", ETH_FATAL },                         /* geth */
	{ "gas limit too high", ETH_FATAL },                     /* geth, EIP-7825 */
	{ "exceeds block gas limit", ETH_FATAL },                /* geth, Besu */
	{ "gaslimitexceeded", ETH_FATAL },                       /* Nethermind */
	{ "chain id", ETH_FATAL },                               /* geth, anvil: invalid chain id for signer */
	{ "chainid", ETH_FATAL },
	{ "replay-protected", ETH_FATAL },                       /* geth */
	{ "replay protected", ETH_FATAL },                       /* Besu */
	{ "invalid sender", ETH_FATAL },
	{ "invalid signature", ETH_FATAL },
	{ "invalid transaction", ETH_FATAL },
	{ "transaction type not supported", ETH_FATAL },
	{ "oversized data", ETH_FATAL },                         /* geth */
	{ "max initcode size exceeded", ETH_FATAL },
	{ "nonce has max value", ETH_FATAL },
	{ "rlp:", ETH_FATAL },                                   /* geth: a malformed transaction */
	{ "failed to decode", ETH_FATAL },                       /* anvil */
};

enum eth_sent eth_classify(const char *message)
{
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (rpc_says(message, said[i].words))
			return said[i].means;
	return ETH_UNKNOWN;
}

enum eth_sent eth_send_raw(struct rpc *r, struct str raw, const uint8_t hash[32], struct rpc_error *e)
{
	static const char method[] = "eth_sendRawTransaction";
	struct buf b = BUF_INIT;
	uint8_t its[32];
	cJSON *v;

	buf_addc(&b, '[');
	put_data(&b, raw);
	buf_addc(&b, ']');
	enum rpc_status st = rpc_call(r, method, b.p, &v, e);
	bool same = st == RPC_OK && is_hash(v, its) && memcmp(its, hash, sizeof its) == 0;
	cJSON_Delete(v);
	buf_release(&b);
	switch (st) {
	case RPC_OK:
		if (same)
			return ETH_SENT;
		rpc_bad(e, method, "the node answered with another hash");
		return ETH_UNKNOWN;
	case RPC_ERROR:
		return eth_classify(e->message);
	case RPC_LIMITED:
	case RPC_UNREACHABLE:
		return ETH_RETRY;
	case RPC_UNKNOWN:
		break;
	}
	return ETH_UNKNOWN;
}
