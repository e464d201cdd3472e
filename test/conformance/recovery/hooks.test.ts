// Owns: whose client it is: recovery.check and recv_resume, each failing in each way, keep everybody out but who is let in;
// recv_suspend stops nothing.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, ConnectError, type Options, type Socket } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { startServer } from '../../support/server.js'
import { rawClient, readUntil, until } from './raw.js'

interface Faulty {
  readonly suspend?: () => unknown
  readonly resume?: () => unknown
  readonly decorate?: boolean
}

async function lost(t: TestContext, faulty: Faulty, options: Options = {}) {
  const ended: string[] = []
  const reports: string[] = []
  const namespaces: BaseNamespace[] = []
  class Chat extends BaseNamespace {
    override initialize() {
      namespaces.push(this)
    }
    override recv_suspend() {
      return faulty.suspend?.()
    }
    override recv_resume() {
      return faulty.resume?.()
    }
    override recv_disconnect(reason: string) {
      ended.push(reason)
    }
  }
  if (faulty.decorate === true) {
    Chat.prototype.exceptionHandlerDecorator =
      (fn) =>
      (...args) => {
        try {
          return fn(...args)
        } catch {
          return undefined
        }
      }
  }
  const errorHandler = (_socket: Socket | undefined, _name: string, message: string): void => {
    reports.push(message)
  }
  const server = await startServer(t, { '/chat': Chat }, { recovery: true, errorHandler, ...options })
  const client = rawClient(t, server)
  const { sid, line } = await client.open()
  line.send('1::/chat')
  await readUntil(line, '1::/chat')
  line.abort()
  await until(() => server.io.stats().suspended === 1)
  namespaces[0]?.emit('secret')
  return { ...server, ...client, sid, ended, reports, namespaces }
}

const unawaitable = (): object =>
  new Proxy(
    {},
    {
      get: (_target, key) => {
        if (key === 'then') throw new Error('on purpose')
        return undefined
      },
    },
  )

const failing: Record<string, () => unknown> = {
  throws: () => {
    throw new Error('on purpose')
  },
  refuses: () => {
    throw new ConnectError('not yours')
  },
  rejects: () => Promise.reject(new Error('on purpose')),
  'answers what cannot be awaited': unawaitable,
}

for (const [how, resume] of Object.entries(failing)) {
  for (const decorate of [false, true]) {
    const where = decorate ? ', behind a decorator that swallows' : ''
    test(`recv_resume that ${how} ends the namespace, and nothing of it is sent${where}`, async (t) => {
      const { open, sid, ended, reports, io } = await lost(t, { resume, decorate })
      const { line } = await open(`resume=${sid}&seen=0`)
      assert.deepEqual(await readUntil(line, '7::/chat:2'), ['1::', '7::/chat:2'])
      assert.deepEqual(ended, ['server namespace disconnect'])
      assert.deepEqual(reports, how === 'refuses' ? [] : ['The method "recv_resume" failed'])
      assert.equal(io.stats().resumesRefused.namespace, 1)
      // It may ask anew, and is a new one there.
      line.send('1::/chat')
      assert.equal(await line.frames.next(), '1::/chat')
    })
  }
}

test('what recv_resume answers lets in, awaited first', async (t) => {
  let letIn: ((value: unknown) => void) | undefined
  const { open, sid, namespaces } = await lost(t, { resume: () => new Promise((resolve) => (letIn = resolve)) })
  const { line } = await open(`resume=${sid}&seen=0`)
  line.send('5:::{"name":"early"}')
  await until(() => letIn !== undefined)
  letIn?.(false)
  assert.deepEqual(await readUntil(line, '5::/chat:{"name":"secret"}'), ['1::', '5::/chat:{"name":"secret"}'])
  assert.equal(namespaces[0]?.recovered, true)
})

test('recv_resume that never settles refuses after ten seconds', async (t) => {
  const clock = new FakeClock()
  let asked = 0
  const resume = (): Promise<void> => {
    asked++
    return new Promise(() => {})
  }
  const { open, sid, ended } = await lost(t, { resume }, { clock })
  const { line } = await open(`resume=${sid}&seen=0`)
  await until(() => asked === 1)
  clock.advance(10_000)
  assert.deepEqual(await readUntil(line, '7::/chat:2'), ['1::', '7::/chat:2'])
  assert.deepEqual(ended, ['server namespace disconnect'])
})

