// Owns: what namespaces and routes see of a middleware: all its sockets.
// Elsewhere: the middleware itself (middleware.ts), members that Socket.IO has besides
// (server/foreign-members.ts).
import { UsageError, quote } from '../support/errors.js'
import { checkNames } from '../support/options.js'
import type { EndpointOperator } from '../rooms/endpoint-operator.js'
import type { FindOperator } from '../rooms/find-operator.js'
import type { AnyEvents, EventMap } from '../rooms/operator.js'
import type { Stats } from './stats.js'
import type { Constructor, DataOf, EmitsOf, TypesOf } from './types.js'

/** Options of `io.close()`. */
export interface CloseOptions {
  /**
   * Handles and answers what clients have sent before they are disconnected, for so many milliseconds at
   * most. Without it, all sockets end immediately.
   */
  drain?: number
}

/**
 * Reads them. What a signal, an event or `app.on('close', io.close)` passes is taken for none.
 * @throws UsageError SIO_USAGE_OPTION for a callback, a number, or an unknown name.
 */
export function readClosing(options: unknown): CloseOptions {
  if (typeof options === 'function' || typeof options === 'number') {
    const hint = typeof options === 'function' ? ': it returns a promise' : ''
    throw new UsageError('SIO_USAGE_OPTION', `expected io.close() to get { drain }, got ${quote(options)}${hint}`)
  }
  if (typeof options !== 'object' || options === null) return {}
  const prototype: unknown = Object.getPrototypeOf(options)
  if (prototype !== Object.prototype && prototype !== null) return {}
  checkNames(options, ['drain'], {}, 'close.')
  return options
}

/**
 * What `io` does for all sockets of the global endpoint, as `io.sockets` does: `emit`, `to`, `fetchSockets`,
 * …
 */
export type GlobalOperator<Events extends EventMap = AnyEvents, Data = unknown, Instance = object> = Pick<
  EndpointOperator<Events, Data, Instance>,
  keyof EndpointOperator
>

/** All sockets of the endpoint of a class. */
type OperatorOf<Class> = EndpointOperator<EventsOf<Class>, DataIn<Class>, InstanceOf<Class>>
/** The events that a class sends. */
type EventsOf<Class> = Class extends Constructor<infer Instance> ? EmitsOf<TypesOf<Instance>> : AnyEvents
/** What is known of its sockets' data: one that could not be published is empty. */
type DataIn<Class> = [Class] extends [never]
  ? unknown
  : Class extends Constructor<infer Instance>
    ? Partial<DataOf<TypesOf<Instance>>>
    : unknown
type InstanceOf<Class> = [Class] extends [never]
  ? object
  : Class extends Constructor<infer Instance extends object>
    ? Instance
    : object

// A Map does not say which class is where.
type NamesIn<Namespaces> = Namespaces extends ReadonlyMap<unknown, unknown> ? never : keyof Namespaces & string

/** The class of the global endpoint, which is declared as `''` or as `'/'`, or not at all. */
type GlobalClass<Namespaces> =
  '' extends NamesIn<Namespaces>
    ? Namespaces['' & keyof Namespaces]
    : '/' extends NamesIn<Namespaces>
      ? Namespaces['/' & keyof Namespaces]
      : unknown

/** What `io.of()` is: the events, the data and the instances of an endpoint are those of its class. */
export interface FindTyped<Namespaces> extends FindOperator {
  /** It has no value: older compilers compare two of these member by member for it, as newer ones do. */
  readonly '~namespaces'?: Required<Namespaces>
  /**
   * All sockets of an endpoint: `io.of('/chat').to('lobby').emit('notice', 'from a route')`.
   * @throws UsageError SIO_USAGE_ENDPOINT when it is not declared.
   */
  <Name extends NamesIn<Namespaces>>(endpoint: Name): OperatorOf<Namespaces[Name & keyof Namespaces]>
  (endpoint: '' | '/'): OperatorOf<GlobalClass<Namespaces>>
  /** The same where the class is not known: `this.server.of<typeof Chat>('/chat')`. */
  <Class extends Constructor>(endpoint: string): OperatorOf<Class>
}

/** All sockets of one middleware, from outside and, as `this.server`, from within. */
export interface Io<Namespaces = unknown> extends GlobalOperator<
  EventsOf<GlobalClass<Namespaces>>,
  DataIn<GlobalClass<Namespaces>>,
  InstanceOf<GlobalClass<Namespaces>>
> {
  /** All sockets of an endpoint, or of all endpoints that match a pattern. */
  readonly of: FindTyped<Namespaces>
  /** All sockets of the global endpoint; the same as `of('')`. */
  readonly sockets: OperatorOf<GlobalClass<Namespaces>>
  /**
   * Numbers of clients, and counts since the start. They are counters: the call costs the same for any number
   * of clients.
   */
  stats(): Stats
  /**
   * Ends all sockets, but not the HTTP servers. Resolves when everything has ended. A second call returns the
   * same promise.
   */
  close(options?: CloseOptions): Promise<void>
}

/** The operators of the global endpoint, for `io` itself. */
export function operatorsOf(sockets: EndpointOperator): GlobalOperator {
  return {
    to: (room) => sockets.to(room),
    in: (room) => sockets.in(room),
    except: (room) => sockets.except(room),
    get local() {
      return sockets.local
    },
    get volatile() {
      return sockets.volatile
    },
    timeout: (ms) => sockets.timeout(ms),
    emit: (event, ...args) => {
      sockets.emit(event, ...args)
    },
    emitWithAck: (event, ...args) => sockets.emitWithAck(event, ...args),
    fetchSockets: (options) => sockets.fetchSockets(options),
    count: (options) => sockets.count(options),
    instances: () => sockets.instances(),
    rooms: () => sockets.rooms(),
    roomCounts: (options) => sockets.roomCounts(options),
    socketsJoin: (room) => {
      sockets.socketsJoin(room)
    },
    socketsLeave: (room) => {
      sockets.socketsLeave(room)
    },
    disconnectSockets: (close) => {
      sockets.disconnectSockets(close)
    },
    serverSideEmit: (event, ...args) => {
      sockets.serverSideEmit(event, ...args)
    },
    onServerSideEmit: (event, listener) => {
      sockets.onServerSideEmit(event, listener)
    },
    offServerSideEmit: (event, listener) => {
      sockets.offServerSideEmit(event, listener)
    },
  }
}
