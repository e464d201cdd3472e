// Owns: upgrades that may be ours or somebody else's, under a mount that no request has shown yet: the app is asked first,
// and whoever is not ours loses nothing by it.
// Elsewhere: real neighbours and their clients (neighbours.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type RequestListener } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import cookieParser from 'cookie-parser'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, UsageError, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { openPolling, startWebSocket } from '../../support/engine-peer.js'
import { Journal } from '../../support/journal.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { ask, askUpgrade, becomes, headerLines, openPeer, shakeHands, soon, upgradeHeaders } from './peer.js'

const ours = '/rt/socket.io/?EIO=4&transport=websocket'
const theirs = '/their/socket.io/?EIO=4&transport=websocket'

/** What a listener of upgrades was given: the request, and what came behind it. */
interface Given {
  readonly request: http.IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

interface Started {
  readonly io: SocketioMiddleware
  readonly server: http.Server
  readonly url: string
  readonly port: number
  /** What the others were given. They answer 101 and nothing else. */
  readonly given: Journal<Given>
}

async function start(
  t: TestContext,
  listenerOf: (io: SocketioMiddleware) => RequestListener,
  { path, ...options }: Options & { path?: string } = {},
): Promise<Started> {
  const io = socketioMiddleware({ '': Echo }, options)
  const server = http.createServer(listenerOf(io))
  const given = new Journal<Given>()
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    given.note({ request, socket, head })
    socket.on('error', () => {})
    t.after(() => socket.destroy())
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-From: others\r\n\r\n',
    )
  })
  if (path !== undefined) io.attach(server, { path })
  return { ...(await listen(t, io, server)), given }
}

