#!/bin/sh
# lbl-audit on nights that were paid by a pool and by claims: logs, the chain, and journals; then one lie after the other.
# shellcheck disable=SC2016,SC2154
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/audit.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/pool.sh"

# t/audit.sh's, which t/tool/payout.sh has one of its own of
seal() {
	grep -v '"kind":"end"' | lbl-ingest -q
}

t 'usage' '
	exits 64 lbl-audit 2>err
	has err "want a verb: replay or journal"
	exits 64 lbl-audit journal 2>err
	exits 66 lbl-audit journal nowhere 2>err
	exits 66 lbl-audit replay --deployment nowhere /dev/null 2>err
	echo "{}" >d
	exits 78 lbl-audit replay --deployment d /dev/null 2>err
'
t 'every kind that lbl-records(5) documents is known' '
	sed -n "/^\.Sh KINDS/,/^\.Sh EXIT/s/^\.It Cm \([a-z]*\)$/\1/p" "$LBL_TOP/man/lbl-records.5" >kinds
	[ "$(wc -l <kinds)" -gt 35 ]
	while read -r kind; do
		grep -qF "\"$kind\"" "$LBL_TOP/lib/audit/said.c" || { echo "$kind is not in is_known"; exit 1; }
	done <kinds
'

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
keystore
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
pool_deploy 12 || { t 'a pool is deployed' 'cat deploy.log; false'; finish; }

# labels DAY FIRST LAST - of that day's 12 tasks, 6 of them with gold, by those workers
labels() {
	awk -v day="$1" -v first="$2" -v last="$3" 'BEGIN {
		split("red green blue", colour)
		for (t = 1; t <= 6; t++)
			printf "{\"kind\":\"gold\",\"task\":\"%s-%02d\",\"value\":\"%s\"}\n", day, t, colour[t % 3 + 1]
		for (t = 1; t <= 12; t++)
			for (w = first; w <= last; w++)
				printf "{\"kind\":\"label\",\"task\":\"%s-%02d\",\"worker\":\"0x%040x\",\"value\":\"%s\"}\n", day, t,
					11255808 + w, colour[(t * w % 7 == 3 ? t + w : t) % 3 + 1]
	}'
}
scored() {
	lbl-agree -q --method mv | lbl-score -q --rule gold --epoch "$1"
}
ALL="--deployment deployment.json --key key.json --password-file password.txt --rpc $NODE --confirmations 1 --wait 3"
pay() {
	lbl-payout --state s $ALL "$@"
}

{
	rpc evm_snapshot '[]' >before
	labels d1 1 6 | lbl-ingest -q | scored d1 >scores1
	exits 75 pay scores1 >posted.ndjson 2>err.posted
	pass 60
	exits 0 pay posted.ndjson >night.ndjson 2>err.night           # the whole night in one log
	exits 0 lbl-payout withdraw --state s $ALL night.ndjson >drawn.ndjson 2>err.drawn
	exits 0 pay scores1 >again.ndjson 2>err.again            # as a job does that is run once more
	cp s/journal.ndjson journal
	ln -s night.ndjson log.ndjson
	chain="--rpc $NODE --deployment deployment.json --payer $PAYER"
} >setup 2>&1 || sed 's/^/# /' setup

t 'a night by the pool agrees: as it was posted, settled, drawn, and run once more' '
	agrees posted.ndjson
	agrees night.ndjson
	has err "2 transactions, 0 of them on the chain: 0 findings"
	agrees drawn.ndjson
	agrees --deployment deployment.json --payer $PAYER --chain-id 31337 drawn.ndjson
	agrees posted.ndjson again.ndjson
'
t 'and with the chain' '
	agrees $chain posted.ndjson
	agrees $chain night.ndjson
	has err "2 transactions, 2 of them on the chain: 0 findings"
	agrees $chain --rpc http://127.0.0.1:1 --rpc "$NODE" drawn.ndjson
	has err "3 transactions, 3 of them on the chain"
	printf "%s\n" "$NODE" >url
	agrees --rpc-file url drawn.ndjson
	agrees $chain posted.ndjson again.ndjson
