// Owns: a client of Socket.IO 4 that may come back: which of its connects names a namespace of an earlier
// connection, and how that is answered.
// Elsewhere: what such a connect says (recovery/pid.ts), the connection (recovery/returning-socket.ts),
// recv_resume (recovering.ts).
import { isEnd, type KeptFrame, type RingEntry } from '../recovery/kept-frame.js'
import { missedBy } from '../recovery/missed.js'
import { takeResume, writePid, type ResumeRequest } from '../recovery/pid.js'
import type { RefusalReason } from '../recovery/asked.js'
import type { Recovery } from '../recovery/recovery.js'
import { ReturningSocket } from '../recovery/returning-socket.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import { logFailure } from '../support/log.js'
import type { ConnectPacket, Packet } from '../wire/packet.js'
import { Client } from './client.js'
import { Held, type Return } from './held.js'
import type { Instance } from './instance.js'
import { beginLife, lifeOf, type Lives } from './lives.js'
import { askToResume } from './recovering.js'

type Said = ResumeRequest | undefined

export class ReturningClient extends Client {
  #lives: Lives
  // Made when it is needed, which for most it never is (bench: memory).
  #return: Return | undefined

  get #made(): Return {
    if (this.#return === undefined) {
      this.#socket.onLost = () => {
        this.#connectionLost()
      }
    }
    return (this.#return ??= { held: undefined, heldFor: new Map(), request: undefined })
  }

  get #socket(): ReturningSocket {
    return this.virtualSocket as ReturningSocket
  }

  get #recovery(): Recovery {
    return this.app.recovery as Recovery
  }

  /** The private id for one more life of a namespace, for which nothing is that was sent to an earlier one. */
  pidFor(endpoint: string): string {
    if (lifeOf(this.#lives, endpoint) !== undefined) this.#socket.forget(endpoint)
    this.#lives = beginLife(this.#lives, endpoint, this.app.maxNamespacesPerSocket)
    return writePid({ token: this.#recovery.tokenOf(this.#socket), life: lifeOf(this.#lives, endpoint) ?? 1 })
  }

  override receive(packet: Packet, bytes: number): void {
    const held = this.#return?.held ?? this.#return?.heldFor.get(packet.endpoint)
    if (held !== undefined) held.add(packet, bytes)
    else if (packet.type === 'connect') this.#receiveConnect(packet, bytes)
    else if (this.#socket.parked(packet.endpoint) === undefined) super.receive(packet, bytes)
    // It is not back in that one.
    else if (packet.type !== 'ack' && packet.type !== 'disconnect') this.brokeProtocol()
  }

  override tell(packet: Packet): void {
    super.tell(packet)
    if (packet.type === 'disconnect') this.#return?.heldFor.get(packet.endpoint)?.end()
  }

  /** Ends its connection. Whatever else of its client is on that is told, too. */
  override disconnect(silent: boolean, reason?: DisconnectReason): void {
    for (const { client } of silent ? [] : this.#socket.together) {
      if (client instanceof ReturningClient && client !== this) for (const each of client.instances) each.tellEnd(true)
    }
    super.disconnect(silent, reason)
  }

  // What was held, as if it came now: all of it, or what is for namespaces that it is in.
  #release(held: Held, isForAll = true): void {
    for (const { packet, bytes } of held.takeAll()) {
      // A client that connects twice is let in once.
      if (this.#isBack(packet.endpoint) ? packet.type === 'connect' : !isForAll) continue
      const isAnswer = packet.type === 'ack' && this.virtualSocket.acks.answer(packet.ackId, packet.args)
      if (!isAnswer) this.receive(packet, bytes)
    }
  }

  // Its connects are asked for no more: nobody would receive the answer. Other packets have come before the
  // loss.
  #connectionLost(): void {
    const { held, heldFor } = this.#made
    this.#made.held = undefined
    heldFor.clear()
    if (held !== undefined) this.#release(held, false)
  }

  // A connect.

  #receiveConnect(packet: ConnectPacket, bytes: number): void {
    const [connect, said] = takeResume(packet)
    if (this.#socket.parked(connect.endpoint) !== undefined) return this.#comeBack(connect, bytes, said)
    const old = said === undefined ? undefined : this.#find(connect.endpoint, said)
    if (said === undefined || old === undefined) return super.receive(connect, bytes)
    const held = new Held(this)
    this.#made.held = held
    this.#recovery
      .isAllowed(old.#socket, this.origin.request, connect.auth)
      .then((isAllowed) => {
        // The connection may have been lost.
        if (this.#made.held !== held) return
        this.#made.held = undefined
        if (!this.virtualSocket.isConnected) return
        if (isAllowed) return this.#goOn(old, connect, bytes, said, held)
        this.#refused('check')
        super.receive(connect, bytes)
        this.#release(held)
      })
      .catch((error: unknown) => {
        logFailure('a client could not come back', error)
      })
  }

  #find(endpoint: string, said: ResumeRequest): ReturningClient | undefined {
    const found = this.#lookUp(endpoint, said)
    if (found instanceof ReturningClient) return found
    this.#refused(found)
    return undefined
  }

  #lookUp(endpoint: string, said: ResumeRequest): ReturningClient | RefusalReason {
    const socket = this.#recovery.byToken(said.pid.token)
    const client = socket?.client
    if (!(socket instanceof ReturningSocket) || !(client instanceof ReturningClient)) return 'unknown'
    // One that is on this connection has ended there, and enters anew.
    if (this.#socket.together.includes(socket) || lifeOf(client.#lives, endpoint) !== said.pid.life) return 'namespace'
    return socket.mayResume || !client.#isOpen(endpoint) ? client : 'missed'
  }

  #refused(reason: RefusalReason): void {
    this.#recovery.refused(reason, '4', this.origin.request)
  }

  #goOn(old: ReturningClient, connect: ConnectPacket, bytes: number, said: ResumeRequest, held: Held): void {
    // It may have come back on another connection meanwhile, or have ended.
    if (this.#find(connect.endpoint, said) !== old) super.receive(connect, bytes)
    else if (!old.#isOpen(connect.endpoint)) this.#tellEnd(old, connect, bytes, said)
    else if (old.#socket.takeOver(this.#socket)) {
      old.#made.request = this.origin.request
      old.#comeBack(connect, bytes, said)
      for (const { packet, bytes: weight } of held.takeAll()) old.#socket.receive(packet, weight)
      return
    } else {
      this.#refused('missed')
      super.receive(connect, bytes)
    }
    this.#release(held)
  }

  #isBack(endpoint: string): boolean {
    return this.#isOpen(endpoint) && this.#socket.parked(endpoint) === undefined
  }

  #isOpen(endpoint: string): boolean {
    return this.instances.get(endpoint)?.state === 'open'
  }

  // Its namespace has ended while it was away: it is told so, or asks anew.
  #tellEnd(old: ReturningClient, connect: ConnectPacket, bytes: number, said: ResumeRequest): void {
    const missed = missedBy(old.#socket.takeEnd(connect.endpoint), this.#numberOf(connect, said))
    if (isEnd(missed.at(-1))) this.#sendEnd(old.id, connect.endpoint, said, missed)
    else super.receive(connect, bytes)
  }

  // recv_resume cannot be called any more: where there is one, nothing is sent but that the namespace has
  // ended.
  #sendEnd(sid: string, endpoint: string, { pid }: ResumeRequest, missed: readonly KeptFrame[]): void {
    const { isDefault = true } = this.app.namespaces.find(endpoint)?.table.methods.get('recv_resume') ?? {}
    const sent = isDefault ? missed : missed.slice(-1)
    if (sent.length > 1) this.tell({ type: 'connect', endpoint, qs: '', sid, pid: writePid(pid) })
    this.#socket.unpark(endpoint, sent)
  }

  #numberOf({ endpoint }: ConnectPacket, said: Said): number | undefined {
    if (said === undefined) return undefined
    return this.app.endpoints.find(endpoint)?.offsets?.read(said.offset)
  }

  // On the connection that it is back by.

  #comeBack(connect: ConnectPacket, bytes: number, said: Said): void {
    const { endpoint } = connect
    const instance = this.instances.get(endpoint)
    const isOwn =
      said !== undefined &&
      said.pid.token === this.#recovery.tokenOf(this.#socket) &&
      said.pid.life === lifeOf(this.#lives, endpoint)
    const entries = this.#socket.parked(endpoint) ?? []
    if (!isOwn || instance?.state !== 'open') {
      const missed = isOwn ? missedBy(entries, this.#numberOf(connect, said)) : []
      if (isOwn && isEnd(missed.at(-1))) return this.#sendEnd(this.id, endpoint, said, missed)
      if (said !== undefined) this.#refused('namespace')
      // It asks anew: what it had before is over.
      this.#socket.giveUp(endpoint)
      super.receive(connect, bytes)
      return
    }
    const answer = askToResume(instance, this.#made.request, connect.auth)
    if (answer === true) return this.#confirm(instance, connect, said, entries)
    const held = new Held(this)
    const { heldFor } = this.#made
    heldFor.set(endpoint, held)
    this.#socket.claim(endpoint)
    held
      .until(answer)
      .then(() => {
        // The connection may have been lost; the next one asks again.
        if (heldFor.get(endpoint) !== held) return
        heldFor.delete(endpoint)
        if (this.#socket.parked(endpoint) === entries) this.#confirm(instance, connect, said, entries)
        else {
          // More was sent meanwhile than is kept: that is over, and the client enters anew.
          this.#refused('missed')
          super.receive(connect, bytes)
        }
        this.#release(held)
      })
      .catch((error: unknown) => {
        logFailure('a client could not come back to a namespace', error)
      })
  }

  // One whose namespace was refused has received that, and gets nothing; one whose namespace has ended is
  // told by what it missed. The confirmation comes first: the client keeps events that come before one. If
  // the connection were lost in between, it would get them twice, as its offset says only what it has
  // handled.
  #confirm(instance: Instance, connect: ConnectPacket, said: ResumeRequest, entries: readonly RingEntry[]): void {
    const { endpoint } = connect
    if (instance.isRefused) return this.#socket.dropParked(endpoint)
    const missed = missedBy(entries, this.#numberOf(connect, said))
    if (instance.state !== 'open') {
      if (isEnd(missed.at(-1))) return this.#sendEnd(this.id, endpoint, said, missed)
      // It has ended silently.
      this.#socket.dropParked(endpoint)
      return this.instanceRefused(instance, undefined)
    }
    this.tell({ type: 'connect', endpoint, qs: '', sid: this.id, pid: writePid(said.pid) })
    this.#socket.unpark(endpoint, missed)
  }
}
