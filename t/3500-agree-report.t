#!/bin/sh
# lbl-agree --report: the page is well-formed, fetches nothing, holds the numbers of the records, and survives
# hostile text; the file is whole or not there.
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
		sed -e 's,</t[hd]><td[^>]*>,|,g' -e 's,<[^>]*>,,g' -e 's/\xc2\xa0/ /g'
}

{
	lab t1 w1 '"a"' t1 w2 '"a"' t1 w3 '"b"'
	lab t2 w1 '"b"' t2 w2 '"a"'
	lab t3 w1 '"b"' t3 w3 '"b"'
} >hand

# ---- what stands in it

# shares, skills and alpha of this set are worked out in 3000-agree.t; 2 t1 say a for a, 1 says b; of t2 (a, a tie) 1 and 1;
# of t3 (b) 2 say b
t 'votes by hand: every number of the page' '
	exits 0 lbl-agree -q -m mv --report page hand >out 2>err
	empty err
	well page
	cells page run >got
	put want "Labels|7|those that count" "Tasks|3|" "Workers|3|" "Classes|2|" "Labels a task|2.33|mean" \
		"Labels a worker|2.33|mean" "Tasks with gold|0|taken as known" \
		"Labels replaced|0|by a later one of the same worker and task; not counted above" \
		"Ties|1|tasks where several classes are equally likely; the first by its text is taken"
	same want got
	cells page agreement >got
	minus=$(printf "\342\210\222")
	put want "Krippendorff$(printf "\342\200\231")s alpha|0.0000|0.3849|${minus}1.6561|1.0000|3|3|7"
	same want got
	cells page confusion >got
	put want "a|5|60.0 %|40.0 %" "b|2|0.0 %|100.0 %" "a|b|2|40.0 %"
	same want got
	cells page workers >got
	put want "2 to 3|3|0.5000|0.6667|1.0000" "w1|3|42.9 %|0.6667|66.7 %|b|66.7 %" "w2|2|28.6 %|1.0000|100.0 %|a|100.0 %" \
		"w3|2|28.6 %|0.5000|50.0 %|b|100.0 %"
	same want got
	cells page tasks | tail -n 3 >got
	put want "t2|a (tie)|0.5000|1.000|a: 1, b: 1" "t1|a|0.6667|0.918|a: 2, b: 1" "t3|b|1.0000|0.000|b: 2"
	same want got
	cells page tasks | grep -v "|0|" | head -n 3 >got
	put want "0.5 to below 0.6|1|33.3 %" "0.6 to below 0.7|1|33.3 %" "0.9 to 1.0|1|33.3 %"
	same want got
	cells page balance >got
	put want "b|4|57.1 %|1|33.3 %" "a|3|42.9 %|2|66.7 %"
	same want got
	has page "No task with labels has gold."
'
t 'posteriors weigh: rows of the confusion hold all labels' '
	exits 0 lbl-agree -q --only -m ds --report page hand >out
	well page
	cells page confusion | sed -n 1,2p | awk -F "|" "{ n += \$2; s = \$3 + \$4; if (s < 99.8 || s > 100.2) exit 1 } END { exit n != 7 }"
'

# t1 is a, t2 is b where the votes say a (a tie), t3 is a class that nobody said
{
	cat hand
	printf '{"kind":"gold","task":"%s","value":"%s"}\n' t1 a t2 b t3 c
} >judged
t 'gold that is held out: the measures of the record, and the bins' '
	exits 0 lbl-agree -q --only -m mv --gold judge --report page judged >out
	well page
	grep judgement out | jq -r "[.accuracy, .log_loss, .brier, .ece] | map(. * 10000 | round / 10000) | @tsv" | tr "\t" "\n" >want
	cells page gold | sed -n 1,4p | cut -d "|" -f 2 | jq -r "tonumber" >got
	same want got
	[ "$(sed -n 1p want)" = 0.3333 ]
	cells page gold | sed 1,4d >got
	put want "0.5 to below 0.6|1|0.5000|0|0.0000|0.0000|0.7935" "0.6 to below 0.7|1|0.6667|1|1.0000|0.2065|1.0000" \
		"0.9 to 1.0|1|1.0000|0|0.0000|0.0000|0.7935"
	same want got
	cells page tasks | tail -n 3 | cut -d "|" -f 1,6 >got
	put want "t2|b" "t1|a" "t3|a class nobody said"
	same want got
