// Owns: what ended a process of socket.io 0.9.19 from outside ([16], "remote, unauthenticated process crashes"), tried on
// every transport: by GET, POST and upgrade. An uncaught exception in this process fails the test that it comes in.
// Elsewhere: exceptions in handlers (handler-crashes.test.ts), bytes and sizes (exhaustion.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { connect as connectTcp } from 'node:net'
import { test } from 'node:test'
import { clientFrame } from '../../support/client-frame.js'
import { within } from '../../support/journal.js'
import { overAll, type Scene } from '../../support/v09-cast.js'
import { mount } from '../../support/v09-peer.js'
import { httpTransports, notHandshaken, openPeer, transports, type Peer } from '../../support/v09-peers.js'
import { Queue } from '../../support/wire-client.js'
import { upgradeHeaders } from '../faces/peer.js'

const members = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']
const invalid = /^5:::\{"name":"error","args":\["invalid_packet",/

/** A healthy client is served: this one, and one that comes now. */
async function assertAlive({ connect }: Scene, peer: Peer): Promise<void> {
  for (const client of [peer, await connect()]) {
    await client.send('3:::alive')
    assert.equal(await client.receive(), '3:::echo alive')
  }
}

/** An upgrade of any URL, and the status of its answer. */
async function upgrade(port: number, path: string): Promise<number | undefined> {
  const headers = { ...upgradeHeaders, Referer: `http://127.0.0.1:${port}/` }
  const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false })
  request.on('error', () => {})
  const [response] = (await within(
    `an answer to ${path}`,
    Promise.race([once(request, 'response'), once(request, 'upgrade')]),
  )) as [http.IncomingMessage]
  response.socket.destroy()
  return response.statusCode
}

overAll(transports, ({ transport, open }) => {
  test('[16:crash-1] an endpoint named like a member of Object.prototype is answered as undeclared', async (t) => {
    const scene = await open(t)
    const peer = await scene.connect()
    for (const name of members) {
      for (const packet of [`1::${name}`, `3::${name}:x`, `5::${name}:{"name":"x"}`, `0::${name}`, `6::${name}:1+[]`]) {
        await peer.send(packet)
      }
      const told = await peer.receiveAll(3)
      for (const packet of told) assert.ok(packet.startsWith(`5::${name}:{"name":"error","args":["no_such_namespace",`))
    }
    await assertAlive(scene, peer)
  })

  test('[16:crash-2] a sid named like a member of Object.prototype is answered as unknown', async (t) => {
    const scene = await open(t)
    for (const sid of members) {
      const peer = await openPeer(scene.raw, transport, sid)
      assert.equal(await peer.receive(), notHandshaken)
      for (const posted of httpTransports) {
        assert.equal((await scene.raw.post(posted, sid, '3:::x')).body, '1')
      }
      assert.equal((await scene.raw.request(`${mount}//${sid}/?disconnect=1`)).status, 200)
      // A request on one of the URLs that cannot be upgraded is answered, too.
      assert.ok(await upgrade(scene.server.port, `${mount}/${transport}/${sid}`))
    }
    await assertAlive(scene, await scene.connect())
  })

  test('[16:crash-3] arguments of an ack that are no list are no packet, and the ack waits on', async (t) => {
    const scene = await open(t)
    const peer = await scene.connect()
    await peer.send('5:::{"name":"ask"}')
    const [, id] = /^5:(\d+)\+::/.exec(await peer.receive()) ?? []
    for (const args of ['5', '"abc"', '{"length":1000000000}', 'null', '{"0":1,"length":1}']) {
      await peer.send(`6:::${id}+${args}`)
      assert.match(await peer.receive(), invalid, args)
    }
    await peer.send(`6:::${id}+["real"]`)
    assert.equal(await scene.heard.next(), 'answer: ["real"]')
    await assertAlive(scene, peer)
  })

  test('[16:crash-5] an upgrade with ?disconnect, or on the URL of any transport, is answered', async (t) => {
    const scene = await open(t)
    const peer = await scene.connect()
    // What can be upgraded is; what is a poll or a page is answered as one; the rest is not offered, or nothing.
    const statuses = { websocket: 101, htmlfile: 200, 'xhr-polling': 200, 'jsonp-polling': 200 }
    for (const name of [...transports, 'flashsocket', 'nonsense', 'constructor', '__proto__']) {
      const url = `${mount}/${name}/`
      const expected = new Map<string, number>(Object.entries(statuses)).get(name) ?? 400
      for (const sid of [await scene.raw.handshake(), 'nobody']) {
        assert.equal(await upgrade(scene.server.port, url + sid), expected, url)
        assert.equal(await upgrade(scene.server.port, `${url + sid}?disconnect`), 200, url)
      }
      // One that is connected by the transport of this run.
      const { sid } = await scene.connect()
      assert.equal(await upgrade(scene.server.port, `${url + sid}?disconnect`), 200, url)
    }
    await assertAlive(scene, peer)
  })

  test('[16:crash-7] a packet of any length and depth ends no process by the depth of its reading', async (t) => {
    const scene = await open(t)
    const peer = await scene.connect()
    const size = 100_000
    const texts = [
      `3:${'1'.repeat(size)}::x`,
      `3::${'/'.repeat(size)}:x`,
      ':'.repeat(size),
      // The unanchored expression of 0.9.19 takes many seconds to find that this is none.
      'x'.repeat(size),
      `6:::${'1'.repeat(size)}`,
      `5:::{"name":"${' '.repeat(size)}"}`,
    ]
    for (const text of texts) await peer.sendPayload(text)
    await peer.send('3:::end')
    // Each is told to be wrong, or is handled, whatever it is; and none of them holds up what follows.
    while ((await peer.receive()) !== '3:::echo end');
    // What is too deep ends its own socket (maxJsonDepth), and nothing else.
    const deep = [
      `4:::${'['.repeat(size)}${']'.repeat(size)}`,
      `5:::{"name":"echo","args":[${'{"a":'.repeat(size / 5)}1${'}'.repeat(size / 5)}]}`,
    ]
    for (const text of deep) await (await scene.connect()).sendPayload(text)
    await assertAlive(scene, peer)
  })

  test('[16:crash-7] thousands of packets in one piece end no process, though the first of them ends its socket', async (t) => {
    const scene = await open(t)
    const packets = Array.from({ length: 9_000 }, () => '5:::{"name":"nothing"}')
    const peer = await scene.connect()
    await peer.send(...packets)
    // #1278: what a handler has ended goes on to be sent to.
    const kicked = await scene.connect()
    await kicked.send('5:::{"name":"kick"}', ...packets)
    assert.equal(await scene.heard.next(), 'root: server namespace disconnect')
    await assertAlive(scene, peer)
  })
})

