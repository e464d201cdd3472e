// Owns: one sid over several transports, one after the other or at the same time: the newest wins.
// Elsewhere: two polls of the same transport (polling.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll, overFaces } from '../support/v09-cast.js'
import type { V09Peer } from '../support/v09-peer.js'
import {
  dressed,
  openPeer,
  pageOpening,
  polls,
  streams,
  transports,
  undressed,
  type Transport,
} from '../support/v09-peers.js'

/** Opens a transport on a sid, says something over it, and gives the first that comes back over it. */
async function say(raw: V09Peer, transport: Transport, sid: string, packet: string): Promise<string> {
  if (transport === 'xhr-polling' || transport === 'jsonp-polling') {
    const poll = await raw.hold(transport, sid)
    await raw.post(transport, sid, packet)
    return undressed(transport, (await poll.answer()).body)
  }
  const peer = await openPeer(raw, transport, sid)
  await peer.send(packet)
  return peer.receive()
}

overAll(transports, ({ transport, open }) => {
  for (const next of transports) {
    test(`a session goes on over ${next}, without another connect`, async (t) => {
      const { raw, connect } = await open(t)
      const { sid } = await connect()
      assert.equal(await say(raw, next, sid, '3:::x'), '3:::echo x')
    })
  }

  test('namespaces stay over a change of transport', async (t) => {
    const { raw, connect, heard } = await open(t)
    const older = await connect()
    await older.send('1::/chat')
    assert.equal(await older.receive(), '1::/chat')
    const other = transport === 'websocket' ? 'xhr-polling' : 'websocket'
    assert.equal(await say(raw, other, older.sid, '3::/chat:x'), '3::/chat:chat x')
    assert.deepEqual(heard.takeAll(), ['chat connect '])
  })
})

overAll(polls, ({ transport, open }) => {
  test('a websocket ends a held poll with a noop', async (t) => {
    const { raw, connect } = await open(t)
    const { sid } = await connect()
    const poll = await raw.hold(transport, sid)
    const line = await raw.websocket(sid)
    assert.equal((await poll.answer()).body, dressed(transport, '8::'))
    line.send('3:::x')
    assert.equal(await line.frames.next(), '3:::echo x')
  })

  test('what waited between polls goes out on a websocket, a frame for each packet', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await peer.send('3:::a', '3:::b')
    const line = await raw.websocket(peer.sid)
    assert.deepEqual(await line.frames.take(2), ['3:::echo a', '3:::echo b'])
  })

  test('what waited between polls goes out on a page, in one block', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await peer.send('3:::a', '3:::b')
    const page = await raw.stream(peer.sid)
    const expected = `${pageOpening}<script>_("\ufffd10\ufffd3:::echo a\ufffd10\ufffd3:::echo b");</script>`
    while (page.body().length < expected.length) await page.pieces.next()
    assert.equal(page.body(), expected)
  })

  test('a session that left its poll for a websocket has heartbeats, and no close timeout', async (t) => {
    const { raw, connect, clock } = await open(t)
    const { sid } = await connect()
    const line = await raw.websocket(sid)
    clock.advance(25_000)
    assert.equal(await line.frames.next(), '2::')
    line.send('2::')
    await line.settle()
    clock.advance(25_000)
    assert.equal(await line.frames.next(), '2::')
    line.send('2::')
    await line.settle()
    clock.advance(20_000)
    line.send('3:::alive')
    assert.equal(await line.frames.next(), '3:::echo alive')
  })

  test('a session that left its websocket for a poll has no heartbeats', async (t) => {
    const { raw, clock } = await open(t)
    const sid = await raw.handshake()
    const line = await raw.websocket(sid)
    assert.equal(await line.frames.next(), '1::')
    const poll = await raw.hold(transport, sid)
    assert.equal(await line.closed(), 1000)
    clock.advance(20_000)
    assert.equal((await poll.answer()).body, dressed(transport, '8::'))
    clock.advance(59_999)
    const next = await raw.hold(transport, sid)
    clock.advance(20_000)
    assert.equal((await next.answer()).body, dressed(transport, '8::'))
  })
})

overAll(streams, ({ transport, open }) => {
  test('the newest stream wins, and the older one is closed in order', async (t) => {
    const { raw, connect, heard } = await open(t)
    const older = await connect()
    await older.send('5:1+::{"name":"nothing"}')
    assert.equal(await older.receive(), '6:::1')
    const newer = await openPeer(raw, transport, older.sid)
    await older.hungUp()
    await newer.send('3:::x')
    assert.equal(await newer.receive(), '3:::echo x')
    assert.deepEqual(heard.takeAll(), [])
  })
})

overFaces((open) => {
  test('a POST reaches a session that has a websocket', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const line = await raw.websocket(sid)
    assert.equal(await line.frames.next(), '1::')
    assert.equal((await raw.post('xhr-polling', sid, '3:::x')).body, '1')
    assert.equal(await line.frames.next(), '3:::echo x')
  })

  test('a websocket that comes after a first POST hears the connect first', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    await raw.post('xhr-polling', sid, '3:::x')
    const line = await raw.websocket(sid)
    assert.deepEqual(await line.frames.take(2), ['1::', '3:::echo x'])
  })
})
