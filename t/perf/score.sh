#!/bin/sh
# lbl-score on ten million labels of twenty thousand workers: verdicts, measures against gold, and the default score.
#
# The labels are gen-labels', 500 a worker, kept in $LBL_BUILD/perf; every twentieth task has gold.  Runs print their
# records only, to nowhere; seconds are of the wall, the whole process from NDJSON to the last record, the better of two
# turns; memory is the most that was resident.  "next" is the night after: a million more labels, the verdicts and
# scores of the first night read in.
#
# LBL_LABELS=N measures on N labels instead, against bounds that are then not the promised ones.
set -eu
most=${LBL_LABELS:-10000000}
made=$LBL_BUILD/perf

# input N - labels.N.ndjson and gold.N.ndjson
input() {
	[ -e "$made/labels.$1.ndjson" ] || {
		gen-labels "$1" >"$made/labels.new"
		mv "$made/labels.new" "$made/labels.$1.ndjson"
	}
	[ -e "$made/gold20.$1.ndjson" ] || {
		gen-labels --gold "$1" | awk 'NR % 20 == 1' >"$made/gold.new"
		mv "$made/gold.new" "$made/gold20.$1.ndjson"
	}
}

# measure NAME OPTION... FILE... - $seconds and $memory of lbl-score, the better of two turns
measure() {
	for _turn in 1 2; do
		timed lbl-score -q --only "$@"
	done >"$made/turns"
	seconds=$(jq -s 'map(.wall) | min' "$made/turns")
	memory=$(jq -s 'map(.memory) | max' "$made/turns")
}

# calc EXPRESSION - of awk
calc() {
	awk "BEGIN { printf \"%.6g\", ($1) }"
}

# figure NAME VALUE UNIT [BOUND] - at most BOUND
figure() {
	jq -cn --arg name "$1" --argjson value "$2" --arg unit "$3" --argjson bound "${4-null}" '
		{ figure: ("score." + $name), value: $value, unit: $unit, bound: $bound,
			ok: ($bound == null or $value <= $bound), peer: null, ratio: null }'
}

echo "score: load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime), $(getconf _NPROCESSORS_ONLN) cores" >&2

tenth=$((most / 10))
input "$most"
input "$tenth"
measure --quality "$made/gold20.$most.ndjson" "$made/labels.$most.ndjson"
figure hold.seconds "$seconds" s 8
figure hold.memory "$memory" MB 700
all=$seconds
measure --quality "$made/gold20.$tenth.ndjson" "$made/labels.$tenth.ndjson"
figure hold.linear "$(calc "$all / 10 / $seconds")" 'times the time a label of a tenth' 1.5
for rule in gold gate-ca consensus; do
	measure --rule "$rule" "$made/gold20.$most.ndjson" "$made/labels.$most.ndjson"
	figure "$rule.seconds" "$seconds" s
done
