// Owns: the life of one namespace of one client: opened by a packet, fed in order, ended once. What each state allows is in
// instance-life.ts; here is what is done on the way from one to the next.
// Elsewhere: its parts (instance-parts.ts), the steps of opening and ending (opening.ts, ending.ts).
import { ConnectError, DispatchError, isA } from '../support/errors.js'
import { Deadline, type DeadlineOwner } from '../support/timers.js'
import { Inbox } from '../socket/inbox.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { ConnectPacket, DisconnectPacket, Packet } from '../wire/packet.js'
import type { DeclaredNamespace } from '../namespaces/any-namespace.js'
import { ownReasonOf, stopExpiry } from '../namespaces/expiry.js'
import { end, type Ending } from './ending.js'
import type { InstanceClient } from './instance-client.js'
import { transitions, type Signal } from './instance-life.js'
import { InstanceParts } from './instance-parts.js'
import { open, type Opening, type Refusal } from './opening.js'

export class Instance extends InstanceParts implements DeadlineOwner, Opening, Ending {
  /** Whether its recv_connect was asked (on '': its initialize was), and has not failed by itself. */
  isEntered = false
  // From the client's own disconnect on.
  #leaving: { readonly packet: DisconnectPacket | undefined; readonly deadline: Deadline } | undefined
  // While its opening runs; a function, when its end waits for that, or has waited long enough.
  #opening: true | (() => void) | undefined

  /** @throws whatever the application's adapter throws. */
  constructor(client: InstanceClient, declared: DeclaredNamespace, state: 'idle' | 'connecting' | 'waiting') {
    super(client, declared, state)
    if (state === 'waiting') this.inbox = new Inbox(this)
    else this.enter()
  }

