#!/bin/sh
# lbl-score --report: the page is well-formed, fetches nothing, holds the numbers of the records, and survives hostile text; it
# stays small; the records are what they are without it.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/score.sh"

# well FILE - well-formed, by whichever parser is here; without one every tag that opens must close
well() {
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1"
	elif command -v python3 >/dev/null; then
		python3 -c 'import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])' "$1"
	else
		[ "$(grep -o '<[a-z][^>]*[^/>]>\|<[a-z]>' "$1" | grep -vc '/>$')" -eq "$(grep -o '</[a-z0-9]*>' "$1" | wc -l)" ]
	fi
}

# cells FILE ID - the rows of a section's tables, a line each, cells separated by |
cells() {
	sed -n "/<section id=\"$2\"/,/<\\/section>/p" "$1" | sed -n '/^<tr><th scope="row"/p' |
		sed -e 's,</t[hd]><td[^>]*>,|,g' -e 's,<[^>]*>,,g' -e 's/\xc2\xa0/ /g' -e 's/\xe2\x80\xaf//g'
}

golds 30 >golds
put p '{"clear":-500000,"join_below":1,"ca_ref":2147483648,"shrink_n":4,"shrink_bp":5000,"alarm_least":1000}'
{ cat golds; on_gold ann 1 1; on_gold cyd 8 0; on_gold dee 4 0; pair one; } | lbl-score -q --policy p --epoch one >first
{ grep -v '"end"' first; pair two; on_gold bob 2 0; lab lone dee 1 lone2 dee 1; } >second

# ---- what stands in it

# ann: 5 units of one released, 3.85; see 4300-score-explain.t.  dee: a pending label is worth nothing under retest
t 'by hand: every number of the page' '
	exits 0 lbl-score -q --policy p --epoch two --report page second >out 2>err
	empty err
	well page
	cells page attention >got
	put want "no confident consensus|2|2|0.00" "1|lone|all|no confident consensus|0.00" "2|lone2|all|no confident consensus|0.00"
	same want got
	cells page run >got
	put want "Labels of this epoch|12" "Of these on tasks with gold|2" "People with a score|4" "Their accounts|4" \
		"Labels replaced by a later one|0" "Labels too late for a closed epoch|0" \
		"verified|0|0|8|8" "rejected|0|2|0|2" "pending|0|0|2|2" "one|4|21|0|0.00" "two|4|12|5|3.85"
	same want got
	cells page standing >got
	put want "cleared|1|25.0 %|4|5|3.85|4" "new|1|25.0 %|6|0|0.00|10" "retest|1|25.0 %|2|0|0.00|6" "stopped|1|25.0 %|0|0|0.00|0"
	same want got
	cells page gold >got
	put want "below 50 %|3|0|1|1|1|100.0 %|0|0.00" "50 to below 60 %|0|0|0|0|0|not known|0|0.00" \
		"60 to below 70 %|0|0|0|0|0|not known|0|0.00" "70 to below 80 %|0|0|0|0|0|not known|0|0.00" \
		"80 to below 90 %|0|0|0|0|0|not known|0|0.00" "90 % and more|1|1|0|0|0|100.0 %|5|3.85" \
		"none answered|0|0|0|0|0|not known|0|0.00"
	same want got
	[ "$(grep -c "class=\"dot\"" page)" -eq 2 ]
	[ "$(grep -c "class=\"ring\"" page)" -eq 2 ]
	has page "2 of whom nothing is known on one side are not drawn."
	# one of four gets all: G = 2 * 4 / 4 - 5 / 4
	has page "is 0.750:"
	cells page pay | sed -n 1,3p >got
	put want "the best paid 1 %|1|100.0 %" "the best paid 10 %|1|100.0 %" "the best paid 50 %|2|100.0 %"
	same want got
	cells page workers | sed -n 1,4p >got
	put want "ann|4|cleared|1|1|100.0 %|5|3.85|3.85|4" "cyd|0|stopped|0|8|not known|0|0.00|0.00|0" \
		"dee|2|retest|0|4|not known|0|0.00|0.00|6" "bob|6|new|0|2|100.0 %|0|0.00|0.00|10"
	same want got
	has page "Under retest: 1, most"
	has page "Stopped: 1, most"
	has page "Nobody is held for copying."
	has page "The alarm is off. It needs 1000 cleared people with labels to compare; there are 0."
