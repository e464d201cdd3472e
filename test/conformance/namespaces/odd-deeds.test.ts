// Owns: odd things that applications and adapters do to a client's end, to what was sent or to themselves, which harm nobody.
// Elsewhere: every function of an application's crossed with every fault (../../faults/user-code.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, ClosedError, ConnectError, RoomsMixin } from '../../../lib/index.js'
import { connectWebSocket } from '../../support/engine-peer.js'
import { enter, generations, openIn } from '../../support/generations.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { openClient } from '../../support/wire-client.js'

for (const revision of [3, 4] as const) {
  test(`a buffer that is given away after it was emitted arrives as it was, on revision ${revision}`, async (t) => {
    class Chat extends BaseNamespace {
      on_frame() {
        const bytes = new Uint8Array([1, 2, 3])
        this.emit('frame', bytes)
        structuredClone(bytes, { transfer: [bytes.buffer] })
        assert.equal(bytes.byteLength, 0)
      }
    }
    const { url } = await startServer(t, { '': Chat })
    const peer = await connectWebSocket(t, url, revision)
    peer.send('42["frame"]')
    assert.equal(await peer.text(), '451-["frame",{"_placeholder":true,"num":0}]')
    assert.deepEqual(await peer.frame(), Buffer.from(revision === 4 ? [1, 2, 3] : [4, 1, 2, 3]))
  })
}

test('a Blob, which no wire can carry, throws where it is emitted', async (t) => {
  const reports = new Reports()
  class Chat extends BaseNamespace {
    on_blob() {
      this.emit('blob', new Blob(['x']))
    }
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }, { errorHandler: reports.handler }), '4', '/chat')
  peer.emit('/chat', 'blob')
  assert.match(String((await reports.next()).cause), /Blob/)
})

test('an adapter that fails when a client goes is reported, and the client is gone', async (t) => {
  const reports = new Reports()
  let isBroken = false
  class Broken extends Adapter {
    override socketRooms(id: string): Set<string> | undefined {
      if (isBroken) throw new Error('no rooms')
      return super.socketRooms(id)
    }
  }
  const options = { adapter: Broken, errorHandler: reports.handler }
  const server = await startServer(t, { '/chat': BaseNamespace }, options)
  const peer = await enter(t, server, '4', '/chat')
  isBroken = true
  peer.close()
  assert.equal((await reports.next()).name, 'adapter_failed')
  isBroken = false
  while (server.io.stats().sockets > 0) await turn()
})

test('an adapter that emits an error has failed, and ends nothing', async (t) => {
  const reports = new Reports()
  const made: Adapter[] = []
  const adapter = function (...args: ConstructorParameters<typeof Adapter>): Adapter {
    made.push(new Adapter(...args))
    return made.at(-1) as Adapter
  }
  const server = await startServer(t, { '/chat': BaseNamespace }, { adapter, errorHandler: reports.handler })
  await enter(t, server, '4', '/chat')
  made[0]?.emit('error', new Error('lost'))
  const { name, cause } = await reports.next()
  assert.equal(name, 'adapter_failed')
  assert.match(String(cause), /lost/)
})

for (const [what, close] of [
  ['the namespaces', false],
  ['the sockets', true],
] as const) {
  test(`a client whose end ends ${what} of many others has all of them end once`, async (t) => {
    const count = 400
    const left = new Map<string, number>()
    class Game extends RoomsMixin(BaseNamespace) {
      override recv_disconnect() {
        left.set(this.socket.id, (left.get(this.socket.id) ?? 0) + 1)
        this.server.of('/game').disconnectSockets(close)
      }
    }
    const reports = new Reports()
    const server = await startServer(t, { '/game': Game }, { errorHandler: reports.handler })
    const peers = []
    for (let number = 0; number < count; number++) peers.push(await enter(t, server, '4', '/game'))
    peers[0]?.close()
    while (left.size < count) await turn()
    await sleep(20)
    assert.ok([...left.values()].every((times) => times === 1))
    assert.equal(server.io.stats().namespaces['/game']?.sockets, 0)
    if (close) while (server.io.stats().sockets > 0) await turn()
    assert.deepEqual(reports.takeAll(), [])
  })
}

test('a promise that a handler throws is its failure, and its rejection nobody else’s', async (t) => {
  const reports = new Reports()
  class Chat extends BaseNamespace {
    on_fail() {
      // oxlint-disable-next-line typescript/only-throw-error
      throw Promise.reject(new Error('made by a helper'))
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { errorHandler: reports.handler })
  const peer = await enter(t, server, '4', '/chat')
  peer.emit('/chat', 'fail')
  assert.equal((await reports.next()).name, 'handler_failed')
  await turn()
})

test('a jsonParse that throws what cannot be looked at makes an invalid packet', async (t) => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('hands off')
      },
    },
  )
  const jsonParse = (): never => {
    // oxlint-disable-next-line typescript/only-throw-error
    throw hostile
  }
  const client = await openClient(t, await startServer(t, { '': BaseNamespace }, { jsonParse }))
  client.send('4:::{}')
  assert.match(await client.next(), /invalid_packet/)
})

