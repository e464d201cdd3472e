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
import type { Held } from './held.js'
import { HoldingClient } from './holding-client.js'
import type { Instance } from './instance.js'
import { beginLife, lifeOf, type Lives } from './lives.js'
import { askToResume } from './recovering.js'

export class ReturningClient extends HoldingClient {
  #lives: Lives

  get #recovery(): Recovery {
    return this.app.recovery as Recovery
  }

  /** The private id for a new life of a namespace. What was sent to an earlier one is dropped. */
  pidFor(endpoint: string): string {
    this.returning.forget(endpoint)
    this.#lives = beginLife(this.#lives, endpoint, this.app.maxNamespacesPerSocket, (each) => this.isOpen(each))
    return writePid({ token: this.#recovery.tokenOf(this.returning), life: lifeOf(this.#lives, endpoint) ?? 1 })
  }

  override receive(packet: Packet, bytes: number): void {
    const { endpoint, type } = packet
    const at = this.#at(endpoint)
    const held = this.holderOf(packet, at)
    if (held !== undefined) held.add(packet, bytes)
    else if (packet.type === 'connect') (this.host as ReturningClient).#receiveConnect(packet, bytes)
    else if (!at.returning.keeps(endpoint)) at.#take(packet, bytes)
    // Its client is not back in that one.
    else if (type !== 'ack' && type !== 'disconnect' && !this.mayBeLate(endpoint)) at.brokeProtocol()
  }

  // For a namespace of its own.
  #take(packet: Packet, bytes: number): void {
    super.receive(packet, bytes)
  }

  /** Ends its connection. Clients that share it are told in their namespaces as well. */
  override disconnect(silent: boolean, reason?: DisconnectReason): void {
    for (const { client } of silent ? [] : this.returning.together) {
      if (client instanceof ReturningClient && client !== this) for (const each of client.instances) each.tellEnd(true)
    }
    super.disconnect(silent, reason)
  }

  // A connect.

  #receiveConnect(packet: ConnectPacket, bytes: number): void {
    const [connect, said] = takeResume(packet)
    const at = this.#at(connect.endpoint)
    // A client that is in a namespace may not connect to it: that breaks the protocol.
    if (at.isBack(connect.endpoint)) return at.#take(connect, bytes)
    if (said === undefined) return this.#enter(connect, bytes)
    const kept = this.#keptBy(connect.endpoint, said)
    if (kept !== undefined) return kept.#comeBack(connect, bytes, said)
    const old = this.#find(connect.endpoint, said)
    if (old === undefined) return this.#enter(connect, bytes)
    const held = this.hold()
    this.waiting.held = held
    const turn = ++old.waiting.asked
    // Connects that come now are held.
    this.returning.holdClaims()
    this.#recovery
      .isAllowed(old.returning, this.#request, connect.auth)
      .then((isAllowed) => {
        // The connection may have been lost.
        if (this.waiting.held !== held) return
        this.waiting.held = undefined
        if (!this.virtualSocket.isConnected) return
        this.returning.awaitClaims()
        // Of two connections that ask, the newer one has it, however long its check takes.
        if (isAllowed && turn > old.waiting.granted) {
          old.waiting.granted = turn
          return this.#goOn(old, connect, bytes, said, held)
        }
        this.#refused(isAllowed ? 'namespace' : 'check')
        this.#enter(connect, bytes)
        this.release(held)
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
    if (this.returning.together.includes(socket) || lifeOf(client.#lives, endpoint) !== said.pid.life)
      return 'namespace'
    return socket.mayResume || !client.isOpen(endpoint) ? client : 'missed'
  }

  #refused(reason: RefusalReason): void {
    this.#recovery.refused(reason, '4', this.#request)
  }

  // The request of its present connection.
  get #request(): unknown {
    return this.waiting.request ?? this.origin.request
  }

  #goOn(old: ReturningClient, connect: ConnectPacket, bytes: number, said: ResumeRequest, held: Held): void {
    // It may have come back on another connection meanwhile, or have ended.
    if (this.#find(connect.endpoint, said) !== old) this.#enter(connect, bytes)
    else if (!old.isOpen(connect.endpoint)) this.#tellEnd(old, connect, bytes, said)
    else if (old.returning.takeOver(this.returning)) {
      old.waiting.request = this.#request
      old.inherit(this)
      old.#comeBack(connect, bytes, said)
      return old.release(held)
    } else {
      this.#refused('missed')
      this.#enter(connect, bytes)
    }
    this.release(held)
  }

  // It enters anew, and what it had before is over. Application code that this has called may have ended the client.
  #enter(connect: ConnectPacket, bytes: number): void {
    this.#giveUpLives(connect.endpoint)
    const at = this.#at(connect.endpoint)
    if (at.virtualSocket.isConnected) at.#take(connect, bytes)
  }

  // The client that a private id names, if it is on this connection and the namespace is kept for it.
  #keptBy(endpoint: string, said: ResumeRequest): ReturningClient | undefined {
    const clients = this.#keepers(endpoint).map(({ client }) => client as ReturningClient)
    return clients.find((client) => client.#isOwn(said))
  }

  // The sockets on its connection that keep a namespace of this name, to which their client is not back.
  #keepers(endpoint: string): readonly ReturningSocket[] {
    const together = this.returning.together as readonly ReturningSocket[]
    return together.filter((socket) => socket.keeps(endpoint))
  }

  #giveUpLives(endpoint: string, meant?: ReturningSocket): void {
    for (const socket of this.#keepers(endpoint)) if (socket !== meant) socket.giveUp(endpoint)
  }

  #at(endpoint: string): ReturningClient {
    return this.at(endpoint) as ReturningClient
  }

  #isOwn({ pid }: ResumeRequest): boolean {
    return pid.token === this.#recovery.tokenOf(this.returning)
  }

  // Its namespace has ended while it was away: it is told so, or asks anew.
  #tellEnd(old: ReturningClient, connect: ConnectPacket, bytes: number, said: ResumeRequest): void {
    this.#giveUpLives(connect.endpoint)
    const missed = missedBy(old.returning.takeEnd(connect.endpoint), this.#numberOf(connect, said))
    if (isEnd(missed.at(-1))) this.#sendEnd(old.id, connect.endpoint, said, missed)
    else this.#enter(connect, bytes)
  }

  // recv_resume cannot be called any more: where there is one, nothing is sent but that the namespace has
  // ended.
  #sendEnd(sid: string, endpoint: string, { pid }: ResumeRequest, missed: readonly KeptFrame[]): void {
    const { isDefault = true } = this.app.namespaces.find(endpoint)?.table.methods.get('recv_resume') ?? {}
    const sent = isDefault ? missed : missed.slice(-1)
    if (sent.length > 1) this.tell({ type: 'connect', endpoint, qs: '', sid, pid: writePid(pid) })
    this.returning.unpark(endpoint, sent)
  }

  #numberOf({ endpoint }: ConnectPacket, said: ResumeRequest): number | undefined {
    return this.app.endpoints.find(endpoint)?.offsets?.read(said.offset)
  }

  // On the connection that it is back by.

  #comeBack(connect: ConnectPacket, bytes: number, said: ResumeRequest): void {
    const { endpoint } = connect
    this.#giveUpLives(endpoint, this.returning)
    const instance = this.instances.get(endpoint)
    const isOwn = this.#isOwn(said) && said.pid.life === lifeOf(this.#lives, endpoint)
    const entries = this.returning.parked(endpoint) ?? []
    if (!isOwn || instance?.state !== 'open') {
      const missed = isOwn ? missedBy(entries, this.#numberOf(connect, said)) : []
      if (isOwn && isEnd(missed.at(-1))) return this.#sendEnd(this.id, endpoint, said, missed)
      this.#refused('namespace')
      this.#enter(connect, bytes)
      return
    }
    const answer = askToResume(instance, this.waiting.request, connect.auth)
    if (answer === true) return this.#confirm(instance, connect, said, entries)
    const held = this.hold()
    const { heldFor } = this.waiting
    heldFor.set(endpoint, held)
    this.returning.claim(endpoint)
    held
      .until(answer)
      .then(() => {
        // The connection may have been lost; the next one asks again.
        if (heldFor.get(endpoint) !== held) return
        heldFor.delete(endpoint)
        if (this.returning.parked(endpoint) === entries) this.#confirm(instance, connect, said, entries)
        else {
          // More was sent meanwhile than is kept: that is over, and the client enters anew, if it has not yet.
          this.#refused('missed')
          if (!this.#at(endpoint).isBack(endpoint)) this.#enter(connect, bytes)
        }
        this.release(held)
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
    if (instance.isRefused) return this.returning.dropParked(endpoint)
    const missed = missedBy(entries, this.#numberOf(connect, said))
    if (instance.state !== 'open') {
      if (isEnd(missed.at(-1))) return this.#sendEnd(this.id, endpoint, said, missed)
      // It has ended silently.
      this.returning.dropParked(endpoint)
      return this.instanceRefused(instance, undefined)
    }
    this.tell({ type: 'connect', endpoint, qs: '', sid: this.id, pid: writePid(said.pid) })
    this.returning.unpark(endpoint, missed)
  }
}
