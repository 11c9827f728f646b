#!/bin/sh
# lbl-payout --metrics: what it says, that it is whole at any moment, and that a failed run says so too.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

TOKEN=0x5FbDB2315678afecb367f032d93F642f64180aa3
A=$(worker 1) B=$(worker 2) C=$(worker 3)
(umask 077 && printf '%s\n' "${KEY#0x}" >bare)
put policy '{"rate":"1000000000000000000","pay":"flat"}'
{ score $A e 10 1; score $B e 20 1; score $C e 0 1; } | seal >scores
liar_start answers
# and the payer is rich
rich() {
	truth
	sed "s/^eth_call .*/eth_call \"0x$(printf %040x 0)ffffffffffffffffffffffff\"/" truth >answers.new
	cp answers.new truth
	mv answers.new answers
}
rich

pay() {
	lbl-payout -q --policy policy --key-file bare --token $TOKEN --rpc "$NODE" --journal j --metrics m.prom --wait 0 "$@"
}
RUN='last_run_timestamp_seconds last_success_timestamp_seconds exit_status run_seconds run_receipts run_gas run_fees_wei'
FULL="$RUN payments tokens queue_length gas_total tries_total replaced_total"
# read_metrics FAMILIES - m.prom into the file got, whole and with these families
read_metrics() {
	[ "$(tail -c 1 m.prom | od -An -tx1 | tr -d ' ')" = 0a ]
	awk -v want="$(for f in $1; do printf 'lbl_payout_%s ' "$f"; done | sed 's/ $//')" -f "$LBL_TOP/t/tool/prometheus.awk" m.prom >got
}
# value NAME WANT
value() {
	_v=$(sed -n "s/^lbl_payout_$1 //p" got)
	[ "$_v" = "$2" ] || { echo "$1 is $_v, want $2"; return 1; }
}

t 'the reader of this test refuses what is not the format' '
	reads() { printf "%b" "$1" >x; awk -f "$LBL_TOP/t/tool/prometheus.awk" x >y 2>&1; }
	head="# HELP a b\n# TYPE a gauge\n"
	reads "${head}a 1\n"
	for text in "" "$head" "a 1\n" "# TYPE a gauge\na 1\n" "# HELP a b\na 1\n" "${head}a\n" "${head}a 1 \n" "${head}a x\n" "${head}b 1\n" \
		"${head}a 1\na 1\n" "${head}a{b=c} 1\n" "${head}a 1\n$head" "${head}a 1\n# TYPE a gauge\n" "# HELP a b\n# TYPE a counter\na 1\n" "${head}a 1\n\n"; do
		if reads "$text"; then echo "took $text"; exit 1; fi
	done
'

before=$(date +%s)
t 'what waits' '
	exits 75 pay scores >out 2>err
	read_metrics "$FULL"
	value exit_status 75
	value "payments{state=\"open\"}" 2
	value "payments{state=\"paid\"}" 0
	value "payments{state=\"failed\"}" 0
	value "payments{state=\"unsigned\"}" 0
	value "tokens{state=\"open\"}" 30
	value queue_length 2
	value tries_total 2
	value replaced_total 0
	value last_success_timestamp_seconds 0
	value run_gas 0
	ran=$(sed -n "s/^lbl_payout_last_run_timestamp_seconds //p" got)
	[ "$ran" -ge "$before" ] && [ "$ran" -le "$(date +%s)" ]
	[ "$(stat -c %a m.prom)" = 644 ]
'

t 'mode 0644 whatever the umask, and a name that stays' '
	rm m.prom
	(umask 077; exits 75 pay scores >out 2>err)
	[ "$(stat -c %a m.prom)" = 644 ]
	[ ! -e m.prom.new ]
'

# mined N STATUS... - receipts in block N for the transactions of the journal, in their order
mined() {
	_block=$1
	shift
	sed -n 's/^{"kind":"try".*"hash":"\([^"]*\)".*/\1/p' j >hashes
	for _status; do
		read -r _hash
		[ "$_status" = - ] || printf 'eth_getTransactionReceipt?%s {"transactionHash":"%s","status":"0x%x","blockNumber":"0x%x","blockHash":"%s","gasUsed":"0x5208","effectiveGasPrice":"0xa"}\n' \
			"$_hash" "$_hash" "$_status" "$_block" "$ZERO"
	done <hashes
}

t 'one paid, the other in a block that is not final' '
	{ mined 5 1 -; mined 15 - 1; echo "eth_getTransactionCount \"0x2\""; block 5 0x5; cat truth; } >answers.new
	mv answers.new answers
	exits 75 pay scores >out 2>err
	read_metrics "$FULL"
	value "payments{state=\"open\"}" 1
	value "payments{state=\"paid\"}" 1
	value "tokens{state=\"paid\"}" 10
	value "tokens{state=\"open\"}" 20
	value run_receipts 1
	value run_gas 21000
	value run_fees_wei 210000
	value gas_total 21000
	value queue_length 1
'

