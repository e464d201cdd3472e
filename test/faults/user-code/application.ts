// Owns: an application that uses everything there is, in which one function fails when it is told to.
// Elsewhere: which, and what must come of it (table.ts).
import { Adapter } from 'socket.io-adapter'
import {
  BaseNamespace,
  BroadcastMixin,
  RoomsMixin,
  type AdapterFactory,
  type Handler,
  type InitialAcl,
  type NamespaceClass,
  type NamespaceDeclarations,
  type Options,
  type Packet,
  type EventPacket,
  type SocketioMiddleware,
} from '../../../lib/index.js'
import type { Point } from './faults.js'

/** The namespace in which things go wrong. */
export const bad = '/bad'

/** An adapter that other processes speak to, and that answers for them. */
export class Speaking extends Adapter {
  override serverSideEmit(packet: unknown[]): void {
    const callback = packet.at(-1)
    if (typeof callback === 'function') (callback as (error: unknown, answers: unknown[]) => void)(null, ['theirs'])
  }

  hear(...packet: unknown[]): void {
    const { nsp } = this as unknown as { nsp: { _onServerSideEmit(packet: unknown[]): void } }
    nsp._onServerSideEmit(packet)
  }
}

export interface Application {
  readonly namespaces: NamespaceDeclarations
  readonly options: Options
  readonly adapters: ReadonlyMap<string, Speaking>
  /** To be called once the middleware is made. */
  prepare(io: SocketioMiddleware): void
}

function badClass(point: Point): NamespaceClass {
  class Bad extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
    constructor(...args: ConstructorParameters<NamespaceClass>) {
      super(...args)
      if (point.fault === 'is a class field' && point.isArmed) {
        const method = Reflect.get(this, point.row) as (...args: unknown[]) => unknown
        point.failures++
        Object.defineProperty(this, point.row, {
          value: (...given: unknown[]) => method.apply(this, given),
          enumerable: true,
          writable: true,
          configurable: true,
        })
      }
      const made = point.at('constructor', () => undefined)
      // oxlint-disable-next-line no-constructor-return -- on purpose
      if (made !== undefined) return made as Bad
    }

    override getInitialAcl(): InitialAcl {
      return point.at('getInitialAcl', () => null) as InitialAcl
    }

    override initialize() {
      return point.at('initialize', () => undefined)
    }

    override recv_connect() {
      return point.at('recv_connect', () => undefined)
    }

    override exceptionHandlerDecorator(fn: Handler): Handler {
      return point.at('exceptionHandlerDecorator', () => (...args: unknown[]) => {
        return point.at('the wrapper of a decorator', () => fn(...args))
      }) as Handler
    }

    override isMethodAllowed(name: string): boolean {
      return point.at('isMethodAllowed', () => super.isMethodAllowed(name)) as boolean
    }

    override processPacket(packet: Packet) {
      return point.at('processPacket', () => super.processPacket(packet))
    }

    override processEvent(packet: EventPacket) {
      return point.at('processEvent', () => super.processEvent(packet))
    }

    override callMethodWithAcl(name: string, packet: Packet, ...args: unknown[]) {
      return point.at('callMethodWithAcl', () => super.callMethodWithAcl(name, packet, ...args))
    }

    override callMethod(name: string, packet: Packet, ...args: unknown[]) {
      return point.at('callMethod', () => super.callMethod(name, packet, ...args))
    }

    on_event(value: unknown) {
      return point.at('on_event', () => value)
    }

    override recv_message(_data: string) {
      return point.at('recv_message', () => undefined)
    }

    override recv_json(_data: unknown) {
      return point.at('recv_json', () => undefined)
    }

    override recv_error() {
      return point.at('recv_error', () => undefined)
    }

    override recv_disconnect() {
      return point.at('recv_disconnect', () => undefined)
    }

    override disconnect(silent?: boolean) {
      return point.at('disconnect', () => {
        super.disconnect(silent)
        return undefined
      }) as undefined
    }

    on_jobs() {
      this.spawn(async () => {
        await point.at('a job', () => undefined)
      })
      // Only a function that is not async can throw before it returns.
      this.spawn((() => point.at('a job that is not async', () => Promise.resolve())) as never)
      this.spawn(async function* () {
        yield 1
        yield point.at('a generator job', () => undefined)
      })
      this.socket.spawn((() => point.at('a job of the socket', () => Promise.resolve())) as never)
      this.spawn(async (signal) => {
        signal.addEventListener('abort', () => point.at('an abort listener', () => undefined))
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      })
      this.spawn(async (signal) => {
        // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is a way to listen as well
        signal.onabort = () => point.at('onabort', () => undefined)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      })
      // oxlint-disable-next-line typescript/no-floating-promises -- the natural line that must not end the process
      this.sleep(1).then(() => point.at('what is done after sleep()', () => undefined))
    }

    on_ask() {
      this.emit('question', () => point.at('the ack callback of emit()', () => undefined))
      this.timeout(1_000).emit('question', () => point.at('the ack callback of timeout().emit()', () => undefined))
      this.send('hello', { callback: () => point.at('the callback of send()', () => undefined) as undefined })
      this.broadcast
        .timeout(1_000)
        .emit('question', () => point.at('the callback of broadcast.timeout().emit()', () => undefined))
    }

    on_tell() {
      this.data = { toJSON: () => point.at('toJSON of this.data', () => ({})) }
      this.emit('told', { toJSON: () => point.at('toJSON of what is sent', () => 'a value') })
    }
  }
  return Bad
}

class Good extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }
}

export function applicationWith(point: Point, reports: Options['errorHandler']): Application {
  const adapters = new Map<string, Speaking>()
  const adapter = (nsp: { name: string }): unknown => {
    const make = (): Speaking => {
      const made = new Speaking(nsp)
      adapters.set(nsp.name, made)
      return made
    }
    return nsp.name === bad ? point.at('adapter', make) : make()
  }
  const options: Options = {
    adapter: adapter as AdapterFactory,
    authorize: () => point.at('authorize', () => true) as boolean,
    session: () => point.at('session', () => ({})) as object,
    origins: () => point.at('origins', () => true) as boolean,
    errorHandler: (...args) =>
      point.at('errorHandler', () => {
        reports?.(...args)
      }),
    jsonParse: (text) => point.at('jsonParse', () => JSON.parse(text) as unknown),
    jsonStringify: (value) => point.at('jsonStringify', () => JSON.stringify(value)) as string,
  }
  if (point.row === 'engine.generateId') {
    let made = 0
    options.engine = {
      generateId: () =>
        point.at('engine.generateId', () => `id${String(made++).padStart(18, '0')}`) as string | Promise<string>,
    }
  }
  if (point.row === 'rateLimit.onLimit') {
    options.rateLimit = {
      events: 4,
      per: 1_000_000,
      onLimit: () => {
        // oxlint-disable-next-line typescript/no-confusing-void-expression -- whatever it answers is passed on
        return point.at('rateLimit.onLimit', () => undefined)
      },
    }
  }
  return {
    namespaces: new Map<string | RegExp, NamespaceClass>([
      ['', Good],
      ['/good', Good],
      // As a pattern, so that its adapter is made when a client comes.
      [/^\/bad$/, badClass(point)],
    ]),
    options,
    adapters,
    prepare(io) {
      io.use((_socket, next, { endpoint }) => {
        if (endpoint !== bad) {
          next()
          return undefined
        }
        return point.at('io.use()', () => {
          next()
        })
      })
      io.sockets.onServerSideEmit('news', () => point.at('a listener of onServerSideEmit()', () => undefined))
    },
  }
}
