// Owns: what a client of Socket.IO 4 sends while its application is asked whether it may come back, and what becomes of it when something
// ends meanwhile: nothing is opened on a connection that is over, and no bound is passed.
// Elsewhere: clients that are lost again meanwhile (resume-interrupted.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { BaseNamespace, NamespaceDeclarations, Options, SocketioMiddleware } from '../../../lib/index.js'
import { within } from '../../support/journal.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, startResuming, type Life } from '../../support/resuming-server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

/** Namespaces whose clients may end their whole connection by an event. */
function leaving(life: Life) {
  return class extends noting(life) {
    on_bye() {
      this.socket.disconnect()
    }
  }
}

const lateResume = (life: Life) =>
  class extends leaving(life) {
    override async recv_resume(): Promise<void> {
      await pause(50)
      life.note('resumed')
    }
  }

async function away(t: TestContext, options: Options, namespaces: (life: Life) => NamespaceDeclarations) {
  const server = await startResuming(t, options, namespaces)
  const [data] = await lostFrom(t, server, '/a')
  return { ...server, pid: data.pid }
}

async function assertNobodyIn(io: SocketioMiddleware, peer: ResumingPeer, ...endpoints: string[]): Promise<void> {
  await within('the end of a connection', peer.peer.closed)
  for (const endpoint of endpoints) assert.deepEqual(await io.of(endpoint).fetchSockets(), [], endpoint)
}

describe('nothing is opened on a connection that a packet before it has ended', () => {
  test('behind a check that refuses', async (t) => {
    const check = async (): Promise<boolean> => {
      await pause(50)
      return false
    }
    const { io, life, url, pid } = await away(t, { recovery: { check } }, (noted) => ({
      '/a': noting(noted),
      '/c': leaving(noted),
      '/d': leaving(noted),
    }))
    const second = await ResumingPeer.open(t, url)
    second.send(`40/a,{"pid":"${pid}"}`, '40/c,', '42/c,["bye"]', '40/d,')
    await assertNobodyIn(io, second, '/c', '/d')
    assert.equal(life.count('connect'), life.entries.filter((entry) => entry.startsWith('disconnect')).length + 1)
  })

  test('behind a recv_resume', async (t) => {
    const { io, life, url, pid } = await away(t, {}, (noted) => ({ '/a': lateResume(noted) }))
    const second = await ResumingPeer.open(t, url)
    second.send(`40/a,{"pid":"${pid}"}`, '42/a,["bye"]', '40/a,')
    await assertNobodyIn(io, second, '/a')
    assert.equal(life.count('connect'), 1)
  })

  test('behind the end of its namespace, which it is told', async (t) => {
    const { io, life, url } = await startResuming(t, {}, (noted) => ({
      '/a': noting(noted),
      '/c': leaving(noted),
      '/d': noting(noted),
    }))
    const first = await ResumingPeer.open(t, url)
    const { data } = await first.connect('/a')
    await first.connect('/c')
    io.of('/a').disconnectSockets()
    await life.has('disconnect server namespace disconnect')
    first.cut()
    await life.has('suspended transport close')
    const second = await ResumingPeer.open(t, url)
    await second.connect('/c')
    second.send(`40/a,{"pid":"${data.pid}"}`, '42/c,["bye"]', '40/d,')
    await within('the end of a connection', second.peer.closed)
    assert.deepEqual(await io.of('/d').fetchSockets(), [])
    assert.equal(life.count('connect'), 3)
  })

  test('by what a namespace does that is given up', async (t) => {
    const { io, life, url } = await startResuming(t, {}, (noted) => ({
      '/a': noting(noted),
      '/b': class extends noting(noted) {
        override recv_disconnect(...args: Parameters<BaseNamespace['recv_disconnect']>): unknown {
          this.socket.disconnect()
          return super.recv_disconnect(...args)
        }
      },
    }))
    const [a] = await lostFrom(t, { life, url }, '/a', '/b')
    const second = await ResumingPeer.open(t, url)
    await second.connect('/a', { pid: a.pid })
    second.ask('/b')
    await assertNobodyIn(io, second, '/a', '/b')
    assert.equal(life.count('connect'), 2)
  })
})

test('a check may take longer than handshakeTimeout', async (t) => {
  const check = async (): Promise<boolean> => {
    await pause(400)
    return true
  }
  const { life, url, pid } = await away(t, { handshakeTimeout: 200, recovery: { check } }, (noted) => ({
    '/a': noting(noted),
  }))
  const second = await ResumingPeer.open(t, url)
  assert.equal((await second.connect('/a', { pid })).data.pid, pid)
  assert.equal(life.count('connect'), 1)
})

test('a client whose check refuses it, and whose namespace is unknown, is cut after handshakeTimeout all the same', async (t) => {
  const namespaces = new Map<string, string>()
  const check = async (): Promise<boolean> => {
    await pause(400)
    return false
  }
  const { url, pid } = await away(t, { handshakeTimeout: 200, recovery: { check } }, (noted) => ({
    '/a': class extends noting(noted) {
      override recv_connect(): unknown {
        if (namespaces.has('/a')) throw new Error('no')
        namespaces.set('/a', 'once')
        return super.recv_connect()
      }
    },
  }))
  const second = await ResumingPeer.open(t, url)
  assert.equal((await second.connect('/a', { pid })).kind, 'refused')
  await within('the end of a connection', second.peer.closed)
})

