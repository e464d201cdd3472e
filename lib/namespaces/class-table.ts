// Owns: what is read of a namespace's class, once: its handlers, who takes the packet, its initializers.
// Elsewhere: names that are nearly ours (near-misses.ts), steps of the dispatch (steps.ts), calling them (dispatch.ts).
import { UsageError, quote } from '../support/errors.js'
import { holdsSchemas, isUnchanged, readChecks, tables, type Checks, type MethodCheck } from './contract/checks.js'
import { checkField, isNearlyAcl, isNearlyOurs } from './near-misses.js'
import { packetTaker } from './packet-parameter.js'
import { readFreshFor } from './sessions/session-class.js'
import { isLifeHook, isOurs, type Steps } from './steps.js'

/** A method that a client may reach, if the ACL lets it. */
export interface Method {
  readonly name: string
  readonly run: (...args: unknown[]) => unknown
  /** Its only parameter is named `packet`, or the class says so in `static packetHandlers`. */
  readonly takesPacket: boolean
  /** Whether it is that of BaseNamespace, which does nothing of the application's. */
  readonly isDefault: boolean
  /** What its arguments and answers are checked by, if by anything. */
  readonly check: MethodCheck | undefined
}

export interface ClassTable {
  readonly namespaceClass: AnyFunction
  /** The class behind all namespaces. */
  readonly base: AnyFunction
  /** By method name, `on_say`. */
  readonly methods: ReadonlyMap<string, Method>
  /** By event name, `say`; events with spaces are found by their method's name. */
  readonly events: ReadonlyMap<string, Method>
  /** The `initialize` of every class that has its own, the most derived first. */
  readonly initializers: readonly (() => unknown)[]
  readonly overridesAcl: boolean
  /** Whether recv_connect is not the one of `base`, which accepts everybody. */
  readonly guardsConnect: boolean
  readonly hasStaticDecorator: boolean
  /** The classes of the chain but `base`, as they were. */
  readonly links: readonly Link[]
  /** How many events may be worked on at once; one, unless `static concurrency` says more. */
  readonly concurrency: number
  /** How long a session that was read counts as fresh; undefined for classes that keep none. */
  readonly freshFor: number | undefined
  /** Its schemas. */
  readonly checks: Checks
}

interface Link {
  readonly prototype: object
  readonly initialize: unknown
}

type AnyFunction = (...args: unknown[]) => unknown

// on_… for any event name that is not empty; recv_… for the five of the protocol.
const reachable = /^(?:on_[\s\S]+|recv_(?:connect|message|json|error|disconnect|suspend|resume))$/

/**
 * Reads a class and those between it and `base`, whose own `recv_…` count as well; Object's never do.
 * @throws UsageError SIO_USAGE_NAMESPACE for statics that are not what they must be.
 */
export function readClass(namespaceClass: AnyFunction, base: AnyFunction): ClassTable {
  const takesPacket = packetTaker(namespaceClass, base)
  const methods = new Map<string, Method>()
  for (const prototype of chain(namespaceClass, base)) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const run: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value
      if (isHook(name) && (typeof run !== 'function' || isGenerator(run))) throw notAMethod(namespaceClass.name, name)
      if (typeof run !== 'function' || !reachable.test(name) || methods.has(name)) continue
      methods.set(name, {
        name,
        run: run as AnyFunction,
        takesPacket: takesPacket(name, run as AnyFunction, prototype),
        isDefault: prototype === base.prototype,
        check: undefined,
      })
    }
  }
  const checks = readChecks(namespaceClass, base, (event) => methodOf(event, methods))
  for (const [name, check] of checks.methods) methods.set(name, { ...(methods.get(name) as Method), check })
  const freshFor = readFreshFor(namespaceClass)
  if (freshFor !== undefined) checkHandlers(methods)
  const events = new Map<string, Method>()
  for (const method of methods.values()) if (method.name.startsWith('on_')) events.set(method.name.slice(3), method)
  const overrides = (name: string): boolean =>
    Reflect.get(namespaceClass.prototype as object, name) !== Reflect.get(base.prototype as object, name)
  const links = chain(namespaceClass, base)
    .slice(0, -1)
    .map((prototype) => ({ prototype, initialize: ownInitialize(prototype) }))
  return {
    namespaceClass,
    base,
    methods,
    events,
    initializers: links
      .map(({ initialize }) => initialize)
      .filter((own) => typeof own === 'function') as (() => unknown)[],
    overridesAcl: overrides('getInitialAcl'),
    guardsConnect: !isOurs(namespaceClass.prototype as Steps, 'recv_connect'),
    hasStaticDecorator: hasStaticDecorator(namespaceClass),
    links,
    concurrency: readConcurrency(namespaceClass),
    freshFor,
    checks,
  }
}

// What is checked goes the long way, as what has a session to wait for must: the short one asks for nothing more.
function checkHandlers(methods: Map<string, Method>): void {
  for (const [name, method] of methods) {
    if (method.isDefault || isLifeHook(name)) continue
    methods.set(name, { ...method, check: method.check ?? { event: name, args: undefined, reply: undefined } })
  }
}

// What newer clients send() is the event `message`, and goes to recv_message unless there is an on_message; `json` is like it.
function methodOf(event: string, methods: ReadonlyMap<string, Method>): string | undefined {
  const handler = [`on_${event}`, `on_${event.replaceAll(' ', '_')}`].find((name) => methods.has(name))
  if (handler !== undefined || (event !== 'message' && event !== 'json')) return handler
  const hook = methods.get(`recv_${event}`)
  return hook?.isDefault === false ? hook.name : undefined
}

