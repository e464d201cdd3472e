// Owns: what a socket keeps whose client has come back, or wants to. Most never do: nothing is made before
// (bench: recovery).
// Elsewhere: what becomes of it (returning-socket.ts, carrying-socket.ts).
import type { Parked } from './parked.js'
import type { Passenger } from './passenger.js'

export interface Carried<Socket> {
  readonly socket: Socket
  readonly passenger: Passenger
}

export interface Travel<Socket> {
  /** What its client does first when the connection is lost. */
  onLost: (() => void) | undefined
  /** What its client has not come back to yet. */
  parked: Parked | undefined
  /** Those that had the connection before it, with what they had opened on it. */
  carried: readonly Carried<Socket>[]
}
