// Owns: the option rateLimit: what counts, what becomes of packets past it, and what they are told.
// Elsewhere: values that it cannot have (test/unit/server/settings.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options, type RateLimit } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { connectWebSocket, openWebSocket, type EngineRevision } from '../support/engine-peer.js'
import { Journal } from '../support/journal.js'
import { startServer } from '../support/server.js'
import { connectPeer, transports } from '../support/v09-peers.js'
import { asking, event, openClient } from '../support/wire-client.js'

const revisions: readonly EngineRevision[] = [4, 3]

async function start(t: TestContext, rateLimit: RateLimit | undefined, options: Options = {}) {
  const heard = new Journal<string>()
  class Root extends BaseNamespace {
    override recv_message(data: string) {
      heard.note(`message ${data}`)
    }
    override recv_json(data: unknown) {
      heard.note(`json ${JSON.stringify(data)}`)
    }
    on_say(value: unknown) {
      heard.note(`event ${String(value)}`)
      return value
    }
    on_ask() {
      this.emit('question', () => heard.note('ack'))
    }
    override recv_disconnect(reason: string) {
      heard.note(`root: ${reason}`)
    }
  }
  class Chat extends BaseNamespace {
    override recv_connect() {
      heard.note('connect')
    }
    on_say(value: unknown) {
      heard.note(`chat ${String(value)}`)
      return value
    }
    override recv_disconnect(reason: string) {
      heard.note(`chat: ${reason}`)
    }
  }
  const clock = new FakeClock()
  const limit = rateLimit === undefined ? {} : { rateLimit }
  // No test here is about heartbeats, and some move the clock far.
  const rare = { heartbeatInterval: 1_000_000, heartbeatTimeout: 2_000_000 }
  const server = await startServer(t, { '': Root, '/chat': Chat }, { clock, ...rare, ...limit, ...options })
  return { ...server, clock, heard }
}

const say = (value: number): string => event('', 'say', value)
const limited = event('', 'error', 'rate_limited', 'At most 3 packets in 1000 ms are handled')

for (const transport of transports) {
  test(`packets past the limit over ${transport} are not handled, and are told once`, async (t) => {
    const server = await start(t, { events: 3, per: 1_000 })
    const peer = await connectPeer(t, server, transport)
    await peer.send(...[1, 2, 3, 4, 5, 6].map(say))
    assert.equal(await peer.receive(), limited)
    assert.deepEqual(server.heard.entries, ['event 1', 'event 2', 'event 3'])
    server.clock.advance(1_000)
    await peer.send(asking(1, '', 'say', 7))
    assert.equal(await peer.receive(), '6:::1+[7]')
    assert.deepEqual(server.heard.entries.slice(3), ['event 7'])
  })
}

for (const revision of revisions) {
  test(`packets past the limit over engine.io ${revision} are not handled, and are told once`, async (t) => {
    const server = await start(t, { events: 4, per: 1_000 })
    const peer = await connectWebSocket(t, server.url, revision)
    // The connect of a client of version 4 counts, too.
    const count = revision === 4 ? 3 : 4
    peer.send(...[1, 2, 3, 4, 5, 6].map((value) => `42["say",${value}]`))
    assert.equal(await peer.text(), '42["error","rate_limited","At most 4 packets in 1000 ms are handled"]')
    server.clock.advance(1_000)
    peer.send('421["say",7]')
    assert.equal(await peer.text(), '431[7]')
    const handled = [1, 2, 3, 4].slice(0, count).map((value) => `event ${value}`)
    assert.deepEqual(server.heard.entries, [...handled, 'event 7'])
  })
}

test('tokens come back one by one, and no more of them than burst', async (t) => {
  const server = await start(t, { events: 2, per: 1_000, burst: 4 })
  const client = await openClient(t, server)
  const sent = async (count: number): Promise<number> => {
    const before = server.heard.entries.length
    client.send(...Array.from({ length: count }, (_, value) => say(value)))
    await client.settled()
    return server.heard.entries.length - before
  }
  assert.equal(await sent(6), 4)
  server.clock.advance(499)
  assert.equal(await sent(1), 0)
  server.clock.advance(1)
  assert.equal(await sent(2), 1)
  server.clock.advance(1_000)
  assert.equal(await sent(3), 2)
  server.clock.advance(100_000)
  assert.equal(await sent(6), 4)
})

