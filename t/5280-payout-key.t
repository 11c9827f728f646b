#!/bin/sh
# lbl-payout: who signs, and where the key and its password never are.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1) B=$(worker 2)
TOKEN=0x5FbDB2315678afecb367f032d93F642f64180aa3
OFFLINE="--chain-id 31337 --nonce 7 --max-fee 3000000000 --tip 1000000000 --gas 60000"
keystore
{ payment 1 $A 375000000000000000; payment 2 $B 1; } >in
payment 1 $A 375000000000000000 >one
(umask 077 && printf '%s\n' "${KEY#0x}" >bare)

# offline OPTION... - sign without a node, by whom the options say
offline() {
	lbl-payout sign -q --unsealed --token $TOKEN $OFFLINE "$@"
}
offline --key key.json --password-file password.txt in >want

# ---- a bare key --------------------------------------------------------------------------

t 'a bare key in a file of mode 0600 signs the same bytes' '
	exits 0 offline --key-file bare in >out 2>err
	empty err
	same want out
	for form in "%s" "0x%s" "0x%s\n" "%s\r\n"; do
		printf "$form" "${KEY#0x}" >bare
		exits 0 offline --key-file bare in >out 2>err
		same want out
	done
	chmod 400 bare
	exits 0 offline --key-file bare in >out 2>err
	ln -s bare link
	exits 0 offline --key-file link in >out 2>err
'

t 'a key that others can get at is not used' '
	for mode in 0640 0604 0620 0602 0610 0601 0644; do
		chmod $mode bare
		exits 77 offline --key-file bare in >out 2>err
		empty out
		says err "lbl-payout: key file: mode $mode lets others at it: chmod 600"
	done
	chmod 600 bare
	mkfifo -m 600 pipe
	mkdir -m 700 folder
	for file in pipe folder /dev/null; do
		exits 77 offline --key-file $file in >out 2>err
		says err "lbl-payout: key file: is not a regular file"
	done
'

if [ "$(id -u)" -eq 0 ]; then
	t 'nor one of another user' '
		cp bare theirs
		chown 12345 theirs
		chmod 600 theirs
		exits 77 offline --key-file theirs in >out 2>err
		empty out
		says err "lbl-payout: key file: belongs to another user"
	'
else
	skip 'nor one of another user' 'only root can give a file away'
fi

t 'keys that are none' '
	chmod 600 bare
	for text in "" "${KEY#0x}0" "${KEY%?}" "0x" "zz${KEY#0x??}" " ${KEY#0x}" "$KEY x"; do
		printf "%s\n" "$text" >bare
		exits 65 offline --key-file bare in >out 2>err
		says err "lbl-payout: key file: want 64 hexadecimal digits"
	done
	for text in $(printf %064d 0) fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141; do
		printf "%s\n" "$text" >bare
		exits 65 offline --key-file bare in >out 2>err
		says err "lbl-payout: key file: not a private key: it must be from 1 to the group order less 1"
	done
	exits 66 offline --key-file nowhere in >out 2>err
	says err "lbl-payout: key file: cannot be opened"
	printf "%s\n" "${KEY#0x}" >bare
'

t 'the address of a key' '
	exits 0 lbl-payout address --only --key-file bare >out 2>err
	has out "\"address\":\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\""
	exits 64 lbl-payout address --signer http://127.0.0.1:1 --from $PAYER >out 2>err
'

t '--from insists on an account' '
	exits 0 offline --key-file bare --from $PAYER in >out 2>err
	same want out
	exits 78 offline --key-file bare --from $A in >out 2>err
	empty out
	says err "lbl-payout: --from: the key is that of another account"
'

# ---- the password ------------------------------------------------------------------------

t 'a password by descriptor' '
	exits 0 offline --key key.json --password-fd 3 in >out 2>err 3<password.txt
	same want out
	printf "%s" "$PASSWORD" | { exits 0 offline --key key.json --password-fd 9 in 9<&0 >out 2>err; }
	same want out
	exits 66 offline --key key.json --password-fd 3 in >out 2>err 3<&-
	says err "lbl-payout: password descriptor: cannot be read"
	exits 77 offline --key key.json --password-fd 3 in >out 2>err 3</dev/null
	says err "lbl-payout: key.json: wrong password"
