#!/bin/sh
# lbl-payout in the claims mode: nights of several groups, two runs at once, a budget that is used up, metrics, and
# nodes that lie or lag.  However it goes: a root is committed once, and a claim pays once.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/pool.sh"

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
keystore
make-keystore $OTHER_KEY "$PASSWORD" >other.json
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
# five groups of four workers; a group of a night comes to 10 * 4 * 11500 units
pool_deploy 4 '.claims.params.window = 60 | .claims.params.period = 3600 | .claims.params.periodBudget = 2000000 |
	.claims.params.commitBudget = 3000000' || { t 'all is deployed' 'cat deploy.log; false'; finish; }
CLAIMS=$(jq -r .contracts.claims.address deployment.json)
for g in 1 2 3 4; do pool_join $((8192 * g)) $((8192 * g + 3)); done
tell_chain "$PAYER" "$TOKEN" 'transfer(address,uint256)' "$CLAIMS" 1000000000000000000000
pass 1          # all of that is in a block
rpc evm_snapshot '[]' >snapshot
FIRST=$(nonce)
PAY=11500000000000000

case_() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rpc evm_setAutomine '[true]' >>log
	rpc anvil_setNextBlockBaseFeePerGas '["0x3b9aca00"]' >>log      # which it does not revert
	rm -rf s s2 err out m.prom
	pass 1
	t "$1" "$2"
	rpc anvil_dropAllTransactions '[]' >>log
}

D="--mode claims --deployment deployment.json"
REST="$D --key key.json --password-file password.txt --confirmations 1 --wait 20"
ALL="$REST --rpc $NODE"
pay() {
	lbl-payout --state s $ALL "$@"
}
other() {
	lbl-payout --state s2 $ALL --key other.json "$@"
}
push() {
	lbl-payout withdraw --state s $ALL "$@"
}
# groups N - the accounts of four workers in each of the first N groups
groups() {
	for g in $(seq 0 $(($1 - 1))); do
		for i in 0 1 2 3; do worker $((8192 * g + i + (g == 0))); done
	done
}
# night N GROUPS UNITS - a file of that name
night() {
	for w in $(groups "$2"); do score "$w" "$1" "$3" 9000 8000; done | seal >"$1"
}
night n1 4 10
night n2 5 10
transactions() {
	[ $(($(nonce) - FIRST)) -eq "$1" ] || { echo "$(($(nonce) - FIRST)) transactions, want $1"; return 1; }
}
commits() {
	_n=$(ask_chain "$CLAIMS" 'account()(uint64,uint64,uint64)' | head -1)
	[ "$_n" -eq "$1" ] || { echo "$_n commits, want $1"; return 1; }
}
# all_have GROUPS UNITS - each of them, and nobody else
all_have() {
	for w in $(groups 5); do
		printf '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"%s","data":"0x70a08231%024d%s"},"latest"]}\n' \
			"$TOKEN" 0 "${w#0x}"
	done | jq -sc 'to_entries | map(.value + { id: .key })' >ask
	curl -s --noproxy '*' -H 'content-type: application/json' -d @ask "$NODE" | jq -r 'sort_by(.id)[] | .result' >got
	for i in $(seq 0 19); do printf '0x%064x\n' $((i / 4 < $1 ? $2 * PAY : 0)); done >want
	same want got
}
# all_ended JOURNAL - nothing is open in it
all_ended() {
	lbl-payout status -q --journal "$1" >told
	holds told 'map(select(.kind == "attempt" and .state == "open")) == []'
}

# ---- groups -----------------------------------------------------------------------------------

case_ 'four groups: four roots, sixteen proofs; a later night of one of them changes no other' '
	exits 0 pay n1 >out1 2>err
	transactions 4
	commits 4
	holds out1 "map(select(.kind == \"commit\")) | map(.group) == [0, 1, 2, 3] and (map(.root) | unique | length) == 4"
	holds out1 "map(select(.kind == \"claim\")) | length == 16 and all(.proof | length > 1)"
	holds out1 "map(select(.kind == \"receipt\")) | length == 4 and all(.status == 1)"
	pass 60
	score "$(worker 8193)" n3 5 9000 8000 | seal >n3
	exits 0 pay out1 n3 >out3 2>err
	transactions 5
	pass 60
	exits 0 push out3 >p 2>err
	has err "16 claims are made, 0 wait"
	transactions 21
	[ "$(balance "$(worker 8193)")" = $((15 * PAY)) ]
	[ "$(balance "$(worker 8192)")" = $((10 * PAY)) ]
	[ "$(balance "$(worker 1)")" = $((10 * PAY)) ]
	exits 0 pay out1 n3 >p 2>err
	exits 0 push out3 >p 2>err
	transactions 21
	all_ended s/journal.ndjson