test('events, messages, JSON and connects count, to all namespaces together', async (t) => {
  const server = await start(t, { events: 6, per: 1_000 })
  const client = await openClient(t, server)
  client.send(
    '1::/chat',
    '3:::a',
    '4:::1',
    say(1),
    event('/chat', 'say', 2),
    'garbage',
    '3:::b',
    event('/chat', 'say', 3),
  )
  const frames = await client.settled()
  // There is no order between two namespaces.
  assert.deepEqual(server.heard.entries.toSorted(), ['chat 2', 'connect', 'event 1', 'json 1', 'message a'])
  assert.equal(frames.filter((frame) => frame.includes('rate_limited')).length, 1)
  assert.equal(frames.filter((frame) => frame.includes('invalid_packet')).length, 1)
})

test('acks, heartbeats, noops and disconnects do not count, and come through past the limit', async (t) => {
  const server = await start(t, { events: 2, per: 1_000 })
  const client = await openClient(t, server)
  client.send('1::/chat', event('', 'ask'))
  await client.next()
  const id = /^5:(\d+)\+/.exec(await client.next())?.[1]
  client.send('2::', '8::', '2::', say(1), `6:::${id}`, '0::/chat')
  assert.match(await client.next(), /rate_limited/)
  assert.deepEqual(await server.heard.until(3), ['connect', 'ack', 'chat: client namespace disconnect'])
  client.send('0::')
  assert.deepEqual((await server.heard.until(4)).slice(3), ['root: client namespace disconnect'])
})

test('a packet past the limit is not acknowledged, neither on receipt nor by a handler', async (t) => {
  const server = await start(t, { events: 1, per: 1_000 })
  const client = await openClient(t, server)
  client.send(say(1), '3:7::x', asking(8, '', 'say', 2), '5:9::{"name":"say"}')
  assert.deepEqual(
    (await client.settled()).map((frame) => frame.slice(0, 5)),
    ['5:::{'],
  )
  assert.deepEqual(server.heard.entries, ['event 1'])
})

