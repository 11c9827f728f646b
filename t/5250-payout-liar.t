#!/bin/sh
# lbl-payout and a node that lies, errs, or talks about something else: no money moves on
# the strength of that, and the status says whether to try again.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1)
TOKEN=0x5FbDB2315678afecb367f032d93F642f64180aa3
keystore
payment 1 "$A" 5 >in
lbl-payout sign -q --unsealed --key key.json --password-file password.txt --token $TOKEN --chain-id 31337 --nonce 0 \
	--max-fee 3000000000 --tip 1000000000 in >signed
HASH=$(field signed tx hash)

truth
liar_start answers

sign() {
	lbl-payout sign -q --unsealed --key key.json --password-file password.txt --token $TOKEN --rpc "$NODE" in
}
send() {
	lbl-payout send -q --unsealed --rpc "$NODE" --journal j --confirmations 1 --wait "${1-0}" signed
}
# refuses COMMAND STATUS TEXT LINE... - with these lies
refuses() {
	_cmd=$1 _status=$2 _text=$3
	shift 3
	rm -f j
	lie "$@"
	exits "$_status" "$_cmd" >out 2>err
	has err "$_text"
}

t 'the truth' '
	exits 0 sign >out 2>err
	empty err
	[ "$(field out tx nonce)" = 0 ]
	lie "$(receipt 16 1 $HASH)" "eth_getTransactionCount \"0x1\""
	exits 0 send >out 2>err
	[ "$(field out receipt hash)" = $HASH ]
'

t 'signing: numbers that cannot be' '
	refuses sign 69 "chain id 0 is out of range" "eth_chainId \"0x0\""
	refuses sign 69 "chain id 9007199254740992 is out of range" "eth_chainId \"0x20000000000000\""
	refuses sign 69 "chain id: eth_chainId: the result does not fit into 64 bits" "eth_chainId \"0x10000000000000000\""
	refuses sign 69 "nonce 9007199254740992 is out of range" "eth_getTransactionCount \"0x20000000000000\""
	refuses sign 69 "nonce 18446744073709551615 is out of range" "eth_getTransactionCount \"0xffffffffffffffff\""
	refuses sign 69 "a transfer would take 18446744073709551615 gas" "eth_estimateGas \"0xffffffffffffffff\""
	refuses sign 65 "gas limit 1 is below the" "eth_estimateGas \"0x1\""
'

t 'signing: fees that would ruin the payer' '
	history() { echo "eth_feeHistory {\"baseFeePerGas\":[\"0x7\",\"$1\"],\"gasUsedRatio\":[1],\"reward\":[[\"$2\"]]}"; }
	refuses sign 69 "priority fee is beyond belief: give --tip" "$(history 0x7 0xde0b6b3a7640000)"
	refuses sign 69 "base fee is beyond belief: give --max-fee" "$(history 0x$(printf %064d 0 | tr 0 f) 0x1)"
	refuses sign 69 "fees: eth_feeHistory: the result is no fee history" "eth_feeHistory {}"
	refuses sign 69 "fees: eth_feeHistory: the result is no fee history" "eth_feeHistory null"
	old="eth_feeHistory !{\"code\":-32601,\"message\":\"the method eth_feeHistory does not exist\"}"
	refuses sign 69 "the latest block has no base fee" "$old" "eth_getBlockByNumber null"
	refuses sign 69 "priority fee is beyond belief: give --tip" "$old" "eth_maxPriorityFeePerGas \"0xde0b6b3a7640000\""
'

t 'signing: no token' '
	refuses sign 78 "no contract at $TOKEN, so no token to pay in" "eth_getCode \"0x\""
	refuses sign 78 "tells no balance: it is no ERC-20 token" "eth_call \"0x\""
	refuses sign 78 "tells no balance: it is no ERC-20 token" "eth_call !{\"code\":3,\"message\":\"execution reverted\"}"
	refuses sign 1 "5 base units are to be paid, and the payer holds 4: nothing was signed" "eth_call \"0x$(printf %064x 4)\""
