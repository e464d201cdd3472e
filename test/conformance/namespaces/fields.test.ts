// Owns: hooks and handlers that are class fields, accessors or statics, which no class table finds: nobody gets in by them.
// Elsewhere: names that are spelt wrongly (misspelt.test.ts); fields named on_… that warn their author (construction.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import {
  BaseNamespace,
  ConnectError,
  socketioMiddleware,
  type Handler,
  type NamespaceClass,
} from '../../../lib/index.js'
import { generations, openIn, type Generation } from '../../support/generations.js'
import { Reports, type Report } from '../../support/reports.js'
import { assertRefused } from '../../support/refused.js'
import { startServer } from '../../support/server.js'

const no = (): never => {
  throw new ConnectError('not you')
}

/** Each is a class whose author wrote a hook as a field; a constructor may do the same later. */
const fields: Readonly<Record<string, NamespaceClass>> = {
  'recv_connect as an async arrow': class extends BaseNamespace {
    override recv_connect = async () => no()
  },
  'recv_connect as a function': class extends BaseNamespace {
    override recv_connect = function () {
      return no()
    }
  },
  'recv_connect that the constructor sets': class extends BaseNamespace {
    constructor(...args: ConstructorParameters<NamespaceClass>) {
      super(...args)
      this.recv_connect = no
    }
  },
  'recv_connect that the constructor hides': class extends BaseNamespace {
    constructor(...args: ConstructorParameters<NamespaceClass>) {
      super(...args)
      Object.defineProperty(this, 'recv_connect', { value: no, enumerable: false })
    }
  },
  'recv_connect of a base class': class extends class extends BaseNamespace {
    override recv_connect = async () => no()
  } {},
  recv_message: class extends BaseNamespace {
    override recv_message = () => {}
  },
  recv_json: class extends BaseNamespace {
    override recv_json = () => {}
  },
  recv_error: class extends BaseNamespace {
    override recv_error = () => {}
  },
  recv_disconnect: class extends BaseNamespace {
    override recv_disconnect = () => {}
  },
  initialize: class extends BaseNamespace {
    override initialize = async () => no()
  },
  getInitialAcl: class extends BaseNamespace {
    override getInitialAcl = () => []
  },
  on_login: class extends BaseNamespace {
    on_login = () => {}
  },
  'on_login, which is a method as well': class extends class extends BaseNamespace {
    on_login() {}
  } {
    override on_login = () => {}
  },
}

function complaints(reports: readonly Report[]): Report[] {
  return reports.filter(({ cause }) => Reflect.get(Object(cause) as object, 'code') === 'SIO_USAGE_NAMESPACE')
}

async function assertRefusesAll(
  t: TestContext,
  generation: Generation,
  namespaceClass: NamespaceClass,
  endpoint: string,
): Promise<void> {
  const reports = new Reports()
  const server = await startServer(t, { [endpoint]: namespaceClass }, { errorHandler: reports.handler })
  for (let client = 0; client < 3; client++) await assertRefused(t, server, generation, endpoint)
  assert.equal(complaints(reports.takeAll()).length, 1, 'reported once')
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    for (const [name, namespaceClass] of Object.entries(fields)) {
      test(`${name} as a class field refuses every connect, and is reported once`, async (t) => {
        await assertRefusesAll(t, generation, namespaceClass, '/chat')
      })
    }

    for (const name of ['initialize', 'getInitialAcl', 'recv_message'] as const) {
      test(`${name} as a class field of the global namespace lets nobody in, and is reported once`, async (t) => {
        await assertRefusesAll(t, generation, fields[name] as NamespaceClass, '')
      })
    }

    test('exceptionHandlerDecorator as a class field wraps handlers', async (t) => {
      class Wrapping extends BaseNamespace {
        override exceptionHandlerDecorator = (fn: Handler): Handler => {
          return async (...args) => `wrapped ${String(await fn(...args))}`
        }
        on_say(text: string) {
          return text
        }
      }
      const peer = await openIn(t, await startServer(t, { '/chat': Wrapping }), generation)
      await peer.enter('/chat')
      peer.ask(1, '/chat', 'say', 'hello')
      assert.equal(await peer.next(), 'ack /chat 1 ["wrapped hello"]')
    })
  })
}

/** Where a class is not taken at mount, nobody gets in. */
async function assertClosed(t: TestContext, namespaceClass: NamespaceClass): Promise<void> {
  try {
    await socketioMiddleware({ '/chat': namespaceClass }).close()
  } catch (error) {
    assert.equal(Reflect.get(error as Error, 'code'), 'SIO_USAGE_NAMESPACE')
    return
  }
  for (const generation of generations) {
    const server = await startServer(t, { '/chat': namespaceClass }, { errorHandler: () => {} })
    const peer = await openIn(t, server, generation)
    peer.connect('/chat')
    assert.equal(await peer.next(), 'refused /chat')
  }
}

test('recv_connect as an accessor lets nobody in', async (t) => {
  class Accessor extends BaseNamespace {}
  Object.defineProperty(Accessor.prototype, 'recv_connect', { get: () => no, configurable: true })
  await assertClosed(t, Accessor)
})

test('recv_connect that is no function lets nobody in', async (t) => {
  class Nothing extends BaseNamespace {}
  Object.defineProperty(Nothing.prototype, 'recv_connect', { value: 5, configurable: true })
  await assertClosed(t, Nothing)
})

test('a static recv_connect lets nobody in', async (t) => {
  class Static extends BaseNamespace {
    static recv_connect() {
      return no()
    }
  }
  await assertClosed(t, Static)
})

test('a method that is put on the prototype after the class is one as any', async (t) => {
  class Late extends BaseNamespace {}
  Object.defineProperty(Late.prototype, 'recv_connect', { value: no, writable: true, configurable: true })
  const peer = await openIn(t, await startServer(t, { '/chat': Late }), '4')
  peer.connect('/chat')
  assert.equal(await peer.next(), 'refused /chat')
  assert.equal(peer.frames.at(-1), '44/chat,{"message":"not you"}')
})
