#!/bin/sh
# lbl-payout in the claims mode: facts, plan, commit, window, claims pushed; against the contract, which cast asks.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1) B=$(worker 2) C=$(worker 3) X=$(worker 99)
POSTER=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
POSTER_KEY=0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d
OWNER_OF_ALL=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
AUDITOR1_KEY=0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6
AUDITOR2_KEY=0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a
AUDITOR1=0x90F79bf6EB2c4f870365E785982E1f101E93b906
AUDITOR2=0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65
GUARDIAN=0x976EA74026E726554dB657fA54763abd0C3a0aa9

t 'claims: what is missing' '
	exits 64 lbl-payout plan --mode claims </dev/null 2>err
	exits 64 lbl-payout plan --mode claims --token $A </dev/null 2>err
	exits 66 lbl-payout plan --mode claims --deployment nowhere </dev/null 2>err
'

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
FOUNDRY_OUT=$LBL_BUILD/contracts/out FOUNDRY_CACHE_PATH=$LBL_BUILD/contracts/cache
export FOUNDRY_OUT FOUNDRY_CACHE_PATH
node_start --chain-id 31337 --slots-in-an-epoch 1 || { t 'anvil starts' false; finish; }
"$LBL_TOP/contracts/bin/deploy" --config "$LBL_TOP/examples/deploy/local.json" --rpc "$NODE" --out d.json 2>deploy.err ||
	{ t 'everything is deployed' 'cat deploy.err; false'; finish; }

# at NAME - its address.  view NAME FUNCTION [ARG...] - what it says
at() {
	jq -r ".contracts.$1.address" d.json
}
TOKEN=$(at token) CLAIMS=$(at claims) REGISTRY=$(at registry) TIMELOCK=$(at timelock)
view() {
	_at=$(at "$1")
	shift
	"$tool" cast call --rpc-url "$NODE" "$_at" "$@" | sed 's/ \[.*//'
}
# as ACCOUNT TO FUNCTION [ARG...] - a transaction of an account that need not have a key
as() {
	_from=$1
	shift
	rpc anvil_setBalance "[\"$_from\",\"0x21e19e0c9bab2400000\"]" >>log
	rpc anvil_impersonateAccount "[\"$_from\"]" >>log
	"$tool" cast send --rpc-url "$NODE" --unlocked --from "$_from" "$@" >>log
}
store() {
	rpc anvil_setStorageAt "[\"$1\",\"$2\",\"$3\"]" >>log
}
# join ADDRESS - the next number; as the contract's storage would be (contracts/test/ClaimsCase.sol)
n_workers=0
join() {
	n_workers=$((n_workers + 1))
	store "$REGISTRY" "0x$(printf %064x 1)" "0x$(printf %024x%040x $n_workers 0)"
	store "$REGISTRY" "$("$tool" cast index address "$1" 3)" "0x$(printf %064x $n_workers)"
	store "$REGISTRY" "$("$tool" cast index uint256 $n_workers 7)" "0x$(printf %024d 0)${1#0x}"
}
for i in 1 2 3 4 5 6 7 8 9; do join "$(worker $i)"; done
as $OWNER_OF_ALL "$TOKEN" 'transfer(address,uint256)' "$CLAIMS" 1000000000000000000000
make-keystore $POSTER_KEY "$PASSWORD" >key.json
printf '%s\n' "$PASSWORD" >password.txt
PAYER=$POSTER
rpc evm_snapshot '[]' >snapshot

D="--mode claims --deployment d.json --rpc $NODE"
KEYS='--key key.json --password-file password.txt --confirmations 1 --wait 20'
pay() {
	lbl-payout $D $KEYS --state st "$@"
}
push() {
	lbl-payout withdraw $D $KEYS --state st "$@"
}
# day - a window passes
day() {
	rpc evm_increaseTime '[86400]' >>log
	rpc anvil_mine '["0x1"]' >>log
}
# has_got ADDRESS UNITS - base units
has_got() {
	_got=$(view token 'balanceOf(address)(uint256)' "$1")
	[ "$_got" = "$2" ] || { echo "$1 has $_got, want $2"; return 1; }
}
nonce_is() {
	[ "$(nonce)" = "$1" ] || { echo "nonce $(nonce), want $1"; return 1; }
}
# quote UNITS SCORE BONUS - by the contract
quote() {
	view claims 'quote(uint32,uint24,uint16,uint16)(uint256)' 1 "$@"
}
again() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rpc anvil_setNextBlockBaseFeePerGas '["0x3b9aca00"]' >>log      # which it does not revert
	rpc anvil_mine '["0x1"]' >>log
	rm -rf st state err out
}
case_() {
	again
	t "$1" "$2"
}

