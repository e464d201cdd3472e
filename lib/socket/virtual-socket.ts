// Owns: one client, whatever carries it: which transport it is attached to, what waits for it, when it is
// over.
// Elsewhere: its parts (socket-parts.ts), its states (lifecycle.ts), its namespaces (clients/client.ts), the
// list of all sockets (server/sessions.ts).
import type { Packet } from '../wire/packet.js'
import { logger } from '../support/log.js'
import type { Outgoing, Transport, TransportOwner } from '../transports/transport.js'
import { drain } from './drain.js'
import { closeAsFull, closeIfFull, endAtLimit, tooMuchUnhandled, tooMuchUnsent } from './full.js'
import { Heartbeat, type HeartbeatOwner } from './heartbeat.js'
import { goodbye, transitions, type DisconnectReason, type LossReason, type Signal, type State } from './lifecycle.js'
import { SocketParts } from './socket-parts.js'

const log = logger('client')

export class VirtualSocket extends SocketParts implements TransportOwner, HeartbeatOwner {
  protected heartbeat: Heartbeat | undefined
  #state: State = 'handshaken'

  get state(): State {
    return this.#state
  }

  get isConnected(): boolean {
    return this.#state === 'attached' || this.#state === 'detached' || this.#state === 'suspended'
  }

  /** Whether nothing comes or goes any more. */
  get isOver(): boolean {
    return this.#state === 'closed' || this.#state === 'parting'
  }

  /** A POST came before any GET: the socket is open, and what it is told waits for the first poll. */
  open(): void {
    if (!this.move('open')) return
    this.deadlines.arm(this.deadline, this.settings.closeTimeout)
    this.#opened()
  }

