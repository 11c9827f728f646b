#!/bin/sh
# lbl-payout by the pool when things go wrong: a lost journal, two hosts, nodes that lie, kills.  However
# it goes, every worker has what one night is worth, once.
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
pool_deploy 3000 || { t 'a pool is deployed' 'cat deploy.log; false'; finish; }
rpc evm_snapshot '[]' >snapshot
FIRST=$(nonce)

case_() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rm -rf s s2 err out
	pass 1
	t "$1" "$2"
}

REST="--deployment deployment.json --key key.json --password-file password.txt --confirmations 1 --wait 3"
ALL="$REST --rpc $NODE"
pay() {
	lbl-payout --state s $ALL "$@"
}
other() {
	lbl-payout --state s2 $ALL --key other.json "$@"
}
night() {
	for i in $(seq "$2" "$3"); do score "$(worker "$i")" "$1" $((i * $4)) 9000 8000; done | seal >"$1"
}
NEW=5750000000000000
# all_have N UNITS - workers 1 to N have I times so many units each, once, and the others nothing; asked in one request
all_have() {
	for i in $(seq 1 12); do
		printf '%s{"jsonrpc":"2.0","id":%d,"method":"eth_call","params":[{"to":"%s","data":"0x%s%064x"},"latest"]}' \
			"$([ "$i" -eq 1 ] && echo '[' || echo ',')" "$i" "$POOL" "$LANE" "$i"
	done >ask
	echo ']' >>ask
	curl -s --noproxy '*' -H 'content-type: application/json' -d @ask "$NODE" |
		jq -r '.[] | "\(.id) \(.result[0:66])"' | sort -n >got
	for i in $(seq 1 12); do printf '%d 0x%064x\n' "$i" $((i <= $1 ? i * $2 * NEW : 0)); done >want
	same want got
}
LANE=$("$tool" cast sig 'lane(uint32)' | sed 's/^0x//')
transactions() {
	[ $(($(nonce) - FIRST)) -eq "$1" ] || { echo "$(($(nonce) - FIRST)) transactions, want $1"; return 1; }
}
night n1 1 9 10

# ---- the journal is lost ------------------------------------------------------------------

case_ 'lost while the batch is in flight: known again, and settled' '
	exits 75 pay n1 >out 2>err
	rm -r s
	exits 75 pay n1 >out 2>err
	transactions 1
	pass 60
	exits 0 pay n1 >out 2>err
	all_have 9 10
	transactions 2
'

case_ 'lost when all is settled: found in the logs, nothing is posted' '
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out1 2>err
	rm -r s
	exits 0 pay n1 >out2 2>err
	has err "1 batches of this pool are settled, and the journal knows none of them: looking for ours"
	has err "batch 1 was posted by another run, and is settled"
	transactions 2
	all_have 9 10
	# the same receipt
	grep kind.:.receipt out1 >want
	grep kind.:.receipt out2 >got
	same want got
'

case_ 'lost between two nights, with another batch between them' '
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out 2>err
	night n2 10 12 10
	exits 75 other n2 >out 2>err
	pass 60
	exits 0 other n2 >out 2>err
	rm -r s
	exits 0 pay n1 >out 2>err
	all_have 12 10
	[ "$(settled)" -eq 2 ]
	exits 0 pay n2 >out 2>err
	transactions 2
'

# ---- two hosts ------------------------------------------------------------------------------

case_ 'two hosts, one after the other, with two keys: the second one sees it' '
	exits 75 pay n1 >out 2>err
	exits 75 other n1 >out 2>err
	pass 60
	exits 0 other n1 >out 2>err
	has err "batch 1 is settled"
	exits 0 pay n1 >out 2>err
	[ "$(settled)" -eq 1 ]
	all_have 9 10
	transactions 1
'

case_ 'two hosts at once, with two keys' '
	pay n1 >out 2>err & one=$!
	other n1 >out2 2>err2 & two=$!
	wait $one || [ $? -eq 75 ]
	wait $two || [ $? -eq 75 ]
	pass 60
	pay n1 >out 2>err & one=$!
	other n1 >out2 2>err2 & two=$!
	wait $one || [ $? -eq 75 ]
	wait $two || [ $? -eq 75 ]
	exits 0 pay n1 >out 2>err
	exits 0 other n1 >out2 2>err
	[ "$(settled)" -eq 1 ]
	all_have 9 10
'

case_ 'two hosts at once, with one key' '
	same_key() { lbl-payout --state s2 $ALL "$@"; }
	pay n1 >out 2>err & one=$!
	same_key n1 >out2 2>err2 & two=$!
	wait $one || [ $? -eq 75 ]
	wait $two || [ $? -eq 75 ]
	pass 60
	pay n1 >out 2>err & one=$!
	same_key n1 >out2 2>err2 & two=$!
	wait $one || [ $? -eq 75 ]
	wait $two || [ $? -eq 75 ]
	exits 0 pay n1 >out 2>err
	exits 0 same_key n1 >out2 2>err
	[ "$(settled)" -eq 1 ]
	all_have 9 10
