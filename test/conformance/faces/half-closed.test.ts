// Owns: clients that end their side of a connection while an upgrade of theirs waits: what the app learns, and when the
// connection ends, is what Node does for an ordinary request of the same client.
// Elsewhere: connections that end after the upgrade (test/faults/half-open.test.ts).
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import { connect as connectTo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { becomes, shakeHands, soon, upgradeHeaders } from './peer.js'

/** What the app learns of one request. */
interface Learned {
  readonly events: string[]
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  /** Lets it go on. */
  readonly release: () => void
}

type Make = (io: SocketioMiddleware, hold: (learned: Learned) => Promise<void>) => RequestListener

function learn(request: http.IncomingMessage, response: http.ServerResponse): Learned & { released: Promise<void> } {
  const events: string[] = []
  request.on('aborted', () => events.push('aborted'))
  request.on('close', () => events.push('request closed'))
  response.on('close', () => events.push('response closed'))
  let release = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  return { events, request, response, release, released }
}

async function holding(held: Promise<void>, next: () => void): Promise<void> {
  await held
  next()
}

const apps: readonly (readonly [name: string, make: Make])[] = [
  [
    'Express',
    (io, hold) =>
      express()
        .use((request, response, next) => {
          const learned = learn(request, response)
          void holding(hold(learned), next)
        })
        .use(io),
  ],
  [
    'Koa',
    (io, hold) => {
      const app = new Koa()
      app.silent = true
      return app
        .use(async (ctx, next) => {
          await hold(learn(ctx.req, ctx.res))
          await next()
        })
        .use(io)
        .callback()
    },
  ],
  [
    'Koa, behind us',
    (io, hold) => {
      const app = new Koa()
      app.silent = true
      return app
        .use(async (ctx, next) => {
          await next()
          await hold(learn(ctx.req, ctx.res))
        })
        .use(io)
        .use((ctx) => {
          ctx.body = 'page'
        })
        .callback()
    },
  ],
]

interface Started {
  readonly server: http.Server
  readonly io: SocketioMiddleware
  readonly port: number
  readonly url: string
  readonly learned: Learned[]
}

async function start(t: TestContext, make: Make, options: Options = {}): Promise<Started> {
  const io = socketioMiddleware({ '': Echo }, options)
  const learned: Learned[] = []
  const app = make(io, (one) => {
    if (one.request.headers['x-hold'] === undefined) return Promise.resolve()
    learned.push(one)
    return (one as Learned & { released: Promise<void> }).released
  })
  const server = http.createServer(app)
  return { ...(await listen(t, io, server)), learned }
}

/** Sends a request, whose client then ends its side: what it hears until the connection is closed. */
function half(t: TestContext, port: number, path: string, headers: Readonly<Record<string, string>>, behind = '') {
  const socket = connectTo({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  const lines = Object.entries({ Host: 'x', 'X-Hold': '1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n${behind}`, 'latin1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => {
      resolve(text)
    })
  })
  return { socket, ended }
}

async function connectionsOf(server: http.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count)
      else reject(error)
    })
  })
}

