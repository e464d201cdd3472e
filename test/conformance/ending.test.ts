// Owns: the end of a session over every transport: who says goodbye, in which bytes, and what the sid is worth afterwards.
// Elsewhere: ends by silence (liveness.test.ts), by passed bounds (posts.test.ts, bad-packets.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll, type Scene } from '../support/v09-cast.js'
import { mount } from '../support/v09-peer.js'
import {
  abort,
  dressed,
  framed,
  goodbyes,
  notHandshaken,
  polls,
  streams,
  transports,
  type Peer,
} from '../support/v09-peers.js'

const friend = 'http://friend.example'
const kick = '5:::{"name":"kick"}'

/** A client that is in /chat, with handlers that have something to hear at the end. */
async function settled({ connect, heard }: Scene): Promise<Peer> {
  const peer = await connect()
  await peer.send('1::/chat', '5:1+::{"name":"nothing"}')
  assert.deepEqual((await peer.receiveAll(2)).toSorted(), ['1::/chat', '6:::1'])
  assert.equal(await heard.next(), 'chat connect ')
  return peer
}

overAll(transports, ({ transport, open }) => {
  test('every namespace hears once that its client has left', async (t) => {
    const scene = await open(t)
    const peer = await settled(scene)
    await peer.send('0::')
    assert.deepEqual((await scene.heard.take(2)).toSorted(), [
      'chat: client namespace disconnect',
      'root: client namespace disconnect',
    ])
    await peer.send('0::').catch(() => {})
    assert.deepEqual(scene.heard.takeAll(), [])
  })

  test('every namespace hears once that the server has ended the session', async (t) => {
    const scene = await open(t)
    const peer = await settled(scene)
    await peer.send(kick)
    assert.deepEqual((await scene.heard.take(2)).toSorted(), [
      'chat: server namespace disconnect',
      'root: server namespace disconnect',
    ])
    assert.equal(await peer.receive(), '0::')
    await peer.assertEnded()
    assert.deepEqual(scene.heard.takeAll(), [])
  })

  for (const [index, spelling] of ['without its transport', 'with its transport'].entries()) {
    test(`a goodbye by URL ${spelling} is answered with an empty 200 and ends the session`, async (t) => {
      const scene = await open(t)
      const peer = await settled(scene)
      const { status, headers, body } = await scene.raw.request(goodbyes(transport, peer.sid)[index] as string)
      assert.deepEqual({ status, body }, { status: 200, body: '' })
      assert.equal(headers['content-length'], '0')
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.deepEqual((await scene.heard.take(2)).toSorted(), [
        'chat: client namespace disconnect',
        'root: client namespace disconnect',
      ])
    })

    test(`a goodbye by URL ${spelling} may come from an allowed page elsewhere`, async (t) => {
      const { raw, connect } = await open(t, { origins: friend })
      const { sid } = await connect()
      const { status, headers } = await raw.request(goodbyes(transport, sid)[index] as string, {
        headers: { Origin: friend, Referer: `${friend}/chat` },
      })
      assert.equal(status, 200)
      assert.equal(headers['access-control-allow-origin'], friend)
      assert.equal(headers['access-control-allow-credentials'], 'true')
      assert.equal((await raw.get('xhr-polling', sid)).body, notHandshaken)
    })

    test(`a goodbye by URL ${spelling} from a stranger ends nothing`, async (t) => {
      const { raw, connect } = await open(t)
      const peer = await connect()
      const { status } = await raw.request(goodbyes(transport, peer.sid)[index] as string, {
        headers: { Origin: 'http://stranger.example' },
      })
      assert.equal(status, 403)
      await peer.send('3:::alive')
      assert.equal(await peer.receive(), '3:::echo alive')
    })

    test(`a goodbye by URL ${spelling} for an unknown sid is answered with an empty 200`, async (t) => {
      const { raw } = await open(t)
      for (const sid of ['nobody', '__proto__']) {
        const { status, body } = await raw.request(goodbyes(transport, sid)[index] as string)
        assert.deepEqual({ status, body }, { status: 200, body: '' })
      }
    })
  }

  test('a goodbye by the URL of another transport is as good, as Objective-C says it', async (t) => {
    const { raw, connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"nothing"}')
    await raw.request(`${mount}/xhr-polling/${peer.sid}?disconnect`, { headers: { Referer: `${raw.ownOrigin}/` } })
    assert.equal(await heard.next(), 'root: client namespace disconnect')
  })

  test('a sid that was never used is gone after a goodbye', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    await raw.request(goodbyes(transport, sid)[0] as string)
    assert.equal((await raw.get('xhr-polling', sid)).body, notHandshaken)
  })
})

overAll(streams, ({ transport, open }) => {
  test('a client that leaves is answered with a disconnect, and the stream ends', async (t) => {
    const { connect } = await open(t)
    const peer = await connect()
    await peer.send('3:::bye', '0::')
    assert.deepEqual(await peer.receiveAll(2), ['3:::echo bye', '0::'])
    await peer.assertEnded()
  })

  test('a goodbye by URL ends the stream with a disconnect', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await raw.request(goodbyes(transport, peer.sid)[0] as string)
    assert.equal(await peer.receive(), '0::')
    await peer.assertEnded()
  })

  test('the loss of a stream ends its session at once', async (t) => {
    const scene = await open(t)
    const peer = await settled(scene)
    abort(peer)
    assert.deepEqual((await scene.heard.take(2)).toSorted(), ['chat: transport close', 'root: transport close'])
    assert.equal((await scene.raw.get('xhr-polling', peer.sid)).body, notHandshaken)
  })
})

overAll(polls, ({ transport, open }) => {
  test('a client that leaves is answered with a disconnect on its held poll', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    const poll = await raw.hold(transport, peer.sid)
    await peer.send('0::')
    assert.equal((await poll.answer()).body, dressed(transport, '0::'))
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('a client that leaves between polls is gone', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await peer.send('0::')
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('a goodbye by URL ends a held poll with a disconnect', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    const poll = await raw.hold(transport, peer.sid)
    await raw.request(goodbyes(transport, peer.sid)[0] as string)
    assert.equal((await poll.answer()).body, dressed(transport, '0::'))
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('a kick with a poll held is told on it', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    const poll = await raw.hold(transport, peer.sid)
    await peer.send(kick)
    assert.equal((await poll.answer()).body, dressed(transport, '0::'))
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('a kick between polls is told on the next, and only there', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await peer.send(kick)
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, '0::'))
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
  })

  test('what was sent in front of a kick between polls leaves with it', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    await peer.send('3:::bye', kick)
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, framed('3:::echo bye', '0::')))
  })

  test('what a kicked client still posts is answered 1 and ignored', async (t) => {
    const { raw, connect, heard } = await open(t)
    const peer = await connect()
    await peer.send(kick)
    assert.equal(await heard.next(), 'root: server namespace disconnect')
    await peer.send('3:::late', '1::/chat')
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, '0::'))
    assert.deepEqual(heard.takeAll(), [])
  })

  test('a kick is remembered for the close timeout, from then on', async (t) => {
    const { raw, clock, connect } = await open(t)
    const [early, late] = [await connect(), await connect()]
    clock.advance(30_000)
    await early.send(kick)
    await late.send(kick)
    clock.advance(59_999)
    assert.equal((await raw.get(transport, early.sid)).body, dressed(transport, '0::'))
    clock.advance(1)
    assert.equal((await raw.get(transport, late.sid)).body, dressed(transport, notHandshaken))
  })
})
