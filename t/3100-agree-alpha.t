#!/bin/sh
# Krippendorff's alpha as lbl-agree prints it against reference values: published
# examples and those of other programs, each with its error and interval.
# shellcheck disable=SC2016,SC2317
. "${0%/*}/lib.sh"

# Known without any file: Krippendorff (2011), example A.
t 'Krippendorff 2011, example A: 0.095' '
	i=0
	for pair in 01 11 01 00 00 01 00 00 10 00; do
		i=$((i + 1))
		for w in 1 2; do
			v=$(printf %s "$pair" | cut -c $w)
			printf "{\"kind\":\"label\",\"task\":\"u%d\",\"worker\":\"w%d\",\"value\":\"%d\"}\n" $i $w "$v"
		done
	done >in
	lbl-agree -q --only -m mv in >out
	jq -c "select(.kind == \"agreement\") | [(.value * 1000 | floor), .tasks, .workers, .labels]" out >got
	says got "[95,10,2,20]"
'

cases=$LBL_SHARED/cases/metrics
if ! [ -d "$cases" ]; then
	skip 'reference values' "no $cases"
	finish
fi

# as_expected NAME - our agreement record against NAME.expect.json
as_expected() {
	exits 0 lbl-agree -q --only -m mv "$cases/$1.labels.ndjson" >out 2>err
	empty err
	jq -n --slurpfile want "$cases/$1.expect.json" '
		def near($a; $b; $e):
			if $a == null or $b == null then $a == $b
			else ($a - $b | fabs) <= $e * ([1, ($b | fabs)] | max) end;
		[inputs | select(.kind == "agreement")] as $all | $all[0] as $got
		| $want[0] as $w | $w.alpha.nominal as $a | ($a.jackknife // {}) as $j
		| if ($all | length) != 1 or $got.metric != "alpha" then "one agreement record" else empty end,
		  if near($got.value; $a.value; 1e-12) then empty else "value" end,
		  if near($got.se; $j.se; 1e-10) then empty else "se" end,
		  if near($got.low; $j.ci95[0]; 1e-9) then empty else "low" end,
		  if near($got.high; $j.ci95[1]; 1e-9) then empty else "high" end,
		  if ($got.value == null or $got.se == null) == ($got | has("why")) then empty else "why" end,
		  if $got.tasks == $w.n_pairable_tasks then empty else "tasks" end,
		  if $got.workers == $w.n_workers then empty else "workers" end' out >wrong
	if [ -s wrong ]; then
		cat wrong
		grep '"kind":"agreement"' out
		jq -c '.alpha.nominal | del(.bootstrap_items)' "$cases/$1.expect.json"
		return 1
	fi
}

n=0
for f in "$cases"/*.expect.json; do
	name=${f##*/}
	name=${name%.expect.json}
	[ -r "$cases/$name.labels.ndjson" ] || continue
	jq -e '.alpha | type == "object" and has("nominal")' "$f" >/dev/null || continue
	n=$((n + 1))
	t "$name" "as_expected $name"
done
t 'no case was lost' '[ '$n' -ge 16 ]'
t 'what is undefined says why' '
	lbl-agree -q --only -m mv "$cases/edge_single_category.labels.ndjson" >out
	has out "\"metric\":\"alpha\",\"value\":null,\"why\":\"only one class occurs\","
	lbl-agree -q --only -m mv "$cases/edge_one_task.labels.ndjson" >out
	has out "\"value\":0,\"se\":null,\"why\":\"only one task has two labels\","
'
t 'the method that made the consensus does not touch it' '
	lbl-agree -q --only -m mv "$cases/krip2011_c_missing.labels.ndjson" | grep "\"kind\":\"agreement\"" >mv
	lbl-agree -q --only -m ds "$cases/krip2011_c_missing.labels.ndjson" | grep "\"kind\":\"agreement\"" >ds
	same mv ds
'
finish
