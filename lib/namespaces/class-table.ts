// Owns: what is read of a namespace's class, once: its handlers, who takes the packet, its initializers.
// Elsewhere: names that are nearly ours (near-misses.ts), calling them (dispatch.ts).
import { UsageError, quote } from '../support/errors.js'
import { isNearlyAcl } from './near-misses.js'
import { packetTaker } from './packet-parameter.js'

/** A method that a client may reach, if the ACL lets it. */
export interface Method {
  readonly name: string
  readonly run: (...args: unknown[]) => unknown
  /** Its only parameter is named `packet`, or the class says so in `static packetHandlers`. */
  readonly takesPacket: boolean
  /** Whether it is that of BaseNamespace, which does nothing of the application's. */
  readonly isDefault: boolean
}

export interface ClassTable {
  /** By method name, `on_say`. */
  readonly methods: ReadonlyMap<string, Method>
  /** By event name, `say`; events with spaces are found by their method's name. */
  readonly events: ReadonlyMap<string, Method>
  /** The `initialize` of every class that has its own, the most derived first. */
  readonly initializers: readonly (() => unknown)[]
  readonly overridesDisconnect: boolean
  readonly overridesAcl: boolean
  /** Whether it leaves every step of the dispatch to `base`. */
  readonly isPlain: boolean
  /** How many events may be worked on at once; one, unless `static concurrency` says more. */
  readonly concurrency: number
}

/** The steps of a dispatch that an application may have of its own. */
export const dispatchSteps = [
  'processPacket',
  'processEvent',
  'callMethodWithAcl',
  'callMethod',
  'isMethodAllowed',
  'exceptionHandlerDecorator',
] as const

type AnyFunction = (...args: unknown[]) => unknown

// on_… for any event name that is not empty; recv_… for the five of the protocol.
const reachable = /^(?:on_[\s\S]+|recv_(?:connect|message|json|error|disconnect))$/

/**
 * Reads a class and those between it and `base`, whose own `recv_…` count as well; Object's never do.
 * @throws UsageError SIO_USAGE_NAMESPACE for statics that are not what they must be.
 */
export function readClass(namespaceClass: AnyFunction, base: AnyFunction): ClassTable {
  const takesPacket = packetTaker(namespaceClass, base)
  const methods = new Map<string, Method>()
  const initializers: (() => unknown)[] = []
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
      })
    }
    const initialize: unknown = Object.getOwnPropertyDescriptor(prototype, 'initialize')?.value
    if (typeof initialize === 'function' && prototype !== base.prototype) initializers.push(initialize as () => unknown)
  }
  const events = new Map<string, Method>()
  for (const method of methods.values()) if (method.name.startsWith('on_')) events.set(method.name.slice(3), method)
  const overrides = (name: string): boolean =>
    Reflect.get(namespaceClass.prototype as object, name) !== Reflect.get(base.prototype as object, name)
  return {
    methods,
    events,
    initializers,
    overridesDisconnect: overrides('disconnect'),
    overridesAcl: overrides('getInitialAcl'),
    isPlain: isPlain(namespaceClass, base),
    concurrency: readConcurrency(namespaceClass),
  }
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

/** @throws UsageError SIO_USAGE_NAMESPACE for a handler or a hook that is a field: it would never be called. */
export function checkFields(namespace: object): void {
  for (const name of Object.getOwnPropertyNames(namespace)) {
    if (isHook(name) || isNearlyAcl(name)) throw notAMethod(namespace.constructor.name, name)
  }
}

// As `base` was when it was loaded: whoever has wrapped a step of it since wants to be called.
const pristine = new Map<AnyFunction, ReadonlyMap<string, unknown>>()

/** Remembers the dispatch of `base` as it is now. */
export function keepDispatch(base: AnyFunction): void {
  pristine.set(base, new Map(dispatchSteps.map((step) => [step, Reflect.get(base.prototype as object, step)])))
}

function isPlain(namespaceClass: AnyFunction, base: AnyFunction): boolean {
  const steps = pristine.get(base)
  const prototype = namespaceClass.prototype as object
  return (
    steps !== undefined &&
    dispatchSteps.every((step) => Reflect.get(prototype, step) === steps.get(step)) &&
    Reflect.get(namespaceClass, 'exceptionHandlerDecorator') === undefined
  )
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
