// Owns: one class with one client and nothing around it: hooks, access lists, decorators and jobs as for real.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, BroadcastMixin, ConnectError, socketioMiddleware, type Handler } from '../../../lib/index.js'
import { connect, openNamespace, protocols, TestClock } from '../../../lib/testing.js'

interface Types {
  session: { name: string }
  request: { user: string }
  emits: { said: (name: string, text: string) => void; tick: (number: number) => void }
}

class Chat extends BroadcastMixin(BaseNamespace<Types>) {
  readonly steps: string[] = []
  override initialize(): void {
    this.steps.push('initialize')
  }
  override getInitialAcl(): string[] {
    return ['recv_connect', 'on_login', 'on_steps']
  }
  override recv_connect(): void {
    this.steps.push('recv_connect')
    if (this.auth !== undefined) throw new ConnectError('who?', { code: 7 })
  }
  override recv_disconnect(reason: string): void {
    this.steps.push(reason)
    this.disconnect(true)
  }
  override exceptionHandlerDecorator(fn: Handler): Handler {
    return (...args) => {
      this.steps.push(`calls with ${args.length}`)
      return fn(...args)
    }
  }
  on_login(): string {
    this.liftAclRestrictions()
    return `${this.session.name} ${this.request.user} ${this.environ.query['lang']}`
  }
  on_say(text: string): void {
    this.broadcastEvent('said', this.session.name, text)
  }
  on_steps(): [string[]] {
    return [this.steps]
  }
  on_bytes(bytes: Buffer): Buffer {
    return Buffer.from([...bytes].toReversed())
  }
  on_start(): void {
    this.spawn(() => this.tick())
  }
  async tick(): Promise<void> {
    for (let number = 1; ; number++) {
      await this.sleep(1_000)
      this.emit('tick', number)
    }
  }
}

const given = {
  session: { name: 'anna' },
  request: { user: 'u1' },
  environ: { query: { lang: 'en' } },
  options: { errorHandler: () => {} },
}

for (const protocol of protocols) {
  test(`${protocol}: hooks, access list, decorator, session and request are as for real`, async () => {
    const { namespace, client } = await openNamespace(Chat, { protocol, ...given })
    assert.ok(namespace instanceof Chat)
    assert.equal(namespace.request, given.request)
    assert.deepEqual(namespace.session, given.session)
    assert.notEqual(namespace.session, given.session)
    assert.equal(namespace.nsName, '/test')
    assert.equal(namespace.socket.protocol, protocol)
    assert.deepEqual([...(namespace.allowedMethods ?? [])], ['recv_connect', 'on_login', 'on_steps'])
    client.emit('say', 'denied')
    await client.idle()
    assert.deepEqual(client.received, [])
    assert.equal(await client.ask('login'), 'anna u1 en')
    client.emit('say', 'hi')
    assert.deepEqual(await client.next('said'), ['anna', 'hi'])
    await client.leave()
    const calls = ['calls with 1', 'calls with 0', 'calls with 1']
    assert.deepEqual(namespace.steps, [
      'initialize',
      calls[0],
      'recv_connect',
      calls[1],
      calls[2],
      'calls with 1',
      'client namespace disconnect',
    ])
  })

  test(`${protocol}: what refuses a connect rejects, and two clients of one middleware meet`, async (t) => {
    const refusal = openNamespace(Chat, { protocol, auth: { user: 'nobody' }, ...given })
    if (protocol === '4') await assert.rejects(refusal, { name: 'ConnectError', message: 'who?', data: { code: 7 } })
    // 0.9 has no auth.
    else assert.equal((await refusal).client.connected, true)
    const { client: anna, io } = await openNamespace(Chat, { protocol, t, ...given })
    const { client: bert } = await openNamespace(Chat, { protocol, t, io, session: { name: 'bert' }, request: {} })
    await Promise.all([anna.ask('login'), bert.ask('login')])
    bert.emit('say', 'hi')
    assert.deepEqual(await anna.next('said'), ['bert', 'hi'])
    await anna.quiet()
  })

  test(`${protocol}: a clock that a test moves`, async (t) => {
    const clock = new TestClock()
    const { client } = await openNamespace(Chat, { protocol, t, ...given, options: { clock } })
    await client.ask('login')
    await client.ask('start').catch(() => {})
    await clock.tick(3_500)
    await client.idle({ jobs: true })
    assert.deepEqual(client.received, [
      ['tick', 1],
      ['tick', 2],
      ['tick', 3],
    ])
  })

  test(`${protocol}: lost`, async () => {
    const { namespace, client } = await openNamespace(Chat, { protocol, ...given })
    await client.lose()
    assert.equal(namespace.steps.at(-1), 'transport close')
    assert.equal(client.connected, false)
  })
}

test('bytes go and come on the wire of 4', async () => {
  const { client } = await openNamespace(Chat, given)
  await client.ask('login')
  assert.deepEqual(await client.ask('bytes', Buffer.from([1, 2, 3])), Buffer.from([3, 2, 1]))
})

test('a class in the global namespace, and io that is none', async () => {
  class Global extends BaseNamespace {
    on_where(): string {
      return this.nsName
    }
  }
  for (const protocol of protocols) {
    const { client, namespace } = await openNamespace(Global, { endpoint: '/', protocol })
    assert.equal(await client.ask('where'), '')
    assert.equal(protocol === '4' ? namespace.nsName : '', '')
    await client.leave()
  }
  await assert.rejects(openNamespace(Global, { io: (() => {}) as never }), { code: 'SIO_USAGE_OPTION' })
})

test('the client of an app and one without a request are in the same rooms', async () => {
  const io = socketioMiddleware({ '/test': Chat }, given.options)
  const { client, namespace } = await openNamespace(Chat, { io, ...given })
  io.of('/test').emit('said', 'a route', 'hello')
  assert.deepEqual(await client.next('said'), ['a route', 'hello'])
  assert.equal(io.of('/test').local !== undefined, true)
  assert.deepEqual(
    (await io.of('/test').fetchSockets()).map(({ id }) => id),
    [namespace.socket.id],
  )
  await io.close()
  assert.equal(await client.ended(), 'transport close')
})

for (const options of [{ protocol: '2' }, { auth: 'token' }, { auth: [] }, { timeout: 0 }, { timeout: '5' }]) {
  test(`${JSON.stringify(options)} is refused`, async () => {
    await assert.rejects(openNamespace(Chat, options as object), { code: 'SIO_USAGE_OPTION' })
    await assert.rejects(
      connect(() => {}, '/test', options as object),
      { code: 'SIO_USAGE_OPTION' },
    )
  })
}
