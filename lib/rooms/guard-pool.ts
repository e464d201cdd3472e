// Owns: what the PostgreSQL adapter leaves open: its connections fail without anybody to listen, and its
// messages overtake each other on several of them.
// Elsewhere: the other adapters (guard.ts), what a failure comes to (backplane.ts).
import type { Backplane } from './backplane.js'

type Query = (...args: unknown[]) => unknown

/** A Pool of `pg`. */
interface Pool {
  on(event: string, listener: (client: Emitter) => void): unknown
  readonly query: Query
}

interface Emitter {
  on(event: 'error', listener: (error: unknown) => void): unknown
}

// The part of the adapter that all endpoints share.
const guarded = new WeakSet<object>()

/** Guards its pool, if an adapter has one: whether it has. */
export function guardPool(adapter: object, endpoint: string, backplane: Backplane): boolean {
  const shared: unknown = Reflect.get(adapter, 'client')
  const pool = hasPool(shared) ? shared.pool : undefined
  if (!hasPool(shared) || !isPool(pool)) return false
  if (guarded.has(shared)) return true
  guarded.add(shared)
  const failed = (error: unknown): void => {
    backplane.failed(error, endpoint, pool)
  }
  // Node ends the process for an error that nobody listens to, and the pool listens to connections that are
  // idle only. Those that it had before are found when they are taken from it again.
  const listened = new WeakSet<Emitter>()
  const listen = (client: Emitter): void => {
    if (listened.has(client)) return
    listened.add(client)
    client.on('error', failed)
  }
  pool.on('acquire', listen)
  // The adapter's own, where it was made a while before its first endpoint.
  const listening: unknown = Reflect.get(shared, 'client')
  if (isEmitter(listening)) listen(listening)
  shared.pool = notifyingInTurn(backplane.watchClient(pool, endpoint))
  return true
}

function hasPool(value: unknown): value is { pool: unknown } {
  return typeof value === 'object' && value !== null && 'pool' in value
}

function isEmitter(value: unknown): value is Emitter {
  return typeof value === 'object' && value !== null && 'on' in value && typeof value.on === 'function'
}

function isPool(value: unknown): value is Pool {
  const methods = ['query', 'connect', 'on', 'off']
  return (
    typeof value === 'object' &&
    value !== null &&
    'totalCount' in value &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}

// What is published is published in order; it has been encoded by then.
function notifyingInTurn(pool: Pool): Pool {
  let last: Promise<unknown> = Promise.resolve()
  const query: Query = (...args) => {
    if (!String(args[0]).startsWith('SELECT pg_notify')) return pool.query(...args)
    const next = last.then(() => pool.query(...args))
    last = next.catch(() => {})
    return next
  }
  return new Proxy(pool, {
    get: (target, key): unknown => (key === 'query' ? query : Reflect.get(target, key)),
  })
}
