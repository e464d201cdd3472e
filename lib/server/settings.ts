// Owns: the options of socketioMiddleware(), and what they come to.
// Elsewhere: durations and bounds (support/options.ts), those of engine.io (engine-options.ts).
import { types } from 'node:util'
import { disown } from '../support/promises.js'
import type { FrameworkRequest } from '../http/request-facts.js'
import { systemClock, type Clock } from '../support/timers.js'
import {
  boundDefaults,
  checkNames,
  durationDefaults,
  readBounds,
  readDurations,
  wrongOption,
  type Bounds,
  type Durations,
} from '../support/options.js'
import { defaultErrorHandler, type ErrorHandler } from '../namespaces/error-handler.js'
import { readRateLimit, type RateLimit } from '../clients/rate-limit.js'
import type { AdapterFactory } from '../rooms/endpoint.js'
import { transportNames, type V09TransportName } from '../transports/transport.js'
import type { JsonCodec } from '../wire/v09/packet.js'
import { readOrigins, type OriginRule, type Origins } from '../access/origins.js'
import { readEngine, type EngineOptions } from './engine-options.js'
import { codecOf } from './codec.js'
import { foreignOptions } from './foreign-options.js'
import { readServeClient, readServeSeen } from './page-options.js'
import type { RecoverySettings } from '../recovery/recovery.js'
import { readRecovery, type RecoveryOptions } from './recovery-option.js'
import { readProcessName, readSecret } from './sid-options.js'

export interface Options extends Partial<Durations>, Partial<Bounds> {
  /** The path in the URLs of clients. Default `socket.io`. */
  resource?: string
  /** Transports for 0.9 clients, in the order of preference. */
  transports?: readonly V09TransportName[]
  /** Whether JSONP is enabled, which old clients of other origins need. Default true. */
  jsonp?: boolean
  /**
   * Which pages of other origins may connect: origins as strings, RegExps, a function, or `'*'`. A function is
   * also called for same-origin requests.
   */
  origins?: Origins
  /** Called for each handshake: only true accepts it. It has 10 seconds. */
  authorize?: (request: FrameworkRequest) => boolean | PromiseLike<boolean>
  /** Returns `socket.session`, or a promise of it, within 10 seconds. Default: an empty object. */
  session?: (request: FrameworkRequest) => object | PromiseLike<object>
  /** Services that handlers find as `this.app`: any value but a promise. */
  app?: unknown
  /** Called for every client error, in place of the default, which sends it to the client and logs it. */
  errorHandler?: ErrorHandler
  /** Replaces JSON.parse. */
  jsonParse?: (text: string) => unknown
  /** Replaces JSON.stringify. */
  jsonStringify?: (value: unknown) => string
  /**
   * The client's script under `/{resource}/socket.io.js`: the absolute path of a file, or a package with a
   * `dist/socket.io.js`.
   */
  serveClient?: string | false
  /**
   * For `recovery` of clients of 0.9 and 2: whether the script that counts what they receive is answered under
   * `/{resource}/seen.js`, and with `'appended'` also at the end of the client's script. Default false.
   */
  serveSeen?: boolean | 'appended'
  /** The factory of any Socket.IO adapter, to reach sockets in other processes: `createAdapter(pubClient, subClient)`. */
  adapter?: AdapterFactory
  /**
   * Makes the session id of a 0.9 handshake a token that every process with the same secret accepts; at least 16
   * characters.
   */
  handshakeSecret?: string
  /**
   * The name of this process, in front of every session id that it makes, `a.Vx3…`, for load balancers: 1 to 64
   * letters, digits, `-` and `_`.
   */
  processName?: string
  /**
   * After `io.attach(server)`, polls and POSTs of connected clients are answered before the app. Default true.
   */
  directPolls?: boolean
  /** Options of engine.io, for clients of Socket.IO 2 to 4. */
  engine?: EngineOptions
  /** How many events one client may send. Default: no limit. */
  rateLimit?: RateLimit
  /** Whether clients whose connection is lost may come back to their namespaces, with what they missed. Default false. */
  recovery?: boolean | RecoveryOptions
  /** The clock, for tests. */
  clock?: Clock
}

export interface Settings extends Durations, Bounds {
  readonly resource: string
  readonly transports: readonly V09TransportName[]
  readonly jsonp: boolean
  readonly origins: OriginRule
  readonly authorize: ((request: FrameworkRequest) => boolean | PromiseLike<boolean>) | undefined
  readonly session: ((request: FrameworkRequest) => object | PromiseLike<object>) | undefined
  readonly services: unknown
  readonly errorHandler: ErrorHandler
  readonly json: JsonCodec
  readonly serveClient: string | undefined
  readonly serveSeen: boolean | 'appended'
  readonly directPolls: boolean
  readonly engine: EngineOptions
  readonly adapter: AdapterFactory | undefined
  readonly handshakeSecret: string | undefined
  readonly processName: string | undefined
  readonly rateLimit: RateLimit | undefined
  readonly recovery: RecoverySettings | undefined
  readonly clock: Clock
}

