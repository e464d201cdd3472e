// Owns: what becomes of a client of 0.9 while its connection is lost: hooks, counts, acks, kicks, its end.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, RoomsMixin, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { startServer } from '../../support/server.js'
import { rawClient, readUntil, until } from './raw.js'

async function chat(t: TestContext, options: Options = {}) {
  const seen: string[] = []
  let namespace: Chat | undefined
  class Chat extends RoomsMixin(BaseNamespace) {
    override initialize() {
      // oxlint-disable-next-line typescript/no-this-alias -- the test speaks through it.
      namespace = this
      seen.push('initialize')
    }
    override recv_suspend(reason: string) {
      seen.push(`suspend ${reason}, suspended ${this.socket.isSuspended}, connected ${this.socket.connected}`)
    }
    override recv_resume(request: IncomingMessage) {
      seen.push(`resume ${request.url?.includes('websocket')}, suspended ${this.socket.isSuspended}`)
    }
    override recv_disconnect(reason: string) {
      seen.push(`disconnect ${reason}`)
    }
    on_say(text: string) {
      return `said ${text}`
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { recovery: true, ...options })
  const client = rawClient(t, server)
  const first = await client.open()
  first.line.send('1::/chat')
  assert.deepEqual(await readUntil(first.line, '1::/chat'), ['1::', '1::/chat'])
  const lose = async (): Promise<void> => {
    first.line.abort()
    await until(() => server.io.stats().suspended === 1)
  }
  return { ...server, ...client, ...first, seen, lose, namespace: () => namespace as Chat }
}

test('a client that is lost and comes back keeps its namespace, and gets what it has missed', async (t) => {
  const { sid, lose, open, seen, namespace, io, line } = await chat(t)
  await namespace().join('lobby')
  namespace().emit('one')
  assert.equal(await line.frames.next(), '5::/chat:{"name":"one"}')
  await lose()
  namespace().emit('two')
  io.of('/chat').to('lobby').emit('three')
  assert.equal(namespace().recovered, false)
  assert.deepEqual(io.stats().byTransport.websocket, 0)
  assert.equal(io.stats().sockets, 1)
  assert.equal((await io.of('/chat').fetchSockets()).length, 1)
  const back = await open(`resume=${sid}&seen=1`)
  assert.notEqual(back.sid, sid)
  assert.deepEqual(await readUntil(back.line, '5::/chat:{"name":"three"}'), [
    '1::',
    '5::/chat:{"name":"two"}',
    '5::/chat:{"name":"three"}',
  ])
  assert.equal(namespace().recovered, true)
  back.line.send('5:7+:/chat:{"name":"say","args":["hello"]}')
  assert.equal(await back.line.frames.next(), '6::/chat:7+["said hello"]')
  assert.deepEqual(seen, [
    'initialize',
    'suspend transport close, suspended true, connected true',
    'resume true, suspended false',
  ])
  const { suspended, resumed, byTransport } = io.stats()
  assert.deepEqual({ suspended, resumed, websocket: byTransport.websocket }, { suspended: 0, resumed: 1, websocket: 1 })
})

test('what was written and not counted comes again; without a count it does not', async (t) => {
  for (const [count, missed] of [
    ['&seen=0', ['5::/chat:{"name":"one"}', '5::/chat:{"name":"two"}']],
    ['', ['5::/chat:{"name":"two"}']],
  ] as const) {
    const { sid, lose, open, namespace, line } = await chat(t)
    namespace().emit('one')
    await line.frames.next()
    await lose()
    namespace().emit('two')
    const back = await open(`resume=${sid}${count}`)
    assert.deepEqual(await readUntil(back.line, '5::/chat:{"name":"two"}'), ['1::', ...missed])
  }
})

test('a client that stays away ends once, after the duration', async (t) => {
  const clock = new FakeClock()
  const { lose, seen, io, sid, open } = await chat(t, { clock, recovery: { duration: 5_000 } })
  await lose()
  clock.advance(4_999)
  assert.equal(io.stats().suspended, 1)
  clock.advance(1)
  assert.deepEqual(seen.slice(2), ['disconnect transport close'])
  assert.deepEqual([io.stats().suspended, io.stats().sockets], [0, 0])
  const back = await open(`resume=${sid}&seen=0`)
  back.line.send('1::/chat')
  await readUntil(back.line, '1::/chat')
  assert.equal(seen.at(-1), 'initialize')
  assert.equal(io.stats().resumesRefused.unknown, 1)
})

test('a client that comes back before its loss was noticed takes over; what the old connection brings is dropped', async (t) => {
  const { sid, open, namespace, io, line, seen } = await chat(t)
  namespace().emit('one')
  await line.frames.next()
  const back = await open(`resume=${sid}&seen=1`)
  await readUntil(back.line, '1::')
  await line.closed()
  namespace().emit('two')
  assert.equal(await back.line.frames.next(), '5::/chat:{"name":"two"}')
  assert.equal(io.stats().resumed, 1)
  assert.equal(seen[1], 'suspend transport close, suspended true, connected true')
})

test('a kick while it is away ends it, and it is told so when it comes back', async (t) => {
  const { sid, lose, open, namespace, io, seen } = await chat(t)
  await lose()
  namespace().emit('last')
  namespace().socket.disconnect()
  assert.equal(seen.at(-1), 'disconnect server namespace disconnect')
  assert.equal(io.stats().sockets, 0)
  const back = await open(`resume=${sid}&seen=0`)
  assert.deepEqual(await readUntil(back.line, '0::'), ['1::', '5::/chat:{"name":"last"}', '0::'])
  await back.line.closed()
  // It was told: nothing is left of it.
  assert.equal(io.stats().suspended, 0)
  const again = await open(`resume=${sid}&seen=0`)
  await readUntil(again.line, '1::')
  assert.equal(io.stats().resumesRefused.unknown, 1)
})

test('what is kept past the bound ends a client that is away, and nobody hears of a limit', async (t) => {
  const { lose, namespace, io, seen } = await chat(t, { recovery: { maxBytes: 1_000 } })
  await lose()
  for (let n = 0; n < 100 && io.stats().suspended > 0; n++) namespace().emit('text', 'x'.repeat(50))
  assert.equal(io.stats().suspended, 0)
  assert.equal(seen.at(-1), 'disconnect transport close')
})

test('a client that may lack more than is kept is not kept when it is lost', async (t) => {
  const { line, namespace, io, seen } = await chat(t, { recovery: { maxBytes: 1_000 } })
  for (let n = 0; n < 40; n++) namespace().emit('text', 'x'.repeat(50))
  for (let n = 0; n < 40; n++) await line.frames.next()
  line.abort()
  await until(() => io.stats().sockets === 0)
  assert.equal(seen.at(-1), 'disconnect transport close')
})

test('at half of the bound a heartbeat asks for what the client has, and its answer makes room', async (t) => {
  const { line, namespace, io, lose } = await chat(t, { recovery: { maxBytes: 1_000 } })
  let frames = 0
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 4; n++) namespace().emit('text', 'x'.repeat(50))
    for (let left = 4; left > 0;) {
      const frame = await line.frames.next()
      if (frame === '2::') line.send('2::')
      else {
        left--
        frames++
      }
    }
    await line.settle()
  }
  assert.equal(frames, 40)
  await lose()
  assert.equal(io.stats().suspended, 1)
})

