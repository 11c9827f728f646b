#!/bin/sh
# lbl-audit replay: each way to lie in a log is found, and the record is named.  The logs are
# made by the real commands; edits are sealed again, because a forger would do that too.
# shellcheck disable=SC2016,SC2154
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/audit.sh"

small_log 2>/dev/null
receipts <log.ndjson | cat log.ndjson - | seal >paid.ndjson
end=$(nth 1 end)
last=$((end - 1))

t 'an honest log agrees, planned, signed or paid' '
	agrees log.ndjson
	has err "$last records, 139 recomputed and equal, 5 transactions, 0 of them on the chain: 0 findings"
	agrees paid.ndjson
	agrees - <paid.ndjson
	agrees -q paid.ndjson
	empty err
	lbl-audit replay -q log.ndjson >found
	says found "{\"kind\":\"end\",\"tool\":\"lbl-audit\",\"records\":0,\"xxh3\":\"99aa06d3014798d86001c324468d497f\"}"
'

# ---- labels and gold ----------------------------------------------------------------------

t 'a label changed' '
	n=$(nth 42 label)
	edit "${n}s/\"value\":\"[a-z]*\"/\"value\":\"pink\"/"
	lies bad.ndjson
	finding label "$(at "$n" "$(nth 42 verdict)")" "\"subject\":{\"kind\":\"label\",\"task\":\"t09\"" "not the one that was judged"
'
t 'a label deleted' '
	n=$(nth 42 label)
	edit "${n}d"
	lies bad.ndjson
	finding label "\"kind\":\"label\",\"task\":\"t09\",\"worker\":\"0x$(printf %040d 2)\"" "not in the log"
	finding unexplained "\"kind\":\"verdict\",\"task\":\"t09\",\"worker\":\"0x$(printf %040d 2)\""
'
t 'a label that becomes a record of another kind is found again' '
	n=$(nth 42 label)
	edit "${n}s/label/labex/"
	lies bad.ndjson
	finding label "$(at "$(nth 42 verdict)" "$n")" "a record of an unknown kind is"
'
t 'a label added before the runs' '
	n=$(nth 42 label)
	edit "${n}s/(.*)(.)(\",\"value.*)/\19\3\n&/"
	lies bad.ndjson
	finding missing "{\"kind\":\"verdict\",\"task\":\"t09\"" "{\"line\":$n}]"
'
t 'a label, a gold added after the runs' '
	{ cat log.ndjson; echo "{\"kind\":\"label\",\"task\":\"t99\",\"worker\":\"w\",\"value\":1}"
	echo "{\"kind\":\"gold\",\"task\":\"t99\",\"value\":1}"; } | seal >bad.ndjson
	lies bad.ndjson
	rules label
	finding label "$(at "$end")" "\"subject\":{\"kind\":\"label\",\"task\":\"t99\",\"worker\":\"w\"}" "was not there"
	finding label "$(at $((end + 1)))" "\"subject\":{\"kind\":\"gold\",\"task\":\"t99\"}" "was not there"
'
t 'a label added to what a run wrote' '
	n=$(nth 5 verdict)
	edit "${n}s/.*/&\n{\"kind\":\"label\",\"task\":\"t99\",\"worker\":\"w\",\"value\":\"red\"}/"
	lies bad.ndjson
	finding order "$(at $((n + 1)) "$(nth 2 run)")" "stands inside what this run wrote"
	finding label "$(at $((n + 1)))" "was not there"
'
t 'gold changed, replaced or deleted' '
	n=$(nth 3 gold)
	edit "${n}s/\"value\":\"[a-z]*\"/\"value\":\"pink\"/"
	lies bad.ndjson
	finding label "{\"line\":$n}" "\"subject\":{\"kind\":\"gold\",\"task\":\"t03\"}"
	edit "${n}s/(.*value.:.)[a-z]*(.*)/&\n\1pink\2/"
	lies bad.ndjson
	finding label "{\"line\":$((n + 1))}" "\"subject\":{\"kind\":\"gold\",\"task\":\"t03\"}"
	edit "${n}d"
	lies bad.ndjson
	finding label "\"subject\":{\"kind\":\"gold\",\"task\":\"t03\"}" "not in the log"
