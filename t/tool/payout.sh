# payout.sh - what the tests of lbl-payout share; sourced behind lib.sh.

KEY=0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80	# everybody's: the first account of a development node
PAYER=0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
PASSWORD='correct horse'
export LBL_TEST_KEY="$KEY"

# worker N - an address that nobody has a key for
worker() {
	printf '0x%040x\n' $((0xabc000 + $1))
}

# score WORKER EPOCH VERIFIED SCORE_BP [BONUS_BP [GOLD_TRIALS]] - a record
score() {
	printf '{"kind":"score","worker":"%s","epoch":"%s","labels":%d,"verified":%d,"rejected":0,"pending":0,' \
		"$1" "$2" "$3" "$3"
	printf '"score_bp":%d,"bonus_bp":%d,"gold_hits":0,"gold_trials":%d}\n' "$4" "${5-0}" "${6-0}"
}

# payment ID WORKER AMOUNT - a record; the id is any number
payment() {
	printf '{"kind":"payment","id":"0x%064x","epoch":"e","worker":"%s","verified":1,"score_bp":1,"amount":"%s",' \
		"$1" "$2" "$3"
	printf '"policy":"p"}\n'
}

# seal <IN >OUT - add an end mark; for input without payments
seal() {
	lbl-payout sign -q --unsealed --key k --password-file p --token 0x0000000000000000000000000000000000000001 \
		--chain-id 1 --nonce 0 --max-fee 1 --tip 1
}

# amounts FILE - "worker amount" of each payment record
amounts() {
	sed -n 's/^{"kind":"payment",.*"worker":"\([^"]*\)".*"amount":"\([^"]*\)".*/\1 \2/p' "$1"
}

# field FILE KIND NAME - that field of each record of that kind, a line each
field() {
	sed -n 's/^{"kind":"'"$2"'",.*"'"$3"'":"\{0,1\}\([^",}]*\).*/\1/p' "$1"
}

# keystore - key.json and password.txt for the payer
keystore() {
	make-keystore "$KEY" "$PASSWORD" >key.json
	printf '%s\n' "$PASSWORD" >password.txt
}

# ---- a node ---------------------------------------------------------------------------

tool=$LBL_TOP/contracts/bin/tool

has_node() {
	[ -d "$LBL_TOP/contracts/node_modules" ]
}

# node_start [ANVIL OPTION...] - sets NODE (its URL) and NODE_PID; stopped with the script
node_start() {
	"$tool" anvil --port 0 --silent --help >/dev/null 2>&1 || return 1
	: >anvil.log            # that of a node before must not be read once more
	"$tool" anvil --host 127.0.0.1 --port 0 "$@" >anvil.log 2>&1 &
	NODE_PID=$!
	trap 'kill $NODE_PID 2>/dev/null; wait $NODE_PID 2>/dev/null; cd / && rm -rf "$work"' EXIT
	for _i in $(seq 1 100); do
		NODE=$(sed -n 's/^Listening on /http:\/\//p' anvil.log)
		[ -z "$NODE" ] || return 0
		sleep 0.1
	done
	return 1
}

# rpc METHOD PARAMS - the result, as text; no code of ours takes part
rpc() {
	curl -s --noproxy '*' -H 'content-type: application/json' \
		-d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2}" "$NODE" |
		sed -n 's/.*"result":"\{0,1\}\([^"}]*\).*/\1/p'
}

# token_deploy [SUPPLY] - sets TOKEN; everything belongs to the payer
token_deploy() {
	TOKEN=$(cd "$LBL_TOP/contracts" && bin/deploy-token --rpc "$NODE" --from "$PAYER" --name Test --symbol T \
		--cap "${1-1000000000000000000000000}" --holder "$PAYER") && [ -n "$TOKEN" ]
}

# balance ADDRESS - in tokens, as a decimal number
balance() {
	_hex=$(rpc eth_call "[{\"to\":\"$TOKEN\",\"data\":\"0x70a08231000000000000000000000000${1#0x}\"},\"latest\"]")
	_hex=$(printf '%s\n' "${_hex#0x}" | sed 's/^0*//')
	[ ${#_hex} -lt 16 ] && echo $((0x${_hex:-0})) || echo "0x$_hex"
}

# nonce [TAG] - how many transactions the payer has made
nonce() {
	echo $(($(rpc eth_getTransactionCount "[\"$PAYER\",\"${1-latest}\"]")))
}

# ---- a node that lies: see liar.c ----------------------------------------------------------

LIARS=
# liar_start NAME - sets NODE; what it says is in NAME, what it was asked in NAME.log
liar_start() {
	: >"$1.url"
	liar "$1" >"$1.url" &
	LIARS="$LIARS $!"
	trap 'kill $LIARS; cd / && rm -rf "$work"' EXIT
	while ! [ -s "$1.url" ] && kill -0 $! 2>/dev/null; do sleep 0.05; done
	NODE=$(cat "$1.url")
}

ZERO=0x$(printf %064x 0)
GENESIS=0x$(printf %064x 12345)
# the truth, as far as it goes: head is block 16, finalized is 10, a base fee of 7 wei; no
# transaction was ever mined, and each one is taken
truth() {
	put truth 'eth_chainId "0x7a69"' 'eth_syncing false' 'eth_getTransactionCount "0x0"' 'eth_blockNumber "0x10"' \
		'eth_getCode "0x01"' "eth_call \"0x$(printf %064x 100)\"" 'eth_estimateGas "0xc350"' \
		'eth_feeHistory {"baseFeePerGas":["0x7","0x7"],"gasUsedRatio":[0.5],"reward":[["0x2"]]}' \
		'eth_maxPriorityFeePerGas "0x1"' \
		"$(block 10 finalized)" "$(block 0 '"0x0"' "$GENESIS")" "$(block 10 0xa)" "$(block 16 0x10)" \
		"$(block 16 latest)" 'eth_sendRawTransaction @' 'eth_getTransactionReceipt null'
	cp truth "${1-answers}"
}
# block NUMBER TEXT [HASH] - the line for requests that hold the text
block() {
	printf 'eth_getBlockByNumber?%s {"number":"0x%x","hash":"%s","timestamp":"0x1","gasLimit":"0x1c9c380","baseFeePerGas":"0x7"}\n' \
		"$2" "$1" "${3-$ZERO}"
}
# receipt BLOCK STATUS HASH [BLOCK HASH] - the line for this transaction
receipt() {
	printf 'eth_getTransactionReceipt?%s {"transactionHash":"%s","status":"0x%x","blockNumber":"0x%x","blockHash":"%s","gasUsed":"0x5208"}\n' \
		"$3" "$3" "$2" "$1" "${4-$ZERO}"
}
# lie LINE... - what it says before the truth; its log begins anew.  lie_to FILE LINE...
lie() {
	lie_to answers "$@"
}
lie_to() {
	_file=$1
	shift
	{ printf '%s\n' "$@"; cat truth; } >"$_file.new"
	rm -f "$_file.log"
	mv "$_file.new" "$_file"
}
# asked METHOD [FILE] - how often
asked() {
	grep -c "^$1 " "${2-answers}.log" || :
}
