// Owns: what a socket of engine.io reports, and to whom.
// Elsewhere: what is done about it (engine.ts).
import type { Socket as EngineSocket } from 'engine.io'
import { Stream } from 'node:stream'

/** Receives the events of a socket of engine.io. */
export interface EngineListener {
  receive(frame: string | Buffer): void
  created(packet: { readonly type: string }): void
  flushed(): void
  heard(): void
  upgraded(): void
  closed(reason: string): void
}

type Emit = (this: object, event: string, ...args: unknown[]) => boolean

/** A socket of engine.io knows its listener here: the functions are the same for all. */
const key = Symbol('transport')
const heartbeats = Symbol('heartbeats')
type OwnedEngineSocket = EngineSocket & { [key]: EngineListener; [heartbeats]?: true }

const nodesEmit = Reflect.get(Stream.prototype, 'emit') as Emit

/**
 * Five listeners would be five calls when a client comes, and a table that weighs as much as the rest of our
 * transport (bench: connect, memory). Where somebody else has put a function in place of emit(), there
 * are listeners.
 */
export function listenTo(engineSocket: EngineSocket, listener: EngineListener): void {
  const owned = engineSocket as OwnedEngineSocket
  owned[key] = listener
  if (engineSocket.protocol === 3) listenToHeartbeats(engineSocket)
  if (owned.emit === nodesEmit) {
    owned.emit = emit
    return
  }
  for (const event of ['data', 'packetCreate', 'flush']) {
    owned.on(event, function (this: OwnedEngineSocket, first: unknown) {
      emit.call(this, event, first)
    })
  }
  for (const event of ['heartbeat', 'upgrade', 'close']) {
    owned.on(event, function (this: OwnedEngineSocket, first: unknown) {
      reportRare(this, event, first)
    })
  }
}

/** Pings of clients of 2, pongs of others. */
export function listenToHeartbeats(engineSocket: EngineSocket): void {
  ;(engineSocket as OwnedEngineSocket)[heartbeats] = true
}

function emit(this: OwnedEngineSocket, event: string, first?: unknown, second?: unknown): boolean {
  switch (event) {
    case 'data':
      this[key].receive(first as string | Buffer)
      return true
    case 'packetCreate':
      this[key].created(first as { readonly type: string })
      return true
    case 'flush':
      this[key].flushed()
      return true
    // Nobody listens to them, nor to those above but we.
    case 'packet':
    case 'message':
      return false
    default: {
      // engine.io listens for the end itself, and first.
      const isHeard = nodesEmit.call(this, event, first, second)
      reportRare(this, event, first)
      return isHeard
    }
  }
}

function reportRare(engineSocket: OwnedEngineSocket, event: string, first: unknown): void {
  const { [key]: listener } = engineSocket
  if (event === 'heartbeat') {
    if (engineSocket[heartbeats] === true) listener.heard()
  } else if (event === 'upgrade') listener.upgraded()
  else if (event === 'close') listener.closed(first as string)
}
