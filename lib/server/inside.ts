// Owns: what a middleware does for the test kit: it says what is not done yet, and opens clients without a
// request.
// Elsewhere: what the kit asks (support/inside.ts), and what it makes of it (testing/).
import type { Located } from '../access/address-limits.js'
import type { Application } from '../clients/application.js'
import { Client } from '../clients/client.js'
import { protocolRules } from '../namespaces/protocol.js'
import type { Environ } from '../socket/environ.js'
import { keeping } from '../recovery/keeping-wire.js'
import { recoverableOf } from '../recovery/recoverable-socket.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import { randomId } from '../support/ids.js'
import type { DirectClient, DirectRequest, Inside } from '../support/inside.js'
import { DirectTransport, type DirectPeer, type DirectWire } from '../transports/direct.js'
import type { Frame as V09Frame } from '../wire/v09/frame.js'
import { decodePacket } from '../wire/v09/packet.js'
import { PacketDecoder, type Frame as V5Frame } from '../wire/v5/packet.js'
import { wires } from './engine/clients.js'
import type { Sessions } from './sessions.js'
import type { Settings } from './settings.js'

export class ServerInside implements Inside {
  readonly io: object
  readonly #settings: Settings
  readonly #application: Application
  readonly #sessions: Sessions

  constructor(settings: Settings, application: Application, sessions: Sessions) {
    this.io = application.io
    this.#settings = settings
    this.#application = application
    this.#sessions = sessions
  }

  reach(sid: string): 'unknown' | 'ready' | 'busy' {
    const socket = this.#sessions.get(sid) ?? this.#sessions.ofEngine(sid)
    if (socket === undefined) return 'unknown'
    const { isWritable, reading } = socket
    return isWritable && reading.isOpen && reading.isStill ? 'ready' : 'busy'
  }

  activity(withJobs: boolean): string | undefined {
    return this.#application.endpoints.activity(withJobs)
  }

  openClient(asked: DirectRequest, peer: DirectPeer): DirectClient {
    const { protocol, session, request, ctx } = asked
    const socket = protocol === '0.9' ? this.#sessions.create(asked) : this.#createModern(asked)
    const client = new Client(
      this.#application,
      socket,
      { environ: environOf(asked), request, ctx, session },
      protocolRules[protocol],
    )
    recoverableOf(socket)?.serve(client)
    const wire = protocol === '0.9' ? this.#v09Wire : this.#modernWire
    const transport = new DirectTransport<V09Frame & V5Frame>(socket, wire, peer)
    socket.attach(transport)
    return {
      sid: socket.sid,
      receive: (part) => {
        transport.receive(part)
      },
      close: () => {
        transport.close()
      },
      namespace: (endpoint) => client.namespaces.get(endpoint),
    }
  }

  #createModern(client: Located): VirtualSocket {
    const { counts } = this.#application
    const { recovery } = this.#application
    const settings = {
      ...this.#settings,
      counts,
      wire: keeping(recovery, wires[5]),
      maxKeptBytes: this.#settings.recovery?.maxBytes,
      keeper: recovery,
    }
    const make = (): VirtualSocket => this.#sessions.make(randomId(), settings, this.#sessions)
    return this.#sessions.register(client, false, make)
  }

  get #v09Wire(): DirectWire<V09Frame> {
    return { parts: ({ text }) => [text], decode: (part) => decodePacket(String(part), this.#settings.json) }
  }

  get #modernWire(): DirectWire<V5Frame> {
    const decoder = new PacketDecoder(this.#settings)
    return { parts: ({ parts }) => parts, decode: (part) => decoder.add(part) }
  }
}

function environOf({ url, headers, query, address }: DirectRequest): Environ {
  const issued = Date.now()
  return Object.freeze({
    method: 'GET',
    url,
    headers: Object.freeze({ ...headers }),
    query: Object.freeze({ ...query }),
    address,
    secure: false,
    xdomain: headers['origin'] !== undefined,
    issued,
    time: new Date(issued).toString(),
  })
}