test('a ClosedError of another namespace that refuses a connect is reported', async (t) => {
  const reports = new Reports()
  class Chat extends BaseNamespace {
    override recv_connect() {
      throw new ClosedError()
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { errorHandler: reports.handler })
  const peer = await openIn(t, server, '4')
  peer.connect('/chat')
  const { name, cause } = await reports.next()
  assert.equal(name, 'handler_failed')
  assert.ok(cause instanceof ClosedError)
})

const refuse = (): never => {
  throw new ConnectError('no')
}
class ByProxy extends BaseNamespace {
  constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
    super(...args)
    return new Proxy(this, {
      get: (target, key, receiver) =>
        key === 'recv_connect' ? refuse : (Reflect.get(target, key, receiver) as unknown),
    })
  }
}
class ByPrototype extends BaseNamespace {
  constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
    super(...args)
    Object.setPrototypeOf(this, Object.create(ByPrototype.prototype, { recv_connect: { value: refuse } }) as object)
  }
}

for (const Guarded of [ByProxy, ByPrototype]) {
  test(`recv_connect that a constructor puts into place, ${Guarded.name}, refuses every connect, and is reported`, async (t) => {
    const reports = new Reports()
    const server = await startServer(t, { '/chat': Guarded }, { errorHandler: reports.handler })
    for (const generation of generations) {
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      assert.match(await peer.next(), /^refused \/chat/)
    }
    assert.match(String((await reports.next()).cause), /recv_connect/)
    assert.equal(server.io.stats().namespaces['/chat']?.sockets, 0)
  })
}

test('a socket does not leave its own room, by which it is found', async (t) => {
  class Chat extends RoomsMixin(BaseNamespace) {
    async on_out() {
      await this.leave(this.socket.id)
      return [...this.rooms]
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  peer.ask(1, '/chat', 'out')
  await peer.next()
  assert.equal((await server.io.of('/chat').fetchSockets()).length, 1)
  server.io.of('/chat').socketsLeave((await server.io.of('/chat').fetchSockets())[0]?.id ?? '')
  assert.equal((await server.io.of('/chat').fetchSockets()).length, 1)
})

test('a client cannot answer that it is not to be counted', async (t) => {
  const server = await startServer(t, { '/chat': BaseNamespace })
  const peer = await enter(t, server, '4', '/chat')
  const answers = server.io.of('/chat').timeout(5_000).emitWithAck('question')
  await peer.next()
  peer.answer(['socketio-middleware: not listed'])
  assert.deepEqual(await answers, [null])
})

test('an ack that is asked for by what ends the client fails at once', async (t) => {
  const failed: unknown[] = []
  class Chat extends BaseNamespace {
    on_ask() {
      const last = {
        toJSON: () => {
          this.disconnect()
          return 1
        },
      }
      this.emitWithAck('question', last).catch((error: unknown) => failed.push(error))
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  peer.emit('/chat', 'ask')
  while (failed.length === 0) await turn()
  assert.ok(failed[0] instanceof ClosedError)
  assert.equal(server.io.stats().acksPending, 0)
})

test('an operator of a pattern that nothing matches refuses what others refuse, and calls back once', async (t) => {
  const { io } = await startServer(t, { '/chat': BaseNamespace })
  const none = io.of(/^\/none/)
  assert.throws(() => none.timeout(Number.NaN), { code: 'SIO_USAGE_DURATION' })
  assert.throws(() => none.to(42 as never), { code: 'SIO_USAGE_ROOMS' })
  assert.throws(
    () => {
      none.emit('connect')
    },
    { code: 'SIO_USAGE_EVENT' },
  )
  assert.throws(
    () => {
      none.emit('x', () => {})
    },
    { code: 'SIO_USAGE_ACK' },
  )
  await assert.rejects(none.emitWithAck('connect'), { code: 'SIO_USAGE_EVENT' })
  const calls: unknown[][] = []
  none.timeout(100).emit('x', (...args: unknown[]) => calls.push(args))
  while (calls.length === 0) await turn()
  await turn()
  assert.deepEqual(calls, [[null, []]])
})

test('a job that is a generator and waits for nothing gives way to others', async (t) => {
  const steps = { taken: 0 }
  class Chat extends BaseNamespace {
    on_count() {
      this.spawn(async function* () {
        for (;;) {
          steps.taken++
          yield
        }
      })
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  peer.emit('/chat', 'count')
  while (steps.taken < 1_000) await turn()
  peer.close()
  while (server.io.stats().sockets > 0) await turn()
})
