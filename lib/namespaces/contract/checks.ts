// Owns: what a class says in `static schemas`, `replies`, `connect` and `ackErrors`, read once; it fails
// closed.
// Elsewhere: asking a schema (validation.ts), when events are checked (checked-call.ts).
import { UsageError, isA, quote } from '../../support/errors.js'
import { copyOf, isObject } from './issues.js'
import { askAll, askEach, type Outcome, type Validate } from './validation.js'

type AnyClass = (...args: never[]) => unknown

/** What one method is checked by. */
export interface MethodCheck {
  /** The event, as clients call it. */
  readonly event: string
  readonly args: ((args: readonly unknown[]) => Outcome | Promise<Outcome>) | undefined
  readonly reply: Validate | undefined
}

export interface Checks {
  /** By method name. */
  readonly methods: ReadonlyMap<string, MethodCheck>
  readonly connect: Validate | undefined
  readonly ackErrors: boolean
  /** What they were read from. */
  readonly statics: readonly unknown[]
}

/** Which method handles an event, if any does. */
export type FindMethod = (event: string) => string | undefined

const names = ['schemas', 'replies', 'connect', 'ackErrors'] as const

/** The statics that check what clients send. */
export const tables: readonly string[] = names.slice(0, 3)

/** Whether a value, found where none is read, was meant to check something: it would check nothing. */
export function holdsSchemas(value: unknown): boolean {
  try {
    return isSchema(value) || (isObject(value) && Object.values(value).flat().some(isSchema))
  } catch {
    return false
  }
}

function isSchema(value: unknown): boolean {
  return isObject(value) && '~standard' in value
}

/**
 * Whether a class still has the tables that these were read from. Each connect asks: no lists are made
 * (bench: connect).
 */
export function isUnchanged(namespaceClass: AnyClass, { statics }: Checks): boolean {
  for (let index = 0; index < names.length; index++) {
    if (Reflect.get(namespaceClass, names[index] as string) !== statics[index]) return false
  }
  return true
}

/**
 * @throws UsageError SIO_USAGE_NAMESPACE for unreadable schemas, and for events that nothing handles: they
 *   would not be checked.
 */
export function readChecks(namespaceClass: AnyClass, base: AnyClass, find: FindMethod): Checks {
  try {
    return readStatics(namespaceClass, base, find)
  } catch (cause) {
    if (isA(cause, UsageError)) throw cause
    // A Proxy may refuse to be read.
    const message = `expected to read the schemas of ${namespaceClass.name}, which threw`
    throw new UsageError('SIO_USAGE_NAMESPACE', message, { cause })
  }
}

function readStatics(namespaceClass: AnyClass, base: AnyClass, find: FindMethod): Checks {
  const { name: className } = namespaceClass
  const methods = new Map<string, MethodCheck>()
  for (const [event, schema] of tableOf(namespaceClass, base, 'schemas')) {
    const method = methodOf(find, className, 'schemas', event, methods)
    methods.set(method, { event, args: argumentsCheck(`${className}.schemas.${event}`, schema), reply: undefined })
  }
  const replies = new Map<string, MethodCheck>()
  for (const [event, schema] of tableOf(namespaceClass, base, 'replies')) {
    const method = methodOf(find, className, 'replies', event, replies)
    const reply = validateOf(`${className}.replies.${event}`, schema)
    replies.set(method, { event, args: methods.get(method)?.args, reply })
  }
  for (const [method, check] of replies) methods.set(method, check)
  return {
    methods,
    connect: has(namespaceClass, 'connect')
      ? validateOf(`${className}.connect`, read(namespaceClass, 'connect', className))
      : undefined,
    ackErrors: readAckErrors(namespaceClass),
    statics: names.map((name) => Reflect.get(namespaceClass, name) as unknown),
  }
}

