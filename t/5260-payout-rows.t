#!/bin/sh
# lbl-payout and what real nodes answer: a case for each row of what is known to come, in
# the words of each client, with the one reaction that neither loses money nor pays twice.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1)
TOKEN=0x5FbDB2315678afecb367f032d93F642f64180aa3
keystore
payment 1 "$A" 5 >in
KEYS="--key key.json --password-file password.txt"
lbl-payout sign -q --unsealed $KEYS --token $TOKEN --chain-id 31337 --nonce 0 --max-fee 3gwei --tip 1gwei in >signed
HASH=$(field signed tx hash) RAW=$(field signed tx raw)
truth
truth other
liar_start other
OTHER=$NODE
liar_start answers

# sign, send, raise - with the node; raise has the key to replace what hangs
sign() {
	lbl-payout sign -q --unsealed $KEYS --token $TOKEN --rpc "$NODE" "$@" in
}
send() {
	lbl-payout send -q --unsealed --journal j --rpc "$NODE" --confirmations 1 --wait "$@" signed
}
raise() {
	send "$@" $KEYS
}
# error CODE MESSAGE - what an answer holds
error() {
	printf '!{"code":%d,"message":"%s"}' "$1" "$2"
}
# fees - the tip and the most that each raw transaction (nonce 0) on stdin offers, in hexadecimal digits
fees() {
	sed -n 's/.*02f8..827a69808[45]\(\([0-9a-f]\{2\}\)\{4,5\}\)8[45]\(\([0-9a-f]\{2\}\)\{4,5\}\)83030d40.*/\1 \3/p'
}
# raised FILE - each transaction of the journal offers at least 12.5 % more than the one before, in both
raised() {
	field "$1" try raw | fees | {
		tip=0 most=0 n=0
		while read -r t m; do
			t=$((0x$t)) m=$((0x$m)) n=$((n + 1))
			[ $((t * 8)) -gt $((tip * 9)) ] && [ $((m * 8)) -gt $((most * 9)) ] ||
				{ echo "$tip $most, then $t $m"; exit 1; }
			tip=$t most=$m
		done
		echo "$n" >n
	}
	says n "$2"
}
# only_raw FILE - the node was handed these bytes alone
only_raw() {
	[ "$(grep '^eth_sendRaw' "$1" | sort -u)" = "eth_sendRawTransaction [\"$RAW\"]" ]
}
MINED="$(receipt 16 1 "$HASH")"
USED='eth_getTransactionCount "0x1"'

row() {
	rm -f j answers.log other.log
	cp truth answers
	cp truth other
	t "$@"
}

row 'the truth: sent once, confirmed' '
	lie "eth_getTransactionCount<1 \"0x0\"" "eth_getTransactionCount<2 \"0x0\"" "eth_getTransactionCount<3 \"0x0\"" "$USED" "$MINED"
	exits 0 send 5 >out 2>err
	empty err
	only_raw answers.log
	[ "$(asked eth_sendRawTransaction)" -eq 1 ]
'

row 'already in the pool: a success' '
	for words in "already known" "transaction already imported" "AlreadyKnown" "INTERNAL_ERROR: existing tx with same hash" \
		"Known transaction"; do
		rm -f j
		lie "eth_sendRawTransaction $(error -32000 "$words")"
		exits 75 send 0 >out 2>err
		has err "(the node on the first of them: known)"
	done
'

row 'nonce too low is no failure: receipts of every transaction with that nonce are looked for' '
	lie "eth_sendRawTransaction<1 $(error -32000 "replacement transaction underpriced")"
	exits 75 raise 1 >out 2>err
	raised j 2
	for words in "nonce too low: next nonce 7, tx nonce 5" "nonce too low" "OldNonce"; do
		cp j before
		lie "eth_sendRawTransaction $(error -32000 "$words")" "$USED" "$MINED"
		exits 0 send 5 >out 2>err
		[ "$(field out receipt hash)" = "$HASH" ]
		[ "$(grep -c mined j)" -eq 1 ]
		mv before j
	done
