// Owns: clients of 0.9 that come back by a handshake which another process has answered (the option handshakeSecret).
// Elsewhere: the tokens (test/unit/access/tokens.test.ts), a first handshake (test/cluster/tokens.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { ask, startWebSocket } from '../../support/engine-peer.js'
import { startServer, type TestServer } from '../../support/server.js'
import { notHandshaken } from '../../support/v09-peers.js'
import { until } from './raw.js'

const handshakeSecret = 'a secret that all processes share'

const say = (n: number): string => `5::/chat:{"name":"said","args":[${n}]}`

class Process {
  readonly #t: TestContext
  readonly server: TestServer
  connects = 0

  static async start(t: TestContext, options: Options = {}): Promise<Process> {
    let its: Process | undefined
    class Chat extends BaseNamespace {
      override recv_connect() {
        if (its !== undefined) its.connects++
      }
    }
    const server = await startServer(t, { '/chat': Chat }, { recovery: true, handshakeSecret, ...options })
    its = new Process(t, server)
    return its
  }

  constructor(t: TestContext, server: TestServer) {
    this.#t = t
    this.server = server
  }

  get io(): TestServer['io'] {
    return this.server.io
  }

  async handshake(query = ''): Promise<string> {
    const { status, body } = await ask(`${this.server.url}/socket.io/1/?t=1${query}`)
    assert.equal(status, 200, body)
    return body.split(':')[0] ?? ''
  }

