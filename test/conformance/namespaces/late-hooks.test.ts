// Owns: hooks and steps of the dispatch that are put in place after a namespace was constructed, or after its class was
// mounted: what guards access counts from then on.
// Elsewhere: those that are there with the constructor (fields.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import {
  BaseNamespace,
  ConnectError,
  DispatchError,
  type EventPacket,
  type Handler,
  type NamespaceClass,
  type Packet,
} from '../../../lib/index.js'
import { enter, generations, openIn } from '../../support/generations.js'
import { Journal, within } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { assertRefused } from '../../support/refused.js'
import { startServer } from '../../support/server.js'

const no = (): never => {
  throw new ConnectError('not you')
}

/** How a property comes to an instance. */
const ways: Readonly<Record<string, (target: object, name: string, value: unknown) => void>> = {
  assigned: (target, name, value) => {
    Reflect.set(target, name, value)
  },
  'defined out of sight': (target, name, value) => {
    Object.defineProperty(target, name, { value, enumerable: false, writable: false })
  },
}

/** What may not be a field, and what it would do. */
const hooks: Readonly<Record<string, () => unknown>> = {
  recv_connect: no,
  getInitialAcl: () => [],
  get_initial_acl: () => [],
  recv_message: () => undefined,
  on_login: () => undefined,
  initialize: no,
}

/** Each of them denies the event `secret` in its own way. */
const steps: Readonly<Record<string, (this: BaseNamespace, ...args: never[]) => unknown>> = {
  processPacket(packet: Packet) {
    return packet.type === 'event' && packet.name === 'secret'
      ? 'denied'
      : BaseNamespace.prototype.processPacket.call(this, packet)
  },
  processEvent(packet: EventPacket) {
    return packet.name === 'secret' ? 'denied' : BaseNamespace.prototype.processEvent.call(this, packet)
  },
  callMethodWithAcl(name: string, packet: Packet, ...args: unknown[]) {
    return name === 'on_secret' ? 'denied' : BaseNamespace.prototype.callMethodWithAcl.call(this, name, packet, ...args)
  },
  callMethod(name: string, packet: Packet, ...args: unknown[]) {
    return name === 'on_secret' ? 'denied' : BaseNamespace.prototype.callMethod.call(this, name, packet, ...args)
  },
  isMethodAllowed(name: string) {
    return name !== 'on_secret'
  },
  exceptionHandlerDecorator(fn: Handler) {
    return (...args: unknown[]) => (args[0] === 'secret' ? 'denied' : fn(...args))
  },
}

class Chat extends BaseNamespace {
  on_secret(_word: string) {
    return 'the secret'
  }
  on_other() {
    return 'another'
  }
}

/** A class that puts it in place in a hook, or when it is sent the event `now`. */
function putting(when: 'initialize' | 'recv_connect' | 'a handler', put: (target: object) => void): NamespaceClass {
  if (when === 'initialize') {
    return class extends Chat {
      override initialize() {
        put(this)
      }
    }
  }
  if (when === 'recv_connect') {
    return class extends Chat {
      override async recv_connect() {
        await new Promise(setImmediate)
        put(this)
      }
    }
  }
  return class extends Chat {
    on_now() {
      put(this)
      return 'done'
    }
  }
}

async function assertRefusesAll(t: TestContext, namespaceClass: NamespaceClass, endpoint: string): Promise<void> {
  const reports = new Reports()
  const server = await startServer(t, { [endpoint]: namespaceClass }, { errorHandler: reports.handler })
  for (const generation of generations) await assertRefused(t, server, generation, endpoint)
  const causes = reports.takeAll().map(({ cause }) => Reflect.get(Object(cause) as object, 'code') as unknown)
  assert.deepEqual(causes, ['SIO_USAGE_NAMESPACE'], 'reported once')
}

