#!/bin/sh
# lbl-payout by the pool: nights from scores to money, on a real deployment.  What workers hold is read from
# the chain, and computed here from the rule.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/pool.sh"

t 'what is missing is told before anything is touched' '
	exits 64 lbl-payout --state s --rpc http://127.0.0.1:1 --mode pool nowhere 2>err
	has err "wants --deployment FILE"
	exits 66 lbl-payout --state s --rpc http://127.0.0.1:1 --deployment nowhere nowhere 2>err
	echo "{}" >d.json
	exits 78 lbl-payout --state s --rpc http://127.0.0.1:1 --deployment d.json nowhere 2>err
	exits 64 lbl-payout --state s --journal j --rpc http://127.0.0.1:1 --deployment d.json nowhere 2>err
	has err "--state and --journal"
	[ ! -e s ]
'

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
keystore
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
pool_deploy 40 || { t 'a pool is deployed' 'cat deploy.log; false'; finish; }
rpc evm_snapshot '[]' >snapshot

# case_ NAME BODY - a test on a fresh chain with a fresh journal
case_() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rm -rf s s2 err out
	pass 1          # else the clock of the node is that of the last case
	t "$1" "$2"
}

ALL="--deployment deployment.json --key key.json --password-file password.txt --rpc $NODE --confirmations 1 --wait 3"
pay() {
	lbl-payout --state s $ALL "$@"
}
# night NAME FIRST LAST UNITS - sealed scores: worker I has I times so many units, at the best score
night() {
	for i in $(seq "$2" "$3"); do score "$(worker "$i")" "$1" $((i * $4)) 9000 8000; done | seal >"$1"
}
# a unit at rate 10000 and gate 11500, for a newcomer the half of it, in base units
NEW=5750000000000000 KNOWN=11500000000000000
# has_credit I WANT - in base units
has_credit() {
	[ "$(credit "$1")" = "$2" ] || { echo "worker $1 has $(credit "$1"), want $2"; return 1; }
}
# transactions N - so many has the payer made
transactions() {
	[ $(($(nonce) - FIRST)) -eq "$1" ] || { echo "$(($(nonce) - FIRST)) transactions, want $1"; return 1; }
}
FIRST=$(nonce)
night n1 1 9 10
night n2 5 12 3

case_ 'a night: posted, its window waited for, settled, withdrawn' '
	exits 75 pay n1 >out1 2>err
	has err "batch 1 is posted: 9 payments"
	has err "batch 1 can be settled from "
	transactions 1
	[ "$(settled)" -eq 0 ]
	[ "$(stat -c %a s)" = 700 ]
	exits 75 pay n1 >out 2>err
	transactions 1
	pass 60
	exits 0 pay --wait 20 n1 >out2 2>err
	has err "batch 1 is settled"
	transactions 2
	[ "$(settled)" -eq 1 ]
	for i in 1 5 9; do has_credit $i $((i * 10 * NEW)); done
	has_credit 10 0
	holds out2 "map(select(.kind == \"receipt\")) | length == 1 and (.[0].payments | length) == 9 and .[0].status == 1"
	holds out2 "map(select(.kind == \"tx\") | .action) == [\"post\", \"settle\"]"
	# payments of the receipt are those that were planned
	field out1 payment id | sort >want
	jq -r "select(.kind == \"receipt\") | .payments[]" out2 | sort >got
	same want got
	exits 0 lbl-payout withdraw --state s $ALL n1 >out3 2>err
	transactions 3
	for i in 1 9; do [ "$(balance "$(worker $i)")" = $((i * 10 * NEW)) ]; done
	has_credit 9 0
	exits 0 lbl-payout withdraw --state s $ALL n1 >out3 2>err
	transactions 3
'

case_ 'a rerun does nothing, needs no node and no key, and prints the same bytes' '
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out1 2>err
	cp s/journal.ndjson before
	exits 0 lbl-payout --state s --deployment deployment.json --rpc http://127.0.0.1:1 --key nowhere --password-file nowhere \
		n1 >out2 2>err
	has err "9 payments in settled batches, 0 in batches under way"
	same out1 out2
	same before s/journal.ndjson
	transactions 2
'

case_ 'the steps by themselves: facts, plan, send' '
	lbl-payout facts -q --deployment deployment.json --rpc "$NODE" n1 >facts
	lbl-payout plan -q --deployment deployment.json facts >planned
	exits 75 lbl-payout send --state s $ALL planned >out 2>err
	pass 60
	exits 0 lbl-payout send --state s $ALL planned >out 2>err
	has_credit 9 $((9 * 10 * NEW))
	exits 0 lbl-payout send --state s $ALL out >out2 2>err
	transactions 2
	[ "$(field out2 tx hash | wc -l)" -eq 2 ]
'

