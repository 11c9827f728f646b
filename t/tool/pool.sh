# pool.sh - a real deployment for the tests of the pool; sourced behind payout.sh.
#
# The payer is the first account of the node, and both deployer and poster.  The second account (OTHER) is a poster too, the
# third the arbiter; the fourth and fifth are auditors, two of whom are a quorum.

OTHER=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
OTHER_KEY=0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d
ARBITER=0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC
ARBITER_KEY=0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a
AUDITOR1=0x90F79bf6EB2c4f870365E785982E1f101E93b906
AUDITOR1_KEY=0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6
AUDITOR2=0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65
AUDITOR2_KEY=0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a

# pool_deploy N [JQ] - deployment.json, its pool funded, both posters bonded, workers 1 to N registered.
# JQ changes the config; the window is a minute.
pool_deploy() {
	FOUNDRY_OUT=$LBL_BUILD/contracts/out FOUNDRY_CACHE_PATH=$LBL_BUILD/contracts/cache
	export FOUNDRY_OUT FOUNDRY_CACHE_PATH
	jq --arg payer "$PAYER" --arg other "$OTHER" '.posters = [$payer, $other] | .pool.params.window = 60 |
		.pool.params.rule.probation = 1 | '"${2:-.}" "$LBL_TOP/examples/deploy/local.json" >config.json &&
	"$LBL_TOP/contracts/bin/deploy" --config config.json --rpc "$NODE" --out deployment.json >deploy.log 2>&1 || return 1
	POOL=$(jq -r .contracts.pool.address deployment.json)
	TOKEN=$(jq -r .contracts.token.address deployment.json)
	REGISTRY=$(jq -r .contracts.registry.address deployment.json)
	tell_chain "$PAYER" "$TOKEN" 'transfer(address,uint256)' "$POOL" 100000000000000000000000
	tell_chain "$PAYER" "$TOKEN" 'transfer(address,uint256)' "$OTHER" 1000000000000000000
	for _who in "$PAYER" "$OTHER"; do
		tell_chain "$_who" "$TOKEN" 'approve(address,uint256)' "$POOL" 1000000000000000000
		tell_chain "$_who" "$POOL" 'deposit(uint256)' 1000000000000000000
	done
	pool_join 1 "$1"
}

# pool_join FIRST LAST - those workers are registered
pool_join() {
	for _first in $(seq "$1" 2000 "$2"); do
		_last=$((_first + 1999))
		join "$REGISTRY" "$_first" $((_last < $2 ? _last : $2)) >requests
		curl -s --noproxy '*' -H 'content-type: application/json' --data-binary @requests "$NODE" >>log
	done
}

# tell_chain FROM TO FUNCTION [ARG...] - a transaction of an account that the node holds
tell_chain() {
	_from=$1 _to=$2
	shift 2
	_data=$("$tool" cast calldata "$@") || return 1
	rpc eth_sendTransaction "[{\"from\":\"$_from\",\"to\":\"$_to\",\"data\":\"$_data\",\"gas\":\"0xf00000\"}]" >>log
}

# ask_chain TO FUNCTION [ARG...] - what a contract says, decoded
ask_chain() {
	_to=$1
	shift
	"$tool" cast call --rpc-url "$NODE" "$_to" "$@" | sed 's/ \[.*//'
}

# pass SECONDS - time goes by, and a block is mined
pass() {
	rpc evm_increaseTime "[$1]" >>log
	rpc evm_mine '[]' >>log
}

# settled - the number of the last settled batch
settled() {
	ask_chain "$POOL" 'account()(uint64,uint64,uint64,uint64)' | head -1
}

# credit I - what worker I can draw, in base units
credit() {
	ask_chain "$POOL" 'lane(uint32)(uint256,uint256,uint256,uint256)' "$1" | head -1
}
