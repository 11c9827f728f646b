/* What the pool, the registry, the claims contract and the token say when they refuse. */
#include "chain/pool.h"

#include "base/hex.h"
#include "chain/abi.h"

/* A signature with names: the type of an argument, then what it is called.  "time" stands for a uint40 or uint256
 * that counts seconds since 1970, "time40" for the former. */
static const char *const errors[] = {
	/* Batches */
	"WrongBatch(uint64 got,uint64 want)",
	"WrongState(uint8 state)",
	"NoLogRoot()",
	"WrongLength(uint256 words)",
	"SlotsOutOfOrder(uint256 before,uint256 slot)",
	"NoSuchWorker(uint256 worker)",
	"ScoreTooLarge(uint256 worker)",
	"BudgetTooLarge(uint64 budget,uint256 most)",
	"OtherData(bytes32 got,bytes32 want)",
	"WindowIsOpen(time40 until)",
	"WindowIsClosed(time40 since)",
	"ArbiterHasTime(time until)",
	"TooSoonToExpire(time from)",
	"NotTheArbiter(address caller)",
	"NotThePoster(address caller)",
	"StartOutOfRange(uint16 reputation)",
	"ZeroTime(uint32 period,uint32 window,uint32 patience)",
	/* RewardPool */
	"CreditTooLarge(uint256 worker)",
	"OverBatchBudget(uint256 total,uint256 budget)",
	"OverPeriodBudget(uint256 total,uint256 left)",
	"NotFunded(uint256 balance,uint256 wants)",
	"NothingToWithdraw(uint32 worker)",
	/* Bonds */
	"NoBond()",
	"WrongDecimals(uint8 decimals)",
	"BondTooSmall(address account,uint256 has,uint256 wants)",
	"InexactToken(uint256 got,uint256 want)",
	/* Review */
	"NotAPoster(address caller)",
	"NotTheGuardian(address caller)",
	"PostingIsPaused(time40 until)",
	"TooSoonToPause(time from)",
	"NoQuorum()",
	"TooFewSignatures(uint256 got,uint256 want)",
	"SignersOutOfOrder(address before,address signer)",
	"NotAnAuditor(address signer)",
	/* Reward */
	"TiersOutOfOrder(uint16 t0,uint16 t1,uint16 t2,uint16 m0,uint16 m1,uint16 m2)",
	"LineOutOfOrder(uint16 lo,uint16 hi,uint16 c0,uint16 c1)",
	"TierTooHigh(uint16 t2)",
	"FloorTooHigh(uint16 floor)",
	"FactorTooLarge(uint256 factor)",
	"PenaltyAboveOne(uint256 factor)",
	"ProbationTooLong(uint8 probation)",
	/* RewardClaims, ClaimTree */
	"BadParams()",
	"NoHistoryHere()",
	"GroupIsPending(uint32 group,time40 until)",
	"NotPending(bytes32 root)",
	"KnownRoot(bytes32 root)",
	"OverCommitBudget(uint256 added,uint256 budget)",
	"MayNotCancel(address caller)",
	"UnknownRoot(bytes32 root)",
	"NotInForce(bytes32 root,time from)",
	"NothingToClaim(uint256 index,uint256 total,uint256 paid)",
	"NoBalance(address account)",
	"OtherGroup(uint256 slot,uint32 group)",
	/* WorkerRegistry */
	"NotEnabled(address adapter)",
	"OtherSpace(address adapter,bytes32 its,bytes32 ours)",
	"NotAPerson(address account)",
	"PersonIsHere(bytes32 key,uint32 index)",
	"AccountIsTaken(address account,uint32 index)",
	"NoWorker(address account)",
	"NoSuchWorker(uint32 index)",
	"NotRotatingHere(uint32 index,address caller,address to)",
	/* OpenZeppelin */
	"OwnableInvalidOwner(address owner)",
	"OwnableUnauthorizedAccount(address account)",
	"InvalidShortString()",
	"StringTooLong(string text)",
	"ReentrancyGuardReentrantCall()",
	"SafeERC20FailedOperation(address token)",
	"SafeCastOverflowedUintDowncast(uint8 bits,uint256 value)",
	"ERC20InsufficientBalance(address sender,uint256 balance,uint256 needed)",
	"ERC20InsufficientAllowance(address spender,uint256 allowance,uint256 needed)",
	"ERC20InvalidReceiver(address receiver)",
	"ECDSAInvalidSignature()",
	"ECDSAInvalidSignatureLength(uint256 length)",
	"ECDSAInvalidSignatureS(bytes32 s)",
};