'

# ---- what runs write -------------------------------------------------------------------------

t 'one number of a computed record' '
	n=$(nth 2 score)
	edit "${n}s/\"score_bp\":[0-9]*/\"score_bp\":9999/"
	lies bad.ndjson
	rules differs
	finding differs "$(at "$n")" "\"subject\":{\"kind\":\"score\",\"worker\":\"0x$(printf %040d 2)\",\"epoch\":\"e1\"}" "field \\\"score_bp\\\" is 9999, and"
	finding differs "$(at "$(nth 2 payment)")"
	n=$(nth 7 consensus)
	edit "${n}s/\"confidence\":[0-9.]*/\"confidence\":0.5/"
	lies bad.ndjson
	finding differs "$(at "$n")" "{\"kind\":\"consensus\",\"task\":\"t07\"}" "confidence"
	n=$(nth 1 agreement)
	edit "${n}s/\"value\":[0-9.]*/\"value\":0.99/"
	lies bad.ndjson
	rules differs
	finding differs "$(at "$n")" "{\"kind\":\"agreement\",\"metric\":\"alpha\"}"
'
t 'the same content in other bytes, fields added' '
	for s in "s/\"labels\":20/\"labels\":2e1/" "s/\"labels\":20/\"labels\": 20/" "s/\}\$/,\"note\":1}/" "s/t07/\\\\u007407/"; do
		n=$(nth 35 verdict)
		case $s in *labels*) n=$(nth 1 score) ;; esac
		spoil "${n}$s"
		lies bad.ndjson
		finding differs "$(at "$n")"
	done
	finding differs "\"task\":\"t07\",\"worker\":\"0x$(printf %040d 5)\""
'
t 'a computed record deleted' '
	for k in agreement consensus skill verdict score payment; do
		n=$(nth 1 $k)
		edit "${n}d"
		lies bad.ndjson
		finding missing "$(at $((n - 1)))" "\"subject\":{\"kind\":\"$k\"" ||
			finding missing "$(at $((n - 1)) "$(nth 1 label)")" "\"subject\":{\"kind\":\"$k\""
	done
	finding tx "$(at $(($(nth 1 tx) - 1)))" "no payment record before it"
'
t 'a computed record twice, moved, or made up' '
	n=$(nth 3 skill)
	edit "${n}s/.*/&\n&/"
	lies bad.ndjson
	rules order
	finding order "$(at $((n + 1)) "$n")" "a second time"
	edit "${n}{h;d;};$((n + 1))G"
	lies bad.ndjson
	rules order
	finding order "another place"
	last=$(nth 100 verdict)
	first=$(nth 1 verdict)
	{ sed -n "1,$((first - 1))p;${last}p" log.ndjson; sed "1,$((first - 1))d;${last}d" log.ndjson; } | seal >bad.ndjson
	lies bad.ndjson
	rules order
	finding order "$(at "$first")" "{\"kind\":\"verdict\",\"task\":\"t20\",\"worker\":\"0x$(printf %040d 5)\",\"epoch\":\"e1\"}"
	[ "$(wc -l <found)" -eq 2 ]
	n=$(nth 1 score)
	edit "${n}s/(.*)0001(\".*)/\10099\2\n&/"
	lies bad.ndjson
	finding unexplained "$(at "$n")" "{\"kind\":\"score\",\"worker\":\"0x$(printf %040d 99)\",\"epoch\":\"e1\"}"
	{ cat log.ndjson; echo "{\"kind\":\"consensus\",\"task\":\"t01\",\"value\":\"red\",\"confidence\":1,\"labels\":5,\"method\":\"mv\"}"; } |
		seal >bad.ndjson
	lies bad.ndjson
	rules unexplained
	finding unexplained "$(at "$end")"
