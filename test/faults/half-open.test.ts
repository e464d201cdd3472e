// Owns: clients of every generation that are gone without a word: no FIN, no RST. The server finds out by itself, once.
// Elsewhere: connections whose end is told (resets.test.ts, resets-engine.test.ts), what a living client must do
// (test/conformance/liveness.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { DisconnectReason, Options } from '../../lib/index.js'
import { polls } from '../support/v09-peers.js'
import { Gate } from '../support/wire-client.js'
import * as engine from './engine-client.js'
import { RawConnection } from './raw-connection.js'
import { arrive, openScene, type Scene } from './scene.js'
import { SilencingProxy } from './silencing-proxy.js'
import * as v09 from './v09-client.js'

const heartbeatInterval = 25_000
const heartbeatTimeout = 60_000
const pollingDuration = 20_000
const closeTimeout = 60_000
/** Engine.io has no clock but Node's. */
const pings = { pingInterval: 1_000, pingTimeout: 1_000 } satisfies Options

interface Case {
  readonly name: string
  /** Opens both namespaces through the proxy. */
  readonly enter: (t: TestContext, scene: Scene) => Promise<unknown>
  /** How long it is let live, and not a millisecond less; nothing on engine.io. */
  readonly patience?: number
  readonly reason: DisconnectReason
}

const cases: readonly Case[] = [
  {
    name: 'a websocket of 0.9',
    enter: v09.openWebsocket,
    patience: heartbeatInterval + heartbeatTimeout,
    reason: 'heartbeat timeout',
  },
  {
    name: 'an htmlfile page',
    enter: v09.openPage,
    patience: heartbeatInterval + heartbeatTimeout,
    reason: 'heartbeat timeout',
  },
  ...polls.flatMap((transport): Case[] => [
    {
      name: `${transport} between two polls`,
      async enter(t, scene) {
        const connection = await RawConnection.open(t, scene.server.port)
        const sid = await v09.talk(scene, transport)
        await arrive(scene, () => {
          connection.ask({ path: `${v09.mount}/${transport}/${sid}` })
        })
        scene.clock.advance(pollingDuration)
        await connection.until('8::')
      },
      patience: closeTimeout,
      reason: 'close timeout',
    },
    {
      name: `a held poll of ${transport}`,
      async enter(t, scene) {
        const connection = await RawConnection.open(t, scene.server.port)
        const sid = await v09.talk(scene, transport)
        await arrive(scene, () => {
          connection.ask({ path: `${v09.mount}/${transport}/${sid}` })
        })
      },
      patience: pollingDuration + closeTimeout,
      reason: 'close timeout',
    },
  ]),
  ...([3, 4] as const).flatMap((revision): Case[] => [
    {
      name: `a websocket of engine.io ${revision}`,
      enter: (t, scene) => engine.openWebsocket(t, scene, revision),
      reason: 'heartbeat timeout',
    },
    {
      name: `polling of engine.io ${revision} between two polls`,
      enter: (_t, scene) => engine.talk(scene, revision),
      reason: 'heartbeat timeout',
    },
    {
      name: `a held poll of engine.io ${revision}`,
      async enter(t, scene) {
        const peer = await engine.talk(scene, revision)
        const connection = await RawConnection.open(t, scene.server.port)
        await arrive(scene, () => {
          connection.ask({ path: engine.pathOf(peer) })
        })
      },
      reason: 'heartbeat timeout',
    },
  ]),
]

for (const { name, enter, patience, reason } of cases) {
  test(`${name} that falls silent ends by itself, once, and leaves nothing behind`, async (t) => {
    const scene = await openScene(t, new Gate(), pings)
    // The connections of answered polls, which are the server's own business, last no longer either.
    scene.server.server.keepAliveTimeout = 500
    const proxy = new SilencingProxy(scene.server.port)
    const port = await proxy.listen(t)
    await enter(t, { ...scene, server: { ...scene.server, port, url: `http://127.0.0.1:${port}` } })
    proxy.fallSilent()
    assert.equal(scene.ended.entries.length, 0)
    if (patience !== undefined) {
      scene.clock.advance(patience - 1)
      assert.equal(scene.ended.entries.length, 0)
      scene.clock.advance(1)
    }
    await scene.ended.until(2)
    // A websocket whose peer does not answer its close has ten seconds of its own.
    await scene.alone()
    await scene.assertOver(2)
    for (const line of scene.ended.entries) assert.ok(line.endsWith(` ${reason}`), line)
  })
}
