// Owns: the namespaces that conformance suites speak to, and the matrix of transports and frameworks that they run over.
// Elsewhere: the client (v09-peers.ts), what the server sees of time (clock.ts).
import { describe, type TestContext } from 'node:test'
import { BaseNamespace, ConnectError, type NamespaceDeclarations, type Options } from '../../lib/index.js'
import { FakeClock } from './clock.js'
import { faces, startServer, type Face, type TestServer } from './server.js'
import { connectPeer, type Peer, type Transport } from './v09-peers.js'
import { V09Peer } from './v09-peer.js'
import { Queue } from './wire-client.js'

/** What handlers saw, as lines. */
export type Heard = Queue<string>

/** A root that echoes and obeys, a /chat, and a /private that lets nobody in. */
function cast(heard: Heard): NamespaceDeclarations {
  class Root extends BaseNamespace {
    override recv_message(data: string) {
      this.send(`echo ${data}`)
      return data
    }
    override recv_json(data: unknown) {
      this.send(data, { json: true })
      return data
    }
    override recv_disconnect(reason: string) {
      heard.push(`root: ${reason}`)
    }
    on_echo(...args: unknown[]) {
      return args
    }
    on_nothing() {}
    on_burst(count: number) {
      for (let number = 0; number < count; number++) this.emit('n', number)
    }
    on_big(size: number) {
      this.send('x'.repeat(size))
    }
    on_ask() {
      this.emit('question', 'why', (...answer: unknown[]) => {
        heard.push(`answer: ${JSON.stringify(answer)}`)
      })
    }
    on_tell() {
      this.send('news', {
        callback: () => {
          heard.push('told')
        },
      })
    }
    on_kick() {
      this.disconnect()
    }
  }

  class Chat extends BaseNamespace {
    override recv_connect(packet: { qs: string }) {
      heard.push(`chat connect ${packet.qs}`)
    }
    override recv_message(data: string) {
      this.send(`chat ${data}`)
    }
    override recv_disconnect(reason: string) {
      heard.push(`chat: ${reason}`)
    }
    on_echo(...args: unknown[]) {
      return args
    }
    on_kick() {
      this.disconnect()
    }
  }

  class Private extends BaseNamespace {
    override recv_connect() {
      throw new ConnectError('members only')
    }
  }

  return { '': Root, '/chat': Chat, '/private': Private }
}

/** A server that plays the cast, by a clock that stands still. */
export interface Scene {
  readonly server: TestServer
  readonly raw: V09Peer
  readonly heard: Heard
  readonly clock: FakeClock
  /** A client that is connected, by the transport of this run. */
  readonly connect: () => Promise<Peer>
}

/** One place in the matrix. */
export interface Run<Name extends Transport> {
  readonly transport: Name
  readonly face: Face
  readonly open: (t: TestContext, options?: Options) => Promise<Scene>
}

/**
 * Runs one suite over every one of these transports on every framework, and over those polls that an attached server
 * answers before its framework.
 */
export function overAll<Name extends Transport>(names: readonly Name[], suite: (run: Run<Name>) => void): void {
  for (const face of faces) {
    for (const transport of names) {
      describe(`${transport} on ${face}`, () => {
        suite({ transport, face, open: (t, options) => openScene(t, face, transport, options) })
      })
    }
  }
  const transport = names.find((name) => name === 'xhr-polling')
  if (transport === undefined) return
  describe(`${transport} on an attached server`, () => {
    suite({ transport, face: 'express', open: (t, options) => openAttached(t, transport, options) })
  })
}

/** Runs a suite in which transports play no part on every framework. */
export function overFaces(suite: (open: (t: TestContext, options?: Options) => Promise<Scene>) => void): void {
  for (const face of faces) {
    describe(`on ${face}`, () => {
      suite((t, options) => openScene(t, face, 'xhr-polling', options))
    })
  }
}

async function openAttached(t: TestContext, transport: Transport, options?: Options): Promise<Scene> {
  const scene = await openScene(t, 'express', transport, options)
  scene.server.io.attach(scene.server.server)
  return scene
}

async function openScene(t: TestContext, face: Face, transport: Transport, options: Options = {}): Promise<Scene> {
  const heard: Heard = new Queue('something that a handler heard')
  const clock = new FakeClock()
  const server = await startServer(t, cast(heard), { clock, ...options }, face)
  const raw = new V09Peer(t, server)
  return { server, raw, heard, clock, connect: () => connectPeer(t, server, transport) }
}
