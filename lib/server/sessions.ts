// Owns: which session id is which virtual socket, and how many there may be.
// Elsewhere: who makes them (v09/handshakes.ts, engine/clients.ts).
import { randomId, withName } from '../support/ids.js'
import type { Bounds } from '../support/options.js'
import { judgedOrigin, type JudgedOrigin, type Verdict } from '../access/origins.js'
import { busy } from '../access/refusals.js'
import type { Deadlines } from '../support/timers.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { SocketRegistry, SocketSettings } from '../socket/owner.js'
import { VirtualSocket } from '../socket/virtual-socket.js'
import type { RecoverableRegistry, RecoverableSettings } from '../recovery/keeper.js'
import { recoverableOf, type RecoverableSocket } from '../recovery/recoverable-socket.js'
import type { Recovery } from '../recovery/recovery.js'
import type { Transport } from '../transports/transport.js'
import { perAddress, type Located, type PerAddress } from '../access/address-limits.js'

// An idle client keeps little beside its connection and its request (bench: memory), and no timer or closure of ours.

type SocketBounds = Pick<
  Bounds,
  'maxSockets' | 'maxHandshakes' | 'maxSocketsPerAddress' | 'maxHandshakesPerAddress'
> & {
  readonly processName: string | undefined
}

export class Sessions implements SocketRegistry {
  readonly #sockets = new Map<string, VirtualSocket>()
  // Those that clients come back by: each has its place from the beginning on.
  readonly #held = new Set<string>()
  // Session ids that were handed out and are not in use yet.
  readonly #handshaken = new Set<string>()
  readonly #ofEngine = new Map<string, VirtualSocket>()
  // How the last request of a polling client that came through the app was judged.
  readonly #judged = new Map<string, JudgedOrigin>()
  readonly #settings: SocketSettings
  readonly #recovery: Recovery | undefined
  readonly #deadlines: Deadlines
  readonly #bounds: SocketBounds
  readonly #socketsOf: PerAddress | undefined
  readonly #handshakesOf: PerAddress | undefined
  #isShut = false

  constructor(settings: SocketSettings, deadlines: Deadlines, bounds: SocketBounds, recovery?: Recovery) {
    this.#settings = settings
    this.#recovery = recovery
    recovery?.findAmong(this)
    this.#deadlines = deadlines
    this.#bounds = bounds
    this.#socketsOf = perAddress(bounds.maxSocketsPerAddress)
    this.#handshakesOf = perAddress(bounds.maxHandshakesPerAddress)
  }

  get size(): number {
    return this.#sockets.size + this.#ofEngine.size + this.#held.size
  }

  /** @throws RefusalError SIO_HANDSHAKE_BUSY when there is no room for one more socket of that address. */
  checkRoom(client: Located): void {
    const bound = this.#boundFor(client)
    if (bound !== undefined) throw busy(bound)
  }

  hasRoom(address: string): boolean {
    return this.#boundFor({ address }) === undefined
  }

  // What keeps one more socket of that address out.
  #boundFor(client: Located): 'maxSockets' | 'maxSocketsPerAddress' | undefined {
    if (this.size >= this.#bounds.maxSockets) return 'maxSockets'
    return this.#socketsOf?.hasRoom(client.address) === false ? 'maxSocketsPerAddress' : undefined
  }

