// Owns: which outcome of a connect counts where something of the application's stands between recv_connect and us.
// Elsewhere: what a decorator sees (exceptions.test.ts), refusals without one (refusal.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, ConnectError, type Handler, type NamespaceClass, type Packet } from '../../../lib/index.js'
import { generations, openIn, type Generation } from '../../support/generations.js'
import { Queue } from '../../support/wire-client.js'
import { startServer } from '../../support/server.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Decorator = (fn: Handler) => Handler

/** Decorators of which none lets anybody in whom recv_connect refuses, and what a client of version 4 is told. */
const refusing: Readonly<Record<string, readonly [decorator: Decorator, message: string]>> = {
  "that logs and swallows, the original's example": [
    (fn) =>
      async (...args) => {
        try {
          return await fn(...args)
        } catch {
          return undefined
        }
      },
    'not you',
  ],
  'that swallows and answers something': [
    (fn) =>
      async (...args) => {
        try {
          return await fn(...args)
        } catch {
          return true
        }
      },
    'not you',
  ],
  'that sees no rejections': [
    (fn) =>
      (...args) => {
        try {
          return fn(...args)
        } catch {
          return undefined
        }
      },
    'not you',
  ],
  'that does not wait': [
    (fn) =>
      (...args) => {
        Promise.resolve()
          .then(() => fn(...args))
          .catch(() => {})
      },
    // It has not called recv_connect when it returns.
    'connection refused',
  ],
  'that calls and forgets': [
    (fn) =>
      (...args) => {
        try {
          Promise.resolve(fn(...args)).catch(() => {})
        } catch {
          // Forgotten.
        }
      },
    'not you',
  ],
  'that translates': [
    (fn) =>
      async (...args) => {
        try {
          return await fn(...args)
        } catch {
          throw new ConnectError('members only')
        }
      },
    'members only',
  ],
  'that translates to an error of its own': [
    (fn) =>
      async (...args) => {
        try {
          return await fn(...args)
        } catch {
          throw new Error('a secret')
        }
      },
    'connection refused',
  ],
  'that never calls it': [() => () => 'done', 'connection refused'],
  'that never calls it, and awaits': [() => async () => turn(), 'connection refused'],
  'that is itself broken': [
    () => () => {
      throw new Error('a secret')
    },
    'connection refused',
  ],
  'that makes no function': [() => 5 as unknown as Handler, 'connection refused'],
  'that throws when it is asked': [
    () => {
      throw new Error('a secret')
    },
    'connection refused',
  ],
  'that tries again in vain': [
    (fn) =>
      async (...args) => {
        for (let tries = 0; tries < 2; tries++) {
          try {
            return await fn(...args)
          } catch {
            // Once more.
          }
        }
        return undefined
      },
    'not you',
  ],
}

/** The three forms in which a decorator may be written. */
function forms(
  decorator: Decorator,
  recv_connect: () => unknown,
): Readonly<Record<'a method' | 'a static method' | 'a field', NamespaceClass>> {
  return {
    'a method': class extends BaseNamespace {
      override exceptionHandlerDecorator(fn: Handler): Handler {
        return decorator(fn)
      }
      override recv_connect() {
        return recv_connect()
      }
    },
    'a static method': class extends BaseNamespace {
      static exceptionHandlerDecorator(fn: Handler): Handler {
        return decorator(fn)
      }
      override recv_connect() {
        return recv_connect()
      }
    },
    'a field': class extends BaseNamespace {
      override exceptionHandlerDecorator = decorator
      override recv_connect() {
        return recv_connect()
      }
    },
  }
}

const throws = (): never => {
  throw new ConnectError('not you')
}
const rejects = async (): Promise<never> => {
  await turn()
  throw new ConnectError('not you')
}

async function outcome(t: TestContext, generation: Generation, namespaceClass: NamespaceClass): Promise<string> {
  const server = await startServer(t, { '/chat': namespaceClass }, { errorHandler: () => {} })
  const peer = await openIn(t, server, generation)
  peer.connect('/chat')
  const told = await peer.next()
  const listed = await server.io.of('/chat').fetchSockets()
  assert.equal(listed.length, told === 'connected /chat' ? 1 : 0, told)
  if (told === 'connected /chat') {
    assert.deepEqual(await peer.settled(), [])
    return 'in'
  }
  assert.equal(told, 'refused /chat')
  return peer.frames.at(-1) as string
}

const spoken: Readonly<Record<Generation, (message: string) => string>> = {
  '0.9': () => '7::/chat:2',
  '2': (message) => `44/chat,"${message}"`,
  '4': (message) => `44/chat,{"message":"${message}"}`,
}