'
t 'unequal pay: Gini and shares by hand, over two epochs; the accounts of a person are one' '
	{
		printf "{\"kind\":\"worker\",\"worker\":\"%s\",\"identity\":\"p\"}\n" cat cet
		for k in 1 2 3 4; do gold a$k 1; lab a$k cat 1; done
		lab a1 ann 1 a1 bob 1 a2 bob 1
	} | lbl-score -q --rule flat --epoch a >a
	{ grep -v "\"end\"" a; gold a5 1; lab a5 cet 1; } >in
	exits 0 lbl-score -q --rule flat --epoch b --report page in >out
	well page
	cells page run | tail -n 2 >got
	put want "a|3|7|7|7.00" "b|1|1|1|1.00"
	same want got
	cells page workers >got
	put want "cat and 1 more account|1|1|1|1|100.0 %|1|1.00|5.00" "bob|0|0|0|0|not known|0|0.00|2.00" \
		"ann|0|0|0|0|not known|0|0.00|1.00"
	same want got
	# 1, 2, 5: G = 2 (1 + 4 + 15) / (3 * 8) - 4 / 3
	has page "is 0.333:"
	cells page pay | sed 4,9d >got
	put want "the best paid 1 %|1|62.5 %" "the best paid 10 %|1|62.5 %" "the best paid 50 %|2|87.5 %" \
		"70 %|2|37.5 %" "80 %|2|37.5 %" "90 %|2|37.5 %" "100 %|3|100.0 %"
	same want got
