// Owns: what silence means on the wire: heartbeats on streams, the close timeout between polls, sids that nobody opens.
// Elsewhere: the noop that ends a poll (polling.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll } from '../support/v09-cast.js'
import { dressed, notHandshaken, openPeer, polls, streams, transports, undressed } from '../support/v09-peers.js'

const nothing = '5:1+::{"name":"nothing"}'

overAll(streams, ({ open }) => {
  test('a heartbeat is sent after the interval, and again after its answer', async (t) => {
    const { connect, clock } = await open(t)
    const peer = await connect()
    for (let round = 0; round < 3; round++) {
      clock.advance(25_000)
      assert.equal(await peer.receive(), '2::')
      clock.advance(59_999)
      await peer.send('2::')
    }
    await peer.send('3:::alive')
    assert.equal(await peer.receive(), '3:::echo alive')
  })

  test('no heartbeat is sent before the interval is over', async (t) => {
    const { connect, clock } = await open(t)
    const peer = await connect()
    clock.advance(24_999)
    await peer.send('3:::first')
    assert.equal(await peer.receive(), '3:::echo first')
    clock.advance(1)
    assert.equal(await peer.receive(), '2::')
  })

  for (const [rule, packet, answers] of [
    ['a message', '3:::x', 1],
    ['a noop', '8::', 0],
    ['an ack', '6:::77', 0],
    ['an event', '5:::{"name":"nothing"}', 0],
    ['what is no packet', 'garbage', 1],
  ] as const) {
    test(`${rule} answers a heartbeat`, async (t) => {
      const { connect, clock } = await open(t)
      const peer = await connect()
      clock.advance(25_000)
      assert.equal(await peer.receive(), '2::')
      clock.advance(59_999)
      await peer.send(packet)
      clock.advance(1)
      await peer.send(nothing)
      assert.equal((await peer.receiveAll(answers + 1)).at(-1), '6:::1')
    })
  }

  test('a heartbeat of the client is not answered', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('2::')
    await peer.send('2:::')
    await peer.send(nothing)
    assert.equal(await peer.receive(), '6:::1')
  })

  test('a client that does not answer within the heartbeat timeout is cut', async (t) => {
    const { connect, clock, heard } = await open(t)
    const peer = await connect()
    await peer.send(nothing)
    assert.equal(await peer.receive(), '6:::1')
    clock.advance(25_000)
    assert.equal(await peer.receive(), '2::')
    clock.advance(60_000)
    assert.equal(await heard.next(), 'root: heartbeat timeout')
    await peer.assertEnded()
  })

  test('the interval and the timeout are those of the options', async (t) => {
    const { connect, clock } = await open(t, { heartbeatInterval: 1_000, heartbeatTimeout: 2_000 })
    const peer = await connect()
    clock.advance(1_000)
    assert.equal(await peer.receive(), '2::')
    clock.advance(2_000)
    await peer.assertEnded()
  })

  test('a stream outlives the close timeout, which is for polls', async (t) => {
    const { connect, clock } = await open(t, { closeTimeout: 30_000, heartbeatInterval: 50_000 })
    const peer = await connect()
    clock.advance(45_000)
    await peer.send('3:::alive')
    assert.equal(await peer.receive(), '3:::echo alive')
  })
})

overAll(polls, ({ transport, open }) => {
  test('a client that does not poll again within the close timeout is gone', async (t) => {
    const { raw, connect, clock, heard } = await open(t)
    const peer = await connect()
    await peer.send(nothing)
    assert.equal(await peer.receive(), '6:::1')
    clock.advance(60_000)
    assert.equal(await heard.next(), 'root: close timeout')
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('a client that polls again within the close timeout stays', async (t) => {
    const { raw, connect, clock } = await open(t)
    const peer = await connect()
    for (let round = 0; round < 3; round++) {
      clock.advance(59_999)
      const poll = await raw.hold(transport, peer.sid)
      clock.advance(20_000)
      assert.equal((await poll.answer()).body, dressed(transport, '8::'))
    }
    await peer.send('3:::alive')
    assert.equal(await peer.receive(), '3:::echo alive')
  })

  test('POSTs do not keep a client that does not poll', async (t) => {
    const { raw, connect, clock } = await open(t)
    const peer = await connect()
    clock.advance(59_999)
    await peer.send('2::')
    clock.advance(1)
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('a client that opened by a POST has the close timeout to poll', async (t) => {
    const { raw, clock } = await open(t)
    const [early, late] = [await raw.handshake(), await raw.handshake()]
    await raw.post(transport, early, '2::')
    await raw.post(transport, late, '2::')
    clock.advance(59_999)
    assert.equal((await raw.get(transport, early)).body, dressed(transport, '1::'))
    clock.advance(1)
    assert.equal((await raw.get(transport, late)).body, dressed(transport, notHandshaken))
  })

  test('an aborted poll begins the close timeout', async (t) => {
    const { raw, connect, clock } = await open(t)
    const peer = await connect()
    const poll = await raw.hold(transport, peer.sid)
    clock.advance(10_000)
    await poll.abort()
    clock.advance(60_000)
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('no heartbeats are sent to a held poll', async (t) => {
    const { raw, connect, clock } = await open(t, { heartbeatInterval: 1_000 })
    const peer = await connect()
    const poll = await raw.hold(transport, peer.sid)
    clock.advance(19_999)
    await peer.send('3:::x')
    assert.equal(undressed(transport, (await poll.answer()).body), '3:::echo x')
  })
})

overAll(transports, ({ transport, open }) => {
  test('a sid that nobody opens expires', async (t) => {
    const { raw, clock } = await open(t)
    const sid = await raw.handshake()
    clock.advance(30_000)
    const peer = await openPeer(raw, transport, sid)
    assert.equal(await peer.receive(), notHandshaken)
  })

  test('a sid may be opened until it expires', async (t) => {
    const { raw, clock } = await open(t)
    const sid = await raw.handshake()
    clock.advance(29_999)
    const peer = await openPeer(raw, transport, sid)
    assert.equal(await peer.receive(), '1::')
    clock.advance(1)
    await peer.send('3:::alive')
    assert.equal(await peer.receive(), '3:::echo alive')
  })

  test('the time to open a sid is that of the option', async (t) => {
    const { raw, clock } = await open(t, { handshakeTimeout: 5_000 })
    const sid = await raw.handshake()
    clock.advance(5_000)
    const peer = await openPeer(raw, transport, sid)
    assert.equal(await peer.receive(), notHandshaken)
  })
})
