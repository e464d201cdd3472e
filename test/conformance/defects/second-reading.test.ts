// Owns: what a second reading of the namespace side broke: bounds without weight, ends within each other, values that pass for
// something else.
// Elsewhere: the first reading's (ending.test.ts in ../../faults, waiting-bytes.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  BaseNamespace,
  BroadcastMixin,
  ConnectError,
  RoomsMixin,
  type Handler,
  type NamespaceClass,
} from '../../../lib/index.js'
import { collectGarbage } from '../../support/garbage.js'
import { openPolling } from '../../support/engine-peer.js'
import { generations, openBare, openIn } from '../../support/generations.js'
import { startServer } from '../../support/server.js'
import { event, Gate, joinClient, openClient, Queue } from '../../support/wire-client.js'

const large = 'x'.repeat(900_000)

for (const generation of ['0.9', '4'] as const) {
  describe(`a client of ${generation}`, () => {
    test('that connects to a hundred names in large packets leaves none of the packets behind', async (t) => {
      class Closed extends BaseNamespace {
        override recv_connect() {
          throw new ConnectError('no')
        }
      }
      const server = await startServer(t, new Map<RegExp, NamespaceClass>([[/^\/project-\d+$/, Closed]]))
      const peer = await openBare(t, server, generation)
      const connect = async (number: number): Promise<void> => {
        const name = `/project-${1_000_000_000 + number}`
        peer.send(generation === '4' ? `40${name},{"t":"${large}"}` : `1::${name}:?${large}`)
        await peer.until(`refused ${name}`)
      }
      for (let number = 0; number < 10; number++) await connect(number)
      await collectGarbage()
      const before = process.memoryUsage().heapUsed
      for (let number = 10; number < 60; number++) await connect(number)
      await collectGarbage()
      // Fifty of them would weigh 45 MB.
      assert.ok(process.memoryUsage().heapUsed - before < 10_000_000)
    })

    test('whose connects weigh more than may wait is not read until they are answered', async (t) => {
      const gate = new Gate()
      const asked: string[] = []
      class Slow extends BaseNamespace {
        override recv_connect() {
          asked.push(this.nsName)
          return gate.opened
        }
      }
      const declarations = new Map<RegExp, NamespaceClass>([[/^\/wait-\d+$/, Slow]])
      const server = await startServer(t, declarations, { maxQueuedBytes: 300_000 })
      const peer = await openBare(t, server, generation)
      const text = 'x'.repeat(100_000)
      for (let number = 0; number < 30; number++) {
        const name = `/wait-${number}`
        peer.send(generation === '4' ? `40${name},{"t":"${text}"}` : `1::${name}:?${text}`)
      }
      // Long enough for all of them to be read, if nothing stopped that.
      await new Promise((resolve) => setTimeout(resolve, 300))
      // The third passes the bound; what the connection has read by then comes as well.
      assert.ok(asked.length >= 3 && asked.length <= 5, String(asked.length))
      gate.open()
      await peer.until('connected /wait-29')
      assert.equal(asked.length, 30)
    })
  })
}

test('an ArrayBuffer weighs its bytes, and what is held goes on being bounded', async (t) => {
  const gate = new Gate()
  const ends = new Queue<string>()
  class Slow extends BaseNamespace {
    override async recv_connect() {
      this.emit('b', new ArrayBuffer(8))
      for (let count = 0; count < 10; count++) this.emit('c', Buffer.alloc(900_000))
      await gate.opened
    }
    override recv_disconnect(reason: string) {
      ends.push(reason)
    }
  }
  const server = await startServer(t, { '/slow': Slow })
  const peer = await openBare(t, server, '4')
  peer.connect('/slow')
  gate.open()
  assert.equal(await ends.next(), 'limit exceeded')
})

