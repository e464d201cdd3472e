// Owns: a step of the dispatch that keeps the connect packet for later and returns: nobody is let in before recv_connect was
// called.
// Elsewhere: steps that swallow what recv_connect throws (decorated-refusal.test.ts), that dispatch all by themselves (dispatch.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import {
  BaseNamespace,
  ConnectError,
  type ConnectPacket,
  type Handler,
  type NamespaceClass,
  type Packet,
} from '../../../lib/index.js'
import { enter, generations, openIn, type Generation } from '../../support/generations.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'

type Step = 'processPacket' | 'callMethodWithAcl' | 'callMethod'
const steps: readonly Step[] = ['processPacket', 'callMethodWithAcl', 'callMethod']

/** When what was queued is passed on, and what the step returns meanwhile. */
const delays: Readonly<Record<string, (pass: () => void) => unknown>> = {
  'in a setImmediate': (pass) => {
    setImmediate(pass)
  },
  'in a setTimeout': (pass) => {
    setTimeout(pass, 5)
  },
  'in a microtask, and returns no promise': (pass) => {
    Promise.resolve().then(pass, () => {})
  },
  'after the promise that it returns': async (pass) => {
    setTimeout(pass, 5)
    await turn()
  },
  'by a number that it returns': (pass) => [setImmediate(pass)].length,
}

function queueing(base: NamespaceClass, step: Step, delay: (pass: () => void) => unknown): NamespaceClass {
  class Queueing extends (base as typeof BaseNamespace) {}
  const original = BaseNamespace.prototype[step] as (...args: unknown[]) => unknown
  Object.defineProperty(Queueing.prototype, step, {
    value(this: BaseNamespace, ...args: readonly unknown[]) {
      const packet = (step === 'processPacket' ? args[0] : args[1]) as Packet
      if (packet.type !== 'connect') return original.apply(this, [...args])
      return delay(() => {
        try {
          Promise.resolve(original.apply(this, [...args])).catch(() => {})
        } catch {
          // It is nobody's.
        }
      })
    },
    writable: true,
    configurable: true,
  })
  return Queueing
}

/** What lets nobody in, if it is asked. */
const guards: Readonly<Record<string, NamespaceClass>> = {
  'recv_connect that throws': class extends BaseNamespace {
    override recv_connect() {
      throw new ConnectError('not you')
    }
  },
  'recv_connect that rejects': class extends BaseNamespace {
    override async recv_connect() {
      await turn()
      throw new ConnectError('not you')
    }
  },
  'recv_connect of a base class': class extends class extends BaseNamespace {
    override recv_connect() {
      throw new ConnectError('not you')
    }
  } {},
  'a decorator': class extends BaseNamespace {
    override exceptionHandlerDecorator(_fn: Handler): Handler {
      return () => {
        throw new ConnectError('not you')
      }
    }
  },
  'an ACL': class extends BaseNamespace {
    override getInitialAcl() {
      return ['on_say']
    }
  },
  isMethodAllowed: class extends BaseNamespace {
    override isMethodAllowed() {
      return false
    }
  },
}

function complaints(reports: Reports): unknown[] {
  return reports
    .takeAll()
    .map(({ cause }) => Reflect.get(Object(cause) as object, 'code') as unknown)
    .filter((code) => code === 'SIO_USAGE_NAMESPACE')
}

async function assertRefused(t: TestContext, namespaceClass: NamespaceClass): Promise<void> {
  const reports = new Reports()
  const server = await startServer(t, { '/chat': namespaceClass }, { errorHandler: reports.handler })
  for (const generation of generations) {
    const peer = await openIn(t, server, generation)
    peer.connect('/chat')
    assert.equal(await peer.next(), 'refused /chat', generation)
    await pause(10)
    assert.deepEqual(await peer.settled(), [], 'what is called later decides nothing')
    assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
    peer.ask(1, '', 'anything')
    assert.ok(peer.isOpen)
  }
  assert.equal(complaints(reports).length, 1, 'reported once')
}

