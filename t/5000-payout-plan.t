#!/bin/sh
# lbl-payout plan: from scores to amounts, and everything it must refuse.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1) B=$(worker 2) C=$(worker 3) D=$(worker 4)
FLAT='{"rate":"1000","pay":"flat"}'

# plan_gives POLICY WANT... - the amounts of file `in`, which gets its end mark here
plan_gives() {
	put policy "$1"
	shift
	put want "$@"
	seal <in >sealed
	exits 0 lbl-payout plan -q --policy policy sealed >out 2>err
	empty err
	amounts out >got
	same want got
}

# bad_policy TEXT MESSAGE
bad_policy() {
	put policy "$1"
	exits 78 lbl-payout plan --unsealed --policy policy /dev/null >out 2>err
	empty out
	says err "lbl-payout: policy: $2"
}

# ---- amounts -------------------------------------------------------------------------

t 'flat: rate times verified labels' '
	{ score $A e 7 0; score $B e 0 10000; score $C e 16777215 1; } >in
	plan_gives "{\"rate\":\"4722366482869645213695\",\"pay\":\"flat\"}" \
		"$A 33056565380087516495865" "$B 0" "$C 79228157791897854723881959425"
'

t 'threshold: all or nothing' '
	{ score $A e 10 5999; score $B e 10 6000; score $C e 10 10000; } >in
	plan_gives "{\"rate\":\"1000\",\"pay\":\"threshold\",\"threshold_bp\":6000}" "$A 0" "$B 10000" "$C 10000"
'

t 'stepped: the share of the last step reached' '
	{ score $A e 3 6499; score $B e 3 6500; score $C e 5 8499; score $D e 1 8500; } >in
	plan_gives "{\"rate\":\"250000000000000000\",\"pay\":\"stepped\",\"steps\":[[6500,5000],[7500,7500],[8500,12000]]}" \
		"$A 0" "$B 375000000000000000" "$C 937500000000000000" "$D 300000000000000000"
'

t 'bonus: linear on bonus_bp, nothing below, the most above' '
	{ score $A e 10 0 3999; score $B e 10 0 4000; score $C e 10 0 6500; score $D e 10 0 9999; } >in
	plan_gives "{\"rate\":\"1000\",\"pay\":\"flat\",\"bonus\":[4000,9000,2000,11000]}" \
		"$A 0" "$B 2000" "$C 6500" "$D 11000"
'

t 'two multipliers: one division, one floor' '
	{ score $A e 1 8000 10000; } >in
	# 10001 * 9999 * 10002 / 10^8 = 10001.9999; a floor after each step would give 10000
	plan_gives "{\"rate\":\"10001\",\"pay\":\"stepped\",\"steps\":[[8000,9999]],\"bonus\":[0,10000,0,10002]}" "$A 10001"
'

t 'probation: a share whatever the score, until there is gold enough' '
	{ score $A e 10 0 0 19; score $B e 10 9999 0 0; score $C e 10 5999 0 20; score $D e 10 6000 0 21; } >in
	plan_gives "{\"rate\":\"1000\",\"pay\":\"threshold\",\"threshold_bp\":6000,\"min_gold\":20,\"probation_bp\":5000}" \
		"$A 5000" "$B 5000" "$C 0" "$D 10000"
'

