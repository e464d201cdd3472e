// Owns: the option `recovery`: whether clients whose connection is lost may come back, and for how long.
// Elsewhere: the other options (settings.ts), what it does (recovery/recovery.ts).
import type { IncomingMessage } from 'node:http'
import type { Socket } from '../namespaces/socket.js'
import type { RecoverySettings } from '../recovery/recovery.js'
import { checkNames, durationRange, inDurationRange, wrongOption } from '../support/options.js'
import type { ForeignNames } from '../support/unknown-names.js'

export interface RecoveryOptions {
  /** How long a client whose connection is lost may come back, in milliseconds. Default 120_000. */
  duration?: number
  /**
   * How many clients may be away at a time: past it one of the address that has most ends, the oldest.
   * Default 10_000.
   */
  maxSuspended?: number
  /**
   * Bytes that are kept for one client until it has them; one that lacks more cannot come back. Default
   * 100_000.
   */
  maxBytes?: number
  /**
   * Decides whether a request may have a client that is away: only true lets it. It must answer within 10
   * seconds.
   * @param request the request of the client that comes back.
   * @param socket the client that it wants to be.
   * @param auth what a client of Socket.IO 3 or 4 sent along.
   */
  check?: (request: IncomingMessage, socket: Socket, auth: unknown) => boolean | PromiseLike<boolean>
}

const defaults = { duration: 120_000, maxSuspended: 10_000, maxBytes: 100_000 }

const names = [...Object.keys(defaults), 'check']

const foreign: ForeignNames = {
  maxDisconnectionDuration: 'use recovery: { duration }, in milliseconds',
  skipMiddlewares: 'leave it out: authorize is always asked, connect hooks are not; use recovery: { check }',
}

/** @throws UsageError SIO_USAGE_OPTION for an option that is unknown or has a wrong value. */
export function readRecovery(recovery: unknown = false): RecoverySettings | undefined {
  if (recovery === false) return undefined
  const given = recovery === true ? {} : recovery
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrongOption('recovery', 'true, false or an object', recovery)
  }
  checkNames(given, names, foreign, 'recovery.')
  const read = { ...defaults }
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value: unknown = Reflect.get(given, name)
    if (value === undefined) continue
    const isRight = name === 'duration' ? inDurationRange(value) : Number.isSafeInteger(value) && (value as number) >= 1
    if (!isRight)
      throw wrongOption(`recovery.${name}`, name === 'duration' ? durationRange : 'a positive integer', value)
    read[name] = value as number
  }
  const check: unknown = Reflect.get(given, 'check')
  if (check !== undefined && typeof check !== 'function') throw wrongOption('recovery.check', 'a function', check)
  return { ...read, check: check as RecoverySettings['check'] }
}