case_ 'without new scores a run goes on with what is open; an empty input is enough' '
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay /dev/null >out 2>err
	[ "$(settled)" -eq 1 ]
	holds out "map(.kind) == [\"batch\", \"tx\", \"tx\", \"receipt\", \"end\"]"
	exits 65 lbl-payout --journal s/journal.ndjson $ALL /dev/null >out 2>err
'

case_ 'the next night while the first one waits: planned by the lanes as they will be' '
	exits 75 pay n1 >out1 2>err
	exits 75 pay n2 >out2 2>err
	transactions 1
	# those of the first night are no newcomers any more when the second one is settled
	holds out2 "map(select(.kind == \"payment\") | .mult_newcomer_bp) == [10000,10000,10000,10000,10000,5000,5000,5000]"
	pass 60
	exits 75 pay n2 >out 2>err
	transactions 3
	pass 60
	exits 0 pay n2 >out 2>err
	transactions 4
	[ "$(settled)" -eq 2 ]
	has_credit 5 $((5 * 10 * NEW + 5 * 3 * KNOWN))
	has_credit 12 $((12 * 3 * NEW))
	has_credit 4 $((4 * 10 * NEW))
	# reputation was foreseen too: 5000, 5250 ((15 * 5001 + 9000) / 16), 5485
	holds out2 "map(select(.kind == \"lane\") | .reputation_bp) == [5250,5250,5250,5250,5250,5000,5000,5000]"
	[ "$(ask_chain "$POOL" "lane(uint32)(uint256,uint256,uint256,uint256)" 5 | sed -n 2p)" = 5485 ]
'

case_ 'one more worker of a night that was planned: he alone is planned' '
	exits 75 pay n1 >out 2>err
	night n1more 1 10 10
	sed "s/n1more/n1/" n1more | grep -v "kind.:.end" | seal >n1b
	exits 75 pay n1b >out 2>err
	[ "$(field out payment id | wc -l)" -eq 1 ]
	pass 60
	exits 75 pay /dev/null >out 2>err
	pass 60
	exits 0 pay /dev/null >out 2>err
	has_credit 10 $((100 * NEW))
	has_credit 9 $((90 * NEW))
	transactions 4
'

# ---- released by auditors -------------------------------------------------------------------

# attest KEY ADDRESS - their word for batch 1, as a record
attest() {
	total=$(jq -r "select(.kind == \"batch\") | .total" out1)
	digest=$(ask_chain "$POOL" "settlementDigest(uint64,bytes32,uint128,bytes32)(bytes32)" 1 "$(field out1 batch data_hash)" \
		"$total" "$(field out1 batch log_root)")
	printf "{\"kind\":\"attestation\",\"batch\":1,\"digest\":\"%s\",\"auditor\":\"%s\",\"sig\":\"%s\"}\n" "$digest" "$2" \
		"$("$tool" cast wallet sign --no-hash --private-key "$1" "$digest")"
}

case_ 'a quorum of auditors releases a batch at once; less does not' '
	exits 75 pay n1 >out1 2>err
	attest $AUDITOR1_KEY $AUDITOR1 >one
	{ cat one; attest $OTHER_KEY $OTHER; attest $AUDITOR2_KEY $AUDITOR1; cat one; } >few
	exits 75 pay --unsealed few >out 2>err
	has err "batch 1 has 1 of the 2 attestations that would release it"
	transactions 1
	{ attest $AUDITOR2_KEY $AUDITOR2; cat few; } >enough
	exits 0 pay --unsealed enough >out 2>err
	has err "batch 1 is released by 2 auditors"
	[ "$(settled)" -eq 1 ]
	has_credit 9 $((90 * NEW))
'

# ---- what stops it ----------------------------------------------------------------------------

case_ 'challenged: told, nothing is done; denied: it goes on' '
	exits 75 pay n1 >out 2>err
	tell_chain $OTHER "$POOL" "challenge(uint64,uint32,bytes32)" 1 3 0x$(printf %064x 7)
	pass 60
	exits 1 pay n1 >out 2>err
	has err "batch 1 is challenged by $OTHER: the arbiter decides"
	transactions 1
	tell_chain $ARBITER "$POOL" "resolve(uint64,bool)" 1 false
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out 2>err
	has_credit 9 $((90 * NEW))
	transactions 2
'

case_ 'challenged and upheld: void, not posted again by itself; with other scores it is' '
	exits 75 pay n1 >out 2>err
	tell_chain $OTHER "$POOL" "challenge(uint64,uint32,bytes32)" 1 3 0x$(printf %064x 7)
	tell_chain $ARBITER "$POOL" "resolve(uint64,bool)" 1 true
	exits 1 pay n1 >out 2>err
	has err "batch 1 is void: it was challenged, and judged to be wrong"
	exits 1 pay n1 >out 2>err
	has err "was judged to be wrong: its scores have to change before it is posted again"
	transactions 1
	[ "$(grep -c "kind.:.void" s/journal.ndjson)" -eq 1 ]
	# the bond is lost: a new one
	tell_chain $PAYER "$TOKEN" "approve(address,uint256)" "$POOL" 1000000000000000000
	tell_chain $PAYER "$POOL" "deposit(uint256)" 1000000000000000000
	grep -v -e abc003 -e kind.:.end n1 | seal >fewer
	exits 75 pay fewer >out 2>err
	pass 60
	exits 0 pay fewer >out 2>err
	has_credit 3 0
	has_credit 9 $((90 * NEW))