'
row 'the nonce is used, and by none of ours: dead only when the block of that is believed, and no endpoint knows better' '
	low="eth_sendRawTransaction $(error -32000 "nonce too low")"
	lie "$low" "eth_getTransactionCount?0xa \"0x0\"" "$USED"
	lie "$low"
	exits 75 send 0 >out 2>err
	lie "$low" "eth_getTransactionCount?0xa \"0x0\"" "$USED"
	exits 75 lbl-payout send -q --unsealed --journal j --rpc $NODE --wait 0 signed >out 2>err
	lie "$low" "$USED"
	lie_to other "$low" "$USED" "$(receipt 16 1 $HASH $GENESIS)"
	exits 75 send 0 --rpc $OTHER >out 2>err
	exits 1 send 5 >out 2>err
	has err "nonce 0 was used by a transaction that this journal does not know"
'

row 'another one with that nonce is in the pool: both fees are raised by 12.5 % and more, in the journal first' '
	for words in "replacement transaction underpriced" "ReplacementNotAllowed" "FeeTooLowToCompete" "could not replace existing tx"; do
		rm -f j
		lie "eth_sendRawTransaction<3 $(error -32000 "$words")"
		exits 75 raise 2 >out 2>err
		raised j 4
		field j try raw | sort >tried
		sed -n "s/^eth_sendRawTransaction \[\"\(.*\)\"\]/\1/p" answers.log | sort -u >sent
		same tried sent
	done
'
row 'without the key nothing is raised, and it says so' '
	lie "eth_sendRawTransaction $(error -32000 "replacement transaction underpriced")"
	exits 75 send 1 >out 2>err
	raised j 1
	has err "the node wants higher fees: replacement transaction underpriced"
'
row 'the key of somebody else raises nothing' '
	make-keystore 0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d "$PASSWORD" >his.json
	lie "eth_sendRawTransaction $(error -32000 "replacement transaction underpriced")"
	exits 75 send 1 --key his.json --password-file password.txt >out 2>err
	raised j 1
	has err "--max-fee or the key allows no higher fees"
'
row 'no room in the journal for the replacement: it is not sent' '
	lie "eth_sendRawTransaction $(error -32000 "replacement transaction underpriced")"
	short() { (ulimit -f 2; raise 2); }
	exits 74 short >out 2>err
	raised j 1
	only_raw answers.log
'

row 'the floor of the pool: raised to the market' '
	for words in "transaction underpriced" "transaction gas price below minimum: gas tip cap 1, minimum needed 2" "FeeTooLow"; do
		rm -f j
		lie "eth_sendRawTransaction<1 $(error -32000 "$words")" \
			"eth_feeHistory {\"baseFeePerGas\":[\"0x3b9aca00\",\"0x3b9aca00\"],\"gasUsedRatio\":[0.5],\"reward\":[[\"0x77359400\"]]}"
		exits 75 raise 1 >out 2>err
		# 2 gwei, and 2 * 1 + 2 gwei
		field j try raw | fees | tail -1 >got
		says got "77359400 ee6b2800"
	done
'
row '--max-fee is never exceeded' '
	lie "eth_sendRawTransaction $(error -32000 "transaction underpriced")" \
		"eth_feeHistory {\"baseFeePerGas\":[\"0x1\",\"0x3b9aca00\"],\"gasUsedRatio\":[0.5],\"reward\":[[\"0x174876e800\"]]}"
	exits 75 raise 2 --max-fee 3.6gwei >out 2>err
	has err "--max-fee or the key allows no higher fees"
	raised j 2
	field j try raw | fees | tail -1 >got
	# 3.6 gwei, all of it
	says got "d693a400 d693a400"
