import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BaseNamespace,
  BroadcastMixin,
  RoomsMixin,
  SessionMixin,
  socketioMiddleware,
  type NamespaceDeclarations,
} from '../../../lib/index.js'

class Chat extends BaseNamespace {}

function mount(declarations: unknown): Promise<void> {
  return socketioMiddleware(declarations as NamespaceDeclarations).close()
}

const names = (got: string): string =>
  `expected the name of a namespace to be '' or to begin with "/" and to have no ":", got ${got}`
const map = (got: string): string => `expected namespaces to be an object or a Map of classes, got ${got}`
const subclass = (name: string, got: string): string => `expected a subclass of BaseNamespace for "${name}", got ${got}`
const uncalled = (mixin: string): string => `, which is not called: write "extends ${mixin}(BaseNamespace)"`
class Uncalled extends (RoomsMixin as never as new () => object) {}
const twice = "expected one class for '' and '/', which are the same, got two"

for (const [what, declarations, message] of [
  ['null', null, map('null')],
  ['undefined', undefined, map('undefined')],
  ['an array', [Chat], map('an array')],
  ['a class', Chat, map('function Chat')],
  ['a string', '/chat', map('"/chat"')],
  ["a name without '/'", { chat: Chat }, names('"chat"')],
  ["a name with ':'", { '/a:b': Chat }, names('"/a:b"')],
  ['a name that is no string', new Map([[1, Chat]]), names('1')],
  ["'' and '/' together", { '': Chat, '/': Chat }, twice],
  [
    "'/' and '' together, in a Map",
    new Map([
      ['/', Chat],
      ['', Chat],
    ]),
    twice,
  ],
  ['an instance', { '/chat': {} }, subclass('/chat', 'an object')],
  ['a class of something else', { '/chat': Map }, subclass('/chat', 'function Map')],
  ['an arrow', { '/chat': () => {} }, subclass('/chat', 'function /chat')],
  ['nothing', { '/chat': undefined }, subclass('/chat', 'undefined')],
  ['a mixin', { '/chat': BroadcastMixin }, subclass('/chat', `function BroadcastMixin${uncalled('BroadcastMixin')}`)],
  ['a third mixin', { '/chat': SessionMixin }, subclass('/chat', `function SessionMixin${uncalled('SessionMixin')}`)],
  ['a class of a mixin', { '/chat': Uncalled }, subclass('/chat', `function Uncalled${uncalled('RoomsMixin')}`)],
] as const) {
  test(`the map of namespaces cannot have ${what}`, () => {
    assert.throws(() => mount(declarations), { name: 'UsageError', code: 'SIO_USAGE_NAMESPACE', message })
  })
}

for (const [name, mixin] of Object.entries({ BroadcastMixin, RoomsMixin, SessionMixin })) {
  for (const [base, got] of [
    [undefined, 'undefined'],
    [{}, 'an object'],
    ['BaseNamespace', '"BaseNamespace"'],
  ] as const) {
    test(`${name}() of ${got} says what to write`, () => {
      assert.throws(() => mixin(base as never), {
        name: 'UsageError',
        code: 'SIO_USAGE_NAMESPACE',
        message: `expected ${name}() to get a class, as "extends ${name}(BaseNamespace)" does, got ${got}`,
      })
    })
  }
}

test('objects, objects without a prototype and Maps are maps of namespaces', async () => {
  await mount({})
  await mount({ '': Chat, '/chat': Chat })
  await mount(Object.assign(Object.create(null) as object, { '/': Chat }))
  await mount(new Map([['/chat', Chat]]))
})

test("of('') and of('/') are the same, and an undeclared endpoint is told", async (t) => {
  const io = socketioMiddleware({ '/chat': Chat })
  t.after(() => io.close())
  io.of('')
  io.of('/')
  io.of('/chat')
  assert.throws(() => io.of('/ghost'), {
    code: 'SIO_USAGE_ENDPOINT',
    message: `expected a declared endpoint, got "/ghost". Declared: /chat, ''`,
  })
})

for (const [name, told] of [
  ['/chatt', `: did you mean /chat? Declared: /chat, /news, /orders, '', /^\\/project-\\d+$/`],
  ['/new', `: did you mean /news? Declared: /news, /chat, /orders, '', /^\\/project-\\d+$/`],
  ['orders', `: did you mean /orders? Declared: /orders, /chat, /news, '', /^\\/project-\\d+$/`],
  ['/all-orders', `. Declared: /orders, /chat, /news, '', /^\\/project-\\d+$/`],
  ['/project-x', `. Declared: /chat, /news, /orders, '', /^\\/project-\\d+$/`],
] as const) {
  test(`io.of(${JSON.stringify(name)}) tells what is declared, the nearest name first`, async (t) => {
    const io = socketioMiddleware(
      new Map<string | RegExp, typeof Chat>([
        ['/chat', Chat],
        ['/news', Chat],
        [/^\/project-\d+$/, Chat],
        ['/orders', Chat],
      ]),
    )
    t.after(() => io.close())
    assert.throws(() => io.of(name), {
      code: 'SIO_USAGE_ENDPOINT',
      message: `expected a declared endpoint, got "${name}"${told}`,
    })
  })
}

test('of many endpoints twenty are told, the nearest first', async (t) => {
  const io = socketioMiddleware(
    Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`/endpoint-${number}`, Chat])),
  )
  t.after(() => io.close())
  assert.throws(
    () => io.of('/endpoint-49x'),
    (error: Error) => {
      const { message } = error
      assert.match(message, /did you mean \/endpoint-49\? Declared: \/endpoint-49, \/endpoint-0, \/endpoint-1, /)
      // And '', which is always there.
      assert.match(message, /, \/endpoint-18 and 31 more$/)
      return true
    },
  )
})

for (const [name, value, message] of [
  ['concurrency', 0, 'expected concurrency to be a positive integer, got 0'],
  ['concurrency', 1.5, 'expected concurrency to be a positive integer, got 1.5'],
  ['concurrency', '2', 'expected concurrency to be a positive integer, got "2"'],
  ['packetHandlers', 'on_raw', 'expected packetHandlers to be an array of method names, got "on_raw"'],
] as const) {
  test(`the static ${name} cannot be ${value}`, () => {
    const Wrong = Object.assign(class extends BaseNamespace {}, { [name]: value })
    assert.throws(() => mount({ '/chat': Wrong }), { code: 'SIO_USAGE_NAMESPACE', message })
  })
}

for (const method of ['on_connect', 'on_disconnect']) {
  test(`a method ${method} is warned of at mount`, async (t) => {
    const warn = t.mock.method(process, 'emitWarning', () => {})
    class Named extends BaseNamespace {}
    Object.defineProperty(Named.prototype, method, { value: () => {} })
    await mount({ '/chat': Named })
    const hook = method.replace('on_', 'recv_')
    assert.deepEqual(
      warn.mock.calls.map(({ arguments: [message] }) => message),
      [`Named.${method} is an ordinary event that a client can send; the hook is ${hook}`],
    )
  })
}
