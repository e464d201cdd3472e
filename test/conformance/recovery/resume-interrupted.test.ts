// Owns: clients of Socket.IO 4 that are lost again, or ended, before their application has let them in, or before their loss was noticed.
// Elsewhere: those that are ended while they are away (resume-kicked.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { openPolling, payload } from '../../support/engine-peer.js'
import { within } from '../../support/journal.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { awayFromTwo, lostFrom, noting, stalling, startResuming, type Life } from '../../support/resuming-server.js'
import { until } from './raw.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

/** Namespaces `/a`, whose application never answers whether its client may come back, unless told to; and `/b`. */
async function startPatient(t: TestContext, options: Options = {}) {
  let answer: (() => void) | undefined
  const { io, life, url } = await startResuming(t, options, (noted: Life) => ({
    '/a': class extends noting(noted) {
      override recv_resume(): Promise<void> {
        noted.note('asked')
        return new Promise((resolve) => {
          answer = resolve
        })
      }
    },
    '/b': noting(noted),
  }))
  return { io, life, url, answer: () => answer?.() }
}

describe('a client whose application is asked whether it may come back, to whom nothing had been sent before,', () => {
  for (const isNoticed of [true, false]) {
    test(`and that is lost again, ${isNoticed ? 'noticed' : 'unnoticed'}, gets what was sent meanwhile`, async (t) => {
      const { io, life, url, answer } = await startPatient(t)
      const [data] = await lostFrom(t, { life, url }, '/a')
      const second = await ResumingPeer.open(t, url)
      second.ask('/a', { pid: data.pid })
      await life.has('asked')
      io.of('/a').emit('said', 1)
      if (isNoticed) {
        second.cut()
        await life.has('suspended transport close', 2)
      }
      const third = await ResumingPeer.open(t, url)
      third.ask('/a', { pid: data.pid })
      await life.has('asked', 2)
      answer()
      const back = await third.answer('/a')
      assert.deepEqual([back.kind, back.data, back.events], ['confirmed', data, [said(1)]])
      assert.equal(life.count('connect'), 1)
    })
  }

  test('is kept no more for than recovery.maxBytes', async (t) => {
    const { io, life, url } = await startPatient(t, { recovery: { maxBytes: 10_000 } })
    const [data] = await lostFrom(t, { life, url }, '/a')
    const second = await ResumingPeer.open(t, url)
    second.ask('/a', { pid: data.pid })
    await life.has('asked')
    for (let number = 0; number < 20; number++) io.of('/a').emit('said', 'x'.repeat(1000))
    await life.has('disconnect transport close')
  })
})

describe('a client that is disconnected while its application is asked whether it may come back', () => {
  for (const wasSent of [true, false]) {
    for (const isNoticed of [true, false]) {
      const how = `${wasSent ? 'after' : 'without'} an earlier event, is lost again, ${isNoticed ? 'noticed' : 'unnoticed'},`
      test(`${how} and is told`, async (t) => {
        const { io, life, url } = await startPatient(t)
        const first = await ResumingPeer.open(t, url)
        const a = await first.connect('/a')
        const b = await first.connect('/b')
        if (wasSent) {
          io.of('/b').emit('said', 0)
          await first.event()
        }
        first.cut()
        await life.has('suspended transport close', 2)
        const second = await ResumingPeer.open(t, url)
        assert.equal((await second.connect('/b', { pid: b.data.pid })).kind, 'confirmed')
        second.ask('/a', { pid: a.data.pid })
        await life.has('asked')
        io.of('/a').emit('said', 1)
        io.of('/a').disconnectSockets()
        await life.has('disconnect server namespace disconnect')
        if (isNoticed) {
          second.cut()
          await life.has('suspended transport close', 3)
        }
        const third = await ResumingPeer.open(t, url)
        assert.equal((await third.connect('/a', { pid: a.data.pid })).kind, 'disconnected')
        assert.equal((await third.connect('/b', { pid: b.data.pid })).kind, 'confirmed')
        assert.equal(life.count('connect'), 2)
      })
    }
  }

  test('is told at once, and may enter anew', async (t) => {
    const { io, life, url } = await startPatient(t)
    const [data] = await lostFrom(t, { life, url }, '/a')
    const second = await ResumingPeer.open(t, url)
    second.ask('/a', { pid: data.pid })
    await life.has('asked')
    io.of('/a').disconnectSockets()
    assert.deepEqual(await second.settled(), ['41/a,'])
    const anew = await second.connect('/a')
    assert.equal(anew.kind, 'confirmed')
    assert.notEqual(anew.data.pid, data.pid)
    assert.equal(life.count('connect'), 2)
  })
})

describe('a client that is disconnected before the loss of its connection is noticed is told when it is back', () => {
  test('in its only namespace', async (t) => {
    const { io, life, url } = await startResuming(t)
    const first = await ResumingPeer.open(t, url)
    const { data } = await first.connect('/chat')
    io.of('/chat').disconnectSockets()
    await life.has('disconnect server namespace disconnect')
    const second = await ResumingPeer.open(t, url)
    assert.equal((await second.connect('/chat', { pid: data.pid })).kind, 'disconnected')
    assert.deepEqual([await second.settled(), life.count('connect')], [[], 1])
  })

  test('in each of its namespaces, and then nothing of it is left', async (t) => {
    const { io, life, url } = await startResuming(t, {}, (noted) => ({ '/a': noting(noted), '/b': noting(noted) }))
    const first = await ResumingPeer.open(t, url)
    const [a, b] = [await first.connect('/a'), await first.connect('/b')]
    io.of('/a').disconnectSockets()
    io.of('/b').disconnectSockets()
    await life.has('disconnect server namespace disconnect', 2)
    const second = await ResumingPeer.open(t, url)
    assert.equal((await second.connect('/a', { pid: a.data.pid })).kind, 'disconnected')
    assert.equal((await second.connect('/b', { pid: b.data.pid })).kind, 'disconnected')
    await second.settled()
    assert.deepEqual([io.stats().sockets, io.stats().suspended], [1, 0])
  })
})

