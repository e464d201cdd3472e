// Owns: maxSockets and maxSocketsPerAddress, which count clients that come back as they count new ones.
// Elsewhere: maxSuspended (take-over.test.ts, test/faults/recovery/many-away.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { ask, startWebSocket } from '../../support/engine-peer.js'
import { generations, type Generation } from '../../support/generations.js'
import { Gate } from '../../support/wire-client.js'
import { comeBy, trustingServer, type AnyClient } from './any-wire.js'
import { until } from './raw.js'

async function start(t: TestContext, wire: Generation, options: Options, resume: () => unknown = () => undefined) {
  class Chat extends BaseNamespace {
    override recv_resume() {
      return resume()
    }
  }
  const server = await trustingServer(t, { '/chat': Chat }, { recovery: true, ...options })
  const { io, url } = server
  const come = (address: string, back?: { name: string }): Promise<AnyClient> =>
    comeBy(t, server, wire, { address, ...(back !== undefined && { back }) })
  return {
    io,
    url,
    come,
    /** So many of one address that are away. */
    away: async (count: number, address: string): Promise<AnyClient[]> => {
      const lost: AnyClient[] = []
      for (let each = 0; each < count; each++) {
        const client = await come(address)
        client.cut()
        await until(() => io.stats().suspended > each)
        lost.push(client)
      }
      return lost
    },
  }
}

const attached = ({ byTransport }: ReturnType<Awaited<ReturnType<typeof start>>['io']['stats']>): number =>
  byTransport.websocket

for (const wire of generations) {
  describe(`clients of ${wire} that come back`, () => {
    for (const [name, options] of [
      ['maxSocketsPerAddress', { maxSocketsPerAddress: 3 }],
      ['maxSockets', { maxSockets: 3 }],
    ] as const) {
      test(`are no more than ${name}, one by one or all at once`, async (t) => {
        const { io, come, away } = await start(t, wire, options)
        const lost = await away(8, '10.0.0.1')
        await Promise.allSettled(lost.slice(0, 5).map((client) => come('10.0.0.1', client)))
        assert.equal(attached(io.stats()), 3)
        await assert.rejects(come('10.0.0.1', lost[5]), /refused: 503/)
        await assert.rejects(come('10.0.0.1'), /refused: 503/)
        assert.equal(attached(io.stats()), 3)
      })
    }

    test('hold a place while their application is asked', async (t) => {
      const gate = new Gate()
      const { io, come, away } = await start(t, wire, { maxSocketsPerAddress: 2 }, () => gate.opened)
      const lost = await away(4, '10.0.0.1')
      const asked = lost.slice(0, 2).map((client) => come('10.0.0.1', client))
      await new Promise((resolve) => setTimeout(resolve, 100))
      await assert.rejects(come('10.0.0.1', lost[2]), /refused: 503/)
      await assert.rejects(come('10.0.0.1'), /refused: 503/)
      // Another address has its own.
      await come('10.0.0.2')
      gate.open()
      await Promise.all(asked)
      assert.equal(attached(io.stats()), 3)
    })

    test('give their place up when they are lost again, however often they come', async (t) => {
      const { io, come, away } = await start(t, wire, { maxSocketsPerAddress: 1 })
      const [lost] = await away(1, '10.0.0.1')
      let client = lost
      for (let round = 0; round < 5; round++) {
        client = await come('10.0.0.1', client)
        client.cut()
        await until(() => io.stats().suspended === 1)
      }
      // And one of another address takes none of this one.
      const other = await come('10.0.0.2', client)
      await come('10.0.0.1')
      await assert.rejects(come('10.0.0.2'), /refused: 503/)
      other.cut()
      await until(() => io.stats().suspended === 1)
      await come('10.0.0.2')
    })
  })
}

test('a session id for a client that comes back holds a place until it has expired', async (t) => {
  const clock = new FakeClock()
  const { url, come, away } = await start(t, '0.9', { maxSocketsPerAddress: 2, clock })
  const lost = await away(3, '10.0.0.1')
  const headers = { 'X-Forwarded-For': '10.0.0.1' }
  for (const { name } of lost.slice(0, 2)) {
    assert.equal((await ask(`${url}/socket.io/1/?resume=${name}&seen=0`, { headers })).status, 200)
  }
  await assert.rejects(come('10.0.0.1', lost[2]), /refused: 503/)
  clock.advance(60_000)
  await come('10.0.0.1', lost[2])
})

test('the session id of a client that has ended meanwhile gives its place up', async (t) => {
  const { io, url, come, away } = await start(t, '0.9', { maxSocketsPerAddress: 1 })
  const [lost] = await away(1, '10.0.0.1')
  const headers = { 'X-Forwarded-For': '10.0.0.1' }
  const { body } = await ask(`${url}/socket.io/1/?resume=${lost?.name}&seen=0`, { headers })
  await assert.rejects(come('10.0.0.1'), /refused: 503/)
  const [socket] = await io.of('/chat').fetchSockets()
  socket?.disconnect(true)
  await until(() => io.stats().sockets === 0)
  // It is told so by this, and that is all.
  const peer = startWebSocket(t, `${url}/socket.io/1/websocket/${body.split(':')[0]}`, headers)
  await peer.closed
  await come('10.0.0.1')
})
