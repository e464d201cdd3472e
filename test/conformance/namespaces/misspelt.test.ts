// Owns: names that are almost ours: what guards access is refused at mount, others warn with the right name.
// Elsewhere: right names in the wrong form (fields.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  BaseNamespace,
  SessionMixin,
  socketioMiddleware,
  type NamespaceClass,
  type Packet,
} from '../../../lib/index.js'
import { generations, openIn } from '../../support/generations.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'

/** A class with one method of that name. */
function withMethod(name: string, isStatic = false): NamespaceClass {
  class Chat extends BaseNamespace {}
  const value = (): unknown[] => []
  Object.defineProperty(isStatic ? Chat : Chat.prototype, name, { value, writable: true, configurable: true })
  return Chat
}

async function warnings(t: TestContext, namespaceClass: NamespaceClass): Promise<string[]> {
  const warn = t.mock.method(process, 'emitWarning', () => {})
  await socketioMiddleware({ '/chat': namespaceClass }).close()
  return warn.mock.calls.map(({ arguments: [warning] }) => String(warning))
}

const almostGetInitialAcl = [
  'get_initial_acl',
  'getInitialACL',
  'getInitialAcls',
  'getinitialacl',
  'GetInitialAcl',
  'getInitalAcl',
  'getIntialAcl',
  'getInitialAlc',
  'get_Initial_Acl',
]

for (const name of almostGetInitialAcl) {
  test(`a class with a method ${name} is refused at mount`, () => {
    assert.throws(() => socketioMiddleware({ '/chat': withMethod(name) }), {
      name: 'UsageError',
      code: 'SIO_USAGE_NAMESPACE',
      message: /getInitialAcl/,
    })
  })
}

for (const name of ['getInitialAcl', 'get_initial_acl', 'getInitialACL']) {
  test(`a class with a static ${name} is refused at mount`, () => {
    assert.throws(() => socketioMiddleware({ '/chat': withMethod(name, true) }), {
      code: 'SIO_USAGE_NAMESPACE',
      message: /getInitialAcl/,
    })
  })
}

test('a misspelt getInitialAcl of a base class, a mixin or a pattern is refused at mount', () => {
  class Sub extends withMethod('get_initial_acl') {}
  assert.throws(() => socketioMiddleware({ '/chat': Sub }), { code: 'SIO_USAGE_NAMESPACE' })
  assert.throws(() => socketioMiddleware(new Map([[/^\/chat-\d$/, withMethod('getInitialACL')]])), {
    code: 'SIO_USAGE_NAMESPACE',
  })
})

test('a misspelt getInitialAcl is refused at mount, though the class has the right one as well', () => {
  class Both extends withMethod('get_initial_acl') {
    getInitialAcl() {
      return null
    }
  }
  assert.throws(() => socketioMiddleware({ '/chat': Both }), { code: 'SIO_USAGE_NAMESPACE' })
})

for (const generation of generations) {
  test(`a misspelt getInitialAcl as a class field refuses every connect of ${generation}, and is reported once`, async (t) => {
    const reports = new Reports()
    class Chat extends BaseNamespace {
      getInitialACL = () => []
    }
    const server = await startServer(t, { '/chat': Chat }, { errorHandler: reports.handler })
    for (let client = 0; client < 3; client++) {
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      assert.equal(await peer.next(), 'refused /chat')
    }
    const codes = reports.takeAll().map(({ cause }) => Reflect.get(Object(cause) as object, 'code') as unknown)
    assert.deepEqual(codes, ['SIO_USAGE_NAMESPACE'])
  })
}

const nearMisses: Readonly<Record<string, string>> = {
  initialise: 'initialize',
  initalize: 'initialize',
  recv_conect: 'recv_connect',
  recv_connnect: 'recv_connect',
  recvConnect: 'recv_connect',
  recv_disconect: 'recv_disconnect',
  recvDisconnect: 'recv_disconnect',
  recv_mesage: 'recv_message',
  recvMessage: 'recv_message',
  recvJson: 'recv_json',
  recvError: 'recv_error',
  process_packet: 'processPacket',
  process_event: 'processEvent',
  call_method: 'callMethod',
  call_method_with_acl: 'callMethodWithAcl',
  exception_handler_decorator: 'exceptionHandlerDecorator',
  exceptionHandlerDecorater: 'exceptionHandlerDecorator',
}