'

# ---- a node that lies -----------------------------------------------------------------------

put lies nothing
"$LBL_TOP/t/tool/twist.js" "$NODE" lies >twist.url &
TWIST=$!
trap 'kill $TWIST $NODE_PID 2>/dev/null; wait $NODE_PID 2>/dev/null; cd / && rm -rf "$work"' EXIT
for _i in $(seq 1 100); do [ ! -s twist.url ] || break; sleep 0.1; done
liar_pay() {
	lbl-payout --state s $REST --rpc "$(cat twist.url)" "$@"
}

case_ 'the pool quotes other pay than the rule: nothing is signed' '
	put lies $("$tool" cast sig "quote(uint32,uint24,uint16,uint16,uint8,uint16)")
	exits 1 liar_pay n1 >out 2>err
	has err "the pool would pay worker 1 $((10 * NEW + 1)) base units, and the rule says $((10 * NEW)): nothing was signed"
	transactions 0
	[ "$(grep -c kind.:.try s/journal.ndjson)" -eq 0 ]
	put lies nothing
	exits 75 liar_pay n1 >out 2>err
	pass 60
	put lies "no receiver"
	exits 1 liar_pay n1 >out 2>err
	has err "batch 1 would pay $(((45 * 10 * NEW / 1000000000000 + 1)))000000000000 base units by the pool, and by the rule $((45 * 10 * NEW))"
	transactions 1
	put lies nothing
	exits 0 liar_pay n1 >out 2>err
	all_have 9 10
'

# ---- many workers ---------------------------------------------------------------------------

for i in $(seq 1 2500); do score "$(worker "$i")" big 1 9000 8000; done | seal >big
case_ 'more than 2048 workers: two batches' '
	exits 75 pay big >out 2>err
	[ "$(field out batch id | wc -l)" -eq 2 ]
	has err "batch 1 is posted: 2047 payments"
	pass 60
	exits 75 pay big >out 2>err
	has err "batch 2 is posted: 453 payments"
	pass 60
	exits 0 pay big >out 2>err
	for i in 1 2047 2048 2500; do [ "$(credit $i)" = $NEW ]; done
	[ "$(credit 2501)" = 0 ]
	transactions 4
	# no transaction of more gas or bytes than one may have
	jq -r "select(.kind == \"tx\") | .raw" out | while read -r raw; do [ ${#raw} -lt 262144 ]; done
	holds out "map(select(.kind == \"receipt\")) | all(.gas < 16777216)"
'

case_ 'credit is pushed to thousands, some hundred at a time, and to who has enough' '
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out 2>err
	exits 0 lbl-payout withdraw --state s $ALL --all --min-credit $((60 * NEW)) >out 2>err
	has err "4 workers have $(((60 + 70 + 80 + 90) * NEW)) base units to draw"
	[ "$(credit 5)" = $((50 * NEW)) ]
	[ "$(credit 6)" = 0 ]
	[ "$(balance "$(worker 6)")" = $((60 * NEW)) ]
	exits 0 lbl-payout withdraw --state s $ALL --all >out 2>err
	[ "$(balance "$(worker 5)")" = $((50 * NEW)) ]
	transactions 4
'

# ---- kills --------------------------------------------------------------------------------------

if [ "${LBL_SAN-}" ] || ! ${CC:-cc} -O1 -shared -fPIC -o killat.so "$LBL_TOP/t/tool/shim/killat.c" -ldl 2>cc.log; then
	skip 'killed' 'no library can be preloaded here'
	finish
fi
killed_at() {
	_code=0
	LD_PRELOAD=$PWD/killat.so KILLAT=$1 KILLAT_STATE=$PWD/state pay -q n1 >out 2>err || _code=$?
	[ "$_code" -eq 137 ]
}
# half - killed again and again, each time some calls later, until a run ends by itself
half() {
	at=$1 n=0
	while rm -f state; killed_at "send:$at"; do
		at=$((at + 9)) n=$((n + 1))
		[ $n -lt 60 ] || return 1
	done
	[ $n -gt 2 ]
}
case_ 'killed again and again, before the window and behind it' '
	half 5
	transactions 1
	pass 60
	half 7
	exits 0 pay -q n1 >out 2>err
	transactions 2
	all_have 9 10
'
case_ 'killed around each write and sync of the journal' '
	for phase in 1 2; do
		for when in write-journal:1 write-journal:1+ write-journal:1/ fdatasync:2 fdatasync:2+ write-journal:2+ write-journal:2/ \
			fdatasync:3+ write-journal:3+ write-journal:3/ write-journal:4+; do
			rm -f state
			killed_at $when || :
		done
		pay -q n1 >out 2>err || [ $? -eq 75 ]
		pass 60
	done
	exits 0 pay -q n1 >out 2>err
	transactions 2
	all_have 9 10
'
finish
