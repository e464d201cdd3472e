// Owns: tables of schemas that cannot be read, or that would leave a handler unchecked: they are refused at mount.
// Elsewhere: tables that are right (schemas.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  BaseNamespace,
  socketioMiddleware,
  type ErrorHandler,
  type NamespaceClass,
  type UsageError,
} from '../../../lib/index.js'
import { enter, openIn } from '../../support/generations.js'
import { anything, schema } from '../../support/schemas.js'
import { startServer } from '../../support/server.js'

/** What it says to mount a class with such statics. */
function mounting(statics: object): string {
  class Chat extends BaseNamespace {
    on_say() {}
    on_ask_me() {}
  }
  Object.defineProperties(Chat, Object.getOwnPropertyDescriptors(statics))
  return refusal(Chat)
}

function refusal(namespaceClass: NamespaceClass): string {
  try {
    socketioMiddleware({ '/chat': namespaceClass })
  } catch (error) {
    assert.equal((error as UsageError).code, 'SIO_USAGE_NAMESPACE', String(error))
    return (error as Error).message
  }
  return 'mounted'
}

const revoked = Proxy.revocable({}, {})
revoked.revoke()

const refused: Record<string, [object, RegExp]> = {
  'an event that nothing handles': [
    { schemas: { sya: [anything] } },
    /a handler for every event in schemas of Chat, got "sya"/,
  ],
  'a method of ours': [{ schemas: { recv_message: [anything] } }, /got "recv_message"/],
  'a handler by its method': [{ schemas: { on_say: [anything] } }, /got "on_say"/],
  'message without a recv_message': [{ schemas: { message: [anything] } }, /got "message"/],
  'the name toString': [{ schemas: Object.fromEntries([['toString', [anything]]]) }, /got "toString"/],
  'two names of one handler': [
    { schemas: { 'ask me': [anything], ask_me: [anything] } },
    /one entry .* on_ask_me, got "ask me" and "ask_me"/,
  ],
  'a symbol': [{ schemas: { [Symbol('say')]: [anything] } }, /names of events, got Symbol\(say\)/],
  'undefined as the table': [{ schemas: undefined }, /static Chat\.schemas to be an object of schemas, got undefined/],
  'null as the table': [{ schemas: null }, /got null/],
  'a list as the table': [{ schemas: [] }, /got an array/],
  'a function as the table': [{ schemas: () => ({}) }, /an object of schemas/],
  'a Map as the table': [{ schemas: new Map([['say', [anything]]]) }, /an object of schemas/],
  'a table that inherits': [{ schemas: Object.create({ say: [anything] }) as object }, /an object of schemas/],
  'a table by __proto__': [{ schemas: { __proto__: { say: [anything] } } }, /an object of schemas/],
  'a revoked proxy': [{ schemas: revoked.proxy }, /schemas of Chat, which threw/],
  'an entry that throws': [
    {
      schemas: {
        get say() {
          throw new Error('no')
        },
      },
    },
    /expected to read "say" of Chat\.schemas, which threw/,
  ],
  'a table that throws': [
    {
      get schemas() {
        throw new Error('no')
      },
    },
    /expected to read "schemas" of Chat, which threw/,
  ],
  'undefined as a schema': [
    { schemas: { say: undefined } },
    /static Chat\.schemas\.say to be a Standard Schema.*got undefined/,
  ],
  'a function that validates': [{ schemas: { say: () => true } }, /Standard Schema/],
  'a list with a hole': [{ schemas: { say: Array.from({ length: 1 }) } }, /Chat\.schemas\.say\[0\]/],
  'a list of lists': [{ schemas: { say: [[anything]] } }, /Chat\.schemas\.say\[0\]/],
  'another version': [{ schemas: { say: [{ '~standard': { version: 2, validate: () => ({}) } }] } }, /version 1/],
  'a schema without validate': [{ schemas: { say: [{ '~standard': { version: 1 } }] } }, /Standard Schema/],
  'replies of nothing that is handled': [
    { replies: { sya: anything } },
    /a handler for every event in replies of Chat/,
  ],
  'replies by lists': [{ replies: { say: [anything] } }, /Chat\.replies\.say to be a Standard Schema/],
  'connect that is undefined': [{ connect: undefined }, /Chat\.connect to be a Standard Schema/],
  'connect that is a function': [{ connect: () => true }, /Chat\.connect to be a Standard Schema/],
  'connect that is a list': [{ connect: [anything] }, /Chat\.connect to be a Standard Schema/],
  'ackErrors that is a text': [{ ackErrors: 'yes' }, /ackErrors to be true or false, got "yes"/],
  'ackErrors that is undefined': [{ ackErrors: undefined }, /ackErrors to be true or false/],
}
for (const [what, [statics, expected]] of Object.entries(refused)) {
  test(`a class is not mounted with ${what}`, () => {
    assert.match(mounting(statics), expected)
  })
}

