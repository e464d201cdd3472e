// Owns: the session id is a secret: it is in no log, no error, nothing that a handler or another client sees.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { format } from 'node:util'
import { test, type TestContext } from 'node:test'
import debug from 'debug'
import { BaseNamespace, defaultErrorHandler, type Options } from '../../../lib/index.js'
import { connectWebSocket, openPolling } from '../../support/engine-peer.js'
import { faces, startServer } from '../../support/server.js'
import { ask, askUpgrade, openPeer, shakeHands, soon } from './peer.js'

/** What this package logs from here on, errors included. Others log URLs and payloads of theirs, engine.io above all. */
function ownLog(t: TestContext): string[] {
  const lines: string[] = []
  t.mock.method(console, 'error', (...args: unknown[]) => lines.push(format(...args)))
  const before = debug.log
  debug.log = function (this: debug.Debugger, ...args: unknown[]) {
    if (this.namespace.startsWith('socketio-middleware')) lines.push(format(...args))
  }
  debug.enable('*')
  t.after(() => {
    debug.disable()
    debug.log = before
  })
  return lines
}

for (const face of faces) {
  test(`the session id is in no line of a log and in no error, on ${face}`, async (t) => {
    const lines = ownLog(t)
    class Broken extends BaseNamespace {
      on_break() {
        lines.push(format('%o', [this.environ, this.socket.id, this.socket.environ]))
        throw new Error('broken')
      }
    }
    const errorHandler: Options['errorHandler'] = (...args) => {
      lines.push(format('%o', args.slice(1)))
      defaultErrorHandler(...args)
    }
    const options = { errorHandler, maxHttpBufferSize: 200, transports: ['websocket', 'xhr-polling'] as const }
    const { io, url } = await startServer(t, { '': Broken }, options, face)
    const sid = await shakeHands(url)
    const poll = `${url}/socket.io/1/xhr-polling/${sid}`
    const bodies = ['5:1+::{"name":"break"}', 'garbage', '\ufffd9\ufffdgarbage', '1::/ghost', '5:::{"name":""}']
    for (const body of bodies) lines.push((await ask(poll, { body })).body)
    lines.push((await ask(poll)).body)
    lines.push((await ask(`${url}/socket.io/1/nonsense/${sid}`)).body)
    lines.push((await ask(poll, { method: 'PUT' })).body)
    lines.push((await ask(poll, { headers: { Origin: 'https://elsewhere.example' } })).body)
    lines.push((await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`, { 'Sec-WebSocket-Key': 'x' })).body)
    const second = await shakeHands(url)
    const peer = await openPeer(t, url, second)
    peer.send('garbage')
    lines.push(await peer.frame())
    peer.send('5:::{"name":"break"}')
    lines.push(await peer.frame())
    peer.send(`3:::${'x'.repeat(300)}`)
    await soon('the end', peer.closed)
    lines.push((await ask(poll, { body: 'x'.repeat(300) })).body)
    await io.close()
    const text = lines.join('\n')
    for (const expected of ['handler_failed', 'invalid_packet', 'no_such_namespace', 'attach']) {
      assert.ok(text.includes(expected), `expected ${expected} in what was logged`)
    }
    for (const secret of [sid, second]) assert.equal(text.includes(secret), false)
  })
}

for (const face of faces) {
  test(`nothing that this package logs or shows names the session id of a token or of a newer client, on ${face}`, async (t) => {
    const shown = ownLog(t)
    class Broken extends BaseNamespace {
      on_break() {
        const { environ, socket } = this
        shown.push(format('%o', [environ, socket.id, socket.session, [...socket.namespaces.keys()]]))
        throw new Error('broken')
      }
    }
    const errorHandler: Options['errorHandler'] = (socket, ...rest) => {
      shown.push(format('%o', [socket?.environ, rest]))
      defaultErrorHandler(socket, ...rest)
    }
    const handshakeSecret = 'a secret of sixteen characters'
    const { io, url } = await startServer(t, { '': Broken }, { errorHandler, handshakeSecret }, face)

    const tokens = [await shakeHands(url), await shakeHands(url), await shakeHands(url)] as const
    const peer = await openPeer(t, url, tokens[0])
    peer.send('5:::{"name":"break"}')
    assert.match(await peer.frame(), /handler_failed/)
    const poll = `${url}/socket.io/1/xhr-polling/${tokens[1]}`
    await ask(poll)
    await ask(poll, { body: '5:::{"name":"break"}' })
    shown.push(JSON.stringify((await io.sockets.fetchSockets()).map(({ handshake }) => handshake)))
    const modern = await openPolling(url)
    await modern.post('40')
    await modern.post('42["break"]')
    shown.push((await modern.poll()).body)
    const line = await connectWebSocket(t, url)
    line.send('42["break"]', 'nonsense')
    shown.push(String(await line.rest()))
    await io.close({ drain: 50 })
    shown.push((await ask(poll)).body, (await modern.poll()).body)
    await ask(`${url}/socket.io/1/xhr-polling/${tokens[2]}`)

    const text = shown.join('\n')
    for (const expected of ['/socket.io/1/websocket/***', 'handler_failed', 'attached']) {
      assert.ok(text.includes(expected), `expected ${expected} in what was shown`)
    }
    for (const secret of [...tokens, modern.sid]) assert.equal(text.includes(secret), false, text)
  })
}

test('session ids have 120 random bits, public ids are others', async (t) => {
  const ids: string[] = []
  class Open extends BaseNamespace {
    on_id() {
      ids.push(this.socket.id)
      return this.socket.id
    }
  }
  const { url } = await startServer(t, { '': Open })
  const sid = await shakeHands(url)
  const peer = await openPeer(t, url, sid)
  peer.send('5:1+::{"name":"id"}')
  assert.equal(await peer.frame(), `6:::1+["${ids[0]}"]`)
  assert.match(sid, /^[\w-]{20}$/)
  assert.match(ids[0] ?? '', /^[\w-]{20}$/)
  assert.notEqual(ids[0], sid)
  const shaken = await Promise.all(Array.from({ length: 50 }, () => shakeHands(url)))
  assert.equal(new Set(shaken).size, 50)
})

test('what docs/proxies.md has nginx log is without session ids', async () => {
  const text = await readFile(new URL('../../../docs/proxies.md', import.meta.url), 'utf8')
  const [, map = ''] = /^map \$request_uri \$logged_uri \{\n([^}]*)\}/m.exec(text) ?? []
  const rules = [...map.matchAll(/"~([^"]+)" +([^;]+);/g)].map(([, pattern = '', to = '']) => ({ pattern, to }))
  assert.ok(rules.length > 0)
  // As nginx reads it: the first that matches.
  const logged = (uri: string): string => {
    for (const { pattern, to } of rules) {
      const match = new RegExp(pattern).exec(uri)
      if (match !== null) return to.replace('$front', match.groups?.['front'] ?? '')
    }
    return uri
  }
  const sid = 'uJPpo1fcH_I1QcbLE0LW'
  for (const [uri, expected] of [
    [`/socket.io/1/websocket/${sid}`, '/socket.io/1/websocket/***'],
    [`/app/socket.io/1/xhr-polling/${sid}?t=1`, '/app/socket.io/1/xhr-polling/***'],
    [`/socket.io/1//${sid}/?disconnect=1`, '/socket.io/1//***'],
    [`/socket.io/?EIO=4&transport=polling&sid=${sid}`, '/socket.io/'],
    [`/socket.io?EIO=4&transport=polling&sid=${sid}`, '/socket.io'],
    [`/app/socket.io?transport=polling&EIO=3&sid=${sid}`, '/app/socket.io'],
    ['/socket.iox?a=1', '/socket.iox?a=1'],
    ['/index.html', '/index.html'],
  ] as const) {
    assert.equal(logged(uri), expected)
  }
})
