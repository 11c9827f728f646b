// usage: gas.js CONTRACTS URL
//
// Prints a figure a line: gas by the receipts of a development node. CONTRACTS is the folder contracts/. The crowd
// of a million is written into the registry's storage, for a million joins would take days.
'use strict'

const path = require('path')
const [top, url] = process.argv.slice(2).map((x, i) => (i === 0 ? path.resolve(x) : x))
const { Chain, artifact, build, cast } = require(path.join(top, 'bin/chain.js'))
const { keccak256 } = require(path.join(top, 'node_modules/js-sha3'))

const N = 1000
const ME = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const chain = new Chain(url, { from: ME })
const LOG = '0x' + '11'.repeat(32)

const word = (x) => BigInt(x).toString(16).padStart(64, '0')
const hash = (hex) => keccak256(Buffer.from(hex, 'hex'))
const node = (a, b) => hash(a < b ? a + b : b + a)

// a number that is the same in every run
let state = 1n
const random = (n) => {
  state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n)
  return Number((state >> 33n) % BigInt(n))
}

async function transact(to, data) {
  const tx = { from: ME, data, gas: '0x5f5e100' }
  if (to) tx.to = to
  const id = await chain.rpc('eth_sendTransaction', tx)
  let receipt = null
  while (receipt === null) receipt = await chain.rpc('eth_getTransactionReceipt', id)
  if (receipt.status !== '0x1') throw new Error(`transaction failed: ${data.slice(0, 10)} to ${to}`)
  return receipt
}
const gas = async (to, data) => Number((await transact(to, data)).gasUsed)

const PEERS = ['PlainToken', 'Disperse', 'Distributor']

async function make(name, signature = 'constructor()', ...args) {
  const tail = args.length ? cast('abi-encode', signature, '--', ...args).slice(2) : ''
  return (await transact(null, artifact(name, PEERS.includes(name) ? 'Peers' : name).bytecode + tail)).contractAddress
}

const selector = (signature) => keccak256(signature).slice(0, 8)
const list = (xs) => word(xs.length) + xs.join('')
const plainCall = (signature, ...words) => '0x' + selector(signature) + words.join('')

// words for workers first.. first + n - 1, of every tier and place on the line
function batch(first, n) {
  const all = new Map()
  for (let w = first; w < first + n; w++) {
    const said = (BigInt(300 + random(3000)) << 32n) | (BigInt(5500 + random(4500)) << 16n) | BigInt(400 + random(9600))
    const slot = w >> 2
    all.set(slot, (all.get(slot) || BigInt(slot) << 224n) | (said << BigInt(168 - 56 * (w & 3))))
  }
  return [...all.values()].map(word)
}

// the tree of RewardClaims: the root, and the proof of a leaf
function proofOf(leaves, k) {
  const proof = []
  let level = leaves
  for (; level.length > 1; k >>= 1) {
    if ((k ^ 1) < level.length) proof.push(level[k ^ 1])
    const up = []
    for (let i = 0; i < level.length; i += 2) up.push(i + 1 < level.length ? node(level[i], level[i + 1]) : level[i])
    level = up
  }
  return [level[0], proof]
}

function figure(name, value, unit, bound = null, peer = null, ratio = null) {
  const ok = bound === null ? true : value <= bound
  if (ratio !== null) ratio = Number(ratio.toFixed(3))
  console.log(JSON.stringify({ figure: `contracts.${name}`, value, unit, bound, ok, peer, ratio }))
}
const each = (g) => Math.ceil(g / N)

const rule = '(1000,6000,7500,8500,8000,10000,11500,500,8000,2000,10000,P,10000,F,10000)'
const MANY = 2n ** 39n - 1n

async function registryOf(workers) {
  const registry = await make('WorkerRegistry', 'constructor(address,bytes32)', ME, LOG)
  // pendingOwner and count share slot 1; the workers are slot 7
  await chain.rpc('anvil_setStorageAt', registry, '0x1', '0x' + word(BigInt(workers) << 160n))
  const got = await chain.call(registry, 'count()(uint32)')
  if (got !== String(workers)) throw new Error('the registry keeps its count elsewhere')
  return registry
}

async function seat(registry, index, account) {
  await chain.rpc('anvil_setStorageAt', registry, '0x' + hash(word(index) + word(7)), '0x' + word(account))
  const got = await chain.call(registry, 'ownerOf(uint32)(address)', String(index))
  if (BigInt(got) !== BigInt(account)) throw new Error('the registry keeps its workers elsewhere')
}

async function poolOf(token, registry) {
  const tuple = artifact('RewardPool').abi.find((f) => f.name === 'setParams').inputs[0]
  const type = (c) => (c.type === 'tuple' ? '(' + c.components.map(type).join(',') + ')' : c.type)
  const params = `(${rule.replace('P', '3').replace('F', '4000')},5000,${MANY},${2n ** 60n},86400,3600,86400)`
  const pool = await make('RewardPool', `constructor(address,address,address,uint256,${type(tuple)})`, ME, token,
    registry, '1', params)
  await transact(token, plainCall('transfer(address,uint256)', word(pool), word(10n ** 24n)))
  await transact(token, plainCall('approve(address,uint256)', word(pool), word(1)))
  await transact(pool, plainCall('deposit(uint256)', word(1)))
  await transact(pool, plainCall('setPoster(address,bool)', word(ME), word(1)))
  return pool
}

async function pay(pool, number) {
  const words = batch(1, N)
  const post = plainCall('post(uint64,bytes32,bytes32[])', word(number), LOG.slice(2), word(0x60), list(words))
  const settle = plainCall('settle(uint64,bytes32[])', word(number), word(0x40), list(words))
  const posted = await gas(pool, post)
  await chain.rpc('evm_increaseTime', 3601)
  return posted + (await gas(pool, settle))
}

