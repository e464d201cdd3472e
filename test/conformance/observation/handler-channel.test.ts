// Owns: the tracing channel around handlers, hooks and jobs: what is published when, and stores that reach the application.
// Elsewhere: the other channels beside it.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import { describe, test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { BaseNamespace, channels, ConnectError, type EventPacket, type HandlerMessage } from '../../../lib/index.js'
import { watch, watchTrace } from '../../support/channel-watch.js'
import { enter, generations } from '../../support/generations.js'
import { nodeClient } from '../../support/node-client.js'
import { startServer } from '../../support/server.js'

/** What was published, a line for each: `start handler on_say`. */
function lines(t: TestContext): string[] {
  const seen: string[] = []
  watchTrace(t, channels.handler, (part, { kind, method, error }) => {
    seen.push(`${part} ${kind} ${method}${part === 'error' ? ` ${(error as Error).message}` : ''}`)
  })
  return seen
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    test('handlers are followed from their start to their end, those that wait as well', async (t) => {
      class Chat extends BaseNamespace {
        on_now() {
          return 1
        }
        async on_later() {
          await turn()
          return 2
        }
      }
      const server = await startServer(t, { '/chat': Chat })
      const peer = await enter(t, server, generation, '/chat')
      const seen = lines(t)
      peer.ask(1, '/chat', 'now')
      assert.equal(await peer.next(), 'ack /chat 1 [1]')
      assert.deepEqual(seen.splice(0), ['start handler on_now', 'end handler on_now'])
      peer.ask(2, '/chat', 'later')
      assert.equal(await peer.next(), 'ack /chat 2 [2]')
      assert.deepEqual(seen, [
        'start handler on_later',
        'end handler on_later',
        'asyncStart handler on_later',
        'asyncEnd handler on_later',
      ])
    })

    test('what a handler throws or rejects with is published, and reported as without subscribers', async (t) => {
      const reports: string[] = []
      class Chat extends BaseNamespace {
        on_throw() {
          throw new Error('thrown')
        }
        async on_reject() {
          await turn()
          throw new Error('rejected')
        }
      }
      const errorHandler = (...args: unknown[]) => reports.push(`${args[1] as string}: ${args[2] as string}`)
      const server = await startServer(t, { '/chat': Chat }, { errorHandler })
      const peer = await enter(t, server, generation, '/chat')
      const seen = lines(t)
      peer.emit('/chat', 'throw')
      peer.emit('/chat', 'reject')
      peer.emit('/chat', 'nothing')
      await peer.settled()
      assert.deepEqual(seen, [
        'start handler on_throw',
        'error handler on_throw thrown',
        'end handler on_throw',
        'start handler on_reject',
        'end handler on_reject',
        'error handler on_reject rejected',
        'asyncStart handler on_reject',
        'asyncEnd handler on_reject',
      ])
      assert.deepEqual(reports, [
        'handler_failed: The method "on_throw" failed',
        'handler_failed: The method "on_reject" failed',
        'no_such_method: The method "on_nothing" was not found',
      ])
    })

    test('hooks, jobs and ack callbacks are followed, and what the ACL denies is not', async (t) => {
      class Base extends BaseNamespace {
        override initialize() {}
      }
      class Chat extends Base {
        override getInitialAcl() {
          return ['recv_connect', 'on_say']
        }
        override initialize() {
          this.spawn(async function work() {
            await turn()
          })
        }
        override recv_connect() {}
        on_say() {
          this.emit('ask', function answered() {})
        }
        on_denied() {}
        override recv_disconnect() {}
        override disconnect(silent = false) {
          super.disconnect(silent)
        }
      }
      const server = await startServer(t, { '/chat': Chat })
      const seen = lines(t)
      const peer = await enter(t, server, generation, '/chat')
      peer.emit('/chat', 'denied')
      peer.emit('/chat', 'say')
      await peer.until('asks')
      peer.answer([])
      await peer.settled()
      await peer.settled()
      peer.leave('/chat')
      await peer.settled()
      assert.deepEqual(
        seen.filter((line) => line.startsWith('start')),
        [
          'start hook getInitialAcl',
          'start hook initialize',
          'start job work',
          'start hook initialize',
          'start hook recv_connect',
          'start handler on_say',
          'start callback answered',
          'start hook recv_disconnect',
          'start hook disconnect',
        ],
      )
    })

    test('a handler is called with the same arguments, as without subscribers', async (t) => {
      const calls: unknown[][] = []
      class Chat extends BaseNamespace {
        on_args(...args: unknown[]) {
          calls.push([this.nsName, ...args])
        }
        on_packet(packet: EventPacket) {
          calls.push([this.nsName, packet.name, packet.args])
        }
        on_with_space(...args: unknown[]) {
          calls.push(['space', ...args])
        }
      }
      const server = await startServer(t, { '/chat': Chat })
      const peer = await enter(t, server, generation, '/chat')
      const say = async () => {
        peer.emit('/chat', 'args', 1, [2], { three: 3 })
        peer.emit('/chat', 'packet', 'a')
        peer.emit('/chat', 'with space', 'b')
        await peer.settled()
        return calls.splice(0)
      }
      const without = await say()
      const seen = lines(t)
      assert.deepEqual(await say(), without)
      assert.deepEqual(without, [
        ['/chat', 1, [2], { three: 3 }],
        ['/chat', 'packet', ['a']],
        ['space', 'b'],
      ])
      assert.equal(seen.length, 6)
    })
  })
}

