#!/bin/sh
# usage: same-bytes.sh BUILD [BUILD...]
#
# Runs what there is of the commands, from each build folder and with one thread and
# with two, over input that it makes up itself: 24,000 labels by 300 people.  Prints
# one SHA-256 for each run; a run whose bytes differ from the first build's is told, and
# the exit status is then 1.
set -u
LC_ALL=C TZ=UTC
export LC_ALL TZ
work=$(mktemp -d "${TMPDIR:-/tmp}/same-bytes.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
status=0

# Skewed skills and classes, ties, and one in 20 tasks is gold: the same on any awk,
# for the arithmetic stays below 2^53.
awk -v dir="$work" '
function rnd(n) { seed = seed * 16807 % 2147483647; return seed % n }
BEGIN {
	seed = 42
	print "task,worker,value" >(dir "/labels.csv")
	for (t = 0; t < 4000; t++) {
		truth = int(rnd(100) < 70 ? 0 : 1 + rnd(3))
		task = sprintf("t%04d", t)
		printf "{\"kind\":\"task\",\"task\":\"%s\",\"data\":\"x\",\"choices\":[\"a\",\"b\",\"c\",\"d\"]}\n", task >(dir "/tasks")
		if (t % 20 == 0)
			printf "{\"kind\":\"gold\",\"task\":\"%s\",\"value\":\"%s\"}\n", task, substr("abcd", truth + 1, 1) >(dir "/gold")
		first = rnd(300)
		for (k = 0; k < 6; k++) {
			w = (first + k * 47) % 300
			v = rnd(300) < 120 + w % 170 ? truth : rnd(4)
			printf "%s,0x%040x,%s\n", task, w, substr("abcd", v + 1, 1) >(dir "/labels.csv")
			printf "{\"kind\":\"label\",\"task\":\"%s\",\"worker\":\"0x%040x\",\"value\":\"%s\"}\n", task, w, substr("abcd", v + 1, 1) >(dir "/labels")
		}
	}
	for (w = 0; w < 300; w++)
		printf "{\"kind\":\"worker\",\"worker\":\"0x%040x\"}\n", w >(dir "/workers")
}'


# each NAME INPUT COMMAND [OPTION...] - run it from every build and compare
each() {
	name=$1 input=$2 command=$3
	shift 3
	[ -s "$work/$input" ] || return 0
	first=
	while IFS= read -r build; do
		[ -x "$build/bin/$command" ] || continue
		for threads in 1 2; do
			more=
			if "$build/bin/$command" --help | grep -q -e ' --threads '; then
				more="--threads $threads"
			elif [ $threads -gt 1 ]; then
				break
			fi
			# shellcheck disable=SC2086  # two words or none
			"$build/bin/$command" "$@" $more "$work/$input" >"$work/out" 2>"$work/err"
			got=$?
			sum=$(sha256sum <"$work/out")
			sum=${sum%% *}
			if [ $got -gt 1 ]; then
				echo "exit status $got: $build/bin/$command $* $more"
				sed 's/^/  /' "$work/err"
				status=1
			elif [ -z "$first" ]; then
				first=$sum
				mv "$work/out" "$work/$name"
				echo "$sum  $name"
			elif [ "$sum" != "$first" ]; then
				echo "not the same: $build/bin/$command $* $more"
				cmp "$work/$name" "$work/out" | sed 's/^/  /'
				status=1
			fi
		done
	done <"$work/builds"
}

for build; do
	printf '%s\n' "$build"
done >"$work/builds"

# words COMMAND OPTION - what its --help says that the option takes: "mv|ds|..."
words() {
	[ ! -x "$1" ] || "$1" --help | sed -n "s/.*--$2 \([a-z|-]*\).*/\1/p" | tr '|' ' '
}

# each step reads what the first build printed in the one before
each ingest labels.csv lbl-ingest --from csv
cat "$work/tasks" "$work/gold" "$work/labels" >"$work/all"
for method in $(words "$1/bin/lbl-agree" method); do
	each "agree-$method" all lbl-agree --method "$method"
done
for rule in $(words "$1/bin/lbl-score" rule); do
	each "score-$rule" agree-ds lbl-score --rule "$rule"
done
cat >"$work/policy" <<'END'
{"rate":"250000000000000000","pay":"stepped","steps":[[5500,5000],[7500,10000]]}
END
each plan score-gold lbl-payout plan --policy "$work/policy"
cat "$work/tasks" "$work/gold" "$work/workers" >"$work/start"
each assign start lbl-assign
exit $status
