#!/bin/sh
# lbl-assign: the laws of what it gives, on 400 tasks and 60 workers with skills,
# identities, conflicts and caps; checked by a reader of its own in awk.
. "${0%/*}/lib.sh"

# Two in five tasks ask for "de", every third worker lacks it; w00 to w04 are one person;
# w10 and w20, w11 and w21, ... w19 and w29 do not go together.
awk 'BEGIN {
	for (t = 0; t < 400; t++)
		printf "{\"kind\":\"task\",\"task\":\"t%03d\",\"data\":0%s}\n", t, (t % 5 < 2 ? ",\"skills\":[\"de\"]" : "")
	for (w = 0; w < 60; w++)
		printf "{\"kind\":\"worker\",\"worker\":\"w%02d\"%s%s%s}\n", w, (w < 5 ? ",\"identity\":\"p\"" : ""),
			(w % 3 ? ",\"skills\":[\"en\",\"de\"]" : ""),
			(w >= 10 && w < 20 ? ",\"conflicts\":[\"w" w + 10 "\"]" : "")
}' >in

# lawful CAP - the assignments in out keep every rule, and each task has three
lawful() {
	sed -n 's/^{"kind":"assignment","task":"t\(.*\)","worker":"w\(.*\)","reason":"base"}$/\1 \2/p' out |
		awk -v cap="$1" '
		{ t = $1 + 0; w = $2 + 0; seats[t]++ }
		++load[w] > cap { print "over the cap: w" w; bad = 1 }
		t % 5 < 2 && w % 3 == 0 { print "no skill: " $0; bad = 1 }
		person[t, w < 5 ? 0 : w]++ { print "identity twice: " $0; bad = 1 }
		w >= 10 && w < 30 && sits[t, w < 20 ? w + 10 : w - 10] { print "conflict: " $0; bad = 1 }
		{ sits[t, w] = 1 }
		END {
			for (t = 0; t < 400; t++)
				if (seats[t] != 3) { print "t" t " has " seats[t] + 0; bad = 1 }
			exit bad
		}'
}

t 'without a cap every rule holds' '
	exits 0 lbl-assign -q --only in >out 2>err
	empty err
	lawful 400
'
t 'with a cap of 1.05 times the mean nobody is short' '
	exits 0 lbl-assign -q --only --cap 21 in >out 2>err
	empty err
	lawful 21
'
t 'with not one seat to spare too' '
	exits 0 lbl-assign -q --only --cap 20 in >out 2>err
	empty err
	lawful 20
'
t 'one less, and exactly what lacks is told' '
	exits 1 lbl-assign -q --only --cap 19 in >out 2>err
	[ "$(grep -c assignment out)" -eq 1140 ]
	grep -q "tasks are short of workers, 60 seats stay empty; the first task is \"t" err
	! lawful 19 >/dev/null
'
t 'the order of lines does not matter, nor do threads' '
	lbl-assign -q --only --cap 20 in >want
	sort -r in >reversed
	awk "{ print (NR * 7919) % 461, \$0 }" in | sort -n | cut -d" " -f2- >mixed
	for f in reversed mixed; do
		exits 0 lbl-assign -q --only --cap 20 --threads 1 $f >out
		same want out
		exits 0 lbl-assign -q --only --cap 20 --threads 3 $f >out
		same want out
	done
'
t 'the seed does' '
	lbl-assign -q --only --seed a in | grep assignment >a
	lbl-assign -q --only --seed b in | grep assignment >b
	[ "$(comm -12 a b | wc -l)" -lt 200 ]
'
t 'a second run on its own output adds nothing' '
	lbl-assign -q --cap 21 in >once
	exits 0 lbl-assign --only --cap 21 once >out 2>err
	empty err
	[ "$(grep -c assignment out)" -eq 0 ]
	[ "$(wc -l <out)" -eq 2 ]
'
t 'a second run adds what is missing: two labels a task, then a third' '
	lbl-assign -q --k 2 in >two
	lbl-assign -q --k 3 in | grep assignment >three
	exits 0 lbl-assign -q --k 3 two >all
	grep assignment all | sort >out
	same three out
'
t 'who leaves takes only his own seats along' '
	lbl-assign -q --only in | grep assignment >before
	grep -v "\"w42\"" in >without
	lbl-assign -q --only without | grep assignment >after
	n=$(grep -c "\"w42\"" before)
	[ "$n" -gt 5 ] && [ "$n" -lt 40 ]
	grep -v "\"w42\"" before >rest
	[ "$(comm -12 rest after | wc -l)" -eq $((1200 - n)) ]
'
t 'under a cap few others move' '
	lbl-assign -q --only --cap 24 in | grep assignment >before
	grep -v "\"w42\"" in >without
	lbl-assign -q --only --cap 24 without | grep assignment >after
	n=$(grep -c "\"w42\"" before)
	[ "$(comm -12 before after | wc -l)" -ge $((1200 - 6 * n)) ]
'
t 'more than a thousand workers: loads even, rules kept, order does not matter' '
	awk "BEGIN {
		for (t = 0; t < 2000; t++) printf \"{\\\"kind\\\":\\\"task\\\",\\\"task\\\":\\\"t%04d\\\",\\\"data\\\":0}\\n\", t
		for (w = 0; w < 3000; w++) printf \"{\\\"kind\\\":\\\"worker\\\",\\\"worker\\\":\\\"w%04d\\\"}\\n\", w
	}" >many
	exits 0 lbl-assign -q --only many >want
	[ "$(grep -c assignment want)" -eq 6000 ]
	[ "$(cut -d\" -f8,12 want | grep "^t" | sort -u | wc -l)" -eq 6000 ]
	most=$(cut -d\" -f12 want | grep "^w" | sort | uniq -c | sort -rn | awk "NR == 1 { print \$1 }")
	[ "$most" -lt 12 ]
	sort -r many >reversed
	exits 0 lbl-assign -q --only reversed >out
	same want out
	exits 0 lbl-assign -q --only --cap 2 many >out
	[ "$(cut -d\" -f12 out | grep "^w" | sort | uniq -c | awk "{ print \$1 }" | sort -u)" -eq 2 ]
'
t 'a score can be recomputed' '
	put one "{\"kind\":\"task\",\"task\":\"t1\",\"data\":0}" "{\"kind\":\"task\",\"task\":\"t2\",\"data\":0}" \
		"{\"kind\":\"worker\",\"worker\":\"ann\"}" "{\"kind\":\"worker\",\"worker\":\"bob\"}" \
		"{\"kind\":\"worker\",\"worker\":\"cyd\"}"
	lbl-assign -q --only -k 1 --seed spring one >out
	# t1: ann 0b8d1b07406bb4c8, bob 0257482ff490e0e3, cyd 8b1f75e3696a5ea7
	# t2: ann cff7777f3347d085, bob c31f8b9253bf4d13, cyd 45a0ab7b28793de2
	has out "\"task\":\"t1\",\"worker\":\"cyd\""
	has out "\"task\":\"t2\",\"worker\":\"ann\""
'
if command -v xxhsum >/dev/null; then
	t 'and xxhsum gives the same' '
		printf "spring\\0t1\\0cyd" | xxhsum -H3 >out
		has out 8b1f75e3696a5ea7
	'
else
	skip 'and xxhsum gives the same' 'no xxhsum'
fi
finish
