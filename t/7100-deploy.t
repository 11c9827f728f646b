#!/bin/sh
# Deployment from a config file: everything belongs to governance, once, and goes on where it stopped.
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/payout.sh"

if [ "${LBL_SAN-}" ]; then
	skip 'deployment' 'nothing in it is sanitized'
	finish
elif ! has_node; then
	skip 'deployment' 'no contracts/node_modules: run "npm ci" in contracts/'
	finish
fi
# not where the forge tests may be compiling at the same time
FOUNDRY_OUT=$LBL_BUILD/contracts/out FOUNDRY_CACHE_PATH=$LBL_BUILD/contracts/cache
export FOUNDRY_OUT FOUNDRY_CACHE_PATH

node_start --chain-id 31337 || { t 'anvil starts' false; finish; }
DEPLOYER=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
POSTER=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
CONFIG=$LBL_TOP/examples/deploy/local.json
rpc evm_snapshot '[]' >snapshot

deploy() {
	"$LBL_TOP/contracts/bin/deploy" --config "$CONFIG" --rpc "$NODE" --out d.json "$@"
}
govern() {
	"$LBL_TOP/contracts/bin/govern" --deployment d.json --rpc "$NODE" --from $DEPLOYER "$@"
}
# at NAME - its address
at() {
	jq -r ".contracts.$1.address" d.json
}
# view NAME FUNCTION [ARG...] - what it says
view() {
	_at=$(at "$1")
	shift
	"$tool" cast call --rpc-url "$NODE" "$_at" "$@" | sed 's/ \[.*//'
}
height() {
	echo $(($(rpc eth_blockNumber '[]')))
}

t 'wrong usage and wrong configs, before anything is sent' '
	exits 64 deploy --config 2>err
	says err "deploy: --config: wants a value"
	exits 64 "$LBL_TOP/contracts/bin/deploy" --config c --rpc u 2>err
	says err "deploy: --out is missing"
	exits 64 deploy --keystore k 2>err
	says err "deploy: --keystore and --password-file go together"
	exits 74 deploy --config nowhere 2>err
	echo "{" >c.json
	exits 65 deploy --config c.json 2>err
	jq "del(.arbiter)" "$CONFIG" >c.json
	exits 65 deploy --config c.json 2>err
	says err "deploy: config: arbiter: is missing"
	jq ".admin = 1" "$CONFIG" >c.json
	exits 65 deploy --config c.json 2>err
	says err "deploy: config: admin: unknown"
	jq ".pool.params.rule.rat = 1" "$CONFIG" >c.json
	exits 65 deploy --config c.json 2>err
	says err "deploy: config: pool.params.rule.rat: unknown"
	jq ".pool.params.rule.rate = 1.5" "$CONFIG" >c.json
	exits 65 deploy --config c.json 2>err
	says err "deploy: config: pool.params.rule.rate: want a whole number"
	jq ".posters = [\"0x70997970C51812dc3A010C7d01b50e0d17dc79c8\"]" "$CONFIG" >c.json
	exits 65 deploy --config c.json 2>err
	says err "deploy: config: posters[0]: wrong checksum"
	exits 69 deploy --rpc http://127.0.0.1:1 2>err
	[ "$(height)" -eq 0 ]
	[ ! -e d.json ]
'

t 'a deployer that runs out of money stops half-way, and later goes on' '
	rpc anvil_setBalance "[\"$DEPLOYER\",\"0x2386f26fc10000\"]" >log
	exits 69 deploy 2>err
	[ ! -e d.json ]
	[ "$(height)" -gt 0 ]
	[ "$(height)" -lt 8 ]
	rpc anvil_setBalance "[\"$DEPLOYER\",\"0x21e19e0c9bab2400000\"]" >log
	exits 0 deploy 2>err
	[ "$(height)" -eq 9 ]
	cp d.json half.json
'

rpc evm_revert "[\"$(cat snapshot)\"]" >log
rpc evm_snapshot '[]' >snapshot
rm -f d.json

