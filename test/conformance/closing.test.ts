// Owns: io.close(): who is refused from its first moment on, what its promise waits for, what it leaves closed.
// Elsewhere: how clients are served to the end (draining.test.ts), servers and their listeners (faces/servers.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { openWebSocket, startWebSocket } from '../support/engine-peer.js'
import { enter, generations, openIn } from '../support/generations.js'
import { within } from '../support/journal.js'
import { faces, startServer, type Face, type TestServer } from '../support/server.js'
import { ask, askUpgrade, shakeHands, startPeer } from './faces/peer.js'
import { asking, Gate, joinClient, openClient, Queue } from '../support/wire-client.js'

const busy = { status: 503, retry: '5', body: 'handshake error' }
const handshakeSecret = 'a secret of sixteen characters'
const own = ({ url }: TestServer) => ({ Referer: `${url}/page` })

/** Every way to begin, and its answer while the server closes. */
async function assertRefused(t: TestContext, server: TestServer, tokens: readonly string[]): Promise<void> {
  const { url } = server
  const answerTo = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await ask(`${url}/socket.io/${path}`, { headers })
    return { status: answer.status, retry: answer.headers['retry-after'], body: answer.body }
  }
  assert.deepEqual(await answerTo('1/'), busy)
  // A script has no status.
  const script = { status: 200, retry: '5', body: 'io.j[3](new Error("handshake error"));' }
  assert.deepEqual(await answerTo('1/?jsonp=3', own(server)), script)
  const json = { ...busy, body: '{"code":3,"message":"handshake error"}' }
  assert.deepEqual(await answerTo('?EIO=4&transport=polling'), json)
  assert.deepEqual(await answerTo('?EIO=3&transport=polling'), json)
  const { refused } = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
  const { status, headers, body } = await within('a refusal', refused)
  assert.deepEqual({ status, retry: headers['retry-after'], body }, json)
  for (const [index, token] of tokens.entries()) {
    const path = `1/${index % 2 === 0 ? 'websocket' : 'xhr-polling'}/${token}`
    if (index % 2 === 1) assert.deepEqual(await answerTo(path), busy)
    else {
      const answer = await askUpgrade(t, `${url}/socket.io/${path}`)
      assert.deepEqual([answer.status, answer.headers['retry-after'], answer.body], [503, '5', busy.body])
    }
  }
}

async function withBusyClient(t: TestContext, face: Face, options: Options = {}) {
  const gate = new Gate()
  const heard = new Queue<string>('something that a handler saw')
  class Busy extends BaseNamespace {
    async on_work() {
      heard.push('begins')
      await gate.opened
      return 'done'
    }
  }
  const server = await startServer(t, { '': Busy, '/late': class extends BaseNamespace {} }, options, face)
  const client = await openClient(t, server)
  client.send(asking(1, '', 'work'))
  await heard.next()
  return { server, client, gate }
}