test('what is no packet counts as one, and is told no oftener', async (t) => {
  const server = await start(t, { events: 3, per: 1_000 })
  const client = await openClient(t, server)
  client.send(...Array.from({ length: 50 }, () => 'garbage'))
  const frames = await client.settled()
  assert.deepEqual(
    frames.map((frame) => /"args":\["(\w+)"/.exec(frame)?.[1]),
    ['invalid_packet', 'invalid_packet', 'invalid_packet', 'rate_limited'],
  )
})

for (const revision of revisions) {
  test(`what is no packet ends a session of engine.io ${revision}, past the limit as well`, async (t) => {
    const server = await start(t, { events: 1, per: 1_000 })
    const peer = await connectWebSocket(t, server.url, revision)
    if (revision === 3) peer.send('42["say",1]')
    peer.send('42["say",2]')
    assert.match(await peer.text(), /rate_limited/)
    peer.send('4garbage')
    await peer.rest()
    assert.equal(server.heard.entries.at(-1), 'root: parse error')
  })
}

test('[16:security-11] a client is told at most once a second, of its first packet past the limit', async (t) => {
  const server = await start(t, { events: 3, per: 100_000 })
  const client = await openClient(t, server)
  client.send(...[1, 2, 3].map(say))
  const told = async (): Promise<number> => {
    client.send(...Array.from({ length: 20 }, (_, value) => say(value)))
    return (await client.settled()).length
  }
  assert.equal(await told(), 1)
  server.clock.advance(999)
  assert.equal(await told(), 0)
  server.clock.advance(1)
  assert.equal(await told(), 1)
})

test('the error is about the endpoint and the id of the packet, and goes to the errorHandler', async (t) => {
  const reports = new Journal<unknown[]>()
  const server = await start(
    t,
    { events: 1, per: 1_000 },
    {
      errorHandler: (socket, name, message, endpoint, id, quiet, error) => {
        reports.note([socket?.protocol, name, message, endpoint, id, quiet, error])
      },
    },
  )
  const client = await openClient(t, server)
  client.send('1::/chat', asking(5, '/chat', 'say', 1))
  const message = 'At most 1 packets in 1000 ms are handled'
  assert.deepEqual(await reports.until(1), [['0.9', 'rate_limited', message, '/chat', '5', false, undefined]])
})

describe('a connect past the limit', () => {
  test('is refused on 0.9, and may be tried again', async (t) => {
    const server = await start(t, { events: 1, per: 1_000 })
    const client = await openClient(t, server)
    client.send(say(1), '1::/chat')
    assert.equal(await client.next(), '7::/chat:2')
    server.clock.advance(1_000)
    assert.equal(await client.ask('1::/chat'), '1::/chat')
  })

  for (const revision of revisions) {
    test(`is refused on engine.io ${revision}, and may be tried again`, async (t) => {
      const server = await start(t, { events: 1, per: 1_000 })
      const peer = await openWebSocket(t, server.url, revision)
      // The answer to a connect of its own, which one of version 2 need not send.
      if (revision === 4) peer.send('40')
      assert.match(await peer.text(), /^40/)
      if (revision === 3) peer.send('42["say",1]')
      peer.send('40/chat,')
      const refusal = revision === 4 ? '44/chat,{"message":"rate_limited"}' : '44/chat,"rate_limited"'
      assert.equal(await peer.text(), refusal)
      server.clock.advance(1_000)
      peer.send('40/chat,')
      assert.match(await peer.text(), /^40\/chat/)
    })
  }
})

test('onLimit hears of the client and how many of its packets were refused, and may end it', async (t) => {
  const counts: number[] = []
  const server = await start(t, {
    events: 1,
    per: 100_000,
    onLimit: (socket, refused) => {
      counts.push(refused)
      if (refused > 3) socket.disconnect()
    },
  })
  const client = await openClient(t, server)
  client.send(...[1, 2, 3, 4].map(say))
  await client.settled()
  assert.deepEqual(counts, [1])
  server.clock.advance(1_000)
  client.send(say(5), say(6))
  const frames = await client.ended()
  assert.match(frames[0] ?? '', /rate_limited/)
  assert.equal(frames[1], '0::')
  assert.deepEqual(counts, [1, 4])
  assert.deepEqual(server.heard.entries, ['event 1', 'root: server namespace disconnect'])
})

test('an onLimit that throws is logged, and the client is served on', async (t) => {
  const logged = t.mock.method(console, 'error', () => {})
  const server = await start(t, {
    events: 1,
    per: 1_000,
    onLimit: () => {
      throw new Error('a bug')
    },
  })
  const client = await openClient(t, server)
  client.send(say(1), say(2))
  await client.settled()
  assert.match(String(logged.mock.calls[0]?.arguments.join(' ')), /rateLimit.onLimit\(\) failed/)
  server.clock.advance(1_000)
  assert.equal(await client.ask(asking(1, '', 'say', 3)), '6:::1+[3]')
})

test('every client has a limit of its own', async (t) => {
  const server = await start(t, { events: 1, per: 1_000 })
  const clients = [await openClient(t, server), await openClient(t, server)]
  for (const client of clients) assert.equal(await client.ask(asking(1, '', 'say', 1)), '6:::1+[1]')
})

test('a clock that goes back gives no tokens, and takes none', async (t) => {
  const clock = new FakeClock()
  let offset = 0
  const back = {
    now: () => clock.now() + offset,
    setTimeout: (run: () => void, ms: number) => clock.setTimeout(run, ms),
    clearTimeout: (timer: unknown) => {
      clock.clearTimeout(timer)
    },
  }
  const server = await start(t, { events: 1, per: 1_000 }, { clock: back })
  const client = await openClient(t, server)
  client.send(say(1))
  offset = -1_000_000
  client.send(say(2))
  await client.settled()
  assert.deepEqual(server.heard.entries, ['event 1'])
  clock.advance(1_000)
  assert.equal(await client.ask(asking(1, '', 'say', 3)), '6:::1+[3]')
})

test('without the option a client sends as much as it likes', async (t) => {
  const server = await start(t, undefined)
  const client = await openClient(t, server)
  client.send(...Array.from({ length: 500 }, (_, value) => say(value)))
  assert.equal((await server.heard.until(500)).length, 500)
})