'

t 'signing: no sense' '
	refuses sign 69 "chain id: the answer is no JSON-RPC object" "* %<html>"
	refuses sign 69 "chain id: method not found" "eth_chainId !{\"code\":-32601,\"message\":\"method not found\"}"
	refuses sign 75 "chain id: too many requests" "eth_chainId !{\"code\":429,\"message\":\"too many requests\"}"
	refuses sign 1 "payment to $A would fail: execution reverted: custom error 0x12345678; nothing was signed" \
		"eth_estimateGas !{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x12345678\"}"
'

t 'sending: refused before the journal is touched' '
	for l in "* %<html>" "eth_chainId \"0x1\"" "eth_getCode \"0x\"" "eth_getTransactionCount \"0x1\""; do
		rm -f j
		lie "$l"
		! send >out 2>err
		empty out
		[ ! -s j ]
	done
'

OPEN='1 payment is not confirmed yet'
t 'receipts that prove nothing' '
	used="eth_getTransactionCount \"0x1\""
	rm -f j
	lie
	exits 75 send >out 2>err
	has err "$OPEN"
	cp j tried
	for l in "$(receipt 17 1 $HASH)" "eth_getTransactionReceipt {\"transactionHash\":\"$ZERO\",\"status\":\"0x1\",\"blockNumber\":\"0x10\",\"blockHash\":\"$ZERO\",\"gasUsed\":\"0x5208\"}" "$(receipt 16 2 $HASH)" \
		"$(receipt 16 1 $HASH $GENESIS)" \
		"eth_getTransactionReceipt true" "eth_getTransactionReceipt {}"; do
		lie "$l" "$used"
		exits 75 send >out 2>err
		has err ": run it again"
		same tried j
	done
	lie "eth_getTransactionReceipt !{\"code\":4444,\"message\":\"pruned history unavailable\"}" "$used"
	exits 75 send >out 2>err
	same tried j
'

t 'answers to a transaction that prove nothing' '
	for l in "\"$ZERO\"" "null" "!{\"code\":-32000,\"message\":\"whatever\"}" "!{\"code\":-32000,\"message\":\"txpool is full\"}" \
		"!{\"code\":-32000,\"message\":\"nonce too low\"}" "!{\"code\":-32000,\"message\":\"transaction underpriced\"}"; do
		rm -f j
		lie "eth_sendRawTransaction $l"
		exits 75 send >out 2>err
		has err "$OPEN"
	done
'

t 'a refusal for good: told, exit 1, and tried again by the next run' '
	rm -f j
	lie "eth_sendRawTransaction !{\"code\":-32000,\"message\":\"intrinsic gas too low\"}"
	exits 1 send >out 2>err
	has err "refuses the transaction: intrinsic gas too low"
	lie "$(receipt 16 1 $HASH)" "eth_getTransactionCount \"0x1\""
	exits 0 send >out 2>err
'

t 'a nonce in the journal that leaves a gap is told' '
	lie
	lbl-payout sign -q --unsealed --key key.json --password-file password.txt --token $TOKEN --chain-id 31337 \
		--nonce 3 --max-fee 3000000000 --tip 1000000000 in >later
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" later >j
	exits 75 lbl-payout send -q --unsealed --rpc $NODE --journal j --confirmations 1 --wait 0 later >out 2>err
	has err "the first of them has nonce 3, and the payer'"'"'s next one is 0: what is between is missing"
'

t 'a node that asks for patience gets it, within --wait' '
	rm -f j
	lie "eth_sendRawTransaction !{\"code\":-32005,\"message\":\"rate limit\",\"data\":{\"rate\":{\"backoff_seconds\":600}}}"
	begin=$(date +%s)
	exits 75 send 1 >out 2>err
	[ $(($(date +%s) - begin)) -lt 5 ]
'
finish
