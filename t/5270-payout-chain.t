#!/bin/sh
# lbl-payout on a chain that moves: replacements, reorganisations, finality, two endpoints;
# and the verbs that tell: facts, status, address.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

keystore
A=$(worker 1) B=$(worker 2)
KEYS="--key key.json --password-file password.txt"
put policy '{"rate":"10","pay":"flat"}'
{ score $A e 10 1; score $B e 20 1; } | seal >scores

t 'address: from the key itself; a file that says another is refused' '
	sed "s/f39fd6e51aad88f6f4ce6ab8827279cfffb92266/0000000000000000000000000000000000000001/" key.json >other.json
	exits 0 lbl-payout address --key key.json --password-file password.txt >out 2>err
	empty err
	head -1 out >got
	says got "{\"kind\":\"address\",\"address\":\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\"}"
	exits 65 lbl-payout address --key other.json --password-file password.txt >out 2>err
	empty out
	put wrong "battery staple"
	exits 77 lbl-payout address --key key.json --password-file wrong >out 2>err
	empty out
	exits 64 lbl-payout address --key key.json 2>err
	exits 64 lbl-payout address $KEYS in 2>err
	says err "lbl-payout: address reads no files (see lbl-payout --help)"
'
t 'status and facts: what is missing' '
	exits 64 lbl-payout status 2>err
	says err "lbl-payout: status wants --journal FILE (see lbl-payout --help)"
	exits 66 lbl-payout status --journal nowhere 2>err
	says err "lbl-payout: nowhere: No such file or directory"
	[ ! -e nowhere ]
	exits 64 lbl-payout facts 2>err
	says err "lbl-payout: facts wants --rpc URL (see lbl-payout --help)"
	exits 69 lbl-payout facts --rpc http://127.0.0.1:1 >out 2>err
	empty out
	exits 64 lbl-payout facts --rpc http://127.0.0.1:1 --from mary 2>err
'

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
node_start --chain-id 31337 --slots-in-an-epoch 1 || { t 'anvil starts' false; finish; }
token_deploy || { t 'a token is deployed' false; finish; }
rpc evm_snapshot '[]' >snapshot
FIRST=$(nonce)

case_() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rpc anvil_setNextBlockBaseFeePerGas '["0x3b9aca00"]' >>log
	rm -f j err out
	t "$1" "$2"
	rpc evm_setAutomine '[true]' >>log
	rpc anvil_dropAllTransactions '[]' >>log
}
pay() {
	lbl-payout -q --policy policy $KEYS --token "$TOKEN" --rpc "$NODE" --journal j --confirmations 1 --wait 20 "$@"
}
paid() {
	[ "$(balance $A)" = "$1" ] || { echo "A has $(balance $A), want $1"; return 1; }
	[ "$(balance $B)" = "$2" ] || { echo "B has $(balance $B), want $2"; return 1; }
	[ $(($(nonce) - FIRST)) = "$3" ] || { echo "$(nonce) - $FIRST, want $3"; return 1; }
}

case_ 'facts: what a node says, to sign without it' '
	exits 0 lbl-payout facts --rpc $NODE --from $PAYER --token $TOKEN >facts 2>err
	empty err
	holds facts ".[0] | .kind == \"chain\" and .chain == 31337 and .nonce == $FIRST and .base_fee == \"1000000000\" and
		(.genesis | length) == 66 and (.code | length) == 66 and .from == \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\""
	lbl-payout plan -q --policy policy scores >planned
	exits 0 lbl-payout sign -q $KEYS --token $TOKEN planned facts >signed 2>err
	exits 64 lbl-payout sign -q $KEYS --token $TOKEN planned >out 2>err
	exits 78 lbl-payout sign -q $KEYS --token $TOKEN --chain-id 1 planned facts >out 2>err
	says err "lbl-payout: the chain record is of chain 31337, not 1"
	lbl-payout facts --rpc $NODE --from $A >his
	exits 78 lbl-payout sign -q $KEYS --token $TOKEN planned his >out 2>err
	says err "lbl-payout: the chain record has the nonce of another account: make one with --from, or give --nonce"
	exits 75 lbl-payout sign -q $KEYS --token $TOKEN --max-fee 999999999 planned facts >out 2>err
	has err "the base fee of the next block is 1000000000 wei, above --max-fee 999999999: nothing was signed"
	exits 0 lbl-payout send -q --rpc $NODE --journal j --confirmations 1 signed >out
	paid 100 200 2
'
case_ 'facts that make no sense' '
	lbl-payout facts -q --rpc $NODE --from $PAYER | grep chain >good
	payment 1 $A 5 >in
	for bad in "s/\"chain\":31337/\"chain\":0/" "s/\"chain\":31337/\"chain\":\"31337\"/" "s/\"nonce\":/&1./" \
		"s/\"base_fee\":\"/&x/" "s/\"tip\":\"[^\"]*\",//" "s/\"from\":\"0x/&0/" "s/\"nonce\":[0-9]*/\"nonce\":9007199254740992/"; do
		sed "$bad" good >bad
		exits 65 lbl-payout sign -q --unsealed $KEYS --token $TOKEN in bad >out 2>err
		has err "lbl-payout: bad:1: field "
		empty out
	done
