#!/bin/sh
# lbl-agree on tasks of type span: what is found, texts and their length, gold, bad input, and the laws.
# shellcheck disable=SC2016,SC2034,SC2154   # t evaluates text
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

# task NAME DATA [MORE] - a task record
task() {
	echo "{\"kind\":\"task\",\"task\":\"$1\",\"data\":$2,\"type\":\"span\"${3:+,$3}}"
}
# span LABEL START END
span() {
	printf '{"label":"%s","start":%s,"end":%s}' "$@"
}

# bad VALUE MESSAGE - of a lab of ann on s1, a text of 23 characters
bad() {
	{ task s1 '"Ann lives in Köln 😀 now"' '"choices":["PER","LOC"]'; lab s1 ann "$1"; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: $2"
	empty out
}

# ---- what is found ---------------------------------------------------------------

per=$(span PER 0 3) loc=$(span LOC 13 17) wide=$(span LOC 13 19)
{ task s1 '"Ann lives in Köln 😀 now"'; lab s1 ann "[$per,$loc]"; lab s1 bob "[$wide,$per]"; lab s1 cyd "[]"; } >three

# 0-3 and 13-17: two of three; 17-19: one of three, none of two; 10 + 4 characters: none by all
t 'equal weights, by hand' '
	cp three in
	made -m span=vote
	put want "{\"kind\":\"consensus\",\"task\":\"s1\",\"value\":[{\"label\":\"PER\",\"start\":0,\"end\":3},{\"label\":\"LOC\",\"start\":13,\"end\":17}],\"confidence\":0.8695652173913043,\"labels\":3,\"method\":\"vote\",\"type\":\"span\",\"spans\":[{\"confidence\":0.6666666666666666},{\"confidence\":0.6666666666666666}]}" \
		"{\"kind\":\"skill\",\"worker\":\"ann\",\"labels\":1,\"skill\":0.8888888888888888,\"method\":\"vote\",\"type\":\"span\",\"spans\":2}" \
		"{\"kind\":\"skill\",\"worker\":\"bob\",\"labels\":1,\"skill\":0.7272727272727273,\"method\":\"vote\",\"type\":\"span\",\"spans\":2}" \
		"{\"kind\":\"skill\",\"worker\":\"cyd\",\"labels\":1,\"skill\":0.1111111111111111,\"method\":\"vote\",\"type\":\"span\",\"spans\":0}"
	same want out
'
t 'auto says what it chose' '
	made
	has out "{\"kind\":\"choice\",\"type\":\"span\",\"method\":\"auto\",\"chosen\":\"ds\",\"why\":\"the confusion matrices of its workers fit\"}"
	grep consensus out >auto
	made -m span=ds
	if grep choice out; then false; fi
	grep consensus out | sed "s/\"method\":\"ds\"/\"method\":\"auto\"/" >want
	same want auto
	lbl-ingest -q in >sealed
	exits 0 lbl-agree --only sealed >out 2>err
	says err "lbl-agree: span: auto: ds"
'
t 'every categorical method' '
	for m in mv ds-map onecoin hds ibcc wawa zbs glad auto; do
		exits 0 lbl-agree -q --only -m span=$m in >out 2>err
		empty err
		has out "\"task\":\"s1\",\"value\":[{\"label\":\"PER\",\"start\":0,\"end\":3},"
	done
	exits 64 lbl-agree -m span=rover in 2>err
	has err "\"rover\" is no method of type span: auto, vote, "
'
t 'a tie is none, and told; nothing there is an answer' '
	{ task s1 0; lab s1 ann "$(span A 0 9)"; lab s1 bob "$(span B 0 5)"; } >in
	made -m span=vote
	has out "\"value\":[{\"label\":\"A\",\"start\":0,\"end\":5}],\"confidence\":0.5,\"labels\":2,\"method\":\"vote\",\"type\":\"span\",\"tie\":true,\"spans\":[{\"confidence\":0.5,\"tie\":true}]}"
	{ task s1 "\"abc\""; lab s1 ann "[]"; } >in
	made
	has out "\"value\":[],\"confidence\":1,\"labels\":1,\"method\":\"auto\",\"type\":\"span\",\"spans\":[]}"
	{ task s1 "\"\""; lab s1 ann "[]"; } >in
	made
	has out "\"value\":[],\"confidence\":1,"
'
t 'the text of a task counts its code points; without it the last span ends it' '
	for data in "\"ab\\u00e9\\ud83d\\ude00éx yz\"" "{\"id\":7,\"text\":\"0123456789\"}"; do
		{ task s1 "$data"; lab s1 ann "$(span A 0 2)"; lab s1 bob "[]"; } >in
		made -m span=vote
		cp out last
	done
	has out "\"confidence\":0.9,"
	{ task s1 "{\"text\":7}"; lab s1 ann "$(span A 0 2)"; lab s1 bob "[]"; } >in
	made -m span=vote
	has out "\"confidence\":0.5,"
'
t 'spans without a label, with several, and empty ones' '
	{ task s1 0; lab s1 ann "[{\"start\":0,\"end\":4},{\"start\":6,\"end\":6},{\"label\":[\"b\",\"a\"],\"start\":8,\"end\":9,\"text\":\"x\"}]"; } >in
	made
	has out "\"value\":[{\"start\":0,\"end\":4},{\"label\":[\"a\",\"b\"],\"start\":8,\"end\":9}],"
	has out "\"spans\":3}"
'

# ---- a crowd ------------------------------------------------------------------------
# 80 texts of two names; w0 to w3 are good, w4 and w5 miss most, w6 marks anything, w7 nothing

awk 'function b(l, x, y) { return sprintf("{\"label\":\"%s\",\"start\":%d,\"end\":%d}", l, x, y) }
	function r(n) { s = (s * 16807) % 2147483647; return s % n }
	BEGIN { s = 9
	for (t = 0; t < 80; t++) {
		printf "{\"kind\":\"task\",\"task\":\"s%d\",\"data\":\"%0120d\",\"type\":\"span\"}\n", t, 0
		x = r(40); y = 60 + r(40)
		printf "{\"kind\":\"gold\",\"task\":\"s%d\",\"value\":[%s,%s]}\n", t, b("PER", x, x + 8), b("LOC", y, y + 6)
		for (w = 0; w < 8; w++) {
			if (r(3) == 0) continue
			v = ""
			if (w < 4 || (w < 6 && r(4) == 0)) v = b("PER", x, x + 8 + (r(5) ? 0 : 3))
			if (w < 4 || (w < 6 && r(4) == 0)) v = v (v == "" ? "" : ",") b(r(8) ? "LOC" : "PER", y, y + 6)
			if (w == 6) v = b("PER", r(50), 60 + r(50))
			printf "{\"kind\":\"label\",\"task\":\"s%d\",\"worker\":\"w%d\",\"value\":[%s]}\n", t, w, v
		} } }' >crowd

# measure NAME - of the judgement in out
measure() {
	sed -n "s/.*\"judgement\".*\"$1\":\([0-9.]*\).*/\1/p" out
}
t 'gold judges: the model is better than the vote' '
	cp crowd in
	made -m span=vote -g judge
	vote=$(measure f1)
	made -g judge
	grep judgement out >j
	says j "{\"kind\":\"judgement\",\"type\":\"span\",\"tasks\":80,\"precision\":$(measure precision),\"recall\":$(measure recall),\"f1\":$(measure f1),\"char_precision\":$(measure char_precision),\"char_recall\":$(measure char_recall),\"char_f1\":$(measure char_f1)}"
	awk "BEGIN { exit !($(measure f1) > 0.85 && $vote < $(measure f1) - 0.1 && $(measure char_f1) > $(measure f1)) }"
	exits 0 lbl-agree --only -g judge in >out 2>err
	grep -q "lbl-agree: span: on 80 gold tasks: 1[0-9]* of the 1[0-9]* spans found are among the 160 of the gold" err
'
t 'the measures, by hand' '
	{ task s1 0; lab s1 ann "[$(span A 0 10),$(span B 20 30),$(span A 40 45)]"; gold s1 "[$(span A 0 10),$(span A 20 30),$(span A 40 44)]"
	task s2 0; lab s2 ann "[]"; gold s2 "[]"; } >in
	made -g judge
	grep judgement out >j
	says j "{\"kind\":\"judgement\",\"type\":\"span\",\"tasks\":2,\"precision\":0.3333333333333333,\"recall\":0.3333333333333333,\"f1\":0.3333333333333333,\"char_precision\":0.56,\"char_recall\":0.5833333333333334,\"char_f1\":0.5714285714285714}"
	{ task s1 0; lab s1 ann "[]"; gold s1 "[$(span A 0 10)]"; } >in
	made -g judge
	has out "\"precision\":null,\"recall\":0,\"f1\":0,\"char_precision\":null,\"char_recall\":0,\"char_f1\":0,\"why\":\"no spans were found\"}"
'
t 'gold clamps' '
	{ cat three; gold s1 "[$(span LOC 13 19)]"; } >in
	made
	has out "\"value\":[{\"label\":\"LOC\",\"start\":13,\"end\":19}],\"confidence\":1,\"labels\":3,"
	made -m span=vote
	has out "\"value\":[{\"label\":\"LOC\",\"start\":13,\"end\":19}],\"confidence\":1,\"labels\":3,"
	made -g ignore -m span=vote
	has out "\"end\":17}],\"confidence\":0.869"
	{ cat three; task s2 0; gold s2 "[$(span LOC 13 19)]"; } >in
	made
	if grep s2 out; then false; fi
'

# ---- laws ------------------------------------------------------------------------------

t 'the order of lines changes nothing but the order of records' '
	{ grep "\"type\"" crowd; grep -v "\"type\"" crowd; } >in
	made
	sort out >want
	{ grep "\"type\"" crowd; grep -v "\"type\"" crowd | awk "{ printf \"%d %s\n\", (NR * 7919) % 9973, \$0 }" | sort -n | cut -d " " -f 2-; } >in
	made
	sort out >got
	same want got
'
t 'threads change nothing; a mixed stream holds the same records' '
	made -j 1
	cp out want
	made -j 7
	same want out
	{ cat in; lab c1 w3 "\"yes\""; lab c1 w1 "\"no\""; echo "{\"kind\":\"task\",\"task\":\"b1\",\"data\":0,\"type\":\"box\"}"; lab b1 w1 "[]"; } >mixed
	mv mixed in
	exits 0 lbl-agree -q --only in >all 2>err
	grep "\"type\":\"span\"" all >out
	same want out
'
t 'a log replays' '
	cp crowd in
	for o in "" "-g judge" "-m span=vote" "-m span=hds --iterations 5"; do
		exits 0 lbl-agree -q $o in >log 2>err
		exits 0 lbl-audit replay log >out 2>err
		has err " 0 findings"
	done
	sed "s/\"start\":/\"start\":1/" log | grep -v "\"end\"" | lbl-ingest -q >forged
	exits 1 lbl-audit replay forged >out 2>err
'

# ---- bad input ---------------------------------------------------------------------------

w='of worker "ann"'
t 'what is no span' '
	bad "\"x\"" "in:2: field \"value\": expected a span or an array of spans, got a string (byte 52)"
	bad "[null]" "task \"s1\": the label [null] $w is no array of spans: number 1: it is null"
	bad "{\"start\":3}" "task \"s1\": the label {\"start\":3} $w is no span: its \"end\" is missing"
	bad "{\"start\":\"3\",\"end\":4}" "task \"s1\": the label {\"start\":\"3\",\"end\":4} $w is no span: its \"start\" is a string"
	bad "{\"start\":1.5,\"end\":4}" "task \"s1\": the label {\"start\":1.5,\"end\":4} $w is no span: its \"start\" is no whole number"
	bad "{\"start\":-1,\"end\":4}" "task \"s1\": the label {\"start\":-1,\"end\":4} $w is no span: its \"start\" is below 0"
	bad "{\"start\":4,\"end\":3}" "task \"s1\": the label {\"start\":4,\"end\":3} $w is no span: it ends before it starts"
	bad "{\"start\":0,\"end\":9007199254740992}" "task \"s1\": the label {\"start\":0,\"end\":9007199254740992} $w is no span: its \"end\" is beyond 4294967294"
	bad "{\"start\":0,\"end\":1e400}" "in:2: number out of range (byte 69)"
	bad "{\"label\":\"ORG\",\"start\":0,\"end\":3}" "task \"s1\": the label {\"label\":\"ORG\",\"start\":0,\"end\":3} $w has a label that is not among the choices"
'
t 'beyond the text' '
	bad "[{\"start\":0,\"end\":24}]" "task \"s1\": the label [{\"start\":0,\"end\":24}] $w has a span to 24: the text has 23 characters"
	{ task s1 "\"Ann lives in Köln 😀 now\""; lab s1 ann "[{\"start\":0,\"end\":23}]"; } >in
	made
	# the same value fits a longer text: the one where it does not is named
	{ task s0 "\"0123456789\""; task s1 "\"012\""; lab s0 ann "[$(span A 0 9)]"; lab s1 bob "[$(span A 0 9)]"; } >in
	exits 65 lbl-agree -q in >out 2>err
	says err "lbl-agree: task \"s1\": the label [{\"label\":\"A\",\"start\":0,\"end\":9}] of worker \"bob\" has a span to 9: the text has 3 characters"
	{ task s1 "\"012\""; lab s1 ann "[]"; gold s1 "[$(span A 0 9)]"; } >in
	exits 65 lbl-agree -q in >out 2>err
	says err "lbl-agree: task \"s1\": the gold [{\"label\":\"A\",\"start\":0,\"end\":9}] has a span to 9: the text has 3 characters"
'

# ---- sizes -----------------------------------------------------------------------------------

# spans N STEP LENGTH - an array of spans, each STEP further
spans() {
	awk "BEGIN { printf \"[\"; for (i = 0; i < $1; i++) printf \"%s{\\\"start\\\":%d,\\\"end\\\":%d}\", i ? \",\" : \"\", i * $2, i * $2 + $3; print \"]\" }"
}
t '100000 spans of two workers; all in each other; a text of 1 MB' '
	{ task s1 0; lab s1 ann "$(spans 100000 3 2)"; lab s1 bob "$(spans 100000 3 2)"; } >in
	made
	has out "{\"start\":299997,\"end\":299999}],\"confidence\":"
	{ task s1 0; lab s1 ann "$(awk "BEGIN { printf \"[\"; for (i = 0; i < 50000; i++) printf \"%s{\\\"start\\\":%d,\\\"end\\\":%d}\", i ? \",\" : \"\", i, 100000 - i; print \"]\" }")"; } >in
	made
	has out "\"value\":[{\"start\":0,\"end\":100000}],"
	{ task s1 "\"$(awk "BEGIN { for (i = 0; i < 500000; i++) printf \"é\" }")\""; lab s1 ann "[{\"start\":0,\"end\":500000}]"; } >in
	made
	has out "\"value\":[{\"start\":0,\"end\":500000}],"
'
t 'too many votes' '
	{ task s1 0; awk "BEGIN { for (w = 0; w < 20000; w++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"s1\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":[{\\\"start\\\":%d,\\\"end\\\":%d}]}\n\", w, w, w + 50 }"; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"s1\": too many spans: more than 67108864 votes on pieces of text, or 134217728 pieces times labels"
	empty out
'
t 'too many workers and labels for matrices: auto votes' '
	awk "BEGIN { print \"{\\\"kind\\\":\\\"task\\\",\\\"task\\\":\\\"s1\\\",\\\"data\\\":0,\\\"type\\\":\\\"span\\\"}\"
		for (w = 0; w < 600; w++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"s1\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":[{\\\"label\\\":\\\"l%d\\\",\\\"start\\\":0,\\\"end\\\":5}]}\n\", w, w }" >in
	made
	has out "\"chosen\":\"vote\",\"why\":\"too many workers and labels for confusion matrices\"}"
	exits 65 lbl-agree -q --only -m span=ds in >out 2>err
	says err "lbl-agree: 600 labels of spans and 600 workers are too many for method ds: use span=vote"
'
finish
