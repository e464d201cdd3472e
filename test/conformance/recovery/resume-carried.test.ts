// Owns: namespaces that a client of Socket.IO 4 entered anew on the connection on which it came back to another one: what they keep, and
// what of it counts as written or as confirmed.
// Elsewhere: namespaces that it came back to (resume-confirmed.test.ts), how they end (resume-kicked.test.ts).
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { BaseNamespace, Options, SocketioMiddleware } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { within } from '../../support/journal.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, stalling, startResuming, type Life } from '../../support/resuming-server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

const both = (life: Life) => ({ '/chat': noting(life), '/new': noting(life) })

/** A client that is back in `/chat`, and has entered `/new` before that on the same connection. */
async function startCarrying(t: TestContext, options: Options = {}, declared: typeof both = both) {
  const namespaces = new Map<string, BaseNamespace>()
  const known = (Given: ReturnType<typeof noting>) =>
    class extends Given {
      override recv_connect(): unknown {
        namespaces.set(this.nsName, this)
        return super.recv_connect()
      }
    }
  const { io, life, url } = await startResuming(t, options, (noted) => {
    const { '/chat': chat, '/new': fresh } = declared(noted)
    return { '/chat': known(chat), '/new': known(fresh) }
  })
  const [data] = await lostFrom(t, { life, url }, '/chat')
  const peer = await ResumingPeer.open(t, url)
  const fresh = await peer.connect('/new')
  await peer.connect('/chat', { pid: data.pid })
  const own = (endpoint: string): BaseNamespace => namespaces.get(endpoint) as BaseNamespace
  return { io, life, url, peer, own, pids: { '/chat': data.pid, '/new': fresh.data.pid } as Record<string, string> }
}

