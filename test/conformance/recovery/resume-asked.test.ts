// Owns: what becomes of clients of Socket.IO 4 while check or recv_resume is asked for them: their connection is lost, or the time for
// coming back runs out.
// Elsewhere: what the answers do (resume-access.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { noting, startResuming } from '../../support/resuming-server.js'
import { Gate } from '../../support/wire-client.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

/** A server with /a and /b, whose recv_resume waits for a gate in /b. */
function start(t: TestContext, options: Options, resumed?: Gate) {
  return startResuming(t, options, (life) => {
    class A extends noting(life) {
      on_note(value: string) {
        life.note(value)
      }
    }
    class B extends noting(life) {
      override recv_connect() {
        life.note('connect /b')
      }
      override recv_resume() {
        return resumed?.opened
      }
    }
    return { '/a': A, '/b': B }
  })
}

describe('a connection that is lost while check is asked whether it may have a client that is there', () => {
  const refusals = (io: { stats(): { resumesRefused: object } }): number[] => Object.values(io.stats().resumesRefused)

  test('ends nothing of that client, and gets no namespace', async (t) => {
    const gate = new Gate()
    const { io, life, url } = await start(t, { recovery: { check: () => gate.opened.then(() => true) } })
    const there = await ResumingPeer.open(t, url)
    const { pid } = (await there.connect('/b')).data
    const fresh = await ResumingPeer.open(t, url)
    await fresh.connect('/a')
    fresh.ask('/b', { pid })
    fresh.send('42/a,["note","before the loss"]', '42/b,["note","for nobody"]')
    await fresh.settled()
    fresh.cut()
    await life.has('suspended transport close')
    gate.open()
    // What it had sent to a namespace of its own is handled.
    await life.has('before the loss')
    io.of('/b').emit('said', 1)
    assert.equal((await there.event()).event, said(1))
    assert.deepEqual(
      life.entries.filter((entry) => entry !== 'suspended transport close'),
      ['connect /b', 'connect', 'before the loss'],
    )
    assert.ok(refusals(io).every((count) => count === 0))
    assert.equal(io.stats().sockets, 2)
    // It can still come back.
    const again = await ResumingPeer.open(t, url)
    assert.deepEqual((await again.connect('/b', { pid })).data.pid, pid)
    await there.peer.closed
  })

  test('does not get it by a newer connection of its own, which has not asked for it', async (t) => {
    const gate = new Gate()
    let asked = 0
    const check = (): boolean | Promise<boolean> => (++asked > 1 ? true : gate.opened.then(() => true))
    const { io, life, url } = await start(t, { recovery: { check } })
    const there = await ResumingPeer.open(t, url)
    const { pid } = (await there.connect('/b')).data
    const fresh = await ResumingPeer.open(t, url)
    const own = (await fresh.connect('/a')).data
    fresh.ask('/b', { pid })
    await fresh.settled()
    const newer = await ResumingPeer.open(t, url)
    assert.deepEqual((await newer.connect('/a', { pid: own.pid })).data, own)
    newer.send('42/a,1["echo","at once"]')
    assert.equal(await newer.frame(), '43/a,1["at once"]')
    gate.open()
    await newer.settled()
    io.of('/b').emit('said', 1)
    assert.equal((await there.event()).event, said(1))
    assert.deepEqual(await newer.settled(), [])
    assert.equal(life.count('connect /b'), 1)
  })
})

describe('a client that waits for recv_resume', () => {
  /** A client of /a and /b that has come back to /b alone, and has sent something to it. */
  async function comeBack(t: TestContext, options: Options) {
    const resumed = new Gate()
    const server = await start(t, options, resumed)
    const before = await ResumingPeer.open(t, server.url)
    await before.connect('/a')
    const { data } = await before.connect('/b')
    before.cut()
    await server.life.has('suspended transport close', 2)
    server.io.of('/b').emit('said', 1)
    const peer = await ResumingPeer.open(t, server.url)
    peer.ask('/b', { pid: data.pid })
    peer.send('42/b,7["echo","held"]')
    assert.deepEqual(await peer.settled(), [])
    return { ...server, peer, data, resumed }
  }

  test('for longer than handshakeTimeout comes back, and only other namespaces end', async (t) => {
    const clock = new FakeClock()
    const { io, life, peer, data, resumed } = await comeBack(t, { clock, handshakeTimeout: 300 })
    clock.advance(300)
    await life.has('disconnect transport close')
    io.of('/b').emit('said', 2)
    assert.deepEqual(await peer.settled(), [])
    assert.deepEqual([(await io.of('/a').fetchSockets()).length, (await io.of('/b').fetchSockets()).length], [0, 1])
    resumed.open()
    const answer = await peer.answer('/b')
    assert.deepEqual([answer.kind, answer.events, answer.data], ['confirmed', [said(1), said(2)], data])
    assert.equal(await peer.frame(), '43/b,7["held"]')
    assert.equal(life.count('disconnect transport close'), 1)
  })

  test('while more is sent than is kept enters anew, and is answered', async (t) => {
    const { io, life, peer, data, resumed } = await comeBack(t, { maxBufferedPackets: 5 })
    for (let number = 2; number < 10; number++) io.of('/b').emit('said', number)
    await life.has('disconnect transport close')
    resumed.open()
    const answer = await peer.answer('/b')
    assert.deepEqual([answer.kind, answer.events], ['confirmed', []])
    assert.notEqual(answer.data.pid, data.pid)
    assert.equal(await peer.frame(), '43/b,7["held"]')
    assert.equal(life.count('connect /b'), 2)
    assert.equal(io.stats().resumesRefused.missed, 1)
  })

  test('and asks a second time meanwhile has its namespace once', async (t) => {
    const { io, peer, data, resumed } = await comeBack(t, {})
    peer.ask('/b', { pid: data.pid })
    assert.deepEqual(await peer.settled(), [])
    resumed.open()
    assert.deepEqual((await peer.answer('/b')).data, data)
    assert.equal(await peer.frame(), '43/b,7["held"]')
    assert.equal((await io.of('/b').fetchSockets()).length, 1)
  })
})
