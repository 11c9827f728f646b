#!/bin/sh
# lbl-assign: hidden gold among the tasks, by a secret and by standing; checked by a reader of its own.
. "${0%/*}/lib.sh"

printf 'a secret of 24 bytes, ok\n' >key
chmod 600 key

# 600 tasks and 150 of gold: 105 cat, 30 dog, 15 eel; eight workers alone, w8 and w9 are one person
awk 'BEGIN {
	for (t = 0; t < 600; t++)
		printf "{\"kind\":\"task\",\"task\":\"t%03d\",\"data\":0}\n", t
	for (t = 0; t < 150; t++)
		printf "{\"kind\":\"task\",\"task\":\"g%03d\",\"data\":0}\n{\"kind\":\"gold\",\"task\":\"g%03d\",\"value\":\"%s\"}\n",
			t, t, (t % 10 < 7 ? "cat" : t % 10 < 9 ? "dog" : "eel")
	for (w = 0; w < 10; w++)
		printf "{\"kind\":\"worker\",\"worker\":\"w%d\"%s}\n", w, (w > 7 ? ",\"identity\":\"p\"" : "")
}' >in
put scores '{"kind":"score","worker":"w3","standing":"cleared","state":{"answers":500}}' \
	'{"kind":"score","worker":"w4","standing":"stopped","state":{"answers":70}}' \
	'{"kind":"score","worker":"w5","standing":"retest","state":{"answers":120}}' \
	'{"kind":"score","worker":"w6","score_bp":3}'

# assign CODE OPTION... - into out; "worker task reason turn" a line into rows
assign() {
	code=$1
	shift
	exits "$code" lbl-assign -q --only --gold-key-file key "$@" >out 2>err || return
	sed -n 's/^{"kind":"assignment","task":"\(.*\)","worker":"\(.*\)","reason":"\(.*\)","turn":\(.*\)}$/\2 \1 \3 \4/p' out >rows
}

# count REGEX - lines of rows
count() {
	grep -c "$1" rows || :
}

t 'gold is asked beside the tasks, which stay as many' '
	assign 0 -k 3 in
	[ "$(count " t[0-9]* base ")" -eq 1800 ]
	[ "$(count " g[0-9]* gold ")" -gt 150 ]
	[ "$(count " g[0-9]* base ")" -eq 0 ]
	[ "$(wc -l <rows)" -eq "$(grep -c "\"kind\":\"assignment\"" out)" ]
'
t 'the turns of a person are 1, 2, 3, ... whatever account' '
	sed "s/^w[89] /p /" rows | sort -k1,1 -k4,4n | awk "\$1 != who { who = \$1; n = 0 } \$4 != ++n { bad = 1; print } END { exit bad }"
'
t 'nobody is asked the same twice' '
	sed "s/^w[89] /p /" rows | cut -d" " -f1,2 | sort | uniq -d >twice
	empty twice
'
t 'each turn that is gold was drawn: HMAC below the rate, by another program' '
	grep " gold " rows | sed "s/^w[89] /p /" | sort -k1,1 -k4,4n | sed -n "1~9p" >sample
	[ "$(wc -l <sample)" -gt 15 ]
	while read -r who _ _ turn; do
		first=$(printf "%s\\000%s" "$who" "$turn" | openssl dgst -sha256 -hmac "$(cat key)" -r | cut -c1-4)
		most=$((turn > 20 ? 65536 / 10 : 65536 * 3 / 10))
		[ $((0x$first)) -le "$most" ] || { echo "$who $turn: $first"; return 1; }
	done <sample
'
t 'classes are asked alike, the rare one too' '
	awk "\$3 == \"gold\" { n = substr(\$2, 2) % 10; c[n < 7 ? 0 : n < 9 ? 1 : 2]++; all++ }
		END { exit !(c[2] > all / 6 && c[1] > all / 5) }" rows
