#!/bin/sh
# lbl-payout by claims, killed before its calls in a night of five groups, each with a root of its
# own, and in one that pushes the claims of all twenty workers; and run again: every root is
# committed once, every proof pays what is owed, once, and no transaction is made in vain.  It
# takes every Kth of the calls; KILL_ALL is as in t/5310.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/torture.sh"

if ! torture_can; then
	skip 'killed at every call' "$why"
	finish
fi
MODE=claims
world_start || { t 'a node, a claims contract and a proxy' false; finish; }
PAYER_OPTIONS='--confirmations 1 --wait 20 --bump-after 5'
twenty

# ---- roots -----------------------------------------------------------------------------------

watched begin
t "a run that nobody disturbs makes $(wc -l <calls.log) calls for 5 roots" '
	ends undisturbed 5
	[ "$(grep -c "\"kind\":\"claim\"" out)" -eq 20 ]
'
# one that sees nothing wrong with it would prove nothing
t 'the judge sees what is wrong with proofs, and with what is owed' '
	# sees TEXT JQ [SED] - of what was printed and of the scores, changed so
	sees() {
		begin
		payer scores
		jq -c "$2" out >other && mv other out
		sed "${3-}" scores >owed
		if all_once owed 2>seen; then echo "it does not say: $1"; exit 1; fi
		has seen "$1"
	}
	first="if .kind == \"claim\" and .index == 1 then"
	sees "the claim of $(payee 1) for epoch e is refused" "$first .proof[0] = .root else . end"
	sees "the claim of $(payee 1) for epoch e is to 102000000000000" "$first .total = \"102000000000000\" else . end"
	sees "$(payee 1) cannot prove the work of epoch e" "$first empty else . end"
	sees "of group 0 is of no book" . "1s/\"verified\":101/\"verified\":100/"
'
moments 7 3 >when
parts 'killed before' begin 5
moments 11 5 few >when
parts 'killed, and the power fails, before' begin 5 KILLAT_POWER=1

# ---- claims ----------------------------------------------------------------------------------

# the roots are in force; what the night printed is the job
committed() {
	begin
	(VERB='' && payer scores) || return 1
	mv out log.scores
	wc -c <j >state
	rpc evm_mine '[]' >>log
}
VERB=withdraw JOB=log.scores nonces=25
watched committed
t "a run that pushes 20 claims makes $(wc -l <calls.log) calls" 'ends undisturbed 25'
moments 19 7 >when
parts 'killed before' committed 25
moments 29 13 few >when
parts 'killed, and the power fails, before' committed 25 KILLAT_POWER=1
finish
