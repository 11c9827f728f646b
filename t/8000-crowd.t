#!/bin/sh
# The made-up crowd of the demo: the same bytes from the same seed, the right counts,
# every trap of a real export, and people who are as good as roles.ndjson says.
# shellcheck disable=SC2016,SC2317   # t runs functions and programs by their names
LC_ALL=C TZ=UTC
export LC_ALL TZ

build=${LBL_BUILD:-build}
crowd=$(cd "$build/t" 2>/dev/null && pwd)/crowd
if ! [ -x "$crowd" ]; then
	echo "1..0 # SKIP $build/t/crowd is not built"
	exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

n=0 failed=0
# t NAME COMMAND... - one test: the command says so by its status
t() {
	name=$1
	shift
	n=$((n + 1))
	if ("$@") >out 2>err; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' out err
		failed=1
	fi
}

# exits CODE COMMAND... - it ends with this status, and a refusal is one line
exits() {
	want=$1
	shift
	"$@" >said 2>&1
	got=$?
	cat said
	[ "$got" = "$want" ] && { [ "$want" = 0 ] || [ "$(wc -l <said)" -eq 1 ]; }
}

# counts WANT FILE - so many lines
counts() {
	echo "$2: $(wc -l <"$2") lines"
	[ "$(wc -l <"$2")" -eq "$1" ]
}

# is WANT COMMAND... - prints exactly this
is() {
	want=$1
	shift
	got=$("$@") || return 1
	echo "got $got, want $want"
	[ "$got" = "$want" ]
}

# role NAME COUNT - the addresses of the first so many workers of a role
role() {
	grep "\"role\":\"$1\"" a/roles.ndjson | head -n "$2" | cut -d'"' -f4
}

role_count() {
	cut -d'"' -f8 a/roles.ndjson | sort | uniq -c | awk '{ printf "%s%s %s", sep, $2, $1; sep = " " }'
}

# ---- the start

t 'writes a crowd' exits 0 "$crowd" a --k 5
"$crowd" b --k 5
"$crowd" c --k 5 --seed 2
t 'the same seed, the same bytes' diff -r a b
for f in tasks.csv workers.csv gold.csv truth.ndjson roles.ndjson plan.ndjson; do
	t "another seed, another $f" exits 1 cmp a/$f c/$f
done

t '60 workers and a header' counts 61 a/workers.csv
t '60 different addresses, lower case' is 60 sh -c \
	'cut -d, -f1 a/workers.csv | grep -E "^0x[0-9a-f]{40}$" | sort -u | wc -l | tr -d " "'
t 'two of them are one person' is 59 sh -c \
	'sed 1d a/workers.csv | cut -d, -f2 | sort -u | wc -l | tr -d " "'
t 'roles' is 'careless 8 colluding 5 honest 38 majority 3 random 6' role_count
t '2000 truths' counts 2000 a/truth.ndjson
t '400 gold answers and a header' counts 401 a/gold.csv
gold_is_true() {
	sed 1d a/gold.csv | sed 's/\(.*\),\(.*\)/{"task":"\1","value":"\2"}/' >gold
	grep -Fxc -f gold a/truth.ndjson
}
t 'gold is true' is 400 gold_is_true
t 'three classes, unequal' is 'positive negative neutral' sh -c \
	'cut -d\" -f8 a/truth.ndjson | sort | uniq -c | sort -rn | awk "{ printf \"%s%s\", sep, \$2; sep = \" \" }"'

# a reader of RFC 4180 in awk: rows, rows with three fields, fields with a comma, a quote, a line end
csv() {
	awk '{ all = all $0 "\n" }
	END {
		field = 1
		for (i = 1; i <= length(all); i++) {
			ch = substr(all, i, 1)
			if (quoted && ch == "\"" && substr(all, i + 1, 1) == "\"") { i++; quote++ }
			else if (ch == "\"") quoted = !quoted
			else if (quoted) { comma += ch == ","; line += ch == "\n" }
			else if (ch == ",") field++
			else if (ch == "\n") { rows++; good += field == 3; field = 1 }
		}
		print rows, good, (comma > 100), (quote > 100), (line > 100)
	}' a/tasks.csv
}
t 'tasks.csv needs real CSV reading' is '2001 2001 1 1 1' csv

# ---- the answers

t 'answers a plan' exits 0 "$crowd" a --answer a/plan.ndjson
"$crowd" b --answer b/plan.ndjson
t 'the same answers' diff -r a b
sort -r a/plan.ndjson >reversed
cat reversed a/plan.ndjson a/truth.ndjson | sed '1i\
not JSON, but an assignment\
{"kind":"assignment","task":"r00001","worker":"someone","reason":"review"}' | "$crowd" b --answer -
t 'whatever the order, repetitions and other lines' diff -r a b

tr -d '\r' <a/labels.csv >labels
t 'the other tool quotes every field' is 0 sh -c \
	'grep -Evc "^(\"[^\"]+\",){4}\"[^\"]+\"$" labels || :'
t 'about 30 % of the workers use it' is 18 sh -c \
	'sed 1d labels | cut -d\" -f4 | sort -u | wc -l | tr -d " "'
t 'its rows are in order of time' sh -c 'sed 1d labels | cut -d\" -f8 | sort -c'
t 'in the working week' is '2026-11-16 2026-11-20' sh -c \
	'sed 1d labels | cut -d\" -f8 | cut -dT -f1 | sed -n "1p;\$p" | paste -sd" " -'

