#!/bin/sh
# lbl-agree --report: the page is well-formed, fetches nothing, holds the numbers of the records, and survives
# hostile text; the file is whole or not there.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# lab TASK WORKER VALUE... - label records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

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
