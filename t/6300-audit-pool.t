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
	labels d1 1 6 | lbl-ingest -q | scored d1 >scores1
	exits 75 pay scores1 >posted.ndjson 2>err.posted
	pass 60
	exits 0 pay posted.ndjson >night.ndjson 2>err.night           # the whole night in one log
	exits 0 lbl-payout withdraw --state s $ALL night.ndjson >drawn.ndjson 2>err.drawn
	exits 0 pay scores1 >again.ndjson 2>err.again            # as a job does that is run once more
	cp s/journal.ndjson journal
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
t 'a log that grows: the next night plans what is new, and one worker who was late' '
	{ cat night.ndjson; labels d2 1 6; } | lbl-ingest -q | scored d2 >scores2
	exits 75 pay scores2 >posted2.ndjson 2>err
	pass 60
	exits 0 pay posted2.ndjson >night2.ndjson 2>err
	[ "$(grep -c "\"kind\":\"batch\"" night2.ndjson)" -eq 2 ]
	agrees posted2.ndjson
	agrees night2.ndjson
	agrees $chain night2.ndjson
	has err "4 transactions, 4 of them on the chain"
	# posted and settled by another host, whose log is not here: the receipt alone
	sed "/\"kind\":\"tx\"/d" night2.ndjson | seal >theirs.ndjson
	agrees theirs.ndjson
	agrees $chain theirs.ndjson
	has err "2 of them on the chain"
	# the first night passed over, the second one settled
	edit "0,/\"kind\":\"receipt\"/{/\"kind\":\"receipt\"/d};0,/\"kind\":\"tx\"/{/\"kind\":\"tx\"/d};0,/\"kind\":\"tx\"/{/\"kind\":\"tx\"/d}" night2.ndjson
	lies bad.ndjson
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
	lie "/\"kind\":\"batch\"/s/(\"total\":\")9/\18/" batch differs "field \\\\\"total\\\\\" is"
	rules differs
	lie "/\"kind\":\"batch\"/s/(\"log_root\":\"0x)./\1f/" batch differs "field \\\\\"log_root\\\\\" is"
	finding tx "$(at "$(nth 1 tx bad.ndjson)" "$(nth 1 batch bad.ndjson)")" "has another log root than batch 0x"
	lie "/\"kind\":\"batch\"/s/(\"payments\":\[\"0x)./\1g/" batch differs "field \\\\\"payments\\\\\" is"
	# a line that the plan stood on, which nothing else would tell: a review by nobody
	edit "1s/^/{\"kind\":\"comment\"}\n/"
	lies bad.ndjson
	finding differs "field \\\\\"log_root\\\\\" is"
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
	words=$(field night.ndjson batch words) root=$(field night.ndjson batch log_root)
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
	lbl-payout plan -q --deployment deployment.json posted.ndjson >/dev/null
	sed "s/\"verified\":12/\"verified\":11/;s/\"rejected\":0/\"rejected\":1/" scores1 | seal >other
	exits 0 lbl-payout facts -q --deployment deployment.json --rpc "$NODE" other >facts
	exits 0 lbl-payout plan -q --deployment deployment.json facts >other.ndjson
	lies night.ndjson other.ndjson
	[ "$(grep -c "\"rule\":\"paid-twice\".*2 batches carry it, and each may be settled" found)" -eq 6 ]
'
t 'another deployment than the auditor'\''s' '
	jq ".contracts.pool.address = .contracts.token.address" deployment.json >d.json
	lies --deployment d.json night.ndjson
	rules run tx
	finding run "planned for another pool than --deployment: field \\\\\"pool\\\\\" is another"
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
finish