LABEL='{"kind":"label","task":"t","worker":"w","value":"a"}'    # no log begins with scores
{ echo "$LABEL"; for i in 1 2 3 4 5 6 7 8 9; do score "$(worker $i)" d1 $((10 * i)) $((5000 + 500 * i)) $((900 * i)); done; } | seal >d1
{ score $A d2 7 10000 10000; score $C d2 50 9000 9000; score $X d2 4 9000 9000; } | seal >d2

case_ 'facts and plan: every total and every root is the contract'"'"'s own' '
	exits 0 lbl-payout facts $D d1 >facts 2>err
	empty err
	holds facts "map(select(.kind == \"lane\") | [.index, .banned]) == [range(1; 10) | [., false]]"
	holds facts "map(select(.kind == \"claims\")) | length == 1 and .[0].unit == \"1000000000000\" and .[0].params.window == 86400"
	# no network from here on
	exits 0 lbl-payout plan --mode claims --deployment d.json facts >out 2>err
	jq -r "select(.kind == \"claim\") | [.units, .score_bp, .bonus_bp, .total] | join(\" \")" out >claims
	[ "$(wc -l <claims)" -eq 9 ]
	while read -r units score bonus total; do
		[ "$(quote $units $score $bonus)" = $total ]
	done <claims
	jq -r "select(.kind == \"commit\") | .root, .total" out >want
	words=$(jq -r "select(.kind == \"commit\") | .words[2:] | [scan(\".{64}\")] | map(\"0x\" + .) | join(\",\")" out)
	view claims "rootOf(uint32,bytes32[])(bytes32,uint256)" 0 "[$words]" >got
	same want got
	# what they are committed with is a root over the lines of the log
	jq -r "select(.kind == \"commit\") | .data_hash" out >got
	"$tool" cast keccak "0x$(echo "$words" | sed "s/0x//g;s/,//g")" >want
	same want got
	# the same again, and from the output
	exits 0 lbl-payout plan -q --mode claims --deployment d.json facts >again
	same out again
	exits 0 lbl-payout plan -q --mode claims --deployment d.json out >again
	jq -c "select(.kind == \"claim\")" again | sort -u >got
	jq -c "select(.kind == \"claim\")" out | sort -u >want
	same want got
	nonce_is 0
'