for (const face of faces) {
  test(`who comes while clients are drained is refused, and may come later, on ${face}`, async (t) => {
    const { server, client, gate } = await withBusyClient(t, face, { handshakeSecret })
    const tokens = [await shakeHands(server.url), await shakeHands(server.url)]
    const over = server.io.close({ drain: 60_000 })
    await assertRefused(t, server, tokens)
    gate.open()
    assert.deepEqual(await client.ended(), ['6:::1+["done"]'])
    await within('the end', over)
  })

  test(`who comes after io.close() is refused, and may come later, on ${face}`, async (t) => {
    const server = await startServer(t, {}, { handshakeSecret }, face)
    const tokens = [await shakeHands(server.url), await shakeHands(server.url)]
    await server.io.close()
    const { url } = server
    for (const path of ['1/', '?EIO=4&transport=polling', `1/xhr-polling/${tokens[0]}`]) {
      const { status, headers } = await ask(`${url}/socket.io/${path}`)
      assert.deepEqual([path, status, headers['retry-after']], [path, 503, '5'])
    }
    // Upgrades are no longer ours: whatever it is, it is no 101.
    assert.equal((await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`)).status, 503)
  })

  test(`a handshake that is being decided on when the server begins to close is refused, on ${face}`, async (t) => {
    const gate = new Gate()
    const asked = new Queue<string>('a question to authorize')
    const authorize = async ({ url = '' }): Promise<boolean> => {
      asked.push(url)
      await gate.opened
      return true
    }
    const { io, url } = await startServer(t, {}, { authorize }, face)
    const answers = ['1/', '?EIO=4&transport=polling'].map((path) => ask(`${url}/socket.io/${path}`))
    await asked.take(2)
    await io.close({ drain: 60_000 })
    gate.open()
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [503, 503],
    )
  })
}

test('a client of 4 whose id is being made when the server begins to close is refused', async (t) => {
  const gate = new Gate()
  const asked = new Queue<string>('a question for an id')
  const generateId = async (): Promise<string> => {
    asked.push('asked')
    await gate.opened
    return 'an id'
  }
  const { io, url } = await startServer(t, {}, { engine: { generateId } })
  const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
  await asked.next()
  const over = io.close({ drain: 60_000 })
  gate.open()
  await within('the end', over)
  assert.equal((await within('a refusal', peer.refused)).status, 503)
})

test('the promise of a drain waits for the last recv_disconnect, and adapters are closed after it', async (t) => {
  const events: string[] = []
  const gate = new Gate()
  const ending = new Queue<string>('a namespace that ends')
  class Noting extends Adapter {
    override close(): void {
      events.push(`closes ${this.nsp.name}`)
    }
  }
  class Chat extends BaseNamespace {
    override async recv_disconnect(reason: string) {
      ending.push(reason)
      await gate.opened
      events.push('said goodbye')
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { adapter: Noting })
  await joinClient(t, server, '/chat')
  const over = server.io.close({ drain: 60_000 })
  assert.equal(await ending.next(), 'server shutting down')
  gate.open()
  await within('the end', over)
  assert.deepEqual([events[0], events.slice(1).toSorted()], ['said goodbye', ['closes /', 'closes /chat']])
  await server.io.close()
  assert.deepEqual([events.length, ending.takeAll()], [3, []])
})

/** A server with a client of each generation in /chat, whose recv_disconnect waits; what ended, and the adapters that were closed. */
async function withSlowEnds(t: TestContext, gate: Gate, options: Options = {}) {
  const events: string[] = []
  const ending = new Queue<string>('a namespace that ends')
  class Noting extends Adapter {
    override close(): void {
      events.push(`closes ${this.nsp.name}`)
    }
  }
  class Chat extends BaseNamespace {
    on_work() {
      return gate.opened
    }
    override async recv_disconnect(reason: string) {
      ending.push(reason)
      await gate.opened
      events.push('ended')
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { adapter: Noting, ...options })
  const peers = await Promise.all(generations.map((generation) => enter(t, server, generation, '/chat')))
  return { server, peers, events, ending }
}

test('the promise of a close waits for every recv_disconnect, and adapters are closed after it', async (t) => {
  const gate = new Gate()
  const { server, peers, events, ending } = await withSlowEnds(t, gate)
  const over = server.io.close()
  assert.deepEqual(await ending.take(3), Array(3).fill('server shutting down'))
  // Clients are not waited for, and do not wait.
  for (const peer of peers) await peer.ended()
  const first = await Promise.race([over.then(() => 'closed'), pause(20, 'open')])
  assert.deepEqual([first, events.splice(0)], ['open', []])
  gate.open()
  await within('the end', over)
  assert.deepEqual(events.slice(0, 3), ['ended', 'ended', 'ended'])
  assert.deepEqual(events.slice(3).toSorted(), ['closes /', 'closes /chat'])
})

for (const drain of [undefined, 5_000]) {
  test(`a recv_disconnect that never settles keeps a close for closeTimeout at most, drain: ${drain}`, async (t) => {
    const clock = new FakeClock()
    const gate = new Gate()
    const { server, peers, events, ending } = await withSlowEnds(t, gate, { clock, closeTimeout: 60_000 })
    let isOver = false
    if (drain !== undefined) {
      // Handlers that never end: the deadline of the drain ends their clients.
      for (const peer of peers) peer.emit('/chat', 'work')
      for (const peer of peers) await peer.settled()
    }
    const over = server.io.close({ drain: drain ?? 0 }).then(() => {
      isOver = true
    })
    if (drain !== undefined) {
      await pause(20)
      assert.deepEqual(ending.takeAll(), [])
      clock.advance(drain)
    }
    assert.deepEqual(await ending.take(3), Array(3).fill('server shutting down'))
    clock.advance(59_999)
    await pause(20)
    assert.deepEqual([isOver, events.splice(0)], [false, []])
    clock.advance(1)
    await within('the end', over)
    assert.deepEqual(events.toSorted(), ['closes /', 'closes /chat'])
  })
}

test('after the deadline of a drain the last recv_disconnect is waited for, and no longer', async (t) => {
  const clock = new FakeClock()
  const gate = new Gate()
  const { server, peers, events, ending } = await withSlowEnds(t, gate, { clock })
  for (const peer of peers) peer.emit('/chat', 'work')
  for (const peer of peers) await peer.settled()
  const over = server.io.close({ drain: 5_000 })
  await pause(5)
  clock.advance(5_000)
  await ending.take(3)
  for (const peer of peers) await peer.ended()
  await pause(5)
  gate.open()
  await within('the end', over)
  assert.deepEqual(events.slice(0, 3), ['ended', 'ended', 'ended'])
})

test('a close is over at once where nobody is left to end, and a connect that never settles keeps it no longer', async (t) => {
  const clock = new FakeClock()
  class Slow extends BaseNamespace {
    override recv_connect() {
      return new Promise(() => {})
    }
    override recv_disconnect() {
      return new Promise(() => {})
    }
  }
  const empty = await startServer(t, { '/chat': Slow }, { clock })
  await within('the end', empty.io.close())
  const server = await startServer(t, { '/chat': Slow }, { clock, closeTimeout: 60_000 })
  for (const generation of generations) {
    const peer = await openIn(t, server, generation)
    peer.connect('/chat')
    await peer.settled()
  }
  const over = server.io.close()
  await pause(20)
  clock.advance(60_000)
  await within('the end', over)
})

test('a second io.close() is the first one, whatever it asks for', async (t) => {
  const { server, client, gate } = await withBusyClient(t, 'express')
  const over = server.io.close({ drain: 60_000 })
  assert.equal(server.io.close(), over)
  assert.equal(server.io.close({ drain: 1 }), over)
  gate.open()
  await within('the end', over)
  assert.equal(server.io.close(), over)
  assert.deepEqual(await client.ended(), ['6:::1+["done"]'])
})

test('a drain of 0 and none at all end at once', async (t) => {
  for (const closing of [undefined, {}, { drain: 0 }]) {
    const { server, client } = await withBusyClient(t, 'express', { clock: new FakeClock() })
    await within('the end', server.io.close(closing))
    assert.deepEqual(await client.ended(), [])
  }
})

for (const drain of [-1, NaN, Infinity, '5', null]) {
  test(`a drain of ${String(drain)} is a mistake, and closes nothing`, async (t) => {
    const server = await startServer(t, {})
    assert.throws(() => server.io.close({ drain } as never), { code: 'SIO_USAGE_DURATION' })
    await openClient(t, server)
  })
}

test('while clients are drained they are served as ever: new namespaces, broadcasts, another transport', async (t) => {
  const { server, client, gate } = await withBusyClient(t, 'express')
  const over = server.io.close({ drain: 60_000 })
  server.io.sockets.emit('news')
  assert.equal(await client.next(), '5:::{"name":"news"}')
  assert.equal(await client.ask('1::/late'), '1::/late')
  const newer = startPeer(t, `${server.url.replace('http', 'ws')}/socket.io/1/websocket/${client.sid}`)
  assert.deepEqual(await client.ended(), [])
  gate.open()
  assert.equal(await newer.frame(), '6:::1+["done"]')
  await within('the end', over)
})

test('a client of 4 that asks for nothing is let go at once', async (t) => {
  const { io, url } = await startServer(t, {})
  const peer = await openWebSocket(t, url)
  await within('the end', io.close({ drain: 60_000 }))
  await within('the close', peer.closed)
})

for (const path of ['1/websocket/', '?EIO=4&transport=websocket']) {
  test(`a client that does not answer a close is cut after 10 seconds, on ${path}`, async (t) => {
    const server = await startServer(t, {}, { clock: new FakeClock() })
    const sid = path.startsWith('1/') ? await shakeHands(server.url) : ''
    const arrived = once(server.server, 'connection') as Promise<[Socket]>
    assert.equal((await askUpgrade(t, `${server.url}/socket.io/${path}${sid}`)).status, 101)
    const [connection] = await arrived
    // ws knows no clock but Node's.
    const timers: { run: () => void; ms: number }[] = []
    const never = setTimeout(() => {}, 60_000).unref()
    const { mock } = t.mock.method(globalThis, 'setTimeout', ((run: () => void, ms: number) => {
      timers.push({ run, ms })
      return never
    }) as never)
    const over = server.io.close({ drain: 60_000 })
    mock.restore()
    const [cut, ...others] = timers.filter(({ ms }) => ms === 10_000)
    assert.deepEqual([connection.destroyed, others], [false, []])
    cut?.run()
    assert.equal(connection.destroyed, true)
    await within('the end', over)
  })
}

for (const face of faces) {
  test(`a POST of 0.9 whose body has not come ends with io.close(), on ${face}`, async (t) => {
    const { io, server, port, url } = await startServer(t, { '': class extends BaseNamespace {} }, {}, face)
    const polling = `/socket.io/1/xhr-polling/${await shakeHands(url)}`
    assert.equal((await ask(url + polling)).body, '1::')
    const connection = connect(port, '127.0.0.1')
    t.after(() => connection.destroy())
    connection.on('error', () => {})
    const closed = once(connection, 'close')
    const arrived = once(server, 'request')
    connection.write(`POST ${polling} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n5`)
    await arrived
    await io.close()
    await within('the end of the POST', closed)
    server.close()
    await within('the end of the server', once(server, 'close'))
  })
}
