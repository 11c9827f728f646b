#!/usr/bin/env node
// twist URL FILE - a node that lies about calls: every answer to an eth_call that holds a text of FILE (one a line) is one
// more than the truth. Prints its own URL. FILE is read for every request; a text may be the selector of a function, or
// "no receiver" for calls that have none.
'use strict'

const fs = require('fs')
const http = require('http')

const [, , url, file] = process.argv

const texts = () => fs.readFileSync(file, 'utf8').split('\n').filter((s) => s)
const isTwisted = (q) => q.method === 'eth_call' && texts().some((s) =>
  s === 'no receiver' ? !q.params[0].to : (q.params[0].data || q.params[0].input || '').startsWith(s))

function twist(q, a) {
  if (!isTwisted(q) || !a.result) return a
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