test('a message names its socket, namespace, event and packet, the same object in all its parts', async (t) => {
  let self: unknown
  class Chat extends BaseNamespace {
    on_say(text: string) {
      self = this.socket
      return `${text}!`
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  const messages: HandlerMessage[] = []
  watchTrace(t, channels.handler, (_part, message) => messages.push(message))
  peer.ask(1, '/chat', 'say', 'hi')
  assert.equal(await peer.next(), 'ack /chat 1 ["hi!"]')
  const [first, second] = messages
  assert.ok(first)
  assert.equal(first, second)
  assert.equal(messages.length, 2)
  const { socket, namespace, kind, method, event, packet, result } = first
  assert.equal(socket, self)
  assert.deepEqual(
    { namespace, kind, method, event, result },
    { namespace: '/chat', kind: 'handler', method: 'on_say', event: 'say', result: 'hi!' },
  )
  assert.deepEqual((packet as EventPacket).args, ['hi'])
})

test('what is logged of a message holds nothing that was sent, returned or is known of the client', async (t) => {
  class Chat extends BaseNamespace {
    on_login(password: string) {
      return `token of ${password}`
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  const shown: string[] = []
  watchTrace(t, channels.handler, (_part, message) => {
    shown.push(
      JSON.stringify(message),
      JSON.stringify({ ...message }),
      inspect(message, { depth: 9, showHidden: true }),
    )
  })
  peer.ask(1, '/chat', 'login', 'hunter2')
  await peer.next()
  assert.equal(shown.length, 6)
  assert.equal(shown[0], '{"namespace":"/chat","kind":"handler","method":"on_login","event":"login"}')
  for (const text of shown) assert.doesNotMatch(text, /hunter2|headers|cookie|sid|auth/)
})

const rows = [
  ['0.9', 'websocket'],
  ['0.9', 'xhr-polling'],
  ['0.9', 'jsonp-polling'],
  ['2', 'polling'],
  ['2', 'websocket'],
  ['3', 'polling'],
  ['3', 'websocket'],
  ['4', 'polling'],
  ['4', 'websocket'],
  ['4', 'upgrade'],
] as const

for (const [generation, transport] of rows) {
  if (transport === 'jsonp-polling') continue
  test(`a store that is bound reaches recv_connect, handlers after await, and jobs: ${generation}, ${transport}`, async (t) => {
    const requests = new AsyncLocalStorage<string>()
    class Chat extends BaseNamespace {
      asked: unknown
      job: unknown
      override async recv_connect() {
        await sleep(1)
        this.asked = requests.getStore()
        await this.spawn(async () => {
          await sleep(1)
          this.job = requests.getStore()
        }).done
      }
      on_now() {
        return requests.getStore()
      }
      async on_later() {
        await sleep(1)
        return [this.asked, this.job, requests.getStore()]
      }
    }
    const { start } = diagnostics.tracingChannel<unknown, HandlerMessage>(channels.handler)
    start.bindStore(requests, ({ method, socket }) => `${method} of ${socket.id.length}`)
    t.after(() => start.unbindStore(requests))
    const { url } = await startServer(t, { '/chat': Chat })
    const client = nodeClient(t, url, transport, generation)
    const answers = await client.run(async ({ connect, ask }) => {
      const socket = connect('/chat')
      return [await ask(socket, 'now'), await ask(socket, 'later')]
    })
    assert.deepEqual(answers, [['on_now of 20'], ['recv_connect of 20', 'anonymous of 20', 'on_later of 20']])
    assert.equal(requests.getStore(), undefined)
  })
}

for (const generation of generations) {
  test(`errorHandler, and subscribers of errors, find the store of the call that has failed: ${generation}`, async (t) => {
    const requests = new AsyncLocalStorage<string>()
    const handled: unknown[] = []
    const published: unknown[] = []
    const same = new Error('thrown again and again')
    class Chat extends BaseNamespace {
      override recv_connect() {
        if (this.nsName === '/failing') throw new Error('recv_connect')
      }
      on_same() {
        throw same
      }
      async on_same_later() {
        await Promise.resolve()
        throw same
      }
      on_throw() {
        throw new Error('thrown')
      }
      async on_reject() {
        await sleep(1)
        throw new Error('rejected')
      }
      on_text() {
        // oxlint-disable-next-line no-throw-literal -- what is no object has no place for a store
        throw 'a text'
      }
      async on_job() {
        await this.spawn(async function work() {
          await sleep(1)
          throw new Error('job')
        }).done
      }
    }
    const { start } = diagnostics.tracingChannel<unknown, HandlerMessage>(channels.handler)
    start.bindStore(requests, ({ method }) => method)
    t.after(() => start.unbindStore(requests))
    watch(t, channels.error, () => published.push(requests.getStore()))
    const errorHandler = () => handled.push(requests.getStore())
    const server = await startServer(t, { '/chat': Chat, '/failing': Chat }, { errorHandler })
    const peer = await enter(t, server, generation, '/chat')
    for (const say of ['throw', 'reject', 'text', 'job', 'nothing', 'same', 'same later', 'same'])
      peer.emit('/chat', say)
    await peer.settled()
    for (let tries = 0; tries < 1_000 && handled.length < 8; tries++) await sleep(5)
    peer.connect('/failing')
    await peer.until('refused /failing')
    const again = ['on_same', 'on_same_later', 'on_same']
    assert.deepEqual(handled, ['on_throw', 'on_reject', undefined, 'work', undefined, ...again, 'recv_connect'])
    assert.deepEqual(published, handled)
  })
}

test('a method that its class gets later is followed as well', async (t) => {
  class Chat extends BaseNamespace {}
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  Object.assign(Chat.prototype, { on_late: () => 'late' })
  const seen = lines(t)
  peer.ask(1, '/chat', 'late')
  assert.equal(await peer.next(), 'ack /chat 1 ["late"]')
  assert.deepEqual(seen, ['start handler on_late', 'end handler on_late'])
})

test('a thenable that begins when it is awaited is awaited once', async (t) => {
  let begun = 0
  class Chat extends BaseNamespace {
    on_lazy() {
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- as builders of database queries are
        then(resolve: (value: string) => void) {
          begun++
          resolve('found')
        },
      }
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  const seen = lines(t)
  peer.ask(1, '/chat', 'lazy')
  assert.equal(await peer.next(), 'ack /chat 1 ["found"]')
  assert.equal(begun, 1)
  assert.equal(seen.length, 4)
})

test('a refusal in recv_connect and a decorator work as without subscribers', async (t) => {
  const decorated: string[] = []
  class Chat extends BaseNamespace {
    override exceptionHandlerDecorator(fn: (...args: unknown[]) => unknown) {
      return async (...args: unknown[]) => {
        try {
          return await fn(...args)
        } catch (error) {
          decorated.push((error as Error).message)
          return 'swallowed'
        }
      }
    }
    override recv_connect() {
      throw new ConnectError('no')
    }
  }
  const server = await startServer(t, {
    '/chat': Chat,
    '/other': class extends Chat {
      override recv_connect() {
        return undefined as never
      }
      on_fail() {
        throw new Error('failed')
      }
    },
  })
  const seen = lines(t)
  const peer = await enter(t, server, '4', '/other')
  peer.connect('/chat')
  assert.equal(await peer.next(), 'refused /chat')
  peer.ask(1, '/other', 'fail')
  assert.equal(await peer.next(), 'ack /other 1 ["swallowed"]')
  assert.deepEqual(decorated, ['no', 'failed'])
  assert.ok(!seen.some((line) => line.startsWith('error')), seen.join())
})