t 'all is done: a success' '
	{ mined 5 1 1; echo "eth_getTransactionCount \"0x2\""; block 5 0x5; cat truth; } >answers.new
	mv answers.new answers
	exits 0 pay scores >out 2>err
	read_metrics "$FULL"
	value exit_status 0
	value "payments{state=\"paid\"}" 2
	value "tokens{state=\"paid\"}" 30
	value queue_length 0
	value run_receipts 1
	value gas_total 42000
	success=$(sed -n "s/^lbl_payout_last_success_timestamp_seconds //p" got)
	[ "$success" -ge "$before" ]
	cp m.prom good.prom
	exits 0 pay scores >out 2>err
	read_metrics "$FULL"
	value run_receipts 0
	value gas_total 42000
'

t 'a failed run says so, and when the last good one was' '
	sed -i "s/^lbl_payout_last_success_timestamp_seconds .*/lbl_payout_last_success_timestamp_seconds 1234567/" m.prom
	score $B f 1 1 | seal >more
	(NODE=http://127.0.0.1:1; exits 69 pay more >out 2>err)
	read_metrics "$FULL"
	value exit_status 69
	value last_success_timestamp_seconds 1234567
	value "payments{state=\"unsigned\"}" 1
	value "payments{state=\"paid\"}" 0
	value "tokens{state=\"unsigned\"}" 1
	value tries_total 2
	# before the journal is read, there is nothing to say of it
	exits 78 pay --policy "$PWD/scores" more >out 2>err
	read_metrics "$RUN"
	value exit_status 78
	value last_success_timestamp_seconds 1234567
	exits 64 pay --tip 9gwei --max-fee 1gwei more >out 2>err
	read_metrics "$RUN"
	value exit_status 64
	if [ -c /dev/full ]; then
		exits 74 pay scores >/dev/full 2>err
		read_metrics "$FULL"
		value exit_status 74
		value "payments{state=\"paid\"}" 2
	fi
	exits 0 pay scores >out 2>err
	read_metrics "$FULL"
'

t 'a transaction that failed' '
	rm -f j m.prom
	rich
	exits 75 pay scores >out 2>err
	{ mined 5 1 0; echo "eth_getTransactionCount \"0x2\""; block 5 0x5; cat truth; } >answers.new
	mv answers.new answers
	exits 1 lbl-payout send -q --rpc "$NODE" --journal j --metrics m.prom --wait 0 out >out2 2>err
	read_metrics "$FULL"
	value exit_status 1
	value "payments{state=\"failed\"}" 1
	value "tokens{state=\"failed\"}" 20
	value "payments{state=\"paid\"}" 1
	value queue_length 0
	value last_success_timestamp_seconds 0
'

t 'a file that cannot be written costs no payment' '
	rm -f j
	exits 75 pay --metrics nowhere/m scores >out 2>err
	has err "lbl-payout: nowhere/m: cannot write the metrics: No such file or directory"
	[ -s j ]
	mkdir -p folder
	exits 75 pay --metrics folder scores >out 2>err
	has err "lbl-payout: folder: cannot write the metrics: Is a directory"
	[ ! -e folder.new ]
	exits 75 pay --metrics "" scores >out 2>err || :
'

t 'a former file that is damaged' '
	for text in "" "\nlbl_payout_last_success_timestamp_seconds" "\nlbl_payout_last_success_timestamp_seconds 1e999\n" \
		"\nlbl_payout_last_success_timestamp_seconds -5\n" "\nlbl_payout_last_success_timestamp_seconds x\n"; do
		printf "$text" >m.prom
		exits 75 pay scores >out 2>err
		read_metrics "$FULL"
		value last_success_timestamp_seconds 0
	done
'

t 'two at once: each file is one of theirs' '
	for i in 1 2 3 4 5 6; do
		pay --journal "j$i" scores >/dev/null 2>&1 &
		pids="${pids-} $!"
	done
	for i in 1 2 3 4 5 6 7 8 9; do
		read_metrics "$FULL"
		sleep 0.02
	done
	wait $pids || :
	read_metrics "$FULL"
	[ ! -e m.prom.new ]
'

if [ "${LBL_SAN-}" ] || ! ${CC:-cc} -O1 -shared -fPIC -o killat.so "$LBL_TOP/t/tool/shim/killat.c" -ldl 2>cc.log ||
	! LD_PRELOAD=$PWD/killat.so true 2>>cc.log; then
	skip 'killed while it writes: the old file or the new one' 'no library can be preloaded here'
	finish
fi

t 'killed while it writes: the old file or the new one' '
	rm -f m.prom calls
	LD_PRELOAD=$PWD/killat.so KILLAT_LOG=$PWD/calls exits 75 pay scores >out 2>err
	cp m.prom was
	tail -6 calls | sort -u >moments
	grep -q rename moments
	grep write moments >writes
	sed "s/\$/+/" moments >after
	sed "s,\$,/," writes >halves
	n=0
	for when in $(cat moments after halves); do
		cp was m.prom
		code=0
		LD_PRELOAD=$PWD/killat.so KILLAT=$when pay scores >out 2>err || code=$?
		[ $code -eq 137 ] || { echo "$when: not killed: $code"; exit 1; }
		read_metrics "$FULL"
		n=$((n + 1))
	done
	[ $n -ge 13 ] || { cat moments; exit 1; }
	exits 75 pay scores >out 2>err
	[ ! -e m.prom.new ]
'
finish
