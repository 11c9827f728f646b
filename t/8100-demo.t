# The demo: runs to its end, and twice gives the same consensus, scores and amounts.
# shellcheck shell=sh disable=SC2016 # the bodies of tests are expanded by t
. "${0%/*}/lib.sh"

if ! [ -d "$LBL_TOP/contracts/node_modules" ]; then
	skip 'the demo' 'contracts/node_modules is not here: make deps'
	finish
fi

t 'the demo ends with status 0, and says what everybody got' '
	DEMO_DIR=$work/a exits 0 sh "$LBL_TOP/examples/demo/run" >out 2>err
	has out "LBL in all"
	[ "$(grep -c "\"kind\":\"label\"" a/log.ndjson)" -eq 10000 ]
	[ "$(grep -c "\"kind\":\"receipt\"" a/log.ndjson)" -gt 30 ]
	has err "0 findings"
'

t 'its node is stopped' '
	rpc=$(sed -n "s/^Listening on //p" out)
	[ -n "$rpc" ]
	exits 69 lbl-audit replay --rpc "$rpc" a/log.ndjson >out.audit 2>err
'

t 'again, it gives the same consensus, scores and amounts to the byte' '
	DEMO_DIR=$work/b exits 0 sh "$LBL_TOP/examples/demo/run" >out2 2>err
	same a/scored.ndjson b/scored.ndjson
	grep "\"kind\":\"payment\"" a/log.ndjson >pay.a
	grep "\"kind\":\"payment\"" b/log.ndjson >pay.b
	[ -s pay.a ]
	same pay.a pay.b
'

t 'bad workers get next to nothing' '
	jq -s -e --slurpfile roles a/roles.ndjson "
		(\$roles | INDEX(.worker)) as \$r |
		[.[] | select(.kind == \"payment\") | {role: \$r[.worker].role, amount: (.amount | tonumber)}] |
		([.[] | select(.role != \"honest\") | .amount] | add) * 30 < ([.[] | .amount] | add)
	" a/log.ndjson >out
'

finish