case_ 'a night: committed, waited for, claimed; a second one adds to it; reruns do nothing' '
	exits 0 pay d1 >out1 2>err
	has err "the root of epoch \"d1\" takes force at"
	nonce_is 1
	root=$(jq -r "select(.kind == \"commit\") | .root" out1)
	[ "$(view claims "roots(bytes32)(uint40,uint32,uint64)" $root | head -1)" -gt 0 ]
	holds out1 "map(select(.kind == \"receipt\")) | length == 1 and .[0].status == 1"
	holds out1 "map(select(.kind == \"tx\")) | length == 1 and .[0].action == \"commit\""
	exits 0 pay d1 >again 2>err
	nonce_is 1
	holds again "map(select(.kind == \"receipt\")) | length == 1"
	# without its journal, and from another host
	rm -r st
	exits 0 pay d1 >again 2>err
	nonce_is 1

	# before the window has passed
	exits 75 push out1 >p 2>err
	has err "roots take force from 2"
	nonce_is 1
	has_got $A 0
	day
	# every proof is good, says the contract
	jq -r "select(.kind == \"claim\") | \"\(.index) \(.total) [\(.proof | join(\",\"))]\"" out1 >proofs
	[ "$(wc -l <proofs)" -eq 9 ]
	while read -r index total proof; do
		[ $total = 0 ] || "$tool" cast call --rpc-url "$NODE" "$CLAIMS" "claim(uint256,uint256,bytes32[])" $index $total "$proof" >>log
	done <proofs
	# those below a minimum wait
	exits 0 push --min-credit 400000000000000000 out1 >p 2>err
	some=$(nonce)
	[ $some -gt 1 ]
	[ $some -lt 9 ]
	exits 0 push out1 >p 2>err
	jq -r "select(.kind == \"claim\") | \"\(.worker) \(.total)\"" out1 >totals
	while read -r who total; do has_got $who $total; done <totals
	paid=$(awk "\$2 != 0" totals | wc -l)
	nonce_is $((1 + paid))
	[ "$(grep -c . totals)" -eq 9 ]
	exits 0 push out1 >p 2>err
	has err "0 claims are made"
	nonce_is $((1 + paid))

	# the second night: the log of the first one, and new scores
	exits 1 pay out1 d2 >out2 2>err
	has err "1 workers are not in the registry: their work is kept until they are"
	nonce_is $((2 + paid))
	day
	exits 0 push out2 >p 2>err
	# (10 * 5500 + 7 * 10000) / 17 and (30 * 6500 + 50 * 9000) / 80, floored
	has_got $A "$(quote 17 7352 $(((10 * 900 + 7 * 10000) / 17)))"
	has_got $C "$(quote 80 8062 $(((30 * 2700 + 50 * 9000) / 80)))"
	while read -r who total; do
		case $who in $A | $C) ;; *) has_got $who $total ;; esac
	done <totals
	has_got $X 0
	nonce_is $((4 + paid))
	exits 0 push out2 >p 2>err
	exits 1 pay out1 d2 >p 2>err
	nonce_is $((4 + paid))

	# who joins later is paid for what was done before
	n_workers=9
	join $X
	score $B d3 1 9000 9000 | seal >d3
	exits 0 pay out2 d3 >out3 2>err
	day
	exits 0 push out3 >p 2>err
	has_got $X "$(quote 4 9000 9000)"
	# an auditor computes the same from the log (what the scores here come from is not in it)
	lbl-audit replay out3 >p 2>err || :
	holds p "map(select(.kind == \"finding\" and .rule != \"tx\" and .subject.kind != \"score\")) == []"
	sed -e "s/\"units\":80,/\"units\":81,/" -e "\$d" out3 >bad
	exits 1 lbl-audit replay bad >p 2>err
	holds p "map(select(.kind == \"finding\" and .subject.kind == \"claim\")) | length > 0"
	# the contract has paid out what the books say
	view claims "claimed(uint256)(uint256)" 10 >got
	jq -r "select(.kind == \"claim\" and .index == 10 and .epoch == \"d3\") | .total" out3 >want
	same want got
'

case_ 'a ban between plan and commit: nothing is signed; planned again the worker is left out' '
	exits 0 lbl-payout facts $D d1 >facts 2>err
	exits 0 lbl-payout plan -q --mode claims --deployment d.json facts >planned
	as "$TIMELOCK" "$REGISTRY" "setBan(uint32,bool)" 9 true
	exits 1 lbl-payout send $D $KEYS --state st planned >out 2>err
	has err "group 0 comes to"
	nonce_is 0
	exits 0 pay d1 >out 2>err
	holds out "map(select(.kind == \"claim\" and .index == 9)) | .[0].total == \"0\" and .[0].why == \"banned\""
	nonce_is 1
'

case_ 'a root that was cancelled is not committed again' '
	exits 0 pay d1 >out 2>err
	root=$(jq -r "select(.kind == \"commit\") | .root" out)
	as $GUARDIAN "$CLAIMS" "cancel(bytes32)" $root
	exits 1 pay d1 >p 2>err
	has err "has been cancelled since"
	nonce_is 1
	day
	exits 75 push out >p 2>err
	has_got $A 0
'

case_ 'a group waits for its last root; a plan over a budget is not committed' '
	exits 0 pay d1 >out1 2>err
	exits 75 pay --unsealed out1 d2 >out2 2>err
	has err "group 0 waits for its last root, which takes force at"
	nonce_is 1
	day
	exits 1 pay out1 d2 >out2 2>err
	nonce_is 2
	day
	# a million units at one hundredth are 11500 tokens; a commit may add 10000
	score $B d3 1000000 9000 9000 | seal >d3
	exits 1 pay out2 d3 >out3 2>err
	has err "and a commit may add 10000000000: nothing was signed"
	nonce_is 2
	exits 1 pay --budget 1 out2 d3 >out3 2>err
	has err "and the budget is 1: nothing is planned"
	holds out3 "map(select(.kind == \"claim\" and .epoch == \"d3\")) == []"
'

