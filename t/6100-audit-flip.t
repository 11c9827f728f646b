#!/bin/sh
# One byte changed anywhere that matters in the demo's log: lbl-audit replay must end with
# status 1, and a finding must name the line.
# shellcheck disable=SC2016,SC2154
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/audit.sh"

# the demo without a node: 2,000 tasks, 60 workers, 10,000 labels
demo_log() {
	echo demo >password
	crowd . --seed 1 --tasks 2000 --workers 60
	lbl-ingest -q --from csv --as task --map task=item_id,data=text,choices=options tasks.csv >tasks.ndjson
	lbl-ingest -q --from csv --as worker --map worker=address,identity=identity workers.csv >workers.ndjson
	lbl-ingest -q --from csv --as gold --map task=item_id,value=answer gold.csv >gold.ndjson
	cat tasks.ndjson workers.ndjson | lbl-assign -q --k 5 --cap 180 --seed spring >assigned.ndjson
	crowd . --seed 1 --tasks 2000 --workers 60 --answer assigned.ndjson
	lbl-ingest -q --from label-studio --task-key item_id --worker-key email export.json >studio.ndjson
	lbl-ingest -q --from csv --map task=Item,worker=Annotator,value=Answer,at=SubmittedAt,seconds=Seconds labels.csv >other.ndjson
	cat assigned.ndjson gold.ndjson studio.ndjson other.ndjson | lbl-agree -q --method ds |
		lbl-score -q --epoch 2026-w47 --end | lbl-payout plan -q --policy "$LBL_TOP/examples/demo/policy.json" | sign >log.ndjson
}

seed=${SEED-1} n=500
[ -z "${LBL_SAN-}" ] || n=40

t 'the log of the demo agrees' '
	demo_log
	agrees log.ndjson
'
t "each of $n changed bytes is found, and its record named" '
	flip log.ndjson "$seed" 1-$((n / 2)) "$LBL_BUILD/bin/lbl-audit" &
	half=$!
	good=true
	flip log.ndjson "$seed" $((n / 2 + 1))-$n "$LBL_BUILD/bin/lbl-audit" || good=false
	wait "$half" || good=false
	$good
'
finish