for (const generation of generations) {
  describe(`a client of ${generation}`, { concurrency: 4 }, () => {
    for (const [kind, [decorator, message]] of Object.entries(refusing)) {
      for (const [how, recv_connect] of Object.entries({ throws, rejects })) {
        test(`a decorator ${kind} lets nobody in whom recv_connect refuses: it ${how}`, async (t) => {
          for (const namespaceClass of Object.values(forms(decorator, recv_connect))) {
            assert.equal(await outcome(t, generation, namespaceClass), spoken[generation](message))
          }
        })
      }
    }

    test('a decorator that tries again lets in whom recv_connect accepts in the end', async (t) => {
      const again: Decorator =
        (fn) =>
        async (...args) => {
          try {
            return await fn(...args)
          } catch {
            return fn(...args)
          }
        }
      for (const namespaceClass of Object.values(forms(again, throws))) {
        let tries = 0
        class Second extends (namespaceClass as typeof BaseNamespace) {
          override recv_connect() {
            if (tries++ === 0) throws()
          }
        }
        assert.equal(await outcome(t, generation, Second), 'in')
      }
    })

    test('a decorator that calls it twice lets nobody in whom the last call refuses', async (t) => {
      let calls = 0
      class Twice extends BaseNamespace {
        override exceptionHandlerDecorator(fn: Handler): Handler {
          return async (...args) => {
            await fn(...args)
            try {
              await fn(...args)
            } catch {
              // Swallowed.
            }
          }
        }
        override recv_connect() {
          if (++calls % 2 === 0) throws()
        }
      }
      assert.equal(await outcome(t, generation, Twice), spoken[generation]('not you'))
    })

    test('a decorator that does not wait does not let a client in before recv_connect has accepted', async (t) => {
      const seen = new Queue<string>()
      class Hasty extends BaseNamespace {
        override exceptionHandlerDecorator(fn: Handler): Handler {
          return (...args) => {
            Promise.resolve(fn(...args)).catch(() => {})
          }
        }
        override async recv_connect() {
          for (let turns = 0; turns < 5; turns++) await turn()
          seen.push('accepted')
        }
        on_say() {
          seen.push('said')
        }
      }
      const peer = await openIn(t, await startServer(t, { '/chat': Hasty }), generation)
      peer.connect('/chat')
      if (generation === '0.9') peer.emit('/chat', 'say')
      await peer.until('connected /chat')
      assert.equal(await seen.next(), 'accepted')
    })

    test('a decorator around a recv_connect that accepts lets in, whatever it answers', async (t) => {
      const answering: Decorator =
        (fn) =>
        async (...args) => {
          await fn(...args)
          return false
        }
      for (const namespaceClass of Object.values(forms(answering, () => undefined))) {
        assert.equal(await outcome(t, generation, namespaceClass), 'in')
      }
    })

    test('a decorator that swallows lets nobody in whom the ACL does not', async (t) => {
      class Closed extends BaseNamespace {
        override exceptionHandlerDecorator(fn: Handler): Handler {
          return async (...args) => {
            try {
              return await fn(...args)
            } catch {
              return undefined
            }
          }
        }
        override getInitialAcl() {
          return []
        }
      }
      assert.equal(await outcome(t, generation, Closed), spoken[generation]('unauthorized'))
    })

    for (const step of ['processPacket', 'callMethodWithAcl', 'callMethod'] as const) {
      for (const isAsync of [false, true]) {
        const swallow = (run: () => unknown): unknown => {
          if (isAsync) return (async () => run())().catch(() => undefined)
          try {
            return run()
          } catch {
            return undefined
          }
        }
        const overriding = (recv_connect: (() => unknown) | undefined): NamespaceClass => {
          class Overriding extends BaseNamespace {}
          const original = BaseNamespace.prototype[step] as (...args: unknown[]) => unknown
          Object.defineProperty(Overriding.prototype, step, {
            value(this: BaseNamespace, ...args: [Packet]) {
              return swallow(() => original.apply(this, args))
            },
            writable: true,
            configurable: true,
          })
          if (recv_connect === undefined) {
            Object.defineProperty(Overriding.prototype, 'getInitialAcl', { value: () => [], writable: true })
          } else {
            Object.defineProperty(Overriding.prototype, 'recv_connect', { value: recv_connect, writable: true })
          }
          return Overriding
        }

        test(`${step} that swallows ${isAsync ? 'by a promise ' : ''}lets nobody in whom recv_connect refuses`, async (t) => {
          for (const recv_connect of [throws, rejects]) {
            // What swallows only throws passes a rejection on, which refuses as ever.
            assert.equal(await outcome(t, generation, overriding(recv_connect)), spoken[generation]('not you'))
          }
        })

        // The denial is inside callMethodWithAcl: only what stands around that can swallow it.
        if (step !== 'callMethod') {
          test(`${step} that swallows ${isAsync ? 'by a promise ' : ''}lets nobody in whom the ACL does not`, async (t) => {
            assert.equal(await outcome(t, generation, overriding(undefined)), spoken[generation]('unauthorized'))
          })
        }
      }
    }
  })
}
