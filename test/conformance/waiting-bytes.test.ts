// Owns: how many bytes wait for a client's namespaces, or are held for it until its connect is accepted: past the bound
// reading stops, below it reading goes on.
// Elsewhere: how many packets (backpressure.test.ts, modern/backpressure.test.ts), what waits on the way out (slow-readers.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { clientFrame } from '../support/client-frame.js'
import { FakeClock } from '../support/clock.js'
import { ask, openPolling, payload } from '../support/engine-peer.js'
import { collectGarbage } from '../support/garbage.js'
import { generations, openIn, type Generation } from '../support/generations.js'
import { Journal, within } from '../support/journal.js'
import { startServer } from '../support/server.js'
import { numbers } from '../support/slow-namespace.js'
import { connectPeer, httpTransports } from '../support/v09-peers.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { Gate } from '../support/wire-client.js'
import { RawConnection } from '../faults/raw-connection.js'

const bound = 100_000
const ballast = 'x'.repeat(20_000)

/** Namespaces whose connect waits for one gate and whose handlers wait for another. */
async function open(t: TestContext, options: Options = {}) {
  const gates = { connect: new Gate(), work: new Gate() }
  const begun = new Journal<number>()
  const asked = new Journal<string>()
  const ends = new Journal<string>()
  class Slow extends BaseNamespace {
    override async recv_connect() {
      asked.note(this.nsName)
      await gates.connect.opened
    }
    async on_work(number: number) {
      begun.note(number)
      await gates.work.opened
    }
    override recv_disconnect(reason: string) {
      ends.note(reason)
    }
  }
  class Root extends BaseNamespace {
    on_work(number: number) {
      begun.note(number)
      return gates.work.opened
    }
    override recv_disconnect(reason: string) {
      ends.note(reason)
    }
  }
  const clock = new FakeClock()
  const server = await startServer(
    t,
    { '': Root, '/a': Slow, '/b': Slow, '/c': Slow },
    { clock, maxQueuedBytes: bound, pingTimeout: 20_000, heartbeatInterval: 59_000, ...options },
  )
  const connections: Socket[] = []
  server.server.on('connection', (connection: Socket) => connections.push(connection))
  return { server, clock, gates, begun, asked, ends, connections }
}

async function pauseOf(connection: Socket): Promise<void> {
  if (!connection.isPaused()) await within('a pause', once(connection, 'pause'))
}

async function idle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn()
}