'
t 'what an earlier log has planned stands in no run of a later one' '
	lies again.ndjson
	rules unexplained
	finding unexplained "$(at "$(nth 1 batch again.ndjson)")" "does not follow from the records of any log"
	edit "/\"kind\":\"batch\"/s/\"total\":\"9/\"total\":\"8/" again.ndjson
	lies posted.ndjson bad.ndjson
	finding unexplained "\"file\":\"bad.ndjson\""
'
t 'posted and settled by another host, whose log is not here: the receipt alone' '
	edit "/\"kind\":\"tx\"/d"
	agrees bad.ndjson
	agrees $chain bad.ndjson
	has err "0 transactions, 1 of them on the chain"
'
t 'a log that grows: the next night plans what is new' '
	{ cat night.ndjson; labels d2 1 6; } | lbl-ingest -q | scored d2 >scores2
	exits 75 pay scores2 >posted2.ndjson 2>err
	pass 60
	exits 0 pay posted2.ndjson >night2.ndjson 2>err
	[ "$(grep -c "\"kind\":\"batch\"" night2.ndjson)" -eq 2 ]
	agrees posted2.ndjson
	agrees night2.ndjson
	agrees $chain night2.ndjson
	has err "4 transactions, 4 of them on the chain"
	# what the second batch stands on is the whole log
	edit "/\"kind\":\"receipt\"/s/\"gas\":/&1/" night2.ndjson
	lies bad.ndjson
	rules differs
	finding differs "$(at "$(nth 2 batch night2.ndjson)")" "log_root"
'
t 'one worker more of a night that was planned: that one is planned; nothing is passed over' '
	labels d3 1 5 | lbl-ingest -q | scored d3 >scores3
	exits 75 pay scores3 >early.ndjson 2>err
	labels d3 1 6 | lbl-ingest -q | scored d3 >scores3
	exits 75 pay scores3 >late.ndjson 2>err
	[ "$(grep -c "\"kind\":\"payment\"" late.ndjson)" -eq 1 ]
	agrees early.ndjson late.ndjson
	lies late.ndjson
	pass 60
	exits 75 pay late.ndjson >late2.ndjson 2>err
	pass 60
	exits 0 pay late.ndjson >late2.ndjson 2>err
	agrees early.ndjson late2.ndjson
	agrees $chain early.ndjson late2.ndjson
	has err "4 of them on the chain"
	# the first of the two batches as if it had never been settled
	edit "/\"batch\":3,/d;/\"kind\":\"receipt\".*(,\"0x[^\"]*\"){4}\]/d" late2.ndjson
	sed "/\"kind\":\"tx\"/d" early.ndjson | seal >first.ndjson
	lies first.ndjson bad.ndjson
	rules unpaid
	finding unpaid "its batch was passed over: a later one is settled"
'

# one lie in the night's log: SED-SCRIPT KIND RULE WORDS, and the record of that kind is named
lie() {
	edit "$1"
	lies bad.ndjson
	finding "$3" "{\"line\":$(nth "${5-1}" "$2" bad.ndjson)}" "$4"
}
t 'a batch that does not follow from the plan' '
	lie "/\"kind\":\"batch\"/s/(\"total\":\")9/\18/" batch differs "field \\\"total\\\" is"
	rules differs
	lie "/\"kind\":\"batch\"/s/(\"log_root\":\"0x)./\1f/" batch differs "field \\\"log_root\\\" is"
	finding tx "$(at "$(nth 1 tx bad.ndjson)" "$(nth 1 batch bad.ndjson)")" "has another log root than batch 0x"
	lie "/\"kind\":\"batch\"/s/(\"payments\":\[\"0x)./\1g/" batch differs "field \\\"payments\\\" is"
	# a line that the plan stood on, which nothing else would tell: a review by nobody
	edit "1s/^/{\"kind\":\"comment\"}\n/"
	lies bad.ndjson
	finding differs "field \\\"log_root\\\" is"
