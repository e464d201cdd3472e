// Owns: the test kit against apps that fail: clear errors, within bounded time, and nothing that stays.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { connect, memoryAgent, openNamespace } from '../../../lib/testing.js'
import { Chat, makeApp, quietly, wires } from './apps.js'

for (const [protocol, transport] of wires) {
  const name = `${protocol} by ${transport}`
  const options = { protocol, transport, timeout: 300 } as const

  test(`${name}: an app that throws is an error with its answer`, async () => {
    const app = express()
      .use(() => {
        throw new Error('broken')
      })
      .use(((_error, _request, response, _next) => {
        response.status(500).send('broken in the app')
      }) as express.ErrorRequestHandler)
    await assert.rejects(connect(app, '/chat', options), {
      name: 'HandshakeRefused',
      message: 'the handshake was answered 500 Internal Server Error: broken in the app',
      status: 500,
    })
  })

  test(`${name}: a guard that answers 401 is an error with its answer, JSON read`, async () => {
    const io = socketioMiddleware({ '/chat': Chat })
    const app = express()
      .use((_request, response) => {
        response.status(401).json({ message: 'log in first', code: 3 })
      })
      .use(io)
    await assert.rejects(connect(app, '/chat', options), {
      message: 'the handshake was answered 401 Unauthorized: log in first',
      status: 401,
      data: { message: 'log in first', code: 3 },
    })
  })

  for (const [what, begin, told, data] of [
    ['nothing', (response: express.Response) => response.status(401).flushHeaders(), '', ''],
    ['a part', (response: express.Response) => response.status(401).write('log in'), ': log in', 'log in'],
  ] as const) {
    test(`${name}: an app that answers 401 with ${what} and never ends its answer is an error that says so`, async () => {
      const app = express().use((_request, response) => void begin(response))
      await assert.rejects(connect(app, '/chat', { ...options, timeout: 100 }), {
        name: 'HandshakeRefused',
        message: `the handshake was answered 401 Unauthorized${told}, and the answer has not ended within 100 ms`,
        status: 401,
        data,
      })
    })
  }

  test(`${name}: an app that begins to answer 200 and never ends its answer is an error that says so`, async () => {
    const app = express().use((_request, response) => void response.write('0'))
    await assert.rejects(connect(app, '/chat', { ...options, timeout: 100 }), {
      name: 'Error',
      message: 'expected the app to answer the connect to "/chat" within 100 ms, but its answer, 200 OK, has not ended',
    })
  })

  for (const [face, app] of [
    ['Express, later', express().use(() => Promise.reject(Object.assign(new Error('crashed'), { expose: true })))],
    [
      'Koa',
      Object.assign(
        new Koa().use(() => {
          throw new Error('crashed')
        }),
        { silent: true },
      ),
    ],
  ] as const) {
    test(`${name}: an app of ${face} that crashes is an error with its 500`, async () => {
      if (typeof app === 'function') app.set('env', 'test')
      await assert.rejects(connect(app, '/chat', options), { name: 'HandshakeRefused', status: 500 })
    })
  }

  test(`${name}: a server that is closed with all its connections ends what waits, and refuses who comes`, async (t) => {
    const { app } = makeApp('express', { '/chat': Chat }, quietly)
    const { server } = memoryAgent(app)
    const client = await connect(app, '/chat', { ...options, timeout: 5_000, t })
    await client.idle()
    const polls = transport !== 'websocket'
    const waiting = polls ? client.ended() : undefined
    server.close()
    server.closeAllConnections()
    // As in Node, a websocket is no connection of HTTP any more: it goes on.
    if (polls) assert.equal(await waiting, 'transport close')
    else assert.deepEqual(await client.ask('pair'), [1, 'two'])
    await assert.rejects(connect(app, '/chat', options), { code: 'ECONNREFUSED' })
  })

  test(`${name}: an app without the middleware answers 404`, async () => {
    await assert.rejects(connect(express(), '/chat', options), { status: 404 })
  })

  test(`${name}: an app that never answers is an error in time, and its request is given up`, async () => {
    const ends: string[] = []
    const app = (_request: http.IncomingMessage, response: http.ServerResponse): void => {
      response.once('close', () => {
        ends.push('given up')
      })
    }
    const start = performance.now()
    await assert.rejects(connect(app, '/chat', { ...options, timeout: 100 }), {
      message: 'expected the app to answer the connect to "/chat" within 100 ms',
    })
    assert.ok(performance.now() - start < 2_000)
    for (let tries = 0; tries < 200 && ends.length === 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 5))
    assert.deepEqual(ends, ['given up'])
  })

  test(`${name}: an app that hangs up is an error at once`, async () => {
    const app = (request: http.IncomingMessage): void => {
      request.socket.destroy()
    }
    await assert.rejects(connect(app, '/chat', { ...options, timeout: 5_000 }), /socket hang up|ended before/)
  })

  test(`${name}: a recv_connect that never ends is an error in time`, async () => {
    class Stuck extends BaseNamespace {
      override recv_connect(): Promise<void> {
        return new Promise(() => {})
      }
    }
    const { app } = makeApp('express', { '/chat': Stuck }, quietly)
    await assert.rejects(connect(app, '/chat', { ...options, timeout: 100 }), /connect to "\/chat" within 100 ms/)
  })

  test(`${name}: io that closes meanwhile ends what waits at once`, async (t) => {
    const { app, io } = makeApp('express', { '/chat': Chat }, quietly)
    const client = await connect(app, '/chat', { ...options, timeout: 5_000, t })
    const waiting = [client.next('never'), client.ask('ask', 'nobody answers'), client.ended()] as const
    const start = performance.now()
    await io.close()
    await assert.rejects(waiting[0], /expected the event 'never', but the connection has ended/)
    await assert.rejects(waiting[1], /expected an ack, but the connection has ended/)
    assert.match(await waiting[2], /transport close|client not handshaken/)
    assert.ok(performance.now() - start < 2_000)
    assert.throws(() => {
      client.emit('say', 'too late')
    }, /expected to be connected, but the connection has ended/)
    await client.quiet()
    await assert.rejects(connect(app, '/chat', options), /the handshake was answered 503/)
  })

  test(`${name}: a handler that never ends is what idle() and quiet() fail with`, async () => {
    class Stuck extends BaseNamespace {
      on_hang(): Promise<void> {
        return new Promise(() => {})
      }
    }
    const { app } = makeApp('express', { '/chat': Stuck }, quietly)
    const client = await connect<typeof Stuck>(app, '/chat', { ...options, timeout: 300 })
    client.emit('hang')
    const message = 'expected the server to be idle within 300 ms, but a handler of "/chat" is not done'
    await assert.rejects(client.idle(), { message })
    await assert.rejects(client.quiet(), { message })
    await client.leave()
  })

  test(`${name}: quiet() waits for jobs only when it is told to, and not for those that sleep`, async (t) => {
    let goOn = (): void => {}
    const isTold = new Promise<void>((resolve) => {
      goOn = resolve
    })
    class Working extends BaseNamespace {
      on_work(): void {
        this.spawn(async () => {
          await isTold
          this.emit('done')
          await this.sleep(60_000)
        })
      }
    }
    const { app } = makeApp('express', { '/chat': Working })
    const client = await connect<typeof Working>(app, '/chat', { ...options, timeout: 2_000, t })
    await client.ask('work')
    await client.quiet()
    const idle = client.idle({ jobs: true })
    goOn()
    await idle
    assert.deepEqual(client.received, [['done']])
  })
}

