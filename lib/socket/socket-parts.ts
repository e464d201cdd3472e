// Owns: the parts of a virtual socket, and what is asked of each of them.
// Elsewhere: its life (virtual-socket.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { encodedBy, type Encoded, type Outgoing, type TransportName } from '../transports/transport.js'
import { Acks } from './acks.js'
import { Link } from './link.js'
import type { SocketOwner, SocketRegistry, SocketSettings } from './owner.js'
import { ReadGate } from './read-gate.js'

export abstract class SocketParts implements DeadlineOwner {
  /** The secret session id, which the transports know. */
  sid: string
  protected pendingAcks: Acks | undefined
  protected readGate: ReadGate | undefined
  protected readonly settings: SocketSettings
  protected readonly deadlines: Deadlines
  protected readonly registry: SocketRegistry
  protected readonly link: Link
  protected readonly deadline = new Deadline(this)
  protected owner!: SocketOwner

  constructor(
    sid: string,
    settings: SocketSettings,
    deadlines: Deadlines,
    registry: SocketRegistry,
    link = new Link(settings),
  ) {
    this.sid = sid
    this.settings = settings
    this.deadlines = deadlines
    this.registry = registry
    this.link = link
    deadlines.arm(this.deadline, settings.handshakeTimeout)
  }

  belongTo(owner: SocketOwner): void {
    this.owner = owner
  }

  get acks(): Acks {
    return (this.pendingAcks ??= new Acks(this.deadlines, this.settings.maxPendingAcks, this.settings.counts))
  }

  /** Fails the acks that were expected on behalf of `owner`, if there are any. */
  closeAcksOf(owner: object): void {
    this.pendingAcks?.closeOf(owner)
  }

  /**
   * Whether more may be read from the client: a POST is answered when it opens. Made when needed, as acks are
   * (bench: memory).
   */
  get reading(): ReadGate {
    return (this.readGate ??= new ReadGate(this.settings.counts))
  }

  /** The transport that is attached, or was last. */
  get transport(): TransportName | undefined {
    return this.link.name
  }

  get isWritable(): boolean {
    return this.link.isWritable
  }

  /** A packet that is sent later, encoded now: errors of encoding throw where it was made. */
  encoded(packet: Outgoing): Encoded {
    return encodedBy(this.settings.wire, packet)
  }

  abstract deadlinePassed(): void
}
