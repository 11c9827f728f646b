#!/bin/sh
# lbl-audit replay --rpc: a log that was really paid, and a chain that says something else.
# shellcheck disable=SC2016,SC2154
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/audit.sh"

if ! [ -d "$LBL_TOP/contracts/node_modules" ]; then
	skip 'the chain has the last word' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
PATH=$PATH:$LBL_TOP/contracts/bin

nodes=
trap 'for n in $nodes; do kill "$n"; done 2>/dev/null; cd / && rm -rf "$work"' EXIT

# node NAME ARG... - start a node; its address goes to the file NAME
node() {
	_name=$1
	shift
	tool anvil --host 127.0.0.1 --port 0 "$@" >"$_name.log" 2>&1 &
	nodes="$nodes $!"
	_tries=0
	until grep -q '^Listening on ' "$_name.log"; do
		_tries=$((_tries + 1))
		[ "$_tries" -lt 300 ] && kill -0 "$!" || { cat "$_name.log" >&2; return 1; }
		sleep 0.1
	done
	sed -n 's|^Listening on |http://|p' "$_name.log" >"$_name"
}

payer=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
{
	node main
	node other
	node far --chain-id 5
	small_log
	unsigned >planned.ndjson
	rpc=$(cat main)
	token=$(deploy-token --rpc "$rpc" --from $payer --name Label --symbol LBL --cap 1000000000000000000000000 --holder $payer)
	lbl-payout sign -q --key "$LBL_TOP/examples/demo/payer.json" --password-file password --token "$token" \
		--rpc "$rpc" planned.ndjson | lbl-payout send -q --rpc "$rpc" --journal journal --confirmations 1 >paid.ndjson
} >setup 2>&1 || sed 's/^/# /' setup

t 'a log that was paid agrees with the chain' '
	agrees --rpc "$rpc" --token "$token" --payer $payer --chain-id 31337 paid.ndjson
	has err "5 transactions, 5 of them on the chain: 0 findings"
	cat main >url
	agrees --rpc-file url paid.ndjson
	has err "5 of them on the chain"
'
t 'block and gas of a receipt are the chain'\''s' '
	n=$(nth 2 receipt paid.ndjson)
	for s in "s/\"block\":/&1/" "s/\"gas\":/&1/"; do
		edit "${n}$s" paid.ndjson
		agrees bad.ndjson
		lies --rpc "$rpc" bad.ndjson
		rules chain
		finding chain "$(at "$(nth 2 tx paid.ndjson)" "$n")" "status, block or gas"
	done
'
t 'a receipt that the log does not have' '
	edit "/\"kind\":\"receipt\"/d" paid.ndjson
	agrees bad.ndjson
	lies --rpc "$rpc" bad.ndjson
	rules chain
	[ "$(grep -c "the chain has a receipt, and the log has none" found)" -eq 5 ]
'
t 'a chain that does not know the transactions' '
	lies --rpc "$(cat other)" paid.ndjson
	rules chain
	[ "$(grep -c "the chain does not know the transaction" found)" -eq 5 ]
'
t 'another chain' '
	lies --rpc "$(cat far)" paid.ndjson
	finding chain "$(at "$(nth 1 tx paid.ndjson)")" "for another chain"
'
t 'signed and never sent: nothing to find on the chain, and nothing paid' '
	agrees --rpc "$rpc" planned.ndjson
	sign --nonce 900 planned.ndjson >signed.ndjson
	agrees --rpc "$rpc" signed.ndjson
	receipts <signed.ndjson | cat signed.ndjson - | seal >bad.ndjson
	lies --rpc "$rpc" bad.ndjson
	rules chain
'
t 'a transaction that is no good is not asked for' '
	edit "$(nth 1 tx paid.ndjson)s/\"hash\":\"0x../\"hash\":\"0x/" paid.ndjson
	lies --rpc "$rpc" bad.ndjson
	finding tx "$(at "$(nth 1 tx paid.ndjson)" "$(nth 1 payment paid.ndjson)")" "is not the hash"
'
t 'no node, no answer' '
	exits 69 lbl-audit replay --rpc http://127.0.0.1:1 paid.ndjson 2>err >found
	empty found
	exits 78 lbl-audit replay --rpc nonsense paid.ndjson 2>err
'
finish