test('a client that is disposed of has left', async () => {
  const reasons: string[] = []
  class Watched extends BaseNamespace {
    override recv_disconnect(reason: string): void {
      reasons.push(reason)
      this.disconnect(true)
    }
  }
  const { app } = makeApp('express', { '/chat': Watched })
  {
    await using client = await connect(app, '/chat')
    assert.equal(client.connected, true)
  }
  {
    await using client = (await openNamespace(Watched)).client
    assert.equal(client.connected, true)
  }
  assert.deepEqual(reasons, ['client namespace disconnect', 'client namespace disconnect'])
})

test('cookies, headers and the agent: an agent can be given in place of an app', async (t) => {
  const { app } = makeApp('express', { '/chat': Chat })
  const agent = memoryAgent(app)
  const client = await connect<typeof Chat>(agent, '/chat', { t })
  assert.deepEqual(await client.ask('pair'), [1, 'two'])
})

for (const face of ['express', 'koa'] as const) {
  for (const how of ['leaving', 'staying']) {
    test(`a thousand clients on ${face}, ${how}, keep no process alive`, async () => {
      const script = join(import.meta.dirname, '..', '..', 'support', 'crowd-in-memory.ts')
      const child = spawn(process.execPath, ['--import', 'tsx', script, face, how], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.on('data', (text: Buffer) => (output += text.toString()))
      const start = performance.now()
      let doneAt = 0
      child.stdout.once('data', () => {
        doneAt = performance.now()
      })
      const timer = setTimeout(() => child.kill(), 60_000)
      const [code] = (await once(child, 'close')) as [number | null]
      clearTimeout(timer)
      assert.equal(code, 0)
      assert.equal(output, '1000 clients\n')
      // Not by the ping of a client, which is due after 25 seconds.
      assert.ok(performance.now() - doneAt < 5_000, `${performance.now() - start} ms`)
    })
  }
}