t 'what is printed: the input, the run, the payments, the mark' '
	score $A e 7 9000 >in
	seal <in >sealed
	put policy "{ \"pay\": \"flat\",
		\"campaign\": \"spring\", \"rate\": \"1000\" }"
	exits 0 lbl-payout plan --policy policy --budget 7000 sealed >out 2>err
	says err "lbl-payout: 1 of 1 workers are paid 7000 base units in all"
	sed "s/\"version\":\"[^\"]*\"/\"version\":\"V\"/; /^{\"kind\":\"end\"/d" out >got
	cat in - >want <<-END
	{"kind":"run","tool":"lbl-payout","version":"V","options":{"epoch":null,"budget":"7000","over":"fail","policy":{"rate":"1000","pay":"flat","campaign":"spring"}}}
	{"kind":"payment","id":"0x0ff1ce","epoch":"e","worker":"$A","verified":7,"score_bp":9000,"bonus_bp":0,"mult_score_bp":10000,"mult_bonus_bp":10000,"amount":"7000","policy":"0"}
	END
	# the two hashes are checked in t/unit/u-plan.c and u-policy.c
	sed -i "s/\"id\":\"[^\"]*\"/\"id\":\"ID\"/; s/\"policy\":\"[^\"]*\"/\"policy\":\"P\"/" want got
	same want got
	lbl-payout plan -q --only --policy policy --budget 7000 sealed >only
	[ "$(wc -l <only)" -eq 3 ]
	sed 1d out | head -2 >want
	head -2 only >got
	same want got
'

t 'the same payment has the same id, whoever else is paid and whatever is paid' '
	put policy "$FLAT"
	put other "{\"rate\":\"7\",\"pay\":\"flat\"}"
	score $A e 7 9000 >in
	lbl-payout plan -q --unsealed --policy policy in >out1
	{ score $B e 3 1; score $A e 9 1; } >in
	lbl-payout plan -q --unsealed --policy other in >out2
	[ "$(field out1 payment id)" = "$(field out2 payment id | tail -1)" ]
	put campaign "{\"rate\":\"7\",\"pay\":\"flat\",\"campaign\":\"x\"}"
	lbl-payout plan -q --unsealed --policy campaign in >out3
	[ "$(field out2 payment id)" != "$(field out3 payment id)" ]
'

# ---- budget --------------------------------------------------------------------------

{ score $A e 10 1; score $B e 20 1; score $C e 3 1; } >three
put flat "$FLAT"

t 'over the budget: nothing is paid, exit 1, the sum is told' '
	exits 1 lbl-payout plan --unsealed --policy flat --budget 32999 three >out 2>err
	says err "lbl-payout: 33000 base units would be paid, and the budget is 32999: nothing is paid (--over prorate scales the payments down)"
	amounts out >got
	empty got
	grep -v kind.:.end out >got
	same three got
'

t 'at the budget: paid in full' '
	exits 0 lbl-payout plan -q --unsealed --policy flat --budget 33000 three >out 2>err
	[ "$(amounts out | tail -1)" = "$C 3000" ]
'

t 'prorate: floor(budget * amount / sum), never above the budget' '
	exits 0 lbl-payout plan --unsealed --policy flat --budget 10000 --over prorate three >out 2>err
	put want "$A 3030" "$B 6060" "$C 909"
	amounts out >got
	same want got
	says err "lbl-payout: 3 of 3 workers are paid 9999 base units in all"
	exits 0 lbl-payout plan -q --unsealed --policy flat --budget 0 --over prorate three >out 2>err
	put want "$A 0" "$B 0" "$C 0"
	amounts out >got
	same want got
'

# ---- sanity ---------------------------------------------------------------------------

refused() {
	exits 1 lbl-payout plan --unsealed --policy flat "$@" >out 2>err
	amounts out >got
}
t '--max-per-worker: one too much, and nobody is paid' '
	refused --max-per-worker 19999 three
	says err "lbl-payout: $B would be paid 20000 base units, and --max-per-worker is 19999: nothing is paid"
	empty got
	grep -v kind.:.end out >got
	same three got
	exits 0 lbl-payout plan -q --unsealed --policy flat --max-per-worker 20000 three >out 2>err
	[ "$(amounts out | wc -l)" -eq 3 ]
	exits 64 lbl-payout plan --unsealed --policy flat --max-per-worker 1e3 three >out 2>err
	# what counts is what is paid in the end
	exits 0 lbl-payout plan -q --unsealed --policy flat --max-per-worker 19999 --budget 32000 --over prorate three >out 2>err
