// Owns: how a namespace ends, by whomever: in which order, for which reason, and once.
// Elsewhere: overrides of disconnect that go wrong (cleanup.test.ts), clients that leave (leaving.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin, type DisconnectReason } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { startServer, type TestServer } from '../../support/server.js'
import { asking, event, joinClient, openClient, Queue, type WireClient } from '../../support/wire-client.js'

const seen = new Queue<string>()

/** Says what happens to it, in order. */
class Witness extends RoomsMixin(BaseNamespace) {
  async recv_connect() {
    await this.join('lobby')
    this.spawn(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      seen.push('job ended')
    })
  }

  recv_disconnect(reason: DisconnectReason) {
    seen.push(`recv_disconnect(${reason})`, `in lobby: ${this.rooms.has('lobby')}`)
    super.recv_disconnect(reason)
    seen.push('recv_disconnect is done')
  }

  disconnect(silent = false) {
    seen.push(`disconnect(${silent})`)
    super.disconnect(silent)
  }

  on_leave(silent: boolean) {
    this.disconnect(silent)
  }

  on_end(silent: boolean) {
    this.socket.disconnect(silent)
  }
}

/** What a Witness says when somebody else than itself ends it. */
const ending = (reason: DisconnectReason): string[] => [
  `recv_disconnect(${reason})`,
  'in lobby: true',
  'disconnect(true)',
  'recv_disconnect is done',
  'job ended',
]

type End = (client: WireClient, server: TestServer, clock: FakeClock) => unknown
const ends: Record<string, { reason: DisconnectReason; end: End; frames?: string[] }> = {
  'by a disconnect packet of the client': {
    reason: 'client namespace disconnect',
    end: (client) => client.send('0::/chat'),
  },
  'by the end of the socket, as the client says': {
    reason: 'client namespace disconnect',
    end: (client) => client.send('0::'),
    frames: ['0::'],
  },
  'by ?disconnect': {
    reason: 'client namespace disconnect',
    end: (client, { url }) => fetch(`${url}/socket.io/1//${client.sid}/?disconnect=1`),
    frames: ['0::'],
  },
  'by the loss of the transport': { reason: 'transport close', end: (client) => client.drop(), frames: [] },
  'by a heartbeat that is not answered': {
    reason: 'heartbeat timeout',
    end: async (client, _server, clock) => {
      clock.advance(25_001)
      assert.equal(await client.next(), '2::')
      clock.advance(60_001)
    },
    frames: [],
  },
  'by socket.disconnect()': {
    reason: 'server namespace disconnect',
    end: (client) => client.send(event('/chat', 'end', false)),
    frames: ['0::'],
  },
  'by socket.disconnect(true)': {
    reason: 'server namespace disconnect',
    end: (client) => client.send(event('/chat', 'end', true)),
    frames: [],
  },
  'by io.close()': { reason: 'server shutting down', end: (_client, { io }) => io.close(), frames: [] },
}

for (const [how, { reason, end, frames }] of Object.entries(ends)) {
  test(`a namespace ends in order and hears why once: ${how}`, async (t) => {
    const clock = new FakeClock()
    const server = await startServer(t, { '/chat': Witness }, { clock })
    const client = await joinClient(t, server, '/chat')
    await end(client, server, clock)
    assert.deepEqual(await seen.take(5), ending(reason))
    if (frames === undefined) assert.deepEqual(await client.settled(), [])
    else assert.deepEqual(await client.ended(), frames)
    server.io.of('/chat').to('lobby').emit('notice')
    assert.deepEqual(seen.takeAll(), [])
  })
}

test('disconnect tells the client, kills the jobs, leaves the rooms and removes the namespace', async (t) => {
  const namespaces = new Queue<string[]>()
  class Other extends BaseNamespace {
    on_list() {
      namespaces.push([...this.socket.namespaces.keys()])
    }
  }
  const server = await startServer(t, { '/chat': Witness, '/other': Other })
  const client = await joinClient(t, server, '/chat')
  await client.ask('1::/other')
  assert.equal(await client.ask(event('/chat', 'leave', false)), '0::/chat')
  assert.deepEqual(await seen.take(5), [
    'disconnect(false)',
    'recv_disconnect(server namespace disconnect)',
    'in lobby: true',
    'recv_disconnect is done',
    'job ended',
  ])
  client.send(event('/other', 'list'))
  assert.deepEqual(await namespaces.next(), ['/other'])
  server.io.of('/chat').to('lobby').emit('notice')
  server.io.of('/chat').emit('notice')
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(seen.takeAll(), [])
})

test('disconnect(true) does the same without a packet', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Witness }), '/chat')
  client.send(event('/chat', 'leave', true))
  assert.deepEqual(await client.settled(), [])
  assert.equal((await seen.take(5)).at(-1), 'job ended')
})

test('a namespace that has ended handles nothing, what waited for it included', async (t) => {
  const handled: string[] = []
  class Ending extends BaseNamespace {
    async on_end() {
      await new Promise(setImmediate)
      this.disconnect()
    }

    on_say(text: string) {
      handled.push(text)
      return text
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Ending }), '/chat')
  client.send(asking(1, '/chat', 'end'), asking(2, '/chat', 'say', 'waits'))
  assert.equal(await client.next(), '0::/chat')
  client.send(asking(3, '/chat', 'say', 'late'))
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(handled, [])
})

test('the global namespace that disconnects ends the socket, and all its namespaces', async (t) => {
  class Global extends BaseNamespace {
    on_end(silent: boolean) {
      this.disconnect(silent)
    }
  }
  const server = await startServer(t, { '': Global, '/chat': Witness })
  for (const silent of [false, true]) {
    const client = await joinClient(t, server, '/chat')
    client.send(event('', 'end', silent))
    assert.deepEqual(await client.ended(), silent ? [] : ['0::'])
    assert.deepEqual(await seen.take(5), ending('server namespace disconnect'))
  }
})

test('the last namespace that leaves does not end the socket', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Witness }), '/chat')
  assert.equal(await client.ask(event('/chat', 'leave', false)), '0::/chat')
  await seen.take(5)
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  client.drop()
  assert.deepEqual(await seen.take(5), ending('transport close'))
})

test('recv_disconnect that overrides without super is followed by disconnect(true)', async (t) => {
  class Forgetful extends Witness {
    recv_disconnect() {
      seen.push('overridden')
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Forgetful }), '/chat')
  client.send('0::/chat')
  assert.deepEqual(await seen.take(3), ['overridden', 'disconnect(true)', 'job ended'])
})

test('recv_disconnect is not subject to the ACL', async (t) => {
  class Closed extends Witness {
    getInitialAcl() {
      return ['recv_connect']
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Closed }), '/chat')
  client.send('0::/chat')
  assert.deepEqual(await seen.take(5), ending('client namespace disconnect'))
})

test('a namespace that nobody asked for hears nothing of the end', async (t) => {
  const server = await startServer(t, { '': Witness, '/chat': Witness })
  const client = await openClient(t, server)
  client.send('0::')
  assert.deepEqual(await client.ended(), ['0::'])
  assert.deepEqual(seen.takeAll(), [])
})
