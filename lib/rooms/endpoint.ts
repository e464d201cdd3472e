// Owns: one endpoint for all its sockets: what an adapter calls a namespace (nsp).
// Elsewhere: the classes behind it (namespaces/), which of its sockets are meant (operator.ts), all endpoints
// (endpoints.ts), events between processes (server-side.ts).
import type { Adapter } from 'socket.io-adapter'
import { ackIds } from '../socket/acks.js'
import type { NamespaceCounts } from '../socket/counts.js'
import { broadcasts, publish, type BroadcastMessage } from '../support/channels.js'
import { isPromiseLike } from '../support/promises.js'
import type { Deadlines } from '../support/timers.js'
import { Offsets } from '../wire/v5/offsets.js'
import type { Backplane } from './backplane.js'
import {
  madeOf,
  adapterEvent,
  adapterName,
  broadcastEncoder,
  reportUnsent,
  type AdapterPacket,
  type Broadcast,
  type BroadcastOptions,
} from './broadcast.js'
import { Questions } from './questions.js'
import { ServerSideEvents } from './server-side.js'

/** What an adapter's maker is given; adapters themselves know more of it than they should. */
export type AdapterFactory = ((nsp: never) => Adapter) | (new (nsp: never) => Adapter)

/** What an adapter calls the server, and what endpoints need of it. */
export interface EndpointServer {
  readonly maxRoomsPerSocket: number
  /** How many packets are held for a member until its connect is confirmed. */
  readonly maxHeldPackets: number
  /** How long an ack is waited for when nobody says, in milliseconds. */
  readonly ackTimeout: number
  readonly deadlines: Deadlines
  /** Where the rooms of an endpoint are counted, with those of others that the same pattern allows. */
  readonly countsOf: (endpoint: string) => NamespaceCounts
  readonly makeAdapter: (endpoint: Endpoint) => Adapter
  /** Called when an adapter has failed. */
  readonly backplane: Backplane
  /** Whether events are counted, for clients that say after a lost connection what they have received. */
  readonly countsOffsets?: boolean
}

/** Our own (local-adapter.ts). */
interface OwnAdapter extends Adapter {
  enter(id: string): void
}

/** A broadcast on its way to the members here: the first of what went wrong. */
interface Sending {
  broadcast: Broadcast | undefined
  error: unknown
}

export class Endpoint {
  /** Our name: `''`, or `/chat`. */
  readonly endpoint: string
  /** The adapter's name for it: `/` for our `''`. */
  readonly name: string
  readonly sockets = new Map<string, { readonly id: string }>()
  readonly server: EndpointServer & { readonly encoder: typeof broadcastEncoder; readonly opts: object }
  readonly adapter: Adapter
  /** The same, where it is ours, which does at once what it is asked, and does not fail. */
  readonly local: OwnAdapter | undefined
  readonly serverSide = new ServerSideEvents(this)
  readonly questions = new Questions(this)
  readonly offsets: Offsets | undefined
  // Who is in its own room, as far as adapters of others say; with ours everybody is.
  readonly #inOwnRoom = new Set<string>()
  readonly #counts: NamespaceCounts
  #countedRooms = 0
  // While something of this process is sent; what others send comes by itself.
  #sending: Sending | undefined

  constructor(endpoint: string, server: EndpointServer) {
    this.endpoint = endpoint
    this.name = adapterName(endpoint)
    this.server = Object.assign(Object.create(server) as EndpointServer, { encoder: broadcastEncoder, opts: {} })
    this.#counts = server.countsOf(endpoint)
    this.offsets = server.countsOffsets === true ? new Offsets() : undefined
    this.adapter = server.makeAdapter(this)
    this.local = isOwn(this.adapter) ? this.adapter : undefined
    this.attempt(() => this.adapter.init())
  }

  // Adapters count acks here, for each endpoint; a client has one table for all, so the counter is one, too.
  get _ids(): number {
    return ackIds.next
  }

  set _ids(next: number) {
    ackIds.next = next
  }

  /** Sends an event to the members of `rooms` (all, when there are none) but those of `except`. */
  broadcast(name: string, args: readonly unknown[], options: BroadcastOptions): void {
    this.#send(name, args, options, (packet) => this.adapter.broadcast(packet, options))
  }

