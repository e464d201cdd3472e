// Owns: all that we know of the insides of engine.io: what we use of them, and what is done where it has
// other ones.
// Elsewhere: the transport of its clients (engine.ts), its requests and answers (server/engine).
import { Server as EngineServer, type ServerOptions, type Socket as EngineSocket } from 'engine.io'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { usesShortcuts } from '../support/environment.js'
import { isBroken } from './broken.js'

/** What of an engine.io socket its types keep to themselves. */
export interface Insides {
  /**
   * There while a client of 3 or 4 owes a pong. Until then the first packet of any kind puts it off, once.
   */
  readonly pingTimeoutTimer: object | null
  readonly hasRefreshedPingTimeout: boolean
  /** What it does with a packet that its transport has read. */
  onPacket(packet: { readonly type: string }): void
}

// By the class of the socket: more than one engine.io may be installed.
const known = new WeakMap<object, boolean>()

/**
 * Whether messages and pongs need not be read by engine.io (bench: echo, pipe, heartbeat).
 *
 * Known: the fields above. Without them all that a client sends goes through engine.io.
 */
export function hasInsides(engineSocket: EngineSocket): boolean {
  if (!usesShortcuts) return false
  let isKnown = known.get(engineSocket.constructor)
  if (isKnown === undefined) {
    const insides = engineSocket as unknown as Insides
    isKnown =
      typeof insides.pingTimeoutTimer === 'object' &&
      typeof insides.hasRefreshedPingTimeout === 'boolean' &&
      typeof insides.onPacket === 'function'
    known.set(engineSocket.constructor, isKnown)
  }
  return isKnown
}

/**
 * The websocket that a client is on.
 *
 * Known: `socket`, a field of engine.io's transport. Without it its frames are engine.io's to read and to
 * write, it is not paused, and a message past the bound ends it without saying so.
 */
export function websocketOf({ transport }: EngineSocket): WebSocket | undefined {
  const { socket: websocket } = transport as unknown as { socket: Partial<WebSocket> | undefined }
  if (typeof websocket?.pause !== 'function' || typeof websocket.resume !== 'function') return undefined
  if (typeof websocket.terminate !== 'function' || typeof websocket.prependListener !== 'function') return undefined
  return websocket as WebSocket
}

/**
 * A ping that is due keeps no process alive: the connection of its client does, as for clients of 0.9.
 *
 * Known: the field of its timer. Without it, a client between two polls keeps a process that is to end until
 * it is missed.
 */
export function letProcessEnd(engineSocket: EngineSocket): void {
  const timer: unknown = Reflect.get(engineSocket, 'pingIntervalTimer')
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as NodeJS.Timeout).unref()
}

/** Pings a client at once. Known: `sendPacket`; without it, its next ping comes when it is due. */
export function sendPing(engineSocket: EngineSocket): void {
  const send: unknown = Reflect.get(engineSocket, 'sendPacket')
  if (typeof send === 'function') Reflect.apply(send, engineSocket, ['ping'])
}

/**
 * Whether a poll waits for an answer. Known: `writable` of engine.io's transport; without it that is taken
 * for so.
 */
export function isWritable({ transport }: EngineSocket): boolean {
  const writable: unknown = Reflect.get(transport, 'writable')
  return writable !== false
}

/**
 * Whether the connection of a held poll has broken, of which engine.io is told later: what it answers until
 * then goes nowhere. Known: `req`, which is ours. Without it none has broken.
 */
export function isPollBroken({ transport }: EngineSocket): boolean {
  const { req } = transport as unknown as { readonly req?: { readonly socket?: object } | null }
  return isBroken(req?.socket)
}

/**
 * Polling that is closed between two polls waits half a minute for one that it could tell.
 *
 * Known: `shouldClose`, what it would do then. Without it the half minute passes, and keeps the process.
 */
export function stopWaiting(transport: EngineSocket['transport']): void {
  const stop: unknown = Reflect.get(transport, 'shouldClose')
  if (typeof stop === 'function') Reflect.apply(stop, transport, [])
}

/** Known: `clients`, which engine.io's documentation names; without it there are none. */
function clientsOf(engine: EngineServer): Record<string, EngineSocket> {
  const clients: unknown = Reflect.get(engine, 'clients')
  return typeof clients === 'object' && clients !== null ? (clients as Record<string, EngineSocket>) : {}
}