  #move(signal: Signal): boolean {
    const next = transitions[this.standing.state][signal]
    if (next === undefined) return false
    this.become(next)
    return true
  }

  // In.

  /** Begins by the packet with which the client asks for it. */
  begin(packet: Packet, bytes: number): void {
    this.inbox = new Inbox(this)
    if (packet.type === 'connect') this.keepConnect(packet, bytes)
    else this.receive(packet, bytes)
    // It may have been more than may wait.
    if (this.standing.mayAct) this.#open()
  }

  /** Begins by what has waited for the one before it. @throws whatever the application's adapter throws. */
  beginLate(): void {
    this.enter()
    if (!this.#move('begin')) return
    for (const packet of this.inbox?.waiting ?? []) this.acknowledge(packet)
    this.#open()
  }

  receive(packet: Packet, bytes: number): void {
    const { packet: fate } = this.standing
    if (packet.type === 'connect') this.#receiveConnect(packet, bytes)
    else if (fate === 'waits') {
      if (packet.ack === true && this.standing.state !== 'waiting') this.acknowledge(packet)
      this.inbox?.push(packet, bytes)
    } else if (fate === 'next') this.client.receiveLate(this, packet, bytes)
    else if (this.#move('wake')) this.begin(packet, bytes)
  }

  #receiveConnect(packet: ConnectPacket, bytes: number): void {
    const { connect: fate, state } = this.standing
    const { packetBeforeConnect } = this.client.rules
    if (fate === 'next') this.client.receiveLate(this, packet, bytes)
    else if (fate === 'remembered') {
      if (state === 'waking' || packetBeforeConnect === 'connects') this.keepConnect(packet, bytes)
    } else if (fate === 'confirmed') {
      if (packetBeforeConnect === 'closes') this.client.brokeProtocol()
      else this.confirm()
    }
  }

  /** Calls back when everything received so far is done; at once where nothing is to be done. */
  whenIdle(callback: () => void): void {
    if (this.inbox === undefined) callback()
    else this.inbox.whenIdle(callback)
  }

  // Opening.

  #open(): void {
    this.#opening = true
    open(this, this.connect, (refusal) => {
      const whenOpened = this.#opening
      this.#opening = undefined
      if (refusal === undefined) this.#accept()
      else this.#refuse(refusal)
      if (typeof whenOpened === 'function') whenOpened()
    })
  }

  get isOpening(): boolean {
    return this.#opening !== undefined && this.standing.mayAct
  }

  begun(): void {
    this.isEntered = true
  }

  #accept(): void {
    if (!this.#move('accept')) return
    if (this.state === 'open') {
      this.client.instanceOpened(this)
      if (this.connect === undefined) this.member.confirm()
      else this.confirm()
      this.forgetConnect()
    }
    this.inbox?.open()
  }

  #refuse({ step, error }: Refusal): void {
    const isTold = this.state !== 'departing'
    // What fails after the end is no refusal.
    const isRefusal = this.#move('refuse')
    if (isRefusal) this.isEntered = false
    this.isRefused ||= isRefusal && isTold
    if (!isA(error, ConnectError) && !isA(error, DispatchError)) this.calls.failed(step, error, !isRefusal)
    if (!isRefusal) return
    if (isTold) this.client.instanceRefused(this, error)
    this.#end('server namespace disconnect')
  }

  // Ending, in one direction.

  /** The client leaves this namespace: what it sent before is done first, for `closeTimeout` at most. */
  leave(packet?: DisconnectPacket): void {
    if (this.client.dropNext(this.declared.endpoint) || !this.#move('leave')) return
    if (this.state === 'ended') return this.#over()
    this.member.forget()
    this.#leaving = { packet, deadline: new Deadline(this) }
    this.deadlines.arm(this.#leaving.deadline, this.client.app.closeTimeout)
    this.whenIdle(() => this.#stop('end', 'client namespace disconnect'))
  }

  deadlinePassed(): void {
    // A step that outlives closeTimeout counts as done.
    if (this.#opening !== undefined) this.#opening = () => {}
    this.#stop('end', 'client namespace disconnect')
  }

  /** The connection is over. What a client sent before it left is done all the same, where only a transport was lost. */
  lose(reason: DisconnectReason): void {
    this.client.dropNext(this.declared.endpoint)
    this.#stop(reason === 'transport close' ? 'lose' : 'end', reason)
  }

  /** What `disconnect()` comes to: for the global namespace the end of the socket, for others theirs. */
  disconnect(silent: boolean): void {
    this.isCleaned = true
    if (!this.standing.mayAct) return
    if (this.isWholeSocket) return this.client.disconnect(silent, ownReasonOf(this))
    if (!silent) this.tellEnd()
    this.#stop('end', ownReasonOf(this))
  }

  runDisconnect(silent: boolean, disconnect: (silent: boolean) => unknown): void {
    if (this.isCleaned) return
    this.isCleaned = true
    this.calls.attempt('disconnect', () => this.calls.follow('hook', 'disconnect', () => disconnect(silent)))
    this.disconnect(silent)
  }

  /** An adapter ends it, from here or from another process: one that is still asked is refused. */
  kick(closeSocket: boolean): void {
    if (closeSocket || this.isWholeSocket) return this.client.disconnect(false, ownReasonOf(this))
    const wasWaiting = this.client.dropNext(this.declared.endpoint)
    if (this.state === 'connecting' || wasWaiting) {
      this.isRefused = true
      this.client.instanceRefused(this, undefined)
    }
    if (!this.standing.mayAct) return
    // A step that runs comes to its end first, and then the steps of the end.
    const { namespace } = this
    if (this.#opening === undefined && namespace !== undefined) {
      this.calls.attempt('disconnect', () => namespace.disconnect())
      // A function that was put in its place later may have forgotten super.
      this.disconnect(false)
    } else this.#stop('end', ownReasonOf(this))
  }

  /** Sends the packet with which it ends. A refusal does not keep a client from coming back: the end of its socket must. */
  tellEnd(isWholeSocket = false): void {
    const { isToldOfEnd, state } = this.standing
    if (!isToldOfEnd) return
    if (state === 'connecting' && !isWholeSocket && this.client.rules.protocol !== '0.9')
      this.client.instanceRefused(this, undefined)
    else this.client.tell({ type: 'disconnect', endpoint: this.endpoint })
  }

  /** It waits in vain: its client has left again, or is gone. */
  drop(): void {
    this.#move('end')
    this.forgetConnect()
    this.inbox?.discard()
  }

  #stop(signal: 'lose' | 'end', reason: DisconnectReason): void {
    if (!this.#move(signal)) return
    if (this.state === 'ended') this.#over()
    else this.#end(reason)
  }

  #end(reason: DisconnectReason): void {
    this.endReason = reason
    stopExpiry(this)
    if (this.#leaving !== undefined) this.deadlines.disarm(this.#leaving.deadline)
    this.spawned?.close()
    // What its opening waits for would wait on for nobody.
    if (this.#opening !== undefined) this.spawned?.wake()
    this.member.forget()
    this.forgetConnect()
    this.inbox?.discard()
    end(this, () => {
      this.#move('done')
      this.#over()
    })
  }

  get leavePacket(): DisconnectPacket | undefined {
    return this.#leaving?.packet
  }

  /** A promise of the end of its opening, while that runs. */
  get opening(): Promise<void> | undefined {
    if (this.#opening !== true) return undefined
    return new Promise((resolve) => {
      this.#opening = resolve
    })
  }

  #over(): void {
    this.spawned?.end()
    this.inbox?.discard()
    this.member.remove()
    this.client.app.endpoints.release(this.member.endpoint)
    this.client.instanceEnded(this)
  }
}
