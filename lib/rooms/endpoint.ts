// Owns: one endpoint for all its sockets: what an adapter calls a namespace (nsp).
// Elsewhere: the classes behind it (namespaces/), which of its sockets are meant (operator.ts).
import { Adapter } from 'socket.io-adapter'
import { ackIds } from '../socket/acks.js'
import { adapterEvent, adapterName, broadcastEncoder, type AdapterPacket } from './broadcast.js'

/** What an adapter calls the server, and what endpoints need of it. */
export interface EndpointServer {
  readonly maxRoomsPerSocket: number
  /** How many packets are held for a member until its connect is confirmed. */
  readonly maxHeldPackets: number
  /** The adapter could not do what it was asked; nobody's fault here. */
  adapterFailed(error: unknown): void
}

export class Endpoint {
  /** Our name: `''`, or `/chat`. */
  readonly endpoint: string
  /** The adapter's name for it: `/` for our `''`. */
  readonly name: string
  readonly sockets = new Map<string, { readonly id: string }>()
  readonly server: EndpointServer & { readonly encoder: typeof broadcastEncoder; readonly opts: object }
  readonly adapter: Adapter

  constructor(endpoint: string, server: EndpointServer) {
    this.endpoint = endpoint
    this.name = adapterName(endpoint)
    this.server = {
      maxRoomsPerSocket: server.maxRoomsPerSocket,
      maxHeldPackets: server.maxHeldPackets,
      adapterFailed: (error) => {
        server.adapterFailed(error)
      },
      encoder: broadcastEncoder,
      opts: {},
    }
    this.adapter = new Adapter(this)
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
  broadcast(name: string, args: readonly unknown[], rooms: Set<string>, except: Set<string>): void {
    const packet: AdapterPacket = { type: adapterEvent, data: [name, ...args], nsp: this.name }
    this.adapter.broadcast(packet, { rooms, except })
  }

  /** Does what the adapter does at once or later; a failure is reported and breaks nothing else. */
  attempt(action: () => Promise<unknown> | void): void {
    try {
      action()?.catch((error: unknown) => {
        this.server.adapterFailed(error)
      })
    } catch (error) {
      this.server.adapterFailed(error)
    }
  }

  close(): void {
    this.attempt(() => this.adapter.close())
  }
}
