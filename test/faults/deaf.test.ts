// Owns: clients that read nothing any more and then leave, are kicked, refused, drained or closed, on every transport: their end
// is told once, nothing of them is left, and nobody else notices.
// Elsewhere: the bytes of what is given up (unread.test.ts), processes that they ended (ending.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { clientFrame } from '../support/client-frame.js'
import { ask, payload, type EngineRevision } from '../support/engine-peer.js'
import { openIn } from '../support/generations.js'
import type { Transport } from '../support/v09-peers.js'
import { Gate } from '../support/wire-client.js'
import { openWebsocket as openEngine, pathOf, talk as talkEngine } from './engine-client.js'
import { RawConnection } from './raw-connection.js'
import { arrive, openScene, type Scene } from './scene.js'
import { mount, openPage, openWebsocket, talk } from './v09-client.js'

/** More than connections hold. */
const size = 12_000_000
const heartbeatInterval = 59_000
const patience = 30_000

/** A client whose connection is not read any more. */
interface Deaf {
  /** Sends packets as its transport does. */
  say(...packets: readonly string[]): Promise<unknown>
  /** Leaves altogether. */
  leave(): Promise<unknown>
  readonly asks: string
  /** Gives its connection up, where only time of the operating system's cuts it. */
  readonly hangUp?: () => unknown
}

type Enter = (t: TestContext, scene: Scene, flood: (...sizes: number[]) => readonly string[]) => Promise<Deaf>

const flood09 = (...sizes: number[]): string[] => sizes.map((bytes) => `5:::{"name":"flood","args":[${bytes}]}`)
const floodEngine = (...sizes: number[]): string[] => sizes.map((bytes) => `42["flood",${bytes}]`)

function onWebsocket(connection: RawConnection, isEngine: boolean): Deaf {
  const say = async (...packets: readonly string[]): Promise<void> => {
    for (const packet of packets) connection.sendFrame(packet)
    await pause(5)
  }
  return {
    say,
    hangUp: () => {
      connection.destroy()
    },
    asks: isEngine ? '40/nope,' : '1::/nope',
    leave: isEngine
      ? async () => {
          connection.writeBytes(clientFrame(Buffer.from([0x03, 0xe8]), { opcode: 8 }))
          // It does not wait for an answer: without this, one that cannot come is waited for for 10 seconds.
          await pause(20)
          connection.destroy()
        }
      : () => say('0::'),
  }
}