enum { ARG_TEXT = 32 };

/* The next "type name" of a list that ends with ")"; false behind the last one. */
static bool next_arg(const char **p, char type[ARG_TEXT], char name[ARG_TEXT])
{
	size_t n = strcspn(*p, " )"), k;

	if (n == 0)
		return false;
	BUG_ON((*p)[n] != ' ' || n >= ARG_TEXT);
	memcpy(type, *p, n);
	type[n] = '\0';
	*p += n + 1;
	k = strcspn(*p, ",)");
	BUG_ON(k == 0 || k >= ARG_TEXT);
	memcpy(name, *p, k);
	name[k] = '\0';
	*p += k + ((*p)[k] == ',');
	return true;
}

static bool is_time(const char *type)
{
	return strncmp(type, "time", 4) == 0;
}

/* "Name(type,type)" as it is hashed */
static void put_signature(struct buf *b, const char *error)
{
	const char *p = strchr(error, '(') + 1;
	char type[ARG_TEXT], name[ARG_TEXT];

	buf_add(b, error, (size_t)(p - error));
	for (bool first = true; next_arg(&p, type, name); first = false) {
		if (!first)
			buf_addc(b, ',');
		buf_adds(b, !is_time(type) ? type : type[4] ? "uint40" : "uint256");
	}
	buf_addc(b, ')');
}

static bool is_error(struct str data, const char *error)
{
	struct buf b = BUF_INIT;

	put_signature(&b, error);
	bool is = abi_is(data, b.p);
	buf_release(&b);
	return is;
}

/* Days since 1970 to a date: the year begins in March, so that the day that is not always there is its last.
 * Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
static void put_date(struct buf *b, uint64_t days)
{
	uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);

	buf_addf(b, "%04llu-%02llu-%02llu", (unsigned long long)year, (unsigned long long)month,
		 (unsigned long long)(doy - (153 * mp + 2) / 5 + 1));
}

void pool_put_time(struct buf *b, uint64_t s)
{
	if (s > (uint64_t)1 << 40) {    /* not before the year 36812 */
		buf_addf(b, "second %llu", (unsigned long long)s);
		return;
	}
	put_date(b, s / 86400);
	buf_addf(b, "T%02u:%02u:%02uZ", (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
}

static void put_value(struct buf *b, const char *type, const uint8_t word[ABI_WORD])
{
	struct u256 v = u256_from_be(word);
	struct address a;
	uint64_t s;

	if (strcmp(type, "address") == 0) {
		memcpy(a.b, word + ABI_WORD - sizeof a.b, sizeof a.b);
		address_put(b, &a);
	} else if (strcmp(type, "bytes32") == 0) {
		buf_adds(b, "0x");
		hex_put(b, word, ABI_WORD);
	} else if (is_time(type) && u256_to_u64(v, &s)) {
		pool_put_time(b, s);
	} else {
		u256_put_dec(b, v);
	}
}

static void put_error(struct buf *b, struct str args, const char *error)
{
	const char *p = strchr(error, '(');
	char type[ARG_TEXT], name[ARG_TEXT];
	uint8_t word[ABI_WORD];
	size_t i = 0;
	struct err e;

	buf_add(b, error, (size_t)(p++ - error));
	/* only a constructor has one with a text: its name suffices */
	for (; next_arg(&p, type, name) && strcmp(type, "string") != 0 && abi_get_word(args, i, word, &e); i++) {
		buf_adds(b, i ? ", " : "(");
		buf_addf(b, "%s ", name);
		put_value(b, type, word);
	}
	buf_adds(b, i ? ")" : "");
}

void pool_put_error(struct buf *b, struct str data)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (is_error(data, errors[i])) {
			put_error(b, (struct str){ data.p + 4, data.n - 4 }, errors[i]);
			return;
		}
	abi_put_revert(b, data);
}

bool pool_error_is(struct str data, const char *name)
{
	size_t n = strlen(name);
	bool known = false;

	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strncmp(errors[i], name, n) == 0 && errors[i][n] == '(') {
			known = true;
			if (is_error(data, errors[i]))
				return true;
		}
	BUG_ON(!known);
	return false;
}
