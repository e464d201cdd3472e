// Owns: that nothing of a test client stays with the server: no connection, and no session of one that came too late.
// Elsewhere: that a process ends by itself (faults.test.ts), what clients say (connect.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, ConnectError, socketioMiddleware, type Options } from '../../../lib/index.js'
import { connect, memoryAgent, type App, type TestClient } from '../../../lib/testing.js'
import { becomes } from '../faces/peer.js'
import { quietly, wires } from './apps.js'

class Chat extends BaseNamespace {
  override recv_connect(): void {
    if (this.environ.query.refuse !== undefined) throw new ConnectError('no')
  }
  on_echo(value: unknown): unknown {
    return value
  }
  on_kick(): void {
    this.disconnect()
  }
}

/** The connections of a server in memory that are open. */
function connectionsOf(server: http.Server): Set<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  return open
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const faces = {
  express: (io: ReturnType<typeof socketioMiddleware>): App => express().use(io),
  koa: (io: ReturnType<typeof socketioMiddleware>): App => new Koa().use(io),
  'io alone': (io: ReturnType<typeof socketioMiddleware>): App => io,
}

function start(face: keyof typeof faces, options: Options = {}) {
  const io = socketioMiddleware({ '/chat': Chat }, { ...quietly, ...options })
  const app = faces[face](io)
  return { io, app, open: connectionsOf(memoryAgent(app).server) }
}

const ends: Readonly<Record<string, (client: TestClient) => Promise<unknown>>> = {
  leave: (client) => client.leave(),
  lose: (client) => client.lose(),
  'be kicked': (client) => {
    client.emit('kick')
    return client.ended().then(() => client.leave())
  },
}

for (const face of ['express', 'koa', 'io alone'] as const) {
  for (const [protocol, transport] of wires) {
    const name = `on ${face}, ${protocol} by ${transport}`

    for (const [how, end] of Object.entries(ends)) {
      test(`${name}: clients that ${how} leave no connection`, async () => {
        const { app, open } = start(face)
        const clients: TestClient[] = []
        for (let number = 0; number < 20; number++) clients.push(await connect(app, '/chat', { protocol, transport }))
        await Promise.all(clients.map((client) => client.ask('echo', 1)))
        assert.ok(open.size >= 20)
        await Promise.all(clients.map(end))
        await becomes(`${open.size} connections are closed`, () => open.size === 0)
      })
    }

    test(`${name}: clients that io.close() ends leave no connection`, async () => {
      const { app, io, open } = start(face)
      const clients: TestClient[] = []
      for (let number = 0; number < 5; number++) clients.push(await connect(app, '/chat', { protocol, transport }))
      await io.close()
      await Promise.all(clients.map((client) => client.ended()))
      await becomes('all connections are closed', () => open.size === 0)
    })

    test(`${name}: a client that is refused leaves no connection and no session`, async () => {
      const { app, io, open } = start(face)
      await assert.rejects(connect(app, '/chat', { protocol, transport, query: 'refuse=1' }), { name: 'ConnectError' })
      await becomes('its connection is closed', () => open.size === 0)
      await becomes('its session is over', () => io.stats().sockets === 0)
      const other = start(face, { authorize: () => false })
      await assert.rejects(connect(other.app, '/chat', { protocol, transport }), { status: 403 })
      await becomes('its connection is closed', () => other.open.size === 0)
    })
  }
}

// The app takes its time, so that what a client asks for is answered somewhat before or behind the end of its patience.
function slowly(io: ReturnType<typeof socketioMiddleware>, ms: number): App {
  return express()
    .use((_request, _response, next) => {
      setTimeout(next, ms)
    })
    .use(io)
}

for (const [protocol, transport] of wires) {
  for (const how of ['the app', 'recv_connect', 'authorize'] as const) {
    test(`${protocol} by ${transport}: a connect that runs out of time while ${how} takes its own leaves nothing`, async () => {
      class Slow extends BaseNamespace {
        override async recv_connect(): Promise<void> {
          if (how === 'recv_connect') await wait(6)
        }
      }
      const authorize = how === 'authorize' ? () => wait(6).then(() => true) : undefined
      const io = socketioMiddleware({ '/chat': Slow }, { ...quietly, ...(authorize && { authorize }) })
      const app = how === 'the app' ? slowly(io, 6) : express().use(io)
      const open = connectionsOf(memoryAgent(app).server)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_none, index) =>
          connect(app, '/chat', { protocol, transport, timeout: 1 + index / 2 }),
        ),
      )
      const connected = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      assert.ok(connected.length < 60, 'none was late')
      await wait(50)
      await becomes('no session of a late one is left', () => io.stats().sockets === connected.length)
      await Promise.all(connected.map((client) => client.leave()))
      await becomes('no session is left', () => io.stats().sockets === 0)
      await becomes('no connection is left', () => open.size === 0)
    })
  }

  test(`${protocol} by ${transport}: a connect that the app answers long after its time does not open`, async () => {
    let opened = 0
    class Counted extends BaseNamespace {
      override initialize(): void {
        opened++
      }
    }
    const io = socketioMiddleware({ '/chat': Counted }, quietly)
    const app = slowly(io, 100)
    const open = connectionsOf(memoryAgent(app).server)
    const begun = performance.now()
    await assert.rejects(connect(app, '/chat', { protocol, transport, timeout: 30 }), /within 30 ms/)
    assert.ok(performance.now() - begun < 2_000)
    await wait(300)
    assert.deepEqual([opened, open.size, io.stats().sockets], [0, 0, 0])
  })
}

for (const [protocol, transport] of wires) {
  test(`${protocol} by ${transport}: connects that run out of time use up no handshakes`, async () => {
    const io = socketioMiddleware({ '/chat': Chat }, { ...quietly, maxHandshakes: 3 })
    const app = slowly(io, 5)
    for (let number = 0; number < 40; number++) {
      const late = connect(app, '/chat', { protocol, transport, timeout: 4 + (number % 20) / 2 })
      await late.then(
        (client) => client.leave(),
        (error: unknown) => {
          assert.match(String(error), /within [\d.]+ ms/)
        },
      )
    }
    const client = await connect(app, '/chat', { protocol, transport })
    assert.equal(await client.ask('echo', 1), 1)
    await client.leave()
  })
}

test('a client whose connect has failed is not waited for at the end of its test', async () => {
  const afters: (() => Promise<void>)[] = []
  const t = { after: (done: () => Promise<void>) => void afters.push(done) }
  const app = (): void => {}
  await assert.rejects(connect(app, '/chat', { t, timeout: 500 }), /within 500 ms/)
  const begun = performance.now()
  await Promise.all(afters.map((after) => after()))
  assert.equal(afters.length, 1)
  assert.ok(performance.now() - begun < 250)
})

test('a thousand clients of every wire, one after the other, leave no connection', async () => {
  const { app, io, open } = start('express')
  for (let number = 0; number < 1_000; number++) {
    const [protocol, transport] = wires[number % wires.length] as (typeof wires)[number]
    const client = await connect(app, '/chat', { protocol, transport })
    await (number % 8 < 4 ? client.leave() : client.lose())
    assert.ok(open.size < 8, `${open.size} connections after ${number} clients`)
  }
  await becomes('all connections are closed', () => open.size === 0)
  // Those of 0.9 that were lost between two polls may come back for as long as closeTimeout.
  assert.equal(io.stats().sockets, 125)
})