test('a POST or a goodbye on the new session id does nothing before recv_resume was asked', async (t) => {
  const { peer, sid, ended, io } = await lost(t, { resume: failing['throws'] as () => unknown })
  const { body } = await peer.request(`/socket.io/1/?resume=${sid}&seen=0&t=1`)
  const [next = ''] = body.split(':')
  const before = io.stats().packetsIn
  assert.equal((await peer.post('xhr-polling', next, '5::/chat:{"name":"early"}')).body, '1')
  await peer.request(`/socket.io/1/xhr-polling/${next}?disconnect=1`)
  assert.deepEqual([io.stats().packetsIn - before, io.stats().suspended, ended.length], [0, 1, 0])
})

test('with a check, the last session id alone reaches nothing: not by a poll, a POST or a websocket', async (t) => {
  const { peer, sid, io, ended } = await lost(t, {}, { recovery: { check: () => false } })
  const before = io.stats().packetsIn
  assert.equal((await peer.get('xhr-polling', sid)).body, '7:::1+0')
  assert.equal((await peer.post('xhr-polling', sid, '5::/chat:{"name":"early"}')).body, '1')
  const line = await peer.websocket(sid)
  assert.equal(await line.frames.next(), '7:::1+0')
  await line.closed()
  assert.deepEqual([io.stats().packetsIn - before, io.stats().suspended, ended.length], [0, 1, 0])
})

const suspending: Record<string, () => unknown> = { ...failing, 'never settles': () => new Promise(() => {}) }

for (const [how, suspend] of Object.entries(suspending)) {
  test(`recv_suspend that ${how} stops nothing`, async (t) => {
    const { open, sid, reports } = await lost(t, { suspend })
    const { line } = await open(`resume=${sid}&seen=0`)
    await readUntil(line, '5::/chat:{"name":"secret"}')
    assert.ok(reports.length <= 1, reports.join())
  })
}

const checks: Record<string, () => unknown> = {
  ...failing,
  'answers false': () => false,
  'answers a promise of false': () => Promise.resolve(false),
  'answers nothing': () => undefined,
  'answers what is nearly true': () => 1,
}

for (const [how, check] of Object.entries(checks)) {
  test(`a check that ${how} makes a new client, and leaves the old one as it is`, async (t) => {
    const { open, sid, io, ended } = await lost(t, {}, { recovery: { check: check as () => boolean } })
    const { line } = await open(`resume=${sid}&seen=0`)
    line.send('1::/chat')
    assert.deepEqual(await readUntil(line, '1::/chat'), ['1::', '1::/chat'])
    assert.equal(io.stats().resumesRefused.check, 1)
    assert.deepEqual([io.stats().suspended, ended.length], [1, 0])
  })
}

test('a check is asked with the request that has come and the client that is wanted', async (t) => {
  const asked: unknown[] = []
  const check = (request: { readonly url?: string | undefined }, socket: Socket, auth: unknown): Promise<boolean> => {
    asked.push(
      request.url?.includes('resume='),
      request.url?.includes('t=1'),
      socket.id.length,
      socket.isSuspended,
      auth,
    )
    return Promise.resolve(true)
  }
  const { open, sid } = await lost(t, {}, { recovery: { check } })
  const { line } = await open(`resume=${sid}&seen=0`)
  await readUntil(line, '5::/chat:{"name":"secret"}')
  // By a name that is no business of its log.
  assert.deepEqual(asked, [false, true, 20, true, undefined])
})

test('a check that never settles is a new client after ten seconds', async (t) => {
  const clock = new FakeClock()
  const { open, sid, io } = await lost(t, {}, { clock, recovery: { check: () => new Promise(() => {}) } })
  const opening = open(`resume=${sid}&seen=0`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  clock.advance(10_000)
  const { line } = await opening
  await readUntil(line, '1::')
  assert.equal(io.stats().resumesRefused.check, 1)
})
