// Owns: a namespace that a client of Socket.IO 4 entered on two connections, because the first confirmation did not arrive: the life
// that it names is the one that goes on, whichever of both connections comes back first.
// Elsewhere: what else shares a connection (resume-carried.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { BaseNamespace } from '../../../lib/index.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, startResuming, type Life } from '../../support/resuming-server.js'
import { until } from './raw.js'

/** A client that was lost from `/x` and a first life of `/twice`, and then from a second one and `/y`. */
async function startTwice(t: TestContext, isSlow = false) {
  const lives: BaseNamespace[] = []
  const waiting: (() => void)[] = []
  const { io, life, url } = await startResuming(t, {}, (noted: Life) => ({
    '/x': noting(noted),
    '/y': noting(noted),
    '/twice': class extends noting(noted) {
      override recv_connect(): unknown {
        lives.push(this)
        return super.recv_connect()
      }
      override recv_resume(request: object, auth: unknown): unknown {
        const noteIt = (): unknown => super.recv_resume(request, auth)
        return isSlow ? new Promise<void>((resolve) => waiting.push(resolve)).then(noteIt) : noteIt()
      }
    },
  }))
  const [x, first] = await lostFrom(t, { life, url }, '/x', '/twice')
  const [second, y] = await lostFrom(t, { life, url }, '/twice', '/y')
  const pids = { '/x': x.pid, '/twice': second.pid, '/y': y.pid }
  return { io, life, url, pids, first, lives, waiting, peer: await ResumingPeer.open(t, url) }
}

const orders = [
  ['/x', '/y', '/twice'],
  ['/x', '/twice', '/y'],
  ['/y', '/x', '/twice'],
  ['/y', '/twice', '/x'],
  ['/twice', '/x', '/y'],
  ['/twice', '/y', '/x'],
] as const

for (const isSlow of [false, true]) {
  describe(`a client that was told of the second life alone${isSlow ? ', whose application takes its time,' : ''}`, () => {
    for (const order of orders) {
      test(`is back in it by ${order.join(', ')}`, async (t) => {
        const { io, life, pids, lives, waiting, peer } = await startTwice(t, isSlow)
        lives[1]?.emit('missed')
        for (const endpoint of order) peer.ask(endpoint, { pid: pids[endpoint] })
        if (isSlow) {
          await until(() => waiting.length > 0)
          await peer.settled().then((frames) => {
            peer.peer.putBack(frames)
          })
        }
        for (const goOn of waiting) goOn()
        const got: string[] = []
        await until(() => {
          got.push(...peer.peer.taken().map(String))
          return got.filter((frame) => frame.startsWith('40')).length === 3
        })
        got.push(...(await peer.settled()))
        for (const endpoint of order)
          assert.ok(
            got.some((frame) => frame.includes(`"pid":"${pids[endpoint]}"`)),
            endpoint,
          )
        assert.equal(got.filter((frame) => frame.startsWith('42/twice,["missed"')).length, 1)
        assert.equal(life.count('disconnect transport close'), 1)
        assert.deepEqual(
          (await io.of('/twice').fetchSockets()).map(({ id }) => id),
          [lives[1]?.socket.id],
        )
      })
    }
  })
}

for (const order of orders.filter((each) => each.at(-1) === '/twice')) {
  test(`a client that names the first life is back in that, by ${order.join(', ')}`, async (t) => {
    const { life, pids, first, lives, peer } = await startTwice(t)
    for (const namespace of lives) namespace.emit('missed', lives.indexOf(namespace))
    for (const endpoint of order.slice(0, 2)) await peer.connect(endpoint, { pid: pids[endpoint] })
    const { data, events } = await peer.connect('/twice', { pid: first.pid })
    assert.equal(data.pid, first.pid)
    assert.deepEqual(events, ['["missed",0]'])
    assert.equal(life.count('disconnect transport close'), 1)
  })

  test(`a client that names no life enters anew, and both are over, by ${order.join(', ')}`, async (t) => {
    const { io, life, pids, first, lives, peer } = await startTwice(t)
    for (const endpoint of order.slice(0, 2)) await peer.connect(endpoint, { pid: pids[endpoint] })
    const { data } = await peer.connect('/twice')
    assert.ok(data.pid !== first.pid && data.pid !== pids['/twice'])
    assert.equal(life.count('disconnect transport close'), 2)
    assert.equal(lives.length, 3)
    assert.equal((await io.of('/twice').fetchSockets()).length, 1)
  })

  test(`a life that was ended while its client was away is what that client is told of, by ${order.join(', ')}`, async (t) => {
    const { pids, lives, peer } = await startTwice(t)
    lives[1]?.disconnect()
    for (const endpoint of order.slice(0, 2)) await peer.connect(endpoint, { pid: pids[endpoint] })
    assert.equal((await peer.connect('/twice', { pid: pids['/twice'] })).kind, 'disconnected')
  })
}