function ownInitialize(prototype: object): unknown {
  return Object.hasOwn(prototype, 'initialize') ? Reflect.get(prototype, 'initialize') : undefined
}

function hasStaticDecorator(namespaceClass: AnyFunction): boolean {
  return Reflect.get(namespaceClass, 'exceptionHandlerDecorator') !== undefined
}

// The newest of each class that was changed after its mount.
const latest = new WeakMap<AnyFunction, ClassTable>()

/**
 * The table of the class as it is now: tests and tools replace methods of prototypes, of a class that is mounted as well.
 * @throws UsageError as `readClass` does.
 */
export function currentTable(table: ClassTable): ClassTable {
  if (isCurrent(table)) return table
  const known = latest.get(table.namespaceClass)
  if (known !== undefined && isCurrent(known)) return known
  const fresh = readClass(table.namespaceClass, table.base)
  latest.set(table.namespaceClass, fresh)
  return fresh
}

/**
 * A method that the class has got since its table was made.
 * @throws UsageError as `readClass` does.
 */
export function lateMethod(table: ClassTable, name: string): Method | undefined {
  const { namespaceClass, base } = table
  if (!reachable.test(name) || typeof Reflect.get(namespaceClass.prototype as object, name) !== 'function')
    return undefined
  const fresh = readClass(namespaceClass, base)
  latest.set(namespaceClass, fresh)
  return fresh.methods.get(name)
}

// Each connect asks, so it makes no lists (bench: connect). Methods that are new are found when they are called.
function isCurrent({ namespaceClass, methods, links, checks, hasStaticDecorator: hadDecorator }: ClassTable): boolean {
  const whole = namespaceClass.prototype as object
  for (const { name, run } of methods.values()) if (Reflect.get(whole, name) !== run) return false
  for (const { prototype, initialize } of links) if (ownInitialize(prototype) !== initialize) return false
  return hasStaticDecorator(namespaceClass) === hadDecorator && isUnchanged(namespaceClass, checks)
}

// Read from the class, once: a field or an accessor in their place would be ignored, and with it the access that they guard.
function isHook(name: string): boolean {
  return name === 'initialize' || name === 'getInitialAcl' || reachable.test(name)
}

// Called, its body does not run: a recv_connect would let everybody in.
function isGenerator(run: object): boolean {
  return /Generator/.test(Object.prototype.toString.call(run))
}

function notAMethod(className: string, name: string): UsageError {
  return new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected ${name} of ${className} to be a method, got a field, an accessor or a generator`,
  )
}

function notAssigned(className: string): UsageError {
  return new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected expires of ${className} to be assigned, in recv_connect for example, got a field: it ends nothing`,
  )
}

function notStatic(className: string, name: string): UsageError {
  return new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected ${name} of ${className} to be static, got a field: it checks nothing`,
  )
}

// Names of fields that are no hook's, nor nearly: looked at once (bench: connect). They may be made up, and so have a bound.
const ordinary = new Set<string>()
const mostOrdinary = 1_000

/**
 * Looks at the fields of a namespace. One with almost the name of ours warns, once a class.
 * @param watched what stands for a hook by our own doing.
 * @throws UsageError SIO_USAGE_NAMESPACE for a handler or a hook that is a field: it would never be called; and for schemas.
 */
export function checkFields(namespace: object, watched: unknown): void {
  for (const name of Object.getOwnPropertyNames(namespace)) {
    if (ordinary.has(name)) continue
    const value: unknown = Object.getOwnPropertyDescriptor(namespace, name)?.value
    if ((isHook(name) && (value === undefined || value !== watched)) || isNearlyAcl(name))
      throw notAMethod(namespace.constructor.name, name)
    if (name === 'expires') throw notAssigned(namespace.constructor.name)
    const isTable = tables.includes(name)
    if (isTable && holdsSchemas(value)) throw notStatic(namespace.constructor.name, name)
    if (typeof value === 'function') checkField(namespace.constructor, name)
    if (!isTable && !isHook(name) && !isNearlyOurs(name) && ordinary.size < mostOrdinary) ordinary.add(name)
  }
}

/**
 * @param watched what stands for recv_connect by our own doing.
 * @throws UsageError SIO_USAGE_NAMESPACE where recv_connect is not the class's, but that of a Proxy or of another prototype,
 *   which a constructor has put there: it would never be called.
 */
export function checkConnectMethod(namespace: object, { namespaceClass, methods }: ClassTable, watched: unknown): void {
  const run: unknown = Reflect.get(namespace, 'recv_connect')
  if (run !== methods.get('recv_connect')?.run && run !== watched) throw notAMethod(namespaceClass.name, 'recv_connect')
}

function chain(namespaceClass: AnyFunction, base: AnyFunction): object[] {
  const prototypes: object[] = []
  let prototype = namespaceClass.prototype as object | null
  for (; prototype !== null && prototype !== base.prototype; prototype = Object.getPrototypeOf(prototype)) {
    prototypes.push(prototype)
  }
  prototypes.push(base.prototype as object)
  return prototypes
}

function readConcurrency(namespaceClass: AnyFunction): number {
  const concurrency: unknown = Reflect.get(namespaceClass, 'concurrency') ?? 1
  if (concurrency === Infinity || (Number.isInteger(concurrency) && (concurrency as number) > 0)) {
    return concurrency as number
  }
  throw new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected concurrency to be a positive integer, got ${quote(concurrency)}`,
  )
}