for (const generation of generations) {
  describe(`a websocket of ${generation}`, () => {
    test('is paused when more than maxQueuedBytes wait for its connect, and all arrives in order', async (t) => {
      const { server, gates, begun, asked, connections } = await open(t)
      gates.work.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      const count = 500
      peer.connect('/a')
      for (const number of numbers(count)) peer.emit('/a', 'work', number, ballast)
      await asked.until(1)
      await pauseOf(connection)
      await idle()
      assert.ok(connection.bytesRead < 2_000_000, `${connection.bytesRead} bytes were read`)
      assert.deepEqual(begun.entries, [])
      gates.connect.open()
      assert.equal(await peer.next(), 'connected /a')
      assert.deepEqual(await begun.until(count), numbers(count))
      assert.equal(connection.isPaused(), false)
    })

    test('is paused when more than maxQueuedBytes wait behind a handler, and read on when half of them are done', async (t) => {
      const { server, gates, begun, connections } = await open(t)
      gates.connect.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      await peer.enter('/a')
      for (let round = 0; round < 3; round++) {
        gates.work = new Gate()
        begun.entries.length = 0
        for (const number of numbers(200)) peer.emit('/a', 'work', number, ballast)
        await pauseOf(connection)
        assert.deepEqual(begun.entries, [0])
        gates.work.open()
        assert.deepEqual(await begun.until(200), numbers(200))
        await peer.settled()
        assert.equal(connection.isPaused(), false, `in round ${round}`)
      }
    })

    test('may have as much waiting as the bound says, without a pause', async (t) => {
      const { server, asked, gates, begun, connections } = await open(t)
      gates.work.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      peer.connect('/a')
      for (const number of numbers(4)) peer.emit('/a', 'work', number, ballast)
      await asked.until(1)
      await peer.settled()
      assert.equal(connection.isPaused(), false)
      peer.emit('/a', 'work', 4, ballast)
      await pauseOf(connection)
      gates.connect.open()
      assert.deepEqual(await begun.until(5), numbers(5))
    })

    test('is paused when its namespaces together have too much waiting', async (t) => {
      const { server, asked, gates, begun, connections } = await open(t)
      gates.work.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      for (const endpoint of ['/a', '/b', '/c']) peer.connect(endpoint)
      await asked.until(3)
      for (const endpoint of ['/a', '/b', '/c']) {
        for (const number of numbers(2)) peer.emit(endpoint, 'work', number, ballast)
      }
      await pauseOf(connection)
      gates.connect.open()
      await begun.until(6)
      await peer.settled()
      assert.equal(connection.isPaused(), false)
    })

    test('may send one packet that is larger than the bound', async (t) => {
      const { server, asked, gates, begun } = await open(t, { maxQueuedBytes: 1_000 })
      gates.work.open()
      const peer = await openIn(t, server, generation)
      peer.connect('/a')
      peer.emit('/a', 'work', 0, ballast)
      await asked.until(1)
      gates.connect.open()
      assert.deepEqual(await begun.until(1), [0])
      peer.emit('/a', 'work', 1, ballast)
      assert.deepEqual(await begun.until(2), [0, 1])
    })

    test('weighs nothing any more when its namespace has ended with much waiting', async (t) => {
      const { server, gates, begun, connections } = await open(t)
      gates.connect.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      for (let round = 0; round < 3; round++) {
        await peer.enter('/a')
        for (const number of numbers(8)) peer.emit('/a', 'work', number, ballast)
        await pauseOf(connection)
        server.io.of('/a').disconnectSockets()
        assert.equal(await peer.next(), 'left /a')
        await peer.settled()
        assert.equal(connection.isPaused(), false)
      }
      assert.deepEqual(begun.entries, [0, 0, 0])
    })

    test('is paused, not cut, when too many packets wait for a namespace that is coming back', async (t) => {
      const { server, gates, begun, connections, ends } = await open(t, {
        maxQueuedEvents: 10,
        maxQueuedBytes: 4_000_000,
      })
      gates.connect.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      await peer.enter('/a')
      peer.emit('/a', 'work', -1)
      await begun.until(1)
      peer.leave('/a')
      peer.connect('/a')
      const count = 300
      for (const number of numbers(count)) peer.emit('/a', 'work', number, ballast)
      await pauseOf(connection)
      await idle()
      assert.ok(connection.bytesRead < (count * ballast.length) / 2)
      gates.work.open()
      assert.equal(await peer.next(), 'connected /a')
      assert.deepEqual(await begun.until(count + 1), [-1, ...numbers(count)])
      await peer.settled()
      assert.equal(connection.isPaused(), false)
      assert.deepEqual(ends.entries, ['client namespace disconnect'])
    })

    test('is paused when too many bytes wait for a namespace that is coming back', async (t) => {
      const { server, gates, begun, connections } = await open(t)
      gates.connect.open()
      const peer = await openIn(t, server, generation)
      const connection = connections.at(-1) as Socket
      await peer.enter('/a')
      peer.emit('/a', 'work', -1)
      await begun.until(1)
      peer.leave('/a')
      peer.connect('/a')
      for (const number of numbers(200)) peer.emit('/a', 'work', number, ballast)
      await pauseOf(connection)
      gates.work.open()
      assert.deepEqual(await begun.until(201), [-1, ...numbers(200)])
      await peer.settled()
      assert.equal(connection.isPaused(), false)
    })

    for (const [how, send] of [
      ['its own packets', (namespace: BaseNamespace) => namespace.emit('flood', ballast)],
      ['broadcasts', (namespace: BaseNamespace) => namespace.server.of('/held').emit('flood', ballast)],
    ] as const) {
      test(`ends as limit exceeded when more bytes of ${how} are held for its connect than maxQueuedBytes`, async (t) => {
        const ends = new Journal<string>()
        const gate = new Gate()
        let sent = 0
        class Held extends BaseNamespace {
          override async recv_connect() {
            while (this.socket.connected && sent < 500) {
              send(this)
              sent++
            }
            await gate.opened
          }
          override recv_disconnect(reason: string) {
            ends.note(reason)
          }
        }
        const server = await startServer(t, { '/held': Held }, { maxQueuedBytes: bound })
        const peer = await openIn(t, server, generation)
        peer.connect('/held')
        assert.deepEqual(await peer.ended(), [])
        assert.ok(sent <= 6, `${sent} were held`)
        gate.open()
        assert.deepEqual(await ends.until(1), ['limit exceeded'])
      })
    }

    test('may have as much held as the bound says, which weighs nothing once it is sent', async (t) => {
      const gates = [new Gate(), new Gate(), new Gate()]
      let round = 0
      class Held extends BaseNamespace {
        override async recv_connect() {
          for (let sent = 0; sent < 4; sent++) this.emit('flood', ballast)
          await gates[round++]?.opened
        }
      }
      const server = await startServer(t, { '/held': Held }, { maxQueuedBytes: bound })
      const peer = await openIn(t, server, generation)
      for (const gate of gates) {
        peer.connect('/held')
        assert.deepEqual(await peer.settled(), [])
        gate.open()
        assert.equal(await peer.next(), 'connected /held')
        assert.equal((await peer.take(4)).length, 4)
        peer.leave('/held')
        await peer.settled()
      }
    })
  })
}

