// Owns: adapters of others that do later what they are asked, or answer at once where a promise is meant.
// Elsewhere: adapters that fail (test/faults/adapters.test.ts), those of Socket.IO (test/cluster).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Adapter } from 'socket.io-adapter'
import { AdapterError, BaseNamespace, RoomsMixin, type AdapterFactory } from '../../lib/index.js'
import { generations, openIn } from '../support/generations.js'
import { startServer } from '../support/server.js'

class Chat extends RoomsMixin(BaseNamespace) {
  async on_join(...rooms: string[]) {
    await this.join(rooms)
    return 'joined'
  }
  async on_leave(...rooms: string[]) {
    await this.leave(rooms)
    return 'left'
  }
}

/** An adapter of which some methods do a turn later what they are asked. */
function late(...methods: readonly ('addAll' | 'del' | 'delAll')[]): AdapterFactory {
  return (nsp: never) => {
    const adapter = new Adapter(nsp)
    for (const method of methods) {
      const now = adapter[method].bind(adapter) as (...args: unknown[]) => unknown
      Reflect.set(adapter, method, async (...args: unknown[]) => {
        await turn()
        return now(...args)
      })
    }
    return adapter
  }
}

for (const methods of [['addAll'], ['delAll'], ['del'], ['addAll', 'del', 'delAll']] as const) {
  test(`rooms are counted with an adapter whose ${methods.join(', ')} come later, and are none in the end`, async (t) => {
    const server = await startServer(t, { '/chat': Chat }, { adapter: late(...methods) })
    const rooms = (): number => server.io.stats().namespaces['/chat']?.rooms ?? NaN
    for (let round = 0; round < 3; round++) {
      const peers = []
      for (const generation of generations) {
        const peer = await openIn(t, server, generation)
        await peer.enter('/chat')
        peer.ask(1, '/chat', 'join', 'lobby', 'attic')
        assert.equal(await peer.next(), 'ack /chat 1 ["joined"]')
        peers.push(peer)
      }
      assert.equal(rooms(), 2)
      for (const peer of peers) {
        peer.ask(2, '/chat', 'leave', 'attic')
        assert.equal(await peer.next(), 'ack /chat 2 ["left"]')
      }
      assert.equal(rooms(), 1)
      for (const peer of peers) peer.close()
      const end = Date.now() + 5_000
      while (rooms() > 0 && Date.now() < end) await turn()
      assert.equal(rooms(), 0, `in round ${round}`)
    }
  })
}

for (const answer of [null, undefined, 42, {}, 'sockets']) {
  test(`fetchSockets() of an adapter that answers ${JSON.stringify(answer)} is an AdapterError`, async (t) => {
    class Odd extends Adapter {
      override fetchSockets(): Promise<never> {
        return answer as never
      }
    }
    const { io } = await startServer(t, { '/chat': Chat }, { adapter: Odd as unknown as AdapterFactory })
    await assert.rejects(io.of('/chat').fetchSockets(), (error) => {
      return error instanceof AdapterError && error.code === 'SIO_ADAPTER' && error.cause instanceof TypeError
    })
  })
}

test('serverCount() may answer at once', async (t) => {
  class Hasty extends Adapter {
    override serverCount(): Promise<number> {
      return 1 as never
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { adapter: Hasty as unknown as AdapterFactory })
  const peer = await openIn(t, server, '4')
  await peer.enter('/chat')
  const answers = server.io.of('/chat').timeout(5_000).emitWithAck('question')
  assert.equal(await peer.next(), 'asks /chat question []')
  peer.answer(['yes'])
  assert.deepEqual(await answers, ['yes'])
})
