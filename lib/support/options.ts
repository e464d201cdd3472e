// Owns: durations and bounds: their names, defaults and ranges, and the error of an invalid option.
// Elsewhere: the other options (server/settings.ts).
import { UsageError, quote } from './errors.js'
import { adviceFor, nearestFirst, type ForeignNames } from './unknown-names.js'

/** Durations in milliseconds. The wire announces two of them in seconds, from 1 to 2147483. */
export const durationDefaults = {
  heartbeatInterval: 25_000,
  heartbeatTimeout: 60_000,
  closeTimeout: 60_000,
  pollingDuration: 20_000,
  handshakeTimeout: 30_000,
  ackTimeout: 60_000,
  sessionTimeout: 10_000,
  sessionCheckInterval: 60_000,
  pingInterval: 25_000,
  pingTimeout: 20_000,
}

/** Bounds on every size and count that a peer chooses. */
export const boundDefaults = {
  /** Bytes of a POST's body or of a websocket message. */
  maxHttpBufferSize: 1_000_000,
  maxPacketsPerPayload: 10_000,
  /** Packets that wait for one client: between polls, or for a connect to be confirmed. */
  maxBufferedPackets: 10_000,
  /** Bytes that wait for one client, between polls or behind a slow stream, when one more packet comes. */
  maxBufferedBytes: 10_000_000,
  /** Packets that wait for one namespace before reading stops. */
  maxQueuedEvents: 1_000,
  /** Bytes of packets that wait in one client's namespaces, or are held for them, before reading stops. */
  maxQueuedBytes: 4_000_000,
  /** Sids that were handed out and are not in use yet. */
  maxHandshakes: 10_000,
  maxSockets: 100_000,
  maxNamespacesPerSocket: 100,
  /** Characters of the name of a namespace that a client asks for. */
  maxNamespaceLength: 256,
  maxRoomsPerSocket: 1_000,
  maxPendingAcks: 10_000,
  maxEventNameLength: 256,
  /** Sessions of clients that send nothing which are looked at in a second. */
  maxSessionChecks: 100,
  /** Lists and objects within each other, in what a client sends. */
  maxJsonDepth: 1_000,
  /** Binary attachments of one packet. */
  maxAttachments: 10,
  // One address may be a whole company behind its proxy: off, unless an application knows better.
  maxSocketsPerAddress: Infinity,
  maxHandshakesPerAddress: Infinity,
}

export type Durations = Readonly<Record<keyof typeof durationDefaults, number>>
export type Bounds = Readonly<Record<keyof typeof boundDefaults, number>>

const longestName = 80

const longestDuration = 2_147_483_000

/** What a duration in an option must be. */
export const durationRange = 'an integer of milliseconds from 1 to 2147483000'

export function inDurationRange(value: unknown): boolean {
  return typeof value === 'number' && inRange(value, longestDuration)
}

/**
 * @throws UsageError SIO_USAGE_OPTION for a duration out of range, or one that another leaves no room for.
 */
export function readDurations(options: object): Durations {
  const durations = readNumbers(options, durationDefaults, durationRange, inDurationRange)
  // A client gives up a poll that is silent for the close timeout, and a stream that is silent for the
  // heartbeat timeout.
  mustBeLess(durations, 'pollingDuration', 'closeTimeout')
  mustBeLess(durations, 'heartbeatInterval', 'heartbeatTimeout')
  return durations
}

/** @throws UsageError SIO_USAGE_OPTION for anything but a positive integer. */
export function readBounds(options: object): Bounds {
  return readNumbers(options, boundDefaults, 'a positive integer', (value) => inRange(value, Number.MAX_SAFE_INTEGER))
}

/** @throws UsageError SIO_USAGE_DURATION when a duration that the application's code gave is none. */
export function checkDuration(name: string, ms: unknown): void {
  if (typeof ms === 'number' && ms >= 0 && ms <= longestDuration) return
  throw new UsageError('SIO_USAGE_DURATION', `expected ${name} to get 0 to ${longestDuration} ms, got ${quote(ms)}`)
}

export function wrongOption(name: string, expected: string, got: unknown): UsageError {
  return new UsageError('SIO_USAGE_OPTION', `expected option ${name} to be ${expected}, got ${quote(got)}`)
}

/**
 * Refuses a name in `options` that is not one of `known`: with ours for it, with the nearest, or with all of
 * them, beginning with the most similar one.
 * @throws UsageError SIO_USAGE_OPTION
 */
export function checkNames(options: object, known: readonly string[], foreign: ForeignNames, prefix = ''): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const advice = adviceFor(name, known, foreign)
    if (advice !== undefined) {
      throw new UsageError('SIO_USAGE_OPTION', `option ${quote(prefix + name)} does not exist: ${advice}`)
    }
    const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name
    const value: unknown = Reflect.get(options, name)
    // A text is not quoted: under a name that we do not know it may be a secret.
    const got = typeof value === 'string' ? 'a string' : quote(value)
    const expected = `expected option ${prefix + shown} to be one of ${nearestFirst(name, known.toSorted()).join(', ')}`
    throw new UsageError('SIO_USAGE_OPTION', `${expected}, got ${got}`)
  }
}

function readNumbers<Names extends string>(
  options: object,
  defaults: Record<Names, number>,
  expected: string,
  isRight: (value: number) => boolean,
): Record<Names, number> {
  const numbers = { ...defaults }
  for (const name of Object.keys(defaults) as Names[]) {
    const value: unknown = Reflect.get(options, name)
    // A default may be no number of the range: what is off can be said to be off.
    if (value === undefined || value === defaults[name]) continue
    if (typeof value !== 'number' || !isRight(value)) throw wrongOption(name, expected, value)
    numbers[name] = value
  }
  return numbers
}

function inRange(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}

function mustBeLess(durations: Durations, less: keyof Durations, more: keyof Durations): void {
  if (durations[less] < durations[more]) return
  throw wrongOption(less, `less than ${more} (${durations[more]})`, durations[less])
}
