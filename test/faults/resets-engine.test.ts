// Owns: connections of clients of Socket.IO 2 to 4 that are reset or end too early, in every state of engine.io's
// transports.
// Elsewhere: those of 0.9 clients (resets.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Options } from '../../lib/index.js'
import { ask, payload, type EngineRevision } from '../support/engine-peer.js'
import { Gate } from '../support/wire-client.js'
import { openWebsocket, pathOf, talk } from './engine-client.js'
import { RawConnection } from './raw-connection.js'
import { arrive, openScene, type Scene } from './scene.js'

interface State {
  readonly name: string
  readonly options?: (gate: Promise<void>) => Options
  readonly open: 0 | 2
  /** Node lets a client that has ended its side go on reading. */
  readonly isHalfOpen?: boolean
  readonly enter: (t: TestContext, scene: Scene, revision: EngineRevision) => Promise<RawConnection>
}

const states: readonly State[] = [
  {
    name: 'in a handshake that authorize thinks about',
    options: (gate) => ({ authorize: () => gate.then(() => true) }),
    open: 0,
    async enter(t, scene, revision) {
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask({ path: `/socket.io/?EIO=${revision}&transport=polling` })
      })
      return connection
    },
  },
  {
    name: 'in a handshake by websocket that authorize thinks about',
    isHalfOpen: true,
    options: (gate) => ({ authorize: () => gate.then(() => true) }),
    open: 0,
    async enter(t, scene, revision) {
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.askUpgrade(`/socket.io/?EIO=${revision}&transport=websocket`)
      })
      return connection
    },
  },
  {
    name: 'in a held poll',
    open: 2,
    async enter(t, scene, revision) {
      const peer = await talk(scene, revision)
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask({ path: pathOf(peer) })
      })
      return connection
    },
  },
  {
    name: 'within the body of a POST',
    open: 2,
    async enter(t, scene, revision) {
      const peer = await talk(scene, revision)
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        const headers = { 'Content-Type': 'text/plain;charset=UTF-8', 'Content-Length': '100' }
        connection.ask({ method: 'POST', path: pathOf(peer), headers })
        connection.write('42["ec')
      })
      return connection
    },
  },
  { name: 'in an open websocket', open: 2, enter: openWebsocket },
  {
    name: 'within a frame of a websocket',
    open: 2,
    async enter(t, scene, revision) {
      const connection = await openWebsocket(t, scene, revision)
      connection.write('\u0001')
      return connection
    },
  },
  {
    name: 'in a websocket whose handler is at work',
    open: 2,
    async enter(t, scene, revision) {
      const connection = await openWebsocket(t, scene, revision)
      connection.sendFrame('42/chat,["wait"]')
      connection.sendFrame('42["echo"]')
      return connection
    },
  },
]

const endings = {
  'a reset': (connection: RawConnection) => {
    connection.reset()
  },
  'an end': (connection: RawConnection) => {
    connection.destroy()
  },
}

for (const revision of [3, 4] as const) {
  for (const [ending, end] of Object.entries(endings)) {
    for (const { name, options, open, isHalfOpen, enter } of states) {
      test(`${ending} ${name} leaves nothing behind, on engine.io ${revision}`, async (t) => {
        const gate = new Gate()
        const scene = await openScene(t, gate, options?.(gate.opened))
        end(await enter(t, scene, revision))
        if (isHalfOpen === true && ending === 'an end') gate.open()
        await scene.alone()
        gate.open()
        await turn()
        await scene.ended.until(open)
        await scene.assertOver(open)
        for (const line of scene.ended.entries) assert.match(line, /transport close$/)
      })
    }

    test(`${ending} of an upgrade that is being probed leaves its polling alone, on engine.io ${revision}`, async (t) => {
      const scene = await openScene(t, new Gate())
      const peer = await talk(scene, revision)
      const connection = await RawConnection.open(t, scene.server.port)
      connection.askUpgrade(pathOf(peer, 'websocket'))
      await connection.until('101 Switching')
      connection.sendFrame('2probe')
      await connection.until('3probe')
      end(connection)
      await scene.alone()
      const poll = peer.poll()
      assert.equal((await peer.post(payload(revision, '420["echo",7]'))).body, 'ok')
      let heard = (await poll).body
      while (!heard.includes('430[7]')) heard += (await peer.poll()).body
      assert.deepEqual(scene.ended.entries, [])
      await ask(peer.url, { body: payload(revision, '1') })
      await scene.ended.until(2)
      await scene.assertOver(2)
    })
  }
}
