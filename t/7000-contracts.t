#!/bin/sh
# The contracts' own tests, run by forge.
. "${0%/*}/lib.sh"

if [ "${LBL_SAN-}" ]; then
	skip 'contracts/bin/check' 'nothing in it is sanitized'
elif ! [ -d "$LBL_TOP/contracts/node_modules" ]; then
	skip 'contracts/bin/check' 'no contracts/node_modules: run "npm ci" in contracts/'
else
	t 'what C makes of the pay rule, for the contracts to be compared with' '
		shared=$LBL_SHARED/cases/rewards.ndjson
		[ -e "$shared" ] || shared=-
		"$LBL_TOP/contracts/bin/vectors" "$LBL_BUILD/t/reward-vectors" "$shared"
	'
	t 'contracts/bin/check' '"$LBL_TOP/contracts/bin/check"'
fi
finish