  /** The same, with acks: calls back with how many receive it in each process, and with each answer. */
  broadcastWithAck(
    name: string,
    args: readonly unknown[],
    options: BroadcastOptions,
    gathering: { readonly counted: (clients: number) => void; readonly answered: (response: unknown) => void },
  ): void {
    this.#send(name, args, options, (packet) =>
      this.adapter.broadcastWithAck(packet, options, gathering.counted, gathering.answered),
    )
  }

  // What could be encoded for nobody throws where it was sent; a failure that some are spared is reported,
  // for all once.
  #send(
    name: string,
    args: readonly unknown[],
    options: BroadcastOptions,
    send: (packet: AdapterPacket) => unknown,
  ): void {
    const packet = this.#packet(name, args)
    const outer = this.#sending
    const sending: Sending = { broadcast: undefined, error: undefined }
    let sent: unknown
    this.#sending = sending
    try {
      sent = send(packet)
    } finally {
      this.#sending = outer
    }
    if (isPromiseLike(sent)) this.attempt(() => sent)
    const { broadcast, error } = sending
    if (broadcast?.receivers === 0) throw error
    if (broadcast !== undefined) reportUnsent(broadcast, error)
    if (broadcasts.hasSubscribers) this.#publish(packet, options)
  }

  /** A member cannot be sent a broadcast, which cannot be encoded for its wire. */
  notEncoded(broadcast: Broadcast, error: unknown): void {
    if (this.#sending === undefined) reportUnsent(broadcast, error)
    else if (this.#sending.broadcast === undefined) Object.assign(this.#sending, { broadcast, error })
  }

  // Made anew each time: adapters assign to it.
  #packet(name: string, args: readonly unknown[]): AdapterPacket {
    const packet: AdapterPacket = { type: adapterEvent, data: [name, ...args], nsp: this.name }
    if (broadcasts.hasSubscribers) packet[madeOf] = null
    return packet
  }

  // Once for a broadcast, when it has been delivered here.
  #publish({ data: [event], [madeOf]: made }: AdapterPacket, { rooms, except, flags }: BroadcastOptions): void {
    const message: BroadcastMessage = {
      namespace: this.endpoint,
      event: event as string,
      rooms: [...rooms],
      except: [...except],
      isLocal: flags.local === true,
      receivers: made?.receivers ?? 0,
    }
    publish(broadcasts, Object.freeze(message))
  }

  /** What an adapter calls when another process has sent an event to this endpoint. */
  _onServerSideEmit(event: [string, ...unknown[]]): void {
    this.serverSide.receive(event)
  }

  /**
   * A socket has joined or left rooms: counts those that there are, without those that sockets have of their
   * own.
   */
  countRooms(socket: { readonly id: string; readonly joined: ReadonlySet<string> }): void {
    if (this.local !== undefined) {
      this.#countAs(Math.max(0, this.local.rooms.size - this.sockets.size))
      return
    }
    const { id, joined } = socket
    if (joined.has(id)) this.#inOwnRoom.add(id)
    else this.#inOwnRoom.delete(id)
    // An adapter of others need not have them.
    let size = 0
    this.attempt(() => {
      const rooms: unknown = Reflect.get(this.adapter, 'rooms')
      if (rooms instanceof Map) size = rooms.size
    })
    this.#countAs(Math.max(0, size - this.#inOwnRoom.size))
  }

  #countAs(rooms: number): void {
    this.#counts.rooms += rooms - this.#countedRooms
    this.#countedRooms = rooms
  }

  /** Whether it has no members and no listeners. */
  get isUnused(): boolean {
    return this.sockets.size === 0 && !this.serverSide.isHeard
  }

  /** Does what the adapter does at once or later; a failure is reported and breaks nothing else. */
  attempt(action: () => unknown): void {
    const { backplane } = this.server
    const failed = (error: unknown): void => {
      backplane.failed(error, this.endpoint)
    }
    try {
      const result: unknown = action()
      if (!isPromiseLike(result)) return
      if (backplane.watched.has(this.adapter)) result.then(undefined, failed)
      else backplane.watch(result, this.endpoint)
    } catch (error) {
      backplane.threw(error, this.endpoint)
    }
  }

  close(): void {
    this.#countAs(0)
    this.attempt(() => this.adapter.close())
  }
}

function isOwn(adapter: Adapter): adapter is OwnAdapter {
  return 'keepsOwnRooms' in adapter
}
