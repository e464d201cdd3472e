// Owns: three workers of node:cluster behind stickyPrimary(), on one port, one of which dies; and bad connections.
// Elsewhere: the server (test/support/sticky-server.ts), what is read of a first line (test/unit/sticky/).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { connectClient, type Generation, pidInTheEnd, pidOf, type RoomClient } from '../support/cluster-clients.js'
import { ask, PollingPeer } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { startPrimary } from '../support/sticky.js'

const kinds: readonly Generation[] = [
  '0.9 xhr-polling',
  '0.9 websocket',
  '2 polling',
  '4 polling',
  '4 websocket',
  '4 upgrading',
]

test('clients of every kind stay with their worker, and come back to another when it dies', async (t) => {
  const primary = await startPrimary(t, 3)
  const clients: { client: RoomClient; pid: number }[] = []
  for (const kind of kinds) {
    const pids = new Set<number>()
    for (let tries = 0; tries < 30 && pids.size < 3; tries++) {
      // A new client comes on a new connection, as from another browser; the others go on on any of them.
      http.globalAgent = new http.Agent({ keepAlive: true })
      const client = await connectClient(t.after.bind(t), primary.url, kind, { comesBack: true })
      const pid = await pidOf(client)
      for (let turn = 0; turn < 3; turn++) assert.equal(await pidOf(client), pid, kind)
      assert.equal(await client.ask('address'), '127.0.0.1')
      const long = 'é😀'.repeat(20_000)
      assert.equal(await client.ask('echo', long), long)
      pids.add(pid)
      clients.push({ client, pid })
    }
    assert.deepEqual(pids, new Set(primary.pids), kind)
  }
  const dead = primary.pids[1] as number
  await primary.tell({ kill: dead })
  for (const { client, pid } of clients) {
    const now = await pidInTheEnd(client)
    if (pid === dead) assert.ok(primary.pids.includes(now), client.generation)
    else assert.equal(now, pid, client.generation)
  }
  await primary.tell({ fork: true })
  assert.equal(primary.pids.length, 3)
  const seen = new Set<number>()
  for (let tries = 0; tries < 12; tries++) seen.add(Number((await ask(`${primary.url}/pid`)).body))
  assert.deepEqual(seen, new Set(primary.pids))
})

test('requests of several sessions on one kept connection come to their workers', async (t) => {
  const { url } = await startPrimary(t, 3)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => {
    agent.destroy()
  })
  const peers: { peer: PollingPeer; pid: string }[] = []
  for (let count = 0; count < 6; count++) {
    const base = `${url}/socket.io/?EIO=4&transport=polling`
    const peer = new PollingPeer(base, await ask(base))
    assert.equal((await ask(peer.url, { body: '40', agent })).body, 'ok')
    assert.match((await ask(peer.url, { agent })).body, /^40/)
    assert.equal((await ask(peer.url, { body: '421["pid"]', agent })).body, 'ok')
    peers.push({ peer, pid: (await ask(peer.url, { agent })).body })
  }
  assert.equal(new Set(peers.map(({ pid }) => pid)).size, 3)
  for (let round = 0; round < 2; round++) {
    for (const { peer, pid } of peers) {
      const text = 'x'.repeat(70_000)
      assert.equal((await ask(peer.url, { body: `421["echo","${text}"]`, agent })).body, 'ok')
      assert.equal((await ask(peer.url, { agent })).body, `431["${text}"]`)
      assert.equal((await ask(peer.url, { body: '421["pid"]', agent })).body, 'ok')
      assert.equal((await ask(peer.url, { agent })).body, pid)
    }
  }
})

test('a worker that leaves gets requests of its own clients only', async (t) => {
  const primary = await startPrimary(t, 2)
  const client = await connectClient(t.after.bind(t), primary.url, '4 polling')
  const pid = await pidOf(client)
  await primary.tell({ leave: pid })
  for (let tries = 0; tries < 6; tries++) assert.notEqual((await ask(`${primary.url}/pid`)).body, String(pid))
  assert.equal(await pidOf(client), pid)
  assert.equal(await client.ask('echo', 1), 1)
})

test('without workers requests are answered 503, and what is no HTTP is closed', async (t) => {
  const primary = await startPrimary(t, 0)
  const answer = await ask(`${primary.url}/socket.io/?EIO=4&transport=polling`)
  assert.deepEqual([answer.status, answer.headers['retry-after'], answer.headers.connection], [503, '1', 'close'])
  assert.equal(await exchange(primary.port, Buffer.from([0x16, 3, 1, 0, 5])), '')
  const last = await startPrimary(t, 1)
  await last.tell({ kill: last.pids[0] })
  assert.equal((await ask(`${last.url}/pid`)).status, 503)
})

test('a sid of a worker that is gone, or of none, is unknown', async (t) => {
  const { url } = await startPrimary(t, 2)
  for (const name of ['99', '', '__proto__', 'constructor', 'x'.repeat(300)]) {
    const sid = `${name}.${'x'.repeat(20)}`
    assert.equal((await ask(`${url}/socket.io/1/xhr-polling/${sid}`)).body, '7:::1+0')
    const { status, body } = await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)
    assert.deepEqual([status, body], [400, '{"code":1,"message":"Session ID unknown"}'])
  }
})

/** Sends pieces on a bare connection, and resolves with all that came back until it was closed, or until enough. */
async function exchange(port: number, ...pieces: (Buffer | string)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  for (const piece of pieces) {
    socket.write(piece)
    await pause(20)
  }
  await within('the end of a connection', closed)
  return text
}

test('a first line may come in pieces, behind empty lines, and with a body in front of whose end it is routed', async (t) => {
  const { port } = await startPrimary(t, 2)
  const head = 'Host: x\r\nConnection: close\r\n'
  const pieces = ['\r\n', 'P', 'OST /len', 'gth HTTP/1.1\r', '\n', `${head}Content-Length: 10\r\n\r\n12345`, '67890']
  assert.match(await exchange(port, ...pieces), /^HTTP\/1\.1 200 [^]*\r\n\r\n10$/)
  const large = `POST /length HTTP/1.1\r\n${head}Content-Length: 3000000\r\n\r\n${'x'.repeat(3_000_000)}`
  assert.match(await exchange(port, large), /^HTTP\/1\.1 200 [^]*\r\n\r\n3000000$/)
})

test('a first line that is too long, too slow or none is refused or closed, and others are served meanwhile', async (t) => {
  const { port, url } = await startPrimary(t, 1, { lineTimeout: 300, maxLineSize: 1_000 })
  for (const length of [2_000, 300_000]) {
    assert.match(await exchange(port, `GET /${'x'.repeat(length)}`), /^HTTP\/1\.1 414 /)
  }
  assert.match(await exchange(port, 'GET /slow'), /^HTTP\/1\.1 408 /)
  assert.match(await exchange(port), /^HTTP\/1\.1 408 /)
  assert.match(await exchange(port, 'HELLO\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await exchange(port, Buffer.from([0x16, 3, 1, 0, 5])), /^HTTP\/1\.1 400 /)
  const half = connect(port, '127.0.0.1')
  half.write('GET /ha')
  half.destroy()
  const reset = connect(port, '127.0.0.1')
  reset.on('error', () => {})
  reset.on('connect', () => {
    reset.write('GET /ha')
    reset.resetAndDestroy()
  })
  assert.equal((await ask(`${url}/pid`)).status, 200)
})
