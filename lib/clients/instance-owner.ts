// Owns: what a seat needs of the client that it belongs to.
// Elsewhere: that client (host.ts), the seat (seat.ts).
import type { ConnectPacket } from '../wire/packet.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { Application } from './application.js'
import type { Reporter } from './calls.js'
import type { ProtocolRules } from '../namespaces/protocol.js'

/** Generic in the seat, which declares it here what it needs and imports this file. */
export interface SeatOwner<Seat> extends Reporter {
  readonly rules: ProtocolRules
  readonly app: Application
  admit(connect: ConnectPacket): Promise<void> | undefined
  construct(seat: Seat): AnyNamespace
  seatOpened(seat: Seat): void
  seatRefused(seat: Seat): void
  seatEnded(seat: Seat): void
  inboxFilled(isFull: boolean): void
  inboxOverflowed(): void
  /** Ends the whole socket. */
  disconnect(silent: boolean): void
}
