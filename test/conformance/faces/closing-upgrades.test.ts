// Owns: what becomes of upgrades that the app has not answered when io.close() is called.
// Elsewhere: sockets that are open then (../closing.test.ts), upgrades of others (trials.test.ts).
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { Journal } from '../../support/journal.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { exchangeBytes, shakeHands, soon, upgradeHeaders } from './peer.js'

const paths = {
  '0.9': (sid: string) => `/socket.io/1/websocket/${sid}`,
  '4': () => '/socket.io/?EIO=4&transport=websocket',
}

interface Started {
  readonly io: SocketioMiddleware
  readonly server: http.Server
  readonly port: number
  readonly url: string
  /** Requests that have come to the app and are not answered. */
  readonly held: Journal<http.ServerResponse>
  /** Responses that were closed. */
  readonly closed: Journal<http.ServerResponse>
}

type Make = (io: SocketioMiddleware, hold: (response: http.ServerResponse) => void) => RequestListener

async function start(t: TestContext, make: Make): Promise<Started> {
  const io = socketioMiddleware({ '': Echo })
  const held = new Journal<http.ServerResponse>()
  const closed = new Journal<http.ServerResponse>()
  const server = http.createServer(
    make(io, (response) => {
      response.on('close', () => {
        closed.note(response)
      })
      held.note(response)
    }),
  )
  return { ...(await listen(t, io, server)), held, closed }
}

/** Asks for an upgrade: what comes until the connection is closed. */
function askRaw(t: TestContext, port: number, path: string): { socket: Socket; received: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const headers = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\n${headers.join('')}\r\n`)
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  const received = new Promise<string>((resolve) => {
    socket.once('close', () => {
      resolve(text)
    })
    socket.on('error', () => {})
  })
  return { socket, received }
}

/** Resolves when no connection is left, though nobody cuts those that the server knows. */
function whenClosed(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeIdleConnections()
  })
}

const apps: readonly (readonly [string, Make])[] = [
  [
    'a middleware of Express that never calls next()',
    (io, hold) =>
      express()
        .use((request, response, next) => {
          if (request.headers.upgrade === undefined) next()
          else hold(response)
        })
        .use(io),
  ],
  [
    'a middleware of Koa that never settles',
    (io, hold) =>
      new Koa()
        .use(async (ctx, next) => {
          if (ctx.get('upgrade') === '') return next()
          hold(ctx.res)
          return new Promise(() => {})
        })
        .use(io)
        .callback(),
  ],
  [
    'a middleware of Koa that never settles behind us',
    (io, hold) => {
      const koa = new Koa()
      // It would print that its client has left.
      koa.silent = true
      return koa
        .use(async (ctx, next) => {
          await next()
          if (ctx.get('upgrade') === '') return
          hold(ctx.res)
          await new Promise(() => {})
        })
        .use(io)
        .callback()
    },
  ],
]

for (const [what, make] of apps) {
  for (const generation of ['0.9', '4'] as const) {
    for (const isKnown of [false, true]) {
      const name = `io.close() ends an upgrade of ${generation} that ${what} holds, ${isKnown ? 'on a known mount' : 'as the first request'}`
      test(name, async (t) => {
        const { io, server, port, url, held, closed } = await start(t, make)
        const sid = isKnown ? await shakeHands(url) : 'x'
        const { received } = askRaw(t, port, paths[generation](sid))
        const [response] = await held.until(1)
        await io.close()
        assert.match(await soon('the end of the connection', received), /^HTTP\/1\.1 503 [^]*\r\nConnection: close\r\n/)
        await closed.until(1)
        // What the app still says reaches nobody, and breaks nothing.
        response?.end('too late')
        await soon('the end of the server', whenClosed(server))
      })
    }
  }
}

test('io.close() breaks off an answer to an upgrade that the app has begun and never ends', async (t) => {
  const { io, server, port, held } = await start(t, (_io, hold) => (_request, response) => {
    response.write('first')
    hold(response)
  })
  const { received } = askRaw(t, port, paths[4]())
  await held.until(1)
  await io.close()
  const text = await soon('the end of the connection', received)
  assert.match(text, /^HTTP\/1\.1 200 [^]*first/)
  assert.doesNotMatch(text, /503/)
  await soon('the end of the server', whenClosed(server))
})

test('io.close() leaves an answer to an upgrade that the app has given to go out', async (t) => {
  const { io, port, held } = await start(t, (_io, hold) => (_request, response) => {
    response.writeHead(401, { 'Content-Length': 5_000_000 }).end('x'.repeat(5_000_000))
    hold(response)
  })
  const { socket, received } = askRaw(t, port, paths[4]())
  socket.pause()
  await held.until(1)
  await io.close()
  socket.resume()
  const text = await soon('the end of the connection', received)
  assert.match(text, /^HTTP\/1\.1 401 /)
  assert.equal(text.length - text.indexOf('\r\n\r\n') - 4, 5_000_000)
})

test('io.close() gives an upgrade that is on trial to the others at once', async (t) => {
  const { io, server, port, held, closed } = await start(t, (_io, hold) => (_request, response) => {
    hold(response)
  })
  server.on('upgrade', (request: http.IncomingMessage, socket: Socket) => {
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${request.headers.upgrade}`)
  })
  const { received } = askRaw(t, port, '/their/socket.io/?EIO=4&transport=websocket')
  await held.until(1)
  await io.close()
  assert.match(await soon('the end of the connection', received), /^HTTP\/1\.1 200 [^]*\r\n\r\nwebsocket$/)
  await closed.until(1)
})

test('an upgrade behind an answer that io.close() gives is left to the app', async (t) => {
  const { io, url, port } = await start(t, (middleware) =>
    express()
      .use(middleware)
      .use((request, response) => {
        response.send(`the app: ${request.headers.upgrade}`)
      }),
  )
  const sid = await shakeHands(url)
  const headers = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  const opening = `GET /socket.io/1/xhr-polling/${sid} HTTP/1.1\r\nHost: x\r\n\r\n`
  await exchangeBytes(port, opening, (text) => text.includes('1::'))
  const upgrade = `GET ${paths['0.9'](sid)} HTTP/1.1\r\n${headers.join('')}\r\n`
  const text = exchangeBytes(port, opening + upgrade, (received) => received.split('HTTP/1.1').length > 2)
  // The poll is held once another has been answered behind it.
  await exchangeBytes(port, `GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n`, (received) => received.includes('the app'))
  await io.close()
  assert.match(await text, /^HTTP\/1\.1 200 [^]*8::HTTP\/1\.1 503 /)
})

test('a client that leaves an upgrade which the app has accepted and not ended leaves nothing behind', async (t) => {
  const { port, held, closed } = await start(t, apps[2]?.[1] as Make)
  const { socket } = askRaw(t, port, paths[4]())
  await held.until(1)
  socket.resetAndDestroy()
  assert.equal((await closed.until(1)).length, 1)
})
