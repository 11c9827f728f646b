#!/bin/sh
# lbl-payout sign: the bytes of each transaction, and who may make them.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

A=$(worker 1) B=$(worker 2)
TOKEN=0x5FbDB2315678afecb367f032d93F642f64180aa3
keystore
{ payment 1 $A 375000000000000000; payment 2 $B 1; } >in

sign() {
	lbl-payout sign -q --unsealed --key key.json --password-file password.txt "$@"
}
OFFLINE="--chain-id 31337 --nonce 7 --max-fee 3000000000 --tip 1000000000"
offline() {
	sign --token $TOKEN $OFFLINE "$@"
}

# made with: cast mktx --chain 31337 --nonce 7 --gas-limit 60000 --gas-price 3000000000
#	--priority-gas-price 1000000000 TOKEN "transfer(address,uint256)" WORKER AMOUNT
RAW1=0x02f8b1827a6907843b9aca0084b2d05e0082ea60945fbdb2315678afecb367f032d93f642f64180aa380b844a9059cbb0000000000000000000000000000000000000000000000000000000000abc001000000000000000000000000000000000000000000000000053444835ec58000c001a0a677689ad3e00c6910acb4246fc51cb9555a989d609ac5c46c9d2f662dddbe89a0375783476cf809037a3d19b72f53302fab445ee37d5f8731038c3169597d13f2
RAW2=0x02f8b1827a6908843b9aca0084b2d05e0082ea60945fbdb2315678afecb367f032d93f642f64180aa380b844a9059cbb0000000000000000000000000000000000000000000000000000000000abc0020000000000000000000000000000000000000000000000000000000000000001c080a0e54b653915085ec6aaac17bb0537939676b4579c56460a50a0c57670f6a54756a06ef39fb5b8440b82a1f3348650cc1d776ac536801a1b67c8d30ff40c17b679c8

t 'offline: the bytes that another wallet makes' '
	exits 0 offline --gas 60000 in >out 2>err
	empty err
	field out tx raw >got
	put want $RAW1 $RAW2
	same want got
	put want 7 8
	field out tx nonce >got
	same want got
'

t 'and the fields beside them' '
	offline --gas 60000 in | sed -n "/kind.:.tx/p" | head -1 | sed "s/\"hash\":\"[^\"]*\"/\"hash\":\"H\"/" >got
	ID=0x$(printf %064x 1)
	put want "{\"kind\":\"tx\",\"id\":\"$ID\",\"hash\":\"H\",\"raw\":\"$RAW1\",\"from\":\"$PAYER\",\"to\":\"0x5fbdb2315678afecb367f032d93f642f64180aa3\",\"nonce\":7,\"chain\":31337,\"payments\":[\"$ID\"]}"
	same want got
'

t 'the same input gives the same bytes' '
	offline in >out1
	offline in >out2
	same out1 out2
	offline --unbuffered - <in >out2
	same out1 out2
'

if has_node; then
	t 'cast reads them: signer, receiver, amount' '
		offline --gas 60000 in >out
		field out tx raw | while read -r raw; do
			"$tool" cast decode-transaction $raw; echo
		done >text
		[ "$(grep -c "signer.*$PAYER" text)" -eq 2 ]
		field out tx hash | while read -r hash; do has text "$hash"; done
		has text "0xa9059cbb000000000000000000000000${A#0x}$(printf %064x 375000000000000000)"
	'
else
	skip 'cast reads them: signer, receiver, amount' 'no contracts/node_modules'
fi

t 'offline without --gas: the default limit' '
	offline in >out
	# 0x030d40 = 200000
	field out tx raw | grep -c "^0x02f8b2827a6907843b9aca0084b2d05e0083030d40" >n
	says n 1
'