'
t 'gold that clamps cannot judge, and the page says how it would' '
	exits 0 lbl-agree -q --only -m mv --report page judged >out
	has page "Gold was taken as known in this run"
	has page "<code>--gold judge</code>"
	exits 0 lbl-agree -q --only -m mv --gold ignore --report page judged >out
	has page "Gold was ignored in this run."
'
t 'undefined coefficients have their reason; parts of the labels have a table of their own' '
	exits 0 lbl-agree -q --only -m mv -a cohen,percent --per-class --report page hand >out
	well page
	cells page agreement >got
	grep "^Cohen.*|undefined|none|none|none|0|3|0|" got >/dev/null
	why=$(jq -r "select(.metric == \"cohen\") | .why" out)
	[ -n "$why" ]
	grep -F "|$why" got >/dev/null
	[ "$(grep -c "^class [ab]|" got)" -eq "$(jq -c "select(.kind == \"agreement\" and .class)" out | grep -c .)" ]
	grep "^class a|Percent agreement|" got >/dev/null
'
t 'none asked for, nothing labelled, one label' '
	exits 0 lbl-agree -q --only -a none --report page hand >out
	well page
	has page "No coefficient was asked for"
	exits 0 lbl-agree -q --only --report page </dev/null >out
	well page
	has page "There are no labels in the input"
	lab t w "\"c\"" | exits 0 lbl-agree -q --only --report page >out
	well page
	has page "No label differs from the consensus."
'

# ---- tables of other types

# mixed - 40 tasks of each type by 12 workers, of whom two are bad
mixed() {
	awk '
	function lab(t, k, v) {
		printf "{\"kind\":\"label\",\"task\":\"%s\",\"worker\":\"w%d\",\"value\":%s}\n", t, who(k), v
	}
	function who(k) { return (n * 7 + k * (1 + n % 3)) % 12 }
	function task(t, more) { printf "{\"kind\":\"task\",\"task\":\"%s\",\"data\":0%s}\n", t, more }
	function wrong(k, p) { return rand() < (who(k) >= 10 ? 0.7 : p) }
	function word() { return substr("abcdefghijklmnopqrstuvwxyz", 1 + int(rand() * 24), 2) }
	function set(k, p, form, _s, _i) {
		_s = ""
		for (_i = 0; _i < 4; _i++)
			if ((int(a / 2 ^ _i) % 2) != wrong(k, p))
				_s = _s (_s == "" ? "" : ",") sprintf(form, _i, _i * 10, _i * 10 + 6 + int(rand() * 1.4))
		return "[" _s "]"
	}
	BEGIN {
		srand(7)
		split("bad poor fair good superb", choice, " ")
		for (n = 0; n < 40; n++) {
			a = 1 + int(rand() * 15)
			for (k = 0; k < 3; k++) lab("c" n, k, wrong(k, .1) ? 7 : n % 3)
			task("o" n, ",\"type\":\"ordinal\",\"choices\":[\"bad\",\"poor\",\"fair\",\"good\",\"superb\"]")
			for (k = 0; k < 3; k++) lab("o" n, k, "\"" choice[1 + (a + wrong(k, .2)) % 5] "\"")
			task("n" n, ",\"type\":\"number\"")
			for (k = 0; k < 4; k++) lab("n" n, k, sprintf("%.2f", a * 50 - 100 + (rand() - .5) * (who(k) >= 10 ? 200 : 9) + who(k)))
			task("m" n, ",\"type\":\"multi\"")
			for (k = 0; k < 3; k++) lab("m" n, k, set(k, .1, "\"k%d\""))
			task("b" n, ",\"type\":\"box\"")
			for (k = 0; k < 3; k++) lab("b" n, k, set(k, .1, "{\"label\":\"l%d\",\"x\":%d,\"y\":0,\"w\":9,\"h\":%d}"))
			task("s" n, ",\"type\":\"span\"")
			for (k = 0; k < 3; k++) lab("s" n, k, set(k, .1, "{\"label\":\"l%d\",\"start\":%d,\"end\":%d}"))
			for (i = 0; i < 6; i++) x[i] = word()
			task("t" n, ",\"type\":\"text\"")
			for (k = 0; k < 3; k++) {
				v = ""
				for (i = 0; i < 6; i++) v = v (i ? " " : "") (wrong(k, .1) ? word() : x[i])
				lab("t" n, k, "\"" v "\"")
			}
			printf "{\"kind\":\"task\",\"task\":\"p%d\",\"type\":\"pair\",\"data\":{\"left\":\"i%d\",\"right\":\"i%d\"}}\n", n, n % 10, (n + 1 + n % 4) % 10
			for (k = 0; k < 4; k++) lab("p" n, k, wrong(k, .2) ? "\"left\"" : n % 10 > (n + 1 + n % 4) % 10 ? "\"left\"" : "\"right\"")
		}
	}'
}
mixed >mixed

# extra PAGE HEADING - the rows of the section with this heading, with ASCII minus signs
extra() {
	cells "$1" "$(sed -n "s/^<h2 id=\"\(extra-[0-9]*\)-h\">$2.*/\1/p" "$1")" | sed 's/\xe2\x88\x92/-/g'
}

