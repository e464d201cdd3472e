// Owns: one room with clients of every generation in it, and what is done with all of them from outside.
// Elsewhere: rooms among 0.9 clients (rooms.test.ts), what an operator means (unit/rooms).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Encoder } from 'socket.io-parser'
import type { AckTimeoutError } from '../../lib/index.js'
import { patienceMs } from '../support/journal.js'
import { openPolling } from '../support/engine-peer.js'
import { openHall, type Guest } from '../support/hall.js'

const everyone = [
  ['0.9', 'websocket'],
  ['0.9', 'xhr-polling'],
  ['2', 'websocket'],
  ['2', 'polling'],
  ['3', 'polling'],
  ['4', 'websocket'],
  ['4', 'polling'],
  ['4', 'upgrade'],
] as const satisfies readonly Guest[]

const names = everyone.map(([generation, transport]) => `${generation} ${transport}`)

test('one broadcast reaches clients of every generation, and each wire is encoded once', async (t) => {
  let encoded09 = 0
  const { hall, heardUntilEnd } = await openHall(t, [...everyone, ...everyone], {
    jsonStringify: (value) => {
      encoded09++
      return JSON.stringify(value)
    },
  })
  const encoded = t.mock.method(Encoder.prototype, 'encode')
  encoded09 = 0
  hall.emit('said', 'hello 😀', { deep: [1, null, true] })
  assert.equal(encoded09, 1)
  // One for clients of 2, one for those of 3 and 4.
  assert.equal(encoded.mock.callCount(), 2)
  const all = await heardUntilEnd()
  assert.deepEqual(
    all,
    Array.from({ length: 16 }, () => [['hello 😀', { deep: [1, null, true] }], ['end']]),
  )
})

test('a broadcast with bytes reaches each generation in its way', async (t) => {
  const { hall, heardUntilEnd } = await openHall(t, everyone)
  hall.emit('said', { picture: Buffer.from([0, 255]) })
  const all = await heardUntilEnd()
  const json = { type: 'Buffer', data: [0, 255] }
  for (const [index, [generation]] of everyone.entries()) {
    const [[said]] = all[index] as [[{ picture: unknown }]]
    if (generation === '0.9') assert.deepEqual(said.picture, json)
    else assert.deepEqual([Buffer.isBuffer(said.picture), Buffer.from(said.picture as Buffer).toJSON()], [true, json])
  }
})

test('without newer clients nothing is encoded for them', async (t) => {
  const { hall, heardUntilEnd } = await openHall(t, [['0.9', 'websocket']])
  const encoded = t.mock.method(Encoder.prototype, 'encode')
  hall.emit('said', 'hello')
  assert.deepEqual(await heardUntilEnd(), [[['hello'], ['end']]])
  assert.equal(encoded.mock.callCount(), 0)
})

test('rooms and exceptions hold across generations', async (t) => {
  const { hall, ids, heardUntilEnd } = await openHall(t, everyone)
  const [first, second, third, ...rest] = ids as [string, string, string, ...string[]]
  hall.to([first, third]).emit('said', 'to two')
  hall.to('lobby').except([second, third]).emit('said', 'to the others')
  hall.local.in('lobby').except(rest).emit('said', 'here')
  hall.to('nowhere').emit('said', 'to nobody')
  assert.deepEqual(await heardUntilEnd(), [
    [['to two'], ['to the others'], ['here'], ['end']],
    [['here'], ['end']],
    [['to two'], ['here'], ['end']],
    ...rest.map(() => [['to the others'], ['end']]),
  ])
})

test('a namespace of any generation speaks to all the others in its room', async (t) => {
  const { clients, heardUntilEnd } = await openHall(t, everyone)
  for (const [index, client] of clients.entries()) {
    await client.run(({ socket, ask }, name) => ask(socket, 'tell', name), names[index])
  }
  const expected = names.map((own) => [...names.filter((name) => name !== own).map((name) => [name]), ['end']])
  assert.deepEqual(await heardUntilEnd(), expected)
})

test('a question to all is answered by clients of every generation', async (t) => {
  const { hall } = await openHall(t, everyone)
  const answers = await hall.to('lobby').emitWithAck('ask', '😀')
  assert.deepEqual(new Set(answers as string[]), new Set(names.map((name) => `${name} 😀`)))
  assert.equal(answers.length, names.length)
})

