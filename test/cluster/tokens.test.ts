// Owns: 0.9 handshakes at one process whose transports open at another.
// Elsewhere: the tokens themselves (test/unit/access/tokens.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { before, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { startCluster, type ClusterNode } from '../support/cluster.js'
import { within } from '../support/journal.js'
import { afterFile, startRedis } from '../support/redis.js'
import type { TestServer } from '../support/server.js'
import { Queue, shakeHands } from '../support/wire-client.js'

const after = afterFile()
let one: ClusterNode
let other: ClusterNode

before(async () => {
  const redis = await startRedis(after)
  const nodes = await startCluster(after, 2, {
    adapter: 'redis-adapter with redis',
    redisUrl: redis.url,
    options: () => ({
      handshakeSecret: 'a secret that all processes share',
      authorize: ({ headers }) => headers['x-visitor'] !== 'unwelcome',
    }),
  })
  ;[one, other] = nodes as [ClusterNode, ClusterNode]
})

const sidOf = (node: ClusterNode): Promise<string> => shakeHands(node as unknown as TestServer)

// What a transport of 0.9 hears first.
const connected = '1::'
const notHandshaken = '7:::1+0'

interface Visit {
  readonly websocket: WebSocket
  readonly frames: Queue<string>
}

async function visit(t: TestContext, node: ClusterNode, sid: string, headers = {}): Promise<Visit> {
  const websocket = new WebSocket(`ws://127.0.0.1:${node.port}/socket.io/1/websocket/${sid}`, { headers })
  const frames = new Queue<string>('a frame')
  websocket.on('message', (data: Buffer) => {
    frames.push(String(data))
  })
  t.after(() => {
    websocket.terminate()
  })
  await within('the websocket', once(websocket, 'open'))
  return { websocket, frames }
}

async function refusal(node: ClusterNode, sid: string, headers: Record<string, string>): Promise<string> {
  const websocket = new WebSocket(`ws://127.0.0.1:${node.port}/socket.io/1/websocket/${sid}`, { headers })
  const [request, response] = (await within('a refusal', once(websocket, 'unexpected-response'))) as [
    import('node:http').ClientRequest,
    import('node:http').IncomingMessage,
  ]
  let body = ''
  for await (const piece of response) body += String(piece)
  request.destroy()
  return `${response.statusCode} ${body}`
}

const poll = async (node: ClusterNode, sid: string, headers = {}): Promise<string> => {
  const response = await fetch(`${node.url}/socket.io/1/xhr-polling/${sid}`, { headers })
  return `${response.status} ${await response.text()}`
}

// Redis has told a process that a token is used, and it has heard: what the same process says next comes after it.
async function saidByRedis(from: ClusterNode, to: ClusterNode): Promise<void> {
  await to.run(({ io, kept }) => {
    kept.told ??= new Promise((resolve) => {
      io.of('').onServerSideEmit('after the token', resolve)
    })
  })
  await from.run(({ io }) => {
    io.of('').serverSideEmit('after the token')
  })
  await to.run(async ({ kept }) => {
    await kept.told
    delete kept.told
  })
}

test('a handshake at one process opens a websocket at another, which works', async (t) => {
  const { websocket, frames } = await visit(t, other, await sidOf(one))
  assert.equal(await frames.next(), connected)
  websocket.send('5:1+::{"name":"join","args":["lobby"]}')
  assert.match(await frames.next(), /^6:::1\+\["[\w-]{20}"\]$/)
  await one.run(({ io }) => {
    io.of('').to('lobby').emit('said', 'from the other')
  })
  assert.equal(await frames.next(), '5:::{"name":"said","args":["from the other"]}')
})

test('a handshake at one process opens xhr-polling at another, by a GET or a POST', async () => {
  assert.equal(await poll(other, await sidOf(one)), `200 ${connected}`)
  const sid = await sidOf(one)
  const posted = await fetch(`${other.url}/socket.io/1/xhr-polling/${sid}`, {
    method: 'POST',
    body: '5:1+::{"name":"join","args":["lobby"]}',
  })
  assert.equal(await posted.text(), '1')
  assert.match(await poll(other, sid), /^200 \ufffd3\ufffd1::\ufffd\d+\ufffd6:::1\+\["[\w-]{20}"\]$/)
})

test('a token that has opened a socket opens none at another process', async (t) => {
  const sid = await sidOf(one)
  const first = await visit(t, other, sid)
  assert.equal(await first.frames.next(), connected)
  await saidByRedis(other, one)
  const replayed = await visit(t, one, sid)
  assert.equal(await replayed.frames.next(), notHandshaken)
  assert.equal(await poll(one, sid), `200 ${notHandshaken}`)
})

test('a token is remembered after its socket has ended, at its own process and at others', async (t) => {
  const sid = await sidOf(one)
  const first = await visit(t, other, sid)
  assert.equal(await first.frames.next(), connected)
  const ended = once(first.websocket, 'close')
  first.websocket.send('0::')
  await within('the end', ended)
  await saidByRedis(other, one)
  for (const node of [one, other]) {
    const replayed = await visit(t, node, sid)
    assert.equal(await replayed.frames.next(), notHandshaken)
  }
})

test('an invented sid, and one of another secret, open nothing', async (t) => {
  const sid = await sidOf(one)
  const forged = (sid.startsWith('A') ? 'B' : 'A') + sid.slice(1)
  for (const wrong of [forged, 'x', sid.slice(1)]) {
    const { frames } = await visit(t, other, wrong)
    assert.equal(await frames.next(), notHandshaken)
    assert.equal(await poll(other, wrong), `200 ${notHandshaken}`)
  }
})

test('who may come in is asked again when a token opens a socket', async (t) => {
  const sid = await sidOf(one)
  assert.equal(await refusal(other, sid, { 'X-Visitor': 'unwelcome' }), '403 handshake unauthorized')
  assert.equal(await refusal(other, sid, { Origin: 'http://elsewhere.example' }), '403 bad origin')
  assert.equal(await poll(other, sid, { 'X-Visitor': 'unwelcome' }), '403 handshake unauthorized')
  assert.equal(await poll(other, sid, { Origin: 'http://elsewhere.example' }), '403 bad origin')
  // Nobody has come in, so the token is good still.
  const { frames } = await visit(t, other, sid)
  assert.equal(await frames.next(), connected)
})

test('the request of a socket is the one that opened it', async (t) => {
  const sid = await sidOf(one)
  const { frames, websocket } = await visit(t, other, sid, { 'X-Visitor': 'welcome' })
  assert.equal(await frames.next(), connected)
  websocket.send('5:1+::{"name":"join","args":["asked"]}')
  await frames.next()
  const found = await one.run(async ({ io }) => {
    const [socket] = await io.of('').in('asked').fetchSockets()
    return [socket?.handshake.headers['x-visitor'], socket?.handshake.url]
  })
  // Its sid is nobody's to see.
  assert.deepEqual(found, ['welcome', '/socket.io/1/websocket/***'])
})