for (const [how, end] of [
  ['one by one', ['/a', '/b']],
  ['at once', [true]],
] as const) {
  test(`nothing is left of a client that was told of all its ends, which came ${how} while it was away`, async (t) => {
    const { io, life, url, a, b } = await awayFromTwo(t)
    for (const each of end) io.of(each === true ? '/a' : each).disconnectSockets(each === true)
    await life.has('disconnect server namespace disconnect', 2)
    const second = await ResumingPeer.open(t, url)
    assert.equal((await second.connect('/a', { pid: a.pid })).kind, 'disconnected')
    assert.equal((await second.connect('/b', { pid: b.pid })).kind, 'disconnected')
    await second.settled()
    assert.deepEqual([io.stats().sockets, io.stats().suspended], [1, 0])
  })
}

test('a client is told of an end also when it asks for that namespace later than handshakeTimeout', async (t) => {
  const { io, life, url } = await startResuming(t, { handshakeTimeout: 100 }, (noted) => ({
    '/a': noting(noted),
    '/b': noting(noted),
    '/c': noting(noted),
  }))
  const first = await ResumingPeer.open(t, url)
  const [a, b] = [await first.connect('/a'), await first.connect('/b')]
  await first.connect('/c')
  first.cut()
  await life.has('suspended transport close', 3)
  const second = await ResumingPeer.open(t, url)
  assert.equal((await second.connect('/a', { pid: a.data.pid })).kind, 'confirmed')
  io.of('/b').disconnectSockets()
  await life.has('disconnect server namespace disconnect')
  // `/c`, for which it does not ask.
  await life.has('disconnect transport close')
  assert.equal((await second.connect('/b', { pid: b.data.pid })).kind, 'disconnected')
  assert.equal(life.count('connect'), 3)
})

test('a connection from which nothing was read is closed when its client comes on a newer one', async (t) => {
  const works: (() => void)[] = []
  const { io, life, url } = await startResuming(t, { maxQueuedEvents: 10, pingTimeout: 60_000 }, (noted) => ({
    '/a': noting(noted),
    '/new': stalling(noted, works),
  }))
  const [a] = await lostFrom(t, { life, url }, '/a')
  const second = await ResumingPeer.open(t, url)
  const fresh = await second.connect('/new')
  await second.connect('/a', { pid: a.pid })
  for (let count = 0; count < 30; count++) second.send('42/new,["work"]')
  while (io.stats().paused === 0) await pause(5)
  const third = await ResumingPeer.open(t, url)
  third.ask('/new', { pid: fresh.data.pid })
  assert.match(await third.frame(), /^40\/new,/)
  await within('the end of the old connection', second.peer.closed)
  assert.equal(life.count('connect'), 2)
  while (io.stats().backlog.packets > 0) {
    for (const done of works.splice(0)) done()
    await pause(5)
  }
})

/** A client of `/a` that polls, of which a POST is held, as its handlers have too much to do; and that is then lost. */
async function lostWhileHeld(t: TestContext, options: Options) {
  const works: (() => void)[] = []
  const { io, life, line, url } = await startResuming(t, options, (noted) => ({ '/a': stalling(noted, works) }))
  const polling = await openPolling(line.url)
  await polling.post('40/a,')
  const pid = /"pid":"([^"]+)"/.exec((await polling.poll()).body)?.[1]
  const broken = [polling.poll()]
  const work = `42/a,["work","${'x'.repeat(100)}"]`
  await polling.post(payload(4, ...Array.from({ length: 12 }, () => work)))
  assert.equal(io.stats().paused, 1)
  broken.push(polling.post(work))
  await pause(50)
  line.down()
  const outcomes = await Promise.allSettled(broken)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await life.has('suspended transport close')
  const back = await ResumingPeer.open(t, url)
  back.ask('/a', { pid })
  assert.match(await back.frame(), /^40\/a,/)
  return { life, back, works }
}

test('a POST that was held when its connection broke ends nobody who is back by another one', async (t) => {
  const { life, back, works } = await lostWhileHeld(t, { maxQueuedEvents: 5 })
  let done = 0
  await until(() => {
    for (const work of works.splice(0)) {
      work()
      done++
    }
    return done === 12
  })
  back.send('42/a,1["echo",1]')
  assert.equal(await back.frame(), '43/a,1[1]')
  assert.deepEqual(life.entries, ['connect', 'suspended transport close', 'resumed'])
})

test('a POST that is held for too long ends nobody who is back by another connection', async (t) => {
  const clock = new FakeClock()
  const pingTimeout = 8_000
  const { life, back } = await lostWhileHeld(t, {
    clock,
    maxQueuedBytes: 1_000,
    maxBufferedBytes: 100_000,
    pingTimeout,
  })
  clock.advance(pingTimeout / 2)
  await back.settled()
  assert.deepEqual(life.entries, ['connect', 'suspended transport close', 'resumed'])
})