// Complete by its type, which every option has to be in.
const otherOptions: Readonly<Record<Exclude<keyof Options, keyof Durations | keyof Bounds>, true>> = {
  resource: true,
  transports: true,
  jsonp: true,
  origins: true,
  authorize: true,
  session: true,
  app: true,
  errorHandler: true,
  jsonParse: true,
  jsonStringify: true,
  serveClient: true,
  serveSeen: true,
  adapter: true,
  handshakeSecret: true,
  processName: true,
  directPolls: true,
  engine: true,
  rateLimit: true,
  recovery: true,
  clock: true,
}

/** The names of all options. */
export const optionNames: readonly string[] = [
  ...Object.keys(otherOptions),
  ...Object.keys(durationDefaults),
  ...Object.keys(boundDefaults),
]

// What people who come from Socket.IO 4 write there.
const engineTransports: readonly unknown[] = ['polling', 'webtransport']

const defaultTransports: readonly V09TransportName[] = ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling']

/** @throws UsageError SIO_USAGE_OPTION for an option that is unknown or has a value that it cannot have. */
export function readSettings(options: Options): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongOption('options', 'an object', options)
  }
  checkNames(options, optionNames, foreignOptions)
  const bounds = readBounds(options)
  return {
    ...readDurations(options),
    ...bounds,
    resource: readResource(options.resource),
    transports: readTransports(options.transports, options.jsonp),
    jsonp: readJsonp(options.jsonp),
    origins: readOrigins(options.origins),
    authorize: readFunction(options, 'authorize'),
    session: readFunction(options, 'session'),
    services: readApp(options.app),
    errorHandler: readFunction(options, 'errorHandler') ?? defaultErrorHandler,
    json: codecOf(readFunction(options, 'jsonParse'), readFunction(options, 'jsonStringify'), bounds.maxJsonDepth),
    serveClient: readServeClient(options.serveClient),
    serveSeen: readServeSeen(options.serveSeen, options.serveClient),
    directPolls: readBoolean('directPolls', options.directPolls, true),
    engine: readEngine(options.engine),
    adapter: readFunction(options, 'adapter'),
    handshakeSecret: readSecret(options.handshakeSecret),
    processName: readProcessName(options.processName, options.engine),
    rateLimit: readRateLimit(options.rateLimit),
    recovery: readRecovery(options.recovery),
    clock: readClock(options.clock),
  }
}

function readResource(resource: unknown = 'socket.io'): string {
  if (typeof resource === 'string' && /^[\w.~-]+(?:\/[\w.~-]+)*$/.test(resource)) return resource
  throw wrongOption('resource', 'a path without slashes at its ends, as socket.io', resource)
}

function readJsonp(jsonp: unknown = true): boolean {
  if (typeof jsonp === 'boolean') return jsonp
  throw wrongOption('jsonp', 'true or false', jsonp)
}

function readTransports(
  transports: unknown = defaultTransports,
  jsonp: boolean | undefined = true,
): readonly V09TransportName[] {
  if (!jsonp) {
    if (transports === defaultTransports) return defaultTransports.filter((name) => name !== 'jsonp-polling')
    if (Array.isArray(transports) && transports.includes('jsonp-polling')) {
      throw wrongOption('transports', 'without jsonp-polling where jsonp is false', transports.join(', '))
    }
  }
  const isList = Array.isArray(transports) && transports.length > 0 && new Set(transports).size === transports.length
  if (isList && transports.every((name) => (transportNames as readonly unknown[]).includes(name))) {
    return [...transports] as V09TransportName[]
  }
  const isOfEngine = Array.isArray(transports) && transports.some((name) => engineTransports.includes(name))
  throw wrongOption(
    'transports',
    `a list of ${transportNames.join(', ')}${isOfEngine ? ', as those of newer clients are engine.transports' : ''}`,
    Array.isArray(transports) ? transports.join(', ') : transports,
  )
}

function readFunction<Name extends keyof Options>(
  options: Options,
  name: Name,
): NonNullable<Options[Name]> | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value !== 'function') throw wrongOption(name, 'a function', value)
  return value
}

function readBoolean(name: string, value: unknown, byDefault: boolean): boolean {
  if (value === undefined) return byDefault
  if (typeof value !== 'boolean') throw wrongOption(name, 'true or false', value)
  return value
}

function readApp(app: unknown): unknown {
  // Nothing is read of it: a container of services may make one for each name that it is asked for.
  if (!types.isPromise(app)) return app
  disown(app)
  throw wrongOption('app', 'a value, and no promise: await it first', app)
}

function readClock(clock: unknown = systemClock): Clock {
  const methods = ['now', 'setTimeout', 'clearTimeout']
  const isClock =
    typeof clock === 'object' &&
    clock !== null &&
    methods.every((name) => typeof Reflect.get(clock, name) === 'function')
  if (isClock) return clock as Clock
  throw wrongOption('clock', `an object with ${methods.join(', ')}`, clock)
}