# lowest FILE COLUMN - the last rows of a table come from FILE (all rows there could be, in the words of the page), and
# what stands in COLUMN are the lowest there, ascending
lowest() {
	[ "$(wc -l <rows)" -eq "$(awk 'END { print (NR > 20 ? 20 : NR) }' "$1")" ]
	sort "$1" >all
	sort rows | comm -13 all - >strange
	empty strange
	cut -d '|' -f "$2" "$1" | sort -g | head -n 20 >want
	cut -d '|' -f "$2" rows >got
	same want got
}

exits 0 lbl-agree -q --only --report page mixed >out
four='def four: . * 10000 | round | tostring | if length < 5 then "00000"[:5 - length] + . else . end | .[:-4] + "." + .[-4:];'
four="$four def three: . * 1000 | round | tostring | if length < 4 then \"0000\"[:4 - length] + . else . end | .[:-3] + \".\" + .[-3:];"

t 'the least certain tasks of each type are those of the records' '
	well page
	while read -r type heading fields; do
		jq -r "$four [\"bad\", \"poor\", \"fair\", \"good\", \"superb\"] as \$o
			| select(.kind == \"consensus\" and .type == \"$type\") | . as \$r
			| [.task, $fields, \"\(.labels)\"] | join(\"|\")" out >all.rows
		extra page "$heading" | grep "^[a-v][0-9]*|" >rows
		lowest all.rows 3
		[ "$(wc -l <rows)" -eq 20 ]
	done <<-"END"
		ordinal Ordinal:.bad,.poor,.fair,.good,.superb .value, (.confidence | four), (([.posterior | to_entries[] | .value * ((.key as $k | $o | index($k)) - ($r.value as $k | $o | index($k)) | fabs)] | add) | three)
		multi Sets (if .value == [] then "none" else (.value | map("&quot;\(.)&quot;") | join(", ")) end), (.confidence | four), "\(.ties // [] | length)"
		text Texts .value, (.confidence | four)
		box Boxes "\(.value | length)", (.confidence | four)
		span Spans "\(.value | length)", (.confidence | four)
	END
'
t 'the workers of each type are those of the records' '
	while read -r type heading column fields; do
		jq -r "$four select(.kind == \"skill\" and .type == \"$type\") | [.worker, \"\(.labels)\", $fields] | join(\"|\")" out >all.rows
		extra page "$heading" | grep "^w" >rows
		lowest all.rows "$column"
		[ "$(wc -l <rows)" -eq 12 ]
	done <<-"END"
		ordinal Ordinal: 3 (.skill | four), (.steps | three)
		pair Pairs 3 (.skill | four)
		multi Sets 3 (.skill | four)
		text Texts 3 (.skill | four)
		box Boxes 4 "\(.boxes)", (.skill | four)
		span Spans 4 "\(.spans)", (.skill | four)
	END
'
t 'ordinals: each choice with its labels and tasks' '
	extra page Ordinal: | head -n 5 >got
	for c in bad poor fair good superb; do
		jq -rs --arg c $c "(map(select(.kind == \"label\" and .value == \$c)) | length) as \$l
			| \"\(\$c)|\(\$l)|\(\$l * 1000 / 120 | round | . / 10)\"" mixed
		jq -rs --arg c $c "(map(select(.kind == \"consensus\" and .value == \$c)) | length)
			| \"\(.)|\(. * 1000 / 40 | round | . / 10)\"" out
	done | paste -d "|" - - >want
	sed -e "s/\.0 %/ %/g" -e "s/ %//g" got >rows
	same want rows
'
t 'pairs: items in the order of the records, with their errors' '
	jq -r "select(.kind == \"item\") | [.item, .score, .se, .comparisons, .wins, .ties] | @tsv" out | tr "\t" "|" >want
	extra page Pairs | grep "^i" | paste -d "|" - want | awk -F "|" "
		function off(x, y) { return x - y > 0.0000501 || y - x > 0.0000501 }
		\$1 != \$7 || off(\$2, \$8) || off(\$3, \$9) || \$4 != \$10 || \$5 != \$11 || \$6 != \$12 { exit 1 }
		END { exit NR != 10 }"
	exits 0 lbl-agree -q --only -m pair=skilled --report skilled mixed >out2
	jq -r "$four select(.kind == \"skill\" and .type == \"pair\") | [.worker, \"\(.labels)\", (.skill | four), (.bias | four)] | join(\"|\")" out2 >all.rows
	extra skilled Pairs | grep "^w" >rows
	lowest all.rows 3
	exits 0 lbl-agree -q --only -m pair=votes --report votes mixed >out2
	has votes "Votes give no scores"
	extra votes Pairs | grep "^i" | awk -F "|" "\$2 != \"none\" || \$3 != \"none\" { exit 1 } END { exit NR != 10 }"
'
t 'pairs: many items and unconnected ones; the rest is said in words' '
	awk "BEGIN { for (i = 0; i < 60; i++) {
		printf \"{\\\"kind\\\":\\\"task\\\",\\\"task\\\":\\\"p%d\\\",\\\"type\\\":\\\"pair\\\",\\\"data\\\":{\\\"left\\\":\\\"i%d\\\",\\\"right\\\":\\\"i%d\\\"}}\\n\", i, i, i == 40 ? 39 : i + 1
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"p%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"left\\\"}\\n\", i, i % 25
	} }" >many.pairs
	exits 0 lbl-agree -q --only --report page2 many.pairs >out2
	well page2
	has page2 "Here are the first 50 of 61; the records have them all."
	has page2 "Here are the first 20 of 25; the records have them all."
	jq -r "select(.kind == \"item\") | \"\(.item)|\(.component)\"" out2 | head -n 50 >want
	extra page2 Pairs | grep "^i" | cut -d "|" -f 1,7 >got
	same want got
	# of equal ones the first in the stream
	jq -r "select(.kind == \"skill\" and .skill == 1) | .worker" out2 | head -n 18 >want
	extra page2 Pairs | grep "^w.*|1.0000" | cut -d "|" -f 1 | head -n 18 >got
	same want got
	[ "$(wc -l <got)" -eq 18 ]
