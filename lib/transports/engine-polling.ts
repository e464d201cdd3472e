// Owns: what engine.io's polling leaves open: how much a payload may hold, and a client that is lost while it
// changes to a websocket.
// Elsewhere: the transport of such a client (engine.ts).
import type { Socket as EngineSocket } from 'engine.io'
import { ProtocolError } from '../support/errors.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import type { PacketBounds } from '../wire/v5/packet.js'
import type { TransportOwner } from './transport.js'

/** In milliseconds. */
export interface Pings {
  readonly pingInterval: number
  readonly pingTimeout: number
}

/** What all sockets of one middleware share. */
export interface EngineSettings extends PacketBounds, Pings {
  readonly maxPacketsPerPayload: number
  readonly maxBufferedPackets: number
  readonly maxBufferedBytes: number
  /** How long reading may be paused, in milliseconds: the client's pongs are not read meanwhile. */
  readonly pausePatience: number
}

// engine.io emits all packets of one payload in one go.
let payloads = 0

/** What engine.io is given next is another payload: the body of a POST. */
export function beginPayload(): void {
  payloads++
}

/** Rejects a payload of more packets than may be. */
export function boundPayloads(
  { transport }: EngineSocket,
  owner: Pick<TransportOwner, 'reject'>,
  maxPackets: number,
): void {
  let payload = 0
  let packets = 0
  transport.prependListener('packet', () => {
    if (payload !== payloads) packets = 0
    payload = payloads
    // Once: the session is closed then, and what else is in the payload goes nowhere.
    if (packets++ !== maxPackets) return
    const message = `expected at most ${maxPackets} packets in a payload (maxPacketsPerPayload)`
    owner.reject(new ProtocolError('SIO_PROTOCOL_LIMIT', message))
  })
}

/**
 * When a client changes its transport, engine.io forgets what it waits for: for the next ping of a client of
 * version 2, for the pong that one of 3 or 4 still owes. A client that is lost just then would stay for good.
 */
export class UpgradeWatch implements DeadlineOwner {
  readonly #deadline = new Deadline(this)
  readonly #deadlines: Deadlines
  readonly #patienceMs: number
  readonly #transport: { lost(): void }

  constructor(transport: { lost(): void }, deadlines: Deadlines, protocol: number, pings: Pings) {
    const { pingInterval, pingTimeout } = pings
    this.#transport = transport
    this.#deadlines = deadlines
    // A pong that is due is put off once by any other packet; a client of 2 pings by itself.
    this.#patienceMs = pingInterval + (protocol === 3 ? 1 : 2) * pingTimeout
    this.heard()
  }

  /** A ping or a pong of the client has come. */
  heard(): void {
    this.#deadlines.arm(this.#deadline, this.#patienceMs)
  }

  end(): void {
    this.#deadlines.disarm(this.#deadline)
  }

  deadlinePassed(): void {
    this.#transport.lost()
  }
}
