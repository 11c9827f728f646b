# torture.sh - what the proofs of "exactly once" share: a bad node, a payer that dies, and a
# look at the chain by somebody else (once.c).  Sourced behind lib.sh and payout.sh.
#
# A mode is a setup and the command line of a payer; the rest is the same for all.

RATE=1000 POOL_MOST=450
PROXY_PID=

# torture_can - is everything there?  Says in $why what is not.
torture_can() {
	if [ "${LBL_SAN-}" ]; then
		why='the sanitizers and the preloaded library are in each other'"'"'s way'
	elif ! has_node; then
		why='no contracts/node_modules: run "npm ci" in contracts/'
	elif ! ${CC:-cc} -O1 -shared -fPIC -o killat.so "$LBL_TOP/t/tool/shim/killat.c" -ldl 2>cc.log ||
		! LD_PRELOAD=$PWD/killat.so true 2>>cc.log; then
		why='no library can be preloaded here'
	else
		return 0
	fi
	return 1
}

# world_start - a node that mines only when told, what MODE needs, some blocks, and the proxy:
# sets NODE (of the node itself), PROXY, FIRST, and PAYEE, which once.c is asked about
world_start() {
	keystore
	case ${MODE-transfer} in
	transfer)
		put policy "{\"rate\":\"$RATE\",\"pay\":\"flat\"}"
		node_start --chain-id 31337 && token_deploy || return 1
		PAYEE=$TOKEN
		;;
	pool)
		node_start --chain-id 31337 --auto-impersonate && world_kept pool_deploy || return 1
		PAYEE=$(at pool)/$(at registry) RATE=1000000000000
		;;
	claims)
		node_start --chain-id 31337 --auto-impersonate && world_kept claims_deploy || return 1
		PAYEE=$(at claims)/$(at registry)/$(at token) RATE=1000000000000
		;;
	esac
	rpc anvil_mine '["0x40"]' >>log
	FIRST=$(nonce)
	: >proxy.url
	proxy "$NODE" >proxy.url &
	PROXY_PID=$!
	trap 'kill $PROXY_PID $NODE_PID 2>/dev/null; wait $PROXY_PID $NODE_PID 2>/dev/null; cd / && rm -rf "$work"' EXIT
	while ! [ -s proxy.url ] && kill -0 $PROXY_PID 2>/dev/null; do sleep 0.05; done
	PROXY=$(cat proxy.url)
	told proxy_begin >>log
}

# world_kept DEPLOY - what DEPLOY makes, or made before, which is kept for a minute's work
world_kept() {
	_key=$(cd "$LBL_TOP" && cat contracts/src/*.sol contracts/src/*/*.sol contracts/bin/deploy \
		examples/deploy/local.json t/tool/torture.sh | cksum | tr ' ' -)
	_dir=$LBL_BUILD/torture/world.$_key-$1-$POOL_MOST
	if ! [ -d "$_dir" ]; then
		$1 || return 1
		mkdir -p "$_dir.$$"
		cp deployment.json "$_dir.$$"
		post anvil_dumpState '[]' | jq '{ jsonrpc: "2.0", id: 1, method: "anvil_loadState", params: [.result] }' \
			>"$_dir.$$/state.json"
		mv "$_dir.$$" "$_dir" 2>/dev/null || rm -rf "$_dir.$$"
	else
		cp "$_dir/deployment.json" .
		curl -s --noproxy '*' -H 'content-type: application/json' -d "@$_dir/state.json" "$NODE" >>log
	fi
}
# post METHOD PARAMS - the answer of the node, whole
post() {
	curl -s --noproxy '*' -H 'content-type: application/json' \
		-d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}" "$NODE"
}

# contracts_deploy JQ - all contracts, by deployment.json: the payer may post, and every score is paid alike
contracts_deploy() {
	FOUNDRY_OUT=$LBL_BUILD/contracts/out FOUNDRY_CACHE_PATH=$LBL_BUILD/contracts/cache
	export FOUNDRY_OUT FOUNDRY_CACHE_PATH
	jq '.posters = [.deployer] | (.pool, .claims).params.window = 1 | (.pool, .claims).params.rule += { rate: 1, t0: 0,
		t1: 0, t2: 0, m0: 10000, m1: 10000, m2: 10000, lo: 0, hi: 0, c0: 10000, c1: 10000, probation: 0,
		probationBp: 10000, floorAt: 0, floorBp: 10000 } | '"$1" "$LBL_TOP/examples/deploy/local.json" >config.json
	"$LBL_TOP/contracts/bin/deploy" --config config.json --rpc "$NODE" --out deployment.json 2>>log || return 1
	_token=$(at token) _pool=$(at pool) _registry=$(at registry) _adapter=$(at adapter)
}