/** Sends the head of an upgrade and what a client says behind it, without waiting. */
function upgradeBytes(t: TestContext, port: number, path: string, behind = '', lines: readonly string[] = []) {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  const headers = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}`)
  socket.write([`GET ${path} HTTP/1.1`, ...headers, ...lines, '', behind].join('\r\n'))
  return socket
}

const guarded = (io: SocketioMiddleware): RequestListener =>
  express()
    .use(cookieParser(), (request, response, next) => {
      response.cookie('seen', 'yes')
      if (request.headers.authorization === 'no') response.status(401).send('log in first')
      else next()
    })
    .use('/rt', io)

for (const [face, listenerOf] of [
  ['Express', guarded],
  [
    'Koa',
    (io: SocketioMiddleware) =>
      new Koa()
        .use(async (ctx, next) => {
          ctx.cookies.set('seen', 'yes')
          if (ctx.get('authorization') === 'no') ctx.throw(401, 'log in first')
          if (ctx.path.startsWith('/rt/')) {
            ctx.path = ctx.path.slice(3)
            await io(ctx, next)
          }
        })
        .callback(),
  ],
] as const) {
  test(`an upgrade that the app brings to us is ours, with what the app has set, on ${face}`, async (t) => {
    const { url, given } = await start(t, listenerOf)
    const answer = await askUpgrade(t, url + ours)
    assert.equal(answer.status, 101)
    assert.match(headerLines(answer, 'set-cookie').join(), /^seen=yes/)
    assert.equal(given.entries.length, 0)
  })

  test(`one that it refuses goes to the others where no mount is known, on ${face}`, async (t) => {
    const { url, given } = await start(t, listenerOf)
    const answer = await askUpgrade(t, url + ours, { authorization: 'no' })
    assert.deepEqual([answer.status, answer.headers['x-from'], given.entries.length], [101, 'others', 1])
  })

  test(`and is refused in HTTP where one is, by a request or by io.attach(), on ${face}`, async (t) => {
    const shown = await start(t, listenerOf)
    await shakeHands(`${shown.url}/rt`)
    const named = await start(t, listenerOf, { path: '/rt' })
    for (const { url, given } of [shown, named]) {
      const answer = await askUpgrade(t, url + ours, { authorization: 'no' })
      assert.deepEqual([answer.status, answer.headers.connection], [401, 'close'])
      assert.match(answer.body, /log in first/)
      assert.equal(given.entries.length, 0)
    }
  })
}

test('what middleware sends in front of an answer decides nothing', async (t) => {
  for (const send of [
    (response: http.ServerResponse) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    },
    (response: http.ServerResponse) => {
      response.writeProcessing()
    },
    (response: http.ServerResponse) => {
      response.writeContinue()
    },
  ]) {
    const { url, given } = await start(t, (io) =>
      express()
        .use((_request, response, next) => {
          send(response)
          setImmediate(next)
        })
        .use('/rt', io),
    )
    const { status, headers } = await askUpgrade(t, url + ours)
    assert.deepEqual([status, headers['x-from'], given.entries.length], [101, undefined, 0])
  }
})

test('the others get the request itself, and all that came behind it', async (t) => {
  let seen: http.IncomingHttpHeaders | undefined
  const app = express().use((request, response) => {
    seen = request.headers
    request.url = '/elsewhere'
    request.headers['x-name'] = 'changed'
    Object.assign(request, { user: 'nobody' })
    setTimeout(() => response.sendStatus(404), 20)
  })
  const { port, given } = await start(t, () => app)
  const socket = upgradeBytes(t, port, theirs, 'first ', ['X-Name: value', 'X-Empty:'])
  socket.write('second')
  await soon('an answer', once(socket, 'data'))
  const [{ request, head, socket: connection } = assert.fail()] = given.entries
  assert.equal(request.url, theirs)
  assert.deepEqual(
    [request.headers.upgrade, request.headers.connection, request.headers['x-name'], request.headers['x-empty']],
    ['websocket', 'Upgrade', 'value', ''],
  )
  assert.equal(Reflect.get(request, 'user'), undefined)
  assert.deepEqual([seen?.upgrade, seen?.connection, seen?.['sec-websocket-version']], [undefined, undefined, '13'])
  let text = head.toString()
  connection.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await becomes('all that came behind it', () => text === 'first second')
  assert.equal(connection.listenerCount('error'), 1)
})

test('an app that answers without an end holds nobody up, and hears that nobody listens', async (t) => {
  const ends: string[] = []
  const { url } = await start(t, () => (_request, response) => {
    response.on('close', () => ends.push('close'))
    response.write('an event\n\n')
  })
  const answer = await askUpgrade(t, url + theirs)
  assert.equal(answer.headers['x-from'], 'others')
  await becomes('the response is closed', () => ends.length === 1)
})

for (const [what, listener] of [
  ['destroys its response', (_request: http.IncomingMessage, response: http.ServerResponse) => response.destroy()],
  ['destroys the connection of its response', (_request, response) => response.socket?.destroy()],
  ['destroys that soon', (_request, response) => response.socket?.destroySoon()],
] as readonly [string, RequestListener][]) {
  test(`an app that ${what} answers nobody, and the others are asked`, async (t) => {
    const { url } = await start(t, () => listener)
    assert.equal((await askUpgrade(t, url + theirs)).headers['x-from'], 'others')
  })
}

test('an app that does not answer is waited for 5 seconds', async (t) => {
  const clock = new FakeClock()
  const closed = new Journal<string>()
  const { port, given } = await start(
    t,
    () => (_request, response) => {
      response.on('close', () => {
        closed.note('closed')
      })
    },
    { clock },
  )
  const socket = upgradeBytes(t, port, theirs)
  await once(socket, 'connect')
  await becomes('it is asked', () => clock.timers > 0)
  clock.advance(4_999)
  assert.equal(given.entries.length, 0)
  clock.advance(1)
  assert.equal(given.entries.length, 1)
  await closed.until(1)
})

test('a client that leaves meanwhile is given to nobody', async (t) => {
  const asked = new Journal<http.ServerResponse>()
  const closed = new Journal<string>()
  const { port, given, url } = await start(t, () => (request, response) => {
    if (request.url === '/page') {
      response.end('page')
      return
    }
    asked.note(response)
    response.on('close', () => {
      closed.note('closed')
    })
  })
  const socket = upgradeBytes(t, port, theirs)
  const [response] = await asked.until(1)
  socket.resetAndDestroy()
  await closed.until(1)
  response?.end('too late')
  assert.equal((await ask(`${url}/page`)).body, 'page')
  assert.equal(given.entries.length, 0)
})

test('a server without an app of its own is nobody to ask', async (t) => {
  const io = socketioMiddleware({})
  const clock = new FakeClock()
  const server = http.createServer()
  server.on('upgrade', (_request, socket: Duplex) => {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
  })
  io.attach(server)
  const { url } = await listen(t, io, server)
  assert.equal((await askUpgrade(t, url + theirs)).status, 403)
  assert.equal(clock.timers, 0)
})

test('where the application has named a mount, its app does not see the upgrades of others', async (t) => {
  const seen: string[] = []
  const { url } = await start(
    t,
    (io) =>
      express()
        .use((request, _response, next) => {
          seen.push(request.url)
          next()
        })
        .use('/rt', io),
    { path: '/rt' },
  )
  assert.equal((await askUpgrade(t, url + theirs)).headers['x-from'], 'others')
  assert.deepEqual(seen, [])
  assert.equal((await askUpgrade(t, url + ours)).headers['x-from'], undefined)
  assert.deepEqual(seen, [ours])
})

test('a session that is known makes an upgrade ours, under whatever mount', async (t) => {
  // Behind a proxy that takes a part of the path off, say: no request has shown this mount.
  const { url, given } = await start(t, (io) => (request, response) => {
    request.url = request.url?.slice(request.url.indexOf('/socket.io'))
    io(request, response)
  })
  const line = await openPeer(t, `${url}/b`, await shakeHands(`${url}/a`))
  line.send('5:1+::{"name":"echo","args":[1]}')
  assert.equal(await line.frame(), '6:::1+[1]')
  const polling = await openPolling(`${url}/a`)
  const probe = startWebSocket(t, `${url}/c/socket.io/?EIO=4&transport=websocket&sid=${polling.sid}`)
  await once(probe.websocket, 'open')
  probe.send('2probe')
  assert.equal(await probe.text(), '3probe')
  assert.equal(given.entries.length, 0)
})

test('of the mounts of a pattern so many are known, and clients below all of them are served', async (t) => {
  const seen: string[] = []
  const { url } = await start(t, (io) =>
    express()
      .use((request, _response, next) => {
        if (request.headers['x-asked'] !== undefined) seen.push(String(request.headers.upgrade))
        next()
      })
      .use('/:tenant', io),
  )
  for (let tenant = 0; tenant <= 1_000; tenant++) await shakeHands(`${url}/${tenant}`)
  for (const tenant of ['0', '2', '1000', 'new']) {
    const path = `${url}/${tenant}/socket.io/?EIO=4&transport=websocket`
    assert.equal((await askUpgrade(t, path, { 'X-Asked': tenant })).status, 101)
  }
  // The first has made room for the last, and is asked for again.
  assert.deepEqual(seen, ['undefined', 'websocket', 'websocket', 'undefined'])
})

test('an Upgrade in other letters, and with spaces around it, is one', async (t) => {
  const { port } = await start(t, guarded)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const headers = ['Host: x', 'connection: keep-alive, UPGRADE', 'upgrade:  WebSocket ', 'Sec-WebSocket-Version: 13']
  socket.write([`GET ${ours} HTTP/1.1`, ...headers, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n'))
  const [answer] = (await soon('an answer', once(socket, 'data'))) as [Buffer]
  assert.match(answer.toString('latin1'), /^HTTP\/1\.1 101 /)
})

for (const [what, value] of [
  ['a port', 3000],
  ['nothing', undefined],
  ['null', null],
  ['an app of Express', express()],
  ['an app of Koa', new Koa()],
  ['an object like a server', { on() {}, emit() {}, listen() {} }],
  ['a URL', 'http://localhost'],
] as const) {
  test(`io.attach() of ${what} throws`, (t) => {
    const io = socketioMiddleware({})
    t.after(() => io.close())
    assert.throws(
      () => {
        io.attach(value as never)
      },
      (error) => error instanceof UsageError && error.code === 'SIO_USAGE_SERVER',
    )
  })
}

for (const options of [
  { path: 'rt' },
  { path: 3 },
  { path: '/socket.io' },
  { path: '/rt/socket.io/' },
  { path: '/rt?x' },
  { pth: '/rt' },
  '/rt',
  null,
]) {
  test(`io.attach(server, ${JSON.stringify(options)}) throws`, (t) => {
    const io = socketioMiddleware({})
    t.after(() => io.close())
    const server = http.createServer()
    assert.throws(
      () => {
        io.attach(server, options as never)
      },
      (error) => error instanceof UsageError && error.code === 'SIO_USAGE_OPTION',
    )
    assert.equal(server.listenerCount('upgrade'), 0)
  })
}

for (const path of ['/rt', '/rt/']) {
  test(`io.attach(server, { path: '${path}' }) names one mount`, async (t) => {
    const { url } = await start(t, guarded, { path })
    assert.equal((await askUpgrade(t, url + ours, { authorization: 'no' })).status, 401)
  })
}

for (const path of ['/', '']) {
  test(`io.attach(server, { path: '${path}' }) names the top`, async (t) => {
    const { url } = await start(t, (io) => express().use(io), { path })
    assert.equal((await askUpgrade(t, url + ours)).headers['x-from'], 'others')
    assert.equal((await askUpgrade(t, url + ours.slice(3))).headers['x-from'], undefined)
  })
}
