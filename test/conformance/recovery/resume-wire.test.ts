// Owns: what clients of Socket.IO 4 send and are sent, as text, when they come back to a namespace.
// Elsewhere: real clients (client-4.test.ts), what is no id and no offset (resume-garbage.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { isOffset } from '../../support/client-4.js'
import { openWebSocket } from '../../support/engine-peer.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, startResuming } from '../../support/resuming-server.js'
import { startServer } from '../../support/server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

test('a connect is confirmed with a private id, which is neither the public nor the secret one', async (t) => {
  const { url } = await startResuming(t)
  const peer = await ResumingPeer.open(t, url)
  peer.ask('/chat')
  const frame = await peer.frame()
  const [, sid, pid] = /^40\/chat,\{"sid":"([\w-]{20})","pid":"([\w-]{23,33})"\}$/.exec(frame) ?? []
  assert.ok(sid !== undefined && pid !== undefined, frame)
  assert.ok(!pid.startsWith(sid))
})

test('without recovery there is no private id and no offset, and pid and offset in auth are the application’s own', async (t) => {
  const auths: unknown[] = []
  class Chat extends BaseNamespace {
    override recv_connect() {
      auths.push(this.auth)
    }
  }
  const { io, url } = await startServer(t, { '/chat': Chat })
  const peer = await openWebSocket(t, url)
  peer.send('40/chat,{"pid":7,"offset":"mine"}')
  assert.match(await peer.text(), /^40\/chat,\{"sid":"[\w-]{20}"\}$/)
  assert.deepEqual(auths, [{ pid: 7, offset: 'mine' }])
  io.of('/chat').emit('said', 1)
  assert.equal(await peer.text(), '42/chat,["said",1]')
})

test('every event has an offset, and each is one more', async (t) => {
  const { io, url } = await startResuming(t, {}, () => ({
    '/chat': class extends BaseNamespace {
      on_all() {
        this.emit('own')
        this.send('text')
        this.send({ a: 1 }, { json: true })
        this.emit('file', Buffer.from([1]), 'a')
      }
    },
  }))
  const peer = await ResumingPeer.open(t, url)
  await peer.connect('/chat')
  io.of('/chat').emit('said', 1)
  io.of('/chat').volatile.emit('news', 'text')
  peer.send('42/chat,["all"]')
  const events = []
  for (let count = 0; count < 5; count++) events.push(await peer.event())
  const binary = /^451-\/chat,\["file",\{"_placeholder":true,"num":0\},"a","(.+)"\]$/.exec(await peer.frame())
  assert.deepEqual(await peer.peer.frame(), Buffer.from([1]))
  const offsets = [...events.map(({ offset }) => offset), binary?.[1] ?? '']
  assert.ok(offsets.every(isOffset), offsets.join())
  assert.deepEqual(
    offsets.map((offset) => offset.split('.')[1]),
    ['1', '2', '3', '4', '5', '6'],
  )
  assert.equal(new Set(offsets.map((offset) => offset.split('.')[0])).size, 1)
  assert.deepEqual(
    events.map(({ event }) => event),
    ['["said",1]', '["news","text"]', '["own"]', '["message","text"]', '["message",{"a":1}]'],
  )
})

test('clients of Socket.IO 2 and 0.9 are sent no offset', async (t) => {
  const { io, url } = await startResuming(t)
  const peer = await openWebSocket(t, url, 3)
  assert.equal(await peer.text(), '40')
  peer.send('40/chat')
  assert.equal(await peer.text(), '40/chat,')
  io.of('/chat').emit('said', 1)
  assert.equal(await peer.text(), '42/chat,["said",1]')
})

test('who comes back has the same ids, and behind them what it has missed after its offset', async (t) => {
  const { io, life, url } = await startResuming(t)
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  for (const number of [1, 2, 3]) io.of('/chat').emit('said', number)
  const [, second] = [await before.event(), await before.event(), await before.event()]
  before.cut()
  await life.has('suspended transport close')
  for (const number of [4, 5]) io.of('/chat').emit('said', number)
  const after = await ResumingPeer.open(t, url)
  const answer = await after.connect('/chat', { pid: data.pid, offset: second.offset })
  assert.equal(answer.kind, 'confirmed')
  assert.deepEqual(answer.events, [said(3), said(4), said(5)])
  assert.deepEqual(answer.data, data)
  assert.deepEqual(life.entries, ['connect', 'suspended transport close', 'resumed'])
})

test('without an offset everything is sent again that nothing has confirmed', async (t) => {
  const { io, life, url } = await startResuming(t)
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  for (const number of [1, 2]) io.of('/chat').emit('said', number)
  await before.event()
  before.cut()
  await life.has('suspended transport close')
  const after = await ResumingPeer.open(t, url)
  assert.deepEqual((await after.connect('/chat', { pid: data.pid })).events, [said(1), said(2)])
})

test('what is sent again has the offset that it had', async (t) => {
  const { io, life, url } = await startResuming(t)
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  io.of('/chat').emit('said', 1)
  const { offset } = await before.event()
  before.cut()
  await life.has('suspended transport close')
  const after = await ResumingPeer.open(t, url)
  assert.deepEqual((await after.connect('/chat', { pid: data.pid })).offsets, [offset])
})