t 'amounts of 0 are not signed, and take no nonce' '
	{ payment 1 $A 0; payment 2 $B 1; payment 3 $A 0; } >zero
	exits 0 offline zero >out 2>err
	[ "$(field out tx nonce)" = 7 ]
	payment 1 mary 0 >zero
	exits 0 sign --token $TOKEN $OFFLINE --key nowhere zero >out 2>err
	[ -z "$(field out tx nonce)" ]
'

t 'a payment that has its transaction is not signed again' '
	offline in >signed
	exits 0 lbl-payout sign -q --key nowhere --password-file nowhere --token $TOKEN $OFFLINE signed >again 2>err
	empty err
	same signed again
'

t 'who cannot be paid' '
	payment 1 mary 5 >bad
	exits 65 offline bad >out 2>err
	empty out
	has err "lbl-payout: payment 0x$(printf %064x 1): worker: "
	payment 1 0x0000000000000000000000000000000000000000 5 >bad
	exits 65 offline bad >out 2>err
	says err "lbl-payout: payment 0x$(printf %064x 1): worker: is the zero address"
	empty out
'

# ---- key and password ----------------------------------------------------------------

t 'a wrong password' '
	put wrong "battery staple"
	exits 77 offline --password-file wrong in >out 2>err
	empty out
	says err "lbl-payout: key.json: wrong password"
'

t 'neither password nor key are ever told' '
	! grep -rlF -e "$PASSWORD" -e "battery staple" -e "${KEY#0x}" err out signed again
	# a password given in the place of its file
	exits 66 offline --password-file "$PASSWORD" in >out 2>err
	says err "lbl-payout: password file: cannot be opened"
'

t 'the password is the first line, whatever ends it' '
	offline in >want
	printf "%s" "$PASSWORD" >pw; offline --password-file pw in >got; same want got
	printf "%s\r\n" "$PASSWORD" >pw; offline --password-file pw in >got; same want got
	printf "%s\nmore\n" "$PASSWORD" >pw; offline --password-file pw in >got; same want got
	printf "%01025d" 0 >pw
	exits 66 offline --password-file pw in >out 2>err
	says err "lbl-payout: password file: its first line is longer than 1023 bytes"
'

t 'keystores that are none' '
	exits 66 offline --key nowhere in >out 2>err
	says err "lbl-payout: nowhere: No such file or directory"
	put junk "{}"
	exits 65 offline --key junk in >out 2>err
	empty out
	has err "lbl-payout: junk: "
'

# ---- usage ---------------------------------------------------------------------------

t 'what is missing is told before the input is read' '
	exits 64 lbl-payout sign nowhere >out 2>err
	says err "lbl-payout: signing wants --key KEYSTORE and --password-file FILE (see lbl-payout --help)"
	exits 64 lbl-payout sign --key k nowhere 2>err
	exits 64 lbl-payout sign --key k --password-file p nowhere 2>err
	says err "lbl-payout: signing wants --token ADDRESS (see lbl-payout --help)"
	exits 64 lbl-payout sign --policy p 2>err
'

t 'without a node, what is missing may stand in a chain record; the key is not opened for nothing' '
	for left in "--chain-id 1 --nonce 1 --max-fee 1" "--chain-id 1 --nonce 1 --tip 1" "--chain-id 1 --max-fee 1 --tip 1" \
		"--nonce 1 --max-fee 1 --tip 1"; do
		exits 64 lbl-payout sign --unsealed --key k --password-file p --token $TOKEN $left in 2>err
		says err "lbl-payout: without --rpc, signing wants --chain-id, --nonce, --max-fee and --tip, or a chain record (see lbl-payout --help)"
	done
'

