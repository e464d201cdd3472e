// Owns: the option `engine`: what of engine.io may be set.
// Elsewhere: the other options (settings.ts), names that are refused here (foreign-options.ts).
import type { IncomingMessage } from 'node:http'
import { checkNames, inDurationRange, durationRange, wrongOption } from '../support/options.js'
import { foreignEngineOptions } from './foreign-options.js'

/** What of engine.io may be set. */
export interface EngineOptions {
  /** Default polling and websocket. */
  transports?: ('polling' | 'websocket')[]
  allowUpgrades?: boolean
  /** Whether clients of version 2 are served. Default true. */
  allowEIO3?: boolean
  upgradeTimeout?: number
  /**
   * Makes the sids, so that a load balancer can tell whose a sid is: `one.Vx3…`. They are secrets: put 120
   * random bits in each, as there are without this.
   */
  generateId?: (request: IncomingMessage) => string | Promise<string>
  perMessageDeflate?: boolean | object
  httpCompression?: boolean | object
  wsEngine?: unknown
}

type Check = (value: unknown) => boolean

const engineTransports: readonly unknown[] = ['polling', 'websocket']
const isBoolean: Check = (value) => typeof value === 'boolean'
const isFunction: Check = (value) => typeof value === 'function'
const isSwitch: Check = (value) => isBoolean(value) || isPlainObject(value)

/** Each option with what it must be. */
const checks: Readonly<Record<keyof EngineOptions, readonly [check: Check, expected: string]>> = {
  transports: [areTransports, 'a list of polling, websocket'],
  allowUpgrades: [isBoolean, 'true or false'],
  allowEIO3: [isBoolean, 'true or false'],
  upgradeTimeout: [inDurationRange, durationRange],
  generateId: [isFunction, 'a function'],
  perMessageDeflate: [isSwitch, 'true, false or an object'],
  httpCompression: [isSwitch, 'true, false or an object'],
  wsEngine: [isFunction, "a class like ws's WebSocketServer"],
}

export const engineOptionNames: readonly string[] = Object.keys(checks)

/**
 * @throws UsageError SIO_USAGE_OPTION for an option that is unknown, is set elsewhere, or has a wrong value.
 */
export function readEngine(engine: unknown = {}): EngineOptions {
  if (!isPlainObject(engine)) throw wrongOption('engine', 'an object', engine)
  checkNames(engine, engineOptionNames, foreignEngineOptions, 'engine.')
  const read: Record<string, unknown> = {}
  for (const [name, [check, expected]] of Object.entries(checks)) {
    const value: unknown = Reflect.get(engine, name)
    // Left out, so that it does not replace a default.
    if (value === undefined) continue
    if (!check(value)) throw wrongOption(`engine.${name}`, expected, Array.isArray(value) ? value.join(', ') : value)
    read[name] = Array.isArray(value) ? [...(value as unknown[])] : value
  }
  return read
}

function areTransports(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    new Set(value).size === value.length &&
    value.every((name) => engineTransports.includes(name))
  )
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