test('tables that are plain objects are read, with or without a prototype, and so is an event by its spaces', () => {
  assert.equal(mounting({ schemas: Object.assign(Object.create(null) as object, { say: [anything] }) }), 'mounted')
  assert.equal(mounting({ schemas: { 'ask me': [anything], say: anything }, replies: { say: anything } }), 'mounted')
  assert.equal(mounting({ schemas: {}, connect: z.string(), ackErrors: false }), 'mounted')
})

test('schemas under a name that is nearly ours are refused, and so are those that are a field: they would check nothing', async (t) => {
  const warn = t.mock.method(process, 'emitWarning', () => {})
  for (const [statics, right] of [
    [{ schema: { say: [anything] } }, 'schemas'],
    [{ Schemas: { say: anything } }, 'schemas'],
    [{ reply: { say: anything } }, undefined],
    [{ repplies: { say: anything } }, 'replies'],
    [{ conect: anything }, 'connect'],
    [{ schema: { say: 'a table of the application' } }, undefined],
  ] as const) {
    const expected =
      right === undefined
        ? /^mounted$/
        : new RegExp(`expected static ${right}, got static Chat\\.\\w+, which guards nothing`)
    assert.match(mounting(statics), expected)
  }
  const reports: unknown[] = []
  const options = {
    errorHandler: (...[, , , , , , error]: Parameters<ErrorHandler>) => {
      reports.push(String(error?.cause))
    },
  }
  class Fields extends BaseNamespace {
    schemas = { say: [anything] }
    on_say() {}
  }
  class Own extends BaseNamespace {
    schemas = { of: 'the application' }
    connect = (): void => {}
  }
  const peer = await openIn(t, await startServer(t, { '/fields': Fields, '/own': Own }, options), '4')
  for (let round = 0; round < 2; round++) {
    peer.connect('/fields')
    assert.equal(await peer.next(), 'refused /fields')
  }
  await peer.enter('/own')
  // What holds no schemas is the application's own, but may be meant otherwise.
  assert.deepEqual(
    warn.mock.calls.map(({ arguments: [warning] }) => String(warning)),
    ['static Chat.schema is never called: did you mean schemas?'],
  )
  assert.deepEqual(reports, ['UsageError: expected schemas of Fields to be static, got a field: it checks nothing'])
})

class Below extends BaseNamespace {
  static schemas: object = { say: [z.string()] }
  static replies: object = { say: z.string() }
  on_say(text: string) {
    return text
  }
}

test('a class inherits the tables of the class below it', async (t) => {
  class Chat extends Below {
    on_shout(text: unknown) {
      return text
    }
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  peer.emit('/chat', 'say', 1)
  assert.match(await peer.next(), /"invalid_arguments"/)
  peer.ask(1, '/chat', 'shout', 1)
  assert.equal(await peer.next(), 'ack /chat 1 [1]')
})

test('a class with tables of its own must have what those below it have', async (t) => {
  class Without extends Below {
    static override schemas = { shout: [z.string()] }
    on_shout() {}
  }
  assert.match(
    refusal(Without),
    /schemas of Without to have those of Below, which it extends: static schemas = \{ \.\.\.super\.schemas, … \}, got none for "say"/,
  )
  class WithoutReplies extends Below {
    static override replies = {}
  }
  assert.match(refusal(WithoutReplies), /replies of WithoutReplies to have those of Below/)
  class Above extends Below {
    static override schemas = { ...super.schemas, shout: [z.string()] }
    on_shout() {}
  }
  class Top extends Above {
    static override schemas = { shout: [z.string()] }
  }
  assert.match(refusal(Top), /got none for "say"/)

  const peer = await enter(t, await startServer(t, { '/chat': Above }), '4', '/chat')
  for (const event of ['say', 'shout']) {
    peer.emit('/chat', event, 1)
    assert.match(await peer.next(), new RegExp(`"The arguments of \\\\"${event}\\\\" are not valid"`))
  }
})

test("a mixin's schemas are to be spread as well", () => {
  const Mixed = (Base: typeof BaseNamespace) =>
    class WithGreeting extends Base {
      static schemas = { greet: [z.string()] }
      on_greet() {}
    }
  // @ts-expect-error the compiler says so as well
  class Chat extends Mixed(BaseNamespace) {
    static schemas = { say: [z.string()] }
    on_say() {}
  }
  assert.match(refusal(Chat), /those of WithGreeting, which it extends/)
})

test('what a class below checks may be accepted by the class above, by a schema that accepts all', async (t) => {
  class Chat extends Below {
    static override schemas = { ...Below.schemas, say: [schema((value) => ({ value }))] }
    static override replies = { say: anything }
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  peer.ask(1, '/chat', 'say', 1)
  assert.equal(await peer.next(), 'ack /chat 1 [1]')
})
