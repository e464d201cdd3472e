// Owns: which class serves which endpoint, as the application declared it.
import { UsageError, quote } from '../support/errors.js'
import { logWarning } from '../support/log.js'
import { withoutMemory } from '../support/patterns.js'
import { BaseNamespace } from './base-namespace.js'
import { BroadcastMixin } from './broadcast-mixin.js'
import { readClass, type ClassTable } from './class-table.js'
import { checkNames } from './near-misses.js'
import { RoomsMixin } from './rooms-mixin.js'
import { SessionMixin } from './session-mixin.js'
import type { DeclaredNamespace, NamespaceClass, NamespaceDeclarations } from './any-namespace.js'

interface Pattern {
  readonly pattern: RegExp
  readonly declaredAs: string
  readonly namespaceClass: NamespaceClass
  readonly table: ClassTable
}

/** The namespaces of an application: by name, or by a pattern that names match. */
export class NamespaceMap {
  readonly #declared: ReadonlyMap<string, DeclaredNamespace>
  readonly #patterns: readonly Pattern[]

  constructor(declared: ReadonlyMap<string, DeclaredNamespace>, patterns: readonly Pattern[]) {
    this.#declared = declared
    this.#patterns = patterns
  }

  /** The names that are declared as such. */
  get names(): Iterable<string> {
    return this.#declared.keys()
  }

  /** Those, and the patterns as the application wrote them. */
  get declarations(): Iterable<string> {
    return [...this.#declared.keys(), ...this.#patterns.map(({ declaredAs }) => declaredAs)]
  }

  has(endpoint: string): boolean {
    return this.#declared.has(endpoint)
  }

  /** What serves an endpoint; a name goes before a pattern, and patterns in their order. */
  find(endpoint: string): DeclaredNamespace | undefined {
    const declared = this.#declared.get(endpoint)
    // "/" is another name of '', and never one that a pattern allows.
    if (declared !== undefined || endpoint === '/' || !endpoint.startsWith('/')) return declared
    const found = this.#patterns.find(({ pattern }) => pattern.test(endpoint))
    return found && { ...found, endpoint: ownCopy(endpoint) }
  }
}

/**
 * Reads the map that `socketioMiddleware()` was given. The endpoint `''` always exists: undeclared, it is an
 * empty namespace.
 * @throws UsageError SIO_USAGE_NAMESPACE for an invalid name or class.
 */
export function readNamespaces(declarations: NamespaceDeclarations): NamespaceMap {
  const isMap = declarations instanceof Map
  if (!isMap && (typeof declarations !== 'object' || declarations === null || Array.isArray(declarations))) {
    throw new UsageError(
      'SIO_USAGE_NAMESPACE',
      `expected namespaces to be an object or a Map of classes, got ${quote(declarations)}`,
    )
  }
  const declared = new Map<string, DeclaredNamespace>()
  const patterns: Pattern[] = []
  for (const [name, namespaceClass] of isMap ? declarations : Object.entries(declarations)) {
    const table = readDeclared(name, namespaceClass)
    if (name instanceof RegExp) {
      patterns.push({ pattern: withoutMemory(name), declaredAs: String(name), namespaceClass, table })
      continue
    }
    const endpoint = readName(name)
    if (declared.has(endpoint)) {
      throw new UsageError('SIO_USAGE_NAMESPACE', `expected one class for '' and '/', which are the same, got two`)
    }
    declared.set(endpoint, { endpoint, declaredAs: endpoint, namespaceClass, table })
  }
  if (!declared.has('')) {
    const table = readClass(BaseNamespace as never, BaseNamespace as never)
    declared.set('', { endpoint: '', declaredAs: '', namespaceClass: BaseNamespace, table })
  }
  return new NamespaceMap(declared, patterns)
}

/**
 * A name that is cut out of a packet keeps the whole packet in memory for as long as the name itself is kept.
 */
function ownCopy(name: string): string {
  return Buffer.from(name, 'utf16le').toString('utf16le')
}

function readName(name: unknown): string {
  if (name === '' || name === '/') return ''
  if (typeof name === 'string' && /^\/[^:]+$/.test(name)) return name
  throw new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected the name of a namespace to be '' or to begin with "/" and to have no ":", got ${quote(name)}`,
  )
}

function isSubclass(value: unknown): value is typeof BaseNamespace {
  return typeof value === 'function' && value.prototype instanceof BaseNamespace
}

const mixins: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [RoomsMixin, 'RoomsMixin'],
  [BroadcastMixin, 'BroadcastMixin'],
  [SessionMixin, 'SessionMixin'],
])

// JavaScript lets a class extend any function, a mixin that was not called for example.
function mixinHint(value: unknown): string {
  for (let from = value; typeof from === 'function'; from = Object.getPrototypeOf(from) as unknown) {
    const mixin = mixins.get(from)
    if (mixin !== undefined) return `, which is not called: write "extends ${mixin}(BaseNamespace)"`
  }
  return ''
}

function readDeclared(name: unknown, namespaceClass: unknown): ClassTable {
  if (namespaceClass !== BaseNamespace && !isSubclass(namespaceClass)) {
    throw new UsageError(
      'SIO_USAGE_NAMESPACE',
      `expected a subclass of BaseNamespace for ${quote(name)}, got ${quote(namespaceClass)}${mixinHint(namespaceClass)}`,
    )
  }
  checkNames(namespaceClass as never, BaseNamespace)
  const table = readClass(namespaceClass as never, BaseNamespace as never)
  for (const method of ['on_connect', 'on_disconnect']) {
    if (!table.methods.has(method)) continue
    logWarning(
      `${Reflect.get(namespaceClass, 'name')}.${method} is an ordinary event that a client can send; ` +
        `the hook is recv_${method.slice(3)}`,
    )
  }
  return table
}
