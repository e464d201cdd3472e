// Owns: what let a client of socket.io 0.9.19 use up memory, processor time or sockets ([16], "resource exhaustion").
// Elsewhere: each bound's last good value (../bounds.test.ts, ../posts.test.ts, ../streams.test.ts); what is let go of
// (release.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { BaseNamespace, RoomsMixin } from '../../../lib/index.js'
import { readPayload } from '../../../lib/transports/v09/post.js'
import { within } from '../../support/journal.js'
import { MemoryExchange } from '../../support/memory-exchange.js'
import { startServer } from '../../support/server.js'
import { overAll, overFaces } from '../../support/v09-cast.js'
import { mount, V09Peer, type Held } from '../../support/v09-peer.js'
import { connectPeer, dressed, framed, httpTransports, polls, transports } from '../../support/v09-peers.js'

const megabyte = 1_000_000

overAll(polls, ({ transport, open }) => {
  test('[16:exhaustion-1] what waits for a client between two polls has an end', async (t) => {
    const big = framed('5:::{"name":"big","args":[500]}', '3:::one more')
    const { connect, heard } = await open(t, { maxBufferedPackets: 10, maxBufferedBytes: 500 })
    for (const payload of ['5:::{"name":"burst","args":[11]}', big]) {
      const peer = await connect()
      await peer.sendPayload(payload)
      assert.equal(await heard.next(), 'root: limit exceeded')
      await peer.assertEnded()
    }
  })

  test('[16:exhaustion-11] of many polls of one session only the newest is held', async (t) => {
    const { raw, connect } = await open(t)
    const { sid } = await connect()
    const held: Held[] = []
    while (held.length < 20) held.push(await raw.hold(transport, sid))
    for (const poll of held.slice(0, -1)) assert.equal((await poll.answer()).body, dressed(transport, '8::'))
    await raw.post(transport, sid, '3:::x')
    assert.equal((await held.at(-1)?.answer())?.body, dressed(transport, '3:::echo x'))
  })
})

overAll(httpTransports, ({ transport, open }) => {
  test('[16:exhaustion-4] a body that is announced too large is refused before any of it has come', async (t) => {
    const { raw, server, connect, heard } = await open(t)
    const peer = await connect()
    await peer.send('5:1+::{"name":"nothing"}')
    assert.equal(await peer.receive(), '6:::1')
    const request = http.request({
      host: '127.0.0.1',
      port: server.port,
      path: `${mount}/${transport}/${peer.sid}`,
      method: 'POST',
      headers: { 'Content-Length': 100 * megabyte, Referer: `${raw.ownOrigin}/` },
    })
    t.after(() => request.destroy())
    request.on('error', () => {})
    request.flushHeaders()
    const [response] = (await within('an answer', once(request, 'response'))) as [http.IncomingMessage]
    assert.equal(response.statusCode, 413)
    assert.equal(await heard.next(), 'root: limit exceeded')
  })

  test('[16:exhaustion-10] the packets of one payload have an end', async (t) => {
    const { connect, heard } = await open(t, { maxPacketsPerPayload: 10 })
    const peer = await connect()
    await peer.send('5:::{"name":"nothing"}')
    await peer.send(...Array.from({ length: 11 }, () => '2::'))
    assert.equal(await heard.next(), 'root: limit exceeded')
    await peer.assertEnded()
  })
})