if command -v jq >/dev/null; then
	t 'the export is JSON' jq -e 'type == "array" and length == 2000' a/export.json
	both() {
		here=$(jq '[.[].annotations[] | select((.was_cancelled or .ground_truth) | not)] | length' a/export.json)
		there=$(sed 1d labels | wc -l)
		echo $((here + there))
	}
	t 'every assignment is answered once' is 10000 both
	t 'cancelled annotations, some with a choice' jq -e \
		'[.[].annotations[] | select(.was_cancelled) | .result | length] |
		(map(select(. == 1)) | length > 50) and (map(select(. == 0)) | length > 50)' a/export.json
	t 'the totals count them apart' jq -e 'all(.[];
		.total_annotations == ([.annotations[] | select(.was_cancelled | not)] | length) and
		.cancelled_annotations == ([.annotations[] | select(.was_cancelled)] | length))' a/export.json
	t 'predictions' jq -e '[.[].predictions[]] | length > 300' a/export.json
	jq -r '.[] | .data.item_id as $i | .annotations[] | select(.ground_truth) |
		"\($i),\(.result[0].value.choices[0])"' a/export.json >manager
	t 'ground truth of a manager agrees with gold.csv' sh -c \
		'[ -s manager ] && [ "$(grep -Fxc -f manager a/gold.csv)" -eq "$(wc -l <manager)" ]'
	t 'ids are distinct integers, of tasks and of annotations' jq -e \
		'def distinct: all(.[]; type == "number" and . == floor) and length == (unique | length);
		([.[].id] | distinct) and ([.[].annotations[].id] | distinct)' a/export.json
	t 'times to the microsecond, durations in seconds' jq -e 'all(.[].annotations[];
		(.created_at | test("^2026-11-(1[36789]|20)T(09|1[0-6]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z$")) and
		.lead_time > 0 and .lead_time < 60)' a/export.json
	t 'nobody does two things at once' jq -e '[.[].annotations[] | select(.was_cancelled or .ground_truth | not)] |
		group_by(.completed_by.email) | all(.[]; sort_by(.created_at) |
			[.[].id] == ([.[].id] | sort) and
			(map((.created_at[:19] + "Z" | fromdate)) as $stop | map(.lead_time) as $took |
			all(range(1; length); $stop[.] - $took[.] > $stop[. - 1] - 1)))' a/export.json
else
	n=$((n + 1))
	echo "ok $n # SKIP no jq: the export is not looked into"
fi

# ---- who they are: one of each role answers everything, of the ring two

for r in honest careless random majority; do role $r 1; done >some
role colluding 2 >>some
awk -F'"' 'NR == FNR { who[NR] = $0; k = NR; next } {
	for (i = 1; i <= k; i++)
		printf "{\"kind\":\"assignment\",\"task\":\"%s\",\"worker\":\"%s\",\"reason\":\"base\"}\n", $4, who[i]
}' some a/truth.ndjson >all.ndjson
mkdir full
"$crowd" full --answer all.ndjson

# answers DIR - "task worker value" of both tools
answers() {
	tr -d '\r' <"$1/labels.csv" | sed 1d | awk -F'"' '{ print $2, $4, $6 }'
	awk '/^{"id":[0-9]*,"created_at"/ { sub(/.*"item_id":"/, ""); item = substr($0, 1, 6) }
		/^{"id":[0-9]*,"completed_by"/ && /"was_cancelled":false,"ground_truth":false/ {
			who = value = $0
			sub(/.*"email":"/, "", who)
			sub(/.*"choices":\["/, "", value)
			sub(/".*/, "", value)
			print item, substr(who, 1, 42), value
		}' "$1/export.json"
}
answers full | sort >said-all
answers a | sort >said-plan

t 'all of them answered all' counts 12000 said-all
# 2000 answers: three standard deviations are at most 0.034
skilled() {
	awk 'FILENAME == "said-all" { if ($3 == truth[$1]) good[$2]++; next }
		{ split($0, f, "\"") }
		f[2] == "task" { truth[f[4]] = f[8] }
		f[2] == "worker" { skill[f[4]] = substr(f[11], 2) + 0; name[f[4]] = f[8] }
		END {
			for (w in good) {
				off = good[w] / 2000 - skill[w]
				bad += off > 0.034 || off < -0.034
				print name[w], skill[w], good[w] / 2000
			}
			exit bad > 0
		}' a/truth.ndjson a/roles.ndjson said-all
}
t 'each is right as often as the role says' skilled
ring() {
	for w in $(role colluding 2); do
		grep " $w " said-all | cut -d' ' -f1,3 | cksum
	done | sort -u | wc -l | tr -d ' '
}
t 'the ring speaks with one voice' is 1 ring
t 'the majority voter has one answer' is 1 sh -c \
	"grep ' $(role majority 1) ' said-all | cut -d' ' -f3 | sort -u | wc -l | tr -d ' '"
same_alone() {
	grep -F -f some said-plan >mine
	[ -s mine ] && [ "$(comm -23 mine said-all | wc -l)" -eq 0 ]
}
t 'an answer does not depend on what else was assigned' same_alone

# ---- refusals

t 'another crowd is refused' exits 65 "$crowd" full --seed 2 --answer all.ndjson
t 'no such file' exits 66 "$crowd" full --answer nowhere
t 'a bad number' exits 64 "$crowd" full --tasks 2e3
t 'an unknown option' exits 64 "$crowd" full --people 3
t 'no folder' exits 64 "$crowd"
t 'a folder that cannot be made' exits 74 "$crowd" no/such/place
t 'the most of everything' exits 0 "$crowd" most --tasks 20000 --workers 1000 --seed 18446744073709551615
t 'the least of everything' exits 0 "$crowd" least --tasks 10 --workers 5 --seed 0

echo "1..$n"
exit $failed
