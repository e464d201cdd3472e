// Owns: liveness on streams. We send a heartbeat in intervals; anything that the client sends is an answer.
// Elsewhere: liveness between polls, which is the close timeout (virtual-socket.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

export interface HeartbeatOwner {
  sendHeartbeat(): void
  heartbeatMissed(): void
}

/** Rests for the interval, sends, then waits for the timeout; a sign of life begins the next rest. */
export class Heartbeat implements DeadlineOwner {
  readonly #deadlines: Deadlines
  readonly #intervalMs: number
  readonly #timeoutMs: number
  readonly #owner: HeartbeatOwner
  readonly #deadline = new Deadline(this)
  #phase: 'resting' | 'waiting' | 'suspended' = 'suspended'

  constructor(deadlines: Deadlines, intervalMs: number, timeoutMs: number, owner: HeartbeatOwner) {
    this.#deadlines = deadlines
    this.#intervalMs = intervalMs
    this.#timeoutMs = timeoutMs
    this.#owner = owner
  }

  /** Begins with a rest; also after a time of not reading, in which silence means nothing. */
  start(): void {
    this.#phase = 'resting'
    this.#deadlines.arm(this.#deadline, this.#intervalMs)
  }

  stop(): void {
    this.#phase = 'suspended'
    this.#deadlines.disarm(this.#deadline)
  }

  /** The client sent something. */
  touch(): void {
    if (this.#phase === 'waiting') this.start()
  }

  deadlinePassed(): void {
    if (this.#phase === 'waiting') {
      this.#owner.heartbeatMissed()
      return
    }
    this.#phase = 'waiting'
    this.#deadlines.arm(this.#deadline, this.#timeoutMs)
    this.#owner.sendHeartbeat()
  }
}