'
t 'a kind renamed' '
	for k in consensus skill score payment; do
		n=$(nth 2 $k)
		edit "${n}s/\"kind\":\"./\"kind\":\"x/"
		lies bad.ndjson
		finding missing "\"kind\":\"$k\""
		finding order "$(at "$n" "$(grep -n "\"kind\":\"run\"" log.ndjson | sed "s/:.*//" | awk -v n="$n" "\$1 < n { r = \$1 } END { print r }")")"
	done
'

# ---- runs ---------------------------------------------------------------------------------------

t 'what a run wrote is gone, whole' '
	edit "$(nth 1 verdict),$(nth 5 score)d"
	lies bad.ndjson
	finding run "$(at "$(nth 2 run)")" "nothing of what this run computes is in the log: 105 records"
	edit "$(nth 1 payment),$(nth 5 payment)d"
	lies bad.ndjson
	rules run tx
	edit "$(nth 3 run),$(nth 5 payment)d"
	lies bad.ndjson
	rules tx
	edit "$(nth 2 run)d"
	lies bad.ndjson
	finding unexplained "$(at "$(($(nth 1 verdict) - 1))")"
'
t 'two run records' '
	n=$(nth 1 run)
	edit "${n}s/.*/&\n&/"
	lies bad.ndjson
	rules run
	finding run "$(at "$n")" "nothing of what this run computes"
'
t 'options, version and tool of a run' '
	n=$(nth 2 run)
	edit "${n}s/\"min_confidence\":0.8/\"min_confidence\":1/"
	lies bad.ndjson
	finding differs "verdict"
	edit "${n}s/\"min_confidence\":0.8/\"min_confidence\":2/"
	lies bad.ndjson
	finding run "$(at "$n")" "options: field \\\"min_confidence\\\" is out of range"
	edit "${n}s/\"version\":\"[^\"]*\"/\"version\":\"9\"/"
	lies bad.ndjson
	rules differs
	finding differs "$(at "$n")" "field \\\"version\\\" is \\\"9\\\""
	edit "${n}s/lbl-score/other-score/"
	lies bad.ndjson
	has err "not replayed: 1 run of \"other-score\""
	finding run "$(at "$n" $((n + 1)))" "of a tool that is not replayed"
	edit "$(nth 3 run)s/\"budget\":null/\"budget\":\"1\"/"
	lies bad.ndjson
	finding run "$(at "$(nth 3 run)")" "its tool writes nothing"
	edit "$(nth 3 run)s/1000/2000/"
	lies bad.ndjson
	[ "$(grep -c "\"differs\".*field ..amount" found)" -eq 5 ]
'
t 'a run of a tool that is not replayed is told' '
	{ echo "{\"kind\":\"run\",\"tool\":\"lbl-assign\",\"version\":\"0\",\"options\":{},\"seed\":\"s\"}"; cat log.ndjson; } | seal >assigned.ndjson
	agrees assigned.ndjson
	has err "not replayed: 1 run of \"lbl-assign\""
'

# ---- transactions and receipts ---------------------------------------------------------------------

t 'a transaction: each field, and the bytes in another spelling' '
	n=$(nth 2 tx)
	for s in "s/(\"raw\":\"0x[0-9a-f]{9})./\1%/;y/%/0/" "s/(\"nonce\":)2/\13/" "s/(\"chain\":)31337/\11/" \
		"s/(\"from\":\"0x)f39/\1f38/" "s/(\"to\":\"0x)5/\16/" "s/(\"hash\":\"0x)../\100/" "s/(\"raw\":\"0x)02/\101/"; do
		edit "${n}$s"
		lies bad.ndjson
		rules tx
		finding tx "$(at "$n" "$(nth 2 payment)")" "\"subject\":{\"kind\":\"tx\",\"id\":\"0x"
	done
	edit "${n}s/\"raw\":\"0x02f8b/\"raw\":\"0x02F8B/"
	lies bad.ndjson
	rules tx
	finding tx "$(at "$n" "$(nth 2 payment)")" "bytes that its tool does not write"
	edit "${n}s/(\"to\":\")0x5fbdb2315678afecb367f032d93f642f64180aa3/\10x5FbDB2315678afecb367f032d93F642f64180aa3/"
	lies bad.ndjson
	rules tx
	edit "${n}s/\}\$/,\"x\":1}/"
	lies bad.ndjson
	rules tx
