// Owns: liveness on streams. We send a heartbeat in intervals; anything that the client sends is an answer.
// Elsewhere: liveness between polls, which is the close timeout (virtual-socket.ts).
import type { HeartbeatPacket } from '../wire/packet.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

/** Whose heartbeats they are. */
export interface HeartbeatOwner {
  send(packet: HeartbeatPacket): void
  lost(reason: 'heartbeat timeout'): void
}

const heartbeat: HeartbeatPacket = { type: 'heartbeat', endpoint: '' }

/** In milliseconds. */
export interface HeartbeatSettings {
  readonly heartbeatInterval: number
  readonly heartbeatTimeout: number
}

/** Rests for the interval, sends, then waits for the timeout; an answer begins the next rest. */
export class Heartbeat implements DeadlineOwner {
  readonly #deadlines: Deadlines
  readonly #settings: HeartbeatSettings
  readonly #owner: HeartbeatOwner
  readonly #deadline = new Deadline(this)
  #phase: 'off' | 'resting' | 'waiting' | 'suspended' = 'off'

  constructor(deadlines: Deadlines, settings: HeartbeatSettings, owner: HeartbeatOwner) {
    this.#deadlines = deadlines
    this.#settings = settings
    this.#owner = owner
  }

  /** Begins with a rest. */
  start(): void {
    this.#phase = 'resting'
    this.#deadlines.arm(this.#deadline, this.#settings.heartbeatInterval)
  }

  stop(): void {
    this.#phase = 'off'
    this.#deadlines.disarm(this.#deadline)
  }

  /**
   * Nothing is read for a while, so silence means nothing. Heartbeats are sent on: the client watches us by
   * them, and only by writing do we notice a connection that is lost while nothing is read from it.
   */
  suspend(): void {
    if (this.#phase === 'off' || this.#phase === 'suspended') return
    // A rest goes on: one who is suspended time and again is sent to all the same.
    if (this.#phase === 'waiting') this.start()
    this.#phase = 'suspended'
  }

  resume(): void {
    if (this.#phase === 'suspended') this.#phase = 'resting'
  }

  /** The client sent something. */
  touch(): void {
    if (this.#phase === 'waiting') this.start()
  }

  deadlinePassed(): void {
    if (this.#phase === 'waiting') {
      this.#owner.lost('heartbeat timeout')
      return
    }
    if (this.#phase === 'suspended') {
      this.#deadlines.arm(this.#deadline, this.#settings.heartbeatInterval)
    } else {
      this.#phase = 'waiting'
      this.#deadlines.arm(this.#deadline, this.#settings.heartbeatTimeout)
    }
    this.#owner.send(heartbeat)
  }
}
