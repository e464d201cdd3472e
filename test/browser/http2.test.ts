// Owns: pages that a server of HTTP/2 has served: clients in them poll over HTTP/2 and open websockets over HTTP/1.1, and an
// upload that is refused leaves the browser's session alone.
// Elsewhere: the same on bare streams (test/conformance/faces/http2.test.ts, http2-bodies.test.ts).
import assert from 'node:assert/strict'
import http2 from 'node:http2'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import Koa from 'koa'
import { BaseNamespace, RoomsMixin, socketioMiddleware, type SocketioMiddleware } from '../../lib/index.js'
import { certificate, key } from '../conformance/faces/certificate.js'
import { openPage, shareBrowser, type PageClient } from '../support/chromium.js'
import { listenHttp2 } from '../support/http2-server.js'

type Listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

class Chat extends RoomsMixin(BaseNamespace) {
  on_echo(value: unknown): unknown {
    return value
  }
  async on_join(): Promise<void> {
    await this.join('lobby')
  }
  on_say(text: string): void {
    this.server.of('/chat').to('lobby').emit('said', text)
  }
}

const pageOf = (url: string): string => {
  const script = new URL(url, 'https://page').searchParams.get('script')
  // The icon of the page, say.
  if (script === null) return ''
  return `<!doctype html><meta charset="utf-8"><body><script src="${new URL(script).href}"></script></body>`
}

const faces: readonly { readonly name: string; readonly listener: (io: SocketioMiddleware) => Listener }[] = [
  {
    name: 'Connect',
    listener: (io) =>
      connect()
        .use(io)
        .use((request, response) => {
          response.setHeader('Content-Type', 'text/html; charset=utf-8')
          response.end(pageOf(request.url ?? ''))
        }) as unknown as Listener,
  },
  {
    name: 'Koa',
    listener: (io) =>
      new Koa()
        .use(io)
        .use((ctx) => {
          ctx.type = 'html'
          ctx.body = pageOf(ctx.url)
        })
        .callback(),
  },
]

const ways = [
  ['0.9', 'xhr-polling', '2.0'],
  ['0.9', 'jsonp-polling', '2.0'],
  ['0.9', 'htmlfile', '2.0'],
  ['0.9', 'websocket', '1.1'],
  ['4', 'polling', '2.0'],
  ['4', 'websocket', '1.1'],
  ['4', 'upgrade', '1.1'],
] as const

interface Started {
  readonly url: string
  /** The versions of HTTP in which polls and upgrades have come. */
  readonly versions: { readonly polls: Set<string>; readonly upgrades: Set<string> }
  /** Sessions of HTTP/2 that are open. */
  readonly sessions: ReadonlySet<http2.ServerHttp2Session>
  readonly counts: { sessions: number }
}

async function start(t: TestContext, face: (typeof faces)[number], generation: '0.9' | '4'): Promise<Started> {
  const io = socketioMiddleware(
    { '': Chat, '/chat': Chat },
    { serveClient: `socket.io-client-${generation === '4' ? '4' : '09'}` },
  )
  const listener = face.listener(io)
  const versions = { polls: new Set<string>(), upgrades: new Set<string>() }
  const server = http2.createSecureServer({ key, cert: certificate, allowHTTP1: true }, (request, response) => {
    const { upgrade } = request.headers
    if (/transport=|\/1\/[\w-]+\//.test(request.url)) {
      versions[upgrade === undefined ? 'polls' : 'upgrades'].add(request.httpVersion)
    }
    listener(request, response)
  })
  const counts = { sessions: 0 }
  server.on('session', () => {
    counts.sessions++
  })
  const { port, sessions } = await listenHttp2(t, io, server)
  return { url: `https://127.0.0.1:${port}`, versions, sessions, counts }
}

const browser = shareBrowser()

function open(t: TestContext, url: string, generation: string, way: string): Promise<PageClient> {
  return browser
    .newContext(t, { ignoreHTTPSErrors: true })
    .then((context) => openPage(t, context, url, url, way, { isModern: generation === '4' }))
}

for (const face of faces) {
  for (const [generation, way, version] of ways) {
    test(`HTTP/2 in Chromium: a page of ${face.name} is served with client ${generation} by ${way}`, async (t) => {
      const { url, versions } = await start(t, face, generation)
      const client = await open(t, url, generation, way)
      const answers = await client.run(async ({ connect: connectTo, ask, listen, hear }) => {
        const socket = connectTo('/chat')
        listen(socket, 'said')
        await socket.socket.settled?.()
        const echoed = await ask(socket, 'echo', { text: 'é😀', long: 'x'.repeat(50_000) })
        await ask(socket, 'join')
        socket.emit('say', 'hello')
        return [echoed, await hear('said')]
      })
      assert.deepEqual(answers, [[{ text: 'é😀', long: 'x'.repeat(50_000) }], ['hello']])
      assert.deepEqual([...(version === '2.0' ? versions.polls : versions.upgrades)], [version])
    })
  }

  for (const [generation, way] of [
    ['0.9', 'xhr-polling'],
    ['4', 'polling'],
  ] as const) {
    test(`HTTP/2 in Chromium: uploads to ${face.name} that are too large leave the session of a ${way} client alone`, async (t) => {
      const { url, counts, sessions } = await start(t, face, generation)
      const client = await open(t, url, generation, way)
      await client.run(({ connect: connectTo, ask }) => ask(connectTo('/chat'), 'echo', 1))
      const statuses = await client.page.evaluate(
        async ([target, isModern]) => {
          const results: number[] = []
          for (let round = 0; round < 20; round++) {
            const opening = await (
              await fetch(isModern ? `${target}/socket.io/?EIO=4&transport=polling` : `${target}/socket.io/1/`)
            ).text()
            const path = isModern
              ? `/socket.io/?EIO=4&transport=polling&sid=${/"sid":"([^"]+)"/.exec(opening)?.[1]}`
              : `/socket.io/1/xhr-polling/${opening.split(':')[0]}`
            const { status } = await fetch(target + path, { method: 'POST', body: 'x'.repeat(2_000_000) })
            results.push(status)
          }
          return results
        },
        [url, generation === '4'] as const,
      )
      assert.deepEqual(statuses, Array(20).fill(413))
      assert.deepEqual(await client.run(({ socket, ask }) => ask(socket, 'echo', 'still there')), ['still there'])
      assert.deepEqual([counts.sessions, sessions.size], [1, 1])
    })
  }
}