t 'everything is deployed, by nine transactions' '
	exits 0 deploy 2>err
	[ "$(height)" -eq 9 ]
	# where the interrupted one put it
	same half.json d.json
	holds d.json ".[0] | .kind == \"deployment\" and .chain_id == 31337 and .block == 1 and .params_version == 1"
	[ "$(jq -r .genesis d.json)" = "$(curl -s --noproxy "*" -H "content-type: application/json" \
		-d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBlockByNumber\",\"params\":[\"0x0\",false]}" "$NODE" |
		jq -r .result.hash)" ]
'

t 'the code hashes are those of the code that is there' '
	for k in timelock token registry adapter pool claims governor; do
		rpc eth_getCode "[\"$(at $k)\",\"latest\"]" >code
		[ "$(wc -c <code)" -gt 100 ]
		[ "$("$tool" cast keccak "$(cat code)")" = "$(jq -r ".contracts.$k.code_hash" d.json)" ]
	done
'

t 'all is the timelock'"'"'s, which the governor alone can tell what to do' '
	for k in registry adapter pool claims; do
		[ "$(view $k "owner()(address)")" = "$(at timelock)" ]
		[ "$(view $k "pendingOwner()(address)")" = 0x0000000000000000000000000000000000000000 ]
	done
	for role in PROPOSER_ROLE CANCELLER_ROLE; do
		id=$("$tool" cast keccak $role)
		[ "$(view timelock "hasRole(bytes32,address)(bool)" $id "$(at governor)")" = true ]
		[ "$(view timelock "hasRole(bytes32,address)(bool)" $id $DEPLOYER)" = false ]
	done
	zero=0x$(printf %064d 0)
	[ "$(view timelock "hasRole(bytes32,address)(bool)" $zero $DEPLOYER)" = false ]
	[ "$(view timelock "hasRole(bytes32,address)(bool)" $zero "$(at timelock)")" = true ]
	[ "$(view timelock "getMinDelay()(uint256)")" = 172800 ]
	if "$tool" cast send --rpc-url "$NODE" --unlocked --from $DEPLOYER "$(at timelock)" \
		"schedule(address,uint256,bytes,bytes32,bytes32,uint256)" "$(at pool)" 0 0x $zero $zero 172800 >log 2>&1; then
		exit 1
	fi
'

t 'the roles are those of the config' '
	for k in pool claims; do
		[ "$(view $k "posts(address)(bool)" $POSTER)" = true ]
		[ "$(view $k "posts(address)(bool)" $DEPLOYER)" = false ]
		[ "$(view $k "audits(address)(bool)" 0x90F79bf6EB2c4f870365E785982E1f101E93b906)" = true ]
		[ "$(view $k "quorum()(uint8)")" = 2 ]
		[ "$(view $k "guardian()(address)")" = 0x976EA74026E726554dB657fA54763abd0C3a0aa9 ]
	done
	[ "$(view pool "arbiter()(address)")" = 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC ]
	[ "$(view pool "bond()(uint256)")" = 1000000000000000000 ]
	[ "$(view pool "token()(address)")" = "$(at token)" ]
	[ "$(view registry "enabled(address)(bool)" "$(at adapter)")" = true ]
	[ "$(view adapter "attests(address)(bool)" 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65)" = true ]
	[ "$(view token "balanceOf(address)(uint256)" $DEPLOYER)" = 1000000000000000000000000 ]
	[ "$(view governor "votingPeriod()(uint256)")" = 50 ]
'

t 'a second time nothing is sent and nothing is written' '
	cp d.json before
	height >heights
	exits 0 deploy 2>err
	empty err
	same before d.json
	# nor without the file: it is found again, and written as it was
	rm d.json
	exits 0 deploy 2>err
	empty err
	same before d.json
	# the same config in another layout
	jq -c . "$CONFIG" >c.json
	exits 0 deploy --config c.json
	[ "$(height)" = "$(cat heights)" ]
'

