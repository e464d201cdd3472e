// Owns: this.expires, the date at which a namespace ends for its client.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { runInNewContext } from 'node:vm'
import { BaseNamespace, type NamespaceClass } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { enter, generations, openIn, type Generation, type NamespacePeer } from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'

const expired = (endpoint: string): string =>
  `event ${endpoint} error ["authorization_expired","The authorization has expired"]`

interface Opened {
  readonly peer: NamespacePeer
  readonly clock: FakeClock
  readonly reports: Reports
}

async function open(t: TestContext, generation: Generation, Chat: NamespaceClass, endpoint = '/chat'): Promise<Opened> {
  const clock = new FakeClock()
  const reports = new Reports()
  const server = await startServer(t, { [endpoint]: Chat }, { clock, errorHandler: reports.handler })
  const peer = endpoint === '' ? await openIn(t, server, generation) : await enter(t, server, generation, endpoint)
  return { peer, clock, reports }
}

function inMs(ms: number): Date {
  return new Date(Date.now() + ms)
}

for (const generation of generations) {
  test(`a namespace of a client of ${generation} ends when it expires, and says why`, async (t) => {
    const ends = new Journal<string>()
    class Chat extends BaseNamespace {
      override recv_connect() {
        this.expires = inMs(5_000)
      }

      on_when() {
        return (this.expires as Date).getTime() > Date.now()
      }

      override recv_disconnect(reason: string) {
        ends.note(reason)
        this.disconnect(true)
      }
    }
    const { peer, clock } = await open(t, generation, Chat)
    await clock.tick(4_900)
    peer.ask(1, '/chat', 'when')
    assert.equal(await peer.next(), 'ack /chat 1 [true]')
    await clock.tick(100)
    assert.deepEqual(await peer.take(2), [expired('/chat'), 'left /chat'])
    assert.deepEqual(await ends.until(1), ['authorization expired'])
    // Only that namespace.
    assert.equal(peer.isOpen, true)
    peer.ask(2, '/chat', 'when')
    assert.deepEqual(await peer.settled(), [])
  })

  test(`a later date renews it for a client of ${generation}, undefined takes it back, an earlier one ends it sooner`, async (t) => {
    class Chat extends BaseNamespace {
      override recv_connect() {
        this.expires = inMs(5_000)
      }

      on_renew(ms: number | null) {
        this.expires = ms === null ? undefined : inMs(ms)
        return this.expires === undefined
      }
    }
    const { peer, clock } = await open(t, generation, Chat)
    peer.ask(1, '/chat', 'renew', 100_000)
    assert.equal(await peer.next(), 'ack /chat 1 [false]')
    await clock.tick(99_900)
    assert.deepEqual(await peer.settled(), [])
    peer.ask(2, '/chat', 'renew', null)
    assert.equal(await peer.next(), 'ack /chat 2 [true]')
    await clock.tick(10_000)
    assert.deepEqual(await peer.settled(), [])
    peer.ask(3, '/chat', 'renew', 1_000_000)
    peer.ask(4, '/chat', 'renew', 1_000)
    await peer.take(2)
    await clock.tick(1_000)
    assert.deepEqual(await peer.take(2), [expired('/chat'), 'left /chat'])
  })

  test(`a date that has passed ends it at once for a client of ${generation}; what it sent before is not handled`, async (t) => {
    const handled = new Journal<string>()
    class Chat extends BaseNamespace {
      async on_expire() {
        this.expires = inMs(-1)
        handled.note('expired')
      }

      on_more() {
        handled.note('more')
      }
    }
    const { peer } = await open(t, generation, Chat)
    peer.atOnce(() => {
      peer.emit('/chat', 'expire')
      peer.emit('/chat', 'more')
    })
    assert.deepEqual(await peer.take(2), [expired('/chat'), 'left /chat'])
    await peer.settled()
    assert.deepEqual(handled.entries, ['expired'])
  })

  test(`what has expired in recv_connect refuses a client of ${generation}`, async (t) => {
    class Chat extends BaseNamespace {
      override recv_connect() {
        this.expires = inMs(-1)
      }
    }
    const clock = new FakeClock()
    const server = await startServer(t, { '/chat': Chat }, { clock })
    const peer = await openIn(t, server, generation)
    peer.connect('/chat')
    const lines = [await peer.next(), ...(await peer.settled())]
    assert.match(lines.at(-1) as string, generation === '0.9' ? /^(?:left|refused) \/chat$/ : /^refused \/chat$/)
    assert.equal(lines.includes('connected /chat'), false)
  })

  test(`the global namespace of a client of ${generation} expires`, async (t) => {
    const ends = new Journal<string>()
    class Root extends BaseNamespace {
      on_begin() {
        this.expires = inMs(2_000)
      }

      override recv_disconnect(reason: string) {
        ends.note(reason)
      }
    }
    const { peer, clock } = await open(t, generation, Root, '')
    peer.ask(1, '', 'begin')
    assert.equal(await peer.next(), 'ack  1 []')
    await clock.tick(2_000)
    assert.deepEqual(await peer.take(2), [expired(''), 'left '])
    assert.deepEqual(await ends.until(1), ['authorization expired'])
  })
}