'
t 'an action that does not do what its batch says' '
	edit "/\"action\":\"post\"/d"
	lies bad.ndjson
	rules tx
	finding tx "$(at "$(nth 1 tx bad.ndjson)" "$(nth 1 batch bad.ndjson)")" "settles as number 1 a batch that was not posted under it"
	lie "/\"action\":\"settle\"/s/\"batch\":1/\"batch\":2/" tx tx "is not the number in" 2
	lie "/\"action\":\"settle\"/s/(\"payments\":\[\"0x)./\1g/" tx tx "is not that of a batch before it" 2
	lie "/\"action\":\"post\"/s/(\"id\":\"0x)../\1ee/" tx tx "is not that of this post"
	lie "/\"action\":\"post\"/s/(\"to\":\"0x)../\1ee/" tx tx "do not say what"
	lie "/\"action\":\"post\"/s/\"post\"/\"settle\"/" tx tx "is no settle as lbl-payout writes it"
	lie "/\"action\":\"post\"/s/\"post\"/\"reclaim\"/" tx tx "is nothing that lbl-payout does"
	lie "/\"action\":\"post\"/s/\"nonce\":/&1/" tx tx "do not say what"
'
t 'a transaction that its poster could have signed, for another batch, number, root, pool or amount' '
	words=$(field night.ndjson batch words | sed "s/^0x//;s/.\{64\}/,0x&/g;s/^,//") root=$(field night.ndjson batch log_root)
	id=$(sed -n "s/.*\"id\":\"\([^\"]*\)\".*\"action\":\"post\".*/\1/p" night.ndjson)
	# signed VALUE TO FUNCTION ARG... - the post of the night replaced by this one
	signed() {
		_value=$1 _to=$2
		shift 2
		raw=$("$tool" cast mktx --private-key $KEY --rpc-url "$NODE" --nonce 13 --chain 31337 --gas-limit 900000 \
			--gas-price 2000000000 --priority-gas-price 1 --value "$_value" "$_to" "$@")
		to=$(echo "$_to" | tr A-F a-f)
		sed -E "/\"action\":\"post\"/s/\"hash\":\"[^\"]*\",\"raw\":\"[^\"]*\"/\"hash\":\"$("$tool" cast keccak $raw)\",\"raw\":\"$raw\"/;/\"action\":\"post\"/{s/\"to\":\"[^\"]*\"/\"to\":\"$to\"/;s/\"nonce\":[0-9]*/\"nonce\":13/}" night.ndjson | seal >bad.ndjson
	}
	post="post(uint64,bytes32,bytes32[])"
	signed 0 $POOL "$post" 1 $root "[$words]"
	agrees bad.ndjson
	signed 1 $POOL "$post" 1 $root "[$words]"
	lies bad.ndjson
	finding tx "sends ether along"
	signed 0 $POOL "$post" 2 $root "[$words]"
	lies bad.ndjson
	finding tx "is not the number in"
	signed 0 $POOL "$post" 1 0x$(printf %064x 7) "[$words]"
	lies bad.ndjson
	finding tx "has another log root than batch"
	signed 0 $POOL "$post" 1 $root "[0x$(printf %064x 7)]"
	lies bad.ndjson
	finding tx "has other words than batch"
	signed 0 $TOKEN "$post" 1 $root "[$words]"
	lies bad.ndjson
	finding tx "goes to another pool or chain than batch"
	signed 0 $POOL "transfer(address,uint256)" $(worker 3) 5
	lies bad.ndjson
	finding tx "is no post as lbl-payout writes it"
'
t 'a receipt that says something else' '
	lie "/\"kind\":\"receipt\"/s/(\"payments\":\[\"0x)./\1g/" receipt receipt "names other payments than its transaction"
	lie "/\"kind\":\"receipt\"/s/(\"hash\":\"0x)../\1ee/" receipt receipt "is of another transaction than the one that settles its batch"
	lie "/\"kind\":\"receipt\"/s/\"status\":1/\"status\":0/" receipt receipt "the transaction failed: nothing was done"
	finding unpaid "its batch was settled without a receipt"
	lie "/\"kind\":\"receipt\"/s/\"status\":1/\"status\":1,\"x\":1/" receipt receipt "has fields or bytes that its tool does not write"
	edit "/\"kind\":\"receipt\"/d"
	lies bad.ndjson
	rules unpaid
	edit "/\"kind\":\"receipt\"/s/(\"payments\":\[)\"[^\"]*\",/\1/"
	lies bad.ndjson
	rules unpaid
	finding unpaid "$(at "$(nth 1 payment bad.ndjson)" "$(nth 1 batch bad.ndjson)")" "the receipt of its batch leaves it out"
	edit "/\"kind\":\"receipt\"/{p;s/(\"hash\":\"0x)../\1ee/}"
	lies bad.ndjson
	finding paid-twice "paid 2 times"