'
row 'fees beyond belief are not followed: an eighth, and no more' '
	lie "eth_sendRawTransaction<1 $(error -32000 "transaction underpriced")" \
		"eth_feeHistory {\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"gasUsedRatio\":[0.5],\"reward\":[[\"0x7fffffffffff\"]]}"
	exits 75 raise 1 >out 2>err
	field j try raw | fees | tail -1 >got
	says got "430e2341 c92a69c1"
'
row 'a base fee above --max-fee: nothing is signed, 75' '
	lie "eth_feeHistory {\"baseFeePerGas\":[\"0x7\",\"0x65\"],\"gasUsedRatio\":[0.5],\"reward\":[[\"0x2\"]]}"
	exits 75 sign --max-fee 100 >out 2>err
	says err "lbl-payout: the base fee of the next block is 101 wei, above --max-fee 100: nothing was signed"
	empty out
	exits 0 sign --max-fee 101 >out 2>err
'
row 'fees are those of the formula: 2 * base + tip, the tip no more than all' '
	gwei="\"0x3b9aca00\""
	lie "eth_feeHistory {\"baseFeePerGas\":[\"0x1\",$gwei],\"gasUsedRatio\":[0.5,0,1],\"reward\":[[$gwei],[\"0x0\"],[\"0xb2d05e00\"]]}" \
		"eth_estimateGas \"0x$(printf %x 160000)\""
	exits 0 sign >out
	field out tx raw | fees >got
	says got "3b9aca00 b2d05e00"
	exits 0 sign --max-fee 2gwei >out
	field out tx raw | fees >got
	says got "3b9aca00 77359400"
	exits 0 sign --tip 2gwei >out
	field out tx raw | fees >got
	says got "77359400 ee6b2800"
'
row 'the base fee has outgrown what was signed: raised at once by the next run' '
	lie
	exits 75 send 0 >out 2>err
	lie "eth_feeHistory {\"baseFeePerGas\":[\"0x7\",\"0xee6b2800\"],\"gasUsedRatio\":[0.5],\"reward\":[[\"0x1\"]]}"
	exits 75 raise 0 >out 2>err
	raised j 2
	field j try raw | fees | tail -1 >got
	says got "430e2341 01dcd65001"
'
row 'nothing is mined for --bump-after: raised, again and again' '
	lie
	exits 75 raise 3 --bump-after 1 >out 2>err
	[ "$(grep -c try j)" -ge 3 ]
	raised j "$(grep -c try j)"
	# what a killed run had written is whole for the next one
	exits 75 send 0 >out 2>err
