// Owns: what a client of 0.9 keeps and loses by coming back: its place in the counts, whatever its address is now,
// a server that has stopped reading, and the names of its older connections.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { BaseNamespace, socketioMiddleware, type Options } from '../../../lib/index.js'
import { ask } from '../../support/engine-peer.js'
import { listen, type TestServer } from '../../support/server.js'
import { V09Peer, mount, type Line } from '../../support/v09-peer.js'
import { notHandshaken } from '../../support/v09-peers.js'

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !isSo(); tries++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(isSo(), 'it is not so after 3 s')
}

class Chat extends BaseNamespace {
  static release = (): void => {}
  on_work(): Promise<void> {
    return new Promise((resolve) => {
      Chat.release = resolve
    })
  }
}

interface Client {
  readonly server: TestServer
  /** Opens a websocket by a handshake: what it hears first, and its name. */
  open(resume?: string, address?: string): Promise<{ line: Line; sid: string }>
  lose(line: Line, suspended?: number): Promise<void>
}

async function begin(t: TestContext, options: Options): Promise<Client> {
  const io = socketioMiddleware({ '/chat': Chat }, options)
  const server = await listen(t, io, http.createServer(express().set('trust proxy', true).use(io)))
  const peer = new V09Peer(t, server)
  let asked = 0
  return {
    server,
    async open(resume, address = '10.0.0.1') {
      const query = resume === undefined ? '' : `resume=${resume}&seen=0&`
      const headers = { 'X-Forwarded-For': address }
      const { body } = await peer.request(`${mount}/?${query}t=${asked++}`, { headers })
      const [sid = ''] = body.split(':')
      const line = await peer.websocket(sid)
      assert.equal(await line.frames.next(), '1::')
      return { line, sid }
    },
    async lose(line, suspended = 1) {
      line.abort()
      await until(() => server.io.stats().suspended === suspended)
    },
  }
}

async function inChat(chat: Client, address?: string): Promise<{ line: Line; sid: string }> {
  const client = await chat.open(undefined, address)
  client.line.send('1::/chat')
  assert.equal(await client.line.frames.next(), '1::/chat')
  return client
}

test('a client that comes back from another address is not suspended any more', async (t) => {
  const client = await begin(t, { recovery: { maxSuspended: 1 } })
  const { io } = client.server
  const first = await inChat(client, '10.0.0.1')
  await client.lose(first.line)
  const back = await client.open(first.sid, '10.0.0.2')
  assert.deepEqual([io.stats().suspended, io.stats().resumed], [0, 1])
  // Another one has the only place of those that are away: the one that is back has no part in that.
  const other = await inChat(client, '10.0.0.3')
  await client.lose(other.line)
  back.line.send('1::/chat')
  assert.equal(await back.line.frames.next(), '1::/chat')
  // Lost again, it counts for the address that it has now.
  await client.lose(back.line)
  await client.server.io.close()
  assert.deepEqual([io.stats().suspended, io.stats().sockets], [0, 0])
})

test('nothing more is read from a client that comes back while too much of it waits', async (t) => {
  const client = await begin(t, { recovery: true, maxQueuedEvents: 10 })
  const { io } = client.server
  const event = '5::/chat:{"name":"work"}'
  const first = await inChat(client)
  for (let sent = 0; sent < 20; sent++) first.line.send(event)
  await until(() => io.stats().paused === 1)
  // The old connection is not read, and may not be known to be lost: the new one takes its place.
  const before = io.stats().backlog.packets
  const back = await client.open(first.sid)
  for (let sent = 0; sent < 500; sent++) back.line.send(event)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.deepEqual([io.stats().backlog.packets, io.stats().paused], [before, 1])
  const work = setInterval(() => {
    Chat.release()
  }, 1)
  t.after(() => {
    clearInterval(work)
  })
  await until(() => io.stats().backlog.packets === 0)
  assert.equal(io.stats().paused, 0)
})

test('of connections that were of no use the last names are good, and the others forgotten', async (t) => {
  const client = await begin(t, { recovery: true })
  const { io } = client.server
  const first = await inChat(client)
  await client.lose(first.line)
  const names = [first.sid]
  for (let failed = 0; failed < 10; failed++) {
    const back = await client.open(names.at(-1))
    names.push(back.sid)
    await client.lose(back.line)
  }
  assert.equal(io.stats().resumed, 10)
  await client.open(names[1])
  assert.deepEqual([io.stats().resumed, io.stats().resumesRefused.unknown], [10, 1])
  // A page whose websocket has never opened still has the name of the connection that it lost.
  await client.open(names[0])
  assert.equal(io.stats().resumed, 11)
})

test('the name that a page says stays good over a dozen connections that were of no use, though it has come later', async (t) => {
  const client = await begin(t, { recovery: true })
  const { io } = client.server
  const first = await inChat(client)
  await client.lose(first.line)
  // It is confirmed to the page, and lost before that says anything.
  const said = await client.open(first.sid)
  await client.lose(said.line)
  for (let failed = 0; failed < 12; failed++) await client.lose((await client.open(said.sid)).line)
  assert.equal(io.stats().resumed, 13)
})

test('a session id alone is no way back, and passes no bound: real clients come by a handshake', async (t) => {
  const client = await begin(t, { recovery: true })
  const first = await inChat(client)
  await client.lose(first.line)
  const { io, url } = client.server
  const answer = await ask(`${url}/socket.io/1/xhr-polling/${first.sid}`)
  assert.equal(answer.body, notHandshaken)
  assert.deepEqual([io.stats().suspended, io.stats().resumed], [1, 0])
})