'
t 'a payment in two batches' '
	# planned from the same scores with other work before it: another batch, of the same payments
	sed "s/\"verified\":12/\"verified\":11/;s/\"rejected\":0/\"rejected\":1/" scores1 | seal >other
	exits 0 lbl-payout facts -q --deployment deployment.json --rpc "$NODE" other >facts
	exits 0 lbl-payout plan -q --deployment deployment.json facts >other.ndjson
	lies night.ndjson other.ndjson
	[ "$(grep -c "\"rule\":\"paid-twice\".*2 batches carry it, and each may be settled" found)" -eq 6 ]
	# under the number of a batch that is settled it never will be: one of the two was void
	words=$(field other.ndjson batch words | sed "s/^0x//;s/.\{64\}/,0x&/g;s/^,//") about=$(field other.ndjson batch id)
	raw=$("$tool" cast mktx --private-key $KEY --rpc-url "$NODE" --nonce 500 --chain 31337 --gas-limit 900000 --gas-price 9 \
		--priority-gas-price 1 $POOL "post(uint64,bytes32,bytes32[])" 1 $(field other.ndjson batch log_root) "[$words]")
	# lbl-post, the batch, number 1, counter 0
	id=$("$tool" cast keccak "0x000000086c626c2d706f737400000020${about#0x}00000008$(printf %016x 1)00000008$(printf %016x 0)")
	{
		cat other.ndjson
		printf "{\"kind\":\"tx\",\"id\":\"%s\",\"hash\":\"%s\",\"raw\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"nonce\":500,\"chain\":31337," \
			"$id" "$("$tool" cast keccak "$raw")" "$raw" $PAYER "$(echo $POOL | tr A-F a-f)"
		printf "\"action\":\"post\",\"batch\":1,\"payments\":%s}\n" \
			"$(sed -n "s/.*\"kind\":\"batch\".*\"payments\":\(\[[^]]*\]\).*/\1/p" other.ndjson)"
	} | seal >void.ndjson
	lies night.ndjson void.ndjson   # whose scores come from nowhere
	[ "$(grep -c "\"rule\":\"paid-twice\"" found)" -eq 0 ]
	[ "$(grep -c "\"rule\":\"tx\"" found)" -eq 0 ]
'
t 'another deployment than the auditor'\''s' '
	jq ".contracts.pool.address = .contracts.token.address" deployment.json >d.json
	lies --deployment d.json night.ndjson
	rules run tx
	finding run "planned for another pool than --deployment: field \\\"pool\\\" is another"
	[ "$(grep -c "goes to another contract than the pool of --deployment" found)" -eq 2 ]
	lies --payer $OTHER night.ndjson
	rules tx
	lies --chain-id 5 night.ndjson
	rules tx
	jq ".genesis = \"0x$(printf %064x 1)\"" deployment.json >d.json
	lies --deployment d.json --rpc "$NODE" night.ndjson
	finding chain "the node is on another chain than --deployment"
'
t 'each of many changed bytes is found, and its record named' '
	n=150
	[ -z "${LBL_SAN-}" ] || n=20
	flip drawn.ndjson "${SEED-1}" 1-$n "$LBL_BUILD/bin/lbl-audit"
'

# ---- what only the chain can tell ---------------------------------------------------------

t 'logs that agree with themselves, and not with the chain' '
	for s in "s/\"block\":/&1/" "s/\"gas\":/&1/"; do
		edit "/\"kind\":\"receipt\"/$s"
		agrees bad.ndjson
		lies $chain bad.ndjson
		rules chain
		finding chain "$(at "$(nth 2 tx)" "$(nth 1 receipt)")" "status, block or gas"
	done
	# planned by other parameters, all of it computed anew: what was posted is the same
	edit "/\"kind\":\"chain\"/s/\"version\":1,\"rate\":10000/\"version\":2,\"rate\":10000/;s/\"pool:1\"/\"pool:2\"/"
	agrees bad.ndjson
	lies $chain bad.ndjson
	rules chain
	finding chain "$(at "$(nth 1 tx)")" "another version of the parameters"
	edit "/\"kind\":\"chain\"/s/\"rate\":10000/\"rate\":20000/;s/\"amount\":\"48000000000000000\"/\"amount\":\"96000000000000000\"/;s/\"total\":\"96000000000000000\"/\"total\":\"192000000000000000\"/"
	agrees bad.ndjson
	lies $chain bad.ndjson
	rules chain
	finding chain "$(at "$(nth 2 tx)" "$(nth 1 receipt)")" "another total than that of the payments in the receipt"
