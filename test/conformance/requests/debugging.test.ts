// Owns: what DEBUG=socketio-middleware* tells: each client from its handshake to its end, by its public id and without secrets.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { format } from 'node:util'
import debug from 'debug'
import { BaseNamespace } from '../../../lib/index.js'
import { ask, connectWebSocket, openPolling } from '../../support/engine-peer.js'
import { startServer } from '../../support/server.js'
import { mount, V09Peer } from '../../support/v09-peer.js'
import { becomes } from '../faces/peer.js'

function follow(t: TestContext): string[] {
  const lines: string[] = []
  debug.enable('socketio-middleware*')
  const { log } = debug
  debug.log = (...args: unknown[]) => lines.push(format(...args).replace(/^\S+Z socketio-middleware:/, ''))
  t.after(() => {
    debug.log = log
    debug.disable()
  })
  return lines
}

let publicId = ''

class Root extends BaseNamespace {
  override initialize() {
    publicId = this.socket.id
  }
  on_hello() {}
}

/** The lines of a client, without its id; all others are nobody's. */
function ofClient(lines: readonly string[]): string[] {
  assert.match(publicId, /^[\w-]{20}$/)
  return lines
    .filter((line) => line.includes(publicId))
    .map((line) => line.replace(/^.*?client /, '').replace(publicId, 'ID'))
}

test('a client of 0.9 is followed from its handshake to its end', async (t) => {
  const lines = follow(t)
  const server = await startServer(t, { '': Root, '/chat': class extends BaseNamespace {} })
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  await peer.get('xhr-polling', sid)
  await peer.post('xhr-polling', sid, '5:::{"name":"hello"}')
  await peer.post('xhr-polling', sid, '1::/chat')
  await peer.post('xhr-polling', sid, '0::')
  await becomes('its end', () => lines.some((line) => line.includes('has ended')))
  const followed = ofClient(lines)
  assert.match(followed[0] ?? '', /^ID: a client of Socket\.IO 0\.9 has come from 127\.0\.0\.1/)
  for (const line of [
    /^ID: attach xhr-polling, handshaken to attached/,
    /^ID: the namespace "" is open/,
    /^ID: the namespace "\/chat" is open/,
    /^ID: the namespace "\/chat" is ended, client namespace disconnect/,
    /^ID: has ended, client namespace disconnect/,
  ]) {
    assert.ok(
      followed.some((told) => line.test(told)),
      `${line} in ${followed.join('\n')}`,
    )
  }
  assert.ok(!lines.join('\n').includes(sid))
})

test('clients of 4 are followed by polling and by websocket, and no line holds a session id', async (t) => {
  const lines = follow(t)
  const { url } = await startServer(t, { '': Root })
  const polling = await openPolling(url)
  await polling.post('40')
  await polling.poll()
  await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${polling.sid}x`)
  await polling.post('41')
  await polling.post('1')
  await becomes('its end', () => lines.some((line) => line.includes('has ended')))
  assert.ok(ofClient(lines).some((line) => line.startsWith('ID: attach polling')))
  assert.ok(ofClient(lines).some((line) => line.startsWith('ID: the namespace "" is open')))
  assert.ok(!lines.join('\n').includes(polling.sid), lines.join('\n'))
  lines.length = 0
  const websocket = await connectWebSocket(t, url)
  websocket.websocket.close()
  await becomes('its end', () => lines.some((line) => line.includes('has ended')))
  assert.ok(ofClient(lines).some((line) => line.startsWith('ID: attach websocket')))
  assert.ok(ofClient(lines).some((line) => line.startsWith('ID: has ended, transport close')))
})

test('what is refused is told, and the reason', async (t) => {
  const lines = follow(t)
  t.mock.method(console, 'warn', () => {})
  const { url } = await startServer(t, {}, { authorize: () => false })
  await ask(`${url}${mount}/`)
  assert.ok(
    lines.some((line) => /refused .*403 "handshake unauthorized".*authorize/.test(line)),
    lines.join('\n'),
  )
})