'
t 'numbers: the widest intervals and the greatest errors' '
	jq -r "select(.kind == \"consensus\" and .type == \"number\") | [.task, .value, .low, .high, .labels] | @tsv" out >records
	extra page Numbers | grep "^n" | tr "|" "\t" >rows
	awk "
	function off(y, x, _h) { _h = .501 / 10 ^ (length(y) - index(y \".\", \".\")); return x - y > _h || y - x > _h }
	FNR == NR { v[\$1] = \$2; lo[\$1] = \$3; hi[\$1] = \$4; n[\$1] = \$5; next }
	off(\$2, v[\$1]) || off(\$3, lo[\$1]) || off(\$4, hi[\$1]) || \$6 != n[\$1] { exit 1 }
	{ width = hi[\$1] - lo[\$1]; unit = width / \$5 }
	FNR > 1 && (width > last || unit / first > 1.01 || unit / first < 0.99) { exit 1 }
	{ last = width; if (FNR == 1) first = unit; print width }
	END { for (t in v) wider += hi[t] - lo[t] > last; exit FNR != 20 || wider > 19 }" records rows >widths
	jq -r "select(.kind == \"skill\" and .type == \"number\") | [.worker, .labels, .sigma, .bias] | @tsv" out |
		sort -k 3gr >records
	extra page Numbers | grep "^w" | tr "|" "\t" | paste records - | awk "
		function off(y, x, _h) { _h = .501 / 10 ^ (length(y) - index(y \".\", \".\")); return x - y > _h || y - x > _h }
		\$1 != \$5 || \$2 != \$6 || off(\$7, \$3) || off(\$8, \$4) { exit 1 } END { exit NR != 12 }"
	exits 0 lbl-agree -q --only -m number=median --report median mixed >out2
	has median "<p>Method median. "
	extra median Numbers | grep "^w" | awk -F "|" "NF != 3 { exit 1 } END { exit NR != 12 }"
'
t 'mixed: each section once, no record changes, the same page for any number of threads' '
	[ "$(grep -c "^<h2 id=\"extra-" page)" -eq 7 ]
	[ "$(grep -o "<a href=\"#extra-" page | wc -l)" -eq 7 ]
	for id in $(sed -n "s/.*<a href=\"#\([a-z0-9-]*\)\".*/\1/p" page); do
		grep -F "<section id=\"$id\"" page >/dev/null
	done
	[ -z "$(grep -o " id=\"[^\"]*\"" page | sort | uniq -d)" ]
	[ "$(grep -c "<table" page)" -eq "$(grep -c "<caption>" page)" ]
	for j in 1 2; do
		exits 0 lbl-agree -q --only -j $j --report page$j mixed >out$j
		same page page$j
		same out out$j
	done
	lbl-agree -q --only mixed >out1
	same out out1
'
t 'types of which nothing is known: words instead of a table' '
	{
		printf "{\"kind\":\"task\",\"task\":\"%s\",\"data\":0,\"type\":\"%s\"}\n" n number m multi b box s span t text
		lab n w 3 m w "[]" b w "[]" s w "[]" t w "\"\""
	} >in
	exits 0 lbl-agree -q --only --report page2 in >out2
	well page2
	has page2 "<p>Method lfc-n. No task has two answers, so nothing is known of errors.</p>"
	has page2 "<p>Nobody named a class, so there are no skills.</p>"
	[ -z "$(extra page2 Numbers)" ]
	extra page2 Sets >got
	put want "m|none|1.0000|0|1"
	same want got
	extra page2 Boxes >got
	put want "b|0|1.0000|1" "w|1|0|0.5000"
	same want got
	extra page2 Texts >got
	put want "t|empty text|1.0000|1" "w|1|0.6667"
	same want got
'
t 'tables of types: hostile text is escaped and cut' '
	bidi=$(printf "\342\200\256")
	evil="<script>alert(1)</script>&amp;\\u0007${bidi}" long=$(printf "%0250d" 7)
	{
		for type in text multi; do
			printf "{\"kind\":\"task\",\"task\":\"<b onload=x>%s\",\"data\":0,\"type\":\"%s\"}\n" $type $type
		done
		printf "{\"kind\":\"task\",\"task\":\"p\",\"data\":{\"left\":\"<b left>%s\",\"right\":\"$evil\"},\"type\":\"pair\"}\n" "$long"
		printf "{\"kind\":\"task\",\"task\":\"o\",\"data\":0,\"type\":\"ordinal\",\"choices\":[\"</style><b low>\",\"$evil\"]}\n"
		lab "<b onload=x>text" "<b worker>" "\"$evil $long\"" "<b onload=x>multi" "<b worker>" "[\"$evil\",\"<b set>\"]" \
			p "<b worker>" "\"left\"" o "<b worker>" "\"</style><b low>\""
	} >in
	exits 0 lbl-agree -q --only --report page2 in >out2
	well page2
	if grep -e "<script" -e "<b " -e "$bidi" -e "$long" -e "$(printf "\a")" page2; then
		exit 1
	fi
	[ "$(grep -c "</style>" page2)" -eq 1 ]
	has page2 "Ordinal: &lt;/style&gt;&lt;b low&gt;, &lt;script&gt;"
	has page2 "<bdi>&lt;b left&gt;000"
	has page2 "&lt;b set&gt;"
'

# ---- what it is made of

t 'nothing is fetched, nothing is run; figures and tables can be read aloud' '
	exits 0 lbl-agree -q --only --gold judge --report page judged >out
	if grep -n -i -e "https*:" -e "//" -e "<script" -e "<link" -e "<img" -e "<iframe" -e "@import" -e "url(" -e " on[a-z]*=" page; then
		exit 1
	fi
	has page "default-src '\''none'\''"
	has page "<html lang=\"en\""
	[ "$(grep -c "<h1>" page)" -eq 1 ]
	[ "$(grep -c "<main id=" page)" -eq 1 ]
	[ "$(grep -c "<svg " page)" -eq 5 ]
	[ "$(grep -c "<svg .*role=\"img\" .*aria-labelledby=" page)" -eq 5 ]
	[ "$(grep -c "^<title id=" page)" -eq 5 ]
	[ "$(grep -c "^<desc id=" page)" -eq 5 ]
	[ "$(grep -c "<th>" page)" -eq 0 ]
	[ "$(grep -c "<table" page)" -eq "$(grep -c "<caption>" page)" ]
	for id in $(sed -n "s/.*<a href=\"#\([a-z0-9-]*\)\".*/\1/p" page); do
		grep -F "<section id=\"$id\"" page >/dev/null
	done
	# no name stands twice, headings skip no level
	[ -z "$(grep -o " id=\"[^\"]*\"" page | sort | uniq -d)" ]
	grep -o "<h[1-6]" page | tr -d "<h" | awk "NR == 1 && \$1 != 1 || \$1 > last + 1 { exit 1 } { last = \$1 }"
'
t 'hostile text: escaped, shown, cut; never markup' '
	bidi=$(printf "\342\200\256") zero=$(printf "\342\200\213") c1=$(printf "\302\205") mark=$(printf "\342\237\250")
	evil="<script>alert(1)</script>&amp;\\u0007${bidi}gpj${zero}${c1}"
	long=$(printf "%0250d" 7)
	{
		lab "$evil" "\\\"><b onload=x>" "\"</style></title>]]>\"" t "$long" "\"${mark}U+202E\"" t w "\"\""
		lab "'\'''\''" w "\"<!-- -- >\""
	} >in
	exits 0 lbl-agree -q --only -m mv --report page in >out
	well page
	if grep -e "<script" -e "<b " -e "<!--" -e "$bidi" -e "$zero" -e "$c1" -e "$(printf "\a")" page; then
		exit 1
	fi
	[ "$(grep -c "</style>" page)" -eq 1 ]
	has page "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"
	has page "&quot;&gt;&lt;b onload=x&gt;"
	has page "&lt;!-- -- &gt;"
	has page "<i>empty text</i>"
	if grep -F "$long" page; then
		exit 1
	fi
	has page "$(printf "\342\200\246")000000000007"
	lab "a${bidi}b" w 1 t "${mark}" 1 >in
	exits 0 lbl-agree -q --only -m mv --report page in >out
	has page "<bdi>a${mark}U+202E$(printf "\342\237\251")b</bdi>"
	has page "<bdi>${mark}U+27E8$(printf "\342\237\251")</bdi>"
'
awk 'BEGIN {
	for (i = 0; i < 6000; i++)
		for (j = 0; j < 3; j++)
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"class %d\"}\n", i, (i * 7 + j * j * 31 + i * j) % 2500, (i + (i * j) % 5 % 2) % 300
}' >many
t 'thousands of workers, hundreds of classes: a small page, the same for any number of threads' '
	for m in mv onecoin; do
		exits 0 lbl-agree -q --only -m $m -j 1 --report one many >out1
		exits 0 lbl-agree -q --only -m $m -j 2 --report two many >out2
		same one two
		same out1 out2
		well one
		[ "$(wc -c <one)" -lt 250000 ]
		[ "$(grep -c "class=\"dot\"" one)" -le 2000 ]
		has one "2500 workers are too many for a dot each"
		has one "There are too many classes for a table of all pairs."
		has one "280"
		[ "$(cells one tasks | grep -c "^t")" -eq 20 ]
		[ "$(cells one confusion | grep -c .)" -eq 20 ]
	done
'
awk 'BEGIN {
	for (i = 0; i < 1500; i++)
		for (j = 0; j < 3; j++)
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"c%d\"}\n", i, (i * 7 + j * 31) % 400, (j == 2 && i % 3 == 0 ? i + 1 : i) % 900
}' >sparse
t 'many classes and workers: posteriors of candidates alone are those of the records' '
	exits 0 lbl-agree -q --only --report page sparse >out
	well page
	has page "Models with one number a worker alone"
	jq -r "select(.kind == \"consensus\") | \"\(.task) \(.confidence * 10000 | round)\"" out | sort >records
	cells page tasks | grep "^t" | awk -F "|" "{ printf \"%s %d\n\", \$1, \$3 * 10000 + 0.5 }" | sort >got
	[ "$(grep -c . got)" -eq 20 ]
	comm -13 records got >differ
	empty differ
	cells page balance | awk -F "|" "{ n += \$6 } END { exit n < 99 || n > 101 }"
'
t 'the page changes no record' '
	lbl-agree -q hand >want
	exits 0 lbl-agree -q --report page hand >out
	same want out
	if grep -F report out; then
		exit 1
	fi
'

# ---- the file

mkdir dir
t 'it replaces an older file, keeps its mode, and leaves nothing beside it' '
	put dir/page old
	chmod 640 dir/page
	exits 0 lbl-agree -q --report dir/page hand >out
	has dir/page "</html>"
	[ "$(ls dir)" = page ]
	case $(ls -l dir/page) in
	-rw-r-----*) ;;
	*) exit 1 ;;
	esac
	ln -s page dir/link
	put dir/page old
	exits 0 lbl-agree -q --report dir/link hand >out
	[ -h dir/link ]
	has dir/page "</html>"
	rm dir/link
'
t 'bad input: no page, the older one stays' '
	put dir/page old
	put bad "{"
	exits 65 lbl-agree -q --report dir/page bad >out 2>err
	says dir/page old
	[ "$(ls dir)" = page ]
	rm dir/page
	exits 65 lbl-agree -q --report dir/page bad >out 2>err
	[ -z "$(ls dir)" ]
'
t 'nobody reads the output: no page, nothing beside it' '
	awk "{ for (i = 0; i < 2000; i++) print }" hand | tr 1 2 >long
	sh -c "lbl-agree -q --report dir/page long; echo \$? >code" 2>err | :
	[ "$(cat code)" -eq 141 ]
	[ -z "$(ls dir)" ]
'
t 'where it cannot be: an input, the output, rejects, a folder, stdin' '
	cp hand in
	exits 64 lbl-agree -q --report in in >out 2>err
	says err "lbl-agree: --report in: is the input (see lbl-agree --help)"
	same hand in
	exits 64 lbl-agree -q --report out hand >out 2>err
	says err "lbl-agree: --report out: is the output (see lbl-agree --help)"
	exits 64 lbl-agree -q --report rej --rejects rej hand >out 2>err
	says err "lbl-agree: --report rej: is the file of --rejects (see lbl-agree --help)"
	exits 64 lbl-agree -q --report - hand >out 2>err
	says err "lbl-agree: --report wants the name of a file (see lbl-agree --help)"
	exits 74 lbl-agree -q --report dir hand >out 2>err
	says err "lbl-agree: dir: is a directory"
	exits 74 lbl-agree -q --report no/page hand >out 2>err
	says err "lbl-agree: no/page: No such file or directory"
	empty out
'
t 'a full disk: 74, and the output ends without its mark' '
	exits 74 lbl-agree -q --report /dev/full hand >out 2>err
	says err "lbl-agree: /dev/full: No space left on device"
	if grep -F "\"kind\":\"end\"" out; then
		exit 1
	fi
'
t 'a device takes the page as it is' '
	exits 0 lbl-agree -q --report /dev/null hand >out 2>err
	empty err
'

# ---- real labels

duck=$LBL_SHARED/data/duck.labels.ndjson
gold=$LBL_SHARED/data/duck.gold.ndjson
if ! [ -r "$duck" ] || ! [ -r "$gold" ]; then
	skip 'duck' "no $duck"
	finish
fi
t 'duck, auto, judged: accuracy, alpha and every skill listed are those of the records' '
	exits 0 lbl-agree -q --only --gold judge --report page "$duck" "$gold" >out
	well page
	round="def r: . * 10000 | round / 10000;"
	jq -r "$round select(.kind == \"judgement\") | .accuracy, .log_loss, .brier, .ece | r" out >want
	cells page gold | sed -n 1,4p | cut -d "|" -f 2 | jq -r tonumber >got
	same want got
	jq -r "$round select(.kind == \"agreement\") | .value, .se, .low, .high | r" out >want
	cells page agreement | cut -d "|" -f 2-5 | tr "|" "\n" | jq -r tonumber >got
	same want got
	jq -r "$round select(.kind == \"skill\") | \"\(.worker) \(.skill | r)\"" out | sort >skills
	cells page workers | sed 1d | awk -F "|" "{ print \$1, \$4 + 0 }" | sort -u >got
	[ "$(grep -c . got)" -ge 20 ]
	comm -13 skills got >differ
	empty differ
	cells page gold | sed 1,4d | awk -F "|" "{ n += \$2; r += \$4 } END { print n, r }" >got
	jq -r "select(.kind == \"judgement\") | \"\(.tasks) \(.tasks * .accuracy | round)\"" out >want
	same want got
'
finish
