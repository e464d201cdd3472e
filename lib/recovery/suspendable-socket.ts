// Owns: a virtual socket that outlives its connection: what it keeps for its client, and when it is suspended.
// Elsewhere: how its client comes back (recoverable-socket.ts), who finds it (recovery.ts), what is kept for
// it (ring.ts).
import type { DisconnectReason, LossReason } from '../socket/lifecycle.js'
import { closeIfFull } from '../socket/full.js'
import { inTurn } from '../support/in-turn.js'
import type { Deadlines } from '../support/timers.js'
import { frameOf, type MarkedOwner, type Outgoing } from '../transports/transport.js'
import type { HeartbeatPacket, Packet } from '../wire/packet.js'
import type { RecoverableRegistry, RecoverableSettings } from './keeper.js'
import { LosableSocket } from './losable-socket.js'
import { RingLink } from './ring-link.js'

const heartbeat: HeartbeatPacket = { type: 'heartbeat', endpoint: '' }

export class SuspendableSocket extends LosableSocket<SuspendableSocket> implements MarkedOwner {
  declare protected readonly link: RingLink
  /** Where the token is by which a client of 4 comes back, once it was told one. */
  tokenPlace: number | undefined

  /** @param counted how much the client had counted when it came. */
  constructor(
    sid: string,
    settings: RecoverableSettings<SuspendableSocket>,
    deadlines: Deadlines,
    registry: RecoverableRegistry,
    counted = 0,
  ) {
    super(sid, settings, deadlines, registry, new RingLink(settings, counted))
  }

  /** Whether a client that comes can go on here. */
  get mayResume(): boolean {
    const { state } = this
    if (state === 'suspended' || state === 'parting') return this.keeper.isOpen
    return this.isHere && this.#isKeepable
  }

  /** Whether no loss was noticed. */
  protected get isHere(): boolean {
    return this.state === 'attached' || this.state === 'detached'
  }

  get #isKeepable(): boolean {
    const { isOpen, hooks } = this.keeper
    return isOpen && this.link.isWhole && this.client !== undefined && hooks.isResumable(this.client)
  }

  /** Whether its client may come back to it, be it to receive that something is over. */
  protected get isOfUse(): boolean {
    if (this.state === 'closed' || this.link.ring?.hasEnd === true) return true
    return this.state !== 'parting' && this.client !== undefined && this.keeper.hooks.isResumable(this.client)
  }

  /** Forgets what is kept for an endpoint. */
  forget(endpoint: string): void {
    this.link.ring?.takeOf(endpoint)
  }

  // Away.

  /** It has been away for too long, or others have its place. */
  expire(): void {
    if (this.state === 'suspended') super.close(this.lossMade.reason)
    else super.close('close timeout')
  }

  override lost(reason: LossReason): void {
    if (this.state === 'suspended') return this.expire()
    if (!this.#isKeepable || !this.move('lose')) return this.close(reason)
    this.#leaveConnection(reason)
    this.keeper.suspended(this)
    // There may have been too many.
    if (this.isSuspended) this.tellSuspended(reason)
  }

  /**
   * A newer connection of its client has come before the loss of this one was noticed. It is never among
   * those that are away, where it would take the place of another. The hooks of a loss are called as for any:
   * each recv_resume has its recv_suspend.
   */
  protected changeHands(): void {
    if (!this.move('lose')) return
    this.#leaveConnection('transport close')
    this.keeper.changing(this)
    this.tellSuspended('transport close')
  }

  protected tellSuspended(reason: LossReason): void {
    this.keeper.hooks.suspended(this.client as object, reason)
  }

  /** The newer connection was of no use: now it is away. */
  protected stayAway(): void {
    if (this.state === 'suspended') this.keeper.suspended(this)
  }

  #leaveConnection(reason: LossReason): void {
    this.lossMade.reason = reason
    this.heartbeat?.stop()
    this.link.drop()
    this.registry.remove(this.sid)
    this.deadlines.arm(this.deadline, this.keeper.durationMs)
  }

  override kick(reason?: DisconnectReason): void {
    const wasAway = super.isSuspended
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
    super.end(farewell)
    this.keeper.over(this)
  }

  // How far the client has got.

  get mark(): number {
    return this.link.ring?.written ?? 0
  }

  /** Nothing is kept that came before this mark. */
  get keptFrom(): number {
    return this.link.ring?.first ?? 0
  }

  confirmed(mark: number): void {
    this.link.ring?.confirm(mark)
    if (this.loss?.olderNames !== undefined && this.state === 'attached') this.keeper.settled(this)
  }

  unsent(mark: number): void {
    this.link.ring?.rewind(mark)
  }

  // In and out.

  override receive(packet: Packet, bytes = 0): void {
    if (packet.type === 'heartbeat') this.link.answered()
    if (this.loss?.olderNames !== undefined && this.state === 'attached') this.keeper.settled(this)
    super.receive(packet, bytes)
  }

  override send(packet: Outgoing): void {
    super.send(packet)
    this.relieve()
  }

  override sendVolatile(packet: Outgoing): void {
    if (!this.isWritable || !this.isConnected) return
    const { volatile } = this.settings.wire
    closeIfFull(this, this.link.send(frameOf(volatile, packet)))
  }

  // Much is kept: the client is asked what it has. One that is away ends when more is kept than may be.
  protected relieve(): void {
    const { ring } = this.link
    if (ring === undefined) return
    if (this.state === 'suspended') {
      if (ring.isWhole) return
      inTurn(() => {
        if (this.state === 'suspended') this.expire()
      })
    } else if (ring.bytes <= ring.mostBytes / 2) return
    else if (this.link.transport?.ask !== undefined) this.link.transport.ask()
    else if (this.heartbeat !== undefined && this.link.transport?.kind === 'stream' && !this.link.isAsked) {
      super.send(heartbeat)
    }
  }
}
