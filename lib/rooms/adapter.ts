// Owns: making an endpoint's adapter: the in-memory one, or whatever the option `adapter` makes, with local
// delivery at once.
// Elsewhere: what can go wrong between processes (guard.ts).
import { Adapter, MessageType, type BroadcastOptions } from 'socket.io-adapter'
import { UsageError, quote } from '../support/errors.js'
import { disown, isPromiseLike } from '../support/promises.js'
import type { Backplane } from './backplane.js'
import type { AdapterFactory, Endpoint } from './endpoint.js'
import { guardAdapter } from './guard.js'
import { LocalAdapter } from './local-adapter.js'

/** The part of a cluster adapter that sends to the other processes. */
interface Publisher extends Adapter {
  publish(message: { type: MessageType; data: object }): void
}

/** What we call of an adapter. */
const methods = [
  'init',
  'close',
  'addAll',
  'del',
  'delAll',
  'broadcast',
  'broadcastWithAck',
  'socketRooms',
  'fetchSockets',
  'addSockets',
  'delSockets',
  'disconnectSockets',
  'serverSideEmit',
  'serverCount',
] as const satisfies readonly (keyof Adapter)[]

/**
 * The in-memory adapter, or what the factory of any Socket.IO adapter makes.
 * @throws UsageError SIO_USAGE_OPTION when it makes something else; whatever the factory throws.
 */
export function makeAdapter(endpoint: Endpoint, factory: AdapterFactory | undefined, backplane: Backplane): Adapter {
  if (factory === undefined) return new LocalAdapter(endpoint)
  const adapter = construct(endpoint, factory)
  checkAdapter(adapter)
  guardAdapter(adapter, endpoint.endpoint, backplane)
  // It is an emitter, and nobody else can reach it.
  if (typeof Reflect.get(adapter, 'on') === 'function') {
    adapter.on('error', (error: unknown) => {
      if (backplane.watched.has(adapter)) backplane.failed(error, endpoint.endpoint, adapter)
      // It would never report that all is well again.
      else backplane.threw(error, endpoint.endpoint)
    })
  }
  if (typeof Reflect.get(adapter, 'publishAndReturnOffset') === 'function') deliverAtOnce(adapter as Publisher)
  return adapter
}

// A class, or a function such as `createAdapter(pubClient, subClient)` returns. Socket.IO itself says `new`:
// classes need it, arrow functions cannot, and for others it makes no difference.
function construct(endpoint: Endpoint, factory: AdapterFactory): Adapter {
  const isConstructor = typeof factory.prototype === 'object' && factory.prototype !== null
  if (isConstructor) return Reflect.construct(factory, [endpoint]) as Adapter
  return (factory as (nsp: Endpoint) => Adapter)(endpoint)
}

function checkAdapter(adapter: unknown): void {
  const isObject = typeof adapter === 'object' && adapter !== null
  if (isObject && methods.every((name) => typeof Reflect.get(adapter, name) === 'function')) return
  disown(adapter)
  const got = isPromiseLike(adapter) ? 'a promise' : quote(adapter)
  throw new UsageError('SIO_USAGE_OPTION', `expected option adapter to make an adapter, got ${got}`)
}

// A cluster adapter does here what it is asked only after the others have been told: what is sent before a
// disconnect would be lost, and during an outage nothing would come. So it is done here at once.
function deliverAtOnce(adapter: Publisher): void {
  const toOthers = (type: MessageType, options: BroadcastOptions, data: object): void => {
    if (options.flags?.local === true) return
    const { rooms, except, flags } = options
    adapter.publish({ type, data: { ...data, opts: { rooms: [...rooms], except: [...(except ?? [])], flags } } })
  }
  const own: Partial<Adapter> = {
    broadcast(packet: object, options) {
      toOthers(MessageType.BROADCAST, options, { packet })
      Adapter.prototype.broadcast.call(adapter, packet, options)
    },
    addSockets(options, rooms) {
      toOthers(MessageType.SOCKETS_JOIN, options, { rooms })
      Adapter.prototype.addSockets.call(adapter, options, rooms)
    },
    delSockets(options, rooms) {
      toOthers(MessageType.SOCKETS_LEAVE, options, { rooms })
      Adapter.prototype.delSockets.call(adapter, options, rooms)
    },
    disconnectSockets(options, close) {
      toOthers(MessageType.DISCONNECT_SOCKETS, options, { close })
      Adapter.prototype.disconnectSockets.call(adapter, options, close)
    },
  }
  for (const [name, method] of Object.entries(own)) {
    // One that an adapter has of its own is left to it.
    if (Reflect.get(adapter, name) === Reflect.get(clusterPrototype(adapter), name)) Reflect.set(adapter, name, method)
  }
}

// Found by what it has: an adapter may come with a copy of the package of its own.
function clusterPrototype(adapter: object): object {
  let prototype: object | null = adapter
  while (prototype !== null && !Object.hasOwn(prototype, 'publishAndReturnOffset')) {
    prototype = Object.getPrototypeOf(prototype) as object | null
  }
  return prototype ?? adapter
}