  /** Opens a websocket by a session id: what came up to the first answer to a heartbeat. */
  async open(sid: string, query = '') {
    const { websocket, closed } = startWebSocket(this.#t, `${this.server.url}/socket.io/1/websocket/${sid}${query}`)
    const frames: string[] = []
    websocket.on('message', (data: Buffer) => frames.push(String(data)))
    const connect = async (): Promise<void> => {
      websocket.send('1::/chat')
      await until(() => frames.includes('1::/chat'))
    }
    await until(() => frames.length > 0)
    return {
      frames,
      closed,
      connect,
      lose: async (): Promise<void> => {
        const before = this.io.stats().suspended
        websocket.terminate()
        await until(() => this.io.stats().suspended > before)
      },
    }
  }

  /** A client in /chat that has missed an event. */
  async lost(): Promise<string> {
    const sid = await this.handshake()
    const client = await this.open(sid)
    await client.connect()
    await client.lose()
    this.io.of('/chat').emit('said', 1)
    return sid
  }
}

test('any process answers the handshake: the client goes on where it was, again and again', async (t) => {
  const [home, other] = [await Process.start(t), await Process.start(t)]
  let sid = await home.lost()
  for (let round = 1; round <= 4; round++) {
    const token = await other.handshake(`&resume=${sid}&seen=${round - 1}`)
    // It carries the session id before, which is a token as well, and does not grow for it.
    assert.equal(token.length, 78)
    assert.equal(token.includes(sid), false)
    const back = await home.open(token)
    await back.connect()
    assert.deepEqual(back.frames, ['1::', say(round), '1::/chat'])
    await back.lose()
    home.io.of('/chat').emit('said', round + 1)
    sid = token
  }
  assert.deepEqual([home.io.stats().resumed, home.connects, other.io.stats().sockets], [4, 1, 0])
})

test('what is counted is in the token: it says what is sent again', async (t) => {
  const [home, other] = [await Process.start(t), await Process.start(t)]
  const sid = await home.handshake()
  const client = await home.open(sid)
  await client.connect()
  for (const n of [1, 2, 3]) home.io.of('/chat').emit('said', n)
  await until(() => client.frames.includes(say(3)))
  await client.lose()
  const back = await home.open(await other.handshake(`&resume=${sid}&seen=1`))
  await back.connect()
  assert.deepEqual(back.frames, ['1::', say(2), say(3), '1::/chat'])
})

test('a client that comes to another process is a new one there, and comes back to that', async (t) => {
  const [home, other] = [await Process.start(t), await Process.start(t)]
  const sid = await home.lost()
  const token = await home.handshake(`&resume=${sid}&seen=7`)
  const fresh = await other.open(token)
  await fresh.connect()
  assert.deepEqual(fresh.frames, ['1::', '1::/chat'])
  assert.deepEqual([other.io.stats().resumesRefused.unknown, other.connects], [1, 1])
  assert.deepEqual([home.io.stats().suspended, home.io.stats().resumed], [1, 0])
  // Its page has counted before, and counts on.
  await fresh.lose()
  other.io.of('/chat').emit('said', 8)
  const back = await other.open(await home.handshake(`&resume=${token}&seen=7`))
  await back.connect()
  assert.deepEqual(back.frames, ['1::', say(8), '1::/chat'])
})

test('a client whose loss was not noticed is taken over by its token', async (t) => {
  const home = await Process.start(t)
  const sid = await home.handshake()
  const client = await home.open(sid)
  await client.connect()
  const back = await home.open(await home.handshake(`&resume=${sid}&seen=0`))
  await client.closed
  await back.connect()
  assert.deepEqual([home.connects, home.io.stats().resumed, home.io.stats().sockets], [1, 1, 1])
})

test('a poll by its token resumes as well', async (t) => {
  const home = await Process.start(t)
  const sid = await home.lost()
  const token = await home.handshake(`&resume=${sid}&seen=0`)
  const { body } = await ask(`${home.server.url}/socket.io/1/xhr-polling/${token}`)
  assert.deepEqual([body.includes(say(1)), home.io.stats().resumed], [true, 1])
})

test('a token is good once, and none with a character changed', async (t) => {
  const home = await Process.start(t)
  const sid = await home.lost()
  const token = await home.handshake(`&resume=${sid}&seen=0`)
  for (let at = 0; at < token.length; at++) {
    const other = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    const { body } = await ask(`${home.server.url}/socket.io/1/xhr-polling/${other}`)
    assert.equal(body, notHandshaken, `changed at ${at}`)
  }
  const back = await home.open(token)
  await back.lose()
  assert.deepEqual((await home.open(token)).frames, ['7:::1+0'])
  assert.equal(home.io.stats().resumed, 1)
})

const wrong: Readonly<Record<string, [query: (sid: string) => string, reason: 'unknown' | 'malformed' | 'ahead']>> = {
  'another name': [() => '&resume=another&seen=0', 'unknown'],
  'its name, cut off': [(sid) => `&resume=${sid.slice(1)}&seen=0`, 'unknown'],
  'no name': [() => '&resume=&seen=0', 'malformed'],
  'a name that is too long': [(sid) => `&resume=${sid.padEnd(600, 'x')}&seen=0`, 'malformed'],
  'a count that is too long': [(sid) => `&resume=${sid}&seen=${'9'.repeat(16)}`, 'malformed'],
  'a count that is none': [(sid) => `&resume=${sid}&seen=-1`, 'malformed'],
  'a count of what was never sent': [(sid) => `&resume=${sid}&seen=${'9'.repeat(15)}`, 'ahead'],
}
for (const [what, [query, reason]] of Object.entries(wrong)) {
  test(`${what} makes a new client, and is refused once`, async (t) => {
    const home = await Process.start(t)
    const sid = await home.lost()
    const token = await home.handshake(query(sid))
    assert.ok(token.length <= 78, token)
    const fresh = await home.open(token)
    await fresh.connect()
    assert.deepEqual(fresh.frames, ['1::', '1::/chat'])
    const none = { malformed: 0, unknown: 0, missed: 0, ahead: 0, check: 0, namespace: 0 }
    assert.deepEqual(home.io.stats().resumesRefused, { ...none, [reason]: 1 })
    assert.equal(home.io.stats().suspended, 1)
  })
}

test('check refuses it, and a client that has ended is unknown', async (t) => {
  const clock = new FakeClock()
  let isAllowed = false
  const home = await Process.start(t, { clock, recovery: { duration: 5_000, check: () => isAllowed } })
  const sid = await home.lost()
  const fresh = await home.open(await home.handshake(`&resume=${sid}&seen=0`))
  assert.deepEqual([fresh.frames, home.io.stats().resumesRefused.check], [['1::'], 1])
  isAllowed = true
  clock.advance(5_000)
  await home.open(await home.handshake(`&resume=${sid}&seen=0`))
  assert.deepEqual([home.io.stats().resumed, home.io.stats().resumesRefused.unknown], [0, 1])
})

test('without recovery a token carries nothing', async (t) => {
  const home = await Process.start(t, { recovery: false })
  assert.equal((await home.handshake('&resume=abc&seen=1')).length, 50)
})