test('a volatile event is not sent again, and its offset counts', async (t) => {
  const { io, life, url } = await startResuming(t)
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  io.of('/chat').emit('said', 1)
  io.of('/chat').volatile.emit('news', 'text')
  io.of('/chat').emit('said', 2)
  const [, news] = [await before.event(), await before.event(), await before.event()]
  before.cut()
  await life.has('suspended transport close')
  io.of('/chat').volatile.emit('news', 'nobody')
  const after = await ResumingPeer.open(t, url)
  assert.deepEqual((await after.connect('/chat', { pid: data.pid, offset: news.offset })).events, [said(2)])
  after.cut()
  await life.has('suspended transport close', 2)
  const third = await ResumingPeer.open(t, url)
  assert.deepEqual((await third.connect('/chat', { pid: data.pid })).events, [said(2)])
})

test('an event that asks for an ack is not sent again once it was written, and is when it was not', async (t) => {
  const { io, life, url } = await startResuming(t)
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  const chat = life.newest as BaseNamespace
  const lost = chat.timeout(1_500).emitWithAck('ask', 1)
  assert.equal((await before.event()).event, '["ask",1]')
  before.cut()
  await life.has('suspended transport close')
  const answered = chat.timeout(10_000).emitWithAck('ask', 2)
  io.of('/chat').emit('said', 1)
  const after = await ResumingPeer.open(t, url)
  after.ask('/chat', { pid: data.pid })
  assert.match(await after.frame(), /^40\/chat,/)
  const asked = await after.event()
  assert.equal(asked.event, '["ask",2]')
  assert.equal((await after.event()).event, said(1))
  after.send(`43/chat,${asked.id}["yes"]`)
  assert.equal(await answered, 'yes')
  await assert.rejects(lost, { name: 'AckTimeoutError' })
})

test('a namespace that its client has left and enters again has another private id, and is new', async (t) => {
  const { life, url } = await startResuming(t)
  const peer = await ResumingPeer.open(t, url)
  const { data } = await peer.connect('/chat')
  peer.send('41/chat,')
  await life.has('disconnect client namespace disconnect')
  const again = await peer.connect('/chat', { pid: data.pid, offset: 'abcdefgh.1' })
  assert.equal(again.data.sid, data.sid)
  assert.notEqual(again.data.pid, data.pid)
  peer.cut()
  await life.has('suspended transport close')
  const other = await ResumingPeer.open(t, url)
  const stale = await other.connect('/chat', { pid: data.pid })
  assert.notEqual(stale.data.pid, data.pid)
  assert.notEqual(stale.data.pid, again.data.pid)
})

test('a private id for another namespace than its own is as none', async (t) => {
  const { life, url } = await startResuming(t, {}, (noted) => ({ '/a': noting(noted), '/b': noting(noted) }))
  const [data] = await lostFrom(t, { life, url }, '/a')
  const after = await ResumingPeer.open(t, url)
  const answer = await after.connect('/b', { pid: data.pid })
  assert.notEqual(answer.data.pid, data.pid)
  assert.equal(life.count('resumed'), 0)
  const own = await ResumingPeer.open(t, url)
  assert.deepEqual((await own.connect('/a', { pid: data.pid })).data, data)
})

test('of two clients with one private id the newer one wins, and the older one is closed', async (t) => {
  const { io, life, url } = await startResuming(t)
  const one = await ResumingPeer.open(t, url)
  const { data } = await one.connect('/chat')
  const other = await ResumingPeer.open(t, url)
  assert.deepEqual((await other.connect('/chat', { pid: data.pid })).data, data)
  await one.peer.closed
  io.of('/chat').emit('said', 1)
  assert.equal((await other.event()).event, said(1))
  const third = await ResumingPeer.open(t, url)
  assert.deepEqual((await third.connect('/chat', { pid: data.pid })).data, data)
  await other.peer.closed
  assert.equal(life.count('connect'), 1)
  assert.equal((await io.of('/chat').fetchSockets()).length, 1)
})

test('who was disconnected by the server while it was away is told', async (t) => {
  for (const isGuarded of [true, false]) {
    const { io, life, url } = await startResuming(t, {}, (noted) => ({
      '/chat': isGuarded
        ? noting(noted)
        : class extends BaseNamespace {
            override recv_suspend(reason: string) {
              noted.note(`suspended ${reason}`)
            }
            override disconnect(silent?: boolean) {
              noted.note('ended')
              super.disconnect(silent)
            }
          },
    }))
    const [data] = await lostFrom(t, { life, url }, '/chat')
    io.of('/chat').emit('said', 1)
    io.of('/chat').disconnectSockets()
    await life.has(isGuarded ? 'disconnect server namespace disconnect' : 'ended')
    const after = await ResumingPeer.open(t, url)
    after.ask('/chat', { pid: data.pid })
    if (!isGuarded) {
      // What came before that end is not lost.
      const answer = await after.answer('/chat')
      assert.deepEqual([answer.data, answer.events], [data, [said(1)]])
      assert.equal(await after.frame(), '41/chat,')
    } else assert.equal(await after.frame(), '41/chat,')
    assert.deepEqual(await after.settled(), [])
  }
})