'
row 'a journal with a second transaction of a nonce that is no replacement is damaged' '
	other() {
		lbl-payout sign -q --unsealed $KEYS --token $TOKEN --chain-id 31337 --nonce 0 "$@" >more
		sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" signed more >j
	}
	for fees in "3.374gwei 1.2gwei" "3.5gwei 1.124gwei" "2gwei 1gwei"; do
		other --max-fee ${fees% *} --tip ${fees#* } in
		exits 65 send 0 >out 2>err
		says err "lbl-payout: j:2: the journal is damaged: a second transaction with nonce 0"
	done
	payment 1 $A 6 >dearer
	payment 1 $(worker 2) 5 >stranger
	for p in dearer stranger; do
		other --max-fee 4gwei --tip 2gwei $p
		exits 65 send 0 >out 2>err
		says err "lbl-payout: j:2: the journal is damaged: a second transaction with nonce 0"
	done
	other --max-fee 3.375gwei --tip 1.125gwei in
	exits 75 send 0 >out 2>err
	# and none at all once the nonce is done with
	for status in 0 1; do
		other --max-fee 3.375gwei --tip 1.125gwei in
		printf "{\"kind\":\"mined\",\"hash\":\"%s\",\"status\":%d,\"block\":1,\"gas\":1,\"payments\":[\"0x%064x\"]}\n" $HASH $status 1 >mined
		{ head -1 j; cat mined; tail -1 j; } >late
		mv late j
		exits 65 send 0 >out 2>err
		says err "lbl-payout: j:3: the journal is damaged: a second transaction with nonce 0"
	done
'

row 'whichever is mined counts; the run after it prints the same' '
	lie "eth_sendRawTransaction<1 $(error -32000 "replacement transaction underpriced")"
	exits 75 raise 1 >out 2>err
	NEW=$(field j try hash | tail -1)
	[ "$NEW" != "$HASH" ]
	lie "$(receipt 16 1 $NEW)" "$USED"
	exits 0 send 5 >out1 2>err
	[ "$(field out1 receipt hash)" = "$NEW" ]
	field out1 tx hash >got
	put want $HASH $NEW
	same want got
	exits 0 send 5 >out2 2>err
	same out1 out2
'

row 'the pool is full: patience, and the same bytes' '
	for words in "txpool is full" "account limit exceeded: pooled 64 txs"; do
		rm -f j
		lie "eth_sendRawTransaction<2 $(error -32000 "$words")" "eth_getTransactionCount<13 \"0x0\"" "$USED" "$MINED"
		exits 0 raise 20 >out 2>err
		only_raw answers.log
		[ "$(asked eth_sendRawTransaction)" -ge 3 ]
		raised j 1
	done
'

row 'no money for gas: 75 at once, the journal keeps what was signed' '
	for words in "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1" "Insufficient funds for gas * price + value" \
		"InsufficientFunds, Account balance: 0"; do
		rm -f j
		lie "eth_sendRawTransaction $(error -32003 "$words")"
		exits 75 raise 30 >out 2>err
		has err "the payer cannot pay for gas"
		raised j 1
	done
'

row 'gas, tip, chain: refused for good, told, and still in the journal' '
	for words in "intrinsic gas too low: gas 1, minimum needed 2" "insufficient gas for floor data gas cost" \
		"transaction gas limit too high (cap: 16777216, tx: 16777217)" "exceeds block gas limit" \
		"max priority fee per gas higher than max fee per gas" "invalid chain id for signer: have 1 want 2" \
		"only replay-protected (EIP-155) transactions allowed over RPC"; do
		rm -f j
		lie "eth_sendRawTransaction $(error -32000 "$words")"
		exits 1 raise 30 >out 2>err
		has err "refuses the transaction: "
		raised j 1
	done
'

row 'the cap of one node on fees: another endpoint takes it' '
	lie "eth_sendRawTransaction $(error -32000 "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)")"
	exits 1 send 0 >out 2>err
	lie_to other "eth_getTransactionCount<4 \"0x0\"" "$USED" "$MINED"
	lie "eth_sendRawTransaction $(error -32000 "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)")" \
		"eth_getTransactionCount<4 \"0x0\"" "$USED" "$MINED"
	rm j
	exits 0 send 5 --rpc $OTHER >out 2>err
	only_raw other.log
'

row 'a revert: nothing is signed' '
	lie "eth_estimateGas !{\"code\":3,\"message\":\"execution reverted: seq\",\"data\":\"0x08c379a0\"}"
	exits 1 sign >out 2>err
	has err "execution reverted: seq"
	has err "nothing was signed"
	empty out
'

row 'mined and failed: told, exit 1, and looked at again before another is made' '
	lie "$(receipt 16 0 $HASH)" "$USED" "eth_sendRawTransaction $(error -32000 "nonce too low")"
	rm -f j
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" signed >j
	exits 1 send 5 >out 2>err
	has err "the transaction was mined and failed: no money has moved"
	[ "$(field out receipt status)" = 0 ]
	exits 1 raise 5 >out 2>err
	[ "$(grep -c try j)" -eq 1 ]
'

