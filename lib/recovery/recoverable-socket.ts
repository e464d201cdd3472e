// Owns: how a client of 0.9 or 2 comes back to its socket by a new connection: its application is asked, and
// then it goes on with that.
// Elsewhere: what it keeps while it is away (suspendable-socket.ts), who finds it (recovery.ts), clients of 4
// (returning-socket.ts).
import type { LossReason } from '../socket/lifecycle.js'
import { VirtualSocket } from '../socket/virtual-socket.js'
import { logFailure } from '../support/log.js'
import type { Transport } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Coming, RecoverableRegistry } from './keeper.js'
import { HeldReturn } from './held-return.js'
import type { Standing } from './asked.js'
import { SuspendableSocket } from './suspendable-socket.js'

const greeting: Packet = { type: 'connect', endpoint: '', qs: '' }

export class RecoverableSocket extends SuspendableSocket {
  /** Where a client stands that says what it has counted. */
  standingOf(seen: number | undefined): Standing {
    return this.link.ringMade.standingOf(seen)
  }

  /** Whether the application is asked to let its client in again. */
  get isReturning(): boolean {
    return this.returning !== undefined
  }

  /** Not while recv_resume is called: its client is back then, on every wire. */
  override get isSuspended(): boolean {
    return super.isSuspended && this.loss?.returning === undefined
  }

  /** The server closes: nobody comes back to it, and what it has sent is handled to the end. */
  override drain(gone: () => void): void {
    if (this.state !== 'suspended') return super.drain(gone)
    this.#forgetReturn()
    this.owner.finish(() => {
      this.close('server shutting down')
      gone()
    })
  }

  protected override end(farewell?: unknown): void {
    this.#forgetReturn()
    super.end(farewell)
  }

  /**
   * A connection has come for a client that is known. The newest wins: one that is still there is lost, and
   * so is one whose application is still asked.
   */
  resume(transport: Transport, coming: Coming): void {
    if (this.isHere && this.#mayBeResumed(coming)) this.changeHands()
    // Its application may have ended it meanwhile.
    if (!this.#mayBeResumed(coming)) {
      this.stayAway()
      this.registry.remove(coming.sid)
      return transport.close()
    }
    const wasReturning = this.#forgetReturn()
    if (coming.sid !== this.sid) {
      this.olderNames = this.keeper.renamed(this)
      this.sid = coming.sid
    }
    this.link.ringMade.returned(coming.seen)
    if (this.state === 'parting') return this.#goOn(transport, coming)
    if (wasReturning) this.tellSuspended('transport close')
    const returning = new HeldReturn(transport, coming, this.settings.maxBufferedBytes)
    this.returning = returning
    const asked = this.keeper.hooks.resuming(this.client as object, coming.request)
    if (asked === undefined) {
      this.#returned(returning)
      return
    }
    // It is back, however long its application takes: nobody has its place, and its time does not run.
    this.keeper.changing(this)
    this.deadlines.disarm(this.deadline)
    transport.pause()
    asked
      .then(() => {
        this.#returned(returning)
      })
      .catch((error: unknown) => {
        logFailure('a client could not be resumed', error)
      })
  }

  #mayBeResumed({ seen }: Coming): boolean {
    return this.mayResume && this.standingOf(seen) === 'known'
  }

  // Whether there was one: its connection is closed, and its place given up.
  #forgetReturn(): boolean {
    const returning = this.returning
    if (returning === undefined) return false
    this.returning = undefined
    returning.transport?.close()
    this.registry.remove(returning.coming.sid)
    return true
  }

  // A newer one may have come meanwhile, and is asked for by itself.
  #returned(returning: HeldReturn): void {
    if (this.returning !== returning) return
    const { transport, coming } = returning
    returning.isAllowed = true
    if (transport === undefined) return
    this.returning = undefined
    this.#goOn(transport, coming)
    if (this.readGate?.isOpen !== false) transport.resume()
    for (const { packet, bytes } of returning.packets) this.receive(packet, bytes)
  }

  #goOn(transport: Transport, coming: Coming): void {
    this.link.ringMade.greet(this.settings.wire.encode(greeting))
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
    const returning = this.returning
    if (returning === undefined) return super.attach(transport)
    returning.replace(transport)
    if (this.state === 'suspended') this.deadlines.disarm(this.deadline)
    if (returning.isAllowed) this.#returned(returning)
  }

  override released(transport: Transport, reason?: 'transport close' | 'heartbeat timeout'): void {
    const returning = this.returning
    if (returning?.transport !== transport) return super.released(transport, reason)
    returning.transport = undefined
    if (transport.kind === 'stream') this.#lostAgain(reason ?? 'transport close')
    else if (this.state === 'suspended') this.deadlines.arm(this.deadline, this.settings.closeTimeout)
  }

  override deadlinePassed(): void {
    if (this.returning !== undefined && this.state === 'suspended') this.#lostAgain('close timeout')
    else super.deadlinePassed()
  }

  // Before it was let in.
  #lostAgain(reason: LossReason): void {
    this.#forgetReturn()
    const { state } = this
    // One that was ended meanwhile receives that when it comes back.
    if (state === 'suspended' || state === 'parting') this.deadlines.arm(this.deadline, this.keeper.durationMs)
    this.stayAway()
    if (this.isSuspended) this.tellSuspended(reason)
  }

  override receive(packet: Packet, bytes = 0): void {
    const returning = this.loss?.returning
    // Nothing of it is handled before it is let in.
    if (returning === undefined) super.receive(packet, bytes)
    else if (!returning.hold(packet, bytes)) this.close('limit exceeded')
  }
}

/** The socket as one that can be resumed; none without the option `recovery`. */
export function recoverableOf(socket: VirtualSocket): RecoverableSocket | undefined {
  return socket instanceof RecoverableSocket ? socket : undefined
}
