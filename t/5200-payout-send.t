#!/bin/sh
# lbl-payout send: every payment made once, whatever the disk, the node and the operator do.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

t 'what is missing is told before anything is touched' '
	for opts in "--rpc http://127.0.0.1:1" "--journal j"; do
		exits 64 lbl-payout send $opts nowhere 2>err
		says err "lbl-payout: sending wants --rpc URL and --journal FILE (see lbl-payout --help)"
	done
	exits 64 lbl-payout --policy nowhere --rpc http://127.0.0.1:1 --journal j nowhere 2>err
	says err "lbl-payout: signing wants --key KEYSTORE and --password-file FILE (see lbl-payout --help)"
	[ ! -e j ]
'

t 'a journal that is none' '
	send() { lbl-payout send --unsealed --rpc http://127.0.0.1:1 --journal "$@" /dev/null >out 2>err; }
	mkdir folder
	exits 74 send folder
	says err "lbl-payout: folder: cannot open the journal: Is a directory"
	exits 78 send /dev/null
	says err "lbl-payout: /dev/null: the journal is not a regular file"
	exits 74 send nowhere/journal
	says err "lbl-payout: nowhere/journal: cannot open the journal: No such file or directory"
	mkfifo pipe
	exits 78 send pipe
	if [ -c /dev/full ]; then
		exits 78 send /dev/full
	fi
	exits 0 send new
	has err "lbl-payout: new: an empty journal: no payment counts as made so far"
'

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi

keystore
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
FUNDER=0x70997970c51812dc3a010c7d01b50e0d17dc79c8	# unlocked there
HIS=$PAYER PAYER=$FUNDER
token_deploy || { t 'a token is deployed' false; finish; }
PAYER=$HIS
# fund N - tokens for the payer
fund() {
	rpc eth_sendTransaction "[{\"from\":\"$FUNDER\",\"to\":\"$TOKEN\",\"data\":\"0xa9059cbb000000000000000000000000${PAYER#0x}$(printf %064x "$1")\"}]" >>log
}
fund 1000
rpc evm_snapshot '[]' >snapshot

# case_ NAME BODY - a test on a fresh chain with a fresh journal
case_() {
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot '[]' >snapshot
	rm -f j err out
	t "$1" "$2"
	rpc evm_setAutomine '[true]' >>log
}

A=$(worker 1) B=$(worker 2) C=$(worker 3)
put policy '{"rate":"10","pay":"flat"}'
{ score $A e 10 1; score $B e 20 1; score $C e 0 1; } | seal >scores
SIGN="--key key.json --password-file password.txt"
OFFLINE="--chain-id 31337 --max-fee 3000000000 --tip 1000000000 --gas 100000"

pay() {
	lbl-payout -q --policy policy $SIGN --token $TOKEN --rpc "$NODE" --journal j --confirmations 1 --wait 20 "$@"
}
# away ... - the same, while the node does not answer
away() {
	(NODE=http://127.0.0.1:1 && pay "$@")
}
send() {
	lbl-payout send -q --unsealed --rpc "$NODE" --journal j --confirmations 1 --wait 20 "$@"
}
# sign_at NONCE FILE... - offline
sign_at() {
	_nonce=$1
	shift
	lbl-payout sign -q --unsealed $SIGN --token $TOKEN $OFFLINE --nonce "$_nonce" "$@"
}
# paid A B - the balances of the two are those, and the payer made N transactions
paid() {
	[ "$(balance $A)" = "$1" ] || { echo "A has $(balance $A), want $1"; return 1; }
	[ "$(balance $B)" = "$2" ] || { echo "B has $(balance $B), want $2"; return 1; }
	[ "$(nonce)" = "$3" ] || { echo "nonce is $(nonce), want $3"; return 1; }
}

# ---- what should happen ----------------------------------------------------------------

case_ 'from scores to receipts' '
	exits 0 pay scores >out 2>err
	empty err
	paid 100 200 2
	put want 1 1
	field out receipt status >got
	same want got
	[ "$(field out receipt hash)" = "$(field out tx hash)" ]
	[ "$(cut -d, -f1 j | uniq -c | tr -d "\n ")" = "2{\"kind\":\"try\"2{\"kind\":\"mined\"" ]
'

case_ 'a rerun does nothing, needs no node, and prints the same bytes' '
	exits 0 pay scores >out1
	exits 0 pay scores >out2
	same out1 out2
	exits 0 away --key nowhere scores >out2
	same out1 out2
	paid 100 200 2
'

case_ 'the three steps by themselves; a transaction signed anew is not used' '
	lbl-payout plan -q --policy policy scores >planned
	lbl-payout sign -q $SIGN --token $TOKEN --rpc "$NODE" planned >signed1
	exits 0 send signed1 >out1
	paid 100 200 2
	lbl-payout sign -q $SIGN --token $TOKEN --rpc "$NODE" planned >signed2
	[ "$(field signed1 tx hash)" != "$(field signed2 tx hash)" ]
	exits 0 lbl-payout send --rpc "$NODE" --journal j --confirmations 1 signed2 >out2 2>err
	has err "lbl-payout: 2 payments were signed before: the first transaction is used, not the later ones"
	paid 100 200 2
	field out1 receipt hash >want
	field out2 receipt hash >got
	same want got
	# the log says what the money went by: the journal'"'"'s transaction too
	[ "$(field out2 tx hash | wc -l)" -eq 4 ]
'

case_ 'over its own output: nothing is paid again' '
	exits 0 pay scores >out1
	exits 0 pay out1 >out2
	exits 0 send out2 >out3
	paid 100 200 2
'

case_ 'another epoch goes on with the same journal' '
	exits 0 pay scores >out1
	score $A f 1 1 | seal >more
	exits 0 pay more >out2
	paid 110 200 3
'

case_ 'not confirmed in time: 75, and a rerun finishes' '
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --wait 0 scores >out 2>err
	sed "s/ (the node on the first of them: [a-z ]*)//" err >told
	says told "lbl-payout: 2 payments are not confirmed yet: run it again"
	[ -z "$(field out receipt hash)" ]
	exits 75 pay --wait 1 scores >out 2>err
	paid 0 0 0
	rpc evm_mine "[]" >>log
	exits 0 pay scores >out
	paid 100 200 2
'

case_ '--confirmations: so deep, or not yet' '
	exits 75 pay --wait 0 --confirmations 3 scores >out 2>err
	[ "$(grep -c mined j)" -eq 0 ]
	rpc anvil_mine "[\"0x2\"]" >>log
	exits 0 pay --wait 0 --confirmations 3 scores >out 2>err
	paid 100 200 2
'

case_ 'payments that nobody has signed: told, exit 1' '
	lbl-payout plan -q --policy policy scores >planned
	exits 1 send planned >out 2>err
	says err "lbl-payout: 2 payments have no transaction: they are not paid"
	paid 0 0 0
'

case_ 'two transactions for one payment: one is sent' '
	payment 1 $A 100 >one
	{ cat one; sign_at 0 --only one; sign_at 1 --only one; } | grep -v kind.:.end >both
	[ "$(grep -c kind.:.tx both)" -eq 2 ]
	exits 0 send both >out 2>err
	paid 100 0 1
	[ "$(field out receipt hash | wc -l)" -eq 1 ]
'

# ---- the disk ---------------------------------------------------------------------------

full_disk() {
	exits 74 "$@" >out 2>err
	empty out
	has err "cannot write the journal"
	paid 0 0 0
	[ ! -s j ] || { echo "the journal keeps $(wc -c <j) bytes"; return 1; }
}

case_ 'no room for the journal: 74, and nothing was sent' '
	limited() { (ulimit -f 1; pay scores); }
	full_disk limited
	says err "lbl-payout: j: cannot write the journal: File too large"
	exits 0 pay scores >out
	paid 100 200 2
'

if unshare -rm sh -c 'mkdir -p /tmp/.lbl && mount -t tmpfs none /tmp/.lbl' 2>/dev/null; then
	case_ 'a disk that is full' '
		mkdir -p small
		cat >on-small <<-END
		mount -t tmpfs -o size=4096 none small && head -c 4000 /dev/zero >small/rest 2>/dev/null || exit 99
		lbl-payout -q --policy policy $SIGN --token $TOKEN --rpc $NODE --journal small/j --confirmations 1 --wait 20 scores
		status=\$?
		cat small/j >left
		exit \$status
		END
		: >left
		exits 74 unshare -rm sh on-small >out 2>err
		empty out
		says err "lbl-payout: small/j: cannot write the journal: No space left on device"
		paid 0 0 0
		empty left
	'
else
	skip 'a disk that is full' 'no tmpfs of our own can be mounted here'
fi

case_ 'stdout on a full disk: 74, but paid; a rerun recovers the records' '
	[ -c /dev/full ] || exit 0
	exits 74 pay scores >/dev/full 2>err
	says err "lbl-payout: cannot write to standard output: No space left on device"
	paid 100 200 2
	exits 0 pay scores >out
	[ "$(field out receipt status | wc -l)" -eq 2 ]
	paid 100 200 2
'

case_ 'two at once on one journal: one of them says so' '
	mkfifo slow
	pay slow >out1 2>err1 &
	pid=$!
	exec 9>slow
	while ! [ -s err ]; do
		code=0
		away --wait 0 /dev/null >out 2>err || code=$?
		[ "$code" != 65 ] || : >err        # it was first: no end mark
	done
	says err "lbl-payout: j: another lbl-payout is using this journal"
	[ "$code" -eq 75 ]
	cat scores >&9
	exec 9>&-
	wait $pid
	paid 100 200 2
'

# ---- the journal ------------------------------------------------------------------------

case_ 'a torn last line is cut off' '
	exits 0 pay scores >out1
	printf "{\"kind\":\"try\",\"id\":\"0x12" >>j
	exits 0 pay scores >out2 2>err
	says err "lbl-payout: j: 24 bytes of a torn last line are cut off"
	same out1 out2
	exits 0 pay scores >out2 2>err
	empty err
	head -c 300 j >torn
	mv torn j
	paid 100 200 2
'

case_ 'half a try announces nothing' '
	exits 0 pay scores >out1
	head -c 300 j >torn
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot "[]" >snapshot
	mv torn j
	exits 0 pay scores >out2 2>err
	paid 100 200 2
	cp j whole
	# without the receipts: they are fetched again
	grep try whole >j
	exits 0 pay scores >out3
	same out2 out3
	paid 100 200 2
	same whole j
'

case_ 'a damaged journal is refused, with the line' '
	exits 0 pay scores >out1
	cp j good
	damaged() {
		exits 65 pay scores >out 2>err
		empty out
		says err "lbl-payout: j:$1: the journal is damaged: $2"
		cp good j
	}
	sed "2s/a9059cbb/a9059cbc/" good >j
	damaged 2 "field \"hash\": is not the hash of \"raw\""
	sed "1s/\"nonce\":0/\"nonce\":1/" good >j
	damaged 1 "fields from, to, nonce and chain do not say what \"raw\" says"
	sed "1s/\"hash\":\"0x./\"hash\":\"0xg/" good >j
	damaged 1 "field \"hash\": expected 0x and hexadecimal digits"
	tail -1 good >j
	damaged 1 "mined before it was tried"
	{ cat good; echo; } >j
	damaged 5 "unexpected end"
	{ cat good; echo "{\"kind\":\"note\"}"; } >j
	damaged 5 "unknown kind"
	sed "3s/\"status\":1/\"status\":2/" good >j
	damaged 3 "field \"status\": expected 0 or 1"
	paid 100 200 2
'

case_ 'a journal that would pay twice is damaged' '
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >at0
	exits 0 sign_at 1 one >at1
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" at0 at1 >j
	exits 65 send at0 >out 2>err
	says err "lbl-payout: j:2: the journal is damaged: a second transaction for a payment whose first has not failed"
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" at0 at0 >j
	exits 65 send at0 >out 2>err
	says err "lbl-payout: j:2: the journal is damaged: a transaction that was tried before"
	payment 2 $B 100 >two
	exits 0 sign_at 0 two >at0b
	sed -n "s/^{\"kind\":\"tx\"/{\"kind\":\"try\"/p" at0 at0b >j
	exits 65 send at0 >out 2>err
	says err "lbl-payout: j:2: the journal is damaged: a second transaction with nonce 0"
	paid 0 0 0
'

case_ 'the journal of another chain' '
	exits 0 pay scores >out1
	score $A f 1 1 | seal >more
	rpc anvil_setChainId "[31338]" >>log
	exits 78 pay more >out 2>err
	rpc anvil_setChainId "[31337]" >>log
	empty out
	has err "lbl-payout: $NODE is chain 31338, but transaction 0x"
	has err "is for chain 31337"
	[ "$(wc -l <j)" -eq 4 ]
	rm j
	payment 1 $A 100 >one
	lbl-payout sign -q --unsealed $SIGN --token $TOKEN $OFFLINE --chain-id 1 --nonce 0 one >foreign
	exits 78 send foreign >out 2>err
	[ ! -s j ]
	paid 100 200 2
'

# ---- what the input says ------------------------------------------------------------------

case_ 'a transaction that pays something else than its payment' '
	payment 1 $A 100 >one
	sign_at 0 --only one | grep kind.:.tx >tx
	{ payment 1 $A 99; cat tx; } >in
	exits 65 send in >out 2>err
	HASH=$(field tx tx hash) ID=0x$(printf %064x 1)
	says err "lbl-payout: tx $HASH: field \"raw\": pays another worker or amount than payment $ID"
	{ payment 1 $B 100; cat tx; } >in
	exits 65 send in >out 2>err
	{ payment 2 $A 100; cat tx; } >in
	exits 65 send in >out 2>err
	says err "lbl-payout: tx $HASH pays $ID, which is no payment of this input"
	{ cat one; sed "s/\"id\":\"0x0/\"id\":\"0x1/" tx; } >in
	exits 65 send in >out 2>err
	says err "lbl-payout: in:2: field \"id\": is not the payment in \"payments\""
	{ cat one; sed "s/\"hash\":\"0x./\"hash\":\"0x/; s/\"raw\":/\"raw\":/" tx; } >in
	exits 65 send in >out 2>err
	empty out
	[ ! -s j ]
	paid 0 0 0
'

case_ 'a payment with the same id and other content' '
	exits 0 pay scores >out1
	put dearer "{\"rate\":\"11\",\"pay\":\"flat\"}"
	exits 65 pay --policy dearer scores >out 2>err
	empty out
	has err "was signed before with other content (journal): field \"raw\": pays another worker or amount"
	paid 100 200 2
'

case_ 'a payment that was made in another token' '
	exits 0 pay scores >out1
	exits 65 pay --token 0x00000000000000000000000000000000000abcde scores >out 2>err
	empty out
	has err "was signed before in another token (journal)"
	payment 1 $A 100 >one
	exits 0 sign_at 2 one >ours
	exits 0 send ours >out
	lbl-payout sign -q --unsealed $SIGN --token 0x00000000000000000000000000000000000abcde $OFFLINE --nonce 3 one >other
	exits 65 send other >out 2>err
	says err "lbl-payout: payment 0x$(printf %064x 1) was signed before in another token (journal)"
	paid 200 200 3
'

case_ 'a token that is no contract: nobody would be paid, and the receipt would be good' '
	payment 1 $A 100 >one
	lbl-payout sign -q --unsealed $SIGN --token 0x00000000000000000000000000000000000ccccc $OFFLINE --nonce 0 one >nothing
	exits 78 send nothing >out 2>err
	has err "no contract at 0x"
	[ ! -s j ]
	paid 0 0 0
'

# ---- nonces ---------------------------------------------------------------------------------

# spend - the payer makes a transaction of its own
spend() {
	rpc eth_sendTransaction "[{\"from\":\"$PAYER\",\"to\":\"$PAYER\"}]" >>log
}

case_ 'a nonce that is used already: refused before it is in the journal' '
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >signed
	spend
	exits 65 send signed >out 2>err
	says err "lbl-payout: tx $(field signed tx hash) has nonce 0, which another transaction has used: sign again"
	[ ! -s j ]
	exits 0 sign_at 1 one >signed
	exits 0 send signed >out
	paid 100 0 2
'

case_ 'a nonce that nothing leads up to: refused too' '
	payment 1 $A 100 >one
	exits 0 sign_at 2 one >signed
	exits 65 send signed >out 2>err
	says err "lbl-payout: tx $(field signed tx hash) has nonce 2, but no transaction has nonce 0: sign again, or send those before it first"
	[ ! -s j ]
	paid 0 0 0
'

case_ 'some payments signed twice, some for the first time: no gap in the nonces' '
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >first
	exits 0 send first >out
	{ payment 1 $A 100; payment 2 $B 200; } >two
	exits 0 sign_at 1 two >second           # 1 again for A, 2 for B
	exits 65 send second >out 2>err
	has err "has nonce 2, but no transaction has nonce 1: sign again"
	paid 100 0 1
'

case_ 'the journal is lost: a mined transaction is recognised, another one needs a new nonce' '
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >signed
	exits 0 send signed >out1
	rm j
	exits 0 send signed >out2
	same out1 out2
	paid 100 0 1
'

case_ 'a nonce taken by a stranger after all: told, exit 1, nobody paid twice' '
	rpc evm_setAutomine "[false]" >>log
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >signed
	exits 75 send --wait 0 signed >out 2>err
	rpc anvil_dropTransaction "[\"$(field signed tx hash)\"]" >>log
	rpc evm_setAutomine "[true]" >>log
	spend
	for again in 1 2; do
		exits 1 send signed >out 2>err
		has err "lbl-payout: payment 0x$(printf %064x 1): nonce 0 was used by a transaction that this journal does not know"
		[ -z "$(field out receipt hash)" ]
	done
	exits 0 sign_at 1 one >again
	exits 1 send again >out 2>err
	paid 0 0 1
	# what the manual says to do, when a look at the chain has shown that nobody was paid
	printf "{\"kind\":\"mined\",\"hash\":\"%s\",\"status\":0,\"block\":0,\"gas\":0,\"payments\":[\"%s\"]}\n" \
		"$(field signed tx hash)" "0x$(printf %064x 1)" >>j
	exits 0 send again >out 2>err
	paid 100 0 2
'

# ---- failures ---------------------------------------------------------------------------------

case_ 'a transfer that fails on the chain: told, exit 1; once there is money, signed anew' '
	{ payment 1 $A 600; payment 2 $B 600; } >two
	exits 0 sign_at 0 two >signed
	exits 1 send signed >out1 2>err
	says err "lbl-payout: payment 0x$(printf %064x 2): the transaction was mined and failed: no money has moved"
	put want 1 0
	field out1 receipt status >got
	same want got
	paid 600 0 2
	exits 1 send signed >out2 2>err
	empty err
	same out1 out2
	fund 500
	exits 0 sign_at 2 two >again            # 2 for A, which is paid; 3 for B
	exits 65 send again >out 2>err
	payment 2 $B 600 >b
	exits 0 sign_at 2 b >again
	exits 0 send again >out
	paid 600 600 3
'

case_ 'a failure that leaves the chain again: the old transaction, not a second one' '
	payment 1 $A 1200 >one
	exits 0 sign_at 0 one >signed
	exits 1 send signed >out 2>err
	paid 0 0 1
	rpc evm_revert "[\"$(cat snapshot)\"]" >>log
	rpc evm_snapshot "[]" >snapshot
	fund 5000
	exits 0 sign_at 1 one >again
	exits 0 send again >out 2>err
	# whoever still has the first one may send it now
	rpc eth_sendRawTransaction "[\"$(field signed tx raw)\"]" >>log
	paid 1200 0 1
'

case_ 'a failure that turned out a success: believed, and not made again' '
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >signed
	exits 0 send signed >out1
	sed -i "s/\"status\":1/\"status\":0/" j
	exits 0 sign_at 1 one >again
	exits 0 send again >out 2>err
	paid 100 0 1
	exits 0 send signed >out2
	same out1 out2
'

case_ 'a payer without money for gas: 75 at once' '
	payment 1 $A 100 >one
	exits 0 sign_at 0 one >signed
	rpc anvil_setBalance "[\"$PAYER\",\"0x0\"]" >>log
	begin=$(date +%s)
	exits 75 send signed >out 2>err
	[ $(($(date +%s) - begin)) -lt 10 ]
	has err "lbl-payout: the payer cannot pay for gas: "
	has err "lbl-payout: 1 payment is not confirmed yet"
	rpc anvil_setBalance "[\"$PAYER\",\"0x56bc75e2d63100000\"]" >>log
	exits 0 send signed >out
	paid 100 0 1
'

case_ 'the node goes away: 69 or 75, and nothing is lost' '
	exits 69 away scores >out 2>err
	empty out
	[ ! -s j ]
	rpc evm_setAutomine "[false]" >>log
	exits 75 pay --wait 0 scores >out 2>err
	exits 69 away scores >out 2>err
	rpc evm_mine "[]" >>log
	exits 0 pay scores >out
	paid 100 200 2
'
finish