row 'a rate limit: waited for when it is short, whoever says it' '
	for limit in "=429 Retry-After: 1" "=429" \
		"!{\"code\":-32005,\"message\":\"project ID request rate exceeded\",\"data\":{\"rate\":{\"backoff_seconds\":1}}}" \
		"!{\"code\":429,\"message\":\"Your app has exceeded its compute units per second capacity\"}"; do
		lie "eth_chainId<2 $limit"
		exits 0 sign >out 2>err
		empty err
		[ "$(asked eth_chainId)" -ge 3 ]
	done
'
row 'a rate limit that is long: 75, and not asked again' '
	lie "eth_chainId =429 Retry-After: 600"
	exits 75 sign >out 2>err
	has err "HTTP status 429"
	[ "$(asked eth_chainId)" -eq 1 ]
'
row 'a rate limit at one: the other is asked' '
	lie "eth_feeHistory =429 Retry-After: 600"
	exits 0 sign --rpc $OTHER >out 2>err
	[ "$(asked eth_feeHistory)" -eq 1 ]
	[ "$(asked eth_feeHistory other)" -eq 1 ]
	[ "$(asked eth_estimateGas)" -eq 0 ]
'
row '-32005 that is no rate limit' '
	lie "eth_sendRawTransaction $(error -32005 "Transaction gas limit exceeds block gas limit")"
	exits 1 send 5 >out 2>err
	has err "refuses the transaction"
'

row 'timeout, reset, gateway errors after it was taken: the same bytes, and the receipt' '
	for how in "-" "=502" "=503" "=504" "%<html>" "~\"$HASH\"" "\"$ZERO\"" "$(error -32002 "request timed out")"; do
		rm -f j
		lie "eth_sendRawTransaction<2 $how" "eth_getTransactionCount<6 \"0x0\"" "$USED" "$MINED"
		exits 0 raise 20 >out 2>err
		only_raw answers.log
		raised j 1
	done
'

row 'pruned, behind, indexing: absence is no evidence, another endpoint is asked' '
	for words in "pruned history unavailable" "missing trie node" "header not found" "transaction indexing is in progress"; do
		rm -f j
		lie "eth_getTransactionReceipt $(error 4444 "$words")" "$USED" "eth_sendRawTransaction $(error -32000 "nonce too low")"
		lie_to other "$MINED" "$USED"
		sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" signed >j
		exits 75 send 0 >out 2>err
		exits 0 send 0 --rpc $OTHER >out 2>err
	done
'

row 'a node that is catching up' '
	lie "eth_syncing {\"currentBlock\":\"0x1\",\"highestBlock\":\"0x10\"}"
	exits 75 sign >out 2>err
	has err "the node is still catching up"
	empty out
	exits 75 send 0 >out 2>err
	[ ! -s j ]
	exits 0 sign --rpc $OTHER >out 2>err
	has err "lbl-payout: $NODE: synchronisation: the node is still catching up: not used in this run"
	[ "$(asked eth_estimateGas)" -eq 0 ]
	lie "eth_syncing $(error -32601 "method not found")"
	exits 0 sign >out 2>err
'

row 'an endpoint that lets nobody in; its secrets are not told' '
	secret=0123456789abcdefSECRET
	put urls "$NODE/v3/$secret token-$secret" "" "$OTHER"
	for status in 401 403; do
		lie "* =$status"
		exits 0 lbl-payout sign -q --unsealed $KEYS --token $TOKEN --rpc-file urls in >out 2>err
		says err "lbl-payout: $NODE: chain id: HTTP status $status: the endpoint does not let us in: not used in this run"
		lacks err SECRET
	done
	[ "$(asked eth_estimateGas other)" -eq 2 ]
'