'
t 'earlier epochs by rule hold are paid as that rule pays; 55 % of gold right is between 50 and 60' '
	lbl-score -q --policy p --epoch two second >two
	{ grep -v "\"end\"" two; gold g31 \"x\"; on_gold fay 20 11; } >in
	exits 0 lbl-score -q --policy p --epoch three --report page in >out
	cells page run | grep "^two" >got
	says got "two|4|12|5|3.85"
	cells page gold | grep "^50 to" | cut -d "|" -f 1,2 >got
	says got "50 to below 60 %|1"
'
t 'the alarm, and who is held' '
	put p2 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":4294967295,\"alarm_least\":1,\"alarm_labels\":1}"
	{ cat golds; on_gold ann 1 1; pair one; } | lbl-score -q --policy p2 --epoch one >one
	{ grep -v "\"end\"" one; pair two; } >in
	exits 1 lbl-score -q --policy p2 --epoch two --report page in >out
	well page
	has page "<strong>The alarm is on.</strong> The median agreement of"
	has page "Nothing is paid to anybody so far."
	put p3 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":2147483648,\"copy_least\":10,\"alarm_least\":1000}"
	{
		cat golds
		for w in ann bob cyd dan cop; do on_gold $w 1 1; done
		for k in 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
			lab $k ann "\"ann$k\"" $k bob "\"bob$k\""
			[ $((k % 2)) -eq 0 ] || lab $k cyd "\"cyd$k\""
			lab $k cop "\"ann$k\""
			[ $((k % 2)) -eq 1 ] || lab $k cyd "\"cyd$k\""
			lab $k dan "\"dan$k\""
		done
	} >in
	exits 1 lbl-score -q --policy p3 --report page in >out
	cells page attention >got
	has got "cop|30|0|17.5|30|30|31"
	has got "held worker|1|31|31.00"
	has got "1|all|cop|held worker|31.00"
'
t 'the page changes no record; the queue is in it though nobody asked for records' '
	lbl-score -q --policy p --epoch two second >want
	exits 0 lbl-score -q --policy p --epoch two --report page second >out
	same want out
	lacks out queue
	lbl-score -q --policy p --epoch two --review-queue second >want
	cp page page1
	exits 0 lbl-score -q --policy p --epoch two --review-queue --report page second >out
	same want out
	same page1 page
'
t 'no labels, no gold, one label; every rule' '
	exits 0 lbl-score -q --only --report page </dev/null >out
	well page
	has page "Nobody has a score."
	lab t w 1 >in
	for r in hold gold flat threshold gate-ca consensus pts dg ca dmi bts; do
		exits 0 lbl-score -q --only --rule $r --report page in >out
		well page
		has page "Of nobody both sides are known, so there is no figure."
		exits 0 lbl-score -q --only --rule $r --policy p --epoch new --report page second >out
		well page
	done
'

# ---- what it is made of

t 'nothing is fetched, nothing is run; figures and tables can be read aloud' '
	exits 0 lbl-score -q --policy p --epoch two --report page second >out
	if grep -n -i -e "https*:" -e "//" -e "<script" -e "<link" -e "<img" -e "<iframe" -e "@import" -e "url(" -e " on[a-z]*=" page; then
		exit 1
	fi
	has page "default-src '\''none'\''"
	has page "<html lang=\"en\""
	[ "$(grep -c "<h1>" page)" -eq 1 ]
	[ "$(grep -c "<main id=" page)" -eq 1 ]
	[ "$(grep -c "<svg .*role=\"img\" .*aria-labelledby=" page)" -eq 2 ]
	[ "$(grep -c "^<title id=" page)" -eq 2 ]
	[ "$(grep -c "^<desc id=" page)" -eq 2 ]
	[ "$(grep -c "<th>" page)" -eq 0 ]
	[ "$(grep -c "<table" page)" -eq "$(grep -c "<caption>" page)" ]
	for id in $(sed -n "s/.*<a href=\"#\([a-z0-9-]*\)\".*/\1/p" page | grep -v main); do
		grep -F "<section id=\"$id\"" page >/dev/null
	done
	[ -z "$(grep -o " id=\"[^\"]*\"" page | sort | uniq -d)" ]
	grep -o "<h[1-6]" page | tr -d "<h" | awk "NR == 1 && \$1 != 1 || \$1 > last + 1 { exit 1 } { last = \$1 }"
'
t 'hostile names: escaped, shown, cut; never markup' '
	bidi=$(printf "\342\200\256") long=$(printf "%0200d" 7)
	evil="<script>alert(1)</script>&amp;\\u0007${bidi}"
	{
		cat golds
		on_gold "$evil" 6 6
		on_gold "'\'' onload=x $long" 4 0
		lab "</style><b task>" "\\\"><b onload=x>" 1
	} >in
	exits 0 lbl-score -q --epoch "<script>e</script>$bidi" --report page in >out
	well page
	if grep -e "<script" -e "<b " -e "$bidi" -e "$long" -e "$(printf "\a")" page; then
		exit 1
	fi
	[ "$(grep -c "</style>" page)" -eq 1 ]
	has page "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"
	has page "&lt;script&gt;e&lt;/script&gt;"
	has page "<bdi>&lt;/style&gt;&lt;b task&gt;</bdi>"
	has page "&quot;&gt;&lt;b onload=x&gt;"
'
awk 'BEGIN {
	for (t = 0; t < 2000; t++)
		printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":\"c%d\"}\n", t, t % 4
	for (t = 0; t < 20000; t++)
		for (k = 0; k < 5; k++) {
			w = (t * 7 + k * 3989 + k * t) % 20000
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"c%d\"}\n", t, w, (t + ((w * 13 + t) % 7 < w % 4)) % 4
		}
}' >many
t '20000 workers: a small page, the same for any number of threads, sums that are those of the records' '
	lbl-score -q --only --end many >want
	for j in 1 2 3; do
		exits 0 lbl-score -q --only --end -j $j --report page$j many >out
		same want out
		same page1 page$j
	done
	well page1
	[ "$(wc -c <page1)" -lt 150000 ]
	[ "$(grep -c "class=\"dot\"" page1)" -le 2000 ]
	has page1 "are too many for a mark each"
	[ "$(cells page1 workers | grep -c "^w")" -le 80 ]
	jq -r "select(.kind == \"score\") | \"\(.labels) \(.units) \(.score_bp) \(.bonus_bp)\"" out | awk "
		{ n++; l += \$1; u += \$2; g = \$3 >= 10000 ? 10000 : \$3 >= 7500 ? 7500 : \$3 >= 6500 ? 5000 : 0
		  c = \$4 <= 4000 ? 0 : \$4 >= 9000 ? 11000 : int((\$4 - 4000) * 11000 / 5000); pay += int(\$2 * g * c / 10000) }
		END { printf \"1|%d|%d|%d|%.2f\n\", n, l, u, int(pay / 100) / 100 }" >want
	cells page1 run | tail -n 1 >got
	same want got
	cells page1 gold | awk -F "|" "{ n += \$2 } END { exit n != 20000 }"
	cells page1 standing | awk -F "|" "{ n += \$2 } END { exit n != 20000 }"
'

# ---- the file

mkdir dir
t 'whole or not at all' '
	put dir/page old
	put bad "{"
	exits 65 lbl-score -q --report dir/page bad >out 2>err
	says dir/page old
	[ "$(ls dir)" = page ]
	exits 65 lbl-score -q --policy p --epoch one --report dir/page second >out 2>err
	says dir/page old
	exits 0 lbl-score -q --policy p --epoch two --report dir/page second >out
	has dir/page "</html>"
	[ "$(ls dir)" = page ]
	cp second in
	exits 64 lbl-score -q --report in in >out 2>err
	says err "lbl-score: --report in: is the input (see lbl-score --help)"
	exits 74 lbl-score -q --policy p --epoch two --report /dev/full second >out 2>err
	says err "lbl-score: /dev/full: No space left on device"
	lacks out "\"kind\":\"end\",\"tool\":\"lbl-score\",\"records\":1"
'
t 'an explanation and a page in one run' '
	lbl-score -q --policy p --epoch two --explain ann second >want
	exits 0 lbl-score -q --policy p --epoch two --explain ann --report page second >out
	same want out
	has page "</html>"
'
finish