# claims_deploy - the claims contract is funded, and the workers of payee are in five of its groups
claims_deploy() {
	contracts_deploy . || return 1
	does "$PAYER" "$_token" 'transfer(address,uint256)' "$(at claims)" 1000000000000000000000
	for _group in 0 1 2 3 4; do
		join "$_registry" $((8192 * _group + 1)) $((8192 * _group + 4)) >requests
		curl -s --noproxy '*' -H 'content-type: application/json' -d @requests "$NODE" >>log
	done
	[ "$("$tool" cast call --rpc-url "$NODE" "$_registry" 'count()(uint32)' | sed 's/ .*//')" = 32772 ]
}
# payee I - an account: by claims, four of them are in a group of the registry
payee() {
	_n=$1
	[ "${MODE-transfer}" != claims ] || _n=$((8192 * ((_n - 1) / 4) + (_n - 1) % 4 + 1))
	worker "$_n"
}

# pool_deploy - the pool is funded, the payer has bonds, the workers 1 to 20 are registered; MOST a batch
pool_deploy() {
	contracts_deploy ".pool.params.batchBudget = $POOL_MOST" || return 1
	# an account without a key, to which the node lends its ear
	_attester=0x15d34aaf54267db7d7c367839aaf71a00a2c6a65
	_key=0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a
	does "$PAYER" "$_token" 'transfer(address,uint256)' "$_pool" 1000000000000000000000
	does "$PAYER" "$_token" 'approve(address,uint256)' "$_pool" 10000000000000000000
	does "$PAYER" "$_pool" 'deposit(uint256)' 10000000000000000000
	for _i in $(seq 1 20); do
		_w=$(worker "$_i") _n=$(printf 0x%064x "$_i")
		_digest=$("$tool" cast call --rpc-url "$NODE" "$_adapter" 'digest(address,bytes32,uint64)' "$_w" "$_n" 99999999999)
		_sig=$("$tool" cast wallet sign --no-hash --private-key $_key "$_digest")
		_proof=$("$tool" cast abi-encode 'f(bytes32,uint64,bytes)' "$_n" 99999999999 "$_sig")
		rpc anvil_setBalance "[\"$_w\",\"0xde0b6b3a7640000\"]" >>log
		does "$_w" "$_registry" 'join(address,bytes)' "$_adapter" "$_proof"
	done
	[ "$("$tool" cast call --rpc-url "$NODE" "$_registry" 'count()(uint32)')" = 20 ]
}
at() {
	jq -r ".contracts.$1.address" deployment.json
}
# does FROM TO FUNCTION ARGUMENT... - a transaction that the node signs
does() {
	_from=$1 _to=$2
	shift 2
	rpc eth_sendTransaction "[{\"from\":\"$_from\",\"to\":\"$_to\",\"data\":\"$("$tool" cast calldata "$@")\"}]" >>log
}

# world_anew - another one in place of the first
world_anew() {
	# shellcheck disable=SC2086  # none, or two
	[ -z "$PROXY_PID" ] || { kill $PROXY_PID $NODE_PID; wait $PROXY_PID $NODE_PID 2>/dev/null; }
	world_start
}

# told METHOD [PARAMS] - the answer of the proxy, whole
told() {
	curl -s --noproxy '*' -H 'content-type: application/json' \
		-d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":${2-[]}}" "$PROXY"
	echo
}

# begin [PLAN] - the chain as it was, no journal; PLAN is what the proxy is to do
begin() {
	told proxy_begin "[${1-}]" >begun
	rm -f j state out err befell
}

# payer FILE... - one run; PAYER_OPTIONS are added, and VERB
payer() {
	case ${MODE-transfer} in
	transfer) set -- --policy policy --token "$TOKEN" "$@" ;;
	*) set -- --mode "$MODE" --deployment deployment.json "$@" ;;
	esac
	# shellcheck disable=SC2086  # a verb or none, options
	lbl-payout ${VERB-} -q --key key.json --password-file password.txt --tip 1gwei --rpc "$PROXY" --journal j \
		${PAYER_OPTIONS-} "$@" >out 2>err
}

# haunted VARIABLE=VALUE... -- FILE... - one run of it with the library
haunted() {
	_env=
	while [ "$1" != -- ]; do
		_env="$_env $1"
		shift
	done
	shift
	(
		# shellcheck disable=SC2086,SC2163  # a list of them
		export LD_PRELOAD="$PWD/killat.so" KILLAT_STATE="$PWD/state" $_env
		payer "$@"
	)
}

# all_once FILE... - the judgement, into the file judged; by claims, with what was printed
all_once() {
	# shellcheck disable=SC2086  # files
	[ "${MODE-transfer}" != claims ] || set -- "$@" ${LOGS-out}
	once "$NODE" "$PAYEE" "$PAYER" "$FIRST" "$RATE" j "$@" >judged
}