'
t 'a transaction that carries another payment' '
	n=$(nth 2 tx)
	a=$(sed -n "$(nth 1 payment)s/.*\"id\":\"\([^\"]*\).*/\1/p" log.ndjson)
	edit "${n}s/\"id\":\"[^\"]*/\"id\":\"$a/"
	lies bad.ndjson
	finding tx "$(at "$n" "$(nth 2 payment)")" "field \\\"id\\\" is not the payment it carries"
	edit "${n}s/(\"payments\":..)[^\"]*/\1$a/;${n}s/\"id\":\"[^\"]*/\"id\":\"$a/"
	lies bad.ndjson
	finding tx "$(at "$n" "$(nth 1 payment)")" "pays another worker or amount"
	edit "$(nth 1 tx)s/(\"payments\":..)[^\"]*/\10x00/"
	lies bad.ndjson
	finding tx "$(at "$(nth 1 tx)")" "no payment record before it"
'
t 'a transaction that pays more than is owed, well signed' '
	n=$(nth 2 payment)
	sed -E "s/(\"amount\":\")([0-9]*)/\19\2/;/\"kind\":\"tx\"/d" log.ndjson | seal | sign >more.ndjson
	{ sed "/\"kind\":\"tx\"/d" log.ndjson; grep "\"kind\":\"tx\"" more.ndjson; } | seal >bad.ndjson
	lies bad.ndjson
	rules tx
	[ "$(grep -c "another worker or amount" found)" -eq 5 ]
	lies more.ndjson
	rules differs
	finding differs "$(at "$n")" "field \\\"amount\\\" is"
'
t 'a payment that two transactions carry' '
	unsigned | sign --nonce 100 | grep "\"kind\":\"tx\"" >again
	{ cat log.ndjson; head -n 1 again; } | seal >bad.ndjson
	lies bad.ndjson
	rules paid-twice
	finding paid-twice "$(at "$(nth 1 payment)" "$end")" "2 transactions carry it"
	{ cat log.ndjson again; } | seal >log2.ndjson
	receipts <log2.ndjson | cat log2.ndjson - | seal >bad.ndjson
	lies bad.ndjson
	rules paid-twice
	[ "$(grep -c "paid 2 times" found)" -eq 5 ]
'
t 'a second try after a failure is no second payment, nor one with the same nonce' '
	unsigned | sign --nonce 100 | grep -m 1 "\"kind\":\"tx\"" >again
	sed "$(nth 1 receipt paid.ndjson)s/\"status\":1/\"status\":0/" paid.ndjson | cat - again | seal >failed.ndjson
	lies failed.ndjson
	rules receipt unpaid
	{ cat failed.ndjson; receipts <again; } | seal >good.ndjson
	agrees good.ndjson
	unsigned | sign --tip 1000000001 | grep "\"kind\":\"tx\"" | cat log.ndjson - | seal >good.ndjson
	agrees good.ndjson
'
t 'one nonce for two payments' '
	unsigned | sign --nonce 2 | grep "\"kind\":\"tx\"" >again
	{ sed "$(nth 1 tx)d" log.ndjson; head -n 1 again; } | seal >bad.ndjson
	lies bad.ndjson
	rules tx
	finding tx "$(at "$last" "$(($(nth 2 tx) - 1))")" "has the nonce of a transaction for another payment"
'
t 'receipts: status, hash, payments, spelling' '
	n=$(nth 2 receipt paid.ndjson)
	edit "${n}s/\"status\":1/\"status\":0/" paid.ndjson
	lies bad.ndjson
	finding receipt "$(at "$n" "$(nth 2 tx paid.ndjson)")" "the transaction failed"
	finding unpaid "{\"line\":$(nth 2 payment)}"
	edit "${n}s/(\"hash\":\"0x)../\100/" paid.ndjson
	lies bad.ndjson
	finding receipt "$(at "$n")" "not in the log before it"
	finding unpaid "{\"line\":$(nth 2 payment)}"
	edit "${n}s/(\"payments\":..0x)../\100/" paid.ndjson
	lies bad.ndjson
	rules receipt
	finding receipt "$(at "$n" "$(nth 2 tx)")" "names other payments"
	spoil "${n}s/\"gas\":50000/\"gas\":5e4/" paid.ndjson
	lies bad.ndjson
	finding line "$(at "$n")" "expected a whole number"
	edit "${n}s/\"gas\":50000/\"gas\": 50000/" paid.ndjson
	lies bad.ndjson
	rules receipt