'
t '--max-change: against the last other epoch in the input' '
	with() { { score $A "$1" "$2" 1; } >part; lbl-payout plan -q --unsealed --policy flat --epoch "$1" part | grep kind.:.payment; }
	for n in "20 0" "25 25" "15 25" "30 50" "10 50" "0 100"; do
		{ with d1 1; with d2 20; score $A d3 ${n% *} 1; } >in
		exits 0 lbl-payout plan -q --unsealed --policy flat --epoch d3 --max-change ${n#* } in >out 2>err
		empty err
	done
	for n in "21 0" "19 0" "26 25" "14 25" "0 99"; do
		{ with d1 1; with d2 20; score $A d3 ${n% *} 1; } >in
		refused --epoch d3 --max-change ${n#* } in
		says err "lbl-payout: $((${n% *} * 1000)) base units would be paid, after 20000 for epoch \"d2\": more of a change than ${n#* } %: nothing is paid"
		[ "$(wc -l <got)" -eq 2 ]       # those that were there
	done
'
t '--max-change with nothing to compare: told, not refused' '
	exits 0 lbl-payout plan -q --unsealed --policy flat --max-change 5 three >out 2>err
	says err "lbl-payout: --max-change: the input holds no payments of another epoch to compare with"
	[ "$(amounts out | wc -l)" -eq 3 ]
'

t 'budget: what is no amount is a usage error' '
	for b in 1e3 -1 "" 01 115792089237316195423570985008687907853269984665640564039457584007913129639936; do
		exits 64 lbl-payout plan --unsealed --policy flat --budget "$b" three >out 2>err
		empty out
	done
	exits 64 lbl-payout plan --unsealed --policy flat --over prorate three >out 2>err
	says err "lbl-payout: --over goes with --budget (see lbl-payout --help)"
'

# ---- epochs and workers --------------------------------------------------------------

t 'epochs: one is chosen, one alone needs no choice' '
	{ score $A e1 1 1; score $A e2 2 1; score $B e2 3 1; } >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	empty out
	says err "lbl-payout: scores of 2 epochs: choose one with --epoch"
	exits 0 lbl-payout plan -q --unsealed --policy flat --epoch e2 in >out
	put want "$A 2000" "$B 3000"
	amounts out >got
	same want got
	exits 65 lbl-payout plan --unsealed --policy flat --epoch e3 in >out 2>err
	empty out
	says err "lbl-payout: no score of epoch \"e3\""
'

t 'two scores for one worker and epoch are bad input' '
	U=0x0000000000000000000000000000000000ABC001
	{ score $A e 1 1; score $B e 1 1; score $U e 1 1; } >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	empty out
	says err "lbl-payout: in:3: a second score for worker \"$A\" in epoch \"e\""
'

t 'and --rejects does not choose between them' '
	{ score $A e 1 1; score $A e 2 1; } >in
	exits 65 lbl-payout plan --unsealed --rejects rejects --policy flat in >out 2>err
	empty out
	says err "lbl-payout: in:2: a second score for worker \"$A\" in epoch \"e\""
'

t 'a worker who is owed money must be an address' '
	score mary e 1 1 >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	empty out
	says err "lbl-payout: worker \"mary\" is not an address and cannot be paid"
	score mary e 0 1 >in
	exits 0 lbl-payout plan -q --unsealed --policy flat in >out 2>err
	[ "$(amounts out)" = "mary 0" ]
	score 0x0000000000000000000000000000000000000000 e 1 1 >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	says err "lbl-payout: worker 0x0000000000000000000000000000000000000000 is the zero address and cannot be paid"
'

t 'an address with a wrong checksum is bad input' '
	score 0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266 e 1 1 >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	empty out
	says err "lbl-payout: in:1: field \"worker\": address has a wrong checksum (EIP-55) (byte 26)"
	score 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 e 1 1 >in
	exits 0 lbl-payout plan -q --unsealed --policy flat in >out 2>err
	[ "$(amounts out)" = "$PAYER 1000" ]
'

t 'more labels than a settlement can hold' '
	score $A e 16777216 1 >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	empty out
	says err "lbl-payout: worker \"$A\": field \"verified\": must be below 2^24"
'

# ---- policies ------------------------------------------------------------------------

t 'policies: unknown, missing and misplaced fields' '
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"treshold_bp\":1}" "unknown field \"treshold_bp\""
	bad_policy "{\"pay\":\"flat\"}" "field \"rate\" is missing"
	bad_policy "{\"rate\":\"1\"}" "field \"pay\" is missing"
	bad_policy "{\"rate\":1,\"pay\":\"flat\"}" "field \"rate\": expected a string, got a number"
	bad_policy "{\"rate\":\"1.5\",\"pay\":\"flat\"}" "field \"rate\": expected an amount in base units, got \"1.5\""
	bad_policy "{\"rate\":\"4722366482869645213696\",\"pay\":\"flat\"}" "field \"rate\": must be below 2^72 base units"
	bad_policy "{\"rate\":\"1\",\"pay\":\"linear\"}" "field \"pay\": expected flat, threshold or stepped, got \"linear\""
	bad_policy "{\"rate\":\"1\",\"pay\":\"threshold\"}" "field \"threshold_bp\" is missing"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"threshold_bp\":1}" "field \"threshold_bp\" goes with \"pay\":\"threshold\""
	bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\"}" "field \"steps\" is missing"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"steps\":[[1,2]]}" "field \"steps\" goes with \"pay\":\"stepped\""
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\"" "unexpected end"
	bad_policy "{\"rate\":\"1\",\"rate\":\"2\",\"pay\":\"flat\"}" "duplicate key \"rate\""
	bad_policy "" "unexpected end"
'

t 'policies: steps' '
	for s in "[[2,1],[2,3]]" "[[2,1],[1,3]]"; do
		bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\",\"steps\":$s}" "field \"steps\": scores must rise"
	done
	bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\",\"steps\":[]}" "field \"steps\": is empty, so nobody would be paid"
	bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\",\"steps\":[1]}" "field \"steps\": expected pairs such as [6500,5000]"
	bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\",\"steps\":[[1]]}" "field \"steps\": expected 2 numbers, got 1"
	bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\",\"steps\":[[1,32768]]}" \
		"field \"steps\": expected whole numbers from 0 to 32767"
	bad_policy "{\"rate\":\"1\",\"pay\":\"stepped\",\"steps\":[[10001,1]]}" "field \"steps\": no score_bp is above 10000"
'

t 'policies: bonus, probation, campaign' '
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"bonus\":[1,2,3]}" "field \"bonus\": expected 4 numbers, got 3"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"bonus\":[2,2,3,4]}" \
		"field \"bonus\": the first number must be below the second"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"bonus\":[1,2,4,3]}" \
		"field \"bonus\": the third number must not be above the fourth"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"min_gold\":5}" "field \"probation_bp\" is missing"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"probation_bp\":5}" "field \"min_gold\" is missing"
	bad_policy "{\"rate\":\"1\",\"pay\":\"flat\",\"campaign\":\"$(printf %065d 0)\"}" \
		"field \"campaign\": longer than 64 bytes"
'

t 'a policy that cannot be read' '
	exits 66 lbl-payout plan --unsealed --policy nowhere three >out 2>err
	says err "lbl-payout: nowhere: No such file or directory"
	exits 66 lbl-payout plan --unsealed --policy . three >out 2>err
	says err "lbl-payout: .: Is a directory"
	exits 64 lbl-payout plan --unsealed three >out 2>err
	says err "lbl-payout: planning wants --policy FILE (see lbl-payout --help)"
	head -c 16777217 /dev/zero | tr "\\0" " " >huge
	exits 66 lbl-payout plan --unsealed --policy huge three >out 2>err
	says err "lbl-payout: huge: is longer than 16777216 bytes"
'

# ---- the end of the input -----------------------------------------------------------

NO_MARK='lbl-payout: the input has no end mark: a command before this one may have died; --unsealed pays all the same'

t 'an input without end mark is refused' '
	exits 65 lbl-payout plan --policy flat three >out 2>err
	empty out
	says err "$NO_MARK"
	seal <three >sealed
	exits 0 lbl-payout plan -q --policy flat sealed >out 2>err
	empty err
	cat sealed three >half
	exits 65 lbl-payout plan --policy flat sealed three >out 2>err
	empty out
'

t 'a mark that does not match is bad input, --unsealed or not' '
	seal <three | sed "s/\"verified\":20/\"verified\":21/" >sealed
	exits 65 lbl-payout plan --unsealed --policy flat sealed >out 2>err
	empty out
	says err "lbl-payout: sealed:4: end mark does not match: the 3 lines before it were changed"
	seal <three | sed 2d >sealed
	exits 65 lbl-payout plan --policy flat sealed >out 2>err
	empty out
	says err "lbl-payout: sealed:3: end mark does not match: it covers 3 lines, here are 2"
'

t 'no input at all: no mark, so refused; sealed or --unsealed, nobody is paid' '
	exits 65 lbl-payout plan --policy flat /dev/null >out 2>err
	empty out
	says err "$NO_MARK"
	exits 0 lbl-payout plan --unsealed --policy flat /dev/null >out 2>err
	says err "lbl-payout: 0 of 0 workers are paid 0 base units in all"
	[ "$(wc -l <out)" -eq 2 ]
	seal </dev/null >sealed
	exits 0 lbl-payout plan -q --policy flat sealed >out 2>err
	exits 65 lbl-payout plan --unsealed --policy flat --epoch e /dev/null >out 2>err
	empty out
'

t 'nothing is printed before the last line is known to be good' '
	for i in $(seq 1 3000); do score $(worker $i) e 1 1; done >many
	{ cat many; echo "{\"kind\":\"score\",\"worker\":7}"; } >in
	exits 65 lbl-payout plan --unsealed --unbuffered --policy flat in >out 2>err
	empty out
	says err "lbl-payout: in:3001: field \"worker\": expected a string, got a number (byte 26)"
	head -c -1 many >in
	printf "\n{\"kind\":" >>in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	empty out
'

t 'two payments of one id: the same is fine, another is not' '
	{ payment 1 $A 5; payment 1 $A 5; } >in
	exits 0 lbl-payout plan -q --unsealed --policy flat in >out 2>err
	{ payment 1 $A 5; payment 1 $A 6; } >in
	exits 65 lbl-payout plan --unsealed --rejects rejects --policy flat in >out 2>err
	empty out
	says err "lbl-payout: in:2: payment 0x$(printf %064x 1) stands here with other content than before"
	payment 10 $A 5 | sed s/000a\"/000A\"/ >in
	exits 65 lbl-payout plan --unsealed --policy flat in >out 2>err
	says err "lbl-payout: in:1: field \"id\": expected digits in lower case"
'

t '--rejects: a bad line is set aside, the rest is paid, exit 1' '
	{ score $A e 1 1; echo "{\"kind\":\"score\"}"; score $B e 2 1; } >in
	exits 1 lbl-payout plan -q --unsealed --rejects rejects --policy flat in >out 2>err
	put want "$A 1000" "$B 2000"
	amounts out >got
	same want got
	[ "$(wc -l <rejects)" -eq 1 ]
'

t 'what passes through keeps its place and its bytes: blank lines, CR, the newline that was missing' '
	{ echo; score $A e 1 1; echo "  "; printf "{\"kind\":\"other\"}\r\n"; score $B e 2 1; printf "{\"kind\":\"last\"}"; } >in
	exits 0 lbl-payout plan -q --unsealed --policy flat in >out 2>err
	{ cat in; echo; } >want
	head -n 6 out >got
	same want got
	yes "" | head -n 300000 >blank
	cat blank in >many
	exits 0 lbl-payout plan -q --unsealed --policy flat many >out 2>err
	head -n 300006 out >got
	cat blank want >want.many
	same want.many got
'

t 'a full disk at the end is an error' '
	[ -c /dev/full ] || exit 0
	exits 74 lbl-payout plan -q --unsealed --policy flat three >/dev/full 2>err
	says err "lbl-payout: cannot write to standard output: No space left on device"
'
finish
