// Owns: what socket.io 0.9.19 did wrong to clients in good order ([16], "correctness"), over the transports where it did.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { BaseNamespace } from '../../../lib/index.js'
import { within } from '../../support/journal.js'
import { startServer } from '../../support/server.js'
import { overAll, type Scene } from '../../support/v09-cast.js'
import { mount } from '../../support/v09-peer.js'
import {
  connectPeer,
  dressed,
  framed,
  goodbyes,
  httpTransports,
  notHandshaken,
  openPeer,
  polls,
  transports,
} from '../../support/v09-peers.js'
import { Queue } from '../../support/wire-client.js'

/** A websocket of a client, for what `Line` does not do: fragments and control frames. */
async function openWebsocket(
  t: TestContext,
  { raw, server }: Scene,
): Promise<{ websocket: WebSocket; frames: Queue<string> }> {
  const url = `ws://127.0.0.1:${server.port}${mount}/websocket/${await raw.handshake()}`
  const websocket = new WebSocket(url, { perMessageDeflate: false })
  t.after(() => {
    websocket.terminate()
  })
  const frames = new Queue<string>('a frame')
  websocket.on('message', (data: Buffer) => {
    frames.push(data.toString())
  })
  assert.equal(await frames.next(), '1::')
  return { websocket, frames }
}

overAll(httpTransports, ({ transport, open }) => {
  test('[16:correctness-1] characters that are cut between two chunks of a POST stay whole', async (t) => {
    const { raw, connect } = await open(t)
    const peer = await connect()
    const text = '3:::é😀\u4e2d\ufffd'
    const body = Buffer.from(transport === 'jsonp-polling' ? `d="${text}"` : text)
    for (let at = 1; at < body.length; at++) {
      const { body: answer } = await raw.request(`${mount}/${transport}/${peer.sid}`, {
        method: 'POST',
        headers: { Referer: `${raw.ownOrigin}/` },
        body: [body.subarray(0, at), body.subarray(at)],
      })
      assert.equal(answer, '1')
      assert.equal(await peer.receive(), `3:::echo ${text.slice(4)}`)
    }
  })
})

overAll(['websocket'], ({ open }) => {
  test('[16:correctness-2] characters that are cut between two fragments of a message stay whole', async (t) => {
    const { websocket, frames } = await openWebsocket(t, await open(t))
    const message = Buffer.from('3:::é😀\u4e2d\ufffd')
    for (let at = 1; at < message.length; at++) {
      websocket.send(message.subarray(0, at), { fin: false, binary: false })
      websocket.send(message.subarray(at), { fin: true })
      assert.equal(await frames.next(), '3:::echo é😀\u4e2d\ufffd')
    }
  })

  test('[16:correctness-3] frames around 65,536 and 126 bytes arrive whole, both ways', async (t) => {
    const { websocket, frames } = await openWebsocket(t, await open(t))
    for (const size of [125, 126, 127, 65_535, 65_536, 65_537]) {
      const packet = `4:::"${'x'.repeat(size - 6)}"`
      websocket.send(packet)
      assert.equal((await frames.next()) === packet, true, String(size))
    }
  })

  test('[16:correctness-5] the answer to a ping is a pong with the same bytes', async (t) => {
    const { websocket } = await openWebsocket(t, await open(t))
    for (const bytes of ['', 'x', 'y'.repeat(125)]) {
      const pong = once(websocket, 'pong')
      websocket.ping(bytes)
      const [data] = (await within('a pong', pong)) as [Buffer]
      assert.equal(data.toString(), bytes)
    }
  })

  test('[16:correctness-6] a pong that nobody has asked for ends nothing', async (t) => {
    const { websocket, frames } = await openWebsocket(t, await open(t))
    websocket.pong('unasked')
    websocket.pong()
    websocket.send('3:::alive')
    assert.equal(await frames.next(), '3:::echo alive')
  })
})

overAll(transports, ({ transport, open }) => {
  test('[16:correctness-4] a client that sends more than the bound in all, and never at a time, is not cut', async (t) => {
    const scene = await open(t, { maxHttpBufferSize: 200 })
    const peer = await scene.connect()
    const text = 'x'.repeat(100)
    for (let sent = 0; sent < 10; sent++) {
      await peer.send(`3:::${text}`)
      assert.equal(await peer.receive(), `3:::echo ${text}`)
    }
  })

  test('[16:correctness-10] a client that connects to an endpoint twice is connected once', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    for (let times = 0; times < 3; times++) {
      await peer.send('1::/chat')
      assert.equal(await peer.receive(), '1::/chat')
    }
    assert.deepEqual(heard.takeAll(), ['chat connect '])
  })

  test('[16:correctness-10] the root is connected once, whatever its client asks for and opens', async (t) => {
    const connected: string[] = []
    class Root extends BaseNamespace {
      override initialize(): void {
        connected.push('root')
      }
      override recv_message(text: string): void {
        this.send(text)
      }
    }
    const peer = await connectPeer(t, await startServer(t, { '': Root }), transport)
    await peer.send('1::', '1:::?again', '3:::x')
    while ((await peer.receive()) !== '3:::x');
    // A second stream, and a third.
    for (let times = 0; times < 2; times++) {
      const next = await openPeer(peer.raw, 'websocket', peer.sid)
      await next.send('3:::y')
      assert.equal(await next.receive(), '3:::y')
    }
    assert.deepEqual(connected, ['root'])
  })

  test('[16:correctness-11] a namespace that was left hears nothing more, and a new one is made for the next connect', async (t) => {
    const { connect, heard } = await open(t)
    const peer = await connect()
    for (let times = 0; times < 3; times++) {
      await peer.send('1::/chat')
      assert.equal(await peer.receive(), '1::/chat')
      await peer.send('3::/chat:x')
      // One instance answers, however many there were before.
      assert.equal(await peer.receive(), '3::/chat:chat x')
      await peer.send('0::/chat', '3::/chat:late', '5:1+:/chat:{"name":"echo"}')
    }
    await peer.send('3:::end')
    assert.equal(await peer.receive(), '3:::echo end')
    const visit = ['chat connect ', 'chat: client namespace disconnect']
    assert.deepEqual(heard.takeAll(), [...visit, ...visit, ...visit])
  })
})

overAll(polls, ({ transport, open }) => {
  test('[16:correctness-7] a goodbye by URL between two polls ends the session', async (t) => {
    for (const which of [0, 1] as const) {
      const { raw, connect, heard } = await open(t)
      const peer = await connect()
      await peer.send('5:1+::{"name":"nothing"}')
      assert.equal(await peer.receive(), '6:::1')
      const headers = { Referer: `${raw.ownOrigin}/` }
      await raw.request(goodbyes(transport, peer.sid)[which] as string, { headers })
      assert.equal(await heard.next(), 'root: client namespace disconnect')
      assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
    }
  })

  test('[16:correctness-8] a client that is kicked between two polls is told so, and not to come back', async (t) => {
    const { raw, connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:::{"name":"kick"}')
    assert.equal(await heard.next(), 'root: server namespace disconnect')
    assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, '0::'))
  })

  test('[16:correctness-9] what is sent to a client that gave its poll up comes with the next one', async (t) => {
    const { raw, connect } = await open(t)
    const { sid } = await connect()
    for (const text of ['a', 'b', 'c']) {
      const poll = await raw.hold(transport, sid)
      await poll.abort()
      await raw.post(transport, sid, framed(`3:::${text}`, '3:::last'))
      const expected = framed(`3:::echo ${text}`, '3:::echo last')
      assert.equal((await raw.get(transport, sid)).body, dressed(transport, expected))
    }
  })
})