# ---- killed at every call --------------------------------------------------------------

# twenty - what is owed to 20 workers, each another sum: scores.  Paid in a transaction each;
# by a pool, where a batch has room for one of them, in two; by claims in one for four of them.
# JOB is what the runs read.
twenty() {
	JOB=scores
	case ${MODE-transfer} in
	transfer) nonces=20 ;;
	pool) nonces=40 ;;
	claims) nonces=5 ;;
	esac
	for _i in $(seq 1 20); do score "$(payee "$_i")" e $((100 + _i)) 1; done | seal >scores
}
# moments EVERY [EVERY [few]] - of the calls of calls.log, those to die at: "NUMBER NAME" a line; the
# second number is for those that touch the journal.  KILL_ALL=I/N: each Nth of them all, or with
# "few" of those few, from the Ith.
moments() {
	awk -F: -v every="$1" -v touch="${2-1}" -v all="${KILL_ALL:+${3-all}}" -v part="${KILL_ALL-1/1}" '
		BEGIN { split(part, of, "/") }
		{ touched = /journal|sync|flock|ftruncate|rename|stdout/ && ++touches % touch == 0 }
		(all == "all" || touched || NR % every == 0) && (++n - of[1]) % of[2] == 0 { print NR, $1 }' calls.log
}
# dies WHEN [VARIABLE=VALUE...] - a run that is killed there
dies() {
	_when=$1 _code=0
	shift
	haunted KILLAT="$_when" KILLAT_WARP=50 "$@" -- "$JOB" || _code=$?
	[ $_code -eq 137 ] || { echo "$_when: exit status $_code, not killed"; cat err; return 1; }
}
# ends WHEN TRIES - a run to the end, and a look at the chain: as many tries as that
ends() {
	haunted KILLAT_WARP=50 -- "$JOB" || { echo "$1: the last run: $?"; cat err; return 1; }
	all_once scores || { echo "$1:"; return 1; }
	case $(cat judged) in
	"{\"payments\":20,\"wrong\":0,\"missing\":0,\"twice\":0,\"nonces\":$nonces,\"tries\":$2,\"failed\":0}") ;;
	*) echo "$1: $(cat judged)"; return 1 ;;
	esac
}
# every START TRIES [VARIABLE=VALUE...] <MOMENTS - START makes the state that each begins with
every() {
	_start=$1 _tries=$2 n=0
	shift 2
	while read -r at name; do
		$_start && dies "any:$at" "$@" && ends "$at, $name" "$_tries" || return 1
		n=$((n + 1))
	done
	[ $n -gt 0 ]
}
# parts TEXT START TRIES [VARIABLE=VALUE...] - of the moments in the file when, a test for each
# so many, in a world of its own: a node keeps all that ever was
parts() {
	_text=$1
	shift
	rm -f when.*
	split -l 150 when when.
	for _part in when.*; do
		[ "$_part" = when.aa ] || world_anew || PROXY=gone
		t "$_text $(wc -l <"$_part") of them" "every $* <$_part"
	done
}
# watched START - the calls of an undisturbed run, in calls.log
watched() {
	$1
	rm -f calls.log
	haunted KILLAT_LOG="$PWD/calls.log" KILLAT_WARP=50 -- "$JOB" || { cat err; return 1; }
}

# ---- random faults ---------------------------------------------------------------------

# nights - what is owed for two nights: scores.1 and scores.2, some workers in both
nights() {
	for _i in $(seq 1 8); do score "$(payee "$_i")" n1 $((100 + _i)) 1; done | seal >scores.1
	for _i in $(seq 5 16); do score "$(payee "$_i")" n2 $((200 + _i)) 1; done | seal >scores.2
}

# night N [VARIABLE=VALUE...] - one run of it: 0 or its status, which is added to $codes.  Claims are cumulative:
# the second night reads what the first one printed too, and a third one pushes what was claimed.
night() {
	_night=$1 _code=0 VERB=
	shift
	case ${MODE-transfer}$_night in
	claims2) set -- "$@" -- log.1 scores.2 ;;
	claims3)
		VERB=withdraw
		set -- "$@" -- log.2
		;;
	*) set -- "$@" -- "scores.$_night" ;;
	esac
	haunted KILLAT_WARP=200 "$@" || _code=$?
	codes="$codes$_code "
	# what a run printed that was not killed, whole: the log
	case $_code in 0 | 75) [ ! -s out ] || cp out "log.$_night" ;; esac
	case $_code$_night in 01) paid_1=1 ;; esac
	return $_code
}

