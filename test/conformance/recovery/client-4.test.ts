// Owns: real clients of Socket.IO 4 that lose their connection and come back to the namespaces that they had.
// Elsewhere: what they send, as text (resume-wire.test.ts); clients of 0.9 and 2 (the files beside this one).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { besides, carriers, recordedClient, type Carrier, type RecordedSocket } from '../../support/client-4.js'
import { noting, startResuming, type Life } from '../../support/resuming-server.js'
import { Gate } from '../../support/wire-client.js'

/** Polls that are lost may come again: only a websocket's loss is noticed before the client is back. */
async function noticed(life: Life, carrier: Carrier, times = 1): Promise<void> {
  if (carrier === 'websocket') await life.has('suspended transport close', times)
}

/**
 * Waits until it is on its last transport. A websocket that breaks when the client has just paused its polling for it is noticed by
 * nobody before a ping is due, in engine.io-client of all versions.
 */
async function settled(client: RecordedSocket, carrier: Carrier): Promise<void> {
  if (carrier === 'upgrade') await client.upgraded()
}

for (const carrier of carriers) {
  describe(`a client of Socket.IO 4 by ${carrier}`, () => {
    test('is recovered, and has every event that it has missed, in order, behind its connect', async (t) => {
      const { io, life, line } = await startResuming(t)
      const client = recordedClient(t, line.url, { carrier })
      await client.until('connected')
      await settled(client, carrier)
      const { id } = client.socket
      io.of('/chat').emit('said', 1)
      await client.until('said 1')
      line.down()
      await client.until('disconnected')
      await noticed(life, carrier)
      for (let number = 2; number <= 20; number++) io.of('/chat').emit('said', number)
      line.mend()
      const missed = Array.from({ length: 19 }, (_, index) => `said ${index + 2}`)
      assert.deepEqual(await client.until('said 20'), ['recovered', ...missed])
      assert.equal(client.socket.id, id)
      io.of('/chat').emit('said', 21)
      assert.deepEqual(await client.until('said 21'), ['said 21'])
      assert.deepEqual(life.entries, ['connect', 'suspended transport close', 'resumed'])
    })

    test('is recovered though it has received no event', async (t) => {
      const { io, life, line } = await startResuming(t)
      const client = recordedClient(t, line.url, { carrier })
      await client.until('connected')
      await settled(client, carrier)
      line.down()
      await client.until('disconnected')
      await noticed(life, carrier)
      io.of('/chat').emit('said', 1)
      line.mend()
      assert.deepEqual(await client.until('said 1'), ['recovered', 'said 1'])
    })

    test('is recovered three times in a row, and nothing comes twice', async (t) => {
      const { io, life, line } = await startResuming(t)
      const client = recordedClient(t, line.url, { carrier })
      await client.until('connected')
      for (let round = 1; round <= 3; round++) {
        io.of('/chat').emit('said', `${round} before`)
        await client.until(`said ${round} before`)
        await settled(client, carrier)
        line.down()
        await client.until('disconnected')
        await noticed(life, carrier, round)
        io.of('/chat').emit('said', `${round} away`)
        line.mend()
        assert.deepEqual(await client.until(`said ${round} away`), ['recovered', `said ${round} away`])
      }
      io.of('/chat').emit('said', 'at the end')
      assert.deepEqual(await client.until('said at the end'), ['said at the end'])
    })

    test('is recovered before the server has noticed that it was gone', async (t) => {
      const { io, life, line } = await startResuming(t)
      const client = recordedClient(t, line.url, { carrier })
      await client.until('connected')
      await settled(client, carrier)
      io.of('/chat').emit('said', 1)
      await client.until('said 1')
      // On polling, a poll may just be on its way.
      for (; client.socket.connected; await sleep(5)) line.halfOpen()
      // It goes to the old connection, where nobody reads it.
      io.of('/chat').emit('said', 2)
      assert.deepEqual(await client.until('said 2'), ['disconnected', 'recovered', 'said 2'])
      io.of('/chat').emit('said', 3)
      await client.until('said 3')
      assert.equal(life.count('connect'), 1)
    })

    test('has the text at the end of a volatile event, and is recovered all the same', async (t) => {
      const { io, life, line } = await startResuming(t)
      const client = recordedClient(t, line.url, { carrier })
      await client.until('connected')
      io.of('/chat').emit('said', 1)
      await client.until('said 1')
      for (;;) {
        // On polling there may be no poll that waits just then.
        await sleep(20)
        io.of('/chat').volatile.emit('news', 'text')
        io.of('/chat').emit('said', 'then')
        if ((await client.until('said then')).includes('news text')) break
      }
      await settled(client, carrier)
      line.down()
      await client.until('disconnected')
      await noticed(life, carrier)
      io.of('/chat').volatile.emit('news', 'nobody')
      io.of('/chat').emit('said', 2)
      line.mend()
      assert.deepEqual(await client.until('said 2'), ['recovered', 'said 2'])
    })

    test('sends what was emitted while it was away after it is recovered, in order, once', async (t) => {
      const said: unknown[] = []
      const { life, line } = await startResuming(t, {}, (noted) => ({
        '/chat': class extends noting(noted) {
          on_say(value: unknown) {
            said.push(value)
            return 'said'
          }
        },
      }))
      const client = recordedClient(t, line.url, { carrier })
      await client.until('connected')
      await settled(client, carrier)
      line.down()
      await client.until('disconnected')
      await noticed(life, carrier)
      for (let number = 1; number <= 5; number++) client.socket.emit('say', number)
      const answer = client.socket.emitWithAck('say', 6)
      line.mend()
      assert.equal(await answer, 'said')
      assert.deepEqual(said, [1, 2, 3, 4, 5, 6])
    })
  })
}