'
t 'a batch that was settled by somebody: the receipt is asked for, and the post' '
	# a post of somebody else: only the chain knows of it
	edit "/\"action\":\"post\"/d"
	agrees $chain bad.ndjson
	edit "/\"kind\":\"tx\"/d"
	agrees bad.ndjson
	agrees $chain bad.ndjson
	# the receipt of a transaction that settles nothing
	post=$(field night.ndjson tx hash | head -n 1)
	block=$(($(rpc eth_getTransactionReceipt "[\"$post\"]" | wc -c) * 0 + $(sed -n "s/.*\"kind\":\"mined\",\"hash\":\"$post\".*\"block\":\([0-9]*\).*/\1/p" journal)))
	gas=$(sed -n "s/.*\"kind\":\"mined\",\"hash\":\"$post\".*\"gas\":\([0-9]*\).*/\1/p" journal)
	edit "/\"kind\":\"tx\"/d;/\"kind\":\"receipt\"/{s/\"hash\":\"[^\"]*\"/\"hash\":\"$post\"/;s/\"block\":[0-9]*/\"block\":$block/;s/\"gas\":[0-9]*/\"gas\":$gas/}"
	agrees bad.ndjson
	lies $chain bad.ndjson
	rules chain
	finding chain "the chain shows no batch that it settled"
	edit "/\"kind\":\"tx\"/d;/\"kind\":\"receipt\"/s/(\"hash\":\"0x)../\1ee/"
	lies $chain bad.ndjson
	finding chain "the log has a receipt, and the chain does not know the transaction"
'
# ---- journals -------------------------------------------------------------------------------

# journal_lies SED-SCRIPT RULE WORDS - in the journal of the nights
journal_lies() {
	sed -E "$1" journal >bad
	! cmp -s bad journal || { echo "nothing was edited: $1" >&2; return 1; }
	exits 1 lbl-audit journal bad >found 2>err
	finding "$2" "$3"
}
t 'a journal keeps its laws, and what is open is told' '
	exits 0 lbl-audit journal journal >found 2>err
	has err "journal: 8 lines, 3 transactions, 0 replacements: 3 done, 0 failed, 0 open; 1 batches: 1 settled, 0 void, 0 under way: 0 findings"
	head -n 2 journal >half
	printf "{\"kind\":\"mi" >>half
	exits 0 lbl-audit journal half journal >found 2>err
	has err "half: 11 bytes of a torn last line"
	has err "open: post of batch 1, nonce"
	has err "open: batch 0x"
	exits 0 lbl-audit journal - <journal >found 2>err
	exits 0 lbl-audit journal s/journal.ndjson >found 2>err
