// Owns: getting in front of a server's listeners, and leaving it as it was.
// Elsewhere: what is taken before they see it (server-tap.ts).
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { Stream, type Duplex } from 'node:stream'

// Newer Node asks before it takes a request for an upgrade. On others the property is the application's, and
// means nothing.
const nodeAsks = 'shouldUpgradeCallback' in new HttpServer()

type ShouldUpgrade = (request: IncomingMessage) => boolean
export type NodeServer = (HttpServer | HttpsServer) & { shouldUpgradeCallback?: ShouldUpgrade }

// Where nobody has wrapped it, nobody watches (bench: poll-echo).
const nodesEmit: unknown = Reflect.get(Stream.prototype, 'emit')

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean

/** Calls `serve` within the wrapper of the emit of all servers, an APM tool for example. */
export type Show = (serve: () => void) => void

export interface Interceptors {
  /**
   * Serves a request in place of the server's listeners, and returns whether it has.
   * @param show is to call what serves the request, where the emit of all servers is wrapped.
   */
  request(request: IncomingMessage, response: ServerResponse, show: Show | undefined): boolean
  /** Whether an upgrade has been taken. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Whether Node is to take a request for an upgrade. */
  shouldUpgrade(request: IncomingMessage): boolean
}

export class Interception {
  readonly #server: NodeServer
  readonly #before: Interceptors
  readonly #ownEmit: PropertyDescriptor | undefined
  readonly #emit: Emit
  readonly #stage: object
  #serve: (() => void) | undefined
  #ownShouldUpgrade: ShouldUpgrade | undefined

  constructor(server: NodeServer, before: Interceptors) {
    this.#server = server
    this.#before = before
    this.#ownEmit = Object.getOwnPropertyDescriptor(server, 'emit')
    this.#emit = server.emit as Emit
    this.#stage = stageOf(server, () => {
      const serve = this.#serve
      this.#serve = undefined
      serve?.()
    })
    // No listener can keep an event from the next one: ws, given a `path`, answers 400 to all others,
    // engine.io cuts them after a second.
    Object.defineProperty(server, 'emit', { value: this.#wrapped, configurable: true, writable: true })
    this.#ownShouldUpgrade = nodeAsks ? server.shouldUpgradeCallback : undefined
    if (this.#ownShouldUpgrade !== undefined) this.#ask()
  }

  /** What the application says of upgrades, where Node asks: its own function, or Node's. */
  get shouldUpgrade(): ShouldUpgrade | undefined {
    return this.#ownShouldUpgrade
  }

  end(): void {
    const server = this.#server
    // A wrapper that was added after ours keeps calling ours, which has to handle nothing any more.
    if (server.emit === this.#wrapped) {
      if (this.#ownEmit === undefined) Reflect.deleteProperty(server, 'emit')
      else Object.defineProperty(server, 'emit', this.#ownEmit)
    }
    if (this.#ownShouldUpgrade === undefined) return
    const value = this.#ownShouldUpgrade
    Object.defineProperty(server, 'shouldUpgradeCallback', {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  }

  readonly #wrapped = (event: string | symbol, ...args: unknown[]): boolean => {
    // The prototype's is looked up each time: what watches an application may be put there later than we come.
    const emit = this.#ownEmit === undefined ? (Object.getPrototypeOf(this.#server) as { emit: Emit }).emit : this.#emit
    if (event === 'request') {
      const show = emit === nodesEmit ? undefined : this.#showing(emit, args)
      if (this.#before.request(args[0] as IncomingMessage, args[1] as ServerResponse, show)) return true
    } else if (event === 'upgrade' && this.#before.upgrade(...(args as [IncomingMessage, Duplex, Buffer]))) return true
    return emit.call(this.#server, event, ...args)
  }

  #showing(emit: Emit, args: unknown[]): Show {
    return (serve) => {
      this.#serve = serve
      emit.call(this.#stage, 'request', ...args)
      this.#serve = undefined
    }
  }

  // A function that the application sets, before us or later, decides on all upgrades that are not ours.
  #ask(): void {
    const callback: ShouldUpgrade = (request) => this.#before.shouldUpgrade(request)
    Object.defineProperty(this.#server, 'shouldUpgradeCallback', {
      configurable: true,
      enumerable: true,
      get: () => callback,
      set: (own: ShouldUpgrade) => {
        this.#ownShouldUpgrade = own
      },
    })
  }
}

/** The server as an emitter of its own, which has no listeners but one. */
function stageOf(server: NodeServer, listener: () => void): object {
  const stage = new Stream()
  stage.on('request', listener)
  Object.setPrototypeOf(stage, server)
  return stage
}