// commits to group 121, of which the leaves are what quote says, and claims twice
async function claimsOf(token, registry) {
  const params = `(${rule.replace('P', '0').replace('F', '0')},${2n ** 63n},${2n ** 63n},86400,3600)`
  const types = '((uint40,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint8,uint16,uint16,' +
    'uint16),uint64,uint64,uint32,uint32)'
  const claims = await make('RewardClaims', `constructor(address,address,address,uint64,${types})`, ME, token, registry,
    '1000000000000', params)
  await transact(claims, plainCall('setPoster(address,bool)', word(ME), word(1)))
  await transact(token, plainCall('transfer(address,uint256)', word(claims), word(10n ** 26n)))
  return claims
}

async function commit(claims, group, words) {
  const data = plainCall('commit(uint32,bytes32,bytes32[])', word(group), LOG.slice(2), word(0x60), list(words))
  const used = await gas(claims, data)
  await chain.rpc('evm_increaseTime', 3601)
  await chain.rpc('anvil_mine', '0x1')
  return used
}

async function claim(claims, group, units, k) {
  // all the same: units of perfect work, which is 1.15 times the rate each
  const first = group * 8192
  const words = []
  for (let slot = first / 4; slot < first / 4 + 2048; slot++) {
    const said = (BigInt(units) << 32n) | (10000n << 16n) | 10000n
    words.push(word((BigInt(slot) << 224n) | said << 168n | said << 112n | said << 56n | said))
  }
  await commit(claims, group, words)
  const total = BigInt(units) * 1150n * 10n ** 12n
  const leaves = []
  for (let w = first; w < first + 8192; w++) leaves.push(hash(hash(word(w) + word(total))))
  const [, proof] = proofOf(leaves, k)
  return gas(claims, plainCall('claim(uint256,uint256,bytes32[])', word(first + k), word(total), word(0x60), list(proof)))
}

async function main() {
  build('src', 'test/peers')
  const token = await make('LabelToken', 'constructor(string,string,uint256,address,address)', 'Label', 'LBL',
    String(10n ** 27n), '0x' + '0'.repeat(40), ME)
  const plain = await make('PlainToken', 'constructor(uint256)', String(10n ** 27n))
  const registry = await registryOf(1000000)
  const account = (w) => '0x' + (0xacc000000000n + BigInt(w)).toString(16).padStart(40, '0')

  // ---- what others do

  const transfer = plainCall('transfer(address,uint256)', word(account(1)), word(10n ** 18n))
  figure('transfer.first', await gas(plain, transfer), 'gas a worker')
  const single = await gas(plain, transfer)
  figure('transfer', single, 'gas a worker')
  await gas(token, transfer)
  figure('transfer.votes', await gas(token, transfer), 'gas a worker')

  const disperse = await make('Disperse')
  await transact(plain, plainCall('approve(address,uint256)', word(disperse), word(10n ** 26n)))
  const to = []
  const values = []
  for (let w = 0; w < N; w++) {
    to.push(word(account(10000 + w)))
    values.push(word(10n ** 18n + BigInt(random(1e9))))
  }
  const many = plainCall('disperse(address,address[],uint256[])', word(plain), word(0x60), word(0x80 + 32 * N),
    list(to), list(values))
  figure('disperse.first', each(await gas(disperse, many)), 'gas a worker')
  const batched = each(await gas(disperse, many))
  figure('disperse', batched, 'gas a worker')

  const leaves = []
  for (let w = 0; w < N; w++) leaves.push(hash(word(w) + account(10000 + w).slice(2) + word(10n ** 18n)))
  const distributor = await make('Distributor', 'constructor(address,bytes32)', plain, '0x' + proofOf(leaves, 0)[0])
  await transact(plain, plainCall('transfer(address,uint256)', word(distributor), word(10n ** 21n)))
  let distributed
  for (const w of [5, 6]) {
    distributed = await gas(distributor, plainCall('claim(uint256,address,uint256,bytes32[])', word(w),
      word(account(10000 + w)), word(10n ** 18n), word(0x80), list(proofOf(leaves, w)[1])))
  }
  figure('distributor.claim', distributed, 'gas')

  // ---- the pool

  const pool = await poolOf(token, registry)
  const first = each(await pay(pool, 1))
  figure('pool.first', first, 'gas a worker', 6800)
  const later = each(await pay(pool, 2))
  figure('pool.later', later, 'gas a worker', 2500, 'single transfers', single / later)
  figure('pool.later.disperse', later, 'gas a worker', null, 'disperse', batched / later)
  const opened = await poolOf(token, registry)
  const slots = []
  for (let s = 0; s <= N / 4; s++) slots.push(word(s))
  await transact(opened, plainCall('open(uint256[])', word(0x20), list(slots)))
  figure('pool.opened', each(await pay(opened, 1)), 'gas a worker', 2500)

  // ---- claims

  const claims = await claimsOf(plain, registry)
  await commit(claims, 0, batch(4, N))
  const committed = each(await commit(claims, 0, batch(4, N)))
  figure('claims.commit', committed, 'gas a worker', 800, 'disperse', batched / committed)
  await seat(registry, 121 * 8192 + 7, account(7))
  figure('claims.claim.first', await claim(claims, 121, 1000, 7), 'gas')
  const again = await claim(claims, 121, 2000, 7)
  figure('claims.claim.again', again, 'gas', 63000, 'distributor, a thousand leaves', distributed / again)
  const voting = await claimsOf(token, registry)
  await claim(voting, 121, 1000, 7)
  figure('claims.claim.again.votes', await claim(voting, 121, 2000, 7), 'gas')
}

main().catch((e) => {
  process.stderr.write(`contracts: ${e.message}\n`)
  process.exitCode = 1
})
