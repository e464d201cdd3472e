// Owns: hooks of the application that throw, reject or never settle, each in its turn: what was let in hears of its end once,
// the global namespace of the same client is served meanwhile, and nothing stays behind.
// Elsewhere: what a client and the errorHandler are told (test/conformance/namespaces/exceptions.test.ts, refusal.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, RoomsMixin, type Handler, type NamespaceClass, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { ask } from '../support/engine-peer.js'
import { abort, connectPeer, type Peer } from '../support/v09-peers.js'
import { Ledger, watchedAdapter } from './ledger.js'
import { startQuietServer } from './quiet.js'

const faults: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('of a hook')
  },
  rejects: () => turn().then(() => Promise.reject(new Error('of a hook'))),
  'never settles': () => new Promise(() => {}),
}

const hooks = [
  'constructor',
  'getInitialAcl',
  'initialize',
  'recv_connect',
  'on_event',
  'recv_message',
  'recv_json',
  'recv_error',
  'recv_disconnect',
  'disconnect',
  'exceptionHandlerDecorator',
  'job',
  'ack callback',
  'io.use',
] as const

type Hook = (typeof hooks)[number]

/** What the namespaces of one test have seen, one of each at most. */
interface Book {
  disconnects: number
  cleanups: number
}

function faulty(hook: Hook, fault: () => unknown, book: Book): NamespaceClass {
  const at = (here: Hook): unknown => (here === hook ? fault() : undefined)
  class Faulty extends RoomsMixin(BaseNamespace) {
    constructor(...args: ConstructorParameters<NamespaceClass>) {
      super(...args)
      if (hook === 'constructor') void fault()
    }

    override getInitialAcl() {
      return (at('getInitialAcl') ?? null) as null
    }

    async initialize() {
      await this.join('hall')
      await at('initialize')
    }

    override recv_connect() {
      return at('recv_connect')
    }

    on_event() {
      return at('on_event')
    }

    override recv_message() {
      return at('recv_message')
    }

    override recv_json() {
      return at('recv_json')
    }

    override recv_error() {
      return at('recv_error')
    }

    on_job() {
      this.spawn(async () => {
        await at('job')
      })
      this.spawn((signal) => this.sleep(86_400_000).finally(() => signal.aborted))
    }

    on_ask() {
      this.emit('question', () => at('ack callback'))
    }

    exceptionHandlerDecorator(fn: Handler): Handler {
      return (...args) => at('exceptionHandlerDecorator') ?? fn(...args)
    }

    override recv_disconnect() {
      book.disconnects++
      const failed = at('recv_disconnect')
      this.disconnect(true)
      return failed
    }

    override disconnect(silent?: boolean) {
      book.cleanups++
      const failed = at('disconnect')
      super.disconnect(silent)
      return failed as undefined
    }
  }
  return Faulty
}

class Root extends BaseNamespace {
  on_echo() {}
}

async function open(t: TestContext, chat: NamespaceClass, options: Options = {}) {
  const { adapters, adapter } = watchedAdapter()
  const clock = new FakeClock()
  const settings = { clock, adapter, errorHandler: () => {}, ...options }
  const server = await startQuietServer(t, { '': Root, '/chat': chat }, settings)
  const ledger = new Ledger(server, clock, adapters)
  await ask(`${server.url}/socket.io/1/xhr-polling/nobody`)
  await ledger.open()
  return { server, clock, ledger }
}

/** What a client hears until its global namespace has answered, which shows that all before is done or is waited for. */
async function hearOut(peer: Peer): Promise<string[]> {
  await peer.send('5:9+::{"name":"echo"}')
  const heard: string[] = []
  for (;;) {
    const packet = await peer.receive()
    if (packet === '6:::9') return heard
    heard.push(packet)
    const id = /^5:(\d+)\+:\/chat:/.exec(packet)?.[1]
    if (id !== undefined) await peer.send(`6::/chat:${id}+[1]`)
  }
}

const ends: Readonly<Record<string, (peer: Peer) => unknown>> = {
  'leaves the namespace': (peer) => peer.send('0::/chat'),
  'leaves the server': (peer) => peer.send('0::'),
  'is lost': abort,
}

for (const [kind, fault] of Object.entries(faults)) {
  for (const hook of hooks) {
    // What a constructor promises nobody sees.
    if (hook === 'constructor' && kind !== 'throws') continue
    for (const [how, end] of Object.entries(ends)) {
      test(`${hook} ${kind}, and the client ${how}`, async (t) => {
        const book: Book = { disconnects: 0, cleanups: 0 }
        const { server, clock, ledger } = await open(t, faulty(hook, fault, book))
        if (hook === 'io.use') server.io.use((_socket, next, { endpoint }) => (endpoint === '' ? next() : fault()))
        const peer = await connectPeer(t, server, 'websocket')
        await peer.send('1::/chat')
        let heard = await hearOut(peer)
        for (const packet of ['5::/chat:{"name":"job"}', '5::/chat:{"name":"ask"}', '5::/chat:{"name":"event"}']) {
          await peer.send(packet)
        }
        for (const packet of ['3::/chat:x', '4::/chat:{}', '7::/chat:']) await peer.send(packet)
        heard = [...heard, ...(await hearOut(peer)), ...(await hearOut(peer))]
        const isAccepted = heard.includes('1::/chat')
        await end(peer)
        if (kind !== 'never settles') {
          if (how === 'leaves the namespace') await hearOut(peer)
        } else {
          // It is waited for no longer than it may.
          // A step of its opening, recv_disconnect and the rest, one after the other.
          for (let waited = 0; waited < 8; waited++) {
            await turn()
            await turn()
            clock.advance(60_000)
          }
        }
        abort(peer)
        // The client's own, kept for more requests.
        server.server.closeIdleConnections()
        await ledger.balance()
        // Wrapped by what fails, it is not reached.
        const isReached = hook !== 'exceptionHandlerDecorator'
        // A recv_connect that outlives closeTimeout counts as done: what it opened is to be cleaned up.
        const isAsked = isAccepted || (hook === 'recv_connect' && kind === 'never settles')
        assert.equal(book.disconnects, isAsked && isReached ? 1 : 0)
        // A constructor that throws has made nothing to clean up.
        assert.equal(book.cleanups, hook === 'io.use' || hook === 'constructor' ? 0 : 1)
      })
    }
  }
}

for (const [kind, fault] of Object.entries(faults)) {
  for (const [option, status] of [
    ['authorize', 500],
    ['session', 500],
    ['origins', 403],
  ] as const) {
    test(`the option ${option} ${kind}, and the handshake is refused`, async (t) => {
      const { server, clock, ledger } = await open(t, Root, { [option]: fault })
      const answer = ask(`${server.url}/socket.io/1/`, { headers: { Origin: server.url } })
      const settled = answer.then(() => true)
      while (!(await Promise.race([settled, turn(false)]))) clock.advance(1_000)
      assert.equal((await answer).status, status)
      clock.advance(60_000)
      server.server.closeIdleConnections()
      await ledger.balance()
    })
  }
}
