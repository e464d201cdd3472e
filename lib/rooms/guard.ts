// Owns: what existing adapters leave open: what they read from others may be anything, and what they send may
// fail.
// Elsewhere: what a failure comes to (backplane.ts), the PostgreSQL adapter (guard-pool.ts).
import { logger } from '../support/log.js'
import { isPromiseLike } from '../support/promises.js'
import type { Backplane } from './backplane.js'
import { guardPool } from './guard-pool.js'

const log = logger('adapter')

type Method = (...args: unknown[]) => unknown

/** What `ioredis` clients are, and those of `redis` are only in part. */
interface Listened {
  listeners?(event: string): unknown[]
  on(event: string, listener: Method): unknown
  off(event: string, listener: Method): unknown
}

// Where messages of other processes come in: the Redis adapter's, and those that every cluster adapter has.
const entrances = ['onmessage', 'onrequest', 'onresponse', 'onRawMessage', 'onMessage', 'onResponse']
const exits = ['doPublish', 'doPublishResponse']

/** Guards an adapter: no message of others ends this process, and no failure to reach them does. */
export function guardAdapter(adapter: object, endpoint: string, backplane: Backplane): void {
  for (const name of entrances) replace(adapter, name, guarded)
  guardListeners(adapter)
  if (guardPool(adapter, endpoint, backplane)) {
    // What it publishes never fails; its queries do.
    backplane.watched.add(adapter)
    return
  }
  for (const name of exits) {
    replace(adapter, name, (publish) => {
      backplane.watched.add(adapter)
      const probing = probed(adapter, publish)
      return (...args) => {
        const result = attempted(probing, args)
        backplane.watch(result, endpoint)
        return result
      }
    })
  }
  // The Redis adapters take no notice of what becomes of their commands, and an unnoticed rejection ends a
  // process.
  for (const name of ['pubClient', 'subClient']) {
    const client: unknown = Reflect.get(adapter, name)
    if (typeof client !== 'object' || client === null) continue
    Reflect.set(adapter, name, backplane.watchClient(client, endpoint))
    backplane.watched.add(adapter)
  }
}

function replace(target: object, name: string, wrap: (method: Method) => Method): void {
  const method: unknown = Reflect.get(target, name)
  if (typeof method === 'function') Reflect.set(target, name, wrap(method.bind(target) as Method))
}

function ignore(error: unknown): void {
  log('ignoring a message: %s', error)
}

function guarded(method: Method): Method {
  return (...args) => {
    try {
      const result = method(...args)
      if (isPromiseLike(result)) result.then(undefined, ignore)
    } catch (error) {
      ignore(error)
    }
  }
}

// With ioredis the Redis adapter listens itself, from its constructor on.
function guardListeners(adapter: object): void {
  const listeners: unknown = Reflect.get(adapter, 'redisListeners')
  const client = Reflect.get(adapter, 'subClient') as Listened | undefined
  if (!(listeners instanceof Map) || typeof client?.listeners !== 'function') return
  for (const [event, listener] of listeners as Map<string, Method>) {
    if (!client.listeners(event).includes(listener)) continue
    const instead = guarded(listener)
    client.off(event, listener)
    client.on(event, instead)
    listeners.set(event, instead)
  }
}

// The streams adapter drops the promise of what it sends by PUBLISH, on a client that nobody else sees: it
// may send only while Redis answers. No other reads on from an offset.
function probed(adapter: object, publish: Method): Method {
  if (typeof Reflect.get(adapter.constructor, 'nextOffset') !== 'function') return publish
  const counter = adapter as { serverCount(): Promise<number> }
  return (message, ...rest) => {
    const { type, data } = message as { type: number; data?: { requestId?: unknown } }
    const isByStream = type !== serverSideEmit && data?.requestId === undefined
    return isByStream ? publish(message, ...rest) : counter.serverCount().then(() => publish(message, ...rest))
  }
}

// The number of this kind of message among cluster adapters.
const serverSideEmit = 9

// Its caller handles a rejection, but not a throw.
function attempted(method: Method, args: unknown[]): Promise<unknown> {
  try {
    return Promise.resolve(method(...args))
  } catch (error) {
    return Promise.reject(error)
  }
}

/**
 * What has been answered so far to a serverSideEmit() with this function as its ack: adapters keep it until
 * all is there.
 */
export function answersSoFar(adapter: object, ack: Method): readonly unknown[] {
  for (const name of ['requests', 'customRequests']) {
    const requests: unknown = Reflect.get(adapter, name)
    if (!(requests instanceof Map)) continue
    for (const request of requests.values()) {
      const { resolve, responses } = Object(request) as { resolve?: unknown; responses?: unknown }
      if (resolve === ack && Array.isArray(responses)) return [...(responses as unknown[])]
    }
  }
  return []
}

/** How long adapters wait for the answers of others, where they do not say. */
const adapterPatienceMs = 5000
/**
 * How much longer we wait: an adapter forgets what it was asked when it cannot count the processes that are
 * to answer.
 */
const graceMs = 1000

/** How long the others may take to answer serverSideEmit(): a little longer than the adapter waits itself. */
export function answerPatienceOf(adapter: object): number {
  // The Redis adapter has it as an option.
  const patience: unknown = Reflect.get(adapter, 'requestsTimeout')
  return (typeof patience === 'number' && patience > 0 ? patience : adapterPatienceMs) + graceMs
}