'
t 'receipts twice: the same, and another' '
	n=$(nth 2 receipt paid.ndjson)
	edit "${n}s/.*/&\n&/" paid.ndjson
	agrees bad.ndjson
	edit "${n}s/(.*block.:)2(.*)/&\n\13\2/" paid.ndjson
	lies bad.ndjson
	rules receipt
	finding receipt "$(at $((n + 1)) "$n")" "says something else than another receipt"
'
t 'what is owed and not paid' '
	edit "$(nth 2 receipt paid.ndjson)d" paid.ndjson
	lies bad.ndjson
	rules unpaid
	finding unpaid "$(at "$(nth 2 payment)" "$(nth 2 tx)")" "no receipt"
	edit "$(nth 2 tx)d"
	lies bad.ndjson
	rules unpaid
	finding unpaid "$(at "$(nth 2 payment)")" "no transaction pays it"
'
t '--token, --payer, --chain-id' '
	agrees --token 0x5fbdb2315678afecb367f032d93f642f64180aa3 --payer 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --chain-id 31337 log.ndjson
	lies --token 0x0000000000000000000000000000000000000001 log.ndjson
	[ "$(grep -c "another token" found)" -eq 5 ]
	lies --payer 0x0000000000000000000000000000000000000001 log.ndjson
	[ "$(grep -c "another account" found)" -eq 5 ]
	lies --chain-id 1 log.ndjson
	finding tx "is for chain 31337, and --chain-id says 1"
	exits 64 lbl-audit replay --token 0x1 log.ndjson 2>err
	exits 64 lbl-audit replay --payer 0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266 log.ndjson 2>err
'

# ---- lines and marks -----------------------------------------------------------------------------

t 'cut short, added to, no mark, another mark' '
	n=$(nth 50 verdict)
	head -n "$n" log.ndjson >bad.ndjson
	lies bad.ndjson
	rules mark missing
	finding mark "$(at "$n")" "no end mark"
	head -n "$last" log.ndjson >bad.ndjson
	lies bad.ndjson
	rules mark
	finding mark "$(at "$last")"
	{ cat log.ndjson; echo "{\"kind\":\"note\"}"; } >bad.ndjson
	lies bad.ndjson
	rules mark
	finding mark "$(at $((end + 1)))"
	sed "${end}s/\"xxh3\":\"./&0/" log.ndjson >bad.ndjson
	lies bad.ndjson
	rules mark
	finding mark "$(at "$end")" "were changed"
	sed "1s/t01/t1/" log.ndjson >bad.ndjson
	lies bad.ndjson
	finding mark "$(at "$end")"
	head -c 20000 log.ndjson >bad.ndjson
	lies bad.ndjson
	finding line "unexpected end"
	finding mark "no end mark"
'
t 'a mark in the middle parts a log in two' '
	{ head -n 160 log.ndjson | seal; sed "1,160d" log.ndjson | seal; } >bad.ndjson
	lies bad.ndjson
	finding missing "verdict"
'
t 'bad lines are findings, with their place' '
	for line in "not json" "[]" "{\"kind\":7}" "{\"a\":1,\"a\":2}" "{\"kind\":\"label\",\"task\":\"x\"}" "{\"kind\":\"run\"}" \
		"{\"kind\":\"payment\"}" "{\"kind\":\"receipt\"}" "{\"kind\":\"gold\",\"task\":\"\",\"value\":1}"; do
		{ echo "$line"; cat log.ndjson; } >bad.ndjson
		lies bad.ndjson
		finding line "$(at 1)"
		finding mark "$(at $((end + 1)))"
	done
	printf "\\000\\n" | cat - log.ndjson >bad.ndjson
	lies bad.ndjson
	finding line "$(at 1)"
	{ echo "{\"kind\":\"tx\"}"; cat log.ndjson; } >bad.ndjson
	lies bad.ndjson
	finding tx "$(at 1)"