function methodOf(
  find: FindMethod,
  className: string,
  table: string,
  event: string,
  known: ReadonlyMap<string, MethodCheck>,
): string {
  const method = find(event)
  if (method === undefined) {
    const hint = /^(?:recv_message|on_.)/.test(event) ? `, as it is spelt without ${event.slice(0, 3)}…` : ''
    throw wrong(`a handler for every event in ${table} of ${className}`, `"${event}"${hint}`)
  }
  const other = known.get(method)
  if (other !== undefined)
    throw wrong(`one entry in ${table} of ${className} for ${method}`, `"${other.event}" and "${event}"`)
  return method
}

/**
 * The entries of a table, which is that of the most derived class; it must have all that those below have.
 */
function tableOf(namespaceClass: AnyClass, base: AnyClass, name: 'schemas' | 'replies'): Map<string, unknown> {
  if (!has(namespaceClass, name)) return new Map()
  const entries = entriesOf(namespaceClass, name)
  for (let at: AnyClass = namespaceClass; at !== base && isObject(at); at = Object.getPrototypeOf(at) as AnyClass) {
    if (!Object.hasOwn(at, name)) continue
    for (const event of entriesOf(at, name).keys()) {
      if (entries.has(event)) continue
      const spread = `static ${name} = { ...super.${name}, … }`
      throw wrong(
        `${name} of ${namespaceClass.name} to have those of ${at.name}, which it extends: ${spread}`,
        `none for "${event}"`,
      )
    }
  }
  return entries
}

function entriesOf(holder: AnyClass, name: string): Map<string, unknown> {
  const where = `${holder.name}.${name}`
  const table = read(holder, name, holder.name)
  if (!isPlain(table)) throw wrong(`static ${where} to be an object of schemas`, quote(table))
  const entries = new Map<string, unknown>()
  for (const key of Reflect.ownKeys(table)) {
    if (typeof key === 'symbol') throw wrong(`static ${where} to have names of events`, String(key))
    entries.set(key, read(table, key, where))
  }
  return entries
}

// `{ __proto__: … }` and `Object.create(schemas)` hide what they are to check.
function isPlain(table: unknown): table is object {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) return false
  const prototype: unknown = Object.getPrototypeOf(table)
  if (prototype === null) return true
  return isObject(prototype) && Object.getPrototypeOf(prototype) === null && Object.keys(prototype).length === 0
}

function argumentsCheck(where: string, schema: unknown): MethodCheck['args'] {
  if (!Array.isArray(schema)) {
    const validate = validateOf(where, schema)
    return (args) => askAll(validate, args)
  }
  const validates = copyOf(schema as unknown[], Infinity).map((one, index) => validateOf(`${where}[${index}]`, one))
  return (args) => askEach(validates, args)
}

/** The function of a schema that checks, bound to it: it is called as the library wants. */
function validateOf(where: string, schema: unknown): Validate {
  const standard = isObject(schema) && !Array.isArray(schema) ? read(schema, '~standard', where) : undefined
  const validate = isObject(standard) ? read(standard, 'validate', where) : undefined
  if (typeof validate === 'function' && read(standard as object, 'version', where) === 1) {
    return (value) => Reflect.apply(validate, standard, [value]) as unknown
  }
  throw wrong(`static ${where} to be a Standard Schema, version 1 (zod, valibot, arktype, …)`, quote(schema))
}

function readAckErrors(namespaceClass: AnyClass): boolean {
  if (!has(namespaceClass, 'ackErrors')) return false
  const isOn = read(namespaceClass, 'ackErrors', namespaceClass.name)
  if (typeof isOn === 'boolean') return isOn
  throw wrong(`static ${namespaceClass.name}.ackErrors to be true or false`, quote(isOn))
}

// What is `undefined` was meant to be something: a module that imports in a circle leaves it so.
function has(namespaceClass: AnyClass, name: string): boolean {
  return Reflect.has(namespaceClass, name)
}

function read(holder: object, name: string, where: string): unknown {
  try {
    return Reflect.get(holder, name)
  } catch (cause) {
    throw new UsageError('SIO_USAGE_NAMESPACE', `expected to read ${quote(name)} of ${where}, which threw`, { cause })
  }
}

function wrong(expected: string, got: string): UsageError {
  return new UsageError('SIO_USAGE_NAMESPACE', `expected ${expected}, got ${got}`)
}