# plan_1 - a first night that never came to print its log was planned by hand
plan_1() {
	[ "${MODE-transfer}" = claims ] && ! [ -s log.1 ] || return 0
	lbl-payout facts -q --mode claims --deployment deployment.json --rpc "$NODE" scores.1 >facts 2>>log &&
		lbl-payout plan -q --mode claims --deployment deployment.json facts >log.1 2>>log
}

# allowed STATUS - may a run end so, when the world is out of joint?  0 done; 69 no node;
# 74 the disk; 75 later; 137 killed.  Not 1 (a payment failed), not 65 (the journal is
# damaged), not 78 (another chain), not a crash.
allowed() {
	case $1 in 0 | 69 | 74 | 75 | 137) ;; *) return 1 ;; esac
}

# disturbed SEED NIGHT - some runs, each with its own misfortune
disturbed() {
	for _run in 1 2 3 4; do
		night "$2" KILLAT_SEED="$1$2$_run" KILLAT_DONE="$PWD/befell" || :
		[ -z "${SEED-}" ] || { echo "night $2 run $_run: exit $_code"; sed 's/^/	/' err; tail -n 3 befell; } >&2
		allowed $_code || { why="night $2, run $_run: exit status $_code: $(head -c 300 err)"; return 1; }
		[ $_code -ne 0 ] || return 0
	done
}

# well NIGHT... - runs over a world in order.  A first night that has not ended before the second began is part of
# that one, if paid by claims, and not done again.
well() {
	for _well; do
		[ "${MODE-transfer}$_well$paid_1" != claims1 ] || continue
		night "$_well" || { why="night $_well, all is well: exit status $_code: $(head -c 300 err)"; return 1; }
	done
}

# seed_body SEED - 0 when all is as it should be; else $why
seed_body() {
	# as deep as the chain may change, and so deep that it may not
	case $(($1 % 3)) in
	0) _depth=12 ;;
	1) _depth=$((1 + $1 / 3 % 12)) ;;
	2) _depth=$((1 + $1 / 3 % 3)) ;;
	esac
	PAYER_OPTIONS="--confirmations $((_depth + 1)) --wait $((5 + $1 % 7 * 10)) --bump-after 5"
	[ $(($1 % 5)) -gt 1 ] || PAYER_OPTIONS="$PAYER_OPTIONS --rpc $PROXY"
	# a block after 1, 4, 9 or 16 requests: slow ones so that a look sees the chain stand still
	begin "{\"seed\":$1,\"mine\":$(((1 + $1 % 4) * (1 + $1 % 4))),\"depth\":$_depth}"
	: >befell
	rm -f log.[123]
	paid_1='' jobs='1 2'
	disturbed "$1" 1 || return 1
	plan_1 || { why='the first night cannot be planned'; return 1; }
	# in a quarter of them all of the second night is left to the run after that
	[ $(($1 % 4)) -eq 3 ] || disturbed "$1" 2 || return 1
	# in half of them the payer pushes the claims, in the others the workers make them
	case ${MODE-transfer}$(($1 % 2)) in claims0)
		jobs='1 2 3'
		[ ! -s log.2 ] || disturbed "$1" 3 || return 1
		;;
	esac
	PAYER_OPTIONS="${PAYER_OPTIONS%%--wait*}--wait 600 --bump-after 5"
	# the chain goes on for a while, and comes to rest while this run is at it
	# (a contract is asked about a block by its number, which may be gone in the next moment: 69 or 75)
	told proxy_soon '[150]' >>log
	well 2 || case ${MODE-transfer}$_code in pool69 | pool75 | claims69 | claims75) why= ;; *) return 1 ;; esac
	told proxy_calm >>log
	# shellcheck disable=SC2086  # a list of them
	well $jobs || return 1
	cp j settled
	told proxy_replay >>log
	# shellcheck disable=SC2086
	well $jobs || return 1
	cmp -s settled j || { why='the journal grew when there was nothing to do'; return 1; }
	all_once scores.1 scores.2 2>wrong || { why=$(head -3 wrong | tr '\n' ' '); return 1; }
}

# one_seed SEED - its line
one_seed() {
	why='' codes='' LOGS='log.1 log.2'
	rm -f judged
	seed_body "$1" || [ -s judged ] || all_once scores.1 scores.2 2>>log || :
	[ -s judged ] || echo null >judged
	told proxy_tell | jq -c --argjson seed "$1" --arg why "$why" --arg codes "$codes" --rawfile befell befell \
		--slurpfile judged judged '.result | { seed: $seed, ok: ($why == ""), why: $why,
		codes: ($codes | split(" ") | map(select(. != "") | tonumber)), requests,
		faults: (del(.requests, .seen, .height) + ($befell | split("\n") | map(select(. != "")) |
			group_by(.) | map({ key: .[0], value: length }) | from_entries)),
		judged: $judged[0] }'
}