'
t 'a journal with a lie in it' '
	journal_lies "1d" tx "is about a batch that was not planned"
	journal_lies "1s/(\"total\":\")/\11/" differs "is not what was planned, and nobody is left out"
	journal_lies "1s/(\"log_root\":\"0x)../\1ee/" tx "its log root is not that of the plan"
	journal_lies "1s/(\"data_hash\":\"0x)../\1ee/" differs "is not the hash of"
	journal_lies "1s/(\"payments\":\[\"0x)../\1ee/" differs "is not that of these words and payments"
	journal_lies "1s/(\"pool\":\"0x)../\1ee/" differs "is not that of these words and payments"
	journal_lies "1p" paid-twice "was planned before"
	journal_lies "2p" paid-twice "a transaction that was tried before"
	journal_lies "2d" receipt "mined, and was not tried before"
	journal_lies "2s/\"nonce\":/&1/" tx "do not say what"
	journal_lies "2s/(\"id\":\"0x)../\1ee/" tx "is not that of this action"
	journal_lies "3s/\"status\":1/\"status\":2/" receipt "expected 0 or 1"
	journal_lies "3s/(\"payments\":\[\"0x)../\1ee/" receipt "names other payments"
	journal_lies "5s/\"status\":1/\"status\":0/" receipt "settled by a transaction that failed"
	journal_lies "6p" paid-twice "batch 1 is settled a second time"
	journal_lies "6{p;s/\"number\":1/\"number\":2/}" paid-twice "settled before, under another number"
	journal_lies "6s/\"number\":1/\"number\":2/" differs "is not that of its transaction"
	journal_lies "6s/\"number\":1,//" line "field \\\"number\\\": expected a whole number"
	journal_lies "7s/(\"payments\":\[\"0x)../\1ee/" tx "is not that of this action"
	journal_lies "8s/mined/mint/" line "a kind that no journal has"
	journal_lies "8s/.$//" line "unexpected end"
	id=$(field journal plan id)
	echo "{\"kind\":\"void\",\"id\":\"$id\",\"number\":1,\"upheld\":true}" >void
	journal_lies "6r void" order "void, and was not under way"
	{ sed -n 1p journal; cat void; sed -n 1p journal; } >bad
	exits 1 lbl-audit journal bad >found 2>err
	finding paid-twice "was judged to be wrong, and is planned again"
	sed -i s/true/false/ void
	{ sed -n 1p journal; cat void; sed -n 1p journal; } >bad
	exits 0 lbl-audit journal bad >found 2>err
	# its payments in another batch: only behind the void
	sed -n "/\"kind\":\"batch\"/{s/\"batch\"/\"plan\"/;s/}$/,\"chain\":31337,\"pool\":\"$(echo $POOL | tr A-F a-f)\"}/p}" other.ndjson >plan
	{ sed -n 1p journal; cat void plan; } >bad
	exits 0 lbl-audit journal bad >found 2>err
	{ sed -n 1p journal; cat plan; } >bad
	exits 1 lbl-audit journal bad >found 2>err
	finding paid-twice "is made by another batch"
	cat journal journal >bad
	exits 1 lbl-audit journal bad >found 2>err
	rules paid-twice
'

# transfer PAYMENT NONCE MAX-FEE TIP AMOUNT - a try, signed by others than us
transfer() {
	raw=$("$tool" cast mktx --private-key $KEY --rpc-url "$NODE" --nonce "$2" --chain 31337 --gas-limit 60000 --gas-price "$3" \
		--priority-gas-price "$4" "$TOKEN" "transfer(address,uint256)" "$(worker 1)" "$5")
	printf "{\"kind\":\"try\",\"id\":\"%s\",\"hash\":\"%s\",\"raw\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"nonce\":%s,\"chain\":31337,\"payments\":[\"%s\"]}\n" \
		"$1" "$("$tool" cast keccak "$raw")" "$raw" $PAYER "$(echo "$TOKEN" | tr A-F a-f)" "$2" "$1"
}
mined() {
	printf "{\"kind\":\"mined\",\"hash\":\"%s\",\"status\":%s,\"block\":9,\"gas\":50000,\"payments\":[\"%s\"]}\n" \
		"$(sed -n "s/.*\"hash\":\"\([^\"]*\)\".*/\1/p" "$1")" "$2" "$3"
}
# journal_of RULE|ok FILE... - these lines make a journal that is good, or breaks this law
journal_of() {
	_rule=$1 _want=1
	shift
	cat "$@" >bad
	[ $_rule != ok ] || _want=0
	exits $_want lbl-audit journal bad >found 2>err
	[ $_rule = ok ] || rules $_rule
}
t 'replacements pay an eighth more, and one nonce is used once' '
	a=0x$(printf %064x 10) b=0x$(printf %064x 11)
	transfer $a 7 8000 800 5 >t1
	transfer $a 7 9000 900 5 >t2
	transfer $a 7 8999 900 5 >low_fee
	transfer $a 7 9000 899 5 >low_tip
	transfer $a 7 9000 900 6 >other_amount
	transfer $b 7 9000 900 5 >other_payment
	transfer $a 8 8000 800 5 >other_nonce
	mined t1 1 $a >paid
	mined t1 0 $a >failed
	mined t2 1 $a >paid2
	journal_of ok t1 t2
	has err "1 transactions, 1 replacements: 0 done, 0 failed, 1 open"
	has err "open: transfer, nonce 7"
	journal_of ok t1 t2 paid
	journal_of tx t1 low_fee
	finding tx "not both of its fees are an eighth higher"
	journal_of tx t1 low_tip
	journal_of tx t1 other_amount
	finding tx "which does something else"
	journal_of tx t1 other_payment
	journal_of paid-twice t1 other_nonce
	journal_of paid-twice t1 paid other_nonce
	journal_of ok t1 failed other_nonce
	journal_of tx t1 paid t2
	finding tx "a nonce that is used up"
	journal_of receipt t1 t2 paid paid2
	finding receipt "and so was another one with its nonce"
