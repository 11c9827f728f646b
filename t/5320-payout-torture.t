#!/bin/sh
# lbl-payout over a chain and a network that go wrong, dying and with a disk that fails: 60
# seeds of what `make torture SEEDS=1000` does.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/torture.sh"

if ! torture_can; then
	skip '60 seeds of random faults' "$why"
	finish
fi

# seeds MODE N
seeds() {
	exits 0 "$LBL_TOP/t/torture" --mode "$1" --dir "$PWD/$1" "$2" >table 2>err
	cat table err
	grep -qx "seeds that failed 0" table
	grep -qx "wrong balances    0" table
}
t '46 seeds of random faults: every balance is exact' 'seeds transfer 46'
sed 's/^/# /' table
t 'by the pool, 8 seeds' 'seeds pool 8'
sed 's/^/# /' table
t 'by claims, 6 seeds: and every proof pays what is owed, once' 'seeds claims 6'
sed 's/^/# /' table
# a proof that met no misfortune proves nothing
t 'each kind of fault came to pass' '
	jq -se "map(.faults | to_entries[]) | group_by(.key) | map(select((map(.value) | add) == 0) | .[0].key) |
		if . == [] then true else error(tostring) end" transfer/seeds.ndjson
	jq -se "[.[].codes[]] | map(select(. == 137)) | length > 50" transfer/seeds.ndjson
'
finish
