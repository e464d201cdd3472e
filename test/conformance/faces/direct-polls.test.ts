// Owns: polls and POSTs that are answered before the app, on servers that io.attach() was told of; and all that are not.
// Elsewhere: what an answer says of origins (origins.test.ts), polling itself (../polling.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { BaseNamespace, socketioMiddleware, type Options } from '../../../lib/index.js'
import { ask, openPolling } from '../../support/engine-peer.js'
import { listen, type TestServer } from '../../support/server.js'
import { event } from '../../support/wire-client.js'
import { mount, V09Peer } from '../../support/v09-peer.js'

class Echo extends BaseNamespace {
  on_echo(text: string) {
    return text
  }
}

interface Seen {
  readonly server: TestServer
  /** What the app has seen, as `GET /path`, without its query. */
  readonly seen: string[]
}

async function startSeen(
  t: TestContext,
  { attach = true, ...options }: Options & { attach?: boolean } = {},
): Promise<Seen> {
  const seen: string[] = []
  const io = socketioMiddleware({ '': Echo }, { origins: 'https://page.example', ...options })
  const app = express()
    .use((request, _response, next) => {
      seen.push(`${request.method} ${request.path.replace(/[\w-]{20}/, 'SID')}`)
      next()
    })
    .use(io)
  const server = http.createServer(app)
  if (attach) io.attach(server)
  return { server: await listen(t, io, server), seen }
}

const transport = '/socket.io/1/xhr-polling/SID'

test('the app sees the handshake and the first poll of a 0.9 client, and its socket answers the rest', async (t) => {
  const { server, seen } = await startSeen(t)
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  assert.equal((await peer.get('xhr-polling', sid)).body, '1::')
  assert.deepEqual(seen.splice(0), ['GET /socket.io/1/', `GET ${transport}`])
  assert.equal((await peer.post('xhr-polling', sid, event('', 'echo', 'x').replace('5::', '5:1+:'))).body, '1')
  assert.equal((await peer.get('xhr-polling', sid)).body, '6:::1+["x"]')
  assert.deepEqual(seen, [])
})

test('the app sees the handshake and the first request of an engine.io client, and its socket answers the rest', async (t) => {
  const { server, seen } = await startSeen(t)
  const peer = await openPolling(server.url)
  assert.equal((await peer.post('40')).body, 'ok')
  assert.deepEqual(seen.splice(0), ['GET /socket.io/', 'POST /socket.io/'])
  assert.match((await peer.poll()).body, /^40\{"sid":/)
  await peer.post('421["echo","x"]')
  assert.equal((await peer.poll()).body, '431["x"]')
  assert.deepEqual(seen, [])
})

for (const [what, options] of [
  ['a server that was found', { attach: false }],
  ['a server with the option off', { directPolls: false }],
  ['a server whose origins are a function, which is asked about each,', { origins: () => true }],
] as const) {
  test(`on ${what} the app sees them all`, async (t) => {
    const { server, seen } = await startSeen(t, options)
    const peer = new V09Peer(t, server)
    const sid = await peer.handshake()
    await peer.get('xhr-polling', sid)
    await peer.post('xhr-polling', sid, '3:::x')
    const modern = await openPolling(server.url)
    await modern.post('40')
    await modern.poll()
    const engine = ['GET /socket.io/', 'POST /socket.io/', 'GET /socket.io/']
    assert.deepEqual(seen, ['GET /socket.io/1/', `GET ${transport}`, `POST ${transport}`, ...engine])
  })
}

function withoutDate({ date: _date, ...headers }: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  return headers
}

test('a direct answer has the headers that one through a bare app has', async (t) => {
  const headers = { Origin: 'https://page.example' }
  const answers: unknown[] = []
  for (const directPolls of [true, false]) {
    const { server } = await startSeen(t, { directPolls })
    const path = `${server.url}${mount}/xhr-polling/`
    const sid = (await ask(`${server.url}${mount}/`)).body.split(':', 1)[0] ?? ''
    await ask(path + sid, { headers })
    const modern = await openPolling(server.url, 4, { headers })
    const opened = await modern.post('40', headers)
    for (const answer of [
      await ask(path + sid, { headers, body: '5:1+::{"name":"echo"}' }),
      await ask(path + sid, { headers }),
      opened,
      await modern.poll(headers),
    ]) {
      // Express says who it is.
      const { 'x-powered-by': _app, ...told } = withoutDate(answer.headers)
      answers.push({ status: answer.status, ...told })
    }
  }
  assert.deepEqual(answers.slice(4), answers.slice(0, 4))
  assert.equal(Reflect.get(answers[0] as object, 'access-control-allow-origin'), 'https://page.example')
  assert.equal(Reflect.get(answers[0] as object, 'x-content-type-options'), 'nosniff')
})

test('a direct answer that is compressed has them as well', async (t) => {
  const headers = { Origin: 'https://page.example', 'Accept-Encoding': 'gzip' }
  const answers: unknown[] = []
  for (const directPolls of [true, false]) {
    const { server, seen } = await startSeen(t, { directPolls })
    const modern = await openPolling(server.url, 4, { headers })
    await modern.post('40', headers)
    await modern.poll(headers)
    await modern.post(`421${JSON.stringify(['echo', 'x'.repeat(5_000)])}`, headers)
    seen.splice(0)
    const answer = await modern.poll(headers)
    assert.equal(seen.length, directPolls ? 0 : 1)
    const { 'x-powered-by': _app, ...told } = withoutDate(answer.headers)
    answers.push({ status: answer.status, ...told })
  }
  assert.equal(Reflect.get(answers[0] as object, 'content-encoding'), 'gzip')
  assert.equal(Reflect.get(answers[0] as object, 'access-control-allow-origin'), 'https://page.example')
  assert.deepEqual(answers[0], answers[1])
})

test('direct answers arrive whole, one behind the other on a connection, whatever alphabet they are in', async (t) => {
  const { server, seen } = await startSeen(t)
  const sid = (await ask(`${server.url}${mount}/`)).body.split(':', 1)[0] ?? ''
  const url = `${server.url}${mount}/xhr-polling/${sid}`
  await ask(url)
  seen.splice(0)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => {
    agent.destroy()
  })
  for (const text of ['', 'x', 'é', '€', '𝄞', 'x'.repeat(100_000)]) {
    await ask(url, { agent, body: event('', 'echo', text).replace('5::', '5:1+:') })
    const { headers, bytes } = await ask(url, { agent })
    const expected = Buffer.from(`6:::1+${JSON.stringify([text])}`)
    assert.deepEqual([headers['content-length'], bytes], [String(expected.length), expected])
  }
  assert.deepEqual(seen, [])
})