  /** A poll or a stream came for this sid. The newest wins; the older one ends. */
  attach(transport: Transport): void {
    const before = this.#state
    if (!this.move('attach', transport.name)) return transport.close()
    if (before === 'parting') {
      this.link.partWith(transport)
      return this.end()
    }
    this.link.attach(transport)
    this.heartbeat?.stop()
    if (this.#state === 'attached') this.deadlines.disarm(this.deadline)
    if (before === 'handshaken') this.#opened()
    closeIfFull(this, this.link.flush())
    if (this.#state !== 'attached' || transport.kind === 'poll' || this.link.transport !== transport) return
    if (transport.watchesItself !== true) this.heartbeat ??= new Heartbeat(this.deadlines, this.settings, this)
    this.heartbeat?.start()
    if (this.readGate?.isOpen === false) this.pauseReading()
  }

  #opened(): void {
    this.registry.opened(this.sid)
    this.owner.opened()
  }

  /**
   * Sends one packet now, or as soon as something is attached; nothing after the end. What cannot be encoded
   * throws here.
   */
  send(packet: Outgoing): void {
    if (this.#state === 'closed' || this.#state === 'parting') return
    const { wire } = this.settings
    // As frameOf() and closeIfFull() do (bench: echo, broadcast).
    const frame = packet.type === 'shared' ? packet.frame(wire) : wire.encode(packet)
    if (this.link.send(frame) === 'full') closeAsFull(this, tooMuchUnsent)
  }

  /** Sends one packet if it can go out at once, and forgets it otherwise. */
  sendVolatile(packet: Outgoing): void {
    if (this.isWritable) this.send(packet)
  }

  receive(packet: Packet, bytes = 0): void {
    if (this.#state !== 'attached' && !this.isConnected) return
    const { counts } = this.settings
    counts.packetsIn++
    counts.bytesIn += bytes
    if (packet.type === 'event') counts.events++
    this.heartbeat?.touch()
    if (packet.type === 'heartbeat' || packet.type === 'noop') return
    // An ack that nobody waits for goes on: it may be for an endpoint that this client is not in.
    if (packet.type === 'ack' && this.pendingAcks?.answer(packet.ackId, packet.args) === true) return
    this.owner.receive(packet, bytes)
  }

  reject(error: Error): void {
    if (!this.isConnected) return
    this.heartbeat?.touch()
    if (Reflect.get(error, 'code') === 'SIO_PROTOCOL_LIMIT') endAtLimit(this, error.message)
    else this.owner.reject(error)
  }

  released(transport: Transport, reason: 'transport close' | 'heartbeat timeout' = 'transport close'): void {
    if (!this.link.release(transport)) return
    if (transport.kind === 'stream' && this.isConnected) return this.lost(reason)
    if (!this.move('release') || this.#state !== 'detached') return
    this.deadlines.arm(this.deadline, this.settings.closeTimeout)
  }

  renamed(transport: Transport): void {
    if (this.link.transport === transport) this.link.countAs(transport.name)
  }

  settled(transport: Transport, undelivered: readonly unknown[]): void {
    closeIfFull(this, this.link.settle(transport, undelivered))
  }

  deadlinePassed(): void {
    if (this.#state === 'leaving') this.#left()
    else this.lost('close timeout')
  }

  /** The connection is lost. */
  lost(reason: LossReason): void {
    this.close(reason)
  }

  /** Whether its connection is lost and its client may come back (the option `recovery`). */
  get isSuspended(): boolean {
    return this.#state === 'suspended'
  }

  // Reading stops while a namespace has more to do than it may keep waiting; silence means nothing meanwhile.

  pauseReading(): void {
    this.reading.shut()
    this.heartbeat?.suspend()
    this.link.transport?.pause()
  }

  resumeReading(): void {
    this.heartbeat?.resume()
    this.link.transport?.resume()
    this.reading.open()
  }

  /** It cannot be kept from sending any longer, by a wire on which its pongs come with what else it sends. */
  endIfOverloaded(): void {
    if (this.isConnected && this.owner.isOverloaded) endAtLimit(this, tooMuchUnhandled)
  }

  // Ending runs in one direction: state, namespaces, outbox, transport. Nothing below calls up to end it
  // again.

  /** The client has left: what it sent before runs to its end first, for `closeTimeout` at most. */
  leave(): void {
    if (!this.move('leave')) return
    if (this.#state === 'closed') return this.end()
    this.heartbeat?.stop()
    // It answers nothing any more: who waits for that would keep it from leaving.
    this.pendingAcks?.close()
    this.owner.left()
    // After those of its namespaces, which end in their own order then. Its application may have ended it
    // meanwhile.
    if (this.#state !== 'leaving') return
    this.deadlines.arm(this.deadline, this.settings.closeTimeout)
    this.owner.finish(() => {
      this.#left()
    })
  }

  #left(): void {
    if (this.#state !== 'leaving' || !this.move('close')) return
    const sent = this.link.transport === undefined ? 'kept' : this.link.sendLast(this.settings.wire.encode(goodbye))
    this.closed(sent === 'full' ? 'limit exceeded' : 'client namespace disconnect')
    this.end()
  }

  /** Ends the session and tells the client, which then does not come back by itself. */
  kick(reason: DisconnectReason = 'server namespace disconnect'): void {
    const wasOpen = this.#state !== 'handshaken'
    if (!this.move('kick')) return
    if (!wasOpen) return this.end()
    this.closed(reason)
    const sent = this.link.sendLast(this.settings.wire.encode(goodbye))
    if (sent !== 'kept') return this.close(reason)
    // [17] Between two polls: the next one receives it, and not that the sid is unknown, which would make it
    // reconnect.
    this.deadlines.arm(this.deadline, this.settings.closeTimeout)
    this.pendingAcks?.close()
    this.readGate?.open()
  }

  /**
   * The server closes: the client is drained and then disconnected. `gone` is called when nothing of it is
   * left.
   */
  drain(gone: () => void): void {
    drain({ socket: this, link: this.link, owner: this.owner }, gone)
  }

  /** Ends the session: its transport is gone, or is closed. Only a held poll can receive a last packet. */
  close(reason: DisconnectReason, farewell?: Packet): void {
    const wasOpen = this.#state !== 'handshaken' && this.#state !== 'parting'
    if (!this.move('close')) return
    if (wasOpen) this.closed(reason)
    this.end(farewell && this.settings.wire.encode(farewell))
  }

  protected closed(reason: DisconnectReason): void {
    this.link.countAs(undefined)
    this.owner.closed(reason)
  }

  protected end(farewell?: unknown): void {
    this.deadlines.disarm(this.deadline)
    this.heartbeat?.stop()
    this.registry.remove(this.sid)
    this.pendingAcks?.close()
    this.link.end(farewell)
    this.readGate?.open()
  }

  protected move(signal: Signal, over = ''): boolean {
    const next = transitions[this.#state][signal]
    if (next === undefined) return false
    log('%s: %s %s, %s to %s', this.owner.id, signal, over, this.#state, next)
    this.#state = next
    return true
  }
}