'

case_ 'taken back by its poster: void, and planned again' '
	exits 75 pay n1 >out 2>err
	tell_chain $PAYER "$POOL" "cancel(uint64)" 1
	exits 1 pay n1 >out 2>err
	has err "batch 1 is void, without a judgement: its payments can be planned again"
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out 2>err
	[ "$(settled)" -eq 1 ]
	has_credit 9 $((90 * NEW))
'

case_ 'somebody else is in flight: it waits its turn' '
	lbl-payout facts -q --deployment deployment.json --rpc "$NODE" n2 >facts
	lbl-payout plan -q --deployment deployment.json facts >planned
	tell_chain $OTHER "$POOL" "post(uint64,bytes32,bytes32[])" 1 $(field planned batch log_root) \
		"[$(field planned batch words | sed "s/^0x//" | fold -w 64 | sed "s/^/0x/" | paste -sd, -)]"
	exits 75 pay n1 >out 2>err
	has err "batch 1, which is not of this journal, is in flight, posted by $OTHER"
	transactions 0
	pass 60
	tell_chain $OTHER "$POOL" "settle(uint64,bytes32[])" 1 \
		"[$(field planned batch words | sed "s/^0x//" | fold -w 64 | sed "s/^/0x/" | paste -sd, -)]"
	# its workers are no newcomers any more: what was planned for them is not what they would get
	exits 1 pay n1 >out 2>err
	has err "it is not posted; plan its scores again"
	exits 75 pay n1 >out 2>err
	pass 60
	exits 0 pay n1 >out 2>err
	has_credit 9 $((9 * 3 * NEW + 9 * 10 * KNOWN))
	[ "$(settled)" -eq 2 ]
'

case_ 'banned after it was posted: the others are paid, exit 1, and the receipt leaves him out' '
	exits 75 pay n1 >out 2>err
	owner=$(ask_chain "$REGISTRY" "owner()(address)")
	rpc anvil_impersonateAccount "[\"$owner\"]" >>log
	rpc anvil_setBalance "[\"$owner\",\"0xde0b6b3a7640000\"]" >>log
	tell_chain "$owner" "$REGISTRY" "setBan(uint32,bool)" 3 true
	pass 60
	exits 1 pay n1 >out 2>err
	has err "workers were banned meanwhile"
	has_credit 3 0
	has_credit 9 $((90 * NEW))
	holds out "map(select(.kind == \"receipt\")) | .[0].payments | length == 8"
	exits 0 pay n1 >out2 2>err
	same out out2
'

case_ 'over the budget of a period, or not funded: nothing is posted' '
	night big 1 40 12000
	exits 1 pay big >out 2>err
	has err "this pool pays no more than"
	transactions 0
	night n3 1 9 10
	rpc anvil_setStorageAt "[\"$TOKEN\",\"$("$tool" cast index address "$POOL" 0)\",\"$ZERO\"]" >>log
	exits 1 pay n3 >out 2>err
	has err "fund it; nothing was posted"
	transactions 0
'

case_ 'without a bond, or not a poster: nothing is posted' '
	make-keystore $ARBITER_KEY "$PASSWORD" >arbiter.json
	exits 1 pay --key arbiter.json n1 >out 2>err
	has err "is no poster of this pool: nothing was posted"
	tell_chain $PAYER "$POOL" "withdrawBond(uint256)" 1
	exits 1 pay n1 >out 2>err
	has err "has no bond in this pool, or too small a one: nothing was posted"
'

case_ 'another chain, or other code: nothing is done' '
	jq ".genesis = \"$ZERO\"" deployment.json >other.json
	exits 78 pay --deployment other.json n1 >out 2>err
	jq ".contracts.pool.code_hash = \"$ZERO\"" deployment.json >other.json
	exits 78 pay --deployment other.json n1 >out 2>err
	has err "the code of the pool at $POOL is not that of the deployment file"
	transactions 0
'

case_ 'one journal, one pool; and no payment by both ways' '
	exits 75 pay n1 >out 2>err
	jq ".contracts.pool = .contracts.registry" deployment.json >other.json
	exits 78 pay --deployment other.json n1 >out 2>err
	has err "the journal is about another pool or chain"
	put policy "{\"rate\":\"10\",\"pay\":\"flat\"}"
	exits 65 lbl-payout --policy policy --token "$TOKEN" --journal s/journal.ndjson --key key.json --password-file password.txt \
		--rpc "$NODE" --confirmations 1 n1 >out 2>err
	has err "is made by batch"
	transactions 1
'
finish
