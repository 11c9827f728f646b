#!/bin/sh
# The contracts' own tests, run by forge.
. "${0%/*}/lib.sh"

if [ "${LBL_SAN-}" ]; then
	skip 'contracts/bin/check' 'nothing in it is sanitized'
elif ! [ -d "$LBL_TOP/contracts/node_modules" ]; then
	skip 'contracts/bin/check' 'no contracts/node_modules: run "npm ci" in contracts/'
else
	t 'what C makes of the pay rule, for the contracts to be compared with' '
		"$LBL_TOP/contracts/bin/vectors" "$LBL_BUILD/t/reward-vectors" "$LBL_SHARED/cases"
	'
	for name in rewards.ndjson chain/merkle.json chain/eip712.json; do
		[ -e "$LBL_SHARED/cases/$name" ] || skip "the contracts and $name" 'it is not there'
	done
	t 'contracts/bin/check' '"$LBL_TOP/contracts/bin/check"'
fi
finish
