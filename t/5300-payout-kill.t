#!/bin/sh
# lbl-payout killed at every kind of moment, and started again: each worker has exactly
# what is owed, and the payer made no transaction too many.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

if [ "${LBL_SAN-}" ]; then
	skip 'killed at 50 moments and more' 'the sanitizers and the preloaded library are in each other'"'"'s way'
	finish
elif ! has_node; then
	skip 'killed at 50 moments and more' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
elif ! ${CC:-cc} -O1 -shared -fPIC -o killat.so "$LBL_TOP/t/tool/shim/killat.c" -ldl 2>cc.log ||
	! LD_PRELOAD=$PWD/killat.so true 2>>cc.log; then
	skip 'killed at 50 moments and more' 'no library can be preloaded here'
	finish
fi

N=20
keystore
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
token_deploy || { t 'a token is deployed' false; finish; }
rpc evm_snapshot '[]' >snapshot
FIRST=$(nonce)

put policy '{"rate":"1000","pay":"flat"}'
for i in $(seq 1 $N); do score "$(worker $i)" e "$i" 1; done | seal >scores

# what all workers hold, asked in one request: amounts in the order of the workers
for i in $(seq 1 $N); do
	w=$(worker "$i")
	printf '%s{"jsonrpc":"2.0","id":%d,"method":"eth_call","params":[{"to":"%s","data":"%s"},"latest"]}' \
		"$([ "$i" -eq 1 ] && echo '[' || echo ',')" "$i" "$TOKEN" \
		"0x70a08231000000000000000000000000${w#0x}"
done >ask
echo ']' >>ask
for i in $(seq 1 $N); do printf '%d 0x%064x\n' "$i" $((i * 1000)); done >want

new_round() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rpc anvil_setNextBlockBaseFeePerGas '["0x3b9aca00"]' >>log      # which it does not revert
	rm -f j state
}

pay() {
	lbl-payout -q --policy policy --key key.json --password-file password.txt --token "$TOKEN" \
		--rpc "$NODE" --tip 1gwei --journal j --confirmations 1 --wait 20 scores >out 2>err
}

# killed_at WHEN - 0 when it was killed there, 1 when it ended before
killed_at() {
	_code=0
	LD_PRELOAD=$PWD/killat.so KILLAT=$1 KILLAT_STATE=$PWD/state pay || _code=$?
	[ "$_code" -eq 137 ]
}

# last_run - to the end.  Under load this node can put a transaction aside whose predecessor is
# being mined at that moment, and never look at it again: it says "already imported" and
# mines nothing.  So a 75 is answered as by an operator whose node has lost its pool: run it again.
last_run() {
	_code=0
	LD_PRELOAD=$PWD/killat.so KILLAT_STATE=$PWD/state pay || _code=$?
	[ $_code -ne 75 ] || { cat err; rpc anvil_dropAllTransactions '[]' >>log; _code=0; pay || _code=$?; }
	return $_code
}

# all_paid - a last run, and a look at the chain
all_paid() {
	last_run || { echo "$1: the last run: $?"; cat err; return 1; }
	curl -s --noproxy '*' -H 'content-type: application/json' -d @ask "$NODE" | tr '{' '\n' |
		sed -n 's/.*"id":\([0-9]*\).*"result":"\(0x[0-9a-f]*\)".*/\1 \2/p' | sort -n >got
	same want got || { echo "$1: wrong balances"; return 1; }
	[ $(($(nonce) - FIRST)) -eq $N ] || { echo "$1: $(($(nonce) - FIRST)) transactions for $N payments"; return 1; }
	[ "$(grep -c '"kind":"try"' j)" -eq $N ] && [ "$(grep -c '"kind":"mined"' j)" -eq $N ] &&
		[ "$(field out receipt status | grep -c 1)" -eq $N ] || { echo "$1: journal or output"; return 1; }
}

new_round
LD_PRELOAD=$PWD/killat.so KILLAT_LOG=$PWD/calls KILLAT_STATE=$PWD/state pay
t 'a run that nobody disturbs' 'all_paid undisturbed'
grep '"kind":"tx"' out >whole

# Before and after each call that touches the journal, and in the middle of its writes;
# before and after some of the many that talk to the node.  (How often it asks for
# receipts, and so how often the journal grows after the first of them, is up to chance.)
awk '
	/write-journal:[12]$|fsync|fdatasync:[123]$|flock|stdout/ { print; print $0 "+" }
	/write-journal:[12]$|stdout/ { print $0 "/" }
	/connect|send|recv/ { talk[++n] = $0 }
	END { for (i = 0; i < 40; i++) print talk[int(i * n / 45) + 1] (i % 2 ? "+" : "") }
' calls | awk '!seen[$0]++' >moments

t "killed at $(wc -l <moments) moments, at least 50" '
	[ "$(wc -l <moments)" -ge 50 ]
	while read -r when; do
		new_round
		killed_at "$when" || { echo "$when: not killed"; cat err; exit 1; }
		all_paid "$when"
		grep kind.:.tx out >txs
		same whole txs || { echo "$when: other transactions"; exit 1; }
	done <moments
'

# The machine goes down too: of the journal only what was synced is left.
t 'killed, and the power fails' '
	export KILLAT_POWER=1
	{ grep -e journal -e fdatasync -e stdout moments; grep send moments; } >cuts
	while read -r when; do
		new_round
		killed_at "$when" || { echo "$when: not killed"; exit 1; }
		all_paid "$when"
	done <cuts
'

# What the first run wrote and did not sync, the second one reads and acts upon; then the
# power fails.  Only when the second has synced it is there still a record of it.
t 'killed before the sync, run again, and then the power fails' '
	for when in send:2+ send:7+ send:20 send:30+ recv:40; do
		new_round
		killed_at write-journal:1+ || exit 1
		grep -q try j
		KILLAT_POWER=1 killed_at "$when" || exit 1
		all_paid "$when"
	done
'

t 'killed again and again, each time a little later' '
	new_round
	at=1 n=0
	while killed_at "send:$at"; do
		at=$((at + 3)) n=$((n + 1))
		[ "$n" -lt 100 ] || exit 1
	done
	[ "$n" -gt 5 ]
	all_paid again
'
finish
