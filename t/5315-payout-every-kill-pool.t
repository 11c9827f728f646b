#!/bin/sh
# lbl-payout by the pool, killed before its calls in a night of 20 batches, each posted and
# settled, and run again: every credit exact, every batch settled once, and no transaction
# made in vain.  It takes every Kth of the calls; KILL_ALL is as in t/5310.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/torture.sh"

if ! torture_can; then
	skip 'killed at every call' "$why"
	finish
fi
MODE=pool POOL_MOST=150
world_start || { t 'a node, a pool and a proxy' false; finish; }
PAYER_OPTIONS='--confirmations 1 --wait 200 --bump-after 5'
twenty
begin_pool() {
	begin '{"mine":3}'
}
watched begin_pool
t "a run that nobody disturbs makes $(wc -l <calls.log) calls for 20 batches" '
	ends undisturbed 40
	[ "$(grep -c kind.:.settled j)" -eq 20 ]
'
moments 199 11 >when
parts 'killed before' begin_pool 40
moments 293 23 few >when
parts 'killed, and the power fails, before' begin_pool 40 KILLAT_POWER=1
finish
