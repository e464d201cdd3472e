// Owns: the option `app`: what an application's classes find as `this.app`.
// Elsewhere: its types (test/unit/types/fixtures/typed-events.ts), wrong values (test/unit/server/settings.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin, socketioMiddleware } from '../../../lib/index.js'
import { openNamespace } from '../../../lib/testing.js'
import { enter, generations, openIn } from '../../support/generations.js'
import { faces, startServer } from '../../support/server.js'

interface Services {
  readonly greetings: { greet(name: string): string }
}

const services: Services = { greetings: { greet: (name) => `hello ${name}` } }

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace<{ app: Services }>)) {
  readonly seen: unknown[] = [this.app]
  readonly #greetings = this.app.greetings

  initialize() {
    this.seen.push(this.app)
  }

  recv_connect() {
    this.seen.push(this.app)
  }

  on_greet(name: string) {
    return this.#greetings.greet(name)
  }

  async on_seen() {
    await this.spawn(async () => this.seen.push(this.app)).done
    return [this.seen.length, this.seen.every((app) => app === services)]
  }
}

for (const face of faces) {
  for (const generation of generations) {
    test(`this.app is the option app itself, from the field initialisers on: ${generation} on ${face}`, async (t) => {
      const server = await startServer(t, { '/chat': Chat, '': Chat }, { app: services }, face)
      const peer = await enter(t, server, generation, '/chat')
      peer.ask(1, '/chat', 'greet', 'ann')
      assert.equal(await peer.next(), 'ack /chat 1 ["hello ann"]')
      peer.ask(2, '/chat', 'seen')
      assert.equal(await peer.next(), 'ack /chat 2 [4,true]')
      const root = await openIn(t, server, generation)
      root.ask(1, '', 'greet', 'bob')
      assert.equal(await root.next(), 'ack  1 ["hello bob"]')
    })
  }
}

test('without the option this.app is undefined', async () => {
  class Bare extends BaseNamespace {
    readonly first = this.app
    on_app() {
      return `${String(this.first)} ${String(this.app)}`
    }
  }
  const { client } = await openNamespace(Bare)
  assert.equal(await client.ask('app'), 'undefined undefined')
})

test('the test kit hands services over as an option', async (t) => {
  const fake: Services = { greetings: { greet: (name) => `fake ${name}` } }
  const { client, namespace } = await openNamespace(Chat, { options: { app: fake }, t })
  assert.equal(await client.ask('greet', 'ann'), 'fake ann')
  assert.equal(namespace.app, fake)
})

test('two middleware have services of their own for one class', async (t) => {
  for (const word of ['one', 'other']) {
    const io = socketioMiddleware({ '/chat': Chat }, { app: { greetings: { greet: () => word } } })
    const { client } = await openNamespace(Chat, { io, endpoint: '/chat', t })
    assert.equal(await client.ask('greet', 'ann'), word)
  }
})

test('nothing of the services is read but what handlers read: a container that makes them by name', async (t) => {
  const asked: (string | symbol)[] = []
  const container = new Proxy(services, {
    get(target, name) {
      asked.push(name)
      if (!(name in target)) throw new Error(`no such service: ${String(name)}`)
      return Reflect.get(target, name) as unknown
    },
  })
  const { client } = await openNamespace(Chat, { options: { app: container }, t })
  assert.equal(await client.ask('greet', 'ann'), 'hello ann')
  assert.deepEqual(asked, ['greetings'])
})

for (const [name, app] of [
  ['a function, as an Express app is', Object.assign(() => 'called', { locals: { title: 'Chat' } })],
  ['null', null],
  ['a text', 'text'],
] as const) {
  test(`the services may be any value but a promise: ${name}`, async (t) => {
    class Any extends BaseNamespace {
      on_same() {
        return this.app === app
      }
    }
    const { client } = await openNamespace(Any, { options: { app }, t })
    assert.equal(await client.ask('same'), true)
  })
}
