// Owns: io.of(), io.sockets and this.server: all sockets of an endpoint, from routes and workers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, event, joinClient, openClient, Queue } from '../../support/wire-client.js'

class Chat extends RoomsMixin(BaseNamespace) {
  async on_join(...rooms: string[]) {
    await this.join(rooms)
    return this.socket.id
  }
}

const notice = event('/chat', 'notice')

test('io.of(endpoint).emit reaches every client of that endpoint', async (t) => {
  const server = await startServer(t, { '/chat': Chat, '/other': Chat })
  const [one, two] = [await joinClient(t, server, '/chat'), await joinClient(t, server, '/chat')]
  const other = await joinClient(t, server, '/other')
  server.io.of('/chat').emit('notice', 'text', 1)
  const expected = event('/chat', 'notice', 'text', 1)
  assert.deepEqual([await one.next(), await two.next()], [expected, expected])
  assert.deepEqual(await other.settled(), [])
})

test('io.of(endpoint).to(room) reaches the clients in the room, once each, and except leaves some out', async (t) => {
  const { io, ...server } = await startServer(t, { '/chat': Chat })
  const [ann, bob, eve] = [
    await joinClient(t, { io, ...server }, '/chat'),
    await joinClient(t, { io, ...server }, '/chat'),
    await joinClient(t, { io, ...server }, '/chat'),
  ]
  await ann.ask(asking(1, '/chat', 'join', 'red', 'all'))
  await bob.ask(asking(1, '/chat', 'join', 'blue', 'all'))
  const heard = async (): Promise<string[][]> => [await ann.settled(), await bob.settled(), await eve.settled()]
  io.of('/chat').to('red').emit('notice')
  assert.deepEqual(await heard(), [[notice], [], []])
  io.of('/chat').to('red').to('all').emit('notice')
  assert.deepEqual(await heard(), [[notice], [notice], []])
  io.of('/chat').to(['red', 'blue']).emit('notice')
  assert.deepEqual(await heard(), [[notice], [notice], []])
  io.of('/chat').in('all').except('red').emit('notice')
  assert.deepEqual(await heard(), [[], [notice], []])
  io.of('/chat').except(['red', 'blue']).emit('notice')
  assert.deepEqual(await heard(), [[], [], [notice]])
  io.of('/chat').to('nobody').emit('notice')
  assert.deepEqual(await heard(), [[], [], []])
})

test('a socket.id is a room that only that client is in', async (t) => {
  const server = await startServer(t, { '/chat': Chat })
  const [ann, bob] = [await joinClient(t, server, '/chat'), await joinClient(t, server, '/chat')]
  const [, id = ''] = /"([\w-]{20})"/.exec(await ann.ask(asking(1, '/chat', 'join'))) ?? []
  server.io.of('/chat').to(id).emit('notice')
  assert.equal(await ann.next(), notice)
  server.io.of('/chat').except(id).emit('notice')
  assert.equal(await bob.next(), notice)
  assert.deepEqual([await ann.settled(), await bob.settled()], [[], []])
})

test('socket.id is 20 characters and never the secret session id', async (t) => {
  const server = await startServer(t, { '/chat': Chat })
  const client = await joinClient(t, server, '/chat')
  const [, id = ''] = /\["(.*)"\]/.exec(await client.ask(asking(1, '/chat', 'join'))) ?? []
  assert.match(id, /^[\w-]{20}$/)
  assert.notEqual(id, client.sid)
})

test('an operator can be kept: each step makes a new one', async (t) => {
  const server = await startServer(t, { '/chat': Chat })
  const client = await joinClient(t, server, '/chat')
  const all = server.io.of('/chat')
  all.to('nobody').emit('notice')
  all.emit('notice')
  assert.deepEqual(await client.settled(), [notice])
})

test('a broadcast is as it was when it was emitted, whatever its arguments become', async (t) => {
  const server = await startServer(t, { '/chat': Chat })
  const client = await joinClient(t, server, '/chat')
  const state = { count: 1 }
  server.io.of('/chat').emit('state', state)
  state.count = 2
  assert.equal(await client.next(), event('/chat', 'state', { count: 1 }))
})

test('io.of of an endpoint that is not declared is a UsageError', async (t) => {
  const { io } = await startServer(t, { '/chat': Chat })
  assert.throws(() => io.of('/ghost'), { code: 'SIO_USAGE_ENDPOINT' })
})

test('this.server is what socketioMiddleware returned', async (t) => {
  const seen = new Queue<unknown>()
  class Looking extends BaseNamespace {
    on_look() {
      seen.push(this.server)
    }
  }
  const server = await startServer(t, { '': Looking })
  const client = await openClient(t, server)
  client.send(event('', 'look'))
  assert.equal(await seen.next(), server.io)
})
