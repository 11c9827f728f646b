#!/bin/sh
# Plans for a pool: what is asked of a chain, and what comes of it without one.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1) B=$(worker 2) C=$(worker 3) D=$(worker 4) E=$(worker 5)
HASH=0x$(printf '22%.0s' $(seq 32))
POOL=0x0000000000000000000000000000000000000004

# contract NAME ADDRESS - a line of a deployment
contract() {
	printf '"%s":{"address":"0x%040x","code_hash":"%s"}' "$1" "$2" "$HASH"
}
{
	printf '{"kind":"deployment","chain_id":31337,"genesis":"%s","config":"0x","block":9,"params_version":1,"contracts":{' \
		"$HASH"
	contract token 1; printf ,; contract registry 2; printf ,; contract pool 4; printf ,; contract claims 5
	printf '}}\n'
} >d.json

# chain [JQ UPDATE] - a chain record as facts writes it; 0.01 token a unit
chain() {
	jq -nc --arg h "$HASH" '{kind: "chain", chain: 31337, genesis: $h, block: 20, base_fee: "7", tip: "1", time: 1000,
		pool: "0x0000000000000000000000000000000000000004", registry: "0x0000000000000000000000000000000000000002",
		token: "0x0000000000000000000000000000000000000001",
		params: {version: 3, rate: 10000, t0: 6000, t1: 7500, t2: 8500, m0: 8000, m1: 10000, m2: 11500, lo: 500, hi: 8000,
			c0: 2000, c1: 10000, probation: 3, probation_bp: 5000, floor_at: 4000, floor_bp: 2500, start_reputation: 5000,
			batch_budget: "10000000000000000000000", period_budget: "50000000000000000000000",
			period: 604800, window: 86400, patience: 259200},
		settled: 0, owed: "0", spent: "0", ends: 0, head: $h} | '"${1-.}"
}
# lane WORKER INDEX [BATCHES [REPUTATION [BANNED [CREDIT]]]]
lane() {
	printf '{"kind":"lane","worker":"%s","index":%d,"banned":%s,"credit":"%s","batches":%d,"reputation_bp":%d}\n' \
		"$1" "$2" "${5-false}" "${6-0}" "${3-3}" "${4-5000}"
}
plan() {
	lbl-payout plan --deployment d.json "$@"
}
# gives STATUS WANT... - the amounts of file `in`
gives() {
	_code=$1
	shift
	put want "$@"
	exits "$_code" plan -q --unsealed in >out 2>err
	amounts out >got
	same want got
}
# root FILE - of a log, as RFC 6962 defines it; facts are left out
root() {
	perl -MDigest::SHA=sha256 -ne '
		next if /"kind":"(chain|lane)"/; chomp; push @l, sha256("\0$_");
		sub mth { my ($k, @x) = (1, @_); return $x[0] if @x == 1; $k *= 2 while 2 * $k < @x;
			sha256("\1" . mth(@x[0 .. $k - 1]) . mth(@x[$k .. $#x])) }
		END { print "0x", unpack("H*", mth(@l)), "\n" }' "$1"
}

# ---- amounts ------------------------------------------------------------------------------

t 'tiers, the line, newcomers and the doubted' '
	{
		score $A e 100 8000 8000; score $B e 100 8500 9000; score $C e 100 6000 4250; score $D e 100 7500 8000
		score $E e 3 8000 8000
		chain; lane $A 1; lane $B 2; lane $C 3; lane $D 4 2; lane $E 5 9 3999
	} >in
	# the last: 10000 * 3 * 0.25; the third: 0.8 * 0.6
	gives 0 "$A 1000000000000000000" "$B 1150000000000000000" "$C 480000000000000000" "$D 500000000000000000" \
		"$E 7500000000000000"
	empty err
'

t 'what is printed: the input, the run, payments, a batch' '
	{ score $B e 4 8500 8000; score $A e 7 8000 8000; chain; lane $A 1; lane $B 6 1; } >in
	exits 0 plan --unsealed in >out 2>err
	says err "lbl-payout: 2 of 2 workers are paid 93000000000000000 base units in all"
	sed "s/\"version\":\"[^\"]*\"/\"version\":\"V\"/; /^{\"kind\":\"end\"/d" out >got
	cat in - >want <<-END
	{"kind":"run","tool":"lbl-payout","version":"V","options":{"mode":"pool","epoch":null,"budget":null,"deployment":{"chain":31337,"genesis":"$HASH","pool":"$POOL","registry":"0x0000000000000000000000000000000000000002","token":"0x0000000000000000000000000000000000000001"}}}
	{"kind":"payment","id":"ID","epoch":"e","worker":"$B","verified":4,"score_bp":8500,"bonus_bp":8000,"index":6,"mult_score_bp":11500,"mult_bonus_bp":10000,"mult_newcomer_bp":5000,"mult_doubted_bp":10000,"amount":"23000000000000000","policy":"pool:3"}
	{"kind":"payment","id":"ID","epoch":"e","worker":"$A","verified":7,"score_bp":8000,"bonus_bp":8000,"index":1,"mult_score_bp":10000,"mult_bonus_bp":10000,"mult_newcomer_bp":10000,"mult_doubted_bp":10000,"amount":"70000000000000000","policy":"pool:3"}
	{"kind":"batch","id":"ID","data_hash":"H","log_root":"$(root in)","words":"0x00000000000000000000000000071f401f40000000000000000000000000000000000001000000000000000000000000000000000421341f4000000000000000","total":"93000000000000000","payments":["P1","P2"]}
	END
	field out payment id >ids
	sed -i "s/\"payments\":\[\"$(sed 1d ids)\",\"$(head -1 ids)\"\]/\"payments\":[\"P1\",\"P2\"]/
		s/\"id\":\"[^\"]*\"/\"id\":\"ID\"/; s/\"data_hash\":\"[^\"]*\"/\"data_hash\":\"H\"/" got
	same want got
	# the same words, whoever stands first, and another log
	{ score $A e 7 8000 8000; score $B e 4 8500 8000; chain; lane $B 6 1; lane $A 1; } >in2
	plan -q --unsealed in2 >out2
	[ "$(field out batch words)" = "$(field out2 batch words)" ]
	[ "$(field out batch id)" = "$(field out2 batch id)" ]
	[ "$(field out2 batch log_root)" = "$(root in2)" ]
'

t 'units of the score are paid, and else what was verified' '
	{ score $A e 100 8000 8000 | sed "s/\"score_bp\"/\"units\":7,&/"; chain; lane $A 1; } >in
	gives 0 "$A 70000000000000000"
	holds out ".[] | select(.kind == \"payment\") | .verified == 100 and .units == 7"
	sed -i "s/\"units\":7/\"units\":16777216/" in
	exits 65 plan -q --unsealed in >out 2>err
	says err "lbl-payout: worker \"$A\": field \"units\": must be below 2^24"
'

t 'who is not paid sees why; who is not registered is told to the payer' '
	{ score $A e 1 8000 8000; score $B e 1 8000 8000; score $C e 1 8000 8000; score mary e 1 1; score $D e 0 9000
	chain; lane $A 1; lane $B 2 3 5000 true; lane $C 3 3 5000 false 549755810000000000000000; lane mary 0 0 0; lane $D 4; } >in
	exits 1 plan --unsealed in >out 2>err
	cat >want <<-END
	lbl-payout: 1 of 5 workers are paid 10000000000000000 base units in all
	lbl-payout: 1 workers are banned: they are paid nothing
	lbl-payout: 1 workers have more credit than the pool can add to: they are paid nothing until it is withdrawn
	lbl-payout: 1 workers are not registered: they are paid nothing until they are
	END
	same want err
	holds out "[.[] | select(.kind == \"payment\") | .why] ==
		[null, \"banned\", \"credit is full\", \"not registered\", null]"
	# of whom nothing is said nothing is posted
	holds out "[.[] | select(.kind == \"batch\") | .payments | length] == [1]"
	# a ban alone is nothing to look at
	grep -v "$C\|mary" in >in2
	exits 0 plan -q --unsealed in2 >out 2>err
	empty err
'

t 'a score of 0 is posted too: that is how a reputation falls' '
	{ score $A e 5 0; chain; lane $A 1; } >in
	gives 0 "$A 0"
	[ "$(field out batch total)" = 0 ]
'

t 'nobody to pay: no batch' '
	{ chain; } >in
	exits 0 plan -q --unsealed in >out 2>err
	holds out "[.[] | .kind] == [\"chain\", \"run\", \"end\"]"
'

# ---- batches -------------------------------------------------------------------------------

# many N - scores and lanes of N workers, the last first
many() {
	awk -v n="$1" 'BEGIN { for (i = n; i > 0; i--) {
		printf "{\"kind\":\"score\",\"worker\":\"0x%040x\",\"epoch\":\"e\",\"labels\":1,\"verified\":1,\"rejected\":0,\"pending\":0,\"score_bp\":8000,\"bonus_bp\":8000}\n", i + 4096
		printf "{\"kind\":\"lane\",\"worker\":\"0x%040x\",\"index\":%d,\"banned\":false,\"credit\":\"0\",\"batches\":5,\"reputation_bp\":9000}\n", i + 4096, i } }'
}

t 'at most 512 words a batch, in the order of the registry' '
	{ chain; many 5000; } >in
	exits 0 plan -q --unsealed in >out 2>err
	# slot 0 has three workers, the others four
	holds out "[.[] | select(.kind == \"batch\") | .payments | length] == [2047, 2048, 905]"
	holds out "[.[] | select(.kind == \"batch\") | .words | length] == [32770, 32770, 14530]"
	holds out "([.[] | select(.kind == \"payment\") | {key: .id, value: .index}] | from_entries) as \$of |
		[.[] | select(.kind == \"batch\") | .payments[] | \$of[.]] == [range(1; 5001)]"
	holds out "[.[] | select(.kind == \"batch\") | .id] | unique | length == 3"
	[ "$(field out batch log_root | sort -u)" = "$(root in)" ]
'

t 'none pays more than the budget of a batch; one slot may be in two' '
	{ chain ".params.batch_budget = \"35000000000000000\""; many 10; } >in
	exits 0 plan -q --unsealed in >out 2>err
	holds out "[.[] | select(.kind == \"batch\") | .payments | length] == [3, 3, 3, 1]"
	holds out "[.[] | select(.kind == \"batch\") | .total][:3] == [\"30000000000000000\", \"30000000000000000\", \"30000000000000000\"]"
'

# ---- limits --------------------------------------------------------------------------------

# refused WORDS [OPTION...] - exit 1, and nothing is paid
refused() {
	_words=$1
	shift
	exits 1 plan --unsealed "$@" in >out 2>err
	says err "lbl-payout: $_words: nothing is paid"
	amounts out >got
	empty got
	grep -v kind.:.end out >got
	same in got
}
t 'budgets: ours, of a batch, of the period' '
	{ score $A e 100 8000 8000; score $B e 200 8000 8000; chain; lane $A 1; lane $B 2; } >in
	exits 0 plan -q --unsealed --budget 3000000000000000000 in >out 2>err
	refused "3000000000000000000 base units would be paid, and the budget is 2999999999999999999" --budget 2999999999999999999
	refused "$B would be paid 2000000000000000000 base units, and --max-per-worker is 1999999999999999999" \
		--max-per-worker 1999999999999999999
	{ score $A e 100 8000 8000; score $B e 200 8000 8000; chain ".params.batch_budget = \"1999999000000000000\""
	lane $A 1; lane $B 2; } >in
	refused "$B would be paid 2000000000000000000 base units, and a batch of this pool pays no more than 1999999000000000000"
	{ score $A e 100 8000 8000; score $B e 200 8000 8000
	chain ".params.period_budget = \"2999999000000000000\" | .spent = \"1000000000000\" | .ends = 1000"; lane $A 1; lane $B 2; } >in
	refused "3000000000000000000 base units would be paid, and until its period ends this pool pays no more than 2999999000000000000"
	sed -i "s/\"ends\":1000/\"ends\":1001/" in
	refused "3000000000000000000 base units would be paid, and until its period ends this pool pays no more than 2999998000000000000"
	sed -i "s/\"period_budget\":\"2999999/\"period_budget\":\"3000001/" in
	exits 0 plan -q --unsealed in >out 2>err
'
t '--max-change, as for transfers' '
	{ score $A d1 10 8000 8000; chain; lane $A 1; } >part
	plan -q --unsealed part | grep kind.:.payment >before
	{ cat before; score $A d2 12 8000 8000; chain; lane $A 1; } >in
	exits 0 plan -q --unsealed --epoch d2 --max-change 20 in >out 2>err
	exits 1 plan -q --unsealed --epoch d2 --max-change 19 in >out 2>err
'

# ---- what is wrong -------------------------------------------------------------------------

# bad MESSAGE - of file `in`
bad() {
	exits 65 plan --unsealed in >out 2>err
	empty out
	says err "lbl-payout: $1"
}
t 'facts that are not there, or of something else' '
	{ score $A e 1 1; lane $A 1; } >in
	bad "the input holds no chain record with facts of a pool: lbl-payout facts writes it"
	{ score $A e 1 1; chain; } >in
	bad "no lane record of worker \"$A\" behind the chain record: lbl-payout facts writes both for the scores that it reads"
	# those of another block
	{ score $A e 1 1; chain; lane $A 1; chain; } >in
	bad "no lane record of worker \"$A\" behind the chain record: lbl-payout facts writes both for the scores that it reads"
	for f in "chain = 1" "genesis = .genesis[:65] + \"3\"" "pool = .token" "registry = .pool" "token = .pool"; do
		{ score $A e 1 1; chain ".$f"; lane $A 1; } >in
		bad "chain record: field \"${f%% *}\" is another than that of the deployment"
	done
	{ score $A e 1 8000; score $B e 1 8000; chain; lane $A 7; lane $B 7; } >in
	bad "two workers have number 7 in the registry: \"$A\" and \"$B\""
'
t 'a later fact replaces an earlier one' '
	{ score $A e 1 8000 8000; chain; lane $A 2; chain ".params.rate = 20000"; lane $A 2 1; lane $A 2; } >in
	gives 0 "$A 20000000000000000"
'
t 'parameters that no pool can have, and lanes that are none' '
	{ chain ".params.t0 = 9000"; } >in
	bad "in:1: field \"params\": the tiers are out of order"
	{ chain ".params.rate = \"1\""; } >in
	bad "in:1: field \"params\": field \"rate\": expected a whole number from 0 to 9007199254740992"
	{ chain ".params.batch_budget = \"1500000000000000000\" | .params.version = 0"; } >in
	bad "in:1: field \"params\": the version of the parameters is out of range"
	{ chain ".spent = \"1500000000001\""; } >in
	bad "in:1: field \"spent\": expected an amount in base units, of whole millionths of a token, as a string of digits"
	{ chain "del(.time)"; } >in
	bad "in:1: field \"time\": expected a whole number from 0 to 9007199254740992"
	{ lane $A 1 16; } >in
	bad "in:1: field \"batches\": expected a whole number from 0 to 15"
	{ lane $A 1 1 10001; } >in
	bad "in:1: field \"reputation_bp\": expected a whole number from 0 to 10000"
	{ lane $A 4294967296; } >in
	bad "in:1: field \"index\": expected a whole number from 0 to 4294967295"
	{ lane $A 1 1 1 1; } >in
	bad "in:1: field \"banned\": expected true or false"
'
t 'options that do not go together' '
	put p "{\"rate\":\"1\",\"pay\":\"flat\"}"
	chain >in
	exits 64 plan --policy p in >out 2>err
	exits 64 plan --mode transfer --policy p in >out 2>err
	exits 64 plan --budget 1 --over prorate in >out 2>err
	exits 64 lbl-payout plan --mode pool in >out 2>err
	exits 66 lbl-payout plan --deployment nowhere in >out 2>err
	put bad.json "{}"
	exits 78 lbl-payout plan --deployment bad.json in >out 2>err
	says err "lbl-payout: bad.json: field \"chain_id\" is missing"
'

# ---- the log tells it all ------------------------------------------------------------------

t 'lbl-audit replays a plan, and finds what was changed' '
	# a log that begins with scores only carries them on
	{ echo "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"$A\",\"value\":\"x\"}"
	score $A e 100 8000 8000; score $B e 50 8700 9000; score $C e 5 8700 9000; chain
	lane $A 1; lane $B 6 1; lane $C 0 0 0; } >raw
	exits 1 plan -q --unsealed raw >log 2>err
	lbl-audit replay log >found 2>err || :
	lacks found "\"kind\":\"payment\""
	lacks found "\"kind\":\"batch\""
	lacks found "\"kind\":\"run\""
	# an amount; a word; the root; a lane
	changed() {
		sed "$1" log | grep -v kind.:.end >changed
		cmp -s log changed && return 1
		lbl-audit replay changed >found 2>err || :
		has found "$2"
	}
	changed "/kind.:.payment/s/1000000000000000000/1000000000000000001/" "\"kind\":\"payment\""
	changed "/kind.:.batch/s/\"log_root\":\"0x../\"log_root\":\"0x00/" "\"kind\":\"batch\""
	changed "/kind.:.lane/s/\"batches\":1/\"batches\":4/" "\"kind\":\"payment\""
	changed "/kind.:.batch/d" "\"kind\":\"batch\""
'

# ---- a real one ------------------------------------------------------------------------------

has_node || {
	skip 'facts and plans of a deployed pool' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
}
# not where the forge tests may be compiling at the same time
FOUNDRY_OUT=$LBL_BUILD/contracts/out FOUNDRY_CACHE_PATH=$LBL_BUILD/contracts/cache
export FOUNDRY_OUT FOUNDRY_CACHE_PATH
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
HOLDER=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
POSTER=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
ATTESTER_KEY=0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a		# of a development node

cast() {
	"$tool" cast "$@"
}
# call NAME FUNCTION [ARG...], send FROM NAME FUNCTION [ARG...] - of a contract of the deployment
at() {
	jq -r ".contracts.$1.address" real.json
}
call() {
	_at=$(at "$1")
	shift
	cast call --rpc-url "$NODE" "$_at" "$@" | sed 's/ \[.*//'
}
send() {
	_from=$1 _at=$(at "$2")
	shift 2
	cast send --rpc-url "$NODE" --unlocked --from "$_from" "$_at" "$@" >>sent 2>&1
}
# join WORKER... - by the attester's word
join() {
	for _w; do
		_n=$(cast keccak "$_w")
		_digest=$(call adapter 'digest(address,bytes32,uint64)(bytes32)' "$_w" "$_n" 4000000000)
		_sig=$(cast wallet sign --no-hash --private-key $ATTESTER_KEY "$_digest")
		rpc anvil_impersonateAccount "[\"$_w\"]" >>sent
		rpc anvil_setBalance "[\"$_w\",\"0xde0b6b3a7640000\"]" >>sent
		send "$_w" registry 'join(address,bytes)' "$(at adapter)" \
			"$(cast abi-encode 'f(bytes32,uint64,bytes)' "$_n" 4000000000 "$_sig")" || return
	done
}
facts() {
	lbl-payout facts --deployment real.json --rpc "$NODE" "$@"
}

t 'contracts are deployed, and workers join' '
	"$LBL_TOP/contracts/bin/deploy" --config "$LBL_TOP/examples/deploy/local.json" --rpc "$NODE" --out real.json
	for w in 1 2 3 4 5 6; do join $(worker $w); done
	[ "$(call registry "count()(uint32)")" = 6 ]
	send $HOLDER token "transfer(address,uint256)" "$(at pool)" 100000000000000000000000
	send $HOLDER token "transfer(address,uint256)" $POSTER 1000000000000000000
	send $POSTER token "approve(address,uint256)" "$(at pool)" 1000000000000000000
	send $POSTER pool "deposit(uint256)" 1000000000000000000
'

# six workers of whom something is known, one whom nobody knows, and no address
{
	score "$(worker 1)" e 100 8000 8000; score "$(worker 2)" e 333 8600 4321; score "$(worker 3)" e 1 6000 500
	score "$(worker 4)" e 16777 7499 9000; score "$(worker 5)" e 77 5999 9000; score "$(worker 6)" e 12 9000 499
	score "$(worker 7)" e 5 9000 9000; score mary e 5 9000 9000
} >scores

# quoted VERSION - "worker amount" of each payment of `out` as the contract has it, from its index and lane
quoted() {
	jq -r 'select(.kind == "payment" and .index > 0) | "\(.worker) \(.index) \(.verified) \(.score_bp) \(.bonus_bp)"' out |
	while read -r _w _i _u _s _b; do
		call pool 'lane(uint32)(uint256,uint256,uint256,uint256)' "$_i" >lane
		_rep=$(sed -n 2p lane) _n=$(sed -n 3p lane)
		[ "$_n" != 0 ] || _rep=5000
		echo "$_w $(call pool 'quote(uint32,uint24,uint16,uint16,uint8,uint16)(uint256)' "$1" "$_u" "$_s" "$_b" "$_n" "$_rep")"
	done
}

t 'facts: the chain, the pool and the lanes, behind the input' '
	exits 0 facts --unsealed --from $POSTER scores >with 2>err
	empty err
	head -8 with >got
	same scores got
	holds with ".[8] | .kind == \"chain\" and .chain == 31337 and .block == $(($(rpc eth_blockNumber "[]"))) and
		.pool == \"$(at pool)\" and .registry == \"$(at registry)\" and .token == \"$(at token)\" and .nonce == 2 and
		.params.version == 1 and .params.rate == 10000 and .params.t2 == 8500 and .params.probation_bp == 5000 and
		.params.batch_budget == \"10000000000000000000000\" and .settled == 0 and .spent == \"0\""
	holds with "[.[] | select(.kind == \"lane\") | .index] == [1, 2, 3, 4, 5, 6, 0, 0]"
	holds with "[.[] | select(.kind == \"lane\") | .reputation_bp] == [5000, 5000, 5000, 5000, 5000, 5000, 0, 0]"
	# and without scores
	exits 0 facts --unsealed /dev/null >none 2>err
	holds none "[.[] | .kind] == [\"chain\", \"end\"]"
'

t 'the plan says what the contract says' '
	exits 1 lbl-payout plan -q --deployment real.json with >out 2>err
	quoted 1 >want
	amounts out | grep -v "$(worker 7)\|mary" >got
	same want got
	[ "$(wc -l <got)" -eq 6 ]
	# newcomers: half of 100 * 0.01
	[ "$(head -1 got)" = "$(worker 1) 500000000000000000" ]
'

t 'data_hash and ids are Keccak of what they stand for' '
	words=$(field out batch words)
	[ "$(field out batch data_hash)" = "$(cast keccak "$words")" ]
	at pool | tr A-F a-f | cut -c 3- >pool
	{
		printf "0x000000096c626c2d6261746368"                   # lbl-batch
		printf "000000080000000000007a69"
		printf "00000014%s" "$(cat pool)"
		printf "%08x%s" $(((${#words} - 2) / 2)) "${words#0x}"
		jq -r "select(.kind == \"batch\") | .payments[] | \"00000020\" + .[2:]" out | tr -d "\n"
	} >laid
	[ "$(field out batch id)" = "$(cast keccak "$(cat laid)")" ]
'

t 'posted and settled by hand: the contract takes the words and pays the total' '
	words=$(jq -r "select(.kind == \"batch\") | .words[2:]" out | sed "s/.\{64\}/,0x&/g; s/^,//")
	send $POSTER pool "post(uint64,bytes32,bytes32[])" 1 "$(field out batch log_root)" "[$words]"
	rpc evm_increaseTime "[86400]" >>sent
	rpc evm_mine "[]" >>sent
	send $HOLDER pool "settle(uint64,bytes32[])" 1 "[$words]"
	call pool "account()(uint64,uint64,uint64,uint64)" | sed -n 2p >owed
	[ "$(cat owed)000000000000" = "$(field out batch total)" ]
'

t 'the next epoch: lanes have moved, a ban shows, and the contract still agrees' '
	send $HOLDER token "approve(address,uint256)" "$(at pool)" 0
	"$LBL_TOP/contracts/bin/govern" --deployment real.json --rpc "$NODE" --from $HOLDER --dev --delegate \
		registry "setBan(uint32,bool)" 3 true 2>err
	grep -v "$(worker 7)\|mary" scores | sed "s/\"epoch\":\"e\"/\"epoch\":\"f\"/" >in
	exits 0 facts --unsealed in >with 2>err
	for i in 1 2 3 4 5 6; do
		call pool "lane(uint32)(uint256,uint256,uint256,uint256)" $i | head -3 | tr "\n" " "
		call registry "isBanned(uint32)(bool)" $i
	done >want
	jq -r "select(.kind == \"lane\") | \"\(.credit) \(.reputation_bp) \(.batches) \(.banned)\"" with >got
	same want got
	[ "$(cut -d" " -f3 got | sort -u)" = 1 ]
	holds with "[.[] | select(.kind == \"chain\")][0] | .settled == 1 and .spent == \"$(cat owed)000000000000\" and
		.head == \"$(call pool "head()(bytes32)")\""
	exits 0 lbl-payout plan -q --deployment real.json with >out 2>err
	quoted 1 | grep -v "$(worker 3)" >want
	amounts out | grep -v "$(worker 3)" >got
	same want got
	amounts out >got
	has got "$(worker 3) 0"
'

t 'another chain, another genesis, another contract: nothing is asked of it' '
	for x in "chain_id = 1" "genesis = .contracts.pool.code_hash" "contracts.pool.code_hash = .genesis" \
		"contracts.registry.address = .contracts.claims.address" "contracts.token.code_hash = .genesis"; do
		jq ".$x" real.json >other.json
		exits 78 lbl-payout facts --unsealed --deployment other.json --rpc "$NODE" scores >out 2>err
		empty out
		[ "$(wc -l <err)" -eq 1 ]
	done
'

t 'an input without end mark is refused: facts would give it one' '
	exits 65 facts scores >out 2>err
	empty out
'

finish