for (const [wrong, right] of Object.entries(nearMisses)) {
  test(`a method ${wrong} warns once of ${right}`, async (t) => {
    const told = await warnings(t, withMethod(wrong))
    assert.equal(told.length, 1, told.join('\n'))
    const [warning] = told
    assert.match(warning as string, new RegExp(`\\b${wrong}\\b`))
    assert.match(warning as string, new RegExp(`\\b${right}\\b`))
  })
}

for (const [wrong, right] of Object.entries(nearMisses)) {
  test(`a class field ${wrong} warns once of ${right}, and nobody is refused`, async (t) => {
    class Chat extends BaseNamespace {
      constructor(...args: ConstructorParameters<NamespaceClass>) {
        super(...args)
        Object.defineProperty(this, wrong, { value: async () => {}, enumerable: true })
      }
    }
    const warn = t.mock.method(process, 'emitWarning', () => {})
    const server = await startServer(t, { '/chat': Chat, '/again': Chat })
    for (const generation of generations) {
      const peer = await openIn(t, server, generation)
      await peer.enter('/chat')
      await peer.enter('/again')
    }
    const told = warn.mock.calls.map(({ arguments: [warning] }) => String(warning))
    assert.equal(told.length, 1, told.join('\n'))
    assert.match(told[0] as string, new RegExp(`\\bChat\\.${wrong}\\b.*\\b${right}\\b`))
  })
}

test('a field that is assigned in initialize, with almost the name of ours, warns once', async (t) => {
  class Chat extends BaseNamespace {
    override initialize() {
      Reflect.set(this, 'recv_conect', () => {})
    }
  }
  const warn = t.mock.method(process, 'emitWarning', () => {})
  const server = await startServer(t, { '/chat': Chat })
  for (const generation of generations) await (await openIn(t, server, generation)).enter('/chat')
  assert.equal(warn.mock.callCount(), 1)
})

test('fields that are not ours, or no functions, warn of nothing', async (t) => {
  class Chat extends BaseNamespace {
    recv_conect = 5
    recvError: Error | undefined = new Error('the last')
    initialise = 'British'
    initialized = () => true
    connected = () => true
    received = () => {}
    onConnect = () => {}
    process = () => {}
    override processPacket = (packet: Packet): unknown => BaseNamespace.prototype.processPacket.call(this, packet)
    override exceptionHandlerDecorator = (fn: (...args: unknown[]) => unknown) => fn
  }
  const warn = t.mock.method(process, 'emitWarning', () => {})
  const server = await startServer(t, { '/chat': Chat })
  for (const generation of generations) await (await openIn(t, server, generation)).enter('/chat')
  assert.equal(warn.mock.callCount(), 0)
})

test('names that are not ours warn of nothing', async (t) => {
  class Chat extends BaseNamespace {
    initialized = false
    connected = true
    static settings = {}
    static create() {}
    getInitialState() {}
    sendAll() {}
    process() {}
    onConnect() {}
    received() {}
    recv() {}
    acl() {}
    override initialize() {}
    override recv_connect() {}
    override exceptionHandlerDecorator = (fn: (...args: unknown[]) => unknown) => fn
    on_initialise() {}
    on_recv_conect() {}
    on_get_initial_acl() {}
  }
  assert.deepEqual(await warnings(t, Chat), [])
})

test('a class that is mounted twice warns once', async (t) => {
  const warn = t.mock.method(process, 'emitWarning', () => {})
  const namespaceClass = withMethod('initialise')
  await socketioMiddleware({ '/a': namespaceClass, '/b': namespaceClass }).close()
  assert.equal(warn.mock.callCount(), 1)
})

test('what only SessionMixin reads warns in a class without it, and almost its names in one with it', async (t) => {
  class Chat extends BaseNamespace {
    static freshFor = 0
    sessionEnded() {}
  }
  const hint = 'is never used: it is for classes that extend SessionMixin(…)'
  assert.deepEqual(
    (await warnings(t, Chat)).toSorted(),
    [`Chat.sessionEnded ${hint}`, `static Chat.freshFor ${hint}`].toSorted(),
  )
  t.mock.restoreAll()
  class Shop extends SessionMixin(BaseNamespace) {
    static freshFor = 0
    static freshfor = 0
    sessionEnds() {}
    session_ended() {}
    override sessionEnded() {}
  }
  assert.deepEqual((await warnings(t, Shop)).toSorted(), [
    'Shop.session_ended is never called: did you mean sessionEnded?',
    'static Shop.freshfor is never called: did you mean freshFor?',
  ])
})
