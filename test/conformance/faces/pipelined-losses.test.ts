// Owns: what an app learns of the requests in front of a pipelined upgrade when their client goes away: the same as without us.
// Elsewhere: upgrades behind requests that are answered (pipelined-upgrades.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type RequestListener } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import tls from 'node:tls'
import { socketioMiddleware } from '../../../lib/index.js'
import { Echo } from './apps.js'
import { certificate, key } from './certificate.js'
import { becomes, upgradeHeaders } from './peer.js'

const secure = { key, cert: certificate }
const overTls = (port: number): Socket =>
  tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })

interface Kind {
  readonly make: (listener: RequestListener) => http.Server | http2.Http2SecureServer
  readonly connectTo: (port: number) => Socket
}

const kinds: Readonly<Record<string, Kind>> = {
  http: { make: (listener) => http.createServer(listener), connectTo: (port) => connect(port, '127.0.0.1') },
  https: { make: (listener) => https.createServer(secure, listener), connectTo: overTls },
  'http2 with allowHTTP1': {
    make: (listener) => http2.createSecureServer({ ...secure, allowHTTP1: true }, listener as never),
    connectTo: overTls,
  },
}

const get = 'GET /events HTTP/1.1\r\nHost: x\r\n\r\n'

function upgradeOf(path: string): string {
  const lines = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** What the app learns of each of its requests until their client is gone and for a moment longer. */
async function lose(
  t: TestContext,
  { make, connectTo }: Kind,
  requests: string,
  how: 'destroy' | 'end',
  hasIo: boolean,
): Promise<string[][]> {
  const io = socketioMiddleware({ '': Echo })
  const learned: string[][] = []
  const server = make((request, response) => {
    if (request.url !== '/events') {
      io(request, response, () => response.end())
      return
    }
    const events: string[] = []
    learned.push(events)
    request.on('aborted', () => events.push('aborted')).on('close', () => events.push('request closed'))
    response.on('close', () => events.push('response closed'))
    response.write('data: 1\n\n')
  })
  if (hasIo) io.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    await io.close()
    server.close()
  })
  const connections: Socket[] = []
  server.on('connection', (connection: Socket) => connections.push(connection))
  const client = connectTo((server.address() as AddressInfo).port)
  t.after(() => client.destroy())
  client.on('error', () => {}).resume()
  client.write(requests)
  await once(client, 'data')
  // The requests behind the first one have come with it.
  await new Promise((resolve) => setTimeout(resolve, 30))
  client[how]()
  await becomes('the end of the connection', () => connections.every(({ destroyed }) => destroyed))
  await new Promise((resolve) => setTimeout(resolve, 30))
  return learned
}

for (const [name, kind] of Object.entries(kinds)) {
  for (const how of ['destroy', 'end'] as const) {
    for (const [what, path] of [
      ['our', '/socket.io/?EIO=4&transport=websocket'],
      ['a foreign', '/other'],
    ] as const) {
      for (const [count, before] of [
        ['one request', get],
        ['two requests', get + get],
        ['four requests', get.repeat(4)],
      ] as const) {
        test(`${count} in front of ${what} upgrade over ${name} learn that their client is gone by ${how}`, async (t) => {
          const measure = await lose(t, kind, before, how, false)
          assert.deepEqual(measure[0], ['aborted', 'response closed', 'request closed'])
          assert.deepEqual(await lose(t, kind, before + upgradeOf(path), how, true), measure)
        })
      }
    }
  }
}