row 'a block that leaves the chain: the bytes of the journal once more' '
	# mined in block 16, and then not any more; 2 confirmations are wanted
	lie "eth_getTransactionReceipt<2 {\"transactionHash\":\"$HASH\",\"status\":\"0x1\",\"blockNumber\":\"0x10\",\"blockHash\":\"$ZERO\",\"gasUsed\":\"0x5208\"}" \
		"eth_getTransactionCount<3 \"0x0\"" "eth_getTransactionCount<7 \"0x1\"" "eth_getTransactionCount \"0x0\""
	exits 75 lbl-payout send --unsealed --journal j --rpc $NODE --confirmations 2 --wait 3 signed >out 2>err
	has err "its block has left the chain: sent again"
	only_raw answers.log
	[ "$(asked eth_sendRawTransaction)" -eq 2 ]
	[ "$(grep -c mined j)" -eq 0 ]
'

# ---- finality ------------------------------------------------------------------------------

final() {
	lbl-payout send -q --unsealed --journal j --rpc "$NODE" --wait 0 signed
}
row 'a receipt is believed when its block is finalized' '
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" signed >j
	for n in 16 11; do
		lie "$(receipt $n 1 $HASH)" "$USED"
		exits 75 final >out 2>err
		says err "lbl-payout: 1 payment is in a block that is not final yet: run it again"
	done
	lie "$(receipt 10 1 $HASH)" "$USED"
	exits 0 final >out 2>err
	[ "$(grep -c mined j)" -eq 1 ]
'
row 'a node that knows no finalized block: told before anything is sent' '
	for how in "null" "$(error -32000 "finalized block not found")"; do
		lie "eth_getBlockByNumber?finalized $how"
		exits 78 final >out 2>err
		says err "lbl-payout: $NODE: the node knows no finalized block: give --confirmations N"
		[ ! -s j ]
		[ "$(asked eth_sendRawTransaction)" -eq 0 ]
	done
'
row '--confirmations: so deep, itself counted' '
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" signed >j
	lie "$(receipt 10 1 $HASH)" "$USED"
	exits 75 send 0 --confirmations 8 >out 2>err
	exits 0 send 0 --confirmations 7 >out 2>err
'

# ---- several endpoints --------------------------------------------------------------------

row 'endpoints that disagree: nothing is signed, nothing is sent' '
	for what in "the chain id:eth_chainId \"0x1\"" "the genesis block:$(block 0 "\"0x0\"" "$ZERO")" \
		"the code of the token:eth_getCode \"0x02\""; do
		rm -f j
		lie_to other "${what#*:}"
		exits 78 sign --rpc $OTHER >out 2>err
		has err "lbl-payout: $NODE and $OTHER disagree on ${what%%:*}: "
		has err ": nothing is signed or sent"
		empty out
		exits 78 send 0 --rpc $OTHER >out 2>err
		has err "disagree on ${what%%:*}: "
		[ ! -s j ]
		[ "$(asked eth_sendRawTransaction)" -eq 0 ]
		[ "$(asked eth_sendRawTransaction other)" -eq 0 ]
	done
'
row 'one that does not answer is left out, from the start' '
	exits 0 sign --rpc http://127.0.0.1:1/v3/0123456789abcdefSECRET --rpc $OTHER >out 2>err
	has err "lbl-payout: http://127.0.0.1:1: chain id: "
	has err ": not used in this run"
	lacks err SECRET
	exits 69 lbl-payout sign --unsealed $KEYS --token $TOKEN --rpc http://127.0.0.1:1 --rpc http://127.0.0.1:2 in >out 2>err
'
row 'one that dies on the way: the other goes on' '
	lie "eth_feeHistory -" "eth_estimateGas -"
	exits 0 sign --rpc $OTHER >out 2>err
	empty err
	[ "$(asked eth_estimateGas other)" -eq 1 ]
'
row 'too many' '
	exits 64 sign --rpc a --rpc b --rpc c --rpc d --rpc e --rpc f --rpc g --rpc h >out 2>err
	says err "lbl-payout: --rpc is given more than 8 times (see lbl-payout --help)"
	for i in 1 2 3 4 5 6 7 8; do echo $OTHER; done >urls
	exits 78 sign --rpc-file urls >out 2>err
	says err "lbl-payout: --rpc-file: more than 8 endpoints"
'
finish
