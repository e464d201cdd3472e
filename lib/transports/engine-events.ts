// Owns: what a socket of engine.io reports, and to whom.
// Elsewhere: what is done about it (engine.ts).
import type { Socket as EngineSocket } from 'engine.io'

/** Receives the events of a socket of engine.io. */
export interface EngineListener {
  receive(frame: string | Buffer): void
  created(packet: { readonly type: string }): void
  flushed(): void
  heard(): void
  upgraded(): void
  closed(reason: string): void
}

/** A socket of engine.io knows its listener here: the functions are the same for all. */
const key = Symbol('transport')
type OwnedEngineSocket = EngineSocket & { [key]: EngineListener }

export function listenTo(engineSocket: EngineSocket, listener: EngineListener): void {
  const owned = engineSocket as OwnedEngineSocket
  owned[key] = listener
  owned.on('data', onData)
  owned.on('packetCreate', onPacketCreate)
  owned.on('flush', onFlush)
  // No more than five: an emitter's table of six is twice as large (bench: memory).
  if (engineSocket.protocol === 3) listenToHeartbeats(engineSocket)
  owned.on('upgrade', onUpgrade)
  owned.on('close', onClose)
}

/** Pings of clients of 2, pongs of others. */
export function listenToHeartbeats(engineSocket: EngineSocket): void {
  engineSocket.on('heartbeat', onHeartbeat)
}

function onData(this: OwnedEngineSocket, frame: string | Buffer): void {
  this[key].receive(frame)
}

function onPacketCreate(this: OwnedEngineSocket, packet: { readonly type: string }): void {
  this[key].created(packet)
}

function onFlush(this: OwnedEngineSocket): void {
  this[key].flushed()
}

function onHeartbeat(this: OwnedEngineSocket): void {
  this[key].heard()
}

function onUpgrade(this: OwnedEngineSocket): void {
  this[key].upgraded()
}

function onClose(this: OwnedEngineSocket, reason: string): void {
  this[key].closed(reason)
}