for (const [what, headers, status] of [
  ['another origin that is allowed', { Origin: 'https://page.example' }, 200],
  ['an origin that is not', { Origin: 'https://evil.example' }, 403],
] as const) {
  test(`a request that names ${what} is judged anew, behind the app`, async (t) => {
    const { server, seen } = await startSeen(t)
    const peer = new V09Peer(t, server)
    const sid = await peer.handshake()
    await peer.get('xhr-polling', sid)
    seen.length = 0
    const asked = await peer.request(`${mount}/xhr-polling/${sid}`, { method: 'POST', body: '3:::x', headers })
    assert.deepEqual([asked.status, seen], [status, [`POST ${transport}`]])
    assert.equal((await peer.post('xhr-polling', sid, '3:::x')).status, 200)
  })
}

test('a transport that is not offered is refused again and again', async (t) => {
  const { server } = await startSeen(t, { transports: ['websocket'] })
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  for (let times = 0; times < 3; times++) assert.equal((await peer.get('xhr-polling', sid)).status, 400)
})

test('a transport that is not offered is not reached by way of the URLs of the other wire', async (t) => {
  const { server } = await startSeen(t, { transports: ['websocket'] })
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  assert.equal((await ask(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)).status, 400)
  assert.equal((await peer.get('xhr-polling', sid)).status, 400)
  assert.equal((await peer.post('xhr-polling', sid, '3:::x')).status, 400)
})

test('what is no poll of a client that is there goes to the app', async (t) => {
  const { server, seen } = await startSeen(t)
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  await peer.get('xhr-polling', sid)
  const modern = await openPolling(server.url)
  await modern.post('40')
  seen.length = 0
  const unknown = 'x'.repeat(20)
  await peer.request(`${mount}/xhr-polling/${unknown}`)
  await peer.request(`${mount}/xhr-polling/${sid}`, { method: 'OPTIONS' })
  await peer.request(`${mount}/jsonp-polling/${sid}?i=0`, {
    headers: { Referer: `${peer.ownOrigin}/` },
    method: 'POST',
    body: 'd="3:::x"',
  })
  await ask(`${modern.url}&j=0`, { headers: { Referer: `${server.url}/` } })
  await ask(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${unknown}`)
  await peer.request(`${mount}/xhr-polling/${sid}?disconnect=1`)
  await peer.request(`${mount}/xhr-polling/${sid}`)
  const engine = 'GET /socket.io/'
  const jsonp = 'POST /socket.io/1/jsonp-polling/SID'
  assert.deepEqual(seen, [
    `GET ${transport}`,
    `OPTIONS ${transport}`,
    jsonp,
    engine,
    engine,
    `GET ${transport}`,
    `GET ${transport}`,
  ])
})
