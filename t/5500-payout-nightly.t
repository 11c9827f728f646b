#!/bin/sh
# examples/nightly: three days of a crowd by its `run`, on a real deployment.  What workers hold in the end is read
# from the chain, and computed here from the pool's rule.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"
. "$LBL_TOP/t/tool/pool.sh"

if ! has_node; then
	skip 'nights on a chain' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
keystore
node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
pool_deploy 14 '.pool.params.rule.probation = 0' || { t 'a pool is deployed' 'cat deploy.log; false'; finish; }

# day N - twelve people who always answer right, one who always says "a" (13), one who only comes on the second day (14): 30
# tasks of all four classes and 16 of gold each
day() {
	awk -v day="$1" 'BEGIN {
		split("a b c d", class, " ")
		for (t = 1; t <= 46; t++) {
			task = sprintf("%s%d-%d", t <= 30 ? "t" : "g", day, t)
			print "{\"kind\":\"task\",\"task\":\"" task "\",\"data\":0}"
			if (t > 30)
				print "{\"kind\":\"gold\",\"task\":\"" task "\",\"value\":\"" class[t % 4 + 1] "\"}"
		}
		for (t = 1; t <= 46; t++)
			for (w = 1; w <= 14; w++)
				if (w < 14 || day == 2)
					printf "{\"kind\":\"label\",\"task\":\"%s%d-%d\",\"worker\":\"0x%040x\",\"value\":\"%s\"}\n",
						t <= 30 ? "t" : "g", day, t, 11255808 + w, w == 13 ? "a" : class[t % 4 + 1]
	}'
}
for i in 1 2 3; do
	mkdir -p "night/inbox/2026-11-0$i"
	day $i >"night/inbox/2026-11-0$i/all.ndjson"
done
printf '%s\n' "$NODE" >rpc
chmod 600 rpc

# turn DAY [VARIABLE=VALUE...] - one turn, as on the morning of that day
turn() {
	_today=$1
	shift
	env DEPLOYMENT=deployment.json KEYSTORE=key.json PASSWORD_FILE=password.txt RPC_FILE=rpc WAIT=2 TODAY="$_today" \
		PAYOUT_OPTIONS='--confirmations 1' "$@" "$LBL_TOP/examples/nightly/run" night >>turn.out
}
# holdings I - what worker I has in his own hands
holdings() {
	ask_chain "$TOKEN" 'balanceOf(address)(uint256)' "$(worker "$1")"
}

t 'the first day is over: scored, and nobody is paid yet' '
	exits 0 turn 2026-11-02 2>err
	grep -q "\"standing\":\"cleared\"" night/scored/2026-11-01.ndjson
	grep -q "\"standing\":\"stopped\"" night/scored/2026-11-01.ndjson
	[ "$(settled)" -eq 0 ]
	[ ! -e night/scored/2026-11-02.ndjson ]
'
nonce0=$(nonce)
t 'the second day: the first one is released, posted, and waits for objections' '
	exits 75 turn 2026-11-03 2>err
	has err "batch 1 is posted: 12 payments"
	[ "$(settled)" -eq 0 ]
	[ "$(nonce)" -eq $((nonce0 + 1)) ]
'
t 'an hour later its window is over: settled, and pushed to the workers' '
	pass 61
	exits 0 turn 2026-11-03 WITHDRAW=1 2>err
	[ "$(settled)" -eq 1 ]
	[ "$(nonce)" -eq $((nonce0 + 3)) ]
'
t 'everybody holds what the rule gives, to the unit' '
	for i in $(seq 1 14); do
		units=$(jq -r "select(.kind == \"score\" and .worker == \"$(worker $i)\" and .epoch == \"2026-11-02\") | .units" \
			night/scored/2026-11-02.ndjson)
		bonus=$(jq -r "select(.kind == \"score\" and .worker == \"$(worker $i)\" and .epoch == \"2026-11-02\") | .bonus_bp" \
			night/scored/2026-11-02.ndjson)
		case $i in
		13 | 14) [ "$units" -eq 0 ] ;;
		*) [ "$units" -eq 46 ] ;;
		esac
		# rate 10000 millionths, gate 11500 above 8500, the line from 500:2000 to 8000:10000
		line=$((bonus >= 8000 ? 10000 : bonus < 500 ? 0 : 2000 + 8000 * (bonus - 500) / 7500))
		want=$((10000 * units * 11500 * line / 100000000))
		[ "$(holdings $i)" = "$((want))$([ $want -eq 0 ] || echo 000000000000)" ] ||
			{ echo "worker $i has $(holdings $i), want $want millionths"; return 1; }
	done
'
for i in $(seq 1 14); do holdings "$i"; done >held
t 'a turn more does nothing' '
	exits 0 turn 2026-11-03 WITHDRAW=1 2>err
	[ "$(nonce)" -eq $((nonce0 + 3)) ]
	for i in $(seq 1 14); do holdings $i; done >now
	same held now
'
t 'the third day goes its way from scores to money in two turns' '
	exits 75 turn 2026-11-04 2>err
	pass 61
	exits 0 turn 2026-11-04 WITHDRAW=1 2>err
	[ "$(settled)" -eq 2 ]
	[ "$(nonce)" -eq $((nonce0 + 6)) ]
	[ "$(holdings 1)" != "$(head -1 held)" ]
	[ "$(holdings 13)" = 0 ]
	[ "$(holdings 14)" != 0 ]
	exits 0 turn 2026-11-04 2>err
	[ "$(nonce)" -eq $((nonce0 + 6)) ]
'
t 'each day has its log, and the journal no more than it needs' '
	[ -s night/log/2026-11-02.ndjson ]
	[ -s night/log/2026-11-03.ndjson ]
	lbl-payout status --state night/state >status
	[ "$(jq -r "select(.kind == \"attempt\") | .state" status | sort | uniq -c | tr -s " ")" = " 6 paid" ]
	grep -q "^lbl_payout_exit_status 0" night/metrics.prom
'
finish