'
t 'standing sets the rate, and who is stopped gets nothing' '
	assign 0 -k 3 in scores
	[ "$(count "^w4 ")" -eq 0 ]
	[ "$(count "^w3 .* gold")" -lt "$(count "^w5 .* gold")" ]
	[ "$(count "^w3 .* gold")" -lt 22 ]
	[ "$(grep "^w3 " rows | cut -d" " -f4 | sort -n | head -1)" -eq 501 ]
	[ "$(grep "^w5 " rows | cut -d" " -f4 | sort -n | head -1)" -eq 121 ]
'
t 'the order of the records, and threads, do not matter' '
	assign 0 -k 3 -j 1 in scores
	cp out want
	sort -r in scores >shuffled
	assign 0 -k 3 -j 2 shuffled
	same want out
'
t 'another key asks otherwise; the tasks stay' '
	cp rows before
	printf "another secret of 24 byt" >key2
	chmod 600 key2
	exits 0 lbl-assign -q --only --gold-key-file key2 -k 3 in scores >out 2>err
	grep "\"base\"" out | sed "s/,\"turn.*//" >base2
	grep "\"base\"" want | sed "s/,\"turn.*//" >base1
	same base1 base2
	grep "\"gold\"" out >gold2
	grep "\"gold\"" want >gold1
	! cmp -s gold1 gold2
'
t 'a second run goes on: turns follow, nothing is asked again' '
	lbl-assign -q -k 2 --gold-key-file key in >first
	exits 0 lbl-assign -q --only -k 3 --gold-key-file key first >out 2>err
	cat first out | sed -n "s/^{\"kind\":\"assignment\",\"task\":\"\(.*\)\",\"worker\":\"\(.*\)\",\"reason\":\"\(.*\)\",\"turn\":\(.*\)}$/\2 \1 \3 \4/p" |
		sed "s/^w[89] /p /" >rows
	cut -d" " -f1,2 rows | sort | uniq -d >twice
	empty twice
	sort -k1,1 -k4,4n rows | awk "\$1 != who { who = \$1; n = 0 } \$4 != ++n { bad = 1; print } END { exit bad }"
'
t '--gold-uses retires an item, and what is missed is told' '
	assign 1 -k 3 --gold-uses 1 in
	[ "$(grep " gold " rows | cut -d" " -f2 | sort | uniq -c | sort -rn | head -1 | awk "{ print \$1 }")" -eq 1 ]
	has err "turns of hidden gold went to other tasks"
	has out "\"gold_uses\":1"
'
t 'the run record commits to the key and does not show it' '
	has out "\"gold_key_sha256\":\"$(printf "%s" "$(cat key)" | sha256sum | cut -d" " -f1)\""
	lacks out "a secret"
'
t 'without a key gold is a task like others' '
	exits 0 lbl-assign -q --only -k 3 in >out 2>err
	[ "$(grep -c "\"task\":\"g" out)" -eq 450 ]
	lacks out turn
'
t 'a key that others may read, a short one, none: refused' '
	chmod 644 key
	exits 77 lbl-assign --gold-key-file key in >out 2>err
	has err "others may read it"
	printf short >key3
	chmod 600 key3 key
	exits 78 lbl-assign --gold-key-file key3 in >out 2>err
	lacks err "short "
	exits 66 lbl-assign --gold-key-file nowhere in >out 2>err
	exits 64 lbl-assign --gold-uses 3 in >out 2>err
'
t 'a standing that nobody knows is bad input' '
	put odd "{\"kind\":\"score\",\"worker\":\"w3\",\"standing\":\"good\"}"
	exits 65 lbl-assign --gold-key-file key in odd >out 2>err
	has err "expected new, cleared, retest or stopped"
	put odd "{\"kind\":\"score\",\"worker\":\"w3\",\"standing\":\"new\",\"state\":{\"answers\":-1}}"
	exits 65 lbl-assign --gold-key-file key in odd >out 2>err
	has err "field \"state\": "
'
finish
