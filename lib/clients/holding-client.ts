// Owns: what a client of Socket.IO 4 sends while its application is asked whether it may come back: it waits,
// and is handled then, if there is still anybody to handle it.
// Elsewhere: what is asked (returning-client.ts), how much may wait (held.ts).
import type { ReturningSocket } from '../recovery/returning-socket.js'
import type { Packet } from '../wire/packet.js'
import { Client } from './client.js'
import type { ClientInstance } from './instance-client.js'
import { Held, type HeldPacket, type Return } from './held.js'

export class HoldingClient extends Client {
  // Made when it is needed, which for most it never is (bench: memory).
  #waiting: Return | undefined

  protected get returning(): ReturningSocket {
    return this.virtualSocket as ReturningSocket
  }

  protected get waiting(): Return {
    if (this.#waiting === undefined) {
      this.returning.onLost = () => {
        this.#connectionLost()
      }
    }
    return (this.#waiting ??= {
      held: undefined,
      heldFor: new Map(),
      weight: { bytes: 0 },
      request: undefined,
      asked: 0,
      granted: 0,
    })
  }

  /** The client that has the connection. It handles all connects. */
  protected get host(): HoldingClient {
    return this.returning.host.client as HoldingClient
  }

  /** The client, of those that share the connection, to which packets for this namespace go. */
  protected at(endpoint: string): HoldingClient {
    return this.returning.host.ownerOf(endpoint).client as HoldingClient
  }

  /** Whether another life of that namespace has ended on its connection: a packet may have been sent before. */
  protected mayBeLate(endpoint: string): boolean {
    const isEnding = this.returning.together.some((socket) => socket.isEnding(endpoint))
    return isEnding || this.host.instances.fateOf(endpoint) !== undefined
  }

  protected hold(): Held {
    return new Held(this, this.waiting.weight)
  }

  /** Where a packet that comes now has to wait. Namespaces that its client is in go on. */
  protected holderOf({ endpoint, type }: Packet, at: HoldingClient): Held | undefined {
    const held = this.host.#waiting?.held
    if (held === undefined || (type !== 'connect' && at.isBack(endpoint))) return at.#waiting?.heldFor.get(endpoint)
    return held
  }

  override get isAsking(): boolean {
    return super.isAsking || this.#waiting?.held !== undefined
  }

  override instanceEnded(instance: ClientInstance): void {
    super.instanceEnded(instance)
    const { client } = this.returning.host
    if (client instanceof HoldingClient && client !== this) client.inherit(this)
    // One that is away may have no use any more.
    if (this.returning.isSuspended) this.returning.endIfUseless()
  }

  /** Takes over from the client that had its connection: the names that this has left, and its time to enter. */
  protected inherit(other: HoldingClient): void {
    other.entered()
    this.instances.inherit(other.instances, this.app.maxNamespacesPerSocket)
  }

  override tell(packet: Packet): void {
    super.tell(packet)
    if (packet.type === 'disconnect') this.#waiting?.heldFor.get(packet.endpoint)?.end()
  }

  /** Handles what was held, as if it came now: all of it, or what is for namespaces that it is in. */
  protected release(held: Held, isForAll = true): void {
    for (const each of held.takeAll()) {
      const { endpoint, type } = each.packet
      // A client that connects twice is let in once.
      if (this.at(endpoint).isBack(endpoint) ? type !== 'connect' : isForAll) this.hand(each)
    }
    this.entryDeadline?.look()
  }

  /**
   * Handles one that was held. What came before it may have ended this client; and an ack is taken from nobody
   * who has not been let in.
   */
  protected hand({ packet, bytes }: HeldPacket): void {
    const at = this.at(packet.endpoint)
    if (!at.virtualSocket.isConnected) return
    const mayAnswer = packet.type === 'ack' && at.isBack(packet.endpoint)
    if (!mayAnswer || !at.virtualSocket.acks.answer(packet.ackId, packet.args)) this.receive(packet, bytes)
  }

  // Its connects are asked for no more: nobody would receive the answer. Other packets have come before the
  // loss.
  #connectionLost(): void {
    const { held, heldFor } = this.waiting
    this.waiting.held = undefined
    for (const each of heldFor.values()) each.takeAll()
    heldFor.clear()
    if (held !== undefined) this.release(held, false)
  }

  protected isBack(endpoint: string): boolean {
    return this.isOpen(endpoint) && !this.returning.keeps(endpoint)
  }

  protected isOpen(endpoint: string): boolean {
    return this.instances.get(endpoint)?.state === 'open'
  }
}