test('suspended clients are not asked for the acks of many', async (t) => {
  const { lose, io } = await chat(t)
  await lose()
  assert.deepEqual(await io.of('/chat').timeout(200).emitWithAck('asked'), [])
})

test('an ack that it owed comes after its return; one that is late times out', async (t) => {
  const { lose, open, sid, namespace } = await chat(t)
  const answer = namespace().emitWithAck('asked')
  const late = namespace().timeout(30).emitWithAck('late')
  await lose()
  await assert.rejects(late, { name: 'AckTimeoutError' })
  const back = await open(`resume=${sid}&seen=0`)
  const frames = await readUntil(back.line, '1::')
  const asked = await back.line.frames.next()
  const id = /^5:(\d+)\+:/.exec(asked)?.[1]
  assert.ok(id !== undefined, [...frames, asked].join())
  back.line.send(`6:::${id}+["answered"]`)
  assert.equal(await answer, 'answered')
})

test('io.close() ends clients that are away at once, drained or not', async (t) => {
  for (const closing of [{}, { drain: 10_000 }]) {
    const { lose, io, seen } = await chat(t)
    await lose()
    await io.close(closing)
    assert.equal(seen.at(-1), 'disconnect server shutting down')
    assert.equal(io.stats().suspended, 0)
  }
})