'

case_ 'fees too low for the chain: replaced, and each is paid once' '
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --wait 0 scores >out 2>err
	# the base fee leaps; what is signed offers too little for ever
	rpc anvil_setNextBlockBaseFeePerGas "[\"0x174876e800\"]" >>log
	rpc evm_mine "[]" >>log
	paid 0 0 0
	rpc evm_setAutomine "[true]" >>log
	exits 0 pay scores >out1 2>err
	paid 100 200 2
	[ "$(grep -c kind.:.try j)" -eq 4 ]
	[ "$(grep -c kind.:.mined j)" -eq 2 ]
	exits 0 pay scores >out2
	same out1 out2
	# what was signed first is of no use to anybody
	field j try raw | while read -r raw; do rpc eth_sendRawTransaction "[\"$raw\"]" >>log; done
	paid 100 200 2
	lbl-payout status -q --journal j >told
	holds told "[.[] | select(.kind == \"attempt\")] | length == 2 and all(.state == \"paid\" and .tries == 2)"
	# an auditor finds nothing wrong with two transactions for one payment that share a nonce
	lbl-audit replay --only out1 >findings 2>err || :
	holds findings "all(.rule != \"paid-twice\" and .rule != \"tx\" and .rule != \"receipt\")"
'
case_ 'killed between the journal and the wire: the replacement is sent by the next run' '
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --wait 0 scores >out 2>err
	rpc anvil_setNextBlockBaseFeePerGas "[\"0x174876e800\"]" >>log
	rpc evm_mine "[]" >>log
	cp j before
	exits 75 pay --wait 0 scores >out 2>err
	cp j after
	[ "$(grep -c try j)" -eq 4 ]
	# the pool forgets; of the journal all is there, or half of it, or half a line
	for n in 4 3; do
		rpc anvil_dropAllTransactions "[]" >>log
		head -$n after >j
		exits 75 pay --wait 0 scores >out 2>err
		[ "$(grep -c try j)" -eq 4 ]
		same after j
	done
	rpc anvil_dropAllTransactions "[]" >>log
	head -c $(($(head -3 after | wc -c) + 300)) after >j
	rpc evm_setAutomine "[true]" >>log
	exits 0 pay scores >out 2>err
	paid 100 200 2
'
case_ '--max-fee: it waits rather than pay more' '
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --wait 0 --max-fee 5gwei scores >out 2>err
	rpc anvil_setNextBlockBaseFeePerGas "[\"0x174876e800\"]" >>log
	rpc evm_mine "[]" >>log
	exits 75 pay --wait 1 --max-fee 5gwei scores >out 2>err
	paid 0 0 0
	lbl-payout status --journal j >told 2>err
	says err "$(printf "lbl-payout: 2 transactions for 2 payments, %s replacements\nlbl-payout: 0 paid, 2 open, 0 failed, of which 0 were followed by another\nlbl-payout: the lowest open nonce is %s: run lbl-payout send, or the whole job, again" "$(($(grep -c try j) - 2))" "$FIRST")"
	exits 0 pay --max-fee 500gwei scores >out 2>err || { rpc evm_mine "[]" >>log; exits 0 pay --max-fee 500gwei scores >out 2>err; }
	paid 100 200 2
'

case_ 'finalized: not before, and then once' '
	final() { lbl-payout -q --policy policy $KEYS --token $TOKEN --rpc $NODE --journal j --wait "$1" scores; }
	rpc anvil_mine "[\"0x8\"]" >>log
	exits 75 final 2 >out 2>err
	paid 100 200 2
	has err "not final yet"
	[ "$(grep -c mined j)" -eq 0 ]
	rpc anvil_mine "[\"0x8\"]" >>log
	exits 0 final 5 >out 2>err
	[ "$(grep -c mined j)" -eq 2 ]
	paid 100 200 2
'
case_ 'a reorganisation before that: the bytes of the journal bring it back' '
	final() { lbl-payout -q --policy policy $KEYS --token $TOKEN --rpc $NODE --journal j --wait "$1" scores; }
	rpc anvil_mine "[\"0x8\"]" >>log
	exits 75 final 2 >out 2>err
	paid 100 200 2
	cp j before
	# the blocks that held them go, and the pool forgets them
	rpc anvil_rollback "[10]" >>log
	rpc anvil_dropAllTransactions "[]" >>log
	paid 0 0 0
	exits 75 final 2 >out 2>err
	same before j
	paid 100 200 2
	rpc anvil_mine "[\"0x8\"]" >>log
	exits 0 final 5 >out 2>err
	paid 100 200 2
'

case_ 'two endpoints, of which one goes away' '
	exits 0 pay --rpc http://127.0.0.1:1 scores >out 2>err
	has err "lbl-payout: http://127.0.0.1:1: "
	has err ": not used in this run"
	paid 100 200 2
'
finish
