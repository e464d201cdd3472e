// Owns: making an endpoint's adapter: the in-memory one, or whatever the option `adapter` makes.
import { Adapter } from 'socket.io-adapter'
import type { AdapterFactory, Endpoint } from './endpoint.js'

/** The factory of any Socket.IO adapter: a class, or a function such as `createAdapter(pubClient, subClient)` returns. */
export function makeAdapter(endpoint: Endpoint, factory: AdapterFactory | undefined): Adapter {
  if (factory === undefined) return new Adapter(endpoint)
  // Socket.IO itself says `new`: classes need it, arrow functions cannot, and for others it makes no difference.
  const isConstructor = typeof factory.prototype === 'object' && factory.prototype !== null
  if (isConstructor) return Reflect.construct(factory, [endpoint]) as Adapter
  return (factory as (nsp: Endpoint) => Adapter)(endpoint)
}
