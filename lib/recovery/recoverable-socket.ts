// Owns: a virtual socket that outlives its connection: lost, it waits to be resumed by a new one.
// Elsewhere: who finds it (recovery.ts), what is kept for it (ring.ts).
import type { DisconnectReason, LossReason } from '../socket/lifecycle.js'
import { closeIfFull } from '../socket/full.js'
import { VirtualSocket } from '../socket/virtual-socket.js'
import { inTurn } from '../support/in-turn.js'
import { logFailure } from '../support/log.js'
import type { Deadlines } from '../support/timers.js'
import { frameOf, type MarkedOwner, type Outgoing, type Transport } from '../transports/transport.js'
import type { HeartbeatPacket, Packet } from '../wire/packet.js'
import type { Coming, Keeper, RecoverableRegistry, RecoverableSettings } from './keeper.js'
import type { KeepingWire } from './keeping-wire.js'
import { HeldReturn } from './held-return.js'
import { RingLink } from './ring-link.js'
import type { Standing } from './ring.js'

const heartbeat: HeartbeatPacket = { type: 'heartbeat', endpoint: '' }
const greeting: Packet = { type: 'connect', endpoint: '', qs: '' }

export class RecoverableSocket extends VirtualSocket implements MarkedOwner {
  declare protected readonly link: RingLink
  readonly keeper: Keeper<RecoverableSocket>
  /** The client of the application's side. */
  client: object | undefined
  /** The address that a suspended one counts for. */
  address = ''
  /** Names that led to it, in the order in which they came, until a later one has been of use. */
  olderNames: readonly string[] | undefined
  /** The name by which a client of 4 comes back, once it was told one. */
  token: string | undefined
  #lossReason: LossReason = 'transport close'
  // Waits for the application to let it in.
  #returning: HeldReturn | undefined

  /** @param counted how much the client had counted when it came. */
  constructor(
    sid: string,
    settings: RecoverableSettings,
    deadlines: Deadlines,
    registry: RecoverableRegistry,
    keeper: Keeper<RecoverableSocket>,
    counted = 0,
  ) {
    super(sid, settings, deadlines, registry, new RingLink(settings, counted))
    this.keeper = keeper
  }

  serve(client: object, address = this.address): void {
    this.client = client
    this.address = address
  }

  /** Whether a client that comes can go on here. */
  get mayResume(): boolean {
    const { state } = this
    if (state === 'suspended' || state === 'parting') return true
    return (state === 'attached' || state === 'detached') && this.#isKeepable
  }