case_ 'a quorum of auditors puts a root in force at once' '
	exits 0 lbl-payout facts $D d1 >facts 2>err
	exits 0 lbl-payout plan -q --mode claims --deployment d.json facts >planned
	set -- $(jq -r "select(.kind == \"commit\") | .data_hash, .total, .log_root" planned)
	digest=$(view claims "settlementDigest(uint64,bytes32,uint128,bytes32)(bytes32)" 1 $1 $2 $3)
	attest() {
		printf "{\"kind\":\"attestation\",\"batch\":1,\"digest\":\"%s\",\"auditor\":\"%s\",\"sig\":\"%s\"}\n" $digest $1 \
			"$("$tool" cast wallet sign --no-hash --private-key $2 $digest)"
	}
	attest $AUDITOR1 $AUDITOR1_KEY >one
	attest $AUDITOR2 $AUDITOR2_KEY >two
	# twice the same one is no quorum, nor is a stranger
	attest $POSTER $POSTER_KEY >stranger
	cat planned two one stranger >all
	exits 0 lbl-payout send $D $KEYS --state st --unsealed all >out 2>err
	has err "group 0 is released by a quorum of auditors"
	has err "is in force since"
	nonce_is 1
	exits 0 push out >p 2>err
	has_got $(worker 9) "$(quote 90 9500 8100)"
'

case_ 'fewer than a quorum: the window' '
	exits 0 lbl-payout facts $D d1 >facts 2>err
	exits 0 lbl-payout plan -q --mode claims --deployment d.json facts >planned
	cat planned two two stranger >all
	exits 0 lbl-payout send $D $KEYS --state st --unsealed all >out 2>err
	has err "takes force at"
	nonce_is 1
'

case_ 'who is no poster, a contract without money' '
	as "$TIMELOCK" "$CLAIMS" "setPoster(address,bool)" $POSTER false
	exits 1 pay d1 >out 2>err
	has err "would fail: NotAPoster"
	nonce_is 0
	as "$TIMELOCK" "$CLAIMS" "setPoster(address,bool)" $POSTER true
	exits 0 pay d1 >out 2>err
	day
	as "$CLAIMS" "$TOKEN" "transfer(address,uint256)" $OWNER_OF_ALL 1000000000000000000000
	exits 1 push out >p 2>err
	has err "would fail"
	nonce_is 1
	as $OWNER_OF_ALL "$TOKEN" "transfer(address,uint256)" "$CLAIMS" 1000000000000000000000
	exits 0 push out >p 2>err
	has_got $(worker 9) "$(quote 90 9500 8100)"
'

if [ "${LBL_SAN-}" ]; then
	skip 'killed at 24 moments' 'the sanitizers and the preloaded library are in each other'"'"'s way'
	finish
elif ! ${CC:-cc} -O1 -shared -fPIC -o killat.so "$LBL_TOP/t/tool/shim/killat.c" -ldl 2>cc.log ||
	! LD_PRELOAD=$PWD/killat.so true 2>>cc.log; then
	skip 'killed at 24 moments' 'no library can be preloaded here'
	finish
fi

# shimmed FUNCTION [ARG...] - with the library that kills
shimmed() {
	LD_PRELOAD=$PWD/killat.so KILLAT_STATE=$PWD/state KILLAT_POWER=1 "$@"
}
# to_the_end FUNCTION [ARG...] - once more where the node has put a transaction aside (see t/5300-payout-kill.t)
to_the_end() {
	_code=0
	shimmed "$@" >p 2>err || _code=$?
	[ $_code -ne 75 ] || { rpc anvil_dropAllTransactions '[]' >>log; _code=0; "$@" >p 2>err || _code=$?; }
	[ $_code -eq 0 ] || { cat err; return 1; }
}
case_ 'killed at 24 moments while it commits and while it claims, and the power fails' '
	KILLAT_LOG=$PWD/calls1 shimmed pay d1 >out1 2>err
	day
	KILLAT_LOG=$PWD/calls2 shimmed push out1 >p 2>err
	all=$(nonce)
	jq -r "select(.kind == \"claim\") | \"\(.worker) \(.total)\"" out1 >totals
	n1=$(wc -l <calls1) n2=$(wc -l <calls2)
	for i in $(seq 1 12); do
		again
		KILLAT=any:$((i * n1 / 13)) exits 137 shimmed pay d1 >p 2>err
		to_the_end pay d1
		nonce_is 1
		day
		KILLAT=any:$((i * n2 / 13)) exits 137 shimmed push out1 >p 2>err
		to_the_end push out1
		nonce_is $all
		while read -r who total; do has_got $who $total; done <totals
	done
'
finish
