#!/bin/sh
# lbl-payout and a node that lags behind itself: what it has said before it does not know now.
# Found by t/torture; neither is the input's fault, nor the deployment's, and nothing is signed.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

TOKEN=0x5FbDB2315678afecb367f032d93F642f64180aa3
keystore
truth
liar_start answers
put policy '{"rate":"5","pay":"flat"}'
score "$(worker 1)" e 1 1 | seal >scores
pay() {
	lbl-payout -q --policy policy --key key.json --password-file password.txt --token $TOKEN --rpc "$NODE" \
		--journal j --confirmations 1 --wait 0 "$@" scores
}

t 'the payer'"'"'s nonce: 75, and not for ever' '
	lie "eth_getTransactionCount<1 \"0x0\"" "eth_getTransactionCount \"0x1\""
	exits 75 pay >out 2>err
	has err "the node has said two things of the payer'"'"'s next nonce, 0 and 1: run it again"
	[ ! -s j ]
	lie "eth_getTransactionCount<1 \"0x1\"" "eth_getTransactionCount \"0x0\""
	exits 75 pay >out 2>err
	has err "the node has said two things of the payer'"'"'s next nonce, 1 and 0: run it again"
	[ ! -s j ]
'
t 'a nonce that was asked for by name is the caller'"'"'s: 65' '
	lie "eth_getTransactionCount \"0x1\""
	exits 65 pay --nonce 0 >out 2>err
	has err "has nonce 0, which another transaction has used: sign again"
	[ ! -s j ]
'

some() { printf '{"address":"%s","code_hash":"%s"}' "$TOKEN" "$ZERO"; }
t 'a node that has no block 0 just now: 69, and not the deployment'"'"'s fault' '
	jq -n --argjson c "$(some)" --arg g "$GENESIS" "{ kind: \"deployment\", chain_id: 31337, genesis: \$g, block: 1,
		params_version: 1, contracts: { timelock: \$c, token: \$c, registry: \$c, adapter: \$c, pool: \$c, claims: \$c,
		governor: \$c } }" >deployment.json
	lie "eth_getBlockByNumber?\"0x0\" null"
	exits 69 lbl-payout facts -q --deployment deployment.json --rpc "$NODE" scores >out 2>err
	has err "there is no block 0"
	lie "eth_getBlockByNumber?\"0x0\" {\"number\":\"0x0\",\"hash\":\"$ZERO\",\"timestamp\":\"0x1\",\"gasLimit\":\"0x1c9c380\"}"
	exits 78 lbl-payout facts -q --deployment deployment.json --rpc "$NODE" scores >out 2>err
	has err "the genesis block is not that of the deployment file"
'
finish
