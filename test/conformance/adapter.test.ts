// Owns: adapters that fail or ask for too much: told once, and nobody here is the worse for it.
// Elsewhere: the real adapters, between processes (test/cluster).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, RoomsMixin, type ErrorHandler } from '../../lib/index.js'
import { startServer } from '../support/server.js'
import { asking, event, openClient } from '../support/wire-client.js'

class Lobby extends RoomsMixin(BaseNamespace) {
  async on_join(room: string): Promise<void> {
    await this.join(room)
  }
}

type Told = [unknown, string, string | undefined]

function listener(): { told: Told[]; errorHandler: ErrorHandler } {
  const told: Told[] = []
  return {
    told,
    errorHandler: (socket, name, _message, _endpoint, _id, _quiet, error) => {
      told.push([socket, name, error?.code])
    },
  }
}

const failed: Told = [undefined, 'adapter_failed', 'SIO_ADAPTER']

test('an adapter whose broadcasts fail is told of once, until one works; sockets here hear them', async (t) => {
  let isDown = true
  class Unreliable extends Adapter {
    override broadcast(...args: Parameters<Adapter['broadcast']>): Promise<void> {
      super.broadcast(...args)
      return isDown ? Promise.reject(new Error('down')) : Promise.resolve()
    }
  }
  const { told, errorHandler } = listener()
  const server = await startServer(t, { '': Lobby }, { adapter: Unreliable, errorHandler })
  const client = await openClient(t, server)
  const say = async (text: string): Promise<void> => {
    server.io.of('').emit('said', text)
    assert.equal(await client.next(), event('', 'said', text))
  }
  await say('one')
  await say('two')
  assert.deepEqual(told, [failed])
  isDown = false
  await say('three')
  isDown = true
  await say('four')
  assert.deepEqual(told, [failed, failed])
})

test('sockets that are to join more rooms than they may stay where they are, and are served on', async (t) => {
  const errors = t.mock.method(console, 'error', () => {})
  const server = await startServer(t, { '': Lobby }, { maxRoomsPerSocket: 2 })
  const client = await openClient(t, server)
  server.io.of('').socketsJoin(['a', 'b', 'c'])
  assert.equal(await client.ask(asking(1, '', 'join', 'd')), '6:::1')
  server.io.of('').to('a').emit('said', 'to a')
  server.io.of('').to('d').emit('said', 'to d')
  assert.equal(await client.next(), event('', 'said', 'to d'))
  assert.equal(errors.mock.callCount(), 1)
})

test('a client that owes too many acks does not keep the others from being asked', async (t) => {
  const server = await startServer(t, { '': Lobby }, { maxPendingAcks: 1 })
  const [debtor, payer] = [await openClient(t, server), await openClient(t, server)]
  const first = server.io.of('').timeout(2_000).emitWithAck('asked')
  const ack = async (client: typeof payer): Promise<string> =>
    `6:::${/^5:(\d+)\+/.exec(await client.next())?.[1]}+["here"]`
  await debtor.next()
  payer.send(await ack(payer))
  await assert.rejects(first, { code: 'SIO_ACK_TIMEOUT', responses: ['here'] })
  const second = server.io.of('').timeout(2_000).emitWithAck('asked')
  payer.send(await ack(payer))
  await assert.rejects(second, { code: 'SIO_ACK_TIMEOUT', responses: ['here'] })
})