t 'values that make no sense' '
	exits 64 offline --tip 3000000001 in >out 2>err
	says err "lbl-payout: --tip is above --max-fee (see lbl-payout --help)"
	exits 64 offline --tip 1ether in >out 2>err
	says err "lbl-payout: --tip: want an amount in wei, or in gwei like 1.5gwei, got \"1ether\" (see lbl-payout --help)"
	exits 64 offline --gas 20999 in >out 2>err
	exits 64 offline --gas 16777217 in >out 2>err
	exits 64 offline --chain-id 0 in >out 2>err
	exits 64 offline --token 0x5FbDB2315678afecb367f032d93F642f64180aA3 in >out 2>err
	says err "lbl-payout: --token: address has a wrong checksum (EIP-55) (see lbl-payout --help)"
	exits 64 offline --token 0x0000000000000000000000000000000000000000 in >out 2>err
	empty out
	exits 65 offline --gas 21001 in >out 2>err
	has err "gas limit 21001 is below the"
	empty out
'

t 'an RPC endpoint that is not there' '
	exits 69 sign --token $TOKEN --rpc http://127.0.0.1:1 in >out 2>err
	empty out
	has err "lbl-payout: http://127.0.0.1:1: chain id: "
	exits 78 sign --token $TOKEN --rpc ftp://x in >out 2>err
	says err "lbl-payout: --rpc: the URL must begin with http:// or https://"
	put url "http://user:hunter2hunter2@127.0.0.1:1/v3/0123456789abcdef"
	exits 69 sign --token $TOKEN --rpc-file url in >out 2>err
	! grep -e hunter2 -e 0123456789abcdef err
	: >url
	exits 78 sign --token $TOKEN --rpc-file url in >out 2>err
	has err "lbl-payout: --rpc-file: "
	exits 66 sign --token $TOKEN --rpc-file nowhere in >out 2>err
'

# ---- with a node ---------------------------------------------------------------------

online() {
	sign --rpc "$NODE" --token "$TOKEN" "$@"
}

if ! has_node; then
	skip 'with a node' 'no contracts/node_modules'
	finish
fi
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
token_deploy 1000 || { t 'a token is deployed' false; finish; }
{ payment 1 $A 400; payment 2 $B 600; } >in

t 'what is not given is asked for' '
	exits 0 online in >out 2>err
	empty err
	put want $(nonce) $(($(nonce) + 1))
	field out tx nonce >got
	same want got
'

t 'another chain than asked for' '
	exits 78 online --chain-id 1 in >out 2>err
	empty out
	says err "lbl-payout: $NODE is chain 31337, not 1"
'

t 'more than the payer holds: nothing is signed' '
	{ payment 1 $A 400; payment 2 $B 601; } >more
	exits 1 online more >out 2>err
	empty out
	says err "lbl-payout: 1001 base units are to be paid, and the payer holds 1000: nothing was signed"
'

t 'a token that is none' '
	exits 78 online --token 0x00000000000000000000000000000000000abcde in >out 2>err
	empty out
	says err "lbl-payout: $NODE: no contract at 0x00000000000000000000000000000000000aBCdE, so no token to pay in"
'

t 'a node that wants the payer to burn all it has' '
	was=$(rpc evm_snapshot "[]")
	rpc anvil_setNextBlockBaseFeePerGas "[\"0x10000000000000\"]" >log
	rpc evm_mine "[]" >log
	exits 69 online in >out 2>err
	empty out
	says err "lbl-payout: $NODE: the node'"'"'s base fee is beyond belief: give --max-fee"
	rpc evm_revert "[\"$was\"]" >log
	rpc anvil_setNextBlockBaseFeePerGas "[\"0x3b9aca00\"]" >log      # which it does not revert
'

t 'a transfer that would fail: nothing is signed' '
	# a contract that says everybody has 100, and reverts whatever else it is asked
	rpc anvil_setCode "[\"0x00000000000000000000000000000000000abcde\",\"0x60003560e01c6370a082311460145760006000fd5b606460005260206000f3\"]" >log
	{ payment 1 $A 5; payment 2 $B 6; } >two
	exits 1 online --token 0x00000000000000000000000000000000000abcde two >out 2>err
	empty out
	has err "lbl-payout: payment to $A would fail: execution reverted"
	has err "; nothing was signed"
'
finish
