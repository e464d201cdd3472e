// Owns: clients of Socket.IO 3 and 4 that are in no namespace: how long their connection is kept.
// Elsewhere: handshakes that never open (handshake.test.ts), clients that ask for nothing (modern/idle.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, ConnectError, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { openPolling } from '../support/engine-peer.js'
import { generations, openBare, openIn, type NamespacePeer } from '../support/generations.js'
import { startServer } from '../support/server.js'
import { Gate, Queue } from '../support/wire-client.js'

const handshakeTimeout = 30_000

async function open(t: TestContext, options: Options = {}) {
  const clock = new FakeClock()
  const gate = new Gate()
  const seen = new Queue<string>()
  class Refusing extends BaseNamespace {
    override recv_connect() {
      throw new ConnectError('no')
    }
  }
  class Slow extends BaseNamespace {
    override async recv_connect() {
      seen.push('asked')
      await gate.opened
    }
  }
  class SlowRefusing extends BaseNamespace {
    override async recv_connect() {
      seen.push('asked')
      await gate.opened
      throw new ConnectError('no')
    }
  }
  class Open extends BaseNamespace {}
  const server = await startServer(
    t,
    { '': Open, '/open': Open, '/refusing': Refusing, '/slow': Slow, '/slow-refusing': SlowRefusing },
    { clock, handshakeTimeout, errorHandler: () => {}, ...options },
  )
  return { server, clock, gate, seen }
}

async function isKept(peer: NamespacePeer): Promise<boolean> {
  for (let turns = 0; turns < 20; turns++) await turn()
  await peer.settled()
  return peer.isOpen
}

test('a client that is refused everywhere is cut at handshakeTimeout, and has its place until then', async (t) => {
  const { server, clock } = await open(t, { maxSockets: 1 })
  const peer = await openBare(t, server, '4')
  for (const endpoint of ['/refusing', '/nowhere', '/refusing']) {
    peer.connect(endpoint)
    assert.equal(await peer.next(), `refused ${endpoint}`)
    clock.advance(handshakeTimeout / 4)
  }
  assert.ok(await isKept(peer))
  clock.advance(handshakeTimeout / 4)
  await peer.ended()
  await openIn(t, server, '4')
})

test('a polling client that is refused everywhere is cut at handshakeTimeout', async (t) => {
  const { server, clock } = await open(t)
  const peer = await openPolling(server.url, 4)
  await peer.post('40/refusing,')
  assert.match((await peer.poll()).body, /^44\/refusing,/)
  clock.advance(handshakeTimeout)
  await peer.ended()
})

test('a client that io.use refuses everywhere is cut at handshakeTimeout', async (t) => {
  const { server, clock } = await open(t)
  server.io.use((_socket, next) => {
    next(new Error('no'))
  })
  const peer = await openBare(t, server, '4')
  peer.connect('/open')
  assert.equal(await peer.next(), 'refused /open')
  clock.advance(handshakeTimeout)
  await peer.ended()
})

test('a client that is let in after refusals keeps its connection', async (t) => {
  const { server, clock } = await open(t)
  const peer = await openBare(t, server, '4')
  peer.connect('/refusing')
  assert.equal(await peer.next(), 'refused /refusing')
  await peer.enter('/open')
  clock.advance(2 * handshakeTimeout)
  assert.ok(await isKept(peer))
})

test('a client whose connect takes longer than handshakeTimeout is not cut while it waits, nor after it', async (t) => {
  const { server, clock, gate, seen } = await open(t)
  const peer = await openBare(t, server, '4')
  peer.connect('/slow')
  assert.equal(await seen.next(), 'asked')
  clock.advance(2 * handshakeTimeout)
  assert.ok(await isKept(peer))
  gate.open()
  assert.equal(await peer.next(), 'connected /slow')
  clock.advance(2 * handshakeTimeout)
  assert.ok(await isKept(peer))
})

test('a client whose connect takes longer than handshakeTimeout and is refused then is cut then', async (t) => {
  const { server, clock, gate, seen } = await open(t)
  const peer = await openBare(t, server, '4')
  peer.connect('/slow-refusing')
  assert.equal(await seen.next(), 'asked')
  clock.advance(2 * handshakeTimeout)
  assert.ok(await isKept(peer))
  gate.open()
  assert.deepEqual(
    (await peer.ended()).filter((line) => line.startsWith('connected')),
    [],
  )
  assert.ok(peer.frames.includes('44/slow-refusing,{"message":"no"}'), 'it is told before')
})

test('a client that has left its last namespace keeps its connection', async (t) => {
  const { server, clock } = await open(t)
  const peer = await openIn(t, server, '4')
  peer.leave('')
  await peer.settled()
  clock.advance(2 * handshakeTimeout)
  assert.ok(await isKept(peer))
  await peer.enter('/open')
})

for (const generation of ['0.9', '2'] as const) {
  test(`a client of ${generation} that is refused everywhere is in the global namespace, and keeps its connection`, async (t) => {
    const { server, clock } = await open(t, { heartbeatInterval: 59_000 })
    const peer = await openIn(t, server, generation)
    peer.connect('/refusing')
    assert.equal(await peer.next(), 'refused /refusing')
    clock.advance(handshakeTimeout + 1)
    assert.ok(await isKept(peer))
  })
}

for (const generation of generations) {
  test(`a client of ${generation} that is connecting when the server drains is let in first, and then let go`, async (t) => {
    const { server, gate, seen } = await open(t)
    const peer = await openIn(t, server, generation)
    peer.connect('/slow')
    assert.equal(await seen.next(), 'asked')
    const closed = server.io.close({ drain: 10_000 })
    assert.deepEqual(await peer.settled(), [])
    gate.open()
    assert.equal(await peer.next(), 'connected /slow')
    await peer.ended()
    await closed
  })

  test(`a client of ${generation} whose connect is refused while the server drains is told so, and then let go`, async (t) => {
    const { server, gate, seen } = await open(t)
    const peer = await openIn(t, server, generation)
    peer.connect('/slow-refusing')
    assert.equal(await seen.next(), 'asked')
    const closed = server.io.close({ drain: 10_000 })
    gate.open()
    assert.equal(await peer.next(), 'refused /slow-refusing')
    await peer.ended()
    await closed
  })

  test(`a client of ${generation} that is still connecting at the end of the drain is let go without an answer`, async (t) => {
    const { server, clock, seen } = await open(t, { closeTimeout: 60_000, pollingDuration: 20_000 })
    const peer = await openIn(t, server, generation)
    peer.connect('/slow')
    assert.equal(await seen.next(), 'asked')
    const closed = server.io.close({ drain: 10_000 })
    assert.deepEqual(await peer.settled(), [])
    clock.advance(10_000)
    assert.deepEqual(await peer.ended(), [])
    // recv_connect never settles: it is waited for as any step.
    clock.advance(60_000)
    await closed
  })
}

for (const generation of ['0.9', '2'] as const) {
  test(`io.use that refuses the global namespace of ${generation} ends the socket, which heard broadcasts until then`, async (t) => {
    const { server } = await open(t)
    server.io.use((_socket, next, { endpoint }) => {
      next(endpoint === '' ? new Error('no') : undefined)
    })
    const peer = await openIn(t, server, generation)
    server.io.sockets.emit('news', 1)
    assert.equal(await peer.next(), 'event  news [1]')
    peer.emit('', 'anything')
    await peer.ended()
    assert.deepEqual(await server.io.sockets.fetchSockets(), [])
  })
}