'

if [ -e "$LBL_SHARED/cases/chain/keystore.json" ]; then
	t 'keystores of others: scrypt with any r, pbkdf2, passwords outside ASCII' '
		n=$(jq ".cases | length" "$LBL_SHARED/cases/chain/keystore.json") opened=0
		for i in $(seq 0 $((n - 1))); do
			jq ".cases[$i]" "$LBL_SHARED/cases/chain/keystore.json" >case
			jq -c .json case >k
			jq -j .password case >p
			if [ "$(jq .valid case)" = false ]; then
				exits 77 lbl-payout address --only --key k --password-file p >out 2>err
			else
				exits 0 lbl-payout address --only --key k --password-file p >out 2>err
				has out "$(jq -r .address case)"
				opened=$((opened + 1))
			fi
		done
		[ "$opened" -ge 9 ]
	'
else
	skip 'keystores of others: scrypt with any r, pbkdf2, passwords outside ASCII' '../shared is not here'
fi

t 'what does not go together' '
	wrong() {
		exits 64 offline "$@" in >out 2>err
		empty out
	}
	pw="--password-file password.txt"
	wrong --key key.json $pw --key-file bare
	says err "lbl-payout: want one of --key, --key-file, --signer, --signer-file and --signer-command (see lbl-payout --help)"
	wrong --key-file bare --signer-command true --from $PAYER
	wrong --signer http://x --signer-command true --from $PAYER
	wrong --signer http://x --signer-file x --from $PAYER
	wrong --key key.json $pw --password-fd 3
	says err "lbl-payout: want one of --password-file and --password-fd (see lbl-payout --help)"
	wrong --key-file bare $pw
	says err "lbl-payout: a password goes with --key (see lbl-payout --help)"
	wrong --signer http://127.0.0.1:1
	says err "lbl-payout: an external signer wants --from ADDRESS (see lbl-payout --help)"
	wrong --signer http://127.0.0.1:1 --from 0x12
	wrong --key key.json
	wrong --password-fd 2 --key key.json
	wrong
'