  /**
   * @throws RefusalError SIO_HANDSHAKE_BUSY when there is no room for one more session id that is not in use
   *   yet.
   */
  checkHandshakes(client: Located): void {
    if (this.#handshaken.size >= this.#bounds.maxHandshakes) throw busy('maxHandshakes')
    if (this.#handshakesOf?.hasRoom(client.address) === false) throw busy('maxHandshakesPerAddress')
  }

  /** Whether no more are made, because the server is closing. */
  get isShut(): boolean {
    return this.#isShut
  }

  shut(): void {
    this.#isShut = true
  }

  /**
   * Adds a virtual socket that is carried by engine.io, which finds its own by itself.
   * @param isHandshaken whether its session id is handed out, to be used by a request of its own.
   * @throws RefusalError SIO_HANDSHAKE_BUSY when there are too many.
   */
  register(client: Located, isHandshaken: boolean, make: () => VirtualSocket): VirtualSocket {
    this.checkRoom(client)
    if (isHandshaken) this.checkHandshakes(client)
    const socket = make()
    this.#ofEngine.set(socket.sid, socket)
    this.#socketsOf?.add(socket.sid, client.address)
    if (isHandshaken) this.#addHandshake(socket.sid, client)
    return socket
  }

  /** One that is carried by engine.io. */
  ofEngine(sid: string): VirtualSocket | undefined {
    return this.#ofEngine.get(sid)
  }

  /** Whether there is a socket of that sid, of whatever kind. */
  has(sid: string): boolean {
    return this.#sockets.has(sid) || this.#ofEngine.has(sid) || this.#recovery?.reachedBy(sid) !== undefined
  }

  /** A request of an open session was allowed. So is the next one, as long as it has the same origin. */
  rememberOrigin(sid: string, verdict: Verdict): void {
    const judged = this.#judged.get(sid)
    if (judged === undefined || judged.origin !== verdict.origin) this.#judged.set(sid, judgedOrigin(verdict))
  }

  judgedOriginOf(sid: string): JudgedOrigin | undefined {
    return this.#judged.get(sid)
  }

  /**
   * Makes a socket, with a sid of 120 random bits unless one is given.
   * @throws RefusalError SIO_HANDSHAKE_BUSY when there are too many.
   */
  create(client: Located, sid = this.newSid(), counted?: number): VirtualSocket {
    this.checkRoom(client)
    this.checkHandshakes(client)
    const socket = this.make(sid, this.#settings, this, counted)
    this.#sockets.set(sid, socket)
    this.#socketsOf?.add(sid, client.address)
    this.#addHandshake(sid, client)
    return socket
  }

  newSid(): string {
    return withName(this.#bounds.processName, randomId())
  }

  /** @param counted how many packets the client had counted when it came. */
  make(sid: string, settings: SocketSettings, registry: RecoverableRegistry, counted?: number): VirtualSocket {
    if (this.#recovery === undefined) return new VirtualSocket(sid, settings, this.#deadlines, registry)
    return this.#recovery.make(sid, settings as RecoverableSettings<RecoverableSocket>, registry, counted)
  }

  /**
   * Hands out a session id by which a client that is known comes back.
   * @throws RefusalError SIO_HANDSHAKE_BUSY when there are too many.
   */
  promise(client: Located, socket: RecoverableSocket, seen: number | undefined, sid = this.newSid()): string {
    this.checkHandshakes(client)
    this.hold(sid, client.address)
    this.#addHandshake(sid, client)
    this.#recovery?.tickets.add({ sid, socket, seen, address: client.address }, (isUsed) => {
      if (isUsed) this.opened(sid)
      else this.remove(sid)
    })
    return sid
  }

  hold(sid: string, address: string): void {
    this.checkRoom({ address })
    this.#held.add(sid)
    this.#socketsOf?.add(sid, address)
  }

  adopt(socket: VirtualSocket, address: string): void {
    this.#held.delete(socket.sid)
    this.#sockets.set(socket.sid, socket)
    this.#socketsOf?.add(socket.sid, address)
  }

  /** The same for one that is carried by engine.io. */
  adoptOfEngine(socket: VirtualSocket, address: string): void {
    this.#held.delete(socket.sid)
    this.#ofEngine.set(socket.sid, socket)
    this.#socketsOf?.add(socket.sid, address)
  }

  #addHandshake(sid: string, client: Located): void {
    this.#handshaken.add(sid)
    this.#handshakesOf?.add(sid, client.address)
  }

  /** One of 0.9, the kicked ones that wait for their last poll included. */
  get(sid: string): VirtualSocket | undefined {
    return this.#sockets.get(sid)
  }

  /** The same, or one that is away and comes back by this. */
  reachedBy(sid: string): VirtualSocket | undefined {
    return this.#sockets.get(sid) ?? this.#recovery?.reachedBy(sid)
  }

  /** The same, for what is not a transport: it does not resume a client. */
  spokenTo(sid: string): VirtualSocket | undefined {
    return this.#sockets.get(sid) ?? this.#recovery?.spokenTo(sid)
  }

  /** A transport has come for one of those. */
  attach(socket: VirtualSocket, transport: Transport, sid: string, request: unknown): void {
    const recoverable = this.#recovery && recoverableOf(socket)
    if (recoverable === undefined) socket.attach(transport)
    else this.#recovery?.attach(recoverable, transport, sid, request)
  }

  opened(sid: string): void {
    this.#handshaken.delete(sid)
    this.#handshakesOf?.remove(sid)
  }

  remove(sid: string): void {
    this.opened(sid)
    this.#held.delete(sid)
    this.#sockets.delete(sid)
    this.#socketsOf?.remove(sid)
    this.#ofEngine.delete(sid)
    // At the end of the server, what is left for its client may still be polled.
    if (!this.#isShut) this.#judged.delete(sid)
  }

  /** Lets every client go as soon as it has been served; calls back when none is left. */
  drain(done: () => void): void {
    const left = new Set([...this.#sockets.values(), ...this.#ofEngine.values()])
    for (const socket of this.#recovery?.away() ?? []) {
      if (socket.state === 'suspended') left.add(socket)
    }
    const gone = (socket: VirtualSocket): void => {
      if (left.delete(socket) && left.size === 0) done()
    }
    if (left.size === 0) done()
    for (const socket of left) {
      socket.drain(() => {
        gone(socket)
      })
    }
  }

  closeAll(reason: DisconnectReason): void {
    for (const socket of this.#sockets.values()) socket.close(reason)
    for (const socket of this.#ofEngine.values()) socket.close(reason)
    for (const socket of this.#recovery?.away() ?? []) socket.close(reason)
  }
}