test('a question that one does not answer rejects with the answers that came', async (t) => {
  const { hall, clients } = await openHall(t, everyone)
  await clients[1]?.run(({ socket }) => {
    socket.on('riddle', () => {})
  })
  for (const client of clients.filter((_client, index) => index !== 1)) {
    await client.run(({ socket }) => {
      socket.on('riddle', (_text: never, ack: (answer: string) => void) => {
        ack('known')
      })
    })
  }
  await assert.rejects(hall.timeout(1000).emitWithAck('riddle', 'who'), (error: AckTimeoutError) => {
    assert.equal(error.code, 'SIO_ACK_TIMEOUT')
    assert.deepEqual(
      error.responses,
      names.slice(1).map(() => 'known'),
    )
    return true
  })
})

test('sockets of every generation are fetched, and each is spoken to and moved by itself', async (t) => {
  const { hall, ids, heardUntilEnd } = await openHall(t, everyone)
  const sockets = await hall.in('lobby').fetchSockets()
  assert.deepEqual(new Set(sockets.map(({ id }) => id)), new Set(ids))
  for (const socket of sockets) {
    assert.deepEqual(socket.rooms, new Set([socket.id, 'lobby']))
    assert.match(socket.handshake.url, /^\/socket\.io\//)
    assert.equal(socket.handshake.address, '127.0.0.1')
    socket.emit('said', socket.id)
    socket.join('attic')
    socket.leave('lobby')
  }
  assert.deepEqual(await hall.in('lobby').fetchSockets(), [])
  hall.to('attic').emit('said', 'up here')
  assert.deepEqual(
    await heardUntilEnd(),
    ids.map((id) => [[id], ['up here'], ['end']]),
  )
})

test('all are moved between rooms at once', async (t) => {
  const { hall, ids, heardUntilEnd } = await openHall(t, everyone)
  const apart = String(ids[0])
  hall.except(apart).socketsJoin(['attic', 'roof'])
  hall.in('roof').socketsLeave('lobby')
  hall.to('lobby').emit('said', 'lobby')
  hall.to('attic').emit('said', 'attic')
  assert.deepEqual(await heardUntilEnd(), [[['lobby'], ['end']], ...ids.slice(1).map(() => [['attic'], ['end']])])
})

test('one remote socket that is disconnected loses its namespace and keeps its connection', async (t) => {
  const { hall, clients, ids } = await openHall(t, everyone)
  for (const [index, client] of clients.entries()) {
    const [socket] = await hall.in(String(ids[index])).fetchSockets()
    socket?.disconnect()
    const isConnected = await client.run(async ({ socket: own, hear, ask }) => {
      await hear('disconnect')
      const [answer] = await ask(own.of('/other'), 'present')
      return answer === true && own.socket.connected
    })
    assert.equal(isConnected, true, names[index])
    assert.equal((await hall.fetchSockets()).length, names.length - index - 1)
  }
})

test('sockets that are disconnected for good end on every generation, and do not come back', async (t) => {
  const { hall, clients } = await openHall(t, everyone)
  hall.disconnectSockets(true)
  for (const [index, client] of clients.entries()) {
    const left = await client.run(async ({ socket, hear }, patience) => {
      await hear('disconnect')
      const end = Date.now() + patience
      while (socket.socket.connected && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
      return [socket.socket.connected, socket.socket.reconnecting]
    }, patienceMs)
    assert.deepEqual(left, [false, false], names[index])
  }
  assert.deepEqual(await hall.fetchSockets(), [])
})

test('what is volatile reaches whoever can be sent to at once, and is not kept for others', async (t) => {
  const streams = everyone.filter(([, transport]) => transport === 'websocket' || transport === 'upgrade')
  const { hall, url, heardUntilEnd } = await openHall(t, streams)
  // Clients of 4 and 2 between two polls: what has come until the word `end` is in their next ones.
  const pollers = await Promise.all(
    ([4, 3] as const).map(async (revision) => {
      const peer = await openPolling(url, revision)
      const connect = '40/hall,'
      await peer.post(revision === 4 ? connect : `${connect.length}:${connect}`)
      while (!(await peer.poll()).body.includes(connect)) continue
      return peer
    }),
  )
  hall.volatile.emit('said', 'now or never')
  assert.deepEqual(
    await heardUntilEnd(),
    streams.map(() => [['now or never'], ['end']]),
  )
  for (const peer of pollers) assert.match((await peer.poll()).body, /^(?:\d+:)?42\/hall,\["said","end"\]$/)
})