test('one that says goodbye is not kept', async (t) => {
  const { line, io, seen } = await chat(t)
  line.send('0::')
  await until(() => io.stats().sockets === 0)
  assert.deepEqual(seen.slice(1), ['disconnect client namespace disconnect'])
})

test('its request shows no session id and no count, in its URL or its query', async (t) => {
  const { open, namespace } = await chat(t)
  const other = await open('resume=secret-of-another&seen=5&room=lobby')
  other.line.send('1::/chat')
  await readUntil(other.line, '1::/chat')
  const { url, query } = namespace().environ
  assert.equal(/resume|seen|secret/.test(url), false, url)
  assert.deepEqual({ ...query, t: '1' }, { room: 'lobby', t: '1' })
})

test('three returns in a row, and one without anything sent', async (t) => {
  const { sid, lose, open, namespace, io } = await chat(t)
  await lose()
  let last = sid
  for (let n = 0; n < 3; n++) {
    const back = await open(`resume=${last}&seen=${n}`)
    await readUntil(back.line, '1::')
    namespace().emit('tick', n)
    assert.equal(await back.line.frames.next(), `5::/chat:{"name":"tick","args":[${n}]}`)
    back.line.abort()
    await until(() => io.stats().suspended === 1)
    last = back.sid
  }
  assert.equal(io.stats().resumed, 3)
})

test('a handshake that led to nothing leaves the older name good', async (t) => {
  const { sid, lose, open, peer, io } = await chat(t)
  await lose()
  await peer.request(`/socket.io/1/?resume=${sid}&seen=0&t=2`)
  const back = await open(`resume=${sid}&seen=0`)
  await readUntil(back.line, '1::')
  // Lost again before it has said anything: its page knows only the older name.
  back.line.abort()
  await until(() => io.stats().suspended === 1)
  const again = await open(`resume=${sid}&seen=0`)
  await readUntil(again.line, '1::')
  assert.equal(io.stats().resumed, 2)
})

test('the name that the page has stays good over a dozen connections that were of no use', async (t) => {
  const { sid, lose, open, io } = await chat(t)
  await lose()
  for (let n = 0; n < 12; n++) {
    const back = await open(`resume=${sid}&seen=0`)
    back.line.abort()
    await until(() => io.stats().resumed === n + 1 && io.stats().suspended === 1)
  }
})

const garbage: Record<string, [query: string, reason: 'malformed' | 'unknown' | 'missed' | 'ahead']> = {
  'an unknown name': ['resume=nobody&seen=0', 'unknown'],
  'no name': ['resume=&seen=0', 'malformed'],
  'a name that is too long': [`resume=${'x'.repeat(2_000)}&seen=0`, 'malformed'],
  'a count that is none': ['resume=SID&seen=one', 'malformed'],
  'a negative count': ['resume=SID&seen=-1', 'malformed'],
  'a count with a fraction': ['resume=SID&seen=0.5', 'malformed'],
  'a count past all numbers': [`resume=SID&seen=${'9'.repeat(40)}`, 'malformed'],
  'more than was sent': ['resume=SID&seen=99', 'ahead'],
}

for (const [what, [query, reason]] of Object.entries(garbage)) {
  test(`${what} makes a new client, and leaves the old one as it is`, async (t) => {
    const { sid, lose, open, namespace, io } = await chat(t)
    await lose()
    const old = namespace()
    const other = await open(query.replace('SID', sid))
    other.line.send('1::/chat')
    await readUntil(other.line, '1::/chat')
    assert.notEqual(namespace(), old)
    assert.equal(io.stats().resumesRefused[reason], 1)
    assert.equal(io.stats().suspended, 1)
    const back = await open(`resume=${sid}&seen=0`)
    await readUntil(back.line, '1::')
    assert.equal(io.stats().resumed, 1)
  })
}