function by09(scene: Scene, transport: Transport, sid: string): Deaf {
  const say = async (...packets: readonly string[]): Promise<void> => {
    for (const packet of packets) {
      const body = transport === 'jsonp-polling' ? `d=${encodeURIComponent(JSON.stringify(packet))}` : packet
      const headers = {
        Referer: `${scene.server.url}/`,
        ...(transport === 'jsonp-polling' && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      }
      await ask(`${scene.server.url}${mount}/${transport}/${sid}`, { body, headers }).catch(() => {})
    }
  }
  return { say, leave: () => say('0::'), asks: '1::/nope' }
}

function poll09(transport: Transport): Enter {
  return async (t, scene, flood) => {
    const sid = await talk(scene, transport)
    const connection = await RawConnection.open(t, scene.server.port)
    await arrive(scene, () => {
      connection.ask({ path: `${mount}/${transport}/${sid}` })
    })
    const deaf = by09(scene, transport, sid)
    await deaf.say(...flood(1_000))
    await connection.until('200 OK')
    connection.destroy()
    // The next poll's answer is the one that is not read.
    const unread = await RawConnection.open(t, scene.server.port)
    await arrive(scene, () => {
      unread.ask({ path: `${mount}/${transport}/${sid}` })
    })
    const [first, ...others] = flood(size, 1_000, 1_000)
    await deaf.say(first as string)
    await unread.until('200 OK')
    unread.fallSilent()
    await deaf.say(...others)
    return deaf
  }
}

function pollEngine(revision: EngineRevision): Enter {
  return async (t, scene) => {
    const peer = await talkEngine(scene, revision)
    const say = (...packets: readonly string[]): Promise<unknown> =>
      peer.post(payload(revision, ...packets)).catch(() => {})
    const unread = await RawConnection.open(t, scene.server.port)
    await arrive(scene, () => {
      unread.ask({ path: pathOf(peer) })
    })
    await say(...floodEngine(size))
    await unread.until('200 OK')
    unread.fallSilent()
    await say(...floodEngine(1_000, 1_000))
    return {
      say,
      leave: () => say('1'),
      asks: '40/nope,',
      // The answer that was not read is dropped half a minute after the session's end. Engine.io keeps one that is closing for
      // another poll, or for 30 seconds by a clock of its own.
      hangUp: async () => {
        unread.wake()
        await unread.ended()
        await peer.ended()
      },
    }
  }
}

function socketOf(revision: EngineRevision): Enter {
  return async (t, scene) => {
    const connection = await openEngine(t, scene, revision)
    connection.fallSilent()
    const deaf = onWebsocket(connection, true)
    await deaf.say(...floodEngine(size, 1_000, 1_000))
    return deaf
  }
}

const clients: Readonly<Record<string, Enter>> = {
  'a 0.9 websocket': async (t, scene) => {
    const connection = await openWebsocket(t, scene)
    connection.fallSilent()
    const deaf = onWebsocket(connection, false)
    await deaf.say(...flood09(size, 1_000, 1_000))
    return deaf
  },
  htmlfile: async (t, scene) => {
    const { sid, connection } = await openPage(t, scene)
    connection.fallSilent()
    const deaf = by09(scene, 'htmlfile', sid)
    await deaf.say(...flood09(size, 1_000, 1_000))
    return deaf
  },
  'xhr-polling': poll09('xhr-polling'),
  'jsonp-polling': poll09('jsonp-polling'),
  'a websocket of engine.io 3': socketOf(3),
  'a websocket of engine.io 4': socketOf(4),
  'polling of engine.io 3': pollEngine(3),
  'polling of engine.io 4': pollEngine(4),
}

/** Each is the end of the client; the reasons that its namespaces may be told. */
const ends: Readonly<Record<string, readonly [end: (scene: Scene, deaf: Deaf) => unknown, reasons: RegExp]>> = {
  leaves: [(_scene, deaf) => deaf.leave(), /^(?:client namespace disconnect|transport close|limit exceeded)$/],
  'is kicked': [
    ({ server }) => {
      server.io.of('/chat').disconnectSockets()
      server.io.of('').disconnectSockets(true)
    },
    /^(?:server namespace disconnect|limit exceeded)$/,
  ],
  'is refused and kicked': [
    async ({ server }, deaf) => {
      await deaf.say(deaf.asks, deaf.asks)
      server.io.of('').disconnectSockets(true)
    },
    /^(?:server namespace disconnect|limit exceeded)$/,
  ],
  'is drained': [
    ({ server, clock }) => {
      const closed = server.io.close({ drain: 10_000 })
      clock.advance(10_000)
      return closed
    },
    /^(?:server shutting down|limit exceeded)$/,
  ],
  'is closed': [({ server }) => server.io.close(), /^(?:server shutting down|limit exceeded)$/],
}

for (const [name, enter] of Object.entries(clients)) {
  describe(name, () => {
    for (const [how, [end, reasons]] of Object.entries(ends)) {
      for (const [amount, maxBufferedBytes] of [
        ['less waits for it than may', 3 * size],
        ['more waits for it than may', 100_000],
      ] as const) {
        test(`${name} that reads nothing, while ${amount}, and ${how} is gone, and is told of once`, async (t) => {
          const isClosing = how === 'is drained' || how === 'is closed'
          const scene = await openScene(t, new Gate(), {
            maxBufferedBytes,
            heartbeatInterval,
            ...(isClosing && { maxSockets: 10 }),
          })
          const { clock, ended, opened, server } = scene
          const deaf = await enter(t, scene, flood09)
          const over = Promise.resolve(end(scene, deaf))
          // What closes is over when all that is left has been given up; what else is done, is done before that.
          if (isClosing) await pause(5)
          else await over
          for (let stage = 0; stage < 3; stage++) {
            await pause(2)
            clock.advance(patience)
          }
          await over
          await ended.until(2)
          for (const line of ended.entries) assert.match(line.replace(/^\S* \S+ /, ''), reasons)
          await deaf.hangUp?.()
          if (isClosing) {
            await scene.alone()
            assert.equal(ended.entries.length, 2)
            return
          }
          await scene.assertOver(2)
          assert.equal(opened.entries.length, 2)
          clock.advance(31_000)
          const peer = await openIn(t, server, '0.9')
          peer.ask(1, '', 'echo', 'alive')
          assert.equal(await peer.next(), 'ack  1 ["alive"]')
        })
      }
    }
  })
}
