// Owns: connections of 0.9 clients that are reset or end too early, in every state of every transport.
// Elsewhere: those of newer clients (resets-engine.test.ts), what becomes of packets (numbered-packets.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Options } from '../../lib/index.js'
import { ask } from '../support/engine-peer.js'
import { faces } from '../support/server.js'
import { framed, polls } from '../support/v09-peers.js'
import { event, Gate } from '../support/wire-client.js'
import { RawConnection } from './raw-connection.js'
import { arrive, openScene, type Scene } from './scene.js'
import { handshake, mount, openPage, openWebsocket, talk } from './v09-client.js'

const closeTimeout = 60_000

interface State {
  readonly name: string
  readonly options?: (gate: Promise<void>) => Options
  /** How many namespaces are open then. */
  readonly open: 0 | 2
  /** Whether its loss ends the socket at once. */
  readonly isStream?: boolean
  readonly enter: (t: TestContext, scene: Scene) => Promise<RawConnection>
}

const post = (sid: string, bytes: number) => ({
  method: 'POST',
  path: `${mount}/xhr-polling/${sid}`,
  headers: { 'Content-Type': 'text/plain', 'Content-Length': String(bytes) },
})

const states: readonly State[] = [
  {
    name: 'within the head of a handshake',
    open: 0,
    async enter(t, { server }) {
      const connection = await RawConnection.open(t, server.port)
      connection.write(`GET ${mount}/ HTTP/1.1\r\nHost: 127`)
      return connection
    },
  },
  {
    name: 'in a handshake that authorize thinks about',
    options: (gate) => ({ authorize: () => gate.then(() => true) }),
    open: 0,
    async enter(t, scene) {
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask({ path: `${mount}/` })
      })
      return connection
    },
  },
  ...polls.map((transport): State => ({
    name: `in a held poll of ${transport}`,
    open: 2,
    async enter(t, scene) {
      const sid = await talk(scene, transport)
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask({ path: `${mount}/${transport}/${sid}` })
      })
      return connection
    },
  })),
  {
    name: 'between the parts of a large answer',
    open: 2,
    async enter(t, scene) {
      const sid = await talk(scene)
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask({ path: `${mount}/xhr-polling/${sid}` })
      })
      await ask(`${scene.server.url}${mount}/xhr-polling/${sid}`, { body: event('', 'flood', 20_000_000) })
      await connection.until('200 OK')
      return connection
    },
  },
  {
    name: 'within the body of a POST',
    open: 2,
    async enter(t, scene) {
      const sid = await talk(scene)
      const connection = await RawConnection.open(t, scene.server.port)
      await arrive(scene, () => {
        connection.ask(post(sid, 100))
        connection.write('5:::{"na')
      })
      return connection
    },
  },
  {
    name: 'in a POST whose answer waits for a handler',
    options: () => ({ maxQueuedEvents: 1 }),
    open: 2,
    async enter(t, scene) {
      const sid = await talk(scene)
      const connection = await RawConnection.open(t, scene.server.port)
      const payload = framed(...Array.from({ length: 4 }, () => event('', 'wait')))
      await arrive(scene, () => {
        connection.ask(post(sid, Buffer.byteLength(payload)))
        connection.write(payload)
      })
      return connection
    },
  },
  {
    name: 'in an htmlfile page',
    open: 2,
    isStream: true,
    enter: async (t, scene) => (await openPage(t, scene)).connection,
  },
  {
    name: 'within the head of an upgrade',
    open: 0,
    async enter(t, scene) {
      const connection = await RawConnection.open(t, scene.server.port)
      connection.write(`GET ${mount}/websocket/${await handshake(scene)} HTTP/1.1\r\nUpgrade: webso`)
      return connection
    },
  },
  {
    name: 'in an upgrade that origins thinks about',
    // Of the handshake it is asked as well.
    options: (gate) => ({
      origins: (_origin, { url }) => (url?.includes('websocket') === true ? gate.then(() => true) : true),
    }),
    open: 0,
    async enter(t, scene) {
      const connection = await RawConnection.open(t, scene.server.port)
      const sid = await handshake(scene)
      await arrive(scene, () => {
        connection.askUpgrade(`${mount}/websocket/${sid}`)
      })
      return connection
    },
  },
  { name: 'in an open websocket', open: 2, isStream: true, enter: openWebsocket },
  {
    name: 'within a frame of a websocket',
    open: 2,
    isStream: true,
    async enter(t, scene) {
      const connection = await openWebsocket(t, scene)
      connection.write('\x81')
      return connection
    },
  },
  {
    name: 'in a websocket whose handler is at work',
    open: 2,
    isStream: true,
    async enter(t, scene) {
      const connection = await openWebsocket(t, scene)
      connection.sendFrame(event('/chat', 'wait'))
      connection.sendFrame(event('', 'echo'))
      return connection
    },
  },
  {
    name: 'in a websocket that reads nothing of what is sent',
    open: 2,
    isStream: true,
    async enter(t, scene) {
      const connection = await openWebsocket(t, scene)
      connection.sendFrame(event('', 'flood', 20_000_000))
      await connection.until('flood')
      connection.fallSilent()
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

for (const face of faces) {
  for (const [ending, end] of Object.entries(endings)) {
    for (const { name, options, open, isStream, enter } of states) {
      test(`${ending} ${name} leaves nothing behind, on ${face}`, async (t) => {
        const gate = new Gate()
        const scene = await openScene(t, gate, options?.(gate.opened), face)
        end(await enter(t, scene))
        await scene.alone()
        gate.open()
        // What waited for it hears of it.
        await turn()
        if (isStream) await scene.ended.until(open)
        // Sids that nobody uses any more, and those that nobody has used.
        else scene.clock.advance(closeTimeout)
        await scene.assertOver(open)
        for (const line of scene.ended.entries) assert.match(line, isStream ? /transport close$/ : /close timeout$/)
      })
    }
  }
}