for (const [way, put] of Object.entries(ways)) {
  for (const when of ['initialize', 'recv_connect'] as const) {
    describe(`${way} in ${when}`, { concurrency: 4 }, () => {
      for (const [name, value] of Object.entries(hooks)) {
        test(`${name} that is ${way} in ${when} refuses every connect, and is reported once`, async (t) => {
          await assertRefusesAll(
            t,
            putting(when, (target) => {
              put(target, name, value)
            }),
            '/chat',
          )
        })
      }
    })
  }

  test(`recv_message that is ${way} in initialize of the global namespace lets nobody in`, async (t) => {
    await assertRefusesAll(
      t,
      putting('initialize', (target) => {
        put(target, 'recv_message', () => undefined)
      }),
      '',
    )
  })

  for (const when of ['initialize', 'recv_connect', 'a handler'] as const) {
    describe(`${way} in ${when}`, { concurrency: 4 }, () => {
      for (const [name, value] of Object.entries(steps)) {
        test(`${name} that is ${way} in ${when} counts from then on`, async (t) => {
          const server = await startServer(t, {
            '/chat': putting(when, (target) => {
              put(target, name, value)
            }),
          })
          for (const generation of generations) {
            const peer = await enter(t, server, generation, '/chat')
            if (when === 'a handler') {
              peer.ask(1, '/chat', 'secret', 'secret')
              assert.equal(await peer.next(), 'ack /chat 1 ["the secret"]')
              peer.ask(2, '/chat', 'now')
              assert.equal(await peer.next(), 'ack /chat 2 ["done"]')
            }
            peer.ask(3, '/chat', 'secret', 'secret')
            const denial =
              name === 'isMethodAllowed'
                ? 'event /chat error ["method_access_denied","You do not have access to method \\"on_secret\\""]'
                : 'ack /chat 3 ["denied"]'
            assert.equal(await peer.next(), denial)
            peer.ask(4, '/chat', 'other')
            assert.equal(await peer.next(), 'ack /chat 4 ["another"]')
          }
        })
      }
    })
  }
}

test('a step that is replaced on the prototype of a class that is mounted counts for those who are in', async (t) => {
  class Mounted extends Chat {}
  const server = await startServer(t, { '/chat': Mounted })
  const peers = await Promise.all(generations.map((generation) => enter(t, server, generation, '/chat')))
  for (const peer of peers) {
    peer.ask(1, '/chat', 'secret')
    assert.equal(await peer.next(), 'ack /chat 1 ["the secret"]')
  }
  Mounted.prototype.isMethodAllowed = (name) => name !== 'on_secret'
  for (const peer of peers) {
    peer.ask(2, '/chat', 'secret')
    assert.match(await peer.next(), /method_access_denied/)
  }
})

test('recv_connect that is replaced on the prototype of a class that is mounted counts for the next connect', async (t) => {
  class Mounted extends Chat {
    override recv_connect(): unknown {
      return undefined
    }
  }
  class Inheriting extends Mounted {}
  class Bare extends Chat {}
  const server = await startServer(t, { '/own': Mounted, '/inherited': Inheriting, '/bare': Bare })
  const endpoints = ['/own', '/inherited', '/bare']
  for (const endpoint of endpoints) await enter(t, server, '4', endpoint)
  Mounted.prototype.recv_connect = no
  Bare.prototype.recv_connect = no
  for (const generation of generations) {
    const peer = await openIn(t, server, generation)
    for (const endpoint of endpoints) {
      peer.connect(endpoint)
      assert.equal(await peer.next(), `refused ${endpoint}`)
    }
  }
})

test('handlers, initialize and getInitialAcl that come to the prototype of a class that is mounted count for the next connect', async (t) => {
  class Mounted extends Chat {}
  const server = await startServer(t, { '/chat': Mounted })
  await enter(t, server, '4', '/chat')
  const seen: string[] = []
  Object.assign(Mounted.prototype, {
    initialize() {
      seen.push('initialize')
    },
    getInitialAcl() {
      return ['recv_connect', 'on_secret', 'on_new']
    },
    on_secret() {
      return 'another one'
    },
    on_new() {
      return 'new'
    },
  })
  for (const generation of generations) {
    const peer = await enter(t, server, generation, '/chat')
    peer.ask(1, '/chat', 'secret')
    assert.equal(await peer.next(), 'ack /chat 1 ["another one"]')
    peer.ask(2, '/chat', 'new')
    assert.equal(await peer.next(), 'ack /chat 2 ["new"]')
    peer.ask(3, '/chat', 'other')
    assert.match(await peer.next(), /method_access_denied/)
  }
  assert.deepEqual(seen, ['initialize', 'initialize', 'initialize'])
})