describe('while a client is asked for', () => {
  const slowCheck = async (): Promise<boolean> => {
    await pause(200)
    return true
  }

  test('the namespaces that it is in go on, with as many events as ever, and each counts once', async (t) => {
    const { io, url, pid } = await away(t, { maxQueuedEvents: 100, recovery: { check: slowCheck } }, (noted) => ({
      '/a': noting(noted),
      '/c': noting(noted),
    }))
    const second = await ResumingPeer.open(t, url)
    await second.connect('/c')
    const before = io.stats().events
    second.ask('/a', { pid })
    for (let number = 0; number < 300; number++) second.send(`42/c,${number}["echo",${number}]`)
    for (let number = 0; number < 300; number++) assert.equal(await second.frame(), `43/c,${number}[${number}]`)
    assert.equal((await second.answer('/a')).data.pid, pid)
    assert.equal(io.stats().events - before, 300)
  })

  test('what is held for a namespace counts once, too', async (t) => {
    const { io, url, pid } = await away(t, { recovery: { check: slowCheck } }, (noted) => ({ '/a': noting(noted) }))
    const second = await ResumingPeer.open(t, url)
    const before = io.stats().events
    second.ask('/a', { pid })
    for (let number = 0; number < 10; number++) second.send(`42/a,${number}["echo",${number}]`)
    assert.equal((await second.answer('/a')).data.pid, pid)
    for (let number = 0; number < 10; number++) assert.equal(await second.frame(), `43/a,${number}[${number}]`)
    assert.equal(io.stats().events - before, 10)
  })

  test('no more than maxQueuedBytes is held for all its namespaces together', async (t) => {
    const names = Array.from({ length: 5 }, (_, number) => `/n${number}`)
    const { life, url } = await startResuming(t, { maxQueuedBytes: 100_000 }, (noted) =>
      Object.fromEntries(
        names.map((name) => [
          name,
          class extends noting(noted) {
            override recv_resume(): Promise<void> {
              return new Promise(() => {})
            }
          },
        ]),
      ),
    )
    const answers = await lostFrom(t, { life, url }, ...names)
    const second = await ResumingPeer.open(t, url)
    names.forEach((name, index) => {
      second.ask(name, { pid: answers[index]?.pid })
    })
    const text = 'x'.repeat(40_000)
    for (const name of names) second.send(`42${name},["echo","${text}"]`)
    await within('the end of a connection', second.peer.closed)
    await life.has('disconnect limit exceeded', names.length)
  })
})

for (const order of [
  ['/a', '/n'],
  ['/n', '/a'],
] as const) {
  test(`a client comes back to each of two earlier connections, ${order[0]} first, whatever one of them has that it never knew of`, async (t) => {
    const { io, life, url } = await startResuming(t, {}, (noted) => ({ '/a': noting(noted), '/n': noting(noted) }))
    const first = await ResumingPeer.open(t, url)
    const a = await first.connect('/a')
    // Its confirmation is lost.
    first.ask('/n')
    await life.has('connect', 2)
    first.cut()
    await life.has('suspended transport close', 2)
    const second = await ResumingPeer.open(t, url)
    const n = await second.connect('/n')
    second.cut()
    await life.has('suspended transport close', 3)
    io.of('/n').emit('said', 1)
    const third = await ResumingPeer.open(t, url)
    const pids = { '/a': a.data.pid, '/n': n.data.pid }
    for (const endpoint of order) {
      const answer = await third.connect(endpoint, { pid: pids[endpoint] })
      assert.equal(answer.data.pid, pids[endpoint])
      if (endpoint === '/n') assert.deepEqual(answer.events, [said(1)])
    }
    await life.has('disconnect transport close')
    assert.equal((await io.of('/n').fetchSockets()).length, 1)
    assert.equal(life.count('connect'), 3)
  })
}

test('a namespace that a client has never left is its own, however many others it has entered and left since', async (t) => {
  const { life, url } = await startResuming(t, { maxNamespacesPerSocket: 2 }, (noted) => ({
    '/a': noting(noted),
    '/b': noting(noted),
    '/c': noting(noted),
    '/d': noting(noted),
  }))
  const first = await ResumingPeer.open(t, url)
  const { data } = await first.connect('/a')
  for (const other of ['/b', '/c', '/d', '/b']) {
    await first.connect(other)
    first.send(`41${other},`)
    await first.settled()
  }
  first.cut()
  await life.has('suspended transport close')
  const second = await ResumingPeer.open(t, url)
  assert.equal((await second.connect('/a', { pid: data.pid })).data.pid, data.pid)
})

test('one whose namespaces have all ended silently while it was away is kept no longer', async (t) => {
  const { io, life } = await away(t, {}, (noted) => ({ '/a': noting(noted) }))
  assert.equal(io.stats().suspended, 1)
  life.newest?.disconnect(true)
  await life.has('disconnect server namespace disconnect')
  assert.deepEqual([io.stats().suspended, io.stats().sockets], [0, 0])
})

test('one that is away is kept no longer when more packets wait for it than may, however small they are', async (t) => {
  const { io, life } = await away(t, { maxBufferedPackets: 20 }, (noted) => ({ '/a': noting(noted) }))
  for (let number = 0; number < 30; number++) io.of('/a').emit('said', number)
  await life.has('disconnect transport close')
  assert.equal(io.stats().suspended, 0)
})
