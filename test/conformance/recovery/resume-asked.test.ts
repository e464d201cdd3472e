// Owns: what becomes of clients of Socket.IO 4 while check or recv_resume is asked for them: their connection is lost, or the time for
// coming back runs out.
// Elsewhere: what the answers do (resume-access.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { Options } from '../../../lib/index.js'
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