'
t 'line ends, a byte order mark and blank lines are no content; a mark covers them' '
	sed "s/\$/\r/" log.ndjson >bad.ndjson
	lies bad.ndjson
	rules mark
	{ printf "\357\273\277"; cat log.ndjson; } >bom.ndjson
	agrees bom.ndjson
	sed "100s/\$/\n/" log.ndjson >bad.ndjson
	lies bad.ndjson
	rules mark
'
t 'an empty log was cut short; one with a mark alone is whole' '
	lies /dev/null
	rules mark
	lies - </dev/null
	lbl-ingest -q /dev/null >none.ndjson
	agrees none.ndjson
	has err "0 records, 0 recomputed and equal, 0 transactions"
'
t 'a line that is too long ends the audit' '
	exits 65 lbl-audit replay --max-line 300 log.ndjson 2>err >found
	has err "line is longer than 300 bytes"
	empty found
'

# ---- several logs ----------------------------------------------------------------------------------

t 'several logs, and logs joined by cat' '
	agrees log.ndjson none.ndjson
	agrees log.ndjson paid.ndjson
	cat log.ndjson paid.ndjson >both.ndjson
	agrees both.ndjson
	has err "$((last + last + 5)) records, 278 recomputed and equal, 5 transactions"
	edit "$(nth 2 score)s/\"score_bp\":[0-9]*/\"score_bp\":9999/"
	lies none.ndjson bad.ndjson
	finding differs "\"evidence\":[{\"file\":\"bad.ndjson\",\"line\":$(nth 2 score)}]"
	cat log.ndjson bad.ndjson >both.ndjson
	lies both.ndjson
	finding differs "$(at $((end + $(nth 2 score))))"
	sed \$d log.ndjson >bad.ndjson
	lies bad.ndjson none.ndjson
	rules mark
	finding mark "\"evidence\":[{\"file\":\"bad.ndjson\",\"line\":$last}]"
'
t 'one payment in two logs: other amounts, other transactions' '
	edit "$(nth 1 label)s/\"value\":\"[a-z]*\"/\"value\":\"pink\"/;/\"kind\":\"(run|agreement|consensus|skill|verdict|score|payment|tx)\"/d"
	lbl-agree -q --method ds bad.ndjson | lbl-score -q --rule gold --epoch e1 | lbl-payout plan -q --policy policy.json | sign --nonce 50 >other.ndjson
	agrees other.ndjson
	lies log.ndjson other.ndjson
	finding paid-twice "\"file\":\"other.ndjson\",\"line\":$(nth 1 payment other.ndjson)},{\"file\":\"log.ndjson\",\"line\":$(nth 1 payment)}" "another worker or amount"
	finding paid-twice "\"file\":\"other.ndjson\",\"line\":$(nth 5 tx other.ndjson)}" "2 transactions carry it"
	unsigned | sign --nonce 50 >other.ndjson
	lies log.ndjson other.ndjson
	rules paid-twice
'
t 'a log that grows from day to day' '
	{ cat paid.ndjson; sed -n "/t1.*\"kind\"/d;9,40s/\"task\":\"t/&x/p" raw.ndjson; } | lbl-agree -q --method ds |
		lbl-score -q --rule gold --epoch e2 | lbl-payout plan -q --policy policy.json --epoch e2 | sign --nonce 60 >grown.ndjson
	lies grown.ndjson
	rules unpaid
	receipts <grown.ndjson | cat grown.ndjson - | seal >paid2.ndjson
	agrees paid2.ndjson
	n=$(nth 3 score paid2.ndjson)
	edit "${n}s/\"verified\":[0-9]*/\"verified\":99/" paid2.ndjson
	lies bad.ndjson
	finding differs "$(at "$n")"
