/* fault - which fault befalls a request: by the seed and the number of the request alone. */
#include "proxy.h"

const char *const fault_names[N_FAULTS] = {
	"none", "drop", "lost", "cut", "garble", "delay", "limit", "busy", "stale", "twice", "late", "gone",
	"reorg", "rollback", "forget", "spike", "stall", "time"
};

static unsigned known;                  /* the faults of this seed, a bit each */
static unsigned rate;                   /* of a thousand requests, so many have one */

uint64_t chance(uint64_t what, uint64_t bound)
{
	uint64_t z = run.seed * 0x9e3779b97f4a7c15 + run.requests * 0xd1342543de82ef95 + what * 0xda942042e4dd58b5;

	for (int i = 0; i < 2; i++) {
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		z ^= z >> 31;
	}
	return z % bound;
}

void fault_begin(void)
{
	static const unsigned rates[] = { 20, 50, 100, 200 };

	known = (unsigned)chance(10, 1u << N_FAULTS);
	rate = rates[chance(11, 4)];
}

static bool can_be_stale(const char *method)
{
	static const char *const late[] = {
		"eth_getTransactionReceipt", "eth_getTransactionCount", "eth_blockNumber", "eth_getBlockByNumber"
	};
	for (size_t i = 0; i < sizeof late / sizeof *late; i++)
		if (strcmp(method, late[i]) == 0)
			return true;
	return false;
}

static bool applies(enum fault f, const char *method)
{
	if (!(known >> f & 1) || (run.calm_from && f < LATE))
		return false;
	if (f >= TWICE && f <= GONE)
		return strcmp(method, "eth_sendRawTransaction") == 0;
	return f != STALE || can_be_stale(method);
}

/* One of those that can, all alike. */
enum fault fault_of(const char *method)
{
	enum fault can[N_FAULTS];
	size_t n = 0;

	if (run.calm || chance(1, 1000) >= rate * (run.calm_from || strcmp(method, "eth_sendRawTransaction") == 0 ? 2 : 1))
		return NONE;
	for (enum fault f = NONE + 1; f < N_FAULTS; f++)
		if (applies(f, method))
			can[n++] = f;
	return n ? can[chance(2, n)] : NONE;
}