for (const transport of httpTransports) {
  test(`a POST over ${transport} that leaves more than maxQueuedBytes waiting is answered when there is room again`, async (t) => {
    const { server, gates, begun, asked } = await open(t)
    gates.work.open()
    const peer = await connectPeer(t, server, transport)
    await peer.send('1::/a')
    await asked.until(1)
    const work = (number: number): string => `5::/a:${JSON.stringify({ name: 'work', args: [number, ballast] })}`
    await peer.send(work(0), work(1), work(2), work(3))
    let isAnswered = false
    const answer = peer.raw.post(transport, peer.sid, work(4)).then(({ body }) => {
      isAnswered = true
      return body
    })
    await peer.raw.handshake()
    await idle()
    assert.equal(isAnswered, false)
    gates.connect.open()
    assert.equal(await answer, '1')
    assert.deepEqual(await begun.until(5), numbers(5))
    // It weighs nothing any more.
    await peer.send(work(5), work(6), work(7), work(8))
    assert.deepEqual(await begun.until(9), numbers(9))
  })
}

for (const revision of [3, 4] as const) {
  const work = (number: number): string => `42/a,${JSON.stringify(['work', number, ballast])}`

  test(`a POST of engine.io ${revision} that leaves more than maxQueuedBytes waiting is taken, and the next one late`, async (t) => {
    const { server, gates, begun, asked } = await open(t)
    gates.work.open()
    const peer = await openPolling(server.url, revision)
    await peer.post(payload(revision, ...(revision === 4 ? ['40'] : []), '40/a,'))
    await asked.until(1)
    assert.equal((await peer.post(payload(revision, ...numbers(6).map(work)))).body, 'ok')
    let isAnswered = false
    const answer = peer.post(payload(revision, work(6))).then(({ body }) => {
      isAnswered = true
      return body
    })
    await ask(`${server.url}/socket.io/1/`)
    await idle()
    assert.equal(isAnswered, false)
    gates.connect.open()
    assert.equal(await answer, 'ok')
    assert.deepEqual(await begun.until(7), numbers(7))
  })

  test(`a client of engine.io ${revision} that polls ends as limit exceeded when they are not handled within half of pingTimeout`, async (t) => {
    const { server, clock, gates, asked, ends } = await open(t, { maxHttpBufferSize: 200_000 })
    const peer = await openPolling(server.url, revision)
    await peer.post(payload(revision, ...(revision === 4 ? ['40'] : []), '40/a,'))
    await asked.until(1)
    await peer.post(payload(revision, ...numbers(6).map(work)))
    const late = peer.post(payload(revision, ...numbers(6).map(work))).catch(() => undefined)
    await ask(`${server.url}/socket.io/1/`)
    await idle()
    assert.equal(ends.entries.length, 0)
    for (let half = 0; half < 3 && ends.entries.length === 0; half++) {
      clock.advance(10_000)
      await idle()
      // Whatever is read on then is too much.
      await Promise.race([late, peer.post(payload(revision, ...numbers(6).map(work))).catch(() => undefined), idle()])
      gates.connect.open()
      await idle()
    }
    assert.ok(ends.entries.includes('limit exceeded'), JSON.stringify(ends.entries))
    await peer.ended()
  })
}

/** What this process keeps now. */
async function kept(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** A websocket that writes as fast as it is read, and is in '' of its server. */
async function writer(t: TestContext, server: { url: string; port: number }, generation: Generation) {
  const path =
    generation === '0.9'
      ? `${mount}/websocket/${await new V09Peer(t, server as never).handshake()}`
      : `/socket.io/?EIO=${generation === '2' ? 3 : 4}&transport=websocket`
  const connection = await RawConnection.open(t, server.port)
  connection.askUpgrade(path)
  await connection.until('101 ')
  return connection
}

for (const generation of generations) {
  test(`500 events of 900 kB for a connect of ${generation} that waits are not kept by default`, async (t) => {
    const { server, asked } = await open(t, { maxQueuedBytes: 4_000_000 })
    const connection = await writer(t, server, generation)
    const frame = clientFrame(
      generation === '0.9'
        ? `5::/a:{"name":"work","args":["${'x'.repeat(900_000)}"]}`
        : `42/a,["work","${'x'.repeat(900_000)}"]`,
    )
    connection.sendFrame(generation === '0.9' ? '1::/a' : '40/a,')
    await asked.until(1)
    const before = await kept()
    // The same bytes each time: only what the server makes of them is new.
    for (let sent = 0; sent < 500; sent++) connection.writeBytes(frame)
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setTimeout(resolve, 10))
    const grown = (await kept()) - before
    assert.ok(grown < 20_000_000, `${grown} bytes are kept`)
  })
}
