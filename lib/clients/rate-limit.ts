// Owns: how many packets a second of one client reach its namespaces, and what becomes of those past it.
// Elsewhere: how many may wait (backlog.ts); what a client receives for an error
// (namespaces/error-handler.ts).
import { ConnectError } from '../support/errors.js'
import { checkNames, wrongOption } from '../support/options.js'
import type { Clock } from '../support/timers.js'
import { attempt, logReporter } from '../support/user-code.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { SocketOwner } from '../socket/owner.js'
import type { Packet } from '../wire/packet.js'
import { refusalOf, type ProtocolRules } from '../namespaces/protocol.js'
import type { Socket } from '../namespaces/socket.js'

/** The option `rateLimit`. */
export interface RateLimit {
  /** How many packets one client may send in `per`, to all its namespaces together. */
  readonly events: number
  /** In milliseconds. */
  readonly per: number
  /** How many it may send at once after a pause; as many as `events` without. */
  readonly burst?: number
  /**
   * Called when a client is told that it sends too much, once a second at most, with how many of its packets
   * have been refused. It may call `socket.disconnect()`.
   */
  readonly onLimit?: (socket: Socket, refused: number) => unknown
}

/** What of a client is needed to refuse its packets. */
export interface RateLimited extends SocketOwner {
  readonly rules: ProtocolRules
  readonly socket: Socket
  wouldAsk(endpoint: string): boolean
  readonly instances: {
    get(
      endpoint: string,
    ): { readonly calls: { failAck(packet: Packet, name: string, message: string): void } } | undefined
  }
  readonly virtualSocket: { send(packet: Packet): void }
  report(name: string, message: string, endpoint: string, msgId?: string, quiet?: boolean): void
}

/** @throws UsageError SIO_USAGE_OPTION for an invalid limit. */
export function readRateLimit(limit: unknown): RateLimit | undefined {
  if (limit === undefined) return undefined
  if (typeof limit !== 'object' || limit === null) throw wrongOption('rateLimit', 'an object', limit)
  checkNames(limit, ['burst', 'events', 'onLimit', 'per'], {}, 'rateLimit.')
  const { events, per, burst = events, onLimit } = limit as Record<string, unknown>
  for (const [name, value] of Object.entries({ events, per, burst })) {
    if (Number.isSafeInteger(value) && (value as number) >= 1) continue
    throw wrongOption(`rateLimit.${name}`, 'a positive integer', value)
  }
  if (onLimit !== undefined && typeof onLimit !== 'function') {
    throw wrongOption('rateLimit.onLimit', 'a function', onLimit)
  }
  return limit as RateLimit
}

/** The owner of a client's connection: the client itself, with a limiter in front if there is to be one. */
export function limited(client: RateLimited, limit: RateLimit | undefined, clock: Clock): SocketOwner {
  return limit === undefined ? client : new RateLimiter(client, limit, clock)
}

/** An answer to each packet would make a flood of two. */
const answerIntervalMs = 1_000

/**
 * Stands between a client's connection and its namespaces: a token bucket. There is none for a client without
 * a limit.
 *
 * Acks and disconnects are let through: they answer us, and end things.
 */
export class RateLimiter implements SocketOwner {
  readonly #client: RateLimited
  readonly #limit: RateLimit
  readonly #clock: Clock
  readonly #most: number
  #tokens: number
  #filledAt: number
  #answeredAt = -Infinity
  #refused = 0

  constructor(client: RateLimited, limit: RateLimit, clock: Clock) {
    this.#client = client
    this.#limit = limit
    this.#clock = clock
    this.#most = limit.burst ?? limit.events
    this.#tokens = this.#most
    this.#filledAt = clock.now()
  }

  receive(packet: Packet, bytes: number): void {
    if (packet.type === 'ack' || packet.type === 'disconnect' || this.#take()) this.#client.receive(packet, bytes)
    else this.#refuse(packet)
  }

  /** A malformed packet costs as much as a packet, as it costs its client no more. */
  reject(error: Error): void {
    if (this.#client.rules.onBadGrammar === 'closed' || this.#take()) this.#client.reject(error)
    else this.#answer('', undefined, false)
  }

  get id(): string {
    return this.#client.id
  }

  opened(): void {
    this.#client.opened()
  }

  get isOverloaded(): boolean {
    return this.#client.isOverloaded
  }

  left(): void {
    this.#client.left()
  }

  finish(done: () => void): void {
    this.#client.finish(done)
  }

  closed(reason: DisconnectReason): void {
    this.#client.closed(reason)
  }

  #take(): boolean {
    const now = this.#clock.now()
    const { events, per } = this.#limit
    // A clock that goes back fills nothing.
    const filled = (Math.max(0, now - this.#filledAt) * events) / per
    this.#tokens = Math.min(this.#most, this.#tokens + filled)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  // A client waits for the answer to its connect, and receives no events where it is not connected.
  #refuse(packet: Packet): void {
    const { type, endpoint, id } = packet
    const isAsking = type === 'connect' && this.#client.wouldAsk(endpoint)
    if (isAsking) this.#client.virtualSocket.send(refusalOf(endpoint, new ConnectError('rate_limited')))
    // An ack that is waited for is answered each time, where the class says so.
    this.#client.instances.get(endpoint)?.calls.failAck(packet, 'rate_limited', this.#message)
    this.#answer(endpoint, id, isAsking)
  }

  get #message(): string {
    return `At most ${this.#limit.events} packets in ${this.#limit.per} ms are handled`
  }

  #answer(endpoint: string, id: string | undefined, quiet: boolean): void {
    this.#refused++
    const now = this.#clock.now()
    if (now - this.#answeredAt < answerIntervalMs) return
    this.#answeredAt = now
    const { onLimit } = this.#limit
    this.#client.report('rate_limited', this.#message, endpoint, id, quiet)
    if (onLimit !== undefined)
      attempt(logReporter, 'rateLimit.onLimit()', () => onLimit(this.#client.socket, this.#refused))
  }
}