t 'the deployment file of another config or chain is left alone' '
	cp d.json before
	jq ".quorum = 1" "$CONFIG" >c.json
	exits 78 deploy --config c.json 2>err
	has err "d.json: config is 0x"
	jq ".genesis = \"0x00\"" before >d.json
	exits 78 deploy 2>err
	has err "d.json: genesis is 0x00"
	jq ".contracts.pool.address = .contracts.token.address" before >d.json
	exits 78 deploy 2>err
	has err "has other code on this chain"
	cp before d.json
'

t 'a given token is taken' '
	jq --arg t "$(at token)" ".token = {address: \$t}" "$CONFIG" >c.json
	exits 0 "$LBL_TOP/contracts/bin/deploy" --config c.json --rpc "$NODE" --out given.json 2>err
	[ "$(jq -r .contracts.token.address given.json)" = "$(at token)" ]
	[ "$(jq -r .contracts.pool.address given.json)" != "$(at pool)" ]
	jq ".token = {address: \"0x00000000000000000000000000000000000ccccc\"}" "$CONFIG" >c.json
	exits 65 "$LBL_TOP/contracts/bin/deploy" --config c.json --rpc "$NODE" --out none.json 2>err
	has err "config: token.address"
'

t 'with a keystore' '
	cp "$LBL_TOP/examples/demo/payer.json" key.json
	echo demo >password.txt
	rpc evm_snapshot "[]" >here
	jq ".space = \"another\"" "$CONFIG" >c.json
	exits 0 "$LBL_TOP/contracts/bin/deploy" --config c.json --rpc "$NODE" --out other.json \
		--keystore key.json --password-file password.txt 2>err
	[ -s other.json ]
	jq ".deployer = \"$POSTER\"" "$CONFIG" >c.json
	exits 65 "$LBL_TOP/contracts/bin/deploy" --config c.json --rpc "$NODE" --out none.json \
		--keystore key.json --password-file password.txt 2>err
	has err "the keystore"
	rpc evm_revert "[\"$(cat here)\"]" >log
'

t 'a parameter is changed by governance, from proposal to execution' '
	exits 65 govern pool setParams rate=20000 2>err
	has err "see --delegate"
	exits 65 govern pool setParams rat=20000 2>err
	has err "rat: no such parameter"
	# one step at a time, as it is where a day is a day
	exits 75 govern --delegate pool setParams rate=20000 2>err
	has err "proposed: pool setParams rate=20000"
	has err "the vote begins at block"
	rpc anvil_mine "[\"0x4\"]" >log
	exits 75 govern pool setParams rate=20000 2>err
	has err "voted for it"
	rpc anvil_mine "[\"0x40\"]" >log
	exits 75 govern pool setParams rate=20000 2>err
	has err "it can be executed"
	[ "$(view pool "version()(uint32)")" = 1 ]
	rpc evm_increaseTime "[172800]" >log
	rpc anvil_mine "[\"0x1\"]" >log
	exits 0 govern pool setParams rate=20000 2>err
	has err "executed"
	[ "$(view pool "version()(uint32)")" = 2 ]
	view pool "params(uint32)" 1 >old
	view pool "params(uint32)" 2 >new
	[ "$(cut -c 3-66 old)" = "$(printf %064x 10000)" ]
	[ "$(cut -c 3-66 new)" = "$(printf %064x 20000)" ]
	[ "$(cut -c 67- old)" = "$(cut -c 67- new)" ]
	# again: it is done
	height >before
	exits 0 govern pool setParams rate=20000 2>err
	[ "$(height)" = "$(cat before)" ]
'

t 'any other call, in one run on a development node; a lost vote is told' '
	exits 0 govern --dev pool "setQuorum(uint8)" 1 2>err
	[ "$(view pool "quorum()(uint8)")" = 1 ]
	[ "$(view claims "quorum()(uint8)")" = 2 ]
	exits 0 govern --dev claims setParams window=7200 rate=5 2>err
	[ "$(view claims "version()(uint32)")" = 2 ]
	exits 75 govern pool "setQuorum(uint8)" 0 2>err
	rpc anvil_mine "[\"0x40\"]" >log           # nobody votes
	exits 1 govern pool "setQuorum(uint8)" 0 2>err
	has err "the proposal is defeated"
'
finish
