// Owns: a client that ends as `limit exceeded` is logged, with the option whose bound it has passed.
// Elsewhere: the bounds themselves (bounds.test.ts, waiting-bytes.test.ts, modern/bounds.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { openPolling } from '../support/engine-peer.js'
import { openIn, type NamespacePeer } from '../support/generations.js'
import { within } from '../support/journal.js'
import { startServer, type TestServer } from '../support/server.js'
import { V09Peer } from '../support/v09-peer.js'
import { Gate } from '../support/wire-client.js'

class Busy extends BaseNamespace {
  static gate = new Gate()

  override async recv_connect() {
    await Busy.gate.opened
  }
  on_work() {
    return Busy.gate.opened
  }
  on_flood() {
    for (let count = 0; count < 20; count++) this.emit('drop', 'x'.repeat(100))
  }
}

interface Case {
  readonly option: string
  readonly options?: Options
  /** Passes the bound. */
  pass(t: TestContext, server: TestServer): Promise<unknown>
}

async function sends(t: TestContext, server: TestServer, generation: '0.9' | '4', ...frames: string[]): Promise<void> {
  const peer: NamespacePeer = await openIn(t, server, generation)
  peer.send(...frames)
  await within('its end', peer.closed)
}

const cases: Readonly<Record<string, Case>> = {
  'a message on a websocket of 0.9': {
    option: 'maxHttpBufferSize',
    pass: (t, server) => sends(t, server, '0.9', `3:::${'x'.repeat(2_000)}`),
  },
  'the body of a POST of 0.9': {
    option: 'maxHttpBufferSize',
    async pass(t, server) {
      const peer = new V09Peer(t, server)
      const { status } = await peer.post('xhr-polling', await peer.handshake(), `3:::${'x'.repeat(2_000)}`)
      assert.equal(status, 413)
    },
  },
  'JSON that is too deep': {
    option: 'maxJsonDepth',
    options: { maxJsonDepth: 5 },
    pass: (t, server) => sends(t, server, '4', `42["work",${'['.repeat(20)}${']'.repeat(20)}]`),
  },
  'packets in a payload': {
    option: 'maxPacketsPerPayload',
    options: { maxPacketsPerPayload: 3 },
    async pass(_t, server) {
      const peer = await openPolling(server.url)
      await peer.post(['40', '42["a"]', '42["b"]', '42["c"]', '42["d"]'].join('\x1e'))
    },
  },
  'the attachments of an event': {
    option: 'maxAttachments',
    pass: (t, server) => sends(t, server, '4', '4599-["work",{"_placeholder":true,"num":0}]'),
  },
  'what waits for its handlers': {
    option: 'maxQueuedEvents',
    options: { maxQueuedEvents: 2, maxPacketsPerPayload: 2, maxHttpBufferSize: 100_000 },
    pass: (t, server) => sends(t, server, '4', '40/busy,', ...Array.from({ length: 50 }, () => '42/busy,["work"]')),
  },
  'its auths': {
    option: 'maxHttpBufferSize',
    pass: (t, server) => {
      const connects = ['a', 'b', 'c', 'd', 'e'].map(
        (name) => `40/${name},${JSON.stringify({ token: 'x'.repeat(1_900) })}`,
      )
      return sends(t, server, '4', ...connects)
    },
    options: { maxHttpBufferSize: 2_000 },
  },
  'what waits until it is polled': {
    option: 'maxBufferedPackets',
    options: { maxBufferedPackets: 10 },
    async pass(t, server) {
      const peer = new V09Peer(t, server)
      const sid = await peer.handshake()
      await peer.get('xhr-polling', sid)
      await peer.post('xhr-polling', sid, '5:::{"name":"flood"}')
    },
  },
}

// A line of one kind is logged once a minute.
const now = performance.now.bind(performance)
let minutes = 0

for (const [what, { option, options, ...passing }] of Object.entries(cases)) {
  test(`${what}: the log names ${option}`, async (t) => {
    const lines: string[] = []
    minutes++
    t.mock.method(performance, 'now', () => now() + minutes * 60_001)
    t.mock.method(console, 'warn', (line: string) => lines.push(line))
    t.mock.method(console, 'error', () => {})
    Busy.gate = new Gate()
    const server = await startServer(
      t,
      {
        '': class extends Busy {},
        '/busy': Busy,
        '/a': BaseNamespace,
        '/b': BaseNamespace,
        '/c': BaseNamespace,
        '/d': BaseNamespace,
        '/e': BaseNamespace,
      },
      { maxHttpBufferSize: 1_000, ...options },
    )
    await passing.pass(t, server)
    const end = Date.now() + 5_000
    while (lines.length === 0 && Date.now() < end) await new Promise(setImmediate)
    Busy.gate.open()
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /^socketio-middleware: a client is disconnected, limit exceeded: /)
    assert.ok(lines[0]?.includes(option), lines[0])
  })
}
