#!/usr/bin/env node
// twist URL FILE - a node that lies about calls: every answer to an eth_call that begins with a text of FILE (one a line)
// is one more than the truth. Prints its own URL. FILE is read for every request; a line is
//
//	TEXT[@TAG] [RESULT]
//
// TEXT being the selector of a function, "no receiver" for calls that have none, or another method; with @TAG only of those
// at that block;
// with RESULT that is the answer, or, behind a "!", the error.
'use strict'

const fs = require('fs')
const http = require('http')

const [, , url, file] = process.argv

const lies = () => fs.readFileSync(file, 'utf8').split('\n').filter((s) => s).map((line) => {
  const [, text, tag, result] = /^(no receiver|[^@ ]*)(?:@(\S*))?(?: (.*))?$/.exec(line)
  return { text, tag, result }
})
const isAbout = (q, text) => q.method !== 'eth_call' ? q.method === text : text === 'no receiver' ? !q.params[0].to
  : (q.params[0].data || q.params[0].input || '').startsWith(text)
const lieAbout = (q) => lies().find(({ text, tag }) => (!tag || q.params[1] === tag) && isAbout(q, text))

function twist(q, a) {
  const lie = lieAbout(q)
  if (!lie) return a
  const { jsonrpc, id } = a
  if (lie.result !== undefined) {
    return lie.result[0] === '!' ? { jsonrpc, id, error: JSON.parse(lie.result.slice(1)) } : { jsonrpc, id, result: lie.result }
  }
  if (!a.result) return a
  const last = '0x' + (BigInt('0x' + a.result.slice(2, 66)) + 1n).toString(16).padStart(64, '0')
  return { ...a, result: last + a.result.slice(66) }
}

http.createServer((req, res) => {
  let body = ''
  req.on('data', (d) => { body += d })
  req.on('end', async () => {
    const asked = JSON.parse(body)
    const headers = { 'content-type': 'application/json' }
    const told = await (await fetch(url, { method: 'POST', headers, body })).json()
    const all = [].concat(asked)
    const out = [].concat(told).map((a) => twist(all.find((q) => q.id === a.id), a))
    res.writeHead(200, headers)
    res.end(JSON.stringify(Array.isArray(told) ? out : out[0]))
  })
}).listen(0, '127.0.0.1', function () { process.stdout.write(`http://127.0.0.1:${this.address().port}\n`) })