'

# ---- two at once ------------------------------------------------------------------------------

# tries FILE N PID - until that many are in the journal, or the run that writes it has come to an end: it saw the other one
tries() {
	while kill -0 "$3" 2>/dev/null; do
		[ "$(cat "$1" 2>/dev/null | grep -c kind.:.try)" -lt "$2" ] || break
		sleep 0.05
	done
}
mine_on() {
	rpc evm_setAutomine "[true]" >>log
	pass 1
}

case_ 'two runs on one state: the second one says so, and does nothing' '
	rpc evm_setAutomine "[false]" >>log
	pay n1 >out1 2>err1 & one=$!
	tries s/journal.ndjson 4 $one
	cp s/journal.ndjson before
	exits 75 pay n1 >out 2>err
	has err "s/journal.ndjson: another lbl-payout is using this journal"
	empty out
	exits 75 push n1 >out 2>err
	same before s/journal.ndjson
	mine_on
	wait $one
	transactions 4
	commits 4
	exits 0 pay n1 >out 2>err
	transactions 4
'

case_ 'two hosts at once, with two keys: each root once, and both come to a good end' '
	rpc evm_setAutomine "[false]" >>log
	pay n1 >out1 2>err1 & one=$!
	other n1 >out2 2>err2 & two=$!
	tries s/journal.ndjson 4 $one
	tries s2/journal.ndjson 4 $two
	mine_on
	wait $one || [ $? -eq 75 ]
	wait $two || [ $? -eq 75 ]
	commits 4
	exits 0 pay n1 >out 2>err
	exits 0 other n1 >out 2>err
	commits 4
	all_ended s/journal.ndjson
	all_ended s2/journal.ndjson
	pass 60
	push out1 >p 2>err & one=$!
	lbl-payout withdraw --state s2 $ALL --key other.json out2 >p2 2>err2 & two=$!
	wait $one || [ $? -eq 1 ]
	wait $two || [ $? -eq 1 ]
	exits 0 push out1 >p 2>err
	has err "0 claims are made, 0 wait"
	all_have 4 10
'

same_key() { lbl-payout --state s2 $ALL --tip 2gwei "$@"; }
case_ 'two hosts at once, with one key: each nonce goes to one of them' '
	rpc evm_setAutomine "[false]" >>log
	pay --tip 1gwei n1 >out1 2>err1 & one=$!
	same_key n1 >out2 2>err2 & two=$!
	tries s/journal.ndjson 4 $one
	tries s2/journal.ndjson 4 $two
	mine_on
	wait $one || [ $? -eq 75 ]
	wait $two || [ $? -eq 75 ]
	exits 0 pay n1 >out 2>err
	exits 0 same_key n1 >out 2>err
	commits 4
	all_ended s/journal.ndjson
	all_ended s2/journal.ndjson
	pass 60
	exits 0 push out1 >p 2>err
	all_have 4 10
'

case_ 'a host that was away while another one did its work, with its key: what it has open comes to an end' '
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --tip 1gwei --wait 0 n1 >out 2>err
	[ "$(grep -c kind.:.try s/journal.ndjson)" -eq 4 ]
	rpc anvil_dropAllTransactions "[]" >>log
	mine_on
	exits 0 same_key n1 >out 2>err
	transactions 4
	exits 0 pay n1 >out 2>err
	has err "was used by a transaction that this journal does not know"
	all_ended s/journal.ndjson
	exits 0 pay n1 >out 2>err
	lacks err "was used by"
	transactions 4
	commits 4
'

# ---- budgets ----------------------------------------------------------------------------------

case_ 'a period whose budget is used up: says until when, wastes nothing, and goes on behind it' '
	exits 75 pay n2 >out1 2>err
	has err "group 4 adds 460000 units, and 160000 are left of this period: it can be committed from"
	transactions 4
	commits 4
	# what could be printed was: a log for the next night, and proofs for those who have a root
	holds out1 "map(select(.kind == \"claim\")) | length == 20"
	exits 75 pay n2 >out 2>err
	has err "160000 are left of this period"
	transactions 4
	[ "$(grep -c kind.:.try s/journal.ndjson)" -eq 4 ]
	pass 60
	exits 75 push out1 >p 2>err
	has err "16 claims are made, 4 wait"
	all_have 4 10
	transactions 20
	pass 3600
	exits 0 pay n2 >out 2>err
	transactions 21
	commits 5
	pass 60
	exits 0 push out >p 2>err
	all_have 5 10
	transactions 25
	exits 0 pay n2 >out 2>err
	transactions 25
