#!/bin/sh
# Gas of the contracts, by the receipts of a local node, beside single ERC-20 transfers, a batch in disperse's
# style and a distributor in Uniswap's.
#
# A first payment writes storage that was empty, a later one storage that was not. Per worker, of 1,000.
set -eu
contracts=$PWD/contracts
if ! [ -d "$contracts/node_modules" ]; then
	echo 'contracts: no contracts/node_modules: run "npm ci" in contracts/' >&2
	exit 69
fi
FOUNDRY_OUT=$LBL_BUILD/contracts/out FOUNDRY_CACHE_PATH=$LBL_BUILD/contracts/cache
export FOUNDRY_OUT FOUNDRY_CACHE_PATH

log=$(mktemp)
node=
trap '[ -z "$node" ] || kill "$node" 2>/dev/null || :; rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM
"$contracts/bin/tool" anvil --host 127.0.0.1 --port 0 --gas-limit 200000000 >"$log" 2>&1 &
node=$!
tries=0
until grep -q '^Listening on ' "$log"; do
	tries=$((tries + 1))
	if [ $tries -gt 100 ] || ! kill -0 "$node" 2>/dev/null; then
		echo 'contracts: the node did not start' >&2
		exit 69
	fi
	sleep 0.1
done
node t/perf/contracts/gas.js "$contracts" "http://$(sed -n 's/^Listening on //p' "$log")"