/** engine.io's server, with what we need to know of it. */
export class Engine extends EngineServer {
  /** Its server of websockets; undefined where it has no such transport. */
  readonly websockets: WebSocketServer | undefined
  /**
   * Whether it takes the parameters of a URL as they are given to it, so that nobody reads them differently.
   *
   * Known: `prepare()` leaves a request alone that has a `_query`. Without it the URL is written anew for
   * engine.io.
   */
  readonly takesQuery: boolean

  constructor(options: Partial<ServerOptions>, wsEngine: unknown) {
    let made: WebSocketServer | undefined
    const Websockets = wsEngine as new (wsOptions: object) => WebSocketServer
    // It is constructed: what it returns is the server then.
    const keep = function (wsOptions: object): WebSocketServer {
      made = new Websockets(wsOptions)
      return made
    }
    super({ ...options, wsEngine: keep as never })
    this.websockets = made
    const prepare: unknown = Reflect.get(this, 'prepare')
    const request = { _query: {}, url: '/' }
    if (typeof prepare === 'function') Reflect.apply(prepare, this, [request])
    this.takesQuery = usesShortcuts && typeof prepare === 'function' && Object.keys(request).length === 2
  }

  /** Polling that is closed between two polls waits half a minute; see stopWaiting(). */
  stopWaiting(): void {
    for (const { transport } of Object.values(clientsOf(this))) stopWaiting(transport)
  }
}

/** Where engine.io keeps the parameters of a request's URL. */
export const queryField = '_query'

/** The fields that engine.io reads of a request and puts on it, beside those of Node's. */
export interface GivenFields {
  readonly [queryField]: { readonly sid: string | undefined }
  readonly cleanup: (() => void) | undefined
}

/**
 * Has a client's held poll forgotten, as if it had not come: what is sent waits for the next one.
 *
 * Known: `cleanup`, which a poll leaves on its request, and `writable` of its transport. Without them the
 * session ends, and its client comes anew.
 */
export function forgetPoll(engine: EngineServer, { _query: { sid = '' }, cleanup }: GivenFields): void {
  const client = clientsOf(engine)[sid]
  if (client === undefined) return
  if (typeof cleanup === 'function' && typeof client.transport.writable === 'boolean') {
    cleanup()
    // After an upgrade it is a websocket's, which has nothing to do with the poll.
    if (client.transport.name === 'polling') client.transport.writable = false
  } else client.close(true)
}

/**
 * Runs an upgrade of engine.io without what it is first to do: to listen for the end of the connection, for a
 * response that only its middleware would see, and there is none (bench: memory). Known: that listener is the
 * first, and of once(); ws, which comes after it, listens with on().
 */
export function upgradeLean(connection: Duplex, upgrade: () => void): void {
  const before = connection.listenerCount('close')
  upgrade()
  const listener = connection.rawListeners('close')[before]
  if (usesShortcuts && listener !== undefined && 'listener' in listener) {
    connection.removeListener('close', listener as never)
  }
}

/** What of a client of engine.io's is larger than what it holds. */
interface Spacious {
  cleanupFn?: unknown
  _events?: unknown
}

/**
 * Releases what engine.io keeps for a client and has no use for (bench: memory, poll-memory): listeners, the
 * room for them, and that of a list.
 *
 * Known: nobody listens to our engine for the headers of answers, which its transports emit for it.
 * `cleanupFn`, a list of one, which has room for sixteen more since that was pushed to it. `_events`, the
 * table of Node's emitters, which does not shrink. Of a websocket's listeners for errors the first is for
 * those that came before there was a transport, which has its own: the only one that does not look at the
 * error; its name may be a minifier's. Without them a client is larger.
 */
export function releaseUnused(engineSocket: EngineSocket): void {
  if (!usesShortcuts) return
  const spacious = engineSocket as unknown as Spacious & { readonly transport: Spacious }
  if (Array.isArray(spacious.cleanupFn)) spacious.cleanupFn = spacious.cleanupFn.slice()
  engineSocket.transport.removeAllListeners('headers')
  const { transport } = spacious
  if (typeof transport._events === 'object' && transport._events !== null) {
    transport._events = Object.assign(Object.create(null) as object, transport._events)
  }
  const websocket = websocketOf(engineSocket)
  if (websocket === undefined) return
  const [first, ...others] = websocket.listeners('error')
  if (first?.length === 0 && others.length > 0) websocket.removeListener('error', first as () => void)
}
