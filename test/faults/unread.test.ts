// Owns: the last that a client is sent over HTTP, once its socket has ended: what nobody reads is given up, what is read comes whole.
// Elsewhere: connections that break (resets.test.ts), clients that are silent but read (half-open.test.ts).
import { test, type TestContext } from 'node:test'
import { ask, openPolling } from '../support/engine-peer.js'
import { faces } from '../support/server.js'
import { event, Gate } from '../support/wire-client.js'
import { RawConnection } from './raw-connection.js'
import { arrive, openScene, type Scene } from './scene.js'
import { mount, openPage, talk } from './v09-client.js'

// More than connections hold.
const size = 20_000_000
const closeTimeout = 60_000
const heartbeatInterval = 25_000
const heartbeatTimeout = 60_000
const patience = 30_000
// engine.io's own timers, which no test moves: what comes before the end takes less.
const engine = { pingInterval: 100, pingTimeout: 1_000 }

interface Unread {
  readonly name: string
  /** A connection on which much has been sent, and nothing is read any more. */
  readonly enter: (t: TestContext, scene: Scene) => Promise<RawConnection>
  /** How the socket ends then. */
  readonly end: (scene: Scene) => Promise<void>
  readonly last: string
  /** How many namespaces have ended then. */
  readonly count: number
}

const cases: readonly Unread[] = [
  {
    name: 'the answer of a poll',
    async enter(t, scene) {
      const sid = await talk(scene)
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask({ path: `${mount}/xhr-polling/${sid}` })
      })
      await ask(`${scene.server.url}${mount}/xhr-polling/${sid}`, { body: event('', 'flood', size) })
      await connection.until('200 OK')
      connection.fallSilent()
      return connection
    },
    async end({ clock, ended }) {
      clock.advance(closeTimeout)
      await ended.until(2)
    },
    last: 'x"]}',
    count: 2,
  },
  {
    name: 'an htmlfile page',
    async enter(t, scene) {
      const { sid, connection } = await openPage(t, scene)
      await ask(`${scene.server.url}${mount}/htmlfile/${sid}`, { body: event('', 'flood', size) })
      await connection.until('xxx')
      connection.fallSilent()
      return connection
    },
    async end({ clock, ended }) {
      clock.advance(heartbeatInterval)
      clock.advance(heartbeatTimeout)
      await ended.until(2)
    },
    // The heartbeat that was not answered.
    last: '_("2::")',
    count: 2,
  },
  {
    name: 'the answer of a poll of Socket.IO 4',
    async enter(t, scene) {
      const peer = await openPolling(scene.server.url)
      await peer.post('40')
      await peer.poll()
      // First, as a poll that is held may be answered with a ping.
      await peer.post(`42["flood",${size}]`)
      const connection = await RawConnection.open(t, scene.server.port)
      connection.ask({ path: peer.url.slice(scene.server.url.length) })
      await connection.until('200 OK')
      connection.fallSilent()
      return connection
    },
    async end({ ended }) {
      await ended.until(1)
    },
    last: 'x"]',
    count: 1,
  },
]

for (const face of faces) {
  for (const { name, enter, end, last, count } of cases) {
    test(`${name} is given up when nobody reads it after the end, on ${face}`, async (t) => {
      const scene = await openScene(t, new Gate(), { maxBufferedBytes: 2 * size, ...engine }, face)
      await enter(t, scene)
      await end(scene)
      scene.clock.advance(patience)
      await scene.assertOver(count)
    })

    test(`${name} comes whole when it is read after the end, on ${face}`, async (t) => {
      const scene = await openScene(t, new Gate(), { maxBufferedBytes: 2 * size, ...engine }, face)
      const connection = await enter(t, scene)
      await end(scene)
      scene.clock.advance(patience - 1)
      connection.wake()
      await connection.until(last)
      connection.destroy()
      await scene.assertOver(count)
    })
  }
}
