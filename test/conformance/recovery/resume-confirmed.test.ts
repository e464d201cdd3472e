// Owns: what is not sent again to a client of Socket.IO 4 that says nothing of what it has, as its connection has said it: by a pong, by
// the next poll, by its upgrade.
// Elsewhere: what it says itself, by its offset (resume-wire.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openPolling, startWebSocket, type PollingPeer } from '../../support/engine-peer.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, startResuming, type ResumingServer } from '../../support/resuming-server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

/** What is sent again to whoever comes back with that private id, and no offset. */
async function missed(t: TestContext, { url }: ResumingServer, pid: string): Promise<readonly string[]> {
  const peer = await ResumingPeer.open(t, url)
  const answer = await peer.connect('/chat', { pid })
  assert.equal(answer.data.pid, pid)
  return answer.events
}

/** A client that is in, and is pinged often. */
async function openPinged(
  t: TestContext,
  pingInterval: number,
): Promise<{ server: ResumingServer; peer: ResumingPeer; pid: string }> {
  const server = await startResuming(t, { pingInterval })
  const peer = await ResumingPeer.open(t, server.url)
  const { data } = await peer.connect('/chat')
  return { server, peer, pid: data.pid }
}

/** Takes what comes up to the next ping, which is not answered. */
async function untilPing({ peer }: ResumingPeer): Promise<string[]> {
  const frames: string[] = []
  for (let frame = ''; frame !== '2'; frames.push(frame)) frame = await peer.text()
  return frames.slice(0, -1)
}

test('a pong confirms what was sent before its ping, and nothing after it', async (t) => {
  const { server, peer, pid } = await openPinged(t, 200)
  const { io, life } = server
  io.of('/chat').emit('said', 1)
  assert.equal((await untilPing(peer)).length, 1)
  io.of('/chat').emit('said', 2)
  peer.send('3')
  await peer.settled()
  peer.cut()
  await life.has('suspended transport close')
  assert.deepEqual(await missed(t, server, pid), [said(2)])
})

test('a ping that is not answered confirms nothing', async (t) => {
  const { server, peer, pid } = await openPinged(t, 200)
  const { io, life } = server
  io.of('/chat').emit('said', 1)
  await untilPing(peer)
  peer.cut()
  await life.has('suspended transport close')
  assert.deepEqual(await missed(t, server, pid), [said(1)])
})

test('a pong after the client has come back confirms nothing of what was sent before that', async (t) => {
  const { server, peer, pid } = await openPinged(t, 300)
  const { io, life } = server
  for (const number of [1, 2, 3]) io.of('/chat').emit('said', number)
  peer.cut()
  await life.has('suspended transport close')
  const other = await ResumingPeer.open(t, server.url)
  // Its ping belongs to a client that has been sent nothing.
  await untilPing(other)
  assert.equal((await other.connect('/chat', { pid })).events.length, 3)
  other.send('3')
  await other.settled()
  other.cut()
  await life.has('suspended transport close', 2)
  assert.deepEqual(await missed(t, server, pid), [1, 2, 3].map(said))
})

test('a pong confirms nothing of a client that took the connection over after its ping', async (t) => {
  const server = await startResuming(t, { pingInterval: 300 }, (life) => ({
    '/chat': noting(life),
    '/new': noting(life),
  }))
  const { io, life, url } = server
  const [data] = await lostFrom(t, { life, url }, '/chat')
  for (const number of [1, 2]) io.of('/chat').emit('said', number)
  const after = await ResumingPeer.open(t, url)
  await after.connect('/new')
  for (const number of [1, 2, 3, 4]) io.of('/new').emit('said', number)
  await untilPing(after)
  assert.equal((await after.connect('/chat', { pid: data.pid })).events.length, 2)
  after.send('3')
  await after.settled()
  after.cut()
  await life.has('suspended transport close', 3)
  assert.deepEqual(await missed(t, server, data.pid), [1, 2].map(said))
})

async function openPoll({ url }: ResumingServer): Promise<{ peer: PollingPeer; pid: string }> {
  const peer = await openPolling(url)
  await peer.post('40/chat,')
  const { body } = await peer.poll()
  const [, pid = ''] = /"pid":"([^"]+)"/.exec(body) ?? []
  return { peer, pid }
}

test('the next poll confirms the answer to the one before', async (t) => {
  const server = await startResuming(t)
  const { io, life } = server
  const { peer, pid } = await openPoll(server)
  const first = peer.poll()
  io.of('/chat').emit('said', 1)
  assert.match((await first).body, /"said",1/)
  const second = peer.poll()
  io.of('/chat').emit('said', 2)
  assert.match((await second).body, /"said",2/)
  await peer.post('1')
  await life.has('suspended transport close')
  assert.deepEqual(await missed(t, server, pid), [said(2)])
})

test('an upgrade confirms all answers to polls', async (t) => {
  const server = await startResuming(t)
  const { io, life } = server
  const { peer, pid } = await openPoll(server)
  const first = peer.poll()
  io.of('/chat').emit('said', 1)
  assert.match((await first).body, /"said",1/)
  const second = peer.poll()
  const websocket = startWebSocket(t, peer.url.replace('transport=polling', 'transport=websocket'))
  websocket.websocket.once('open', () => {
    websocket.send('2probe')
  })
  assert.equal(await websocket.text(), '3probe')
  assert.equal((await second).body, '6')
  websocket.send('5')
  io.of('/chat').emit('said', 2)
  assert.match(await websocket.text(), /"said",2/)
  websocket.websocket.terminate()
  await life.has('suspended transport close')
  assert.deepEqual(await missed(t, server, pid), [said(2)])
})

test('a namespace that is carried by another client is confirmed with its connection', async (t) => {
  const server = await startResuming(t, { pingInterval: 300 }, (life) => ({
    '/chat': noting(life),
    '/new': noting(life),
  }))
  const { io, life, url } = server
  const [data] = await lostFrom(t, { life, url }, '/chat')
  const after = await ResumingPeer.open(t, url)
  const fresh = await after.connect('/new')
  await after.connect('/chat', { pid: data.pid })
  io.of('/new').emit('said', 1)
  io.of('/chat').emit('said', 1)
  // The first ping may have been sent before that.
  for (let pings = 0; pings < 2; pings++) {
    await untilPing(after)
    after.send('3')
  }
  await after.settled()
  io.of('/new').emit('said', 2)
  io.of('/chat').emit('said', 2)
  after.cut()
  await life.has('suspended transport close', 3)
  const last = await ResumingPeer.open(t, url)
  assert.deepEqual((await last.connect('/new', { pid: fresh.data.pid })).events, [said(2)])
  assert.deepEqual((await last.connect('/chat', { pid: data.pid })).events, [said(2)])
})
