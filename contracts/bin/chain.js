// What deploy and govern share: options, a node, and cast. No key passes through here: the node signs for an
// account that is unlocked there, or cast signs with a keystore whose password is in a file.
'use strict'

const { execFileSync } = require('child_process')
const fs = require('fs')
const path = require('path')

const tool = path.join(__dirname, 'tool')

// A failure that the user can read, and the exit status for it.
class Failure extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

// run NAME MAIN - runs it, and says in one line what went wrong
async function run(name, main) {
  try {
    process.exitCode = (await main()) || 0
  } catch (e) {
    if (!(e instanceof Failure)) throw e
    process.stderr.write(`${name}: ${e.message}\n`)
    process.exitCode = e.status
  }
}

// The options of argv, each with a value but for those in flags, and what follows them.
function options(argv, known, flags = []) {
  const got = {}
  let i = 0
  for (; i < argv.length && argv[i].startsWith('--'); i++) {
    const name = argv[i].slice(2)
    if (flags.includes(name)) got[name] = true
    else if (!known.includes(name)) throw new Failure(64, `${argv[i]}: unknown option`)
    else if (i + 1 === argv.length) throw new Failure(64, `${argv[i]}: wants a value`)
    else got[name] = argv[++i]
  }
  return [got, argv.slice(i)]
}

// cast ARG... - what cast prints, without the last newline
function cast(...args) {
  try {
    return execFileSync(tool, ['cast', ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  } catch (e) {
    const said = String(e.stderr || e.message).trim().split('\n').filter((l) => l !== '' && l !== 'Context:')
    throw new Failure(69, `cast ${args[0]}: ${said.slice(0, 2).join(' ')}`)
  }
}

let built = null

// build FOLDER... - what forge makes of the sources there; artifact() reads it
function build(...folders) {
  const root = path.dirname(__dirname)
  try {
    const env = { ...process.env, FOUNDRY_LINT_LINT_ON_BUILD: 'false' }
    execFileSync(tool, ['forge', 'build', ...folders], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (e) {
    throw new Failure(69, `cannot compile: ${String(e.stderr || e.message).trim().slice(0, 300)}`)
  }
  built = path.resolve(root, process.env.FOUNDRY_OUT || 'out')
}

// { abi, bytecode } of a contract, which is in a file of its own name unless another is given
function artifact(name, file = name) {
  if (built === null) build('src')
  const made = JSON.parse(fs.readFileSync(path.join(built, `${file}.sol`, `${name}.json`), 'utf8'))
  return { abi: made.abi, bytecode: made.bytecode.object }
}

class Chain {
  constructor(url, got) {
    this.url = url
    this.id = 0
    this.sent = 0
    this.from = got.from
    this.signing = got.keystore
      ? ['--keystore', got.keystore, '--password-file', got['password-file']]
      : ['--unlocked', '--from', got.from]
  }

  async rpc(method, ...params) {
    let answer
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++this.id, method, params }),
      })
      answer = await response.json()
    } catch (e) {
      throw new Failure(69, `${this.url}: ${(e.cause && e.cause.message) || e.message}`)
    }
    if (answer.error) {
      const e = new Failure(69, `${this.url}: ${method}: ${answer.error.message}`)
      e.data = answer.error.data
      throw e
    }
    return answer.result
  }

  // what a view function says, decoded: one value as text
  async call(to, signature, ...args) {
    const data = cast('calldata', signature.replace(/\)\(.*$/, ')'), ...args)
    const raw = await this.rpc('eth_call', { to, data }, 'latest')
    return cast('decode-abi', signature, raw).split('\n')[0].replace(/ \[.*\]$/, '')
  }

  code(address) {
    return this.rpc('eth_getCode', address, 'latest')
  }

  // sends a transaction and waits until it is in a block; its receipt
  send(to, data, what) {
    const text = cast('send', '--json', '--rpc-url', this.url, '--timeout', '120', ...this.signing, to, data)
    const receipt = JSON.parse(text)
    this.sent++
    if (receipt.status !== '0x1') throw new Failure(69, `${what}: transaction ${receipt.transactionHash} failed`)
    return receipt
  }
}

// the account of a keystore
function accountOf(keystore, passwordFile) {
  return cast('wallet', 'address', '--keystore', keystore, '--password-file', passwordFile)
}

module.exports = { Chain, Failure, accountOf, artifact, build, cast, options, run }