overAll(['websocket'], ({ open }) => {
  test('[16:exhaustion-3] a frame that is announced is not allocated, and is refused when it is too large', async (t) => {
    const { raw, server } = await open(t)
    const before = process.memoryUsage()
    const closed: Promise<unknown>[] = []
    for (let count = 0; count < 20; count++) {
      const url = `ws://127.0.0.1:${server.port}${mount}/websocket/${await raw.handshake()}`
      const websocket = new WebSocket(url, { perMessageDeflate: false })
      t.after(() => {
        websocket.terminate()
      })
      await within('an open websocket', once(websocket, 'open'))
      closed.push(once(websocket, 'close'))
      // A masked text frame, as long as 0.9.19 allowed: 14 bytes, and nothing behind them.
      const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
      head.writeUInt32BE(100 * megabyte, 6)
      ;(Reflect.get(websocket, '_socket') as Socket).write(head)
    }
    for (const [code] of (await within('all closes', Promise.all(closed))) as [number][]) assert.equal(code, 1009)
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    const grown = arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed
    assert.ok(grown < 50 * megabyte, `${grown} bytes for 280`)
  })

  test('[16:exhaustion-3] a frame as large as may be is not allocated before it comes', async (t) => {
    const { raw, server } = await open(t, { maxHttpBufferSize: 100 * megabyte })
    const before = process.memoryUsage().arrayBuffers
    for (let count = 0; count < 20; count++) {
      const url = `ws://127.0.0.1:${server.port}${mount}/websocket/${await raw.handshake()}`
      const websocket = new WebSocket(url, { perMessageDeflate: false })
      t.after(() => {
        websocket.terminate()
      })
      await within('an open websocket', once(websocket, 'open'))
      const head = Buffer.from([0x89, 0x80, 1, 2, 3, 4, 0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
      head.writeUInt32BE(100 * megabyte, 12)
      // The ping in front of it is answered when all of it has been read.
      const pong = once(websocket, 'pong')
      ;(Reflect.get(websocket, '_socket') as Socket).write(head)
      await within('a pong', pong)
    }
    assert.ok(process.memoryUsage().arrayBuffers - before < 10 * megabyte)
  })
})

test('[16:exhaustion-5] a body is measured chunk by chunk, not as a whole for each', async (t) => {
  const body = Array.from({ length: 2_000 }, () => Buffer.alloc(100, 'x'))
  let looked = 0
  const count = (sized: unknown): number => {
    looked += (sized as Buffer).length
    return 0
  }
  for (const name of ['byteLength', 'concat'] as const) {
    const real = Buffer[name] as (...args: unknown[]) => unknown
    t.mock.method(Buffer, name, (...args: unknown[]) => {
      for (const sized of name === 'concat' ? (args[0] as Buffer[]) : [args[0]]) count(sized)
      return real.apply(Buffer, args)
    })
  }
  const payload = await readPayload(new MemoryExchange({ body }), 'xhr-polling', megabyte)
  assert.equal(payload.length, 200_000)
  assert.ok(looked <= 3 * 200_000, `${looked} bytes were looked at for 200,000`)
})

overFaces((open) => {
  const statusOf = async (raw: V09Peer): Promise<number> => (await raw.request(`${mount}/`)).status

  test('[16:exhaustion-6] the sessions of a server have an end, for clients of all generations together', async (t) => {
    const { raw, server } = await open(t, { maxSockets: 2 })
    await raw.handshake()
    const engine = `${server.url}/socket.io/?EIO=4&transport=polling`
    assert.equal((await fetch(engine)).status, 200)
    assert.equal(await statusOf(raw), 503)
    assert.equal((await fetch(engine)).status, 503)
  })

  test('[16:exhaustion-7] handshakes that nobody uses have an end', async (t) => {
    const { raw } = await open(t, { maxHandshakes: 5 })
    for (let count = 0; count < 5; count++) await raw.handshake()
    assert.equal(await statusOf(raw), 503)
  })

  test('[16:exhaustion-7] a request to the URLs of engine.io uses no handshake of 0.9', async (t) => {
    const { raw, server } = await open(t, { maxHandshakes: 5 })
    for (let count = 0; count < 5; count++) {
      const sid = await raw.handshake()
      assert.equal((await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)).status, 400)
    }
    assert.equal(await statusOf(raw), 503)
  })
})

overAll(transports, ({ transport }) => {
  test('[16:exhaustion-8] the namespaces of a socket have an end', async (t) => {
    const pattern = new Map([[/^\/n\d+$/, class extends BaseNamespace {}]])
    const server = await startServer(t, pattern, { maxNamespacesPerSocket: 3 })
    const peer = await connectPeer(t, server, transport)
    // The global one is the first.
    for (const number of [1, 2]) {
      await peer.send(`1::/n${number}`)
      assert.equal(await peer.receive(), `1::/n${number}`)
    }
    for (const number of [3, 4]) {
      await peer.send(`1::/n${number}`)
      assert.equal(await peer.receive(), `7::/n${number}:2`)
    }
  })

  test('[16:exhaustion-9] the rooms of a socket have an end', async (t) => {
    class Roamer extends RoomsMixin(BaseNamespace) {
      async on_join(room: string): Promise<number> {
        await this.join(room).catch(() => {})
        return this.rooms.size
      }
    }
    const server = await startServer(t, { '': Roamer }, { maxRoomsPerSocket: 2 })
    const peer = await connectPeer(t, server, transport)
    const sizes: string[] = []
    for (const room of ['a', 'b', 'c', 'd']) {
      await peer.send(`5:1+::{"name":"join","args":["${room}"]}`)
      sizes.push(await peer.receive())
    }
    // One is its own.
    assert.deepEqual(sizes, ['6:::1+[2]', '6:::1+[3]', '6:::1+[3]', '6:::1+[3]'])
  })

  test('[16:exhaustion-12] acks that a client does not give have an end', async (t) => {
    const refusals: unknown[] = []
    class Asking extends BaseNamespace {
      async on_ask(): Promise<number> {
        for (let asked = 0; asked < 5; asked++) {
          try {
            this.emit('question', () => {})
          } catch (error) {
            refusals.push(Reflect.get(error as Error, 'code'))
          }
        }
        return refusals.length
      }
    }
    const server = await startServer(t, { '': Asking }, { maxPendingAcks: 3 })
    const peer = await connectPeer(t, server, transport)
    await peer.send('5:1+::{"name":"ask"}')
    const received = await peer.receiveAll(4)
    assert.equal(received.at(-1), '6:::1+[2]')
    // An ack that has come makes room, and is taken once.
    const [, id] = /^5:(\d+)\+/.exec(received[0] as string) ?? []
    for (let times = 0; times < 3; times++) await peer.send(`6:::${id}`)
    await peer.send('5:2+::{"name":"ask"}')
    assert.deepEqual((await peer.receiveAll(2)).at(-1), '6:::2+[6]')
  })

  test('[16:exhaustion-15] a namespace is made when a client asks for it, and not for each that is declared', async (t) => {
    const made: string[] = []
    const declared = (name: string) =>
      class extends BaseNamespace {
        override initialize(): void {
          made.push(name)
        }
      }
    const names = ['', '/a', '/b', '/c']
    const server = await startServer(t, Object.fromEntries(names.map((name) => [name, declared(name)])))
    const peer = await connectPeer(t, server, transport)
    await peer.send('2::')
    assert.deepEqual(made, [])
    await peer.send('1::/b')
    assert.equal(await peer.receive(), '1::/b')
    assert.deepEqual(made, ['/b'])
  })
})