async function emptied(server: http.Server): Promise<void> {
  for (let tries = 0; (await connectionsOf(server)) > 0; tries++) {
    assert.ok(tries < 1_000, 'a connection stays')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const wires = {
  '0.9': async (url: string) => `/socket.io/1/websocket/${await shakeHands(url)}`,
  '4': () => '/socket.io/?EIO=4&transport=websocket',
} as const

/** A text frame of a client's, masked with zeros. */
function frame(text: string): string {
  return `\x81${String.fromCharCode(0x80 | text.length)}\0\0\0\0${text}`
}

function endSide(socket: Socket): void {
  socket.end()
}

for (const [face, make] of apps) {
  for (const wire of ['0.9', '4'] as const) {
    for (const known of [true, false]) {
      test(`an upgrade of ${wire} that ${face} holds ends with its client's side, ${known ? 'on a known mount' : 'as the first request'}`, async (t) => {
        const { server, io, port, url, learned } = await start(t, make)
        if (known) await shakeHands(url)
        const path = known || wire === '4' ? await wires[wire](url) : '/socket.io/1/websocket/nobody'
        // An ordinary request of the same client is the measure.
        const ordinary = half(t, port, '/page', {})
        await becomes('a request is held', () => learned.length === 1)
        endSide(ordinary.socket)
        assert.equal(await soon('the end', ordinary.ended), '')
        const upgrade = half(t, port, path, upgradeHeaders)
        await becomes('an upgrade is held', () => learned.length === 2)
        endSide(upgrade.socket)
        assert.equal(await soon('the end', upgrade.ended), '')
        await emptied(server)
        const [asked, upgraded] = learned as [Learned, Learned]
        await becomes('the app learns it', () => [asked, upgraded].every(({ events }) => events.length >= 3))
        assert.deepEqual(upgraded.events.toSorted(), ['aborted', 'request closed', 'response closed'])
        assert.deepEqual(asked.events.toSorted(), upgraded.events.toSorted())
        assert.equal(upgraded.request.destroyed, asked.request.destroyed)
        assert.equal(upgraded.response.destroyed, asked.response.destroyed)
        // What the app does later reaches nobody, and breaks nothing.
        for (const { release } of learned) release()
        await new Promise((resolve) => setTimeout(resolve, 20))
        assert.equal(io.stats().byTransport.websocket ?? 0, 0)
        await shakeHands(url)
      })
    }
  }

  test(`an upgrade that ${face} holds learns of a reset as an ordinary request does`, async (t) => {
    const { server, port, learned } = await start(t, make)
    const ordinary = half(t, port, '/page', {})
    await becomes('a request is held', () => learned.length === 1)
    ordinary.socket.resetAndDestroy()
    const upgrade = half(t, port, wires['4'](), upgradeHeaders)
    await becomes('an upgrade is held', () => learned.length === 2)
    upgrade.socket.resetAndDestroy()
    await emptied(server)
    const [asked, upgraded] = learned as [Learned, Learned]
    await becomes('the app learns it', () => [asked, upgraded].every(({ events }) => events.length >= 3))
    assert.deepEqual(upgraded.events.toSorted(), asked.events.toSorted())
  })
}

for (const [face, make] of apps) {
  test(`an upgrade that ${face} holds ends with its client's side behind frames that came too early`, async (t) => {
    const { server, port, learned } = await start(t, make)
    const { socket, ended } = half(t, port, wires['4'](), upgradeHeaders, 'first')
    await becomes('an upgrade is held', () => learned.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write('second')
    await new Promise((resolve) => setTimeout(resolve, 20))
    endSide(socket)
    assert.equal(await soon('the end', ended), '')
    await emptied(server)
  })

  test(`frames that a client sends before ${face} lets its upgrade pass are read then, each once and in order`, async (t) => {
    const { port, url, learned } = await start(t, make)
    const { socket } = half(t, port, await wires['0.9'](url), upgradeHeaders, frame('2::'))
    let text = ''
    socket.on('data', (chunk: string) => (text += chunk))
    await becomes('an upgrade is held', () => learned.length === 1)
    for (let number = 0; number < 50; number++) {
      socket.write(frame(`5:${number}+::{"name":"echo","args":[${number}]}`), 'latin1')
      await new Promise((resolve) => setImmediate(resolve))
    }
    learned[0]?.release()
    await becomes('all acks', () => text.includes('6:::49+[49]'))
    const acks = [...text.matchAll(/6:::(\d+)\+\[\1\]/g)].map(([, number]) => Number(number))
    assert.deepEqual(
      acks,
      Array.from({ length: 50 }, (_none, index) => index),
    )
    socket.write(frame('5:99+::{"name":"echo","args":[99]}'), 'latin1')
    await becomes('an ack', () => text.includes('6:::99+[99]'))
  })
}

for (const [what, options] of [
  ['authorize', { authorize: () => new Promise<boolean>(() => {}) }],
  ['session', { session: () => new Promise<object>(() => {}) }],
] as const satisfies readonly (readonly [string, Options])[]) {
  test(`an upgrade that waits for ${what} ends with its client's side`, async (t) => {
    const { server, port, io } = await start(t, (apart) => express().use(apart), options)
    const { socket, ended } = half(t, port, wires['4'](), upgradeHeaders)
    // The server has it.
    await becomes('a connection', () => server.listening)
    await new Promise((resolve) => setTimeout(resolve, 50))
    endSide(socket)
    assert.equal(await soon('the end', ended), '')
    await emptied(server)
    assert.equal(io.stats().sockets, 0)
  })
}

test('an upgrade behind a request that is not answered ends with its client, as that request does', async (t) => {
  const { server, port, learned } = await start(t, apps[0]?.[1] as Make)
  const upgradeLines = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  const behind = `GET ${wires['4']()} HTTP/1.1\r\n${upgradeLines.join('')}\r\n`
  const { socket, ended } = half(t, port, '/page', {}, behind)
  await becomes('a request is held', () => learned.length === 1)
  endSide(socket)
  assert.equal(await soon('the end', ended), '')
  await emptied(server)
  await becomes('the app learns it', () => learned[0]?.events.includes('response closed') === true)
})

test('a server that keeps half-open connections answers the upgrade of one', async (t) => {
  const { server, port, learned } = await start(t, apps[0]?.[1] as Make)
  Object.assign(server, { httpAllowHalfOpen: true })
  const { socket, ended } = half(t, port, '/socket.io/1/websocket/nobody', upgradeHeaders)
  await becomes('an upgrade is held', () => learned.length === 1)
  endSide(socket)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(learned[0]?.events, [])
  learned[0]?.response.writeHead(401, { 'Content-Length': 2 }).end('no')
  assert.match(await soon('the end', ended), /^HTTP\/1\.1 401 [^]*no$/)
  await emptied(server)
})
