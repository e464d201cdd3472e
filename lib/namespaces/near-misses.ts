// Owns: methods of a namespace's class whose names are nearly ours: they would be ignored, and nobody would
// see why.
// Elsewhere: the methods themselves (class-table.ts).
import { editDistance } from '../support/edit-distance.js'
import { UsageError } from '../support/errors.js'
import { logWarning } from '../support/log.js'
import { holdsSchemas, tables } from './contract/checks.js'
import { hasSession } from './sessions/session-class.js'

type Class = abstract new (...args: never[]) => object

const hooks = [
  'initialize',
  'recv_connect',
  'recv_message',
  'recv_json',
  'recv_error',
  'recv_disconnect',
  'recv_suspend',
  'recv_resume',
] as const
const overridable = [
  ...hooks,
  'getInitialAcl',
  'exceptionHandlerDecorator',
  'processPacket',
  'processEvent',
  'callMethod',
  'callMethodWithAcl',
  'isMethodAllowed',
  'sessionEnded',
]
// Classes that have been warned of, if there was reason to: mounted again, they are not warned of again.
const checked = new WeakSet<object>()

// Fields that have been looked at, by class.
const toldOf = new WeakMap<object, Set<string>>()

const statics = [
  'packetHandlers',
  'concurrency',
  'exceptionHandlerDecorator',
  'schemas',
  'replies',
  'connect',
  'ackErrors',
  'freshFor',
]

/**
 * Looks for names that are spelt almost as one of ours, gevent-socketio's spellings among them.
 *
 * The process warns of them, with the right name. Next to `getInitialAcl` that is not enough: the namespace
 * would be open to everybody.
 * @throws UsageError SIO_USAGE_NAMESPACE for a name next to `getInitialAcl`, for schemas under a name next to
 *   ours, and for a hook that is static.
 */
export function checkNames(namespaceClass: Class, base: Class): void {
  if (checked.has(namespaceClass)) return
  const own = new Set(Object.getOwnPropertyNames(base.prototype))
  const keepsSession = hasSession(namespaceClass.prototype as object)
  for (const name of namesOf(namespaceClass.prototype as object, base.prototype as object)) {
    if (name === 'sessionEnded' && !keepsSession) needsMixin(`${namespaceClass.name}.${name}`)
    if (!own.has(name)) check(`${namespaceClass.name}.${name}`, name, overridable)
  }
  for (const name of namesOf(namespaceClass, base)) {
    if (name === 'freshFor' && !keepsSession) needsMixin(`static ${namespaceClass.name}.${name}`)
    if (statics.includes(name)) continue
    const isHook = name === 'getInitialAcl' || (hooks as readonly string[]).includes(name)
    if (isHook) throw refused(`static ${namespaceClass.name}.${name}`, `a method ${name}() that is not static`)
    const table = tables.find((known) => isNear(name, known, 1))
    if (table !== undefined && holdsSchemas(Reflect.get(namespaceClass, name)))
      throw refused(`static ${namespaceClass.name}.${name}`, `static ${table}`)
    check(`static ${namespaceClass.name}.${name}`, name, statics)
  }
  checked.add(namespaceClass)
}

/** Warns, once a class, of a field with almost the name of ours. */
export function checkField(namespaceClass: { readonly name: string }, name: string): void {
  const told = toldOf.get(namespaceClass) ?? new Set()
  // Names of fields may be made up: no more of them are kept than a class has by itself.
  if (told.has(name) || told.size >= 100) return
  toldOf.set(namespaceClass, told.add(name))
  check(`${namespaceClass.name}.${name}`, name, overridable)
}

/** Whether a name is nearly `getInitialAcl`, and would guard nothing. */
export function isNearlyAcl(name: string): boolean {
  if (name === 'getInitialAcl' || name.startsWith('on_')) return false
  return isNear(name, 'getInitialAcl', 2) || plain(name).includes('initialacl')
}

/** Whether a name is nearly that of anything that a class may override. */
export function isNearlyOurs(name: string): boolean {
  return isNearlyAcl(name) || overridable.some((known) => isNear(name, known, 1))
}

function check(where: string, name: string, ours: readonly string[]): void {
  if (isNearlyAcl(name)) throw refused(where, 'getInitialAcl')
  if (name.startsWith('on_')) return
  const right = ours.find((known) => isNear(name, known, 1))
  if (right !== undefined) logWarning(`${where} is never called: did you mean ${right}?`)
}

function needsMixin(where: string): void {
  logWarning(`${where} is never used: it is for classes that extend SessionMixin(…)`)
}

function refused(where: string, expected: string): UsageError {
  return new UsageError('SIO_USAGE_NAMESPACE', `expected ${expected}, got ${where}, which guards nothing`)
}

/** The names between a class, or its prototype, and the base. */
function* namesOf(from: object, base: object): Iterable<string> {
  for (let at: object | null = from; at !== null && at !== base; at = Object.getPrototypeOf(at) as object | null) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (!(name in Function.prototype) && name !== 'constructor' && name !== 'prototype') yield name
    }
  }
}

function isNear(name: string, known: string, mostEdits: number): boolean {
  if (name === known) return false
  const [a, b] = [plain(name), plain(known)]
  // A longer name that begins with ours is one of the application's own: `initialized`, `processPackets`.
  if (a === b) return true
  return !a.startsWith(b) && Math.abs(a.length - b.length) <= mostEdits && editDistance(a, b) <= mostEdits
}

/** Without underscores and case, in which gevent-socketio's names differ from ours. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}