test('what is no date is refused where it is assigned', async (t) => {
  const wrong: readonly unknown[] = [new Date(Number.NaN), 1_700_000_000, '2030-01-01', null, {}, true]
  class Chat extends BaseNamespace {
    on_try(index: number) {
      this.expires = wrong[index] as Date
    }
  }
  const { peer, reports } = await open(t, '4', Chat)
  for (const index of wrong.keys()) {
    peer.emit('/chat', 'try', index)
    assert.match(await peer.next(), /error \["handler_failed"/)
    const [report] = reports.takeAll()
    assert.match(String(report?.cause), /^UsageError: expected this\.expires to be a valid Date or undefined, got /)
  }
})

test('dates of other realms count, those that are changed later do not, and far ones are waited for', async (t) => {
  let given = new Date(0)
  class Chat extends BaseNamespace {
    on_try() {
      given = runInNewContext('new Date(Date.now() + 100 * 24 * 3600 * 1000)') as Date
      this.expires = given
    }
  }
  const { peer, clock } = await open(t, '4', Chat)
  peer.ask(1, '/chat', 'try')
  await peer.next()
  given.setTime(0)
  clock.advance(100 * 24 * 3_600_000 - 1_000)
  assert.deepEqual(await peer.settled(), [])
  await clock.tick(1_000)
  assert.equal(await peer.next(), expired('/chat'))
})

test('many that expire at different times share a few timers, which go with their clients', async (t) => {
  class Chat extends BaseNamespace {
    on_begin(ms: number) {
      this.expires = inMs(ms)
    }
  }
  const clock = new FakeClock()
  const server = await startServer(t, { '/chat': Chat }, { clock })
  const peers = []
  for (let index = 0; index < 30; index++) {
    const peer = await enter(t, server, '4', '/chat')
    peer.ask(1, '/chat', 'begin', 5_000 + index * 997_001)
    await peer.next()
    peers.push(peer)
  }
  const before = clock.timers
  assert.ok(before < 10, String(before))
  for (const peer of peers) peer.close()
  for (const peer of peers) await peer.ended()
  clock.advance(40_000_000)
  assert.equal(clock.timers, 0)
})

test('expires as a class field refuses every connect: it would end nothing', async (t) => {
  class Chat extends BaseNamespace {
    constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
      super(...args)
      Object.defineProperty(this, 'expires', { value: new Date(0), writable: true, enumerable: true })
    }
  }
  const reports = new Reports()
  const server = await startServer(t, { '/chat': Chat }, { errorHandler: reports.handler })
  const peer = await openIn(t, server, '4')
  peer.connect('/chat')
  assert.equal(await peer.next(), 'refused /chat')
  assert.match(String(reports.takeAll()[0]?.cause), /expected expires of Chat to be assigned/)
})