t 'a key in the place of its file is not told again' '
	for option in "--password-file password.txt --key" --key-file "--key key.json --password-file"; do
		for text in $KEY ${KEY#0x}; do
			code=0
			offline $option $text in >out 2>err || code=$?
			[ $code -eq 64 ]
			lacks err "${KEY#0x}"
			has err "wants the name of a file; the key itself is now known to others"
		done
	done
'

# ---- many at once --------------------------------------------------------------------------

t 'signed on all processors: the bytes of one after the other' '
	for i in $(seq 1 40); do payment $i "$(worker $i)" $i; done >many
	exits 0 offline --key-file bare --nonce 0 many >out
	for i in $(seq 1 40); do
		payment $i "$(worker $i)" $i >this
		offline --key-file bare --nonce $((i - 1)) --only this | grep kind.:.tx
	done >want_txs
	grep kind.:.tx out >txs
	[ "$(wc -l <txs)" -eq 40 ]
	same want_txs txs
'

# ---- somebody who is asked: by JSON-RPC ----------------------------------------------------

field want tx raw | head -1 >raw1
offline --key key.json --password-file password.txt one >want1
liar_start signer
SIGNER=$NODE
by_rpc() {
	offline --signer "$SIGNER" --from $PAYER --signer-timeout 5 "$@" one
}
# signer_says LINE... - and forgets what it was asked
signer_says() {
	printf "%s\n" "$@" >signer.new
	rm -f signer.log
	mv signer.new signer
}
# refused CODE TEXT [ANSWER] - nothing is signed
refused() {
	[ $# -lt 3 ] || signer_says "$3"
	exits "$1" by_rpc >out 2>err
	empty out
	says err "lbl-payout: payment 0x$(printf %064x 1): $2"
}

t 'the signed bytes as a string: what it is asked, and what becomes of it' '
	signer_says "eth_signTransaction \"$(cat raw1)\""
	exits 0 by_rpc >out 2>err
	empty err
	same want1 out
	data=a9059cbb$(printf %064x $((0xabc001)))$(printf %064x 375000000000000000)
	put asked "eth_signTransaction [{\"from\":\"$PAYER\",\"to\":\"0x5fbdb2315678afecb367f032d93f642f64180aa3\",\"chainId\":\"0x7a69\",\"nonce\":\"0x7\",\"gas\":\"0xea60\",\"value\":\"0x0\",\"maxFeePerGas\":\"0xb2d05e00\",\"maxPriorityFeePerGas\":\"0x3b9aca00\",\"data\":\"0x$data\"}]"
	same asked signer.log
'

t 'the signed bytes in an object, beside what they mean' '
	signer_says "eth_signTransaction {\"raw\":\"$(cat raw1)\",\"tx\":{\"nonce\":\"0x9\"}}"
	exits 0 by_rpc >out 2>err
	same want1 out
'

t 'a signer that calls it account_signTransaction' '
	signer_says "account_signTransaction {\"raw\":\"$(cat raw1)\",\"tx\":{}}" \
		"* !{\"code\":-32601,\"message\":\"the method eth_signTransaction does not exist/is not available\"}"
	exits 0 by_rpc >out 2>err
	same want1 out
	exits 77 offline --signer "$SIGNER" --from $PAYER in >out 2>err || exits 69 offline --signer "$SIGNER" --from $PAYER in >out 2>err
	# the second payment gets the bytes of the first; the method that is not there is asked for once
	[ "$(grep -c ^eth_signTransaction signer.log)" -le 3 ]
'

t 'a URL from a file, with a token; neither is told' '
	signer_says "eth_signTransaction \"$(cat raw1)\""
	put url "$SIGNER/v1/0123456789abcdef hunter2hunter2"
	exits 0 offline --signer-file url --from $PAYER one >out 2>err
	same want1 out
	signer_says "* !{\"code\":-32000,\"message\":\"no account at /v1/0123456789abcdef\"}"
	exits 77 offline --signer-file url --from $PAYER one >out 2>err
	has err "the signer $SIGNER refuses: no account at"
	lacks err 0123456789abcdef
	put url "ftp://x"
	exits 78 offline --signer-file url --from $PAYER one >out 2>err
	exits 66 offline --signer-file nowhere --from $PAYER one >out 2>err
'

t 'one that refuses: 77' '
	refused 77 "the signer $SIGNER refuses: Request denied" "eth_signTransaction !{\"code\":-32000,\"message\":\"Request denied\"}"
	refused 77 "the signer $SIGNER refuses: method not found" "* !{\"code\":-32601,\"message\":\"method not found\"}"
'

t 'one that does not answer, or asks for patience' '
	refused 69 "the signer $SIGNER does not answer: HTTP status 500" "* =500 x: y"
	signer_says "* -"
	exits 69 by_rpc >out 2>err
	exits 69 offline --signer http://127.0.0.1:1 --from $PAYER one >out 2>err
	has err "the signer http://127.0.0.1:1 does not answer: "
	empty out
'

t 'one that is silent: 69, when the time is up' '
	kill -STOP $LIARS
	exits 69 by_rpc --signer-timeout 1 >out 2>err || { kill -CONT $LIARS; exit 1; }
	kill -CONT $LIARS
	empty out
	has err "the signer $SIGNER does not answer: "
'

t 'one that answers nonsense' '
	for lie in null 7 "{}" "{\"raw\":7}" "[\"$(cat raw1)\"]" "\"0x0\"" "\"$(cat raw1 | cut -c3-)\"" "\"\""; do
		refused 69 "the signer $SIGNER answers without a signed transaction" "* $lie"
	done
	signer_says "* \"$(cat raw1)00\""
	exits 69 by_rpc >out 2>err
	has err "the signer has answered with something else: 1 bytes behind the transaction"
	signer_says "* \"$(cut -c1-200 raw1)\""
	exits 69 by_rpc >out 2>err
	empty out
'

# another OPTION... - the bytes that the payer signs with other terms
another() {
	lbl-payout sign -q --only --unsealed --key-file bare --token $TOKEN $OFFLINE "$@" | sed -n "s/.*\"raw\":\"\([^\"]*\)\".*/\1/p"
}
t 'one that signs something else: every field is looked at' '
	lied() {
		text=$1
		shift
		refused 69 "the signer has answered with something else: $text is not what was asked for" "* \"$(another "$@")\""
	}
	payment 1 $B 375000000000000000 >b
	payment 1 $A 375000000000000001 >more
	lied "its nonce" --nonce 8 one
	lied "its chain id" --chain-id 1 one
	lied "its receiver" --token 0x00000000000000000000000000000000000ccccc one
	lied "its data" b
	lied "its data" more
	lied "its gas limit" --gas 60001 one
	lied "its fee" --max-fee 3000000001 one
	lied "its fee" --tip 999999999 one
	# another account: the second one of a development node
	(umask 077 && echo 59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d >other)
	refused 69 "the signer has answered with something else: it is signed by another key" "* \"$(another --key-file other one)\""
'

liar_start answers
truth
score $A e 10 1 | seal >scores
put policy '{"rate":"10","pay":"flat"}'
t 'nothing of that gets into the journal' '
	for lie in "\"$(another --nonce 8 one)\"" "!{\"code\":-32000,\"message\":\"no\"}" "=500 x: y"; do
		signer_says "* $lie"
		code=0
		lbl-payout -q --policy policy --token $TOKEN --rpc "$NODE" --signer "$SIGNER" --from $PAYER --journal j scores >out 2>err || code=$?
		[ $code -eq 69 ] || [ $code -eq 77 ]
		empty out
		empty j
	done
	[ "$(asked eth_sendRawTransaction)" -eq 0 ]
'

# ---- by a command --------------------------------------------------------------------------

by_command() {
	offline --from $PAYER --signer-timeout 10 --signer-command "$@" one
}
command_refused() {
	exits "$1" by_command "$3" >out 2>err
	empty out
	says err "lbl-payout: payment 0x$(printf %064x 1): $2"
}

t 'one line to a command' '
	exits 0 by_command "cat >request; cat raw1" >out 2>err
	empty err
	same want1 out
	data=a9059cbb$(printf %064x $((0xabc001)))$(printf %064x 375000000000000000)
	[ "$(wc -l <request)" -eq 1 ]
	sed "s/\"hash\":\"0x[0-9a-f]\{64\}\"/\"hash\":\"H\"/" request >got
	says got "{\"kind\":\"sign\",\"hash\":\"H\",\"from\":\"$PAYER\",\"type\":2,\"chain\":31337,\"nonce\":7,\"gas\":60000,\"max_fee\":\"3000000000\",\"tip\":\"1000000000\",\"to\":\"0x5fbdb2315678afecb367f032d93f642f64180aa3\",\"value\":\"0\",\"data\":\"0x$data\",\"unsigned\":\"0x02f86e827a6907843b9aca0084b2d05e0082ea60945fbdb2315678afecb367f032d93f642f64180aa380b844${data}c0\"}"
'

t 'its answer: the bytes, or r, s and perhaps v' '
	exits 0 by_command "cat >/dev/null; printf \"{\\\"raw\\\":\\\"%s\\\"}\" \$(cat raw1)" >out 2>err
	same want1 out
	for what in v 27 no-v high; do
		exits 0 by_command "sign-line $what" >out 2>err
		empty err
		same want1 out
	done
	exits 0 offline --from $PAYER --signer-command sign-line in >out 2>err
	same want out
'

t 'one that does not care for the request' '
	exits 0 by_command "cat raw1" >out 2>err
	same want1 out
	exits 0 by_command "exec <&-; sleep 0.2; cat raw1" >out 2>err
	same want1 out
'

t 'one that refuses: 77' '
	command_refused 77 "the signer command refuses: its exit status is 3" "exit 3"
	command_refused 77 "the signer command refuses: its exit status is 3" "cat raw1; exit 3"
	exits 77 by_command "no-such-command-here" >out 2>err
	has err "the signer command refuses: its exit status is 127"
	command_refused 77 "the signer command refuses: its exit status is 137" "kill -9 \$\$"
'

t 'one that answers nonsense' '
	command_refused 69 "the signer command answers nothing" true
	command_refused 69 "the signer command answers nothing" echo
	command_refused 69 "the signer command answers with more than one line" "cat raw1 raw1"
	command_refused 69 "the signer command answers with more than one line" "printf \"0x\\\\0000\""
	command_refused 69 "the signer command answers neither JSON nor hexadecimal text" "echo yes"
	command_refused 69 "the signer command'"'"'s answer is no JSON object" "echo {"
	command_refused 69 "the signer command answers with neither \"raw\" nor \"r\", \"s\" and \"v\"" "echo {}"
	command_refused 69 "the signer command answers with neither \"raw\" nor \"r\", \"s\" and \"v\"" "sign-line | sed s/v\\\":./v\\\":2/"
	command_refused 69 "the signer command'"'"'s \"raw\" is no hexadecimal text" "echo {\\\"raw\\\":7}"
	command_refused 69 "the signer command'"'"'s signature is not that of --from for this transaction" "sign-line other-v"
	command_refused 69 "the signer command'"'"'s signature is not that of --from for this transaction" "LBL_TEST_KEY=0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d sign-line"
	command_refused 69 "the signer has answered with something else: its nonce is not what was asked for" "echo $(another --nonce 8 one)"
	command_refused 69 "the signer command answers without an end" "yes 0123456789"
'

t 'one that is silent: 69, and it ends with what it has started' '
	exits 69 by_command "echo \$\$ >pid; sleep 1000 & echo \$! >pid2; wait" --signer-timeout 1 >out 2>err
	empty out
	says err "lbl-payout: payment 0x$(printf %064x 1): the signer command has not answered within 1 s"
	! kill -0 "$(cat pid)" 2>/dev/null || exit 1
	# the other one is nobody'"'"'s child now, and may wait for its grave
	state=$(sed -n "s/^State:[^A-Z]*\([A-Z]\).*/\1/p" "/proc/$(cat pid2)/status" 2>/dev/null || :)
	[ -z "$state" ] || [ "$state" = Z ] || [ "$state" = X ]
	# an answer is one of a process that has ended well
	exits 69 by_command "cat raw1; exec >&-; sleep 1000" --signer-timeout 1 >out 2>err
	empty out
'

t 'it gets no descriptor of ours' '
	rm -f j
	exits 75 lbl-payout -q --policy policy --token $TOKEN --rpc "$NODE" --from $PAYER --signer-command "ls /proc/self/fd >its; sign-line" \
		--journal j --wait 0 scores >out 2>err
	[ -s j ]
	put fds 0 1 2 3         # the last one is that of ls
	same fds its
'

# ---- where a secret never is ----------------------------------------------------------------

# secrets FILE... - none is in them
secrets() {
	for text in "$PASSWORD" "correct horse" "${KEY#0x}" "$(echo "${KEY#0x}" | tr a-f A-F)"; do
		if grep -lF -e "$text" "$@"; then
			return 1
		fi
	done
}

t 'not in the arguments, the output, the messages or the journal' '
	rm -f j
	for how in "--key key.json --password-file password.txt" "--key-file bare" "--key key.json --password-fd 3"; do
		lbl-payout --policy policy $how --token $TOKEN --rpc "$NODE" --journal j --wait 1 scores >out 2>err 3<password.txt &
		pid=$!
		tries=0
		until [ -s j ] || [ $tries -gt 100 ]; do
			tries=$((tries + 1))
			sleep 0.05
		done
		tr "\0" "\n" <"/proc/$pid/cmdline" >cmdline || :
		has cmdline --token
		wait $pid || :
		cat j >>journals
		rm -f j
		[ -s out ] && [ -s err ]
		secrets cmdline out err journals
	done
	[ -s journals ]
	for bad in "--key key.json --password-file bare" "--key bare --password-file password.txt" "--key-file password.txt"; do
		exits 65 offline $bad in >out 2>err || exits 77 offline $bad in >out 2>err
		secrets out err
	done
'

# what the process leaves: see residue.c
masked() {
	od -An -v -tu1 | tr -s " " "\n" | while read -r byte; do
		[ -z "$byte" ] || printf "%02x" $((byte ^ 0x5a))
	done
}
if [ "${LBL_SAN-}" ]; then
	skip 'nor in the memory when it ends, nor in a core file' 'the sanitizers keep what was freed'
elif ! ${CC:-cc} -O1 -shared -fPIC -o residue.so "$LBL_TOP/t/tool/shim/residue.c" 2>cc.log ||
	! LD_PRELOAD=$PWD/residue.so true 2>>cc.log || ! [ -r /proc/self/maps ]; then
	skip 'nor in the memory when it ends, nor in a core file' 'no library can be preloaded here'
else
	hex=${KEY#0x}
	turned=$(echo "$hex" | sed 's/../& /g' | tr ' ' '\n' | sed '/^$/d' | tac | tr -d '\n')
	RESIDUE_FOR=$(bash -c "printf '$(echo "$hex" | sed 's/../\\x&/g')'" | masked)
	RESIDUE_FOR=$RESIDUE_FOR,$(bash -c "printf '$(echo "$turned" | sed 's/../\\x&/g')'" | masked)
	RESIDUE_FOR=$RESIDUE_FOR,$(printf %s "$hex" | masked),$(printf %s "$PASSWORD" | masked)
	# this one has to be found, or the search sees nothing
	RESIDUE_FOR=$RESIDUE_FOR,$(printf %s "$TOKEN" | masked)
	export RESIDUE_FOR RESIDUE_LOG="$PWD/residue"

	t 'nor in the memory when it ends, nor in a core file' '
		for how in "--key key.json --password-file password.txt" "--key-file bare"; do
			(unset LBL_TEST_KEY; ulimit -c unlimited 2>/dev/null || :
			 LD_PRELOAD=$PWD/residue.so offline $how in >out 2>err)
			same want out
			tail -1 residue >control
			lacks control "found 0"
			sed "\$d" residue >left
			put clean "dumpable 0" "core 0 0" "found 0" "found 0" "found 0" "found 0"
			same clean left
		done
		(unset LBL_TEST_KEY; LD_PRELOAD=$PWD/residue.so exits 77 offline --key key.json --password-fd 3 in 3<bare >out 2>err)
		sed "\$d" residue >left
		same clean left
		# nor when it dies with the key in its hands
		payment 1 mary 5 >mary
		(unset LBL_TEST_KEY; LD_PRELOAD=$PWD/residue.so exits 65 offline --key-file bare mary >out 2>err)
		has err "worker: "
		sed "\$d" residue >left
		same clean left
	'
fi

# ---- with a node ------------------------------------------------------------------------------

if ! has_node; then
	skip 'a development node signs and is paid through' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
trap 'kill $LIARS $NODE_PID 2>/dev/null; cd / && rm -rf "$work"' EXIT
token_deploy || { t 'a token is deployed' false; finish; }

t 'a development node signs, and the payments are made' '
	rm -f j
	{ score $A e 10 1; score $B e 20 1; } | seal >two
	exits 0 lbl-payout -q --policy policy --token $TOKEN --rpc "$NODE" --signer "$NODE" --from $PAYER --journal j --confirmations 1 --wait 20 two >out 2>err
	empty err
	[ "$(balance $A)" = 100 ]
	[ "$(balance $B)" = 200 ]
	exits 0 lbl-payout -q --policy policy --token $TOKEN --rpc "$NODE" --signer http://127.0.0.1:1 --from $PAYER --journal j --confirmations 1 two >out2 2>err
	same out out2
	exits 77 lbl-payout sign -q --unsealed --token $TOKEN --rpc "$NODE" --signer "$NODE" --from $A two >out2 2>err || :
'
finish