test('many that are full, and whose ends are told to the others, end one after the other', async (t) => {
  const count = 300
  const ends: string[] = []
  const done = new Gate()
  class Chat extends BroadcastMixin(BaseNamespace) {
    on_say(text: string) {
      this.broadcastEvent('said', text)
    }
    override recv_disconnect(reason: string) {
      ends.push(reason)
      this.broadcastEvent('left', this.socket.id)
      if (ends.length === count) done.open()
    }
  }
  const failures: string[] = []
  const server = await startServer(
    t,
    { '/chat': Chat },
    { maxBufferedPackets: 20, errorHandler: (_socket, _name, message) => failures.push(message) },
  )
  for (let number = 0; number < count; number++) {
    const peer = await openPolling(server.url)
    await peer.post('40/chat,')
  }
  for (let number = 0; number < 40; number++) server.io.of('/chat').emit('said', number)
  await done.opened
  assert.deepEqual([...new Set(ends)], ['limit exceeded'])
  assert.deepEqual(failures, [])
  assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
})

for (const generation of generations) {
  test(`a thenable that is a function refuses a client of ${generation}, as any other does`, async (t) => {
    class Odd extends BaseNamespace {
      override recv_connect() {
        const then = (_done: unknown, failed: Handler): void => {
          failed(new ConnectError('no'))
        }
        // oxlint-disable-next-line unicorn/no-thenable -- as query builders are
        return Object.assign(() => {}, { then })
      }
    }
    const peer = await openIn(t, await startServer(t, { '/odd': Odd }), generation)
    peer.connect('/odd')
    assert.equal(await peer.next(), 'refused /odd')
  })
}

test('a job that is spawned by the end of another one is not killed with it', { timeout: 10_000 }, async (t) => {
  const seen = new Queue<string>()
  class Restarting extends BaseNamespace {
    starts = 0
    on_go() {
      this.start()
      this.killLocalJobs()
      seen.push(`${this.starts} started`)
    }
    start(): void {
      this.starts++
      this.spawn(async (signal) => {
        signal.addEventListener('abort', () => {
          this.start()
        })
        await new Promise(() => {})
      })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Restarting }), '/chat')
  client.send(event('/chat', 'go'))
  assert.equal(await seen.next(), '2 started')
})

test('"/" of a client of 0.9 is no namespace that a pattern allows', async (t) => {
  const made: string[] = []
  class Any extends RoomsMixin(BaseNamespace) {
    override initialize() {
      made.push(this.nsName)
    }
  }
  const server = await startServer(t, new Map<string | RegExp, NamespaceClass>([[/^\/.*$/, Any]]))
  const client = await openClient(t, server)
  assert.match(await client.ask('1::/'), /no_such_namespace/)
  assert.equal(await client.ask('1::/x'), '1::/x')
  assert.deepEqual(made, ['/x'])
})

test('a value of jsonParse whose getters throw is an invalid packet', async (t) => {
  class Chat extends BaseNamespace {
    on_echo(text: string) {
      return text
    }
  }
  const jsonParse = (text: string): unknown => {
    const value: unknown = JSON.parse(text)
    if (!text.includes('trap')) return value
    return Object.defineProperty({}, 'name', {
      get() {
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what an application may throw
        throw 'a text'
      },
    })
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }, { jsonParse }), '/chat')
  assert.match(await client.ask('5::/chat:{"name":"trap"}'), /invalid_packet/)
  assert.equal(
    await client.ask('5:1+::{"name":"none"}'),
    '5:::{"name":"error","args":["no_such_method","The method \\"on_none\\" was not found"]}',
  )
})

test('io.use() sends nothing of a function that was meant for a callback', async (t) => {
  const server = await startServer(t, { '/chat': BaseNamespace })
  server.io.use((_socket, next) => {
    next((() => 'secret') as never)
  })
  const peer = await openBare(t, server, '4')
  peer.connect('/chat')
  await peer.until('refused /chat')
  assert.equal(peer.frames.at(-1), '44/chat,{"message":"connection refused"}')
})