for (const step of steps) {
  describe(`${step} that queues the connect`, { concurrency: 4 }, () => {
    for (const [when, delay] of Object.entries(delays)) {
      for (const [guard, base] of Object.entries(guards)) {
        // The ACL is asked before callMethod.
        if (step === 'callMethod' && (guard === 'an ACL' || guard === 'isMethodAllowed')) continue
        test(`${step} that passes the connect on ${when} lets in nobody whom ${guard} would refuse`, async (t) => {
          await assertRefused(t, queueing(base, step, delay))
        })
      }
    }

    test(`${step} that passes the connect on by a promise lets in whom recv_connect accepts`, async (t) => {
      class Accepting extends BaseNamespace {
        override async recv_connect() {
          await turn()
        }
      }
      const waiting = queueing(Accepting, step, (pass) => pause(5).then(pass))
      const server = await startServer(t, { '/chat': waiting })
      for (const generation of generations) await enter(t, server, generation, '/chat')
    })
  })
}

test('a recv_connect that a processPacket of its own calls by name counts', async (t) => {
  const seen: string[] = []
  class Calling extends BaseNamespace {
    override processPacket(packet: Packet) {
      if (packet.type !== 'connect') return super.processPacket(packet)
      return this.decide(packet)
    }
    decide(packet: ConnectPacket): unknown {
      return this.recv_connect(packet)
    }
    override recv_connect(packet: ConnectPacket): unknown {
      seen.push(packet.endpoint)
      if (this.environ.query['who'] === 'bad') throw new ConnectError('not you')
      return undefined
    }
    on_say() {
      return Object.keys(this).includes('recv_connect')
    }
  }
  class Swallowing extends Calling {
    override decide(packet: ConnectPacket): unknown {
      try {
        return super.decide(packet)
      } catch {
        return undefined
      }
    }
  }
  for (const namespaceClass of [Calling, Swallowing]) {
    const server = await startServer(t, { '/chat': namespaceClass })
    for (const generation of generations) {
      const good = await openIn(t, server, generation, 'who=good')
      await good.enter('/chat')
      good.ask(1, '/chat', 'say')
      assert.equal(await good.next(), 'ack /chat 1 [false]')
      const bad = await openIn(t, server, generation, 'who=bad')
      bad.connect('/chat')
      assert.equal(await bad.next(), 'refused /chat')
    }
  }
  assert.equal(seen.length, 12)
})

test('a processPacket that accepts by itself lets in, where nothing else guards the connect', async (t) => {
  class Own extends BaseNamespace {
    override processPacket(packet: Packet) {
      if (packet.type === 'connect') return turn()
      return super.processPacket(packet)
    }
  }
  const server = await startServer(t, { '/chat': Own })
  for (const generation of generations) await enter(t, server, generation, '/chat')
})

/** A dispatch all of its own: by its class nobody can tell whether recv_connect is to be called. */
function ownDispatch(generation: Generation, recv_connect: () => unknown, queue: (() => void)[]): NamespaceClass {
  return class Own extends BaseNamespace {
    override recv_connect() {
      return recv_connect()
    }
    override processPacket(packet: Packet) {
      if (packet.type !== 'connect') return super.processPacket(packet)
      queue.push(() => {
        try {
          Promise.resolve(super.processPacket(packet)).catch(() => {})
        } catch {
          // It is nobody's.
        }
      })
      return generation
    }
    override callMethodWithAcl(name: string, packet: Packet, ...args: unknown[]) {
      return super.callMethodWithAcl(name, packet, ...args)
    }
    override callMethod(name: string, packet: Packet, ...args: unknown[]) {
      return super.callMethod(name, packet, ...args)
    }
  }
}

for (const generation of generations) {
  for (const [how, recv_connect] of Object.entries({
    throws: () => {
      throw new ConnectError('not you')
    },
    rejects: () => turn().then(() => Promise.reject(new ConnectError('not you'))),
  })) {
    test(`recv_connect that ${how} after a dispatch of its own has accepted ends the namespace of ${generation}`, async (t) => {
      const queue: (() => void)[] = []
      const namespaceClass = ownDispatch(generation, recv_connect, queue)
      const server = await startServer(t, { '/chat': namespaceClass }, { errorHandler: () => {} })
      const peer = await enter(t, server, generation, '/chat')
      queue[0]?.()
      assert.equal(await peer.next(), 'left /chat')
      assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
      assert.deepEqual(await peer.settled(), [])
    })
  }
}