'
t 'a label revised before it was judged' '
	n=$(nth 42 label)
	sed -E "$((n))s/(.*value.:.)[a-z]*(.*)/\1pink\2\n&/" raw.ndjson | lbl-agree -q --method ds | lbl-score -q --rule gold --epoch e1 |
		lbl-payout plan -q --policy policy.json >revised.ndjson
	agrees revised.ndjson
'

# ---- hostile logs --------------------------------------------------------------------------------------

t 'a log cannot ask for more work than it holds' '
	run=$(sed -n "$(nth 2 run)p" log.ndjson)
	awk -v run="$run" "BEGIN { for (i = 0; i < 100; i++) for (w = 0; w < 100; w++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":1}\\n\", i, w
		for (i = 0; i < 10000; i++) print run }" >bad.ndjson
	lies bad.ndjson
	finding run "nothing of what this run computes"
	[ "$(sed -n "s/.*and \([0-9]*\) more of this rule.*/\1/p" found)" = 9900 ]
	awk "BEGIN { for (i = 0; i < 100000; i++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w\\\",\\\"value\\\":%s}\\n\", i, i % 2 ? \"1\" : \"\\\"1\\\"\"
		for (i = 0; i < 100000; i++)
			print \"{\\\"kind\\\":\\\"run\\\",\\\"tool\\\":\\\"lbl-agree\\\",\\\"version\\\":\\\"0\\\",\\\"options\\\":{\\\"method\\\":\\\"mv\\\",\\\"iterations\\\":0,\\\"tolerance\\\":0,\\\"seed\\\":0,\\\"gold\\\":\\\"clamp\\\",\\\"repeats\\\":\\\"last\\\",\\\"half_life\\\":0,\\\"agreement\\\":\\\"alpha\\\",\\\"weights\\\":\\\"identity\\\",\\\"metric\\\":\\\"nominal\\\",\\\"circumference\\\":0}}\" }" >bad.ndjson
	lies bad.ndjson
	finding run "labels mix types"
	finding run "and 99900 more of this rule"
'
t 'skills carried over from an earlier log are taken as they are, and told' '
	lbl-agree -q --only --method ds-map raw.ndjson | grep "\"kind\":\"skill\"" >skills
	cat skills raw.ndjson | lbl-agree -q --method ds-map >carried.ndjson
	agrees carried.ndjson
	has err "taken as they are: 5 records of an earlier log"
	cat raw.ndjson skills | seal >bad.ndjson
	lies bad.ndjson
	rules unexplained
'
t 'records that nothing explains cost no quadratic time' '
	verdicts() {
		awk "BEGIN { for (i = 0; i < 200000; i++)
		printf \"{\\\"kind\\\":\\\"verdict\\\",\\\"task\\\":\\\"%d\\\",\\\"worker\\\":\\\"w\\\",\\\"by\\\":\\\"gold\\\",\\\"value\\\":1,\\\"against\\\":1}\\n\", i }"
	}
	{ cat log.ndjson; grep -m 1 "\"label\"" log.ndjson; verdicts; } >bad.ndjson
	lies bad.ndjson
	finding unexplained "and 199900 more of this rule"
	{ cat log.ndjson; verdicts; } >bad.ndjson
	lies bad.ndjson
	finding unexplained "verdicts and scores of an earlier log, and nothing goes on from them"
'
t 'mangled logs never crash it' '
	runs=300
	[ -z "${LBL_SAN-}" ] || runs=150
	flip --wild paid.ndjson 7 1-$runs "$LBL_BUILD/bin/lbl-audit"
'

# ---- the command -----------------------------------------------------------------------------------------

t 'usage' '
	exits 64 lbl-audit 2>err
	exits 64 lbl-audit verify log.ndjson 2>err
	has err "unknown verb"
	exits 64 lbl-audit replay --rejects r log.ndjson 2>err
	exits 66 lbl-audit replay nothing 2>err
	exits 66 lbl-audit replay --rpc-file nothing log.ndjson 2>err
	exits 0 lbl-audit replay --help >out
	has out "--chain-id N"
	exits 74 lbl-audit replay log.ndjson >/dev/full 2>err
'
finish
