// Owns: handlers that take the whole packet: by the name of their only parameter, or by static packetHandlers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFunction } from 'node:vm'
import {
  BaseNamespace,
  socketioMiddleware,
  type EventPacket,
  type NamespaceClass,
  type Packet,
} from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, event, joinClient, Queue } from '../../support/wire-client.js'

test('a handler whose only parameter is named packet gets the full packet', async (t) => {
  const seen = new Queue<unknown>()
  class Chat extends BaseNamespace {
    on_third_event(packet: EventPacket) {
      seen.push(packet)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(asking(7, '/chat', 'third event', 1, 'two'))
  assert.deepEqual(await seen.next(), {
    type: 'event',
    endpoint: '/chat',
    id: '7',
    ack: 'data',
    name: 'third event',
    args: [1, 'two'],
  })
})

test('a handler that takes the packet sees whether an answer is wanted, and may answer by hand', async (t) => {
  class Chat extends BaseNamespace {
    on_my_callback(packet: EventPacket) {
      if (packet.ack === 'data') this.emit('go_back', 'param1', packet.id)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'my_callback'), asking(9, '/chat', 'my_callback'))
  assert.deepEqual(await client.take(2), [event('/chat', 'go_back', 'param1', '9'), '6::/chat:9'])
})

const computed = 'on_computed'

test('the packet parameter is found in every way to write a method', async (t) => {
  const seen = new Queue<string>()
  const see = (name: string, value: unknown): void => {
    seen.push(`${name}: ${typeof value === 'object' ? (value as Packet).type : typeof value}`)
  }
  class Chat extends BaseNamespace {
    async on_async(packet: EventPacket) {
      see('async', packet)
    }

    'on_quo(ted'(packet: EventPacket) {
      see('quoted', packet)
    }

    [computed](packet: EventPacket) {
      see('computed', packet)
    }

    recv_message(packet: unknown) {
      see('recv_message', packet)
    }

    on_other(packets: unknown) {
      see('other', packets)
    }

    on_two(packet: unknown, more: unknown) {
      see('two', packet)
      see('two', more)
    }

    on_inner(text: unknown) {
      const later = (packet: unknown): void => see('inner', typeof packet + typeof text)
      later(text)
    }

    on_default(packet: unknown = 'nothing') {
      see('default', packet)
    }

    on_destructured({ length: packet }: string) {
      see('destructured', packet)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  for (const name of ['async', 'quo(ted', 'computed']) client.send(event('/chat', name, 'x'))
  client.send('3::/chat:x')
  for (const name of ['other', 'two', 'inner', 'default', 'destructured']) client.send(event('/chat', name, 'x'))
  assert.deepEqual(await seen.take(10), [
    'async: event',
    'quoted: event',
    'computed: event',
    'recv_message: message',
    'other: string',
    'two: string',
    'two: undefined',
    'inner: string',
    'default: string',
    'destructured: number',
  ])
})

/** A class in the text that a minifier leaves of it; `s` is called with what its handlers see. */
function minified(text: string, seen: Queue<unknown>): NamespaceClass {
  const make = compileFunction(`return class extends b{${text}}`, ['b', 's']) as (...args: unknown[]) => NamespaceClass
  return make(BaseNamespace, (value: unknown) => seen.push(value))
}

test('static packetHandlers says it where names do not survive minifying', async (t) => {
  const seen = new Queue<unknown>()
  const handlers = 'on_raw(e){s(e)}on_say(e){s(e)}recv_json(e){s(e)}'
  const Minified = minified(`static packetHandlers=["on_raw","recv_json"];${handlers}`, seen)
  const client = await joinClient(t, await startServer(t, { '/chat': Minified }), '/chat')
  client.send(event('/chat', 'raw', 1), event('/chat', 'say', 1), '4::/chat:1')
  assert.deepEqual(await seen.take(3), [
    { type: 'event', endpoint: '/chat', name: 'raw', args: [1] },
    1,
    { type: 'json', endpoint: '/chat', data: 1 },
  ])
})

test('a minified handler whose parameter is named packet is found without spaces', async (t) => {
  const seen = new Queue<unknown>()
  const Minified = minified('async on_a(packet){s(packet.name)}on_b(packet){s(packet.name)}', seen)
  const client = await joinClient(t, await startServer(t, { '/chat': Minified }), '/chat')
  client.send(event('/chat', 'a', 1), event('/chat', 'b', 1))
  assert.deepEqual(await seen.take(2), ['a', 'b'])
})

const refused = (name: string): object => ({
  code: 'SIO_USAGE_NAMESPACE',
  message:
    `expected minified ${name} to say whether it gets the packet: add static packetHandlers = [] to its class, ` +
    'or the names of those that do',
})

for (const [name, text] of [
  ['on_raw', 'on_raw(e){s(e)}'],
  ['on_raw', 'async on_raw(e){s(e)}'],
  ['on_a b', '"on_a b"(t){s(t)}'],
  ['recv_json', 'recv_json(e){s(e)}'],
  ['recv_message', 'a(){return`x\ny`}recv_message(aB){s(aB)}'],
  ['on_raw', 'on_more(e,t){s(t)}on_raw($){s($)}'],
] as const) {
  test(`a minified class with ${text} that does not say who gets packets is refused at mount`, () => {
    assert.throws(() => socketioMiddleware({ '/chat': minified(text, new Queue()) }), refused(name))
    // So is one that inherits it.
    const Child = class extends (minified(text, new Queue()) as typeof BaseNamespace) {}
    assert.throws(() => socketioMiddleware({ '/chat': Child }), refused(name))
    socketioMiddleware({ '/chat': minified(`static packetHandlers=[];${text}`, new Queue()) })
  })
}

for (const text of [
  'on_raw(packet){s(packet)}',
  'on_raw(){s()}',
  'on_raw(e,t){s(e)}',
  'on_raw(...e){s(e)}',
  'on_raw(text){s(text)}',
  'helper(e){s(e)}',
  'recv_connect(e){s(e)}recv_disconnect(e){s(e)}recv_error(e){s(e)}',
]) {
  test(`a minified class with ${text} is clear`, () => {
    socketioMiddleware({ '/chat': minified(text, new Queue()) })
  })
}

test('code that was not minified may have short parameters', () => {
  const make = compileFunction(
    `return [
      class Tight extends b{
        on_raw(e){s(e)}
      },
      class Spaced extends b { on_raw(e) { s(e) } },
      class extends b{ on_raw(e){ s(e) },
      }
    ]`.replace('},\n      }', '}\n      }'),
    ['b', 's'],
  ) as (...args: unknown[]) => NamespaceClass[]
  // As tsx, which runs this file, writes it.
  class Short extends BaseNamespace {
    on_add(n: number) {
      return n + 1
    }
  }
  for (const namespaceClass of [...make(BaseNamespace, () => {}), Short])
    socketioMiddleware({ '/chat': namespaceClass })
})

test('packetHandlers is inherited, and anything but an array is a UsageError', async (t) => {
  class Parent extends BaseNamespace {
    static packetHandlers: unknown = ['on_raw']
    on_raw(raw: EventPacket) {
      return raw.type
    }
  }
  class Child extends Parent {}
  const client = await joinClient(t, await startServer(t, { '/chat': Child }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'raw')), '6::/chat:1+["event"]')
  class Wrong extends Parent {
    static packetHandlers = 'on_raw'
  }
  await assert.rejects(startServer(t, { '/chat': Wrong }), { code: 'SIO_USAGE_NAMESPACE' })
})
