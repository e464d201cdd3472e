// Owns: the options of the plugin, and which of them are the middleware's.
// Elsewhere: what they do (plugin.ts).
import type { FastifyRequest, RegisterOptions } from 'fastify'
import type { EngineOptions, NamespaceDeclarations, Options } from '../index.js'
import { UsageError } from '../index.js'
import { checkDuration } from '../support/options.js'
import { quote } from '../support/errors.js'

type Answer<Value> = Value | PromiseLike<Value>

/** Those that a request is handed to: it is Fastify's. */
interface WithRequest {
  authorize?: (request: FastifyRequest) => Answer<boolean>
  session?: (request: FastifyRequest) => Answer<object>
  origins?: Exclude<Options['origins'], (...args: never[]) => unknown> | OriginTest
  engine?: Omit<EngineOptions, 'generateId'> & { generateId?: (request: FastifyRequest) => string | Promise<string> }
}

type OriginTest = (origin: string, request: FastifyRequest) => Answer<boolean>

/** What `fastify.register(socketio, options)` takes. */
export interface FastifySocketioOptions extends Omit<Options, keyof WithRequest>, WithRequest, RegisterOptions {
  /** Classes by endpoint, as `socketioMiddleware()` takes them. */
  namespaces: NamespaceDeclarations
  /**
   * How long connected clients are served while Fastify closes, in milliseconds. Default 10,000; 0 ends them
   * at once. No more than 90 % of Fastify's `pluginTimeout`, which is 10,000 by default.
   */
  drain?: number
  /** Under which name Fastify has it. Default `io`. */
  propertyName?: string
}

export interface PluginSettings {
  readonly namespaces: NamespaceDeclarations
  readonly prefix: string
  readonly logLevel: RegisterOptions['logLevel']
  readonly drain: number
  readonly propertyName: string
  readonly resource: string
  /** The middleware's own. */
  readonly rest: Options
}

/** @throws UsageError SIO_USAGE_OPTION, SIO_USAGE_DURATION. */
export function readPluginOptions(options: FastifySocketioOptions): PluginSettings {
  const { namespaces, prefix = '', logLevel, logSerializers: _logSerializers, ...others } = options
  const { drain = 10_000, propertyName = 'io', ...own } = others
  checkDuration('the option drain', drain)
  if (typeof propertyName !== 'string' || propertyName === '') throw wrong('propertyName', 'a name', propertyName)
  if (typeof prefix !== 'string') throw wrong('prefix', 'a path', prefix)
  // Polls go through Fastify's hooks, as all else does, unless an application says otherwise.
  const rest = { directPolls: false, ...own } as unknown as Options
  const resource = rest.resource ?? 'socket.io'
  return { namespaces, prefix: pathOf(prefix), logLevel, drain, propertyName, resource, rest }
}

// As Fastify joins prefixes: with one slash between them.
function pathOf(prefix: string): string {
  const path = prefix.replace(/\/+$/, '')
  return path === '' || path.startsWith('/') ? path : `/${path}`
}

function wrong(name: string, expected: string, got: unknown): UsageError {
  return new UsageError('SIO_USAGE_OPTION', `expected option ${name} to be ${expected}, got ${quote(got)}`)
}