'

case_ 'more than a whole period may add: a person has to look, and the other groups are committed' '
	{ cat n1; score "$(worker 32768)" n1 200 9000 8000; } | lbl-payout sign -q --unsealed --key k --password-file p \
		--token 0x0000000000000000000000000000000000000001 --chain-id 1 --nonce 0 --max-fee 1 --tip 1 >big
	exits 1 pay big >out 2>err
	has err "group 4 adds 2300000 units, and a whole period may add 2000000: nothing was signed"
	transactions 4
	exits 1 pay big >out 2>err
	transactions 4
'

# ---- metrics ----------------------------------------------------------------------------------

# value NAME WANT
value() {
	_v=$(sed -n "s/^lbl_payout_$1 //p" m.prom)
	[ "$_v" = "$2" ] || { echo "$1 is $_v, want $2"; return 1; }
}
case_ '--metrics: roots of a night, and claims' '
	exits 75 pay --metrics m.prom n2 >out1 2>err
	awk -f "$LBL_TOP/t/tool/prometheus.awk" m.prom >got
	value exit_status 75
	value run_receipts 4
	value "payments{state=\"paid\"}" 4
	value "payments{state=\"unsigned\"}" 1
	value "payments{state=\"open\"}" 0
	value "payments{state=\"failed\"}" 0
	value "tokens{state=\"paid\"}" 1.84
	value "tokens{state=\"unsigned\"}" 0.46
	value queue_length 0
	value tries_total 4
	pass 60
	exits 75 push --metrics m.prom out1 >p 2>err
	value run_receipts 16
	value "payments{state=\"paid\"}" 16
	value "payments{state=\"unsigned\"}" 4
	value "tokens{state=\"paid\"}" 1.84
	value tries_total 20
	(NODE=http://127.0.0.1:1; exits 69 lbl-payout --state s $REST --rpc $NODE --metrics m.prom n2 >p 2>err)
	value exit_status 69
	value tries_total 20
'
case_ '--metrics: roots that wait' '
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --wait 0 --metrics m.prom n1 >out1 2>err
	value "payments{state=\"open\"}" 4
	value "payments{state=\"paid\"}" 0
	value queue_length 4
	rpc anvil_dropAllTransactions "[]" >>log
'

# ---- a node that lies, and one that lags --------------------------------------------------------

put lies nothing
"$LBL_TOP/t/tool/twist.js" "$NODE" lies >twist.url &
TWIST=$!
trap 'kill $TWIST $NODE_PID 2>/dev/null; wait $NODE_PID 2>/dev/null; cd / && rm -rf "$work"' EXIT
for _i in $(seq 1 100); do [ ! -s twist.url ] || break; sleep 0.1; done
TWISTED=$(cat twist.url)
lied() {
	lbl-payout --state s $REST --rpc "$TWISTED" "$@"
}
sig() {
	"$tool" cast sig "$1"
}
ROOTS=$(sig 'roots(bytes32)') GROUPS_=$(sig 'groups(uint32)') ACCOUNT=$(sig 'account()') ROOT_OF=$(sig 'rootOf(uint32,bytes32[])')
PARAMS=$(sig 'params(uint32)') UNIT=$(sig 'unit()') VERSION=$(sig 'version()') CLAIMED=$(sig 'claimed(uint256)')
words() { printf 0x; for _w; do printf %064x "$_w"; done; }
ALL_ONES=0x$(printf %0192d 0 | tr 0 f)
REVERT='!{"code":3,"message":"execution reverted","data":"0x12345678"}'
# refuses STATUS TEXT LINE... - with these lies, and nothing is signed
refuses() {
	_status=$1 _text=$2
	shift 2
	put lies "$@"
	exits "$_status" lied n1 >out 2>err
	has err "$_text"
	transactions 0
	[ "$(grep -c kind.:.try s/journal.ndjson)" -eq 0 ]
}
case_ 'lies: no root is signed on the strength of them' '
	for s in $ROOTS $GROUPS_ $ACCOUNT $ROOT_OF $PARAMS; do
		refuses 69 "this is no answer of the claims contract" "$s 0x"
		refuses 69 "this is no answer of the claims contract" "$s 0x00"
		refuses 69 "this is no answer of the claims contract" "$s $(words 1 2 3 4 5)"
	done
	for s in $ROOTS $GROUPS_ $ACCOUNT; do
		refuses 69 "this is no answer of the claims contract" "$s $ALL_ONES"
	done
	refuses 69 "this is no answer of the claims contract" "$VERSION 0x"
	refuses 69 "this is no answer of the claims contract" "$UNIT $ALL_ONES"
	refuses 69 "the unit is not 1 to 10^18" "$UNIT $(words 0)"
	for s in $ROOTS $GROUPS_ $ACCOUNT $PARAMS $VERSION; do refuses 69 "execution reverted" "$s $REVERT"; done
	refuses 1 "group 0 would be refused" "$ROOT_OF $REVERT"
	refuses 1 "nothing was signed; a worker was banned, or the parameters changed: get facts and plan again" $ROOT_OF
	refuses 1 "group 0 comes to 460000000000000000 base units by the contract, and to 460000000000000000 in the plan, of other workers" $ROOT_OF
	# another rate than the true one: the contract says what it comes to
	refuses 1 "nothing was signed; a worker was banned, or the parameters changed" $PARAMS
	refuses 75 "group 0 waits for its last root" "$GROUPS_ $(words 0 0 4102444800)"
	refuses 75 "0 are left of this period" "$ACCOUNT $(words 0 2000000 4102444800)"
	put lies nothing
	exits 0 lied n1 >out 2>err
	transactions 4
'

case_ 'a node that lags: a root that it does not know any more was not cancelled' '
	put lies nothing
	exits 0 lied n1 >out1 2>err
	put lies "$ROOTS@latest $(words 0 0 0)"
	exits 75 lied n1 >out 2>err
	has err "and is not there at the latest block: run it again"
	lacks err cancelled
	transactions 4
	# nor is a claim to it wrong
	put lies "$CLAIMED $(words 0)" "$ROOTS $(words 1 0 0)"
	exits 75 lbl-payout withdraw --state s $REST --rpc "$TWISTED" out1 >out 2>err
	has err "would fail: NotInForce"
	transactions 4
	# really cancelled, it is
	put lies nothing
	root=$(jq -r "select(.kind == \"commit\" and .group == 2) | .root" out1)
	GUARDIAN=0x976EA74026E726554dB657fA54763abd0C3a0aa9
	tell_chain $GUARDIAN "$CLAIMS" "cancel(bytes32)" $root
	pass 1
	exits 1 lied n1 >out 2>err
	has err "has been cancelled since"
	transactions 4
'

case_ 'a node that lags when the root has just been mined' '
	put lies "$ROOTS@latest $(words 0 0 0)"
	exits 75 lied n1 >out1 2>err
	has err "and is not there at the latest block: run it again"
	transactions 4
	put lies nothing
	exits 0 lied n1 >out1 2>err
	transactions 4
'

case_ 'a node that lags: the payer'"'"'s nonce is not taken from it' '
	put lies "eth_getTransactionCount@pending 0x0"
	exits 75 lied n1 >out1 2>err
	has err "the node has said two things of the payer'"'"'s next nonce, 0 and $FIRST: run it again"
	[ "$(grep -c kind.:.try s/journal.ndjson)" -eq 0 ]
	put lies "eth_getTransactionCount 0x0"
	exits 75 lied n1 >out1 2>err
	put lies nothing
	exits 0 lied n1 >out1 2>err
	transactions 4
	all_ended s/journal.ndjson
'

case_ 'lies: no claim is paid twice, and none that is owed is forgotten' '
	put lies nothing
	exits 0 lied n1 >out1 2>err
	pass 60
	wlied() { lbl-payout withdraw --state s $REST --rpc "$TWISTED" out1; }
	put lies "$CLAIMED 0x"
	exits 69 wlied >p 2>err
	transactions 4
	put lies "$ROOTS $(words 0 0 0)"
	exits 75 wlied >p 2>err
	has err "0 claims are made, 16 wait"
	transactions 4
	put lies nothing
	exits 0 wlied >p 2>err
	all_have 4 10
	transactions 20
	put lies "$CLAIMED $(words 0)"
	exits 0 wlied >p 2>err
	transactions 20
	all_have 4 10
'
finish