test('recv_connect that becomes an accessor or is taken for a generator after mount refuses, and is reported once', async (t) => {
  for (const descriptor of [{ get: () => () => undefined }, { value: 5 }, { value: function* () {} }]) {
    class Mounted extends Chat {}
    const reports = new Reports()
    const server = await startServer(t, { '/chat': Mounted }, { errorHandler: reports.handler })
    Object.defineProperty(Mounted.prototype, 'recv_connect', { ...descriptor, configurable: true })
    for (const generation of generations) {
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      assert.equal(await peer.next(), 'refused /chat')
    }
    const causes = reports.takeAll().map(({ cause }) => Reflect.get(Object(cause) as object, 'code') as unknown)
    assert.deepEqual(causes, ['SIO_USAGE_NAMESPACE'])
  }
})

test('disconnect that is assigned in initialize runs once, however the namespace ends', async (t) => {
  const cleaned: string[] = []
  class Late extends BaseNamespace {
    override initialize() {
      this.disconnect = () => {
        cleaned.push(this.nsName)
      }
    }
    on_end() {
      this.disconnect()
    }
  }
  class LateAgain extends Late {
    override disconnect(silent?: boolean) {
      cleaned.push('the class')
      super.disconnect(silent)
    }
  }
  for (const namespaceClass of [Late, LateAgain]) {
    const server = await startServer(t, { '/chat': namespaceClass })
    for (const generation of generations) {
      const peer = await enter(t, server, generation, '/chat')
      peer.emit('/chat', 'end')
      assert.equal(await peer.next(), 'left /chat')
      await peer.settled()
      assert.deepEqual(cleaned.splice(0), ['/chat'])
      assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
    }
  }
})

test('a step that a refusal needs may be replaced by one that throws', async (t) => {
  class Throwing extends Chat {
    override initialize() {
      this.callMethodWithAcl = () => {
        throw new DispatchError('SIO_DISPATCH_DENIED', 'method_access_denied', 'no')
      }
    }
  }
  const server = await startServer(t, { '/chat': Throwing })
  for (const generation of generations) {
    const peer = await openIn(t, server, generation)
    peer.connect('/chat')
    assert.equal(await peer.next(), 'refused /chat')
  }
})

test('disconnect that comes to the prototype of a class without hooks runs for those who are in', async (t) => {
  class Mounted extends Chat {}
  const server = await startServer(t, { '/chat': Mounted })
  const peers = await Promise.all(generations.map((generation) => enter(t, server, generation, '/chat')))
  const cleaned = new Journal<boolean | undefined>()
  Mounted.prototype.disconnect = function (silent) {
    cleaned.note(silent)
    BaseNamespace.prototype.disconnect.call(this, silent)
  }
  for (const peer of peers) peer.leave('/chat')
  assert.deepEqual(await cleaned.until(peers.length), [true, true, true])
})

// In a class without hooks of its own, whose namespaces end without any step where that is all.
for (const step of ['recv_disconnect', 'disconnect', 'processPacket', 'isMethodAllowed', 'exceptionHandlerDecorator']) {
  test(`an accessor in the place of ${step} that throws keeps no client for ever`, async (t) => {
    class Odd extends BaseNamespace {
      on_odd() {
        Object.defineProperty(this, step, { get: no })
      }
    }
    const reports = new Reports()
    const server = await startServer(t, { '/chat': Odd }, { errorHandler: reports.handler })
    const peers = await Promise.all(generations.map((generation) => enter(t, server, generation, '/chat')))
    for (const peer of peers) {
      peer.emit('/chat', 'odd')
      await peer.settled()
      peer.leave('/chat')
      await peer.settled()
      assert.match((await reports.next()).message, /^The method "(?:recv_)?disconnect" failed$/)
    }
    assert.equal(server.io.stats().namespaces['/chat']?.sockets, 0)
    await within('the end of all', server.io.close())
  })
}