'

# ---- claims ---------------------------------------------------------------------------------

C="--mode claims --deployment deployment.json --key key.json --password-file password.txt --rpc $NODE --confirmations 1 --wait 20 --state c"
{
	CLAIMS=$(jq -r .contracts.claims.address deployment.json)
	tell_chain "$PAYER" "$TOKEN" 'transfer(address,uint256)' "$CLAIMS" 1000000000000000000000
	labels c1 1 6 | lbl-ingest -q | scored c1 >scores
	exits 0 lbl-payout $C scores >committed.ndjson 2>err
	pass 86400
	exits 0 lbl-payout withdraw $C committed.ndjson >claimed.ndjson 2>err
	rm log.ndjson
	ln -s claimed.ndjson log.ndjson
} >setup 2>&1 || { sed 's/^/# /' setup; sed 's/^/# /' err; }

t 'claims agree: committed, and pushed' '
	agrees committed.ndjson
	agrees $chain committed.ndjson
	agrees claimed.ndjson
	agrees $chain claimed.ndjson
	n=$(grep -c "\"kind\":\"tx\"" claimed.ndjson)
	[ $n -gt 1 ]
	has err "$n transactions, $n of them on the chain"
	exits 0 lbl-audit journal c/journal.ndjson >found 2>err
'
t 'claims with a lie in them' '
	lie "/\"kind\":\"commit\"/s/(\"total\":\")/\11/" commit differs "field \\\"total\\\" is"
	lie "/\"kind\":\"commit\"/s/(\"log_root\":\"0x)../\1ee/" commit differs "field \\\"log_root\\\" is"
	finding tx "has another log root than commit"
	lie "/\"kind\":\"commit\"/s/(\"id\":\"0x)../\1ee/" commit differs "field \\\"id\\\" is"
	lie "0,/\"kind\":\"claim\"/s/(\"kind\":\"claim\".*\"total\":\")/\11/" claim differs "field \\\"total\\\" is"
	lie "/\"action\":\"commit\"/s/\"batch\":0/\"batch\":1/" tx tx "is about none"
	lie "/\"action\":\"commit\"/s/(\"payments\":\[\"0x)../\1ee/" tx tx "is not that of a commit before it"
	lie "/\"action\":\"claim\"/s/(\"payments\":\[\"0x)../\1ee/" tx tx "is not the claim in" 2
	edit "/\"kind\":\"commit\"/d"
	lies bad.ndjson
	finding tx "its proof leads to no root that a commit before it has"
	finding missing "\"kind\":\"commit\""
	jq ".contracts.claims.address = .contracts.token.address" deployment.json >d.json
	lies --deployment d.json claimed.ndjson
	rules run tx
	finding tx "goes to another contract than the claims of --deployment"
	n=100
	[ -z "${LBL_SAN-}" ] || n=20
	flip claimed.ndjson "${SEED-1}" 1-$n "$LBL_BUILD/bin/lbl-audit"
'
t 'claims that agree with themselves, and not with the chain' '
	edit "/\"kind\":\"claims\"/s/\"version\":1/\"version\":2/;/\"kind\":\"commit\"/s/\"version\":1/\"version\":2/"
	agrees bad.ndjson
	lies $chain bad.ndjson
	rules chain
	finding chain "$(at "$(nth 1 tx)" "$(nth 1 receipt)")" "another version of the parameters"
'
t 'a chain that has forgotten it all' '
	rpc evm_revert "[\"$(cat before)\"]" >>log
	lies $chain drawn.ndjson
	rules chain
	[ "$(grep -c "the chain does not know the transaction" found)" -eq 3 ]
'
finish