  get #isKeepable(): boolean {
    const { isOpen, hooks } = this.keeper
    return isOpen && this.link.isWhole && this.client !== undefined && hooks.isResumable(this.client)
  }

  /** Where a client stands that says what it has counted. */
  standingOf(seen: number | undefined): Standing {
    return this.link.ringMade.standingOf(seen)
  }

  /** Forgets what is kept for an endpoint. */
  forget(endpoint: string): void {
    this.link.ring?.takeOf(endpoint)
  }

  /** Whether the application is asked to let its client in again. */
  get isReturning(): boolean {
    return this.#returning !== undefined
  }

  // Away.

  /** It has been away for too long, or others have its place. */
  expire(): void {
    if (this.state === 'suspended') super.close(this.#lossReason)
    else super.close('close timeout')
  }

  override lost(reason: LossReason): void {
    if (this.state === 'suspended') return this.expire()
    if (!this.#isKeepable || !this.move('lose')) return this.close(reason)
    this.#lossReason = reason
    this.heartbeat?.stop()
    this.link.drop()
    this.registry.remove(this.sid)
    this.deadlines.arm(this.deadline, this.keeper.durationMs)
    this.keeper.suspended(this)
    // There may have been too many.
    if (this.isSuspended) this.keeper.hooks.suspended(this.client as object, reason)
  }

  override kick(reason?: DisconnectReason): void {
    const wasAway = this.isSuspended
    super.kick(reason)
    if (wasAway && this.state === 'parting') this.deadlines.arm(this.deadline, this.keeper.durationMs)
  }

  /** One that is away and whose namespaces have ended receives that when it comes back. */
  override close(reason: DisconnectReason, farewell?: Packet): void {
    const isTold = this.state === 'suspended' && this.keeper.isOpen && this.link.ring?.isToldOfEnd === true
    if (!isTold || !this.move('kick')) return super.close(reason, farewell)
    this.closed(reason)
    this.pendingAcks?.close()
    this.readGate?.open()
  }

  protected override end(farewell?: unknown): void {
    this.#returning?.transport?.close()
    this.#returning = undefined
    super.end(farewell)
    this.keeper.over(this)
  }

  // Back.

  /** A connection has come for a client that is known. The newest wins: one that is still there is lost. */
  resume(transport: Transport, coming: Coming): void {
    if (this.state === 'attached' || this.state === 'detached') this.lost('transport close')
    if (!this.mayResume || this.standingOf(coming.seen) !== 'known') return transport.close()
    this.#returning?.transport?.close()
    if (coming.sid !== this.sid) {
      this.olderNames = this.keeper.renamed(this)
      this.sid = coming.sid
    }
    this.link.ringMade.returned(coming.seen)
    if (this.state === 'parting') return this.#goOn(transport, coming)
    const returning = new HeldReturn(transport, coming, this.settings.maxBufferedBytes)
    this.#returning = returning
    const asked = this.keeper.hooks.resuming(this.client as object, coming.request)
    if (asked === undefined) {
      this.#returned(returning)
      return
    }
    transport.pause()
    asked
      .then(() => {
        this.#returned(returning)
      })
      .catch((error: unknown) => {
        logFailure('a client could not be resumed', error)
      })
  }

  // A newer one may have come meanwhile, and is asked for by itself.
  #returned(returning: HeldReturn): void {
    if (this.#returning !== returning) return
    const { transport, coming } = returning
    returning.isAllowed = true
    if (transport === undefined) return
    this.#returning = undefined
    this.#goOn(transport, coming)
    if (this.readGate?.isOpen !== false) transport.resume()
    for (const { packet, bytes } of returning.packets) this.receive(packet, bytes)
  }

  #goOn(transport: Transport, coming: Coming): void {
    this.link.ringMade.greet((this.settings.wire as KeepingWire).encode(greeting))
    const isBack = this.state === 'suspended'
    if (isBack) {
      this.keeper.returned(this)
      this.address = coming.address
      ;(this.registry as RecoverableRegistry).adopt(this, coming.address)
    }
    super.attach(transport)
    if (isBack) this.keeper.hooks.resumed(this.client as object)
  }

  override attach(transport: Transport): void {
    const returning = this.#returning
    if (returning === undefined) return super.attach(transport)
    returning.replace(transport)
    if (returning.isAllowed) this.#returned(returning)
  }

  override released(transport: Transport, reason?: 'transport close' | 'heartbeat timeout'): void {
    const returning = this.#returning
    if (returning?.transport !== transport) return super.released(transport, reason)
    returning.transport = undefined
    if (transport.kind === 'stream') this.#returning = undefined
  }

  // How far the client has got.

  get mark(): number {
    return this.link.ring?.written ?? 0
  }

  confirmed(mark: number): void {
    this.link.ring?.confirm(mark)
    if (this.olderNames !== undefined && this.state === 'attached') this.keeper.settled(this)
  }

  unsent(mark: number): void {
    this.link.ring?.rewind(mark)
  }

  // In and out.

  override receive(packet: Packet, bytes = 0): void {
    // Nothing of it is handled before it is let in.
    if (this.#returning?.hold(packet, bytes) === false) this.close('limit exceeded')
    if (this.#returning !== undefined) return
    if (packet.type === 'heartbeat') this.link.answered()
    if (this.olderNames !== undefined && this.state === 'attached') this.keeper.settled(this)
    super.receive(packet, bytes)
  }

  override send(packet: Outgoing): void {
    super.send(packet)
    const { ring } = this.link
    if (ring !== undefined && ring.bytes > ring.mostBytes / 2) this.#relieve(ring.isWhole)
  }

  override sendVolatile(packet: Outgoing): void {
    if (!this.isWritable || !this.isConnected) return
    const { volatile } = this.settings.wire as KeepingWire
    closeIfFull(this, this.link.send(frameOf(volatile, packet)))
  }

  // Much is kept: the client is asked what it has. One that is away ends when more is kept than may be.
  #relieve(isWhole: boolean): void {
    if (this.state === 'suspended') {
      if (!isWhole) {
        inTurn(() => {
          if (this.state === 'suspended') this.expire()
        })
      }
    } else if (this.link.transport?.ask !== undefined) this.link.transport.ask()
    else if (this.heartbeat !== undefined && this.link.transport?.kind === 'stream' && !this.link.isAsked) {
      super.send(heartbeat)
    }
  }
}

/** The socket as one that can be resumed; none without the option `recovery`. */
export function recoverableOf(socket: VirtualSocket): RecoverableSocket | undefined {
  return socket instanceof RecoverableSocket ? socket : undefined
}
