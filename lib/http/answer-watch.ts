// Owns: an upgrade that is not answered at once: its connection may break, its client may be lost meanwhile,
// and the app may never answer.
// Elsewhere: what is done then (upgrade.ts).
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { endWithClient } from './lost-clients.js'

/** Called with the answer. */
export interface Waiting extends DeadlineOwner {
  readonly response: ServerResponse
  /** The connection is lost. */
  lost(): void
}

/** The middleware that an upgrade is for, with all of its upgrades that are not answered. */
export interface Asking {
  readonly tapping: { readonly deadlines: Deadlines }
  readonly pending: Set<{ cut(): void }>
}

/**
 * How long the app may take to answer, as Node has switched off its time-outs, and to bring what may be
 * somebody else's.
 */
export const patienceMs = 30_000
export const trialMs = 5_000

// So much of the time before it begins to wait does not count, in milliseconds.
const mostUncounted = 500

export class AnswerWatch {
  readonly #socket: Duplex
  readonly #waiting: Waiting
  readonly #deadlines: Deadlines
  readonly #begun: number
  #patienceMs: number
  // None of these for what is answered soon: they would be dear (bench: connect).
  #deadline: Deadline | undefined
  #listeners: Readonly<Record<'end' | 'close' | 'drain', () => void>> | undefined

  constructor(socket: Duplex, waiting: Waiting, deadlines: Deadlines, ms: number) {
    this.#socket = socket
    this.#waiting = waiting
    this.#deadlines = deadlines
    this.#begun = deadlines.clock.now()
    this.#patienceMs = ms
    // Node has taken its error listener away, and a reset would end the process.
    socket.on('error', this.#broken)
  }

  /** Says how long it may take from now on. */
  limit(ms: number): void {
    this.#patienceMs = ms
    if (this.#deadline !== undefined) this.#deadlines.arm(this.#deadline, ms)
  }

  /** Looks after the client; what has come about before is seen as well, soon. */
  listen(): void {
    if (this.#listeners !== undefined) return
    const { response } = this.#waiting
    this.#deadline = new Deadline(this.#waiting)
    const elapsed = this.#deadlines.clock.now() - this.#begun
    // Each duration has a timer of its own: most begin to wait in the turn in which they came.
    this.limit(elapsed < mostUncounted ? this.#patienceMs : Math.max(0, this.#patienceMs - elapsed))
    const socket = this.#socket
    const end = (): void => {
      endWithClient(socket)
    }
    const close = (): void => {
      this.#disarm()
      this.#waiting.lost()
    }
    const drain = (): void => {
      response.emit('drain')
    }
    this.#listeners = { end, close, drain }
    socket.on('end', end)
    socket.on('close', close)
    socket.on('drain', drain)
    if (socket.closed) process.nextTick(close)
    else if (response.writableNeedDrain && !socket.writableNeedDrain) process.nextTick(drain)
  }

  readonly #broken = (): void => {
    this.#socket.destroy()
  }

  #disarm(): void {
    if (this.#deadline !== undefined) this.#deadlines.disarm(this.#deadline)
  }

  end(): void {
    this.#socket.off('error', this.#broken)
    this.#disarm()
    if (this.#listeners === undefined) return
    this.#socket.off('end', this.#listeners.end)
    this.#socket.off('close', this.#listeners.close)
    this.#socket.off('drain', this.#listeners.drain)
  }
}