test('what was sent in the turn in which the connection broke was not written, and is sent once', async (t) => {
  const { life, url, peer, own, pids } = await startCarrying(t)
  for (const endpoint of ['/new', '/chat']) own(endpoint).emit('ask', 'before', () => {})
  await peer.settled()
  own('/new').request.socket.destroy()
  for (const endpoint of ['/new', '/chat', '/new']) {
    own(endpoint).emit('said', 'in that turn')
    own(endpoint).emit('ask', 'in that turn', () => {})
  }
  await life.has('suspended transport close', 3)
  const last = await ResumingPeer.open(t, url)
  for (const [endpoint, times] of [
    ['/chat', 1],
    ['/new', 2],
  ] as const) {
    last.ask(endpoint, { pid: pids[endpoint] })
    const [answer, ...frames] = await last.settled()
    assert.ok(answer?.startsWith(`40${endpoint},`), answer)
    const events = frames.map((frame) => frame.replace(/^42[^[]*(\d*)(\[.*?"in that turn").*$/, '$2]'))
    const pair = ['["said","in that turn"]', '["ask","in that turn"]']
    assert.deepEqual(events, times === 1 ? pair : [...pair, ...pair])
  }
})

for (const first of ['/chat', '/new']) {
  test(`a namespace that is carried is lost no event by its size, where its client answers (${first} first)`, async (t) => {
    const { life, url, peer, own, pids } = await startCarrying(t, { recovery: { maxBytes: 20_000 } })
    for (let number = 0; number < 200; number++) {
      own('/new').emit('said', 'x'.repeat(500))
      await peer.event()
    }
    peer.cut()
    await life.has('suspended transport close', 3)
    own('/new').emit('said', 'away')
    const last = await ResumingPeer.open(t, url)
    const answers = new Map<string, string | undefined>()
    for (const endpoint of [first, first === '/new' ? '/chat' : '/new']) {
      const { data, events } = await last.connect(endpoint, { pid: pids[endpoint] })
      answers.set(endpoint, events.at(-1))
      assert.equal(data.pid, pids[endpoint])
    }
    assert.equal(answers.get('/new'), said('away'))
    assert.equal(life.count('connect'), 2)
  })
}

test('what is sent to many namespaces that are carried does not cost their host its recovery', async (t) => {
  const names = Array.from({ length: 20 }, (_, number) => `/n${number}`)
  const { io, life, url } = await startResuming(t, { recovery: { maxBytes: 20_000 } }, (noted) =>
    Object.fromEntries(['/chat', ...names].map((name) => [name, noting(noted)])),
  )
  const [data] = await lostFrom(t, { life, url }, '/chat')
  const peer = await ResumingPeer.open(t, url)
  for (const name of names) await peer.connect(name)
  await peer.connect('/chat', { pid: data.pid })
  for (let number = 0; number < 200; number++) {
    for (const name of names) io.of(name).emit('said', number)
    for (let count = 0; count < names.length; count++) await peer.event()
  }
  peer.cut()
  await life.has('suspended transport close', 2 + names.length)
  const last = await ResumingPeer.open(t, url)
  assert.equal((await last.connect('/chat', { pid: data.pid })).data.pid, data.pid)
})

test('what is carried counts as a socket of its own, by maxSockets as well', async (t) => {
  const { io, peer, url, life, pids } = await startCarrying(t, { maxSockets: 3 })
  assert.equal(io.stats().sockets, 2)
  // With one more on its connection it would need a fourth.
  peer.cut()
  await life.has('suspended transport close', 3)
  const others = [await ResumingPeer.open(t, url), await ResumingPeer.open(t, url)]
  for (const other of others) await other.connect('/new')
  const last = await ResumingPeer.open(t, url)
  assert.equal((await last.connect('/chat', { pid: pids['/chat'] })).data.pid, pids['/chat'])
  const refused = await last.connect('/new', { pid: pids['/new'] })
  assert.deepEqual([refused.kind, refused.data.pid === pids['/new']], ['confirmed', false])
})

// `noticed`: the server knows that the connection is lost, when its client comes on another one.
for (const isNoticed of [true, false]) {
  test(`what namespaces send to each other's when their connection is lost, ${isNoticed ? 'noticed' : 'unnoticed'}, is sent once`, async (t) => {
    const namespaces = new Map<string, BaseNamespace>()
    const telling = (life: Life, other: string) =>
      class extends noting(life) {
        override recv_connect(): unknown {
          namespaces.set(this.nsName, this)
          return super.recv_connect()
        }
        override recv_suspend(reason: string): unknown {
          namespaces.get(other)?.emit('ask', this.nsName, () => {})
          return super.recv_suspend(reason)
        }
      }
    const { life, url, peer, pids } = await startCarrying(t, {}, (noted) => ({
      '/chat': telling(noted, '/new'),
      '/new': telling(noted, '/chat'),
    }))
    if (isNoticed) {
      peer.cut()
      await life.has('suspended transport close', 3)
    }
    const last = await ResumingPeer.open(t, url)
    last.ask('/chat', { pid: pids['/chat'] })
    last.ask('/new', { pid: pids['/new'] })
    const frames = [...(await last.settled()), ...(await last.settled())]
    const asked = frames.filter((frame) => frame.startsWith('42')).map((frame) => frame.replace(/,\d+\[/, ',['))
    assert.deepEqual(asked.toSorted(), ['42/chat,["ask","/new"]', '42/new,["ask","/chat"]'])
  })
}

test('what waits for the next poll was not written, when its client comes back to a namespace that is carried', async (t) => {
  const { life, url } = await startResuming(t, {}, (noted) => ({ '/chat': noting(noted), '/new': noting(noted) }))
  const [data] = await lostFrom(t, { life, url }, '/chat')
  const polling = await openPolling(url)
  await polling.post('40/new,')
  const pid = /"pid":"([^"]+)"/.exec((await polling.poll()).body)?.[1] ?? ''
  const namespace = life.newest
  await polling.post(`40/chat,{"pid":"${data.pid}"}`)
  namespace?.emit('ask', 1, () => {})
  const last = await ResumingPeer.open(t, url)
  last.ask('/new', { pid })
  const frames = await last.settled()
  assert.deepEqual(
    frames.slice(1).map((frame) => frame.replace(/,\d+\[/, ',[')),
    ['42/new,["ask",1]'],
  )
})

for (const how of ['an event', 'an ack', 'an event behind a connect that was refused'] as const) {
  test(`${how} on its way to a namespace that has ended, and was carried, ends nothing else`, async (t) => {
    const { io, life, url } = await startResuming(t, {}, (noted) => ({
      '/chat': noting(noted),
      '/new': class extends noting(noted) {
        override async recv_connect(): Promise<void> {
          await super.recv_connect()
          if (!how.includes('refused')) return
          noted.note('asked')
          await pause(50)
          throw new Error('expected no client')
        }
      },
    }))
    const [data] = await lostFrom(t, { life, url }, '/chat')
    const peer = await ResumingPeer.open(t, url)
    peer.ask('/new')
    if (how.includes('refused')) await life.has('asked')
    else await peer.answer('/new')
    assert.equal((await peer.connect('/chat', { pid: data.pid })).data.pid, data.pid)
    if (how.includes('refused')) assert.match(await peer.frame(), /^44\/new,/)
    else {
      life.newest?.emit('ask', () => {})
      assert.match(await peer.frame(), /^42\/new,\d+\["ask"\]$/)
      io.of('/new').disconnectSockets()
      assert.equal(await peer.frame(), '41/new,')
    }
    peer.send(how === 'an ack' ? '43/new,1[]' : '42/new,["said",1]')
    peer.send('42/chat,7["echo",1]')
    const frames = [await peer.frame()]
    // A client that was refused is told that it may not.
    if (!frames[0]?.startsWith('43/chat')) frames.push(await peer.frame())
    assert.equal(frames.at(-1), '43/chat,7[1]')
  })
}

test('a namespace that is entered again on the connection of another client comes back, whatever is kept of its life before', async (t) => {
  const { io, life, url } = await startResuming(t, {}, (noted) =>
    Object.fromEntries(['/a', '/b', '/n'].map((name) => [name, noting(noted)])),
  )
  const [a, n] = await lostFrom(t, { life, url }, '/a', '/n')
  const second = await ResumingPeer.open(t, url)
  const b = await second.connect('/b')
  await second.connect('/a', { pid: a.pid })
  await second.connect('/n', { pid: n.pid })
  io.of('/n').emit('said', 'in the life before')
  second.send('41/n,')
  await second.settled()
  second.cut()
  await life.has('suspended transport close', 4)
  const third = await ResumingPeer.open(t, url)
  await third.connect('/a', { pid: a.pid })
  await third.connect('/b', { pid: b.data.pid })
  const again = await third.connect('/n')
  third.cut()
  await life.has('suspended transport close', 7)
  io.of('/n').emit('said', 2)
  const last = await ResumingPeer.open(t, url)
  await last.connect('/b', { pid: b.data.pid })
  await last.connect('/a', { pid: a.pid })
  const back = await last.connect('/n', { pid: again.data.pid })
  assert.deepEqual([back.data.pid, back.events], [again.data.pid, [said(2)]])
})

for (const order of [
  ['/chat', '/new'],
  ['/new', '/chat'],
]) {
  test(`a client that is back before its loss is noticed pushes nobody out, ${order[0]} first`, async (t) => {
    const { io, life, url, pids } = await startCarrying(t, { recovery: { maxSuspended: 1 } })
    await lostFrom(t, { life, url }, '/chat')
    const last = await ResumingPeer.open(t, url)
    last.send(...order.map((endpoint) => `40${endpoint},{"pid":"${pids[endpoint]}"}`))
    const answers = await last.settled()
    for (const endpoint of order) assert.ok(answers.some((frame) => frame.includes(`"pid":"${pids[endpoint]}"`)))
    assert.equal(io.stats().suspended, 1)
    assert.equal(life.count('disconnect transport close'), 0)
  })
}

test('a connect to a namespace that its client is in closes the connection, whatever it says to come back to', async (t) => {
  const { life, url, peer } = await startCarrying(t)
  const [older] = await lostFrom(t, { life, url }, '/new')
  peer.ask('/new', { pid: older.pid })
  await within('the close of the connection', peer.peer.closed)
  await life.has('disconnect parse error', 2)
})

/** Waits until so many events have been read. */
async function eventsOf(io: SocketioMiddleware, count: number): Promise<void> {
  for (let tries = 0; io.stats().events < count; tries++) {
    assert.ok(tries < 1000, `expected ${count} events, not ${io.stats().events}`)
    await pause(10)
  }
}

for (const slow of ['/new', '/chat']) {
  test(`nothing is read from a connection while ${slow} has too much to do, be it carried or not`, async (t) => {
    let done = (): void => {}
    const idle = new Promise<void>((resolve) => {
      done = resolve
    })
    const { io, peer } = await startCarrying(t, { maxQueuedEvents: 10 }, (noted) => {
      const working = class extends noting(noted) {
        async on_work(value: unknown): Promise<unknown> {
          if (this.nsName === slow) await idle
          return [value]
        }
      }
      return { '/chat': class extends working {}, '/new': class extends working {} }
    })
    const fast = slow === '/new' ? '/chat' : '/new'
    // Both stop it, and one of them goes on.
    peer.send(...Array.from({ length: 12 }, () => `42${fast},["work",1]`))
    peer.send(...Array.from({ length: 12 }, () => `42${slow},["work",1]`))
    await eventsOf(io, 24)
    for (let round = 0; round < 20; round++) {
      peer.send(...Array.from({ length: 50 }, () => `42${slow},["work",1]`))
      await pause(5)
    }
    assert.ok(io.stats().backlog.packets < 200, String(io.stats().backlog.packets))
    done()
    await eventsOf(io, 1024)
  })
}

test('reading goes on when what had too much to do is carried by one client after the other', async (t) => {
  const works: (() => void)[] = []
  const { io, life, url } = await startResuming(t, { maxQueuedEvents: 10 }, (noted) => ({
    '/x': noting(noted),
    '/y': noting(noted),
    '/z': stalling(noted, works),
  }))
  const [x] = await lostFrom(t, { life, url }, '/x')
  const [y] = await lostFrom(t, { life, url }, '/y')
  const peer = await ResumingPeer.open(t, url)
  await peer.connect('/z')
  await peer.connect('/y', { pid: y.pid })
  const connection = Reflect.get(peer.peer.websocket, '_socket') as Socket
  // In one piece, which is read to its end.
  connection.cork()
  peer.send(...Array.from({ length: 15 }, () => '42/z,["work"]'))
  peer.ask('/x', { pid: x.pid })
  connection.uncork()
  assert.match(await peer.frame(), /^40\/x,/)
  assert.ok(io.stats().paused > 0)
  for (let done = 0; done < 15; await pause(5)) {
    for (const work of works.splice(0)) {
      work()
      done++
    }
  }
  assert.equal(io.stats().paused, 0)
  for (const [id, name] of ['/x', '/y', '/z'].entries()) {
    peer.send(`42${name},${id}["echo",1]`)
    assert.equal(await peer.frame(), `43${name},${id}[1]`)
  }
})