test('two namespaces of one client are both recovered, each with its own events', async (t) => {
  const { io, life, line } = await startResuming(t, {}, (noted) => ({ '/a': noting(noted), '/b': noting(noted) }))
  const one = recordedClient(t, line.url, { endpoint: '/a' })
  const other = besides(one, '/b')
  await one.until('connected')
  await other.until('connected')
  assert.equal(one.socket.id, other.socket.id)
  line.down()
  await other.until('disconnected')
  await life.has('suspended transport close', 2)
  for (let number = 1; number <= 3; number++)
    for (const name of ['/a', '/b'] as const) io.of(name).emit('said', `${name} ${number}`)
  line.mend()
  for (const [name, client] of [
    ['/a', one],
    ['/b', other],
  ] as const) {
    const heard = (await client.until(`said ${name} 3`)).filter((entry) => entry !== 'disconnected')
    assert.deepEqual(heard, ['recovered', `said ${name} 1`, `said ${name} 2`, `said ${name} 3`])
  }
})

for (const carrier of carriers) {
  test(`a namespace that is not confirmed yet keeps no other one from being recovered, by ${carrier}`, async (t) => {
    const gate = new Gate()
    let asked = 0
    const { io, life, line } = await startResuming(t, {}, (noted) => ({
      '/slow': class extends noting(noted) {
        override recv_connect() {
          asked++
          return gate.opened
        }
      },
      '/b': noting(noted),
    }))
    const slow = recordedClient(t, line.url, { endpoint: '/slow', carrier })
    const other = besides(slow, '/b')
    await other.until('connected')
    await settled(slow, carrier)
    line.down()
    await other.until('disconnected')
    await noticed(life, carrier)
    io.of('/b').emit('said', 1)
    line.mend()
    assert.deepEqual(await other.until('said 1'), ['recovered', 'said 1'])
    gate.open()
    // Its connect was never confirmed: it has asked again.
    await slow.until('connected')
    io.of('/slow').emit('said', 2)
    await slow.until('said 2')
    assert.equal(asked, 2)
  })
}
