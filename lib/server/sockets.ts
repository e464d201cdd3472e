// Owns: which sid is which socket, and how many there may be.
import { randomBytes } from 'node:crypto'
import { HandshakeError } from '../support/errors.js'
import type { Bounds } from '../support/options.js'
import type { Deadlines } from '../support/timers.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { SocketRegistry, SocketSettings } from '../socket/owner.js'
import { VirtualSocket } from '../socket/virtual-socket.js'
import { PerAddress } from './per-address.js'

type SocketBounds = Pick<Bounds, 'maxSockets' | 'maxHandshakes' | 'maxSocketsPerAddress' | 'maxHandshakesPerAddress'>

export class Sockets implements SocketRegistry {
  readonly #sockets = new Map<string, VirtualSocket>()
  // Those that were handed out and are not in use yet.
  readonly #handshaken = new Set<string>()
  readonly #adopted = new Set<VirtualSocket>()
  readonly #settings: SocketSettings
  readonly #deadlines: Deadlines
  readonly #bounds: SocketBounds
  readonly #socketsOf: PerAddress
  readonly #handshakesOf: PerAddress

  constructor(settings: SocketSettings, deadlines: Deadlines, bounds: SocketBounds) {
    this.#settings = settings
    this.#deadlines = deadlines
    this.#bounds = bounds
    this.#socketsOf = new PerAddress(bounds.maxSocketsPerAddress)
    this.#handshakesOf = new PerAddress(bounds.maxHandshakesPerAddress)
  }

  get size(): number {
    return this.#sockets.size + this.#adopted.size
  }

  /** @throws HandshakeError SIO_HANDSHAKE_BUSY when there is no room for one more socket of that address. */
  checkRoom(address: string): void {
    if (this.size >= this.#bounds.maxSockets || !this.#socketsOf.hasRoom(address)) throw busy()
  }

  /**
   * Takes in a socket that another door makes, and finds by itself.
   * @throws HandshakeError SIO_HANDSHAKE_BUSY when there are too many by now.
   */
  adopt(address: string, make: (registry: SocketRegistry) => VirtualSocket): VirtualSocket {
    this.checkRoom(address)
    const socket = make({
      opened() {},
      remove: () => {
        this.#adopted.delete(socket)
        this.#socketsOf.remove(socket)
      },
    })
    this.#adopted.add(socket)
    this.#socketsOf.add(socket, address)
    return socket
  }

  /**
   * Makes a socket, with a sid of 120 random bits unless one is given.
   * @throws HandshakeError SIO_HANDSHAKE_BUSY when there are too many.
   */
  create(address: string, sid = randomBytes(15).toString('base64url')): VirtualSocket {
    this.checkRoom(address)
    if (this.#handshaken.size >= this.#bounds.maxHandshakes || !this.#handshakesOf.hasRoom(address)) throw busy()
    const socket = new VirtualSocket(sid, this.#settings, this.#deadlines, this)
    this.#sockets.set(sid, socket)
    this.#socketsOf.add(sid, address)
    this.#handshaken.add(sid)
    this.#handshakesOf.add(sid, address)
    return socket
  }

  /** The socket of a sid, the kicked ones that wait for their last poll included. */
  get(sid: string): VirtualSocket | undefined {
    return this.#sockets.get(sid)
  }

  opened(sid: string): void {
    this.#handshaken.delete(sid)
    this.#handshakesOf.remove(sid)
  }

  remove(sid: string): void {
    this.opened(sid)
    this.#sockets.delete(sid)
    this.#socketsOf.remove(sid)
  }

  closeAll(reason: DisconnectReason): void {
    for (const socket of this.#sockets.values()) socket.close(reason)
    for (const socket of this.#adopted) socket.close(reason)
  }
}

function busy(): HandshakeError {
  return new HandshakeError('SIO_HANDSHAKE_BUSY', 503, 'handshake error')
}