overAll(['websocket'], ({ open }) => {
  test('[16:crash-7] thousands of frames in one segment are not read within each other', async (t) => {
    const scene = await open(t)
    const peer = await scene.connect()
    const sid = await scene.raw.handshake()
    const socket = connectTcp(scene.server.port, '127.0.0.1')
    t.after(() => socket.destroy())
    const lines = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`GET ${mount}/websocket/${sid} HTTP/1.1\r\n${lines.join('')}\r\n`)
    await within('the answer to an upgrade', once(socket, 'data'))
    const echoes = new Queue<string>('a piece of what is sent')
    socket.setEncoding('latin1').on('data', (piece: string) => {
      echoes.push(piece)
    })
    // A heartbeat each, and a message at the end.
    const heartbeats = Array.from({ length: 50_000 }, () => clientFrame('2::'))
    socket.write(Buffer.concat([...heartbeats, clientFrame('3:::end')]))
    assert.match(await echoes.next(), /3:::echo end$/)
    await assertAlive(scene, peer)
  })
})

overAll(['jsonp-polling'], ({ open }) => {
  const bodies = [
    '',
    'e=1',
    'd',
    'd=',
    'd=3:::x',
    'd=1',
    'd=null',
    'd=%5B%22a%22%5D',
    'd=%7B%7D',
    'd=%22',
    'd=%',
    'd=%22%FF%22',
    // A list of two.
    'd=%22a%22&d=%22b%22',
  ]

  test('[16:crash-4] a form whose d is missing, no JSON or no string is answered once, and told', async (t) => {
    const scene = await open(t)
    const peer = await scene.connect()
    for (const body of bodies) {
      const { status, body: answer } = await scene.raw.request(`${mount}/jsonp-polling/${peer.sid}`, {
        method: 'POST',
        headers: { Referer: `${scene.raw.ownOrigin}/`, 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      })
      assert.deepEqual([body, status, answer], [body, 200, '1'])
      assert.match(await peer.receive(), invalid, body)
    }
    await assertAlive(scene, peer)
  })
})

overAll(httpTransports, ({ transport, open }) => {
  test('[16:crash-8] each request is answered once, though it is wrong in more ways than one', async (t) => {
    const scene = await open(t, { maxHttpBufferSize: 1_000 })
    const { sid } = await scene.connect()
    const head = `Host: 127.0.0.1:${scene.server.port}\r\nReferer: http://127.0.0.1:${scene.server.port}/\r\n`
    const post = (body: string): string =>
      `POST ${mount}/${transport}/${sid} HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`
    const wrong = ['', 'd=1', '\ufffd', '0::', '6:::1+5'].map((body) => Buffer.from(body).toString('latin1'))
    const socket = connectTcp(scene.server.port, '127.0.0.1')
    t.after(() => socket.destroy())
    let text = ''
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece
    })
    // All in one piece; the last one passes a bound, and ends the connection with its answer.
    socket.write([...wrong.map(post), post('x'.repeat(2_000))].join(''), 'latin1')
    await within('the end of the connection', once(socket, 'close'))
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    assert.deepEqual(statuses, [...wrong.map(() => '200'), '413'])
    await assertAlive(scene, await scene.connect())
  })
})
