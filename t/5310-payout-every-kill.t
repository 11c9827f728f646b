#!/bin/sh
# lbl-payout killed at every write, sync, connection, send and receive of a run over 20
# payments, and run again: balances exact, no payment twice, none missing, no nonce wasted.
#
# The moments are right before each call: dead after one call is dead before the next.
# Where a test does not take all of them it takes every Kth, and those that touch the
# journal; KILL_ALL=1/1 takes all, but few where the power fails too, KILL_ALL=2/3 the second
# third of all these.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/torture.sh"

if ! torture_can; then
	skip 'killed at every call' "$why"
	finish
fi
world_start || { t 'a node, a token and a proxy' false; finish; }

PAYER_OPTIONS='--confirmations 1 --wait 20 --bump-after 5'
twenty

# ---- a run from nothing --------------------------------------------------------------------

watched begin
t "a run that nobody disturbs makes $(wc -l <calls.log) calls" '
	ends undisturbed 20
	[ "$(field out receipt status | grep -c 1)" -eq 20 ]
'
moments 1 >when
parts 'killed before' begin 20

# the library sees all the calls there are, says somebody else
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	t 'none was overlooked' '
		begin
		PAYER_OPTIONS="$PAYER_OPTIONS --rpc $PROXY"
		haunted KILLAT_LOG="$PWD/seen.log" -- scores
		begin
		calls=write,writev,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,connect,sendto,sendmsg
		strace -f -o trace -e trace=$calls,recvfrom,recvmsg,unlink,link,sendfile,fallocate,msync \
			lbl-payout -q --policy policy --key key.json --password-file password.txt --token "$TOKEN" \
			--tip 1gwei --journal j $PAYER_OPTIONS --rpc "$PROXY" scores >out
		sed -n "s/^[0-9]* *\([a-z0-9]*\)(.*/\1/p" trace | sed "s/sendto/send/; s/recvfrom/recv/" | sort | uniq -c >want
		sed "s/:.*//; s/-.*//; /open/d; /flock/d" seen.log | sort | uniq -c >got
		same want got
	'
else
	skip 'none was overlooked' 'no strace'
fi

grep write calls.log >writes
t "killed in the middle of each of $(wc -l <writes) writes" '
	while read -r at; do
		begin && dies "$at/" && ends "$at/" 20
	done <writes
'
moments 12 1 few >when
parts 'killed, and the power fails, before' begin 20 KILLAT_POWER=1

# What the first run wrote and did not sync, the second one acts upon; then the power fails.
unsynced() {
	begin && dies write-journal:1+ && grep -q try j
}
watched unsynced
moments 9 1 few >when
parts 'killed before the sync; the next run and the power, before' unsynced 20 KILLAT_POWER=1

# ---- a run that replaces what hangs ----------------------------------------------------------

# 20 transactions signed for a base fee of 1 gwei and in the pool; then it is 100
begin '{"mine":1000000}'
(PAYER_OPTIONS='--confirmations 1 --wait 0' && payer scores) || [ $? -eq 75 ]
cp j low
field j try raw | jq -cRs 'split("\n") | map(select(. != "") |
	{ jsonrpc: "2.0", id: 1, method: "eth_sendRawTransaction", params: [.] })' >low.json
spiked() {
	begin
	curl -sS --noproxy '*' -H 'content-type: application/json' -d @low.json "$NODE" >posted
	[ "$(grep -o '"result":"0x[0-9a-f]*"' posted | wc -l)" -eq 20 ] || { cat posted; return 1; }
	rpc anvil_setNextBlockBaseFeePerGas '["0x174876e800"]' >>log
	rpc evm_mine '[]' >>log
	cp low j
	wc -c <j >state
}
watched spiked
t "a run that replaces 20 transactions makes $(wc -l <calls.log) calls" '
	[ "$(wc -l <low)" -eq 20 ] && ends undisturbed 40
'
moments 6 >when
parts 'killed before' spiked 40
moments 16 1 few >when
parts 'killed, and the power fails, before' spiked 40 KILLAT_POWER=1
finish
